//! Compares now and then what was read with what the broker has, so that a partition that is not read shows, also where the
//! client says nothing of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, KafkaResult};

use super::cluster::Cluster;
use super::doubts::{Missing, Short};
use super::fault::{self, Fault};
use super::logs::Logs;
use super::ownership::{Awaiting, OwnedShard, Ownership};
use super::positions::Positions;
use super::standstill::{Partition, Standstills};
use super::topic_ids::TopicId;
use crate::config::Topics;
use crate::config::topics::Way;
use crate::telemetry::{as_gauge, metric};

/// How often is compared: one or two requests to each broker for each topic, and two to one broker for the ids of
/// all of them.
pub const EVERY: Duration = Duration::from_secs(1);
/// After this long with records that are there for the taking, and none taken by a consumer that has nothing else to do, the
/// client cannot read them: a batch that it cannot take apart is passed over in silence (librdkafka's
/// `rd_kafka_msgset_reader_run`).
const SILENCE: Duration = Duration::from_secs(30);
/// How long one request for the ids of the topics may take, and how long after one that failed the next is made: what is
/// noticed later is noticed all the same, and lags are to be known meanwhile.
const IDS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));
/// And after so many of the client's statistics: only they tell that what is left are ends of transactions, which are never
/// handed out.
const SILENT_STATISTICS: u32 = 3;

/// The one who compares; for a thread of its own, since the client blocks.
pub struct Watch {
    logs: Arc<Logs>,
    ownership: Arc<Ownership>,
    positions: Positions,
    standstills: Standstills,
    /// Set when the loop that consumes could not take any more.
    is_full: Arc<AtomicBool>,
    commands: String,
    amendments: String,
    directory: Vec<String>,
    /// Has shards taken over again.
    again: Box<dyn Fn(Vec<Awaiting>) + Send>,
    seen: BTreeMap<Partition, Seen>,
    /// After how long a silence counts; `None` where the client gathers no statistics.
    silence: Option<Duration>,
    /// Who owned each partition's shard at the last look: tells also how far an ended takeover has read since then.
    known: BTreeMap<Partition, Arc<OwnedShard>>,
    /// Topics that were missing at the last look.
    missing: Missing,
    /// Since when logs have ended before what was read of them.
    short: Short,
    /// When the ids of the topics may be asked for.
    ids_at: Instant,
}

/// A partition at the last look.
struct Seen {
    read: i64,
    /// Since when it has not moved although there is something to read.
    since: Instant,
    /// Since when there was something for the taking, and nothing else to do.
    silent_since: Option<Instant>,
    is_said: bool,
}

/// What was found of one consumer.
#[derive(Default)]
struct Found {
    lag: i64,
    lag_stable: i64,
    stalled: Duration,
}

impl Watch {
    /// Nothing is known yet.
    pub fn new(
        logs: Arc<Logs>,
        (cluster, topics): (&Cluster, &Topics),
        ownership: Arc<Ownership>,
        (positions, standstills): (Positions, Standstills),
        is_full: Arc<AtomicBool>,
        again: impl Fn(Vec<Awaiting>) + Send + 'static,
    ) -> Self {
        let directory = topics.all().filter(|(topic, _)| topic.way == Way::Directory);
        Self {
            logs,
            ownership,
            positions,
            standstills,
            is_full,
            commands: topics.commands.to_string(),
            amendments: topics.amendments.to_string(),
            directory: directory.map(|(_, name)| name.to_string()).collect(),
            again: Box::new(again),
            seen: BTreeMap::new(),
            silence: cluster.statistics_interval().map(|interval| SILENCE.max(interval * SILENT_STATISTICS)),
            known: BTreeMap::new(),
            missing: Missing::default(),
            short: Short::default(),
            ids_at: Instant::now(),
        }
    }

