use super::*;
use crate::domain::answer::{Branch, DefinedBranches, Warning};
use crate::domain::command::draft::{Draft, Verdict};
use crate::domain::command::{CallbackReference, Cancel, Request, Requester, Reschedule};
use crate::domain::commitment::{PhoneNumber, Target, Terms};
use crate::domain::directory::DirectoryKey;
use crate::domain::fixtures::*;
use crate::domain::given::{Given, Text};
use crate::domain::ids::CallbackId;

fn by_id() -> CallbackReference<'static> {
    CallbackReference { callback_id: id(CALLBACK), scheduled_by: Given::Absent }
}

fn scheduled_by(source: &'static str, command_id: &'static str) -> Given<[Option<Text<'static>>; 2]> {
    Given::Value([Some(source.into()), Some(command_id.into())])
}

fn cancel() -> Cancel<'static> {
    Cancel { requester: by("su-manager"), callback: by_id(), ..Cancel::default() }
}

fn reschedule() -> Reschedule<'static> {
    Reschedule {
        requester: by("su-manager"),
        callback: by_id(),
        schedule_date: text("2026-12-24T18:00:00Z"),
        ..Reschedule::default()
    }
}

fn amend(draft: Draft) -> AmendDraft {
    match draft.verdict {
        Verdict::Amend(draft) => *draft,
        other => panic!("not an amendment: {other:?}"),
    }
}

fn settle_cancel(cancel: Cancel<'_>, found: Lookup<'_>) -> Settled {
    amend(drafted(Request::Cancel(Box::new(cancel)))).settle(found, &directory(), &rules(), now())
}

fn settle_reschedule(reschedule: Reschedule<'_>, found: Lookup<'_>) -> Settled {
    amend(drafted(Request::Reschedule(Box::new(reschedule)))).settle(found, &directory(), &rules(), now())
}

fn refusals(settled: &Settled) -> Vec<&'static str> {
    match settled {
        Settled::Refused(violations) => codes_of(violations),
        Settled::Cancelled(_) | Settled::Rescheduled { .. } => Vec::new(),
    }
}

fn rescheduled(settled: Settled) -> (Commitment, Vec<Warning>) {
    match settled {
        Settled::Rescheduled { callback, warnings } => (*callback, warnings),
        other => panic!("not rescheduled: {other:?}"),
    }
}

#[test]
fn a_cancel_marks_the_callback_and_leaves_the_rest() {
    let before = standing();
    let settled = settle_cancel(cancel(), Lookup::Ahead(&before));
    let after = Commitment { cancelled_at: Some(now()), ..before };
    assert_eq!(settled, Settled::Cancelled(Box::new(after)));

    let reply = settled.reply(DefinedBranches::default());
    assert_eq!((reply.condition, reply.caption.as_deref()), (Branch::Success, Some("Callback")));
    let standing = reply.standing.unwrap();
    assert_eq!((standing.callback_id.map(CallbackId::get), standing.revision), (Some(5120), 1));
}

#[test]
fn the_callbacks_own_fault_is_told_alone() {
    let callback = standing();
    let cancelled = Commitment { cancelled_at: Some(now()), ..standing() };
    let mut elsewhere = standing();
    elsewhere.origin.tenant = Tenant::parse("elsewhere").unwrap();
    let cancelled_elsewhere = Commitment { cancelled_at: Some(now()), ..elsewhere.clone() };
    let another = Commitment { callback_id: CallbackId::new(6144).unwrap(), ..standing() };
    let cases = [
        (Lookup::NotFound, "CALLBACK_NOT_FOUND"),
        (Lookup::Ahead(&elsewhere), "CALLBACK_NOT_FOUND"),
        (Lookup::Due(&elsewhere), "CALLBACK_NOT_FOUND"),
        (Lookup::Ahead(&cancelled_elsewhere), "CALLBACK_NOT_FOUND"),
        (Lookup::Ahead(&another), "CALLBACK_NOT_FOUND"),
        (Lookup::Ahead(&cancelled), "CALLBACK_CANCELLED"),
        (Lookup::Due(&cancelled), "CALLBACK_CANCELLED"),
        (Lookup::Due(&callback), "CALLBACK_ALREADY_DUE"),
    ];
    for (found, code) in cases {
        let cancel = Cancel { reason: wrong_type(), ..cancel() };
        assert_eq!(refusals(&settle_cancel(cancel, found)), [code], "{found:?}");
        let reschedule = Reschedule { schedule_date: Given::Absent, skill_id: id("x"), ..reschedule() };
        assert_eq!(refusals(&settle_reschedule(reschedule, found)), [code], "{found:?}");
    }
}

#[test]
fn a_callback_is_named_by_its_id_or_by_its_command_and_both_must_agree() {
    let callback = standing();
    let cases = [
        (by_id().callback_id, Given::Absent, true),
        (Given::Absent, scheduled_by("/script", "c-0"), true),
        (by_id().callback_id, scheduled_by("/script", "c-0"), true),
        (by_id().callback_id, scheduled_by("/script", "c-1"), false),
        (by_id().callback_id, scheduled_by("/other", "c-0"), false),
        (id("6144"), scheduled_by("/script", "c-0"), false),
    ];
    for (callback_id, scheduled_by, agree) in cases {
        let cancel = Cancel { callback: CallbackReference { callback_id, scheduled_by }, ..cancel() };
        let case = format!("{:?}", cancel.callback);
        let settled = settle_cancel(cancel, Lookup::Ahead(&callback));
        let expected: &[&str] = if agree { &[] } else { &["CALLBACK_NOT_FOUND"] };
        assert_eq!(refusals(&settled), expected, "{case}");
    }
}

