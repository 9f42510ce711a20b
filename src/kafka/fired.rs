//! Looks for the due event of one callback, for a person who asks: firing writes nothing to the database, so where an
//! event stands is known to its topic alone.
//!
//! The topic is read from the instant on at which the callback was to fire, so what is read is what was fired since; and
//! no longer than a person waits.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::Message;
use rdkafka::metadata::MetadataTopic;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList, TopicPartitionListElem};

use super::cluster::{Cluster, Events};
use super::fault::{self, Fault};
use super::hearing;
use super::incoming::incoming;
use crate::domain::ids::CallbackId;
use crate::domain::time::Timestamp;
use crate::wire::headers;

/// How long is looked, answers of the broker included.
const PATIENCE: Duration = Duration::from_secs(4);
/// How many records are read at most: what a machine reads in that time at its best.
const MOST_RECORDS: usize = 200_000;
/// How long one poll waits.
const POLL: Duration = Duration::from_millis(100);
/// How far before the instant of firing is begun: the clocks of two instances may differ, and a record's timestamp has
/// whole milliseconds.
const LEAD: Duration = Duration::from_secs(2);

/// Where due events are.
#[derive(Clone, Debug)]
pub struct DueTopic {
    /// Of which cluster.
    pub cluster: Cluster,
    /// Its name.
    pub topic: String,
    /// How far ahead of its time an event may be written (`due.stage_ahead`).
    pub stage_ahead: Duration,
}

/// A due event that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// `ce_id` of the event: callback, revision, attempt.
    pub event_id: String,
    /// `firedAt`, which is `ce_time` of the event.
    pub at: Timestamp,
}

/// What came of the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// The events, the oldest first: as many as were asked for, or those that could be found.
    Found(Vec<Fired>),
    /// All that was fired since is read, and none is there: not fired, or no longer kept by the topic.
    NotThere,
    /// Too much was fired since: it was given up.
    GivenUp,
}

impl DueTopic {
    /// Looks for the first `most` events of the callback, from the instant on at which it was to fire. Blocks for four seconds
    /// at most.
    ///
    /// # Errors
    /// What the broker says, or that it says nothing.
    pub fn find(&self, callback: CallbackId, fire_at: Timestamp, most: usize) -> KafkaResult<Search> {
        let deadline = Instant::now() + PATIENCE;
        let mut config = self.cluster.reader();
        // No more than is looked at: it is thrown away at the end.
        config.set("enable.partition.eof", "true").set("queued.max.messages.kbytes", "4096");
        let consumer: BaseConsumer<Events> = config.create_with_context(Events::of("page"))?;
        let positions = self.positions(&consumer, fire_at, deadline)?;
        let mut open: BTreeSet<i32> = positions.elements().iter().map(TopicPartitionListElem::partition).collect();
        consumer.assign(&positions)?;
        let subject = callback.to_string();
        let mut read = 0;
        let mut fault = None;
        let mut found = Vec::new();
        while found.len() < most && !open.is_empty() && read < MOST_RECORDS && Instant::now() < deadline {
            match consumer.poll(POLL) {
                Some(Ok(message)) => {
                    read += 1;
                    let record = incoming(&message);
                    let header = |name| record.header(name).and_then(|value| str::from_utf8(value).ok());
                    if header(headers::SUBJECT) == Some(&*subject)
                        && let (Some(id), Some(Ok(at))) =
                            (header(headers::ID), header(headers::TIME).map(Timestamp::parse_rfc3339))
                    {
                        let (partition, offset) = (message.partition(), message.offset());
                        found.push(Fired { partition, offset, event_id: id.to_owned(), at });
                    }
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    open.remove(&partition);
                }
                Some(Err(error)) => {
                    hearing::pass_over("page", &**consumer.context(), &error);
                    // The client goes past what it cannot read, so it could stand there.
                    if fault::of(&error) != Fault::Passing {
                        return Err(error);
                    }
                    fault = Some(error);
                }
                None => {}
            }
        }
        // Another target's events are in another partition.
        found.sort_by_key(|fired| fired.at);
        match fault {
            _ if !found.is_empty() => Ok(Search::Found(found)),
            _ if open.is_empty() => Ok(Search::NotThere),
            Some(error) => Err(error),
            None => Ok(Search::GivenUp),
        }
    }

    /// Of each partition the first record that may be it.
    fn positions(
        &self,
        consumer: &BaseConsumer<Events>,
        fire_at: Timestamp,
        deadline: Instant,
    ) -> KafkaResult<TopicPartitionList> {
        let left = || deadline.saturating_duration_since(Instant::now());
        let metadata = consumer.fetch_metadata(Some(&self.topic), left())?;
        let ahead = i64::try_from((self.stage_ahead + LEAD).as_millis()).unwrap_or(i64::MAX);
        let from = Offset::Offset(fire_at.millis().saturating_sub(ahead).max(0));
        let mut times = TopicPartitionList::new();
        for partition in metadata.topics().iter().flat_map(MetadataTopic::partitions) {
            times.add_partition_offset(&self.topic, partition.id(), from)?;
        }
        let found = consumer.offsets_for_times(times, left())?;
        let mut positions = TopicPartitionList::new();
        for element in found.elements() {
            element.error()?;
            // Nothing is as late as that.
            let offset = match element.offset() {
                Offset::Offset(offset) => Offset::Offset(offset),
                _ => Offset::End,
            };
            positions.add_partition_offset(&self.topic, element.partition(), offset)?;
        }
        Ok(positions)
    }
}
