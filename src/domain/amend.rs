//! Step two of a cancel, a reschedule or a report: the callback it names has been looked up
//! (docs/contract.md#cancel-and-reschedule, #life-after-due).

use super::branch::DefinedBranches;
use super::command::{CallbackReference, Given, IdValue};
use super::commitment::Commitment;
use super::directory::Directory;
use super::ids::{CallbackId, CommandKey, Tenant};
use super::reply::{Progress, Reply, Standing};
use super::report::ReportDraft;
use super::reschedule::RescheduleDraft;
use super::rules::Rules;
use super::text::{CALLBACK_ID, SCHEDULED_BY};
use super::timestamp::Timestamp;
use super::violation::{CallbackFault, Field, Violation};
use super::violations::{Findings, Violations};
use super::warning::Warning;

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
    Report(Box<ReportDraft>),
}

/// What the look-up of the callback came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// There is none of this name.
    NotFound,
    /// Its place in the order of firing is still ahead of the shard's cutoff. It may have been cancelled.
    Ahead(&'a Commitment),
    /// Its place in the order of firing has been passed, and what is published there is published: its due event, unless it was
    /// cancelled before or waits for no presentation.
    Due(&'a Commitment),
    /// A pass over its place has begun, and nothing is published there: the pass was aborted for certain and is not yet tried
    /// again, or nobody knows yet how it ended.
    Begun(&'a Commitment),
}

impl<'a> Lookup<'a> {
    /// The callback, where there is one.
    pub const fn callback(self) -> Option<&'a Commitment> {
        match self {
            Self::NotFound => None,
            Self::Ahead(callback) | Self::Due(callback) | Self::Begun(callback) => Some(callback),
        }
    }

    /// Whether the cutoff has come to its place.
    pub const fn has_passed(self) -> bool {
        matches!(self, Self::Due(_) | Self::Begun(_))
    }

    /// Whether what is published at its place is published.
    pub const fn has_fired(self) -> bool {
        matches!(self, Self::Due(_))
    }
}

/// What a cancel, a reschedule or a report comes to.
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
    /// What came of an attempt was reported, and this is the callback as it now stands.
    Reported {
        /// The callback.
        callback: Box<Commitment>,
        /// Whether it has another place than before: its `fire_at` is the instant that is wanted, which the recording step
        /// moves where that lies behind the cutoff. Else it keeps the place that it had, and nothing is published there any
        /// more.
        moves: bool,
        /// In the contract's order; of an outcome that is not `rescheduled` there are none.
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
    pub fn settle(self, found: Lookup<'_>, directory: &Directory, rules: &Rules, decided_at: Timestamp) -> Settled {
        let callback = match self.judge(found) {
            Ok(callback) => callback,
            Err(fault) => return Settled::Refused(fault.into()),
        };
        let Self { tenant, amendment, findings, .. } = self;
        let directory = directory.of(&tenant);
        let settled = match amendment {
            Amendment::Cancel => findings.conclude(|| {
                Some(Settled::Cancelled(Box::new(Commitment { cancelled_at: Some(decided_at), ..callback.clone() })))
            }),
            Amendment::Reschedule(reschedule) => {
                let revised = reschedule.settle(callback.clone(), findings, directory, rules, decided_at);
                revised.map(|(callback, warnings)| Settled::Rescheduled { callback: Box::new(callback), warnings })
            }
            Amendment::Report(report) => {
                let is_unknown = callback.ended(found.has_passed()).is_some();
                report.settle(callback, is_unknown, findings, directory, rules, decided_at)
            }
        };
        settled.unwrap_or_else(Settled::Refused)
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
    if let Some((status, reason)) = callback.ended(found.has_passed()) {
        return Err(Violation::CallbackEnded { status, reason });
    }
    if found.has_passed() || !callback.life.phase.presents() {
        return Err(Violation::CallbackAlreadyDue);
    }
    Ok(())
}

impl Settled {
    /// The answer: on `Success` it shows the callback as it now stands, that of a report also how it goes on.
    pub fn reply(&self, defined: DefinedBranches) -> Reply {
        let (callback, warnings, progress) = match self {
            Self::Refused(violations) => return Reply::refused(None, violations, defined),
            Self::Cancelled(callback) => (callback, Vec::new(), None),
            Self::Rescheduled { callback, warnings } => (callback, warnings.clone(), None),
            Self::Reported { callback, warnings, .. } => (callback, warnings.clone(), Some(Progress::of(callback))),
        };
        let standing = Standing {
            callback_id: Some(callback.callback_id),
            revision: callback.revision,
            terms: callback.terms.clone(),
            progress,
        };
        Reply::success(callback.origin.caption.clone(), standing, warnings, defined)
    }
}

#[cfg(test)]
mod tests;
