//! F1: which windows need their next rows, how many they may ask for, and what becomes of a load.

use std::time::Duration;

use super::shard::{Fired, Load};
use super::{Bounds, Firing, Moment, Owner, Owners, Rule, Rules};
use crate::domain::commitment::Position;
use crate::protocol::Fault;

impl<O: Owner, T: Clone, R: Rules> Firing<O, T, R> {
    /// What came of a load: its rows, in the order of firing. What an older takeover asked for is thrown away. Where it has
    /// failed the same is asked for again: a query changes nothing, and what is recorded meanwhile is still kept for it.
    pub fn loaded(
        &mut self,
        owners: &impl Owners<O>,
        load: Load<O>,
        came: Result<Vec<(Position, T)>, Fault>,
        running: Duration,
    ) {
        let keep = |rule| self.rules.keep(rule);
        let (one_takeover, replay, reach_first) =
            (keep(Rule::LoadsOfOneTakeover), keep(Rule::ReplayOnLoad), keep(Rule::ReachBeforeQuery));
        let Some(fired) = self.shards.get_mut(&load.owner.shard()) else { return };
        if one_takeover && !fired.owner.is_same(&load.owner) {
            return;
        }
        let Ok(rows) = came else {
            fired.failed = Some((running + self.bounds.load_retry, load));
            return;
        };
        if !replay {
            fired.window.begin_load(Position::end_of(load.until));
        }
        let complete = rows.len() < load.limit;
        fired.window.finish_load(rows, complete);
        fired.is_loaded = true;
        if !reach_first && owners.is_current(&fired.owner) {
            owners.frontier(&fired.owner).extend_reach(fired.window.end());
        }
    }

    /// F1: the next rows of every shard that nears the end of what it holds.
    pub(super) fn load_ahead(&mut self, owners: &impl Owners<O>, moment: Moment) -> Vec<Load<O>> {
        let Moment { time, running, .. } = moment;
        let again = |fired: &mut Fired<O, T>| fired.failed.take_if(|(at, _)| *at <= running).map(|(_, load)| load);
        let mut loads: Vec<_> = self.shards.values_mut().filter_map(again).collect();
        let Bounds { window, refill, window_rows, load_rows, .. } = self.bounds;
        let held: usize = self.shards.values().map(|fired| fired.window.len()).sum();
        let enough = Position::end_of(time.plus_micros(micros(refill)));
        // Half of the rows left is time to read on.
        let room = held * 2 <= window_rows;
        let wanting = |fired: &Fired<O, T>| {
            !fired.window.is_loading() && fired.window.end() < enough && (room || fired.window.is_empty())
        };
        let count = self.shards.values().filter(|fired| wanting(fired)).count();
        if count == 0 {
            return loads;
        }
        let limit = (window_rows.saturating_sub(held) / count).max(load_rows);
        let until = time.plus_micros(micros(window));
        for fired in self.shards.values_mut().filter(|fired| wanting(fired)) {
            if self.rules.keep(Rule::ReachBeforeQuery) {
                owners.frontier(&fired.owner).extend_reach(Position::end_of(until));
            }
            loads.push(Load { owner: fired.owner.clone(), after: fired.window.end(), until, limit });
            fired.window.begin_load(Position::end_of(until));
        }
        loads
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
