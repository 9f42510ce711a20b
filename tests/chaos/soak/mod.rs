//! The soak: a cluster under load for hours, a fault every few minutes, upgrades; sampled all the time, judged all the time.
//!
//! The servers, the load, the router, the faults and the judge are those of the chaos. What differs is that nothing is kept
//! for ever: stories are judged as soon as they are told, and forgotten ([`stories`]).

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "figures for people: nobody needs the 53rd bit"
)]

mod chronicle;
mod page;
mod sampler;
mod series;
pub mod stories;
pub mod verdict;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;

use self::chronicle::{Chronicle, PATIENCE, Totals};
use self::sampler::Sample;
use self::stories::Patience;
use self::verdict::Verdict;
use crate::faults::{Fault, Installation};
use crate::judge::{Broken, Promise};
use crate::load::{Load, Pace};
use crate::random::Random;
use crate::rig::{self, Kafka, Postgres, Sql};
use crate::router::Router;
use crate::run::{LOOK, OBSERVED, PARTITIONS, WINDOW, all_fire, scope, tenths};
use crate::seen::{RECONNECTING, Seen};
use crate::skills;

/// A burst of the load is a quarter of a second's.
const BURSTS_A_SECOND: u64 = 4;
/// How far ahead callbacks are due: so that all that comes in also fires.
const AHEAD_SECONDS: u64 = 20;
/// Commands name one of the last seconds'.
const RECENT_SECONDS: u64 = 5;
/// So many of a hundred callbacks are tracked, or expire.
const LIVES: u64 = 20;
/// An upgrade comes every hour; where the run is shorter than two, once, at half time.
const UPGRADE: Duration = Duration::from_hours(1);
/// The last fault comes so long before the end, so that what it did can be seen.
const LAST: Duration = Duration::from_mins(2);
/// How long a topic keeps what was read long ago.
const TOPICS: Duration = Duration::from_mins(20);
/// Once the load has ended nothing is away any more, and stories are judged sooner.
const QUIET_IN_THE_END: i64 = 100_000_000;
/// How long the end waits at most: for the longest life, and until its story is judged.
const END: Duration = Duration::from_mins(12);

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How long the load runs.
    pub hours: f64,
    /// Commands a second, the router's reports not counted.
    pub rate: u64,
    /// How often there is a fault.
    pub every: Duration,
    /// What determines the load and the order of the faults.
    pub seed: u64,
    /// The program that instances are replaced by, and are to begin with; this build itself where there is none.
    pub old: Option<PathBuf>,
}

/// Something that was done.
#[derive(Clone, Debug)]
pub struct Event {
    /// What.
    pub what: String,
    /// When.
    pub began: Timestamp,
    /// When it was over, or all was done that the instances have to live with.
    pub mended: Timestamp,
    /// When every shard had fired again; none where that took longer than a minute.
    pub recovered: Option<Timestamp>,
}

/// What came of it.
#[derive(Debug)]
pub struct Run {
    /// From the first command to the last look.
    pub span: (Timestamp, Timestamp),
    /// What was done, in order.
    pub events: Vec<Event>,
    /// What was measured, in order.
    pub samples: Vec<Sample>,
    /// What was counted.
    pub totals: Totals,
    /// Why it ended before its time, where it did: a server that did not come back, for instance.
    pub failure: Option<String>,
    /// The promises that were broken, as far as they were kept.
    pub broken: Vec<Broken>,
    /// The instances' logs.
    pub logs: PathBuf,
}

impl Plan {
    /// `HOURS`, `RATE` (500), `EVERY` (5, in minutes), `SEED` (1), `OLD` (a program); `None` where no hours are given.
    pub fn from_environment() -> Option<Self> {
        let number = |name: &str| std::env::var(name).ok()?.parse::<f64>().ok();
        let whole = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
        Some(Self {
            hours: number("HOURS")?,
            rate: whole("RATE").unwrap_or(500),
            every: Duration::from_secs_f64(number("EVERY").unwrap_or(5.0) * 60.0),
            seed: whole("SEED").unwrap_or(1),
            old: std::env::var_os("OLD").filter(|path| !path.is_empty()).map(PathBuf::from),
        })
    }

    fn length(&self) -> Duration {
        Duration::from_secs_f64(self.hours * 3_600.0)
    }

    /// How often instances are replaced.
    pub fn upgrade(&self) -> Duration {
        UPGRADE.min(self.length() / 2)
    }
}

