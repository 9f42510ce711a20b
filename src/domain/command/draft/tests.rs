use super::*;
use crate::domain::answer::{Branch, Reply, Warning};
use crate::domain::command::{CallbackReference, Cancel, Requester, Reschedule, Schedule, Variables};
use crate::domain::directory::{DirectoryRecord, LifecycleRules, SkillRecord};
use crate::domain::fixtures::*;
use crate::domain::given::{Field, Given, IdValue, JsonType, Text, Wrong};
use crate::domain::ids::Tenant;
use crate::domain::life::{Life, NotAfter};
use crate::domain::phone::Region;
use crate::domain::time::TimeZone;

type Change = fn(&mut Schedule<'static>);

fn schedule_with(change: Change) -> Draft {
    let mut schedule = schedule();
    change(&mut schedule);
    drafted(Request::Schedule(Box::new(schedule)))
}

fn accepted(draft: Draft) -> ScheduleDraft {
    match draft.verdict {
        Verdict::Schedule(schedule) => *schedule,
        other => panic!("not accepted: {other:?}"),
    }
}

fn long_text(characters: usize) -> Given<Text<'static>> {
    Given::Value("é".repeat(characters).into())
}

fn variables(pairs: &[(&'static str, &'static str)]) -> Given<Variables<'static>> {
    Given::Value(pairs.iter().map(|&(name, value)| (name.into(), text(value))).collect())
}

