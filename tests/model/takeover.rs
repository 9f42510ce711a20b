//! Takeovers: does in the world what the service's own machine asks for, and tells it what came of it.

use std::collections::BTreeMap;
use std::time::Duration;

use schedule_callback::domain::commitment::Position;
use schedule_callback::protocol::Fault;
use schedule_callback::protocol::firing::State as Firing;
use schedule_callback::protocol::frontier::Frontier;
use schedule_callback::protocol::ownership::{Awaiting, Change};
use schedule_callback::protocol::takeover::{self, Chosen, Claim, Coordinators, Read};

use crate::action::{Action, Model};
use crate::scenario::Defect;
use crate::state::{Attempt, Content, Epoch, Kind, Name, Offset, Owned, Process, Sent, State, instant, shard};

type Event = takeover::Event<Name, Offset, u8>;
type Step = takeover::Step<Name, Offset, u8>;

impl Model {
    pub(crate) fn may_take_over(&self, state: &State, action: Action, p: usize) -> bool {
        let process = &state.processes[p];
        match (action, process.attempt.as_ref().map(Attempt::step)) {
            (Action::Release(_), _) => process.releasing.is_some(),
            (Action::Disown(_), _) => process.ingest.in_doubt && process.stands_still(),
            (Action::Confirm(_), _) => {
                let producer = &process.dispatch.producer;
                process.dispatch.confirm.is_some()
                    && producer.open.is_none()
                    && !producer.gone
                    && process.dispatch.firing.state() != Firing::Unknown
                    && process.ingest.producer.open.is_none()
            }
            (Action::Claim(_), None) => !process.queue.is_empty(),
            // The row's lock is given when nobody holds it any more.
            (Action::Wait(_), Some(Step::WaitForHolders(_))) => {
                self.lacks(Defect::NoWait) || state.database.open.is_empty()
            }
            (Action::LoseTakeover(_), Some(Step::WaitForHolders(_) | Step::ForgetPrevious(_))) => {
                state.faults.database > 0
            }
            (Action::AbortPrevious(_), Some(Step::ReadStable { .. })) => {
                let mut later = process.attempt.clone();
                let step = later.as_mut().map(|attempt| {
                    is_long_pending(attempt);
                    attempt.step()
                });
                let Some(Step::AbortInNameOf(owners)) = step else { return false };
                state.broker.open.iter().any(|open| owners.contains(&open.name))
            }
            (Action::Read(_), Some(Step::ReadStable { .. })) => {
                state.broker.open.is_empty() || self.lacks(Defect::UnstableRead)
            }
            (Action::Start(_), Some(Step::ForgetPrevious(_))) => true,
            _ => false,
        }
    }

    /// Tells the takeover what came of its step. What it asks for next is done at once where nobody else sees when that is
    /// done, and else is an action.
    pub(crate) fn takeover_came(&self, state: &mut State, p: usize, event: Event) {
        let Some(attempt) = &mut state.processes[p].attempt else { return };
        attempt.handle(event, Duration::ZERO);
        let done = match attempt.step() {
            Step::ReadHighestId => Event::HighestId(i64::from(state.database.sequence)),
            Step::Install { chosen, .. } => {
                let process = &mut state.processes[p];
                Event::Installed(chosen.into_iter().filter_map(|one| Some((shard(), process.install(&one)?))).collect())
            }
            Step::CommitMarkers(epochs) => {
                let process = &mut state.processes[p];
                let Some(&epoch) = epochs.first() else { return };
                if self.lacks(Defect::NoStep5) {
                    self.fire(process, epoch);
                    Event::Done
                } else {
                    let marker = process.owned.as_ref().map(|owned| owned.frontier.marker());
                    process.dispatch.confirm = marker.map(|marker| (epoch, marker));
                    return;
                }
            }
            Step::GiveUp { again, anew } => {
                let end = |(epoch, anew)| self.give_up(&mut state.processes[p], epoch, anew);
                let all =
                    again.into_iter().map(|epoch| (epoch, false)).chain(anew.into_iter().map(|epoch| (epoch, true)));
                Event::GivenUp(all.flat_map(end).collect())
            }
            Step::Start(installed) => {
                let process = &mut state.processes[p];
                if let Some(one) = installed.first().filter(|one| process.is_current(one.takeover)) {
                    process.ingest.next = Some(one.places);
                }
                Event::Done
            }
            Step::End(outcome) => {
                let process = &mut state.processes[p];
                process.attempt = None;
                process.wait_for_takeover(outcome.again);
                return;
            }
            _ => return,
        };
        self.takeover_came(state, p, done);
    }

