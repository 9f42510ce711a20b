//! What holds for a tracked skill after a callback is due (docs/contract.md#life-after-due): the rules that its directory
//! record has, and what time makes of a callback by them.
//!
//! Every function looks at one callback, the directory as it stands now and an instant, and returns the callback as it then
//! stands. Where that moves, its `fire_at` is the instant that is wanted: the recording step moves it behind the cutoff.

use std::ops::RangeInclusive;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use super::commitment::Commitment;
use super::directory::TenantDirectory;
use super::life::{End, NotAfter, Outcome, Phase, Reason, Status};
use super::timestamp::Timestamp;
use super::violation::Violation;

/// The rules of a tracked skill: `lifecycle` of its directory record. All durations are in microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifecycleRules {
    /// `maxTries`: how often the person is dialled at most, the first time included.
    pub max_tries: i16,
    /// `maxPresentations`: how many due events one revision gets at most.
    pub max_presentations: i32,
    /// `retry`: how long is waited after what.
    pub retry: Retry,
    /// `handleWithin`: how long it may take from `accepted` or `inProgress` to the next report; `None` is as long as it takes.
    pub handle_within: Option<i64>,
    /// `releaseAfter`: how long after `scheduledFor` a callback is still presented to its agent.
    pub release_after: Option<i64>,
    /// `strict`: it is never released from its agent.
    pub is_strict: bool,
    /// `expireAfter`: how long after `scheduledFor` it may still be presented, where no command says so.
    pub expire_after: Option<i64>,
}

/// How long is waited until a callback is presented again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// After the n-th failed try, where that one ended as `noAnswer`.
    pub no_answer: Waits,
    /// The same of `busy`.
    pub busy: Waits,
    /// The same of `voicemail`.
    pub voicemail: Waits,
    /// The same of `abandoned`.
    pub abandoned: Waits,
    /// After the n-th presentation, where that one ended as `dialFailed`.
    pub dial_failed: Waits,
    /// The same of `agentUnavailable`.
    pub agent_unavailable: Waits,
}

/// The waits of one outcome, in microseconds: the first one after the first time, the last one for good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waits(Box<[i64]>);

impl Waits {
    /// How many waits a list has at most.
    pub const MAX: usize = 10;
    /// How long each of them may be.
    pub const LENGTH: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_hours(30 * 24);

    /// Those waits, in this order; none at all where it is not tried again.
    pub fn new(waits: impl IntoIterator<Item = Duration>) -> Self {
        Self(waits.into_iter().map(micros).collect())
    }

    /// The wait after that many times, counted from 1, in microseconds; `None` where it is not tried again.
    pub fn after(&self, times: i32) -> Option<i64> {
        let last = self.0.len().checked_sub(1)?;
        let index = usize::try_from(times.saturating_sub(1)).unwrap_or(0);
        self.0.get(index.min(last)).copied()
    }
}

impl Retry {
    /// The waits of that outcome, for those after which a callback may be presented again.
    pub const fn of(&self, outcome: Outcome) -> Option<&Waits> {
        match outcome {
            Outcome::NoAnswer => Some(&self.no_answer),
            Outcome::Busy => Some(&self.busy),
            Outcome::Voicemail => Some(&self.voicemail),
            Outcome::Abandoned => Some(&self.abandoned),
            Outcome::DialFailed => Some(&self.dial_failed),
            // One that is refused by its agent and stays with it waits until the agent may be there again.
            Outcome::AgentUnavailable | Outcome::RefusedByAgent => Some(&self.agent_unavailable),
            Outcome::Accepted
            | Outcome::InProgress
            | Outcome::Rescheduled
            | Outcome::Connected
            | Outcome::HandledElsewhere
            | Outcome::RefusedByContact
            | Outcome::DoNotCall
            | Outcome::WrongNumber => None,
        }
    }
}

impl Default for Retry {
    fn default() -> Self {
        let minutes = |minutes: &[u64]| Waits::new(minutes.iter().copied().map(Duration::from_mins));
        Self {
            no_answer: minutes(&[30, 120]),
            busy: minutes(&[5, 15]),
            voicemail: Waits::default(),
            abandoned: minutes(&[2]),
            dial_failed: minutes(&[1, 5, 15]),
            agent_unavailable: minutes(&[10, 30, 60]),
        }
    }
}

impl Default for LifecycleRules {
    fn default() -> Self {
        Self {
            max_tries: 3,
            max_presentations: 5,
            retry: Retry::default(),
            handle_within: Some(micros(Duration::from_hours(1))),
            release_after: None,
            is_strict: false,
            expire_after: None,
        }
    }
}

static DEFAULTS: LazyLock<Arc<LifecycleRules>> = LazyLock::new(Arc::default);

