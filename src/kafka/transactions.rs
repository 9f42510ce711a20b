//! Kafka transactions whose outcome is always one of three: committed, aborted for certain, or unknown.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::attempt::{Patience, run};
use super::calls::CallsUnderWay;
use super::cluster::{Cluster, Events, TRANSACTION_TIMEOUT};
use super::deliveries::{Deliveries, hear_out};
use super::early::Early;
use super::fellows::{Fellows, Pending};
use super::hanging::{Leftovers, hear_the_time};
pub use super::outcome::Outcome;
pub use super::outgoing::{NewRecord, owned_headers};
pub use super::sending::Sending;
use super::sending::{CALL_TIMEOUT, OFFSETS_TIMEOUT, To, initialise};
use super::sent::Memory;
use super::settling::{Doubt, Found};
use super::statistics::count;
use crate::clock;
use crate::telemetry::label::Transacting;
use crate::telemetry::metric;

/// How long a transaction may take until the broker has everything; longer, and a broker has most likely died or stands still. Its
/// partitions and coordinators have gone to others by then (9 s, `broker.session.timeout.ms`), which new producers find at once,
/// and this one only after one time-out of the client (`cluster::ANSWER`) for each request in turn.
const FAIL_OVER: Duration = Duration::from_secs(10);
/// How long a producer may rest in a transaction of another one that waits for brokers. It has asked nothing meanwhile, so where its
/// own coordinator stands still, it would find out by waiting for that one.
const AT_REST: Duration = Duration::from_secs(5);

/// One loop's transactional producers, used by one thread, one transaction at a time.
///
/// They take turns. The broker answers a commit before it has written the markers of its partitions, and refuses the
/// same producer's next transaction until it has (CONCURRENT_TRANSACTIONS); librdkafka then waits for 20 ms, several
/// times as long as the markers take. Another producer need not wait. The order of what both commit stands all the same:
/// the group coordinator keeps of two committed offsets the one that was written later (Kafka's
/// `OffsetMetadataManager.replayEndTransactionMarker` compares where the commits lie in its log), stable reads wait for
/// both, and a `read_committed` reader sees a partition's records in the order they were written.
pub struct Transactor {
    cluster: Cluster,
    turns: Vec<Turn>,
    next: usize,
    /// What metrics call it, where they do.
    label: Option<Transacting>,
    calls: Arc<CallsUnderWay>,
    /// Where its transactions may leave something, where that is known.
    leftovers: Option<Leftovers>,
    /// Whether the last transaction of one of the producers may hang (`kafka::hanging`).
    in_doubt: bool,
    /// The last transaction, where its commit was asked for and nobody knows whether it counts.
    unsettled: Option<Doubt>,
    /// What readers have seen too early.
    early: Early,
    /// The loops of the same instance.
    fellows: Fellows,
    /// What takeovers are to know of this one.
    pending: Arc<Pending>,
    /// How often the instance's producers had been fenced when these were made.
    fenced: u64,
    /// Whether producers that are gone had lost all brokers.
    has_lost: bool,
    /// Whether the last try to make producers has failed.
    has_failed: bool,
    /// How long the next transaction may take until the broker has everything.
    to_send: Duration,
    /// How long one may take until the producers that have rested meanwhile are made anew.
    at_rest: Duration,
}

struct Turn {
    transactional_id: String,
    producer: Option<Arc<BaseProducer<Deliveries>>>,
}

impl Transactor {
    /// Producers that are connected and initialised when they are first needed.
    pub fn new(cluster: Cluster, transactional_ids: impl IntoIterator<Item = String>) -> Self {
        let turns =
            transactional_ids.into_iter().map(|transactional_id| Turn { transactional_id, producer: None }).collect();
        let fellows = Fellows::default();
        Self {
            cluster,
            turns,
            label: None,
            next: 0,
            calls: Arc::default(),
            leftovers: None,
            in_doubt: false,
            unsettled: None,
            early: Early::default(),
            pending: fellows.enter(),
            fellows,
            fenced: 0,
            has_lost: false,
            has_failed: false,
            to_send: FAIL_OVER,
            at_rest: AT_REST,
        }
    }

