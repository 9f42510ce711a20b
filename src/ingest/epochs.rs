//! Takeovers that a batch finds to be over, or ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::Item;
use crate::domain::ids::Shard;
use crate::kafka::ownership::{OwnedShard, Ownership};
use crate::stop::tell;
use crate::takeover;
use crate::telemetry::metric;

/// A shard under one epoch.
pub(super) type Epoch = (Shard, i64);

/// The takeover that a record was read under.
pub(super) fn epoch_of(item: &Item) -> Epoch {
    (item.place.owned.shard, item.place.owned.epoch)
}

/// Ends these takeovers and asks for others: another instance has raised the epoch of one of them.
pub(super) fn disown(ownership: &Ownership, takeovers: &Sender<takeover::Request>, batch: &[Item], lost: &[Epoch]) {
    tracing::warn!(shards = lost.len(), "fenced: another instance has raised the epoch");
    metric::FENCED.counter(&["record"]).increment(lost.len() as u64);
    let awaiting = ownership.disown(owned(batch, lost).into_values());
    tell(takeovers, takeover::Request::Take(awaiting));
}

/// Ends these takeovers, and asks for no others: a person has to look.
pub(super) fn stop(ownership: &Ownership, batch: &[Item], spoilt: &[Epoch], reason: &str) {
    for owned in owned(batch, spoilt).into_values() {
        tracing::error!(
            shard = %owned.shard,
            "this shard is stopped, nothing of it is recorded or fired any more: {reason} (docs/operations.md, \"A \
             partition is stopped\")"
        );
        ownership.stop(owned, reason);
    }
}

fn owned<'a>(batch: &'a [Item], takeovers: &[Epoch]) -> BTreeMap<Epoch, &'a Arc<OwnedShard>> {
    let all = batch.iter().map(|item| (epoch_of(item), &item.place.owned));
    all.filter(|(takeover, _)| takeovers.contains(takeover)).collect()
}
