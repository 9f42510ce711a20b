//! The judge of what becomes of callbacks after they are due, and of the state topic (docs/contract.md#life-after-due).

mod answers;
mod forgotten;
mod presentations;
mod states;

use std::collections::BTreeMap;
use std::rc::Rc;

use schedule_callback::domain::commitment::{Commitment, Position};
use schedule_callback::domain::ids::Shard;
use schedule_callback::domain::life::{Phase, Status};
use schedule_callback::domain::time::Timestamp;
use serde_json::Value;

use self::forgotten::Forgotten;
use crate::broker::{Seen, Topic};
use crate::executor::{Micros, SECOND};
use crate::instance::shared::NotedEvent;
use crate::load::{Deed, Load, Sending};
use crate::plan::{Plan, Wanted};
use crate::run::{Troubles, header};
use crate::world::World;

/// What waits for longer than that at the end of a world is left alone.
const FAR: Micros = 60 * SECOND;

/// How far each shard has fired, as the broker has it.
pub fn markers(world: &World) -> BTreeMap<Shard, Position> {
    let shards = (0..world.plan.shards).filter_map(|partition| Shard::from_partition(partition).ok());
    let found = |shard: Shard| {
        let partition = (Topic::Shards, shard.partition());
        let committed = *world.broker.committed_by_now(&[partition]).get(&partition)?;
        let fire_at = Timestamp::from_micros(committed.offset);
        Some((shard, Position { fire_at, callback_id: committed.metadata }))
    };
    shards.filter_map(found).collect()
}

/// Whether nothing more happens to a callback by itself, given whether the order of firing has come to its place; or only in
/// a long time.
pub fn is_settled(row: &Commitment, has_passed: bool, now: Timestamp) -> bool {
    let is_far = row.fire_at > now.plus_micros(FAR);
    match row.status(has_passed) {
        Status::Cancelled => true,
        Status::Completed | Status::Missed | Status::Expired => has_passed || !row.life.phase.publishes(),
        Status::Due => !row.life.is_tracked(),
        Status::Accepted => is_far || row.life.phase == Phase::Held,
        Status::Pending => is_far,
    }
}

/// What a result says.
#[derive(Clone, Debug)]
struct Answer {
    condition: String,
    code: String,
    revision: i64,
    attempt: Option<i64>,
    status: Option<String>,
    next_at: Option<Timestamp>,
    seen: Micros,
}

impl Answer {
    fn of(result: &Seen) -> Self {
        let data: Value = serde_json::from_slice(&result.record.value).unwrap_or_default();
        Self {
            condition: data["condition"].as_str().unwrap_or_default().to_owned(),
            code: data["violations"][0]["code"].as_str().unwrap_or_default().to_owned(),
            revision: data["revision"].as_i64().unwrap_or_default(),
            attempt: data["attempt"].as_i64(),
            status: data["status"].as_str().map(str::to_owned),
            next_at: instant(&data["nextAt"]),
            seen: result.at,
        }
    }

    fn is_success(&self) -> bool {
        self.condition == "Success"
    }
}

/// A command about a callback that is followed, and what came of it.
struct Told<'a> {
    id: &'a str,
    deed: &'a Deed,
    /// When it was sent last.
    sent: Micros,
    /// Whether the callback was known each time that it was sent.
    was_known: bool,
    answer: Answer,
}

/// A due event.
#[derive(Clone, Debug)]
struct Event {
    revision: i64,
    attempt: i64,
    scheduled_for: Option<Timestamp>,
    fired_at: Option<Timestamp>,
    not_after: Option<Timestamp>,
    is_for_agent: bool,
    is_released: bool,
    seen: Micros,
    noted: Option<NotedEvent>,
}

impl Event {
    fn of(event: &Seen, noted: Option<NotedEvent>) -> Self {
        let data: Value = serde_json::from_slice(&event.record.value).unwrap_or_default();
        Self {
            revision: data["revision"].as_i64().unwrap_or_default(),
            attempt: data["attempt"].as_i64().unwrap_or_default(),
            scheduled_for: instant(&data["scheduledFor"]),
            fired_at: instant(&data["firedAt"]),
            not_after: instant(&data["notAfter"]),
            is_for_agent: data["target"]["type"] == "agent",
            is_released: data["releasedFrom"].is_string(),
            seen: event.at,
            noted,
        }
    }
}

/// One callback that is followed.
struct Life<'a> {
    plan: &'a Plan,
    troubles: &'a Troubles,
    forgotten: &'a Forgotten,
    row: &'a Commitment,
    has_passed: bool,
    told: Vec<Told<'a>>,
    /// In the order of revision and attempt.
    events: Vec<Event>,
    /// Whether its due event was about to be published at any time, whatever became of that.
    was_begun: bool,
    /// Whether it was tracked at all times.
    is_always_tracked: bool,
    verdict: Vec<String>,
}

