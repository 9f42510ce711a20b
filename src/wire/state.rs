//! How a callback stands, `callback.state.v1`: one record for every change (docs/contract.md#the-state-topic).

use std::ops::Range;
use std::sync::Arc;

use super::due::FiredAt;
use super::headers::{self, Headers};
use super::json_writer::{ObjectWriter, append, append_integer};
use super::result::write_target;
use super::trace;
use crate::domain::commitment::Commitment;
use crate::domain::life::{Outcome, Phase, Reason, ShownContact, Status};
use crate::domain::time::Timestamp;

/// `ce_type` of a state record.
pub const TYPE: &str = "callback.state.v1";

/// A state record, written but for the instant of the change.
///
/// One that a pass publishes is written when its callback comes into the window, like its due event, and cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateEvent {
    /// What is the record's own, one behind the other; the fields below say where each part ends.
    text: Arc<[u8]>,
    /// The data up to where the instant of the change goes; behind that only [`END_OF_DATA`] follows.
    data: u32,
    /// In the key: the tenant.
    tenant: u32,
    /// `<tenant>/<callbackId>`.
    key: u32,
    /// The id of this revision, attempt and status.
    id: u32,
    correlation_id: Option<u32>,
    causation_id: Option<u32>,
    traceparent: Option<u32>,
    tracestate: Option<u32>,
    status: Status,
}

/// A state record as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateRecord {
    /// `<tenant>/<callbackId>`, so that of one callback the last record is kept.
    pub key: Vec<u8>,
    /// The data.
    pub data: Vec<u8>,
    /// The envelope.
    pub headers: Headers,
}

/// What stands in the data behind the instant of the change.
const END_OF_DATA: &[u8] = b"\"}";

/// The record that this callback has come to that status: by the command with the id `caused_by`, or without one by time.
///
/// `source` is the service's own (`service.source`).
pub fn write(
    commitment: &Commitment,
    status: Status,
    caused_by: Option<&str>,
    updated_at: Timestamp,
    contact: ShownContact,
    source: &str,
) -> StateRecord {
    let event = StateEvent::of(commitment, status, caused_by, contact);
    let mut instant = FiredAt::default();
    instant.set(updated_at);
    let mut record =
        StateRecord { key: event.key().to_vec(), data: Vec::new(), headers: Headers::with_room_for(13, 384) };
    event.write_data(&instant, &mut record.data);
    for (name, value) in event.headers(&instant, source) {
        record.headers.put_bytes(name, value);
    }
    record
}

impl StateEvent {
    /// The record that this callback has come to that status, by the command with the id `caused_by` or without one by time.
    pub fn of(commitment: &Commitment, status: Status, caused_by: Option<&str>, contact: ShownContact) -> Self {
        let Commitment { callback_id, revision, attempt, origin, .. } = commitment;
        // More than most records take, so that it grows seldom.
        let mut text = Vec::with_capacity(1024);
        write_data(&mut text, commitment, status, caused_by, contact);
        let data = end(&text);
        text.extend_from_slice(origin.tenant.as_str().as_bytes());
        let tenant = end(&text);
        text.push(b'/');
        append_integer(&mut text, callback_id.get());
        let key = end(&text);
        append(&mut text, format_args!("{callback_id}.{revision}.{attempt}.{}", status.name()));
        let id = end(&text);
        let trace = origin.trace.as_ref();
        let own = trace.and_then(|trace| {
            let id = str::from_utf8(&text[key as usize..id as usize]).unwrap_or_default();
            trace::continued(trace, id)
        });
        let mut put = |value: &str| {
            text.extend_from_slice(value.as_bytes());
            end(&text)
        };
        Self {
            data,
            tenant,
            key,
            id,
            correlation_id: origin.correlation_id.as_deref().map(&mut put),
            causation_id: caused_by.map(&mut put),
            traceparent: own.map(|own| put(&own.to_string())),
            tracestate: own.and(trace).and_then(|trace| trace.tracestate.as_deref()).map(&mut put),
            status,
            text: text.into(),
        }
    }

    /// The records that a pass publishes at this callback's place, in order: that it is due, before that that it waits where
    /// no result has said so, or how it ends.
    pub fn of_pass(commitment: &Commitment, contact: ShownContact) -> impl Iterator<Item = Self> {
        let statuses = match commitment.life.phase {
            Phase::Present => [Some(Status::Due), None],
            Phase::PresentAgain => [Some(Status::Pending), Some(Status::Due)],
            Phase::Handling => [Some(Status::Missed), None],
            Phase::Ending(end) => [Some(end.status), None],
            Phase::Held | Phase::Ended(_) => [None, None],
        };
        statuses.into_iter().flatten().map(move |status| Self::of(commitment, status, None, contact))
    }

