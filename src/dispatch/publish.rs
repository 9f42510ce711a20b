//! Publishing what is due: one transaction of due events with the markers.

use std::sync::Arc;
use std::time::Instant;

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::{Dispatch, came, records, spans};
use crate::clock;
use crate::domain::time::Timestamp;
use crate::kafka::marker;
use crate::kafka::ownership::OwnedShard;
use crate::kafka::transactions::Outcome;
use crate::progress::Step;
use crate::protocol::Fault;
use crate::protocol::firing::{Pass, Staged, Staging, makes_way};
use crate::readiness::Condition;
use crate::telemetry::metric;

impl Dispatch {
    /// F3: one transaction, under the assignment as it stands.
    pub(super) fn publish(&mut self, mut pass: Pass<Arc<OwnedShard>>) {
        let ownership = Arc::clone(&self.ownership);
        let assignment = ownership.during_transaction();
        if !pass.leave_out_ended(&self.owners) {
            self.firing.published(&self.owners, pass, Err(Fault::Fenced), self.started.elapsed());
            return;
        }
        let began = Instant::now();
        let outcome = match assignment.metadata() {
            Some(metadata) => self.transact(metadata, &mut pass),
            None => Outcome::Aborted(KafkaError::Canceled),
        };
        assignment.heed(&outcome);
        drop(assignment);
        match &outcome {
            Outcome::Committed => {
                metric::PASS_SECONDS.histogram(&[]).record(began.elapsed().as_secs_f64());
                self.note_success(&pass);
            }
            Outcome::Aborted(_) if pass.staging.is_given_up() => {
                tracing::debug!("due events that were prepared ahead of their time are given up, and prepared again");
            }
            Outcome::Aborted(error) => {
                tracing::warn!(%error, "due events could not be published; they are tried again");
                self.note_failure(error);
            }
            Outcome::Unknown(error) => {
                tracing::warn!(%error, "the outcome of a transaction is not known: the shards are taken over again");
                self.note_failure(error);
            }
        }
        self.firing.published(&self.owners, pass, came(&outcome), self.started.elapsed());
    }

    fn transact(&mut self, metadata: &Arc<ConsumerGroupMetadata>, pass: &mut Pass<Arc<OwnedShard>>) -> Outcome {
        let Pass { parts, staging } = pass;
        let mut offsets = TopicPartitionList::new();
        for part in &*parts {
            if let Err(error) = marker::add(&mut offsets, &self.settings.shards_topic, part.shard.shard, part.end) {
                return Outcome::Aborted(error);
            }
        }
        let (firing, settings, planned) = (&self.firing, &self.settings, *staging);
        let parts = &*parts;
        let rows = || parts.iter().filter_map(|part| firing.rows(part));
        let (ownership, stop, owners) = (&self.ownership, &self.stop, &self.owners);
        let is_waited_for = || ownership.is_waited_for() || stop.is_set() || makes_way(parts, owners);
        self.transactor.transact(
            metadata,
            &offsets,
            |sending| records::produce(sending, settings, rows(), |position| planned.fired_at(position, clock::now)),
            || {
                wait(staging, is_waited_for)?;
                crate::failpoint::hit("before-due-commit");
                Ok(())
            },
        )
    }

    /// A pass is published; its rows still stand in the windows.
    fn note_success(&mut self, pass: &Pass<Arc<OwnedShard>>) {
        let (planned, published): (Timestamp, Timestamp) = (pass.staging.planned(), clock::now());
        self.readiness.progress().succeeded(Step::Fire);
        self.readiness.ready(Condition::DueEvents);
        self.lateness.succeeded(planned);
        for part in &pass.parts {
            let ready_at = self.lateness.ready_at(&part.shard);
            if let Some(rows) = self.firing.rows(part) {
                records::report(rows, ready_at, published);
            }
            if let Some(rows) = self.firing.rows(part) {
                spans::fired(rows, &self.settings, (planned, published));
            }
        }
    }
}

/// Waits for the time of a transaction whose records are sent.
fn wait(staging: &mut Staging, is_waited_for: impl Fn() -> bool) -> KafkaResult<()> {
    loop {
        match staging.next(clock::now(), is_waited_for()) {
            Staged::Commit => return Ok(()),
            Staged::Wait(wait) => std::thread::sleep(wait),
            Staged::GiveUp => return Err(KafkaError::Canceled),
        }
    }
}
