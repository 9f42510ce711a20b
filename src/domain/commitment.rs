//! What the service has promised: a callback, and its place in the order of firing.

use crate::domain::given::TraceContext;
use crate::domain::ids::{AgentId, CallbackId, SkillId, Tenant};
use crate::domain::life::{Life, Reason, Status};
use crate::domain::time::Timestamp;

/// Where a callback is queued: to the skill, or first to one agent (docs/contract.md#the-job). It cannot lack its
/// skill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The outbound phone skill.
    pub skill: SkillId,
    /// The agent that takes precedence, where there is one.
    pub agent: Option<AgentId>,
}

/// A number that can be called: E.164 with its `+`, and the extension apart from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneNumber {
    /// `+` and up to [`Self::MAX_DIGITS`] digits.
    pub e164: String,
    /// 1–7 digits.
    pub extension: Option<String>,
}

impl PhoneNumber {
    /// The most digits that `e164` has: a country calling code of at most 3, a national number of at most 17
    /// (libphonenumber, `MAX_LENGTH_COUNTRY_CODE` and `MAX_LENGTH_FOR_NSN`).
    pub const MAX_DIGITS: usize = 20;
}

/// The parts of a callback that a command decides and a reschedule may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// When the caller wants to be called.
    pub scheduled_for: Timestamp,
    /// Who calls.
    pub target: Target,
    /// Which number.
    pub phone_number: PhoneNumber,
    /// Free text for the agent, at most 4,000 characters.
    pub notes: Option<String>,
}

/// The parts of a callback that never change after it was scheduled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The tenant it belongs to.
    pub tenant: Tenant,
    /// `ce_source` of the schedule command.
    pub command_source: String,
    /// `ce_id` of the schedule command.
    pub command_id: String,
    /// `ce_correlationid` of the schedule command.
    pub correlation_id: Option<String>,
    /// Trace context of the schedule command.
    pub trace: Option<TraceContext>,
    /// `caption` of the schedule command.
    pub caption: Option<String>,
    /// First name of the person to call.
    pub first_name: Option<String>,
    /// Last name of the person to call.
    pub last_name: Option<String>,
    /// The agent of the security user who scheduled it.
    pub requested_by: AgentId,
}

/// The revision of a callback that was never rescheduled.
pub const FIRST_REVISION: i32 = 1;

/// The first attempt at calling a revision.
pub const FIRST_ATTEMPT: i32 = 1;

/// Place in the order of firing: by time, then by id.
///
/// A marker, a cutoff and the end of a window are positions too: everything up to and including them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// When it fires.
    pub fire_at: Timestamp,
    /// The callback; 0 and `i64::MAX` stand before and after all of that instant.
    pub callback_id: i64,
}

impl Position {
    /// The position behind everything that fires at or before that instant.
    pub const fn end_of(fire_at: Timestamp) -> Self {
        Self { fire_at, callback_id: i64::MAX }
    }

    /// The position behind everything that fires before that instant.
    pub const fn before(fire_at: Timestamp) -> Self {
        Self { fire_at: fire_at.plus_micros(-1), callback_id: i64::MAX }
    }
}

/// A callback as it stands: one row of the table `callback`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// Its id; carries its shard.
    pub callback_id: CallbackId,
    /// 1, and one more for each reschedule.
    pub revision: i32,
    /// Which due event of this revision is published next, or was last: 1, and one more each time it is presented again.
    pub attempt: i32,
    /// `scheduled_for`, or later where that lay behind the marker when it was recorded.
    pub fire_at: Timestamp,
    /// What was agreed.
    pub terms: Terms,
    /// Where it comes from.
    pub origin: Origin,
    /// `ce_id` of the command that made this revision.
    pub revised_by: String,
    /// When a cancel was accepted.
    pub cancelled_at: Option<Timestamp>,
    /// What becomes of it after it was due.
    pub life: Life,
}

impl Commitment {
    /// Its place in the order of firing.
    pub const fn position(&self) -> Position {
        Position { fire_at: self.fire_at, callback_id: self.callback_id.get() }
    }

    /// Whether anything is published when the order of firing comes to its place.
    pub const fn waits(&self) -> bool {
        self.cancelled_at.is_none() && self.life.phase.publishes()
    }

    /// How and why it has ended, given whether the order of firing has come to its place; a cancelled one has no such end.
    pub const fn ended(&self, has_passed: bool) -> Option<(Status, Reason)> {
        self.life.phase.ended(has_passed)
    }

    /// How it stands, given whether the order of firing has come to its place.
    pub fn status(&self, has_passed: bool) -> Status {
        if self.cancelled_at.is_some() { Status::Cancelled } else { self.life.phase.status(has_passed) }
    }
}
