//! What a connection string comes to.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use tokio_postgres::config::Host;

use crate::config::named_file::NamedFile;

/// PostgreSQL's port where none is given.
pub(super) const PORT: u16 = 5432;

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
pub struct Secret(pub(super) String);

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

impl Server {
    /// Whether what is said to it stays on this machine.
    pub(super) fn is_on_this_machine(&self) -> bool {
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
