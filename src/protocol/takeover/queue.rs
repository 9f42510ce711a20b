//! Which shards wait for a takeover, and when the next attempt may begin.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::ids::Shard;
use crate::protocol::ownership::Awaiting;

/// Waits between attempts, from the shortest to the longest.
pub(super) const WAITS: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(5));

/// What came of an attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Outcome {
    /// How many shards have been taken over.
    pub taken: usize,
    /// Shards that wait for a takeover: those of the attempt where it failed, and others that it has given up.
    pub again: Vec<Awaiting>,
    /// How soon the next attempt may follow where this one has failed.
    pub retry: Option<Retry>,
}

/// How soon a failed attempt is followed by the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// After the shortest wait: nothing has changed anywhere, and a server only has to come back.
    Soon,
    /// After a wait that grows from one attempt to the next. Where an epoch was raised, whoever owns the shard by now has
    /// to take it over once more; where something was refused, a person has to look.
    Later,
}

/// The shards that wait.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Queue {
    waiting: BTreeMap<Shard, Awaiting>,
    not_before: Duration,
    wait: Duration,
}

impl Default for Queue {
    fn default() -> Self {
        Self { waiting: BTreeMap::new(), not_before: Duration::ZERO, wait: WAITS.0 }
    }
}

impl Queue {
    /// Somebody wants these shards taken over: they are at once, and what had failed before with them. A request for
    /// nothing changes nothing.
    pub fn ask(&mut self, awaiting: Vec<Awaiting>, now: Duration) {
        if !awaiting.is_empty() {
            (self.not_before, self.wait) = (now, WAITS.0);
        }
        self.add(awaiting);
    }

    /// These shards wait, too, until the next attempt may begin. Of two assignments of a shard the later one counts: an
    /// attempt may end after the group has assigned the shard anew.
    pub fn add(&mut self, awaiting: Vec<Awaiting>) {
        for one in awaiting {
            let known = self.waiting.entry(one.shard).or_insert(one);
            if known.number < one.number {
                *known = one;
            }
        }
    }

