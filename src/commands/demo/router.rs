//! The demo's router: what it says came of each due event of a tracked callback (docs/contract.md#life-after-due).

use serde_json::json;

use super::published::DueEvent;

/// Who reports: a security user of the sample directory.
const SECURITY_USER: &str = "su-4";

/// One report, not yet sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) callback_id: i64,
    pub(super) attempt: i64,
    /// As the contract names it.
    pub(super) outcome: &'static str,
    /// The same however often the event is read, so that it counts once.
    pub(super) id: String,
}

/// What there is to report of the event, in this order.
pub(super) fn reports_of(event: &DueEvent) -> impl Iterator<Item = Report> {
    let DueEvent { callback_id, revision, attempt, .. } = *event;
    outcomes(&event.command_id, attempt).iter().map(move |outcome| Report {
        callback_id,
        attempt,
        outcome,
        id: format!("{callback_id}.{revision}.{attempt}.{outcome}"),
    })
}

/// The sample's callbacks, by the commands that schedule them.
fn outcomes(command_id: &str, attempt: i64) -> &'static [&'static str] {
    match (command_id, attempt) {
        ("c-16", 1) => &["noAnswer"],
        ("c-17", _) => &["agentUnavailable"],
        ("c-18", _) => &["busy"],
        _ => &["accepted", "connected"],
    }
}

impl Report {
    /// What it says, for a person to read.
    pub(super) fn title(&self) -> &'static str {
        match self.outcome {
            "accepted" => "an agent has it",
            "noAnswer" => "the phone rings and nobody answers",
            "agentUnavailable" => "no agent is free",
            "busy" => "the line is busy",
            _ => "they speak",
        }
    }

    /// The command, as a router sends it.
    pub(super) fn value(&self) -> Vec<u8> {
        let Self { callback_id, attempt, outcome, id } = self;
        let report = json!({
            "commandId": id, "source": "/sample/router", "type": "callback.report.v1", "securityUser": SECURITY_USER,
            "callbackId": callback_id, "attempt": attempt, "outcome": outcome,
        });
        report.to_string().into_bytes()
    }
}
