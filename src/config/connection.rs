//! `postgres.url`, understood: which servers, as whom, and how they are trusted.
//!
//! Every parameter that libpq documents is either taken or refused by name, with what to write in its place: a
//! connection string that a managed database hands out must not lose a part of its meaning in silence.
//!
//! Source: PostgreSQL's manual, 34.1.2 "Parameter Key Words".

mod draft;

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use tokio_postgres::config::{ChannelBinding, Host};

use self::draft::Draft;
use super::conninfo::{Parameters, parameters};
use super::error::{ConfigError, Key, Origin};
use super::named_file::NamedFile;

/// PostgreSQL's port where none is given.
const PORT: u16 = 5432;

/// Servers, login and TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// User, password, database, what the session begins with, and how its socket is kept; neither servers nor TLS.
    pub config: tokio_postgres::Config,
    /// Where to look for the primary, in this order; at least one.
    pub servers: Vec<Server>,
    /// How long one server may take from the first packet to a session that is known to be the primary's, where given.
    pub connect_timeout: Option<Duration>,
    /// How long a connection is silent before its first keepalive, where given.
    pub keepalives_idle: Option<Duration>,
    /// How servers are trusted, and what shows them who we are.
    pub tls: Tls,
}

/// A server that may be the primary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The name by which its certificate is verified, or the folder of its socket.
    pub host: Host,
    /// Where it is, if not where the name leads (`hostaddr`).
    pub address: Option<IpAddr>,
    /// Its port.
    pub port: u16,
}

/// What a connection string says of TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// `sslmode`; none where it is absent or `prefer`.
    pub mode: Option<TlsMode>,
    /// `sslrootcert`.
    pub roots: Roots,
    /// `sslcert`, `sslkey` and `sslpassword`.
    pub identity: Option<ClientCertificate>,
    /// Whether the handshake names the server (`sslsni`).
    pub names_the_server: bool,
    /// Whether the handshake comes without a question before it (`sslnegotiation=direct`).
    pub is_direct: bool,
}

/// How much of TLS there is. There is no mode without a verified certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// None.
    Disable,
    /// The certificate is verified, and the host name with it: `require` and `verify-full`.
    Full,
    /// The certificate is verified, for whatever host: `verify-ca`.
    Authority,
}

/// Where the certificates come from by which servers are verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// Nothing is said.
    Absent,
    /// From this system.
    System,
    /// From a file of PEM.
    File(NamedFile),
}

/// What shows a server who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate, and those between it and the authority, as PEM.
    pub certificate: NamedFile,
    /// Its key, as PEM.
    pub key: NamedFile,
    /// The password of the key.
    pub password: Option<Secret>,
}

/// A text that `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

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

impl Server {
    /// Whether what is said to it stays on this machine.
    fn is_on_this_machine(&self) -> bool {
        match (&self.address, &self.host) {
            (Some(address), _) => address.is_loopback(),
            (None, Host::Unix(_)) => true,
            (None, Host::Tcp(name)) => {
                name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
            }
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Tcp(name) if name.contains(':') => write!(f, "[{name}]:{}", self.port),
            Host::Tcp(name) => write!(f, "{name}:{}", self.port),
            Host::Unix(path) => write!(f, "{}:{}", path.display(), self.port),
        }
    }
}

#[cfg(test)]
mod tests;
