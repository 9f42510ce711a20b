//! Runs a world from its beginning to its end, and judges it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use schedule_callback::domain::time::Timestamp;

use crate::broker::log::Record;
use crate::broker::{Seen, Topic};
use crate::executor::{Micros, SECOND, Sim};
use crate::history::{Database, History, Published, Row, Sent, Wish};
use crate::instance::shared::{NotedPass, SKEW, true_time};
use crate::judge::{Broken, Promise, judge};
use crate::lives;
use crate::load::{Load, Sending, instant};
use crate::plan::{Plan, Trouble, seconds};
use crate::routers;
use crate::world::World;

/// How long after the last thing that is wanted or goes wrong everything must have been published.
const PATIENCE: Micros = 60 * SECOND;
/// How long a life after due may go on in addition: its presentations, waits, and reports.
const LIFE: Micros = 120 * SECOND;
/// How soon a result must follow its command, and a due event its time, while nothing is wrong.
pub const PROMPT: Micros = 5 * SECOND;
/// How long it is waited for what must not come.
const SILENCE: Micros = 5 * SECOND;

/// What came of a world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The promises that were broken, and how.
    pub broken: Vec<String>,
    /// What happened, where that was wanted.
    pub trace: Vec<String>,
    /// How many faults struck.
    pub faults: u64,
    /// How many commands were sent.
    pub commands: u64,
    /// How many due events were seen.
    pub due: u64,
    /// How many steps the world took.
    pub steps: u64,
    /// How much time went by in it.
    pub lasted: Micros,
}

impl Run {
    /// The names of the promises that were broken.
    pub fn promises(&self) -> BTreeSet<&str> {
        self.broken.iter().filter_map(|broken| broken.split_whitespace().next()).collect()
    }
}

/// Runs that world.
pub fn run(plan: &Plan, traced: bool) -> Run {
    let sim = Sim::new(plan.seed);
    if traced {
        sim.begin_trace();
    }
    let world = World::new(plan, &sim);
    let load = Load::begin(&world);
    routers::begin(&world, &load);
    let trouble = plan.faults.iter().map(|fault| fault.at + fault.what.lasts()).max().unwrap_or(0);
    let wanted = plan.orders.iter().map(|order| order.at.max(due(order).unwrap_or(0))).max().unwrap_or(0);
    let last_fault = plan.faults.iter().map(|fault| fault.at).max().unwrap_or(0);
    sim.run_until(wanted.max(last_fault));
    world.calm_down();
    let lives = !plan.skills.is_empty();
    let deadline = wanted.max(trouble) + PATIENCE + if lives { LIFE } else { 0 };
    while sim.now() < deadline && !is_quiet(&world, &load) {
        sim.run_until(sim.now() + SECOND);
    }
    let quiet_at = true_time(&sim);
    sim.run_until(sim.now() + SILENCE);
    let history = history(&world, &load);
    let has_lost_future = plan.faults.iter().any(|fault| matches!(fault.what, Trouble::Restore(_)));
    let mut broken: Vec<String> = judge(&history)
        .into_iter()
        .filter(|broken| !has_lost_future || broken.promise == Promise::IdUsedTwice)
        .filter(|broken| !was_about_to_be_fired(&world, &history, broken))
        .map(|broken| broken.to_string())
        .collect();
    if !has_lost_future {
        broken.extend(late(&world, &load));
        broken.extend(lives::judge(&world, &load, quiet_at));
    }
    let run = Run {
        broken,
        trace: sim.take_trace(),
        faults: world.struck.borrow().len() as u64,
        commands: history.commands.len() as u64,
        due: history.due.len() as u64,
        steps: sim.steps(),
        lasted: sim.now(),
    };
    world.end();
    run
}

fn due(order: &crate::plan::Order) -> Option<Micros> {
    use crate::plan::Wanted::{
        Agent, Cancel, Follow, Impossible, Move, Repeat, Report, Reschedule, Reuse, Schedule, Skill,
    };
    match order.what {
        Schedule { due } | Reschedule { due, .. } | Reuse { due, .. } | Follow { due, .. } | Move { due, .. } => {
            Some(due)
        }
        Impossible { .. } | Cancel { .. } | Repeat { .. } | Report { .. } | Skill { .. } | Agent { .. } => None,
    }
}

