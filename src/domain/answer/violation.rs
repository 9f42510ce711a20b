//! Why a command was refused.

mod faults;

pub use self::faults::{CallbackFault, SecurityUserFault, SkillFault, TargetAgentFault, TypeFault};
use super::Branch;
use crate::domain::given::{Field, Placed, Wrong};
use crate::domain::life::{Reason, Status};
use crate::domain::phone::PhoneNumberFault;
use crate::domain::time::Timestamp;
use crate::domain::time::schedule_date::ScheduleDateFault;

/// One reason why a command is refused: exactly one code of the contract's table (docs/contract.md#codes).
///
/// The variants, and those of the faults within, stand in the order in which violations are told: by branch, then by
/// the table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Violation {
    /// Branch `InvalidSecurityUser`.
    SecurityUser(SecurityUserFault),
    /// Branch `InvalidSkillId`.
    SkillId(SkillFault),
    /// Branch `InvalidTargetAgentId`.
    TargetAgentId(TargetAgentFault),
    /// Branch `InvalidScheduleDate`.
    ScheduleDate(ScheduleDateFault),
    /// Branch `InvalidPhoneNumber`.
    PhoneNumber(PhoneNumberFault),
    /// A report does not say what came of the attempt.
    OutcomeMissing,
    /// `outcome` is none that there is.
    OutcomeUnsupported {
        /// The one that differs in case only.
        nearest: Option<&'static str>,
    },
    /// The text has more Unicode code points than the limit.
    FieldTooLong {
        /// The field.
        field: Field,
        /// The most it may have, in Unicode code points.
        limit: usize,
        /// What it has.
        length: usize,
    },
    /// The text has a character of category Cc.
    FieldControlCharacter {
        /// The field.
        field: Field,
        /// The first such character.
        found: Placed,
    },
    /// The JSON type is wrong: the field's own, or that of one of its elements or members.
    FieldType(Field, Wrong),
    /// Something stands under a name that is nearly the field's, and under its own name nothing.
    FieldName(Field),
    /// The text has half a surrogate pair.
    FieldNotUnicode(Field),
    /// `scriptType` is none of the supported ones.
    ScriptTypeUnsupported {
        /// The one that differs in case only.
        nearest: Option<&'static str>,
    },
    /// `notAfter` is no instant: what is wrong with it as a `scheduleDate`.
    NotAfterInvalid(ScheduleDateFault),
    /// `notAfter` is not behind the date.
    NotAfterTooEarly {
        /// From when on the callback must not be presented.
        not_after: Timestamp,
        /// When it is to be presented.
        scheduled_for: Timestamp,
        /// Whether it is one that the callback had before.
        is_kept: bool,
    },
    /// The id was used for another payload.
    CommandIdReused,
    /// `ce_type` is missing or not a command of ours.
    CommandTypeUnsupported(TypeFault),
    /// No such callback for this tenant.
    CallbackNotFound(CallbackFault),
    /// Nothing is reported of this callback: its skill had no `lifecycle` when it was scheduled.
    CallbackNotTracked,
    /// The due event has been published, or is being published.
    CallbackAlreadyDue,
    /// The callback was cancelled before.
    CallbackCancelled,
    /// The callback has come to its end.
    CallbackEnded {
        /// How.
        status: Status,
        /// Why.
        reason: Reason,
    },
    /// A report does not say which attempt it is about.
    AttemptMissing,
    /// The due event of that attempt has not been published.
    AttemptNotFired,
    /// The attempt has been reported on, or presented again.
    AttemptOver,
    /// The record could not be read as a command; it is in the dead-letter topic. The message says why.
    Malformed(String),
}

