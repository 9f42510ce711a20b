//! Three brokers, two databases: what becomes of them, and the ways that lead to them.

use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use crate::random::Random;
use crate::rig::{Kafka, Postgres, Proxy, Replicas, Role, Scope};
use crate::watched::Watched;

/// How long an old primary stays beside the promoted one.
const BESIDE_MILLIS: (u64, u64) = (1_000, 6_000);
/// How long a broker that is restarted with all others is away, beside the time that its start takes.
const UPGRADE: Duration = Duration::from_secs(1);

/// What becomes of the old primary when the standby is promoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// It is killed.
    Killed,
    /// It is stopped in order, after the standby has all that it had: a switch by an operator, there or back.
    Stopped,
    /// It accepts connections and does not answer.
    Frozen,
    /// It goes on as if nothing had happened, and can be written to.
    Alive,
}

/// The way of an instance to the servers of a kind: a proxy before each.
pub struct Way {
    /// In the order of the servers.
    pub proxies: Vec<Proxy>,
}

impl Way {
    /// Where clients connect to.
    pub fn addresses(&self) -> String {
        self.proxies.iter().map(|proxy| proxy.address().to_string()).collect::<Vec<_>>().join(",")
    }

    /// Closes all connections, and every new one.
    pub fn cut(&self) {
        self.proxies.iter().for_each(Proxy::cut);
    }

    /// Lets nothing pass.
    pub fn stall(&self) {
        self.proxies.iter().for_each(Proxy::stall);
    }

    /// Lets requests pass and no answers.
    pub fn stall_answers(&self) {
        self.proxies.iter().for_each(Proxy::stall_answers);
    }

    /// Lets everything pass again.
    pub fn resume(&self) {
        self.proxies.iter().for_each(Proxy::resume);
    }
}

/// The servers, and what has been done to them that is to be undone.
pub struct Servers<'a> {
    /// The first broker, which knows the others.
    pub kafka: &'a Kafka,
    /// The primary, and its standby where there is one.
    databases: Vec<&'a Postgres>,
    /// The place of the primary, which others look at, too.
    watched: Arc<Watched>,
    /// Brokers that were killed, and those that stand still.
    killed: Vec<usize>,
    frozen: Vec<usize>,
    /// Whether the other database is no standby any more.
    is_alone: bool,
    /// Whether the standby was killed, and nobody waits for it any more.
    lacks_standby: bool,
    /// Whether partitions are on two brokers of three.
    is_moved: bool,
}

impl<'a> Servers<'a> {
    /// The servers of a scope, with the standby of its database server.
    pub fn new(scope: &Scope<'a>, standby: Option<&'a Postgres>) -> Self {
        if standby.is_some() {
            scope.postgres.wait_for_standbys(true);
        }
        let databases = std::iter::once(scope.postgres).chain(standby).collect();
        Self {
            kafka: scope.kafka,
            databases,
            watched: Arc::default(),
            killed: Vec::new(),
            frozen: Vec::new(),
            is_alone: false,
            lacks_standby: false,
            is_moved: false,
        }
    }

    /// The way of another instance to the brokers.
    pub fn to_kafka(&self) -> Way {
        Way { proxies: self.kafka.proxies() }
    }

    /// The way of another instance to the databases.
    pub fn to_postgres(&self) -> Way {
        Way { proxies: self.databases.iter().map(|server| Proxy::before(server.address())).collect() }
    }

    /// What others may look at while things are done to the servers.
    pub fn watched(&self) -> Arc<Watched> {
        Arc::clone(&self.watched)
    }

