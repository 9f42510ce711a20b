//! The table `scheduled`: which callback a schedule command made, once the command itself is no longer remembered.
//!
//! An index on `callback` would serve as well, but costs every command half as much again as its row does
//! (docs/decisions/0007-callbacks-of-forgotten-commands.md).

use std::collections::HashMap;
use std::ops::Range;

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement, Transaction};

use super::DatabaseError;
use super::digest::{digest, digests};
use crate::domain::ids::{CallbackId, Fingerprint};
use crate::domain::time::Timestamp;

/// The statements of the recording step, prepared on one connection.
pub struct ScheduledStatements {
    /// In the weeks that are there; the digest may have another type there than in `scheduled`.
    decided: Statement,
    carried_over: Statement,
}

impl ScheduledStatements {
    /// # Errors
    /// What PostgreSQL says.
    pub async fn prepare(client: &Client) -> Result<Self, DatabaseError> {
        // A week of `decision` outlasts the retention by days, and goes only when its rows have been carried over.
        let (decided, carried_over) = tokio::try_join!(
            client.prepare(
                "select key, callback_id, decided_at from decision
                 where key = any ($1) and schedules and callback_id is not null"
            ),
            client.prepare("select key, callback_id, decided_at from scheduled where key = any ($1)"),
        )?;
        Ok(Self { decided, carried_over })
    }

    /// The callbacks that the commands of these keys scheduled, as long as anything is known of them; where an id was
    /// used again after the retention, the later one's.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn find(
        &self,
        transaction: &Transaction<'_>,
        keys: &[Fingerprint],
    ) -> Result<HashMap<Fingerprint, CallbackId>, DatabaseError> {
        let keys = digests(keys);
        let parameters: [&(dyn ToSql + Sync); 1] = [&keys];
        let (mut rows, carried_over) = tokio::try_join!(
            transaction.query(&self.decided, &parameters),
            transaction.query(&self.carried_over, &parameters),
        )?;
        rows.extend(carried_over);
        rows.sort_by_key(|row| row.get::<_, Timestamp>(2));
        let found = rows.iter().map(|row| {
            let id = CallbackId::new(row.get(1)).map_err(|error| DatabaseError::Row(format!("scheduled: {error}")))?;
            Ok((digest(row, 0)?, id))
        });
        found.collect()
    }
}

/// Carries over what the decisions of that time know of callbacks that are still to be fired, or of which a router may
/// still report; done again it changes nothing. They are reached through the view `command`, which has digests as `scheduled` has them.
///
/// # Errors
/// What PostgreSQL says.
pub async fn carry_over(client: &Client, decided: Range<Timestamp>, now: Timestamp) -> Result<(), DatabaseError> {
    let carry = "insert into scheduled (key, callback_id, decided_at)
         select c.key, c.callback_id, c.decided_at from command c
         where c.decided_at >= $1 and c.decided_at < $2 and c.schedules and exists (
             select from callback b where b.callback_id = c.callback_id
               and (b.cancelled_at is null and (b.fire_at > $3 or b.tries is not null) or b.phase in ('handling', 'held')))
         on conflict (key) do update set callback_id = excluded.callback_id, decided_at = excluded.decided_at
         where scheduled.decided_at < excluded.decided_at";
    client.execute(carry, &[&decided.start, &decided.end, &now]).await?;
    Ok(())
}

/// Forgets what is known of callbacks that are gone.
///
/// # Errors
/// What PostgreSQL says.
pub async fn forget_dropped(client: &Client) -> Result<(), DatabaseError> {
    let forget =
        "delete from scheduled s where not exists (select from callback b where b.callback_id = s.callback_id)";
    client.execute(forget, &[]).await?;
    Ok(())
}
