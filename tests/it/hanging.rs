//! A transaction that its coordinator has forgotten, and that therefore nobody ends: as a broker leaves it that was
//! killed between a commit and its markers, and started again at once (docs/decisions/0012). Made here with the broker's
//! own protocol, on a broker that does not verify transactions.

use std::collections::BTreeSet;
use std::sync::Arc;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use schedule_callback::config::KafkaProperties;
use schedule_callback::kafka::cluster::Cluster;
use schedule_callback::kafka::hanging::Leftovers;
use schedule_callback::kafka::transactions::{NewRecord, Outcome, Sending, Transactor, owned_headers};

use crate::rig::{
    Kafka, Message, RawProducer, Scope, commit_hanging, commit_in_part_raw, init_producer_raw, produce_hanging,
};
use crate::sample;

#[test]
fn what_hangs_on_the_offsets_and_in_the_results_is_ended_and_nothing_is_lost_or_doubled() {
    let kafka = Kafka::start_with(&[("transaction.partition.verification.enable", "false")]);
    let scope = Scope::on_kafka(&kafka, 1);
    sample::load_directory(&scope);
    let config = scope.service();
    let mut killed = config.start();
    let mut results = scope.reader(&scope.topics.results);
    let command = |id: &str| sample::binary(id, &sample::schedule(&sample::in_seconds(1)));
    scope.produce(&scope.topics.commands, [command("c-1")]);
    results.wait_for(1);
    killed.kill9();

    // Its answer to the second command hangs, and with it that the command is done with.
    let owner: String = scope.sql().value("select owner from shard", &[]);
    let [id, _] = cluster(&kafka, &scope).ingest_transactional_ids(&owner);
    let producer = init_producer_raw(&kafka.bootstrap(), &id);
    scope.produce(&scope.topics.commands, ["c-2", "c-3"].map(command));
    produce_hanging(&kafka.bootstrap(), &id, producer, &scope.topics.results, b"hangs");
    commit_hanging(&kafka.bootstrap(), &id, producer, &scope.group, &scope.topics.commands, 2);

    let mut service = config.start();
    let answered: BTreeSet<String> =
        results.wait_for(3).iter().map(|result| result.header("ce_causationid").unwrap().to_owned()).collect();
    assert_eq!(answered, ["c-1", "c-2", "c-3"].map(str::to_owned).into());
    let mut due = scope.reader(&scope.topics.due);
    due.wait_for(3);
    assert_eq!(service.terminate().code(), Some(0));
    // To the end of all partitions: nothing is open in them any more.
    assert_eq!(scope.read_to_end(&scope.topics.results).len(), 3);
    assert_eq!(scope.read_to_end(&scope.topics.due).len(), 3);
    assert_eq!(scope.committed(&scope.topics.commands)[0].offset, Some(3));
}

#[test]
fn what_a_living_producer_left_hanging_is_ended_before_it_commits_anything_else() {
    let kafka = Kafka::start_with(&[("transaction.partition.verification.enable", "false")]);
    let scope = Scope::on_kafka(&kafka, 1);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let mut results = scope.reader(&scope.topics.results);
    let mut ask = |number: usize| {
        let command = sample::binary(&format!("c-{number}"), &sample::schedule(&sample::in_seconds(3_600)));
        scope.produce(&scope.topics.commands, [command]);
        results.wait_for(number);
    };
    ask(1);

    // A result, and an offset that no takeover reads: the shard whose it was has gone to another instance.
    let owner: String = scope.sql().value("select owner from shard", &[]);
    for id in cluster(&kafka, &scope).ingest_transactional_ids(&owner) {
        let producer = init_producer_raw(&kafka.bootstrap(), &id);
        produce_hanging(&kafka.bootstrap(), &id, producer, &scope.topics.results, b"hangs");
        commit_hanging(&kafka.bootstrap(), &id, producer, &scope.group, &scope.topics.due, 7);
    }
    // Each of the two producers commits something.
    (2..6).for_each(&mut ask);
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(scope.read_to_end(&scope.topics.results).len(), 5, "what hung is not among them");
    assert!(scope.committed(&scope.topics.due).iter().all(|committed| committed.offset.is_none()));
}

#[test]
fn a_shard_on_which_something_is_pending_keeps_the_name_of_its_owner_when_it_is_given_up() {
    let kafka = Kafka::start_with(&[("transaction.partition.verification.enable", "false")]);
    let scope = Scope::on_kafka(&kafka, 1);
    sample::load_directory(&scope);
    let config = scope.service();
    let owner = || scope.sql().value::<Option<String>>("select owner from shard", &[]);
    let mut service = config.start();
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(owner(), None, "nothing is pending");

    let mut service = config.start();
    let before = owner();
    assert!(before.is_some());
    // The end of its last transaction may still be on its way.
    let producer = init_producer_raw(&kafka.bootstrap(), "somebody");
    commit_hanging(&kafka.bootstrap(), "somebody", producer, &scope.group, &scope.topics.shards, 7);
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(owner(), before, "who comes next has to know whose it is");
}

/// The partitions of the broker's topic of offsets in this rig.
const OFFSETS: &[i32] = &[0, 1, 2, 3];

