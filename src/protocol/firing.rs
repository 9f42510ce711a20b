//! Firing, steps F1 to F5: what an instance does next for the shards that it has taken over, and what follows from how that
//! ended.
//!
//! A loop asks [`Firing::next`], does what it says, and hands back what came of it: [`loaded`](Firing::loaded),
//! [`published`](Firing::published), [`recommitted`](Firing::recommitted),
//! [`reset`](Firing::reset). In between it tells what it hears: [`confirmed`](Firing::confirmed),
//! [`begin`](Firing::begin), [`changed`](Firing::changed), [`lost_brokers`](Firing::lost_brokers). One transaction is under way at a time; loads may be under way beside it.
//!
//! What comes of it is `Ok` or a [`Fault`], and follows from that and from the [`State`] alone:
//!
//! | under way | Refused, Aborted, Away | Fenced | Unknown |
//! |---|---|---|---|
//! | a load | the same again, a moment later | the same | the same |
//! | a pass | back-off, then the same range again | as Unknown, where a shard of it is still ours; else nothing | back-off, start over |
//! | a keep-alive | the same again, half a minute later; passes do not wait for it | as for a pass | start over |
//! | the markers of a takeover | nothing: whoever takes over tries again | the same | start over |
//! | producers being made | back-off, then again | the same | the same |
//!
//! A pass that was prepared ahead and given up is no failure: it is planned again at once. Looks and sweeps need no outcome
//! but what [`changed`](Firing::changed) and [`swept`](Firing::swept) tell.

mod bounds;
mod life;
mod loads;
mod next;
mod noticed;
mod owner;
mod rules;
mod shard;
mod staging;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use self::bounds::Bounds;
pub use self::next::{Next, State};
use self::noticed::Noticed;
pub use self::noticed::{ByTime, Look, Sweep};
use self::owner::judged;
pub use self::owner::{Moment, Owner, Owners, Rows};
pub use self::rules::{Kept, Rule, Rules};
use self::shard::Fired;
pub use self::shard::Load;
pub use self::staging::{Pass, Staged, Staging, makes_way};
use super::Fault;
use super::frontier::Hold;
use super::pass::{Part, Plan, next_instant, plan};
use super::window::{Change, Window};
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::domain::time::Timestamp;

/// The machine of one instance; `O` names a takeover, `T` is what a window holds of a callback.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Firing<O, T, R = Kept> {
    bounds: Bounds,
    rules: R,
    shards: BTreeMap<Shard, Fired<O, T>>,
    takeovers: u64,
    state: State,
    /// When what failed is tried again, and how long that wait was.
    retry: Option<(Duration, Duration)>,
    /// Markers are not committed again before this, since that has failed.
    recommit_after: Option<Duration>,
    /// Whether the last thing done was a pass: then markers are looked at first, or they would wait for as long as something
    /// is due.
    has_passed: bool,
    /// F6: what is to be handed over next.
    looks: Vec<Look<O>>,
}

impl<O: Owner, T: Clone> Firing<O, T> {
    /// A machine that fires for no shard yet.
    pub const fn new(bounds: Bounds) -> Self {
        Self::with_rules(bounds, Kept)
    }
}

impl<O: Owner, T: Clone, R: Rules> Firing<O, T, R> {
    /// The same with other rules, for tests only.
    pub const fn with_rules(bounds: Bounds, rules: R) -> Self {
        Self {
            bounds,
            rules,
            shards: BTreeMap::new(),
            takeovers: 0,
            state: State::Waiting,
            retry: None,
            recommit_after: None,
            has_passed: false,
            looks: Vec::new(),
        }
    }

    /// Which transaction is under way.
    pub const fn state(&self) -> State {
        self.state
    }

    /// Whether passes wait since the last one failed, or its producers could not be made.
    pub const fn is_backing_off(&self) -> bool {
        self.retry.is_some()
    }

    /// The shards it fires for, and what their windows hold.
    pub fn windows(&self) -> impl Iterator<Item = (&O, &Window<T>)> {
        self.shards.values().map(|fired| (&fired.owner, &fired.window))
    }

    /// The window of exactly that takeover.
    pub fn window(&self, owner: &O) -> Option<&Window<T>> {
        self.shards.get(&owner.shard()).filter(|fired| fired.owner.is_same(owner)).map(|fired| &fired.window)
    }

    /// What a part of a pass publishes, in the order of firing; `None` where its takeover has ended.
    pub fn rows(&self, part: &Part<O>) -> Option<impl Iterator<Item = (Position, &T)>> {
        let end = part.end;
        Some(self.window(&part.shard)?.iter().take_while(move |row| row.0 <= end))
    }

    /// T5: what came of committing the markers of a takeover. Where that is in doubt, so is what the same producers have
    /// committed before: they are gone, and those that come after them end what may hang.
    pub fn confirmed(&mut self, came: Result<(), Fault>) {
        if came == Err(Fault::Unknown) {
            self.doubt();
        }
    }

