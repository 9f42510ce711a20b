//! Tables of fields, limits and settings.

use std::fmt::Write as _;

use schedule_callback::config::Config;
use schedule_callback::contract::Message;
use schedule_callback::domain::command::text;
use schedule_callback::domain::directory::Permission;
use schedule_callback::domain::ids::{CallbackId, Tenant};
use schedule_callback::domain::phone;
use schedule_callback::domain::time::schedule_date;
use schedule_callback::wire::directory_record::MAX_RECORD_BYTES;
use schedule_callback::wire::envelope::{MAX_COMMAND_ID_BYTES, MAX_CORRELATION_ID_BYTES};
use schedule_callback::wire::headers;
use serde_json::Value;

/// A row for each field of the message, members of objects too.
pub fn table(message: Message) -> String {
    let mut text = "| field | JSON type | required | meaning |\n|---|---|---|---|\n".to_owned();
    rows(&mut text, "", &message.schema());
    text
}

/// The same for what holds for a tracked skill.
pub fn lifecycle() -> String {
    let mut text = "| in `lifecycle` | JSON type | required | meaning |\n|---|---|---|---|\n".to_owned();
    rows(&mut text, "", &Message::DirectorySkill.schema()["properties"]["lifecycle"]);
    text
}

fn rows(text: &mut String, before: &str, object: &Value) {
    let required: Vec<&str> = object["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, schema) in object["properties"].as_object().unwrap() {
        let need = if required.contains(&name.as_str()) { "yes" } else { "" };
        let meaning = description(schema);
        assert!(!meaning.is_empty(), "{before}{name} is not described");
        writeln!(text, "| `{before}{name}` | {} | {need} | {} |", kind(schema), meaning.replace('|', "\\|")).unwrap();
        if let Some(parts) = parts(schema) {
            let is_list = schema["type"] == "array";
            rows(text, &format!("{before}{name}{}.", if is_list { "[]" } else { "" }), parts);
        }
    }
}

/// The field's own description, else that of what it is made of.
fn description(schema: &Value) -> &str {
    let own = schema["description"].as_str();
    let inner = || alternatives(schema).find_map(|part| part["description"].as_str());
    own.or_else(inner).unwrap_or_default()
}

fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    ["allOf", "anyOf", "oneOf"].into_iter().flat_map(|of| schema[of].as_array().into_iter().flatten())
}

/// The object whose members the field has.
fn parts(schema: &Value) -> Option<&Value> {
    let has_members = |schema: &&Value| schema["properties"].is_object();
    [schema, &schema["items"]].into_iter().chain(alternatives(schema)).find(has_members)
}

/// The JSON type in words.
fn kind(schema: &Value) -> String {
    let mut kinds = Vec::new();
    collect_kinds(schema, &mut kinds);
    kinds.dedup();
    kinds.join(" or ")
}

fn collect_kinds(schema: &Value, kinds: &mut Vec<String>) {
    let of_type = |name: &str| match name {
        "string" => match (&schema["enum"], schema["maxLength"].as_u64()) {
            (Value::Array(values), _) if values.len() <= 7 => {
                let values: Vec<_> =
                    values.iter().filter_map(Value::as_str).map(|value| format!("`{value}`")).collect();
                values.join(", ")
            }
            (_, Some(most)) => format!("text of at most {most} characters"),
            _ => "text".to_owned(),
        },
        "integer" => "whole number".to_owned(),
        "array" => match kind(&schema["items"]) {
            inner if inner.is_empty() || inner.starts_with("object") => "array of objects".to_owned(),
            _ if schema["items"]["enum"].is_array() => "array of codes".to_owned(),
            inner => format!("array of: {inner}"),
        },
        "null" => "`null`".to_owned(),
        other => other.to_owned(),
    };
    match &schema["type"] {
        Value::String(name) => kinds.push(of_type(name)),
        Value::Array(names) => kinds.extend(names.iter().filter_map(Value::as_str).map(of_type)),
        _ => {}
    }
    if let Some(constant) = schema["const"].as_str() {
        kinds.push(format!("`\"{constant}\"`"));
    }
    alternatives(schema).for_each(|part| collect_kinds(part, kinds));
}

