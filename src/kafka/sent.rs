//! Records as they were sent, and what makes one the same when it is published again.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};

use rdkafka::message::{Headers, OwnedHeaders};

use super::outgoing::NewRecord;
use crate::wire::{due, headers, state};

/// A record as it was sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) topic: String,
    partition: Option<i32>,
    pub(super) key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: OwnedHeaders,
    timestamp_millis: Option<i64>,
}

impl From<NewRecord<'_>> for Sent {
    fn from(record: NewRecord<'_>) -> Self {
        let NewRecord { topic, partition, key, value, headers, timestamp_millis } = record;
        let owned = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
        Self { topic: topic.to_owned(), partition, key: owned(key), value: owned(value), headers, timestamp_millis }
    }
}

impl Sent {
    /// What makes it the same when it is published again.
    pub(super) fn identity(&self) -> u64 {
        identity(&self.topic, header(&self.headers, headers::ID), self.key.as_deref(), self.value.as_deref())
    }

    /// Whether only the last record of its key counts (docs/contract.md#the-state-topic).
    pub(super) fn is_state(&self) -> bool {
        self.ce_type() == Some(state::TYPE.as_bytes())
    }

    /// Whether nobody publishes a record with this id again, unless the work that it belongs to is done again. A result comes
    /// again where its command does.
    pub(super) fn is_published_once(&self) -> bool {
        self.is_state() || self.ce_type() == Some(due::TYPE.as_bytes())
    }

    fn ce_type(&self) -> Option<&[u8]> {
        header(&self.headers, headers::TYPE)
    }

    /// To be sent again.
    pub(super) fn again(&self) -> NewRecord<'_> {
        NewRecord {
            topic: &self.topic,
            partition: self.partition,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            headers: self.headers.clone(),
            timestamp_millis: self.timestamp_millis,
        }
    }
}

/// Records that are kept in place of being sent.
pub(super) type Memory = RefCell<Vec<Sent>>;

/// The value of a header.
pub(super) fn header<'a>(all: &'a impl Headers, name: &str) -> Option<&'a [u8]> {
    all.iter().find(|one| one.key == name).and_then(|one| one.value)
}

/// What makes a record the same when it is published again: its key and its id, where it has one; else what it says.
pub(super) fn identity(topic: &str, id: Option<&[u8]>, key: Option<&[u8]>, value: Option<&[u8]>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (topic, key, id.or(value)).hash(&mut hasher);
    hasher.finish()
}

/// The key within its topic.
pub(super) fn key_of(topic: &str, key: Option<&[u8]>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (topic, key).hash(&mut hasher);
    hasher.finish()
}
