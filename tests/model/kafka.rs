//! Kafka transactions: what the broker does with them, and what their process learns.

use schedule_callback::protocol::Fault;
use schedule_callback::protocol::takeover::Event;

use crate::action::{Action, Model};
use crate::scenario::Defect;
use crate::state::{Content, Due, Kind, Sent, State, Transaction};

impl Model {
    /// The generation that the process uses for its transactions.
    pub(crate) fn metadata(&self, state: &State, p: usize) -> Option<u8> {
        if self.lacks(Defect::FreshMetadata) { Some(state.group.generation) } else { state.processes[p].metadata }
    }

    /// Whether a transaction of that process would be taken, or show it that it is fenced: both lead on.
    pub(crate) fn may_open(&self, state: &State, p: usize, kind: Kind) -> bool {
        let producer = state.processes[p].producer(kind);
        producer.open.is_none()
            && !producer.gone
            && (producer.fenced || self.metadata(state, p) == Some(state.group.generation))
    }

    /// Produces, and sends the offsets: here the broker has looked at the generation, and never does again.
    pub(crate) fn open(state: &mut State, p: usize, kind: Kind, sent: Sent, content: Content) {
        let process = &mut state.processes[p];
        if process.producer(kind).fenced {
            process.doubt();
            return;
        }
        process.producer_mut(kind).open = Some(sent);
        state.broker.open.push(Transaction { name: process.name, kind, committing: false, content });
    }

    pub(crate) fn may_transact(state: &State, action: Action, p: usize, kind: Kind) -> bool {
        let process = &state.processes[p];
        let producer = process.producer(kind);
        let is_known = state.broker.open.iter().any(|open| open.name == process.name && open.kind == kind);
        match action {
            Action::KafkaCommit(..) => producer.open.is_some() && is_known,
            Action::KafkaLose(..) => producer.open.is_some() && (!is_known || state.faults.kafka > 0),
            Action::KafkaAbort(..) => producer.open.is_some() && is_known && state.faults.aborts > 0,
            // The dispatch loop's machine says when.
            Action::Reset(_, kind) => producer.gone && kind == Kind::Ingest,
            _ => false,
        }
    }

    pub(crate) fn kafka_commit(&self, state: &mut State, p: usize, kind: Kind) {
        let name = state.processes[p].name;
        let Some(sent) = state.processes[p].producer_mut(kind).open.take() else { return };
        if let Some(at) = state.broker.open.iter().position(|open| open.name == name && open.kind == kind) {
            Self::commit_late(state, at);
        }
        match sent {
            Sent::Answer => Self::answered(state, p),
            Sent::Confirm(epoch) => {
                self.fire(&mut state.processes[p], epoch);
                self.takeover_came(state, p, Event::Done);
            }
            Sent::Pass | Sent::KeepAlive if kind == Kind::Dispatch => self.came(state, p, sent, Ok(())),
            Sent::Pass | Sent::KeepAlive => {}
        }
    }

    pub(crate) fn kafka_lose(&self, state: &mut State, p: usize, kind: Kind) {
        let process = &mut state.processes[p];
        let (name, producer) = (process.name, process.producer_mut(kind));
        let sent = producer.open.take();
        producer.gone = true;
        if sent == Some(Sent::Answer) {
            process.answer_failed(Fault::Unknown);
        } else if kind == Kind::Ingest {
            process.ingest.in_doubt = true;
        }
        if let Some(open) = state.broker.open.iter_mut().find(|open| open.name == name && open.kind == kind) {
            open.committing = true;
            state.faults.kafka -= 1;
        }
        if let Some(sent) = sent.filter(|_| kind == Kind::Dispatch) {
            self.came(state, p, sent, Err(Fault::Unknown));
        }
    }

    pub(crate) fn kafka_abort(&self, state: &mut State, p: usize, kind: Kind) {
        state.faults.aborts -= 1;
        let process = &mut state.processes[p];
        let sent = process.producer_mut(kind).open.take();
        if sent == Some(Sent::Answer) {
            process.answer_failed(Fault::Aborted);
        }
        let name = process.name;
        state.broker.open.retain(|open| open.name != name || open.kind != kind);
        if let Some(sent) = sent.filter(|_| kind == Kind::Dispatch) {
            self.came(state, p, sent, Err(Fault::Aborted));
        }
    }

    /// A new producer of the same id ends what the one before left open.
    pub(crate) fn reset(state: &mut State, p: usize, kind: Kind) {
        let process = &mut state.processes[p];
        let producer = process.producer_mut(kind);
        producer.gone = false;
        producer.fenced = false;
        let name = process.name;
        state.broker.open.retain(|open| open.name != name || open.kind != kind);
    }

    pub(crate) fn commit_late(state: &mut State, at: usize) {
        let Content { due, result, marker, next } = state.broker.open.remove(at).content;
        let (now, broker) = (state.now, &mut state.broker);
        broker.due.extend(due.into_iter().map(|due| Due { at: now, ..due }));
        broker.results.extend(result);
        broker.marker = marker.unwrap_or(broker.marker);
        broker.next = next.unwrap_or(broker.next);
    }

    /// The broker aborts what stays open for too long: at once where nobody can end it any more.
    pub(crate) fn may_time_out(state: &State, at: usize) -> bool {
        let open = &state.broker.open[at];
        let sender = state.processes.iter().find(|process| process.alive && process.name == open.name);
        sender.is_none_or(|sender| sender.producer(open.kind).open.is_none()) || state.faults.aborts > 0
    }

    pub(crate) fn time_out(state: &mut State, at: usize) {
        let open = state.broker.open.remove(at);
        if let Some(sender) = state.process_mut(open.name)
            && sender.producer(open.kind).open.is_some()
        {
            sender.producer_mut(open.kind).fenced = true;
            state.faults.aborts -= 1;
        }
    }
}
