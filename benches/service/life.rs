//! What the scenarios of life after due (docs/contract.md#life-after-due) have in common: callbacks of tracked skills that
//! were presented, and by nobody reported.

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;

use crate::grounds::{Ground, Grounds, Kind, PARTITIONS, start};
use crate::listen::{Listener, said};

const SECOND: i64 = 1_000_000;
/// When callbacks were due that count as presented, before the shards' markers: within half an hour.
const PRESENTED_WITHIN: i64 = 1_800 * SECOND;

/// A ground of its own where the callbacks of each shard up to this moment count as presented: one of each shard was.
pub fn presented<'a>(grounds: &Grounds<'a>) -> (Ground<'a>, Timestamp) {
    let ground = grounds.with_partitions(PARTITIONS);
    let shards = u64::from(PARTITIONS.unsigned_abs());
    let listener = Listener::open(&ground.scope.kafka.client(), &ground.scope.topics.due, said);
    ground.put_callbacks(&Kind::UNTRACKED, shards, clock::now(), 0);
    let (mut service, _) = start(&ground.service());
    listener.wait_for("the first due event of each shard", shards);
    service.terminate();
    let marker = ground.scope.sql().value("select min(fire_at) from callback", &[]);
    (ground, marker)
}

/// Puts callbacks into the database that were due before the marker, half an hour ago at most.
pub fn put_presented(ground: &Ground<'_>, kind: &Kind, count: u64, marker: Timestamp) {
    let step = PRESENTED_WITHIN / i64::try_from(count).unwrap_or(i64::MAX);
    ground.put_callbacks(kind, count, marker.plus_micros(-PRESENTED_WITHIN - SECOND), step);
    ground.settle();
}
