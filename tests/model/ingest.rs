//! The ingest loop: batches of one command. What is done next is decided by the service's own machines, `recording` and
//! `publishing`; here is the world that they act on, and which steps others can come between.

use std::collections::HashMap;

use schedule_callback::domain::commitment::Position;
use schedule_callback::domain::ids::CallbackId;
use schedule_callback::domain::time::Timestamp;
use schedule_callback::protocol::Fault;
use schedule_callback::protocol::frontier::{Frontier, Hold};
use schedule_callback::protocol::publishing::{self, Publishing};
use schedule_callback::protocol::recording::{self, Came, Recording, Step};
use schedule_callback::protocol::window::Change;

use crate::action::{Action, Model};
use crate::scenario::{Command, Defect, Kept};
use crate::state::{
    Answered, Answering, Changed, Content, Decision, Kind, Offset, Outcome, Process, Recorded, Revision, Row, Sent,
    Settled, State, Written, instant,
};

type Machine = Recording<u8, Settled, Kept>;

impl Model {
    pub(crate) fn may_ingest(&self, state: &State, action: Action, p: usize) -> bool {
        let process = &state.processes[p];
        let ingest = &process.ingest;
        let record = ingest.record.as_ref();
        let (step, in_doubt) =
            record.map_or((None, false), |record| (Some(record.machine.step()), record.machine.is_in_doubt()));
        match (action, step) {
            (Action::Settle(_), None | Some(Step::Begin | Step::Wait(_))) => {
                !in_doubt && self.may_settle(state, process)
            }
            (Action::Commit(_), Some(Step::Write)) => true,
            (Action::LoseCommit(_) | Action::LoseWrite(_), Some(Step::Write)) => state.faults.database > 0,
            (Action::FindOut(_), Some(Step::Begin | Step::Wait(_))) => in_doubt && process.stands_still(),
            (Action::Rewrite(_), Some(Step::Forget)) => {
                record.is_some_and(|record| !others_write(state, record.command, process.name))
            }
            (Action::Tell(_), Some(Step::TellWindow)) => {
                ingest.answer.is_none() || self.lacks(Defect::AnswersBeforeRecording)
            }
            (Action::Answer(_), _) => match ingest.answer {
                Some(Answering { epoch, .. }) if process.is_current(epoch) => {
                    !ingest.in_doubt && self.may_open(state, p, Kind::Ingest)
                }
                Some(_) => ingest.producer.open.is_none(),
                None => false,
            },
            _ => false,
        }
    }

    /// A batch whose key is being written by someone else waits for that; one that finds itself fenced waits, before it
    /// gives the shard up, for open transactions.
    fn may_settle(&self, state: &State, process: &Process) -> bool {
        let (Some(owned), Some(next)) = (&process.owned, process.ingest.next) else { return false };
        !process.takes_over()
            && next < self.scenario.commands.len()
            && process.ingest.answer.is_none()
            && !others_write(state, next, process.name)
            && (owned.epoch == state.database.epoch || process.stands_still())
    }

    /// An attempt at a batch, a new one where none is under way, up to what it has written.
    pub(crate) fn settle(&self, state: &mut State, p: usize) {
        let process = &mut state.processes[p];
        let (Some(owned), Some(command)) = (&process.owned, process.ingest.next) else { return };
        let epoch = owned.epoch;
        let machine = Recording::keeping(Kept(self.defect));
        process.ingest.record.take_if(|recorded| recorded.epoch != epoch);
        let recorded = process.ingest.record.get_or_insert(Recorded { epoch, command, machine });
        let mut machine = recorded.machine.clone();
        if machine.step() != Step::Begin {
            machine.hear(Came::Done);
        }
        self.attempt(state, p, machine);
    }

    /// Begins an attempt and goes on to where others can come between.
    fn attempt(&self, state: &mut State, p: usize, mut machine: Machine) {
        let Some(epoch) = state.processes[p].ingest.record.as_ref().map(|recorded| recorded.epoch) else { return };
        machine.hear(Came::Standing(if state.processes[p].is_current(epoch) { vec![epoch] } else { Vec::new() }));
        self.go_on(state, p, machine);
    }

