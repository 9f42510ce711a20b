//! PostgreSQL: one file a table. Knows nothing of Kafka.

mod admission;
pub mod callback;
mod callback_row;
pub mod clock;
mod columns;
pub mod command;
pub mod copy;
mod digest;
pub mod finder;
pub mod installation;
pub mod leaves;
pub mod migrate;
mod newest;
pub mod order_of_firing;
pub mod overview;
pub mod pending;
mod pooler;
mod race;
pub mod reader;
mod rows;
pub mod scheduled;
pub mod server;
pub mod session;
pub mod shard;
mod timestamp;

use thiserror::Error;
use tokio_postgres::error::SqlState;

use crate::domain::ids::{CallbackId, Shard};
use crate::domain::wal::WalPosition;
use crate::protocol::Fault;

/// A statement or a connection failed.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// PostgreSQL or the connection said no. Not a source, since the error's own text quotes rows.
    #[error("the database refused or could not be reached: {}", without_values(.0))]
    Postgres(tokio_postgres::Error),
    /// No answer within the time that was allowed; the outcome is not known.
    #[error("the database did not answer within {0:?}")]
    TimedOut(std::time::Duration),
    /// The settings cannot make a connection, or lead to a database that cannot hold what the service stores.
    #[error("the database cannot be used: {0}")]
    Settings(String),
    /// A migration that was applied is not the one that this version knows.
    #[error("{0}")]
    History(String),
    /// This role may not bring the database to this version.
    #[error(
        "this user may neither find nor make the tables of this version: run `schedule-callback migrate` as their \
         owner, which also gives the roles of config/postgres/roles.sql their rights: {}",
        without_values(.0)
    )]
    NotAllowed(tokio_postgres::Error),
    /// The server repeats another one's work and takes none itself.
    #[error(
        "the server is a standby (in recovery): name the primary in postgres.url, or all hosts of which one is the primary"
    )]
    Standby,
    /// Its sessions cannot write.
    #[error(
        "the server is read-only: `default_transaction_read_only` is on, for the server, this database or this user"
    )]
    ReadOnly,
    /// A pool of connections stands before the server that has no sessions; in this mode.
    #[error(
        "the server has a connection pool (PgBouncer or the like) in {0} mode before it, which gives each transaction another \
         session: use a pool in session mode (pool_mode = session), or the server's own port"
    )]
    Pooled(&'static str),
    /// The name of a host leads nowhere.
    #[error("the name of the host leads nowhere: {0}")]
    Unresolved(String),
    /// The server lacks what another one was seen to have.
    #[error(
        "the server is behind ({found}): the callbacks have gone on elsewhere ({newest}), so it is an old primary that \
         nobody stopped, or was put back to an earlier state. It is neither read nor written. Stop it for good; if the \
         callbacks are meant to go on from its state: stop all instances, run `schedule-callback migrate --after-restore` \
         on it, and start them again (docs/running.md, \"Failover\")"
    )]
    Behind {
        /// How far the server that was found has come.
        found: WalPosition,
        /// The newest place that was seen.
        newest: WalPosition,
    },
    /// The server is of another origin than the one that the callbacks were in.
    #[error(
        "the server is another one ({found}) than the callbacks were in ({newest}). If they have moved there: stop all \
         instances, run `schedule-callback migrate --adopt` on it, and start them again (docs/running.md, \"Failover\")"
    )]
    Unrelated {
        /// How far the server that was found has come.
        found: WalPosition,
        /// The newest place that was seen.
        newest: WalPosition,
    },
    /// The server does not tell where it is, and the one that the callbacks were in did.
    #[error(
        "the server does not tell its timeline and position, and the one that the callbacks were in did ({0}): grant this \
         user execute on pg_control_system, pg_walfile_name, pg_current_wal_insert_lsn and pg_current_wal_flush_lsn. If the \
         callbacks have moved to a server without them: stop all instances, run `schedule-callback migrate --adopt` on it, \
         and start them again (docs/running.md, \"Failover\")"
    )]
    Silent(WalPosition),
    /// The server is newer than the one that the group knows of.
    #[error(
        "the server was promoted, or came in another one's place: nothing is done on it for any shard before all instances \
         can know it"
    )]
    Untold,
    /// None of several servers will do: each with the reason.
    #[error("none of the servers will do: {}", listed(.0))]
    Nowhere(Vec<(String, DatabaseError)>),
    /// Sequence numbers of new callbacks have come to their end.
    #[error(
        "no CallbackId is left for a new callback: `callback_sequence` has come to its end, by a number that somebody gave \
         it (setval), since it never gets there by itself"
    )]
    IdsUsedUp,
    /// A callback's row is not where it was read within the same transaction or before: somebody who does not own the shard
    /// has written it.
    #[error(
        "callback {callback_id} of shard {shard} does not stand where it was read: somebody else has written its row"
    )]
    RowMoved {
        /// The callback's shard.
        shard: Shard,
        /// The callback.
        callback_id: CallbackId,
    },
    /// A stored row that this version cannot read.
    #[error("a stored row cannot be read: {0}")]
    Row(String),
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl DatabaseError {
    /// The fault of several servers, or of the only one.
    fn of_several(mut faults: Vec<(String, Self)>) -> Self {
        match faults.len() {
            1 => faults.remove(0).1,
            _ => Self::Nowhere(faults),
        }
    }

    /// Whether the same command was recorded by someone else at the same time.
    pub fn is_repeated_command(&self) -> bool {
        matches!(self, Self::Postgres(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION)
            && error.as_db_error().is_some_and(|error| is_of_a_week(error.table(), error.message())))
    }

    /// Whether a statement was ended because it took, or waited, longer than it may.
    pub fn is_out_of_time(&self) -> bool {
        matches!(self, Self::Postgres(error)
            if matches!(error.code(), Some(&SqlState::QUERY_CANCELED | &SqlState::LOCK_NOT_AVAILABLE)))
    }

    /// Whether waiting can help; the rest needs a person, and is retried all the same, loudly.
    pub fn is_transient(&self) -> bool {
        match self {
            // A standby may be promoted.
            Self::TimedOut(_) | Self::Standby | Self::ReadOnly | Self::Unresolved(_) | Self::Untold => true,
            Self::Nowhere(faults) => faults.iter().any(|(_, fault)| fault.is_transient()),
            Self::Behind { .. }
            | Self::Unrelated { .. }
            | Self::Silent(_)
            | Self::Pooled(_)
            | Self::Settings(_)
            | Self::History(_)
            | Self::NotAllowed(_)
            | Self::IdsUsedUp
            | Self::RowMoved { .. }
            | Self::Row(_) => false,
            Self::Postgres(error) => error.code().is_none_or(|code| {
                // Classes of https://www.postgresql.org/docs/current/errcodes-appendix.html: connection, transaction
                // rollback, insufficient resources, operator intervention, system error; 25006 is a standby, 55P03 a
                // partition that cannot be made or dropped while somebody reads for long.
                matches!(&code.code()[..2], "08" | "40" | "53" | "57" | "58")
                    || *code == SqlState::READ_ONLY_SQL_TRANSACTION
                    || *code == SqlState::LOCK_NOT_AVAILABLE
            }),
        }
    }

    /// The error as the protocol knows it, where it is said to anything but a commit.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Postgres(error) if error.as_db_error().is_none() => Fault::Away,
            Self::TimedOut(_) | Self::Unresolved(_) | Self::Nowhere(_) => Fault::Away,
            _ => Fault::Refused,
        }
    }

    /// The class of the error: one of the values of `label::CAUSE`.
    pub fn cause(&self) -> &'static str {
        match self {
            Self::TimedOut(_) => "timeout",
            Self::Settings(_) | Self::History(_) | Self::Pooled(_) => "refused",
            Self::Standby | Self::ReadOnly => "read_only",
            Self::Behind { .. } | Self::Unrelated { .. } | Self::Silent(_) | Self::Untold => "behind",
            Self::Unresolved(_) => "unavailable",
            // Of several, one that is not there says more than those that are and only repeat it.
            Self::Nowhere(faults) => {
                faults.iter().map(|(_, fault)| fault.cause()).find(|&cause| cause != "read_only").unwrap_or("read_only")
            }
            Self::NotAllowed(_) => "denied",
            Self::IdsUsedUp => "resources",
            Self::RowMoved { .. } => "conflict",
            Self::Row(_) => "stored_row",
            Self::Postgres(error) => error.code().map_or("unavailable", |code| match &code.code()[..2] {
                // The classes of `is_transient`; 28 is authentication, 42501 a missing privilege.
                "08" => "unavailable",
                "23" | "40" => "conflict",
                "25" => "read_only",
                "53" => "resources",
                "57" => "shutdown",
                "28" => "denied",
                _ if *code == SqlState::INSUFFICIENT_PRIVILEGE => "denied",
                _ => "other",
            }),
        }
    }

    /// The error and its causes on one line, for the log.
    pub fn describe(&self) -> String {
        self.to_string()
    }

    /// The same behind the name of the server, as in "PostgreSQL at db:5432/calls is a standby".
    pub fn after_name(&self) -> String {
        let said = self.to_string();
        said.strip_prefix("the server ").map_or_else(|| format!(": {said}"), |rest| format!(" {rest}"))
    }
}

