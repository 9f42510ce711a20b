//! The fields of a payload: each is read once, and goes into the payload's digest as it is read.
//!
//! The digest tells a repeated command from a reused id (docs/contract.md#repeated-commands), for as long as
//! `retention.commands` and across versions of the service. It is taken of an unambiguous text of the fields that the
//! command knows, in the order in which they are read: absent ones leave no trace, an id counts the same as number and
//! as string, members of objects are sorted, other numbers count as they are written.
//!
//! What goes into it may not change, since decisions are remembered by it. Where version 0.1 took another digest of the same
//! command, because it did not know that the two ways to write a value are one, that one is taken too
//! ([`Digests::earlier`]).

use super::json::{Members, Node, Value};
use super::near::{is_nearly, is_nothing};
use crate::domain::command::Variables;
use crate::domain::given::{Given, IdValue, JsonType, Text, Wrong, whole, whole_digits};
use crate::domain::ids::{CallbackId, Fingerprint};

/// Reads the fields of one payload.
pub struct Fields<'d, 'a> {
    object: Value<'d, 'a>,
    /// What comes after the field read last: producers mostly write fields in the order we read them.
    rest: Option<Members<'d, 'a>>,
    canonical: Vec<u8>,
    /// The same as version 0.1 wrote it, from where the two differ.
    earlier: Option<Vec<u8>>,
    /// How many of the object's members were asked for.
    asked_for: usize,
    names: Names,
}

/// How the fields' names are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// A field stands under its own name.
    Own,
    /// One that is absent may stand under nearly its name, and then says so.
    Near,
}

/// Digests of one payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digests {
    /// As this version takes it.
    pub now: Fingerprint,
    /// As version 0.1 took it, where that is another one.
    pub earlier: Option<Fingerprint>,
}

/// Which version's canonical text is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Era {
    Now,
    V0_1,
}

/// The one field in which the empty text is a value.
const MAY_BE_EMPTY: &str = "targetAgentId";

impl<'d, 'a> Fields<'d, 'a> {
    /// The fields of a command of that type; of one without a readable type with `None`.
    pub fn of(object: Value<'d, 'a>, kind: Option<&str>, names: Names) -> Self {
        let mut canonical = Vec::with_capacity(CANONICAL_BYTES);
        match kind {
            Some(kind) => write(&mut canonical, Tag::Text, kind.as_bytes()),
            None => write(&mut canonical, Tag::Null, b""),
        }
        Self { object, rest: object.members(), canonical, earlier: None, asked_for: 0, names }
    }

