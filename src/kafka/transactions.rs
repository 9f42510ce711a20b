//! Kafka transactions whose outcome is always one of three: committed, aborted for certain, or unknown.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use rdkafka::config::{ClientConfig, FromClientConfigAndContext};
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, Producer, PurgeConfig};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::calls::CallsUnderWay;
use super::cluster::{Cluster, Events, TRANSACTION_TIMEOUT};
use super::commit::{Called, insist};
use super::deliveries::{Deliveries, hear_out};
pub use super::outcome::Outcome;
pub use super::outgoing::{NewRecord, owned_headers};
use super::statistics::count;
use crate::telemetry::label::Transacting;

/// How long one call of the transaction API may take before the attempt is given up.
pub(super) const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long sending offsets may take, and how much longer it is waited for.
const OFFSETS_TIMEOUT: Duration = Duration::from_secs(5);
const OFFSETS_GRACE: Duration = Duration::from_secs(2);
/// How long to sleep between looks at what is still in flight: rdkafka's own flush looks every 100 ms, and a spin
/// without sleeping starves the broker on a small machine.
const FLUSH_STEP: Duration = Duration::from_micros(250);
/// So many records or fewer on their way are few.
const FEW: i32 = 250;

/// One loop's transactional producers, used by one thread, one transaction at a time.
///
/// They take turns. The broker answers a commit before it has written the markers of its partitions, and refuses the
/// same producer's next transaction until it has (CONCURRENT_TRANSACTIONS); librdkafka then waits for 20 ms, several
/// times as long as the markers take. Another producer need not wait. The order of what both commit stands all the same:
/// the group coordinator keeps of two committed offsets the one that was written later (Kafka's
/// `OffsetMetadataManager.replayEndTransactionMarker` compares where the commits lie in its log), stable reads wait for
/// both, and a `read_committed` reader sees a partition's records in the order they were written.
pub struct Transactor {
    cluster: Cluster,
    turns: Vec<Turn>,
    next: usize,
    /// What metrics call it, where they do.
    label: Option<Transacting>,
    calls: Arc<CallsUnderWay>,
}

struct Turn {
    transactional_id: String,
    producer: Option<Arc<BaseProducer<Deliveries>>>,
}

impl Transactor {
    /// Producers that are connected and initialised when they are first needed.
    pub fn new(cluster: Cluster, transactional_ids: impl IntoIterator<Item = String>) -> Self {
        let turns =
            transactional_ids.into_iter().map(|transactional_id| Turn { transactional_id, producer: None }).collect();
        Self { cluster, turns, label: None, next: 0, calls: Arc::default() }
    }

    /// The same with metrics. What its producers say has to be heard: see `has_lost_all_brokers`.
    #[must_use]
    pub fn measured(self, label: Transacting) -> Self {
        Self { label: Some(label), ..self }
    }

    /// For the watchdog.
    pub fn calls(&self) -> Arc<CallsUnderWay> {
        Arc::clone(&self.calls)
    }

    /// Makes the producers that are missing and initialises them, which ends whatever others of the same ids left open.
    ///
    /// # Errors
    /// What librdkafka says; try again.
    pub fn reset(&mut self) -> KafkaResult<()> {
        let Self { cluster, turns, calls, label, .. } = self;
        for (number, turn) in turns.iter_mut().enumerate().filter(|(_, turn)| turn.producer.is_none()) {
            let config = cluster.producer(&turn.transactional_id);
            let (config, events) = match label.as_ref().and_then(|label| label.clients.get(number).copied()) {
                Some(client) => (cluster.measured(config), Events::measured(&turn.transactional_id, client)),
                None => (config, Events::of(&turn.transactional_id)),
            };
            let producer = calls.during(|| initialise(&config, events, TRANSACTION_TIMEOUT))?;
            turn.producer = Some(Arc::new(producer));
        }
        Ok(())
    }

