//! How long the service stood still after each fault of a cluster, beside a client that does nothing but commit, and beside
//! what is allowed.

use std::collections::BTreeMap;
use std::fmt::Write;

use schedule_callback::domain::time::Timestamp;

use crate::cluster::Old;
use crate::faults::Fault;
use crate::figures::{Distribution, longest_pause, millis};
use crate::run::Run;

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
type Pauses = BTreeMap<&'static str, (Bound, Vec<i64>, Vec<i64>)>;

fn bound(fault: Fault) -> Bound {
    match fault {
        Fault::KillBroker(_) | Fault::FreezeBroker(_) => Bound::Beside(3_000),
        Fault::RollBrokers => Bound::Beside(5_000),
        Fault::ElectPreferred | Fault::MovePartitions => Bound::Beside(2_000),
        Fault::Promote(Old::Killed | Old::Stopped | Old::Frozen) => Bound::At(6_000),
        Fault::Kill(_) | Fault::Freeze(_) => Bound::At(10_000),
        _ => Bound::None,
    }
}

/// The longest time between two of these within a span, its ends included.
fn longest_gap(committed: &[Timestamp], from: Timestamp, until: Timestamp) -> i64 {
    let within = committed.iter().copied().filter(|at| from <= *at && *at < until).chain([until]);
    within.fold((0, from), |(longest, before), at| (longest.max(millis(before, at)), at)).0
}

/// A table in Markdown.
pub fn table(run: &Run) -> String {
    let mut pauses = Pauses::new();
    for round in &run.rounds {
        let (_, bare, service) =
            pauses.entry(round.fault.kind()).or_insert_with(|| (bound(round.fault), Vec::new(), Vec::new()));
        // What is done to make the cluster whole again is no part of it.
        bare.push(longest_gap(&run.bare, round.began, round.observed));
        service.push(longest_pause(&run.history, round.began, round.observed));
    }
    let mut text = "# How long the service stands still, and how long a bare client does\n\n\
                    From the fault until it is undone, 20 s at least: the longest time that any shard fired nothing, and the \
                    longest time between two transactions of a client that does nothing else, of the same library with the \
                    same settings, on the same cluster at the same time. What the bare client needs is the cluster's.\n\n\
                    | fault | times | bare: median | longest | service: median | longest | allowed | kept |\n\
                    |---|--:|--:|--:|--:|--:|---|---|\n"
        .to_owned();
    for (kind, (bound, bare, service)) in pauses {
        let (allowed, is_kept) = match bound {
            Bound::Beside(more) => {
                let is_kept = bare.iter().zip(&service).all(|(bare, service)| *service <= bare + more);
                (format!("bare + {more} ms"), if is_kept { "yes" } else { "no" })
            }
            Bound::At(most) => {
                (format!("{most} ms"), if service.iter().all(|one| *one <= most) { "yes" } else { "no" })
            }
            Bound::None => ("–".to_owned(), "–"),
        };
        let times = bare.len();
        let [bare, service] = [bare, service].map(|all| all.into_iter().collect::<Distribution>());
        let shown =
            |of: &Distribution, rank| of.per_mille(rank).map_or_else(|| "–".to_owned(), |one| format!("{one} ms"));
        let [bare, longest_bare] = [500, 1_000].map(|rank| shown(&bare, rank));
        let [service, longest] = [500, 1_000].map(|rank| shown(&service, rank));
        writeln!(
            text,
            "| {kind} | {times} | {bare} | {longest_bare} | {service} | {longest} | {allowed} | {is_kept} |"
        )
        .unwrap();
    }
    text
}
