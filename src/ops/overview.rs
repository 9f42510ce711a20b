//! The first page: is it ready, what waits, how late is it, what was decided, who owns what.

use std::time::Instant;

use maud::{Markup, html};

use super::database::{Found, HOURS, Kept, Overview};
use super::parts::{notice, wide_table};
use super::samples::{Histogram, REACH, Snapshot, labels_of, whole};
use super::status::Shown;
use super::written::{ago, between, bound, count, counted, instant, rough};
use super::{plot, shards};
use crate::domain::time::Timestamp;
use crate::postgres::overview::Pending;
use crate::recent::Decided;
use crate::telemetry::metric;
use crate::wire::summary::Summary;

/// The shorter of the two times that "lately" means.
const LATELY: std::time::Duration = std::time::Duration::from_mins(1);
/// How many decisions the page lists.
const DECISIONS: usize = 12;

/// What the process's metrics say: of the last minute, of the last ten, of all its time.
struct Figures {
    minute: Snapshot,
    reach: Snapshot,
    all: Snapshot,
}

pub(super) fn content(shown: &Shown, found: &Overview, now: Timestamp) -> Markup {
    let figures = figures(shown);
    html! {
        h1 class="hidden" { "Overview" }
        (readiness(shown, now))
        (keys(shown, &figures))
        (pending(&found.pending))
        div class="two" {
            (lateness(&figures))
            (refusals(&figures))
        }
        (decisions(&shown.status.recent.newest(DECISIONS)))
        (shards::content(shown, &found.shards, now))
    }
}

fn figures(shown: &Shown) -> Figures {
    let (at, all) = (Instant::now(), Snapshot::read(&shown.metrics.render()));
    let samples = shown.samples();
    Figures { minute: samples.since(LATELY, at, &all), reach: samples.since(REACH, at, &all), all }
}

fn readiness(shown: &Shown, now: Timestamp) -> Markup {
    let report = shown.status.readiness.report();
    let up = rough(between(shown.status.started_at, now));
    html! {
        section class={ "readiness " (if report.ready { "good" } else { "bad" }) } aria-label="Readiness" {
            @if report.ready {
                p { strong { "Ready." } " Commands are decided and callbacks fired. Up for " (up) "." }
            } @else {
                p { strong { "Waiting." } " Up for " (up) ". These are not there, so some or all of the work waits:" }
                ul {
                    @for waiting in &report.waiting_for {
                        li { strong { (waiting.what) } ": " (waiting.reason) }
                    }
                }
                p { a href="/runbook#schedulecallbacknotready" { "What to do about it" } }
            }
        }
    }
}

fn keys(shown: &Shown, figures: &Figures) -> Markup {
    let (assigned, owned) = shown.status.ownership.count().unwrap_or_default();
    let fired = |snapshot: &Snapshot| snapshot.histograms(metric::LATENESS).iter().map(Histogram::count).sum::<u64>();
    let (decided, refused) = decided(&figures.reach);
    let loaded = whole(figures.all.value(metric::WINDOW_CALLBACKS).unwrap_or(0.0));
    let latest = figures
        .reach
        .histograms(metric::LATENESS)
        .iter()
        .filter_map(|histogram| histogram.bound(0.99))
        .reduce(f64::max);
    let late = latest.map_or("–".to_owned(), bound);
    html! {
        dl class="keys" {
            (key("Shards here", &owned.to_string(), &format!("of {assigned} assigned")))
            (key("Loaded", &count(loaded), "due soon, in memory"))
            (key("Late", &late, "99 of 100, 10 minutes"))
            (key("Fired", &count(fired(&figures.minute)), "in the last minute"))
            (key("Decided", &count(decided), "in the last 10 minutes"))
            (key("Refused", &count(refused), "of these"))
        }
    }
}

fn key(name: &str, value: &str, unit: &str) -> Markup {
    html! { div { dt { (name) } dd { span class="value" { (value) } " " span class="quiet" { (unit) } } } }
}

/// Commands decided, and those of them that were refused.
fn decided(snapshot: &Snapshot) -> (u64, u64) {
    let conditions = snapshot.by_label(metric::RESULTS, "condition");
    let sum = |success: bool| {
        conditions.iter().filter(|(name, _)| (name == "Success") == success).map(|(_, count)| count).sum::<u64>()
    };
    (sum(true) + sum(false), sum(false))
}

fn pending(found: &Found<Pending>) -> Markup {
    html! {
        section aria-labelledby="pending" {
            h2 id="pending" { "Waiting, by hour of the next " (HOURS / 24) " days" }
            @if let Some(fault) = &found.fault {
                (notice(&html! { "This cannot be counted now. " (fault) (age(found.kept.as_ref())) }))
            }
            @if let Some(kept) = &found.kept {
                (plot::bars(&kept.value))
                p class="quiet" {
                    (capitalised(&plot::summary(&kept.value))) " "
                    @if kept.value.estimated { "Estimated from PostgreSQL's statistics, since there are too many to count. " }
                    @else { "Counted " (ago(kept.at.elapsed())) ", of all instances. " }
                    "Callbacks for later than that are not in the plot."
                }
                details { summary { "The numbers" } div class="scroll" { (plot::table(&kept.value)) } }
            }
        }
    }
}

fn age<T>(kept: Option<&Kept<T>>) -> String {
    kept.map_or(String::new(), |kept| format!(". What is shown is from {}", ago(kept.at.elapsed())))
}

