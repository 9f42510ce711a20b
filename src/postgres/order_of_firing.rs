//! The queries that go along the order of firing in the table `callback`: what a window holds next, and what was presented and
//! reported by nobody.

use std::future::ready;

use futures_util::{Stream, TryStreamExt};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::DatabaseError;
use super::callback_row::{read, read_columns};
use super::reader::Prepared;
use crate::domain::commitment::{Commitment, Position};
use crate::domain::ids::Shard;
use crate::domain::time::Timestamp;

/// The query for presentations of which nobody has reported, prepared on one connection.
pub struct UnreportedQuery {
    statement: Statement,
}

impl Prepared for UnreportedQuery {
    async fn prepare(client: &Client) -> Result<Self, DatabaseError> {
        // The conditions on `tries` and `phase` are those of the index `callback_unreported`.
        let text = "select fire_at, callback_id from callback
             where shard = $1 and tries is not null and (phase is null or phase = 'again') and cancelled_at is null
               and (fire_at, callback_id) > ($2, $3) and (fire_at, callback_id) <= ($4, $5) and fire_at <= $4
             order by fire_at, callback_id limit $6";
        Ok(Self { statement: client.prepare(text).await? })
    }
}

impl UnreportedQuery {
    /// Where the shard's tracked callbacks stand that wait to be presented or reported, behind `after` (where there is one)
    /// up to and including `through`; at most `limit`, in the order of firing.
    ///
    /// # Errors
    /// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
    pub async fn find(
        &self,
        client: &Client,
        shard: Shard,
        after: Option<Position>,
        through: Position,
        limit: usize,
    ) -> Result<Vec<Position>, DatabaseError> {
        let after = after.unwrap_or(Position { fire_at: Timestamp::default(), callback_id: 0 });
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = client
            .query(
                &self.statement,
                &[&shard.column(), &after.fire_at, &after.callback_id, &through.fire_at, &through.callback_id, &limit],
            )
            .await?;
        Ok(rows.iter().map(|row| Position { fire_at: row.get(0), callback_id: row.get(1) }).collect())
    }
}

/// The query that fills windows, prepared on one connection.
pub struct WindowQuery {
    statement: Statement,
}

impl Prepared for WindowQuery {
    async fn prepare(client: &Client) -> Result<Self, DatabaseError> {
        // One shard a query: with `shard = any (…)` and a limit the planner may read everything. The bounds on fire_at
        // alone are for partition pruning.
        let text = format!(
            "select {} from callback
             where shard = $1 and fire_at >= $2 and (fire_at, callback_id) > ($2, $3) and fire_at <= $4
               and (cancelled_at is null or phase in ('handling', 'ending'))
             order by fire_at, callback_id limit $5",
            read_columns()
        );
        Ok(Self { statement: client.prepare(&text).await? })
    }
}

impl WindowQuery {
    /// At most `limit` callbacks of the shard behind `after` and not later than `until`, in the order of firing. One at a
    /// time: a row as PostgreSQL sends it takes more memory than the callback.
    ///
    /// # Errors
    /// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
    pub async fn load(
        &self,
        client: &Client,
        shard: Shard,
        after: Position,
        until: Timestamp,
        limit: i64,
    ) -> Result<impl Stream<Item = Result<Commitment, DatabaseError>> + use<>, DatabaseError> {
        let (shard, Position { fire_at, callback_id }) = (shard.column(), after);
        let parameters: [&(dyn ToSql + Sync); 5] = [&shard, &fire_at, &callback_id, &until, &limit];
        let rows = client.query_raw(&self.statement, parameters).await?;
        Ok(rows.map_err(DatabaseError::from).and_then(|row| ready(read(&row))))
    }
}