    /// The same, as one of several loops of an instance.
    #[must_use]
    pub fn among(self, fellows: &Fellows) -> Self {
        Self { pending: fellows.enter(), fellows: fellows.clone(), fenced: fellows.fenced(), ..self }
    }

    /// The same with metrics. What its producers say has to be heard: see `has_lost_all_brokers`.
    #[must_use]
    pub fn measured(self, label: Transacting) -> Self {
        Self { label: Some(label), ..self }
    }

    /// The same, publishing to these topics only, which ends what it may have left there before it commits anything else.
    #[must_use]
    pub fn ending(self, leftovers: Leftovers) -> Self {
        Self { leftovers: Some(leftovers), ..self }
    }

    /// For the watchdog.
    pub fn calls(&self) -> Arc<CallsUnderWay> {
        Arc::clone(&self.calls)
    }

    /// Makes the producers that are missing and initialises them, which ends whatever others of the same ids left open. Where
    /// one of those before may have left a transaction hanging, each ends that first. Where this machine's clock is at
    /// variance with another, the broker's is heard. Where those of another loop were fenced, all are made anew.
    ///
    /// # Errors
    /// librdkafka's error; the call may be tried again.
    pub fn reset(&mut self) -> KafkaResult<()> {
        let fenced = self.fellows.fenced();
        if fenced != self.fenced {
            self.give_up(|_| true);
            // Those that are made from here on are newer than what was seen, whatever becomes of the rest.
            self.fenced = fenced;
        }
        let all_are_new = self.turns.iter().all(|turn| turn.producer.is_none());
        let has_failed = std::mem::replace(&mut self.has_failed, true);
        self.make_producers(has_failed)?;
        self.has_failed = false;
        if all_are_new {
            // Whatever was fenced while these waited for their coordinators, none of them has asked any other broker for anything.
            self.fenced = self.fellows.fenced();
        }
        self.in_doubt = false;
        self.settle()?;
        self.pending.ends();
        Ok(())
    }

    /// Makes those that are missing. With patience they come through however slow the brokers are; without, they find those sooner
    /// that have taken over from one that stands still.
    fn make_producers(&mut self, is_patient: bool) -> KafkaResult<()> {
        let Self { cluster, turns, calls, label, leftovers, in_doubt, .. } = self;
        for (number, turn) in turns.iter_mut().enumerate().filter(|(_, turn)| turn.producer.is_none()) {
            let config = cluster.producer(&turn.transactional_id);
            let (config, timeout) =
                if is_patient { (config, TRANSACTION_TIMEOUT) } else { (cluster.impatient(config), CALL_TIMEOUT) };
            let (config, events) = match label.as_ref().and_then(|label| label.clients.get(number).copied()) {
                Some(client) => (cluster.measured(config), Events::measured(&turn.transactional_id, client)),
                None => (config, Events::of(&turn.transactional_id)),
            };
            let producer = Arc::new(calls.during(|| initialise(&config, events, timeout))?);
            if let Some(leftovers) = leftovers.as_ref().filter(|_| *in_doubt) {
                calls.during(|| leftovers.end_by(&producer))?;
            }
            if let Some(topic) = leftovers.as_ref().and_then(|leftovers| leftovers.topics.first())
                && clock::is_refuted()
            {
                calls.during(|| hear_the_time(&producer, topic))?;
            }
            turn.producer = Some(producer);
        }
        Ok(())
    }

