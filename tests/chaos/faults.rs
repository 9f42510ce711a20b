//! The faults, and the installation that they hit: two instances behind proxies, one broker and one database, or a cluster.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use crate::cluster::{Old, Servers, Way};
use crate::random::Random;
use crate::rig::{Postgres, Role, Scope, ServiceConfig, ServiceProcess};
use crate::watched::Watched;

/// Longer than an instance's session in the consumer group (6 s): the others take its shards over.
const BEYOND_SESSION_MILLIS: (u64, u64) = (7_000, 9_000);
/// How long a server or an instance stays away.
const AWAY_MILLIS: (u64, u64) = (0, 3_000);
/// How long a connection is out of order.
const BROKEN_MILLIS: (u64, u64) = (200, 8_000);
/// How long answers are lost before the connection is cut: long enough for a commit to be under way.
const LOST_MILLIS: (u64, u64) = (50, 1_000);

/// How long a server is out of reach at its longest: longer than any timeout of the service.
const LONG: Duration = Duration::from_secs(200);

/// What is done to the installation; a number says to which instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// SIGKILL, and started again.
    Kill(usize),
    /// SIGKILL to both at once.
    KillBoth,
    /// SIGTERM, and started again.
    Stop(usize),
    /// SIGSTOP for longer than its session.
    Freeze(usize),
    /// A third instance comes and goes.
    Third,
    /// The broker is killed and started again.
    KillKafka,
    /// The broker stands still.
    FreezeKafka,
    /// PostgreSQL is killed and started again.
    KillPostgres,
    /// Both instances, the broker and PostgreSQL are killed, as when the power fails, and started again.
    PowerCut,
    /// Connections to a server are closed, and new ones too.
    Cut(Server, usize),
    /// Nothing passes between an instance and a server.
    Stall(Server, usize),
    /// Requests pass, answers do not, then the connections are closed: what was under way has an unknown outcome.
    LoseAnswers(Server, usize),
    /// SIGKILL to an instance that has waited for a server for a while, and started again.
    KillWaiting(Server, usize),
    /// A server cannot be reached for minutes. Only where `FAULTS` names it.
    Long(Server),
    /// A broker of the cluster is killed, and stays away until every shard fires again.
    KillBroker(Role),
    /// A broker of the cluster stands still, as long.
    FreezeBroker(Role),
    /// Two of three brokers are killed: fewer than `min.insync.replicas` are left until they are back.
    KillTwoBrokers,
    /// All brokers are restarted, one after the other.
    RollBrokers,
    /// Every partition is led by another broker: the preferred leaders change, and are elected.
    ElectPreferred,
    /// Every partition, those of the coordinators too, is moved away from one of its brokers.
    MovePartitions,
    /// The standby dies, and commits wait for it until the primary is told not to.
    LoseStandby,
    /// The standby is promoted, and the old primary is not stopped by whoever does it.
    Promote(Old),
}

const ROLES: [Role; 4] = [Role::GroupCoordinator, Role::TransactionCoordinator, Role::Leader, Role::Controller];

/// What an instance is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// The broker.
    Kafka,
    /// The database.
    Postgres,
}

impl Fault {
    /// One of all kinds, or of those whose name begins with the text.
    pub fn any(random: &mut Random, is_cluster: bool, only: &str) -> Option<Self> {
        let all = Self::all(random, is_cluster, only);
        random.one_of(&all).copied()
    }

    /// One of each kind, or of those whose name begins with the text, always in the same order.
    pub fn all(random: &mut Random, is_cluster: bool, only: &str) -> Vec<Self> {
        let instance = usize::try_from(random.below(2)).unwrap_or(0);
        let mut all = vec![
            Self::Kill(instance),
            Self::KillBoth,
            Self::Stop(instance),
            Self::Freeze(instance),
            Self::Third,
            Self::KillKafka,
            Self::FreezeKafka,
            Self::KillPostgres,
            Self::PowerCut,
        ];
        for server in [Server::Kafka, Server::Postgres] {
            all.extend([
                Self::Cut(server, instance),
                Self::Stall(server, instance),
                Self::LoseAnswers(server, instance),
                Self::KillWaiting(server, instance),
            ]);
        }
        if is_cluster {
            all.extend(ROLES.map(Self::KillBroker));
            all.extend(ROLES.map(Self::FreezeBroker));
            all.extend([Self::KillTwoBrokers, Self::RollBrokers, Self::ElectPreferred, Self::MovePartitions]);
            all.push(Self::LoseStandby);
            all.extend([Old::Killed, Old::Stopped, Old::Frozen, Old::Alive].map(Self::Promote));
        }
        if only.contains("long") {
            all.extend([Self::Long(Server::Kafka), Self::Long(Server::Postgres)]);
        }
        all.retain(|fault| only.split(',').any(|name| fault.kind().starts_with(name)));
        all
    }

