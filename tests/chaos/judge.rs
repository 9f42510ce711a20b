//! The judge: which promises a history breaks. Pure, so that it can be shown to be right without any server.

#[path = "judge/answer.rs"]
mod answer;
#[path = "judge/effects.rs"]
mod effects;
#[path = "judge/lives.rs"]
mod lives;
#[path = "judge/state.rs"]
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schedule_callback::domain::time::Timestamp;
use serde_json::Value;

use self::answer::Answer;
use crate::history::{Database, History, Named, Published, Sent, Wish};

/// A promise of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// Every command record gets a result.
    ResultMissing,
    /// It gets only one.
    ResultTwice,
    /// No result without a command.
    ResultUnasked,
    /// A command is answered as the rules and the state of its callback say.
    AnswerWrong,
    /// The same command is answered with the same bytes.
    ReplayDiffers,
    /// An id is one thing's for ever: a command's, a callback's, an event's.
    IdUsedTwice,
    /// Every callback that stands is fired.
    DueMissing,
    /// It is fired only once.
    DueTwice,
    /// Never early.
    DueEarly,
    /// Never after a cancel that was answered `Success`.
    DueAfterCancel,
    /// What is fired is the revision that stands.
    DueWrongRevision,
    /// Nothing is fired that nobody asked for.
    DueUnasked,
    /// The database holds what the events say.
    DatabaseDisagrees,
    /// A state record says what its envelope says, and what the command that caused it was answered.
    StateWrong,
    /// A state record is published once.
    StateTwice,
    /// How a callback stands follows from how it stood before.
    StateOrder,
    /// Every due event and every command that was accepted has its state record.
    StateMissing,
    /// No state record without what caused it.
    StateUnasked,
    /// A command makes of a callback what the rules of its skill say.
    EffectWrong,
    /// A tracked callback comes to an end.
    EndMissing,
    /// It ends once, and nothing is said of it after that.
    EndTwice,
    /// Time ends nothing before its time.
    EndedEarly,
    /// Nothing is presented again before its wait, or the time in which it may be acknowledged, is over.
    PresentedEarly,
    /// Nothing is presented once its `notAfter` has come.
    PresentedLate,
    /// Nothing is presented more often than the rules of its skill allow.
    PresentedTooOften,
    /// After a report that ends the callback was accepted nothing is presented.
    CalledAgain,
    /// Faults of servers never end an instance, and a stop in order has status 0.
    InstanceEnded,
}

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub promise: Promise,
    /// To whom: a record's key, a command's id, a callback's id.
    pub subject: String,
    /// What shows it.
    pub evidence: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}: {}", self.promise, self.subject, self.evidence)
    }
}

/// Judges a history. Where `history.database` is absent the run is not over, and the tables are not looked at.
pub fn judge(history: &History) -> Vec<Broken> {
    let mut court = Court { history, ..Court::new(history) };
    court.results();
    court.replays();
    court.schedules();
    court.amendments();
    court.due();
    if let Some(lives) = &history.lives {
        let found = lives::judge(history, lives, &court.results);
        court.verdict.extend(found);
    }
    if let Some(database) = &history.database {
        court.database(database);
    }
    for accident in &history.accidents {
        court.broken(Promise::InstanceEnded, "instance", accident.clone());
    }
    court.verdict
}

/// Result records by the key of their command.
type Results<'a> = BTreeMap<&'a str, Vec<&'a Published>>;

/// What the results say of a callback.
#[derive(Debug)]
struct Callback {
    schedule: String,
    /// Revision and time, as answered.
    revisions: BTreeMap<i64, Option<Timestamp>>,
    cancelled_by: Vec<String>,
}

struct Court<'a> {
    history: &'a History,
    verdict: Vec<Broken>,
    results: Results<'a>,
    /// Callbacks by id: those that are fired once and have no end but that.
    callbacks: BTreeMap<i64, Callback>,
    /// The others, whose states say more than their results: their ids, and the schedule commands that made them.
    lives: (BTreeSet<i64>, BTreeSet<&'a str>),
    /// Callback ids by the id of the schedule command.
    by_schedule: BTreeMap<&'a str, i64>,
    /// Due events by callback.
    fired: BTreeMap<i64, Vec<&'a Published>>,
}

impl<'a> Court<'a> {
    fn new(history: &'a History) -> Self {
        let mut results: Results<'_> = BTreeMap::new();
        for result in &history.results {
            results.entry(&result.key).or_default().push(result);
        }
        let mut fired: BTreeMap<i64, Vec<&Published>> = BTreeMap::new();
        for event in &history.due {
            fired.entry(event.attribute("ce_subject").parse().unwrap_or_default()).or_default().push(event);
        }
        let (callbacks, by_schedule, lives) = (BTreeMap::new(), BTreeMap::new(), Default::default());
        Self { history, verdict: Vec::new(), results, callbacks, lives, by_schedule, fired }
    }

