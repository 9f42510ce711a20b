//! The table `shard`: epochs, owners, confirmed markers.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::{Client, Transaction};

use super::DatabaseError;
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::domain::time::Timestamp;
use crate::protocol::takeover::Claim;

/// Raises the epochs of these shards in `owner`'s name (`protocol`, step T1). Nothing under the older ones can begin once
/// this is committed.
///
/// # Errors
/// Any error is PostgreSQL's. After it the epochs may have been raised; claimed again, they just grow once more.
pub async fn claim(
    client: &Client,
    shards: &[Shard],
    owner: &str,
) -> Result<BTreeMap<Shard, Claim<String>>, DatabaseError> {
    let numbers: Vec<i16> = columns(shards);
    let rows = client
        .query(
            "insert into shard (shard, epoch, owner)
             select number, 1, $2 from unnest($1::smallint[]) number order by number
             on conflict (shard) do update set
                 epoch = shard.epoch + 1,
                 previous_owners = case
                     when shard.owner is null or shard.owner = excluded.owner
                          or shard.owner = any (shard.previous_owners) then shard.previous_owners
                     else shard.previous_owners || shard.owner end,
                 owner = excluded.owner,
                 updated_at = now()
             returning shard, epoch, previous_owners, confirmed_fire_at, confirmed_callback_id",
            &[&numbers, &owner],
        )
        .await?;
    let mut claims = BTreeMap::new();
    for row in &rows {
        let confirmed = match (row.get::<_, Option<Timestamp>>(3), row.get::<_, Option<i64>>(4)) {
            (Some(fire_at), Some(callback_id)) => Some(Position { fire_at, callback_id }),
            _ => None,
        };
        claims.insert(shard_of(row.get(0))?, Claim { epoch: row.get(1), previous: row.get(2), confirmed });
    }
    Ok(claims)
}

/// Waits for what is still in flight under older epochs of these shards (`protocol`, step T2): a statement of its own,
/// which must begin after the epochs are committed, and waits for every transaction that checked its epoch with
/// `for key share` before. Returns up to which offsets of their commands and of their amendments decisions are stored, where
/// that was noted: with the state topic on.
///
/// # Errors
/// Any error is PostgreSQL's, and says nothing of what is in flight.
pub async fn wait_for_holders(
    client: &Client,
    shards: &[Shard],
) -> Result<BTreeMap<Shard, [Option<i64>; 2]>, DatabaseError> {
    let numbers: Vec<i16> = columns(shards);
    let rows = client
        .query(
            "select shard, recorded_commands, recorded_amendments from shard
             where shard = any ($1) order by shard for update",
            &[&numbers],
        )
        .await?;
    rows.iter().map(|row| Ok((shard_of(row.get(0))?, [row.get(1), row.get(2)]))).collect()
}

/// Notes that everything up to these offsets of the commands and of the amendments of a shard is decided, within the
/// transaction that writes the decisions. The rows are locked in their order, so that two that write several never wait for
/// each other.
///
/// # Errors
/// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
pub async fn note_recorded(
    transaction: &Transaction<'_>,
    recorded: &BTreeMap<Shard, [Option<i64>; 2]>,
) -> Result<(), DatabaseError> {
    let numbers: Vec<i16> = recorded.keys().map(|shard| shard.column()).collect();
    let [commands, amendments] = [0, 1].map(|line| recorded.values().map(|lines| lines[line]).collect::<Vec<_>>());
    transaction
        .execute(
            "update shard set recorded_commands = coalesce(mine.commands, recorded_commands),
                              recorded_amendments = coalesce(mine.amendments, recorded_amendments)
             from unnest($1::smallint[], $2::bigint[], $3::bigint[]) as mine (number, commands, amendments),
                  (select s.shard from shard s where s.shard = any ($1) order by s.shard for no key update) as held
             where shard.shard = mine.number and held.shard = mine.number",
            &[&numbers, &commands, &amendments],
        )
        .await?;
    Ok(())
}

