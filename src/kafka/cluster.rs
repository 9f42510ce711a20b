//! The settings of every client, in one place: what the protocol needs, and what was measured to matter.

use std::env;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::BaseProducer;
use rdkafka::statistics::Statistics;

use super::positions::Positions;
use super::statistics::{self, Measured};
use crate::config::KafkaProperties;

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
/// How many producers of a loop take turns: with two, a transaction lies between one's commit and its next beginning.
pub const PRODUCERS: usize = 2;
/// How long a broker may take to answer before its connection is given up. What was asked of one that stands still is held up
/// for as long, the way back into the group too, also where another one has taken its partitions over by then, which takes
/// 9 s; librdkafka's default is a minute, and 30 s for a producer whose transactions may take as long.
const ANSWER: Duration = Duration::from_secs(10);
/// How long it may take until a connection can be used. A broker that stands still is connected to all the same (its machine
/// accepts), and says nothing: whoever is led to it before another one takes its place finds that out after this time.
/// librdkafka's default is 30 s, and 10 s for the first answer of a broker (`api.version.request.timeout.ms`).
const CONNECTED: Duration = Duration::from_secs(5);
/// The same for producers that are made anew, when they are tried for the first time (docs/decisions/0027).
const CONNECTED_SOON: Duration = Duration::from_secs(2);
const CONNECTION_SETUP: &str = "socket.connection.setup.timeout.ms";
/// What a consumer whose partitions have queues of their own may fetch ahead, all of them together: `FETCH_AHEAD_RECORDS`
/// are four batches.
const FETCH_AHEAD_RECORDS: i32 = 20_000;
/// The same in KiB.
const FETCH_AHEAD_KIB: i32 = 32 * 1024;
/// How long a fetch of such a consumer waits. While its queue is full a partition is not fetched, and when there is room
/// again the fetch under way, of the others, has to return first: in that time its queue must not run empty.
const FETCH_WAIT: Duration = Duration::from_millis(50);
/// How often a client looks how many partitions its topics have: the command topic may grow, and what it grows by is to
/// be read within a minute, for which the group has to be balanced anew. librdkafka's default is five minutes.
const METADATA_REFRESH: Duration = Duration::from_secs(10);
/// The largest record that is passed on: a dead letter is its command and a few headers more.
const MESSAGE_MAX_BYTES: usize = 8 * 1024 * 1024;

/// What an OpenSSL that is compiled in (`make dist`) is told about the certificates of authorities: it was built for no
/// distribution in particular, so librdkafka looks where they keep theirs. The operator's `ssl.ca.location` wins, and so
/// do the variables that OpenSSL itself reads. PostgreSQL's client always looks in those places.
const AUTHORITIES: &str = "probe";

/// Which cluster, as which group, with which further librdkafka settings.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// `host:port`, comma separated.
    pub bootstrap_servers: String,
    /// The consumer group of all instances.
    pub group_id: String,
    /// Settings passed on to librdkafka; what the protocol needs wins over them.
    pub properties: KafkaProperties,
}

impl Cluster {
    /// The settings that all clients share.
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("client.id", "schedule-callback")
            .set("socket.keepalive.enable", "true")
            .set("reconnect.backoff.max.ms", "2000")
            .set("socket.timeout.ms", ANSWER.as_millis().to_string())
            .set(CONNECTION_SETUP, CONNECTED.as_millis().to_string())
            .set("message.max.bytes", MESSAGE_MAX_BYTES.to_string())
            .set("topic.metadata.refresh.interval.ms", METADATA_REFRESH.as_millis().to_string())
            .set_log_level(RDKafkaLogLevel::Info);
        if cfg!(feature = "static") && !["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| env::var_os(name).is_some())
        {
            config.set("ssl.ca.location", AUTHORITIES);
        }
        self.pass_on(&mut config);
        config.set("bootstrap.servers", &self.bootstrap_servers);
        config
    }

    /// These settings, with the client's own statistics gathered. Only for a client that is polled all the time: what
    /// it has gathered waits in its queue, without bound.
    pub fn measured(&self, mut config: ClientConfig) -> ClientConfig {
        let interval = self.properties.get(statistics::INTERVAL).unwrap_or(statistics::EVERY_MILLIS);
        config.set(statistics::INTERVAL, interval);
        config
    }

