//! `scheduleDate` (contract §5): from what a script wrote to an instant.
//!
//! Where several rules are broken, the fault told is the first in the order of the contract's table of codes:
//! form, mixed formats, range, no time, no offset, skipped local time, unknown time zone, past, horizon.

mod iso8601;

use chrono::{DateTime, Datelike, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

use self::iso8601::{DAY, SECOND, Written, ends_a_month};
use super::timestamp::Timestamp;
use super::violation::ScheduleDateFault;

/// 0001-01-01T00:00:00Z, the first instant accepted, in microseconds since the epoch.
const FIRST_INSTANT: i64 = -719_162 * DAY;
/// 10000-01-01T00:00:00Z, the first instant no longer accepted, in microseconds since the epoch.
const END_OF_INSTANTS: i64 = 2_932_897 * DAY;

/// The longest text, in bytes (contract §5).
pub const MAX_BYTES: usize = Written::MAX_BYTES;

/// Where the offset comes from when the text has none: the first of these that is there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Zones<'a> {
    /// `timeZone` of the command, not yet checked; empty is the same as absent.
    pub command: Option<&'a str>,
    /// Time zone of the security user.
    pub security_user: Option<Tz>,
    /// Default time zone of the tenant.
    pub tenant: Option<Tz>,
}

/// An instant that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleDate {
    /// The instant, in the years 0001–9999 UTC, cut to microseconds.
    pub instant: Timestamp,
    /// The clocks of the time zone show this local time twice; `instant` is the earlier one.
    pub ambiguous: bool,
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
    let written = Written::read(text).ok_or(ScheduleDateFault::Syntax)?;
    if written.is_mixed() {
        return Err(ScheduleDateFault::MixedFormat);
    }
    let day = written.date.days_since_epoch().ok_or(ScheduleDateFault::OutOfRange)?;
    let time = written.time.ok_or(ScheduleDateFault::TimeMissing)?;
    let time_of_day = time.micros_since_midnight().ok_or(ScheduleDateFault::OutOfRange)?;
    let local = day * DAY + time_of_day;
    let (seconds_east, ambiguous) = match written.offset {
        Some(offset) => (offset.seconds_east().ok_or(ScheduleDateFault::OutOfRange)?, false),
        None => offset_at(zones.chosen()?, local)?,
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
    Ok(ScheduleDate { instant: Timestamp::from_micros(instant), ambiguous })
}

impl DateRules {
    /// Judges an instant against the time of its command, never against the clock: a slow consumer must not turn a
    /// good command bad. `skill_horizon_days` is the skill's own horizon, which replaces the general one.
    ///
    /// # Errors
    /// `InPast` or `TooFar`; an instant exactly at either end is accepted.
    pub fn check(
        &self,
        instant: Timestamp,
        issued_at: Timestamp,
        skill_horizon_days: Option<u32>,
    ) -> Result<(), ScheduleDateFault> {
        if instant < issued_at.plus_micros(self.past_grace.saturating_neg()) {
            return Err(ScheduleDateFault::InPast);
        }
        let horizon = skill_horizon_days.map_or(self.horizon, |days| DAY.saturating_mul(i64::from(days)));
        if instant > issued_at.plus_micros(horizon) {
            let horizon_days = u32::try_from(horizon / DAY).unwrap_or(u32::MAX);
            return Err(ScheduleDateFault::TooFar { horizon_days });
        }
        Ok(())
    }
}

impl Zones<'_> {
    /// The zone that counts. An unknown `timeZone` is a fault, never a reason to look further.
    fn chosen(&self) -> Result<Tz, ScheduleDateFault> {
        match self.command.filter(|name| !name.is_empty()) {
            Some(name) => name.parse().map_err(|_| ScheduleDateFault::TimeZoneUnknown),
            None => self.security_user.or(self.tenant).ok_or(ScheduleDateFault::OffsetMissing),
        }
    }
}

/// The zone's offset at a local time, in seconds east of Greenwich, and whether it is the earlier of two.
/// `local` is in microseconds since 1970-01-01T00:00 local time.
fn offset_at(zone: Tz, local: i64) -> Result<(i64, bool), ScheduleDateFault> {
    let time = DateTime::from_timestamp(local.div_euclid(SECOND), 0).ok_or(ScheduleDateFault::OutOfRange)?.naive_utc();
    let seconds_east = |offset: &<Tz as TimeZone>::Offset| i64::from(offset.fix().local_minus_utc());
    match zone.offset_from_local_datetime(&within_the_tables(zone, time)) {
        MappedLocalTime::Single(offset) => Ok((seconds_east(&offset), false)),
        // The further east, the earlier the instant.
        MappedLocalTime::Ambiguous(one, other) => Ok((seconds_east(&one).max(seconds_east(&other)), true)),
        MappedLocalTime::None => Err(ScheduleDateFault::NonexistentLocalTime),
    }
}

/// The last year of chrono-tz's tables (parse-zoneinfo writes transitions out for 1800..2100). After it chrono-tz
/// goes on with the offset of its last day for ever, also where the zone database has clocks change every year.
const LAST_YEAR_OF_TABLES: i32 = 2099;

/// The same local time in a year that the tables reach and in which the clocks change on the same days.
///
/// The rules that go on for ever in the zone database name days like "the last Sunday in March", so they need a year
/// that begins on the same weekday and is as long; the last 28 years of the tables have one of each kind. The latest
/// is the best: Palestine's rules still follow the moon until 2086.
fn within_the_tables(zone: Tz, local: NaiveDateTime) -> NaiveDateTime {
    if local.year() <= LAST_YEAR_OF_TABLES || !changes_clocks_for_ever(zone) {
        return local;
    }
    let kind = |year| NaiveDate::from_yo_opt(year, 1).map(|first_day| (first_day.weekday(), first_day.leap_year()));
    let wanted = kind(local.year());
    (LAST_YEAR_OF_TABLES - 27..=LAST_YEAR_OF_TABLES)
        .rev()
        .find(|&year| kind(year) == wanted)
        .and_then(|year| local.with_year(year))
        .unwrap_or(local)
}

/// Whether the zone still has a summer time in the last year of the tables. Without one its last offset is right:
/// Morocco, for one, changes its clocks by the moon, and the zone database foretells that up to 2087 only.
fn changes_clocks_for_ever(zone: Tz) -> bool {
    let in_month = |month| {
        NaiveDate::from_ymd_opt(LAST_YEAR_OF_TABLES, month, 1)
            .map(|day| zone.offset_from_utc_datetime(&day.into()).fix().local_minus_utc())
    };
    in_month(1) != in_month(7)
}

#[cfg(test)]
mod tests;