/// Runs it and writes its page; returns whether all is well.
pub fn soak(plan: &Plan) -> bool {
    println!("soak: HOURS={} RATE={} SEED={}", plan.hours, plan.rate, plan.seed);
    let run = run(plan);
    let series = series::of(&run);
    let folder = page::folder();
    page::write(plan, &run, &series, &folder);
    println!("report: {}", folder.join("report.md").display());
    let growing: Vec<_> = series.iter().filter(|series| series.verdict() == Verdict::GoesOn).collect();
    for series in &growing {
        println!("  {} goes on", series.what);
    }
    if let Some(failure) = &run.failure {
        println!("  the run ended before its time: {failure}");
    }
    println!("{} promises broken, {} series that do not level off", run.totals.broken, growing.len());
    run.totals.broken == 0 && growing.is_empty() && run.failure.is_none()
}

fn run(plan: &Plan) -> Run {
    let (kafka, postgres) = thread::scope(|threads| {
        let kafka = threads.spawn(Kafka::start_cluster);
        // A standby that was away for a minute is to find what it has missed.
        let postgres = Postgres::start_with(&[("wal_keep_size", "1GB")]);
        (kafka.join().unwrap(), postgres)
    });
    let scope = scope(&kafka, &postgres);
    let state_topic = format!("{}.callback.state", scope.database);
    kafka.create_topics(&[(&state_topic, 2)]);
    let topics = &scope.topics;
    kafka.keep_for(&[&topics.commands, &topics.results, &topics.due, &topics.amendments, &state_topic], TOPICS);
    let standby = postgres.standby();
    let acknowledge_within = format!("{}s", skills::ACKNOWLEDGE_WITHIN);
    let settings = [
        ("due.window", WINDOW),
        ("lifecycle.acknowledge_within", &*acknowledge_within),
        ("topics.state", &*state_topic),
        ("log.level", "info"),
    ];
    let mut installation = Installation::start(&scope, Some(&standby), &settings);
    if let Some(old) = &plan.old {
        installation.replace(old);
    }
    let seen = Seen::of(&scope, Some(&state_topic));
    let sent = Mutex::default();
    let [ended, is_over, is_judged] = [const { AtomicBool::new(false) }; 3];
    let (planned, patience, samples) = (AtomicUsize::new(0), Mutex::new(PATIENCE), Mutex::default());
    let watched = installation.watched();
    let chronicle = Chronicle::new(&seen, &sent, [&postgres, &standby], &scope.database, installation.watched());
    let began = clock::now();
    println!("two instances are ready; the load begins");
    let pace = Pace {
        burst: plan.rate / BURSTS_A_SECOND,
        ahead_seconds: AHEAD_SECONDS,
        lives: LIVES,
        recent: usize::try_from(plan.rate * RECENT_SECONDS).unwrap_or(usize::MAX),
        is_steady: true,
    };
    let mut events = Vec::new();
    let mut failure = None;
    let load_ended = thread::scope(|threads| {
        let load = Load::new(&scope, PARTITIONS, &seen.results, &sent, &ended, pace, plan.seed);
        let load = threads.spawn(|| load.run());
        let router = Router::new(&scope, PARTITIONS, &sent, &is_over, &planned, plan.seed);
        let router = threads.spawn(|| router.run());
        let sampling = threads.spawn(|| sampler::run(&scope, &chronicle, &watched, &ended, &samples));
        let follower = threads.spawn(|| chronicle.follow(&is_judged, &patience));
        // What the rig cannot do ends the run; what was measured until then is worth a page all the same.
        let disturbed = catch_unwind(AssertUnwindSafe(|| disturb(plan, &mut installation, &chronicle, &mut events)));
        failure = disturbed.err().map(|panic| told_by(&*panic));
        ended.store(true, Ordering::Relaxed);
        load.join().unwrap();
        sampling.join().unwrap();
        let load_ended = clock::now();
        println!("the load has ended; waiting until all is quiet and every tracked callback has come to its end");
        *patience.lock().unwrap() = Patience { quiet: QUIET_IN_THE_END, ..PATIENCE };
        let start = Instant::now();
        while planned.load(Ordering::Relaxed) + chronicle.open() > 0 && start.elapsed() < END {
            installation.look_after();
            thread::sleep(LOOK);
        }
        is_over.store(true, Ordering::Relaxed);
        router.join().unwrap();
        is_judged.store(true, Ordering::Relaxed);
        let follower = follower.join().unwrap();
        let database = installation.primary().url(&scope.database);
        let ended = |evidence| Broken { promise: Promise::InstanceEnded, subject: "instance".to_owned(), evidence };
        chronicle.note(installation.end().into_iter().map(ended).collect());
        seen.wait_until_silent();
        follower.finish(&Sql::connect(&database));
        load_ended
    });
    let (totals, broken, samples) = (chronicle.totals(), chronicle.broken(), samples.into_inner().unwrap());
    Run { span: (began, load_ended), events, samples, totals, failure, broken, logs: rig::root().to_owned() }
}

