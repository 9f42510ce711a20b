//! Looks after the partitions of the tables: makes those of the coming weeks and months, drops what is no longer kept.
//!
//! On a connection of its own, since it may take minutes where much is stored, and nothing waits for it.

use std::time::Duration;

use crate::clock;
use crate::postgres::DatabaseError;
use crate::postgres::leaves::{self, Leaves};
use crate::postgres::session::Endpoint;
use crate::stop::Stop;

/// The interval between two runs. Partitions are made ahead of their time, so this is plenty.
const EVERY: Duration = Duration::from_hours(12);
/// When it is done first: soon, since an instance may be restarted every day, but not while it takes its shards over.
const FIRST: Duration = Duration::from_mins(2);

/// How long rows are kept.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// How long a decision is remembered.
    pub commands: Duration,
    /// How long a fired callback is kept.
    pub callbacks: Duration,
}

/// Looks after them until it is time to stop.
pub async fn look_after_partitions(endpoint: Endpoint, kept: Kept, stop: Stop) {
    let mut wait = FIRST;
    while tokio::time::timeout(wait, stop.wait()).await.is_err() {
        wait = EVERY;
        let looked_after = tokio::select! {
            looked_after = look_after(&endpoint, kept) => looked_after,
            () = stop.wait() => return,
        };
        match looked_after {
            Ok(dropped) if dropped.is_empty() => {}
            Ok(dropped) => tracing::info!(
                partitions = dropped.join(", "),
                "partitions of the tables whose retention is over are dropped"
            ),
            Err(error) => {
                tracing::warn!(
                    error = error.describe(), retry = ?wait,
                    "the partitions of the tables could not be made or dropped"
                );
            }
        }
    }
}

async fn look_after(endpoint: &Endpoint, kept: Kept) -> Result<Vec<String>, DatabaseError> {
    let mut client = endpoint.connect().await?;
    let now = clock::now();
    let before = |length: Duration| now.plus_micros(-i64::try_from(length.as_micros()).unwrap_or(i64::MAX));
    Leaves::default().prepare(&mut client, now).await?;
    let dropped = leaves::drop_expired(&mut client, now, before(kept.commands), before(kept.callbacks)).await?;
    Ok(dropped.unwrap_or_default())
}
