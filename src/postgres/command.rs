//! The table `command`: what was decided, by the digest of tenant, source and command id.

use std::collections::HashMap;

use tokio_postgres::{Client, Row, Statement, Transaction};

use super::DatabaseError;
use super::copy::CopyRows;
use super::leaves::Leaf;
use super::migrate::SCHEMA_LOCK;
use crate::domain::decision::Decision;
use crate::domain::ids::{CallbackId, Fingerprint};
use crate::domain::timestamp::Timestamp;

/// How far the clocks of two instances may be apart, in microseconds.
const CLOCK_SKEW_MICROS: i64 = 60_000_000;
/// Advisory lock held by recording transactions around the turn of a week.
const TURN_OF_WEEK_LOCK: i64 = SCHEMA_LOCK + 1;

/// The statements of this table, prepared on one connection.
pub struct CommandStatements {
    find: Statement,
    copy: Statement,
    forget: Statement,
}

impl CommandStatements {
    /// # Errors
    /// What PostgreSQL says.
    pub async fn prepare(client: &Client) -> Result<Self, DatabaseError> {
        let (find, copy, forget) = tokio::try_join!(
            client.prepare(
                "select key, payload, decided_at, callback_id, schedules, correlation_id, result
                 from command where key = any ($1) and decided_at >= $2"
            ),
            client.prepare(
                "copy command (key, payload, decided_at, callback_id, schedules, correlation_id, result)
                 from stdin (format binary)"
            ),
            client.prepare("delete from command where key = any ($1) and decided_at < $2"),
        )?;
        Ok(Self { find, copy, forget })
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
        let keys: Vec<&[u8]> = keys.iter().map(|key| key.0.as_slice()).collect();
        let rows = transaction.query(&self.find, &[&keys, &since]).await?;
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
        let keys: Vec<&[u8]> = keys.iter().map(|key| key.0.as_slice()).collect();
        transaction.execute(&self.forget, &[&keys, &since]).await?;
        Ok(())
    }

    /// Stores the rows that `push` collected.
    ///
    /// # Errors
    /// `is_repeated_command` where one of the keys is there already.
    pub async fn copy(&self, transaction: &Transaction<'_>, rows: CopyRows) -> Result<(), DatabaseError> {
        rows.send(transaction, &self.copy).await
    }
}

/// Adds a row to a batch.
pub fn push(rows: &mut CopyRows, decision: &Decision) {
    rows.row(7)
        .bytes(&decision.key.0)
        .bytes(&decision.payload.0)
        .timestamptz(decision.decided_at)
        .nullable(decision.callback_id, |row, id| row.bigint(id.get()))
        .boolean(decision.schedules)
        .nullable(decision.correlation_id.as_deref(), CopyRows::text)
        .text(&decision.result);
}

/// The digest that stands in that column.
pub(super) fn digest(row: &Row, column: usize) -> Result<Fingerprint, DatabaseError> {
    let bytes: &[u8] = row.get(column);
    <[u8; 16]>::try_from(bytes)
        .map(Fingerprint)
        .map_err(|_| DatabaseError::Row(format!("command: a digest of {} bytes", bytes.len())))
}

fn read(row: &Row) -> Result<Decision, DatabaseError> {
    Ok(Decision {
        key: digest(row, 0)?,
        payload: digest(row, 1)?,
        decided_at: row.get(2),
        callback_id: row
            .get::<_, Option<i64>>(3)
            .map(CallbackId::new)
            .transpose()
            .map_err(|error| DatabaseError::Row(format!("command: {error}")))?,
        schedules: row.get(4),
        correlation_id: row.get(5),
        result: row.get::<_, &str>(6).into(),
    })
}
