//! How many partitions the topics have now: the command topic may grow while the service runs.
//!
//! One thread looks at the topics now and then and notes what it finds; the loops ask here instead of keeping a number
//! from the start.

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::topics::{Partitions, Sizes};
use crate::domain::ids::Shard;

/// What the last look at the topics found; shared by all loops.
#[derive(Debug, Default)]
pub struct Growth {
    /// Partitions of the command topic.
    commands: AtomicI32,
    /// Partitions that both internal topics have.
    internal: AtomicI32,
    /// Partitions that these and the command topic have.
    complete: AtomicI32,
    looks: Mutex<Looks>,
    ended: Condvar,
    asked: Notify,
}

#[derive(Debug, Default)]
struct Looks {
    begun: u64,
    ended: u64,
    /// All topics, as the last look found them.
    found: Partitions,
}

impl Growth {
    /// As the start found the topics.
    pub fn beginning(found: &Partitions, sizes: Sizes) -> Self {
        let growth = Self::default();
        growth.note(found, sizes);
        growth
    }

    /// What a look found.
    pub fn note(&self, found: &Partitions, sizes: Sizes) {
        self.commands.store(sizes.commands, Ordering::Release);
        self.internal.store(sizes.internal(), Ordering::Release);
        self.complete.store(sizes.internal().min(sizes.commands), Ordering::Release);
        self.looks().found.clone_from(found);
    }

    /// How many partitions the command topic has.
    pub fn commands(&self) -> i32 {
        self.commands.load(Ordering::Acquire)
    }

    /// How many partitions that topic has; 0 where there is none.
    pub fn count(&self, topic: &str) -> i32 {
        self.looks().found.get(topic).map_or(0, |&count| i32::try_from(count).unwrap_or(i32::MAX))
    }

    /// The first partition of the command topic that cannot be taken over, since an internal topic has none of that
    /// number; `None` where that is beyond all shards.
    pub fn first_without(&self) -> Option<Shard> {
        Shard::from_partition(self.internal.load(Ordering::Acquire)).ok()
    }

    /// How many shards have a partition in each of the three topics: commands are forwarded to those.
    pub fn complete(&self) -> i32 {
        self.complete.load(Ordering::Acquire)
    }

    /// To be called by who looks, before it does; returns the number of the look.
    pub fn begin_look(&self) -> u64 {
        let mut looks = self.looks();
        looks.begun += 1;
        looks.begun
    }

    /// To be called when that look has ended, whatever it found.
    pub fn end_look(&self, number: u64) {
        self.looks().ended = number;
        self.ended.notify_all();
    }

    /// Has the topics looked at now, and waits until a look that began after this call has ended; `false` where none does
    /// in that time.
    pub fn look_again(&self, patience: Duration) -> bool {
        let looks = self.looks();
        let before = looks.begun;
        self.asked.notify_one();
        let waited = self.ended.wait_timeout_while(looks, patience, |looks| looks.ended <= before);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Resolves when somebody wants the topics looked at.
    pub async fn asked(&self) {
        self.asked.notified().await;
    }

    fn looks(&self) -> MutexGuard<'_, Looks> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn shard(partition: i32) -> Shard {
        Shard::from_partition(partition).unwrap()
    }

    #[test]
    fn a_shard_needs_its_partitions_in_both_internal_topics_and_to_be_forwarded_to_in_all_three() {
        let growth = Growth::beginning(&Partitions::new(), Sizes { commands: 5, amendments: 4, shards: 3 });
        assert_eq!(growth.first_without(), Some(shard(3)));
        assert_eq!(growth.complete(), 3);
        growth.note(&Partitions::new(), Sizes { commands: 5, amendments: 8, shards: 8 });
        assert_eq!(growth.first_without(), Some(shard(8)));
        assert_eq!(growth.complete(), 5, "nobody reads what is more");
        growth.note(&Partitions::new(), Sizes { commands: 1_024, amendments: 1_024, shards: 1_024 });
        assert_eq!(growth.first_without(), None);
    }

    #[test]
    fn only_a_look_that_began_after_it_was_asked_for_counts() {
        let growth = Arc::new(Growth::default());
        let earlier = growth.begin_look();
        let asking = Arc::clone(&growth);
        let asked = std::thread::spawn(move || asking.look_again(Duration::from_mins(1)));
        // The asker has the lock until it waits, so what is asked for is told after the number was taken.
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(growth.asked());
        growth.end_look(earlier);
        let later = growth.begin_look();
        assert!(!asked.is_finished());
        growth.end_look(later);
        assert!(asked.join().unwrap());
        assert!(!growth.look_again(Duration::ZERO));
    }
}
