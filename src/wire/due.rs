//! The event that a callback is due, `callback.due.v1` (docs/contract.md#topics, #envelopes, #due-events).

use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;

use super::headers;
use super::json_writer::{ObjectWriter, append, append_integer};
use super::result::{write_phone_number, write_target};
use super::trace::{self, Traceparent};
use crate::domain::commitment::{Commitment, Origin, Terms};
use crate::domain::time::Timestamp;

/// `ce_type` of a due event.
pub const TYPE: &str = "callback.due.v1";

/// A due event, written but for the instant of its firing and how late that is: what a window holds of a callback.
///
/// It is written when the callback comes into the window, so that little is left to do when it is due, perhaps with
/// 100,000 others; and it is one piece of memory, where the callback itself is a dozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueEvent {
    /// What is the event's own, one behind the other; the fields below say where each part ends.
    text: Arc<[u8]>,
    /// The data, without `firedAt` and `latenessMs`.
    data: u32,
    /// In the data: where those two members go.
    gap: u32,
    /// `notAfter`, where there is one.
    expiry: Option<NonZeroU32>,
    /// Behind the data or the expiry: `<tenant>/agent/<agentId>` or `<tenant>/skill/<skillId>`: what one party is to do stays in order.
    key: u32,
    /// In the key.
    tenant: u32,
    /// The id of this revision and attempt.
    id: u32,
    /// In the id: the callback's.
    subject: u32,
    correlation_id: Option<NonZeroU32>,
    causation_id: u32,
    /// The trace that the event starts and the one that its command came with.
    traces: Option<[NonZeroU32; 2]>,
    revision: i32,
    is_for_agent: bool,
    /// Whether it was due already when it came to who fires it.
    came_late: bool,
    wanted_at: Timestamp,
}

/// The instant of firing and its text, written anew only where it is another than before: it stands in the data and in
/// the envelope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FiredAt {
    instant: Timestamp,
    text: Vec<u8>,
}

impl FiredAt {
    /// The next event's.
    pub fn set(&mut self, instant: Timestamp) {
        if self.instant != instant || self.text.is_empty() {
            self.instant = instant;
            self.text.clear();
            append(&mut self.text, instant);
        }
    }

    /// The text, as RFC 3339 has it.
    pub fn text(&self) -> &[u8] {
        &self.text
    }
}

impl DueEvent {
    /// The event of that commitment; `source` is the service's own (`service.source`).
    pub fn of(commitment: &Commitment, source: &str) -> Self {
        let Commitment { callback_id, revision, attempt, terms, origin, .. } = commitment;
        // More than most events take, so that it grows seldom.
        let mut text = Vec::with_capacity(1024);
        let gap = write_data(&mut text, commitment);
        let data = end(&text);
        let expiry = commitment.life.not_after.and_then(|not_after| {
            append(&mut text, not_after.at);
            NonZeroU32::new(end(&text))
        });
        text.extend_from_slice(origin.tenant.as_str().as_bytes());
        let tenant = end(&text);
        let (kind, id): (&[u8], _) = match terms.target.agent {
            Some(agent) => (b"/agent/", agent.get()),
            None => (b"/skill/", terms.target.skill.get()),
        };
        text.extend_from_slice(kind);
        append_integer(&mut text, id);
        let key = end(&text);
        append_integer(&mut text, callback_id.get());
        let subject = end(&text);
        for number in [*revision, *attempt] {
            text.push(b'.');
            append_integer(&mut text, number.into());
        }
        let id = end(&text);
        let mut put = |value: &str| {
            text.extend_from_slice(value.as_bytes());
            end(&text)
        };
        let correlation_id = origin.correlation_id.as_deref().map(&mut put).and_then(NonZeroU32::new);
        let causation_id = put(&commitment.revised_by);
        let traces = origin.trace.as_ref().and_then(|command| {
            let own = trace::started(command, source, &format!("{callback_id}.{revision}.{attempt}"))?;
            let [own, command] = [put(&own.to_string()), put(&command.traceparent)];
            Some([NonZeroU32::new(own)?, NonZeroU32::new(command)?])
        });
        Self {
            data,
            gap,
            expiry,
            key,
            tenant,
            id,
            subject,
            correlation_id,
            causation_id,
            traces,
            revision: *revision,
            is_for_agent: terms.target.agent.is_some(),
            came_late: false,
            // A first attempt is wanted at the date, and may stand later; another one was never wanted before its place.
            wanted_at: if *attempt > 1 { commitment.fire_at } else { terms.scheduled_for },
            text: text.into(),
        }
    }

