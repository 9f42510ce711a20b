//! Commands as they were sent: read, not yet judged.

use crate::domain::given::{Field, Given, IdValue, Text, TraceContext};
use crate::domain::ids::{CommandKey, Fingerprint};
use crate::domain::time::Timestamp;

/// The members of `variables`, each by itself: one that is not a string takes nothing from the others.
pub type Variables<'a> = Vec<(Text<'a>, Given<Text<'a>>)>;

/// `securityUser` and the variables that its `{name}` is taken from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requester<'a> {
    /// `securityUser`.
    pub security_user: Given<Text<'a>>,
    /// `variables`; wrong where it is not an object.
    pub variables: Given<Variables<'a>>,
}

/// The payload of `callback.schedule.v1` (docs/contract.md#the-schedule-command).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule<'a> {
    /// `securityUser`, `variables`.
    pub requester: Requester<'a>,
    /// `caption`.
    pub caption: Given<Text<'a>>,
    /// `scriptType`.
    pub script_type: Given<Text<'a>>,
    /// `firstName`.
    pub first_name: Given<Text<'a>>,
    /// `lastName`.
    pub last_name: Given<Text<'a>>,
    /// `phoneNumber`.
    pub phone_number: Given<Text<'a>>,
    /// `skillId`.
    pub skill_id: Given<IdValue<'a>>,
    /// `targetAgentId`.
    pub target_agent_id: Given<IdValue<'a>>,
    /// `scheduleDate`.
    pub schedule_date: Given<Text<'a>>,
    /// `timeZone`.
    pub time_zone: Given<Text<'a>>,
    /// `notes`.
    pub notes: Given<Text<'a>>,
    /// `definedBranches`; wrong where one of its elements is not a text.
    pub defined_branches: Given<Vec<Text<'a>>>,
    /// `notAfter`.
    pub not_after: Given<Text<'a>>,
}

/// How a cancel or reschedule names its callback (docs/contract.md#cancel-and-reschedule).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallbackReference<'a> {
    /// `callbackId`.
    pub callback_id: Given<IdValue<'a>>,
    /// `scheduledBy`: source and id of the schedule command, in the command's own tenant; wrong where it is no object, or
    /// one of the two no text.
    pub scheduled_by: Given<[Option<Text<'a>>; 2]>,
}

/// The payload of `callback.cancel.v1` (docs/contract.md#cancel-and-reschedule).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cancel<'a> {
    /// `securityUser`, `variables`.
    pub requester: Requester<'a>,
    /// `callbackId`, `scheduledBy`.
    pub callback: CallbackReference<'a>,
    /// `reason`.
    pub reason: Given<Text<'a>>,
    /// `definedBranches`.
    pub defined_branches: Given<Vec<Text<'a>>>,
}

/// The payload of `callback.reschedule.v1` (docs/contract.md#cancel-and-reschedule): what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reschedule<'a> {
    /// `securityUser`, `variables`.
    pub requester: Requester<'a>,
    /// `callbackId`, `scheduledBy`.
    pub callback: CallbackReference<'a>,
    /// `reason`.
    pub reason: Given<Text<'a>>,
    /// `scheduleDate`.
    pub schedule_date: Given<Text<'a>>,
    /// `timeZone`.
    pub time_zone: Given<Text<'a>>,
    /// `notes`.
    pub notes: Given<Text<'a>>,
    /// `phoneNumber`.
    pub phone_number: Given<Text<'a>>,
    /// `skillId`.
    pub skill_id: Given<IdValue<'a>>,
    /// `targetAgentId`.
    pub target_agent_id: Given<IdValue<'a>>,
    /// `definedBranches`.
    pub defined_branches: Given<Vec<Text<'a>>>,
    /// `notAfter`.
    pub not_after: Given<Text<'a>>,
}

/// The payload of `callback.report.v1` (docs/contract.md#life-after-due).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report<'a> {
    /// `attempt`: a whole number of any size, cut to what fits.
    pub attempt: Given<i64>,
    /// `outcome`.
    pub outcome: Given<Text<'a>>,
    /// `agentId`.
    pub agent_id: Given<IdValue<'a>>,
    /// `occurredAt`.
    pub occurred_at: Given<Text<'a>>,
    /// `detail`.
    pub detail: Given<Text<'a>>,
    /// What a reschedule has too. `securityUser`, `variables`, the callback, `notes` and `definedBranches` count with every
    /// outcome, the others with `rescheduled` only.
    pub terms: Reschedule<'a>,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// `callback.schedule.v1`.
    Schedule(Box<Schedule<'a>>),
    /// `callback.cancel.v1`.
    Cancel(Box<Cancel<'a>>),
    /// `callback.reschedule.v1`.
    Reschedule(Box<Reschedule<'a>>),
    /// `callback.report.v1`.
    Report(Box<Report<'a>>),
    /// Any other type, or none; the branches that the script has are honoured all the same.
    Unsupported {
        /// The type.
        kind: Given<Text<'a>>,
        /// `definedBranches`.
        defined_branches: Given<Vec<Text<'a>>>,
    },
}

/// A command that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// Who sent it under which id.
    pub key: CommandKey,
    /// `ce_correlationid`.
    pub correlation_id: Option<String>,
    /// `ce_time`, else the record's timestamp; never ahead of the record's timestamp (docs/contract.md#dates).
    pub issued_at: Timestamp,
    /// Trace context, where a well-formed one came along.
    pub trace: Option<TraceContext>,
    /// Digest of the type and of every field that the service knows: tells a repeat from another payload.
    pub payload: Fingerprint,
    /// The same as version 0.1 took it, where that differs: what is remembered from then has this one.
    pub earlier_payload: Option<Fingerprint>,
    /// The attributes of a plain JSON command that are absent, while something stands under another form of their name.
    pub misnamed: Vec<Field>,
    /// What is asked for.
    pub request: Request<'a>,
}
