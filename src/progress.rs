//! Whether the loops get on with their work: set by the loops, read by `ops`.
//!
//! A server that is away shows in what is *not* done, so each loop says when it begins to wait for something, and when it
//! last succeeded. How long that is ago is worked out when somebody asks: a loop that hangs cannot hide it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::domain::time::Timestamp;

/// A step of the work, each done by a thread of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A batch of commands is committed in PostgreSQL.
    Record,
    /// Results are committed in Kafka.
    Answer,
    /// The next callbacks are read from PostgreSQL.
    Load,
    /// Due events are committed in Kafka.
    Fire,
}

/// A handle to the progress of one instance; clones share it. Every call is a few atomic operations.
#[derive(Clone, Debug)]
pub struct Progress(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    started: Instant,
    steps: [StepTimes; Step::ALL.len()],
    /// Everything before this instant has been fired, in microseconds since 1970; the greatest where nothing is expected.
    due_from: AtomicI64,
    /// Records in the batch that is being read.
    reading: AtomicI64,
    /// Records handed on and not yet answered.
    handed_on: AtomicI64,
    /// How long the last transaction of results took, in microseconds.
    answer_micros: AtomicU64,
}

/// Milliseconds since the start, plus one; 0: never.
#[derive(Debug, Default)]
struct StepTimes {
    waiting_since: AtomicU64,
    succeeded_at: AtomicU64,
}

/// What can be said at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgressReport {
    /// For each step, how long the work that waits for it has seen no success; zero where none waits.
    pub stalled: [Duration; Step::ALL.len()],
    /// For each step, how long ago it last succeeded; since the start where it never did.
    pub since_success: [Duration; Step::ALL.len()],
    /// How long something has been due, or may have been due without being known, and is not fired.
    pub overdue: Duration,
    /// Commands read whose offsets are not committed.
    pub unanswered: u64,
}

impl Step {
    /// All of them, in the order of a command's way.
    pub const ALL: [Self; 4] = [Self::Record, Self::Answer, Self::Load, Self::Fire];

    /// The name that metrics have for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Answer => "answer",
            Self::Load => "load",
            Self::Fire => "fire",
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self(Arc::new(Shared {
            started: Instant::now(),
            steps: Default::default(),
            due_from: AtomicI64::new(i64::MAX),
            reading: AtomicI64::new(0),
            handed_on: AtomicI64::new(0),
            answer_micros: AtomicU64::new(0),
        }))
    }
}

impl Progress {
    /// Work waits for this step from now on, unless it does already.
    pub fn waits(&self, step: Step) {
        let times = &self.0.steps[step as usize];
        // One thread does each step, so nothing comes between the two.
        if times.waiting_since.load(Ordering::Relaxed) == 0 {
            times.waiting_since.store(self.now(), Ordering::Relaxed);
        }
    }

    /// The step has succeeded, and nothing waits for it until somebody says so again.
    pub fn succeeded(&self, step: Step) {
        let times = &self.0.steps[step as usize];
        times.succeeded_at.store(self.now(), Ordering::Relaxed);
        times.waiting_since.store(0, Ordering::Relaxed);
    }

    /// What waited was given up: it is another instance's now.
    pub fn rests(&self, step: Step) {
        self.0.steps[step as usize].waiting_since.store(0, Ordering::Relaxed);
    }

    /// Everything before this instant has been fired, and something may be due from it on; it may lie ahead. `None`:
    /// nothing is expected here.
    pub fn expects(&self, due_from: Option<Timestamp>) {
        self.0.due_from.store(due_from.map_or(i64::MAX, Timestamp::micros), Ordering::Relaxed);
    }

    /// What was expected last.
    pub fn due_from(&self) -> Option<Timestamp> {
        let micros = self.0.due_from.load(Ordering::Relaxed);
        (micros != i64::MAX).then(|| Timestamp::from_micros(micros))
    }

    /// So many records are in the batch that is being read.
    pub fn reads(&self, records: usize) {
        self.0.reading.store(signed(records), Ordering::Relaxed);
    }

    /// So many records were handed on, to be recorded and answered.
    pub fn hands_on(&self, records: usize) {
        self.0.handed_on.fetch_add(signed(records), Ordering::Relaxed);
    }

    /// So many of those are answered, or given up with their shards.
    pub fn settles(&self, records: usize) {
        self.0.handed_on.fetch_sub(signed(records), Ordering::Relaxed);
    }

