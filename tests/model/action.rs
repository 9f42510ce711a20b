//! What can happen next.

use crate::scenario::{Defect, Scenario, Second};
use crate::state::{Kind, SLOTS, State};

/// One step of one participant. A number is a slot of `State::processes`, where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The time goes on.
    Tick,
    /// The group gives the shard to that process; its owner, stalled or dead, is not told.
    Expel(usize),
    /// The group gives the shard to that process after its owner has let it go.
    Revoke(usize),
    /// A process hears what the group has decided.
    Hear(usize),
    /// A process dies.
    Crash(usize),
    /// Another starts in its place.
    Restart(usize),
    /// What was let go is written down.
    Release(usize),
    /// Takeover, step T1.
    Claim(usize),
    /// Takeover, step T2.
    Wait(usize),
    /// Takeover, step T3, where something stays pending.
    AbortPrevious(usize),
    /// Takeover, steps T3 and T4.
    Read(usize),
    /// Takeover, step T5: a transaction with the marker is opened.
    Confirm(usize),
    /// Takeover, after T5 and T6: the previous owners are forgotten, and commands are read.
    Start(usize),
    /// The database's answer to a takeover is lost.
    LoseTakeover(usize),
    /// The shard is given up, since a transaction's outcome is unknown.
    Disown(usize),
    /// The next command is settled and written.
    Settle(usize),
    /// The database commits.
    Commit(usize),
    /// The connection is lost after the commit was sent.
    LoseCommit(usize),
    /// The connection is lost before that.
    LoseWrite(usize),
    /// Whether a lost commit came through is looked up.
    FindOut(usize),
    /// The same is written again.
    Rewrite(usize),
    /// The window is told of what is committed.
    Tell(usize),
    /// A transaction with a result and its offset is opened.
    Answer(usize),
    /// An open Kafka transaction is committed.
    KafkaCommit(usize, Kind),
    /// Its outcome becomes unknown to its process.
    KafkaLose(usize, Kind),
    /// It is aborted for certain.
    KafkaAbort(usize, Kind),
    /// A new producer is made.
    Reset(usize, Kind),
    /// The dispatch loop takes in a change.
    Receive(usize),
    /// The dispatch loop does what its machine says next.
    Dispatch(usize),
    /// The query is run for the n-th load.
    ReadLoad(usize, usize),
    /// The n-th load's rows are taken in.
    FinishLoad(usize, usize),
    /// The marker has not moved for long: it is to be committed once more.
    KeepAlive(usize),
    /// The n-th open Kafka transaction, whose sender gave up, is committed all the same.
    CommitLate(usize),
    /// The n-th open Kafka transaction times out.
    TimeOut(usize),
    /// The n-th open database transaction, whose client is gone, is committed all the same.
    RecordLate(usize),
    /// The n-th open database transaction, whose client is gone, is rolled back.
    RollBack(usize),
}

/// The rules: what is possible in a state, and what it leads to.
#[derive(Clone, Debug)]
pub struct Model {
    /// Where it begins and what may go wrong.
    pub scenario: Scenario,
    /// Which rule is switched off.
    pub defect: Defect,
}

impl Action {
    /// Everything that could happen in a state with so many open transactions, in the order in which an undisturbed
    /// system goes about it: what comes first does not wait for what comes later.
    pub fn candidates(state: &State) -> impl Iterator<Item = Self> + use<> {
        use Action::{
            AbortPrevious, Answer, Claim, Commit, CommitLate, Confirm, Crash, Disown, Dispatch, Expel, FindOut, Hear,
            KeepAlive, LoseCommit, LoseTakeover, LoseWrite, Read, Receive, RecordLate, Release, Restart, Revoke,
            Rewrite, RollBack, Settle, Start, Tell, Tick, TimeOut, Wait,
        };
        const EACH: [fn(usize) -> Action; 17] = [
            Hear,
            Disown,
            Release,
            FindOut,
            Rewrite,
            Commit,
            Tell,
            Receive,
            Answer,
            Settle,
            Confirm,
            Start,
            Claim,
            Wait,
            Read,
            Dispatch,
            AbortPrevious,
        ];
        const RARE: [fn(usize) -> Action; 8] =
            [Restart, Expel, KeepAlive, Revoke, Crash, LoseCommit, LoseWrite, LoseTakeover];
        let kafka = |slot| {
            [Kind::Ingest, Kind::Dispatch].into_iter().flat_map(move |kind| {
                [Action::KafkaCommit(slot, kind), Action::KafkaLose(slot, kind), Action::Reset(slot, kind)]
            })
        };
        let aborts = |slot| [Action::KafkaAbort(slot, Kind::Ingest), Action::KafkaAbort(slot, Kind::Dispatch)];
        let loads =
            |slot: usize| (0..2).flat_map(move |load| [Action::FinishLoad(slot, load), Action::ReadLoad(slot, load)]);
        let (kafka_open, database_open) = (state.broker.open.len(), state.database.open.len());
        (0..SLOTS)
            .flat_map(kafka)
            .chain((0..SLOTS).flat_map(loads))
            .chain(EACH.into_iter().flat_map(|action| (0..SLOTS).map(action)))
            .chain((0..database_open).flat_map(|open| [RollBack(open), RecordLate(open)]))
            .chain((0..kafka_open).flat_map(|open| [TimeOut(open), CommitLate(open)]))
            .chain(RARE.into_iter().flat_map(|action| (0..SLOTS).map(action)))
            .chain((0..SLOTS).flat_map(aborts))
            .chain([Tick])
    }
}

