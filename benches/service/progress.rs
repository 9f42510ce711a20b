//! What is going on, on standard error, with the time since the start.

use std::sync::LazyLock;
use std::time::Instant;

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Prints a line.
pub fn progress(line: &str) {
    eprintln!("[{:7.1} s] {line}", BEGAN.elapsed().as_secs_f64());
}
