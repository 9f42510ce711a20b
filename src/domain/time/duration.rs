//! Durations as settings and directory records write them: a whole number and its unit.

use std::time::Duration;

/// The longest duration there is: a century, so that sums of them and instants stay far within range.
pub const LONGEST: Duration = Duration::from_hours(36_500 * 24);

/// A whole number and its unit: `ms`, `s`, `m`, `h` or `d`; `None` for anything else and for what is longer than [`LONGEST`].
pub fn parse(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let length = number.parse::<u64>().ok()?.checked_mul(milliseconds).map(Duration::from_millis)?;
    (length <= LONGEST).then_some(length)
}

/// A duration in microseconds, as far as they fit.
pub fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_whole_number_and_a_unit() {
        for (text, length) in [
            ("0s", Some(Duration::ZERO)),
            ("500ms", Some(Duration::from_millis(500))),
            ("30m", Some(Duration::from_mins(30))),
            ("36500d", Some(LONGEST)),
            ("36501d", None),
            ("", None),
            ("30", None),
            ("m", None),
            ("1.5s", None),
            ("-1s", None),
            ("30 m", None),
            ("30M", None),
            ("18446744073709551616s", None),
        ] {
            assert_eq!(parse(text), length, "{text:?}");
        }
    }
}
