//! The document that every page is, and the answer with its headers. Read-only, without scripts, and nothing is fetched from
//! elsewhere.

use std::sync::LazyLock;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::status::Shown;
use super::written;
use crate::clock;
use crate::domain::phone;
use crate::domain::time::zone;

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

/// A page of that title; `typed` stands in the field for a callback id.
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

/// The answer, with headers that let nothing be loaded or kept.
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
