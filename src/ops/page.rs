//! The operator's pages: what is asked for, and the answer with its headers. Read-only, without scripts, and nothing is
//! fetched from elsewhere.

use std::sync::{Arc, LazyLock};

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Shown, callback, overview, written};
use crate::clock;
use crate::domain::ids::CallbackId;
use crate::domain::phone;
use crate::domain::time::{Timestamp, zone};
use crate::kafka::fired::Search;
use crate::postgres::overview::CallbackRow;

const STYLE: &str = include_str!("style.css");

/// Nothing at all may be loaded or run but the one style sheet that is part of the page, known by its digest; forms go
/// to this server. Source: W3C, Content Security Policy Level 3.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{}'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
        STANDARD.encode(Sha256::digest(STYLE))
    )
});

/// What the search form sends.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    id: Option<String>,
}

/// `/`: how the service is doing.
pub(super) async fn first(State(shown): State<Arc<Shown>>) -> Response {
    let now = clock::now();
    let found = shown.lookups.overview(now).await;
    answer(StatusCode::OK, &document(&shown, "Overview", "", &overview::content(&shown, &found, now)))
}

/// `/callback?id=…`: one callback and its history.
pub(super) async fn search(State(shown): State<Arc<Shown>>, query: Result<Query<Asked>, QueryRejection>) -> Response {
    let typed = query.ok().and_then(|Query(asked)| asked.id).unwrap_or_default();
    let typed = typed.trim();
    let refuse = |status, message: &str| {
        let content = callback::refusal("No callback to show", message);
        answer(status, &document(&shown, "Callback", typed, &content))
    };
    let Ok(id) = CallbackId::parse(typed) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "A callback id is a whole number above 0, written in digits alone and without leading zeros, as the \
             results have it in callbackId.",
        );
    };
    let title = format!("Callback {id}");
    let known = shown.status.recent.of_callback(id);
    match shown.lookups.callback(id).await {
        Ok(Some((row, commands))) => {
            let now = clock::now();
            let fired = fired(&shown, &row, now).await;
            let content = callback::content(&shown, &row, &commands, &known, fired.as_ref(), now);
            answer(StatusCode::OK, &document(&shown, &title, typed, &content))
        }
        Ok(None) => refuse(
            StatusCode::NOT_FOUND,
            &format!(
                "There is no callback {id}: it was never scheduled here, or has been dropped since \
                 (retention.callbacks)."
            ),
        ),
        Err(reason) => {
            let content = callback::missing(id, &reason, &known);
            answer(StatusCode::SERVICE_UNAVAILABLE, &document(&shown, &title, typed, &content))
        }
    }
}

/// Where its due event is; `None` where it has none, or nobody knows where to look.
async fn fired(shown: &Shown, row: &CallbackRow, now: Timestamp) -> Option<Result<Search, String>> {
    let topic = shown.status.due_topic.as_ref()?;
    if row.cancelled_at.is_some() || row.fire_at > now {
        return None;
    }
    Some(shown.lookups.fired(topic, row.id, row.fire_at).await)
}

/// Anything else.
pub(super) async fn nothing_here(State(shown): State<Arc<Shown>>) -> Response {
    let content =
        callback::refusal("Nothing here", "There is no such page. Only GET is answered, and nothing changes.");
    answer(StatusCode::NOT_FOUND, &document(&shown, "Nothing here", "", &content))
}

pub(super) fn document(shown: &Shown, title: &str, typed: &str, content: &Markup) -> Markup {
    let now = clock::now();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " · schedule-callback" }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#content" { "To the content" }
                header {
                    div class="name" {
                        a href="/" { "schedule-callback" }
                        span class="quiet" { "instance " (shown.status.instance) ", version " (env!("CARGO_PKG_VERSION")) }
                    }
                    form action="/callback" method="get" role="search" {
                        label for="id" { "Callback id" }
                        input id="id" name="id" value=(typed) inputmode="numeric" autocomplete="off" required
                            pattern=" *[1-9][0-9]* *" title="digits, without leading zeros";
                        button { "Find" }
                        a href="/find" { "Find otherwise" }
                    }
                }
                main id="content" { (content) }
                footer {
                    "As of " (written::instant(now)) ". All times are UTC. Nothing on this page changes anything, and \
                    nothing updates by itself. Machines read "
                    a href="/readyz" { "/readyz" } " and " a href="/metrics" { "/metrics" } ". Phone numbers are judged by the \
                    numbering plans of libphonenumber " (phone::RELEASE) ", local times by the time zones of tzdb "
                    (zone::RELEASE) ". What to do when something is wrong: " a href="/runbook" { "the runbook" } "."
                }
            }
        }
    }
}

pub(super) fn answer(status: StatusCode, document: &Markup) -> Response {
    let fixed: [(HeaderName, HeaderValue); 6] = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    (status, fixed, [(CONTENT_SECURITY_POLICY, POLICY.as_str())], document.0.clone()).into_response()
}
