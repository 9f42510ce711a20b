//! Publishing what is due: one transaction of due events with the markers, and what follows from how it ends.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::pass::Extent;
use super::{Dispatch, Firing, may_fire, pass, spans};
use crate::clock;
use crate::domain::commitment::Position;
use crate::domain::timestamp::Timestamp;
use crate::kafka::marker;
use crate::kafka::ownership::{OwnedShard, Ownership};
use crate::kafka::transactions::Outcome;
use crate::progress::Step;
use crate::readiness::Condition;
use crate::stop::Stop;
use crate::telemetry::metric;

/// How long a transaction that was prepared ahead of its time waits before it looks whether it should still wait.
const PIECE: Duration = Duration::from_millis(10);
/// How much further away than it was its time may be: more, and the clock was set back.
const SET_BACK: i64 = 100_000;

impl Dispatch {
    /// The shards that may fire. Those that were taken over together begin together, when the first loads of all have
    /// ended: so what is overdue goes oldest first over all of them.
    pub(super) fn loaded(&self) -> impl Iterator<Item = &Firing> {
        let loading: BTreeSet<u64> =
            self.firing.values().filter(|firing| !firing.is_loaded).map(|firing| firing.takeover).collect();
        self.firing.values().filter(move |firing| !loading.contains(&firing.takeover))
    }

    /// One pass over all shards; `false` where nothing was due.
    pub(super) fn pass(&mut self) -> bool {
        let now = clock::now();
        let plan = {
            let windows: Vec<&Firing> = self.loaded().filter(|firing| may_fire(&firing.owned)).collect();
            let Some(next) = windows.iter().filter_map(|firing| firing.next_instant()).min() else {
                self.readiness.ready(Condition::DueEvents);
                return false;
            };
            let extent = Extent::of(next, now, self.settings.stage_ahead);
            pass::plan(windows.into_iter().map(|firing| (&*firing.owned, &firing.window)), extent)
        };
        if plan.is_empty() {
            // Whatever could not be published has been given up with its shard.
            self.readiness.ready(Condition::DueEvents);
            return false;
        }
        let ownership = Arc::clone(&self.ownership);
        let assignment = ownership.during_transaction();
        let Some(metadata) = assignment.metadata() else { return false };
        // Between planning and the guard a shard may have been given up: its part is then left out.
        let plan: Vec<_> = plan.into_iter().filter(|part| may_fire(&self.firing[&part.shard].owned)).collect();
        let owned: Vec<_> = plan.iter().map(|part| Arc::clone(&self.firing[&part.shard].owned)).collect();
        let began = Instant::now();
        let given_up = Cell::new(false);
        let outcome = self.publish(metadata, &plan, now, &given_up);
        assignment.heed(&outcome);
        drop(assignment);
        if given_up.get() && matches!(outcome, Outcome::Aborted(_)) {
            tracing::debug!("due events that were prepared ahead of their time are given up, and prepared again");
            return true;
        }
        if matches!(outcome, Outcome::Committed) {
            metric::PASS_SECONDS.histogram(&[]).record(began.elapsed().as_secs_f64());
            let published = clock::now();
            self.readiness.progress().succeeded(Step::Fire);
            self.end_of_failures(now);
            for part in &plan {
                let firing = &self.firing[&part.shard];
                pass::report(firing, part.end, published);
                spans::fired(&firing.window, part.end, &self.settings, (now, published));
            }
        }
        self.conclude(outcome, &owned, |firing| {
            let mut frontier = firing.owned.frontier();
            frontier.complete_pass();
            firing.window.drop_through(frontier.marker());
            firing.committed_at = Instant::now();
        });
        true
    }

    fn publish(
        &mut self,
        metadata: &Arc<ConsumerGroupMetadata>,
        plan: &[pass::Part],
        now: Timestamp,
        given_up: &Cell<bool>,
    ) -> Outcome {
        let mut offsets = TopicPartitionList::new();
        let mut last = now;
        for part in plan {
            last = last.max(part.end.fire_at);
            if let Err(error) = marker::add(&mut offsets, &self.settings.shards_topic, part.shard, part.end) {
                return Outcome::Aborted(error);
            }
        }
        let (firing, settings) = (&self.firing, &self.settings);
        let staged = last > now;
        // A staged event is seen when the transaction commits, which is not before its time.
        let fired_at = |position: Position| {
            // A clock that is set back must not make an event early.
            if staged { last } else { clock::now() }.max(position.fire_at)
        };
        let parts = plan.iter().map(|part| (part, &firing[&part.shard].window));
        let (ownership, stop) = (&self.ownership, &self.stop);
        self.transactor.transact(
            metadata,
            &offsets,
            |sending| pass::produce(sending, settings, parts, fired_at),
            || {
                wait_for(last, ownership, stop, given_up)?;
                crate::failpoint::hit("before-due-commit");
                Ok(())
            },
        )
    }

    /// Draws the consequences of a pass for the shards that were in it.
    fn conclude(&mut self, outcome: Outcome, owned: &[Arc<OwnedShard>], committed: impl Fn(&mut Firing)) {
        match outcome {
            Outcome::Committed => {
                self.retry = None;
                self.readiness.ready(Condition::DueEvents);
                for owned in owned {
                    if let Some(firing) = self.firing_of(owned) {
                        committed(firing);
                    }
                }
            }
            Outcome::Aborted(error) => {
                tracing::warn!(%error, "due events could not be published; they are tried again");
                self.back_off(&error);
            }
            Outcome::Unknown(error) => {
                tracing::warn!(%error, "the outcome of a transaction is not known: the shards are taken over again");
                self.back_off(&error);
                self.start_over();
            }
        }
    }
}

/// Waits for the time of a transaction that is prepared ahead. While it is open, a rebalance waits for it: so it is given up,
/// as `given_up` then says, where somebody does, where the service stops, or where its time has moved away.
fn wait_for(last: Timestamp, ownership: &Ownership, stop: &Stop, given_up: &Cell<bool>) -> KafkaResult<()> {
    let left = |now: Timestamp| last.micros().saturating_sub(now.micros());
    let mut nearest = left(clock::now());
    while let left @ 1.. = left(clock::now()) {
        if ownership.is_waited_for() || stop.is_set() || left > nearest.saturating_add(SET_BACK) {
            given_up.set(true);
            return Err(KafkaError::Canceled);
        }
        nearest = nearest.min(left);
        std::thread::sleep(Duration::from_micros(left.unsigned_abs()).min(PIECE));
    }
    Ok(())
}
