//! The faults, and the installation that they hit: two instances behind proxies, one broker, one database.

use std::fmt;
use std::thread::sleep;
use std::time::Duration;

use crate::random::Random;
use crate::rig::{Kafka, Postgres, Proxy, Scope, ServiceConfig, ServiceProcess};

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
}

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
    pub fn any(random: &mut Random, only: &str) -> Option<Self> {
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
        if only.contains("long") {
            all.extend([Self::Long(Server::Kafka), Self::Long(Server::Postgres)]);
        }
        all.retain(|fault| only.split(',').any(|name| fault.kind().starts_with(name)));
        random.one_of(&all).copied()
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
    kafka: Proxy,
    postgres: Proxy,
    process: Option<ServiceProcess>,
}

impl Instance {
    fn new(scope: &Scope<'_>, settings: &[(&str, &str)]) -> Self {
        let kafka = scope.kafka.proxy();
        let (postgres, url) = scope.postgres.proxy(&scope.database);
        let config =
            scope.service().set("kafka.bootstrap_servers", kafka.address().to_string()).set("postgres.url", url);
        let config = settings.iter().fold(config, |config, (path, value)| config.set(path, *value));
        Self { config, kafka, postgres, process: None }
    }

    fn start(&mut self) {
        self.process = Some(self.config.spawn());
    }

    fn proxy(&self, server: Server) -> &Proxy {
        match server {
            Server::Kafka => &self.kafka,
            Server::Postgres => &self.postgres,
        }
    }
}

/// Everything that runs.
pub struct Installation<'a> {
    kafka: &'a Kafka,
    postgres: &'a Postgres,
    /// Two that always run, and one that comes and goes.
    instances: Vec<Instance>,
    accidents: Vec<String>,
}

impl<'a> Installation<'a> {
    /// Starts two instances and waits until they are ready.
    pub fn start(scope: &Scope<'a>, settings: &[(&str, &str)]) -> Self {
        let mut instances: Vec<_> = (0..3).map(|_| Instance::new(scope, settings)).collect();
        for instance in &mut instances[..2] {
            instance.start();
        }
        for process in instances.iter_mut().filter_map(|instance| instance.process.as_mut()) {
            process.wait_until_ready();
        }
        Self { kafka: scope.kafka, postgres: scope.postgres, instances, accidents: Vec::new() }
    }

    /// Does it, and mends it again.
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
                self.kafka.kill9();
                pause(random, AWAY_MILLIS);
                self.kafka.restart();
            }
            Fault::FreezeKafka => {
                self.kafka.pause();
                pause(random, BROKEN_MILLIS);
                self.kafka.resume();
            }
            Fault::KillPostgres => {
                self.postgres.kill9();
                pause(random, AWAY_MILLIS);
                self.postgres.restart();
            }
            Fault::PowerCut => {
                (0..2).for_each(|instance| self.kill(instance));
                self.kafka.kill9();
                self.postgres.kill9();
                pause(random, AWAY_MILLIS);
                self.kafka.restart();
                self.postgres.restart();
                self.instances[..2].iter_mut().for_each(Instance::start);
            }
            Fault::Cut(server, instance) => {
                let proxy = self.instances[instance].proxy(server);
                proxy.cut();
                pause(random, BROKEN_MILLIS);
                proxy.resume();
            }
            Fault::Stall(server, instance) => {
                let proxy = self.instances[instance].proxy(server);
                proxy.stall();
                pause(random, BROKEN_MILLIS);
                proxy.resume();
            }
            Fault::LoseAnswers(server, instance) => {
                let proxy = self.instances[instance].proxy(server);
                proxy.stall_answers();
                pause(random, LOST_MILLIS);
                proxy.cut();
                pause(random, LOST_MILLIS);
                proxy.resume();
            }
            Fault::Long(server) => {
                self.instances.iter().for_each(|instance| instance.proxy(server).cut());
                sleep(LONG);
                self.instances.iter().for_each(|instance| instance.proxy(server).resume());
            }
            Fault::KillWaiting(server, instance) => {
                self.instances[instance].proxy(server).stall();
                pause(random, AWAY_MILLIS);
                self.kill(instance);
                self.instances[instance].proxy(server).resume();
                self.instances[instance].start();
            }
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
