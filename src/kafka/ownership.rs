//! Who may act for a shard: the group's assignment and its metadata, behind one lock.
//!
//! Which shards are ours is `protocol::ownership`'s to say; here is only the lock through which all threads see it.
//!
//! The metadata is taken once in the rebalance callback and handed out together with the set of owned shards. Both
//! loops keep the read half of one lock for as long as a transaction of theirs is open; a revocation takes the write
//! half inside the callback, so when the partition is given up no transaction of ours is open for it.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;

use super::fault::is_membership_over;
use super::topic_ids::TopicId;
use super::transactions::Outcome;
use crate::domain::ids::Shard;
use crate::protocol::frontier::{Frontier, Hold};
pub use crate::protocol::ownership::Awaiting;
use crate::protocol::ownership::{Change, Shards};

/// What is read of one of a shard's two partitions, from one takeover on.
#[derive(Debug)]
pub struct Line {
    /// Whether it is read from the log's beginning, since the group has no offset for it.
    pub is_from_beginning: bool,
    /// Topic and offset that have to be committed before anything is read: what is committed would let records be skipped.
    pub correction: Option<(String, i64)>,
    /// The id of the topic, as the takeover found it; `None` where the broker does not tell it.
    pub topic_id: Option<TopicId>,
    read: AtomicI64,
}

impl Default for Line {
    fn default() -> Self {
        Self::new(false, None, None)
    }
}

impl Line {
    /// Nothing is read yet.
    pub const fn new(is_from_beginning: bool, correction: Option<(String, i64)>, topic_id: Option<TopicId>) -> Self {
        Self { is_from_beginning, correction, topic_id, read: AtomicI64::new(-1) }
    }

    /// The next offset; `None` before the partition is read.
    pub fn next(&self) -> Option<i64> {
        Some(self.read.load(Ordering::Relaxed)).filter(|next| *next >= 0)
    }

    /// Everything before that offset has been read.
    pub fn note(&self, next: i64) {
        self.read.store(next, Ordering::Relaxed);
    }
}

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
    shards: Shards<Arc<OwnedShard>>,
}

/// The shards of this instance.
#[derive(Default)]
pub struct Ownership {
    state: RwLock<State>,
    /// How many wait to change it.
    waiting: AtomicUsize,
}

/// The assignment as it stands while this guard lives: open one for each transaction.
pub struct Assignment<'a> {
    state: RwLockReadGuard<'a, State>,
}

impl Assignment<'_> {
    /// The group's metadata of this assignment; `None` before the first one.
    pub fn metadata(&self) -> Option<&Arc<ConsumerGroupMetadata>> {
        self.state.metadata.as_ref()
    }

    /// Hears what came of a transaction under this assignment. That the group does not know the member, or has another
    /// generation, is usual for a moment while it is rebalanced; `refused_for` tells how long it lasts.
    pub fn heed(&self, outcome: &Outcome) {
        match outcome {
            Outcome::Committed => self.state.forget_refusals(),
            Outcome::Aborted(error) | Outcome::Unknown(error) if is_membership_over(error) => {
                self.state.refusals().get_or_insert_with(Instant::now);
            }
            Outcome::Aborted(_) | Outcome::Unknown(_) => {}
        }
    }
}

