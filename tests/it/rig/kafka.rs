//! Apache Kafka: KRaft nodes, each broker and controller in one Java process. Mostly one; `cluster` makes several.

mod cluster;

use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::types::RDKafkaErrorCode;
use rustix::process::Signal;

pub use self::cluster::{Replicas, Role, coordinated_in};
use super::keeper::{self, Ending};
use super::ports::free_port;
use super::process::{Supervised, tail};
use super::proxy::Proxy;
use super::runtime::block_on;
use super::wait::{DEADLINE, wait_until};

/// How many proxies can stand before one broker at a time.
const PROXIED_LISTENERS: usize = 12;

/// Into how many partitions each of the two coordinators divides what it coordinates (`PROPERTIES`).
pub const COORDINATED: i32 = 4;

/// What a single node needs (all replication factors 1), and what makes a test quick: no pause before the first
/// rebalance, short sessions allowed, few partitions to load at a coordinator's start. A broker that was killed may
/// register again only when its old session is over.
const PROPERTIES: &str = "\
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
";

/// A broker, stopped and removed when dropped; the first of a cluster where there are others.
#[derive(Debug)]
pub struct Kafka {
    folder: PathBuf,
    port: u16,
    /// The port that controllers speak to each other by.
    controller: u16,
    /// The other nodes of its cluster.
    others: Vec<Self>,
    proxied: Mutex<Vec<Proxied>>,
    process: Mutex<Option<Supervised>>,
}

/// A listener whose clients are told to come by another port: the proxy's.
#[derive(Clone, Copy, Debug)]
struct Proxied {
    broker_port: u16,
    proxy_port: u16,
}

impl Kafka {
    /// Starts a broker and waits until it answers.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a broker with further lines in its `server.properties`; the last line on a property counts.
    pub fn start_with(properties: &[(&str, &str)]) -> Self {
        Self::start_on(free_port(), properties, &[])
    }

    /// Starts a broker on a port that others know, its storage made with further arguments.
    pub fn start_on(port: u16, properties: &[(&str, &str)], format: &[String]) -> Self {
        let kafka = Self::on_port(port);
        let quorum = format!("controller.quorum.bootstrap.servers=127.0.0.1:{}\n", kafka.controller);
        let own = properties.iter().map(|(name, value)| format!("{name}={value}\n"));
        kafka.write(std::iter::once(quorum).chain(own));
        kafka.format(&[&["--standalone".to_owned()][..], format].concat(), port);
        kafka.restart();
        kafka
    }

    /// The process number; none while the broker is down.
    pub fn pid(&self) -> Option<u32> {
        self.process().as_ref().map(Supervised::pid)
    }

    /// A node that has nothing on its disk yet.
    fn on_port(port: u16) -> Self {
        let proxied =
            (0..PROXIED_LISTENERS).map(|_| Proxied { broker_port: free_port(), proxy_port: free_port() }).collect();
        Self {
            folder: keeper::folder("kafka"),
            port,
            controller: free_port(),
            others: Vec::new(),
            proxied: Mutex::new(proxied),
            process: Mutex::new(None),
        }
    }

    /// Writes its properties: what each node needs, its addresses, and these lines; the last line on a property counts.
    fn write(&self, own: impl IntoIterator<Item = String>) {
        let proxied = self.proxied.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = [PROPERTIES.to_owned(), self.addresses(&proxied)].into_iter().chain(own).collect::<String>();
        fs::write(self.properties(), text).expect("the folder is ours");
    }

    /// `host:port` of each node, for `bootstrap.servers`.
    pub fn bootstrap(&self) -> String {
        self.nodes().iter().map(|node| node.address()).collect::<Vec<_>>().join(",")
    }

