//! How far one of a shard's two partitions is read.

use std::sync::atomic::{AtomicI64, Ordering};

use super::topic_ids::TopicId;

/// What is read of one of a shard's two partitions, from one takeover on.
#[derive(Debug)]
pub struct Line {
    /// Whether it is read from the log's beginning, since the group has no offset for it.
    pub is_from_beginning: bool,
    /// Topic and offset that have to be committed before anything is read: what is committed would let records be skipped.
    pub correction: Option<(String, i64)>,
    /// The id of the topic, as the takeover found it; `None` where the broker does not tell it.
    pub topic_id: Option<TopicId>,
    read: AtomicI64,
}

impl Default for Line {
    fn default() -> Self {
        Self::new(false, None, None)
    }
}

impl Line {
    /// Nothing is read yet.
    pub const fn new(is_from_beginning: bool, correction: Option<(String, i64)>, topic_id: Option<TopicId>) -> Self {
        Self { is_from_beginning, correction, topic_id, read: AtomicI64::new(-1) }
    }

    /// The next offset; `None` before the partition is read.
    pub fn next(&self) -> Option<i64> {
        Some(self.read.load(Ordering::Relaxed)).filter(|next| *next >= 0)
    }

    /// Everything before that offset has been read.
    pub fn note(&self, next: i64) {
        self.read.store(next, Ordering::Relaxed);
    }
}
