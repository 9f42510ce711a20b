//! A JSON writer for messages whose keys are ours: appends to a buffer, allocates nothing, cannot fail.

use std::fmt::Display;
use std::io::Write;

/// An object being written; [`Self::end`] closes it.
#[derive(Debug)]
#[must_use = "an object that is not ended is not JSON"]
pub struct ObjectWriter<'b> {
    out: &'b mut Vec<u8>,
    is_empty: bool,
}

impl<'b> ObjectWriter<'b> {
    /// Begins an object at the end of the buffer.
    pub fn begin(out: &'b mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, is_empty: true }
    }

    /// A member that is a string; `key` stands there as it is.
    pub fn text(&mut self, key: &'static str, text: &str) {
        self.key(key);
        write_text(self.out, text);
    }

    /// A member that is a string or `null`.
    pub fn optional_text(&mut self, key: &'static str, text: Option<&str>) {
        match text {
            Some(text) => self.text(key, text),
            None => self.null(key),
        }
    }

    /// A member that is a string of characters that JSON does not escape: ids, instants.
    pub fn plain_text(&mut self, key: &'static str, text: impl Display) {
        self.key(key);
        self.out.push(b'"');
        append(self.out, text);
        self.out.push(b'"');
    }

    /// The same of a text that is written already.
    pub fn plain(&mut self, key: &'static str, text: &[u8]) {
        self.key(key);
        self.out.push(b'"');
        self.out.extend_from_slice(text);
        self.out.push(b'"');
    }

    /// A member that `write` writes where there is a value, else `null`.
    pub fn optional<T>(&mut self, key: &'static str, value: Option<T>, write: impl FnOnce(&mut Self, &'static str, T)) {
        match value {
            Some(value) => write(self, key, value),
            None => self.null(key),
        }
    }

    /// A member that is an integer.
    pub fn integer(&mut self, key: &'static str, number: impl Into<i64>) {
        self.key(key);
        append_integer(self.out, number.into());
    }

    /// A member that is a string of an integer's digits: ids.
    pub fn digits(&mut self, key: &'static str, number: i64) {
        self.key(key);
        self.out.push(b'"');
        append_integer(self.out, number);
        self.out.push(b'"');
    }

    /// A member that is `true` or `false`.
    pub fn boolean(&mut self, key: &'static str, value: bool) {
        self.key(key);
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// A member that is `null`.
    pub fn null(&mut self, key: &'static str) {
        self.key(key);
        self.out.extend_from_slice(b"null");
    }

    /// A member that is an object, to be written and ended before the next member.
    pub fn object(&mut self, key: &'static str) -> ObjectWriter<'_> {
        self.key(key);
        ObjectWriter::begin(self.out)
    }

    /// A member that is an array; each element is written by `write`.
    pub fn array<T>(
        &mut self,
        key: &'static str,
        elements: impl IntoIterator<Item = T>,
        write: impl Fn(&mut Vec<u8>, T),
    ) {
        self.key(key);
        self.out.push(b'[');
        for (index, element) in elements.into_iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            write(self.out, element);
        }
        self.out.push(b']');
    }

    /// What stands in the buffer so far.
    pub fn written(&self) -> &[u8] {
        self.out
    }

    /// Closes the object.
    pub fn end(self) {
        self.out.push(b'}');
    }

    fn key(&mut self, key: &'static str) {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }
}

/// Appends a JSON string: quotation marks, backslashes and the controls below U+0020 are escaped (RFC 8259 §7).
///
/// So are U+0085, U+2028 and U+2029: they end a line for Unicode, and for readers of lines that go by it such as Python's
/// `str.splitlines`, and `check` promises one line for each.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    let may_be_escaped = |&byte: &u8| byte < b' ' || matches!(byte, b'"' | b'\\' | 0xc2 | 0xe2);
    while let Some(place) = rest.iter().position(may_be_escaped) {
        out.extend_from_slice(&rest[..place]);
        let (escape, length): (&[u8], _) = match rest[place..] {
            [b'\n', ..] => (b"\\n", 1),
            [b'\r', ..] => (b"\\r", 1),
            [b'\t', ..] => (b"\\t", 1),
            [b'"', ..] => (b"\\\"", 1),
            [b'\\', ..] => (b"\\\\", 1),
            [0xc2, 0x85, ..] => (b"\\u0085", 2),
            [0xe2, 0x80, 0xa8, ..] => (b"\\u2028", 3),
            [0xe2, 0x80, 0xa9, ..] => (b"\\u2029", 3),
            [control @ ..b' ', ..] => {
                append(out, format_args!("\\u{control:04x}"));
                (b"", 1)
            }
            _ => (&rest[place..=place], 1),
        };
        out.extend_from_slice(escape);
        rest = &rest[place + length..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Appends what `Display` shows.
pub fn append(out: &mut Vec<u8>, shown: impl Display) {
    // A vector takes every write, and the types shown here do not fail by themselves.
    let _infallible = write!(out, "{shown}");
}

/// Appends an integer's decimal digits, by hand: a due event has eight of them, and the formatter of the standard library
/// takes longer to be called than the digits take.
pub fn append_integer(out: &mut Vec<u8>, number: i64) {
    let mut text = [0; 20];
    let (mut begin, mut rest) = (text.len(), number.unsigned_abs());
    loop {
        begin -= 1;
        text[begin] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        begin -= 1;
        text[begin] = b'-';
    }
    out.extend_from_slice(&text[begin..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn members_stand_in_the_order_they_were_written() {
        let mut out = Vec::new();
        let mut object = ObjectWriter::begin(&mut out);
        object.text("a", "x\"\\\n\u{1}é");
        object.null("b");
        let mut inner = object.object("c");
        inner.integer("d", -7);
        inner.plain_text("e", 8);
        inner.end();
        object.array("f", ["g", "h"], write_text);
        object.optional_text("i", None);
        object.boolean("j", false);
        object.optional("k", Some(1), ObjectWriter::integer);
        object.optional("l", None::<i64>, ObjectWriter::integer);
        object.end();
        let expected =
            r#"{"a":"x\"\\\n\u0001é","b":null,"c":{"d":-7,"e":"8"},"f":["g","h"],"i":null,"j":false,"k":1,"l":null}"#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_text_stays_on_one_line_for_those_who_know_the_line_ends_of_unicode() {
        let mut out = Vec::new();
        write_text(&mut out, "a\u{b}\u{85}b\u{2028}\u{2029}\u{86}\u{2027}é€\u{2028}");
        let expected = "\"a\\u000b\\u0085b\\u2028\\u2029\u{86}\u{2027}é€\\u2028\"";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn integers_are_written_as_the_standard_library_shows_them() {
        for number in [0, 7, -7, 10, 4_096, 1_073_743_450, i64::MAX, i64::MIN] {
            let mut out = b"left".to_vec();
            append_integer(&mut out, number);
            assert_eq!(str::from_utf8(&out).unwrap(), format!("left{number}"));
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "(.|[\u{0}-\u{9f}\u{2020}-\u{2030}\"\\\\]){0,40}") {
            let mut out = Vec::new();
            write_text(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
