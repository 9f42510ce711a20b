//! What became of a transaction whose commit was asked for, and whose answer never came.
//!
//! Kafka lets it count in every partition or in none. A cluster that loses most of its brokers at once may break that: a
//! transaction coordinator that is started again takes up what its own log holds, also what no other broker has copied, and
//! sends markers for it before it hears that another broker leads that log now. The other one, whose log lacks the
//! decision, aborts what is left (seen with Kafka 4.4.0, docs/decisions/0012). Then the offsets may count and the records may
//! not, and nobody would publish them any more.
//!
//! So a loop keeps what it has sent until it knows. Once its new producers have ended what was left open, it looks. Where the
//! offsets count, records that no reader sees are published once more, with the same ids; nobody else does that, since whoever
//! has the shards now goes on after those offsets. Where the offsets do not count, whoever has the shards does everything
//! again: this loop then leaves out what readers have seen already, another instance cannot know of it.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::cluster::{Cluster, Events};
use super::committed::committed;
use super::extents::{Span, Spans};
use super::fault::{self, Fault};
use super::logs::offsets;
use super::sending::CALL_TIMEOUT;
use super::sent::{Sent, header, identity, key_of};
use crate::telemetry::metric;
use crate::wire::headers;

/// How long a fetch waits at the end of a partition, in milliseconds.
const FETCH_WAIT: &str = "10";
/// How long one wait for a record takes at most.
const POLL: Duration = Duration::from_millis(100);
/// How long it is tried to find out what became of a transaction where the brokers answer and do not tell: longer than
/// `TRANSACTION_TIMEOUT`, after which the broker ends what is open. A topic that is made anew meanwhile never tells.
const PATIENCE: Duration = Duration::from_mins(1);

/// A transaction of which nobody knows whether it counts.
pub(super) struct Doubt {
    /// Looks what readers see. It connects while the loop's next producers are made.
    reader: BaseConsumer<Events>,
    sent: Vec<Sent>,
    spans: BTreeMap<String, Vec<Span>>,
    offsets: TopicPartitionList,
    /// When it was first looked for.
    since: Cell<Option<Instant>>,
    is_open: Cell<bool>,
    /// Whether it has been tried to publish what is missing.
    is_completed: Cell<bool>,
    /// Under which its offsets were sent.
    pub(super) metadata: Arc<ConsumerGroupMetadata>,
}

/// What is found of it.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// All of it counts, or nothing.
    AsItShould,
    /// Its offsets do not count, so all of it is done again; readers have seen these of its records.
    Early(Vec<u64>),
    /// Its offsets count, and readers see nothing of these records.
    Missing(Vec<&'a Sent>),
}

impl Doubt {
    /// The transaction with these records and offsets; `None` where it has no records that could be missing.
    ///
    /// # Errors
    /// librdkafka's, where it makes no client.
    pub(super) fn of(
        cluster: &Cluster,
        sent: Vec<Sent>,
        spans: &Spans,
        offsets: &TopicPartitionList,
        metadata: &Arc<ConsumerGroupMetadata>,
    ) -> KafkaResult<Option<Self>> {
        if sent.is_empty() {
            return Ok(None);
        }
        let mut config = cluster.reader();
        config.set("enable.partition.eof", "true").set("fetch.wait.max.ms", FETCH_WAIT);
        Ok(Some(Self {
            reader: config.create_with_context(Events::of("settling"))?,
            sent,
            spans: spans.by_topic(),
            offsets: offsets.clone(),
            since: Cell::default(),
            is_open: Cell::new(true),
            is_completed: Cell::new(false),
            metadata: Arc::clone(metadata),
        }))
    }

    /// Whether nobody will find out, given why it could not be found out now. Servers that are away are waited for.
    pub(super) fn is_lost_after(&self, error: &KafkaError) -> bool {
        let since = self.since.get().unwrap_or_else(|| {
            tracing::warn!(
                %error,
                "it is not known yet whether readers see all of a transaction whose commit nobody answered; this loop publishes \
                 nothing until it is"
            );
            Instant::now()
        });
        self.since.set(Some(since));
        match fault::of(error) {
            Fault::Passing => false,
            Fault::Denied => true,
            _ => since.elapsed() > PATIENCE,
        }
    }

    /// It is as it should be.
    pub(super) fn close(self) {
        self.is_open.set(false);
    }

    /// Nobody will find out.
    pub(super) fn give_up(self, error: &KafkaError) {
        tracing::error!(
            %error,
            records = self.sent.len(),
            "nobody answered the commit of a transaction, and it cannot be found out whether readers see all of it: has this \
             service the right to read the topics that it writes, or was one of them made anew?"
        );
        metric::SPLIT_RECORDS.counter(&["unknown"]).increment(self.sent.len() as u64);
        self.is_open.set(false);
    }

