//! The dispatch loop and the loader: they perform what the service's own machine says, `protocol::firing`.

use std::cell::{RefCell, RefMut};
use std::ops::DerefMut;
use std::time::Duration;

use schedule_callback::domain::commitment::Position;
use schedule_callback::domain::ids::Shard;
use schedule_callback::protocol::Fault;
use schedule_callback::protocol::firing::{
    Bounds, Firing, Moment, Next, Owner, Owners, Rows, Rule, Rules, State as Doing,
};
use schedule_callback::protocol::frontier::Frontier;
use schedule_callback::protocol::takeover::Event;

use crate::action::{Action, Model};
use crate::scenario::{Defect, Scenario};
use crate::state::{Changed, Content, Due, Epoch, Kind, Load, Name, Owned, Process, Sent, State, TICK, instant};

/// How many loads may be under way: one of this takeover, and one that an older takeover left behind.
const LOADS: usize = 2;
/// After this long markers are kept alive.
const HOUR: Duration = Duration::from_hours(1);

impl Owner for Epoch {
    fn shard(&self) -> Shard {
        Shard::from_partition(0).unwrap_or_else(|_| unreachable!("shard 0 is a shard"))
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}

/// The takeover that is installed in a process.
pub struct Standing<'a> {
    owned: RefCell<&'a mut Option<Owned>>,
    /// Whether a takeover ends the one before.
    ends: bool,
}

impl<T> Rows<T> for Standing<'_> {}

impl Owners<Epoch> for Standing<'_> {
    fn is_current(&self, owner: &Epoch) -> bool {
        self.owned.borrow().as_ref().is_some_and(|owned| owned.epoch == owner.0 || !self.ends)
    }

    fn frontier(&self, _: &Epoch) -> impl DerefMut<Target = Frontier> {
        RefMut::map(self.owned.borrow_mut(), |owned| match owned {
            Some(owned) => &mut owned.frontier,
            None => unreachable!("a machine asks only for the frontier of a takeover that stands"),
        })
    }
}

/// The rules of firing that are switched off.
impl Rules for Defect {
    fn keep(&self, rule: Rule) -> bool {
        let without = match rule {
            Rule::ReachBeforeQuery => Self::ReachesTooLate,
            Rule::ReplayOnLoad => Self::NoReplayOnLoad,
            Rule::LoadsOfOneTakeover => Self::UnnumberedLoads,
            Rule::StartOverInDoubt => Self::RetriesUnknownTransaction,
            // Nothing is tracked here.
            Rule::SweepInTime => return true,
        };
        *self != without
    }
}

impl Scenario {
    /// A process that has just started.
    pub fn process(&self, name: Name, defect: Defect) -> Process {
        let window = Duration::from_micros(TICK.unsigned_abs() * u64::from(self.window));
        let bounds = Bounds {
            refill: window,
            load_rows: self.rows,
            retry: (Duration::ZERO, Duration::ZERO),
            load_retry: Duration::ZERO,
            keep_alive: HOUR,
            keep_alive_retry: Duration::ZERO,
            ..Bounds::new(window, self.rows, Duration::ZERO, Duration::MAX)
        };
        Process::named(name, Firing::with_rules(bounds, defect))
    }
}

