//! The world of the model: one shard, the broker, the database and the processes that want to own the shard.
//!
//! Everything is small and by value, so that a state can be copied, compared and hashed. `Frontier` and `Window`, and the
//! machines of a takeover and of the shards that are ours, are the service's own.

use std::collections::BTreeMap;

use schedule_callback::domain::commitment::Position;
use schedule_callback::domain::ids::Shard;
use schedule_callback::domain::time::Timestamp;
use schedule_callback::protocol::firing::{self, Firing, Pass};
use schedule_callback::protocol::frontier::{Frontier, Hold};
use schedule_callback::protocol::ownership::Shards;
use schedule_callback::protocol::publishing::Publishing;
use schedule_callback::protocol::recording::Recording;
use schedule_callback::protocol::takeover::{self, Queue};
use schedule_callback::protocol::window::Change;

use crate::scenario::{Defect, Kept};

/// A process's name, from which its two transactional ids are derived: never used twice.
pub type Name = u8;
/// Where a command stands in the shard's partition.
pub type Offset = usize;
/// What a window holds of a callback: its revision.
pub type Revision = u8;

/// How many processes there are at a time.
pub const SLOTS: usize = 2;
/// Microseconds in one tick of the model's clock, so that what is moved behind a cutoff still has room before the next.
pub const TICK: i64 = 10;

/// The instant of a tick.
pub fn instant(tick: u8) -> Timestamp {
    Timestamp::from_micros(i64::from(tick) * TICK)
}

/// The one shard there is.
pub fn shard() -> Shard {
    Shard::from_partition(0).unwrap_or_else(|_| unreachable!("shard 0 is a shard"))
}

/// The service's own machine of a takeover. What it carries of a shard is the next offset, and a takeover is known by its
/// epoch.
pub type Attempt = takeover::Attempt<Name, Offset, u8>;

/// The whole world at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The time.
    pub now: u8,
    /// The name that the next process gets.
    pub next_name: Name,
    /// The consumer group.
    pub group: Group,
    /// What the broker holds.
    pub broker: Broker,
    /// What the database holds.
    pub database: Database,
    /// The processes.
    pub processes: [Process; SLOTS],
    /// What may still go wrong.
    pub faults: Faults,
}

/// The consumer group, as its coordinator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    /// Rises with each rebalance.
    pub generation: u8,
    /// Which member has the shard's partition.
    pub owner: Name,
}

/// How many faults of each kind may still happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Faults {
    /// The shard goes to the other process: with notice, or by expelling its owner.
    pub rebalances: u8,
    /// A process dies.
    pub crashes: u8,
    /// A connection to the database is lost.
    pub database: u8,
    /// The answer to a Kafka commit is lost.
    pub kafka: u8,
    /// A Kafka transaction is aborted, by its client or by the broker's timeout.
    pub aborts: u8,
    /// Offsets are kept alive.
    pub keep_alives: u8,
}

/// What Kafka holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Broker {
    /// The shard's marker.
    pub marker: Position,
    /// The offset of the next command.
    pub next: Offset,
    /// Transactions with offsets in them that are neither committed nor aborted.
    pub open: Vec<Transaction>,
    /// Due events that `read_committed` readers see, in order.
    pub due: Vec<Due>,
    /// Results that they see.
    pub results: Vec<Answered>,
}

/// Which of a process's two producers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Of answers.
    Ingest,
    /// Of due events.
    Dispatch,
}

/// An open Kafka transaction, its offsets sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Transaction {
    /// Whose.
    pub name: Name,
    /// Of which producer.
    pub kind: Kind,
    /// Whether a request to commit it may still be on its way, its sender having given up.
    pub committing: bool,
    /// What is in it.
    pub content: Content,
}

/// What a Kafka transaction publishes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Content {
    /// Due events.
    pub due: Vec<Due>,
    /// A result.
    pub result: Option<Answered>,
    /// The marker.
    pub marker: Option<Position>,
    /// The offset of the next command.
    pub next: Option<Offset>,
}

/// A due event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Due {
    /// The callback.
    pub id: i64,
    /// Of which revision.
    pub revision: Revision,
    /// When it was seen.
    pub at: u8,
}

/// A result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Answered {
    /// Of which command.
    pub command: Offset,
    /// What it says.
    pub outcome: Outcome,
}

