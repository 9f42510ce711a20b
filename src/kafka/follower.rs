//! The directory topics: read to their end before the first command is taken, then followed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::arrivals::Arrivals;
use super::cluster::{Cluster, Events, Says};
use super::fault::{self, Fault};
use super::growth::Growth;
use super::hearing;
use super::place;
use super::positions::Positions;
use super::standstill::{Partition, Standstills};
use super::topic_ids;
use crate::config::Topics;
use crate::domain::directory::Directory;
use crate::domain::ids::Tenant;
use crate::stop::Stop;
use crate::telemetry::{as_gauge, label, metric};
use crate::wire::directory_record::DirectoryTopic;

/// How long a poll waits.
const POLL: Duration = Duration::from_millis(200);
/// How often is looked whether the topics have grown.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often a partition that cannot be read is tried again.
const AGAIN: Duration = Duration::from_secs(5);
/// How long the broker may take to say the ids of the topics.
const ID_PATIENCE: Duration = Duration::from_secs(2);
/// How long the broker waits for more while the directory is read for the first time. The end of a partition shows in
/// a fetch that finds nothing, so with the usual patience the start would wait for half a second several times over.
const LOADING_FETCH_WAIT_MILLIS: &str = "10";

/// A partition of a topic.
type Key = (String, i32);

/// Keeps the directory in memory as the topics say.
pub struct Follower {
    /// Makes the consumer that reads the topics to their end.
    loading: ClientConfig,
    /// Makes the consumer that follows them from there.
    following: ClientConfig,
    topics: BTreeMap<String, DirectoryTopic>,
    directory: Arc<RwLock<Directory>>,
    positions: Positions,
    standstills: Standstills,
    stop: Stop,
    growth: Arc<Growth>,
    reader: Option<Reader>,
    unread: Unread,
}

/// What of the directory has not been read to its end yet, for a person who waits; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Unread(Arc<Mutex<Option<String>>>);

impl Unread {
    /// The first partition, and how far it is read.
    pub fn first(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, first: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = first;
    }
}

impl Follower {
    /// A follower that reads nothing yet.
    pub fn new(
        cluster: &Cluster,
        topics: &Topics,
        growth: Arc<Growth>,
        directory: Arc<RwLock<Directory>>,
        (positions, standstills): (Positions, Standstills),
        stop: Stop,
    ) -> Self {
        let following = cluster.measured(cluster.reader());
        let mut loading = following.clone();
        // Tells when the end of a partition is reached, also where the last records were compacted away.
        loading.set("enable.partition.eof", "true").set("fetch.wait.max.ms", LOADING_FETCH_WAIT_MILLIS);
        let topics = BTreeMap::from([
            (topics.skills.as_str().to_owned(), DirectoryTopic::Skills),
            (topics.agents.as_str().to_owned(), DirectoryTopic::Agents),
            (topics.security_users.as_str().to_owned(), DirectoryTopic::SecurityUsers),
        ]);
        let (reader, unread) = (None, Unread::default());
        Self { loading, following, topics, directory, positions, standstills, stop, growth, reader, unread }
    }

    /// Tells what `load` still has to read.
    pub fn unread(&self) -> Unread {
        self.unread.clone()
    }

    /// Reads each topic up to where it ends now.
    ///
    /// # Errors
    /// Where librdkafka does not take the settings or the assignment.
    pub fn load(&mut self) -> KafkaResult<()> {
        let places: BTreeMap<Key, i64> = self.places().map(|key| (key, 0)).collect();
        let mut unread: BTreeSet<Key> = places.keys().cloned().collect();
        let mut reader = Reader::open(&self.loading, &places, &self.positions)?;
        self.note_topics(&reader);
        while !unread.is_empty() && !self.stop.is_set() {
            for end in self.poll(&mut reader) {
                unread.remove(&end);
            }
            self.unread.set(unread.first().map(|key| {
                let (topic, partition) = key;
                let next = reader.parts.get(key).map_or(0, |part| part.next);
                format!("partition {partition} of {topic} is read up to offset {next} and not to its end")
            }));
        }
        let places = reader.parts.iter().map(|(key, part)| (key.clone(), part.next)).collect();
        self.reader = Some(Reader::open(&self.following, &places, &self.positions)?);
        Ok(())
    }

