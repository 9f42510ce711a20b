//! The shards of this instance, as `protocol::firing` asks for them.

use std::ops::DerefMut;
use std::sync::Arc;

use crate::domain::ids::Shard;
use crate::kafka::ownership::OwnedShard;
use crate::mutant;
use crate::protocol::firing::{Owner, Owners};
use crate::protocol::frontier::Frontier;

/// What each owned shard says of itself.
pub(super) struct OwnedShards;

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
