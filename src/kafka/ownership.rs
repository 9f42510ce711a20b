//! Who may act for a shard: the group's assignment and its metadata, behind one lock.
//!
//! Which shards are ours is `protocol::ownership`'s to say; here is only the lock through which all threads see it.
//!
//! The metadata is taken once in the rebalance callback. A loop takes it for one transaction, and keeps the read half of one
//! lock for as long as that is open; a revocation takes the write half inside the callback, so when the partition is given up
//! in order no transaction of ours is open for it.
//!
//! Where the membership is over, others may have the partitions already: to wait would protect nothing. What is open then
//! names a generation that the group refuses from its next one on, or was taken by the group before that, and then whoever
//! has the shard now waits for its end, or ends it (T3).

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;

use super::fault::is_membership_over;
use super::fellows::Fellows;
use super::line::Line;
use super::transactions::Outcome;
use crate::domain::ids::Shard;
use crate::protocol::frontier::{Frontier, Hold};
pub use crate::protocol::ownership::Awaiting;
use crate::protocol::ownership::{Change, Shards};

/// A shard under one epoch of ours.
#[derive(Debug)]
pub struct OwnedShard {
    /// The shard.
    pub shard: Shard,
    /// The epoch that the takeover got: also tells what belongs to an older takeover.
    pub epoch: i64,
    /// The next amendment, as the takeover found it committed; `None` where nothing was.
    pub amendments: Option<i64>,
    /// What is read of its commands and of its amendments.
    pub lines: [Line; 2],
    frontier: Mutex<Frontier>,
    unanswered: Mutex<Option<Unanswered>>,
    current: AtomicBool,
}

/// What was decided under an earlier takeover and may not have been answered.
#[derive(Debug)]
struct Unanswered {
    /// Nothing is fired before that is answered.
    hold: Hold,
    /// For each line the offset up to which it is so; `None` where all is answered.
    until: [Option<i64>; 2],
}

impl OwnedShard {
    /// A shard that has been claimed in the database and not yet confirmed by the broker.
    pub fn claimed(shard: Shard, epoch: i64, frontier: Frontier, amendments: Option<i64>) -> Arc<Self> {
        Self::reading(shard, epoch, frontier, amendments, Default::default())
    }

    /// The same, with what the takeover found of its commands and of its amendments.
    pub fn reading(
        shard: Shard,
        epoch: i64,
        frontier: Frontier,
        amendments: Option<i64>,
        lines: [Line; 2],
    ) -> Arc<Self> {
        Arc::new(Self {
            shard,
            epoch,
            amendments,
            lines,
            frontier: Mutex::new(frontier),
            unanswered: Mutex::default(),
            current: AtomicBool::new(true),
        })
    }

    /// How far it has fired. Held for moments only, never across I/O.
    pub fn frontier(&self) -> MutexGuard<'_, Frontier> {
        self.frontier.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fires nothing before what lies below these offsets of its two lines is answered: it was decided under an earlier
    /// takeover, and its state records may not be published.
    pub fn awaits_answers(&self, until: [Option<i64>; 2]) {
        if until.iter().any(Option::is_some) {
            let hold = self.frontier().hold();
            *self.unanswered() = Some(Unanswered { hold, until });
        }
    }

    /// Whether the record at that offset of the line may have been decided and not answered under an earlier takeover.
    pub fn may_be_unanswered(&self, line: usize, offset: i64) -> bool {
        self.unanswered().as_ref().and_then(|unanswered| unanswered.until[line]).is_some_and(|until| offset < until)
    }

    /// Up to which offsets of its two lines that is so; `None` where all is answered.
    pub fn unanswered_until(&self) -> Option<[Option<i64>; 2]> {
        self.unanswered().as_ref().map(|unanswered| unanswered.until)
    }

    /// Whether the line is not to be read on from that offset yet: what comes was decided by nobody, and what was decided
    /// before, in either line, is not answered. Else what follows from it could be said first.
    pub fn waits_for_answers(&self, line: usize, next: i64) -> bool {
        self.unanswered_until().is_some_and(|until| until[line].is_none_or(|until| next >= until))
    }

    /// Everything below that offset of the line is answered.
    pub fn answered(&self, line: usize, next: i64) {
        let mut unanswered = self.unanswered();
        if let Some(Unanswered { until, .. }) = &mut *unanswered {
            until[line] = until[line].filter(|until| next < *until);
            if until.iter().all(Option::is_none)
                && let Some(Unanswered { hold, .. }) = unanswered.take()
            {
                self.frontier().release(hold);
            }
        }
    }

    fn unanswered(&self) -> MutexGuard<'_, Option<Unanswered>> {
        self.unanswered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this takeover still stands, as far as this instance knows.
    pub fn is_current(&self) -> bool {
        self.current.load(Ordering::Acquire)
    }

