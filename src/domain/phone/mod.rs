//! `phoneNumber` (contract §6): which texts are numbers that can be called back, and their E.164 form.
//!
//! The judgement is libphonenumber's, step by step: its grammar of national prefixes, carrier codes and
//! international prefixes (`parse`), its table of numbering plans (`plan`). The metadata is the one that
//! the crate `phonenumber` carries. The crate's own parser is not used: it strips prefixes in other cases than
//! libphonenumber does and knows no *possible* numbers, and its patterns live behind one lock.
//!
//! The text is read more strictly than libphonenumber would (`text`).

mod parse;
mod plan;
mod short;
mod text;

use std::fmt;

use thiserror::Error;

pub use self::text::{MAX_BYTES, MAX_EXTENSION_DIGITS};
use super::commitment::PhoneNumber;
use super::violation::PhoneNumberFault;
use plan::{Assignment, Possibility, Territory};

/// How much a number must be known: `rules.phone`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PhonePolicy {
    /// Its length is one that its country calling code has.
    #[default]
    Possible,
    /// Its digits are in a range that is assigned.
    Valid,
}

/// What becomes of premium-rate numbers: `rules.premium_rate`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PremiumRate {
    /// They are refused.
    #[default]
    Refuse,
    /// They are treated like any other number.
    Accept,
}

/// The settings that a number is judged by; the default is the contract's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PhoneRules {
    /// `rules.phone`.
    pub policy: PhonePolicy,
    /// `rules.premium_rate`.
    pub premium_rate: PremiumRate,
}

/// A number that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What is stored and published.
    pub number: PhoneNumber,
    /// Whether the metadata calls it valid. `false` is the warning `PHONE_NUMBER_NOT_ASSIGNED`.
    pub assigned: bool,
}

/// A region whose numbers may be written without `+`: `tenants.<tenant>.default_region`.
#[derive(Clone, Copy)]
pub struct Region(&'static Territory);

/// A text that is not the ISO 3166 alpha-2 code of a region with telephone numbers of its own.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0:?} is not an ISO 3166 region with a numbering plan, such as \"US\"")]
pub struct InvalidRegion(String);

impl Region {
    /// Reads an ISO 3166 alpha-2 code, in capitals.
    ///
    /// # Errors
    /// `InvalidRegion` for anything else, also for a code whose region libphonenumber does not know (`AQ`).
    pub fn parse(text: &str) -> Result<Self, InvalidRegion> {
        plan::territory(text).map(Self).ok_or_else(|| InvalidRegion(text.chars().take(64).collect()))
    }

    /// The ISO 3166 alpha-2 code.
    pub fn as_str(self) -> &'static str {
        self.0.id()
    }
}

