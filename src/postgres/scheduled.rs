//! The table `scheduled`: which callback a schedule command made, once the command itself is no longer remembered.
//!
//! An index on `callback` would serve as well, but costs every command half as much again as its row does
//! (docs/decisions/0007-callbacks-of-forgotten-commands.md).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::ready;
use std::ops::Range;

use futures_util::TryStreamExt;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement, Transaction};

use super::DatabaseError;
use super::digest::{digest, digests};
use crate::domain::ids::{CallbackId, Fingerprint, Shard};
use crate::domain::time::Timestamp;

/// How many ids one statement names.
const AT_ONCE: usize = 10_000;
/// The parameters of a statement that has none.
const NOTHING: [i64; 0] = [];

/// The statements of the recording step, prepared on one connection.
pub struct ScheduledStatements {
    /// In the weeks that are there; the digest may have another type there than in `scheduled`.
    decided: Statement,
    carried_over: Statement,
}

impl ScheduledStatements {
    /// # Errors
    /// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
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
    /// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
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
/// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
pub async fn carry_over(client: &Client, decided: Range<Timestamp>, now: Timestamp) -> Result<(), DatabaseError> {
    // The ids stand apart since Citus, where it is used, joins no two tables that are spread by different columns.
    let carry = "with waiting as materialized (
             select b.callback_id from callback b
             where b.cancelled_at is null and (b.fire_at > $3 or b.tries is not null) or b.phase in ('handling', 'held'))
         insert into scheduled (key, callback_id, decided_at)
         select c.key, c.callback_id, c.decided_at from command c
         where c.decided_at >= $1 and c.decided_at < $2 and c.schedules
           and c.callback_id in (select callback_id from waiting)
         on conflict (key) do update set callback_id = excluded.callback_id, decided_at = excluded.decided_at
         where scheduled.decided_at < excluded.decided_at";
    client.execute(carry, &[&decided.start, &decided.end, &now]).await?;
    Ok(())
}

/// Forgets what is known of callbacks that are gone. They are looked for shard by shard, so that each look-up is one node's,
/// however many there are.
///
/// # Errors
/// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
pub async fn forget_dropped(client: &Client) -> Result<(), DatabaseError> {
    let known = client.query_raw("select distinct callback_id from scheduled", NOTHING).await?;
    // An id that carries no shard is none of ours.
    let mut known: BTreeMap<Option<Shard>, Vec<i64>> = known
        .map_err(DatabaseError::from)
        .try_fold(BTreeMap::new(), |mut known: BTreeMap<_, Vec<i64>>, row| {
            let id: i64 = row.get(0);
            known.entry(CallbackId::new(id).ok().and_then(CallbackId::shard)).or_default().push(id);
            ready(Ok(known))
        })
        .await?;
    let mut gone = known.remove(&None).unwrap_or_default();
    let find = client.prepare("select callback_id from callback where shard = $1 and callback_id = any ($2)").await?;
    for (shard, ids) in &known {
        let Some(shard) = shard else { continue };
        for ids in ids.chunks(AT_ONCE) {
            let rows = client.query(&find, &[&shard.column(), &ids]).await?;
            let there: HashSet<i64> = rows.iter().map(|row| row.get(0)).collect();
            gone.extend(ids.iter().filter(|id| !there.contains(id)));
        }
    }
    for ids in gone.chunks(AT_ONCE) {
        client.execute("delete from scheduled where callback_id = any ($1)", &[&ids]).await?;
    }
    Ok(())
}
