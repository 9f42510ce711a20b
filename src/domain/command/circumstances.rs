//! What a command is judged against, beside itself, and the fields whose judgement depends on much of it.

use super::rules::{Rules, TenantDefaults};
use crate::domain::answer::{Findings, Violation};
use crate::domain::directory::{SecurityUser, TenantDirectory};
use crate::domain::given::{Field, Given, Text, TraceContext};
use crate::domain::ids::CommandKey;
use crate::domain::phone;
use crate::domain::phone::{Judged, PhoneNumberFault};
use crate::domain::time::schedule_date::{DateSyntax, ScheduleDate, ScheduleDateFault, Zones};
use crate::domain::time::{Timestamp, schedule_date};

/// What a command is judged against, beside itself.
pub struct Circumstances<'a> {
    /// Who sent the command.
    pub key: &'a CommandKey,
    /// When the script issued it.
    pub issued_at: Timestamp,
    /// `ce_correlationid`.
    pub correlation_id: Option<&'a str>,
    /// The attributes whose names are written otherwise.
    pub misnamed: &'a [Field],
    /// Its trace context.
    pub trace: Option<&'a TraceContext>,
    /// The directory of its tenant.
    pub directory: &'a TenantDirectory,
    /// The settings.
    pub rules: &'a Rules,
    /// The settings of its tenant.
    pub defaults: TenantDefaults,
}

impl Circumstances<'_> {
    /// The attributes that stand under another form of their names.
    pub fn judge_attributes(&self, findings: &mut Findings) {
        for field in self.misnamed {
            findings.take(Err::<(), _>(Violation::FieldName(*field)));
        }
    }

    /// The number to call (docs/contract.md#phone-numbers).
    ///
    /// # Errors
    /// Every `PhoneNumberFault`, and `FieldName`.
    pub fn phone_number(&self, given: &Given<Text<'_>>) -> Result<Judged, Violation> {
        match given {
            Given::Absent => Err(PhoneNumberFault::Missing.into()),
            Given::Wrong(wrong) => Err(Violation::wrong_in(Field::PHONE_NUMBER, *wrong, PhoneNumberFault::Wrong)),
            Given::Value(text) => Ok(phone::judge(text, self.defaults.default_region, self.rules.phone)?),
        }
    }

    /// The instant that was asked for (docs/contract.md#dates), not yet held against the rules on past and horizon.
    ///
    /// `time_zone` counts as absent where it cannot be read, and is a fault of the date where it is unknown.
    ///
    /// # Errors
    /// Every `ScheduleDateFault` but `InPast` and `TooFar`, and `FieldName`.
    pub fn schedule_date(
        &self,
        given: &Given<Text<'_>>,
        time_zone: &Given<Text<'_>>,
        user: &SecurityUser,
    ) -> Result<ScheduleDate, Violation> {
        match given {
            Given::Absent => Err(ScheduleDateFault::Missing.into()),
            Given::Wrong(wrong) => {
                let syntax = |wrong| ScheduleDateFault::Syntax(DateSyntax::Wrong(wrong));
                Err(Violation::wrong_in(Field::SCHEDULE_DATE, *wrong, syntax))
            }
            Given::Value(text) => Ok(self.date(text, time_zone, user)?),
        }
    }

    /// The instant from which on the callback must not be presented, where the command has one; in the same forms, and by the
    /// same time zone.
    ///
    /// # Errors
    /// `NotAfterInvalid`, and `FieldName`.
    pub fn not_after(
        &self,
        given: &Given<Text<'_>>,
        time_zone: &Given<Text<'_>>,
        user: &SecurityUser,
    ) -> Result<Option<Timestamp>, Violation> {
        match given {
            Given::Absent => Ok(None),
            Given::Wrong(wrong) => {
                let syntax = |wrong| Violation::NotAfterInvalid(ScheduleDateFault::Syntax(DateSyntax::Wrong(wrong)));
                Err(Violation::wrong_in(Field::NOT_AFTER, *wrong, syntax))
            }
            Given::Value(text) => {
                let date = self.date(text, time_zone, user).map_err(Violation::NotAfterInvalid)?;
                Ok(Some(date.instant))
            }
        }
    }

    fn date(
        &self,
        text: &str,
        time_zone: &Given<Text<'_>>,
        user: &SecurityUser,
    ) -> Result<ScheduleDate, ScheduleDateFault> {
        let command = match time_zone {
            Given::Absent | Given::Wrong(_) => None,
            Given::Value(name) => Some(name.as_ref()),
        };
        let zones = Zones { command, security_user: user.time_zone, tenant: self.defaults.time_zone };
        schedule_date::parse(text, &zones)
    }
}
