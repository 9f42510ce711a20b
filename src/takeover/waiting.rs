//! What is said of the shards that wait for a takeover.

use super::Takeover;
use crate::protocol::takeover::Queue;
use crate::readiness::Condition;
use crate::telemetry::{as_gauge, metric};

impl Takeover {
    /// Says what is waited for.
    pub(super) fn tell(&self, queue: &Queue) {
        let count = self.ownership.count();
        metric::SHARDS_ASSIGNED.gauge(&[]).set(as_gauge(count.map_or(0, |(assigned, _)| assigned)));
        let stopped = self.ownership.stopped();
        metric::SHARDS_STOPPED.gauge(&[]).set(as_gauge(stopped.len()));
        match count {
            None => self.readiness.waiting(Condition::Shards, "the group has not assigned any partitions yet"),
            Some((assigned, owned)) if queue.is_empty() && assigned == owned => {
                self.readiness.ready(Condition::Shards);
            }
            Some((assigned, owned)) => {
                let without = queue.without_partitions(self.growth.first_without());
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
