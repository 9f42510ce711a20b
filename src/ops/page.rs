//! The operator's pages: what is asked for.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::document::{answer, document};
use super::status::Shown;
use super::{callback, overview};
use crate::clock;
use crate::domain::ids::CallbackId;
use crate::domain::time::Timestamp;
use crate::kafka::fired::Search;
use crate::postgres::overview::CallbackRow;

/// What the search form sends.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    id: Option<String>,
}

/// `/`: how the service is doing.
pub(super) async fn first(State(shown): State<Arc<Shown>>) -> Response {
    let now = clock::now();
    let found = shown.database.overview(now).await;
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
    match shown.database.callback(id).await {
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

/// Where its due events are; `None` where it has none, or nobody knows where to look.
async fn fired(shown: &Shown, row: &CallbackRow, now: Timestamp) -> Option<Result<Search, String>> {
    let topic = shown.status.due_topic.as_ref()?;
    let most = usize::try_from(callback::presentations(row, now)).unwrap_or_default();
    if most == 0 {
        return None;
    }
    // What was changed since stands elsewhere.
    let from = if row.attempt == 1 && row.phase.presents() { row.fire_at } else { row.scheduled_for };
    Some(shown.database.fired(topic, row.id, from, most).await)
}

/// Anything else.
pub(super) async fn nothing_here(State(shown): State<Arc<Shown>>) -> Response {
    let content =
        callback::refusal("Nothing here", "There is no such page. Only GET is answered, and nothing changes.");
    answer(StatusCode::NOT_FOUND, &document(&shown, "Nothing here", "", &content))
}
