use std::borrow::Cow;

use proptest::prelude::*;

use super::*;
use crate::domain::command::{Kind, Request, Schedule};
use crate::domain::given::{Given, IdValue, JsonType, Wrong};
use crate::domain::ids::CommandKey;
use crate::domain::time::Timestamp;
use crate::wire::malformed::Source;

const LIMITS: Limits = Limits { command_bytes: 65_536 };
const RECORDED_AT: i64 = 1_795_446_000_000;
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const PAYLOAD: &str = r#"{"caption":"Call Ana","securityUser":"su-1","phoneNumber":"+14155552671","skillId":4711,
    "targetAgentId":"","scheduleDate":"2026-11-23T15:00:00Z","variables":{"b":"2","a":"1"},
    "definedBranches":["Success"]}"#;

fn record<'a>(headers: &[(&'a str, &'a str)], value: &'a str) -> Incoming<'a> {
    Incoming {
        key: Some(b"contact-1"),
        value: Some(value.as_bytes()),
        headers: headers.iter().map(|&(name, value)| (name, Some(value.as_bytes()))).collect(),
        timestamp: Timestamp::from_millis(RECORDED_AT),
    }
}

fn binary(value: &str) -> Incoming<'_> {
    record(&[("ce_id", "c-1"), ("ce_source", "/studio"), ("ce_type", Kind::Schedule.name())], value)
}

/// A plain JSON command: these members after id, source and type.
fn plain(members: &str) -> String {
    format!(r#"{{"commandId":"c-1","source":"/studio","type":"callback.schedule.v1"{members}}}"#)
}

fn decode_plain(text: &str) -> Result<Command<'_>, Malformed> {
    decode(&record(&[], text), LIMITS)
}

/// Headers, value, the reason expected, and whether an answer is.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, MalformedReason, bool);

fn reason(record: &Incoming<'_>) -> (MalformedReason, bool) {
    let malformed = decode(record, LIMITS).unwrap_err();
    (malformed.reason, malformed.answer.is_some())
}