impl Life<'_> {
    fn broken(&mut self, promise: &str, evidence: &str) {
        let Self { row, events, .. } = self;
        let id = row.callback_id;
        let events: Vec<_> = events.iter().map(|event| (event.revision, event.attempt, event.noted)).collect();
        let answers: Vec<_> = self.told.iter().map(|told| (told.id, &told.deed.what, &told.answer)).collect();
        let text = format!("{promise} {id}: {evidence}; fired {events:?}; stands as {row:?}; told {answers:?}");
        self.verdict.push(text);
    }

    fn successes(&self) -> impl Iterator<Item = &Told<'_>> {
        self.told.iter().filter(|told| told.answer.is_success())
    }
}

/// What is broken of the promises that are about life after due and about the state topic. What had settled by `quiet_at` is
/// not waited for any longer.
pub fn judge(world: &Rc<World>, load: &Load, quiet_at: Timestamp) -> Vec<String> {
    let seen = world.broker.seen();
    let tables = world.database.tables();
    let markers = markers(world);
    let rows: Vec<(&Commitment, bool)> = tables
        .callbacks
        .values()
        .map(|(of, row)| (&**row, markers.get(of).is_some_and(|marker| row.position() <= *marker)))
        .collect();
    let forgotten = Forgotten::of(&world.broker.forgotten());
    let mut verdict = states::judge(&seen, &forgotten, &rows, world.plan.settings.has_state);
    let sent = load.sent.borrow();
    let mut told = told(&sent, &seen);
    let (mut events, noted) = (BTreeMap::<String, Vec<Event>>::new(), world.notes.fired.borrow());
    for event in seen.iter().filter(|seen| seen.partition.0 == Topic::Due) {
        let event_of = Event::of(event, noted.get(&Rc::as_ptr(&event.record)).copied());
        events.entry(header(event, "ce_subject")).or_default().push(event_of);
    }
    let troubles = Troubles::of(world);
    let about_to_fire = world.notes.about_to_fire.borrow();
    for (row, has_passed) in rows {
        let Some(told) = told.remove(row.origin.command_id.as_str()) else { continue };
        let id = row.callback_id.get();
        let mut events = events.remove(&id.to_string()).unwrap_or_default();
        events.sort_by_key(|event| (event.revision, event.attempt));
        let was_begun = about_to_fire.range((id, i64::MIN)..=(id, i64::MAX)).next().is_some();
        let is_always_tracked = is_always_tracked(&world.plan, &row.origin.command_id);
        let mut life = Life {
            plan: &world.plan,
            troubles: &troubles,
            forgotten: &forgotten,
            row,
            has_passed,
            told,
            events,
            was_begun,
            is_always_tracked,
            verdict: Vec::new(),
        };
        if !is_settled(row, has_passed, quiet_at) {
            life.broken("NotEnded", "it has come to no end");
        }
        life.answers();
        life.presentations();
        verdict.append(&mut life.verdict);
    }
    for (schedule, told) in told {
        for told in told.iter().filter(|told| told.answer.is_success()) {
            verdict.push(format!("AnswerWrong {}: there is no callback of {schedule}", told.id));
        }
    }
    verdict
}

/// What was asked of each callback, by its schedule command; a command that was sent several times once.
fn told<'a>(sent: &'a [Sending], seen: &[Seen]) -> BTreeMap<&'a str, Vec<Told<'a>>> {
    let mut answers: BTreeMap<&[u8], &Seen> = BTreeMap::new();
    for result in seen.iter().filter(|seen| seen.partition.0 == Topic::Results) {
        answers.entry(&result.record.key).or_insert(result);
    }
    let mut told: BTreeMap<&str, Vec<Told<'_>>> = BTreeMap::new();
    for Sending { sent, at, deed } in sent {
        let (Some(deed), Some(answer)) = (deed, answers.get(sent.key.as_bytes())) else { continue };
        let told = told.entry(&deed.schedule).or_default();
        match told.iter_mut().find(|told| told.id == sent.command_id) {
            // A repeat may have come before the one that was answered first.
            Some(told) => {
                told.was_known &= deed.was_known;
                told.sent = told.sent.max(*at);
                told.answer.seen = told.answer.seen.min(answer.at);
            }
            None => told.push(Told {
                id: &sent.command_id,
                deed,
                sent: *at,
                was_known: deed.was_known,
                answer: Answer::of(answer),
            }),
        }
    }
    told
}

/// Whether no skill of that callback can have been without rules when it got it.
fn is_always_tracked(plan: &Plan, schedule: &str) -> bool {
    let Some(number) = schedule.strip_prefix("schedule-").and_then(|number| number.parse::<usize>().ok()) else {
        return false;
    };
    let tracked = |skill: Option<usize>| skill.is_some_and(|skill| plan.skills[skill].iter().all(Option::is_some));
    plan.orders.iter().all(|order| match order.what {
        Wanted::Follow { skill, .. } if order.number == number => tracked(skill),
        Wanted::Move { of, skill, .. } if of == number => tracked(skill),
        _ => true,
    })
}

fn instant(value: &Value) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(value.as_str()?).ok()
}
