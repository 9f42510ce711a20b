//! Headers of records as producers write them: their names, and values that are JSON strings
//! (docs/contract.md#envelopes).

use std::borrow::Cow;
use std::str;

use super::headers;
use super::json::{Document, Node};
use super::record::Incoming;
use crate::domain::command::{Given, Text, Wrong};

/// The names of a CloudEvent's attributes in a record's headers.
#[derive(Debug)]
pub(super) struct HeaderNames {
    pub id: &'static str,
    pub source: &'static str,
    pub kind: &'static str,
    pub specversion: &'static str,
    pub time: &'static str,
    pub tenant_id: &'static str,
    pub correlation_id: &'static str,
    pub event_traceparent: &'static str,
    pub event_tracestate: &'static str,
}

/// As the Kafka binding has them (§3.2.3.1).
const UNDERSCORED: HeaderNames = HeaderNames {
    id: headers::ID,
    source: headers::SOURCE,
    kind: headers::TYPE,
    specversion: headers::SPECVERSION,
    time: headers::TIME,
    tenant_id: headers::TENANT_ID,
    correlation_id: headers::CORRELATION_ID,
    event_traceparent: headers::EVENT_TRACEPARENT,
    event_tracestate: headers::EVENT_TRACESTATE,
};

/// As the HTTP binding has them, and libraries that share code with it write them to Kafka too.
const HYPHENATED: HeaderNames = HeaderNames {
    id: "ce-id",
    source: "ce-source",
    kind: "ce-type",
    specversion: "ce-specversion",
    time: "ce-time",
    tenant_id: "ce-tenantid",
    correlation_id: "ce-correlationid",
    event_traceparent: "ce-traceparent",
    event_tracestate: "ce-tracestate",
};

impl HeaderNames {
    /// The names that the record uses: those with a hyphen only where none has the underscore.
    pub(super) fn of(record: &Incoming<'_>) -> &'static Self {
        let mut names = &UNDERSCORED;
        for (name, _) in &record.headers {
            match name.as_bytes() {
                [b'c', b'e', b'_', ..] => return &UNDERSCORED,
                [b'c', b'e', b'-', ..] => names = &HYPHENATED,
                _ => {}
            }
        }
        names
    }
}

/// The text of the last header of that name.
pub(super) fn header<'a>(record: &Incoming<'a>, name: &str) -> Given<Text<'a>> {
    record.header(name).map_or(Given::Absent, text_of)
}

/// The text of a header's value. One that begins and ends with a quotation mark and is a JSON string is that string: so some
/// header mappers write texts.
pub(super) fn text_of(value: &[u8]) -> Given<Text<'_>> {
    let Ok(text) = str::from_utf8(value) else { return Given::Wrong(Wrong::NotUtf8) };
    if let [b'"', .., b'"'] = value
        && let Ok(document) = Document::read(value)
    {
        return match document.into_root() {
            Node::Text(text) => Given::Value(text),
            _ => Given::Wrong(Wrong::NotUnicode),
        };
    }
    Given::Value(Cow::Borrowed(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &[u8]) -> Given<String> {
        let record = Incoming { headers: vec![("a", Some(value))], ..Incoming::default() };
        match header(&record, "a") {
            Given::Value(text) => Given::Value(text.into_owned()),
            Given::Wrong(wrong) => Given::Wrong(wrong),
            Given::Absent => Given::Absent,
        }
    }

    #[test]
    fn a_value_in_quotation_marks_is_the_json_string_that_it_is() {
        let value = |text: &str| Given::Value(text.to_owned());
        for (sent, expected) in [
            ("/my/source", value("/my/source")),
            (r#""/my/source""#, value("/my/source")),
            (r#""caf\u00e9\n""#, value("café\n")),
            (r#""""#, value("")),
            // None of these is a JSON string.
            (r#"""#, value(r#"""#)),
            (r#""a"b""#, value(r#""a"b""#)),
            (r#""a"#, value(r#""a"#)),
            (r#""\x""#, value(r#""\x""#)),
            (r#""\ud83d""#, Given::Wrong(Wrong::NotUnicode)),
        ] {
            assert_eq!(read(sent.as_bytes()), expected, "{sent}");
        }
        assert_eq!(read(b"\xff"), Given::Wrong(Wrong::NotUtf8));
    }

    #[test]
    fn hyphens_count_where_no_header_has_the_underscore() {
        let names = |headers: &[&'static str]| {
            let headers = headers.iter().map(|name| (*name, None)).collect();
            HeaderNames::of(&Incoming { headers, ..Incoming::default() }).id
        };
        assert_eq!(names(&[]), "ce_id");
        assert_eq!(names(&["ce-id", "other"]), "ce-id");
        assert_eq!(names(&["ce-id", "ce_time"]), "ce_id");
    }
}
