//! The judge of what becomes of callbacks after they are due (docs/contract.md#life-after-due). The state topic says how each
//! of them went on; every step must follow from a command that was accepted, or from time, and the due events, the results
//! and the database must say the same.

use std::collections::{BTreeMap, BTreeSet};

use schedule_callback::domain::time::Timestamp;
use serde_json::Value;

use super::answer::Answer;
use super::effects::{self, Expected, Known, MOMENT, ends, is_progress};
use super::state::State;
use super::{Broken, Promise, Results, in_full, instant, shown, told};
use crate::history::{Database, History, Lives, Published, Report, Rules, Sent, Terms, Wish};

/// How long a reader takes at most to get what can be read: microseconds. Much longer than it does, and shorter than a commit
/// takes in an outage.
const READING: i64 = 5 * MOMENT;

/// What a command was answered.
struct Decision<'a> {
    sent: &'a Sent,
    answer: Answer,
    decided_at: Timestamp,
}

/// All that is known of one callback.
#[derive(Default)]
struct Life<'a> {
    /// What made it.
    made_by: Option<&'a Sent>,
    states: Vec<State<'a>>,
    /// Due events by revision and attempt.
    fired: BTreeMap<(i64, i64), &'a Published>,
    /// The ids of the commands that are about it, in the order in which they were sent.
    commands: Vec<&'a str>,
}

impl Life<'_> {
    /// The `notAfter` that its schedule command has given.
    fn not_after(&self) -> Option<Timestamp> {
        match &self.made_by?.wish {
            Wish::ScheduleWith { terms, .. } => terms.not_after,
            _ => None,
        }
    }

    fn story(&self) -> String {
        let told = |state: &State<'_>| {
            let reason = state.reason.as_deref().map(|reason| format!(" {reason}")).unwrap_or_default();
            let cause = state.caused_by.as_deref().map(|cause| format!(" by {cause}")).unwrap_or_default();
            let next = state.next_at.map(|next| format!(" until {next}")).unwrap_or_default();
            format!("{state}{reason}{next} at {}{cause}", state.updated_at)
        };
        let of =
            self.made_by.map_or_else(|| "nothing that was asked for".to_owned(), |sent| format!("{:?}", sent.wish));
        format!("{of}: {}", self.states.iter().map(told).collect::<Vec<_>>().join(", "))
    }
}

/// Judges the lives. While the run goes on, which is where `history.database` is absent, only those count that have not come
/// to their end: the topics are read one beside the other.
pub fn judge(history: &History, lives: &Lives, results: &Results<'_>) -> Vec<Broken> {
    let mut court = Court { lives, verdict: Vec::new(), decisions: decisions(history, results), all: BTreeMap::new() };
    court.gather(history);
    let all = std::mem::take(&mut court.all);
    for (id, life) in &all {
        court.end(*id, life);
    }
    if let Some(database) = &history.database {
        for (id, life) in &all {
            court.course(*id, life);
            court.events(*id, life);
            court.answers(*id, life);
        }
        court.standings(&all, database);
    }
    court.verdict
}

/// What every command was answered, by its id: that of the payload that came first.
fn decisions<'a>(history: &'a History, results: &Results<'a>) -> BTreeMap<&'a str, Decision<'a>> {
    let mut decisions = BTreeMap::new();
    for sent in &history.commands {
        let answer = results.get(sent.key.as_str()).and_then(|results| Answer::of(results.first()?));
        let Some(answer) = answer.filter(|answer| answer.code != "COMMAND_ID_REUSED") else { continue };
        let decided_at = answer.decided_at.unwrap_or(sent.issued_at);
        decisions.entry(sent.command_id.as_str()).or_insert(Decision { sent, answer, decided_at });
    }
    decisions
}

struct Court<'a> {
    lives: &'a Lives,
    verdict: Vec<Broken>,
    decisions: BTreeMap<&'a str, Decision<'a>>,
    all: BTreeMap<i64, Life<'a>>,
}

impl<'a> Court<'a> {
    fn broken(&mut self, promise: Promise, subject: &str, evidence: String) {
        self.verdict.push(Broken { promise, subject: subject.to_owned(), evidence });
    }

