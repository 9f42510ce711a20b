//! The bounds and waits of firing. All can be chosen, so that a search can use small ones.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use crate::domain::time::Timestamp;

/// The bounds and waits of one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How far ahead of the time callbacks are loaded.
    pub window: Duration,
    /// A shard loads again once what it holds reaches less far ahead than this.
    pub refill: Duration,
    /// How many callbacks are held at most, of all shards together. A shard that holds none may always load.
    pub window_rows: usize,
    /// The fewest callbacks that a load asks for, however many are held.
    pub load_rows: usize,
    /// How many callbacks one pass carries at most.
    pub pass_rows: usize,
    /// A pass that is prepared ahead may carry so many for each millisecond until its time, where that is more: so that a
    /// burst of one instant goes into one transaction.
    pub staged_rows_per_millisecond: usize,
    /// How far ahead of its time a pass may be prepared.
    pub stage_ahead: Duration,
    /// The waits after a pass that failed, or after producers that could not be made: doubled from the first to the last.
    pub retry: (Duration, Duration),
    /// The wait after a load that failed.
    pub load_retry: Duration,
    /// Markers that nothing has moved for so long are committed again.
    pub keep_alive: Duration,
    /// The wait after that has failed.
    pub keep_alive_retry: Duration,
    /// The longest wait while nothing is due.
    pub idle: Duration,
    /// The wait while all that is due is held back by a batch that is being recorded.
    pub held: Duration,
    /// F6: how often a window is searched for what must not be presented as it stands, at most.
    pub look_often: Duration,
    /// F6: what was handed over to be looked at is handed over again after this long.
    pub look_again: Duration,
    /// F7: how long a tracked presentation may stay without any report.
    pub acknowledge_within: Duration,
}

impl Bounds {
    /// The service's own, but for what an operator sets.
    pub fn new(window: Duration, window_rows: usize, stage_ahead: Duration, acknowledge_within: Duration) -> Self {
        Self {
            window,
            refill: window / 2,
            window_rows,
            load_rows: 500,
            // Measured: with 10,000 the first of a burst are seen after 55 ms, and throughput no longer grows.
            pass_rows: 10_000,
            // What the producer takes in that time at its best: 90,000 to 170,000 records a second.
            staged_rows_per_millisecond: 200,
            // Well within the broker's patience with a transaction.
            stage_ahead: stage_ahead.min(Duration::from_secs(10)),
            retry: (Duration::from_millis(20), Duration::from_secs(2)),
            load_retry: Duration::from_millis(250),
            // The broker forgets offsets of topics that the group does not subscribe to after
            // `offsets.retention.minutes`: 7 days by default, a day on old clusters.
            keep_alive: Duration::from_hours(1),
            // There are days of time, and due events come first.
            keep_alive_retry: Duration::from_secs(30),
            idle: Duration::from_secs(1),
            // The end of a hold is told, but what it held back may also become free without a word.
            held: Duration::from_millis(2),
            look_often: Duration::from_millis(50),
            look_again: Duration::from_secs(10),
            acknowledge_within,
        }
    }

    /// Up to which instant a pass goes, and how many callbacks it may carry, where `next` is the next instant at which
    /// something may be published: up to now; or, where nothing is due yet, up to that instant, if it can be prepared
    /// ahead, and `may_prepare` says that it may. One instant only: what is published together is seen together, and nothing
    /// may wait for what is due later.
    pub(super) fn extent(
        &self,
        next: Timestamp,
        now: Timestamp,
        may_prepare: impl FnOnce() -> bool,
    ) -> (Timestamp, usize) {
        let ahead = next.since(now);
        if ahead.is_zero() || ahead > self.stage_ahead || !may_prepare() {
            return (now, self.pass_rows);
        }
        let millis = usize::try_from(ahead.as_millis()).unwrap_or(usize::MAX);
        (next, self.pass_rows.max(millis.saturating_mul(self.staged_rows_per_millisecond)))
    }
}

/// The bounds never change while a machine runs: they tell no two of its states apart.
impl Hash for Bounds {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_takes_all_that_is_due_or_the_next_instant_that_can_be_prepared_ahead() {
        let at = Timestamp::from_micros;
        let bounds = |ahead| Bounds::new(Duration::from_mins(1), 1_000, Duration::from_millis(ahead), Duration::MAX);
        let extent = |next: i64| bounds(500).extent(at(next), at(1_000_000), || true);
        let due = (at(1_000_000), 10_000);
        assert_eq!([extent(0), extent(1_000_000), extent(1_500_001)], [due; 3]);
        assert_eq!(extent(1_000_001), (at(1_000_001), 10_000));
        assert_eq!(extent(1_500_000), (at(1_500_000), 100_000));
        assert_eq!(bounds(500).extent(at(1_500_000), at(1_000_000), || false), due);
        assert_eq!(bounds(0).extent(at(1_000_001), at(1_000_000), || true), due);
        let longest = bounds(3_600_000).stage_ahead;
        assert_eq!(longest, Duration::from_secs(10), "a rebalance waits for it");
    }
}