impl Violation {
    /// Every code there is, in the order of the contract's table (docs/contract.md#codes), by branch.
    pub const CODES: [&'static str; 53] = [
        "SECURITY_USER_MISSING",
        "SECURITY_USER_UNKNOWN",
        "SECURITY_USER_INACTIVE",
        "SECURITY_USER_FORBIDDEN",
        "SECURITY_USER_UNRESOLVED",
        "SKILL_ID_MISSING",
        "SKILL_ID_MALFORMED",
        "SKILL_UNKNOWN",
        "SKILL_INACTIVE",
        "SKILL_NOT_OUTBOUND_PHONE",
        "TARGET_AGENT_ID_MISSING",
        "TARGET_AGENT_ID_MALFORMED",
        "TARGET_AGENT_UNKNOWN",
        "TARGET_AGENT_INACTIVE",
        "SCHEDULE_DATE_MISSING",
        "SCHEDULE_DATE_SYNTAX",
        "SCHEDULE_DATE_MIXED_FORMAT",
        "SCHEDULE_DATE_OUT_OF_RANGE",
        "SCHEDULE_DATE_TIME_MISSING",
        "SCHEDULE_DATE_OFFSET_MISSING",
        "SCHEDULE_DATE_NONEXISTENT_LOCAL_TIME",
        "SCHEDULE_DATE_TIME_ZONE_UNKNOWN",
        "SCHEDULE_DATE_IN_PAST",
        "SCHEDULE_DATE_TOO_FAR",
        "PHONE_NUMBER_MISSING",
        "PHONE_NUMBER_SYNTAX",
        "PHONE_NUMBER_COUNTRY_CODE",
        "PHONE_NUMBER_COUNTRY_CODE_MISSING",
        "PHONE_NUMBER_TOO_SHORT",
        "PHONE_NUMBER_TOO_LONG",
        "PHONE_NUMBER_NOT_POSSIBLE",
        "PHONE_NUMBER_PREMIUM_RATE",
        "OUTCOME_MISSING",
        "OUTCOME_UNSUPPORTED",
        "FIELD_TOO_LONG",
        "FIELD_CONTROL_CHARACTER",
        "FIELD_TYPE",
        "FIELD_NAME",
        "FIELD_NOT_UNICODE",
        "SCRIPT_TYPE_UNSUPPORTED",
        "NOT_AFTER_INVALID",
        "NOT_AFTER_TOO_EARLY",
        "COMMAND_ID_REUSED",
        "COMMAND_TYPE_UNSUPPORTED",
        "CALLBACK_NOT_FOUND",
        "CALLBACK_NOT_TRACKED",
        "CALLBACK_ALREADY_DUE",
        "CALLBACK_CANCELLED",
        "CALLBACK_ENDED",
        "ATTEMPT_MISSING",
        "ATTEMPT_NOT_FIRED",
        "ATTEMPT_OVER",
        "MALFORMED",
    ];