    /// Performs what the machine asks for, to where others can come between: a transaction that has written all but its
    /// commit, one that is about to write once more, a window that has not been told, a pause.
    fn go_on(&self, state: &mut State, p: usize, mut machine: Machine) {
        loop {
            let came = match machine.step() {
                Step::Prepare => Came::Done,
                Step::Forget if !machine.is_in_doubt() => Came::Done,
                Step::HoldEpochs(epochs) => {
                    Came::Held(epochs.into_iter().filter(|epoch| *epoch == state.database.epoch).collect())
                }
                Step::LookUp { .. } => Came::Known { beyond: false },
                Step::Settle => match self.settled(state, p) {
                    Some(settled) => Came::Settled(settled),
                    None => Came::Failed(Fault::Refused),
                },
                Step::Write if machine.is_in_doubt() => {
                    if Self::write_again(state, p, &machine) {
                        break;
                    }
                    Came::Repeated
                }
                Step::Write => {
                    if let Some(settled) = machine.settled() {
                        let written = settled.written(state.processes[p].name, true);
                        state.database.open.push(written);
                    }
                    break;
                }
                Step::FindOut => Came::Found(known(state, &machine)),
                Step::Forget => {
                    if let Some(settled) = machine.settled() {
                        let written = settled.written(state.processes[p].name, false);
                        state.database.open.push(written);
                    }
                    break;
                }
                Step::Disown(_) | Step::Stop(_) => {
                    self.disown(state, p);
                    Came::Done
                }
                Step::EndHolds => {
                    let settled = machine.settled_mut().map(|settled| (settled.epoch, settled.hold.take()));
                    state.processes[p].end_hold(settled);
                    Came::Done
                }
                Step::TellWindow if machine.settled().is_some_and(|settled| settled.is_known) => Came::Done,
                Step::Publish => {
                    self.hand_on(state, p, &machine);
                    Came::Done
                }
                Step::Begin
                | Step::Wait(_)
                | Step::WaitForPass
                | Step::LookAtTopics(_)
                | Step::TellWindow
                | Step::Commit
                | Step::Over => {
                    break;
                }
            };
            machine.hear(came);
        }
        Self::keep(state, p, machine);
    }

    /// Keeps the machine for the next step; without it where it is done, or where nothing of its batch is ours any more.
    fn keep(state: &mut State, p: usize, machine: Machine) {
        let process = &mut state.processes[p];
        let Some(mut recorded) = process.ingest.record.take() else { return };
        let is_over = match machine.step() {
            Step::Over => {
                if machine.settled().is_some() && process.is_current(recorded.epoch) {
                    process.ingest.next = Some(recorded.command + 1);
                }
                true
            }
            Step::Begin | Step::Wait(_) => !machine.is_in_doubt() && !process.is_current(recorded.epoch),
            _ => false,
        };
        if !is_over {
            recorded.machine = machine;
            process.ingest.record = Some(recorded);
        }
    }

    /// R3, of the one command.
    fn settled(&self, state: &mut State, p: usize) -> Option<Settled> {
        let process = &mut state.processes[p];
        let (owned, recorded) = (process.owned.as_mut()?, process.ingest.record.as_ref()?);
        let (epoch, command) = (recorded.epoch, recorded.command);
        if let Some(decision) = state.database.decided[command] {
            return Some(Settled { epoch, command, decision, is_known: true, write: None, change: None, hold: None });
        }
        let stamp = state.database.sequence;
        state.database.sequence += 1;
        let hold = owned.frontier.hold();
        let facts = Facts { rows: &state.database.rows, decided: &state.database.decided };
        let (outcome, write) = self.decide(command, stamp, &facts, &owned.frontier);
        let change = write.and_then(|(id, row)| change_of(id, facts.rows.get(&id), row));
        let hold = match self.earliest(change.as_ref()) {
            Some(earliest) if !self.lacks(Defect::NoHolds) => {
                owned.frontier.narrow(&hold, earliest);
                Some(hold)
            }
            _ => {
                owned.frontier.release(hold);
                None
            }
        };
        let decision = Decision { stamp, outcome };
        Some(Settled { epoch, command, decision, is_known: false, write, change, hold })
    }

    fn decide(
        &self,
        command: Offset,
        stamp: u8,
        facts: &Facts<'_>,
        frontier: &Frontier,
    ) -> (Outcome, Option<(i64, Row)>) {
        let (of, to) = match self.scenario.commands[command] {
            Command::Schedule(tick) => {
                let id = i64::from(stamp);
                let position = Position { fire_at: frontier.fire_at(instant(tick)), callback_id: id };
                let row = Row { position, scheduled_for: tick, revision: 1, cancelled: false };
                return (Outcome::Scheduled(id), Some((id, row)));
            }
            Command::Cancel(of) => (of, None),
            Command::Reschedule(of, tick) => (of, Some(tick)),
        };
        let Some(Decision { outcome: Outcome::Scheduled(id), .. }) = facts.decided[of] else {
            return (Outcome::NotFound, None);
        };
        let Some(row) = facts.rows.get(&id) else { return (Outcome::NotFound, None) };
        if row.cancelled {
            (Outcome::AlreadyCancelled, None)
        } else if frontier.has_passed(row.position) && !self.lacks(Defect::IgnoresCutoff) {
            (Outcome::AlreadyDue, None)
        } else if let Some(tick) = to {
            let position = Position { fire_at: frontier.fire_at(instant(tick)), callback_id: id };
            let row = Row { position, scheduled_for: tick, revision: row.revision + 1, cancelled: false };
            (Outcome::Rescheduled(id, row.revision), Some((id, row)))
        } else {
            (Outcome::Cancelled(id), Some((id, Row { cancelled: true, ..*row })))
        }
    }

