//! The rules of firing that a search leaves out one by one, to show that it would notice.

use std::fmt::Debug;

/// A rule that the machine keeps, and that breaks a promise when it is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// F1: the frontier is told how far a load reaches before its query runs.
    ReachBeforeQuery,
    /// F1: what is recorded while a load is under way is applied to what it brings.
    ReplayOnLoad,
    /// F1: rows are taken in only under the takeover that asked for them.
    LoadsOfOneTakeover,
    /// F4: after an unknown outcome every shard is taken over again.
    StartOverInDoubt,
    /// F7: what was presented first of those that are swept together says when that is.
    SweepInTime,
}

/// Which rules a machine keeps. The service's machines have [`Kept`] as their type, which keeps all and has no value that
/// does not; only a test makes a machine with rules of its own (`Firing::with_rules`), and `tests/tidy.rs` sees to that.
pub trait Rules: Clone + Debug {
    /// Whether the machine keeps this rule.
    fn keep(&self, rule: Rule) -> bool;
}

/// All rules are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kept;

impl Rules for Kept {
    fn keep(&self, _: Rule) -> bool {
        true
    }
}
