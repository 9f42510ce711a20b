//! What time does beside firing: callbacks that must not be presented as they stand, and presentations of which nobody reports
//! (docs/contract.md#life-after-due). The recording step writes what becomes of them; here it is noticed.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::loads::Fired;
use super::{Firing, Owner, Owners, Rows, Rules};
use crate::domain::commitment::Position;
use crate::domain::time::Timestamp;

/// How many callbacks are handed over at once.
const LOOKS: usize = 10_000;
/// Presentations that are closer together than this are swept together, by the later one.
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
    looked_at: BTreeMap<Position, Duration>,
    /// When the window was searched for such rows last.
    searched: Option<Duration>,
    /// Up to which marker tracked callbacks were published, and when.
    presented: VecDeque<(Duration, Position)>,
    /// Up to where presentations are swept.
    swept: Option<Position>,
    /// Whether a sweep is under way.
    is_sweeping: bool,
    /// When a sweep that failed is tried again.
    sweep_after: Option<Duration>,
}

impl Noticed {
    /// At a takeover nobody knows when what was published was: it counts from now.
    pub fn since(running: Duration, marker: Position) -> Self {
        Self { presented: VecDeque::from([(running, marker)]), ..Self::default() }
    }

    /// A callback has left that place.
    pub fn changed(&mut self, was: Position) {
        self.looked_at.remove(&was);
    }

    /// Tracked callbacks up to that marker were published now.
    pub fn presented(&mut self, running: Duration, marker: Position) {
        match self.presented.back_mut() {
            Some((at, through)) if !self.is_sweeping && running.saturating_sub(*at) < TOGETHER => {
                (*at, *through) = (running, marker);
            }
            _ => self.presented.push_back((running, marker)),
        }
    }
}

impl<O: Owner, T: Clone, R: Rules> Firing<O, T, R> {
    /// F6: the rows of these shards that are due by then and must not be presented as they stand. Each is handed over once,
    /// and again where nothing came of it.
    pub(super) fn looks(
        &mut self,
        owners: &(impl Owners<O> + Rows<T>),
        blocked: &[O],
        by: Timestamp,
        running: Duration,
    ) -> Vec<Look<O>> {
        let (again, often) = (self.settings.look_again, self.settings.look_often);
        let mut looks = Vec::new();
        for fired in self.shards.values_mut().filter(|fired| blocked.iter().any(|owner| owner.is_same(&fired.owner))) {
            let Fired { owner, window, noticed, .. } = fired;
            if noticed.searched.is_some_and(|at| running.saturating_sub(at) < often) {
                continue;
            }
            noticed.searched = Some(running);
            noticed.looked_at.retain(|_, at| running.saturating_sub(*at) < again);
            let due = window.iter().take_while(|(position, _)| position.fire_at <= by);
            let new = due.filter(|(position, row)| {
                owners.must_be_looked_at(*position, row, by) && !noticed.looked_at.contains_key(position)
            });
            let positions: Vec<_> = new.map(|(position, _)| position).take(LOOKS).collect();
            if !positions.is_empty() {
                noticed.looked_at.extend(positions.iter().map(|position| (*position, running)));
                looks.push(Look { owner: owner.clone(), positions });
            }
        }
        looks
    }

    /// F7: the next sweep of a shard whose presentations have stayed without a report for long enough.
    pub(super) fn sweep(&mut self, running: Duration) -> Option<Sweep<O>> {
        let within = self.settings.acknowledge_within;
        self.shards.values_mut().find_map(|Fired { owner, noticed, .. }| {
            if noticed.is_sweeping || noticed.sweep_after.is_some_and(|after| running < after) {
                return None;
            }
            let (at, through) = *noticed.presented.front()?;
            if running.saturating_sub(at) < within {
                return None;
            }
            noticed.is_sweeping = true;
            Some(Sweep { owner: owner.clone(), after: noticed.swept, through })
        })
    }

    /// What came of a sweep: all that it found is handed to the recording step; or it has failed, and is tried again.
    pub fn swept(&mut self, sweep: &Sweep<O>, is_done: bool, running: Duration) {
        let retry = self.settings.load_retry;
        let Some(Fired { noticed, .. }) = self.of(&sweep.owner) else { return };
        noticed.is_sweeping = false;
        noticed.sweep_after = (!is_done).then_some(running + retry);
        if is_done {
            noticed.swept = Some(sweep.through);
            noticed.presented.retain(|(_, through)| *through > sweep.through);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Position {
        Position { fire_at: Timestamp::from_micros(micros), callback_id: 1 }
    }

    #[test]
    fn presentations_of_one_second_are_swept_together_by_the_later_one() {
        let second = Duration::from_secs;
        let mut noticed = Noticed::since(second(10), at(5));
        noticed.presented(Duration::from_millis(10_500), at(6));
        noticed.presented(Duration::from_millis(11_400), at(7));
        noticed.presented(second(13), at(8));
        assert_eq!(noticed.presented, [(Duration::from_millis(11_400), at(7)), (second(13), at(8))]);
        noticed.is_sweeping = true;
        noticed.presented(Duration::from_millis(13_100), at(9));
        assert_eq!(noticed.presented.len(), 3, "what a sweep under way goes by stays");
    }
}
