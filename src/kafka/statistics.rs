//! librdkafka's own statistics, a handful of them, as metrics.
//!
//! Source of the fields: librdkafka's STATISTICS.md.

use std::sync::{Mutex, PoisonError};

use rdkafka::statistics::{Broker, Partition, Statistics};

use super::cause::is_fenced;
use super::outcome::Outcome;
use super::positions::Positions;
use crate::telemetry::{as_gauge, label, metric};

/// How often a client gathers them, unless `kafka.properties."statistics.interval.ms"` says otherwise: as often as
/// Prometheus commonly scrapes. With a thousand partitions they are a megabyte of JSON.
pub const EVERY_MILLIS: &str = "15000";

/// The name of librdkafka's setting.
pub const INTERVAL: &str = "statistics.interval.ms";

/// One client's statistics.
#[derive(Debug)]
pub struct Measured {
    /// A value of `label::CLIENT`.
    client: &'static str,
    /// What was counted up to the last time: a counter's life is longer than a client's.
    errors: Mutex<[u64; 4]>,
    /// Where it tells how far the client has fetched.
    positions: Option<Positions>,
}

impl Measured {
    /// Statistics of the client that metrics call so.
    pub const fn of(client: &'static str) -> Self {
        Self { client, errors: Mutex::new([0; 4]), positions: None }
    }

    /// The same, which also tell how far it has fetched.
    pub const fn telling(client: &'static str, positions: Positions) -> Self {
        Self { client, errors: Mutex::new([0; 4]), positions: Some(positions) }
    }

    /// Hands them to the metrics.
    pub fn report(&self, statistics: &Statistics) {
        let (records, bytes) = queued(statistics);
        metric::KAFKA_QUEUE_RECORDS.gauge(&[self.client]).set(as_gauge(records));
        metric::KAFKA_QUEUE_BYTES.gauge(&[self.client]).set(as_gauge(bytes));
        if let Some(seconds) = round_trip_seconds(statistics) {
            metric::KAFKA_RTT.gauge(&[self.client]).set(seconds);
        }
        if let Some(positions) = &self.positions {
            for (topic, of_topic) in &statistics.topics {
                positions.fetched(topic, of_topic.partitions.values().filter_map(fetched));
            }
        }
        let now = errors(statistics);
        let before = std::mem::replace(&mut *self.errors.lock().unwrap_or_else(PoisonError::into_inner), now);
        for (kind, (now, before)) in label::REQUEST_ERROR.values.iter().zip(now.into_iter().zip(before)) {
            metric::KAFKA_REQUEST_ERRORS.counter(&[self.client, kind]).increment(now.saturating_sub(before));
        }
    }
}

/// Counts a transaction of the loop that metrics call so.
pub fn count(outcome: &Outcome, label: &'static str) {
    let (name, error) = match outcome {
        Outcome::Committed => ("committed", None),
        Outcome::Aborted(error) => ("aborted", Some(error)),
        Outcome::Unknown(error) => ("unknown", Some(error)),
    };
    metric::TRANSACTIONS.counter(&[label, name]).increment(1);
    if error.is_some_and(is_fenced) {
        metric::FENCED.counter(&[label]).increment(1);
    }
}

fn partitions(statistics: &Statistics) -> impl Iterator<Item = &Partition> {
    // Number -1 is librdkafka's own, for records whose partition is not chosen yet.
    statistics.topics.values().flat_map(|topic| topic.partitions.values()).filter(|partition| partition.partition >= 0)
}

/// Records and their bytes.
fn queued(statistics: &Statistics) -> (usize, usize) {
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let fetched = partitions(statistics).fold((0, 0), |(records, bytes), partition| {
        (records + usize::try_from(partition.fetchq_cnt).unwrap_or(0), bytes + number(partition.fetchq_size))
    });
    (fetched.0 + number(statistics.msg_cnt), fetched.1 + number(statistics.msg_size))
}

