//! What the operator's page reads: of all tables, read-only, and bounded in cost however much is stored.
//!
//! Nothing here may disturb the service: each statement ends within `STATEMENT`, waits for no lock longer than
//! `LOCK`, and reads through an index or stops. Names, notes and numbers are not selected; of a number its last two
//! digits are.

use std::time::Duration;

use serde::Deserialize;
use tokio_postgres::{Client, IsolationLevel, Row, SimpleQueryMessage, Transaction};

use super::digest::digests;
use super::session::Endpoint;
use super::{DatabaseError, callback_row};
use crate::domain::ids::{CallbackId, CommandKey, Fingerprint, Shard, Tenant};
use crate::domain::life::Phase;
use crate::domain::time::Timestamp;

/// How long a statement may take.
const STATEMENT: Duration = Duration::from_millis(1_500);
/// How long a statement may wait for a lock: only for a partition that is being dropped.
const LOCK: Duration = Duration::from_millis(200);
/// Up to so many rows are counted one by one, which took 0.4 s, and 1.1 s with nothing in the caches
/// (docs/decisions/0007); above it the planner's estimates have to do.
const COUNTED_ROWS: i64 = 100_000;
/// Up to this size the memory of commands is searched for a callback, for which it has no index: one would cost every
/// command that comes in. 123 MB were read in 65 ms with nothing in the caches.
const SEARCHED_BYTES: i64 = 128 * 1024 * 1024;
/// How many commands of one callback are shown at most.
const COMMANDS: i64 = 100;

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// A connection for reading.
pub struct PageReader {
    client: Client,
}

/// A row of `shard`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardRow {
    /// The shard.
    pub shard: Shard,
    /// Its epoch.
    pub epoch: i64,
    /// The instance that owns it; `None` after an orderly stop.
    pub owner: Option<String>,
    /// The marker as it was last copied; `None` where nothing was fired yet.
    pub confirmed: Option<Timestamp>,
    /// When the row was last written.
    pub updated_at: Timestamp,
}

/// How many callbacks wait for each hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The beginning of the first hour.
    pub from: Timestamp,
    /// One number an hour.
    pub hours: Vec<u64>,
    /// Whether these are PostgreSQL's estimates: there are too many to count.
    pub estimated: bool,
}

/// A callback as an operator may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackRow {
    /// The callback.
    pub id: CallbackId,
    /// When it is wanted.
    pub scheduled_for: Timestamp,
    /// When it fires or has fired.
    pub fire_at: Timestamp,
    /// 1, and one more for each reschedule.
    pub revision: i32,
    /// Which attempt.
    pub attempt: i32,
    /// Tenant, source and id of the command that scheduled it.
    pub scheduled_by: CommandKey,
    /// Id of the command that made this revision.
    pub revised_by: String,
    /// The skill that calls.
    pub skill: i64,
    /// The agent that takes precedence.
    pub agent: Option<i64>,
    /// The agent of whoever scheduled it.
    pub requested_by: i64,
    /// The last two digits of its number.
    pub last_two: String,
    /// `ce_correlationid` of the schedule command.
    pub correlation_id: Option<String>,
    /// When it was scheduled.
    pub created_at: Timestamp,
    /// When a cancel was accepted.
    pub cancelled_at: Option<Timestamp>,
    /// Whether the copied marker, at most a minute old, has passed it.
    pub confirmed: bool,
    /// What happens at its place.
    pub phase: Phase,
    /// How often the person was dialled and not reached; `None` where it is not tracked.
    pub tries: Option<i16>,
    /// From when on it must not be presented.
    pub not_after: Option<Timestamp>,
    /// What was reported last.
    pub last_outcome: Option<String>,
    /// The agent whom that report names.
    pub reported_agent: Option<i64>,
    /// The agent it was released from, once it goes to the skill instead.
    pub released_from: Option<i64>,
}

/// A remembered command that made or changed a callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRow {
    /// When it was decided.
    pub decided_at: Timestamp,
    /// Whether it made the callback.
    pub schedules: bool,
    /// The result's data, with personal data in it.
    pub result: String,
}

