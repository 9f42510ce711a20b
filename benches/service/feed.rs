//! Producing commands: as many as there are, or so many a second.

use std::time::Duration;

use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode;
use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;

use crate::commands::{CommandRecord, Commands};
use crate::listen::partition_count;
use crate::rig::Scope;

/// How long all of it may take to be acknowledged.
const FLUSH: Duration = Duration::from_mins(2);

/// A producer of commands.
pub struct Feed {
    producer: ThreadedProducer<DefaultProducerContext>,
    topic: String,
    partitions: u64,
}

impl Feed {
    /// To the scope's command topic. A record waits up to `linger` for others.
    pub fn to(scope: &Scope<'_>, linger: Duration) -> Self {
        Self::to_topic(scope, &scope.topics.commands, linger)
    }

    /// The same to another of its topics.
    pub fn to_topic(scope: &Scope<'_>, topic: &str, linger: Duration) -> Self {
        let mut config = scope.kafka.client();
        config
            .set("enable.idempotence", "true")
            .set("linger.ms", linger.as_millis().to_string())
            .set("batch.size", "1000000")
            .set("batch.num.messages", "20000")
            .set("queue.buffering.max.messages", "500000")
            .set("compression.type", "lz4");
        let producer: ThreadedProducer<DefaultProducerContext> =
            config.create().unwrap_or_else(|error| panic!("the producer does not start: {error}"));
        let topic = topic.to_owned();
        let partitions = partition_count(producer.client(), &topic).unsigned_abs().into();
        Self { producer, topic, partitions }
    }

    /// Sends commands, evenly over the partitions, and waits until the broker has them.
    pub fn all(&self, commands: &Commands, numbers: std::ops::Range<u64>) {
        for n in numbers {
            self.send(n, &commands.nth(n));
        }
        self.flush();
    }

    /// Sends records, each to a partition of its own choice, and waits until the broker has them.
    pub fn each(&self, records: impl Iterator<Item = (u64, CommandRecord)>) {
        for (partition, record) in records {
            self.send(partition, &record);
        }
        self.flush();
    }

    /// Sends so many commands a second, and returns when each was sent.
    pub fn paced(&self, commands: &Commands, count: u64, per_second: u64) -> Vec<Timestamp> {
        let began = clock::now();
        let mut sent = Vec::new();
        for n in 0..count {
            let record = commands.nth(n);
            clock::sleep_until(began.plus_micros(i64::try_from(n * 1_000_000 / per_second).unwrap_or(i64::MAX)));
            sent.push(clock::now());
            self.send(n, &record);
        }
        self.flush();
        sent
    }

    fn send(&self, n: u64, command: &CommandRecord) {
        let headers = command.headers.iter().fold(OwnedHeaders::new_with_capacity(7), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value) })
        });
        let partition = i32::try_from(n % self.partitions).unwrap_or(0);
        let mut record =
            BaseRecord::to(&self.topic).key(&command.key).payload(&command.value).partition(partition).headers(headers);
        loop {
            match self.producer.send(record) {
                Ok(()) => return,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err((error, _)) => panic!("a command cannot be produced: {error}"),
            }
        }
    }

    fn flush(&self) {
        self.producer.flush(FLUSH).unwrap_or_else(|error| panic!("commands were not delivered: {error}"));
    }
}
