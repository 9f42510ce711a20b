//! What the machine is told of the instance that it fires for.

use std::ops::DerefMut;
use std::time::Duration;

use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::domain::time::Timestamp;
use crate::protocol::Fault;
use crate::protocol::frontier::Frontier;

/// Names one takeover of one shard.
pub trait Owner: Clone {
    /// The shard.
    fn shard(&self) -> Shard;
    /// Whether both are the same takeover.
    fn is_same(&self, other: &Self) -> bool;
}

/// What the machine shares with the other loops of its instance.
pub trait Owners<O> {
    /// Whether this takeover still stands, as far as the instance knows.
    fn is_current(&self, owner: &O) -> bool;
    /// The frontier of a takeover that stands; held for moments.
    fn frontier(&self, owner: &O) -> impl DerefMut<Target = Frontier>;
}

/// What the machine asks about the callbacks that a window holds. Most are presented as they stand and nobody reports of
/// them: that is what is said where nothing else is.
pub trait Rows<T> {
    /// F6: whether this callback must not be presented at that instant as it stands: its `notAfter` has come, or it is to go
    /// to the skill instead of its agent. Once it says so of a callback, that one is not presented before it was changed, or
    /// this is no longer so.
    fn must_be_looked_at(&self, position: Position, row: &T, at: Timestamp) -> bool {
        let _ = (position, row, at);
        false
    }

    /// F7: whether somebody has to report of this callback once it is presented.
    fn is_reported(&self, row: &T) -> bool {
        let _ = row;
        false
    }
}

/// What the loop sees when it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time that callbacks are fired by.
    pub time: Timestamp,
    /// How long the loop has been running, by a clock that is never set.
    pub running: Duration,
    /// Whether the producers can be used. After an unknown outcome they cannot until they are made anew.
    pub can_publish: bool,
}

/// That takeovers have ended needs nothing more where they have ended here, too. Where one of them still stands here,
/// somebody else knows better: then nothing in memory counts.
pub(super) fn judged<'a, O: 'a>(
    owners: &impl Owners<O>,
    mut of: impl Iterator<Item = &'a O>,
    came: Result<(), Fault>,
) -> Result<(), Fault> {
    match came {
        Err(Fault::Fenced) if of.any(|owner| owners.is_current(owner)) => Err(Fault::Unknown),
        came => came,
    }
}
