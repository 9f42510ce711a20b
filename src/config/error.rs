//! What can be wrong with a setting, and where it stands.

use std::fmt;

use thiserror::Error;

/// A setting by its full name, as in `due.window`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(Vec<String>);

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A line of a file, counted from 1.
    Line {
        /// The file as it was named.
        file: String,
        /// The line.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
}

/// A bad configuration. `Display` is one line for an operator; it never shows a secret.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: cannot be read: {reason}")]
    Unreadable {
        /// The file as it was named.
        path: String,
        /// The system's error.
        reason: String,
    },
    /// The file is not TOML.
    #[error("{origin}: not TOML: {reason}")]
    Syntax {
        /// The file and line, or the variable, where it was given.
        origin: Origin,
        /// What the parser says; it does not quote the file.
        reason: String,
    },
    /// There is no such setting.
    #[error("{origin}: there is no setting {key}")]
    Unknown {
        /// The file and line, or the variable, where it was given.
        origin: Origin,
        /// The name that is none.
        key: String,
    },
    /// A variable for one of the tables whose keys are free.
    #[error("{origin}: kafka.properties and tenants can be set in a file only")]
    FileOnly {
        /// The file and line, or the variable, where it was given.
        origin: Origin,
    },
    /// The TOML type is another than the setting's.
    #[error("{origin}: {key} must be {expected}, not {found}")]
    WrongType {
        /// The file and line, or the variable, where it was given.
        origin: Origin,
        /// Which setting.
        key: Key,
        /// Its type.
        expected: &'static str,
        /// The type given.
        found: &'static str,
    },
    /// The value is outside what the setting takes.
    #[error("{origin}: {key} = {value} is not {expected}")]
    Refused {
        /// The file and line, or the variable, where it was given.
        origin: Origin,
        /// Which setting.
        key: Key,
        /// The value, as TOML writes it.
        value: String,
        /// The values that the setting accepts, in words.
        expected: String,
    },
    /// As `Refused`, for a setting whose value must not be shown.
    #[error("{origin}: the value of {key} is not {expected}")]
    SecretRefused {
        /// The file and line, or the variable, where it was given.
        origin: Origin,
        /// Which setting.
        key: Key,
        /// The values that the setting accepts, in words.
        expected: String,
    },
    /// A connection string that cannot be used as it is.
    #[error("{origin}: {key}: {reason}")]
    Connection {
        /// The file and line, or the variable, where it was given.
        origin: Origin,
        /// Which setting.
        key: Key,
        /// Which parameter, and what to write in its place; nothing of its value.
        reason: String,
    },
    /// A file that a setting names cannot be used.
    #[error("{origin}: {key} = {path:?} cannot be used: {reason}")]
    File {
        /// Where the setting was given.
        origin: Origin,
        /// Which setting.
        key: Key,
        /// The file as it was named.
        path: String,
        /// Why; nothing of its content.
        reason: String,
    },
    /// The TLS library will not start with what this machine has.
    #[error("TLS cannot be used: {0}")]
    Tls(String),
    /// A property of librdkafka that it takes by itself, and of which it makes no client: a file that it names, mostly.
    #[error("{origin}: no Kafka client can be made with {key}: {reason}")]
    KafkaProperty {
        /// Where it was given.
        origin: Origin,
        /// Which.
        key: Key,
        /// librdkafka's description of the fault.
        reason: String,
    },
    /// Properties of librdkafka that it takes one by one, and not together.
    #[error("no Kafka client can be made with kafka.properties: {0}")]
    KafkaProperties(String),
    /// A property of librdkafka that the service sets itself.
    #[error("{origin}: {key} cannot be set: the service needs its own value")]
    Reserved {
        /// The file and line, or the variable, where it was given.
        origin: Origin,
        /// Which setting.
        key: Key,
    },
}

impl Key {
    /// The key of these parts.
    pub(super) fn new(parts: &[&str]) -> Self {
        Self(parts.iter().map(|&part| part.to_owned()).collect())
    }

    /// The key of a fixed setting, from its name with dots.
    pub(super) fn fixed(name: &str) -> Self {
        Self(name.split('.').map(str::to_owned).collect())
    }

    /// Section first.
    pub fn parts(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Key {
    /// A part with a dot of its own, or an empty one, is quoted as TOML quotes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            let bare = !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
            let dot = if index == 0 { "" } else { "." };
            if bare { write!(f, "{dot}{part}")? } else { write!(f, "{dot}{part:?}")? }
        }
        Ok(())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { file, line } => write!(f, "{file}:{line}"),
            // Whoever starts the process may give its variables any names.
            Self::Variable(name) => write!(f, "{}", name.escape_debug()),
        }
    }
}
