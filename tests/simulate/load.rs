//! The producers: send the orders of the plan, and remember what was sent.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use schedule_callback::domain::life::Outcome;
use schedule_callback::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::broker::Topic;
use crate::broker::log::Record;
use crate::executor::Micros;
use crate::facts;
use crate::history::{Named, Sent, Wish};
use crate::instance::shared::{BEGINNING, true_time};
use crate::plan::{Order, Reaction, Wanted};
use crate::world::World;

/// A number that the rules accept.
const PHONE_NUMBER: &str = "+14155552671";

/// What an order came to.
#[derive(Clone)]
struct Command {
    id: String,
    payload: String,
    wish: Wish,
    issued_at: Timestamp,
    deed: Option<Deed>,
}

/// What is asked of a callback that is followed after it is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The id of its schedule command.
    pub schedule: String,
    /// Whether that command's result had been seen before this was sent.
    pub was_known: bool,
    /// What.
    pub what: Asked,
}

/// What is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// That there is one.
    Schedule {
        /// When it is due.
        at: Timestamp,
    },
    /// That there is none any more.
    Cancel,
    /// Another moment.
    Reschedule {
        /// Which.
        at: Timestamp,
    },
    /// What came of an attempt.
    Report {
        /// Which.
        attempt: i64,
        /// What.
        outcome: Outcome,
        /// Of which revision and attempt the due event was, where there was one.
        event: Option<(i64, i64)>,
    },
}

/// A command as it was sent.
pub struct Sending {
    /// For the judge of the chaos. Where the callback is followed the wish says nothing.
    pub sent: Sent,
    /// When.
    pub at: Micros,
    /// What is asked, where the callback is followed.
    pub deed: Option<Deed>,
}

/// The producers.
#[derive(Default)]
pub struct Load {
    /// In the order in which they were sent.
    pub sent: RefCell<Vec<Sending>>,
    /// How many reports are still to be sent.
    pub underway: Cell<usize>,
    commands: RefCell<BTreeMap<usize, Command>>,
    /// Callback ids by the command that made them, and how many of what readers have seen was looked at.
    known: RefCell<(BTreeMap<String, i64>, usize)>,
}

/// That moment of the world.
pub fn instant(at: Micros) -> Timestamp {
    Timestamp::from_micros(BEGINNING + at)
}

impl Load {
    /// Has all orders sent at their times.
    pub fn begin(world: &Rc<World>) -> Rc<Self> {
        let load = Rc::<Self>::default();
        for order in &world.plan.orders {
            let (own, load, order) = (Rc::downgrade(world), Rc::clone(&load), order.clone());
            world.sim.after(order.at, move || {
                if let Some(world) = own.upgrade() {
                    load.send(&world, &order);
                }
            });
        }
        load
    }

    fn send(&self, world: &World, order: &Order) {
        match order.what {
            Wanted::Skill { skill, version } => {
                let rules = world.plan.skills[skill].get(version).cloned().flatten();
                return world.turn(&facts::skill(skill, rules));
            }
            Wanted::Agent { agent, is_active } => return world.turn(&facts::agent(agent, is_active)),
            _ => {}
        }
        self.learn(world);
        let Some(command) = self.command(world, order) else { return };
        self.commands.borrow_mut().insert(order.number, command.clone());
        self.produce(world, format!("contact-{}/{}", order.number % 50, order.number), order.partition, command);
    }

    /// Reports what a router makes of a due event, and the same once more, where it does that. `of` is the revision and the
    /// attempt that the event tells of.
    pub fn report(self: &Rc<Self>, world: &Rc<World>, reaction: &Reaction, of: (i64, i64)) {
        self.underway.set(self.underway.get() + 1);
        let (own, load, reaction) = (Rc::downgrade(world), Rc::clone(self), *reaction);
        world.sim.after(reaction.after, move || {
            load.underway.set(load.underway.get() - 1);
            let Some(world) = own.upgrade() else { return };
            load.learn(&world);
            let Reaction { number, of: order, outcome, off, due, .. } = reaction;
            let attempt = of.1;
            let by_id = number % 2 == 0;
            let (mut payload, Named { schedule, was_known }) = load.named(order, by_id);
            payload["attempt"] = (attempt + off).into();
            payload["outcome"] = outcome.name().into();
            if outcome == Outcome::Rescheduled {
                payload["scheduleDate"] = instant(world.sim.now() + due).to_string().into();
            }
            let what = Asked::Report { attempt: attempt + off, outcome, event: Some(of) };
            let command = Command {
                id: format!("report-{number}"),
                payload: payload.to_string(),
                wish: unsaid(),
                issued_at: true_time(&world.sim),
                deed: Some(Deed { schedule, was_known, what }),
            };
            if let Some((later, partition)) = reaction.again {
                load.underway.set(load.underway.get() + 1);
                let (own, load, command) = (Rc::downgrade(&world), Rc::clone(&load), command.clone());
                world.sim.after(later, move || {
                    load.underway.set(load.underway.get() - 1);
                    let Some(world) = own.upgrade() else { return };
                    load.produce(&world, format!("router/{number}'"), partition, command);
                });
            }
            load.produce(&world, format!("router/{number}"), reaction.partition, command);
        });
    }

