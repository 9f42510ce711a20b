//! The three layers laid over each other: for each key the value that counts, and where it was given.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::Range;
use std::sync::LazyLock;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Key, Origin};
use super::named_file::NamedFile;
use super::values::written;
use crate::domain::time::duration;

/// The defaults, and the list of what can be set.
const DEFAULTS: &str = include_str!("../../config/service.toml");
/// How the defaults are named in a message; only a fault of the program can bring one up.
pub(super) const DEFAULTS_NAME: &str = "config/service.toml (compiled in)";
/// Tables whose keys are free.
const OPEN_TABLES: [&[&str]; 2] = [&["kafka", "properties"], &["tenants"]];
/// What the names of all variables begin with.
const VARIABLE_PREFIX: &str = "SCHEDULE_CALLBACK__";

/// The defaults, read once.
static DEFAULT_LAYER: LazyLock<Result<Layers, ConfigError>> = LazyLock::new(|| {
    let mut layers = Layers::default();
    Document { name: DEFAULTS_NAME, text: DEFAULTS, known: None }.lay_over(&mut layers)?;
    Ok(layers)
});

/// A value that a setting can have.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Scalar {
    Text(String),
    Integer(i64),
    Boolean(bool),
}

/// A value and where it was given.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    value: Scalar,
    origin: Origin,
}

/// Every setting that has a value.
#[derive(Debug, Default)]
pub(super) struct Layers(BTreeMap<Key, Setting>);

impl Layers {
    /// Lays file and variables over the defaults. Only keys of the defaults are taken, with the TOML type they have
    /// there; the open tables take any.
    pub(super) fn read(
        file: Option<(&str, &str)>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let known = DEFAULT_LAYER.as_ref().map_err(Clone::clone)?;
        let mut layers = Self(known.0.clone());
        if let Some((name, text)) = file {
            Document { name, text, known: Some(known) }.lay_over(&mut layers)?;
        }
        for (name, value) in environment {
            if let Some(name) = name.to_str().filter(|name| name.starts_with(VARIABLE_PREFIX)) {
                layers.set_variable(name, value)?;
            }
        }
        Ok(layers)
    }

    /// The value that `read` makes of a text; `expected` says what it takes.
    pub(super) fn text<T>(
        &self,
        name: &'static str,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        let (key, setting) = self.fixed(name)?;
        setting.text(key, expected, read)
    }

