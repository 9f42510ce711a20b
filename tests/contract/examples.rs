//! Examples: each is a command or a record that the real rules judge.

use std::fmt::Write as _;

use schedule_callback::config::Config;
use schedule_callback::contract::{Message, codes};
use schedule_callback::domain::answer::{DefinedBranches, Explained, Reply, Violation, Warning};
use schedule_callback::domain::command::amend::Lookup;
use schedule_callback::domain::command::draft::{Verdict, draft};
use schedule_callback::domain::command::rules::Rules;
use schedule_callback::domain::commitment::{Commitment, Target};
use schedule_callback::domain::directory::Directory;
use schedule_callback::domain::ids::{AgentId, CallbackId, SkillId, Tenant};
use schedule_callback::domain::life::{Class, End, Life, Outcome, Phase, Reason, Status};
use schedule_callback::domain::phone::Region;
use schedule_callback::domain::time::Timestamp;
use schedule_callback::wire::decode::{Limits, decode};
use schedule_callback::wire::directory_file;
use schedule_callback::wire::malformed::{Malformed, MalformedReason, Source};
use schedule_callback::wire::record::Incoming;
use schedule_callback::wire::result::write_data;
use serde_json::{Value, json};

/// When the examples are issued and decided.
const NOW: &str = "2026-11-22T12:00:00Z";

/// Stands for half a surrogate pair, which no `Value` can hold.
const HALF: &str = "HALF";

fn now() -> Timestamp {
    Timestamp::parse_rfc3339(NOW).unwrap()
}

fn directory() -> Directory {
    let mut directory = Directory::default();
    for entry in directory_file::read(include_bytes!("../../config/sample/directory.json")).unwrap() {
        directory.put(entry.record);
    }
    directory
}

fn rules(region: Option<&str>) -> Rules {
    let mut rules = Config::load(None, []).unwrap().rules;
    rules.elsewhere.default_region = region.map(|region| Region::parse(region).unwrap());
    rules
}

const LIMITS: Limits = Limits { command_bytes: 65_536 };

fn read(headers: &[(&str, &str)], value: Option<&[u8]>) -> Result<Verdict, Malformed> {
    judge(headers, value, &rules(None)).map(|(verdict, _)| verdict)
}

fn judge(headers: &[(&str, &str)], value: Option<&[u8]>, rules: &Rules) -> Result<(Verdict, Reply), Malformed> {
    let headers = headers.iter().map(|(name, value)| (*name, Some(value.as_bytes()))).collect();
    let record = Incoming { value, headers, timestamp: now(), ..Incoming::default() };
    let draft = draft(decode(&record, LIMITS)?, &directory(), rules);
    let reply = match draft.verdict.clone() {
        Verdict::Refused { caption, violations } => Reply::refused(caption, &violations, draft.defined),
        Verdict::Schedule(schedule) => schedule.reply(None, now(), draft.defined),
        Verdict::Amend(amend) => amend.apply(Lookup::NotFound, &directory(), rules, now()).reply(draft.defined),
    };
    Ok((draft.verdict, reply))
}

/// A schedule command that succeeds, with these members in place of its own.
fn command(members: &Value) -> String {
    let mut command = json!({
        "commandId": "c-1", "source": "/studio", "type": "callback.schedule.v1", "securityUser": "su-2",
        "phoneNumber": "+14155552671", "skillId": "4711", "targetAgentId": "", "scheduleDate": "2026-11-23T15:00:00Z",
    });
    command.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    raw(&command)
}

fn raw(value: &Value) -> String {
    value.to_string().replace(HALF, r"\ud83d")
}

/// The result's data.
fn result(members: &Value, rules: &Rules) -> Value {
    let (_, reply) = judge(&[], Some(command(members).as_bytes()), rules).unwrap();
    let mut bytes = Vec::new();
    write_data(&mut bytes, Some("c-1"), &reply);
    serde_json::from_slice(&bytes).unwrap()
}

/// The members as a reader should see them.
fn shown(members: &Value) -> String {
    let mut members = members.clone();
    for value in members.as_object_mut().unwrap().values_mut() {
        if let Some(text) = value.as_str().filter(|text| text.len() > 100) {
            let begin: String = text.chars().take(3).collect();
            *value = format!("{begin}… ({} characters)", text.chars().count()).into();
        }
    }
    raw(&members)
}

