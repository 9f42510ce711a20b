//! Performs F1 to F5, and T5: what `protocol::firing` asks for.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use schedule_callback::dispatch::Timed;
use schedule_callback::domain::commitment::{Commitment, Position};
use schedule_callback::protocol::Fault;
use schedule_callback::protocol::firing::{self, ByTime, Firing, Next, Pass, Rule, Rules, Staged, makes_way};
use schedule_callback::protocol::pass::Part;
use schedule_callback::wire::due::FiredAt;

use super::answer::partition_of;
use super::messages::{ToDispatch, ToTakeover};
use super::record::SOURCE;
use super::shared::{NotedEvent, Shared, Standing, Taken, true_time};
use super::transactor::{Content, Outcome, Transactor};
use crate::broker::log::Record;
use crate::broker::{Committed, Partition, Topic};
use crate::executor::{Micros, SECOND};
use crate::rules::LeftOut;

/// Every rule but the one that is left out.
#[derive(Clone, Debug)]
struct Kept(LeftOut);

impl Rules for Kept {
    fn keep(&self, rule: Rule) -> bool {
        match rule {
            Rule::ReachBeforeQuery => self.0 != LeftOut::ReachBeforeQuery,
            Rule::ReplayOnLoad => self.0 != LeftOut::ReplayOnLoad,
            Rule::LoadsOfOneTakeover => self.0 != LeftOut::LoadsOfOneTakeover,
            Rule::StartOverInDoubt => self.0 != LeftOut::StartOverInDoubt,
            Rule::SweepInTime => self.0 != LeftOut::SweepInTime,
        }
    }
}

struct Dispatch {
    shared: Rc<Shared>,
    transactor: Transactor,
    firing: Firing<Taken, Timed, Kept>,
    standing: Standing,
    /// Whether a pass was the last thing done.
    has_passed: bool,
}

/// Runs for ever.
pub async fn run(shared: Rc<Shared>) {
    let transactor = Transactor::new(&shared, true);
    let wanted = &shared.settings;
    let settings = firing::Bounds {
        load_rows: wanted.load_rows,
        pass_rows: wanted.pass_rows,
        staged_rows_per_millisecond: 1,
        keep_alive: duration(wanted.keep_alive),
        ..firing::Bounds::new(
            duration(wanted.window),
            wanted.window_rows,
            duration(wanted.stage_ahead),
            duration(wanted.acknowledge_within),
        )
    };
    let firing = Firing::with_rules(settings, Kept(shared.left_out));
    let standing = Standing(Rc::clone(&shared));
    let mut dispatch = Dispatch { shared, transactor, firing, standing, has_passed: false };
    let mut wait = 0;
    loop {
        let shared = Rc::clone(&dispatch.shared);
        if let Some(letter) = shared.mailboxes.dispatch.recv_within(wait).await {
            dispatch.receive(letter).await;
            while let Some(letter) = shared.mailboxes.dispatch.try_recv() {
                dispatch.receive(letter).await;
            }
        }
        if dispatch.transactor.has_lost_all_brokers() {
            dispatch.firing.lost_brokers();
        }
        wait = dispatch.perform().await;
    }
}

fn duration(micros: Micros) -> Duration {
    Duration::from_micros(micros.unsigned_abs())
}

const fn came(outcome: Outcome) -> Result<(), Fault> {
    match outcome {
        Outcome::Committed => Ok(()),
        Outcome::Aborted => Err(Fault::Aborted),
        Outcome::Unknown => Err(Fault::Unknown),
    }
}

fn marker(taken: &Taken, position: Position) -> (Partition, Committed) {
    let committed = Committed { offset: position.fire_at.micros(), metadata: position.callback_id };
    ((Topic::Shards, taken.owned.shard.partition()), committed)
}

impl Dispatch {
    async fn receive(&mut self, letter: ToDispatch) {
        match letter {
            ToDispatch::Confirm { shards, confirmed } => {
                let is_confirmed = self.confirm(shards).await;
                confirmed.keep(is_confirmed);
            }
            ToDispatch::Changed { taken, changes, reach, hold } => {
                let events = self.shared.events();
                let timed = |callback: Arc<Commitment>| Timed::of(&callback, &events);
                let changes: Vec<_> = changes.into_iter().map(|change| change.map(timed)).collect();
                self.firing.changed(&self.standing, &taken, changes, reach, hold);
            }
            ToDispatch::Loaded { load, rows } => {
                self.firing.loaded(&self.standing, load, rows.ok_or(Fault::Away), self.shared.running());
            }
            ToDispatch::Swept { sweep, is_done } => self.firing.swept(&sweep, is_done, self.shared.running()),
        }
    }

