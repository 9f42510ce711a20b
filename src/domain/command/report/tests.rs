use super::*;
use crate::domain::answer::{Branch, DefinedBranches, Progress, Warning};
use crate::domain::command::amended::Lookup::{Ahead, Begun, Due};
use crate::domain::command::draft::Verdict;
use crate::domain::command::{CallbackReference, Request, Requester, Reschedule};
use crate::domain::directory::{Directory, DirectoryRecord, SkillRecord, Waits};
use crate::domain::fixtures::*;
use crate::domain::given::Given;
use crate::domain::ids::Tenant;
use crate::domain::life::{Life, NotAfter};

/// A report of the second attempt.
fn report(outcome: &'static str) -> Report<'static> {
    let callback = CallbackReference { callback_id: id(CALLBACK), scheduled_by: Given::Absent };
    let terms = Reschedule { requester: by("su-1"), callback, ..Reschedule::default() };
    Report { attempt: Given::Value(2), outcome: text(outcome), terms, ..Report::default() }
}

/// A report that moves the callback.
fn moving() -> Report<'static> {
    let report = report("rescheduled");
    let terms = Reschedule { schedule_date: text("2026-12-24T18:00:00Z"), ..report.terms };
    Report { terms, ..report }
}

/// A callback of a tracked skill that has been presented twice, once tried, and is for the agent.
fn twice() -> Commitment {
    Commitment { attempt: 2, life: Life { tries: Some(1), ..Life::default() }, ..standing() }
}

fn phased(phase: Phase) -> Commitment {
    Commitment { life: Life { phase, ..twice().life }, ..twice() }
}

fn ended_as(status: Status, reason: Reason) -> Commitment {
    phased(Phase::Ending(End { status, reason, at: now() }))
}

fn tracking(rules: LifecycleRules) -> Directory {
    let mut directory = directory();
    directory.put(DirectoryRecord::Skill(SkillRecord { lifecycle: Some(rules.shared()), ..skill(SKILL) }));
    directory
}

fn settle_with(rules: LifecycleRules, report: Report<'_>, found: Lookup<'_>) -> Amended {
    match drafted(Request::Report(Box::new(report))).verdict {
        Verdict::Amend(draft) => draft.apply(found, &tracking(rules), &crate::domain::fixtures::rules(), now()),
        Verdict::Refused { violations, .. } => Amended::Refused(violations),
        Verdict::Schedule(_) => panic!("a report"),
    }
}

fn amend_by_report(report: Report<'_>, found: Lookup<'_>) -> Amended {
    settle_with(LifecycleRules::default(), report, found)
}

fn codes(amended: &Amended) -> Vec<&'static str> {
    match amended {
        Amended::Refused(violations) => codes_of(violations),
        _ => Vec::new(),
    }
}

fn reported(amended: Amended) -> (Commitment, bool) {
    match amended {
        Amended::Reported { callback, moves, .. } => (*callback, moves),
        other => panic!("not reported: {other:?}"),
    }
}

/// What a report of the attempt that is due makes of it, in a skill with these rules.
fn after_with(rules: LifecycleRules, outcome: &'static str, callback: &Commitment) -> (Commitment, bool) {
    reported(settle_with(rules, report(outcome), Due(callback)))
}

fn after(outcome: &'static str, callback: &Commitment) -> (Commitment, bool) {
    after_with(LifecycleRules::default(), outcome, callback)
}

fn end(status: Status, reason: Reason) -> Phase {
    Phase::Ended(End { status, reason, at: now() })
}

/// So many minutes from the decision on.
fn in_minutes(minutes: i64) -> Timestamp {
    now().plus_micros(minutes * 60_000_000)
}

