//! What a machine knows of one shard.

use std::time::Duration;

use super::noticed::Noticed;
use crate::domain::commitment::Position;
use crate::domain::time::Timestamp;
use crate::protocol::window::Window;

/// F1: rows to be read from the database.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Load<O> {
    /// The takeover that asks.
    pub owner: O,
    /// Behind this position.
    pub after: Position,
    /// Up to and including this instant.
    pub until: Timestamp,
    /// At most so many.
    pub limit: usize,
}

/// A shard from T6 on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fired<O, T> {
    pub owner: O,
    pub window: Window<T>,
    /// Which takeover brought it: one number for all shards that were taken over together.
    pub takeover: u64,
    /// Whether its first load has ended.
    pub is_loaded: bool,
    /// A load that has failed, and when it is tried again.
    pub failed: Option<(Duration, Load<O>)>,
    /// When its marker was committed last.
    pub committed_at: Duration,
    /// What time does beside firing.
    pub noticed: Noticed,
}
