//! Keys and headers of the messages, as the AsyncAPI document shows them.

use serde_json::{Value, json};

use super::commands::{command_id, correlation_id};
use super::message::Message;
use super::parts::{attribute, described, id_out, instant_in, instant_out, named, tenant, titled};
use crate::wire::headers;

/// The contact's id keeps what is about one contact in order.
pub(super) fn contact_key() -> Value {
    described("The producer's choice; best the contact's id.", json!({"type": "string"}))
}

/// The envelope of a command in binary mode.
pub(super) fn command_headers(kind: &str, payload: Message) -> Value {
    let properties = vec![
        (headers::SPECVERSION, json!({"const": headers::CLOUDEVENTS_VERSION})),
        (headers::ID, command_id()),
        (headers::SOURCE, described("The producer, a URI-reference.", attribute(None))),
        (headers::TYPE, json!({"const": kind})),
        (headers::TIME, described("When the script issued it; without it the record's timestamp.", instant_in())),
        (headers::TENANT_ID, described("Without it `default`.", tenant())),
        (headers::CORRELATION_ID, correlation_id()),
        (headers::CONTENT_TYPE, json!({"type": "string"})),
        (headers::TRACEPARENT, described("W3C trace context.", json!({"type": "string"}))),
        (headers::TRACESTATE, json!({"type": "string"})),
    ];
    let required = [headers::SPECVERSION, headers::ID, headers::SOURCE, headers::TYPE];
    let title = format!("{} headers", payload.body()["title"].as_str().unwrap_or_default());
    titled(&title, json!({"type": "object", "properties": named(properties), "required": required}))
}

/// Of a command whose attributes are in its value.
pub(super) fn trace_headers() -> Value {
    let properties = vec![
        (headers::CONTENT_TYPE, json!({"type": "string"})),
        (headers::TRACEPARENT, described("W3C trace context.", json!({"type": "string"}))),
        (headers::TRACESTATE, json!({"type": "string"})),
    ];
    titled("Command headers", json!({"type": "object", "properties": named(properties)}))
}

/// The envelope of a state record, which time may have caused.
pub(super) fn state_headers(title: &str, kind: &str, id: &str) -> Value {
    let mut headers = event_headers(title, kind, id);
    headers["properties"][headers::CAUSATION_ID] =
        described("The id of the command that caused it; absent where time did.", json!({"type": "string"}));
    if let Some(required) = headers["required"].as_array_mut() {
        required.retain(|name| name != headers::CAUSATION_ID);
    }
    headers
}

/// The envelope of what the service publishes.
pub(super) fn event_headers(title: &str, kind: &str, id: &str) -> Value {
    let properties = vec![
        (headers::SPECVERSION, json!({"const": headers::CLOUDEVENTS_VERSION})),
        (headers::ID, described(id, json!({"type": "string"}))),
        (headers::SOURCE, described("The setting service.source.", json!({"type": "string"}))),
        (headers::TYPE, json!({"const": kind})),
        (headers::TIME, described("When it was decided or fired.", instant_out())),
        (headers::SUBJECT, described("The callback id, where there is one.", id_out())),
        (headers::TENANT_ID, tenant()),
        (headers::CORRELATION_ID, described("The command's.", json!({"type": "string"}))),
        (headers::CAUSATION_ID, described("The id of the command that caused it.", json!({"type": "string"}))),
        (headers::CONTENT_TYPE, json!({"const": headers::JSON})),
        (headers::TRACEPARENT, described("W3C trace context.", json!({"type": "string"}))),
        (headers::TRACESTATE, json!({"type": "string"})),
    ];
    let required = [
        headers::SPECVERSION,
        headers::ID,
        headers::SOURCE,
        headers::TYPE,
        headers::TIME,
        headers::TENANT_ID,
        headers::CAUSATION_ID,
        headers::CONTENT_TYPE,
    ];
    titled(title, json!({"type": "object", "properties": named(properties), "required": required}))
}
