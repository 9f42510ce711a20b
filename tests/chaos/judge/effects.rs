//! What a report, or time, makes of a callback by the rules of its skill (docs/contract.md#life-after-due); written here once
//! more, from the contract alone.

use schedule_callback::domain::time::Timestamp;

use super::Promise;
use super::state::State;
use crate::history::{Report, Rules};

/// A result tells of a moment up to so much before or after that at which another record says that the callback changed:
/// microseconds. Both are read from the clock of one machine, at other places of the work.
pub const MOMENT: i64 = 1_000_000;

/// `rules.past_grace` as the instances have it, in microseconds.
const PAST_GRACE: i64 = 60_000_000;

/// How a callback stands after something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// `revision`
    pub revision: i64,
    /// `attempt`
    pub attempt: i64,
    /// `tries`
    pub tries: i64,
    /// `status`
    pub status: &'static str,
    /// `reason`
    pub reason: Option<&'static str>,
    /// When it is presented again at the earliest.
    pub next_at: Option<Timestamp>,
}

impl Expected {
    fn of(before: &State<'_>, status: &'static str, reason: Option<&'static str>) -> Self {
        let State { revision, attempt, tries, .. } = *before;
        Self { revision, attempt, tries, status, reason, next_at: None }
    }

    /// Whether it stands so.
    pub fn is(&self, now: &State<'_>) -> bool {
        let stands = (now.revision, now.attempt, now.tries, &*now.status, now.reason.as_deref());
        let in_time = match (self.next_at, now.next_at) {
            // Where the shard has gone beyond that instant, it is a little later; or, for a command that was recorded after it,
            // as late as that may have been.
            (Some(least), Some(next)) => {
                least <= next && next <= least.plus_micros(10 * MOMENT).max(now.updated_at.plus_micros(MOMENT))
            }
            (None, None) => true,
            _ => false,
        };
        stands == (self.revision, self.attempt, self.tries, self.status, self.reason) && in_time
    }
}

/// Whether the outcome ends a callback, also where the attempt is over.
pub fn ends(outcome: &str) -> bool {
    end(outcome).is_some()
}

fn end(outcome: &str) -> Option<&'static str> {
    Some(match outcome {
        "connected" => "CONNECTED",
        "handledElsewhere" => "HANDLED_ELSEWHERE",
        "refusedByContact" => "REFUSED_BY_CONTACT",
        "doNotCall" => "DO_NOT_CALL",
        "wrongNumber" => "WRONG_NUMBER",
        _ => return None,
    })
}

/// Whether the outcome says that somebody has it.
pub fn is_progress(outcome: &str) -> bool {
    matches!(outcome, "accepted" | "inProgress")
}

/// What that report makes of a callback that stands so; `is_unknown` where it had ended since nobody said what came of it.
pub fn of_report(
    before: &State<'_>,
    report: &Report,
    rules: &Rules,
    is_unknown: bool,
    decided_at: Timestamp,
) -> Expected {
    let outcome = &*report.outcome;
    if let Some(reason) = end(outcome) {
        let is_missed = reason == "WRONG_NUMBER" && !is_unknown;
        return Expected::of(before, if is_missed { "missed" } else { "completed" }, Some(reason));
    }
    let again = |tries: i64, seconds: i64| {
        let expected = Expected { tries, ..Expected::of(before, "pending", None) };
        if before.attempt >= rules.max_presentations {
            return Expected { status: "missed", reason: Some("PRESENTATIONS_EXHAUSTED"), ..expected };
        }
        let next_at = decided_at.plus_micros(seconds * 1_000_000);
        if before.not_after.is_some_and(|not_after| not_after <= next_at) {
            return Expected { status: "expired", reason: Some("NOT_AFTER"), ..expected };
        }
        Expected { attempt: before.attempt + 1, next_at: Some(next_at), ..expected }
    };
    match outcome {
        "accepted" | "inProgress" => Expected::of(before, "accepted", None),
        "rescheduled" => Expected {
            revision: before.revision + 1,
            attempt: 1,
            next_at: report.at,
            ..Expected::of(before, "pending", None)
        },
        "noAnswer" | "busy" | "voicemail" | "abandoned" => {
            let tries = before.tries + 1;
            match wait(rules, outcome, tries).filter(|_| tries < rules.max_tries) {
                Some(seconds) => again(tries, seconds),
                None => Expected { tries, ..Expected::of(before, "missed", Some("TRIES_EXHAUSTED")) },
            }
        }
        "refusedByAgent" if before.agent.is_some() && !rules.is_strict => again(before.tries, 0),
        _ => {
            let outcome = if outcome == "refusedByAgent" { "agentUnavailable" } else { outcome };
            match wait(rules, outcome, before.attempt) {
                Some(seconds) => again(before.tries, seconds),
                None => Expected::of(before, "missed", Some("PRESENTATIONS_EXHAUSTED")),
            }
        }
    }
}

