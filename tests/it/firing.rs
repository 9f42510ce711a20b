//! The main job on real servers: a command goes in, the result comes out, and at its time one due event.

use std::collections::BTreeSet;

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;
use serde_json::json;

use crate::rig::{DEADLINE, Isolation, Reader, Scope, wait_until};
use crate::sample;

#[test]
fn a_command_is_answered_stored_and_fired_once_at_its_time() {
    let scope = Scope::new(4);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let command = sample::schedule(&sample::in_seconds(2));
    scope.produce(&scope.topics.commands, [sample::binary("c-1", &command).header("traceparent", sample::TRACEPARENT)]);

    let results = scope.reader(&scope.topics.results).wait_for(1).to_vec();
    let result = results[0].json();
    assert_eq!(result["branch"], "Success", "{result}");
    assert_eq!(results[0].key_text(), "contact-c-1");
    let callback_id = result["callbackId"].as_i64().unwrap();

    let due = scope.reader(&scope.topics.due).wait_for(1).to_vec();
    let event = due[0].json();
    assert_eq!(event["callbackId"], callback_id);
    assert_eq!(
        event["contact"],
        json!({"firstName":"Ana","lastName":"García","phoneNumber":"+14155552671","extension":null})
    );
    assert!(event["latenessMs"].as_i64().unwrap() >= 0, "{event}");
    assert_eq!(due[0].header("ce_id"), Some(&*format!("{callback_id}.1.1")));
    assert_eq!(service.terminate().code(), Some(0));
    let rows: i64 = scope.sql().value("select count(*) from callback where callback_id = $1", &[&callback_id]);
    assert_eq!(rows, 1);
}

/// The one that stays can only be given the others' shards, and the one that goes can only stop in order, when neither is in
/// the middle of a transaction; theirs are open until the callbacks are due.
#[test]
fn a_transaction_that_is_prepared_ahead_keeps_neither_a_rebalance_nor_a_stop_waiting() {
    const CALLBACKS: usize = 24;
    let scope = Scope::new(4);
    sample::load_directory(&scope);
    let service = scope.service().set("due.stage_ahead", "10s");
    let mut services = [service.start(), scope.service().set("due.stage_ahead", "10s").start()];
    let sql = scope.sql();
    let owners = || sql.value::<i64>("select count(distinct owner) from shard", &[]);
    wait_until("both have shards", DEADLINE, || {
        let owned: i64 = sql.value("select count(*) from shard where owner is not null", &[]);
        (owners(), owned) == (2, 4)
    });
    let due_at = clock::now().plus_micros(12_000_000);
    let commands = (0..CALLBACKS).map(|n| sample::binary(&format!("c-{n}"), &sample::schedule(&due_at.to_string())));
    scope.produce(&scope.topics.commands, commands);
    scope.reader(&scope.topics.results).wait_for(CALLBACKS);
    let mut prepared = Reader::open(&scope.kafka.client(), &scope.topics.due, Isolation::Uncommitted);
    prepared.wait_for(CALLBACKS);

    assert_eq!(services[1].terminate().code(), Some(0));
    wait_until("one owns all shards", DEADLINE, || {
        let owned: i64 = sql.value("select count(*) from shard where owner is not null", &[]);
        (owners(), owned) == (1, 4)
    });
    let now = clock::now();
    assert!(now < due_at, "the shards were held until {due_at}; it is {now}");
    let mut due = scope.reader(&scope.topics.due);
    let events = due.wait_for(CALLBACKS);
    let seen = clock::now();
    assert!(seen >= due_at && seen < due_at.plus_micros(2_000_000), "due at {due_at}, seen at {seen}");
    let fired: BTreeSet<String> =
        events.iter().map(|event| event.json()["commandId"].as_str().unwrap().to_owned()).collect();
    let fired_at = |event: &serde_json::Value| Timestamp::parse_rfc3339(event["firedAt"].as_str().unwrap()).unwrap();
    assert!(events.iter().all(|event| fired_at(&event.json()) >= due_at));
    assert_eq!((fired.len(), scope.read_to_end(&scope.topics.due).len()), (CALLBACKS, CALLBACKS));
}
