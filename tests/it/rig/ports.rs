//! Free ports on 127.0.0.1.

use std::net::TcpListener;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the range that Linux takes outgoing connections' ports from (32768–60999 unless configured otherwise), so that
/// a server that was killed finds its port free when it comes back.
const FIRST: u32 = 12_000;
const COUNT: u32 = 20_000;

/// Where this process looks next: each process starts elsewhere, and never hands out a port twice.
static NEXT: LazyLock<AtomicU32> = LazyLock::new(|| AtomicU32::new(std::process::id().wrapping_mul(7_919)));

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    for _ in 0..COUNT {
        let port = FIRST + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        let port = u16::try_from(port).expect("the range lies below 65,536");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port on 127.0.0.1 in {FIRST}..{}", FIRST + COUNT);
}
