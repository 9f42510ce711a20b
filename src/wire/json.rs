//! A JSON reader for messages of strangers.
//!
//! Stricter than most where the contract (§4) is: a byte order mark and lone surrogates are refused, and keys that
//! repeat in one object, at any depth, are noticed. More lenient where a message must not fail for what nobody reads:
//! a number may be of any size, and nesting may be of any depth, since nothing here calls itself.
//!
//! A document is one list of nodes in the order of the text. A key stands right before its value; an array or object
//! knows where its contents end. So a command costs one allocation, and strings without escapes are borrowed.

use std::borrow::Cow;
use std::str;

use thiserror::Error;

/// Why bytes are not a JSON text; positions count bytes from 0.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotJson {
    /// The bytes are not UTF-8 (RFC 8259 §8.1).
    #[error("not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// The text begins with U+FEFF, which RFC 8259 §8.1 forbids to add.
    #[error("a byte order mark")]
    ByteOrderMark,
    /// A `\u` escape of one half of a surrogate pair: no Unicode text has it.
    #[error("a lone surrogate at byte {0}")]
    LoneSurrogate(usize),
    /// The grammar of RFC 8259 does not allow what stands there, or the text ends there.
    #[error("not JSON at byte {0}")]
    Syntax(usize),
}

/// A JSON text that was read.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    nodes: Vec<Node<'a>>,
    repeats_a_key: bool,
}

/// One value, or one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as it is written.
    Number(Cow<'a, str>),
    /// A string, or a key, without its escapes.
    Text(Cow<'a, str>),
    /// An array, and the index behind its last node.
    Array(usize),
    /// An object, and the index behind its last node.
    Object(usize),
}

/// A value within its document. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Value<'d, 'a> {
    document: &'d Document<'a>,
    index: usize,
}

impl<'a> Document<'a> {
    /// Reads one JSON text, blanks around it allowed.
    ///
    /// # Errors
    /// `NotJson`; a repeated key is no error here, see [`Self::repeats_a_key`].
    pub fn read(bytes: &'a [u8]) -> Result<Self, NotJson> {
        let text = str::from_utf8(bytes).map_err(|error| NotJson::NotUtf8(error.valid_up_to()))?;
        if text.starts_with('\u{feff}') {
            return Err(NotJson::ByteOrderMark);
        }
        Reader { text, at: 0, nodes: Vec::with_capacity(FIRST_NODES), open: Vec::new(), repeats_a_key: false }
            .document()
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_, 'a> {
        Value { document: self, index: 0 }
    }

    /// Whether an object, at any depth, has the same key twice; keys are compared without their escapes.
    pub fn repeats_a_key(&self) -> bool {
        self.repeats_a_key
    }

    /// The same document, with nothing borrowed from the text.
    pub fn into_owned(self) -> Document<'static> {
        let nodes = self.nodes.into_iter().map(Node::into_owned).collect();
        Document { nodes, repeats_a_key: self.repeats_a_key }
    }
}

impl Node<'_> {
    fn into_owned(self) -> Node<'static> {
        match self {
            Self::Null => Node::Null,
            Self::Bool(truth) => Node::Bool(truth),
            Self::Number(number) => Node::Number(Cow::Owned(number.into_owned())),
            Self::Text(text) => Node::Text(Cow::Owned(text.into_owned())),
            Self::Array(end) => Node::Array(end),
            Self::Object(end) => Node::Object(end),
        }
    }
}

impl<'d, 'a> Value<'d, 'a> {
    /// What it is.
    pub fn node(self) -> &'d Node<'a> {
        &self.document.nodes[self.index]
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        matches!(self.node(), Node::Null)
    }