/// For each code: a command that comes to it. `None` where it takes more than one command.
fn example(code: &str) -> Option<Value> {
    let date = |date: &str| json!({"scheduleDate": date});
    let number = |number: &str| json!({"phoneNumber": number});
    let cancel = |user: &str| json!({"type": "callback.cancel.v1", "securityUser": user, "callbackId": 5120});
    Some(match code {
        "SECURITY_USER_MISSING" => json!({"securityUser": ""}),
        "SECURITY_USER_UNKNOWN" => json!({"securityUser": "su-9"}),
        "SECURITY_USER_INACTIVE" => json!({"securityUser": "su-3"}),
        "SECURITY_USER_FORBIDDEN" => cancel("su-2"),
        "SECURITY_USER_UNRESOLVED" => json!({"securityUser": "{owner}", "variables": {"user": "su-2"}}),
        "SKILL_ID_MISSING" => json!({"skillId": null}),
        "SKILL_ID_MALFORMED" => json!({"skillId": "04711"}),
        "SKILL_UNKNOWN" => json!({"skillId": 999}),
        "SKILL_INACTIVE" => json!({"skillId": "4714"}),
        "SKILL_NOT_OUTBOUND_PHONE" => json!({"skillId": "4713"}),
        "TARGET_AGENT_ID_MISSING" => json!({"targetAgentId": null}),
        "TARGET_AGENT_ID_MALFORMED" => json!({"targetAgentId": "ana.garcia"}),
        "TARGET_AGENT_UNKNOWN" => json!({"targetAgentId": "77"}),
        "TARGET_AGENT_INACTIVE" => json!({"targetAgentId": "1236"}),
        "SCHEDULE_DATE_MISSING" => json!({"scheduleDate": null}),
        "SCHEDULE_DATE_SYNTAX" => date("2026-11-23 15:00Z"),
        "SCHEDULE_DATE_MIXED_FORMAT" => date("2026-11-23T1500Z"),
        "SCHEDULE_DATE_OUT_OF_RANGE" => date("2026-11-31T15:00Z"),
        "SCHEDULE_DATE_TIME_MISSING" => date("2026-11-23"),
        "SCHEDULE_DATE_OFFSET_MISSING" => date("2026-11-23T15:00"),
        "SCHEDULE_DATE_NONEXISTENT_LOCAL_TIME" => {
            json!({"scheduleDate": "2027-03-28T02:30", "timeZone": "Europe/Madrid"})
        }
        "SCHEDULE_DATE_TIME_ZONE_UNKNOWN" => json!({"scheduleDate": "2026-11-23T15:00", "timeZone": "europe/madrid"}),
        "SCHEDULE_DATE_IN_PAST" => date("2026-11-22T11:58:59Z"),
        "SCHEDULE_DATE_TOO_FAR" => date("2027-12-01T15:00Z"),
        "PHONE_NUMBER_MISSING" => number(""),
        "PHONE_NUMBER_SYNTAX" => number("tel:+14155552671"),
        "PHONE_NUMBER_COUNTRY_CODE" => number("+999 1234567"),
        "PHONE_NUMBER_COUNTRY_CODE_MISSING" => number("415 555 2671"),
        "PHONE_NUMBER_TOO_SHORT" => number("+1415"),
        "PHONE_NUMBER_TOO_LONG" => number("+14155552671999"),
        "PHONE_NUMBER_NOT_POSSIBLE" => number("+15552671"),
        "PHONE_NUMBER_PREMIUM_RATE" => number("+1 900 234 5678"),
        "FIELD_TOO_LONG" => json!({"caption": "a".repeat(201)}),
        "FIELD_CONTROL_CHARACTER" => json!({"firstName": "Ana\t"}),
        "FIELD_TYPE" => json!({"notes": 5}),
        "FIELD_NAME" => json!({"timezone": "Europe/Madrid"}),
        "FIELD_NOT_UNICODE" => json!({"notes": HALF}),
        "SCRIPT_TYPE_UNSUPPORTED" => json!({"scriptType": "Fax"}),
        "NOT_AFTER_INVALID" => json!({"notAfter": "2026-11-23T18:00"}),
        "NOT_AFTER_TOO_EARLY" => json!({"notAfter": "2026-11-23T15:00:00Z"}),
        "COMMAND_TYPE_UNSUPPORTED" => json!({"type": "callback.fire.v1"}),
        "CALLBACK_NOT_FOUND" => cancel("su-1"),
        _ => return None,
    })
}

