//! The history of a run of hours, as far as it has to be held: what belongs together is judged as soon as nothing more is
//! to come of it, and forgotten.
//!
//! A story is what hangs together: commands of one id, those that name a callback and the one that scheduled it, and all that
//! was published about them. No promise of the contract looks at two stories, so each is judged by itself
//! (tests/judge/stories.rs). What comes after its story has been judged belongs to none, and is therefore
//! something that nobody asked for.

use std::collections::{BTreeMap, HashMap};

use schedule_callback::domain::time::Timestamp;
use serde_json::Value;

use crate::history::{History, Lives, Published, Sent, Wish};
use crate::judge::{Broken, Promise, judge};

/// How a story is found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Name {
    /// A command's id.
    Command(Box<str>),
    /// A record's key: its result has the same.
    Key(Box<str>),
    /// A callback's id.
    Callback(i64),
}

/// What hangs together.
#[derive(Debug, Default)]
struct Story {
    names: Vec<Name>,
    /// With the number that each had among all commands.
    commands: Vec<(u64, Sent)>,
    results: Vec<Published>,
    due: Vec<Published>,
    states: Vec<Published>,
    /// When something was added last.
    touched: Timestamp,
    /// When it is worth looking at again.
    look_at: Timestamp,
}

/// The stories that are not told to their end yet.
#[derive(Debug, Default)]
pub struct Stories {
    open: BTreeMap<u64, Story>,
    by_name: HashMap<Name, u64>,
    next: u64,
    commands: u64,
}

/// How long stories are waited for, in microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// After so long without anything new a story is judged, where nothing is missing in it.
    pub quiet: i64,
    /// After so long also where something is: then it is missing for good.
    pub missing: i64,
}

impl Stories {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// A command was sent.
    pub fn sent(&mut self, sent: Sent, now: Timestamp) {
        self.commands += 1;
        let mut names = vec![Name::Key(sent.key.as_str().into()), Name::Command(sent.command_id.as_str().into())];
        match &sent.wish {
            Wish::Cancel(callback) | Wish::Reschedule { callback, .. } => {
                names.push(Name::Command(callback.schedule.as_str().into()));
            }
            Wish::Report(report) => names.push(Name::Callback(report.callback_id)),
            Wish::Schedule { .. } | Wish::ScheduleWith { .. } | Wish::Impossible { .. } => {}
        }
        let number = self.commands;
        self.story(names, now).commands.push((number, sent));
    }

    /// A result was seen.
    pub fn result(&mut self, result: Published, now: Timestamp) {
        let mut names = vec![Name::Key(result.key.as_str().into())];
        names.extend(callback_of(&result).map(Name::Callback));
        self.story(names, now).results.push(result);
    }

    /// A due event was seen.
    pub fn due(&mut self, event: Published, now: Timestamp) {
        let id = event.attribute("ce_subject").parse().unwrap_or_default();
        self.story(vec![Name::Callback(id)], now).due.push(event);
    }

    /// A state record was seen.
    pub fn state(&mut self, record: Published, now: Timestamp) {
        let id = record.key.rsplit_once('/').and_then(|(_, id)| id.parse().ok()).unwrap_or_default();
        self.story(vec![Name::Callback(id)], now).states.push(record);
    }

    /// The one story that has all of these names from now on.
    fn story(&mut self, names: Vec<Name>, now: Timestamp) -> &mut Story {
        let mut found: Vec<u64> = names.iter().filter_map(|name| self.by_name.get(name).copied()).collect();
        found.sort_unstable();
        found.dedup();
        // The one with the most, so that little is moved.
        let size = |id: &u64| self.open.get(id).map_or(0, |story| story.names.len());
        let id = found.iter().copied().max_by_key(size).unwrap_or_else(|| {
            self.next += 1;
            self.next
        });
        for other in found.into_iter().filter(|other| *other != id) {
            let moved = self.open.remove(&other).unwrap_or_default();
            for name in &moved.names {
                self.by_name.insert(name.clone(), id);
            }
            self.open.entry(id).or_default().take_in(moved);
        }
        let story = self.open.entry(id).or_default();
        for name in names {
            if self.by_name.insert(name.clone(), id).is_none() {
                story.names.push(name);
            }
        }
        story.touched = now;
        story.look_at = now;
        story
    }

    /// Takes out what is told to its end, as one history: without what the database holds. `lives` says by which rules.
    pub fn told(&mut self, now: Timestamp, patience: Patience, lives: &Lives) -> History {
        let before = |micros: i64| now.plus_micros(-micros);
        let quiet = self.open.iter().filter(|(_, story)| story.look_at <= before(patience.quiet));
        let quiet: Vec<u64> = quiet.map(|(id, _)| *id).collect();
        let mut all = Told::default();
        for id in quiet {
            let Some(story) = self.open.remove(&id) else { continue };
            let (touched, names) = (story.touched, story.names.clone());
            let (story, lacks) = story.judged(lives);
            if lacks && touched > before(patience.missing) {
                self.open.insert(id, Story { look_at: now.plus_micros(-patience.quiet / 2), ..story });
                continue;
            }
            for name in names {
                self.by_name.remove(&name);
            }
            all.add(story);
        }
        all.history(lives)
    }
}

impl Story {
    fn take_in(&mut self, other: Self) {
        self.names.extend(other.names);
        self.commands.extend(other.commands);
        self.results.extend(other.results);
        self.due.extend(other.due);
        self.states.extend(other.states);
        // As they came.
        self.commands.sort_by_key(|(number, _)| *number);
        self.results.sort_by_key(|result| result.seen_at);
        self.due.sort_by_key(|event| event.seen_at);
        self.states.sort_by_key(|record| record.seen_at);
    }

    /// Whether something is missing in it.
    fn judged(self, lives: &Lives) -> (Self, bool) {
        let Self { names, commands, results, due, states, touched, look_at } = self;
        let (numbers, commands): (Vec<u64>, Vec<Sent>) = commands.into_iter().unzip();
        let lives = Lives { states, ..lives.clone() };
        let history = History { commands, results, due, lives: Some(lives), ..History::default() };
        let lacks = judge(&history).iter().any(is_missing);
        let History { commands, results, due, lives, .. } = history;
        let states = lives.map(|lives| lives.states).unwrap_or_default();
        let commands = numbers.into_iter().zip(commands).collect();
        (Self { names, commands, results, due, states, touched, look_at }, lacks)
    }
}

/// Whether what is broken may still come.
pub fn is_missing(broken: &Broken) -> bool {
    matches!(broken.promise, Promise::ResultMissing | Promise::DueMissing | Promise::EndMissing)
}

/// Several stories, put together.
#[derive(Debug, Default)]
struct Told {
    commands: Vec<(u64, Sent)>,
    results: Vec<Published>,
    due: Vec<Published>,
    states: Vec<Published>,
}

impl Told {
    fn add(&mut self, story: Story) {
        self.commands.extend(story.commands);
        self.results.extend(story.results);
        self.due.extend(story.due);
        self.states.extend(story.states);
    }

    fn history(mut self, lives: &Lives) -> History {
        self.commands.sort_by_key(|(number, _)| *number);
        let commands = self.commands.into_iter().map(|(_, sent)| sent).collect();
        let lives = Some(Lives { states: self.states, ..lives.clone() });
        History { commands, results: self.results, due: self.due, lives, ..History::default() }
    }
}

/// The callback that a command is about, where it did what it asked for.
fn callback_of(result: &Published) -> Option<i64> {
    let data: Value = serde_json::from_str(&result.value).ok()?;
    data["callbackId"].as_i64().filter(|_| data["condition"] == "Success")
}
