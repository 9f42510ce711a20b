//! What an error that the client reports means for whoever reads, in one place.
//!
//! librdkafka hands an error over in the place of records, and goes on by itself: past a batch with a wrong checksum, from
//! another offset where the one that was asked for is gone. So an error that nobody looks at is a record that nobody
//! answers. Sources: librdkafka's `rdkafka_fetcher.c`, `rdkafka_msgset_reader.c`, `rdkafka_offset.c`, `rdkafka_cgrp.c`.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

/// A kind of errors, by what has to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A server is away or busy: the client tries again by itself, from where it stood.
    Passing,
    /// A right is missing, or the client is not let in: the client tries again, and a person has to look.
    Denied,
    /// The topic or the partition is not there.
    Missing,
    /// What stands at this place cannot be handed over, and the client may go past it: nobody else must.
    Unreadable,
    /// The offset to read from is not in the log: deleted, or the log ends before it.
    OffsetsGone,
    /// What stood before the offset is not what was read there: the log was cut and written anew.
    Truncated,
    /// The group does not know this member, or not under this generation.
    MembershipOver,
    /// The client does nothing any more.
    Fatal,
}

impl Fault {
    /// The value of the label `FAULT`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Passing => "passing",
            Self::Denied => "denied",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::OffsetsGone => "offsets_gone",
            Self::Truncated => "truncated",
            Self::MembershipOver => "membership_over",
            Self::Fatal => "fatal",
        }
    }
}

/// The kind of an error of a consumer. One that is not known counts as unreadable: a partition that stops is seen.
pub fn of(error: &KafkaError) -> Fault {
    if matches!(error, KafkaError::MessageConsumptionFatal(_)) {
        return Fault::Fatal;
    }
    if matches!(error, KafkaError::PartitionEOF(_)) {
        return Fault::Passing;
    }
    match error.rdkafka_error_code() {
        Some(code) => of_code(code),
        None => Fault::Unreadable,
    }
}

fn of_code(code: Code) -> Fault {
    match code {
        Code::NoError
        | Code::PartitionEOF
        | Code::AllBrokersDown
        | Code::BrokerTransportFailure
        | Code::BrokerDestroy
        | Code::DestroyBroker
        | Code::Resolve
        | Code::OperationTimedOut
        | Code::TimedOutQueue
        | Code::MessageTimedOut
        | Code::RequestTimedOut
        | Code::NetworkException
        | Code::WaitingForCoordinator
        | Code::WaitCache
        | Code::InProgress
        | Code::PreviousInProgress
        | Code::Outdated
        | Code::Retry
        | Code::UnknownBroker
        | Code::LeaderNotAvailable
        | Code::NotLeaderForPartition
        | Code::BrokerNotAvailable
        | Code::ReplicaNotAvailable
        | Code::PreferredLeaderNotAvailable
        | Code::EligibleLeadersNotAvailable
        | Code::ReassignmentInProgress
        | Code::OffsetNotAvailable
        | Code::FencedLeaderEpoch
        | Code::UnknownLeaderEpoch
        | Code::StaleBrokerEpoch
        | Code::StaleControllerEpoch
        | Code::NotController
        | Code::ListenerNotFound
        | Code::KafkaStorageError
        | Code::LogDirNotFound
        | Code::FetchSessionIdNotFound
        | Code::InvalidFetchSessionEpoch
        | Code::CoordinatorLoadInProgress
        | Code::CoordinatorNotAvailable
        | Code::NotCoordinator
        | Code::RebalanceInProgress
        | Code::MemberIdRequired
        | Code::UnstableOffsetCommit
        | Code::ConcurrentTransactions
        | Code::ThrottlingQuotaExceeded
        | Code::RebootstrapRequired
        | Code::Unknown => Fault::Passing,
        Code::TopicAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed
        | Code::TransactionalIdAuthorizationFailed
        | Code::DelegationTokenAuthorizationFailed
        | Code::DelegationTokenExpired
        | Code::SaslAuthenticationFailed
        | Code::UnsupportedSASLMechanism
        | Code::IllegalSASLState
        | Code::SecurityDisabled
        | Code::Authentication
        | Code::SSL
        | Code::GroupMaxSizeReached => Fault::Denied,
        Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition | Code::UnknownTopicId => {
            Fault::Missing
        }
        Code::AutoOffsetReset | Code::OffsetOutOfRange | Code::NoOffset => Fault::OffsetsGone,
        Code::LogTruncation => Fault::Truncated,
        Code::UnknownMemberId
        | Code::IllegalGeneration
        | Code::FencedInstanceId
        | Code::FencedMemberEpoch
        | Code::StaleMemberEpoch
        | Code::UnreleasedInstanceId
        | Code::AssignmentLost
        | Code::PollExceeded => Fault::MembershipOver,
        Code::Fatal | Code::Fenced => Fault::Fatal,
        _ => Fault::Unreadable,
    }
}

