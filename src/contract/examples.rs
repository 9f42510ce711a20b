//! Examples of every message on a topic. They fit the directory in `config/sample/directory.json`: the commands come to
//! the results that stand beside them, and the first one's callback to the due event.

use serde_json::{Value, json};

use super::parts::named;
use crate::domain::command::Kind;
use crate::wire::{due, headers, result, state};

/// A record as an example shows it.
#[derive(Clone, Debug)]
pub(super) struct Example {
    pub name: &'static str,
    pub headers: Value,
    pub payload: Value,
}

/// When the example commands are issued and decided.
pub(super) const NOW: &str = "2026-11-22T12:00:00Z";

/// The service's own source.
pub(super) const SOURCE: &str = "/schedule-callback";

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

pub(super) fn schedule() -> Vec<Example> {
    let for_a_skill = json!({
        "caption": "Call back: invoice",
        "scriptType": "Chat",
        "securityUser": "{owner}",
        "variables": {"owner": "su-1"},
        "firstName": "Ana",
        "lastName": "García",
        "phoneNumber": "+1 (415) 555-2671",
        "skillId": "4711",
        "targetAgentId": "",
        "scheduleDate": "2026-11-23T16:00:00",
        "timeZone": "Europe/Madrid",
        "notes": "About the invoice of October.\nPrefers Spanish.",
    });
    let for_an_agent = json!({
        "securityUser": "su-2",
        "phoneNumber": "+448675309",
        "skillId": 4711,
        "targetAgentId": "1236",
        "scheduleDate": "20261123T1500Z",
        "definedBranches": ["Success", "InvalidPhoneNumber"],
    });
    vec![
        command("toASkill", "c-1", Kind::Schedule.name(), true, for_a_skill),
        command("toAnAgentWhoHasLeft", "c-2", Kind::Schedule.name(), false, for_an_agent),
    ]
}

pub(super) fn cancel() -> Vec<Example> {
    let payload = json!({"securityUser": "su-1", "callbackId": 1_073_743_450, "reason": "The customer called again."});
    vec![command("byItsId", "c-3", Kind::Cancel.name(), false, payload)]
}

pub(super) fn reschedule() -> Vec<Example> {
    let payload = json!({
        "securityUser": "su-1",
        "scheduledBy": {"source": "/studio/scripts/17", "commandId": "c-1"},
        "scheduleDate": "2026-11-24T09:30:00+01:00",
        "targetAgentId": "1234",
    });
    vec![command("byItsCommand", "c-4", Kind::Reschedule.name(), false, payload)]
}

pub(super) fn report() -> Vec<Example> {
    let payload = json!({
        "securityUser": "su-4",
        "callbackId": 1_073_744_474,
        "attempt": 1,
        "outcome": "noAnswer",
        "agentId": "1234",
        "occurredAt": "2026-11-22T11:59:58Z",
        "detail": "Rang for 40 seconds.",
    });
    vec![command("noAnswer", "r-1", Kind::Report.name(), false, payload)]
}

pub(super) fn results() -> Vec<Example> {
    let success = json!({
        "commandId": "c-1",
        "branch": "Success",
        "condition": "Success",
        "callbackId": 1_073_743_450,
        "revision": 1,
        "caption": "Call back: invoice",
        "scheduledFor": "2026-11-23T15:00:00Z",
        "target": {"type": "skill", "skillId": "4711"},
        "phoneNumber": "+14155552671",
        "extension": null,
        "violations": [],
        "warnings": [],
    });
    let refusal = json!({
        "commandId": "c-2",
        "branch": "Default",
        "condition": "InvalidTargetAgentId",
        "callbackId": null,
        "revision": null,
        "caption": null,
        "scheduledFor": null,
        "target": null,
        "phoneNumber": null,
        "extension": null,
        "violations": [{
            "field": "targetAgentId",
            "code": "TARGET_AGENT_INACTIVE",
            "message": "The target agent is inactive; expected an active agent.",
        }],
        "warnings": [],
    });
    let success_headers = json!({
        "ce_specversion": "1.0",
        "ce_id": "c-1.5352fe2f56af.result",
        "ce_source": SOURCE,
        "ce_type": result::TYPE,
        "ce_time": NOW,
        "ce_subject": "1073743450",
        "ce_tenantid": "default",
        "ce_correlationid": "chat-81",
        "ce_causationid": "c-1",
        "content-type": headers::JSON,
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-71710d1f38b28a5a-01",
    });
    let refusal_headers = json!({
        "ce_specversion": "1.0",
        "ce_id": "c-2.da635e073a1a.result",
        "ce_source": SOURCE,
        "ce_type": result::TYPE,
        "ce_time": NOW,
        "ce_tenantid": "default",
        "ce_causationid": "c-2",
        "content-type": headers::JSON,
    });
    vec![
        Example { name: "success", headers: success_headers, payload: success },
        Example { name: "refusal", headers: refusal_headers, payload: refusal },
        reported(),
    ]
}

