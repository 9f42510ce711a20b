//! What the service is compared to: clients of the same settings that do nothing but carry records.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Message, OwnedHeaders};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use schedule_callback::clock;
use schedule_callback::config::KafkaProperties;
use schedule_callback::domain::time::Timestamp;
use schedule_callback::kafka::cluster::{Cluster, Events};
use schedule_callback::kafka::transactions::{NewRecord, Outcome, Transactor};

use crate::grounds::PARTITIONS;
use crate::listen::{Listener, millis, rate};
use crate::report::sorted;
use crate::rig::Scope;

/// As many as the service puts into a batch at most.
pub const BATCH: usize = 5_000;
/// As many as the service puts into a pass at most.
const PASS: usize = 10_000;
/// Bytes of a due event without its headers.
const DUE_BYTES: usize = 480;
const POLL: Duration = Duration::from_millis(100);

type Carried = (Vec<u8>, Vec<u8>);

/// A batch and the offsets after it.
type Batch = (Vec<Carried>, [i64; PARTITIONS as usize]);

/// Carries the last `count` commands of the topic into another one, as records of so many bytes, in transactions of so
/// many with the offsets; returns the records a second at a reader. No rule is looked at, no database, no header.
///
/// Two threads, so that fetching goes on during a transaction, as it does in the service.
pub fn carry(scope: &Scope<'_>, count: u64, bytes: usize, batch: usize, round: u64) -> f64 {
    let (topic, out) = (&scope.topics.commands, format!("{}.pipe.{batch}.{round}", scope.topics.results));
    scope.kafka.create_topics(&[(&out, PARTITIONS)]);
    let cluster = cluster(scope, round);
    let consumer: BaseConsumer<Events> =
        cluster.reader().create_with_context(Events::of("pipe")).unwrap_or_else(|error| panic!("the pipe: {error}"));
    assign_last(&consumer, topic, count);
    let mut transactor = transactor(&cluster);
    let listener = Listener::open(&scope.kafka.client(), &out, |_| Some(()));

    let (sender, batches) = sync_channel(1);
    let metadata = Arc::new(consumer.group_metadata().unwrap_or_else(|| panic!("the pipe has a group")));
    std::thread::scope(|threads| {
        let consumer = &consumer;
        threads.spawn(move || fetch(consumer, count, bytes, batch, &sender));
        for (records, next) in batches {
            let mut offsets = TopicPartitionList::new();
            for (partition, offset) in (0..PARTITIONS).zip(next).filter(|(_, offset)| *offset > 0) {
                let added = offsets.add_partition_offset(topic, partition, Offset::Offset(offset));
                added.unwrap_or_else(|error| panic!("the pipe's offsets: {error}"));
            }
            let outcome = transactor.transact(
                &metadata,
                &offsets,
                |sending| records.iter().try_for_each(|(key, value)| sending.send(record(&out, key, value))),
                || Ok(()),
            );
            assert!(matches!(outcome, Outcome::Committed), "a transaction of the pipe: {outcome:?}");
        }
    });
    rate(&listener.wait_for("bare pipe", count))
}

/// Produces that many records of a due event's size at once, in the service's transactions; returns how many
/// milliseconds after the start each arrived at a reader, sorted.
pub fn burst(scope: &Scope<'_>, count: u64, round: u64) -> Vec<f64> {
    let out = format!("{}.burst.{round}", scope.topics.due);
    scope.kafka.create_topics(&[(&out, PARTITIONS)]);
    let cluster = cluster(scope, round);
    let consumer: BaseConsumer<Events> =
        cluster.reader().create_with_context(Events::of("burst")).unwrap_or_else(|error| panic!("the burst: {error}"));
    let metadata = Arc::new(consumer.group_metadata().unwrap_or_else(|| panic!("the burst has a group")));
    let mut transactor = transactor(&cluster);
    let listener = Listener::open(&scope.kafka.client(), &out, |_| Some(()));
    let records: Vec<Carried> =
        (0..count).map(|n| (format!("default/skill/{n}").into_bytes(), filled(DUE_BYTES, n))).collect();

    let began: Timestamp = clock::now();
    for records in records.chunks(PASS) {
        let outcome = transactor.transact(
            &metadata,
            &TopicPartitionList::new(),
            |sending| records.iter().try_for_each(|(key, value)| sending.send(record(&out, key, value))),
            || Ok(()),
        );
        assert!(matches!(outcome, Outcome::Committed), "a transaction of the bare burst: {outcome:?}");
    }
    let arrivals = listener.wait_for("bare burst", count);
    sorted(arrivals.iter().map(|(at, ())| millis(began, *at)).collect())
}

