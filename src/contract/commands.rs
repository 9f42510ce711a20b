//! Schemas of commands: the four payloads, and the forms that carry attributes in the value
//! (docs/contract.md#envelopes, #the-schedule-command, #cancel-and-reschedule, #life-after-due).
//!
//! They accept what the service can read, and whose fields have the right form. As the service does, they let unknown
//! fields pass and take `null` for absent.

use serde_json::{Value, json};

use super::parts::{
    NO_CONTROLS, attribute, attribute_or_number, described, enumeration, id_in, id_or_empty, instant_in, nullable,
    object, optional, phone_number_in, schedule_date, tenant, text, titled, together,
};
use crate::domain::command::Kind;
use crate::domain::command::schedule::SCRIPT_TYPES;
use crate::domain::command::text::{
    CAPTION, DEFINED_BRANCHES, DETAIL, FIRST_NAME, LAST_NAME, NOTES, REASON, SECURITY_USER, TIME_ZONE, VARIABLES,
};
use crate::domain::life::Outcome;
use crate::wire::envelope::{MAX_COMMAND_ID_BYTES, MAX_CORRELATION_ID_BYTES};

type Properties = Vec<(&'static str, Value)>;

pub(super) fn schedule() -> Value {
    let required = ["securityUser", "phoneNumber", "skillId", "targetAgentId", "scheduleDate"];
    object(
        "Schedule command",
        "The payload of callback.schedule.v1: asks for a callback.",
        schedule_fields(),
        &required,
    )
}

pub(super) fn cancel() -> Value {
    let fields = amendment_fields();
    let description = "The payload of callback.cancel.v1: calls a callback off. callbackId or scheduledBy is required.";
    named_by_either(object("Cancel command", description, fields, &["securityUser"]))
}

pub(super) fn reschedule() -> Value {
    let mut fields = amendment_fields();
    fields.extend(changed_fields());
    let required = ["securityUser", "scheduleDate"];
    let description = "The payload of callback.reschedule.v1: moves a callback, and changes what else is given. \
                       scheduleDate is required, and callbackId or scheduledBy; what is absent of the others stays.";
    named_by_either(object("Reschedule command", description, fields, &required))
}

pub(super) fn report() -> Value {
    let mut fields = callback_fields();
    fields.extend([
        ("attempt", described("Of the due event that it is about.", json!({"type": "integer"}))),
        ("outcome", outcome()),
        ("agentId", described("Who has it, or had it; the directory need not know the agent.", optional(id_in()))),
        ("occurredAt", described("When that was; nothing is decided by it.", optional(instant_in()))),
        ("detail", described("What else there is to say, for people.", nullable(text(&DETAIL)))),
        ("notes", described("For whoever calls next, in place of the callback's own.", nullable(text(&NOTES)))),
        ("definedBranches", defined_branches()),
        ("scheduleDate", described("With rescheduled, where it is required: when to call.", optional(schedule_date()))),
    ]);
    let with_rescheduled = changed_fields().into_iter().filter(|(name, _)| !matches!(*name, "scheduleDate" | "notes"));
    fields.extend(with_rescheduled);
    fields.push(("reason", reason()));
    let required = ["securityUser", "attempt", "outcome"];
    let description = "The payload of callback.report.v1: says what came of a due event. callbackId or scheduledBy is \
                       required. What a reschedule has beside notes and definedBranches counts with the outcome rescheduled.";
    let report = named_by_either(object("Report command", description, fields, &required));
    let date = json!({"required": ["scheduleDate"], "properties": {"scheduleDate": {"not": {"enum": [null, ""]}}}});
    let moved = json!({"properties": {"outcome": {"const": Outcome::Rescheduled.name()}}});
    let mut conditions = report["not"]["not"].clone();
    conditions["if"] = moved;
    conditions["then"] = date;
    together(report, &conditions)
}

pub(super) fn outcome() -> Value {
    let meanings = Outcome::ALL.map(|outcome| (outcome.name(), meaning(outcome).to_owned()));
    titled("Outcome", described("What came of the attempt.", enumeration(meanings)))
}

/// What a report with this outcome says.
const fn meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "Somebody has taken the call on.",
        Outcome::InProgress => "Whoever has it is still at it.",
        Outcome::NoAnswer => "The person was dialled and did not answer.",
        Outcome::Busy => "The person was dialled and the line was busy.",
        Outcome::Voicemail => "The person was dialled and a voicemail answered.",
        Outcome::Abandoned => "The person answered and hung up before an agent spoke.",
        Outcome::DialFailed => "The number could not be dialled.",
        Outcome::AgentUnavailable => "No agent was free.",
        Outcome::RefusedByAgent => "The agent would not take it.",
        Outcome::Rescheduled => "Another time was agreed.",
        Outcome::Connected => "The person was reached.",
        Outcome::HandledElsewhere => "The matter was settled in another way.",
        Outcome::RefusedByContact => "The person does not want the call.",
        Outcome::DoNotCall => "The person does not want any call.",
        Outcome::WrongNumber => "The number is somebody else's.",
    }
}

