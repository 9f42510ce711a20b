//! What is wrong with a value, in words that fit behind the name of its field.

use crate::domain::given::{IdFault, JsonType, Wrong};

/// What a value is instead of what was expected: "is a JSON number".
pub(super) fn is(wrong: Wrong) -> String {
    match wrong {
        Wrong::Type(found) => format!("is {}", article(found)),
        Wrong::PartType(found) => format!("has an element or member that is {}", article(found)),
        Wrong::NotUnicode => {
            r"has half of a surrogate pair (as `\ud83d` alone is), which is no Unicode text".to_owned()
        }
        Wrong::NotUtf8 => "is not UTF-8".to_owned(),
        Wrong::Name => "stands under another name".to_owned(),
        Wrong::Value => "is none of the values that it may have".to_owned(),
    }
}

const fn article(found: JsonType) -> &'static str {
    match found {
        JsonType::Null => "`null`",
        JsonType::Boolean => "a JSON boolean",
        JsonType::Number => "a JSON number",
        JsonType::Text => "a JSON string",
        JsonType::Array => "a JSON array",
        JsonType::Object => "a JSON object",
    }
}

/// Why a value is no id: "begins with a zero".
pub(super) fn no_id(fault: IdFault) -> String {
    match fault {
        IdFault::Wrong(wrong) => is(wrong),
        IdFault::NotWhole => "is not a whole number".to_owned(),
        IdFault::NotPositive => "is not above zero".to_owned(),
        IdFault::TooLarge => "is over 9223372036854775807".to_owned(),
        IdFault::LeadingZero => "begins with a zero".to_owned(),
        IdFault::Character(found) => format!("has {found}"),
        IdFault::Empty => "is empty".to_owned(),
    }
}
