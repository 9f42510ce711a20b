//! Cancel and reschedule (docs/contract.md#cancel-and-reschedule) on real servers.

use schedule_callback::clock;
use schedule_callback::config::Config;
use schedule_callback::domain::time::Timestamp;
use schedule_callback::postgres::session::Endpoint;
use schedule_callback::postgres::{leaves, scheduled};
use serde_json::{Value, json};

use crate::answers::{Dialogue, codes, ids_once};
use crate::rig::{DEADLINE, Scope, block_on, wait_until};
use crate::sample::{self, cancel, in_seconds, reschedule, schedule, with};

const SCHEDULE: &str = "callback.schedule.v1";
const CANCEL: &str = "callback.cancel.v1";
const RESCHEDULE: &str = "callback.reschedule.v1";

/// Far enough away that nothing fires while a test runs.
const FAR: i64 = 3_600;

fn by_id(result: &Value) -> Value {
    json!({"callbackId": result["callbackId"]})
}

fn by_command(id: &str) -> Value {
    json!({"scheduledBy": {"source": "/studio", "commandId": id}})
}

#[test]
fn a_cancel_in_another_partition_is_forwarded_to_the_owner_and_answered_once() {
    let scope = Scope::new(4);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    let scheduled = dialogue.ask(1, "c-1", SCHEDULE, &schedule(&in_seconds(FAR)));
    let payload = cancel(&by_id(&scheduled));
    let message = sample::typed("x-1", CANCEL, &payload).header("traceparent", sample::TRACEPARENT);
    let sent = dialogue.produce([message.in_partition(3)])[0];

    let result = dialogue.result("x-1");

    assert_eq!(result.json()["condition"], "Success", "{}", result.json());
    assert_eq!(result.key_text(), "contact-x-1");
    let forwarded = scope.read_to_end(&scope.topics.amendments);
    assert_eq!(forwarded.len(), 1);
    let original = scope.read_to_end(&scope.topics.commands).into_iter().find(|r| r.partition == 3).unwrap();
    let origin = [
        ("fwd-topic", scope.topics.commands.clone()),
        ("fwd-partition", "3".to_owned()),
        ("fwd-offset", sent.1.to_string()),
    ];
    let added = origin.map(|(name, value)| (name.to_owned(), Some(value.into_bytes())));
    assert_eq!(forwarded[0].partition, 1, "the shard that the callback belongs to");
    assert_eq!(forwarded[0].headers, [original.headers.clone(), added.to_vec()].concat());
    assert_eq!(
        (&forwarded[0].key, &forwarded[0].value, forwarded[0].timestamp_millis),
        (&original.key, &original.value, original.timestamp_millis)
    );
    assert_eq!(scope.committed(&scope.topics.commands)[3].offset, Some(sent.1 + 1));
    assert_eq!(scope.committed(&scope.topics.amendments)[1].offset, Some(forwarded[0].offset + 1));
    let cancelled: bool = scope.sql().value(
        "select cancelled_at is not null from callback where callback_id = $1",
        &[&scheduled["callbackId"].as_i64().unwrap()],
    );
    assert!(cancelled);

    // The same command once more, from yet another partition, is answered from memory: nothing is forwarded.
    dialogue.produce([sample::typed("x-1", CANCEL, &payload).in_partition(0)]);
    let results = scope.reader(&scope.topics.results).wait_for(3).to_vec();
    let again: Vec<_> = results.iter().filter(|record| record.json()["commandId"] == "x-1").collect();
    assert_eq!(again[0].value, again[1].value);
    assert_eq!(again[0].header("ce_id"), again[1].header("ce_id"));
    assert_eq!(scope.read_to_end(&scope.topics.amendments).len(), 1);
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn a_callback_is_named_by_its_id_by_its_schedule_command_or_by_both_and_by_its_own_tenant_only() {
    let scope = Scope::new(4);
    sample::load_two_tenants(&scope);
    let _service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    let [one, two, three] = [0, 1, 2]
        .map(|partition| dialogue.ask(partition, &format!("c-{partition}"), SCHEDULE, &schedule(&in_seconds(FAR))));
    let other_tenant = with(&cancel(&by_id(&one)), &json!({"securityUser": "su-other"}));
    let other_tenant = sample::typed("x-tenant", CANCEL, &other_tenant).header("ce_tenantid", "other").in_partition(0);
    let by_command_elsewhere = with(&cancel(&by_command("c-0")), &json!({"securityUser": "su-other"}));
    let by_command_elsewhere =
        sample::typed("x-tenant-2", CANCEL, &by_command_elsewhere).header("ce_tenantid", "other").in_partition(3);
    dialogue.produce([other_tenant, by_command_elsewhere]);
    let refused = [
        ("x-neither", cancel(&json!({})), "CALLBACK_NOT_FOUND"),
        ("x-null", cancel(&json!({"callbackId": null, "scheduledBy": null})), "CALLBACK_NOT_FOUND"),
        ("x-unknown", cancel(&json!({"callbackId": "9007199254739969"})), "CALLBACK_NOT_FOUND"),
        ("x-no-such-shard", cancel(&json!({"callbackId": (1 << 30) + 1023})), "CALLBACK_NOT_FOUND"),
        ("x-tiny", cancel(&json!({"callbackId": 7})), "CALLBACK_NOT_FOUND"),
        ("x-never-sent", cancel(&by_command("c-9")), "CALLBACK_NOT_FOUND"),
        ("x-disagree", cancel(&with(&by_id(&one), &by_command("c-1"))), "CALLBACK_NOT_FOUND"),
        ("x-forbidden", with(&cancel(&by_id(&one)), &json!({"securityUser": "su-2"})), "SECURITY_USER_FORBIDDEN"),
    ];
    for (partition, (id, payload, code)) in (0..4).cycle().zip(&refused) {
        let result = dialogue.ask(partition, id, CANCEL, payload);
        assert_eq!(codes(&result), [*code], "{id}: {result}");
        for field in ["callbackId", "revision", "scheduledFor", "target", "phoneNumber", "extension"] {
            assert_eq!(result[field], Value::Null, "{id}: {result}");
        }
    }
    for id in ["x-tenant", "x-tenant-2"] {
        assert_eq!(codes(&dialogue.result(id).json()), ["CALLBACK_NOT_FOUND"]);
    }

    let accepted = [
        ("x-0", cancel(&by_id(&one)), &one),
        ("x-1", cancel(&by_command("c-1")), &two),
        ("x-2", cancel(&with(&by_id(&three), &by_command("c-2"))), &three),
    ];
    for (id, payload, callback) in &accepted {
        let result = dialogue.ask(3, id, CANCEL, payload);
        assert_eq!(result["condition"], "Success", "{id}: {result}");
        for field in ["callbackId", "revision", "scheduledFor", "target", "phoneNumber", "extension", "caption"] {
            assert_eq!(result[field], callback[field], "{id}: {result}");
        }
    }
    let again = dialogue.ask(0, "x-again", CANCEL, &accepted[0].1);
    assert_eq!(codes(&again), ["CALLBACK_CANCELLED"], "{again}");
    let again = dialogue.ask(2, "x-moved", RESCHEDULE, &reschedule(&by_command("c-1"), &in_seconds(FAR)));
    assert_eq!(codes(&again), ["CALLBACK_CANCELLED"], "{again}");
}

#[test]
fn a_reschedule_keeps_the_id_and_what_it_does_not_name_and_adds_one_to_the_revision() {
    let scope = Scope::new(3);
    sample::load_two_tenants(&scope);
    let _service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    let asked = with(&schedule(&in_seconds(FAR)), &json!({"caption": "Ana again", "targetAgentId": "1234"}));
    let scheduled = dialogue.ask(0, "c-1", SCHEDULE, &asked);
    assert_eq!(scheduled["target"], json!({"type":"agent","agentId":"1234","skillId":"4711"}));

    // From another partition, by another user, with another number; then the target only.
    let changes = json!({"securityUser": "su-9", "phoneNumber": "+34 912 345 678 x12", "reason": "she asked"});
    let first =
        dialogue.ask(1, "r-1", RESCHEDULE, &with(&reschedule(&by_id(&scheduled), &in_seconds(FAR + 60)), &changes));
    assert_eq!((&first["condition"], &first["revision"]), (&json!("Success"), &json!(2)), "{first}");
    assert_eq!(first["callbackId"], scheduled["callbackId"]);
    assert_eq!(first["phoneNumber"], "+34912345678");
    assert_eq!(first["extension"], "12");
    assert_eq!((&first["target"], &first["caption"]), (&scheduled["target"], &json!("Ana again")));
    let date = in_seconds(2);
    let last = reschedule(&by_command("c-1"), &date);
    let last = dialogue.ask(2, "r-2", RESCHEDULE, &with(&last, &json!({"targetAgentId": "", "notes": "now"})));
    assert_eq!((&last["revision"], &last["scheduledFor"]), (&json!(3), &json!(date)), "{last}");
    assert_eq!(last["target"], json!({"type":"skill","skillId":"4711"}));

    let due = scope.reader(&scope.topics.due).wait_for(1)[0].clone();
    let event = due.json();
    let id = scheduled["callbackId"].as_i64().unwrap();
    assert_eq!(due.header("ce_id"), Some(&*format!("{id}.3.1")));
    assert_eq!(due.header("ce_causationid"), Some("r-2"));
    assert_eq!(due.key_text(), "default/skill/4711");
    let wanted = json!({
        "callbackId": id, "revision": 3, "attempt": 1, "commandId": "c-1", "caption": "Ana again", "scheduledFor": date,
        "firedAt": event["firedAt"], "latenessMs": event["latenessMs"], "target": last["target"], "notAfter": null,
        "contact": {"firstName":"Ana","lastName":"García","phoneNumber":"+34912345678","extension":"12"},
        "notes": "now", "requestedBy": "1234"
    });
    assert_eq!(event, wanted);

    let late = dialogue.ask(1, "x-late", CANCEL, &cancel(&by_id(&scheduled)));
    assert_eq!(codes(&late), ["CALLBACK_ALREADY_DUE"], "{late}");
    let late = dialogue.ask(0, "r-late", RESCHEDULE, &reschedule(&by_id(&scheduled), &in_seconds(FAR)));
    assert_eq!(codes(&late), ["CALLBACK_ALREADY_DUE"], "{late}");
    assert_eq!(scope.read_to_end(&scope.topics.due).len(), 1);
}

#[test]
fn a_reschedule_has_to_pass_every_rule_of_a_schedule_and_leaves_the_callback_as_it_was_where_it_does_not() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let _service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    let date = in_seconds(FAR);
    let scheduled = dialogue.ask(0, "c-1", SCHEDULE, &schedule(&date));
    let cases = [
        (json!({"scheduleDate": null}), "InvalidScheduleDate", vec!["SCHEDULE_DATE_MISSING"]),
        (json!({"scheduleDate": "tomorrow"}), "InvalidScheduleDate", vec!["SCHEDULE_DATE_SYNTAX"]),
        (json!({"scheduleDate": in_seconds(-90)}), "InvalidScheduleDate", vec!["SCHEDULE_DATE_IN_PAST"]),
        (json!({"scheduleDate": in_seconds(367 * 86_400)}), "InvalidScheduleDate", vec!["SCHEDULE_DATE_TOO_FAR"]),
        (
            json!({"scheduleDate": in_seconds(31 * 86_400), "skillId": "4712"}),
            "InvalidScheduleDate",
            vec!["SCHEDULE_DATE_TOO_FAR"],
        ),
        (json!({"skillId": "4714"}), "InvalidSkillId", vec!["SKILL_INACTIVE"]),
        (json!({"targetAgentId": "1236"}), "InvalidTargetAgentId", vec!["TARGET_AGENT_INACTIVE"]),
        (json!({"phoneNumber": "+1"}), "InvalidPhoneNumber", vec!["PHONE_NUMBER_TOO_SHORT"]),
        (json!({"notes": "a\u{7}"}), "Default", vec!["FIELD_CONTROL_CHARACTER"]),
        (json!({"reason": "r".repeat(201)}), "Default", vec!["FIELD_TOO_LONG"]),
        (json!({"definedBranches": ["Success"], "skillId": "1"}), "Default", vec!["SKILL_UNKNOWN"]),
        (
            json!({"skillId": "x", "phoneNumber": "call me", "scheduleDate": "2020-01-01"}),
            "InvalidSkillId",
            vec!["SKILL_ID_MALFORMED", "SCHEDULE_DATE_TIME_MISSING", "PHONE_NUMBER_SYNTAX"],
        ),
    ];
    for (number, (change, branch, wanted)) in cases.iter().enumerate() {
        let payload = with(&reschedule(&by_id(&scheduled), &in_seconds(FAR + 1)), change);
        let result = dialogue.ask(1, &format!("r-{number}"), RESCHEDULE, &payload);
        assert_eq!(
            (result["branch"].as_str().unwrap(), codes(&result)),
            (*branch, wanted.iter().map(|code| (*code).to_owned()).collect()),
            "{change}: {result}"
        );
        assert_eq!(result["callbackId"], Value::Null);
    }
    let row: (i32, bool) = {
        let rows = scope.sql().rows("select revision, scheduled_for = fire_at from callback", &[]);
        (rows[0].get(0), rows[0].get(1))
    };
    assert_eq!(row, (1, true));
}

