//! Step two of a cancel or reschedule: the callback it names has been looked up
//! (docs/contract.md#cancel-and-reschedule).

use super::CallbackReference;
use super::reschedule::RescheduleDraft;
use super::rules::Rules;
use super::text::{CALLBACK_ID, SCHEDULED_BY};
use crate::domain::answer::{
    CallbackFault, DefinedBranches, Findings, Reply, Standing, Violation, Violations, Warning,
};
use crate::domain::commitment::Commitment;
use crate::domain::directory::Directory;
use crate::domain::given::{Field, Given, IdValue};
use crate::domain::ids::{CallbackId, CommandKey, Tenant};
use crate::domain::time::Timestamp;

/// How a command names the callback that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackName {
    /// By its id; the shard can be read from it.
    Id {
        /// `callbackId`: one that the service can have made.
        callback_id: CallbackId,
        /// `scheduledBy`, where it was given too; `settle` finds out whether they agree.
        scheduled_by: Option<CommandKey>,
    },
    /// By the command that scheduled it.
    ScheduledBy(CommandKey),
}

/// A change of a callback, judged as far as that goes without the callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmendDraft {
    pub(super) callback: CallbackName,
    pub(super) tenant: Tenant,
    pub(super) amendment: Amendment,
    /// What is wrong with the fields whose judgement needs no callback.
    pub(super) findings: Findings,
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

/// What a cancel or reschedule comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is refused, for these reasons.
    Refused(Violations),
    /// The callback as it now stands: cancelled.
    Cancelled(Box<Commitment>),
    /// The callback as it now stands: another revision. Its `fire_at` is its `scheduled_for`, which the recording
    /// step moves where that lies behind the cutoff.
    Rescheduled {
        /// The callback.
        callback: Box<Commitment>,
        /// In the contract's order.
        warnings: Vec<Warning>,
    },
}

impl CallbackName {
    /// Reads how a command of this tenant names its callback.
    ///
    /// # Errors
    /// The one fault that is told: of a field's name, JSON type or characters, or `CallbackNotFound` where there is neither
    /// key or one that no callback can have.
    pub(super) fn read(reference: &CallbackReference<'_>, tenant: &Tenant) -> Result<Self, Violation> {
        match (read_callback_id(reference), read_scheduled_by(reference, tenant)) {
            (Err(one), Err(other)) => Err(one.min(other)),
            (Err(fault), Ok(_)) | (Ok(_), Err(fault)) => Err(fault),
            (Ok(None), Ok(None)) => Err(Violation::CallbackNotFound(CallbackFault::Unnamed)),
            (Ok(None), Ok(Some(key))) => Ok(Self::ScheduledBy(key)),
            (Ok(Some(callback_id)), Ok(scheduled_by)) => Ok(Self::Id { callback_id, scheduled_by }),
        }
    }

    /// The field that the callback is looked up by.
    const fn field(&self) -> Field {
        match self {
            Self::Id { .. } => Field::CALLBACK_ID,
            Self::ScheduledBy(_) => Field::SCHEDULED_BY,
        }
    }

    /// Whether every key given is this callback's.
    fn names(&self, callback: &Commitment) -> bool {
        let origin = &callback.origin;
        let scheduled_by = |key: &CommandKey| {
            key.tenant == origin.tenant && key.source == origin.command_source && key.command_id == origin.command_id
        };
        match self {
            Self::Id { callback_id, scheduled_by: key } => {
                *callback_id == callback.callback_id && key.as_ref().is_none_or(scheduled_by)
            }
            Self::ScheduledBy(key) => scheduled_by(key),
        }
    }
}

fn read_callback_id(reference: &CallbackReference<'_>) -> Result<Option<CallbackId>, Violation> {
    match &reference.callback_id {
        Given::Absent => Ok(None),
        Given::Wrong(wrong) => Err(Violation::wrong(CALLBACK_ID.field, *wrong)),
        Given::Value(value) => {
            if let IdValue::Text(text) = value {
                CALLBACK_ID.allow(text)?;
            }
            let number = value.read().map_err(|fault| Violation::CallbackNotFound(CallbackFault::Malformed(fault)))?;
            let id = CallbackId::new(number).ok().filter(|id| id.shard().is_some());
            id.map(Some).ok_or(Violation::CallbackNotFound(CallbackFault::NeverMade))
        }
    }
}

fn read_scheduled_by(reference: &CallbackReference<'_>, tenant: &Tenant) -> Result<Option<CommandKey>, Violation> {
    match &reference.scheduled_by {
        Given::Absent => Ok(None),
        Given::Wrong(wrong) => Err(Violation::wrong(SCHEDULED_BY.field, *wrong)),
        Given::Value([Some(source), Some(command_id)]) => {
            SCHEDULED_BY.allow(source)?;
            SCHEDULED_BY.allow(command_id)?;
            let (source, command_id) = (source.as_ref().to_owned(), command_id.as_ref().to_owned());
            Ok(Some(CommandKey { tenant: tenant.clone(), source, command_id }))
        }
        // Half a key names no callback, whatever else is given.
        Given::Value(_) => Err(Violation::CallbackNotFound(CallbackFault::HalfAKey)),
    }
}

impl AmendDraft {
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
            Amendment::Cancel => self.findings.conclude(|| {
                Some(Settled::Cancelled(Box::new(Commitment { cancelled_at: Some(decided_at), ..callback.clone() })))
            }),
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

impl Settled {
    /// The answer: on `Success` it shows the callback as it now stands.
    pub fn reply(&self, defined: DefinedBranches) -> Reply {
        let (callback, warnings) = match self {
            Self::Refused(violations) => return Reply::refused(None, violations, defined),
            Self::Cancelled(callback) => (callback, Vec::new()),
            Self::Rescheduled { callback, warnings } => (callback, warnings.clone()),
        };
        let standing = Standing {
            callback_id: Some(callback.callback_id),
            revision: callback.revision,
            terms: callback.terms.clone(),
        };
        Reply::success(callback.origin.caption.clone(), standing, warnings, defined)
    }
}

#[cfg(test)]
mod tests;