    /// Looks what readers see of it. Nothing of it may be open any more.
    ///
    /// # Errors
    /// librdkafka's, where the brokers do not answer, or something is still open before its records; try again.
    pub(super) fn look(&self) -> KafkaResult<Found<'_>> {
        let counts = counts(&self.offsets, &committed(&self.reader, &named(&self.offsets), CALL_TIMEOUT)?)?;
        let mut visible = Visible::default();
        for (topic, spans) in &self.spans {
            read(&self.reader, topic, spans, &mut visible)?;
        }
        Ok(visible.tell(&self.sent, counts, self.is_completed.get()))
    }

    /// What is missing of it is being published: readers may see its records behind its own last one from now on.
    pub(super) fn is_being_completed(&self) {
        self.is_completed.set(true);
    }
}

impl Drop for Doubt {
    fn drop(&mut self) {
        if self.is_open.get() {
            let Self { sent, spans, .. } = self;
            tracing::error!(
                records = sent.len(),
                topics = ?spans.keys(),
                "this instance ends before it has found out whether readers see all of a transaction whose commit nobody answered"
            );
            metric::SPLIT_RECORDS.counter(&["unknown"]).increment(sent.len() as u64);
        }
    }
}

/// The same partitions, without offsets.
fn named(offsets: &TopicPartitionList) -> TopicPartitionList {
    let mut named = TopicPartitionList::with_capacity(offsets.count());
    for element in offsets.elements() {
        named.add_partition(element.topic(), element.partition());
    }
    named
}

/// Whether the offsets of a transaction count, given what is committed now: they are in one partition of the broker, so all of
/// them or none. Whoever has gone on since has committed later ones.
///
/// # Errors
/// Where the broker does not tell one of them.
fn counts(offsets: &TopicPartitionList, committed: &TopicPartitionList) -> KafkaResult<bool> {
    for ours in offsets.elements() {
        let Some(now) = committed.find_partition(ours.topic(), ours.partition()) else { return Ok(false) };
        now.error()?;
        let place = |offset: Offset, metadata: &str| match offset {
            // Markers of one moment differ by the callback's id; other metadata says nothing of the order.
            Offset::Offset(offset) => Some((offset, metadata.parse::<i64>().unwrap_or_default())),
            _ => None,
        };
        if place(now.offset(), now.metadata()) < place(ours.offset(), ours.metadata()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What readers see in the partitions of a transaction.
#[derive(Default)]
struct Visible {
    /// The records up to the transaction's last one, and how many of each.
    within: HashMap<u64, usize>,
    /// Those behind it.
    behind: HashMap<u64, usize>,
    /// Their keys.
    keys_behind: HashSet<u64>,
}

impl Visible {
    /// What became of a transaction; `offsets_count`: its offsets, or later ones, are committed. `is_completed`: what lies behind may
    /// be its own.
    fn tell<'a>(&mut self, all: &'a [Sent], offsets_count: bool, is_completed: bool) -> Found<'a> {
        let (mut missing, mut early) = (Vec::new(), Vec::new());
        for sent in all {
            let identity = sent.identity();
            if take(&mut self.within, identity) { early.push(identity) } else { missing.push((identity, sent)) }
        }
        // Later offsets say nothing of these where somebody has done it again since. What is missing then was withdrawn meanwhile:
        // a callback may have been cancelled whose due event nobody had seen.
        let was_done_again = !is_completed
            && all.iter().any(|sent| sent.is_published_once() && self.behind.contains_key(&sent.identity()));
        if !offsets_count || was_done_again {
            return if early.is_empty() { Found::AsItShould } else { Found::Early(early) };
        }
        // Whoever has gone on since may have answered the same command again, and may have published a later state.
        missing.retain(|(identity, sent)| {
            let is_superseded = sent.is_state() && self.keys_behind.contains(&key_of(&sent.topic, sent.key.as_deref()));
            !take(&mut self.behind, *identity) && !is_superseded
        });
        let missing: Vec<_> = missing.into_iter().map(|(_, sent)| sent).collect();
        if missing.is_empty() { Found::AsItShould } else { Found::Missing(missing) }
    }
}

/// Takes one of these away; whether there was one.
fn take(counts: &mut HashMap<u64, usize>, identity: u64) -> bool {
    counts.get_mut(&identity).filter(|left| **left > 0).map(|left| *left -= 1).is_some()
}

/// What a `read_committed` reader finds in these partitions of a topic from the first record of a transaction on.
///
/// # Errors
/// librdkafka's; `OffsetOutOfRange` where readers do not get to its last record: something open stands before it, or the topic was
/// made anew.
fn read(reader: &BaseConsumer<Events>, topic: &str, spans: &[Span], visible: &mut Visible) -> KafkaResult<()> {
    let partitions: Vec<_> = spans.iter().map(|span| span.partition).collect();
    let ends = offsets(reader, topic, &partitions, Offset::End)?;
    let mut places = TopicPartitionList::with_capacity(spans.len());
    for span in spans {
        if ends.get(&span.partition).is_none_or(|end| *end <= span.last()) {
            return Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OffsetOutOfRange));
        }
        places.add_partition_offset(topic, span.partition, span.start())?;
    }
    reader.assign(&places)?;
    // Where no offset was told, all are taken for the transaction's own.
    let lasts: HashMap<i32, i64> =
        spans.iter().map(|span| (span.partition, if span.has_untold { i64::MAX } else { span.last() })).collect();
    // A partition that others write to comes to its end again and again.
    let (mut open, deadline) = (BTreeSet::from_iter(partitions), Instant::now() + CALL_TIMEOUT);
    while !open.is_empty() && Instant::now() < deadline {
        match reader.poll(POLL) {
            Some(Ok(record)) if lasts.get(&record.partition()).is_some_and(|last| record.offset() <= *last) => {
                *visible.within.entry(identity_of(&record)).or_default() += 1;
            }
            Some(Ok(record)) => {
                *visible.behind.entry(identity_of(&record)).or_default() += 1;
                visible.keys_behind.insert(key_of(topic, record.key()));
            }
            None => {}
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                open.remove(&partition);
            }
            Some(Err(error)) => return Err(error),
        }
    }
    if open.is_empty() { Ok(()) } else { Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut)) }
}

