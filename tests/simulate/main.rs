//! The simulation: whole installations under virtual time, in one process (docs/simulation.md).
//!
//! Settings, by environment: `SIMULATE_SEED` (the first seed; from the clock), `SIMULATE_SEEDS` (how many worlds; as many as
//! fit), `SIMULATE_SECONDS` (60), `SIMULATE_THREADS` (2), `SIMULATE_GO_ON` (whatever its value: say which worlds break a
//! promise, and go on), `SIMULATE_RULES` (which rules to leave out, in `make simulate`, by their names with commas between; all).

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
mod lives;
mod load;
mod network;
mod plan;
mod plan_life;
#[path = "../chaos/random.rs"]
mod random;
mod routers;
mod rules;
mod run;
mod shrink;
mod simulate;
mod world;
