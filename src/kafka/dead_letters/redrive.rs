//! Publishing dead letters to the command topic again.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdkafka::consumer::{Consumer, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::redriven::Redriven;
use super::{DeadLettersError, Letter, Letters, Partition};
use crate::domain::time::Timestamp;
use crate::kafka::transactions::{NewRecord, Outcome, Sending, Transactor, owned_headers};
use crate::wire::dead_letter::DeadLetter;
use crate::wire::record::Outgoing;

/// The most letters in a transaction.
const BATCH_LETTERS: usize = 500;
/// The most bytes of values in a transaction.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Which letters, of those that were not redriven yet.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Those of these reasons; of all where it is empty.
    pub reasons: Vec<String>,
    /// Those that were set aside then or later.
    pub since: Option<Timestamp>,
    /// Those that were set aside before.
    pub until: Option<Timestamp>,
}

/// How far a redrive has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Letters that were published again, by reason.
    pub redriven: BTreeMap<String, u64>,
    /// Letters that were not asked for, by reason: they stay for another run.
    pub passed_over: BTreeMap<String, u64>,
    /// Letters that have no value, since the broker would not take one of that size.
    pub without_value: u64,
    /// Records that are no dead letters.
    pub foreign: u64,
}

/// Whether letters are published, or only counted.
pub enum Redriving {
    /// Nothing is published or remembered.
    Dry,
    /// They are published.
    Wet(Box<Transactor>, Arc<ConsumerGroupMetadata>),
}

/// One run.
pub struct Redrive<'a, F> {
    letters: &'a Letters,
    selection: Selection,
    /// How many more may be redriven.
    left: u64,
    redriving: Redriving,
    progress: Progress,
    tell: F,
}

/// Letters that go into one transaction.
#[derive(Default)]
struct Batch {
    records: Vec<(Outgoing, Option<i32>, i64)>,
    reasons: Vec<String>,
    bytes: usize,
}

impl Selection {
    /// Whether a letter of that reason, set aside then, is one of these.
    pub fn has(&self, reason: &str, set_aside_at: Timestamp) -> bool {
        (self.reasons.is_empty() || self.reasons.iter().any(|wanted| wanted == reason))
            && self.since.is_none_or(|since| since <= set_aside_at)
            && self.until.is_none_or(|until| set_aside_at < until)
    }
}

impl Progress {
    /// How many letters were published again.
    pub fn count(&self) -> u64 {
        self.redriven.values().sum()
    }
}

impl Redriving {
    /// Ends whatever an earlier or a concurrent run left open, and is ready to publish.
    ///
    /// # Errors
    /// Where the broker does not answer.
    pub fn wet(letters: &Letters) -> Result<Self, DeadLettersError> {
        let id = letters.cluster.group_id.clone();
        let mut transactor = Transactor::new(letters.cluster.clone(), [id]);
        transactor.reset()?;
        let metadata = letters.consumer.group_metadata().ok_or(KafkaError::Canceled)?;
        Ok(Self::Wet(Box::new(transactor), Arc::new(metadata)))
    }
}

impl<'a, F: FnMut(&Progress)> Redrive<'a, F> {
    /// A run over the letters that are there now; at most so many are redriven. `tell` is called after each transaction.
    pub fn new(letters: &'a Letters, selection: Selection, limit: Option<u64>, redriving: Redriving, tell: F) -> Self {
        let left = limit.unwrap_or(u64::MAX);
        Self { letters, selection, left, redriving, progress: Progress::default(), tell }
    }

    /// Goes through the partitions, in order.
    ///
    /// # Errors
    /// Where the broker does not do it; what was committed until then stays.
    pub fn run(mut self) -> Result<Progress, DeadLettersError> {
        let mut remembered = self.letters.remembered()?;
        for (partition, redriven) in self.letters.partitions.iter().zip(&mut remembered) {
            if self.left == 0 {
                break;
            }
            self.partition(partition, redriven)?;
        }
        Ok(self.progress)
    }

