//! The record of a callback's state, `callback.state.v1` (docs/contract.md#the-state-topic).

use std::ops::Range;
use std::sync::Arc;

use super::due::{FiredAt, end};
use super::headers;
use super::json_writer::{ObjectWriter, append, append_integer, write_text};
use super::record::Outgoing;
use super::result::write_target;
use super::trace;
use crate::domain::commitment::{Commitment, PhoneNumber};
use crate::domain::ids::AgentId;
pub use crate::domain::life::Contact;
use crate::domain::life::{Outcome, Phase, Reason, Status};

/// `ce_type` of a state record.
pub const TYPE: &str = "callback.state.v1";

/// A state record, written but for the instant at which it came to be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateRecord {
    /// What is the record's own, one part behind the other; the fields below say where each ends.
    text: Arc<[u8]>,
    /// The data up to its last member, `updatedAt`.
    data: u32,
    /// `<tenant>/<callbackId>`.
    key: u32,
    /// In the key.
    tenant: u32,
    id: u32,
    correlation_id: Option<u32>,
    causation_id: Option<u32>,
    traceparent: Option<u32>,
}

impl StateRecord {
    /// The state of that callback; `has_passed` says whether the order of firing has come to its place, and `caused_by` is
    /// the id of the command that made it so, `None` where time did.
    pub fn of(callback: &Commitment, has_passed: bool, caused_by: Option<&str>, contact: Contact) -> Self {
        let Commitment { callback_id, revision, attempt, origin, .. } = callback;
        let status = callback.status(has_passed);
        let mut text = Vec::with_capacity(768);
        write_data(&mut text, callback, status, caused_by, contact);
        let data = end(&text);
        text.extend_from_slice(origin.tenant.as_str().as_bytes());
        let tenant = end(&text);
        text.push(b'/');
        append_integer(&mut text, callback_id.get());
        let key = end(&text);
        let event_id = format!("{callback_id}.{revision}.{attempt}.{}", status.name());
        text.extend_from_slice(event_id.as_bytes());
        let id = end(&text);
        let mut put = |value: &str| {
            text.extend_from_slice(value.as_bytes());
            end(&text)
        };
        let correlation_id = origin.correlation_id.as_deref().map(&mut put);
        let causation_id = caused_by.map(&mut put);
        let continued = origin.trace.as_ref().and_then(|trace| trace::continued(trace, &event_id));
        let traceparent = continued.map(|traceparent| put(&traceparent.to_string()));
        Self { text: text.into(), data, key, tenant, id, correlation_id, causation_id, traceparent }
    }

    /// The record's key.
    pub fn key(&self) -> &[u8] {
        self.part(self.data..self.key)
    }

    /// Writes the record's value over what was in `value` before; `at` is when the callback came to be so.
    pub fn write_data(&self, at: &FiredAt, value: &mut Vec<u8>) {
        value.clear();
        value.extend_from_slice(self.part(0..self.data));
        value.extend_from_slice(at.text());
        value.extend_from_slice(b"\"}");
    }

    /// The envelope: names and values. `source` is the service's own (`service.source`).
    pub fn headers<'a>(&'a self, at: &'a FiredAt, source: &'a str) -> impl Iterator<Item = (&'static str, &'a [u8])> {
        let behind = [Some(self.id), self.correlation_id, self.causation_id, self.traceparent];
        // Each begins where the last one before it that is there ends.
        let part = move |index: usize| {
            let begin = behind[..index].iter().rev().find_map(|end| *end)?;
            Some(self.part(begin..behind[index]?))
        };
        let headers: [(&'static str, Option<&[u8]>); 11] = [
            (headers::SPECVERSION, Some(headers::CLOUDEVENTS_VERSION.as_bytes())),
            (headers::ID, Some(self.part(self.key..self.id))),
            (headers::SOURCE, Some(source.as_bytes())),
            (headers::TYPE, Some(TYPE.as_bytes())),
            (headers::TIME, Some(at.text())),
            (headers::SUBJECT, Some(self.part(self.tenant + 1..self.key))),
            (headers::TENANT_ID, Some(self.part(self.data..self.tenant))),
            (headers::CORRELATION_ID, part(1)),
            (headers::CAUSATION_ID, part(2)),
            (headers::CONTENT_TYPE, Some(headers::JSON.as_bytes())),
            (headers::TRACEPARENT, part(3)),
        ];
        headers.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// The whole record, of a callback that came to be so at that instant.
    pub fn outgoing(&self, at: &FiredAt, source: &str) -> Outgoing {
        let mut value = Vec::new();
        self.write_data(at, &mut value);
        let headers = self.headers(at, source).map(|(name, value)| (name.to_owned(), Some(value.to_vec())));
        Outgoing { key: Some(self.key().to_vec()), value: Some(value), headers: headers.collect() }
    }

    /// How much memory it takes beside itself.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    fn part(&self, Range { start, end }: Range<u32>) -> &[u8] {
        &self.text[start as usize..end as usize]
    }
}