    fn broken(&mut self, promise: Promise, subject: &str, evidence: String) {
        self.verdict.push(Broken { promise, subject: subject.to_owned(), evidence });
    }

    /// The answer to a command record: that of its only result.
    fn answer(&self, sent: &Sent) -> Option<Answer> {
        self.results.get(sent.key.as_str()).and_then(|results| Answer::of(results.first()?))
    }

    /// One result a record, and none that nobody asked for.
    fn results(&mut self) {
        let keys: BTreeSet<&str> = self.history.commands.iter().map(|sent| sent.key.as_str()).collect();
        for sent in &self.history.commands {
            let found = self.results.get(sent.key.as_str()).cloned().unwrap_or_default();
            match found.as_slice() {
                [] => self.broken(Promise::ResultMissing, &sent.key, told(sent)),
                [only] if only.attribute("ce_causationid") != sent.command_id || Answer::of(only).is_none() => {
                    self.broken(Promise::AnswerWrong, &sent.key, format!("{}, answered {}", told(sent), shown(only)));
                }
                [_] => {}
                several => {
                    let places: Vec<_> = several.iter().map(|result| shown(result)).collect();
                    self.broken(
                        Promise::ResultTwice,
                        &sent.key,
                        format!("{}, answered {}", told(sent), places.join(" and ")),
                    );
                }
            }
        }
        let unasked: Vec<&Published> =
            self.history.results.iter().filter(|result| !keys.contains(result.key.as_str())).collect();
        for result in unasked {
            self.broken(Promise::ResultUnasked, &result.key, shown(result));
        }
    }

    /// The same command has the same bytes and attributes; an id that was used for another payload is refused for all
    /// but one.
    fn replays(&mut self) {
        let mut by_command: BTreeMap<&str, BTreeMap<&str, Vec<&Sent>>> = BTreeMap::new();
        for sent in &self.history.commands {
            by_command.entry(&sent.command_id).or_default().entry(&sent.payload).or_default().push(sent);
        }
        let mut owners: BTreeMap<&str, &Published> = BTreeMap::new();
        for (command_id, payloads) in by_command {
            let mut accepted = 0;
            for repeats in payloads.values() {
                let answers: Vec<&Published> =
                    repeats.iter().filter_map(|sent| self.results.get(sent.key.as_str())?.first().copied()).collect();
                let Some(first) = answers.first().copied() else { continue };
                for other in &answers[1..] {
                    if other.value != first.value || other.attributes != first.attributes {
                        self.broken(
                            Promise::ReplayDiffers,
                            command_id,
                            format!("{} and {}", in_full(first), in_full(other)),
                        );
                    }
                }
                accepted += u32::from(Answer::of(first).is_some_and(|answer| answer.code != "COMMAND_ID_REUSED"));
                if let Some(other) = owners.insert(first.attribute("ce_id"), first) {
                    self.broken(
                        Promise::IdUsedTwice,
                        first.attribute("ce_id"),
                        format!("{} and {}", in_full(other), in_full(first)),
                    );
                }
            }
            let all_answered = payloads.values().flatten().all(|sent| self.results.contains_key(sent.key.as_str()));
            if accepted > 1 || accepted == 0 && all_answered {
                let evidence = format!("{accepted} of {} payloads were not refused as a reuse", payloads.len());
                self.broken(Promise::IdUsedTwice, command_id, evidence);
            }
        }
    }

    /// Notes the callbacks that were made, and whether they should have been.
    fn schedules(&mut self) {
        for sent in &self.history.commands {
            let Some(answer) = self.answer(sent).filter(|answer| answer.code != "COMMAND_ID_REUSED") else { continue };
            match &sent.wish {
                Wish::Impossible { branch } if answer.condition != *branch => {
                    self.broken(Promise::AnswerWrong, &sent.key, format!("{} got {answer:?}", told(sent)));
                }
                Wish::Schedule { at } => {
                    let id = answer.callback_id.filter(|_| answer.is_success());
                    let Some(id) = id.filter(|_| answer.revision == 1 && answer.scheduled_for == Some(*at)) else {
                        self.broken(Promise::AnswerWrong, &sent.key, format!("{} got {answer:?}", told(sent)));
                        continue;
                    };
                    self.by_schedule.insert(&sent.command_id, id);
                    let callback = self.callbacks.entry(id).or_insert_with(|| Callback {
                        schedule: sent.command_id.clone(),
                        revisions: BTreeMap::from([(1, Some(*at))]),
                        cancelled_by: Vec::new(),
                    });
                    if callback.schedule != sent.command_id {
                        let evidence = format!("made by {} and by {}", callback.schedule, sent.command_id);
                        self.broken(Promise::IdUsedTwice, &id.to_string(), evidence);
                    }
                }
                Wish::ScheduleWith { .. } => match answer.callback_id.filter(|_| answer.is_success()) {
                    Some(id) => {
                        self.lives.0.insert(id);
                        self.lives.1.insert(&sent.command_id);
                    }
                    None => self.broken(Promise::AnswerWrong, &sent.key, format!("{} got {answer:?}", told(sent))),
                },
                _ => {}
            }
        }
    }

