//! What must always hold: the promises and invariants of ARCHITECTURE.md, one function each.
//!
//! Each looks at a step: the state before it and the state after it. I6 and I7 are about single functions of the
//! service and have no meaning here.

use crate::state::{Outcome, State, Written};

/// A rule and the function that checks it.
pub type Invariant = (&'static str, fn(&State, &State) -> bool);

/// All of them.
pub const ALL: [Invariant; 14] = [
    ("P1: one result for each command", one_result_for_each_command),
    ("P1: one due event for each revision", one_due_event_for_each_revision),
    ("P1: what is fired is the revision that stands", what_is_fired_stands),
    ("P2: never early", never_early),
    ("P2: never after a cancel that was answered Success", never_after_an_answered_cancel),
    ("I1: the marker never goes back", the_marker_never_goes_back),
    ("I1: confirmed <= marker <= cutoff", confirmed_marker_and_cutoff_are_in_order),
    ("I2: no row changes at or below the marker", no_row_changes_behind_the_marker),
    ("I3: an offset is committed only after its decision", offsets_follow_decisions),
    ("I3: the offset never goes back", the_offset_never_goes_back),
    ("I4: the epoch only grows", the_epoch_only_grows),
    ("I4, I8: nothing is written under an epoch that a takeover has ended", nothing_is_written_under_an_ended_epoch),
    ("I5: a Success has its row", a_success_has_its_row),
    ("P1: a result says what was decided", a_result_says_what_was_decided),
];

/// The first that a step breaks.
pub fn broken(before: &State, after: &State) -> Option<&'static str> {
    ALL.iter().find(|(_, holds)| !holds(before, after)).map(|(name, _)| *name)
}

fn one_result_for_each_command(_: &State, after: &State) -> bool {
    let results = &after.broker.results;
    results.iter().enumerate().all(|(n, one)| results[..n].iter().all(|other| other.command != one.command))
}

fn one_due_event_for_each_revision(_: &State, after: &State) -> bool {
    let due = &after.broker.due;
    let same = |n: usize| due[..n].iter().any(|other| (other.id, other.revision) == (due[n].id, due[n].revision));
    (0..due.len()).all(|n| !same(n))
}

/// Once fired a callback neither moves nor is cancelled, so its row shows for ever what was fired.
fn what_is_fired_stands(_: &State, after: &State) -> bool {
    let rows = &after.database.rows;
    after.broker.due.iter().all(|due| rows.get(&due.id).is_some_and(|row| row.revision == due.revision))
}

fn never_early(before: &State, after: &State) -> bool {
    let new = &after.broker.due[before.broker.due.len().min(after.broker.due.len())..];
    new.iter().all(|due| after.database.rows.get(&due.id).is_none_or(|row| row.scheduled_for <= due.at))
}

/// Stricter than the promise, which counts from the answer: from the decision on it is never fired.
fn never_after_an_answered_cancel(_: &State, after: &State) -> bool {
    let rows = &after.database.rows;
    after.broker.due.iter().all(|due| rows.get(&due.id).is_none_or(|row| !row.cancelled))
}

fn the_marker_never_goes_back(before: &State, after: &State) -> bool {
    before.broker.marker <= after.broker.marker
}

fn confirmed_marker_and_cutoff_are_in_order(_: &State, after: &State) -> bool {
    let copied = after.database.confirmed.is_none_or(|confirmed| confirmed <= after.broker.marker);
    let frontiers = after.processes.iter().filter_map(|process| process.owned.as_ref());
    copied && frontiers.map(|owned| &owned.frontier).all(|frontier| frontier.marker() <= frontier.cutoff())
}

fn no_row_changes_behind_the_marker(before: &State, after: &State) -> bool {
    let marker = before.broker.marker;
    let (old, new) = (&before.database.rows, &after.database.rows);
    new.iter().all(|(id, row)| match old.get(id) {
        Some(same) if same == row => true,
        Some(moved) => moved.position > marker && row.position > marker,
        None => row.position > marker,
    })
}

fn offsets_follow_decisions(_: &State, after: &State) -> bool {
    after.database.decided[..after.broker.next].iter().all(Option::is_some)
}

fn the_offset_never_goes_back(before: &State, after: &State) -> bool {
    before.broker.next <= after.broker.next
}

fn the_epoch_only_grows(before: &State, after: &State) -> bool {
    before.database.epoch <= after.database.epoch
}

fn nothing_is_written_under_an_ended_epoch(before: &State, after: &State) -> bool {
    let written = |recording: &&Written| {
        before.database.decided[recording.command] != after.database.decided[recording.command]
            && after.database.decided[recording.command] == Some(recording.decision)
    };
    before.database.open.iter().filter(written).all(|recording| recording.epoch >= before.database.settled)
}

fn a_success_has_its_row(_: &State, after: &State) -> bool {
    let rows = &after.database.rows;
    after.broker.results.iter().all(|result| match result.outcome {
        Outcome::Scheduled(id) => rows.contains_key(&id),
        Outcome::Cancelled(id) => rows.get(&id).is_some_and(|row| row.cancelled),
        Outcome::Rescheduled(id, revision) => rows.get(&id).is_some_and(|row| row.revision >= revision),
        Outcome::AlreadyDue | Outcome::AlreadyCancelled | Outcome::NotFound => true,
    })
}

fn a_result_says_what_was_decided(_: &State, after: &State) -> bool {
    let decided = |command: usize| after.database.decided[command].map(|decision| decision.outcome);
    after.broker.results.iter().all(|result| decided(result.command).is_none_or(|outcome| outcome == result.outcome))
}
