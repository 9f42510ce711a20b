//! One run: servers, instances, load, faults, quiet, judgement.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;

use crate::bare::{self, Sight};
use crate::faults::{Fault, Installation};
use crate::history::{History, Published, Sent};
use crate::judge::{Broken, Promise, judge};
use crate::load::{Load, Pace};
use crate::observer::Observer;
use crate::random::Random;
use crate::rig::{self, Kafka, Postgres, Scope, Sql};
use crate::router::Router;
use crate::seen::Seen;
use crate::{skills, tables};

/// Partitions of the command topic, so shards.
pub const PARTITIONS: i32 = 8;
/// Short, so that windows are loaded all the time.
pub const WINDOW: &str = "5s";
/// How long a round waits for every shard to fire again before the next fault comes all the same.
pub const RECOVERY: Duration = Duration::from_mins(1);
/// How long the end waits at most for all answers and due events, and until every tracked callback has come to its end: they
/// are due within 20 s, a last takeover may have to wait for a transaction's end, and then as many presentations come, each of
/// which nobody acknowledges.
const QUIET: Duration = Duration::from_mins(5);
/// With a rule broken on purpose something may stay missing for ever.
const QUIET_OF_A_MUTANT: Duration = Duration::from_secs(30);
/// How long a fault of a cluster is looked at, at the least.
pub const OBSERVED: Duration = Duration::from_secs(20);
/// How often the run looks at what has happened.
pub const LOOK: Duration = Duration::from_millis(250);

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many faults.
    pub rounds: u64,
    /// What determines faults and load.
    pub seed: u64,
    /// Names of the faults to choose from, comma separated; empty for all.
    pub faults: String,
    /// The rule that the instances are to break, where they are built for that.
    pub mutant: Option<String>,
    /// Whether there are three brokers, and a primary with a synchronous standby; else one of each.
    pub is_cluster: bool,
    /// The instances' `session.timeout.ms`, where it is not to be their own.
    pub session: Option<u64>,
    /// librdkafka's `debug` for the instances.
    pub kafka_debug: Option<String>,
}

impl Plan {
    /// Slow enough that the figures are those of the faults and not of a machine that cannot keep up; faster for a
    /// mutant, so that a fault hits more of what is under way.
    fn pace(&self) -> Pace {
        match self.mutant {
            None => Pace { burst: 20, ahead_seconds: 20, lives: 40, recent: 400, is_steady: false },
            // What is missing for ever in these runs must not be what a callback has time for.
            Some(_) => Pace { burst: 60, ahead_seconds: 6, lives: 0, recent: 400, is_steady: false },
        }
    }

    /// Every fourth seed fires in transactions that are open for a while, and so does every mutant: there a fault hits
    /// them more often.
    pub fn stage_ahead_millis(&self) -> u64 {
        if self.seed.is_multiple_of(4) || self.mutant.is_some() { 400 } else { 0 }
    }
}

/// What happened.
#[derive(Debug)]
pub struct Run {
    /// Everything that was seen.
    pub history: History,
    /// The rounds.
    pub rounds: Vec<Round>,
    /// From the first command to the last look.
    pub span: (Timestamp, Timestamp),
    /// When the last command had been sent.
    pub load_ended: Timestamp,
    /// On a cluster, when a reader saw what a bare client had committed.
    pub bare: Vec<Sight>,
    /// The judge's verdict.
    pub broken: Vec<Broken>,
    /// The instances' logs, where they are kept.
    pub logs: PathBuf,
}

/// A fault, and what came of it.
#[derive(Clone, Debug)]
pub struct Round {
    /// What was done.
    pub fault: Fault,
    /// When.
    pub began: Timestamp,
    /// When it was mended; on a cluster, when all was done that the instances have to live with.
    pub mended: Timestamp,
    /// When every shard had fired again; `None` where that took longer than the round waits.
    pub recovered: Option<Timestamp>,
    /// Up to when it was looked at; only then a cluster is made whole again.
    pub observed: Timestamp,
}

