//! What the router says of each due event. The event alone decides it, so that a router that is restarted says the same once
//! more.

use schedule_callback::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::history::{Named, Report, Wish};
use crate::skills;

/// The ten low bits of a callback's id are its shard (ARCHITECTURE.md, "Shard").
const SHARD_BITS: u32 = 10;
/// How many different lives there are.
const LIVES: i64 = 20;

/// A due event, as far as the router looks at it.
#[derive(Clone, Debug)]
pub struct Event {
    callback_id: i64,
    revision: i64,
    attempt: i64,
    schedule: String,
    fired_at: Timestamp,
    is_tracked: bool,
}

/// A command of the router, not yet sent.
#[derive(Clone, Debug)]
pub struct Step {
    /// How long after the due event was read.
    pub after_millis: u64,
    /// Its command id, the same however often the event is read.
    pub command_id: String,
    /// Its value.
    pub payload: String,
    /// What it asks for.
    pub wish: Wish,
    /// The partition that it goes to: a number of which the remainder counts.
    pub partition: i64,
    /// Whether the record is sent a second time at once.
    pub is_doubled: bool,
}

impl Event {
    /// What that record says.
    pub fn of(value: &[u8]) -> Option<Self> {
        let data: Value = serde_json::from_slice(value).ok()?;
        let skill = data["target"]["skillId"].as_str()?;
        Some(Self {
            callback_id: data["callbackId"].as_i64()?,
            revision: data["revision"].as_i64()?,
            attempt: data["attempt"].as_i64()?,
            schedule: data["commandId"].as_str()?.to_owned(),
            fired_at: Timestamp::parse_rfc3339(data["firedAt"].as_str()?).ok()?,
            is_tracked: skills::ALL.iter().any(|rules| rules.skill == skill),
        })
    }

    /// Which life the callback has.
    fn life(&self) -> i64 {
        (self.callback_id >> SHARD_BITS) % LIVES
    }

    /// What there is to do, in this order.
    pub fn steps(&self) -> Vec<Step> {
        let mut script = Script { event: self, steps: Vec::new() };
        if self.is_tracked {
            script.tracked();
        } else if self.life() == 0 {
            script.report(0, "connected");
        }
        script.steps
    }
}

/// What is done about one event, in the making.
struct Script<'a> {
    event: &'a Event,
    steps: Vec<Step>,
}

