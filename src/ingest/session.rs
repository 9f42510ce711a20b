//! The connection that batches are recorded over, and what is written of one.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use tokio_postgres::Client;

use super::needs::read_up_to;
use super::settle::SettledBatch;
use crate::domain::commitment::{Commitment, Position};
use crate::domain::ids::Shard;
use crate::postgres::DatabaseError;
use crate::postgres::callback::{CallbackStatements, NewRows};
use crate::postgres::command::{CommandStatements, NewDecisions};
use crate::postgres::leaves::Leaves;
use crate::postgres::scheduled::ScheduledStatements;
use crate::postgres::session::Endpoint;
use crate::postgres::shard;

/// A connection with its prepared statements.
pub(super) struct Session {
    pub client: Client,
    pub commands: CommandStatements,
    pub callbacks: CallbackStatements,
    pub scheduled: ScheduledStatements,
    pub leaves: Leaves,
}

impl Session {
    pub async fn open(endpoint: &Endpoint) -> Result<Self, DatabaseError> {
        let client = endpoint.open_for_shards().await?.client;
        // All that is read and written here is found by an index, row by row. A plan that reads whole partitions instead, made
        // while they were small, would be used for as long as the connection lives.
        client.batch_execute("set enable_hashjoin = off; set enable_mergejoin = off; set enable_seqscan = off").await?;
        let commands = CommandStatements::prepare(&client).await?;
        let callbacks = CallbackStatements::prepare(&client).await?;
        let scheduled = ScheduledStatements::prepare(&client).await?;
        Ok(Self { client, commands, callbacks, scheduled, leaves: Leaves::default() })
    }
}

/// Writes everything that a batch came to, within its transaction; `notes` says whether also up to where it has read, since a
/// takeover has to know.
pub(super) async fn write(
    (commands, callbacks): (&CommandStatements, &CallbackStatements),
    transaction: &tokio_postgres::Transaction<'_>,
    settled: &SettledBatch,
    notes: bool,
) -> Result<(), DatabaseError> {
    let mut decisions = NewDecisions::default();
    settled.decisions.iter().for_each(|decision| decisions.push(decision));
    commands.copy(transaction, decisions).await?;
    let mut inserts = NewRows::default();
    for (shard, commitment) in &settled.inserts {
        inserts.push(*shard, commitment, settled.decided_at);
    }
    callbacks.copy(transaction, inserts).await?;
    if notes {
        shard::note_recorded(transaction, &read_up_to(&settled.answers)).await?;
    }
    let mut changed: BTreeMap<Shard, Vec<(Position, &Commitment)>> = BTreeMap::new();
    for (shard, was, now) in &settled.updates {
        changed.entry(*shard).or_default().push((*was, now));
    }
    try_join_all(changed.iter().map(|(shard, changed)| callbacks.update_all(transaction, *shard, changed))).await?;
    Ok(())
}
