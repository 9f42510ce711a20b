//! What each kind of error that a consumer reports leads to.

use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{channel, sync_channel};

use rdkafka::config::ClientConfig;
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};

use super::super::judge::{Line, ShardLines};
use super::*;
use crate::config::KafkaProperties;
use crate::domain::commitment::Position;
use crate::domain::fixtures;
use crate::domain::time::Timestamp;
use crate::kafka::cluster::Cluster;
use crate::kafka::member::{self, Rebalanced};
use crate::kafka::ownership::{Awaiting, OwnedShard};
use crate::kafka::positions::Positions;
use crate::protocol::frontier::Frontier;
use crate::takeover::Request;
use crate::wire::decode::Limits;

/// How long is waited for what has to come.
const DEADLINE: Duration = Duration::from_mins(1);

/// A stage that reads one shard, as a takeover has left it.
struct Stage<C: ConsumerContext + Says + Ends + 'static> {
    consume: ConsumeStage<C>,
    owned: Arc<OwnedShard>,
    requests: Receiver<Request>,
    assigned: Receiver<Vec<Awaiting>>,
    joins: Arc<AtomicUsize>,
    readers: Arc<AtomicUsize>,
}

fn shard() -> Shard {
    Shard::from_partition(0).unwrap()
}

fn stage(
    broker: &MockCluster<'_, DefaultProducerContext>,
    properties: KafkaProperties,
) -> Stage<impl ConsumerContext + Says + Ends + use<>> {
    let cluster = Cluster { bootstrap_servers: broker.bootstrap_servers(), group_id: "g".to_owned(), properties };
    let ownership: Arc<Ownership> = Arc::default();
    let (tell_assigned, assigned) = channel();
    let joins: Arc<AtomicUsize> = Arc::default();
    let (joining, joined, member_ownership) = (cluster.clone(), Arc::clone(&joins), Arc::clone(&ownership));
    let join = move || {
        let before = joined.fetch_add(1, Ordering::Relaxed);
        let tell_assigned = tell_assigned.clone();
        let tell = move |event| {
            if let Rebalanced::Assigned(awaiting) = event {
                tell(&tell_assigned, awaiting);
            }
        };
        member::join(
            &joining,
            &format!("i.{before}"),
            ("commands", 1),
            Arc::clone(&member_ownership),
            Positions::default(),
            tell,
        )
    };
    let (takeovers, requests) = channel();
    let readiness = Readiness::default();
    let group = Group {
        member: join().unwrap(),
        join: Box::new(join),
        rejoin: Rejoin::default(),
        ownership: Arc::clone(&ownership),
        takeovers,
        standstills: Standstills::new(readiness.clone()),
        is_full: Arc::default(),
    };
    let settings = Settings {
        commands_topic: "commands".to_owned(),
        amendments_topic: "amendments".to_owned(),
        limits: Limits { command_bytes: 1_000 },
        pace: Duration::ZERO,
    };
    let readers: Arc<AtomicUsize> = Arc::default();
    let read = Arc::clone(&readers);
    let read_amendments: ReadAmendments = Box::new(move || {
        read.fetch_add(1, Ordering::Relaxed);
        cluster.reader().create_with_context(Events::of("amendments"))
    });
    let amendments = read_amendments().unwrap();
    let (_, starts) = channel();
    let (batches, _) = sync_channel(0);
    let rules = Arc::new(fixtures::rules());
    let stop = Stop::default();
    let mut consume = ConsumeStage::new(Parts {
        settings,
        group,
        amendments,
        read_amendments,
        directory: Arc::default(),
        rules,
        starts,
        batches,
        readiness,
        stop,
    });
    let awaiting = ownership.assign([shard()], consume.commands.group_metadata());
    let owned = claimed();
    assert!(ownership.install(awaiting[0], &owned));
    let lines = [Line { next: 7, held: None, is_said: false, silent: None }; 2];
    consume.judge.reading.insert(shard(), ShardLines { owned: Arc::clone(&owned), lines });
    Stage { consume, owned, requests, assigned, joins, readers }
}

fn claimed() -> Arc<OwnedShard> {
    let marker = Position { fire_at: Timestamp::from_micros(1), callback_id: 0 };
    OwnedShard::claimed(shard(), 1, Frontier::starting_at(marker), None)
}

fn broker() -> MockCluster<'static, DefaultProducerContext> {
    let broker = MockCluster::new(1).unwrap();
    broker.create_topic("commands", 1, 1).unwrap();
    broker.create_topic("amendments", 1, 1).unwrap();
    broker
}

impl<C: ConsumerContext + Says + Ends + 'static> Stage<C> {
    /// Lets the partition's queue report that error in the place of a record.
    fn reports(&mut self, code: Code) {
        self.consume.trouble(Stream::Commands, shard(), &KafkaError::MessageConsumption(code));
    }

    /// Whether nothing is taken from the partition, and that is said.
    fn stands_still(&self) -> bool {
        let is_held = self.consume.judge.reading[&shard()].lines[0].held.is_some();
        let said = self.consume.standstills.first_of("commands");
        assert!(!is_held || said.unwrap().contains("partition 0 of commands cannot be read at offset 7"));
        is_held
    }

    /// Whether the shard is taken over again, and whether then it is read from its beginning.
    fn is_taken_over(&self) -> Option<bool> {
        let request = self.requests.try_recv().ok()?;
        assert!(!self.owned.is_current(), "nothing more is done under the takeover before");
        match request {
            Request::Take(awaiting) => Some(awaiting[0].anew),
            Request::Release { .. } | takeover::Request::LookAtTheGroup => None,
        }
    }
}

