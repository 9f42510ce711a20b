//! The group's rebalances, the processes' lives, and takeovers.

use schedule_callback::domain::commitment::Position;
use schedule_callback::protocol::Fault;
use schedule_callback::protocol::beginning::Beginning;
use schedule_callback::protocol::firing::State as Firing;
use schedule_callback::protocol::frontier::Frontier;

use crate::action::{Action, Model};
use crate::scenario::Defect;
use crate::state::{Content, Epoch, Kind, Owned, Process, Sent, State, Takeover, instant};

impl Model {
    pub(crate) fn may_rebalance(state: &State, action: Action, to: usize) -> bool {
        let receiver = &state.processes[to];
        let owner = state.processes.iter().find(|process| process.alive && process.name == state.group.owner);
        if !receiver.alive || receiver.expelled || receiver.name == state.group.owner {
            return false;
        }
        match (owner, action) {
            (None, Action::Expel(_)) => true,
            (Some(_), Action::Expel(_)) => state.faults.rebalances > 0,
            (Some(owner), Action::Revoke(_)) => {
                state.faults.rebalances > 0
                    && owner.assigned
                    && !owner.expelled
                    && owner.metadata == Some(state.group.generation)
                    && owner.stands_still()
            }
            _ => false,
        }
    }

    pub(crate) fn expel(state: &mut State, to: usize) {
        let owner = state.group.owner;
        if let Some(owner) = state.process_mut(owner) {
            owner.expelled = true;
            state.faults.rebalances -= 1;
        }
        state.group.generation += 1;
        state.group.owner = state.processes[to].name;
    }

    /// The rebalance callback of the owner ends before the partition goes to anyone else; then the owner, still a
    /// member, hears of the new generation.
    pub(crate) fn revoke(&self, state: &mut State, to: usize) {
        state.faults.rebalances -= 1;
        state.group.generation += 1;
        let generation = state.group.generation;
        let owner = state.group.owner;
        if let Some(owner) = state.process_mut(owner) {
            owner.releasing = owner.owned.as_ref().map(|owned| (owned.epoch, owned.frontier.marker()));
            self.let_go(owner);
            owner.metadata = Some(generation);
        }
        state.group.owner = state.processes[to].name;
    }

    /// A rebalance callback waits until no transaction is open. One that was expelled first hears of its loss.
    pub(crate) fn may_hear(process: &Process, generation: u8) -> bool {
        process.alive && process.stands_still() && (process.expelled || process.metadata != Some(generation))
    }

    pub(crate) fn hear(&self, state: &mut State, p: usize) {
        let (generation, owner) = (state.group.generation, state.group.owner);
        let process = &mut state.processes[p];
        if process.expelled {
            process.expelled = false;
            process.metadata = None;
            self.let_go(process);
            return;
        }
        process.metadata = Some(generation);
        if owner == process.name && !process.assigned {
            process.assigned = true;
            process.takeover = Takeover::Wanted;
        }
    }

    pub(crate) fn crash(&self, state: &mut State, p: usize) {
        state.faults.crashes -= 1;
        let name = state.processes[p].name;
        state.processes[p] = Process { alive: false, ..self.scenario.process(name, self.defect) };
        for recording in &mut state.database.open {
            if recording.name == name && recording.orphan.is_none() {
                recording.orphan = Some(false);
            }
        }
    }

    pub(crate) fn restart(&self, state: &mut State, p: usize) {
        state.processes[p] = self.scenario.process(state.next_name, self.defect);
        state.next_name += 1;
    }

    pub(crate) fn release(state: &mut State, p: usize) {
        let Some((epoch, marker)) = state.processes[p].releasing.take() else { return };
        if state.database.epoch == epoch {
            state.database.confirmed = Some(marker);
            state.database.owner = None;
        }
    }

    pub(crate) fn may_take_over(&self, state: &State, action: Action, p: usize) -> bool {
        let process = &state.processes[p];
        match (action, process.takeover) {
            (Action::Release(_), _) => process.releasing.is_some(),
            (Action::Disown(_), _) => process.ingest.in_doubt && process.stands_still(),
            (Action::Claim(_), Takeover::Wanted) => true,
            (Action::Wait(_), Takeover::Claimed(epoch)) => {
                self.lacks(Defect::NoWait) || state.database.open.iter().all(|recording| recording.epoch >= epoch)
            }
            (Action::AbortPrevious(_), Takeover::Waited(_)) => state
                .broker
                .open
                .iter()
                .any(|open| open.name != process.name && state.database.previous.contains(&open.name)),
            (Action::Read(_), Takeover::Waited(_)) => state.broker.open.is_empty() || self.lacks(Defect::UnstableRead),
            (Action::Confirm(_), _) => {
                let producer = &process.dispatch.producer;
                process.dispatch.confirm.is_some()
                    && producer.open.is_none()
                    && !producer.gone
                    && process.dispatch.firing.state() != Firing::Unknown
                    && process.ingest.producer.open.is_none()
            }
            _ => false,
        }
    }

