//! What the client cannot hand over: every codec is read, and what nobody can read stops its partition where everybody sees
//! it. Damage is done to the broker's own files, as a disk does it.

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use schedule_callback::clock;
use schedule_callback::config::KafkaProperties;
use schedule_callback::domain::ids::{CallbackId, Shard};
use schedule_callback::kafka::cluster::Cluster;
use schedule_callback::kafka::fired::{DueTopic, Search};
use serde_json::{Value, json};

use crate::answers::Dialogue;
use crate::rig::{DEADLINE, Kafka, Message, Scope, ServiceProcess, Tampered, block_on, produce, tamper, wait_until};
use crate::sample;

const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];

/// A command whose record shrinks with any codec: one that does not is sent as it is.
fn command(id: &str) -> Message {
    let notes = json!({"notes": "please call back ".repeat(100)});
    sample::binary(id, &sample::with(&sample::schedule(&sample::in_seconds(3_600)), &notes))
}

fn produce_with(scope: &Scope<'_>, codec: &str, topic: &str, message: Message) -> (i32, i64) {
    produce(scope.kafka.client().set("compression.type", codec), topic, [message])[0]
}

/// What `/readyz` says of partitions that cannot be read.
fn records_condition(service: &ServiceProcess) -> Option<String> {
    let answer: Value = serde_json::from_str(&service.get("/readyz").ok()?.body).ok()?;
    let waiting = answer["waitingFor"].as_array()?.iter().find(|waiting| waiting["what"] == "records")?;
    Some(waiting["reason"].as_str()?.to_owned())
}

/// The value of a counter or gauge that counts something, its labels as they are written.
pub fn count(service: &ServiceProcess, series: &str) -> u64 {
    format!("{:.0}", value(service, series)).parse().unwrap()
}

/// The value of a series, its labels as they are written.
pub fn value(service: &ServiceProcess, series: &str) -> f64 {
    let text = service.get("/metrics").unwrap().body;
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map_or(f64::NAN, |value| value.parse().unwrap())
}

/// Deletes the records of a partition before that offset, as an operator does.
pub fn delete_records(kafka: &Kafka, topic: &str, partition: i32, before: i64) {
    let admin: AdminClient<DefaultClientContext> = kafka.client().create().unwrap();
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(topic, partition, Offset::Offset(before)).unwrap();
    let deleted = block_on(admin.delete_records(&offsets, &AdminOptions::new())).unwrap();
    deleted.elements().iter().for_each(|element| element.error().unwrap());
}

fn compress_at_broker(kafka: &Kafka, topic: &str, codec: &str) {
    let admin: AdminClient<DefaultClientContext> = kafka.client().create().unwrap();
    let change = AlterConfig::new(ResourceSpecifier::Topic(topic)).set("compression.type", codec);
    for altered in block_on(admin.alter_configs([&change], &AdminOptions::new())).unwrap() {
        altered.unwrap();
    }
}

fn agent(id: &str) -> Value {
    json!({"agentId": id, "userName": "a".repeat(500), "active": true, "skills": ["4711"]})
}

#[test]
fn every_codec_is_read_from_every_topic() {
    let scope = Scope::new(2);
    for topic in [&scope.topics.amendments, &scope.topics.dead_letters] {
        compress_at_broker(scope.kafka, topic, "zstd");
    }
    sample::load_directory(&scope);
    produce_with(&scope, "zstd", &scope.topics.agents, Message::new("default/900", agent("900").to_string()));
    let service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    for codec in CODECS {
        produce_with(&scope, codec, &scope.topics.commands, command(codec).in_partition(0));
        assert_eq!(dialogue.result(codec).json()["branch"], "Success", "{codec}");
        // A running instance follows the directory.
        let id = format!("9{}", codec.len());
        produce_with(
            &scope,
            codec,
            &scope.topics.agents,
            Message::new(format!("default/{id}"), agent(&id).to_string()),
        );
        wait_until("the agent is known", DEADLINE, || {
            value(&service, "schedule_callback_directory_records{kind=\"agents\"}") >= 3.0
        });
    }
    let for_agent = sample::with(&sample::schedule(&sample::in_seconds(3_600)), &json!({"targetAgentId": "900"}));
    assert_eq!(dialogue.ask(0, "for-agent", "callback.schedule.v1", &for_agent)["target"]["agentId"], "900");
    // From the other partition it goes through the topic of amendments.
    let cancel = sample::cancel(&json!({"scheduledBy": {"source": "/studio", "commandId": "zstd"}}));
    assert_eq!(dialogue.ask(1, "cancel", "callback.cancel.v1", &cancel)["branch"], "Success");

    scope.produce(&scope.topics.commands, [Message::new("k", "x".repeat(2_000))]);
    scope.reader(&scope.topics.dead_letters).wait_for(1);
    let listed = scope.service().command(&["dead-letters", "list"]).output().unwrap();
    assert!(String::from_utf8_lossy(&listed.stdout).contains("dead letters: 1"), "{listed:?}");
}

