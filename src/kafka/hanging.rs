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

use std::sync::Arc;

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::cluster::{Cluster, Events};
use super::deliveries::Deliveries;
use super::transactions::{CALL_TIMEOUT, NewRecord, Sending, drain, initialise, owned_headers, send_offsets};

/// Ends what producers of that transactional id left hanging in any partition of these topics, and on the group's offsets.
/// `offsets` says of some partition anything at all: it is aborted, and the group's metadata must be valid.
///
/// # Errors
/// What librdkafka says; try again. The broker then ends the attempt itself after the transaction's timeout.
pub fn end(
    cluster: &Cluster,
    transactional_id: &str,
    topics: &[String],
    offsets: &TopicPartitionList,
    metadata: &Arc<ConsumerGroupMetadata>,
) -> KafkaResult<()> {
    let events = Events::of(transactional_id);
    let producer = Arc::new(initialise(&cluster.producer(transactional_id), events, CALL_TIMEOUT)?);
    producer.begin_transaction()?;
    for topic in topics {
        touch(&producer, topic)?;
    }
    drain(&producer, CALL_TIMEOUT)?;
    send_offsets(&producer, metadata, offsets)
        .unwrap_or(Err(KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut)))?;
    producer.abort_transaction(CALL_TIMEOUT)
}

/// A record without anything in it for each partition.
fn touch(producer: &BaseProducer<Deliveries>, topic: &str) -> KafkaResult<()> {
    let metadata = producer.client().fetch_metadata(Some(topic), CALL_TIMEOUT)?;
    let partitions = metadata.topics().iter().flat_map(rdkafka::metadata::MetadataTopic::partitions);
    partitions.map(rdkafka::metadata::MetadataPartition::id).try_for_each(|partition| {
        Sending { producer }.send(NewRecord {
            topic,
            partition: Some(partition),
            key: None,
            value: None,
            headers: owned_headers(std::iter::empty()),
            timestamp_millis: None,
        })
    })
}