    /// Until a pass has ended, or nothing is to be done for so long.
    async fn perform(&mut self) -> Micros {
        loop {
            let moment = self.shared.moment(self.transactor.is_ready());
            match self.firing.next(&self.standing, moment) {
                Next::Load(loads) => loads.into_iter().for_each(|load| self.shared.mailboxes.loads.send(load)),
                Next::Reset => self.reset().await,
                Next::Publish(pass) => {
                    let number = self.shared.begins_pass(self.carries(&pass));
                    self.publish(pass).await;
                    self.shared.ends_pass(number);
                    self.has_passed = true;
                    return 0;
                }
                Next::Recommit(stale) => self.recommit(stale).await,
                Next::StartOver => {
                    let awaiting = self.shared.disown_all().await;
                    self.shared.mailboxes.takeover.send(ToTakeover::Take(awaiting));
                }
                // As it was: they were forgotten.
                Next::Look(_) if self.has_passed && self.shared.left_out == LeftOut::LookBehindPass => {}
                Next::Look(looks) => {
                    for look in looks {
                        self.shared.mailboxes.sweeps.send(ByTime::Look(look));
                    }
                }
                Next::Sweep(sweep) => self.shared.mailboxes.sweeps.send(ByTime::Sweep(sweep)),
                Next::Wait(wait) => {
                    self.has_passed = false;
                    return i64::try_from(wait.as_micros()).unwrap_or(SECOND).clamp(1, SECOND);
                }
            }
        }
    }

    async fn reset(&mut self) {
        let is_reset = self.transactor.reset().await;
        self.firing.reset(is_reset.then_some(()).ok_or(Fault::Away), self.shared.running());
    }

    /// F3.
    async fn publish(&mut self, mut pass: Pass<Taken>) {
        let shared = Rc::clone(&self.shared);
        let planned = shared.sim.now();
        self.note(&pass);
        let _held = shared.gate.read().await;
        if shared.left_out == LeftOut::StagedRetry {
            self.add_staged(&mut pass);
        }
        if !pass.leave_out_ended(&self.standing) {
            self.firing.published(&self.standing, pass, Err(Fault::Fenced), shared.running());
            return;
        }
        let outcome = match shared.membership() {
            Some(membership) => {
                let records = self.records(&pass);
                let events: Vec<_> = records.iter().filter(|((topic, _), _)| *topic == Topic::Due).collect();
                let events: Vec<_> = events.into_iter().map(|(_, record)| Rc::as_ptr(record)).collect();
                let offsets = pass.parts.iter().map(|part| marker(&part.shard, part.end)).collect();
                let Pass { parts, staging } = &mut pass;
                let is_waited_for = || {
                    let makes_way = match shared.left_out {
                        LeftOut::MakeWay => parts.iter().any(|part| !part.shard.is_current()),
                        _ => makes_way(parts, &self.standing),
                    };
                    shared.gate.is_waited_for() || shared.stop.get() || makes_way
                };
                let wait = async || {
                    loop {
                        match staging.next(shared.now(), is_waited_for()) {
                            Staged::Commit => {
                                let committed = shared.sim.now();
                                let noted = events.iter().map(|event| (*event, NotedEvent { planned, committed }));
                                shared.notes.fired.borrow_mut().extend(noted);
                                return true;
                            }
                            Staged::Wait(wait) => {
                                shared.sim.sleep(i64::try_from(wait.as_micros()).unwrap_or(SECOND)).await;
                            }
                            Staged::GiveUp => return false,
                        }
                    }
                };
                self.transactor.transact(membership, Content { records, offsets }, wait).await
            }
            None => Outcome::Aborted,
        };
        shared.sim.note(|| format!("{}: the pass is {outcome:?}", shared.name));
        self.firing.published(&self.standing, pass, came(outcome), shared.running());
    }

    fn carries(&self, pass: &Pass<Taken>) -> BTreeSet<i64> {
        let rows = pass.parts.iter().filter_map(|part| self.firing.rows(part)).flatten();
        rows.map(|(position, _)| position.callback_id).collect()
    }

