//! Patterns of prefixes: regular expressions of the few kinds that libphonenumber's metadata has.
//!
//! What is dialled before a number is not a range: which digits belong to the prefix, which to a carrier code and which to
//! the number can depend on what follows. The metadata has digits, classes, `\d`, groups, `|`, `?`, `{n}`, `{n,m}` and
//! `$`; nothing can repeat for ever, so every step leads forwards, and trying one way after the other ends soon.

use std::ops::Range;

use super::ranges::Digits;

/// The most groups that a pattern can capture.
const MAX_GROUPS: usize = 2;

/// A pattern, anchored at the start of the text.
#[derive(Debug)]
pub(super) struct Pattern {
    #[cfg(test)]
    text: &'static str,
    steps: Vec<Step>,
    groups: usize,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// One of these digits.
    Digit(Digits),
    /// The way that begins with the next step or, where it fails, the one that many steps further on.
    Try(usize),
    /// On to the step that many further on.
    Skip(usize),
    /// A group begins or ends: an index of [`Marks`].
    Mark(usize),
    /// The end of the text.
    End,
}

/// Where each group begins and ends.
type Marks = [Option<usize>; 2 * MAX_GROUPS];

/// A text that begins as a pattern says.
pub(super) struct Matched<'a> {
    /// What stands behind.
    pub rest: &'a str,
    text: &'a str,
    groups: usize,
    marks: Marks,
}

impl<'a> Matched<'a> {
    /// What a group captured, counted from 1.
    pub fn group(&self, number: usize) -> Option<&'a str> {
        let first = number.checked_sub(1)? * 2;
        let span: Range<usize> = (*self.marks.get(first)?)?..(*self.marks.get(first + 1)?)?;
        self.text.get(span)
    }

    /// What the last group of the pattern captured.
    pub fn last_group(&self) -> Option<&'a str> {
        self.group(self.groups)
    }
}

impl Pattern {
    /// Reads a pattern; `None` where it has anything else than the metadata's patterns have.
    pub fn parse(text: &'static str) -> Option<Self> {
        let mut reader = Reader { rest: text, groups: 0 };
        let steps = reader.alternatives()?;
        (reader.rest.is_empty() && reader.groups <= MAX_GROUPS).then_some(Self {
            #[cfg(test)]
            text,
            steps,
            groups: reader.groups,
        })
    }

    /// The pattern as it is written.
    #[cfg(test)]
    pub fn as_str(&self) -> &'static str {
        self.text
    }

    /// Holds the pattern against the start of a text; of several ways to match, the first as it is written.
    pub fn matched<'a>(&self, text: &'a str) -> Option<Matched<'a>> {
        let mut marks = Marks::default();
        let end = self.run(0, text.as_bytes(), 0, &mut marks)?;
        Some(Matched { rest: text.get(end..)?, text, groups: self.groups, marks })
    }

    fn run(&self, mut step: usize, text: &[u8], mut at: usize, marks: &mut Marks) -> Option<usize> {
        while let Some(todo) = self.steps.get(step) {
            step += 1;
            match *todo {
                Step::Digit(digits) if digits.has(text.get(at)?.wrapping_sub(b'0')) => at += 1,
                Step::End if at == text.len() => {}
                Step::Digit(_) | Step::End => return None,
                Step::Try(other) => {
                    let before = *marks;
                    if let Some(end) = self.run(step, text, at, marks) {
                        return Some(end);
                    }
                    *marks = before;
                    step += other;
                }
                Step::Skip(steps) => step += steps,
                Step::Mark(index) => *marks.get_mut(index)? = Some(at),
            }
        }
        Some(at)
    }
}

/// A pattern that is being read.
struct Reader<'a> {
    rest: &'a str,
    groups: usize,
}

