//! The broker: librdkafka's mock cluster, in this process.
//!
//! It does for one instance that lives to the end: group, transactions and fetching work. It keeps no promise of a
//! real broker's: it forgets offsets that were committed in transactions, shows aborted records and fences nobody.

use rdkafka::error::KafkaResult;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use schedule_callback::config::Topics;

/// How many partitions each topic has: enough for commands to be forwarded from one to another.
const PARTITIONS: i32 = 4;

/// A cluster of one broker, gone when dropped.
pub(super) struct Broker(MockCluster<'static, DefaultProducerContext>);

impl Broker {
    /// Starts it on a free port of 127.0.0.1.
    pub(super) fn start() -> KafkaResult<Self> {
        MockCluster::new(1).map(Self)
    }

    /// `host:port`.
    pub(super) fn bootstrap_servers(&self) -> String {
        self.0.bootstrap_servers()
    }

    /// Makes all topics. The admin requests of `schedule-callback topics` are none of those that the mock answers.
    pub(super) fn make_topics(&self, topics: &Topics) -> KafkaResult<()> {
        topics.all().try_for_each(|(_, name)| self.0.create_topic(name.as_str(), PARTITIONS, 1))
    }
}