/// "Too late", said rightly: the due event was being published under that epoch. That came to nothing, and under a later
/// epoch a cancel was accepted: which is what docs/contract.md#cancel-and-reschedule allows, and nothing but.
fn was_about_to_be_fired(world: &World, history: &History, broken: &Broken) -> bool {
    if broken.promise != Promise::AnswerWrong
        || !broken.evidence.contains("code: \"CALLBACK_ALREADY_DUE\"")
        || !broken.evidence.ends_with("fired: false")
    {
        return false;
    }
    let (about_to_fire, decided) = (world.notes.about_to_fire.borrow(), world.notes.decided.borrow());
    let epochs = |key: &str| decided.get(key.as_bytes()).into_iter().flatten().copied();
    let wish = |key: &str| history.commands.iter().find(|sent| sent.key == key).map(|sent| &sent.wish);
    let Some(Wish::Cancel(named) | Wish::Reschedule { callback: named, .. }) = wish(&broken.subject) else {
        return false;
    };
    let result = |of: &str| {
        let data: serde_json::Value = serde_json::from_str(of).unwrap_or_default();
        (data["condition"] == "Success").then(|| data["callbackId"].as_i64()).flatten()
    };
    let made = |published: &&Published| published.attribute("ce_causationid") == named.schedule;
    let Some(id) = history.results.iter().filter(made).find_map(|published| result(&published.value)) else {
        return false;
    };
    let is_cancel = |published: &&Published| matches!(wish(&published.key), Some(Wish::Cancel(_)));
    let accepted = history.results.iter().filter(is_cancel).filter(|published| result(&published.value) == Some(id));
    let accepted: Vec<i64> = accepted.flat_map(|published| epochs(&published.key)).map(|(epoch, _)| epoch).collect();
    // Where the command was sent twice, either record of it may have been the one that was decided.
    let command = history.commands.iter().find(|sent| sent.key == broken.subject).map(|sent| &sent.command_id);
    let same = history.commands.iter().filter(|sent| Some(&sent.command_id) == command);
    same.flat_map(|sent| epochs(&sent.key))
        .filter(|(epoch, at)| about_to_fire.get(&(id, *epoch)).is_some_and(|since| since <= at))
        .any(|(epoch, _)| accepted.iter().any(|accepted| *accepted > epoch))
}

/// Whether every command has its result, and every callback that stands its due event.
fn is_quiet(world: &World, load: &Load) -> bool {
    let seen = world.broker.seen();
    let answered: BTreeSet<&[u8]> =
        seen.iter().filter(|seen| seen.partition.0 == Topic::Results).map(|seen| &*seen.record.key).collect();
    if load.underway.get() > 0 || !load.sent.borrow().iter().all(|one| answered.contains(one.sent.key.as_bytes())) {
        return false;
    }
    if !world.broker.is_stable() {
        return false;
    }
    let fired: BTreeSet<String> =
        seen.iter().filter(|seen| seen.partition.0 == Topic::Due).map(|seen| header(seen, "ce_subject")).collect();
    let tables = world.database.tables();
    let markers = lives::markers(world);
    let now = true_time(&world.sim);
    tables.callbacks.values().all(|(of, row)| {
        let has_passed = markers.get(of).is_some_and(|marker| row.position() <= *marker);
        let is_plain = !row.life.is_tracked() && row.cancelled_at.is_none() && row.life.phase.presents();
        if is_plain { fired.contains(&row.callback_id.to_string()) } else { lives::is_settled(row, has_passed, now) }
    })
}

pub fn header(seen: &Seen, name: &str) -> String {
    header_of(&seen.record, name)
}

/// A header of a record, empty where there is none.
pub fn header_of(record: &Record, name: &str) -> String {
    let value = record.headers.iter().find(|(header, _)| header == name).and_then(|(_, value)| value.clone());
    String::from_utf8(value.unwrap_or_default()).unwrap_or_default()
}