    /// Whether readers may have to wait: for a broker, or for the end of a transaction that an instance has left open, since no
    /// reader of committed records gets past it.
    pub const fn holds_readers_up(self) -> bool {
        !matches!(
            self,
            Self::Stop(_)
                | Self::Third
                | Self::KillPostgres
                | Self::Cut(Server::Postgres, _)
                | Self::Stall(Server::Postgres, _)
                | Self::LoseAnswers(Server::Postgres, _)
                | Self::Long(Server::Postgres)
                | Self::Promote(_)
        )
    }

    /// Its name, without the instance.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Kill(_) => "kill",
            Self::KillBoth => "kill-both",
            Self::Stop(_) => "stop",
            Self::Freeze(_) => "freeze",
            Self::Third => "third",
            Self::KillKafka => "kafka-kill",
            Self::FreezeKafka => "kafka-freeze",
            Self::KillPostgres => "postgres-kill",
            Self::PowerCut => "power-cut",
            Self::Cut(Server::Kafka, _) => "kafka-cut",
            Self::Stall(Server::Kafka, _) => "kafka-stall",
            Self::LoseAnswers(Server::Kafka, _) => "kafka-lose-answers",
            Self::Cut(Server::Postgres, _) => "postgres-cut",
            Self::Stall(Server::Postgres, _) => "postgres-stall",
            Self::LoseAnswers(Server::Postgres, _) => "postgres-lose-answers",
            Self::Long(Server::Kafka) => "long-kafka",
            Self::Long(Server::Postgres) => "long-postgres",
            Self::KillWaiting(Server::Kafka, _) => "kafka-stall-kill",
            Self::KillWaiting(Server::Postgres, _) => "postgres-stall-kill",
            Self::KillBroker(Role::GroupCoordinator) => "broker-kill-group",
            Self::KillBroker(Role::TransactionCoordinator) => "broker-kill-transactions",
            Self::KillBroker(Role::Leader) => "broker-kill-leader",
            Self::KillBroker(Role::Controller) => "broker-kill-controller",
            Self::FreezeBroker(Role::GroupCoordinator) => "broker-freeze-group",
            Self::FreezeBroker(Role::TransactionCoordinator) => "broker-freeze-transactions",
            Self::FreezeBroker(Role::Leader) => "broker-freeze-leader",
            Self::FreezeBroker(Role::Controller) => "broker-freeze-controller",
            Self::KillTwoBrokers => "brokers-two",
            Self::RollBrokers => "brokers-roll",
            Self::ElectPreferred => "elect-preferred",
            Self::MovePartitions => "partitions-move",
            Self::LoseStandby => "standby-lost",
            Self::Promote(Old::Killed) => "promote-killed",
            Self::Promote(Old::Stopped) => "promote-stopped",
            Self::Promote(Old::Frozen) => "promote-frozen",
            Self::Promote(Old::Alive) => "promote-alive",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(instance)
            | Self::Stop(instance)
            | Self::Freeze(instance)
            | Self::Cut(_, instance)
            | Self::Stall(_, instance)
            | Self::LoseAnswers(_, instance)
            | Self::KillWaiting(_, instance) => write!(f, "{} {}", self.kind(), instance + 1),
            _ => f.write_str(self.kind()),
        }
    }
}

/// An instance, and the ways by which it reaches the servers.
struct Instance {
    config: ServiceConfig,
    kafka: Way,
    postgres: Way,
    process: Option<ServiceProcess>,
    /// Its place among the instances, and where it says which process it is.
    place: usize,
    watched: Arc<Watched>,
}