    fn end(&self) {
        self.current.store(false, Ordering::Release);
    }
}

#[derive(Default)]
struct State {
    metadata: Option<Arc<ConsumerGroupMetadata>>,
    /// Since when the group refuses that metadata.
    refused_since: Mutex<Option<Instant>>,
    /// Since when partitions have been revoked and no new assignment has come.
    unassigned_since: Option<Instant>,
    /// Whether the membership was over since the last assignment.
    was_lost: bool,
    shards: Shards<Arc<OwnedShard>>,
}

/// The shards of this instance.
#[derive(Default)]
pub struct Ownership {
    /// Read while a transaction is open. Taken before `state`, which is held for moments only.
    gate: RwLock<()>,
    state: RwLock<State>,
    /// How many wait for open transactions to end.
    waiting: AtomicUsize,
    /// The loops that make transactions.
    fellows: Fellows,
}

/// The assignment as it stood when this guard was made: open one for each transaction. While it lives no shard is given up in
/// order; one may be lost, and then the group refuses this assignment's metadata, or has taken it before.
pub struct Assignment<'a> {
    _open: RwLockReadGuard<'a, ()>,
    ownership: &'a Ownership,
    metadata: Option<Arc<ConsumerGroupMetadata>>,
}

impl Assignment<'_> {
    /// The group's metadata of this assignment; `None` before the first one.
    pub fn metadata(&self) -> Option<&Arc<ConsumerGroupMetadata>> {
        self.metadata.as_ref()
    }

    /// Hears what came of a transaction under this assignment. That the group does not know the member, or has another
    /// generation, is usual for a moment while it is rebalanced; `refused_for` tells how long it lasts. What became of the
    /// assignment before says nothing of the present one.
    pub fn heed(&self, outcome: &Outcome) {
        let state = self.ownership.state();
        let is_present = state.metadata.as_ref().map(Arc::as_ptr) == self.metadata.as_ref().map(Arc::as_ptr);
        match outcome {
            _ if !is_present => {}
            Outcome::Committed => state.forget_refusals(),
            Outcome::Aborted(error) | Outcome::Unknown(error) if is_membership_over(error) => {
                state.refusals().get_or_insert_with(Instant::now);
            }
            Outcome::Aborted(_) | Outcome::Unknown(_) => {}
        }
    }
}

