//! What becomes of a callback after it was due (docs/contract.md#life-after-due): outcomes that routers report, phases of a
//! callback, statuses, and why it has ended.

use crate::domain::ids::AgentId;
use crate::domain::time::Timestamp;

/// What a router says of one attempt, in the contract's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Somebody has taken the call on.
    Accepted,
    /// Whoever has it is still at it.
    InProgress,
    /// Nobody answered.
    NoAnswer,
    /// The line was busy.
    Busy,
    /// A voicemail answered.
    Voicemail,
    /// The person hung up before an agent spoke.
    Abandoned,
    /// The number could not be dialled.
    DialFailed,
    /// No agent was free.
    AgentUnavailable,
    /// The agent would not take it.
    RefusedByAgent,
    /// Another time was agreed.
    Rescheduled,
    /// The person was reached.
    Connected,
    /// The matter was settled in another way.
    HandledElsewhere,
    /// The person does not want the call.
    RefusedByContact,
    /// The person does not want any call.
    DoNotCall,
    /// The number is somebody else's.
    WrongNumber,
}

/// What an outcome does to the attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Somebody has it.
    Progress,
    /// The person was dialled, and not reached.
    TryFailed,
    /// The person was not dialled.
    NoTry,
    /// It moves to another time.
    Moved,
    /// It is over.
    End,
}

impl Outcome {
    /// All, in the contract's order.
    pub const ALL: [Self; 15] = [
        Self::Accepted,
        Self::InProgress,
        Self::NoAnswer,
        Self::Busy,
        Self::Voicemail,
        Self::Abandoned,
        Self::DialFailed,
        Self::AgentUnavailable,
        Self::RefusedByAgent,
        Self::Rescheduled,
        Self::Connected,
        Self::HandledElsewhere,
        Self::RefusedByContact,
        Self::DoNotCall,
        Self::WrongNumber,
    ];

    /// As a report has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::InProgress => "inProgress",
            Self::NoAnswer => "noAnswer",
            Self::Busy => "busy",
            Self::Voicemail => "voicemail",
            Self::Abandoned => "abandoned",
            Self::DialFailed => "dialFailed",
            Self::AgentUnavailable => "agentUnavailable",
            Self::RefusedByAgent => "refusedByAgent",
            Self::Rescheduled => "rescheduled",
            Self::Connected => "connected",
            Self::HandledElsewhere => "handledElsewhere",
            Self::RefusedByContact => "refusedByContact",
            Self::DoNotCall => "doNotCall",
            Self::WrongNumber => "wrongNumber",
        }
    }

    /// The outcome of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    /// What it does to the attempt.
    pub const fn class(self) -> Class {
        match self {
            Self::Accepted | Self::InProgress => Class::Progress,
            Self::NoAnswer | Self::Busy | Self::Voicemail | Self::Abandoned => Class::TryFailed,
            Self::DialFailed | Self::AgentUnavailable | Self::RefusedByAgent => Class::NoTry,
            Self::Rescheduled => Class::Moved,
            Self::Connected | Self::HandledElsewhere | Self::RefusedByContact | Self::DoNotCall | Self::WrongNumber => {
                Class::End
            }
        }
    }
}

/// Why a callback has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// `connected` was reported.
    Connected,
    /// `handledElsewhere` was reported.
    HandledElsewhere,
    /// `refusedByContact` was reported.
    RefusedByContact,
    /// `doNotCall` was reported.
    DoNotCall,
    /// `wrongNumber` was reported.
    WrongNumber,
    /// The person was dialled as often as the skill's rules allow, or would not be dialled again by them.
    TriesExhausted,
    /// One due event more would be more than the skill's rules allow.
    PresentationsExhausted,
    /// Nobody reported anything of the last due event.
    NotAcknowledged,
    /// Somebody had taken it on, and nobody said what came of it.
    OutcomeUnknown,
    /// Its `notAfter` came first.
    NotAfter,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Connected,
        Self::HandledElsewhere,
        Self::RefusedByContact,
        Self::DoNotCall,
        Self::WrongNumber,
        Self::TriesExhausted,
        Self::PresentationsExhausted,
        Self::NotAcknowledged,
        Self::OutcomeUnknown,
        Self::NotAfter,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Connected => "CONNECTED",
            Self::HandledElsewhere => "HANDLED_ELSEWHERE",
            Self::RefusedByContact => "REFUSED_BY_CONTACT",
            Self::DoNotCall => "DO_NOT_CALL",
            Self::WrongNumber => "WRONG_NUMBER",
            Self::TriesExhausted => "TRIES_EXHAUSTED",
            Self::PresentationsExhausted => "PRESENTATIONS_EXHAUSTED",
            Self::NotAcknowledged => "NOT_ACKNOWLEDGED",
            Self::OutcomeUnknown => "OUTCOME_UNKNOWN",
            Self::NotAfter => "NOT_AFTER",
        }
    }

    /// The reason with that code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The reason that an outcome of class end gives.
    pub const fn of(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::Connected => Some(Self::Connected),
            Outcome::HandledElsewhere => Some(Self::HandledElsewhere),
            Outcome::RefusedByContact => Some(Self::RefusedByContact),
            Outcome::DoNotCall => Some(Self::DoNotCall),
            Outcome::WrongNumber => Some(Self::WrongNumber),
            _ => None,
        }
    }
}

