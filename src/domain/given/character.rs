//! A character that should not stand where it stands, told so that the author of a script finds it: what it is called, its
//! code point, its position. Most of them cannot be seen, or look like another one.
//!
//! Names are those of the Unicode Character Database, in lower case; where a whole range is meant alike, what its
//! characters are.

use std::fmt;

/// A character of a text and where it stands; `Display` says both: "a no-break space (U+00A0) at position 4".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Placed {
    /// The character.
    pub character: char,
    /// Its place in the text, counted in Unicode code points from 1.
    pub position: usize,
}

impl Placed {
    /// The first character of the text that is meant by `is_meant`.
    pub fn first(text: &str, is_meant: impl Fn(char) -> bool) -> Option<Self> {
        let place = text.chars().position(&is_meant)?;
        text.chars().nth(place).map(|character| Self { character, position: place + 1 })
    }

    /// The first character that a person does not see, or that looks like one of ASCII and is another.
    pub fn first_deceptive(text: &str) -> Option<Self> {
        Self::first(text, |character| character.is_control() || name(character).is_some())
    }
}

impl fmt::Display for Placed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { character, position } = *self;
        let code = u32::from(character);
        match name(character) {
            Some(name) => write!(f, "{name} (U+{code:04X})")?,
            None if character == ' ' => f.write_str("a space")?,
            // A backtick within backticks could not be told from them.
            None if character.is_ascii_graphic() && character != '`' => write!(f, "`{character}`")?,
            None if character.is_control() => write!(f, "a control character (U+{code:04X})")?,
            None => write!(f, "the character U+{code:04X}")?,
        }
        write!(f, " at position {position}")
    }
}

/// What a character is called that is not seen, or is taken for another one; `None` for all others.
const fn name(character: char) -> Option<&'static str> {
    Some(match character {
        '\0' => "a null character",
        '\u{7}' => "a bell",
        '\u{8}' => "a backspace",
        '\t' => "a tab",
        '\n' => "a line feed",
        '\u{b}' => "a vertical tab",
        '\u{c}' => "a form feed",
        '\r' => "a carriage return",
        '\u{1b}' => "an escape",
        '\u{7f}' => "a delete",
        '\u{85}' => "a next line",
        '\u{a0}' => "a no-break space",
        '\u{ad}' => "a soft hyphen",
        '\u{34f}' => "a combining grapheme joiner",
        '\u{61c}' => "an Arabic letter mark",
        '\u{660}'..='\u{669}' | '\u{6f0}'..='\u{6f9}' => "an Arabic-Indic digit",
        '\u{966}'..='\u{96f}' => "a Devanagari digit",
        '\u{9e6}'..='\u{9ef}' => "a Bengali digit",
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => "a Hangul filler",
        '\u{1680}' => "an Ogham space mark",
        '\u{17b4}' | '\u{17b5}' => "a Khmer vowel that is not shown",
        '\u{180b}'..='\u{180f}' => "a Mongolian separator or selector",
        '\u{2000}' | '\u{2002}' => "an en space",
        '\u{2001}' | '\u{2003}' => "an em space",
        '\u{2004}'..='\u{2006}' => "a part of an em space",
        '\u{2007}' => "a figure space",
        '\u{2008}' => "a punctuation space",
        '\u{2009}' => "a thin space",
        '\u{200a}' => "a hair space",
        '\u{200b}' => "a zero width space",
        '\u{200c}' => "a zero width non-joiner",
        '\u{200d}' => "a zero width joiner",
        '\u{200e}' => "a left-to-right mark",
        '\u{200f}' => "a right-to-left mark",
        '\u{2010}' => "a hyphen that is not the one of ASCII",
        '\u{2011}' => "a non-breaking hyphen",
        '\u{2012}' => "a figure dash",
        '\u{2013}' => "an en dash",
        '\u{2014}' => "an em dash",
        '\u{2015}' => "a horizontal bar",
        '\u{2018}' | '\u{2019}' => "a single quotation mark that is not the one of ASCII",
        '\u{201c}' | '\u{201d}' => "a double quotation mark that is not the one of ASCII",
        '\u{2024}' => "a one dot leader",
        '\u{2028}' => "a line separator",
        '\u{2029}' => "a paragraph separator",
        '\u{202a}' => "a left-to-right embedding",
        '\u{202b}' => "a right-to-left embedding",
        '\u{202c}' => "a pop directional formatting",
        '\u{202d}' => "a left-to-right override",
        '\u{202e}' => "a right-to-left override",
        '\u{202f}' => "a narrow no-break space",
        '\u{2044}' => "a fraction slash",
        '\u{205f}' => "a medium mathematical space",
        '\u{2060}' => "a word joiner",
        '\u{2061}'..='\u{2064}' => "an invisible operator",
        '\u{2066}'..='\u{2069}' => "a directional isolate",
        '\u{206a}'..='\u{206f}' => "a deprecated format character",
        '\u{2212}' => "a minus sign that is not the one of ASCII",
        '\u{2215}' => "a division slash",
        '\u{2236}' => "a ratio sign",
        '\u{2800}' => "a blank Braille pattern",
        '\u{3000}' => "an ideographic space",
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => "a variation selector",
        '\u{fe58}' | '\u{fe63}' => "a small dash",
        '\u{feff}' => "a byte order mark",
        '\u{ff0b}' => "a full-width plus",
        '\u{ff10}'..='\u{ff19}' => "a full-width digit",
        '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' => "a full-width letter",
        '\u{ff01}'..='\u{ff5e}' => "a full-width character",
        '\u{fff9}'..='\u{fffb}' => "an interlinear annotation mark",
        '\u{fffc}' => "an object replacement character",
        '\u{fffd}' => "a replacement character",
        '\u{e0000}'..='\u{e007f}' => "a tag character",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        Placed::first(text, |character| !character.is_ascii_digit()).map_or_else(String::new, |it| it.to_string())
    }

    #[test]
    fn a_character_is_told_by_its_name_its_code_point_and_its_position_in_code_points() {
        for (text, expected) in [
            ("\u{202d}+1", "a left-to-right override (U+202D) at position 1"),
            ("33\u{a0}6", "a no-break space (U+00A0) at position 3"),
            ("1415\u{2011}555", "a non-breaking hyphen (U+2011) at position 5"),
            ("\u{ff11}", "a full-width digit (U+FF11) at position 1"),
            ("12\n", "a line feed (U+000A) at position 3"),
            ("12\u{81}", "a control character (U+0081) at position 3"),
            ("12#4", "`#` at position 3"),
            ("1`", "the character U+0060 at position 2"),
            ("1 2", "a space at position 2"),
            ("1é2", "the character U+00E9 at position 2"),
            ("1😀2", "the character U+1F600 at position 2"),
            ("12", ""),
        ] {
            assert_eq!(told(text), expected, "{text:?}");
        }
        let position = Placed::first("😀é\u{200b}", |character| character == '\u{200b}').map(|it| it.position);
        assert_eq!(position, Some(3));
    }

    #[test]
    fn what_is_not_seen_or_looks_like_ascii_is_found_and_what_is_plain_to_see_is_not() {
        for text in ["\u{200e}x", "x\u{feff}", "x\u{9f}", "x\u{2212}", "x\u{ff10}"] {
            assert!(Placed::first_deceptive(text).is_some(), "{text:?}");
        }
        for text in ["", "Ana García", "+1 (415) 555-2671", "日本", "😀"] {
            assert_eq!(Placed::first_deceptive(text), None, "{text:?}");
        }
    }
}
