//! What is wrong with a `scheduleDate`, in words: with the time zone that was used, and the instant that was read.

use super::values::is;
use crate::domain::time::schedule_date::iso8601::{DAY, HOUR, MINUTE, SECOND};
use crate::domain::time::schedule_date::{DateSyntax, ReadDate, ScheduleDateFault, ZoneOf, ZoneUsed};

/// What a date should look like.
const EXPECTED: &str = "expected an ISO 8601 date and time such as 2026-11-23T15:00:00Z";

pub(super) fn schedule_date(fault: ScheduleDateFault) -> String {
    let fixed = match fault {
        ScheduleDateFault::Missing => return format!("The schedule date is missing or empty; {EXPECTED}."),
        ScheduleDateFault::Syntax(syntax) => return unreadable(syntax),
        ScheduleDateFault::MixedFormat => {
            "The schedule date mixes the basic and the extended format; write both date and time with separators \
             (2026-11-23T15:00) or both without (20261123T1500)."
        }
        ScheduleDateFault::OutOfRange => {
            "A part of the schedule date is out of range; expected a day, time and offset that exist, in the years \
             0001 to 9999."
        }
        ScheduleDateFault::TimeMissing => {
            "The schedule date has no time of day; expected a date, a capital T and a time such as 2026-11-23T15:00Z."
        }
        ScheduleDateFault::OffsetMissing => {
            "The schedule date has no offset from UTC, and neither the command, the security user nor the tenant has a \
             time zone to take one from; end the date with Z or an offset such as +01:00, or send a `timeZone`."
        }
        ScheduleDateFault::NonexistentLocalTime(zone) => {
            return format!(
                "The clocks of the time zone that was used, {}, skip this local time; expected a time that they show.",
                named(zone)
            );
        }
        ScheduleDateFault::TimeZoneUnknown { nearest, overlooked } => {
            let hint = match (nearest, overlooked) {
                (Some(zone), _) => format!("; the nearest one is written {}", zone.name()),
                (None, Some(overlooked)) => format!(": it has {overlooked}"),
                (None, None) => String::new(),
            };
            return format!(
                "The time zone is unknown{hint}; expected an IANA name such as Europe/Madrid, with its capital letters."
            );
        }
        ScheduleDateFault::InPast { read, issued_at } => {
            return format!(
                "The schedule date lies before the time of the command, {issued_at}: it was read as {}.",
                told(read)
            );
        }
        ScheduleDateFault::TooFar { horizon, read } => {
            return format!(
                "The date lies further ahead than callbacks to this skill may be scheduled; it must be at most {} after \
                 the time of the command, and was read as {}.",
                in_words(horizon),
                told(read)
            );
        }
    };
    fixed.to_owned()
}

/// The same of a `notAfter`, which has the same forms.
pub(super) fn not_after(fault: ScheduleDateFault) -> String {
    schedule_date(fault).replacen("schedule date", "`notAfter`", 1)
}

fn unreadable(syntax: DateSyntax) -> String {
    let found = match syntax {
        DateSyntax::Wrong(wrong) => is(wrong),
        DateSyntax::TooLong(bytes) => format!("has {bytes} bytes, more than any date"),
        DateSyntax::Character(found) => format!("has {found}, where no date has one"),
        DateSyntax::Form => "has none of the forms of a date".to_owned(),
    };
    format!("The schedule date cannot be read: it {found}; {EXPECTED}.")
}

/// The instant, and the time zone by which it is that.
fn told(read: ReadDate) -> String {
    match read.zone {
        Some(zone) => format!("{} by the time zone {}", read.instant, named(zone)),
        None => read.instant.to_string(),
    }
}

/// The zone's name, and whose it is.
fn named(ZoneUsed { zone, of }: ZoneUsed) -> String {
    let of = match of {
        ZoneOf::Command => "the command's `timeZone`",
        ZoneOf::SecurityUser => "the security user's",
        ZoneOf::Tenant => "the tenant's",
    };
    format!("{} ({of})", zone.name())
}

/// A time in the largest unit of which it is a whole number.
fn in_words(micros: i64) -> String {
    let units = [(DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second"), (SECOND / 1_000, "millisecond")];
    let whole = units.into_iter().find(|(unit, _)| micros % unit == 0);
    let (unit, name) = whole.unwrap_or((1, "microsecond"));
    let count = micros / unit;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::given::{JsonType, Placed, Wrong};
    use crate::domain::time::{TimeZone, Timestamp};

    fn read(zone: Option<ZoneOf>) -> ReadDate {
        let madrid = TimeZone::parse("Europe/Madrid").unwrap();
        let instant = Timestamp::parse_rfc3339("2026-11-22T11:00:00Z").unwrap();
        ReadDate { instant, zone: zone.map(|of| ZoneUsed { zone: madrid, of }) }
    }

    #[test]
    fn a_horizon_is_told_in_the_unit_that_fits_it() {
        let cases = [(366 * DAY, "366 days"), (DAY, "1 day"), (36 * HOUR, "36 hours"), (90 * MINUTE, "90 minutes")];
        for (horizon, words) in cases {
            let message = schedule_date(ScheduleDateFault::TooFar { horizon, read: read(None) });
            assert!(message.contains(&format!("at most {words} after")), "{message}");
        }
    }

    #[test]
    fn the_time_zone_that_was_used_is_named_and_whose_it_is() {
        let issued_at = Timestamp::parse_rfc3339("2026-11-22T12:00:00Z").unwrap();
        let in_past = |zone| schedule_date(ScheduleDateFault::InPast { read: read(zone), issued_at });
        assert_eq!(
            in_past(Some(ZoneOf::SecurityUser)),
            "The schedule date lies before the time of the command, 2026-11-22T12:00:00Z: it was read as \
             2026-11-22T11:00:00Z by the time zone Europe/Madrid (the security user's)."
        );
        assert!(in_past(Some(ZoneOf::Tenant)).contains("Europe/Madrid (the tenant's)"));
        assert!(in_past(Some(ZoneOf::Command)).contains("Europe/Madrid (the command's `timeZone`)"));
        assert!(in_past(None).ends_with("read as 2026-11-22T11:00:00Z."), "{}", in_past(None));
        let zone = read(Some(ZoneOf::Tenant)).zone.unwrap();
        let skipped = schedule_date(ScheduleDateFault::NonexistentLocalTime(zone));
        assert!(skipped.contains("Europe/Madrid (the tenant's)"), "{skipped}");
        let nearest = TimeZone::nearest("europe/madrid");
        let unknown = schedule_date(ScheduleDateFault::TimeZoneUnknown { nearest, overlooked: None });
        assert!(unknown.contains("the nearest one is written Europe/Madrid"), "{unknown}");
    }

    #[test]
    fn what_cannot_be_read_is_told_by_its_type_its_length_or_its_character() {
        let found = Placed { character: ' ', position: 11 };
        for (syntax, said) in [
            (DateSyntax::Wrong(Wrong::Type(JsonType::Number)), "it is a JSON number; expected"),
            (DateSyntax::TooLong(70), "it has 70 bytes"),
            (DateSyntax::Character(found), "it has a space at position 11"),
            (DateSyntax::Form, "it has none of the forms"),
        ] {
            let message = schedule_date(ScheduleDateFault::Syntax(syntax));
            assert!(message.contains(said), "{message}");
        }
    }
}