#[test]
fn the_three_forms_of_one_command_read_the_same() {
    use base64::Engine as _;
    let in_binary = record(
        &[
            ("ce_specversion", "1.0"),
            ("ce_id", "c-1"),
            ("ce_source", "/studio"),
            ("ce_type", "callback.schedule.v1"),
            ("ce_time", "2026-11-23T10:00:00+01:00"),
            ("ce_tenantid", "acme"),
            ("ce_correlationid", "corr"),
            ("traceparent", TRACEPARENT),
            ("content-type", "application/json"),
        ],
        PAYLOAD,
    );
    let envelope = format!(
        r#""specversion":"1.0","id":"c-1","source":"/studio","type":"callback.schedule.v1","tenantid":"acme",
           "time":"2026-11-23T09:00:00Z","correlationid":"corr","traceparent":"{TRACEPARENT}""#
    );
    let content_type = [("content-type", "Application/CloudEvents+JSON; charset=UTF-8")];
    let structured = format!(r#"{{{envelope},"data":{PAYLOAD}}}"#);
    let base64 = format!(r#"{{"data_base64":"{}",{envelope}}}"#, STANDARD.encode(PAYLOAD));
    let plain = format!(
        r#"{{"commandId":"c-1","type":"callback.schedule.v1","tenantId":"acme","issuedAt":"2026-11-23T09:00:00.0Z",
            "correlationId":"corr","source":"/studio",{}"#,
        &PAYLOAD[1..]
    );

    let expected = decode(&in_binary, LIMITS).unwrap();
    assert_eq!(decode(&record(&content_type, &structured), LIMITS).unwrap(), expected);
    assert_eq!(decode(&record(&content_type, &base64), LIMITS).unwrap(), expected);
    assert_eq!(decode(&record(&[("traceparent", TRACEPARENT)], &plain), LIMITS).unwrap(), expected);

    assert_eq!(expected.key.fingerprint(), Fingerprint::of([&b"acme"[..], b"/studio", b"c-1"]));
    assert_eq!(expected.correlation_id.as_deref(), Some("corr"));
    assert_eq!(expected.issued_at.to_string(), "2026-11-23T09:00:00Z");
    assert_eq!(expected.trace.unwrap().traceparent, TRACEPARENT);
    let Request::Schedule(schedule) = expected.request else { panic!("not a schedule") };
    let text = |text: &'static str| Cow::Borrowed(text);
    let expected = Schedule {
        caption: Given::Value(text("Call Ana")),
        phone_number: Given::Value(text("+14155552671")),
        skill_id: Given::Value(IdValue::Number(text("4711"))),
        target_agent_id: Given::Value(IdValue::Text(text(""))),
        schedule_date: Given::Value(text("2026-11-23T15:00:00Z")),
        defined_branches: Given::Value(vec![text("Success")]),
        requester: crate::domain::command::Requester {
            security_user: Given::Value(text("su-1")),
            variables: Given::Value(vec![(text("b"), Given::Value(text("2"))), (text("a"), Given::Value(text("1")))]),
        },
        ..Schedule::default()
    };
    assert_eq!(*schedule, expected);
}

#[test]
fn what_is_wrong_with_a_record_has_one_stable_code() {
    use MalformedReason as R;
    let long_id = "x".repeat(129);
    let long_correlation = "x".repeat(257);
    let large = format!(r#"{{"x":"{}"}}"#, "x".repeat(65_536));
    let cases: [Case<'_>; 35] = [
        (&[], "{", R::NotJson, false),
        (&[], "[]", R::NotAnObject, false),
        (&[], "null", R::NotAnObject, false),
        (&[], "\u{feff}{}", R::NotUtf8, false),
        (&[], &plain(r#","\ud800":"x""#), R::NotUtf8, false),
        (&[], r#"{"commandId":"\ud800","source":"/s"}"#, R::CommandIdUnreadable, false),
        (&[], r#"{"commandId":"a","source":"\ud800"}"#, R::SourceUnreadable, true),
        (&[], r#"{"commandId":"a","source":"/s","type":"\ud800"}"#, R::NotUtf8, true),
        (&[], &plain(r#","tenantId":"\ud800""#), R::TenantInvalid, true),
        (&[], &plain(r#","issuedAt":"\ud800""#), R::TimeUnreadable, true),
        (&[], &plain(r#","correlationId":"\ud800""#), R::CorrelationIdUnreadable, true),
        (&[], "\0\0\0\0\u{1}A", R::NotJson, false),
        (&[("ce-id", "c-1"), ("ce_time", "x")], "{", R::NotJson, false),
        (&[("ce-id", "c-1")], "{", R::NotJson, true),
        (&[], &large, R::TooLarge, false),
        (&[], "{}", R::CommandIdMissing, false),
        (&[], r#"{"commandId":null}"#, R::CommandIdMissing, false),
        (&[], r#"{"commandId":"","source":"/s"}"#, R::CommandIdMissing, false),
        (&[], r#"{"commandId":5.5,"source":"/s"}"#, R::CommandIdUnreadable, false),
        (&[], r#"{"commandId":"a","commandId":"a","source":"/s"}"#, R::RepeatedKey, false),
        (&[], r#"{"commandId":"a","source":"/s","source":"/s"}"#, R::RepeatedKey, true),
        (&[], &plain(r#","x":[{"y":1,"y":1}]"#), R::RepeatedKey, true),
        (&[], &format!(r#"{{"commandId":"{long_id}","source":"/s"}}"#), R::CommandIdTooLong, false),
        (&[], r#"{"commandId":"a"}"#, R::SourceMissing, true),
        (&[], r#"{"commandId":"a","source":{}}"#, R::SourceUnreadable, true),
        (&[], r#"{"commandId":"a\u0000","source":"/s"}"#, R::AttributeControlCharacter, true),
        (&[], &plain(r#","issuedAt":"2026-11-23 09:00:00Z""#), R::TimeUnreadable, true),
        (&[], &plain(r#","issuedAt":1795446000"#), R::TimeUnreadable, true),
        (&[], &plain(r#","tenantId":"a b""#), R::TenantInvalid, true),
        (&[], &plain(r#","correlationId":{}"#), R::CorrelationIdUnreadable, true),
        (&[], &plain(&format!(r#","correlationId":"{long_correlation}""#)), R::CorrelationIdTooLong, true),
        (&[("ce_id", "c-1")], "{", R::NotJson, true),
        (&[("ce_id", "c-1")], "{}", R::SourceMissing, true),
        (&[("ce_source", "/s")], r#"{"commandId":"a"}"#, R::CommandIdMissing, false),
        (&[("ce_id", &long_id), ("ce_source", "/s")], "{}", R::CommandIdTooLong, false),
    ];
    for (headers, value, expected, answered) in cases {
        assert_eq!(reason(&record(headers, value)), (expected, answered), "{headers:?} {value:.80}");
    }
}

#[test]
fn a_structured_event_has_its_own_faults() {
    use MalformedReason as R;
    let envelope = r#""id":"a","source":"/s","type":"t""#;
    let content_type = ("content-type", "application/cloudevents+json");
    for (members, expected, answered) in [
        (envelope.to_owned(), R::NotAnObject, true),
        (format!(r#"{envelope},"data":null"#), R::NotAnObject, true),
        (format!(r#"{envelope},"data":"{{}}""#), R::NotAnObject, true),
        (format!(r#"{envelope},"data":{{}},"data_base64":"e30=""#), R::DataUnreadable, true),
        (format!(r#"{envelope},"data_base64":"e30""#), R::DataUnreadable, true),
        (format!(r#"{envelope},"data_base64":{{}}"#), R::DataUnreadable, true),
        (format!(r#"{envelope},"data_base64":"ew==""#), R::NotJson, true),
        (format!(r#"{envelope},"data_base64":"eyJhIjoxLCJhIjoyfQ==""#), R::RepeatedKey, true),
        (format!(r#"{envelope},"data":{{"a":1,"a":2}}"#), R::RepeatedKey, true),
        (format!(r#"{envelope},"id":"b","data":{{}}"#), R::RepeatedKey, false),
        (r#""commandId":"a","source":"/s","data":{}"#.to_owned(), R::CommandIdMissing, false),
    ] {
        let value = format!("{{{members}}}");
        assert_eq!(reason(&record(&[content_type], &value)), (expected, answered), "{value}");
    }
    let also_in_headers = record(&[content_type, ("ce_id", "h"), ("ce_tenantid", "acme")], "{");
    let answer = decode(&also_in_headers, LIMITS).unwrap_err().answer.unwrap();
    assert_eq!((answer.key.command_id.as_str(), answer.key.tenant.as_str()), ("h", "acme"));
    let other_case = record(&[("Content-Type", "application/cloudevents+json"), ("ce_id", "h")], "{}");
    assert_eq!(reason(&other_case), (R::NotAnObject, true));
    let batch = record(&[("content-type", "application/cloudevents-batch+json")], "[]");
    assert_eq!(reason(&batch), (R::NotAnObject, false));
}

#[test]
fn an_answer_to_a_malformed_command_falls_back_to_defaults() {
    let text = r#"{"commandId":"a","source":5,"tenantId":"!","correlationId":"k"}"#;
    let answer = decode_plain(text).unwrap_err().answer.unwrap();
    assert_eq!((answer.key.tenant.as_str(), answer.key.source.as_str()), ("default", ""));
    assert_eq!(answer.correlation_id.as_deref(), Some("k"));
    let other = text.replace("\"k\"", "\"l\"");
    assert_ne!(decode_plain(&other).unwrap_err().answer.unwrap().payload, answer.payload);
}

#[test]
fn a_record_without_a_value_is_answered_where_the_headers_name_it() {
    let tombstone = |headers: &[(&'static str, &'static str)]| Incoming { value: None, ..record(headers, "") };
    assert_eq!(reason(&tombstone(&[])), (MalformedReason::NullValue, false));
    assert_eq!(reason(&tombstone(&[("ce_id", "c")])), (MalformedReason::NullValue, true));
}

#[test]
fn headers_that_are_not_utf_8_are_unreadable_and_null_ones_absent() {
    let mut record = binary("{}");
    record.headers.push(("ce_id", Some(b"\xff")));
    assert_eq!(reason(&record), (MalformedReason::CommandIdUnreadable, false));
    record.headers.push(("ce_id", None));
    assert_eq!(reason(&record), (MalformedReason::CommandIdMissing, false));
    record.headers.push(("ce_id", Some(b"last")));
    assert_eq!(decode(&record, LIMITS).unwrap().key.command_id, "last");
}

#[test]
fn a_time_ahead_of_the_record_is_cut_back_to_it() {
    for (time, issued_at) in [
        ("2026-11-23T14:59:59.9999999Z", "2026-11-23T14:59:59.999999Z"),
        ("2026-11-23T15:00:01Z", "2026-11-23T15:00:00Z"),
        ("2026-11-23t14:00:00z", "2026-11-23T14:00:00Z"),
    ] {
        let text = plain(&format!(r#","issuedAt":"{time}""#));
        assert_eq!(decode_plain(&text).unwrap().issued_at.to_string(), issued_at);
    }
    assert_eq!(decode_plain(&plain("")).unwrap().issued_at.to_string(), "2026-11-23T15:00:00Z");
}

#[test]
fn a_missing_or_unknown_type_is_a_command_all_the_same() {
    for (text, kind) in [
        ("", Given::Absent),
        (r#""type":null,"#, Given::Absent),
        (r#""type":"","#, Given::Value("".into())),
        (r#""type":"callback.schedule.v2","#, Given::Value("callback.schedule.v2".into())),
        (r#""type":5,"#, Given::Wrong(Wrong::Type(JsonType::Number))),
    ] {
        let text = format!(r#"{{{text}"commandId":"c","source":"/s","definedBranches":["Success"]}}"#);
        let expected = Request::Unsupported { kind, defined_branches: Given::Value(vec!["Success".into()]) };
        assert_eq!(decode_plain(&text).unwrap().request, expected);
    }
    let headers = record(&[("ce_id", "c"), ("ce_source", "/s")], "{}");
    assert!(matches!(decode(&headers, LIMITS).unwrap().request, Request::Unsupported { .. }));
}

#[test]
fn what_nobody_reads_does_not_matter() {
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let text = plain(&format!(r#","huge":1e999,"long":{},"deep":{deep},"caption":"x""#, "9".repeat(400)));
    let plainly = plain(r#","caption":"x""#);
    assert_eq!(decode_plain(&text).unwrap(), decode_plain(&plainly).unwrap());
}

#[test]
fn fields_tell_absent_wrong_and_given_apart() {
    let text = plain(
        r#","caption":null,"notes":5,"skillId":99999999999999999999,"targetAgentId":true,"firstName":"a\nb",
           "variables":{"a":"1","b":null,"c":5},"definedBranches":["Success",null]"#,
    );
    let Request::Schedule(schedule) = decode_plain(&text).unwrap().request else { panic!("not a schedule") };
    assert_eq!(schedule.caption, Given::Absent);
    assert_eq!(schedule.notes, Given::Wrong(Wrong::Type(JsonType::Number)));
    assert_eq!(schedule.skill_id, Given::Value(IdValue::Number("99999999999999999999".into())));
    assert_eq!(schedule.target_agent_id, Given::Wrong(Wrong::Type(JsonType::Boolean)));
    assert_eq!(schedule.first_name, Given::Value("a\nb".into()));
    let variables =
        vec![("a".into(), Given::Value("1".into())), ("c".into(), Given::Wrong(Wrong::Type(JsonType::Number)))];
    assert_eq!(schedule.requester.variables, Given::Value(variables));
    assert_eq!(schedule.defined_branches, Given::Wrong(Wrong::PartType(JsonType::Null)));
}

proptest! {
    #[test]
    fn no_record_makes_it_panic(
        value in prop::option::of(prop::collection::vec(any::<u8>(), 0..200)),
        headers in prop::collection::vec((
            prop::sample::select(&["ce_id", "ce_source", "ce_type", "ce_time", "ce_tenantid", "content-type",
                "ce_correlationid", "traceparent", "tracestate", "other"][..]),
            prop::option::of(prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                Just(b"application/cloudevents+json".to_vec()),
            ]),
        ), 0..8),
        timestamp_millis: i64,
    ) {
        let headers = headers.iter().map(|(name, value)| (*name, value.as_deref())).collect();
        let timestamp = Timestamp::from_millis(timestamp_millis);
        let record = Incoming { key: None, value: value.as_deref(), headers, timestamp };
        let _ = decode(&record, LIMITS);
    }

    #[test]
    fn a_message_cut_short_is_malformed_and_never_answered_by_guessing(cut in 1..300_usize) {
        let text = plain(&format!(",{}", &PAYLOAD[1..PAYLOAD.len() - 1]));
        let end = text.len().saturating_sub(cut);
        prop_assert!(decode_plain(&text[..end]).unwrap_err().answer.is_none());
    }
}

#[test]
fn what_producers_send_beside_the_three_forms_reads_the_same() {
    let expected = decode(&binary(PAYLOAD), LIMITS).unwrap();
    let event = format!(
        r#"{{"specversion":"1.0","id":"c-1","source":"/studio","type":"callback.schedule.v1","data":{PAYLOAD}}}"#
    );
    let plainly = plain(&format!(",{}", &PAYLOAD[1..PAYLOAD.len() - 1]));
    let kind = Kind::Schedule.name();
    let quoted = format!("\"{kind}\"");
    let framed: Vec<String> =
        ["\0\0\0\0\u{1}", "\0\0\u{1}\0\u{7f}"].iter().map(|framing| format!("{framing}{plainly}")).collect();
    for (headers, value) in [
        // Structured mode without its content type.
        (vec![], event.as_str()),
        (vec![("content-type", "application/json")], &event),
        (vec![("content-type", "\"application/cloudevents+json\"")], &event),
        // Hyphens, quotation marks, framing.
        (vec![("ce-id", "c-1"), ("ce-source", "/studio"), ("ce-type", kind), ("ce-specversion", "1.0")], PAYLOAD),
        (vec![("ce_id", "\"c-1\""), ("ce_source", "\"/studio\""), ("ce_type", &quoted)], PAYLOAD),
        (vec![("ce_id", "c-1"), ("ce_source", r#""\/studio""#), ("ce_type", kind)], PAYLOAD),
        (vec![], &framed[0]),
        (vec![], &framed[1]),
        // An empty attribute is an absent one.
        (
            vec![("ce_id", "c-1"), ("ce_source", "/studio"), ("ce_type", kind), ("ce_time", ""), ("ce_tenantid", "")],
            PAYLOAD,
        ),
    ] {
        assert_eq!(decode(&record(&headers, value), LIMITS).as_ref(), Ok(&expected), "{headers:?} {value:.60}");
    }
    for (members, key) in [
        (r#""tenantId":7,"correlationId":17"#, "7"),
        (r#""tenantId":"","correlationId":"","issuedAt":"""#, "default"),
        (r#""tenantId":7.0,"correlationId":1.7e1"#, "7"),
    ] {
        let text = plain(&format!(",{members}"));
        let command = decode_plain(&text).unwrap();
        assert_eq!(command.key.tenant.as_str(), key, "{members}");
        assert_eq!(command.correlation_id.as_deref(), (key == "7").then_some("17"), "{members}");
    }
    let structured = event.replace(r#""id":"c-1""#, r#""id":100017,"tenantid":7,"correlationid":17"#);
    let command = decode(&record(&[], &structured), LIMITS).unwrap();
    let CommandKey { tenant, command_id, .. } = command.key;
    assert_eq!((tenant.as_str(), command_id.as_str(), command.correlation_id.as_deref()), ("7", "100017", Some("17")));
    let in_header = record(&[("ce_id", "c"), ("ce_source", "/s"), ("ce_tenantid", "7")], "{}");
    assert_eq!(decode(&in_header, LIMITS).unwrap().key.tenant.as_str(), "7");
    // A plain command may have a field `specversion` or `id` that nobody reads.
    let text = plain(r#","specversion":"1.0","id":"x""#);
    assert_eq!(decode_plain(&text).unwrap().key.command_id, "c-1");
}

#[test]
fn half_a_surrogate_pair_is_the_fault_of_its_field_and_of_no_other() {
    let payload =
        r#"{"notes":"\ud83d","unknown":"\ud83d","variables":{"a":"\udc00","b":"1"},"definedBranches":["\ud83d"]}"#;
    let Request::Schedule(schedule) = decode(&binary(payload), LIMITS).unwrap().request else { panic!("no schedule") };
    assert_eq!(schedule.notes, Given::Wrong(Wrong::NotUnicode));
    let variables = vec![("a".into(), Given::Wrong(Wrong::NotUnicode)), ("b".into(), Given::Value("1".into()))];
    assert_eq!(schedule.requester.variables, Given::Value(variables));
    assert_eq!(schedule.defined_branches, Given::Wrong(Wrong::NotUnicode));
    assert_eq!(schedule.caption, Given::Absent);
}

#[test]
fn names_that_are_nearly_those_of_fields_and_attributes_are_noticed() {
    fn read(text: &str) -> (Vec<&'static str>, Schedule<'_>) {
        let command = decode_plain(text).unwrap();
        let Request::Schedule(schedule) = command.request else { panic!("no schedule: {text}") };
        (command.misnamed.iter().map(|field| field.0).collect(), *schedule)
    }
    for (members, field) in [
        (r#","tenant":"acme""#, Some("tenantId")),
        (r#","tenantid":"acme""#, Some("tenantId")),
        (r#","ce_tenantid":"acme""#, Some("tenantId")),
        (r#","correlationid":"x""#, Some("correlationId")),
        (r#","issued_at":"x""#, Some("issuedAt")),
        (r#","time":"x""#, Some("issuedAt")),
        (r#","tenant":"acme","tenantId":"acme""#, None),
        (r#","tenant":null,"correlation_id":"","x":1"#, None),
    ] {
        let text = plain(members);
        let (misnamed, schedule) = read(&text);
        assert_eq!(misnamed, Vec::from_iter(field), "{members}");
        assert_eq!(schedule, Schedule::default(), "{members}");
    }
    let text = plain(r#","timezone":"UTC","phone_number":"+1","notes":"n","Notes":"m""#);
    let (misnamed, schedule) = read(&text);
    assert_eq!(misnamed, [""; 0]);
    assert_eq!((schedule.time_zone, schedule.phone_number), (Given::Wrong(Wrong::Name), Given::Wrong(Wrong::Name)));
    assert_eq!((schedule.notes, schedule.caption), (Given::Value("n".into()), Given::Absent));
    // Attributes of another form are fields that nobody reads in binary mode.
    assert!(decode(&binary(r#"{"tenant":"acme"}"#), LIMITS).unwrap().misnamed.is_empty());
    let no_type = r#"{"commandId":"c","source":"/s","ce_type":"callback.schedule.v1"}"#;
    assert_eq!(decode_plain(no_type).unwrap().misnamed, [Field::TYPE]);
    // Each type has its own fields: a cancel has no time zone.
    let cancel = plain(r#","timezone":"UTC","callback_id":"1024""#).replace("schedule", "cancel");
    let Request::Cancel(cancel) = decode_plain(&cancel).unwrap().request else { panic!("no cancel") };
    assert_eq!(cancel.callback.callback_id, Given::Wrong(Wrong::Name));
}

#[test]
fn the_message_of_a_malformed_command_says_why_and_what_to_do() {
    let in_a_string = serde_json::to_string(&plain("")).unwrap();
    let connect = format!(r#"{{"schema":{{"type":"struct"}},"payload":{}}}"#, plain(""));
    let event = r#"{"specversion":"1.0","id":"c","source":"/s","type":"t","data":"{\"a\":1}"}"#;
    let bom = format!("\u{feff}{}", plain(""));
    let cases: [(&[u8], &[&str]); 11] = [
        (bom.as_bytes(), &["a byte order mark (NOT_UTF8)", "U+FEFF"]),
        (b"\xff\xfe{\0}\0", &["not UTF-8 at byte 0 (NOT_UTF8)", "UTF-16"]),
        (in_a_string.as_bytes(), &["(NOT_AN_OBJECT)", "JSON string that contains JSON"]),
        (
            event.as_bytes(),
            &["the event's data is not a JSON object (NOT_AN_OBJECT)", "JSON string that contains JSON"],
        ),
        (connect.as_bytes(), &["(COMMAND_ID_MISSING)", "schemas.enable=false"]),
        (b"\0\0\0\0\x01\x08Ana", &["(NOT_JSON)", "schema registry", "Avro or Protobuf"]),
        (b"\0\0\0\0\x01{\"a\":}", &["not JSON at byte 10 (NOT_JSON)"]),
        (br#"{"command_id":"c"}"#, &["(COMMAND_ID_MISSING)", "`commandId`"]),
        (br#"{"a":1}"#, &["there is no command id (COMMAND_ID_MISSING)", "`ce_id`"]),
        (br#"{"commandId":"c","ce_source":"/s"}"#, &["(SOURCE_MISSING)", "`source`"]),
        (br#"{"commandId":"c","source":"/s","issuedAt":5}"#, &["the time is a JSON number and not a string"]),
    ];
    for (value, said) in cases {
        let record = Incoming { value: Some(value), ..Incoming::default() };
        let malformed = decode(&record, LIMITS).unwrap_err();
        let message = malformed.message(Source::Record);
        assert!(said.iter().all(|said| message.contains(said)) && message.contains(&malformed.detail), "{message}");
        assert!(message.ends_with('.') && !message.contains('\n'), "{message}");
    }
    for line in ["{", " \"commandId\": \"c\",", "}", "", "[", "\"Success\""] {
        let message = decode_plain(line).unwrap_err().message(Source::Line);
        assert!(message.contains("one command a line"), "{line}: {message}");
        assert!(!decode_plain(line).unwrap_err().message(Source::Record).contains("line:"), "{line}");
    }
}
