//! A queue for each partition. librdkafka puts what it fetches into one queue for all: there, what one partition has in
//! plenty stands before what the others get later. `docs/decisions/0010-a-queue-for-each-partition.md` says more.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::Stream;
use crate::domain::ids::Shard;
use crate::kafka::arrivals::Arrivals;
use crate::kafka::cluster::Says;
use crate::kafka::hearing;
use crate::kafka::place;

/// A partition that can be read.
pub type Source = (Stream, Shard);

/// One consumer's queues.
pub struct Queues<C: ConsumerContext + Says + 'static> {
    // Dropped before the consumer: a queue must not outlive its client.
    open: HashMap<Shard, PartitionQueue<C>>,
    consumer: Arc<BaseConsumer<C>>,
    stream: Stream,
    topic: String,
    /// What `assign` assigned.
    assigned: HashSet<Shard>,
    arrivals: Arc<Arrivals<Source>>,
}

impl<C: ConsumerContext + Says + 'static> Queues<C> {
    /// No partition has a queue of its own yet.
    pub fn new(consumer: BaseConsumer<C>, stream: Stream, topic: &str, arrivals: &Arc<Arrivals<Source>>) -> Self {
        let (open, topic, arrivals) = (HashMap::new(), topic.to_owned(), Arc::clone(arrivals));
        Self { open, consumer: Arc::new(consumer), stream, topic, assigned: HashSet::new(), arrivals }
    }

    /// Takes another consumer in place of this one, which is returned without its queues.
    pub fn replace(&mut self, consumer: BaseConsumer<C>) -> Arc<BaseConsumer<C>> {
        self.open.clear();
        self.assigned.clear();
        std::mem::replace(&mut self.consumer, Arc::new(consumer))
    }

    /// Wakes the client's main thread. It waits for instants of this machine's clock, so where that is set back it waits for
    /// longer by as much (librdkafka's `cnd_timedwait_abs`), sends no heartbeats, and loses the group. What is asked here is
    /// answered by that thread, which then waits by the clock as it is.
    pub fn wake(&self) {
        drop(self.consumer.group_metadata());
    }

    /// The consumer without its queues.
    pub fn into_consumer(self) -> Arc<BaseConsumer<C>> {
        self.consumer
    }

    /// Gives the partition a queue of its own, which is what is read of it from now on. To be called while nothing is
    /// fetched, before the partition is positioned: only what is fetched later is certain to come this way.
    ///
    /// # Errors
    /// Where the client knows no such partition.
    fn open(&mut self, shard: Shard) -> KafkaResult<()> {
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

    /// Serves the client's callbacks: rebalances, statistics, errors. To be called often, to stay in the group. Returns the
    /// errors that are not of one partition only; they are counted and said.
    pub fn serve(&self) -> Vec<KafkaError> {
        let mut errors = Vec::new();
        while let Some(polled) = self.consumer.poll(Duration::ZERO) {
            match polled {
                // Fetched before the partition had its own queue, so before it was positioned: it comes again.
                Ok(record) => {
                    let (partition, offset) = (record.partition(), record.offset());
                    tracing::debug!(
                        topic = self.topic,
                        partition,
                        offset,
                        "a record has come from a partition whose takeover is not done yet"
                    );
                }
                Err(error) => {
                    hearing::pass_over(self.stream.client(), &**self.consumer.context(), &error);
                    errors.push(error);
                }
            }
        }
        errors
    }

    /// The group's metadata, as the client has it.
    #[cfg(test)]
    pub fn group_metadata(&self) -> Option<rdkafka::consumer::ConsumerGroupMetadata> {
        self.consumer.group_metadata()
    }

    /// What the client said with its last error.
    pub fn said(&self) -> Option<String> {
        self.consumer.context().said()
    }

    /// Takes nothing from the partition until it is positioned again.
    ///
    /// # Errors
    /// Where the client has no such partition.
    pub fn hold(&self, shard: Shard) -> KafkaResult<()> {
        place::hold(&self.consumer, &self.topic, shard.partition())
    }

    /// Reads the partition from that offset on.
    ///
    /// # Errors
    /// The client's error. Nothing has changed, and the call may be tried again.
    pub fn position(&mut self, shard: Shard, next: i64) -> KafkaResult<()> {
        self.open(shard)?;
        place::read_from(&self.consumer, &self.topic, shard.partition(), Offset::Offset(next))
    }

    /// Assigns the partition, to be read from that offset on: for a consumer whom no group assigns anything.
    ///
    /// # Errors
    /// The client's error. Nothing has changed, and the call may be tried again.
    pub fn assign(&mut self, shard: Shard, next: i64) -> KafkaResult<()> {
        self.unassign(shard)?;
        self.open(shard)?;
        let mut place = TopicPartitionList::new();
        place.add_partition_offset(&self.topic, shard.partition(), Offset::Offset(next))?;
        self.consumer.incremental_assign(&place)?;
        self.assigned.insert(shard);
        Ok(())
    }

    /// Gives up what `assign` assigned.
    ///
    /// # Errors
    /// The client's error. Nothing has changed, and the call may be tried again.
    pub fn unassign(&mut self, shard: Shard) -> KafkaResult<()> {
        self.close(shard);
        if self.assigned.contains(&shard) {
            let mut place = TopicPartitionList::new();
            place.add_partition(&self.topic, shard.partition());
            self.consumer.incremental_unassign(&place)?;
            self.assigned.remove(&shard);
        }
        Ok(())
    }
}