/// Writes the data up to where the last member's value goes.
fn write_data(out: &mut Vec<u8>, callback: &Commitment, status: Status, caused_by: Option<&str>, contact: Contact) {
    let Commitment { callback_id, revision, attempt, terms, origin, life, .. } = callback;
    let mut data = ObjectWriter::begin(out);
    data.integer("callbackId", callback_id.get());
    data.integer("revision", *revision);
    data.integer("attempt", *attempt);
    data.integer("tries", life.tries.unwrap_or_default());
    data.text("status", status.name());
    data.optional_text("reason", reason(life.phase, status).map(Reason::code));
    data.boolean("tracked", life.is_tracked());
    data.plain_text("scheduledFor", terms.scheduled_for);
    match status {
        Status::Pending => data.plain_text("nextAt", callback.fire_at),
        _ => data.null("nextAt"),
    }
    match life.not_after {
        Some(not_after) => data.plain_text("notAfter", not_after.at),
        None => data.null("notAfter"),
    }
    write_target(&mut data, &terms.target);
    if let Some(agent) = life.released_from {
        data.digits("releasedFrom", agent.get());
    }
    data.optional_text("caption", origin.caption.as_deref());
    match contact {
        Contact::None => data.null("phoneNumber"),
        Contact::Masked => data.text("phoneNumber", &masked(&terms.phone_number)),
        Contact::Full => {
            data.text("phoneNumber", &terms.phone_number.e164);
            data.optional_text("firstName", origin.first_name.as_deref());
            data.optional_text("lastName", origin.last_name.as_deref());
        }
    }
    data.optional_text("lastOutcome", life.last_outcome.map(Outcome::name));
    match life.reported_agent.map(AgentId::get) {
        Some(agent) => data.digits("agentId", agent),
        None => data.null("agentId"),
    }
    data.digits("requestedBy", origin.requested_by.get());
    data.text("commandId", &origin.command_id);
    data.optional_text("causedBy", caused_by);
    data.plain("updatedAt", b"");
    // Its value, the closing quotation mark and the brace come with the instant.
    out.pop();
}

/// Why it has ended, where it has.
fn reason(phase: Phase, status: Status) -> Option<Reason> {
    match phase {
        Phase::Handling if status == Status::Missed => Some(Reason::OutcomeUnknown),
        phase => phase.end().map(|end| end.reason),
    }
}

/// The number with a star in the place of each digit but the last two.
fn masked(number: &PhoneNumber) -> String {
    let digits = number.e164.chars().filter(char::is_ascii_digit).count();
    let mut seen = 0;
    let star = |character: char| {
        seen += usize::from(character.is_ascii_digit());
        if character.is_ascii_digit() && seen + 2 <= digits { '*' } else { character }
    };
    number.e164.chars().map(star).collect()
}

/// The record of Kafka that made a decision: the number of its shard, which of the shard's lines it stood in, and its offset. It
/// alone says how the callback stands, however often its command was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaidBy {
    /// The number of the shard.
    pub shard: i32,
    /// The index of the line (`ingest::Stream`).
    pub line: usize,
    /// The offset of the record in that line.
    pub offset: i64,
}

/// The state records of a decision as it is remembered with them: a line that names the record that made it, and those that
/// [`write_stored`] has written.
pub fn stored(by: SaidBy, records: &str) -> String {
    format!("{}\n{records}", first_line(by))
}

/// Whether that record has made the decision whose state records are stored so. Where none is named it may be any.
pub fn is_said_by(stored: &str, by: SaidBy) -> bool {
    stored.lines().next().is_some_and(|first| !first.starts_with(BY) || first == first_line(by))
}

/// Begins the line that names a record of Kafka: a state record begins with a bracket.
const BY: char = '@';

