//! Numbering plans: libphonenumber's metadata, compiled once into patterns and sets of lengths.
//!
//! The metadata comes from the crate `phonenumber` (its version after the `+` is libphonenumber's). It holds the
//! XML as it is written; what libphonenumber's build tool derives from it (`BuildMetadataFromXml`: the possible
//! lengths of a territory, the inherited national prefix) is derived here.

use std::iter;
use std::sync::OnceLock;

use phonenumber::Metadata;
use phonenumber::metadata::{DATABASE, Descriptor};
use regex::{Error, Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::short;

/// Country calling codes have one to three digits.
pub(super) const MAX_CODE_DIGITS: usize = 3;

/// Room for every code of at most [`MAX_CODE_DIGITS`] digits.
const CODES: usize = 1_000;

/// What libphonenumber says of a number's length (its `ValidationResult`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Possibility {
    /// A length that numbers of the territory have.
    Possible,
    /// A length that can only be dialled within an area.
    LocalOnly,
    /// Shorter than any.
    TooShort,
    /// Longer than any.
    TooLong,
    /// Between the shortest and the longest, but of no number.
    InvalidLength,
}

/// What the metadata says of a number's digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assignment {
    /// In no assigned range: not valid.
    None,
    /// Valid and premium-rate.
    PremiumRate,
    /// Valid and of any other type.
    Ordinary,
}

/// A country calling code and the territories that share it.
pub(super) struct Plan {
    code: u16,
    /// The territory whose lengths count for all.
    main: Territory,
    /// In libphonenumber's order, which is the alphabet's.
    others: Vec<Territory>,
    /// The short numbers that have the length of others.
    short: Option<Regex>,
}

/// The numbers of one territory under its country calling code.
pub(super) struct Territory {
    id: &'static str,
    code: u16,
    possible: Lengths,
    local_only: Lengths,
    general: Regex,
    /// One pattern for each type of number.
    types: RegexSet,
    /// The lengths of each type, in the order of `types`.
    type_lengths: Vec<Lengths>,
    /// Where premium-rate stands in `types`.
    premium_rate: Option<usize>,
    leading_digits: Option<Regex>,
    international_prefix: Option<Regex>,
    national_prefix: Option<NationalPrefix>,
}

/// What may stand before a number that is dialled within its territory.
pub(super) struct NationalPrefix {
    /// Anchored at the start; its groups are carrier codes, or what `rewrite` keeps.
    pub pattern: Regex,
    /// What the prefix is replaced by where its last group matched, such as `9$1` (Argentina).
    pub rewrite: Option<&'static str>,
}

/// A set of numbers of digits, one bit each.
#[derive(Clone, Copy, Default)]
struct Lengths(u32);

/// The plan of a country calling code, `None` where there is none.
pub(super) fn plan(code: u16) -> Option<&'static Plan> {
    static PLANS: [OnceLock<Option<Plan>>; CODES] = [const { OnceLock::new() }; CODES];
    // The metadata is part of the program: a test compiles all of it, so an error is no case of its own.
    PLANS.get(usize::from(code))?.get_or_init(|| Plan::compile(code).ok().flatten()).as_ref()
}

/// The territory of an ISO 3166 alpha-2 code.
pub(super) fn territory(id: &str) -> Option<&'static Territory> {
    // "001" stands for every plan that belongs to no territory.
    if id.len() != 2 {
        return None;
    }
    let code = DATABASE.by_id(id)?.country_code();
    plan(code)?.territories().find(|territory| territory.id == id)
}

/// Compiles every plan that is not compiled yet.
pub(super) fn compile_all() {
    for metadata in DATABASE.iter() {
        plan(metadata.country_code());
    }
}

impl Plan {
    fn compile(code: u16) -> Result<Option<Self>, Error> {
        // The crate puts the main territory first.
        let mut territories = DATABASE.by_code(&code).unwrap_or_default().into_iter().map(Territory::compile);
        let Some(main) = territories.next().transpose()? else { return Ok(None) };
        let others = territories.collect::<Result<_, _>>()?;
        let short = short::pattern(code).map(|pattern| compiled(&whole(&pattern))).transpose()?;
        Ok(Some(Self { code, main, others, short }))
    }

    /// The country calling code.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The territory whose lengths and prefixes count for all that share the code.
    pub fn main(&self) -> &Territory {
        &self.main
    }

