//! Which queues have something: told by the client's threads, waited for by the thread that reads them.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Which queues were empty and have something now.
#[derive(Debug)]
pub struct Arrivals<S> {
    sources: Mutex<BTreeSet<S>>,
    more: Condvar,
}

impl<S> Default for Arrivals<S> {
    fn default() -> Self {
        Self { sources: Mutex::default(), more: Condvar::new() }
    }
}

impl<S: Ord> Arrivals<S> {
    /// Waits until there is one, but no longer than that.
    pub fn wait(&self, patience: Duration) {
        let waited = self.more.wait_timeout_while(self.sources(), patience, |sources| sources.is_empty());
        drop(waited);
    }

    /// Those since the last time. To be taken before their queues are read, so that what comes meanwhile is not missed.
    pub fn take(&self) -> BTreeSet<S> {
        std::mem::take(&mut self.sources())
    }

    /// Called by the client's own threads, which hold the queue's lock.
    pub fn note(&self, source: S) {
        self.sources().insert(source);
        self.more.notify_one();
    }

    fn sources(&self) -> MutexGuard<'_, BTreeSet<S>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
