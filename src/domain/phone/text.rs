//! The grammar of a number's text: the contract's, stricter than libphonenumber's.
//!
//! ```text
//! text      = *" " ["+"] *(digit / separator) [extension]     ; at least one digit, at most 64 bytes
//! separator = " " / "-" / "." / "(" / ")" / "/"
//! extension = mark 1*7digit *separator
//! mark      = ("x" / "ext" / "ext." / "extension") *" " / ";ext="     ; in any case
//! ```
//!
//! Where libphonenumber reads such a text otherwise, the contract is followed: it takes `/ x302` for the start of
//! a second number and drops it, and reads `12x3` as the number 123.

use super::fault::Unreadable;
use super::limits::{MAX_BYTES, MAX_EXTENSION_DIGITS};
use crate::domain::given::Placed;

/// What was written, before anything is known about numbering plans.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written<'a> {
    /// Whether it begins with `+`.
    pub plus: bool,
    /// The digits, without separators; at least one.
    pub digits: String,
    /// The digits of the extension, 1–7.
    pub extension: Option<&'a str>,
}

/// Takes a text apart.
///
/// # Errors
/// `Unreadable` where it is not of the grammar: the first fault from the left.
pub(super) fn read(text: &str) -> Result<Written<'_>, Unreadable> {
    if text.len() > MAX_BYTES {
        return Err(Unreadable::Bytes(text.len()));
    }
    let begun = text.trim_start_matches(' ');
    let (plus, rest) = begun.strip_prefix('+').map_or((false, begun), |rest| (true, rest));
    let end = rest.find(|c: char| !c.is_ascii_digit() && !is_separator(c)).unwrap_or(rest.len());
    let (body, tail) = rest.split_at(end);
    let extension = if tail.is_empty() { None } else { Some(read_extension(text, tail)?) };
    let digits: String = body.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        return Err(Unreadable::NoDigits);
    }
    Ok(Written { plus, digits, extension })
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '(' | ')' | '/')
}

/// Reads the end of a text as an extension.
fn read_extension<'a>(text: &str, tail: &'a str) -> Result<&'a str, Unreadable> {
    let marked = strip_mark(tail, ";ext=").or_else(|| {
        ["extension", "ext.", "ext", "x"]
            .iter()
            .find_map(|mark| strip_mark(tail, mark))
            .map(|rest| rest.trim_start_matches(' '))
    });
    let after_mark = marked.ok_or_else(|| misplaced(text, tail))?;
    let end = after_mark.find(|c: char| !c.is_ascii_digit()).unwrap_or(after_mark.len());
    let (extension, behind) = after_mark.split_at(end);
    let behind = if extension.is_empty() { behind } else { behind.trim_start_matches(is_separator) };
    if !behind.is_empty() {
        return Err(misplaced(text, behind));
    }
    if !(1..=MAX_EXTENSION_DIGITS).contains(&extension.len()) {
        return Err(Unreadable::Extension(extension.len()));
    }
    Ok(extension)
}

/// The first character of `tail`, the end of `text`.
fn misplaced(text: &str, tail: &str) -> Unreadable {
    let before = text.len().saturating_sub(tail.len());
    let position = text.char_indices().take_while(|(at, _)| *at < before).count() + 1;
    tail.chars().next().map_or(Unreadable::NoDigits, |character| Unreadable::Character(Placed { character, position }))
}

/// The text behind the mark, where it begins with it in any case.
fn strip_mark<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(mark.len())?;
    head.eq_ignore_ascii_case(mark).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extension_of(text: &str) -> Option<&str> {
        read(text).ok().and_then(|written| written.extension)
    }

    #[test]
    fn separators_and_blanks_around_are_dropped() {
        let expected = Written { plus: true, digits: "14155552671".to_owned(), extension: None };
        for text in ["+14155552671", " +1 (415) 555-2671 ", "+1.415.555/2671", "+ 1-(415)- 555 2671)("] {
            assert_eq!(read(text).as_ref(), Ok(&expected), "{text:?}");
        }
    }

    #[test]
    fn the_plus_stands_before_everything_but_blanks_and_only_once() {
        for text in ["++1415", "+ +1415", "1+415", "(+1)415", "-+1415", "1415+", "+", "+-", " ", "()"] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_extension_follows_one_of_the_marks_in_any_case() {
        for mark in ["x", "X", " x ", "ext", " Ext. ", "EXTENSION ", ";ext=", ";EXT=", "/ x", " (ext "] {
            assert_eq!(extension_of(&format!("+14155552671{mark}302")), Some("302"), "{mark:?}");
        }
        assert_eq!(extension_of("+14155552671 (ext. 302)"), Some("302"));
    }

    #[test]
    fn an_extension_has_one_to_seven_digits_and_nothing_else_behind_them() {
        assert_eq!(extension_of("4155552671x1234567"), Some("1234567"));
        for tail in
            ["x", "x 12345678", "x1 2", "x1x2", "ext: 1", "ext.. 1", "x-1", "extn 1", "; ext=1", ";ext= 1", "ex1"]
        {
            assert!(read(&format!("+14155552671{tail}")).is_err(), "{tail:?}");
        }
    }

    #[test]
    fn other_characters_are_refused() {
        for text in [
            "tel:+14155552671",
            "+1415555,,2671",
            "+１４１５",
            "1-800-FLOWERS",
            "+1415#1",
            "+1~415",
            "+1\t415",
            "+1é415",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_text_has_at_most_64_bytes() {
        assert!(read(&"1".repeat(64)).is_ok());
        assert_eq!(read(&"1".repeat(65)), Err(Unreadable::Bytes(65)));
    }

    #[test]
    fn the_first_fault_from_the_left_is_told_with_its_place() {
        let at = |character, position| Unreadable::Character(Placed { character, position });
        for (text, fault) in [
            ("\u{202d}+1 415 555 2671\u{202c}", at('\u{202d}', 1)),
            ("+33\u{a0}6\u{a0}12", at('\u{a0}', 4)),
            ("+1 415\u{2011}555", at('\u{2011}', 7)),
            (" + 1+4", at('+', 5)),
            ("+14155é", at('é', 7)),
            ("+1 x é", at('é', 6)),
            ("+1 ext: 1", at(':', 7)),
            ("+1 x12 34", at('3', 8)),
            ("x\u{200b}", at('\u{200b}', 2)),
            ("+1x", Unreadable::Extension(0)),
            ("+1 ext. ", Unreadable::Extension(0)),
            ("+1 x 12345678 ", Unreadable::Extension(8)),
            ("x1", Unreadable::NoDigits),
            (" +()", Unreadable::NoDigits),
        ] {
            assert_eq!(read(text), Err(fault), "{text:?}");
        }
    }
}