    /// What the callback has come to.
    pub const fn status(&self) -> Status {
        self.status
    }

    /// The record's key.
    pub fn key(&self) -> &[u8] {
        self.part(self.data..self.key)
    }

    /// Writes the record's value over what was in `value` before.
    pub fn write_data(&self, updated_at: &FiredAt, value: &mut Vec<u8>) {
        value.clear();
        value.extend_from_slice(self.part(0..self.data));
        value.extend_from_slice(updated_at.text());
        value.extend_from_slice(END_OF_DATA);
    }

    /// The envelope: names and values. `source` is the service's own (`service.source`).
    pub fn headers<'a>(
        &'a self,
        updated_at: &'a FiredAt,
        source: &'a str,
    ) -> impl Iterator<Item = (&'static str, &'a [u8])> {
        let mut begin = self.id;
        let mut next = |end: Option<u32>| {
            let end = end?;
            Some(self.part(std::mem::replace(&mut begin, end)..end))
        };
        let correlation_id = next(self.correlation_id);
        let causation_id = next(self.causation_id);
        let traceparent = next(self.traceparent);
        let tracestate = next(self.tracestate);
        let headers: [(&'static str, Option<&[u8]>); 12] = [
            (headers::SPECVERSION, Some(headers::CLOUDEVENTS_VERSION.as_bytes())),
            (headers::ID, Some(self.part(self.key..self.id))),
            (headers::SOURCE, Some(source.as_bytes())),
            (headers::TYPE, Some(TYPE.as_bytes())),
            (headers::TIME, Some(updated_at.text())),
            // Behind the tenant and its slash.
            (headers::SUBJECT, Some(self.part(self.tenant + 1..self.key))),
            (headers::TENANT_ID, Some(self.part(self.data..self.tenant))),
            (headers::CORRELATION_ID, correlation_id),
            (headers::CAUSATION_ID, causation_id),
            (headers::CONTENT_TYPE, Some(headers::JSON.as_bytes())),
            (headers::TRACEPARENT, traceparent),
            (headers::TRACESTATE, tracestate),
        ];
        headers.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// How much memory it takes beside itself.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    fn part(&self, Range { start, end }: Range<u32>) -> &[u8] {
        &self.text[start as usize..end as usize]
    }
}

/// Where the next part begins. A command is bounded by `limits.command_bytes`, far below 4 GiB.
fn end(text: &[u8]) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// Writes the data up to where the instant of the change goes.
fn write_data(
    out: &mut Vec<u8>,
    commitment: &Commitment,
    status: Status,
    caused_by: Option<&str>,
    contact: ShownContact,
) {
    let Commitment { callback_id, revision, attempt, fire_at, terms, origin, life, .. } = commitment;
    let has_reason = status.is_end() && status != Status::Cancelled;
    let reason = commitment.ended(true).filter(|_| has_reason).map(|(_, reason)| reason);
    let mut data = ObjectWriter::begin(out);
    data.integer("callbackId", callback_id.get());
    data.integer("revision", *revision);
    data.integer("attempt", *attempt);
    data.optional("tries", life.tries, ObjectWriter::integer);
    data.text("status", status.name());
    data.optional_text("reason", reason.map(Reason::code));
    data.truth("tracked", life.is_tracked());
    data.plain_text("scheduledFor", terms.scheduled_for);
    let next_at = (status == Status::Pending).then_some(fire_at);
    data.optional("nextAt", next_at, ObjectWriter::plain_text);
    data.optional("notAfter", life.not_after.map(|not_after| not_after.at), ObjectWriter::plain_text);
    write_target(&mut data, &terms.target);
    if let Some(agent) = life.released_from {
        data.digits("releasedFrom", agent.get());
    }
    data.optional_text("caption", origin.caption.as_deref());
    match contact {
        ShownContact::None => data.null("phoneNumber"),
        ShownContact::Masked => data.text("phoneNumber", &masked(&terms.phone_number.e164)),
        ShownContact::Full => {
            data.text("phoneNumber", &terms.phone_number.e164);
            data.optional_text("firstName", origin.first_name.as_deref());
            data.optional_text("lastName", origin.last_name.as_deref());
        }
    }
    data.optional_text("lastOutcome", life.last_outcome.map(Outcome::name));
    data.optional("agentId", life.reported_agent, |data, key, agent| data.digits(key, agent.get()));
    data.digits("requestedBy", origin.requested_by.get());
    data.text("commandId", &origin.command_id);
    data.optional_text("causedBy", caused_by);
    data.plain("updatedAt", b"");
    data.end();
    out.truncate(out.len() - END_OF_DATA.len());
}

