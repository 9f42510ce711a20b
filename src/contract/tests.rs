//! The schemas against the code that reads, judges and writes the messages.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::examples::{self, Example};
use super::{Message, asyncapi};
use crate::config::Config;
use crate::config::topics::Way;
use crate::domain::answer::{DefinedBranches, Reply, Standing, Violation, Warning};
use crate::domain::command::Kind;
use crate::domain::command::amend::Lookup;
use crate::domain::command::amended::Amended;
use crate::domain::command::draft::{Draft, Verdict, draft};
use crate::domain::commitment::{Commitment, Origin, PhoneNumber, Target, Terms};
use crate::domain::directory::Directory;
use crate::domain::fixtures::{every_violation, standing};
use crate::domain::ids::{CallbackId, Shard, SkillId};
use crate::domain::life::{End, Life, NotAfter, Outcome, Phase, Reason, Status};
use crate::domain::lifecycle::released;
use crate::domain::time::Timestamp;
use crate::wire::decode::{Limits, decode};
use crate::wire::directory_record::DirectoryTopic;
use crate::wire::due::{DueEvent, FiredAt};
use crate::wire::record::Incoming;
use crate::wire::result::{ResultDigits, ResultHead, write_data};
use crate::wire::state::{Contact, StateRecord};
use crate::wire::{dead_letter, directory_file, headers};

const SAMPLE_DIRECTORY: &str = include_str!("../../config/sample/directory.json");

fn validator(schema: &Value) -> Validator {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap()
}

fn of(message: Message) -> Validator {
    validator(&message.schema())
}

fn assert_valid(validator: &Validator, value: &Value) {
    let faults: Vec<String> =
        validator.iter_errors(value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{value}: {faults:#?}");
}

static CONFIG: LazyLock<Config> = LazyLock::new(|| Config::load(None, []).unwrap());

static DIRECTORY: LazyLock<Directory> = LazyLock::new(|| {
    let mut directory = Directory::default();
    for entry in directory_file::read(SAMPLE_DIRECTORY.as_bytes()).unwrap() {
        directory.put(entry.record);
    }
    directory
});

fn now() -> Timestamp {
    Timestamp::parse_rfc3339(examples::NOW).unwrap()
}

/// A draft of a record with these headers and value; `None` where it is malformed.
fn judge(headers: &Value, value: &Value) -> Option<Draft> {
    let value = value.to_string();
    let headers: Vec<_> =
        headers.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    let record = Incoming {
        value: Some(value.as_bytes()),
        headers: headers.iter().map(|(name, value)| (*name, Some(value.as_bytes()))).collect(),
        timestamp: now(),
        ..Incoming::default()
    };
    let command = decode(&record, Limits { command_bytes: 65_536 }).ok()?;
    Some(draft(command, &DIRECTORY, &CONFIG.rules))
}

fn binary(kind: &str) -> Value {
    json!({"ce_specversion": "1.0", "ce_id": "c-1", "ce_source": "/studio", "ce_type": kind})
}

fn codes(draft: &Draft) -> Vec<&'static str> {
    match &draft.verdict {
        Verdict::Refused { violations, .. } => violations.as_slice().iter().map(Violation::code).collect(),
        Verdict::Schedule(_) | Verdict::Amend(_) => Vec::new(),
    }
}

/// Whether a code is about the form of a field, which a schema can tell too.
fn is_of_form(code: &str) -> bool {
    let of_form = ["_MISSING", "_MALFORMED", "_SYNTAX", "_MIXED_FORMAT", "_TOO_LONG", "_CONTROL_CHARACTER", "_TYPE"];
    let of_the_world = ["SCHEDULE_DATE_OFFSET_MISSING", "PHONE_NUMBER_COUNTRY_CODE_MISSING", "PHONE_NUMBER_TOO_LONG"];
    let of_a_field = ["SCRIPT_TYPE_UNSUPPORTED", "OUTCOME_UNSUPPORTED", "NOT_AFTER_INVALID"];
    (of_form.iter().any(|end| code.ends_with(end)) || of_a_field.contains(&code)) && !of_the_world.contains(&code)
}

fn schedule_payload() -> Value {
    json!({
        "securityUser": "su-1", "phoneNumber": "+14155552671", "skillId": "4711", "targetAgentId": "",
        "scheduleDate": "2026-11-23T15:00:00Z",
    })
}

#[test]
fn every_schema_is_one_of_its_dialect_and_of_the_one_that_asyncapi_embeds() {
    for message in Message::ALL {
        let mut schema = message.schema();
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "{}", message.name());
        schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
        assert!(jsonschema::draft7::meta::is_valid(&schema), "{}", message.name());
    }
}