/// The result of the report.
fn reported() -> Example {
    let payload = json!({
        "commandId": "r-1",
        "branch": "Success",
        "condition": "Success",
        "callbackId": 1_073_744_474,
        "revision": 1,
        "caption": "Call back: invoice",
        "scheduledFor": "2026-11-22T11:59:00Z",
        "target": {"type": "agent", "agentId": "1234", "skillId": "4712"},
        "phoneNumber": "+14155552671",
        "extension": null,
        "violations": [],
        "warnings": [],
        "attempt": 2,
        "tries": 1,
        "status": "pending",
        "nextAt": "2026-11-22T12:30:00Z",
        "reason": null,
    });
    let headers = json!({
        "ce_specversion": "1.0",
        "ce_id": "r-1.3311e0c8516d.result",
        "ce_source": SOURCE,
        "ce_type": result::TYPE,
        "ce_time": NOW,
        "ce_subject": "1073744474",
        "ce_tenantid": "default",
        "ce_causationid": "r-1",
        "content-type": headers::JSON,
    });
    Example { name: "reported", headers, payload }
}

/// How the callback stands after the report.
pub(super) fn states() -> Vec<Example> {
    let payload = json!({
        "callbackId": 1_073_744_474,
        "revision": 1,
        "attempt": 2,
        "tries": 1,
        "status": "pending",
        "reason": null,
        "tracked": true,
        "scheduledFor": "2026-11-22T11:59:00Z",
        "nextAt": "2026-11-22T12:30:00Z",
        "notAfter": null,
        "target": {"type": "agent", "agentId": "1234", "skillId": "4712"},
        "caption": "Call back: invoice",
        "phoneNumber": "+*********71",
        "lastOutcome": "noAnswer",
        "agentId": "1234",
        "requestedBy": "1234",
        "commandId": "c-1",
        "causedBy": "r-1",
        "updatedAt": NOW,
    });
    let headers = json!({
        "ce_specversion": "1.0",
        "ce_id": "1073744474.1.2.pending",
        "ce_source": SOURCE,
        "ce_type": state::TYPE,
        "ce_time": NOW,
        "ce_subject": "1073744474",
        "ce_tenantid": "default",
        "ce_causationid": "r-1",
        "content-type": headers::JSON,
    });
    vec![Example { name: "triedOnce", headers, payload }]
}

pub(super) fn due_events() -> Vec<Example> {
    let payload = json!({
        "callbackId": 1_073_743_450,
        "revision": 1,
        "attempt": 1,
        "commandId": "c-1",
        "caption": "Call back: invoice",
        "scheduledFor": "2026-11-23T15:00:00Z",
        "firedAt": "2026-11-23T15:00:00.004312Z",
        "latenessMs": 4,
        "target": {"type": "skill", "skillId": "4711"},
        "notAfter": null,
        "contact": {"firstName": "Ana", "lastName": "García", "phoneNumber": "+14155552671", "extension": null},
        "notes": "About the invoice of October.\nPrefers Spanish.",
        "requestedBy": "1234",
    });
    let headers = json!({
        "ce_specversion": "1.0",
        "ce_id": "1073743450.1.1",
        "ce_source": SOURCE,
        "ce_type": due::TYPE,
        "ce_time": "2026-11-23T15:00:00.004312Z",
        "ce_subject": "1073743450",
        "ce_tenantid": "default",
        "ce_correlationid": "chat-81",
        "ce_causationid": "c-1",
        "content-type": headers::JSON,
        "traceparent": "00-c0725555263aaee33d8f7aac22d36dbe-a0564ba259c908d9-01",
        "ce_traceparent": TRACEPARENT,
    });
    vec![Example { name: "toASkill", headers, payload }]
}