    /// Compares everything once.
    pub fn look(&mut self) {
        let owned = self.ownership.owned();
        // After the takeovers that they are compared with: those have asked for them before.
        let ids = self.topic_ids();
        let was_full = self.is_full.swap(false, Ordering::Relaxed);
        for (line, client) in ["commands", "amendments"].into_iter().enumerate() {
            let topic = if line == 0 { self.commands.clone() } else { self.amendments.clone() };
            let found = self.lines(&owned, line, (client, &topic, ids.get(&topic).copied()), was_full);
            report(client, &topic, found);
        }
        let mut all = Ok(Found::default());
        for topic in self.directory.clone() {
            let found = self.directory(&topic, ids.get(&topic).copied());
            all = match (all, found) {
                (Ok(sum), Ok(found)) => Ok(sum.with(&found)),
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
        }
        report("directory", "the directory", all);
    }

    /// The ids of the topics that are there; none where the broker does not tell them.
    fn topic_ids(&mut self) -> BTreeMap<String, TopicId> {
        if Instant::now() < self.ids_at {
            return BTreeMap::new();
        }
        let directory = self.directory.iter().map(String::as_str);
        let topics = [&*self.commands, &*self.amendments].into_iter().chain(directory).collect();
        self.logs.topic_ids(&topics, IDS.0).unwrap_or_else(|error| {
            tracing::debug!(%error, "the ids of the topics could not be asked for");
            self.ids_at = Instant::now() + IDS.1;
            BTreeMap::new()
        })
    }

    /// The partitions of the shards that are ours, of one of the two topics: of its client, name and id.
    fn lines(
        &mut self,
        owned: &[Arc<OwnedShard>],
        line: usize,
        (client, topic, id): (&'static str, &str, Option<TopicId>),
        was_full: bool,
    ) -> KafkaResult<Found> {
        let read: BTreeMap<i32, i64> =
            owned.iter().filter_map(|owned| Some((owned.shard.partition(), owned.lines[line].next()?))).collect();
        self.seen.retain(|place, _| place.client != client || read.contains_key(&place.partition));
        if read.is_empty() {
            return Ok(Found::default());
        }
        self.say_what_is_read_again(owned, line, client, topic);
        let partitions: Vec<i32> = read.keys().copied().collect();
        let ends = self.ends(topic, &partitions)?;
        let known = owned.iter().find_map(|owned| owned.lines[line].topic_id);
        if self.missing.is_back(topic, known, id) {
            // Where it is another one now, the group has lost its offsets with the old one, and the takeover finds that.
            tracing::warn!(topic, "the topic was missing for a moment: its shards are taken over again");
            let awaiting = self.ownership.disown(owned);
            (self.again)(awaiting);
            return Ok(Found::default());
        }
        let is_another =
            |owned: &Arc<OwnedShard>| owned.lines[line].topic_id.zip(id).is_some_and(|(was, is)| was != is);
        let ends_before = |owned: &Arc<OwnedShard>| {
            let partition = owned.shard.partition();
            // What was read before the end was asked for: meanwhile both grow.
            ends.get(&partition).zip(read.get(&partition)).is_some_and(|(end, next)| end < next)
        };
        let now = Instant::now();
        let mut lost = Vec::new();
        for owned in owned {
            let place = Partition { client, topic: topic.to_owned(), partition: owned.shard.partition() };
            let is_short = self.short.note(&place, ends_before(owned), now);
            if is_short || is_another(owned) {
                lost.push(owned);
            }
        }
        if !lost.is_empty() {
            let partitions = lost.len();
            tracing::error!(
                topic,
                partitions,
                "the topic was made anew, or its log ends before what was read of it: its partitions are read from their \
                 beginning, and what was not yet read of the old log is lost"
            );
            let awaiting = self.ownership.read_anew(lost);
            (self.again)(awaiting);
        }
        self.compare(client, topic, &read, &ends, was_full)
    }

    fn directory(&mut self, topic: &str, id: Option<TopicId>) -> KafkaResult<Found> {
        let read = self.positions.taken_of(topic);
        if read.is_empty() {
            return Ok(Found::default());
        }
        let partitions: Vec<i32> = read.keys().copied().collect();
        let ends = self.ends(topic, &partitions)?;
        let now = Instant::now();
        let mut ends_before = false;
        for (partition, next) in &read {
            let place = Partition { client: "directory", topic: topic.to_owned(), partition: *partition };
            let is_short = ends.get(partition).is_some_and(|end| end < next);
            ends_before |= self.short.note(&place, is_short, now);
        }
        let known = self.positions.id_of(topic);
        let is_another = id.is_some_and(|id| self.positions.is_another(topic, id));
        if self.missing.is_back(topic, known, id) || ends_before || is_another {
            tracing::error!(
                topic,
                "the directory topic was made anew, or its log ends before what was read of it: it is read from its \
                 beginning. What only the old one had stays known until this instance is started again"
            );
            metric::REREADS.counter(&["directory"]).increment(1);
            self.positions.ask_anew(topic);
        }
        self.compare("directory", topic, &read, &ends, false)
    }

    fn ends(&mut self, topic: &str, partitions: &[i32]) -> KafkaResult<BTreeMap<i32, i64>> {
        let ends = self.logs.ends(topic, partitions);
        if ends.as_ref().is_err_and(|error| fault::of(error) == Fault::Missing) {
            self.missing.note(topic);
        }
        ends
    }

    /// A topic that is deleted takes the group's offsets along, so the next takeover begins at the log's beginning as if
    /// nothing had ever been read: that is right, and must not go without a word. Where the group never had an offset, since
    /// what was read was not answered before the shard was taken over again, nothing is lost and nothing is said.
    fn say_what_is_read_again(&mut self, owned: &[Arc<OwnedShard>], line: usize, client: &'static str, topic: &str) {
        for owned in owned {
            if owned.lines[line].next().is_none() {
                continue;
            }
            let partition = owned.shard.partition();
            let place = Partition { client, topic: topic.to_owned(), partition };
            let before = self.known.insert(place, Arc::clone(owned));
            if let Some(before) = before
                && before.epoch != owned.epoch
                && let Some(read @ 1..) = before.lines[line].next()
                && before.lines[line].is_lost_to(&owned.lines[line])
            {
                tracing::error!(
                    topic,
                    partition,
                    read,
                    "the partition is read from its beginning: the group has no offset for it any more, as after its topic \
                     was made anew"
                );
                metric::REREADS.counter(&[client]).increment(1);
            }
        }
    }

    fn compare(
        &mut self,
        client: &'static str,
        topic: &str,
        read: &BTreeMap<i32, i64>,
        ends: &BTreeMap<i32, i64>,
        was_full: bool,
    ) -> KafkaResult<Found> {
        let mut found = Found::default();
        let behind: BTreeMap<i32, (i64, i64)> = read
            .iter()
            .filter_map(|(partition, taken)| {
                let place = Partition { client, topic: topic.to_owned(), partition: *partition };
                // What the client fetched behind something unreadable is not read.
                let is_held = self.standstills.has(&place);
                let read = if is_held { *taken } else { self.positions.read(topic, *partition, *taken) };
                let end = *ends.get(partition)?;
                (end > read).then_some((*partition, (read, end)))
            })
            .collect();
        let partitions: Vec<i32> = behind.keys().copied().collect();
        let stable = self.logs.stable_ends(topic, &partitions)?;
        for partition in read.keys() {
            let place = Partition { client, topic: topic.to_owned(), partition: *partition };
            let Some((read, end)) = behind.get(partition).copied() else {
                if self.seen.remove(&place).is_some_and(|seen| seen.is_said) {
                    self.standstills.end(&place);
                }
                continue;
            };
            let stable = stable.get(partition).copied().unwrap_or(read).min(end);
            found.lag += end - read;
            found.lag_stable += (stable - read).max(0);
            let stalled = self.note(&place, read, stable, was_full);
            found.stalled = found.stalled.max(stalled);
        }
        Ok(found)
    }

    /// Notes that the partition has something to read, and says for how long it has not moved.
    fn note(&mut self, place: &Partition, read: i64, stable: i64, was_full: bool) -> Duration {
        let now = Instant::now();
        let seen =
            self.seen.entry(place.clone()).or_insert(Seen { read, since: now, silent_since: None, is_said: false });
        if seen.read != read {
            if seen.is_said {
                self.standstills.end(place);
            }
            *seen = Seen { read, since: now, silent_since: None, is_said: false };
        }
        let is_silent = stable > read && !was_full;
        seen.silent_since = if is_silent { seen.silent_since.or(Some(now)) } else { None };
        if !seen.is_said
            && self.silence.is_some_and(|silence| seen.silent_since.is_some_and(|since| now - since >= silence))
        {
            seen.is_said = true;
            let cause = format!("the broker has records up to offset {stable}, and its client hands over none of them");
            self.standstills.begin_unless_known(place.clone(), read, cause);
        }
        now - seen.since
    }
}

impl Found {
    fn with(self, other: &Self) -> Self {
        Self {
            lag: self.lag + other.lag,
            lag_stable: self.lag_stable + other.lag_stable,
            stalled: self.stalled.max(other.stalled),
        }
    }
}

fn report(client: &'static str, topic: &str, found: KafkaResult<Found>) {
    match found {
        Ok(Found { lag, lag_stable, stalled }) => {
            metric::KAFKA_LAG.gauge(&[client]).set(count(lag));
            metric::KAFKA_LAG_STABLE.gauge(&[client]).set(count(lag_stable));
            metric::KAFKA_STALLED.gauge(&[client]).set(stalled.as_secs_f64());
        }
        // That the cluster is away, or a topic, is said by the probe.
        Err(error) => say(client, topic, &error),
    }
}

fn say(client: &str, topic: &str, error: &KafkaError) {
    match fault::of(error) {
        Fault::Passing | Fault::Missing => {
            tracing::debug!(client, topic, %error, "the ends of a topic could not be asked for");
        }
        _ => tracing::warn!(client, topic, %error, "the ends of a topic could not be asked for"),
    }
}

fn count(records: i64) -> f64 {
    as_gauge(usize::try_from(records).unwrap_or(0))
}
