//! How late callbacks fire on an idle system, and how long results take at a thousand commands a second: measured on
//! real servers, from outside, with the program as it is shipped. `make latency` runs it.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be taken has nothing else to do")]

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;

use rig::{DEADLINE, Reader, Scope};

#[path = "../tests/it/rig/mod.rs"]
mod rig;
#[path = "../tests/it/sample.rs"]
#[expect(dead_code, reason = "this program needs only some of the sample commands")]
mod sample;

/// Callbacks whose lateness is measured, one after the other.
const CALLBACKS: usize = 15;
/// How far ahead each is scheduled, in seconds.
const AHEAD: i64 = 2;
/// Commands a second, and for how many seconds.
const RATE: (u32, u32) = (1_000, 10);
/// For so many seconds before that commands go at the same pace and are not counted: a broker that was just started
/// compiles its own code for the first second or two.
const WARM_UP: u32 = 2;

fn main() {
    let scope = Scope::new(4);
    sample::load_directory(&scope);
    let mut service = scope.service().set("log.level", "info").start();
    let producer = Commands::to(&scope);
    let mut results = scope.reader(&scope.topics.results);
    let mut due = scope.reader(&scope.topics.due);

    let (fired, seen): (Vec<_>, Vec<_>) = (0..CALLBACKS).map(|number| lateness(&producer, &mut due, number)).unzip();
    report("lateness on an idle system, firedAt - scheduledFor", fired);
    report("lateness on an idle system, until a read_committed reader has it", seen);
    results.wait_for(CALLBACKS);
    let title = format!("results at {} commands/s, from produce to a read_committed reader", RATE.0);
    report(&title, result_latency(&producer, &mut results));
    assert!(service.terminate().success());
}

struct Commands {
    producer: ThreadedProducer<DefaultProducerContext>,
    topic: String,
}

impl Commands {
    fn to(scope: &Scope<'_>) -> Self {
        let producer = scope.kafka.client().set("linger.ms", "0").create().unwrap();
        Self { producer, topic: scope.topics.commands.clone() }
    }

    fn schedule(&self, id: &str, at: Timestamp) {
        let attributes = [
            ("ce_specversion", "1.0"),
            ("ce_id", id),
            ("ce_source", "/latency"),
            ("ce_type", "callback.schedule.v1"),
            ("content-type", "application/json"),
        ];
        let headers = attributes
            .into_iter()
            .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(value) }));
        let payload = sample::schedule(&at.to_string()).to_string();
        let record = BaseRecord::to(&self.topic).key(id).payload(&payload).headers(headers);
        self.producer.send(record).map_err(|(error, _)| error).unwrap();
    }
}

/// Of one callback, as the event says it, and as a reader sees it.
fn lateness(commands: &Commands, due: &mut Reader, number: usize) -> (Duration, Duration) {
    let at = clock::now().plus_micros(AHEAD * 1_000_000);
    commands.schedule(&format!("idle-{number}"), at);
    let event = due.wait_for(number + 1)[number].json();
    let seen_at = clock::now();
    let fired_at = Timestamp::parse_rfc3339(event["firedAt"].as_str().unwrap()).unwrap();
    let since = |later: Timestamp| Duration::from_micros(u64::try_from(later.micros() - at.micros()).unwrap());
    (since(fired_at), since(seen_at))
}

/// Sends at a steady pace, and times each command until its result is read.
fn result_latency(commands: &Commands, results: &mut Reader) -> Vec<Duration> {
    let (rate, seconds) = RATE;
    let (warm, count) = (rate * WARM_UP, rate * (WARM_UP + seconds));
    let before = results.seen().len();
    std::thread::scope(|threads| {
        let sender = threads.spawn(|| {
            let began = Instant::now();
            let far = clock::now().plus_micros(86_400_000_000);
            let mut sent = HashMap::new();
            for number in 0..count {
                let due = Duration::from_secs(1) * number / rate;
                std::thread::sleep(due.saturating_sub(began.elapsed()));
                let id = format!("steady-{number}");
                commands.schedule(&id, far);
                if number >= warm {
                    sent.insert(id, Instant::now());
                }
            }
            commands.producer.flush(DEADLINE).unwrap();
            sent
        });
        let mut received = Vec::new();
        for number in before..before + usize::try_from(count).unwrap() {
            let result = &results.wait_for(number + 1)[number];
            received.push((result.header("ce_causationid").unwrap().to_owned(), Instant::now()));
        }
        let sent = sender.join().unwrap();
        received.into_iter().filter_map(|(id, at)| Some(at.duration_since(*sent.get(&id)?))).collect()
    })
}

fn report(title: &str, mut latencies: Vec<Duration>) {
    latencies.sort();
    let millis = |percent: usize| latencies[(latencies.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    let [median, p99, longest] = [50, 99, 100].map(millis);
    println!("{title}: median {median:.1} ms, p99 {p99:.1} ms, at most {longest:.1} ms ({} of them)", latencies.len());
}