fn first_line(SaidBy { shard, line, offset }: SaidBy) -> String {
    format!("{BY}{shard}/{line}/{offset}")
}

/// Where a record belongs among all of the service: callback, revision, attempt, and how far in that attempt's life. Of two that
/// commands have caused for one callback the greater one came later.
pub fn order_of(record: &Outgoing) -> Option<(i64, i64, i64, usize)> {
    let (_, id) = record.headers.iter().find(|(name, _)| name == headers::ID)?;
    let mut parts = std::str::from_utf8(id.as_deref()?).ok()?.split('.');
    let mut number = || parts.next()?.parse().ok();
    let (callback, revision, attempt) = (number()?, number()?, number()?);
    let status = parts.next()?;
    Some((callback, revision, attempt, Status::ALL.iter().position(|known| known.name() == status)?))
}

/// State records as a decision is remembered with them: two lines each. The first is a JSON array of the key and of the
/// names and values of the headers, the second is the value. Neither has a line break inside.
pub fn write_stored(out: &mut String, record: &Outgoing) {
    let text = |bytes: &Option<Vec<u8>>| String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
    let mut line = vec![b'['];
    write_text(&mut line, &text(&record.key));
    for (name, value) in &record.headers {
        for part in [name, &text(value)] {
            line.push(b',');
            write_text(&mut line, part);
        }
    }
    line.extend_from_slice(b"]\n");
    append(&mut line, text(&record.value));
    line.push(b'\n');
    out.push_str(&String::from_utf8_lossy(&line));
}

