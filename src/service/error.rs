//! Why the service could not start, or ended.

use rdkafka::error::KafkaError;
use thiserror::Error;

use crate::config::ConfigError;
use crate::domain::installation::Misplaced;

/// Why the service could not start, or ended by itself.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// The settings cannot be used: exit status 64.
    #[error(transparent)]
    Settings(#[from] ConfigError),
    /// Two that must not share would: exit status 64.
    #[error(transparent)]
    Misplaced(#[from] Misplaced),
    /// Something is not there within `service.startup_timeout`: exit status 69.
    #[error("{0}")]
    Unavailable(String),
    /// A fault of this program's own: exit status 70.
    #[error("{0}")]
    Internal(String),
}

impl From<KafkaError> for ServiceError {
    fn from(error: KafkaError) -> Self {
        Self::Internal(format!("the Kafka client does not start: {error}"))
    }
}