impl Script<'_> {
    fn tracked(&mut self) {
        let Event { revision, attempt, .. } = *self.event;
        let (first, moved) = (attempt == 1, revision > 1);
        match self.event.life() {
            1 if first => self.report(0, "noAnswer"),
            2 if first => {
                self.report(0, "accepted");
                self.report(100, "inProgress");
                self.report(3_000, "busy");
            }
            // Nobody says anything, the second time neither.
            3 => {}
            4 if first => {}
            // Somebody has it, and is not heard of again; or only when it is too late.
            5 => self.report(0, "accepted"),
            6 => {
                self.report(0, "accepted");
                let is_odd = (self.event.callback_id >> SHARD_BITS) / LIVES % 2 == 1;
                self.report(63_000, if is_odd { "connected" } else { "busy" });
            }
            7 => {
                self.report(0, "abandoned");
                self.steps[0].is_doubled = true;
                self.report(0, "abandoned");
                self.report(500, "accepted");
            }
            // The person was reached after all: while the next attempt waits, and about when it is fired.
            8 if first => {
                self.report(0, "noAnswer");
                self.report(2_000, "connected");
            }
            9 if first => {
                self.report(0, "busy");
                self.report(self.race(), "connected");
            }
            // Out of order, and each by another way.
            10 => {
                self.report(0, "connected");
                self.elsewhere(0, attempt, "accepted");
                self.elsewhere(0, attempt + 1, "busy");
            }
            11 if first => {
                self.elsewhere(0, attempt + 1, "connected");
                self.report(0, "dialFailed");
                self.elsewhere(1_500, attempt, "noAnswer");
            }
            12 if revision < 3 => self.moves(0),
            13 if !moved => self.report(0, "refusedByAgent"),
            14 => self.report(0, "dialFailed"),
            15 => self.report(0, if first { "noAnswer" } else { "voicemail" }),
            16 => self.report(0, "wrongNumber"),
            // Between attempts it is cancelled, or moved.
            17 if !moved && first => {
                self.report(0, "noAnswer");
                self.amend(self.race().min(9_000), None);
            }
            18 if !moved && first => {
                self.report(0, "agentUnavailable");
                self.amend(4_000, Some(self.event.fired_at.plus_micros(9_000_000)));
            }
            19 => {
                self.bad();
                self.report(1_000, "doNotCall");
            }
            _ => {
                self.report(0, "accepted");
                self.report(1_000, "connected");
            }
        }
    }

    /// About when the next attempt is fired after a wait of ten seconds, in milliseconds; another time for each callback.
    fn race(&self) -> u64 {
        9_500 + (self.event.callback_id >> SHARD_BITS).unsigned_abs() / 7 % 11 * 100
    }

    fn report(&mut self, after_millis: u64, outcome: &str) {
        self.say(after_millis, Some(self.event.attempt), outcome, 0, None);
    }

    /// To another partition, and of that attempt.
    fn elsewhere(&mut self, after_millis: u64, attempt: i64, outcome: &str) {
        self.say(after_millis, Some(attempt), outcome, 3, None);
    }

    fn moves(&mut self, after_millis: u64) {
        let at = self.event.fired_at.plus_micros(6_000_000);
        self.say(after_millis, Some(self.event.attempt), "rescheduled", 0, Some(at));
    }

    /// Reports with a fault.
    fn bad(&mut self) {
        self.say(0, None, "connected", 0, None);
        self.say(0, Some(self.event.attempt), "eaten", 0, None);
        self.say(0, Some(0), "busy", 0, None);
    }

    fn say(&mut self, after_millis: u64, attempt: Option<i64>, outcome: &str, way: i64, at: Option<Timestamp>) {
        let Event { callback_id, revision, .. } = *self.event;
        let mut payload = json!({
            "securityUser": skills::ROUTER, "callbackId": callback_id, "outcome": outcome, "agentId": skills::AGENT,
            "occurredAt": self.event.fired_at.to_string()
        });
        if let Some(attempt) = attempt {
            payload["attempt"] = attempt.into();
        }
        if let Some(at) = at {
            payload["scheduleDate"] = at.to_string().into();
        }
        let seen = (revision, self.event.attempt);
        let report = Report { callback_id, seen, attempt, outcome: outcome.to_owned(), at };
        self.step(after_millis, way, &payload, Wish::Report(report));
    }

    /// Cancels the callback, or moves it.
    fn amend(&mut self, after_millis: u64, at: Option<Timestamp>) {
        let callback = Named { schedule: self.event.schedule.clone(), was_known: true };
        let mut payload = json!({"securityUser": "su-1", "callbackId": self.event.callback_id});
        let wish = match at {
            Some(at) => {
                payload["scheduleDate"] = at.to_string().into();
                Wish::Reschedule { callback, at }
            }
            None => Wish::Cancel(callback),
        };
        self.step(after_millis, 0, &payload, wish);
    }

    fn step(&mut self, after_millis: u64, way: i64, payload: &Value, wish: Wish) {
        let Event { callback_id, revision, attempt, .. } = *self.event;
        let command_id = format!("router-{callback_id}.{revision}.{attempt}-{}", self.steps.len());
        // Every other callback's go to its own shard, the others through another one, from which they are forwarded.
        let sequence = callback_id >> SHARD_BITS;
        let partition = (callback_id & ((1 << SHARD_BITS) - 1)) + sequence % 2 * 5 + way;
        let payload = payload.to_string();
        self.steps.push(Step { after_millis, command_id, payload, wish, partition, is_doubled: false });
    }
}
