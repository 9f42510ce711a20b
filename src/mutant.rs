//! Rules of the protocol that a test can have this program break, to show that breaking them is noticed: compiled in
//! only with the feature `mutants`.
//!
//! The rules, by the names in `SCHEDULE_CALLBACK_MUTANT`: `stable-read` (a takeover waits for pending transactions),
//! `epoch-check` (nothing is recorded under an old epoch), `holds` (no pass beyond what is being committed),
//! `assignment-metadata` (a lost shard is let go), `confirm-takeover` (the broker confirms a takeover), `store-first` (an
//! offset is committed after its decision).

/// Whether the environment wants that rule broken.
#[cfg(feature = "mutants")]
pub fn breaks(rule: &str) -> bool {
    use std::sync::LazyLock;
    static BROKEN: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("SCHEDULE_CALLBACK_MUTANT").ok());
    BROKEN.as_deref() == Some(rule)
}

/// Never: this build keeps all rules.
#[cfg(not(feature = "mutants"))]
#[inline]
pub const fn breaks(_rule: &str) -> bool {
    false
}
