//! What a test produces to Kafka and reads from it.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, DeliveryResult, Header, Headers, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode;
use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;

use super::wait::DEADLINE;

/// How long one poll waits.
const POLL: Duration = Duration::from_millis(100);

/// A record to produce.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Header names and values, in order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// Its timestamp, in milliseconds since the epoch; else it is the producer's time.
    pub timestamp_millis: Option<i64>,
    /// Its partition; else the key decides.
    pub partition: Option<i32>,
}

impl Message {
    /// A record with a key and a value.
    pub fn new(key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self { key: Some(key.into()), value: Some(value.into()), ..Self::default() }
    }

    /// A record with a key and a null value.
    pub fn tombstone(key: impl Into<Vec<u8>>) -> Self {
        Self { key: Some(key.into()), ..Self::default() }
    }

    /// The same without a key.
    #[must_use]
    pub fn keyless(mut self) -> Self {
        self.key = None;
        self
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), Some(value.into())));
        self
    }

    /// The same with a timestamp, in milliseconds since the epoch; else it is the producer's time.
    #[must_use]
    pub fn at(mut self, timestamp_millis: i64) -> Self {
        self.timestamp_millis = Some(timestamp_millis);
        self
    }

    /// The same for a given partition; else the key decides.
    #[must_use]
    pub fn in_partition(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }
}

/// A record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Header names and values, in order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// Its timestamp, in milliseconds since the epoch.
    pub timestamp_millis: i64,
}

impl Record {
    /// The text of the first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(header, _)| header == name)?;
        value.as_deref().map(|value| std::str::from_utf8(value).expect("the header is UTF-8"))
    }

    /// The key as text; empty where there is none.
    pub fn key_text(&self) -> &str {
        std::str::from_utf8(self.key.as_deref().unwrap_or_default()).expect("the key is UTF-8")
    }

    /// The value as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(self.value.as_deref().unwrap_or_default()).expect("the value is JSON")
    }

    fn of(message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().into_iter().flat_map(Headers::iter);
        Self {
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers: headers.map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec))).collect(),
            timestamp_millis: message.timestamp().to_millis().unwrap_or(-1),
        }
    }
}

/// Which records a reader sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Those of committed transactions.
    Committed,
    /// Those of aborted and open transactions too.
    Uncommitted,
}

/// A reader of all of a topic, from its beginning; it belongs to no group and keeps what it has read.
pub struct Reader {
    topic: String,
    consumer: BaseConsumer,
    seen: Vec<Record>,
}

impl Reader {
    /// Starts at the topic's beginning.
    pub fn open(client: &ClientConfig, topic: &str, isolation: Isolation) -> Self {
        let consumer = consumer(client, isolation);
        assign_all(&consumer, topic);
        Self { topic: topic.to_owned(), consumer, seen: Vec::new() }
    }

    /// Everything read so far, each partition in its order.
    pub fn seen(&self) -> &[Record] {
        &self.seen
    }

    /// The next record, if one comes within a moment. Errors of the connection pass, and are not told.
    pub fn poll(&mut self) -> Option<&Record> {
        let message = self.consumer.poll(POLL)?.ok()?;
        self.seen.push(Record::of(&message));
        self.seen.last()
    }

    /// The same, and it is not kept: for what is read for hours.
    pub fn read_one(&self) -> Option<Record> {
        Some(Record::of(&self.consumer.poll(POLL)?.ok()?))
    }

    /// Reads until there are so many records in all (there may be more), and returns them.
    ///
    /// # Panics
    /// With what it has read when they do not come within [`DEADLINE`].
    pub fn wait_for(&mut self, count: usize) -> &[Record] {
        self.wait_until(&format!("{count} records"), |seen| seen.len() >= count)
    }

