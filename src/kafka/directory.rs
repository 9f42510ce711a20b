//! The directory topics: read to their end before the first command is taken, then followed.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::cluster::{Cluster, Events};
use super::growth::Growth;
use crate::config::Topics;
use crate::domain::directory::Directory;
use crate::domain::ids::Tenant;
use crate::stop::Stop;
use crate::telemetry::{as_gauge, label, metric};
use crate::wire::directory::DirectoryTopic;

/// How long a poll waits.
const POLL: Duration = Duration::from_millis(200);
/// How often is looked whether the topics have grown.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long the broker waits for more while the directory is read for the first time. The end of a partition shows in
/// a fetch that finds nothing, so with the usual patience the start would wait for half a second several times over.
const LOADING_FETCH_WAIT_MILLIS: &str = "10";

/// Keeps the directory in memory as the topics say.
pub struct Follower {
    consumer: BaseConsumer<Events>,
    /// Makes the consumer that follows the topics once they have been read.
    following: ClientConfig,
    topics: BTreeMap<String, DirectoryTopic>,
    directory: Arc<RwLock<Directory>>,
    stop: Stop,
    /// Where to go on, by topic and partition.
    next: BTreeMap<(String, i32), i64>,
    growth: Arc<Growth>,
    looked_at: Instant,
}

impl Follower {
    /// # Errors
    /// Where librdkafka does not take the settings.
    pub fn new(
        cluster: &Cluster,
        topics: &Topics,
        growth: Arc<Growth>,
        directory: Arc<RwLock<Directory>>,
        stop: Stop,
    ) -> KafkaResult<Self> {
        let following = cluster.measured(cluster.reader());
        let mut loading = following.clone();
        // Tells when the end of a partition is reached, also where the last records were compacted away.
        loading.set("enable.partition.eof", "true").set("fetch.wait.max.ms", LOADING_FETCH_WAIT_MILLIS);
        let topics = BTreeMap::from([
            (topics.skills.as_str().to_owned(), DirectoryTopic::Skills),
            (topics.agents.as_str().to_owned(), DirectoryTopic::Agents),
            (topics.security_users.as_str().to_owned(), DirectoryTopic::SecurityUsers),
        ]);
        let consumer = loading.create_with_context(Events::measured("directory", "directory"))?;
        let (next, looked_at) = (BTreeMap::new(), Instant::now());
        Ok(Self { consumer, following, topics, directory, stop, next, growth, looked_at })
    }

    /// Reads each topic up to where it ends now. An end is told by partition number only, so it is one topic at a time.
    ///
    /// # Errors
    /// Where librdkafka does not take the assignment.
    pub fn load(&mut self) -> KafkaResult<()> {
        for (topic, _) in self.topics.clone() {
            let count = self.growth.count(&topic);
            let mut assignment = TopicPartitionList::new();
            for partition in 0..count {
                assignment.add_partition_offset(&topic, partition, Offset::Beginning)?;
                self.next.insert((topic.clone(), partition), 0);
            }
            self.consumer.assign(&assignment)?;
            let mut unread: HashSet<i32> = (0..count).collect();
            while !unread.is_empty() && !self.stop.is_set() {
                if let Some(partition) = self.poll() {
                    unread.remove(&partition);
                }
            }
        }
        let mut all = TopicPartitionList::new();
        for ((topic, partition), next) in &self.next {
            let from = if *next == 0 { Offset::Beginning } else { Offset::Offset(*next) };
            all.add_partition_offset(topic, *partition, from)?;
        }
        self.consumer = self.following.create_with_context(Events::measured("directory", "directory"))?;
        self.consumer.assign(&all)
    }

    /// Follows the topics until the stop token is set.
    pub fn follow(mut self) {
        while !self.stop.is_set() {
            self.poll();
            if self.looked_at.elapsed() >= LOOK_EVERY {
                self.looked_at = Instant::now();
                if let Err(error) = self.take_up_new_partitions() {
                    tracing::warn!(%error, "new partitions of the directory cannot be read yet");
                }
            }
        }
    }

    /// Reads the partitions, too, by which the topics have grown since.
    fn take_up_new_partitions(&mut self) -> KafkaResult<()> {
        let mut new = TopicPartitionList::new();
        for topic in self.topics.keys() {
            for partition in 0..self.growth.count(topic) {
                if !self.next.contains_key(&(topic.clone(), partition)) {
                    new.add_partition_offset(topic, partition, Offset::Beginning)?;
                }
            }
        }
        if new.count() == 0 {
            return Ok(());
        }
        self.consumer.incremental_assign(&new)?;
        tracing::info!(partitions = new.count(), "the directory has grown by partitions, which are read too");
        self.next.extend(new.elements().iter().map(|new| ((new.topic().to_owned(), new.partition()), 0)));
        Ok(())
    }

    /// Applies what has arrived; returns the partition whose end was reached.
    fn poll(&mut self) -> Option<i32> {
        let Self { consumer, topics, directory, next, .. } = self;
        let mut patience = POLL;
        let (mut held, mut end) = (None, None);
        // A burst is applied under one lock, which nobody waits for while there is nothing to apply.
        while let Some(polled) = consumer.poll(patience) {
            patience = Duration::ZERO;
            match polled {
                Ok(message) => {
                    let directory =
                        held.get_or_insert_with(|| directory.write().unwrap_or_else(PoisonError::into_inner));
                    next.insert((message.topic().to_owned(), message.partition()), message.offset() + 1);
                    if let Some(topic) = topics.get(message.topic()) {
                        apply(directory, *topic, &message);
                    }
                }
                Err(KafkaError::PartitionEOF(partition)) => {
                    end = Some(partition);
                    break;
                }
                Err(error) => {
                    tracing::debug!(%error, "the directory consumer reports");
                    break;
                }
            }
        }
        if let Some(directory) = held {
            let counts = directory.counts();
            for (kind, count) in label::DIRECTORY.values.iter().zip(counts) {
                metric::DIRECTORY_RECORDS.gauge(&[kind]).set(as_gauge(count));
            }
        }
        end
    }
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
