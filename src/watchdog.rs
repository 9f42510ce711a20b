//! Ends the process when a call into librdkafka does not return.
//!
//! `send_offsets_to_transaction` may ignore its timeout (librdkafka #5456). A loop that hangs in there would keep its
//! shards for ever, since the consumer's heartbeats go on. Ending is safe: whoever takes over fences what is left.

use std::io;
use std::sync::Arc;
use std::thread::Builder;
use std::time::Duration;

use crate::kafka::transactions::CallTimer;

/// How long a transaction may take with all its own timeouts, several times over.
const LONGEST: Duration = Duration::from_mins(3);
/// How often the timers are looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Exit status for an internal fault (contract §11).
const INTERNAL: i32 = 70;

/// Watches these timers for as long as the process lives.
///
/// # Errors
/// Where the thread cannot be started.
pub fn watch(timers: Vec<Arc<CallTimer>>) -> io::Result<()> {
    let watch = move || {
        while timers.iter().all(|timer| timer.elapsed() < LONGEST) {
            std::thread::sleep(EVERY);
        }
        tracing::error!("a call into the Kafka client has not returned: the process ends, another instance takes over");
        std::process::exit(INTERNAL);
    };
    Builder::new().name("watchdog".to_owned()).spawn(watch).map(drop)
}
