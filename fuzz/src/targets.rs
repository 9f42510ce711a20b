//! What each fuzz target does with its input, and what must hold of it. The test `fuzz_corpus` calls the same
//! functions with every file of the corpus.
//!
//! Inputs are texts where they can be, so that a person can read and write one.

use std::ffi::OsString;
use std::str;
use std::sync::LazyLock;

use schedule_callback::config::Config;
use schedule_callback::domain::answer::Reply;
use schedule_callback::domain::command::amend::Lookup;
use schedule_callback::domain::command::draft::{Verdict, draft};
use schedule_callback::domain::command::rules::{Rules, TenantDefaults};
use schedule_callback::domain::command::{Command, Kind};
use schedule_callback::domain::commitment::{Commitment, Origin, PhoneNumber, Target, Terms};
use schedule_callback::domain::directory::{Directory, DirectoryChange};
use schedule_callback::domain::ids::{AgentId, CallbackId, CommandKey, SkillId, Tenant};
use schedule_callback::domain::life::Life;
use schedule_callback::domain::phone::{self, PhoneRules, Region};
use schedule_callback::domain::time::schedule_date::{DateRules, Zones};
use schedule_callback::domain::time::{TimeZone, Timestamp, schedule_date};
use schedule_callback::wire::dead_letter::{self, DeadLetter};
use schedule_callback::wire::decode::{Limits, decode};
use schedule_callback::wire::directory_record::DirectoryTopic;
use schedule_callback::wire::due::{DueEvent, FiredAt};
use schedule_callback::wire::headers::Headers;
use schedule_callback::wire::malformed::{Malformed, MalformedReason, Source};
use schedule_callback::wire::record::{Incoming, Outgoing, Place};
use schedule_callback::wire::result::{self, ResultDigits, ResultHead};
use schedule_callback::wire::{directory_file, forward};

/// 2026-11-23T15:00:00Z: the time of every record, and when every command is decided.
const NOW: Timestamp = Timestamp::from_millis(1_795_446_000_000);

/// `limits.command_bytes` as it is by default.
const LIMITS: Limits = Limits { command_bytes: 65_536 };

/// CloudEvents source of what is published.
const SOURCE: &str = "/schedule-callback";

const FROM: Place<'static> = Place { topic: "callback.commands", partition: 3, offset: 17 };

/// A record: lines `name: value` for its headers (a line without a colon and a blank is a header without a value), an
/// empty line, then the value, which is null where nothing is left. Without an empty line all of it is the value.
pub fn envelope(input: &[u8]) {
    let record = record(input);
    match decode(&record, LIMITS) {
        Ok(command) => assert_sound(&command, &record),
        Err(malformed) => assert_answerable(&malformed, &record),
    }
    let forwarded = forward::write(&record, FROM);
    // Unchanged, but for three headers behind its own that say where it stood.
    let mut forwarded = as_incoming(&forwarded, record.timestamp);
    let added = forwarded.headers.split_off(record.headers.len());
    assert_eq!(forwarded, record);
    let values = [FROM.topic, "3", "17"].map(|value| Some(value.as_bytes()));
    assert_eq!(added.iter().map(|(_, value)| *value).collect::<Vec<_>>(), values);
}