    /// Follows what cancels and reschedules were told; a repeat was told the same and counts once.
    fn amendments(&mut self) {
        let mut seen = BTreeSet::new();
        let mut refused = Vec::new();
        for sent in &self.history.commands {
            let (Wish::Cancel(callback) | Wish::Reschedule { callback, .. }) = &sent.wish else { continue };
            if self.lives.1.contains(callback.schedule.as_str()) {
                continue;
            }
            let Some(answer) = self.answer(sent).filter(|answer| answer.code != "COMMAND_ID_REUSED") else { continue };
            if !seen.insert(&sent.command_id) {
                continue;
            }
            if answer.is_success() {
                self.amended(sent, callback, &answer);
            } else {
                refused.push((sent, callback, answer));
            }
        }
        for (sent, callback, answer) in refused {
            self.refused(sent, callback, &answer);
        }
    }

    fn amended(&mut self, sent: &Sent, callback: &Named, answer: &Answer) {
        let id = self.by_schedule.get(callback.schedule.as_str()).copied();
        let wrong = format!("{} got {answer:?}, its schedule made {id:?}", told(sent));
        let Some(known) = id.filter(|_| id == answer.callback_id).and_then(|id| self.callbacks.get_mut(&id)) else {
            self.broken(Promise::AnswerWrong, &sent.key, wrong);
            return;
        };
        let right = if let Wish::Reschedule { at, .. } = &sent.wish {
            known.revisions.insert(answer.revision, Some(*at)).is_none() && answer.scheduled_for == Some(*at)
        } else {
            known.cancelled_by.push(sent.command_id.clone());
            known.cancelled_by.len() == 1
        };
        if !right {
            let evidence = format!("{wrong}: {known:?}");
            self.broken(Promise::AnswerWrong, &sent.key, evidence);
        }
    }

    fn refused(&mut self, sent: &Sent, callback: &Named, answer: &Answer) {
        let id = self.by_schedule.get(callback.schedule.as_str()).copied();
        let known = id.and_then(|id| self.callbacks.get(&id));
        let fired = id.is_some_and(|id| self.fired.contains_key(&id));
        // A repeat may have come before the one that was answered first.
        let was_known = |other: &Sent| match &other.wish {
            Wish::Cancel(named) | Wish::Reschedule { callback: named, .. } => named.was_known,
            _ => true,
        };
        let always_known =
            self.history.commands.iter().filter(|other| other.command_id == sent.command_id).all(was_known);
        let right = match answer.code.as_str() {
            "CALLBACK_NOT_FOUND" => known.is_none() || !always_known,
            "CALLBACK_CANCELLED" => known.is_some_and(|known| !known.cancelled_by.is_empty()),
            "CALLBACK_ALREADY_DUE" => {
                // Where the event has not been seen yet, its absence is the promise that is broken.
                known.is_some_and(|known| fired || known.cancelled_by.is_empty())
            }
            _ => false,
        };
        if !right {
            let evidence = format!("{} got {answer:?}; known: {known:?}, fired: {fired}", told(sent));
            self.broken(Promise::AnswerWrong, &sent.key, evidence);
        }
    }

