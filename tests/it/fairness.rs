//! A partition with a long backlog does not hold up the others: shown by the order of results, not by time.

use std::collections::BTreeMap;

use serde_json::json;

use crate::answers::{Dialogue, ids_once};
use crate::rig::{DEADLINE, Message, Scope, ServiceProcess, Sql, produce, wait_until};
use crate::sample;

/// Malformed records in the flooded partition: eight full batches.
const FLOOD: usize = 40_000;
/// The most records in a batch.
const BATCH: usize = 5_000;

#[test]
fn a_command_and_an_amendment_are_answered_before_the_flood_of_another_partition_that_came_before_them() {
    let scope = Scope::new(3);
    sample::load_directory(&scope);
    let mut service = scope.service().set("kafka.properties", properties()).start();
    let mut dialogue = Dialogue::with(&scope);
    let schedule = sample::schedule(&sample::in_seconds(86_400));
    let scheduled = dialogue.ask(0, "first", "callback.schedule.v1", &schedule);
    for partition in 1..3 {
        dialogue.ask(partition, &format!("warm-{partition}"), "callback.schedule.v1", &schedule);
    }

    // No batch can be recorded for now. The flood fills the two batches that can be made, and the client's queues.
    let sql = scope.sql();
    sql.run("begin; select from shard for update");
    let flood = (0..FLOOD).map(|number| malformed(&format!("flood-{number}")).in_partition(0));
    let compressed = scope.kafka.client().set("compression.type", "lz4").clone();
    produce(&compressed, &scope.topics.commands, flood);
    wait_until("the flood stands in the client's queues", DEADLINE, || queued(&service, "commands") >= BATCH);
    let other = scope.sql();
    wait_until("a batch waits to be recorded", DEADLINE, || a_batch_waits(&other));
    // All with one key, so that their results stand in one partition, in the order in which they were published.
    let same_key = |message: Message| Message { key: malformed("").key, ..message };
    dialogue.produce([same_key(sample::binary("quiet", &schedule)).in_partition(1)]);
    // What another owner of the partition of `cancelling` would have forwarded.
    let cancel = sample::cancel(&json!({"callbackId": scheduled["callbackId"]}));
    let cancelling = same_key(sample::typed("cancelling", "callback.cancel.v1", &cancel)).in_partition(0);
    scope.produce(&scope.topics.amendments, [cancelling]);
    sql.run("commit");

    let count = FLOOD + 5;
    let results = dialogue.results_until("all are answered", |seen| seen.len() >= count);
    let mut flooded = results.iter().filter(|result| result.key == malformed("").key);
    let order: Vec<&str> = flooded.by_ref().filter_map(|result| result.header("ce_causationid")).collect();
    for id in ["quiet", "cancelling"] {
        let before = order.iter().position(|answered| *answered == id).unwrap();
        // One batch was being recorded and one was made; theirs is the next, and one more for what the client needs.
        assert!(before <= 4 * BATCH, "{id} was answered after {before} records of the flood");
    }

    // Each was answered once, and the flood in its own order.
    assert_eq!(ids_once(results).len(), count);
    let of_flood: Vec<&str> = order.into_iter().filter(|id| id.starts_with("flood-")).collect();
    let sent: Vec<String> = (0..FLOOD).map(|number| format!("flood-{number}")).collect();
    assert!(of_flood.iter().eq(&sent), "the results of the flood are not in its order");
    let letters = scope.read_to_end(&scope.topics.dead_letters);
    let mut offsets: BTreeMap<i32, Vec<i64>> = BTreeMap::new();
    for letter in &letters {
        offsets.entry(letter.partition).or_default().push(letter.header("dlq-offset").unwrap().parse().unwrap());
    }
    assert_eq!(letters.len(), FLOOD);
    assert!(offsets.values().all(|offsets| offsets.is_sorted_by(|before, after| before < after)));
    assert!(service.terminate().success());
}

/// The client says often what it has fetched.
fn properties() -> toml::Table {
    toml::Table::from_iter([("statistics.interval.ms".to_owned(), toml::Value::from("100"))])
}

/// A record that is no JSON, has an id, so that it is owed a result, and has the one key of all in the test.
fn malformed(id: &str) -> Message {
    Message::new("contact", "{").header("ce_id", id).header("ce_source", "/flood")
}

/// How many records the client has fetched that were not taken yet.
fn queued(service: &ServiceProcess, client: &str) -> usize {
    let line = format!("schedule_callback_kafka_queue_records{{client=\"{client}\"}} ");
    let metrics = service.get("/metrics").unwrap().body;
    metrics.lines().find_map(|found| found.strip_prefix(&line)?.parse().ok()).unwrap_or(0)
}

/// Whether a transaction of the service waits for the lock.
fn a_batch_waits(sql: &Sql) -> bool {
    sql.value(
        "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database())",
        &[],
    )
}
