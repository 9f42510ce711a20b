//! The simulation: whole installations under virtual time, in one process (docs/simulation.md).
//!
//! Settings, by environment: `SIMULATE_SEED` (the first seed; from the clock), `SIMULATE_SEEDS` (how many worlds; as many as
//! fit), `SIMULATE_SECONDS` (60), `SIMULATE_THREADS` (2).

#![expect(clippy::unwrap_used, reason = "tests; clippy knows only those functions as such that carry the attribute")]

mod broker;
mod channel;
mod database;
mod executor;
mod facts;
#[path = "../chaos/history.rs"]
mod history;
mod instance;
#[path = "../chaos/judge.rs"]
mod judge;
mod known;
mod load;
mod network;
mod plan;
#[path = "../chaos/random.rs"]
mod random;
mod rules;
mod run;
mod shrink;
mod simulate;
mod world;