    /// The stable code of the contract.
    pub const fn code(&self) -> &'static str {
        use {
            PhoneNumberFault as P, ScheduleDateFault as D, SecurityUserFault as U, SkillFault as S,
            TargetAgentFault as A,
        };
        match self {
            Self::SecurityUser(U::Missing) => "SECURITY_USER_MISSING",
            Self::SecurityUser(U::Unknown(_) | U::Wrong(_)) => "SECURITY_USER_UNKNOWN",
            Self::SecurityUser(U::Inactive) => "SECURITY_USER_INACTIVE",
            Self::SecurityUser(U::Forbidden(_)) => "SECURITY_USER_FORBIDDEN",
            Self::SecurityUser(U::Unresolved(_)) => "SECURITY_USER_UNRESOLVED",
            Self::SkillId(S::Missing) => "SKILL_ID_MISSING",
            Self::SkillId(S::Malformed(_)) => "SKILL_ID_MALFORMED",
            Self::SkillId(S::Unknown) => "SKILL_UNKNOWN",
            Self::SkillId(S::Inactive) => "SKILL_INACTIVE",
            Self::SkillId(S::NotOutboundPhone) => "SKILL_NOT_OUTBOUND_PHONE",
            Self::TargetAgentId(A::Missing) => "TARGET_AGENT_ID_MISSING",
            Self::TargetAgentId(A::Malformed(_)) => "TARGET_AGENT_ID_MALFORMED",
            Self::TargetAgentId(A::Unknown) => "TARGET_AGENT_UNKNOWN",
            Self::TargetAgentId(A::Inactive) => "TARGET_AGENT_INACTIVE",
            Self::ScheduleDate(D::Missing) => "SCHEDULE_DATE_MISSING",
            Self::ScheduleDate(D::Syntax(_)) => "SCHEDULE_DATE_SYNTAX",
            Self::ScheduleDate(D::MixedFormat) => "SCHEDULE_DATE_MIXED_FORMAT",
            Self::ScheduleDate(D::OutOfRange) => "SCHEDULE_DATE_OUT_OF_RANGE",
            Self::ScheduleDate(D::TimeMissing) => "SCHEDULE_DATE_TIME_MISSING",
            Self::ScheduleDate(D::OffsetMissing) => "SCHEDULE_DATE_OFFSET_MISSING",
            Self::ScheduleDate(D::NonexistentLocalTime(_)) => "SCHEDULE_DATE_NONEXISTENT_LOCAL_TIME",
            Self::ScheduleDate(D::TimeZoneUnknown { .. }) => "SCHEDULE_DATE_TIME_ZONE_UNKNOWN",
            Self::ScheduleDate(D::InPast { .. }) => "SCHEDULE_DATE_IN_PAST",
            Self::ScheduleDate(D::TooFar { .. }) => "SCHEDULE_DATE_TOO_FAR",
            Self::PhoneNumber(P::Missing) => "PHONE_NUMBER_MISSING",
            Self::PhoneNumber(P::Syntax(_) | P::Wrong(_)) => "PHONE_NUMBER_SYNTAX",
            Self::PhoneNumber(P::CountryCode(_)) => "PHONE_NUMBER_COUNTRY_CODE",
            Self::PhoneNumber(P::CountryCodeMissing) => "PHONE_NUMBER_COUNTRY_CODE_MISSING",
            Self::PhoneNumber(P::TooShort(_)) => "PHONE_NUMBER_TOO_SHORT",
            Self::PhoneNumber(P::TooLong(_)) => "PHONE_NUMBER_TOO_LONG",
            Self::PhoneNumber(P::NotPossible(_)) => "PHONE_NUMBER_NOT_POSSIBLE",
            Self::PhoneNumber(P::PremiumRate(_)) => "PHONE_NUMBER_PREMIUM_RATE",
            Self::OutcomeMissing => "OUTCOME_MISSING",
            Self::OutcomeUnsupported { .. } => "OUTCOME_UNSUPPORTED",
            Self::FieldTooLong { .. } => "FIELD_TOO_LONG",
            Self::FieldControlCharacter { .. } => "FIELD_CONTROL_CHARACTER",
            Self::FieldType(..) => "FIELD_TYPE",
            Self::FieldName(_) => "FIELD_NAME",
            Self::FieldNotUnicode(_) => "FIELD_NOT_UNICODE",
            Self::ScriptTypeUnsupported { .. } => "SCRIPT_TYPE_UNSUPPORTED",
            Self::NotAfterInvalid(_) => "NOT_AFTER_INVALID",
            Self::NotAfterTooEarly { .. } => "NOT_AFTER_TOO_EARLY",
            Self::CommandIdReused => "COMMAND_ID_REUSED",
            Self::CommandTypeUnsupported(_) => "COMMAND_TYPE_UNSUPPORTED",
            Self::CallbackNotFound(_) => "CALLBACK_NOT_FOUND",
            Self::CallbackNotTracked => "CALLBACK_NOT_TRACKED",
            Self::CallbackAlreadyDue => "CALLBACK_ALREADY_DUE",
            Self::CallbackCancelled => "CALLBACK_CANCELLED",
            Self::CallbackEnded { .. } => "CALLBACK_ENDED",
            Self::AttemptMissing => "ATTEMPT_MISSING",
            Self::AttemptNotFired => "ATTEMPT_NOT_FIRED",
            Self::AttemptOver => "ATTEMPT_OVER",
            Self::Malformed(_) => "MALFORMED",
        }
    }

    /// What is wrong with a field that has no code of its own for it.
    pub const fn wrong(field: Field, wrong: Wrong) -> Self {
        match wrong {
            Wrong::Type(_) | Wrong::PartType(_) | Wrong::NotUtf8 | Wrong::Value => Self::FieldType(field, wrong),
            Wrong::Name => Self::FieldName(field),
            Wrong::NotUnicode => Self::FieldNotUnicode(field),
        }
    }

    /// The same of a field with a branch of its own, whose fault it is unless only its name is wrong.
    pub fn wrong_in<F: Into<Self>>(field: Field, wrong: Wrong, fault: impl FnOnce(Wrong) -> F) -> Self {
        if wrong == Wrong::Name { Self::FieldName(field) } else { fault(wrong).into() }
    }

    /// The branch of a command whose first violation is this one.
    pub const fn branch(&self) -> Branch {
        match self {
            Self::SecurityUser(_) => Branch::InvalidSecurityUser,
            Self::SkillId(_) => Branch::InvalidSkillId,
            Self::TargetAgentId(_) => Branch::InvalidTargetAgentId,
            Self::ScheduleDate(_) => Branch::InvalidScheduleDate,
            Self::PhoneNumber(_) => Branch::InvalidPhoneNumber,
            _ => Branch::Default,
        }
    }
}

impl From<SecurityUserFault> for Violation {
    fn from(fault: SecurityUserFault) -> Self {
        Self::SecurityUser(fault)
    }
}

impl From<SkillFault> for Violation {
    fn from(fault: SkillFault) -> Self {
        Self::SkillId(fault)
    }
}

impl From<TargetAgentFault> for Violation {
    fn from(fault: TargetAgentFault) -> Self {
        Self::TargetAgentId(fault)
    }
}

impl From<ScheduleDateFault> for Violation {
    fn from(fault: ScheduleDateFault) -> Self {
        Self::ScheduleDate(fault)
    }
}

impl From<PhoneNumberFault> for Violation {
    fn from(fault: PhoneNumberFault) -> Self {
        Self::PhoneNumber(fault)
    }
}