impl PartialEq for Region {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Region {}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Region").field(&self.as_str()).finish()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Judges the text of a `phoneNumber`.
///
/// With `+` the number must be possible and no short number; without it the default region says how it is to be
/// read, and it must be valid.
///
/// # Errors
/// The first fault in this order: `Missing` (empty), `Syntax`, `CountryCodeMissing` or `CountryCode`,
/// `TooShort` or `TooLong`, `NotPossible`, `PremiumRate`.
pub fn judge(text: &str, default_region: Option<Region>, rules: PhoneRules) -> Result<Judged, PhoneNumberFault> {
    if text.is_empty() {
        return Err(PhoneNumberFault::Missing);
    }
    let written = text::read(text).ok_or(PhoneNumberFault::Syntax)?;
    if !written.plus && default_region.is_none() {
        return Err(PhoneNumberFault::CountryCodeMissing);
    }
    let parsed = parse::parse(&written, default_region.map(|region| region.0))?;
    match parsed.plan.main().possibility(&parsed.national) {
        Possibility::Possible => {}
        Possibility::TooShort => return Err(PhoneNumberFault::TooShort),
        Possibility::TooLong => return Err(PhoneNumberFault::TooLong),
        Possibility::LocalOnly | Possibility::InvalidLength => return Err(PhoneNumberFault::NotPossible),
    }
    let assignment = parsed.plan.assignment(&parsed.national);
    let must_be_valid = !written.plus || rules.policy == PhonePolicy::Valid;
    if assignment == Assignment::None && (must_be_valid || parsed.plan.is_short(&parsed.national)) {
        return Err(PhoneNumberFault::NotPossible);
    }
    if assignment == Assignment::PremiumRate && rules.premium_rate == PremiumRate::Refuse {
        return Err(PhoneNumberFault::PremiumRate);
    }
    Ok(Judged {
        number: PhoneNumber {
            e164: format!("+{}{}", parsed.plan.code(), parsed.national),
            extension: written.extension.map(str::to_owned),
        },
        assigned: assignment != Assignment::None,
    })
}

/// Compiles the patterns of every numbering plan, so that no command has to wait for it.
///
/// It takes 80 ms and 12 MB on one core; without it the patterns of a country calling code are compiled when it is
/// first seen. A number then takes half a microsecond, on any thread.
pub fn warm_up() {
    plan::compile_all();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The contract's judged examples.
    const EXAMPLES: &str = include_str!("../../../tests/cases/phone.tsv");

    const VALID: PhoneRules = PhoneRules { policy: PhonePolicy::Valid, premium_rate: PremiumRate::Refuse };

    /// E.164, the extension and whether it is assigned.
    type Accepted = (String, Option<String>, bool);

    fn judged(text: &str, region: &str, rules: PhoneRules) -> Result<Accepted, PhoneNumberFault> {
        let region = (!region.is_empty()).then(|| Region::parse(region).unwrap());
        let Judged { number, assigned } = judge(text, region, rules)?;
        Ok((number.e164, number.extension, assigned))
    }

    fn fault(text: &str, region: &str) -> Option<PhoneNumberFault> {
        judged(text, region, PhoneRules::default()).err()
    }

    fn e164(text: &str, region: &str) -> String {
        judged(text, region, PhoneRules::default()).unwrap().0
    }

    /// What a row of the judged examples says the outcome must be.
    fn expected(verdict: &str, e164: &str, extension: &str, why: &str) -> Result<Accepted, PhoneNumberFault> {
        use PhoneNumberFault as Fault;
        if verdict == "accept" {
            let extension = (!extension.is_empty()).then(|| extension.to_owned());
            return Ok((e164.to_owned(), extension, why.starts_with("valid:")));
        }
        Err(match why {
            "missing" => Fault::Missing,
            "syntax" => Fault::Syntax,
            "no country code" => Fault::CountryCodeMissing,
            // libphonenumber's NumberParseException: 0 country code, 1 not a number (one digit), 2 and 3 too short.
            "parse:0" | "impossible:1" => Fault::CountryCode,
            "parse:1" | "parse:2" | "parse:3" | "impossible:2" => Fault::TooShort,
            "parse:4" | "impossible:3" => Fault::TooLong,
            "impossible:4" | "impossible:5" | "national, not valid" | "short" => Fault::NotPossible,
            "premium" => Fault::PremiumRate,
            other => panic!("a reason without a fault: {other}"),
        })
    }

    fn assert_judged_as(cases: &str, count: usize) {
        let rows: Vec<Vec<&str>> = cases.lines().skip(1).map(|line| line.split('\t').collect()).collect();
        assert_eq!(rows.len(), count);
        for row in rows {
            let [text, region, verdict, e164, extension, why] = row[..] else { panic!("not six columns: {row:?}") };
            let outcome = judged(text, region, PhoneRules::default());
            assert_eq!(outcome, expected(verdict, e164, extension, why), "{text:?} in {region:?}: {why}");
        }
    }

    #[test]
    fn the_judged_examples_of_the_contract_agree() {
        assert_judged_as(EXAMPLES, 800);
    }

    #[test]
    fn three_thousand_more_numbers_are_judged_as_libphonenumber_does() {
        assert_judged_as(include_str!("../../../tests/cases/phone_more.tsv"), 3_000);
    }

    #[test]
    fn a_possible_number_that_is_not_assigned_is_accepted_unless_the_policy_is_valid() {
        // The help page's own example.
        let page = ("+448675309".to_owned(), None, false);
        assert_eq!(judged("+448675309", "", PhoneRules::default()), Ok(page));
        assert_eq!(judged("+448675309", "", VALID), Err(PhoneNumberFault::NotPossible));
        assert_eq!(judged("+442079460958", "", VALID), Ok(("+442079460958".to_owned(), None, true)));
    }

    #[test]
    fn premium_rate_numbers_are_accepted_where_the_setting_says_so() {
        let accept = PhoneRules { premium_rate: PremiumRate::Accept, ..PhoneRules::default() };
        assert_eq!(fault("+1 900 234 5678", ""), Some(PhoneNumberFault::PremiumRate));
        assert_eq!(judged("+1 900 234 5678", "", accept), Ok(("+19002345678".to_owned(), None, true)));
    }

    #[test]
    fn emergency_and_short_numbers_are_refused() {
        for (text, region) in [("112", "DE"), ("911", "US"), ("+1 911", ""), ("+49 112", ""), ("+44 999", "")] {
            assert!(fault(text, region).is_some(), "{text:?} in {region:?}");
        }
        for text in ["+49 116117", "+43 1450", "+61 12455"] {
            assert_eq!(fault(text, ""), Some(PhoneNumberFault::NotPossible), "{text:?}");
        }
    }

    #[test]
    fn without_a_plus_the_default_region_decides_and_the_number_must_be_valid() {
        assert_eq!(fault("020 7946 0958", ""), Some(PhoneNumberFault::CountryCodeMissing));
        assert_eq!(e164("020 7946 0958", "GB"), "+442079460958");
        assert_eq!(e164("00 1 415 555 2671", "GB"), "+14155552671");
        assert_eq!(fault("08 675 309", "GB"), Some(PhoneNumberFault::NotPossible));
    }

    #[test]
    fn prefixes_are_stripped_as_each_country_writes_them() {
        assert_eq!(e164("+44 (0)20 7946 0958", ""), "+442079460958");
        assert_eq!(e164("+39 06 6982 1234", ""), "+390669821234");
        assert_eq!(e164("0343 15 555 1212", "AR"), "+5493435551212");
        assert_eq!(e164("012 31 2128 6979", "BR"), "+553121286979");
        assert_eq!(e164("460-1234", "AG"), "+12684601234");
    }

    #[test]
    fn syntax_goes_before_the_country_code_and_that_before_the_length() {
        assert_eq!(fault("", ""), Some(PhoneNumberFault::Missing));
        assert_eq!(fault("1x", ""), Some(PhoneNumberFault::Syntax));
        assert_eq!(fault("1", ""), Some(PhoneNumberFault::CountryCodeMissing));
        assert_eq!(fault("+999 1", ""), Some(PhoneNumberFault::CountryCode));
        assert_eq!(fault("+1 415", ""), Some(PhoneNumberFault::TooShort));
        assert_eq!(fault("+1 900 234 56789", ""), Some(PhoneNumberFault::TooLong));
    }

    #[test]
    fn a_region_is_an_iso_3166_code_with_a_numbering_plan() {
        assert_eq!(Region::parse("CA").unwrap().to_string(), "CA");
        for text in ["", "ca", "AQ", "XX", "001", "USA", "U", "🇺🇸"] {
            assert_eq!(Region::parse(text), Err(InvalidRegion(text.to_owned())));
        }
    }

    fn any_region() -> impl Strategy<Value = Option<Region>> {
        prop::sample::select(vec!["", "US", "CA", "GB", "IT", "AR", "BR", "MX", "SM", "DE", "AG", "UZ", "LI"])
            .prop_map(|id| Region::parse(id).ok())
    }

    /// Texts near the grammar, and judged examples with other last digits.
    fn any_number() -> impl Strategy<Value = String> {
        let examples: Vec<&str> = EXAMPLES.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
        prop_oneof![
            r"[ ]?\+?[0-9]{1,4}[-0-9 .()/]{0,18}((x|ext|Ext\. |;ext=)[0-9]{0,8})?",
            (prop::sample::select(examples), "[0-9]{0,3}")
                .prop_map(|(example, tail)| format!("{}{tail}", &example[..example.len() - tail.len()])),
        ]
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(text in any::<String>(), region in any_region()) {
            drop(judge(&text, region, PhoneRules::default()));
        }

        // Only of assigned numbers: of others libphonenumber may strip a second national prefix (`+27 0000000`).
        #[test]
        fn what_is_accepted_is_e164_and_if_assigned_it_is_judged_the_same_again(
            text in any_number(),
            region in any_region(),
        ) {
            if let Ok(Judged { number, assigned }) = judge(&text, region, PhoneRules::default()) {
                let digits = number.e164.strip_prefix('+').unwrap();
                prop_assert!((5..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()));
                if let Some(extension) = &number.extension {
                    prop_assert!((1..=7).contains(&extension.len()) && text.contains(extension.as_str()));
                }
                if assigned {
                    let again = judge(&number.e164, None, PhoneRules::default()).unwrap();
                    prop_assert_eq!(again.number.e164, number.e164);
                    prop_assert_eq!((again.number.extension, again.assigned), (None, true));
                }
            }
        }
    }
}
