//! Records as producers in the field write them, sent to a real broker: the cases of `tests/cases/field/records.ndjson`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::rig::{Message, Record, Scope};
use crate::sample;

/// What a record comes to.
enum Right {
    /// A result of this tenant, with this correlation id.
    Result(&'static str, Option<&'static str>),
    /// A dead letter, and a result whose message says all of this.
    Malformed(&'static [&'static str]),
}

/// A case: the number of its line in the file, and the record.
struct Case {
    name: &'static str,
    id: &'static str,
    message: Message,
    right: Right,
}

fn with_headers(id: &str, value: impl Into<Vec<u8>>, headers: &[(&str, &str)]) -> Message {
    headers.iter().fold(Message::new(id, value), |message, (name, value)| message.header(name, *value))
}

fn cases() -> Vec<Case> {
    let payload = || sample::schedule(&sample::in_seconds(3_600)).to_string();
    let event = |id: &str, more: &Value| {
        let mut event = json!({
            "id": id, "source": "/field", "type": "callback.schedule.v1", "specversion": "1.0",
            "time": sample::in_seconds(0).replace('Z', "+00:00"),
            "data": sample::schedule(&sample::in_seconds(3_600)),
        });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event.to_string()
    };
    let framed = |id: &str, framing: &[u8]| {
        let mut command = sample::schedule(&sample::in_seconds(3_600));
        let attributes = json!({"commandId": id, "source": "/field", "type": "callback.schedule.v1"});
        command.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
        [framing, command.to_string().as_bytes()].concat()
    };
    let kind = ("ce_type", "callback.schedule.v1");
    let binary = |id: &'static str, more: &[(&str, &str)]| {
        with_headers(id, payload(), &[&[("ce_id", id), ("ce_source", "/field"), kind], more].concat())
    };
    let hyphens = [
        ("ce-id", "s-1"),
        ("ce-source", "/field"),
        ("ce-type", "callback.schedule.v1"),
        ("ce-specversion", "1.0"),
        ("content-type", "application/json"),
    ];
    let quoted_time = format!("\"{}\"", sample::in_seconds(0));
    let quoted = [
        ("ce_id", "q-1"),
        ("ce_source", "\"/my/source\""),
        ("ce_type", "\"callback.schedule.v1\""),
        ("ce_time", &*quoted_time),
    ];
    let json = [("content-type", "application/json")];
    let none = json!({});
    let numbers = json!({"tenantid": 7, "correlationid": 17});
    let a_result = || Right::Result("default", None);
    let case = |name, id, message, right| Case { name, id, message, right };
    vec![
        case("C01.1", "s-1", with_headers("s-1", payload(), &hyphens), a_result()),
        case("C02.1", "q-1", with_headers("q-1", payload(), &quoted), a_result()),
        case("C03.1", "py-1", with_headers("py-1", event("py-1", &none), &json), a_result()),
        case("C03.1", "py-2", with_headers("py-2", event("py-2", &none), &[]), a_result()),
        case("C04.1", "go-1", with_headers("go-1", event("go-1", &none), &[]), a_result()),
        case(
            "C05.1",
            "gmt-1",
            binary("gmt-1", &[("ce_time", "2026-11-28T12:00:00.370582GMT")]),
            Right::Malformed(&["TIME_UNREADABLE", "2026-11-28T12:00:00.370582GMT", "such as 2026-11-28T12:00:00Z"]),
        ),
        case(
            "C06.1",
            "blank-1",
            binary("blank-1", &[("ce_time", "2026-11-28 12:00:00Z")]),
            Right::Malformed(&["TIME_UNREADABLE", "`2026-11-28 12:00:00Z`", "a space at position 11", "offset"]),
        ),
        case("C07.1", "f-1", Message::new("f-1", framed("f-1", &[0, 0, 0, 0, 1])), a_result()),
        case("C07.1", "f-2", Message::new("f-2", framed("f-2", &[0, 0, 1, 0x86, 0xa1])), a_result()),
        case("C12.1", "n-1", with_headers("n-1", event("n-1", &numbers), &[]), Right::Result("7", Some("17"))),
        case("C12.1", "n-2", binary("n-2", &[("ce_tenantid", "7")]), Right::Result("7", None)),
    ]
}