    /// Whether no broker was left at some moment since this was last asked. What was committed shortly before it may then
    /// be committed in word only (`kafka::hanging`): nothing may be built on it before the offsets are read again.
    ///
    /// Takes all that the producers have to say; call it every few seconds, or their statistics pile up.
    pub fn has_lost_all_brokers(&self) -> bool {
        let producers = self.turns.iter().filter_map(|turn| turn.producer.as_ref());
        // Each is asked, or the next call would still hear of it.
        producers
            .inspect(|producer| hear_out(producer))
            .filter(|producer| producer.context().lost_all_brokers.swap(false, Ordering::Relaxed))
            .count()
            > 0
    }

    /// Has the producers ask anew which partitions a topic has: one that is newer than what they know is refused by the
    /// client itself. Where no broker answers nothing is learnt, and the client asks by itself before long.
    pub fn learn(&self, topic: &str) {
        for producer in self.turns.iter().filter_map(|turn| turn.producer.as_ref()) {
            if let Err(error) = producer.client().fetch_metadata(Some(topic), OFFSETS_TIMEOUT) {
                tracing::debug!(topic, %error, "the partitions of a topic could not be learnt");
            }
        }
    }

    /// Whether the producers can be used.
    pub fn is_ready(&self) -> bool {
        self.turns.iter().all(|turn| turn.producer.is_some())
    }

    /// One transaction: what `produce` sends, then the offsets, then, after `before_commit`, the commit; where that fails
    /// the transaction is aborted.
    ///
    /// After `Unknown` the producers are gone: `reset` makes the next ones, which ends what is open.
    pub fn transact(
        &mut self,
        metadata: &Arc<ConsumerGroupMetadata>,
        offsets: &TopicPartitionList,
        produce: impl FnOnce(&Sending<'_>) -> KafkaResult<()>,
        before_commit: impl FnOnce() -> KafkaResult<()>,
    ) -> Outcome {
        let Some(producer) = self.turns.get(self.next).and_then(|turn| turn.producer.clone()) else {
            return Outcome::Aborted(KafkaError::Canceled);
        };
        let outcome = self.calls.during(|| run(&producer, metadata, offsets, produce, before_commit));
        if let Some(label) = self.label {
            count(&outcome, label.name);
        }
        if matches!(outcome, Outcome::Unknown(_)) {
            // Whoever fenced one has most likely fenced the others.
            self.turns.iter_mut().for_each(|turn| turn.producer = None);
        }
        self.next = (self.next + 1) % self.turns.len();
        outcome
    }
}

/// Aborts what a producer of that id, now dead, left open: initialising in its name fences it.
///
/// # Errors
/// What librdkafka says; try again.
pub fn abort_in_the_name_of(cluster: &Cluster, transactional_id: &str) -> KafkaResult<()> {
    initialise(&cluster.producer(transactional_id), Events::of(transactional_id), CALL_TIMEOUT).map(drop)
}

pub(super) fn initialise(
    config: &ClientConfig,
    events: Events,
    timeout: Duration,
) -> KafkaResult<BaseProducer<Deliveries>> {
    let producer = BaseProducer::from_config_and_context(config, Deliveries::of(events))?;
    producer.init_transactions(timeout)?;
    // What was in vain before that is over.
    hear_out(&producer);
    producer.context().lost_all_brokers.store(false, Ordering::Relaxed);
    Ok(producer)
}

/// Hands records to the producer within a transaction.
pub struct Sending<'a> {
    pub(super) producer: &'a BaseProducer<Deliveries>,
}

impl Sending<'_> {
    /// Queues a record; waits while the queue is full.
    ///
    /// # Errors
    /// Where librdkafka will not take it.
    pub fn send(&self, record: NewRecord<'_>) -> KafkaResult<()> {
        let mut outgoing = record.for_client();
        let deadline = Instant::now() + CALL_TIMEOUT;
        loop {
            match self.producer.send(outgoing) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back))
                    if Instant::now() < deadline =>
                {
                    outgoing = back;
                    self.producer.poll(FLUSH_STEP);
                }
                Err((error, _)) => return Err(error),
            }
        }
    }
}

