//! The table `callback`: the commitments.

use std::future::ready;

use futures_util::{Stream, TryStreamExt};
use thiserror::Error;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement, Transaction};

use super::DatabaseError;
use super::columns::{Put, columns};
use super::copy::CopyRows;
use crate::domain::commitment::{Commitment, Origin, PhoneNumber, Position, Target, Terms};
use crate::domain::given::TraceContext;
use crate::domain::ids::{AgentId, CallbackId, InvalidId, Shard, SkillId, Tenant};
use crate::domain::life::{End, Life, NotAfter, Outcome, Phase, Reason, Status};
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
    mostly null {
        tries: Option<i16> => Option<i16>,
        phase: Option<&'a str> => Option<&'a str>,
        ended_as: Option<&'a str> => Option<&'a str>,
        reason: Option<&'a str> => Option<&'a str>,
        ended_at: Option<Timestamp> => Option<Timestamp>,
        not_after: Option<Timestamp> => Option<Timestamp>,
        not_after_derived: Option<bool> => Option<bool>,
        last_outcome: Option<&'a str> => Option<&'a str>,
        reported_agent: Option<i64> => Option<i64>,
        released_from: Option<i64> => Option<i64>,
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
        attempt,
        tries,
        phase,
        ended_as,
        reason,
        ended_at,
        not_after,
        not_after_derived,
        last_outcome,
        reported_agent,
        released_from,
    }
}

/// The statements of the recording step, prepared on one connection.
pub struct CallbackStatements {
    find: Statement,
    copy: Statement,
    copy_living: Statement,
    update: Statement,
    block: Statement,
}

impl CallbackStatements {
    /// # Errors
    /// What PostgreSQL says.
    pub async fn prepare(client: &Client) -> Result<Self, DatabaseError> {
        let read = Read::COLUMNS.join(", ");
        let find = format!("select {read} from callback where shard = $1 and callback_id = any ($2)");
        let copy = |columns: &[&str]| format!("copy callback ({}) from stdin (format binary)", columns.join(", "));
        let (copy, copy_living) = (copy(Written::COLUMNS), copy(Written::ALL_COLUMNS));
        let set: Vec<_> =
            Written::CHANGED.iter().zip(4..).map(|(column, number)| format!("{column} = ${number}")).collect();
        let update =
            format!("update callback set {} where shard = $1 and callback_id = $2 and fire_at = $3", set.join(", "));
        let (find, copy, copy_living, update, block) = tokio::try_join!(
            client.prepare(&find),
            client.prepare(&copy),
            client.prepare(&copy_living),
            client.prepare(&update),
            client.prepare("select nextval('callback_sequence')"),
        )?;
        Ok(Self { find, copy, copy_living, update, block })
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

    /// Stores the rows.
    ///
    /// # Errors
    /// What PostgreSQL says.
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

impl<'a> From<&'a Commitment> for Written<'a> {
    fn from(callback: &'a Commitment) -> Self {
        let Commitment { callback_id, revision, attempt, fire_at, terms, origin, revised_by, cancelled_at, life } =
            callback;
        let Life { tries, phase, not_after, last_outcome, reported_agent, released_from } = life;
        let end = phase.end();
        // Programs up to 0.1, which do not know phases, publish the due event of what has none of this.
        let hidden = (!phase.presents()).then(|| end.map_or(*fire_at, |end| end.at));
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
            cancelled_at: cancelled_at.or(hidden),
            tries: *tries,
            phase: name_of(*phase),
            ended_as: end.map(|end| end.status.name()),
            reason: end.map(|end| end.reason.code()),
            ended_at: end.map(|end| end.at),
            not_after: not_after.map(|not_after| not_after.at),
            not_after_derived: not_after.map(|not_after| not_after.is_derived),
            last_outcome: last_outcome.map(Outcome::name),
            reported_agent: reported_agent.map(AgentId::get),
            released_from: released_from.map(AgentId::get),
        }
    }
}

/// The name of a phase in its column.
const fn name_of(phase: Phase) -> Option<&'static str> {
    match phase {
        Phase::Present => None,
        Phase::PresentAgain => Some("again"),
        Phase::Handling => Some("handling"),
        Phase::Held => Some("held"),
        Phase::Ending(_) => Some("ending"),
        Phase::Ended(_) => Some("ended"),
    }
}