    /// Notes which topics these are, before anything is read of them: one that is made anew later has another id.
    fn note_topics(&self, reader: &Reader) {
        let topics = self.topics.keys().map(String::as_str).collect();
        match topic_ids::ask(&reader.consumer, &topics, ID_PATIENCE) {
            Ok(ids) => ids.iter().for_each(|(topic, id)| {
                self.positions.is_another(topic, *id);
            }),
            // The first look at the logs notes them.
            Err(error) => tracing::debug!(%error, "the ids of the directory topics are not known yet"),
        }
    }

    /// Follows the topics, once they are loaded, until the stop token is set.
    pub fn follow(mut self) {
        let Some(mut reader) = self.reader.take() else { return };
        let mut looked_at = Instant::now();
        while !self.stop.is_set() {
            self.poll(&mut reader);
            for topic in self.positions.take_anew() {
                let of_topic = reader.parts.iter_mut().filter(|((of, _), _)| *of == topic);
                of_topic.for_each(|(_, part)| part.anew());
            }
            if looked_at.elapsed() >= LOOK_EVERY {
                looked_at = Instant::now();
                if let Err(error) = self.take_up_new_partitions(&mut reader) {
                    tracing::warn!(%error, "new partitions of the directory cannot be read yet");
                }
            }
        }
    }

    /// Every partition that the topics have now.
    fn places(&self) -> impl Iterator<Item = Key> {
        self.topics
            .keys()
            .flat_map(|topic| (0..self.growth.count(topic)).map(move |partition| (topic.clone(), partition)))
    }

    /// Reads the partitions, too, by which the topics have grown since.
    fn take_up_new_partitions(&self, reader: &mut Reader) -> KafkaResult<()> {
        let new: BTreeMap<Key, i64> =
            self.places().filter(|key| !reader.parts.contains_key(key)).map(|key| (key, 0)).collect();
        if new.is_empty() {
            return Ok(());
        }
        reader.add(&new, &self.positions)?;
        tracing::info!(partitions = new.len(), "a directory topic has new partitions, which are read from now on");
        Ok(())
    }

    /// Applies what has arrived; returns the partitions whose end was reached.
    fn poll(&self, reader: &mut Reader) -> Vec<Key> {
        while let Some(polled) = reader.consumer.poll(Duration::ZERO) {
            if let Err(error) = polled {
                hearing::pass_over("directory", &**reader.consumer.context(), &error);
            }
        }
        reader.arrivals.wait(POLL);
        let (mut held, mut ends) = (None, Vec::new());
        // A burst is applied under one lock, which nobody waits for while there is nothing to apply.
        for key in reader.arrivals.take() {
            let Some(part) = reader.parts.get_mut(&key) else { continue };
            while let Some(polled) = part.queue.poll(Duration::ZERO) {
                match polled {
                    // What comes after something that cannot be read waits for it.
                    Ok(_) if part.held.is_some() => {}
                    Ok(message) => {
                        let directory =
                            held.get_or_insert_with(|| self.directory.write().unwrap_or_else(PoisonError::into_inner));
                        part.next = message.offset() + 1;
                        if std::mem::take(&mut part.is_said) {
                            self.standstills.end(&standing(&key));
                        }
                        if let Some(topic) = self.topics.get(&key.0) {
                            apply(directory, *topic, &message);
                        }
                    }
                    Err(KafkaError::PartitionEOF(_)) => ends.push(key.clone()),
                    Err(error) => {
                        let cause = fault::in_words(&error, reader.consumer.context().said());
                        hearing::count("directory", &error);
                        match fault::of(&error) {
                            Fault::Passing => hearing::say("directory", &**reader.consumer.context(), &error),
                            // A compacted topic says everything again when it is read again.
                            Fault::OffsetsGone | Fault::Truncated => {
                                let ((topic, partition), offset) = (&key, part.next);
                                tracing::warn!(
                                    topic,
                                    partition,
                                    offset,
                                    cause,
                                    "a directory topic is read from its beginning"
                                );
                                metric::REREADS.counter(&["directory"]).increment(1);
                                part.anew();
                            }
                            fault => {
                                // The client goes on by itself as soon as it is there, and as soon as it may.
                                if !matches!(fault, Fault::Denied | Fault::Missing) {
                                    part.held = Some(Instant::now() + AGAIN);
                                    if let Err(error) = place::hold(&reader.consumer, &key.0, key.1) {
                                        tracing::debug!(
                                            %error,
                                            "a directory partition that cannot be read could not be paused"
                                        );
                                    }
                                }
                                part.is_said = true;
                                self.standstills.begin(standing(&key), part.next, cause);
                            }
                        }
                    }
                }
            }
            self.positions.take(&key.0, key.1, part.next);
        }
        if let Some(directory) = held {
            let counts = directory.counts();
            for (kind, count) in label::DIRECTORY.values.iter().zip(counts) {
                metric::DIRECTORY_RECORDS.gauge(&[kind]).set(as_gauge(count));
            }
        }
        reader.try_again();
        ends
    }
}

