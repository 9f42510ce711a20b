//! What the operator's page finds callbacks by, besides their ids. Neither what a command is called nor a number has an
//! index of its own: it would cost every command that comes in (docs/decisions/0008).

use tokio_postgres::Row;

use super::digest::Digest;
use super::overview::PageReader;
use super::{DatabaseError, overview};
use crate::domain::ids::{CallbackId, CommandKey, Tenant};
use crate::domain::life::Phase;
use crate::domain::time::Timestamp;

/// So many callbacks are looked through at most in each direction from now, of all shards together: as long as counting
/// them takes, half of what the page counts for its plot.
const LOOKED_THROUGH: i64 = 50_000;
/// Of each shard at least so many, however many shards there are.
const AT_LEAST: i64 = 100;
/// How many callbacks of a number are shown at most in each direction.
const SHOWN: i64 = 50;
/// How many decisions about one command are shown: more than one only where its id was used anew after the retention.
const DECISIONS: i64 = 10;

/// A command that is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// When it was decided.
    pub decided_at: Timestamp,
    /// The callback that it made or changed.
    pub callback: Option<CallbackId>,
    /// The result's data, with personal data in it; `None` where only the callback is still known.
    pub result: Option<String>,
}

/// A callback whose number ends in the digits that were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The callback.
    pub id: CallbackId,
    /// When the person wants to be called.
    pub scheduled_for: Timestamp,
    /// When it fires or has fired.
    pub fire_at: Timestamp,
    /// When a cancel was accepted.
    pub cancelled_at: Option<Timestamp>,
    /// Whether the copied marker, at most a minute old, has passed it.
    pub confirmed: bool,
    /// What happens at its place.
    pub phase: Phase,
    /// The skill that calls.
    pub skill: i64,
    /// The agent that takes precedence.
    pub agent: Option<i64>,
    /// The last two digits of its number.
    pub last_two: String,
}

/// What was found in one direction from now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// The nearest first.
    pub found: Vec<Match>,
    /// How many callbacks were looked through.
    pub looked_through: i64,
    /// Whether it took longer than a page waits, so that nothing is known.
    pub out_of_time: bool,
}

impl PageReader {
    /// What is known of that command: what was decided, else which callback it made. One index look-up a week.
    ///
    /// # Errors
    /// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
    pub async fn command(&mut self, key: &CommandKey) -> Result<Vec<Remembered>, DatabaseError> {
        let transaction = self.begin().await?;
        let digest = Digest(key.fingerprint());
        // The digest may have another type in each of the two tables.
        let query = "select decided_at, callback_id, result_text(result, callback_id) from decision where key = $1
                     union all
                     select decided_at, callback_id, null from scheduled
                     where key = $2 and not exists (select 1 from decision where key = $1)
                     order by decided_at limit $3";
        let rows = transaction.query(query, &[&digest, &digest, &DECISIONS]).await?;
        let remembered = |row: &Row| {
            let callback: Option<i64> = row.get(1);
            Ok(Remembered { decided_at: row.get(0), callback: callback.map(id).transpose()?, result: row.get(2) })
        };
        rows.iter().map(remembered).collect()
    }

    /// Callbacks of the tenant whose number ends in these digits: the next ones from `now` on, and the last ones before.
    ///
    /// # Errors
    /// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
    pub async fn numbers(
        &mut self,
        tenant: &Tenant,
        digits: &str,
        now: Timestamp,
    ) -> Result<[Matches; 2], DatabaseError> {
        let next = self.look_through(tenant, digits, now, ">=", "asc").await?;
        let last = self.look_through(tenant, digits, now, "<", "desc").await?;
        Ok([next, last])
    }

    async fn look_through(
        &mut self,
        tenant: &Tenant,
        digits: &str,
        now: Timestamp,
        side: &str,
        direction: &str,
    ) -> Result<Matches, DatabaseError> {
        // Shard by shard through the order of firing, so that the limits bound what is read: see `PageReader::pending`.
        let query = format!(
            "with looked_through as materialized (
                 select c.*, ((c.fire_at, c.callback_id) <= (s.confirmed_fire_at, s.confirmed_callback_id)) is true
                        as confirmed
                 from shard s cross join lateral (
                     select callback_id, scheduled_for, fire_at, cancelled_at, phase, ended_as, reason, ended_at,
                            skill_id, agent_id, tenant, phone_number
                     from callback where shard = s.shard and fire_at {side} $3
                     order by fire_at {direction}, callback_id {direction}
                     limit greatest($4 / (select count(*) from shard), $5)) c)
             select (select count(*) from looked_through) as looked_through, f.callback_id, f.scheduled_for, f.fire_at,
                    f.cancelled_at, f.phase, f.ended_as, f.reason, f.ended_at, f.confirmed, f.skill_id, f.agent_id,
                    right(f.phone_number, 2) as last_two
             from (select) one left join lateral (
                 select * from looked_through where tenant = $1 and right(phone_number, length($2)) = $2
                 order by fire_at {direction}, callback_id {direction} limit $6) f on true"
        );
        let transaction = self.begin().await?;
        transaction.batch_execute("set local enable_bitmapscan = off").await?;
        let asked =
            transaction.query(&query, &[&tenant.as_str(), &digits, &now, &LOOKED_THROUGH, &AT_LEAST, &SHOWN]).await;
        let rows = match asked {
            Ok(rows) => rows,
            Err(error) => {
                let error = DatabaseError::from(error);
                let out_of_time = error.is_out_of_time();
                return if out_of_time { Ok(Matches { out_of_time, ..Matches::default() }) } else { Err(error) };
            }
        };
        let mut matches = Matches::default();
        for row in &rows {
            matches.looked_through = row.get("looked_through");
            let Some(found) = row.get("callback_id") else { continue };
            let phase = overview::phase(row)?;
            matches.found.push(Match {
                id: id(found)?,
                scheduled_for: row.get("scheduled_for"),
                fire_at: row.get("fire_at"),
                cancelled_at: overview::cancelled_at(row, phase),
                confirmed: row.get("confirmed"),
                phase,
                skill: row.get("skill_id"),
                agent: row.get("agent_id"),
                last_two: row.get("last_two"),
            });
        }
        Ok(matches)
    }
}

fn id(number: i64) -> Result<CallbackId, DatabaseError> {
    CallbackId::new(number).map_err(|error| DatabaseError::Row(format!("callback {number}: {error}")))
}