#[test]
fn the_faults_of_the_callback_and_of_the_attempt_are_told_alone_and_in_this_order() {
    let callback = twice();
    let untracked = standing();
    let untracked_and_cancelled = Commitment { cancelled_at: Some(now()), ..standing() };
    let completed = ended_as(Status::Completed, Reason::Connected);
    let completed_and_cancelled = Commitment { cancelled_at: Some(now()), ..completed.clone() };
    let handled = phased(Phase::Handling);
    let mut elsewhere = twice();
    elsewhere.origin.tenant = Tenant::parse("elsewhere").unwrap();
    let attempt = |attempt| Report { attempt, ..report("noAnswer") };
    let of = |number| attempt(Given::Value(number));
    let cases = [
        (of(2), Lookup::NotFound, "CALLBACK_NOT_FOUND"),
        (of(2), Due(&elsewhere), "CALLBACK_NOT_FOUND"),
        (of(2), Due(&untracked), "CALLBACK_NOT_TRACKED"),
        (of(2), Ahead(&untracked_and_cancelled), "CALLBACK_NOT_TRACKED"),
        (of(9), Ahead(&completed_and_cancelled), "CALLBACK_CANCELLED"),
        (of(9), Due(&completed), "CALLBACK_ENDED"),
        (of(9), Ahead(&completed), "CALLBACK_ENDED"),
        (attempt(Given::Absent), Due(&handled), "CALLBACK_ENDED"),
        (attempt(Given::Absent), Due(&callback), "ATTEMPT_MISSING"),
        (of(3), Due(&callback), "ATTEMPT_NOT_FIRED"),
        (of(0), Due(&callback), "ATTEMPT_NOT_FIRED"),
        (of(-1), Due(&callback), "ATTEMPT_NOT_FIRED"),
        (of(i64::MAX), Due(&callback), "ATTEMPT_NOT_FIRED"),
        (of(2), Ahead(&callback), "ATTEMPT_NOT_FIRED"),
        (of(2), Begun(&callback), "ATTEMPT_NOT_FIRED"),
        (of(1), Due(&callback), "ATTEMPT_OVER"),
        (of(1), Ahead(&callback), "ATTEMPT_OVER"),
    ];
    for (report, found, code) in cases {
        // What is wrong with the other fields is not told.
        let report = Report { outcome: text("lost"), detail: wrong_type(), ..report };
        assert_eq!(codes(&amend_by_report(report, found)), [code], "{found:?}");
    }
}

#[test]
fn the_other_fields_are_told_together() {
    let callback = twice();
    let long = "x".repeat(201);
    let told = |report: Report<'_>| codes(&amend_by_report(report, Due(&callback)));
    let base = || report("noAnswer");
    let terms = |change: fn(&mut Reschedule<'static>)| {
        let mut report = base();
        change(&mut report.terms);
        report
    };
    for (report, code) in [
        (Report { outcome: Given::Absent, ..base() }, "OUTCOME_MISSING"),
        (report("NoAnswer"), "OUTCOME_UNSUPPORTED"),
        (Report { outcome: wrong_type(), ..base() }, "FIELD_TYPE"),
        (Report { attempt: Given::Wrong(Wrong::Value), ..base() }, "FIELD_TYPE"),
        (Report { attempt: Given::Wrong(Wrong::Name), ..base() }, "FIELD_NAME"),
        (Report { detail: text(&long), ..base() }, "FIELD_TOO_LONG"),
        (Report { agent_id: wrong_type(), ..base() }, "FIELD_TYPE"),
        (Report { agent_id: id("ana"), ..base() }, "FIELD_TYPE"),
        (Report { occurred_at: text("2026-11-22T12:00:00"), ..base() }, "FIELD_TYPE"),
        (Report { occurred_at: text("yesterday"), ..base() }, "FIELD_TYPE"),
        (terms(|terms| terms.notes = text("\u{0}")), "FIELD_CONTROL_CHARACTER"),
        (terms(|terms| terms.defined_branches = wrong_type()), "FIELD_TYPE"),
        (terms(|terms| terms.requester.variables = wrong_type()), "FIELD_TYPE"),
    ] {
        assert_eq!(told(report.clone()), [code], "{report:?}");
    }
    let report = Report { attempt: wrong_type(), outcome: text("lost"), detail: text(&long), ..base() };
    assert_eq!(told(report), ["OUTCOME_UNSUPPORTED", "FIELD_TOO_LONG", "FIELD_TYPE"]);
}

#[test]
fn what_counts_with_rescheduled_only_is_not_looked_at_otherwise() {
    let callback = twice();
    let mut report = report("busy");
    report.terms.skill_id = id("x");
    report.terms.schedule_date = text("tomorrow");
    report.terms.not_after = wrong_type();
    assert_eq!(codes(&amend_by_report(report.clone(), Due(&callback))), Vec::<&str>::new());
    report.outcome = text("rescheduled");
    let expected = ["SKILL_ID_MALFORMED", "SCHEDULE_DATE_SYNTAX", "NOT_AFTER_INVALID"];
    assert_eq!(codes(&amend_by_report(report, Due(&callback))), expected);
}