/// What a command comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// A new callback.
    Scheduled(i64),
    /// `Success`: it is never fired.
    Cancelled(i64),
    /// Another revision of it.
    Rescheduled(i64, Revision),
    /// Too late.
    AlreadyDue,
    /// It had been cancelled before.
    AlreadyCancelled,
    /// There is no such callback.
    NotFound,
}

/// What PostgreSQL holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Database {
    /// `shard.epoch`.
    pub epoch: u8,
    /// The highest epoch whose takeover has waited for what was in flight (step 2).
    pub settled: u8,
    /// `shard.owner`.
    pub owner: Option<Name>,
    /// `shard.previous_owners`.
    pub previous: Vec<Name>,
    /// `shard.confirmed`.
    pub confirmed: Option<Position>,
    /// The table `callback`.
    pub rows: BTreeMap<i64, Row>,
    /// The table `command`, by offset.
    pub decided: Vec<Option<Decision>>,
    /// The next number for callbacks and decisions: never used twice.
    pub sequence: u8,
    /// Transactions that hold the shard's row `for key share`.
    pub open: Vec<Written>,
}

/// A row of `callback`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// When it fires.
    pub position: Position,
    /// When it was wanted.
    pub scheduled_for: u8,
    /// 1, and one more for each reschedule.
    pub revision: Revision,
    /// Whether a cancel was accepted.
    pub cancelled: bool,
}

/// A row of `command`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decision {
    /// Tells it from another decision of the same command, as `decided_at` and the callback's id do.
    pub stamp: u8,
    /// What it says.
    pub outcome: Outcome,
}

/// A database transaction of the recording step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Written {
    /// Whose.
    pub name: Name,
    /// Under which epoch.
    pub epoch: u8,
    /// Which command it decides.
    pub command: Offset,
    /// What it writes to `command`.
    pub decision: Decision,
    /// What it writes to `callback`.
    pub write: Option<(i64, Row)>,
    /// Whether it has written, so that its key makes others wait.
    pub stored: bool,
    /// Its client is gone; `Some(true)` where its commit may still arrive.
    pub orphan: Option<bool>,
}

/// A process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Process {
    /// Its name.
    pub name: Name,
    /// Whether it runs.
    pub alive: bool,
    /// Whether the group has expelled it, which it does not know yet.
    pub expelled: bool,
    /// The generation it uses: what it has heard in its rebalance callbacks.
    pub metadata: Option<u8>,
    /// Which shards are its own, as far as it has heard: the service's own machine. A takeover is known by its epoch.
    pub shards: Shards<u8>,
    /// The shards that wait for a takeover: the service's own machine. Any wait may be over at any time.
    pub queue: Queue,
    /// The takeover that is under way: the service's own machine. It goes on when the shard is lost meanwhile.
    pub attempt: Option<Attempt>,
    /// The takeover that is installed: both loops see it.
    pub owned: Option<Owned>,
    /// Epoch and marker of a shard that was let go in order, to be written.
    pub releasing: Option<(u8, Position)>,
    /// The ingest loop.
    pub ingest: Ingest,
    /// The dispatch loop.
    pub dispatch: Dispatch,
}

/// A shard under one epoch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owned {
    /// The epoch.
    pub epoch: u8,
    /// The service's own frontier.
    pub frontier: Frontier,
}

/// Names a takeover: by its epoch, since there is one shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(pub u8);

/// A transactional producer as its process sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Producer {
    /// It has to be made anew.
    pub gone: bool,
    /// The broker refuses it, which it does not know yet.
    pub fenced: bool,
    /// The transaction that is open.
    pub open: Option<Sent>,
}

/// What an open transaction of ours is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sent {
    /// A result.
    Answer,
    /// A pass.
    Pass,
    /// Step 5 of the takeover with that epoch.
    Confirm(u8),
    /// The marker once more.
    KeepAlive,
}

/// The ingest loop: batches of one command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ingest {
    /// Its producer.
    pub producer: Producer,
    /// The outcome of its last Kafka transaction is unknown and its shard not yet given up.
    pub in_doubt: bool,
    /// The next command to decide; `None` before step 6.
    pub next: Option<Offset>,
    /// The batch that is being recorded.
    pub record: Option<Recorded>,
    /// What is to be answered.
    pub answer: Option<Answering>,
}

