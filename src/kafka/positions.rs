//! How far the consumers of this process have read, as far as each can tell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::topic_ids::TopicId;

/// Shared by those who read and the one who compares with what the broker has; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Positions(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The next offset, by topic and partition, that a client would ask for, where all before it was handed out. It counts
    /// the ends of transactions too, which are never handed out.
    fetched: BTreeMap<(String, i32), i64>,
    /// The next offset after what was taken, of topics that are read by one consumer without a takeover.
    taken: BTreeMap<(String, i32), i64>,
    /// Topics that have to be read from their beginning.
    anew: BTreeSet<String>,
    /// The ids of the topics that are read without a takeover.
    ids: BTreeMap<String, TopicId>,
}

impl Positions {
    /// What a client's statistics say: replaces what they said before of that topic.
    pub(super) fn fetched(&self, topic: &str, partitions: impl Iterator<Item = (i32, i64)>) {
        let mut state = self.state();
        state.fetched.retain(|(known, _), _| known != topic);
        state.fetched.extend(partitions.map(|(partition, next)| ((topic.to_owned(), partition), next)));
    }

    /// Where reading goes on after what was taken.
    pub(super) fn take(&self, topic: &str, partition: i32, next: i64) {
        self.state().taken.insert((topic.to_owned(), partition), next);
    }

    /// The next offset after what was taken, of the partitions of that topic.
    pub(super) fn taken_of(&self, topic: &str) -> BTreeMap<i32, i64> {
        let state = self.state();
        let of_topic = state.taken.iter().filter(|((known, _), _)| known == topic);
        of_topic.map(|((_, partition), next)| (*partition, *next)).collect()
    }

    /// How far has been read where that was taken, the ends of transactions behind it counted.
    pub(super) fn read(&self, topic: &str, partition: i32, taken: i64) -> i64 {
        let fetched = self.state().fetched.get(&(topic.to_owned(), partition)).copied();
        fetched.map_or(taken, |fetched| fetched.max(taken))
    }

    /// Asks whoever reads the topic to read it from its beginning.
    pub(super) fn ask_anew(&self, topic: &str) {
        self.state().anew.insert(topic.to_owned());
    }

    /// The topics that were asked for since the last time.
    pub(super) fn take_anew(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.state().anew)
    }

    /// The id of the topic of that name, as it was noted last.
    pub(super) fn id_of(&self, topic: &str) -> Option<TopicId> {
        self.state().ids.get(topic).copied()
    }

    /// Whether the topic of that name has another id than it had the last time; the id is noted.
    pub(super) fn is_another(&self, topic: &str, id: TopicId) -> bool {
        let before = self.state().ids.insert(topic.to_owned(), id);
        before.is_some_and(|before| before != id)
    }

    /// A thread that panicked while it held the lock left whole entries behind.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
