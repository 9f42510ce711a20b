//! `/find`: callbacks by the command that made or changed them, or by the last digits of a number.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::callback::{Standing, state};
use super::document::{answer, document};
use super::parts::{notice, wide_table};
use super::status::Shown;
use super::written::{count, instant};
use crate::clock;
use crate::domain::ids::{CommandKey, Tenant};
use crate::domain::time::Timestamp;
use crate::postgres::finder::{Match, Matches, Remembered};
use crate::wire::summary::Summary;

/// Fewer digits of a number would find half of all callbacks, more than these no number has (E.164).
const DIGITS: std::ops::RangeInclusive<usize> = 4..=15;
/// The tenant of commands that name none.
const DEFAULT_TENANT: &str = "default";

/// What the forms send.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Asked {
    tenant: Option<String>,
    source: Option<String>,
    command: Option<String>,
    digits: Option<String>,
}

/// What was asked for, made sense of.
enum Wanted {
    Nothing,
    Command(CommandKey),
    Number(Tenant, String),
}

/// `/find?tenant=…&source=…&command=…` or `/find?tenant=…&digits=…`; without any of these the forms alone.
pub(super) async fn find(State(shown): State<Arc<Shown>>, query: Result<Query<Asked>, QueryRejection>) -> Response {
    let asked = query.map_or_else(|_| Asked::default(), |Query(asked)| asked);
    let now = clock::now();
    let (status, found) = match wanted(&asked) {
        Err(message) => (StatusCode::BAD_REQUEST, notice(&html! { (message) })),
        Ok(Wanted::Nothing) => (StatusCode::OK, html! {}),
        Ok(Wanted::Command(key)) => match shown.database.command(&key).await {
            Ok(found) if found.is_empty() => (StatusCode::NOT_FOUND, nothing_of(&key)),
            Ok(found) => (StatusCode::OK, decisions(&key, &found)),
            Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, unavailable(&reason)),
        },
        Ok(Wanted::Number(tenant, digits)) => match shown.database.numbers(&tenant, &digits, now).await {
            Ok(found) => (StatusCode::OK, matches(&shown, &digits, &found, now)),
            Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, unavailable(&reason)),
        },
    };
    answer(status, &document(&shown, "Find a callback", "", &content(&asked, &found)))
}

fn wanted(asked: &Asked) -> Result<Wanted, &'static str> {
    let text = |typed: &Option<String>| typed.as_deref().map(str::trim).unwrap_or_default().to_owned();
    let [tenant, source, command, digits] = [&asked.tenant, &asked.source, &asked.command, &asked.digits].map(text);
    let tenant = Tenant::parse(if tenant.is_empty() { DEFAULT_TENANT } else { &tenant })
        .map_err(|_| "A tenant is 1 to 64 letters, digits, dots, hyphens and underscores.")?;
    if !digits.is_empty() {
        // As people write numbers.
        let digits: String = digits.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '+')).collect();
        let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit()) && DIGITS.contains(&digits.len());
        return if are_digits {
            Ok(Wanted::Number(tenant, digits))
        } else {
            Err("Give the last 4 to 15 digits of the number.")
        };
    }
    match (source.is_empty(), command.is_empty()) {
        (true, true) => Ok(Wanted::Nothing),
        (false, false) => Ok(Wanted::Command(CommandKey { tenant, source, command_id: command })),
        _ => Err("A command is known by its source and its id together: give both."),
    }
}

fn content(asked: &Asked, found: &Markup) -> Markup {
    let field = |id: &str, label: &str, name: &str, value: &Option<String>, hint: &str, required: bool| {
        html! {
            div {
                label for=(id) { (label) }
                input id=(id) name=(name) value=(value.as_deref().unwrap_or_default()) placeholder=(hint) autocomplete="off"
                    required[required];
            }
        }
    };
    html! {
        h1 { "Find a callback" }
        div class="two" {
            section aria-labelledby="by-command" {
                h2 id="by-command" { "By its command" }
                form class="fields" action="/find" method="get" {
                    (field("command", "Command id (ce_id)", "command", &asked.command, "", true))
                    (field("source", "Source (ce_source)", "source", &asked.source, "/studio", true))
                    (field("command-tenant", "Tenant", "tenant", &asked.tenant, DEFAULT_TENANT, false))
                    button { "Find the command" }
                }
                p class="quiet" {
                    "Refused commands are found too. A command is remembered for retention.commands; which callback it \
                    scheduled, for as long as that waits."
                }
            }
            section aria-labelledby="by-number" {
                h2 id="by-number" { "By the number to call" }
                form class="fields" action="/find" method="get" {
                    (field("digits", "Last digits", "digits", &asked.digits, "at least 4", true))
                    (field("number-tenant", "Tenant", "tenant", &asked.tenant, DEFAULT_TENANT, false))
                    button { "Find the number" }
                }
                p class="quiet" {
                    "Numbers have no index. The callbacks nearest to now are looked through, at most 50,000 ahead and 50,000 \
                    behind: three seconds' work for the database at most."
                }
            }
        }
        (found)
    }
}