    /// All nodes of its cluster: the first one has the id 1.
    pub fn nodes(&self) -> Vec<&Self> {
        std::iter::once(self).chain(&self.others).collect()
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A client configuration that has the broker's address.
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.bootstrap());
        config
    }

    /// A proxy before this broker. Clients that start at [`Proxy::address`] stay behind it, since the broker tells them
    /// no other address. There are a few for each broker; a dropped one is not given back.
    ///
    /// # Panics
    /// When all of them have been taken.
    pub fn proxy(&self) -> Proxy {
        let next = self.proxied.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Proxied { broker_port, proxy_port } = next.expect("a broker has no proxy left: raise PROXIED_LISTENERS");
        Proxy::listen_on(proxy_port, SocketAddr::from((Ipv4Addr::LOCALHOST, broker_port)))
    }

    /// Makes topics with so many partitions each; those that are there already are left alone.
    pub fn create_topics(&self, topics: &[(&str, i32)]) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().expect("the configuration is right");
        let replicas = i32::try_from(self.nodes().len()).expect("a cluster of the rig is small");
        let topics: Vec<_> = topics
            .iter()
            .map(|(name, partitions)| NewTopic::new(name, *partitions, TopicReplication::Fixed(replicas)))
            .collect();
        let options = AdminOptions::new().operation_timeout(Some(DEADLINE));
        let made = block_on(admin.create_topics(&topics, &options));
        for outcome in made.expect("the broker answers") {
            match outcome {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((name, code)) => panic!("cannot make topic {name}: {code}"),
            }
        }
    }

    /// Keeps what is in these topics for so long, and not much longer: `retention.ms`, in segments that are closed in time.
    pub fn keep_for(&self, topics: &[&str], time: Duration) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().expect("the configuration is right");
        let (retention, segment) = (time.as_millis().to_string(), (time.as_millis() / 4).to_string());
        let configs: Vec<_> = topics
            .iter()
            .map(|topic| {
                AlterConfig::new(ResourceSpecifier::Topic(topic))
                    .set("retention.ms", &retention)
                    .set("segment.ms", &segment)
                    .set("segment.bytes", "67108864")
            })
            .collect();
        let options = AdminOptions::new().operation_timeout(Some(DEADLINE));
        for outcome in block_on(admin.alter_configs(&configs, &options)).expect("the broker answers") {
            outcome.unwrap_or_else(|(topic, code)| panic!("{topic:?} cannot be kept for {time:?}: {code}"));
        }
    }

    /// `kafka-topics --alter --partitions`: adds partitions to a topic until it has so many.
    pub fn grow_topic(&self, topic: &str, partitions: usize) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().expect("the configuration is right");
        let options = AdminOptions::new().operation_timeout(Some(DEADLINE));
        let grown = block_on(admin.create_partitions(&[NewPartitions::new(topic, partitions)], &options));
        for outcome in grown.expect("the broker answers") {
            outcome.unwrap_or_else(|(name, code)| panic!("topic {name} cannot grow: {code}"));
        }
    }

    /// The first segment of a partition's log, as it lies on the disk.
    pub fn segment(&self, topic: &str, partition: i32) -> PathBuf {
        self.folder.join("logs").join(format!("{topic}-{partition}")).join("00000000000000000000.log")
    }

    /// Deletes a topic, and waits until it is gone.
    pub fn delete_topic(&self, topic: &str) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().expect("the configuration is right");
        let options = AdminOptions::new().operation_timeout(Some(DEADLINE));
        for outcome in block_on(admin.delete_topics(&[topic], &options)).expect("the broker answers") {
            outcome.expect("the topic is deleted");
        }
        let client: BaseConsumer = self.client().create().expect("the configuration is right");
        wait_until("the topic is gone", DEADLINE, || {
            client.fetch_metadata(None, DEADLINE).is_ok_and(|met| met.topics().iter().all(|met| met.name() != topic))
        });
    }

    /// SIGKILL.
    pub fn kill9(&self) {
        if let Some(mut process) = self.process().take() {
            process.kill9();
        }
    }

    /// SIGTERM, as an upgrade does: the broker ends once others lead what it has led (Kafka's "controlled shutdown").
    pub fn stop(&self) {
        let process = self.process().take();
        if let Some(mut process) = process {
            process.signal(Signal::TERM);
            process.wait(DEADLINE);
        }
    }

    /// SIGSTOP: the broker is there and does not answer.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// SIGCONT.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// The codec of the first batch of a partition, as it lies on the broker's disk; none where nothing does. 4 is zstd.
    ///
    /// Source: Apache Kafka, "Message Format", record batch: the attributes are the bytes 21 and 22.
    pub fn codec(&self, topic: &str, partition: i32) -> Option<u8> {
        let log = self.folder.join("logs").join(format!("{topic}-{partition}")).join("00000000000000000000.log");
        fs::read(log).ok()?.get(22).map(|attributes| attributes & 7)
    }

    /// Starts the broker again on its port and folder (after a SIGKILL if it still runs) and waits until it answers.
    pub fn restart(&self) {
        self.launch();
        self.wait_until_it_answers();
    }

    fn launch(&self) {
        self.kill9();
        let mut java = java();
        java.arg("-Xms256m").arg("-Xmx768m").arg("kafka.Kafka").arg(self.properties());
        java.current_dir(&self.folder);
        *self.process() = Some(Supervised::start(&mut java, self.log(), Ending::Kill));
    }

    /// Waits until this node answers.
    pub fn wait_until_it_answers(&self) {
        let client: BaseConsumer =
            self.client().set("bootstrap.servers", self.address()).create().expect("the configuration is right");
        wait_until("Kafka answers", DEADLINE, || {
            let ended = self.process().as_mut().is_none_or(|process| process.try_wait().is_some());
            assert!(!ended, "Kafka did not start; {}", tail(&self.log()));
            client.fetch_metadata(None, Duration::from_millis(500)).is_ok_and(|met| !met.brokers().is_empty())
        });
    }

    fn format(&self, further: &[String], cluster: u16) {
        let output = java()
            .args(["kafka.tools.StorageTool", "format", "--cluster-id", &Self::cluster_id(cluster)])
            .arg("--config")
            .arg(self.properties())
            .args(further)
            .output()
            .expect("java runs");
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "Kafka's storage tool failed: {said}");
    }

    fn addresses(&self, proxied: &[Proxied]) -> String {
        let (plain, controller) = (self.port, self.controller);
        let name = |number| format!("PROXIED{number}");
        let for_each = |text: &dyn Fn(usize, &Proxied) -> String| -> String {
            proxied.iter().enumerate().map(|(number, proxied)| text(number, proxied)).collect()
        };
        let listeners = for_each(&|number, to| format!(",{}://127.0.0.1:{}", name(number), to.broker_port));
        let advertised = for_each(&|number, to| format!(",{}://127.0.0.1:{}", name(number), to.proxy_port));
        let protocols = for_each(&|number, _| format!(",{}:PLAINTEXT", name(number)));
        let threads = for_each(&|number, _| format!("listener.name.proxied{number}.num.network.threads=1\n"));
        format!(
            "listeners=PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller}{listeners}\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:{plain}{advertised}\n\
             listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT{protocols}\n\
             {threads}log.dirs={}\n",
            self.folder.join("logs").display()
        )
    }

    /// A cluster is known by a port of its first node. An id is the base64 of 16 bytes.
    fn cluster_id(port: u16) -> String {
        format!("{port:0>21}A")
    }

    fn properties(&self) -> PathBuf {
        self.folder.join("server.properties")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("kafka.log")
    }

    fn signal(&self, signal: Signal) {
        if let Some(process) = self.process().as_mut() {
            process.signal(signal);
        }
    }

    fn process(&self) -> MutexGuard<'_, Option<Supervised>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        self.kill9();
        keeper::remove(&self.folder);
    }
}

