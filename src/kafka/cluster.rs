//! The settings of every client, in one place: what the protocol needs, and what was measured to matter.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use rdkafka::statistics::Statistics;

use super::statistics::{self, Measured};
use super::transactions::PRODUCERS;

/// How long after its last heartbeat a dead instance keeps its shards. The broker's default lower bound
/// (`group.min.session.timeout.ms`) is 6 s.
const SESSION_TIMEOUT: Duration = Duration::from_secs(6);
/// How often a member says that it lives. Its answer is also how it hears of a rebalance, so this bounds how long the
/// shards of one that left or died wait for the others.
const HEARTBEAT: Duration = Duration::from_millis(500);
/// How long the thread that consumes may stay away from the client: a revocation waits for open transactions and stages
/// ahead for ten seconds at most. It is also the group's rebalance timeout: so long the coordinator waits for a member
/// that lives and does not join again, and a join whose answer was lost for its repetition (librdkafka's default: 300 s,
/// which a broker killed on a machine under load once cost both instances).
const MAX_POLL_INTERVAL: Duration = Duration::from_secs(45);
/// How long a transaction may stay open. An owner that died is aborted by the next one before that (takeover, step 3).
pub const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest record that is passed on: a dead letter is its command and a few headers more.
const MESSAGE_MAX_BYTES: usize = 8 * 1024 * 1024;

/// Which cluster, as which group, with which further librdkafka settings.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// `host:port`, comma separated.
    pub bootstrap_servers: String,
    /// The consumer group of all instances.
    pub group_id: String,
    /// Settings passed on to librdkafka; what the protocol needs wins over them.
    pub properties: BTreeMap<String, String>,
}

impl Cluster {
    /// The settings that all clients share.
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("client.id", "schedule-callback")
            .set("socket.keepalive.enable", "true")
            .set("reconnect.backoff.max.ms", "2000")
            .set("message.max.bytes", MESSAGE_MAX_BYTES.to_string())
            .set_log_level(RDKafkaLogLevel::Info);
        self.pass_on(&mut config);
        config.set("bootstrap.servers", &self.bootstrap_servers);
        config
    }

    /// These settings, with the client's own statistics gathered. Only for a client that is polled all the time: what
    /// it has gathered waits in its queue, without bound.
    pub fn measured(&self, mut config: ClientConfig) -> ClientConfig {
        let interval = self.properties.get(statistics::INTERVAL).map_or(statistics::EVERY_MILLIS, String::as_str);
        config.set(statistics::INTERVAL, interval);
        config
    }

    /// The operator's settings.
    fn pass_on(&self, config: &mut ClientConfig) {
        for (name, value) in self.properties.iter().filter(|(name, _)| *name != statistics::INTERVAL) {
            config.set(name, value);
        }
    }

    /// A consumer that reads committed records and never commits by itself.
    pub fn reader(&self) -> ClientConfig {
        let mut config = self.client();
        // A quiet topic costs one fetch a second and broker; an idle fetch answers at once when a record comes.
        config
            .set("fetch.wait.max.ms", "500")
            .set("fetch.queue.backoff.ms", "5")
            .set("queued.min.messages", "20000")
            .set("queued.max.messages.kbytes", "32768");
        self.pass_on(&mut config);
        config
            .set("bootstrap.servers", &self.bootstrap_servers)
            .set("group.id", &self.group_id)
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            .set("enable.partition.eof", "false");
        config
    }

    /// The consumer that is a member of the group.
    pub fn member(&self) -> ClientConfig {
        let mut config = self.measured(self.reader());
        config
            .set("session.timeout.ms", SESSION_TIMEOUT.as_millis().to_string())
            .set("heartbeat.interval.ms", HEARTBEAT.as_millis().to_string())
            .set("max.poll.interval.ms", MAX_POLL_INTERVAL.as_millis().to_string())
            .set("partition.assignment.strategy", "cooperative-sticky");
        config
    }

    /// The transactional ids of an instance's producers of answers.
    pub fn ingest_transactional_ids(&self, instance: &str) -> [String; PRODUCERS] {
        self.transactional_ids(instance, "ingest")
    }

    /// The transactional ids of an instance's producers of due events.
    pub fn dispatch_transactional_ids(&self, instance: &str) -> [String; PRODUCERS] {
        self.transactional_ids(instance, "dispatch")
    }

    fn transactional_ids(&self, instance: &str, of: &str) -> [String; PRODUCERS] {
        std::array::from_fn(|number| format!("{}.{instance}.{of}.{number}", self.group_id))
    }

    /// A transactional producer.
    pub fn producer(&self, transactional_id: &str) -> ClientConfig {
        let mut config = self.client();
        config
            .set("linger.ms", "1")
            .set("queue.buffering.max.messages", "500000")
            .set("batch.num.messages", "20000")
            .set("batch.size", "1000000")
            .set("sticky.partitioning.linger.ms", "0")
            .set("compression.type", "lz4")
            .set("partitioner", "murmur2_random");
        self.pass_on(&mut config);
        config
            .set("bootstrap.servers", &self.bootstrap_servers)
            .set("enable.idempotence", "true")
            .set("transactional.id", transactional_id)
            .set("transaction.timeout.ms", TRANSACTION_TIMEOUT.as_millis().to_string());
        config
    }
}

/// Takes librdkafka's log lines, errors and statistics.
#[derive(Clone, Debug)]
pub struct Events {
    client: Arc<str>,
    measured: Option<Arc<Measured>>,
}

impl Events {
    /// Events of the client with that name.
    pub fn of(client: &str) -> Self {
        Self { client: client.into(), measured: None }
    }

    /// The same, of a client whose statistics are metrics: under `label`, one of `label::CLIENT`.
    pub fn measured(client: &str, label: &'static str) -> Self {
        Self { measured: Some(Arc::new(Measured::of(label))), ..Self::of(client) }
    }
}

impl ClientContext for Events {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        // librdkafka reports every broken connection at ERROR; they are its own business to mend, and readiness tells.
        tracing::debug!(client = %self.client, level = ?level, facility, "{message}");
    }

    fn stats(&self, statistics: Statistics) {
        if let Some(measured) = &self.measured {
            measured.report(&statistics);
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // Each client says it several times a second while the broker is away: `Readiness` says it once.
        tracing::debug!(client = %self.client, %error, "{reason}");
    }
}

impl ConsumerContext for Events {}
