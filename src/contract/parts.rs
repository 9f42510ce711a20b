//! What several schemas are made of.

use serde_json::{Map, Value, json};

use crate::domain::answer::Branch;
use crate::domain::command::text::TextRule;
use crate::domain::commitment::PhoneNumber;
use crate::domain::ids::Tenant;
use crate::domain::phone;
use crate::domain::time::schedule_date;

/// A positive id below 10^19 as text, without leading zeros.
const DIGITS: &str = "[1-9][0-9]{0,18}";

/// No character of category Cc.
pub(super) const NO_CONTROLS: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";

/// The same, but for tab, LF and CR.
const NO_CONTROLS_BUT_LAYOUT: &str = "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$";

/// An instant as the service writes it: UTC, whole seconds or six digits.
const WRITTEN_INSTANT: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?Z$";

/// ISO 8601 as far as a pattern can tell it (docs/contract.md#dates): date and time both extended or both basic; the
/// offset `-00` is none. Ranges and leap seconds are for the service to judge.
const SCHEDULE_DATE: &str = concat!(
    "^(([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-W[0-9]{2}-[0-9]|[0-9]{4}-[0-9]{3})T[0-9]{2}(:[0-9]{2}(:[0-9]{2})?)?",
    "|([0-9]{8}|[0-9]{4}W[0-9]{3}|[0-9]{7})T[0-9]{2}([0-9]{2}([0-9]{2})?)?)",
    "([.,][0-9]+)?(Z|[+][0-9]{2}(:?[0-9]{2})?|[\u{2212}-](?!00(:?00)?$)[0-9]{2}(:?[0-9]{2})?)",
);

/// The pattern of a date whose offset occurs so often: `?` where it may be left out.
fn schedule_date_pattern(offset: &str) -> String {
    format!("{SCHEDULE_DATE}{offset}$")
}

/// An object with these properties.
pub(super) fn object(title: &str, description: &str, properties: Vec<(&str, Value)>, required: &[&str]) -> Value {
    json!({
        "title": title,
        "description": description,
        "type": "object",
        "properties": named(properties),
        "required": required,
    })
}

/// An object of named values, in their order.
pub(super) fn named(values: Vec<(&str, Value)>) -> Value {
    Value::Object(values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

/// The schema, with a description in front.
pub(super) fn described(description: &str, schema: Value) -> Value {
    let mut all = json!({"description": description});
    if let (Value::Object(all), Value::Object(schema)) = (&mut all, schema) {
        all.extend(schema);
    }
    all
}

/// The schema under a name of its own: in the AsyncAPI document it is a component, and a class of what is generated
/// from that. The name is the title's words joined, each with a capital letter.
pub(super) fn titled(title: &str, schema: Value) -> Value {
    let mut all = json!({"title": title});
    if let (Value::Object(all), Value::Object(schema)) = (&mut all, schema) {
        all.extend(schema);
    }
    all
}

/// What must hold of several members together, behind two `not`: there generators of classes do not look, which would make
/// a class of each alternative, or mix the types of all of them. `minProperties` tells renderers that it is an object still.
pub(super) fn together(mut object: Value, condition: &Value) -> Value {
    object["not"] = json!({"minProperties": 0, "not": condition});
    object
}

/// The texts that may stand here, each with what it means.
pub(super) fn enumeration<'a>(values: impl IntoIterator<Item = (&'a str, String)>) -> Value {
    let (values, meanings): (Vec<_>, Vec<_>) = values.into_iter().unzip();
    json!({"type": "string", "enum": values, "x-enum-descriptions": meanings})
}

/// The schema, or `null`.
pub(super) fn nullable(mut schema: Value) -> Value {
    if let Some(choices) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        choices.push(Value::Null);
    }
    if let Some(choices) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        choices.push(json!({"type": "null"}));
    }
    if let Some(kind) = schema.get_mut("type") {
        *kind = json!([kind.take(), "null"]);
    }
    schema
}

/// The schema, or `null` or the empty text: both are the same as absent.
pub(super) fn optional(schema: Value) -> Value {
    let mut choices = match schema {
        Value::Object(mut schema) if schema.contains_key("anyOf") => schema.shift_remove("anyOf").unwrap_or_default(),
        schema => json!([schema]),
    };
    if let Some(choices) = choices.as_array_mut() {
        choices.extend([json!({"const": ""}), json!({"type": "null"})]);
    }
    json!({"anyOf": choices})
}

