//! Whose turn it is: sources that have something are read in turn, a few records each, so that a batch has as much of a
//! partition with a short queue as of one with a long queue, and is filled by one alone where the others have nothing.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;

/// Records a turn: few beside a batch, so that all that have something are in it; enough that taking turns costs nothing.
const TURN_RECORDS: usize = 50;
/// Bytes of values a turn, in the same proportion to a batch's: of large records a turn has fewer, but one.
const TURN_BYTES: usize = 160 * 1024;

/// The line of those that have something.
#[derive(Debug)]
pub struct Turns<S> {
    line: VecDeque<S>,
    /// The same as `line`.
    waiting: HashSet<S>,
    /// What the first in the line has had of its turn.
    records: usize,
    bytes: usize,
}

impl<S> Default for Turns<S> {
    fn default() -> Self {
        Self { line: VecDeque::new(), waiting: HashSet::new(), records: 0, bytes: 0 }
    }
}

impl<S: Copy + Eq + Hash> Turns<S> {
    /// The source has something: it gets a turn after all that wait already. Once in the line is enough.
    pub fn join(&mut self, source: S) {
        if self.waiting.insert(source) {
            self.line.push_back(source);
        }
    }

    /// The one to be read; `None` where nobody has anything.
    pub fn current(&self) -> Option<S> {
        self.line.front().copied()
    }

    /// The current one gave a record with so large a value: it goes on, or to the end of the line.
    pub fn gave(&mut self, bytes: usize) {
        self.records += 1;
        self.bytes += bytes;
        if self.records >= TURN_RECORDS || self.bytes >= TURN_BYTES {
            let last = self.next();
            self.line.extend(last);
        }
    }

    /// The current one has nothing more: it leaves the line until it joins again.
    pub fn had_nothing(&mut self) {
        if let Some(source) = self.next() {
            self.waiting.remove(&source);
        }
    }

    fn next(&mut self) -> Option<S> {
        (self.records, self.bytes) = (0, 0);
        self.line.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Takes so many records from queues of such lengths, whose records have values of such a size.
    fn take(
        turns: &mut Turns<u8>,
        queues: &mut BTreeMap<u8, usize>,
        bytes: usize,
        records: usize,
    ) -> BTreeMap<u8, usize> {
        let mut taken = BTreeMap::new();
        while taken.values().sum::<usize>() < records
            && let Some(source) = turns.current()
        {
            let queue = queues.get_mut(&source).unwrap();
            if *queue == 0 {
                turns.had_nothing();
                continue;
            }
            *queue -= 1;
            *taken.entry(source).or_default() += 1;
            turns.gave(bytes);
        }
        taken
    }

    fn all_of(queues: &BTreeMap<u8, usize>) -> Turns<u8> {
        let mut turns = Turns::default();
        for source in queues.keys() {
            turns.join(*source);
        }
        turns
    }

    #[test]
    fn a_batch_has_all_of_the_short_queues_and_the_long_ones_share_the_rest() {
        let mut queues = BTreeMap::from([(0, 1_000_000), (1, 3), (2, 1_000_000), (3, 200)]);
        let mut turns = all_of(&queues);
        let taken = take(&mut turns, &mut queues, 0, 5_000);
        assert_eq!((taken[&1], taken[&3]), (3, 200));
        assert!(taken[&0].abs_diff(taken[&2]) <= TURN_RECORDS, "{taken:?}");
        assert_eq!(taken.values().sum::<usize>(), 5_000);
    }

    #[test]
    fn one_alone_fills_the_batch_and_a_newcomer_waits_for_one_turn_of_each() {
        let mut queues = BTreeMap::from([(0, 1_000_000)]);
        let mut turns = all_of(&queues);
        assert_eq!(take(&mut turns, &mut queues, 0, 5_000)[&0], 5_000);
        queues.insert(1, 1);
        turns.join(1);
        turns.join(1);
        let taken = take(&mut turns, &mut queues, 0, TURN_RECORDS + 1);
        assert_eq!(taken, BTreeMap::from([(0, TURN_RECORDS), (1, 1)]));
        // It leaves the line once it has been found empty, and may come back.
        take(&mut turns, &mut queues, 0, 2 * TURN_RECORDS);
        queues.insert(1, 1);
        turns.join(1);
        assert_eq!(take(&mut turns, &mut queues, 0, 2 * TURN_RECORDS)[&1], 1);
    }

    #[test]
    fn of_large_records_a_turn_has_fewer() {
        let mut queues = BTreeMap::from([(0, 1_000), (1, 1_000)]);
        let mut turns = all_of(&queues);
        let taken = take(&mut turns, &mut queues, TURN_BYTES / 4, 9);
        assert_eq!(taken, BTreeMap::from([(0, 5), (1, 4)]));
        let larger_than_a_turn = take(&mut all_of(&queues), &mut queues, 2 * TURN_BYTES, 6);
        assert_eq!(larger_than_a_turn, BTreeMap::from([(0, 3), (1, 3)]));
    }

    #[test]
    fn nothing_is_left_where_nobody_has_anything() {
        let mut turns: Turns<u8> = Turns::default();
        assert_eq!(turns.current(), None);
        turns.had_nothing();
        turns.join(7);
        turns.had_nothing();
        assert_eq!(turns.current(), None);
    }
}
