//! Scenario: what a thousand commands a second cost the broker, the service and the database, once all are warm.

use std::path::PathBuf;
use std::time::Duration;

use schedule_callback::clock;

use crate::commands::Commands;
use crate::feed::Feed;
use crate::grounds::{Ground, Grounds, start};
use crate::listen::{Listener, answer, millis};
use crate::pipe;
use crate::progress::progress;
use crate::report::{Section, Target, quantile, sorted};
use crate::rig::ServiceProcess;
use crate::rig::usage::Process;
use crate::sizes::Sizes;

const PER_SECOND: u64 = 1_000;
/// Before anything is measured: the broker compiles its own code in its first seconds under load.
const WARM_SECONDS: u64 = 10;
/// So many transactions are measured by themselves, of so large records.
const BARE: u64 = 200;
const RESULT_BYTES: usize = 900;
/// What the feed alone costs is looked at for this part of a round's time.
const ALONE: u64 = 4;
/// Milliseconds, where the bare transaction takes 10 at most.
const TARGET_P50: f64 = 15.0;
const TARGET_P99: f64 = 40.0;
/// A program of another version, which is measured in turn with this one's: its path.
const BEFORE: &str = "BENCH_BEFORE";

/// What a round showed.
struct Round {
    /// Seconds of processor time a second: broker, service, database server.
    cpu: [f64; 3],
    /// Transactions a second: of answers and of due events in Kafka, in the database.
    transactions: [f64; 3],
    /// Milliseconds that each command waited for its result, sorted.
    latencies: Vec<f64>,
}

/// Plays the scenario.
pub fn measure(grounds: &mut Grounds<'_>, sizes: &Sizes) -> Section {
    let ground = grounds.with_waiting(0);
    let before = std::env::var_os(BEFORE).map(PathBuf::from);
    let (mut now, mut then) = (Vec::new(), Vec::new());
    let (mut bare, mut alone) = (Vec::new(), Vec::new());
    warm_up(ground);
    for round in 1..=sizes.rounds {
        bare.push(quantile(&pipe::transactions(&ground.scope, BARE, RESULT_BYTES, round), 0.5));
        alone.push(feed_alone(ground, (sizes.paced_seconds / ALONE).max(1)));
        progress(&format!(
            "paced {round}/{}: bare transaction p50 {:.1} ms, broker for the feed alone {:.3}",
            sizes.rounds,
            bare.last().unwrap_or(&f64::NAN),
            alone.last().unwrap_or(&f64::NAN),
        ));
        if let Some(program) = &before {
            then.push(play(ground, Some(program), sizes.paced_seconds));
            say("before", round, sizes.rounds, then.last());
        }
        now.push(play(ground, None, sizes.paced_seconds));
        say("now", round, sizes.rounds, now.last());
    }
    let mut section = Section::new(format!(
        "{PER_SECOND} commands a second, each produced by itself, for {} seconds a round after {WARM_SECONDS} seconds of \
         warming up: processor time of each process, transactions, and the time from just before a command is produced until \
         its result is with a `read_committed` reader. In turn with it: transactions of a record for each partition and the \
         offsets of all, one after the other; and the same commands produced into a topic that nobody reads.",
        sizes.paced_seconds
    ));
    rows(&mut section, "", &now);
    if !then.is_empty() {
        rows(&mut section, "before: ", &then);
    }
    section.row("bare transaction: p50", "ms", None, bare);
    section.row("processor of the broker for the commands alone", "cores", None, alone);
    section
}

fn say(version: &str, round: u64, rounds: u64, measured: Option<&Round>) {
    let Some(Round { cpu: [broker, service, database], transactions: [answers, due, stored], latencies }) = measured
    else {
        return;
    };
    progress(&format!(
        "paced {round}/{rounds}, {version}: {:.3} cores (broker {broker:.3}, service {service:.3}, database {database:.3}), \
         {answers:.0} + {due:.0} transactions/s in Kafka, {stored:.0} in the database, p50 {:.1} ms, p99 {:.1} ms",
        broker + service + database,
        quantile(latencies, 0.5),
        quantile(latencies, 0.99),
    ));
}

fn rows(section: &mut Section, version: &str, rounds: &[Round]) {
    let is_now = version.is_empty();
    let mut row = |what: &str, unit: &str, target: Option<f64>, figure: &dyn Fn(&Round) -> f64| {
        let target = target.filter(|_| is_now).map(Target::AtMost);
        section.row(&format!("{version}{what}"), unit, target, rounds.iter().map(figure).collect());
    };
    row("processor, all together", "cores", None, &|round| round.cpu.iter().sum());
    for (which, process) in ["broker", "service", "database"].into_iter().enumerate() {
        row(&format!("processor of the {process}"), "cores", None, &move |round| round.cpu[which]);
    }
    for (which, kind) in ["answers", "due events"].into_iter().enumerate() {
        row(&format!("Kafka transactions of {kind}"), "1/s", None, &move |round| round.transactions[which]);
    }
    row("transactions in the database", "1/s", None, &|round| round.transactions[2]);
    row("p50", "ms", Some(TARGET_P50), &|round| quantile(&round.latencies, 0.5));
    row("p99", "ms", Some(TARGET_P99), &|round| quantile(&round.latencies, 0.99));
}

