//! What the loops of one instance share: its shards and under which membership, its clock, its connections.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use schedule_callback::dispatch::{EventSettings, Timed};
use schedule_callback::domain::command::rules::Rules;
use schedule_callback::domain::commitment::Position;
use schedule_callback::domain::directory::Directory;
use schedule_callback::domain::ids::Shard;
use schedule_callback::domain::life::Contact;
use schedule_callback::domain::time::Timestamp;
use schedule_callback::domain::time::clocks::{Clocks, Other, Reading, Verdict};
use schedule_callback::kafka::ownership::OwnedShard;
use schedule_callback::protocol::firing::{Moment, Owner, Owners, Rows};
use schedule_callback::protocol::frontier::Frontier;
use schedule_callback::protocol::ownership::{Awaiting, Change, Shards};

use super::fellows::Fellows;
use super::messages::Mailboxes;
use super::record::SOURCE;
use crate::broker::Broker;
use crate::broker::group::Membership;
use crate::broker::log::Record;
use crate::channel::Gate;
use crate::database::Database;
use crate::executor::{MILLIS, Micros, Process, SECOND, Sim};
use crate::network::Link;
use crate::rules::LeftOut;

/// When the world begins, in microseconds since 1970: 2026-11-22T12:00:00Z.
pub const BEGINNING: i64 = 1_795_348_800_000_000;
/// How far clocks may differ (`due.clock_skew`).
pub const SKEW: Micros = SECOND / 2;

/// The true time.
pub fn true_time(sim: &Sim) -> Timestamp {
    Timestamp::from_micros(BEGINNING + sim.now())
}

/// A takeover: a shard under one epoch of this instance.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The shard as the recording step knows it.
    pub owned: Arc<OwnedShard>,
    current: Rc<Cell<bool>>,
}

impl Taken {
    /// One that stands.
    pub fn new(owned: Arc<OwnedShard>) -> Self {
        Self { owned, current: Rc::new(Cell::new(true)) }
    }

    /// Shard and epoch.
    pub fn name(&self) -> (Shard, i64) {
        (self.owned.shard, self.owned.epoch)
    }

    /// Whether it stands, as far as this instance knows.
    pub fn is_current(&self) -> bool {
        self.current.get()
    }
}

impl PartialEq for Taken {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.owned, &other.owned)
    }
}

impl Eq for Taken {}

impl Owner for Taken {
    fn shard(&self) -> Shard {
        self.owned.shard
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}

/// What each takeover says of itself, and the directory of what a window holds.
#[derive(Clone)]
pub struct Standing(pub Rc<Shared>);

impl Rows<Timed> for Standing {
    fn must_be_looked_at(&self, position: Position, row: &Timed, at: Timestamp) -> bool {
        row.must_be_looked_at(at.max(position.fire_at), || self.0.directory())
    }

    fn is_reported(&self, row: &Timed) -> bool {
        row.is_tracked()
    }
}

impl Owners<Taken> for Standing {
    fn is_current(&self, taken: &Taken) -> bool {
        taken.is_current()
    }

    fn frontier(&self, taken: &Taken) -> impl DerefMut<Target = Frontier> {
        taken.owned.frontier()
    }
}

/// The settings of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How far ahead of its time a transaction may be prepared (`due.stage_ahead`).
    pub stage_ahead: Micros,
    /// How far ahead callbacks are loaded.
    pub window: Micros,
    /// How many callbacks are held at most.
    pub window_rows: usize,
    /// The fewest that a load asks for.
    pub load_rows: usize,
    /// How many a pass carries at most.
    pub pass_rows: usize,
    /// How many commands a batch has at most.
    pub batch: usize,
    /// After how long markers are committed once more.
    pub keep_alive: Micros,
    /// How long a tracked presentation may stay without any report (`lifecycle.acknowledge_within`).
    pub acknowledge_within: Micros,
    /// Whether there is a state topic (`topics.state`).
    pub has_state: bool,
}

/// One instance, from its start to its end. What it is made of can be used as its own.
pub struct Shared {
    parts: Parts,
    pub mailboxes: Mailboxes,
    pub started: Micros,
    pub stop: Cell<bool>,
    /// Held while a transaction is open; whoever gives shards up in order waits for it.
    pub gate: Rc<Gate>,
    pub clocks: RefCell<Clocks>,
    /// The loops that publish.
    pub fellows: Fellows,
    shards: RefCell<Shards<Taken>>,
    membership: Cell<Option<Membership>>,
    was_lost: Cell<bool>,
    /// By shard and epoch.
    taken: RefCell<BTreeMap<(Shard, i64), Taken>>,
}