    /// Whether a number that is not valid is a short number, which nobody can call from abroad.
    pub fn is_short(&self, national: &str) -> bool {
        self.short.as_ref().is_some_and(|short| short.is_match(national))
    }

    fn territories(&self) -> impl Iterator<Item = &Territory> {
        iter::once(&self.main).chain(&self.others)
    }

    /// Whether the number is valid, and whether it is premium-rate, in the territory that it belongs to.
    ///
    /// A number belongs to the first territory whose leading digits it has; a territory without leading digits
    /// has the numbers that are valid in it (libphonenumber's `getRegionCodeForNumber`).
    pub fn assignment(&self, national: &str) -> Assignment {
        if self.others.is_empty() {
            return self.main.assignment(national);
        }
        for territory in self.territories() {
            match &territory.leading_digits {
                Some(digits) if digits.is_match(national) => return territory.assignment(national),
                Some(_) => {}
                None => match territory.assignment(national) {
                    Assignment::None => {}
                    assigned => return assigned,
                },
            }
        }
        Assignment::None
    }
}

impl Territory {
    fn compile(metadata: &'static Metadata) -> Result<Self, Error> {
        let descriptors = metadata.descriptors();
        let types: Vec<&Descriptor> = [
            descriptors.premium_rate(),
            descriptors.toll_free(),
            descriptors.shared_cost(),
            descriptors.voip(),
            descriptors.personal_number(),
            descriptors.pager(),
            descriptors.uan(),
            descriptors.voicemail(),
            descriptors.fixed_line(),
            descriptors.mobile(),
        ]
        .into_iter()
        .flatten()
        .collect();
        // The XML gives lengths for each type only; those of the territory are all of them together.
        let possible = types.iter().flat_map(|kind| kind.possible_length()).collect();
        let local: Lengths = types.iter().flat_map(|kind| kind.possible_local_length()).collect();
        let national_prefix = metadata
            .national_prefix_for_parsing()
            .map_or(metadata.national_prefix(), |prefix| Some(prefix.as_str()))
            .map(|prefix| NationalPrefix::compile(prefix, metadata.national_prefix_transform_rule()))
            .transpose()?;
        Ok(Self {
            id: metadata.id(),
            code: metadata.country_code(),
            possible,
            local_only: local.without(possible),
            general: compiled(&whole(descriptors.general().national_number().as_str()))?,
            types: compiled_set(types.iter().map(|kind| whole(kind.national_number().as_str())))?,
            type_lengths: types.iter().map(|kind| kind.possible_length().iter().collect()).collect(),
            premium_rate: descriptors.premium_rate().map(|_| 0),
            leading_digits: metadata.leading_digits().map(|digits| compiled(&start(digits.as_str()))).transpose()?,
            international_prefix: metadata
                .international_prefix()
                .map(|prefix| compiled(&start(prefix.as_str())))
                .transpose()?,
            national_prefix,
        })
    }

    /// The ISO 3166 alpha-2 code, or `001` for a plan of no territory.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The country calling code.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// What is dialled before a country calling code, anchored at the start.
    pub fn international_prefix(&self) -> Option<&Regex> {
        self.international_prefix.as_ref()
    }

    /// What is dialled before a national number.
    pub fn national_prefix(&self) -> Option<&NationalPrefix> {
        self.national_prefix.as_ref()
    }

    /// Judges a national number by its length alone.
    pub fn possibility(&self, national: &str) -> Possibility {
        let digits = national.len();
        if self.local_only.has(digits) {
            Possibility::LocalOnly
        } else if self.possible.has(digits) {
            Possibility::Possible
        } else if digits < self.possible.shortest() {
            Possibility::TooShort
        } else if digits > self.possible.longest() {
            Possibility::TooLong
        } else {
            Possibility::InvalidLength
        }
    }

    /// Whether the digits are what a national number looks like here, whatever its type.
    pub fn is_national_number(&self, digits: &str) -> bool {
        self.general.is_match(digits)
    }

    /// Whether the number is valid in this territory, and whether it is premium-rate.
    fn assignment(&self, national: &str) -> Assignment {
        let digits = national.len();
        if !self.possible.has(digits) || !self.is_national_number(national) {
            return Assignment::None;
        }
        let mut assignment = Assignment::None;
        for kind in &self.types.matches(national) {
            if self.type_lengths.get(kind).is_some_and(|lengths| lengths.has(digits)) {
                if self.premium_rate == Some(kind) {
                    return Assignment::PremiumRate;
                }
                assignment = Assignment::Ordinary;
            }
        }
        assignment
    }
}

