//! Sequence numbers for new callbacks, taken from the database in blocks.

use std::collections::VecDeque;
use std::ops::Range;

use thiserror::Error;

use crate::domain::ids::{CallbackId, Shard};

/// Sequence numbers for new callbacks, taken from the database in blocks.
#[derive(Debug, Default)]
pub struct Sequences {
    blocks: VecDeque<Range<i64>>,
}

/// There are fewer sequence numbers left than the batch has new callbacks.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("no sequence numbers are left for new callbacks")]
pub struct Exhausted;

impl Sequences {
    /// Adds a block that nobody else has.
    pub fn add(&mut self, block: Range<i64>) {
        self.blocks.push_back(block);
    }

    /// How many are left.
    pub fn left(&self) -> usize {
        self.blocks.iter().map(|block| usize::try_from(block.end - block.start).unwrap_or(0)).sum()
    }

    /// The id of a new callback of that shard.
    ///
    /// # Errors
    /// `Exhausted` where another block is needed first.
    pub fn take(&mut self, shard: Shard) -> Result<CallbackId, Exhausted> {
        while let Some(block) = self.blocks.front_mut() {
            if let Some(sequence) = block.next() {
                return CallbackId::compose(sequence, shard).map_err(|_| Exhausted);
            }
            self.blocks.pop_front();
        }
        Err(Exhausted)
    }
}
