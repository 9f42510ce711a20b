//! `scheduleDate` (docs/contract.md#dates): from what a script wrote to an instant.
//!
//! Where several rules are broken, the fault told is the first in the order of the contract's table of codes:
//! form, mixed formats, range, no time, no offset, skipped local time, unknown time zone, past, horizon.

mod fault;
pub(crate) mod iso8601;

pub use self::fault::{DateSyntax, ReadDate, ScheduleDateFault, ZoneOf, ZoneUsed};

use self::iso8601::{DAY, SECOND, Written, ends_a_month};
use super::{Shown, TimeZone, Timestamp};
use crate::domain::given::Placed;

/// 0001-01-01T00:00:00Z, the first instant accepted, in microseconds since the epoch.
const FIRST_INSTANT: i64 = -719_162 * DAY;
/// 10000-01-01T00:00:00Z, the first instant no longer accepted, in microseconds since the epoch.
const END_OF_INSTANTS: i64 = 2_932_897 * DAY;

/// The longest text, in bytes (docs/contract.md#dates).
pub const MAX_BYTES: usize = Written::MAX_BYTES;

/// Where the offset comes from when the text has none: the first of these that is there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Zones<'a> {
    /// `timeZone` of the command, not yet checked; empty is the same as absent.
    pub command: Option<&'a str>,
    /// Time zone of the security user.
    pub security_user: Option<TimeZone>,
    /// Default time zone of the tenant.
    pub tenant: Option<TimeZone>,
}

/// An instant that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleDate {
    /// The instant, in the years 0001–9999 UTC, cut to microseconds.
    pub instant: Timestamp,
    /// The clocks of the time zone show this local time twice; `instant` is the earlier one.
    pub ambiguous: bool,
    /// The time zone whose clocks were asked, where the text has no offset.
    pub zone: Option<ZoneUsed>,
}

/// How far from its command an instant may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateRules {
    /// How much earlier than the command it may be, in microseconds (`rules.past_grace`).
    pub past_grace: i64,
    /// How much later than the command it may be, in microseconds (`rules.horizon`).
    pub horizon: i64,
}

/// Reads a `scheduleDate`.
///
/// # Errors
/// Every `ScheduleDateFault` but `InPast` and `TooFar`, which are for `DateRules::check` to find.
pub fn parse(text: &str, zones: &Zones<'_>) -> Result<ScheduleDate, ScheduleDateFault> {
    if text.is_empty() {
        return Err(ScheduleDateFault::Missing);
    }
    let written = Written::read(text).ok_or_else(|| ScheduleDateFault::Syntax(why_none(text)))?;
    if written.is_mixed() {
        return Err(ScheduleDateFault::MixedFormat);
    }
    let day = written.date.days_since_epoch().ok_or(ScheduleDateFault::OutOfRange)?;
    let time = written.time.ok_or(ScheduleDateFault::TimeMissing)?;
    let time_of_day = time.micros_since_midnight().ok_or(ScheduleDateFault::OutOfRange)?;
    let local = day * DAY + time_of_day;
    let (seconds_east, ambiguous, zone) = if let Some(offset) = written.offset {
        (offset.seconds_east().ok_or(ScheduleDateFault::OutOfRange)?, false, None)
    } else {
        let zone = zones.chosen()?;
        let (seconds_east, ambiguous) = offset_at(zone, local)?;
        (seconds_east, ambiguous, Some(zone))
    };
    let mut instant = local - seconds_east * SECOND;
    if time.is_leap_second() {
        instant += SECOND;
        if !ends_a_month(instant) {
            return Err(ScheduleDateFault::OutOfRange);
        }
    }
    if !(FIRST_INSTANT..END_OF_INSTANTS).contains(&instant) {
        return Err(ScheduleDateFault::OutOfRange);
    }
    Ok(ScheduleDate { instant: Timestamp::from_micros(instant), ambiguous, zone })
}

impl DateRules {
    /// Judges a date against the time of its command, never against the clock: a slow consumer must not turn a
    /// good command bad. `skill_horizon_days` is the skill's own horizon, which replaces the general one.
    ///
    /// # Errors
    /// `InPast` or `TooFar`; an instant exactly at either end is accepted.
    pub fn check(
        &self,
        date: ScheduleDate,
        issued_at: Timestamp,
        skill_horizon_days: Option<u32>,
    ) -> Result<(), ScheduleDateFault> {
        let read = ReadDate { instant: date.instant, zone: date.zone };
        if date.instant < issued_at.plus_micros(self.past_grace.saturating_neg()) {
            return Err(ScheduleDateFault::InPast { read, issued_at });
        }
        let horizon = skill_horizon_days.map_or(self.horizon, |days| DAY.saturating_mul(i64::from(days)));
        if date.instant > issued_at.plus_micros(horizon) {
            return Err(ScheduleDateFault::TooFar { horizon, read });
        }
        Ok(())
    }
}

impl Zones<'_> {
    /// The zone that counts. An unknown `timeZone` is a fault, never a reason to look further.
    fn chosen(&self) -> Result<ZoneUsed, ScheduleDateFault> {
        if let Some(name) = self.command.filter(|name| !name.is_empty()) {
            let unknown = |_| ScheduleDateFault::TimeZoneUnknown {
                nearest: TimeZone::nearest(name),
                overlooked: Placed::first_deceptive(name),
            };
            return TimeZone::parse(name).map(|zone| ZoneUsed { zone, of: ZoneOf::Command }).map_err(unknown);
        }
        let of_user = self.security_user.map(|zone| ZoneUsed { zone, of: ZoneOf::SecurityUser });
        let of_tenant = self.tenant.map(|zone| ZoneUsed { zone, of: ZoneOf::Tenant });
        of_user.or(of_tenant).ok_or(ScheduleDateFault::OffsetMissing)
    }
}

/// Why a text has none of the forms.
fn why_none(text: &str) -> DateSyntax {
    if text.len() > MAX_BYTES {
        return DateSyntax::TooLong(text.len());
    }
    let is_in_some_form =
        |c: char| c.is_ascii_digit() || matches!(c, 'T' | 'W' | 'Z' | '+' | '-' | '\u{2212}' | ':' | '.' | ',');
    Placed::first(text, |c| !is_in_some_form(c)).map_or(DateSyntax::Form, DateSyntax::Character)
}

/// The zone's offset at a local time, in seconds east of Greenwich, and whether it is the earlier of two.
/// `local` is in microseconds since 1970-01-01T00:00 local time.
fn offset_at(zone: ZoneUsed, local: i64) -> Result<(i64, bool), ScheduleDateFault> {
    match zone.zone.shows(local.div_euclid(SECOND)) {
        Shown::Once(seconds_east) => Ok((seconds_east, false)),
        Shown::Twice(seconds_east) => Ok((seconds_east, true)),
        Shown::Never => Err(ScheduleDateFault::NonexistentLocalTime(zone)),
    }
}

#[cfg(test)]
mod tests;