/// A transaction of two records and an offset, of which the broker lets some partitions count, and aborts the rest: as two
/// coordinators do of which one has not heard of the other (docs/decisions/0012).
struct Split<'a> {
    kafka: &'a Kafka,
    scope: &'a Scope<'a>,
    next: i64,
    counts: &'a [(&'a str, &'a [i32])],
    ce_type: &'a str,
    /// What happens before the loop's next producers are made.
    meanwhile: &'a dyn Fn(),
}

/// How many of its records readers see, and whether its offset counts: once the loop's next producers are made, and once the
/// loop has done it again, where its offset did not count.
type Seen = ((usize, bool), (usize, bool));

impl Split<'_> {
    fn run(&self) -> Seen {
        let Self { kafka, scope, next, counts, ce_type, meanwhile } = *self;
        let id = &*format!("loop-{next}");
        let cluster = cluster(kafka, scope);
        let member: BaseConsumer = cluster.reader().create().unwrap();
        let metadata = Arc::new(member.group_metadata().unwrap());
        let (results, due) = (scope.topics.results.clone(), scope.topics.due.clone());
        let records = || scope.read_to_end(&results).len() + scope.read_to_end(&due).len();
        let before = records();
        let seen = || (records() - before, scope.committed(&scope.topics.commands)[0].offset == Some(next));
        let mut offsets = TopicPartitionList::new();
        offsets.add_partition_offset(&scope.topics.commands, 0, Offset::Offset(next)).unwrap();
        let leftovers = Leftovers {
            topics: vec![results.clone(), due.clone()],
            offsets: offsets.clone(),
            metadata: Arc::clone(&metadata),
        };
        // Whoever asks for the coordinator makes the broker's topic of transactions; the raw request does not.
        Transactor::new(cluster.clone(), [id.to_owned()]).reset().unwrap();
        let earlier = init_producer_raw(&kafka.bootstrap(), id);
        let mut transactor = Transactor::new(cluster, [id.to_owned()]).ending(leftovers);
        transactor.reset().unwrap();
        let producer = RawProducer { epoch: earlier.epoch + 1, ..earlier };
        let (name, topics) = (format!("{id}.result"), [&results, &due]);
        let produce = |sending: &Sending<'_>| {
            let headers = [("ce_id", Some(name.as_bytes())), ("ce_type", Some(ce_type.as_bytes()))];
            topics.iter().try_for_each(|topic| {
                sending.send(NewRecord {
                    topic,
                    partition: Some(0),
                    key: Some(id.as_bytes()),
                    value: Some(b"v"),
                    headers: owned_headers(headers.into_iter()),
                    timestamp_millis: None,
                })
            })
        };
        let split = || {
            for (topic, partitions) in counts {
                commit_in_part_raw(&kafka.bootstrap(), producer, topic, partitions);
            }
            // The other coordinator knows nothing of a commit.
            init_producer_raw(&kafka.bootstrap(), id);
            Ok(())
        };
        let outcome = transactor.transact(&metadata, &offsets, produce, split);
        assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
        assert!(!transactor.is_ready());
        meanwhile();
        transactor.reset().unwrap();
        assert!(transactor.is_ready());
        let settled = seen();
        if !settled.1 {
            let again = transactor.transact(&metadata, &offsets, produce, || Ok(()));
            assert!(matches!(again, Outcome::Committed), "{again:?}");
        }
        (settled, seen())
    }
}

#[test]
fn a_transaction_that_the_broker_splits_is_seen_whole_and_once_in_the_end() {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 1);
    let (results, due) = (&*scope.topics.results, &*scope.topics.due);
    let offsets = ("__consumer_offsets", OFFSETS);
    let split = |next: i64, counts: &[(&str, &[i32])]| {
        let (kafka, scope, meanwhile) = (&kafka, &scope, &|| {});
        Split { kafka, scope, next, counts, ce_type: "callback.due.v1", meanwhile }.run()
    };
    let whole = (2, true);
    assert_eq!(
        split(1, &[offsets, (results, &[0]), (due, &[0])]),
        (whole, whole),
        "nothing is published a second time"
    );
    assert_eq!(split(2, &[offsets]), (whole, whole), "no record counted");
    assert_eq!(split(3, &[offsets, (results, &[0])]), (whole, whole), "one of the two did");
    assert_eq!(split(4, &[]), ((0, false), whole), "all of it is done again");
    assert_eq!(
        split(5, &[(due, &[0])]),
        ((1, false), whole),
        "what was seen too early is left out when it is done again"
    );
    assert_eq!(split(6, &[(due, &[0]), (results, &[0])]), ((2, false), whole), "all of it was seen too early");
}

#[test]
fn a_state_that_the_broker_dropped_does_not_come_behind_a_later_one() {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 1);
    let later = || {
        scope.produce(&scope.topics.results, [Message::new("loop-1", "later")]);
    };
    let (kafka, scope, counts) = (&kafka, &scope, &[("__consumer_offsets", OFFSETS)] as &[_]);
    let split = Split { kafka, scope, next: 1, counts, ce_type: "callback.state.v1", meanwhile: &later };
    let whole = (2, true);
    assert_eq!(split.run(), (whole, whole), "the later state and the record of the other topic");
    let last = scope.read_to_end(&scope.topics.results).pop().unwrap();
    assert_eq!(last.value.as_deref(), Some(b"later".as_slice()));
}

fn cluster(kafka: &Kafka, scope: &Scope<'_>) -> Cluster {
    let properties = KafkaProperties::default();
    Cluster { bootstrap_servers: kafka.bootstrap(), group_id: scope.group.clone(), properties }
}
