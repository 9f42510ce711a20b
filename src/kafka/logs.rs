//! What the logs of topics hold, and which topics they are: asked of the broker, beside those who read them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{IsError, KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::cluster::{Cluster, Events};
use crate::domain::resume::Log;

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Asks; for as many threads as like to.
pub struct Logs {
    /// Sees all that is in the logs.
    all: BaseConsumer<Ids>,
    /// Sees what no open transaction stands before.
    stable: BaseConsumer<Events>,
}

impl Logs {
    /// # Errors
    /// Where librdkafka does not take the settings.
    pub fn new(cluster: &Cluster) -> KafkaResult<Self> {
        let mut config = cluster.reader();
        config.set("isolation.level", "read_uncommitted").set("debug", "topic").set_log_level(RDKafkaLogLevel::Debug);
        let ids = Ids { events: Events::of("logs"), known: Mutex::default(), heard: AtomicU64::new(0) };
        let all = config.create_with_context(ids)?;
        let stable = cluster.reader().create_with_context(Events::of("stable-logs"))?;
        Ok(Self { all, stable })
    }

    /// The topic's id, which another topic of the same name does not have; `None` where brokers are too old to say it
    /// (before Kafka 2.8).
    ///
    /// # Errors
    /// Where the topic is not there, or nobody answers.
    pub fn topic_id(&self, topic: &str) -> KafkaResult<Option<String>> {
        let metadata = self.all.fetch_metadata(Some(topic), REQUEST_TIMEOUT)?;
        if let Some(error) = metadata.topics().iter().find_map(rdkafka::metadata::MetadataTopic::error)
            && error.is_error()
        {
            return Err(KafkaError::MetadataFetch(error.into()));
        }
        self.hear_out();
        Ok(self.all.context().known().get(topic).cloned())
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

    /// Where they end: the high watermark.
    ///
    /// # Errors
    /// As `bounds`.
    pub fn ends(&self, topic: &str, partitions: &[i32]) -> KafkaResult<BTreeMap<i32, i64>> {
        let ends = offsets(&self.all, topic, partitions, Offset::End);
        self.hear_out();
        ends
    }

    /// Where a `read_committed` reader comes to an end: the last stable offset.
    ///
    /// # Errors
    /// As `bounds`.
    pub fn stable_ends(&self, topic: &str, partitions: &[i32]) -> KafkaResult<BTreeMap<i32, i64>> {
        let ends = offsets(&self.stable, topic, partitions, Offset::End);
        self.stable.poll(Duration::ZERO);
        ends
    }

    /// Takes all that the client has to say: a poll takes one event.
    fn hear_out(&self) {
        let heard = || self.all.context().heard.load(Ordering::Relaxed);
        loop {
            let before = heard();
            self.all.poll(Duration::ZERO);
            if heard() == before {
                return;
            }
        }
    }
}

/// The protocol's request for an offset by time takes the two ends as times (Kafka protocol guide, "`ListOffsets` API"), and
/// librdkafka's numbers for them are the same: one request a broker, however many partitions.
fn offsets<C: ConsumerContext>(
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
    let found = consumer.offsets_for_times(wanted, REQUEST_TIMEOUT)?;
    let of = |element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
        element.error()?;
        match element.offset() {
            Offset::Offset(offset) => Ok((element.partition(), offset)),
            _ => Err(KafkaError::OffsetFetch(RDKafkaErrorCode::UnknownPartition)),
        }
    };
    found.elements().iter().map(of).collect()
}

/// Hears the ids of topics: the client knows them, but its library for Rust (0.39) hands them out in a line for debugging
/// only (librdkafka's `rd_kafka_topic_metadata_update`). Where that line should change one day, ids are not known, and what
/// an end of a log that went backwards shows is all that is noticed; `tests/it/overtaken.rs` would say so.
struct Ids {
    events: Events,
    known: Mutex<BTreeMap<String, String>>,
    /// How much the client has had to say.
    heard: AtomicU64,
}

impl Ids {
    /// A thread that panicked while it held the lock left whole entries behind.
    fn known(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Ids {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.heard.fetch_add(1, Ordering::Relaxed);
        match changed_id(message) {
            Some((topic, id)) => {
                self.known().insert(topic.to_owned(), id.to_owned());
            }
            // What is for debugging is of this client's own making, and much.
            None if matches!(level, RDKafkaLogLevel::Debug) => {}
            None => self.events.log(level, facility, message),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.heard.fetch_add(1, Ordering::Relaxed);
        self.events.error(error, reason);
    }
}

impl ConsumerContext for Ids {}

/// Topic and new id of `[thrd:main]: Topic T changed id from A to B`.
fn changed_id(message: &str) -> Option<(&str, &str)> {
    let (before, ids) = message.split_once(" changed id from ")?;
    let (_, topic) = before.rsplit_once("Topic ")?;
    let (_, id) = ids.split_once(" to ")?;
    Some((topic, id.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topics_id_is_heard() {
        let line =
            "[thrd:main]: Topic callback.commands changed id from AAAAAAAAAAAAAAAAAAAAAA to 7Ld7WHzNSnWBOzRw4wGAxQ";
        assert_eq!(changed_id(line), Some(("callback.commands", "7Ld7WHzNSnWBOzRw4wGAxQ")));
        assert_eq!(changed_id("[thrd:main]: Topic callback.commands [3] Leader 1 Epoch 0"), None);
    }
}