fn unavailable(reason: &str) -> Markup {
    notice(&html! { "This cannot be looked up now. " (reason) })
}

fn nothing_of(key: &CommandKey) -> Markup {
    notice(&html! {
        "Nothing is known of command " code { (key.command_id) } " from " code { (key.source) } " of tenant "
        code { (key.tenant) } ": it was not decided yet, could not be read (then it is a dead letter), or is no longer \
        remembered (retention.commands)."
    })
}

fn decisions(key: &CommandKey, found: &[Remembered]) -> Markup {
    html! {
        section aria-labelledby="found" {
            h2 id="found" { "Command " code { (key.command_id) } " from " code { (key.source) } }
            (wide_table("found", &html! {
                thead { tr {
                    th scope="col" { "Decided" } th scope="col" { "Result" } th scope="col" { "Callback" }
                    th scope="col" { "To be called at" } th scope="col" { "Codes" }
                } }
                tbody { @for decision in found {
                    @let summary = decision.result.as_deref().and_then(Summary::read);
                    @let condition = summary.as_ref().map_or("no longer remembered", |summary| summary.condition.as_str());
                    tr {
                        td { (instant(decision.decided_at)) }
                        td { span class=(if condition == "Success" || summary.is_none() { "result" } else { "result refused" }) { (condition) } }
                        td { @if let Some(id) = decision.callback { a href={ "/callback?id=" (id) } { (id) } } @else { "none" } }
                        td { @if let Some(Ok(time)) = summary.as_ref().and_then(|summary| summary.scheduled_for.as_deref()).map(Timestamp::parse_rfc3339) { (instant(time)) } }
                        td { @for code in summary.iter().flat_map(Summary::codes) { code { (code) } " " } }
                    }
                } }
            }))
        }
    }
}

fn matches(shown: &Shown, digits: &str, [next, last]: &[Matches; 2], now: Timestamp) -> Markup {
    html! {
        section aria-labelledby="found" {
            h2 id="found" { "Numbers that end in …" (&digits[digits.len() - 2..]) ", as asked for" }
            @let rows: Vec<&Match> = next.found.iter().rev().chain(&last.found).collect();
            @if rows.is_empty() {
                p { "None of the callbacks that were looked through has such a number." }
            } @else {
                (wide_table("found", &html! {
                    thead { tr {
                        th scope="col" { "To be called at" } th scope="col" { "Callback" } th scope="col" { "State" }
                        th scope="col" { "Target" } th scope="col" { "Number" }
                    } }
                    tbody { @for row in rows { (line(shown, row, now)) } }
                }))
            }
            p class="quiet" {
                (searched("from now on", next)) " " (searched("before now", last))
            }
        }
    }
}

fn searched(side: &str, matches: &Matches) -> String {
    if matches.out_of_time {
        return format!("The callbacks {side} could not be looked through in time.");
    }
    format!("{} callbacks {side} were looked through.", count(matches.looked_through.unsigned_abs()))
}

fn line(shown: &Shown, row: &Match, now: Timestamp) -> Markup {
    let Match { id, fire_at, cancelled_at, confirmed, phase, .. } = *row;
    let state = state(shown, &Standing { id, fire_at, cancelled_at, confirmed, phase }, now);
    html! {
        tr {
            td { (instant(row.scheduled_for)) }
            td { a href={ "/callback?id=" (row.id) } { (row.id) } }
            td { (state.label()) }
            td { @if let Some(agent) = row.agent { "agent " (agent) ", else " } "skill " (row.skill) }
            td { "…" (row.last_two) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(tenant: &str, source: &str, command: &str, digits: &str) -> Result<Wanted, &'static str> {
        let [tenant, source, command, digits] = [tenant, source, command, digits].map(|text| Some(text.to_owned()));
        wanted(&Asked { tenant, source, command, digits })
    }

    #[test]
    fn a_number_may_be_written_as_people_write_it() {
        let Ok(Wanted::Number(tenant, digits)) = asked("", "", "", " (415) 555-26 71") else { panic!() };
        assert_eq!((tenant.as_str(), &*digits), ("default", "4155552671"));
        for wrong in ["671", "26a71", "1234567890123456", "٢٦٧١"] {
            assert!(asked("", "", "", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_command_has_a_source_and_an_id() {
        assert!(matches!(asked(" acme ", "/studio", " c-1 ", ""), Ok(Wanted::Command(key))
            if key.tenant.as_str() == "acme" && key.command_id == "c-1"));
        assert!(matches!(asked("", "", "", ""), Ok(Wanted::Nothing)));
        assert!(asked("", "/studio", "", "").is_err());
        assert!(asked("a b", "/studio", "c-1", "").is_err());
    }
}