/// The broker has served each kind of request many times after this.
fn warm_up(ground: &Ground<'_>) {
    progress("paced: the broker warms up");
    play(ground, None, WARM_SECONDS);
}

/// Seconds of processor time a second that the broker spends on taking the commands.
fn feed_alone(ground: &Ground<'_>, seconds: u64) -> f64 {
    let feed = Feed::to_topic(&ground.scope, &ground.scope.topics.dead_letters, Duration::ZERO);
    let commands = Commands::new("alone", clock::now());
    let broker = broker(ground);
    let (began, before) = (clock::now(), broker.cpu_seconds());
    feed.paced(&commands, seconds * PER_SECOND, PER_SECOND);
    (broker.cpu_seconds() - before) / (millis(began, clock::now()) / 1e3)
}

fn play(ground: &Ground<'_>, program: Option<&PathBuf>, seconds: u64) -> Round {
    let warm = WARM_SECONDS * PER_SECOND;
    let count = warm + seconds * PER_SECOND;
    let listener = Listener::open(&ground.scope.kafka.client(), &ground.scope.topics.results, answer);
    let config = ground.service();
    let config = program.map_or_else(|| config.clone(), |program| config.clone().program(program.clone()));
    let (mut service, _) = start(&config);
    let commands = Commands::new(&format!("paced-{}", clock::now().micros()), clock::now());
    let (sent, before, after) = std::thread::scope(|threads| {
        let began = clock::now();
        let feed = threads.spawn(|| Feed::to(&ground.scope, Duration::ZERO).paced(&commands, count, PER_SECOND));
        let sleep_for = |seconds: u64| {
            clock::sleep_until(began.plus_micros(i64::try_from(seconds * 1_000_000).unwrap_or(i64::MAX)));
        };
        sleep_for(WARM_SECONDS);
        let before = Costs::look(ground, &service);
        sleep_for(WARM_SECONDS + seconds);
        let after = Costs::look(ground, &service);
        (feed.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), before, after)
    });
    let results = listener.wait_for("results", count);
    service.terminate();
    let warm = usize::try_from(warm).unwrap_or(0);
    let measured = results.iter().filter(|(_, answer)| answer.number >= warm);
    let elapsed = millis(before.at, after.at) / 1e3;
    let a_second = |index: usize, of: fn(&Costs) -> [f64; 3]| (of(&after)[index] - of(&before)[index]) / elapsed;
    Round {
        cpu: std::array::from_fn(|index| a_second(index, |costs| costs.cpu)),
        transactions: std::array::from_fn(|index| a_second(index, |costs| costs.transactions)),
        latencies: sorted(measured.map(|(at, answer)| millis(sent[answer.number], *at)).collect()),
    }
}

fn broker(ground: &Ground<'_>) -> Process {
    Process::of(ground.scope.kafka.pid().unwrap_or(0))
}

/// What has been spent so far, in the order of `Round`'s figures.
struct Costs {
    at: schedule_callback::domain::time::Timestamp,
    cpu: [f64; 3],
    transactions: [f64; 3],
}

impl Costs {
    fn look(ground: &Ground<'_>, service: &ServiceProcess) -> Self {
        let query = "select (xact_commit + xact_rollback)::float8 from pg_stat_database where datname = $1";
        let stored: f64 = ground.admin.value(query, &[&ground.scope.database]);
        let metrics = service.get("/metrics").map(|answer| answer.body).unwrap_or_default();
        let database = Process::of(ground.scope.postgres.pid().unwrap_or(0));
        Self {
            at: clock::now(),
            cpu: [
                broker(ground).cpu_seconds(),
                Process::of(service.pid()).cpu_seconds(),
                database.cpu_seconds_of_tree(),
            ],
            transactions: [committed(&metrics, "answer"), committed(&metrics, "dispatch"), stored],
        }
    }
}

/// How many Kafka transactions a loop has committed, by the service's own metrics.
fn committed(metrics: &str, of: &str) -> f64 {
    let wanted = [format!("loop=\"{of}\""), "outcome=\"committed\"".to_owned()];
    let lines = metrics.lines().filter(|line| line.starts_with("schedule_callback_transactions_total{"));
    let lines = lines.filter(|line| wanted.iter().all(|label| line.contains(label.as_str())));
    lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
}