#[test]
fn what_is_moved_fires_once_at_its_last_time_and_what_is_cancelled_never() {
    let scope = Scope::new(3);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    let soon = in_seconds(12);
    // Inside the loaded window all of them; the last stands for the time at which the others would have fired.
    let plan = ["out", "cancelled", "twice", "there-and-back", "past", "stays"];
    for (number, name) in plan.into_iter().enumerate() {
        let date = if name == "past" { in_seconds(FAR) } else { soon.clone() };
        dialogue.send(i32::try_from(number % 3).unwrap(), name, SCHEDULE, &schedule(&date));
    }
    for name in plan {
        assert_eq!(dialogue.result(name).json()["condition"], "Success");
    }
    let past = in_seconds(-30);
    let nearer = in_seconds(4);
    let far = in_seconds(FAR);
    // Together, so that some share a batch.
    dialogue.produce([
        sample::typed("r-out", RESCHEDULE, &reschedule(&by_command("out"), &far)).in_partition(0),
        sample::typed("x", CANCEL, &cancel(&by_command("cancelled"))).in_partition(0),
        sample::typed("r-twice-1", RESCHEDULE, &reschedule(&by_command("twice"), &far)).in_partition(2),
        sample::typed("r-twice-2", RESCHEDULE, &reschedule(&by_command("twice"), &nearer)).in_partition(2),
        sample::typed("r-back-1", RESCHEDULE, &reschedule(&by_command("there-and-back"), &far)).in_partition(1),
        sample::typed("r-back-2", RESCHEDULE, &reschedule(&by_command("there-and-back"), &soon)).in_partition(1),
        sample::typed("r-past", RESCHEDULE, &reschedule(&by_command("past"), &past)).in_partition(2),
        sample::typed("c-short", SCHEDULE, &schedule(&soon)).in_partition(1),
        sample::typed("x-short", CANCEL, &cancel(&by_command("c-short"))).in_partition(1),
    ]);
    for id in ["r-out", "x", "r-twice-1", "r-twice-2", "r-back-1", "r-back-2", "r-past", "c-short", "x-short"] {
        let result = dialogue.result(id).json();
        assert_eq!(result["condition"], "Success", "{id}: {result}");
    }

    let mut due = scope.reader(&scope.topics.due);
    let seen = due.wait_until("the last callback", |seen| seen.iter().any(|r| r.json()["commandId"] == "stays"));
    let first = seen[0].json();
    assert_eq!((&first["commandId"], &first["scheduledFor"]), (&json!("past"), &json!(past)), "at once");
    assert!(first["latenessMs"].as_i64().unwrap() >= 30_000, "{first}");
    due.wait_for(4);
    service.terminate();
    let fired = scope.read_to_end(&scope.topics.due);
    ids_once(&fired);
    let mut fired: Vec<_> = fired
        .iter()
        .map(|record| {
            let event = record.json();
            assert!(event["firedAt"].as_str() >= event["scheduledFor"].as_str() || event["latenessMs"] != 0, "{event}");
            let text = |field: &str| event[field].as_str().unwrap().to_owned();
            (text("commandId"), event["revision"].as_i64().unwrap(), text("scheduledFor"))
        })
        .collect();
    fired.sort();
    let wanted = [("past", 2, &past), ("stays", 1, &soon), ("there-and-back", 3, &soon), ("twice", 3, &nearer)];
    assert_eq!(fired, wanted.map(|(name, revision, date)| (name.to_owned(), revision, date.clone())));
}

