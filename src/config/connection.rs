//! `postgres.url`, understood: which servers, as whom, and how they are trusted.
//!
//! Every parameter that libpq documents is either taken or refused by name, with what to write in its place: a
//! connection string that a managed database hands out must not lose a part of its meaning in silence.
//!
//! Source: PostgreSQL's manual, 34.1.2 "Parameter Key Words".

mod draft;
mod parts;

use tokio_postgres::config::ChannelBinding;

use self::draft::Draft;
pub use self::parts::{ClientCertificate, Connection, Roots, Secret, Server, Tls, TlsMode};
use super::conninfo::parameters;
use super::error::{ConfigError, Key, Origin};
use super::named_file::NamedFile;

impl Connection {
    /// Reads a connection string that was given at `origin`; `root_file` is `postgres.root_certificate_file`.
    pub(super) fn read(
        text: &str,
        key: &Key,
        origin: &Origin,
        root_file: Option<&NamedFile>,
    ) -> Result<Self, ConfigError> {
        let refuse = |reason: String| ConfigError::Connection { origin: origin.clone(), key: key.clone(), reason };
        let file = |name: &str, path: &str| {
            let parts: Vec<&str> = key.parts().iter().map(String::as_str).chain([name]).collect();
            let key = Key::new(&parts);
            NamedFile::new(key, origin.clone(), path.into())
        };
        let parameters = parameters(text).map_err(|fault| refuse(fault.to_owned()))?;
        let mut draft = Draft::default();
        for (name, value) in &parameters {
            draft.take(name, value).map_err(|fault| refuse(fault.written(name)))?;
        }
        let connection = draft.finish(&parameters, file).map_err(|reason| refuse(reason.to_owned()))?;
        connection.check(root_file).map_err(|reason| refuse(reason.to_owned()))?;
        Ok(connection)
    }

    /// With TLS or without, and how: never what libpq's `prefer` is, which goes on in plain text when told to by anyone
    /// between here and the server. `has_roots` is whether `postgres.root_certificate_file` names certificates.
    pub fn tls_mode(&self, has_roots: bool) -> TlsMode {
        let is_asked_for = has_roots || self.tls.roots != Roots::Absent || self.tls.identity.is_some();
        match self.tls.mode {
            Some(mode) => mode,
            None if !is_asked_for && self.servers.iter().all(Server::is_on_this_machine) => TlsMode::Disable,
            None => TlsMode::Full,
        }
    }

    /// What does not go together.
    fn check(&self, root_file: Option<&NamedFile>) -> Result<(), &'static str> {
        let mode = self.tls_mode(root_file.is_some());
        let has_file = root_file.is_some() || matches!(self.tls.roots, Roots::File(_));
        if root_file.is_some() && self.tls.roots != Roots::Absent {
            return Err("sslrootcert is given beside postgres.root_certificate_file: leave one of them out");
        }
        if mode == TlsMode::Authority && !has_file {
            return Err(
                "sslmode=verify-ca takes any host that the authority has certified, which only makes sense with an \
                        authority of one's own: name its certificates by sslrootcert, or write verify-full",
            );
        }
        if mode == TlsMode::Disable && self.config.get_channel_binding() == ChannelBinding::Require {
            return Err("channel_binding=require needs TLS: write sslmode=verify-full, or leave it out");
        }
        if mode == TlsMode::Disable && self.tls.is_direct {
            return Err("sslnegotiation=direct needs TLS: write sslmode=verify-full, or leave it out");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
