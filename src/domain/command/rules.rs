//! The settings that commands are judged by (docs/contract.md#settings: `rules`, `tenants`).

use std::collections::HashMap;

use crate::domain::ids::Tenant;
use crate::domain::phone::{PhoneRules, Region};
use crate::domain::time::schedule_date::{DateRules, ScheduleDate, ScheduleDateFault};
use crate::domain::time::{TimeZone, Timestamp};

/// What a tenant's commands may leave out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TenantDefaults {
    /// The region of a number without `+`.
    pub default_region: Option<Region>,
    /// The time zone of a date without an offset, where the security user has none either.
    pub time_zone: Option<TimeZone>,
}

/// The settings that commands are judged by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Which numbers are accepted.
    pub phone: PhoneRules,
    /// How far behind and ahead a date may lie; `None` accepts any.
    pub date: Option<DateRules>,
    /// The settings of single tenants.
    pub tenants: HashMap<Tenant, TenantDefaults>,
    /// The settings of every other tenant, and of single tenants where they say nothing.
    pub elsewhere: TenantDefaults,
}

impl Rules {
    /// What this tenant's commands may leave out.
    pub fn defaults_of(&self, tenant: &Tenant) -> TenantDefaults {
        let own = self.tenants.get(tenant).copied().unwrap_or_default();
        TenantDefaults {
            default_region: own.default_region.or(self.elsewhere.default_region),
            time_zone: own.time_zone.or(self.elsewhere.time_zone),
        }
    }

    /// Holds a date against the rules on past and horizon. `skill_horizon_days` is the skill's own horizon, which
    /// replaces the general one.
    ///
    /// # Errors
    /// `InPast`, `TooFar`.
    pub fn check_date(
        &self,
        date: ScheduleDate,
        issued_at: Timestamp,
        skill_horizon_days: Option<u32>,
    ) -> Result<ScheduleDate, ScheduleDateFault> {
        self.date.map_or(Ok(()), |rules| rules.check(date, issued_at, skill_horizon_days)).map(|()| date)
    }
}
