//! What the loops of an instance, and its takeovers, have to know of each other's producers.
//!
//! Another instance that takes shards over aborts what this one has left open, in the names of all its producers. Only the
//! loop whose transaction fails by that hears of it, so it tells the others: all get new producers before anything is taken
//! over again, or the next loop would find out after that, and end the takeovers once more.
//!
//! And a takeover that waits for stable offsets asks whether a transaction of this instance itself may be what is pending:
//! as long as its outcome is not known, it does not hang (`kafka::hanging`).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The loops of one instance; clones are the same ones.
#[derive(Clone, Debug, Default)]
pub struct Fellows(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// How often it was seen that producers are fenced.
    fenced: AtomicU64,
    loops: Mutex<Vec<Arc<Pending>>>,
}

/// Since when the outcome of a transaction of one loop is not known; nothing while it is.
#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<Option<Instant>>);

impl Fellows {
    /// Counts another loop in, and returns what it tells of its transactions.
    pub(super) fn enter(&self) -> Arc<Pending> {
        let pending = Arc::default();
        self.0.loops.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&pending));
        pending
    }

    /// Producers of this instance are fenced, by whomever: all loops need new ones.
    pub fn fence(&self) {
        self.0.fenced.fetch_add(1, Ordering::AcqRel);
    }

    /// How often that has happened.
    pub fn fenced(&self) -> u64 {
        self.0.fenced.load(Ordering::Acquire)
    }

    /// How long the outcome of a transaction of any loop has been unknown.
    pub fn pending_for(&self) -> Duration {
        let loops = self.0.loops.lock().unwrap_or_else(PoisonError::into_inner);
        loops.iter().map(|pending| pending.lasts()).max().unwrap_or_default()
    }
}

impl Pending {
    /// A transaction is begun, or one that ended before is in doubt.
    pub(super) fn begins(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(Instant::now);
    }

    /// Nothing is in doubt any more.
    pub(super) fn ends(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn lasts(&self) -> Duration {
        let since = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.map(|since| since.elapsed()).unwrap_or_default()
    }
}