#[test]
fn every_code_of_a_schedule_command_is_found() {
    let cases: &[(&str, Change)] = &[
        ("SECURITY_USER_MISSING", |s| s.requester.security_user = Given::Absent),
        ("SECURITY_USER_MISSING", |s| s.requester = by("")),
        ("SECURITY_USER_UNKNOWN", |s| s.requester = by("su-2")),
        ("SECURITY_USER_UNKNOWN", |s| s.requester = by("SU-1")),
        ("SECURITY_USER_UNKNOWN", |s| s.requester.security_user = wrong_type()),
        ("SECURITY_USER_INACTIVE", |s| s.requester = by("su-inactive")),
        ("SECURITY_USER_INACTIVE", |s| s.requester = by("su-inactive-agent")),
        ("SECURITY_USER_INACTIVE", |s| s.requester = by("su-missing-agent")),
        ("SECURITY_USER_FORBIDDEN", |s| s.requester = by("su-manager")),
        ("SECURITY_USER_UNRESOLVED", |s| s.requester = by("{user}")),
        ("SKILL_ID_MISSING", |s| s.skill_id = Given::Absent),
        ("SKILL_ID_MALFORMED", |s| s.skill_id = wrong_type()),
        ("SKILL_ID_MALFORMED", |s| s.skill_id = Given::Wrong(Wrong::NotUnicode)),
        ("SKILL_ID_MALFORMED", |s| s.skill_id = number("4711.5")),
        ("SKILL_ID_MALFORMED", |s| s.skill_id = id("")),
        ("SKILL_ID_MALFORMED", |s| s.skill_id = id("04711")),
        ("SKILL_ID_MALFORMED", |s| s.skill_id = id("47\u{7}11")),
        ("SKILL_ID_MALFORMED", |s| s.skill_id = number("9223372036854775808")),
        ("SKILL_ID_MALFORMED", |s| s.skill_id = number("0")),
        ("SKILL_UNKNOWN", |s| s.skill_id = id("4710")),
        ("SKILL_INACTIVE", |s| s.skill_id = id("4712")),
        ("SKILL_NOT_OUTBOUND_PHONE", |s| s.skill_id = id("4713")),
        ("TARGET_AGENT_ID_MISSING", |s| s.target_agent_id = Given::Absent),
        ("TARGET_AGENT_ID_MALFORMED", |s| s.target_agent_id = wrong_type()),
        ("TARGET_AGENT_ID_MALFORMED", |s| s.target_agent_id = id("ana.garcia")),
        ("TARGET_AGENT_UNKNOWN", |s| s.target_agent_id = id("1")),
        ("TARGET_AGENT_INACTIVE", |s| s.target_agent_id = id("1235")),
        ("SCHEDULE_DATE_MISSING", |s| s.schedule_date = Given::Absent),
        ("SCHEDULE_DATE_MISSING", |s| s.schedule_date = text("")),
        ("SCHEDULE_DATE_SYNTAX", |s| s.schedule_date = text("tomorrow")),
        ("SCHEDULE_DATE_SYNTAX", |s| s.schedule_date = wrong_type()),
        ("SCHEDULE_DATE_MIXED_FORMAT", |s| s.schedule_date = text("20261123T15:00Z")),
        ("SCHEDULE_DATE_OUT_OF_RANGE", |s| s.schedule_date = text("2026-13-23T15:00Z")),
        ("SCHEDULE_DATE_TIME_MISSING", |s| s.schedule_date = text("2026-11-23")),
        ("SCHEDULE_DATE_OFFSET_MISSING", |s| s.schedule_date = text("2026-11-23T15:00")),
        ("SCHEDULE_DATE_NONEXISTENT_LOCAL_TIME", |s| {
            s.schedule_date = text("2027-03-28T02:30:00");
            s.time_zone = text("Europe/Madrid");
        }),
        ("SCHEDULE_DATE_TIME_ZONE_UNKNOWN", |s| {
            s.schedule_date = text("2026-11-23T15:00");
            s.time_zone = text("europe/madrid");
        }),
        ("SCHEDULE_DATE_IN_PAST", |s| s.schedule_date = text("2026-11-22T11:58:59Z")),
        ("SCHEDULE_DATE_TOO_FAR", |s| s.schedule_date = text("2027-11-23T12:00:01Z")),
        ("PHONE_NUMBER_MISSING", |s| s.phone_number = Given::Absent),
        ("PHONE_NUMBER_MISSING", |s| s.phone_number = text("")),
        ("PHONE_NUMBER_SYNTAX", |s| s.phone_number = text("tel:+14155552671")),
        ("PHONE_NUMBER_SYNTAX", |s| s.phone_number = wrong_type()),
        ("PHONE_NUMBER_COUNTRY_CODE", |s| s.phone_number = text("+2101234567")),
        ("PHONE_NUMBER_COUNTRY_CODE_MISSING", |s| s.phone_number = text("4155552671")),
        ("PHONE_NUMBER_TOO_SHORT", |s| s.phone_number = text("+1415555")),
        ("PHONE_NUMBER_TOO_LONG", |s| s.phone_number = text("+1415555267199")),
        ("PHONE_NUMBER_NOT_POSSIBLE", |s| s.phone_number = text("+15552671")),
        ("PHONE_NUMBER_PREMIUM_RATE", |s| s.phone_number = text("+19002345678")),
        ("FIELD_TOO_LONG", |s| s.caption = long_text(201)),
        ("FIELD_TOO_LONG", |s| s.first_name = long_text(101)),
        ("FIELD_TOO_LONG", |s| s.last_name = long_text(101)),
        ("FIELD_TOO_LONG", |s| s.notes = long_text(4_001)),
        ("FIELD_CONTROL_CHARACTER", |s| s.caption = text("a\tb")),
        ("FIELD_CONTROL_CHARACTER", |s| s.first_name = text("Ana\u{85}")),
        ("FIELD_CONTROL_CHARACTER", |s| s.last_name = text("\u{7f}")),
        ("FIELD_CONTROL_CHARACTER", |s| s.notes = text("a\u{b}b")),
        ("FIELD_CONTROL_CHARACTER", |s| s.script_type = text("Phone\n")),
        ("FIELD_CONTROL_CHARACTER", |s| s.time_zone = text("Europe/Madrid\n")),
        ("FIELD_CONTROL_CHARACTER", |s| s.requester.variables = variables(&[("a", "b\u{0}")])),
        ("FIELD_CONTROL_CHARACTER", |s| s.defined_branches = Given::Value(vec!["Success\n".into()])),
        ("FIELD_CONTROL_CHARACTER", |s| s.requester = by("su-\u{7}")),
        ("FIELD_TYPE", |s| s.caption = wrong_type()),
        ("FIELD_TYPE", |s| s.first_name = wrong_type()),
        ("FIELD_TYPE", |s| s.last_name = wrong_type()),
        ("FIELD_TYPE", |s| s.notes = wrong_type()),
        ("FIELD_TYPE", |s| s.script_type = wrong_type()),
        ("FIELD_TYPE", |s| s.time_zone = wrong_type()),
        ("FIELD_TYPE", |s| s.requester.variables = wrong_type()),
        ("FIELD_TYPE", |s| s.requester.variables = Given::Value(vec![("unused".into(), wrong_type())])),
        ("FIELD_TYPE", |s| s.defined_branches = wrong_type()),
        ("SCRIPT_TYPE_UNSUPPORTED", |s| s.script_type = text("phone")),
        ("SCRIPT_TYPE_UNSUPPORTED", |s| s.script_type = text("")),
    ];
    for (number, (code, change)) in cases.iter().enumerate() {
        assert_eq!(codes(&schedule_with(*change).verdict), [*code], "case {number}");
    }
}