impl Reader<'_> {
    fn next_is(&mut self, wanted: &str) -> bool {
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn alternatives(&mut self) -> Option<Vec<Step>> {
        let mut first = self.sequence()?;
        if !self.next_is("|") {
            return Some(first);
        }
        let second = self.alternatives()?;
        first.push(Step::Skip(second.len()));
        let mut steps = vec![Step::Try(first.len())];
        steps.extend(first);
        steps.extend(second);
        Some(steps)
    }

    fn sequence(&mut self) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        while !self.rest.is_empty() && !self.rest.starts_with(['|', ')']) {
            let atom = self.atom()?;
            steps.extend(self.repeated(atom)?);
        }
        Some(steps)
    }

    fn repeated(&mut self, atom: Vec<Step>) -> Option<Vec<Step>> {
        let (least, most) = if self.next_is("?") {
            (0, 1)
        } else if self.next_is("{") {
            let (bounds, rest) = self.rest.split_once('}')?;
            self.rest = rest;
            let (least, most) = bounds.split_once(',').unwrap_or((bounds, bounds));
            (least.parse().ok()?, most.parse().ok()?)
        } else {
            return Some(atom);
        };
        // From the back: each that may be there may be followed by one more.
        let optional = (least..most).fold(Vec::new(), |more: Vec<Step>, _| {
            let mut steps = vec![Step::Try(atom.len() + more.len())];
            steps.extend(atom.iter().copied().chain(more));
            steps
        });
        Some(atom.repeat(least).into_iter().chain(optional).collect())
    }

    fn atom(&mut self) -> Option<Vec<Step>> {
        if self.next_is("(?:") {
            return self.group_to_its_end();
        }
        if self.next_is("(") {
            let mark = 2 * self.groups;
            self.groups += 1;
            let mut steps = vec![Step::Mark(mark)];
            steps.extend(self.group_to_its_end()?);
            steps.push(Step::Mark(mark + 1));
            return Some(steps);
        }
        if self.next_is("[") {
            let (digits, rest) = self.rest.split_once(']')?;
            self.rest = rest;
            return Some(vec![Step::Digit(Digits::between_brackets(digits)?)]);
        }
        if self.next_is("\\d") {
            return Some(vec![Step::Digit(Digits::ALL)]);
        }
        if self.next_is("$") {
            return Some(vec![Step::End]);
        }
        let mut rest = self.rest.chars();
        let digits = Digits::one(rest.next()?)?;
        self.rest = rest.as_str();
        Some(vec![Step::Digit(digits)])
    }

    fn group_to_its_end(&mut self) -> Option<Vec<Step>> {
        let steps = self.alternatives()?;
        self.next_is(")").then_some(steps)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use regex::Regex;

    use super::*;
    use crate::domain::phone::plan::Territory;
    use crate::domain::phone::table::table;

    /// What is left behind the pattern, and what its groups captured.
    fn matched<'a>(pattern: &'static str, text: &'a str) -> Option<(&'a str, Vec<Option<&'a str>>)> {
        let pattern = Pattern::parse(pattern).unwrap();
        pattern.matched(text).map(|it| (it.rest, (1..=pattern.groups).map(|number| it.group(number)).collect()))
    }

    #[test]
    fn the_first_way_that_is_written_wins_and_an_option_is_taken_where_it_can_be() {
        assert_eq!(matched("0|00", "001"), Some(("01", vec![])));
        assert_eq!(matched("0?(?:(11|2\\d{1,2})15)?", "011155"), Some(("5", vec![Some("11")])));
        assert_eq!(matched("0?(?:(11|2\\d{1,2})15)?", "0221155"), Some(("5", vec![Some("221")])));
        assert_eq!(matched("0?(?:(11|2\\d{1,2})15)?", "034"), Some(("34", vec![None])));
        assert_eq!(matched("([2-4]\\d{2})$|1", "234"), Some(("", vec![Some("234")])));
        assert_eq!(matched("([2-4]\\d{2})$|1", "1234"), Some(("234", vec![None])));
        assert_eq!(matched("([2-4]\\d{2})$|1", "2345"), None);
    }

    #[test]
    fn what_the_metadata_does_not_have_is_not_read() {
        for pattern in ["0+", "0*", "(?=0)", "a", "[a]", "[", "(0", "0)", "\\w", "0{", "0{a}", "^0", "(0)(1)(2)", "."] {
            assert!(Pattern::parse(pattern).is_none(), "{pattern}");
        }
    }

    /// Every pattern of the table, and the same as another engine has it.
    static PATTERNS: LazyLock<Vec<(&Pattern, Regex)>> = LazyLock::new(|| {
        let patterns = table().territories().flat_map(Territory::patterns);
        patterns.map(|pattern| (pattern, Regex::new(&format!("^(?:{})", pattern.as_str())).unwrap())).collect()
    });

    proptest! {
        #[test]
        fn the_patterns_of_the_table_match_as_regular_expressions_do(digits in "(0|00|1|8|80|15)?[0-9]{0,14}") {
            for (pattern, other) in PATTERNS.iter() {
                let (found, expected) = (pattern.matched(&digits), other.captures(&digits));
                let rest = expected.as_ref().map(|it| &digits[it[0].len()..]);
                prop_assert_eq!(found.as_ref().map(|it| it.rest), rest, "{}", other);
                let groups = 1..=pattern.groups;
                let captured: Option<Vec<_>> = found.map(|it| groups.clone().map(|number| it.group(number)).collect());
                let expected = expected.map(|it| groups.map(|number| Some(it.get(number)?.as_str())).collect());
                prop_assert_eq!(captured, expected, "{}", other);
            }
        }
    }
}
