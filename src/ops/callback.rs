//! The page of one callback: what it is, and the commands that made and changed it. Of the person to call it shows the
//! last two digits of the number.

use maud::{Markup, html};

use super::parts::{notice, wide_table};
use super::status::Shown;
use super::written::{ago, between, instant, late};
use crate::domain::commitment::Position;
use crate::domain::ids::CallbackId;
use crate::domain::life::{Phase, Status};
use crate::domain::time::Timestamp;
use crate::kafka::fired::{Fired, Search};
use crate::postgres::overview::{CallbackRow, Commands};
use crate::recent::Decided;
use crate::wire::summary::Summary;

/// A command in the history, or something that time did.
struct Step {
    at: Timestamp,
    what: &'static str,
    summary: Option<Summary>,
    /// Of a due event: its id.
    event: Option<String>,
    /// How the callback stood then, where that is known.
    then: Option<Markup>,
}

/// The callback as it stands, and its history.
pub(super) fn content(
    shown: &Shown,
    row: &CallbackRow,
    commands: &Commands,
    known: &[Decided],
    fired: Option<&Result<Search, String>>,
    now: Timestamp,
) -> Markup {
    // Whoever has the shard knows it at once, all others from the copied marker, a minute later; the event itself is proof.
    let event_id = format!("{}.{}.{}", row.id, row.revision, row.attempt);
    let mut state = state(shown, &row.into(), now);
    state.is_published |= state.status == Status::Due && events(fired).iter().any(|fired| fired.event_id == event_id);
    let steps = steps(row, state.has_passed, commands, known, events(fired));
    html! {
        h1 { "Callback " (row.id) " " (state.label()) }
        section aria-labelledby="facts" {
            h2 id="facts" { "As it stands" }
            dl class="facts" {
                (fact("To be called at", &instant(row.scheduled_for)))
                @if row.phase.presents() {
                    (fact("Fires at", &html! {
                        (instant(row.fire_at))
                        @if row.attempt > 1 {
                            span class="quiet" { " (presented again)" }
                        } @else if row.fire_at > row.scheduled_for {
                            span class="quiet" { " (its command came after its time)" }
                        }
                    }))
                }
                @if let Some(fired) = fired { (due_events(shown, row, fired)) }
                (life(row, &state))
                (fact("Target", &html! {
                    @if let Some(agent) = row.agent { "agent " (agent) ", else " }
                    "skill " (row.skill)
                    @if let Some(agent) = row.released_from { span class="quiet" { " (released from agent " (agent) ")" } }
                }))
                (fact("Phone number", &html! { "…" (row.last_two) }))
                (fact("Revision", &html! { (row.revision) ", attempt " (row.attempt) }))
                (fact("Tenant", &html! { (row.scheduled_by.tenant) }))
                (fact("Shard", &html! { (shard(row.id)) }))
                (fact("Scheduled", &html! { (instant(row.created_at)) ", " (ago(between(row.created_at, now))) }))
                @if let Some(cancelled_at) = row.cancelled_at { (fact("Cancelled", &instant(cancelled_at))) }
                (fact("Scheduled by", &html! {
                    "command " code { (row.scheduled_by.command_id) } " from " code { (row.scheduled_by.source) }
                    ", for agent " (row.requested_by)
                }))
                @if row.revised_by != row.scheduled_by.command_id {
                    (fact("Last revised by", &html! { "command " code { (row.revised_by) } }))
                }
                @if let Some(correlation_id) = &row.correlation_id {
                    (fact("Correlation id", &html! { code { (correlation_id) } }))
                }
            }
        }
        (history(&steps, commands.all))
    }
}

/// What can be said of a callback while PostgreSQL cannot be asked.
pub(super) fn missing(id: CallbackId, reason: &str, known: &[Decided]) -> Markup {
    let steps: Vec<Step> = known.iter().map(|decided| step(decided, None)).collect();
    html! {
        h1 { "Callback " (id) }
        (notice(&html! { "The callback itself cannot be shown now. " (reason) }))
        (history(&steps, false))
    }
}

/// A page without anything to show.
pub(super) fn refusal(title: &str, message: &str) -> Markup {
    html! {
        h1 { (title) }
        (notice(&html! { (message) }))
    }
}

