//! What a transactional producer has to say between its calls.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, Producer, ProducerContext};
use rdkafka::statistics::Statistics;

use super::cluster::Events;

/// Counts what could not be delivered, and notices when the cluster goes away.
pub(super) struct Deliveries {
    events: Events,
    pub(super) failed: AtomicU64,
    pub(super) first: Mutex<Option<KafkaError>>,
    pub(super) lost_all_brokers: AtomicBool,
    /// How much the client has had to say.
    heard: AtomicU64,
}

impl Deliveries {
    pub(super) fn of(events: Events) -> Self {
        let (failed, first) = (AtomicU64::new(0), Mutex::new(None));
        Self { events, failed, first, lost_all_brokers: AtomicBool::new(false), heard: AtomicU64::new(0) }
    }

    fn hear(&self) {
        self.heard.fetch_add(1, Ordering::Relaxed);
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: rdkafka::config::RDKafkaLogLevel, facility: &str, message: &str) {
        self.hear();
        self.events.log(level, facility, message);
    }

    fn stats(&self, statistics: Statistics) {
        self.hear();
        self.events.stats(statistics);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.hear();
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown) {
            self.lost_all_brokers.store(true, Ordering::Relaxed);
        }
        self.events.error(error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        self.hear();
        if let Err((error, message)) = result {
            self.failed.fetch_add(1, Ordering::Relaxed);
            self.first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| {
                tracing::debug!(topic = message.topic(), %error, "a record was not delivered");
                error.clone()
            });
        }
    }
}

/// Takes all that the client has to say: a poll takes one event, and after an outage many wait.
pub(super) fn hear_out(producer: &BaseProducer<Deliveries>) {
    let heard = || producer.context().heard.load(Ordering::Relaxed);
    loop {
        let before = heard();
        producer.poll(Duration::ZERO);
        if heard() == before {
            return;
        }
    }
}
