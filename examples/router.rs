//! A router: takes callbacks that are due and queues each call once.
//!
//! `cargo run --example router` goes on for ever; `… -- 3` ends after three events. The calls go to a file, which stands
//! for the system that makes them: `CALLS_FILE`, or a new one in the system's folder for such files.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use serde_json::{Value, json};

fn main() -> Result<()> {
    let limit = std::env::args().nth(1).map_or(Ok(usize::MAX), |text| text.parse())?;
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", setting("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092"))
        .set("group.id", setting("ROUTER_GROUP", "router-rust"))
        // Due events are written in transactions. Those of an aborted attempt must not ring anybody's phone.
        .set("isolation.level", "read_committed")
        // A new group begins with what is there: a callback that came due before this router started is still owed.
        .set("auto.offset.reset", "earliest")
        // Committed by hand, after the call is queued: a crash in between brings the event again, and never loses it.
        .set("enable.auto.commit", "false")
        .create()?;
    consumer.subscribe(&[&setting("DUE_TOPIC", "callback.due")])?;
    let mut calls = Calls::open(std::env::var_os("CALLS_FILE").map(PathBuf::from))?;
    let mut events = 0;
    while events < limit {
        let Some(record) = consumer.poll(Duration::from_millis(200)) else { continue };
        let record = record?;
        queue(&mut calls, &record)?;
        consumer.commit_message(&record, CommitMode::Sync)?;
        events += 1;
    }
    Ok(())
}

fn queue(calls: &mut Calls, record: &BorrowedMessage<'_>) -> Result<()> {
    let (source, id) = (header(record, "ce_source")?, header(record, "ce_id")?);
    let event: Value = serde_json::from_slice(record.payload().unwrap_or_default())?;
    if calls.add(source, id, &event)? {
        // The agent, if there is one, takes precedence; else anyone with the skill.
        let target = &event["target"];
        let whom = if target["type"] == "agent" { &target["agentId"] } else { &target["skillId"] };
        println!("queued {id} for {} {}", text(&target["type"]), text(whom));
    } else {
        println!("repeat {id}");
    }
    Ok(())
}

/// The calls that were queued, and by which events: one place, so that both are stored or neither. In a real router, a
/// table with (source, id) as its primary key, written in the transaction that queues the call.
struct Calls {
    seen: HashSet<(String, String)>,
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
            Ok((text(&call["source"]).to_owned(), text(&call["id"]).to_owned()))
        });
        Ok(Self { seen: known.collect::<Result<_>>()?, file })
    }

    /// False where this event has been seen: its id is the same however often it comes.
    fn add(&mut self, source: &str, id: &str, event: &Value) -> Result<bool> {
        if !self.seen.insert((source.to_owned(), id.to_owned())) {
            return Ok(false);
        }
        writeln!(self.file, "{}", json!({"source": source, "id": id, "event": event}))?;
        self.file.sync_data()?;
        Ok(true)
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