/// The slowest broker's, of those that were asked in the interval.
#[expect(clippy::cast_precision_loss, reason = "microseconds of seconds")]
fn round_trip_seconds(statistics: &Statistics) -> Option<f64> {
    let of = |broker: &Broker| broker.rtt.as_ref().filter(|rtt| rtt.cnt > 0).map(|rtt| rtt.p99);
    statistics.brokers.values().filter_map(of).max().map(|micros| micros.max(0) as f64 / 1e6)
}

/// In the order of `label::REQUEST_ERROR`.
fn errors(statistics: &Statistics) -> [u64; 4] {
    statistics.brokers.values().fold([0; 4], |[send, receive, timeout, retry], broker| {
        [send + broker.txerrs, receive + broker.rxerrs, timeout + broker.req_timeouts, retry + broker.txretries]
    })
}

/// The next offset that the client would fetch, of an assigned partition all of whose fetched records were handed out. The
/// ends of transactions are fetched and never handed out: they show in this offset only.
fn fetched(partition: &Partition) -> Option<(i32, i64)> {
    // The offset is negative while it is not known, and number -1 is librdkafka's own.
    let is_known = partition.partition >= 0 && partition.desired && partition.next_offset >= 0;
    (is_known && partition.fetchq_cnt == 0).then_some((partition.partition, partition.next_offset))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use metrics_exporter_prometheus::PrometheusBuilder;
    use rdkafka::statistics::Window;

    use super::*;

    fn partition(number: i32, next: i64, app: i64, end: i64, queued: i64) -> (i32, Partition) {
        let partition = Partition {
            partition: number,
            desired: true,
            next_offset: next,
            app_offset: app,
            ls_offset: end,
            fetchq_cnt: queued,
            fetchq_size: 100 * queued.unsigned_abs(),
            ..Partition::default()
        };
        (number, partition)
    }

    #[test]
    fn what_was_fetched_is_told_of_assigned_partitions_that_have_handed_out_all_of_it() {
        let of = |partition: (i32, Partition)| fetched(&partition.1);
        assert_eq!(of(partition(1, 7, 5, 7, 0)), Some((1, 7)));
        assert_eq!(of(partition(0, 10, 4, 10, 6)), None);
        assert_eq!(of(partition(0, -1001, -1001, 10, 0)), None);
        assert_eq!(of(partition(-1, 0, 0, 10, 0)), None);
        let mut revoked = partition(0, 0, 0, 10, 0);
        revoked.1.desired = false;
        assert_eq!(of(revoked), None);
    }

    #[test]
    fn the_slowest_broker_counts_and_one_that_was_not_asked_does_not() {
        let broker = |cnt, p99| Broker { rtt: Some(Window { cnt, p99, ..Window::default() }), ..Broker::default() };
        let brokers = [("a", broker(3, 1_500)), ("b", broker(1, 2_000)), ("c", broker(0, 9_000_000))];
        let brokers = brokers.map(|(name, broker)| (name.to_owned(), broker)).into();
        assert_eq!(round_trip_seconds(&Statistics { brokers, ..Statistics::default() }), Some(0.002));
        assert_eq!(round_trip_seconds(&Statistics::default()), None);
    }

    #[test]
    fn errors_of_a_client_that_is_made_anew_are_added_to_those_before() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let with_errors = |txerrs| {
            let broker = Broker { txerrs, ..Broker::default() };
            Statistics { brokers: HashMap::from([("a".to_owned(), broker)]), ..Statistics::default() }
        };
        metrics::with_local_recorder(&recorder, || {
            let first = Measured::of("answer_1");
            first.report(&with_errors(2));
            first.report(&with_errors(3));
            Measured::of("answer_1").report(&with_errors(1));
        });
        let text = recorder.handle().render();
        let line = "schedule_callback_kafka_request_errors_total{client=\"answer_1\",error=\"send\"} 4\n";
        assert!(text.contains(line), "{text}");
        assert!(!text.contains("lag"), "a producer has none: {text}");
    }
}