fn run(
    producer: &Arc<BaseProducer<Deliveries>>,
    metadata: &Arc<ConsumerGroupMetadata>,
    offsets: &TopicPartitionList,
    produce: impl FnOnce(&Sending<'_>) -> KafkaResult<()>,
    before_commit: impl FnOnce() -> KafkaResult<()>,
) -> Outcome {
    producer.context().failed.store(0, Ordering::Relaxed);
    let asked = producer.context().ask_the_time();
    if let Err(error) = producer.begin_transaction() {
        return give_up(producer, error);
    }
    if let Err(error) = produce(&Sending { producer }) {
        return give_up(producer, error);
    }
    // While the records are on their way: the offsets count with the commit, whatever comes first.
    match send_offsets(producer, metadata, offsets) {
        None => return Outcome::Unknown(KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut)),
        Some(Err(error)) => return give_up(producer, error),
        Some(Ok(())) => {}
    }
    if let Err(error) = drain(producer, TRANSACTION_TIMEOUT) {
        return give_up(producer, error);
    }
    producer.context().compare_clocks(asked);
    hear_out(producer);
    if producer.context().lost_all_brokers.load(Ordering::Relaxed) {
        // It must not be committed after one of which it is no longer certain that it was.
        let cause = KafkaError::Global(RDKafkaErrorCode::AllBrokersDown);
        return match give_up(producer, cause) {
            Outcome::Aborted(error) => Outcome::Unknown(error),
            outcome => outcome,
        };
    }
    if let Err(error) = before_commit() {
        return give_up(producer, error);
    }
    let call = || match producer.commit_transaction(CALL_TIMEOUT) {
        Ok(()) => Called::Committed,
        // The broker is still busy with the one before: calling again resumes the same commit.
        Err(KafkaError::Transaction(error)) if error.is_retriable() && !is_timeout(error.code()) => {
            Called::NotYet(KafkaError::Transaction(error))
        }
        Err(KafkaError::Transaction(error)) if error.txn_requires_abort() => {
            Called::MustAbort(KafkaError::Transaction(error))
        }
        Err(error) => Called::Unknown(error),
    };
    match insist(call, std::thread::sleep) {
        Called::Committed => Outcome::Committed,
        Called::MustAbort(error) => give_up(producer, error),
        Called::NotYet(error) | Called::Unknown(error) => Outcome::Unknown(error),
    }
}

/// Sends the offsets, and takes delivery reports meanwhile; `None` where the call has not returned although its time is
/// over.
///
/// It ignores its timeout when the broker freezes in the middle of it (librdkafka #5456; seen for minutes with a broker
/// stopped for six seconds), and its caller would keep the shards meanwhile. So it is made on a thread that can be left
/// behind with its producer, whose next incarnation fences it. A thread costs some 30 µs, a transaction some 7 ms.
pub(super) fn send_offsets(
    producer: &Arc<BaseProducer<Deliveries>>,
    metadata: &Arc<ConsumerGroupMetadata>,
    offsets: &TopicPartitionList,
) -> Option<KafkaResult<()>> {
    let (returned, waiting) = channel();
    let (calling, metadata, offsets) = (Arc::clone(producer), Arc::clone(metadata), offsets.clone());
    let call = move || {
        let result = calling.send_offsets_to_transaction(&offsets, &metadata, OFFSETS_TIMEOUT);
        // Where nobody waits any more, the producer is dropped here, on the thread that was left behind.
        drop(calling);
        returned.send(result).is_ok()
    };
    if let Err(error) = Builder::new().name("send-offsets".to_owned()).spawn(call) {
        tracing::error!(%error, "no thread can be started to send offsets");
        return Some(Err(KafkaError::Canceled));
    }
    let deadline = Instant::now() + OFFSETS_TIMEOUT + OFFSETS_GRACE;
    // The reports of a few can wait until the offsets are sent; to look for them costs more than to take them.
    let takes_reports = producer.in_flight_count() > FEW;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let step = if takes_reports && take_reports(producer) { FLUSH_STEP.min(left) } else { left };
        match waiting.recv_timeout(step) {
            Ok(result) => return Some(result),
            Err(RecvTimeoutError::Timeout) if step < left => {}
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        }
    }
}

fn is_timeout(code: RDKafkaErrorCode) -> bool {
    matches!(code, RDKafkaErrorCode::OperationTimedOut | RDKafkaErrorCode::RequestTimedOut)
}

