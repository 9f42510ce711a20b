//! Which call into librdkafka is under way, for the watchdog.

use std::sync::atomic::{AtomicU64, Ordering};

/// Says which call into librdkafka is under way, for a watchdog: some may not return (librdkafka #5456).
#[derive(Debug, Default)]
pub struct CallsUnderWay {
    /// Odd while a call is under way; grows by one at its beginning and at its end.
    edges: AtomicU64,
}

impl CallsUnderWay {
    /// The number of the call under way; `None` where there is none.
    pub fn under_way(&self) -> Option<u64> {
        Some(self.edges.load(Ordering::Relaxed)).filter(|edges| edges % 2 == 1)
    }

    /// Notes that the call is under way for as long as it takes.
    pub fn during<T>(&self, call: impl FnOnce() -> T) -> T {
        self.edges.fetch_add(1, Ordering::Relaxed);
        let result = call();
        self.edges.fetch_add(1, Ordering::Relaxed);
        result
    }
}
