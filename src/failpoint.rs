//! Places where a test can make the process die: compiled in only with the feature `failpoints`.

/// Ends the process as SIGKILL would, where the environment names this place in `SCHEDULE_CALLBACK_FAILPOINT`; with
/// `name:N` at the N-th time it is passed.
#[cfg(feature = "failpoints")]
pub fn hit(place: &str) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static PASSED: AtomicU64 = AtomicU64::new(0);
    let Ok(wanted) = std::env::var("SCHEDULE_CALLBACK_FAILPOINT") else { return };
    let (name, count) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if name == place && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == count.parse().unwrap_or(1) {
        // No destructor, no flush, no exit handler: nothing after this instruction happens.
        std::process::abort();
    }
}

/// Nothing: this build has no failpoints.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub fn hit(_place: &str) {}
