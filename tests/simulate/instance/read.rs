//! Reads commands and amendments of the shards that are taken over, and judges them as far as that goes without a database.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use schedule_callback::domain::command::draft::{Verdict, draft};
use schedule_callback::domain::ids::Shard;
use schedule_callback::domain::time::Timestamp;
use schedule_callback::ingest::{Content, Forward, Item, ReadPlace, Stream};
use schedule_callback::wire;
use schedule_callback::wire::dead_letter;
use schedule_callback::wire::decode::{Limits, decode};
use schedule_callback::wire::record::Incoming;

use super::messages::Start;
use super::shared::{Shared, Taken};
use crate::broker::log::Record;
use crate::broker::{Partition, Topic};
use crate::executor::{MILLIS, SECOND};
use crate::rules::LeftOut;

/// How long the broker waits for records.
const LONG_POLL: i64 = SECOND / 2;

struct Reading {
    taken: Taken,
    next: [i64; 2],
}

/// Runs for ever.
pub async fn run(shared: Rc<Shared>) {
    let mut reading: BTreeMap<Shard, Reading> = BTreeMap::new();
    loop {
        while let Some(Start { taken, next }) = shared.mailboxes.starts.try_recv() {
            reading.insert(taken.owned.shard, Reading { taken, next });
        }
        reading.retain(|_, reading| reading.taken.is_current());
        if reading.is_empty() {
            if let Some(Start { taken, next }) = shared.mailboxes.starts.recv_within(SECOND).await {
                reading.insert(taken.owned.shard, Reading { taken, next });
            }
            continue;
        }
        let room = (2 * shared.settings.batch).saturating_sub(shared.mailboxes.items.len());
        if room == 0 {
            shared.sim.sleep(5 * MILLIS).await;
            continue;
        }
        let wanted: Vec<(Partition, i64)> = reading
            .values()
            .flat_map(|reading| {
                let partition = reading.taken.owned.shard.partition();
                [((Topic::Commands, partition), reading.next[0]), ((Topic::Amendments, partition), reading.next[1])]
                    .into_iter()
                    .enumerate()
                    .filter(|(line, (_, next))| !waits(&shared, &reading.taken, *line, *next))
                    .map(|(_, line)| line)
            })
            .collect();
        let patience = if wanted.len() < 2 * reading.len() { 25 * MILLIS } else { LONG_POLL };
        let (broker, sim, until) = (Rc::clone(&shared.broker), shared.sim.clone(), shared.sim.now() + patience);
        let fetch = move || {
            let fetched = broker.fetch(&wanted, room);
            let is_empty = fetched.iter().zip(&wanted).all(|(found, wanted)| found.2 == wanted.1);
            if is_empty && sim.now() < until { Poll::Pending } else { Poll::Ready(fetched) }
        };
        let Ok(fetched) = shared.kafka.call("fetch", 3 * SECOND, fetch, None).await else {
            shared.sim.sleep(100 * MILLIS).await;
            continue;
        };
        'partitions: for ((topic, partition), records, next) in fetched {
            let of = Shard::from_partition(partition).ok();
            let Some(reading) = of.and_then(|shard| reading.get_mut(&shard)) else { continue };
            let stream = if topic == Topic::Commands { Stream::Commands } else { Stream::Amendments };
            if !reading.taken.is_current() {
                continue;
            }
            for (offset, record) in records {
                if waits(&shared, &reading.taken, stream as usize, offset) {
                    reading.next[stream as usize] = offset;
                    continue 'partitions;
                }
                let place = ReadPlace { owned: Arc::clone(&reading.taken.owned), stream, offset };
                shared.mailboxes.items.send(judge(&shared, place, &record));
            }
            reading.next[stream as usize] = next;
        }
    }
}

/// Whether the line is not to be read on yet.
fn waits(shared: &Shared, taken: &Taken, line: usize, next: i64) -> bool {
    shared.left_out != LeftOut::AnswerInOrder && taken.owned.waits_for_answers(line, next)
}

fn judge(shared: &Shared, place: ReadPlace, record: &Record) -> Item {
    let headers = record.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
    let incoming =
        Incoming { key: Some(&record.key), value: Some(&record.value), headers, timestamp: record.timestamp };
    let topic = if place.stream == Stream::Commands { "callback.commands" } else { "callback.amendments" };
    let from = wire::record::Place { topic, partition: place.owned.shard.partition(), offset: place.offset };
    let content = match decode(&incoming, Limits { command_bytes: 1_000_000 }) {
        Ok(command) => {
            let draft = Box::new(draft(command, &shared.directory(), &shared.rules));
            let forward = matches!(draft.verdict, Verdict::Amend(_)).then(|| {
                let timestamp_millis = Timestamp::millis(record.timestamp);
                Box::new(Forward { record: wire::forward::write(&incoming, from), timestamp_millis })
            });
            Content::Judged { digest: draft.key.fingerprint(), draft, forward }
        }
        Err(malformed) => {
            let letter = dead_letter::write(&incoming, from, malformed.reason.code(), &malformed.detail);
            Content::Malformed { malformed: Box::new(malformed), dead_letter: Box::new(letter) }
        }
    };
    Item { place, key: Some(record.key.clone().into()), content, traced: None }
}