    /// How often they are gathered; `None` where they are not.
    pub fn statistics_interval(&self) -> Option<Duration> {
        let interval = self.properties.get(statistics::INTERVAL).unwrap_or(statistics::EVERY_MILLIS);
        interval.parse().ok().filter(|millis| *millis > 0).map(Duration::from_millis)
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
            // An offset that is gone is told, not passed over in silence: whoever reads decides where to go on.
            .set("auto.offset.reset", "error")
            // A batch whose checksum is wrong is told, not read as if it were right.
            .set("check.crcs", "true")
            .set("enable.partition.eof", "false");
        config
    }

    /// The same for a consumer of a topic with so many partitions that have queues of their own: librdkafka's bounds
    /// then hold for each of them. Each gets its part, but enough to be read alone at a fair pace.
    pub fn in_turns(&self, mut config: ClientConfig, partitions: i32) -> ClientConfig {
        let part = |of_all: i32, at_least: i32| (of_all / partitions.max(1)).max(at_least);
        let ours = [
            ("queued.min.messages", part(FETCH_AHEAD_RECORDS, 500)),
            ("queued.max.messages.kbytes", part(FETCH_AHEAD_KIB, 256)),
            // One fetch more than these bounds may be there; librdkafka's default is a MiB.
            ("fetch.message.max.bytes", part(FETCH_AHEAD_KIB, 128).min(1024) * 1024),
            ("fetch.wait.max.ms", i32::try_from(FETCH_WAIT.as_millis()).unwrap_or(i32::MAX)),
        ];
        for (name, value) in ours {
            if !self.properties.has(name) {
                config.set(name, value.to_string());
            }
        }
        config
    }

    /// The consumer that is a member of the group, a static one (KIP-345) under this name: where the client gives its membership
    /// up by itself, it takes its own place again, and nobody waits for the member that it was (docs/decisions/0026). No other
    /// member may have or have had that name: who takes a place puts out whoever has it.
    pub fn member(&self, name: &str) -> ClientConfig {
        let mut config = self.measured(self.reader());
        let ours = [
            ("session.timeout.ms", SESSION_TIMEOUT),
            ("heartbeat.interval.ms", HEARTBEAT),
            ("max.poll.interval.ms", MAX_POLL_INTERVAL),
        ];
        for (name, value) in ours {
            if !self.properties.has(name) {
                config.set(name, value.as_millis().to_string());
            }
        }
        config.set("partition.assignment.strategy", "cooperative-sticky").set("group.instance.id", name);
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
        // The first without a number, as version 0.1.0 had its only one: so each aborts what the other left.
        std::array::from_fn(|number| match number {
            0 => format!("{}.{instance}.{of}", self.group_id),
            number => format!("{}.{instance}.{of}.{number}", self.group_id),
        })
    }

    /// Makes clients of both kinds and throws them away, without an address to connect to: shows whether the properties
    /// go together, and whether the files that they name can be used.
    ///
    /// # Errors
    /// What librdkafka will not take.
    pub fn check(&self) -> KafkaResult<()> {
        let (mut reader, mut producer) = (self.reader(), self.producer("check"));
        reader.remove("bootstrap.servers").create::<BaseConsumer>()?;
        producer.remove("bootstrap.servers").create::<BaseProducer>()?;
        Ok(())
    }

    /// A producer that leaves a broker sooner which is connected to and says nothing: another one may have taken over by then. Not
    /// for one that has to come through however slow the brokers are.
    pub fn impatient(&self, mut producer: ClientConfig) -> ClientConfig {
        if !self.properties.has(CONNECTION_SETUP) {
            producer.set(CONNECTION_SETUP, CONNECTED_SOON.as_millis().to_string());
        }
        producer
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
    /// Why the last connection failed.
    fault: Arc<Mutex<Option<String>>>,
    /// What was said of the last error.
    news: Arc<Mutex<Option<String>>>,
    measured: Option<Arc<Measured>>,
}

impl Events {
    /// Events of the client with that name.
    pub fn of(client: &str) -> Self {
        Self { client: client.into(), fault: Arc::default(), news: Arc::default(), measured: None }
    }

    /// The same, of a client whose statistics are metrics: under `label`, one of `label::CLIENT`.
    pub fn measured(client: &str, label: &'static str) -> Self {
        Self { measured: Some(Arc::new(Measured::of(label))), ..Self::of(client) }
    }

    /// Why the last connection failed, as far as the client was polled since. It stays until it is forgotten: librdkafka
    /// tells the same reason once in half a minute.
    pub(super) fn last_fault(&self) -> Option<String> {
        self.fault().clone()
    }