#[test]
fn a_field_passes_its_schema_where_the_service_finds_nothing_wrong_with_its_form() {
    let long = |length: usize| json!("é".repeat(length));
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(4711),
        json!(i64::MAX),
        json!(1.5),
        json!(4711.0),
        json!(4.711e3),
        json!([]),
        json!({}),
        json!([1]),
        json!({"a": 1}),
        json!({"a": "1", "b": null}),
        json!({"a": "\u{7}"}),
        json!({"\u{7}": "a"}),
        json!(["Success", "other"]),
        json!(["\u{85}"]),
        json!([null]),
        json!(""),
        json!(" "),
        json!("su-1"),
        json!("Phone"),
        json!("phone"),
        json!("0"),
        json!("01"),
        json!("4711"),
        json!("1234"),
        json!("+14155552671 x12"),
        json!("2026-11-23T15:00Z"),
        json!("20261123T15:00Z"),
        json!("2026-11-23"),
        json!("Europe/Madrid"),
        json!("tab\tin"),
        json!("line\r\nbreak"),
        json!("bell\u{7}"),
        json!("delete\u{7f}"),
        json!("next\u{85}line"),
        json!("\u{a0}\u{2028}"),
        long(100),
        long(101),
        long(200),
        long(201),
        long(4_000),
        long(4_001),
    ];
    for (kind, message, payload) in payloads() {
        let schema = of(message);
        let properties = message.schema()["properties"].clone();
        for field in properties.as_object().unwrap().keys() {
            if kind != Kind::Schedule.name() && matches!(field.as_str(), "callbackId" | "scheduledBy") {
                continue; // The callback's fault is reported alone: see the next test.
            }
            for value in &values {
                let mut payload = payload.clone();
                payload[field] = value.clone();
                let draft = judge(&binary(kind), &payload).unwrap();
                // What is no name is one that the directory does not have.
                let is_name = value.as_str().is_some_and(|text| !text.contains(char::is_control));
                let is_wrong_user = field == "securityUser" && !is_name;
                let is_wrong = is_wrong_user || found(&draft).iter().any(|code| is_of_form(code));
                assert_eq!(schema.is_valid(&payload), !is_wrong, "{kind} {field}: {value}: {:?}", found(&draft));
            }
        }
    }
}

