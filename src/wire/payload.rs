//! The fields of a payload: each is read once, and goes into the payload's digest as it is read.
//!
//! The digest tells a repeated command from a reused id (contract §3), for as long as `retention.commands` and across
//! versions of the service: what goes into it may not change. It is taken of an unambiguous text of the fields that
//! the command knows, in the order in which they are read: absent and `null` ones leave no trace, an id counts the
//! same as integer and as string, members of objects are sorted, numbers count as they are written.

use super::json::{Members, Node, Value};
use crate::domain::command::{Given, IdValue, Text, Variables};
use crate::domain::ids::{CallbackId, Fingerprint};

/// Reads the fields of one payload.
pub struct Fields<'d, 'a> {
    object: Value<'d, 'a>,
    /// What comes after the field read last: producers mostly write fields in the order we read them.
    rest: Option<Members<'d, 'a>>,
    canonical: Vec<u8>,
}

impl<'d, 'a> Fields<'d, 'a> {
    /// The fields of a command of that type; of one without a readable type with `None`.
    pub fn of(object: Value<'d, 'a>, kind: Option<&str>) -> Self {
        let mut canonical = Vec::with_capacity(CANONICAL_BYTES);
        match kind {
            Some(kind) => write(&mut canonical, Tag::Text, kind.as_bytes()),
            None => write(&mut canonical, Tag::Null, b""),
        }
        Self { object, rest: object.members(), canonical }
    }

    /// A string.
    pub fn text(&mut self, name: &str) -> Given<Text<'a>> {
        self.read(name, write_value, |value| value.text().cloned())
    }

    /// An id: a JSON integer, or a string that is judged later.
    pub fn id(&mut self, name: &str) -> Given<IdValue<'a>> {
        self.read(name, write_id, |value| match value.node() {
            Node::Text(text) => Some(IdValue::Text(text.clone())),
            Node::Number(number) if !number.contains(['.', 'e', 'E']) => Some(IdValue::Integer(number.parse().ok())),
            _ => None,
        })
    }

    /// An array of strings.
    pub fn texts(&mut self, name: &str) -> Given<Vec<Text<'a>>> {
        self.read(name, write_value, |value| value.elements()?.map(|element| element.text().cloned()).collect())
    }

    /// An object of strings; a member that is `null` is absent, and one that is no string says so itself.
    pub fn map(&mut self, name: &str) -> Given<Variables<'a>> {
        self.read(name, write_value, |value| {
            let given = value.members()?.filter(|(_, value)| !value.is_null());
            let text = |value: Value<'d, 'a>| value.text().map_or(Given::WrongType, |text| Given::Value(text.clone()));
            given.map(|(key, value)| Some((key.text()?.clone(), text(value)))).collect()
        })
    }

    /// An object of which two members are known, both strings; one that is `null` is absent.
    pub fn pair(&mut self, name: &str, members: [&'static str; 2]) -> Given<[Option<Text<'a>>; 2]> {
        let write_pair = |canonical: &mut Vec<u8>, value: Value<'d, 'a>| {
            if value.members().is_none() {
                return write_value(canonical, value);
            }
            write_head(canonical, Tag::Object, members.len());
            for member in members {
                match value.member(member) {
                    Some(value) => write_value(canonical, value),
                    None => write(canonical, Tag::Null, b""),
                }
            }
        };
        self.read(name, write_pair, |value| {
            value.members()?;
            let text = |member| match value.member(member) {
                Some(value) => value.text().cloned().map(Some),
                None => Some(None),
            };
            Some([text(members[0])?, text(members[1])?])
        })
    }

    /// The digest of the type and of the fields that were read.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of([b"payload".as_slice(), &self.canonical])
    }

    fn read<T>(
        &mut self,
        name: &str,
        write_canonical: impl FnOnce(&mut Vec<u8>, Value<'d, 'a>),
        convert: impl FnOnce(Value<'d, 'a>) -> Option<T>,
    ) -> Given<T> {
        let Some(value) = self.find(name) else { return Given::Absent };
        write(&mut self.canonical, Tag::Text, name.as_bytes());
        write_canonical(&mut self.canonical, value);
        convert(value).map_or(Given::WrongType, Given::Value)
    }

    fn find(&mut self, name: &str) -> Option<Value<'d, 'a>> {
        let is_named = |(key, _): &(Value<'_, '_>, _)| key.text().is_some_and(|key| key == name);
        let mut rest = self.rest.clone()?;
        let found = rest.find(is_named).or_else(|| {
            rest = self.object.members()?;
            rest.find(is_named)
        });
        let (_, value) = found?;
        self.rest = Some(rest);
        (!value.is_null()).then_some(value)
    }
}

