//! Publishing: the answers of one or more recorded batches, together with the offsets of all, in one Kafka transaction
//! (step R6).
//!
//! Driven as [`super::recording`] is. Which answers are still this instance's is asked in each attempt, under the assignment
//! that the transaction is made under: so an answer is published by whoever owns its shard, and by nobody twice.

use std::time::Duration;

use super::Fault;
use super::keeping::{EveryRule, Keeps};

/// Waits between attempts of a transaction that was aborted: doubled each time, from the first to the last.
pub const WAITS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(2));

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Have producers that are initialised, which ends whatever others of the same names left open; then say whether all
    /// brokers were lost since this was last done (`Came::Ready`).
    MakeReady,
    /// One transaction with the answers that are still this instance's, and their offsets.
    Publish,
    /// T0: end all takeovers of this instance, and have their shards taken over again.
    TakeOver,
    /// Leave out of the answers what makes them too large to be published.
    Shorten,
    /// Ask which partitions there are: there may be more.
    LearnPartitions,
    /// Wait before the next attempt.
    Wait(Duration),
    /// Nothing more: the answers are published, or nobody waits for them here any more.
    Over,
    /// Nothing more, and no later answer may be published either: its offsets would cover these.
    BreakOff,
}

/// Why a transaction has come to nothing, where something can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// A record is larger than its topic takes.
    Shorten,
    /// A partition is not known here.
    LearnPartitions,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// It is done; the answers are published.
    Done,
    /// The producers are ready.
    Ready {
        /// Whether no broker was left for a moment: what was committed shortly before may be so in word only.
        lost_brokers: bool,
    },
    /// None of the answers is this instance's any more.
    NothingLeft,
    /// The group has not assigned anything to this instance.
    Unassigned,
    /// It was not done.
    Failed {
        /// Why.
        fault: Fault,
        /// What is done about it first.
        remedy: Option<Remedy>,
        /// Whether the service is to end.
        ends: bool,
    },
}

/// The rules that this machine keeps, by what is lost without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// What may have been published or not is not tried again under the same takeover.
    DoubtEndsTakeovers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    /// Nothing of this attempt is done.
    Waiting,
    /// There are no producers.
    Unready,
    /// The producers are ready.
    Ready,
    /// What was committed last may count or not; whether to wait then.
    Doubted { waits: bool },
    /// Something is done about the fault first.
    Mended(Remedy),
    /// It is to be tried again.
    Failed,
    /// Published, or nothing is left.
    Over,
    /// Given up for good.
    BrokenOff,
}

/// The answers on their way out. `K` says which rules are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Publishing<K = EveryRule> {
    keeps: K,
    state: State,
    /// How long to wait after the next attempt that fails.
    wait: Duration,
}

impl Publishing {
    /// Answers of which nothing is done.
    pub const fn new() -> Self {
        Self::keeping(EveryRule)
    }
}

impl Default for Publishing {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> Publishing<K> {
    /// The same, with these rules.
    pub const fn keeping(keeps: K) -> Self {
        Self { keeps, state: State::Waiting, wait: WAITS.0 }
    }

    /// How long it is waited after an attempt that fails now, for whoever says so.
    pub const fn next_wait(&self) -> Duration {
        self.wait
    }

    /// What is to be done next.
    pub const fn step(&self) -> Step {
        match self.state {
            State::Waiting => Step::MakeReady,
            State::Ready => Step::Publish,
            State::Doubted { .. } => Step::TakeOver,
            State::Mended(Remedy::Shorten) => Step::Shorten,
            State::Mended(Remedy::LearnPartitions) => Step::LearnPartitions,
            State::Unready => Step::Wait(WAITS.1),
            State::Failed => Step::Wait(self.wait),
            State::Over => Step::Over,
            State::BrokenOff => Step::BreakOff,
        }
    }
}

impl<K: Keeps<Rule>> Publishing<K> {
    /// Goes on by what came of the step that was to be done. What answers no question changes nothing.
    pub fn hear(&mut self, came: Came) {
        self.state = match (self.state, came) {
            (State::Waiting, Came::Ready { lost_brokers: true }) => State::Doubted { waits: false },
            // What is not owned any more, after a takeover, is left out of the next attempt.
            (State::Waiting, Came::Ready { lost_brokers: false }) | (State::Doubted { waits: false }, Came::Done) => {
                State::Ready
            }
            (State::Waiting, Came::Failed { ends: true, .. }) | (State::Ready, Came::Unassigned) => State::BrokenOff,
            (State::Waiting, Came::Failed { .. }) => State::Unready,
            (State::Ready, Came::Done | Came::NothingLeft) => State::Over,
            (State::Ready, Came::Failed { fault, remedy, ends }) => self.failed(fault, remedy, ends),
            (State::Doubted { waits: true } | State::Mended(_), Came::Done) => State::Failed,
            (State::Unready, Came::Done) => State::Waiting,
            (State::Failed, Came::Done) => {
                self.wait = (self.wait * 2).min(WAITS.1);
                State::Waiting
            }
            (state, _) => state,
        };
    }

    fn failed(&self, fault: Fault, remedy: Option<Remedy>, ends: bool) -> State {
        let is_in_doubt = matches!(fault, Fault::Unknown | Fault::Fenced) && self.keeps.keeps(Rule::DoubtEndsTakeovers);
        if is_in_doubt {
            State::Doubted { waits: true }
        } else if ends && self.wait >= WAITS.1 {
            State::BrokenOff
        } else {
            remedy.map_or(State::Failed, State::Mended)
        }
    }
}

#[cfg(test)]
mod tests;