fn payloads() -> [(&'static str, Message, Value); 4] {
    let reschedule = json!({"securityUser": "su-1", "callbackId": 5120, "scheduleDate": "2026-11-23T15:00:00Z"});
    let report = json!({
        "securityUser": "su-4", "callbackId": 5120, "attempt": 3, "outcome": "rescheduled",
        "scheduleDate": "2026-11-23T15:00:00Z",
    });
    [
        (Kind::Schedule.name(), Message::ScheduleCommand, schedule_payload()),
        (Kind::Cancel.name(), Message::CancelCommand, json!({"securityUser": "su-1", "callbackId": 5120})),
        (Kind::Reschedule.name(), Message::RescheduleCommand, reschedule),
        (Kind::Report.name(), Message::ReportCommand, report),
    ]
}

/// The codes of a command, of an amendment after it found the callback that the fixtures have.
fn found(draft: &Draft) -> Vec<&'static str> {
    let Verdict::Amend(amend) = &draft.verdict else { return codes(draft) };
    let tracked = Commitment { life: Life { tries: Some(0), ..Life::default() }, ..standing() };
    let found = if draft.is_report { Lookup::Due(&tracked) } else { Lookup::Ahead(&tracked) };
    match amend.clone().apply(found, &DIRECTORY, &CONFIG.rules, now()) {
        Amended::Refused(violations) => violations.as_slice().iter().map(Violation::code).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn an_amendment_names_its_callback_by_one_key_at_least() {
    let schema = of(Message::CancelCommand);
    let with = |members: Value| {
        let mut payload = json!({"securityUser": "su-1"});
        payload.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        payload
    };
    let by = json!({"source": "/script", "commandId": "c-0"});
    for named in [
        json!({"callbackId": 5120}),
        json!({"callbackId": "5120"}),
        json!({"scheduledBy": by}),
        json!({"callbackId": 5120, "scheduledBy": by}),
        json!({"callbackId": null, "scheduledBy": by}),
    ] {
        assert_valid(&schema, &with(named.clone()));
        assert_eq!(found(&judge(&binary(Kind::Cancel.name()), &with(named)).unwrap()), [""; 0]);
    }
    for unnamed in [
        json!({}),
        json!({"callbackId": null}),
        json!({"scheduledBy": null}),
        json!({"scheduledBy": {"source": "/script"}}),
        json!({"scheduledBy": "c-0"}),
        json!({"callbackId": "0"}),
        json!({"callbackId": true}),
        json!({"callbackId": 5120, "scheduledBy": {"source": "/script", "commandId": "\u{7}"}}),
    ] {
        assert!(!schema.is_valid(&with(unnamed.clone())), "{unnamed}");
        assert_ne!(found(&judge(&binary(Kind::Cancel.name()), &with(unnamed)).unwrap()), [""; 0]);
    }
}

#[test]
fn the_patterns_of_dates_and_numbers_take_what_the_service_can_read() {
    let schema = of(Message::ScheduleCommand);
    let judged = |table: &str, field: &str, is_refused: &dyn Fn(&[&str]) -> bool| {
        for line in table.lines().skip(1) {
            let columns: Vec<&str> = line.split('\t').collect();
            let mut payload = schedule_payload();
            payload[field] = columns[0].into();
            assert_eq!(schema.is_valid(&payload), !is_refused(&columns), "{line}");
        }
    };
    let dates = include_str!("../../tests/cases/schedule_date.tsv");
    let unreadable = ["MISSING", "SYNTAX", "MIXED_FORMAT", "TIME_MISSING"];
    judged(dates, "scheduleDate", &|columns| unreadable.contains(&columns[4]));
    judged(include_str!("../../tests/cases/phone.tsv"), "phoneNumber", &|_| false);
}

#[test]
fn plain_and_structured_commands_pass_where_they_are_not_malformed() {
    let wrong = [
        ("id", vec![json!(null), json!(""), json!(7.5), json!(true), json!("x".repeat(129)), json!("a\u{7}")]),
        ("source", vec![json!(null), json!(""), json!({}), json!("a\nb")]),
        ("time", vec![json!(1), json!("yesterday"), json!("2026-11-22T12:00:00")]),
        ("tenantid", vec![json!("a/b"), json!("x".repeat(65)), json!(0.5), json!([])]),
        ("correlationid", vec![json!(0.5), json!("x".repeat(257)), json!("a\u{7}")]),
    ];
    let right = [
        ("id", vec![json!("x".repeat(128)), json!("ä"), json!(7), json!(100_017.0)]),
        ("time", vec![json!(null), json!(""), json!(examples::NOW), json!("2026-11-22T12:00:00.5+01:00")]),
        ("time", vec![json!("2026-11-22T12:00Z"), json!("20261122T120000,5+0000"), json!("2026-11-22t12:00:00z")]),
        ("tenantid", vec![json!(null), json!(""), json!("default"), json!(7)]),
        ("correlationid", vec![json!(null), json!(""), json!("x".repeat(256)), json!(17)]),
    ];
    let plain_names = |name: &str| match name {
        "id" => "commandId",
        "time" => "issuedAt",
        "tenantid" => "tenantId",
        "correlationid" => "correlationId",
        _ => "source",
    };
    let (plain, structured) = (of(Message::PlainCommand), of(Message::StructuredCommand));
    for (kind, _, payload) in payloads() {
        for (is_right, (name, values)) in
            wrong.iter().map(|case| (false, case)).chain(right.iter().map(|case| (true, case)))
        {
            for value in values {
                let mut event =
                    json!({"specversion": "1.0", "id": "c-1", "source": "/s", "type": kind, "data": payload});
                event[*name] = value.clone();
                let content_type = json!({"content-type": "application/cloudevents+json; charset=utf-8"});
                assert_eq!(judge(&content_type, &event).is_some(), is_right, "{event}");
                assert_eq!(structured.is_valid(&event), is_right, "{event}");
                let mut command = json!({"commandId": "c-1", "source": "/s", "type": kind});
                command[plain_names(name)] = value.clone();
                command.as_object_mut().unwrap().extend(payload.as_object().unwrap().clone());
                assert_eq!(judge(&json!({}), &command).is_some(), is_right, "{command}");
                assert_eq!(plain.is_valid(&command), is_right, "{command}");
            }
        }
    }
    let event = json!({"specversion": "1.0", "id": "c-1", "source": "/s", "type": Kind::Schedule.name()});
    assert!(!structured.is_valid(&event), "no data");
    assert!(!plain.is_valid(&json!({"commandId": "c-1", "source": "/s", "type": "callback.fire.v1"})));
}

fn data(reply: &Reply) -> Value {
    let mut bytes = Vec::new();
    write_data(&mut bytes, Some("c-1"), reply);
    serde_json::from_slice(&bytes).unwrap()
}

fn success(terms: Terms, warnings: Vec<Warning>) -> Reply {
    let standing = Standing { callback_id: CallbackId::new(CallbackId::MAX).ok(), revision: 7, terms, progress: None };
    Reply::success(Some("Callback".to_owned()), standing, warnings, DefinedBranches::named([]))
}

/// The terms of a callback with everything that there can be, and with nothing.
fn full_and_bare() -> [Terms; 2] {
    let full = standing().terms;
    let mut bare = full.clone();
    bare.target = Target { agent: None, ..full.target };
    bare.phone_number.extension = None;
    bare.phone_number.e164 = format!("+{}", "9".repeat(20));
    bare.notes = None;
    [full, bare]
}

/// The properties of the schema are those of the message, in its order.
fn assert_same_keys(schema: &Value, message: &Value) {
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&schema["properties"]), keys(message));
}

