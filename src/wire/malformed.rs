//! Records that cannot be read as a command: why, and to whom it can be said.

use std::fmt;

use thiserror::Error;

use super::json::NotJson;
use crate::domain::given::TraceContext;
use crate::domain::ids::{CommandKey, Fingerprint};

/// A record that goes to the dead-letter topic (docs/contract.md#malformed-messages).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{reason}: {detail}")]
pub struct Malformed {
    /// The header `dlq-reason`.
    pub reason: MalformedReason,
    /// The header `dlq-detail`: a sentence for the operator, without anything of the message itself but a time.
    pub detail: String,
    /// What the producer probably did, where that can be seen.
    pub cause: Option<Cause>,
    /// Where the command id can be read: what a result needs, so that no script waits for ever.
    pub answer: Option<Box<MalformedAnswer>>,
}

/// What is known of a malformed command that names itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedAnswer {
    /// Its id; its tenant, or the default one where that cannot be read; its source, or an empty one.
    pub key: CommandKey,
    /// Its correlation id, where that can be read.
    pub correlation_id: Option<String>,
    /// Its trace context, where a well-formed one came along.
    pub trace: Option<TraceContext>,
    /// Digest of the value and of what is wrong: takes the place of a payload's in the id of the result.
    pub payload: Fingerprint,
}

/// What producers do now and then that makes a record unreadable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A byte order mark in front.
    ByteOrderMark,
    /// UTF-16, with its byte order mark.
    Utf16,
    /// A schema registry's framing, and behind it something that is no JSON object.
    RegistryFraming,
    /// A JSON string that contains JSON.
    JsonInString,
    /// The envelope of Kafka Connect's JSON converter.
    KafkaConnect,
    /// The id stands under another form of its name.
    IdMisnamed,
    /// The source stands under another form of its name.
    SourceMisnamed,
    /// There is nothing that could be the id.
    NoId,
}

/// What a malformed command was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A record of a topic.
    Record,
    /// A line of the input of `check`.
    Line,
}

impl Malformed {
    /// What the one who sent it should know: what is wrong, the stable code, and what to do about the usual causes.
    pub fn message(&self, read_from: Source) -> String {
        let Self { reason, detail, .. } = self;
        let advice = self.advice(read_from).map(|advice| format!(" {advice}")).unwrap_or_default();
        format!("The message could not be read as a command: {detail} ({reason}).{advice}")
    }

    fn advice(&self, read_from: Source) -> Option<&'static str> {
        if let Some(cause) = self.cause {
            return Some(cause.advice());
        }
        match (self.reason, read_from) {
            (MalformedReason::NotJson | MalformedReason::NotAnObject, Source::Line) => Some(
                "`check` reads one command a line: write each command as one line of JSON, without line breaks inside \
                 it and without brackets or commas around it.",
            ),
            (
                MalformedReason::NotUtf8
                | MalformedReason::NotJson
                | MalformedReason::NotAnObject
                | MalformedReason::NullValue,
                _,
            ) => Some("Expected one JSON object in UTF-8."),
            (MalformedReason::RepeatedKey, _) => Some("Expected each key once, at every depth."),
            _ => None,
        }
    }
}

impl Cause {
    const fn advice(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "It begins with a byte order mark (U+FEFF); write UTF-8 without one.",
            Self::Utf16 => "It looks like UTF-16 with its byte order mark; write UTF-8, without one.",
            Self::RegistryFraming => {
                "It begins as what a schema registry's serializer writes, a zero byte and the number of a schema in four \
                 bytes, and no JSON object follows: Avro or Protobuf, probably. Use the serializer for JSON, or plain JSON."
            }
            Self::JsonInString => {
                "It is a JSON string that contains JSON, so it was turned into JSON twice; send the object itself."
            }
            Self::KafkaConnect => {
                "It is the envelope `schema` and `payload` of Kafka Connect's JsonConverter; set \
                 `value.converter.schemas.enable=false`, so that the payload alone is sent."
            }
            Self::IdMisnamed => "The command's id stands under another name; in plain JSON the name is `commandId`.",
            Self::SourceMisnamed => {
                "The command's source stands under another name; in plain JSON the name is `source`."
            }
            Self::NoId => {
                "The id is `commandId` in plain JSON, `id` of a CloudEvent in structured mode, and the header `ce_id` in \
                 binary mode."
            }
        }
    }
}

