//! The table `callback`: the commitments.

use std::future::ready;

use futures_util::{Stream, TryStreamExt};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement, Transaction};

use super::DatabaseError;
use super::copy::CopyRows;
use crate::domain::commitment::{Commitment, Origin, PhoneNumber, Position, Target, Terms};
use crate::domain::given::TraceContext;
use crate::domain::ids::{AgentId, CallbackId, InvalidId, Shard, SkillId, Tenant};
use crate::domain::time::Timestamp;

/// How many sequence numbers `callback_sequence` hands out at once.
pub const SEQUENCE_BLOCK: i64 = 1_000;

/// In the order that `read` and `push` use. `created_at` is written and not read.
const COLUMNS: &str = "callback_id, fire_at, scheduled_for, revision, attempt, tenant, skill_id, agent_id, \
    phone_number, extension, first_name, last_name, notes, caption, requested_by, command_source, command_id, \
    revised_by, correlation_id, traceparent, tracestate, cancelled_at";

/// The statements of the recording step, prepared on one connection.
pub struct CallbackStatements {
    find: Statement,
    copy: Statement,
    update: Statement,
    block: Statement,
}

impl CallbackStatements {
    /// # Errors
    /// What PostgreSQL says.
    pub async fn prepare(client: &Client) -> Result<Self, DatabaseError> {
        let find = format!("select {COLUMNS} from callback where shard = $1 and callback_id = any ($2)");
        let copy = format!("copy callback ({COLUMNS}, shard, created_at) from stdin (format binary)");
        let (find, copy, update, block) = tokio::try_join!(
            client.prepare(&find),
            client.prepare(&copy),
            client.prepare(
                "update callback set
                     fire_at = $4, scheduled_for = $5, revision = $6, skill_id = $7, agent_id = $8, phone_number = $9,
                     extension = $10, notes = $11, revised_by = $12, cancelled_at = $13
                 where shard = $1 and callback_id = $2 and fire_at = $3"
            ),
            client.prepare("select nextval('callback_sequence')"),
        )?;
        Ok(Self { find, copy, update, block })
    }

    /// The callbacks with these ids in that shard, cancelled and fired ones included.
    ///
    /// # Errors
    /// What PostgreSQL says.
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

    /// Stores the rows that `push` collected.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn copy(&self, transaction: &Transaction<'_>, rows: CopyRows) -> Result<(), DatabaseError> {
        rows.send(transaction, &self.copy).await
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
        let terms = &now.terms;
        let updated = transaction
            .execute(
                &self.update,
                &[
                    &shard.column(),
                    &now.callback_id.get(),
                    &was.fire_at,
                    &now.fire_at,
                    &terms.scheduled_for,
                    &now.revision,
                    &terms.target.skill.get(),
                    &terms.target.agent.map(AgentId::get),
                    &terms.phone_number.e164,
                    &terms.phone_number.extension,
                    &terms.notes,
                    &now.revised_by,
                    &now.cancelled_at,
                ],
            )
            .await?;
        if updated == 1 { Ok(()) } else { Err(DatabaseError::RowMoved { shard, callback_id: now.callback_id }) }
    }

    /// The first of the next `SEQUENCE_BLOCK` sequence numbers, which nobody else gets.
    ///
    /// # Errors
    /// `IdsUsedUp` where there are no more; else what PostgreSQL says.
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

/// Adds a row to a batch.
pub fn push(rows: &mut CopyRows, shard: Shard, commitment: &Commitment, created_at: Timestamp) {
    let (terms, origin) = (&commitment.terms, &commitment.origin);
    rows.row(24)
        .bigint(commitment.callback_id.get())
        .timestamptz(commitment.fire_at)
        .timestamptz(terms.scheduled_for)
        .integer(commitment.revision)
        .integer(commitment.attempt)
        .text(origin.tenant.as_str())
        .bigint(terms.target.skill.get())
        .nullable(terms.target.agent, |row, agent| row.bigint(agent.get()))
        .text(&terms.phone_number.e164)
        .nullable(terms.phone_number.extension.as_deref(), CopyRows::text)
        .nullable(origin.first_name.as_deref(), CopyRows::text)
        .nullable(origin.last_name.as_deref(), CopyRows::text)
        .nullable(terms.notes.as_deref(), CopyRows::text)
        .nullable(origin.caption.as_deref(), CopyRows::text)
        .bigint(origin.requested_by.get())
        .text(&origin.command_source)
        .text(&origin.command_id)
        .text(&commitment.revised_by)
        .nullable(origin.correlation_id.as_deref(), CopyRows::text)
        .nullable(origin.trace.as_ref().map(|trace| trace.traceparent.as_str()), CopyRows::text)
        .nullable(origin.trace.as_ref().and_then(|trace| trace.tracestate.as_deref()), CopyRows::text)
        .nullable(commitment.cancelled_at, CopyRows::timestamptz)
        .smallint(shard.column())
        .timestamptz(created_at);
}

/// The query that fills windows, prepared on one connection.
pub struct WindowQuery {
    statement: Statement,
}

impl WindowQuery {
    /// # Errors
    /// What PostgreSQL says.
    pub async fn prepare(client: &Client) -> Result<Self, DatabaseError> {
        // One shard a query: with `shard = any (…)` and a limit the planner may read everything. The bounds on fire_at
        // alone are for partition pruning.
        let text = format!(
            "select {COLUMNS} from callback
             where shard = $1 and fire_at >= $2 and (fire_at, callback_id) > ($2, $3) and fire_at <= $4
               and cancelled_at is null
             order by fire_at, callback_id limit $5"
        );
        Ok(Self { statement: client.prepare(&text).await? })
    }

    /// At most `limit` callbacks of the shard behind `after` and not later than `until`, in the order of firing. One at a
    /// time: a row as PostgreSQL sends it takes more memory than the callback.
    ///
    /// # Errors
    /// What PostgreSQL says.
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

fn read(row: &Row) -> Result<Commitment, DatabaseError> {
    read_checked(row).map_err(|error| DatabaseError::Row(format!("callback {}: {error}", row.get::<_, i64>(0))))
}

fn read_checked(row: &Row) -> Result<Commitment, InvalidId> {
    let tenant: &str = row.get(5);
    let traceparent: Option<String> = row.get(19);
    Ok(Commitment {
        callback_id: CallbackId::new(row.get(0))?,
        revision: row.get(3),
        attempt: row.get(4),
        fire_at: row.get(1),
        terms: Terms {
            scheduled_for: row.get(2),
            target: Target {
                skill: SkillId::new(row.get(6))?,
                agent: row.get::<_, Option<i64>>(7).map(AgentId::new).transpose()?,
            },
            phone_number: PhoneNumber { e164: row.get(8), extension: row.get(9) },
            notes: row.get(12),
        },
        origin: Origin {
            tenant: Tenant::parse(tenant)?,
            command_source: row.get(15),
            command_id: row.get(16),
            correlation_id: row.get(18),
            trace: traceparent.map(|traceparent| TraceContext { traceparent, tracestate: row.get(20) }),
            caption: row.get(13),
            first_name: row.get(10),
            last_name: row.get(11),
            requested_by: AgentId::new(row.get(14))?,
        },
        revised_by: row.get(17),
        cancelled_at: row.get(21),
    })
}
