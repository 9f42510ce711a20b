//! How numbers, instants and lengths of time are written for people.

use std::time::Duration;

use maud::{Markup, html};

use crate::domain::time::Timestamp;

/// A count with separators: 12,345.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and what is counted: 1 shard, 2 shards.
pub(super) fn counted(number: u64, what: &str) -> String {
    format!("{} {what}{}", count(number), if number == 1 { "" } else { "s" })
}

/// An instant to the second, with the whole of it for machines.
pub(super) fn instant(time: Timestamp) -> Markup {
    let text = time.to_chrono().map_or_else(|| time.to_string(), |time| time.format("%Y-%m-%d %H:%M:%S").to_string());
    html! { time datetime=(time) { (text) } }
}

/// How long ago something was, in its largest unit: 12 s ago.
pub(super) fn ago(length: Duration) -> String {
    format!("{} ago", rough(length))
}

/// How late something was: to the millisecond where that matters.
pub(super) fn late(length: Duration) -> String {
    match length.as_millis() {
        0 => "at its time".to_owned(),
        millis @ 1..10_000 => format!("{millis} ms after its time"),
        _ => format!("{} after its time", rough(length)),
    }
}

/// A length of time in its largest unit.
pub(super) fn rough(length: Duration) -> String {
    match length.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

/// The time from one instant to a later one.
pub(super) fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::from_micros(u64::try_from(later.micros().saturating_sub(earlier.micros())).unwrap_or(0))
}

/// The upper bound of a histogram's bucket, in seconds.
pub(super) fn bound(seconds: f64) -> String {
    if seconds.is_infinite() {
        return "longer".to_owned();
    }
    if seconds < 1.0 {
        return format!("≤ {} ms", (seconds * 1_000.0).round());
    }
    format!("≤ {}", rough(Duration::from_secs_f64(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        let counts = [0, 999, 1_000, 12_345_678].map(count);
        assert_eq!(counts, ["0", "999", "1,000", "12,345,678"]);
        assert_eq!([counted(1, "shard"), counted(0, "shard")], ["1 shard", "0 shards"]);
        let lengths = [0, 119, 120, 7_199, 7_200, 172_800].map(|seconds| rough(Duration::from_secs(seconds)));
        assert_eq!(lengths, ["0 s", "119 s", "2 min", "119 min", "2 h", "2 d"]);
        let bounds = [0.005, 0.5, 1.0, 60.0, 3_600.0, 86_400.0, f64::INFINITY].map(bound);
        assert_eq!(bounds, ["≤ 5 ms", "≤ 500 ms", "≤ 1 s", "≤ 60 s", "≤ 60 min", "≤ 24 h", "longer"]);
    }

    #[test]
    fn an_instant_is_written_to_the_second_and_kept_whole_for_machines() {
        let time = Timestamp::parse_rfc3339("2026-11-23T15:00:00.000001Z").unwrap();
        let expected = r#"<time datetime="2026-11-23T15:00:00.000001Z">2026-11-23 15:00:00</time>"#;
        assert_eq!(instant(time).into_string(), expected);
        let later = time.plus_micros(90_000_000);
        assert_eq!((ago(between(time, later)), between(later, time)), ("90 s ago".to_owned(), Duration::ZERO));
    }
}
