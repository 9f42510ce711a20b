//! A router: takes callbacks that are due, queues each call once, and reports what came of it once.
//!
//! `cargo run --example router` goes on for ever; `… -- 3` ends after three events. The calls go to a file, which stands
//! for the system that makes them: `CALLS_FILE`, or a new one in the system's folder for such files. What comes of every
//! call is what `OUTCOME` says, `connected` if nothing else.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use serde_json::{Value, json};

const CLIENT_CALL: Duration = Duration::from_secs(30);

fn main() -> Result<()> {
    let limit = std::env::args().nth(1).map_or(Ok(usize::MAX), |text| text.parse())?;
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", setting("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092"))
        .set("group.id", setting("ROUTER_GROUP", "router-rust"))
        // Due events are written in transactions. Those of an aborted attempt must not ring anybody's phone.
        .set("isolation.level", "read_committed")
        // A new group begins with what is there: a callback that came due before this router started is still owed.
        .set("auto.offset.reset", "earliest")
        // Committed by hand, after the call is queued and reported: a crash in between brings the event again, and never
        // loses it.
        .set("enable.auto.commit", "false")
        .create()?;
    consumer.subscribe(&[&setting("DUE_TOPIC", "callback.due")])?;
    let mut calls = Calls::open(std::env::var_os("CALLS_FILE").map(PathBuf::from))?;
    let reports = Reports::open()?;
    let mut events = 0;
    while events < limit {
        let Some(record) = consumer.poll(Duration::from_millis(200)) else { continue };
        let record = record?;
        route(&mut calls, &reports, &record)?;
        consumer.commit_message(&record, CommitMode::Sync)?;
        events += 1;
    }
    Ok(())
}

fn route(calls: &mut Calls, reports: &Reports, record: &BorrowedMessage<'_>) -> Result<()> {
    let (source, id) = (header(record, "ce_source")?, header(record, "ce_id")?);
    let event: Value = serde_json::from_slice(record.payload().unwrap_or_default())?;
    let (is_new, outcome) = calls.add(source, id, &event)?;
    if is_new {
        // The agent, if there is one, takes precedence; else anyone with the skill.
        let target = &event["target"];
        let whom = if target["type"] == "agent" { &target["agentId"] } else { &target["skillId"] };
        println!("queued {id} for {} {}", text(&target["type"]), text(whom));
    } else {
        println!("repeat {id}");
    }
    // Also for an event that came before: whether its reports were sent is not known. Their ids and contents are the same,
    // so they count once.
    let tenant = header(record, "ce_tenantid")?;
    reports.send(tenant, id, &event, "accepted")?; // it is queued: nobody else need be asked
    reports.send(tenant, id, &event, &outcome) // a real router says so when the call is over
}

/// The calls that were queued, by which events, and what came of them: one place, so that all of it is stored or nothing.
/// In a real router, a table with (source, id) as its primary key, written in the transaction that queues the call.
struct Calls {
    seen: HashMap<(String, String), String>,
    file: File,
}

impl Calls {
    fn open(kept: Option<PathBuf>) -> Result<Self> {
        let mut options = File::options();
        options.append(true).create(true);
        let path = kept.unwrap_or_else(|| {
            // Of this run alone: what another one has queued is none of its business.
            options.create_new(true);
            std::env::temp_dir().join(format!("router-rust-{}.ndjson", std::process::id()))
        });
        let file = options.open(&path).with_context(|| path.display().to_string())?;
        eprintln!("calls go to {}", path.display());
        let lines = fs::read_to_string(&path)?;
        let known = lines.lines().map(|line| {
            let call: Value = serde_json::from_str(line)?;
            let key = (text(&call["source"]).to_owned(), text(&call["id"]).to_owned());
            Ok((key, text(&call["outcome"]).to_owned()))
        });
        Ok(Self { seen: known.collect::<Result<_>>()?, file })
    }

    /// False where this event has been seen: its id is the same however often it comes. With it, what came of the call.
    fn add(&mut self, source: &str, id: &str, event: &Value) -> Result<(bool, String)> {
        let key = (source.to_owned(), id.to_owned());
        if let Some(outcome) = self.seen.get(&key) {
            return Ok((false, outcome.clone()));
        }
        let outcome = setting("OUTCOME", "connected");
        writeln!(self.file, "{}", json!({"source": source, "id": id, "event": event, "outcome": outcome}))?;
        self.file.sync_data()?;
        self.seen.insert(key, outcome.clone());
        Ok((true, outcome))
    }
}

/// Reports, to the command topic.
struct Reports {
    producer: ThreadedProducer<DefaultProducerContext>,
    topic: String,
}

impl Reports {
    fn open() -> Result<Self> {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", setting("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092"));
        // What the client sends again after a lost acknowledgement is stored once, and in order.
        let producer = client.set("enable.idempotence", "true").create()?;
        Ok(Self { producer, topic: setting("COMMANDS_TOPIC", "callback.commands") })
    }

    /// Returns when the broker has it.
    fn send(&self, tenant: &str, event_id: &str, event: &Value, outcome: &str) -> Result<()> {
        // Only what is the same each time: the same id with another content is refused. So an `occurredAt` has to be
        // stored with the call.
        let report = json!({
            "securityUser": setting("SECURITY_USER", "su-4"),
            "callbackId": event["callbackId"],
            "attempt": event["attempt"],
            "outcome": outcome,
        });
        let id = format!("{event_id}.{outcome}");
        let attributes = [
            ("ce_specversion", "1.0"),
            ("ce_id", &*id),
            ("ce_source", "/examples/rust"),
            ("ce_type", "callback.report.v1"),
            ("ce_tenantid", tenant),
            ("content-type", "application/json"),
        ];
        let headers = attributes
            .into_iter()
            .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(value) }));
        // One callback's reports stay in order.
        let (key, payload) = (event["callbackId"].to_string(), report.to_string());
        let record = BaseRecord::to(&self.topic).key(&key).payload(&payload).headers(headers);
        self.producer.send(record).map_err(|(error, _)| error)?;
        self.producer.flush(CLIENT_CALL).context("the broker did not take the report")?;
        println!("reported {outcome} of {event_id}");
        Ok(())
    }
}

fn header<'a>(record: &'a BorrowedMessage<'_>, name: &str) -> Result<&'a str> {
    let mut headers = record.headers().into_iter().flat_map(Headers::iter);
    let found = headers.find(|header| header.key == name).and_then(|header| header.value);
    Ok(std::str::from_utf8(found.with_context(|| format!("an event without {name}"))?)?)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}
