//! What commands come to, by the contract's text: written down here case by case, never asked of the service.

use chrono::{DateTime, Days, LocalResult, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;
use serde_json::{Value, json};

use super::command::HALF_A_PAIR;

/// The contract's table of codes (docs/contract.md#codes).
pub const CODES: &str = "
    SECURITY_USER_MISSING SECURITY_USER_UNKNOWN SECURITY_USER_INACTIVE SECURITY_USER_FORBIDDEN SECURITY_USER_UNRESOLVED
    SKILL_ID_MISSING SKILL_ID_MALFORMED SKILL_UNKNOWN SKILL_INACTIVE SKILL_NOT_OUTBOUND_PHONE
    TARGET_AGENT_ID_MISSING TARGET_AGENT_ID_MALFORMED TARGET_AGENT_UNKNOWN TARGET_AGENT_INACTIVE
    SCHEDULE_DATE_MISSING SCHEDULE_DATE_SYNTAX SCHEDULE_DATE_MIXED_FORMAT SCHEDULE_DATE_OUT_OF_RANGE
    SCHEDULE_DATE_TIME_MISSING SCHEDULE_DATE_OFFSET_MISSING SCHEDULE_DATE_NONEXISTENT_LOCAL_TIME
    SCHEDULE_DATE_TIME_ZONE_UNKNOWN SCHEDULE_DATE_IN_PAST SCHEDULE_DATE_TOO_FAR
    PHONE_NUMBER_MISSING PHONE_NUMBER_SYNTAX PHONE_NUMBER_COUNTRY_CODE PHONE_NUMBER_COUNTRY_CODE_MISSING
    PHONE_NUMBER_TOO_SHORT PHONE_NUMBER_TOO_LONG PHONE_NUMBER_NOT_POSSIBLE PHONE_NUMBER_PREMIUM_RATE
    FIELD_TOO_LONG FIELD_CONTROL_CHARACTER FIELD_TYPE FIELD_NAME FIELD_NOT_UNICODE
    SCRIPT_TYPE_UNSUPPORTED COMMAND_ID_REUSED COMMAND_TYPE_UNSUPPORTED
    CALLBACK_NOT_FOUND CALLBACK_ALREADY_DUE CALLBACK_CANCELLED MALFORMED";

/// The contract's warnings (docs/contract.md#warnings).
pub const WARNINGS: &str = "AGENT_WITHOUT_SKILL PHONE_NUMBER_NOT_ASSIGNED LOCAL_TIME_AMBIGUOUS TIME_ZONE_ASSUMED LATE";

/// One day, in microseconds.
const DAY: i64 = 86_400_000_000;

/// Skills, agents and security users of two tenants.
pub fn directory() -> Value {
    let both = json!(["commitments:create", "commitments:manage"]);
    let skill = |id: &str, active: bool, media: &str, direction: &str| json!({"skillId": id, "name": "Sales", "active": active, "mediaType": media, "direction": direction});
    let user = |name: &str, agent: &str, active: bool, permissions: &Value| json!({"securityUser": name, "agentId": agent, "active": active, "permissions": permissions});
    let of_acme = |record: Value| super::command::with(record, json!({"tenantId": "acme"}));
    json!({
        "skills": [
            skill("4711", true, "phone", "outbound"),
            super::command::with(skill("4712", true, "phone", "outbound"), json!({"horizonDays": 30})),
            skill("4713", true, "phone", "inbound"),
            skill("4714", false, "phone", "outbound"),
            skill("4715", true, "email", "outbound"),
            of_acme(skill("4711", true, "phone", "outbound")),
        ],
        "agents": [
            {"agentId": "1234", "userName": "ana", "active": true, "skills": ["4711", "4712"]},
            {"agentId": "1235", "userName": "ben", "active": true, "skills": ["4712"]},
            {"agentId": "1236", "userName": "mia", "active": false, "skills": ["4711"]},
            of_acme(json!({"agentId": "77", "userName": "zoe", "active": true, "skills": ["4711"]})),
        ],
        "securityUsers": [
            user("su-1", "1234", true, &both),
            super::command::with(user("su-madrid", "1234", true, &both), json!({"timeZone": "Europe/Madrid"})),
            user("su-creator", "1235", true, &json!(["commitments:create"])),
            user("su-manager", "1234", true, &json!(["commitments:manage"])),
            user("su-inactive", "1234", false, &both),
            user("su-of-inactive-agent", "1236", true, &both),
            user("su-of-no-agent", "9999", true, &both),
            of_acme(user("su-acme", "77", true, &both)),
        ],
    })
}

/// That many days from now, on a whole second.
pub fn in_days(days: i64) -> Timestamp {
    let micros = clock::now().micros() + days * DAY;
    Timestamp::from_micros(micros - micros.rem_euclid(1_000_000))
}

/// A schedule command that succeeds, far ahead.
pub fn schedule() -> Value {
    json!({
        "securityUser": "su-1", "firstName": "Ana", "lastName": "García", "phoneNumber": "+1 (415) 555-2671",
        "skillId": "4711", "targetAgentId": "", "scheduleDate": in_days(100).to_string(), "caption": "Call Ana"
    })
}

/// A schedule command that is refused.
pub struct Refusal {
    pub condition: &'static str,
    pub codes: Vec<&'static str>,
    /// Put over [`schedule`]; `null` is the same as absent.
    pub members: Value,
    pub tenant: Option<&'static str>,
    pub issued_at: Option<Timestamp>,
}

fn refusal(condition: &'static str, codes: &[&'static str], members: Value) -> Refusal {
    Refusal { condition, codes: codes.to_vec(), members, tenant: None, issued_at: None }
}