/// What is known of a callback after it was due, or of when it is not to be presented any more.
fn life(row: &CallbackRow, state: &State) -> Markup {
    html! {
        @if let Some(tries) = row.tries {
            (fact("Tries", &html! { (tries) span class="quiet" { " (dialled and not reached)" } }))
        }
        @if let Some(outcome) = &row.last_outcome {
            (fact("Reported last", &html! {
                code { (outcome) }
                @if let Some(agent) = row.reported_agent { " by agent " (agent) }
            }))
        }
        @if state.status == Status::Accepted {
            (fact("Next report", &html! {
                @if row.phase == Phase::Held { "without a limit" } @else { "until " (instant(row.fire_at)) }
            }))
        }
        @if let Some((reason, at)) = state.ended {
            (fact("Ended", &html! { (instant(at)) ", " code { (reason) } }))
        }
        @if let Some(not_after) = row.not_after { (fact("Not to be presented from", &instant(not_after))) }
    }
}

fn fact(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn history(steps: &[Step], complete: bool) -> Markup {
    let has_reports = steps.iter().any(|step| step.then.is_some());
    html! {
        section aria-labelledby="history" {
            h2 id="history" { "Its history" }
            @if steps.is_empty() {
                p class="quiet" { "Nothing is remembered any more." }
            } @else {
                (wide_table("history", &html! {
                    thead { tr {
                        th scope="col" { "When" }
                        th scope="col" { "What" }
                        th scope="col" { "Command or event" }
                        th scope="col" { "Result" }
                        th scope="col" class="number" { "Revision" }
                        th scope="col" { "To be called at" }
                        @if has_reports { th scope="col" { "Then" } }
                        th scope="col" { "Warnings" }
                    } }
                    tbody { @for step in steps { (line(step, has_reports)) } }
                }))
            }
            p class="quiet" {
                "Commands that were refused changed nothing and are not listed. A command is remembered for \
                retention.commands."
                @if !complete {
                    " The memory is too large to be searched without an index, or cannot be reached: what is listed are \
                    the commands that the callback names, and what this instance decided lately."
                }
            }
        }
    }
}

fn line(step: &Step, has_reports: bool) -> Markup {
    let summary = step.summary.as_ref();
    let (named, result) = match (summary, &step.event) {
        (_, Some(event)) => (event.as_str(), "published"),
        (Some(summary), None) => (summary.command_id.as_deref().unwrap_or("?"), summary.condition.as_str()),
        (None, None) => ("?", "?"),
    };
    let is_of_time = summary.is_none() && step.then.is_some();
    html! {
        tr {
            td { (instant(step.at)) }
            td { (step.what) }
            td { @if !is_of_time { code { (named) } } }
            td { @if !is_of_time { (result) } }
            td class="number" { @if let Some(revision) = summary.and_then(|summary| summary.revision) { (revision) } }
            td {
                @match summary.and_then(|summary| summary.scheduled_for.as_deref()).map(Timestamp::parse_rfc3339) {
                    Some(Ok(time)) => (instant(time)),
                    _ if summary.is_none() && (is_of_time || step.event.is_some()) => {},
                    _ => "?",
                }
            }
            @if has_reports { td { @if let Some(then) = &step.then { (then) } } }
            td { @for code in summary.into_iter().flat_map(Summary::codes) { code { (code) } " " } }
        }
    }
}

/// What is stored, and what only this process still knows.
fn steps(row: &CallbackRow, has_passed: bool, commands: &Commands, known: &[Decided], fired: &[Fired]) -> Vec<Step> {
    let mut steps: Vec<Step> = known.iter().map(|decided| step(decided, Some(row))).collect();
    for command in &commands.found {
        let is_known = known.iter().any(|decided| *decided.result == *command.result);
        if !is_known {
            let decided = Decided {
                decided_at: command.decided_at,
                callback_id: Some(row.id),
                schedules: command.schedules,
                result: command.result.as_str().into(),
            };
            steps.push(step(&decided, Some(row)));
        }
    }
    let events = fired.iter().map(|fired| Step {
        at: fired.at,
        what: "fired",
        summary: None,
        event: Some(fired.event_id.clone()),
        then: None,
    });
    steps.extend(events);
    // What a report has ended its result says.
    let by_time = match row.phase {
        Phase::Ending(end) => Some((end.at, end.status, end.reason)),
        Phase::Handling if has_passed => row.phase.ended(true).map(|(status, reason)| (row.fire_at, status, reason)),
        _ => None,
    };
    steps.extend(by_time.map(|(at, status, reason)| Step {
        at,
        what: "ended by time",
        summary: None,
        event: None,
        then: Some(html! { (status.name()) ", " code { (reason.code()) } }),
    }));
    steps.sort_by_key(|step| (step.at, step.summary.as_ref().and_then(|summary| summary.revision)));
    steps
}

/// The events that were found.
fn events(fired: Option<&Result<Search, String>>) -> &[Fired] {
    match fired {
        Some(Ok(Search::Found(fired))) => fired,
        _ => &[],
    }
}

/// How many due events of its revision may be there by now.
pub(super) fn presentations(row: &CallbackRow, now: Timestamp) -> i32 {
    let waits = row.cancelled_at.is_some() || row.phase.presents() && row.fire_at > now;
    if waits { row.attempt - 1 } else { row.attempt }
}

/// When it was fired last, how late, as which event, and where that is.
fn due_events(shown: &Shown, row: &CallbackRow, fired: &Result<Search, String>) -> Markup {
    let topic = shown.status.due_topic.as_ref().map_or("", |due_topic| due_topic.topic.as_str());
    match fired {
        Ok(Search::Found(found)) => html! {
            @if let Some(fired) = found.last() {
                (fact("Fired at", &html! {
                    (instant(fired.at))
                    // Another presentation than the first was never wanted at the date.
                    @if row.attempt == 1 { ", " (late(between(row.scheduled_for, fired.at))) }
                }))
                (fact("As event", &html! { code { (fired.event_id) } }))
                (fact("Where the event is", &html! {
                    "topic " code { (topic) } ", partition " (fired.partition) ", offset " (fired.offset)
                }))
            }
        },
        Ok(Search::NotThere) => fact(
            "Due event",
            &html! {
                "not in topic " code { (topic) } ": not published yet, or the topic no longer keeps it"
            },
        ),
        Ok(Search::GivenUp) => fact(
            "Due event",
            &html! {
                "not found: too much was fired since to be looked through for a page"
            },
        ),
        Err(reason) => fact("Due event", &html! { "cannot be looked for now. " (reason) }),
    }
}

/// A report is told by its result, a cancel from a reschedule by what the callback says of itself.
fn step(decided: &Decided, row: Option<&CallbackRow>) -> Step {
    let summary = Summary::read(&decided.result);
    let command = summary.as_ref().and_then(|summary| summary.command_id.as_deref());
    let is_last = |row: &CallbackRow| command == Some(row.revised_by.as_str());
    let (what, then) = match (row, summary.as_ref().and_then(|summary| Some((summary, summary.status.as_deref()?)))) {
        _ if decided.schedules => ("schedule", None),
        (row, Some((summary, status))) => {
            // Results do not have the outcome; the callback has that of its last report.
            let outcome = row.filter(|row| is_last(row)).and_then(|row| row.last_outcome.as_deref());
            ("report", Some(went_on(summary, status, outcome)))
        }
        (None, None) => ("cancel, reschedule or report", None),
        (Some(row), None) if row.cancelled_at != Some(decided.decided_at) || is_last(row) => ("reschedule", None),
        (Some(_), None) => ("cancel", None),
    };
    Step { at: decided.decided_at, what, summary, event: None, then }
}

/// How a report says that the callback went on: `noAnswer: pending, attempt 2 at 2026-11-23 15:30:00`.
fn went_on(summary: &Summary, status: &str, outcome: Option<&str>) -> Markup {
    let next = summary.next_at.as_deref().and_then(|next| Timestamp::parse_rfc3339(next).ok());
    html! {
        @if let Some(outcome) = outcome { code { (outcome) } ": " }
        (status)
        @if let Some(attempt) = summary.attempt { ", attempt " (attempt) }
        @if let Some(next) = next { " at " (instant(next)) }
        @if let Some(reason) = &summary.reason { ", " code { (reason) } }
    }
}

/// What tells the state of a callback.
pub(super) struct Standing {
    pub(super) id: CallbackId,
    pub(super) fire_at: Timestamp,
    pub(super) cancelled_at: Option<Timestamp>,
    /// Whether the copied marker has passed it.
    pub(super) confirmed: bool,
    pub(super) phase: Phase,
}

impl From<&CallbackRow> for Standing {
    fn from(row: &CallbackRow) -> Self {
        let CallbackRow { id, fire_at, cancelled_at, confirmed, phase, .. } = *row;
        Self { id, fire_at, cancelled_at, confirmed, phase }
    }
}

/// The state of a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    status: Status,
    /// Whether the order of firing has come to its place.
    has_passed: bool,
    /// Whether the due event of a callback that is due is published.
    is_published: bool,
    /// Why and when it has ended.
    ended: Option<(&'static str, Timestamp)>,
}

impl State {
    /// The status in a coloured field.
    pub(super) fn label(&self) -> Markup {
        let Self { status, is_published, .. } = self;
        html! {
            span class={ "state " (status.name()) (if *is_published { " published" } else { "" }) } {
                (status.name()) (if *is_published { ", published" } else { "" })
            }
        }
    }
}

/// As `callback_status` tells it; more exactly where the shard is this instance's own.
pub(super) fn state(shown: &Shown, row: &Standing, now: Timestamp) -> State {
    let position = Position { fire_at: row.fire_at, callback_id: row.id.get() };
    let owned = shown.status.ownership.owned();
    let own = owned.iter().find(|owned| Some(owned.shard) == row.id.shard());
    let has_passed = own.map_or(row.confirmed, |owned| position <= owned.frontier().marker());
    standing(row, has_passed, now)
}

fn standing(row: &Standing, has_passed: bool, now: Timestamp) -> State {
    let status = match row.phase.status(has_passed) {
        _ if row.cancelled_at.is_some() => Status::Cancelled,
        Status::Pending if row.fire_at <= now => Status::Due,
        status => status,
    };
    let ended_at = row.phase.end().map_or(row.fire_at, |end| end.at);
    let ended = row.phase.ended(has_passed).map(|(_, reason)| (reason.code(), ended_at));
    State { status, has_passed, is_published: status == Status::Due && has_passed, ended }
}

fn shard(id: CallbackId) -> String {
    id.shard().map_or_else(|| "none".to_owned(), |shard| shard.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::life::{End, Reason};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn shown(
        phase: Phase,
        cancelled_at: Option<Timestamp>,
        has_passed: bool,
    ) -> (&'static str, bool, Option<&'static str>) {
        let id = CallbackId::new(1025).unwrap();
        let row = Standing { id, fire_at: at(100), cancelled_at, confirmed: false, phase };
        let state = standing(&row, has_passed, at(100));
        (state.status.name(), state.is_published, state.ended.map(|(reason, _)| reason))
    }

    #[test]
    fn a_callback_stands_as_the_view_has_it() {
        let end = |status, reason| End { status, reason, at: at(50) };
        let missed = end(Status::Missed, Reason::TriesExhausted);
        let expired = end(Status::Expired, Reason::NotAfter);
        for (phase, cancelled_at, has_passed, expected) in [
            (Phase::Present, None, false, ("due", false, None)),
            (Phase::Present, None, true, ("due", true, None)),
            (Phase::PresentAgain, None, true, ("due", true, None)),
            (Phase::PresentAgain, Some(at(50)), true, ("cancelled", false, None)),
            (Phase::Handling, None, false, ("accepted", false, None)),
            (Phase::Handling, None, true, ("missed", false, Some("OUTCOME_UNKNOWN"))),
            (Phase::Held, None, true, ("accepted", false, None)),
            (Phase::Ended(missed), None, true, ("missed", false, Some("TRIES_EXHAUSTED"))),
            (Phase::Ending(expired), None, false, ("expired", false, Some("NOT_AFTER"))),
        ] {
            assert_eq!(shown(phase, cancelled_at, has_passed), expected, "{phase:?}");
        }
    }
}