/// The names of the attributes in the three forms.
pub fn attributes() -> String {
    let unsaid = "–";
    let rows: [(&str, Option<&str>, &str); 9] = [
        (headers::SPECVERSION, None, "`1.0`. Required in structured mode; in binary mode it may be absent"),
        (headers::ID, Some("commandId"), "The command id. Required"),
        (headers::SOURCE, Some("source"), "The producer, a URI-reference. Required"),
        (
            headers::TYPE,
            Some("type"),
            "`callback.schedule.v1`, `callback.cancel.v1`, `callback.reschedule.v1` or `callback.report.v1`. Required",
        ),
        (headers::TIME, Some("issuedAt"), "When the script issued the command. Absent: the record's timestamp"),
        (headers::TENANT_ID, Some("tenantId"), "The tenant, the platform's business unit. Absent: `default`"),
        (headers::CORRELATION_ID, Some("correlationId"), "Anything of the producer's; result and due event repeat it"),
        (headers::TRACEPARENT, None, "W3C trace context. In plain JSON: the record's header"),
        (headers::TRACESTATE, None, "W3C trace context. In plain JSON: the record's header"),
    ];
    let structured = properties(Message::StructuredCommand);
    let plain = properties(Message::PlainCommand);
    let mut text =
        "| header (binary) | member (structured) | field (plain JSON) | meaning |\n|---|---|---|---|\n".to_owned();
    for (header, field, meaning) in rows {
        let member = header.strip_prefix("ce_").unwrap_or(header);
        assert!(structured.iter().any(|known| known == member), "{member}");
        assert!(field.is_none_or(|field| plain.iter().any(|known| known == field)), "{field:?}");
        let field = field.map_or(unsaid.to_owned(), |field| format!("`{field}`"));
        writeln!(text, "| `{header}` | `{member}` | {field} | {meaning}. |").unwrap();
    }
    text + "| the value | `data`, or `data_base64` | the other fields | The fields of the command. |\n"
}

/// The members of one form of a command.
fn properties(message: Message) -> Vec<String> {
    message.schema()["oneOf"][0]["properties"].as_object().unwrap().keys().cloned().collect()
}

/// What has an upper bound.
pub fn limits() -> String {
    let texts = [text::CAPTION, text::FIRST_NAME, text::LAST_NAME, text::NOTES, text::REASON, text::DETAIL];
    let config = Config::load(None, []).unwrap();
    let mut rows = vec![
        (
            "value of a command's record".to_owned(),
            format!("{} bytes (`limits.command_bytes`)", config.limits.command_bytes),
        ),
        ("command id".to_owned(), format!("1 to {MAX_COMMAND_ID_BYTES} bytes")),
        ("correlation id".to_owned(), format!("{MAX_CORRELATION_ID_BYTES} bytes")),
        ("tenant".to_owned(), format!("1 to {} of `A-Z a-z 0-9 . _ -`", Tenant::MAX_BYTES)),
    ];
    rows.extend(texts.map(|rule| (format!("`{}`", rule.field.0), format!("{} characters", rule.limit.unwrap()))));
    rows.extend([
        ("`scheduleDate`".to_owned(), format!("{} bytes", schedule_date::MAX_BYTES)),
        ("`phoneNumber`".to_owned(), format!("{} bytes", phone::MAX_BYTES)),
        ("extension of a phone number".to_owned(), format!("1 to {} digits", phone::MAX_EXTENSION_DIGITS)),
        ("`skillId`, `targetAgentId`".to_owned(), format!("1 to {}", i64::MAX)),
        ("`callbackId` that the service makes".to_owned(), format!("1 to {}", CallbackId::MAX)),
        ("record of a directory topic".to_owned(), format!("{MAX_RECORD_BYTES} bytes")),
    ]);
    let rows = rows.iter().map(|(what, limit)| format!("| {what} | {limit} |\n"));
    "| what | limit |\n|---|---|\n".to_owned() + &rows.collect::<String>()
}

/// The settings that decide what a command comes to, with their defaults.
pub fn settings() -> String {
    let defaults = include_str!("../../config/service.toml");
    let rows = [
        ("rules", "past_grace", "How much earlier than the command a `scheduleDate` may be."),
        (
            "rules",
            "horizon",
            "How much later than the command a `scheduleDate` may be; a skill's `horizonDays` replaces it.",
        ),
        ("rules", "phone", "`possible`, or `valid` for the stricter policy."),
        ("rules", "premium_rate", "`refuse` or `accept`."),
        ("limits", "command_bytes", "The longest value of a command's record, in bytes."),
        ("retention", "commands", "How long a command is remembered: after that its id is new again."),
        ("retention", "callbacks", "How long a callback is kept after it was fired."),
        (
            "lifecycle",
            "acknowledge_within",
            "How long a due event of a tracked callback may stay without any report: `30s` to `24h`.",
        ),
        ("state", "contact", "What states tell of the person: `none`, `masked` (the last two digits) or `full`."),
        ("due", "stage_ahead", "How long before its time a callback can no longer be changed."),
    ];
    let mut text = "| setting | default | what it decides |\n|---|---|---|\n".to_owned();
    for (section, key, meaning) in rows {
        let of_section = defaults.split(&format!("\n[{section}]\n")).nth(1).unwrap().split("\n[").next().unwrap();
        let value = of_section.lines().find_map(|line| line.strip_prefix(&format!("{key} = "))).unwrap();
        writeln!(text, "| `{section}.{key}` | `{}` | {meaning} |", value.trim_matches('"')).unwrap();
    }
    text
}

/// What each permission is for.
pub fn permissions() -> String {
    let meaning = |permission| match permission {
        Permission::Create => "Schedule a callback.",
        Permission::Manage => "Cancel or reschedule a callback, also one that somebody else scheduled.",
        Permission::Report => "Report what came of a due event, also of a callback that somebody else scheduled.",
    };
    let rows = Permission::ALL.map(|permission| format!("| `{}` | {} |\n", permission.name(), meaning(permission)));
    "| permission | allows |\n|---|---|\n".to_owned() + &rows.concat()
}
