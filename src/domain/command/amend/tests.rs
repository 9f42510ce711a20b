use super::*;
use crate::domain::answer::{Branch, DefinedBranches, Warning};
use crate::domain::command::draft::{Draft, Verdict};
use crate::domain::command::{CallbackReference, Cancel, Request, Requester, Reschedule};
use crate::domain::commitment::{PhoneNumber, Target, Terms};
use crate::domain::directory::{DirectoryKey, DirectoryRecord, LifecycleRules, SkillRecord};
use crate::domain::fixtures::*;
use crate::domain::given::{Given, Text};
use crate::domain::ids::CallbackId;
use crate::domain::life::{End, Life, NotAfter, Phase, Reason, Status};

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

fn amend_by_cancel(cancel: Cancel<'_>, found: Lookup<'_>) -> Amended {
    amend(drafted(Request::Cancel(Box::new(cancel)))).apply(found, &directory(), &rules(), now())
}

fn amend_by_reschedule(reschedule: Reschedule<'_>, found: Lookup<'_>) -> Amended {
    amend(drafted(Request::Reschedule(Box::new(reschedule)))).apply(found, &directory(), &rules(), now())
}

fn refusals(amended: &Amended) -> Vec<&'static str> {
    match amended {
        Amended::Refused(violations) => codes_of(violations),
        Amended::Cancelled(_) | Amended::Rescheduled { .. } | Amended::Reported { .. } => Vec::new(),
    }
}

fn rescheduled(amended: Amended) -> (Commitment, Vec<Warning>) {
    match amended {
        Amended::Rescheduled { callback, warnings } => (*callback, warnings),
        other => panic!("not rescheduled: {other:?}"),
    }
}

#[test]
fn a_cancel_marks_the_callback_and_leaves_the_rest() {
    let before = standing();
    let amended = amend_by_cancel(cancel(), Lookup::Ahead(&before));
    let after = Commitment { cancelled_at: Some(now()), ..before };
    assert_eq!(amended, Amended::Cancelled(Box::new(after)));

    let reply = amended.reply(DefinedBranches::default());
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
        assert_eq!(refusals(&amend_by_cancel(cancel, found)), [code], "{found:?}");
        let reschedule = Reschedule { schedule_date: Given::Absent, skill_id: id("x"), ..reschedule() };
        assert_eq!(refusals(&amend_by_reschedule(reschedule, found)), [code], "{found:?}");
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
        let amended = amend_by_cancel(cancel, Lookup::Ahead(&callback));
        let expected: &[&str] = if agree { &[] } else { &["CALLBACK_NOT_FOUND"] };
        assert_eq!(refusals(&amended), expected, "{case}");
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
        assert_eq!(refusals(&amend_by_cancel(cancel, Lookup::Ahead(&callback))), [code]);
    }
}

#[test]
fn a_reschedule_keeps_what_it_does_not_name() {
    let before = standing();
    let (after, warnings) = rescheduled(amend_by_reschedule(reschedule(), Lookup::Ahead(&before)));
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
    let (after, warnings) = rescheduled(amend_by_reschedule(reschedule, Lookup::Ahead(&before)));
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
    assert_eq!(refusals(&amend_by_reschedule(reschedule, Lookup::Ahead(&before))), expected);
}

#[test]
fn the_skill_and_agent_that_stay_must_still_pass() {
    let before = standing();
    let mut directory = directory();
    directory.remove(&DirectoryKey::Skill(Tenant::default(), skill_id(SKILL)));
    directory.put(agent(AGENT, false, &[]));
    let draft = amend(drafted(Request::Reschedule(Box::new(reschedule()))));
    let amended = draft.apply(Lookup::Ahead(&before), &directory, &rules(), now());
    assert_eq!(refusals(&amended), ["SKILL_UNKNOWN", "TARGET_AGENT_INACTIVE"]);
}

