//! Whatever a command says, judging it neither panics nor depends on anything but its arguments.

use proptest::prelude::*;

use super::*;
use crate::domain::answer::{Branch, Reply, Violation};
use crate::domain::command::amend::Lookup;
use crate::domain::command::amended::Amended;
use crate::domain::command::{CallbackReference, Cancel, Report, Requester, Reschedule, Schedule};
use crate::domain::commitment::Commitment;
use crate::domain::fixtures::*;
use crate::domain::given::{Field, Given, IdValue, JsonType, Text, Wrong};
use crate::domain::life::{Life, Outcome};

/// Boxed, since the strategies of a command on top of each other would not fit a test's stack.
fn given<T: std::fmt::Debug + Clone + 'static>(value: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Given<T>> {
    prop_oneof![1 => Just(Given::Absent), 1 => any_wrong().prop_map(Given::Wrong), 6 => value.prop_map(Given::Value)]
        .boxed()
}

fn any_wrong() -> impl Strategy<Value = Wrong> {
    prop::sample::select(vec![
        Wrong::Type(JsonType::Number),
        Wrong::PartType(JsonType::Null),
        Wrong::Name,
        Wrong::NotUnicode,
    ])
}

/// One of these, which some rule accepts or looks at, or any text.
fn one_of(known: &'static [&'static str]) -> impl Strategy<Value = Text<'static>> {
    prop_oneof![
        3 => prop::sample::select(known).prop_map(Text::Borrowed),
        1 => any::<String>().prop_map(Text::Owned),
        1 => "[0-9T:+.Z -]{0,30}".prop_map(Text::Owned),
    ]
}

fn any_id() -> impl Strategy<Value = Given<IdValue<'static>>> {
    given(prop_oneof![
        prop::sample::select(&[4711, 4712, 4713, 4714, 1234, 1235, 1236, 5120, 0, -1][..])
            .prop_map(|number| IdValue::Number(number.to_string().into())),
        r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,3})?(e[+-]?[0-9]{1,3})?".prop_map(|number| IdValue::Number(number.into())),
        one_of(&["", "4711", "1234", "04711", "9223372036854775808"]).prop_map(IdValue::Text),
    ])
}

fn any_date() -> impl Strategy<Value = Given<Text<'static>>> {
    given(one_of(&[
        "",
        "2026-11-23T15:00:00Z",
        "2026-11-23T15:00",
        "2026-11-23",
        "2027-03-28T02:30:00",
        "2026-10-25T02:30",
        "9999-12-31T24:00Z",
    ]))
}

fn any_zone() -> impl Strategy<Value = Given<Text<'static>>> {
    given(one_of(&["", "Europe/Madrid", "europe/madrid", "America/New_York"]))
}

fn any_number() -> impl Strategy<Value = Given<Text<'static>>> {
    given(one_of(&["", "+14155552671", "+448675309", "4155552671", "+14155552671 x12", "+19002345678"]))
}

fn any_branches() -> impl Strategy<Value = Given<Vec<Text<'static>>>> {
    let names = one_of(&["Success", "Default", "InvalidSkillId", "Sideways"]);
    given(prop::collection::vec(names, 0..4))
}

fn any_requester() -> impl Strategy<Value = Requester<'static>> {
    let names = one_of(&["su-1", "su-madrid", "su-inactive", "su-manager", "su-creator", "{user}", "{}", ""]);
    let pairs = prop::collection::vec((one_of(&["user", ""]), given(one_of(&["su-1", "su-madrid", ""]))), 0..3);
    (given(names), given(pairs)).prop_map(|(security_user, variables)| Requester { security_user, variables })
}

fn any_reference() -> impl Strategy<Value = CallbackReference<'static>> {
    let member = |text| prop::option::of(one_of(text));
    let scheduled_by = (member(&["/script"]), member(&["c-0"])).prop_map(|(source, command_id)| [source, command_id]);
    (any_id(), given(scheduled_by))
        .prop_map(|(callback_id, scheduled_by)| CallbackReference { callback_id, scheduled_by })
}

fn any_text() -> impl Strategy<Value = Given<Text<'static>>> {
    given(prop_oneof![one_of(&["", "Phone", "a\tb", "Ana"]), "\\PC{0,210}".prop_map(Text::Owned)])
}

fn any_schedule() -> BoxedStrategy<Schedule<'static>> {
    let texts = (any_text(), any_text(), any_text(), any_text(), any_text());
    let dates = (any_date(), any_zone(), any_date());
    let others = (any_requester(), any_number(), any_id(), any_id(), dates, any_branches());
    (texts, others)
        .prop_map(|(texts, others)| {
            let (caption, script_type, first_name, last_name, notes) = texts;
            let (requester, phone_number, skill_id, target_agent_id, dates, defined_branches) = others;
            let (schedule_date, time_zone, not_after) = dates;
            Schedule {
                requester,
                caption,
                script_type,
                first_name,
                last_name,
                phone_number,
                skill_id,
                target_agent_id,
                schedule_date,
                time_zone,
                notes,
                defined_branches,
                not_after,
            }
        })
        .boxed()
}

