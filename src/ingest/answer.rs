//! Answer: one Kafka transaction a batch, with results, dead letters, forwarded records and the offsets of all. What is
//! done next, and what is tried again, is decided by `protocol::publishing`; here it is done.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::item::{Answer, Publication, Recorded, Stream};
use super::kept::Kept;
use super::parked::Parked;
use super::spans;
use super::topics::Topics;
use crate::domain::ids::Shard;
use crate::kafka::cause::cause;
use crate::kafka::next_offset;
use crate::kafka::ownership::{OwnedShard, Ownership};
use crate::kafka::transactions::{NewRecord, Outcome, Sending, Transactor, owned_headers};
use crate::progress;
use crate::protocol::Fault;
use crate::protocol::publishing::{Came, Publishing, Remedy, Step, WAITS};
use crate::readiness::{Condition, Readiness};
use crate::stop::{Stop, tell};
use crate::takeover;
use crate::telemetry::{as_gauge, metric};

/// Offsets of amendments are committed again after this long: see `protocol::firing`, F5.
const KEEP_ALIVE: Duration = Duration::from_hours(1);
/// No value below this is ever too large for a broker: its smallest sensible `message.max.bytes`.
const LARGE: usize = 256 * 1024;
/// Above this, more records in a transaction no longer raise the throughput (design §7).
const RECORDS_AT_ONCE: usize = 10_000;
/// How often the stage looks around while nothing comes.
const IDLE: Duration = Duration::from_secs(1);

/// An offset of the amendments topic that only this stage commits.
struct KeptAlive {
    owned: Arc<OwnedShard>,
    next: i64,
    /// When this stage committed it; `None` for what the takeover found, of which nobody knows how old it is.
    committed_at: Option<Instant>,
}

/// The stage's state.
pub struct AnswerStage {
    topics: Topics,
    ownership: Arc<Ownership>,
    transactor: Transactor,
    takeovers: Sender<takeover::Request>,
    readiness: Readiness,
    stop: Stop,
    amendments: HashMap<Shard, KeptAlive>,
    /// What waits for the rest of what an earlier takeover has decided.
    parked: Parked,
    /// When the offsets of amendments were last looked at.
    looked_at: Instant,
}

impl AnswerStage {
    /// A stage that makes its producer when the first batch comes.
    pub fn new(
        topics: Topics,
        ownership: Arc<Ownership>,
        transactor: Transactor,
        takeovers: Sender<takeover::Request>,
        readiness: Readiness,
        stop: Stop,
    ) -> Self {
        Self {
            topics,
            ownership,
            transactor,
            takeovers,
            readiness,
            stop,
            amendments: HashMap::new(),
            parked: Parked::default(),
            looked_at: Instant::now(),
        }
    }