    /// A text that holds a secret, for `read` to find its faults.
    pub(super) fn secret<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str, &Key, &Origin) -> Result<T, ConfigError>,
    ) -> Result<T, ConfigError> {
        let (key, setting) = self.fixed(name)?;
        match &setting.value {
            Scalar::Text(text) => read(text, key, &setting.origin),
            Scalar::Integer(_) | Scalar::Boolean(_) => Err(setting.unknown(key)),
        }
    }

    /// The file that a setting names; none where it is empty.
    pub(super) fn file(&self, name: &'static str) -> Result<Option<NamedFile>, ConfigError> {
        let (key, setting) = self.fixed(name)?;
        setting.text(key, "a path", |path| {
            Some((!path.is_empty()).then(|| NamedFile::new(key.clone(), setting.origin.clone(), path.into())))
        })
    }

    /// A duration that is at least so long.
    pub(super) fn duration(&self, name: &'static str, least: Duration) -> Result<Duration, ConfigError> {
        let (least_written, most_days) = (written(least), duration::LONGEST.as_secs() / 86_400);
        let expected = format!("a duration from {least_written} to {most_days}d, as in \"500ms\", \"10s\" or \"7d\"");
        self.text(name, &expected, |text| duration::parse(text).filter(|&length| length >= least))
    }

    /// A number from 1 to `most`.
    pub(super) fn size(&self, name: &'static str, most: usize) -> Result<usize, ConfigError> {
        let (key, setting) = self.fixed(name)?;
        let size = match setting.value {
            Scalar::Integer(number) => usize::try_from(number).ok().filter(|size| (1..=most).contains(size)),
            Scalar::Text(_) | Scalar::Boolean(_) => None,
        };
        size.ok_or_else(|| setting.refused(key, &format!("a number from 1 to {most}")))
    }

    /// The fault of a value that does not go with others.
    pub(super) fn refuse(&self, name: &'static str, expected: &str) -> ConfigError {
        match self.fixed(name) {
            Ok((key, setting)) => setting.refused(key, expected),
            Err(missing) => missing,
        }
    }

    /// All settings of a section.
    pub(super) fn under(&self, section: &str) -> impl Iterator<Item = (&Key, &Setting)> {
        self.0.iter().filter(move |(key, _)| key.parts().first().is_some_and(|first| first == section))
    }

    /// All settings, by key.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Key, &Setting)> {
        self.0.iter()
    }

    fn fixed(&self, name: &'static str) -> Result<(&Key, &Setting), ConfigError> {
        self.0.get_key_value(&Key::fixed(name)).ok_or_else(|| ConfigError::Unknown {
            origin: Origin::Line { file: DEFAULTS_NAME.to_owned(), line: 1 },
            key: name.to_owned(),
        })
    }

    fn is_section(&self, key: &Key) -> bool {
        self.0.keys().any(|known| known.parts().starts_with(key.parts()) && known != key)
    }

    fn set_variable(&mut self, name: &str, value: OsString) -> Result<(), ConfigError> {
        let origin = Origin::Variable(name.to_owned());
        let found = self.0.iter_mut().find(|(key, _)| !is_open(key) && variable_of(key) == name);
        let Some((key, setting)) = found else {
            let key = Key::fixed(&name[VARIABLE_PREFIX.len()..].to_lowercase().replace("__", "."));
            let unknown = ConfigError::Unknown { origin: origin.clone(), key: key.to_string() };
            return Err(if is_open(&key) { ConfigError::FileOnly { origin } } else { unknown });
        };
        let Ok(text) = value.into_string() else {
            let expected = "UTF-8".to_owned();
            return Err(ConfigError::SecretRefused { origin, key: key.clone(), expected });
        };
        let value = match setting.value {
            Scalar::Text(_) => Scalar::Text(text),
            Scalar::Integer(_) => match text.parse() {
                Ok(number) => Scalar::Integer(number),
                Err(_) => {
                    return Err(Setting { value: Scalar::Text(text), origin }.refused(key, "a whole number"));
                }
            },
            Scalar::Boolean(_) => match text.parse() {
                Ok(truth) => Scalar::Boolean(truth),
                Err(_) => {
                    return Err(Setting { value: Scalar::Text(text), origin }.refused(key, "true or false"));
                }
            },
        };
        *setting = Setting { value, origin };
        Ok(())
    }
}

impl Setting {
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The value that `read` makes of a text; `expected` says what it takes.
    pub(super) fn text<T>(
        &self,
        key: &Key,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        let text = match &self.value {
            Scalar::Text(text) => Some(text),
            Scalar::Integer(_) | Scalar::Boolean(_) => None,
        };
        text.and_then(|text| read(text)).ok_or_else(|| self.refused(key, expected))
    }

    /// The value as librdkafka takes it: always a text.
    pub(super) fn as_property(&self) -> String {
        match &self.value {
            Scalar::Text(text) => text.clone(),
            Scalar::Integer(number) => number.to_string(),
            Scalar::Boolean(truth) => truth.to_string(),
        }
    }

    /// The value as TOML writes it.
    pub(super) fn as_toml(&self) -> String {
        match &self.value {
            // TOML has the escapes of a basic string that JSON has.
            Scalar::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
            Scalar::Integer(_) | Scalar::Boolean(_) => self.as_property(),
        }
    }

    pub(super) fn unknown(&self, key: &Key) -> ConfigError {
        ConfigError::Unknown { origin: self.origin.clone(), key: key.to_string() }
    }