    /// Puts together what belongs to each callback.
    fn gather(&mut self, history: &'a History) {
        let mut by_schedule: BTreeMap<&str, i64> = BTreeMap::new();
        for (command_id, decision) in &self.decisions {
            let makes = matches!(decision.sent.wish, Wish::Schedule { .. } | Wish::ScheduleWith { .. });
            if let Some(id) = decision.answer.callback_id.filter(|_| makes && decision.answer.is_success()) {
                self.all.entry(id).or_default().made_by = Some(decision.sent);
                by_schedule.insert(command_id, id);
            }
        }
        let mut seen = BTreeSet::new();
        for sent in &history.commands {
            let id = match &sent.wish {
                Wish::Cancel(named) | Wish::Reschedule { callback: named, .. } => {
                    by_schedule.get(named.schedule.as_str()).copied()
                }
                Wish::Report(report) => Some(report.callback_id),
                Wish::Schedule { .. } | Wish::ScheduleWith { .. } | Wish::Impossible { .. } => None,
            };
            // A repeat was told the same.
            let is_first =
                self.decisions.get(sent.command_id.as_str()).is_some_and(|found| found.sent.payload == sent.payload);
            if let Some(id) = id.filter(|_| is_first && seen.insert(sent.command_id.as_str())) {
                self.all.entry(id).or_default().commands.push(&sent.command_id);
            }
        }
        for event in &history.due {
            let data: Value = serde_json::from_str(&event.value).unwrap_or_default();
            let number = |name: &str| data[name].as_i64().unwrap_or_default();
            let place = (number("revision"), number("attempt"));
            let other = self.all.entry(number("callbackId")).or_default().fired.insert(place, event);
            if let Some(other) = other {
                let evidence = format!("{} and {}", shown(other), shown(event));
                self.broken(Promise::DueTwice, &number("callbackId").to_string(), evidence);
            }
        }
        let mut records: Vec<&Published> = self.lives.states.iter().collect();
        records.sort_unstable_by_key(|record| record.place);
        let mut ids = BTreeSet::new();
        for record in records {
            let Some(state) = State::of(record) else {
                self.broken(Promise::StateWrong, &record.key, in_full(record));
                continue;
            };
            if !ids.insert(record.attribute("ce_id")) {
                self.broken(Promise::StateTwice, record.attribute("ce_id"), in_full(record));
            }
            self.all.entry(state.callback_id).or_default().states.push(state);
        }
    }

