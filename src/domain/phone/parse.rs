//! From digits to country calling code and national number: libphonenumber's `parseHelper`, for what the grammar
//! of [`text`](super::text) lets through.
//!
//! Names in brackets are libphonenumber's functions (`PhoneNumberUtil`, 9.0).

use std::borrow::Cow;

use super::fault::{PhoneNumberFault, ReadAs, Size};
use super::plan::{MAX_CODE_DIGITS, Plan, Possibility, Territory};
use super::table::table;
use super::text::Written;

/// The fewest digits that a national number has anywhere (`MIN_LENGTH_FOR_NSN`).
const MIN_NATIONAL_DIGITS: usize = 2;

/// The most digits that a national number has anywhere (`MAX_LENGTH_FOR_NSN`).
const MAX_NATIONAL_DIGITS: usize = 17;

/// A number split where its country calling code ends.
pub(super) struct Parsed {
    /// The plan of its country calling code.
    pub plan: &'static Plan,
    /// The default territory, where it said which plan that is.
    pub assumed: Option<&'static Territory>,
    /// The national significant number: no prefixes, leading zeros only where they belong to it; 2–17 digits.
    pub national: String,
}

/// Finds the country calling code and strips what is only dialled within a country.
///
/// # Errors
/// `CountryCode` where there is none, `TooShort` and `TooLong` where no country has numbers of that length.
pub(super) fn parse(written: &Written<'_>, default: Option<&'static Territory>) -> Result<Parsed, PhoneNumberFault> {
    let digits = written.digits.as_str();
    let (plan, assumed, national) = match (country_code(digits, written.plus, default)?, default) {
        (Some((plan, national)), _) => (plan, None, national),
        (None, Some(territory)) => (plan_of(territory)?, Some(territory), digits.into()),
        (None, None) => return Err(PhoneNumberFault::CountryCodeMissing),
    };
    let size = |national: &str| size(plan, assumed, national);
    if national.len() < MIN_NATIONAL_DIGITS {
        return Err(PhoneNumberFault::TooShort(size(&national)));
    }
    let territory = assumed.unwrap_or(&plan.main);
    let stripped = strip_national_prefix(&national, territory);
    // What is left must be long enough to be called; else the "prefix" was a part of the number.
    let national = match territory.possibility(&stripped) {
        Possibility::Possible | Possibility::TooLong => stripped,
        Possibility::TooShort | Possibility::LocalOnly | Possibility::InvalidLength => national.as_ref().into(),
    };
    match national.len() {
        0..MIN_NATIONAL_DIGITS => Err(PhoneNumberFault::TooShort(size(&national))),
        MIN_NATIONAL_DIGITS..=MAX_NATIONAL_DIGITS => Ok(Parsed { plan, assumed, national: national.into_owned() }),
        _ => Err(PhoneNumberFault::TooLong(size(&national))),
    }
}

impl Parsed {
    /// How it was read.
    pub fn read_as(&self) -> ReadAs {
        read_as(self.plan, self.assumed, &self.national)
    }

    /// How many digits it has and should have.
    pub fn size(&self) -> Size {
        size(self.plan, self.assumed, &self.national)
    }
}

fn read_as(plan: &Plan, assumed: Option<&Territory>, national: &str) -> ReadAs {
    let short = assumed.map_or_else(|| plan.short(national), |territory| territory.short(national));
    ReadAs { code: plan.code, assumed: assumed.map(|territory| territory.id), short }
}

fn size(plan: &Plan, assumed: Option<&Territory>, national: &str) -> Size {
    Size::new(national.len(), read_as(plan, assumed, national), plan.main.possible)
}

fn plan_of(territory: &Territory) -> Result<&'static Plan, PhoneNumberFault> {
    table().plan(territory.code).ok_or(PhoneNumberFault::CountryCode(Some(territory.code)))
}

/// A plan, and what stands behind its country calling code.
type Split<'a> = (&'static Plan, Cow<'a, str>);

/// The country calling code that the digits themselves carry (`maybeExtractCountryCode`), `None` where it is the
/// default territory's.
fn country_code<'a>(
    digits: &'a str,
    plus: bool,
    default: Option<&'static Territory>,
) -> Result<Option<Split<'a>>, PhoneNumberFault> {
    if plus {
        return match international(digits) {
            // `+00 44 …`: a prefix after the plus is forgiven where the default territory dials it so.
            Err(fault @ PhoneNumberFault::CountryCode(_)) => {
                country_code(digits, false, default)?.ok_or(fault).map(Some)
            }
            split => split.map(Some),
        };
    }
    let Some(territory) = default else { return Ok(None) };
    match strip_international_prefix(digits, territory) {
        Some(rest) => international(rest).map(Some),
        None => own_country_code(digits, territory),
    }
}

/// Splits digits that begin with a country calling code (`extractCountryCode`). No code begins another.
fn international(digits: &str) -> Result<Split<'_>, PhoneNumberFault> {
    if digits.len() <= MIN_NATIONAL_DIGITS {
        return Err(PhoneNumberFault::TooShort(Size { digits: digits.len(), plan: None }));
    }
    if digits.starts_with('0') {
        return Err(PhoneNumberFault::CountryCode(None));
    }
    (1..=MAX_CODE_DIGITS)
        .filter_map(|length| digits.split_at_checked(length))
        .find_map(|(code, rest)| Some((table().plan(code.parse().ok()?)?, rest.into())))
        .ok_or_else(|| {
            PhoneNumberFault::CountryCode(digits.get(..MAX_CODE_DIGITS).and_then(|digits| digits.parse().ok()))
        })
}

/// What follows the prefix for calls abroad, where the digits begin with it (`parsePrefixAsIdd`).
fn strip_international_prefix<'a>(digits: &'a str, territory: &Territory) -> Option<&'a str> {
    let rest = territory.international_prefix.as_ref()?.matched(digits)?.rest;
    (!rest.starts_with('0')).then_some(rest)
}

/// The territory's own country calling code, written without `+`: taken for one only where the digits make no
/// sense otherwise.
fn own_country_code<'a>(digits: &'a str, territory: &'static Territory) -> Result<Option<Split<'a>>, PhoneNumberFault> {
    let Some(rest) = digits.strip_prefix(territory.code.to_string().as_str()) else { return Ok(None) };
    let national = strip_national_prefix(rest, territory);
    let better = !territory.is_national_number(digits) && territory.is_national_number(&national);
    if better || territory.possibility(digits) == Possibility::TooLong {
        return Ok(Some((plan_of(territory)?, national)));
    }
    Ok(None)
}

/// Strips or rewrites the national prefix and the carrier code (`maybeStripNationalPrefixAndCarrierCode`), unless
/// that makes a number of the territory into none.
fn strip_national_prefix<'a>(digits: &'a str, territory: &Territory) -> Cow<'a, str> {
    let Some(prefix) = &territory.national_prefix else { return digits.into() };
    let Some(matched) = prefix.pattern.matched(digits) else { return digits.into() };
    let stripped: Cow<'a, str> = match &prefix.rewrite {
        Some(rewrite) if matched.last_group().is_some() => {
            let kept = matched.group(rewrite.group).unwrap_or_default();
            [rewrite.digits, kept, matched.rest].concat().into()
        }
        _ => matched.rest.into(),
    };
    if territory.is_national_number(digits) && !territory.is_national_number(&stripped) {
        return digits.into();
    }
    stripped
}