#[test]
fn every_result_that_is_written_passes() {
    let schema = of(Message::Result);
    let mut of_others = Message::Result.schema();
    for key in ["attempt", "tries", "status", "nextAt", "reason"] {
        of_others["properties"].as_object_mut().unwrap().shift_remove(key);
    }
    for terms in full_and_bare() {
        for warnings in [Vec::new(), Warning::ALL.to_vec()] {
            let reply = success(terms.clone(), warnings);
            assert_valid(&schema, &data(&reply));
            assert_same_keys(&of_others, &data(&reply));
            let written = data(&reply.to_report(true));
            assert_valid(&schema, &written);
            assert_same_keys(&Message::Result.schema(), &written);
        }
    }
    for violation in every_violation() {
        let reply = Reply::refused(None, &violation.into(), DefinedBranches::default());
        assert_valid(&schema, &data(&reply));
        assert_valid(&schema, &data(&reply.to_report(true)));
    }
}

#[test]
fn no_result_passes_that_says_two_things_at_once() {
    let schema = of(Message::Result);
    let [full, _] = full_and_bare();
    let success = data(&success(full, Vec::new()));
    let refused = data(&Reply::malformed("The message could not be read.".to_owned()));
    for (result, member, value) in [
        (&success, "callbackId", json!(null)),
        (&success, "callbackId", json!(CallbackId::MAX + 1)),
        (&success, "revision", json!(0)),
        (&success, "scheduledFor", json!("2026-11-23T15:00:00+00:00")),
        (&success, "scheduledFor", json!("2026-11-23T15:00:00.5Z")),
        (&success, "target", json!({"type": "skill", "agentId": "1234", "skillId": "4711"})),
        (&success, "target", json!({"type": "agent", "skillId": "4711"})),
        (&success, "target", json!({"type": "skill", "skillId": 4711})),
        (&success, "phoneNumber", json!("4155552671")),
        (&success, "phoneNumber", json!(format!("+{}", "9".repeat(21)))),
        (&success, "extension", json!("12345678")),
        (&success, "violations", refused["violations"].clone()),
        (&success, "warnings", json!(["EARLY"])),
        (&success, "branch", json!("Failure")),
        (&refused, "violations", json!([])),
        (&refused, "violations", json!([{"field": null, "code": "OTHER", "message": "Other."}])),
        (&refused, "callbackId", json!(1)),
        (&refused, "warnings", json!(["LATE"])),
    ] {
        let mut result = result.clone();
        result[member] = value.clone();
        assert!(!schema.is_valid(&result), "{member}: {value}");
        result.as_object_mut().unwrap().shift_remove(member);
        assert!(!schema.is_valid(&result), "without {member}");
    }
}

