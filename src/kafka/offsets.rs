//! Committed offsets as a takeover needs them: only when no transaction is pending on them.
//!
//! With `read_uncommitted` the broker gives an old marker at once, and callbacks would fire twice (design §5, step 3).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList, TopicPartitionListElem};
use thiserror::Error;

use super::cluster::{Cluster, Events};
use super::hanging;
use super::marker::{self, ForeignMarker};
use super::transactions::abort_in_the_name_of;
use crate::config::Topics;
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::mutant;
use crate::stop::Stop;

/// After this long with a transaction pending on an offset, what the previous owner left is aborted in its name.
const PENDING_PATIENCE: Duration = Duration::from_secs(1);
/// After this long more, with a broker that answers otherwise, it hangs: no transaction lasts that long once its producer
/// is fenced.
const HANGING_PATIENCE: Duration = Duration::from_secs(5);
/// How long the broker is asked for stable offsets before the takeover begins anew.
const STABLE_TIMEOUT: Duration = Duration::from_secs(40);

/// Where a shard goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offsets {
    /// How far it has fired; `None` where the broker knows nothing.
    pub marker: Option<Position>,
    /// The next command; `None` is the beginning.
    pub commands: Option<i64>,
    /// The next amendment; `None` is the beginning.
    pub amendments: Option<i64>,
}