/// Of three commands in one partition, each a batch of its own, the second is damaged: the first is answered, nothing goes
/// past the second, and once somebody has deleted it the third is answered.
fn stops_before_what_is_damaged(damage: Tampered, in_words: &str) {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 1);
    sample::load_directory(&scope);
    for id in ["c-1", "c-2", "c-3"] {
        scope.produce(&scope.topics.commands, [command(id)]);
    }
    tamper(&kafka.segment(&scope.topics.commands, 0), 1, damage);
    let service = scope.service().spawn();
    let mut dialogue = Dialogue::with(&scope);
    dialogue.result("c-1");
    wait_until("/readyz names the place", DEADLINE, || {
        records_condition(&service)
            .is_some_and(|reason| reason.contains("partition 0 of") && reason.contains("at offset 1: "))
    });
    let reason = records_condition(&service).unwrap();
    assert!(reason.contains(&scope.topics.commands) && reason.contains(in_words), "{reason}");
    assert_eq!(service.get("/readyz").unwrap().status, 503);
    assert!(value(&service, "schedule_callback_kafka_partitions_unreadable{client=\"commands\"}") >= 1.0);
    wait_until("the lag counts what cannot be read", DEADLINE, || {
        value(&service, "schedule_callback_kafka_consumer_lag_records{client=\"commands\"}") >= 2.0
    });
    // It has been tried again by now, and again, and the log says it once; a takeover in between is told by a line of its own.
    let log = service.log();
    let lines = |words: &str| log.lines().filter(|line| line.contains(words)).count();
    let begun = lines("a partition cannot be read: it stops here");
    assert_eq!(begun, 1 + lines("the partition is read past this offset again"), "{log}");
    assert_eq!(scope.committed(&scope.topics.commands)[0].offset, Some(1));
    assert_eq!(scope.read_to_end(&scope.topics.results).len(), 1, "nothing behind it is answered");

    delete_records(&kafka, &scope.topics.commands, 0, 2);
    dialogue.result("c-3");
    wait_until("it is ready again", DEADLINE, || service.get("/readyz").is_ok_and(|answer| answer.status == 200));
    assert_eq!(count(&service, "schedule_callback_kafka_offsets_gone_total{client=\"commands\"}"), 1);
    service.wait_for_log("records were deleted before they were read");
    let answered: BTreeSet<String> = scope
        .read_to_end(&scope.topics.results)
        .iter()
        .map(|result| result.header("ce_causationid").unwrap().to_owned())
        .collect();
    assert_eq!(answered, ["c-1", "c-3"].map(str::to_owned).into());
}

/// Behind a batch that it cannot read the client goes on at an offset that the log may not have yet: that is no reason to take
/// the shard over again.
#[test]
fn what_is_damaged_at_the_end_of_a_log_stops_its_partition_and_nothing_is_taken_over_again() {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 4);
    sample::load_directory(&scope);
    let damages = [Tampered::Bytes, Tampered::Codec, Tampered::Version, Tampered::Records];
    for (partition, damage) in (0..).zip(damages) {
        for id in ["before", "damaged"] {
            let command = command(&format!("{id}-{partition}")).in_partition(partition);
            scope.produce(&scope.topics.commands, [command]);
        }
        tamper(&kafka.segment(&scope.topics.commands, partition), 1, damage);
    }
    let service = scope.service().spawn();
    let mut dialogue = Dialogue::with(&scope);
    wait_until("all four stand still", DEADLINE, || {
        service
            .get("/metrics")
            .is_ok_and(|_| value(&service, "schedule_callback_kafka_partitions_unreadable{client=\"commands\"}") >= 4.0)
    });
    wait_until("they have been tried again", DEADLINE, || {
        value(&service, "schedule_callback_kafka_consumer_stalled_seconds{client=\"commands\"}") >= 7.0
    });
    assert_eq!(count(&service, "schedule_callback_takeovers_total"), 4, "{}", service.log());
    for partition in 0..4 {
        delete_records(&kafka, &scope.topics.commands, partition, 2);
        scope.produce(&scope.topics.commands, [command(&format!("behind-{partition}")).in_partition(partition)]);
        for id in ["before", "behind"] {
            dialogue.result(&format!("{id}-{partition}"));
        }
    }
    wait_until("it is ready", DEADLINE, || service.get("/readyz").is_ok_and(|answer| answer.status == 200));
}

#[test]
fn a_batch_with_a_wrong_checksum_stops_its_partition() {
    stops_before_what_is_damaged(Tampered::Bytes, "failed CRC32C check");
}

#[test]
fn a_batch_of_an_unknown_codec_stops_its_partition() {
    stops_before_what_is_damaged(Tampered::Codec, "codec");
}

#[test]
fn a_batch_of_an_unknown_version_stops_its_partition() {
    stops_before_what_is_damaged(Tampered::Version, "");
}

#[test]
fn records_that_the_client_passes_over_in_silence_stop_their_partition_too() {
    stops_before_what_is_damaged(Tampered::Records, "");
}