/// The payload of a command of that kind.
fn payload(kind: Kind) -> Value {
    match kind {
        Kind::Schedule => schedule(),
        Kind::Cancel => cancel(),
        Kind::Reschedule => reschedule(),
        Kind::Report => report(),
    }
}

pub(super) fn plain() -> Value {
    json!({
        "title": "Plain command",
        "description": "Attributes and fields in one object, for records without CloudEvents headers and for `check`.",
        "oneOf": (Kind::ALL.map(plain_of)),
    })
}

pub(super) fn structured() -> Value {
    json!({
        "title": "Structured command",
        "description": "CloudEvents 1.0, JSON event format. The record's content-type begins with \
                        application/cloudevents+json, or it has no CloudEvents headers. The payload is in `data`, or in \
                        `data_base64` as base64.",
        "oneOf": (Kind::ALL.map(structured_of)),
    })
}

/// What the title of the payload's schema becomes in another form: `Plain schedule command`.
fn title_of(form: &str, payload: &Value) -> String {
    format!("{form} {}", payload["title"].as_str().unwrap_or_default().to_lowercase())
}

/// The payload's own schema with the attributes in front.
pub(super) fn plain_of(kind: Kind) -> Value {
    let (mut payload, kind) = (payload(kind), kind.name());
    payload["title"] = title_of("Plain", &payload).into();
    payload["description"] = format!("{kind}, with its attributes among its fields.").into();
    let mut properties = super::parts::named(vec![
        ("commandId", attribute_or_number(&command_id())),
        ("type", json!({"const": kind})),
        ("source", described("The producer, a URI-reference.", attribute(None))),
        ("tenantId", described("Without it `default`.", optional(attribute_or_number(&tenant())))),
        ("correlationId", optional(attribute_or_number(&correlation_id()))),
        ("issuedAt", described("Without it the record's timestamp counts.", optional(instant_in()))),
    ]);
    if let (Value::Object(all), Some(Value::Object(fields))) = (&mut properties, payload.get_mut("properties")) {
        all.append(fields);
    }
    payload["properties"] = properties;
    if let Some(required) = payload.get_mut("required").and_then(Value::as_array_mut) {
        required.splice(..0, ["commandId", "type", "source"].map(Value::from));
    }
    payload
}

/// The command as a CloudEvent in structured mode.
pub(super) fn structured_of(kind: Kind) -> Value {
    let (payload, kind) = (payload(kind), kind.name());
    let title = title_of("Structured", &payload);
    let properties = vec![
        ("specversion", json!({"const": "1.0"})),
        ("id", attribute_or_number(&command_id())),
        ("source", described("The producer, a URI-reference.", attribute(None))),
        ("type", json!({"const": kind})),
        ("time", described("Without it the record's timestamp counts.", optional(instant_in()))),
        ("tenantid", described("Without it `default`.", optional(attribute_or_number(&tenant())))),
        ("correlationid", optional(attribute_or_number(&correlation_id()))),
        ("traceparent", described("W3C trace context.", nullable(json!({"type": "string"})))),
        ("tracestate", nullable(json!({"type": "string"}))),
        ("data", payload),
        ("data_base64", json!({"type": "string", "contentEncoding": "base64", "contentMediaType": "application/json"})),
    ];
    let description = format!("{kind} in structured mode, with one of data and data_base64.");
    let event = object(&title, &description, properties, &["specversion", "id", "source", "type"]);
    together(event, &json!({"oneOf": [{"required": ["data"]}, {"required": ["data_base64"]}]}))
}

pub(super) fn command_id() -> Value {
    let description = format!("Unique within tenant and source; at most {MAX_COMMAND_ID_BYTES} bytes.");
    described(&description, attribute(Some(MAX_COMMAND_ID_BYTES)))
}

