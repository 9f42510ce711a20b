//! A client without a service behind it, on the same cluster: one member of a group of its own, transactional producers with
//! the same settings, one small transaction after the other, and a reader like those of the service's topics. How long that
//! reader sees nothing is what the cluster needs by itself.
//!
//! The same broker coordinates both groups. The service's producers are eight, so most likely each broker coordinates one of
//! them; of the bare client's each broker certainly does. So whichever broker is hit, both are.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use schedule_callback::clock;
use schedule_callback::config::KafkaProperties;
use schedule_callback::domain::time::Timestamp;
use schedule_callback::kafka::cluster::Cluster;
use schedule_callback::kafka::transactions::{NewRecord, Outcome, Transactor, owned_headers};

use crate::rig::{COORDINATED, Scope, coordinated_in};
use crate::run::PARTITIONS;

/// Between two transactions.
const PAUSE: Duration = Duration::from_millis(50);

/// A record was seen: in which partition, and when.
pub type Sight = (i32, Timestamp);

/// Makes one transaction after the other until `ended` is set, with a record in each partition and, as a member of its group,
/// an offset of each; notes when a `read_committed` reader sees each record.
pub fn run(scope: &Scope<'_>, session: Option<u64>, ended: &AtomicBool, seen: &Mutex<Vec<Sight>>) {
    let beside = |name: &String| coordinated_in(name, COORDINATED) == coordinated_in(&scope.group, COORDINATED);
    let group_id = (0..1_000).map(|number| format!("{}.bare{number}", scope.group)).find(beside).unwrap();
    let topic = format!("{}.bare", scope.group);
    let ids: Vec<String> = (0..COORDINATED)
        .map(|partition| {
            let coordinated = |name: &String| coordinated_in(name, COORDINATED) == Some(partition);
            (0..1_000).map(|number| format!("{group_id}.{number}")).find(coordinated).unwrap()
        })
        .collect();
    scope.kafka.create_topics(&[(&topic, PARTITIONS)]);
    let properties = session.map_or_else(KafkaProperties::default, |millis| {
        KafkaProperties::default().with("session.timeout.ms", millis.to_string())
    });
    let cluster = Cluster { bootstrap_servers: scope.kafka.bootstrap(), group_id, properties };
    let member: BaseConsumer = cluster.member(&cluster.group_id).create().unwrap();
    member.subscribe(&[&topic]).unwrap();
    let reader = scope.reader(&topic);
    thread::scope(|threads| {
        threads.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                if let Some(record) = reader.read_one() {
                    seen.lock().unwrap().push((record.partition, clock::now()));
                }
            }
        });
        // Nothing is read: it only stays in the group, and comes back into it while a transaction waits.
        threads.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                drop(member.poll(PAUSE));
            }
        });
        while !ended.load(Ordering::Relaxed) {
            if assigned(&member, &topic).is_none() {
                thread::sleep(PAUSE);
                continue;
            }
            // One that has failed is followed by new producers: those before may wait for a broker that is gone.
            let mut transactor = Transactor::new(cluster.clone(), ids.clone());
            while !ended.load(Ordering::Relaxed) && commit(&mut transactor, &member, &topic) {
                thread::sleep(PAUSE);
            }
        }
    });
}

/// An offset of each partition; `None` while the group does not assign all of them.
fn assigned(member: &BaseConsumer, topic: &str) -> Option<TopicPartitionList> {
    let assigned = member.assignment().ok()?;
    let mut offsets = TopicPartitionList::new();
    for element in assigned.elements() {
        offsets.add_partition_offset(topic, element.partition(), Offset::Offset(1)).unwrap();
    }
    (offsets.count() == usize::try_from(PARTITIONS).unwrap()).then_some(offsets)
}

/// One transaction; whether it was committed.
fn commit(transactor: &mut Transactor, member: &BaseConsumer, topic: &str) -> bool {
    if !transactor.is_ready() && transactor.reset().is_err() {
        return false;
    }
    let (Some(offsets), Some(metadata)) = (assigned(member, topic), member.group_metadata()) else { return false };
    let produce = |sending: &schedule_callback::kafka::transactions::Sending<'_>| {
        (0..PARTITIONS).try_for_each(|partition| {
            sending.send(NewRecord {
                topic,
                partition: Some(partition),
                key: None,
                value: Some(b"bare"),
                headers: owned_headers(std::iter::empty()),
                timestamp_millis: None,
            })
        })
    };
    matches!(transactor.transact(&metadata.into(), &offsets, produce, || Ok(())), Outcome::Committed)
}
