//! The transaction coordinator: producers by transactional id, their epochs, and transactions that end in two steps. First
//! the end is decided; then a marker is written into each partition that the transaction has touched.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::group::Membership;
use super::log::{ProducerId, Record};
use super::{Appended, Broker, Committed, Error, Partition};
use crate::executor::{Micros, SECOND};

/// How often a producer of one transactional id has been initialised, or its transaction ended by the broker.
pub type Epoch = u64;

/// How long a transaction may stay open.
const TRANSACTION_TIMEOUT: Micros = 30 * SECOND;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing is open; whether the last one was committed.
    Complete(Option<bool>),
    Ongoing(Micros),
    /// Its end is decided, its markers are on their way.
    Ending {
        commits: bool,
    },
}

struct Transactional {
    producer: ProducerId,
    epoch: Epoch,
    state: State,
    touched: BTreeSet<Partition>,
    touches_offsets: bool,
    /// The last request with records: sent again, they are not written twice.
    written: u64,
    /// Which ending its markers belong to.
    ending: u64,
}

/// All transactional ids.
#[derive(Default)]
pub(super) struct Coordinator {
    ids: BTreeMap<String, Transactional>,
    producers: ProducerId,
}

impl Broker {
    /// Initialises a producer of that id: what others of the same id left open is aborted, and they are fenced.
    pub fn initialise(self: &Rc<Self>, id: &str) -> Result<Epoch, Error> {
        let mut coordinator = self.coordinator.borrow_mut();
        if !coordinator.ids.contains_key(id) {
            coordinator.producers += 1;
            let fresh = Transactional {
                producer: coordinator.producers,
                epoch: 0,
                state: State::Complete(None),
                touched: BTreeSet::new(),
                touches_offsets: false,
                written: 0,
                ending: 0,
            };
            coordinator.ids.insert(id.to_owned(), fresh);
        }
        let Some(found) = coordinator.ids.get_mut(id) else { return Err(Error::NoTransaction) };
        match found.state {
            State::Complete(_) => {
                found.epoch += 1;
                found.written = 0;
                Ok(found.epoch)
            }
            State::Ongoing(_) => {
                found.epoch += 1;
                found.state = State::Ending { commits: false };
                drop(coordinator);
                self.write_markers(id);
                Err(Error::Concurrent)
            }
            State::Ending { .. } => Err(Error::Concurrent),
        }
    }

    /// Records of a transaction, which begins with the first. `number` tells requests of one producer apart.
    pub fn add(&self, id: &str, epoch: Epoch, number: u64, records: &[(Partition, Rc<Record>)]) -> Result<(), Error> {
        let mut coordinator = self.coordinator.borrow_mut();
        let now = self.sim.now();
        let found = coordinator.open(id, epoch, now)?;
        if found.written >= number {
            return Ok(());
        }
        found.written = number;
        let mut logs = self.logs.borrow_mut();
        for (partition, record) in records {
            found.touched.insert(*partition);
            if let Some(log) = logs.get_mut(partition) {
                log.append(Rc::clone(record), Some(found.producer));
            }
        }
        Ok(())
    }

    /// Offsets of a transaction. They count when it is committed; until then nobody gets stable ones. The membership is
    /// looked at now and never again; who shows none is not asked for one.
    pub fn send_offsets(
        &self,
        id: &str,
        epoch: Epoch,
        membership: Option<Membership>,
        offsets: &[(Partition, Committed)],
    ) -> Result<(), Error> {
        if let Some(membership) = membership.filter(|_| !self.broken.takes_any_generation) {
            self.group.borrow().check(membership)?;
        }
        let mut coordinator = self.coordinator.borrow_mut();
        let now = self.sim.now();
        let found = coordinator.open(id, epoch, now)?;
        found.touches_offsets = true;
        let mut all = self.offsets.borrow_mut();
        for (partition, committed) in offsets {
            all.appended += 1;
            let appended = Appended { number: all.appended, committed: *committed };
            all.pending.entry(*partition).or_default().insert(found.producer, appended);
        }
        Ok(())
    }

