//! Committed offsets as a takeover needs them (`protocol`, step T3): only when no transaction is pending on them.
//!
//! With `read_uncommitted` the broker gives an old marker at once, and callbacks would fire twice. How long is waited for
//! what is pending, and what is done about it, `protocol::takeover` says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use thiserror::Error;

use super::asking::Asking;
use super::cluster::Cluster;
use super::committed::committed;
use super::group_database::GroupDatabaseReader;
use super::hanging::{Leftovers, in_the_names_of};
use super::line::Line;
use super::logs::Logs;
use super::marker::{self, ForeignMarker};
use super::next_offset;
use super::ownership::OwnedShard;
use super::topic_ids::TopicId;
use super::transactions::abort_in_the_name_of;
use crate::config::Topics;
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::mutant;
use crate::protocol::frontier::Frontier;
use crate::protocol::resume::{Log, Resume};
use crate::protocol::takeover::Read;
use crate::stop::Stop;
use crate::telemetry::metric;

/// How long the broker may take to say what its topics are, which it does at once where it is there.
const ANSWER: Duration = Duration::from_secs(1);
/// How long the broker is asked for the ids of the topics, once it tells the offsets. Without ids a takeover is as good as its
/// other signs.
const IDS_PATIENCE: Duration = Duration::from_secs(10);
/// How long is waited between two such requests.
const IDS_PAUSE: Duration = Duration::from_millis(100);

/// Where a shard's two partitions are read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offsets {
    /// Where its commands are read on.
    pub commands: Resumed,
    /// Where its amendments are read on.
    pub amendments: Resumed,
}

/// Where one partition is read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// What was decided.
    pub resume: Resume,
    /// The topic.
    pub topic: Arc<str>,
    /// Its id, where the broker tells it.
    pub topic_id: Option<TopicId>,
    /// The offset that the next record will get (the high watermark).
    pub end: i64,
}

impl Resumed {
    /// Up to which offset decisions are stored that may not be answered, where they are stored up to `recorded`. None where
    /// what is read is not the log that this was noted of.
    pub fn unanswered(&self, recorded: Option<i64>) -> Option<i64> {
        let (Resume::Committed(next) | Resume::Beginning(next)) = self.resume else { return None };
        recorded.filter(|recorded| (next + 1..=self.end).contains(recorded))
    }
}

impl Offsets {
    /// The shard as it is read on, once it has been claimed in the database.
    pub fn owned(&self, shard: Shard, epoch: i64, frontier: Frontier) -> Arc<OwnedShard> {
        let line = |resumed: &Resumed| {
            let correction = resumed.resume.corrects().then(|| (resumed.topic.to_string(), resumed.resume.next()));
            Line::new(matches!(resumed.resume, Resume::Beginning(_)), correction, resumed.topic_id)
        };
        let lines = [line(&self.commands), line(&self.amendments)];
        let kept_alive = match self.amendments.resume {
            Resume::Beginning(_) => None,
            resume => Some(resume.next()),
        };
        OwnedShard::reading(shard, epoch, frontier, kept_alive, lines)
    }
}

