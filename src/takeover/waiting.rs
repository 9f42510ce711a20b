//! Which shards can be taken over, and what is said of the others.

use std::collections::BTreeMap;

use super::Takeover;
use crate::domain::ids::Shard;
use crate::kafka::ownership::Awaiting;
use crate::readiness::Condition;
use crate::telemetry::{as_gauge, metric};

impl Takeover {
    /// Whether one of them has its internal partitions.
    pub(super) fn can_take(&self, pending: &BTreeMap<Shard, Awaiting>) -> bool {
        let first_without = self.growth.first_without();
        pending.keys().next().is_some_and(|first| first_without.is_none_or(|without| *first < without))
    }

    /// Says what is waited for.
    pub(super) fn tell(&self, pending: &BTreeMap<Shard, Awaiting>) {
        let count = self.ownership.count();
        metric::SHARDS_ASSIGNED.gauge(&[]).set(as_gauge(count.map_or(0, |(assigned, _)| assigned)));
        let stopped = self.ownership.stopped();
        metric::SHARDS_STOPPED.gauge(&[]).set(as_gauge(stopped.len()));
        match count {
            None => self.readiness.waiting(Condition::Shards, "the group has not assigned any partitions yet"),
            Some((assigned, owned)) if pending.is_empty() && assigned == owned => {
                self.readiness.ready(Condition::Shards);
            }
            Some((assigned, owned)) => {
                let without = self.growth.first_without().map_or(0, |first| pending.range(first..).count());
                let reason = match (&self.misplaced, without) {
                    (Some(misplaced), _) => misplaced.clone(),
                    _ if !stopped.is_empty() => {
                        let stopped: Vec<_> = stopped
                            .iter()
                            .map(|(shard, reason)| format!("shard {shard} is stopped: {reason}"))
                            .collect();
                        format!("{owned} of {assigned} assigned shards are taken over; {}", stopped.join("; "))
                    }
                    (None, 0) => format!("{owned} of {assigned} assigned shards are taken over"),
                    (None, without) => format!(
                        "{owned} of {assigned} assigned shards are taken over; {without} wait for the internal topics to \
                         have as many partitions as the command topic"
                    ),
                };
                self.readiness.waiting(Condition::Shards, reason);
            }
        }
    }
}
