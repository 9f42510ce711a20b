//! Publishes records for the command line's tools: idempotent, in order, each one acknowledged by all replicas.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{Producer, ProducerContext, ThreadedProducer};
use thiserror::Error;

use super::cluster::{Cluster, Events};
use super::transactions::NewRecord;

/// How long all records together may take to be acknowledged after the last was sent.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait while the client's queue is full.
const QUEUE_STEP: Duration = Duration::from_millis(5);

/// Some records did not arrive.
#[derive(Debug, Error)]
pub enum Undelivered {
    /// The client would not take a record, or the broker did not answer.
    #[error("the broker did not take the records")]
    Kafka(#[from] KafkaError),
    /// The broker refused some.
    #[error("{0} records were not taken by the broker")]
    Refused(u64),
}

struct Deliveries {
    events: Events,
    refused: AtomicU64,
}

impl ClientContext for Deliveries {
    fn log(&self, level: rdkafka::config::RDKafkaLogLevel, facility: &str, message: &str) {
        self.events.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.events.error(error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if result.is_err() {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A producer without transactions.
pub struct Publisher {
    producer: ThreadedProducer<Deliveries>,
}

impl Publisher {
    /// # Errors
    /// Where librdkafka does not take the settings.
    pub fn new(cluster: &Cluster) -> KafkaResult<Self> {
        let mut config = cluster.client();
        config.set("enable.idempotence", "true").set("partitioner", "murmur2_random");
        let context = Deliveries { events: Events::of("publisher"), refused: AtomicU64::new(0) };
        Ok(Self { producer: ThreadedProducer::from_config_and_context(&config, context)? })
    }

    /// Queues a record; waits while the queue is full.
    ///
    /// # Errors
    /// Where librdkafka will not take it.
    pub fn send(&self, record: NewRecord<'_>) -> KafkaResult<()> {
        let mut outgoing = record.for_client();
        loop {
            match self.producer.send(outgoing) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    outgoing = back;
                    std::thread::sleep(QUEUE_STEP);
                }
                Err((error, _)) => return Err(error),
            }
        }
    }

    /// Waits until every record is acknowledged.
    ///
    /// # Errors
    /// Where some were not.
    pub fn finish(self) -> Result<(), Undelivered> {
        self.producer.flush(FLUSH_TIMEOUT)?;
        match self.producer.context().refused.load(Ordering::Relaxed) {
            0 => Ok(()),
            refused => Err(Undelivered::Refused(refused)),
        }
    }
}