/// As an operator's settings may have it: the broker sends what is larger than the client's buffers all the same, and the
/// client closes the connection and asks again, for good.
#[test]
fn a_message_larger_than_the_buffers_stops_its_partition() {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 1);
    sample::load_directory(&scope);
    let large = sample::with(&sample::schedule(&sample::in_seconds(3_600)), &json!({"more": "x".repeat(50_000)}));
    for message in [command("c-1"), sample::binary("c-2", &large), command("c-3")] {
        scope.produce(&scope.topics.commands, [message.in_partition(0)]);
    }
    let config = scope.service();
    let mut service = config
        .clone()
        .set("kafka.properties.message.max.bytes", "20000")
        .set("kafka.properties.fetch.max.bytes", "20000")
        .set("kafka.properties.receive.message.max.bytes", "30000")
        .start();
    let mut dialogue = Dialogue::with(&scope);
    dialogue.result("c-1");
    let named = format!("partition 0 of {} cannot be read at offset 1: ", scope.topics.commands);
    wait_until("/readyz names the place", DEADLINE, || {
        records_condition(&service).is_some_and(|reason| reason.contains(&named))
    });
    assert_eq!(scope.read_to_end(&scope.topics.results).len(), 1, "nothing behind it is answered");
    assert_eq!(service.terminate().code(), Some(0));
    // With larger buffers it is read.
    let _service = config.start();
    dialogue.result("c-2");
    dialogue.result("c-3");
}

#[test]
fn a_directory_that_cannot_be_read_is_named_by_topic_partition_and_cause() {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 1);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    service.pause();
    let message = |id: &str| Message::new("default/77", agent(id).to_string());
    let (partition, offset) = produce_with(&scope, "none", &scope.topics.agents, message("77"));
    tamper(&kafka.segment(&scope.topics.agents, partition), offset, Tampered::Bytes);
    service.resume();
    let named = format!("partition {partition} of {} cannot be read at offset {offset}: ", scope.topics.agents);
    let is_named = |text: &str| text.contains(&named) && text.contains("failed CRC32C check");
    wait_until("a running instance names it", DEADLINE, || {
        records_condition(&service).is_some_and(|reason| is_named(&reason))
    });

    let mut refused = scope.service().set("service.startup_timeout", "8s").spawn();
    assert_eq!(refused.wait().code(), Some(69));
    assert!(is_named(&refused.log()), "{}", refused.log());

    // What is behind it is read as soon as it is gone.
    delete_records(&kafka, &scope.topics.agents, partition, offset + 1);
    produce_with(&scope, "none", &scope.topics.agents, message("77"));
    wait_until("the agent is known", DEADLINE, || {
        count(&service, "schedule_callback_directory_records{kind=\"agents\"}") >= 3
    });
    wait_until("it is ready", DEADLINE, || service.get("/readyz").is_ok_and(|answer| answer.status == 200));
}

/// The client goes past what it cannot read, to the topic's end: the event may stand there.
#[test]
fn a_due_event_that_cannot_be_read_is_not_said_to_be_missing() {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 1);
    let due = DueTopic {
        cluster: Cluster {
            bootstrap_servers: kafka.bootstrap(),
            group_id: scope.group.clone(),
            properties: KafkaProperties::default(),
        },
        topic: scope.topics.due.clone(),
        stage_ahead: Duration::ZERO,
    };
    let callback = CallbackId::compose(1, Shard::from_partition(0).unwrap()).unwrap();
    let event = || Message::new("k", "{}").in_partition(0);
    scope.produce(&scope.topics.due, [event()]);
    let since = clock::now().plus_micros(-3_600_000_000);
    assert_eq!(due.find(callback, since, 1).unwrap(), Search::NotThere);
    let (_, offset) = scope.produce(&scope.topics.due, [event()])[0];
    tamper(&kafka.segment(&scope.topics.due, 0), offset, Tampered::Bytes);
    assert!(due.find(callback, since, 1).is_err());
}

#[test]
fn amendments_that_cannot_be_read_stop_their_partition_and_commands_go_on() {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 1);
    sample::load_directory(&scope);
    scope.produce(&scope.topics.amendments, [command("damaged"), command("behind")].map(|one| one.in_partition(0)));
    // Both may be in one batch: what is behind it comes later.
    tamper(&kafka.segment(&scope.topics.amendments, 0), 0, Tampered::Bytes);
    let service = scope.service().spawn();
    let named = format!("partition 0 of {} cannot be read at offset 0: ", scope.topics.amendments);
    wait_until("/readyz names the place", DEADLINE, || {
        records_condition(&service).is_some_and(|reason| reason.contains(&named))
    });
    Dialogue::with(&scope).ask(0, "c-1", "callback.schedule.v1", &sample::schedule(&sample::in_seconds(3_600)));
    assert_eq!(scope.committed(&scope.topics.amendments)[0].offset, None);
    delete_records(&kafka, &scope.topics.amendments, 0, 2);
    wait_until("it is ready", DEADLINE, || service.get("/readyz").is_ok_and(|answer| answer.status == 200));
}
