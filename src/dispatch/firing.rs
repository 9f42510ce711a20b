//! A shard that this instance fires for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::clock;
use crate::domain::commitment::Position;
use crate::domain::timestamp::Timestamp;
use crate::kafka::ownership::OwnedShard;
use crate::protocol::pass::next_instant;
use crate::protocol::window::{Change, Window};
use crate::telemetry::as_gauge;
use crate::wire::due::DueEvent;

/// A load that takes so long is held up by its server, whatever it brings.
const SLOW_LOAD: Duration = Duration::from_secs(1);

/// A shard, its window, and what is known of the takeover.
pub(super) struct Firing {
    pub owned: Arc<OwnedShard>,
    pub window: Window<DueEvent>,
    pub committed_at: Instant,
    /// Which takeover brought it, one number for all shards taken over together.
    pub takeover: u64,
    /// Whether its first load has ended.
    pub is_loaded: bool,
    /// What was due by then could not be fired at its time: its first load ended then, or one that a server held up, or
    /// the broker took due events again. The takeover where there was no load yet.
    ready_at: Timestamp,
    /// When the load under way began.
    loading_since: Instant,
    /// Whether the last load had more rows than it could take.
    cut_short: bool,
    /// How many callbacks have come into the window, and their bytes.
    came: (usize, usize),
}

impl Firing {
    /// A shard that was just taken over, its window empty.
    pub fn beginning(owned: Arc<OwnedShard>, takeover: u64) -> Self {
        let window = Window::starting_at(owned.frontier().marker());
        let (committed_at, ready_at) = (Instant::now(), clock::now());
        Self {
            owned,
            window,
            committed_at,
            takeover,
            is_loaded: false,
            ready_at,
            loading_since: committed_at,
            cut_short: false,
            came: (0, 0),
        }
    }

    /// When its next pass may be published.
    pub fn next_instant(&self) -> Option<Timestamp> {
        next_instant(&self.owned.frontier(), &self.window)
    }

    /// What a recorded batch did.
    pub fn apply(&mut self, changes: Vec<Change<DueEvent>>) {
        let now = clock::now();
        for mut change in changes {
            if let Some((_, event)) = &mut change.becomes {
                event.comes_at(now);
                self.weigh(event);
            }
            self.window.apply(change);
        }
    }

    /// The rows up to there are asked for.
    pub fn begin_load(&mut self, until: Position) {
        self.loading_since = Instant::now();
        self.window.begin_load(until);
    }

    /// The rows of a load.
    pub fn finish_load(&mut self, rows: Vec<(Position, DueEvent)>, complete: bool) {
        for (_, event) in &rows {
            self.weigh(event);
        }
        let now = clock::now();
        // Rows that come in pieces because they are so many are late by their number, and no server's fault.
        let was_away = !self.cut_short || self.loading_since.elapsed() >= SLOW_LOAD;
        if !self.is_loaded || was_away && self.window.end().fire_at < now {
            self.is_loaded = true;
            self.ready_at = now;
        }
        self.cut_short = !complete;
        self.window.finish_load(rows, complete);
    }

    /// The broker took no due events until now.
    pub fn was_held_up(&mut self, now: Timestamp) {
        self.ready_at = self.ready_at.max(now);
    }

    /// From when on something may be due that is not fired: the next callback; where none is known, the end of what is
    /// loaded, and before the first load the takeover, since the marker may be of long ago.
    pub fn due_from(&self) -> Timestamp {
        match self.window.first() {
            Some((position, _)) => position.fire_at,
            None if self.is_loaded => self.window.end().fire_at,
            None => self.window.end().fire_at.max(self.ready_at),
        }
    }

    /// Whether it was due before it could be fired here.
    pub fn was_overdue(&self, event: &DueEvent) -> bool {
        event.came_late() || event.scheduled_for() <= self.ready_at
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