/// At least one for each code of the contract's table (docs/contract.md#codes) that one schedule command alone can come
/// to.
pub fn refusals() -> Vec<Refusal> {
    let mut all = Vec::new();
    let mut refused = |condition: &'static str, rows: &[(&'static str, Value)]| {
        all.extend(rows.iter().map(|(code, members)| refusal(condition, &[code], members.clone())));
    };
    refused("InvalidSecurityUser", &security_users());
    refused("InvalidSkillId", &skills());
    refused("InvalidTargetAgentId", &agents());
    refused("InvalidScheduleDate", &dates());
    refused("InvalidPhoneNumber", &numbers());
    refused("Default", &fields());
    all.extend(together());
    all
}

fn security_users() -> [(&'static str, Value); 9] {
    [
        ("SECURITY_USER_MISSING", json!({"securityUser": null})),
        ("SECURITY_USER_UNKNOWN", json!({"securityUser": "su-acme"})),
        ("SECURITY_USER_UNKNOWN", json!({"securityUser": 5})),
        ("SECURITY_USER_INACTIVE", json!({"securityUser": "su-inactive"})),
        ("SECURITY_USER_INACTIVE", json!({"securityUser": "su-of-inactive-agent"})),
        ("SECURITY_USER_INACTIVE", json!({"securityUser": "su-of-no-agent"})),
        ("SECURITY_USER_FORBIDDEN", json!({"securityUser": "su-manager"})),
        ("SECURITY_USER_UNRESOLVED", json!({"securityUser": "{user}", "variables": {"other": "su-1"}})),
        // An unauthorised caller learns nothing about what else is wrong.
        ("SECURITY_USER_UNKNOWN", json!({"securityUser": "nobody", "skillId": "x", "phoneNumber": 5, "notes": 5})),
    ]
}

fn skills() -> [(&'static str, Value); 9] {
    [
        ("SKILL_ID_MISSING", json!({"skillId": null})),
        ("SKILL_ID_MALFORMED", json!({"skillId": "sales"})),
        ("SKILL_ID_MALFORMED", json!({"skillId": "04711"})),
        ("SKILL_ID_MALFORMED", json!({"skillId": 4711.5})),
        ("SKILL_ID_MALFORMED", json!({"skillId": HALF_A_PAIR})),
        ("SKILL_UNKNOWN", json!({"skillId": 999})),
        ("SKILL_INACTIVE", json!({"skillId": "4714"})),
        ("SKILL_NOT_OUTBOUND_PHONE", json!({"skillId": "4713"})),
        ("SKILL_NOT_OUTBOUND_PHONE", json!({"skillId": "4715"})),
    ]
}

fn agents() -> [(&'static str, Value); 5] {
    [
        ("TARGET_AGENT_ID_MISSING", json!({"targetAgentId": null})),
        ("TARGET_AGENT_ID_MALFORMED", json!({"targetAgentId": "ana"})),
        ("TARGET_AGENT_ID_MALFORMED", json!({"targetAgentId": true})),
        ("TARGET_AGENT_UNKNOWN", json!({"targetAgentId": "77"})),
        ("TARGET_AGENT_INACTIVE", json!({"targetAgentId": 1236})),
    ]
}

fn dates() -> [(&'static str, Value); 13] {
    let date = |text: &str| json!({"scheduleDate": text});
    [
        ("SCHEDULE_DATE_MISSING", json!({"scheduleDate": null})),
        ("SCHEDULE_DATE_SYNTAX", date("tomorrow")),
        ("SCHEDULE_DATE_SYNTAX", date("2027-01-01 10:00:00Z")),
        ("SCHEDULE_DATE_SYNTAX", json!({"scheduleDate": 1_795_446_000})),
        ("SCHEDULE_DATE_MIXED_FORMAT", date("2027-01-01T100000Z")),
        ("SCHEDULE_DATE_OUT_OF_RANGE", date("2027-13-01T10:00:00Z")),
        ("SCHEDULE_DATE_TIME_MISSING", date("2027-01-01")),
        ("SCHEDULE_DATE_OFFSET_MISSING", date("2027-01-01T10:00:00")),
        (
            "SCHEDULE_DATE_NONEXISTENT_LOCAL_TIME",
            json!({"scheduleDate": skipped_local_time(), "timeZone": "Europe/Madrid"}),
        ),
        ("SCHEDULE_DATE_TIME_ZONE_UNKNOWN", json!({"scheduleDate": "2027-01-01T10:00:00", "timeZone": "Mars/Olympus"})),
        ("SCHEDULE_DATE_IN_PAST", date("2020-01-01T00:00:00Z")),
        ("SCHEDULE_DATE_TOO_FAR", date(&in_days(367).to_string())),
        // The skill's own horizon of 30 days.
        ("SCHEDULE_DATE_TOO_FAR", json!({"skillId": "4712", "scheduleDate": in_days(31).to_string()})),
    ]
}

fn numbers() -> [(&'static str, Value); 11] {
    let number = |text: &str| json!({"phoneNumber": text});
    [
        ("PHONE_NUMBER_MISSING", json!({"phoneNumber": null})),
        ("PHONE_NUMBER_SYNTAX", number("tel:+14155552671")),
        ("PHONE_NUMBER_SYNTAX", json!({"phoneNumber": 14_155_552_671_i64})),
        ("PHONE_NUMBER_COUNTRY_CODE", number("+999 1234567")),
        ("PHONE_NUMBER_COUNTRY_CODE_MISSING", number("415 555 2671")),
        ("PHONE_NUMBER_TOO_SHORT", number("+1415")),
        ("PHONE_NUMBER_TOO_LONG", number("+14155552671999")),
        // Seven digits can be dialled within an area code of the United States only.
        ("PHONE_NUMBER_NOT_POSSIBLE", number("+15552671")),
        ("PHONE_NUMBER_PREMIUM_RATE", number("+1 900 234 5678")),
        ("PHONE_NUMBER_PREMIUM_RATE", number("+44 909 879 0000")),
        ("PHONE_NUMBER_SYNTAX", number("++14155552671")),
    ]
}

fn fields() -> [(&'static str, Value); 13] {
    [
        ("FIELD_TOO_LONG", json!({"caption": "ä".repeat(201)})),
        ("FIELD_TOO_LONG", json!({"notes": "x".repeat(4_001)})),
        ("FIELD_CONTROL_CHARACTER", json!({"firstName": "A\tna"})),
        ("FIELD_CONTROL_CHARACTER", json!({"notes": "bell \u{7}"})),
        ("FIELD_TYPE", json!({"lastName": ["García"]})),
        ("FIELD_TYPE", json!({"definedBranches": "Success"})),
        ("FIELD_TYPE", json!({"variables": {"a": 1}})),
        ("FIELD_NAME", json!({"timezone": "Europe/Madrid"})),
        ("FIELD_NAME", json!({"phoneNumber": "", "phone_number": "+14155552671"})),
        ("FIELD_NAME", json!({"securityUser": null, "security-user": "su-1", "skillId": "x"})),
        ("FIELD_NOT_UNICODE", json!({"notes": format!("cut {HALF_A_PAIR}")})),
        ("FIELD_NOT_UNICODE", json!({"variables": {"a": HALF_A_PAIR}})),
        ("SCRIPT_TYPE_UNSUPPORTED", json!({"scriptType": "Fax"})),
    ]
}

/// Several violations at once, other tenants, other times.
fn together() -> Vec<Refusal> {
    let all_of_them = [
        "SKILL_ID_MISSING",
        "TARGET_AGENT_UNKNOWN",
        "SCHEDULE_DATE_SYNTAX",
        "PHONE_NUMBER_SYNTAX",
        "FIELD_TOO_LONG",
        "SCRIPT_TYPE_UNSUPPORTED",
    ];
    let everything_wrong = json!({
        "skillId": null, "targetAgentId": "5", "scheduleDate": "soon", "phoneNumber": "call me",
        "caption": "x".repeat(201), "scriptType": "sms"
    });
    let agent_and_number = json!({"targetAgentId": "1236", "phoneNumber": "+1 900 234 5678"});
    let issued_at = in_days(-1);
    let past_the_grace = json!({"scheduleDate": issued_at.plus_micros(-60_000_001).to_string()});
    let mut short_number = refusal(
        "InvalidPhoneNumber",
        &["PHONE_NUMBER_NOT_POSSIBLE"],
        json!({"securityUser": "su-acme", "phoneNumber": "555 2671"}),
    );
    short_number.tenant = Some("acme");
    vec![
        refusal("InvalidSkillId", &all_of_them, everything_wrong),
        refusal("InvalidTargetAgentId", &["TARGET_AGENT_INACTIVE", "PHONE_NUMBER_PREMIUM_RATE"], agent_and_number),
        Refusal {
            issued_at: Some(issued_at),
            ..refusal("InvalidScheduleDate", &["SCHEDULE_DATE_IN_PAST"], past_the_grace)
        },
        short_number,
    ]
}

/// A schedule command that succeeds.
#[derive(Clone)]
pub struct Success {
    pub members: Value,
    pub tenant: Option<&'static str>,
    pub issued_at: Option<Timestamp>,
    /// What the result must say of the callback.
    pub standing: Standing,
}

/// A callback as a result shows it.
#[derive(Clone, Debug)]
pub struct Standing {
    pub revision: i64,
    pub caption: Value,
    pub scheduled_for: Timestamp,
    pub target: Value,
    pub phone_number: &'static str,
    pub extension: Option<&'static str>,
    /// All but `LATE`, which depends on when it was decided.
    pub warnings: Vec<&'static str>,
    /// When it was issued, where that may be before it was decided by long.
    pub issued_at: Option<Timestamp>,
}

/// A callback to the skill, as [`schedule`] asks for.
pub fn to_the_skill(scheduled_for: Timestamp) -> Success {
    Success {
        members: json!({"scheduleDate": scheduled_for.to_string()}),
        tenant: None,
        issued_at: None,
        standing: Standing {
            revision: 1,
            caption: json!("Call Ana"),
            scheduled_for,
            target: json!({"type": "skill", "skillId": "4711"}),
            phone_number: "+14155552671",
            extension: None,
            warnings: vec![],
            issued_at: None,
        },
    }
}

/// Every way to succeed.
pub fn successes() -> Vec<Success> {
    let plain = to_the_skill(in_days(100));
    let with = |members: Value, change: &dyn Fn(&mut Success)| {
        let mut success = plain.clone();
        success.members = super::command::with(success.members, members);
        change(&mut success);
        success
    };
    let agent = |id: &str| json!({"type": "agent", "agentId": id, "skillId": "4711"});
    let (zone, local, instant) = repeated_local_time();
    let noon = noon_in_madrid(40);
    let mut all = vec![
        plain.clone(),
        with(json!({"skillId": 4711, "targetAgentId": 1234}), &|s| s.standing.target = agent("1234")),
        with(json!({"skillId": 4711.0, "targetAgentId": 1.234e3}), &|s| s.standing.target = agent("1234")),
        with(
            json!({"scriptType": "", "timeZone": "", "variables": "", "definedBranches": "", "x": HALF_A_PAIR}),
            &|_| {},
        ),
        with(json!({"targetAgentId": "1234", "scriptType": "SMS"}), &|s| s.standing.target = agent("1234")),
        with(json!({"targetAgentId": "1235"}), &|s| {
            s.standing.target = agent("1235");
            s.standing.warnings = vec!["AGENT_WITHOUT_SKILL"];
        }),
        with(json!({"phoneNumber": "+448675309"}), &|s| {
            s.standing.phone_number = "+448675309";
            s.standing.warnings = vec!["PHONE_NUMBER_NOT_ASSIGNED"];
        }),
        with(json!({"phoneNumber": "+1 415.555/2671 EXT. 0012"}), &|s| s.standing.extension = Some("0012")),
        with(json!({"securityUser": "{user}", "variables": {"user": "su-creator", "x": "y"}}), &|_| {}),
        with(json!({"scheduleDate": local, "timeZone": zone.name()}), &|s| {
            s.standing.scheduled_for = instant;
            s.standing.warnings = vec!["LOCAL_TIME_AMBIGUOUS"];
        }),
        with(json!({"securityUser": "su-madrid", "scheduleDate": noon.0}), &|s| {
            s.standing.scheduled_for = noon.1;
            s.standing.warnings = vec!["TIME_ZONE_ASSUMED"];
        }),
        with(json!({"scheduleDate": noon.0, "timeZone": "Europe/Madrid"}), &|s| s.standing.scheduled_for = noon.1),
        with(json!({"caption": "ä".repeat(200), "notes": "one\r\n\ttwo ☎ ".repeat(285)}), &|s| {
            s.standing.caption = json!("ä".repeat(200));
        }),
        with(json!({"caption": null, "firstName": null, "lastName": null, "notes": ""}), &|s| {
            s.standing.caption = Value::Null;
        }),
        with(json!({"definedBranches": ["Success", "Unheard-of"]}), &|_| {}),
        with(json!({"definedBranches": ["InvalidSkillId"]}), &|_| {}),
        with(json!({"securityUser": "su-acme", "phoneNumber": "(415) 555-2671", "scheduleDate": noon.0}), &|s| {
            s.tenant = Some("acme");
            s.standing.scheduled_for = noon.1;
            s.standing.warnings = vec!["TIME_ZONE_ASSUMED"];
        }),
    ];
    all.extend(behind());
    all
}

/// Dates that have passed when they are decided, and are good all the same: judged against the command's own time.
fn behind() -> [Success; 2] {
    let issued_at = in_days(-1);
    [600_000_000, -60_000_000].map(|micros| {
        let mut success = to_the_skill(issued_at.plus_micros(micros));
        success.issued_at = Some(issued_at);
        success.standing.issued_at = Some(issued_at);
        success
    })
}

fn noon_in_madrid(days: u64) -> (String, Timestamp) {
    let date = today().checked_add_days(Days::new(days)).unwrap().date_naive();
    let noon = date.and_hms_opt(12, 0, 0).unwrap();
    let instant = chrono_tz::Europe::Madrid.from_local_datetime(&noon).single().unwrap();
    (noon.format("%Y-%m-%dT%H:%M:%S").to_string(), Timestamp::from_micros(instant.timestamp_micros()))
}

/// The next local time that the clocks show twice, in a zone of one or the other hemisphere, and its earlier instant.
fn repeated_local_time() -> (Tz, String, Timestamp) {
    for zone in [chrono_tz::Europe::Madrid, chrono_tz::Australia::Sydney] {
        if let Some((local, LocalResult::Ambiguous(earlier, _))) =
            half_past_two(zone, |found| matches!(found, LocalResult::Ambiguous(..)))
        {
            return (zone, local, Timestamp::from_micros(earlier.timestamp_micros()));
        }
    }
    unreachable!("one of them sets its clocks back within half a year")
}

/// A local time in Madrid that the clocks skip; any will do, also one that has passed.
fn skipped_local_time() -> String {
    half_past_two(chrono_tz::Europe::Madrid, |found| matches!(found, LocalResult::None))
        .map_or_else(|| "2027-03-28T02:30:00".to_owned(), |(local, _)| local)
}

fn half_past_two(
    zone: Tz,
    wanted: impl Fn(&LocalResult<DateTime<Tz>>) -> bool,
) -> Option<(String, LocalResult<DateTime<Tz>>)> {
    let time = NaiveTime::from_hms_opt(2, 30, 0)?;
    (2..360).find_map(|days| {
        let local = today().checked_add_days(Days::new(days))?.date_naive().and_time(time);
        let found = zone.from_local_datetime(&local);
        wanted(&found).then(|| (local.format("%Y-%m-%dT%H:%M:%S").to_string(), found))
    })
}

fn today() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(clock::now().micros()).unwrap()
}
