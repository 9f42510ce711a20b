//! Ranges of numbers: which digits they begin with and how many they have, looked up digit by digit.
//!
//! The ranges of the table were made from an automaton (tools/numbering-plans.py), so where two of them begin alike, the
//! digits that may follow are either the same class or have none in common. That makes them a tree; looking a number up
//! takes one step a digit, at most to where its range is told from all others.

use super::lengths::Lengths;

/// Several sets of ranges, of one territory.
pub(super) struct Ranges {
    /// The first is no place at all; then the beginning of each [`Set`].
    nodes: Vec<Node>,
}

/// The sets of ranges that a territory has.
#[derive(Clone, Copy)]
pub(super) enum Set {
    /// What a national number looks like, whatever its type.
    General = 1,
    /// The numbers that are assigned; those of premium rate are marked.
    Assigned,
    /// The numbers that only work within the country; those of emergency services are marked.
    Short,
    /// The digits that no other territory's numbers begin with.
    Leading,
}

const SETS: usize = 4;

/// What a set says of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It is in none of the ranges.
    Nothing,
    /// It is in one of the ranges.
    Plain,
    /// It is in one that is marked.
    Marked,
}

/// All that begins with the digits which lead here.
#[derive(Clone, Copy, Default)]
struct Node {
    /// Where the next digit leads, 0 where nowhere.
    next: [u16; 10],
    /// The numbers of digits that a number has, whatever follows.
    plain: Lengths,
    /// The same of numbers that are marked.
    marked: Lengths,
}

impl Ranges {
    pub fn new() -> Self {
        Self { nodes: vec![Node::default(); 1 + SETS] }
    }

    /// Adds the numbers that begin with `prefix` (digits, classes such as `[2-47]`, `.` for any digit) and have one of
    /// the `lengths`. `None` where that cannot be read, or does not fit into the tree.
    pub fn add(&mut self, set: Set, prefix: &str, lengths: Lengths, marked: bool) -> Option<()> {
        let mut at = set as usize;
        let mut rest = prefix;
        while !rest.is_empty() {
            let (digits, behind) = class(rest)?;
            rest = behind;
            at = self.step(at, digits)?;
        }
        let node = self.nodes.get_mut(at)?;
        let of_kind = if marked { &mut node.marked } else { &mut node.plain };
        *of_kind = of_kind.with(lengths);
        Some(())
    }

    /// Where the digits of a class lead, a new place where nothing has led there yet. `None` where they do not lead to
    /// one and the same.
    fn step(&mut self, at: usize, digits: Digits) -> Option<usize> {
        let mut places = self.nodes.get(at)?.next.iter().zip(0..).filter(|(_, digit)| digits.has(*digit));
        let (&place, _) = places.next()?;
        if !places.all(|(&other, _)| other == place) {
            return None;
        }
        if place != 0 {
            return Some(usize::from(place));
        }
        let place = u16::try_from(self.nodes.len()).ok()?;
        self.nodes.push(Node::default());
        let next = &mut self.nodes.get_mut(at)?.next;
        next.iter_mut().zip(0..).filter(|(_, digit)| digits.has(*digit)).for_each(|(next, _)| *next = place);
        Some(usize::from(place))
    }

    /// Gives back what adding has reserved.
    pub fn shrink(&mut self) {
        self.nodes.shrink_to_fit();
    }

    /// Whether there is any range in the set.
    pub fn has_any(&self, set: Set) -> bool {
        self.nodes.get(set as usize).is_some_and(|node| node.next != [0; 10])
    }

    /// Looks up a number: ASCII digits.
    pub fn find(&self, set: Set, number: &str) -> Found {
        let mut at = set as usize;
        for byte in number.bytes() {
            let next = self.nodes.get(at).and_then(|node| node.next.get(usize::from(byte.wrapping_sub(b'0'))));
            at = next.copied().map_or(0, usize::from);
            let Some(node) = self.nodes.get(at).filter(|_| at != 0) else { return Found::Nothing };
            if node.marked.has(number.len()) {
                return Found::Marked;
            }
            if node.plain.has(number.len()) {
                return Found::Plain;
            }
        }
        Found::Nothing
    }
}

/// A set of digits, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digits(u16);

impl Digits {
    pub const ALL: Self = Self(0b11_1111_1111);

    pub fn has(self, digit: u8) -> bool {
        1_u16.checked_shl(u32::from(digit)).is_some_and(|bit| self.0 & bit != 0)
    }

    /// One digit, as a character.
    pub fn one(digit: char) -> Option<Self> {
        Some(Self(1 << digit.to_digit(10)?))
    }

    /// What stands between the brackets of a class: `2-47`. Not empty.
    pub fn between_brackets(text: &str) -> Option<Self> {
        let mut all = 0;
        let mut rest = text.chars();
        while let Some(first) = rest.next() {
            let mut last = first;
            if rest.as_str().starts_with('-') {
                last = rest.nth(1)?;
            }
            let (first, last) = (first.to_digit(10)?, last.to_digit(10)?);
            if first > last {
                return None;
            }
            all |= (first..=last).fold(0, |all, digit| all | 1 << digit);
        }
        (all != 0).then_some(Self(all))
    }
}

/// The first class of a prefix, and what stands behind it.
fn class(text: &str) -> Option<(Digits, &str)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (digits, behind) = rest.split_once(']')?;
        return Some((Digits::between_brackets(digits)?, behind));
    }
    let mut rest = text.chars();
    let digits = match rest.next()? {
        '.' => Digits::ALL,
        digit => Digits::one(digit)?,
    };
    Some((digits, rest.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(lines: &[(&str, &str, bool)]) -> Option<Ranges> {
        let mut ranges = Ranges::new();
        for (prefix, lengths, marked) in lines {
            ranges.add(Set::Assigned, prefix, Lengths::parse(lengths)?, *marked)?;
        }
        Some(ranges)
    }

    #[test]
    fn a_number_is_found_by_its_first_digits_and_by_how_many_it_has() {
        let ranges = ranges(&[("11", "2", true), ("11[02-5]", "7-8", false), ("9.0", "4", true)]);
        let find = |number| ranges.as_ref().map(|ranges| ranges.find(Set::Assigned, number));
        for number in ["1103456", "11234567"] {
            assert_eq!(find(number), Some(Found::Plain), "{number}");
        }
        for number in ["11", "9105", "9000"] {
            assert_eq!(find(number), Some(Found::Marked), "{number}");
        }
        for number in ["", "1", "110345", "1113456", "9115", "91", "910", "91055", "2", "110345678"] {
            assert_eq!(find(number), Some(Found::Nothing), "{number}");
        }
        assert_eq!(ranges.map(|ranges| ranges.find(Set::Short, "11")), Some(Found::Nothing));
    }

    #[test]
    fn what_cannot_be_read_or_is_no_tree_is_noticed() {
        for prefix in ["[", "[]", "[5-2]", "[2-", "x", "1a"] {
            assert!(ranges(&[(prefix, "5", false)]).is_none(), "{prefix}");
        }
        assert!(ranges(&[("[1-3]5", "5", false), ("[23]6", "5", false)]).is_some());
        assert!(ranges(&[("[23]6", "5", false), ("[1-3]5", "5", false)]).is_none());
    }
}