#[test]
fn every_record_of_the_field_comes_to_what_is_right() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/field/records.ndjson");
    let listed = fs::read_to_string(file).unwrap();
    let listed: BTreeSet<String> = listed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["case"].as_str().unwrap().to_owned())
        .collect();
    let cases = cases();
    assert_eq!(listed, cases.iter().map(|case| case.name.to_owned()).collect());

    let scope = Scope::new(1);
    sample::load_directory(&scope);
    sample::load(&scope, &sample_of_tenant("7"));
    let mut service = scope.service().start();
    scope.produce(&scope.topics.commands, cases.iter().map(|case| case.message.clone()));
    let results = scope.reader(&scope.topics.results).wait_for(cases.len()).to_vec();
    for Case { name, id, right, .. } in &cases {
        let result = results.iter().find(|result| result.key_text() == *id).unwrap();
        let data = result.json();
        assert_eq!(data["commandId"], *id, "{name}");
        match right {
            Right::Result(tenant, correlation_id) => {
                assert_eq!(data["condition"], "Success", "{name}: {data}");
                assert_eq!(result.header("ce_tenantid"), Some(*tenant), "{name}");
                assert_eq!(result.header("ce_correlationid"), *correlation_id, "{name}");
            }
            Right::Malformed(said) => {
                let violation = &data["violations"][0];
                assert_eq!((&violation["code"], &violation["field"]), (&json!("MALFORMED"), &Value::Null), "{name}");
                let message = violation["message"].as_str().unwrap();
                assert!(said.iter().all(|said| message.contains(said)), "{name}: {message}");
            }
        }
    }
    // The source is the JSON string's: its schedule command is found by it.
    let sources = scope.sql().rows("select command_source from callback where command_id = 'q-1'", &[]);
    assert_eq!(sources.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>(), ["/my/source"]);
    dead_letters_say_why(&scope, &cases);
    assert_eq!(service.terminate().code(), Some(0));
}

/// Byte for byte, and the message of the result says what the header does.
fn dead_letters_say_why(scope: &Scope<'_>, cases: &[Case]) {
    let malformed: Vec<&Case> = cases.iter().filter(|case| matches!(case.right, Right::Malformed(_))).collect();
    let letters = scope.reader(&scope.topics.dead_letters).wait_for(malformed.len()).to_vec();
    let results = scope.reader(&scope.topics.results).wait_for(cases.len()).to_vec();
    let by_key = |records: &[Record], id: &str| records.iter().find(|record| record.key_text() == id).cloned().unwrap();
    for Case { id, message, .. } in malformed {
        let letter = by_key(&letters, id);
        assert_eq!(letter.value, message.value, "{id}");
        let said = by_key(&results, id).json()["violations"][0]["message"].clone();
        let (reason, detail) = (letter.header("dlq-reason").unwrap(), letter.header("dlq-detail").unwrap());
        assert!(said.as_str().is_some_and(|said| said.contains(reason) && said.contains(detail)), "{said}: {detail}");
    }
}

/// The sample directory, with every record of that tenant.
fn sample_of_tenant(tenant: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/sample/directory.json");
    let mut directory: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    for list in directory.as_object_mut().unwrap().values_mut() {
        for record in list.as_array_mut().unwrap() {
            record["tenantId"] = tenant.into();
        }
    }
    directory
}

#[test]
fn a_framed_record_is_forwarded_and_dead_lettered_with_its_framing() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let framed = |value: &Value| [&[0, 0, 0, 0, 9][..], value.to_string().as_bytes()].concat();
    let mut results = scope.reader(&scope.topics.results);
    let schedule = sample::binary("here", &sample::schedule(&sample::in_seconds(3_600))).in_partition(0);
    scope.produce(&scope.topics.commands, [schedule]);
    let callback_id = results.wait_for(1)[0].json()["callbackId"].clone();
    // Its owner is the other partition's, and reads it from the amendments.
    let cancel = json!({
        "commandId": "cancel", "source": "/field", "type": "callback.cancel.v1", "securityUser": "su-1",
        "callbackId": callback_id,
    });
    let unreadable = json!({"commandId": "odd", "source": "/field", "type": "callback.cancel.v1", "tenantId": "a b"});
    let cancel = Message::new("k", framed(&cancel)).in_partition(1);
    let odd = Message::new("odd", framed(&unreadable)).in_partition(1);
    scope.produce(&scope.topics.commands, [cancel.clone(), odd.clone()]);
    let answers = results.wait_for(3).to_vec();
    let cancelled = answers.iter().find(|answer| answer.key_text() == "k").unwrap().json();
    assert_eq!(cancelled["condition"], "Success", "{cancelled}");
    let forwarded = scope.reader(&scope.topics.amendments).wait_for(1).to_vec();
    assert_eq!(forwarded[0].value, cancel.value);
    let letters = scope.reader(&scope.topics.dead_letters).wait_for(1).to_vec();
    assert_eq!((letters[0].value.clone(), letters[0].header("dlq-reason")), (odd.value, Some("TENANT_INVALID")));
    assert_eq!(service.terminate().code(), Some(0));
}
