//! The one place that reads the clock; everything else is handed the time.

use chrono::Utc;

use crate::domain::timestamp::Timestamp;

/// The present instant by the machine's clock.
#[expect(clippy::disallowed_methods, reason = "this module is the one that may")]
pub fn now() -> Timestamp {
    Timestamp::from(Utc::now())
}

/// Sleeps until that instant; returns at once where it has passed.
pub fn sleep_until(instant: Timestamp) {
    loop {
        let Ok(ahead @ 1..) = u64::try_from(instant.micros().saturating_sub(now().micros())) else { return };
        std::thread::sleep(std::time::Duration::from_micros(ahead));
    }
}