/// The offsets could not be read.
#[derive(Debug, Error)]
pub enum OffsetsError {
    /// No answer in time: a broker is away, or a transaction stays pending.
    #[error("the broker gave no stable offsets: {0}")]
    Unstable(#[source] KafkaError),
    /// The broker gives some of them, and not those of a certain partition.
    #[error("the broker does not give the offsets of all partitions: {0}")]
    Refused(#[source] KafkaError),
    /// The broker does not say what there is to read.
    #[error("the broker does not say what {topic} holds: {source}")]
    Unseen {
        /// The topic.
        topic: String,
        /// Why.
        source: KafkaError,
    },
    /// Someone else has written our markers.
    #[error(transparent)]
    Marker(#[from] ForeignMarker),
}

/// Asks the group for offsets.
pub struct OffsetReader {
    cluster: Cluster,
    asking: Asking,
    logs: Arc<Logs>,
    shards_topic: String,
    commands_topic: String,
    amendments_topic: String,
    /// All topics that transactions write.
    written_topics: Vec<String>,
}

impl OffsetReader {
    /// # Errors
    /// librdkafka's error, where it does not accept the settings of the client.
    pub fn new(cluster: Cluster, topics: &Topics, logs: Arc<Logs>) -> KafkaResult<Self> {
        let mut config = cluster.reader();
        if mutant::breaks("stable-read") {
            config.set("isolation.level", "read_uncommitted");
        }
        Ok(Self {
            cluster,
            asking: Asking::new(config, "offsets")?,
            logs,
            shards_topic: topics.shards.to_string(),
            commands_topic: topics.commands.to_string(),
            amendments_topic: topics.amendments.to_string(),
            written_topics: topics
                .all()
                .filter(|(topic, _)| topic.is_written_in_transactions)
                .map(|(_, name)| name.to_string())
                .collect(),
        })
    }

    /// Looks for the group's coordinator anew.
    pub fn renew(&self) {
        self.asking.renew();
    }

    /// Marker and offsets of these shards, read when no transaction is pending on them. Waits so long for that.
    /// What is committed for the partitions of the shards in `anew` is known to be of other logs.
    ///
    /// # Errors
    /// `Unstable` where the broker gives none in time: a transaction stays pending, or it is away. The others where the
    /// broker does not say what its logs hold, or has a marker that is not ours.
    pub fn read_stable(
        &self,
        shards: &[Shard],
        anew: &BTreeSet<Shard>,
        patience: Duration,
        stop: &Stop,
    ) -> Result<BTreeMap<Shard, Read<Offsets>>, OffsetsError> {
        let wanted = self.wanted(shards);
        let began = Instant::now();
        let (ids, found) = loop {
            // Before the offsets: were a topic made anew in between, its id would be taken for that of the log that they are of.
            let ids = self.topic_ids();
            let answer = self.asking.ask(|consumer| consumer.committed_offsets(wanted.clone(), patience));
            let found = answer.map_err(OffsetsError::Unstable)?;
            match ids {
                Ok(ids) => break (ids, found),
                Err(error) if began.elapsed() > IDS_PATIENCE || stop.is_set() => {
                    tracing::warn!(
                        %error,
                        "the broker does not tell the ids of the topics: one that is made anew and is longer than the old \
                         one will not be noticed"
                    );
                    break (BTreeMap::new(), found);
                }
                Err(error) => {
                    tracing::debug!(%error, "the ids of the topics could not be asked for; tried again");
                    std::thread::sleep(IDS_PAUSE);
                }
            }
        };
        let partitions: Vec<i32> = shards.iter().map(|shard| shard.partition()).collect();
        let commands = self.look(&self.commands_topic, &partitions, &ids)?;
        let amendments = self.look(&self.amendments_topic, &partitions, &ids)?;
        shards
            .iter()
            .map(|shard| {
                let is_anew = anew.contains(shard);
                let marker = marker_in(&found, &self.shards_topic, *shard)?;
                let commands = resumed(&found, &commands, *shard, is_anew, "commands")?;
                let amendments = resumed(&found, &amendments, *shard, is_anew, "amendments")?;
                Ok((*shard, Read { marker, places: Offsets { commands, amendments } }))
            })
            .collect()
    }

    /// The markers of these shards, once no transaction is pending on them or on the offsets of what is read. Waits so long
    /// for that.
    ///
    /// # Errors
    /// As for `read_stable`.
    pub fn settled_markers(
        &self,
        shards: &[Shard],
        patience: Duration,
    ) -> Result<BTreeMap<Shard, Position>, OffsetsError> {
        let found = self.asking.ask(|consumer| committed(consumer, &self.wanted(shards), patience));
        let found = found.map_err(OffsetsError::Unstable)?;
        if let Some(error) = found.elements().iter().find_map(|element| element.error().err()) {
            return Err(OffsetsError::Refused(error));
        }
        markers(&found, &self.shards_topic, shards)
    }

    /// The markers of these shards that count by now: nothing takes them back. What is pending on them is not waited for.
    ///
    /// # Errors
    /// `Unstable` where the broker does not answer. The others as for `read_stable`.
    pub fn markers_by_now(
        &self,
        shards: &[Shard],
        group: &GroupDatabaseReader,
    ) -> Result<BTreeMap<Shard, Position>, OffsetsError> {
        let mut wanted = TopicPartitionList::new();
        for shard in shards {
            wanted.add_partition(&self.shards_topic, shard.partition());
        }
        markers(&group.committed(&wanted).map_err(OffsetsError::Unstable)?, &self.shards_topic, shards)
    }

    fn wanted(&self, shards: &[Shard]) -> TopicPartitionList {
        let mut wanted = TopicPartitionList::new();
        for shard in shards {
            for topic in self.topics() {
                wanted.add_partition(topic, shard.partition());
            }
        }
        wanted
    }

    /// What there is to read of a topic.
    fn look<'a>(
        &self,
        topic: &'a str,
        partitions: &[i32],
        ids: &BTreeMap<String, TopicId>,
    ) -> Result<Seen<'a>, OffsetsError> {
        let unseen = |source| OffsetsError::Unseen { topic: topic.to_owned(), source };
        let logs = self.logs.bounds(topic, partitions).map_err(unseen)?;
        Ok(Seen { topic, logs, id: ids.get(topic).copied() })
    }

    /// The ids of both topics that are read; none where the broker does not know the question.
    fn topic_ids(&self) -> KafkaResult<BTreeMap<String, TopicId>> {
        self.logs.topic_ids(&BTreeSet::from([&*self.commands_topic, &*self.amendments_topic]), ANSWER)
    }

    fn topics(&self) -> [&str; 3] {
        [&self.shards_topic, &self.commands_topic, &self.amendments_topic]
    }

    /// Whether one broker takes over what another one led, as far as the topic of commands tells: then what is pending may be
    /// so for as long as that takes. Where nothing is known it does.
    pub fn fails_over(&self) -> bool {
        let found = self.asking.ask(|consumer| consumer.fetch_metadata(Some(&self.commands_topic), ANSWER));
        let is_alone = found.is_ok_and(|found| {
            let partitions = found.topics().iter().flat_map(rdkafka::metadata::MetadataTopic::partitions);
            partitions.map(|partition| partition.replicas().len()).max() == Some(1)
        });
        !is_alone
    }

    /// Ends what these instances left open, all at once: each takes the broker a while. This also fences one that lives:
    /// it makes new producers, and takes its shards over again. `false` where not all of it is certain to have ended.
    pub fn abort_in_the_names_of(&self, owners: &BTreeSet<String>) -> bool {
        in_the_names_of(&self.cluster, owners, |id| abort_in_the_name_of(&self.cluster, id))
    }

    /// Ends what the broker takes for complete although it is still open in its partitions. `shard` is any of the group's.
    pub fn end_hanging(&self, owners: &BTreeSet<String>, shard: Option<Shard>, metadata: &Arc<ConsumerGroupMetadata>) {
        tracing::error!(
            "a transaction hangs: the broker has forgotten it, and keeps offsets and records of it back for ever \
             (docs/operations.md, \"A transaction that hangs\"). It is aborted, and what it had published is done again"
        );
        let mut offsets = TopicPartitionList::new();
        if let Some(shard) = shard
            && let Err(error) = offsets.add_partition_offset(&self.commands_topic, shard.partition(), Offset::Offset(0))
        {
            tracing::warn!(%error, "the offset of a hanging transaction could not be put into the request that ends it");
        }
        let leftovers = Leftovers { topics: self.written_topics.clone(), offsets, metadata: Arc::clone(metadata) };
        in_the_names_of(&self.cluster, owners, |id| leftovers.end(&self.cluster, id));
    }
}

fn markers(
    found: &TopicPartitionList,
    topic: &str,
    shards: &[Shard],
) -> Result<BTreeMap<Shard, Position>, OffsetsError> {
    let marker = |shard: &Shard| Ok(marker_in(found, topic, *shard)?.map(|marker| (*shard, marker)));
    shards.iter().filter_map(|shard| marker(shard).transpose()).collect()
}

/// Finds a shard's marker in what the broker says is committed; `None` where nothing is.
///
/// # Errors
/// `Refused` where the broker does not tell it, `Marker` where it is none of ours.
fn marker_in(found: &TopicPartitionList, topic: &str, shard: Shard) -> Result<Option<Position>, OffsetsError> {
    let Some(element) = found.find_partition(topic, shard.partition()) else { return Ok(None) };
    element.error().map_err(OffsetsError::Refused)?;
    Ok(marker::read(&element, shard)?)
}

/// What there is to read of a topic.
struct Seen<'a> {
    topic: &'a str,
    logs: BTreeMap<i32, Log>,
    id: Option<TopicId>,
}

