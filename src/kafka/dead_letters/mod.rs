//! The dead-letter topic as operators need it: read to its end, and published to the command topic again.
//!
//! What was redriven is remembered as committed offsets of a consumer group of its own, `<group_id>.redrive`, which
//! nobody joins. They are committed in the transaction that publishes the letters, so a letter is published and
//! remembered or neither. A second run ends what an interrupted or concurrent one left open before it reads them.

mod redrive;
mod redriven;

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use thiserror::Error;

pub use self::redrive::{Progress, Redrive, Redriving, Selection};
use self::redriven::{ForeignMetadata, Redriven, TooScattered};
use super::cluster::{Cluster, Events, Says};
use super::fault::{self, Fault};
use super::hearing;
use super::incoming::incoming;
use super::topics::{self, TopicsError, Unanswered};
use crate::config::Topics;
use crate::domain::time::Timestamp;
use crate::wire::record::Incoming;

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the broker may send nothing before the end of a partition.
const SILENCE: Duration = Duration::from_secs(30);
/// How long one poll waits.
const POLL: Duration = Duration::from_millis(200);

/// Why dead letters could not be read or redriven. Trying again is always safe.
#[derive(Debug, Error)]
pub enum DeadLettersError {
    /// The broker does not answer, or says no.
    #[error("the broker does not do it")]
    Kafka(#[from] KafkaError),
    /// The broker cannot be reached, or does not let this client in.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    /// A topic is not there.
    #[error(transparent)]
    Topics(#[from] TopicsError),
    /// Nothing came for a while, before the end.
    #[error("no record of {topic}/{partition} came for {} s{}", SILENCE.as_secs(), after_colon(.said.as_deref()))]
    Silence {
        /// The dead-letter topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// What the client reported last, where it reported something.
        said: Option<String>,
    },
    /// What stands there cannot be read.
    #[error("partition {partition} of {topic} cannot be read at offset {offset}: {cause}")]
    Unreadable {
        /// The dead-letter topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The offset that comes next.
        offset: i64,
        /// Why, in the client's words.
        cause: String,
    },
    /// A transaction was not committed, or nobody knows. The next run does.
    #[error("a transaction was not committed, so some letters may not be published; run it again")]
    Interrupted(#[source] KafkaError),
    /// The group's offsets are somebody else's.
    #[error("partition {partition} of the dead-letter topic")]
    Foreign {
        /// The partition.
        partition: i32,
        /// What was found.
        source: ForeignMetadata,
    },
    /// Too many small gaps between what was redriven.
    #[error(
        "what was redriven of partition {partition} is too scattered to be remembered; redrive the letters from \
         offset {first} on first, of whatever reason"
    )]
    Scattered {
        /// The partition.
        partition: i32,
        /// The first letter that was passed over.
        first: i64,
        /// How scattered.
        source: TooScattered,
    },
}

fn after_colon(said: Option<&str>) -> String {
    said.map(|said| format!(": {said}")).unwrap_or_default()
}

/// Reads the dead-letter topic and what is remembered of it.
pub struct Letters {
    consumer: BaseConsumer<Events>,
    cluster: Cluster,
    topic: String,
    commands_topic: String,
    /// How many partitions the command topic has.
    command_partitions: i32,
    partitions: Vec<Partition>,
}

/// One partition of the dead-letter topic.
struct Partition {
    number: i32,
    /// The first offset that is still there.
    start: i64,
    /// Where it ended when it was first looked at: what comes back malformed meanwhile is not redriven again.
    end: i64,
}

/// A record of the dead-letter topic.
pub struct Letter<'a> {
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// When it was set aside.
    pub set_aside_at: Timestamp,
    /// The record.
    pub record: Incoming<'a>,
    /// Whether it was redriven before, or never can be.
    pub is_done: bool,
}

