//! Waiting for conditions, never for time.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a test waits for what must happen: far longer than it ever takes, also on a machine under load.
pub const DEADLINE: Duration = Duration::from_mins(3);

/// How often a condition is looked at.
const STEP: Duration = Duration::from_millis(10);

/// Waits until the condition holds.
///
/// # Panics
/// With `what` when it does not hold within the deadline.
pub fn wait_until(what: &str, deadline: Duration, mut holds: impl FnMut() -> bool) {
    eventually(what, deadline, || holds().then_some(()));
}

/// Waits until there is a value, and returns it.
///
/// # Panics
/// With `what` when there is none within the deadline.
pub fn eventually<T>(what: &str, deadline: Duration, mut value: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = value() {
            return value;
        }
        assert!(start.elapsed() < deadline, "{what}: not within {deadline:?}");
        sleep(STEP);
    }
}
