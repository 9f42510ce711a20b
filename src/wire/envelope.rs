//! The CloudEvents envelope of a command: binary mode, structured mode, or plain JSON (contract §3).

use std::borrow::Cow;
use std::str;

use super::headers;
use super::json::{Node, Value};
use super::malformed::{Fault, MalformedReason};
use super::record::Incoming;
use super::trace;
use crate::domain::command::{Given, Text, TraceContext};
use crate::domain::ids::{CommandKey, Tenant};
use crate::domain::timestamp::Timestamp;

/// The longest command id, in bytes.
pub const MAX_COMMAND_ID_BYTES: usize = 128;

/// The longest correlation id, in bytes.
pub const MAX_CORRELATION_ID_BYTES: usize = 256;

/// What a structured event's content type begins with, in any case.
const STRUCTURED_CONTENT_TYPE: &[u8] = b"application/cloudevents+json";

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
    /// The content type decides, then whether there is one of the attributes that every CloudEvent has.
    pub fn of(record: &Incoming<'_>) -> Self {
        if content_type(record).is_some_and(is_structured) {
            return Self::Structured;
        }
        let required = [headers::ID, headers::SOURCE, headers::TYPE, headers::SPECVERSION];
        if required.into_iter().any(|name| record.header(name).is_some()) { Self::Binary } else { Self::Plain }
    }
}

/// Bridges from HTTP write the name in any case.
fn content_type<'a>(record: &Incoming<'a>) -> Option<&'a [u8]> {
    record.headers.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(headers::CONTENT_TYPE))?.1
}

fn is_structured(content_type: &[u8]) -> bool {
    let begin = content_type.get(..STRUCTURED_CONTENT_TYPE.len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(STRUCTURED_CONTENT_TYPE))
}

/// A command's attributes as they were sent; the wrong type is one that is not a JSON string, not UTF-8, or there
/// twice in one JSON object.
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
}

impl<'a> Attributes<'a> {
    /// Those of binary mode. Of headers with one name the last counts; one with a null value is absent.
    pub fn of_headers(record: &Incoming<'a>) -> Self {
        Self {
            id: header(record, headers::ID),
            source: header(record, headers::SOURCE),
            kind: header(record, headers::TYPE),
            time: header(record, headers::TIME),
            tenant: header(record, headers::TENANT_ID),
            correlation_id: header(record, headers::CORRELATION_ID),
            trace: trace_of(record, &Given::Absent, &Given::Absent),
        }
    }

    /// Those of structured mode. The event's own trace context goes before the record's.
    pub fn of_structured(event: Value<'_, 'a>, record: &Incoming<'a>) -> Self {
        Self {
            id: attribute(event, "id"),
            source: attribute(event, "source"),
            kind: attribute(event, "type"),
            time: attribute(event, "time"),
            tenant: attribute(event, "tenantid"),
            correlation_id: attribute(event, "correlationid"),
            trace: trace_of(record, &attribute(event, "traceparent"), &attribute(event, "tracestate")),
        }
    }

    /// Those of a plain JSON command.
    pub fn of_plain(object: Value<'_, 'a>, record: &Incoming<'a>) -> Self {
        Self {
            id: attribute(object, "commandId"),
            source: attribute(object, "source"),
            kind: attribute(object, "type"),
            time: attribute(object, "issuedAt"),
            tenant: attribute(object, "tenantId"),
            correlation_id: attribute(object, "correlationId"),
            trace: trace_of(record, &Given::Absent, &Given::Absent),
        }
    }

    /// Judges all but the type, in a fixed order, so that one message always has one reason.
    ///
    /// # Errors
    /// The first fault.
    pub(super) fn envelope(&self, recorded_at: Timestamp) -> Result<Envelope, Fault> {
        let command_id = self.command_id()?;
        let source = self.source()?;
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
            Given::WrongType => return Err(Fault::new(CommandIdUnreadable, "the command id is not a string of UTF-8")),
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
            Given::WrongType => Err(Fault::new(SourceUnreadable, "the source is not a string of UTF-8")),
            _ => Err(Fault::new(SourceMissing, "there is no source")),
        }
    }

    /// Never ahead of the record's timestamp (contract §5).
    fn issued_at(&self, recorded_at: Timestamp) -> Result<Timestamp, Fault> {
        let time = match &self.time {
            Given::Absent => return Ok(recorded_at),
            Given::Value(time) => Timestamp::parse_rfc3339(time).ok(),
            Given::WrongType => None,
        };
        let unreadable = || Fault::new(MalformedReason::TimeUnreadable, "the time is not an RFC 3339 instant");
        time.map(|time| time.min(recorded_at)).ok_or_else(unreadable)
    }

    fn tenant(&self) -> Result<Tenant, Fault> {
        let tenant = match &self.tenant {
            Given::Absent => return Ok(Tenant::default()),
            Given::Value(tenant) => Tenant::parse(tenant).ok(),
            Given::WrongType => None,
        };
        let invalid = || Fault::new(MalformedReason::TenantInvalid, "the tenant is not [A-Za-z0-9._-]{1,64}");
        tenant.ok_or_else(invalid)
    }

    fn correlation_id(&self) -> Result<Option<&str>, Fault> {
        use MalformedReason::{CorrelationIdTooLong, CorrelationIdUnreadable};
        let id = match &self.correlation_id {
            Given::Absent => return Ok(None),
            Given::Value(id) => id,
            Given::WrongType => {
                let detail = "the correlation id is not a string of UTF-8";
                return Err(Fault::new(CorrelationIdUnreadable, detail));
            }
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

fn header<'a>(record: &Incoming<'a>, name: &str) -> Given<Text<'a>> {
    match record.header(name).map(str::from_utf8) {
        None => Given::Absent,
        Some(Ok(text)) => Given::Value(Cow::Borrowed(text)),
        Some(Err(_)) => Given::WrongType,
    }
}

fn attribute<'a>(object: Value<'_, 'a>, name: &str) -> Given<Text<'a>> {
    let mut named = object
        .members()
        .into_iter()
        .flatten()
        .filter(|(key, _)| key.text().is_some_and(|key| key == name))
        .map(|(_, value)| value.node());
    match (named.next(), named.next()) {
        (None | Some(Node::Null), None) => Given::Absent,
        (Some(Node::Text(text)), None) => Given::Value(text.clone()),
        _ => Given::WrongType,
    }
}

/// The event's attributes, else the record's own headers, else those that the CloudEvents tracing extension has in
/// binary mode.
fn trace_of<'a>(
    record: &Incoming<'a>,
    traceparent: &Given<Text<'a>>,
    tracestate: &Given<Text<'a>>,
) -> Option<TraceContext> {
    let of_headers = |traceparent, tracestate| {
        let text = |name| record.header(name).and_then(|value| str::from_utf8(value).ok());
        trace::read(text(traceparent), text(tracestate))
    };
    trace::read(value(traceparent), value(tracestate))
        .or_else(|| of_headers(headers::TRACEPARENT, headers::TRACESTATE))
        .or_else(|| of_headers(headers::EVENT_TRACEPARENT, headers::EVENT_TRACESTATE))
}

fn value<'t>(given: &'t Given<Text<'_>>) -> Option<&'t str> {
    match given {
        Given::Value(text) => Some(text),
        _ => None,
    }
}
