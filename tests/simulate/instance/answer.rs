//! Performs R6: what `protocol::publishing` asks for, in one Kafka transaction for several batches.

use std::collections::BTreeMap;
use std::rc::Rc;

use schedule_callback::ingest::parked::Parked;
use schedule_callback::ingest::{Answer, Publication, Recorded, Stream};
use schedule_callback::protocol::Fault;
use schedule_callback::protocol::keeping::Keeps;
use schedule_callback::protocol::publishing::{Came, Publishing, Rule, Step};

use super::messages::ToTakeover;
use super::record::Kept;
use super::shared::{Shared, true_time};
use super::transactor::{Content, Outcome, Transactor};
use crate::broker::log::Record;
use crate::broker::{Committed, Partition, Topic};
use crate::executor::SECOND;
use crate::rules::LeftOut;

impl Keeps<Rule> for Kept {
    fn keeps(&self, rule: Rule) -> bool {
        match rule {
            Rule::DoubtEndsTakeovers => self.0 != LeftOut::StartOverInDoubt,
        }
    }
}

/// Runs until a batch must not be answered any more.
pub async fn run(shared: Rc<Shared>) {
    let mut transactor = Transactor::new(&shared, false);
    transactor.reset().await;
    let mut parked = Parked::default();
    loop {
        if let Some(mut batch) = shared.mailboxes.answers.recv_within(SECOND).await {
            while let Some(more) = shared.mailboxes.answers.try_recv() {
                batch.extend(more);
            }
            if shared.left_out != LeftOut::AnswerInOrder {
                batch = parked.sort(batch);
            }
            if !answer(&shared, &mut transactor, batch).await {
                return;
            }
        }
        if transactor.has_lost_all_brokers() {
            start_over(&shared).await;
        }
        if !transactor.is_ready() {
            transactor.reset().await;
        }
    }
}

async fn start_over(shared: &Shared) {
    let awaiting = shared.disown_all().await;
    shared.mailboxes.takeover.send(ToTakeover::Take(awaiting));
}

/// Whether a later batch may be answered.
async fn answer(shared: &Rc<Shared>, transactor: &mut Transactor, mut batch: Recorded) -> bool {
    let mut machine = Publishing::keeping(Kept(shared.left_out));
    loop {
        let came = match machine.step() {
            Step::MakeReady => {
                if transactor.is_ready() || transactor.reset().await {
                    Came::Ready { lost_brokers: transactor.has_lost_all_brokers() }
                } else {
                    Came::Failed { fault: Fault::Away, remedy: None, ends: false }
                }
            }
            Step::Publish => publish(shared, transactor, &mut batch.answers).await,
            Step::TakeOver => {
                start_over(shared).await;
                Came::Done
            }
            Step::Shorten | Step::LearnPartitions => Came::Done,
            Step::Wait(wait) => {
                shared.sim.sleep(i64::try_from(wait.as_micros()).unwrap_or(SECOND)).await;
                Came::Done
            }
            Step::Over => {
                batch.release();
                return true;
            }
            Step::BreakOff => return false,
        };
        machine.hear(came);
    }
}

async fn publish(shared: &Rc<Shared>, transactor: &mut Transactor, batch: &mut Vec<Answer>) -> Came {
    let _held = shared.gate.read().await;
    let is_current = |answer: &Answer| {
        let owned = &answer.place.owned;
        shared.takeover((owned.shard, owned.epoch)).is_some_and(|taken| taken.is_current())
    };
    batch.retain(is_current);
    if batch.is_empty() {
        return Came::NothingLeft;
    }
    let Some(membership) = shared.membership() else { return Came::Unassigned };
    let mut next: BTreeMap<Partition, i64> = BTreeMap::new();
    for Answer { place, .. } in batch.iter() {
        let topic = if place.stream == Stream::Commands { Topic::Commands } else { Topic::Amendments };
        let entry = next.entry((topic, place.owned.shard.partition())).or_insert(0);
        *entry = (*entry).max(place.offset + 1);
    }
    let offsets = next.into_iter().map(|(partition, offset)| (partition, Committed { offset, metadata: 0 })).collect();
    let records =
        batch.iter().flat_map(|answer| answer.publications.iter().map(move |one| record(shared, one))).collect();
    match transactor.transact(membership, Content { records, offsets }, async || true).await {
        Outcome::Committed => {
            for Answer { place, .. } in batch.iter() {
                place.owned.answered(place.stream as usize, place.offset + 1);
            }
            Came::Done
        }
        Outcome::Aborted => Came::Failed { fault: Fault::Aborted, remedy: None, ends: false },
        Outcome::Unknown => Came::Failed { fault: Fault::Unknown, remedy: None, ends: false },
    }
}

/// The partition of a key, of two.
pub fn partition_of(key: &[u8]) -> i32 {
    key.iter().fold(0_i32, |sum, byte| (sum * 31 + i32::from(*byte)) % 1_009) % 2
}

fn record(shared: &Shared, publication: &Publication) -> (Partition, Rc<Record>) {
    let timestamp = true_time(&shared.sim);
    let (partition, record) = match publication {
        Publication::Result { key, data, headers } => {
            let key = key.as_deref().unwrap_or_default().to_vec();
            let headers = headers.iter().map(|(name, value)| (name.to_owned(), Some(value.to_vec()))).collect();
            let partition = (Topic::Results, partition_of(&key));
            (partition, Record { key, value: data.as_bytes().to_vec(), headers, timestamp })
        }
        Publication::State(state) => {
            let (key, value) = (state.key.clone().unwrap_or_default(), state.value.clone().unwrap_or_default());
            let partition = (Topic::State, partition_of(&key));
            (partition, Record { key, value, headers: state.headers.clone(), timestamp })
        }
        Publication::DeadLetter(letter) => {
            let (key, value) = (letter.key.clone().unwrap_or_default(), letter.value.clone().unwrap_or_default());
            ((Topic::DeadLetters, 0), Record { key, value, headers: letter.headers.clone(), timestamp })
        }
        Publication::Forward { shard, forward } => {
            let Record { key, value, .. } = Record {
                key: forward.record.key.clone().unwrap_or_default(),
                value: forward.record.value.clone().unwrap_or_default(),
                ..Record::default()
            };
            let timestamp = schedule_callback::domain::time::Timestamp::from_millis(forward.timestamp_millis);
            let headers = forward.record.headers.clone();
            ((Topic::Amendments, shard.partition()), Record { key, value, headers, timestamp })
        }
    };
    (partition, Rc::new(record))
}
