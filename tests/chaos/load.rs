//! The load: a steady stream of commands that a seed determines, but for what the results have to tell it.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::history::{Named, Published, Sent, Terms, Wish};
use crate::observer::Observer;
use crate::random::Random;
use crate::rig::{Delivered, Message, Scope, Sender};
use crate::skills;

/// How long after a burst the next one goes out.
const PAUSE: Duration = Duration::from_millis(250);
/// `ce_source` of all commands.
pub const SOURCE: &str = "/chaos";

/// How much is asked for, and how soon.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How many commands go out at once, four times a second.
    pub burst: u64,
    /// A callback is due at most so many seconds after its command, and at least one.
    pub ahead_seconds: u64,
    /// So many of a hundred callbacks are tracked, or must not be presented any more from some instant on.
    pub lives: u64,
    /// Repeats, cancels and reschedules are about so many of the latest commands.
    pub recent: usize,
    /// Whether the pause counts from the beginning of a burst: then the rate is kept also where servers are slow. Otherwise
    /// they get less to do.
    pub is_steady: bool,
}

/// A number that the rules accept.
const PHONE_NUMBER: &str = "+14155552671";

/// The stream; [`Load::run`] is its thread.
pub struct Load<'a> {
    sender: Sender,
    scope: &'a Scope<'a>,
    partitions: i32,
    results: &'a Observer,
    sent: &'a Mutex<Vec<Sent>>,
    ended: &'a AtomicBool,
    pace: Pace,
    random: Random,
    /// Schedule commands whose result has been seen, with their callback's id; those of late.
    known: HashMap<String, i64>,
    known_of_late: VecDeque<String>,
    results_read: usize,
    /// Those of late.
    commands: VecDeque<Draft>,
    /// How many there were.
    drafted: u64,
    records: u64,
}

/// What was sent, with where it lies and since when.
pub fn delivered(sent: Sent, to: Delivered) -> Sent {
    Sent { partition: to.partition, offset: to.offset, delivered_at: to.at, ..sent }
}

/// A command before it is sent.
#[derive(Clone)]
struct Draft {
    command_id: String,
    payload: String,
    wish: Wish,
    issued_at: Timestamp,
}

impl<'a> Load<'a> {
    /// A stream that appends to `sent` what it has sent, until `ended` is set.
    pub fn new(
        scope: &'a Scope<'a>,
        partitions: i32,
        results: &'a Observer,
        sent: &'a Mutex<Vec<Sent>>,
        ended: &'a AtomicBool,
        pace: Pace,
        seed: u64,
    ) -> Self {
        let random = Random::of(seed);
        Self {
            sender: scope.sender(),
            scope,
            partitions,
            results,
            sent,
            ended,
            pace,
            random,
            known: HashMap::new(),
            known_of_late: VecDeque::new(),
            results_read: 0,
            commands: VecDeque::new(),
            drafted: 0,
            records: 0,
        }
    }

    /// Sends until it is told to end. While the broker is away a burst waits for it, and those that would have followed are
    /// not made up for.
    pub fn run(mut self) {
        while !self.ended.load(Ordering::Relaxed) {
            let began = Instant::now();
            self.read_results();
            let burst: Vec<Sent> = (0..self.pace.burst).map(|_| self.command()).collect();
            let messages: Vec<Message> = burst.iter().map(message).collect();
            let delivered = self.sender.produce(&self.scope.topics.commands, messages);
            let delivered = burst.into_iter().zip(delivered).map(|(sent, delivered)| self::delivered(sent, delivered));
            self.sent.lock().unwrap_or_else(PoisonError::into_inner).extend(delivered);
            let passed = if self.pace.is_steady { began.elapsed() } else { Duration::ZERO };
            thread::sleep(PAUSE.saturating_sub(passed));
        }
    }

    fn read_results(&mut self) {
        let Self { known, known_of_late, .. } = self;
        self.results_read = self.results.each_from(self.results_read, |result| {
            if let Some(id) = made_by(result) {
                let command = result.attribute("ce_causationid").to_owned();
                if known.insert(command.clone(), id).is_none() {
                    known_of_late.push_back(command);
                }
            }
        });
        // Nothing names one that is not among the latest commands.
        while self.known_of_late.len() > 4 * self.pace.recent {
            let Some(oldest) = self.known_of_late.pop_front() else { break };
            self.known.remove(&oldest);
        }
    }

    fn command(&mut self) -> Sent {
        let draft = match self.random.below(100) {
            0..55 => self.schedule(),
            55..60 => self.impossible(),
            60..73 => self.amendment(false),
            73..86 => self.amendment(true),
            86..96 => self.repeat(),
            _ => self.reuse(),
        };
        self.commands.push_back(draft.clone());
        self.drafted += 1;
        if self.commands.len() > self.pace.recent {
            self.commands.pop_front();
        }
        self.records += 1;
        Sent {
            key: format!("contact-{}/{}", self.random.below(50), self.records),
            partition: i32::try_from(self.random.below(u64::from(self.partitions.unsigned_abs()))).unwrap_or(0),
            command_id: draft.command_id,
            payload: draft.payload,
            wish: draft.wish,
            offset: -1,
            issued_at: draft.issued_at,
            delivered_at: draft.issued_at,
        }
    }

    fn draft(&self, what: &str, payload: &Value, wish: Wish) -> Draft {
        let command_id = format!("{what}-{}", self.drafted);
        Draft { command_id, payload: payload.to_string(), wish, issued_at: clock::now() }
    }

