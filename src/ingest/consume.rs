//! Consume and judge: reads both topics, the partitions in turn, judges each record, hands batches on.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::queues::{Arrivals, Queues, Source};
use super::turns::Turns;
use super::{Content, Forward, Item, Place, Stream, spans};
use crate::domain::directory::Directory;
use crate::domain::draft::{Verdict, draft};
use crate::domain::ids::Shard;
use crate::domain::rules::Rules;
use crate::kafka::calls::CallsUnderWay;
use crate::kafka::cluster::Events;
use crate::kafka::incoming::incoming;
use crate::kafka::ownership::OwnedShard;
use crate::readiness::{Condition, Readiness};
use crate::stop::Stop;
use crate::takeover::Start;
use crate::telemetry::metric;
use crate::wire;
use crate::wire::dead_letter;
use crate::wire::decode::{Limits, decode};

/// The most records in a batch: above this, bigger batches no longer raise the throughput (design §7).
const BATCH_RECORDS: usize = 5_000;
/// The most bytes of values in a batch.
const BATCH_BYTES: usize = 16 * 1024 * 1024;
/// How long the stage waits for a record when nothing is under way; a record ends it. So soon a callback of the client is
/// served, and so often an idle instance wakes up for nothing, which costs some 25 µs.
const POLL: Duration = Duration::from_millis(25);
/// How long it waits for more while the next stage is busy.
const BUSY_POLL: Duration = Duration::from_millis(1);
/// How long a seek may take.
const SEEK_TIMEOUT: Duration = Duration::from_secs(5);

/// The stage's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The command topic.
    pub commands_topic: String,
    /// The internal topic of forwarded commands.
    pub amendments_topic: String,
    /// Bounds on what is read.
    pub limits: Limits,
}

/// A shard that is being read.
struct Reading {
    owned: Arc<OwnedShard>,
    next_command: i64,
    next_amendment: i64,
}

/// The stage's state.
pub struct Consume<C: ConsumerContext + 'static> {
    commands: Queues<C>,
    amendments: Queues<Events>,
    arrivals: Arc<Arrivals>,
    turns: Turns<Source>,
    starts: Receiver<Start>,
    batches: SyncSender<Vec<Item>>,
    readiness: Readiness,
    stop: Stop,
    judge: Judge,
    /// Takeovers whose partitions could not be positioned yet.
    waiting: Vec<Start>,
    /// The partitions that the amendments consumer has.
    amending: HashSet<Shard>,
    calls: Arc<CallsUnderWay>,
}

/// The half of the stage that needs no consumer.
struct Judge {
    settings: Settings,
    directory: Arc<RwLock<Directory>>,
    rules: Arc<Rules>,
    reading: HashMap<Shard, Reading>,
    batch: Vec<Item>,
    batch_bytes: usize,
    /// When the batch got its first record.
    began: Option<Instant>,
}

