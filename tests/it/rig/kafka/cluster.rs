//! Several nodes: what a fail-over of Kafka's own can be tried on.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::metadata::{Metadata, MetadataTopic};

use super::super::proxy::Proxy;
use super::super::wait::{DEADLINE, eventually, wait_until};
use super::{Kafka, free_port, java};

/// What differs from a single node: everything is on three nodes and has to be on two, a broker is given up after the
/// time that Kafka has by itself, and what brokers ask of each other is asked anew soon after that, as docs/production.md
/// advises.
const PROPERTIES: &str = "\
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
broker.heartbeat.interval.ms=2000
broker.session.timeout.ms=9000
request.timeout.ms=10000
";

/// What a node of a cluster does for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It coordinates the group.
    GroupCoordinator,
    /// It coordinates the transactions of a producer.
    TransactionCoordinator,
    /// It leads more partitions than any other node.
    Leader,
    /// It is the active controller.
    Controller,
}

/// On which nodes partitions are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replicas {
    /// On all; those that are missing come last.
    All,
    /// On the same ones, of which the second becomes the first.
    Turned,
    /// On two, without the one that came first.
    Two,
}

impl Kafka {
    /// Starts three nodes that are controllers too, and waits until all answer. `BROKERS` in the environment may have properties of
    /// theirs, with spaces between: `request.timeout.ms=30000`.
    pub fn start_cluster() -> Self {
        let mut nodes: Vec<Self> = (0..3).map(|_| Self::on_port(free_port())).collect();
        let voters: Vec<String> =
            (1..).zip(&nodes).map(|(id, node)| format!("{id}@127.0.0.1:{}", node.controller)).collect();
        let more = std::env::var("BROKERS").unwrap_or_default().replace(' ', "\n");
        let cluster = nodes[0].port;
        for (id, node) in (1..).zip(&nodes) {
            let quorum = format!("node.id={id}\ncontroller.quorum.voters={}\n", voters.join(","));
            node.write([PROPERTIES.to_owned(), quorum, more.clone()]);
            node.format(&[], cluster);
        }
        // One alone has no quorum.
        nodes.iter().for_each(Self::launch);
        let mut kafka = nodes.remove(0);
        kafka.others = nodes;
        kafka.nodes().into_iter().for_each(Self::wait_until_it_answers);
        kafka.wait_until_replicated();
        kafka
    }

    /// A proxy before each node. Clients that start at any of their addresses stay behind them.
    pub fn proxies(&self) -> Vec<Proxy> {
        self.nodes().into_iter().map(Self::proxy).collect()
    }

    /// Starts a node again after a SIGKILL and returns at once: by itself it may have no quorum.
    pub fn begin_restart(&self) {
        self.launch();
    }

    /// Waits until every partition is on all its nodes, and all nodes are there.
    pub fn wait_until_replicated(&self) {
        let client = self.observer();
        wait_until("every partition is on all its nodes", DEADLINE, || {
            let Some(found) = metadata(&client) else { return false };
            let mut partitions = found.topics().iter().flat_map(MetadataTopic::partitions);
            found.brokers().len() == self.nodes().len()
                && partitions.all(|found| found.leader() >= 0 && found.isr().len() == found.replicas().len())
        });
    }

    /// The place in `nodes` of the one that has that role, for the group and for a producer of that transactional id.
    pub fn in_role(&self, role: Role, group: &str, transactional_id: &str) -> usize {
        let id = match role {
            Role::GroupCoordinator => self.leader_for("__consumer_offsets", group),
            Role::TransactionCoordinator => self.leader_for("__transaction_state", transactional_id),
            Role::Leader => self.leader_of_most(),
            Role::Controller => self.controller_id(),
        };
        usize::try_from(id - 1).expect("the first node has the id 1")
    }

    /// The leader of the partition of an internal topic that a name belongs to.
    fn leader_for(&self, topic: &str, name: &str) -> i32 {
        let client = self.observer();
        eventually("the coordinator is known", DEADLINE, || {
            let found = client.fetch_metadata(Some(topic), Duration::from_secs(1)).ok()?;
            let partitions = found.topics().first()?.partitions();
            let place = coordinated_in(name, i32::try_from(partitions.len()).ok()?)?;
            let leader = partitions.iter().find(|found| found.id() == place)?.leader();
            (leader > 0).then_some(leader)
        })
    }