    /// A string.
    pub fn text(&mut self, name: &str) -> Given<Text<'a>> {
        self.read(name, |_| false, |canonical, value, _| write_value(canonical, value), text)
    }

    /// An id: a JSON number, or a string, either of which is judged later.
    pub fn id(&mut self, name: &str) -> Given<IdValue<'a>> {
        let is_a_decimal = |value: Value<'d, 'a>| match value.node() {
            Node::Number(number) => number.contains(['.', 'e', 'E']),
            _ => false,
        };
        self.read(name, is_a_decimal, write_id, |value| match value.node() {
            Node::Text(text) => Ok(IdValue::Text(text.clone())),
            Node::Number(number) => Ok(IdValue::Number(number.clone())),
            _ => Err(wrong(value)),
        })
    }

    /// A whole number, cut to what fits; 2 and 2.0 are the same.
    pub fn whole(&mut self, name: &str) -> Given<i64> {
        let write_whole = |canonical: &mut Vec<u8>, value: Value<'d, 'a>, _| match value.node() {
            Node::Number(number) => match whole_digits(number.clone()) {
                Some(digits) => write(canonical, Tag::Number, digits.as_bytes()),
                None => write_value(canonical, value),
            },
            _ => write_value(canonical, value),
        };
        self.read(
            name,
            |_| false,
            write_whole,
            |value| match value.node() {
                Node::Number(number) => whole(number).ok_or(Wrong::Value),
                _ => Err(wrong(value)),
            },
        )
    }

    /// An array of strings.
    pub fn texts(&mut self, name: &str) -> Given<Vec<Text<'a>>> {
        let convert = |value: Value<'d, 'a>| {
            let elements = value.elements().ok_or_else(|| wrong(value))?;
            elements.map(|element| text(element).map_err(Wrong::of_a_part)).collect()
        };
        self.read(name, |_| false, |canonical, value, _| write_value(canonical, value), convert)
    }

    /// An object of strings; a member that is `null` is absent, and one that is no string says so itself.
    pub fn map(&mut self, name: &str) -> Given<Variables<'a>> {
        let convert = |value: Value<'d, 'a>| {
            let members = value.members().ok_or_else(|| wrong(value))?;
            let given = members.filter(|(_, value)| !value.is_null());
            Ok(given.filter_map(|(key, value)| Some((key.text()?.clone(), to_given(text(value))))).collect())
        };
        self.read(name, |_| false, |canonical, value, _| write_value(canonical, value), convert)
    }

    /// An object of which two members are known, the first a string, the second a string or a whole number; one that is
    /// `null` or empty is absent.
    pub fn pair(&mut self, name: &str, members: [&'static str; 2]) -> Given<[Option<Text<'a>>; 2]> {
        let given = move |value: Value<'d, 'a>, member| value.member(member).filter(|value| !is_nothing(*value));
        let write_pair = |canonical: &mut Vec<u8>, value: Value<'d, 'a>, era: Era| {
            if value.members().is_none() {
                return write_value(canonical, value);
            }
            write_head(canonical, Tag::Object, members.len());
            for member in members {
                let found = if era == Era::Now { given(value, member) } else { value.member(member) };
                match found.map(|value| (value, value.node())) {
                    Some((_, Node::Number(number))) if era == Era::Now && member == members[1] => {
                        match whole_digits(number.clone()) {
                            Some(digits) => write(canonical, Tag::Text, digits.as_bytes()),
                            None => write(canonical, Tag::Number, number.as_bytes()),
                        }
                    }
                    Some((value, _)) => write_value(canonical, value),
                    None => write(canonical, Tag::Null, b""),
                }
            }
        };
        let differs = |value: Value<'d, 'a>| {
            let mut members = members.into_iter().filter_map(|member| value.member(member));
            members.any(|value| is_nothing(value) || matches!(value.node(), Node::Number(_)))
        };
        self.read(name, differs, write_pair, |value| {
            value.members().ok_or_else(|| wrong(value))?;
            let first = given(value, members[0]).map(text).transpose();
            let second = given(value, members[1]).map(text_or_digits).transpose();
            Ok([first.map_err(Wrong::of_a_part)?, second.map_err(Wrong::of_a_part)?])
        })
    }

    /// The digests of the type and of the fields that were read.
    pub fn digests(&self) -> Digests {
        let digest = |canonical: &[u8]| Fingerprint::of([b"payload".as_slice(), canonical]);
        Digests { now: digest(&self.canonical), earlier: self.earlier.as_deref().map(digest) }
    }

    /// How many members were not asked for.
    pub fn strangers(&self) -> usize {
        self.object.members().map_or(0, Iterator::count).saturating_sub(self.asked_for)
    }

    fn read<T>(
        &mut self,
        name: &str,
        differs: impl Fn(Value<'d, 'a>) -> bool,
        write_canonical: impl Fn(&mut Vec<u8>, Value<'d, 'a>, Era),
        convert: impl FnOnce(Value<'d, 'a>) -> Result<T, Wrong>,
    ) -> Given<T> {
        let Some(value) = self.find(name) else { return self.absent(name) };
        let is_empty = is_nothing(value) && name != MAY_BE_EMPTY;
        if self.earlier.is_none() && (is_empty || differs(value)) {
            self.earlier = Some(self.canonical.clone());
        }
        if let Some(earlier) = &mut self.earlier {
            write(earlier, Tag::Text, name.as_bytes());
            write_canonical(earlier, value, Era::V0_1);
        }
        if is_empty {
            return self.absent(name);
        }
        write(&mut self.canonical, Tag::Text, name.as_bytes());
        write_canonical(&mut self.canonical, value, Era::Now);
        to_given(convert(value))
    }

    fn absent<T>(&self, name: &str) -> Given<T> {
        if self.names == Names::Near && self.stands_nearly(name) { Given::Wrong(Wrong::Name) } else { Given::Absent }
    }

    /// Whether something stands under nearly this name.
    fn stands_nearly(&self, name: &str) -> bool {
        self.object.members().into_iter().flatten().any(|(key, value)| {
            let is_there = !value.is_null() && (!is_nothing(value) || name == MAY_BE_EMPTY);
            is_there && key.text().is_some_and(|key| is_nearly(key, name))
        })
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
        self.asked_for += 1;
        (!value.is_null()).then_some(value)
    }
}