/// Runs it all; says on standard output what happens.
pub fn run(plan: &Plan) -> Run {
    let (kafka, postgres) = thread::scope(|threads| {
        let kafka = threads.spawn(if plan.is_cluster { Kafka::start_cluster } else { Kafka::start });
        let postgres = Postgres::start();
        (kafka.join().unwrap(), postgres)
    });
    let scope = scope(&kafka, &postgres);
    let state_topic = plan.mutant.is_none().then(|| format!("{}.callback.state", scope.database));
    if let Some(topic) = &state_topic {
        kafka.create_topics(&[(topic, 2)]);
    }
    let standby = plan.is_cluster.then(|| postgres.standby());
    let stage_ahead = format!("{}ms", plan.stage_ahead_millis());
    let session = plan.session.map(|millis| millis.to_string());
    let mut settings = vec![("due.window", WINDOW), ("due.stage_ahead", &*stage_ahead)];
    let acknowledge_within = format!("{}s", skills::ACKNOWLEDGE_WITHIN);
    settings.push(("lifecycle.acknowledge_within", &*acknowledge_within));
    settings.extend(state_topic.as_deref().map(|topic| ("topics.state", topic)));
    settings.extend(session.as_deref().map(|millis| ("kafka.properties.session.timeout.ms", millis)));
    settings.extend(plan.kafka_debug.as_deref().map(|what| ("kafka.properties.debug", what)));
    let mut installation = Installation::start(&scope, standby.as_ref(), &settings);
    let seen = Seen::of(&scope, state_topic.as_deref());
    let (sent, ended, is_over) = (Mutex::default(), AtomicBool::new(false), AtomicBool::new(false));
    let bare = Mutex::default();
    let began = clock::now();
    println!("two instances are ready; the load begins");
    let planned = AtomicUsize::new(0);
    let patience = if plan.mutant.is_some() { QUIET_OF_A_MUTANT } else { QUIET };
    let mut history = History::default();
    let (rounds, load_ended) = thread::scope(|threads| {
        let load = Load::new(&scope, PARTITIONS, &seen.results, &sent, &ended, plan.pace(), plan.seed);
        let load = threads.spawn(|| load.run());
        let router = Router::new(&scope, PARTITIONS, &sent, &is_over, &planned, plan.seed);
        let router = threads.spawn(|| router.run());
        if plan.is_cluster {
            threads.spawn(|| bare::run(&scope, plan.session, &ended, &bare));
        }
        let rounds = hit(plan, &mut installation, &seen, &sent);
        ended.store(true, Ordering::Relaxed);
        load.join().unwrap();
        let load_ended = clock::now();
        history.lives = seen.lives(&rounds);
        println!("the load has ended; waiting until all is quiet and every tracked callback has come to its end");
        wait_until_quiet(&mut installation, &mut history, &seen, (&sent, &planned), patience);
        is_over.store(true, Ordering::Relaxed);
        router.join().unwrap();
        (rounds, load_ended)
    });
    // What the router read again at the very end is answered, too, and what it reported there may have begun another wait.
    wait_until_quiet(&mut installation, &mut history, &seen, (&sent, &AtomicUsize::new(0)), patience);
    let bare = bare.into_inner().unwrap();
    let database_url = installation.primary().url(&scope.database);
    history.accidents = installation.end();
    // What comes after all is quiet is seen here, too.
    seen.in_the_end(&mut history);
    let sql = Sql::connect(&database_url);
    history.database = Some(rig::block_on(tables::whole(sql.client())).unwrap());
    let broken = judge(&history);
    Run { history, rounds, span: (began, clock::now()), load_ended, bare, broken, logs: rig::root().to_owned() }
}

/// Topics, a group and a database, and the directory.
pub fn scope<'a>(kafka: &'a Kafka, postgres: &'a Postgres) -> Scope<'a> {
    let scope = Scope::on(kafka, postgres, PARTITIONS);
    load_directory(&scope);
    skills::publish(&scope);
    scope
}