    /// Completes the last transaction, where nobody knew whether it counts and it does in part (`kafka::settling`).
    ///
    /// # Errors
    /// librdkafka's error; the call may be tried again.
    fn settle(&mut self) -> KafkaResult<()> {
        let Some(unsettled) = self.unsettled.take() else { return Ok(()) };
        match self.complete(&unsettled) {
            Ok(()) => unsettled.close(),
            Err(error) if unsettled.is_lost_after(&error) => unsettled.give_up(&error),
            Err(error) => {
                self.unsettled = Some(unsettled);
                return Err(error);
            }
        }
        Ok(())
    }

    fn complete(&mut self, unsettled: &Doubt) -> KafkaResult<()> {
        let began = Instant::now();
        let missing = match self.calls.during(|| unsettled.look())? {
            Found::AsItShould => {
                let seconds = began.elapsed().as_secs_f64();
                tracing::info!(seconds, "a transaction whose commit nobody answered counts as a whole, or not at all");
                return Ok(());
            }
            Found::Early(records) => {
                tracing::error!(
                    records = records.len(),
                    "the broker has split a transaction: readers see these records of it, and its offsets do not count. All of it is \
                     done again: where this instance does it, these records are left out; another one publishes them a second \
                     time, with the same ids (docs/decisions/0012)"
                );
                self.early.add(&records);
                return Ok(());
            }
            Found::Missing(missing) => missing,
        };
        let Some(producer) = self.turns.first().and_then(|turn| turn.producer.clone()) else {
            return Err(KafkaError::Canceled);
        };
        tracing::error!(
            records = missing.len(),
            "the broker has split a transaction: its offsets count, and readers do not see these records of it. They are \
             published now (docs/decisions/0012)"
        );
        unsettled.is_being_completed();
        let produce = |sending: &Sending<'_>| missing.iter().try_for_each(|sent| sending.send(sent.again()));
        let nothing = TopicPartitionList::new();
        let all = Early::default();
        let patience = Patience { is_over: &|| false, to_send: TRANSACTION_TIMEOUT };
        let run = || run(&producer, &unsettled.metadata, (&nothing, &all), produce, || Ok(()), &patience);
        let outcome = self.calls.during(run);
        match outcome {
            Outcome::Committed => {
                metric::SPLIT_RECORDS.counter(&["published"]).increment(missing.len() as u64);
                Ok(())
            }
            Outcome::Aborted(error) => Err(error),
            Outcome::Unknown(error) => {
                self.doubt();
                Err(error)
            }
        }
    }

    /// What the producers committed last may hang: they are given up.
    fn doubt(&mut self) {
        self.in_doubt = true;
        self.pending.begins();
        self.turns.iter_mut().for_each(|turn| turn.producer = None);
    }

    /// Gives producers up whose last transactions have ended, unless they have lost all brokers since. `which` are told by their turn.
    fn give_up(&mut self, which: impl Fn(usize) -> bool) {
        let turns = self.turns.iter_mut().enumerate().filter(|(turn, _)| which(*turn));
        let has_lost = turns
            .filter_map(|(_, turn)| turn.producer.take())
            .inspect(|producer| hear_out(producer))
            .filter(|producer| producer.context().lost_all_brokers.load(Ordering::Relaxed))
            .count()
            > 0;
        if has_lost {
            self.has_lost = true;
            self.doubt();
        }
    }

    /// Whether no broker was left at some moment since this was last asked. What was committed shortly before it may then
    /// be committed in word only (`kafka::hanging`): nothing may be built on it before the offsets are read again. The
    /// producers are gone then, as after `Unknown`.
    ///
    /// Takes all that the producers have to say; call it every few seconds, or their statistics pile up.
    pub fn has_lost_all_brokers(&mut self) -> bool {
        let producers = self.turns.iter().filter_map(|turn| turn.producer.as_ref());
        // Each is asked, or the next call would still hear of it.
        let has_lost = producers
            .inspect(|producer| hear_out(producer))
            .filter(|producer| producer.context().lost_all_brokers.swap(false, Ordering::Relaxed))
            .count()
            > 0;
        let has_lost = std::mem::take(&mut self.has_lost) || has_lost;
        if has_lost {
            self.doubt();
        }
        has_lost
    }

