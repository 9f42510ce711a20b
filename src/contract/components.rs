//! Named schemas in one place: what has a title becomes a component, and a reference stands in its place.

use serde_json::{Map, Value, json};

/// Schemas of an AsyncAPI document, by their names.
#[derive(Debug, Default)]
pub(super) struct Schemas(Map<String, Value>);

impl Schemas {
    /// Takes every schema with a title out of this one; what is left, or a reference to it.
    ///
    /// Two schemas with one title are the same: a test compares them.
    pub(super) fn take(&mut self, schema: Value) -> Value {
        match schema {
            Value::Object(members) => {
                let members: Map<_, _> = members.into_iter().map(|(key, value)| (key, self.take(value))).collect();
                match members.get("title").and_then(Value::as_str).map(name) {
                    Some(name) => {
                        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
                        let former = self.0.insert(name, Value::Object(members.clone()));
                        debug_assert!(former.is_none_or(|former| former == Value::Object(members)));
                        reference
                    }
                    None => Value::Object(members),
                }
            }
            Value::Array(elements) => elements.into_iter().map(|element| self.take(element)).collect(),
            other => other,
        }
    }

    /// All of them, in the order of their names.
    pub(super) fn into_value(self) -> Value {
        let mut schemas: Vec<_> = self.0.into_iter().collect();
        schemas.sort_by(|(one, _), (other, _)| one.cmp(other));
        Value::Object(schemas.into_iter().collect())
    }
}

/// `Violation code` → `ViolationCode`
fn name(title: &str) -> String {
    let capitalised =
        |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect();
    title.split_whitespace().map(capitalised).collect::<Vec<String>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_title_becomes_a_component_wherever_it_stands() {
        let mut schemas = Schemas::default();
        let inner = json!({"title": "Violation code", "type": "string"});
        let outer = json!({"title": "Result", "properties": {"codes": {"type": "array", "items": inner}, "title": {}}});
        let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        assert_eq!(schemas.take(outer), reference("Result"));
        assert_eq!(schemas.take(json!({"type": "string"})), json!({"type": "string"}));
        let codes = json!({"type": "array", "items": reference("ViolationCode")});
        let result = json!({"title": "Result", "properties": {"codes": codes, "title": {}}});
        assert_eq!(schemas.into_value(), json!({"Result": result, "ViolationCode": inner}));
    }
}