pub(super) fn correlation_id() -> Value {
    let description = format!("Echoed; at most {MAX_CORRELATION_ID_BYTES} bytes.");
    let schema = json!({"type": "string", "maxLength": MAX_CORRELATION_ID_BYTES, "pattern": NO_CONTROLS});
    described(&description, schema)
}

fn schedule_fields() -> Properties {
    let mut fields = vec![
        ("caption", described("Echoed in result and due event.", nullable(text(&CAPTION)))),
        (
            "scriptType",
            described(
                "The type of the script.",
                optional(titled("Script type", json!({"type": "string", "enum": SCRIPT_TYPES}))),
            ),
        ),
    ];
    fields.extend(requester_fields());
    fields.extend([
        ("firstName", described("Of the person to call.", nullable(text(&FIRST_NAME)))),
        ("lastName", described("Of the person to call.", nullable(text(&LAST_NAME)))),
        ("phoneNumber", phone_number()),
        ("skillId", described("An active outbound phone skill; required with a target agent too.", id_in())),
        ("targetAgentId", target_agent_id()),
        ("scheduleDate", date()),
        ("timeZone", time_zone()),
        ("notes", notes()),
        ("definedBranches", defined_branches()),
        ("notAfter", not_after()),
    ]);
    fields
}

/// What a cancel and a reschedule have in common.
fn amendment_fields() -> Properties {
    let mut fields = callback_fields();
    fields.extend([("reason", reason()), ("definedBranches", defined_branches())]);
    fields
}

/// Who asks, and of which callback.
fn callback_fields() -> Properties {
    let mut fields = requester_fields();
    let part = json!({"type": "string", "minLength": 1, "pattern": NO_CONTROLS});
    let scheduled_by = json!({
        "title": "Command reference",
        "type": "object",
        "properties": {
            "source": described("The source of the schedule command.", part.clone()),
            "commandId": described("The id of the schedule command.", attribute_or_number(&part)),
        },
        "required": ["source", "commandId"],
    });
    fields.extend([
        ("callbackId", described("The callback, as the result named it.", optional(id_in()))),
        (
            "scheduledBy",
            titled("Scheduled by", described("The callback, by its schedule command.", optional(scheduled_by))),
        ),
    ]);
    fields
}

/// What a reschedule may change.
fn changed_fields() -> Properties {
    vec![
        ("scheduleDate", date()),
        ("timeZone", time_zone()),
        ("notes", notes()),
        ("phoneNumber", optional(phone_number())),
        ("skillId", described("An active outbound phone skill.", optional(id_in()))),
        ("targetAgentId", nullable(target_agent_id())),
        ("notAfter", not_after()),
    ]
}

/// One of the two keys of a callback is there, and neither `null` nor empty.
fn named_by_either(amendment: Value) -> Value {
    let given = |key: &str| json!({"required": [key], "properties": {key: {"not": {"enum": [null, ""]}}}});
    together(amendment, &json!({"anyOf": [given("callbackId"), given("scheduledBy")]}))
}

fn requester_fields() -> Properties {
    let mut name = text(&SECURITY_USER);
    name["minLength"] = 1.into();
    let names = json!({"pattern": NO_CONTROLS});
    let variables = json!({
        "type": "object", "propertyNames": names, "additionalProperties": nullable(text(&VARIABLES)),
    });
    vec![
        ("securityUser", described("On whose authority; `{name}` is taken from `variables`.", name)),
        (
            "variables",
            described("Script variables, for `{name}` in securityUser.", optional(titled("Variables", variables))),
        ),
    ]
}

fn phone_number() -> Value {
    described("With + and country calling code, or in the national form of the tenant's region.", phone_number_in())
}

fn target_agent_id() -> Value {
    described("The id of an active agent; the empty text queues the callback to the skill.", id_or_empty())
}

fn date() -> Value {
    described("When to call: an ISO 8601 date and time.", schedule_date())
}

fn not_after() -> Value {
    let description =
        "From when on the call must not be presented any more; in the forms of scheduleDate, and behind it.";
    described(description, optional(schedule_date()))
}

fn reason() -> Value {
    described("Why, for people.", nullable(text(&REASON)))
}

fn notes() -> Value {
    described("For whoever calls.", nullable(text(&NOTES)))
}

fn time_zone() -> Value {
    described("IANA name, for a date without an offset.", nullable(text(&TIME_ZONE)))
}

fn defined_branches() -> Value {
    let names = json!({"type": "array", "items": text(&DEFINED_BRANCHES)});
    described("The branches that the script has; others become Default.", optional(names))
}
