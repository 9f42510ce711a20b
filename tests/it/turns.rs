//! Producers that take turns: what each commits stands in the order of the transactions, although the markers of one may
//! be written after those of the next.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use schedule_callback::config::KafkaProperties;
use schedule_callback::kafka::cluster::Cluster;
use schedule_callback::kafka::transactions::{NewRecord, Outcome, Transactor, owned_headers};

use crate::rig::{DEADLINE, Scope, wait_until};

/// Enough that the broker has many times still been writing the markers of the one before.
const TRANSACTIONS: usize = 200;
const PARTITIONS: i32 = 4;

#[test]
fn offsets_and_records_of_producers_that_take_turns_stand_in_the_order_of_their_transactions() {
    let scope = Scope::new(PARTITIONS);
    let cluster = Cluster {
        bootstrap_servers: scope.kafka.bootstrap(),
        group_id: scope.group.clone(),
        properties: KafkaProperties::default(),
    };
    let (_member, metadata) = member(&cluster, &scope.topics.commands);
    let mut transactor = Transactor::new(cluster.clone(), cluster.ingest_transactional_ids("turns"));
    wait_until("the producers", DEADLINE, || transactor.reset().is_ok());

    for number in 1..=TRANSACTIONS {
        let mut offsets = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            let next = Offset::Offset(i64::try_from(number).unwrap());
            offsets.add_partition_offset(&scope.topics.commands, partition, next).unwrap();
        }
        let value = number.to_string();
        let outcome = transactor.transact(
            &metadata,
            &offsets,
            |sending| {
                (0..2).try_for_each(|partition| {
                    sending.send(NewRecord {
                        topic: &scope.topics.results,
                        partition: Some(partition),
                        key: None,
                        value: Some(value.as_bytes()),
                        headers: owned_headers([].into_iter()),
                        timestamp_millis: None,
                    })
                })
            },
            || Ok(()),
        );
        assert!(matches!(outcome, Outcome::Committed), "{outcome:?}");
    }

    // A stable read: it answers only when no transaction is pending.
    for committed in scope.committed(&scope.topics.commands) {
        assert_eq!(committed.offset, i64::try_from(TRANSACTIONS).ok(), "partition {}", committed.partition);
    }
    let seen = scope.reader(&scope.topics.results).wait_for(2 * TRANSACTIONS).to_vec();
    for partition in 0..2 {
        let numbers: Vec<usize> = seen
            .iter()
            .filter(|record| record.partition == partition)
            .map(|record| usize::try_from(record.json().as_u64().unwrap()).unwrap())
            .collect();
        assert_eq!(numbers, (1..=TRANSACTIONS).collect::<Vec<_>>(), "partition {partition}");
    }
}

/// A member of the group, which must go on to live, and its metadata.
fn member(cluster: &Cluster, topic: &str) -> (BaseConsumer, Arc<ConsumerGroupMetadata>) {
    let consumer: BaseConsumer = cluster.member("reader").create().unwrap();
    consumer.subscribe(&[topic]).unwrap();
    wait_until("the group's assignment", DEADLINE, || {
        consumer.poll(Duration::from_millis(50));
        consumer.assignment().is_ok_and(|assigned| assigned.count() > 0)
    });
    let metadata = consumer.group_metadata().unwrap();
    (consumer, Arc::new(metadata))
}