#[test]
fn who_may_not_report_learns_nothing() {
    let Verdict::Refused { violations, .. } = drafted(Request::Report(Box::new(Report {
        terms: Reschedule { requester: by("su-creator"), ..Reschedule::default() },
        ..report("noAnswer")
    })))
    .verdict
    else {
        panic!("not refused")
    };
    assert_eq!(codes_of(&violations), ["SECURITY_USER_FORBIDDEN"]);
    // Who may only report needs no other permission to move a callback.
    let requester: Requester<'_> = by("su-manager");
    let report = Report { terms: Reschedule { requester, ..moving().terms }, ..moving() };
    assert_eq!(codes(&amend_by_report(report, Due(&twice()))), Vec::<&str>::new());
}

#[test]
fn one_that_somebody_has_waits_for_the_next_report_as_long_as_the_rules_say() {
    for outcome in ["accepted", "inProgress"] {
        let (handled, moves) = after(outcome, &twice());
        assert_eq!((handled.life.phase, handled.fire_at, moves), (Phase::Handling, in_minutes(60), true));
        assert_eq!((handled.attempt, handled.life.tries), (2, Some(1)));
        let held_rules = LifecycleRules { handle_within: None, ..LifecycleRules::default() };
        let (held, moves) = reported(settle_with(held_rules, report(outcome), Ahead(&handled)));
        assert_eq!((held.life.phase, held.fire_at, moves), (Phase::Held, handled.fire_at, false));
    }
}

#[test]
fn one_that_somebody_has_takes_every_outcome_wherever_it_stands() {
    for callback in [phased(Phase::Handling), phased(Phase::Held)] {
        for outcome in Outcome::ALL {
            let report = if outcome == Outcome::Rescheduled { moving() } else { report(outcome.name()) };
            let (callback, _) = reported(amend_by_report(report, Ahead(&callback)));
            assert_eq!(callback.life.last_outcome, Some(outcome));
        }
    }
    // Nothing happens at the place of one that is held, so it is never over.
    let (again, _) = reported(amend_by_report(report("noAnswer"), Begun(&phased(Phase::Held))));
    assert_eq!(again.attempt, 3);
}

#[test]
fn a_failed_try_is_counted_and_tried_again_after_its_wait() {
    for (outcome, minutes) in [("noAnswer", 120), ("busy", 15), ("abandoned", 2)] {
        let (again, moves) = after(outcome, &twice());
        let expected = Commitment {
            attempt: 3,
            fire_at: in_minutes(minutes),
            revised_by: "c-1".to_owned(),
            life: Life { tries: Some(2), last_outcome: Outcome::parse(outcome), ..twice().life },
            ..twice()
        };
        assert_eq!((again, moves), (expected, true), "{outcome}");
    }
}

#[test]
fn after_the_last_try_or_where_none_is_to_follow_it_is_missed() {
    let exhausted = end(Status::Missed, Reason::TriesExhausted);
    let tried = Commitment { life: Life { tries: Some(2), ..twice().life }, ..twice() };
    let (missed, moves) = after("noAnswer", &tried);
    assert_eq!((missed.life.phase, missed.life.tries, moves), (exhausted, Some(3), false));
    assert_eq!((missed.attempt, missed.fire_at), (2, tried.fire_at));
    assert_eq!(after("voicemail", &twice()).0.life.phase, exhausted);
}

#[test]
fn what_is_no_try_waits_by_the_number_of_presentations() {
    for (outcome, minutes) in [("dialFailed", 5), ("agentUnavailable", 30)] {
        let (again, moves) = after(outcome, &twice());
        assert_eq!((again.attempt, again.life.tries, again.fire_at, moves), (3, Some(1), in_minutes(minutes), true));
        assert_eq!(again.terms.target, twice().terms.target);
    }
}

#[test]
fn what_would_be_one_presentation_too_many_is_missed() {
    let last = Commitment { attempt: 5, ..twice() };
    let exhausted = end(Status::Missed, Reason::PresentationsExhausted);
    for outcome in ["noAnswer", "dialFailed", "refusedByAgent"] {
        let report = Report { attempt: Given::Value(5), ..report(outcome) };
        let (missed, moves) = reported(amend_by_report(report, Due(&last)));
        assert_eq!((missed.life.phase, missed.attempt, moves), (exhausted, 5, false), "{outcome}");
    }
    let mut rules = LifecycleRules::default();
    rules.retry.dial_failed = Waits::default();
    assert_eq!(after_with(rules, "dialFailed", &twice()).0.life.phase, exhausted);
    // The tries go first.
    let tried = Commitment { life: Life { tries: Some(2), ..last.life }, ..last };
    let report = Report { attempt: Given::Value(5), ..report("noAnswer") };
    assert_eq!(
        reported(amend_by_report(report, Due(&tried))).0.life.phase,
        end(Status::Missed, Reason::TriesExhausted)
    );
}