    fn rules(&self, skill: &str) -> Option<&'a Rules> {
        self.lives.rules.iter().find(|rules| rules.skill == skill)
    }

    /// It has come to its end.
    fn end(&mut self, id: i64, life: &Life<'a>) {
        let has_no_limit = |state: &State<'_>| {
            state.status == "accepted" && self.rules(&state.skill).is_some_and(|rules| rules.handle_within.is_none())
        };
        if !life.states.last().is_some_and(|last| last.is_settled() || has_no_limit(last)) {
            self.broken(Promise::EndMissing, &id.to_string(), life.story());
        }
    }

    /// Each state follows from the one before by what has caused it.
    fn course(&mut self, id: i64, life: &Life<'a>) {
        let subject = id.to_string();
        for (index, now) in life.states.iter().enumerate() {
            let before = index.checked_sub(1).map(|before| &life.states[before]);
            let broken = match before {
                Some(before) if before.is_end() && !(before.is_unknown() && now.status == "completed") => {
                    Err(Promise::EndTwice)
                }
                Some(before) if before.updated_at > now.updated_at.plus_micros(MOMENT) => Err(Promise::StateOrder),
                Some(before) if before.record.place.0 != now.record.place.0 => Err(Promise::StateOrder),
                _ => match &now.caused_by {
                    Some(cause) => self.caused(life, before, now, cause),
                    None => self.by_time(life, before, now),
                },
            };
            let broken = broken.and_then(|()| self.terms(life, before, now));
            if let Err(promise) = broken {
                self.broken(promise, &subject, format!("{now} of {}", life.story()));
            }
        }
    }

    fn by_time(&self, life: &Life<'a>, before: Option<&State<'a>>, now: &State<'a>) -> Result<(), Promise> {
        let published_at = before.and_then(|before| self.published_at(life, before));
        let progress_at = self.progress_at(life, now);
        let (rules, acknowledge_within) = (self.rules(&now.skill), self.lives.acknowledge_within);
        effects::of_time(before, now, Known { rules, acknowledge_within, published_at, progress_at })
    }

    /// The earliest instant at which the due event may have been published; `None` where readers do not tell.
    fn published_at(&self, life: &Life<'a>, due: &State<'a>) -> Option<Timestamp> {
        let event = life.fired.get(&(due.revision, due.attempt))?;
        let seen_at = event.seen_at.min(due.record.seen_at);
        let waited = |(from, until): &(Timestamp, Timestamp)| *from <= seen_at && due.updated_at <= *until;
        (!self.lives.unreadable.iter().any(waited)).then(|| seen_at.plus_micros(-READING))
    }

    /// When it was accepted last that somebody has the attempt.
    fn progress_at(&self, life: &Life<'a>, now: &State<'_>) -> Option<Timestamp> {
        let accepted = life.commands.iter().filter_map(|id| self.decisions.get(id)).filter(|decision| {
            let is_progress = matches!(&decision.sent.wish, Wish::Report(report) if is_progress(&report.outcome));
            let attempt = decision.answer.progress.as_ref().map(|progress| progress.attempt);
            is_progress
                && decision.answer.is_success()
                && (decision.answer.revision, attempt) == (now.revision, Some(now.attempt))
        });
        accepted.map(|decision| decision.decided_at).max()
    }

    /// Whether the time within which somebody who has the attempt must report was over at that instant.
    fn handling_was_over(&self, life: &Life<'a>, now: &State<'_>, at: Timestamp) -> bool {
        let within = self.rules(&now.skill).and_then(|rules| rules.handle_within);
        let until =
            self.progress_at(life, now).zip(within).map(|(from, seconds)| from.plus_micros(seconds * 1_000_000));
        now.status == "accepted" && until.is_some_and(|until| until <= at.plus_micros(MOMENT))
    }

    fn caused(&self, life: &Life<'a>, before: Option<&State<'a>>, now: &State<'a>, cause: &str) -> Result<(), Promise> {
        let decision = self.decisions.get(cause).filter(|decision| decision.answer.is_success());
        let Decision { sent, answer, decided_at } = decision.ok_or(Promise::StateUnasked)?;
        let decided_at = *decided_at;
        if answer.callback_id != Some(now.callback_id) || now.updated_at != decided_at {
            return Err(Promise::StateWrong);
        }
        let moved = |before: &State<'_>, at: Timestamp| Expected {
            revision: before.revision + 1,
            attempt: 1,
            tries: before.tries,
            status: "pending",
            reason: None,
            next_at: Some(at),
        };
        let expected = match (&sent.wish, before) {
            (Wish::Schedule { at } | Wish::ScheduleWith { at, .. }, None) => {
                Expected { revision: 1, attempt: 1, tries: 0, status: "pending", reason: None, next_at: Some(*at) }
            }
            (Wish::Reschedule { at, .. }, Some(before)) if before.status == "pending" => moved(before, *at),
            (Wish::Cancel(_), Some(before)) if before.status == "pending" => Expected {
                revision: before.revision,
                attempt: before.attempt,
                tries: before.tries,
                status: "cancelled",
                reason: None,
                next_at: None,
            },
            (Wish::Report(report), Some(before)) => {
                let is_unknown = before.is_unknown() || self.handling_was_over(life, before, decided_at);
                let is_in_the_past = effects::is_in_the_past(report, sent.issued_at);
                if is_in_the_past || effects::refusal(before, report, life.not_after()).is_some() {
                    return Err(Promise::EffectWrong);
                }
                let rules = self.rules(&before.skill).ok_or(Promise::EffectWrong)?;
                let expected = effects::of_report(before, report, rules, is_unknown, decided_at);
                let says = |progress: &super::answer::Progress| {
                    let told = (progress.attempt, progress.tries, &*progress.status, progress.reason.as_deref());
                    told == (now.attempt, Some(now.tries), &*now.status, now.reason.as_deref())
                        && progress.next_at == now.next_at
                };
                if !answer.progress.as_ref().is_some_and(says) {
                    return Err(Promise::AnswerWrong);
                }
                expected
            }
            _ => return Err(Promise::StateOrder),
        };
        let is_told = answer.revision == now.revision && answer.scheduled_for == Some(now.scheduled_for);
        if expected.is(now) && is_told { Ok(()) } else { Err(Promise::EffectWrong) }
    }

    /// What is kept, and what follows from the skill: whether it is tracked, until when it may be presented, and for whom.
    fn terms(&self, life: &Life<'a>, before: Option<&State<'a>>, now: &State<'a>) -> Result<(), Promise> {
        let Some(Sent { wish, .. }) = life.made_by else { return Err(Promise::StateUnasked) };
        let plain = Terms { skill: now.skill.clone(), agent: None, not_after: None };
        let terms = if let Wish::ScheduleWith { terms, .. } = wish { terms } else { &plain };
        let rules = self.rules(&now.skill);
        let derived =
            rules.and_then(|rules| rules.expire_after).map(|after| now.scheduled_for.plus_micros(after * 1_000_000));
        let is_kept =
            now.skill == terms.skill && now.tracked == rules.is_some() && now.not_after == terms.not_after.or(derived);
        let for_whom = (now.agent.as_ref(), now.released_from.as_ref());
        let is_strict = rules.is_none_or(|rules| rules.is_strict);
        let was_released = before.is_some_and(|before| before.released_from.is_some());
        let is_for = match for_whom {
            (agent, None) => agent == terms.agent.as_ref() && !was_released,
            (None, Some(from)) => Some(from) == terms.agent.as_ref() && !is_strict,
            (Some(_), Some(_)) => false,
        };
        if is_kept && is_for { Ok(()) } else { Err(Promise::EffectWrong) }
    }

    /// A state for each due event, and the other way round; and each in its time.
    fn events(&mut self, id: i64, life: &Life<'a>) {
        let subject = id.to_string();
        let said = life.states.iter().filter(|state| state.status == "due");
        let said: BTreeSet<_> = said.map(|state| (state.revision, state.attempt)).collect();
        for (place, event) in life.fired.iter().filter(|(place, _)| !said.contains(place)) {
            self.broken(Promise::StateMissing, &subject, format!("{place:?}, {} of {}", in_full(event), life.story()));
        }
        for place in said.iter().filter(|place| !life.fired.contains_key(place)) {
            self.broken(Promise::StateUnasked, &subject, format!("due {place:?} of {}", life.story()));
        }
        for ((revision, attempt), event) in &life.fired {
            let data: Value = serde_json::from_str(&event.value).unwrap_or_default();
            let fired_at = instant(&data["firedAt"]);
            let is_this = |state: &&State<'_>| (state.revision, state.attempt) == (*revision, *attempt);
            let waited = life.states.iter().filter(is_this).find_map(|state| state.next_at);
            let early = |next: Timestamp| fired_at.is_none_or(|fired| fired < next) || event.seen_at < next;
            let evidence = || format!("{}, seen {}, of {}", in_full(event), event.seen_at, life.story());
            if waited.is_some_and(early) {
                self.broken(Promise::PresentedEarly, &subject, evidence());
            }
            let not_after = life.states.iter().filter(is_this).find_map(|state| state.not_after);
            if not_after.is_some_and(|not_after| fired_at.is_none_or(|fired| fired >= not_after)) {
                self.broken(Promise::PresentedLate, &subject, evidence());
            }
            if self.was_over_before(life, fired_at) {
                self.broken(Promise::CalledAgain, &subject, evidence());
            }
        }
    }

    /// Whether a report that ends the callback was accepted before a pass of that instant began.
    fn was_over_before(&self, life: &Life<'a>, fired_at: Option<Timestamp>) -> bool {
        life.commands.iter().filter_map(|id| self.decisions.get(id)).any(|decision| {
            matches!(&decision.sent.wish, Wish::Report(report) if ends(&report.outcome))
                && decision.answer.is_success()
                && fired_at.is_some_and(|fired| fired > decision.decided_at.plus_micros(MOMENT))
        })
    }

    /// Every command that was accepted has its state record, and every one that was refused a reason.
    fn answers(&mut self, id: i64, life: &Life<'a>) {
        let subject = id.to_string();
        let caused =
            |command: &str| life.states.iter().filter(|state| state.caused_by.as_deref() == Some(command)).count();
        let made_by = life.made_by.map(|sent| sent.command_id.as_str());
        let mut wrong = Vec::new();
        for command in made_by.into_iter().chain(life.commands.iter().copied()) {
            let Some(decision) = self.decisions.get(command) else { continue };
            let Decision { sent, answer, .. } = decision;
            let states = caused(command);
            let promise = if answer.is_success() {
                let says_nothing = matches!(&sent.wish, Wish::Report(report) if is_progress(&report.outcome))
                    && life.states.iter().any(|state| {
                        let attempt = answer.progress.as_ref().map(|progress| progress.attempt);
                        state.status == "accepted"
                            && (state.revision, Some(state.attempt)) == (answer.revision, attempt)
                    });
                match states {
                    1 => None,
                    0 if says_nothing => None,
                    0 => Some(Promise::StateMissing),
                    _ => Some(Promise::StateTwice),
                }
            } else {
                (!self.may_be_refused(life, decision)).then_some(Promise::AnswerWrong)
            };
            wrong.extend(promise.map(|promise| (promise, format!("{} got {answer:?}: {}", told(sent), life.story()))));
        }
        for (promise, evidence) in wrong {
            self.broken(promise, &subject, evidence);
        }
    }

    /// From when on a callback may have stood so: what time makes of it is decided first, and said when its turn comes.
    fn decided_by(&self, before: Option<&State<'a>>, now: &State<'a>) -> Timestamp {
        let earliest = match (&*now.status, &now.caused_by) {
            ("pending", None) => now.next_at,
            ("expired", None) => now.not_after,
            ("missed", None) if !now.is_unknown() => {
                before.map(|before| before.updated_at.plus_micros(self.lives.acknowledge_within * 1_000_000))
            }
            _ => None,
        };
        earliest.unwrap_or(now.updated_at).min(now.updated_at)
    }

    /// Whether the refusal is right for some state that the callback had about when it was decided.
    fn may_be_refused(&self, life: &Life<'a>, decision: &Decision<'a>) -> bool {
        let Decision { sent, answer, decided_at } = decision;
        let states = &life.states;
        let (earliest, latest) = (decided_at.plus_micros(-MOMENT), decided_at.plus_micros(MOMENT));
        let from = match &sent.wish {
            // Its due event had been published before.
            Wish::Report(Report { seen, .. }) => {
                states.iter().position(|state| state.status == "due" && (state.revision, state.attempt) == *seen)
            }
            _ => Some(0),
        };
        let Some(from) = from else { return false };
        let current = states.iter().enumerate().skip(from).filter(|(index, state)| {
            let before = index.checked_sub(1).map(|before| &states[before]);
            self.decided_by(before, state) <= latest
                && states.get(index + 1).is_none_or(|next| next.updated_at >= earliest)
        });
        let code = answer.code.as_str();
        current.map(|(_, state)| state).any(|state| match &sent.wish {
            Wish::Report(report) => {
                effects::refusal(state, report, life.not_after()) == Some(code)
                    || code == "SCHEDULE_DATE_IN_PAST" && effects::is_in_the_past(report, sent.issued_at)
                    || code == "CALLBACK_ENDED"
                        && !ends(&report.outcome)
                        && self.handling_was_over(life, state, *decided_at)
            }
            Wish::Cancel(_) | Wish::Reschedule { .. } => match code {
                "CALLBACK_CANCELLED" => state.status == "cancelled",
                "CALLBACK_ENDED" => {
                    state.is_end() && state.status != "cancelled" || self.handling_was_over(life, state, *decided_at)
                }
                // Where its pass has begun, it is too late as well.
                "CALLBACK_ALREADY_DUE" => state.is_presented() || state.next_at.is_some_and(|next| next <= latest),
                "NOT_AFTER_TOO_EARLY" => match (&sent.wish, life.not_after()) {
                    (Wish::Reschedule { at, .. }, Some(not_after)) => *at >= not_after,
                    _ => false,
                },
                _ => false,
            },
            Wish::Schedule { .. } | Wish::ScheduleWith { .. } | Wish::Impossible { .. } => false,
        }) || code == "CALLBACK_NOT_FOUND" && !was_known(sent)
    }

    /// The last state of each callback is how the database says that it stands.
    fn standings(&mut self, all: &BTreeMap<i64, Life<'a>>, database: &Database) {
        let rows: BTreeMap<i64, _> = database.standings.iter().map(|row| (row.callback_id, row)).collect();
        for (id, life) in all {
            let row = rows.get(id);
            let agrees = row.zip(life.states.last()).is_some_and(|(row, last)| {
                let stands = (last.revision, last.attempt, &last.status, &last.reason);
                stands == (row.revision, row.attempt, &row.status, &row.reason)
                    && row.tries == last.tracked.then_some(last.tries)
            });
            if !agrees {
                self.broken(Promise::DatabaseDisagrees, &id.to_string(), format!("{row:?} is {}", life.story()));
            }
        }
        for id in rows.keys().filter(|id| !all.contains_key(id)) {
            self.broken(Promise::DatabaseDisagrees, &id.to_string(), "no state record tells of it".to_owned());
        }
    }
}

/// Whether the callback's result had been seen before the command was sent; a report is always about one that was.
fn was_known(sent: &Sent) -> bool {
    match &sent.wish {
        Wish::Cancel(named) | Wish::Reschedule { callback: named, .. } => named.was_known,
        _ => true,
    }
}