    /// From now on it is too late for a cancel, whatever becomes of the pass.
    fn note(&self, pass: &Pass<Taken>) {
        let mut about_to_fire = self.shared.notes.about_to_fire.borrow_mut();
        for part in &pass.parts {
            for (position, _) in self.firing.rows(part).into_iter().flatten() {
                about_to_fire
                    .entry((position.callback_id, part.shard.owned.epoch))
                    .or_insert_with(|| self.shared.sim.now());
            }
        }
    }

    /// As it was: a pass that was prepared ahead and aborted comes along with what is due now, and holds it up.
    fn add_staged(&self, pass: &mut Pass<Taken>) {
        for (taken, _) in self.firing.windows() {
            let frontier = taken.owned.frontier();
            if frontier.is_passing() && pass.parts.iter().all(|part| part.shard != *taken) {
                pass.parts.push(Part { shard: taken.clone(), end: frontier.cutoff() });
            }
        }
    }

    /// The due events of a pass, oldest first over all its shards.
    fn records(&self, pass: &Pass<Taken>) -> Vec<(Partition, Rc<Record>)> {
        let mut rows: Vec<_> = pass.parts.iter().filter_map(|part| Some(self.firing.rows(part)?.peekable())).collect();
        let mut heads: BinaryHeap<_> =
            rows.iter_mut().enumerate().filter_map(|(index, rows)| Some(Reverse((rows.peek()?.0, index)))).collect();
        let mut records = Vec::new();
        while let Some(Reverse((_, index))) = heads.pop() {
            let Some((position, timed)) = rows[index].next() else { continue };
            let mut fired_at = FiredAt::default();
            fired_at.set(timed.fired_at(pass.staging.fired_at(position, || self.shared.now())));
            let timestamp = true_time(&self.shared.sim);
            for state in timed.states() {
                let outgoing = state.outgoing(&fired_at, SOURCE);
                let (key, value) = (outgoing.key.unwrap_or_default(), outgoing.value.unwrap_or_default());
                let partition = (Topic::State, partition_of(&key));
                let record = Record { key, value, headers: outgoing.headers, timestamp };
                if self.shared.left_out == LeftOut::StateInTransaction {
                    self.shared.broker.produce(partition, record);
                } else {
                    records.push((partition, Rc::new(record)));
                }
            }
            if let Some(event) = &timed.due {
                let mut value = Vec::new();
                event.write_data(&fired_at, &mut value);
                let headers = event.headers(&fired_at, SOURCE);
                let headers = headers.map(|(name, value)| (name.to_owned(), Some(value.to_vec()))).collect();
                let record = Record { key: event.key().to_vec(), value, headers, timestamp };
                records.push(((Topic::Due, partition_of(event.callback_id().as_bytes())), Rc::new(record)));
            }
            heads.extend(rows[index].peek().map(|next| Reverse((next.0, index))));
        }
        records
    }

    /// T5, and T6 where the broker takes it.
    async fn confirm(&mut self, shards: Vec<Taken>) -> bool {
        if self.firing.wants_reset(self.shared.moment(self.transactor.is_ready())) {
            self.reset().await;
        }
        if !self.transactor.is_ready() {
            return false;
        }
        let shared = Rc::clone(&self.shared);
        let held = shared.gate.read().await;
        let outcome = self.commit_markers(&shards).await;
        drop(held);
        if shared.left_out != LeftOut::DoubtOfMarkers {
            self.firing.confirmed(outcome.map_or(Err(Fault::Fenced), came));
        }
        let is_confirmed = outcome == Some(Outcome::Committed);
        if is_confirmed {
            self.firing.begin(shards, &self.standing, self.shared.running());
        }
        is_confirmed
    }

    /// F5.
    async fn recommit(&mut self, mut stale: Vec<Taken>) {
        let shared = Rc::clone(&self.shared);
        let held = shared.gate.read().await;
        stale.retain(Taken::is_current);
        let came = if stale.is_empty() {
            Err(Fault::Fenced)
        } else {
            self.commit_markers(&stale).await.map_or(Err(Fault::Refused), came)
        };
        drop(held);
        self.firing.recommitted(&self.standing, &stale, came, shared.running());
    }

    /// `None` where one of them is no longer ours. The gate is held.
    async fn commit_markers(&mut self, shards: &[Taken]) -> Option<Outcome> {
        if !shards.iter().all(Taken::is_current) {
            return None;
        }
        let membership = self.shared.membership()?;
        let offsets = shards.iter().map(|taken| marker(taken, taken.owned.frontier().marker())).collect();
        let content = Content { records: Vec::new(), offsets };
        Some(self.transactor.transact(membership, content, async || true).await)
    }
}