fn to_given<T>(read: Result<T, Wrong>) -> Given<T> {
    read.map_or_else(Given::Wrong, Given::Value)
}

/// The text of a string.
pub(super) fn text<'a>(value: Value<'_, 'a>) -> Result<Text<'a>, Wrong> {
    value.text().cloned().ok_or_else(|| wrong(value))
}

/// The text of a string, or the digits of a whole number: an id of a command or an event.
pub(super) fn text_or_digits<'a>(value: Value<'_, 'a>) -> Result<Text<'a>, Wrong> {
    match value.node() {
        Node::Number(number) => whole_digits(number.clone()).ok_or_else(|| wrong(value)),
        _ => text(value),
    }
}

/// Why a value is not of the JSON type that was expected.
pub(super) fn wrong(value: Value<'_, '_>) -> Wrong {
    Wrong::Type(match value.node() {
        Node::NotUnicode(_) => return Wrong::NotUnicode,
        Node::Null => JsonType::Null,
        Node::Bool(_) => JsonType::Boolean,
        Node::Number(_) => JsonType::Number,
        Node::Text(_) => JsonType::Text,
        Node::Array(_) => JsonType::Array,
        Node::Object(_) => JsonType::Object,
    })
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
    /// A string with half a surrogate pair, as it is written.
    NotUnicode = b'u',
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

/// 4711, 4711.0 and "4711" are one id; what is none counts as what it is. Version 0.1 did not know the second one.
fn write_id(canonical: &mut Vec<u8>, value: Value<'_, '_>, era: Era) {
    match value.node() {
        Node::Number(digits) | Node::Text(digits) if CallbackId::parse(digits).is_ok() => {
            write(canonical, Tag::Id, digits.as_bytes());
        }
        Node::Number(number) if era == Era::Now => match IdValue::Number(number.as_ref().into()).read() {
            Ok(id) => write(canonical, Tag::Id, id.to_string().as_bytes()),
            Err(_) => write_value(canonical, value),
        },
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
            Node::NotUnicode(text) => write(canonical, Tag::NotUnicode, text.as_bytes()),
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
    use crate::domain::command::Kind;

    fn digest(kind: &str, payload: &str) -> String {
        let document = Document::read(payload.as_bytes()).unwrap();
        shown(command::read(&Given::Value(kind.into()), document.root(), 0).digests.now)
    }

    fn earlier(kind: &str, payload: &str) -> Option<String> {
        let document = Document::read(payload.as_bytes()).unwrap();
        command::read(&Given::Value(kind.into()), document.root(), 0).digests.earlier.map(shown)
    }

    fn shown(digest: Fingerprint) -> String {
        digest.0.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
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
            (r#"{"source":"/s","commandId":""}"#, Given::Value([Some("/s".into()), None])),
            (r#"{"source":"/s","commandId":5}"#, Given::Value([Some("/s".into()), Some("5".into())])),
            (r#"{"source":5,"commandId":"c"}"#, Given::Wrong(Wrong::PartType(JsonType::Number))),
            (r#"{"source":"/s","commandId":[]}"#, Given::Wrong(Wrong::PartType(JsonType::Array))),
            (r#"["/s","c"]"#, Given::Wrong(Wrong::Type(JsonType::Array))),
            ("\"\"", Given::Absent),
        ] {
            let text = format!(r#"{{"scheduledBy":{value}}}"#);
            let document = Document::read(text.as_bytes()).unwrap();
            let pair = Fields::of(document.root(), None, Names::Own).pair("scheduledBy", ["source", "commandId"]);
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
        assert_eq!(digest(Kind::Schedule.name(), schedule), "b32e2808c038cc681538877c7d2f8135");
        assert_eq!(digest(Kind::Cancel.name(), amendment), "832a73bba40a9eccffcc757def3250ae");
        assert_eq!(digest(Kind::Reschedule.name(), amendment), "1865ee275608db40b9679d2671140283");
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
            (r#"{"caption":"a"}"#, r#"{"caption":"a","notes":"","skillId":"","variables":"","definedBranches":""}"#),
            (r#"{"skillId":4711}"#, r#"{"skillId":4711.0}"#),
            (r#"{"skillId":"4711"}"#, r#"{"skillId":4.711e3}"#),
            (r#"{"caption":{"a":[{"x":1,"y":2}],"b":3}}"#, r#"{"caption":{"b":3,"a":[{"y":2,"x":1}]}}"#),
        ] {
            assert!(same(Kind::Schedule.name(), first, second), "{first} {second}");
        }
        let [first, second] = [r#"{"source":"/s","commandId":"c"}"#, r#"{"commandId":"c","more":1,"source":"/s"}"#];
        let by = |key: &str| format!(r#"{{"scheduledBy":{key}}}"#);
        assert!(same(Kind::Cancel.name(), &by(first), &by(second)));
        let [number, text] = [r#"{"source":"/s","commandId":17}"#, r#"{"source":"/s","commandId":"17"}"#];
        assert!(same(Kind::Cancel.name(), &by(number), &by(text)));
        assert!(same(Kind::Cancel.name(), &by(r#"{"source":"/s","commandId":""}"#), &by(r#"{"source":"/s"}"#)));
    }

    /// What version 0.1 remembered of these is found again.
    #[test]
    fn the_digest_of_version_0_1_is_there_too_where_it_was_another_one() {
        for (payload, digest) in [
            (r#"{"caption":"","notes":"n"}"#, "20294912d3614407a1fde096b5d6f2f0"),
            (r#"{"notes":"n","skillId":4711.0,"caption":"c"}"#, "b253a9ebe849f2eca0fadbd0c48c414b"),
        ] {
            assert_eq!(earlier(Kind::Schedule.name(), payload).as_deref(), Some(digest), "{payload}");
        }
        for (payload, digest) in [
            (r#"{"scheduledBy":{"source":"","commandId":"c"}}"#, "df2537586c7a77e9aab0555a9c5c55d5"),
            (r#"{"scheduledBy":{"source":"/s","commandId":17}}"#, "dbc8263c1056370c16d67059c74ff889"),
        ] {
            assert_eq!(earlier(Kind::Cancel.name(), payload).as_deref(), Some(digest), "{payload}");
        }
        for same in [r#"{"notes":"n","targetAgentId":""}"#, r#"{"skillId":4711,"caption":null}"#] {
            assert_eq!(earlier(Kind::Schedule.name(), same), None, "{same}");
        }
    }

    #[test]
    fn a_field_that_is_absent_and_stands_under_nearly_its_name_is_found() {
        let named = |payload: &str| {
            let document = Document::read(payload.as_bytes()).unwrap();
            let mut fields = Fields::of(document.root(), None, Names::Near);
            let known = ["timeZone", "targetAgentId", "notes"];
            let misnamed = known.into_iter().filter(|name| fields.text(name) == Given::Wrong(Wrong::Name));
            (misnamed.collect::<Vec<_>>(), fields.strangers())
        };
        assert_eq!(named(r#"{"timezone":"UTC","notes":"n"}"#), (vec!["timeZone"], 1));
        assert_eq!(named(r#"{"time_zone":"UTC","timeZone":"","Notes":"n"}"#), (vec!["timeZone", "notes"], 2));
        assert_eq!(named(r#"{"timezone":"UTC","timeZone":"UTC"}"#), (vec![], 1));
        assert_eq!(named(r#"{"timezone":null,"NOTES":"","target_agent_id":""}"#), (vec!["targetAgentId"], 3));
        assert_eq!(named(r#"{"timeZone":null,"notes":"n","targetAgentId":5}"#), (vec![], 0));
    }

    #[test]
    fn a_whole_number_is_the_same_however_it_is_written() {
        for (value, expected) in [
            ("2", Given::Value(2)),
            ("2.0", Given::Value(2)),
            ("-1", Given::Value(-1)),
            ("99999999999999999999", Given::Value(i64::MAX)),
            ("-1e30", Given::Value(-i64::MAX)),
            ("1.5", Given::Wrong(Wrong::Value)),
            (r#""2""#, Given::Wrong(Wrong::Type(JsonType::Text))),
            ("true", Given::Wrong(Wrong::Type(JsonType::Boolean))),
            ("null", Given::Absent),
        ] {
            let payload = format!(r#"{{"attempt":{value}}}"#);
            let document = Document::read(payload.as_bytes()).unwrap();
            assert_eq!(Fields::of(document.root(), None, Names::Own).whole("attempt"), expected, "{value}");
        }
        let by = |attempt: &str| format!(r#"{{"attempt":{attempt},"outcome":"busy"}}"#);
        assert!(same(Kind::Report.name(), &by("2"), &by("2.0")));
        assert!(!same(Kind::Report.name(), &by("2"), &by("3")));
        assert!(!same(Kind::Report.name(), &by("2"), &by(r#""2""#)));
    }

    #[test]
    fn another_value_in_any_known_field_has_another_digest() {
        for (first, second) in [
            (r"{}", r#"{"targetAgentId":""}"#),
            (r"{}", r#"{"notAfter":"2026-11-23T15:00:00Z"}"#),
            (r#"{"notes":"\ud83d"}"#, r#"{"notes":"\ud83e"}"#),
            (r#"{"notes":"\ud83d"}"#, r#"{"notes":"\\ud83d"}"#),
            (r#"{"caption":"ab"}"#, r#"{"notes":"ab"}"#),
            (r#"{"caption":"1"}"#, r#"{"caption":1}"#),
            (r#"{"caption":true}"#, r#"{"caption":false}"#),
            (r#"{"caption":[]}"#, r#"{"caption":{}}"#),
            (r#"{"caption":["a","b"]}"#, r#"{"caption":["a",["b"]]}"#),
            (r#"{"caption":["a","b"]}"#, r#"{"caption":["b","a"]}"#),
            (r#"{"skillId":4711}"#, r#"{"skillId":"04711"}"#),
            (r#"{"skillId":4711}"#, r#"{"skillId":"4711.0"}"#),
            (r#"{"skillId":4711}"#, r#"{"skillId":4711.5}"#),
            (r#"{"skillId":0}"#, r#"{"skillId":"0"}"#),
            (r#"{"variables":{"a":"1","b":"2"}}"#, r#"{"variables":{"a":"2","b":"1"}}"#),
        ] {
            assert!(!same(Kind::Schedule.name(), first, second), "{first} {second}");
        }
        assert_ne!(digest(Kind::Schedule.name(), "{}"), digest(Kind::Cancel.name(), "{}"));
        assert_ne!(digest("other", r#"{"reason":"a"}"#), digest("other", r#"{"reason":"b"}"#));
        let [first, second] = [r#"{"scheduledBy":["/s","c"]}"#, r#"{"scheduledBy":{"source":"/s","commandId":"c"}}"#];
        assert!(!same(Kind::Cancel.name(), first, second));
    }
}