impl Instance {
    fn new(place: usize, scope: &Scope<'_>, servers: &Servers<'_>, settings: &[(&str, &str)]) -> Self {
        let (kafka, postgres) = (servers.to_kafka(), servers.to_postgres());
        let url = format!("postgresql://postgres@{}/{}", postgres.addresses(), scope.database);
        let config = scope.service().set("kafka.bootstrap_servers", kafka.addresses()).set("postgres.url", url);
        let config = settings.iter().fold(config, |config, (path, value)| config.set(path, *value));
        Self { config, kafka, postgres, process: None, place, watched: servers.watched() }
    }

    fn start(&mut self) {
        let process = self.config.spawn();
        self.watched.is_process(self.place, process.pid());
        self.process = Some(process);
    }

    fn way(&self, server: Server) -> &Way {
        match server {
            Server::Kafka => &self.kafka,
            Server::Postgres => &self.postgres,
        }
    }
}

/// Everything that runs.
pub struct Installation<'a> {
    servers: Servers<'a>,
    /// The group and the database.
    scope: (String, String),
    /// Two that always run, and one that comes and goes.
    instances: Vec<Instance>,
    accidents: Vec<String>,
}

impl<'a> Installation<'a> {
    /// Starts two instances and waits until they are ready.
    pub fn start(scope: &Scope<'a>, standby: Option<&'a Postgres>, settings: &[(&str, &str)]) -> Self {
        let servers = Servers::new(scope, standby);
        let mut instances: Vec<_> = (0..3).map(|place| Instance::new(place, scope, &servers, settings)).collect();
        for instance in &mut instances[..2] {
            instance.start();
        }
        for process in instances.iter_mut().filter_map(|instance| instance.process.as_mut()) {
            process.wait_until_ready();
        }
        Self { servers, scope: (scope.group.clone(), scope.database.clone()), instances, accidents: Vec::new() }
    }

