//! Chaos: two instances on real servers, a steady load, one fault after the other; then a judge goes over everything
//! that was seen.
//!
//! With `CLUSTER=3` there are three brokers that are controllers too (replication 3, `min.insync.replicas` 2) and a primary
//! with a synchronous standby, each behind proxies of its own; and their fail-overs are faults, too. A client that does
//! nothing but commit runs beside, and `bounds.md` says how long that one and the service stood still, in earlier runs with other
//! seeds too.
//!
//! With `HOURS` it is a soak instead (see `soak`): the cluster under load for hours. Its settings stand there.
//!
//! Settings, by environment: `ROUNDS` (3), `SEED` (from the clock), `FAULTS` (names that the faults' begin with, comma
//! separated; all), `SESSION_MS` (the instances' `session.timeout.ms`; their own), `KAFKA_DEBUG` (what the instances' Kafka client tells in their
//! logs, as librdkafka's `debug` has it; nothing), `BROKERS` (properties of a cluster's brokers, with spaces between; none), `CHAOS_REPORT` (the folder of the report; target/chaos), `RIG_KEEP` (the logs
//! stay). Ends with status 1 where a promise was broken; the report then names the folder with the logs of the instances. Where `SCHEDULE_CALLBACK_MUTANT` has the
//! instances break a rule of the protocol (see `mutant.rs`), it is the other way round: a broken promise is a success.

#![expect(clippy::unwrap_used, reason = "tests; clippy knows only those functions as such that carry the attribute")]

mod bare;
mod bounds;
#[path = "../../benches/chart/mod.rs"]
mod chart;
mod cluster;
mod faults;
mod figures;
mod history;
mod judge;
mod life_figures;
mod load;
mod observer;
mod outcomes;
mod random;
mod report;
#[path = "../it/rig/mod.rs"]
mod rig;
mod router;
mod run;
mod seen;
mod skills;
mod soak;
mod tables;
mod timeline;
mod watched;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use schedule_callback::clock;

use report::Report;
use run::Plan;

fn main() -> ExitCode {
    if !is_wanted(std::env::args().skip(1)) {
        return ExitCode::SUCCESS;
    }
    if let Some(plan) = soak::Plan::from_environment() {
        return if soak::soak(&plan) { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = number("SEED").unwrap_or_else(|| clock::now().micros().unsigned_abs() % 1_000_000);
    let plan = Plan {
        rounds: number("ROUNDS").unwrap_or(3),
        seed,
        faults: std::env::var("FAULTS").unwrap_or_default(),
        mutant: std::env::var("SCHEDULE_CALLBACK_MUTANT").ok(),
        session: number("SESSION_MS"),
        kafka_debug: std::env::var("KAFKA_DEBUG").ok(),
        is_cluster: std::env::var("CLUSTER").is_ok_and(|brokers| !brokers.is_empty()),
    };
    println!("chaos: ROUNDS={} SEED={seed}{}", plan.rounds, if plan.is_cluster { " CLUSTER=3" } else { "" });
    let run = run::run(&plan);
    let report = Report::of(&plan, &run);
    let folder = folder();
    report.write(&folder);
    if plan.is_cluster {
        println!("{}", bounds::write(&run, seed, &folder));
    }
    println!("{}", report.summary());
    println!("report: {}", folder.join("report.md").display());
    // A rule that is broken on purpose has to be noticed.
    if run.broken.is_empty() == plan.mutant.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// `cargo test NAME` hands the name to every test program, and `-- --list` too, which has nothing to run here.
fn is_wanted(mut arguments: impl Iterator<Item = String>) -> bool {
    let is_option = |argument: &str| argument.starts_with('-') || argument.parse::<u32>().is_ok();
    arguments.all(|argument| argument != "--list" && (is_option(&argument) || "chaos".contains(&argument)))
}

/// Where the report goes.
fn folder() -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::env::var_os("CHAOS_REPORT").map_or_else(|| project.join("target/chaos"), |folder| project.join(folder))
}
