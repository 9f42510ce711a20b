//! The text of `scheduleDate` taken apart by the forms of docs/contract.md#dates, which are a subset of ISO
//! 8601-1:2019.
//!
//! `Written::read` knows only which characters may follow each other; whether the numbers exist in the calendar and
//! on the clock is asked of the parts afterwards, so that a fault of form is always told before a fault of range.

use chrono::{Datelike, NaiveDate, Weekday};

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day; UTC days with a leap second are counted without it, as POSIX does.
pub const DAY: i64 = 24 * HOUR;

/// Without separators, or with `-` and `:` (ISO 8601-1:2019, 3.1.3.5 and 3.1.3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `20261122`, `150000`.
    Basic,
    /// `2026-11-22`, `15:00:00`.
    Extended,
}

/// A day of the year, in one of the three ways to name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayOfYear {
    /// Calendar date: month and day of the month.
    Calendar(u32, u32),
    /// Week date: week and day of the week, 1 = Monday.
    Week(u32, u32),
    /// Ordinal date: day of the year, 1–366.
    Ordinal(u32),
}

/// A date as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// Four digits; of a week date the week-numbering year.
    pub year: u32,
    /// The day; the first one where only a year, month or week was written.
    pub day: DayOfYear,
    /// Basic or extended.
    pub style: Style,
    /// False where only a year, month or week was written.
    pub whole: bool,
}

/// A time of day as it was written; a lower part is absent where the text ends before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOfDay<'a> {
    /// Two digits.
    pub hour: u32,
    /// Two digits.
    pub minute: Option<u32>,
    /// Two digits.
    pub second: Option<u32>,
    /// Decimal digits of the last part written; empty where there is no decimal part.
    pub fraction: &'a [u8],
    /// `None` for `hh` alone, which is both.
    pub style: Option<Style>,
}

/// An offset from UTC as it was written; `Z` is +00:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// West of Greenwich.
    pub negative: bool,
    /// Two digits.
    pub hours: u32,
    /// Two digits.
    pub minutes: u32,
}

/// A text that has one of the forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written<'a> {
    /// The date.
    pub date: Date,
    /// The time of day, where there is one.
    pub time: Option<TimeOfDay<'a>>,
    /// The offset, where there is one; never without a time.
    pub offset: Option<Offset>,
}

impl<'a> Written<'a> {
    /// The longest text, in bytes (docs/contract.md#dates).
    pub const MAX_BYTES: usize = 64;

    /// The parts of the text; `None` where it has none of the forms.
    pub fn read(text: &'a str) -> Option<Self> {
        if text.len() > Self::MAX_BYTES {
            return None;
        }
        let mut scan = Scan(text.as_bytes());
        let date = scan.date()?;
        if scan.0.is_empty() {
            return Some(Self { date, time: None, offset: None });
        }
        if !date.whole || !scan.eat(b"T") {
            return None;
        }
        let time = Some(scan.time_of_day()?);
        let offset = if scan.0.is_empty() { None } else { Some(scan.offset()?) };
        scan.0.is_empty().then_some(Self { date, time, offset })
    }

    /// Whether date and time are written in different styles.
    pub fn is_mixed(&self) -> bool {
        self.time.and_then(|time| time.style).is_some_and(|style| style != self.date.style)
    }
}

impl Date {
    /// Days from 1970-01-01 to this day of the Gregorian calendar; `None` where the calendar does not have it, and
    /// for the year 0000.
    pub fn days_since_epoch(&self) -> Option<i64> {
        let year = i32::try_from(self.year).ok().filter(|&year| year > 0)?;
        let date = match self.day {
            DayOfYear::Calendar(month, day) => NaiveDate::from_ymd_opt(year, month, day),
            DayOfYear::Week(week, weekday) => NaiveDate::from_isoywd_opt(year, week, weekday_of(weekday)?),
            DayOfYear::Ordinal(ordinal) => NaiveDate::from_yo_opt(year, ordinal),
        }?;
        Some(i64::from(date.to_epoch_days()))
    }
}

impl TimeOfDay<'_> {
    /// Microseconds since midnight, cut, not rounded; `None` where the clock does not show this time.
    ///
    /// A whole day for the end of the day, 24:00. Second 60 counts as second 59 here: whether it is a leap second
    /// can be told only in UTC (see `is_leap_second`).
    pub fn micros_since_midnight(&self) -> Option<i64> {
        if self.hour == 24 {
            return self.is_end_of_day().then_some(DAY);
        }
        let (minute, second) = (self.minute.unwrap_or(0), self.second.unwrap_or(0));
        if self.hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let unit = match (self.minute, self.second) {
            (None, _) => HOUR,
            (_, None) => MINUTE,
            _ => SECOND,
        };
        let whole = i64::from(self.hour) * HOUR + i64::from(minute) * MINUTE + i64::from(second.min(59)) * SECOND;
        Some(whole + fraction_of(unit, self.fraction))
    }

    /// Whether second 60 was written.
    pub fn is_leap_second(&self) -> bool {
        self.second == Some(60)
    }

    /// `24:00`, `24:00:00`, `24:00:00.0`: the minute is written, and only a second has a decimal part
    /// (docs/contract.md#dates).
    fn is_end_of_day(&self) -> bool {
        self.minute == Some(0)
            && self.second.unwrap_or(0) == 0
            && (self.second.is_some() || self.fraction.is_empty())
            && self.fraction.iter().all(|&digit| digit == b'0')
    }
}

