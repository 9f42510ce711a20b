//! The group's rebalances and the processes' lives.

use std::time::Duration;

use schedule_callback::protocol::ownership::Awaiting;

use crate::action::{Action, Model};
use crate::state::{Process, State, shard};

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
                    && owner.is_assigned()
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
        if owner == process.name && !process.is_assigned() {
            process.be_assigned();
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

    /// The takeover, if any, has ended: what is in memory about the shard is thrown away.
    pub(crate) fn end(&self, process: &mut Process) {
        process.owned = None;
        process.ingest.next = None;
        process.ingest.answer = None;
        process.dispatch.inbox.clear();
        process.dispatch.firing.let_go(&self.standing(&mut process.owned));
    }

    /// The partition is no longer ours. A takeover that is under way finds out.
    fn let_go(&self, process: &mut Process) {
        process.shards.revoke([shard()]);
        self.end(process);
        process.wait_for_takeover(Vec::new());
    }
}

impl Process {
    /// The group assigns it the shard.
    pub(crate) fn be_assigned(&mut self) {
        let change = self.shards.assign([shard()]);
        self.wait_for_takeover(change.awaiting);
    }

    /// How long is waited is the machine's to say, and here any wait may be over at any time.
    pub(crate) fn wait_for_takeover(&mut self, awaiting: Vec<Awaiting>) {
        self.queue.ask(awaiting, Duration::ZERO);
        self.queue.keep(|awaiting| self.shards.awaits(awaiting));
    }

    /// The outcome of a transaction of the ingest loop is unknown: its producers are thrown away.
    pub(crate) fn doubt(&mut self) {
        self.ingest.producer.open = None;
        self.ingest.producer.gone = true;
        self.ingest.in_doubt = true;
    }
}