fn identity_of(record: &BorrowedMessage<'_>) -> u64 {
    let id = record.headers().and_then(|all| header(all, headers::ID));
    identity(record.topic(), id, record.key(), record.payload())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::outgoing::{NewRecord, owned_headers};
    use crate::wire::{due, state};

    fn sent(ce_type: &str, key: &str, id: &str) -> Sent {
        let headers = [(headers::TYPE, Some(ce_type.as_bytes())), (headers::ID, Some(id.as_bytes()))];
        Sent::from(NewRecord {
            topic: "t",
            partition: None,
            key: Some(key.as_bytes()),
            value: Some(b"v"),
            headers: owned_headers(headers.into_iter()),
            timestamp_millis: None,
        })
    }

    /// What readers see within the transaction's part of the log, and behind it.
    fn visible(within: &[&Sent], behind: &[&Sent]) -> Visible {
        let count = |all: &[&Sent]| {
            let mut counts = HashMap::new();
            for sent in all {
                *counts.entry(sent.identity()).or_default() += 1;
            }
            counts
        };
        let keys_behind = behind.iter().map(|sent| key_of("t", sent.key.as_deref())).collect();
        Visible { within: count(within), behind: count(behind), keys_behind }
    }

    fn missing(found: &Found<'_>) -> usize {
        match found {
            Found::AsItShould => 0,
            Found::Early(_) => panic!("{found:?}"),
            Found::Missing(missing) => missing.len(),
        }
    }

    #[test]
    fn what_was_withdrawn_before_it_was_done_again_is_not_published() {
        let [kept, cancelled] = ["1", "2"].map(|id| sent(due::TYPE, "t/skill/1", id));
        let all = [kept, cancelled];
        // Another instance has fired the one again, and the other had been cancelled.
        let done_again = || visible(&[], &[&all[0]]);
        assert_eq!(missing(&done_again().tell(&all, true, false)), 0);
        let twice = visible(&[&all[0]], &[&all[0]]).tell(&all, true, false);
        assert!(matches!(&twice, Found::Early(seen) if seen.len() == 1), "{twice:?}");
        assert_eq!(missing(&done_again().tell(&all, true, true)), 1, "the one behind may be this loop's own");
        let another = sent(due::TYPE, "t/skill/1", "3");
        assert_eq!(missing(&visible(&[], &[&another]).tell(&all, true, false)), 2, "later callbacks say nothing");
    }

    #[test]
    fn a_command_that_is_answered_again_says_nothing_of_the_others() {
        let all = ["1", "2"].map(|id| sent("callback.result.v1", "k", id));
        assert_eq!(missing(&visible(&[], &[&all[0]]).tell(&all, true, false)), 1);
    }

    #[test]
    fn a_state_is_not_published_behind_a_later_one_of_its_callback() {
        let [old, later] = ["7.1.1.due", "7.1.1.completed"].map(|id| sent(state::TYPE, "t/7", id));
        let all = [old, sent(state::TYPE, "t/8", "8.1.1.due")];
        assert_eq!(missing(&visible(&[], &[&later]).tell(&all, true, false)), 1);
    }

    #[test]
    fn what_readers_see_although_its_offsets_do_not_count_is_told() {
        let all = ["1", "2"].map(|id| sent(due::TYPE, "t/skill/1", id));
        let found = visible(&[&all[1]], &[]).tell(&all, false, false);
        assert!(matches!(&found, Found::Early(seen) if *seen == [all[1].identity()]), "{found:?}");
    }
}
