//! Where scenarios are played: topics, a group and a database with so many callbacks waiting.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;

use crate::commands;
use crate::progress::progress;
use crate::rig::{Kafka, Postgres, Scope, ServiceConfig, ServiceProcess, Sql};
use crate::site::Site;

/// Partitions of every topic.
pub const PARTITIONS: i32 = 8;

/// PostgreSQL as one would run it for this load; what concerns durability is as it comes, and named all the same.
pub const POSTGRES_SETTINGS: [(&str, &str); 6] = [
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("shared_buffers", "512MB"),
    ("max_wal_size", "8GB"),
    ("checkpoint_timeout", "15min"),
];

/// How many rows one statement inserts.
const CHUNK: u64 = 500_000;
/// As many as `callback_sequence` hands out at once.
const SEQUENCE_BLOCK: u64 = 1_000;
const SECOND: i64 = 1_000_000;
/// Callbacks that are to wait are due between these instants from now: not during any run, and within the partitions
/// that exist.
const WAITING_FROM: i64 = 24 * 3_600 * SECOND;
const WAITING_TO: i64 = 300 * 24 * 3_600 * SECOND;

/// What callbacks that are put into the database are, each column as an expression of SQL over `n`, which counts them from 0,
/// and `at`, when each is due.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The skill's id.
    pub skill: &'static str,
    /// `null` where it is not tracked.
    pub tries: &'static str,
    /// Which presentation it is.
    pub attempt: &'static str,
    /// `null` where it does not expire.
    pub not_after: &'static str,
}

impl Kind {
    /// Of skills that are not tracked.
    pub const UNTRACKED: Self = Self { skill: "4700 + n % 20", tries: "null", attempt: "1", not_after: "null" };
    /// Of skills that are tracked.
    pub const TRACKED: Self = Self { skill: "4800 + n % 20", tries: "0", ..Self::UNTRACKED };
}

/// The servers.
pub struct Servers {
    /// What they are.
    pub site: Site,
    /// The broker, or the first of them.
    pub kafka: Kafka,
    /// The database server, or the primary.
    pub postgres: Postgres,
    /// The server that its commits wait for.
    _standby: Option<Postgres>,
}

impl Servers {
    /// Starts them, side by side.
    pub fn start(site: Site) -> Self {
        let is_cluster = site == Site::Cluster;
        std::thread::scope(|threads| {
            let kafka = threads.spawn(if is_cluster { Kafka::start_cluster } else { Kafka::start });
            let postgres = Postgres::start_with(&POSTGRES_SETTINGS);
            let standby = is_cluster.then(|| postgres.standby());
            if is_cluster {
                postgres.wait_for_standbys(true);
            }
            let kafka = kafka.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Self { site, kafka, postgres, _standby: standby }
        })
    }
}

/// One ground for each number of waiting callbacks, made when it is first asked for.
pub struct Grounds<'a> {
    servers: &'a Servers,
    by_waiting: BTreeMap<u64, Ground<'a>>,
}

impl<'a> Grounds<'a> {
    /// None yet.
    pub const fn on(servers: &'a Servers) -> Self {
        Self { servers, by_waiting: BTreeMap::new() }
    }

    /// The ground with that many waiting callbacks.
    pub fn with_waiting(&mut self, count: u64) -> &Ground<'a> {
        let servers = self.servers;
        self.by_waiting.entry(count).or_insert_with(|| Ground::make(servers, PARTITIONS, count))
    }

    /// A ground of that many partitions a topic, where nothing waits.
    pub fn with_partitions(&self, partitions: i32) -> Ground<'a> {
        Ground::make(self.servers, partitions, 0)
    }
}

/// Topics, a group and a database; the service runs only while it is measured.
pub struct Ground<'a> {
    /// Topics, group and database.
    pub scope: Scope<'a>,
    /// A topic for states, which the service writes only where it is told to.
    pub state: String,
    /// The database server's own database: looking at statistics from there leaves none in the service's.
    pub admin: Sql,
}

