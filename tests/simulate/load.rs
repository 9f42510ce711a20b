//! The producers: send the orders of the plan, and remember what was sent.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use schedule_callback::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::broker::Topic;
use crate::broker::log::Record;
use crate::executor::Micros;
use crate::history::{Named, Sent, Wish};
use crate::instance::shared::{BEGINNING, true_time};
use crate::plan::{Order, Wanted};
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
}

/// The producers.
#[derive(Default)]
pub struct Load {
    /// In the order in which they were sent, with the moment.
    pub sent: RefCell<Vec<(Sent, Micros)>>,
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
        self.learn(world);
        let Some(command) = self.command(world, order) else { return };
        self.commands.borrow_mut().insert(order.number, command.clone());
        let Command { id: command_id, payload, wish, issued_at } = command;
        let key = format!("contact-{}/{}", order.number % 50, order.number);
        let headers = [
            ("ce_specversion", "1.0".to_owned()),
            ("ce_id", command_id.clone()),
            ("ce_source", "/simulation".to_owned()),
            ("ce_type", wish.kind().to_owned()),
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
        let offset = world.broker.produce((Topic::Commands, order.partition), record);
        world.sim.note(|| format!("sent: {command_id} ({wish:?}) to {}/{offset}", order.partition));
        let sent = Sent { key, command_id, payload, wish, partition: order.partition, offset, issued_at };
        self.sent.borrow_mut().push((sent, world.sim.now()));
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
                command("cancel", payload, Wish::Cancel(named))
            }
            Wanted::Reschedule { of, by_id, due } => {
                let (mut payload, callback) = self.named(of, by_id);
                let at = instant(due);
                payload["scheduleDate"] = at.to_string().into();
                command("reschedule", payload, Wish::Reschedule { callback, at })
            }
            Wanted::Repeat { of } => self.commands.borrow().get(&of).cloned()?,
            Wanted::Reuse { of, due } => {
                let id = self.commands.borrow().get(&of)?.id.clone();
                Command { id, ..scheduled(due) }
            }
        })
    }

    /// A callback, as a cancel or reschedule names it.
    fn named(&self, of: usize, by_id: bool) -> (Value, Named) {
        let commands = self.commands.borrow();
        let is_schedule = |command: &&Command| matches!(command.wish, Wish::Schedule { .. });
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
