//! Offsets that a log no longer has, and logs that are no longer the ones that offsets were committed for.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use serde_json::json;

use crate::rig::{DEADLINE, Kafka, Message, Scope, ServiceConfig, eventually, wait_until};
use crate::sample;
use crate::unreadable::{count, delete_records};

/// Within this time after a takeover the service has looked at its partitions more than once, and at its epochs.
const LOOKS: Duration = Duration::from_secs(4);

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
    commit_with(scope, topic, offset, "");
}

fn commit_with(scope: &Scope<'_>, topic: &str, offset: i64, metadata: &str) {
    let consumer: BaseConsumer = scope.kafka.client().set("group.id", &scope.group).create().unwrap();
    let mut offsets = TopicPartitionList::new();
    let mut element = offsets.add_partition(topic, 0);
    element.set_metadata(metadata);
    element.set_offset(Offset::Offset(offset)).unwrap();
    // A group has members for a moment after the last one left.
    wait_until("the offset is committed", DEADLINE, || consumer.commit(&offsets, CommitMode::Sync).is_ok());
}

/// A service that stays in its group while it is stopped.
fn patient(scope: &Scope<'_>) -> ServiceConfig {
    let service = scope.service().set("kafka.properties.session.timeout.ms", "300000");
    service.set("kafka.properties.max.poll.interval.ms", "300000")
}

fn make_anew(kafka: &Kafka, topic: &str) {
    kafka.delete_topic(topic);
    kafka.create_topics(&[(topic, 1)]);
}

/// The command topic is deleted while an instance runs, made anew, and at once has so many commands.
fn made_anew(before: usize, after: usize) {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 1);
    sample::load_directory(&scope);
    let service = scope.service().start();
    scope.produce(&scope.topics.commands, commands(0..before));
    wait_until_answered(&scope, 0..before);
    make_anew(&kafka, &scope.topics.commands);
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

/// While the service sees nothing of it, the command topic is deleted, made anew, and has more records than the old one had:
/// every offset that was read exists in the new one too. The group does not put the instance out meanwhile.
#[test]
fn a_command_topic_made_anew_and_longer_between_two_looks_is_read_from_its_beginning() {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 1);
    sample::load_directory(&scope);
    let mut service = patient(&scope).start();
    scope.produce(&scope.topics.commands, commands(0..20));
    wait_until_answered(&scope, 0..20);
    service.pause();
    make_anew(&kafka, &scope.topics.commands);
    scope.produce(&scope.topics.commands, commands(20..90));
    service.resume();
    wait_until_answered(&scope, 0..90);
    service.wait_for_log("from its beginning");
    assert!(count(&service, "schedule_callback_kafka_rereads_total{client=\"commands\"}") >= 1);
    wait_until("it is ready", DEADLINE, || service.get("/readyz").is_ok_and(|answer| answer.status == 200));
    scope.produce(&scope.topics.commands, commands(90..91));
    wait_until_answered(&scope, 90..91);
}

/// The same of the internal topic: what was forwarded to the new one is answered.
#[test]
fn a_topic_of_amendments_made_anew_and_longer_between_two_looks_is_read_from_its_beginning() {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 1);
    sample::load_directory(&scope);
    let mut service = patient(&scope).start();
    scope.produce(&scope.topics.amendments, commands(0..3));
    wait_until("they are read", DEADLINE, || scope.committed(&scope.topics.amendments)[0].offset == Some(3));
    service.pause();
    make_anew(&kafka, &scope.topics.amendments);
    scope.produce(&scope.topics.amendments, commands(3..13));
    service.resume();
    wait_until_answered(&scope, 3..13);
}

