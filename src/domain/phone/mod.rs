//! `phoneNumber` (docs/contract.md#phone-numbers): which texts are numbers that can be called back, and their E.164
//! form.
//!
//! The judgement is libphonenumber's, step by step: its grammar of national prefixes, carrier codes and
//! international prefixes (`parse`, `pattern`), its numbering plans (`plan`, `ranges`). They come from one table
//! (`table`, `plans.txt`), which `make numbering-plans` writes from the newest release.
//!
//! The text is read more strictly than libphonenumber would (`text`).

mod fault;
mod lengths;
mod limits;
mod parse;
mod pattern;
mod plan;
mod ranges;
mod table;
mod text;

use std::fmt;

use thiserror::Error;

pub use self::fault::{Impossible, PhoneNumberFault, ReadAs, Size, Unreadable};
pub use self::lengths::Lengths;
pub use self::limits::{MAX_BYTES, MAX_EXTENSION_DIGITS};
pub use self::plan::Short;
pub use self::table::RELEASE;
use crate::domain::commitment::PhoneNumber;
use parse::Parsed;
use plan::{Assignment, Possibility, Territory};
use table::table;
use text::Written;

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
    /// Whether it is in a range that is assigned. `false` is the warning `PHONE_NUMBER_NOT_ASSIGNED`.
    pub assigned: bool,
    /// Whether it was read as a number of the default region, and the same digits with a `+` before them are another
    /// number that is assigned: the warning `PHONE_NUMBER_AMBIGUOUS`.
    pub ambiguous: bool,
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
        table().territory(text).map(Self).ok_or_else(|| InvalidRegion(text.chars().take(64).collect()))
    }

    /// The ISO 3166 alpha-2 code.
    pub fn as_str(self) -> &'static str {
        self.0.id
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
    let written = text::read(text).map_err(PhoneNumberFault::Syntax)?;
    if !written.plus && default_region.is_none() {
        return Err(PhoneNumberFault::CountryCodeMissing);
    }
    let parsed = parse::parse(&written, default_region.map(|region| region.0))?;
    match parsed.plan.main.possibility(&parsed.national) {
        Possibility::Possible => {}
        Possibility::TooShort => return Err(PhoneNumberFault::TooShort(parsed.size())),
        Possibility::TooLong => return Err(PhoneNumberFault::TooLong(parsed.size())),
        Possibility::LocalOnly => return Err(PhoneNumberFault::NotPossible(Impossible::LocalOnly(parsed.size()))),
        Possibility::InvalidLength => return Err(PhoneNumberFault::NotPossible(Impossible::Length(parsed.size()))),
    }
    let assignment = parsed.plan.assignment(&parsed.national);
    let must_be_valid = !written.plus || rules.policy == PhonePolicy::Valid;
    if assignment == Assignment::None && (must_be_valid || parsed.plan.short(&parsed.national).is_some()) {
        return Err(PhoneNumberFault::NotPossible(Impossible::NotAssigned(parsed.read_as())));
    }
    if assignment == Assignment::PremiumRate && rules.premium_rate == PremiumRate::Refuse {
        return Err(PhoneNumberFault::PremiumRate(parsed.read_as()));
    }
    let e164 = e164(&parsed);
    Ok(Judged {
        assigned: assignment != Assignment::None,
        ambiguous: parsed.assumed.is_some() && is_another_number_with_a_plus(&written, &e164),
        number: PhoneNumber { e164, extension: written.extension.map(str::to_owned) },
    })
}

fn e164(parsed: &Parsed) -> String {
    format!("+{}{}", parsed.plan.code, parsed.national)
}

/// Whether the digits, had they been written with a `+`, were a number that is assigned, and not the same one.
fn is_another_number_with_a_plus(written: &Written<'_>, e164_without: &str) -> bool {
    let with_plus = Written { plus: true, digits: written.digits.clone(), extension: None };
    parse::parse(&with_plus, None).is_ok_and(|parsed| {
        parsed.plan.main.possibility(&parsed.national) == Possibility::Possible
            && parsed.plan.assignment(&parsed.national) != Assignment::None
            && e164(&parsed) != e164_without
    })
}

