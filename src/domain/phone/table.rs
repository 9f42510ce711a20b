//! The table of numbering plans, `plans.txt`, as it is read once when the process starts.
//!
//! `make numbering-plans` writes it from the newest release of libphonenumber; its head says what its lines mean. It is
//! the only source: lengths, ranges, prefixes and short numbers are all of one release.

use std::sync::LazyLock;

use super::lengths::Lengths;
use super::pattern::Pattern;
use super::plan::{NationalPrefix, Plan, Rewrite, Territory};
use super::ranges::{Ranges, Set};

const TEXT: &str = include_str!("plans.txt");

/// The release of libphonenumber that the table was made from, such as `9.0.43`.
pub const RELEASE: &str = release(TEXT);

/// Room for every code of at most three digits.
const CODES: usize = 1_000;

/// The plans of all country calling codes.
pub(super) struct Table {
    /// By country calling code.
    plans: Vec<Option<Plan>>,
}

/// The table of this program.
pub(super) fn table() -> &'static Table {
    // It is a part of the program, and a test reads it: without a fault of the build there is nothing to be handled.
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(TEXT).unwrap_or(Table { plans: Vec::new() }));
    &TABLE
}

/// The first line's second word.
const fn release(text: &'static str) -> &'static str {
    let Some((head, _)) = text.split_at_checked(16) else { return "" };
    let (_, release) = head.split_at("release ".len());
    let mut end = 0;
    while end < release.len() && release.as_bytes()[end] != b'\n' {
        end += 1;
    }
    release.split_at(end).0
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// The line that cannot be read, or that does not go with those before it.
    fn read(text: &'static str) -> Result<Self, &'static str> {
        let mut plans: Vec<Option<Plan>> = (0..CODES).map(|_| None).collect();
        for territory in text.split("\n\n").skip(1) {
            let territory = read_territory(territory)?;
            let place = plans.get_mut(usize::from(territory.code)).ok_or(territory.id)?;
            match place {
                Some(plan) => plan.others.push(territory),
                None => *place = Some(Plan { code: territory.code, main: territory, others: Vec::new() }),
            }
        }
        Ok(Self { plans })
    }

    /// The plan of a country calling code, `None` where there is none.
    pub fn plan(&self, code: u16) -> Option<&Plan> {
        self.plans.get(usize::from(code))?.as_ref()
    }

    /// The territory of an ISO 3166 alpha-2 code.
    pub fn territory(&self, id: &str) -> Option<&Territory> {
        // "001" stands for every plan that belongs to no territory.
        self.territories().find(|territory| territory.id == id && id.len() == 2)
    }

    /// Every territory.
    pub fn territories(&self) -> impl Iterator<Item = &Territory> {
        self.plans.iter().flatten().flat_map(Plan::territories)
    }
}

/// Reads the lines of one territory, the first of which begins with `plan`.
fn read_territory(text: &'static str) -> Result<Territory, &'static str> {
    let (first, rest) = text.split_once('\n').ok_or(text)?;
    let (code, id) = first.strip_prefix("plan ").and_then(|plan| plan.split_once(' ')).ok_or(first)?;
    let mut territory = Territory {
        id,
        code: code.parse().map_err(|_| first)?,
        possible: Lengths::default(),
        local_only: Lengths::default(),
        international_prefix: None,
        national_prefix: None,
        ranges: Ranges::new(),
    };
    for line in rest.lines() {
        read_line(&mut territory, line).ok_or(line)?;
    }
    territory.ranges.shrink();
    Ok(territory)
}

fn read_line(territory: &mut Territory, line: &'static str) -> Option<()> {
    let (word, rest) = line.split_once(' ')?;
    match word {
        "abroad" => territory.international_prefix = Some(Pattern::parse(rest)?),
        "trunk" => territory.national_prefix = Some(read_national_prefix(rest)?),
        "leading" => territory.ranges.add(Set::Leading, rest, Lengths::ALL, false)?,
        "length" => territory.possible = Lengths::parse(rest)?,
        "local" => territory.local_only = Lengths::parse(rest)?,
        "general" => {
            let (prefix, lengths) = rest.split_once(' ')?;
            territory.ranges.add(Set::General, prefix, Lengths::parse(lengths)?, false)?;
        }
        "short" | "emergency" => {
            let (prefix, lengths) = rest.split_once(' ')?;
            territory.ranges.add(Set::Short, prefix, Lengths::parse(lengths)?, word == "emergency")?;
        }
        prefix => {
            let (lengths, types) = rest.split_once(' ')?;
            // libphonenumber asks for premium-rate before any other type.
            let premium = types.split(' ').any(|kind| kind == "premium");
            territory.ranges.add(Set::Assigned, prefix, Lengths::parse(lengths)?, premium)?;
        }
    }
    Some(())
}

fn read_national_prefix(text: &'static str) -> Option<NationalPrefix> {
    let (pattern, rewrite) = text.split_once(' ').map_or((text, None), |(pattern, rewrite)| (pattern, Some(rewrite)));
    let rewrite = match rewrite {
        None => None,
        Some(rule) => {
            let (digits, group) = rule.split_once('\\')?;
            Some(Rewrite { digits, group: group.parse().ok()? })
        }
    };
    Some(NationalPrefix { pattern: Pattern::parse(pattern)?, rewrite })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::phone::plan::Possibility;

    #[test]
    fn the_table_can_be_read_and_says_its_release() {
        assert_eq!(Table::read(TEXT).err(), None);
        assert!(table().territories().count() > 250);
        let parts: Vec<u32> = RELEASE.split('.').map(|part| part.parse().unwrap()).collect();
        assert!(parts >= vec![9, 0, 43], "{RELEASE}");
        assert!(TEXT.starts_with(&format!("release {RELEASE}\n")));
    }

    #[test]
    fn what_is_no_line_of_a_table_is_noticed() {
        for line in ["mobile", "7 x mobile", "7[ 9 mobile", "7 9", "trunk 0+", "trunk (0)1 2", "local", "length nine"] {
            let text: &'static str = format!("release 0\n\nplan 1 US\nlength 9\n{line}").leak();
            assert_eq!(Table::read(text).err(), Some(line));
        }
        assert_eq!(Table::read("release 0\n\nplan 1000 US\nlength 9\n").err(), Some("US"));
    }

    #[test]
    fn a_code_that_territories_share_has_the_main_one_first() {
        let mains =
            [1, 7, 44, 47, 61, 212, 262, 290, 358, 590, 599].map(|code| table().plan(code).map(|it| it.main.id));
        let expected = ["US", "RU", "GB", "NO", "AU", "MA", "RE", "SH", "FI", "GP", "CW"];
        assert_eq!(mains, expected.map(Some));
    }

    #[test]
    fn lengths_of_a_territory_are_those_of_all_its_types() {
        // The North American plan: 10 digits, 7 within an area. Norway: 5 or 8.
        let possibility =
            |code, digits: usize| table().plan(code).map(|plan| plan.main.possibility(&"2".repeat(digits)));
        assert_eq!(possibility(1, 6), Some(Possibility::TooShort));
        assert_eq!(possibility(1, 7), Some(Possibility::LocalOnly));
        assert_eq!(possibility(1, 8), Some(Possibility::TooShort));
        assert_eq!(possibility(1, 10), Some(Possibility::Possible));
        assert_eq!(possibility(1, 11), Some(Possibility::TooLong));
        assert_eq!(possibility(1, 40), Some(Possibility::TooLong));
        assert_eq!(possibility(47, 6), Some(Possibility::InvalidLength));
    }

    #[test]
    fn no_code_is_one_that_nobody_has() {
        for code in [0, 2, 3, 210, 999, 1000, u16::MAX] {
            assert!(table().plan(code).is_none(), "+{code}");
        }
    }
}
