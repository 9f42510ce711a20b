//! Scenario: what the service costs while callbacks only wait, and what firing one leaves in the database.

use std::thread::sleep;
use std::time::{Duration, Instant};

use schedule_callback::clock;

use crate::grounds::{Ground, Grounds, Kind, start};
use crate::listen::{Listener, scheduled_for};
use crate::progress::progress;
use crate::report::{Section, Target};
use crate::rig::usage::Process;
use crate::rig::{ServiceProcess, Sql};
use crate::sizes::Sizes;

/// How many callbacks are fired to see what that leaves behind.
const FIRED: u64 = 10_000;
/// Firing begins this long after the rows are stored, in microseconds, and takes a second for every thousand.
const LEAD: i64 = 30_000_000;
const STEP: i64 = 1_000;
/// PostgreSQL's processes report what they have counted at the latest after this long: a second, or where they fall
/// idle first ten (`PGSTAT_IDLE_INTERVAL` in its source).
const STATISTICS: Duration = Duration::from_secs(11);

/// Plays the scenario.
pub fn measure(grounds: &mut Grounds<'_>, sizes: &Sizes) -> Section {
    let ground = grounds.with_waiting(sizes.many);
    let (mut service, ready) = start(&ground.service());
    sleep(STATISTICS);
    let rounds: Vec<Quiet> = (1..=sizes.rounds)
        .map(|round| {
            let quiet = look_on(ground, &service, sizes.idle());
            let Quiet { cpu_percent, transactions, .. } = quiet;
            progress(&format!(
                "idle {round}/{}: {cpu_percent:.2} % of a core, {transactions:.2} transactions/s",
                sizes.rounds
            ));
            quiet
        })
        .collect();
    service.terminate();
    let left = fire(ground, false);
    let left_beside = fire(ground, true);

    let mut section = Section::new(format!(
        "{} callbacks wait and nothing is due, for {} seconds a round. Then {FIRED} are fired, twice, the second time while \
         another session holds a transaction open: what that wrote to the tables `callback` and `decision`.",
        sizes.many, sizes.idle_seconds
    ));
    section.row("ready after", "s", Some(Target::AtMost(5.0)), vec![ready.as_secs_f64()]);
    let each = |figure: fn(&Quiet) -> f64| rounds.iter().map(figure).collect();
    section.row("processor", "% of a core", Some(Target::AtMost(1.0)), each(|quiet| quiet.cpu_percent));
    section.row("transactions in the database", "1/s", Some(Target::AtMost(1.0)), each(|quiet| quiet.transactions));
    section.row("memory", "MiB", Some(Target::AtMost(250.0)), each(|quiet| quiet.memory));
    let none = Some(Target::AtMost(0.0));
    section.row("rows written for a fired callback", "", none, vec![left.written, left_beside.written]);
    section.row("dead rows for a fired callback", "", none, vec![left.dead, left_beside.dead]);
    section
}

struct Quiet {
    cpu_percent: f64,
    transactions: f64,
    memory: f64,
}

fn look_on(ground: &Ground<'_>, service: &ServiceProcess, time: Duration) -> Quiet {
    let process = Process::of(service.pid());
    let (began, cpu, transactions) = (Instant::now(), process.cpu_seconds(), transactions(ground));
    sleep(time);
    let seconds = began.elapsed().as_secs_f64();
    Quiet {
        cpu_percent: (process.cpu_seconds() - cpu) / seconds * 100.0,
        transactions: (self::transactions(ground) - transactions) as f64 / seconds,
        memory: process.memory(),
    }
}

/// Each of the service's statements outside a transaction is one of its own.
fn transactions(ground: &Ground<'_>) -> i64 {
    let query = "select xact_commit + xact_rollback from pg_stat_database where datname = $1";
    ground.admin.value(query, &[&ground.scope.database])
}

/// What firing wrote, for each callback.
struct Left {
    written: f64,
    dead: f64,
}

fn fire(ground: &Ground<'_>, beside_a_transaction: bool) -> Left {
    ground.put_callbacks(&Kind::UNTRACKED, FIRED, clock::now().plus_micros(LEAD), STEP);
    let listener = Listener::open(&ground.scope.kafka.client(), &ground.scope.topics.due, scheduled_for);
    let holder = beside_a_transaction.then(|| {
        let holder = ground.scope.sql();
        holder.run("begin isolation level repeatable read; select count(*) from shard");
        holder
    });
    let (mut service, _) = start(&ground.service());
    sleep(STATISTICS);
    let sql = ground.scope.sql();
    let before = rows(&sql);
    listener.wait_for("due events", FIRED);
    sleep(STATISTICS);
    let after = rows(&sql);
    service.terminate();
    drop(holder);
    let for_each = |before: i64, after: i64| (after - before) as f64 / FIRED as f64;
    Left { written: for_each(before.0, after.0), dead: for_each(before.1, after.1) }
}

/// Rows inserted, updated and deleted so far, and dead rows, in all partitions of both tables.
fn rows(sql: &Sql) -> (i64, i64) {
    let rows = sql.rows(
        "select sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint, sum(n_dead_tup)::bigint
         from pg_stat_user_tables where relname like 'callback%' or relname like 'command%'",
        &[],
    );
    (rows[0].get(0), rows[0].get(1))
}
