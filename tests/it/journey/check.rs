//! What results, due events and dead letters must look like, to the letter of the contract (docs/contract.md#results).

use std::collections::BTreeSet;

use schedule_callback::domain::time::Timestamp;
use serde_json::{Value, json};

use super::cases::Standing;
use super::command::Command;
use crate::rig::{Message, Record};

/// What one command comes to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The callback as it then stands.
    Success(Standing),
    /// The condition and all codes, in their order.
    Refused(&'static str, Vec<&'static str>),
}

/// Holds a result against what was expected of the command; returns the callback id.
pub fn answer(command: &Command, outcome: &Outcome, result: &Record) -> Option<i64> {
    let data = result.json();
    let condition = match outcome {
        Outcome::Success(_) => "Success",
        Outcome::Refused(condition, _) => condition,
    };
    let mut expected = json!({
        "commandId": command.id, "branch": branch(command, condition), "condition": condition, "callbackId": null,
        "revision": null, "caption": caption(command, outcome), "scheduledFor": null, "target": null,
        "phoneNumber": null, "extension": null, "violations": data["violations"], "warnings": []
    });
    let mut codes = Vec::new();
    match outcome {
        Outcome::Success(standing) => {
            let warnings = warnings(standing, decided_at(result));
            let standing = json!({
                "callbackId": data["callbackId"], "revision": standing.revision,
                "scheduledFor": standing.scheduled_for.to_string(), "target": standing.target,
                "phoneNumber": standing.phone_number, "extension": standing.extension, "warnings": warnings,
            });
            expected = super::command::with(expected, standing);
            let id = data["callbackId"].as_i64().unwrap_or_default();
            assert!((1..1 << 53).contains(&id), "callback id {id} of {}", command.id);
        }
        Outcome::Refused(_, refused) => codes.clone_from(refused),
    }
    assert_eq!(data, expected, "the result of {command:?}");
    violations(command, &codes, &data);
    envelope(&command.id, command.tenant, command.correlation_id.as_deref(), result);
    trace(command.traceparent.as_deref(), result);
    data["callbackId"].as_i64()
}

/// A condition that the script has not defined becomes `Default`.
fn branch<'a>(command: &Command, condition: &'a str) -> &'a str {
    match command.payload["definedBranches"].as_array() {
        Some(defined) if !defined.contains(&json!(condition)) => "Default",
        _ => condition,
    }
}

/// The callback's; a refused schedule command's own is echoed, unless it is what is wrong.
fn caption(command: &Command, outcome: &Outcome) -> Value {
    let caption = &command.payload["caption"];
    match outcome {
        Outcome::Success(standing) => standing.caption.clone(),
        Outcome::Refused(..) if command.kind != Some("callback.schedule.v1") => Value::Null,
        Outcome::Refused(..) if caption.as_str().is_none_or(|caption| caption.chars().count() > 200) => Value::Null,
        Outcome::Refused(..) => caption.clone(),
    }
}

/// `LATE` is a date that was ahead when the command was issued, and was behind when it was decided.
fn warnings(standing: &Standing, decided_at: Timestamp) -> Vec<&'static str> {
    let was_ahead = standing.issued_at.is_none_or(|issued_at| standing.scheduled_for > issued_at);
    let late = was_ahead && standing.scheduled_for < decided_at;
    standing.warnings.iter().copied().chain(late.then_some("LATE")).collect()
}

fn violations(command: &Command, codes: &[&str], data: &Value) {
    let violations = data["violations"].as_array().cloned().unwrap_or_default();
    let found: Vec<_> = violations.iter().filter_map(|violation| violation["code"].as_str()).collect();
    assert_eq!(found, codes, "the violations of {command:?}");
    for violation in &violations {
        let members: BTreeSet<_> = violation.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, BTreeSet::from(["field", "code", "message"]), "a violation of {}", command.id);
        let message = violation["message"].as_str().unwrap();
        assert!(message.ends_with('.') && message.contains(' '), "a sentence: {message}");
        let user = command.payload["securityUser"].as_str().unwrap_or("su-1");
        assert!(!message.contains(user), "the security user is not repeated: {message}");
    }
}

/// A result's attributes.
pub fn envelope(id: &str, tenant: Option<&str>, correlation_id: Option<&str>, result: &Record) {
    let data = result.json();
    let ce_id = result.header("ce_id").unwrap();
    let digits = ce_id.strip_prefix(&format!("{id}.")).and_then(|rest| rest.strip_suffix(".result")).unwrap_or(ce_id);
    let is_hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    assert!(digits.len() == 12 && is_hex, "ce_id {ce_id} of {id}");
    let subject = data["callbackId"].as_i64().map(|id| id.to_string());
    for (name, expected) in [
        ("ce_specversion", Some("1.0")),
        ("ce_source", Some("/schedule-callback")),
        ("ce_type", Some("callback.result.v1")),
        ("ce_subject", subject.as_deref()),
        ("ce_tenantid", Some(tenant.unwrap_or("default"))),
        ("ce_correlationid", correlation_id),
        ("ce_causationid", Some(id)),
        ("content-type", Some("application/json")),
    ] {
        assert_eq!(result.header(name), expected, "{name} of the result of {id}");
    }
    decided_at(result);
}

fn decided_at(result: &Record) -> Timestamp {
    Timestamp::parse_rfc3339(result.header("ce_time").unwrap()).unwrap()
}