/// The commands of a callback, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commands {
    /// Those that are remembered.
    pub found: Vec<CommandRow>,
    /// Whether all were looked for: the memory was small enough.
    pub all: bool,
}

impl Pending {
    /// The beginning of the hour, in UTC.
    pub fn hour_of(now: Timestamp) -> Timestamp {
        now.plus_micros(-now.micros().rem_euclid(HOUR))
    }
}

impl PageReader {
    /// Opens a connection that can only read, and gives up early.
    ///
    /// # Errors
    /// What the attempt ended with.
    pub async fn open(endpoint: &Endpoint) -> Result<Self, DatabaseError> {
        let client = endpoint.connect().await?;
        // No parallel workers: they would take the service's processors.
        let limits = format!(
            "set application_name = 'schedule-callback page'; set default_transaction_read_only = on;
             set statement_timeout = {}; set lock_timeout = {}; set max_parallel_workers_per_gather = 0",
            STATEMENT.as_millis(),
            LOCK.as_millis()
        );
        client.batch_execute(&limits).await?;
        Ok(Self { client })
    }

    /// Whether it is of no more use.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// All shards that were ever taken over: at most 1,024 rows.
    ///
    /// # Errors
    /// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
    pub async fn shards(&mut self) -> Result<Vec<ShardRow>, DatabaseError> {
        let transaction = self.begin().await?;
        let rows = transaction
            .query(
                "select shard, epoch, owner, updated_at,
                        case when confirmed_callback_id <> 0 then confirmed_fire_at end as confirmed
                 from shard order by shard",
                &[],
            )
            .await?;
        rows.iter().map(shard_row).collect()
    }

    /// How many callbacks wait from `now` on for each of so many hours, that of `now` included.
    ///
    /// # Errors
    /// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
    pub async fn pending(&mut self, now: Timestamp, hours: usize) -> Result<Pending, DatabaseError> {
        let from = Pending::hour_of(now);
        let estimates = self.estimate(now, from, hours).await?;
        // Estimates of a table that nobody has analysed yet can be far too low: the limit in the query holds then.
        let few = estimates.iter().sum::<u64>() <= COUNTED_ROWS.unsigned_abs();
        let counted = if few { self.count(now, from, hours).await } else { Ok(None) };
        Ok(match counted {
            Ok(Some(hours)) => Pending { from, hours, estimated: false },
            Ok(None) => Pending { from, hours: estimates, estimated: true },
            Err(error) if error.is_out_of_time() => Pending { from, hours: estimates, estimated: true },
            Err(error) => return Err(error),
        })
    }

    /// The callback of that id, wherever it stands.
    ///
    /// # Errors
    /// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
    pub async fn callback(&mut self, shard: Shard, id: CallbackId) -> Result<Option<CallbackRow>, DatabaseError> {
        let transaction = self.begin().await?;
        let row = transaction
            .query_opt(
                "select c.callback_id, c.scheduled_for, c.fire_at, c.revision, c.attempt, c.tenant, c.command_source,
                        c.command_id, c.revised_by, c.skill_id, c.agent_id, c.requested_by,
                        right(c.phone_number, 2) as last_two, c.correlation_id, c.created_at, c.cancelled_at, c.phase,
                        c.ended_as, c.reason, c.ended_at, c.tries, c.not_after, c.last_outcome, c.reported_agent,
                        c.released_from,
                        ((c.fire_at, c.callback_id) <= (s.confirmed_fire_at, s.confirmed_callback_id)) is true
                        as confirmed
                 from callback c left join shard s on s.shard = c.shard
                 where c.shard = $1 and c.callback_id = $2",
                &[&shard.column(), &id.get()],
            )
            .await?;
        row.as_ref().map(callback_row).transpose()
    }

