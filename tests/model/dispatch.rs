//! The dispatch loop: loads, passes, keep-alive.

use std::cell::RefCell;

use schedule_callback::domain::commitment::Position;
use schedule_callback::protocol::pass::plan;

use crate::action::{Action, Model};
use crate::scenario::Defect;
use crate::state::{Changed, Content, Due, Kind, Load, Sent, State, instant};

/// How many loads may be under way: one of this takeover, and one that an older takeover left behind.
const LOADS: usize = 2;
/// More than a pass can ever find.
const EVENTS: usize = 100;

impl Model {
    pub(crate) fn may_dispatch(&self, state: &State, action: Action, p: usize) -> bool {
        let process = &state.processes[p];
        let dispatch = &process.dispatch;
        match action {
            Action::Receive(_) => !dispatch.inbox.is_empty(),
            Action::ReadLoad(_, n) => dispatch.loads.get(n).is_some_and(|load| load.rows.is_none()),
            Action::FinishLoad(_, n) => dispatch.loads.get(n).is_some_and(|load| load.rows.is_some()),
            Action::BeginLoad(_) => {
                let until = Position::end_of(instant(state.now + self.scenario.window));
                dispatch.loads.len() < LOADS
                    && dispatch.firing.as_ref().is_some_and(|(epoch, window)| {
                        let is_loading = dispatch.loads.iter().any(|load| load.epoch == *epoch);
                        process.is_current(*epoch) && !is_loading && !window.is_loading() && window.end() < until
                    })
            }
            Action::Pass(_) => !dispatch.in_doubt && self.may_open(state, p, Kind::Dispatch) && self.is_due(state, p),
            Action::KeepAlive(_) => {
                let kind = self.keeper();
                let is_confirmed = !process.takes_over();
                let may_pass_between =
                    kind == Kind::Ingest || process.owned.as_ref().is_some_and(|owned| !owned.frontier.is_passing());
                state.faults.keep_alives > 0
                    && process.owned.is_some()
                    && is_confirmed
                    && may_pass_between
                    && !process.producer(kind).fenced
                    && !dispatch.in_doubt
                    && self.may_open(state, p, kind)
            }
            _ => false,
        }
    }

    fn keeper(&self) -> Kind {
        if self.lacks(Defect::KeepAliveElsewhere) { Kind::Ingest } else { Kind::Dispatch }
    }

    /// Whether a pass would find anything: asked of copies, since planning raises the cutoff.
    fn is_due(&self, state: &State, p: usize) -> bool {
        let process = &state.processes[p];
        let (Some((epoch, window)), Some(owned)) = (&process.dispatch.firing, &process.owned) else { return false };
        if *epoch != owned.epoch && !self.lacks(Defect::NoStep0) {
            return false;
        }
        let frontier = RefCell::new(owned.frontier.clone());
        let windows = std::iter::once((&frontier, window));
        !plan(windows, RefCell::borrow_mut, instant(state.now), EVENTS).is_empty()
    }

    pub(crate) fn pass(&self, state: &mut State, p: usize) {
        let (now, takes) = (instant(state.now), self.may_open(state, p, Kind::Dispatch));
        let process = &mut state.processes[p];
        let (Some((_, window)), Some(owned)) = (&process.dispatch.firing, &mut process.owned) else { return };
        let frontier = RefCell::new(&mut owned.frontier);
        let windows = std::iter::once((&frontier, window));
        let parts = plan(windows, |frontier| std::cell::RefMut::map(frontier.borrow_mut(), |f| &mut **f), now, EVENTS);
        let Some(part) = parts.first().filter(|_| takes) else { return };
        let due = window.iter().take_while(|row| row.0 <= part.end);
        let due =
            due.map(|(position, revision)| Due { id: position.callback_id, revision: *revision, at: 0 }).collect();
        let content = Content { due, marker: Some(part.end), ..Content::default() };
        Self::open(state, p, Kind::Dispatch, Sent::Pass, content);
    }

    /// A pass is committed.
    pub(crate) fn passed(&self, state: &mut State, p: usize) {
        let process = &mut state.processes[p];
        let (Some((epoch, window)), Some(owned)) = (&mut process.dispatch.firing, &mut process.owned) else { return };
        if *epoch == owned.epoch || self.lacks(Defect::NoStep0) {
            owned.frontier.complete_pass();
            window.drop_through(owned.frontier.marker());
        }
    }

    pub(crate) fn keep_alive(&self, state: &mut State, p: usize) {
        state.faults.keep_alives -= 1;
        let Some(owned) = &state.processes[p].owned else { return };
        let content = Content { marker: Some(owned.frontier.marker()), ..Content::default() };
        Self::open(state, p, self.keeper(), Sent::KeepAlive, content);
    }

    pub(crate) fn receive(state: &mut State, p: usize) {
        let process = &mut state.processes[p];
        let Changed { epoch, change, hold } = process.dispatch.inbox.remove(0);
        if let Some((firing, window)) = &mut process.dispatch.firing
            && *firing == epoch
        {
            window.apply(change);
        }
        if let (Some(owned), Some(hold)) = (&mut process.owned, hold)
            && owned.epoch == epoch
        {
            owned.frontier.release(hold);
        }
    }

    pub(crate) fn begin_load(&self, state: &mut State, p: usize) {
        let until = state.now + self.scenario.window;
        let process = &mut state.processes[p];
        let (Some((epoch, window)), Some(owned)) = (&mut process.dispatch.firing, &mut process.owned) else { return };
        if !self.lacks(Defect::ReachesTooLate) {
            owned.frontier.extend_reach(Position::end_of(instant(until)));
        }
        process.dispatch.loads.push(Load { epoch: *epoch, after: window.end(), until, rows: None });
        if !self.lacks(Defect::NoReplayOnLoad) {
            window.begin_load(Position::end_of(instant(until)));
        }
    }

    /// The query: a snapshot of what is committed now.
    pub(crate) fn read_load(&self, state: &mut State, p: usize, n: usize) {
        let load = &mut state.processes[p].dispatch.loads[n];
        let until = Position::end_of(instant(load.until));
        let rows = state.database.rows.values().filter(|row| !row.cancelled);
        let mut rows: Vec<_> = rows
            .map(|row| (row.position, row.revision))
            .filter(|(position, _)| *position > load.after && *position <= until)
            .collect();
        rows.sort_unstable();
        rows.truncate(self.scenario.rows);
        load.rows = Some(rows);
    }

    pub(crate) fn finish_load(&self, state: &mut State, p: usize, n: usize) {
        let process = &mut state.processes[p];
        let Load { epoch, until, rows, .. } = process.dispatch.loads.remove(n);
        let (Some((firing, window)), Some(owned)) = (&mut process.dispatch.firing, &mut process.owned) else { return };
        if *firing != epoch && !self.lacks(Defect::UnnumberedLoads) {
            return;
        }
        let until = Position::end_of(instant(until));
        owned.frontier.extend_reach(until);
        if self.lacks(Defect::NoReplayOnLoad) {
            window.begin_load(until);
        }
        let rows = rows.unwrap_or_default();
        let complete = rows.len() < self.scenario.rows;
        window.finish_load(rows, complete);
    }
}