    /// T6: these shards were taken over together. They begin together, when the first loads of all have ended.
    pub fn begin(&mut self, taken: Vec<O>, owners: &impl Owners<O>, running: Duration) {
        self.takeovers += 1;
        let takeover = self.takeovers;
        for owner in taken.into_iter().filter(|owner| owners.is_current(owner)) {
            let marker = owners.frontier(&owner).marker();
            let fired = Fired {
                owner,
                window: Window::starting_at(marker),
                takeover,
                is_loaded: false,
                failed: None,
                committed_at: running,
                noticed: Noticed::since(running, marker),
            };
            self.shards.insert(fired.owner.shard(), fired);
        }
    }

    /// R5: a batch has changed these callbacks, when the window reached that far; the hold ends once they are in it.
    pub fn changed(
        &mut self,
        owners: &impl Owners<O>,
        owner: &O,
        changes: impl IntoIterator<Item = Change<T>>,
        reach: Position,
        hold: Hold,
    ) {
        if let Some(fired) = self.of(owner) {
            for change in changes {
                change.was.into_iter().for_each(|was| fired.noticed.changed(was));
                fired.window.apply(change, reach);
            }
        }
        if owners.is_current(owner) {
            owners.frontier(owner).release(hold);
        }
    }

    /// No broker was left for a moment: what was committed shortly before may be committed in word only.
    pub const fn lost_brokers(&mut self) {
        self.state = State::Unknown;
    }

    /// Whether the producers are to be made anew now.
    pub fn wants_reset(&self, moment: Moment) -> bool {
        self.state == State::Waiting && !moment.can_publish && self.may_try(moment.running)
    }

    /// What came of making the producers anew.
    pub fn reset(&mut self, came: Result<(), Fault>, running: Duration) {
        match came {
            Ok(()) => self.retry = None,
            Err(_) => self.back_off(running),
        }
    }

    /// What is to be done next.
    pub fn next(&mut self, owners: &(impl Owners<O> + Rows<T>), moment: Moment) -> Next<O> {
        if self.state == State::Unknown {
            self.state = State::Waiting;
            self.shards.clear();
            self.looks.clear();
            return Next::StartOver;
        }
        self.let_go(owners);
        let loads = self.load_ahead(owners, moment);
        if !loads.is_empty() {
            return Next::Load(loads);
        }
        if let Some(sweep) = self.sweep(moment.running) {
            return Next::Sweep(sweep);
        }
        if self.wants_reset(moment) {
            return Next::Reset;
        }
        if self.state == State::Waiting && moment.can_publish {
            // Behind the pass that has noticed them, and before the next: what they hold up waits for no other shard.
            if !self.looks.is_empty() {
                return Next::Look(std::mem::take(&mut self.looks));
            }
            let markers_first = std::mem::take(&mut self.has_passed);
            let next = if markers_first {
                self.recommit(owners, moment.running).or_else(|| self.pass(owners, moment))
            } else {
                self.pass(owners, moment).or_else(|| self.recommit(owners, moment.running))
            };
            if let Some(next) = next {
                return next;
            }
            if !self.looks.is_empty() {
                return Next::Look(std::mem::take(&mut self.looks));
            }
        }
        Next::Wait(self.wait(owners, moment))
    }

    /// Forgets the shards whose takeovers have ended.
    pub fn let_go(&mut self, owners: &impl Owners<O>) {
        self.shards.retain(|_, fired| owners.is_current(&fired.owner));
    }

    /// What came of a pass.
    pub fn published(
        &mut self,
        owners: &(impl Owners<O> + Rows<T>),
        pass: Pass<O>,
        came: Result<(), Fault>,
        running: Duration,
    ) {
        self.end_of_transaction();
        match judged(owners, pass.parts.iter().map(|part| &part.shard), came) {
            Ok(()) => {
                self.retry = None;
                self.has_passed = true;
                let in_time = self.rules.keep(Rule::SweepInTime);
                for Part { shard: owner, .. } in pass.parts {
                    if let Some(fired) = self.of(&owner).filter(|_| owners.is_current(&owner)) {
                        let mut frontier = owners.frontier(&owner);
                        frontier.complete_pass();
                        let marker = frontier.marker();
                        let mut rows = fired.window.iter().take_while(|(position, _)| *position <= marker);
                        let is_reported = rows.any(|(_, row)| owners.is_reported(row));
                        drop(rows);
                        if is_reported {
                            fired.noticed.presented(running, marker, in_time);
                        }
                        fired.window.drop_through(marker);
                        fired.committed_at = running;
                    }
                }
            }
            Err(Fault::Fenced) => {}
            Err(Fault::Unknown) => {
                self.back_off(running);
                self.doubt();
            }
            Err(Fault::Refused | Fault::Aborted | Fault::Away) => {
                for Part { shard: owner, .. } in pass.parts.iter().filter(|part| owners.is_current(&part.shard)) {
                    owners.frontier(owner).abort_pass();
                }
                if !pass.staging.is_given_up() {
                    self.back_off(running);
                }
            }
        }
    }

