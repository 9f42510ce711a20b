//! A callback as a row of the table `callback`, and a row as a callback.

use thiserror::Error;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::DatabaseError;
use super::columns::{Put, columns};
use super::copy::CopyRows;
use crate::domain::commitment::{Commitment, Origin, PhoneNumber, Target, Terms};
use crate::domain::given::TraceContext;
use crate::domain::ids::{AgentId, CallbackId, InvalidId, SkillId, Tenant};
use crate::domain::life::{End, Life, NotAfter, Outcome, Phase, Reason, Status};
use crate::domain::time::Timestamp;

columns! {
    /// A callback as a row.
    written: Written,
    /// A row of which a callback is made.
    read: Read,
    /// Callbacks as rows, column by column.
    rows: Rows,
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

/// The columns that a callback is read from.
pub(super) fn read_columns() -> String {
    Read::COLUMNS.join(", ")
}

/// The callback of an answer that has the columns of [`read_columns`].
pub(super) fn read(row: &Row) -> Result<Commitment, DatabaseError> {
    let row = Read::of(row);
    let id = row.callback_id;
    Commitment::try_from(row).map_err(|error| DatabaseError::Row(format!("callback {id}: {error}")))
}

/// Why a row is no callback.
#[derive(Debug, Error)]
pub enum InvalidRow {
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
