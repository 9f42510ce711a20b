//! Committing markers without due events: at a takeover, and now and then so that the broker does not forget them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::{Dispatch, Firing};
use crate::clock;
use crate::kafka::cause::cause;
use crate::kafka::group_database::Told;
use crate::kafka::marker;
use crate::kafka::next_offset;
use crate::kafka::ownership::OwnedShard;
use crate::kafka::transactions::Outcome;
use crate::mutant;
use crate::telemetry::metric;

/// Markers are committed again after this long: the broker forgets offsets of topics that the group does not
/// subscribe to after `offsets.retention.minutes` (7 days by default, a day on old clusters).
pub(super) const KEEP_ALIVE: Duration = Duration::from_hours(1);
/// How long after an attempt that failed the next one is made. There are days of time, and due events come first.
const KEEP_ALIVE_RETRY: Duration = Duration::from_secs(30);

impl Dispatch {
    /// Takeover, step 5.
    pub(super) fn confirm(&mut self, shards: Vec<Arc<OwnedShard>>, told: Option<&Told>) -> bool {
        if !self.transactor.is_ready() && !self.reset() {
            return false;
        }
        let outcome = if mutant::breaks("confirm-takeover") {
            Some(Outcome::Committed)
        } else {
            self.commit_markers(&shards, told, true)
        };
        match outcome {
            Some(Outcome::Committed) => {
                self.takeovers_seen += 1;
                let takeover = self.takeovers_seen;
                for owned in shards {
                    self.firing.insert(owned.shard, Firing::beginning(owned, takeover));
                }
                true
            }
            Some(Outcome::Aborted(error) | Outcome::Unknown(error)) => {
                tracing::warn!(%error, "the broker did not take the markers of a takeover");
                false
            }
            None => false,
        }
    }

    /// Commits the markers of these shards as they stand, what the group is told, and at a takeover what it has to correct;
    /// `None` where one of the shards is no longer ours.
    fn commit_markers(
        &mut self,
        shards: &[Arc<OwnedShard>],
        told: Option<&Told>,
        is_takeover: bool,
    ) -> Option<Outcome> {
        let ownership = Arc::clone(&self.ownership);
        let assignment = ownership.during_transaction();
        // The metadata is of the present assignment. For a shard that was lost before it the broker would take the
        // marker all the same, and the one who has it now would fire callbacks twice.
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

    /// Commits markers again that nothing has moved for so long, so that the broker does not forget them. It has retries of
    /// its own: whether due events can be published is another question.
    pub(super) fn keep_alive(&mut self, unmoved_for: Duration) {
        if self.keep_alive_after.is_some_and(|after| Instant::now() < after) {
            return;
        }
        let stale: Vec<_> = self
            .firing
            .values()
            .filter(|firing| firing.committed_at.elapsed() >= unmoved_for && !firing.owned.frontier().is_passing())
            .map(|firing| Arc::clone(&firing.owned))
            .collect();
        if stale.is_empty() {
            return;
        }
        self.keep_alive_after = None;
        match self.commit_markers(&stale, None, false) {
            Some(Outcome::Committed) => {
                for owned in &stale {
                    if let Some(firing) = self.firing_of(owned) {
                        firing.committed_at = Instant::now();
                    }
                }
            }
            Some(Outcome::Aborted(error)) => {
                tracing::warn!(%error, retry = ?KEEP_ALIVE_RETRY, "markers could not be committed again; tried again");
                metric::RETRIES.counter(&["dispatch", "kafka", cause(&error)]).increment(1);
                self.keep_alive_after = Some(Instant::now() + KEEP_ALIVE_RETRY);
            }
            Some(Outcome::Unknown(error)) => {
                tracing::warn!(
                    %error,
                    "the outcome of committing markers again is not known: the shards are taken over again"
                );
                metric::RETRIES.counter(&["dispatch", "kafka", cause(&error)]).increment(1);
                self.start_over();
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel, sync_channel};

    use rdkafka::consumer::{BaseConsumer, Consumer};
    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::DefaultProducerContext;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    use super::super::{Message, Settings};
    use super::*;
    use crate::config::KafkaProperties;
    use crate::domain::commitment::Position;
    use crate::domain::ids::Shard;
    use crate::domain::timestamp::Timestamp;
    use crate::kafka::cluster::Cluster;
    use crate::kafka::ownership::Ownership;
    use crate::kafka::transactions::Transactor;
    use crate::protocol::frontier::Frontier;
    use crate::readiness::{Condition, Readiness};
    use crate::stop::Stop;
    use crate::takeover;

    /// A loop that fires for one shard.
    fn dispatch(broker: &MockCluster<'_, DefaultProducerContext>) -> (Dispatch, Receiver<takeover::Request>) {
        let (bootstrap_servers, group_id) = (broker.bootstrap_servers(), "g".to_owned());
        let cluster = Cluster { bootstrap_servers, group_id, properties: KafkaProperties::default() };
        let consumer: BaseConsumer = cluster.reader().create().unwrap();
        let ownership: Arc<Ownership> = Arc::default();
        let shard = Shard::from_partition(0).unwrap();
        let awaiting = ownership.assign([shard], consumer.group_metadata());
        let marker = Position { fire_at: Timestamp::from_micros(1), callback_id: 0 };
        let owned = OwnedShard::claimed(shard, 1, Frontier::starting_at(marker), None);
        assert!(ownership.install(awaiting[0], &owned));
        let settings = Settings {
            due_topic: "due".to_owned(),
            shards_topic: "shards".to_owned(),
            source: "/".to_owned(),
            window: Duration::from_mins(1),
            window_rows: 10,
            stage_ahead: Duration::ZERO,
        };
        let (_, inbox) = sync_channel::<Message>(1);
        let (loads, _) = channel();
        let (takeovers, requests) = channel();
        let transactor = Transactor::new(cluster.clone(), cluster.dispatch_transactional_ids("i"));
        let (readiness, stop) = (Readiness::default(), Stop::default());
        let mut dispatch = Dispatch::new(settings, ownership, transactor, inbox, loads, takeovers, readiness, stop);
        assert!(dispatch.confirm(vec![owned], None));
        (dispatch, requests)
    }

    fn waits_for_due_events(dispatch: &Dispatch) -> bool {
        let report = dispatch.readiness.report();
        report.waiting_for.iter().any(|waiting| waiting.what == Condition::DueEvents.name())
    }

    #[test]
    fn whether_markers_are_kept_alive_says_nothing_of_due_events() {
        let broker = MockCluster::new(1).unwrap();
        broker.create_topic("shards", 1, 1).unwrap();
        let (mut dispatch, _requests) = dispatch(&broker);
        let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED];
        broker.request_errors(RDKafkaApiKey::TxnOffsetCommit, &refused);
        dispatch.keep_alive(Duration::ZERO);
        assert!(dispatch.keep_alive_after.is_some(), "it did not fail");
        assert!(dispatch.may_try() && !waits_for_due_events(&dispatch), "due events are held back");

        // Passes fail, and the keep-alive does not.
        broker.clear_request_errors(RDKafkaApiKey::TxnOffsetCommit);
        let fault = rdkafka::error::KafkaError::Canceled;
        dispatch.back_off(&fault);
        dispatch.back_off(&fault);
        let retry = dispatch.retry;
        dispatch.keep_alive_after = None;
        dispatch.keep_alive(Duration::ZERO);
        assert!(dispatch.keep_alive_after.is_none(), "it failed");
        assert!(retry.is_some() && dispatch.retry == retry && waits_for_due_events(&dispatch));
    }
}
