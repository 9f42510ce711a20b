//! `ce_time` and `issuedAt`: every form of RFC 3339 (§5.6), and every form of a `scheduleDate` that has an offset
//! (docs/contract.md#dates).

use crate::domain::time::schedule_date::{DateSyntax, ScheduleDateFault, Zones};
use crate::domain::time::{Timestamp, schedule_date};

/// Reads the time of a command; cut to microseconds.
///
/// # Errors
/// The fault of a `scheduleDate` of this text that has no time zone to take an offset from.
pub(super) fn read(text: &str) -> Result<Timestamp, ScheduleDateFault> {
    // Nearly all are of RFC 3339, which in turn has forms that a `scheduleDate` has not (a small t, the offset -00:00).
    match Timestamp::parse_rfc3339(text) {
        Ok(time) => Ok(time),
        Err(_) => schedule_date::parse(text, &Zones::default()).map(|date| date.instant),
    }
}

/// What is wrong with a time, and which ones are taken. The time itself is told where it looks like one: what else a
/// producer may have put there by mistake is nobody's business.
pub(super) fn explain(text: &str, fault: ScheduleDateFault) -> String {
    let shown = if looks_like_a_time(text) { format!(" `{text}`") } else { String::new() };
    let found = match fault {
        ScheduleDateFault::OffsetMissing => "has no offset from UTC".to_owned(),
        ScheduleDateFault::TimeMissing => "has no time of day".to_owned(),
        ScheduleDateFault::MixedFormat => "mixes the basic and the extended format".to_owned(),
        ScheduleDateFault::OutOfRange => "has a part that is out of range".to_owned(),
        ScheduleDateFault::Syntax(DateSyntax::Character(found)) => format!("has {found}, where no time has one"),
        _ => "has none of the forms of a time".to_owned(),
    };
    format!(
        "the time{shown} {found}; expected an ISO 8601 date and time with an offset from UTC, such as \
         2026-11-28T12:00:00Z, 2026-11-28T13:00:00.250+01:00 or 20261128T1200Z"
    )
}

/// Begins with a date, is short, and has no character that a line of a log could not have.
fn looks_like_a_time(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'`' || byte == b' ';
    let begins_with = |form: &[u8]| {
        let digits_and_hyphens = text.bytes().zip(form).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            other => byte == *other,
        });
        text.len() >= form.len() && digits_and_hyphens
    };
    let has_a_time = begins_with(b"0000-00-00") || (begins_with(b"00000000") && text.as_bytes().get(8) == Some(&b'T'));
    text.len() <= 40 && has_a_time && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(text: &str) -> String {
        explain(text, read(text).unwrap_err())
    }

    #[test]
    fn every_form_of_a_date_that_has_an_offset_is_taken() {
        for text in [
            "2026-11-28T12:00:00Z",
            "2026-11-28t12:00:00z",
            "2026-11-28T12:00:00.000+0000",
            "2026-11-28T12:00Z",
            "20261128T120000Z",
            "2026-11-28T13:00+01",
            "2026-11-28T11:00:00\u{2212}01:00",
            "2026-W48-6T12:00:00,000000000Z",
            "2026-332T12Z",
            "2026-11-28T12:00:00-00:00",
        ] {
            assert_eq!(read(text).map(|time| time.to_string()).as_deref(), Ok("2026-11-28T12:00:00Z"), "{text}");
        }
    }

    #[test]
    fn the_message_names_the_time_what_is_wrong_with_it_and_the_forms_taken() {
        for (text, said) in [
            ("2026-11-28T12:00:00.370582GMT", "the time `2026-11-28T12:00:00.370582GMT` has `G` at position 27"),
            ("2026-11-28 12:00:00Z", "the time `2026-11-28 12:00:00Z` has a space at position 11"),
            ("2026-11-28T12:00:00", "has no offset from UTC"),
            ("2026-11-28", "has no time of day"),
            ("2026-11-28T25:00:00Z", "has a part that is out of range"),
            ("20261128T12:00Z", "the time `20261128T12:00Z` mixes"),
        ] {
            let message = explained(text);
            assert!(message.contains(said) && message.contains("such as 2026-11-28T12:00:00Z"), "{message}");
        }
    }

    #[test]
    fn what_does_not_look_like_a_time_is_not_repeated() {
        for text in ["Ana García", "+14155552671", "4155552671", "2026-11-28T12:00:00Z\nx", "1795446000"] {
            let message = explained(text);
            assert!(message.starts_with("the time has "), "{message}");
        }
    }
}