    /// What a batch holds the frontier below.
    fn earliest(&self, change: Option<&Change<Revision>>) -> Option<Timestamp> {
        let change = change?;
        let new = change.becomes.map(|(position, _)| position);
        match self.defect {
            Defect::HoldsOldPlaceOnly => change.was.or(new).map(|position| position.fire_at),
            Defect::HoldsNewPlaceOnly => new.or(change.was).map(|position| position.fire_at),
            _ => recording::held_below(std::slice::from_ref(change)),
        }
    }

    /// Everything is written, and the database commits.
    pub(crate) fn commit(&self, state: &mut State, p: usize) {
        let Some(mut machine) = Self::stored(state, p) else { return };
        let name = state.processes[p].name;
        let own = |written: &Written| written.name == name && written.orphan.is_none();
        if let Some(at) = state.database.open.iter().position(own) {
            Self::record_late(state, at);
        }
        machine.hear(Came::Done);
        self.go_on(state, p, machine);
    }

    pub(crate) fn record_late(state: &mut State, at: usize) {
        let Written { command, decision, write, .. } = state.database.open.remove(at);
        state.database.decided[command] = Some(decision);
        state.database.rows.extend(write);
    }

    /// Everything is written, a commit is sent, and its answer is lost.
    pub(crate) fn lose_commit(&self, state: &mut State, p: usize) {
        state.faults.database -= 1;
        Self::orphan(state, p, true);
        let Some(mut machine) = Self::stored(state, p) else { return };
        machine.hear(Came::Failed(Fault::Unknown));
        self.go_on(state, p, machine);
    }

    /// The connection is lost while everything is being written.
    pub(crate) fn lose_write(&self, state: &mut State, p: usize) {
        state.faults.database -= 1;
        Self::orphan(state, p, false);
        let Some(recorded) = &state.processes[p].ingest.record else { return };
        let mut machine = recorded.machine.clone();
        machine.hear(Came::Failed(Fault::Away));
        self.go_on(state, p, machine);
    }

    /// The machine once it knows that everything is written.
    fn stored(state: &State, p: usize) -> Option<Machine> {
        let mut machine = state.processes[p].ingest.record.as_ref()?.machine.clone();
        machine.hear(Came::Done);
        Some(machine)
    }

    fn orphan(state: &mut State, p: usize, committing: bool) {
        let name = state.processes[p].name;
        for written in &mut state.database.open {
            if written.name == name && written.orphan.is_none() {
                written.orphan = Some(committing);
            }
        }
    }

    pub(crate) fn find_out(&self, state: &mut State, p: usize) {
        let Some(recorded) = &state.processes[p].ingest.record else { return };
        let mut machine = recorded.machine.clone();
        if machine.step() != Step::Begin {
            machine.hear(Came::Done);
        }
        self.attempt(state, p, machine);
    }

    pub(crate) fn rewrite(&self, state: &mut State, p: usize) {
        let Some(machine) = Self::stored(state, p) else { return };
        self.go_on(state, p, machine);
    }

    /// Whether the same could be written once more; a unique violation rolls the transaction back.
    fn write_again(state: &mut State, p: usize, machine: &Machine) -> bool {
        let name = state.processes[p].name;
        let own = |written: &Written| written.name == name && written.orphan.is_none();
        let is_free = machine.settled().is_some_and(|settled| state.database.decided[settled.command].is_none());
        if is_free {
            state.database.open.iter_mut().filter(|written| own(written)).for_each(|written| written.stored = true);
        } else {
            state.database.open.retain(|written| !own(written));
        }
        is_free
    }

    pub(crate) fn tell(&self, state: &mut State, p: usize) {
        let process = &mut state.processes[p];
        let Some(recorded) = &process.ingest.record else { return };
        let mut machine = recorded.machine.clone();
        let Some(Settled { epoch, change, hold, .. }) = machine.settled_mut() else { return };
        let (epoch, hold) = (*epoch, hold.take());
        if let Some(owned) = process.owned.as_mut().filter(|owned| owned.epoch == epoch)
            && let Some((change, hold)) = change.clone().zip(hold)
        {
            let ends = recording::hold_ends(std::slice::from_ref(&change), &mut owned.frontier, hold, false);
            if let Some((reach, hold)) = ends.told {
                process.dispatch.inbox.push(Changed { epoch, change, reach, hold });
            }
        }
        machine.hear(Came::Done);
        self.go_on(state, p, machine);
    }