/// The wait after so many times, in seconds; `None` where it is not tried again.
fn wait(rules: &Rules, outcome: &str, times: i64) -> Option<i64> {
    let (_, waits) = rules.retry.iter().find(|(name, _)| *name == outcome)?;
    let index = usize::try_from(times - 1).unwrap_or(0).min(waits.len().checked_sub(1)?);
    waits.get(index).copied()
}

/// What is known of a callback beside how it stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// The rules of its skill; `None` where it is not tracked.
    pub rules: Option<&'a Rules>,
    /// How long an attempt may stay without a report, in seconds.
    pub acknowledge_within: i64,
    /// The earliest instant at which what was said before may have been published.
    pub published_at: Option<Timestamp>,
    /// When somebody said last that it is being handled.
    pub progress_at: Option<Timestamp>,
}

/// Whether time may make of a callback what it stands as now; else the promise that this breaks.
pub fn of_time(before: Option<&State<'_>>, now: &State<'_>, known: Known<'_>) -> Result<(), Promise> {
    let before = before.ok_or(Promise::StateOrder)?;
    let rules = known.rules.filter(|_| now.tracked);
    let (most, handled) = (rules.map(|rules| rules.max_presentations), rules.and_then(|rules| rules.handle_within));
    let later = |at: Timestamp, seconds: i64| at.plus_micros(seconds * 1_000_000);
    let swept_at = |at: Option<Timestamp>| {
        let published = known.published_at.unwrap_or(before.updated_at).max(before.updated_at);
        let in_time = at.is_some_and(|at| at >= later(published, known.acknowledge_within));
        if in_time { Ok(()) } else { Err(Promise::PresentedEarly) }
    };
    let (same, next) = (now.attempt == before.attempt, now.attempt == before.attempt + 1);
    if now.revision != before.revision || now.tries != before.tries || !(same || next) {
        return Err(Promise::StateOrder);
    }
    let has_expired = now.not_after.is_some_and(|not_after| not_after <= now.updated_at);
    match (&*before.status, &*now.status, now.reason.as_deref()) {
        ("pending", "due", None) if same => Ok(()),
        ("pending", "expired", Some("NOT_AFTER")) if same && has_expired => Ok(()),
        ("due", "pending", None) if next && now.tracked => {
            if most.is_none_or(|most| now.attempt > most) {
                return Err(Promise::PresentedTooOften);
            }
            swept_at(now.next_at)
        }
        ("due", "missed", Some("NOT_ACKNOWLEDGED")) if same && most == Some(now.attempt) => {
            swept_at(Some(now.updated_at))
        }
        // It is to be presented again, and that can no longer be done when it comes to that.
        ("due", "expired", Some("NOT_AFTER")) if now.tracked && has_expired => swept_at(Some(now.updated_at)),
        ("accepted", "missed", Some("OUTCOME_UNKNOWN")) if same => {
            let until = handled.zip(known.progress_at).map(|(within, at)| later(at, within));
            if until.is_some_and(|until| now.updated_at >= until) { Ok(()) } else { Err(Promise::EndedEarly) }
        }
        _ => Err(Promise::StateOrder),
    }
}

/// Whether a report moves the callback to a date before the report's own time, by more than `rules.past_grace` allows
/// (docs/contract.md#dates). A router that waits for its broker may send one.
pub fn is_in_the_past(report: &Report, issued_at: Timestamp) -> bool {
    report.outcome == "rescheduled" && report.at.is_some_and(|at| at < issued_at.plus_micros(-PAST_GRACE))
}

/// The code with which a report is refused while the callback stands so; `None` where it is accepted. `not_after` is the one
/// that a command has given.
pub fn refusal(now: &State<'_>, report: &Report, not_after: Option<Timestamp>) -> Option<&'static str> {
    let is_over = ends(&report.outcome);
    if !now.tracked {
        return Some("CALLBACK_NOT_TRACKED");
    }
    if now.status == "cancelled" {
        return Some("CALLBACK_CANCELLED");
    }
    if now.is_end() && !(now.is_unknown() && is_over) {
        return Some("CALLBACK_ENDED");
    }
    let Some(attempt) = report.attempt else { return Some("ATTEMPT_MISSING") };
    if attempt < 1 || attempt > now.attempt || attempt == now.attempt && now.status == "pending" {
        return Some("ATTEMPT_NOT_FIRED");
    }
    if attempt < now.attempt && !is_over {
        return Some("ATTEMPT_OVER");
    }
    if report.outcome == "rescheduled" && not_after.is_some_and(|not_after| report.at >= Some(not_after)) {
        return Some("NOT_AFTER_TOO_EARLY");
    }
    let is_known = ends(&report.outcome)
        || matches!(&*report.outcome, "accepted" | "inProgress" | "noAnswer" | "busy" | "voicemail" | "abandoned")
        || matches!(&*report.outcome, "dialFailed" | "agentUnavailable" | "refusedByAgent" | "rescheduled");
    (!is_known).then_some("OUTCOME_UNSUPPORTED")
}
