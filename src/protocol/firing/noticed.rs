//! What a shard remembers of what time does beside firing, and what the recording step is handed of it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::domain::commitment::Position;

/// Presentations that begin within this time of the first are swept together, by the last of them.
const TOGETHER: Duration = Duration::from_secs(1);

/// F6: callbacks of one takeover to be looked at again before they are presented, in the order of firing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Look<O> {
    /// The takeover that asks.
    pub owner: O,
    /// Where they stand.
    pub positions: Vec<Position>,
}

/// F7: presentations that nobody has reported in time: what stands in `(after, through]`, is tracked and was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep<O> {
    /// The takeover that asks.
    pub owner: O,
    /// Behind this position; from the very first one on where it is `None`.
    pub after: Option<Position>,
    /// Up to and including this position.
    pub through: Position,
}

/// What the recording step is handed because of the time, and by no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByTime<O> {
    /// F6.
    Look(Look<O>),
    /// F7.
    Sweep(Sweep<O>),
}

/// What a shard remembers of this.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Noticed {
    /// What was handed over to be looked at, and when.
    pub looked_at: BTreeMap<Position, Duration>,
    /// When the window was searched for such rows last.
    pub searched: Option<Duration>,
    /// Up to which marker tracked callbacks were published, and when.
    pub presented: VecDeque<(Duration, Position)>,
    /// When the first of those was published that the last of these is swept together with.
    pub together_since: Duration,
    /// Up to where presentations are swept.
    pub swept: Option<Position>,
    /// Whether a sweep is under way.
    pub is_sweeping: bool,
    /// When a sweep that failed is tried again.
    pub sweep_after: Option<Duration>,
}

impl Noticed {
    /// At a takeover nobody knows when what was published was: it counts from now.
    pub fn since(running: Duration, marker: Position) -> Self {
        Self { presented: VecDeque::from([(running, marker)]), together_since: running, ..Self::default() }
    }

    /// A callback has left that place.
    pub fn changed(&mut self, was: Position) {
        self.looked_at.remove(&was);
    }

    /// Tracked callbacks up to that marker were published now. `in_time`: what comes later puts off no sweep.
    pub fn presented(&mut self, running: Duration, marker: Position, in_time: bool) {
        let is_together = running.saturating_sub(self.together_since) < TOGETHER;
        match self.presented.back_mut() {
            Some(last) if !self.is_sweeping && is_together => {
                *last = (running, marker);
                if !in_time {
                    self.together_since = running;
                }
            }
            _ => {
                self.presented.push_back((running, marker));
                self.together_since = running;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn at(micros: i64) -> Position {
        Position { fire_at: Timestamp::from_micros(micros), callback_id: 1 }
    }

    #[test]
    fn presentations_that_never_pause_are_swept_all_the_same() {
        let tenths = |tenths: u64| Duration::from_millis(100 * tenths);
        let mut noticed = Noticed::since(tenths(0), at(1));
        for number in 1..=30_u32 {
            noticed.presented(tenths(number.into()), at(number.into()), true);
        }
        assert_eq!(
            noticed.presented,
            [(tenths(9), at(9)), (tenths(19), at(19)), (tenths(29), at(29)), (tenths(30), at(30))]
        );
    }

    #[test]
    fn presentations_of_one_second_are_swept_together_by_the_later_one() {
        let second = Duration::from_secs;
        let mut noticed = Noticed::since(second(10), at(5));
        noticed.presented(Duration::from_millis(10_500), at(6), true);
        noticed.presented(Duration::from_millis(10_900), at(7), true);
        noticed.presented(second(13), at(8), true);
        assert_eq!(noticed.presented, [(Duration::from_millis(10_900), at(7)), (second(13), at(8))]);
        noticed.is_sweeping = true;
        noticed.presented(Duration::from_millis(13_100), at(9), true);
        assert_eq!(noticed.presented.len(), 3, "what a sweep under way goes by stays");
    }
}