    /// Commits or aborts. The answer says that this is decided; the markers follow.
    pub fn end_transaction(self: &Rc<Self>, id: &str, epoch: Epoch, commits: bool) -> Result<(), Error> {
        let mut coordinator = self.coordinator.borrow_mut();
        let Some(found) = coordinator.ids.get_mut(id).filter(|found| found.epoch == epoch) else {
            return Err(Error::Fenced);
        };
        match found.state {
            State::Ongoing(_) => found.state = State::Ending { commits },
            // The same once more, since its answer was lost.
            State::Ending { commits: decided } if decided == commits => return Ok(()),
            State::Complete(decided) if decided == Some(commits) => return Ok(()),
            // Nothing was ever sent.
            State::Complete(_) if !commits => return Ok(()),
            State::Ending { .. } | State::Complete(_) => return Err(Error::NoTransaction),
        }
        if commits && self.hangs_next.take() {
            // The broker forgets it as it dies, and takes it for complete from then on: its markers are never written, and
            // who asks for its end again is told that all is well (Kafka's TransactionCoordinator in `CompleteCommit`).
            found.state = State::Complete(Some(true));
            let logs = self.logs.borrow();
            let open = found.touched.iter().filter_map(|partition| logs.get(partition));
            self.forgotten.borrow_mut().extend(open.flat_map(|log| log.open_of(found.producer)).map(Rc::clone));
            drop(logs);
            found.touched.clear();
            found.touches_offsets = false;
            drop(coordinator);
            self.sim.note(|| format!("the broker dies and forgets the transaction of {id}, which was to be committed"));
            self.kill();
            let (broker, away) = (Rc::clone(self), self.sim.between(SECOND / 10, 2 * SECOND));
            self.sim.after(away, move || broker.start());
            return Ok(());
        }
        drop(coordinator);
        self.write_markers(id);
        Ok(())
    }

    /// Aborts every open transaction, as when it has been open for too long; its producer is fenced.
    pub fn time_out_transactions(self: &Rc<Self>) {
        self.end_open(|_| true);
    }

    pub(super) fn end_overdue_transactions(self: &Rc<Self>) {
        let now = self.sim.now();
        self.end_open(|since| now - since > TRANSACTION_TIMEOUT);
    }

    fn end_open(self: &Rc<Self>, is_overdue: impl Fn(Micros) -> bool) {
        let mut ended = Vec::new();
        for (id, found) in &mut self.coordinator.borrow_mut().ids {
            if let State::Ongoing(since) = found.state
                && is_overdue(since)
            {
                found.epoch += 1;
                found.state = State::Ending { commits: false };
                ended.push(id.clone());
            }
        }
        for id in &ended {
            self.write_markers(id);
        }
    }

    /// After a start: markers that were on their way are sent again.
    pub(super) fn resume_transactions(self: &Rc<Self>) {
        let coordinator = self.coordinator.borrow();
        let is_ending = |found: &Transactional| matches!(found.state, State::Ending { .. });
        let ids: Vec<String> =
            coordinator.ids.iter().filter(|(_, found)| is_ending(found)).map(|(id, _)| id.clone()).collect();
        drop(coordinator);
        for id in &ids {
            self.write_markers(id);
        }
    }

    fn write_markers(self: &Rc<Self>, id: &str) {
        let mut coordinator = self.coordinator.borrow_mut();
        let Some(found) = coordinator.ids.get_mut(id) else { return };
        found.ending += 1;
        let ending = found.ending;
        let partitions: Vec<Option<Partition>> =
            found.touched.iter().copied().map(Some).chain(found.touches_offsets.then_some(None)).collect();
        drop(coordinator);
        if partitions.is_empty() {
            self.write_marker(id, ending, None);
        }
        for partition in partitions {
            let (broker, id) = (Rc::clone(self), id.to_owned());
            self.sim.after(self.marker_delay(), move || {
                if broker.server.is_up() {
                    broker.write_marker(&id, ending, partition);
                }
            });
        }
    }

