//! The reader outside: what arrives in a topic, and when.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use rdkafka::client::{Client, ClientContext};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;

use crate::progress::progress;

/// How long nothing may arrive before it is given up.
const PATIENCE: Duration = Duration::from_mins(2);
const METADATA: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);

/// When it arrived, and what was read from it.
pub type Arrival<T> = (Timestamp, T);

/// A `read_committed` reader on a thread of its own. It notes the time first and reads little, so as not to disturb
/// what it measures.
pub struct Listener<T> {
    thread: JoinHandle<Vec<Arrival<T>>>,
    arrived: Arc<AtomicUsize>,
    enough: Arc<AtomicBool>,
}

impl<T: Send + 'static> Listener<T> {
    /// Listens to what comes into the topic from now on. Records from which nothing is read do not count.
    pub fn open(client: &ClientConfig, topic: &str, read: fn(&BorrowedMessage<'_>) -> Option<T>) -> Self {
        let consumer = at_the_end_of(client, topic);
        let (arrived, enough) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, stop) = (Arc::clone(&arrived), Arc::clone(&enough));
        let thread = std::thread::spawn(move || {
            let mut arrivals = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                // Errors of the connection pass; a lasting one lets `wait_for` run out of patience.
                let Some(Ok(message)) = consumer.poll(POLL) else { continue };
                let at = clock::now();
                if let Some(what) = read(&message) {
                    arrivals.push((at, what));
                    count.store(arrivals.len(), Ordering::Relaxed);
                }
            }
            arrivals
        });
        Self { thread, arrived, enough }
    }

    /// What has arrived when there is so much of it, in that order.
    ///
    /// # Panics
    /// When nothing has come for a long time.
    pub fn wait_for(self, what: &str, count: u64) -> Vec<Arrival<T>> {
        self.wait_until(what, count);
        self.stop()
    }

    /// Waits until so much has arrived, and goes on listening.
    ///
    /// # Panics
    /// When nothing has come for a long time.
    pub fn wait_until(&self, what: &str, count: u64) {
        let wanted = usize::try_from(count).unwrap_or(usize::MAX);
        let (mut seen, mut since, mut said) = (0, Instant::now(), Instant::now());
        while seen < wanted {
            sleep(Duration::from_millis(10));
            let now = self.arrived.load(Ordering::Relaxed);
            if now > seen {
                (seen, since) = (now, Instant::now());
            }
            assert!(since.elapsed() < PATIENCE, "{what}: only {seen} of {wanted} arrived, then none for {PATIENCE:?}");
            if said.elapsed() > Duration::from_secs(10) {
                said = Instant::now();
                progress(&format!("{what}: {seen} of {wanted}"));
            }
        }
    }

    /// What has arrived so far, in that order.
    pub fn stop(self) -> Vec<Arrival<T>> {
        self.enough.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Records a second, by arrival at the reader; the first twentieth is for warming up.
pub fn rate<T>(arrivals: &[Arrival<T>]) -> f64 {
    let warm = arrivals.len() / 20;
    let (Some(first), Some(last)) = (arrivals.get(warm), arrivals.last()) else { return f64::NAN };
    (arrivals.len() - warm - 1) as f64 * 1e6 / (last.0.micros() - first.0.micros()).max(1) as f64
}

/// The milliseconds from one instant to another.
pub fn millis(from: Timestamp, to: Timestamp) -> f64 {
    (to.micros() - from.micros()) as f64 / 1_000.0
}

/// A result, as far as it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The number that its command's id ends with.
    pub number: usize,
    /// Bytes of key, value and headers.
    pub bytes: usize,
}

/// Reads a result.
pub fn answer(message: &BorrowedMessage<'_>) -> Option<Answer> {
    let headers = message.headers()?;
    let bytes = message.key_len() + message.payload_len();
    let bytes = headers.iter().fold(bytes, |sum, header| sum + header.key.len() + header.value.map_or(0, <[u8]>::len));
    let cause = headers.iter().find(|header| header.key == "ce_causationid")?.value?;
    let number = str::from_utf8(cause).ok()?.rsplit_once('-')?.1.parse().ok()?;
    Some(Answer { number, bytes })
}

/// Reads the time that a due event's callback was scheduled for.
pub fn scheduled_for(message: &BorrowedMessage<'_>) -> Option<Timestamp> {
    const MEMBER: &str = "\"scheduledFor\":\"";
    let value = str::from_utf8(message.payload()?).ok()?;
    let text = value.split_once(MEMBER)?.1.split_once('"')?.0;
    Timestamp::parse_rfc3339(text).ok()
}

/// Which presentation of which callback a due event or a state is of, and in which word it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Said {
    /// The callback's id.
    pub callback: i64,
    /// Which presentation.
    pub attempt: i32,
    /// The status; of a due event nothing.
    pub status: Status,
}

/// A status, as far as it is told apart here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// A due event says none.
    None,
    /// `due`
    Due,
    /// `missed`
    Missed,
    /// `expired`
    Expired,
    /// Any other, as `pending`.
    Other,
}

/// Reads a due event or a state by its id, `<callbackId>.<revision>.<attempt>` and the status, if there is one.
pub fn said(message: &BorrowedMessage<'_>) -> Option<Said> {
    let id = message.headers()?.iter().find(|header| header.key == "ce_id")?.value?;
    let mut parts = str::from_utf8(id).ok()?.split('.');
    let callback = parts.next()?.parse().ok()?;
    let attempt = parts.nth(1)?.parse().ok()?;
    let status = match parts.next() {
        None => Status::None,
        Some("due") => Status::Due,
        Some("missed") => Status::Missed,
        Some("expired") => Status::Expired,
        Some(_) => Status::Other,
    };
    Some(Said { callback, attempt, status })
}

/// The same of what presents a callback or ends it; others do not count.
pub fn said_for_good(message: &BorrowedMessage<'_>) -> Option<Said> {
    said(message).filter(|said| said.status != Status::Other)
}

/// How many partitions a topic has.
pub fn partition_count<C: ClientContext>(client: &Client<C>, topic: &str) -> i32 {
    let metadata = client.fetch_metadata(Some(topic), METADATA);
    let metadata = metadata.unwrap_or_else(|error| panic!("the partitions of {topic} are not known: {error}"));
    metadata.topics().first().and_then(|topic| i32::try_from(topic.partitions().len()).ok()).unwrap_or(0)
}

fn at_the_end_of(client: &ClientConfig, topic: &str) -> BaseConsumer {
    let consumer: BaseConsumer = client
        .clone()
        .set("group.id", "bench-listener") // The client wants one; it is never joined nor committed to.
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_committed")
        .set("fetch.queue.backoff.ms", "1")
        .set("queued.min.messages", "1000000")
        .set("queued.max.messages.kbytes", "1000000")
        .create()
        .unwrap_or_else(|error| panic!("the reader does not start: {error}"));
    let mut list = TopicPartitionList::new();
    for partition in 0..partition_count(consumer.client(), topic) {
        // By number: the logical end is only looked up when the first fetch is made.
        let assigned = consumer
            .fetch_watermarks(topic, partition, METADATA)
            .and_then(|(_, end)| list.add_partition_offset(topic, partition, Offset::Offset(end)));
        assigned.unwrap_or_else(|error| panic!("the end of {topic}/{partition} is not known: {error}"));
    }
    consumer.assign(&list).unwrap_or_else(|error| panic!("{topic} cannot be read: {error}"));
    consumer
}
