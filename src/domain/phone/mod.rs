//! `phoneNumber` (contract §6): which texts are numbers that can be called back, and their E.164 form.
//!
//! The judgement is libphonenumber's, step by step: its grammar of national prefixes, carrier codes and
//! international prefixes ([`parse`]), its table of numbering plans ([`plan`]). The metadata is the one that
//! the crate `phonenumber` carries. The crate's own parser is not used: it strips prefixes in other cases than
//! libphonenumber does and knows no *possible* numbers, and its patterns live behind one lock.
//!
//! The text is read more strictly than libphonenumber would ([`text`]).

mod parse;
mod plan;
mod text;

use std::fmt;

use thiserror::Error;

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
/// With `+` the number must be possible; without it the default region says how it is to be read, and it must
/// be valid.
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
    if must_be_valid && assignment == Assignment::None {
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
/// Without it the patterns of a country calling code are compiled when it is first seen.
pub fn warm_up() {
    plan::compile_all();
}
