//! One pass: which callbacks go into the next transaction, and their due events.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use metrics::{counter, histogram};
use rdkafka::error::KafkaResult;

use super::{Due, Settings};
use crate::domain::commitment::{Commitment, Position};
use crate::domain::ids::Shard;
use crate::domain::pass;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::kafka::ownership::OwnedShard;
use crate::kafka::transactions::{Record, Sending, owned_headers};
use crate::telemetry::metric;
use crate::wire;

/// How many due events one transaction carries at most; measured in the design's §7: with 10,000 the first of a burst
/// are seen after 55 ms, and throughput no longer grows.
const EVENTS_PER_PASS: usize = 10_000;

/// A shard's part of a pass.
pub(super) type Part = pass::Part<Shard>;

/// Chooses what is due by `by`, and begins the pass in each shard's frontier.
pub(super) fn plan<'a>(shards: impl Iterator<Item = (&'a OwnedShard, &'a Window<Due>)>, by: Timestamp) -> Vec<Part> {
    let parts = pass::plan(shards, OwnedShard::frontier, by, EVENTS_PER_PASS);
    parts.into_iter().map(|part| Part { shard: part.shard.shard, end: part.end }).collect()
}

/// Counts what a pass has published; lateness as a reader sees it, up to the commit.
pub(super) fn report(window: &Window<Due>, end: Position, published: Timestamp) {
    let (lateness, agents, skills) = (
        histogram!(metric::LATENESS.name),
        counter!(metric::DUE.name, "target" => "agent"),
        counter!(metric::DUE.name, "target" => "skill"),
    );
    let mut fired = 0_u32;
    for (_, commitment) in window.iter().take_while(|row| row.0 <= end) {
        fired += 1;
        let target = &commitment.terms.target;
        if target.agent.is_some() { &agents } else { &skills }.increment(1);
        let late = published.micros().saturating_sub(commitment.terms.scheduled_for.micros()).max(0);
        lateness.record(Duration::from_micros(late.unsigned_abs()).as_secs_f64());
    }
    histogram!(metric::PASS_CALLBACKS.name).record(f64::from(fired));
}

/// Sends the due events of a pass, oldest first over all its shards.
pub(super) fn produce<'a>(
    sending: &Sending<'_>,
    settings: &Settings,
    parts: impl Iterator<Item = (&'a Part, &'a Window<Due>)>,
    fired_at: impl Fn(&Commitment) -> Timestamp,
) -> KafkaResult<()> {
    let mut rows: Vec<_> =
        parts.map(|(part, window)| window.iter().take_while(|row| row.0 <= part.end).peekable()).collect();
    let mut heads: BinaryHeap<_> =
        rows.iter_mut().enumerate().filter_map(|(index, rows)| Some(Reverse((rows.peek()?.0, index)))).collect();
    let mut event = wire::due::DueEvent::default();
    while let Some(Reverse((_, index))) = heads.pop() {
        let rows = &mut rows[index];
        let Some((_, commitment)) = rows.next() else { continue };
        event.write(commitment, fired_at(commitment), &settings.source);
        sending.send(Record {
            topic: &settings.due_topic,
            partition: None,
            key: Some(&event.key),
            value: Some(&event.value),
            headers: owned_headers(event.headers.iter().map(|(name, value)| (name, Some(value)))),
            timestamp_millis: None,
        })?;
        heads.extend(rows.peek().map(|next| Reverse((next.0, index))));
    }
    Ok(())
}