/// A heading for each branch and code, with the sentence that goes out.
pub fn codes() -> String {
    let (mut text, mut branch) = (String::new(), None);
    let rules = rules(None);
    for code in codes::codes() {
        if branch.replace(code.branch) != Some(code.branch) {
            writeln!(text, "### Codes of {}\n", code.branch).unwrap();
        }
        writeln!(text, "#### `{}`\n\n{} *To mend it:* {}\n", code.code, code.cause, code.remedy).unwrap();
        let message = match example(code.code) {
            Some(members) => {
                let result = result(&members, &rules);
                let violation = &result["violations"][0];
                assert_eq!(violation["code"], code.code, "{members}");
                assert_eq!(result["condition"], code.branch.name(), "{members}");
                writeln!(text, "`{}`\n", shown(&members)).unwrap();
                violation["message"].as_str().unwrap().to_owned()
            }
            None => message_of_more_than_one_command(code.code),
        };
        writeln!(text, "> {message}\n").unwrap();
    }
    text
}

fn message_of_more_than_one_command(code: &str) -> String {
    let violation = match code {
        "COMMAND_ID_REUSED" => Violation::CommandIdReused,
        "OUTCOME_MISSING" => Violation::OutcomeMissing,
        "OUTCOME_UNSUPPORTED" => Violation::OutcomeUnsupported { nearest: Some(Outcome::NoAnswer.name()) },
        "CALLBACK_NOT_TRACKED" => Violation::CallbackNotTracked,
        "CALLBACK_ENDED" => Violation::CallbackEnded { status: Status::Missed, reason: Reason::TriesExhausted },
        "ATTEMPT_MISSING" => Violation::AttemptMissing,
        "ATTEMPT_NOT_FIRED" => Violation::AttemptNotFired,
        "ATTEMPT_OVER" => Violation::AttemptOver,
        "CALLBACK_ALREADY_DUE" => Violation::CallbackAlreadyDue,
        "CALLBACK_CANCELLED" => Violation::CallbackCancelled,
        "MALFORMED" => {
            let malformed = read(&[], Some(b"{\"commandId\": c-1}")).unwrap_err();
            Violation::Malformed(malformed.message(Source::Record))
        }
        other => panic!("{other} has no example"),
    };
    assert_eq!(violation.code(), code);
    Explained::from(&violation).message
}

/// A row for each warning.
pub fn warnings() -> String {
    let example = |warning| match warning {
        Warning::AgentWithoutSkill => (json!({"targetAgentId": "1235"}), None),
        Warning::PhoneNumberNotAssigned => (json!({"phoneNumber": "+448675309"}), None),
        Warning::PhoneNumberAmbiguous => (json!({"phoneNumber": "442079460958"}), Some("DE")),
        Warning::LocalTimeAmbiguous => (json!({"scheduleDate": "2027-10-31T02:30", "timeZone": "Europe/Madrid"}), None),
        Warning::TimeZoneAssumed => (json!({"securityUser": "su-1", "scheduleDate": "2026-11-23T16:00"}), None),
        Warning::Late => (json!({"scheduleDate": "2026-11-22T12:00:30Z", "issuedAt": NOW}), None),
    };
    let mut text = "| warning | meaning | example |\n|---|---|---|\n".to_owned();
    for warning in Warning::ALL {
        let (members, region) = example(warning);
        let mut shown = format!("`{}`", shown(&members));
        if let Some(region) = region {
            write!(shown, " with the default region {region}").unwrap();
        }
        if warning == Warning::Late {
            shown += ", decided a minute later";
        } else {
            let result = result(&members, &rules(region));
            assert_eq!(result["warnings"], json!([warning.code()]), "{members}: {result}");
        }
        writeln!(text, "| `{}` | {} | {shown} |", warning.code(), codes::warning(warning)).unwrap();
    }
    text
}