#[test]
fn the_horizon_is_that_of_the_skill_that_will_stand() {
    let in_390_days = || Reschedule { schedule_date: text("2027-12-17T12:00:00Z"), ..reschedule() };
    let before = standing();
    assert_eq!(refusals(&amend_by_reschedule(in_390_days(), Lookup::Ahead(&before))), ["SCHEDULE_DATE_TOO_FAR"]);
    let mut before = standing();
    before.terms.target.skill = skill_id(FAR_SKILL);
    let (_, warnings) = rescheduled(amend_by_reschedule(in_390_days(), Lookup::Ahead(&before)));
    assert_eq!(warnings, [Warning::AgentWithoutSkill]);
}

#[test]
fn a_reschedule_to_a_time_that_has_passed_when_it_is_decided_is_late() {
    let before = standing();
    let reschedule = Reschedule { schedule_date: text("2026-11-22T12:00:01Z"), ..reschedule() };
    let draft = amend(drafted(Request::Reschedule(Box::new(reschedule))));
    let decided_at = at("2026-11-22T12:00:02Z");
    let (_, warnings) = rescheduled(draft.apply(Lookup::Ahead(&before), &directory(), &rules(), decided_at));
    assert_eq!(warnings, [Warning::Late]);
}

#[test]
fn one_that_is_due_or_taken_on_is_already_due_and_one_that_has_ended_has_ended() {
    let of = |tries, phase| Commitment { life: Life { tries, phase, ..Life::default() }, ..standing() };
    let end = |status| End { status, reason: Reason::NotAfter, at: now() };
    let waiting = of(Some(1), Phase::PresentAgain);
    let handled = of(Some(1), Phase::Handling);
    let held = of(Some(1), Phase::Held);
    // One that is not tracked can only expire.
    let expired = of(None, Phase::Ending(end(Status::Expired)));
    let completed = of(Some(0), Phase::Ended(end(Status::Completed)));
    let cases = [
        (Lookup::Ahead(&waiting), None),
        (Lookup::Due(&waiting), Some("CALLBACK_ALREADY_DUE")),
        (Lookup::Begun(&waiting), Some("CALLBACK_ALREADY_DUE")),
        (Lookup::Ahead(&handled), Some("CALLBACK_ALREADY_DUE")),
        (Lookup::Due(&handled), Some("CALLBACK_ENDED")),
        (Lookup::Begun(&handled), Some("CALLBACK_ALREADY_DUE")),
        (Lookup::Ahead(&held), Some("CALLBACK_ALREADY_DUE")),
        (Lookup::Due(&held), Some("CALLBACK_ALREADY_DUE")),
        (Lookup::Ahead(&expired), Some("CALLBACK_ENDED")),
        (Lookup::Due(&expired), Some("CALLBACK_ENDED")),
        (Lookup::Ahead(&completed), Some("CALLBACK_ENDED")),
        (Lookup::Due(&completed), Some("CALLBACK_ENDED")),
    ];
    for (found, code) in cases {
        let expected: Vec<_> = code.into_iter().collect();
        assert_eq!(refusals(&amend_by_cancel(cancel(), found)), expected, "{found:?}");
        assert_eq!(refusals(&amend_by_reschedule(reschedule(), found)), expected, "{found:?}");
    }
}