    /// What came of committing the markers of these shards once more. It has a back-off of its own: whether due events can
    /// be published is another question.
    pub fn recommitted(&mut self, owners: &impl Owners<O>, stale: &[O], came: Result<(), Fault>, running: Duration) {
        self.end_of_transaction();
        match judged(owners, stale.iter(), came) {
            Ok(()) => {
                for owner in stale {
                    if let Some(fired) = self.of(owner) {
                        fired.committed_at = running;
                    }
                }
            }
            Err(Fault::Fenced) => {}
            Err(Fault::Unknown) => self.doubt(),
            Err(Fault::Refused | Fault::Aborted | Fault::Away) => {
                self.recommit_after = Some(running + self.bounds.keep_alive_retry);
            }
        }
    }

    /// What was heard meanwhile may have put it in doubt already.
    fn end_of_transaction(&mut self) {
        if self.state != State::Unknown {
            self.state = State::Waiting;
        }
    }

    fn doubt(&mut self) {
        if self.rules.keep(Rule::StartOverInDoubt) {
            self.state = State::Unknown;
        }
    }

    /// F2: plans a pass, which raises the cutoffs of its shards.
    fn pass(&mut self, owners: &(impl Owners<O> + Rows<T>), moment: Moment) -> Option<Next<O>> {
        if !self.may_try(moment.running) {
            return None;
        }
        let (mut parts, mut blocked) = (Vec::new(), Vec::new());
        if let Some(next) = self.next_instant(owners) {
            let may_prepare = || staging::may_prepare(self.shards.values().map(|fired| &fired.owner), owners);
            let (by, limit) = self.bounds.extent(next, moment.time, may_prepare);
            let shards = self.ready().map(|fired| (&fired.owner, &fired.window));
            let blocks = |position, row: &T| owners.must_be_looked_at(position, row, by);
            let planned: Plan<&O> = plan(shards, |owner| owners.frontier(owner), blocks, by, limit);
            parts.extend(planned.parts.into_iter().map(|Part { shard, end }| Part { shard: shard.clone(), end }));
            blocked.extend(planned.blocked.into_iter().cloned());
            if !blocked.is_empty() {
                // What was found before waits behind passes, and is found once only.
                let found = self.looks(owners, &blocked, by, moment.running);
                self.looks.extend(found);
            }
        }
        if parts.is_empty() {
            // Whatever could not be published was given up with its shard.
            self.retry = None;
            return None;
        }
        self.state = State::Passing;
        Some(Next::Publish(Pass::new(parts, moment.time)))
    }

    /// F5: never while a pass of the shard is to be tried again.
    fn recommit(&mut self, owners: &impl Owners<O>, running: Duration) -> Option<Next<O>> {
        if self.recommit_after.is_some_and(|after| running < after) {
            return None;
        }
        let is_stale = |fired: &&Fired<O, T>| {
            running.saturating_sub(fired.committed_at) >= self.bounds.keep_alive
                && !owners.frontier(&fired.owner).is_passing()
        };
        let stale: Vec<_> = self.shards.values().filter(is_stale).map(|fired| fired.owner.clone()).collect();
        if stale.is_empty() {
            return None;
        }
        self.recommit_after = None;
        self.state = State::Recommitting;
        Some(Next::Recommit(stale))
    }

    fn wait(&self, owners: &impl Owners<O>, moment: Moment) -> Duration {
        if let Some((at, _)) = self.retry {
            return at.saturating_sub(moment.running);
        }
        let Bounds { stage_ahead, idle, held, .. } = self.bounds;
        let failed = self.shards.values().filter_map(|fired| Some(fired.failed.as_ref()?.0));
        let idle = failed.map(|at| at.saturating_sub(moment.running)).fold(idle, Duration::min);
        match self.next_instant(owners).map(|next| next.since(moment.time).saturating_sub(stage_ahead)) {
            Some(Duration::ZERO) => held.min(idle),
            Some(until_due) => until_due.min(idle),
            None => idle,
        }
    }

    /// The shards that may fire. Those that were taken over together begin together, when the first loads of all have ended:
    /// so what is overdue goes oldest first over all of them.
    fn ready(&self) -> impl Iterator<Item = &Fired<O, T>> {
        let loading: BTreeSet<u64> =
            self.shards.values().filter(|fired| !fired.is_loaded).map(|fired| fired.takeover).collect();
        self.shards.values().filter(move |fired| !loading.contains(&fired.takeover))
    }

    fn next_instant(&self, owners: &impl Owners<O>) -> Option<Timestamp> {
        self.ready().filter_map(|fired| next_instant(&owners.frontier(&fired.owner), &fired.window)).min()
    }

    fn of(&mut self, owner: &O) -> Option<&mut Fired<O, T>> {
        self.shards.get_mut(&owner.shard()).filter(|fired| fired.owner.is_same(owner))
    }

    fn may_try(&self, running: Duration) -> bool {
        self.retry.is_none_or(|(at, _)| at <= running)
    }

    fn back_off(&mut self, running: Duration) {
        let (first, last) = self.bounds.retry;
        let wait = self.retry.map_or(first, |(_, wait)| (wait * 2).min(last));
        self.retry = Some((running + wait, wait));
    }
}