impl Offset {
    /// Seconds east of Greenwich; `None` over 23 hours or 59 minutes.
    pub fn seconds_east(&self) -> Option<i64> {
        if self.hours > 23 || self.minutes > 59 {
            return None;
        }
        let seconds = i64::from(self.hours * 3_600 + self.minutes * 60);
        Some(if self.negative { -seconds } else { seconds })
    }
}

/// Whether the second that ends at this instant, in microseconds since the epoch, is the last one of a month in UTC:
/// the only place for a leap second (ITU-R TF.460-6, annex 1, 2.1).
pub fn ends_a_month(instant: i64) -> bool {
    instant.rem_euclid(DAY) < SECOND
        && i32::try_from(instant.div_euclid(DAY))
            .ok()
            .and_then(NaiveDate::from_epoch_days)
            .is_some_and(|date| date.day() == 1)
}

/// The decimal part of a unit, in whole microseconds, cut; exact for any number of digits.
fn fraction_of(unit: i64, digits: &[u8]) -> i64 {
    // From the last digit to the first: floor((floor(x) + n) / 10) = floor((x + n) / 10) for a whole n, so that
    // cutting at each step is the same as cutting once at the end.
    digits.iter().rev().fold(0, |carried, &digit| (carried + unit * i64::from(digit - b'0')) / 10)
}

/// ISO 8601 counts from Monday = 1.
fn weekday_of(number: u32) -> Option<Weekday> {
    let from_monday = u8::try_from(number.checked_sub(1)?).ok()?;
    Weekday::try_from(from_monday).ok()
}

/// What is still to be read. Each method takes its part from the front, or leaves `None`.
struct Scan<'a>(&'a [u8]);

impl<'a> Scan<'a> {
    fn date(&mut self) -> Option<Date> {
        let year = self.number(4)?;
        let style = if self.eat(b"-") { Style::Extended } else { Style::Basic };
        let date = |day, whole| Some(Date { year, day, style, whole });
        if self.eat(b"W") {
            let week = self.number(2)?;
            return match style {
                Style::Extended if self.eat(b"-") => date(DayOfYear::Week(week, self.number(1)?), true),
                Style::Basic if !self.0.is_empty() => date(DayOfYear::Week(week, self.number(1)?), true),
                _ => date(DayOfYear::Week(week, 1), false),
            };
        }
        match (style, self.digits_ahead()) {
            (Style::Extended, 2) => {
                let month = self.number(2)?;
                let whole = self.eat(b"-");
                let day = if whole { self.number(2)? } else { 1 };
                date(DayOfYear::Calendar(month, day), whole)
            }
            (_, 3) => date(DayOfYear::Ordinal(self.number(3)?), true),
            (Style::Basic, 4) => date(DayOfYear::Calendar(self.number(2)?, self.number(2)?), true),
            (Style::Basic, 0) => date(DayOfYear::Ordinal(1), false),
            _ => None,
        }
    }

    fn time_of_day(&mut self) -> Option<TimeOfDay<'a>> {
        let hour = self.number(2)?;
        let (mut minute, mut second, mut style) = (None, None, None);
        if self.eat(b":") {
            style = Some(Style::Extended);
            minute = Some(self.number(2)?);
            if self.eat(b":") {
                second = Some(self.number(2)?);
            }
        } else if self.digits_ahead() > 0 {
            style = Some(Style::Basic);
            minute = Some(self.number(2)?);
            if self.digits_ahead() > 0 {
                second = Some(self.number(2)?);
            }
        }
        let fraction = if self.eat(b".") || self.eat(b",") { self.fraction()? } else { &[] };
        Some(TimeOfDay { hour, minute, second, fraction, style })
    }

    fn offset(&mut self) -> Option<Offset> {
        if self.eat(b"Z") {
            return Some(Offset { negative: false, hours: 0, minutes: 0 });
        }
        let negative = self.eat(b"-") || self.eat("\u{2212}".as_bytes());
        if !negative && !self.eat(b"+") {
            return None;
        }
        let hours = self.number(2)?;
        let minutes = if self.eat(b":") || self.digits_ahead() > 0 { self.number(2)? } else { 0 };
        // ISO 8601-1:2019, 4.3.13, has no negative zero; RFC 3339, 4.3, gives it a meaning that is no offset.
        let negative_zero = negative && hours == 0 && minutes == 0;
        (!negative_zero).then_some(Offset { negative, hours, minutes })
    }

    /// At least one decimal digit, and all that follow it.
    fn fraction(&mut self) -> Option<&'a [u8]> {
        let (digits, rest) = self.0.split_at(self.digits_ahead());
        self.0 = rest;
        (!digits.is_empty()).then_some(digits)
    }

    /// Exactly that many ASCII digits.
    fn number(&mut self, length: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(length)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.0 = rest;
        Some(digits.iter().fold(0, |number, &digit| number * 10 + u32::from(digit - b'0')))
    }

    fn digits_ahead(&self) -> usize {
        self.0.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    fn eat(&mut self, expected: &[u8]) -> bool {
        match self.0.strip_prefix(expected) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }
}