    /// The commands that made and changed the callback, as far as they are remembered and can be found: all while the
    /// memory is small, else those whose keys can be told from the callback itself.
    ///
    /// # Errors
    /// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
    pub async fn commands_of(&mut self, callback: &CallbackRow) -> Result<Commands, DatabaseError> {
        let transaction = self.begin().await?;
        let size = "select coalesce(sum(pg_relation_size(inhrelid)), 0)::bigint from pg_inherits
                    where inhparent = 'decision'::regclass";
        let bytes: i64 = transaction.query_one(size, &[]).await?.get(0);
        let all = bytes <= SEARCHED_BYTES;
        let columns = "select decided_at, schedules, result_text(result, callback_id) from decision";
        let rows = if all {
            // The bound on decided_at leaves whole weeks out.
            let query = format!(
                "{columns} where callback_id = $1 and decided_at >= $2 order by decided_at, schedules desc limit $3"
            );
            transaction.query(&query, &[&callback.id.get(), &callback.created_at, &COMMANDS]).await?
        } else {
            let query =
                format!("{columns} where key = any ($1) and callback_id = $2 and decided_at >= $3 order by decided_at");
            let keys = keys_of(callback);
            transaction.query(&query, &[&digests(&keys), &callback.id.get(), &callback.created_at]).await?
        };
        let found =
            rows.iter().map(|row| CommandRow { decided_at: row.get(0), schedules: row.get(1), result: row.get(2) });
        Ok(Commands { found: found.collect(), all })
    }

    /// Counts row by row; `None` where there are too many for that.
    async fn count(
        &mut self,
        now: Timestamp,
        from: Timestamp,
        hours: usize,
    ) -> Result<Option<Vec<u64>>, DatabaseError> {
        let transaction = self.begin().await?;
        // One shard after the other through the order of firing, so that the limits bound what is read, cancelled ones too:
        // a bitmap would be made of the whole range first.
        transaction.batch_execute("set local enable_bitmapscan = off").await?;
        let rows = transaction
            .query(
                "select floor(extract(epoch from fire_at - $1) / 3600)::bigint, count(*),
                        count(*) filter (where cancelled_at is null)
                 from (select c.fire_at, c.cancelled_at
                       from shard s cross join lateral (
                           select fire_at, cancelled_at from callback
                           where shard = s.shard and fire_at >= $2 and fire_at < $3
                           order by fire_at, callback_id limit $4) c
                       limit $4) waiting
                 group by 1",
                &[&from, &now, &hour(from, hours), &(COUNTED_ROWS + 1)],
            )
            .await?;
        let mut counts = vec![0; hours];
        let mut read = 0;
        for row in &rows {
            read += row.get::<_, i64>(1);
            let hour = usize::try_from(row.get::<_, i64>(0)).ok();
            if let Some(count) = hour.and_then(|hour| counts.get_mut(hour)) {
                *count = row.get::<_, i64>(2).unsigned_abs();
            }
        }
        Ok((read <= COUNTED_ROWS).then_some(counts))
    }

    /// What the planner expects, from statistics alone: no row is read.
    async fn estimate(&mut self, now: Timestamp, from: Timestamp, hours: usize) -> Result<Vec<u64>, DatabaseError> {
        let statements: Vec<String> = (0..hours)
            .map(|number| {
                format!(
                    "explain (format json) select from callback
                     where fire_at >= '{}' and fire_at < '{}' and cancelled_at is null",
                    hour(from, number).max(now),
                    hour(from, number + 1)
                )
            })
            .collect();
        let transaction = self.begin().await?;
        let answers = transaction.simple_query(&statements.join(";\n")).await?;
        let plans = answers.iter().filter_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        plans.map(expected_rows).collect()
    }

    pub(super) async fn begin(&mut self) -> Result<Transaction<'_>, DatabaseError> {
        let transaction = self.client.build_transaction().read_only(true);
        Ok(transaction.isolation_level(IsolationLevel::ReadCommitted).start().await?)
    }
}

/// The beginning of that hour, counted from `from`.
fn hour(from: Timestamp, number: usize) -> Timestamp {
    from.plus_micros(HOUR.saturating_mul(i64::try_from(number).unwrap_or(i64::MAX)))
}

