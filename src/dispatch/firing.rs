//! A shard that this instance fires for.

use std::sync::Arc;
use std::time::Instant;

use crate::clock;
use crate::domain::commitment::Position;
use crate::domain::pass::next_instant;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::{Change, Window};
use crate::kafka::ownership::OwnedShard;
use crate::telemetry::as_gauge;
use crate::wire::due::DueEvent;

/// A shard, its window, and what is known of the takeover.
pub(super) struct Firing {
    pub owned: Arc<OwnedShard>,
    pub window: Window<DueEvent>,
    pub committed_at: Instant,
    /// Which takeover brought it, one number for all shards taken over together.
    pub takeover: u64,
    /// Whether its first load has ended.
    pub is_loaded: bool,
    /// Until its first load ended nothing of it could be fired: when that was, or the takeover where it has not.
    ready_at: Timestamp,
    /// How many callbacks have come into the window, and their bytes.
    came: (usize, usize),
}

impl Firing {
    /// A shard that was just taken over, its window empty.
    pub fn beginning(owned: Arc<OwnedShard>, takeover: u64) -> Self {
        let window = Window::starting_at(owned.frontier().marker());
        let (committed_at, ready_at) = (Instant::now(), clock::now());
        Self { owned, window, committed_at, takeover, is_loaded: false, ready_at, came: (0, 0) }
    }

    /// When its next pass may be published.
    pub fn next_instant(&self) -> Option<Timestamp> {
        next_instant(&self.owned.frontier(), &self.window)
    }

    /// What a recorded batch did.
    pub fn apply(&mut self, changes: Vec<Change<DueEvent>>) {
        for change in changes {
            if let Some((_, event)) = &change.becomes {
                self.weigh(event);
            }
            self.window.apply(change);
        }
    }

    /// The rows of a load.
    pub fn finish_load(&mut self, rows: Vec<(Position, DueEvent)>, complete: bool) {
        for (_, event) in &rows {
            self.weigh(event);
        }
        self.window.finish_load(rows, complete);
        if !self.is_loaded {
            self.is_loaded = true;
            self.ready_at = clock::now();
        }
    }

    /// Whether it was due before it could be fired here.
    pub fn was_overdue(&self, event: &DueEvent) -> bool {
        event.scheduled_for() <= self.ready_at
    }

    /// About how much memory its window takes.
    pub fn bytes(&self) -> f64 {
        let (callbacks, bytes) = self.came;
        as_gauge(bytes) / as_gauge(callbacks.max(1)) * as_gauge(self.window.len())
    }

    fn weigh(&mut self, event: &DueEvent) {
        self.came.0 += 1;
        self.came.1 += size_of::<(Position, Option<DueEvent>)>() + event.bytes();
    }
}