#[test]
fn a_wait_that_ends_at_its_not_after_or_later_ends_it_at_once() {
    let until = |at| {
        let not_after = Some(NotAfter { at, is_derived: false });
        Commitment { life: Life { not_after, ..twice().life }, ..twice() }
    };
    let expired = end(Status::Expired, Reason::NotAfter);
    assert_eq!(after("noAnswer", &until(in_minutes(120))).0.life.phase, expired);
    let (again, _) = after("noAnswer", &until(in_minutes(120).plus_micros(1)));
    assert_eq!((again.life.phase, again.attempt), (Phase::Present, 3));
    assert_eq!(after("refusedByAgent", &until(now())).0.life.phase, expired);
    // Somebody has it, so it is presented no more.
    assert_eq!(after("accepted", &until(now())).0.life.phase, Phase::Handling);
}

#[test]
fn one_that_its_agent_refuses_goes_to_the_skill_at_once() {
    let (again, moves) = after("refusedByAgent", &twice());
    assert_eq!((again.terms.target.agent, again.life.released_from), (None, Some(agent_id(AGENT))));
    assert_eq!((again.attempt, again.fire_at, moves), (3, now(), true));
    // As if no agent were there: of a strict skill, and of one that was for all who have the skill.
    let strict = LifecycleRules { is_strict: true, ..LifecycleRules::default() };
    let (waits, _) = after_with(strict, "refusedByAgent", &twice());
    assert_eq!((waits.terms.target.agent, waits.fire_at), (Some(agent_id(AGENT)), in_minutes(30)));
    let (waits, _) = after("refusedByAgent", &released(twice()));
    assert_eq!((waits.life.released_from, waits.fire_at), (Some(agent_id(AGENT)), in_minutes(30)));
}

#[test]
fn an_end_is_completed_but_for_a_wrong_number() {
    for (outcome, status, reason) in [
        ("connected", Status::Completed, Reason::Connected),
        ("handledElsewhere", Status::Completed, Reason::HandledElsewhere),
        ("refusedByContact", Status::Completed, Reason::RefusedByContact),
        ("doNotCall", Status::Completed, Reason::DoNotCall),
        ("wrongNumber", Status::Missed, Reason::WrongNumber),
    ] {
        let (ended, moves) = after(outcome, &twice());
        assert_eq!((ended.life.phase, moves), (end(status, reason), false), "{outcome}");
        assert_eq!((ended.attempt, ended.fire_at), (2, twice().fire_at));
        assert!(!ended.waits());
    }
}

#[test]
fn an_end_of_an_attempt_that_is_over_withdraws_the_one_that_waits() {
    let report = |outcome| Report { attempt: Given::Value(1), ..report(outcome) };
    let callback = twice();
    for found in [Ahead(&callback), Begun(&callback), Due(&callback)] {
        let (ended, moves) = reported(amend_by_report(report("connected"), found));
        assert_eq!((ended.life.phase, moves), (end(Status::Completed, Reason::Connected), false), "{found:?}");
        assert_eq!(codes(&amend_by_report(report("noAnswer"), found)), ["ATTEMPT_OVER"]);
        assert_eq!(codes(&amend_by_report(report("accepted"), found)), ["ATTEMPT_OVER"]);
    }
}