/// Whether a transaction failed since the group does not know this member any more, or not under the generation that the
/// transaction named.
pub fn is_membership_over(error: &KafkaError) -> bool {
    error.rdkafka_error_code().is_some_and(|code| of_code(code) == Fault::MembershipOver)
}

/// What a person reads of an error: the client's own words where there are any, since the error has only a code.
pub fn in_words(error: &KafkaError, said: Option<String>) -> String {
    match (said, error.rdkafka_error_code()) {
        (Some(said), Some(code)) if !said.contains(&code.to_string()) => format!("{code}: {said}"),
        (Some(said), _) => said,
        (None, _) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::label;

    fn consumed(code: Code) -> Fault {
        of(&KafkaError::MessageConsumption(code))
    }

    #[test]
    fn what_cannot_be_handed_over_is_never_taken_for_a_fault_that_passes() {
        for code in [
            Code::BadMessage,
            Code::BadCompression,
            Code::NotImplemented,
            Code::MessageSizeTooLarge,
            Code::InvalidMessage,
            Code::InvalidMessageSize,
            Code::UnsupportedCompressionType,
            Code::Underflow,
            // Such as nobody has thought of.
            Code::InvalidRecord,
            Code::PolicyViolation,
        ] {
            assert_eq!(consumed(code), Fault::Unreadable, "{code:?}");
        }
    }

    #[test]
    fn each_kind_has_its_errors() {
        assert_eq!(consumed(Code::OffsetOutOfRange), Fault::OffsetsGone);
        assert_eq!(consumed(Code::FencedInstanceId), Fault::MembershipOver);
        assert_eq!(consumed(Code::AllBrokersDown), Fault::Passing);
        assert_eq!(of(&KafkaError::PartitionEOF(3)), Fault::Passing);
        assert_eq!(consumed(Code::TopicAuthorizationFailed), Fault::Denied);
        assert_eq!(consumed(Code::UnknownTopicOrPartition), Fault::Missing);
        assert_eq!(consumed(Code::AutoOffsetReset), Fault::OffsetsGone);
        assert_eq!(consumed(Code::LogTruncation), Fault::Truncated);
        assert_eq!(consumed(Code::PollExceeded), Fault::MembershipOver);
        assert_eq!(of(&KafkaError::MessageConsumptionFatal(Code::FencedInstanceId)), Fault::Fatal);
        assert!(is_membership_over(&KafkaError::ConsumerCommit(Code::UnknownMemberId)));
        assert!(!is_membership_over(&KafkaError::Canceled));
    }

    #[test]
    fn each_kind_is_a_value_of_the_label() {
        let kinds = [
            Fault::Passing,
            Fault::Denied,
            Fault::Missing,
            Fault::Unreadable,
            Fault::OffsetsGone,
            Fault::Truncated,
            Fault::MembershipOver,
            Fault::Fatal,
        ];
        assert_eq!(kinds.map(Fault::label), label::FAULT.values);
    }

    #[test]
    fn a_person_reads_what_the_client_said() {
        let error = KafkaError::MessageConsumption(Code::BadMessage);
        let said = "MessageSet at offset 3 (80 bytes) failed CRC32C check".to_owned();
        assert_eq!(in_words(&error, Some(said.clone())), format!("{}: {said}", Code::BadMessage));
        assert_eq!(in_words(&error, None), error.to_string());
    }
}
