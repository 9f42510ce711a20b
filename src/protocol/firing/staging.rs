//! A pass under way, and the wait of one that is prepared ahead of its time.

use std::time::Duration;

use super::Owners;
use crate::domain::commitment::Position;
use crate::domain::time::Timestamp;
use crate::protocol::pass::Part;

/// How long a wait lasts at most before one looks again whether to go on waiting.
const PIECE: Duration = Duration::from_millis(10);
/// How much further away than it was an instant may be, in microseconds: more, and the clock was set back.
const SET_BACK: i64 = 100_000;

/// F3: due events to be published in one Kafka transaction, together with the marker of each shard.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pass<O> {
    /// What is published: for each takeover everything behind the marker up to the end, which is the next marker.
    pub parts: Vec<Part<O>>,
    /// When to commit.
    pub staging: Staging,
}

/// The wait between the last record of a pass and its commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Staging {
    planned: Timestamp,
    by: Timestamp,
    /// The least time that was left so far, in microseconds.
    nearest: i64,
    given_up: bool,
}

/// What to do with a pass whose records are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staged {
    /// Commit it.
    Commit,
    /// Wait for so long, then ask again.
    Wait(Duration),
    /// Abort it, and report it as aborted: it is prepared again.
    GiveUp,
}

impl<O> Pass<O> {
    pub(super) fn new(parts: Vec<Part<O>>, now: Timestamp) -> Self {
        let mut pass = Self { parts, staging: Staging { planned: now, by: now, nearest: 0, given_up: false } };
        pass.settle_instant();
        pass
    }

    /// Leaves out what belongs to takeovers that have ended since the pass was planned; to be called when the assignment
    /// can no longer change. `false` where nothing is left: then the pass has failed as [`Fault::Fenced`].
    ///
    /// [`Fault::Fenced`]: crate::protocol::Fault::Fenced
    pub fn leave_out_ended(&mut self, owners: &impl Owners<O>) -> bool {
        self.parts.retain(|part| owners.is_current(&part.shard));
        self.settle_instant();
        !self.parts.is_empty()
    }

    fn settle_instant(&mut self) {
        let Staging { planned, .. } = self.staging;
        let by = self.parts.iter().map(|part| part.end.fire_at).fold(planned, Timestamp::max);
        self.staging.by = by;
        self.staging.nearest = by.micros().saturating_sub(planned.micros());
    }
}

/// Whether a pass of these parts, which is prepared and waits for its time, makes way: where a takeover of it has ended; or
/// where the recording step wants something back that is in it, and would stand still for as long.
pub fn makes_way<O>(parts: &[Part<O>], owners: &impl Owners<O>) -> bool {
    parts.iter().any(|part| !owners.is_current(&part.shard) || owners.frontier(&part.shard).is_wanted())
}

/// Whether anything may be prepared ahead of its time. While something is wanted back from a pass of one of these, the pass that
/// made way for that would be prepared again before it is taken back.
pub(super) fn may_prepare<'a, O: 'a>(mut all: impl Iterator<Item = &'a O>, owners: &impl Owners<O>) -> bool {
    !all.any(|owner| owners.frontier(owner).is_wanted())
}

impl Staging {
    /// When the pass was planned.
    pub const fn planned(&self) -> Timestamp {
        self.planned
    }

    /// The instant before which the pass is not committed; where it was planned for things that were due, that instant.
    pub const fn by(&self) -> Timestamp {
        self.by
    }

    /// Whether it was given up.
    pub const fn is_given_up(&self) -> bool {
        self.given_up
    }

    /// What the due event at that position says of when it was fired: now; or, where the pass is prepared ahead, the
    /// instant at which it is committed, since it is seen then. Never before its time, whatever is done to the clock.
    pub fn fired_at(&self, position: Position, now: impl FnOnce() -> Timestamp) -> Timestamp {
        if self.by > self.planned { self.by } else { now() }.max(position.fire_at)
    }

    /// Asked when the records are sent, and again after each wait. While the transaction is open a rebalance waits for it:
    /// so it is given up where somebody does, the service stops, or it [`makes_way`], as `is_waited_for` says; and where its
    /// time has moved away, since the clock was set back.
    pub fn next(&mut self, now: Timestamp, is_waited_for: bool) -> Staged {
        let left = self.by.micros().saturating_sub(now.micros());
        if left <= 0 {
            return Staged::Commit;
        }
        if is_waited_for || left > self.nearest.saturating_add(SET_BACK) {
            self.given_up = true;
            return Staged::GiveUp;
        }
        self.nearest = self.nearest.min(left);
        Staged::Wait(Duration::from_micros(left.unsigned_abs()).min(PIECE))
    }
}