    fn refused(&self, key: &Key, expected: &str) -> ConfigError {
        let value = match &self.value {
            Scalar::Text(text) => format!("{text:?}"),
            Scalar::Integer(_) | Scalar::Boolean(_) => self.as_property(),
        };
        ConfigError::Refused { origin: self.origin.clone(), key: key.clone(), value, expected: expected.to_owned() }
    }
}

/// A TOML text on its way into the layers.
struct Document<'a> {
    name: &'a str,
    text: &'a str,
    /// The keys it may have; any for the defaults.
    known: Option<&'a Layers>,
}

impl Document<'_> {
    fn lay_over(&self, layers: &mut Layers) -> Result<(), ConfigError> {
        let table = DeTable::parse(self.text).map_err(|error| ConfigError::Syntax {
            origin: self.origin(error.span().unwrap_or_default()),
            reason: error.message().to_owned(),
        })?;
        self.lay_table_over(table.get_ref(), &[], layers)
    }

    fn lay_table_over(&self, table: &DeTable<'_>, path: &[&str], layers: &mut Layers) -> Result<(), ConfigError> {
        for (name, value) in table {
            let path = [path, &[name.get_ref().as_ref()]].concat();
            let key = Key::new(&path);
            let origin = self.origin(name.span());
            self.check(&key, value.get_ref(), &origin)?;
            match value.get_ref() {
                DeValue::Table(table) => self.lay_table_over(table, &path, layers)?,
                value => {
                    let value = scalar(value).map_err(|(expected, found)| ConfigError::WrongType {
                        origin: origin.clone(),
                        key: key.clone(),
                        expected,
                        found,
                    })?;
                    layers.0.insert(key, Setting { value, origin });
                }
            }
        }
        Ok(())
    }

    /// Refuses a key that is not known, and a type that the known one does not have.
    fn check(&self, key: &Key, value: &DeValue<'_>, origin: &Origin) -> Result<(), ConfigError> {
        let Some(known) = self.known else { return Ok(()) };
        let expected = match known.0.get(key) {
            Some(Setting { value: Scalar::Text(_), .. }) => "a string",
            Some(Setting { value: Scalar::Integer(_), .. }) => "an integer",
            Some(Setting { value: Scalar::Boolean(_), .. }) => "a boolean",
            None if is_open_table(key) || known.is_section(key) => "a table",
            None if is_open(key) => return Ok(()),
            None => return Err(ConfigError::Unknown { origin: origin.clone(), key: key.to_string() }),
        };
        let found = type_name(value);
        if found == expected {
            return Ok(());
        }
        Err(ConfigError::WrongType { origin: origin.clone(), key: key.clone(), expected, found })
    }

    fn origin(&self, span: Range<usize>) -> Origin {
        let before = self.text.as_bytes().iter().take(span.start);
        let line = 1 + before.filter(|&&byte| byte == b'\n').count();
        Origin::Line { file: self.name.to_owned(), line }
    }
}

/// Whether it is an open table itself.
fn is_open_table(key: &Key) -> bool {
    OPEN_TABLES.iter().any(|&table| key.parts() == table)
}

/// Whether it is an open table or lies in one.
fn is_open(key: &Key) -> bool {
    OPEN_TABLES.iter().any(|&table| key.parts().len() >= table.len() && key.parts()[..table.len()] == *table)
}

fn variable_of(key: &Key) -> String {
    format!("{VARIABLE_PREFIX}{}", key.parts().join("__").to_uppercase())
}

/// The value, or which type it should have and which it has.
fn scalar(value: &DeValue<'_>) -> Result<Scalar, (&'static str, &'static str)> {
    match value {
        DeValue::String(text) => Ok(Scalar::Text(text.to_string())),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(Scalar::Integer)
            .map_err(|_| ("an integer of 64 bits", "a longer one")),
        DeValue::Boolean(truth) => Ok(Scalar::Boolean(*truth)),
        other => Err(("a string, an integer or a boolean", type_name(other))),
    }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
