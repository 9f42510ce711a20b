//! The pace of small transactions: when the next batch of commands may begin its way through both servers.
//!
//! A transaction costs the broker, the database and this process much the same with one record as with a hundred, and a
//! stage that takes all there is makes as many of them as fit: at a thousand commands a second two hundred a second, of
//! five records each. So a small batch begins no sooner after the one before than the pace says, and has what came
//! meanwhile. A batch that is no small one waits for nothing but the next stage, and neither does one that comes after a
//! pause: whoever sends a single command does not notice. docs/decisions/0018 has the figures.

use std::time::{Duration, Instant};

/// From so many records on a batch is not small: what they cost by themselves is more than what their transactions cost.
const MANY: usize = 250;
/// Kafka transactions follow each other, so batches that come more often than one takes wait for it all the same. The time
/// that it takes counts up to this multiple of the pace: a broker that stalled once must not slow down what comes after it.
const LONGEST: u32 = 2;
/// The newest measurement counts for one part in so many.
const WEIGHT: u32 = 8;

/// When batches may begin. It has no clock: whoever asks says what time it is.
#[derive(Debug)]
pub struct Pace {
    /// The least time between the beginnings of two small batches; zero for none.
    least: Duration,
    /// When the last batch began, and how many records it had.
    last: Option<(Instant, usize)>,
    /// How long a Kafka transaction takes, of late.
    commit: Duration,
}

impl Pace {
    /// A pace of at least so long between the beginnings of two small batches; zero for none.
    pub const fn of(least: Duration) -> Self {
        Self { least, last: None, commit: Duration::ZERO }
    }

    /// A Kafka transaction of results has taken so long.
    pub fn measured(&mut self, commit: Duration) {
        let commit = commit.min(self.least.saturating_mul(LONGEST));
        self.commit = (self.commit * (WEIGHT - 1) + commit) / WEIGHT;
    }

    /// A batch of so many records begins now.
    pub const fn begins(&mut self, now: Instant, records: usize) {
        self.last = Some((now, records));
    }

    /// How long a batch of so many records still has to wait for others; zero where it may begin.
    pub fn wait(&self, now: Instant, records: usize) -> Duration {
        if records >= MANY { Duration::ZERO } else { self.left(now) }
    }

    /// How long nothing need be read, since no batch may begin before; zero where records are to be read as they come.
    ///
    /// Behind a batch that was not small records are judged while the next stages work, so that they do not wait for that.
    pub fn rest(&self, now: Instant) -> Duration {
        match self.last {
            Some((_, records)) if records < MANY => self.left(now),
            _ => Duration::ZERO,
        }
    }

    fn left(&self, now: Instant) -> Duration {
        let Some((began, _)) = self.last else { return Duration::ZERO };
        self.least.max(self.commit).saturating_sub(now.saturating_duration_since(began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Duration = Duration::from_millis(10);

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// A pace of 10 ms whose last batch had so many records, and when that began.
    fn after_a_batch_of(records: usize) -> (Pace, Instant) {
        let (mut pace, now) = (Pace::of(PACE), Instant::now());
        pace.begins(now, records);
        (pace, now)
    }

    #[test]
    fn the_first_batch_and_one_after_a_pause_wait_for_nothing() {
        assert_eq!(Pace::of(PACE).wait(Instant::now(), 1), Duration::ZERO);
        let (pace, began) = after_a_batch_of(1);
        assert_eq!(pace.wait(began + PACE, 1), Duration::ZERO);
        assert_eq!(pace.rest(began + PACE), Duration::ZERO);
    }

    #[test]
    fn a_small_batch_waits_until_the_pace_lets_it_and_nothing_is_read_meanwhile() {
        let (pace, began) = after_a_batch_of(5);
        assert_eq!(pace.wait(began + millis(4), 1), millis(6));
        assert_eq!(pace.rest(began + millis(4)), millis(6));
    }

    #[test]
    fn a_batch_that_is_not_small_waits_for_nothing() {
        let (pace, began) = after_a_batch_of(5);
        assert_eq!(pace.wait(began, MANY), Duration::ZERO);
        assert_eq!(pace.wait(began, MANY - 1), PACE);
    }

    #[test]
    fn behind_a_batch_that_was_not_small_records_are_read_as_they_come() {
        let (pace, began) = after_a_batch_of(MANY);
        assert_eq!(pace.rest(began), Duration::ZERO);
        assert_eq!(pace.wait(began, 1), PACE, "and are a batch of their own no sooner than after any other");
    }

    #[test]
    fn where_a_transaction_takes_longer_than_the_pace_batches_begin_no_more_often_than_transactions() {
        let (mut pace, began) = after_a_batch_of(5);
        for _ in 0..100 {
            pace.measured(millis(15));
        }
        assert!(pace.wait(began, 1).abs_diff(millis(15)) < millis(1), "{pace:?}");
        for _ in 0..100 {
            pace.measured(millis(3));
        }
        assert_eq!(pace.wait(began, 1), PACE, "a quick broker makes them no more frequent");
    }

    #[test]
    fn a_broker_that_stalls_holds_nothing_up_once_it_is_back() {
        let (mut pace, began) = after_a_batch_of(5);
        pace.measured(Duration::from_secs(30));
        assert_eq!(pace.wait(began, 1), PACE, "once is little");
        for _ in 0..100 {
            pace.measured(Duration::from_secs(30));
        }
        assert!(pace.wait(began, 1) <= PACE * LONGEST, "{pace:?}");
    }

    #[test]
    fn without_a_pace_nothing_waits() {
        let mut pace = Pace::of(Duration::ZERO);
        let now = Instant::now();
        pace.begins(now, 1);
        pace.measured(millis(7));
        assert_eq!((pace.wait(now, 1), pace.rest(now)), (Duration::ZERO, Duration::ZERO));
    }

    #[test]
    fn a_clock_that_is_read_before_the_batch_began_says_to_wait_for_the_whole_pace_and_no_longer() {
        let (pace, began) = after_a_batch_of(5);
        assert_eq!(pace.wait(began.checked_sub(millis(50)).unwrap_or(began), 1), PACE);
    }
}
