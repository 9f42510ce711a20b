//! The value of a field as it was sent, and what can be wrong with it before anything is known about the value itself.

use std::borrow::Cow;

/// The value of an optional JSON field; `null`, and `""` in every field but `targetAgentId`, is the same as absent
/// (docs/contract.md#the-schedule-command).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Given<T> {
    /// Not there, or `null` or empty.
    #[default]
    Absent,
    /// There, and nothing that the field can have.
    Wrong(Wrong),
    /// There.
    Value(T),
}

/// Why what is given cannot be the value of a field, before anything is known about the value itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wrong {
    /// It has another JSON type than the field.
    Type(JsonType),
    /// One of its elements or members has another JSON type than those of the field.
    PartType(JsonType),
    /// It stands under a name that is nearly the field's, and under the field's own name there is nothing.
    Name,
    /// It has half a surrogate pair, which is no Unicode text.
    NotUnicode,
    /// Its bytes are not UTF-8: a header only, since a value of such bytes is no JSON.
    NotUtf8,
    /// It has the JSON type of the field, and is none of the values that the field has.
    Value,
}

impl Wrong {
    /// The same where it is an element's or a member's fault.
    #[must_use]
    pub const fn of_a_part(self) -> Self {
        match self {
            Self::Type(found) => Self::PartType(found),
            other => other,
        }
    }
}

/// What JSON calls a value (RFC 8259 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JsonType {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean,
    /// A number.
    Number,
    /// A string.
    Text,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// A text of the payload, borrowed from it where it has no escapes.
pub type Text<'a> = Cow<'a, str>;
