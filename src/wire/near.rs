//! Names that are nearly those of fields (docs/contract.md#the-schedule-command): what a producer meant, and nobody
//! would have noticed.

use super::json::{Node, Value};

/// Whether a key is that name except for case, `-` and `_`, and not that name itself.
pub(super) fn is_nearly(key: &str, name: &str) -> bool {
    key != name && is_the_same_written_otherwise(key, name)
}

fn is_the_same_written_otherwise(key: &str, name: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = u8> {
        let letters = name.bytes().filter(|byte| !matches!(byte, b'-' | b'_'));
        letters.map(|byte| byte.to_ascii_lowercase())
    }
    letters(key).eq(letters(name))
}

/// Whether a value is the same as absent: `null`, or the empty text.
pub(super) fn is_nothing(value: Value<'_, '_>) -> bool {
    match value.node() {
        Node::Null => true,
        Node::Text(text) => text.is_empty(),
        _ => false,
    }
}

/// Whether the object has something under one of these names, or nearly so.
pub(super) fn has_nearly(object: Value<'_, '_>, names: &[&str], own: &str) -> bool {
    object.members().into_iter().flatten().any(|(key, value)| {
        let is_one = |key: &str| key != own && names.iter().any(|name| is_the_same_written_otherwise(key, name));
        !is_nothing(value) && key.text().is_some_and(|key| is_one(key))
    })
}

#[cfg(test)]
mod tests {
    use super::super::json::Document;
    use super::*;

    #[test]
    fn a_name_is_nearly_another_except_for_case_hyphens_and_underscores() {
        for key in ["phone_number", "phonenumber", "PhoneNumber", "PHONE-NUMBER", "phone-Number_"] {
            assert!(is_nearly(key, "phoneNumber"), "{key}");
        }
        for key in ["phoneNumber", "phone number", "phoneNumbers", "phone", "", "phoneNümber"] {
            assert!(!is_nearly(key, "phoneNumber"), "{key}");
        }
    }

    #[test]
    fn what_is_null_or_empty_stands_under_no_name() {
        for (text, has) in [
            (r#"{"tenant":"acme"}"#, true),
            (r#"{"ce_tenantid":7}"#, true),
            (r#"{"tenant":null}"#, false),
            (r#"{"tenant":""}"#, false),
            (r#"{"tenantId":"acme"}"#, false),
            (r#"{"tenants":"acme"}"#, false),
        ] {
            let document = Document::read(text.as_bytes()).unwrap();
            assert_eq!(has_nearly(document.root(), &["tenantId", "tenant", "cetenantid"], "tenantId"), has, "{text}");
        }
    }
}