#[test]
fn a_field_under_another_name_or_with_half_a_surrogate_pair_is_found() {
    let cases: &[(&str, Change)] = &[
        ("FIELD_NAME", |s| s.phone_number = Given::Wrong(Wrong::Name)),
        ("FIELD_NAME", |s| s.skill_id = Given::Wrong(Wrong::Name)),
        ("FIELD_NAME", |s| s.target_agent_id = Given::Wrong(Wrong::Name)),
        ("FIELD_NAME", |s| s.schedule_date = Given::Wrong(Wrong::Name)),
        ("FIELD_NAME", |s| s.requester.security_user = Given::Wrong(Wrong::Name)),
        ("FIELD_NAME", |s| s.time_zone = Given::Wrong(Wrong::Name)),
        ("FIELD_NAME", |s| s.requester.variables = Given::Wrong(Wrong::Name)),
        ("FIELD_NAME", |s| s.defined_branches = Given::Wrong(Wrong::Name)),
        ("FIELD_NOT_UNICODE", |s| s.notes = Given::Wrong(Wrong::NotUnicode)),
        ("FIELD_NOT_UNICODE", |s| s.defined_branches = Given::Wrong(Wrong::NotUnicode)),
        ("FIELD_NOT_UNICODE", |s| {
            s.requester.variables = Given::Value(vec![("unused".into(), Given::Wrong(Wrong::NotUnicode))]);
        }),
        ("SECURITY_USER_UNKNOWN", |s| s.requester.security_user = Given::Wrong(Wrong::NotUnicode)),
        ("SECURITY_USER_UNRESOLVED", |s| {
            s.requester = by("{user}");
            s.requester.variables = Given::Value(vec![("user".into(), Given::Wrong(Wrong::NotUnicode))]);
        }),
        ("SCHEDULE_DATE_SYNTAX", |s| s.schedule_date = Given::Wrong(Wrong::NotUnicode)),
        ("PHONE_NUMBER_SYNTAX", |s| s.phone_number = Given::Wrong(Wrong::NotUnicode)),
    ];
    for (code, change) in cases {
        assert_eq!(codes(&schedule_with(*change).verdict), [*code]);
    }
}

#[test]
fn what_stays_within_its_limits_is_accepted() {
    let cases: &[Change] = &[
        |_| {},
        |s| s.caption = long_text(200),
        |s| s.first_name = long_text(100),
        |s| s.notes = long_text(4_000),
        |s| s.notes = text("line one\r\n\tline two"),
        |s| s.script_type = text("SMS"),
        |s| s.skill_id = number("4711.0"),
        |s| s.target_agent_id = number("1.234e3"),
        |s| s.schedule_date = text("2026-11-22T11:59:00Z"),
        |s| s.schedule_date = text("2027-11-23T12:00:00Z"),
        |s| s.time_zone = text("not used beside an offset"),
        |s| s.requester.variables = variables(&[("unused", "")]),
        |s| s.defined_branches = Given::Value(vec!["Sideways".into()]),
    ];
    for (number, change) in cases.iter().enumerate() {
        assert!(matches!(schedule_with(*change).verdict, Verdict::Schedule(_)), "case {number}");
    }
}

#[test]
fn all_fields_are_judged_and_told_in_the_order_of_the_branches_one_violation_each() {
    let draft = schedule_with(|s| {
        s.script_type = text("phone");
        s.caption = wrong_type();
        s.last_name = text("\u{1}");
        s.first_name = text("\u{1}");
        s.notes = long_text(4_001);
        s.phone_number = wrong_type();
        s.schedule_date = text("2026-11-23");
        s.target_agent_id = id("x");
        s.skill_id = id("1");
    });
    let expected = [
        "SKILL_UNKNOWN",
        "TARGET_AGENT_ID_MALFORMED",
        "SCHEDULE_DATE_TIME_MISSING",
        "PHONE_NUMBER_SYNTAX",
        "FIELD_TOO_LONG",
        "FIELD_CONTROL_CHARACTER",
        "FIELD_CONTROL_CHARACTER",
        "FIELD_TYPE",
        "SCRIPT_TYPE_UNSUPPORTED",
    ];
    assert_eq!(codes(&draft.verdict), expected);
    assert_eq!(draft.verdict.caption(), None, "a caption that is itself wrong is not echoed");
}

