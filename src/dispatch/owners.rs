//! The shards of this instance, as `protocol::firing` asks for them.

use std::ops::DerefMut;
use std::sync::{Arc, PoisonError, RwLock};

use super::timed::Timed;
use crate::domain::commitment::Position;
use crate::domain::directory::Directory;
use crate::domain::ids::Shard;
use crate::domain::time::Timestamp;
use crate::kafka::ownership::OwnedShard;
use crate::mutant;
use crate::protocol::firing::{Owner, Owners, Rows};
use crate::protocol::frontier::Frontier;

/// What each owned shard says of itself, and the directory of what a window holds.
#[derive(Clone)]
pub(super) struct OwnedShards {
    pub directory: Arc<RwLock<Directory>>,
}

impl Rows<Timed> for OwnedShards {
    fn must_be_looked_at(&self, position: Position, row: &Timed, at: Timestamp) -> bool {
        let directory = || self.directory.read().unwrap_or_else(PoisonError::into_inner);
        row.must_be_looked_at(at.max(position.fire_at), directory)
    }

    fn is_reported(&self, row: &Timed) -> bool {
        row.is_tracked()
    }
}

impl Owner for Arc<OwnedShard> {
    fn shard(&self) -> Shard {
        self.shard
    }

    fn is_same(&self, other: &Self) -> bool {
        Self::ptr_eq(self, other)
    }
}

impl Owners<Arc<OwnedShard>> for OwnedShards {
    fn is_current(&self, owned: &Arc<OwnedShard>) -> bool {
        owned.is_current() || mutant::breaks("assignment-metadata")
    }

    fn frontier(&self, owned: &Arc<OwnedShard>) -> impl DerefMut<Target = Frontier> {
        owned.frontier()
    }
}