    /// Answers batches until nobody sends any more.
    pub fn run(mut self, batches: &Receiver<Recorded>) {
        self.make_ready();
        loop {
            match batches.recv_timeout(IDLE) {
                Ok(mut batch) => {
                    // What was recorded while the transaction before was under way goes into one: a transaction costs
                    // much the same with many records as with few.
                    while batch.answers.len() < RECORDS_AT_ONCE
                        && let Ok(more) = batches.try_recv()
                    {
                        batch.extend(more);
                    }
                    self.readiness.progress().waits(progress::Step::Answer);
                    let batch = self.parked.sort(batch);
                    let records = batch.answers.len();
                    // A later batch must not be answered after an earlier one was not: its offsets would cover both.
                    if self.answer(batch).is_break() {
                        return;
                    }
                    self.readiness.progress().settles(records);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            // Also when there is no pause between batches for days.
            if self.looked_at.elapsed() >= IDLE {
                self.looked_at = Instant::now();
                if self.transactor.has_lost_all_brokers() {
                    self.start_over();
                }
                // Whoever takes the shards over waits for the end of what the last ones may have left.
                self.reset();
                self.keep_alive();
            }
        }
    }

    /// Does what the machine asks for until the batch is published, or none of it is ours any more; breaks off where the
    /// service ends first.
    fn answer(&mut self, mut batch: Recorded) -> ControlFlow<()> {
        let mut publishing = Publishing::keeping(Kept::default());
        loop {
            let came = match publishing.step() {
                Step::MakeReady => self.get_ready(),
                Step::Publish => self.publish(&mut batch.answers, publishing.next_wait()),
                Step::TakeOver => {
                    self.start_over();
                    Came::Done
                }
                Step::Shorten => {
                    leave_values_behind(&mut batch.answers);
                    Came::Done
                }
                Step::LearnPartitions => {
                    self.transactor.learn(&self.topics.amendments_topic);
                    Came::Done
                }
                Step::Wait(wait) => {
                    std::thread::sleep(wait);
                    Came::Done
                }
                Step::Over => {
                    batch.release();
                    return ControlFlow::Continue(());
                }
                Step::BreakOff => return ControlFlow::Break(()),
            };
            publishing.hear(came);
        }
    }

    /// Makes the producers that are missing, and hears whether all brokers were lost.
    fn get_ready(&mut self) -> Came {
        if self.reset() {
            Came::Ready { lost_brokers: self.transactor.has_lost_all_brokers() }
        } else {
            Came::Failed { fault: Fault::Away, remedy: None, ends: self.stop.is_set() }
        }
    }

    /// One transaction with the answers that are still ours; the others are left out for good.
    fn publish(&mut self, batch: &mut Vec<Answer>, retry: Duration) -> Came {
        let ownership = Arc::clone(&self.ownership);
        let assignment = ownership.during_transaction();
        batch.retain(|answer| answer.place.owned.is_current());
        if batch.is_empty() {
            // Nobody waits for these answers here any more.
            self.readiness.progress().rests(progress::Step::Answer);
            self.readiness.ready(Condition::Answers);
            return Came::NothingLeft;
        }
        // A shard is owned under an assignment, so there is one; were there none, no later batch may be answered.
        let Some(metadata) = assignment.metadata() else { return Came::Unassigned };
        let next = next_offsets(batch);
        let topics = &self.topics;
        let began = Instant::now();
        let outcome = match self.offsets(&next) {
            Ok(offsets) => self.transactor.transact(
                metadata,
                &offsets,
                |sending| batch.iter().try_for_each(|answer| produce(sending, topics, answer)),
                || {
                    crate::failpoint::hit("before-kafka-commit");
                    Ok(())
                },
            ),
            Err(error) => Outcome::Aborted(error),
        };
        assignment.heed(&outcome);
        drop(assignment);
        let (fault, error) = match outcome {
            Outcome::Committed => {
                metric::BATCH_SECONDS.histogram(&["answer"]).record(began.elapsed().as_secs_f64());
                metric::ANSWER_COMMANDS.histogram(&[]).record(as_gauge(batch.len()));
                spans::answered(batch, &self.topics, began.elapsed());
                self.readiness.ready(Condition::Answers);
                self.readiness.progress().succeeded(progress::Step::Answer);
                self.readiness.progress().answers_in(began.elapsed());
                self.remember(next);
                return Came::Done;
            }
            Outcome::Aborted(error) => {
                tracing::warn!(%error, ?retry, "answers could not be published; they are tried again");
                (Fault::Aborted, error)
            }
            Outcome::Unknown(error) => {
                tracing::warn!(%error, "the outcome of a transaction is not known: the shards are taken over again");
                (Fault::Unknown, error)
            }
        };
        metric::RETRIES.counter(&["answer", "kafka", cause(&error)]).increment(1);
        self.readiness.waiting(Condition::Answers, error.to_string());
        Came::Failed { fault, remedy: remedy(&error), ends: self.stop.is_set() }
    }

    /// Has producers before there is anything to publish; `false` where the service ends first.
    fn make_ready(&mut self) -> bool {
        while !self.reset() {
            if self.stop.is_set() {
                return false;
            }
            std::thread::sleep(WAITS.1);
        }
        true
    }

    /// Makes the producers that are missing; `false` where that fails.
    fn reset(&mut self) -> bool {
        if self.transactor.is_ready() {
            return true;
        }
        let made = self.transactor.reset();
        if let Err(error) = &made {
            tracing::warn!(%error, "the producer of answers cannot be initialised");
            self.readiness.waiting(Condition::Answers, error.to_string());
        }
        made.is_ok()
    }

    fn offsets(&self, next: &BTreeMap<(Stream, Shard), (i64, Arc<OwnedShard>)>) -> KafkaResult<TopicPartitionList> {
        let mut offsets = TopicPartitionList::new();
        for ((stream, shard), (next, owned)) in next {
            let topic = match stream {
                Stream::Commands => &self.topics.commands_topic,
                Stream::Amendments => &self.topics.amendments_topic,
            };
            let id = owned.lines[*stream as usize].topic_id;
            next_offset::add(&mut offsets, topic, shard.partition(), *next, id)?;
        }
        Ok(offsets)
    }

    fn remember(&mut self, next: BTreeMap<(Stream, Shard), (i64, Arc<OwnedShard>)>) {
        for ((stream, shard), (next, owned)) in next {
            owned.answered(stream as usize, next);
            owned.lines[stream as usize].commits();
            if stream == Stream::Amendments {
                self.amendments.insert(shard, KeptAlive { owned, next, committed_at: Some(Instant::now()) });
            }
        }
    }

    /// Commits offsets of amendments again that nothing has moved for long, so that the broker does not forget them.
    fn keep_alive(&mut self) {
        self.amendments.retain(|_, kept| kept.owned.is_current());
        for owned in self.ownership.owned() {
            if let Some(next) = owned.amendments {
                self.amendments.entry(owned.shard).or_insert(KeptAlive { owned, next, committed_at: None });
            }
        }
        let stale: BTreeMap<_, _> = self
            .amendments
            .iter()
            .filter(|(_, kept)| kept.committed_at.is_none_or(|at| at.elapsed() >= KEEP_ALIVE))
            .map(|(shard, kept)| ((Stream::Amendments, *shard), (kept.next, Arc::clone(&kept.owned))))
            .collect();
        if stale.is_empty() || !self.make_ready() {
            return;
        }
        let ownership = Arc::clone(&self.ownership);
        let assignment = ownership.during_transaction();
        if stale.values().any(|(_, owned)| !owned.is_current()) {
            return;
        }
        let (Some(metadata), Ok(offsets)) = (assignment.metadata(), self.offsets(&stale)) else { return };
        let outcome = self.transactor.transact(metadata, &offsets, |_| Ok(()), || Ok(()));
        assignment.heed(&outcome);
        drop(assignment);
        match outcome {
            Outcome::Committed => self.remember(stale),
            Outcome::Aborted(error) => tracing::warn!(%error, "offsets of amendments could not be kept alive"),
            // Whether it came through does not matter. But the answers before may be committed in word only, and the producers
            // that come next would end them.
            Outcome::Unknown(error) => {
                tracing::warn!(%error, "offsets of amendments may not have been kept alive; all shards are taken over again");
                self.start_over();
            }
        }
    }

    /// Takes all shards over again: what was committed last may count or not, so nothing is built on it.
    fn start_over(&self) {
        tell(&self.takeovers, takeover::Request::Take(self.ownership.disown_all()));
    }
}

/// What can be done about it.
fn remedy(error: &KafkaError) -> Option<Remedy> {
    match error.rdkafka_error_code()? {
        RDKafkaErrorCode::MessageSizeTooLarge | RDKafkaErrorCode::InvalidMessageSize => Some(Remedy::Shorten),
        RDKafkaErrorCode::UnknownPartition => Some(Remedy::LearnPartitions),
        _ => None,
    }
}

/// A dead letter is larger than its command by its headers, and the broker will not take it. So that it does not stop
/// its partition for ever it goes without its value: the header `dlq-offset` says where that still is.
fn leave_values_behind(batch: &mut [Answer]) {
    for answer in batch {
        for publication in &mut answer.publications {
            if let Publication::DeadLetter(letter) = publication
                && letter.value.as_ref().is_some_and(|value| value.len() > LARGE)
            {
                tracing::error!(
                    shard = %answer.place.owned.shard, offset = answer.place.offset,
                    "the dead-letter topic takes no record of this size (max.message.bytes): it gets one without its value"
                );
                letter.value = None;
            }
        }
    }
}

/// For each partition in the batch the offset to go on from: the last one plus one.
fn next_offsets(batch: &[Answer]) -> BTreeMap<(Stream, Shard), (i64, Arc<OwnedShard>)> {
    let mut next: BTreeMap<(Stream, Shard), (i64, Arc<OwnedShard>)> = BTreeMap::new();
    for answer in batch {
        let place = &answer.place;
        let entry = next.entry((place.stream, place.owned.shard)).or_insert_with(|| (0, Arc::clone(&place.owned)));
        entry.0 = entry.0.max(place.offset + 1);
    }
    next
}

fn produce(sending: &Sending<'_>, topics: &Topics, answer: &Answer) -> KafkaResult<()> {
    for publication in &answer.publications {
        sending.send(match publication {
            Publication::Result { key, data, headers } => NewRecord {
                topic: &topics.results_topic,
                partition: None,
                key: key.as_deref(),
                value: Some(data.as_bytes()),
                headers: owned_headers(headers.iter().map(|(name, value)| (name, Some(value)))),
                timestamp_millis: None,
            },
            Publication::State(record) => NewRecord {
                topic: topics.state_topic.as_deref().unwrap_or_default(),
                partition: None,
                key: record.key.as_deref(),
                value: record.value.as_deref(),
                headers: owned_headers(record.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref()))),
                timestamp_millis: None,
            },
            Publication::DeadLetter(record) => NewRecord {
                topic: &topics.dead_letters_topic,
                partition: None,
                key: record.key.as_deref(),
                value: record.value.as_deref(),
                headers: owned_headers(record.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref()))),
                timestamp_millis: None,
            },
            Publication::Forward { shard, forward } => NewRecord {
                topic: &topics.amendments_topic,
                partition: Some(shard.partition()),
                key: forward.record.key.as_deref(),
                value: forward.record.value.as_deref(),
                headers: owned_headers(
                    forward.record.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())),
                ),
                timestamp_millis: Some(forward.timestamp_millis),
            },
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use rdkafka::mocking::MockCluster;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    use super::*;
    use crate::config::KafkaProperties;
    use crate::kafka::cluster::Cluster;

    /// The answers before may be committed in word only, and the producers that come next would end them.
    #[test]
    fn after_offsets_that_are_kept_alive_and_in_doubt_nothing_in_memory_counts() {
        let broker = MockCluster::new(1).unwrap();
        broker.create_topic("amendments", 1, 1).unwrap();
        let (bootstrap_servers, group_id) = (broker.bootstrap_servers(), "g".to_owned());
        let cluster = Cluster { bootstrap_servers, group_id, properties: KafkaProperties::default() };
        // The takeover found an offset of amendments.
        let (ownership, _owned) = Ownership::of_one_shard(&cluster, Some(3));
        let transactor = Transactor::new(cluster.clone(), cluster.ingest_transactional_ids("i"));
        let [commands_topic, amendments_topic, results_topic, dead_letters_topic] =
            ["commands", "amendments", "results", "dlq"].map(str::to_owned);
        let topics = Topics { commands_topic, amendments_topic, results_topic, dead_letters_topic, state_topic: None };
        let (takeovers, requests) = channel();
        let (readiness, stop) = (Readiness::default(), Stop::default());
        let mut stage = AnswerStage::new(topics, ownership, transactor, takeovers, readiness, stop);
        assert!(stage.make_ready());
        // Neither the offsets nor the abort is taken.
        for request in [RDKafkaApiKey::TxnOffsetCommit, RDKafkaApiKey::EndTxn] {
            broker.request_errors(request, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_PRODUCER_FENCED]);
        }
        stage.keep_alive();
        assert!(matches!(requests.try_recv(), Ok(takeover::Request::Take(awaiting)) if awaiting.len() == 1));
    }
}