impl Ownership {
    /// Keeps the assignment as it is until the guard is dropped.
    pub fn during_transaction(&self) -> Assignment<'_> {
        Assignment { state: self.state.read().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Whether somebody waits for the open transactions to end: one that only waits for its time is to be given up.
    pub fn is_waited_for(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    fn change(&self) -> RwLockWriteGuard<'_, State> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        state
    }

    /// Called in the rebalance callback: the group has these partitions for us from now on, under this metadata.
    pub fn assign(
        &self,
        shards: impl IntoIterator<Item = Shard>,
        metadata: Option<ConsumerGroupMetadata>,
    ) -> Vec<Awaiting> {
        let mut state = self.change();
        state.metadata = metadata.map(Arc::new);
        state.unassigned_since = None;
        state.forget_refusals();
        let change = state.shards.assign(shards);
        stop(change)
    }

    /// Called in the rebalance callback, before the partitions are given up: waits for open transactions, then nothing
    /// is done for these shards any more. Returns those that had been taken over.
    pub fn revoke(&self, shards: impl IntoIterator<Item = Shard>) -> Vec<Arc<OwnedShard>> {
        let mut state = self.change();
        state.unassigned_since.get_or_insert_with(Instant::now);
        let ended = state.shards.revoke(shards);
        for owned in &ended {
            owned.end();
        }
        ended
    }

    /// The membership is over: waits for open transactions, then nothing is done for any shard before the group assigns
    /// it again.
    pub fn leave(&self) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.metadata = None;
        state.unassigned_since = Some(Instant::now());
        state.forget_refusals();
        for owned in state.shards.leave() {
            owned.end();
        }
    }

    /// How long the group has refused the present metadata; `None` where it does not.
    pub fn refused_for(&self) -> Option<Duration> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let since = *state.refusals();
        since.map(|since| since.elapsed())
    }

    /// How long ago partitions were revoked, where no assignment has followed.
    pub fn unassigned_for(&self) -> Option<Duration> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
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
        let mut state = self.change();
        let ends =
            |ended: &Arc<OwnedShard>| stop(state.shards.end(ended.shard, |owned| Arc::ptr_eq(owned, ended), anew));
        shards.into_iter().flat_map(ends).collect()
    }

    /// Ends this takeover, and has nothing more done for the shard under the present assignment: a person has to look. Waits
    /// for open transactions; the reason is for that person, and has no values of rows in it.
    pub fn stop(&self, ended: &Arc<OwnedShard>, reason: &str) {
        let mut state = self.change();
        if let Some(owned) = state.shards.stop(ended.shard, |owned| Arc::ptr_eq(owned, ended), reason) {
            owned.end();
        }
    }

    /// Has nothing done for a shard that waits for a takeover, under that assignment: see `stop`.
    pub fn leave_alone(&self, awaiting: Awaiting, reason: &str) {
        self.change().shards.leave_alone(awaiting, reason);
    }

    /// The shards that are stopped until a person has looked, with the reason.
    pub fn stopped(&self) -> Vec<(Shard, String)> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.shards.stopped().map(|(shard, reason)| (shard, reason.to_owned())).collect()
    }

    /// Ends all takeovers of this instance: see `disown`.
    pub fn disown_all(&self) -> Vec<Awaiting> {
        self.disown(&self.owned())
    }

    /// Whether the group still assigns the shard to us by that assignment.
    pub fn awaits(&self, awaiting: Awaiting) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.shards.awaits(awaiting)
    }

    /// Enters a claimed shard; `false` where the assignment it was claimed for has ended.
    pub fn install(&self, awaiting: Awaiting, owned: &Arc<OwnedShard>) -> bool {
        self.change().shards.install(awaiting, Arc::clone(owned))
    }

    /// The shards that are taken over.
    pub fn owned(&self) -> Vec<Arc<OwnedShard>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.shards.owned().cloned().collect()
    }

    /// How many shards are assigned, and how many of them are taken over; `None` before the group's first assignment.
    pub fn count(&self) -> Option<(usize, usize)> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.metadata.as_ref()?;
        Some(state.shards.count())
    }
}

impl State {
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
    use super::*;
    use crate::domain::commitment::Position;
    use crate::domain::time::Timestamp;

    #[test]
    fn a_stopped_shard_stays_stopped_until_the_group_assigns_it_again() {
        let ownership = Ownership::default();
        let shard = Shard::from_partition(3).unwrap();
        let awaiting = ownership.assign([shard], None)[0];
        let origin = Position { fire_at: Timestamp::from_micros(0), callback_id: 0 };
        let owned = OwnedShard::claimed(shard, 1, Frontier::starting_at(origin), None);
        assert!(ownership.install(awaiting, &owned));

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
