//! What a takeover asks for, and what can come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use thiserror::Error;

use super::queue::Outcome;
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::protocol::Fault;
use crate::protocol::beginning::{Beginning, MarkerBehind};
use crate::protocol::ownership::Awaiting;

/// What the database tells whoever raises the epoch of a shard (T1). `N` is the name of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Claim<N> {
    /// The epoch under which this instance writes from now on.
    pub epoch: i64,
    /// Instances that may have left transactions behind.
    pub previous: Vec<N>,
    /// The marker as it was last copied into the database.
    pub confirmed: Option<Position>,
}

/// What the broker tells of a shard on which no transaction is pending (T3). `R` is what the machine only carries along:
/// where commands and amendments are read on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Read<R> {
    /// How far the shard has fired; `None` where the broker knows nothing.
    pub marker: Option<Position>,
    /// Handed back with T4 and T6.
    pub places: R,
}

/// A shard of which is known where it goes on (T4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chosen<R> {
    /// The assignment that the takeover is made for.
    pub awaiting: Awaiting,
    /// The epoch that the claim got.
    pub epoch: i64,
    /// Where it goes on.
    pub beginning: Beginning,
    /// What was read with the marker.
    pub places: R,
}

/// A shard that the instance has entered as its own. `T` is the handle of its takeover.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Installed<R, T> {
    /// The assignment that the takeover was made for.
    pub awaiting: Awaiting,
    /// The epoch that the claim got.
    pub epoch: i64,
    /// The takeover.
    pub takeover: T,
    /// What was read with the marker.
    pub places: R,
}

/// Why a shard must not go on: a person has to look, and nothing is tried again until the group assigns it anew.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash)]
pub enum Contradiction {
    /// The broker's marker names a callback that the database never gave an id to: see
    /// [`crate::protocol::beginning::is_from_a_lost_future`].
    #[error(
        "the broker's marker {} names callback {}, and the database has given ids up to {highest} only",
        marker.fire_at, marker.callback_id
    )]
    LostFuture {
        /// The broker's refusal, or the client's error where the broker does not answer in time.
        marker: Position,
        /// The highest callback id that the database can have given.
        highest: i64,
    },
    /// The broker's marker lies behind its copy.
    #[error(transparent)]
    Behind(#[from] MarkerBehind),
}

/// Whether a transaction that is pending has somebody left who would end it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coordinators {
    /// The group's coordinator does not answer, or a transaction of this instance itself has not come to its end: what is
    /// pending may only be slow.
    Busy,
    /// The group's coordinator answers all but this, and nothing of this instance is under way.
    Alone,
    /// The same, where one broker takes over what another one led: markers may be on their way to the one before.
    Replicated,
}

/// What has to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<N, R, T> {
    /// Look whether database, group and instance belong together: [`Event::Belongs`] or [`Event::Misplaced`].
    CheckBelonging,
    /// T1: raise the epochs of these shards: [`Event::Claimed`].
    Claim(Vec<Shard>),
    /// T2: wait until nothing is in flight under older epochs of these shards: [`Event::Done`].
    WaitForHolders(Vec<Shard>),
    /// T3: after a pause, ask the broker for marker and offsets, and give it so long to answer: [`Event::Read`], or
    /// [`Event::NotStable`] where it gives none.
    ReadStable {
        /// Of these shards.
        shards: Vec<Shard>,
        /// What is committed for the partitions of these counts for nothing.
        anew: BTreeSet<Shard>,
        /// To be waited before.
        pause: Duration,
        /// How long the broker may take.
        patience: Duration,
    },
    /// T3: abort what these instances have left open, in their names: [`Event::Done`], or [`Event::NotAborted`] where a
    /// coordinator does not say that all of it has ended. It fences those that live; they take their shards over again.
    AbortInNameOf(BTreeSet<N>),
    /// T3: ask whoever knows of transactions that are pending, and look at this instance's own: [`Event::Answers`].
    AskCoordinators,
    /// T3: end all takeovers of this instance, since what it has published itself may be aborted next:
    /// [`Event::StartedOver`] with the shards that wait for a takeover by that.
    StartOver,
    /// T3: end what the broker has forgotten of these instances' transactions: [`Event::Done`], also where it failed.
    EndHanging {
        /// In these names, this instance's among them.
        owners: BTreeSet<N>,
        /// A shard of the group, to be named in a transaction that is aborted.
        shard: Option<Shard>,
    },
    /// T4: ask the database for the highest callback id that it can have given: [`Event::HighestId`]. That is asked after
    /// the markers are read, so what they name was given before.
    ReadHighestId,
    /// T4: enter these shards as this instance's own: [`Event::Installed`] with those whose assignment still stands.
    Install {
        /// Those that go on.
        chosen: Vec<Chosen<R>>,
        /// Those that must not, and are left alone until the group assigns them anew.
        stopped: Vec<(Awaiting, Contradiction)>,
    },
    /// T5: commit the markers of these once more, under the present assignment: [`Event::Done`].
    CommitMarkers(Vec<T>),
    /// T5 has failed: end these takeovers: [`Event::GivenUp`] with the shards that wait for a takeover by that.
    GiveUp {
        /// To be taken over again.
        again: Vec<T>,
        /// To be taken over again, and to be read from their beginning then, as they should have been now.
        anew: Vec<T>,
    },
    /// After T5: forget the previous owners of these shards under these epochs: [`Event::Done`].
    ForgetPrevious(Vec<(Shard, i64)>),
    /// After T5: note in the database that the group names it: [`Event::Done`].
    NoteAdoption,
    /// T6: begin with these shards: [`Event::Done`].
    Start(Vec<Installed<R, T>>),
    /// There is nothing more to do.
    End(Outcome),
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<N, R, T> {
    /// They belong together; `adopts` where the database has yet to be told that the group names it.
    Belongs {
        /// Whether [`Step::NoteAdoption`] is wanted once the group has been told.
        adopts: bool,
    },
    /// They do not: a person has to look.
    Misplaced,
    /// The claims that the database has granted.
    Claimed(BTreeMap<Shard, Claim<N>>),
    /// What the broker says of the shards.
    Read(BTreeMap<Shard, Read<R>>),
    /// The broker gave no stable offsets: a transaction is pending on them, or it is away.
    NotStable,
    /// What the coordinators say.
    Answers(Coordinators),
    /// Not all that the previous owners left open is certain to have ended: some coordinator is away.
    NotAborted,
    /// Shards of this instance that wait for a takeover, since the present one has ended.
    StartedOver(Vec<Awaiting>),
    /// The highest callback id.
    HighestId(i64),
    /// The shards that are entered, by their takeovers.
    Installed(BTreeMap<Shard, T>),
    /// Shards that wait for a takeover again.
    GivenUp(Vec<Awaiting>),
    /// It is done.
    Done,
    /// It is not.
    Failed(Fault),
    /// The service ends: whatever is not waited for need not be.
    Stop,
}
