//! What one test has to itself on the shared servers.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use super::kafka::Kafka;
use super::keeper;
use super::postgres::{Postgres, Sql};
use super::records::{Committed, Isolation, Message, Reader, Record, Sender, produce, read_to_end};
use super::service::ServiceConfig;

/// Never killed, so its controller need not be quick to give it up: on a machine under load it would do that to a broker
/// that lives, and take the leaders of all partitions away.
static KAFKA: LazyLock<Kafka> = LazyLock::new(|| Kafka::start_with(&[("broker.session.timeout.ms", "60000")]));
static POSTGRES: LazyLock<Postgres> = LazyLock::new(Postgres::start);
static NEXT: AtomicU32 = AtomicU32::new(0);

/// The database that every scope's is a copy of, with the service's tables.
const TEMPLATE: &str = "rig_template";

/// The names of a scope's topics (docs/contract.md#topics).
#[derive(Clone, Debug)]
pub struct Topics {
    /// `topics.commands`
    pub commands: String,
    /// `topics.results`
    pub results: String,
    /// `topics.due`
    pub due: String,
    /// `topics.dead_letters`
    pub dead_letters: String,
    /// `topics.amendments`
    pub amendments: String,
    /// `topics.shards`
    pub shards: String,
    /// `topics.skills`
    pub skills: String,
    /// `topics.agents`
    pub agents: String,
    /// `topics.security_users`
    pub security_users: String,
}

impl Topics {
    fn of(scope: &str) -> Self {
        let name = |default: &str| format!("{scope}.{default}");
        Self {
            commands: name("callback.commands"),
            results: name("callback.results"),
            due: name("callback.due"),
            dead_letters: name("callback.commands.dlq"),
            amendments: name("callback.amendments"),
            shards: name("callback.shards"),
            skills: name("directory.skills"),
            agents: name("directory.agents"),
            security_users: name("directory.security-users"),
        }
    }

    /// Setting (under `topics.`) and name of each.
    pub fn settings(&self) -> [(&'static str, &str); 9] {
        [
            ("commands", &self.commands),
            ("results", &self.results),
            ("due", &self.due),
            ("dead_letters", &self.dead_letters),
            ("amendments", &self.amendments),
            ("shards", &self.shards),
            ("skills", &self.skills),
            ("agents", &self.agents),
            ("security_users", &self.security_users),
        ]
    }
}

/// Topics, a consumer group and a database that no other test touches.
#[derive(Debug)]
pub struct Scope<'a> {
    /// The broker.
    pub kafka: &'a Kafka,
    /// The database server.
    pub postgres: &'a Postgres,
    /// The names of its topics, which exist.
    pub topics: Topics,
    /// The service's consumer group.
    pub group: String,
    /// The name of its database, which has the service's tables.
    pub database: String,
}

impl Scope<'static> {
    /// On the servers that the whole process shares, which the first caller starts.
    pub fn new(partitions: i32) -> Self {
        thread::scope(|threads| {
            threads.spawn(|| LazyLock::force(&KAFKA));
            LazyLock::force(&POSTGRES);
        });
        Self::on(&KAFKA, &POSTGRES, partitions)
    }
}

impl<'a> Scope<'a> {
    /// On a broker of one's own and the shared database server.
    pub fn on_kafka(kafka: &'a Kafka, partitions: i32) -> Self {
        Self::on(kafka, &POSTGRES, partitions)
    }

    /// On a database server of one's own and the shared broker.
    pub fn on_postgres(postgres: &'a Postgres, partitions: i32) -> Self {
        Self::on(&KAFKA, postgres, partitions)
    }

    /// On servers of one's own. The command topic and the two internal ones have so many partitions, the others two.
    pub fn on(kafka: &'a Kafka, postgres: &'a Postgres, partitions: i32) -> Self {
        Self::with_partitions(kafka, postgres, partitions, 2)
    }