#[test]
fn the_security_users_fault_hides_every_other_and_the_caption_is_still_echoed() {
    let draft = schedule_with(|s| {
        s.requester = by("nobody");
        s.caption = text("Callback");
        s.skill_id = Given::Absent;
        s.first_name = wrong_type();
    });
    assert_eq!(codes(&draft.verdict), ["SECURITY_USER_UNKNOWN"]);
    assert_eq!(draft.verdict.caption(), Some("Callback"));
}

#[test]
fn a_name_in_braces_is_taken_from_the_variables_once() {
    type Case = (&'static [&'static str], &'static str, &'static [(&'static str, &'static str)]);
    let cases: &[Case] = &[
        (&[], "{user}", &[("other", "x"), ("user", "su-1")]),
        (&[], "{}", &[("", "su-1")]),
        (&["SECURITY_USER_UNRESOLVED"], "{user}", &[("User", "su-1")]),
        (&["SECURITY_USER_UNRESOLVED"], "{ user }", &[("user", "su-1")]),
        (&["SECURITY_USER_UNRESOLVED"], "{}", &[]),
        (&["SECURITY_USER_MISSING"], "{user}", &[("user", "")]),
        (&["SECURITY_USER_UNKNOWN"], "{user}", &[("user", "{other}"), ("other", "su-1")]),
        (&["SECURITY_USER_UNKNOWN"], "x{user}", &[("user", "su-1")]),
        (&["SECURITY_USER_UNKNOWN"], "{", &[]),
    ];
    for &(expected, security_user, pairs) in cases {
        let requester = Requester { security_user: text(security_user), variables: variables(pairs) };
        let draft = drafted(Request::Schedule(Box::new(Schedule { requester, ..schedule() })));
        assert_eq!(codes(&draft.verdict), expected, "{security_user} {pairs:?}");
    }
}

#[test]
fn a_variable_that_is_no_text_is_a_fault_of_the_variables_unless_it_names_the_security_user() {
    let pair = |name: &'static str, value| (Text::Borrowed(name), value);
    let unused_is_wrong = vec![pair("unused", wrong_type()), pair("user", text("su-1"))];
    for (expected, variables) in [
        ("FIELD_TYPE", Given::Value(unused_is_wrong)),
        ("SECURITY_USER_UNRESOLVED", Given::Value(vec![pair("user", wrong_type())])),
        ("SECURITY_USER_UNRESOLVED", wrong_type()),
    ] {
        let requester = Requester { security_user: text("{user}"), variables };
        let draft = drafted(Request::Schedule(Box::new(Schedule { requester, ..schedule() })));
        assert_eq!(codes(&draft.verdict), [expected]);
    }
}

#[test]
fn a_tenant_is_judged_by_its_own_directory() {
    let mut command = command(Request::Schedule(Box::new(schedule())));
    command.key.tenant = Tenant::parse("elsewhere").unwrap();
    let draft = draft(command, &directory(), &rules());
    assert_eq!(codes(&draft.verdict), ["SECURITY_USER_UNKNOWN"]);
}

#[test]
fn the_agent_takes_precedence_and_one_without_the_skill_is_warned_of() {
    let draft = accepted(schedule_with(|s| s.target_agent_id = id("1234")));
    assert_eq!((draft.terms.target.agent, draft.warnings(now())), (Some(agent_id(AGENT)), vec![]));
    let draft = accepted(schedule_with(|s| s.target_agent_id = id("1236")));
    assert_eq!(draft.terms.target.agent, Some(agent_id(UNSKILLED_AGENT)));
    assert_eq!(draft.warnings(now()), [Warning::AgentWithoutSkill]);
}