/// The offset that the group has is one of the old topic: somebody committed it after the topic was made anew, as an instance
/// does that is on its way to find out.
#[test]
fn an_offset_committed_for_a_topic_that_was_made_anew_is_noticed_by_the_next_instance() {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 1);
    sample::load_directory(&scope);
    let config = scope.service();
    let mut service = config.start();
    scope.produce(&scope.topics.commands, commands(0..20));
    wait_until_answered(&scope, 0..20);
    wait_until("the offset is committed", DEADLINE, || scope.committed(&scope.topics.commands)[0].offset == Some(20));
    let committed = scope.committed(&scope.topics.commands).remove(0);
    assert!(committed.metadata.starts_with("topic="), "{committed:?}");
    assert_eq!(service.terminate().code(), Some(0));
    make_anew(&kafka, &scope.topics.commands);
    scope.produce(&scope.topics.commands, commands(20..90));
    commit_with(&scope, &scope.topics.commands, 20, &committed.metadata);
    let service = config.start();
    wait_until_answered(&scope, 0..90);
    service.wait_for_log("it is read from its beginning");
    wait_until("what is committed is right", DEADLINE, || {
        scope.committed(&scope.topics.commands)[0].offset == Some(70)
    });
    assert_ne!(scope.committed(&scope.topics.commands)[0].metadata, committed.metadata, "it names the new topic");
}

#[test]
fn a_directory_topic_made_anew_and_longer_between_two_looks_is_read_from_its_beginning() {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 1);
    sample::load_directory(&scope);
    let mut service = patient(&scope).start();
    let skills = "schedule_callback_directory_records{kind=\"skills\"}";
    let before = count(&service, skills);
    service.pause();
    kafka.delete_topic(&scope.topics.skills);
    kafka.create_topics(&[(&scope.topics.skills, 2)]);
    // More in each of the partitions than there were.
    let skill = |number: i32| {
        let id = number.to_string();
        let skill = json!({"skillId": id, "name": "n", "active": true, "mediaType": "phone", "direction": "outbound"});
        Message::new(format!("default/{id}"), skill.to_string()).in_partition(number % 2)
    };
    scope.produce(&scope.topics.skills, (9_000..9_040).map(skill));
    service.resume();
    wait_until("all of the new topic is known", DEADLINE, || count(&service, skills) == before + 40);
}

/// A running instance asks for an offset that has just been deleted.
#[test]
fn offsets_that_are_deleted_before_a_running_instance_reads_them_are_counted() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    let mut service = patient(&scope).start();
    scope.produce(&scope.topics.commands, commands(0..3));
    wait_until_answered(&scope, 0..3);
    wait_until("the offset is committed", DEADLINE, || scope.committed(&scope.topics.commands)[0].offset == Some(3));
    service.pause();
    scope.produce(&scope.topics.commands, commands(3..10));
    delete_records(scope.kafka, &scope.topics.commands, 0, 8);
    service.resume();
    wait_until_answered(&scope, 8..10);
    assert_eq!(count(&service, "schedule_callback_kafka_offsets_gone_total{client=\"commands\"}"), 5);
    let errors = "schedule_callback_kafka_consumer_errors_total{client=\"commands\",fault=\"offsets_gone\"}";
    assert!(count(&service, errors) >= 1);
}

/// What was read and not answered before the shard is taken over again is read again, and nothing is lost by that: the group
/// never had an offset.
#[test]
fn a_partition_of_which_nothing_was_ever_answered_is_not_called_lost_when_it_is_taken_over_again() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    let service = scope.service().start();
    let lines = |owned: &str| service.log().matches(owned).count();
    thread::sleep(LOOKS);
    assert_eq!(lines("shards are taken over"), 1);
    scope.sql().run("update shard set epoch = epoch + 1");
    scope.produce(&scope.topics.amendments, commands(0..3));
    wait_until_answered(&scope, 0..3);
    assert_eq!(lines("shards are taken over"), 2, "what was read was not answered at first");
    thread::sleep(LOOKS);
    assert_eq!(count(&service, "schedule_callback_kafka_rereads_total{client=\"amendments\"}"), 0);
    assert!(!service.log().contains("from its beginning"), "{}", service.log());
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