/// A command's payload: the first line is its type, the rest its data; or a plain JSON command, where it begins with a
/// brace. It is judged against the sample directory and answered.
pub fn command(input: &[u8]) {
    let (kind, value) = match split_once(input, b"\n") {
        Some((kind, value)) if !input.starts_with(b"{") => (kind, value),
        _ => (Kind::Schedule.name().as_bytes(), input),
    };
    let attributes: [(&str, Option<&[u8]>); 3] =
        [("ce_id", Some(b"c-1")), ("ce_source", Some(b"/studio")), ("ce_type", Some(kind))];
    let headers = if input.starts_with(b"{") { Vec::new() } else { attributes.to_vec() };
    let record = Incoming { key: None, value: Some(value), headers, timestamp: NOW };
    let Ok(command) = decode(&record, LIMITS) else { return };
    let Context { directory, rules, standing } = &*CONTEXT;
    let draft = draft(command, directory, rules);
    let (key, defined) = (draft.key.clone(), draft.defined);
    let reply = match draft.verdict {
        Verdict::Refused { caption, violations } => Reply::refused(caption, &violations, defined),
        Verdict::Schedule(schedule) => {
            let reply = schedule.reply(CallbackId::new(2_049).ok(), NOW, defined);
            assert_fires(&Commitment { terms: schedule.terms, origin: schedule.origin, ..standing.clone() });
            reply
        }
        Verdict::Amend(amend) => amend.apply(Lookup::Ahead(standing), directory, rules, NOW).reply(defined),
    };
    let data = data_of(&key, &reply);
    let is_success = data["condition"] == "Success";
    for of_a_callback in ["callbackId", "revision", "scheduledFor", "target", "phoneNumber"] {
        assert_eq!(data[of_a_callback].is_null(), !is_success, "{of_a_callback} of {data}");
    }
    assert_eq!(data["violations"].as_array().is_some_and(Vec::is_empty), is_success, "{data}");
}

/// A `scheduleDate` and, behind a tabulator, a `timeZone`.
pub fn date(input: &[u8]) {
    let Ok(input) = str::from_utf8(input) else { return };
    let (text, zone) = input.split_once('\t').unwrap_or((input, ""));
    let zones = Zones { command: Some(zone), security_user: None, tenant: TimeZone::parse("Europe/Madrid").ok() };
    if let Ok(date) = schedule_date::parse(text, &zones) {
        assert!(text.len() <= schedule_date::MAX_BYTES);
        let written = date.instant.to_string();
        let again = schedule_date::parse(&written, &Zones::default());
        assert_eq!(again.map(|again| (again.instant, again.ambiguous)), Ok((date.instant, false)), "{written}");
        assert_eq!(Timestamp::parse_rfc3339(&written), Ok(date.instant), "{written}");
    }
    if let Ok(time) = Timestamp::parse_rfc3339(text) {
        let written = time.to_string();
        // An offset may carry the instant out of the years that RFC 3339 can write.
        if written.ends_with('Z') {
            assert_eq!(Timestamp::parse_rfc3339(&written), Ok(time), "{written}");
        }
    }
}

