//! The command `callback.cancel.v1` (docs/contract.md#cancel-and-reschedule).

use super::Cancel;
use super::amend::{AmendDraft, Amendment, CallbackName};
use super::circumstances::Circumstances;
use super::requester::{authorise, judge_defined_branches, judge_variables};
use super::text::REASON;
use crate::domain::answer::{Findings, Violation};
use crate::domain::directory::Permission;

/// Judges a cancel up to the callback that it is about.
pub(super) fn judge(cancel: Cancel<'_>, at: &Circumstances<'_>) -> Result<AmendDraft, Violation> {
    authorise(&cancel.requester, at.directory, Permission::Manage)?;
    let callback = CallbackName::read(&cancel.callback, &at.key.tenant)?;

    let mut findings = Findings::default();
    findings.take(REASON.judge(cancel.reason));
    findings.take(judge_variables(&cancel.requester.variables));
    findings.take(judge_defined_branches(&cancel.defined_branches));
    at.judge_attributes(&mut findings);
    Ok(AmendDraft { callback, tenant: at.key.tenant.clone(), amendment: Amendment::Cancel, findings })
}