impl Letters {
    /// Looks at where the topic begins and ends.
    ///
    /// # Errors
    /// Where the broker does not answer, or topics are missing.
    pub fn open(cluster: &Cluster, topics: &Topics) -> Result<Self, DeadLettersError> {
        let cluster = Cluster { group_id: format!("{}.redrive", cluster.group_id), ..cluster.clone() };
        let mut config = cluster.reader();
        // The end of a partition is told by a fetch that comes back empty; nothing is waited for there.
        config.set("enable.partition.eof", "true").set("fetch.wait.max.ms", "20");
        let consumer: BaseConsumer<Events> = config.create_with_context(Events::of("dead-letters"))?;
        let found = topics::list(&consumer)?;
        let count = |topic: &str| found.get(topic).and_then(|&count| i32::try_from(count).ok());
        let (topic, commands_topic) = (topics.dead_letters.to_string(), topics.commands.to_string());
        let (Some(dead_letter_partitions), Some(command_partitions)) = (count(&topic), count(&commands_topic)) else {
            let missing = [topic, commands_topic].into_iter().filter(|topic| count(topic).is_none());
            return Err(TopicsError::Missing(missing.collect()).into());
        };
        let partitions = (0..dead_letter_partitions)
            .map(|number| {
                let (start, end) = consumer.fetch_watermarks(&topic, number, REQUEST_TIMEOUT)?;
                Ok(Partition { number, start, end })
            })
            .collect::<KafkaResult<_>>()?;
        Ok(Self { consumer, cluster, topic, commands_topic, command_partitions, partitions })
    }

    /// Shows every record of the topic, partition by partition, in order.
    ///
    /// # Errors
    /// Where the broker does not answer.
    pub fn each(&self, mut see: impl FnMut(&Letter<'_>)) -> Result<(), DeadLettersError> {
        let remembered = self.remembered()?;
        for (partition, redriven) in self.partitions.iter().zip(remembered) {
            self.read(partition, partition.start, |letter| {
                see(&Letter { is_done: redriven.contains(letter.offset), ..letter });
                Ok(true)
            })?;
        }
        Ok(())
    }

    /// What is remembered of each partition, once no transaction is pending on it.
    fn remembered(&self) -> Result<Vec<Redriven>, DeadLettersError> {
        let mut wanted = TopicPartitionList::new();
        for partition in &self.partitions {
            wanted.add_partition(&self.topic, partition.number);
        }
        let found = self.consumer.committed_offsets(wanted, REQUEST_TIMEOUT)?;
        let of = |partition: &Partition| {
            let element = found.find_partition(&self.topic, partition.number);
            let mut redriven = match element.as_ref().map(|element| (element.offset(), element.metadata())) {
                Some((Offset::Offset(offset), metadata)) => Redriven::parse(offset, metadata)
                    .map_err(|source| DeadLettersError::Foreign { partition: partition.number, source })?,
                _ => Redriven::default(),
            };
            // What is no longer there needs no memory.
            redriven.add(0..partition.start);
            Ok(redriven)
        };
        self.partitions.iter().map(of).collect()
    }

    /// Hands over the records from that offset to the partition's end, until `see` has seen enough.
    fn read(
        &self,
        partition: &Partition,
        from: i64,
        mut see: impl FnMut(Letter<'_>) -> Result<bool, DeadLettersError>,
    ) -> Result<(), DeadLettersError> {
        if from >= partition.end {
            return Ok(());
        }
        let mut assignment = TopicPartitionList::new();
        assignment.add_partition_offset(&self.topic, partition.number, Offset::Offset(from))?;
        self.consumer.assign(&assignment)?;
        let mut heard = Instant::now();
        let mut next = from;
        loop {
            match self.consumer.poll(POLL) {
                // Of the partition that was assigned before.
                Some(Ok(message)) if message.partition() != partition.number => {}
                Some(Ok(message)) if message.offset() >= partition.end => return Ok(()),
                Some(Ok(message)) => {
                    heard = Instant::now();
                    next = message.offset() + 1;
                    let letter = Letter {
                        partition: message.partition(),
                        offset: message.offset(),
                        set_aside_at: Timestamp::from_millis(message.timestamp().to_millis().unwrap_or_default()),
                        record: incoming(&message),
                        is_done: false,
                    };
                    if !see(letter)? {
                        return Ok(());
                    }
                }
                Some(Err(KafkaError::PartitionEOF(number))) if number == partition.number => return Ok(()),
                Some(Err(_)) | None if heard.elapsed() > SILENCE => {
                    let (topic, partition, said) =
                        (self.topic.clone(), partition.number, self.consumer.context().said());
                    return Err(DeadLettersError::Silence { topic, partition, said });
                }
                Some(Err(error)) => {
                    hearing::say("dead-letters", &**self.consumer.context(), &error);
                    if fault::of(&error) != Fault::Passing {
                        let cause = fault::in_words(&error, self.consumer.context().said());
                        let (topic, partition) = (self.topic.clone(), partition.number);
                        return Err(DeadLettersError::Unreadable { topic, partition, offset: next, cause });
                    }
                }
                None => {}
            }
        }
    }
}
