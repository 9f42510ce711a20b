//! Ends the process when a call into librdkafka does not return.
//!
//! `send_offsets_to_transaction` may ignore its timeout (librdkafka #5456). A loop that hangs in there would keep its
//! shards for ever, since the consumer's heartbeats go on. Ending is safe: whoever takes over fences what is left.

use std::io;
use std::sync::Arc;
use std::thread::Builder;
use std::time::Duration;

use crate::kafka::calls::CallsUnderWay;

/// How often the calls are looked at.
const EVERY: Duration = Duration::from_secs(1);
/// How often the same call may be seen: three minutes, several times what a transaction may take with all its own
/// timeouts. Looks are counted and no clock is read, so that a process that was stopped for longer and goes on is not
/// blamed for the time it did not run.
const LOOKS: u32 = 180;
/// Exit status for an internal fault (docs/contract.md#the-program).
const INTERNAL: i32 = 70;

/// One thread's calls, and how often in a row the same one was seen.
struct Watched {
    calls: Arc<CallsUnderWay>,
    last: Option<u64>,
    looks: u32,
}

/// Watches these calls for as long as the process lives.
///
/// # Errors
/// Where the thread cannot be started.
pub fn watch(calls: Vec<Arc<CallsUnderWay>>) -> io::Result<()> {
    let mut watched: Vec<Watched> = calls.into_iter().map(|calls| Watched { calls, last: None, looks: 0 }).collect();
    let watch = move || {
        while !watched.iter_mut().any(Watched::hangs) {
            std::thread::sleep(EVERY);
        }
        tracing::error!("a call into the Kafka client has not returned: the process ends, another instance takes over");
        std::process::exit(INTERNAL);
    };
    Builder::new().name("watchdog".to_owned()).spawn(watch).map(drop)
}

impl Watched {
    fn hangs(&mut self) -> bool {
        let now = self.calls.under_way();
        self.looks = if now.is_some() && now == self.last { self.looks + 1 } else { 0 };
        self.last = now;
        self.looks >= LOOKS
    }
}
