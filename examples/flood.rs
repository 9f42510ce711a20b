//! Whether a flood of malformed records in one partition slows the commands of the others by more than their share:
//! measured on real servers, from outside. `make flood` runs it.
//!
//! Good commands go to all partitions but the first at a steady pace, once by themselves and once beside the flood;
//! each is timed from produce until a `read_committed` reader has its result. `FLOOD` and `FLOOD_LARGE` are the malformed
//! records a second, 0 leaves a flood out; far more than the service can take shows what its queues do.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be taken has nothing else to do")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode;
use schedule_callback::clock;

use rig::{DEADLINE, Reader, Scope};

#[path = "../tests/it/rig/mod.rs"]
mod rig;
#[path = "../tests/it/sample.rs"]
#[expect(dead_code, reason = "this program needs only some of the sample commands")]
mod sample;

const PARTITIONS: i32 = 8;
/// Good commands a second, over all partitions but the first.
const GOOD: u32 = 200;
/// How long each measurement takes.
const SECONDS: u32 = 10;
/// Sent before anything is measured, so that connections and caches are warm.
const WARM: u32 = 400;

/// What the flood consists of.
struct Flood {
    name: &'static str,
    per_second: u32,
    value: Vec<u8>,
    /// Whether each is owed a result beside its dead letter.
    has_id: bool,
}

fn main() {
    let scope = Scope::new(PARTITIONS);
    sample::load_directory(&scope);
    let mut service = scope.service().set("log.level", "warn").start();
    let mut results = scope.reader(&scope.topics.results);
    let producer = producer(&scope);
    measure(&scope, &producer, &mut results, "warm", WARM);
    report("by themselves", measure(&scope, &producer, &mut results, "alone", GOOD * SECONDS));
    let rate = |name: &str, default: u32| std::env::var(name).map_or(default, |rate| rate.parse().unwrap());
    let floods = [
        Flood { name: "not JSON, 20 bytes", per_second: rate("FLOOD", 20_000), value: vec![b'{'; 20], has_id: false },
        Flood {
            name: "not JSON, with an id to answer",
            per_second: rate("FLOOD", 20_000),
            value: vec![b'{'; 20],
            has_id: true,
        },
        Flood {
            name: "60 KiB of nested lists",
            per_second: rate("FLOOD_LARGE", 500),
            value: vec![b'['; 61_440],
            has_id: false,
        },
    ];
    for (number, flood) in floods.iter().enumerate().filter(|(_, flood)| flood.per_second > 0) {
        let stop = AtomicBool::new(false);
        let sent = AtomicU64::new(0);
        let measured = std::thread::scope(|threads| {
            threads.spawn(|| pour(&scope, flood, &stop, &sent));
            let measured = measure(&scope, &producer, &mut results, &format!("flood-{number}"), GOOD * SECONDS);
            stop.store(true, Ordering::Relaxed);
            measured
        });
        let title = format!("beside {} a second ({})", sent.load(Ordering::Relaxed) / u64::from(SECONDS), flood.name);
        report(&title, measured);
        drain(&scope, u64::from(flood.per_second));
    }
    assert!(service.terminate().success());
}

fn producer(scope: &Scope<'_>) -> ThreadedProducer<DefaultProducerContext> {
    scope.kafka.client().set("linger.ms", "0").create().unwrap()
}

/// Sends good commands at a steady pace, and times each until its result is read.
fn measure(
    scope: &Scope<'_>,
    producer: &ThreadedProducer<DefaultProducerContext>,
    results: &mut Reader,
    prefix: &str,
    count: u32,
) -> Vec<Duration> {
    let far = clock::now().plus_micros(86_400_000_000).to_string();
    std::thread::scope(|threads| {
        let sender = threads.spawn(|| {
            let began = Instant::now();
            let mut sent = HashMap::new();
            for number in 0..count {
                let due = Duration::from_secs(1) * number / GOOD;
                std::thread::sleep(due.saturating_sub(began.elapsed()));
                let id = format!("{prefix}-{number}");
                let attributes = [
                    ("ce_id", id.as_str()),
                    ("ce_source", "/flood"),
                    ("ce_type", "callback.schedule.v1"),
                    ("content-type", "application/json"),
                ];
                let partition = 1 + i32::try_from(number).unwrap() % (PARTITIONS - 1);
                send(
                    producer,
                    &scope.topics.commands,
                    partition,
                    sample::schedule(&far).to_string().as_bytes(),
                    &attributes,
                );
                sent.insert(id, Instant::now());
            }
            producer.flush(DEADLINE).unwrap();
            sent
        });
        let mut received = HashMap::new();
        let mut seen = results.seen().len();
        let start = Instant::now();
        while received.len() < usize::try_from(count).unwrap() {
            if start.elapsed() > DEADLINE {
                println!("only {} of {count} results within {DEADLINE:?}", received.len());
                break;
            }
            if results.poll().is_none() {
                continue;
            }
            let result = &results.seen()[seen];
            seen += 1;
            let id = result.header("ce_causationid").unwrap();
            if id.starts_with(prefix) {
                received.insert(id.to_owned(), Instant::now());
            }
        }
        let sent = sender.join().unwrap();
        received.into_iter().map(|(id, at)| at.duration_since(sent[&id])).collect()
    })
}

fn send(
    producer: &ThreadedProducer<DefaultProducerContext>,
    topic: &str,
    partition: i32,
    value: &[u8],
    attributes: &[(&str, &str)],
) {
    let headers = attributes
        .iter()
        .fold(OwnedHeaders::new(), |headers, &(key, value)| headers.insert(Header { key, value: Some(value) }));
    let mut record = BaseRecord::<[u8], [u8]>::to(topic).payload(value).partition(partition).headers(headers);
    while let Err((error, back)) = producer.send(record) {
        assert!(matches!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)), "{error}");
        std::thread::sleep(Duration::from_millis(1));
        record = back;
    }
}

/// Pours malformed records into the first partition until it is told to stop.
fn pour(scope: &Scope<'_>, flood: &Flood, stop: &AtomicBool, sent: &AtomicU64) {
    let producer: ThreadedProducer<DefaultProducerContext> =
        scope.kafka.client().set("linger.ms", "20").set("compression.type", "lz4").create().unwrap();
    let began = Instant::now();
    for number in 0.. {
        let due = Duration::from_secs(1) * number / flood.per_second;
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let id = format!("m-{}-{number}", flood.name);
        let attributes = [("ce_id", id.as_str()), ("ce_source", "/flood")];
        let attributes = if flood.has_id { &attributes[..] } else { &[] };
        send(&producer, &scope.topics.commands, 0, &flood.value, attributes);
        sent.fetch_add(1, Ordering::Relaxed);
    }
}

/// Waits until the service has answered all that is there, so that one flood is not measured with the rest of another.
fn drain(scope: &Scope<'_>, per_second: u64) {
    let done = || scope.committed(&scope.topics.commands).iter().filter_map(|committed| committed.offset).sum::<i64>();
    let began = Instant::now();
    let mut before = -1;
    let mut now = done();
    while now != before {
        std::thread::sleep(Duration::from_millis(500));
        (before, now) = (now, done());
    }
    println!("    ({:.1} s until the rest was answered, at {per_second} a second)", began.elapsed().as_secs_f64());
}

fn report(title: &str, mut latencies: Vec<Duration>) {
    latencies.sort();
    let millis = |percent: usize| latencies[(latencies.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    let [median, p99, longest] = [50, 99, 100].map(millis);
    println!("{title}: median {median:.1} ms, p99 {p99:.1} ms, at most {longest:.1} ms ({} of them)", latencies.len());
}