#[test]
fn what_passes_stops_nothing() {
    let broker = broker();
    let mut stage = stage(&broker, KafkaProperties::default());
    stage.reports(Code::OperationTimedOut);
    assert!(!stage.stands_still() && stage.is_taken_over().is_none() && stage.owned.is_current());
    assert_eq!(stage.consume.standstills.first_of("commands"), None);
}

#[test]
fn a_partition_stops_before_what_the_client_cannot_hand_over() {
    let broker = broker();
    // The one that is larger than the buffers among them.
    for code in [Code::MessageSizeTooLarge, Code::BadMessage, Code::BadCompression, Code::Fatal, Code::UnknownMemberId]
    {
        let mut stage = stage(&broker, KafkaProperties::default());
        stage.reports(code);
        assert!(stage.stands_still(), "{code:?}");
        assert!(stage.is_taken_over().is_none(), "{code:?}");
    }
}

#[test]
fn what_is_missing_or_denied_is_said_and_left_to_the_client() {
    let broker = broker();
    for code in [Code::UnknownTopicOrPartition, Code::TopicAuthorizationFailed] {
        let mut stage = stage(&broker, KafkaProperties::default());
        stage.reports(code);
        assert!(!stage.stands_still());
        assert!(stage.consume.standstills.first_of("commands").is_some(), "{code:?}");
    }
}

#[test]
fn where_the_offset_is_gone_the_shard_is_taken_over_again() {
    let broker = broker();
    for code in [Code::AutoOffsetReset, Code::OffsetOutOfRange] {
        let mut stage = stage(&broker, KafkaProperties::default());
        stage.reports(code);
        assert_eq!(stage.is_taken_over(), Some(false), "{code:?}");
    }
}

#[test]
fn a_log_that_was_cut_is_read_from_its_beginning() {
    let broker = broker();
    let mut stage = stage(&broker, KafkaProperties::default());
    stage.reports(Code::LogTruncation);
    assert_eq!(stage.is_taken_over(), Some(true));
}

#[test]
fn a_client_that_has_failed_for_good_is_made_anew() {
    let broker = broker();
    let mut stage = stage(&broker, KafkaProperties::default());
    stage.consume.hear(&KafkaError::MessageConsumption(Code::OperationTimedOut));
    stage.consume.look_after_membership();
    assert_eq!(stage.joins.load(Ordering::Relaxed), 1);
    stage.consume.hear(&KafkaError::MessageConsumptionFatal(Code::FencedInstanceId));
    stage.consume.look_after_membership();
    assert_eq!(stage.joins.load(Ordering::Relaxed), 2);
    assert!(!stage.owned.is_current(), "what was owned under the old membership is not any more");
}

#[test]
fn a_partition_of_which_the_client_hands_over_nothing_is_positioned_once_more_and_then_the_client_is_replaced() {
    let broker = broker();
    let mut stage = stage(&broker, KafkaProperties::default());
    let consume = &mut stage.consume;
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", broker.bootstrap_servers()).create().unwrap();
    let place = consume.judge.settings.place(Stream::Amendments, shard());
    consume.judge.reading.get_mut(&shard()).unwrap().lines[1].next = 0;
    for (offset, readers) in [(0, 1), (1, 2), (2, 3)] {
        producer.send(BaseRecord::<(), _>::to("amendments").payload("{}")).unwrap();
        producer.flush(DEADLINE).unwrap();
        // The client does not read it, and nobody here knows that; `kafka::watch` says so.
        consume.amendments.unassign(shard()).unwrap();
        consume.standstills.begin_unless_known(place.clone(), offset, "the client hands over nothing".to_owned());
        let deadline = Instant::now() + DEADLINE;
        while consume.judge.batch.is_empty() {
            assert!(Instant::now() < deadline, "nobody asks the client again");
            consume.begin_reading();
            consume.poll(POLL);
        }
        consume.judge.batch.clear();
        assert_eq!(stage.readers.load(Ordering::Relaxed), readers);
        let line = &mut consume.judge.reading.get_mut(&shard()).unwrap().lines[1];
        assert_eq!((line.next, line.silent), (offset + 1, None));
        assert!(!consume.standstills.has(&place));
        // Next it has been positioned half a minute ago, in vain.
        line.silent = Some(Instant::now());
    }
}

/// A stage that did not serve its client for longer than `max.poll.interval.ms`: others have its shards by then.
#[test]
fn after_too_long_without_a_poll_the_shards_are_given_up_and_assigned_again() {
    let broker = broker();
    let properties = KafkaProperties::default()
        .with("session.timeout.ms", "4000".to_owned())
        .with("max.poll.interval.ms", "4000".to_owned());
    let mut stage = stage(&broker, properties);
    let began = Instant::now();
    let awaiting = loop {
        stage.consume.poll(POLL);
        if let Ok(awaiting) = stage.assigned.try_recv() {
            break awaiting;
        }
        assert!(began.elapsed() < DEADLINE, "nothing is assigned");
    };
    let owned = claimed();
    assert!(stage.consume.ownership.install(awaiting[0], &owned));
    let reported = loop {
        // A look at the client is a poll.
        std::thread::sleep(Duration::from_secs(6));
        let errors = stage.consume.commands.serve();
        if let Some(error) = errors.iter().find(|error| error.rdkafka_error_code() == Some(Code::PollExceeded)) {
            break fault::of(error);
        }
        assert!(began.elapsed() < DEADLINE, "the client has not noticed: {errors:?}");
    };
    assert_eq!(reported, Fault::MembershipOver);
    loop {
        stage.consume.poll(POLL);
        if stage.assigned.try_recv().is_ok() {
            break;
        }
        assert!(began.elapsed() < DEADLINE, "nothing is assigned again");
    }
    assert!(!owned.is_current(), "nothing more is done under the takeover before");
}
