//! The JSON Schemas of `config/schemas`, which producers and routers generate their code from.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use jsonschema::Validator;
use serde_json::Value;

use super::command::Form;

/// All of them, by the name of their file.
pub struct Schemas {
    validators: HashMap<String, Validator>,
}

impl Schemas {
    /// Reads the files as an integrator would.
    pub fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/schemas");
        let validators = fs::read_dir(folder).unwrap().map(|entry| {
            let path = entry.unwrap().path();
            let schema: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), validator)
        });
        Self { validators: validators.collect() }
    }

    /// Holds a message against one of them.
    pub fn check(&self, name: &str, message: &Value) {
        let faults: Vec<String> = self.validators[name]
            .iter_errors(message)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{message} is not what config/schemas/{name}.json says:\n{}", faults.join("\n"));
    }

    /// Holds a command that the service takes against the schemas of its form and of its type; returns their names.
    pub fn check_command(&self, form: Form, kind: &str, value: &Value) -> Vec<&'static str> {
        let of_its_type = match kind {
            "callback.schedule.v1" => "schedule-command",
            "callback.cancel.v1" => "cancel-command",
            _ => "reschedule-command",
        };
        let parts = match form {
            Form::Binary => vec![(of_its_type, value)],
            Form::Structured => vec![("structured-command", value), (of_its_type, &value["data"])],
            Form::Plain => vec![("plain-command", value)],
        };
        for (name, part) in &parts {
            self.check(name, part);
        }
        parts.into_iter().map(|(name, _)| name).collect()
    }
}
