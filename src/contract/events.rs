//! Schemas of what the service publishes: results and due events (contract §7, §8). Every key is always there; readers
//! should let keys pass that they do not know.

use serde_json::{Value, json};

use super::parts::{branch, described, e164, extension, id_out, instant_out, named, nullable, object, text};
use crate::domain::branch::Branch;
use crate::domain::ids::CallbackId;
use crate::domain::text::{CAPTION, FIRST_NAME, LAST_NAME, NOTES};
use crate::domain::violation::Violation;
use crate::domain::warning::Warning;

/// What is `null` unless the condition is `Success`.
const OF_THE_CALLBACK: [&str; 6] = ["callbackId", "revision", "scheduledFor", "target", "phoneNumber", "extension"];

pub(super) fn result() -> Value {
    let properties = vec![
        ("commandId", described("The command that is answered.", json!({"type": "string"}))),
        ("branch", described("The branch that the script takes.", branch())),
        ("condition", described("The branch that the command came to, defined or not.", branch())),
        ("callbackId", nullable(callback_id())),
        ("revision", nullable(count())),
        ("caption", nullable(text(&CAPTION))),
        ("scheduledFor", nullable(instant_out())),
        ("target", nullable(target())),
        ("phoneNumber", nullable(e164())),
        ("extension", nullable(extension())),
        ("violations", described("Why it was refused, most important first.", violations())),
        ("warnings", warnings()),
    ];
    let mut result = strict("callback.result.v1", "The answer to a command.", properties);
    let nulls = OF_THE_CALLBACK.map(|key| (key, json!({"type": "null"}))).to_vec();
    let succeeded = json!({
        "callbackId": {"not": {"type": "null"}},
        "revision": {"not": {"type": "null"}},
        "scheduledFor": {"not": {"type": "null"}},
        "target": {"not": {"type": "null"}},
        "phoneNumber": {"not": {"type": "null"}},
        "violations": {"maxItems": 0},
    });
    let mut refused = named(nulls);
    refused["violations"] = json!({"minItems": 1});
    refused["warnings"] = json!({"maxItems": 0});
    result["if"] = json!({"properties": {"condition": {"const": Branch::Success.name()}}});
    result["then"] = json!({"properties": succeeded});
    result["else"] = json!({"properties": refused});
    result
}

pub(super) fn due() -> Value {
    let contact = vec![
        ("firstName", nullable(text(&FIRST_NAME))),
        ("lastName", nullable(text(&LAST_NAME))),
        ("phoneNumber", e164()),
        ("extension", nullable(extension())),
    ];
    let properties = vec![
        ("callbackId", callback_id()),
        ("revision", count()),
        ("attempt", count()),
        ("commandId", described("The schedule command's.", json!({"type": "string"}))),
        ("caption", nullable(text(&CAPTION))),
        ("scheduledFor", instant_out()),
        ("firedAt", described("Never before scheduledFor.", instant_out())),
        ("latenessMs", json!({"type": "integer", "minimum": 0})),
        ("target", target()),
        ("contact", strict("The person to call", "Who is called, and where.", contact)),
        ("notes", nullable(text(&NOTES))),
        ("requestedBy", described("The agent of the security user who scheduled it.", id_out())),
    ];
    strict("callback.due.v1", "A callback is due: queue the call.", properties)
}

/// All properties are required.
fn strict(title: &str, description: &str, properties: Vec<(&str, Value)>) -> Value {
    let required: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    object(title, description, properties, &required)
}

fn callback_id() -> Value {
    let schema = json!({"type": "integer", "minimum": 1, "maximum": CallbackId::MAX});
    described("Names the callback; never used again, opaque to others.", schema)
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": i32::MAX})
}

fn target() -> Value {
    json!({
        "type": "object",
        "properties": {"type": {"enum": ["agent", "skill"]}, "agentId": id_out(), "skillId": id_out()},
        "required": ["type", "skillId"],
        "if": {"properties": {"type": {"const": "agent"}}},
        "then": {"required": ["agentId"]},
        "else": {"not": {"required": ["agentId"]}},
    })
}

fn violations() -> Value {
    let properties = vec![
        ("field", described("null where the command as a whole is meant.", json!({"type": ["string", "null"]}))),
        ("code", json!({"type": "string", "enum": Violation::CODES.as_slice()})),
        ("message", described("For the author of the script.", json!({"type": "string", "minLength": 1}))),
    ];
    json!({"type": "array", "items": strict("A violation", "One reason of a refusal.", properties)})
}

fn warnings() -> Value {
    let codes = Warning::ALL.map(Warning::code);
    json!({"type": "array", "uniqueItems": true, "items": {"type": "string", "enum": codes}})
}
