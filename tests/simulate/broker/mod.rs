//! Apache Kafka as far as the service uses it: partitions, a consumer group with its offsets, and transactions.

pub mod group;
pub mod log;
mod transactions;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::task::Poll;

use self::group::{Group, Member, Membership};
use self::log::{Log, ProducerId, Record};
use self::transactions::Coordinator;
pub use self::transactions::Epoch;
use crate::channel::Waiting;
use crate::executor::{MILLIS, Micros, Sim};
use crate::network::Server;

/// A topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Commands.
    Commands,
    /// Forwarded cancels and reschedules.
    Amendments,
    /// Its offsets are the markers.
    Shards,
    /// Results.
    Results,
    /// Dead letters.
    DeadLetters,
    /// Due events.
    Due,
    /// States.
    State,
}

/// A partition.
pub type Partition = (Topic, i32);

/// Why the broker says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Another producer of that transactional id has been initialised, or the broker has aborted the transaction.
    Fenced,
    /// The transaction before is still being ended: ask again.
    Concurrent,
    /// There is no such transaction.
    NoTransaction,
    /// The member or its generation is not the group's.
    IllegalGeneration,
    /// A new generation is being prepared: join it.
    Rebalancing,
    /// A transaction is pending on the offset.
    Unstable,
    /// A record is not taken.
    Refused,
}

/// A committed offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The offset.
    pub offset: i64,
    /// What was committed with it; a marker's callback id.
    pub metadata: i64,
}

/// What a reader of a partition gets: records with their offsets, and where it goes on.
pub type Fetched = (Partition, Vec<(i64, Rc<Record>)>, i64);

/// A record that a `read_committed` reader has seen.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Of which partition.
    pub partition: Partition,
    /// Its offset.
    pub offset: i64,
    /// The record.
    pub record: Rc<Record>,
    /// When.
    pub at: Micros,
}

/// Rules of the broker that a test can have it break.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Broken {
    /// Offsets are answered although a transaction is pending on them.
    pub answers_unstable: bool,
    /// Offsets are taken from whoever sends them.
    pub takes_any_generation: bool,
}

/// What was committed, and what is pending on it.
#[derive(Default)]
struct Offsets {
    committed: BTreeMap<Partition, Appended>,
    pending: BTreeMap<Partition, BTreeMap<ProducerId, Appended>>,
    appended: u64,
}

/// An offset, and its place in the log of offsets: the later one counts, whichever transaction ends first.
#[derive(Clone, Copy)]
struct Appended {
    number: u64,
    committed: Committed,
}

/// The broker.
pub struct Broker {
    sim: Sim,
    /// What the network sees.
    pub server: Rc<Server>,
    /// Rules that it breaks.
    pub broken: Broken,
    logs: RefCell<BTreeMap<Partition, Log>>,
    group: RefCell<Group>,
    offsets: RefCell<Offsets>,
    coordinator: RefCell<Coordinator>,
    /// The next commit that is decided finds the broker dead before its markers are written, and then forgotten.
    hangs_next: Cell<bool>,
    /// The records of commits that were acknowledged and then forgotten.
    forgotten: RefCell<Vec<Rc<Record>>>,
    seen: RefCell<Vec<Seen>>,
    /// Tasks that wait for the next record that readers see.
    pub readers: Waiting,
    read: RefCell<BTreeMap<Partition, i64>>,
}

impl Broker {
    /// A broker with so many partitions of commands, and its internal topics.
    pub fn new(sim: &Sim, server: Rc<Server>, partitions: i32, broken: Broken) -> Rc<Self> {
        let mut logs = BTreeMap::new();
        for partition in 0..partitions {
            logs.insert((Topic::Commands, partition), Log::default());
            logs.insert((Topic::Amendments, partition), Log::default());
        }
        for topic in [Topic::Results, Topic::Due, Topic::State] {
            for partition in 0..2 {
                logs.insert((topic, partition), Log::default());
            }
        }
        logs.insert((Topic::DeadLetters, 0), Log::default());
        Rc::new(Self {
            sim: sim.clone(),
            server,
            broken,
            logs: RefCell::new(logs),
            group: RefCell::new(Group::new(partitions)),
            offsets: RefCell::default(),
            coordinator: RefCell::default(),
            hangs_next: Cell::new(false),
            forgotten: RefCell::default(),
            seen: RefCell::default(),
            readers: Waiting::default(),
            read: RefCell::default(),
        })
    }