/// One fault after the other, each kind once before one comes again, and upgrades; until the time is over.
fn disturb(plan: &Plan, installation: &mut Installation<'_>, chronicle: &Chronicle<'_>, events: &mut Vec<Event>) {
    let start = Instant::now();
    let mut random = Random::of(plan.seed);
    let kinds = Fault::all(&mut random, true, "").len();
    let mut order: Vec<usize> = (0..kinds).collect();
    shuffle(&mut order, &mut random);
    let (mut next_fault, mut next_upgrade) = (plan.every, plan.upgrade());
    let programs = plan
        .old
        .as_ref()
        .map_or_else(|| [rig::service_binary(), rig::service_binary()], |old| [rig::service_binary(), old.clone()]);
    let (mut faults, mut upgrades) = (0, 0);
    while start.elapsed() < plan.length() {
        installation.look_after();
        thread::sleep(LOOK);
        let is_last = plan.length().saturating_sub(start.elapsed()) < LAST;
        let event = if start.elapsed() >= next_upgrade && !is_last {
            next_upgrade += plan.upgrade();
            let program = &programs[upgrades % 2];
            upgrades += 1;
            let what = if plan.old.is_none() {
                "upgrade to itself"
            } else if upgrades % 2 == 1 {
                "upgrade"
            } else {
                "roll-back"
            };
            happen(what.to_owned(), false, installation, chronicle, |installation| installation.replace(program))
        } else if start.elapsed() >= next_fault && !is_last {
            next_fault += plan.every;
            let fault = Fault::all(&mut random, true, "")[order[faults % kinds]];
            faults += 1;
            happen(fault.to_string(), fault.holds_readers_up(), installation, chronicle, |installation| {
                installation.hit(fault, &mut random);
            })
        } else {
            continue;
        };
        installation.heal();
        let totals = chronicle.totals();
        println!(
            "{:.0} min: {}, mended after {}, every shard fires again after {}; {} commands, {} results, {} due events; {} broken",
            start.elapsed().as_secs_f64() / 60.0,
            event.what,
            told(event.began, Some(event.mended)),
            told(event.began, event.recovered),
            totals.commands,
            totals.results,
            totals.due,
            totals.broken
        );
        events.push(event);
    }
}

/// What somebody said who gave up.
fn told_by(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("without a word").lines().next().unwrap_or_default().to_owned()
}

fn happen(
    what: String,
    holds_readers_up: bool,
    installation: &mut Installation<'_>,
    chronicle: &Chronicle<'_>,
    act: impl FnOnce(&mut Installation<'_>),
) -> Event {
    let began = clock::now();
    if holds_readers_up {
        // Until it is known how long.
        chronicle.unreadable.lock().unwrap().push((began, Timestamp::from_micros(i64::MAX / 2)));
    }
    act(installation);
    let mended = clock::now();
    let recovered = all_fire(installation, || chronicle.fired_since(mended));
    let since = Duration::from_micros(clock::now().micros().abs_diff(began.micros()));
    thread::sleep(OBSERVED.saturating_sub(since));
    if let (true, Some(until)) = (holds_readers_up, recovered) {
        let mut unreadable = chronicle.unreadable.lock().unwrap();
        if let Some(last) = unreadable.last_mut() {
            last.1 = until.max(mended).plus_micros(RECONNECTING);
        }
    }
    Event { what, began, mended, recovered }
}

/// A duration between two instants; the second one may not have come.
fn told(from: Timestamp, to: Option<Timestamp>) -> String {
    to.map_or_else(|| "more than a minute".to_owned(), |to| tenths(to.micros().abs_diff(from.micros()) / 100_000))
}

/// Fisher and Yates.
fn shuffle(all: &mut [usize], random: &mut Random) {
    for place in (1..all.len()).rev() {
        let bound = u64::try_from(place + 1).unwrap_or(1);
        all.swap(place, usize::try_from(random.below(bound)).unwrap_or(0));
    }
}
