//! Step two of a cancel or reschedule: the callback it names has been looked up
//! (docs/contract.md#cancel-and-reschedule).

use super::callback_name::CallbackName;
use super::cancel;
use super::reschedule::RescheduleDraft;
use super::rules::Rules;
use super::settled::{Settled, Unsettled};
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
}

/// What the look-up of the callback came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// There is none of this name.
    NotFound,
    /// Its place in the order of firing is still ahead of the shard's cutoff. It may have been cancelled.
    Ahead(&'a Commitment),
    /// Its due event has been published or is being published, unless it was cancelled before.
    Due(&'a Commitment),
}

impl AmendDraft {
    /// The change that was judged so far, of a callback of this tenant.
    pub(super) fn of<D>(unsettled: Unsettled<D>, tenant: &Tenant, amendment: impl FnOnce(D) -> Amendment) -> Self {
        let Unsettled { callback, draft, findings } = unsettled;
        Self { callback, tenant: tenant.clone(), amendment: amendment(draft), findings }
    }

    /// The callback to look up.
    pub fn callback(&self) -> &CallbackName {
        &self.callback
    }

    /// The instant that a reschedule asks for, where its date can be read: needed before the callback is looked up.
    pub fn scheduled_for(&self) -> Option<Timestamp> {
        match &self.amendment {
            Amendment::Cancel => None,
            Amendment::Reschedule(reschedule) => reschedule.scheduled_for(),
        }
    }

    /// Ends the judgement, now that the callback has been looked up. Pure, like the first step.
    ///
    /// Whether the callback found is the tenant's own and the one that both keys name is judged here, and the
    /// callback's fault is told alone.
    pub fn settle(self, found: Lookup<'_>, directory: &Directory, rules: &Rules, decided_at: Timestamp) -> Settled {
        let callback = match self.changeable(found) {
            Ok(callback) => callback,
            Err(fault) => return Settled::Refused(fault.into()),
        };
        let settled = match self.amendment {
            Amendment::Cancel => cancel::settle(callback, self.findings, decided_at),
            Amendment::Reschedule(reschedule) => {
                reschedule.settle(callback, self.findings, directory.of(&self.tenant), rules, decided_at)
            }
        };
        settled.unwrap_or_else(Settled::Refused)
    }

    fn changeable<'a>(&self, found: Lookup<'a>) -> Result<&'a Commitment, Violation> {
        let unknown = || Violation::CallbackNotFound(CallbackFault::Unknown(self.callback.field()));
        let (callback, due) = match found {
            Lookup::NotFound => return Err(unknown()),
            Lookup::Ahead(callback) => (callback, false),
            Lookup::Due(callback) => (callback, true),
        };
        if callback.origin.tenant != self.tenant || !self.callback.names(callback) {
            return Err(unknown());
        }
        if callback.cancelled_at.is_some() {
            return Err(Violation::CallbackCancelled);
        }
        if due { Err(Violation::CallbackAlreadyDue) } else { Ok(callback) }
    }
}

#[cfg(test)]
mod tests;
