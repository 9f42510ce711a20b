//! The judged examples of the contract, what they leave open, and properties.

use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::domain::answer::Violation;
use crate::domain::time::schedule_date::iso8601::{HOUR, MINUTE};

fn read(text: &str, time_zone: &str) -> Result<ScheduleDate, ScheduleDateFault> {
    parse(text, &Zones { command: Some(time_zone), ..Zones::default() })
}

/// The code without its prefix, or the instant with `~` behind it where the local time is ambiguous.
fn verdict(text: &str, time_zone: &str) -> String {
    match read(text, time_zone) {
        Ok(date) => format!("{}{}", date.instant, if date.ambiguous { "~" } else { "" }),
        Err(fault) => Violation::ScheduleDate(fault).code()["SCHEDULE_DATE_".len()..].to_owned(),
    }
}

fn assert_verdicts(rows: &[(&str, &str, &str)]) {
    for &(text, time_zone, expected) in rows {
        assert_eq!(verdict(text, time_zone), expected, "{text:?} {time_zone:?}");
    }
}

#[test]
fn every_judged_example_gets_its_verdict_its_instant_and_its_code() {
    let mut rows = 0;
    for line in include_str!("../../../../tests/cases/schedule_date.tsv").lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [text, time_zone, expected_verdict, instant, code] = columns[..] else { panic!("columns of {line:?}") };
        let expected = if expected_verdict == "accept" {
            Timestamp::parse_rfc3339(instant).unwrap().to_string()
        } else {
            code.to_owned()
        };
        assert_eq!(verdict(text, time_zone).trim_end_matches('~'), expected, "{line:?}");
        rows += 1;
    }
    assert_eq!(rows, 500);
}

#[test]
fn of_several_faults_the_first_in_the_table_of_codes_is_told() {
    assert_verdicts(&[
        ("20261301T25:00-00:00", "", "SYNTAX"),
        ("20261301T25:00", "Mars/Olympus", "MIXED_FORMAT"),
        ("2026-13-01T10:00", "Mars/Olympus", "OUT_OF_RANGE"),
        ("2026-01-01T10:75", "", "OUT_OF_RANGE"),
        ("2026-02-31", "", "OUT_OF_RANGE"),
        ("2026-13", "", "OUT_OF_RANGE"),
        ("2026-W54", "", "OUT_OF_RANGE"),
        ("0000", "", "OUT_OF_RANGE"),
        ("2026-02-28", "Mars/Olympus", "TIME_MISSING"),
        ("2026-02-28T10:00", "", "OFFSET_MISSING"),
        ("2026-02-28T10:00:60", "", "OFFSET_MISSING"),
        ("2026-02-28T10:00", "Mars/Olympus", "TIME_ZONE_UNKNOWN"),
    ]);
}

#[test]
fn a_date_alone_lacks_its_time_in_every_form() {
    for text in
        ["2026", "2026-06", "2026-W10", "2026W10", "2026-06-01", "20260601", "2026-W10-1", "2026W101", "2026-152"]
    {
        assert_eq!(verdict(text, "Europe/Madrid"), "TIME_MISSING", "{text:?}");
    }
}

#[test]
fn what_is_almost_a_form_is_refused() {
    for text in [
        " ",
        "T",
        "T10:00Z",
        "20",
        "202606",
        "2026-",
        "2026-06-",
        "2026-0601T10Z",
        "202606-01T10Z",
        "2026-W101T10Z",
        "2026W10-1T10Z",
        "2026-w10-1T10Z",
        "2026-06T10Z",
        "2026T10Z",
        "2026W10T10Z",
        "2026-06-01Z",
        "2026-06-01T",
        "2026-06-01T1Z",
        "2026-06-01T10:0Z",
        "2026-06-01T10:00:0Z",
        "2026-06-01T10:0000Z",
        "2026-06-01T1000:00Z",
        "2026-06-01T10:Z",
        "2026-06-01T.5Z",
        "2026-06-01T10.Z",
        "2026-06-01T10.5.5Z",
        "2026-06-01T10.5:00Z",
        "2026-06-01T10:00+",
        "2026-06-01T10:00+1",
        "2026-06-01T10:00+01:",
        "2026-06-01T10:00+01:0",
        "2026-06-01T10:00+010",
        "2026-06-01T10:00+01000",
        "2026-06-01T10:00+01:00:00",
        "2026-06-01T10:00Z+01",
        "2026-06-01T10:00-00",
        "2026-06-01T10:00-0000",
        "2026-06-01T10:00\u{2212}00:00",
        "2026-06-01T10:00\u{2013}01:00",
        "2026\u{2212}06\u{2212}01T10:00Z",
        "2026-06-01T10:00Z\n",
        "2026-06-01T10:00 Z",
        "2026-06-01T10:00Z\0",
        "2026-06-01T١٠:00Z",
    ] {
        assert_eq!(verdict(text, ""), "SYNTAX", "{text:?}");
    }
}