/// Reads the records of what [`stored`] wrote.
pub fn read_stored(stored: &str) -> impl Iterator<Item = Outgoing> {
    let mut lines = stored.lines().skip_while(|line| line.starts_with(BY));
    std::iter::from_fn(move || {
        let (head, value) = (lines.next()?, lines.next()?);
        let head: Vec<String> = serde_json::from_str(head).ok()?;
        let (key, headers) = head.split_first()?;
        let headers = headers.chunks_exact(2).map(|pair| (pair[0].clone(), Some(pair[1].clone().into_bytes())));
        Some(Outgoing {
            key: Some(key.clone().into_bytes()),
            value: Some(value.as_bytes().to_vec()),
            headers: headers.collect(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::standing;
    use crate::domain::life::{End, NotAfter};
    use crate::domain::time::Timestamp;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn updated() -> FiredAt {
        let mut updated = FiredAt::default();
        updated.set(at("2026-11-23T15:00:01Z"));
        updated
    }

    fn callback() -> Commitment {
        let mut callback = standing();
        callback.life.tries = Some(1);
        callback.attempt = 2;
        callback
    }

    fn written(callback: &Commitment, has_passed: bool, caused_by: Option<&str>, contact: Contact) -> Outgoing {
        StateRecord::of(callback, has_passed, caused_by, contact).outgoing(&updated(), "/schedule-callback")
    }

    fn data(record: &Outgoing) -> serde_json::Value {
        serde_json::from_slice(record.value.as_deref().unwrap()).unwrap()
    }

    #[test]
    fn the_record_has_the_members_of_the_contract_in_its_order() {
        let mut callback = callback();
        callback.life.not_after = Some(NotAfter { at: at("2026-11-24T00:00:00Z"), is_derived: true });
        callback.life.last_outcome = Some(Outcome::NoAnswer);
        let record = written(&callback, false, Some("c-9"), Contact::Masked);
        let text = String::from_utf8(record.value.clone().unwrap()).unwrap();
        let names: Vec<&str> = [
            "callbackId",
            "revision",
            "attempt",
            "tries",
            "status",
            "reason",
            "tracked",
            "scheduledFor",
            "nextAt",
            "notAfter",
            "target",
            "caption",
            "phoneNumber",
            "lastOutcome",
            "agentId",
            "requestedBy",
            "commandId",
            "causedBy",
            "updatedAt",
        ]
        .to_vec();
        let mut rest = text.as_str();
        for name in &names {
            let (_, behind) = rest.split_once(&format!("\"{name}\":")).unwrap_or_else(|| panic!("{name} in {text}"));
            rest = behind;
        }
        let data = data(&record);
        assert_eq!(data.as_object().unwrap().len(), names.len());
        assert_eq!((&data["status"], &data["tries"], &data["causedBy"]), (&"pending".into(), &1.into(), &"c-9".into()));
        assert_eq!(data["lastOutcome"], "noAnswer");
        assert_eq!(data["updatedAt"], "2026-11-23T15:00:01Z");
        let id = callback.callback_id;
        let headers: Vec<String> = record
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_ref().unwrap())))
            .collect();
        assert!(headers.contains(&format!("ce_id: {id}.{}.2.pending", callback.revision)), "{headers:?}");
        assert!(headers.contains(&format!("ce_subject: {id}")), "{headers:?}");
        assert!(headers.contains(&"ce_causationid: c-9".to_owned()), "{headers:?}");
        let tenant = callback.origin.tenant.as_str();
        assert_eq!(record.key.unwrap(), format!("{tenant}/{id}").into_bytes());
    }

    #[test]
    fn each_phase_has_its_status_and_an_end_its_reason() {
        let mut callback = callback();
        let mut stands = |phase: Phase, has_passed: bool| {
            callback.life.phase = phase;
            let data = data(&written(&callback, has_passed, None, Contact::None));
            (data["status"].as_str().unwrap().to_owned(), data["reason"].as_str().map(str::to_owned))
        };
        let end = End { status: Status::Expired, reason: Reason::NotAfter, at: at("2026-11-23T15:00:01Z") };
        let said = |status: &str, reason: Option<&str>| (status.to_owned(), reason.map(str::to_owned));
        assert_eq!(stands(Phase::Present, true), said("due", None));
        assert_eq!(stands(Phase::PresentAgain, false), said("pending", None));
        assert_eq!(stands(Phase::Handling, false), said("accepted", None));
        assert_eq!(stands(Phase::Handling, true), said("missed", Some("OUTCOME_UNKNOWN")));
        assert_eq!(stands(Phase::Held, true), said("accepted", None));
        assert_eq!(stands(Phase::Ending(end), false), said("expired", Some("NOT_AFTER")));
    }

    #[test]
    fn no_more_of_the_person_is_shown_than_the_setting_says() {
        let callback = callback();
        let shown = |contact| data(&written(&callback, false, None, contact));
        assert_eq!(shown(Contact::None)["phoneNumber"], serde_json::Value::Null);
        let number = &callback.terms.phone_number.e164;
        let stars = format!("+{}{}", "*".repeat(number.len() - 3), &number[number.len() - 2..]);
        assert_eq!(shown(Contact::Masked)["phoneNumber"], stars);
        assert!(shown(Contact::Masked).get("firstName").is_none());
        assert_eq!(shown(Contact::Full)["phoneNumber"], number.as_str());
        assert!(shown(Contact::Full).get("firstName").is_some());
    }

    #[test]
    fn what_is_stored_gives_back_the_same_records() {
        let mut callback = callback();
        callback.origin.caption = Some("a \"b\"\n\u{0}\u{1f600}".to_owned());
        callback.origin.correlation_id = Some("tab\tand, \"more\"\u{0}".to_owned());
        let records =
            [written(&callback, false, Some("c,\"9"), Contact::Full), written(&callback, true, None, Contact::None)];
        let mut lines = String::new();
        for record in &records {
            write_stored(&mut lines, record);
        }
        let by = SaidBy { shard: 7, line: 1, offset: 1 << 40 };
        let stored = stored(by, &lines);
        assert!(!stored.contains('\0'), "no text of PostgreSQL has one");
        assert_eq!(read_stored(&stored).collect::<Vec<_>>(), records);
        let others = [SaidBy { shard: 8, ..by }, SaidBy { line: 0, ..by }, SaidBy { offset: 1, ..by }];
        assert!(is_said_by(&stored, by) && !others.iter().any(|other| is_said_by(&stored, *other)));
        assert!(is_said_by(&lines, by));
        assert_eq!(read_stored(&lines).collect::<Vec<_>>(), records);
    }

    #[test]
    fn records_are_ordered_by_where_they_belong_in_the_life_of_their_callback() {
        let callback = callback();
        let at = |revision, attempt, has_passed| {
            let callback = Commitment { revision, attempt, ..callback.clone() };
            order_of(&written(&callback, has_passed, None, Contact::None)).unwrap()
        };
        let lived = [at(1, 1, false), at(1, 1, true), at(1, 2, false), at(2, 1, false), at(10, 1, false)];
        assert!(lived.is_sorted(), "{lived:?}");
        assert_eq!(lived[1], (callback.callback_id.get(), 1, 1, 1));
    }
}
