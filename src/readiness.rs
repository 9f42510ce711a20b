//! What the service waits for before it does its work: set by the loops, read by `ops`.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::progress::Progress;

/// Something that has to be there before commands are decided and callbacks fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// PostgreSQL answers and its schema is this version's.
    Postgres,
    /// The cluster answers.
    Kafka,
    /// All topics exist, with the partitions they need.
    Topics,
    /// The directory has been read up to where it ended at start.
    Directory,
    /// The shards assigned to this instance have been taken over.
    Shards,
    /// The consumers stand where the takeovers found the shards.
    Positions,
    /// Every partition that this instance reads can be read.
    Records,
    /// The next callbacks can be loaded.
    Window,
    /// Decisions can be written.
    Recording,
    /// Results can be published.
    Answers,
    /// Due events can be published.
    DueEvents,
    /// Presentations of which nobody has reported in time can be read.
    Sweep,
    /// This machine's clock is right as far as anybody knows. While it is not, callbacks are fired by other clocks.
    Clock,
}

/// A handle to what is waited for; clones share it. Any thread may set a condition; it takes no longer than a lock
/// that is never held for long. At first all conditions are waited for.
#[derive(Clone, Debug)]
pub struct Readiness {
    reasons: Arc<Mutex<[Option<Cow<'static, str>>; Condition::ALL.len()]>>,
    progress: Progress,
}

/// What is waited for at one moment, as `/readyz` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadinessReport {
    /// Whether nothing is waited for.
    pub ready: bool,
    /// What is, in the order of `Condition`.
    pub waiting_for: Vec<Waiting>,
}

/// A condition that is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The name of the condition.
    pub what: &'static str,
    /// Why it does not hold, for an operator to read.
    pub reason: Cow<'static, str>,
}

impl Condition {
    /// All of them, in the order in which a start meets them.
    pub const ALL: [Self; 13] = [
        Self::Postgres,
        Self::Kafka,
        Self::Topics,
        Self::Directory,
        Self::Shards,
        Self::Positions,
        Self::Records,
        Self::Window,
        Self::Recording,
        Self::Answers,
        Self::DueEvents,
        Self::Sweep,
        Self::Clock,
    ];

    /// The name that operators see.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Kafka => "kafka",
            Self::Topics => "topics",
            Self::Directory => "directory",
            Self::Shards => "shards",
            Self::Positions => "positions",
            Self::Records => "records",
            Self::Window => "window",
            Self::Recording => "recording",
            Self::Answers => "answers",
            Self::DueEvents => "due-events",
            Self::Sweep => "sweep",
            Self::Clock => "clock",
        }
    }
}

impl Default for Readiness {
    fn default() -> Self {
        // What comes after the shards is only in doubt once something was tried and failed.
        let not_yet = Condition::ALL
            .map(|condition| (condition as usize <= Condition::Shards as usize).then_some("not reached yet".into()));
        Self { reasons: Arc::new(Mutex::new(not_yet)), progress: Progress::default() }
    }
}

impl Readiness {
    /// The condition does not hold, or no longer; the reason is shown to operators and has no secrets in it.
    pub fn waiting(&self, condition: Condition, reason: impl Into<Cow<'static, str>>) {
        let reason = reason.into();
        let before = self.reasons()[condition as usize].replace(reason.clone());
        if before.is_none() {
            tracing::warn!(condition = condition.name(), "the service waits: {reason}");
        }
    }

    /// The condition holds.
    pub fn ready(&self, condition: Condition) {
        let before = self.reasons()[condition as usize].take();
        if before.is_some() {
            tracing::info!(condition = condition.name(), "ready");
        }
    }

    /// Whether the loops get on: the other half of what they say of themselves.
    pub const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What is waited for now.
    pub fn report(&self) -> ReadinessReport {
        let reasons = self.reasons();
        let waiting_for: Vec<_> = Condition::ALL
            .into_iter()
            .filter_map(|condition| {
                let reason = reasons[condition as usize].clone()?;
                Some(Waiting { what: condition.name(), reason })
            })
            .collect();
        ReadinessReport { ready: waiting_for.is_empty(), waiting_for }
    }

    /// A thread that panicked while it held the lock left whole reasons behind: each is set in one step.
    fn reasons(&self) -> MutexGuard<'_, [Option<Cow<'static, str>>; Condition::ALL.len()]> {
        self.reasons.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ready_when_every_condition_holds_and_as_long_as_they_do() {
        let readiness = Readiness::default();
        assert_eq!(readiness.report().waiting_for.len(), 5);
        let handle = readiness.clone();
        let other_thread = std::thread::spawn(move || {
            for condition in Condition::ALL {
                handle.ready(condition);
            }
        });
        other_thread.join().unwrap();
        assert_eq!(readiness.report(), ReadinessReport { ready: true, waiting_for: vec![] });

        readiness.waiting(Condition::Shards, format!("taking over {} shards", 3));
        let waiting = Waiting { what: "shards", reason: "taking over 3 shards".into() };
        assert_eq!(readiness.report(), ReadinessReport { ready: false, waiting_for: vec![waiting] });
    }
}