/// What a reschedule makes of a callback's life, in a directory where both skills are tracked, one with `expireAfter`.
fn next_life(before: &Commitment, reschedule: Reschedule<'_>) -> Result<Life, Vec<&'static str>> {
    let mut directory = directory();
    let expiring = LifecycleRules { expire_after: Some(3_600_000_000), ..LifecycleRules::default() };
    for (number, lifecycle) in [(SKILL, expiring), (FAR_SKILL, LifecycleRules::default())] {
        directory.put(DirectoryRecord::Skill(SkillRecord { lifecycle: Some(lifecycle.shared()), ..skill(number) }));
    }
    let draft = amend(drafted(Request::Reschedule(Box::new(reschedule))));
    match draft.apply(Lookup::Ahead(before), &directory, &rules(), now()) {
        Amended::Rescheduled { callback, .. } => Ok(callback.life),
        other => Err(refusals(&other)),
    }
}

fn until(instant: &str, is_derived: bool) -> NotAfter {
    NotAfter { at: at(instant), is_derived }
}

#[test]
fn a_reschedule_keeps_a_not_after_of_its_own_and_works_one_out_anew_that_followed_from_the_date() {
    let with = |not_after| Commitment { life: Life { tries: Some(2), not_after, ..Life::default() }, ..standing() };
    let own = Some(until("2026-12-31T00:00:00Z", false));
    assert_eq!(next_life(&with(own), reschedule()).unwrap().not_after, own);
    let derived = Some(until("2026-11-29T13:00:00Z", true));
    let life = next_life(&with(derived), reschedule()).unwrap();
    assert_eq!((life.tries, life.not_after), (Some(2), Some(until("2026-12-24T19:00:00Z", true))));
    let given = Reschedule { not_after: text("2027-01-01T00:00:00Z"), ..reschedule() };
    for before in [own, derived, None] {
        let life = next_life(&with(before), given.clone()).unwrap();
        assert_eq!(life.not_after, Some(until("2027-01-01T00:00:00Z", false)));
    }
    // One that is not tracked has one of its own, or none.
    assert_eq!(next_life(&standing(), reschedule()).unwrap(), Life::default());
}

#[test]
fn a_not_after_that_is_not_behind_the_new_date_is_refused_whether_given_or_kept() {
    let kept = Commitment {
        life: Life { not_after: Some(until("2026-12-24T18:00:00Z", false)), ..Life::default() },
        ..standing()
    };
    assert_eq!(next_life(&kept, reschedule()), Err(vec!["NOT_AFTER_TOO_EARLY"]));
    let given = Reschedule { not_after: text("2026-12-24T18:00:00Z"), ..reschedule() };
    assert_eq!(next_life(&standing(), given), Err(vec!["NOT_AFTER_TOO_EARLY"]));
    let unreadable = Reschedule { not_after: text("soon"), ..reschedule() };
    assert_eq!(next_life(&kept, unreadable), Err(vec!["NOT_AFTER_INVALID"]));
    // Where the date is wrong too, it cannot be held against it.
    let no_date = Reschedule { schedule_date: Given::Absent, not_after: text("2020-01-01T00:00:00Z"), ..reschedule() };
    assert_eq!(next_life(&standing(), no_date), Err(vec!["SCHEDULE_DATE_MISSING"]));
}

#[test]
fn whether_it_is_tracked_is_decided_anew_where_the_skill_changes_and_nowhere_else() {
    let tracked = Commitment { life: Life { tries: Some(2), ..Life::default() }, ..standing() };
    let same = Reschedule { skill_id: id("4711"), ..reschedule() };
    assert_eq!(next_life(&standing(), same.clone()).unwrap().tries, None);
    assert_eq!(next_life(&tracked, same).unwrap().tries, Some(2));
    let other = Reschedule { skill_id: id("4714"), ..reschedule() };
    assert_eq!(next_life(&standing(), other.clone()).unwrap().tries, Some(0));
    assert_eq!(next_life(&tracked, other.clone()).unwrap().tries, Some(2));
    // In a directory where no skill is tracked it is tracked no more.
    let (after, _) = rescheduled(amend_by_reschedule(other, Lookup::Ahead(&tracked)));
    assert_eq!(after.life, Life::default());
    let (after, _) = rescheduled(amend_by_reschedule(reschedule(), Lookup::Ahead(&tracked)));
    assert_eq!(after.life.tries, Some(2));
}

#[test]
fn one_that_was_released_stays_so_until_a_command_names_an_agent() {
    let released = crate::domain::lifecycle::released(Commitment {
        life: Life { tries: Some(1), phase: Phase::PresentAgain, ..Life::default() },
        ..standing()
    });
    let (after, _) = rescheduled(amend_by_reschedule(reschedule(), Lookup::Ahead(&released)));
    assert_eq!((after.terms.target.agent, after.life.released_from), (None, Some(agent_id(AGENT))));
    assert_eq!(after.life.phase, Phase::Present);
    for (agent, named) in [("", None), ("1236", Some(agent_id(UNSKILLED_AGENT)))] {
        let reschedule = Reschedule { target_agent_id: id(agent), ..reschedule() };
        let (after, _) = rescheduled(amend_by_reschedule(reschedule, Lookup::Ahead(&released)));
        assert_eq!((after.terms.target.agent, after.life.released_from), (named, None), "{agent:?}");
    }
}
