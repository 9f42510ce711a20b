//! What a group has committed, from whichever broker keeps it now.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::cluster::Events;

/// How long is waited before a coordinator that is moving is asked again.
const PAUSE: Duration = Duration::from_millis(50);

/// The committed offsets of these partitions, once no transaction is pending on them. A group's coordinator may have moved since
/// this client asked the last time: librdkafka then hands the old one's refusal over, and looks for the new one meanwhile
/// (`rd_kafka_committed` in its `rdkafka.c` waits for a coordinator that it does not have, not for one that has moved).
///
/// # Errors
/// librdkafka's, where no coordinator answers within `patience`.
pub(super) fn committed(
    consumer: &BaseConsumer<Events>,
    wanted: &TopicPartitionList,
    patience: Duration,
) -> KafkaResult<TopicPartitionList> {
    let deadline = Instant::now() + patience;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match consumer.committed_offsets(wanted.clone(), left.max(PAUSE)) {
            Err(error) if is_moving(&error) && left > PAUSE => std::thread::sleep(PAUSE),
            outcome => return outcome,
        }
    }
}

fn is_moving(error: &KafkaError) -> bool {
    let codes = [Code::NotCoordinator, Code::CoordinatorNotAvailable, Code::CoordinatorLoadInProgress];
    error.rdkafka_error_code().is_some_and(|code| codes.contains(&code))
}

#[cfg(test)]
mod tests {
    use rdkafka::mocking::MockCluster;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    use super::*;
    use crate::config::KafkaProperties;
    use crate::kafka::cluster::Cluster;

    #[test]
    fn a_coordinator_that_has_moved_is_asked_again_where_it_is_now() {
        let broker = MockCluster::new(1).unwrap();
        broker.create_topic("t", 1, 1).unwrap();
        let (bootstrap_servers, group_id) = (broker.bootstrap_servers(), "g".to_owned());
        let cluster = Cluster { bootstrap_servers, group_id, properties: KafkaProperties::default() };
        let consumer = cluster.reader().create_with_context(Events::of("test")).unwrap();
        let mut wanted = TopicPartitionList::new();
        wanted.add_partition("t", 0);
        let patience = Duration::from_secs(10);
        committed(&consumer, &wanted, patience).unwrap();
        let moved = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
        broker.request_errors(RDKafkaApiKey::OffsetFetch, &[moved]);
        assert!(consumer.committed_offsets(wanted.clone(), patience).is_err(), "librdkafka asks again by itself now");
        broker.request_errors(RDKafkaApiKey::OffsetFetch, &[moved, moved]);
        committed(&consumer, &wanted, patience).unwrap();
    }
}
