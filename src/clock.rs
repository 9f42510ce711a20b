//! The one place that reads the clock; everything else is handed the time.

use chrono::Utc;

use crate::domain::timestamp::Timestamp;

/// The present instant by the machine's clock.
#[expect(clippy::disallowed_methods, reason = "this module is the one that may")]
pub fn now() -> Timestamp {
    Timestamp::from(Utc::now())
}