/// The command line of Kafka's own tool for access control lists, without its arguments.
pub fn acls() -> Command {
    let mut java = java();
    java.args(["-XX:TieredStopAtLevel=1", "org.apache.kafka.tools.AclCommand"]);
    java
}

/// The command line of kafka-consumer-groups.sh, without its arguments.
pub fn consumer_groups() -> Command {
    let mut java = java();
    java.args(["-XX:TieredStopAtLevel=1", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"]);
    java
}

/// A folder with Kafka's tools under the names that a distribution gives them.
pub fn tools() -> PathBuf {
    let folder = keeper::folder("kafka-tools");
    for (name, class) in [
        ("kafka-console-producer.sh", "org.apache.kafka.tools.ConsoleProducer"),
        ("kafka-console-consumer.sh", "org.apache.kafka.tools.consumer.ConsoleConsumer"),
        ("kafka-consumer-groups.sh", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"),
        ("kafka-configs.sh", "org.apache.kafka.tools.ConfigCommand"),
    ] {
        let mut java = java();
        java.args(["-XX:TieredStopAtLevel=1", class]);
        let words = std::iter::once(java.get_program()).chain(java.get_args());
        let quoted: Vec<_> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\nexec {} \"$@\"\n", quoted.join(" "))).expect("the folder is ours");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("the file is ours");
    }
    folder
}

/// Java with the broker's class path, which is fetched first when it is missing.
fn java() -> Command {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let libs = libs(project);
    let java = std::env::var_os("JAVA_HOME").map_or_else(|| "java".into(), |home| Path::new(&home).join("bin/java"));
    let mut command = Command::new(java);
    command
        .args(["-XX:+UseSerialGC", "-XX:-UsePerfData"])
        .arg(format!("-Dlog4j2.configurationFile={}", project.join("tests/it/rig/kafka/log4j2.properties").display()))
        .arg("-cp")
        .arg(libs.join("*"));
    command
}

/// The folder with the broker's jars: `RIG_KAFKA_LIBS`, else `target/kafka-libs`, which the script fills once.
fn libs(project: &Path) -> PathBuf {
    if let Some(libs) = std::env::var_os("RIG_KAFKA_LIBS") {
        return libs.into();
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project.join("target"), |dir| project.join(dir));
    let libs = target.join("kafka-libs");
    let status = Command::new(project.join("tools/kafka-libs.sh")).arg(&libs).status().expect("sh runs");
    assert!(status.success(), "the Kafka broker's jars could not be fetched");
    libs
}
