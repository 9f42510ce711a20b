//! The table `callback`: the commitments.

use std::collections::{HashMap, HashSet};

use futures_util::future::try_join_all;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement, Transaction};

use super::DatabaseError;
use super::callback_row::{Read, Rows, Written, read};
use super::copy::CopyRows;
use crate::domain::commitment::{Commitment, Position};
use crate::domain::ids::{CallbackId, Shard};
use crate::domain::life::Life;
use crate::domain::time::Timestamp;

/// From so many on, changed rows are written by one statement.
const MANY: usize = 20;
/// How many sequence numbers `callback_sequence` hands out at once.
pub const SEQUENCE_BLOCK: i64 = 1_000;

/// The statements of the recording step, prepared on one connection.
pub struct CallbackStatements {
    find: Statement,
    copy: Statement,
    copy_living: Statement,
    update: Statement,
    update_many: Statement,
    block: Statement,
}

impl CallbackStatements {
    /// # Errors
    /// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
    pub async fn prepare(client: &Client) -> Result<Self, DatabaseError> {
        let read = Read::COLUMNS.join(", ");
        let find = format!("select {read} from callback where shard = $1 and callback_id = any ($2)");
        let copy = |columns: &[&str]| format!("copy callback ({}) from stdin (format binary)", columns.join(", "));
        let (copy, copy_living) = (copy(Written::COLUMNS), copy(Written::ALL_COLUMNS));
        let set: Vec<_> =
            Written::CHANGED.iter().zip(4..).map(|(column, number)| format!("{column} = ${number}")).collect();
        let update =
            format!("update callback set {} where shard = $1 and callback_id = $2 and fire_at = $3", set.join(", "));
        let update_many = update_many();
        let (find, copy, copy_living, update, update_many, block) = tokio::try_join!(
            client.prepare(&find),
            client.prepare(&copy),
            client.prepare(&copy_living),
            client.prepare(&update),
            client.prepare(&update_many),
            client.prepare("select nextval('callback_sequence')"),
        )?;
        Ok(Self { find, copy, copy_living, update, update_many, block })
    }

    /// The callbacks with these ids in that shard, cancelled and fired ones included.
    ///
    /// # Errors
    /// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
    pub async fn find(
        &self,
        transaction: &Transaction<'_>,
        shard: Shard,
        ids: &[CallbackId],
    ) -> Result<Vec<Commitment>, DatabaseError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
        let rows = transaction.query(&self.find, &[&shard.column(), &ids]).await?;
        rows.iter().map(read).collect()
    }

    /// Stores the rows.
    ///
    /// # Errors
    /// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
    pub async fn copy(&self, transaction: &Transaction<'_>, rows: NewRows) -> Result<(), DatabaseError> {
        rows.plain.send(transaction, &self.copy).await?;
        rows.living.send(transaction, &self.copy_living).await
    }

    /// Writes a callback that was rescheduled or cancelled; `was` is where it stood.
    ///
    /// # Errors
    /// `RowMoved` where it no longer stands there: somebody else has written this shard.
    pub async fn update(
        &self,
        transaction: &Transaction<'_>,
        shard: Shard,
        was: Position,
        now: &Commitment,
    ) -> Result<(), DatabaseError> {
        let (row, number) = (Written::from(now), shard.column());
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&number, &row.callback_id, &was.fire_at];
        parameters.extend(row.changed());
        let updated = transaction.execute(&self.update, &parameters).await?;
        if updated == 1 { Ok(()) } else { Err(DatabaseError::RowMoved { shard, callback_id: now.callback_id }) }
    }

    /// Writes callbacks of one shard that were changed, each with where it stood: several in one statement, which costs
    /// PostgreSQL a small part of as many statements.
    ///
    /// # Errors
    /// `RowMoved` where one no longer stands there: somebody else has written this shard.
    pub async fn update_all(
        &self,
        transaction: &Transaction<'_>,
        shard: Shard,
        changed: &[(Position, &Commitment)],
    ) -> Result<(), DatabaseError> {
        if changed.len() < MANY {
            let updates = changed.iter().map(|(was, now)| self.update(transaction, shard, *was, now));
            // All on their way at once: each would wait for the answer to the one before.
            try_join_all(updates).await?;
            return Ok(());
        }
        let (mut rows, number) = (Rows::default(), shard.column());
        let was: Vec<Timestamp> = changed.iter().map(|(was, _)| was.fire_at).collect();
        for (_, now) in changed {
            rows.push(Written::from(*now));
        }
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&number, &rows.callback_id, &was];
        parameters.extend(rows.changed());
        let written = transaction.query(&self.update_many, &parameters).await?;
        if written.len() == changed.len() {
            return Ok(());
        }
        let written: HashSet<i64> = written.iter().map(|row| row.get(0)).collect();
        let moved = changed.iter().find(|(_, now)| !written.contains(&now.callback_id.get()));
        let callback_id = moved.map_or(changed[0].1.callback_id, |(_, now)| now.callback_id);
        Err(DatabaseError::RowMoved { shard, callback_id })
    }

    /// The first of the next `SEQUENCE_BLOCK` sequence numbers, which nobody else gets.
    ///
    /// # Errors
    /// `IdsUsedUp` where there are no more; any other error is of the statement or the connection.
    pub async fn sequence_block(&self, client: &Client) -> Result<i64, DatabaseError> {
        match client.query_one(&self.block, &[]).await {
            Ok(row) => Ok(row.get(0)),
            Err(error) if error.code() == Some(&SqlState::SEQUENCE_GENERATOR_LIMIT_EXCEEDED) => {
                Err(DatabaseError::IdsUsedUp)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The statement that changes many callbacks of one shard, whose columns are arrays. It asks for a plan that goes from each
/// of them to its row: see `ingest::session`.
fn update_many() -> String {
    let types = Rows::TYPES.iter().filter(|(column, _)| Written::CHANGED.contains(column));
    let kinds: HashMap<&str, &str> = types.copied().collect();
    let changed: Vec<(&str, &str)> = Written::CHANGED.iter().map(|name| (*name, kinds[name])).collect();
    let set: Vec<_> = changed.iter().map(|(name, _)| format!("{name} = now.{name}")).collect();
    let arrays: Vec<_> = changed.iter().zip(4..).map(|((_, kind), number)| format!("${number}::{kind}[]")).collect();
    let names: Vec<_> = changed.iter().map(|(name, _)| *name).collect();
    format!(
        "update callback set {} from unnest($2::bigint[], $3::timestamptz[], {}) as now (id, stood_at, {})
         where callback.shard = $1 and callback.callback_id = now.id and callback.fire_at = now.stood_at
         returning callback.callback_id",
        set.join(", "),
        arrays.join(", "),
        names.join(", ")
    )
}

/// New rows on their way into the table. Most have no life of their own, and are sent without its columns.
#[derive(Default)]
pub struct NewRows {
    plain: CopyRows,
    living: CopyRows,
}

impl NewRows {
    /// Adds a row.
    pub fn push(&mut self, shard: Shard, commitment: &Commitment, created_at: Timestamp) {
        let row = Written::from(commitment);
        if commitment.life == Life::default() {
            row.push(&mut self.plain, shard.column(), created_at);
        } else {
            row.push_all(&mut self.living, shard.column(), created_at);
        }
    }
}