fn due(commitment: &Commitment, fired_at: Timestamp) -> (Value, Value) {
    let event = DueEvent::of(commitment, examples::SOURCE);
    let (mut instant, mut data) = (FiredAt::default(), Vec::new());
    instant.set(fired_at);
    event.write_data(&instant, &mut data);
    (serde_json::from_slice(&data).unwrap(), shown(event.headers(&instant, examples::SOURCE)))
}

fn shown<'a>(headers: impl Iterator<Item = (&'static str, &'a [u8])>) -> Value {
    headers.map(|(name, value)| (name, str::from_utf8(value).unwrap().to_owned())).collect()
}

#[test]
fn every_due_event_that_is_written_passes() {
    let schema = of(Message::Due);
    for terms in full_and_bare() {
        for extra in [None, Some("María\u{2028}".to_owned())] {
            let mut commitment = Commitment { terms: terms.clone(), ..standing() };
            if extra.is_some() {
                let at = terms.scheduled_for.plus_micros(3_600_000_000);
                commitment.life.not_after = Some(NotAfter { at, is_derived: true });
                commitment = released(commitment);
            }
            commitment.origin.first_name.clone_from(&extra);
            commitment.origin.last_name.clone_from(&extra);
            commitment.origin.caption.clone_from(&extra);
            for late in [0, 1, 4_312_000] {
                let (data, _) = due(&commitment, terms.scheduled_for.plus_micros(late));
                assert_valid(&schema, &data);
                let mut schema_of_due = Message::Due.schema();
                if commitment.life.released_from.is_none() {
                    schema_of_due["properties"].as_object_mut().unwrap().shift_remove("releasedFrom");
                }
                assert_same_keys(&schema_of_due, &data);
                let early = json!({"latenessMs": -1});
                let mut wrong = data.clone();
                wrong["latenessMs"] = early["latenessMs"].clone();
                assert!(!schema.is_valid(&wrong));
            }
        }
    }
}

#[test]
fn the_sample_directory_passes_and_what_the_service_skips_does_not() {
    let sample: Value = serde_json::from_str(SAMPLE_DIRECTORY).unwrap();
    assert_valid(&of(Message::DirectoryFile), &sample);
    let messages = [
        (Message::DirectorySkill, DirectoryTopic::Skills, "skills"),
        (Message::DirectoryAgent, DirectoryTopic::Agents, "agents"),
        (Message::DirectorySecurityUser, DirectoryTopic::SecurityUsers, "securityUsers"),
    ];
    let values = [
        json!(null),
        json!(true),
        json!(7),
        json!(-7),
        json!("7"),
        json!("07"),
        json!("Europe/Paris"),
        json!([]),
        json!([7, "7"]),
        json!(["a"]),
    ];
    for (message, topic, list) in messages {
        let schema = of(message);
        for record in sample[list].as_array().unwrap() {
            assert_valid(&schema, record);
            for field in message.schema()["properties"].as_object().unwrap().keys() {
                // Names are not read, and an unknown time zone is one that is not in a table.
                let is_told_here = |value: &Value| match field.as_str() {
                    "name" | "userName" => false,
                    "timeZone" => !value.is_string(),
                    _ => true,
                };
                for value in values.iter().filter(|value| is_told_here(value)) {
                    let mut record = record.clone();
                    record[field] = value.clone();
                    let id = match &record[topic.id_field()] {
                        Value::String(id) => id.clone(),
                        id => id.to_string(),
                    };
                    let read =
                        topic.read(Some(format!("default/{id}").as_bytes()), Some(record.to_string().as_bytes()));
                    assert_eq!(schema.is_valid(&record), read.is_ok(), "{record}: {read:?}");
                }
            }
        }
    }
}

