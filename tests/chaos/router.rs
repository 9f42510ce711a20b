//! The router: reads due events and reports what came of them. It is restarted now and then, and reads again what it had not
//! noted as done.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::TopicPartitionList;
use schedule_callback::clock;

use crate::history::Sent;
use crate::load;
use crate::outcomes::{Event, Step};
use crate::random::Random;
use crate::rig::{Message, Scope, Sender};

/// The due topic of a scope has so many partitions.
const DUE_PARTITIONS: i32 = 2;
/// How long one poll waits.
const POLL: Duration = Duration::from_millis(50);
/// How many events are read before what is to be done at once is sent.
const EVENTS: usize = 100;
/// How often it notes what is done.
const COMMIT: Duration = Duration::from_secs(2);
/// How long it runs until it is restarted.
const RESTART_MILLIS: (u64, u64) = (5_000, 20_000);

/// [`Router::run`] is its thread.
pub struct Router<'a> {
    sender: Sender,
    scope: &'a Scope<'a>,
    partitions: i32,
    sent: &'a Mutex<Vec<Sent>>,
    ended: &'a AtomicBool,
    /// How much is to be done later.
    planned: &'a AtomicUsize,
    random: Random,
    /// What is to be done later, by when; it is kept when the router is restarted, as a database would.
    later: BTreeMap<(Instant, u64), Step>,
    steps: u64,
}

impl<'a> Router<'a> {
    /// One that appends to `sent` what it has sent, until `ended` is set; `planned` says how much it still has to say.
    pub fn new(
        scope: &'a Scope<'a>,
        partitions: i32,
        sent: &'a Mutex<Vec<Sent>>,
        ended: &'a AtomicBool,
        planned: &'a AtomicUsize,
        seed: u64,
    ) -> Self {
        let random = Random::of(seed ^ 0x0052_4F55_5445_5253);
        let sender = scope.sender();
        Self { sender, scope, partitions, sent, ended, planned, random, later: BTreeMap::new(), steps: 0 }
    }

    /// Runs until it is told to end. While a broker is away it waits.
    pub fn run(mut self) {
        while !self.ended.load(Ordering::Relaxed) {
            let life = Duration::from_millis(self.random.between(RESTART_MILLIS.0, RESTART_MILLIS.1));
            let consumer = self.consumer();
            self.read(&consumer, Instant::now() + life);
        }
    }

    /// Reads on from what was noted as done.
    fn consumer(&self) -> BaseConsumer {
        let mut config = self.scope.kafka.client();
        config
            .set("group.id", format!("{}.router", self.scope.group))
            .set("enable.auto.commit", "false")
            .set("isolation.level", "read_committed")
            .set("fetch.wait.max.ms", "20");
        let consumer: BaseConsumer = config.create().unwrap();
        let topic = &self.scope.topics.due;
        let mut places = TopicPartitionList::new();
        for partition in 0..DUE_PARTITIONS {
            places.add_partition(topic, partition);
        }
        loop {
            // It fails while a broker is away.
            let Ok(done) = consumer.committed_offsets(places.clone(), Duration::from_secs(5)) else { continue };
            for place in done.elements() {
                let offset = if let Offset::Offset(_) = place.offset() { place.offset() } else { Offset::Beginning };
                places.set_partition_offset(topic, place.partition(), offset).unwrap();
            }
            consumer.assign(&places).unwrap();
            return consumer;
        }
    }

    fn read(&mut self, consumer: &BaseConsumer, until: Instant) {
        let mut done = TopicPartitionList::new();
        let mut commit_at = Instant::now() + COMMIT;
        while Instant::now() < until && !self.ended.load(Ordering::Relaxed) {
            let mut wait = POLL;
            for _ in 0..EVENTS {
                // Errors of the connection pass.
                let Some(Ok(record)) = consumer.poll(wait) else { break };
                wait = Duration::ZERO;
                let (topic, partition, next) =
                    (record.topic(), record.partition(), Offset::Offset(record.offset() + 1));
                if done.set_partition_offset(topic, partition, next).is_err() {
                    done.add_partition_offset(topic, partition, next).unwrap();
                }
                self.plan(record.payload().unwrap_or_default());
            }
            self.send();
            self.planned.store(self.later.len(), Ordering::Relaxed);
            if Instant::now() >= commit_at && done.count() > 0 {
                // What is not noted is read again.
                drop(consumer.commit(&done, CommitMode::Async));
                done = TopicPartitionList::new();
                commit_at = Instant::now() + COMMIT;
            }
        }
    }

    fn plan(&mut self, event: &[u8]) {
        let now = Instant::now();
        for step in Event::of(event).iter().flat_map(Event::steps) {
            self.steps += 1;
            self.later.insert((now + Duration::from_millis(step.after_millis), self.steps), step);
        }
    }

    /// Sends what is to be done by now, in order.
    fn send(&mut self) {
        let mut sent = Vec::new();
        while let Some(step) = self.later.first_entry().filter(|step| step.key().0 <= Instant::now()) {
            let step = step.remove();
            let times = 1 + u32::from(step.is_doubled);
            sent.extend((0..times).map(|_| self.sent(&step)));
        }
        if sent.is_empty() {
            return;
        }
        let messages: Vec<Message> = sent.iter().map(load::message).collect();
        let delivered = self.sender.produce(&self.scope.topics.commands, messages);
        let delivered = sent.into_iter().zip(delivered).map(|(sent, delivered)| load::delivered(sent, delivered));
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).extend(delivered);
    }

    fn sent(&mut self, step: &Step) -> Sent {
        self.steps += 1;
        Sent {
            key: format!("router/{}", self.steps),
            command_id: step.command_id.clone(),
            payload: step.payload.clone(),
            wish: step.wish.clone(),
            partition: i32::try_from(step.partition % i64::from(self.partitions)).unwrap_or(0),
            offset: -1,
            issued_at: clock::now(),
            delivered_at: clock::now(),
        }
    }
}
