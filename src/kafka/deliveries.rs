//! What a transactional producer has to say between its calls.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, Producer, ProducerContext};
use rdkafka::statistics::Statistics;

use super::cluster::Events;
use super::extents::Spans;
use crate::clock::{self, Asked};
use crate::domain::time::Timestamp;
use crate::domain::time::clocks::Other;

/// Counts what could not be delivered, and notices when the cluster goes away.
pub(super) struct Deliveries {
    events: Events,
    pub(super) failed: AtomicU64,
    pub(super) first: Mutex<Option<KafkaError>>,
    pub(super) lost_all_brokers: AtomicBool,
    /// Whether the commit of the transaction was asked for.
    pub(super) asked_to_commit: AtomicBool,
    /// Where the records of the transaction lie.
    spans: Mutex<Spans>,
    /// How much the client has had to say.
    heard: AtomicU64,
    /// When the broker appended the first record of the transaction, in milliseconds since 1970; or one of the two below.
    appended: AtomicI64,
}

/// The broker's time is cut to milliseconds; in microseconds.
const LESS_THAN_A_MILLISECOND: i64 = 999;
/// No record has been delivered since the time was asked for.
const NOT_YET: i64 = i64::MIN;
/// The topic keeps the producer's time, not the broker's.
const NOT_SAID: i64 = i64::MIN + 1;

impl Deliveries {
    pub(super) fn of(events: Events) -> Self {
        let (failed, first) = (AtomicU64::new(0), Mutex::new(None));
        Self {
            events,
            failed,
            first,
            lost_all_brokers: AtomicBool::new(false),
            asked_to_commit: AtomicBool::new(false),
            spans: Mutex::default(),
            heard: AtomicU64::new(0),
            appended: AtomicI64::new(NOT_SAID),
        }
    }

    /// From now on the first record that is delivered tells the broker's time, where its topic has that.
    pub(super) fn ask_the_time(&self) -> Asked {
        self.appended.store(NOT_YET, Ordering::Relaxed);
        clock::ask()
    }

    /// Where the records of the transaction lie that were delivered.
    pub(super) fn spans(&self) -> MutexGuard<'_, Spans> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Compares this machine's clock with the broker's, as far as that was told since.
    pub(super) fn compare_clocks(&self, asked: Asked) {
        match self.appended.swap(NOT_SAID, Ordering::Relaxed) {
            NOT_YET | NOT_SAID => {}
            millis => clock::answered(Other::Kafka, asked, Timestamp::from_millis(millis), LESS_THAN_A_MILLISECOND),
        }
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
        if let Ok(message) = result
            && self.appended.load(Ordering::Relaxed) == NOT_YET
        {
            let appended = match message.timestamp() {
                rdkafka::Timestamp::LogAppendTime(millis) => millis,
                _ => NOT_SAID,
            };
            self.appended.store(appended, Ordering::Relaxed);
        }
        if let Ok(message) = result {
            self.spans().note(message.topic(), message.partition(), message.offset());
        }
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
