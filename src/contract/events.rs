//! Schemas of what the service publishes: results and due events (docs/contract.md#results, #due-events). Every key is
//! always there; readers should let keys pass that they do not know.

use serde_json::{Value, json};

use super::codes::{codes, warning};
use super::parts::{
    branch, described, e164, enumeration, extension, id_out, instant_out, named, nullable, object, text, titled,
    together,
};
use crate::domain::answer::{Branch, Warning};
use crate::domain::command::text::{CAPTION, FIRST_NAME, LAST_NAME, NOTES};
use crate::domain::ids::CallbackId;

/// Of `branch`.
const TAKEN: &str = "The branch that the script takes: the condition, or Default where the script has not defined it.";

/// Of `condition`.
const CAME_TO: &str = "What the command came to, whether the script has a branch of this name or not.";

/// Of `latenessMs`.
const LATENESS: &str = "firedAt less scheduledFor, in milliseconds, cut to whole ones.";

/// What is `null` unless the condition is `Success`.
const OF_THE_CALLBACK: [&str; 6] = ["callbackId", "revision", "scheduledFor", "target", "phoneNumber", "extension"];

pub(super) fn result() -> Value {
    let properties = vec![
        ("commandId", described("The id of the command that is answered.", json!({"type": "string"}))),
        ("branch", branch("Branch", TAKEN)),
        ("condition", branch("Condition", CAME_TO)),
        ("callbackId", nullable(callback_id())),
        ("revision", nullable(revision())),
        ("caption", nullable(caption())),
        ("scheduledFor", nullable(scheduled_for())),
        ("target", target_or_null()),
        ("phoneNumber", nullable(phone_number())),
        ("extension", nullable(extension_out())),
        ("violations", described("Why the command was refused, most important first; empty on Success.", violations())),
        ("warnings", described("What the script's author should know although it is a Success.", warnings())),
    ];
    let description = "The data of callback.result.v1: the answer to a command. Unless the condition is Success, \
                       callbackId, revision, scheduledFor, target, phoneNumber and extension are null.";
    let result = strict("Result", description, properties);
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
    let condition = json!({
        "if": {"properties": {"condition": {"const": Branch::Success.name()}}},
        "then": {"properties": succeeded},
        "else": {"properties": refused},
    });
    together(result, &condition)
}

pub(super) fn due() -> Value {
    let contact = vec![
        ("firstName", described("As the schedule command gave it.", nullable(text(&FIRST_NAME)))),
        ("lastName", described("As the schedule command gave it.", nullable(text(&LAST_NAME)))),
        ("phoneNumber", phone_number()),
        ("extension", nullable(extension_out())),
    ];
    let properties = vec![
        ("callbackId", callback_id()),
        ("revision", revision()),
        ("attempt", described("The number of this presentation within the revision, counted from 1.", count())),
        ("commandId", described("The id of the schedule command, also after a reschedule.", json!({"type": "string"}))),
        ("caption", nullable(caption())),
        ("scheduledFor", scheduled_for()),
        ("firedAt", described("When the event was made, in UTC; never before scheduledFor.", instant_out())),
        ("latenessMs", described(LATENESS, json!({"type": "integer", "format": "int64", "minimum": 0}))),
        ("target", target()),
        ("contact", strict("Contact", "The person to call, and where.", contact)),
        ("notes", described("As the last command that had some gave them, never cut.", nullable(text(&NOTES)))),
        ("requestedBy", described("The id of the agent of the security user who scheduled it.", id_out())),
    ];
    strict("Due event", "The data of callback.due.v1: the callback is due, queue the call.", properties)
}

/// All properties are required.
fn strict(title: &str, description: &str, properties: Vec<(&str, Value)>) -> Value {
    let required: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    object(title, description, properties, &required)
}

fn revision() -> Value {
    described("1 for a callback as it was scheduled, and one more for each reschedule.", count())
}

fn caption() -> Value {
    described("The caption of the schedule command, unchanged.", text(&CAPTION))
}

fn scheduled_for() -> Value {
    described("When the person is to be called, in UTC.", instant_out())
}

fn phone_number() -> Value {
    described("The number to call, as E.164: + and digits alone.", e164())
}

fn extension_out() -> Value {
    described("The digits to dial once connected; null where there is no extension.", extension())
}

fn callback_id() -> Value {
    let schema = json!({"type": "integer", "format": "int64", "minimum": 1, "maximum": CallbackId::MAX});
    described("Names the callback: the same for all of its revisions, never used again, opaque to others.", schema)
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": i32::MAX})
}

fn target() -> Value {
    let kind = enumeration([
        ("agent", "Queue the call to the agent.".to_owned()),
        ("skill", "Queue the call to any agent with the skill.".to_owned()),
    ]);
    json!({
        "title": "Target",
        "description": "Where the call is queued.",
        "type": "object",
        "properties": {
            "type": titled("Target type", described("To whom the call is queued.", kind)),
            "agentId": described("The target agent; absent where the type is skill.", id_out()),
            "skillId": described("The skill, there also where the type is agent.", id_out()),
        },
        "required": ["type", "skillId"],
        "if": {"properties": {"type": {"const": "agent"}}},
        "then": {"required": ["agentId"]},
        "else": {"not": {"required": ["agentId"]}},
    })
}

fn target_or_null() -> Value {
    let target = json!({"oneOf": [target(), {"type": "null"}]});
    titled(
        "Target of a result",
        described("Where the call will be queued; null unless the condition is Success.", target),
    )
}

fn violations() -> Value {
    let field = "The field at fault; null where the command as a whole is meant.";
    let message = "An English sentence for the author of the script. Its wording may change.";
    let properties = vec![
        ("field", described(field, json!({"type": ["string", "null"]}))),
        ("code", violation_code()),
        ("message", described(message, json!({"type": "string", "minLength": 1}))),
    ];
    json!({"type": "array", "items": strict("Violation", "One reason of a refusal.", properties)})
}

fn violation_code() -> Value {
    let meanings = codes().map(|code| (code.code, format!("{}: {} {}", code.branch, code.cause, code.remedy)));
    titled("Violation code", described("The stable code of a reason.", enumeration(meanings)))
}

fn warnings() -> Value {
    let meanings = Warning::ALL.map(|of| (of.code(), warning(of).to_owned()));
    let code = titled("Warning code", described("The stable code of a warning.", enumeration(meanings)));
    json!({"type": "array", "items": code})
}
