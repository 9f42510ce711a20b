//! Schemas of what the service publishes: results, due events and states (docs/contract.md#results, #due-events,
//! #the-state-topic). Every key is always there, unless it says so; readers should let keys pass that they do not know.

use serde_json::{Value, json};

use super::codes::{codes, warning};
use super::commands::outcome;
use super::parts::{
    branch, described, e164, enumeration, extension, id_out, instant_out, named, nullable, object, text, titled,
    together,
};
use crate::domain::answer::{Branch, Warning};
use crate::domain::command::text::{CAPTION, FIRST_NAME, LAST_NAME, NOTES};
use crate::domain::ids::CallbackId;
use crate::domain::life::{Reason, Status};

/// Of `branch`.
const TAKEN: &str = "The branch that the script takes: the condition, or Default where the script has not defined it.";

/// Of `condition`.
const CAME_TO: &str = "What the command came to, whether the script has a branch of this name or not.";

/// Of `latenessMs`.
const LATENESS: &str = "firedAt less the time at which the attempt was wanted, in milliseconds, cut to whole ones: \
                        scheduledFor for the first attempt, the end of the wait for every other one.";

/// Of `releasedFrom`.
const RELEASED: &str =
    "The agent whom the callback was for before it went to the skill; absent where it never was released.";

/// Of `notAfter`.
const NOT_AFTER: &str = "From when on the call must not be presented any more; null where there is no such time.";

/// What only the result of a report has.
const OF_A_REPORT: [&str; 5] = ["attempt", "tries", "status", "nextAt", "reason"];

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
        ("attempt", described("Of a report: the attempt that is next, or was the last.", nullable(count()))),
        ("tries", described("Of a report: how often the person was dialled and not reached.", nullable(tries()))),
        ("status", or_null("Of a report: how the callback stands.", &status())),
        ("nextAt", described("Of a report: when the callback is presented next; else null.", nullable(instant_out()))),
        ("reason", or_null("Of a report: why the callback has ended; else null.", &reason())),
    ];
    let description = "The data of callback.result.v1: the answer to a command. Unless the condition is Success, \
                       callbackId, revision, scheduledFor, target, phoneNumber and extension are null. The result of a \
                       report has attempt, tries, status, nextAt and reason too, and no other result has them.";
    let result = lenient("Result", description, properties, &OF_A_REPORT);
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
        ("releasedFrom", described(RELEASED, id_out())),
        ("notAfter", described(NOT_AFTER, nullable(instant_out()))),
        ("contact", strict("Contact", "The person to call, and where.", contact)),
        ("notes", described("As the last command that had some gave them, never cut.", nullable(text(&NOTES)))),
        ("requestedBy", described("The id of the agent of the security user who scheduled it.", id_out())),
    ];
    lenient(
        "Due event",
        "The data of callback.due.v1: the callback is due, queue the call.",
        properties,
        &["releasedFrom"],
    )
}

pub(super) fn state() -> Value {
    let caused_by = "The id of the command that made it so; null where time did.";
    let number = "The number to call, of which the setting `state.contact` shows the last two digits, all, or nothing.";
    let properties = vec![
        ("callbackId", callback_id()),
        ("revision", revision()),
        ("attempt", described("The attempt that is next, or was the last.", count())),
        ("tries", described("How often the person was dialled and not reached.", tries())),
        ("status", status()),
        ("reason", or_null("Why the callback has ended; null where it has not, or was cancelled.", &reason())),
        ("tracked", described("Whether routers report what becomes of it.", json!({"type": "boolean"}))),
        ("scheduledFor", scheduled_for()),
        (
            "nextAt",
            described("When the callback is presented next; null where it does not wait.", nullable(instant_out())),
        ),
        ("notAfter", described(NOT_AFTER, nullable(instant_out()))),
        ("target", target()),
        ("releasedFrom", described(RELEASED, id_out())),
        ("caption", nullable(caption())),
        ("phoneNumber", described(number, json!({"type": ["string", "null"], "pattern": "^[+][0-9*]{2,20}$"}))),
        ("firstName", described("With `state.contact` = full only.", nullable(text(&FIRST_NAME)))),
        ("lastName", described("With `state.contact` = full only.", nullable(text(&LAST_NAME)))),
        ("lastOutcome", or_null("What was reported last; null where nothing was.", &outcome())),
        ("agentId", described("The agent whom that report names; null where it names none.", nullable(id_out()))),
        ("requestedBy", described("The id of the agent of the security user who scheduled it.", id_out())),
        ("commandId", described("The id of the schedule command, also after a reschedule.", json!({"type": "string"}))),
        ("causedBy", described(caused_by, json!({"type": ["string", "null"]}))),
        ("updatedAt", described("When it came to stand so, in UTC.", instant_out())),
    ];
    let description = "The data of callback.state.v1: how a callback stands, from this change on until the next.";
    lenient("State", description, properties, &["releasedFrom", "firstName", "lastName"])
}

/// All properties are required.
fn strict(title: &str, description: &str, properties: Vec<(&str, Value)>) -> Value {
    lenient(title, description, properties, &[])
}

/// All properties are required but these.
fn lenient(title: &str, description: &str, properties: Vec<(&str, Value)>, optional: &[&str]) -> Value {
    let names = properties.iter().map(|(name, _)| *name);
    let required: Vec<&str> = names.filter(|name| !optional.contains(name)).collect();
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

fn tries() -> Value {
    json!({"type": "integer", "minimum": 0, "maximum": i16::MAX})
}

fn status() -> Value {
    let meaning = |status| match status {
        Status::Pending => "Its next due event is ahead.",
        Status::Due => "Its due event is published.",
        Status::Accepted => "Somebody has taken it on.",
        Status::Completed => "It has come to what it was made for, or the person needs no call any more.",
        Status::Missed => "Nobody reached the person.",
        Status::Expired => "Its notAfter came before it could be presented.",
        Status::Cancelled => "A cancel took it back.",
    };
    let statuses = enumeration(Status::ALL.map(|status| (status.name(), meaning(status).to_owned())));
    titled("Status", described("How the callback stands.", statuses))
}

fn reason() -> Value {
    let meaning = |reason| match reason {
        Reason::Connected => "`connected` was reported.",
        Reason::HandledElsewhere => "`handledElsewhere` was reported.",
        Reason::RefusedByContact => "`refusedByContact` was reported.",
        Reason::DoNotCall => "`doNotCall` was reported.",
        Reason::WrongNumber => "`wrongNumber` was reported.",
        Reason::TriesExhausted => "The person was dialled as often as the skill's rules allow.",
        Reason::PresentationsExhausted => "One due event more would be more than the skill's rules allow.",
        Reason::NotAcknowledged => "Nobody reported anything of the last due event.",
        Reason::OutcomeUnknown => "Somebody had taken it on, and nobody said what came of it.",
        Reason::NotAfter => "Its notAfter came first.",
    };
    let reasons = enumeration(Reason::ALL.map(|reason| (reason.code(), meaning(reason).to_owned())));
    titled("Reason", described("Why the callback has ended.", reasons))
}

/// The schema, which has a name of its own, or `null`.
fn or_null(description: &str, schema: &Value) -> Value {
    described(description, json!({"oneOf": [schema, {"type": "null"}]}))
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