/// The offsets could not be read.
#[derive(Debug, Error)]
pub enum OffsetsError {
    /// No answer in time: a broker is away, or a transaction stays pending.
    #[error("the broker gave no stable offsets: {0}")]
    Unstable(#[source] KafkaError),
    /// Someone else has written our markers.
    #[error(transparent)]
    Marker(#[from] ForeignMarker),
}

/// A consumer of the group that is never a member of it: it only asks for offsets.
pub struct OffsetReader {
    cluster: Cluster,
    consumer: BaseConsumer<Events>,
    shards_topic: String,
    commands_topic: String,
    amendments_topic: String,
    /// All topics that transactions write.
    written_topics: Vec<String>,
}

/// Who may have left transactions open on the offsets of some shards.
#[derive(Debug)]
pub struct Owners {
    /// This instance.
    pub instance: String,
    /// Those that owned one of the shards before, this one perhaps among them.
    pub previous: BTreeSet<String>,
}

impl OffsetReader {
    /// # Errors
    /// Where librdkafka does not take the settings.
    pub fn new(cluster: Cluster, topics: &Topics) -> KafkaResult<Self> {
        let mut config = cluster.reader();
        if mutant::breaks("stable-read") {
            config.set("isolation.level", "read_uncommitted");
        }
        let consumer = config.create_with_context(Events::of("offsets"))?;
        Ok(Self {
            cluster,
            consumer,
            shards_topic: topics.shards.to_string(),
            commands_topic: topics.commands.to_string(),
            amendments_topic: topics.amendments.to_string(),
            written_topics: [&topics.results, &topics.dead_letters, &topics.amendments, &topics.due]
                .map(ToString::to_string)
                .to_vec(),
        })
    }

    /// Marker and offsets of these shards, read when no transaction is pending on them. What `owners` left open is aborted
    /// in their names when it lingers; what hangs even then is ended, once `start_over` has made sure that this instance
    /// builds on none of it, and given the group's metadata.
    ///
    /// # Errors
    /// Where the broker gives no answer in time, or a marker that is not ours.
    pub fn read_stable(
        &self,
        shards: &[Shard],
        owners: &Owners,
        stop: &Stop,
        mut start_over: impl FnMut() -> Option<Arc<ConsumerGroupMetadata>>,
    ) -> Result<HashMap<Shard, Offsets>, OffsetsError> {
        let began = Instant::now();
        let mut wanted = TopicPartitionList::new();
        for shard in shards {
            for topic in self.topics() {
                wanted.add_partition(topic, shard.partition());
            }
        }
        let mut aborted = false;
        let mut answering_since: Option<Instant> = None;
        let found = loop {
            let error = match self.consumer.committed_offsets(wanted.clone(), PENDING_PATIENCE) {
                Ok(found) => break found,
                Err(error) if began.elapsed() > STABLE_TIMEOUT || stop.is_set() => {
                    return Err(OffsetsError::Unstable(error));
                }
                Err(error) => error,
            };
            if !aborted {
                tracing::info!(%error, "a transaction is pending on the offsets, or the broker is away");
                self.abort_previous(owners);
                aborted = true;
            } else if !self.answers() {
                answering_since = None;
            } else if answering_since.get_or_insert_with(Instant::now).elapsed() >= HANGING_PATIENCE {
                if let Some(metadata) = start_over() {
                    self.end_hanging(owners, shards, &metadata);
                }
                answering_since = None;
            }
        };
        shards.iter().map(|shard| Ok((*shard, self.of_shard(&found, *shard)?))).collect()
    }

    fn topics(&self) -> [&str; 3] {
        [&self.shards_topic, &self.commands_topic, &self.amendments_topic]
    }

    /// Whether the broker is there, so that offsets are missing for another reason.
    fn answers(&self) -> bool {
        self.consumer.fetch_metadata(Some(&self.commands_topic), PENDING_PATIENCE).is_ok()
    }

    /// Ends what owners that died left open, all at once: each takes the broker a while. This also fences one that lives:
    /// it makes new producers, and takes its shards over again.
    fn abort_previous(&self, owners: &Owners) {
        let others = owners.previous.iter().filter(|owner| **owner != owners.instance);
        self.in_the_names_of(others, |id| abort_in_the_name_of(&self.cluster, id));
    }

    /// Ends what the broker takes for complete although it is still open in its partitions.
    fn end_hanging(&self, owners: &Owners, shards: &[Shard], metadata: &Arc<ConsumerGroupMetadata>) {
        tracing::error!(
            "a transaction hangs: the broker has forgotten it, and keeps offsets and records of it back for ever \
             (docs/operations.md, \"A transaction that hangs\"). It is aborted, and what it had published is done again"
        );
        let mut offsets = TopicPartitionList::new();
        if let Some(shard) = shards.first()
            && let Err(error) = offsets.add_partition_offset(&self.commands_topic, shard.partition(), Offset::Offset(0))
        {
            tracing::warn!(%error, "an offset could not be named");
        }
        let mut names = owners.previous.clone();
        names.insert(owners.instance.clone());
        self.in_the_names_of(names.iter(), |id| {
            hanging::end(&self.cluster, id, &self.written_topics, &offsets, metadata)
        });
    }

    /// Does it for every transactional id of these owners, for all at once.
    fn in_the_names_of<'a>(
        &self,
        owners: impl Iterator<Item = &'a String>,
        work: impl Fn(&str) -> KafkaResult<()> + Sync,
    ) {
        let work = &work;
        std::thread::scope(|threads| {
            for owner in owners {
                tracing::info!(owner, "aborting what the previous owner left open");
                let ids =
                    [self.cluster.ingest_transactional_ids(owner), self.cluster.dispatch_transactional_ids(owner)];
                for id in ids.into_iter().flatten() {
                    threads.spawn(move || {
                        if let Err(error) = work(&id) {
                            tracing::warn!(owner, %error, "a transaction of the previous owner could not be aborted");
                        }
                    });
                }
            }
        });
    }

    fn of_shard(&self, found: &TopicPartitionList, shard: Shard) -> Result<Offsets, OffsetsError> {
        let [shards, commands, amendments] = self.topics().map(|topic| found.find_partition(topic, shard.partition()));
        let next = |element: Option<TopicPartitionListElem<'_>>| match element {
            Some(element) => {
                element.error().map_err(OffsetsError::Unstable)?;
                Ok::<_, OffsetsError>(match element.offset() {
                    Offset::Offset(next) => Some(next),
                    _ => None,
                })
            }
            None => Ok(None),
        };
        let marker = match &shards {
            Some(element) => {
                element.error().map_err(OffsetsError::Unstable)?;
                marker::read(element, shard)?
            }
            None => None,
        };
        Ok(Offsets { marker, commands: next(commands)?, amendments: next(amendments)? })
    }
}
