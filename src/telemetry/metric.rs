//! The metrics of the service: names as Prometheus sees them, kinds, labels, descriptions.
//!
//! ```
//! use schedule_callback::telemetry::metric;
//! metrics::counter!(metric::RESULTS.name, "condition" => "Success").increment(1);
//! ```

use metrics::{describe_counter, describe_gauge, describe_histogram};

/// A metric; what it counts is in its description.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name; that of a counter ends in `_total`, that of a measured time in `_seconds`.
    pub name: &'static str,
    /// How its values come about.
    pub kind: Kind,
    /// The labels that each value has.
    pub labels: &'static [&'static str],
    /// One sentence for an operator.
    pub description: &'static str,
}

/// How the values of a metric come about.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Only ever grows.
    Counter,
    /// What is the case now.
    Gauge,
    /// A distribution, with the upper bounds of its buckets.
    Histogram(&'static [f64]),
}

/// Seconds of one step of work: a transaction of a few records takes 7 ms, a large one some hundreds.
const STEP_BOUNDS: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];
/// Seconds, from on time to a service that was down for a day.
const LATENESS_BOUNDS: &[f64] =
    &[0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0, 600.0, 3_600.0, 86_400.0];
/// Numbers of commands or callbacks.
const SIZE_BOUNDS: &[f64] =
    &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0];

macro_rules! metrics {
    ($($constant:ident: $kind:expr, $name:literal, [$($label:literal),*], $description:literal;)*) => {
        $(
            #[doc = $description]
            pub const $constant: Metric = Metric {
                name: concat!("schedule_callback_", $name),
                kind: $kind,
                labels: &[$($label),*],
                description: $description,
            };
        )*

        /// All of them.
        pub const ALL: &[Metric] = &[$($constant),*];
    };
}

metrics! {
    RESULTS: Kind::Counter, "results_total", ["condition"],
        "Commands decided and answered, by the condition of their result.";
    REPEATS: Kind::Counter, "repeats_total", [],
        "Commands answered again with the result they had before.";
    VIOLATIONS: Kind::Counter, "violations_total", ["code"],
        "Violations in results, by code.";
    WARNINGS: Kind::Counter, "warnings_total", ["code"],
        "Warnings in results, by code.";
    DEAD_LETTERS: Kind::Counter, "dead_letters_total", ["reason"],
        "Records that could not be read as a command, by reason.";
    FORWARDS: Kind::Counter, "forwards_total", [],
        "Cancels and reschedules handed to the shard of their callback.";
    BATCH_COMMANDS: Kind::Histogram(SIZE_BOUNDS), "batch_commands", [],
        "Commands decided together in one batch.";
    BATCH_SECONDS: Kind::Histogram(STEP_BOUNDS), "batch_seconds", ["stage"],
        "Time a batch takes in each stage: decide, record, answer.";
    DUE: Kind::Counter, "due_total", ["target"],
        "Due events published, by target: agent or skill.";
    LATENESS: Kind::Histogram(LATENESS_BOUNDS), "lateness_seconds", [],
        "Time from when a callback was scheduled for to when it was fired.";
    PASS_CALLBACKS: Kind::Histogram(SIZE_BOUNDS), "pass_callbacks", [],
        "Callbacks fired together in one due pass.";
    PASS_SECONDS: Kind::Histogram(STEP_BOUNDS), "pass_seconds", [],
        "Time a due pass takes, from its first record to its commit.";
    WINDOW_CALLBACKS: Kind::Gauge, "window_callbacks", [],
        "Callbacks loaded into memory, of all shards of this instance.";
    WINDOW_LOAD_SECONDS: Kind::Histogram(STEP_BOUNDS), "window_load_seconds", [],
        "Time a load of the next window takes.";
    SHARDS: Kind::Gauge, "shards", [],
        "Shards that this instance owns and works on.";
    TAKEOVERS: Kind::Counter, "takeovers_total", [],
        "Shards taken over.";
    TAKEOVER_SECONDS: Kind::Histogram(STEP_BOUNDS), "takeover_seconds", [],
        "Time from the assignment of a shard to its first command.";
    FENCED: Kind::Counter, "fenced_total", ["loop"],
        "Times that ingest or dispatch found another instance in its place.";
    ABORTS: Kind::Counter, "transaction_aborts_total", ["loop"],
        "Kafka transactions of ingest or dispatch that were aborted.";
    RETRIES: Kind::Counter, "retries_total", ["server"],
        "Attempts repeated because Kafka or PostgreSQL was away.";
    DIRECTORY_RECORDS: Kind::Gauge, "directory_records", ["kind"],
        "Directory records held, by kind: skills, agents, security_users.";
    DIRECTORY_SKIPPED: Kind::Counter, "directory_skipped_total", ["kind"],
        "Directory records skipped because they could not be read, by kind.";
}

impl Metric {
    /// Hands the description to the recorder in use.
    pub fn describe(&self) {
        match self.kind {
            Kind::Counter => describe_counter!(self.name, self.description),
            Kind::Gauge => describe_gauge!(self.name, self.description),
            Kind::Histogram(_) => describe_histogram!(self.name, self.description),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_different_and_say_what_kind_they_are() {
        let names: HashSet<_> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), ALL.len());
        for Metric { name, kind, .. } in ALL {
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            assert_eq!(name.ends_with("_total"), matches!(kind, Kind::Counter), "{name}");
        }
    }
}
