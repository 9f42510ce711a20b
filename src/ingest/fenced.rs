//! Takeovers that have come to their end without this instance having been told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::Item;
use crate::domain::ids::Shard;
use crate::kafka::ownership::{OwnedShard, Ownership};
use crate::mutant;
use crate::stop::tell;
use crate::takeover;
use crate::telemetry::metric;

/// Ends the takeovers that the database no longer knows; `true` where there were any.
pub(super) fn fenced(
    ownership: &Ownership,
    takeovers: &Sender<takeover::Request>,
    items: &[&Item],
    held: &BTreeSet<Shard>,
) -> bool {
    let lost: BTreeMap<Shard, &Arc<OwnedShard>> = items
        .iter()
        .map(|item| (item.place.owned.shard, &item.place.owned))
        .filter(|(shard, _)| !held.contains(shard))
        .collect();
    if lost.is_empty() || mutant::breaks("epoch-check") {
        return false;
    }
    tracing::warn!(shards = lost.len(), "fenced: another instance has raised the epoch");
    metric::FENCED.counter(&["record"]).increment(lost.len() as u64);
    let awaiting = ownership.disown(lost.into_values());
    tell(takeovers, takeover::Request::Take(awaiting));
    true
}