    /// Has the producers ask anew which partitions a topic has: one that is newer than what they know is refused by the
    /// client itself. Where no broker answers nothing is learnt, and the client asks by itself before long.
    pub fn learn(&self, topic: &str) {
        for producer in self.turns.iter().filter_map(|turn| turn.producer.as_ref()) {
            if let Err(error) = producer.client().fetch_metadata(Some(topic), OFFSETS_TIMEOUT) {
                tracing::debug!(topic, %error, "the partitions of a topic could not be learnt");
            }
        }
    }

    /// Whether the producers can be used.
    pub fn is_ready(&self) -> bool {
        self.unsettled.is_none()
            && self.turns.iter().all(|turn| turn.producer.is_some())
            && self.fenced == self.fellows.fenced()
    }

    /// One transaction: what `produce` sends, then the offsets, then, after `before_commit`, the commit; where that fails
    /// the transaction is aborted.
    ///
    /// After `Unknown` the producers are gone: `reset` makes the next ones, which ends what is open or hangs. So it is also where
    /// all loops are to have new producers meanwhile: nothing that waits for a broker is waited for any more.
    pub fn transact(
        &mut self,
        metadata: &Arc<ConsumerGroupMetadata>,
        offsets: &TopicPartitionList,
        produce: impl Fn(&Sending<'_>) -> KafkaResult<()>,
        before_commit: impl FnOnce() -> KafkaResult<()>,
    ) -> Outcome {
        let turn = self.turns.get(self.next).filter(|_| self.unsettled.is_none());
        let Some(producer) = turn.and_then(|turn| turn.producer.clone()) else {
            return Outcome::Aborted(KafkaError::Canceled);
        };
        self.pending.begins();
        self.early.begin();
        let early = &self.early;
        let patience = Patience { is_over: &|| self.fenced != self.fellows.fenced(), to_send: self.to_send };
        // What lies before the commit takes as long as it means to.
        let (began, meant) = (Instant::now(), Cell::new(Duration::ZERO));
        let before_commit = || {
            let began = Instant::now();
            let came = before_commit();
            meant.set(began.elapsed());
            came
        };
        let run = || run(&producer, metadata, (offsets, early), &produce, before_commit, &patience);
        let outcome = self.calls.during(run);
        let has_waited = began.elapsed().saturating_sub(meant.get());
        // Where brokers are slow and none has failed, giving up in time would go on for ever: there is all the time until one is
        // quick again.
        let is_quick = matches!(outcome, Outcome::Committed) && has_waited < FAIL_OVER;
        self.to_send = if is_quick { FAIL_OVER } else { TRANSACTION_TIMEOUT };
        if let Some(label) = self.label {
            count(&outcome, label.name);
        }
        match &outcome {
            Outcome::Committed => {
                self.early.count();
                self.pending.ends();
            }
            Outcome::Aborted(_) => self.pending.ends(),
            Outcome::Unknown(error) => {
                // Whoever fenced one has most likely fenced the others, those of the other loop too; unless that is known.
                let is_fatal = producer.client().fatal_error().is_some();
                if (is_fatal || is_fenced(error)) && self.fenced == self.fellows.fenced() {
                    self.fellows.fence();
                }
                if producer.context().asked_to_commit.load(Ordering::Relaxed) {
                    self.early.begin();
                    let memory = Memory::default();
                    if let Err(error) = produce(&Sending(To::Memory(&memory, &self.early))) {
                        tracing::warn!(%error, "what was sent in a transaction could not be kept");
                    }
                    let doubt =
                        Doubt::of(&self.cluster, memory.into_inner(), &producer.context().spans(), offsets, metadata);
                    self.unsettled = doubt.unwrap_or_else(|error| {
                        tracing::error!(%error, "nobody will look what became of a transaction whose commit nobody answered");
                        None
                    });
                }
                self.doubt();
            }
        }
        if has_waited >= self.at_rest {
            let turn_of_this = self.next;
            self.give_up(|turn| turn != turn_of_this);
        }
        self.next = (self.next + 1) % self.turns.len();
        outcome
    }
}

/// Aborts what a producer of that id, now dead, left open: initialising in its name fences it.
///
/// # Errors
/// librdkafka's error; the call may be tried again.
pub fn abort_in_the_name_of(cluster: &Cluster, transactional_id: &str) -> KafkaResult<()> {
    initialise(&cluster.producer(transactional_id), Events::of(transactional_id), CALL_TIMEOUT).map(drop)
}

/// Whether the producer cannot be used any more, as after another one of its name was initialised.
fn is_fenced(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{Fatal, Fenced, InvalidProducerEpoch, ProducerFenced};
    matches!(error.rdkafka_error_code(), Some(Fatal | Fenced | InvalidProducerEpoch | ProducerFenced))
}

#[cfg(test)]
mod tests {
    use rdkafka::consumer::{BaseConsumer, Consumer as _};
    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::DefaultProducerContext;
    use rdkafka::topic_partition_list::Offset;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    use super::*;
    use crate::config::KafkaProperties;
    use crate::kafka::extents::Spans;

