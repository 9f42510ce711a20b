//! How a cancel or reschedule names its callback (docs/contract.md#cancel-and-reschedule).

use super::CallbackReference;
use super::text::{CALLBACK_ID, SCHEDULED_BY};
use crate::domain::answer::{CallbackFault, Violation};
use crate::domain::commitment::Commitment;
use crate::domain::given::{Field, Given, IdValue};
use crate::domain::ids::{CallbackId, CommandKey, Tenant};

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
    pub(super) const fn field(&self) -> Field {
        match self {
            Self::Id { .. } => Field::CALLBACK_ID,
            Self::ScheduledBy(_) => Field::SCHEDULED_BY,
        }
    }

    /// Whether every key given is this callback's.
    pub(super) fn names(&self, callback: &Commitment) -> bool {
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