#[test]
fn a_change_that_was_answered_outlives_the_owner_that_answered_it() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let mut owner = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    let soon = in_seconds(12);
    for name in ["moved", "cancelled", "stays"] {
        let date = if name == "moved" { in_seconds(FAR) } else { soon.clone() };
        assert_eq!(dialogue.ask(0, name, SCHEDULE, &schedule(&date))["condition"], "Success");
    }
    dialogue.send(1, "r", RESCHEDULE, &reschedule(&by_command("moved"), &soon));
    dialogue.send(1, "x", CANCEL, &cancel(&by_command("cancelled")));
    for id in ["r", "x"] {
        assert_eq!(dialogue.result(id).json()["condition"], "Success");
    }

    owner.kill9();
    let mut next = scope.service().start();

    let mut due = scope.reader(&scope.topics.due);
    due.wait_for(2);
    next.terminate();
    let fired = scope.read_to_end(&scope.topics.due);
    let mut fired: Vec<_> =
        fired.iter().map(|record| format!("{} {}", record.json()["commandId"], record.json()["revision"])).collect();
    fired.sort();
    assert_eq!(fired, [r#""moved" 2"#, r#""stays" 1"#]);
}

#[test]
fn a_callback_is_found_by_its_schedule_command_for_as_long_as_it_waits() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    let [one, two, three] = ["c-1", "c-2", "c-3"].map(|id| dialogue.ask(0, id, SCHEDULE, &schedule(&in_seconds(FAR))));
    assert_eq!(dialogue.ask(0, "x-3", CANCEL, &cancel(&by_id(&three)))["condition"], "Success");
    // Of tracked callbacks: one that is due, two that somebody has, and one that has ended.
    for id in ["due", "handling", "held", "ended"] {
        dialogue.ask(0, id, SCHEDULE, &schedule(&in_seconds(FAR)));
    }
    assert_eq!(service.terminate().code(), Some(0));
    scope.sql().run(
        "update callback set tries = 0, fire_at = now() where command_id = 'due';
         update callback set tries = 1, phase = command_id, cancelled_at = fire_at where command_id in ('handling', 'held');
         update callback set tries = 1, phase = 'ended', ended_as = 'completed', reason = 'CONNECTED', ended_at = now(),
             cancelled_at = now() where command_id = 'ended'",
    );

    // The week of these commands is dropped, as after the retention; by two instances, one after the other.
    let settings = Config::load(Some(&scope.service().write()), []).unwrap();
    let endpoint = Endpoint::new(&settings.postgres).unwrap();
    let mut client = block_on(endpoint.connect()).unwrap();
    let later = clock::now().plus_micros(8 * 86_400 * 1_000_000);
    let mut drop_weeks = || {
        let dropped = leaves::drop_expired(&mut client, clock::now(), later, Timestamp::from_micros(0));
        block_on(dropped).unwrap().unwrap()
    };
    assert!(!drop_weeks().is_empty());
    assert_eq!(drop_weeks(), Vec::<String>::new());
    let carried = || scope.sql().value::<i64>("select count(*) from scheduled", &[]);
    assert_eq!(carried(), 5, "nothing can happen to a callback that was cancelled or has ended");

    let mut service = scope.service().set("retention.commands", "1ms").start();
    let moved = dialogue.ask(1, "r-1", RESCHEDULE, &reschedule(&by_command("c-1"), &in_seconds(FAR + 1)));
    assert_eq!((&moved["callbackId"], &moved["revision"]), (&one["callbackId"], &json!(2)), "{moved}");
    let cancelled = dialogue.ask(1, "x-2", CANCEL, &cancel(&by_command("c-2")));
    assert_eq!(cancelled["callbackId"], two["callbackId"], "{cancelled}");
    assert_eq!(codes(&dialogue.ask(1, "x-4", CANCEL, &cancel(&by_command("c-2")))), ["CALLBACK_CANCELLED"]);
    assert_eq!(codes(&dialogue.ask(1, "x-5", CANCEL, &cancel(&by_command("c-9")))), ["CALLBACK_NOT_FOUND"]);
    // The id is new again, and names the later callback, though its command is forgotten by then, too.
    dialogue.produce([sample::binary("c-2", &schedule(&in_seconds(FAR))).in_partition(1)]);
    let again: i64 = wait_for_second_callback(&scope, &two);
    let cancelled = dialogue.ask(0, "x-6", CANCEL, &cancel(&by_command("c-2")));
    assert_eq!(cancelled["callbackId"], again, "{cancelled}");
    assert_eq!(service.terminate().code(), Some(0));

    scope.sql().run("delete from callback where command_id = 'c-1'");
    block_on(scheduled::forget_dropped(&client)).unwrap();
    assert_eq!(carried(), 4);
}

/// The callback that the same command made after it was forgotten.
fn wait_for_second_callback(scope: &Scope<'_>, first: &Value) -> i64 {
    let (first, sql) = (first["callbackId"].as_i64().unwrap(), scope.sql());
    let query = "select callback_id from callback where command_id = 'c-2' and callback_id <> $1";
    wait_until("the id is new again", DEADLINE, || sql.rows(query, &[&first]).len() == 1);
    sql.value(query, &[&first])
}
