//! Ids of skills, agents and callbacks as callers write them (docs/contract.md#the-schedule-command): read exactly,
//! without floating point.

use super::{Placed, Text, Wrong};

/// An id as a caller may write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdValue<'a> {
    /// A JSON number as it is written.
    Number(Text<'a>),
    /// A JSON string, any.
    Text(Text<'a>),
}

/// Why a value is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdFault {
    /// It is neither a number nor a text.
    Wrong(Wrong),
    /// The number has a decimal part that is not zero.
    NotWhole,
    /// Zero, or below.
    NotPositive,
    /// Over 2^63−1.
    TooLarge,
    /// The text of digits begins with a zero.
    LeadingZero,
    /// The text has a character that is no digit.
    Character(Placed),
    /// The text is empty.
    Empty,
}

impl IdValue<'_> {
    /// The id's number, in 1..=2^63−1: of a JSON number its value where that is whole (`4711`, `4711.0`, `4.711e3`), of a
    /// text its digits.
    ///
    /// # Errors
    /// Every `IdFault` but `Wrong`.
    pub fn read(&self) -> Result<i64, IdFault> {
        match self {
            Self::Number(number) => match Whole::of(number)? {
                Whole { is_negative: false, magnitude: magnitude @ 1.. } => {
                    i64::try_from(magnitude).map_err(|_| IdFault::TooLarge)
                }
                _ => Err(IdFault::NotPositive),
            },
            Self::Text(text) => read_digits(text),
        }
    }
}

/// Reads a text of digits without leading zeros.
fn read_digits(text: &str) -> Result<i64, IdFault> {
    if let Some(found) = Placed::first(text, |character| !character.is_ascii_digit()) {
        return Err(IdFault::Character(found));
    }
    match text.as_bytes() {
        [] => Err(IdFault::Empty),
        [b'0'] => Err(IdFault::NotPositive),
        [b'0', ..] => Err(IdFault::LeadingZero),
        _ => text.parse().map_err(|_| IdFault::TooLarge),
    }
}