/// A text under that rule.
pub(super) fn text(rule: &TextRule) -> Value {
    let pattern = if rule.layout { NO_CONTROLS_BUT_LAYOUT } else { NO_CONTROLS };
    match rule.limit {
        Some(limit) => json!({"type": "string", "maxLength": limit, "pattern": pattern}),
        None => json!({"type": "string", "pattern": pattern}),
    }
}

/// An id as a sender may write it.
pub(super) fn id_in() -> Value {
    json!({
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": i64::MAX},
            {"type": "string", "pattern": format!("^{DIGITS}$")},
        ],
    })
}

/// The same; the empty text stands for none.
pub(super) fn id_or_empty() -> Value {
    json!({
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": i64::MAX},
            {"type": "string", "pattern": format!("^({DIGITS})?$")},
        ],
    })
}

/// An id as the service writes it.
pub(super) fn id_out() -> Value {
    json!({"type": "string", "pattern": format!("^{DIGITS}$")})
}

pub(super) fn tenant() -> Value {
    json!({"type": "string", "pattern": format!("^[A-Za-z0-9._-]{{1,{}}}$", Tenant::MAX_BYTES)})
}

/// An attribute of an event: a text of at least one and at most that many bytes.
pub(super) fn attribute(max_bytes: Option<usize>) -> Value {
    let mut schema = json!({"type": "string", "minLength": 1, "pattern": NO_CONTROLS});
    if let Some(max_bytes) = max_bytes {
        schema["maxLength"] = max_bytes.into();
    }
    schema
}

/// The same, or a whole number, whose digits count.
pub(super) fn attribute_or_number(attribute: &Value) -> Value {
    json!({"anyOf": [attribute, {"type": "integer"}]})
}

/// An instant that is read: RFC 3339, or a date and time with an offset of docs/contract.md#dates.
pub(super) fn instant_in() -> Value {
    json!({
        "anyOf": [
            {"type": "string", "format": "date-time"},
            {"type": "string", "maxLength": schedule_date::MAX_BYTES, "pattern": schedule_date_pattern("")},
        ],
    })
}

/// An instant that is written.
pub(super) fn instant_out() -> Value {
    json!({"type": "string", "format": "date-time", "pattern": WRITTEN_INSTANT})
}

pub(super) fn schedule_date() -> Value {
    json!({"type": "string", "maxLength": schedule_date::MAX_BYTES, "pattern": schedule_date_pattern("?")})
}

/// The grammar of docs/contract.md#phone-numbers: blanks, `+`, digits and separators, an extension.
pub(super) fn phone_number_in() -> Value {
    let mark = r";[eE][xX][tT]=|([xX]|[eE][xX][tT](\.|[eE][nN][sS][iI][oO][nN])?) *";
    let extension = format!("({mark})[0-9]{{1,{}}}[ ./()-]*", phone::MAX_EXTENSION_DIGITS);
    let pattern = format!(r"^ *[+]?[ ./()-]*[0-9][0-9 ./()-]*({extension})?$");
    json!({"type": "string", "maxLength": phone::MAX_BYTES, "pattern": pattern})
}

pub(super) fn e164() -> Value {
    json!({"type": "string", "pattern": format!("^[+][1-9][0-9]{{1,{}}}$", PhoneNumber::MAX_DIGITS - 1)})
}

pub(super) fn extension() -> Value {
    json!({"type": "string", "pattern": format!("^[0-9]{{1,{}}}$", phone::MAX_EXTENSION_DIGITS)})
}

/// A branch, and what this one is for.
pub(super) fn branch(title: &str, description: &str) -> Value {
    let meaning = |branch| match branch {
        Branch::InvalidSecurityUser => "The security user is unknown, inactive or not allowed to do this.",
        Branch::InvalidSkillId => "The skill is unknown, inactive or not an outbound phone skill.",
        Branch::InvalidTargetAgentId => "The target agent is unknown or inactive.",
        Branch::InvalidScheduleDate => "The date cannot be read or lies outside what is allowed.",
        Branch::InvalidPhoneNumber => "The phone number cannot be called.",
        Branch::Default => "Anything else is wrong, or the script has not defined the branch of the condition.",
        Branch::Success => "The callback stands as asked.",
    };
    let branches = Branch::ALL.map(|branch| (branch.name(), meaning(branch).to_owned()));
    titled(title, described(description, enumeration(branches)))
}
