//! The CloudEvents envelope of a command: binary mode, structured mode, or plain JSON (docs/contract.md#envelopes).
//!
//! What producers send that is none of these to the letter is taken too: attributes in headers that begin with `ce-`,
//! header values that are JSON strings, structured events without their content type.

mod instant;

use std::str;

use super::json::Value;
use super::malformed::{Fault, MalformedReason};
use super::near::{has_nearly, is_nothing};
use super::payload::{text, text_or_digits};
use super::sent_headers::{SentHeaders, given};
use super::trace;
use crate::domain::given::{Field, Given, JsonType, Text, TraceContext, Wrong};
use crate::domain::ids::{CommandKey, Tenant};
use crate::domain::time::Timestamp;

/// The longest command id, in bytes.
pub const MAX_COMMAND_ID_BYTES: usize = 128;

/// The longest correlation id, in bytes.
pub const MAX_CORRELATION_ID_BYTES: usize = 256;

/// What a structured event's content type begins with, in any case.
const STRUCTURED_CONTENT_TYPE: &str = "application/cloudevents+json";

/// Attributes of a plain JSON command, and the other forms of their names, written without `-` and `_`.
const OTHER_FORMS: [(Field, &[&str]); 6] = [
    (Field::COMMAND_ID, &["commandId", "id", "ceId"]),
    (Field::SOURCE, &["source", "ceSource"]),
    (Field::TYPE, &["type", "ceType"]),
    (Field("issuedAt"), &["issuedAt", "time", "ceTime"]),
    (Field::TENANT_ID, &["tenantId", "tenant", "ceTenantId"]),
    (Field("correlationId"), &["correlationId", "ceCorrelationId"]),
];

/// Where a command's attributes stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In `ce_` headers; the value is the payload.
    Binary,
    /// In the JSON object, beside `data`.
    Structured,
    /// In the JSON object, among the payload's fields.
    Plain,
}

impl Form {
    /// The content type decides, then whether there is one of the attributes that every CloudEvent has in a header, then
    /// whether the value is an event.
    pub(super) fn of(sent: &SentHeaders<'_>, value: Value<'_, '_>) -> Self {
        if is_structured(sent) {
            return Self::Structured;
        }
        if sent.is_an_event() {
            return Self::Binary;
        }
        let has = |name| value.member(name).is_some_and(|value| !is_nothing(value));
        if has("specversion") && has("id") && !has(Field::COMMAND_ID.0) { Self::Structured } else { Self::Plain }
    }
}

fn is_structured(sent: &SentHeaders<'_>) -> bool {
    let Given::Value(content_type) = given(sent.content_type) else { return false };
    let begin = content_type.get(..STRUCTURED_CONTENT_TYPE.len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(STRUCTURED_CONTENT_TYPE))
}

/// A command's attributes as they were sent; a wrong one is of another JSON type, not UTF-8, or there twice in one JSON
/// object. An empty one is absent, but for the type, which is part of a payload's digest as it stands.
#[derive(Clone, Debug, Default)]
pub struct Attributes<'a> {
    /// The command id.
    pub id: Given<Text<'a>>,
    /// The producer.
    pub source: Given<Text<'a>>,
    /// The type of command.
    pub kind: Given<Text<'a>>,
    /// When it was issued.
    pub time: Given<Text<'a>>,
    /// The tenant.
    pub tenant: Given<Text<'a>>,
    /// The correlation id.
    pub correlation_id: Given<Text<'a>>,
    /// Trace context, where a well-formed one came along.
    pub trace: Option<TraceContext>,
    /// How many members of the payload they are: none but in a plain JSON command.
    pub members: usize,
}

impl<'a> Attributes<'a> {
    /// Those of binary mode. Of headers with one name the last counts; one with a null value is absent.
    pub(super) fn of_headers(sent: &SentHeaders<'a>) -> Self {
        Self {
            id: given(sent.id).or_absent(),
            source: given(sent.source).or_absent(),
            kind: given(sent.kind),
            time: given(sent.time).or_absent(),
            tenant: given(sent.tenant_id).or_absent(),
            correlation_id: given(sent.correlation_id).or_absent(),
            trace: trace_of(sent, &Given::Absent, &Given::Absent),
            members: 0,
        }
    }

    /// Those of structured mode. The event's own trace context goes before the record's.
    pub(super) fn of_structured(event: Value<'_, 'a>, sent: &SentHeaders<'a>) -> Self {
        let read = |name| attribute(event, name, text, &mut 0);
        let read_id = |name| attribute(event, name, text_or_digits, &mut 0).or_absent();
        Self {
            id: read_id("id"),
            source: read("source").or_absent(),
            kind: read("type"),
            time: read("time").or_absent(),
            tenant: read_id("tenantid"),
            correlation_id: read_id("correlationid"),
            trace: trace_of(sent, &read("traceparent"), &read("tracestate")),
            members: 0,
        }
    }

