//! A queue for each partition. librdkafka puts what it fetches into one queue for all: there, what one partition has in
//! plenty stands before what the others get later. `docs/decisions/0010-a-queue-for-each-partition.md` says more.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{BorrowedMessage, Message};

use super::Stream;
use crate::domain::ids::Shard;

/// A partition that can be read.
pub type Source = (Stream, Shard);

/// Which queues were empty and have something now.
#[derive(Debug, Default)]
pub struct Arrivals {
    sources: Mutex<BTreeSet<Source>>,
    more: Condvar,
}

impl Arrivals {
    /// Waits until there is one, but no longer than that.
    pub fn wait(&self, patience: Duration) {
        let waited = self.more.wait_timeout_while(self.sources(), patience, |sources| sources.is_empty());
        drop(waited);
    }

    /// Those since the last time. To be taken before their queues are read, so that what comes meanwhile is not missed.
    pub fn take(&self) -> BTreeSet<Source> {
        std::mem::take(&mut self.sources())
    }

    /// Called by the client's own threads, which hold the queue's lock.
    fn note(&self, source: Source) {
        self.sources().insert(source);
        self.more.notify_one();
    }

    fn sources(&self) -> MutexGuard<'_, BTreeSet<Source>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One consumer's queues.
pub struct Queues<C: ConsumerContext + 'static> {
    // Dropped before the consumer: a queue must not outlive its client.
    open: HashMap<Shard, PartitionQueue<C>>,
    consumer: Arc<BaseConsumer<C>>,
    stream: Stream,
    topic: String,
    arrivals: Arc<Arrivals>,
}

impl<C: ConsumerContext + 'static> Queues<C> {
    /// No partition has a queue of its own yet.
    pub fn new(consumer: BaseConsumer<C>, stream: Stream, topic: &str, arrivals: &Arc<Arrivals>) -> Self {
        let (open, topic, arrivals) = (HashMap::new(), topic.to_owned(), Arc::clone(arrivals));
        Self { open, consumer: Arc::new(consumer), stream, topic, arrivals }
    }

    /// The consumer, to be positioned.
    pub fn consumer(&self) -> &BaseConsumer<C> {
        &self.consumer
    }

    /// Wakes the client's main thread. It waits for instants of this machine's clock, so where that is set back it waits for
    /// longer by as much (librdkafka's `cnd_timedwait_abs`), sends no heartbeats, and loses the group. What is asked here is
    /// answered by that thread, which then waits by the clock as it is.
    pub fn wake(&self) {
        drop(self.consumer.group_metadata());
    }

    /// The consumer without its queues: it leaves the group when it is dropped.
    pub fn into_consumer(self) -> Arc<BaseConsumer<C>> {
        self.consumer
    }

    /// Gives the partition a queue of its own, which is what is read of it from now on. To be called while nothing is
    /// fetched, before the partition is positioned: only what is fetched later is certain to come this way.
    ///
    /// # Errors
    /// Where the client knows no such partition.
    pub fn open(&mut self, shard: Shard) -> KafkaResult<()> {
        // It and the new one are the same queue to the client: were it dropped later, it would take the callback away.
        self.close(shard);
        let unknown = || KafkaError::Subscription(format!("partition {shard} of {} has no queue", self.topic));
        let mut queue = self.consumer.split_partition_queue(&self.topic, shard.partition()).ok_or_else(unknown)?;
        let (source, arrivals) = ((self.stream, shard), Arc::clone(&self.arrivals));
        queue.set_nonempty_callback(move || arrivals.note(source));
        self.open.insert(shard, queue);
        // The callback tells of what comes, not of what is there.
        self.arrivals.note(source);
        Ok(())
    }

    /// Reads no more of the partition. What the queue has is let go by the client once the partition is positioned
    /// again, or unassigned.
    pub fn close(&mut self, shard: Shard) {
        self.open.remove(&shard);
    }

    /// The next record of the partition, if there is one now.
    pub fn next(&self, shard: Shard) -> Option<KafkaResult<BorrowedMessage<'_>>> {
        self.open.get(&shard)?.poll(Duration::ZERO)
    }

    /// Serves the client's callbacks: rebalances, statistics, errors. To be called often, to stay in the group.
    pub fn serve(&self) {
        while let Some(polled) = self.consumer.poll(Duration::ZERO) {
            match polled {
                // Fetched before the partition had its own queue, so before it was positioned: it comes again.
                Ok(record) => {
                    let (partition, offset) = (record.partition(), record.offset());
                    tracing::debug!(topic = self.topic, partition, offset, "a record came before its takeover");
                }
                Err(error) => tracing::debug!(topic = self.topic, %error, "the consumer reports"),
            }
        }
    }
}