fn any_cancel() -> BoxedStrategy<Cancel<'static>> {
    (any_requester(), any_reference(), any_text(), any_branches())
        .prop_map(|(requester, callback, reason, defined_branches)| Cancel {
            requester,
            callback,
            reason,
            defined_branches,
        })
        .boxed()
}

fn any_reschedule() -> BoxedStrategy<Reschedule<'static>> {
    let fields = (any_date(), any_zone(), any_text(), any_number(), any_id(), any_id(), any_date());
    (any_cancel(), fields)
        .prop_map(|(cancel, fields)| {
            let Cancel { requester, callback, reason, defined_branches } = cancel;
            let (schedule_date, time_zone, notes, phone_number, skill_id, target_agent_id, not_after) = fields;
            Reschedule {
                requester,
                callback,
                reason,
                schedule_date,
                time_zone,
                notes,
                phone_number,
                skill_id,
                target_agent_id,
                defined_branches,
                not_after,
            }
        })
        .boxed()
}

fn any_report() -> BoxedStrategy<Report<'static>> {
    let outcome = prop_oneof![
        9 => prop::sample::select(&Outcome::ALL[..]).prop_map(|outcome| Text::from(outcome.name())),
        1 => one_of(&["", "NoAnswer", "lost"]),
    ];
    let attempt = prop_oneof![9 => 0..5_i64, 1 => any::<i64>()];
    (given(attempt), given(outcome), any_id(), any_date(), any_text(), any_reschedule())
        .prop_map(|(attempt, outcome, agent_id, occurred_at, detail, terms)| Report {
            attempt,
            outcome,
            agent_id,
            occurred_at,
            detail,
            terms,
        })
        .boxed()
}

fn any_request() -> impl Strategy<Value = Request<'static>> {
    prop_oneof![
        4 => any_schedule().prop_map(|schedule| Request::Schedule(Box::new(schedule))),
        1 => any_cancel().prop_map(|cancel| Request::Cancel(Box::new(cancel))),
        2 => any_reschedule().prop_map(|reschedule| Request::Reschedule(Box::new(reschedule))),
        3 => any_report().prop_map(|report| Request::Report(Box::new(report))),
        1 => any_branches().prop_map(|defined_branches| Request::Unsupported { kind: Given::Absent, defined_branches }),
    ]
}

/// What every list of violations has to be, whatever is wrong.
fn assert_well_told(violations: &Violations, reply: &Reply) {
    let told = violations.as_slice();
    assert!(!told.is_empty());
    assert!(told.is_sorted(), "{told:?}");
    let mut fields: Vec<_> = reply.violations.iter().filter_map(|explained| explained.field).collect();
    let count = fields.len();
    fields.sort_unstable();
    fields.dedup();
    assert_eq!(fields.len(), count, "one violation a field: {told:?}");
    assert_eq!(reply.condition, told[0].branch());
    assert_ne!(reply.condition, Branch::Success);
    if told.iter().any(|violation| matches!(violation, Violation::SecurityUser(_) | Violation::CallbackNotFound(_))) {
        assert_eq!(told.len(), 1, "told alone: {told:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn the_same_command_facts_and_time_give_the_same_answer_and_never_a_panic(
        request in any_request(),
        misnamed in prop::collection::btree_set(prop::sample::select(&["tenantId", "type", "issuedAt"][..]), 0..3),
        found in 0..3_usize,
        tries in prop::option::of(0..4_i16),
        late in 0..100_000_000_i64,
    ) {
        let misnamed: Vec<Field> = misnamed.into_iter().map(Field).collect();
        let (directory, rules) = (directory(), rules());
        let callback = Commitment { life: Life { tries, ..Life::default() }, ..standing() };
        let lookups = [Lookup::Ahead(&callback), Lookup::Due(&callback), Lookup::Begun(&callback)];
        let decided_at = now().plus_micros(late);
        let decide = || {
            let draft = draft(Command { misnamed: misnamed.clone(), ..command(request.clone()) }, &directory, &rules);
            let reply = match draft.verdict.clone() {
                Verdict::Refused { caption, violations } => {
                    let reply = Reply::refused(caption, &violations, draft.defined);
                    assert_well_told(&violations, &reply);
                    reply
                }
                Verdict::Schedule(schedule) => schedule.reply(None, decided_at, draft.defined),
                Verdict::Amend(amend) => {
                    let amended = amend.apply(lookups[found], &directory, &rules, decided_at);
                    let reply = amended.reply(draft.defined);
                    if let Amended::Refused(violations) = &amended {
                        assert_well_told(violations, &reply);
                    }
                    reply
                }
            };
            (draft, reply)
        };
        let (draft, reply) = decide();
        prop_assert_eq!(&(draft, reply.clone()), &decide());
        prop_assert_eq!(reply.standing.is_some(), reply.violations.is_empty());
        prop_assert!(reply.branch == reply.condition || reply.branch == Branch::Default);
    }
}
