//! Fuzz targets: what reads bytes from outside must neither panic nor be slow, whatever the bytes.

pub mod targets;

use std::time::{Duration, Instant};

/// No input may take longer, in the instrumented build too: a thousand inputs a second on one core is what the service
/// must be able to look through without falling behind.
const SLOW: Duration = Duration::from_millis(1);

/// How often an input that was slow is tried again. One that is slow by itself is slow each time; one that was slow
/// because the machine did something else meanwhile is not.
const RETRIES: usize = 20;

/// Runs a target and fails where its input is slow each time.
///
/// # Panics
/// Where the target does, and where even the fastest of all tries took longer than [`SLOW`].
pub fn promptly(input: &[u8], target: fn(&[u8])) {
    let timed = || {
        let began = Instant::now();
        target(input);
        began.elapsed()
    };
    if timed() > SLOW {
        let fastest = (0..RETRIES).map(|_| timed()).min().unwrap_or_default();
        assert!(fastest <= SLOW, "a slow input: {fastest:?} for {} bytes, at the best of {RETRIES}", input.len());
    }
}
