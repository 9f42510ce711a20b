//! What became of a transaction whose commit was asked for, and whose answer never came.
//!
//! Kafka lets it count in every partition or in none. A cluster that loses most of its brokers at once may break that: a
//! transaction coordinator that is started again takes up what its own log holds, also what no other broker has copied, and
//! sends markers for it before it hears that another broker leads that log now. The other one, whose log lacks the
//! decision, aborts what is left (seen with Kafka 4.4.0, docs/decisions/0012). Then the offsets may count and the records may
//! not, and nobody would publish them any more.
//!
//! So a loop keeps what it has sent until it knows. Once its new producers have ended what was left open, it looks: where
//! the offsets count, records that no reader sees are published once more, with the same ids. Nobody else does that, since
//! whoever has the shards now goes on after those offsets. Where the offsets do not count, everything is done again by whoever
//! has the shards, and what a reader has seen of it comes a second time; that is said.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message, OwnedHeaders};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::cluster::{Cluster, Events};
use super::fault::{self, Fault};
use super::logs::offsets;
use super::outgoing::NewRecord;
use super::sending::CALL_TIMEOUT;
use crate::wire::headers;

/// How long a fetch waits at the end of a partition, in milliseconds.
const FETCH_WAIT: &str = "10";
/// How long one wait for a record takes at most.
const POLL: Duration = Duration::from_millis(100);
/// How long it is tried to find out what became of a transaction, once the brokers answer. A topic that is made anew meanwhile
/// never tells.
const PATIENCE: Duration = Duration::from_mins(1);

/// Which part of a partition a transaction's records lie in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    topic: String,
    partition: i32,
    first: i64,
    last: i64,
}

/// Where the records of a transaction lie, as their delivery reports tell.
#[derive(Debug, Default)]
pub(super) struct Spans(Vec<Span>);

impl Spans {
    /// A record has that offset.
    pub(super) fn note(&mut self, topic: &str, partition: i32, offset: i64) {
        match self.0.iter_mut().find(|span| span.partition == partition && span.topic == topic) {
            Some(span) => {
                span.first = span.first.min(offset);
                span.last = span.last.max(offset);
            }
            None => self.0.push(Span { topic: topic.to_owned(), partition, first: offset, last: offset }),
        }
    }
}