    /// Those of a plain JSON command.
    pub(super) fn of_plain(object: Value<'_, 'a>, sent: &SentHeaders<'a>) -> Self {
        let mut members = 0;
        let mut read = |name| attribute(object, name, text, &mut members);
        let (source, kind, time) = (read("source").or_absent(), read(Field::TYPE.0), read("issuedAt").or_absent());
        let mut read_id = |name| attribute(object, name, text_or_digits, &mut members).or_absent();
        Self {
            id: read_id(Field::COMMAND_ID.0),
            source,
            kind,
            time,
            tenant: read_id(Field::TENANT_ID.0),
            correlation_id: read_id("correlationId"),
            trace: trace_of(sent, &Given::Absent, &Given::Absent),
            members,
        }
    }

    /// The attributes of a plain JSON command that are absent, while something stands under another form of their names.
    pub(super) fn misnamed(&self, object: Value<'_, '_>) -> Vec<Field> {
        let all = [&self.id, &self.source, &self.kind, &self.time, &self.tenant, &self.correlation_id];
        let is_absent = |given: &Given<Text<'_>>| match given {
            Given::Absent => true,
            Given::Value(text) => text.is_empty(),
            Given::Wrong(_) => false,
        };
        let forms = all.into_iter().zip(OTHER_FORMS).filter(|(given, _)| is_absent(given));
        forms.filter(|(_, (field, forms))| has_nearly(object, forms, field.0)).map(|(_, (field, _))| field).collect()
    }

    /// Judges all but the type, in a fixed order, so that one message always has one reason.
    ///
    /// # Errors
    /// The first fault.
    pub(super) fn envelope(&self, recorded_at: Timestamp) -> Result<Envelope, Fault> {
        let command_id = self.command_id()?;
        let source = self.source()?;
        if self.kind == Given::Wrong(Wrong::NotUnicode) {
            return Err(unreadable(MalformedReason::NotUtf8, "type", Wrong::NotUnicode));
        }
        let issued_at = self.issued_at(recorded_at)?;
        let tenant = self.tenant()?;
        let correlation_id = self.correlation_id()?.map(str::to_owned);
        let key = CommandKey { tenant, source: source.to_owned(), command_id: command_id.to_owned() };
        Ok(Envelope { key, correlation_id, issued_at })
    }

    /// Who a malformed command says it is: nothing without a readable id, the defaults for what else is unreadable.
    ///
    /// An id with a control character is echoed all the same: the script that waits knows it by that.
    pub(super) fn malformed_key(&self) -> Option<CommandKey> {
        let Given::Value(id) = &self.id else { return None };
        if id.is_empty() || id.len() > MAX_COMMAND_ID_BYTES {
            return None;
        }
        Some(CommandKey {
            tenant: self.tenant().unwrap_or_default(),
            source: self.source().unwrap_or_default().to_owned(),
            command_id: id.to_string(),
        })
    }

    /// The correlation id of a malformed command, where it may be echoed.
    pub(super) fn malformed_correlation_id(&self) -> Option<&str> {
        self.correlation_id().ok().flatten()
    }

    fn command_id(&self) -> Result<&str, Fault> {
        use MalformedReason::{CommandIdMissing, CommandIdTooLong, CommandIdUnreadable};
        let id = match &self.id {
            Given::Value(id) if !id.is_empty() => id,
            Given::Wrong(wrong) => return Err(unreadable(CommandIdUnreadable, "command id", *wrong)),
            _ => return Err(Fault::new(CommandIdMissing, "there is no command id")),
        };
        if id.len() > MAX_COMMAND_ID_BYTES {
            let detail = format!("the command id has {} bytes, more than {MAX_COMMAND_ID_BYTES}", id.len());
            return Err(Fault::new(CommandIdTooLong, detail));
        }
        without_control_characters("command id", id)
    }

    fn source(&self) -> Result<&str, Fault> {
        use MalformedReason::{SourceMissing, SourceUnreadable};
        match &self.source {
            Given::Value(source) if !source.is_empty() => without_control_characters("source", source),
            Given::Wrong(wrong) => Err(unreadable(SourceUnreadable, "source", *wrong)),
            _ => Err(Fault::new(SourceMissing, "there is no source")),
        }
    }

    /// Never ahead of the record's timestamp (docs/contract.md#dates).
    fn issued_at(&self, recorded_at: Timestamp) -> Result<Timestamp, Fault> {
        match &self.time {
            Given::Absent => Ok(recorded_at),
            Given::Value(time) => instant::read(time)
                .map(|time| time.min(recorded_at))
                .map_err(|fault| Fault::new(MalformedReason::TimeUnreadable, instant::explain(time, fault))),
            Given::Wrong(wrong) => Err(unreadable(MalformedReason::TimeUnreadable, "time", *wrong)),
        }
    }

    fn tenant(&self) -> Result<Tenant, Fault> {
        use MalformedReason::TenantInvalid;
        match &self.tenant {
            Given::Absent => Ok(Tenant::default()),
            Given::Value(tenant) => {
                Tenant::parse(tenant).map_err(|_| Fault::new(TenantInvalid, "the tenant is not [A-Za-z0-9._-]{1,64}"))
            }
            Given::Wrong(wrong) => Err(unreadable(TenantInvalid, "tenant", *wrong)),
        }
    }

    fn correlation_id(&self) -> Result<Option<&str>, Fault> {
        use MalformedReason::{CorrelationIdTooLong, CorrelationIdUnreadable};
        let id = match &self.correlation_id {
            Given::Absent => return Ok(None),
            Given::Value(id) => id,
            Given::Wrong(wrong) => return Err(unreadable(CorrelationIdUnreadable, "correlation id", *wrong)),
        };
        if id.len() > MAX_CORRELATION_ID_BYTES {
            let detail = format!("the correlation id has {} bytes, more than {MAX_CORRELATION_ID_BYTES}", id.len());
            return Err(Fault::new(CorrelationIdTooLong, detail));
        }
        without_control_characters("correlation id", id).map(Some)
    }
}

