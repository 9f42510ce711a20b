//! How a transaction ended.

use rdkafka::error::KafkaError;

/// How a transaction ended.
#[derive(Debug)]
pub enum Outcome {
    /// Everything in it is published.
    Committed,
    /// Nothing in it is published: it may be tried again.
    Aborted(KafkaError),
    /// It may or may not be published: what is in memory about it must be thrown away.
    Unknown(KafkaError),
}