/// A record as it was sent.
#[derive(Debug)]
pub(super) struct Sent {
    topic: String,
    partition: Option<i32>,
    key: Option<Vec<u8>>,
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
    fn identity(&self) -> u64 {
        identity(&self.topic, id_of(&self.headers), self.key.as_deref(), self.value.as_deref())
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

/// A transaction of which nobody knows whether it counts.
pub(super) struct Doubt {
    sent: Vec<Sent>,
    spans: Vec<Span>,
    offsets: TopicPartitionList,
    /// When it was first looked for.
    since: Cell<Option<Instant>>,
    /// Under which its offsets were sent.
    pub(super) metadata: Arc<ConsumerGroupMetadata>,
}

/// What is found of it.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// All of it counts.
    Whole,
    /// Its offsets do not count, so all of it is done again; readers have seen so many of its records.
    DoneAgain { seen: usize },
    /// Its offsets count, and readers see nothing of these records.
    Missing(Vec<&'a Sent>),
}

impl Doubt {
    /// The transaction with these records and offsets; `None` where it has no records that could be missing.
    pub(super) fn of(
        sent: Vec<Sent>,
        spans: Spans,
        offsets: &TopicPartitionList,
        metadata: &Arc<ConsumerGroupMetadata>,
    ) -> Option<Self> {
        let (offsets, metadata) = (offsets.clone(), Arc::clone(metadata));
        (!sent.is_empty()).then(|| Self { sent, spans: spans.0, offsets, since: Cell::default(), metadata })
    }

    /// How many records it has.
    pub(super) fn len(&self) -> usize {
        self.sent.len()
    }

    /// Whether nobody will find out, given why it could not be found out now.
    pub(super) fn is_lost_after(&self, error: &KafkaError) -> bool {
        let since = self.since.get().unwrap_or_else(Instant::now);
        self.since.set(Some(since));
        fault::of(error) == Fault::Denied || since.elapsed() > PATIENCE
    }

    /// Looks what readers see of it. Nothing of it may be open any more.
    ///
    /// # Errors
    /// librdkafka's, where the brokers do not answer, or something is still open before its records; try again.
    pub(super) fn look(&self, cluster: &Cluster) -> KafkaResult<Found<'_>> {
        let mut config = cluster.reader();
        config.set("enable.partition.eof", "true").set("fetch.wait.max.ms", FETCH_WAIT);
        let reader = || -> KafkaResult<BaseConsumer<Events>> { config.create_with_context(Events::of("settling")) };
        let counts = counts(&self.offsets, &reader()?.committed_offsets(named(&self.offsets), CALL_TIMEOUT)?)?;
        let mut seen: HashMap<u64, usize> = HashMap::new();
        for span in &self.spans {
            for identity in read(&reader()?, span)? {
                *seen.entry(identity).or_default() += 1;
            }
        }
        let mut missing = Vec::new();
        for sent in &self.sent {
            match seen.get_mut(&sent.identity()) {
                Some(left) if *left > 0 => *left -= 1,
                _ => missing.push(sent),
            }
        }
        Ok(match (counts, missing.is_empty()) {
            (true, true) => Found::Whole,
            (true, false) => Found::Missing(missing),
            (false, _) => Found::DoneAgain { seen: self.sent.len() - missing.len() },
        })
    }
}

/// The same partitions, without offsets.
fn named(offsets: &TopicPartitionList) -> TopicPartitionList {
    let mut named = TopicPartitionList::with_capacity(offsets.count());
    for element in offsets.elements() {
        named.add_partition(element.topic(), element.partition());
    }
    named
}

/// Whether the offsets of a transaction count, given what is committed now: they are in one partition of the broker, so all of
/// them or none. Whoever has gone on since has committed later ones.
///
/// # Errors
/// Where the broker does not tell one of them.
fn counts(offsets: &TopicPartitionList, committed: &TopicPartitionList) -> KafkaResult<bool> {
    for ours in offsets.elements() {
        let Some(now) = committed.find_partition(ours.topic(), ours.partition()) else { return Ok(false) };
        now.error()?;
        let place = |offset: Offset, metadata: &str| match offset {
            // Markers of one moment differ by the callback's id; other metadata says nothing of the order.
            Offset::Offset(offset) => Some((offset, metadata.parse::<i64>().unwrap_or_default())),
            _ => None,
        };
        if place(now.offset(), now.metadata()) < place(ours.offset(), ours.metadata()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What a `read_committed` reader finds in a partition from the first record of a transaction on.
///
/// # Errors
/// librdkafka's; `Canceled` where something that is open still stands before its last record.
fn read(reader: &BaseConsumer<Events>, span: &Span) -> KafkaResult<Vec<u64>> {
    let end = offsets(reader, &span.topic, &[span.partition], Offset::End)?.get(&span.partition).copied();
    if end.is_none_or(|end| end <= span.last) {
        return Err(KafkaError::Canceled);
    }
    let mut place = TopicPartitionList::new();
    place.add_partition_offset(&span.topic, span.partition, Offset::Offset(span.first))?;
    reader.assign(&place)?;
    let (mut found, deadline) = (Vec::new(), Instant::now() + CALL_TIMEOUT);
    while Instant::now() < deadline {
        match reader.poll(POLL) {
            Some(Ok(record)) => found.push(identity_of(&record)),
            None => {}
            Some(Err(KafkaError::PartitionEOF(_))) => return Ok(found),
            Some(Err(error)) => return Err(error),
        }
    }
    Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut))
}

fn identity_of(record: &BorrowedMessage<'_>) -> u64 {
    let id = record.headers().and_then(|all| all.iter().find(|one| one.key == headers::ID)).and_then(|one| one.value);
    identity(record.topic(), id, record.key(), record.payload())
}

fn id_of(all: &OwnedHeaders) -> Option<&[u8]> {
    all.iter().find(|one| one.key == headers::ID).and_then(|one| one.value)
}

/// What makes a record the same when it is published again: its id, where it has one; else what it says.
fn identity(topic: &str, id: Option<&[u8]>, key: Option<&[u8]>, value: Option<&[u8]>) -> u64 {
    let mut hasher = DefaultHasher::new();
    match id {
        Some(id) => (topic, id).hash(&mut hasher),
        None => (topic, key, value).hash(&mut hasher),
    }
    hasher.finish()
}
