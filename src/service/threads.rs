//! The loops' threads: started by name, waited for at the end.

use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::error::ServiceError;

/// How waiting for a thread ended.
pub(super) enum Joined {
    Ended,
    Panicked,
    Late,
}

/// Waits until the thread has ended, but no longer than until then.
pub(super) fn join(thread: JoinHandle<()>, deadline: Instant) -> Joined {
    while !thread.is_finished() {
        if Instant::now() >= deadline {
            return Joined::Late;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    if thread.join().is_ok() { Joined::Ended } else { Joined::Panicked }
}

/// Starts a thread of that name; an internal fault where the system has none left.
pub(super) fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, ServiceError> {
    Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| ServiceError::Internal(format!("thread {name} cannot be started: {error}")))
}