/// One that is switched off has no address.
#[test]
fn every_topic_that_is_not_the_services_own_has_a_channel() {
    let document = asyncapi(&CONFIG);
    let channels = document["channels"].as_object().unwrap().values();
    let described: Vec<_> = channels.filter_map(|channel| channel["address"].as_str()).collect();
    let public = CONFIG.topics.all().filter(|(topic, _)| topic.way != Way::Internal);
    let public: Vec<_> = public.map(|(_, name)| name.as_str()).collect();
    assert_eq!(described, public);
}

/// Headers and payload of each example pass what the document says of its message.
#[test]
fn every_example_of_the_asyncapi_document_passes() {
    let document = asyncapi(&CONFIG);
    for (name, message) in document["components"]["messages"].as_object().unwrap() {
        let [headers, payload] = ["headers", "payload"].map(|part| validator(&resolvable(&document, &message[part])));
        let examples = message["examples"].as_array().unwrap();
        for example in examples {
            assert_valid(&headers, &example["headers"]);
            assert_valid(&payload, &example["payload"]);
        }
        assert_ne!(examples.len(), 0, "{name}");
    }
}

/// The schema, and beside it what it refers to.
fn resolvable(document: &Value, schema: &Value) -> Value {
    json!({"allOf": [schema], "components": document["components"]})
}

#[test]
fn a_command_means_the_same_in_each_of_its_forms() {
    let amendments = [examples::cancel(), examples::reschedule(), examples::report()].concat();
    for example in examples::schedule().into_iter().chain(amendments) {
        let binary = judge(&example.headers, &example.payload).unwrap();
        for other in [examples::structured(example.clone()), examples::plain(example.clone())] {
            let draft = judge(&other.headers, &other.payload).unwrap();
            assert_eq!((&draft.key, draft.payload), (&binary.key, binary.payload), "{other:?}");
            assert_eq!((&draft.correlation_id, &draft.verdict), (&binary.correlation_id, &binary.verdict));
        }
    }
}

/// Whoever generates classes, or looks for a schema in the rendered document, finds it by its name.
#[test]
fn every_schema_of_the_asyncapi_document_that_makes_a_class_has_a_name() {
    let document = asyncapi(&CONFIG);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut unnamed = Vec::new();
    for (name, schema) in schemas {
        assert_eq!(schema["title"].as_str().unwrap().replace(' ', "").to_lowercase(), name.to_lowercase());
        let Value::Object(members) = schema else { panic!("{name}") };
        for (key, value) in members {
            find_classes(&format!("{name}/{key}"), value, &mut unnamed);
        }
    }
    assert_eq!(unnamed, [""; 0]);
    for (name, message) in document["components"]["messages"].as_object().unwrap() {
        for member in ["name", "title", "summary"] {
            assert!(message[member].is_string(), "{name}: {member}");
        }
        for part in ["headers", "payload"] {
            let reference = message[part]["$ref"].as_str().unwrap();
            assert!(schemas.contains_key(reference.strip_prefix("#/components/schemas/").unwrap()), "{reference}");
        }
    }
}

