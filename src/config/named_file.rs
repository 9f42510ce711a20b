//! Files that settings name: passwords and certificates.

use std::path::{Path, PathBuf};

use super::error::{ConfigError, Key, Origin};

/// A file whose path is the value of a setting. It is read when it is needed, not with the settings: subcommands that
/// reach no server need none of them, and a password can be changed while the service runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    key: Key,
    origin: Origin,
    path: PathBuf,
}

impl NamedFile {
    pub(super) fn new(key: Key, origin: Origin, path: PathBuf) -> Self {
        Self { key, origin, path }
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All of it.
    ///
    /// # Errors
    /// `File`, where it cannot be read.
    pub fn read(&self) -> Result<Vec<u8>, ConfigError> {
        std::fs::read(&self.path).map_err(|error| self.refuse(&error.to_string()))
    }

    /// The secret that it holds: its text without the ends of line behind it.
    ///
    /// # Errors
    /// `File`, where it cannot be read, or holds none.
    pub fn read_secret(&self) -> Result<String, ConfigError> {
        let text = String::from_utf8(self.read()?).map_err(|_| self.refuse("it is not UTF-8"))?;
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err(self.refuse("it is empty")),
            secret => Ok(secret.to_owned()),
        }
    }

    /// The fault of a file whose content will not do.
    pub fn refuse(&self, reason: &str) -> ConfigError {
        ConfigError::File {
            origin: self.origin.clone(),
            key: self.key.clone(),
            path: self.path.display().to_string(),
            reason: reason.to_owned(),
        }
    }
}
