//! A record of the command topic → a command, or why it is none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::command::{self, Payload};
use super::envelope::{Attributes, Envelope, Form};
use super::json::{Document, Value};
use super::malformed::{Cause, Fault, Malformed, MalformedAnswer, MalformedReason};
use super::record::Incoming;
use super::sent_headers::SentHeaders;
use crate::domain::command::Command;
use crate::domain::given::Field;
use crate::domain::ids::Fingerprint;

/// What a command may measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest value, in bytes (`limits.command_bytes`).
    pub command_bytes: usize,
}

/// What a schema registry's serializer puts before JSON: a zero byte and the number of a schema.
const FRAMING_BYTES: usize = 5;

/// Reads a command in any of the three forms (docs/contract.md#envelopes, #the-schedule-command).
///
/// # Errors
/// `Malformed`: the record belongs into the dead-letter topic, and a result is owed where `answer` is there.
pub fn decode<'a>(record: &Incoming<'a>, limits: Limits) -> Result<Command<'a>, Malformed> {
    let sent = SentHeaders::of(record);
    let in_headers = || Attributes::of_headers(&sent);
    let document = document(record, limits).map_err(|fault| malformed(fault, record, &in_headers(), None))?;
    let form = Form::of(&sent, document.root());
    let attributes = match form {
        Form::Binary => in_headers(),
        Form::Structured => Attributes::of_structured(document.root(), &sent),
        Form::Plain => Attributes::of_plain(document.root(), &sent),
    };
    command(record, form, &attributes, &document)
        .map_err(|fault| malformed(fault, record, &attributes, Some(document.root())))
}

fn document<'a>(record: &Incoming<'a>, limits: Limits) -> Result<Document<'a>, Fault> {
    let value = record.value.ok_or_else(|| Fault::new(MalformedReason::NullValue, "the record has no value"))?;
    if value.len() > limits.command_bytes {
        let detail = format!("the value has {} bytes, more than {}", value.len(), limits.command_bytes);
        return Err(Fault::new(MalformedReason::TooLarge, detail));
    }
    let document = match value {
        [0, _, _, _, _, json @ ..] if json.starts_with(b"{") => {
            Document::read(json).map_err(|error| error.behind(FRAMING_BYTES))?
        }
        _ => Document::read(value)?,
    };
    if document.root().members().is_none() {
        return Err(not_an_object(document.root(), "the value"));
    }
    Ok(document)
}

fn command<'a>(
    record: &Incoming<'a>,
    form: Form,
    attributes: &Attributes<'a>,
    document: &Document<'a>,
) -> Result<Command<'a>, Fault> {
    without_repeated_keys(document)?;
    let embedded;
    let payload = match form {
        Form::Binary | Form::Plain => document.root(),
        Form::Structured => match data_of(document.root())? {
            EventData::Json(data) => data,
            EventData::Decoded(bytes) => {
                embedded = Document::read(&bytes)?.into_owned();
                without_repeated_keys(&embedded)?;
                embedded.root()
            }
        },
    };
    if payload.members().is_none() {
        return Err(not_an_object(payload, "the event's data"));
    }
    let Envelope { key, correlation_id, issued_at } = attributes.envelope(record.timestamp)?;
    let Payload { request, digests, has_strangers } = command::read(&attributes.kind, payload, attributes.members);
    let misnamed = if has_strangers && form == Form::Plain { attributes.misnamed(payload) } else { Vec::new() };
    Ok(Command {
        key,
        correlation_id,
        issued_at,
        trace: attributes.trace.clone(),
        payload: digests.now,
        earlier_payload: digests.earlier,
        misnamed,
        request,
    })
}

fn not_an_object(value: Value<'_, '_>, what: &str) -> Fault {
    let fault = Fault::new(MalformedReason::NotAnObject, format!("{what} is not a JSON object"));
    let is_json = value.text().is_some_and(|text| text.trim_start().starts_with(['{', '"']));
    Fault { cause: is_json.then_some(Cause::JsonInString), ..fault }
}

