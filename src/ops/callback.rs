//! The page of one callback: what it is, and the commands that made and changed it. Of the person to call it shows the
//! last two digits of the number.

use maud::{Markup, html};

use super::parts::{notice, wide_table};
use super::status::Shown;
use super::written::{ago, between, instant, late};
use crate::domain::commitment::Position;
use crate::domain::ids::CallbackId;
use crate::domain::time::Timestamp;
use crate::kafka::fired::Search;
use crate::postgres::overview::{CallbackRow, Commands};
use crate::recent::Decided;
use crate::wire::summary::Summary;

/// A command in the history.
struct Step {
    at: Timestamp,
    what: &'static str,
    summary: Option<Summary>,
    /// Of the due event: its id.
    event: Option<String>,
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
    let is_found = matches!(fired, Some(Ok(Search::Found(_))));
    let state = if is_found { "fired" } else { state(shown, &row.into(), now) };
    html! {
        h1 { "Callback " (row.id) " " span class={ "state " (state) } { (state) } }
        section aria-labelledby="facts" {
            h2 id="facts" { "As it stands" }
            dl class="facts" {
                (fact("To be called at", &instant(row.scheduled_for)))
                (fact("Fires at", &html! {
                    (instant(row.fire_at))
                    @if row.fire_at > row.scheduled_for { span class="quiet" { " (its command came after its time)" } }
                }))
                @if let Some(fired) = fired { (due_event(shown, row, fired)) }
                (fact("Target", &html! {
                    @if let Some(agent) = row.agent { "agent " (agent) ", else " }
                    "skill " (row.skill)
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
        (history(&steps(row, commands, known, fired), commands.all))
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

fn fact(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn history(steps: &[Step], complete: bool) -> Markup {
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
                        th scope="col" { "Warnings" }
                    } }
                    tbody { @for step in steps { (line(step)) } }
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

fn line(step: &Step) -> Markup {
    let summary = step.summary.as_ref();
    html! {
        tr {
            td { (instant(step.at)) }
            td { (step.what) }
            td { code { (step.event.as_deref().or(summary.and_then(|summary| summary.command_id.as_deref())).unwrap_or("?")) } }
            td { (if step.event.is_some() { "published" } else { summary.map_or("?", |summary| summary.condition.as_str()) }) }
            td class="number" { @if let Some(revision) = summary.and_then(|summary| summary.revision) { (revision) } }
            td {
                @match summary.and_then(|summary| summary.scheduled_for.as_deref()).map(Timestamp::parse_rfc3339) {
                    Some(Ok(time)) => (instant(time)),
                    _ if step.event.is_some() => {},
                    _ => "?",
                }
            }
            td { @for code in summary.into_iter().flat_map(Summary::codes) { code { (code) } " " } }
        }
    }
}

/// What is stored, and what only this process still knows.
fn steps(
    row: &CallbackRow,
    commands: &Commands,
    known: &[Decided],
    fired: Option<&Result<Search, String>>,
) -> Vec<Step> {
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
    steps.sort_by_key(|step| (step.at, step.summary.as_ref().and_then(|summary| summary.revision)));
    if let Some(Ok(Search::Found(fired))) = fired {
        // Nothing changes a callback that has fired.
        steps.push(Step { at: fired.at, what: "fired", summary: None, event: Some(fired.event_id.clone()) });
    }
    steps
}

/// When it was fired, how late, as which event, and where that is.
fn due_event(shown: &Shown, row: &CallbackRow, fired: &Result<Search, String>) -> Markup {
    let topic = shown.status.due_topic.as_ref().map_or("", |due_topic| due_topic.topic.as_str());
    match fired {
        Ok(Search::Found(fired)) => html! {
            (fact("Fired at", &html! { (instant(fired.at)) ", " (late(between(row.scheduled_for, fired.at))) }))
            (fact("As event", &html! { code { (fired.event_id) } }))
            (fact("Where the event is", &html! {
                "topic " code { (topic) } ", partition " (fired.partition) ", offset " (fired.offset)
            }))
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

/// A cancel is told from a reschedule by what the callback says of itself.
fn step(decided: &Decided, row: Option<&CallbackRow>) -> Step {
    let summary = Summary::read(&decided.result);
    let revised = |row: &CallbackRow| {
        let command = summary.as_ref().and_then(|summary| summary.command_id.as_deref());
        row.cancelled_at != Some(decided.decided_at) || command == Some(row.revised_by.as_str())
    };
    let what = match row {
        _ if decided.schedules => "schedule",
        None => "cancel or reschedule",
        Some(row) if revised(row) => "reschedule",
        Some(_) => "cancel",
    };
    Step { at: decided.decided_at, what, summary, event: None }
}

/// What tells the state of a callback.
pub(super) struct Standing {
    pub(super) id: CallbackId,
    pub(super) fire_at: Timestamp,
    pub(super) cancelled_at: Option<Timestamp>,
    /// Whether the copied marker has passed it.
    pub(super) confirmed: bool,
}

impl From<&CallbackRow> for Standing {
    fn from(row: &CallbackRow) -> Self {
        Self { id: row.id, fire_at: row.fire_at, cancelled_at: row.cancelled_at, confirmed: row.confirmed }
    }
}

/// As `callback_status` tells it; more exactly where the shard is this instance's own.
pub(super) fn state(shown: &Shown, row: &Standing, now: Timestamp) -> &'static str {
    let position = Position { fire_at: row.fire_at, callback_id: row.id.get() };
    let owned = shown.status.ownership.owned();
    let own = owned.iter().find(|owned| Some(owned.shard) == row.id.shard());
    let has_fired = own.map_or(row.confirmed, |owned| position <= owned.frontier().marker());
    match row.cancelled_at {
        Some(_) => "cancelled",
        None if has_fired => "fired",
        None if row.fire_at <= now => "due",
        None => "pending",
    }
}

fn shard(id: CallbackId) -> String {
    id.shard().map_or_else(|| "none".to_owned(), |shard| shard.to_string())
}