    /// The database that can be written to.
    pub fn primary(&self) -> &'a Postgres {
        self.databases[self.watched.primary()]
    }

    /// SIGKILL to a broker.
    pub fn kill_broker(&mut self, place: usize) {
        self.kafka.nodes()[place].kill9();
        self.killed.push(place);
    }

    /// SIGSTOP to a broker.
    pub fn freeze_broker(&mut self, place: usize) {
        self.kafka.nodes()[place].pause();
        self.frozen.push(place);
    }

    /// The place of a broker by what it does, for the group of the scope and an instance that has shards.
    pub fn broker(&self, role: Role, scope: (&str, &str)) -> usize {
        let (group, database) = scope;
        let owner = "select owner from shard where owner is not null order by shard limit 1";
        let owners = self.primary().sql(database).rows(owner, &[]);
        let owner: String = owners.first().map(|row| row.get(0)).unwrap_or_default();
        self.kafka.in_role(role, group, &format!("{group}.{owner}.dispatch"))
    }

    /// Every partition is taken from the broker that it prefers, the coordinators' too.
    pub fn move_partitions(&mut self) {
        self.kafka.reassign(Replicas::Two);
        self.is_moved = true;
    }

    /// The standby dies: commits wait for it, for so long, until the primary is told to wait for none.
    pub fn lose_standby(&mut self, waited_for: Duration) {
        self.databases[1 - self.watched.primary()].kill9();
        sleep(waited_for);
        self.primary().wait_for_standbys(false);
        self.lacks_standby = true;
    }

    /// Each broker is stopped in order and started again, one after the other, as for an upgrade.
    pub fn roll_brokers(&self) {
        for node in self.kafka.nodes() {
            node.stop();
            sleep(UPGRADE);
            node.restart();
            self.kafka.wait_until_replicated();
        }
    }

    /// The standby becomes the primary, and nothing stops the old one but what is said.
    pub fn promote(&mut self, old: Old, ways: &[&Way], random: &mut Random) {
        let before = self.watched.primary();
        let cut = |server: usize| ways.iter().for_each(|way| way.proxies[server].cut());
        let resume = |server: usize| ways.iter().for_each(|way| way.proxies[server].resume());
        let beside =
            |random: &mut Random| sleep(Duration::from_millis(random.between(BESIDE_MILLIS.0, BESIDE_MILLIS.1)));
        match old {
            Old::Killed => self.databases[before].kill9(),
            Old::Stopped => self.databases[before].stop(),
            Old::Frozen => ways.iter().for_each(|way| way.proxies[before].stall()),
            Old::Alive => {}
        }
        self.watched.primary_is(1 - before);
        self.is_alone = true;
        self.primary().promote();
        // As a manager does, since there is no standby to wait for.
        self.primary().wait_for_standbys(false);
        if old == Old::Alive {
            // Connections are opened anew and lead to the new one; then, for a while, only the old one can be reached.
            cut(before);
            beside(random);
            resume(before);
            cut(1 - before);
            beside(random);
            resume(1 - before);
        }
    }

    /// All are killed, as when the power fails, and started again after a while.
    pub fn lose_power(&self, away: Duration) {
        let nodes = self.kafka.nodes();
        for node in &nodes {
            node.kill9();
        }
        for server in &self.databases {
            server.kill9();
        }
        sleep(away);
        for node in &nodes {
            node.begin_restart();
        }
        for server in &self.databases {
            server.restart();
        }
        for node in nodes {
            node.wait_until_it_answers();
        }
    }

    /// Brings back what was killed or stands still, and makes the old primary a standby; waits until all is as it was.
    pub fn heal(&mut self, ways: &[&Way]) {
        let nodes = self.kafka.nodes();
        for place in std::mem::take(&mut self.frozen) {
            nodes[place].resume();
        }
        for place in std::mem::take(&mut self.killed) {
            nodes[place].begin_restart();
        }
        if nodes.len() > 1 {
            self.kafka.wait_until_replicated();
        }
        if std::mem::take(&mut self.is_moved) {
            self.kafka.reassign(Replicas::All);
        }
        if std::mem::take(&mut self.lacks_standby) {
            self.databases[1 - self.watched.primary()].restart();
            self.primary().wait_for_standbys(true);
        }
        if std::mem::take(&mut self.is_alone) {
            let other = 1 - self.watched.primary();
            for way in ways {
                way.proxies[other].resume();
            }
            self.databases[other].follow(self.primary());
            self.primary().wait_for_standbys(true);
        }
    }
}