/// The query for presentations of which nobody has reported, prepared on one connection.
pub struct UnreportedQuery {
    statement: Statement,
}

impl UnreportedQuery {
    /// # Errors
    /// What PostgreSQL says.
    pub async fn prepare(client: &Client) -> Result<Self, DatabaseError> {
        // The conditions on `tries` and `phase` are those of the index `callback_unreported`.
        let text = "select fire_at, callback_id from callback
             where shard = $1 and tries is not null and (phase is null or phase = 'again') and cancelled_at is null
               and (fire_at, callback_id) > ($2, $3) and (fire_at, callback_id) <= ($4, $5) and fire_at <= $4
             order by fire_at, callback_id limit $6";
        Ok(Self { statement: client.prepare(text).await? })
    }

    /// Where the shard's tracked callbacks stand that wait to be presented or reported, behind `after` (where there is one)
    /// up to and including `through`; at most `limit`, in the order of firing.
    ///
    /// # Errors
    /// What PostgreSQL says.
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

impl WindowQuery {
    /// # Errors
    /// What PostgreSQL says.
    pub async fn prepare(client: &Client) -> Result<Self, DatabaseError> {
        // One shard a query: with `shard = any (…)` and a limit the planner may read everything. The bounds on fire_at
        // alone are for partition pruning.
        let text = format!(
            "select {} from callback
             where shard = $1 and fire_at >= $2 and (fire_at, callback_id) > ($2, $3) and fire_at <= $4
               and (cancelled_at is null or phase in ('handling', 'ending'))
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

/// Why a row is no callback.
#[derive(Debug, Error)]
pub(super) enum InvalidRow {
    #[error(transparent)]
    Id(#[from] InvalidId),
    #[error("{0} has {1:?}")]
    Word(&'static str, String),
}

impl TryFrom<Read<'_>> for Commitment {
    type Error = InvalidRow;

    fn try_from(row: Read<'_>) -> Result<Self, InvalidRow> {
        let life = read_life(&row)?;
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
            // Of a row that is not presented it says something else.
            cancelled_at: row.cancelled_at.filter(|_| life.phase.presents()),
            life,
        })
    }
}

fn read_life(row: &Read<'_>) -> Result<Life, InvalidRow> {
    let unknown = |column, text: &str| InvalidRow::Word(column, text.to_owned());
    let phase = phase(row.phase, (row.ended_as, row.reason, row.ended_at))?;
    let outcome = |name: &str| Outcome::parse(name).ok_or_else(|| unknown("last_outcome", name));
    Ok(Life {
        tries: row.tries,
        phase,
        not_after: row.not_after.map(|at| NotAfter { at, is_derived: row.not_after_derived.unwrap_or_default() }),
        last_outcome: row.last_outcome.map(outcome).transpose()?,
        reported_agent: row.reported_agent.map(AgentId::new).transpose()?,
        released_from: row.released_from.map(AgentId::new).transpose()?,
    })
}

/// What the column `phase` says of what happens at the row's place; `end` is `ended_as`, `reason` and `ended_at`.
pub(super) fn phase(
    phase: Option<&str>,
    end: (Option<&str>, Option<&str>, Option<Timestamp>),
) -> Result<Phase, InvalidRow> {
    Ok(match phase {
        None => Phase::Present,
        Some("again") => Phase::PresentAgain,
        Some("handling") => Phase::Handling,
        Some("held") => Phase::Held,
        Some("ending") => Phase::Ending(read_end(end)?),
        Some("ended") => Phase::Ended(read_end(end)?),
        Some(other) => return Err(InvalidRow::Word("phase", other.to_owned())),
    })
}

fn read_end((status, reason, at): (Option<&str>, Option<&str>, Option<Timestamp>)) -> Result<End, InvalidRow> {
    let (status, reason) = (status.unwrap_or_default(), reason.unwrap_or_default());
    let known = Status::ALL.into_iter().find(|known| known.name() == status);
    Ok(End {
        status: known.ok_or_else(|| InvalidRow::Word("ended_as", status.to_owned()))?,
        reason: Reason::parse(reason).ok_or_else(|| InvalidRow::Word("reason", reason.to_owned()))?,
        at: at.ok_or_else(|| InvalidRow::Word("ended_at", String::new()))?,
    })
}
