//! Numbering plans: what libphonenumber knows of the numbers under a country calling code.

use std::iter;

use super::lengths::Lengths;
use super::pattern::Pattern;
use super::ranges::{Found, Ranges, Set};

/// Country calling codes have one to three digits.
pub(super) const MAX_CODE_DIGITS: usize = 3;

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

/// What the plan says of a number's digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assignment {
    /// In no assigned range: not valid.
    None,
    /// Valid and premium-rate.
    PremiumRate,
    /// Valid and of any other type.
    Ordinary,
}

/// A number that only works within its country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Short {
    /// One for help, such as 112.
    Emergency,
    /// Any other.
    Service,
}

/// A country calling code and the territories that share it.
pub(super) struct Plan {
    /// The country calling code.
    pub code: u16,
    /// The territory whose lengths and prefixes count for all.
    pub main: Territory,
    /// In libphonenumber's order, which is the alphabet's.
    pub others: Vec<Territory>,
}

/// The numbers of one territory under its country calling code.
pub(super) struct Territory {
    /// The ISO 3166 alpha-2 code, or `001` for a plan of no territory.
    pub id: &'static str,
    /// The country calling code.
    pub code: u16,
    /// How many digits national numbers have.
    pub possible: Lengths,
    /// How many are enough within an area.
    pub local_only: Lengths,
    /// What is dialled before a country calling code.
    pub international_prefix: Option<Pattern>,
    /// What is dialled before a national number.
    pub national_prefix: Option<NationalPrefix>,
    /// Which numbers there are.
    pub ranges: Ranges,
}

/// What may stand before a number that is dialled within its territory.
pub(super) struct NationalPrefix {
    /// Its groups are carrier codes, or what `rewrite` keeps.
    pub pattern: Pattern,
    /// What the prefix is replaced by where its last group matched.
    pub rewrite: Option<Rewrite>,
}

/// Digits and a group of the pattern, such as `9\1` (Argentina).
pub(super) struct Rewrite {
    /// What comes first.
    pub digits: &'static str,
    /// What comes behind, counted from 1.
    pub group: usize,
}

impl Plan {
    /// Every territory, the main one first.
    pub fn territories(&self) -> impl Iterator<Item = &Territory> {
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
            if territory.ranges.has_any(Set::Leading) {
                if territory.ranges.find(Set::Leading, national) != Found::Nothing {
                    return territory.assignment(national);
                }
            } else {
                match territory.assignment(national) {
                    Assignment::None => {}
                    assigned => return assigned,
                }
            }
        }
        Assignment::None
    }

    /// Whether a number is one that only works within a country of the plan.
    pub fn short(&self, national: &str) -> Option<Short> {
        self.territories().find_map(|territory| territory.short(national))
    }
}

impl Territory {
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
        self.ranges.find(Set::General, digits) != Found::Nothing
    }

    /// Whether the number is one that only works within the country.
    pub fn short(&self, national: &str) -> Option<Short> {
        match self.ranges.find(Set::Short, national) {
            Found::Nothing => None,
            Found::Plain => Some(Short::Service),
            Found::Marked => Some(Short::Emergency),
        }
    }

    fn assignment(&self, national: &str) -> Assignment {
        match self.ranges.find(Set::Assigned, national) {
            Found::Nothing => Assignment::None,
            Found::Plain => Assignment::Ordinary,
            Found::Marked => Assignment::PremiumRate,
        }
    }

    /// Every pattern of the territory.
    #[cfg(test)]
    pub fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.international_prefix.iter().chain(self.national_prefix.as_ref().map(|prefix| &prefix.pattern))
    }
}
