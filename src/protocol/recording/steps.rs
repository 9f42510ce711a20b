//! What the machine asks for, what it is told, and the rules that it keeps.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use super::super::Fault;

/// What R3 makes of a batch.
pub trait Settled {
    /// What a command's decision is remembered under.
    type Key: Eq + Hash;
    /// What was decided.
    type Decision: PartialEq;

    /// What it decides anew, by key: none where everything was known before, or time alone is its cause.
    fn decisions(&self) -> impl Iterator<Item = (Self::Key, &Self::Decision)> + Clone;

    /// Whether it changes a callback for which there is no decision, since time is the cause.
    fn changes_by_time(&self) -> bool {
        false
    }
}

/// What is to be done next. `T` names a takeover: a shard under one epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<T> {
    /// An attempt begins, with a connection and no transaction: say which takeovers of the batch still stand
    /// (`Came::Standing`).
    Begin,
    /// Before the transaction, since it would wait for itself: make the tables' partitions, and get numbers for new
    /// callbacks.
    Prepare,
    /// R1: begin a transaction and hold these epochs; say which of them are still the database's (`Came::Held`).
    HoldEpochs(Vec<T>),
    /// Forget decisions of these keys that are older than decisions are remembered: they would stand in the way.
    Forget,
    /// R2: look up decisions and callbacks (`Came::Known`).
    LookUp {
        /// Whether to look, too, for shards that the batch names and that are not known here.
        beyond: bool,
    },
    /// R3: decide, and hold the frontiers (`Came::Settled`).
    Settle,
    /// R4: write what was settled.
    Write,
    /// R4: commit. From here on only the database knows, until it has answered.
    Commit,
    /// R4, in doubt: look up what is known of the keys that were settled (`Came::Found`).
    FindOut,
    /// T0: end these takeovers, and have their shards taken over again. The transaction is given up first.
    Disown(Vec<T>),
    /// End these takeovers, and leave their shards alone until a person has looked. The transaction is given up first.
    Stop(Vec<T>),
    /// End the holds of what was settled: nothing of it has happened, or it no longer concerns this instance.
    EndHolds,
    /// Wait before the next attempt.
    Wait(Duration),
    /// Let the pass under way come to its end, which takes moments, before the next attempt. The transaction is given up
    /// first.
    WaitForPass,
    /// Wait for the topics to be looked at, so long at the most: they may have grown.
    LookAtTopics(Duration),
    /// R5: tell the windows what has changed, which ends the holds.
    TellWindow,
    /// R6: hand the answers on.
    Publish,
    /// Nothing more: the batch is answered, or not this instance's any more.
    Over,
}

/// What came of a step.
#[derive(Debug)]
pub enum Came<T, B: Settled> {
    /// It is done.
    Done,
    /// These takeovers of the batch still stand, as far as this instance knows.
    Standing(Vec<T>),
    /// Of the epochs that were to be held, these are held.
    Held(Vec<T>),
    /// What the database knows is at hand; or nothing was decided by it, since the batch names callbacks of shards that
    /// exist and are `beyond` those known here.
    Known {
        /// Whether it names such.
        beyond: bool,
    },
    /// The batch is settled, and its holds are taken.
    Settled(B),
    /// It cannot be decided yet: a command is about a callback whose due event is being published.
    Early,
    /// What is known now of the keys that were settled.
    Found(HashMap<B::Key, B::Decision>),
    /// The database refused to write: a key of the batch is there already.
    Repeated,
    /// What these takeovers need cannot be had or is not as it must be: trying again does not help.
    Spoilt(Vec<T>),
    /// It was not done.
    Failed(Fault),
    /// It was not done, and the service ends.
    Ends,
}

/// The rules that this machine keeps, by what is lost without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Nothing is decided for a shard whose epoch is another's.
    EpochsCount,
    /// A batch whose commit's answer was lost stays in doubt until the database has shown its fate.
    DoubtStays,
    /// A key that is there already may be the batch's own, where a commit of it was sent.
    KeyMayBeOwn,
    /// A shard that is lost while a commit is in doubt is taken over again, before the holds end.
    DoubtEndsTakeover,
    /// A batch is answered after it is recorded.
    RecordsFirst,
}
