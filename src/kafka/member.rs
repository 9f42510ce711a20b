//! The member of the consumer group: what the rebalance callbacks do, and in which order.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use rdkafka::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::cluster::{Cluster, Events};
use super::ownership::{Awaiting, OwnedShard, Ownership};
use crate::domain::ids::Shard;

/// What the group tells this instance.
#[derive(Debug)]
pub enum Rebalanced {
    /// These shards are assigned to it.
    Assigned(Vec<Awaiting>),
    /// These shards are about to be given up in order; nothing is under way for them any more. The partition is given
    /// up when the sender is dropped, or after a moment.
    Revoked(Vec<Arc<OwnedShard>>, Sender<()>),
}

/// The consumer's callbacks. They run inside `poll`, so in the thread that consumes.
pub struct Membership<F> {
    events: Events,
    ownership: Arc<Ownership>,
    tell: F,
}

/// The consumer that is a member of the group.
pub type Member<F> = BaseConsumer<Membership<F>>;

/// Joins the group to read that topic, which has so many partitions. `tell` is called inside the rebalance callbacks and
/// must be quick.
///
/// # Errors
/// Where librdkafka does not take the settings.
pub fn join<F: Fn(Rebalanced) + Send + Sync + 'static>(
    cluster: &Cluster,
    commands_topic: &str,
    partitions: i32,
    ownership: Arc<Ownership>,
    tell: F,
) -> KafkaResult<Member<F>> {
    let membership = Membership { events: Events::measured("member", "commands"), ownership, tell };
    let consumer: Member<F> = cluster.in_turns(cluster.member(), partitions).create_with_context(membership)?;
    consumer.subscribe(&[commands_topic])?;
    Ok(consumer)
}

impl<F: Send + Sync + 'static> ClientContext for Membership<F> {
    fn log(&self, level: rdkafka::config::RDKafkaLogLevel, facility: &str, message: &str) {
        self.events.log(level, facility, message);
    }

    fn stats(&self, statistics: Statistics) {
        self.events.stats(statistics);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.events.error(error, reason);
    }
}

impl<F: Fn(Rebalanced) + Send + Sync + 'static> ConsumerContext for Membership<F> {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let Rebalance::Revoke(partitions) = rebalance else { return };
        // Waits for transactions of both loops; from then on nothing is done for these shards.
        let ended = self.ownership.revoke(shards(partitions));
        // A lost partition may have a new owner already: whatever we left open is that one's to abort, so our name
        // stays in the table.
        let lost = consumer.assignment_lost();
        tracing::info!(partitions = partitions.count(), lost, "partitions are revoked");
        if !lost && !ended.is_empty() {
            let (done, waiting) = std::sync::mpsc::channel();
            (self.tell)(Rebalanced::Revoked(ended, done));
            // Either answer will do: the next owner does not rely on it.
            waiting.recv_timeout(std::time::Duration::from_secs(1)).unwrap_or_default();
        }
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(partitions) => {
                // Nothing is consumed before the takeover has read where to go on.
                if let Err(error) = consumer.pause(partitions) {
                    tracing::warn!(%error, "assigned partitions could not be paused");
                }
                let awaiting = self.ownership.assign(shards(partitions), consumer.group_metadata());
                tracing::info!(partitions = partitions.count(), "partitions are assigned");
                if !awaiting.is_empty() {
                    (self.tell)(Rebalanced::Assigned(awaiting));
                }
            }
            Rebalance::Revoke(_) => {}
            Rebalance::Error(error) => tracing::warn!(%error, "the group could not be rebalanced"),
        }
    }
}

fn shards(partitions: &TopicPartitionList) -> Vec<Shard> {
    partitions.elements().iter().filter_map(|element| Shard::from_partition(element.partition()).ok()).collect()
}
