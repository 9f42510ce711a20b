//! What the dispatch loop is told by the others.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::loader;
use crate::domain::commitment::{Commitment, Position};
use crate::kafka::group_database::Told;
use crate::kafka::ownership::OwnedShard;
use crate::protocol::Fault;
use crate::protocol::frontier::Hold;
use crate::protocol::window::Change;
use crate::wire::due::DueEvent;

/// What the loop is told.
#[derive(Debug)]
pub enum Message {
    /// Takeover, step 5: commit these shards' markers under the present assignment, then fire for them.
    Confirm {
        /// The shards, their frontiers at the markers just read.
        shards: Vec<Arc<OwnedShard>>,
        /// Which database the group's callbacks are in, where the group is to be told; also where there are no shards.
        told: Option<Told>,
        /// Told whether the broker took it.
        confirmed: Sender<bool>,
    },
    /// A batch is committed: apply it to the window, then end its hold.
    Changed {
        /// The shard it concerns.
        owned: Arc<OwnedShard>,
        /// What the batch did, in order.
        changes: Vec<Change<DueEvent>>,
        /// How far the window reached when that was told.
        reach: Position,
        /// What kept passes away meanwhile.
        hold: Hold,
    },
    /// A load has ended.
    Loaded {
        /// What was asked for.
        load: loader::Request,
        /// The rows, in the order of firing; or why there are none.
        rows: Result<Vec<(Position, DueEvent)>, Fault>,
    },
    /// Look at the stop token.
    Wake,
}

impl Message {
    /// A batch is committed that changed these callbacks: their events are written here, by whoever committed it, so that
    /// the loop need not. `source` is the service's own.
    pub fn changed(
        owned: Arc<OwnedShard>,
        changes: Vec<Change<Arc<Commitment>>>,
        reach: Position,
        hold: Hold,
        source: &str,
    ) -> Self {
        let written = |callback: Arc<Commitment>| DueEvent::of(&callback, source);
        let changes = changes.into_iter().map(|change| change.map(written)).collect();
        Self::Changed { owned, changes, reach, hold }
    }
}