    /// Each callback that stands was fired once, as it stands and not before its time; no other was.
    fn due(&mut self) {
        for (id, callback) in std::mem::take(&mut self.callbacks) {
            let fired = self.fired.get(&id).cloned().unwrap_or_default();
            let stands = callback.revisions.last_key_value().map(|(revision, at)| (*revision, *at));
            let subject = id.to_string();
            let story = format!("{callback:?}");
            let gaps = stands.is_some_and(|(last, _)| i64::try_from(callback.revisions.len()) != Ok(last));
            if gaps {
                self.broken(Promise::AnswerWrong, &subject, format!("a revision is missing in {story}"));
            }
            for event in &fired {
                self.event(id, stands, event, &story);
            }
            let events: Vec<_> = fired.iter().map(|event| shown(event)).collect();
            match (callback.cancelled_by.is_empty(), events.len()) {
                (true, 0) => self.broken(Promise::DueMissing, &subject, story),
                (true, 1) | (false, 0) => {}
                (true, _) => self.broken(Promise::DueTwice, &subject, format!("{} of {story}", events.join(" and "))),
                (false, _) => {
                    self.broken(Promise::DueAfterCancel, &subject, format!("{} of {story}", events.join(" and ")));
                }
            }
            self.callbacks.insert(id, callback);
        }
        let unasked: Vec<&Published> = self
            .fired
            .iter()
            .filter(|(id, _)| !self.callbacks.contains_key(id) && !self.lives.0.contains(id))
            .flat_map(|(_, events)| events.iter().copied())
            .collect();
        for event in unasked {
            self.broken(Promise::DueUnasked, event.attribute("ce_subject"), in_full(event));
        }
    }

    fn event(&mut self, id: i64, stands: Option<(i64, Option<Timestamp>)>, event: &Published, story: &str) {
        let subject = id.to_string();
        let data: Value = serde_json::from_str(&event.value).unwrap_or_default();
        let revision = data["revision"].as_i64().unwrap_or_default();
        let scheduled_for = instant(&data["scheduledFor"]);
        if stands != Some((revision, scheduled_for)) || event.attribute("ce_id") != format!("{id}.{revision}.1") {
            self.broken(Promise::DueWrongRevision, &subject, format!("{} of {story}", in_full(event)));
        }
        let fired_at = instant(&data["firedAt"]);
        // The record's own time does not count: with `due.stage_ahead` it is produced ahead, and seen in time.
        let early = |at: Timestamp| fired_at.is_none_or(|fired| fired < at) || event.seen_at < at;
        if scheduled_for.is_none_or(early) {
            let evidence = format!("{}, seen {}, of {story}", in_full(event), event.seen_at);
            self.broken(Promise::DueEarly, &subject, evidence);
        }
    }

    /// The tables hold the same callbacks, as they stand, and the same answers.
    fn database(&mut self, database: &Database) {
        let mut rows = BTreeMap::new();
        for row in &database.callbacks {
            if let Some(other) = rows.insert(row.callback_id, row) {
                self.broken(Promise::DatabaseDisagrees, &row.callback_id.to_string(), format!("{other:?} and {row:?}"));
            }
        }
        for (id, callback) in std::mem::take(&mut self.callbacks) {
            let row = rows.remove(&id);
            let stands = callback.revisions.last_key_value().map(|(revision, at)| (*revision, *at));
            let agrees = row.is_some_and(|row| {
                row.command_id == callback.schedule
                    && stands == Some((row.revision, Some(row.scheduled_for)))
                    && row.cancelled != callback.cancelled_by.is_empty()
                    && row.fire_at >= row.scheduled_for
            });
            if !agrees {
                self.broken(Promise::DatabaseDisagrees, &id.to_string(), format!("{callback:?} is {row:?}"));
            }
            self.callbacks.insert(id, callback);
        }
        for (id, row) in rows.into_iter().filter(|(id, _)| !self.lives.0.contains(id)).collect::<Vec<_>>() {
            self.broken(Promise::DatabaseDisagrees, &id.to_string(), format!("no result tells of {row:?}"));
        }
        let mut answers: BTreeMap<&str, i64> = BTreeMap::new();
        let by_id: BTreeMap<&str, &str> =
            self.history.results.iter().map(|result| (result.attribute("ce_id"), result.value.as_str())).collect();
        for value in by_id.into_values() {
            *answers.entry(value).or_default() += 1;
        }
        for value in &database.decisions {
            *answers.entry(value).or_default() -= 1;
        }
        for (value, surplus) in answers {
            if surplus != 0 {
                let evidence = format!("published {surplus} more often than stored: {value}");
                self.broken(Promise::DatabaseDisagrees, "command", evidence);
            }
        }
    }
}

fn instant(value: &Value) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(value.as_str()?).ok()
}

fn told(sent: &Sent) -> String {
    let Sent { command_id, wish, partition, offset, issued_at, .. } = sent;
    format!("{command_id} ({wish:?}, {issued_at}, {partition}/{offset})")
}

fn shown(published: &Published) -> String {
    let Published { place: (partition, offset), .. } = published;
    format!("{} at {partition}/{offset} ({})", published.attribute("ce_id"), published.attribute("ce_time"))
}

fn in_full(published: &Published) -> String {
    format!("{} {:?} {}", shown(published), published.attributes, published.value)
}
