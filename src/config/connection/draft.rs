//! The parameters of a connection string, one by one: what each takes, and what to write in place of those that cannot be had.

use std::net::IpAddr;
use std::time::Duration;

use tokio_postgres::config::{ChannelBinding, Host, SslNegotiation};

use super::parts::{ClientCertificate, Connection, PORT, Roots, Secret, Server, Tls, TlsMode};
use crate::config::conninfo::Parameters;
use crate::config::named_file::NamedFile;

/// Why a parameter is not taken. Values are not shown: one may be a piece of a password that is not quoted.
pub(super) enum Fault {
    /// It takes these.
    Takes(&'static str),
    /// It cannot be had; do this.
    Instead(&'static str),
    Unknown,
}

impl Fault {
    /// The sentence for the operator.
    pub(super) fn written(self, name: &str) -> String {
        match self {
            Self::Takes(values) => format!("{name} takes {values}"),
            Self::Instead(what) => format!("{name} cannot be had here: {what}"),
            // What does not look like a name may be a secret.
            Self::Unknown if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') => {
                format!("there is no parameter {name} of a connection: leave it out")
            }
            Self::Unknown => {
                "it has a parameter that does not exist; in a URL, the characters @ / ? & = % of a user or a password are \
                 written %40 %2F %3F %26 %3D %25"
                    .to_owned()
            }
        }
    }
}

/// What libpq or other clients take, and what to do here in its place.
const INSTEAD: [(&str, &str); 34] = [
    ("passfile", "write the password alone into a file, and name that by postgres.password_file"),
    ("service", "write what the service file says into postgres.url"),
    ("servicefile", "write what the service file says into postgres.url"),
    ("require_auth", "leave it out; channel_binding=require has the server prove that it knows the password"),
    ("requiressl", "write sslmode=require"),
    ("ssl", "write sslmode=require"),
    ("sslcrl", "leave it out; revocation lists are not looked at"),
    ("sslcrldir", "leave it out; revocation lists are not looked at"),
    ("sslkeylogfile", "leave it out"),
    ("requirepeer", "leave it out; who may make a socket in its folder is up to the folder's rights"),
    ("replication", "leave it out"),
    ("krbsrvname", "leave it out, and log in by a password or a client certificate (sslcert)"),
    ("gsslib", "leave it out, and log in by a password or a client certificate (sslcert)"),
    ("gssdelegation", "leave it out, and log in by a password or a client certificate (sslcert)"),
    ("scram_client_key", "write the password into a file, and name that by postgres.password_file"),
    ("scram_server_key", "write the password into a file, and name that by postgres.password_file"),
    ("oauth_issuer", "log in by a password or a client certificate (sslcert)"),
    ("oauth_client_id", "log in by a password or a client certificate (sslcert)"),
    ("oauth_client_secret", "log in by a password or a client certificate (sslcert)"),
    ("oauth_scope", "log in by a password or a client certificate (sslcert)"),
    ("ssl_max_protocol_version", "leave it out; TLS 1.2 or later is spoken"),
    // Of other clients: JDBC, Prisma, SQLAlchemy, Npgsql, and of the pools that come with them.
    ("sslaccept", "write sslmode=verify-full"),
    ("sslfactory", "write sslmode=verify-full, and sslrootcert for an authority of one's own"),
    ("sslidentity", "name certificate and key, as PEM, by sslcert and sslkey"),
    ("schema", "write options=-c%20search_path%3D… with the schema's name"),
    ("currentSchema", "write options=-c%20search_path%3D… with the schema's name"),
    ("ApplicationName", "write application_name"),
    ("pgbouncer", "leave it out; only a pool in session mode will do (pool_mode = session)"),
    ("connection_limit", "leave it out; an instance has a connection for each of its loops"),
    ("pool_timeout", "leave it out; an instance has a connection for each of its loops"),
    ("prepareThreshold", "leave it out; only a pool in session mode will do (pool_mode = session)"),
    ("statement_cache_size", "leave it out; only a pool in session mode will do (pool_mode = session)"),
    ("socket_timeout", "leave it out, or write tcp_user_timeout, in milliseconds"),
    ("socketTimeout", "leave it out, or write tcp_user_timeout, in milliseconds"),
];

/// A connection string on its way.
#[derive(Default)]
pub(super) struct Draft {
    config: tokio_postgres::Config,
    hosts: Vec<String>,
    addresses: Vec<IpAddr>,
    ports: Vec<u16>,
    connect_timeout: Option<Duration>,
    keepalives_idle: Option<Duration>,
    mode: Option<TlsMode>,
    without_server_name: bool,
    without_certificate: bool,
    is_direct: bool,
}

impl Draft {
    /// One parameter; a later one of the same name wins, as with libpq. Files and the second name of an application
    /// are looked at in the end.
    pub(super) fn take(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        let config = &mut self.config;
        match name {
            "user" => {
                config.user(value);
            }
            "password" => {
                config.password(value);
            }
            "dbname" => {
                config.dbname(value);
            }
            "options" => {
                config.options(value);
            }
            "application_name" => {
                config.application_name(value);
            }
            "host" => self.hosts = value.split(',').map(str::to_owned).collect(),
            "hostaddr" => {
                let addresses = value.split(',').map(str::parse).collect::<Result<_, _>>();
                self.addresses = addresses.map_err(|_| Fault::Takes("IP addresses, separated by commas"))?;
            }
            "port" => {
                let port = |text: &str| match text {
                    "" => Some(PORT),
                    text => text.parse().ok().filter(|&port| port > 0),
                };
                let ports = value.split(',').map(port).collect::<Option<_>>();
                self.ports = ports.ok_or(Fault::Takes("numbers from 1 to 65535, separated by commas"))?;
            }
            "connect_timeout" => self.connect_timeout = number(value)?.map(Duration::from_secs),
            "tcp_user_timeout" => {
                if let Some(milliseconds) = number(value)? {
                    config.tcp_user_timeout(Duration::from_millis(milliseconds));
                }
            }
            "keepalives" => {
                config.keepalives(number(value)?.is_some());
            }
            "keepalives_idle" => self.keepalives_idle = number(value)?.map(Duration::from_secs),
            "keepalives_interval" => {
                if let Some(seconds) = number(value)? {
                    config.keepalives_interval(Duration::from_secs(seconds));
                }
            }
            "keepalives_count" | "keepalives_retries" => {
                if let Some(count) = number(value)? {
                    config.keepalives_retries(u32::try_from(count).unwrap_or(u32::MAX));
                }
            }
            "channel_binding" => {
                let binding = match value {
                    "disable" => ChannelBinding::Disable,
                    "prefer" => ChannelBinding::Prefer,
                    "require" => ChannelBinding::Require,
                    _ => return Err(Fault::Takes("disable, prefer or require")),
                };
                config.channel_binding(binding);
            }
            _ => return self.take_mode(name, value),
        }
        Ok(())
    }

