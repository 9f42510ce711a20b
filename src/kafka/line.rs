//! How far one of a shard's two partitions is read.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

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
    /// Whether the group has an offset for it.
    is_committed: AtomicBool,
}

impl Default for Line {
    fn default() -> Self {
        Self::new(false, None, None)
    }
}

impl Line {
    /// Nothing is read yet.
    pub const fn new(is_from_beginning: bool, correction: Option<(String, i64)>, topic_id: Option<TopicId>) -> Self {
        let is_committed = AtomicBool::new(!is_from_beginning);
        Self { is_from_beginning, correction, topic_id, read: AtomicI64::new(-1), is_committed }
    }

    /// An offset of it has been committed.
    pub fn commits(&self) {
        self.is_committed.store(true, Ordering::Relaxed);
    }

    /// Whether the next takeover, which found no offset, has lost one that the group had; or what was read was another topic's.
    pub fn is_lost_to(&self, next: &Self) -> bool {
        let is_another = self.topic_id.zip(next.topic_id).is_some_and(|(was, is)| was != is);
        next.is_from_beginning && (self.is_committed.load(Ordering::Relaxed) || is_another)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_that_there_never_was_is_not_lost() {
        let id = |text: &str| TopicId::parse(text);
        let (first, second) = (id("-288H2akTNSdHFs8HS4_QA"), id("AAAAAAAAAAAAAAAAAAAAAQ"));
        assert!(first.is_some() && second.is_some() && first != second);
        let line = |is_from_beginning, id| Line::new(is_from_beginning, None, id);
        let never = line(true, first);
        never.note(3);
        assert!(!never.is_lost_to(&line(true, first)), "read and not answered");
        assert!(never.is_lost_to(&line(true, second)), "the topic was made anew");
        never.commits();
        assert!(never.is_lost_to(&line(true, first)));
        assert!(!never.is_lost_to(&line(false, first)), "it is still there");
        assert!(line(false, None).is_lost_to(&line(true, None)), "the takeover before had found one");
    }
}