/// A `phoneNumber` and, behind a tabulator, the tenant's default region.
pub fn phone(input: &[u8]) {
    let Ok(input) = str::from_utf8(input) else { return };
    let (text, region) = input.split_once('\t').unwrap_or((input, ""));
    let region = Region::parse(region).ok();
    let Ok(judged) = phone::judge(text, region, PhoneRules::default()) else { return };
    let PhoneNumber { e164, extension } = &judged.number;
    let digits = e164.strip_prefix('+').unwrap_or_else(|| panic!("{e164} is not E.164"));
    assert!((1..=PhoneNumber::MAX_DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some(extension) = extension {
        assert!((1..=phone::MAX_EXTENSION_DIGITS).contains(&extension.len()) && text.contains(extension.as_str()));
    }
    // Of numbers that are not assigned libphonenumber may strip a second national prefix, of some that are a carrier code
    // too (Japan's 003768). What is left then stays as it is.
    if judged.assigned {
        let e164_of = |text: &str| phone::judge(text, None, PhoneRules::default()).map(|again| again.number.e164);
        let again = e164_of(e164);
        assert!(again.is_ok(), "{e164}: {again:?}");
        assert_eq!(again.clone().and_then(|again| e164_of(&again)), again, "{e164}");
    }
}

/// A directory record: the first line is `skills`, `agents` or `securityUsers`, a blank and the key; the rest is the
/// value, a tombstone where there is none. Or a directory file, where the first line is `file`.
pub fn directory(input: &[u8]) {
    let (first, value) = split_once(input, b"\n").map_or((input, None), |(first, value)| (first, Some(value)));
    if first == b"file" {
        return directory_of_a_file(value.unwrap_or_default());
    }
    let (list, key) = split_once(first, b" ").map_or((first, None), |(list, key)| (list, Some(key)));
    let topic = match list {
        b"agents" => DirectoryTopic::Agents,
        b"securityUsers" => DirectoryTopic::SecurityUsers,
        _ => DirectoryTopic::Skills,
    };
    let mut directory = Directory::default();
    match topic.read(key, value) {
        Ok(change) => directory.apply(change),
        // It is logged, so nothing of the value may be in it.
        Err(error) => assert_one_line(&error.to_string()),
    }
}

fn directory_of_a_file(file: &[u8]) {
    let mut directory = Directory::default();
    for record in directory_file::read(file).into_iter().flatten() {
        let on_its_topic = record.topic.read(Some(record.key.as_bytes()), Some(record.value.as_bytes()));
        assert_eq!(on_its_topic.as_ref(), Ok(&DirectoryChange::Put(record.record.clone())));
        directory.put(record.record);
    }
}

/// A configuration file and, behind a line of three dashes, environment variables, `NAME=value` each.
pub fn config(input: &[u8]) {
    let Ok(input) = str::from_utf8(input) else { return };
    let (file, variables) = input.split_once("\n---\n").unwrap_or((input, ""));
    let variables = variables.lines().filter_map(|line| line.split_once('='));
    let variables = variables.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    if let Err(error) = Config::from_sources(Some(("service.toml", file)), variables) {
        assert_one_line(&error.to_string());
    }
}

/// Makes what is made once, so that the first input does not look slow.
pub fn make_ready() {
    LazyLock::force(&CONTEXT);
}

struct Context {
    directory: Directory,
    rules: Rules,
    /// What cancels and reschedules find, if they name it: callback 1025, scheduled by `c-1` of `/sample`.
    standing: Commitment,
}

static CONTEXT: LazyLock<Context> = LazyLock::new(|| {
    phone::warm_up();
    let file = include_bytes!("../../config/sample/directory.json");
    let mut directory = Directory::default();
    for entry in directory_file::read(file).unwrap_or_else(|error| panic!("the sample directory: {error}")) {
        directory.put(entry.record);
    }
    let defaults =
        TenantDefaults { default_region: Region::parse("ES").ok(), time_zone: TimeZone::parse("Europe/Madrid").ok() };
    let day = 86_400_000_000;
    let rules = Rules {
        phone: PhoneRules::default(),
        date: Some(DateRules { past_grace: 60_000_000, horizon: 366 * day }),
        tenants: [].into(),
        elsewhere: defaults,
    };
    Context { directory, rules, standing: standing() }
});

fn standing() -> Commitment {
    let scheduled_for = NOW.plus_micros(3_600_000_000);
    let (Ok(callback_id), Ok(skill), Ok(agent)) = (CallbackId::new(1_025), SkillId::new(4_711), AgentId::new(1_234))
    else {
        panic!("ids over zero")
    };
    Commitment {
        callback_id,
        revision: 1,
        attempt: 1,
        fire_at: scheduled_for,
        terms: Terms {
            scheduled_for,
            target: Target { skill, agent: None },
            phone_number: PhoneNumber { e164: "+14155552671".to_owned(), extension: None },
            notes: None,
        },
        origin: Origin {
            tenant: Tenant::default(),
            command_source: "/sample".to_owned(),
            command_id: "c-1".to_owned(),
            correlation_id: None,
            trace: None,
            caption: None,
            first_name: None,
            last_name: None,
            requested_by: agent,
        },
        revised_by: "c-1".to_owned(),
        cancelled_at: None,
        life: Life::default(),
    }
}

fn record(input: &[u8]) -> Incoming<'_> {
    let (head, value) = split_once(input, b"\n\n")
        .map_or((&input[..0], Some(input)), |(head, value)| (head, Some(value).filter(|value| !value.is_empty())));
    let header = |line| {
        let (name, value) = split_once(line, b": ").map_or((line, None), |(name, value)| (name, Some(value)));
        Some((str::from_utf8(name).ok()?, value))
    };
    let lines = head.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    Incoming { key: None, value, headers: lines.filter_map(header).collect(), timestamp: NOW }
}

fn split_once<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(mark.len()).position(|window| window == mark)?;
    Some((&bytes[..at], &bytes[at + mark.len()..]))
}

