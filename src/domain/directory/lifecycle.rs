//! What a skill's directory record says of its callbacks after they are due (docs/contract.md#life-after-due).

use std::ops::RangeInclusive;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crate::domain::life::{NotAfter, Outcome};
use crate::domain::time::Timestamp;
use crate::domain::time::duration::micros;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_wait_of_a_list_is_waited_again_and_an_empty_one_tries_no_more() {
        let rules = LifecycleRules::default();
        let minutes = |outcome, times| rules.wait(outcome, times).map(|wait| wait / 60_000_000);
        assert_eq!([1, 2, 3, 50].map(|times| minutes(Outcome::NoAnswer, times)), [30, 120, 120, 120].map(Some));
        assert_eq!([1, 2, 3, 4].map(|times| minutes(Outcome::DialFailed, times)), [1, 5, 15, 15].map(Some));
        assert_eq!([1, 2].map(|times| minutes(Outcome::Voicemail, times)), [None, None]);
        assert_eq!(minutes(Outcome::RefusedByAgent, 3), Some(60));
        assert_eq!(minutes(Outcome::Connected, 1), None);
    }

    #[test]
    fn rules_that_are_the_defaults_are_in_memory_once() {
        assert!(Arc::ptr_eq(&LifecycleRules::default().shared(), LifecycleRules::defaults()));
        let strict = LifecycleRules { is_strict: true, ..LifecycleRules::default() };
        assert_eq!(*strict.clone().shared(), strict);
    }
}