impl NationalPrefix {
    fn compile(pattern: &str, rewrite: Option<&'static str>) -> Result<Self, Error> {
        Ok(Self { pattern: compiled(&start(pattern))?, rewrite })
    }
}

impl Lengths {
    fn bit(digits: usize) -> u32 {
        u32::try_from(digits).ok().and_then(|digits| 1_u32.checked_shl(digits)).unwrap_or(0)
    }

    fn has(self, digits: usize) -> bool {
        self.0 & Self::bit(digits) != 0
    }

    fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    fn shortest(self) -> usize {
        self.0.trailing_zeros() as usize
    }

    fn longest(self) -> usize {
        (u32::BITS - self.0.leading_zeros()).saturating_sub(1) as usize
    }
}

impl<'a> FromIterator<&'a u16> for Lengths {
    fn from_iter<I: IntoIterator<Item = &'a u16>>(lengths: I) -> Self {
        Self(lengths.into_iter().fold(0, |bits, length| bits | Self::bit(usize::from(*length))))
    }
}

/// The pattern, for all of the text.
fn whole(pattern: &str) -> String {
    format!("^(?:{pattern})$")
}

/// The pattern of a prefix, for the start of the text.
fn start(prefix: &str) -> String {
    format!("^(?:{prefix})")
}

/// The XML breaks long patterns into lines, and `\d` in them is 0–9: all of Unicode's take seven times the memory.
fn compiled(pattern: &str) -> Result<Regex, Error> {
    RegexBuilder::new(pattern).ignore_whitespace(true).unicode(false).build()
}

/// A set of patterns, compiled as one alone is.
fn compiled_set(patterns: impl Iterator<Item = String>) -> Result<RegexSet, Error> {
    RegexSetBuilder::new(patterns).ignore_whitespace(true).unicode(false).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_of_the_metadata_compiles() {
        for metadata in DATABASE.iter() {
            let plan = Plan::compile(metadata.country_code());
            assert!(matches!(plan, Ok(Some(_))), "+{}: {:?}", metadata.country_code(), plan.err());
        }
    }

    #[test]
    fn a_code_that_territories_share_has_the_main_one_first() {
        let mains =
            [1, 7, 44, 47, 61, 212, 262, 290, 358, 590, 599].map(|code| plan(code).map(|plan| plan.main().id()));
        let expected = ["US", "RU", "GB", "NO", "AU", "MA", "RE", "SH", "FI", "GP", "CW"];
        assert_eq!(mains, expected.map(Some));
    }

    #[test]
    fn lengths_of_a_territory_are_those_of_all_its_types() {
        // The North American plan: 10 digits, 7 within an area. Norway: 5 or 8.
        let possibility = |code, digits: usize| plan(code).map(|plan| plan.main().possibility(&"2".repeat(digits)));
        assert_eq!(possibility(1, 6), Some(Possibility::TooShort));
        assert_eq!(possibility(1, 7), Some(Possibility::LocalOnly));
        assert_eq!(possibility(1, 8), Some(Possibility::TooShort));
        assert_eq!(possibility(1, 10), Some(Possibility::Possible));
        assert_eq!(possibility(1, 11), Some(Possibility::TooLong));
        assert_eq!(possibility(1, 40), Some(Possibility::TooLong));
        assert_eq!(possibility(47, 6), Some(Possibility::InvalidLength));
    }

    #[test]
    fn rewriting_rules_name_one_group_and_end_with_it() {
        // `$1` followed by a digit would mean another group to the crate `regex`.
        let rules = DATABASE.iter().filter_map(Metadata::national_prefix_transform_rule);
        for rule in rules {
            let kept = rule.trim_start_matches(|c: char| c.is_ascii_digit());
            assert!(matches!(kept, "$1" | "$2"), "{rule}");
        }
    }

    #[test]
    fn no_code_is_one_that_nobody_has() {
        for code in [0, 2, 3, 210, 999, 1000, u16::MAX] {
            assert!(plan(code).is_none(), "+{code}");
        }
    }
}
