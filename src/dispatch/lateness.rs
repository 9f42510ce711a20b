//! What the loop says of its windows: how much they hold, what is overdue, and what is late by a delay of its own rather
//! than by having come late.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::message::LoadRequest;
use super::timed::Timed;
use crate::clock;
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::domain::time::Timestamp;
use crate::kafka::ownership::OwnedShard;
use crate::progress::Progress;
use crate::protocol::window::{Change, Window};
use crate::telemetry::{as_gauge, metric};

/// A load that takes so long is held up by its server, whatever it brings.
const SLOW_LOAD: Duration = Duration::from_secs(1);
/// A broker that has taken no due event for so long is away; before that it only hesitates.
const AWAY: Duration = Duration::from_secs(1);

/// What is known of all shards.
#[derive(Default)]
pub(super) struct Lateness {
    shards: BTreeMap<Shard, OfShard>,
    /// Since when no transaction has succeeded of those that were tried.
    failing_since: Option<Instant>,
    /// Since when a shard has been assigned that this loop does not fire for.
    blind_since: Option<Timestamp>,
}

/// What is known of one.
struct OfShard {
    owned: Arc<OwnedShard>,
    /// Whether its first load has ended.
    is_loaded: bool,
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

impl Lateness {
    /// A shard was just taken over, its window empty.
    pub fn begins(&mut self, owned: &Arc<OwnedShard>) {
        let owned = Arc::clone(owned);
        let (ready_at, loading_since) = (clock::now(), Instant::now());
        let (is_loaded, cut_short, came) = (false, false, (0, 0));
        self.shards.insert(owned.shard, OfShard { owned, is_loaded, ready_at, loading_since, cut_short, came });
    }

    /// Its next rows are asked for.
    pub fn loads(&mut self, owned: &Arc<OwnedShard>) {
        if let Some(shard) = self.of(owned) {
            shard.loading_since = Instant::now();
        }
    }

    /// The rows of a load, which are about to come into the window.
    pub fn loaded(&mut self, load: &LoadRequest, rows: &[(Position, Timed)], window: Option<&Window<Timed>>) {
        let (Some(shard), Some(window)) = (self.of(&load.owner), window) else { return };
        for (_, timed) in rows {
            shard.weigh(timed);
        }
        let now = clock::now();
        // Rows that come in pieces because they are so many are late by their number, and no server's fault.
        let was_away = !shard.cut_short || shard.loading_since.elapsed() >= SLOW_LOAD;
        if !shard.is_loaded || was_away && window.end().fire_at < now {
            shard.is_loaded = true;
            shard.ready_at = now;
        }
        shard.cut_short = rows.len() >= load.limit;
    }

    /// What a recorded batch did, which is about to come into the window.
    pub fn changed(&mut self, owned: &Arc<OwnedShard>, changes: &mut [Change<Timed>]) {
        let Some(shard) = self.of(owned) else { return };
        let now = clock::now();
        for (_, timed) in changes.iter_mut().filter_map(|change| change.becomes.as_mut()) {
            timed.due.iter_mut().for_each(|event| event.comes_at(now));
            shard.weigh(timed);
        }
    }

    /// Due events could not be published.
    pub fn failed(&mut self) {
        self.failing_since.get_or_insert_with(Instant::now);
    }

    /// The pass of this instant was published. Where none was for long before it, what was due meanwhile is late by that.
    pub fn succeeded(&mut self, now: Timestamp) {
        if self.failing_since.take().is_some_and(|since| since.elapsed() >= AWAY) {
            self.shards.values_mut().for_each(|shard| shard.ready_at = shard.ready_at.max(now));
        }
    }

    /// What was due by this instant could not be fired at its time in that shard.
    pub fn ready_at(&self, owned: &Arc<OwnedShard>) -> Timestamp {
        self.shards.get(&owned.shard).map_or_else(Timestamp::default, |shard| shard.ready_at)
    }

    /// Tells the metrics what the windows hold, and `progress` from when on something may be due that is not fired.
    pub fn report<'a>(
        &mut self,
        windows: impl Iterator<Item = (&'a Arc<OwnedShard>, &'a Window<Timed>)>,
        assigned: usize,
        progress: &Progress,
    ) {
        self.shards.retain(|_, shard| shard.owned.is_current());
        let (mut held, mut bytes, mut due_from) = (0, 0.0, None::<Timestamp>);
        for (owned, window) in windows {
            let Some(shard) = self.of(owned) else { continue };
            held += window.len();
            bytes += shard.bytes(window);
            let from = shard.due_from(window);
            due_from = Some(due_from.map_or(from, |due_from| due_from.min(from)));
        }
        metric::WINDOW_CALLBACKS.gauge(&[]).set(as_gauge(held));
        metric::WINDOW_BYTES.gauge(&[]).set(bytes);
        metric::SHARDS.gauge(&[]).set(as_gauge(self.shards.len()));
        // What was overdue when a shard was lost is so still.
        let lost_now = || progress.due_from().map_or_else(clock::now, |due_from| due_from.min(clock::now()));
        self.blind_since = (assigned > self.shards.len()).then(|| self.blind_since.unwrap_or_else(lost_now));
        progress.expects(due_from.into_iter().chain(self.blind_since).min());
    }

    fn of(&mut self, owned: &Arc<OwnedShard>) -> Option<&mut OfShard> {
        self.shards.get_mut(&owned.shard).filter(|shard| Arc::ptr_eq(&shard.owned, owned))
    }
}

impl OfShard {
    /// From when on something may be due that is not fired: the next callback; where none is known, the end of what is
    /// loaded, and before the first load the takeover, since the marker may be of long ago.
    fn due_from(&self, window: &Window<Timed>) -> Timestamp {
        match window.first() {
            Some((position, _)) => position.fire_at,
            None if self.is_loaded => window.end().fire_at,
            None => window.end().fire_at.max(self.ready_at),
        }
    }

    /// About how much memory its window takes.
    fn bytes(&self, window: &Window<Timed>) -> f64 {
        let (callbacks, bytes) = self.came;
        as_gauge(bytes) / as_gauge(callbacks.max(1)) * as_gauge(window.len())
    }

    fn weigh(&mut self, timed: &Timed) {
        self.came.0 += 1;
        self.came.1 += size_of::<(Position, Option<Timed>)>() + timed.bytes();
    }
}