#[test]
fn behind_an_unknown_outcome_every_end_completes_it_and_nothing_else_is_taken() {
    let handled = phased(Phase::Handling);
    for (outcome, reason) in [("connected", Reason::Connected), ("wrongNumber", Reason::WrongNumber)] {
        for attempt in [1, 2] {
            let report = Report { attempt: Given::Value(attempt), ..report(outcome) };
            let (ended, _) = reported(amend_by_report(report, Due(&handled)));
            assert_eq!(ended.life.phase, end(Status::Completed, reason));
        }
    }
    for outcome in ["accepted", "inProgress", "noAnswer", "agentUnavailable"] {
        assert_eq!(codes(&amend_by_report(report(outcome), Due(&handled))), ["CALLBACK_ENDED"], "{outcome}");
    }
    assert_eq!(codes(&amend_by_report(moving(), Due(&handled))), ["CALLBACK_ENDED"]);
    // Only behind that one.
    let missed = ended_as(Status::Missed, Reason::NotAcknowledged);
    assert_eq!(codes(&amend_by_report(report("connected"), Due(&missed))), ["CALLBACK_ENDED"]);
    // While it is ahead, a wrong number is missed.
    let (ended, _) = reported(amend_by_report(report("wrongNumber"), Ahead(&handled)));
    assert_eq!(ended.life.phase, end(Status::Missed, Reason::WrongNumber));
}

#[test]
fn rescheduled_makes_a_revision_and_keeps_the_tries() {
    let Report { terms, .. } = moving();
    let terms = Reschedule { notes: text("after"), target_agent_id: id("1236"), ..terms };
    let report = Report { agent_id: id("1234"), terms, ..moving() };
    let amended = amend_by_report(report, Due(&twice()));
    let Amended::Reported { callback, moves: true, warnings } = &amended else { panic!("{amended:?}") };
    assert_eq!((callback.revision, callback.attempt), (2, 1));
    assert_eq!((callback.fire_at, callback.terms.scheduled_for), {
        let date = at("2026-12-24T18:00:00Z");
        (date, date)
    });
    assert_eq!(callback.terms.notes.as_deref(), Some("after"));
    assert_eq!(callback.terms.target.agent, Some(agent_id(UNSKILLED_AGENT)));
    let life = Life { last_outcome: Some(Outcome::Rescheduled), reported_agent: Some(agent_id(AGENT)), ..twice().life };
    assert_eq!(callback.life, life);
    assert_eq!(callback.revised_by, "c-1");
    assert_eq!(warnings[..], [Warning::AgentWithoutSkill]);
    let no_date = Report { terms: Reschedule { schedule_date: Given::Absent, ..moving().terms }, ..moving() };
    assert_eq!(codes(&amend_by_report(no_date, Due(&twice()))), ["SCHEDULE_DATE_MISSING"]);
}

#[test]
fn a_report_takes_the_place_of_what_was_reported_and_noted_before() {
    let before = Commitment {
        life: Life {
            last_outcome: Some(Outcome::Accepted),
            reported_agent: Some(agent_id(AGENT)),
            ..phased(Phase::Handling).life
        },
        ..twice()
    };
    let mut later = report("inProgress");
    let (callback, _) = reported(amend_by_report(later.clone(), Ahead(&before)));
    assert_eq!((callback.life.last_outcome, callback.life.reported_agent), (Some(Outcome::InProgress), None));
    assert_eq!(callback.terms.notes.as_deref(), Some("before"));
    later.terms.notes = text("after");
    later.agent_id = number("1236");
    let (callback, _) = reported(amend_by_report(later, Ahead(&before)));
    assert_eq!(callback.life.reported_agent, Some(agent_id(UNSKILLED_AGENT)));
    assert_eq!(callback.terms.notes.as_deref(), Some("after"));
}

#[test]
fn the_reply_says_how_it_goes_on() {
    let shown = |amended: Amended| {
        let reply = amended.reply(DefinedBranches::default());
        assert!(reply.is_of_report && reply.condition == Branch::Success);
        reply.standing.unwrap().progress.unwrap()
    };
    let again =
        Progress { attempt: 3, tries: Some(2), status: Status::Pending, next_at: Some(in_minutes(120)), reason: None };
    assert_eq!(shown(amend_by_report(report("noAnswer"), Due(&twice()))), again);
    let accepted = Progress { attempt: 2, tries: Some(1), status: Status::Accepted, next_at: None, reason: None };
    assert_eq!(shown(amend_by_report(report("accepted"), Due(&twice()))), accepted);
    let completed = Progress { status: Status::Completed, reason: Some(Reason::Connected), ..accepted };
    assert_eq!(shown(amend_by_report(report("connected"), Due(&twice()))), completed);
    let moved = Progress {
        attempt: 1,
        tries: Some(1),
        status: Status::Pending,
        next_at: Some(at("2026-12-24T18:00:00Z")),
        reason: None,
    };
    assert_eq!(shown(amend_by_report(moving(), Due(&twice()))), moved);
}
