//! Who may act for a shard: the group's assignment, its metadata, and the takeovers that succeeded.
//!
//! The metadata is taken once in the rebalance callback and handed out together with the set of owned shards. Both
//! loops keep the read half of one lock for as long as a transaction of theirs is open; a revocation takes the write
//! half inside the callback, so when the partition is given up no transaction of ours is open for it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rdkafka::consumer::ConsumerGroupMetadata;

use crate::domain::frontier::Frontier;
use crate::domain::ids::Shard;

/// A shard under one epoch of ours.
#[derive(Debug)]
pub struct OwnedShard {
    /// The shard.
    pub shard: Shard,
    /// The epoch that the takeover got: also tells what belongs to an older takeover.
    pub epoch: i64,
    /// The next amendment, as the takeover found it committed; `None` where nothing was.
    pub amendments: Option<i64>,
    frontier: Mutex<Frontier>,
    current: AtomicBool,
}

impl OwnedShard {
    /// A shard that has been claimed in the database and not yet confirmed by the broker.
    pub fn claimed(shard: Shard, epoch: i64, frontier: Frontier, amendments: Option<i64>) -> Arc<Self> {
        Arc::new(Self { shard, epoch, amendments, frontier: Mutex::new(frontier), current: AtomicBool::new(true) })
    }

    /// How far it has fired. Held for moments only, never across I/O.
    pub fn frontier(&self) -> MutexGuard<'_, Frontier> {
        self.frontier.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this takeover still stands, as far as this instance knows.
    pub fn is_current(&self) -> bool {
        self.current.load(Ordering::Acquire)
    }
}

/// A shard that the group assigned and that waits for its takeover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Awaiting {
    /// The shard.
    pub shard: Shard,
    /// Which assignment of it: a takeover for an earlier one comes to nothing.
    pub number: u64,
}

#[derive(Debug)]
struct Assigned {
    number: u64,
    owned: Option<Arc<OwnedShard>>,
}

#[derive(Default)]
struct State {
    metadata: Option<Arc<ConsumerGroupMetadata>>,
    assigned: BTreeMap<Shard, Assigned>,
    next_number: u64,
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
        shards.into_iter().map(|shard| state.await_takeover(shard)).collect()
    }

    /// Called in the rebalance callback, before the partitions are given up: waits for open transactions, then nothing
    /// is done for these shards any more. Returns those that had been taken over.
    pub fn revoke(&self, shards: impl IntoIterator<Item = Shard>) -> Vec<Arc<OwnedShard>> {
        let mut state = self.change();
        shards.into_iter().filter_map(|shard| state.assigned.remove(&shard)).filter_map(Assigned::end).collect()
    }

    /// Ends these takeovers, whose truth must be read again (step 0); waits for open transactions. Shards that were
    /// given up or taken over again meanwhile are left alone.
    pub fn disown<'a>(&self, shards: impl IntoIterator<Item = &'a Arc<OwnedShard>>) -> Vec<Awaiting> {
        let mut state = self.change();
        let mut awaiting = Vec::new();
        for ended in shards {
            if ended.current.swap(false, Ordering::AcqRel) && state.assigned.contains_key(&ended.shard) {
                awaiting.push(state.await_takeover(ended.shard));
            }
        }
        awaiting
    }

    /// Ends all takeovers of this instance: see `disown`.
    pub fn disown_all(&self) -> Vec<Awaiting> {
        self.disown(&self.owned())
    }

    /// Whether the group still assigns the shard to us by that assignment.
    pub fn awaits(&self, awaiting: Awaiting) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.assigned.get(&awaiting.shard).is_some_and(|assigned| assigned.number == awaiting.number)
    }

    /// Enters a claimed shard; `false` where the assignment it was claimed for has ended.
    pub fn install(&self, awaiting: Awaiting, owned: &Arc<OwnedShard>) -> bool {
        let mut state = self.change();
        match state.assigned.get_mut(&awaiting.shard) {
            Some(assigned) if assigned.number == awaiting.number => {
                assigned.owned = Some(Arc::clone(owned));
                true
            }
            _ => false,
        }
    }

    /// The shards that are taken over.
    pub fn owned(&self) -> Vec<Arc<OwnedShard>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.assigned.values().filter_map(|assigned| assigned.owned.clone()).collect()
    }

    /// How many shards are assigned, and how many of them are taken over; `None` before the group's first assignment.
    pub fn count(&self) -> Option<(usize, usize)> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.metadata.as_ref()?;
        Some((state.assigned.len(), state.assigned.values().filter(|assigned| assigned.owned.is_some()).count()))
    }
}

impl State {
    fn await_takeover(&mut self, shard: Shard) -> Awaiting {
        let number = self.next_number;
        self.next_number += 1;
        if let Some(before) = self.assigned.insert(shard, Assigned { number, owned: None }) {
            before.end();
        }
        Awaiting { shard, number }
    }
}

impl Assigned {
    fn end(self) -> Option<Arc<OwnedShard>> {
        self.owned.inspect(|owned| owned.current.store(false, Ordering::Release))
    }
}