/// What an instance is made of.
pub struct Parts {
    pub sim: Sim,
    pub process: Process,
    /// Its transactional ids are derived from it.
    pub name: String,
    pub kafka: Rc<Link>,
    pub postgres: Rc<Link>,
    pub broker: Rc<Broker>,
    pub database: Rc<Database>,
    pub settings: Settings,
    pub left_out: LeftOut,
    pub partitions: i32,
    pub directory: RefCell<Rc<Directory>>,
    pub rules: Rc<Rules>,
    /// How far the machine's clock is from the truth; outlives the process.
    pub own_clock: Rc<Cell<Micros>>,
    pub notes: Rc<Notes>,
}

/// Under which epochs something was decided, and when.
type Decided = Vec<(i64, Micros)>;

/// What all instances note for the judge, since nobody sees it from outside.
#[derive(Default)]
pub struct Notes {
    /// When a callback first was about to be fired under an epoch of its shard.
    pub about_to_fire: RefCell<BTreeMap<(i64, i64), Micros>>,
    /// When each pass began and ended.
    pub passes: RefCell<Vec<NotedPass>>,
    /// By the key of its result: the epochs under which a command was decided, and when.
    pub decided: RefCell<BTreeMap<Vec<u8>, Decided>>,
    /// Of each record of a due event: when it was written, and when the commit was asked for.
    pub fired: RefCell<HashMap<*const Record, NotedEvent>>,
}

/// A due event on its way.
#[derive(Clone, Copy, Debug)]
pub struct NotedEvent {
    /// When its pass was planned.
    pub planned: Micros,
    /// When the commit was asked for: it was not published before.
    pub committed: Micros,
}

/// A pass that was under way.
pub struct NotedPass {
    /// When it began.
    pub began: Micros,
    /// When it had ended; as late as can be while it has not.
    pub ended: Micros,
    /// The ids of the callbacks in it, as it was planned.
    pub carries: BTreeSet<i64>,
}

impl Deref for Shared {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl Shared {
    /// An instance that does nothing yet.
    pub fn new(parts: Parts) -> Rc<Self> {
        let skew = Duration::from_micros(SKEW.unsigned_abs());
        Rc::new(Self {
            mailboxes: Mailboxes::new(&parts.sim),
            started: parts.sim.now(),
            stop: Cell::new(false),
            gate: Gate::new(&parts.sim),
            clocks: RefCell::new(Clocks::alone(BEGINNING + parts.own_clock.get(), skew)),
            fellows: Fellows::default(),
            shards: RefCell::default(),
            membership: Cell::new(None),
            was_lost: Cell::new(false),
            taken: RefCell::default(),
            parts,
        })
    }

    /// The directory as this instance knows it.
    pub fn directory(&self) -> Rc<Directory> {
        Rc::clone(&self.directory.borrow())
    }

    /// How what is published of callbacks is written.
    pub fn events(&self) -> EventSettings {
        EventSettings { source: SOURCE.to_owned(), state: self.settings.has_state.then(Contact::default) }
    }

    /// The time to fire by, as this instance takes it.
    pub fn now(&self) -> Timestamp {
        if self.left_out == LeftOut::TwoClocks {
            return Timestamp::from_micros(BEGINNING + self.own_clock.get() + self.sim.now());
        }
        Timestamp::from_micros(self.clocks.borrow().agreed() + self.sim.now())
    }

    /// How long it has been running, by a clock that nobody sets.
    pub fn running(&self) -> Duration {
        Duration::from_micros((self.sim.now() - self.started).unsigned_abs())
    }

    /// What the firing loop sees.
    pub fn moment(&self, can_publish: bool) -> Moment {
        Moment { time: self.now(), running: self.running(), can_publish }
    }

    /// The group's membership as it was told with the assignment. Where that rule is left out, as it is at this moment.
    pub fn membership(&self) -> Option<Membership> {
        let membership = self.membership.get()?;
        if self.left_out == LeftOut::AssignmentMetadata {
            // The client has joined again by itself, and its loops have not heard of it yet.
            return self.broker.as_it_is(membership.member);
        }
        Some(membership)
    }

    /// The takeover with that shard and epoch.
    pub fn takeover(&self, name: (Shard, i64)) -> Option<Taken> {
        self.taken.borrow().get(&name).cloned()
    }

    fn heed(change: Change<Taken>) -> Vec<Awaiting> {
        for taken in &change.ended {
            taken.current.set(false);
        }
        change.awaiting
    }

    /// The group assigns these shards, under this membership. What is open is under the one before.
    pub fn assign(&self, shards: Vec<Shard>, membership: Membership) -> Vec<Awaiting> {
        if self.was_lost.take() {
            // The coordinator may be another one.
            self.fellows.fence();
        }
        self.membership.set(Some(membership));
        let change = self.shards.borrow_mut().assign(shards);
        Self::heed(change)
    }