/// The schemas within this one that are objects or enumerations without a name.
fn find_classes(path: &str, schema: &Value, found: &mut Vec<String>) {
    let is_condition =
        path.ends_with("/not") || path.ends_with("/if") || path.ends_with("/then") || path.ends_with("/else");
    let Value::Object(members) = schema else {
        if let Value::Array(elements) = schema {
            for element in elements {
                find_classes(path, element, found);
            }
        }
        return;
    };
    if is_condition {
        return;
    }
    if members.get("type") == Some(&json!("object")) || (members.contains_key("enum") && !path.ends_with("/properties"))
    {
        found.push(path.to_owned());
    }
    members.iter().for_each(|(key, value)| find_classes(&format!("{path}/{key}"), value, found));
}

#[test]
fn one_title_is_one_schema() {
    fn collect(schema: &Value, found: &mut std::collections::BTreeMap<String, Value>) {
        match schema {
            Value::Object(members) => {
                if let Some(title) = members.get("title").and_then(Value::as_str) {
                    let former = found.insert(title.to_owned(), schema.clone());
                    assert!(former.is_none_or(|former| former == *schema), "two schemas have the title {title}");
                }
                members.values().for_each(|value| collect(value, found));
            }
            Value::Array(elements) => elements.iter().for_each(|element| collect(element, found)),
            _ => {}
        }
    }
    let mut found = std::collections::BTreeMap::new();
    for message in Message::ALL.into_iter().filter(|message| *message != Message::DirectoryFile) {
        collect(&message.body(), &mut found);
    }
    assert!(found.len() > 20, "{found:?}");
}

#[test]
fn the_example_commands_come_to_the_example_results_and_the_due_event() {
    let [success, refusal, _] = examples::results().try_into().unwrap();
    let [due_event] = examples::due_events().try_into().unwrap();
    let callback_id = CallbackId::new(success.payload["callbackId"].as_i64().unwrap()).unwrap();
    assert!(callback_id.shard().is_some_and(|shard: Shard| shard.partition() < 1_024));
    for (command, result) in examples::schedule().iter().zip([success, refusal]) {
        let draft = judge(&command.headers, &command.payload).unwrap();
        let reply = match &draft.verdict {
            Verdict::Schedule(schedule) => schedule.reply(Some(callback_id), now(), draft.defined),
            Verdict::Refused { caption, violations } => Reply::refused(caption.clone(), violations, draft.defined),
            Verdict::Amend(_) => panic!("{command:?}"),
        };
        let (data, headers) = result_of(&draft, &reply);
        assert_eq!(data, result.payload);
        assert_eq!(headers, result.headers);
        if let Verdict::Schedule(schedule) = draft.verdict {
            let (terms, origin) = (schedule.terms, schedule.origin);
            let (fire_at, revised_by) = (terms.scheduled_for, origin.command_id.clone());
            let base = Commitment { callback_id, attempt: 1, fire_at, terms, origin, revised_by, ..standing() };
            let (data, headers) = due(&base, fire_at.plus_micros(4_312));
            assert_eq!(data, due_event.payload);
            assert_eq!(headers, due_event.headers);
        }
    }
    for command in examples::cancel().iter().chain(&examples::reschedule()) {
        let draft = judge(&command.headers, &command.payload).unwrap();
        assert!(matches!(draft.verdict, Verdict::Amend(_)), "{command:?}");
    }
}