    /// Reads until what was read in all meets the condition, and returns it.
    ///
    /// # Panics
    /// With what it has read when that does not come within [`DEADLINE`].
    pub fn wait_until(&mut self, what: &str, mut met: impl FnMut(&[Record]) -> bool) -> &[Record] {
        let start = Instant::now();
        while !met(&self.seen) {
            let Self { topic, seen, .. } = self;
            assert!(start.elapsed() < DEADLINE, "{what} in {topic}: not within {DEADLINE:?}; seen: {}", list(seen));
            // Errors of the connection pass; a lasting one runs into the deadline.
            if let Some(Ok(message)) = self.consumer.poll(POLL) {
                self.seen.push(Record::of(&message));
            }
        }
        &self.seen
    }
}

/// Everything that is in a topic now, read from its beginning; with [`Isolation::Committed`] up to the first transaction
/// that is still open.
pub fn read_to_end(client: &ClientConfig, topic: &str, isolation: Isolation) -> Vec<Record> {
    let consumer = consumer(client, isolation);
    let mut partitions_left = assign_all(&consumer, topic);
    let mut records = Vec::new();
    let start = Instant::now();
    while partitions_left > 0 {
        assert!(start.elapsed() < DEADLINE, "the end of {topic}: not within {DEADLINE:?}; seen: {}", list(&records));
        match consumer.poll(POLL) {
            Some(Ok(message)) => records.push(Record::of(&message)),
            Some(Err(KafkaError::PartitionEOF(_))) => partitions_left -= 1,
            Some(Err(_)) | None => {}
        }
    }
    records
}

/// An offset that a group has committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The partition.
    pub partition: i32,
    /// The offset; `None` where the group has committed none.
    pub offset: Option<i64>,
    /// The metadata committed with it.
    pub metadata: String,
}

impl Committed {
    /// What a group has committed on a topic, by partition.
    pub fn of_group(client: &ClientConfig, group: &str, topic: &str) -> Vec<Self> {
        let consumer: BaseConsumer =
            client.clone().set("group.id", group).create().expect("the configuration is right");
        let mut asked = TopicPartitionList::new();
        for partition in partitions(&consumer, topic) {
            asked.add_partition(topic, partition);
        }
        let answer = consumer.committed_offsets(asked, DEADLINE).expect("the broker answers");
        let mut committed: Vec<_> = answer
            .elements()
            .iter()
            .map(|element| {
                let offset = match element.offset() {
                    Offset::Offset(offset) => Some(offset),
                    _ => None,
                };
                Self { partition: element.partition(), offset, metadata: element.metadata().to_owned() }
            })
            .collect();
        committed.sort_by_key(|committed| committed.partition);
        committed
    }
}

/// Produces the messages, outside a transaction, and waits until the broker has them all; returns the partition and the
/// offset of each.
pub fn produce(client: &ClientConfig, topic: &str, messages: impl IntoIterator<Item = Message>) -> Vec<(i32, i64)> {
    let delivered = Sender::new(client).produce(topic, messages);
    delivered.into_iter().map(|record| (record.partition, record.offset)).collect()
}

/// A producer without transactions, for those who produce again and again: a new client wants some ten requests, three of them
/// before its first record.
pub struct Sender(BaseProducer<Deliveries>);

impl Sender {
    /// Connects when it is needed.
    pub fn new(client: &ClientConfig) -> Self {
        let mut config = client.clone();
        config
            // A broker that stands still is left for the one that leads its partitions by then.
            .set("socket.timeout.ms", "5000")
            .set("topic.metadata.refresh.interval.ms", "1000")
            // One that comes back is found soon.
            .set("reconnect.backoff.max.ms", "500")
            .set("enable.idempotence", "true")
            .set("linger.ms", "0");
        Self(config.create_with_context(Deliveries).expect("the configuration is right"))
    }

    /// Produces the messages and waits until the broker has them all; says of each where it lies.
    pub fn produce(&self, topic: &str, messages: impl IntoIterator<Item = Message>) -> Vec<Delivered> {
        let deliveries: Vec<_> = messages.into_iter().map(|message| send(&self.0, topic, &message)).collect();
        let start = Instant::now();
        // `flush` waits in steps of 100 ms, and `poll` with a time of its own spins: the client counts whole milliseconds, so the
        // last one is asked for again and again without a pause.
        self.0.poll(Duration::ZERO);
        while self.0.in_flight_count() > 0 {
            assert!(start.elapsed() < DEADLINE, "records for {topic} were not delivered within {DEADLINE:?}");
            thread::sleep(Duration::from_millis(1));
            self.0.poll(Duration::ZERO);
        }
        deliveries.iter().map(|delivery| delivered(topic, delivery)).collect()
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

/// A record that the broker has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// Its partition.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// When its producer knew.
    pub at: Timestamp,
}

/// Where a record went, once that is known.
type Delivery = Arc<OnceLock<Result<Delivered, KafkaError>>>;

struct Deliveries;

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Delivery;

