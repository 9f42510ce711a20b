//! Measures the service from outside, on a real Kafka broker and a real PostgreSQL with `fsync` and
//! `synchronous_commit` on: `make bench`, or `make bench ONLY="intake burst"`.
//!
//! The service runs as its own process, the release program. What it does is seen by a `read_committed` reader, what
//! it costs by /proc and by PostgreSQL's own statistics. Nothing is asserted: figures go to target/bench/results.json,
//! and docs/benchmarks.md with its plots is rendered from that file, where each scenario keeps its last run.
//!
//! With `BENCH_CLUSTER=3` there are three brokers and a database with a synchronous standby, and a page of its own:
//! docs/benchmarks-cluster.md.

#![expect(clippy::cast_precision_loss, reason = "figures for people: nobody needs the 53rd bit")]

mod bare;
mod batches;
mod burst;
#[path = "../chart/mod.rs"]
mod chart;
mod copy;
mod feed;
mod grounds;
mod idle;
mod intake;
mod latency;
mod life;
mod listen;
mod machine;
mod outage;
mod paced;
mod page;
mod pending;
mod pipe;
mod program;
mod progress;
mod report;
mod reports;
#[path = "../../tests/it/rig/mod.rs"]
mod rig;
mod scale;
mod site;
mod sizes;
mod steady;
#[path = "../steps/mod.rs"]
mod steps;
mod sweep;
mod tracked;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use crate::grounds::{Grounds, Servers};
use crate::machine::Machine;
use crate::progress::progress;
use crate::report::{Report, Section};
use crate::rig::usage::Others;
use crate::site::Site;
use crate::sizes::Sizes;
use crate::steps::commands;

/// A scenario: its name, and what measures it.
type Scenario = (&'static str, fn(&mut Grounds<'_>, &Sizes) -> Section);

/// In this order: scenarios that need the same pending callbacks follow each other.
const SCENARIOS: [Scenario; 14] = [
    ("intake", intake::measure),
    ("latency", latency::measure),
    ("paced", paced::measure),
    ("burst", burst::measure),
    ("steady", steady::measure),
    ("pending", pending::measure),
    ("idle", idle::measure),
    ("scale", scale::measure),
    ("batches", batches::measure),
    ("reports", reports::measure),
    ("tracked", tracked::measure),
    ("sweep", sweep::measure),
    ("outage", outage::measure),
    ("program", program::measure),
];

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let chosen: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let unknown = chosen.iter().find(|name| !SCENARIOS.iter().any(|(scenario, _)| scenario == name));
    if let Some(unknown) = unknown {
        let names = SCENARIOS.map(|(name, _)| name).join(", ");
        eprintln!("there is no scenario {unknown}; there are {names}");
        return ExitCode::from(64);
    }
    let scenarios = SCENARIOS.into_iter().filter(|(name, _)| chosen.is_empty() || chosen.iter().any(|one| one == name));

    let sizes = Sizes::from_environment();
    progress("Kafka and PostgreSQL start");
    let site = Site::from_environment();
    let servers = Servers::start(site);
    let machine = Machine::look(&servers);
    let mut grounds = Grounds::on(&servers);
    let mut failed = Vec::new();
    for (name, measure) in scenarios {
        progress(&format!("{name} begins"));
        // A scenario that fails (its message is on standard error by then) does not take the others' figures along.
        let others = Others::from_now();
        match catch_unwind(AssertUnwindSafe(|| measure(&mut grounds, &sizes))) {
            Ok(section) => {
                let mut report = Report::load(site);
                report.put(name, section.measured_on(&machine, site, others.share()));
                report.save(site);
                page::write(&report, site);
            }
            Err(_) => failed.push(name),
        }
    }
    progress(&format!("figures: {}, {}", site.results().display(), site.page().display()));
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("not measured: {}", failed.join(", "));
    ExitCode::FAILURE
}