/// The result continues the command's trace: the same trace, another span.
fn trace(command: Option<&str>, result: &Record) {
    let continued = result.header("traceparent");
    assert_eq!(continued.map(trace_id), command.map(trace_id));
    assert!(continued.is_none() || continued != command, "a span of its own: {continued:?}");
}

fn trace_id(traceparent: &str) -> &str {
    traceparent.split('-').nth(1).unwrap_or_default()
}

/// The result of a malformed command that names itself; its message says what its dead letter says.
pub fn malformed_answer(id: &str, reason: &str, result: &Record) {
    let data = result.json();
    let expected = json!({
        "commandId": id, "branch": "Default", "condition": "Default", "callbackId": null, "revision": null,
        "caption": null, "scheduledFor": null, "target": null, "phoneNumber": null, "extension": null,
        "violations": data["violations"], "warnings": []
    });
    assert_eq!(data, expected);
    let codes: Vec<_> = data["violations"].as_array().unwrap().iter().map(|violation| &violation["code"]).collect();
    assert_eq!(codes, [&json!("MALFORMED")], "{id}");
    let (message, field) = (data["violations"][0]["message"].as_str().unwrap(), &data["violations"][0]["field"]);
    assert!(message.contains(&format!("({reason})")) && message.ends_with('.') && field.is_null(), "{data}");
    envelope(id, None, None, result);
}

/// Bytes and `ce_` headers, which are the same for every answer to one command.
pub fn fixed_part(result: &Record) -> Record {
    let mut fixed = Record { key: None, timestamp_millis: 0, offset: 0, partition: 0, ..result.clone() };
    fixed.headers.retain(|(name, _)| name.starts_with("ce_"));
    fixed
}

/// A callback that fires.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The schedule command.
    pub scheduled_by: Command,
    pub requested_by: &'static str,
    /// As the last result showed it.
    pub standing: Standing,
    /// The id of the command that made this revision.
    pub revised_by: String,
    pub notes: Value,
    pub is_cancelled: bool,
}

/// Holds a due event against its callback.
pub fn due(callback_id: i64, callback: &Callback, event: &Record) {
    let Callback { scheduled_by, requested_by, standing, revised_by, notes, .. } = callback;
    let data = event.json();
    let fired_at = Timestamp::parse_rfc3339(data["firedAt"].as_str().unwrap()).unwrap();
    let late = fired_at.micros() - standing.scheduled_for.micros();
    assert!(late >= 0, "fired early: {data}");
    let payload = &scheduled_by.payload;
    let expected = json!({
        "callbackId": callback_id, "revision": standing.revision, "attempt": 1, "commandId": scheduled_by.id,
        "caption": payload["caption"], "scheduledFor": standing.scheduled_for.to_string(), "firedAt": data["firedAt"],
        "latenessMs": late / 1_000, "target": standing.target, "notAfter": null,
        "contact": {
            "firstName": payload["firstName"], "lastName": payload["lastName"],
            "phoneNumber": standing.phone_number, "extension": standing.extension
        },
        "notes": notes, "requestedBy": requested_by
    });
    assert_eq!(data, expected);
    let tenant = scheduled_by.tenant.unwrap_or("default");
    let target = match standing.target["agentId"].as_str() {
        Some(agent) => format!("{tenant}/agent/{agent}"),
        None => format!("{tenant}/skill/{}", standing.target["skillId"].as_str().unwrap()),
    };
    assert_eq!(event.key_text(), target);
    let (id, subject) = (format!("{callback_id}.{}.1", standing.revision), callback_id.to_string());
    for (name, expected) in [
        ("ce_specversion", Some("1.0")),
        ("ce_id", Some(&*id)),
        ("ce_source", Some("/schedule-callback")),
        ("ce_type", Some("callback.due.v1")),
        ("ce_time", data["firedAt"].as_str()),
        ("ce_subject", Some(&*subject)),
        ("ce_tenantid", Some(tenant)),
        ("ce_correlationid", scheduled_by.correlation_id.as_deref()),
        ("ce_causationid", Some(revised_by)),
        ("ce_traceparent", scheduled_by.traceparent.as_deref()),
        ("content-type", Some("application/json")),
    ] {
        assert_eq!(event.header(name), expected, "{name} of {data}");
    }
    let own_trace = event.header("traceparent").map(trace_id);
    assert_eq!(own_trace.is_some(), scheduled_by.traceparent.is_some());
    assert!(own_trace.is_none() || own_trace != scheduled_by.traceparent.as_deref().map(trace_id), "a new trace");
}

/// Holds a dead letter against the record it was: byte for byte, and six headers more.
pub fn dead_letter(sent: &Message, topic: &str, place: (i32, i64), reason: &str, letter: &Record) {
    assert_eq!((&letter.key, &letter.value), (&sent.key, &sent.value), "{reason}");
    let (own, added) = letter.headers.split_at(letter.headers.len() - 6);
    assert_eq!(own, sent.headers, "{reason}");
    let timestamp = Timestamp::from_millis(sent.timestamp_millis.unwrap()).to_string();
    let expected = [
        ("dlq-topic", topic.to_owned()),
        ("dlq-partition", place.0.to_string()),
        ("dlq-offset", place.1.to_string()),
        ("dlq-timestamp", timestamp),
        ("dlq-reason", reason.to_owned()),
    ];
    let expected: Vec<_> = expected.map(|(name, value)| (name.to_owned(), Some(value.into_bytes()))).into();
    assert_eq!(added[..5], expected);
    assert_eq!(added[5].0, "dlq-detail");
    assert!(added[5].1.as_ref().is_some_and(|detail| !detail.is_empty()), "{reason}");
}
