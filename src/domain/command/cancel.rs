//! The command `callback.cancel.v1` (docs/contract.md#cancel-and-reschedule).

use super::Cancel;
use super::amended::{Amended, ChangeDraft};
use super::callback_name::CallbackName;
use super::circumstances::Circumstances;
use super::requester::{authorise, judge_defined_branches, judge_variables};
use super::text::REASON;
use crate::domain::answer::{Findings, Violation, Violations};
use crate::domain::commitment::Commitment;
use crate::domain::directory::Permission;
use crate::domain::time::Timestamp;

/// Judges a cancel up to the callback that it is about.
pub(super) fn judge(cancel: Cancel<'_>, at: &Circumstances<'_>) -> Result<ChangeDraft<()>, Violation> {
    authorise(&cancel.requester, at.directory, Permission::Manage)?;
    let callback = CallbackName::read(&cancel.callback, &at.key.tenant)?;

    let mut findings = Findings::default();
    findings.take(REASON.judge(cancel.reason));
    findings.take(judge_variables(&cancel.requester.variables));
    findings.take(judge_defined_branches(&cancel.defined_branches));
    at.judge_attributes(&mut findings);
    Ok(ChangeDraft { callback, draft: (), findings })
}

/// Makes the callback a cancelled one.
///
/// # Errors
/// What was found wrong with the command's fields.
pub(super) fn apply(callback: &Commitment, findings: Findings, decided_at: Timestamp) -> Result<Amended, Violations> {
    findings.conclude(|| {
        Some(Amended::Cancelled(Box::new(Commitment { cancelled_at: Some(decided_at), ..callback.clone() })))
    })
}