    /// What `read_committed` readers have seen of results, dead letters, due events and states so far.
    pub fn seen(&self) -> std::cell::Ref<'_, Vec<Seen>> {
        self.seen.borrow()
    }

    /// A record that no transaction belongs to.
    pub fn produce(&self, partition: Partition, record: Record) -> i64 {
        let offset = self.logs.borrow_mut().get_mut(&partition).map_or(-1, |log| log.append(Rc::new(record), None));
        self.server.look_again();
        offset
    }

    /// What it does by itself, several times a second.
    pub fn tick(self: &Rc<Self>) {
        if !self.server.is_up() {
            return;
        }
        self.group.borrow_mut().tick(self.sim.now());
        self.end_overdue_transactions();
        self.server.look_again();
    }

    /// It dies. What it has written stays.
    pub fn kill(&self) {
        self.server.kill();
    }

    /// It is there again, and goes on with what it had decided.
    pub fn start(self: &Rc<Self>) {
        if self.server.is_up() {
            return;
        }
        self.server.start();
        self.group.borrow_mut().restarted(self.sim.now());
        self.resume_transactions();
    }

    /// The next transaction whose commit is decided will hang.
    pub fn hang_next(&self) {
        self.hangs_next.set(true);
    }

    /// The records of commits that were acknowledged and then forgotten.
    pub fn forgotten(&self) -> Vec<Rc<Record>> {
        self.forgotten.borrow().clone()
    }

    /// See [`Group::expel`].
    pub fn expel(&self, number: usize) {
        self.group.borrow_mut().expel(number, self.sim.now());
        self.server.look_again();
    }

    /// See [`Group::rebalance`].
    pub fn rebalance(&self) {
        self.group.borrow_mut().rebalance();
    }

    /// A member joins; see [`Group::join`] and [`Group::joined`].
    pub fn join(&self, name: &str, member: Option<Member>, owned: BTreeSet<i32>) -> Member {
        let member = self.group.borrow_mut().join(name, member, owned, self.sim.now());
        self.server.look_again();
        member
    }

    /// Whether the generation that it has joined has begun.
    pub fn joined(&self, member: Member) -> Poll<Result<(Membership, BTreeSet<i32>), Error>> {
        self.group.borrow().joined(member)
    }

    /// See [`Group::heartbeat`].
    pub fn heartbeat(&self, membership: Membership) -> Result<(), Error> {
        self.group.borrow_mut().heartbeat(membership, self.sim.now())
    }

    /// See [`Group::leave`].
    pub fn leave(&self, member: Member) {
        self.group.borrow_mut().leave(member, self.sim.now());
        self.server.look_again();
    }

    /// See [`Group::as_it_is`].
    pub fn as_it_is(&self, member: Member) -> Option<Membership> {
        self.group.borrow().as_it_is(member)
    }

    /// Records of these partitions from these offsets on.
    pub fn fetch(&self, wanted: &[(Partition, i64)], most: usize) -> Vec<Fetched> {
        let logs = self.logs.borrow();
        let read = |(partition, from): &(Partition, i64)| {
            let (records, next) = logs.get(partition)?.read(*from, most);
            Some((*partition, records, next))
        };
        wanted.iter().filter_map(read).collect()
    }

    /// The committed offsets of these partitions, if no transaction is pending on any.
    pub fn committed(&self, partitions: &[Partition]) -> Result<BTreeMap<Partition, Committed>, Error> {
        let offsets = self.offsets.borrow();
        let is_pending = |partition: &&Partition| offsets.pending.get(partition).is_some_and(|all| !all.is_empty());
        if !self.broken.answers_unstable && partitions.iter().any(|partition| is_pending(&partition)) {
            return Err(Error::Unstable);
        }
        drop(offsets);
        Ok(self.committed_by_now(partitions))
    }

    /// The committed offsets of these partitions, whatever is pending on them.
    pub fn committed_by_now(&self, partitions: &[Partition]) -> BTreeMap<Partition, Committed> {
        let offsets = self.offsets.borrow();
        partitions.iter().filter_map(|one| Some((*one, offsets.committed.get(one)?.committed))).collect()
    }

    /// The end of a partition's log.
    pub fn end_of(&self, partition: Partition) -> i64 {
        self.logs.borrow().get(&partition).map_or(0, Log::end_offset)
    }

    /// Whether readers see all that is written: no transaction is open.
    pub fn is_stable(&self) -> bool {
        self.logs.borrow().values().all(|log| log.stable_end() == log.end_offset())
    }

    /// All partitions that transactions write.
    pub fn written_partitions(&self) -> Vec<Partition> {
        let is_written = |partition: &&Partition| partition.0 != Topic::Commands;
        self.logs.borrow().keys().filter(is_written).copied().collect()
    }

    /// Readers see what has become stable.
    fn show(&self) {
        let logs = self.logs.borrow();
        let (mut read, mut seen) = (self.read.borrow_mut(), self.seen.borrow_mut());
        let before = seen.len();
        for (partition, log) in logs.iter() {
            if matches!(partition.0, Topic::Commands | Topic::Amendments) {
                continue;
            }
            let from = read.entry(*partition).or_insert(0);
            let (records, next) = log.read(*from, usize::MAX);
            *from = next;
            let at = self.sim.now();
            seen.extend(records.into_iter().map(|(offset, record)| Seen { partition: *partition, offset, record, at }));
        }
        if seen.len() > before {
            self.readers.wake(&self.sim);
        }
    }

    /// How long a marker takes to its partition.
    fn marker_delay(&self) -> Micros {
        match self.sim.below(40) {
            0 => self.sim.between(50 * MILLIS, 900 * MILLIS),
            1..5 => self.sim.between(5 * MILLIS, 40 * MILLIS),
            _ => self.sim.between(100, 3 * MILLIS),
        }
    }
}
