//! Connections: one a loop, each made anew when it is lost, and only ever to a server that can be written to.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use native_tls::{Certificate, Identity, TlsConnector};
use openssl::pkey::PKey;
use postgres_native_tls::{MakeTlsConnector, set_postgresql_alpn};
use tokio::sync::watch;
use tokio::time::{error::Elapsed, timeout};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config};

use super::DatabaseError;
use super::newest::{Newest, Origin};
use super::pooler;
use super::race::first;
use super::server::Session;
use crate::config::connection::{ClientCertificate, Connection, Roots, Server, TlsMode};
use crate::config::{ConfigError, NamedFile, Postgres};

/// How long the kernel waits for sent bytes to be acknowledged.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a TCP connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a server may take until it is known to be the primary, all in all, where `connect_timeout` does not say.
const ATTEMPT: Duration = Duration::from_secs(10);
/// How long the server that was the primary last has to show that it still is, once another one says so of itself: it may
/// only be another, slower way to the same.
const PROOF: Duration = Duration::from_millis(1500);
/// How long a pool that was found to be one of sessions counts as such: its mode can be changed while it runs.
const POOL_KNOWN_FOR: Duration = Duration::from_mins(1);
/// How long looking at a pool may take.
const POOL_PATIENCE: Duration = Duration::from_secs(10);

/// Where the database is and how to log in. Clones share what they remember of its servers.
#[derive(Clone)]
pub struct Endpoint {
    connection: Connection,
    password_file: Option<NamedFile>,
    root_certificate_file: Option<NamedFile>,
    memory: Arc<Memory>,
}

/// What earlier connections showed.
#[derive(Default)]
struct Memory {
    /// The server that was the primary last, by its place in the list.
    server: AtomicUsize,
    /// At which address, where its name has several.
    address: Mutex<Option<IpAddr>>,
    /// Tells the connections to a server, by its place, that it is no longer the primary.
    lost: Vec<watch::Sender<()>>,
    /// The server whose pool was seen to be one of sessions, and when.
    pool: tokio::sync::Mutex<Option<(usize, Instant)>>,
    /// The newest server, by its timeline and position.
    newest: Newest,
}

