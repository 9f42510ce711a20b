//! Records that readers see although the offsets of their transaction do not count (`kafka::settling`): all of it is done again,
//! and they are left out then.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::outgoing::NewRecord;
use super::sent::{header, identity};
use crate::telemetry::metric;
use crate::wire::headers;

/// For how long what readers have seen too early is left out. Whoever has the shards does it again within seconds.
const LEFT_OUT_FOR: Duration = Duration::from_mins(10);

/// Records that readers see of transactions whose offsets do not count, and how many of each: they are left out when that is
/// done again.
#[derive(Debug, Default)]
pub(super) struct Early {
    left: HashMap<u64, usize>,
    /// Those left out of the transaction under way.
    left_out: RefCell<HashMap<u64, usize>>,
    until: Option<Instant>,
}

impl Early {
    /// A transaction begins.
    pub(super) fn begin(&mut self) {
        self.left_out.get_mut().clear();
        if self.until.is_some_and(|until| until < Instant::now()) {
            *self = Self::default();
        }
    }

    /// Whether this record is left out.
    pub(super) fn has(&self, record: &NewRecord<'_>) -> bool {
        if self.left.is_empty() {
            return false;
        }
        let identity = identity(record.topic, header(&record.headers, headers::ID), record.key, record.value);
        let Some(left) = self.left.get(&identity) else { return false };
        let mut left_out = self.left_out.borrow_mut();
        let so_far = left_out.entry(identity).or_default();
        let is_left_out = *so_far < *left;
        *so_far += usize::from(is_left_out);
        is_left_out
    }

    /// The transaction under way counts.
    pub(super) fn count(&mut self) {
        let Self { left, left_out, .. } = self;
        for (identity, count) in left_out.get_mut().drain() {
            if let Some(left) = left.get_mut(&identity) {
                *left -= count;
            }
            metric::SPLIT_RECORDS.counter(&["left_out"]).increment(count as u64);
        }
    }

    /// Readers see these.
    pub(super) fn add(&mut self, identities: &[u64]) {
        metric::SPLIT_RECORDS.counter(&["early"]).increment(identities.len() as u64);
        self.until = Some(Instant::now() + LEFT_OUT_FOR);
        for identity in identities {
            *self.left.entry(*identity).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::message::OwnedHeaders;

    use super::*;
    use crate::kafka::sent::Sent;

    #[test]
    fn as_many_records_are_left_out_as_were_seen() {
        let record = |key: &'static [u8]| NewRecord {
            topic: "t",
            partition: None,
            key: Some(key),
            value: Some(b"v"),
            headers: OwnedHeaders::new(),
            timestamp_millis: None,
        };
        let seen = Sent::from(record(b"a")).identity();
        let mut early = Early::default();
        early.add(&[seen, seen]);
        for _ in 0..2 {
            early.begin();
            assert_eq!([b"a", b"b", b"a", b"a"].map(|key| early.has(&record(key))), [true, false, true, false]);
        }
        early.count();
        assert!(!early.has(&record(b"a")), "those it left out count now");
    }
}
