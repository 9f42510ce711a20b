//! The ingest loop: batches of one command are settled, recorded, told to the window and answered.

use std::collections::HashMap;

use schedule_callback::domain::commitment::Position;
use schedule_callback::domain::ids::CallbackId;
use schedule_callback::protocol::fate::Fate;
use schedule_callback::protocol::frontier::Frontier;
use schedule_callback::protocol::window::Change;

use crate::action::{Action, Model};
use crate::scenario::{Command, Defect};
use crate::state::{
    Answered, Changed, Content, Decision, Kind, Offset, Outcome, Process, Record, Recording, Revision, Row, Sent,
    Settled, State, instant,
};

impl Model {
    pub(crate) fn may_ingest(&self, state: &State, action: Action, p: usize) -> bool {
        let process = &state.processes[p];
        let ingest = &process.ingest;
        match (action, &ingest.record) {
            (Action::Settle(_), Record::Idle) => self.may_settle(state, process),
            (Action::Commit(_), Record::Written(_)) => true,
            (Action::LoseCommit(_) | Action::LoseWrite(_), Record::Written(_)) => state.faults.database > 0,
            (Action::FindOut(_), Record::InDoubt(_)) => process.stands_still(),
            (Action::Rewrite(_), Record::Again(settled)) => !others_write(state, settled.command, process.name),
            (Action::Tell(_), Record::Committed(_)) => {
                ingest.answer.is_none() || self.lacks(Defect::AnswersBeforeRecording)
            }
            (Action::Answer(_), _) => match ingest.answer {
                Some((epoch, _)) if process.is_current(epoch) => {
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

    pub(crate) fn settle(&self, state: &mut State, p: usize) {
        let process = &mut state.processes[p];
        let (Some(owned), Some(command)) = (&mut process.owned, process.ingest.next) else { return };
        let epoch = owned.epoch;
        if epoch != state.database.epoch && !self.lacks(Defect::NoEpochCheck) {
            self.disown(state, p);
            return;
        }
        if let Some(Decision { outcome, .. }) = state.database.decided[command] {
            process.ingest.answer = Some((epoch, Answered { command, outcome }));
            process.ingest.next = Some(command + 1);
            return;
        }
        let stamp = state.database.sequence;
        state.database.sequence += 1;
        let hold = owned.frontier.hold();
        let facts = Facts { rows: &state.database.rows, decided: &state.database.decided };
        let (outcome, write) = self.decide(command, stamp, &facts, &owned.frontier);
        let change = write.and_then(|(id, row)| change_of(id, facts.rows.get(&id), row));
        let hold = match self.earliest(change.as_ref()) {
            Some(earliest) if !self.lacks(Defect::NoHolds) => {
                owned.frontier.narrow(&hold, earliest.fire_at);
                Some(hold)
            }
            _ => {
                owned.frontier.release(hold);
                None
            }
        };
        let decision = Decision { stamp, outcome };
        let settled = Settled { epoch, command, decision, write, change, hold, committing: false };
        if self.lacks(Defect::AnswersBeforeRecording) {
            process.ingest.answer = Some((epoch, Answered { command, outcome }));
        }
        state.database.open.push(settled.recording(process.name, true));
        process.ingest.record = Record::Written(settled);
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
    fn earliest(&self, change: Option<&Change<Revision>>) -> Option<Position> {
        let change = change?;
        let new = change.becomes.map(|(position, _)| position);
        match self.defect {
            Defect::HoldsOldPlaceOnly => change.was.or(new),
            Defect::HoldsNewPlaceOnly => new.or(change.was),
            _ => change.was.into_iter().chain(new).min(),
        }
    }

    pub(crate) fn commit(state: &mut State, p: usize) {
        let name = state.processes[p].name;
        let record = &mut state.processes[p].ingest.record;
        if let Record::Written(settled) = std::mem::take(record) {
            *record = Record::Committed(settled);
        }
        let own = |recording: &Recording| recording.name == name && recording.orphan.is_none();
        if let Some(at) = state.database.open.iter().position(own) {
            Self::record_late(state, at);
        }
    }

    pub(crate) fn record_late(state: &mut State, at: usize) {
        let Recording { command, decision, write, .. } = state.database.open.remove(at);
        state.database.decided[command] = Some(decision);
        state.database.rows.extend(write);
    }

    pub(crate) fn lose_commit(&self, state: &mut State, p: usize) {
        state.faults.database -= 1;
        Self::orphan(state, p, true);
        let process = &mut state.processes[p];
        if let Record::Written(settled) = std::mem::take(&mut process.ingest.record) {
            if self.lacks(Defect::ForgetsUnknownCommit) {
                process.discard(settled);
            } else {
                process.ingest.record = Record::InDoubt(Settled { committing: true, ..settled });
            }
        }
    }

    pub(crate) fn lose_write(state: &mut State, p: usize) {
        state.faults.database -= 1;
        Self::orphan(state, p, false);
        let process = &mut state.processes[p];
        if let Record::Written(settled) = std::mem::take(&mut process.ingest.record) {
            if settled.committing {
                process.ingest.record = Record::InDoubt(settled);
            } else {
                process.discard(settled);
            }
        }
    }

    fn orphan(state: &mut State, p: usize, committing: bool) {
        let name = state.processes[p].name;
        for recording in &mut state.database.open {
            if recording.name == name && recording.orphan.is_none() {
                recording.orphan = Some(committing);
            }
        }
    }

    pub(crate) fn find_out(&self, state: &mut State, p: usize) {
        let process = &mut state.processes[p];
        let Record::InDoubt(settled) = std::mem::take(&mut process.ingest.record) else { return };
        if !process.is_current(settled.epoch) {
            return;
        }
        let decided = state.database.decided[settled.command];
        let known: HashMap<Offset, Decision> =
            decided.into_iter().map(|decision| (settled.command, decision)).collect();
        let own = std::iter::once((settled.command, &settled.decision));
        match Fate::of(own, &known, state.database.epoch == settled.epoch) {
            Fate::CameThrough => process.ingest.record = Record::Committed(settled),
            Fate::Void => process.discard(settled),
            Fate::Fenced if self.lacks(Defect::KeepsShardInDoubt) => process.discard(settled),
            Fate::Fenced => self.disown(state, p),
            Fate::Open => {
                state.database.open.push(settled.recording(process.name, false));
                process.ingest.record = Record::Again(settled);
            }
        }
    }

    pub(crate) fn rewrite(&self, state: &mut State, p: usize) {
        let process = &mut state.processes[p];
        let Record::Again(settled) = std::mem::take(&mut process.ingest.record) else { return };
        let name = process.name;
        let own = |recording: &Recording| recording.name == name && recording.orphan.is_none();
        if state.database.decided[settled.command].is_none() {
            if let Some(recording) = state.database.open.iter_mut().find(|recording| own(recording)) {
                recording.written = true;
            }
            process.ingest.record = Record::Written(settled);
        } else {
            // A unique violation rolls the transaction back.
            state.database.open.retain(|recording| !own(recording));
            if self.lacks(Defect::MistakesOwnKeyForAnothers) {
                process.discard(settled);
            } else {
                process.ingest.record = Record::InDoubt(settled);
            }
        }
    }

    pub(crate) fn tell(&self, state: &mut State, p: usize) {
        let process = &mut state.processes[p];
        let Record::Committed(settled) = std::mem::take(&mut process.ingest.record) else { return };
        let Settled { epoch, command, decision, change, hold, .. } = settled;
        let Some(owned) = process.owned.as_mut().filter(|owned| owned.epoch == epoch) else { return };
        if let Some(change) = change {
            let mut places = change.was.into_iter().chain(change.becomes.map(|(position, _)| position));
            if places.any(|place| owned.frontier.reaches(place)) {
                process.dispatch.inbox.push(Changed { epoch, change, hold });
            } else if let Some(hold) = hold {
                owned.frontier.release(hold);
            }
        }
        if !self.lacks(Defect::AnswersBeforeRecording) {
            process.ingest.answer = Some((epoch, Answered { command, outcome: decision.outcome }));
        }
        process.ingest.next = Some(command + 1);
    }

    pub(crate) fn answer(state: &mut State, p: usize) {
        let process = &mut state.processes[p];
        let Some((epoch, answered)) = process.ingest.answer else { return };
        if process.is_current(epoch) {
            let next = Some(answered.command + 1);
            let content = Content { result: Some(answered), next, ..Content::default() };
            Self::open(state, p, Kind::Ingest, Sent::Answer, content);
        } else {
            process.ingest.answer = None;
        }
    }
}

/// What a batch is decided by.
struct Facts<'a> {
    rows: &'a std::collections::BTreeMap<i64, Row>,
    decided: &'a [Option<Decision>],
}

impl Settled {
    fn recording(&self, name: u8, written: bool) -> Recording {
        let Self { epoch, command, decision, write, .. } = *self;
        Recording { name, epoch, command, decision, write, written, orphan: None }
    }
}

impl Process {
    /// What was settled is taken for not having happened: its hold ends.
    fn discard(&mut self, settled: Settled) {
        if let (Some(owned), Some(hold)) = (&mut self.owned, settled.hold)
            && owned.epoch == settled.epoch
        {
            owned.frontier.release(hold);
        }
    }
}

/// Whether another transaction has written that command's key and not ended: whoever writes it, too, waits.
fn others_write(state: &State, command: Offset, name: u8) -> bool {
    let same = |recording: &&Recording| recording.command == command && recording.written;
    state.database.open.iter().filter(same).any(|recording| recording.name != name || recording.orphan.is_some())
}

fn change_of(id: i64, before: Option<&Row>, after: Row) -> Option<Change<Revision>> {
    Some(Change {
        callback_id: CallbackId::new(id).ok()?,
        was: before.map(|row| row.position),
        becomes: (!after.cancelled).then_some((after.position, after.revision)),
    })
}
