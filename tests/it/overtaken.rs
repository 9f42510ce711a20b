//! Offsets that a log no longer has, and logs that are no longer the ones that offsets were committed for.

use std::collections::BTreeSet;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::rig::{DEADLINE, Kafka, Message, Scope, eventually, wait_until};
use crate::sample;
use crate::unreadable::{count, delete_records};

/// Commands that are all right, numbered through.
fn commands(numbers: std::ops::Range<usize>) -> impl Iterator<Item = Message> {
    let payload = sample::schedule(&sample::in_seconds(3_600));
    numbers.map(move |number| sample::binary(&format!("c-{number}"), &payload).in_partition(0))
}

/// The ids of the commands that were answered.
fn answered(scope: &Scope<'_>) -> BTreeSet<String> {
    let id = |record: &crate::rig::Record| record.json()["commandId"].as_str().unwrap().to_owned();
    scope.read_to_end(&scope.topics.results).iter().map(id).collect()
}

fn wait_until_answered(scope: &Scope<'_>, numbers: std::ops::Range<usize>) {
    let wanted: BTreeSet<String> = numbers.map(|number| format!("c-{number}")).collect();
    let mut missing = wanted.clone();
    let mut results = scope.reader(&scope.topics.results);
    results.wait_until(&format!("results of {} commands", wanted.len()), |seen| {
        let seen = seen.iter().map(|record| record.json()["commandId"].as_str().unwrap().to_owned());
        let seen: BTreeSet<String> = seen.collect();
        missing = wanted.difference(&seen).cloned().collect();
        missing.is_empty()
    });
}

/// As an operator does with the tools of Kafka, while no instance runs.
fn commit(scope: &Scope<'_>, topic: &str, offset: i64) {
    let consumer: BaseConsumer = scope.kafka.client().set("group.id", &scope.group).create().unwrap();
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(topic, 0, Offset::Offset(offset)).unwrap();
    // A group has members for a moment after the last one left.
    wait_until("the offset is committed", DEADLINE, || consumer.commit(&offsets, CommitMode::Sync).is_ok());
}

/// The command topic is deleted while an instance runs, made anew, and at once has so many commands.
fn made_anew(before: usize, after: usize) {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 1);
    sample::load_directory(&scope);
    let service = scope.service().start();
    scope.produce(&scope.topics.commands, commands(0..before));
    wait_until_answered(&scope, 0..before);
    kafka.delete_topic(&scope.topics.commands);
    kafka.create_topics(&[(&scope.topics.commands, 1)]);
    scope.produce(&scope.topics.commands, commands(before..before + after));
    wait_until_answered(&scope, before..before + after);
    // Where the group has noticed first that the topic was gone, it has given the new one out as one without offsets.
    wait_until("it is said", DEADLINE, || {
        let log = service.log();
        log.contains("from its beginning") || log.contains("missing topics")
    });
    wait_until("it is ready", DEADLINE, || service.get("/readyz").is_ok_and(|answer| answer.status == 200));
    // A restart finds everything answered, and goes on behind it.
    drop(service);
    let _service = scope.service().start();
    scope.produce(&scope.topics.commands, commands(before + after..before + after + 1));
    wait_until_answered(&scope, 0..before + after + 1);
}

#[test]
fn a_command_topic_made_anew_is_read_from_its_beginning() {
    made_anew(50, 40);
}

#[test]
fn a_command_topic_made_anew_is_noticed_also_when_it_is_longer_than_the_old_one_at_once() {
    made_anew(20, 70);
}