/// A row for each reason of a dead letter.
pub fn reasons() -> String {
    let binary = [("ce_id", "c-1"), ("ce_source", "/studio"), ("ce_type", "callback.schedule.v1")];
    let long = |length: usize| "x".repeat(length);
    let plain = |members: &str| Some(format!("{{\"source\":\"/studio\",\"type\":\"callback.schedule.v1\",{members}}}"));
    let event = |members: &str| {
        Some(format!(
            "{{\"specversion\":\"1.0\",\"id\":\"c-1\",\"source\":\"/studio\",\"type\":\"callback.schedule.v1\",{members}}}"
        ))
    };
    let id = |members: &str| plain(&format!("\"commandId\":\"c-1\",{members}"));
    let example = |reason| match reason {
        MalformedReason::NullValue => None,
        MalformedReason::TooLarge => Some(long(LIMITS.command_bytes + 1)),
        MalformedReason::NotUtf8 => Some("\u{feff}{}".to_owned()),
        MalformedReason::NotJson => Some("{\"commandId\": c-1}".to_owned()),
        MalformedReason::NotAnObject => Some("[]".to_owned()),
        MalformedReason::RepeatedKey => id("\"notes\":\"a\",\"notes\":\"b\""),
        MalformedReason::DataUnreadable => event("\"data_base64\":\"{}\""),
        MalformedReason::CommandIdMissing => plain("\"notes\":\"a\""),
        MalformedReason::CommandIdUnreadable => plain("\"commandId\":true"),
        MalformedReason::CommandIdTooLong => plain(&format!("\"commandId\":\"{}\"", long(129))),
        MalformedReason::SourceMissing => Some("{\"commandId\":\"c-1\"}".to_owned()),
        MalformedReason::SourceUnreadable => Some("{\"commandId\":\"c-1\",\"source\":5}".to_owned()),
        MalformedReason::TimeUnreadable => id("\"issuedAt\":\"2026-11-22T12:00:00\""),
        MalformedReason::TenantInvalid => id("\"tenantId\":\"a/b\""),
        MalformedReason::CorrelationIdUnreadable => id("\"correlationId\":[]"),
        MalformedReason::CorrelationIdTooLong => id(&format!("\"correlationId\":\"{}\"", long(257))),
        MalformedReason::AttributeControlCharacter => plain("\"commandId\":\"c-1\\n\""),
    };
    let mut text =
        "| `dlq-reason` | meaning, and what to do | an example of `dlq-detail` |\n|---|---|---|\n".to_owned();
    for reason in MalformedReason::ALL {
        let value = example(reason);
        let headers: &[(&str, &str)] = if reason == MalformedReason::NullValue { &binary } else { &[] };
        let malformed = read(headers, value.as_deref().map(str::as_bytes)).unwrap_err();
        assert_eq!(malformed.reason, reason, "{value:?}: {malformed}");
        writeln!(text, "| `{}` | {} | {} |", reason.code(), codes::reason(reason), malformed.detail).unwrap();
    }
    text
}

/// Only the form counts: no past, no horizon.
fn timeless(region: Option<&str>) -> Rules {
    Rules { date: None, ..rules(region) }
}

pub fn dates_accepted() -> String {
    let dates = [
        ("2026-11-23T15:00:00Z", "the plainest form"),
        ("2026-11-23T15:00Z", "without seconds"),
        ("2026-11-23T15Z", "the hour alone"),
        ("20261123T150000Z", "basic format: no separators in date and time"),
        ("20261123T1500Z", "basic format without seconds"),
        ("2026-W48-1T15:00Z", "week date: Monday of week 48"),
        ("2026W481T1500Z", "week date, basic"),
        ("2026-327T15:00Z", "ordinal date: day 327 of the year"),
        ("2026327T1500Z", "ordinal date, basic"),
        ("2026-11-23T15:00:00.5Z", "a decimal part of the last unit, here the second"),
        ("2026-11-23T15:00,5Z", "a comma as decimal sign; here of the minute"),
        ("2026-11-23T15.5Z", "of the hour"),
        ("2026-11-23T15:00:00.123456789Z", "any number of digits, cut to microseconds"),
        ("2026-11-23T16:00:00+01:00", "offset of hours and minutes"),
        ("2026-11-23T16:00:00+01", "offset of hours"),
        ("2026-11-23T16:00:00+0100", "the offset may be basic where the rest is extended"),
        ("2026-11-23T10:00:00−05:00", "U+2212 counts as minus"),
        ("2026-11-23T24:00Z", "24:00 is the next midnight"),
        ("2016-12-31T23:59:60Z", "a leap second means the next second; only where it may be"),
    ];
    let mut text = "| text | read as | remark |\n|---|---|---|\n".to_owned();
    for (date, remark) in dates {
        let result = result(&json!({"scheduleDate": date}), &timeless(None));
        let instant = result["scheduledFor"].as_str().unwrap_or_else(|| panic!("{date}: {result}"));
        writeln!(text, "| `{date}` | `{instant}` | {remark} |").unwrap();
    }
    text
}