fn published(seen: &Seen) -> Published {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let envelope = seen.record.headers.iter().filter(|(name, _)| name.starts_with("ce_"));
    Published {
        key: text(&seen.record.key),
        attributes: envelope.map(|(name, value)| (name.clone(), text(value.as_deref().unwrap_or_default()))).collect(),
        value: text(&seen.record.value),
        place: (seen.partition.1, seen.offset),
        // A reader's clock may be ahead of the instance's by what is allowed.
        seen_at: instant(seen.at + SKEW),
    }
}

fn history(world: &World, load: &Load) -> History {
    let seen = world.broker.seen();
    let tables = world.database.tables();
    let sent = load.sent.borrow();
    // What is followed after it is due is judged by another judge; here whatever it was told is right.
    let schedules: BTreeSet<&str> =
        sent.iter().filter_map(|one| one.deed.as_ref()).map(|deed| deed.schedule.as_str()).collect();
    let is_followed =
        |row: &schedule_callback::domain::commitment::Commitment| schedules.contains(row.origin.command_id.as_str());
    let followed: BTreeSet<String> = tables
        .callbacks
        .values()
        .filter(|(_, row)| is_followed(row))
        .map(|(_, row)| row.callback_id.to_string())
        .collect();
    let of = |topic| {
        let of = seen.iter().filter(move |seen| seen.partition.0 == topic).map(published);
        of.filter(|event| topic != Topic::Due || !followed.contains(event.attribute("ce_subject"))).collect()
    };
    let results: Vec<Published> = of(Topic::Results);
    let conditions: BTreeMap<&str, String> = results
        .iter()
        .map(|result| {
            let data: serde_json::Value = serde_json::from_str(&result.value).unwrap_or_default();
            (result.key.as_str(), data["condition"].as_str().unwrap_or_default().to_owned())
        })
        .collect();
    let told = |one: &Sending| {
        if one.deed.is_none() {
            return one.sent.clone();
        }
        let branch = conditions.get(one.sent.key.as_str()).cloned().unwrap_or_default();
        Sent { wish: Wish::Impossible { branch }, ..one.sent.clone() }
    };
    let commands = sent.iter().map(told).collect();
    let row = |(_, row): &(_, std::sync::Arc<schedule_callback::domain::commitment::Commitment>)| Row {
        callback_id: row.callback_id.get(),
        command_id: row.origin.command_id.clone(),
        revision: row.revision.into(),
        scheduled_for: row.terms.scheduled_for,
        fire_at: row.fire_at,
        cancelled: row.cancelled_at.is_some(),
    };
    let database = Database {
        callbacks: tables.callbacks.values().filter(|(_, row)| !is_followed(row)).map(row).collect(),
        decisions: tables.decisions.values().map(|decision| decision.result.to_string()).collect(),
        ..Database::default()
    };
    History { commands, results, due: of(Topic::Due), database: Some(database), ..History::default() }
}

/// When each command was decided last, by its id; `ids` by the keys of their records.
fn decided_at(world: &World, ids: &BTreeMap<String, String>) -> BTreeMap<String, Micros> {
    let mut last: BTreeMap<String, Micros> = BTreeMap::new();
    for (key, decisions) in world.notes.decided.borrow().iter() {
        let Some(id) = std::str::from_utf8(key).ok().and_then(|key| ids.get(key)) else { continue };
        let at = decisions.iter().map(|(_, at)| *at).max().unwrap_or(0);
        let known = last.entry(id.clone()).or_insert(at);
        *known = at.max(*known);
    }
    last
}

/// When something was wrong.
pub struct Troubles(Vec<(Micros, Micros)>);

impl Troubles {
    /// What was wrong in that world: from each strike until all is as usual again.
    pub fn of(world: &World) -> Self {
        let struck = world.struck.borrow();
        let faults = world.plan.faults.iter();
        let lasting = faults.filter_map(|fault| Some((*struck.get(&fault.number)?, fault.what.lasts())));
        Self(lasting.map(|(at, lasts)| (at, at + lasts)).collect())
    }

    /// Whether nothing is wrong for so long from then on. The first takeovers are under way for ten seconds.
    pub fn are_none(&self, from: Micros, bound: Micros) -> bool {
        from > 10 * SECOND && !self.0.iter().any(|(begins, ends)| *begins <= from + bound && from <= *ends)
    }
}

