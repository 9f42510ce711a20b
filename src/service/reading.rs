//! Wiring of what reads the command topic, and of what watches how far it comes.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::Sender;

use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaResult;

use crate::config::Topics;
use crate::ingest::consume::{Group, ReadAmendments};
use crate::kafka::cluster::{Cluster, Events, Says};
use crate::kafka::logs::Logs;
use crate::kafka::member::{self, Ends, Rebalanced, Rejoin};
use crate::kafka::ownership::Ownership;
use crate::kafka::positions::Positions;
use crate::kafka::standstill::Standstills;
use crate::kafka::watch::Watch;
use crate::stop::tell;
use crate::takeover;

/// What readers and watcher tell each other.
pub(super) struct Read {
    pub positions: Positions,
    pub standstills: Standstills,
    /// Set when the stage that consumes could not take any more.
    pub is_full: Arc<AtomicBool>,
    pub ownership: Arc<Ownership>,
    /// Has the member of the group made anew: for whoever finds that its client stands still.
    pub rejoin: Rejoin,
}

/// How to make a consumer of forwarded commands, which no group assigns anything.
pub(super) fn amendments(cluster: &Cluster, partitions: i32, read: &Read) -> ReadAmendments {
    let (cluster, positions) = (cluster.clone(), read.positions.clone());
    Box::new(move || {
        cluster.in_turns(cluster.measured(cluster.reader()), partitions).create_with_context(Events::telling(
            "amendments",
            "amendments",
            positions.clone(),
        ))
    })
}

/// Joins the group in this instance's name, and says how to do it again: under another name each time, so that the group is
/// balanced anew, whatever it takes the earlier member for.
pub(super) fn group(
    cluster: &Cluster,
    instance: &str,
    (topics, partitions): (&Topics, i32),
    read: &Read,
    takeovers: &Sender<takeover::Request>,
) -> KafkaResult<Group<impl ConsumerContext + Says + Ends + use<>>> {
    let (joined, commands_topic) = (cluster.clone(), topics.commands.to_string());
    let (ownership, positions) = (Arc::clone(&read.ownership), read.positions.clone());
    let rebalanced = takeovers.clone();
    let (instance, memberships) = (instance.to_owned(), Cell::new(0_u32));
    let join = move || {
        let name = match memberships.replace(memberships.get() + 1) {
            0 => instance.clone(),
            before => format!("{instance}.{before}"),
        };
        let rebalanced = rebalanced.clone();
        let tell = move |event| {
            let request = match event {
                Rebalanced::Assigned(awaiting) => takeover::Request::Take(awaiting),
                Rebalanced::Revoked(shards, done) => takeover::Request::Release { shards, done },
            };
            tell(&rebalanced, request);
        };
        let topic = (&*commands_topic, partitions);
        member::join(&joined, &name, topic, Arc::clone(&ownership), positions.clone(), tell)
    };
    Ok(Group {
        member: join()?,
        join: Box::new(join),
        rejoin: read.rejoin.clone(),
        ownership: Arc::clone(&read.ownership),
        takeovers: takeovers.clone(),
        standstills: read.standstills.clone(),
        is_full: Arc::clone(&read.is_full),
    })
}

/// Watches how far the readers come.
pub(super) fn watch(
    logs: Arc<Logs>,
    cluster: &Cluster,
    topics: &Topics,
    read: Read,
    takeovers: &Sender<takeover::Request>,
) -> Watch {
    let again = takeovers.clone();
    let Read { positions, standstills, is_full, ownership, .. } = read;
    Watch::new(logs, (cluster, topics), ownership, (positions, standstills), is_full, move |awaiting| {
        tell(&again, takeover::Request::Take(awaiting));
    })
}