    fn delivery(&self, result: &DeliveryResult<'_>, delivery: Delivery) {
        let delivered = match result {
            Ok(message) => Ok(Delivered { partition: message.partition(), offset: message.offset(), at: clock::now() }),
            Err((error, _)) => Err(error.clone()),
        };
        delivery.set(delivered).expect("a record is delivered once");
    }
}

fn send(producer: &BaseProducer<Deliveries>, topic: &str, message: &Message) -> Delivery {
    let delivery = Delivery::default();
    let mut record = BaseRecord::<[u8], [u8], Delivery>::with_opaque_to(topic, Arc::clone(&delivery));
    record.key = message.key.as_deref();
    record.payload = message.value.as_deref();
    record.partition = message.partition;
    record.timestamp = message.timestamp_millis;
    let headers = OwnedHeaders::new_with_capacity(message.headers.len());
    record.headers = Some(
        message
            .headers
            .iter()
            .fold(headers, |headers, (name, value)| headers.insert(Header { key: name, value: value.as_deref() })),
    );
    loop {
        match producer.send(record) {
            Ok(()) => return delivery,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), unsent)) => {
                producer.poll(POLL);
                record = unsent;
            }
            Err((error, _)) => panic!("cannot produce to {topic}: {error}"),
        }
    }
}

fn delivered(topic: &str, delivery: &Delivery) -> Delivered {
    match delivery.get() {
        Some(Ok(delivered)) => *delivered,
        Some(Err(error)) => panic!("a record for {topic} was not delivered: {error}"),
        None => panic!("a record for {topic} left the queue without a word"),
    }
}

fn consumer(client: &ClientConfig, isolation: Isolation) -> BaseConsumer {
    let isolation = match isolation {
        Isolation::Committed => "read_committed",
        Isolation::Uncommitted => "read_uncommitted",
    };
    let mut config = client.clone();
    config
        .set("group.id", "rig-reader") // The client wants one; it is never joined nor committed to.
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("isolation.level", isolation)
        // A broker that stands still is left for the one that leads its partitions by then.
        .set("socket.timeout.ms", "5000")
        .set("topic.metadata.refresh.interval.ms", "1000")
        .set("fetch.wait.max.ms", "20");
    config.create().expect("the configuration is right")
}

/// Assigns every partition from its beginning, and returns how many there are.
fn assign_all(consumer: &BaseConsumer, topic: &str) -> usize {
    let partitions = partitions(consumer, topic);
    let mut list = TopicPartitionList::new();
    for partition in &partitions {
        list.add_partition_offset(topic, *partition, Offset::Beginning).expect("the beginning is a valid offset");
    }
    consumer.assign(&list).expect("partitions can be assigned");
    partitions.len()
}

fn partitions(consumer: &BaseConsumer, topic: &str) -> Vec<i32> {
    let metadata = consumer.fetch_metadata(Some(topic), DEADLINE).expect("the broker answers");
    let partitions: Vec<i32> =
        metadata.topics()[0].partitions().iter().map(rdkafka::metadata::MetadataPartition::id).collect();
    assert!(!partitions.is_empty(), "there is no topic {topic}");
    partitions
}

/// Records for a person to read in a failure: position, key, value.
fn list(records: &[Record]) -> String {
    let text = |bytes: &Option<Vec<u8>>| String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
    let lines = records.iter().map(|record| {
        format!("\n  {}/{} {}: {}", record.partition, record.offset, text(&record.key), text(&record.value))
    });
    format!("{} records{}", records.len(), lines.collect::<String>())
}