/// A batch of one command, and how far the service's own machine is with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Recorded {
    /// Under which epoch it was read.
    pub epoch: u8,
    /// Which command.
    pub command: Offset,
    /// What decides what is done next.
    pub machine: Recording<u8, Settled, Kept>,
}

/// An answer, and how far the service's own machine is with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Answering {
    /// Under which epoch it was decided.
    pub epoch: u8,
    /// What it says.
    pub answered: Answered,
    /// What decides what is done next.
    pub machine: Publishing<Kept>,
}

/// A settled batch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Settled {
    /// Under which epoch.
    pub epoch: u8,
    /// Which command.
    pub command: Offset,
    /// What it was decided to be.
    pub decision: Decision,
    /// Whether that was known before, so that nothing is written.
    pub is_known: bool,
    /// What is written.
    pub write: Option<(i64, Row)>,
    /// What the window has to be told.
    pub change: Option<Change<Revision>>,
    /// What keeps passes away until then.
    pub hold: Option<Hold>,
}

/// The dispatch loop.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dispatch {
    /// Its producer.
    pub producer: Producer,
    /// Step 5, asked for: epoch and marker.
    pub confirm: Option<(u8, Position)>,
    /// Changes that it has not yet looked at.
    pub inbox: Vec<Changed>,
    /// The service's own machine.
    pub firing: Firing<Epoch, Revision, Defect>,
    /// The pass that is under way.
    pub pass: Option<Pass<Epoch>>,
    /// The shards whose markers are being committed once more.
    pub unmoved: Vec<Epoch>,
    /// How many hours it has been running.
    pub hours: u8,
    /// Loads under way.
    pub loads: Vec<Load>,
}

/// A change on its way to the window.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Changed {
    /// Under which epoch it was made.
    pub epoch: u8,
    /// What it is.
    pub change: Change<Revision>,
    /// How far the window reached when it was told.
    pub reach: Position,
    /// The hold that ends with it.
    pub hold: Hold,
}

/// A load.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Load {
    /// What was asked for.
    pub asked: firing::Load<Epoch>,
    /// What the query returned, once it has.
    pub rows: Option<Vec<(Position, Revision)>>,
}

impl State {
    /// The process with that name, if it still runs.
    pub fn process_mut(&mut self, name: Name) -> Option<&mut Process> {
        self.processes.iter_mut().find(|process| process.alive && process.name == name)
    }

    /// Whether the group's owner of the shard is dead.
    pub fn owner_is_dead(&self) -> bool {
        !self.processes.iter().any(|process| process.alive && process.name == self.group.owner)
    }
}

impl Process {
    /// A process that has just started.
    pub fn named(name: Name, firing: Firing<Epoch, Revision, Defect>) -> Self {
        Self {
            name,
            alive: true,
            expelled: false,
            metadata: None,
            shards: Shards::default(),
            queue: Queue::default(),
            attempt: None,
            owned: None,
            releasing: None,
            ingest: Ingest::default(),
            dispatch: Dispatch {
                producer: Producer::default(),
                confirm: None,
                inbox: Vec::new(),
                firing,
                pass: None,
                unmoved: Vec::new(),
                hours: 0,
                loads: Vec::new(),
            },
        }
    }

    /// One of its two producers.
    pub fn producer(&self, kind: Kind) -> &Producer {
        match kind {
            Kind::Ingest => &self.ingest.producer,
            Kind::Dispatch => &self.dispatch.producer,
        }
    }

    /// One of its two producers.
    pub fn producer_mut(&mut self, kind: Kind) -> &mut Producer {
        match kind {
            Kind::Ingest => &mut self.ingest.producer,
            Kind::Dispatch => &mut self.dispatch.producer,
        }
    }

    /// Whether neither loop has a transaction open, for which a rebalance callback and `disown` wait.
    pub fn stands_still(&self) -> bool {
        self.ingest.producer.open.is_none() && self.dispatch.producer.open.is_none()
    }

    /// Whether, as far as it has heard, the shard is assigned to it.
    pub fn is_assigned(&self) -> bool {
        self.shards.count().0 > 0
    }

    /// Whether a takeover is under way, or about to be.
    pub fn takes_over(&self) -> bool {
        self.attempt.is_some() || !self.queue.is_empty()
    }

    /// Whether that takeover is the one that stands.
    pub fn is_current(&self, epoch: u8) -> bool {
        self.owned.as_ref().is_some_and(|owned| owned.epoch == epoch)
    }
}
