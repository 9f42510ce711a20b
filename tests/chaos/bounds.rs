//! How long the service stood still after each fault of a cluster, beside a client that does nothing but commit, and beside
//! what is allowed. The figures of earlier runs with other seeds are kept: `bounds.json` in the folder of the report.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use schedule_callback::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::bare::Sight;
use crate::figures::{Distribution, latest, millis};
use crate::run::{PARTITIONS, Run};

/// How long the service may stand still.
#[derive(Clone, Copy, Debug)]
enum Bound {
    /// So much longer than the bare client, in milliseconds.
    Beside(i64),
    /// So long, in milliseconds.
    At(i64),
    /// Nothing is said of it.
    None,
}

/// By fault: what the bare client and the service needed.
type Pauses = BTreeMap<String, (Vec<i64>, Vec<i64>)>;

fn bound(kind: &str) -> Bound {
    match kind {
        "brokers-roll" => Bound::Beside(5_000),
        "elect-preferred" | "partitions-move" => Bound::Beside(2_000),
        kind if is_promotion(kind) => Bound::At(6_000),
        "kill" | "freeze" => Bound::At(10_000),
        kind if kind.starts_with("broker-") => Bound::Beside(3_000),
        _ => Bound::None,
    }
}

/// Whether a standby is promoted and the old primary is away by then.
fn is_promotion(kind: &str) -> bool {
    matches!(kind, "promote-killed" | "promote-stopped" | "promote-frozen")
}

/// The longest time in which nothing was seen of some partition, of those that lie in a span at least in part.
fn longest_gap(seen: &[Sight], from: Timestamp, until: Timestamp) -> i64 {
    let gap = |partition| {
        let mut of_it = seen.iter().filter(|(of, at)| *of == partition && from <= *at).map(|(_, at)| *at);
        let (mut longest, mut before) = (0, from);
        while before < until {
            let next = of_it.next().unwrap_or(until);
            longest = longest.max(millis(before, next));
            before = next;
        }
        longest
    };
    (0..PARTITIONS).map(gap).max().unwrap_or(0)
}

/// Adds the rounds of this run to those that the folder has of other seeds, and makes a table of all of them.
pub fn write(run: &Run, seed: u64, folder: &Path) -> String {
    let file = folder.join("bounds.json");
    let before: Vec<Value> =
        fs::read(&file).map_or_else(|_| Vec::new(), |bytes| serde_json::from_slice(&bytes).unwrap());
    let others = before.into_iter().filter(|one| one["seed"] != seed);
    let rounds: Vec<Value> = others.chain(rounds(run, seed)).collect();
    let lines: Vec<String> = rounds.iter().map(Value::to_string).collect();
    fs::write(file, format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
    let text = table(&rounds);
    fs::write(folder.join("bounds.md"), &text).unwrap();
    text
}

fn rounds(run: &Run, seed: u64) -> impl Iterator<Item = Value> {
    run.rounds.iter().map(move |round| {
        let kind = round.fault.kind();
        // Nobody can store anything before there is a primary again.
        let from = if is_promotion(kind) { round.mended } else { round.began };
        // What is done to make the cluster whole again is no part of it.
        let bare = longest_gap(&run.bare, from, round.observed);
        let service = latest(&run.history, from, round.observed);
        json!({"seed": seed, "fault": kind, "bare_ms": bare, "service_ms": service})
    })
}

/// A table in Markdown.
fn table(rounds: &[Value]) -> String {
    let mut pauses = Pauses::new();
    for round in rounds {
        let (bare, service) = pauses.entry(round["fault"].as_str().unwrap().to_owned()).or_default();
        bare.push(round["bare_ms"].as_i64().unwrap());
        service.push(round["service_ms"].as_i64().unwrap());
    }
    let seeds: BTreeSet<u64> = rounds.iter().filter_map(|round| round["seed"].as_u64()).collect();
    let mut text = format!(
        "# How long the service stands still, and how long a bare client does\n\n\
         From the fault (where a standby is promoted and the old primary is away: from the end of the promotion) until it is \
         undone, 20 s at least: how late a reader saw the latest due event, and how long such a \
         reader saw nothing, in some partition, of a client that does nothing but commit, of the same library with the same \
         settings, on the same cluster at the same time. What the bare client needs is the cluster's. A bound is kept where \
         it is in every round. {} rounds of the seeds {}.\n\n\
         | fault | times | bare: median | longest | service: median | longest | allowed | kept |\n\
         |---|--:|--:|--:|--:|--:|---|---|\n",
        rounds.len(),
        seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
    );
    for (kind, (bare, service)) in pauses {
        let (allowed, kept) = match bound(&kind) {
            Bound::Beside(more) => {
                let kept = bare.iter().zip(&service).filter(|(bare, service)| **service <= **bare + more).count();
                (format!("bare + {more} ms"), Some(kept))
            }
            Bound::At(most) => (format!("{most} ms"), Some(service.iter().filter(|one| **one <= most).count())),
            Bound::None => ("–".to_owned(), None),
        };
        let times = bare.len();
        let kept = match kept {
            Some(kept) if kept == times => "yes".to_owned(),
            Some(kept) => format!("in {kept} of {times}"),
            None => "–".to_owned(),
        };
        let [bare, service] = [bare, service].map(|all| all.into_iter().collect::<Distribution>());
        let shown =
            |of: &Distribution, rank| of.per_mille(rank).map_or_else(|| "–".to_owned(), |one| format!("{one} ms"));
        let [bare, longest_bare] = [500, 1_000].map(|rank| shown(&bare, rank));
        let [service, longest] = [500, 1_000].map(|rank| shown(&service, rank));
        writeln!(text, "| {kind} | {times} | {bare} | {longest_bare} | {service} | {longest} | {allowed} | {kept} |")
            .unwrap();
    }
    text
}
