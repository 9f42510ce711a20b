//! Commands as they were sent: read, not yet judged.

use std::borrow::Cow;

use super::ids::{CommandKey, Fingerprint};
use super::timestamp::Timestamp;

/// The value of an optional JSON field; `null` is the same as absent (contract §4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Given<T> {
    /// Not there, or `null`.
    #[default]
    Absent,
    /// There, with a JSON type that the field does not have.
    WrongType,
    /// There.
    Value(T),
}

/// A text of the payload, borrowed from it where it has no escapes.
pub type Text<'a> = Cow<'a, str>;

/// An id as a caller may write it: a JSON integer or a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdValue<'a> {
    /// A JSON integer; `None` where it does not fit 64 bits.
    Integer(Option<i64>),
    /// A JSON string, any.
    Text(Text<'a>),
}

/// The members of `variables`, each by itself: one that is not a string takes nothing from the others.
pub type Variables<'a> = Vec<(Text<'a>, Given<Text<'a>>)>;

/// `securityUser` and the variables that its `{name}` is taken from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requester<'a> {
    /// `securityUser`.
    pub security_user: Given<Text<'a>>,
    /// `variables`; the wrong type where it is not an object.
    pub variables: Given<Variables<'a>>,
}

/// The payload of `callback.schedule.v1` (contract §4).
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
    /// `definedBranches`; the wrong type where one of its elements is not a string.
    pub defined_branches: Given<Vec<Text<'a>>>,
}

/// How a cancel or reschedule names its callback (contract §9).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallbackReference<'a> {
    /// `callbackId`.
    pub callback_id: Given<IdValue<'a>>,
    /// `scheduledBy`: source and id of the schedule command, in the command's own tenant; the wrong type where it is no
    /// object, or one of the two no string.
    pub scheduled_by: Given<[Option<Text<'a>>; 2]>,
}

/// The payload of `callback.cancel.v1` (contract §9).
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

/// The payload of `callback.reschedule.v1` (contract §9): what is absent stays.
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
    /// Any other type, or none; the branches that the script has are honoured all the same.
    Unsupported {
        /// `definedBranches`.
        defined_branches: Given<Vec<Text<'a>>>,
    },
}

/// W3C trace context of a command, as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceContext {
    /// `traceparent`, well-formed.
    pub traceparent: String,
    /// `tracestate`, where there is one.
    pub tracestate: Option<String>,
}

/// A command that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// Who sent it under which id.
    pub key: CommandKey,
    /// `ce_correlationid`.
    pub correlation_id: Option<String>,
    /// `ce_time`, else the record's timestamp; never ahead of the record's timestamp (contract §5).
    pub issued_at: Timestamp,
    /// Trace context, where a well-formed one came along.
    pub trace: Option<TraceContext>,
    /// Digest of the type and of every field that the service knows: tells a repeat from another payload.
    pub payload: Fingerprint,
    /// What is asked for.
    pub request: Request<'a>,
}