    fn produce(&self, world: &World, key: String, partition: i32, command: Command) {
        let Command { id: command_id, payload, wish, issued_at, deed } = command;
        let kind = match deed.as_ref().map(|deed| &deed.what) {
            Some(Asked::Cancel) => "callback.cancel.v1",
            Some(Asked::Reschedule { .. }) => "callback.reschedule.v1",
            Some(Asked::Report { .. }) => "callback.report.v1",
            _ => wish.kind(),
        };
        let headers = [
            ("ce_specversion", "1.0".to_owned()),
            ("ce_id", command_id.clone()),
            ("ce_source", "/simulation".to_owned()),
            ("ce_type", kind.to_owned()),
            ("ce_time", issued_at.to_string()),
            ("content-type", "application/json".to_owned()),
        ];
        let record = Record {
            key: key.clone().into_bytes(),
            value: payload.clone().into_bytes(),
            headers: headers.map(|(name, value)| (name.to_owned(), Some(value.into_bytes()))).into(),
            timestamp: true_time(&world.sim),
        };
        // Producers wait for a broker that is away, and their records stand where they would have stood.
        let offset = world.broker.produce((Topic::Commands, partition), record);
        world.sim.note(|| match &deed {
            None => format!("sent: {command_id} ({wish:?}) to {partition}/{offset}"),
            Some(deed) => format!("sent: {command_id} ({deed:?}) to {partition}/{offset}"),
        });
        let sent = Sent { key, command_id, payload, wish, partition, offset, issued_at, delivered_at: issued_at };
        self.sent.borrow_mut().push(Sending { sent, at: world.sim.now(), deed });
    }

    /// Reads the results that have come.
    fn learn(&self, world: &World) {
        let mut known = self.known.borrow_mut();
        let seen = world.broker.seen();
        for record in &seen[known.1..] {
            if record.partition.0 == Topic::Results
                && let Some((command_id, id)) = made_by(&record.record)
            {
                known.0.insert(command_id, id);
            }
        }
        known.1 = seen.len();
    }

