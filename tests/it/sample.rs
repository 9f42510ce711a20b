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