impl Ownership {
    /// Keeps shards from being given up in order until the guard is dropped.
    pub fn during_transaction(&self) -> Assignment<'_> {
        let open = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let metadata = self.state().metadata.clone();
        Assignment { _open: open, ownership: self, metadata }
    }

    /// Whether somebody waits for the open transactions to end: one that only waits for its time is to be given up.
    pub fn is_waited_for(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// The loops that make transactions under its assignments.
    pub fn fellows(&self) -> &Fellows {
        &self.fellows
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for open transactions; none is begun while the first guard lives.
    fn change(&self) -> (RwLockWriteGuard<'_, ()>, RwLockWriteGuard<'_, State>) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let alone = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        (alone, self.state_mut())
    }

    /// Called in the rebalance callback: the group has these partitions for us from now on, under this metadata. Waits for
    /// nothing: a transaction that is open is under the metadata before, and what it is for has been given up or lost.
    ///
    /// Where the membership was over, the group's coordinator may be another broker by now. A producer that has sent offsets to
    /// the one before waits for that one, for longer than a transaction may take, so all loops get new ones.
    pub fn assign(
        &self,
        shards: impl IntoIterator<Item = Shard>,
        metadata: Option<ConsumerGroupMetadata>,
    ) -> Vec<Awaiting> {
        let mut state = self.state_mut();
        state.metadata = metadata.map(Arc::new);
        state.unassigned_since = None;
        state.forget_refusals();
        if std::mem::take(&mut state.was_lost) {
            self.fellows.fence();
        }
        let change = state.shards.assign(shards);
        stop(change)
    }

    /// Called in the rebalance callback, before the partitions are given up: waits for open transactions, then nothing
    /// is done for these shards any more. Returns those that had been taken over.
    pub fn revoke(&self, shards: impl IntoIterator<Item = Shard>) -> Vec<Arc<OwnedShard>> {
        let (_alone, mut state) = self.change();
        state.give_up(shards)
    }

    /// Called in the rebalance callback where these partitions are lost, so that others may have them already: nothing more is
    /// begun for them. Waits for nothing.
    pub fn lose(&self, shards: impl IntoIterator<Item = Shard>) {
        let mut state = self.state_mut();
        state.was_lost = true;
        state.give_up(shards);
    }

    /// The membership is over: nothing is begun for any shard before the group assigns it again. Waits for nothing.
    pub fn leave(&self) {
        let mut state = self.state_mut();
        state.metadata = None;
        state.was_lost = true;
        state.unassigned_since = Some(Instant::now());
        state.forget_refusals();
        for owned in state.shards.leave() {
            owned.end();
        }
    }

    /// How long the group has refused the present metadata; `None` where it does not.
    pub fn refused_for(&self) -> Option<Duration> {
        let state = self.state();
        let since = *state.refusals();
        since.map(|since| since.elapsed())
    }

    /// How long ago partitions were revoked, where no assignment has followed.
    pub fn unassigned_for(&self) -> Option<Duration> {
        let state = self.state();
        state.unassigned_since.map(|since| since.elapsed())
    }

    /// Ends these takeovers, whose truth must be read again (step 0); waits for open transactions. Shards that were
    /// given up or taken over again meanwhile are left alone.
    pub fn disown<'a>(&self, shards: impl IntoIterator<Item = &'a Arc<OwnedShard>>) -> Vec<Awaiting> {
        self.end(shards, false)
    }

    /// The same, and their partitions are read from the beginning, since what is committed is not of the logs that are
    /// there now.
    pub fn read_anew<'a>(&self, shards: impl IntoIterator<Item = &'a Arc<OwnedShard>>) -> Vec<Awaiting> {
        self.end(shards, true)
    }

    fn end<'a>(&self, shards: impl IntoIterator<Item = &'a Arc<OwnedShard>>, anew: bool) -> Vec<Awaiting> {
        let (_alone, mut state) = self.change();
        let ends =
            |ended: &Arc<OwnedShard>| stop(state.shards.end(ended.shard, |owned| Arc::ptr_eq(owned, ended), anew));
        shards.into_iter().flat_map(ends).collect()
    }

    /// Ends this takeover, and has nothing more done for the shard under the present assignment: a person has to look. Waits
    /// for open transactions; the reason is for that person, and has no values of rows in it.
    pub fn stop(&self, ended: &Arc<OwnedShard>, reason: &str) {
        let (_alone, mut state) = self.change();
        if let Some(owned) = state.shards.stop(ended.shard, |owned| Arc::ptr_eq(owned, ended), reason) {
            owned.end();
        }
    }

    /// Has nothing done for a shard that waits for a takeover, under that assignment: see `stop`.
    pub fn leave_alone(&self, awaiting: Awaiting, reason: &str) {
        let (_alone, mut state) = self.change();
        state.shards.leave_alone(awaiting, reason);
    }

    /// The shards that are stopped until a person has looked, with the reason.
    pub fn stopped(&self) -> Vec<(Shard, String)> {
        let state = self.state();
        state.shards.stopped().map(|(shard, reason)| (shard, reason.to_owned())).collect()
    }

    /// Ends all takeovers of this instance: see `disown`.
    pub fn disown_all(&self) -> Vec<Awaiting> {
        self.disown(&self.owned())
    }

    /// Whether the group still assigns the shard to us by that assignment.
    pub fn awaits(&self, awaiting: Awaiting) -> bool {
        let state = self.state();
        state.shards.awaits(awaiting)
    }

    /// Enters a claimed shard; `false` where the assignment it was claimed for has ended.
    pub fn install(&self, awaiting: Awaiting, owned: &Arc<OwnedShard>) -> bool {
        let (_alone, mut state) = self.change();
        state.shards.install(awaiting, Arc::clone(owned))
    }

    /// The shards that are taken over.
    pub fn owned(&self) -> Vec<Arc<OwnedShard>> {
        let state = self.state();
        state.shards.owned().cloned().collect()
    }

    /// How many shards are assigned, and how many of them are taken over; `None` before the group's first assignment.
    pub fn count(&self) -> Option<(usize, usize)> {
        let state = self.state();
        state.metadata.as_ref()?;
        Some(state.shards.count())
    }
}

impl State {
    /// Returns the takeovers that have ended by it.
    fn give_up(&mut self, shards: impl IntoIterator<Item = Shard>) -> Vec<Arc<OwnedShard>> {
        self.unassigned_since.get_or_insert_with(Instant::now);
        let ended = self.shards.revoke(shards);
        for owned in &ended {
            owned.end();
        }
        ended
    }

    fn refusals(&self) -> MutexGuard<'_, Option<Instant>> {
        self.refused_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget_refusals(&self) {
        self.refusals().take();
    }
}

/// Has nothing done any more for the takeovers that have ended. Returns the shards that wait for another one.
fn stop(change: Change<Arc<OwnedShard>>) -> Vec<Awaiting> {
    for owned in change.ended {
        owned.end();
    }
    change.awaiting
}

#[cfg(test)]
mod tests {
    use rdkafka::ClientConfig;
    use rdkafka::consumer::{BaseConsumer, Consumer as _};
    use rdkafka::error::{KafkaError, RDKafkaErrorCode};

