//! What the dispatch loop is told by the others.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::timed::{EventSettings, Timed};
use crate::domain::commitment::{Commitment, Position};
use crate::kafka::group_database::Told;
use crate::kafka::ownership::OwnedShard;
use crate::protocol::Fault;
use crate::protocol::firing::{Load, Sweep};
use crate::protocol::frontier::Hold;
use crate::protocol::window::Change;

/// Rows to be read. Once the takeover that asks has ended the request is dropped.
pub type LoadRequest = Load<Arc<OwnedShard>>;

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
        changes: Vec<Change<Timed>>,
        /// How far the window reached when that was told.
        reach: Position,
        /// What kept passes away meanwhile.
        hold: Hold,
    },
    /// A load has ended.
    Loaded {
        /// What was asked for.
        load: LoadRequest,
        /// The rows, in the order of firing; or why there are none.
        rows: Result<Vec<(Position, Timed)>, Fault>,
    },
    /// A sweep has ended.
    Swept {
        /// What was asked for.
        sweep: Sweep<Arc<OwnedShard>>,
        /// Whether all that it found is with the recording step.
        is_done: bool,
    },
    /// Look at the stop token.
    Wake,
}

impl Message {
    /// A batch is committed that changed these callbacks: what is published of them is written here, by whoever committed it, so that
    /// the loop need not. `source` is the service's own.
    pub fn changed(
        owned: Arc<OwnedShard>,
        changes: Vec<Change<Arc<Commitment>>>,
        reach: Position,
        hold: Hold,
        settings: &EventSettings,
    ) -> Self {
        let written = |callback: Arc<Commitment>| Timed::of(&callback, settings);
        let changes = changes.into_iter().map(|change| change.map(written)).collect();
        Self::Changed { owned, changes, reach, hold }
    }
}