/// Reads the table of numbering plans, so that no command has to wait for it.
///
/// It takes 2.5 ms and 1.2 MB on one core. A number then takes a fraction of a microsecond, on any thread,
/// without a lock.
pub fn warm_up() {
    table();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::answer::Violation;

    /// The contract's judged examples.
    const EXAMPLES: &str = include_str!("../../../tests/cases/phone.tsv");

    const VALID: PhoneRules = PhoneRules { policy: PhonePolicy::Valid, premium_rate: PremiumRate::Refuse };

    /// E.164, the extension and whether it is assigned.
    type Accepted = (String, Option<String>, bool);

    fn judged(text: &str, region: &str, rules: PhoneRules) -> Result<Accepted, PhoneNumberFault> {
        let region = (!region.is_empty()).then(|| Region::parse(region).unwrap());
        let Judged { number, assigned, .. } = judge(text, region, rules)?;
        Ok((number.e164, number.extension, assigned))
    }

    /// The code of the fault.
    fn fault(text: &str, region: &str) -> Option<&'static str> {
        judged(text, region, PhoneRules::default()).err().map(code)
    }

    fn code(fault: PhoneNumberFault) -> &'static str {
        Violation::PhoneNumber(fault).code()
    }

    /// What the author of a script is told.
    fn told(text: &str, region: &str) -> String {
        judged(text, region, PhoneRules::default()).map_or_else(|fault| fault.to_string(), |accepted| accepted.0)
    }

    fn e164(text: &str, region: &str) -> String {
        judged(text, region, PhoneRules::default()).unwrap().0
    }

    /// What a row of the judged examples says the outcome must be: a number or a code.
    fn expected(verdict: &str, e164: &str, extension: &str, why: &str) -> Result<Accepted, &'static str> {
        if verdict == "accept" {
            let extension = (!extension.is_empty()).then(|| extension.to_owned());
            return Ok((e164.to_owned(), extension, why.starts_with("valid:")));
        }
        Err(match why {
            "missing" => "PHONE_NUMBER_MISSING",
            "syntax" => "PHONE_NUMBER_SYNTAX",
            "no country code" => "PHONE_NUMBER_COUNTRY_CODE_MISSING",
            // libphonenumber's NumberParseException: 0 country code, 1 not a number (one digit), 2 and 3 too short.
            "parse:0" | "impossible:1" => "PHONE_NUMBER_COUNTRY_CODE",
            "parse:1" | "parse:2" | "parse:3" | "impossible:2" => "PHONE_NUMBER_TOO_SHORT",
            "parse:4" | "impossible:3" => "PHONE_NUMBER_TOO_LONG",
            "impossible:4" | "impossible:5" | "national, not valid" | "short" => "PHONE_NUMBER_NOT_POSSIBLE",
            "premium" => "PHONE_NUMBER_PREMIUM_RATE",
            other => panic!("a reason without a fault: {other}"),
        })
    }

    /// Judges each row, and returns how many there are.
    fn assert_judged_as(cases: &str) -> usize {
        let mut differ = Vec::new();
        for row in cases.lines().skip(1) {
            let columns: Vec<&str> = row.split('\t').collect();
            let [text, region, verdict, e164, extension, why, ..] = columns[..] else { panic!("few columns: {row:?}") };
            let outcome = judged(text, region, PhoneRules::default());
            let ambiguous = judge(text, Region::parse(region).ok(), PhoneRules::default()).is_ok_and(|it| it.ambiguous);
            let agrees = outcome.clone().map_err(code) == expected(verdict, e164, extension, why)
                && columns.get(6).is_none_or(|column| (*column == "ambiguous") == ambiguous);
            if !agrees {
                differ.push(format!("{row}: {outcome:?}, ambiguous: {ambiguous}"));
            }
        }
        assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
        cases.lines().count() - 1
    }

    #[test]
    fn the_judged_examples_of_the_contract_agree() {
        assert_eq!(assert_judged_as(EXAMPLES), 810);
    }

    #[test]
    fn three_thousand_more_numbers_are_judged_as_libphonenumber_does() {
        assert_eq!(assert_judged_as(include_str!("../../../tests/cases/phone_more.tsv")), 3_000);
    }

    /// `make numbering-plans` runs it, with hundreds of thousands.
    #[test]
    #[ignore = "needs a file that tests/cases/phone.py wrote: PHONE_CASES"]
    fn the_numbers_of_a_file_are_judged_as_libphonenumber_does() {
        let file = std::env::var_os("PHONE_CASES").unwrap();
        println!("{} numbers judged alike", assert_judged_as(&std::fs::read_to_string(file).unwrap()));
    }

    #[test]
    fn a_possible_number_that_is_not_assigned_is_accepted_unless_the_policy_is_valid() {
        // The help page's own example.
        let page = ("+448675309".to_owned(), None, false);
        assert_eq!(judged("+448675309", "", PhoneRules::default()), Ok(page));
        assert_eq!(judged("+448675309", "", VALID).map_err(code), Err("PHONE_NUMBER_NOT_POSSIBLE"));
        assert_eq!(judged("+442079460958", "", VALID), Ok(("+442079460958".to_owned(), None, true)));
    }

    #[test]
    fn premium_rate_numbers_are_accepted_where_the_setting_says_so() {
        let accept = PhoneRules { premium_rate: PremiumRate::Accept, ..PhoneRules::default() };
        assert_eq!(fault("+1 900 234 5678", ""), Some("PHONE_NUMBER_PREMIUM_RATE"));
        assert_eq!(judged("+1 900 234 5678", "", accept), Ok(("+19002345678".to_owned(), None, true)));
    }

    #[test]
    fn emergency_and_short_numbers_are_refused() {
        for (text, region) in [("112", "DE"), ("911", "US"), ("+1 911", ""), ("+49 112", ""), ("+44 999", "")] {
            assert!(fault(text, region).is_some(), "{text:?} in {region:?}");
        }
        for text in ["+49 116117", "+43 1450", "+61 12455"] {
            assert_eq!(fault(text, ""), Some("PHONE_NUMBER_NOT_POSSIBLE"), "{text:?}");
        }
    }

    #[test]
    fn without_a_plus_the_default_region_decides_and_the_number_must_be_valid() {
        assert_eq!(fault("020 7946 0958", ""), Some("PHONE_NUMBER_COUNTRY_CODE_MISSING"));
        assert_eq!(e164("020 7946 0958", "GB"), "+442079460958");
        assert_eq!(e164("00 1 415 555 2671", "GB"), "+14155552671");
        assert_eq!(fault("08 675 309", "GB"), Some("PHONE_NUMBER_NOT_POSSIBLE"));
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
        assert_eq!(fault("", ""), Some("PHONE_NUMBER_MISSING"));
        assert_eq!(fault("1x", ""), Some("PHONE_NUMBER_SYNTAX"));
        assert_eq!(fault("1", ""), Some("PHONE_NUMBER_COUNTRY_CODE_MISSING"));
        assert_eq!(fault("+999 1", ""), Some("PHONE_NUMBER_COUNTRY_CODE"));
        assert_eq!(fault("+1 415", ""), Some("PHONE_NUMBER_TOO_SHORT"));
        assert_eq!(fault("+1 900 234 56789", ""), Some("PHONE_NUMBER_TOO_LONG"));
    }

    #[test]
    fn a_national_number_whose_digits_are_another_one_with_a_plus_is_ambiguous() {
        let ambiguous =
            |text, region| judge(text, Region::parse(region).ok(), PhoneRules::default()).unwrap().ambiguous;
        for (text, region) in [("6598765432", "US"), ("(659) 876-5432 x3", "US"), ("6598765432", "CA")] {
            assert!(ambiguous(text, region), "{text} in {region}");
        }
        // Written with a plus, with the country's own code or with the prefix for calls abroad, one that is nothing with
        // a plus, and one that is the same.
        let plain = [("+16598765432", "US"), ("16598765432", "US"), ("011 65 9876 5432", "US"), ("4155552671", "US")];
        for (text, region) in plain.into_iter().chain([("020 7946 0958", "GB")]) {
            assert!(!ambiguous(text, region), "{text} in {region}");
        }
    }

    #[test]
    fn a_refusal_says_what_is_wrong_with_this_number() {
        for (text, region, message) in [
            (
                "+229 40 12 34 56",
                "",
                "The phone number is too short: +229 numbers have 10 digits after the country calling code; this one has 8.",
            ),
            (
                "+47 123456",
                "",
                "There are no phone numbers of this length: +47 numbers have 5 or 8 digits after the country calling code; \
                 this one has 6.",
            ),
            (
                "867-5309",
                "US",
                "The phone number can only be dialled within its area: +1 numbers have 10 digits; this one has 7. Without a \
                 + it was read as a number of US, the tenant's default region; begin that of another country with + and \
                 the country calling code.",
            ),
            (
                "112",
                "DE",
                "The phone number is an emergency number of +49, which only works within the country: +49 numbers have 4 to \
                 15 digits; this one has 3. Without a + it was read as a number of DE, the tenant's default region; begin \
                 that of another country with + and the country calling code.",
            ),
            (
                "+ 1",
                "",
                "The phone number is too short: 1 digit is no country calling code with a number; expected one such as +44 \
                 20 7946 0958.",
            ),
            (
                "+43 1450",
                "",
                "The phone number is a short number of +43, which only works within the country; expected one that can be \
                 called from anywhere.",
            ),
            (
                "08 675 309",
                "GB",
                "The phone number is in no range that is assigned under +44; expected one that is in use. Without a + it was \
                 read as a number of GB, the tenant's default region; begin that of another country with + and the country \
                 calling code.",
            ),
            ("+351 762 197 209", "", "The phone number is a premium-rate number of +351; those are not called back."),
            (
                "+999 1",
                "",
                "The phone number has 999 where its country calling code should stand, and no country has the code 9, 99 or \
                 999.",
            ),
            (
                "+1 415\u{2011}555\u{2011}2671",
                "",
                "The phone number cannot be read because of a non-breaking hyphen (U+2011) at position 7; expected digits, \
                 at most one + in front, spaces, - . ( ) / between, and at most an extension such as x123 behind.",
            ),
        ] {
            assert_eq!(told(text, region), message, "{text:?}");
        }
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
            if let Ok(Judged { number, assigned, .. }) = judge(&text, region, PhoneRules::default()) {
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
