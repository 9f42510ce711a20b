//! librdkafka's own statistics, a handful of them, as metrics.
//!
//! Source of the fields: librdkafka's STATISTICS.md.

use std::sync::{Mutex, PoisonError};

use rdkafka::statistics::{Broker, Partition, Statistics};

use super::cause::is_fenced;
use super::transactions::Outcome;
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
}

impl Measured {
    /// Statistics of the client that metrics call so.
    pub const fn of(client: &'static str) -> Self {
        Self { client, errors: Mutex::new([0; 4]) }
    }

    /// Hands them to the metrics.
    pub fn report(&self, statistics: &Statistics) {
        let (records, bytes) = queued(statistics);
        metric::KAFKA_QUEUE_RECORDS.gauge(&[self.client]).set(as_gauge(records));
        metric::KAFKA_QUEUE_BYTES.gauge(&[self.client]).set(as_gauge(bytes));
        if let Some(seconds) = round_trip_seconds(statistics) {
            metric::KAFKA_RTT.gauge(&[self.client]).set(seconds);
        }
        if label::CONSUMER.values.contains(&self.client) {
            metric::KAFKA_LAG.gauge(&[self.client]).set(as_gauge(lag(statistics)));
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

/// How many records of the assigned partitions are not yet read. librdkafka's own figure is of committed offsets, which
/// these consumers do not commit.
fn lag(statistics: &Statistics) -> usize {
    let of = |partition: &Partition| {
        // Commit markers at the end of a partition are fetched and never handed out: they show in the next offset only.
        let read = if partition.fetchq_cnt == 0 { partition.next_offset } else { partition.app_offset };
        // Both are negative while they are not known.
        let is_known = partition.desired && partition.ls_offset >= 0 && read >= 0;
        if is_known { usize::try_from(partition.ls_offset - read).unwrap_or(0) } else { 0 }
    };
    partitions(statistics).map(of).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use metrics_exporter_prometheus::PrometheusBuilder;
    use rdkafka::statistics::{Topic, Window};

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

    fn of(partitions: impl IntoIterator<Item = (i32, Partition)>) -> Statistics {
        let topic = Topic { partitions: partitions.into_iter().collect(), ..Topic::default() };
        Statistics { topics: HashMap::from([("t".to_owned(), topic)]), ..Statistics::default() }
    }

    #[test]
    fn the_lag_is_what_was_not_handed_out_and_a_commit_marker_is_none() {
        assert_eq!(lag(&of([partition(0, 10, 4, 10, 6), partition(1, 7, 5, 7, 0)])), 6);
        assert_eq!(lag(&of([partition(0, -1001, -1001, 10, 0), partition(1, 0, -1001, -1001, 0)])), 0);
        let mut revoked = partition(0, 0, 0, 10, 0);
        revoked.1.desired = false;
        assert_eq!(lag(&of([revoked, partition(-1, 0, 0, 10, 0)])), 0);
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