/// Waits until every record is acknowledged, without rdkafka's steps of 100 ms; or until one has failed: those still queued
/// then stay where they are until the transaction is aborted (librdkafka's `rd_kafka_txn_may_send_msg`).
pub(super) fn drain(producer: &BaseProducer<Deliveries>, timeout: Duration) -> KafkaResult<()> {
    let deadline = Instant::now() + timeout;
    while take_reports(producer) {
        if Instant::now() >= deadline {
            return Err(KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut));
        }
        std::thread::sleep(FLUSH_STEP);
    }
    if !has_failed(producer) {
        return Ok(());
    }
    let first = producer.context().first.lock().unwrap_or_else(PoisonError::into_inner).take();
    Err(first.unwrap_or(KafkaError::Canceled))
}

/// Takes the delivery reports that are there, up to the first failure; true where more have to be waited for.
///
/// A record is freed by whoever takes its report: so by the thread that made it, which is cheap, and not by librdkafka's,
/// which has the most to do (docs/decisions/0015).
fn take_reports(producer: &BaseProducer<Deliveries>) -> bool {
    let mut in_flight = producer.in_flight_count();
    while in_flight > 0 && !has_failed(producer) {
        producer.poll(Duration::ZERO);
        let before = std::mem::replace(&mut in_flight, producer.in_flight_count());
        if in_flight >= before {
            return !has_failed(producer);
        }
    }
    false
}

fn has_failed(producer: &BaseProducer<Deliveries>) -> bool {
    producer.context().failed.load(Ordering::Relaxed) > 0
}

/// Aborts: only an abort that succeeded makes it certain that nothing was published.
fn give_up(producer: &BaseProducer<Deliveries>, cause: KafkaError) -> Outcome {
    if let KafkaError::Transaction(error) = &cause
        && error.is_fatal()
    {
        return Outcome::Unknown(cause);
    }
    // Delivery reports must be served by us, or the abort waits for them in vain.
    producer.purge(PurgeConfig::default().queue().inflight());
    let deadline = Instant::now() + CALL_TIMEOUT;
    while producer.in_flight_count() > 0 && Instant::now() < deadline {
        producer.poll(FLUSH_STEP);
    }
    producer.context().first.lock().unwrap_or_else(PoisonError::into_inner).take();
    match producer.abort_transaction(CALL_TIMEOUT) {
        Ok(()) => Outcome::Aborted(cause),
        Err(error) => {
            tracing::debug!(%error, "the transaction could not be aborted");
            Outcome::Unknown(cause)
        }
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::mocking::MockCluster;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    use super::*;
    use crate::config::KafkaProperties;

    fn record(partition: i32) -> NewRecord<'static> {
        let (partition, value) = (Some(partition), Some(b"value".as_slice()));
        NewRecord {
            topic: "t",
            partition,
            key: None,
            value,
            headers: owned_headers(std::iter::empty()),
            timestamp_millis: None,
        }
    }

    #[test]
    fn once_a_record_has_failed_the_others_are_not_waited_for() {
        let broker = MockCluster::new(1).unwrap();
        broker.create_topic("t", 2, 1).unwrap();
        // Two records are a batch, one alone waits for more.
        let properties = [("batch.num.messages", "2"), ("linger.ms", "20000")]
            .into_iter()
            .fold(KafkaProperties::default(), |all, (name, value)| all.with(name, value.to_owned()));
        let cluster = Cluster { bootstrap_servers: broker.bootstrap_servers(), group_id: "g".to_owned(), properties };
        let producer = initialise(&cluster.producer("g.i.ingest"), Events::of("test"), CALL_TIMEOUT).unwrap();
        broker.request_errors(RDKafkaApiKey::Produce, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED]);
        producer.begin_transaction().unwrap();
        let sending = Sending { producer: &producer };
        [1, 0, 0].map(record).into_iter().for_each(|record| sending.send(record).unwrap());
        assert!(drain(&producer, TRANSACTION_TIMEOUT).is_err());
        assert!(producer.in_flight_count() > 0, "what will not be sent was waited for");
        let cause = KafkaError::Canceled;
        assert!(matches!(give_up(&producer, cause), Outcome::Aborted(KafkaError::Canceled)));
    }
}