    /// The answer goes to the next stage, which has it only as long as the takeover stands.
    fn hand_on(&self, state: &mut State, p: usize, machine: &Machine) {
        let process = &mut state.processes[p];
        let Some(Settled { epoch, command, decision, .. }) = machine.settled() else { return };
        if process.is_current(*epoch) {
            let answered = Answered { command: *command, outcome: decision.outcome };
            let machine = Publishing::keeping(Kept(self.defect));
            process.ingest.answer = Some(Answering { epoch: *epoch, answered, machine });
        }
    }

    pub(crate) fn answer(state: &mut State, p: usize) {
        let process = &mut state.processes[p];
        let Some(mut answering) = process.ingest.answer else { return };
        let Answering { epoch, answered, machine } = &mut answering;
        if let publishing::Step::Wait(_) = machine.step() {
            machine.hear(publishing::Came::Done);
        }
        machine.hear(publishing::Came::Ready { lost_brokers: false });
        if !process.is_current(*epoch) {
            machine.hear(publishing::Came::NothingLeft);
        }
        match machine.step() {
            publishing::Step::Publish => {
                let next = Some(answered.command + 1);
                let content = Content { result: Some(*answered), next, ..Content::default() };
                process.ingest.answer = Some(answering);
                Self::open(state, p, Kind::Ingest, Sent::Answer, content);
                let process = &mut state.processes[p];
                if process.ingest.producer.open.is_none() {
                    process.answer_failed(Fault::Fenced);
                }
            }
            _ => process.ingest.answer = None,
        }
    }

    /// The answer is published.
    pub(crate) fn answered(state: &mut State, p: usize) {
        let answer = &mut state.processes[p].ingest.answer;
        if let Some(answering) = answer {
            answering.machine.hear(publishing::Came::Done);
            answer.take_if(|answering| answering.machine.step() == publishing::Step::Over);
        }
    }
}

/// What a batch is decided by.
struct Facts<'a> {
    rows: &'a std::collections::BTreeMap<i64, Row>,
    decided: &'a [Option<Decision>],
}

impl Settled {
    fn written(&self, name: u8, stored: bool) -> Written {
        let Self { epoch, command, decision, write, .. } = *self;
        Written { name, epoch, command, decision, write, stored, orphan: None }
    }
}

impl recording::Settled for Settled {
    type Key = Offset;
    type Decision = Decision;

    fn decisions(&self) -> impl Iterator<Item = (Offset, &Decision)> + Clone {
        (!self.is_known).then_some((self.command, &self.decision)).into_iter()
    }
}

impl Process {
    /// A hold of that epoch ends, where the takeover still stands.
    fn end_hold(&mut self, hold: Option<(u8, Option<Hold>)>) {
        if let (Some(owned), Some((epoch, Some(hold)))) = (&mut self.owned, hold)
            && owned.epoch == epoch
        {
            owned.frontier.release(hold);
        }
    }

    /// The transaction with the answer was not committed, as far as this process knows. Its shards are given up where the
    /// machine wants that.
    pub(crate) fn answer_failed(&mut self, fault: Fault) {
        let Some(answering) = &mut self.ingest.answer else { return };
        answering.machine.hear(publishing::Came::Failed { fault, remedy: None, ends: false });
        self.ingest.in_doubt = answering.machine.step() == publishing::Step::TakeOver;
    }

    /// Every shard has been given up.
    pub(crate) fn shards_are_given_up(&mut self) {
        if let Some(answering) = &mut self.ingest.answer
            && answering.machine.step() == publishing::Step::TakeOver
        {
            answering.machine.hear(publishing::Came::Done);
        }
    }
}

/// What is known of the command that the machine is in doubt about.
fn known(state: &State, machine: &Machine) -> HashMap<Offset, Decision> {
    let command = machine.settled().map(|settled| settled.command);
    command.into_iter().filter_map(|command| Some((command, state.database.decided[command]?))).collect()
}

/// Whether another transaction has written that command's key and not ended: whoever writes it, too, waits.
fn others_write(state: &State, command: Offset, name: u8) -> bool {
    let same = |written: &&Written| written.command == command && written.stored;
    state.database.open.iter().filter(same).any(|written| written.name != name || written.orphan.is_some())
}

fn change_of(id: i64, before: Option<&Row>, after: Row) -> Option<Change<Revision>> {
    Some(Change {
        callback_id: CallbackId::new(id).ok()?,
        was: before.map(|row| row.position),
        becomes: (!after.cancelled).then_some((after.position, after.revision)),
    })
}
