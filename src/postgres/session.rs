//! Connections: one a loop, each made anew when it is lost.

use std::path::PathBuf;
use std::time::Duration;

use native_tls::TlsConnector;
use postgres_native_tls::MakeTlsConnector;
use tokio_postgres::{Client, Config};

use super::DatabaseError;

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
    password_file: Option<PathBuf>,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.address())
    }
}

impl Endpoint {
    /// The database of these settings; a password file, read at each connection, wins over a password in them.
    pub fn new(mut config: Config, password_file: Option<PathBuf>) -> Self {
        if config.get_application_name().is_none() {
            config.application_name("schedule-callback");
        }
        config.connect_timeout(CONNECT).tcp_user_timeout(TCP_USER_TIMEOUT).keepalives_idle(TCP_USER_TIMEOUT);
        let guard = format!("-c idle_in_transaction_session_timeout={}", IDLE_IN_TRANSACTION.as_millis());
        let options = config.get_options().map_or_else(|| guard.clone(), |given| format!("{given} {guard}"));
        config.options(options);
        Self { config, password_file }
    }

    /// Host, port and database, without user or password: for the log.
    pub fn address(&self) -> String {
        let hosts: Vec<String> = self
            .config
            .get_hosts()
            .iter()
            .map(|host| match host {
                tokio_postgres::config::Host::Tcp(name) => name.clone(),
                tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
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
        if let Some(path) = &self.password_file {
            let password = tokio::fs::read_to_string(path)
                .await
                .map_err(|error| DatabaseError::Settings(format!("password file {}: {error}", path.display())))?;
            config.password(password.trim_end_matches(['\r', '\n']));
        }
        let tls = TlsConnector::new().map_err(|error| DatabaseError::Settings(format!("TLS: {error}")))?;
        // The host behind an address may be a stalled proxy, so the whole handshake is bounded too.
        let attempt = tokio::time::timeout(CONNECT * 2, config.connect(MakeTlsConnector::new(tls)));
        let (client, connection) = attempt.await.map_err(|_| DatabaseError::TimedOut(CONNECT * 2))??;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, "a database connection ended");
            }
        });
        Ok(client)
    }
}