#[test]
fn nobody_is_ready_while_the_command_topic_is_gone() {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 1);
    sample::load_directory(&scope);
    let service = scope.service().start();
    kafka.delete_topic(&scope.topics.commands);
    let reason = eventually("it is not ready", DEADLINE, || {
        let answer = service.get("/readyz").ok()?;
        (answer.status == 503 && answer.body.contains("missing topics")).then_some(answer.body)
    });
    assert!(reason.contains(&scope.topics.commands), "{reason}");
    kafka.create_topics(&[(&scope.topics.commands, 1)]);
    scope.produce(&scope.topics.commands, commands(0..5));
    wait_until_answered(&scope, 0..5);
    wait_until("it is ready again", DEADLINE, || service.get("/readyz").is_ok_and(|answer| answer.status == 200));
}

#[test]
fn an_offset_behind_the_end_of_the_log_is_not_waited_for() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    scope.produce(&scope.topics.commands, commands(0..30));
    commit(&scope, &scope.topics.commands, 130);
    let service = scope.service().start();
    wait_until_answered(&scope, 0..30);
    assert_eq!(count(&service, "schedule_callback_kafka_rereads_total{client=\"commands\"}"), 1);
    service.wait_for_log("it is read from its beginning");
    // Nothing that comes later is left out either.
    scope.produce(&scope.topics.commands, commands(30..33));
    wait_until_answered(&scope, 0..33);
    wait_until("what is committed is right", DEADLINE, || {
        scope.committed(&scope.topics.commands)[0].offset == Some(33)
    });
}

#[test]
fn what_is_committed_is_put_right_before_the_log_grows_past_it() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    commit(&scope, &scope.topics.commands, 3);
    let mut service = scope.service().start();
    // Nothing comes while it runs, and it stops.
    assert_eq!(service.terminate().code(), Some(0));
    scope.produce(&scope.topics.commands, commands(0..5));
    let _service = scope.service().start();
    wait_until_answered(&scope, 0..5);
}

#[test]
fn offsets_that_retention_has_taken_are_counted_and_said() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    let config = scope.service();
    let mut service = config.start();
    scope.produce(&scope.topics.commands, commands(0..3));
    wait_until_answered(&scope, 0..3);
    wait_until("the offset is committed", DEADLINE, || scope.committed(&scope.topics.commands)[0].offset == Some(3));
    assert_eq!(service.terminate().code(), Some(0));
    scope.produce(&scope.topics.commands, commands(3..10));
    delete_records(scope.kafka, &scope.topics.commands, 0, 8);
    let service = config.start();
    wait_until_answered(&scope, 8..10);
    assert_eq!(count(&service, "schedule_callback_kafka_offsets_gone_total{client=\"commands\"}"), 5);
    let line = "records were deleted before they were read";
    assert!(service.log().contains(line), "{}", service.log());
    assert_eq!(answered(&scope).len(), 5);
}

#[test]
fn a_transaction_of_somebody_else_that_stays_open_shows_in_the_lag() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    let service = scope.service().start();
    scope.produce(&scope.topics.commands, commands(0..1));
    wait_until_answered(&scope, 0..1);
    let producer: BaseProducer =
        scope.kafka.client().set("transactional.id", format!("{}.foreign", scope.group)).create().unwrap();
    producer.init_transactions(DEADLINE).unwrap();
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::to(&scope.topics.commands).key("k").payload("{}").partition(0)).unwrap();
    producer.flush(DEADLINE).unwrap();
    scope.produce(&scope.topics.commands, commands(1..4));
    let lag = |kind: &str| count(&service, &format!("schedule_callback_kafka_consumer_{kind}{{client=\"commands\"}}"));
    wait_until("the lag counts what is held back", DEADLINE, || lag("lag_records") == 4);
    assert_eq!(lag("lag_stable_records"), 0);
    wait_until("it is seen to stand still", DEADLINE, || lag("stalled_seconds") >= 5);
    assert_eq!(service.get("/readyz").unwrap().status, 200);
    producer.commit_transaction(DEADLINE).unwrap();
    wait_until_answered(&scope, 0..4);
    wait_until("nothing is left to read", DEADLINE, || lag("lag_records") == 0 && lag("stalled_seconds") == 0);
}
