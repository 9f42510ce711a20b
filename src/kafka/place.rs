//! Moving a consumer to a place of a partition that it has.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

/// How long a seek may take.
const SEEK_TIMEOUT: Duration = Duration::from_secs(5);

/// Reads the partition, which is assigned, from that offset on, whether it was paused or not.
///
/// # Errors
/// The client's error. Nothing has changed, and the call may be tried again.
pub fn read_from<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partition: i32,
    offset: Offset,
) -> KafkaResult<()> {
    let mut place = TopicPartitionList::new();
    place.add_partition_offset(topic, partition, offset)?;
    let mut is_given_up = false;
    for sought in consumer.seek_partitions(place.clone(), SEEK_TIMEOUT)?.elements() {
        match sought.error() {
            Err(error) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::State) => is_given_up = true,
            other => other?,
        }
    }
    if is_given_up {
        // The client stops a partition whose offset is gone for good (librdkafka's `rd_kafka_offset_reset`), and then it can
        // only be assigned anew. An attempt that came half way has left it unassigned.
        if let Err(error) = consumer.incremental_unassign(&place) {
            tracing::debug!(topic, partition, %error, "the partition was not assigned");
        }
        consumer.incremental_assign(&place)?;
    }
    consumer.resume(&place)
}

/// Takes nothing from the partition until it is read from some place again.
///
/// # Errors
/// Where the client has no such partition.
pub fn hold<C: ConsumerContext>(consumer: &BaseConsumer<C>, topic: &str, partition: i32) -> KafkaResult<()> {
    let mut place = TopicPartitionList::new();
    place.add_partition(topic, partition);
    consumer.pause(&place)
}
