//! What an earlier takeover decided and may not have answered, on its way through the pipeline once more. It stands in two lines,
//! which are read side by side, and both may tell of one callback: so nothing of it is answered before all of it is there, and
//! then the state records are put into the order in which it happened (docs/contract.md#the-state-topic).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Answer, Publication, Recorded};
use crate::domain::ids::Shard;
use crate::kafka::ownership::OwnedShard;
use crate::protocol::frontier::Hold;
use crate::wire::state::order_of;

/// Answers that wait, by their shard, until everything is there that an earlier takeover has decided of it.
#[derive(Debug, Default)]
pub struct Parked {
    shards: BTreeMap<Shard, ParkedShard>,
}

#[derive(Debug)]
struct ParkedShard {
    owned: Arc<OwnedShard>,
    answers: Vec<Answer>,
    holds: Vec<Hold>,
}

impl Parked {
    /// Takes a batch, and returns what can be answered now: it without what has to wait, and with what has waited for it.
    pub fn sort(&mut self, batch: Recorded) -> Recorded {
        self.shards.retain(|_, parked| parked.owned.is_current());
        if self.shards.is_empty() && !awaits_answers(&batch) {
            return batch;
        }
        let mut now = Recorded::default();
        for answer in batch.answers {
            let place = &answer.place;
            if place.owned.may_be_unanswered(place.stream as usize, place.offset) {
                let owned = Arc::clone(&place.owned);
                let parked = self.shards.entry(owned.shard).or_insert_with(|| ParkedShard::of(&owned));
                if !Arc::ptr_eq(&parked.owned, &owned) {
                    *parked = ParkedShard::of(&owned);
                }
                parked.answers.push(answer);
            } else {
                now.answers.push(answer);
            }
        }
        for (owned, hold) in batch.holds {
            match self.shards.get_mut(&owned.shard).filter(|parked| Arc::ptr_eq(&parked.owned, &owned)) {
                Some(parked) => parked.holds.push(hold),
                None => now.holds.push((owned, hold)),
            }
        }
        for (_, parked) in self.shards.extract_if(.., |_, parked| parked.is_complete()) {
            now.extend(parked.in_order());
        }
        now
    }
}

/// Whether some of it is of a shard that has anything to wait for: mostly there is none.
fn awaits_answers(batch: &Recorded) -> bool {
    let mut looked_at: Option<&Arc<OwnedShard>> = None;
    batch.answers.iter().any(|Answer { place, .. }| {
        if looked_at.is_some_and(|owned| Arc::ptr_eq(owned, &place.owned)) {
            return false;
        }
        looked_at = Some(&place.owned);
        place.owned.unanswered_until().is_some()
    })
}

impl ParkedShard {
    fn of(owned: &Arc<OwnedShard>) -> Self {
        Self { owned: Arc::clone(owned), answers: Vec::new(), holds: Vec::new() }
    }

    /// Whether all that is not answered of both lines is here.
    fn is_complete(&self) -> bool {
        let is_here = |(line, until): (usize, Option<i64>)| {
            until.is_none_or(|until| {
                let of_line = self.answers.iter().filter(|answer| answer.place.stream as usize == line);
                of_line.map(|answer| answer.place.offset + 1).max().is_some_and(|next| next >= until)
            })
        };
        self.owned.unanswered_until().is_none_or(|until| until.into_iter().enumerate().all(is_here))
    }

    /// The state records come last, in the order in which it happened.
    fn in_order(mut self) -> Recorded {
        let mut states = Vec::new();
        for answer in &mut self.answers {
            let is_state = |publication: &mut Publication| matches!(publication, Publication::State(_));
            states.extend(answer.publications.extract_if(.., is_state));
        }
        states.sort_by_key(|publication| match publication {
            Publication::State(record) => order_of(record),
            _ => None,
        });
        if let Some(last) = self.answers.last_mut() {
            last.publications.extend(states);
        }
        let holds = self.holds.into_iter().map(|hold| (Arc::clone(&self.owned), hold)).collect();
        Recorded { answers: self.answers, holds }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ReadPlace, Stream};
    use super::*;
    use crate::domain::commitment::Position;
    use crate::domain::time::Timestamp;
    use crate::protocol::frontier::Frontier;
    use crate::wire::record::Outgoing;

    fn owned(until: [Option<i64>; 2]) -> Arc<OwnedShard> {
        let marker = Position::end_of(Timestamp::from_micros(1));
        let owned = OwnedShard::claimed(Shard::from_partition(0).unwrap(), 2, Frontier::starting_at(marker), None);
        owned.awaits_answers(until);
        owned
    }

    fn answer(owned: &Arc<OwnedShard>, stream: Stream, offset: i64, state: &str) -> Answer {
        let headers = vec![("ce_id".to_owned(), Some(state.as_bytes().to_vec()))];
        let record = Outgoing { key: None, value: None, headers };
        let place = ReadPlace { owned: Arc::clone(owned), stream, offset };
        Answer { place, publications: vec![Publication::State(Box::new(record))], traced: None }
    }

    fn sorted(parked: &mut Parked, answers: Vec<Answer>) -> Vec<String> {
        let now = parked.sort(Recorded { answers, holds: Vec::new() });
        let publications = now.answers.into_iter().flat_map(|answer| answer.publications);
        let said = publications.map(|publication| match publication {
            Publication::State(record) => String::from_utf8(record.headers[0].1.clone().unwrap()).unwrap(),
            other => panic!("{other:?}"),
        });
        said.collect()
    }

    #[test]
    fn what_may_not_be_answered_of_two_lines_is_answered_together_and_said_in_the_order_of_what_happened() {
        let owned = owned([Some(6), Some(4)]);
        let mut parked = Parked::default();
        let early = vec![answer(&owned, Stream::Amendments, 3, "1024.1.2.pending")];
        assert_eq!(sorted(&mut parked, early), [""; 0]);
        let first = vec![answer(&owned, Stream::Commands, 4, "1024.1.1.pending")];
        assert_eq!(sorted(&mut parked, first), [""; 0]);
        let last = vec![answer(&owned, Stream::Commands, 5, "1024.1.1.accepted")];
        let expected = ["1024.1.1.pending", "1024.1.1.accepted", "1024.1.2.pending"];
        assert_eq!(sorted(&mut parked, last), expected);
        assert_eq!(sorted(&mut parked, Vec::new()), [""; 0], "once");
    }

    #[test]
    fn what_nobody_had_decided_waits_for_nothing_and_what_another_takeover_left_is_let_go() {
        let mut parked = Parked::default();
        let fresh = owned([None, None]);
        assert_eq!(sorted(&mut parked, vec![answer(&fresh, Stream::Commands, 4, "1.1.1.pending")]), ["1.1.1.pending"]);
        let (before, after) = (owned([Some(6), None]), owned([Some(6), None]));
        assert_eq!(sorted(&mut parked, vec![answer(&before, Stream::Commands, 4, "2.1.1.pending")]), [""; 0]);
        assert_eq!(sorted(&mut parked, vec![answer(&after, Stream::Commands, 5, "3.1.1.pending")]), ["3.1.1.pending"]);
    }
}
