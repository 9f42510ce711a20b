//! A JSON reader for messages of strangers.
//!
//! Stricter than most where the contract is (docs/contract.md#the-schedule-command): a byte order mark is refused, half
//! a surrogate pair in a key too, and keys that repeat in one object, at any depth, are noticed. More lenient where a
//! message must not fail for what nobody reads: a number may be of any size, a value may be a string with half a
//! surrogate pair, and nesting may be of any depth, since nothing here calls itself.
//!
//! A document is one list of nodes in the order of the text. A key stands right before its value; an array or object
//! knows where its contents end. So a command costs one allocation, and strings without escapes are borrowed.

use std::borrow::Cow;
use std::str;

use super::json_reader::Reader;
pub use super::json_reader::{Node, NotJson};

/// A JSON text that was read.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    nodes: Vec<Node<'a>>,
    repeats_a_key: bool,
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
        let (nodes, repeats_a_key) = Reader::new(text).read()?;
        Ok(Self { nodes, repeats_a_key })
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_, 'a> {
        Value { document: self, index: 0 }
    }

    /// The outermost value's own node, without what is inside it.
    pub fn into_root(mut self) -> Node<'a> {
        self.nodes.swap_remove(0)
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
            Node::Text(text) | Node::NotUnicode(text) => text.as_ref().into(),
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
    fn half_a_surrogate_pair_is_kept_as_it_is_written_in_a_value_and_refused_in_a_key() {
        for half in [
            r"\ud800",
            r"\udc00",
            r"\ud800x",
            r"\ud800\n",
            r"\ud800\ud800",
            r"\udc00\ud800",
            r"\ud800\ud83d\ude00",
            r"é\udfff\",
        ] {
            let half = half.trim_end_matches('\\');
            let text = format!(r#"[1,"{half}","after"]"#);
            let document = read(&text).unwrap();
            let mut elements = document.root().elements().unwrap().skip(1);
            assert_eq!(elements.next().unwrap().node(), &Node::NotUnicode(half.into()), "{text}");
            assert_eq!(elements.next().unwrap().text().unwrap(), "after", "{text}");
            let text = format!(r#"{{"a":{{"{half}":1}}}}"#);
            assert_eq!(read(&text).err(), Some(NotJson::LoneSurrogate(7)), "{text}");
        }
    }

    #[test]
    fn a_byte_order_mark_and_broken_utf_8_are_told_apart() {
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

    /// Theirs stops at a number that a double cannot hold, and at half a surrogate pair; ours reads them.
    fn is_judged_alike(bytes: &[u8]) -> bool {
        match serde_json::from_slice::<serde_json::Value>(bytes) {
            Ok(_) => Document::read(bytes).is_ok(),
            Err(error) => {
                let error = error.to_string();
                ["out of range", "surrogate", "hex escape"].into_iter().any(|ours| error.contains(ours))
                    || Document::read(bytes).is_err()
            }
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