impl Model {
    pub(crate) fn standing<'a>(&self, owned: &'a mut Option<Owned>) -> Standing<'a> {
        Standing { owned: RefCell::new(owned), ends: !self.lacks(Defect::NoStep0) }
    }

    fn moment(state: &State, p: usize) -> Moment {
        let dispatch = &state.processes[p].dispatch;
        Moment { time: instant(state.now), running: dispatch.running(), can_publish: !dispatch.producer.gone }
    }

    /// What the loop does next: asked of copies, since planning a pass raises the cutoff.
    pub(crate) fn next_of(&self, state: &State, p: usize) -> Next<Epoch> {
        let process = &state.processes[p];
        let (mut firing, mut owned) = (process.dispatch.firing.clone(), process.owned.clone());
        firing.next(&self.standing(&mut owned), Self::moment(state, p))
    }

    pub(crate) fn may_dispatch(&self, state: &State, action: Action, p: usize) -> bool {
        let process = &state.processes[p];
        let dispatch = &process.dispatch;
        match action {
            Action::Receive(_) => !dispatch.inbox.is_empty(),
            Action::ReadLoad(_, n) => dispatch.loads.get(n).is_some_and(|load| load.rows.is_none()),
            Action::FinishLoad(_, n) => dispatch.loads.get(n).is_some_and(|load| load.rows.is_some()),
            Action::Dispatch(_) => dispatch.has_something_to_do() && self.may_perform(state, p),
            Action::KeepAlive(_) if self.lacks(Defect::KeepAliveElsewhere) => {
                state.faults.keep_alives > 0
                    && dispatch.fires()
                    && !process.ingest.producer.fenced
                    && self.may_open(state, p, Kind::Ingest)
            }
            Action::KeepAlive(_) => state.faults.keep_alives > 0 && dispatch.fires(),
            _ => false,
        }
    }

    fn may_perform(&self, state: &State, p: usize) -> bool {
        let process = &state.processes[p];
        match self.next_of(state, p) {
            Next::Load(loads) => process.dispatch.loads.len() + loads.len() <= LOADS,
            Next::Publish(_) | Next::Recommit(_) => self.may_open(state, p, Kind::Dispatch),
            Next::StartOver => process.stands_still(),
            Next::Reset => true,
            // No callback here is tracked or has a `notAfter`.
            Next::Wait(_) | Next::Look(_) | Next::Sweep(_) => false,
        }
    }

    pub(crate) fn dispatch(&self, state: &mut State, p: usize) {
        let moment = Self::moment(state, p);
        let process = &mut state.processes[p];
        let next = process.dispatch.firing.next(&self.standing(&mut process.owned), moment);
        match next {
            Next::Load(loads) => {
                process.dispatch.loads.extend(loads.into_iter().map(|asked| Load { asked, rows: None }));
            }
            Next::Publish(pass) => {
                let rows = pass.parts.iter().filter_map(|part| process.dispatch.firing.rows(part)).flatten();
                let due = rows.map(|(position, revision)| Due { id: position.callback_id, revision: *revision, at: 0 });
                let marker = pass.parts.first().map(|part| part.end);
                let content = Content { due: due.collect(), marker, ..Content::default() };
                process.dispatch.pass = Some(pass);
                self.transact(state, p, Sent::Pass, content);
            }
            Next::Recommit(unmoved) => {
                let marker = process.owned.as_ref().map(|owned| owned.frontier.marker());
                process.dispatch.unmoved = unmoved;
                self.transact(state, p, Sent::KeepAlive, Content { marker, ..Content::default() });
            }
            Next::Reset => {
                Self::reset(state, p, Kind::Dispatch);
                state.processes[p].dispatch.firing.reset(Ok(()), moment.running);
            }
            Next::StartOver => self.disown(state, p),
            Next::Wait(_) | Next::Look(_) | Next::Sweep(_) => {}
        }
    }

    fn transact(&self, state: &mut State, p: usize, sent: Sent, content: Content) {
        if state.processes[p].dispatch.producer.fenced {
            state.processes[p].dispatch.producer.gone = true;
            self.came(state, p, sent, Err(Fault::Unknown));
        } else {
            Self::open(state, p, Kind::Dispatch, sent, content);
        }
    }

    /// The loop learns what came of its transaction.
    pub(crate) fn came(&self, state: &mut State, p: usize, sent: Sent, came: Result<(), Fault>) {
        let process = &mut state.processes[p];
        let running = process.dispatch.running();
        let firing = &mut process.dispatch.firing;
        match sent {
            Sent::Pass => {
                if let Some(pass) = process.dispatch.pass.take() {
                    firing.published(&self.standing(&mut process.owned), pass, came, running);
                }
            }
            Sent::KeepAlive => {
                let unmoved = std::mem::take(&mut process.dispatch.unmoved);
                firing.recommitted(&self.standing(&mut process.owned), &unmoved, came, running);
            }
            // The takeover is told, which tries again from its first step.
            Sent::Confirm(_) => {
                firing.confirmed(came);
                if let Err(fault) = came {
                    self.takeover_came(state, p, Event::Failed(fault));
                }
            }
            Sent::Answer => {}
        }
    }

    /// An hour has passed; or the other loop keeps the marker alive, with the value that it remembers.
    pub(crate) fn keep_alive(&self, state: &mut State, p: usize) {
        state.faults.keep_alives -= 1;
        if self.lacks(Defect::KeepAliveElsewhere) {
            let marker = state.processes[p].owned.as_ref().map(|owned| owned.frontier.marker());
            Self::open(state, p, Kind::Ingest, Sent::KeepAlive, Content { marker, ..Content::default() });
        } else {
            state.processes[p].dispatch.hours += 1;
        }
    }

    pub(crate) fn receive(&self, state: &mut State, p: usize) {
        let process = &mut state.processes[p];
        let Changed { epoch, change, reach, hold } = process.dispatch.inbox.remove(0);
        process.dispatch.firing.changed(&self.standing(&mut process.owned), &Epoch(epoch), [change], reach, hold);
    }

    /// The query: a snapshot of what is committed now.
    pub(crate) fn read_load(state: &mut State, p: usize, n: usize) {
        let load = &mut state.processes[p].dispatch.loads[n];
        let until = Position::end_of(load.asked.until);
        let rows = state.database.rows.values().filter(|row| !row.cancelled);
        let mut rows: Vec<_> = rows
            .map(|row| (row.position, row.revision))
            .filter(|(position, _)| *position > load.asked.after && *position <= until)
            .collect();
        rows.sort_unstable();
        rows.truncate(load.asked.limit);
        load.rows = Some(rows);
    }

    pub(crate) fn finish_load(&self, state: &mut State, p: usize, n: usize) {
        let process = &mut state.processes[p];
        let Load { asked, rows } = process.dispatch.loads.remove(n);
        let (standing, running) = (self.standing(&mut process.owned), process.dispatch.running());
        process.dispatch.firing.loaded(&standing, asked, Ok(rows.unwrap_or_default()), running);
    }
}

impl crate::state::Dispatch {
    /// How long it has been running, as far as that matters.
    pub fn running(&self) -> Duration {
        HOUR * u32::from(self.hours)
    }

    /// Whether it fires for the shard.
    pub fn fires(&self) -> bool {
        self.firing.windows().next().is_some()
    }

    /// Whether its machine can want anything: asked first, since it is asked often.
    fn has_something_to_do(&self) -> bool {
        self.fires() || self.producer.gone || self.firing.state() == Doing::Unknown
    }
}