/// Bytes to make room for at first: the canonical text of a usual command.
const CANONICAL_BYTES: usize = 1024;

/// What follows in a canonical text. The letters are part of the digest for good.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Tag {
    Null = b'0',
    True = b't',
    False = b'f',
    Number = b'n',
    Text = b's',
    Id = b'i',
    Array = b'a',
    Object = b'o',
}

/// The tag, how many bytes follow, and these.
fn write(canonical: &mut Vec<u8>, tag: Tag, content: &[u8]) {
    write_head(canonical, tag, content.len());
    canonical.extend_from_slice(content);
}

/// The length in base 128, lowest digit first, the high bit where another one follows: mostly one byte to digest.
fn write_head(canonical: &mut Vec<u8>, tag: Tag, mut length: usize) {
    canonical.push(tag as u8);
    while length >= 128 {
        canonical.push(128 | length.to_le_bytes()[0]);
        length >>= 7;
    }
    canonical.push(length.to_le_bytes()[0]);
}

/// 4711 and "4711" are one id; what is none counts as what it is.
fn write_id(canonical: &mut Vec<u8>, value: Value<'_, '_>) {
    match value.node() {
        Node::Number(digits) | Node::Text(digits) if CallbackId::parse(digits).is_ok() => {
            write(canonical, Tag::Id, digits.as_bytes());
        }
        _ => write_value(canonical, value),
    }
}

