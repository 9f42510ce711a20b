//! The records of a pass, and what the metrics say of it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rdkafka::error::KafkaResult;

use super::Settings;
use super::timed::Timed;
use crate::domain::commitment::Position;
use crate::domain::time::Timestamp;
use crate::kafka::transactions::{NewRecord, Sending, owned_headers};
use crate::telemetry::{label, metric};
use crate::wire::due::FiredAt;

/// Counts what one shard's part of a pass has published; lateness as a reader sees it, up to the commit. `ready_at`: what
/// was due by then could not be fired at its time.
pub(super) fn report<'a>(rows: impl Iterator<Item = (Position, &'a Timed)>, ready_at: Timestamp, published: Timestamp) {
    let (live, catch_up) = (metric::LATENESS.histogram(&["live"]), metric::LATENESS.histogram(&["catch_up"]));
    let (agents, skills) = (metric::DUE.counter(&["agent"]), metric::DUE.counter(&["skill"]));
    let (mut fired, mut for_agents) = (0_u32, 0_u32);
    for (_, timed) in rows {
        if let Some((status, reason)) = timed.ends() {
            metric::ENDS.counter(&[status.name(), reason.code()]).increment(1);
        }
        let Some(event) = &timed.due else { continue };
        if let Some(number) = timed.presentation() {
            metric::PRESENTATIONS.counter(&[label::presentation(number)]).increment(1);
        }
        fired += 1;
        for_agents += u32::from(event.is_for_agent());
        let late = published.since(event.wanted_at());
        let was_overdue = event.came_late() || event.wanted_at() <= ready_at;
        if was_overdue { &catch_up } else { &live }.record(late.as_secs_f64());
    }
    agents.increment(for_agents.into());
    skills.increment((fired - for_agents).into());
    metric::PASS_CALLBACKS.histogram(&[]).record(f64::from(fired));
}

/// Sends the due events of a pass, oldest first over all its shards; `shards` has the rows of each, in order.
pub(super) fn produce<'a>(
    sending: &Sending<'_>,
    settings: &Settings,
    shards: impl Iterator<Item = impl Iterator<Item = (Position, &'a Timed)>>,
    fired_at: impl Fn(Position) -> Timestamp,
) -> KafkaResult<()> {
    let mut rows: Vec<_> = shards.map(Iterator::peekable).collect();
    let mut heads: BinaryHeap<_> =
        rows.iter_mut().enumerate().filter_map(|(index, rows)| Some(Reverse((rows.peek()?.0, index)))).collect();
    let (mut instant, mut value) = (FiredAt::default(), Vec::new());
    while let Some(Reverse((_, index))) = heads.pop() {
        let rows = &mut rows[index];
        let Some((position, timed)) = rows.next() else { continue };
        instant.set(timed.fired_at(fired_at(position)));
        for state in timed.states() {
            state.write_data(&instant, &mut value);
            let headers = state.headers(&instant, &settings.events.source).map(|(name, value)| (name, Some(value)));
            sending.send(NewRecord {
                topic: settings.state_topic.as_deref().unwrap_or_default(),
                partition: None,
                key: Some(state.key()),
                value: Some(&value),
                headers: owned_headers(headers),
                timestamp_millis: None,
            })?;
        }
        if let Some(event) = &timed.due {
            event.write_data(&instant, &mut value);
            let headers = event.headers(&instant, &settings.events.source).map(|(name, value)| (name, Some(value)));
            sending.send(NewRecord {
                topic: &settings.due_topic,
                partition: None,
                key: Some(event.key()),
                value: Some(&value),
                headers: owned_headers(headers),
                timestamp_millis: None,
            })?;
        }
        heads.extend(rows.peek().map(|next| Reverse((next.0, index))));
    }
    Ok(())
}
