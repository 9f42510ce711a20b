//! What the logs of topics hold, and which topics those are: asked of the broker, beside those who read them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::cluster::{Cluster, Events, Says};
use super::hearing::hear_out;
use super::topic_ids::{self, TopicId};
use crate::protocol::resume::Log;

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Asks; for as many threads as like to.
pub struct Logs {
    /// Sees all that is in the logs.
    all: BaseConsumer<Events>,
    /// Sees what no open transaction stands before.
    stable: BaseConsumer<Events>,
}

impl Logs {
    /// # Errors
    /// librdkafka's error, where it does not accept the settings of the client.
    pub fn new(cluster: &Cluster) -> KafkaResult<Self> {
        let mut config = cluster.reader();
        config.set("isolation.level", "read_uncommitted");
        let all = config.create_with_context(Events::of("logs"))?;
        let stable = cluster.reader().create_with_context(Events::of("stable-logs"))?;
        Ok(Self { all, stable })
    }

    /// Where the logs of these partitions begin and end (the high watermark).
    ///
    /// # Errors
    /// Where one of them is not there, or nobody answers.
    pub fn bounds(&self, topic: &str, partitions: &[i32]) -> KafkaResult<BTreeMap<i32, Log>> {
        let starts = offsets(&self.all, topic, partitions, Offset::Beginning)?;
        let ends = self.ends(topic, partitions)?;
        let of = |(partition, start): (i32, i64)| Some((partition, Log { start, end: *ends.get(&partition)? }));
        Ok(starts.into_iter().filter_map(of).collect())
    }

    /// The ids of those topics that are there. None where the broker cannot be asked for them.
    ///
    /// # Errors
    /// The client's error, where no broker answers in time.
    pub fn topic_ids(&self, topics: &BTreeSet<&str>, patience: Duration) -> KafkaResult<BTreeMap<String, TopicId>> {
        let asked = topic_ids::ask(&self.all, topics, patience);
        hear_out("logs", &self.all);
        match asked {
            Err(error) if topic_ids::is_unsupported(&error) => Ok(BTreeMap::new()),
            asked => asked,
        }
    }

    /// Where they end: the high watermark.
    ///
    /// # Errors
    /// As `bounds`.
    pub fn ends(&self, topic: &str, partitions: &[i32]) -> KafkaResult<BTreeMap<i32, i64>> {
        offsets(&self.all, topic, partitions, Offset::End)
    }

    /// Where a `read_committed` reader comes to an end: the last stable offset.
    ///
    /// # Errors
    /// As `bounds`.
    pub fn stable_ends(&self, topic: &str, partitions: &[i32]) -> KafkaResult<BTreeMap<i32, i64>> {
        offsets(&self.stable, topic, partitions, Offset::End)
    }
}

/// The protocol's request for an offset by time takes the two ends as times (Kafka protocol guide, "`ListOffsets` API"), and
/// librdkafka's numbers for them are the same: one request a broker, however many partitions.
pub(super) fn offsets<C: ConsumerContext + Says>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partitions: &[i32],
    which: Offset,
) -> KafkaResult<BTreeMap<i32, i64>> {
    if partitions.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut wanted = TopicPartitionList::with_capacity(partitions.len());
    for partition in partitions {
        wanted.add_partition_offset(topic, *partition, which)?;
    }
    let found = consumer.offsets_for_times(wanted, REQUEST_TIMEOUT);
    hear_out("logs", consumer);
    let found = found?;
    let of = |element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
        element.error()?;
        match element.offset() {
            Offset::Offset(offset) => Ok((element.partition(), offset)),
            _ => Err(KafkaError::OffsetFetch(RDKafkaErrorCode::UnknownPartition)),
        }
    };
    found.elements().iter().map(of).collect()
}
