//! The event that a callback is due, `callback.due.v1` (contract §2, §3, §8).

use super::headers::{self, Headers};
use super::json_writer::{ObjectWriter, append, append_integer};
use super::result::{write_phone_number, write_target};
use super::trace::{self, Traceparent};
use crate::domain::commitment::Commitment;
use crate::domain::timestamp::Timestamp;

/// `ce_type` of a due event.
pub const TYPE: &str = "callback.due.v1";

/// A due event as a record, in buffers that are used again for the next one: a pass writes 100,000 a second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DueEvent {
    /// `<tenant>/agent/<agentId>` or `<tenant>/skill/<skillId>`: what one party is to do stays in order.
    pub key: Vec<u8>,
    /// The data.
    pub value: Vec<u8>,
    /// The envelope.
    pub headers: Headers,
    scheduled_for: Shown,
    fired_at: Shown,
    /// The id of this revision and attempt; it begins with the callback's.
    id: Vec<u8>,
}

/// An instant as text, written anew only where it is another than before: thousands may be due at one instant, and the
/// same one stands in the data and in the envelope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Shown {
    instant: Option<Timestamp>,
    text: Vec<u8>,
}

impl Shown {
    fn set(&mut self, instant: Timestamp) {
        if self.instant != Some(instant) {
            self.instant = Some(instant);
            self.text.clear();
            append(&mut self.text, instant);
        }
    }
}

impl DueEvent {
    /// Writes the event of that commitment over what was here before; `source` is the service's own
    /// (`service.source`). The same arguments give the same bytes.
    pub fn write(&mut self, commitment: &Commitment, fired_at: Timestamp, source: &str) {
        self.scheduled_for.set(commitment.terms.scheduled_for);
        self.fired_at.set(fired_at);
        self.write_key(commitment);
        self.write_data(commitment, fired_at);
        self.write_headers(commitment, source);
    }

    fn write_key(&mut self, commitment: &Commitment) {
        let target = &commitment.terms.target;
        self.key.clear();
        self.key.extend_from_slice(commitment.origin.tenant.as_str().as_bytes());
        let (kind, id): (&[u8], _) = match target.agent {
            Some(agent) => (b"/agent/", agent.get()),
            None => (b"/skill/", target.skill.get()),
        };
        self.key.extend_from_slice(kind);
        append_integer(&mut self.key, id);
    }

    fn write_data(&mut self, commitment: &Commitment, fired_at: Timestamp) {
        let Commitment { callback_id, revision, attempt, terms, origin, .. } = commitment;
        self.value.clear();
        let mut data = ObjectWriter::begin(&mut self.value);
        data.integer("callbackId", callback_id.get());
        data.integer("revision", *revision);
        data.integer("attempt", *attempt);
        data.text("commandId", &origin.command_id);
        data.optional_text("caption", origin.caption.as_deref());
        data.plain("scheduledFor", &self.scheduled_for.text);
        data.plain("firedAt", &self.fired_at.text);
        data.integer("latenessMs", lateness_millis(terms.scheduled_for, fired_at));
        write_target(&mut data, &terms.target);
        let mut contact = data.object("contact");
        contact.optional_text("firstName", origin.first_name.as_deref());
        contact.optional_text("lastName", origin.last_name.as_deref());
        write_phone_number(&mut contact, &terms.phone_number);
        contact.end();
        data.optional_text("notes", terms.notes.as_deref());
        data.digits("requestedBy", origin.requested_by.get());
        data.end();
    }

    fn write_headers(&mut self, commitment: &Commitment, source: &str) {
        let Commitment { callback_id, revision, attempt, origin, .. } = commitment;
        let Self { headers, id, fired_at, .. } = self;
        id.clear();
        append_integer(id, callback_id.get());
        let subject_ends = id.len();
        for number in [*revision, *attempt] {
            id.push(b'.');
            append_integer(id, number.into());
        }
        headers.clear();
        headers.put_text(headers::SPECVERSION, headers::CLOUDEVENTS_VERSION);
        headers.put_bytes(headers::ID, id);
        headers.put_text(headers::SOURCE, source);
        headers.put_text(headers::TYPE, TYPE);
        headers.put_bytes(headers::TIME, &fired_at.text);
        headers.put_bytes(headers::SUBJECT, &id[..subject_ends]);
        headers.put_text(headers::TENANT_ID, origin.tenant.as_str());
        headers.put_optional(headers::CORRELATION_ID, origin.correlation_id.as_deref());
        headers.put_text(headers::CAUSATION_ID, &commitment.revised_by);
        headers.put_text(headers::CONTENT_TYPE, headers::JSON);
        if let (Some(traceparent), Some(trace)) = (trace(commitment, source), &origin.trace) {
            headers.put(headers::TRACEPARENT, traceparent);
            headers.put_text(headers::EVENT_TRACEPARENT, &trace.traceparent);
        }
    }
}

/// The trace that the event starts, where its command came with one.
pub fn trace(commitment: &Commitment, source: &str) -> Option<Traceparent> {
    let Commitment { callback_id, revision, attempt, origin, .. } = commitment;
    trace::started(origin.trace.as_ref()?, source, &format!("{callback_id}.{revision}.{attempt}"))
}