impl LifecycleRules {
    /// What `maxTries` may be.
    pub const MAX_TRIES: RangeInclusive<i16> = 1..=10;
    /// What `maxPresentations` may be.
    pub const MAX_PRESENTATIONS: RangeInclusive<i32> = 1..=50;
    /// What `handleWithin` may be where there is such a limit.
    pub const HANDLE_WITHIN: RangeInclusive<Duration> = Duration::from_mins(1)..=Duration::from_hours(24);
    /// What `releaseAfter` may be.
    pub const RELEASE_AFTER: RangeInclusive<Duration> = Duration::from_mins(1)..=Duration::from_hours(168);
    /// What `expireAfter` may be.
    pub const EXPIRE_AFTER: RangeInclusive<Duration> = Duration::from_mins(1)..=Duration::from_hours(31 * 24);

    /// The rules of a skill whose record says nothing else.
    pub fn defaults() -> &'static Arc<Self> {
        &DEFAULTS
    }

    /// The same rules, in memory once where they are the defaults.
    pub fn shared(self) -> Arc<Self> {
        if self == **Self::defaults() { Arc::clone(Self::defaults()) } else { Arc::new(self) }
    }

    /// The wait after such an outcome, in microseconds: after so many failed tries, or for an outcome that counts as no try
    /// after so many presentations. `None` where it is not tried again.
    pub fn wait(&self, outcome: Outcome, times: i32) -> Option<i64> {
        self.retry.of(outcome)?.after(times)
    }

    /// The `notAfter` of a callback whose command has none.
    pub fn not_after(&self, scheduled_for: Timestamp) -> Option<NotAfter> {
        let at = scheduled_for.plus_micros(self.expire_after?);
        Some(NotAfter { at, is_derived: true })
    }
}

/// The `notAfter` of a command, held against the date for which the callback is scheduled.
///
/// # Errors
/// `NotAfterTooEarly` where it is not behind that.
pub fn behind(not_after: NotAfter, scheduled_for: Timestamp, is_kept: bool) -> Result<NotAfter, Violation> {
    if not_after.at > scheduled_for {
        return Ok(not_after);
    }
    Err(Violation::NotAfterTooEarly { not_after: not_after.at, scheduled_for, is_kept })
}

/// A duration within the limits above in microseconds.
pub fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}

/// Whether a presentation at that instant goes to the skill and no longer to the agent: its agent is gone or inactive in the
/// directory, or it is later than the skill's rules leave it to the agent. Only of a tracked callback that is for an agent,
/// and never where the skill is strict.
pub fn release(callback: &Commitment, directory: &TenantDirectory, at: Timestamp) -> bool {
    let Some(agent) = callback.terms.target.agent.filter(|_| callback.life.is_tracked()) else { return false };
    let rules = directory.lifecycle(callback.terms.target.skill);
    if rules.is_strict {
        return false;
    }
    let is_there = directory.agent(agent).is_some_and(|agent| agent.is_active);
    let until = rules.release_after.map(|after| callback.terms.scheduled_for.plus_micros(after));
    !is_there || until.is_some_and(|until| at > until)
}

/// The callback, now for all who have the skill; one that was so before stays as it is.
pub fn released(mut callback: Commitment) -> Commitment {
    if let Some(agent) = callback.terms.target.agent.take() {
        callback.life.released_from = Some(agent);
    }
    callback
}

/// Whether its `notAfter` lets it be presented at that instant no more.
pub fn has_expired(callback: &Commitment, at: Timestamp) -> bool {
    callback.life.not_after.is_some_and(|not_after| at >= not_after.at)
}

/// What becomes of a callback that is to be presented at that instant and must not be presented as it stands: it has expired,
/// or it is released from its agent. Its place stays the same. One that may be presented as it stands is returned so.
pub fn look(callback: Commitment, directory: &TenantDirectory, at: Timestamp) -> Commitment {
    if !callback.life.phase.presents() {
        return callback;
    }
    if has_expired(&callback, at) {
        let fire_at = callback.fire_at;
        return ended(callback, Status::Expired, Reason::NotAfter, at, fire_at);
    }
    if release(&callback, directory, at) { released(callback) } else { callback }
}

/// What becomes of a tracked callback whose due event nobody has reported anything of, as is found at that instant: it is
/// presented again at once, or ends where that would be one presentation too many, or where its `notAfter` has come.
pub fn unacknowledged(callback: Commitment, directory: &TenantDirectory, at: Timestamp) -> Commitment {
    let rules = directory.lifecycle(callback.terms.target.skill);
    if callback.attempt >= rules.max_presentations {
        return ended(callback, Status::Missed, Reason::NotAcknowledged, at, at);
    }
    if has_expired(&callback, at) {
        return ended(callback, Status::Expired, Reason::NotAfter, at, at);
    }
    let mut callback = if release(&callback, directory, at) { released(callback) } else { callback };
    callback.attempt += 1;
    callback.fire_at = at;
    callback.life.phase = Phase::PresentAgain;
    callback
}

/// The callback, ended by time.
fn ended(mut callback: Commitment, status: Status, reason: Reason, at: Timestamp, fire_at: Timestamp) -> Commitment {
    callback.life.phase = Phase::Ending(End { status, reason, at });
    callback.fire_at = fire_at;
    callback
}

#[cfg(test)]
mod tests;
