//! One pass: which callbacks go into the next transaction, and their due events.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use rdkafka::error::KafkaResult;

use super::Settings;
use super::firing::Firing;
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::domain::timestamp::Timestamp;
use crate::kafka::ownership::OwnedShard;
use crate::kafka::transactions::{Record, Sending, owned_headers};
use crate::protocol::pass;
use crate::protocol::window::Window;
use crate::telemetry::metric;
use crate::wire::due::{DueEvent, FiredAt};

/// How many due events one transaction carries at most; measured in the design's §7: with 10,000 the first of a burst
/// are seen after 55 ms, and throughput no longer grows.
const EVENTS_PER_PASS: usize = 10_000;
/// How many more it may carry for each millisecond that it is prepared ahead: what the producer takes in that time
/// at its best (design, §7: 90–170k records/s), so that a burst of one instant goes into one transaction.
const STAGED_PER_MILLISECOND: usize = 200;
/// The longest that a transaction stays open ahead of its time, whatever `due.stage_ahead` allows: well within the
/// broker's patience with a transaction, and a rebalance waits for it.
pub(super) const STAGED_AT_MOST: Duration = Duration::from_secs(10);

/// How far a pass goes, and how much it may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    by: Timestamp,
    limit: usize,
}

impl Extent {
    /// Up to now; or, where nothing is due yet, up to the next instant at which something is, if that can be staged. One
    /// instant only: what is published together is seen together, and nothing may wait for what is due later.
    pub(super) fn of(next: Timestamp, now: Timestamp, stage_ahead: Duration) -> Self {
        let ahead =
            u64::try_from(next.micros().saturating_sub(now.micros())).map_or(Duration::ZERO, Duration::from_micros);
        if ahead.is_zero() || ahead > stage_ahead {
            return Self { by: now, limit: EVENTS_PER_PASS };
        }
        let staged = usize::try_from(ahead.as_millis()).unwrap_or(usize::MAX).saturating_mul(STAGED_PER_MILLISECOND);
        Self { by: next, limit: EVENTS_PER_PASS.max(staged) }
    }
}

/// A shard's part of a pass.
pub(super) type Part = pass::Part<Shard>;

/// Chooses what is due, and begins the pass in each shard's frontier.
pub(super) fn plan<'a>(
    shards: impl Iterator<Item = (&'a OwnedShard, &'a Window<DueEvent>)>,
    Extent { by, limit }: Extent,
) -> Vec<Part> {
    let parts = pass::plan(shards, OwnedShard::frontier, by, limit);
    parts.into_iter().map(|part| Part { shard: part.shard.shard, end: part.end }).collect()
}

/// Counts what a pass has published; lateness as a reader sees it, up to the commit.
pub(super) fn report(firing: &Firing, end: Position, published: Timestamp) {
    let (live, catch_up) = (metric::LATENESS.histogram(&["live"]), metric::LATENESS.histogram(&["catch_up"]));
    let (agents, skills) = (metric::DUE.counter(&["agent"]), metric::DUE.counter(&["skill"]));
    let (mut fired, mut for_agents) = (0_u32, 0_u32);
    for (_, event) in firing.window.iter().take_while(|row| row.0 <= end) {
        fired += 1;
        for_agents += u32::from(event.is_for_agent());
        let late = published.since(event.scheduled_for());
        if firing.was_overdue(event) { &catch_up } else { &live }.record(late.as_secs_f64());
    }
    agents.increment(for_agents.into());
    skills.increment((fired - for_agents).into());
    metric::PASS_CALLBACKS.histogram(&[]).record(f64::from(fired));
}

/// Sends the due events of a pass, oldest first over all its shards.
pub(super) fn produce<'a>(
    sending: &Sending<'_>,
    settings: &Settings,
    parts: impl Iterator<Item = (&'a Part, &'a Window<DueEvent>)>,
    fired_at: impl Fn(Position) -> Timestamp,
) -> KafkaResult<()> {
    let mut rows: Vec<_> =
        parts.map(|(part, window)| window.iter().take_while(|row| row.0 <= part.end).peekable()).collect();
    let mut heads: BinaryHeap<_> =
        rows.iter_mut().enumerate().filter_map(|(index, rows)| Some(Reverse((rows.peek()?.0, index)))).collect();
    let (mut instant, mut value) = (FiredAt::default(), Vec::new());
    while let Some(Reverse((_, index))) = heads.pop() {
        let rows = &mut rows[index];
        let Some((position, event)) = rows.next() else { continue };
        instant.set(fired_at(position));
        event.write_data(&instant, &mut value);
        sending.send(Record {
            topic: &settings.due_topic,
            partition: None,
            key: Some(event.key()),
            value: Some(&value),
            headers: owned_headers(event.headers(&instant, &settings.source).map(|(name, value)| (name, Some(value)))),
            timestamp_millis: None,
        })?;
        heads.extend(rows.peek().map(|next| Reverse((next.0, index))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_takes_all_that_is_due_or_the_next_instant_that_can_be_staged() {
        let at = Timestamp::from_micros;
        let stage_ahead = Duration::from_millis(500);
        let extent = |next: i64| Extent::of(at(next), at(1_000_000), stage_ahead);
        let due = Extent { by: at(1_000_000), limit: EVENTS_PER_PASS };
        assert_eq!([extent(0), extent(1_000_000), extent(1_500_001)], [due; 3]);
        assert_eq!(extent(1_000_001), Extent { by: at(1_000_001), limit: EVENTS_PER_PASS });
        assert_eq!(extent(1_500_000), Extent { by: at(1_500_000), limit: 100_000 });
        assert_eq!(Extent::of(at(1_000_001), at(1_000_000), Duration::ZERO), due);
    }
}
