//! Ends transactions that the broker has lost track of.
//!
//! A broker that is killed between the commit of a transaction and its markers, and started again at once, may take the
//! partitions for deleted ones: "Couldn't find leader endpoint for partitions …, these partitions are likely deleted
//! already and hence can be skipped" (Kafka's `TransactionMarkerChannelManager`; seen with Kafka 4.4.0 and one broker, see
//! docs/decisions/0012). Its coordinator then calls the transaction complete, and in its partitions it stays open for ever:
//! stable offsets are never answered, and `read_committed` readers stop before it.
//!
//! Only a marker of the same producer id ends it. A new producer of the same transactional id has that producer id, so one
//! transaction in its name that touches all partitions which the loops write, and is aborted, ends in each what hangs
//! there. That is right as long as nothing was built on what hangs, so whoever owned shards under that name takes them
//! over again.
//!
//! The next transaction of that producer id would not only end what hangs, but count it in where it is committed: its
//! offsets all, its records only in the partitions that both have touched. So a producer whose last transaction is in doubt
//! does the same itself before it commits anything else ([`Leftovers`]).

use std::collections::BTreeSet;
use std::sync::Arc;

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::metadata::MetadataPartition;
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::cluster::{Cluster, Events};
use super::deliveries::Deliveries;
use super::early::Early;
use super::outgoing::{NewRecord, owned_headers};
use super::sending::{CALL_TIMEOUT, Sending, To, drain, initialise, send_offsets};

/// Where a producer's transactions may have left something.
pub struct Leftovers {
    /// The topics that it writes.
    pub topics: Vec<String>,
    /// Says of some partition of the group anything at all: it is aborted.
    pub offsets: TopicPartitionList,
    /// The group's; one that names no member is not asked for its generation.
    pub metadata: Arc<ConsumerGroupMetadata>,
}

impl Leftovers {
    /// Ends what producers of that transactional id left hanging in any partition of these topics, and on the group's
    /// offsets. Fences one that lives.
    ///
    /// # Errors
    /// librdkafka's error; the call may be tried again. The broker then ends the attempt itself after the transaction's timeout.
    pub fn end(&self, cluster: &Cluster, transactional_id: &str) -> KafkaResult<()> {
        let events = Events::of(transactional_id);
        self.end_by(&Arc::new(initialise(&cluster.producer(transactional_id), events, CALL_TIMEOUT)?))
    }

    /// The same by a producer of that id that has been initialised just now.
    ///
    /// # Errors
    /// As above; the producer cannot be used then.
    pub(super) fn end_by(&self, producer: &Arc<BaseProducer<Deliveries>>) -> KafkaResult<()> {
        producer.begin_transaction()?;
        for topic in &self.topics {
            for partition in partitions(producer, topic)? {
                touch(producer, topic, partition)?;
            }
        }
        drain(producer, CALL_TIMEOUT, &|| false)?;
        send_offsets(producer, &self.metadata, &self.offsets, &|| false)
            .unwrap_or(Err(KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut)))?;
        producer.abort_transaction(CALL_TIMEOUT)
    }
}

/// The partitions of a topic; none of one that is not there, since nothing hangs in it.
///
/// # Errors
/// librdkafka's; also where the brokers cannot tell now, as while most of them are away.
fn partitions(producer: &BaseProducer<Deliveries>, topic: &str) -> KafkaResult<Vec<i32>> {
    let metadata = producer.client().fetch_metadata(Some(topic), CALL_TIMEOUT)?;
    let mut partitions = Vec::new();
    for known in metadata.topics() {
        match known.error().map(RDKafkaErrorCode::from) {
            None | Some(RDKafkaErrorCode::UnknownTopicOrPartition) => {}
            Some(error) => return Err(KafkaError::MetadataFetch(error)),
        }
        partitions.extend(known.partitions().iter().map(MetadataPartition::id));
    }
    Ok(partitions)
}

/// Does it for every transactional id of these owners, for all at once; `true` where all of it is done.
pub(super) fn in_the_names_of(
    cluster: &Cluster,
    owners: &BTreeSet<String>,
    work: impl Fn(&str) -> KafkaResult<()> + Sync,
) -> bool {
    let work = &work;
    std::thread::scope(|threads| {
        let mut under_way = Vec::new();
        for owner in owners {
            tracing::info!(owner, "transactions that the previous owner left open are aborted");
            let ids = [cluster.ingest_transactional_ids(owner), cluster.dispatch_transactional_ids(owner)];
            for id in ids.into_iter().flatten() {
                under_way.push(threads.spawn(move || {
                    let done = work(&id);
                    if let Err(error) = &done {
                        tracing::warn!(owner, %error, "a transaction that the previous owner left open could not be aborted");
                    }
                    done.is_ok()
                }));
            }
        }
        under_way.into_iter().all(|work| work.join().unwrap_or(false))
    })
}

/// Hears the broker's clock, where that topic tells it, by a record that is aborted.
///
/// # Errors
/// librdkafka's error; the producer cannot be used then.
pub(super) fn hear_the_time(producer: &BaseProducer<Deliveries>, topic: &str) -> KafkaResult<()> {
    let asked = producer.context().ask_the_time();
    producer.begin_transaction()?;
    touch(producer, topic, 0)?;
    drain(producer, CALL_TIMEOUT, &|| false)?;
    producer.context().compare_clocks(asked);
    producer.abort_transaction(CALL_TIMEOUT)
}

/// A record without anything in it.
fn touch(producer: &BaseProducer<Deliveries>, topic: &str, partition: i32) -> KafkaResult<()> {
    Sending(To::Broker(producer, &Early::default())).send(NewRecord {
        topic,
        partition: Some(partition),
        key: None,
        value: None,
        headers: owned_headers(std::iter::empty()),
        timestamp_millis: None,
    })
}
