//! The records that real libraries sent (`tests/cases/producers`), what is right for each, and the programs that sent them.

#![allow(dead_code, reason = "each program that includes this uses another part of it")]

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// What one library sent: a file of `tests/cases/producers`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// Its name here; the file's too.
    #[serde(rename = "library")]
    pub name: String,
    /// Its name in the language's registry; none where the records were made by the format that is documented of it.
    pub package: Option<String>,
    /// Its version.
    pub version: String,
    /// In the order in which they were sent.
    pub records: Vec<Recorded>,
}

/// A record, as it was in the topic.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// Its name, unique within the library.
    pub case: String,
    pub key: Option<Bytes>,
    pub headers: Vec<(String, Option<Bytes>)>,
    pub value: Option<Bytes>,
    /// Said by a person; kept when the records are written anew.
    pub right: Option<Right>,
}

/// What a record has to come to.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", untagged)]
pub enum Right {
    /// It is that command of `tools/producers/commands.json`.
    #[serde(rename_all = "camelCase")]
    Command {
        command: String,
        id: String,
        tenant: String,
        correlation: Option<String>,
        /// RFC 3339; none where the record's own timestamp counts.
        issued_at: Option<String>,
        /// Whether its fields are written in another way than in that file, so that it need not count as the same command.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        other_payload: bool,
    },
    /// It belongs into the dead-letter topic.
    #[serde(rename_all = "camelCase")]
    Malformed {
        malformed: String,
        /// Where the command id can be read: a result is owed.
        id: Option<String>,
        tenant: Option<String>,
        correlation: Option<String>,
        /// One of these words is in what the producer or the operator is told, in any case.
        says: Vec<String>,
    },
}

/// Bytes: as text where they are text that a person can read, else in base64.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Bytes {
    Text(String),
    Base64 { base64: String },
}

impl Bytes {
    pub fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains(|c: char| c.is_control() && c != '\n' || c == '\u{feff}') => {
                Self::Text(text.to_owned())
            }
            _ => Self::Base64 { base64: STANDARD.encode(bytes) },
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::Base64 { base64 } => STANDARD.decode(base64).unwrap(),
        }
    }
}

impl Right {
    /// That none of the words is said which have to be; nothing where one is.
    pub fn unsaid(&self, message: &str) -> Option<String> {
        let Self::Malformed { says, .. } = self else { return None };
        let is_said = |word: &String| message.to_lowercase().contains(&word.to_lowercase());
        (!says.is_empty() && !says.iter().any(is_said)).then(|| format!("none of {says:?} is said: {message}"))
    }
}

impl Recorded {
    pub fn key(&self) -> Option<Vec<u8>> {
        self.key.as_ref().map(Bytes::bytes)
    }

    pub fn value(&self) -> Option<Vec<u8>> {
        self.value.as_ref().map(Bytes::bytes)
    }

    pub fn headers(&self) -> Vec<(String, Option<Vec<u8>>)> {
        self.headers.iter().map(|(name, value)| (name.clone(), value.as_ref().map(Bytes::bytes))).collect()
    }

    /// Whether it is the same record, but for the order of its headers: some libraries keep them in a hash table.
    pub fn is_same_record(&self, other: &Self) -> bool {
        let sorted = |record: &Self| {
            let mut headers = record.headers();
            headers.sort();
            headers
        };
        (self.key(), self.value(), sorted(self)) == (other.key(), other.value(), sorted(other))
    }
}

/// A line that a program prints for a record that it has sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    pub library: String,
    pub package: Option<String>,
    pub version: String,
    pub case: String,
}

pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn folder() -> PathBuf {
    project().join("tests/cases/producers")
}

/// All of them, by the name of their files.
pub fn all() -> Vec<Library> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder()).map(|entries| entries.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default();
    paths.sort();
    let read = |path: PathBuf| {
        let library: Library = serde_json::from_slice(&fs::read(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(path.file_stem().unwrap().to_str(), Some(library.name.as_str()));
        library
    };
    paths.into_iter().map(read).collect()
}

/// `tools/producers/commands.json`: what all of them send.
pub fn commands() -> serde_json::Value {
    serde_json::from_slice(&fs::read(project().join("tools/producers/commands.json")).unwrap()).unwrap()
}
