//! How many digits numbers have: a set of small numbers.

use std::fmt;

/// A set of numbers of digits, each below 32: one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lengths(u32);

impl Lengths {
    /// Every number of digits.
    pub(super) const ALL: Self = Self(u32::MAX);

    /// Reads `7-8,10`; `None` for anything else, and for numbers of 32 and more.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut all = Self::default();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
            if first > last || last >= u32::BITS as usize {
                return None;
            }
            all = (first..=last).fold(all, |all, digits| Self(all.0 | Self::bit(digits)));
        }
        Some(all)
    }

    fn bit(digits: usize) -> u32 {
        u32::try_from(digits).ok().and_then(|digits| 1_u32.checked_shl(digits)).unwrap_or(0)
    }

    pub(super) fn has(self, digits: usize) -> bool {
        self.0 & Self::bit(digits) != 0
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn shortest(self) -> usize {
        self.0.trailing_zeros() as usize
    }

    pub(super) fn longest(self) -> usize {
        (u32::BITS - self.0.leading_zeros()).saturating_sub(1) as usize
    }
}

/// In words: "10", "7 or 8", "4 to 6, 8 or 10".
impl fmt::Display for Lengths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<(usize, usize)> = Vec::new();
        for digits in (0..u32::BITS as usize).filter(|digits| self.has(*digits)) {
            match parts.last_mut() {
                // Two neighbours are told one by one, three as a span.
                Some((_, last)) if *last + 1 == digits => *last = digits,
                _ => parts.push((digits, digits)),
            }
        }
        let words: Vec<String> = parts
            .into_iter()
            .flat_map(|(first, last)| match last - first {
                0 => vec![first.to_string()],
                1 => vec![first.to_string(), last.to_string()],
                _ => vec![format!("{first} to {last}")],
            })
            .collect();
        match words.split_last() {
            Some((last, before)) if !before.is_empty() => write!(f, "{} or {last}", before.join(", ")),
            Some((only, _)) => f.write_str(only),
            None => f.write_str("no"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_as_a_person_would() {
        for (text, words) in [("10", "10"), ("7-8", "7 or 8"), ("5,8", "5 or 8"), ("4-15", "4 to 15")] {
            assert_eq!(Lengths::parse(text).map(|lengths| lengths.to_string()).as_deref(), Some(words));
        }
        let mixed = Lengths::parse("4-6,8,10-11");
        assert_eq!(mixed.map(|lengths| lengths.to_string()).as_deref(), Some("4 to 6, 8, 10 or 11"));
        assert_eq!(mixed.map(|lengths| (lengths.shortest(), lengths.longest())), Some((4, 11)));
    }

    #[test]
    fn what_is_no_list_of_lengths_is_not_read() {
        for text in ["", "7-", "-7", "8-7", "32", "7,,8", "seven"] {
            assert_eq!(Lengths::parse(text), None, "{text:?}");
        }
    }
}