impl<C: ConsumerContext + 'static> Consume<C> {
    /// A stage that reads nothing before the first takeover.
    #[expect(clippy::too_many_arguments, reason = "each is one of the stage's few connections to the rest")]
    pub fn new(
        settings: Settings,
        member: BaseConsumer<C>,
        amendments: BaseConsumer<Events>,
        directory: Arc<RwLock<Directory>>,
        rules: Arc<Rules>,
        starts: Receiver<Start>,
        batches: SyncSender<Vec<Item>>,
        readiness: Readiness,
        stop: Stop,
    ) -> Self {
        let arrivals = Arc::default();
        let commands = Queues::new(member, Stream::Commands, &settings.commands_topic, &arrivals);
        let amendments = Queues::new(amendments, Stream::Amendments, &settings.amendments_topic, &arrivals);
        let (reading, batch) = (HashMap::new(), Vec::new());
        let judge = Judge { settings, directory, rules, reading, batch, batch_bytes: 0, began: None };
        Self {
            commands,
            amendments,
            arrivals,
            turns: Turns::default(),
            starts,
            batches,
            readiness,
            stop,
            judge,
            waiting: Vec::new(),
            amending: HashSet::new(),
            calls: Arc::default(),
        }
    }

    /// For the watchdog.
    pub fn calls(&self) -> Arc<CallsUnderWay> {
        Arc::clone(&self.calls)
    }

    /// Runs until the stop token is set; then returns the member, which leaves the group when it is dropped.
    pub fn run(mut self) -> Arc<BaseConsumer<C>> {
        let mut busy = false;
        while !self.stop.is_set() {
            let patience = match (self.judge.batch.is_empty(), busy) {
                (true, _) => POLL,
                (false, true) => BUSY_POLL,
                (false, false) => Duration::ZERO,
            };
            // Also what the group calls back: a member that hangs in there would keep the others waiting.
            Arc::clone(&self.calls).during(|| {
                self.begin_reading();
                self.poll(patience);
            });
            self.readiness.progress().reads(self.judge.batch.len());
            match self.hand_over() {
                Ok(taken) => busy = !taken,
                Err(Disconnected) => break,
            }
        }
        self.commands.into_consumer()
    }

    /// Judges what has arrived, a turn of each partition after the other. When the batch is full it only serves the
    /// client, to stay in the group: what waits in the queues stays there, and bounds what is fetched.
    fn poll(&mut self, patience: Duration) {
        self.commands.serve();
        self.amendments.serve();
        if self.judge.is_full() {
            std::thread::sleep(BUSY_POLL);
            return;
        }
        if self.turns.current().is_none() {
            self.arrivals.wait(patience);
        }
        for source in self.arrivals.take() {
            self.turns.join(source);
        }
        // Bounded also where nothing is accepted any more, since only the next round notices that a shard is gone.
        for _ in 0..BATCH_RECORDS {
            if self.judge.is_full() {
                break;
            }
            let Some((stream, shard)) = self.turns.current() else { break };
            let polled = match stream {
                Stream::Commands => self.commands.next(shard),
                Stream::Amendments => self.amendments.next(shard),
            };
            match polled {
                Some(Ok(message)) => {
                    self.judge.accept(&message, stream);
                    self.turns.gave(message.payload_len());
                }
                Some(Err(error)) => tracing::debug!(%shard, %error, "a partition's queue reports"),
                None => self.turns.had_nothing(),
            }
        }
    }

    /// Offers the batch to the next stage; `true` where nothing is left here.
    fn hand_over(&mut self) -> Result<bool, Disconnected> {
        if self.judge.batch.is_empty() {
            return Ok(true);
        }
        let records = self.judge.batch.len();
        match self.batches.try_send(std::mem::take(&mut self.judge.batch)) {
            Ok(()) => {
                self.readiness.progress().hands_on(records);
                self.readiness.progress().reads(0);
                self.judge.batch_bytes = 0;
                if let Some(began) = self.judge.began.take() {
                    metric::BATCH_SECONDS.histogram(&["consume"]).record(began.elapsed().as_secs_f64());
                }
                Ok(true)
            }
            Err(TrySendError::Full(batch)) => {
                self.judge.batch = batch;
                Ok(false)
            }
            Err(TrySendError::Disconnected(_)) => Err(Disconnected),
        }
    }

    /// Begins to read the shards whose takeover has succeeded, and forgets those that are gone.
    fn begin_reading(&mut self) {
        let ended: Vec<Shard> =
            self.judge.reading.extract_if(|_, reading| !reading.owned.is_current()).map(|(shard, _)| shard).collect();
        for shard in ended {
            self.commands.close(shard);
            if let Err(error) = self.let_amendments_go(shard) {
                tracing::warn!(%shard, %error, "amendments could not be let go; tried again at the next takeover");
            }
        }
        self.waiting.extend(self.starts.try_iter());
        self.waiting.retain(|start| start.owned.is_current());
        while let Some(start) = self.waiting.pop() {
            if let Err(error) = self.position(&start) {
                // A broker that is away would hold up each of them: polling comes first, to stay in the group.
                tracing::warn!(shard = %start.owned.shard, %error, "a partition could not be positioned; tried again");
                self.waiting.push(start);
                break;
            }
            let reading = Reading {
                next_command: start.commands.unwrap_or(0),
                next_amendment: start.amendments.unwrap_or(0),
                owned: start.owned,
            };
            self.judge.reading.insert(reading.owned.shard, reading);
        }
        if self.waiting.is_empty() {
            self.readiness.ready(Condition::Positions);
        } else {
            self.readiness.waiting(Condition::Positions, "partitions cannot be positioned");
        }
    }

    /// Positions both consumers where the takeover found the shard.
    fn position(&mut self, start: &Start) -> KafkaResult<()> {
        let shard = start.owned.shard;
        self.let_amendments_go(shard)?;
        self.commands.open(shard)?;
        let at = |offset: Option<i64>| offset.map_or(Offset::Beginning, Offset::Offset);
        let (partition, settings) = (shard.partition(), &self.judge.settings);
        let mut commands = TopicPartitionList::new();
        commands.add_partition_offset(&settings.commands_topic, partition, at(start.commands))?;
        for sought in self.commands.consumer().seek_partitions(commands.clone(), SEEK_TIMEOUT)?.elements() {
            sought.error()?;
        }
        let mut amendments = TopicPartitionList::new();
        amendments.add_partition_offset(&settings.amendments_topic, partition, at(start.amendments))?;
        self.amendments.open(shard)?;
        self.amendments.consumer().incremental_assign(&amendments)?;
        self.amending.insert(shard);
        self.commands.consumer().resume(&commands)
    }

    fn let_amendments_go(&mut self, shard: Shard) -> KafkaResult<()> {
        self.amendments.close(shard);
        if self.amending.contains(&shard) {
            let mut amendments = TopicPartitionList::new();
            amendments.add_partition(&self.judge.settings.amendments_topic, shard.partition());
            self.amendments.consumer().incremental_unassign(&amendments)?;
            self.amending.remove(&shard);
        }
        Ok(())
    }
}

