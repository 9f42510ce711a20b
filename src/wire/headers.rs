//! The headers of what the service publishes, and their names.

use std::fmt::Display;

use super::json_writer::append;

/// `content-type`, of the value (CloudEvents Kafka binding §3.2.1).
pub const CONTENT_TYPE: &str = "content-type";
/// CloudEvents `specversion`.
pub const SPECVERSION: &str = "ce_specversion";
/// CloudEvents `id`.
pub const ID: &str = "ce_id";
/// CloudEvents `source`.
pub const SOURCE: &str = "ce_source";
/// CloudEvents `type`.
pub const TYPE: &str = "ce_type";
/// CloudEvents `time`.
pub const TIME: &str = "ce_time";
/// CloudEvents `subject`: the callback id.
pub const SUBJECT: &str = "ce_subject";
/// Extension: the tenant.
pub const TENANT_ID: &str = "ce_tenantid";
/// Extension: what the producer correlates by.
pub const CORRELATION_ID: &str = "ce_correlationid";
/// Extension: the id of the command that caused this.
pub const CAUSATION_ID: &str = "ce_causationid";
/// CloudEvents expiry time extension: from when on the event is of no use.
pub const EXPIRY_TIME: &str = "ce_expirytime";
/// CloudEvents distributed tracing extension: the trace of the event rather than of the record.
pub const EVENT_TRACEPARENT: &str = "ce_traceparent";
/// W3C trace context of the record.
pub const TRACEPARENT: &str = "traceparent";
/// W3C trace context of the record.
pub const TRACESTATE: &str = "tracestate";

/// `content-type` of all that the service publishes.
pub const JSON: &str = "application/json";
/// The CloudEvents version that the service speaks.
pub const CLOUDEVENTS_VERSION: &str = "1.0";

/// Headers being written: the values lie one behind the other in one buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    values: Vec<u8>,
    /// Names, and where each value ends.
    ends: Vec<(&'static str, usize)>,
}

impl Headers {
    /// No headers yet, and room for so many of them with so many bytes of values.
    pub fn with_room_for(headers: usize, bytes: usize) -> Self {
        Self { values: Vec::with_capacity(bytes), ends: Vec::with_capacity(headers) }
    }

    /// Adds a header whose value is what `Display` shows.
    pub fn put(&mut self, name: &'static str, value: impl Display) {
        append(&mut self.values, value);
        self.ends.push((name, self.values.len()));
    }

    /// Adds a header whose value is a text.
    pub fn put_text(&mut self, name: &'static str, value: &str) {
        self.values.extend_from_slice(value.as_bytes());
        self.ends.push((name, self.values.len()));
    }

    /// Adds a header where there is a value.
    pub fn put_optional(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.put_text(name, value);
        }
    }

    /// Names and values, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        let mut start = 0;
        self.ends.iter().map(move |&(name, end)| {
            let value = &self.values[start..end];
            start = end;
            (name, value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_come_out_as_they_went_in() {
        let mut headers = Headers::default();
        headers.put(ID, 7);
        headers.put_text(SOURCE, "");
        headers.put_optional(SUBJECT, None);
        headers.put_optional(TYPE, Some("t"));
        let all: Vec<_> = headers.iter().collect();
        assert_eq!(all, [(ID, &b"7"[..]), (SOURCE, b""), (TYPE, b"t")]);
    }
}
