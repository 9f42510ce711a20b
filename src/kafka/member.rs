//! The member of the consumer group: what the rebalance callbacks do, and in which order.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::cluster::{Cluster, Events, Says};
use super::ownership::{Awaiting, OwnedShard, Ownership};
use super::positions::Positions;
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

/// How long the group may refuse what this member does before the member is made anew. A rebalance bumps the generation a
/// moment before the members hear of it; one that was put out hears of it with its next heartbeat, half a second later.
const REFUSED: Duration = Duration::from_secs(10);
/// How long a member may be without an assignment after it gave one up. The group waits for its members as long as
/// `max.poll.interval.ms` says (45 s), so by then it has given up whoever did not come.
const UNASSIGNED: Duration = Duration::from_secs(75);

/// How long a member that leaves may take to give its partitions up, which waits for open transactions.
const GIVING_UP: Duration = Duration::from_secs(2);
/// How long its client may take from then on until it has sent its farewell: milliseconds, and nothing shows it.
const SAYING_SO: Duration = Duration::from_millis(100);
/// How long it is served at a time.
const STEP: Duration = Duration::from_millis(10);

/// Asks for the member of the group to be made anew, from any thread; clones ask the same one.
///
/// For whoever finds out that the client no longer does its work: its heartbeats may have stopped without a word.
#[derive(Clone, Debug, Default)]
pub struct Rejoin(Arc<Mutex<Option<String>>>);

impl Rejoin {
    /// Gives the present membership up and joins again, since `why`.
    pub fn ask(&self, why: impl Into<String>) {
        self.wanted().get_or_insert_with(|| why.into());
    }

    /// Why the member is to be made anew; `None` where it is not.
    pub fn take(&self, ownership: &Ownership) -> Option<String> {
        let asked = self.wanted().take();
        let refused = || {
            let refused = ownership.refused_for().filter(|refused| *refused >= REFUSED)?;
            Some(format!("the group has not known this member, or its generation, for {} s", refused.as_secs()))
        };
        let unassigned = || {
            let unassigned = ownership.unassigned_for().filter(|unassigned| *unassigned >= UNASSIGNED)?;
            Some(format!("the group has assigned nothing for {} s", unassigned.as_secs()))
        };
        asked.or_else(refused).or_else(unassigned)
    }

    fn wanted(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A membership that can be given up: from then on its callbacks count for nothing.
pub trait Ends {
    /// Gives it up.
    fn end(&self);
}

/// The consumer's callbacks. They run inside `poll`, so in the thread that consumes.
pub struct Membership<F> {
    events: Events,
    ownership: Arc<Ownership>,
    tell: F,
    /// Another member has taken its place.
    is_over: AtomicBool,
}

/// The consumer that is a member of the group.
pub type Member<F> = BaseConsumer<Membership<F>>;

/// Joins the group under that name to read that topic, which has so many partitions. `tell` is called inside the rebalance
/// callbacks and must be quick.
///
/// # Errors
/// librdkafka's error, where it does not accept the settings of the client.
pub fn join<F: Fn(Rebalanced) + Send + Sync + 'static>(
    cluster: &Cluster,
    name: &str,
    (commands_topic, partitions): (&str, i32),
    ownership: Arc<Ownership>,
    positions: Positions,
    tell: F,
) -> KafkaResult<Member<F>> {
    let events = Events::telling("member", "commands", positions);
    let membership = Membership { events, ownership, tell, is_over: AtomicBool::new(false) };
    let consumer: Member<F> = cluster.in_turns(cluster.member(name), partitions).create_with_context(membership)?;
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

impl<F> Says for Membership<F> {
    fn said(&self) -> Option<String> {
        self.events.said()
    }

    fn is_news(&self, cause: &str) -> bool {
        self.events.is_news(cause)
    }
}

impl<F> Ends for Membership<F> {
    fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

impl<F: Fn(Rebalanced) + Send + Sync + 'static> ConsumerContext for Membership<F> {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if self.is_over.load(Ordering::Relaxed) {
            return;
        }
        let partitions = match rebalance {
            Rebalance::Revoke(partitions) => partitions,
            Rebalance::Assign(partitions) => return begin_somewhere(partitions),
            Rebalance::Error(_) => return,
        };
        let lost = consumer.assignment_lost();
        if lost {
            // They may have a new owner already: whatever we left open is that one's to abort, so our name stays in the table.
            self.ownership.lose(shards(partitions));
            tracing::info!(partitions = partitions.count(), lost, "partitions are revoked");
            return;
        }
        // Waits for transactions of both loops; from then on nothing is done for these shards.
        let ended = self.ownership.revoke(shards(partitions));
        tracing::info!(partitions = partitions.count(), lost, "partitions are revoked");
        if !ended.is_empty() {
            let (done, waiting) = std::sync::mpsc::channel();
            (self.tell)(Rebalanced::Revoked(ended, done));
            // Either answer will do: the next owner does not rely on it.
            waiting.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
        }
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if self.is_over.load(Ordering::Relaxed) {
            return;
        }
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

/// Where assigned partitions begin is decided by their takeovers. Until then the client must not look for a committed
/// offset: where there is none, or one that is gone, it would stop the partition.
fn begin_somewhere(partitions: &TopicPartitionList) {
    for mut element in partitions.elements() {
        if let Err(error) = element.set_offset(Offset::Beginning) {
            tracing::warn!(%error, "no offset to begin at could be given to an assigned partition");
        }
    }
}

fn shards(partitions: &TopicPartitionList) -> Vec<Shard> {
    partitions.elements().iter().filter_map(|element| Shard::from_partition(element.partition()).ok()).collect()
}

/// A member that leaves its group, and is closed, when this is dropped.
///
/// A static member that is only closed keeps its place until its session is over, and every rebalance waits for it until then
/// (`rd_kafka_cgrp_leave_maybe` in librdkafka 2.12). One that gives its subscription up leaves as others do.
pub struct Leaving<C: ConsumerContext + 'static>(pub Arc<BaseConsumer<C>>);

impl<C: ConsumerContext + 'static> Drop for Leaving<C> {
    fn drop(&mut self) {
        let Self(consumer) = self;
        consumer.unsubscribe();
        let began = Instant::now();
        let has_any = || consumer.assignment().is_ok_and(|assigned| assigned.count() > 0);
        // The partitions are given up in a callback. Behind it the client stops fetching, and then says that it leaves.
        while has_any() && began.elapsed() < GIVING_UP {
            drop(consumer.poll(STEP));
        }
        let began = Instant::now();
        while began.elapsed() < SAYING_SO {
            drop(consumer.poll(STEP));
        }
    }
}

/// Leaves a group on a thread of its own: that waits for a broker, and this one may never come to an end. The group puts the
/// member out when its session is over, whatever becomes of the thread.
pub fn leave_behind<C: ConsumerContext + 'static>(consumer: Arc<BaseConsumer<C>>) {
    let leaving = Leaving(consumer);
    if let Err(error) = Builder::new().name("leave-behind".to_owned()).spawn(move || drop(leaving)) {
        tracing::error!(%error, "no thread can be started to leave the group");
    }
}