/// The keys under which the commands are remembered that the callback names: whoever made its last revision is known
/// by its id only, and is looked for under the source that scheduled it.
fn keys_of(callback: &CallbackRow) -> [Fingerprint; 2] {
    let scheduled_by = &callback.scheduled_by;
    let revised_by = CommandKey { command_id: callback.revised_by.clone(), ..scheduled_by.clone() };
    [scheduled_by.fingerprint(), revised_by.fingerprint()]
}

/// The number of rows in the answer to `explain (format json)`. The planner never says 0, so 1 counts as none.
///
/// Source of the form: PostgreSQL's manual, "Using EXPLAIN" and the reference page of EXPLAIN.
fn expected_rows(plan: &str) -> Result<u64, DatabaseError> {
    #[derive(Deserialize)]
    struct Explained {
        #[serde(rename = "Plan")]
        plan: Plan,
    }
    #[derive(Deserialize)]
    struct Plan {
        #[serde(rename = "Plan Rows")]
        rows: f64,
    }
    let explained: Vec<Explained> =
        serde_json::from_str(plan).map_err(|error| DatabaseError::Row(format!("the planner's answer: {error}")))?;
    let rows = explained.first().map_or(0.0, |explained| explained.plan.rows);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of rows, not negative")]
    Ok(if rows <= 1.0 { 0 } else { rows as u64 })
}

fn shard_row(row: &Row) -> Result<ShardRow, DatabaseError> {
    let number: i16 = row.get("shard");
    Ok(ShardRow {
        shard: Shard::from_partition(number.into()).map_err(|_| DatabaseError::Row(format!("shard {number}")))?,
        epoch: row.get("epoch"),
        owner: row.get("owner"),
        confirmed: row.get("confirmed"),
        updated_at: row.get("updated_at"),
    })
}

fn callback_row(row: &Row) -> Result<CallbackRow, DatabaseError> {
    let phase = phase(row)?;
    let invalid = |error| DatabaseError::Row(format!("callback {}: {error}", row.get::<_, i64>("callback_id")));
    Ok(CallbackRow {
        id: CallbackId::new(row.get("callback_id")).map_err(invalid)?,
        scheduled_for: row.get("scheduled_for"),
        fire_at: row.get("fire_at"),
        revision: row.get("revision"),
        attempt: row.get("attempt"),
        scheduled_by: CommandKey {
            tenant: Tenant::parse(row.get("tenant")).map_err(invalid)?,
            source: row.get("command_source"),
            command_id: row.get("command_id"),
        },
        revised_by: row.get("revised_by"),
        skill: row.get("skill_id"),
        agent: row.get("agent_id"),
        requested_by: row.get("requested_by"),
        last_two: row.get("last_two"),
        correlation_id: row.get("correlation_id"),
        created_at: row.get("created_at"),
        cancelled_at: cancelled_at(row, phase),
        confirmed: row.get("confirmed"),
        phase,
        tries: row.get("tries"),
        not_after: row.get("not_after"),
        last_outcome: row.get("last_outcome"),
        reported_agent: row.get("reported_agent"),
        released_from: row.get("released_from"),
    })
}

/// What happens at the callback's place.
pub(super) fn phase(row: &Row) -> Result<Phase, DatabaseError> {
    callback_row::phase(row.get("phase"), (row.get("ended_as"), row.get("reason"), row.get("ended_at")))
        .map_err(|error| DatabaseError::Row(format!("callback {}: {error}", row.get::<_, i64>("callback_id"))))
}

/// When a cancel was accepted: of a row that is not presented the column says something else.
pub(super) fn cancelled_at(row: &Row, phase: Phase) -> Option<Timestamp> {
    row.get::<_, Option<Timestamp>>("cancelled_at").filter(|_| phase.presents())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_planners_estimate_is_read_and_its_least_counts_as_none() {
        let plan = |rows: &str| format!(r#"[{{"Plan": {{"Node Type": "Append", "Plan Rows": {rows}, "Plans": []}}}}]"#);
        assert_eq!(expected_rows(&plan("118734")).unwrap(), 118_734);
        assert_eq!(expected_rows(&plan("1")).unwrap(), 0);
        assert_eq!(expected_rows(&plan("0")).unwrap(), 0);
        assert!(expected_rows("QUERY PLAN").is_err());
    }
}
