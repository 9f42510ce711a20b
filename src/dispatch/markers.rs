//! Committing markers without due events: at a takeover, and now and then so that the broker does not forget them.

use std::sync::Arc;

use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::{Dispatch, came};
use crate::kafka::cause::cause;
use crate::kafka::group_database::Told;
use crate::kafka::ownership::{Assignment, OwnedShard};
use crate::kafka::transactions::Outcome;
use crate::kafka::{marker, next_offset};
use crate::protocol::Fault;
use crate::telemetry::metric;
use crate::{clock, mutant};

impl Dispatch {
    /// T5, and T6 where the broker took it.
    pub(super) fn confirm(&mut self, shards: Vec<Arc<OwnedShard>>, told: Option<&Told>) -> bool {
        if self.firing.wants_reset(self.moment()) {
            self.reset();
        }
        if !self.transactor.is_ready() {
            return false;
        }
        let outcome = if mutant::breaks("confirm-takeover") {
            Some(Outcome::Committed)
        } else {
            let ownership = Arc::clone(&self.ownership);
            self.commit_markers(&ownership.during_transaction(), &shards, told, true)
        };
        self.firing.confirmed(outcome.as_ref().map_or(Err(Fault::Fenced), came));
        match outcome {
            Some(Outcome::Committed) => {
                for owned in &shards {
                    self.lateness.begins(owned);
                }
                self.firing.begin(shards, &self.owners, self.started.elapsed());
                true
            }
            Some(Outcome::Aborted(error) | Outcome::Unknown(error)) => {
                tracing::warn!(%error, "the broker did not take the markers of a takeover");
                false
            }
            None => false,
        }
    }

    /// F5: commits markers again that nothing has moved for long.
    pub(super) fn recommit(&mut self, mut stale: Vec<Arc<OwnedShard>>) {
        let ownership = Arc::clone(&self.ownership);
        let assignment = ownership.during_transaction();
        stale.retain(|owned| owned.is_current());
        let came = if stale.is_empty() {
            Err(Fault::Fenced)
        } else {
            let outcome = self.commit_markers(&assignment, &stale, None, false);
            if let Some(Outcome::Aborted(error) | Outcome::Unknown(error)) = &outcome {
                metric::RETRIES.counter(&["dispatch", "kafka", cause(error)]).increment(1);
                tracing::warn!(%error, "markers could not be committed again");
            }
            outcome.as_ref().map_or(Err(Fault::Refused), came)
        };
        drop(assignment);
        self.firing.recommitted(&self.owners, &stale, came, self.started.elapsed());
    }

    /// Commits the markers of these shards as they stand, what the group is told, and at a takeover what it has to correct.
    /// `None` where one of the shards is no longer ours: the metadata is of the present assignment, and for a shard that was
    /// lost before it the broker would take the marker all the same; the one who has it now would fire callbacks twice.
    fn commit_markers(
        &mut self,
        assignment: &Assignment<'_>,
        shards: &[Arc<OwnedShard>],
        told: Option<&Told>,
        is_takeover: bool,
    ) -> Option<Outcome> {
        if !shards.iter().all(|owned| owned.is_current()) {
            return None;
        }
        let metadata = assignment.metadata()?;
        let mut wanted = TopicPartitionList::new();
        let added: KafkaResult<()> = shards.iter().try_for_each(|owned| {
            let marker = owned.frontier().marker();
            marker::add(&mut wanted, &self.settings.shards_topic, owned.shard, marker)?;
            owned.lines.iter().filter(|_| is_takeover).try_for_each(|line| match &line.correction {
                Some((topic, next)) => {
                    next_offset::add(&mut wanted, topic, owned.shard.partition(), *next, line.topic_id)
                }
                None => Ok(()),
            })
        });
        let added = added.and_then(|()| told.map_or(Ok(()), |told| told.add(&mut wanted, clock::now())));
        let outcome = match added {
            Ok(()) => self.transactor.transact(metadata, &wanted, |_| Ok(()), || Ok(())),
            Err(error) => Outcome::Aborted(error),
        };
        assignment.heed(&outcome);
        Some(outcome)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel, sync_channel};
    use std::time::Duration;

    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::DefaultProducerContext;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    use super::super::{EventSettings, Message, Parts, Settings};
    use super::*;
    use crate::config::KafkaProperties;
    use crate::kafka::cluster::Cluster;
    use crate::kafka::ownership::Ownership;
    use crate::kafka::transactions::Transactor;
    use crate::protocol::firing::{Moment, Next};
    use crate::readiness::{Condition, Readiness};
    use crate::stop::Stop;
    use crate::takeover;

