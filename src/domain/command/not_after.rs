//! `notAfter`, held against the date for which a callback is scheduled (docs/contract.md#life-after-due).

use crate::domain::answer::Violation;
use crate::domain::life::NotAfter;
use crate::domain::time::Timestamp;

/// The `notAfter` of a command, or the one that the callback had before it, where it lies behind the date.
///
/// # Errors
/// `NotAfterTooEarly` where it is not behind that.
pub(super) fn behind(not_after: NotAfter, scheduled_for: Timestamp, is_kept: bool) -> Result<NotAfter, Violation> {
    if not_after.at > scheduled_for {
        return Ok(not_after);
    }
    Err(Violation::NotAfterTooEarly { not_after: not_after.at, scheduled_for, is_kept })
}