    /// An instant ahead; half of them whole seconds, so that several are due at once.
    fn ahead(&mut self) -> Timestamp {
        let micros = self.random.between(1_000_000, self.pace.ahead_seconds * 1_000_000);
        let at = clock::now().plus_micros(i64::try_from(micros).unwrap_or(0));
        if self.random.below(2) == 0 {
            at
        } else {
            Timestamp::from_micros(at.micros() / 1_000_000 * 1_000_000 + 1_000_000)
        }
    }

    fn schedule(&mut self) -> Draft {
        let at = self.ahead();
        let notes = self.random.below(1_000_000).to_string();
        if self.random.below(100) < self.pace.lives {
            return self.schedule_with(at, &notes);
        }
        let payload = wanted(at, "4711", PHONE_NUMBER, &notes);
        self.draft("schedule", &payload, Wish::Schedule { at })
    }

    /// A callback that is tracked, or expires, or both.
    fn schedule_with(&mut self, at: Timestamp, notes: &str) -> Draft {
        let rules = Some(skills::any(&mut self.random)).filter(|_| self.random.below(8) > 0);
        let skill = rules.map_or("4711", |rules| rules.skill);
        let agent = (rules.is_some() && self.random.below(3) == 0).then(|| skills::AGENT.to_owned());
        // Soon enough that an outage lasts longer, or between two attempts.
        let expires = rules.is_none() || self.random.below(6) == 0;
        let millis = self.random.between(300, 15_000);
        let not_after = expires.then(|| at.plus_micros(i64::try_from(millis).unwrap_or(0) * 1_000));
        let mut payload = wanted(at, skill, PHONE_NUMBER, notes);
        payload["targetAgentId"] = agent.clone().unwrap_or_default().into();
        if let Some(not_after) = not_after {
            payload["notAfter"] = not_after.to_string().into();
        }
        let terms = Terms { skill: skill.to_owned(), agent, not_after };
        self.draft("schedule", &payload, Wish::ScheduleWith { at, terms })
    }

    fn impossible(&mut self) -> Draft {
        let at = self.ahead();
        let (skill, phone_number, branch) = match self.random.below(3) {
            0 => ("4713", PHONE_NUMBER, "InvalidSkillId"),
            1 => ("4711", "+1 415", "InvalidPhoneNumber"),
            _ => ("x", "+1 415", "InvalidSkillId"),
        };
        let payload = wanted(at, skill, phone_number, "nothing");
        self.draft("impossible", &payload, Wish::Impossible { branch: branch.to_owned() })
    }

    /// A cancel or a reschedule of a recent callback, by its id or by its schedule command, from any partition.
    fn amendment(&mut self, reschedule: bool) -> Draft {
        let Some(schedule) =
            self.recent(|draft| matches!(draft.wish, Wish::Schedule { .. } | Wish::ScheduleWith { .. }))
        else {
            return self.schedule();
        };
        let id = self.known.get(&schedule.command_id).copied();
        let callback = Named { schedule: schedule.command_id.clone(), was_known: id.is_some() };
        let mut payload = match id.filter(|_| self.random.below(2) == 0) {
            Some(id) => json!({"securityUser": "su-1", "callbackId": id}),
            None => {
                json!({"securityUser": "su-1", "scheduledBy": {"source": SOURCE, "commandId": schedule.command_id}})
            }
        };
        if reschedule {
            let at = self.ahead();
            payload["scheduleDate"] = at.to_string().into();
            self.draft("reschedule", &payload, Wish::Reschedule { callback, at })
        } else {
            self.draft("cancel", &payload, Wish::Cancel(callback))
        }
    }

    /// A recent command once more: the same in all that counts.
    fn repeat(&mut self) -> Draft {
        self.recent(|_| true).unwrap_or_else(|| self.schedule())
    }

    /// A recent command's id for something else.
    fn reuse(&mut self) -> Draft {
        let other = self.schedule();
        match self.recent(|_| true) {
            Some(victim) => Draft { command_id: victim.command_id, ..other },
            None => other,
        }
    }

    fn recent(&mut self, fits: impl Fn(&Draft) -> bool) -> Option<Draft> {
        let fitting: Vec<&Draft> = self.commands.iter().filter(|draft| fits(draft)).collect();
        self.random.one_of(&fitting).map(|draft| (*draft).clone())
    }
}

/// The record of a command.
pub fn message(sent: &Sent) -> Message {
    Message::new(sent.key.as_str(), sent.payload.as_str())
        .header("ce_specversion", "1.0")
        .header("ce_id", sent.command_id.as_str())
        .header("ce_source", SOURCE)
        .header("ce_type", sent.wish.kind())
        .header("ce_time", sent.issued_at.to_string())
        .header("content-type", "application/json")
        .in_partition(sent.partition)
}

fn wanted(at: Timestamp, skill: &str, phone_number: &str, notes: &str) -> Value {
    json!({
        "securityUser": "su-1", "firstName": "Ana", "phoneNumber": phone_number, "skillId": skill,
        "targetAgentId": "", "scheduleDate": at.to_string(), "notes": notes
    })
}

/// The callback that a schedule command made, where this result says so. The ids of cancels tell them apart, whose
/// results look alike.
fn made_by(result: &Published) -> Option<i64> {
    result.attribute("ce_causationid").strip_prefix("schedule-")?;
    let data: Value = serde_json::from_str(&result.value).ok()?;
    let made = data["condition"] == "Success" && data["revision"] == 1;
    data["callbackId"].as_i64().filter(|_| made)
}