fn lateness(figures: &Figures) -> Markup {
    let windows =
        [("last minute", &figures.minute), ("last 10 minutes", &figures.reach), ("since start", &figures.all)];
    let kinds = labels_of(&windows.map(|(_, snapshot)| snapshot), metric::LATENESS);
    html! {
        section aria-labelledby="lateness" {
            h2 id="lateness" { "Lateness of this instance" }
            (wide_table("lateness", &html! {
                thead { tr {
                    th scope="col" { "Fired in" }
                    th scope="col" class="number" { "Callbacks" }
                    @for share in ["Half of them", "99 of 100", "All"] { th scope="col" class="number" { (share) } }
                } }
                tbody {
                    @for kind in &kinds {
                        @for (name, snapshot) in &windows {
                            @let histograms = snapshot.histograms(metric::LATENESS);
                            @let histogram = histograms.iter().find(|histogram| histogram.labels == *kind);
                            tr {
                                th scope="row" { (name) @if !kind.is_empty() { ", " (kind) } }
                                td class="number" { (count(histogram.map_or(0, Histogram::count))) }
                                @for share in [0.5, 0.99, 1.0] {
                                    td class="number" { (histogram.and_then(|histogram| histogram.bound(share)).map_or("–".to_owned(), bound)) }
                                }
                            }
                        }
                    }
                }
            }))
            (distributions(&figures.reach))
            @if kinds.is_empty() { p class="quiet" { "Nothing has been fired yet." } }
            p class="quiet" { "How long after its time a callback was fired, rounded up to the steps of the histogram. live: it could be fired at \
                its time; catch_up: it could not, since its shard was being taken over or a server was away." }
        }
    }
}

/// How the latenesses of the last minutes lie, as bars.
fn distributions(snapshot: &Snapshot) -> Markup {
    let histograms = snapshot.histograms(metric::LATENESS);
    html! {
        @for histogram in histograms.iter().filter(|histogram| histogram.count() > 0) {
            @let parts = histogram.distribution();
            @let most = parts.iter().map(|(_, count)| *count).max().unwrap_or(1);
            table class="distribution" {
                caption { "The last 10 minutes by lateness" @if !histogram.labels.is_empty() { ", " (histogram.labels) } }
                thead class="hidden" { tr { th scope="col" { "Lateness" } td {} th scope="col" { "Callbacks" } } }
                tbody {
                    @for (upper, number) in &parts {
                        tr {
                            th scope="row" { (bound(*upper)) }
                            td { svg width="100%" height="10" aria-hidden="true" {
                                rect class="bar" width={ (100 * number / most.max(1)) "%" } height="10" rx="2" {}
                            } }
                            td class="number" { (count(*number)) }
                        }
                    }
                }
            }
        }
    }
}

fn refusals(figures: &Figures) -> Markup {
    html! {
        section aria-labelledby="refusals" {
            h2 id="refusals" { "Results of this instance" }
            (wide_table("refusals", &html! {
                thead { tr {
                    th scope="col" { "Condition or code" }
                    th scope="col" class="number" { "10 minutes" }
                    th scope="col" class="number" { "Since start" }
                } }
                (group(figures, "Results by condition", metric::RESULTS, "condition"))
                (group(figures, "Refusals by code", metric::VIOLATIONS, "code"))
                (group(figures, "Dead letters by reason", metric::DEAD_LETTERS, "reason"))
            }))
        }
    }
}

fn group(figures: &Figures, title: &str, metric: metric::Metric, label: &str) -> Markup {
    let lately = figures.reach.by_label(metric, label);
    let all = figures.all.by_label(metric, label);
    html! {
        tbody {
            tr class="group" { th scope="rowgroup" colspan="3" { (title) } }
            @for (name, number) in &all {
                @let recent = lately.iter().find(|(other, _)| other == name).map_or(0, |(_, number)| *number);
                tr {
                    th scope="row" { (name) }
                    td class="number" { (count(recent)) }
                    td class="number" { (count(*number)) }
                }
            }
            @if all.is_empty() { tr { td class="quiet" colspan="3" { "none" } } }
        }
    }
}

fn decisions(decided: &[Decided]) -> Markup {
    html! {
        section aria-labelledby="decisions" {
            h2 id="decisions" { "Last decisions of this instance" }
            @if decided.is_empty() {
                p class="quiet" { "None since the start." }
            } @else {
                (wide_table("decisions", &html! {
                    thead { tr {
                        th scope="col" { "Decided" }
                        th scope="col" { "Command" }
                        th scope="col" { "Result" }
                        th scope="col" { "Callback" }
                        th scope="col" { "Codes" }
                    } }
                    tbody { @for decided in decided { (decision(decided)) } }
                }))
                p class="quiet" { "The last " (counted(decided.len() as u64, "command")) ", the newest first." }
            }
        }
    }
}

fn decision(decided: &Decided) -> Markup {
    let summary = Summary::read(&decided.result);
    let condition = summary.as_ref().map_or("?", |summary| summary.condition.as_str());
    html! {
        tr {
            td { (instant(decided.decided_at)) }
            td { code { (summary.as_ref().and_then(|summary| summary.command_id.as_deref()).unwrap_or("?")) } }
            td { span class=(if condition == "Success" { "result" } else { "result refused" }) { (condition) } }
            td { @if let Some(id) = decided.callback_id { a href={ "/callback?id=" (id) } { (id) } } }
            td { @for code in summary.iter().flat_map(Summary::codes) { code { (code) } " " } }
        }
    }
}

fn capitalised(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}
