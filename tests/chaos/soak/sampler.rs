//! What is measured every ten seconds.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::TopicPartitionList;
use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;

use super::chronicle::Chronicle;
use crate::figures::Distribution;
use crate::rig::usage::{Others, Process};
use crate::rig::{self, Scope};
use crate::run::PARTITIONS;
use crate::watched::{INSTANCES, Watched};

/// How often.
pub const EVERY: Duration = Duration::from_secs(10);
/// How long a server may take to answer; then there is a gap.
const PATIENCE: Duration = Duration::from_secs(3);

/// What an instance takes.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// Its process number: another one where it was started again.
    pub pid: u32,
    /// Resident memory, in MiB.
    pub memory: f64,
    /// Open files and sockets.
    pub descriptors: usize,
    /// Threads.
    pub threads: usize,
}

/// What the database takes, in bytes and rows.
#[derive(Clone, Copy, Debug)]
pub struct Stored {
    /// Row versions that nobody sees any more, as PostgreSQL estimates it, of both tables.
    pub dead: i64,
    /// The tables without their indexes.
    pub tables: i64,
    /// The indexes.
    pub indexes: i64,
    /// The position in the write-ahead log.
    pub wal: i64,
}

/// All of one moment, and of the time since the one before.
#[derive(Clone, Debug)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// By place; none while one does not run.
    pub instances: [Option<Taken>; INSTANCES],
    /// Of the program that measures and judges, in MiB.
    pub own_memory: f64,
    /// None while it does not answer.
    pub stored: Option<Stored>,
    /// Commands that the group has not committed yet; none while the brokers do not answer.
    pub lag: Option<i64>,
    /// Commands sent since the beginning, and since the sample before.
    pub commands: (u64, u64),
    /// Results since the sample before, and its length in seconds.
    pub results: (u64, f64),
    /// Lateness of the due events that were seen since then.
    pub lateness: Distribution,
    /// The share of the machine that other work took since then.
    pub others: f64,
}

/// Samples until it is told to end.
pub fn run(
    scope: &Scope<'_>,
    chronicle: &Chronicle<'_>,
    watched: &Watched,
    ended: &AtomicBool,
    to: &Mutex<Vec<Sample>>,
) {
    let mut config = scope.kafka.client();
    config.set("group.id", scope.group.as_str()).set("enable.auto.commit", "false").set("socket.timeout.ms", "3000");
    let group: BaseConsumer = config.create().unwrap();
    let (mut next, mut since, mut others) = (Instant::now() + EVERY, Instant::now(), Others::from_now());
    chronicle.interval();
    while !ended.load(Ordering::Relaxed) {
        let left = next.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            thread::sleep(left.min(Duration::from_millis(200)));
            continue;
        }
        next = Instant::now() + EVERY;
        let (stored, lag) = (stored(chronicle), lag(&group, &scope.topics.commands));
        let interval = chronicle.interval();
        let sample = Sample {
            at: clock::now(),
            instances: watched.processes().map(taken),
            own_memory: Process::of(std::process::id()).memory(),
            stored,
            lag,
            commands: (chronicle.totals().commands, interval.commands),
            results: (interval.results, since.elapsed().as_secs_f64()),
            lateness: interval.lateness.into_iter().collect(),
            others: others.share(),
        };
        (since, others) = (Instant::now(), Others::from_now());
        to.lock().unwrap().push(sample);
    }
}

fn taken(pid: u32) -> Option<Taken> {
    let process = Process::of(pid);
    let (descriptors, threads) = (process.descriptors()?, process.threads()?);
    Some(Taken { pid, memory: process.memory(), descriptors, threads }).filter(|taken| !taken.memory.is_nan())
}

fn stored(chronicle: &Chronicle<'_>) -> Option<Stored> {
    let sql = chronicle.primary()?;
    let query = "select
            (select coalesce(sum(n_dead_tup), 0)::bigint from pg_stat_user_tables),
            sum(pg_table_size(c.oid))::bigint, sum(pg_indexes_size(c.oid))::bigint,
            (pg_current_wal_lsn() - '0/0')::bigint
        from pg_class c where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace";
    let row = rig::block_on(async { tokio::time::timeout(PATIENCE, sql.client().query_one(query, &[])).await });
    let row = row.ok()?.ok()?;
    Some(Stored { dead: row.get(0), tables: row.get(1), indexes: row.get(2), wal: row.get(3) })
}

fn lag(group: &BaseConsumer, topic: &str) -> Option<i64> {
    let mut places = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        places.add_partition(topic, partition);
    }
    let committed = group.committed_offsets(places, PATIENCE).ok()?;
    let mut lag = 0;
    for place in committed.elements() {
        let (low, end) = group.fetch_watermarks(topic, place.partition(), PATIENCE).ok()?;
        let read = if let Offset::Offset(offset) = place.offset() { offset } else { low };
        // Between the two questions more may have been read than was there.
        lag += (end - read).max(0);
    }
    Some(lag)
}