/// What came late although nothing was wrong.
fn late(world: &Rc<World>, load: &Load) -> Vec<String> {
    let troubles = Troubles::of(world);
    let is_calm = |from, bound| troubles.are_none(from, bound);
    let seen = world.broker.seen();
    let mut late = Vec::new();
    let mut results: BTreeMap<&[u8], Micros> = BTreeMap::new();
    for seen in seen.iter().filter(|seen| seen.partition.0 == Topic::Results) {
        results.entry(&seen.record.key).or_insert(seen.at);
    }
    for Sending { sent, at, .. } in load.sent.borrow().iter().filter(|one| is_calm(one.at, PROMPT)) {
        let answered = results.get(sent.key.as_bytes()).copied();
        if answered.is_none_or(|answered| answered > at + PROMPT) {
            let when = answered.map_or_else(|| "never".to_owned(), seconds);
            late.push(format!("Late {}: sent at {}, answered at {when}", sent.command_id, seconds(*at)));
        }
    }
    let now = true_time(&world.sim).micros() - world.sim.now();
    let settings = &world.plan.settings;
    // Whether all that is due within `stage_ahead` is known, so that nothing later is prepared before it.
    let passes = world.notes.passes.borrow();
    let keys = load.sent.borrow().iter().map(|one| (one.sent.key.clone(), one.sent.command_id.clone())).collect();
    let decided = decided_at(world, &keys);
    let stored: BTreeMap<i64, Micros> = world
        .database
        .tables()
        .callbacks
        .values()
        .map(|(_, row)| (row.callback_id.get(), row.fire_at.micros() - now))
        .collect();
    let sees_all = settings.window >= 2 * settings.stage_ahead && settings.window_rows >= 100_000;
    for event in seen.iter().filter(|seen| seen.partition.0 == Topic::Due) {
        let data: serde_json::Value = serde_json::from_slice(&event.record.value).unwrap_or_default();
        let scheduled_for = data["scheduledFor"].as_str().and_then(|text| Timestamp::parse_rfc3339(text).ok());
        let Some(scheduled_for) = scheduled_for.map(|at| at.micros() - now) else { continue };
        if data["attempt"] != 1 {
            // It is presented again, at a time of its own.
            continue;
        }
        // Nobody can fire what was recorded later than its time before that.
        let subject = header(event, "ce_causationid");
        let sent = load.sent.borrow().iter().filter(|one| one.sent.command_id == subject).map(|one| one.at).min();
        let sent = sent.unwrap_or(0);
        let from = scheduled_for.max(sent);
        // Recorded while a pass was prepared already, it waits for its end; and behind its cutoff, longer by a microsecond.
        // The pass that it goes with itself waits for nothing that is due later.
        let id = data["callbackId"].as_i64().unwrap_or_default();
        let recorded = decided.get(&subject).copied().unwrap_or(sent);
        let was_prepared = |pass: &&NotedPass| {
            pass.began <= recorded + SECOND / 2
                && (from + 1..Micros::MAX).contains(&pass.ended)
                && !pass.carries.contains(&id)
        };
        let prepared = passes.iter().filter(was_prepared).map(|pass| pass.ended).max().unwrap_or(0);
        let behind = stored.get(&id).copied().unwrap_or(0).min(from + settings.stage_ahead);
        let unseen = if sees_all { 0 } else { settings.stage_ahead };
        let fires_by = from.max(prepared).max(behind) + unseen + PROMPT;
        // Then it may be written behind a pass that another instance has prepared.
        let seen_by = fires_by + settings.stage_ahead;
        let fired_at = data["firedAt"].as_str().and_then(|text| Timestamp::parse_rfc3339(text).ok());
        let fired_at = fired_at.map_or(Micros::MAX, |at| at.micros() - now);
        if is_calm(sent, PROMPT) && is_calm(from, fires_by - from) && fired_at > fires_by
            || is_calm(sent, PROMPT) && is_calm(from, seen_by - from) && event.at > seen_by
        {
            let (from, fired, seen) = (seconds(from), seconds(fired_at), seconds(event.at));
            late.push(format!("Late due {subject}: due at {from}, fired at {fired}, seen at {seen}"));
        }
    }
    late
}