#[test]
fn the_time_zone_is_the_commands_else_the_security_users_else_the_tenants() {
    let mut rules = rules();
    rules.elsewhere.time_zone = TimeZone::parse("Asia/Tokyo").ok();
    let instant_for = |security_user: &'static str, time_zone: Given<_>| {
        let schedule =
            Schedule { requester: by(security_user), schedule_date: text("2026-11-23T15:00"), time_zone, ..schedule() };
        let draft = draft(command(Request::Schedule(Box::new(schedule))), &directory(), &rules);
        accepted(draft).terms.scheduled_for.to_string()
    };
    assert_eq!(instant_for("su-madrid", text("America/Bogota")), "2026-11-23T20:00:00Z");
    assert_eq!(instant_for("su-madrid", Given::Absent), "2026-11-23T14:00:00Z");
    assert_eq!(instant_for("su-madrid", text("")), "2026-11-23T14:00:00Z");
    assert_eq!(instant_for("su-1", Given::Absent), "2026-11-23T06:00:00Z");
}

#[test]
fn a_zone_with_a_control_character_is_unknown_where_it_is_used_and_a_fault_of_its_own_field() {
    let draft = schedule_with(|s| {
        s.schedule_date = text("2026-11-23T15:00");
        s.time_zone = text("Europe/Madrid\n");
    });
    assert_eq!(codes(&draft.verdict), ["SCHEDULE_DATE_TIME_ZONE_UNKNOWN", "FIELD_CONTROL_CHARACTER"]);
}

#[test]
fn a_skill_has_a_horizon_of_its_own_unless_it_is_refused_itself() {
    let after_390_days: Change = |s| s.schedule_date = text("2027-12-17T12:00:00Z");
    assert_eq!(codes(&schedule_with(after_390_days).verdict), ["SCHEDULE_DATE_TOO_FAR"]);
    let schedule_for = |skill: &'static str| {
        let mut schedule = schedule();
        after_390_days(&mut schedule);
        schedule.skill_id = id(skill);
        drafted(Request::Schedule(Box::new(schedule)))
    };
    assert_eq!(codes(&schedule_for("4714").verdict), [""; 0]);
    assert_eq!(codes(&schedule_for("4715").verdict), ["SKILL_INACTIVE", "SCHEDULE_DATE_TOO_FAR"]);
}

#[test]
fn without_date_rules_neither_past_nor_horizon_is_looked_at() {
    let rules = Rules { date: None, ..rules() };
    for date in ["1999-01-01T00:00:00Z", "2999-01-01T00:00:00Z"] {
        let schedule = Schedule { schedule_date: text(date), ..schedule() };
        let draft = draft(command(Request::Schedule(Box::new(schedule))), &directory(), &rules);
        assert_eq!(codes(&draft.verdict), [""; 0], "{date}");
    }
}

#[test]
fn a_date_that_passes_between_issue_and_decision_is_accepted_late() {
    let draft = accepted(schedule_with(|s| s.schedule_date = text("2026-11-22T12:00:05Z")));
    assert_eq!(draft.warnings(at("2026-11-22T12:00:05Z")), []);
    assert_eq!(draft.warnings(at("2026-11-22T12:00:05.000001Z")), [Warning::Late]);
    let within_the_grace = accepted(schedule_with(|s| s.schedule_date = text("2026-11-22T11:59:30Z")));
    assert_eq!(within_the_grace.warnings(at("2026-11-22T13:00:00Z")), [], "it never was in the future");
}

#[test]
fn warnings_are_told_in_the_contracts_order() {
    let mut command = command(Request::Schedule(Box::new(Schedule {
        phone_number: text("+448675309"),
        target_agent_id: id("1236"),
        schedule_date: text("2026-11-01T01:30:00"),
        time_zone: text("America/New_York"),
        ..schedule()
    })));
    command.issued_at = at("2026-11-01T00:00:00Z");
    let draft = accepted(draft(command, &directory(), &rules()));
    let codes: Vec<_> = draft.warnings(now()).into_iter().map(Warning::code).collect();
    assert_eq!(codes, ["AGENT_WITHOUT_SKILL", "PHONE_NUMBER_NOT_ASSIGNED", "LOCAL_TIME_AMBIGUOUS", "LATE"]);
}