impl<'a> Ground<'a> {
    fn make(servers: &'a Servers, partitions: i32, waiting: u64) -> Self {
        let scope = Scope::with_partitions(&servers.kafka, &servers.postgres, partitions, partitions);
        let state = format!("{}.callback.state", scope.database);
        servers.kafka.create_topics(&[(&state, partitions)]);
        let ground = Self { admin: servers.postgres.sql("postgres"), scope, state };
        ground.load_directory();
        if waiting > 0 {
            progress(&format!("{waiting} callbacks are put into the database, to wait"));
            let from = clock::now().plus_micros(WAITING_FROM);
            let step = (WAITING_TO - WAITING_FROM) / i64::try_from(waiting).unwrap_or(i64::MAX);
            ground.put_callbacks(&Kind::UNTRACKED, waiting, from, step.max(1));
        }
        ground.settle();
        ground
    }

    /// Brings the tables to rest, so that no upkeep of theirs falls into a measurement.
    pub fn settle(&self) {
        self.scope.sql().run("vacuum (analyze) callback, decision");
        self.admin.run("checkpoint");
    }

    /// A configuration of the service, at its defaults.
    pub fn service(&self) -> ServiceConfig {
        self.scope.service().set("log.level", "info")
    }

    /// The same with the state topic on or off.
    pub fn service_with_states(&self, states: bool) -> ServiceConfig {
        if states { self.service().set("topics.state", self.state.as_str()) } else { self.service() }
    }

    /// Stores callbacks as the service would, `step` microseconds apart. The service must not run: it learns of rows by
    /// loading them.
    pub fn put_callbacks(&self, kind: &Kind, count: u64, from: Timestamp, step: i64) {
        let sql = self.scope.sql();
        let mut stored = 0;
        while stored < count {
            let some = (count - stored).min(CHUNK);
            sql.run(&callback_rows(kind, (stored, some), from, step));
            stored += some;
            if count > CHUNK {
                progress(&format!("{stored} of {count} stored"));
            }
        }
    }

    fn load_directory(&self) {
        let file = crate::rig::folder("directory").join("directory.json");
        std::fs::write(&file, commands::directory().to_string())
            .unwrap_or_else(|error| panic!("{} cannot be written: {error}", file.display()));
        let run = |command: &mut Command| command.status().map(|status| status.success());
        let loaded = run(&mut self.service().command(&["directory", "load", path(&file)]));
        assert!(matches!(loaded, Ok(true)), "the directory could not be loaded: {loaded:?}");
    }
}

fn path(file: &Path) -> &str {
    file.to_str().unwrap_or_else(|| panic!("{} is not UTF-8", file.display()))
}

/// Starts the service and waits until it is ready; also says how long that took.
pub fn start(config: &ServiceConfig) -> (ServiceProcess, Duration) {
    let began = Instant::now();
    let service = config.start();
    (service, began.elapsed())
}

/// Rows like those of `commands`, so many from the `first` one on, over all shards.
fn callback_rows(kind: &Kind, (first, count): (u64, u64), from: Timestamp, step: i64) -> String {
    let Kind { skill, tries, attempt, not_after } = kind;
    let blocks = count.div_ceil(SEQUENCE_BLOCK);
    let from = from.micros() + i64::try_from(first).unwrap_or(i64::MAX).saturating_mul(step);
    format!(
        "insert into callback (callback_id, shard, fire_at, scheduled_for, revision, attempt, tenant, skill_id,
             agent_id, phone_number, first_name, last_name, notes, caption, requested_by, command_source, command_id,
             revised_by, correlation_id, created_at, tries, not_after)
         select sequence << 10 | sequence % {PARTITIONS}, sequence % {PARTITIONS}, at, at, 1, {attempt}, 'default',
             {skill}, case when n % 4 = 0 then 1000 + n % {agents} end,
             '+1415555' || lpad((n % 10000)::text, 4, '0'), 'Ana', 'García',
             'asked to be called about invoice ' || n || ', prefers Spanish, has called twice before',
             'Call back about invoice ' || n, 1000 + n % {agents}, '/bench', 'put-' || sequence, 'put-' || sequence,
             'contact-' || n, now(), {tries}, {not_after}
         from (
             select block.first + i as sequence, k * {SEQUENCE_BLOCK} + i as n,
                 timestamptz 'epoch' + ({from} + (k * {SEQUENCE_BLOCK} + i) * {step}) * interval '1 microsecond' as at
             from (select nextval('callback_sequence') as first, k
                   from generate_series(0::bigint, {blocks} - 1) k offset 0) block,
                 generate_series(0, {SEQUENCE_BLOCK} - 1) i
         ) row
         where n < {count}",
        agents = commands::AGENTS,
    )
}
