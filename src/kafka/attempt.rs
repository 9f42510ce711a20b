//! One transaction, from its beginning to an outcome.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, Producer, PurgeConfig};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::commit::{Called, LOOK, insist};
use super::deliveries::{Deliveries, hear_out};
use super::early::Early;
use super::outcome::Outcome;
use super::sending::{CALL_TIMEOUT, Sending, To, drain, send_offsets, wait_a_step};

/// How long an attempt waits for brokers.
pub(super) struct Patience<'a> {
    /// Whether the producer is to be replaced: the next one of its name ends what is open.
    pub is_over: &'a dyn Fn() -> bool,
    /// How long it may take, from the beginning, until the broker has everything; longer, and the producer is to be replaced, too.
    pub to_send: Duration,
}

/// What `produce` sends, but for what readers have seen too early, then the offsets, then, after `before_commit`, the commit;
/// where that fails the transaction is aborted. Where brokers are waited for longer than there is patience, the outcome is unknown.
pub(super) fn run(
    producer: &Arc<BaseProducer<Deliveries>>,
    metadata: &Arc<ConsumerGroupMetadata>,
    (offsets, early): (&TopicPartitionList, &Early),
    produce: impl FnOnce(&Sending<'_>) -> KafkaResult<()>,
    before_commit: impl FnOnce() -> KafkaResult<()>,
    patience: &Patience<'_>,
) -> Outcome {
    producer.context().failed.store(0, Ordering::Relaxed);
    producer.context().asked_to_commit.store(false, Ordering::Relaxed);
    producer.context().spans().begin();
    let asked = producer.context().ask_the_time();
    if let Err(outcome) = send(producer, metadata, (offsets, early), produce, patience) {
        return outcome;
    }
    let give_up = |producer: &BaseProducer<Deliveries>, cause| give_up(producer, cause, patience.is_over);
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
    producer.context().asked_to_commit.store(true, Ordering::Relaxed);
    let call = || match called(producer.commit_transaction(LOOK)) {
        // The broker is still busy with the one before: calling again resumes the same commit.
        Called::Unknown(KafkaError::Transaction(error)) if error.is_retriable() => {
            Called::NotYet(KafkaError::Transaction(error))
        }
        Called::Unknown(KafkaError::Transaction(error)) if error.txn_requires_abort() => {
            Called::MustAbort(KafkaError::Transaction(error))
        }
        called => called,
    };
    match insist(call, std::thread::sleep, patience.is_over) {
        Called::Done => Outcome::Committed,
        Called::MustAbort(error) => give_up(producer, error),
        Called::NotYet(error) | Called::UnderWay(error) | Called::Unknown(error) => Outcome::Unknown(error),
    }
}

/// The beginning: afterwards the broker has everything, and nothing counts.
fn send(
    producer: &Arc<BaseProducer<Deliveries>>,
    metadata: &Arc<ConsumerGroupMetadata>,
    (offsets, early): (&TopicPartitionList, &Early),
    produce: impl FnOnce(&Sending<'_>) -> KafkaResult<()>,
    patience: &Patience<'_>,
) -> Result<(), Outcome> {
    let deadline = Instant::now() + patience.to_send;
    let is_over: &dyn Fn() -> bool = &|| Instant::now() >= deadline || (patience.is_over)();
    let give_up = |error| Err(give_up(producer, error, is_over));
    if let Err(error) = producer.begin_transaction() {
        return give_up(error);
    }
    if let Err(error) = produce(&Sending(To::Broker(producer, early))) {
        return give_up(error);
    }
    // While the records are on their way: the offsets count with the commit, whatever comes first.
    match send_offsets(producer, metadata, offsets, is_over) {
        None => return Err(Outcome::Unknown(KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut))),
        Some(Err(error)) => return give_up(error),
        Some(Ok(())) => {}
    }
    drain(producer, deadline.saturating_duration_since(Instant::now()), patience.is_over).or_else(give_up)
}

/// What one call that asks for the end of a transaction came to.
fn called(answer: KafkaResult<()>) -> Called<KafkaError> {
    match answer {
        Ok(()) => Called::Done,
        Err(KafkaError::Transaction(error)) if error.is_retriable() && is_timeout(error.code()) => {
            Called::UnderWay(KafkaError::Transaction(error))
        }
        Err(error) => Called::Unknown(error),
    }
}

fn is_timeout(code: RDKafkaErrorCode) -> bool {
    matches!(code, RDKafkaErrorCode::OperationTimedOut | RDKafkaErrorCode::RequestTimedOut)
}

/// Aborts: only an abort that succeeded makes it certain that nothing was published.
fn give_up(producer: &BaseProducer<Deliveries>, cause: KafkaError, is_over: &dyn Fn() -> bool) -> Outcome {
    if let KafkaError::Transaction(error) = &cause
        && error.is_fatal()
    {
        return Outcome::Unknown(cause);
    }
    // Delivery reports must be served by us, or the abort waits for them in vain.
    producer.purge(PurgeConfig::default().queue().inflight());
    let deadline = Instant::now() + CALL_TIMEOUT;
    while producer.in_flight_count() > 0 && Instant::now() < deadline && !is_over() {
        wait_a_step(producer);
    }
    producer.context().first.lock().unwrap_or_else(PoisonError::into_inner).take();
    if is_over() {
        return Outcome::Unknown(cause);
    }
    match insist(|| called(producer.abort_transaction(LOOK)), std::thread::sleep, is_over) {
        Called::Done => Outcome::Aborted(cause),
        Called::NotYet(error) | Called::UnderWay(error) | Called::MustAbort(error) | Called::Unknown(error) => {
            tracing::debug!(%error, "the transaction could not be aborted");
            Outcome::Unknown(cause)
        }
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::consumer::{BaseConsumer, Consumer as _};
    use rdkafka::mocking::MockCluster;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    use super::*;
    use crate::config::KafkaProperties;
    use crate::kafka::cluster::{Cluster, Events, TRANSACTION_TIMEOUT};
    use crate::kafka::outgoing::{NewRecord, owned_headers};
    use crate::kafka::sending::initialise;

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
        let early = Early::default();
        let sending = Sending(To::Broker(&producer, &early));
        [1, 0, 0].map(record).into_iter().for_each(|record| sending.send(record).unwrap());
        assert!(drain(&producer, TRANSACTION_TIMEOUT, &|| false).is_err());
        assert!(producer.in_flight_count() > 0, "what will not be sent was waited for");
        let cause = KafkaError::Canceled;
        assert!(matches!(give_up(&producer, cause, &|| false), Outcome::Aborted(KafkaError::Canceled)));
    }

    #[test]
    fn nothing_is_waited_for_once_the_producer_is_to_be_replaced() {
        let broker = MockCluster::new(1).unwrap();
        broker.create_topic("t", 1, 1).unwrap();
        let (bootstrap_servers, properties) = (broker.bootstrap_servers(), KafkaProperties::default());
        let cluster = Cluster { bootstrap_servers, group_id: "g".to_owned(), properties };
        let producer = initialise(&cluster.producer("g.i.ingest"), Events::of("test"), CALL_TIMEOUT).unwrap();
        producer.begin_transaction().unwrap();
        broker.broker_down(1).unwrap();
        let early = Early::default();
        Sending(To::Broker(&producer, &early)).send(record(0)).unwrap();
        let drained = drain(&producer, TRANSACTION_TIMEOUT, &|| true);
        assert!(matches!(drained, Err(KafkaError::Canceled)), "{drained:?}");
        let outcome = give_up(&producer, KafkaError::Canceled, &|| true);
        assert!(matches!(outcome, Outcome::Unknown(KafkaError::Canceled)), "{outcome:?}");
    }

    #[test]
    fn a_transaction_that_does_not_get_through_in_time_is_left_to_the_next_producer() {
        let broker = MockCluster::new(1).unwrap();
        broker.create_topic("t", 1, 1).unwrap();
        let (bootstrap_servers, properties) = (broker.bootstrap_servers(), KafkaProperties::default());
        let cluster = Cluster { bootstrap_servers, group_id: "g".to_owned(), properties };
        let consumer: BaseConsumer = cluster.reader().create().unwrap();
        let metadata = Arc::new(consumer.group_metadata().unwrap());
        let attempt = |to_send| {
            let producer = initialise(&cluster.producer("g.i.ingest"), Events::of("test"), CALL_TIMEOUT).unwrap();
            broker.broker_round_trip_time(1, Duration::from_millis(300)).unwrap();
            let nothing = (&TopicPartitionList::new(), &Early::default());
            let patience = Patience { is_over: &|| false, to_send };
            let outcome =
                run(&Arc::new(producer), &metadata, nothing, |sending| sending.send(record(0)), || Ok(()), &patience);
            broker.broker_round_trip_time(1, Duration::ZERO).unwrap();
            outcome
        };
        let outcome = attempt(Duration::from_millis(50));
        assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
        let outcome = attempt(TRANSACTION_TIMEOUT);
        assert!(matches!(outcome, Outcome::Committed), "{outcome:?}");
    }
}
