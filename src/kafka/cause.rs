//! Classes of the client's errors, for metrics.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

/// One of the values of `label::CAUSE`.
pub fn cause(error: &KafkaError) -> &'static str {
    let Some(code) = error.rdkafka_error_code() else { return "other" };
    match code {
        Code::OperationTimedOut | Code::RequestTimedOut | Code::MessageTimedOut | Code::TimedOutQueue => "timeout",
        Code::AllBrokersDown
        | Code::BrokerTransportFailure
        | Code::LeaderNotAvailable
        | Code::BrokerNotAvailable
        | Code::ReplicaNotAvailable
        | Code::CoordinatorNotAvailable
        | Code::CoordinatorLoadInProgress
        | Code::NotCoordinator => "unavailable",
        Code::Fenced
        | Code::ProducerFenced
        | Code::InvalidProducerEpoch
        | Code::TransactionCoordinatorFenced
        | Code::IllegalGeneration
        | Code::UnknownMemberId
        | Code::FencedInstanceId
        | Code::FencedMemberEpoch => "fenced",
        Code::ConcurrentTransactions => "conflict",
        Code::MessageSizeTooLarge | Code::InvalidMessageSize | Code::MessageBatchTooLarge => "too_large",
        Code::TopicAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed
        | Code::TransactionalIdAuthorizationFailed
        | Code::SaslAuthenticationFailed
        | Code::Authentication => "denied",
        _ => "other",
    }
}

/// Whether the broker has another instance, or a later generation, in this one's place.
pub fn is_fenced(error: &KafkaError) -> bool {
    cause(error) == "fenced"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::label;

    #[test]
    fn a_cause_is_a_known_value_of_the_label() {
        let produced = |code| cause(&KafkaError::MessageProduction(code));
        assert_eq!(produced(Code::ProducerFenced), "fenced");
        assert_eq!(produced(Code::MessageSizeTooLarge), "too_large");
        assert_eq!(produced(Code::MessageTimedOut), "timeout");
        assert_eq!(cause(&KafkaError::Canceled), "other");
        for code in [
            Code::AllBrokersDown,
            Code::OperationTimedOut,
            Code::IllegalGeneration,
            Code::ConcurrentTransactions,
            Code::MessageBatchTooLarge,
            Code::TopicAuthorizationFailed,
            Code::Unknown,
        ] {
            assert!(label::CAUSE.values.contains(&produced(code)), "{code:?}");
        }
    }
}