#[test]
fn a_number_without_plus_is_read_in_the_tenants_region() {
    let mut rules = rules();
    rules.elsewhere.default_region = Some(Region::parse("US").unwrap());
    let schedule = Schedule { phone_number: text("(415) 555-2671 x7"), ..schedule() };
    let draft = accepted(draft(command(Request::Schedule(Box::new(schedule))), &directory(), &rules));
    assert_eq!(draft.terms.phone_number.e164, "+14155552671");
    assert_eq!(draft.terms.phone_number.extension.as_deref(), Some("7"));
}

#[test]
fn the_callback_carries_what_the_command_said() {
    let mut command = command(Request::Schedule(Box::new(Schedule {
        caption: text("Callback"),
        first_name: text("Ana"),
        last_name: text("García"),
        notes: text("call\ntwice"),
        ..schedule()
    })));
    command.correlation_id = Some("corr".to_owned());
    let draft = accepted(draft(command, &directory(), &rules()));
    assert_eq!(draft.terms.scheduled_for, at("2026-11-23T15:00:00Z"));
    assert_eq!(draft.terms.notes.as_deref(), Some("call\ntwice"));
    let origin = draft.origin;
    let texts = [origin.caption, origin.first_name, origin.last_name, origin.correlation_id];
    assert_eq!(texts.map(Option::unwrap_or_default), ["Callback", "Ana", "García", "corr"]);
    assert_eq!((origin.command_source.as_str(), origin.command_id.as_str()), ("/script", "c-1"));
    assert_eq!(origin.requested_by, agent_id(AGENT));
}

#[test]
fn a_type_that_is_none_of_ours_is_told_alone() {
    let names = Given::Value(vec!["Success".into()]);
    let draft = drafted(Request::Unsupported { kind: Given::Absent, defined_branches: names });
    assert_eq!(codes(&draft.verdict), ["COMMAND_TYPE_UNSUPPORTED"]);
}

#[test]
fn defined_branches_change_the_branch_and_not_the_condition() {
    let draft = schedule_with(|s| {
        s.skill_id = Given::Absent;
        s.defined_branches = Given::Value(vec!["Success".into()]);
    });
    let Verdict::Refused { caption, violations } = &draft.verdict else { panic!("{draft:?}") };
    let reply = Reply::refused(caption.clone(), violations, draft.defined);
    assert_eq!((reply.condition, reply.branch), (Branch::InvalidSkillId, Branch::Default));

    let draft = schedule_with(|s| s.defined_branches = Given::Value(vec!["InvalidSkillId".into()]));
    let defined = draft.defined;
    let reply = accepted(draft).reply(None, now(), defined);
    assert_eq!((reply.condition, reply.branch), (Branch::Success, Branch::Default));
    assert!(reply.standing.is_some());
}

#[test]
fn branches_that_cannot_be_read_count_as_all_of_them() {
    let draft = schedule_with(|s| s.defined_branches = wrong_type());
    assert_eq!(draft.defined, DefinedBranches::default());
}