/// A number of which the last two digits are shown, and a star for each of the others.
fn masked(e164: &str) -> String {
    let hidden = e164.bytes().filter(u8::is_ascii_digit).count().saturating_sub(2);
    let mut digits = 0;
    let mask = |character: char| {
        if !character.is_ascii_digit() {
            return character;
        }
        digits += 1;
        if digits > hidden { character } else { '*' }
    };
    e164.chars().map(mask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::commitment::{Origin, PhoneNumber, Target, Terms};
    use crate::domain::given::TraceContext;
    use crate::domain::ids::{AgentId, CallbackId, SkillId, Tenant};
    use crate::domain::life::{End, Life, NotAfter};

    fn at(instant: &str) -> Timestamp {
        Timestamp::parse_rfc3339(instant).unwrap()
    }

    /// The callback of the contract's example: tried once, and presented again in half an hour.
    fn commitment() -> Commitment {
        let scheduled_for = at("2026-11-23T15:00:00Z");
        Commitment {
            callback_id: CallbackId::new(1025).unwrap(),
            revision: 1,
            attempt: 2,
            fire_at: at("2026-11-23T15:31:02Z"),
            terms: Terms {
                scheduled_for,
                target: Target { skill: SkillId::new(4711).unwrap(), agent: AgentId::new(1234).ok() },
                phone_number: PhoneNumber { e164: "+14155552671".to_owned(), extension: Some("7".to_owned()) },
                notes: Some("not shown".to_owned()),
            },
            origin: Origin {
                tenant: Tenant::parse("acme").unwrap(),
                command_source: "/studio".to_owned(),
                command_id: "c-1".to_owned(),
                correlation_id: Some("corr".to_owned()),
                trace: None,
                caption: Some("Call back: invoice".to_owned()),
                first_name: Some("Ana".to_owned()),
                last_name: None,
                requested_by: AgentId::new(1234).unwrap(),
            },
            revised_by: "r-1".to_owned(),
            cancelled_at: None,
            life: Life { tries: Some(1), last_outcome: Some(Outcome::NoAnswer), ..Life::default() },
        }
    }

    fn record(commitment: &Commitment, status: Status, caused_by: Option<&str>) -> StateRecord {
        let updated_at = at("2026-11-23T15:01:02.5Z");
        write(commitment, status, caused_by, updated_at, ShownContact::Masked, "/schedule-callback")
    }

    fn data(record: &StateRecord) -> &str {
        str::from_utf8(&record.data).unwrap()
    }

    fn lines(record: &StateRecord) -> Vec<String> {
        record.headers.iter().map(|(name, value)| format!("{name}: {}", str::from_utf8(value).unwrap())).collect()
    }

    #[test]
    fn the_record_is_that_of_the_contract() {
        let record = record(&commitment(), Status::Pending, Some("r-1"));
        assert_eq!(record.key, b"acme/1025");
        let expected = concat!(
            r#"{"callbackId":1025,"revision":1,"attempt":2,"tries":1,"status":"pending","reason":null,"tracked":true,"#,
            r#""scheduledFor":"2026-11-23T15:00:00Z","nextAt":"2026-11-23T15:31:02Z","notAfter":null,"#,
            r#""target":{"type":"agent","agentId":"1234","skillId":"4711"},"caption":"Call back: invoice","#,
            r#""phoneNumber":"+*********71","lastOutcome":"noAnswer","agentId":null,"requestedBy":"1234","#,
            r#""commandId":"c-1","causedBy":"r-1","updatedAt":"2026-11-23T15:01:02.500000Z"}"#,
        );
        assert_eq!(data(&record), expected);
        let expected = [
            "ce_specversion: 1.0",
            "ce_id: 1025.1.2.pending",
            "ce_source: /schedule-callback",
            "ce_type: callback.state.v1",
            "ce_time: 2026-11-23T15:01:02.500000Z",
            "ce_subject: 1025",
            "ce_tenantid: acme",
            "ce_correlationid: corr",
            "ce_causationid: r-1",
            "content-type: application/json",
        ];
        assert_eq!(lines(&record), expected);
    }

    #[test]
    fn what_time_does_has_no_cause_and_what_is_not_tracked_has_no_tries() {
        let mut commitment = commitment();
        commitment.life = Life::default();
        commitment.origin.correlation_id = None;
        let record = record(&commitment, Status::Due, None);
        let data = data(&record);
        assert!(data.contains(r#""tries":null,"status":"due","reason":null,"tracked":false,"#), "{data}");
        assert!(data.contains(r#""nextAt":null,"#) && data.contains(r#""causedBy":null,"#), "{data}");
        let names: Vec<_> = record.headers.iter().map(|(name, _)| name).collect();
        assert!(!names.contains(&headers::CAUSATION_ID) && !names.contains(&headers::CORRELATION_ID));
    }

    #[test]
    fn an_end_has_its_reason_and_a_cancelled_one_has_none() {
        let mut commitment = commitment();
        let end = End { status: Status::Missed, reason: Reason::TriesExhausted, at: at("2026-11-23T15:01:02Z") };
        commitment.life.phase = Phase::Ended(end);
        commitment.life.released_from = AgentId::new(1234).ok();
        commitment.life.reported_agent = AgentId::new(1236).ok();
        commitment.life.not_after = Some(NotAfter { at: at("2026-11-24T00:00:00Z"), is_derived: false });
        commitment.terms.target.agent = None;
        let missed = record(&commitment, Status::Missed, Some("r-1"));
        let expected = r#""status":"missed","reason":"TRIES_EXHAUSTED","tracked":true,"#;
        assert!(data(&missed).contains(expected), "{}", data(&missed));
        let expected = concat!(
            r#""nextAt":null,"notAfter":"2026-11-24T00:00:00Z","target":{"type":"skill","skillId":"4711"},"#,
            r#""releasedFrom":"1234","caption""#,
        );
        assert!(data(&missed).contains(expected), "{}", data(&missed));
        assert!(data(&missed).contains(r#""agentId":"1236","requestedBy":"1234""#));
        let cancelled = record(&commitment, Status::Cancelled, Some("x-1"));
        assert!(data(&cancelled).contains(r#""status":"cancelled","reason":null,"#));
    }

    #[test]
    fn of_the_person_as_much_is_told_as_the_settings_say() {
        let shown = |contact| {
            let commitment = commitment();
            let updated_at = at("2026-11-23T15:01:02Z");
            let record = write(&commitment, Status::Pending, None, updated_at, contact, "/schedule-callback");
            let data = String::from_utf8(record.data).unwrap();
            let begin = data.find(r#""phoneNumber""#).unwrap();
            data[begin..data.find(r#","lastOutcome""#).unwrap()].to_owned()
        };
        assert_eq!(shown(ShownContact::None), r#""phoneNumber":null"#);
        assert_eq!(shown(ShownContact::Masked), r#""phoneNumber":"+*********71""#);
        let full = r#""phoneNumber":"+14155552671","firstName":"Ana","lastName":null"#;
        assert_eq!(shown(ShownContact::Full), full);
    }

    #[test]
    fn the_trace_of_the_schedule_command_is_continued() {
        let mut commitment = commitment();
        let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned();
        commitment.origin.trace = Some(TraceContext { traceparent, tracestate: Some("a=1".to_owned()) });
        for caused_by in [None, Some("r-1")] {
            let lines = lines(&record(&commitment, Status::Due, caused_by));
            let [.., own, state] = &lines[..] else { panic!("{lines:?}") };
            assert!(own.starts_with("traceparent: 00-0af7651916cd43dd8448eb211c80319c-") && own.ends_with("-01"));
            assert!(!own.contains("b7ad6b7169203331"), "{own}");
            assert_eq!(state, "tracestate: a=1");
        }
        commitment.origin.trace.as_mut().unwrap().traceparent = "broken".to_owned();
        assert!(!lines(&record(&commitment, Status::Due, None)).iter().any(|line| line.starts_with("trace")));
    }

    #[test]
    fn a_pass_says_what_comes_at_the_callbacks_place() {
        let end = |status| End { status, reason: Reason::NotAfter, at: at("2026-11-23T15:01:02Z") };
        for (phase, statuses) in [
            (Phase::Present, &[Status::Due][..]),
            (Phase::PresentAgain, &[Status::Pending, Status::Due]),
            (Phase::Handling, &[Status::Missed]),
            (Phase::Held, &[]),
            (Phase::Ending(end(Status::Expired)), &[Status::Expired]),
            (Phase::Ended(end(Status::Completed)), &[]),
        ] {
            let mut commitment = commitment();
            commitment.life.phase = phase;
            let events: Vec<_> = StateEvent::of_pass(&commitment, ShownContact::Masked).collect();
            assert!(events.iter().map(StateEvent::status).eq(statuses.iter().copied()), "{phase:?}");
            for event in &events {
                let mut instant = FiredAt::default();
                let mut value = b"left over".to_vec();
                instant.set(at("2026-11-23T15:01:02.5Z"));
                event.write_data(&instant, &mut value);
                let record = record(&commitment, event.status(), None);
                assert_eq!((event.key(), &value), (&record.key[..], &record.data));
                assert!(event.headers(&instant, "/schedule-callback").eq(record.headers.iter()));
            }
        }
        let mut handled = commitment();
        handled.life.phase = Phase::Handling;
        let unknown = record(&handled, Status::Missed, None);
        assert!(data(&unknown).contains(r#""status":"missed","reason":"OUTCOME_UNKNOWN""#));
    }
}