pub fn dates_refused() -> String {
    let dates = [
        ("tomorrow", "no date"),
        ("2026-11-23 15:00:00Z", "a blank in place of the T"),
        ("2026-11-23t15:00:00z", "small letters"),
        (" 2026-11-23T15:00Z", "a blank in front or behind"),
        ("2026-11-23T15:00:00[Europe/Madrid]", "a zone behind it; use `timeZone`"),
        ("2026-11-23T15:00:00 UTC", "the name of a zone"),
        ("2026-11-23T15:00/2026-11-23T16:00", "an interval"),
        ("1795446000", "seconds since 1970"),
        ("23.11.2026 15:00", "a date as a country writes it"),
        ("2026-11-23T15:00:00-00:00", "the offset minus zero, which ISO 8601 forbids"),
        ("2026-11-23T1500Z", "extended date and basic time"),
        ("20261123T15:00Z", "basic date and extended time"),
        ("2026-02-29T15:00Z", "a day that the year does not have"),
        ("2026-11-23T25:00Z", "an hour that no day has"),
        ("2026-11-22T23:59:60Z", "a leap second where none can be"),
        ("0000-01-01T00:00Z", "before the year 1"),
        ("2026-11-23", "a date without a time"),
        ("2026-W48", "a week"),
        ("2026-11", "a month"),
        ("2026-11-23T15:00:00", "no offset, and no time zone anywhere"),
    ];
    let mut text = "| text | code | remark |\n|---|---|---|\n".to_owned();
    for (date, remark) in dates {
        let result = result(&json!({"scheduleDate": date}), &timeless(None));
        let code = result["violations"][0]["code"].as_str().unwrap_or_else(|| panic!("{date}: {result}"));
        writeln!(text, "| `{date}` | {} | {remark} |", linked(code)).unwrap();
    }
    text
}

fn linked(code: &str) -> String {
    format!("[`{code}`](#{})", code.to_lowercase())
}

/// What a local time comes to.
pub fn zones() -> String {
    let su_madrid = json!({"securityUser": "su-1"});
    let rows = [
        (
            "an offset goes before every zone",
            json!({"scheduleDate": "2026-11-23T15:00+09:00", "timeZone": "Europe/Madrid"}),
        ),
        (
            "the command's zone",
            json!({"scheduleDate": "2026-11-23T15:00", "timeZone": "Asia/Tokyo", "securityUser": "su-1"}),
        ),
        (
            "else the security user's, which is `Europe/Madrid` here",
            json!({"scheduleDate": "2026-11-23T15:00", "securityUser": "su-1"}),
        ),
        (
            "an empty `timeZone` is absent",
            json!({"scheduleDate": "2026-11-23T15:00", "timeZone": "", "securityUser": "su-1"}),
        ),
        ("summer", json!({"scheduleDate": "2027-07-01T15:00", "timeZone": "Europe/Madrid"})),
        (
            "this hour is there twice: the earlier one is taken",
            json!({"scheduleDate": "2027-10-31T02:30", "timeZone": "Europe/Madrid"}),
        ),
        ("the later one, by its offset", json!({"scheduleDate": "2027-10-31T02:30+01:00"})),
        ("the clocks skip this hour", json!({"scheduleDate": "2027-03-28T02:30", "timeZone": "Europe/Madrid"})),
        ("no zone anywhere", json!({"scheduleDate": "2026-11-23T15:00"})),
        ("capital letters count", json!({"scheduleDate": "2026-11-23T15:00", "timeZone": "europe/madrid"})),
    ];
    assert_eq!(su_madrid["securityUser"], "su-1");
    let mut text = "| command | comes to | remark |\n|---|---|---|\n".to_owned();
    for (remark, members) in rows {
        let result = result(&members, &timeless(None));
        writeln!(text, "| `{}` | {} | {remark} |", shown(&members), outcome(&result, "scheduledFor")).unwrap();
    }
    text
}