    fn leader_of_most(&self) -> i32 {
        let client = self.observer();
        let found = eventually("the leaders are known", DEADLINE, || metadata(&client));
        let mut led: BTreeMap<i32, usize> = BTreeMap::new();
        for partition in found.topics().iter().flat_map(MetadataTopic::partitions) {
            *led.entry(partition.leader()).or_default() += 1;
        }
        led.into_iter().filter(|(id, _)| *id > 0).max_by_key(|(_, led)| *led).expect("there are partitions").0
    }

    fn controller_id(&self) -> i32 {
        let said = self.tool("MetadataQuorumCommand", &["describe", "--status"]);
        let leader = said.lines().find_map(|line| line.strip_prefix("LeaderId:")?.trim().parse().ok());
        leader.unwrap_or_else(|| panic!("{said}"))
    }

    /// Has every partition led by another one of its replicas: the second becomes the first, then the preferred leaders are
    /// elected, as an operator does after restarts.
    pub fn elect_others(&self) {
        self.reassign(Replicas::Turned);
        self.tool("LeaderElectionCommand", &["--election-type", "preferred", "--all-topic-partitions"]);
    }

    /// Gives every partition of every topic, the internal ones too, other replicas; waits until that is done.
    pub fn reassign(&self, to: Replicas) {
        let client = self.observer();
        let found = eventually("the partitions are known", DEADLINE, || metadata(&client));
        let nodes = i32::try_from(self.nodes().len()).expect("a cluster of the rig is small");
        let mut partitions = Vec::new();
        for topic in found.topics() {
            for partition in topic.partitions() {
                let mut replicas: Vec<i32> = partition.replicas().to_vec();
                let missing: Vec<i32> = (1..=nodes).filter(|id| !replicas.contains(id)).collect();
                match to {
                    Replicas::All => replicas.extend(missing),
                    Replicas::Turned => replicas.rotate_left(1),
                    Replicas::Two => {
                        replicas.rotate_left(1);
                        replicas.truncate(2);
                    }
                }
                let name = topic.name();
                partitions
                    .push(format!(r#"{{"topic":"{name}","partition":{},"replicas":{replicas:?}}}"#, partition.id()));
            }
        }
        let plan = format!(r#"{{"version":1,"partitions":[{}]}}"#, partitions.join(","));
        let file = self.folder.join("reassignment.json");
        std::fs::write(&file, plan).expect("the folder is ours");
        let file = file.display().to_string();
        self.tool("reassign.ReassignPartitionsCommand", &["--reassignment-json-file", &file, "--execute"]);
        let wanted = if to == Replicas::Two { 2 } else { self.nodes().len() };
        wait_until("the partitions are where they are to be", DEADLINE, || {
            let Some(found) = metadata(&client) else { return false };
            let mut partitions = found.topics().iter().flat_map(MetadataTopic::partitions);
            partitions
                .all(|found| found.leader() >= 0 && found.replicas().len() == wanted && found.isr().len() == wanted)
        });
    }

    /// Runs one of Kafka's own tools, and returns what it says.
    fn tool(&self, class: &str, arguments: &[&str]) -> String {
        let output = java()
            .args(["-XX:TieredStopAtLevel=1".to_owned(), format!("org.apache.kafka.tools.{class}")])
            .args(["--bootstrap-server", &self.bootstrap()])
            .args(arguments)
            .output()
            .expect("java runs");
        let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{class}: {said}{errors}");
        said.into_owned()
    }

    fn observer(&self) -> BaseConsumer {
        self.client().create().expect("the configuration is right")
    }
}

/// The partition of the internal topic that says which node coordinates a group or a transactional id of that name; `None` where
/// there are none. `Utils.abs(name.hashCode()) % partitions`, as both of Kafka's coordinators have it.
pub fn coordinated_in(name: &str, partitions: i32) -> Option<i32> {
    let hash = name.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()));
    hash.checked_abs().unwrap_or(0).checked_rem(partitions)
}

fn metadata(client: &BaseConsumer) -> Option<Metadata> {
    client.fetch_metadata(None, Duration::from_secs(1)).ok()
}