/// The digits of a JSON number whose value is whole, as an integer is written: `100017.0` is `100017`.
///
/// An integer of any size stays as it is written; `None` for a number that is not whole, and for one with a decimal part or
/// an exponent whose value is over 2^64−1.
pub fn whole_digits(number: Text<'_>) -> Option<Text<'_>> {
    let is_integer = !number.contains(['.', 'e', 'E']);
    if is_integer && number != "-0" {
        return Some(number);
    }
    let Whole { is_negative, magnitude } = Whole::of(&number).ok()?;
    let sign = if is_negative && magnitude > 0 { "-" } else { "" };
    Some(format!("{sign}{magnitude}").into())
}

/// The value of a JSON number that is whole, cut to what fits; `None` for one that is not whole.
pub fn whole(number: &str) -> Option<i64> {
    let (is_negative, magnitude) = match Whole::of(number) {
        Ok(Whole { is_negative, magnitude }) => (is_negative, i64::try_from(magnitude).unwrap_or(i64::MAX)),
        Err(IdFault::TooLarge) => (number.starts_with('-'), i64::MAX),
        Err(_) => return None,
    };
    Some(if is_negative { -magnitude } else { magnitude })
}

/// The value of a JSON number that is whole.
struct Whole {
    is_negative: bool,
    magnitude: u64,
}

impl Whole {
    /// Reads a number of RFC 8259 §6.
    ///
    /// # Errors
    /// `NotWhole`; `TooLarge` over 2^64−1.
    fn of(number: &str) -> Result<Self, IdFault> {
        let (is_negative, unsigned) = number.strip_prefix('-').map_or((false, number), |rest| (true, rest));
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = || integer.bytes().chain(fraction.bytes());
        let count = integer.len() + fraction.len();
        let zeros_behind = digits().rev().take_while(|&digit| digit == b'0').count();
        if zeros_behind == count {
            return Ok(Self { is_negative, magnitude: 0 });
        }
        // An exponent that does not fit is far beyond every limit below, and its sign is all that counts.
        let beyond = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
        let exponent: i64 = exponent.parse().unwrap_or(beyond);
        let signed = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let shift = exponent.saturating_sub(signed(fraction.len())).saturating_add(signed(zeros_behind));
        let shift = u32::try_from(shift).map_err(|_| if shift < 0 { IdFault::NotWhole } else { IdFault::TooLarge })?;
        let append = |so_far: u64, digit: u8| so_far.checked_mul(10)?.checked_add(u64::from(digit - b'0'));
        let significant = digits().take(count - zeros_behind).try_fold(0, append);
        let magnitude = significant.and_then(|number| number.checked_mul(10_u64.checked_pow(shift)?));
        magnitude.map(|magnitude| Self { is_negative, magnitude }).ok_or(IdFault::TooLarge)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Result<i64, IdFault> {
        IdValue::Number(text.into()).read()
    }

    fn text(text: &str) -> Result<i64, IdFault> {
        IdValue::Text(text.into()).read()
    }

    #[test]
    fn a_number_is_an_id_where_its_value_is_whole_positive_and_fits() {
        for whole in ["4711", "4711.0", "4711.000", "4.711e3", "4.711E+3", "47110e-1", "0.4711e4", "471100.00e-2"] {
            assert_eq!(number(whole), Ok(4711), "{whole}");
        }
        assert_eq!(number("9223372036854775807"), Ok(i64::MAX));
        assert_eq!(number("9223372036854775807.0"), Ok(i64::MAX));
        assert_eq!(number("9.223372036854775807e18"), Ok(i64::MAX));
        // A double cannot tell these two from their neighbours.
        assert_eq!(number("9007199254740993.0"), Ok(9_007_199_254_740_993));
        for (wrong, fault) in [
            ("9223372036854775808", IdFault::TooLarge),
            ("1e19", IdFault::TooLarge),
            ("1e999999999999999999999", IdFault::TooLarge),
            ("1e-999999999999999999999", IdFault::NotWhole),
            ("4711.5", IdFault::NotWhole),
            ("4711e-1", IdFault::NotWhole),
            ("4711.00000000000000000000000000000001", IdFault::NotWhole),
            ("0", IdFault::NotPositive),
            ("-0", IdFault::NotPositive),
            ("0e99999999999999999999", IdFault::NotPositive),
            ("-4711", IdFault::NotPositive),
            ("-4711.0", IdFault::NotPositive),
        ] {
            assert_eq!(number(wrong), Err(fault), "{wrong}");
        }
    }

    #[test]
    fn a_text_is_an_id_where_it_has_digits_only_and_no_zero_in_front() {
        assert_eq!(text("9223372036854775807"), Ok(i64::MAX));
        let character = |character, position| IdFault::Character(Placed { character, position });
        for (wrong, fault) in [
            ("", IdFault::Empty),
            ("0", IdFault::NotPositive),
            ("04711", IdFault::LeadingZero),
            ("00", IdFault::LeadingZero),
            ("9223372036854775808", IdFault::TooLarge),
            ("4711.0", character('.', 5)),
            ("4711 ", character(' ', 5)),
            ("+1", character('+', 1)),
            ("47\u{200b}11", character('\u{200b}', 3)),
            ("١", character('١', 1)),
        ] {
            assert_eq!(text(wrong), Err(fault), "{wrong:?}");
        }
    }

    #[test]
    fn whole_numbers_are_written_as_integers() {
        for (number, digits) in [
            ("100017", Some("100017")),
            ("-5", Some("-5")),
            ("-0", Some("0")),
            ("100017.0", Some("100017")),
            ("-1e2", Some("-100")),
            ("123456789012345678901234567890", Some("123456789012345678901234567890")),
            ("1.5", None),
            ("1e30", None),
        ] {
            assert_eq!(whole_digits(number.into()).as_deref(), digits, "{number}");
        }
    }

    proptest! {
        #[test]
        fn a_number_is_read_the_same_however_it_is_written(value in 1..=i64::MAX, zeros in 0..5_usize, shift in 0..25_usize) {
            let digits = value.to_string();
            let padded = format!("{digits}{}", "0".repeat(shift));
            let with_exponent = format!("{padded}{}e-{shift}", if zeros > 0 { format!(".{}", "0".repeat(zeros)) } else { String::new() });
            prop_assert_eq!(number(&with_exponent), Ok(value), "{}", with_exponent);
            let point = digits.len() / 2;
            if point > 0 {
                let scientific = format!("{}.{}e{}", &digits[..point], &digits[point..], digits.len() - point);
                prop_assert_eq!(number(&scientific), Ok(value), "{}", scientific);
            }
        }

        #[test]
        fn no_number_makes_it_panic(text in r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,25})?") {
            let _ = number(&text);
            let _ = whole_digits(text.into());
        }
    }
}