/// The member of a success with its warnings, or the code of a refusal.
fn outcome(result: &Value, member: &str) -> String {
    let Some(code) = result["violations"][0]["code"].as_str() else {
        let mut text = format!("`{}`", result[member].as_str().unwrap());
        if let Some(extension) = result["extension"].as_str() {
            write!(text, ", extension `{extension}`").unwrap();
        }
        for warning in result["warnings"].as_array().unwrap() {
            write!(text, ", warning `{}`", warning.as_str().unwrap()).unwrap();
        }
        return text;
    };
    linked(code)
}

pub fn numbers_accepted() -> String {
    let numbers = [
        ("+14155552671", None, "E.164"),
        ("+1 (415) 555-2671", None, "spaces and `- . ( ) /` between"),
        ("+44 20 7946 0958", None, ""),
        ("+49/30/901820", None, ""),
        ("+14155552671 x123", None, "an extension; also `ext`, `ext.`, `extension`, `;ext=`"),
        ("+14155552671;ext=007", None, "leading zeros of an extension stay"),
        ("+448675309", None, "possible, though not assigned: accepted"),
        ("+39 06 6982", None, "the zero of Italian numbers stays"),
        ("(415) 555-2671", Some("US"), "national, where the tenant has a default region; it must be valid"),
        ("0034 912 345 678", Some("DE"), "the international prefix of the region"),
        ("442079460958", Some("DE"), "read as a number of the region, though a `+` may have been lost"),
    ];
    let mut text = "| text | tenant's region | E.164 | remark |\n|---|---|---|---|\n".to_owned();
    for (number, region, remark) in numbers {
        let result = result(&json!({"phoneNumber": number}), &rules(region));
        assert_eq!(result["condition"], "Success", "{number}: {result}");
        writeln!(text, "| `{number}` | {} | {} | {remark} |", region.unwrap_or("–"), outcome(&result, "phoneNumber"))
            .unwrap();
    }
    text
}

pub fn numbers_refused() -> String {
    let numbers = [
        ("tel:+14155552671", None, "a URI"),
        ("++14155552671", None, "two `+`"),
        ("+1 415 555 CALL", None, "letters"),
        ("+１4155552671", None, "a full-width digit"),
        ("+14155552671,,123", None, "pauses in place of an extension mark"),
        ("+14155552671 x12345678", None, "an extension of more than seven digits"),
        ("+999 1234567", None, "no such country calling code"),
        ("(415) 555-2671", None, "no `+`, and no default region"),
        ("+1415", None, "too few digits"),
        ("+14155552671999", None, "too many digits"),
        ("+15552671", None, "works within an area code only"),
        ("000 555 2671", Some("US"), "national, and in no range that is assigned"),
        ("112", Some("DE"), "an emergency number"),
        ("+1 900 234 5678", None, "premium rate"),
    ];
    let mut text = "| text | tenant's region | code | remark |\n|---|---|---|---|\n".to_owned();
    for (number, region, remark) in numbers {
        let result = result(&json!({"phoneNumber": number}), &rules(region));
        assert_ne!(result["condition"], "Success", "{number}: {result}");
        writeln!(text, "| `{number}` | {} | {} | {remark} |", region.unwrap_or("–"), outcome(&result, "phoneNumber"))
            .unwrap();
    }
    text
}

