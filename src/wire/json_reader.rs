//! The grammar of RFC 8259, read without recursion: what has begun and not ended is a list, not a stack of calls.

use std::borrow::Cow;

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
    /// A key has a `\u` escape of one half of a surrogate pair: no Unicode text has it. The key begins there.
    #[error("a lone surrogate in the key at byte {0}")]
    LoneSurrogate(usize),
    /// The grammar of RFC 8259 does not allow what stands there, or the text ends there.
    #[error("not JSON at byte {0}")]
    Syntax(usize),
}

impl NotJson {
    /// The same, where that many bytes stand before the text.
    #[must_use]
    pub const fn behind(self, bytes: usize) -> Self {
        match self {
            Self::NotUtf8(at) => Self::NotUtf8(at + bytes),
            Self::ByteOrderMark => Self::ByteOrderMark,
            Self::LoneSurrogate(at) => Self::LoneSurrogate(at + bytes),
            Self::Syntax(at) => Self::Syntax(at + bytes),
        }
    }
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
    /// A string with half a surrogate pair, as it is written between its quotation marks.
    NotUnicode(Cow<'a, str>),
    /// An array, and the index behind its last node.
    Array(usize),
    /// An object, and the index behind its last node.
    Object(usize),
}

impl Node<'_> {
    pub(super) fn into_owned(self) -> Node<'static> {
        match self {
            Self::Null => Node::Null,
            Self::Bool(truth) => Node::Bool(truth),
            Self::Number(number) => Node::Number(Cow::Owned(number.into_owned())),
            Self::Text(text) => Node::Text(Cow::Owned(text.into_owned())),
            Self::NotUnicode(text) => Node::NotUnicode(Cow::Owned(text.into_owned())),
            Self::Array(end) => Node::Array(end),
            Self::Object(end) => Node::Object(end),
        }
    }
}

/// Nodes to make room for at first: a schedule command with all its fields has 30 to 40.
const FIRST_NODES: usize = 40;

/// Keys of an object that are compared each with each; more are sorted first.
const FEW_KEYS: usize = 24;

/// Reads one JSON text from its beginning to its end.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    nodes: Vec<Node<'a>>,
    /// The arrays and objects that have begun and not ended, as indices of their nodes.
    open: Vec<usize>,
    repeats_a_key: bool,
    /// The string that was read last has half a surrogate pair.
    is_half: bool,
}

impl<'a> Reader<'a> {
    /// At the beginning of a text.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            nodes: Vec::with_capacity(FIRST_NODES),
            open: Vec::new(),
            repeats_a_key: false,
            is_half: false,
        }
    }

    /// Reads the whole text: its nodes, and whether an object has the same key twice.
    pub fn read(mut self) -> Result<(Vec<Node<'a>>, bool), NotJson> {
        while self.value()? || self.more()? {}
        if self.at < self.text.len() {
            return Err(self.syntax());
        }
        Ok((self.nodes, self.repeats_a_key))
    }

    /// Reads a value, or the beginning of one: true where its first element or member's value comes next.
    fn value(&mut self) -> Result<bool, NotJson> {
        self.blanks();
        let node = match self.peek() {
            Some(b'"') => {
                let text = self.string()?;
                if self.is_half { self.half(text) } else { Node::Text(text) }
            }
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
        let start = self.at + 1;
        let key = self.string()?;
        if self.is_half {
            return Err(NotJson::LoneSurrogate(start));
        }
        self.nodes.push(Node::Text(key));
        self.blanks();
        if self.skip(b':') { Ok(()) } else { Err(self.syntax()) }
    }

    /// Reads a string without its escapes. One that has half a surrogate pair comes as it is written, and `is_half` says so.
    fn string(&mut self) -> Result<Cow<'a, str>, NotJson> {
        self.at += 1;
        let start = self.at;
        self.plain_characters();
        if self.skip(b'"') {
            return Ok(Cow::Borrowed(&self.text[start..self.at - 1]));
        }
        let mut unescaped = String::from(&self.text[start..self.at]);
        while self.skip(b'\\') {
            match self.escape()? {
                Some(character) => unescaped.push(character),
                None => self.is_half = true,
            }
            let plain = self.at;
            self.plain_characters();
            unescaped.push_str(&self.text[plain..self.at]);
        }
        if !self.skip(b'"') {
            return Err(self.syntax());
        }
        Ok(if self.is_half { Cow::Borrowed(&self.text[start..self.at - 1]) } else { Cow::Owned(unescaped) })
    }

    /// The node of the string that was just read, which has half a surrogate pair.
    #[cold]
    fn half(&mut self, written: Cow<'a, str>) -> Node<'a> {
        self.is_half = false;
        Node::NotUnicode(written)
    }

    /// Moves on to the next quotation mark, backslash or control character, or to the end.
    fn plain_characters(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().position(|&byte| byte < b' ' || byte == b'"' || byte == b'\\').unwrap_or(rest.len());
    }

    /// Reads what follows a backslash; `None` is half a surrogate pair.
    fn escape(&mut self) -> Result<Option<char>, NotJson> {
        let character = match self.peek() {
            Some(same @ (b'"' | b'\\' | b'/')) => char::from(same),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return Err(self.syntax()),
        };
        self.at += 1;
        Ok(Some(character))
    }

    /// Reads what follows `\u`, and a second escape where the first is the high half of a pair and that is the low one.
    fn unicode_escape(&mut self) -> Result<Option<char>, NotJson> {
        let first = self.four_hex_digits()?;
        if let Some(character) = char::from_u32(first) {
            return Ok(Some(character));
        }
        let behind = self.at;
        if (0xd800..0xdc00).contains(&first) && self.skip(b'\\') && self.skip(b'u') {
            let second = self.four_hex_digits()?;
            if (0xdc00..0xe000).contains(&second) {
                return Ok(char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)));
            }
        }
        // What follows is read by itself.
        self.at = behind;
        Ok(None)
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
