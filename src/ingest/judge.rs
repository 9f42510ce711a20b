//! Judging: what the stage that consumes does with a record, without any consumer.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rdkafka::message::{BorrowedMessage, Message};

use super::{Content, Forward, Item, Stream, spans};
use crate::domain::command::draft::{Verdict, draft};
use crate::domain::command::rules::Rules;
use crate::domain::directory::Directory;
use crate::domain::ids::Shard;
use crate::kafka::incoming::incoming;
use crate::kafka::ownership::OwnedShard;
use crate::kafka::standstill::Partition;
use crate::wire;
use crate::wire::dead_letter;
use crate::wire::decode::{Limits, decode};

/// The most records in a batch: above this, bigger batches no longer raise the throughput (design §7).
pub(super) const BATCH_RECORDS: usize = 5_000;
/// The most bytes of values in a batch.
const BATCH_BYTES: usize = 16 * 1024 * 1024;
/// The stage's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The command topic.
    pub commands_topic: String,
    /// The internal topic of forwarded commands.
    pub amendments_topic: String,
    /// Bounds on what is read.
    pub limits: Limits,
    /// The least time between the beginnings of two small batches; zero for none.
    pub pace: Duration,
}

impl Settings {
    /// The partition as a person finds it.
    pub(super) fn place(&self, stream: Stream, shard: Shard) -> Partition {
        let topic = match stream {
            Stream::Commands => &self.commands_topic,
            Stream::Amendments => &self.amendments_topic,
        };
        Partition { client: stream.client(), topic: topic.clone(), partition: shard.partition() }
    }
}

/// A shard that is being read.
pub(super) struct ShardLines {
    pub owned: Arc<OwnedShard>,
    /// Of its commands and of its amendments.
    pub lines: [Line; 2],
}

/// What is read of one of a shard's two partitions.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub next: i64,
    /// It cannot be read: when that is tried again.
    pub held: Option<Instant>,
    /// It is said that it cannot be read.
    pub is_said: bool,
    /// The client hands over nothing of it, and it was positioned once more: when it is again.
    pub silent: Option<Instant>,
}

/// The half of the stage that needs no consumer.
pub(super) struct Judge {
    pub settings: Settings,
    pub directory: Arc<RwLock<Directory>>,
    pub rules: Arc<Rules>,
    pub reading: HashMap<Shard, ShardLines>,
    pub batch: Vec<Item>,
    pub batch_bytes: usize,
    /// When the batch got its first record.
    pub began: Option<Instant>,
    /// Whether some shard has something that an earlier takeover has decided and that may not be answered.
    pub awaits_answers: bool,
}

impl Judge {
    pub fn is_full(&self) -> bool {
        self.batch.len() >= BATCH_RECORDS || self.batch_bytes >= BATCH_BYTES
    }

    /// Looks again, as long as some shard does.
    pub fn look_whether_answers_are_awaited(&mut self) {
        let awaits = |reading: &ShardLines| reading.owned.unanswered_until().is_some();
        self.awaits_answers = self.awaits_answers && self.reading.values().any(awaits);
    }

    /// Whether the partition is not to be read on before what an earlier takeover has decided is answered.
    pub fn waits_for_answers(&self, stream: Stream, shard: Shard) -> bool {
        if !self.awaits_answers {
            return false;
        }
        let waits = |reading: &ShardLines| {
            let line = stream as usize;
            reading.owned.waits_for_answers(line, reading.lines[line].next)
        };
        self.reading.get(&shard).is_some_and(waits)
    }

    /// Takes a record of a shard that is being read; others come again when their takeover has succeeded. Returns whether
    /// the partition was said to be one that cannot be read.
    pub fn accept(&mut self, message: &BorrowedMessage<'_>, stream: Stream) -> bool {
        let shard = Shard::from_partition(message.partition()).ok();
        let Some(reading) = shard.and_then(|shard| self.reading.get_mut(&shard)) else { return false };
        let line = &mut reading.lines[stream as usize];
        // What was fetched before the consumer was positioned is not ours to take; nor is what comes after something that
        // cannot be read. That nothing is lost between one record and the next is the client's to say: an offset that is
        // gone is an error (`auto.offset.reset`), and so is a batch that it goes past (`check.crcs`).
        if !reading.owned.is_current() || line.held.is_some() || message.offset() < line.next {
            return false;
        }
        line.next = message.offset() + 1;
        let goes_on = std::mem::take(&mut line.is_said) | line.silent.take().is_some();
        reading.owned.lines[stream as usize].note(line.next);
        let place = super::ReadPlace { owned: Arc::clone(&reading.owned), stream, offset: message.offset() };
        self.batch_bytes += message.payload_len();
        self.began.get_or_insert_with(Instant::now);
        let content = self.judge(message);
        let traced = spans::begin(&content);
        self.batch.push(Item { place, key: message.key().map(Box::from), content, traced });
        goes_on
    }

    fn judge(&self, message: &BorrowedMessage<'_>) -> Content {
        let record = incoming(message);
        let from =
            wire::record::Place { topic: message.topic(), partition: message.partition(), offset: message.offset() };
        match decode(&record, self.settings.limits) {
            Ok(command) => {
                let directory = self.directory.read().unwrap_or_else(PoisonError::into_inner);
                let draft = Box::new(draft(command, &directory, &self.rules));
                let forward = matches!(draft.verdict, Verdict::Amend(_)).then(|| {
                    let timestamp_millis = record.timestamp.millis();
                    Box::new(Forward { record: wire::forward::write(&record, from), timestamp_millis })
                });
                Content::Judged { digest: draft.key.fingerprint(), draft, forward }
            }
            Err(malformed) => {
                let letter = dead_letter::write(&record, from, malformed.reason.code(), &malformed.detail);
                let dead_letter = Box::new(letter);
                Content::Malformed { malformed: Box::new(malformed), dead_letter }
            }
        }
    }
}