pub(super) fn dead_letters() -> Vec<Example> {
    let headers = json!({
        "ce_id": "c-5",
        "dlq-topic": "callback.commands",
        "dlq-partition": "3",
        "dlq-offset": "1742",
        "dlq-timestamp": NOW,
        "dlq-reason": "NOT_JSON",
        "dlq-detail": "not JSON at byte 17",
    });
    vec![Example { name: "notJson", headers, payload: json!("{\"securityUser\": su-1}") }]
}

pub(super) fn skills() -> Vec<Example> {
    let payload = json!({
        "skillId": "4712", "name": "Support", "active": true, "mediaType": "phone", "direction": "outbound",
        "horizonDays": 30,
        "lifecycle": {"retry": {"noAnswer": ["30m", "2h"]}, "handleWithin": "30m"},
    });
    vec![record("support", payload)]
}

pub(super) fn agents() -> Vec<Example> {
    let payload = json!({"agentId": "1234", "userName": "ana.garcia", "active": true, "skills": ["4711", "4712"]});
    vec![record("ana", payload)]
}

pub(super) fn security_users() -> Vec<Example> {
    let payload = json!({
        "securityUser": "su-1", "agentId": "1234", "active": true,
        "permissions": ["commitments:create", "commitments:manage"], "timeZone": "Europe/Madrid",
    });
    vec![record("su1", payload)]
}

/// The attributes of a command in binary mode by their names in the other forms: CloudEvents', and plain JSON's.
const ATTRIBUTES: [(&str, &str, Option<&str>); 7] = [
    (headers::SPECVERSION, "specversion", None),
    (headers::ID, "id", Some("commandId")),
    (headers::SOURCE, "source", Some("source")),
    (headers::TYPE, "type", Some("type")),
    (headers::TIME, "time", Some("issuedAt")),
    (headers::CORRELATION_ID, "correlationid", Some("correlationId")),
    (headers::TENANT_ID, "tenantid", Some("tenantId")),
];

/// The same command in structured mode.
pub(super) fn structured(Example { name, headers, payload }: Example) -> Example {
    let mut event = json!({});
    for (header, attribute, _) in ATTRIBUTES {
        if let Some(value) = headers.get(header) {
            event[attribute] = value.clone();
        }
    }
    event["data"] = payload;
    let content_type = "application/cloudevents+json; charset=utf-8";
    Example { name, headers: without_attributes(&headers, content_type), payload: event }
}

/// The same command in plain JSON.
pub(super) fn plain(Example { name, headers, payload }: Example) -> Example {
    let mut command = json!({});
    for (header, _, field) in ATTRIBUTES {
        if let (Some(field), Some(value)) = (field, headers.get(header)) {
            command[field] = value.clone();
        }
    }
    if let (Value::Object(command), Value::Object(fields)) = (&mut command, payload) {
        command.extend(fields);
    }
    Example { name, headers: without_attributes(&headers, headers::JSON), payload: command }
}

fn without_attributes(of_binary: &Value, content_type: &str) -> Value {
    let mut others = json!({"content-type": content_type});
    if let Some(traceparent) = of_binary.get(headers::TRACEPARENT) {
        others[headers::TRACEPARENT] = traceparent.clone();
    }
    others
}

fn record(name: &'static str, payload: Value) -> Example {
    Example { name, headers: named(Vec::new()), payload }
}

fn command(name: &'static str, id: &str, kind: &str, is_traced: bool, payload: Value) -> Example {
    let mut headers = json!({
        "ce_specversion": "1.0",
        "ce_id": id,
        "ce_source": "/studio/scripts/17",
        "ce_type": kind,
        "ce_time": NOW,
        "content-type": headers::JSON,
    });
    if is_traced {
        headers["ce_correlationid"] = "chat-81".into();
        headers["traceparent"] = TRACEPARENT.into();
    }
    Example { name, headers, payload }
}