impl Model {
    /// The rules of the service, in that scenario.
    pub fn of(scenario: Scenario) -> Self {
        Self { scenario, defect: Defect::None }
    }

    /// Whether that rule is switched off.
    pub fn lacks(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    /// What can happen in this state.
    pub fn enabled(&self, state: &State) -> Vec<Action> {
        Action::candidates(state).filter(|action| self.may(state, *action)).collect()
    }

    /// Whether it can happen in this state.
    pub fn may(&self, state: &State, action: Action) -> bool {
        match action {
            Action::Tick => state.now < self.scenario.time.1,
            Action::Expel(to) | Action::Revoke(to) => Self::may_rebalance(state, action, to),
            Action::Hear(p) => Self::may_hear(&state.processes[p], state.group.generation),
            Action::Crash(p) => state.faults.crashes > 0 && state.processes[p].alive,
            Action::Restart(p) => !state.processes[p].alive && self.scenario.second != Second::None,
            Action::CommitLate(n) => state.broker.open[n].committing,
            Action::TimeOut(n) => Self::may_time_out(state, n),
            Action::RecordLate(n) => state.database.open[n].orphan == Some(true),
            Action::RollBack(n) => state.database.open[n].orphan.is_some(),
            Action::Release(p)
            | Action::Claim(p)
            | Action::Wait(p)
            | Action::AbortPrevious(p)
            | Action::Read(p)
            | Action::Disown(p)
            | Action::Confirm(p)
            | Action::Start(p)
            | Action::LoseTakeover(p) => state.processes[p].alive && self.may_take_over(state, action, p),
            Action::Settle(p)
            | Action::Commit(p)
            | Action::LoseCommit(p)
            | Action::LoseWrite(p)
            | Action::FindOut(p)
            | Action::Rewrite(p)
            | Action::Tell(p)
            | Action::Answer(p) => state.processes[p].alive && self.may_ingest(state, action, p),
            Action::KafkaCommit(p, kind)
            | Action::KafkaLose(p, kind)
            | Action::KafkaAbort(p, kind)
            | Action::Reset(p, kind) => state.processes[p].alive && Self::may_transact(state, action, p, kind),
            Action::Receive(p)
            | Action::Dispatch(p)
            | Action::ReadLoad(p, _)
            | Action::FinishLoad(p, _)
            | Action::KeepAlive(p) => state.processes[p].alive && self.may_dispatch(state, action, p),
        }
    }

    /// What it leads to.
    pub fn apply(&self, state: &State, action: Action) -> State {
        let mut next = state.clone();
        match action {
            Action::Tick => next.now += 1,
            Action::Expel(to) => Self::expel(&mut next, to),
            Action::Revoke(to) => self.revoke(&mut next, to),
            Action::Hear(p) => self.hear(&mut next, p),
            Action::Crash(p) => self.crash(&mut next, p),
            Action::Restart(p) => self.restart(&mut next, p),
            Action::Release(p) => Self::release(&mut next, p),
            Action::Claim(p) => self.claim(&mut next, p),
            Action::Wait(p) => self.wait(&mut next, p),
            Action::AbortPrevious(p) => self.abort_previous(&mut next, p),
            Action::Read(p) => self.read(&mut next, p),
            Action::Confirm(p) => self.confirm(&mut next, p),
            Action::Start(p) => self.start(&mut next, p),
            Action::LoseTakeover(p) => self.lose_takeover(&mut next, p),
            Action::Disown(p) => self.disown(&mut next, p),
            Action::Settle(p) => self.settle(&mut next, p),
            Action::Commit(p) => self.commit(&mut next, p),
            Action::LoseCommit(p) => self.lose_commit(&mut next, p),
            Action::LoseWrite(p) => self.lose_write(&mut next, p),
            Action::FindOut(p) => self.find_out(&mut next, p),
            Action::Rewrite(p) => self.rewrite(&mut next, p),
            Action::Tell(p) => self.tell(&mut next, p),
            Action::Answer(p) => Self::answer(&mut next, p),
            Action::KafkaCommit(p, kind) => self.kafka_commit(&mut next, p, kind),
            Action::KafkaLose(p, kind) => self.kafka_lose(&mut next, p, kind),
            Action::KafkaAbort(p, kind) => self.kafka_abort(&mut next, p, kind),
            Action::Reset(p, kind) => Self::reset(&mut next, p, kind),
            Action::Receive(p) => self.receive(&mut next, p),
            Action::Dispatch(p) => self.dispatch(&mut next, p),
            Action::ReadLoad(p, n) => Self::read_load(&mut next, p, n),
            Action::FinishLoad(p, n) => self.finish_load(&mut next, p, n),
            Action::KeepAlive(p) => self.keep_alive(&mut next, p),
            Action::CommitLate(n) => Self::commit_late(&mut next, n),
            Action::TimeOut(n) => Self::time_out(&mut next, n),
            Action::RecordLate(n) => Self::record_late(&mut next, n),
            Action::RollBack(n) => drop(next.database.open.remove(n)),
        }
        next
    }
}
