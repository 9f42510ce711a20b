//! Reading ahead: which windows need their next rows, and how many they may ask for.

use std::sync::Arc;
use std::time::Duration;

use super::{Dispatch, Firing, loader, micros};
use crate::clock;
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::domain::timestamp::Timestamp;
use crate::stop::tell;
use crate::telemetry::{as_gauge, metric};

/// The fewest rows a load asks for, however full the windows are: a shard must always be able to go on.
const MIN_LOAD_ROWS: usize = 500;

/// A broker that has taken no due event for so long is away; before that it only hesitates.
const AWAY: Duration = Duration::from_secs(1);

impl Dispatch {
    /// The pass of this instant was published. Where none was for long before it, what was due meanwhile is late by that.
    pub(super) fn end_of_failures(&mut self, now: Timestamp) {
        if self.failing_since.take().is_some_and(|since| since.elapsed() >= AWAY) {
            self.firing.values_mut().for_each(|firing| firing.was_held_up(now));
        }
    }

    /// Asks for the next rows of every window that nears its end.
    pub(super) fn load_ahead(&mut self) {
        let held: usize = self.firing.values().map(|firing| firing.window.len()).sum();
        let window = micros(self.settings.window);
        let now = clock::now();
        let enough = now.plus_micros(window / 2);
        // Half of the rows left is time to read on; a shard that has none left must always be able to.
        let room = held * 2 <= self.settings.window_rows;
        let wanting = |firing: &Firing| {
            !firing.window.is_loading()
                && firing.window.end() < Position::end_of(enough)
                && (room || firing.window.is_empty())
        };
        let count = self.firing.values().filter(|firing| wanting(firing)).count();
        if count == 0 {
            return;
        }
        let limit = (self.settings.window_rows.saturating_sub(held) / count).max(MIN_LOAD_ROWS);
        let until = now.plus_micros(window);
        let chosen: Vec<Shard> =
            self.firing.iter().filter(|(_, firing)| wanting(firing)).map(|(shard, _)| *shard).collect();
        for shard in chosen {
            let Some(firing) = self.firing.get_mut(&shard) else { continue };
            firing.owned.frontier().extend_reach(Position::end_of(until));
            let after = firing.window.end();
            firing.begin_load(Position::end_of(until));
            let request = loader::Request { owned: Arc::clone(&firing.owned), after, until, limit };
            tell(&self.loads, request);
        }
    }

    /// What the windows hold, and from when on something may be due that is not fired.
    pub(super) fn report(&mut self) {
        let held: usize = self.firing.values().map(|firing| firing.window.len()).sum();
        metric::WINDOW_CALLBACKS.gauge(&[]).set(as_gauge(held));
        metric::WINDOW_BYTES.gauge(&[]).set(self.firing.values().map(Firing::bytes).sum::<f64>());
        metric::SHARDS.gauge(&[]).set(as_gauge(self.firing.len()));
        let assigned = self.ownership.count().map_or(0, |(assigned, _)| assigned);
        let progress = self.readiness.progress();
        // What was overdue when a shard was lost is so still.
        let lost_now = || progress.due_from().map_or_else(clock::now, |due_from| due_from.min(clock::now()));
        self.blind_since = (assigned > self.firing.len()).then(|| self.blind_since.unwrap_or_else(lost_now));
        progress.expects(self.firing.values().map(Firing::due_from).chain(self.blind_since).min());
    }
}
