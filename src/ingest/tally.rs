//! What a batch came to, counted for the metrics once it is committed.

use std::collections::BTreeMap;

use metrics::counter;

use crate::domain::reply::Reply;
use crate::telemetry::metric;

/// Counts of one batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    conditions: BTreeMap<&'static str, u64>,
    violations: BTreeMap<&'static str, u64>,
    warnings: BTreeMap<&'static str, u64>,
    dead_letters: BTreeMap<&'static str, u64>,
    /// Commands that were answered as they had been before.
    pub repeats: u64,
    /// Commands that were handed to another shard.
    pub forwards: u64,
}

impl Tally {
    /// Counts a decision.
    pub fn reply(&mut self, reply: &Reply) {
        *self.conditions.entry(reply.condition.name()).or_default() += 1;
        for violation in &reply.violations {
            *self.violations.entry(violation.code).or_default() += 1;
        }
        for warning in &reply.warnings {
            *self.warnings.entry(warning.code()).or_default() += 1;
        }
    }

    /// Counts a dead letter.
    pub fn dead_letter(&mut self, reason: &'static str) {
        *self.dead_letters.entry(reason).or_default() += 1;
    }

    /// Adds the counts to the metrics.
    pub fn report(&self) {
        for (condition, count) in &self.conditions {
            counter!(metric::RESULTS.name, "condition" => *condition).increment(*count);
        }
        for (code, count) in &self.violations {
            counter!(metric::VIOLATIONS.name, "code" => *code).increment(*count);
        }
        for (code, count) in &self.warnings {
            counter!(metric::WARNINGS.name, "code" => *code).increment(*count);
        }
        for (reason, count) in &self.dead_letters {
            counter!(metric::DEAD_LETTERS.name, "reason" => *reason).increment(*count);
        }
        counter!(metric::REPEATS.name).increment(self.repeats);
        counter!(metric::FORWARDS.name).increment(self.forwards);
    }
}