    /// The last transaction of results took so long.
    pub fn answers_in(&self, time: Duration) {
        self.0.answer_micros.store(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How long the last transaction of results took; zero before the first.
    pub fn answer_time(&self) -> Duration {
        Duration::from_micros(self.0.answer_micros.load(Ordering::Relaxed))
    }

    /// For how long something has been due at this instant that is not fired; zero where nothing is.
    pub fn overdue(&self, now: Timestamp) -> Duration {
        let late = now.micros().saturating_sub(self.0.due_from.load(Ordering::Relaxed));
        u64::try_from(late).map_or(Duration::ZERO, Duration::from_micros)
    }

    /// How it stands at this instant.
    pub fn report(&self, now: Timestamp) -> ProgressReport {
        let moment = self.now();
        let since =
            |mark: &AtomicU64| Duration::from_millis(moment.saturating_sub(mark.load(Ordering::Relaxed).max(1)));
        let waiting = |times: &StepTimes| match times.waiting_since.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            _ => since(&times.waiting_since),
        };
        let overdue = self.overdue(now);
        let since_success = self.0.steps.each_ref().map(|times| since(&times.succeeded_at));
        let mut stalled = self.0.steps.each_ref().map(waiting);
        // While passes succeed, what is overdue is being caught up with.
        stalled[Step::Fire as usize] = overdue.min(since_success[Step::Fire as usize]);
        let handed_on = self.0.handed_on.load(Ordering::Relaxed);
        let unanswered = handed_on.saturating_add(self.0.reading.load(Ordering::Relaxed));
        ProgressReport { stalled, since_success, overdue, unanswered: u64::try_from(unanswered).unwrap_or(0) }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }
}

fn signed(records: usize) -> i64 {
    i64::try_from(records).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn nothing_is_overdue_before_its_time_and_from_then_on_it_is_without_anybody_saying_so() {
        let progress = Progress::default();
        assert_eq!(progress.report(at(100)).overdue, Duration::ZERO, "nothing is expected");
        progress.expects(Some(at(100)));
        let overdue = |seconds| progress.report(at(seconds)).overdue;
        assert_eq!(progress.due_from(), Some(at(100)));
        assert_eq!([overdue(90), overdue(100), overdue(160)], [0, 0, 60].map(Duration::from_secs));
        progress.expects(None);
        assert_eq!(progress.due_from(), None);
        assert_eq!(overdue(160), Duration::ZERO);
    }

    #[test]
    fn a_step_is_stalled_from_when_work_waits_for_it_to_its_next_success() {
        let progress = Progress::default();
        let stalled = |step: Step| progress.report(at(0)).stalled[step as usize];
        let a_while = || while progress.now() < 3 {};
        a_while();
        assert_eq!(stalled(Step::Record), Duration::ZERO, "nothing waits");
        progress.waits(Step::Record);
        let from = progress.now();
        while progress.now() < from + 2 {}
        progress.waits(Step::Record);
        assert!(stalled(Step::Record) >= Duration::from_millis(2), "it has waited from the first time on");
        assert_eq!(stalled(Step::Answer), Duration::ZERO);
        progress.succeeded(Step::Record);
        assert_eq!(stalled(Step::Record), Duration::ZERO);
        progress.waits(Step::Record);
        progress.rests(Step::Record);
        assert_eq!(stalled(Step::Record), Duration::ZERO);
    }

    #[test]
    fn what_is_overdue_is_no_stall_while_passes_succeed() {
        let progress = Progress::default();
        progress.expects(Some(at(100)));
        let from = progress.now();
        while progress.now() < from + 2 {}
        let stalled = || progress.report(at(4_000)).stalled[Step::Fire as usize];
        assert!(stalled() >= Duration::from_millis(2), "it never succeeded");
        progress.succeeded(Step::Fire);
        assert!(stalled() < Duration::from_mins(1), "an hour overdue, and caught up with");
    }

    #[test]
    fn commands_count_from_when_they_are_read_until_they_are_answered_or_given_up() {
        let progress = Progress::default();
        let unanswered = || progress.report(at(0)).unanswered;
        progress.reads(7);
        assert_eq!(unanswered(), 7);
        progress.hands_on(7);
        progress.reads(3);
        assert_eq!(unanswered(), 10);
        progress.settles(7);
        assert_eq!(unanswered(), 3);
        progress.reads(0);
        progress.settles(1);
        assert_eq!(unanswered(), 0, "a moment between two threads never shows as a negative number");
    }
}
