//! A client without a service behind it, on the same cluster: one member of a group of its own, one pair of transactional
//! producers with the same settings, one small transaction after the other. How long it stands still is what the cluster
//! needs by itself.

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

use crate::rig::Scope;
use crate::run::PARTITIONS;

/// Between two transactions.
const PAUSE: Duration = Duration::from_millis(50);

/// Makes one transaction after the other until `ended` is set, with a record in each partition and, as a member of its group,
/// an offset of each; notes when each was committed.
pub fn run(scope: &Scope<'_>, session: Option<u64>, ended: &AtomicBool, committed: &Mutex<Vec<Timestamp>>) {
    let (group_id, topic) = (format!("{}.bare", scope.group), format!("{}.bare", scope.group));
    scope.kafka.create_topics(&[(&topic, PARTITIONS)]);
    let properties = session.map_or_else(KafkaProperties::default, |millis| {
        KafkaProperties::default().with("session.timeout.ms", millis.to_string())
    });
    let cluster = Cluster { bootstrap_servers: scope.kafka.bootstrap(), group_id, properties };
    let member: BaseConsumer = cluster.member().create().unwrap();
    member.subscribe(&[&topic]).unwrap();
    let mut transactor = Transactor::new(cluster.clone(), cluster.dispatch_transactional_ids("bare"));
    while !ended.load(Ordering::Relaxed) {
        // Nothing is read: it only stays in the group.
        drop(member.poll(Duration::ZERO));
        thread::sleep(PAUSE);
        transactor.has_lost_all_brokers();
        if !transactor.is_ready() && transactor.reset().is_err() {
            continue;
        }
        let (Ok(assigned), Some(metadata)) = (member.assignment(), member.group_metadata()) else { continue };
        let mut offsets = TopicPartitionList::new();
        for element in assigned.elements() {
            offsets.add_partition_offset(&topic, element.partition(), Offset::Offset(1)).unwrap();
        }
        if offsets.count() < usize::try_from(PARTITIONS).unwrap() {
            continue;
        }
        let produce = |sending: &schedule_callback::kafka::transactions::Sending<'_>| {
            (0..PARTITIONS).try_for_each(|partition| {
                sending.send(NewRecord {
                    topic: &topic,
                    partition: Some(partition),
                    key: None,
                    value: Some(b"bare"),
                    headers: owned_headers(std::iter::empty()),
                    timestamp_millis: None,
                })
            })
        };
        if let Outcome::Committed = transactor.transact(&metadata.into(), &offsets, produce, || Ok(())) {
            committed.lock().unwrap().push(clock::now());
        }
    }
}
