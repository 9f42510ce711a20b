//! What a batch came to, counted for the metrics once it is committed.

use std::collections::BTreeMap;

use crate::domain::answer::Reply;
use crate::domain::command::amended::Amended;
use crate::domain::life::{Outcome, Phase, Status};
use crate::telemetry::label::{NO_CODE, NO_REASON};
use crate::telemetry::metric;

/// Counts of one batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By condition, branch and the code that decided.
    results: BTreeMap<[&'static str; 3], u64>,
    violations: BTreeMap<&'static str, u64>,
    warnings: BTreeMap<&'static str, u64>,
    dead_letters: BTreeMap<&'static str, u64>,
    /// Accepted ones, by outcome.
    reports: BTreeMap<&'static str, u64>,
    /// Callbacks that commands have ended, by status and reason.
    ends: BTreeMap<[&'static str; 2], u64>,
    /// Presentations of which nobody had reported in time.
    pub unacknowledged: u64,
    /// Commands that were answered as they had been before.
    pub repeats: u64,
    /// Commands that were handed to another shard.
    pub forwards: u64,
}

impl Tally {
    /// Counts a decision.
    pub fn reply(&mut self, reply: &Reply) {
        // Violations stand in the order of their branches: the first one decided.
        let code = reply.violations.first().map_or(NO_CODE, |violation| violation.code);
        *self.results.entry([reply.condition.name(), reply.branch.name(), code]).or_default() += 1;
        for violation in &reply.violations {
            *self.violations.entry(violation.code).or_default() += 1;
        }
        for warning in &reply.warnings {
            *self.warnings.entry(warning.code()).or_default() += 1;
        }
    }

    /// Counts what a command made of its callback. What time has ended is counted where it is published.
    pub fn amended(&mut self, amended: &Amended) {
        match amended {
            Amended::Refused(_) | Amended::Rescheduled { .. } => {}
            Amended::Cancelled(_) => self.end(Status::Cancelled, NO_REASON),
            Amended::Reported { callback, .. } => {
                let outcome = callback.life.last_outcome.map(Outcome::name);
                if let Some(outcome) = outcome {
                    *self.reports.entry(outcome).or_default() += 1;
                }
                if let Phase::Ended(end) = callback.life.phase {
                    self.end(end.status, end.reason.code());
                }
            }
        }
    }

    fn end(&mut self, status: Status, reason: &'static str) {
        *self.ends.entry([status.name(), reason]).or_default() += 1;
    }

    /// Counts a dead letter.
    pub fn dead_letter(&mut self, reason: &'static str) {
        *self.dead_letters.entry(reason).or_default() += 1;
    }

    /// Adds the counts to the metrics.
    pub fn report(&self) {
        for (labels, count) in &self.results {
            metric::RESULTS.counter(labels).increment(*count);
        }
        for (code, count) in &self.violations {
            metric::VIOLATIONS.counter(&[code]).increment(*count);
        }
        for (code, count) in &self.warnings {
            metric::WARNINGS.counter(&[code]).increment(*count);
        }
        for (reason, count) in &self.dead_letters {
            metric::DEAD_LETTERS.counter(&[reason]).increment(*count);
        }
        for (outcome, count) in &self.reports {
            metric::REPORTS.counter(&[outcome]).increment(*count);
        }
        for (labels, count) in &self.ends {
            metric::ENDS.counter(labels).increment(*count);
        }
        metric::UNACKNOWLEDGED.counter(&[]).increment(self.unacknowledged);
        metric::REPEATS.counter(&[]).increment(self.repeats);
        metric::FORWARDS.counter(&[]).increment(self.forwards);
    }
}
