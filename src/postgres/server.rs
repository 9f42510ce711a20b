//! Who answers at the other end of a connection: a server that can be written to, and a session of our own.

use std::time::Duration;

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::DatabaseError;
use super::clock::{MICROS, shown};
use super::pooler;
use crate::domain::timestamp::Timestamp;

/// How long a vanished client's transaction may hold its locks.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(10);

/// Asks who answers.
const WHO: &str = "select pg_is_in_recovery(), current_setting('transaction_read_only'), pg_backend_pid()";

/// A connection, and the server process behind it.
#[derive(Debug)]
pub struct Session {
    /// The connection.
    pub client: Client,
    /// The number of the process.
    backend: String,
}

impl Session {
    /// Makes a connection ready for the service. Its settings are made by statements and not at the start-up, since
    /// PgBouncer takes no start-up `options`.
    ///
    /// # Errors
    /// `Standby` or `ReadOnly`, where the server cannot be written to; else what the connection says.
    pub(super) async fn begin(client: Client) -> Result<Self, DatabaseError> {
        let guard = IDLE_IN_TRANSACTION.as_millis();
        let row = one_row(&client, &format!("set idle_in_transaction_session_timeout = {guard}; {WHO}")).await?;
        let backend = writable_backend(&row)?;
        Ok(Self { client, backend })
    }

    /// Whether it is what it was: a session of our own, with a server that can be written to. Returns what the server's
    /// clock shows, since the answer can carry it.
    ///
    /// # Errors
    /// As `begin`; `Pooled`, where another session answers than before.
    pub async fn check(&self) -> Result<Timestamp, DatabaseError> {
        let row = one_row(&self.client, &format!("{WHO}, {MICROS}")).await?;
        if writable_backend(&row)? == self.backend {
            shown(row.get(3))
        } else {
            Err(DatabaseError::Pooled("transaction"))
        }
    }

    /// Whether the process that was announced when the connection was opened is the one that answers. Otherwise somebody
    /// stands between.
    pub(super) fn is_the_servers_own(&self) -> bool {
        pooler::announced(&self.client).is_some_and(|announced| announced.to_string() == self.backend)
    }
}

/// The process that answered, if its server can be written to.
fn writable_backend(row: &SimpleQueryRow) -> Result<String, DatabaseError> {
    match (row.get(0), row.get(1), row.get(2)) {
        (Some("t"), ..) => Err(DatabaseError::Standby),
        (Some("f"), Some("off"), Some(backend)) => Ok(backend.to_owned()),
        (Some("f"), Some(_), Some(_)) => Err(DatabaseError::ReadOnly),
        _ => {
            Err(DatabaseError::Settings("it is no PostgreSQL: it does not say whether it can be written to".to_owned()))
        }
    }
}

/// The row that these statements end with.
pub(super) async fn one_row(client: &Client, statements: &str) -> Result<SimpleQueryRow, DatabaseError> {
    let messages = client.simple_query(statements).await?;
    let row = messages.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    row.ok_or_else(|| DatabaseError::Settings("it is no PostgreSQL: a query has no row".to_owned()))
}