/// Where the shard's partition is read on. Whatever is out of order is said here, where it is decided.
fn resumed(
    found: &TopicPartitionList,
    seen: &Seen<'_>,
    shard: Shard,
    is_anew: bool,
    client: &'static str,
) -> Result<Resumed, OffsetsError> {
    let topic = seen.topic;
    let log = seen.logs.get(&shard.partition()).copied().ok_or_else(|| OffsetsError::Unseen {
        topic: topic.to_owned(),
        source: KafkaError::OffsetFetch(rdkafka::error::RDKafkaErrorCode::UnknownPartition),
    })?;
    let element = found.find_partition(topic, shard.partition());
    let committed = match &element {
        Some(element) => {
            element.error().map_err(OffsetsError::Refused)?;
            match element.offset() {
                Offset::Offset(next) => Some(next),
                _ => None,
            }
        }
        None => None,
    };
    // The offset may be one of a topic that had the same name.
    let committed_for = element.as_ref().and_then(next_offset::topic_id);
    let is_another = committed_for.zip(seen.id).is_some_and(|(before, now)| before != now);
    let resume = Resume::decide(committed, log, is_anew || is_another);
    match resume {
        Resume::Committed(_) | Resume::Beginning(_) => {}
        Resume::Again { from, committed } => {
            tracing::error!(
                topic,
                partition = shard.partition(),
                committed,
                from,
                end = log.end,
                "what the group has committed is not of this log (the topic was made anew, or lost its end): it is read \
                 from its beginning, and commands that were answered before are answered again with the same results"
            );
            metric::REREADS.counter(&[client]).increment(1);
        }
        Resume::Overtaken { from, gone } => {
            tracing::error!(
                topic,
                partition = shard.partition(),
                from,
                gone,
                "records were deleted before they were read: so many offsets are gone, and nobody answers what stood there"
            );
            metric::OFFSETS_GONE.counter(&[client]).increment(u64::try_from(gone).unwrap_or(0));
        }
    }
    Ok(Resumed { resume, topic: topic.into(), topic_id: seen.id, end: log.end })
}