/// A value and all inside it, in the order of the text but for the members of objects. Does not call itself, since
/// a message may nest as deep as it likes.
fn write_value(canonical: &mut Vec<u8>, value: Value<'_, '_>) {
    let mut next = Some(value);
    let mut pending = Vec::new();
    while let Some(value) = next {
        match value.node() {
            Node::Null => write(canonical, Tag::Null, b""),
            Node::Bool(true) => write(canonical, Tag::True, b""),
            Node::Bool(false) => write(canonical, Tag::False, b""),
            Node::Number(number) => write(canonical, Tag::Number, number.as_bytes()),
            Node::Text(text) => write(canonical, Tag::Text, text.as_bytes()),
            Node::Array(_) => {
                let mut elements: Vec<_> = value.elements().into_iter().flatten().collect();
                write_head(canonical, Tag::Array, elements.len());
                elements.reverse();
                pending.append(&mut elements);
            }
            Node::Object(_) => {
                let given = value.members().into_iter().flatten().filter(|(_, value)| !value.is_null());
                let mut members: Vec<_> = given.collect();
                members.sort_unstable_by_key(|(key, _)| std::cmp::Reverse(key.text()));
                write_head(canonical, Tag::Object, members.len());
                pending.extend(members.into_iter().flat_map(|(key, value)| [value, key]));
            }
        }
        next = pending.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::super::command;
    use super::super::json::Document;
    use super::*;

    fn digest(kind: &str, payload: &str) -> String {
        let document = Document::read(payload.as_bytes()).unwrap();
        let (_, fingerprint) = command::read(&Given::Value(kind.into()), document.root());
        fingerprint.0.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
    }

    fn same(kind: &str, first: &str, second: &str) -> bool {
        digest(kind, first) == digest(kind, second)
    }

    #[test]
    fn a_pair_is_an_object_and_a_member_that_is_null_is_absent() {
        for (value, expected) in [
            ("null", Given::Absent),
            ("{}", Given::Value([None, None])),
            (r#"{"source":null,"commandId":"c"}"#, Given::Value([None, Some("c".into())])),
            (r#"{"source":"/s","commandId":"c"}"#, Given::Value([Some("/s".into()), Some("c".into())])),
            (r#"{"source":"/s","commandId":5}"#, Given::WrongType),
            (r#"["/s","c"]"#, Given::WrongType),
        ] {
            let text = format!(r#"{{"scheduledBy":{value}}}"#);
            let document = Document::read(text.as_bytes()).unwrap();
            let pair = Fields::of(document.root(), None).pair("scheduledBy", ["source", "commandId"]);
            assert_eq!(pair, expected, "{value}");
        }
    }

    #[test]
    fn digests_stay_what_they_were_in_every_version() {
        let schedule = r#"{"caption":"Call Ana","scriptType":"Phone","securityUser":"{u}","variables":{"u":"su-1","a":"é"},
            "firstName":"Ana","lastName":"García","phoneNumber":"+14155552671","skillId":4711,"targetAgentId":"1234",
            "scheduleDate":"2026-11-23T15:00:00Z","timeZone":"Europe/Madrid","notes":"n",
            "definedBranches":["Success",true]}"#;
        let amendment = r#"{"securityUser":"su-1","callbackId":"1073743450","scheduledBy":{"source":"/s","commandId":"c"},
            "reason":"r","notes":5,"skillId":-1}"#;
        assert_eq!(digest(command::SCHEDULE, schedule), "b32e2808c038cc681538877c7d2f8135");
        assert_eq!(digest(command::CANCEL, amendment), "832a73bba40a9eccffcc757def3250ae");
        assert_eq!(digest(command::RESCHEDULE, amendment), "1865ee275608db40b9679d2671140283");
        assert_eq!(digest("other", amendment), "aee88666df7d9aa92abc383bbd151d76");
    }

    #[test]
    fn the_same_command_written_differently_has_the_same_digest() {
        for (first, second) in [
            (r#"{"caption":"a","notes":"b"}"#, r#" { "notes" : "b" , "caption" : "\u0061" } "#),
            (r#"{"caption":"a"}"#, r#"{"caption":"a","notes":null,"unknown":{"x":1}}"#),
            (
                r#"{"skillId":4711,"targetAgentId":"9223372036854775807"}"#,
                r#"{"skillId":"4711","targetAgentId":9223372036854775807}"#,
            ),
            (r#"{"variables":{"a":"1","b":"2"}}"#, r#"{"variables":{"b":"2","c":null,"a":"1"}}"#),
            (r#"{"caption":{"a":[{"x":1,"y":2}],"b":3}}"#, r#"{"caption":{"b":3,"a":[{"y":2,"x":1}]}}"#),
        ] {
            assert!(same(command::SCHEDULE, first, second), "{first} {second}");
        }
        let [first, second] = [r#"{"source":"/s","commandId":"c"}"#, r#"{"commandId":"c","more":1,"source":"/s"}"#];
        assert!(same(
            command::CANCEL,
            &format!(r#"{{"scheduledBy":{first}}}"#),
            &format!(r#"{{"scheduledBy":{second}}}"#)
        ));
    }

    #[test]
    fn another_value_in_any_known_field_has_another_digest() {
        for (first, second) in [
            (r"{}", r#"{"caption":""}"#),
            (r#"{"caption":"ab"}"#, r#"{"notes":"ab"}"#),
            (r#"{"caption":"1"}"#, r#"{"caption":1}"#),
            (r#"{"caption":true}"#, r#"{"caption":false}"#),
            (r#"{"caption":[]}"#, r#"{"caption":{}}"#),
            (r#"{"caption":["a","b"]}"#, r#"{"caption":["a",["b"]]}"#),
            (r#"{"caption":["a","b"]}"#, r#"{"caption":["b","a"]}"#),
            (r#"{"skillId":4711}"#, r#"{"skillId":"04711"}"#),
            (r#"{"skillId":4711}"#, r#"{"skillId":4711.0}"#),
            (r#"{"skillId":0}"#, r#"{"skillId":"0"}"#),
            (r#"{"variables":{"a":"1","b":"2"}}"#, r#"{"variables":{"a":"2","b":"1"}}"#),
        ] {
            assert!(!same(command::SCHEDULE, first, second), "{first} {second}");
        }
        assert_ne!(digest(command::SCHEDULE, "{}"), digest(command::CANCEL, "{}"));
        assert_ne!(digest("other", r#"{"reason":"a"}"#), digest("other", r#"{"reason":"b"}"#));
        let [first, second] = [r#"{"scheduledBy":["/s","c"]}"#, r#"{"scheduledBy":{"source":"/s","commandId":"c"}}"#];
        assert!(!same(command::CANCEL, first, second));
    }
}
