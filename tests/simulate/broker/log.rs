//! Partitions as logs: records that count at once, and records of transactions, which `read_committed` readers see once
//! their transaction and all before it have ended.

use std::collections::BTreeMap;
use std::rc::Rc;

use schedule_callback::domain::time::Timestamp;

/// The broker's name for a transactional producer; stays the same as long as its transactional id.
pub type ProducerId = u64;

/// A record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Its key.
    pub key: Vec<u8>,
    /// Its value.
    pub value: Vec<u8>,
    /// Its headers, in order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// Its time.
    pub timestamp: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Of a transaction that has not ended here.
    Open(ProducerId),
    Committed,
    Aborted,
}

/// One partition.
#[derive(Default)]
pub struct Log {
    entries: Vec<(Rc<Record>, State)>,
    /// The first offset of each open transaction.
    open: BTreeMap<ProducerId, usize>,
}

impl Log {
    /// Appends a record; `producer` is the one whose transaction it belongs to.
    pub fn append(&mut self, record: Rc<Record>, producer: Option<ProducerId>) -> i64 {
        let offset = self.entries.len();
        let state = match producer {
            Some(producer) => {
                self.open.entry(producer).or_insert(offset);
                State::Open(producer)
            }
            None => State::Committed,
        };
        self.entries.push((record, state));
        i64::try_from(offset).unwrap_or(i64::MAX)
    }

    /// Writes the marker of a transaction, which ends all that is open of that producer.
    pub fn end(&mut self, producer: ProducerId, commits: bool) {
        let Some(first) = self.open.remove(&producer) else { return };
        for entry in &mut self.entries[first..] {
            if entry.1 == State::Open(producer) {
                entry.1 = if commits { State::Committed } else { State::Aborted };
            }
        }
    }

    /// What is open of that producer.
    pub fn open_of(&self, producer: ProducerId) -> impl Iterator<Item = &Rc<Record>> {
        let first = self.open.get(&producer).copied().unwrap_or(self.entries.len());
        self.entries[first..].iter().filter(move |entry| entry.1 == State::Open(producer)).map(|(record, _)| record)
    }

    /// The end of what `read_committed` readers see.
    pub fn stable_end(&self) -> i64 {
        let end = self.open.values().min().copied().unwrap_or(self.entries.len());
        i64::try_from(end).unwrap_or(i64::MAX)
    }

    /// The offset that the next record will get.
    pub fn end_offset(&self) -> i64 {
        i64::try_from(self.entries.len()).unwrap_or(i64::MAX)
    }

    /// What such a reader gets from that offset on, no more than `most`, and where it goes on.
    pub fn read(&self, from: i64, most: usize) -> (Vec<(i64, Rc<Record>)>, i64) {
        let mut found = Vec::new();
        let mut next = from;
        while next < self.stable_end() && found.len() < most {
            let (record, state) = &self.entries[usize::try_from(next).unwrap_or(0)];
            if *state == State::Committed {
                found.push((next, Rc::clone(record)));
            }
            next += 1;
        }
        (found, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(key: u8) -> Rc<Record> {
        Rc::new(Record { key: vec![key], ..Record::default() })
    }

    fn seen(log: &Log) -> Vec<u8> {
        log.read(0, 100).0.iter().map(|(_, record)| record.key[0]).collect()
    }

    #[test]
    fn a_reader_stops_before_the_first_open_transaction_and_skips_what_was_aborted() {
        let mut log = Log::default();
        log.append(record(1), None);
        log.append(record(2), Some(7));
        log.append(record(3), Some(8));
        log.append(record(4), None);
        assert_eq!((seen(&log), log.stable_end()), (vec![1], 1));
        log.end(8, true);
        assert_eq!(seen(&log), [1], "the earlier one is still open");
        let open = |producer| log.open_of(producer).map(|record| record.key[0]).collect::<Vec<_>>();
        assert_eq!((open(7), open(8)), (vec![2], vec![]));
        log.end(7, false);
        assert_eq!((seen(&log), log.stable_end()), (vec![1, 3, 4], 4));
    }

    #[test]
    fn a_producers_marker_ends_all_that_hangs_of_it() {
        let mut log = Log::default();
        log.append(record(1), Some(7));
        log.append(record(2), None);
        // A later transaction of the same producer, after the broker has forgotten the first.
        log.append(record(3), Some(7));
        log.end(7, false);
        assert_eq!(seen(&log), [2]);
    }
}