    /// One of the parameters that choose.
    fn take_mode(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        match (name, value) {
            ("sslmode", "prefer") => self.mode = None,
            ("sslmode", "disable") => self.mode = Some(TlsMode::Disable),
            ("sslmode", "require" | "verify-full") => self.mode = Some(TlsMode::Full),
            ("sslmode", "verify-ca") => self.mode = Some(TlsMode::Authority),
            ("sslmode", _) => return Err(Fault::Takes("disable, prefer, require, verify-ca or verify-full")),
            ("sslnegotiation", "postgres") => self.is_direct = false,
            ("sslnegotiation", "direct") => self.is_direct = true,
            ("sslnegotiation", _) => return Err(Fault::Takes("postgres or direct")),
            ("sslsni", "0" | "1") => self.without_server_name = value == "0",
            ("sslsni", _) => return Err(Fault::Takes("0 or 1")),
            ("sslcertmode", "disable") => self.without_certificate = true,
            ("sslcertmode", "allow") => self.without_certificate = false,
            ("sslcertmode", _) => return Err(Fault::Takes("disable or allow")),
            // One of the hosts is the primary, in whatever order they are tried. Without a ticket of Kerberos, `prefer` is
            // TLS. Files, and the second name of an application, are looked at in the end.
            ("target_session_attrs", "any" | "read-write" | "primary")
            | ("load_balance_hosts", "disable" | "random")
            | ("gssencmode", "disable" | "prefer")
            | ("sslcompression", "0")
            | ("ssl_min_protocol_version", "TLSv1" | "TLSv1.1" | "TLSv1.2")
            | ("min_protocol_version", "3.0")
            | ("max_protocol_version", "3.0" | "3.2" | "latest")
            | ("sslrootcert" | "sslcert" | "sslkey" | "sslpassword" | "fallback_application_name", _) => {}
            ("target_session_attrs", _) => {
                return Err(Fault::Takes(
                    "any, read-write or primary, all of which mean the primary here: the service has to write",
                ));
            }
            ("load_balance_hosts", _) => return Err(Fault::Takes("disable or random")),
            ("gssencmode", _) => return Err(Fault::Takes("disable or prefer: encryption is by TLS (sslmode)")),
            ("sslcompression", _) => return Err(Fault::Takes("0: TLS does not compress")),
            ("ssl_min_protocol_version", _) => return Err(Fault::Takes("TLSv1.2, which is the least in any case")),
            ("min_protocol_version" | "max_protocol_version", _) => return Err(Fault::Takes("3.0")),
            ("client_encoding", encoding) => {
                if !encoding.replace('-', "").eq_ignore_ascii_case("utf8") {
                    return Err(Fault::Takes("UTF8"));
                }
            }
            _ => {
                let known = INSTEAD.iter().find(|(known, _)| *known == name);
                return Err(known.map_or(Fault::Unknown, |(_, what)| Fault::Instead(what)));
            }
        }
        Ok(())
    }

