//! The membership in the consumer group: joining, heartbeats, what the rebalance callbacks do.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::task::Poll;

use schedule_callback::domain::ids::Shard;

use super::messages::ToTakeover;
use super::shared::Shared;
use crate::broker::Error;
use crate::broker::group::{Member, Membership, SESSION_TIMEOUT};
use crate::channel::promise;
use crate::executor::{MILLIS, SECOND};
use crate::network::Broken;

/// Between two heartbeats.
const HEARTBEAT: i64 = SECOND;

/// Runs until the instance is told to stop; then gives everything up in order, and ends the process.
pub async fn run(shared: Rc<Shared>) {
    let mut member: Option<Member> = None;
    let mut owned: BTreeSet<i32> = BTreeSet::new();
    while !shared.stop.get() {
        let (membership, assigned) = match join(&shared, member, &owned).await {
            Some(Ok(joined)) => joined,
            Some(Err(_)) => {
                lose_all(&shared, &mut member, &mut owned);
                continue;
            }
            // It joins again as who it is, with what it has (librdkafka's `rd_kafka_cgrp_handle_JoinGroup`).
            None => continue,
        };
        member = Some(membership.member);
        let revoked: Vec<i32> = owned.difference(&assigned).copied().collect();
        if !revoked.is_empty() {
            owned.retain(|partition| assigned.contains(partition));
            give_up(&shared, &revoked).await;
            // What was given up is shared out in the next generation.
            continue;
        }
        let new: Vec<Shard> = shards(assigned.difference(&owned));
        owned = assigned;
        let awaiting = shared.assign(new, membership);
        shared.mailboxes.takeover.send(ToTakeover::Take(awaiting));
        if stay(&shared, membership).await == Err(Error::IllegalGeneration) {
            lose_all(&shared, &mut member, &mut owned);
        }
    }
    let all: Vec<i32> = owned.iter().copied().collect();
    give_up(&shared, &all).await;
    if let Some(member) = member {
        let broker = Rc::clone(&shared.broker);
        let leave = move || {
            broker.leave(member);
            Poll::Ready(())
        };
        shared.kafka.call("leave", 2 * SECOND, leave, None).await.unwrap_or_default();
    }
    shared.sim.note(|| format!("{} has stopped in order", shared.name));
    shared.sim.kill(shared.process);
}

fn shards<'a>(partitions: impl Iterator<Item = &'a i32>) -> Vec<Shard> {
    partitions.filter_map(|partition| Shard::from_partition(*partition).ok()).collect()
}

/// Joins until it has joined: an error where the group does not know the member any more, `None` where no answer comes.
async fn join(
    shared: &Rc<Shared>,
    member: Option<Member>,
    owned: &BTreeSet<i32>,
) -> Option<Result<(Membership, BTreeSet<i32>), Error>> {
    let (broker, name, owned) = (Rc::clone(&shared.broker), shared.name.clone(), owned.clone());
    let mut joined: Option<Member> = None;
    let effect = move || {
        let member = *joined.get_or_insert_with(|| broker.join(&name, member, owned.clone()));
        broker.joined(member)
    };
    let answer = shared.kafka.call("join", 10 * SECOND, effect, None).await;
    match answer {
        Ok(Ok(_)) => {}
        Ok(Err(_)) | Err(Broken::Lost) => shared.sim.sleep(100 * MILLIS).await,
        Err(Broken::Away) => shared.sim.sleep(500 * MILLIS).await,
    }
    answer.ok()
}

/// Sends heartbeats until another generation is to be joined, or the instance is told to stop. Where none is answered for as
/// long as a session takes, the client gives its membership up by itself.
async fn stay(shared: &Rc<Shared>, membership: Membership) -> Result<(), Error> {
    let mut heard = shared.sim.now();
    while !shared.stop.get() {
        shared.sim.sleep(HEARTBEAT).await;
        let broker = Rc::clone(&shared.broker);
        let beat = move || Poll::Ready(broker.heartbeat(membership));
        match shared.kafka.call("heartbeat", 3 * SECOND, beat, None).await {
            Ok(Ok(())) => heard = shared.sim.now(),
            Ok(Err(error)) => return Err(error),
            Err(_) if shared.sim.now() - heard > SESSION_TIMEOUT => return Err(Error::IllegalGeneration),
            Err(_) => {}
        }
    }
    Ok(())
}

/// The callback of a revocation: waits for open transactions, then has the markers copied.
async fn give_up(shared: &Rc<Shared>, partitions: &[i32]) {
    let ended = shared.revoke(shards(partitions.iter())).await;
    let (done, told) = promise(&shared.sim);
    shared.mailboxes.takeover.send(ToTakeover::Release { shards: ended, done });
    shared.sim.timeout(5 * SECOND, told.wait()).await;
}

/// The partitions are lost: others may have them already.
fn lose_all(shared: &Rc<Shared>, member: &mut Option<Member>, owned: &mut BTreeSet<i32>) {
    *member = None;
    if !std::mem::take(owned).is_empty() {
        shared.sim.note(|| format!("{} has lost its membership", shared.name));
        shared.leave();
    }
}