fn reference(callback_id: Given<IdValue<'static>>) -> CallbackReference<'static> {
    CallbackReference { callback_id, scheduled_by: Given::Absent }
}

#[test]
fn a_cancel_or_reschedule_is_refused_at_once_where_no_callback_can_be_meant() {
    let by_command = |source: &'static str| Given::Value([Some(source.into()), Some("c-1".into())]);
    let half_a_key = |callback_id| {
        let scheduled_by = Given::Value([Some("/script".into()), None]);
        CallbackReference { callback_id, scheduled_by }
    };
    let cases = [
        (CallbackReference::default(), "CALLBACK_NOT_FOUND"),
        (reference(id("")), "CALLBACK_NOT_FOUND"),
        (reference(id("abc")), "CALLBACK_NOT_FOUND"),
        (reference(id("7")), "CALLBACK_NOT_FOUND"),
        (reference(number("-1")), "CALLBACK_NOT_FOUND"),
        (reference(number("9223372036854775807")), "CALLBACK_NOT_FOUND"),
        (reference(wrong_type()), "FIELD_TYPE"),
        (reference(id("10\u{0}24")), "FIELD_CONTROL_CHARACTER"),
        (CallbackReference { callback_id: Given::Absent, scheduled_by: wrong_type() }, "FIELD_TYPE"),
        (CallbackReference { callback_id: wrong_type(), scheduled_by: by_command("\n") }, "FIELD_CONTROL_CHARACTER"),
        (CallbackReference { callback_id: id("x"), scheduled_by: by_command("/script") }, "CALLBACK_NOT_FOUND"),
        (half_a_key(Given::Absent), "CALLBACK_NOT_FOUND"),
        (half_a_key(id("1024")), "CALLBACK_NOT_FOUND"),
    ];
    for (callback, code) in cases {
        let cancel =
            Cancel { requester: by("su-1"), callback: callback.clone(), reason: wrong_type(), ..Cancel::default() };
        assert_eq!(codes(&drafted(Request::Cancel(Box::new(cancel))).verdict), [code], "{callback:?}");
        let reschedule = Reschedule { requester: by("su-1"), callback: callback.clone(), ..Reschedule::default() };
        assert_eq!(codes(&drafted(Request::Reschedule(Box::new(reschedule))).verdict), [code], "{callback:?}");
    }
}

#[test]
fn who_may_not_manage_learns_nothing_of_callbacks() {
    let cancel = Cancel { requester: by("su-creator"), ..Cancel::default() };
    assert_eq!(codes(&drafted(Request::Cancel(Box::new(cancel))).verdict), ["SECURITY_USER_FORBIDDEN"]);
    let reschedule = Reschedule { requester: by("su-creator"), ..Reschedule::default() };
    assert_eq!(codes(&drafted(Request::Reschedule(Box::new(reschedule))).verdict), ["SECURITY_USER_FORBIDDEN"]);
}

#[test]
fn attributes_under_other_names_are_told_with_the_fields_and_a_tenants_alone() {
    let refused = |misnamed: &[Field], request: Request<'static>| {
        let command = Command { misnamed: misnamed.to_vec(), ..command(request) };
        let draft = draft(command, &directory(), &rules());
        let Verdict::Refused { caption, violations } = draft.verdict else { panic!("{draft:?}") };
        (caption, Reply::refused(None, &violations, draft.defined).violations)
    };
    let told = |misnamed: &[Field], request| {
        let (_, violations) = refused(misnamed, request);
        violations
            .into_iter()
            .map(|violation| (violation.code, violation.field.unwrap_or_default()))
            .collect::<Vec<_>>()
    };
    let schedule = || Request::Schedule(Box::new(Schedule { notes: wrong_type(), caption: text("c"), ..schedule() }));
    let (issued_at, kind) = (Field("issuedAt"), Field::TYPE);
    assert_eq!(told(&[issued_at], schedule()), [("FIELD_TYPE", "notes"), ("FIELD_NAME", "issuedAt")]);
    assert_eq!(told(&[issued_at, Field::TENANT_ID], schedule()), [("FIELD_NAME", "tenantId")]);
    assert_eq!(refused(&[Field::TENANT_ID], schedule()).0.as_deref(), Some("c"));
    let unsupported = || Request::Unsupported { kind: Given::Absent, defined_branches: Given::Absent };
    assert_eq!(told(&[], unsupported()), [("COMMAND_TYPE_UNSUPPORTED", "type")]);
    assert_eq!(told(&[kind], unsupported()), [("FIELD_NAME", "type")]);
    assert_eq!(told(&[issued_at], unsupported()), [("FIELD_NAME", "issuedAt"), ("COMMAND_TYPE_UNSUPPORTED", "type")]);
}

#[test]
fn an_assumed_time_zone_is_a_warning_and_the_commands_own_is_none() {
    let warnings = |user, zone| {
        let mut schedule = schedule();
        (schedule.requester, schedule.schedule_date, schedule.time_zone) =
            (by(user), text("2026-11-23T15:00:00"), zone);
        accepted(drafted(Request::Schedule(Box::new(schedule)))).warnings(now())
    };
    assert_eq!(warnings("su-madrid", Given::Absent), [Warning::TimeZoneAssumed]);
    assert_eq!(warnings("su-madrid", text("Europe/Madrid")), []);
    assert_eq!(warnings("su-1", text("Europe/Madrid")), []);
    let with_an_offset = schedule_with(|s| s.requester = by("su-madrid"));
    assert_eq!(accepted(with_an_offset).warnings(now()), []);
}

