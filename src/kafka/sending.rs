//! The calls of a transactional producer that more than the loops' transactions are made of.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use rdkafka::config::{ClientConfig, FromClientConfigAndContext};
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::cluster::Events;
use super::commit::LOOK;
use super::deliveries::{Deliveries, hear_out};
use super::early::Early;
use super::outgoing::NewRecord;
use super::sent::Memory;

/// How long one call of the transaction API may take before the attempt is given up.
pub(super) const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long sending offsets may take, and how much longer it is waited for.
pub(super) const OFFSETS_TIMEOUT: Duration = Duration::from_secs(5);
const OFFSETS_GRACE: Duration = Duration::from_secs(2);
/// How long to sleep between looks at what is still in flight: rdkafka's own flush looks every 100 ms, and a spin
/// without sleeping starves the broker on a small machine.
const FLUSH_STEP: Duration = Duration::from_micros(250);
/// So many records or fewer on their way are few.
const FEW: i32 = 250;

/// A producer that is initialised, which ends whatever others of the same id left open.
///
/// # Errors
/// What librdkafka says; try again.
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

/// Hands records to the producer within a transaction, or to whoever keeps them.
pub struct Sending<'a>(pub(super) To<'a>);

/// Where records are handed to.
pub(super) enum To<'a> {
    Broker(&'a BaseProducer<Deliveries>, &'a Early),
    Memory(&'a Memory, &'a Early),
}

impl Sending<'_> {
    /// Queues a record; waits while the queue is full.
    ///
    /// # Errors
    /// Where librdkafka will not take it.
    pub fn send(&self, record: NewRecord<'_>) -> KafkaResult<()> {
        let (To::Broker(_, early) | To::Memory(_, early)) = self.0;
        if early.has(&record) {
            return Ok(());
        }
        let producer = match self.0 {
            To::Broker(producer, _) => producer,
            To::Memory(memory, _) => {
                memory.borrow_mut().push(record.into());
                return Ok(());
            }
        };
        let mut outgoing = record.for_client();
        let deadline = Instant::now() + CALL_TIMEOUT;
        loop {
            match producer.send(outgoing) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back))
                    if Instant::now() < deadline =>
                {
                    outgoing = back;
                    wait_a_step(producer);
                }
                Err((error, _)) => return Err(error),
            }
        }
    }
}

/// Sends the offsets, and takes delivery reports meanwhile; `None` where the call has not returned although its time is
/// over, or `is_over` says that nobody needs it any more.
///
/// It ignores its timeout when the broker freezes in the middle of it (librdkafka #5456; seen for minutes with a broker
/// stopped for six seconds), and its caller would keep the shards meanwhile. So it is made on a thread that can be left
/// behind with its producer, whose next incarnation fences it. A thread costs some 30 µs, a transaction some 7 ms.
pub(super) fn send_offsets(
    producer: &Arc<BaseProducer<Deliveries>>,
    metadata: &Arc<ConsumerGroupMetadata>,
    offsets: &TopicPartitionList,
    is_over: &dyn Fn() -> bool,
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
        let step = if takes_reports && take_reports(producer) { FLUSH_STEP } else { LOOK }.min(left);
        match waiting.recv_timeout(step) {
            Ok(result) => return Some(result),
            Err(RecvTimeoutError::Timeout) if step < left && !is_over() => {}
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        }
    }
}

/// Waits until every record is acknowledged, without rdkafka's steps of 100 ms; or until one has failed: those still queued
/// then stay where they are until the transaction is aborted (librdkafka's `rd_kafka_txn_may_send_msg`). Also until `is_over` says
/// that nobody needs it any more.
pub(super) fn drain(
    producer: &BaseProducer<Deliveries>,
    timeout: Duration,
    is_over: &dyn Fn() -> bool,
) -> KafkaResult<()> {
    let deadline = Instant::now() + timeout;
    while take_reports(producer) {
        if is_over() {
            return Err(KafkaError::Canceled);
        }
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

/// Takes delivery reports that are there, and sleeps a little. Polling with a time-out of less than a millisecond would not sleep:
/// librdkafka counts whole milliseconds, and rdkafka asks again until the time is over.
pub(super) fn wait_a_step(producer: &BaseProducer<Deliveries>) {
    producer.poll(Duration::ZERO);
    std::thread::sleep(FLUSH_STEP);
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
