//! A client that only asks, and is made anew when what it knows of its group's coordinator may be old.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaResult;

use super::cluster::Events;
use super::hearing::hear_out;

/// A consumer of a group that is never a member of it.
///
/// A coordinator that stands still is connected to, and counts as alive until it has left something unanswered for
/// `socket.timeout.ms`. A member finds out by its heartbeats, this one only when it asks; then everything that it is asked waits for
/// that long.
pub(super) struct Asking {
    config: ClientConfig,
    /// One of `label::READER`.
    name: &'static str,
    consumer: Mutex<Arc<BaseConsumer<Events>>>,
}

impl Asking {
    /// # Errors
    /// librdkafka's error, where it does not accept the settings.
    pub(super) fn new(config: ClientConfig, name: &'static str) -> KafkaResult<Self> {
        let consumer = Mutex::new(Arc::new(config.create_with_context(Events::of(name))?));
        Ok(Self { config, name, consumer })
    }

    /// Asks, and hears what the client has to say.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&BaseConsumer<Events>) -> T) -> T {
        let consumer = Arc::clone(&self.consumer.lock().unwrap_or_else(PoisonError::into_inner));
        let answer = question(&consumer);
        hear_out(self.name, &consumer);
        answer
    }

    /// Makes the client anew: it looks for the coordinator when it is asked next.
    pub(super) fn renew(&self) {
        let new = match self.config.create_with_context(Events::of(self.name)) {
            Ok(new) => Arc::new(new),
            Err(error) => {
                tracing::warn!(client = self.name, %error, "a client could not be made anew; the one there is goes on");
                return;
            }
        };
        let old = std::mem::replace(&mut *self.consumer.lock().unwrap_or_else(PoisonError::into_inner), new);
        // Its end may wait for a broker that does not answer.
        if let Err(error) = Builder::new().name("client-ends".to_owned()).spawn(move || drop(old)) {
            tracing::error!(%error, "no thread can be started to end a client");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rdkafka::consumer::Consumer as _;
    use rdkafka::mocking::{MockCluster, MockCoordinator};
    use rdkafka::topic_partition_list::TopicPartitionList;

    use super::*;
    use crate::config::KafkaProperties;
    use crate::kafka::cluster::Cluster;

    #[test]
    fn one_that_is_made_anew_asks_the_coordinator_there_is_now() {
        let brokers = MockCluster::new(2).unwrap();
        brokers.create_topic("t", 1, 1).unwrap();
        let coordinates = |broker| brokers.coordinator(MockCoordinator::Group("g".to_owned()), broker).unwrap();
        coordinates(1);
        let (bootstrap_servers, group_id) = (brokers.bootstrap_servers(), "g".to_owned());
        let cluster = Cluster { bootstrap_servers, group_id, properties: KafkaProperties::default() };
        let asking = Asking::new(cluster.reader(), "offsets").unwrap();
        let mut wanted = TopicPartitionList::new();
        wanted.add_partition("t", 0);
        let ask = |patience| asking.ask(|consumer| consumer.committed_offsets(wanted.clone(), patience));
        ask(Duration::from_secs(10)).unwrap();

        // The first one is still connected, and says nothing in time; then the other one takes its place.
        brokers.broker_round_trip_time(1, Duration::from_secs(20)).unwrap();
        assert!(ask(Duration::from_millis(500)).is_err());
        coordinates(2);
        asking.renew();
        ask(Duration::from_secs(10)).unwrap();
    }
}