    pub(crate) fn claim(state: &mut State, p: usize) {
        let process = &mut state.processes[p];
        let database = &mut state.database;
        database.epoch += 1;
        if let Some(owner) = database.owner.replace(process.name)
            && owner != process.name
            && !database.previous.contains(&owner)
        {
            database.previous.push(owner);
        }
        process.takeover = Takeover::Claimed(database.epoch);
    }

    pub(crate) fn wait(state: &mut State, p: usize) {
        let process = &mut state.processes[p];
        if let Takeover::Claimed(epoch) = process.takeover {
            state.database.settled = state.database.settled.max(epoch);
            process.takeover = Takeover::Waited(epoch);
        }
    }

    /// Aborts what previous owners have open, and fences them, dead or alive.
    pub(crate) fn abort_previous(state: &mut State, p: usize) {
        let own = state.processes[p].name;
        for name in state.database.previous.clone() {
            if name == own {
                continue;
            }
            state.broker.open.retain(|open| open.name != name);
            if let Some(previous) = state.process_mut(name) {
                previous.ingest.producer.fenced = true;
                previous.dispatch.producer.fenced = true;
            }
        }
    }

    pub(crate) fn read(&self, state: &mut State, p: usize) {
        let origin = Position { fire_at: instant(0), callback_id: 0 };
        let beginning = Beginning::choose(Some(state.broker.marker), state.database.confirmed, || origin);
        let next = state.broker.next;
        let process = &mut state.processes[p];
        let Takeover::Waited(epoch) = process.takeover else { return };
        let Ok(beginning) = beginning else {
            process.takeover = Takeover::Stopped;
            return;
        };
        let marker = beginning.position();
        process.owned = Some(Owned { epoch, frontier: Frontier::starting_at(marker) });
        process.takeover = Takeover::Installed(next);
        if self.lacks(Defect::NoStep5) {
            self.start(process, epoch);
        } else {
            process.dispatch.confirm = Some((epoch, marker));
        }
    }

    pub(crate) fn confirm(&self, state: &mut State, p: usize) {
        let metadata = self.metadata(state, p);
        let generation = state.group.generation;
        let process = &mut state.processes[p];
        let Some((epoch, marker)) = process.dispatch.confirm.take() else { return };
        let awaited = matches!(process.takeover, Takeover::Installed(_)) && process.is_current(epoch);
        if !awaited && !self.lacks(Defect::ConfirmsEndedTakeover) {
            return;
        }
        if process.dispatch.producer.fenced {
            process.dispatch.producer.gone = true;
            self.came(state, p, Sent::Confirm(epoch), Err(Fault::Unknown));
        } else if metadata == Some(generation) {
            let content = Content { marker: Some(marker), ..Content::default() };
            Self::open(state, p, Kind::Dispatch, Sent::Confirm(epoch), content);
        } else {
            self.disown(state, p);
        }
    }

    /// Step 0. Both loops have been waited for.
    pub(crate) fn disown(&self, state: &mut State, p: usize) {
        let process = &mut state.processes[p];
        process.ingest.in_doubt = false;
        if !process.assigned {
            return;
        }
        if !self.lacks(Defect::NoStep0) {
            self.end(process);
        }
        process.takeover = Takeover::Wanted;
    }
}

impl Model {
    /// The takeover, if any, has ended: what is in memory about the shard is thrown away.
    fn end(&self, process: &mut Process) {
        process.owned = None;
        process.ingest.next = None;
        process.ingest.answer = None;
        process.dispatch.inbox.clear();
        process.dispatch.firing.let_go(&self.standing(&mut process.owned));
    }

    /// The partition is no longer ours.
    fn let_go(&self, process: &mut Process) {
        process.assigned = false;
        process.takeover = Takeover::Idle;
        self.end(process);
    }

    /// Step 6.
    pub(crate) fn start(&self, process: &mut Process, epoch: u8) {
        let Takeover::Installed(next) = process.takeover else { return };
        let running = process.dispatch.running();
        process.dispatch.firing.begin(vec![Epoch(epoch)], &self.standing(&mut process.owned), running);
        process.ingest.next = Some(next);
        process.takeover = Takeover::Idle;
    }
}

impl Process {
    /// The outcome of a transaction of the ingest loop is unknown: its producers are thrown away.
    pub(crate) fn doubt(&mut self) {
        self.ingest.producer.open = None;
        self.ingest.producer.gone = true;
        self.ingest.in_doubt = true;
    }
}
