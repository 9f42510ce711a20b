//! Reads what the service publishes, while it happens.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;

use crate::history::Published;
use crate::rig::{Reader, Scope};

/// Everything that a `read_committed` reader has seen of a topic so far, but for what was taken out.
#[derive(Debug)]
pub struct Observer {
    seen: Arc<Mutex<Vec<Published>>>,
    /// How many were taken out; changed while `seen` is held only.
    taken: AtomicUsize,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Observer {
    /// Begins to read, on a thread of its own.
    pub fn of(scope: &Scope<'_>, topic: &str) -> Self {
        let mut reader = scope.reader(topic);
        let (seen, ended) = (Arc::<Mutex<Vec<Published>>>::default(), Arc::<AtomicBool>::default());
        let (to, until) = (Arc::clone(&seen), Arc::clone(&ended));
        let thread = thread::spawn(move || {
            while !until.load(Ordering::Relaxed) {
                if let Some(published) = next(&mut reader) {
                    lock(&to).push(published);
                }
            }
        });
        Self { seen, taken: AtomicUsize::new(0), ended, thread: Some(thread) }
    }

    /// Takes out what was seen before that instant.
    pub fn take_before(&self, instant: Timestamp) -> Vec<Published> {
        let mut seen = self.seen();
        let count = seen.partition_point(|published| published.seen_at < instant);
        self.taken.fetch_add(count, Ordering::Relaxed);
        seen.drain(..count).collect()
    }

    /// Shows what has been seen from the one of that number on, counted from the first of all; returns the number of the
    /// next one.
    pub fn each_from(&self, number: usize, mut each: impl FnMut(&Published)) -> usize {
        let seen = self.seen();
        let taken = self.taken.load(Ordering::Relaxed);
        seen.iter().skip(number.saturating_sub(taken)).for_each(&mut each);
        taken + seen.len()
    }

    /// What has been seen.
    pub fn seen(&self) -> MutexGuard<'_, Vec<Published>> {
        lock(&self.seen)
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn lock(seen: &Mutex<Vec<Published>>) -> MutexGuard<'_, Vec<Published>> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

fn next(reader: &mut Reader) -> Option<Published> {
    let record = reader.read_one()?;
    let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    let envelope = record.headers.iter().filter(|(name, _)| name.starts_with("ce_"));
    Some(Published {
        key: text(record.key.as_deref()),
        attributes: envelope.map(|(name, value)| (name.clone(), text(value.as_deref()))).collect(),
        value: text(record.value.as_deref()),
        place: (record.partition, record.offset),
        seen_at: clock::now(),
    })
}
