//! What a command is judged against, beside itself, and the fields whose judgement depends on much of it.

use super::command::{Given, Text, TraceContext};
use super::directory::{SecurityUser, TenantDirectory};
use super::ids::CommandKey;
use super::phone::{self, Judged, Unreadable};
use super::rules::{Rules, TenantDefaults};
use super::schedule_date::{self, ScheduleDate, Zones};
use super::timestamp::Timestamp;
use super::violation::{PhoneNumberFault, ScheduleDateFault};

/// What a command is judged against, beside itself.
pub struct Circumstances<'a> {
    /// Who sent the command.
    pub key: &'a CommandKey,
    /// When the script issued it.
    pub issued_at: Timestamp,
    /// `ce_correlationid`.
    pub correlation_id: Option<&'a str>,
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
    /// The number to call (contract §6).
    ///
    /// # Errors
    /// Every `PhoneNumberFault`; a wrong JSON type is `Syntax`.
    pub fn phone_number(&self, given: &Given<Text<'_>>) -> Result<Judged, PhoneNumberFault> {
        match given {
            Given::Absent => Err(PhoneNumberFault::Missing),
            Given::WrongType => Err(PhoneNumberFault::Syntax(Unreadable::JsonType)),
            Given::Value(text) => phone::judge(text, self.defaults.default_region, self.rules.phone),
        }
    }

    /// The instant that was asked for (contract §5), not yet held against the rules on past and horizon.
    ///
    /// `time_zone` counts as absent where its JSON type is wrong, and is a fault of the date where it is unknown.
    ///
    /// # Errors
    /// Every `ScheduleDateFault` but `InPast` and `TooFar`; a wrong JSON type is `Syntax`.
    pub fn schedule_date(
        &self,
        given: &Given<Text<'_>>,
        time_zone: &Given<Text<'_>>,
        user: &SecurityUser,
    ) -> Result<ScheduleDate, ScheduleDateFault> {
        let text = match given {
            Given::Absent => return Err(ScheduleDateFault::Missing),
            Given::WrongType => return Err(ScheduleDateFault::Syntax),
            Given::Value(text) => text,
        };
        let command = match time_zone {
            Given::Absent | Given::WrongType => None,
            Given::Value(name) => Some(name.as_ref()),
        };
        let zones = Zones { command, security_user: user.time_zone, tenant: self.defaults.time_zone };
        schedule_date::parse(text, &zones)
    }
}