    /// Forgets those that need no takeover any more.
    pub fn keep(&mut self, awaits: impl Fn(Awaiting) -> bool) {
        self.waiting.retain(|_, awaiting| awaits(*awaiting));
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether no shard waits for an attempt.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many of them cannot be taken over: `first_without` and all behind it have no partition in some topic yet.
    pub fn without_partitions(&self, first_without: Option<Shard>) -> usize {
        first_without.map_or(0, |first| self.waiting.range(first..).count())
    }

    /// How long it is until the next attempt may begin; `None` where there is nothing to attempt.
    pub fn until_next(&self, first_without: Option<Shard>, now: Duration) -> Option<Duration> {
        let takes = self.waiting.len() > self.without_partitions(first_without);
        takes.then(|| self.not_before.saturating_sub(now))
    }

    /// Takes out the shards of the next attempt, where it may begin. A shard without partitions waits by itself: together
    /// with the others it would fail them all.
    pub fn begin(&mut self, first_without: Option<Shard>, now: Duration) -> Option<Vec<Awaiting>> {
        self.until_next(first_without, now).filter(Duration::is_zero)?;
        let later = first_without.map(|first| self.waiting.split_off(&first)).unwrap_or_default();
        let taken = std::mem::replace(&mut self.waiting, later);
        Some(taken.into_values().collect())
    }

    /// Takes back what an attempt has left to do. Returns how long it is until the next one.
    pub fn ended(&mut self, outcome: Outcome, now: Duration) -> Duration {
        self.add(outcome.again);
        let wait = match outcome.retry {
            None => {
                self.wait = WAITS.0;
                WAITS.0
            }
            Some(Retry::Soon) => WAITS.0,
            Some(Retry::Later) => {
                let wait = self.wait;
                self.wait = (wait * 2).min(WAITS.1);
                wait
            }
        };
        self.not_before = now + wait;
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(partition: i32, number: u64) -> Awaiting {
        Awaiting { shard: shard(partition), number, anew: false }
    }

    fn shard(partition: i32) -> Shard {
        Shard::from_partition(partition).unwrap()
    }

    fn failed(again: &[Awaiting], retry: Retry) -> Outcome {
        Outcome { taken: 0, again: again.to_vec(), retry: Some(retry) }
    }

    #[test]
    fn an_instance_that_the_broker_refuses_raises_the_epoch_ever_more_seldom() {
        let mut queue = Queue::default();
        let mut now = Duration::from_secs(7);
        queue.ask(vec![one(0, 0)], now);
        let mut waits = Vec::new();
        for _ in 0..7 {
            let taken = queue.begin(None, now).unwrap();
            let wait = queue.ended(failed(&taken, Retry::Later), now);
            assert_eq!(queue.until_next(None, now), Some(wait));
            assert_eq!(queue.begin(None, now + wait / 2), None);
            now += wait;
            waits.push(wait.as_millis());
        }
        assert_eq!(waits, [300, 600, 1_200, 2_400, 4_800, 5_000, 5_000]);
        let taken = queue.begin(None, now).unwrap();
        assert_eq!(queue.ended(failed(&taken, Retry::Soon), now), WAITS.0, "the database was away");
        queue.ask(vec![one(1, 1)], now);
        assert_eq!(queue.begin(None, now), Some(vec![one(0, 0), one(1, 1)]), "a new assignment is not kept waiting");
        assert_eq!(queue.ended(failed(&[], Retry::Later), now), WAITS.0);
    }

    #[test]
    fn a_request_for_nothing_makes_no_attempt_come_sooner() {
        let mut queue = Queue::default();
        let now = Duration::ZERO;
        queue.ask(vec![one(0, 0)], now);
        let taken = queue.begin(None, now).unwrap();
        let wait = queue.ended(failed(&taken, Retry::Later), now);
        queue.ask(Vec::new(), now);
        assert_eq!(queue.until_next(None, now), Some(wait));
        queue.add(vec![one(1, 1)]);
        assert_eq!(queue.until_next(None, now), Some(wait));
    }

    #[test]
    fn a_success_ends_the_growing_of_the_waits() {
        let mut queue = Queue::default();
        let now = Duration::ZERO;
        for _ in 0..4 {
            queue.ended(failed(&[one(0, 0)], Retry::Later), now);
        }
        assert_eq!(queue.ended(Outcome { taken: 1, ..Outcome::default() }, now), WAITS.0);
        assert_eq!(queue.ended(failed(&[one(0, 0)], Retry::Later), now), WAITS.0);
    }

    #[test]
    fn what_has_no_partitions_waits_by_itself() {
        let mut queue = Queue::default();
        let now = Duration::ZERO;
        queue.ask(vec![one(0, 0), one(1, 1), one(2, 2)], now);
        assert_eq!(queue.without_partitions(Some(shard(1))), 2);
        assert_eq!(queue.until_next(Some(shard(0)), now), None);
        assert_eq!(queue.begin(Some(shard(1)), now), Some(vec![one(0, 0)]));
        assert_eq!(queue.begin(Some(shard(1)), now), None);
        assert_eq!((queue.len(), queue.begin(None, now)), (2, Some(vec![one(1, 1), one(2, 2)])));
        assert!(queue.is_empty());
    }

    #[test]
    fn a_later_assignment_takes_the_place_of_an_earlier_one() {
        let mut queue = Queue::default();
        queue.ask(vec![one(0, 0), one(1, 1)], Duration::ZERO);
        queue.add(vec![one(0, 2)]);
        queue.keep(|awaiting| awaiting.number != 1);
        queue.ended(failed(&[one(0, 0)], Retry::Soon), Duration::ZERO);
        assert_eq!(queue.begin(None, WAITS.0), Some(vec![one(0, 2)]), "the attempt was for the earlier one");
    }
}