/// Which of these shards are still under these epochs.
///
/// # Errors
/// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
pub async fn current(client: &Client, epochs: &[(Shard, i64)]) -> Result<BTreeSet<Shard>, DatabaseError> {
    let (numbers, values) = split(epochs);
    let rows = client
        .query(
            "select s.shard from shard s
             join unnest($1::smallint[], $2::bigint[]) as mine (shard, epoch) using (shard, epoch)",
            &[&numbers, &values],
        )
        .await?;
    rows.iter().map(|row| shard_of(row.get(0))).collect()
}

/// Whether any instance has ever claimed one of these shards. What a shard has was made after that.
///
/// # Errors
/// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
pub async fn any_exists(transaction: &Transaction<'_>, shards: &[Shard]) -> Result<bool, DatabaseError> {
    let numbers: Vec<i16> = columns(shards);
    let row = transaction.query_one("select exists (select from shard where shard = any ($1))", &[&numbers]).await?;
    Ok(row.get(0))
}

/// Which of these shards this instance may still write, held until the transaction ends.
///
/// # Errors
/// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
pub async fn hold_epochs(
    transaction: &Transaction<'_>,
    epochs: &[(Shard, i64)],
) -> Result<BTreeSet<Shard>, DatabaseError> {
    let (numbers, values) = split(epochs);
    let rows = transaction
        .query(
            "select s.shard from shard s
             join unnest($1::smallint[], $2::bigint[]) as mine (shard, epoch) using (shard, epoch)
             for key share of s",
            &[&numbers, &values],
        )
        .await?;
    rows.iter().map(|row| shard_of(row.get(0))).collect()
}

/// Forgets the previous owners, whose transactions have ended (`protocol`, after step T5). Does nothing where another
/// instance has raised the epoch.
///
/// # Errors
/// Any error is PostgreSQL's.
pub async fn forget_previous(client: &Client, epochs: &[(Shard, i64)]) -> Result<(), DatabaseError> {
    let (numbers, values) = split(epochs);
    client
        .execute(
            "update shard set previous_owners = '{}', updated_at = now()
             from unnest($1::smallint[], $2::bigint[]) as mine (number, epoch)
             where shard.shard = mine.number and shard.epoch = mine.epoch",
            &[&numbers, &values],
        )
        .await?;
    Ok(())
}

/// Copies the markers of these shards; `release` also gives up their ownership (an orderly stop).
///
/// # Errors
/// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
pub async fn confirm(client: &Client, markers: &[(Shard, i64, Position)], release: bool) -> Result<(), DatabaseError> {
    let numbers: Vec<i16> = markers.iter().map(|marker| marker.0.column()).collect();
    let epochs: Vec<i64> = markers.iter().map(|marker| marker.1).collect();
    let times: Vec<Timestamp> = markers.iter().map(|marker| marker.2.fire_at).collect();
    let ids: Vec<i64> = markers.iter().map(|marker| marker.2.callback_id).collect();
    client
        .execute(
            "update shard set
                 confirmed_fire_at = mine.fire_at, confirmed_callback_id = mine.callback_id,
                 owner = case when $5 then null else owner end, updated_at = now()
             from unnest($1::smallint[], $2::bigint[], $3::timestamptz[], $4::bigint[])
                  as mine (number, epoch, fire_at, callback_id)
             where shard.shard = mine.number and shard.epoch = mine.epoch",
            &[&numbers, &epochs, &times, &ids, &release],
        )
        .await?;
    Ok(())
}

fn columns(shards: &[Shard]) -> Vec<i16> {
    shards.iter().map(|shard| shard.column()).collect()
}

fn split(epochs: &[(Shard, i64)]) -> (Vec<i16>, Vec<i64>) {
    epochs.iter().map(|(shard, epoch)| (shard.column(), *epoch)).unzip()
}

fn shard_of(column: i16) -> Result<Shard, DatabaseError> {
    Shard::from_partition(column.into()).map_err(|_| DatabaseError::Row(format!("shard {column}")))
}
