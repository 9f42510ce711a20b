//! Who answers at the other end of a connection: a server that can be written to, and a session of our own.

use std::time::Duration;

use tokio_postgres::{Client, SimpleQueryRow};

use super::clock::{MICROS, shown};
use super::rows::{no_row, one_row, rows};
use super::{DatabaseError, pooler};
use crate::domain::time::Timestamp;
use crate::domain::wal::{WalPosition, lsn};

/// How long a vanished client's transaction may hold its locks.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(10);

/// Asks who answers.
const WHO: &str = "select pg_is_in_recovery(), current_setting('transaction_read_only'), pg_backend_pid()";

/// Asks how far it has come. The name of the segment that is written to begins with the timeline, eight hexadecimal digits;
/// the control file has it only from the first checkpoint after a promotion on.
const HOW_FAR: &str =
    "select (select system_identifier from pg_control_system()), current_setting('server_version_num'),
    pg_walfile_name(pg_current_wal_insert_lsn()), pg_current_wal_insert_lsn(), pg_current_wal_flush_lsn()";

/// A connection, and the server process behind it.
#[derive(Debug)]
pub struct Session {
    /// The connection.
    pub client: Client,
    /// The number of the process.
    backend: String,
    /// Where the server was in its history when the session began; `None` where it does not tell. Its timeline stays that
    /// of the session for as long as it lives.
    place: Option<Reached>,
}

/// How far a server has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reached {
    /// What it has written, on its disk or not.
    pub written: WalPosition,
    /// What it has on its disk: no crash takes that back.
    pub durable: WalPosition,
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
        let place = how_far(&client).await?;
        Ok(Self { client, backend, place })
    }

    /// Where the server was in its history when the session began; `None` where it does not tell.
    pub(super) const fn place(&self) -> Option<&Reached> {
        self.place.as_ref()
    }

    /// What the server had on its disk when the session began.
    pub(super) fn origin(&self) -> Option<WalPosition> {
        self.place.map(|place| place.durable)
    }

    /// Whether it is what it was: a session of our own, with a server that can be written to. Returns what the server's
    /// clock shows, since the answer can carry it, and how much the server has on its disk by now, where it tells.
    ///
    /// # Errors
    /// As `begin`; `Pooled`, where another session answers than before.
    pub async fn check(&self) -> Result<(Timestamp, Option<WalPosition>), DatabaseError> {
        // One round trip, whatever is asked.
        let how_far = if self.place.is_some() { HOW_FAR } else { "" };
        let rows = rows(&self.client, &format!("{WHO}, {MICROS}; {how_far}")).await?;
        let row = rows.first().ok_or_else(no_row)?;
        if writable_backend(row)? != self.backend {
            return Err(DatabaseError::Pooled("transaction"));
        }
        Ok((shown(row.get(3))?, rows.get(1).and_then(place).map(|place| place.durable)))
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

/// How far the server has come; `None` where it does not tell: some managed ones have no such functions (Aurora), and a
/// right can be taken away.
async fn how_far(client: &Client) -> Result<Option<Reached>, DatabaseError> {
    match one_row(client, HOW_FAR).await {
        Ok(row) => Ok(place(&row)),
        Err(DatabaseError::Postgres(error)) if error.as_db_error().is_some_and(|_| !client.is_closed()) => {
            tracing::debug!(%error, "the server does not tell its timeline and position");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn place(row: &SimpleQueryRow) -> Option<Reached> {
    let timeline = row.get(2)?.get(..8)?;
    let at = |column| {
        Some(WalPosition {
            system: row.get(0)?.parse().ok()?,
            version: row.get(1)?.parse::<u32>().ok()? / 10_000,
            timeline: u32::from_str_radix(timeline, 16).ok()?,
            lsn: lsn(row.get(column)?)?,
        })
    };
    Some(Reached { written: at(3)?, durable: at(4)? })
}