    /// A loop that fires for one shard.
    fn dispatch(broker: &MockCluster<'_, DefaultProducerContext>) -> (Dispatch, Receiver<takeover::Request>) {
        let (bootstrap_servers, group_id) = (broker.bootstrap_servers(), "g".to_owned());
        let cluster = Cluster { bootstrap_servers, group_id, properties: KafkaProperties::default() };
        let (ownership, owned) = Ownership::of_one_shard(&cluster, None);
        let settings = Settings {
            due_topic: "due".to_owned(),
            shards_topic: "shards".to_owned(),
            state_topic: None,
            events: EventSettings { source: "/".to_owned(), state: None },
            window: Duration::from_mins(1),
            window_rows: 10,
            stage_ahead: Duration::ZERO,
            acknowledge_within: Duration::from_mins(10),
        };
        let (_, inbox) = sync_channel::<Message>(1);
        let ((loads, _), (sweeps, _)) = (channel(), channel());
        let (takeovers, requests) = channel();
        let transactor = Transactor::new(cluster.clone(), cluster.dispatch_transactional_ids("i"));
        let (readiness, stop) = (Readiness::default(), Stop::default());
        let directory = Arc::default();
        let mut dispatch = Dispatch::new(Parts {
            settings,
            ownership,
            directory,
            transactor,
            inbox,
            loads,
            sweeps,
            takeovers,
            readiness,
            stop,
        });
        assert!(dispatch.confirm(vec![owned], None));
        (dispatch, requests)
    }

    fn waits_for_due_events(dispatch: &Dispatch) -> bool {
        let report = dispatch.readiness.report();
        report.waiting_for.iter().any(|waiting| waiting.what == Condition::DueEvents.name())
    }

    /// Whether the markers were committed after the loop had been running for so long.
    fn are_kept_alive_since(dispatch: &Dispatch, running: Duration) -> bool {
        let moment = Moment { running: running + Duration::from_hours(1), ..dispatch.moment() };
        let mut firing = dispatch.firing.clone();
        loop {
            match firing.next(&dispatch.owners, moment) {
                Next::Load(_) | Next::Sweep(_) => {}
                next => break !matches!(next, Next::Recommit(_)),
            }
        }
    }

    /// The pass before may be committed in word only, and the producers that come next would end it.
    #[test]
    fn after_markers_of_a_takeover_that_are_in_doubt_nothing_in_memory_counts() {
        let broker = MockCluster::new(1).unwrap();
        broker.create_topic("shards", 1, 1).unwrap();
        let (mut dispatch, requests) = dispatch(&broker);
        let owned = dispatch.ownership.owned();
        // Neither the offsets nor the abort is taken.
        for request in [RDKafkaApiKey::TxnOffsetCommit, RDKafkaApiKey::EndTxn] {
            broker.request_errors(request, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_PRODUCER_FENCED]);
        }
        assert!(!dispatch.confirm(owned, None));
        dispatch.perform();
        assert!(matches!(requests.try_recv(), Ok(takeover::Request::Take(awaiting)) if awaiting.len() == 1));
        assert_eq!(dispatch.firing.windows().count(), 0);
    }

    #[test]
    fn whether_markers_are_kept_alive_says_nothing_of_due_events() {
        let broker = MockCluster::new(1).unwrap();
        broker.create_topic("shards", 1, 1).unwrap();
        let (mut dispatch, _requests) = dispatch(&broker);
        let stale = dispatch.ownership.owned();
        let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED];
        broker.request_errors(RDKafkaApiKey::TxnOffsetCommit, &refused);
        let before = dispatch.started.elapsed();
        dispatch.recommit(stale.clone());
        assert!(!are_kept_alive_since(&dispatch, before), "it did not fail");
        assert!(!dispatch.firing.is_backing_off() && !waits_for_due_events(&dispatch), "due events are held back");

        // Due events fail, and the keep-alive does not.
        broker.clear_request_errors(RDKafkaApiKey::TxnOffsetCommit);
        dispatch.firing.reset(Err(Fault::Away), before);
        dispatch.note_failure(&rdkafka::error::KafkaError::Canceled);
        let before = dispatch.started.elapsed();
        dispatch.recommit(stale);
        assert!(are_kept_alive_since(&dispatch, before), "it failed");
        assert!(dispatch.firing.is_backing_off() && waits_for_due_events(&dispatch));
    }
}