    /// The database server that can be written to.
    pub fn primary(&self) -> &'a Postgres {
        self.servers.primary()
    }

    /// What others may look at while things are done to it.
    pub fn watched(&self) -> Arc<Watched> {
        self.servers.watched()
    }

    /// Replaces the instances that always run by that program, one after the other, as an upgrade does.
    pub fn replace(&mut self, program: &Path) {
        for place in 0..2 {
            self.stop(place);
            let instance = &mut self.instances[place];
            instance.config = instance.config.clone().program(program.to_owned());
            instance.start();
            if let Some(process) = &mut instance.process {
                process.wait_until_ready();
            }
        }
        let third = &mut self.instances[2];
        third.config = third.config.clone().program(program.to_owned());
    }

    /// Makes a cluster whole again: what hits it lasts until every shard fires once more.
    pub fn heal(&mut self) {
        let ways: Vec<&Way> = self.instances.iter().map(|instance| &instance.postgres).collect();
        self.servers.heal(&ways);
    }

    fn broker(&self, role: Role) -> usize {
        self.servers.broker(role, (&self.scope.0, &self.scope.1))
    }

    /// Does it, and mends it again; `heal` mends what is done to a cluster.
    pub fn hit(&mut self, fault: Fault, random: &mut Random) {
        match fault {
            Fault::Kill(instance) => {
                self.kill(instance);
                pause(random, AWAY_MILLIS);
                self.instances[instance].start();
            }
            Fault::KillBoth => {
                (0..2).for_each(|instance| self.kill(instance));
                pause(random, AWAY_MILLIS);
                self.instances[..2].iter_mut().for_each(Instance::start);
            }
            Fault::Stop(instance) => {
                self.stop(instance);
                pause(random, AWAY_MILLIS);
                self.instances[instance].start();
            }
            Fault::Freeze(instance) => {
                let Some(process) = &mut self.instances[instance].process else { return };
                process.pause();
                pause(random, BEYOND_SESSION_MILLIS);
                process.resume();
            }
            Fault::Third => {
                self.instances[2].start();
                pause(random, BROKEN_MILLIS);
                self.stop(2);
            }
            Fault::KillKafka => {
                self.servers.kafka.kill9();
                pause(random, AWAY_MILLIS);
                self.servers.kafka.restart();
            }
            Fault::FreezeKafka => {
                self.servers.kafka.pause();
                pause(random, BROKEN_MILLIS);
                self.servers.kafka.resume();
            }
            Fault::KillPostgres => {
                self.primary().kill9();
                pause(random, AWAY_MILLIS);
                self.primary().restart();
            }
            Fault::KillBroker(_)
            | Fault::FreezeBroker(_)
            | Fault::KillTwoBrokers
            | Fault::RollBrokers
            | Fault::ElectPreferred
            | Fault::MovePartitions
            | Fault::LoseStandby
            | Fault::Promote(_) => self.hit_the_cluster(fault, random),
            Fault::PowerCut => {
                (0..2).for_each(|instance| self.kill(instance));
                self.servers.lose_power(Duration::from_millis(random.between(AWAY_MILLIS.0, AWAY_MILLIS.1)));
                self.instances[..2].iter_mut().for_each(Instance::start);
            }
            Fault::Cut(server, instance) => {
                let proxy = self.instances[instance].way(server);
                proxy.cut();
                pause(random, BROKEN_MILLIS);
                proxy.resume();
            }
            Fault::Stall(server, instance) => {
                let proxy = self.instances[instance].way(server);
                proxy.stall();
                pause(random, BROKEN_MILLIS);
                proxy.resume();
            }
            Fault::LoseAnswers(server, instance) => {
                let proxy = self.instances[instance].way(server);
                proxy.stall_answers();
                pause(random, LOST_MILLIS);
                proxy.cut();
                pause(random, LOST_MILLIS);
                proxy.resume();
            }
            Fault::Long(server) => {
                self.instances.iter().for_each(|instance| instance.way(server).cut());
                sleep(LONG);
                self.instances.iter().for_each(|instance| instance.way(server).resume());
            }
            Fault::KillWaiting(server, instance) => {
                self.instances[instance].way(server).stall();
                pause(random, AWAY_MILLIS);
                self.kill(instance);
                self.instances[instance].way(server).resume();
                self.instances[instance].start();
            }
        }
    }

    /// What only a cluster has to live with.
    fn hit_the_cluster(&mut self, fault: Fault, random: &mut Random) {
        match fault {
            Fault::KillBroker(role) => {
                let place = self.broker(role);
                self.servers.kill_broker(place);
            }
            Fault::FreezeBroker(role) => {
                let place = self.broker(role);
                self.servers.freeze_broker(place);
            }
            Fault::KillTwoBrokers => {
                let one = self.broker(Role::GroupCoordinator);
                self.servers.kill_broker(one);
                self.servers.kill_broker((one + 1) % 3);
                pause(random, BROKEN_MILLIS);
                self.heal();
            }
            Fault::RollBrokers => self.servers.roll_brokers(),
            Fault::ElectPreferred => self.servers.kafka.elect_others(),
            Fault::MovePartitions => self.servers.move_partitions(),
            Fault::LoseStandby => {
                let waited_for = Duration::from_millis(random.between(BROKEN_MILLIS.0, BROKEN_MILLIS.1));
                self.servers.lose_standby(waited_for);
            }
            Fault::Promote(old) => {
                let ways: Vec<&Way> = self.instances.iter().map(|instance| &instance.postgres).collect();
                self.servers.promote(old, &ways, random);
            }
            _ => {}
        }
    }

    /// Notes instances that have ended by themselves, and starts them again.
    pub fn look_after(&mut self) {
        for (number, instance) in self.instances.iter_mut().enumerate() {
            let Some(process) = &mut instance.process else { continue };
            if let Some(status) = process.try_wait() {
                self.accidents.push(format!("instance {} ended by itself: {status}", number + 1));
                instance.start();
            }
        }
    }

    /// Stops all in order; returns what went wrong with instances in the whole run.
    pub fn end(mut self) -> Vec<String> {
        self.look_after();
        for instance in 0..self.instances.len() {
            self.stop(instance);
        }
        self.accidents
    }

    fn kill(&mut self, instance: usize) {
        self.look_after();
        if let Some(mut process) = self.instances[instance].process.take() {
            process.kill9();
        }
    }

    fn stop(&mut self, instance: usize) {
        self.look_after();
        if let Some(mut process) = self.instances[instance].process.take() {
            let status = process.terminate();
            if !status.success() {
                self.accidents.push(format!("instance {} was told to stop and ended with {status}", instance + 1));
            }
        }
    }
}

fn pause(random: &mut Random, (least, most): (u64, u64)) {
    sleep(Duration::from_millis(random.between(least, most)));
}