fn hit(plan: &Plan, installation: &mut Installation<'_>, seen: &Seen, sent: &Mutex<Vec<Sent>>) -> Vec<Round> {
    let mut random = Random::of(plan.seed);
    let mut rounds = Vec::new();
    for number in 1..=plan.rounds {
        thread::sleep(Duration::from_millis(random.between(1_000, 3_000)));
        let Some(fault) = Fault::any(&mut random, plan.is_cluster, &plan.faults) else { break };
        let began = clock::now();
        installation.hit(fault, &mut random);
        let mended = clock::now();
        let recovered = all_fire(installation, || shards_of(&seen.due, mended));
        let seconds = |until: Timestamp| until.micros().abs_diff(began.micros()) / 100_000;
        let told = recovered.map_or_else(|| "not yet".to_owned(), |at| tenths(seconds(at)));
        println!(
            "round {number}/{}, {began}: {fault}, mended after {}, every shard fires again after {told}; {} commands, {} results, {} due events",
            plan.rounds,
            tenths(seconds(mended)),
            sent.lock().unwrap().len(),
            seen.results.seen().len(),
            seen.due.seen().len(),
        );
        if plan.is_cluster {
            // What comes of it may begin only when sessions are over.
            let since = Duration::from_micros(clock::now().micros().abs_diff(began.micros()));
            thread::sleep(OBSERVED.saturating_sub(since));
        }
        rounds.push(Round { fault, began, mended, recovered, observed: clock::now() });
        installation.heal();
    }
    rounds
}

/// A duration for the screen.
pub fn tenths(tenths: u64) -> String {
    format!("{}.{} s", tenths / 10, tenths % 10)
}

/// Waits until every shard has fired something that was not due before the fault was mended; `fired` says which have.
pub fn all_fire(installation: &mut Installation<'_>, fired: impl Fn() -> BTreeSet<i64>) -> Option<Timestamp> {
    let start = Instant::now();
    while start.elapsed() < RECOVERY {
        installation.look_after();
        if i32::try_from(fired().len()) == Ok(PARTITIONS) {
            return Some(clock::now());
        }
        thread::sleep(LOOK);
    }
    None
}

fn shards_of(due: &Observer, mended: Timestamp) -> BTreeSet<i64> {
    due.seen().iter().rev().take_while(|event| event.seen_at > mended).filter_map(shard).collect()
}

/// The shard of a due event's callback: an id's last ten bits (ARCHITECTURE.md, "Shard").
pub fn shard(event: &Published) -> Option<i64> {
    event.attribute("ce_subject").parse::<i64>().ok().map(|id| id & 1_023)
}

/// Waits until every command is answered, everything due has fired, every tracked callback has come to its end, and the
/// router has nothing more to say.
fn wait_until_quiet(
    installation: &mut Installation<'_>,
    history: &mut History,
    seen: &Seen,
    (sent, planned): (&Mutex<Vec<Sent>>, &AtomicUsize),
    patience: Duration,
) {
    let start = Instant::now();
    loop {
        installation.look_after();
        history.commands.clone_from(&sent.lock().unwrap());
        seen.so_far(history);
        let looked = Instant::now();
        let missing = |broken: &Broken| {
            matches!(broken.promise, Promise::ResultMissing | Promise::DueMissing | Promise::EndMissing)
        };
        let left = judge(history).iter().filter(|broken| missing(broken)).count();
        let planned = planned.load(Ordering::Relaxed);
        if left + planned == 0 || start.elapsed() > patience {
            let seconds = start.elapsed().as_secs();
            println!("after {seconds} s {left} results, due events and ends are missing, and {planned} reports");
            return;
        }
        // It takes its time where the run was long.
        thread::sleep((LOOK * 2).max(looked.elapsed()));
    }
}

fn load_directory(scope: &Scope<'_>) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/sample/directory.json");
    let status = scope.service().command(&["directory", "load", &file.display().to_string()]).status().unwrap();
    assert!(status.success(), "directory load: {status}");
}
