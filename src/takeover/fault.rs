//! Why an attempt at taking shards over does not go on.

use thiserror::Error;

use crate::domain::installation::Misplaced;
use crate::kafka;
use crate::kafka::fault;
use crate::kafka::offsets::OffsetsError;
use crate::postgres::DatabaseError;
use crate::protocol::Fault;

/// What went wrong in a step of a takeover.
#[derive(Debug, Error)]
pub(super) enum TakeoverError {
    /// There is no connection to the database, so nothing was asked of it.
    #[error("{}", .0.describe())]
    NoDatabase(DatabaseError),
    /// The database was asked, and this came of it.
    #[error("{}", .0.describe())]
    Database(DatabaseError),
    #[error(transparent)]
    Offsets(#[from] OffsetsError),
    #[error("the broker did not take the markers under this assignment")]
    Unconfirmed,
    /// What was claimed was claimed on a server that counts no more.
    #[error("another PostgreSQL server came in the place of the one that was asked")]
    Replaced,
    #[error(transparent)]
    Misplaced(#[from] Misplaced),
}

impl TakeoverError {
    /// What it means to the protocol.
    pub(super) fn fault(&self) -> Fault {
        match self {
            Self::NoDatabase(_) => Fault::Away,
            Self::Database(error) if is_lost(error) => Fault::Unknown,
            Self::Database(error) if error.is_transient() => Fault::Aborted,
            Self::Database(_) | Self::Replaced | Self::Misplaced(_) | Self::Offsets(OffsetsError::Marker(_)) => {
                Fault::Refused
            }
            Self::Offsets(
                OffsetsError::Unstable(error)
                | OffsetsError::Refused(error)
                | OffsetsError::Unseen { source: error, .. },
            ) => match fault::of(error) {
                fault::Fault::Denied => Fault::Refused,
                _ => Fault::Away,
            },
            // The dispatch loop has made sure that nothing of it is left, or cannot: either way the truth is read again.
            Self::Unconfirmed => Fault::Unknown,
        }
    }

    /// Loop, server and cause, as metrics have them.
    pub(super) fn labels(&self) -> [&'static str; 3] {
        match self {
            Self::NoDatabase(error) | Self::Database(error) => ["takeover", "postgres", error.cause()],
            Self::Offsets(
                OffsetsError::Unstable(error)
                | OffsetsError::Refused(error)
                | OffsetsError::Unseen { source: error, .. },
            ) => ["takeover", "kafka", kafka::cause::cause(error)],
            Self::Offsets(OffsetsError::Marker(_)) => ["takeover", "kafka", "other"],
            Self::Unconfirmed => ["takeover", "kafka", "refused"],
            Self::Replaced | Self::Misplaced(_) => ["takeover", "postgres", "refused"],
        }
    }
}

/// Whether the answer is missing, so that what was asked for may have been done.
fn is_lost(error: &DatabaseError) -> bool {
    match error {
        DatabaseError::TimedOut(_) => true,
        DatabaseError::Postgres(error) => error.code().is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

    use super::*;

    #[test]
    fn only_what_was_never_asked_of_the_database_has_certainly_not_happened() {
        let timed_out = || DatabaseError::TimedOut(Duration::from_secs(1));
        assert_eq!(TakeoverError::NoDatabase(timed_out()).fault(), Fault::Away);
        assert_eq!(TakeoverError::Database(timed_out()).fault(), Fault::Unknown);
        assert_eq!(TakeoverError::Database(DatabaseError::Row("x".to_owned())).fault(), Fault::Refused);
        assert_eq!(TakeoverError::Unconfirmed.fault(), Fault::Unknown);
    }

    #[test]
    fn a_broker_that_denies_its_answer_is_not_away() {
        let of = |code| TakeoverError::from(OffsetsError::Unstable(KafkaError::OffsetFetch(code))).fault();
        assert_eq!(of(Code::GroupAuthorizationFailed), Fault::Refused);
        assert_eq!(of(Code::OperationTimedOut), Fault::Away);
    }
}
