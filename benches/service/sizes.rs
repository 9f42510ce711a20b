//! How much is measured: for a full run the defaults, for a quick look less, by environment variables.

use std::time::Duration;

/// The sizes of all scenarios.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// `BENCH_ROUNDS`: how often each thing is measured, interleaved with what it is compared to.
    pub rounds: u64,
    /// `BENCH_COMMANDS`: commands of `intake`, over all rounds.
    pub commands: u64,
    /// `BENCH_LATENCY_SECONDS`: how long `latency` sends its 1,000 commands a second, each round.
    pub latency_seconds: u64,
    /// `BENCH_PACED_SECONDS`: how long `paced` looks at what 1,000 commands a second cost, each round.
    pub paced_seconds: u64,
    /// `BENCH_PENDING`: how many callbacks wait during `burst` and `steady`.
    pub pending: u64,
    /// `BENCH_BURST`: callbacks due at one instant.
    pub burst: u64,
    /// `BENCH_GREAT_BURST`: callbacks due at one instant in the great rounds of `burst`.
    pub great_burst: u64,
    /// `BENCH_STEADY_SECONDS`: how long `steady` fires 1,000 callbacks a second, alone and with commands coming in.
    pub steady_seconds: u64,
    /// `BENCH_FEW`, `BENCH_MANY`: the two numbers of waiting callbacks that `pending` compares; `idle` has the latter.
    pub few: u64,
    /// See `few`.
    pub many: u64,
    /// `BENCH_REPORTS`: reports of `reports`, each round.
    pub reports: u64,
    /// `BENCH_UNREPORTED`: presentations that `sweep` finds without a report, each time.
    pub unreported: u64,
    /// `BENCH_OVERDUE`: callbacks that became due while the service of `outage` was away.
    pub overdue: u64,
    /// `BENCH_IDLE_SECONDS`: how long `idle` looks at a service that has nothing to do, each round.
    pub idle_seconds: u64,
}

impl Sizes {
    /// The defaults, where the environment says nothing else.
    pub fn from_environment() -> Self {
        Self {
            rounds: size("BENCH_ROUNDS", 5).max(1),
            commands: size("BENCH_COMMANDS", 1_000_000),
            latency_seconds: size("BENCH_LATENCY_SECONDS", 15),
            paced_seconds: size("BENCH_PACED_SECONDS", 60).max(1),
            pending: size("BENCH_PENDING", 1_000_000),
            burst: size("BENCH_BURST", 100_000),
            great_burst: size("BENCH_GREAT_BURST", 1_000_000),
            steady_seconds: size("BENCH_STEADY_SECONDS", 300),
            few: size("BENCH_FEW", 100_000),
            many: size("BENCH_MANY", 10_000_000),
            reports: size("BENCH_REPORTS", 100_000),
            unreported: size("BENCH_UNREPORTED", 1_000_000),
            overdue: size("BENCH_OVERDUE", 100_000),
            idle_seconds: size("BENCH_IDLE_SECONDS", 30),
        }
    }

    /// How long `idle` looks on.
    pub const fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds)
    }
}

fn size(name: &str, default: u64) -> u64 {
    let Ok(text) = std::env::var(name) else { return default };
    text.replace('_', "").parse().unwrap_or_else(|error| panic!("{name}={text}: {error}"))
}
