//! The table `decision`: what was decided, by the digest of tenant, source and command id.

use std::collections::HashMap;

use tokio_postgres::{Client, Row, Statement, Transaction};

use super::DatabaseError;
use super::copy::CopyRows;
use super::digest::{digest, digests};
use super::leaves::Leaf;
use super::migrate::SCHEMA_LOCK;
use crate::domain::decision::Decision;
use crate::domain::ids::{CallbackId, Fingerprint};
use crate::domain::time::Timestamp;
use crate::wire::stored;

/// How far the clocks of two instances may be apart, in microseconds.
const CLOCK_SKEW_MICROS: i64 = 60_000_000;
/// Advisory lock held by recording transactions around the turn of a week.
const TURN_OF_WEEK_LOCK: i64 = SCHEMA_LOCK + 1;

/// The statements of this table, prepared on one connection.
pub struct CommandStatements {
    find: Statement,
    copy: Statement,
    copy_stating: Statement,
    forget: Statement,
}

impl CommandStatements {
    /// # Errors
    /// What PostgreSQL says.
    pub async fn prepare(client: &Client) -> Result<Self, DatabaseError> {
        let (find, copy, copy_stating, forget) = tokio::try_join!(
            client.prepare(
                "select key, payload, decided_at, callback_id, schedules, correlation_id, result, state
                 from decision where key = any ($1) and decided_at >= $2"
            ),
            client.prepare(
                "copy decision (key, payload, decided_at, callback_id, schedules, correlation_id, result)
                 from stdin (format binary)"
            ),
            client.prepare(
                "copy decision (key, payload, decided_at, callback_id, schedules, correlation_id, result, state)
                 from stdin (format binary)"
            ),
            client.prepare("delete from decision where key = any ($1) and decided_at < $2"),
        )?;
        Ok(Self { find, copy, copy_stating, forget })
    }

    /// Around the turn of a week, lets one recording transaction after the other look and write: keys are unique within
    /// a week's partition only, so the same command, sent twice, could otherwise be decided once on either side.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn queue_at_turn_of_week(
        &self,
        transaction: &Transaction<'_>,
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        let either_side = [now.plus_micros(-CLOCK_SKEW_MICROS), now.plus_micros(CLOCK_SKEW_MICROS)];
        let [before, after] = either_side.map(Leaf::of_decision);
        if before != after {
            transaction.execute("select pg_advisory_xact_lock($1)", &[&TURN_OF_WEEK_LOCK]).await?;
        }
        Ok(())
    }

    /// What was decided for these keys, not before `since`.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn find(
        &self,
        transaction: &Transaction<'_>,
        keys: &[Fingerprint],
        since: Timestamp,
    ) -> Result<HashMap<Fingerprint, Decision>, DatabaseError> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = transaction.query(&self.find, &[&digests(keys), &since]).await?;
        rows.iter().map(|row| read(row).map(|decision| (decision.key, decision))).collect()
    }

    /// Forgets what was decided for these keys before `since`: needed where the retention is shorter than the week
    /// that a leaf covers, so that an id can be new again.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn forget(
        &self,
        transaction: &Transaction<'_>,
        keys: &[Fingerprint],
        since: Timestamp,
    ) -> Result<(), DatabaseError> {
        transaction.execute(&self.forget, &[&digests(keys), &since]).await?;
        Ok(())
    }

    /// Stores the rows.
    ///
    /// # Errors
    /// `is_repeated_command` where one of the keys is there already.
    pub async fn copy(&self, transaction: &Transaction<'_>, rows: NewDecisions) -> Result<(), DatabaseError> {
        rows.plain.send(transaction, &self.copy).await?;
        rows.stating.send(transaction, &self.copy_stating).await
    }
}

/// New rows on their way into the table. Those that published no state record are sent without that column.
#[derive(Default)]
pub struct NewDecisions {
    plain: CopyRows,
    stating: CopyRows,
}

impl NewDecisions {
    /// Adds a row.
    pub fn push(&mut self, decision: &Decision) {
        match &decision.states {
            None => push(&mut self.plain, 7, decision),
            Some(states) => {
                push(&mut self.stating, 8, decision);
                self.stating.text(states);
            }
        }
    }
}

/// Adds what every row has, of so many columns.
fn push(rows: &mut CopyRows, columns: usize, decision: &Decision) {
    let id = decision.callback_id.map(CallbackId::get);
    rows.row(columns)
        .bytes(&decision.key.0)
        .bytes(&decision.payload.0)
        .timestamptz(decision.decided_at)
        .nullable(decision.callback_id, |row, id| row.bigint(id.get()))
        .boolean(decision.schedules)
        .nullable(decision.correlation_id.as_deref(), CopyRows::text)
        .written_text(|out| stored::write(out, &decision.result, id));
}

fn read(row: &Row) -> Result<Decision, DatabaseError> {
    let callback_id: Option<i64> = row.get(3);
    let result = stored::read(row.get(6), callback_id);
    Ok(Decision {
        key: digest(row, 0)?,
        payload: digest(row, 1)?,
        decided_at: row.get(2),
        callback_id: callback_id
            .map(CallbackId::new)
            .transpose()
            .map_err(|error| DatabaseError::Row(format!("decision: {error}")))?,
        schedules: row.get(4),
        correlation_id: row.get(5),
        result: result.map_err(|error| DatabaseError::Row(format!("decision: {error}")))?.into(),
        states: row.get::<_, Option<&str>>(7).map(Into::into),
    })
}