    /// A broker with a topic, and what a member of a group on it has.
    fn group_on_a_broker() -> (MockCluster<'static, DefaultProducerContext>, Cluster, Arc<ConsumerGroupMetadata>) {
        let broker = MockCluster::new(1).unwrap();
        broker.create_topic("t", 1, 1).unwrap();
        let (bootstrap_servers, group_id) = (broker.bootstrap_servers(), "g".to_owned());
        let cluster = Cluster { bootstrap_servers, group_id, properties: KafkaProperties::default() };
        let consumer: BaseConsumer = cluster.reader().create().unwrap();
        let metadata = Arc::new(consumer.group_metadata().unwrap());
        (broker, cluster, metadata)
    }

    fn offsets() -> TopicPartitionList {
        let mut offsets = TopicPartitionList::new();
        offsets.add_partition_offset("t", 0, Offset::Offset(1)).unwrap();
        offsets
    }

    #[test]
    fn once_the_producers_of_one_loop_are_fenced_those_of_the_other_are_made_anew_too() {
        let (broker, cluster, metadata) = group_on_a_broker();
        let fellows = Fellows::default();
        let mut loops = ["a", "b"].map(|id| Transactor::new(cluster.clone(), [id.to_owned()]).among(&fellows));
        let commit = |transactor: &mut Transactor| transactor.transact(&metadata, &offsets(), |_| Ok(()), || Ok(()));
        for transactor in &mut loops {
            transactor.reset().unwrap();
            assert!(matches!(commit(transactor), Outcome::Committed));
        }
        assert!(loops.iter().all(Transactor::is_ready) && fellows.pending_for().is_zero());

        // As after a neighbour has aborted what was pending: it fails, and so does the abort.
        for request in [RDKafkaApiKey::TxnOffsetCommit, RDKafkaApiKey::EndTxn] {
            broker.request_errors(request, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_PRODUCER_FENCED]);
        }
        let outcome = commit(&mut loops[0]);
        assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
        assert!(!loops.iter().any(Transactor::is_ready), "the other one would find out after the takeover");
        assert!(!fellows.pending_for().is_zero(), "what became of it is not known");
        for transactor in &mut loops {
            transactor.reset().unwrap();
            assert!(matches!(commit(transactor), Outcome::Committed));
        }
        assert!(loops.iter().all(Transactor::is_ready) && fellows.pending_for().is_zero());
        assert_eq!(fellows.fenced(), 1);
    }