fn as_incoming(record: &Outgoing, timestamp: Timestamp) -> Incoming<'_> {
    Incoming {
        key: record.key.as_deref(),
        value: record.value.as_deref(),
        headers: record.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect(),
        timestamp,
    }
}

/// What was read keeps the contract's limits, so nothing behind this has to look again.
fn assert_sound(command: &Command<'_>, record: &Incoming<'_>) {
    let CommandKey { command_id, source, .. } = &command.key;
    assert!(record.value.is_some_and(|value| value.len() <= LIMITS.command_bytes));
    assert!((1..=128).contains(&command_id.len()) && !source.is_empty());
    assert!(command.correlation_id.as_ref().is_none_or(|id| id.len() <= 256));
    assert!(command.issued_at <= NOW);
    let texts = [Some(command_id), Some(source), command.correlation_id.as_ref()];
    assert!(!texts.into_iter().flatten().any(|text| text.contains(char::is_control)));
}

/// Its dead letter can be read back, says nothing of the value, and its answer can be published.
fn assert_answerable(malformed: &Malformed, record: &Incoming<'_>) {
    let Malformed { reason, detail, answer, .. } = malformed;
    let message = malformed.message(Source::Record);
    assert!(message.contains(detail) && message.contains(reason.code()));
    assert_one_line(&message);
    let is_too_large = record.value.is_some_and(|value| value.len() > LIMITS.command_bytes);
    assert_eq!(*reason == MalformedReason::TooLarge, is_too_large);
    assert_one_line(detail);
    let letter = dead_letter::write(record, FROM, reason.code(), detail);
    let received = as_incoming(&letter, Timestamp::default());
    let expected = DeadLetter { record: record.clone(), from: FROM, reason: reason.code(), detail };
    assert_eq!(DeadLetter::read(&received), Some(expected));
    let Some(answer) = answer else { return };
    assert!((1..=128).contains(&answer.key.command_id.len()));
    let head = ResultHead {
        key: &answer.key,
        digits: ResultDigits::of(&answer.key, answer.payload),
        decided_at: NOW,
        correlation_id: answer.correlation_id.as_deref(),
        callback_id: None,
        trace: answer.trace.as_ref(),
    };
    let mut headers = Headers::default();
    head.write_headers(&mut headers, SOURCE);
    assert!(headers.iter().all(|(_, value)| str::from_utf8(value).is_ok()));
    assert_eq!(data_of(&answer.key, &Reply::malformed(message))["condition"], "Default");
}

/// The result's data, which must be JSON and name its command.
fn data_of(key: &CommandKey, reply: &Reply) -> serde_json::Value {
    let mut data = Vec::new();
    result::write_data(&mut data, Some(&key.command_id), reply);
    let data = json(&data);
    assert_eq!(data["commandId"], key.command_id.as_str());
    data
}

/// Its due event is JSON and shows its time.
fn assert_fires(callback: &Commitment) {
    let (mut fired_at, mut data) = (FiredAt::default(), Vec::new());
    fired_at.set(callback.terms.scheduled_for);
    DueEvent::of(callback, SOURCE).write_data(&fired_at, &mut data);
    let data = json(&data);
    assert_eq!(data["scheduledFor"], callback.terms.scheduled_for.to_string());
    assert_eq!(data["latenessMs"], 0);
    assert_eq!(data["notes"].as_str(), callback.terms.notes.as_deref());
}

fn json(bytes: &[u8]) -> serde_json::Value {
    serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)))
}

/// One line without control characters: what is logged cannot look like a line of its own.
fn assert_one_line(text: &str) {
    assert!(!text.contains(char::is_control), "{text:?}");
}