    /// These shards are given up; waits for open transactions.
    pub async fn revoke(&self, shards: Vec<Shard>) -> Vec<Taken> {
        let _alone = self.gate.write().await;
        let ended = self.shards.borrow_mut().revoke(shards);
        for taken in &ended {
            taken.current.set(false);
        }
        ended
    }

    /// The membership is over. Nothing that is open is waited for.
    pub fn leave(&self) {
        self.membership.set(None);
        self.was_lost.set(true);
        let ended = self.shards.borrow_mut().leave();
        for taken in &ended {
            taken.current.set(false);
        }
    }

    /// T0 for these.
    pub async fn disown(&self, takeovers: &[Taken]) -> Vec<Awaiting> {
        if self.left_out == LeftOut::StepT0 {
            return Vec::new();
        }
        let _alone = self.gate.write().await;
        let mut awaiting = Vec::new();
        for taken in takeovers {
            let change = self.shards.borrow_mut().end(taken.owned.shard, |owner| owner == taken, false);
            awaiting.extend(Self::heed(change));
        }
        awaiting
    }

    /// T0 for all.
    pub async fn disown_all(&self) -> Vec<Awaiting> {
        let owned = self.owned();
        self.disown(&owned).await
    }

    /// Enters a takeover, where its assignment still stands.
    pub async fn install(&self, awaiting: Awaiting, taken: &Taken) -> bool {
        let _alone = self.gate.write().await;
        let is_installed = self.shards.borrow_mut().install(awaiting, taken.clone());
        if is_installed {
            self.taken.borrow_mut().insert(taken.name(), taken.clone());
        }
        is_installed
    }

    /// Nothing is done for a shard under that assignment: a person has to look.
    pub async fn leave_alone(&self, awaiting: Awaiting, reason: &str) {
        let _alone = self.gate.write().await;
        self.shards.borrow_mut().leave_alone(awaiting, reason);
    }

    /// Whether the shard still waits for a takeover by that assignment.
    pub fn awaits(&self, awaiting: Awaiting) -> bool {
        self.shards.borrow().awaits(awaiting)
    }

    /// The takeovers that stand.
    pub fn owned(&self) -> Vec<Taken> {
        self.shards.borrow().owned().cloned().collect()
    }

    /// A pass with these callbacks begins; whoever notes it says when it has ended.
    pub fn begins_pass(&self, carries: BTreeSet<i64>) -> usize {
        let mut passes = self.notes.passes.borrow_mut();
        passes.push(NotedPass { began: self.sim.now(), ended: Micros::MAX, carries });
        passes.len() - 1
    }

    /// That pass has ended.
    pub fn ends_pass(&self, number: usize) {
        if let Some(pass) = self.notes.passes.borrow_mut().get_mut(number) {
            pass.ended = self.sim.now();
        }
    }

    /// Whether another clock contradicts the machine's.
    pub fn is_clock_refuted(&self) -> bool {
        matches!(self.clocks.borrow().verdict(self.sim.now()), Verdict::Refuted { .. })
    }

    /// Looks at the machine's clock several times a second, and asks PostgreSQL for the time now and then, and at once
    /// when the clock was set.
    pub async fn keep_time(self: Rc<Self>) {
        let mut next = self.sim.now() + 3 * SECOND;
        loop {
            self.sim.sleep(SECOND / 4).await;
            let step = self.clocks.borrow_mut().look(BEGINNING + self.own_clock.get());
            if step.is_some() || self.sim.now() >= next {
                next = self.sim.now() + 3 * SECOND;
                self.ask_the_time().await;
            }
        }
    }

    /// Asks PostgreSQL for the time; whether it has answered.
    pub async fn ask_the_time(&self) -> bool {
        let (asked, sim) = (self.sim.now(), self.sim.clone());
        let served = move || std::task::Poll::Ready(BEGINNING + sim.now());
        let Ok(says) = self.postgres.call("ask the time", 2 * SECOND, served, None).await else { return false };
        self.hear(Other::Postgres, Reading { asked, answered: self.sim.now(), says, resolution: 0 });
        true
    }

    /// The broker has said, in whole milliseconds, when it took a record.
    pub fn was_delivered(&self, asked: Micros) {
        let says = (BEGINNING + self.sim.now()) / MILLIS * MILLIS;
        self.hear(
            Other::Kafka,
            Reading { asked, answered: self.sim.now(), says: says - MILLIS, resolution: 2 * MILLIS },
        );
    }

    fn hear(&self, other: Other, reading: Reading) {
        self.clocks.borrow_mut().compare(other, reading, BEGINNING + self.own_clock.get());
    }
}