    /// All of it; `file` makes the file of a parameter.
    pub(super) fn finish(
        mut self,
        parameters: &Parameters,
        file: impl Fn(&str, &str) -> NamedFile,
    ) -> Result<Connection, &'static str> {
        let given = |wanted: &str| {
            let last = parameters.iter().rev().find(|(name, _)| name == wanted);
            last.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
        };
        if self.config.get_application_name().is_none()
            && let Some(name) = given("fallback_application_name")
        {
            self.config.application_name(name);
        }
        let roots = match given("sslrootcert") {
            None => Roots::Absent,
            Some("system") => Roots::System,
            Some(path) => Roots::File(file("sslrootcert", path)),
        };
        let identity = match (given("sslcert"), given("sslkey")) {
            (None, None) => None,
            (Some(_), Some(_)) if self.without_certificate => None,
            (Some(certificate), Some(key)) => Some(ClientCertificate {
                certificate: file("sslcert", certificate),
                key: file("sslkey", key),
                password: given("sslpassword").map(|password| Secret(password.to_owned())),
            }),
            _ => return Err("sslcert and sslkey go together: name a certificate and its key, both as PEM"),
        };
        let tls = Tls {
            mode: self.mode,
            roots,
            identity,
            names_the_server: !self.without_server_name,
            is_direct: self.is_direct,
        };
        if self.is_direct {
            self.config.ssl_negotiation(SslNegotiation::Direct);
        }
        let servers = self.servers()?;
        let Self { config, connect_timeout, keepalives_idle, .. } = self;
        Ok(Connection { config, servers, connect_timeout, keepalives_idle, tls })
    }

    /// The hosts, each with its address and port.
    fn servers(&self) -> Result<Vec<Server>, &'static str> {
        let Self { hosts, addresses, ports, .. } = self;
        let count = hosts.len().max(addresses.len());
        if count == 0 {
            return Err("it names no host; a server on this machine is host=127.0.0.1, or the folder of its socket, \
                        host=/var/run/postgresql");
        }
        if !hosts.is_empty() && !addresses.is_empty() && hosts.len() != addresses.len() {
            return Err("host and hostaddr list servers side by side: as many of the one as of the other");
        }
        if ports.len() > 1 && ports.len() != count {
            return Err("port is one for all hosts, or one for each of them");
        }
        if hosts.iter().any(|host| host.is_empty() || host.starts_with('@')) {
            return Err("a host is a name, an IP address, or the folder of a socket, which begins with /");
        }
        let server = |index: usize| {
            let address = addresses.get(index).copied();
            // The name is what a certificate is verified by: without one that is the address.
            let host = hosts.get(index).cloned().or_else(|| Some(address?.to_string())).unwrap_or_default();
            let host = if host.starts_with('/') { Host::Unix(host.into()) } else { Host::Tcp(host) };
            Server { host, address, port: ports.get(index).or(ports.first()).copied().unwrap_or(PORT) }
        };
        Ok((0..count).map(server).collect())
    }
}

/// A whole number; none for zero and less, which is libpq's "as the system has it".
fn number(value: &str) -> Result<Option<u64>, Fault> {
    let number: i32 = value.trim().parse().map_err(|_| Fault::Takes("a whole number"))?;
    Ok(u64::try_from(number).ok().filter(|&number| number > 0))
}