/// So many transactions, one after the other, each with a record for every partition and the offsets of all; returns how
/// many milliseconds each took, sorted: what the broker makes of the service's transactions by itself.
pub fn transactions(scope: &Scope<'_>, count: u64, bytes: usize, round: u64) -> Vec<f64> {
    let out = format!("{}.transactions.{round}", scope.topics.results);
    scope.kafka.create_topics(&[(&out, PARTITIONS)]);
    let cluster = cluster(scope, round);
    let consumer: BaseConsumer<Events> =
        cluster.reader().create_with_context(Events::of("bare")).unwrap_or_else(|error| panic!("the group: {error}"));
    let metadata = Arc::new(consumer.group_metadata().unwrap_or_else(|| panic!("it has a group")));
    let mut transactor = transactor(&cluster);
    let mut took = Vec::new();
    for n in 1..=count {
        let mut offsets = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            let next = Offset::Offset(i64::try_from(n).unwrap_or(i64::MAX));
            let added = offsets.add_partition_offset(&scope.topics.commands, partition, next);
            added.unwrap_or_else(|error| panic!("the bare offsets: {error}"));
        }
        let value = filled(bytes, n);
        let began = Instant::now();
        let outcome = transactor.transact(
            &metadata,
            &offsets,
            |sending| {
                (0..PARTITIONS).try_for_each(|partition| {
                    sending.send(NewRecord { partition: Some(partition), ..record(&out, b"contact", &value) })
                })
            },
            || Ok(()),
        );
        assert!(matches!(outcome, Outcome::Committed), "a bare transaction: {outcome:?}");
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    sorted(took)
}

fn fetch(consumer: &BaseConsumer<Events>, count: u64, bytes: usize, most: usize, batches: &SyncSender<Batch>) {
    let (mut left, mut batch, mut next) = (count, Vec::with_capacity(most), [0; PARTITIONS as usize]);
    while left > 0 {
        // Errors of the connection pass; a lasting one lets the reader run out of patience.
        let Some(Ok(message)) = consumer.poll(POLL) else { continue };
        let payload = message.payload().unwrap_or_default();
        let value = payload.iter().copied().cycle().take(bytes).collect();
        batch.push((message.key().unwrap_or_default().to_vec(), value));
        if let Some(offset) = usize::try_from(message.partition()).ok().and_then(|partition| next.get_mut(partition)) {
            *offset = message.offset() + 1;
        }
        left -= 1;
        if batch.len() == most || left == 0 {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(most));
            if batches.send((full, next)).is_err() {
                return;
            }
        }
    }
}

/// Commands are spread evenly, so the last `count` are the same number of each partition.
fn assign_last(consumer: &BaseConsumer<Events>, topic: &str, count: u64) {
    let mut list = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        let nth = u64::try_from(partition).unwrap_or(0);
        let share = count.saturating_sub(nth).div_ceil(u64::from(PARTITIONS.unsigned_abs()));
        let share = i64::try_from(share).unwrap_or(i64::MAX);
        let added = consumer
            .fetch_watermarks(topic, partition, Duration::from_secs(30))
            .and_then(|(_, end)| list.add_partition_offset(topic, partition, Offset::Offset(end - share)));
        added.unwrap_or_else(|error| panic!("the end of {topic}/{partition} is not known: {error}"));
    }
    consumer.assign(&list).unwrap_or_else(|error| panic!("{topic} cannot be read: {error}"));
}

fn cluster(scope: &Scope<'_>, round: u64) -> Cluster {
    Cluster {
        bootstrap_servers: scope.kafka.bootstrap(),
        group_id: format!("{}.bare.{round}", scope.group),
        properties: KafkaProperties::default(),
    }
}

fn transactor(cluster: &Cluster) -> Transactor {
    let mut transactor = Transactor::new(cluster.clone(), cluster.ingest_transactional_ids("bench"));
    transactor.reset().unwrap_or_else(|error| panic!("the bare producer does not start: {error}"));
    transactor
}

fn record<'a>(topic: &'a str, key: &'a [u8], value: &'a [u8]) -> NewRecord<'a> {
    NewRecord {
        topic,
        partition: None,
        key: Some(key),
        value: Some(value),
        headers: OwnedHeaders::new(),
        timestamp_millis: None,
    }
}

/// JSON-like bytes that compress neither away nor not at all.
fn filled(bytes: usize, n: u64) -> Vec<u8> {
    let piece = format!("{{\"callbackId\":{},\"notes\":\"asked to be called about invoice {n}\"}}", n << 10);
    piece.into_bytes().into_iter().cycle().take(bytes).collect()
}