/// What is wrong with a record; `Display` and [`Self::code`] give the stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MalformedReason {
    /// The record has no value.
    NullValue,
    /// The value has more bytes than `limits.command_bytes`.
    TooLarge,
    /// Not UTF-8; a byte order mark, and lone surrogates in keys and in the type, included.
    NotUtf8,
    /// Not a JSON text.
    NotJson,
    /// The JSON text, or the `data` of a structured event, is not an object.
    NotAnObject,
    /// An object, at any depth, has the same key twice.
    RepeatedKey,
    /// `data_base64` is not base64, or stands beside `data`.
    DataUnreadable,
    /// No command id, or an empty one.
    CommandIdMissing,
    /// The command id is neither a string nor a whole number.
    CommandIdUnreadable,
    /// The command id has more than 128 bytes.
    CommandIdTooLong,
    /// No source, or an empty one.
    SourceMissing,
    /// The source is not a string.
    SourceUnreadable,
    /// The time is neither an RFC 3339 instant nor a date and time with an offset of docs/contract.md#dates.
    TimeUnreadable,
    /// The tenant is not `[A-Za-z0-9._-]{1,64}`.
    TenantInvalid,
    /// The correlation id is neither a string nor a whole number.
    CorrelationIdUnreadable,
    /// The correlation id has more than 256 bytes.
    CorrelationIdTooLong,
    /// A control character in command id, source or correlation id (CloudEvents 1.0, type system, String).
    AttributeControlCharacter,
}

impl MalformedReason {
    /// All of them, in the order of the checks.
    pub const ALL: [Self; 17] = [
        Self::NullValue,
        Self::TooLarge,
        Self::NotUtf8,
        Self::NotJson,
        Self::NotAnObject,
        Self::RepeatedKey,
        Self::DataUnreadable,
        Self::CommandIdMissing,
        Self::CommandIdUnreadable,
        Self::CommandIdTooLong,
        Self::SourceMissing,
        Self::SourceUnreadable,
        Self::TimeUnreadable,
        Self::TenantInvalid,
        Self::CorrelationIdUnreadable,
        Self::CorrelationIdTooLong,
        Self::AttributeControlCharacter,
    ];

    /// The stable code, as `dlq-reason` and `dead-letters redrive --reason` have it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NullValue => "NULL_VALUE",
            Self::TooLarge => "TOO_LARGE",
            Self::NotUtf8 => "NOT_UTF8",
            Self::NotJson => "NOT_JSON",
            Self::NotAnObject => "NOT_AN_OBJECT",
            Self::RepeatedKey => "REPEATED_KEY",
            Self::DataUnreadable => "DATA_UNREADABLE",
            Self::CommandIdMissing => "COMMAND_ID_MISSING",
            Self::CommandIdUnreadable => "COMMAND_ID_UNREADABLE",
            Self::CommandIdTooLong => "COMMAND_ID_TOO_LONG",
            Self::SourceMissing => "SOURCE_MISSING",
            Self::SourceUnreadable => "SOURCE_UNREADABLE",
            Self::TimeUnreadable => "TIME_UNREADABLE",
            Self::TenantInvalid => "TENANT_INVALID",
            Self::CorrelationIdUnreadable => "CORRELATION_ID_UNREADABLE",
            Self::CorrelationIdTooLong => "CORRELATION_ID_TOO_LONG",
            Self::AttributeControlCharacter => "ATTRIBUTE_CONTROL_CHARACTER",
        }
    }
}

impl fmt::Display for MalformedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A reason and its detail, before it is known whether there is somebody to answer.
#[derive(Debug)]
pub(super) struct Fault {
    pub reason: MalformedReason,
    pub detail: String,
    pub cause: Option<Cause>,
}

impl Fault {
    pub fn new(reason: MalformedReason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), cause: None }
    }
}

impl From<NotJson> for Fault {
    fn from(error: NotJson) -> Self {
        let reason = match error {
            NotJson::NotUtf8(_) | NotJson::ByteOrderMark | NotJson::LoneSurrogate(_) => MalformedReason::NotUtf8,
            NotJson::Syntax(_) => MalformedReason::NotJson,
        };
        Self::new(reason, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_in_the_list_once_at_its_own_place() {
        for (place, reason) in MalformedReason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, place, "{reason}");
        }
        assert_eq!(MalformedReason::ALL.len(), MalformedReason::AttributeControlCharacter as usize + 1);
    }
}