/// The attributes of a command, judged.
pub(super) struct Envelope {
    pub key: CommandKey,
    pub correlation_id: Option<String>,
    pub issued_at: Timestamp,
}

/// CloudEvents strings have no control characters, PostgreSQL texts no NUL; so none gets further than this.
fn without_control_characters<'t>(what: &str, text: &'t str) -> Result<&'t str, Fault> {
    let is_plain_ascii = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !is_plain_ascii && text.chars().any(char::is_control) {
        let detail = format!("the {what} has a control character");
        return Err(Fault::new(MalformedReason::AttributeControlCharacter, detail));
    }
    Ok(text)
}

/// An attribute that is no text.
fn unreadable(reason: MalformedReason, what: &str, wrong: Wrong) -> Fault {
    let found = match wrong {
        Wrong::NotUnicode => "has half of a surrogate pair",
        Wrong::NotUtf8 => "is not a string of UTF-8",
        Wrong::Type(JsonType::Number) => "is a JSON number and not a string",
        Wrong::Type(JsonType::Boolean) => "is a JSON boolean and not a string",
        Wrong::Type(JsonType::Array) => "is a JSON array and not a string",
        Wrong::Type(JsonType::Object) => "is a JSON object and not a string",
        Wrong::Type(JsonType::Null | JsonType::Text) | Wrong::PartType(_) | Wrong::Name | Wrong::Value => {
            "is not a string"
        }
    };
    Fault::new(reason, format!("the {what} {found}"))
}

/// Reads an attribute, and adds to `members` how many members of the object have its name.
fn attribute<'a>(
    object: Value<'_, 'a>,
    name: &str,
    read: impl Fn(Value<'_, 'a>) -> Result<Text<'a>, Wrong>,
    members: &mut usize,
) -> Given<Text<'a>> {
    let mut found = Given::Absent;
    let mut count = 0;
    for (key, value) in object.members().into_iter().flatten() {
        if key.text().is_some_and(|key| key == name) {
            count += 1;
            found = match read(value) {
                _ if count > 1 => Given::Wrong(Wrong::Type(JsonType::Null)),
                _ if value.is_null() => Given::Absent,
                Ok(text) => Given::Value(text),
                Err(wrong) => Given::Wrong(wrong),
            };
        }
    }
    *members += count;
    found
}

impl Given<Text<'_>> {
    /// The same, where the empty text is the same as absent.
    fn or_absent(self) -> Self {
        match self {
            Self::Value(text) if text.is_empty() => Self::Absent,
            other => other,
        }
    }
}

/// The event's attributes, else the record's own headers, else those that the CloudEvents tracing extension has in
/// binary mode.
fn trace_of<'a>(
    sent: &SentHeaders<'a>,
    traceparent: &Given<Text<'a>>,
    tracestate: &Given<Text<'a>>,
) -> Option<TraceContext> {
    let of_headers = |traceparent, tracestate| trace::read(value(&given(traceparent)), value(&given(tracestate)));
    trace::read(value(traceparent), value(tracestate))
        .or_else(|| of_headers(sent.traceparent, sent.tracestate))
        .or_else(|| of_headers(sent.event_traceparent, sent.event_tracestate))
}

fn value<'t>(given: &'t Given<Text<'_>>) -> Option<&'t str> {
    match given {
        Given::Value(text) => Some(text),
        _ => None,
    }
}