/// A consumer with a queue for each partition: an error in the place of records does not say which it is about.
struct Reader {
    // Dropped before the consumer: a queue must not outlive its client.
    parts: BTreeMap<Key, Part>,
    consumer: Arc<BaseConsumer<Events>>,
    arrivals: Arc<Arrivals<Key>>,
}

struct Part {
    queue: PartitionQueue<Events>,
    /// Where to go on.
    next: i64,
    /// It cannot be read, or has to be read from elsewhere: when that is tried.
    held: Option<Instant>,
    /// It is said that it cannot be read.
    is_said: bool,
}

impl Part {
    /// Has it read from its beginning.
    fn anew(&mut self) {
        self.next = 0;
        self.held = Some(Instant::now());
    }
}

impl Reader {
    fn open(config: &ClientConfig, places: &BTreeMap<Key, i64>, positions: &Positions) -> KafkaResult<Self> {
        let events = Events::telling("directory", "directory", positions.clone());
        let consumer: Arc<BaseConsumer<Events>> = Arc::new(config.create_with_context(events)?);
        let mut reader = Self { parts: BTreeMap::new(), consumer, arrivals: Arc::default() };
        reader.add(places, positions)?;
        Ok(reader)
    }

    /// Reads these partitions too, each from that offset on.
    fn add(&mut self, places: &BTreeMap<Key, i64>, positions: &Positions) -> KafkaResult<()> {
        let mut assignment = TopicPartitionList::new();
        for (key @ (topic, partition), &next) in places {
            let unknown = || KafkaError::Subscription(format!("partition {partition} of {topic} has no queue"));
            let mut queue = self.consumer.split_partition_queue(topic, *partition).ok_or_else(unknown)?;
            let (source, told) = (key.clone(), Arc::clone(&self.arrivals));
            queue.set_nonempty_callback(move || told.note(source.clone()));
            self.parts.insert(key.clone(), Part { queue, next, held: None, is_said: false });
            assignment.add_partition_offset(topic, *partition, place_of(next))?;
            positions.take(topic, *partition, next);
        }
        self.consumer.incremental_assign(&assignment)
    }

    /// Reads on where that was not possible: a person may have deleted what stands in the way.
    fn try_again(&mut self) {
        let now = Instant::now();
        for ((topic, partition), part) in &mut self.parts {
            if part.held.is_some_and(|at| at <= now) {
                match place::read_from(&self.consumer, topic, *partition, place_of(part.next)) {
                    Ok(()) => part.held = None,
                    Err(error) => {
                        tracing::debug!(
                            topic, partition, %error,
                            "reading a directory partition could not be begun at its offset"
                        );
                        part.held = Some(now + AGAIN);
                    }
                }
            }
        }
    }
}

fn place_of(next: i64) -> Offset {
    if next == 0 { Offset::Beginning } else { Offset::Offset(next) }
}

fn standing((topic, partition): &Key) -> Partition {
    Partition { client: "directory", topic: topic.clone(), partition: *partition }
}

fn apply(directory: &mut Directory, topic: DirectoryTopic, message: &BorrowedMessage<'_>) {
    match topic.read(message.key(), message.payload()) {
        Ok(change) => directory.apply(change),
        Err(error) => {
            let kind = match topic {
                DirectoryTopic::Skills => "skills",
                DirectoryTopic::Agents => "agents",
                DirectoryTopic::SecurityUsers => "security_users",
            };
            metric::DIRECTORY_SKIPPED.counter(&[kind]).increment(1);
            let key = String::from_utf8_lossy(message.key().unwrap_or_default());
            // The name of a security user does not belong in a log: its tenant and place must do, and what is no tenant
            // may be the name.
            let tenant = || key.split_once('/').map(|(tenant, _)| tenant).filter(|text| Tenant::parse(text).is_ok());
            let shown = match topic {
                DirectoryTopic::SecurityUsers => tenant().unwrap_or_default(),
                _ => &key,
            };
            tracing::warn!(
                kind, key = ?shown, partition = message.partition(), offset = message.offset(), %error,
                "a directory record is skipped"
            );
        }
    }
}