    /// The record's key.
    pub fn key(&self) -> &[u8] {
        self.part(self.begin()..self.key)
    }

    /// Writes the record's value over what was in `value` before.
    pub fn write_data(&self, fired_at: &FiredAt, value: &mut Vec<u8>) {
        value.clear();
        value.extend_from_slice(self.part(0..self.gap));
        value.extend_from_slice(br#","firedAt":""#);
        value.extend_from_slice(&fired_at.text);
        value.extend_from_slice(br#"","latenessMs":"#);
        append_integer(value, lateness_millis(self.wanted_at, fired_at.instant));
        value.extend_from_slice(self.part(self.gap..self.data));
    }

    /// The envelope: names and values. `source` is the same as before.
    pub fn headers<'a>(
        &'a self,
        fired_at: &'a FiredAt,
        source: &'a str,
    ) -> impl Iterator<Item = (&'static str, &'a [u8])> {
        let correlation_id = self.correlation_id.map(|end| self.part(self.id..end.get()));
        let causation_id = self.part(self.correlation_id.map_or(self.id, NonZeroU32::get)..self.causation_id);
        let own = self.traces.map(|[own, _]| self.part(self.causation_id..own.get()));
        let command = self.traces.map(|[own, command]| self.part(own.get()..command.get()));
        let expiry = self.expiry.map(|end| self.part(self.data..end.get()));
        let headers: [(&'static str, Option<&[u8]>); 13] = [
            (headers::SPECVERSION, Some(headers::CLOUDEVENTS_VERSION.as_bytes())),
            (headers::ID, Some(self.part(self.key..self.id))),
            (headers::SOURCE, Some(source.as_bytes())),
            (headers::TYPE, Some(TYPE.as_bytes())),
            (headers::TIME, Some(&fired_at.text)),
            (headers::SUBJECT, Some(self.part(self.key..self.subject))),
            (headers::TENANT_ID, Some(self.part(self.begin()..self.tenant))),
            (headers::CORRELATION_ID, correlation_id),
            (headers::CAUSATION_ID, Some(causation_id)),
            (headers::EXPIRY_TIME, expiry),
            (headers::CONTENT_TYPE, Some(headers::JSON.as_bytes())),
            (headers::TRACEPARENT, own),
            (headers::EVENT_TRACEPARENT, command),
        ];
        headers.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// Of the callback, as text.
    pub fn callback_id(&self) -> &str {
        str::from_utf8(self.part(self.key..self.subject)).unwrap_or_default()
    }

    /// Of the callback.
    pub const fn revision(&self) -> i32 {
        self.revision
    }

    /// When this attempt is wanted: the first one when the caller wants to be called, another one when its wait has ended.
    pub const fn wanted_at(&self) -> Timestamp {
        self.wanted_at
    }

    /// It comes to who fires it at this instant: from its command, which may have waited to be recorded or names a time
    /// that has passed.
    pub fn comes_at(&mut self, now: Timestamp) {
        self.came_late = self.wanted_at <= now;
    }

    /// Whether it was due already when it came.
    pub const fn came_late(&self) -> bool {
        self.came_late
    }

    /// Whether it is for an agent rather than for all who have the skill.
    pub const fn is_for_agent(&self) -> bool {
        self.is_for_agent
    }

    /// The trace that the event starts and the one that its command came with, where it came with one.
    pub fn traces(&self) -> Option<[Traceparent; 2]> {
        let [own, command] = self.traces?;
        let read = |range| Traceparent::parse(str::from_utf8(self.part(range)).ok()?);
        Some([read(self.causation_id..own.get())?, read(own.get()..command.get())?])
    }

    /// How much memory it takes beside itself.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Where the key begins.
    fn begin(&self) -> u32 {
        self.expiry.map_or(self.data, NonZeroU32::get)
    }

    fn part(&self, Range { start, end }: Range<u32>) -> &[u8] {
        &self.text[start as usize..end as usize]
    }
}

/// Where the next part begins. A command is bounded by `limits.command_bytes`, far below 4 GiB.
pub(super) fn end(text: &[u8]) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// Writes the data without `firedAt` and `latenessMs`, and returns where they go.
fn write_data(out: &mut Vec<u8>, commitment: &Commitment) -> u32 {
    // Everything is named, so that a new field is not forgotten here.
    let Commitment { callback_id, revision, attempt, terms, origin, life, fire_at: _, revised_by: _, cancelled_at: _ } =
        commitment;
    let Terms { scheduled_for, target, phone_number, notes } = terms;
    let Origin {
        command_id,
        caption,
        first_name,
        last_name,
        requested_by,
        // In headers.
        tenant: _,
        command_source: _,
        correlation_id: _,
        trace: _,
    } = origin;
    let mut data = ObjectWriter::begin(out);
    data.integer("callbackId", callback_id.get());
    data.integer("revision", *revision);
    data.integer("attempt", *attempt);
    data.text("commandId", command_id);
    data.optional_text("caption", caption.as_deref());
    data.plain_text("scheduledFor", *scheduled_for);
    let gap = end(data.written());
    write_target(&mut data, target);
    if let Some(agent) = life.released_from {
        data.digits("releasedFrom", agent.get());
    }
    data.optional("notAfter", life.not_after.map(|not_after| not_after.at), ObjectWriter::plain_text);
    let mut contact = data.object("contact");
    contact.optional_text("firstName", first_name.as_deref());
    contact.optional_text("lastName", last_name.as_deref());
    write_phone_number(&mut contact, phone_number);
    contact.end();
    data.optional_text("notes", notes.as_deref());
    data.digits("requestedBy", requested_by.get());
    data.end();
    gap
}

/// Cut to whole milliseconds; not negative, since nothing fires before its time.
fn lateness_millis(wanted_at: Timestamp, fired_at: Timestamp) -> i64 {
    fired_at.micros().saturating_sub(wanted_at.micros()).max(0) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::commitment::{PhoneNumber, Target};
    use crate::domain::given::TraceContext;
    use crate::domain::ids::{AgentId, CallbackId, SkillId, Tenant};
    use crate::domain::life::{Life, NotAfter};

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
            life: Life::default(),
        }
    }

    /// A window holds one for each callback that is due soon, and a burst hundreds of thousands of them at once.
    #[test]
    fn it_takes_little_memory_beside_its_text() {
        assert_eq!(size_of::<DueEvent>(), 80);
        assert_eq!(size_of::<Option<DueEvent>>(), 80);
    }

    /// Key, data and headers.
    fn written(commitment: &Commitment) -> (String, String, Vec<String>) {
        let event = DueEvent::of(commitment, "/schedule-callback");
        let (mut fired_at, mut data) = (FiredAt::default(), b"left over".to_vec());
        // What is kept from one event to the next must not show.
        for instant in [1_795_446_000_004_911, 1_795_446_000_004_912] {
            fired_at.set(Timestamp::from_micros(instant));
            event.write_data(&fired_at, &mut data);
        }
        let headers = event.headers(&fired_at, "/schedule-callback");
        let lines = headers.map(|(name, value)| format!("{name}: {}", str::from_utf8(value).unwrap())).collect();
        (str::from_utf8(event.key()).unwrap().to_owned(), String::from_utf8(data).unwrap(), lines)
    }

    #[test]
    fn the_event_is_that_of_the_contract() {
        let (key, data, headers) = written(&commitment());
        assert_eq!(key, "default/skill/4711");
        let expected = concat!(
            r#"{"callbackId":1073743450,"revision":2,"attempt":1,"commandId":"c-1","caption":null,"#,
            r#""scheduledFor":"2026-11-23T15:00:00Z","firedAt":"2026-11-23T15:00:00.004912Z","latenessMs":4,"#,
            r#""target":{"type":"skill","skillId":"4711"},"notAfter":null,"contact":{"firstName":"Ana","lastName":"García","#,
            r#""phoneNumber":"+14155552671","extension":null},"notes":"line 1\nline 2","requestedBy":"1234"}"#,
        );
        assert_eq!(data, expected);
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
        assert_eq!(headers, expected);
    }

    #[test]
    fn one_that_was_released_says_from_whom_and_one_that_expires_says_when() {
        let mut commitment = commitment();
        let at = Timestamp::parse_rfc3339("2026-11-24T00:00:00Z").unwrap();
        commitment.life.not_after = Some(NotAfter { at, is_derived: true });
        commitment.life.released_from = AgentId::new(1234).ok();
        let (key, data, headers) = written(&commitment);
        assert_eq!(key, "default/skill/4711");
        let expected = concat!(
            r#""latenessMs":4,"target":{"type":"skill","skillId":"4711"},"releasedFrom":"1234","#,
            r#""notAfter":"2026-11-24T00:00:00Z","contact":{"firstName":"Ana","lastName":"García","#,
        );
        assert!(data.contains(expected), "{data}");
        assert_eq!(headers[6], "ce_tenantid: default");
        assert_eq!(headers[9], "ce_expirytime: 2026-11-24T00:00:00Z");
    }

    #[test]
    fn another_attempt_is_late_only_behind_its_own_time() {
        let mut commitment = commitment();
        commitment.attempt = 2;
        commitment.fire_at = Timestamp::from_micros(1_795_446_000_002_911);
        let (_, data, headers) = written(&commitment);
        assert!(data.contains(r#""attempt":2,"#) && data.contains(r#""latenessMs":2,"#), "{data}");
        assert_eq!(headers[1], "ce_id: 1073743450.2.2");
        // A first one that stands behind its date, since it was recorded late, is late by all of that.
        commitment.attempt = 1;
        assert!(written(&commitment).1.contains(r#""latenessMs":4,"#));
    }

    #[test]
    fn an_agent_takes_precedence_in_key_and_target() {
        let mut commitment = commitment();
        commitment.terms.target.agent = AgentId::new(1234).ok();
        let (key, data, _) = written(&commitment);
        assert_eq!(key, "default/agent/1234");
        assert!(data.contains(r#""target":{"type":"agent","agentId":"1234","skillId":"4711"}"#));
    }

    #[test]
    fn a_trace_of_its_own_carries_the_commands() {
        let mut commitment = commitment();
        let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        commitment.origin.trace = Some(TraceContext { traceparent: traceparent.to_owned(), tracestate: None });
        let (_, _, lines) = written(&commitment);
        assert_eq!(lines[10], "traceparent: 00-b722c0bb0f93d199f53f86483b73d8ab-8d6937141aeae29b-00");
        assert_eq!(lines[11], format!("ce_traceparent: {traceparent}"));
        let traces = DueEvent::of(&commitment, "/schedule-callback").traces().unwrap();
        assert_eq!(lines[10], format!("traceparent: {}", traces[0]));
        assert_eq!(traceparent, traces[1].to_string());
    }

    #[test]
    fn lateness_is_cut_to_whole_milliseconds() {
        let lateness = |micros| lateness_millis(Timestamp::from_micros(0), Timestamp::from_micros(micros));
        assert_eq!([0, 999, 1_000, 1_999, -5].map(lateness), [0, 0, 1, 1, 0]);
    }
}
