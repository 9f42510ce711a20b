//! Reads what the service publishes, while it happens.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use schedule_callback::clock;

use crate::history::Published;
use crate::rig::{Reader, Record, Scope};

/// Everything that a `read_committed` reader has seen of a topic so far.
#[derive(Debug)]
pub struct Observer {
    seen: Arc<Mutex<Vec<Published>>>,
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
        Self { seen, ended, thread: Some(thread) }
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
    let record: &Record = reader.poll()?;
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