/// How a callback stands, in the contract's words (docs/contract.md#the-state-topic).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Its next due event is ahead.
    Pending,
    /// Its due event is published.
    Due,
    /// Somebody has taken it on.
    Accepted,
    /// It has come to what it was made for, or the person needs no call any more.
    Completed,
    /// Nobody reached the person.
    Missed,
    /// Its `notAfter` came before it could be presented.
    Expired,
    /// A cancel took it back.
    Cancelled,
}

impl Status {
    /// All, in the order of a life.
    pub const ALL: [Self; 7] =
        [Self::Pending, Self::Due, Self::Accepted, Self::Completed, Self::Missed, Self::Expired, Self::Cancelled];

    /// As results, state records and `callback_status` have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Due => "due",
            Self::Accepted => "accepted",
            Self::Completed => "completed",
            Self::Missed => "missed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing comes behind it.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Completed | Self::Missed | Self::Expired | Self::Cancelled)
    }
}

/// What happens when the order of firing comes to a callback's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Its due event is published. Once that is done, the attempt is due, until somebody reports.
    #[default]
    Present,
    /// The same; and before that it is said that it waits again, since no command made this attempt and so no result says it.
    PresentAgain,
    /// Somebody has it, and must report again before: it ends as `missed` / `OUTCOME_UNKNOWN`.
    Handling,
    /// Somebody has it, for as long as it takes: nothing happens there.
    Held,
    /// It has been ended by time; this is said there.
    Ending(End),
    /// It has been ended by a report, and its result has said so: nothing happens there.
    Ended(End),
}

/// How and when a callback has ended; a cancelled one has no such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct End {
    /// `completed`, `missed` or `expired`.
    pub status: Status,
    /// Why.
    pub reason: Reason,
    /// When that was decided.
    pub at: Timestamp,
}

impl Phase {
    /// Whether a due event is published at the callback's place.
    pub const fn presents(self) -> bool {
        matches!(self, Self::Present | Self::PresentAgain)
    }

    /// Whether anything is published at the callback's place.
    pub const fn publishes(self) -> bool {
        !matches!(self, Self::Held | Self::Ended(_))
    }

    /// How and why a callback in it has ended, given whether the order of firing has come to its place.
    pub const fn ended(self, has_passed: bool) -> Option<(Status, Reason)> {
        match self {
            Self::Ending(end) | Self::Ended(end) => Some((end.status, end.reason)),
            Self::Handling if has_passed => Some((Status::Missed, Reason::OutcomeUnknown)),
            Self::Present | Self::PresentAgain | Self::Handling | Self::Held => None,
        }
    }

    /// How a callback in it stands that was not cancelled, given whether the order of firing has come to its place.
    pub const fn status(self, has_passed: bool) -> Status {
        match self {
            Self::Present | Self::PresentAgain if has_passed => Status::Due,
            Self::Present | Self::PresentAgain => Status::Pending,
            Self::Handling if has_passed => Status::Missed,
            Self::Handling | Self::Held => Status::Accepted,
            Self::Ending(end) | Self::Ended(end) => end.status,
        }
    }

    /// The end that is decided, if one is.
    pub const fn end(self) -> Option<End> {
        match self {
            Self::Ending(end) | Self::Ended(end) => Some(end),
            Self::Present | Self::PresentAgain | Self::Handling | Self::Held => None,
        }
    }
}

/// From when on a callback must not be presented any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NotAfter {
    /// No due event has this `firedAt` or a later one.
    pub at: Timestamp,
    /// Whether it follows from the skill's `expireAfter`; then a reschedule works it out anew.
    pub is_derived: bool,
}

/// What becomes of one callback after it was scheduled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// How often the person was dialled and not reached; `None` where the callback is not tracked.
    pub tries: Option<i16>,
    /// What happens at its place.
    pub phase: Phase,
    /// From when on it must not be presented.
    pub not_after: Option<NotAfter>,
    /// What was reported last.
    pub last_outcome: Option<Outcome>,
    /// The agent whom that report names.
    pub reported_agent: Option<AgentId>,
    /// The agent it was released from, once it goes to the skill instead.
    pub released_from: Option<AgentId>,
}

impl Life {
    /// Whether routers report what becomes of it.
    pub const fn is_tracked(&self) -> bool {
        self.tries.is_some()
    }
}

/// How much of the person a state record shows (`state.contact`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contact {
    /// Nothing: `phoneNumber` is null.
    None,
    /// The last two digits of the number.
    #[default]
    Masked,
    /// The number, and the names.
    Full,
}

impl Contact {
    /// The setting of that name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "none" => Some(Self::None),
            "masked" => Some(Self::Masked),
            "full" => Some(Self::Full),
            _ => None,
        }
    }
}