    use super::*;
    use crate::domain::commitment::Position;
    use crate::domain::time::Timestamp;

    fn metadata() -> Option<ConsumerGroupMetadata> {
        let consumer: BaseConsumer = ClientConfig::new().set("group.id", "g").create().unwrap();
        consumer.group_metadata()
    }

    /// Shard 3, taken over.
    fn owned_by(ownership: &Ownership) -> Arc<OwnedShard> {
        let shard = Shard::from_partition(3).unwrap();
        let awaiting = ownership.assign([shard], metadata())[0];
        let origin = Position { fire_at: Timestamp::from_micros(0), callback_id: 0 };
        let owned = OwnedShard::claimed(shard, 1, Frontier::starting_at(origin), None);
        assert!(ownership.install(awaiting, &owned));
        owned
    }

    impl Ownership {
        /// For tests: an instance that owns shard 0 under epoch 1, whose takeover found that offset of amendments.
        pub(crate) fn of_one_shard(
            cluster: &crate::kafka::cluster::Cluster,
            amendments: Option<i64>,
        ) -> (Arc<Self>, Arc<OwnedShard>) {
            use rdkafka::consumer::{BaseConsumer, Consumer as _};

            let consumer: BaseConsumer = cluster.reader().create().unwrap();
            let ownership: Arc<Self> = Arc::default();
            let shard = Shard::from_partition(0).unwrap();
            let awaiting = ownership.assign([shard], consumer.group_metadata());
            let marker = crate::domain::commitment::Position {
                fire_at: crate::domain::time::Timestamp::from_micros(1),
                callback_id: 0,
            };
            let owned = OwnedShard::claimed(shard, 1, Frontier::starting_at(marker), amendments);
            assert!(ownership.install(awaiting[0], &owned));
            (ownership, owned)
        }
    }

    #[test]
    fn shards_that_are_lost_wait_for_no_open_transaction_and_the_next_assignment_neither() {
        let ownership = Ownership::default();
        let owned = owned_by(&ownership);
        let open = ownership.during_transaction();
        let before = Arc::clone(open.metadata().unwrap());
        // This thread itself keeps the transaction open.
        ownership.lose([owned.shard]);
        assert!(!owned.is_current() && ownership.owned().is_empty() && !ownership.is_waited_for());
        assert_eq!(ownership.fellows().fenced(), 0);
        let again = ownership.assign([owned.shard], metadata());
        assert_eq!(again.len(), 1);
        assert_eq!(ownership.fellows().fenced(), 1, "the coordinator may be another one");
        ownership.assign([Shard::from_partition(4).unwrap()], metadata());
        assert_eq!(ownership.fellows().fenced(), 1);
        assert!(Arc::ptr_eq(open.metadata().unwrap(), &before), "it would be committed under the new generation");
        // That the group refuses the old metadata says nothing of the new.
        let refused = || Outcome::Aborted(KafkaError::OffsetFetch(RDKafkaErrorCode::IllegalGeneration));
        open.heed(&refused());
        assert_eq!(ownership.refused_for(), None);
        drop(open);
        assert!(!Arc::ptr_eq(ownership.during_transaction().metadata().unwrap(), &before));
        ownership.during_transaction().heed(&refused());
        assert!(ownership.refused_for().is_some());
        let open = ownership.during_transaction();
        ownership.leave();
        assert_eq!(ownership.count(), None);
        drop(open);
    }

    #[test]
    fn shards_that_are_given_up_in_order_wait_for_open_transactions() {
        let ownership = Ownership::default();
        let owned = owned_by(&ownership);
        let open = ownership.during_transaction();
        std::thread::scope(|threads| {
            let given_up = threads.spawn(|| ownership.revoke([owned.shard]));
            while !ownership.is_waited_for() {
                std::thread::yield_now();
            }
            assert!(owned.is_current());
            drop(open);
            assert_eq!(given_up.join().unwrap().len(), 1);
        });
        assert!(!owned.is_current());
    }

    #[test]
    fn a_stopped_shard_stays_stopped_until_the_group_assigns_it_again() {
        let ownership = Ownership::default();
        let shard = Shard::from_partition(3).unwrap();
        let awaiting = ownership.assign([shard], None)[0];
        let owned = owned_by(&ownership);

        ownership.stop(&owned, "why");
        assert!(!owned.is_current() && ownership.owned().is_empty());
        assert_eq!(ownership.stopped(), [(shard, "why".to_owned())]);
        assert!(!ownership.awaits(awaiting), "what was asked for before comes to nothing");
        assert!(ownership.disown_all().is_empty());
        ownership.stop(&owned, "once more");
        assert_eq!(ownership.stopped(), [(shard, "why".to_owned())]);

        let again = ownership.assign([shard], None)[0];
        assert!(ownership.stopped().is_empty() && ownership.awaits(again));
    }
}
