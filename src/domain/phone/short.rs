//! Short numbers that are as long as numbers which can be called from abroad, such as `+43 1450`.
//!
//! All other short and emergency numbers are refused for their length alone, and without `+` they are not valid.
//! The crate's metadata does not have them, so `short_numbers.tsv` is a copy of that part of libphonenumber's
//! `ShortNumberMetadata.xml`, 9.0.33 (Apache-2.0): country calling code, region, pattern. `tests/cases/phone.py`
//! writes it anew.

const SHORT_NUMBERS: &str = include_str!("short_numbers.tsv");

/// The pattern of the short numbers under a country calling code, `None` where their length gives them away.
pub(super) fn pattern(code: u16) -> Option<String> {
    let code = code.to_string();
    let patterns: Vec<&str> = SHORT_NUMBERS
        .lines()
        .filter_map(|line| line.split_once('\t').filter(|(of, _)| *of == code))
        .filter_map(|(_, rest)| rest.split_once('\t').map(|(_region, pattern)| pattern))
        .collect();
    (!patterns.is_empty()).then(|| patterns.join("|"))
}
