//! Connections: one a loop, each made anew when it is lost.

use std::net::IpAddr;
use std::time::Duration;

use native_tls::{Certificate, TlsConnector};
use postgres_native_tls::MakeTlsConnector;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config};

use super::DatabaseError;
use crate::config::{ConfigError, NamedFile, Postgres};

/// How long a vanished client's transaction may hold its locks.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(10);
/// How long the kernel waits for sent bytes to be acknowledged.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection attempt may take.
const CONNECT: Duration = Duration::from_secs(5);

/// Where the database is and how to log in.
#[derive(Clone)]
pub struct Endpoint {
    config: Config,
    password_file: Option<NamedFile>,
    root_certificate_file: Option<NamedFile>,
}

/// What is read anew for each connection.
struct Credentials {
    password: Option<String>,
    tls: TlsConnector,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.address())
    }
}

impl Endpoint {
    /// The database of these settings; a password file wins over a password in the URL.
    ///
    /// # Errors
    /// `File`, where a file that they name cannot be used. The files are read once more at each connection.
    pub fn new(settings: &Postgres) -> Result<Self, ConfigError> {
        let mut config = settings.connection.clone();
        if config.get_application_name().is_none() {
            config.application_name("schedule-callback");
        }
        config.connect_timeout(CONNECT).tcp_user_timeout(TCP_USER_TIMEOUT).keepalives_idle(TCP_USER_TIMEOUT);
        let guard = format!("-c idle_in_transaction_session_timeout={}", IDLE_IN_TRANSACTION.as_millis());
        let options = config.get_options().map_or_else(|| guard.clone(), |given| format!("{given} {guard}"));
        config.options(options).ssl_mode(ssl_mode(settings));
        let endpoint = Self {
            config,
            password_file: settings.password_file.clone(),
            root_certificate_file: settings.root_certificate_file.clone(),
        };
        endpoint.credentials()?;
        Ok(endpoint)
    }

    /// Host, port and database, without user or password: for the log.
    pub fn address(&self) -> String {
        let hosts: Vec<String> = self
            .config
            .get_hosts()
            .iter()
            .map(|host| match host {
                Host::Tcp(name) => name.clone(),
                Host::Unix(path) => path.display().to_string(),
            })
            .collect();
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        format!("{}:{port}/{}", hosts.join(","), self.config.get_dbname().unwrap_or_default())
    }

    /// Opens a connection. Its driver runs on the current tokio runtime until the client is dropped.
    ///
    /// # Errors
    /// What the attempt ended with; it ends within seconds.
    pub async fn connect(&self) -> Result<Client, DatabaseError> {
        let mut config = self.config.clone();
        let credentials = self.credentials().map_err(|error| DatabaseError::Settings(error.to_string()))?;
        if let Some(password) = credentials.password {
            config.password(password);
        }
        // The host behind an address may be a stalled proxy, so the whole handshake is bounded too.
        let attempt = tokio::time::timeout(CONNECT * 2, config.connect(MakeTlsConnector::new(credentials.tls)));
        let (client, connection) = attempt.await.map_err(|_| DatabaseError::TimedOut(CONNECT * 2))??;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, "a database connection ended");
            }
        });
        Ok(client)
    }

    /// Reads the password and the certificates to trust. Small files of this machine: nothing to be awaited.
    fn credentials(&self) -> Result<Credentials, ConfigError> {
        let password = self.password_file.as_ref().map(NamedFile::read_secret).transpose()?;
        let mut builder = TlsConnector::builder();
        if let Some(file) = &self.root_certificate_file {
            let roots = Certificate::stack_from_pem(&file.read()?).unwrap_or_default();
            if roots.is_empty() {
                return Err(file.refuse("it holds no certificates as PEM"));
            }
            for root in roots {
                builder.add_root_certificate(root);
            }
        }
        // Whoever names certificates trusts those and no others. Without TLS none need be looked for.
        let without_the_systems =
            self.root_certificate_file.is_some() || self.config.get_ssl_mode() == SslMode::Disable;
        builder.disable_built_in_roots(without_the_systems);
        let tls = builder.build().map_err(|error| match &self.root_certificate_file {
            Some(file) => file.refuse(&error.to_string()),
            None => ConfigError::Tls(error.to_string()),
        })?;
        Ok(Credentials { password, tls })
    }
}

/// With TLS or without. Never `Prefer`, which goes on in plain text when told to by anyone between here and the server.
fn ssl_mode(settings: &Postgres) -> SslMode {
    let config = &settings.connection;
    match config.get_ssl_mode() {
        SslMode::Prefer if settings.root_certificate_file.is_none() && is_on_this_machine(config) => SslMode::Disable,
        SslMode::Prefer => SslMode::Require,
        given => given,
    }
}

/// Whether what is said to the server stays on this machine, whichever of the hosts it is.
fn is_on_this_machine(config: &Config) -> bool {
    let addresses = config.get_hostaddrs();
    if !addresses.is_empty() {
        return addresses.iter().all(IpAddr::is_loopback);
    }
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
        Host::Unix(_) => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config as Settings;

    fn mode(url: &str, more: &str) -> SslMode {
        let text = format!("[postgres]\nurl = '{url}'\n{more}");
        ssl_mode(&Settings::from_sources(Some(("my.toml", &text)), []).unwrap().postgres)
    }

    #[test]
    fn tls_is_required_unless_the_server_is_on_this_machine_or_the_url_says_no() {
        let root = "root_certificate_file = '/etc/ssl/ca.pem'";
        for (url, more, expected) in [
            ("postgresql://u@127.0.0.1/d", "", SslMode::Disable),
            ("postgresql://u@localhost:5433/d", "", SslMode::Disable),
            ("postgresql://u@[::1]/d", "", SslMode::Disable),
            ("host=/run/postgresql user=u", "", SslMode::Disable),
            ("postgresql://u@127.0.0.1,127.0.0.2/d?sslmode=prefer", "", SslMode::Disable),
            ("host=db hostaddr=127.0.0.1 user=u", "", SslMode::Disable),
            ("postgresql://u@db.internal/d", "", SslMode::Require),
            ("postgresql://u@db.internal/d?sslmode=prefer", "", SslMode::Require),
            ("postgresql://u@127.0.0.1,10.0.0.2/d", "", SslMode::Require),
            ("host=localhost hostaddr=10.0.0.2 user=u", "", SslMode::Require),
            ("postgresql://u@127.0.0.1/d?sslmode=require", "", SslMode::Require),
            ("postgresql://u@127.0.0.1/d", root, SslMode::Require),
            ("postgresql://u@db.internal/d?sslmode=disable", "", SslMode::Disable),
        ] {
            assert_eq!(mode(url, more), expected, "{url} {more}");
        }
    }
}
