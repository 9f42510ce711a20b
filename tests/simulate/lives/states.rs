//! Whether the state topic says what happened, once, in order, and how all stands in the end.

use std::collections::{BTreeMap, BTreeSet};

use schedule_callback::domain::commitment::Commitment;
use schedule_callback::domain::life::Contact;
use schedule_callback::wire::due::FiredAt;
use schedule_callback::wire::state::StateRecord;
use serde_json::Value;

use super::Forgotten;
use crate::broker::{Seen, Topic};
use crate::run::header;

/// What the last record must say as the database does. What leaves a callback as it stands has no record of its own, so
/// what was reported last may be older.
const COMPARED: [&str; 10] =
    ["revision", "attempt", "tries", "status", "reason", "tracked", "scheduledFor", "nextAt", "notAfter", "target"];

/// Judges the records; `rows` are all callbacks, and whether the order of firing has come to their places. What was in a commit
/// that the broker has acknowledged and then `forgotten` may be missing, where more has happened to the callback before anybody
/// could know.
pub fn judge(seen: &[Seen], forgotten: &Forgotten, rows: &[(&Commitment, bool)], is_on: bool) -> Vec<String> {
    let mut verdict = Vec::new();
    let states: Vec<&Seen> = seen.iter().filter(|seen| seen.partition.0 == Topic::State).collect();
    if !is_on {
        return states
            .first()
            .map(|state| format!("StateUnasked {}: {state:?}", header(state, "ce_id")))
            .into_iter()
            .collect();
    }
    let mut ids = BTreeSet::new();
    let mut of: BTreeMap<i64, Vec<Value>> = BTreeMap::new();
    for state in &states {
        let id = header(state, "ce_id");
        if !ids.insert(id.clone()) {
            verdict.push(format!("StateTwice {id}: seen again at {:?}/{}", state.partition, state.offset));
        }
        let data: Value = serde_json::from_slice(&state.record.value).unwrap_or_default();
        of.entry(data["callbackId"].as_i64().unwrap_or_default()).or_default().push(data);
    }
    let due: BTreeSet<String> =
        seen.iter().filter(|seen| seen.partition.0 == Topic::Due).map(|event| header(event, "ce_id")).collect();
    let said: BTreeSet<String> = ids.iter().filter_map(|id| Some(id.strip_suffix(".due")?.to_owned())).collect();
    for id in due.symmetric_difference(&said) {
        verdict.push(format!("DueAndState {id}: due event {}, state {}", due.contains(id), said.contains(id)));
    }
    for (id, states) in &of {
        let mut before: Option<Step<'_>> = None;
        for state in states {
            let step = Step::of(state);
            let is_forgotten =
                |missing: &Step<'_>| forgotten.has_state(*id, missing.revision, missing.attempt, missing.status);
            if !step.may_follow(before.as_ref()) && !step.may_follow_presentation(before.as_ref(), is_forgotten) {
                let said: Vec<_> = states.iter().map(|state| Step::of(state).to_string()).collect();
                verdict.push(format!("StateOrder {id}: {step} behind {before:?} in {said:?}"));
                break;
            }
            before = Some(step);
        }
    }
    for (row, has_passed) in rows {
        let id = row.callback_id.get();
        let mut expected = Vec::new();
        let record = StateRecord::of(row, *has_passed, None, Contact::default());
        record.write_data(&FiredAt::default(), &mut expected);
        let expected: Value = serde_json::from_slice(&expected).unwrap_or_default();
        let last = of.remove(&id).and_then(|mut states| states.pop()).unwrap_or_default();
        if COMPARED.iter().any(|field| expected[field] != last[field]) {
            verdict.push(format!("StateWrong {id}: the last word is {last}, and it stands as {expected}"));
        }
    }
    verdict.extend(of.keys().map(|id| format!("StateUnasked {id}: there is no such callback")));
    verdict
}

/// What a record says of where a callback is in its life.
#[derive(Debug, PartialEq, Eq)]
struct Step<'a> {
    revision: i64,
    attempt: i64,
    status: &'a str,
    reason: Option<&'a str>,
}

impl std::fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.revision, self.attempt, self.status)
    }
}

impl<'a> Step<'a> {
    fn of(state: &'a Value) -> Self {
        Self {
            revision: state["revision"].as_i64().unwrap_or_default(),
            attempt: state["attempt"].as_i64().unwrap_or_default(),
            status: state["status"].as_str().unwrap_or_default(),
            reason: state["reason"].as_str(),
        }
    }

    /// Whether this can be what happens next, but for a presentation in between, of which such records are missing.
    fn may_follow_presentation(&self, before: Option<&Self>, is_missing: impl Fn(&Step<'_>) -> bool) -> bool {
        // The one that this is about, or the one that it is the next of.
        let own = (self.revision, self.attempt);
        let around =
            before.map(|before| [before.attempt, before.attempt + 1].map(|attempt| (before.revision, attempt)));
        std::iter::once(own).chain(around.into_iter().flatten()).any(|(revision, attempt)| {
            let [pending, due] = ["pending", "due"].map(|status| Step { revision, attempt, status, reason: None });
            let is_pending_said = before == Some(&pending);
            (is_pending_said || is_missing(&pending) && pending.may_follow(before))
                && is_missing(&due)
                && self.may_follow(Some(&due))
        })
    }

    /// Whether this can be what happens next.
    fn may_follow(&self, before: Option<&Self>) -> bool {
        let Some(before) = before else { return (self.revision, self.attempt, self.status) == (1, 1, "pending") };
        let is_same = (before.revision, before.attempt) == (self.revision, self.attempt);
        let is_next = (before.revision, before.attempt + 1) == (self.revision, self.attempt);
        let is_revised = (before.revision + 1, 1) == (self.revision, self.attempt);
        match (before.status, self.status) {
            ("pending", "pending") => is_revised,
            ("pending", "due" | "cancelled" | "expired" | "completed" | "missed")
            | ("due", "accepted" | "completed" | "missed")
            | ("accepted", "completed" | "missed") => is_same,
            // Presented again at once, and too late by then.
            ("due" | "accepted", "expired") => is_same || is_next && before.status == "due",
            ("due" | "accepted", "pending") => is_next || is_revised,
            ("missed", "completed") => is_same && before.reason == Some("OUTCOME_UNKNOWN"),
            _ => false,
        }
    }
}
