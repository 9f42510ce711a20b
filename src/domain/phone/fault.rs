//! Why a number is refused, and in words for the author of a script: which character, how many digits, read as what.
//!
//! Of the number itself a message has no more than it takes to see the fault: one character, the number of its digits, or
//! the digits where a country calling code should stand.

use std::fmt;

use super::lengths::Lengths;
use super::limits::{MAX_BYTES, MAX_EXTENSION_DIGITS};
use super::plan::Short;
use crate::domain::given::{Placed, Wrong};

/// Faults of `phoneNumber` (docs/contract.md#phone-numbers).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PhoneNumberFault {
    /// The field is absent or empty.
    Missing,
    /// It is no text: `PHONE_NUMBER_SYNTAX` too.
    Wrong(Wrong),
    /// A character or an order of characters that no number has.
    Syntax(Unreadable),
    /// What stands in its place is no country calling code: its first three digits, `None` where it begins with 0.
    CountryCode(Option<u16>),
    /// No `+`, and the tenant has no default region.
    CountryCodeMissing,
    /// Too few digits for its country.
    TooShort(Size),
    /// Too many digits for its country.
    TooLong(Size),
    /// Not a number that can be dialled there, from abroad.
    NotPossible(Impossible),
    /// A premium-rate number.
    PremiumRate(ReadAs),
}

/// Why a text is no number at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unreadable {
    /// It has that many bytes, which is more than a number can have.
    Bytes(usize),
    /// A character that no number has, or not there.
    Character(Placed),
    /// It has none.
    NoDigits,
    /// A mark of an extension is followed by that many digits, which is none or too many.
    Extension(usize),
}

/// The plan that a number was read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadAs {
    /// The country calling code.
    pub code: u16,
    /// The tenant's default region, where it decided.
    pub assumed: Option<&'static str>,
    /// What it is where it only works within its country.
    pub short: Option<Short>,
}

/// How many digits a number has, and how many it should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    /// Its digits: the national number's where the plan is known, else all that follow the `+`.
    pub digits: usize,
    /// The plan and what it has; `None` where there are too few digits to tell.
    pub plan: Option<(ReadAs, Lengths)>,
}

/// Why there can be no such number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Impossible {
    /// Its digits only suffice within an area.
    LocalOnly(Size),
    /// It has neither too few nor too many digits, but no number has as many.
    Length(Size),
    /// It is in no range that is assigned.
    NotAssigned(ReadAs),
}

impl Size {
    pub(super) fn new(digits: usize, read_as: ReadAs, lengths: Lengths) -> Self {
        Self { digits, plan: Some((read_as, lengths)) }
    }

    /// Says `what` is wrong, unless that is because of what the number is, and counts the digits.
    fn explain(&self, f: &mut fmt::Formatter<'_>, what: &str) -> fmt::Result {
        let Self { digits, plan } = self;
        let Some((read_as, lengths)) = plan else {
            let after = if *digits == 1 { "1 digit is" } else { &format!("{digits} digits are") };
            return write!(
                f,
                "{what}: {after} no country calling code with a number; expected one such as +44 20 7946 0958."
            );
        };
        match read_as.short {
            Some(short) => {
                write!(f, "The phone number is {short} of +{}, which only works within the country: ", read_as.code)?;
            }
            None => write!(f, "{what}: ")?,
        }
        let counted = if read_as.assumed.is_some() { "" } else { " after the country calling code" };
        write!(f, "+{} numbers have {lengths} digits{counted}; this one has {digits}.{read_as}", read_as.code)
    }
}

impl fmt::Display for PhoneNumberFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("The phone number is missing or empty; expected one such as +44 20 7946 0958."),
            Self::Wrong(_) => f.write_str("The phone number is no text; expected one such as +44 20 7946 0958."),
            Self::Syntax(fault) => fault.fmt(f),
            Self::CountryCode(None) => f.write_str(
                "The phone number has a 0 where its country calling code should begin; expected + and the code itself, as \
                 in +44 20 7946 0958.",
            ),
            Self::CountryCode(Some(digits)) => write!(
                f,
                "The phone number has {digits} where its country calling code should stand, and no country has the code \
                 {}, {} or {digits}.",
                digits / 100,
                digits / 10
            ),
            Self::CountryCodeMissing => f.write_str(
                "The phone number has no country calling code and the tenant has no default region; begin it with + and \
                 the country calling code.",
            ),
            Self::TooShort(size) => size.explain(f, "The phone number is too short"),
            Self::TooLong(size) => size.explain(f, "The phone number is too long"),
            Self::NotPossible(why) => why.fmt(f),
            Self::PremiumRate(read_as) => {
                write!(f, "The phone number is a premium-rate number of +{}; those are not called back.", read_as.code)?;
                read_as.fmt(f)
            }
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "The phone number has {bytes} bytes; at most {MAX_BYTES} are read."),
            Self::Character(placed) => write!(
                f,
                "The phone number cannot be read because of {placed}; expected digits, at most one + in front, spaces, \
                 - . ( ) / between, and at most an extension such as x123 behind."
            ),
            Self::NoDigits => f.write_str("The phone number has no digits; expected one such as +44 20 7946 0958."),
            Self::Extension(0) => write!(
                f,
                "The extension of the phone number has no digits; expected 1 to {MAX_EXTENSION_DIGITS} right behind its \
                 mark, as in x123."
            ),
            Self::Extension(digits) => write!(
                f,
                "The extension of the phone number has {digits} digits; it may have at most {MAX_EXTENSION_DIGITS}."
            ),
        }
    }
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LocalOnly(size) => size.explain(f, "The phone number can only be dialled within its area"),
            Self::Length(size) => size.explain(f, "There are no phone numbers of this length"),
            Self::NotAssigned(read_as) => {
                match read_as.short {
                    Some(short) => write!(
                        f,
                        "The phone number is {short} of +{}, which only works within the country; expected one that can be \
                         called from anywhere.",
                        read_as.code
                    )?,
                    None => write!(
                        f,
                        "The phone number is in no range that is assigned under +{}; expected one that is in use.",
                        read_as.code
                    )?,
                }
                read_as.fmt(f)
            }
        }
    }
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Emergency => "an emergency number",
            Self::Service => "a short number",
        })
    }
}

/// The last sentence, where it was not the number that said which country it is of.
impl fmt::Display for ReadAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(region) = self.assumed else { return Ok(()) };
        write!(
            f,
            " Without a + it was read as a number of {region}, the tenant's default region; begin that of another country \
             with + and the country calling code."
        )
    }
}
