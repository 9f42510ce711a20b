//! What the machine is told of the instance that it fires for.

use std::ops::DerefMut;
use std::time::Duration;

use crate::domain::ids::Shard;
use crate::domain::time::Timestamp;
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