/// Cut to whole milliseconds; not negative, since nothing fires before its time.
fn lateness_millis(scheduled_for: Timestamp, fired_at: Timestamp) -> i64 {
    fired_at.micros().saturating_sub(scheduled_for.micros()).max(0) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::TraceContext;
    use crate::domain::commitment::{Origin, PhoneNumber, Target, Terms};
    use crate::domain::ids::{AgentId, CallbackId, SkillId, Tenant};

    fn commitment() -> Commitment {
        let scheduled_for = Timestamp::parse_rfc3339("2026-11-23T15:00:00Z").unwrap();
        Commitment {
            callback_id: CallbackId::new(1_073_743_450).unwrap(),
            revision: 2,
            attempt: 1,
            fire_at: scheduled_for,
            terms: Terms {
                scheduled_for,
                target: Target { skill: SkillId::new(4711).unwrap(), agent: None },
                phone_number: PhoneNumber { e164: "+14155552671".to_owned(), extension: None },
                notes: Some("line 1\nline 2".to_owned()),
            },
            origin: Origin {
                tenant: Tenant::default(),
                command_source: "/studio".to_owned(),
                command_id: "c-1".to_owned(),
                correlation_id: Some("corr".to_owned()),
                trace: None,
                caption: None,
                first_name: Some("Ana".to_owned()),
                last_name: Some("García".to_owned()),
                requested_by: AgentId::new(1234).unwrap(),
            },
            revised_by: "c-2".to_owned(),
            cancelled_at: None,
        }
    }

    fn written(commitment: &Commitment) -> DueEvent {
        let mut event = DueEvent::default();
        // What is kept from one event to the next must not show.
        let mut before = commitment.clone();
        before.terms.scheduled_for = before.terms.scheduled_for.plus_micros(-1_000_001);
        (before.callback_id, before.revision) = (CallbackId::new(1_024).unwrap(), 77);
        event.write(&before, Timestamp::from_micros(1_795_446_000_004_911), "/before");
        event.headers.put("left", "over");
        event.key.extend_from_slice(b"left over");
        event.value.extend_from_slice(b"left over");
        event.write(commitment, Timestamp::from_micros(1_795_446_000_004_912), "/schedule-callback");
        event
    }

    fn header_lines(event: &DueEvent) -> Vec<String> {
        event.headers.iter().map(|(name, value)| format!("{name}: {}", str::from_utf8(value).unwrap())).collect()
    }

    #[test]
    fn the_event_is_that_of_the_contract() {
        let event = written(&commitment());
        assert_eq!(event.key, b"default/skill/4711");
        let expected = concat!(
            r#"{"callbackId":1073743450,"revision":2,"attempt":1,"commandId":"c-1","caption":null,"#,
            r#""scheduledFor":"2026-11-23T15:00:00Z","firedAt":"2026-11-23T15:00:00.004912Z","latenessMs":4,"#,
            r#""target":{"type":"skill","skillId":"4711"},"contact":{"firstName":"Ana","lastName":"García","#,
            r#""phoneNumber":"+14155552671","extension":null},"notes":"line 1\nline 2","requestedBy":"1234"}"#,
        );
        assert_eq!(str::from_utf8(&event.value).unwrap(), expected);
        let expected = [
            "ce_specversion: 1.0",
            "ce_id: 1073743450.2.1",
            "ce_source: /schedule-callback",
            "ce_type: callback.due.v1",
            "ce_time: 2026-11-23T15:00:00.004912Z",
            "ce_subject: 1073743450",
            "ce_tenantid: default",
            "ce_correlationid: corr",
            "ce_causationid: c-2",
            "content-type: application/json",
        ];
        assert_eq!(header_lines(&event), expected);
    }

    #[test]
    fn an_agent_takes_precedence_in_key_and_target() {
        let mut commitment = commitment();
        commitment.terms.target.agent = AgentId::new(1234).ok();
        let event = written(&commitment);
        assert_eq!(event.key, b"default/agent/1234");
        let data = str::from_utf8(&event.value).unwrap();
        assert!(data.contains(r#""target":{"type":"agent","agentId":"1234","skillId":"4711"}"#));
    }

    #[test]
    fn a_trace_of_its_own_carries_the_commands() {
        let mut commitment = commitment();
        let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        commitment.origin.trace = Some(TraceContext { traceparent: traceparent.to_owned(), tracestate: None });
        let lines = header_lines(&written(&commitment));
        assert_eq!(lines[10], "traceparent: 00-b722c0bb0f93d199f53f86483b73d8ab-8d6937141aeae29b-00");
        assert_eq!(lines[11], format!("ce_traceparent: {traceparent}"));
    }

    #[test]
    fn lateness_is_cut_to_whole_milliseconds() {
        let lateness = |micros| lateness_millis(Timestamp::from_micros(0), Timestamp::from_micros(micros));
        assert_eq!([0, 999, 1_000, 1_999, -5].map(lateness), [0, 0, 1, 1, 0]);
    }
}
