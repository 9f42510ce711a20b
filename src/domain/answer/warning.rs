//! What a success should be told beside.

/// What a script author should know although the callback was scheduled (docs/contract.md#warnings).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Warning {
    /// The target agent does not have the skill.
    AgentWithoutSkill,
    /// The number is possible but not valid by libphonenumber's metadata.
    PhoneNumberNotAssigned,
    /// The number was written without `+` and read as a national one; with a `+` before the same digits it is valid too.
    PhoneNumberAmbiguous,
    /// The clocks show this local time twice; the earlier instant was taken.
    LocalTimeAmbiguous,
    /// The date has no offset and the command no time zone: the security user's or the tenant's was taken.
    TimeZoneAssumed,
    /// In the future when it was issued, in the past when it was decided.
    Late,
}

impl Warning {
    /// All of them, in the contract's order.
    pub const ALL: [Self; 6] = [
        Self::AgentWithoutSkill,
        Self::PhoneNumberNotAssigned,
        Self::PhoneNumberAmbiguous,
        Self::LocalTimeAmbiguous,
        Self::TimeZoneAssumed,
        Self::Late,
    ];

    /// The stable code of the contract.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AgentWithoutSkill => "AGENT_WITHOUT_SKILL",
            Self::PhoneNumberNotAssigned => "PHONE_NUMBER_NOT_ASSIGNED",
            Self::PhoneNumberAmbiguous => "PHONE_NUMBER_AMBIGUOUS",
            Self::TimeZoneAssumed => "TIME_ZONE_ASSUMED",
            Self::LocalTimeAmbiguous => "LOCAL_TIME_AMBIGUOUS",
            Self::Late => "LATE",
        }
    }
}
