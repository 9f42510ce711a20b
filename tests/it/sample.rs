//! A small directory and commands that fit it.

use std::path::Path;

use schedule_callback::clock;
use serde_json::{Value, json};

use crate::rig::{Message, Scope, folder};

/// A well-formed W3C trace context.
pub const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Publishes the sample directory, by the program's own command.
pub fn load_directory(scope: &Scope<'_>) {
    load_file(scope, &Path::new(env!("CARGO_MANIFEST_DIR")).join("config/sample/directory.json"));
}

/// Publishes another directory, in the form of that file.
pub fn load(scope: &Scope<'_>, directory: &Value) {
    let file = folder("directory").join("directory.json");
    std::fs::write(&file, directory.to_string()).unwrap();
    load_file(scope, &file);
}

fn load_file(scope: &Scope<'_>, file: &Path) {
    let status = scope.service().command(&["directory", "load", &file.display().to_string()]).status().unwrap();
    assert!(status.success(), "directory load: {status}");
}

/// Publishes the sample directory and one more tenant's, `other`, with a security user of its own; and `su-9`, who may
/// change callbacks and has another agent than `su-1`.
pub fn load_two_tenants(scope: &Scope<'_>) {
    load_directory(scope);
    let skill = json!({"skillId":"4711","name":"Sales","active":true,"mediaType":"phone","direction":"outbound"});
    let agent = json!({"agentId":"1","userName":"eve","active":true,"skills":["4711"]});
    let permissions = ["commitments:create", "commitments:manage"];
    let user = json!({"securityUser":"su-other","agentId":"1","active":true,"permissions":permissions});
    let colleague = json!({"securityUser":"su-9","agentId":"1235","active":true,"permissions":permissions});
    scope.produce(&scope.topics.skills, [Message::new("other/4711", skill.to_string())]);
    scope.produce(&scope.topics.agents, [Message::new("other/1", agent.to_string())]);
    let users = [("other/su-other", user), ("default/su-9", colleague)];
    scope.produce(&scope.topics.security_users, users.map(|(key, user)| Message::new(key, user.to_string())));
}

/// The payload of a cancel by `su-1`, of a callback named by these fields.
pub fn cancel(naming: &Value) -> Value {
    with(&json!({"securityUser": "su-1"}), naming)
}

/// The payload of a reschedule by `su-1`, of a callback named by these fields, to that date.
pub fn reschedule(naming: &Value, date: &str) -> Value {
    with(&json!({"securityUser": "su-1", "scheduleDate": date}), naming)
}

/// The object with these members more, or in the place of its own.
pub fn with(object: &Value, members: &Value) -> Value {
    let mut object = object.clone();
    let own = object.as_object_mut().unwrap();
    own.extend(members.as_object().unwrap().clone());
    object
}

/// That many seconds from now, as a command would say it.
pub fn in_seconds(seconds: i64) -> String {
    clock::now().plus_micros(seconds * 1_000_000).to_string()
}

/// The payload of a schedule command that succeeds.
pub fn schedule(date: &str) -> Value {
    json!({
        "securityUser": "su-1", "firstName": "Ana", "lastName": "García", "phoneNumber": "+1 415 555 2671",
        "skillId": "4711", "targetAgentId": "", "scheduleDate": date, "notes": "about the invoice"
    })
}

/// A schedule command in binary mode.
pub fn binary(id: &str, payload: &Value) -> Message {
    typed(id, "callback.schedule.v1", payload)
}

/// A command of any type in binary mode.
pub fn typed(id: &str, kind: &str, payload: &Value) -> Message {
    Message::new(format!("contact-{id}"), payload.to_string())
        .header("ce_specversion", "1.0")
        .header("ce_id", id)
        .header("ce_source", "/studio")
        .header("ce_type", kind)
        .header("content-type", "application/json")
}