    fn partition(&mut self, partition: &Partition, redriven: &mut Redriven) -> Result<(), DeadLettersError> {
        let letters = self.letters;
        let mut batch = Batch::default();
        let from = redriven.next();
        // Between records there is nothing but the ends of transactions, which need no look again.
        let mut expected = from;
        letters.read(partition, from, |letter| {
            redriven.add(expected..letter.offset);
            expected = letter.offset + 1;
            self.letter(&letter, redriven, &mut batch);
            if batch.records.len() >= BATCH_LETTERS || batch.bytes >= BATCH_BYTES {
                self.commit(partition, redriven, std::mem::take(&mut batch))?;
            }
            Ok(self.left > 0)
        })?;
        if self.left > 0 {
            redriven.add(expected..partition.end);
        }
        self.commit(partition, redriven, batch)
    }

    fn letter(&mut self, letter: &Letter<'_>, redriven: &mut Redriven, batch: &mut Batch) {
        let place = letter.offset..letter.offset + 1;
        if redriven.contains(letter.offset) {
            return;
        }
        let Some(read) = DeadLetter::read(&letter.record) else {
            self.progress.foreign += 1;
            redriven.add(place);
            return;
        };
        if !self.selection.has(read.reason, letter.set_aside_at) {
            *self.progress.passed_over.entry(read.reason.to_owned()).or_default() += 1;
            return;
        }
        redriven.add(place);
        if !read.has_its_value() {
            self.progress.without_value += 1;
            return;
        }
        self.left -= 1;
        batch.bytes += read.record.value.map_or(0, <[u8]>::len);
        batch.reasons.push(read.reason.to_owned());
        let is_command = read.from.topic == self.letters.commands_topic;
        let is_there = (0..self.letters.command_partitions).contains(&read.from.partition);
        // Where it stood before, so that it stays in order with the commands of its contact.
        let partition = (is_command && is_there).then_some(read.from.partition);
        batch.records.push((Outgoing::copy_of(&read.record), partition, read.record.timestamp.millis()));
    }

    /// Publishes the letters and remembers what is done, in one transaction.
    fn commit(&mut self, partition: &Partition, redriven: &Redriven, batch: Batch) -> Result<(), DeadLettersError> {
        if let Redriving::Wet(transactor, metadata) = &mut self.redriving {
            let offsets = self.letters.offsets(partition, redriven)?;
            let topic = self.letters.commands_topic.as_str();
            let publish = |sending: &Sending<'_>| {
                batch.records.iter().try_for_each(|record| sending.send(outgoing(topic, record)))
            };
            match transactor.transact(metadata, &offsets, publish, || Ok(())) {
                Outcome::Committed => {}
                Outcome::Aborted(error) | Outcome::Unknown(error) => return Err(DeadLettersError::Interrupted(error)),
            }
        }
        for reason in batch.reasons {
            *self.progress.redriven.entry(reason).or_default() += 1;
        }
        (self.tell)(&self.progress);
        Ok(())
    }
}

impl Letters {
    fn offsets(&self, partition: &Partition, redriven: &Redriven) -> Result<TopicPartitionList, DeadLettersError> {
        let metadata = redriven.metadata().map_err(|source| DeadLettersError::Scattered {
            partition: partition.number,
            first: redriven.next(),
            source,
        })?;
        let mut offsets = TopicPartitionList::new();
        let mut element = offsets.add_partition(&self.topic, partition.number);
        element.set_metadata(metadata);
        element.set_offset(Offset::Offset(redriven.next()))?;
        Ok(offsets)
    }
}

/// The record as it was, its time too: dates are judged against it.
fn outgoing<'r>(
    topic: &'r str,
    (record, partition, timestamp_millis): &'r (Outgoing, Option<i32>, i64),
) -> NewRecord<'r> {
    let headers = record.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref()));
    NewRecord {
        topic,
        partition: *partition,
        key: record.key.as_deref(),
        value: record.value.as_deref(),
        headers: owned_headers(headers),
        timestamp_millis: Some(*timestamp_millis),
    }
}