    /// The text of a string, or of a key.
    pub fn text(self) -> Option<&'d Cow<'a, str>> {
        match self.node() {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The truth of a boolean.
    pub fn truth(self) -> Option<bool> {
        match self.node() {
            Node::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The elements of an array, in order.
    pub fn elements(self) -> Option<Elements<'d, 'a>> {
        match self.node() {
            Node::Array(end) => Some(Elements { next: self.next(), end: *end }),
            _ => None,
        }
    }

    /// The members of an object, in order: key and value.
    pub fn members(self) -> Option<Members<'d, 'a>> {
        match self.node() {
            Node::Object(end) => Some(Members { next: self.next(), end: *end }),
            _ => None,
        }
    }

    /// The value of an object's member; `null` is the same as absent. The first one, where the key repeats.
    pub fn member(self, key: &str) -> Option<Self> {
        let (_, value) = self.members()?.find(|(name, _)| name.text().is_some_and(|name| name == key))?;
        (!value.is_null()).then_some(value)
    }

    /// The node after this one, inside it or not.
    fn next(self) -> Self {
        Self { index: self.index + 1, ..self }
    }

    /// The node after this value and all that is inside it.
    fn after(self) -> Self {
        match self.node() {
            Node::Array(end) | Node::Object(end) => Self { index: *end, ..self },
            _ => self.next(),
        }
    }
}

/// Iterator of [`Value::elements`].
#[derive(Clone, Debug)]
pub struct Elements<'d, 'a> {
    next: Value<'d, 'a>,
    end: usize,
}

impl<'d, 'a> Iterator for Elements<'d, 'a> {
    type Item = Value<'d, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let element = (self.next.index < self.end).then_some(self.next)?;
        self.next = element.after();
        Some(element)
    }
}

/// Iterator of [`Value::members`].
#[derive(Clone, Debug)]
pub struct Members<'d, 'a> {
    next: Value<'d, 'a>,
    end: usize,
}

impl<'d, 'a> Iterator for Members<'d, 'a> {
    type Item = (Value<'d, 'a>, Value<'d, 'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = (self.next.index < self.end).then_some(self.next)?;
        let value = key.next();
        self.next = value.after();
        Some((key, value))
    }
}

/// Nodes to make room for at first: a schedule command with all its fields has 30 to 40.
const FIRST_NODES: usize = 40;

/// Keys of an object that are compared each with each; more are sorted first.
const FEW_KEYS: usize = 24;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    nodes: Vec<Node<'a>>,
    /// The arrays and objects that have begun and not ended, as indices of their nodes.
    open: Vec<usize>,
    repeats_a_key: bool,
}

impl<'a> Reader<'a> {
    fn document(mut self) -> Result<Document<'a>, NotJson> {
        while self.value()? || self.more()? {}
        if self.at < self.text.len() {
            return Err(self.syntax());
        }
        Ok(Document { nodes: self.nodes, repeats_a_key: self.repeats_a_key })
    }

    /// Reads a value, or the beginning of one: true where its first element or member's value comes next.
    fn value(&mut self) -> Result<bool, NotJson> {
        self.blanks();
        let node = match self.peek() {
            Some(b'"') => Node::Text(self.string()?),
            Some(b'{') => return self.begin(Node::Object(0), b'}'),
            Some(b'[') => return self.begin(Node::Array(0), b']'),
            Some(b't') => self.literal("true", Node::Bool(true))?,
            Some(b'f') => self.literal("false", Node::Bool(false))?,
            Some(b'n') => self.literal("null", Node::Null)?,
            _ => Node::Number(Cow::Borrowed(self.number()?)),
        };
        self.nodes.push(node);
        Ok(false)
    }

    fn begin(&mut self, node: Node<'a>, end: u8) -> Result<bool, NotJson> {
        self.at += 1;
        let is_object = matches!(node, Node::Object(_));
        self.open.push(self.nodes.len());
        self.nodes.push(node);
        self.blanks();
        if self.skip(end) {
            self.end();
            return Ok(false);
        }
        if is_object {
            self.key()?;
        }
        Ok(true)
    }

    /// After a value: ends what ends here; true where another value comes next.
    fn more(&mut self) -> Result<bool, NotJson> {
        loop {
            self.blanks();
            let Some(&open) = self.open.last() else { return Ok(false) };
            let is_object = matches!(self.nodes[open], Node::Object(_));
            if self.skip(b',') {
                if is_object {
                    self.blanks();
                    self.key()?;
                }
                return Ok(true);
            }
            if !self.skip(if is_object { b'}' } else { b']' }) {
                return Err(self.syntax());
            }
            self.end();
        }
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let end = self.nodes.len();
        match &mut self.nodes[open] {
            Node::Array(behind) => *behind = end,
            Node::Object(behind) => {
                *behind = end;
                self.repeats_a_key = self.repeats_a_key || self.has_repeated_key(open);
            }
            _ => {}
        }
    }

    fn has_repeated_key(&self, object: usize) -> bool {
        let mut few: [&str; FEW_KEYS] = [""; FEW_KEYS];
        for (count, key) in self.keys(object).enumerate() {
            if count == FEW_KEYS {
                let mut all: Vec<&str> = self.keys(object).collect();
                all.sort_unstable();
                return all.windows(2).any(|pair| pair[0] == pair[1]);
            }
            if few[..count].contains(&key) {
                return true;
            }
            few[count] = key;
        }
        false
    }

    fn keys(&self, object: usize) -> impl Iterator<Item = &str> {
        let mut index = object + 1;
        std::iter::from_fn(move || {
            let Some(Node::Text(key)) = self.nodes.get(index) else { return None };
            index = match self.nodes.get(index + 1) {
                Some(Node::Array(end) | Node::Object(end)) => *end,
                _ => index + 2,
            };
            Some(key.as_ref())
        })
    }

    fn key(&mut self) -> Result<(), NotJson> {
        if self.peek() != Some(b'"') {
            return Err(self.syntax());
        }
        let key = self.string()?;
        self.nodes.push(Node::Text(key));
        self.blanks();
        if self.skip(b':') { Ok(()) } else { Err(self.syntax()) }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, NotJson> {
        self.at += 1;
        let start = self.at;
        self.plain_characters();
        if self.skip(b'"') {
            return Ok(Cow::Borrowed(&self.text[start..self.at - 1]));
        }
        let mut unescaped = String::from(&self.text[start..self.at]);
        while self.skip(b'\\') {
            unescaped.push(self.escape()?);
            let plain = self.at;
            self.plain_characters();
            unescaped.push_str(&self.text[plain..self.at]);
        }
        if self.skip(b'"') { Ok(Cow::Owned(unescaped)) } else { Err(self.syntax()) }
    }

    /// Moves on to the next quotation mark, backslash or control character, or to the end.
    fn plain_characters(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().position(|&byte| byte < b' ' || byte == b'"' || byte == b'\\').unwrap_or(rest.len());
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<char, NotJson> {
        let character = match self.peek() {
            Some(same @ (b'"' | b'\\' | b'/')) => char::from(same),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let start = self.at - 1;
                self.at += 1;
                return self.unicode_escape(start);
            }
            _ => return Err(self.syntax()),
        };
        self.at += 1;
        Ok(character)
    }

    /// Reads what follows `\u`, and a second escape where the first is the high half of a pair.
    fn unicode_escape(&mut self, start: usize) -> Result<char, NotJson> {
        let first = self.four_hex_digits()?;
        if let Some(character) = char::from_u32(first) {
            return Ok(character);
        }
        let is_high = (0xd800..0xdc00).contains(&first);
        if !(is_high && self.skip(b'\\') && self.skip(b'u')) {
            return Err(NotJson::LoneSurrogate(start));
        }
        let second = self.four_hex_digits()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(NotJson::LoneSurrogate(start));
        }
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(NotJson::LoneSurrogate(start))
    }

    fn four_hex_digits(&mut self) -> Result<u32, NotJson> {
        let mut number = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16)).ok_or_else(|| self.syntax())?;
            number = number << 4 | digit;
            self.at += 1;
        }
        Ok(number)
    }

    fn number(&mut self) -> Result<&'a str, NotJson> {
        let start = self.at;
        self.skip(b'-');
        if !self.skip(b'0') {
            self.digits()?;
        }
        if self.skip(b'.') {
            self.digits()?;
        }
        if self.skip(b'e') || self.skip(b'E') {
            let _signed = self.skip(b'+') || self.skip(b'-');
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    /// At least one digit.
    fn digits(&mut self) -> Result<(), NotJson> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.syntax()) }
    }

    fn literal(&mut self, word: &str, node: Node<'a>) -> Result<Node<'a>, NotJson> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.syntax());
        }
        self.at += word.len();
        Ok(node)
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn skip(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn syntax(&self) -> NotJson {
        NotJson::Syntax(self.at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Document<'_>, NotJson> {
        Document::read(text.as_bytes())
    }

    fn to_serde(value: Value<'_, '_>) -> serde_json::Value {
        match value.node() {
            Node::Null => serde_json::Value::Null,
            Node::Bool(truth) => (*truth).into(),
            Node::Number(number) => serde_json::from_str(number).unwrap(),
            Node::Text(text) => text.as_ref().into(),
            Node::Array(_) => value.elements().unwrap().map(to_serde).collect(),
            Node::Object(_) => value
                .members()
                .unwrap()
                .map(|(key, value)| (key.text().unwrap().to_string(), to_serde(value)))
                .collect(),
        }
    }

    #[test]
    fn strings_without_escapes_are_borrowed() {
        let document = read(r#"{"plain":"Ana García","escaped":"a\tb\u00e9\ud83d\ude00\/"}"#).unwrap();
        assert!(matches!(document.root().member("plain").unwrap().text(), Some(Cow::Borrowed("Ana García"))));
        assert_eq!(document.root().member("escaped").unwrap().text().unwrap(), "a\tbé😀/");
    }

    #[test]
    fn numbers_of_any_size_are_read_as_written() {
        for number in ["0", "-0", "1e999", "123456789012345678901234567890", "-1.50E-3"] {
            let document = read(number).unwrap();
            assert_eq!(document.root().node(), &Node::Number(number.into()));
        }
    }

    #[test]
    fn what_rfc_8259_does_not_allow_is_refused() {
        let wrong = [
            "",
            " ",
            "[",
            "]",
            "{",
            "}",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{1:1}",
            "01",
            "+1",
            "-",
            "1.",
            ".5",
            "1e",
            "1e+",
            "0x1",
            "NaN",
            "Infinity",
            "tru",
            "nul",
            "True",
            "'a'",
            "\"a",
            "\"\\",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\u{1}\"",
            "\"\n\"",
            "1 1",
            "{} {}",
            "[}",
            "{\"a\":1]",
            "//c\n1",
            "\u{a0}1",
            "\"a\"b",
            "\"\\ud83d\\u\"",
        ];
        for text in wrong {
            assert!(matches!(read(text), Err(NotJson::Syntax(_))), "{text:?}: {:?}", read(text));
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_lone_surrogate_a_byte_order_mark_and_broken_utf_8_are_told_apart() {
        for text in
            [r#""\ud800""#, r#""\udc00""#, r#""\ud800x""#, r#""\ud800\n""#, r#""\ud800\ud800""#, r#""\udc00\ud800""#]
        {
            assert_eq!(read(text).err(), Some(NotJson::LoneSurrogate(1)), "{text}");
        }
        assert_eq!(read("\u{feff}{}").err(), Some(NotJson::ByteOrderMark));
        assert_eq!(Document::read(b"\"\xed\xa0\x80\"").err(), Some(NotJson::NotUtf8(1)));
        assert_eq!(Document::read(b"\xff\xfe{\0}\0").err(), Some(NotJson::NotUtf8(0)));
    }

    #[test]
    fn a_repeated_key_is_noticed_at_any_depth_and_without_its_escapes() {
        let many = (0..100).map(|number| format!("\"k{number}\":{number},")).collect::<Vec<_>>().concat();
        for (text, repeats) in [
            (r#"{"a":1,"b":2}"#.to_owned(), false),
            (r#"{"a":1,"A":2}"#.to_owned(), false),
            (r#"[{"a":1},{"a":1}]"#.to_owned(), false),
            (r#"{"a":{"a":{"a":"a"}}}"#.to_owned(), false),
            (r#"{"a":1,"a":1}"#.to_owned(), true),
            (r#"{"a":1,"\u0061":2}"#.to_owned(), true),
            (r#"{"":1,"":2}"#.to_owned(), true),
            (r#"[[{"x":[{"a":1,"b":[],"a":null}]}]]"#.to_owned(), true),
            (format!("{{{many}\"k\":1}}"), false),
            (format!("{{{many}\"k50\":1}}"), true),
        ] {
            assert_eq!(read(&text).unwrap().repeats_a_key(), repeats, "{text}");
        }
    }

    #[test]
    fn nesting_of_any_depth_neither_fails_nor_overflows_the_stack() {
        let depth = 1 << 20;
        assert!(read(&"[".repeat(depth)).is_err());
        let document = read(&format!("{}{}", "[".repeat(depth), "]".repeat(depth))).unwrap().into_owned();
        assert_eq!(document.root().elements().unwrap().count(), 1);
        assert!(read(&format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth))).is_ok());
    }

    /// Theirs stops at a number that a double cannot hold; ours reads it.
    fn is_judged_alike(bytes: &[u8]) -> bool {
        match serde_json::from_slice::<serde_json::Value>(bytes) {
            Ok(_) => Document::read(bytes).is_ok(),
            Err(error) => error.to_string().contains("out of range") || Document::read(bytes).is_err(),
        }
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<u32>().prop_map(|number| (f64::from(number) / 8.0).into()),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::hash_map(".{0,3}", inner, 0..6)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_serde_json_writes_is_read_the_same(value in any_json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let document = read(&text).unwrap();
            prop_assert!(!document.repeats_a_key());
            prop_assert_eq!(to_serde(document.root()), value.clone());
            prop_assert_eq!(to_serde(document.into_owned().root()), value);
        }

        #[test]
        fn a_damaged_text_is_judged_as_serde_json_judges_it(
            value in any_json(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..3),
        ) {
            let mut bytes = serde_json::to_vec(&value).unwrap();
            for (place, byte) in damage {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            prop_assert!(is_judged_alike(&bytes));
        }

        #[test]
        fn short_texts_of_json_characters_are_judged_as_serde_json_judges_them(
            text in r#"[\[\]{}:,"\\a0-3eE.+\-tnul/ ]{0,12}"#,
        ) {
            prop_assert!(is_judged_alike(text.as_bytes()));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = Document::read(&bytes);
        }
    }
}
