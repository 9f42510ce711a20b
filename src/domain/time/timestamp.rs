//! Instants as the contract writes them: UTC, microseconds.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Datelike, SubsecRound, Timelike, Utc};
use thiserror::Error;

/// An instant in UTC, counted in microseconds since 1970-01-01T00:00:00Z; may be negative.
///
/// `Display` writes RFC 3339 with `Z`: without a fraction when it is a whole second, else with six
/// digits (docs/contract.md#envelopes). Outside the years 0000–9999, which RFC 3339 cannot write, it shows the count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text that is not an RFC 3339 instant.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0:?} is not an RFC 3339 instant")]
pub struct InvalidTimestamp(String);

impl Timestamp {
    /// The instant that many microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The instant that many milliseconds after the epoch (Kafka's record timestamps).
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since the epoch, rounded down.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// This instant moved by that many microseconds; stops at the ends of the range.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// This instant moved back by that duration.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        self.plus_micros(i64::try_from(duration.as_micros()).map_or(i64::MIN, i64::wrapping_neg))
    }

    /// How long after an earlier instant this one is; zero where that is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        u64::try_from(self.0.saturating_sub(earlier.0)).map_or(Duration::ZERO, Duration::from_micros)
    }

    /// Reads an RFC 3339 instant, as `ce_time` and `issuedAt` carry it; cut to microseconds.
    ///
    /// # Errors
    /// `InvalidTimestamp` for anything that RFC 3339 §5.6 does not allow.
    pub fn parse_rfc3339(text: &str) -> Result<Self, InvalidTimestamp> {
        // chrono also takes a blank for the T, which §5.6 mentions in a note but its grammar does not have, and U+2212
        // for the minus of an offset.
        Some(text)
            .filter(|text| text.is_ascii() && text.as_bytes().get(10) != Some(&b' '))
            .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
            .map(|time| Self::from(time.with_timezone(&Utc)))
            .ok_or_else(|| InvalidTimestamp(text.chars().take(64).collect()))
    }

    /// The same instant for chrono, `None` outside the years it knows.
    pub fn to_chrono(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.0)
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.trunc_subsecs(6).timestamp_micros())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.to_chrono().map(|time| (u32::try_from(time.year()), time));
        let Some((Ok(year @ ..=9999), time)) = time else { return write!(f, "{}us", self.0) };
        // By hand, since every due event has three of them and chrono reads its format anew for each.
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let numbers = [(0, year), (5, time.month()), (8, time.day()), (11, time.hour()), (14, time.minute())];
        for (at, number) in numbers.into_iter().chain([(17, time.second()), (20, time.nanosecond() / 1_000)]) {
            let digits = text[at..].iter_mut().take_while(|byte| byte.is_ascii_digit()).count();
            let mut rest = number;
            for digit in text[at..at + digits].iter_mut().rev() {
                *digit = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
        }
        let is_whole_second = time.nanosecond() == 0;
        if is_whole_second {
            text[19] = b'Z';
        }
        f.write_str(str::from_utf8(&text[..if is_whole_second { 20 } else { 27 }]).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_whole_second_has_no_fraction_and_anything_else_has_six_digits() {
        assert_eq!(Timestamp::from_micros(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(Timestamp::from_micros(1_500_000).to_string(), "1970-01-01T00:00:01.500000Z");
        assert_eq!(Timestamp::from_micros(-1).to_string(), "1969-12-31T23:59:59.999999Z");
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_chrono_writes_and_reads(micros in -62_167_219_200_000_000..253_402_300_800_000_000_i64) {
            let time = Timestamp::from_micros(micros);
            let format = if micros % 1_000_000 == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%.6fZ" };
            prop_assert_eq!(time.to_string(), time.to_chrono().unwrap().format(format).to_string());
            prop_assert_eq!(Timestamp::parse_rfc3339(&time.to_string()), Ok(time));
        }
    }

    #[test]
    fn years_that_rfc_3339_cannot_write_are_shown_as_a_count() {
        for micros in [253_402_300_800_000_000, -62_167_219_200_000_001, i64::MAX, i64::MIN] {
            assert_eq!(Timestamp::from_micros(micros).to_string(), format!("{micros}us"));
        }
    }

    #[test]
    fn what_the_grammar_of_rfc_3339_does_not_have_is_refused() {
        for text in
            ["2026-11-23 15:00:00Z", "2026-11-23T15:00:00\u{2212}01:00", "2026-11-23T15:00Z", "20261123T150000Z"]
        {
            assert!(Timestamp::parse_rfc3339(text).is_err(), "{text}");
        }
    }

    #[test]
    fn reading_cuts_to_microseconds() {
        let read = Timestamp::parse_rfc3339("2026-11-23T15:00:00.1234569+01:00");
        assert_eq!(read.map(|time| time.to_string()), Ok("2026-11-23T14:00:00.123456Z".to_owned()));
    }
}
