//! The table `callback`: the commitments.

use std::future::ready;

use futures_util::{Stream, TryStreamExt};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement, Transaction};

use super::DatabaseError;
use super::columns::{Put, columns};
use super::copy::CopyRows;
use crate::domain::commitment::{Commitment, Origin, PhoneNumber, Position, Target, Terms};
use crate::domain::given::TraceContext;
use crate::domain::ids::{AgentId, CallbackId, InvalidId, Shard, SkillId, Tenant};
use crate::domain::time::Timestamp;

/// How many sequence numbers `callback_sequence` hands out at once.
pub const SEQUENCE_BLOCK: i64 = 1_000;

columns! {
    /// A callback as a row.
    written: Written,
    /// A row of which a callback is made.
    read: Read,
    {
        callback_id: i64 => i64,
        fire_at: Timestamp => Timestamp,
        scheduled_for: Timestamp => Timestamp,
        revision: i32 => i32,
        attempt: i32 => i32,
        tenant: &'a str => &'a str,
        skill_id: i64 => i64,
        agent_id: Option<i64> => Option<i64>,
        phone_number: &'a str => String,
        extension: Option<&'a str> => Option<String>,
        first_name: Option<&'a str> => Option<String>,
        last_name: Option<&'a str> => Option<String>,
        notes: Option<&'a str> => Option<String>,
        caption: Option<&'a str> => Option<String>,
        requested_by: i64 => i64,
        command_source: &'a str => String,
        command_id: &'a str => String,
        revised_by: &'a str => String,
        correlation_id: Option<&'a str> => Option<String>,
        traceparent: Option<&'a str> => Option<String>,
        tracestate: Option<&'a str> => Option<String>,
        cancelled_at: Option<Timestamp> => Option<Timestamp>,
    }
    only written {
        shard: i16,
        created_at: Timestamp,
    }
    changed {
        fire_at,
        scheduled_for,
        revision,
        skill_id,
        agent_id,
        phone_number,
        extension,
        notes,
        revised_by,
        cancelled_at,
    }
}

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
        let read = Read::COLUMNS.join(", ");
        let find = format!("select {read} from callback where shard = $1 and callback_id = any ($2)");
        let copy = format!("copy callback ({}) from stdin (format binary)", Written::COLUMNS.join(", "));
        let set: Vec<_> =
            Written::CHANGED.iter().zip(4..).map(|(column, number)| format!("{column} = ${number}")).collect();
        let update =
            format!("update callback set {} where shard = $1 and callback_id = $2 and fire_at = $3", set.join(", "));
        let (find, copy, update, block) = tokio::try_join!(
            client.prepare(&find),
            client.prepare(&copy),
            client.prepare(&update),
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
        let (row, number) = (Written::from(now), shard.column());
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&number, &row.callback_id, &was.fire_at];
        parameters.extend(row.changed());
        let updated = transaction.execute(&self.update, &parameters).await?;
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
    Written::from(commitment).push(rows, shard.column(), created_at);
}

impl<'a> From<&'a Commitment> for Written<'a> {
    fn from(callback: &'a Commitment) -> Self {
        let Commitment { callback_id, revision, attempt, fire_at, terms, origin, revised_by, cancelled_at } = callback;
        let Terms { scheduled_for, target, phone_number, notes } = terms;
        let Origin {
            tenant,
            command_source,
            command_id,
            correlation_id,
            trace,
            caption,
            first_name,
            last_name,
            requested_by,
        } = origin;
        Self {
            callback_id: callback_id.get(),
            fire_at: *fire_at,
            scheduled_for: *scheduled_for,
            revision: *revision,
            attempt: *attempt,
            tenant: tenant.as_str(),
            skill_id: target.skill.get(),
            agent_id: target.agent.map(AgentId::get),
            phone_number: &phone_number.e164,
            extension: phone_number.extension.as_deref(),
            first_name: first_name.as_deref(),
            last_name: last_name.as_deref(),
            notes: notes.as_deref(),
            caption: caption.as_deref(),
            requested_by: requested_by.get(),
            command_source,
            command_id,
            revised_by,
            correlation_id: correlation_id.as_deref(),
            traceparent: trace.as_ref().map(|trace| &*trace.traceparent),
            tracestate: trace.as_ref().and_then(|trace| trace.tracestate.as_deref()),
            cancelled_at: *cancelled_at,
        }
    }
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
            "select {} from callback
             where shard = $1 and fire_at >= $2 and (fire_at, callback_id) > ($2, $3) and fire_at <= $4
               and cancelled_at is null
             order by fire_at, callback_id limit $5",
            Read::COLUMNS.join(", ")
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
    let row = Read::of(row);
    let id = row.callback_id;
    Commitment::try_from(row).map_err(|error| DatabaseError::Row(format!("callback {id}: {error}")))
}

impl TryFrom<Read<'_>> for Commitment {
    type Error = InvalidId;

    fn try_from(row: Read<'_>) -> Result<Self, InvalidId> {
        let Read { tracestate, .. } = row;
        Ok(Self {
            callback_id: CallbackId::new(row.callback_id)?,
            revision: row.revision,
            attempt: row.attempt,
            fire_at: row.fire_at,
            terms: Terms {
                scheduled_for: row.scheduled_for,
                target: Target {
                    skill: SkillId::new(row.skill_id)?,
                    agent: row.agent_id.map(AgentId::new).transpose()?,
                },
                phone_number: PhoneNumber { e164: row.phone_number, extension: row.extension },
                notes: row.notes,
            },
            origin: Origin {
                tenant: Tenant::parse(row.tenant)?,
                command_source: row.command_source,
                command_id: row.command_id,
                correlation_id: row.correlation_id,
                trace: row.traceparent.map(|traceparent| TraceContext { traceparent, tracestate }),
                caption: row.caption,
                first_name: row.first_name,
                last_name: row.last_name,
                requested_by: AgentId::new(row.requested_by)?,
            },
            revised_by: row.revised_by,
            cancelled_at: row.cancelled_at,
        })
    }
}