    pub(crate) fn claim(&self, state: &mut State, p: usize) {
        let origin = Position { fire_at: instant(0), callback_id: 0 };
        let process = &mut state.processes[p];
        let Some(wanted) = process.queue.begin(None, Duration::ZERO) else { return };
        process.attempt = Some(Attempt::begin(process.name, wanted, origin));
        self.takeover_came(state, p, Event::Belongs { adopts: false });
        let (name, database) = (state.processes[p].name, &mut state.database);
        database.epoch += 1;
        if let Some(owner) = database.owner.replace(name)
            && owner != name
            && !database.previous.contains(&owner)
        {
            database.previous.push(owner);
        }
        let (epoch, previous) = (database.epoch.into(), database.previous.clone());
        let claim = Claim { epoch, previous, confirmed: database.confirmed };
        self.takeover_came(state, p, Event::Claimed(BTreeMap::from([(shard(), claim)])));
    }

    pub(crate) fn wait(&self, state: &mut State, p: usize) {
        state.database.settled = state.database.epoch;
        self.takeover_came(state, p, Event::Done);
    }

    pub(crate) fn lose_takeover(&self, state: &mut State, p: usize) {
        state.faults.database -= 1;
        self.takeover_came(state, p, Event::Failed(Fault::Unknown));
    }

    /// Aborts what previous owners have open, and fences them, dead or alive.
    pub(crate) fn abort_previous(&self, state: &mut State, p: usize) {
        let step = state.processes[p].attempt.as_mut().map(|attempt| {
            is_long_pending(attempt);
            attempt.step()
        });
        let Some(Step::AbortInNameOf(owners)) = step else { return };
        for name in owners {
            state.broker.open.retain(|open| open.name != name);
            if let Some(previous) = state.process_mut(name) {
                previous.ingest.producer.fenced = true;
                previous.dispatch.producer.fenced = true;
            }
        }
        self.takeover_came(state, p, Event::Done);
    }

    pub(crate) fn read(&self, state: &mut State, p: usize) {
        let read = Read { marker: Some(state.broker.marker), places: state.broker.next };
        self.takeover_came(state, p, Event::Read(BTreeMap::from([(shard(), read)])));
    }

    /// The dispatch loop is asked for step T5.
    pub(crate) fn confirm(&self, state: &mut State, p: usize) {
        let metadata = self.metadata(state, p);
        let generation = state.group.generation;
        let process = &mut state.processes[p];
        let Some((epoch, marker)) = process.dispatch.confirm.take() else { return };
        if !process.is_current(epoch) && !self.lacks(Defect::ConfirmsEndedTakeover) {
            self.takeover_came(state, p, Event::Failed(Fault::Fenced));
        } else if process.dispatch.producer.fenced {
            process.dispatch.producer.gone = true;
            self.takeover_came(state, p, Event::Failed(Fault::Fenced));
        } else if metadata == Some(generation) {
            let content = Content { marker: Some(marker), ..Content::default() };
            Self::open(state, p, Kind::Dispatch, Sent::Confirm(epoch), content);
        } else {
            self.takeover_came(state, p, Event::Failed(Fault::Refused));
        }
    }

    /// Step T5 has succeeded: the dispatch loop begins with an empty window.
    pub(crate) fn fire(&self, process: &mut Process, epoch: u8) {
        if process.is_current(epoch) {
            let running = process.dispatch.running();
            process.dispatch.firing.begin(vec![Epoch(epoch)], &self.standing(&mut process.owned), running);
        }
    }

    pub(crate) fn start(&self, state: &mut State, p: usize) {
        let step = state.processes[p].attempt.as_ref().map(Attempt::step);
        let Some(Step::ForgetPrevious(epochs)) = step else { return };
        if epochs.contains(&(shard(), state.database.epoch.into())) {
            state.database.previous.clear();
        }
        self.takeover_came(state, p, Event::Done);
    }

    /// Step T0. Both loops have been waited for.
    pub(crate) fn disown(&self, state: &mut State, p: usize) {
        let process = &mut state.processes[p];
        process.ingest.in_doubt = false;
        process.shards_are_given_up();
        if let Some(&epoch) = process.shards.owner(shard()) {
            let awaiting = self.give_up(process, epoch, false);
            process.wait_for_takeover(awaiting);
        }
    }

    /// Ends that takeover, where it stands.
    fn give_up(&self, process: &mut Process, epoch: u8, anew: bool) -> Vec<Awaiting> {
        let Change { awaiting, ended } = process.shards.end(shard(), |owner| *owner == epoch, anew);
        if !ended.is_empty() && !self.lacks(Defect::NoStep0) {
            self.end(process);
        }
        awaiting
    }
}

impl Process {
    /// Step T4, for a shard that goes on.
    fn install(&mut self, chosen: &Chosen<Offset>) -> Option<u8> {
        let epoch = u8::try_from(chosen.epoch).ok()?;
        if !self.shards.install(chosen.awaiting, epoch) {
            return None;
        }
        self.owned = Some(Owned { epoch, frontier: Frontier::starting_at(chosen.beginning.position()) });
        Some(epoch)
    }
}

/// Nothing stable is read although the coordinators answer, for as long as that is waited for.
fn is_long_pending(attempt: &mut Attempt) {
    for seconds in 0..2 {
        attempt.handle(Event::NotStable, Duration::from_secs(seconds));
        attempt.handle(Event::Answers(Coordinators::Alone), Duration::from_secs(seconds));
    }
}