/// A report of the example's callback, which is of a tracked skill and for an agent, and was due a minute before.
#[test]
fn the_example_report_comes_to_its_result_and_its_state() {
    let [_, _, result] = examples::results().try_into().unwrap();
    let [state] = examples::states().try_into().unwrap();
    let [report] = examples::report().try_into().unwrap();
    let draft = judge(&report.headers, &report.payload).unwrap();
    let Verdict::Amend(amend) = draft.verdict.clone() else { panic!("{draft:?}") };
    let scheduled_for = now().plus_micros(-60_000_000);
    let base = standing();
    let callback = Commitment {
        callback_id: CallbackId::new(result.payload["callbackId"].as_i64().unwrap()).unwrap(),
        attempt: 1,
        fire_at: scheduled_for,
        terms: Terms {
            scheduled_for,
            target: Target { skill: SkillId::new(4712).unwrap(), agent: base.terms.target.agent },
            phone_number: PhoneNumber { e164: "+14155552671".to_owned(), extension: None },
            notes: None,
        },
        origin: Origin {
            command_id: "c-1".to_owned(),
            caption: Some("Call back: invoice".to_owned()),
            requested_by: base.terms.target.agent.unwrap(),
            ..base.origin
        },
        life: Life { tries: Some(0), ..Life::default() },
        ..base
    };
    let settled = amend.apply(Lookup::Due(&callback), &DIRECTORY, &CONFIG.rules, now());
    let (data, headers) = result_of(&draft, &settled.reply(draft.defined).to_report(draft.is_report));
    assert_eq!(data, result.payload);
    assert_eq!(headers, result.headers);
    let Amended::Reported { callback, .. } = settled else { panic!("{settled:?}") };
    let record = StateRecord::of(&callback, false, Some("r-1"), Contact::Masked);
    let (mut instant, mut data) = (FiredAt::default(), Vec::new());
    instant.set(now());
    record.write_data(&instant, &mut data);
    assert_eq!(serde_json::from_slice::<Value>(&data).unwrap(), state.payload);
    assert_eq!(shown(record.headers(&instant, examples::SOURCE)), state.headers);
}

#[test]
fn every_state_record_that_is_written_passes() {
    let schema = of(Message::State);
    let end = |status| End { status, reason: Reason::NotAfter, at: now() };
    let phases = [Phase::Present, Phase::Handling, Phase::Held, Phase::Ended(end(Status::Expired))];
    for terms in full_and_bare() {
        for (phase, has_passed) in phases.into_iter().flat_map(|phase| [(phase, false), (phase, true)]) {
            for contact in [Contact::None, Contact::Masked, Contact::Full] {
                let mut callback = Commitment { terms: terms.clone(), ..standing() };
                callback.life = Life { tries: Some(2), phase, last_outcome: Some(Outcome::Busy), ..Life::default() };
                let callback = if has_passed { released(callback) } else { callback };
                let record = StateRecord::of(&callback, has_passed, None, contact);
                let (mut instant, mut data) = (FiredAt::default(), Vec::new());
                instant.set(now());
                record.write_data(&instant, &mut data);
                let data: Value = serde_json::from_slice(&data).unwrap();
                assert_valid(&schema, &data);
                let keys = data.as_object().unwrap().keys();
                let known: Vec<_> =
                    Message::State.schema()["properties"].as_object().unwrap().keys().cloned().collect();
                let places: Vec<_> = keys.map(|key| known.iter().position(|known| known == key).unwrap()).collect();
                assert!(places.is_sorted(), "{data}");
            }
        }
    }
}

fn result_of(draft: &Draft, reply: &Reply) -> (Value, Value) {
    let mut bytes = Vec::new();
    write_data(&mut bytes, Some(&draft.key.command_id), reply);
    let head = ResultHead {
        key: &draft.key,
        digits: ResultDigits::of(&draft.key, draft.payload),
        decided_at: now(),
        correlation_id: draft.correlation_id.as_deref(),
        callback_id: reply.standing.as_ref().and_then(|standing| standing.callback_id),
        trace: draft.trace.as_ref(),
    };
    let mut headers = headers::Headers::default();
    head.write_headers(&mut headers, examples::SOURCE);
    (serde_json::from_slice(&bytes).unwrap(), shown(headers.iter()))
}

#[test]
fn the_example_dead_letter_is_one() {
    let [Example { headers, payload, .. }] = examples::dead_letters().try_into().unwrap();
    let value = payload.as_str().unwrap();
    let headers: Vec<_> =
        headers.as_object().unwrap().iter().map(|(name, value)| (name, value.as_str().unwrap())).collect();
    let letter = Incoming {
        value: Some(value.as_bytes()),
        headers: headers.iter().map(|(name, value)| (name.as_str(), Some(value.as_bytes()))).collect(),
        ..Incoming::default()
    };
    let read = dead_letter::DeadLetter::read(&letter).unwrap();
    let malformed = decode(&read.record, Limits { command_bytes: 65_536 }).unwrap_err();
    assert_eq!((read.reason, read.detail), (malformed.reason.code(), malformed.detail.as_str()));
}
