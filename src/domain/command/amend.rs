//! Step two of a cancel, a reschedule or a report: the callback it names has been looked up
//! (docs/contract.md#cancel-and-reschedule, #life-after-due).

pub use super::amended::Lookup;
use super::amended::{Amended, ChangeDraft};
use super::callback_name::CallbackName;
use super::cancel;
use super::report::ReportDraft;
use super::reschedule::RescheduleDraft;
use super::rules::Rules;
use crate::domain::answer::{CallbackFault, Findings, Violation};
use crate::domain::commitment::Commitment;
use crate::domain::directory::Directory;
use crate::domain::ids::Tenant;
use crate::domain::time::Timestamp;

/// A change of a callback, judged as far as that goes without the callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmendDraft {
    callback: CallbackName,
    tenant: Tenant,
    amendment: Amendment,
    /// What is wrong with the fields whose judgement needs no callback.
    findings: Findings,
}

/// What is to become of the callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Amendment {
    Cancel,
    Reschedule(Box<RescheduleDraft>),
    Report(Box<ReportDraft>),
}

impl AmendDraft {
    /// The change that was judged so far, of a callback of this tenant.
    pub(super) fn of<D>(judged: ChangeDraft<D>, tenant: &Tenant, amendment: impl FnOnce(D) -> Amendment) -> Self {
        let ChangeDraft { callback, draft, findings } = judged;
        Self { callback, tenant: tenant.clone(), amendment: amendment(draft), findings }
    }

    /// Whether it says what came of a due event.
    pub const fn is_report(&self) -> bool {
        matches!(self.amendment, Amendment::Report(_))
    }

    /// The callback to look up.
    pub fn callback(&self) -> &CallbackName {
        &self.callback
    }

    /// The instant that a reschedule asks for, or a report that moves the callback, where its date can be read: needed before
    /// the callback is looked up. What else a report may come to lies at most the longest wait (`Waits::LENGTH`) after its
    /// decision.
    pub fn scheduled_for(&self) -> Option<Timestamp> {
        match &self.amendment {
            Amendment::Cancel => None,
            Amendment::Reschedule(reschedule) => reschedule.scheduled_for(),
            Amendment::Report(report) => report.scheduled_for(),
        }
    }

    /// Ends the judgement, now that the callback has been looked up. Pure, like the first step.
    ///
    /// Whether the callback found is the tenant's own and the one that both keys name is judged here, and the
    /// callback's fault is told alone.
    pub fn apply(self, found: Lookup<'_>, directory: &Directory, rules: &Rules, decided_at: Timestamp) -> Amended {
        let callback = match self.judge(found) {
            Ok(callback) => callback,
            Err(fault) => return Amended::Refused(fault.into()),
        };
        let Self { tenant, amendment, findings, .. } = self;
        let directory = directory.of(&tenant);
        let amended = match amendment {
            Amendment::Cancel => cancel::apply(callback, findings, decided_at),
            Amendment::Reschedule(reschedule) => {
                let revised = reschedule.apply(callback.clone(), findings, directory, rules, decided_at);
                revised.map(|(callback, warnings)| Amended::Rescheduled { callback: Box::new(callback), warnings })
            }
            Amendment::Report(report) => {
                let is_unknown = callback.ended(found.has_fired()).is_some();
                report.apply(callback, is_unknown, findings, directory, rules, decided_at)
            }
        };
        amended.unwrap_or_else(Amended::Refused)
    }

    /// The callback, where it is one that may be changed so.
    ///
    /// # Errors
    /// Its first fault, in the contract's order.
    fn judge<'a>(&self, found: Lookup<'a>) -> Result<&'a Commitment, Violation> {
        let is_named = |callback: &&Commitment| callback.origin.tenant == self.tenant && self.callback.names(callback);
        let unknown = || Violation::CallbackNotFound(CallbackFault::Unknown(self.callback.field()));
        let callback = found.callback().filter(is_named).ok_or_else(unknown)?;
        match &self.amendment {
            Amendment::Report(report) => report.judge(callback, found)?,
            Amendment::Cancel | Amendment::Reschedule(_) => changeable(callback, found)?,
        }
        Ok(callback)
    }
}

/// Whether a cancel or a reschedule may change the callback: while an attempt of it waits.
fn changeable(callback: &Commitment, found: Lookup<'_>) -> Result<(), Violation> {
    if callback.cancelled_at.is_some() {
        return Err(Violation::CallbackCancelled);
    }
    if let Some((status, reason)) = callback.ended(found.has_fired()) {
        return Err(Violation::CallbackEnded { status, reason });
    }
    if found.has_passed() || !callback.life.phase.presents() {
        return Err(Violation::CallbackAlreadyDue);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
