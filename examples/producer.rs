//! A producer: asks for a callback, waits for the result, does what its branch says.
//!
//! `cargo run --example producer -- 15` asks for a callback in 15 seconds, of the sample directory's skill 4715.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use chrono::{SecondsFormat, Utc};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::{Value, json};

/// How long a script that holds a caller can wait. The answer takes milliseconds, unless a server is away.
const PATIENCE: Duration = Duration::from_secs(30);
const CLIENT_CALL: Duration = Duration::from_secs(10);

#[expect(clippy::disallowed_methods, reason = "a producer is a program of its own, with a clock of its own")]
fn main() -> Result<()> {
    let seconds = std::env::args().nth(1).map_or(Ok(15), |text| text.parse())?;
    let commands = setting("COMMANDS_TOPIC", "callback.commands");
    let results = setting("RESULTS_TOPIC", "callback.results");
    let now = Utc::now();

    // The key keeps one contact's commands in order: a cancel never overtakes the schedule command before it.
    let contact = "contact-7";
    // Unique within tenant and source, and the same when this command is sent again: then it gets the same result and
    // makes no second callback. Best taken from what it is about, for instance the call and the step of the script.
    let command_id = format!("rust-{}", now.timestamp_micros());
    // Comes back on the result, so that whoever waits finds it. Any text that tells this request from the others.
    let correlation_id = format!("waiting-for-{command_id}");
    let command = json!({
        "securityUser": "su-1",
        "firstName": "Ana",
        "phoneNumber": "+1 415 555 2671",
        "skillId": "4715",
        "targetAgentId": "", // required, and empty for "whoever has the skill"
        "scheduleDate": (now + chrono::Duration::seconds(seconds)).to_rfc3339_opts(SecondsFormat::Secs, true),
    });

    // Listen before asking, so that the result cannot come in between. A real producer has one such consumer and keeps
    // the requests that wait in a map by correlation id.
    let answers = listen_at_the_end(&results)?;
    send(&commands, contact, &command_id, &correlation_id, &command)?;
    println!("sent {command_id}");
    let Some(result) = wait_for_result(&answers, &correlation_id)? else {
        // Not refused: the service answers as soon as it can, and never twice. Sending the same id again is safe.
        bail!("no result within {PATIENCE:?}: the command stays in its topic and will be answered");
    };
    take_branch(&result);
    Ok(())
}

fn send(topic: &str, key: &str, id: &str, correlation_id: &str, command: &Value) -> Result<()> {
    // Idempotent: what the client sends again after a lost acknowledgement is stored once.
    let producer: ThreadedProducer<DefaultProducerContext> = client().set("enable.idempotence", "true").create()?;
    // A CloudEvent in binary mode: attributes in headers, data in the value.
    let attributes = [
        ("ce_specversion", "1.0"),
        ("ce_id", id),
        ("ce_source", "/examples/rust"),
        ("ce_type", "callback.schedule.v1"),
        ("ce_correlationid", correlation_id),
        ("content-type", "application/json"),
    ];
    let headers = attributes
        .into_iter()
        .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(value) }));
    let payload = command.to_string();
    let record = BaseRecord::to(topic).key(key).payload(&payload).headers(headers);
    producer.send(record).map_err(|(error, _)| error)?;
    producer.flush(CLIENT_CALL).context("the broker did not take the command")
}

fn listen_at_the_end(topic: &str) -> Result<BaseConsumer> {
    // The client wants a group; it is never joined: every producer has to see all results. `read_committed` shows each
    // result once, whatever crashed; without it, those of aborted attempts would show, too.
    let consumer: BaseConsumer =
        client().set("group.id", "unused").set("isolation.level", "read_committed").create()?;
    let metadata = consumer.fetch_metadata(Some(topic), CLIENT_CALL)?;
    let mut from_now_on = TopicPartitionList::new();
    let found = metadata.topics().first().context("the broker does not know the topic")?;
    for partition in found.partitions() {
        let (_, end) = consumer.fetch_watermarks(topic, partition.id(), CLIENT_CALL)?;
        from_now_on.add_partition_offset(topic, partition.id(), Offset::Offset(end))?;
    }
    consumer.assign(&from_now_on)?;
    Ok(consumer)
}

fn wait_for_result(answers: &BaseConsumer, correlation_id: &str) -> Result<Option<Value>> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        let Some(record) = answers.poll(Duration::from_millis(200)) else { continue };
        let record = record?;
        let mut headers = record.headers().into_iter().flat_map(Headers::iter);
        let is_ours = |header: Header<'_, &[u8]>| {
            header.key == "ce_correlationid" && header.value == Some(correlation_id.as_bytes())
        };
        if headers.any(is_ours) {
            return Ok(Some(serde_json::from_slice(record.payload().unwrap_or_default())?));
        }
    }
    Ok(None)
}

/// What a script does next. Its names are those of the action *Schedule Callback*.
fn take_branch(result: &Value) {
    let branch = result["branch"].as_str().unwrap_or("Default");
    if branch == "Success" {
        // Keep it: a cancel or reschedule names the callback by it, or by this command's source and id.
        println!("Success: callback {} at {}", result["callbackId"], text(&result["scheduledFor"]));
        return;
    }
    // `InvalidPhoneNumber`, `InvalidScheduleDate`: ask the caller again. `InvalidSkillId`, `InvalidTargetAgentId`,
    // `InvalidSecurityUser`: the script or the directory has to be mended. `Default`: anything else. Sending the same
    // command again changes nothing; a corrected one needs an id of its own.
    for violation in result["violations"].as_array().into_iter().flatten() {
        println!("{branch}: {}: {}", text(&violation["field"]), text(&violation["message"]));
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn client() -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", setting("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092"));
    config
}

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}