#[test]
fn sixty_four_bytes_are_the_most() {
    let of_length = |length: usize| format!("2026-06-01T10:00:00.{}Z", "9".repeat(length - 21));
    assert_verdicts(&[(&of_length(64), "", "2026-06-01T10:00:00.999999Z"), (&of_length(65), "", "SYNTAX")]);
}

#[test]
fn a_decimal_part_is_exact_and_cut_not_rounded() {
    assert_verdicts(&[
        ("2026-06-01T10.99999999999999999999999999999999999999999999Z", "", "2026-06-01T10:59:59.999999Z"),
        // One third of an hour is 1,200 s; the last digits decide whether the microsecond is reached.
        ("2026-06-01T10.33333333333333333333333333333333333333333333Z", "", "2026-06-01T10:19:59.999999Z"),
        ("2026-06-01T10.33333333333333333333333333333333333333333334Z", "", "2026-06-01T10:20:00Z"),
        ("2026-06-01T10:00,00000001666666666666666666666666666666666Z", "", "2026-06-01T10:00:00Z"),
        ("2026-06-01T10:00,00000001666666666666666666666666666666667Z", "", "2026-06-01T10:00:00.000001Z"),
        ("1969-12-31T23:59:59.9999999Z", "", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00.0000019Z", "", "0001-01-01T00:00:00.000001Z"),
    ]);
}

#[test]
fn the_end_of_a_day_is_the_next_midnight() {
    assert_verdicts(&[
        ("2026-12-31T24:00Z", "", "2027-01-01T00:00:00Z"),
        ("20261231T240000,000Z", "", "2027-01-01T00:00:00Z"),
        ("2026-W53-4T24:00:00Z", "", "2027-01-01T00:00:00Z"),
        ("2026-12-31T24:00", "Asia/Tokyo", "2026-12-31T15:00:00Z"),
        ("2026-12-31T24Z", "", "OUT_OF_RANGE"),
        ("2026-12-31T24,0Z", "", "OUT_OF_RANGE"),
        ("2026-12-31T24:00,0Z", "", "OUT_OF_RANGE"),
        ("2026-12-31T24:00:60Z", "", "OUT_OF_RANGE"),
        ("2026-12-31T24:00:00.00000000000000000001Z", "", "OUT_OF_RANGE"),
        // Midnight was skipped, and so was the whole day that it began.
        ("2018-11-03T24:00", "America/Sao_Paulo", "NONEXISTENT_LOCAL_TIME"),
        ("2011-12-29T24:00", "Pacific/Apia", "NONEXISTENT_LOCAL_TIME"),
        ("2011-12-30T24:00", "Pacific/Apia", "2011-12-30T10:00:00Z"),
    ]);
}

#[test]
fn a_leap_second_is_where_utc_ends_a_month_and_means_the_next_second() {
    assert_verdicts(&[
        ("2026-11-30T23:59:60Z", "", "2026-12-01T00:00:00Z"),
        ("2024-02-29T23:59:60Z", "", "2024-03-01T00:00:00Z"),
        ("2024-02-28T23:59:60Z", "", "OUT_OF_RANGE"),
        ("20270101T052960+0530", "", "2027-01-01T00:00:00Z"),
        ("2026-12-31T15:59:60\u{2212}08", "", "2027-01-01T00:00:00Z"),
        ("2026-12-31T23:59:60-08:00", "", "OUT_OF_RANGE"),
        ("2026-12-31T23:59:60.75Z", "", "2027-01-01T00:00:00.750000Z"),
        ("2026-12-31T23:59:61Z", "", "OUT_OF_RANGE"),
        ("2026-12-31T23:60:60Z", "", "OUT_OF_RANGE"),
        ("9999-12-31T23:59:60Z", "", "OUT_OF_RANGE"),
        ("0001-01-01T00:59:60+01:00", "", "0001-01-01T00:00:00Z"),
        ("2017-01-01T00:59:60", "Europe/Madrid", "2017-01-01T00:00:00Z"),
        ("2017-01-01T10:59:60", "Australia/Lord_Howe", "2017-01-01T00:00:00Z"),
        ("2017-01-01T05:44:60", "Asia/Kathmandu", "2017-01-01T00:00:00Z"),
        ("2016-12-31T23:59:60", "Europe/Madrid", "OUT_OF_RANGE"),
        // 01:59:60 is written before the clocks are put forward, and it is no leap second in UTC.
        ("2027-03-28T01:59:60", "Europe/Madrid", "OUT_OF_RANGE"),
        ("2027-03-28T02:59:60", "Europe/Madrid", "NONEXISTENT_LOCAL_TIME"),
    ]);
}

#[test]
fn the_years_end_where_the_instant_leaves_them() {
    assert_verdicts(&[
        ("0001-01-01T00Z", "", "0001-01-01T00:00:00Z"),
        ("0001-W01-1T00Z", "", "0001-01-01T00:00:00Z"),
        ("0001-01-01T00:00+00:01", "", "OUT_OF_RANGE"),
        ("0000-12-31T23:00-02:00", "", "OUT_OF_RANGE"),
        ("9999-12-31T23:59:59.9999999Z", "", "9999-12-31T23:59:59.999999Z"),
        ("9999-12-31T23:59-00:01", "", "OUT_OF_RANGE"),
        ("9999-12-31T24:00Z", "", "OUT_OF_RANGE"),
        ("9999-12-31T24:00+01", "", "9999-12-31T23:00:00Z"),
        ("9999-W52-7T00Z", "", "OUT_OF_RANGE"),
        // Local mean time, to the second: Madrid was 14 min 44 s behind Greenwich.
        ("0001-01-01T00:00", "Europe/Madrid", "0001-01-01T00:14:44Z"),
        ("0001-01-01T00:00", "Asia/Tokyo", "OUT_OF_RANGE"),
        ("9999-12-31T23:59", "America/New_York", "OUT_OF_RANGE"),
        ("9999-12-31T23:59", "Asia/Tokyo", "9999-12-31T14:59:00Z"),
    ]);
}

#[test]
fn days_and_weeks_exist_or_not_by_the_calendar() {
    assert_verdicts(&[
        ("2024-02-29T00Z", "", "2024-02-29T00:00:00Z"),
        ("2023-02-29T00Z", "", "OUT_OF_RANGE"),
        ("2100-02-29T00Z", "", "OUT_OF_RANGE"),
        ("2000-366T00Z", "", "2000-12-31T00:00:00Z"),
        ("2100-366T00Z", "", "OUT_OF_RANGE"),
        ("2026-W53-7T00Z", "", "2027-01-03T00:00:00Z"),
        ("2025-W01-1T00Z", "", "2024-12-30T00:00:00Z"),
        ("2025-W53-1T00Z", "", "OUT_OF_RANGE"),
        ("2025-W00-1T00Z", "", "OUT_OF_RANGE"),
        ("2025-W01-9T00Z", "", "OUT_OF_RANGE"),
        ("2025-00-01T00Z", "", "OUT_OF_RANGE"),
        ("2025-01-00T00Z", "", "OUT_OF_RANGE"),
    ]);
}

#[test]
fn an_offset_in_the_text_leaves_the_time_zone_unread() {
    assert_verdicts(&[
        ("2026-06-01T10:00+0100", "Mars/Olympus", "2026-06-01T09:00:00Z"),
        ("20260601T1000-23:59", "", "2026-06-02T09:59:00Z"),
        ("2026-06-01T10:00-24", "", "OUT_OF_RANGE"),
        ("2026-06-01T10:00-00:60", "", "OUT_OF_RANGE"),
        ("2026-06-01T10:00+00", "", "2026-06-01T10:00:00Z"),
    ]);
}

#[test]
fn iana_names_are_case_sensitive_and_old_names_still_count() {
    assert_verdicts(&[
        ("2026-06-01T10:00", "europe/madrid", "TIME_ZONE_UNKNOWN"),
        ("2026-06-01T10:00", "EUROPE/MADRID", "TIME_ZONE_UNKNOWN"),
        ("2026-06-01T10:00", " Europe/Madrid", "TIME_ZONE_UNKNOWN"),
        ("2026-06-01T10:00", "+01:00", "TIME_ZONE_UNKNOWN"),
        ("2026-06-01T10:00", "utc", "TIME_ZONE_UNKNOWN"),
        ("2026-06-01T10:00", "UTC", "2026-06-01T10:00:00Z"),
        ("2026-06-01T10:00", "Etc/GMT+5", "2026-06-01T15:00:00Z"),
        ("2026-06-01T10:00", "US/Eastern", "2026-06-01T14:00:00Z"),
        ("2026-06-01T10:00", "Asia/Calcutta", "2026-06-01T04:30:00Z"),
        ("2026-06-01T10:00", "Europe/Kyiv", "2026-06-01T07:00:00Z"),
    ]);
}

#[test]
fn a_skipped_local_time_is_refused_to_the_microsecond() {
    assert_verdicts(&[
        ("2027-03-28T01:59:59.999999", "Europe/Madrid", "2027-03-28T00:59:59.999999Z"),
        ("2027-03-28T02:00", "Europe/Madrid", "NONEXISTENT_LOCAL_TIME"),
        ("2027-03-28T02,9999999999999999", "Europe/Madrid", "NONEXISTENT_LOCAL_TIME"),
        ("2027-03-28T03:00", "Europe/Madrid", "2027-03-28T01:00:00Z"),
        ("2026-10-04T02:15", "Australia/Lord_Howe", "NONEXISTENT_LOCAL_TIME"),
        ("2026-10-04T02:30", "Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        ("2011-12-29T23:59:59", "Pacific/Apia", "2011-12-30T09:59:59Z"),
        ("2011-12-30T12:00", "Pacific/Apia", "NONEXISTENT_LOCAL_TIME"),
        ("2011-12-31T00:00", "Pacific/Apia", "2011-12-30T10:00:00Z"),
    ]);
}

#[test]
fn an_ambiguous_local_time_is_the_earlier_instant_with_a_warning() {
    assert_verdicts(&[
        ("2026-11-01T00:59:59.999999", "America/New_York", "2026-11-01T04:59:59.999999Z"),
        ("2026-11-01T01:00", "America/New_York", "2026-11-01T05:00:00Z~"),
        ("2026-11-01T01:59:59.999999", "America/New_York", "2026-11-01T05:59:59.999999Z~"),
        ("2026-11-01T02:00", "America/New_York", "2026-11-01T07:00:00Z"),
        ("2027-04-04T01:30", "Australia/Lord_Howe", "2027-04-03T14:30:00Z~"),
        ("2027-04-04T01:29:59", "Australia/Lord_Howe", "2027-04-03T14:29:59Z"),
        ("2027-04-04T02:00", "Australia/Lord_Howe", "2027-04-03T15:30:00Z"),
        ("2026-11-01T01:30-05:00", "America/New_York", "2026-11-01T06:30:00Z"),
    ]);
}

#[test]
fn clocks_still_change_in_any_year_to_come() {
    assert_verdicts(&[
        ("2100-01-15T12:00", "America/New_York", "2100-01-15T17:00:00Z"),
        ("2100-07-15T12:00", "America/New_York", "2100-07-15T16:00:00Z"),
        ("2100-01-15T12:00", "Australia/Sydney", "2100-01-15T01:00:00Z"),
        ("2100-07-15T12:00", "Australia/Sydney", "2100-07-15T02:00:00Z"),
        // 28 March 2100 and 26 March 2400 are last Sundays; 2400 is a leap year, 2100 is not.
        ("2100-03-28T02:30", "Europe/Madrid", "NONEXISTENT_LOCAL_TIME"),
        ("2400-03-26T02:30", "Europe/Madrid", "NONEXISTENT_LOCAL_TIME"),
        ("9998-10-25T02:30", "Europe/Madrid", "9998-10-25T00:30:00Z~"),
        ("9999-10-31T02:30", "Europe/Madrid", "9999-10-31T00:30:00Z~"),
        ("9999-12-31T24:00", "Europe/Madrid", "9999-12-31T23:00:00Z"),
        ("2150-07-15T12:00", "Asia/Tokyo", "2150-07-15T03:00:00Z"),
    ]);
}

#[test]
fn the_zone_is_the_commands_else_the_security_users_else_the_tenants() {
    let instant = |zones: Zones<'_>| parse("2026-06-01T10:00", &zones).map(|date| date.instant.to_string());
    let [tokyo, madrid] = ["Asia/Tokyo", "Europe/Madrid"].map(|name| TimeZone::parse(name).ok());
    let all = Zones { command: Some("America/Bogota"), security_user: tokyo, tenant: madrid };
    assert_eq!(instant(all), Ok("2026-06-01T15:00:00Z".to_owned()));
    assert_eq!(instant(Zones { command: Some(""), ..all }), Ok("2026-06-01T01:00:00Z".to_owned()));
    assert_eq!(instant(Zones { command: None, ..all }), Ok("2026-06-01T01:00:00Z".to_owned()));
    assert_eq!(
        instant(Zones { command: None, security_user: None, tenant: madrid }),
        Ok("2026-06-01T08:00:00Z".to_owned())
    );
    assert_eq!(
        instant(Zones { command: Some("Nowhere"), ..all }),
        Err(ScheduleDateFault::TimeZoneUnknown { nearest: None, overlooked: None })
    );
    assert_eq!(instant(Zones::default()), Err(ScheduleDateFault::OffsetMissing));
}

#[test]
fn the_grace_and_the_horizon_include_their_ends() {
    let rules = DateRules { past_grace: MINUTE, horizon: 366 * DAY };
    let issued_at = Timestamp::from_micros(1_800_000_000 * SECOND);
    let after = |micros| ScheduleDate { instant: issued_at.plus_micros(micros), ambiguous: false, zone: None };
    let read = |micros| ReadDate { instant: issued_at.plus_micros(micros), zone: None };
    let check = |micros: i64, days| rules.check(after(micros), issued_at, days);
    assert_eq!(check(-MINUTE, None), Ok(()));
    assert_eq!(check(-MINUTE - 1, None), Err(ScheduleDateFault::InPast { read: read(-MINUTE - 1), issued_at }));
    assert_eq!(check(366 * DAY, None), Ok(()));
    let too_far = |horizon, micros| Err(ScheduleDateFault::TooFar { horizon, read: read(micros) });
    assert_eq!(check(366 * DAY + 1, None), too_far(366 * DAY, 366 * DAY + 1));
    assert_eq!(check(30 * DAY, Some(30)), Ok(()));
    assert_eq!(check(30 * DAY + 1, Some(30)), too_far(30 * DAY, 30 * DAY + 1));
    assert_eq!(check(400 * DAY, Some(500)), Ok(()));
    assert_eq!(check(400 * DAY, Some(u32::MAX)), Ok(()));
    let hours = DateRules { horizon: 36 * HOUR, ..rules };
    assert_eq!(hours.check(after(2 * DAY), issued_at, None), too_far(36 * HOUR, 2 * DAY));
}

/// An instant of the accepted years, in microseconds.
fn instants() -> impl Strategy<Value = i64> {
    (FIRST_INSTANT + DAY)..(END_OF_INSTANTS - DAY)
}

/// Text made of the parts that dates are made of, so that most of it comes far into the reader.
fn near_dates() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[0-9]{1,4}",
        "[-:.,TWZ+]",
        Just("\u{2212}".to_owned()),
        Just("2026-11-22T".to_owned()),
        Just("15:00".to_owned()),
        "\\PC",
    ];
    proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

const SOME_ZONES: &[&str] =
    &["UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Etc/GMT-14"];

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,70}", near in near_dates(), zone in prop::sample::select(SOME_ZONES)) {
        let zones = Zones { command: None, security_user: TimeZone::parse(zone).ok(), tenant: None };
        for text in [text, near] {
            if let Ok(date) = parse(&text, &zones) {
                prop_assert!((FIRST_INSTANT..END_OF_INSTANTS).contains(&date.instant.micros()));
            }
        }
    }

    #[test]
    fn an_instant_written_in_any_form_and_offset_is_read_back(instant in instants(), minutes in -1439_i64..=1439) {
        let local = DateTime::from_timestamp_micros(instant + minutes * MINUTE).unwrap().naive_utc();
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hh, mm) = (minutes.abs() / 60, minutes.abs() % 60);
        for (date, time) in [
            ("%Y-%m-%d", "%H:%M:%S%.6f"),
            ("%Y%m%d", "%H%M%S%.6f"),
            ("%G-W%V-%u", "%H:%M:%S%.6f"),
            ("%GW%V%u", "%H%M%S%.6f"),
            ("%Y-%j", "%H:%M:%S%.6f"),
            ("%Y%j", "%H%M%S%.6f"),
        ] {
            let text = format!("{}{sign}{hh:02}:{mm:02}", local.format(&format!("{date}T{time}")));
            prop_assert_eq!(parse(&text, &Zones::default()).map(|date| date.instant.micros()), Ok(instant), "{}", text);
        }
    }
}
