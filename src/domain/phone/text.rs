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

/// The longest text, in bytes.
pub const MAX_BYTES: usize = 64;

/// The longest extension, in digits.
pub const MAX_EXTENSION_DIGITS: usize = 7;

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

/// Takes a text apart; `None` where it is not of the grammar.
pub(super) fn read(text: &str) -> Option<Written<'_>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let text = text.trim_start_matches(' ');
    let (plus, rest) = text.strip_prefix('+').map_or((false, text), |rest| (true, rest));
    let end = rest.find(|c: char| !c.is_ascii_digit() && !is_separator(c)).unwrap_or(rest.len());
    let (body, tail) = rest.split_at(end);
    let digits: String = body.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        return None;
    }
    let extension = if tail.is_empty() { None } else { Some(read_extension(tail)?) };
    Some(Written { plus, digits, extension })
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '(' | ')' | '/')
}

fn read_extension(tail: &str) -> Option<&str> {
    let after_mark = strip_mark(tail, ";ext=").or_else(|| {
        ["extension", "ext.", "ext", "x"]
            .iter()
            .find_map(|mark| strip_mark(tail, mark))
            .map(|rest| rest.trim_start_matches(' '))
    })?;
    let extension = after_mark.trim_end_matches(is_separator);
    let is_number = extension.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && (1..=MAX_EXTENSION_DIGITS).contains(&extension.len())).then_some(extension)
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
        read(text).and_then(|written| written.extension)
    }

    #[test]
    fn separators_and_blanks_around_are_dropped() {
        let expected = Written { plus: true, digits: "14155552671".to_owned(), extension: None };
        for text in ["+14155552671", " +1 (415) 555-2671 ", "+1.415.555/2671", "+ 1-(415)- 555 2671)("] {
            assert_eq!(read(text).as_ref(), Some(&expected), "{text:?}");
        }
    }

    #[test]
    fn the_plus_stands_before_everything_but_blanks_and_only_once() {
        for text in ["++1415", "+ +1415", "1+415", "(+1)415", "-+1415", "1415+", "+", "+-", " ", "()"] {
            assert_eq!(read(text), None, "{text:?}");
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
            assert_eq!(read(&format!("+14155552671{tail}")), None, "{tail:?}");
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
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_text_has_at_most_64_bytes() {
        assert!(read(&"1".repeat(64)).is_some());
        assert!(read(&"1".repeat(65)).is_none());
    }
}