    #[test]
    fn a_producer_that_has_rested_while_another_one_waited_for_brokers_is_made_anew() {
        let (_broker, cluster, metadata) = group_on_a_broker();
        let mut transactor = Transactor::new(cluster, ["a", "b"].map(str::to_owned));
        let commit = |transactor: &mut Transactor| {
            transactor.reset().unwrap();
            let outcome = transactor.transact(&metadata, &TopicPartitionList::new(), |_| Ok(()), || Ok(()));
            assert!(matches!(outcome, Outcome::Committed), "{outcome:?}");
            transactor.turns.iter().map(|turn| turn.producer.is_some()).collect::<Vec<_>>()
        };
        assert_eq!(commit(&mut transactor), [true, true]);
        transactor.at_rest = Duration::ZERO;
        assert_eq!(commit(&mut transactor), [false, true], "the second one has just committed");
        assert_eq!(commit(&mut transactor), [true, false]);
        transactor.at_rest = AT_REST;
        assert_eq!(commit(&mut transactor), [true, true]);
    }

    #[test]
    fn producers_that_are_being_made_while_others_are_fenced_are_not_made_twice() {
        let (broker, cluster, _) = group_on_a_broker();
        let fellows = Fellows::default();
        let mut transactor = Transactor::new(cluster, ["a", "b"].map(str::to_owned)).among(&fellows);
        broker.broker_round_trip_time(1, Duration::from_millis(100)).unwrap();
        let calls = transactor.calls();
        std::thread::scope(|threads| {
            threads.spawn(|| {
                while calls.under_way().is_none() {
                    std::thread::yield_now();
                }
                fellows.fence();
            });
            transactor.reset().unwrap();
        });
        assert!(transactor.is_ready());
        // Of those that were made before nobody knows what they wait for.
        fellows.fence();
        assert!(!transactor.is_ready());
    }

    #[test]
    fn a_transaction_after_one_that_was_not_committed_has_all_the_time_there_is() {
        let (broker, cluster, metadata) = group_on_a_broker();
        let mut transactor = Transactor::new(cluster, ["a".to_owned()]);
        let mut transact = |is_refused: bool| {
            transactor.reset().unwrap();
            if is_refused {
                broker.request_errors(RDKafkaApiKey::EndTxn, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_PRODUCER_FENCED]);
            }
            let outcome = transactor.transact(&metadata, &offsets(), |_| Ok(()), || Ok(()));
            (matches!(outcome, Outcome::Committed), transactor.to_send)
        };
        assert_eq!(transact(false), (true, FAIL_OVER));
        assert_eq!(transact(true), (false, TRANSACTION_TIMEOUT));
        assert_eq!(transact(false), (true, FAIL_OVER));
    }

    #[test]
    fn a_loop_that_waits_until_it_knows_what_became_of_a_transaction_keeps_its_new_producers() {
        let (_broker, cluster, metadata) = group_on_a_broker();
        let fellows = Fellows::default();
        let mut transactor = Transactor::new(cluster.clone(), ["a".to_owned()]).among(&fellows);
        transactor.reset().unwrap();

        // Nobody answered the commit; a record was delivered that readers do not get to.
        let record = NewRecord {
            topic: "t",
            partition: Some(0),
            key: None,
            value: Some(b"v"),
            headers: owned_headers(std::iter::empty()),
            timestamp_millis: None,
        };
        let mut spans = Spans::default();
        spans.note("t", 0, 5);
        let doubt = Doubt::of(&cluster, vec![record.into()], &spans, &TopicPartitionList::new(), &metadata).unwrap();
        transactor.unsettled = doubt;
        fellows.fence();
        let made = |transactor: &mut Transactor| {
            assert!(transactor.reset().is_err(), "it is not known yet");
            transactor.turns[0].producer.as_ref().map(Arc::as_ptr)
        };
        let first = made(&mut transactor);
        assert!(first.is_some());
        assert_eq!(made(&mut transactor), first);
        transactor.unsettled.take().unwrap().close();
        assert!(transactor.is_ready());
    }
}