    /// The same with as many partitions of the other topics as told.
    pub fn with_partitions(kafka: &'a Kafka, postgres: &'a Postgres, partitions: i32, others: i32) -> Self {
        let name = format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let topics = Topics::of(&name);
        let with_partitions = topics.settings().map(|(setting, topic)| match setting {
            "commands" | "amendments" | "shards" => (topic, partitions),
            _ => (topic, others),
        });
        kafka.create_topics(&with_partitions);
        let scope = Self { kafka, postgres, group: format!("{name}.group"), database: name, topics };
        scope.make_database();
        scope
    }

    /// A configuration of the service for this scope, with an ops port of its own. The service is not started yet.
    pub fn service(&self) -> ServiceConfig {
        let config = ServiceConfig::new(keeper::folder("service"))
            .set("kafka.bootstrap_servers", self.kafka.bootstrap())
            .set("kafka.group_id", self.group.as_str())
            .set("postgres.url", self.postgres.url(&self.database));
        self.topics
            .settings()
            .iter()
            .fold(config, |config, (setting, topic)| config.set(&format!("topics.{setting}"), *topic))
    }

    /// Produces to a topic; returns the partition and the offset of each message.
    pub fn produce(&self, topic: &str, messages: impl IntoIterator<Item = Message>) -> Vec<(i32, i64)> {
        produce(&self.kafka.client(), topic, messages)
    }

    /// Produces to topics again and again.
    pub fn sender(&self) -> Sender {
        Sender::new(&self.kafka.client())
    }

    /// A `read_committed` reader of a topic.
    pub fn reader(&self, topic: &str) -> Reader {
        Reader::open(&self.kafka.client(), topic, Isolation::Committed)
    }

    /// All that a `read_committed` reader finds in a topic now.
    pub fn read_to_end(&self, topic: &str) -> Vec<Record> {
        read_to_end(&self.kafka.client(), topic, Isolation::Committed)
    }

    /// All that a `read_committed` reader finds in a topic once there are so many records: where too many were
    /// published, those too.
    ///
    /// The two topics of a callback do not wait for each other: a result that was lost with its transaction is published
    /// anew, and meanwhile the callback may become due.
    pub fn read_all(&self, topic: &str, count: usize) -> Vec<Record> {
        self.reader(topic).wait_for(count);
        self.read_to_end(topic)
    }

    /// What the service's group has committed on a topic, by partition.
    pub fn committed(&self, topic: &str) -> Vec<Committed> {
        Committed::of_group(&self.kafka.client(), &self.group, topic)
    }

    /// A connection to the database.
    pub fn sql(&self) -> Sql {
        self.postgres.sql(&self.database)
    }

    /// The same topics and group with a database that is nobody's copy, made by `migrate` alone.
    #[must_use]
    pub fn with_database_of_its_own(self) -> Self {
        let database = format!("{}_own", self.database);
        self.postgres.create_database(&database, "template0");
        let scope = Self { database, ..self };
        let output = scope.service().command(&["migrate"]).output().expect("the service's program runs");
        assert!(output.status.success(), "migrate failed: {}", String::from_utf8_lossy(&output.stderr));
        scope
    }

    /// Copies the template, which the service's own `migrate` fills when this server has none yet.
    fn make_database(&self) {
        let admin = self.postgres.sql("postgres");
        // One scope at a time: two cannot make the template at once. The lock ends with the connection.
        admin.run("select pg_advisory_lock(1)");
        let there: bool = admin.value("select exists (select from pg_database where datname = $1)", &[&TEMPLATE]);
        if !there {
            self.postgres.create_database("rig_filling", "template0");
            let config = self.service().set("postgres.url", self.postgres.url("rig_filling"));
            let output = config.command(&["migrate"]).output().expect("the service's program runs");
            assert!(output.status.success(), "migrate failed: {}", String::from_utf8_lossy(&output.stderr));
            admin.run(&format!("alter database rig_filling rename to {TEMPLATE}"));
        }
        self.postgres.create_database(&self.database, TEMPLATE);
    }
}
