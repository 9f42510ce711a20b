//! What time does beside firing: callbacks that must not be presented as they stand, and presentations of which nobody reports
//! (docs/contract.md#life-after-due). The recording step writes what becomes of them; here it is noticed.

use std::time::Duration;

use super::noticed::{Look, Sweep};
use super::shard::Fired;
use super::{Firing, Owner, Owners, Rows, Rules};
use crate::domain::commitment::Position;
use crate::domain::time::Timestamp;

/// How many callbacks are handed over at once.
const LOOKS: usize = 10_000;

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
        let (again, often) = (self.bounds.look_again, self.bounds.look_often);
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

    /// F7: the next sweep of a shard whose presentations have stayed without a report for long enough. It takes all of those that
    /// have: where sweeps come late, they are not one behind the other.
    pub(super) fn sweep(&mut self, running: Duration) -> Option<Sweep<O>> {
        let within = self.bounds.acknowledge_within;
        self.shards.values_mut().find_map(|Fired { owner, noticed, .. }| {
            if noticed.is_sweeping || noticed.sweep_after.is_some_and(|after| running < after) {
                return None;
            }
            let is_overdue = |(at, _): &&(Duration, Position)| running.saturating_sub(*at) >= within;
            let (_, through) = *noticed.presented.iter().take_while(is_overdue).last()?;
            noticed.is_sweeping = true;
            Some(Sweep { owner: owner.clone(), after: noticed.swept, through })
        })
    }

    /// For how long the sweep that waits longest has waited or been under way; zero where none does.
    pub fn sweep_overdue(&self, running: Duration) -> Duration {
        let within = self.bounds.acknowledge_within;
        let first = self.shards.values().filter_map(|fired| fired.noticed.presented.front()).map(|(at, _)| *at).min();
        first.map_or(Duration::ZERO, |at| running.saturating_sub(at + within))
    }

    /// What came of a sweep: all that it found is handed to the recording step; or it has failed, and is tried again.
    pub fn swept(&mut self, sweep: &Sweep<O>, is_done: bool, running: Duration) {
        let retry = self.bounds.load_retry;
        let Some(Fired { noticed, .. }) = self.of(&sweep.owner) else { return };
        noticed.is_sweeping = false;
        noticed.sweep_after = (!is_done).then_some(running + retry);
        if is_done {
            noticed.swept = Some(sweep.through);
            noticed.presented.retain(|(_, through)| *through > sweep.through);
        }
    }
}