/// What a cancel and a reschedule come to, by how the callback stands.
pub fn amendments() -> String {
    let callback = commitment();
    let cancelled = Commitment { cancelled_at: Some(now()), ..callback.clone() };
    let mut foreign = callback.clone();
    foreign.origin.tenant = Tenant::parse("another").unwrap();
    let other_key = json!({"scheduledBy": {"source": "/studio", "commandId": "c-7"}});
    let half = json!({"scheduledBy": {"source": "/studio"}});
    let ended = tracked(Phase::Ended(End { status: Status::Completed, reason: Reason::Connected, at: now() }));
    let handled = tracked(Phase::Handling);
    let rows: [(&str, Lookup<'_>, Value); 11] = [
        ("stands, and is not due yet", Lookup::Ahead(&callback), json!({"callbackId": 5120})),
        ("the same, named by `scheduledBy`", Lookup::Ahead(&callback), by("c-1")),
        ("due: its event is published or being published", Lookup::Due(&callback), json!({"callbackId": 5120})),
        ("taken on, as a router reported", Lookup::Ahead(&handled), json!({"callbackId": 5120})),
        ("at its end, as a router reported", Lookup::Due(&ended), json!({"callbackId": 5120})),
        ("cancelled before", Lookup::Ahead(&cancelled), json!({"callbackId": 5120})),
        ("another tenant's", Lookup::Ahead(&foreign), json!({"callbackId": 5120})),
        ("never made, or forgotten", Lookup::NotFound, json!({"callbackId": 5120})),
        (
            "both keys are given and disagree",
            Lookup::Ahead(&callback),
            merged(&json!({"callbackId": 5120}), &other_key),
        ),
        ("`scheduledBy` without `source` or `commandId`", Lookup::NotFound, half),
        ("neither key is given", Lookup::NotFound, json!({})),
    ];
    let mut text = "| the callback | cancel | reschedule |\n|---|---|---|\n".to_owned();
    for (state, found, named) in rows {
        let answers = ["callback.cancel.v1", "callback.reschedule.v1"].map(|kind| amended(kind, &named, found));
        writeln!(text, "| {state} | {} | {} |", answers[0], answers[1]).unwrap();
    }
    text
}

/// The callback of the example, tracked, for an agent and presented twice.
fn tracked(phase: Phase) -> Commitment {
    let mut callback = commitment();
    callback.terms.target = Target { skill: SkillId::parse("4712").unwrap(), agent: AgentId::parse("1234").ok() };
    let fire_at = now().plus_micros(-60_000_000);
    Commitment { attempt: 2, fire_at, life: Life { tries: Some(1), phase, ..Life::default() }, ..callback }
}

/// What a report of that attempt comes to, in a directory where the skill has the default rules.
fn reported(members: &Value, found: Lookup<'_>) -> Reply {
    let mut command = json!({
        "commandId": "r-1", "source": "/router", "type": "callback.report.v1", "securityUser": "su-4", "callbackId": 5120,
        "attempt": 2, "outcome": "noAnswer", "scheduleDate": "2026-11-24T15:00Z",
    });
    command.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let (verdict, reply) = judge(&[], Some(command.to_string().as_bytes()), &rules(None)).unwrap();
    let Verdict::Amend(amend) = verdict else { return reply };
    let mut directory = directory();
    let skill = json!({
        "skillId": "4712", "active": true, "mediaType": "phone", "direction": "outbound", "lifecycle": {},
    });
    let topic = schedule_callback::wire::directory_record::DirectoryTopic::Skills;
    directory.apply(topic.read(Some(b"default/4712"), Some(skill.to_string().as_bytes())).unwrap());
    amend.apply(found, &directory, &rules(None), now()).reply(DefinedBranches::default())
}

/// A row for each outcome: what it says, how it counts, and what comes of the first attempt.
pub fn outcomes() -> String {
    let schema = Message::ReportCommand.schema();
    let meanings = schema["properties"]["outcome"]["x-enum-descriptions"].as_array().unwrap();
    let mut text = "| `outcome` | what it says | counts as | what comes of it |\n|---|---|---|---|\n".to_owned();
    for (outcome, meaning) in Outcome::ALL.into_iter().zip(meanings) {
        let class = match outcome.class() {
            Class::Progress => "progress",
            Class::TryFailed => "a try",
            Class::NoTry => "no try",
            Class::Moved => "moved",
            Class::End => "the end",
        };
        let first =
            Commitment { attempt: 1, life: Life { tries: Some(0), ..Life::default() }, ..tracked(Phase::Present) };
        let reply = reported(&json!({"outcome": outcome.name(), "attempt": 1}), Lookup::Due(&first));
        let standing = reply.standing.unwrap_or_else(|| panic!("{}: {:?}", outcome.name(), reply.violations));
        let progress = standing.progress.unwrap();
        let mut answer = format!("`{}`", progress.status.name());
        if let Some(reason) = progress.reason {
            write!(answer, ", `{}`", reason.code()).unwrap();
        }
        if let Some(next_at) = progress.next_at {
            let minutes = next_at.since(now()).as_secs() / 60;
            let when = if outcome.class() == Class::Moved { "at its new date".to_owned() } else { after(minutes) };
            let whom = if standing.terms.target.agent.is_none() { ", to the skill" } else { "" };
            write!(answer, ": presented again {when}{whom}").unwrap();
        }
        writeln!(text, "| `{}` | {} | {class} | {answer} |", outcome.name(), meaning.as_str().unwrap()).unwrap();
    }
    text
}

fn after(minutes: u64) -> String {
    match minutes {
        0 => "at once".to_owned(),
        1 => "after a minute".to_owned(),
        minutes => format!("after {minutes} minutes"),
    }
}

/// A row for each state of a callback: what reports of it are answered.
pub fn reports() -> String {
    let present = tracked(Phase::Present);
    let untracked = Commitment { life: Life::default(), ..tracked(Phase::Present) };
    let cancelled = Commitment { cancelled_at: Some(now()), ..tracked(Phase::Present) };
    let handled = tracked(Phase::Handling);
    let ended = tracked(Phase::Ended(End { status: Status::Completed, reason: Reason::Connected, at: now() }));
    let attempt = |attempt: i32| json!({"attempt": attempt});
    let rows: [(&str, Lookup<'_>, Value); 11] = [
        ("there is none of this name", Lookup::NotFound, attempt(2)),
        ("its skill was not tracked when it was scheduled", Lookup::Due(&untracked), attempt(2)),
        ("was cancelled", Lookup::Ahead(&cancelled), attempt(2)),
        ("has ended", Lookup::Due(&ended), attempt(2)),
        ("was taken on, and nobody has reported again in time", Lookup::Due(&handled), attempt(2)),
        ("is due; the report names no attempt", Lookup::Due(&present), json!({"attempt": null})),
        ("is due; the report names a later attempt", Lookup::Due(&present), attempt(3)),
        ("is due; the report names an attempt before", Lookup::Due(&present), attempt(1)),
        ("waits for this attempt", Lookup::Ahead(&present), attempt(2)),
        ("is due with this attempt", Lookup::Due(&present), attempt(2)),
        ("was taken on with this attempt", Lookup::Ahead(&handled), attempt(2)),
    ];
    let mut text = "| the callback | `noAnswer` | `connected` |\n|---|---|---|\n".to_owned();
    for (state, found, members) in rows {
        let answers = ["noAnswer", "connected"].map(|outcome| {
            let reply = reported(&merged(&members, &json!({"outcome": outcome})), found);
            match (reply.standing, reply.violations.first()) {
                (Some(standing), _) => format!("`Success`, `{}`", standing.progress.unwrap().status.name()),
                (None, violation) => linked(violation.unwrap().code),
            }
        });
        writeln!(text, "| {state} | {} | {} |", answers[0], answers[1]).unwrap();
    }
    text
}

fn by(command_id: &str) -> Value {
    json!({"scheduledBy": {"source": "/studio", "commandId": command_id}})
}

fn merged(one: &Value, other: &Value) -> Value {
    let mut all = one.clone();
    all.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
    all
}

/// The callback that the example command makes.
fn commitment() -> Commitment {
    let Ok(Verdict::Schedule(schedule)) = read(&[], Some(command(&json!({})).as_bytes())) else { panic!("refused") };
    Commitment {
        callback_id: CallbackId::parse("5120").unwrap(),
        revision: 1,
        attempt: 1,
        fire_at: schedule.terms.scheduled_for,
        terms: schedule.terms.clone(),
        origin: schedule.origin.clone(),
        revised_by: "c-1".to_owned(),
        cancelled_at: None,
        life: Life::default(),
    }
}

fn amended(kind: &str, named: &Value, found: Lookup<'_>) -> String {
    let mut command = json!({
        "commandId": "c-2", "source": "/studio", "type": kind, "securityUser": "su-1", "scheduleDate": "2026-11-24T15:00Z",
    });
    command.as_object_mut().unwrap().extend(named.as_object().unwrap().clone());
    let (verdict, reply) = judge(&[], Some(command.to_string().as_bytes()), &rules(None)).unwrap();
    let reply = match verdict {
        Verdict::Amend(amend) => {
            amend.apply(found, &directory(), &rules(None), now()).reply(DefinedBranches::default())
        }
        _ => reply,
    };
    match (reply.standing, reply.violations.first()) {
        (Some(standing), _) => format!("`Success`, revision {}", standing.revision),
        (None, violation) => linked(violation.unwrap().code),
    }
}
