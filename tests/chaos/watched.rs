//! Which processes the instances are and which database is the primary, for those who look on while faults change both.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// So many instances there are at most.
pub const INSTANCES: usize = 3;

/// What is so now. A process that has ended stays until another one takes its place.
#[derive(Debug, Default)]
pub struct Watched {
    processes: [AtomicU32; INSTANCES],
    primary: AtomicUsize,
}

impl Watched {
    /// The process numbers of the instances, by their places; 0 before the first.
    pub fn processes(&self) -> [u32; INSTANCES] {
        self.processes.each_ref().map(|process| process.load(Ordering::Relaxed))
    }

    /// The place of the primary among the databases.
    pub fn primary(&self) -> usize {
        self.primary.load(Ordering::Relaxed)
    }

    /// That instance is that process.
    pub fn is_process(&self, place: usize, pid: u32) {
        self.processes[place].store(pid, Ordering::Relaxed);
    }

    /// The primary is at that place from now on.
    pub fn primary_is(&self, place: usize) {
        self.primary.store(place, Ordering::Relaxed);
    }
}