    /// The same, whose statistics also tell how far it has fetched.
    pub fn telling(client: &str, label: &'static str, positions: Positions) -> Self {
        Self { measured: Some(Arc::new(Measured::telling(label, positions))), ..Self::of(client) }
    }

    /// To be called once the client has an answer.
    pub(super) fn forget_fault(&self) {
        *self.fault() = None;
    }

    fn fault(&self) -> MutexGuard<'_, Option<String>> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
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
        let code = error.rdkafka_error_code();
        // That none is left says nothing of why.
        if code == Some(RDKafkaErrorCode::AllBrokersDown) {
            return;
        }
        let before = self.fault().replace(reason.to_owned());
        // No condition of ours names this, and waiting does not help: once, loudly.
        if code.is_some_and(is_missing_right) && before.as_deref() != Some(reason) {
            tracing::warn!(client = %self.client, "Kafka does not let this client do its work: {reason}");
        }
    }
}

impl ConsumerContext for Events {}

/// A client that tells what its last error was about: the error itself has a code only.
pub trait Says {
    /// What it said last.
    fn said(&self) -> Option<String>;
    /// Whether that cause is another one than that of the error before; it is remembered.
    fn is_news(&self, cause: &str) -> bool;
}

impl Says for Events {
    fn said(&self) -> Option<String> {
        self.last_fault()
    }

    fn is_news(&self, cause: &str) -> bool {
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = news.as_deref() != Some(cause);
        if is_news {
            *news = Some(cause.to_owned());
        }
        is_news
    }
}

/// Whether an ACL is missing.
pub(super) fn is_missing_right(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::GroupAuthorizationFailed
            | RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::TransactionalIdAuthorizationFailed
            | RDKafkaErrorCode::ClusterAuthorizationFailed
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_settings_say_is_passed_on_and_the_rest_has_the_values_that_were_measured() {
        let cluster = |properties: &[(&str, &str)]| Cluster {
            bootstrap_servers: "a:1".to_owned(),
            group_id: "g".to_owned(),
            properties: properties
                .iter()
                .fold(KafkaProperties::default(), |all, &(name, value)| all.with(name, value.to_owned())),
        };
        let given = cluster(&[("session.timeout.ms", "20000"), ("fetch.wait.max.ms", "7"), ("linger.ms", "3")]);
        let (member, producer) = (given.member("m"), given.producer("t"));
        assert_eq!(member.get("session.timeout.ms"), Some("20000"));
        assert_eq!(member.get("heartbeat.interval.ms"), Some("500"));
        assert_eq!((member.get("fetch.wait.max.ms"), producer.get("linger.ms")), (Some("7"), Some("3")));
        assert_eq!(cluster(&[]).member("m").get("session.timeout.ms"), Some("6000"));
    }

    #[test]
    fn what_is_fetched_ahead_is_shared_by_the_partitions_unless_the_settings_say_otherwise() {
        let cluster =
            |properties| Cluster { bootstrap_servers: "a:1".to_owned(), group_id: "g".to_owned(), properties };
        let bounds = |cluster: Cluster, partitions| {
            let config = cluster.in_turns(cluster.member("m"), partitions);
            ["queued.min.messages", "queued.max.messages.kbytes", "fetch.message.max.bytes", "fetch.wait.max.ms"]
                .map(|name| config.get(name).unwrap().to_owned())
        };
        let plain = || cluster(KafkaProperties::default());
        assert_eq!(bounds(plain(), 1), ["20000", "32768", "1048576", "50"]);
        assert_eq!(bounds(plain(), 8), ["2500", "4096", "1048576", "50"]);
        assert_eq!(bounds(plain(), 1_024), ["500", "256", "131072", "50"]);
        let told = KafkaProperties::default().with("queued.min.messages", "7".to_owned());
        assert_eq!(bounds(cluster(told), 8), ["7", "4096", "1048576", "50"]);
    }

    #[test]
    fn a_password_does_not_show_when_a_cluster_is_printed() {
        let properties = KafkaProperties::default().with("sasl.password", "hunter2".to_owned());
        let cluster = Cluster { bootstrap_servers: "k:9092".to_owned(), group_id: "g".to_owned(), properties };
        let shown = format!("{cluster:?}");
        assert!(shown.contains("sasl.password") && !shown.contains("hunter2"), "{shown}");
    }
}