    /// Writes a marker into a partition, or where there is none beside the group's offsets.
    fn write_marker(&self, id: &str, ending: u64, partition: Option<Partition>) {
        let mut coordinator = self.coordinator.borrow_mut();
        let Some(found) = coordinator.ids.get_mut(id).filter(|found| found.ending == ending) else { return };
        let State::Ending { commits } = found.state else { return };
        if let Some(partition) = partition {
            if let Some(log) = self.logs.borrow_mut().get_mut(&partition) {
                log.end(found.producer, commits);
            }
            found.touched.remove(&partition);
        } else {
            let mut offsets = self.offsets.borrow_mut();
            let mut ended = Vec::new();
            for (partition, pending) in &mut offsets.pending {
                ended.extend(pending.remove(&found.producer).map(|appended| (*partition, appended)));
            }
            for (partition, appended) in ended.into_iter().filter(|_| commits) {
                let counts = offsets.committed.entry(partition).or_insert(appended);
                if counts.number < appended.number {
                    *counts = appended;
                }
            }
            found.touches_offsets = false;
        }
        if found.touched.is_empty() && !found.touches_offsets {
            found.state = State::Complete(Some(commits));
        }
        drop(coordinator);
        self.show();
        self.server.look_again();
    }
}

impl Coordinator {
    /// The transaction of that id, begun where none is open.
    fn open(&mut self, id: &str, epoch: Epoch, now: Micros) -> Result<&mut Transactional, Error> {
        let found = self.ids.get_mut(id).filter(|found| found.epoch == epoch).ok_or(Error::Fenced)?;
        match found.state {
            State::Ending { .. } => Err(Error::Concurrent),
            State::Ongoing(_) => Ok(found),
            State::Complete(_) => {
                found.state = State::Ongoing(now);
                Ok(found)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{Broken, Topic};
    use super::*;
    use crate::executor::Sim;
    use crate::network::{Server, Service};

    const MARKER: Partition = (Topic::Shards, 0);
    const DUE: Partition = (Topic::Due, 0);

    struct Rig {
        sim: Sim,
        broker: Rc<Broker>,
        membership: Membership,
    }

    impl Rig {
        fn new() -> Self {
            let sim = Sim::new(1);
            let broker = Broker::new(&sim, Server::new(&sim, Service::Kafka), 1, Broken::default());
            let member = broker.join("a", None, BTreeSet::new());
            let membership = Membership { member, generation: 1 };
            Self { sim, broker, membership }
        }

        fn initialise(&self, id: &str) -> Epoch {
            loop {
                match self.broker.initialise(id) {
                    Ok(epoch) => return epoch,
                    Err(Error::Concurrent) => self.settle(),
                    Err(error) => panic!("{error:?}"),
                }
            }
        }

        /// A transaction with one due event and the marker, its offsets sent.
        fn open(&self, id: &str, epoch: Epoch, number: u64, marker: i64) -> Result<(), Error> {
            let record = Rc::new(Record::default());
            self.broker.add(id, epoch, number, &[(DUE, record)])?;
            let committed = Committed { offset: marker, metadata: 0 };
            self.broker.send_offsets(id, epoch, Some(self.membership), &[(MARKER, committed)])
        }

        /// Until all markers are written.
        fn settle(&self) {
            self.sim.run_until(self.sim.now() + SECOND);
        }

        fn marker(&self) -> Result<Option<i64>, Error> {
            Ok(self.broker.committed(&[MARKER])?.get(&MARKER).map(|committed| committed.offset))
        }
    }

    #[test]
    fn offsets_and_records_count_together_and_only_after_the_markers() {
        let rig = Rig::new();
        let epoch = rig.initialise("a");
        rig.open("a", epoch, 1, 5).unwrap();
        assert_eq!(rig.marker(), Err(Error::Unstable));
        rig.broker.end_transaction("a", epoch, true).unwrap();
        assert_eq!(rig.marker(), Err(Error::Unstable), "decided, and not yet written");
        assert_eq!(rig.broker.add("a", epoch, 2, &[]), Err(Error::Concurrent));
        rig.settle();
        assert_eq!((rig.marker(), rig.broker.seen().len()), (Ok(Some(5)), 1));
    }

    #[test]
    fn of_two_producers_the_later_offset_counts_whichever_transaction_ends_first() {
        let rig = Rig::new();
        let (first, second) = (rig.initialise("a"), rig.initialise("b"));
        rig.open("a", first, 1, 5).unwrap();
        rig.open("b", second, 1, 6).unwrap();
        rig.broker.end_transaction("b", second, true).unwrap();
        rig.settle();
        rig.broker.end_transaction("a", first, true).unwrap();
        rig.settle();
        assert_eq!(rig.marker(), Ok(Some(6)));
    }

    #[test]
    fn a_commit_that_is_sent_again_changes_nothing_and_an_abort_after_it_is_refused() {
        let rig = Rig::new();
        let epoch = rig.initialise("a");
        rig.open("a", epoch, 1, 5).unwrap();
        rig.open("a", epoch, 1, 5).unwrap();
        rig.broker.end_transaction("a", epoch, true).unwrap();
        rig.broker.end_transaction("a", epoch, true).unwrap();
        rig.settle();
        rig.broker.end_transaction("a", epoch, true).unwrap();
        assert_eq!(rig.broker.end_transaction("a", epoch, false), Ok(()), "nothing is open: nothing is aborted");
        assert_eq!((rig.marker(), rig.broker.seen().len()), (Ok(Some(5)), 1));
    }

    #[test]
    fn who_is_initialised_in_the_same_name_aborts_what_is_open_and_fences_who_opened_it() {
        let rig = Rig::new();
        let first = rig.initialise("a");
        rig.open("a", first, 1, 5).unwrap();
        let second = rig.initialise("a");
        assert!(second > first);
        assert_eq!(rig.broker.end_transaction("a", first, true), Err(Error::Fenced));
        assert_eq!((rig.marker(), rig.broker.seen().len()), (Ok(None), 0));
        rig.open("a", second, 1, 6).unwrap();
        rig.broker.end_transaction("a", second, true).unwrap();
        rig.settle();
        assert_eq!((rig.marker(), rig.broker.seen().len()), (Ok(Some(6)), 1));
    }

    #[test]
    fn the_membership_is_looked_at_when_offsets_are_sent_and_never_again() {
        let rig = Rig::new();
        let epoch = rig.initialise("a");
        rig.open("a", epoch, 1, 5).unwrap();
        rig.broker.rebalance();
        rig.broker.join("a", Some(rig.membership.member), BTreeSet::from([0]));
        rig.broker.end_transaction("a", epoch, true).unwrap();
        rig.settle();
        assert_eq!(rig.marker(), Ok(Some(5)));
        assert_eq!(rig.open("a", epoch, 2, 6), Err(Error::IllegalGeneration));
        rig.broker.end_transaction("a", epoch, false).unwrap();
        rig.settle();
        assert_eq!((rig.marker(), rig.broker.seen().len()), (Ok(Some(5)), 1));
    }

    #[test]
    fn a_transaction_that_stays_open_for_too_long_is_aborted_and_its_producer_fenced() {
        let rig = Rig::new();
        let epoch = rig.initialise("a");
        rig.open("a", epoch, 1, 5).unwrap();
        rig.sim.run_until(TRANSACTION_TIMEOUT + 1);
        rig.broker.end_overdue_transactions();
        rig.settle();
        assert_eq!(rig.broker.end_transaction("a", epoch, true), Err(Error::Fenced));
        assert_eq!(rig.marker(), Ok(None));
    }

    #[test]
    fn markers_that_were_on_their_way_when_the_broker_died_are_written_when_it_is_back() {
        let rig = Rig::new();
        let epoch = rig.initialise("a");
        rig.open("a", epoch, 1, 5).unwrap();
        rig.broker.end_transaction("a", epoch, true).unwrap();
        rig.broker.kill();
        rig.settle();
        assert_eq!(rig.marker(), Err(Error::Unstable));
        rig.broker.start();
        rig.settle();
        assert_eq!((rig.marker(), rig.broker.seen().len()), (Ok(Some(5)), 1));
    }

    #[test]
    fn what_the_broker_has_forgotten_hangs_until_a_producer_of_that_name_aborts_in_all_partitions() {
        let rig = Rig::new();
        let epoch = rig.initialise("a");
        rig.open("a", epoch, 1, 5).unwrap();
        rig.broker.hang_next();
        rig.broker.end_transaction("a", epoch, true).unwrap();
        assert!(!rig.broker.server.is_up());
        rig.sim.run_until(3 * SECOND);
        assert!(rig.broker.server.is_up());
        assert_eq!(rig.marker(), Err(Error::Unstable));
        let epoch = rig.initialise("a");
        assert_eq!(rig.marker(), Err(Error::Unstable), "to be initialised is not enough");
        rig.open("a", epoch, 1, 0).unwrap();
        rig.broker.end_transaction("a", epoch, false).unwrap();
        rig.settle();
        assert_eq!((rig.marker(), rig.broker.seen().len()), (Ok(None), 0));
    }
}