fn without_repeated_keys(document: &Document<'_>) -> Result<(), Fault> {
    if document.repeats_a_key() {
        return Err(Fault::new(MalformedReason::RepeatedKey, "an object has the same key twice"));
    }
    Ok(())
}

/// Where a structured event has its payload (CloudEvents JSON event format 1.0 §3.1).
enum EventData<'d, 'a> {
    Json(Value<'d, 'a>),
    Decoded(Vec<u8>),
}

fn data_of<'d, 'a>(event: Value<'d, 'a>) -> Result<EventData<'d, 'a>, Fault> {
    let unreadable = |detail| Fault::new(MalformedReason::DataUnreadable, detail);
    match (event.member("data"), event.member("data_base64")) {
        (Some(data), None) => Ok(EventData::Json(data)),
        (None, None) => Err(Fault::new(MalformedReason::NotAnObject, "the event has no data")),
        (Some(_), Some(_)) => Err(unreadable("data and data_base64 exclude each other")),
        (None, Some(encoded)) => encoded
            .text()
            .and_then(|text| STANDARD.decode(text.as_bytes()).ok())
            .map(EventData::Decoded)
            .ok_or_else(|| unreadable("data_base64 is not a string of base64")),
    }
}

/// Adds who is to be told, and what may have happened. A structured event whose own id cannot be read may carry it in the
/// headers too.
fn malformed(
    fault: Fault,
    record: &Incoming<'_>,
    attributes: &Attributes<'_>,
    root: Option<Value<'_, '_>>,
) -> Malformed {
    let in_headers = Attributes::of_headers(&SentHeaders::of(record));
    let answer = [attributes, &in_headers].into_iter().find_map(|attributes| {
        let correlation_id = attributes.malformed_correlation_id();
        Some(Box::new(MalformedAnswer {
            key: attributes.malformed_key()?,
            correlation_id: correlation_id.map(str::to_owned),
            trace: attributes.trace.clone(),
            payload: fingerprint(&fault, record.value, correlation_id),
        }))
    });
    let cause = fault.cause.or_else(|| cause_of(fault.reason, record, attributes, root));
    Malformed { reason: fault.reason, detail: fault.detail, cause, answer }
}

fn cause_of(
    reason: MalformedReason,
    record: &Incoming<'_>,
    attributes: &Attributes<'_>,
    root: Option<Value<'_, '_>>,
) -> Option<Cause> {
    let is_misnamed = |field| root.is_some_and(|root| attributes.misnamed(root).contains(&field));
    match (reason, record.value?) {
        (MalformedReason::NotUtf8, [0xef, 0xbb, 0xbf, ..]) => Some(Cause::ByteOrderMark),
        (MalformedReason::NotUtf8, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) => Some(Cause::Utf16),
        (MalformedReason::NotUtf8 | MalformedReason::NotJson, [0, _, _, _, _, rest @ ..])
            if !rest.starts_with(b"{") =>
        {
            Some(Cause::RegistryFraming)
        }
        (MalformedReason::CommandIdMissing, _) => {
            let has = |name| root.is_some_and(|root| root.member(name).is_some());
            Some(if has("schema") && has("payload") {
                Cause::KafkaConnect
            } else if is_misnamed(Field::COMMAND_ID) {
                Cause::IdMisnamed
            } else {
                Cause::NoId
            })
        }
        (MalformedReason::SourceMissing, _) => is_misnamed(Field::SOURCE).then_some(Cause::SourceMisnamed),
        _ => None,
    }
}

/// Of all that makes the result what it is, so that no two different ones share an id.
fn fingerprint(fault: &Fault, value: Option<&[u8]>, correlation_id: Option<&str>) -> Fingerprint {
    let presence = [u8::from(value.is_some()), u8::from(correlation_id.is_some())];
    Fingerprint::of([
        b"malformed".as_slice(),
        fault.reason.code().as_bytes(),
        fault.detail.as_bytes(),
        &presence,
        value.unwrap_or_default(),
        correlation_id.unwrap_or_default().as_bytes(),
    ])
}

#[cfg(test)]
mod tests;
