//! Headers of records as producers write them: their names, and values that are JSON strings
//! (docs/contract.md#envelopes).

use std::borrow::Cow;
use std::str;

use super::headers;
use super::json::{Document, Node};
use super::record::Incoming;
use crate::domain::given::{Given, Text, Wrong};

/// The headers that mean something to us, found in one go. Of those with one name the last counts, and a null value is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SentHeaders<'a> {
    pub content_type: Option<&'a [u8]>,
    pub id: Option<&'a [u8]>,
    pub source: Option<&'a [u8]>,
    pub kind: Option<&'a [u8]>,
    pub specversion: Option<&'a [u8]>,
    pub time: Option<&'a [u8]>,
    pub tenant_id: Option<&'a [u8]>,
    pub correlation_id: Option<&'a [u8]>,
    pub traceparent: Option<&'a [u8]>,
    pub tracestate: Option<&'a [u8]>,
    pub event_traceparent: Option<&'a [u8]>,
    pub event_tracestate: Option<&'a [u8]>,
}

/// What the names of a CloudEvent's attributes begin with in the Kafka binding (§3.2.3.1).
const UNDERSCORE: &str = "ce_";

/// The same in the HTTP binding; libraries that share code with it write it to Kafka too.
const HYPHEN: &str = "ce-";

impl<'a> SentHeaders<'a> {
    /// Those of a record. Attributes whose names have the hyphen count where no header has the underscore.
    pub(super) fn of(record: &Incoming<'a>) -> Self {
        let (mut found, has_any) = Self::with_prefix(record, UNDERSCORE);
        if !has_any && record.headers.iter().any(|(name, _)| name.starts_with(HYPHEN)) {
            found = Self::with_prefix(record, HYPHEN).0;
        }
        found
    }

    /// Whether one of the attributes is there that every CloudEvent has.
    pub(super) fn is_an_event(&self) -> bool {
        self.id.is_some() || self.source.is_some() || self.kind.is_some() || self.specversion.is_some()
    }

    /// The headers, and whether any has that prefix.
    fn with_prefix(record: &Incoming<'a>, prefix: &str) -> (Self, bool) {
        let mut found = Self::default();
        let mut has_any = false;
        for &(name, value) in &record.headers {
            let Some(attribute) = name.strip_prefix(prefix) else {
                match name {
                    headers::TRACEPARENT => found.traceparent = value,
                    headers::TRACESTATE => found.tracestate = value,
                    // Bridges from HTTP write it in any case.
                    _ if name.eq_ignore_ascii_case(headers::CONTENT_TYPE) => found.content_type = value,
                    _ => {}
                }
                continue;
            };
            has_any = true;
            let place = match attribute {
                "id" => &mut found.id,
                "source" => &mut found.source,
                "type" => &mut found.kind,
                "specversion" => &mut found.specversion,
                "time" => &mut found.time,
                "tenantid" => &mut found.tenant_id,
                "correlationid" => &mut found.correlation_id,
                "traceparent" => &mut found.event_traceparent,
                "tracestate" => &mut found.event_tracestate,
                _ => continue,
            };
            *place = value;
        }
        (found, has_any)
    }
}

/// The text of a header, where there is one.
pub(super) fn given(value: Option<&[u8]>) -> Given<Text<'_>> {
    value.map_or(Given::Absent, text_of)
}

/// The text of a header's value. One that begins and ends with a quotation mark and is a JSON string is that string: so some
/// header mappers write texts.
fn text_of(value: &[u8]) -> Given<Text<'_>> {
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
        match given(Some(value)) {
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
        let id = |headers: &[(&'static str, Option<&'static [u8]>)]| {
            SentHeaders::of(&Incoming { headers: headers.to_vec(), ..Incoming::default() }).id
        };
        let (one, other): (Option<&[u8]>, Option<&[u8]>) = (Some(b"1"), Some(b"2"));
        assert_eq!(id(&[]), None);
        assert_eq!(id(&[("ce-id", one), ("other", None)]), one);
        assert_eq!(id(&[("ce-id", one), ("ce_time", other)]), None);
        assert_eq!(id(&[("ce-id", one), ("ce_id", other)]), other);
        assert_eq!(id(&[("ce_id", one), ("ce_id", other)]), other);
        assert_eq!(id(&[("ce_id", one), ("ce_id", None)]), None);
    }
}