#[test]
fn the_fields_of_a_cancel_are_judged_once_the_callback_is_found() {
    let callback = standing();
    let long = "x".repeat(201);
    let cases = [
        (Cancel { reason: text(&long), ..cancel() }, "FIELD_TOO_LONG"),
        (Cancel { reason: text("a\nb"), ..cancel() }, "FIELD_CONTROL_CHARACTER"),
        (Cancel { reason: wrong_type(), ..cancel() }, "FIELD_TYPE"),
        (Cancel { defined_branches: wrong_type(), ..cancel() }, "FIELD_TYPE"),
        (Cancel { requester: Requester { variables: wrong_type(), ..by("su-manager") }, ..cancel() }, "FIELD_TYPE"),
    ];
    for (cancel, code) in cases {
        assert_eq!(refusals(&settle_cancel(cancel, Lookup::Ahead(&callback))), [code]);
    }
}

#[test]
fn a_reschedule_keeps_what_it_does_not_name() {
    let before = standing();
    let (after, warnings) = rescheduled(settle_reschedule(reschedule(), Lookup::Ahead(&before)));
    let scheduled_for = at("2026-12-24T18:00:00Z");
    let expected = Commitment {
        revision: 2,
        attempt: 1,
        fire_at: scheduled_for,
        revised_by: "c-1".to_owned(),
        terms: Terms { scheduled_for, ..before.terms.clone() },
        ..before
    };
    assert_eq!((after, warnings), (expected, vec![]));
}

#[test]
fn a_reschedule_changes_what_it_names() {
    let before = standing();
    let reschedule = Reschedule {
        notes: text("after"),
        phone_number: text("+448675309"),
        skill_id: id("4714"),
        target_agent_id: id(""),
        ..reschedule()
    };
    let (after, warnings) = rescheduled(settle_reschedule(reschedule, Lookup::Ahead(&before)));
    assert_eq!(after.terms.target, Target { skill: skill_id(FAR_SKILL), agent: None });
    assert_eq!(after.terms.phone_number, PhoneNumber { e164: "+448675309".to_owned(), extension: None });
    assert_eq!(after.terms.notes.as_deref(), Some("after"));
    assert_eq!(after.origin, before.origin);
    assert_eq!(warnings, [Warning::PhoneNumberNotAssigned]);
}

#[test]
fn every_fault_of_a_reschedule_is_told_in_order() {
    let before = standing();
    let reschedule = Reschedule {
        schedule_date: Given::Absent,
        time_zone: wrong_type(),
        notes: text("\u{0}"),
        phone_number: text(""),
        skill_id: id("4712"),
        target_agent_id: wrong_type(),
        reason: wrong_type(),
        ..reschedule()
    };
    let expected = [
        "SKILL_INACTIVE",
        "TARGET_AGENT_ID_MALFORMED",
        "SCHEDULE_DATE_MISSING",
        "PHONE_NUMBER_MISSING",
        "FIELD_CONTROL_CHARACTER",
        "FIELD_TYPE",
        "FIELD_TYPE",
    ];
    assert_eq!(refusals(&settle_reschedule(reschedule, Lookup::Ahead(&before))), expected);
}

#[test]
fn the_skill_and_agent_that_stay_must_still_pass() {
    let before = standing();
    let mut directory = directory();
    directory.remove(&DirectoryKey::Skill(Tenant::default(), skill_id(SKILL)));
    directory.put(agent(AGENT, false, &[]));
    let draft = amend(drafted(Request::Reschedule(Box::new(reschedule()))));
    let settled = draft.settle(Lookup::Ahead(&before), &directory, &rules(), now());
    assert_eq!(refusals(&settled), ["SKILL_UNKNOWN", "TARGET_AGENT_INACTIVE"]);
}

#[test]
fn the_horizon_is_that_of_the_skill_that_will_stand() {
    let in_390_days = || Reschedule { schedule_date: text("2027-12-17T12:00:00Z"), ..reschedule() };
    let before = standing();
    assert_eq!(refusals(&settle_reschedule(in_390_days(), Lookup::Ahead(&before))), ["SCHEDULE_DATE_TOO_FAR"]);
    let mut before = standing();
    before.terms.target.skill = skill_id(FAR_SKILL);
    let (_, warnings) = rescheduled(settle_reschedule(in_390_days(), Lookup::Ahead(&before)));
    assert_eq!(warnings, [Warning::AgentWithoutSkill]);
}

#[test]
fn a_reschedule_to_a_time_that_has_passed_when_it_is_decided_is_late() {
    let before = standing();
    let reschedule = Reschedule { schedule_date: text("2026-11-22T12:00:01Z"), ..reschedule() };
    let draft = amend(drafted(Request::Reschedule(Box::new(reschedule))));
    let decided_at = at("2026-11-22T12:00:02Z");
    let (_, warnings) = rescheduled(draft.settle(Lookup::Ahead(&before), &directory(), &rules(), decided_at));
    assert_eq!(warnings, [Warning::Late]);
}