/// Whether an error is of a week of decisions. Citus tells no table of what a node has refused, but its words, which quote the
/// name of the index (`ReportResultError` in its connection/remote_commands.c).
fn is_of_a_week(table: Option<&str>, message: &str) -> bool {
    table.map_or_else(|| message.contains("\"command_"), |table| table.starts_with("command"))
}

fn listed(faults: &[(String, DatabaseError)]) -> String {
    faults.iter().map(|(server, fault)| format!("{server}{}", fault.after_name())).collect::<Vec<_>>().join("; ")
}

/// What a pool does to statements that were prepared in another session than the one that answers: a server alone never
/// loses one, nor has one that is not ours.
const LOST_STATEMENT: [SqlState; 2] = [SqlState::INVALID_SQL_STATEMENT_NAME, SqlState::DUPLICATE_PSTATEMENT];

/// The error and its causes without anything that stands in a row: names, notes and numbers do not belong in logs
/// (docs/contract.md#the-program).
///
/// PostgreSQL quotes rows in the fields detail, hint and context (`Failing row contains (…)`), and in the message of
/// data exceptions, class 22 (`invalid input syntax for type bigint: "…"`).
fn without_values(error: &tokio_postgres::Error) -> String {
    let Some(refusal) = error.as_db_error() else { return with_causes(error) };
    let code = refusal.code().code();
    let message = if code.starts_with("22") { "a value is not what the column takes" } else { refusal.message() };
    let places = [("table", refusal.table()), ("column", refusal.column()), ("constraint", refusal.constraint())];
    let mut parts = vec![format!("{} {code}: {message}", refusal.severity())];
    parts.extend(places.into_iter().filter_map(|(kind, name)| Some(format!("{kind} {}", name?))));
    if LOST_STATEMENT.contains(refusal.code()) {
        parts.push("which a connection pool does that is not in session mode, or does not reset its sessions (server_reset_query)".to_owned());
    }
    if refusal.message().starts_with("unsupported startup parameter") {
        parts.push("which is PgBouncer's word for `options` in postgres.url: leave them out".to_owned());
    }
    parts.join(", ")
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        // Some of them, OpenSSL's, say what their causes will say.
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::is_of_a_week;

    #[test]
    fn a_repeated_command_is_known_by_its_table_or_by_the_index_that_the_words_quote() {
        let words = |index: &str| format!("duplicate key value violates unique constraint \"{index}\"");
        assert!(is_of_a_week(Some("command_20261123"), &words("command_20261123_key")));
        assert!(!is_of_a_week(Some("scheduled"), &words("command_of_another_table")));
        // As Citus 13.2 says it.
        assert!(is_of_a_week(None, &words("command_20261123_key_102042")));
        assert!(!is_of_a_week(None, &words("scheduled_pkey")));
    }
}