/// The next stage is gone.
struct Disconnected;

impl Judge {
    fn is_full(&self) -> bool {
        self.batch.len() >= BATCH_RECORDS || self.batch_bytes >= BATCH_BYTES
    }

    /// Takes a record of a shard that is being read; others come again when their takeover has succeeded.
    fn accept(&mut self, message: &BorrowedMessage<'_>, stream: Stream) {
        let shard = Shard::from_partition(message.partition()).ok();
        let Some(reading) = shard.and_then(|shard| self.reading.get_mut(&shard)) else { return };
        let next = match stream {
            Stream::Commands => &mut reading.next_command,
            Stream::Amendments => &mut reading.next_amendment,
        };
        // What was fetched before the consumer was positioned is not ours to take.
        if !reading.owned.is_current() || message.offset() < *next {
            return;
        }
        *next = message.offset() + 1;
        let place = Place { owned: Arc::clone(&reading.owned), stream, offset: message.offset() };
        self.batch_bytes += message.payload_len();
        self.began.get_or_insert_with(Instant::now);
        let content = self.judge(message);
        let traced = spans::begin(&content);
        self.batch.push(Item { place, key: message.key().map(Box::from), content, traced });
    }

    fn judge(&self, message: &BorrowedMessage<'_>) -> Content {
        let record = incoming(message);
        let from =
            wire::record::Place { topic: message.topic(), partition: message.partition(), offset: message.offset() };
        match decode(&record, self.settings.limits) {
            Ok(command) => {
                let directory = self.directory.read().unwrap_or_else(PoisonError::into_inner);
                let draft = Box::new(draft(command, &directory, &self.rules));
                let forward = matches!(draft.verdict, Verdict::Amend(_)).then(|| {
                    let timestamp_millis = record.timestamp.millis();
                    Box::new(Forward { record: wire::forward::write(&record, from), timestamp_millis })
                });
                Content::Judged { digest: draft.key.fingerprint(), draft, forward }
            }
            Err(malformed) => {
                let letter = dead_letter::write(&record, from, malformed.reason.code(), &malformed.detail);
                let dead_letter = Box::new(letter);
                Content::Malformed { malformed: Box::new(malformed), dead_letter }
            }
        }
    }
}