#[test]
fn the_messages_of_a_security_user_name_what_is_overlooked_and_never_the_name() {
    for (user, said) in [
        ("su-1\u{200b}", "a zero width space (U+200B) at position 5"),
        ("su-1 ", "a space at position 5"),
        (" su-1", "a space at position 1"),
        ("su-2", "no such security user; expected"),
    ] {
        let draft = drafted(Request::Schedule(Box::new(Schedule { requester: by(user), ..schedule() })));
        let Verdict::Refused { violations, .. } = draft.verdict else { panic!("{user}") };
        let reply = Reply::refused(None, &violations, DefinedBranches::default());
        let message = &reply.violations[0].message;
        assert!(message.contains(said) && !message.contains(user.trim()), "{message}");
    }
    let found = JsonType::Array;
    let requester = Requester { security_user: Given::Wrong(Wrong::Type(found)), variables: Given::Absent };
    let draft = drafted(Request::Schedule(Box::new(Schedule { requester, ..schedule() })));
    assert_eq!(codes(&draft.verdict), ["SECURITY_USER_UNKNOWN"]);
}

/// A schedule command in a directory where its skill is tracked by these rules.
fn scheduled_with(rules_of_skill: LifecycleRules, not_after: &'static str) -> Draft {
    let mut directory = directory();
    let lifecycle = Some(rules_of_skill.shared());
    directory.put(DirectoryRecord::Skill(SkillRecord { lifecycle, ..skill(SKILL) }));
    let not_after = if not_after.is_empty() { Given::Absent } else { text(not_after) };
    let schedule = Schedule { not_after, ..schedule() };
    draft(command(Request::Schedule(Box::new(schedule))), &directory, &rules())
}

#[test]
fn a_callback_is_tracked_where_its_skill_is_and_expires_as_the_command_or_the_skill_says() {
    let expiring = LifecycleRules { expire_after: Some(3_600_000_000), ..LifecycleRules::default() };
    let life = |draft| accepted(draft).life;
    assert_eq!(life(schedule_with(|_| {})), Life::default());
    let tracked = Life { tries: Some(0), ..Life::default() };
    assert_eq!(life(scheduled_with(LifecycleRules::default(), "")), tracked);
    let derived = NotAfter { at: at("2026-11-23T16:00:00Z"), is_derived: true };
    assert_eq!(life(scheduled_with(expiring.clone(), "")), Life { not_after: Some(derived), ..tracked });
    let own = NotAfter { at: at("2026-11-24T00:00:00Z"), is_derived: false };
    assert_eq!(life(scheduled_with(expiring, "2026-11-24T00:00:00Z")), Life { not_after: Some(own), ..tracked });
    let untracked = schedule_with(|s| s.not_after = text("2026-11-24T00:00:00Z"));
    assert_eq!(life(untracked), Life { not_after: Some(own), ..Life::default() });
}

#[test]
fn a_not_after_has_the_forms_and_the_zone_of_a_date_and_lies_behind_it() {
    let zoned = schedule_with(|s| {
        s.time_zone = text("Europe/Madrid");
        s.not_after = text("20261123T180000");
    });
    let not_after = accepted(zoned).life.not_after.map(|not_after| not_after.at);
    assert_eq!(not_after, Some(at("2026-11-23T17:00:00Z")));
    let cases: &[(&[&str], Change)] = &[
        (&["NOT_AFTER_TOO_EARLY"], |s| s.not_after = text("2026-11-23T15:00:00Z")),
        (&["NOT_AFTER_TOO_EARLY"], |s| s.not_after = text("2026-11-23T14:59:59.999999Z")),
        (&[], |s| s.not_after = text("2026-11-23T15:00:00.000001Z")),
        (&["NOT_AFTER_INVALID"], |s| s.not_after = text("2026-11-24T00:00:00")),
        (&["NOT_AFTER_INVALID"], |s| s.not_after = text("later")),
        (&["NOT_AFTER_INVALID"], |s| s.not_after = wrong_type()),
        (&["FIELD_NAME"], |s| s.not_after = Given::Wrong(Wrong::Name)),
        (&["SCHEDULE_DATE_MISSING"], |s| {
            s.schedule_date = Given::Absent;
            s.not_after = text("2020-01-01T00:00:00Z");
        }),
        (&["SCHEDULE_DATE_MISSING", "NOT_AFTER_INVALID"], |s| {
            s.schedule_date = Given::Absent;
            s.not_after = text("x");
        }),
    ];
    for (expected, change) in cases {
        assert_eq!(codes(&schedule_with(*change).verdict), *expected);
    }
}