/// What is read anew for each connection.
#[derive(Clone)]
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
        let mut connection = settings.connection.clone();
        let config = &mut connection.config;
        if config.get_application_name().is_none() {
            config.application_name("schedule-callback");
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(TCP_USER_TIMEOUT);
        }
        config.keepalives_idle(connection.keepalives_idle.unwrap_or(TCP_USER_TIMEOUT));
        config.connect_timeout(CONNECT.min(connection.connect_timeout.unwrap_or(CONNECT)));
        let endpoint = Self {
            connection,
            password_file: settings.password_file.clone(),
            root_certificate_file: settings.root_certificate_file.clone(),
            memory: Arc::new(Memory {
                lost: settings.connection.servers.iter().map(|_| watch::Sender::default()).collect(),
                ..Memory::default()
            }),
        };
        endpoint.credentials()?;
        Ok(endpoint)
    }

    /// Hosts, ports and database, without user or password: for the log.
    pub fn address(&self) -> String {
        let servers: Vec<String> = self.connection.servers.iter().map(ToString::to_string).collect();
        format!("{}/{}", servers.join(","), self.connection.config.get_dbname().unwrap_or_default())
    }

    /// Which server is the newest one that was seen.
    pub(super) fn memory_of_the_newest(&self) -> &Newest {
        &self.memory.newest
    }

    /// Opens a connection to the primary. Its driver runs on the current tokio runtime until the client is dropped.
    ///
    /// # Errors
    /// As `open`.
    pub async fn connect(&self) -> Result<Client, DatabaseError> {
        Ok(self.open().await?.client)
    }

    /// The same, for one who looks at the session now and then. The server that was the primary last is asked first; one
    /// that does not answer costs half a second where there are others.
    ///
    /// # Errors
    /// What the attempt ended with; it ends within seconds. `Standby` and `ReadOnly` where the only server there is
    /// cannot be written to, `Pooled` where a pool stands before it that has no sessions, `Nowhere` where there are
    /// several, none of which will do.
    pub async fn open(&self) -> Result<Session, DatabaseError> {
        let credentials = self.credentials().map_err(|error| DatabaseError::Settings(error.to_string()))?;
        let servers = &self.connection.servers;
        let mut order: Vec<usize> = (0..servers.len()).collect();
        let last = self.memory.server.load(Ordering::Relaxed);
        order.sort_by_key(|&index| index != last);
        match first(order.len(), |place| self.at_server(order[place], &credentials).boxed()).await {
            Ok((place, session)) => {
                self.memory.server.store(order[place], Ordering::Relaxed);
                if order[place] != last {
                    tokio::spawn(self.clone().leave(last, credentials));
                }
                Ok(session)
            }
            Err(faults) => {
                let named = faults.into_iter().map(|(place, fault)| (servers[order[place]].to_string(), fault));
                Err(DatabaseError::of_several(named.collect()))
            }
        }
    }

    /// Whether there are other servers than the one that is the primary now.
    pub fn has_others(&self) -> bool {
        self.connection.servers.len() > 1
    }

    /// Ends the connections to a server that was the primary before, unless it still is. They would wait for answers of one
    /// that is frozen, or write to one that nobody reads from any more.
    async fn leave(self, index: usize, credentials: Credentials) {
        if matches!(within(PROOF, self.at_server(index, &credentials)).await, Ok(Ok(_))) {
            return;
        }
        self.memory.lost[index].send_replace(());
    }

    /// The first address of a server that is the primary's.
    async fn at_server(&self, index: usize, credentials: &Credentials) -> Result<Session, DatabaseError> {
        let server = &self.connection.servers[index];
        let Host::Tcp(name) = &server.host else { return self.at_address(index, None, credentials).await };
        if server.address.is_some() {
            return self.at_address(index, server.address, credentials).await;
        }
        let found = within(self.limit(), tokio::net::lookup_host((name.as_str(), server.port))).await?;
        let found = found.map_err(|error| DatabaseError::Unresolved(error.to_string()))?;
        let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
        addresses.dedup();
        let last = *self.memory.address.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.sort_by_key(|&address| Some(address) != last);
        if addresses.is_empty() {
            return Err(DatabaseError::Unresolved("it has no address".to_owned()));
        }
        match first(addresses.len(), |place| self.at_address(index, Some(addresses[place]), credentials).boxed()).await
        {
            Ok((place, session)) => {
                *self.memory.address.lock().unwrap_or_else(PoisonError::into_inner) = Some(addresses[place]);
                Ok(session)
            }
            Err(faults) => {
                let named = faults.into_iter().map(|(place, fault)| (addresses[place].to_string(), fault));
                Err(DatabaseError::of_several(named.collect()))
            }
        }
    }

    async fn at_address(
        &self,
        index: usize,
        address: Option<IpAddr>,
        credentials: &Credentials,
    ) -> Result<Session, DatabaseError> {
        let config = self.config_of(&self.connection.servers[index], address, credentials.password.as_deref());
        // Bounded as a whole, since what is behind an address may accept and then say nothing.
        let session = within(self.limit(), async {
            let (known, origin) = (self.newest(), Origin::default());
            let client = self.connect_to(index, &config, &credentials.tls, &origin).await?;
            let session = Session::begin(client).await?;
            self.admit(session, known, &origin).await.inspect_err(|refusal| {
                self.memory.newest.say(&self.connection.servers[index], refusal);
            })
        })
        .await??;
        if !session.is_the_servers_own() {
            within(POOL_PATIENCE, self.check_pool(index, &config, &credentials.tls)).await??;
        }
        Ok(session)
    }

    /// Whether the pool before this server gives each client a session of its own. One at a time: it takes a connection.
    async fn check_pool(&self, index: usize, config: &Config, tls: &TlsConnector) -> Result<(), DatabaseError> {
        let mut known = self.memory.pool.lock().await;
        if known.is_some_and(|(of, at)| of == index && at.elapsed() < POOL_KNOWN_FOR) {
            return Ok(());
        }
        match pooler::mode(&self.connect_to(index, config, tls, &Origin::default()).await?).await? {
            None => {
                *known = Some((index, Instant::now()));
                Ok(())
            }
            Some(mode) => Err(DatabaseError::Pooled(mode)),
        }
    }

    async fn connect_to(
        &self,
        index: usize,
        config: &Config,
        tls: &TlsConnector,
        origin: &Origin,
    ) -> Result<Client, DatabaseError> {
        let mut lost = self.memory.lost[index].subscribe();
        let (newest, origin) = (self.memory.newest.clone(), Origin::clone(origin));
        let (client, connection) = config.connect(MakeTlsConnector::new(tls.clone())).await?;
        tokio::spawn(async move {
            tokio::select! {
                // Also where it ends in order: a branch that does not match would be waited past, and its socket kept.
                ended = connection => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a database connection ended");
                    }
                }
                Ok(()) = lost.changed() => tracing::debug!(
                    "a database connection is closed: its server is no longer the primary"
                ),
                () = newest.is_left(&origin) => tracing::info!(
                    "a database connection is closed: another server is newer than the one it leads to"
                ),
            }
        });
        Ok(client)
    }

    fn config_of(&self, server: &Server, address: Option<IpAddr>, password: Option<&str>) -> Config {
        let mut config = self.connection.config.clone();
        match &server.host {
            Host::Tcp(name) => config.host(name),
            Host::Unix(path) => config.host_path(path),
        };
        if let Some(address) = address {
            config.hostaddr(address);
        }
        let is_plain = self.tls_mode() == TlsMode::Disable || matches!(server.host, Host::Unix(_));
        config.port(server.port).ssl_mode(if is_plain { SslMode::Disable } else { SslMode::Require });
        if let Some(password) = password {
            config.password(password);
        }
        config
    }

    fn limit(&self) -> Duration {
        self.connection.connect_timeout.unwrap_or(ATTEMPT)
    }

    fn tls_mode(&self) -> TlsMode {
        self.connection.tls_mode(self.root_certificate_file.is_some())
    }

    /// Reads the password and the certificates. Small files of this machine: nothing to be awaited.
    fn credentials(&self) -> Result<Credentials, ConfigError> {
        let password = self.password_file.as_ref().map(NamedFile::read_secret).transpose()?;
        let tls = &self.connection.tls;
        let mut builder = TlsConnector::builder();
        let root_file = match &tls.roots {
            Roots::File(file) => Some(file),
            Roots::System | Roots::Absent => self.root_certificate_file.as_ref(),
        };
        if let Some(file) = root_file {
            let roots = Certificate::stack_from_pem(&file.read()?).unwrap_or_default();
            if roots.is_empty() {
                return Err(file.refuse("it holds no certificates as PEM"));
            }
            for root in roots {
                builder.add_root_certificate(root);
            }
        }
        if let Some(client) = &tls.identity {
            builder.identity(identity(client)?);
        }
        let mode = self.tls_mode();
        // Whoever names certificates trusts those and no others. Without TLS none need be looked for.
        builder.disable_built_in_roots(root_file.is_some() || mode == TlsMode::Disable);
        builder.danger_accept_invalid_hostnames(mode == TlsMode::Authority);
        builder.use_sni(tls.names_the_server);
        if tls.is_direct {
            set_postgresql_alpn(&mut builder);
        }
        let tls = builder.build().map_err(|error| match root_file {
            Some(file) => file.refuse(&error.to_string()),
            None => ConfigError::Tls(error.to_string()),
        })?;
        Ok(Credentials { password, tls })
    }
}

/// A client's certificate with its key, which may stand in any form of PEM that OpenSSL reads.
fn identity(client: &ClientCertificate) -> Result<Identity, ConfigError> {
    // Without a password the empty one, so that OpenSSL does not ask for it on the terminal.
    let password = client.password.as_ref().map_or("", |password| password.expose());
    let key = PKey::private_key_from_pem_passphrase(&client.key.read()?, password.as_bytes());
    let key = key.and_then(|key| key.private_key_to_pem_pkcs8());
    let key = key.map_err(|_| {
        client.key.refuse("it holds no private key as PEM, or one whose password sslpassword does not give")
    })?;
    Identity::from_pkcs8(&client.certificate.read()?, &key)
        .map_err(|_| client.certificate.refuse("it holds no certificates as PEM"))
}

async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, DatabaseError> {
    timeout(limit, work).await.map_err(|_: Elapsed| DatabaseError::TimedOut(limit))
}