    fn command(&self, world: &World, order: &Order) -> Option<Command> {
        let number = order.number;
        let issued_at = true_time(&world.sim);
        let command = |what: &str, payload: Value, wish: Wish| Command {
            id: format!("{what}-{number}"),
            payload: payload.to_string(),
            wish,
            issued_at,
            deed: None,
        };
        let followed = |what: &str, payload: Value, Named { schedule, was_known }: Named, asked: Asked| Command {
            deed: Some(Deed { schedule, was_known, what: asked }),
            ..command(what, payload, unsaid())
        };
        let scheduled = |due: Micros| {
            let at = instant(due);
            command("schedule", wanted(at, "4711", PHONE_NUMBER, number), Wish::Schedule { at })
        };
        Some(match order.what {
            Wanted::Schedule { due } => scheduled(due),
            Wanted::Impossible { way } => {
                let at = instant(order.at + 5_000_000);
                let (skill, phone_number, branch) = match way {
                    0 => ("4713", PHONE_NUMBER, "InvalidSkillId"),
                    1 => ("4711", "+1 415", "InvalidPhoneNumber"),
                    _ => ("x", "+1 415", "InvalidSkillId"),
                };
                let wish = Wish::Impossible { branch: branch.to_owned() };
                command("impossible", wanted(at, skill, phone_number, number), wish)
            }
            Wanted::Cancel { of, by_id } => {
                let (payload, named) = self.named(of, by_id);
                if self.is_followed(world, of) {
                    followed("cancel", payload, named, Asked::Cancel)
                } else {
                    command("cancel", payload, Wish::Cancel(named))
                }
            }
            Wanted::Reschedule { of, by_id, due } => {
                let (mut payload, callback) = self.named(of, by_id);
                let at = instant(due);
                payload["scheduleDate"] = at.to_string().into();
                if self.is_followed(world, of) {
                    followed("reschedule", payload, callback, Asked::Reschedule { at })
                } else {
                    command("reschedule", payload, Wish::Reschedule { callback, at })
                }
            }
            Wanted::Follow { due, skill, agent, not_after } => {
                let at = instant(due);
                let mut payload = wanted(at, &name_of(skill), PHONE_NUMBER, number);
                payload["targetAgentId"] =
                    agent.map(|agent| facts::agent_id(agent).to_string()).unwrap_or_default().into();
                if let Some(not_after) = not_after {
                    payload["notAfter"] = instant(not_after).to_string().into();
                }
                let named = Named { schedule: format!("schedule-{number}"), was_known: false };
                followed("schedule", payload, named, Asked::Schedule { at })
            }
            Wanted::Move { of, due, skill, not_after } => {
                let (mut payload, callback) = self.named(of, true);
                let at = instant(due);
                payload["scheduleDate"] = at.to_string().into();
                payload["skillId"] = name_of(skill).into();
                if let Some(not_after) = not_after {
                    payload["notAfter"] = instant(not_after).to_string().into();
                }
                followed("reschedule", payload, callback, Asked::Reschedule { at })
            }
            Wanted::Report { of, by_id, attempt, outcome } => {
                let (mut payload, callback) = self.named(of, by_id);
                payload["attempt"] = attempt.into();
                payload["outcome"] = outcome.name().into();
                if outcome == Outcome::Rescheduled {
                    payload["scheduleDate"] = instant(order.at + 2_000_000).to_string().into();
                }
                followed("told", payload, callback, Asked::Report { attempt, outcome, event: None })
            }
            Wanted::Skill { .. } | Wanted::Agent { .. } => return None,
            Wanted::Repeat { of } => self.commands.borrow().get(&of).cloned()?,
            Wanted::Reuse { of, .. } if self.is_followed(world, of) => return None,
            Wanted::Reuse { of, due } => {
                let id = self.commands.borrow().get(&of)?.id.clone();
                Command { id, ..scheduled(due) }
            }
        })
    }

    /// Whether an order is about a callback that is followed.
    fn is_followed(&self, world: &World, of: usize) -> bool {
        let makes = |order: &Order| order.number == of && matches!(order.what, Wanted::Follow { .. });
        let is_about_one = self.commands.borrow().get(&of).is_some_and(|command| command.deed.is_some());
        is_about_one || !world.plan.skills.is_empty() && world.plan.orders.iter().any(makes)
    }

    /// A callback, as a cancel or reschedule names it.
    fn named(&self, of: usize, by_id: bool) -> (Value, Named) {
        let commands = self.commands.borrow();
        let is_schedule = |command: &&Command| {
            matches!(command.wish, Wish::Schedule { .. })
                || command.deed.as_ref().is_some_and(|deed| matches!(deed.what, Asked::Schedule { .. }))
        };
        let schedule = commands
            .get(&of)
            .filter(is_schedule)
            .map_or_else(|| format!("schedule-{of}"), |command| command.id.clone());
        let id = self.known.borrow().0.get(&schedule).copied();
        let named = Named { schedule: schedule.clone(), was_known: id.is_some() };
        let payload = match id.filter(|_| by_id) {
            Some(id) => json!({"securityUser": "su-1", "callbackId": id}),
            None => {
                json!({"securityUser": "su-1", "scheduledBy": {"source": "/simulation", "commandId": schedule}})
            }
        };
        (payload, named)
    }
}

/// Another judge follows it.
const fn unsaid() -> Wish {
    Wish::Impossible { branch: String::new() }
}

/// A skill of the plan; or the one that is never tracked.
fn name_of(skill: Option<usize>) -> String {
    skill.map_or_else(|| "4711".to_owned(), |skill| facts::skill_id(skill).to_string())
}

fn wanted(at: Timestamp, skill: &str, phone_number: &str, number: usize) -> Value {
    json!({
        "securityUser": "su-1", "firstName": "Ana", "phoneNumber": phone_number, "skillId": skill,
        "targetAgentId": "", "scheduleDate": at.to_string(), "notes": number.to_string()
    })
}

/// The command that made a callback, and its id, where this result tells of one.
fn made_by(result: &Record) -> Option<(String, i64)> {
    let (_, value) = result.headers.iter().find(|(name, _)| name == "ce_causationid")?;
    let command_id = String::from_utf8(value.clone()?).ok()?;
    command_id.strip_prefix("schedule-")?;
    let data: Value = serde_json::from_slice(&result.value).ok()?;
    let made = data["condition"] == "Success" && data["revision"] == 1;
    Some((command_id, data["callbackId"].as_i64().filter(|_| made)?))
}
