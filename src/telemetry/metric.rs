//! The metrics of the service: names as Prometheus sees them, kinds, labels with all values they can have.
//!
//! ```
//! use schedule_callback::telemetry::metric;
//! metric::REPEATS.counter(&[]).increment(1);
//! metric::WARNINGS.counter(&["LATE"]).increment(1);
//! ```
//!
//! A label's value is a `&'static str` out of a list: nothing that comes from outside can ever become one, so the
//! number of series is bounded by this file (docs/metrics.md says it).

use metrics::{Counter, Gauge, Histogram, describe_counter, describe_gauge, describe_histogram};

use super::label::{
    BRANCH, CAUSE, CLIENT, CLOCK, CODE, CONDITION, CONSUMER, DIRECTION, DIRECTORY, END_REASON, END_STATUS, FAULT,
    FENCED_LOOP, HORIZON, KIND, LOOP, Label, NUMBERING_PLANS, OUTCOME, PRESENTATION, READER, REASON, REPORTED,
    REQUEST_ERROR, SERVER, SPLIT, STAGE, STEP, TARGET, TRANSACTING_LOOP, TZDB, VERSION, WAITED_FOR, WARNING,
};

/// A metric; what it counts is in its description.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name; that of a counter ends in `_total`, that of a measured time in `_seconds`.
    pub name: &'static str,
    /// How its values come about.
    pub kind: Kind,
    /// The labels that each value has.
    pub labels: &'static [Label],
    /// One sentence or two for an operator.
    pub description: &'static str,
}

/// How the values of a metric come about.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Only ever grows.
    Counter,
    /// What is the case now.
    Gauge,
    /// A distribution, with the upper bounds of its buckets.
    Histogram(&'static [f64]),
}

/// Seconds of one step of work: a transaction of a few records takes 7 ms, a large one some hundreds.
const STEP_BOUNDS: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];
/// Seconds, from on time to a service that was down for a day.
const LATENESS_BOUNDS: &[f64] =
    &[0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0, 600.0, 3_600.0, 86_400.0];
/// Numbers of commands or callbacks.
const SIZE_BOUNDS: &[f64] =
    &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0];

macro_rules! metrics {
    ($($constant:ident: $kind:expr, $name:literal, [$($label:expr),*], $description:literal;)*) => {
        $(
            #[doc = $description]
            pub const $constant: Metric =
                Metric { name: $name, kind: $kind, labels: &[$($label),*], description: $description };
        )*

        /// All of them.
        pub const ALL: &[Metric] = &[$($constant),*];
    };
}

metrics! {
    RESULTS: Kind::Counter, "schedule_callback_results_total", [CONDITION, BRANCH, CODE],
        "Commands decided and answered: the condition they came to, the branch that the script takes, and the code of \
         the violation that decided it.";
    REPEATS: Kind::Counter, "schedule_callback_repeats_total", [],
        "Commands answered again with the result they had before.";
    VIOLATIONS: Kind::Counter, "schedule_callback_violations_total", [CODE],
        "Violations in results, by code: a result may have several.";
    WARNINGS: Kind::Counter, "schedule_callback_warnings_total", [WARNING],
        "Warnings in results, by code.";
    DEAD_LETTERS: Kind::Counter, "schedule_callback_dead_letters_total", [REASON],
        "Records that could not be read as a command, by reason.";
    FORWARDS: Kind::Counter, "schedule_callback_forwards_total", [],
        "Cancels and reschedules handed to the shard of their callback.";
    BATCH_COMMANDS: Kind::Histogram(SIZE_BOUNDS), "schedule_callback_batch_commands", [],
        "Records decided and recorded together in one PostgreSQL transaction.";
    ANSWER_COMMANDS: Kind::Histogram(SIZE_BOUNDS), "schedule_callback_answer_commands", [],
        "Records answered together in one Kafka transaction.";
    BATCH_SECONDS: Kind::Histogram(STEP_BOUNDS), "schedule_callback_batch_seconds", [STAGE],
        "Time a batch spends in each stage: consume, from its first record to its hand-over; settle, deciding within \
         record; record, the PostgreSQL transaction with its retries; answer, the Kafka transaction.";
    DUE: Kind::Counter, "schedule_callback_due_total", [TARGET],
        "Due events published, by target.";
    LATENESS: Kind::Histogram(LATENESS_BOUNDS), "schedule_callback_lateness_seconds", [KIND],
        "Time from when a callback was scheduled for to the commit of its due event. catch_up is what could not be fired \
         at its time: it was due while its shard was taken over or its callbacks could not be loaded, before its command \
         was recorded, or while the broker took no due events; live is everything else.";
    PRESENTATIONS: Kind::Counter, "schedule_callback_presentations_total", [PRESENTATION],
        "Due events of tracked callbacks published, by their number within the revision: 1 is the first time, everything else \
         is a callback that is presented again.";
    REPORTS: Kind::Counter, "schedule_callback_reports_total", [REPORTED],
        "Reports of routers that were accepted, by outcome. Refused ones are in schedule_callback_results_total, by code.";
    ENDS: Kind::Counter, "schedule_callback_ends_total", [END_STATUS, END_REASON],
        "Callbacks that have ended, by status and reason, NONE where a command cancelled them. What a report or a cancel ends \
         is counted once it is recorded, what time ends once that is published. completed and missed are tracked callbacks \
         alone. A callback that ended as OUTCOME_UNKNOWN and is completed by a report that comes later counts twice.";
    UNACKNOWLEDGED: Kind::Counter, "schedule_callback_unacknowledged_total", [],
        "Due events of tracked callbacks of which nobody had reported anything within lifecycle.acknowledge_within: each was \
         presented again, or ended its callback.";
    SWEEP_OVERDUE_SECONDS: Kind::Gauge, "schedule_callback_sweep_overdue_seconds", [],
        "For how long due events of tracked callbacks that somebody should have reported on by now have not been searched for \
         those that nobody has; 0 where no such search waits. Of this instance's shards the longest.";
    OVERDUE_SECONDS: Kind::Gauge, "schedule_callback_overdue_seconds", [],
        "How long something of the shards that the group assigns to this instance has been due and is not fired; 0 where \
         nothing is. Where the next callbacks cannot be loaded or a shard is not taken over, it counts from where nothing is \
         known: something may be due from there on.";
    STALLED_SECONDS: Kind::Gauge, "schedule_callback_stalled_seconds", [STEP],
        "How long the work that waits for a step has seen no success of it; 0 where none waits. record: a batch of commands \
         to be committed in PostgreSQL; answer: results in Kafka; load: the next callbacks from PostgreSQL; fire: due \
         events in Kafka.";
    SINCE_SUCCESS_SECONDS: Kind::Gauge, "schedule_callback_since_success_seconds", [STEP],
        "How long ago each step last succeeded, since the start where it never did: the heartbeat of its loop. A step that \
         has nothing to do does not succeed either, so alert on schedule_callback_stalled_seconds.";
    COMMANDS_UNANSWERED: Kind::Gauge, "schedule_callback_commands_unanswered", [],
        "Commands that were read and whose results and offsets are not committed.";
    PARTITIONS: Kind::Gauge, "schedule_callback_partitions", [],
        "Partitions of the command topic: the number of shards that all instances together should own.";
    PASS_CALLBACKS: Kind::Histogram(SIZE_BOUNDS), "schedule_callback_pass_callbacks", [],
        "Callbacks fired together in one due pass, of one shard.";
    PASS_SECONDS: Kind::Histogram(STEP_BOUNDS), "schedule_callback_pass_seconds", [],
        "Time a due pass takes, from its first record to its commit.";
    WINDOW_CALLBACKS: Kind::Gauge, "schedule_callback_window_callbacks", [],
        "Callbacks loaded into memory, of all shards of this instance.";
    WINDOW_BYTES: Kind::Gauge, "schedule_callback_window_bytes", [],
        "Memory that the loaded callbacks take: their number times the mean size of those loaded since the takeovers.";
    WINDOW_LOAD_SECONDS: Kind::Histogram(STEP_BOUNDS), "schedule_callback_window_load_seconds", [],
        "Time a load of the next window takes.";
    PENDING_ESTIMATE: Kind::Gauge, "schedule_callback_pending_callbacks_estimate", [HORIZON],
        "An estimate of the waiting callbacks of the whole service by how far ahead they are, from PostgreSQL's planner \
         statistics, once a minute: nothing is counted. Each instance says the same, so take max, not sum.";
    PENDING_ESTIMATED_AT: Kind::Gauge, "schedule_callback_pending_estimate_timestamp_seconds", [],
        "When that estimate was made, in seconds since 1970.";
    SHARDS: Kind::Gauge, "schedule_callback_shards", [],
        "Shards that this instance owns and fires for.";
    SHARDS_ASSIGNED: Kind::Gauge, "schedule_callback_shards_assigned", [],
        "Shards that the group assigns to this instance, taken over or not.";
    SHARDS_STOPPED: Kind::Gauge, "schedule_callback_shards_stopped", [],
        "Shards that this instance has stopped until a person has looked, since ids are used up, somebody else has written a \
         row of theirs, or their marker contradicts the database; /readyz and the log say why.";
    SERVERS_BEHIND: Kind::Counter, "schedule_callback_servers_behind_total", [],
        "Connections that were given up since the PostgreSQL server lacks what another one was seen to have, or is of \
         another origin: an old primary that nobody stopped, say. It is asked again with each connection that is made.";
    TAKEOVERS: Kind::Counter, "schedule_callback_takeovers_total", [],
        "Shards taken over.";
    TAKEOVER_SECONDS: Kind::Histogram(STEP_BOUNDS), "schedule_callback_takeover_seconds", [],
        "Time a successful takeover takes, for all shards taken over together.";
    FENCED: Kind::Counter, "schedule_callback_fenced_total", [FENCED_LOOP],
        "Times that another instance was found in this one's place: by record and takeover, the database has a higher \
         epoch, counted for each shard; by answer and dispatch, the broker refuses the producer or its generation.";
    TRANSACTIONS: Kind::Counter, "schedule_callback_transactions_total", [TRANSACTING_LOOP, OUTCOME],
        "Kafka transactions, by how they ended. After unknown, all shards are taken over again.";
    SPLIT_RECORDS: Kind::Counter, "schedule_callback_split_records_total", [SPLIT],
        "Records of transactions that the broker has split: it let them count in some partitions and not in others. early: \
         readers have seen them, and all of the transaction is done again; left_out: this instance did it, and did not publish \
         those a second time; published: they were missing, and are published; unknown: it could not be found out.";
    RETRIES: Kind::Counter, "schedule_callback_retries_total", [LOOP, SERVER, CAUSE],
        "Attempts that failed and are repeated, by the loop, the server and the cause.";
    READY: Kind::Gauge, "schedule_callback_ready", [],
        "1 where /readyz says 200, else 0.";
    WAITING: Kind::Gauge, "schedule_callback_waiting", [WAITED_FOR],
        "1 for each condition of /readyz that is waited for, else 0.";
    CLOCK_AHEAD: Kind::Gauge, "schedule_callback_clock_ahead_seconds", [CLOCK],
        "How far this machine's clock is certainly ahead of another one, negative where it is behind; 0 where no difference \
         can be told, NaN where the other one has not been heard for ten minutes. Of the broker only known where results or \
         due events go to a topic with message.timestamp.type=LogAppendTime.";
    CLOCK_CORRECTION: Kind::Gauge, "schedule_callback_clock_correction_seconds", [],
        "What the time that callbacks are fired by is ahead of this machine's clock, negative where behind; but for a few \
         milliseconds 0 unless that clock is wrong.";
    CLOCK_STEPS: Kind::Counter, "schedule_callback_clock_steps_total", [DIRECTION],
        "Times that this machine's clock was set by a tenth of a second or more, or that the machine slept (forward).";
    DIRECTORY_RECORDS: Kind::Gauge, "schedule_callback_directory_records", [DIRECTORY],
        "Directory records held, by kind.";
    DIRECTORY_SKIPPED: Kind::Counter, "schedule_callback_directory_skipped_total", [DIRECTORY],
        "Directory records skipped because they could not be read, by kind.";
    KAFKA_LAG: Kind::Gauge, "schedule_callback_kafka_consumer_lag_records", [CONSUMER],
        "Records of this instance's partitions that are there and not yet read, up to the high watermark, by consumer: asked \
         of the broker every second, whether the client can read or not. What an open transaction holds back counts.";
    KAFKA_LAG_STABLE: Kind::Gauge, "schedule_callback_kafka_consumer_lag_stable_records", [CONSUMER],
        "The same up to the last stable offset: without what a transaction that is still open holds back.";
    KAFKA_STALLED: Kind::Gauge, "schedule_callback_kafka_consumer_stalled_seconds", [CONSUMER],
        "For how long the partition that has stood still longest, of those with records that are not yet read, has not been \
         read on; 0 where all that have some move.";
    UNREADABLE: Kind::Gauge, "schedule_callback_kafka_partitions_unreadable", [CONSUMER],
        "Partitions that stand still since what comes next cannot be read; /readyz and the log name each.";
    OFFSETS_GONE: Kind::Counter, "schedule_callback_kafka_offsets_gone_total", [CONSUMER],
        "Offsets whose records were deleted before they were read.";
    REREADS: Kind::Counter, "schedule_callback_kafka_rereads_total", [CONSUMER],
        "Partitions read again from their beginning, since their topic was made anew or their log ends before what was \
         read of it.";
    READER_ERRORS: Kind::Counter, "schedule_callback_kafka_consumer_errors_total", [READER, FAULT],
        "Errors that clients which read, or ask for offsets and topics, report in place of records, by what they mean. \
         passing: a server is away or busy, and the client tries again by itself; denied: a right is missing; missing: a \
         topic or partition is not there; unreadable: the partition stops; offsets_gone, truncated: the log is read from \
         elsewhere; membership_over: the group has ended the membership; fatal: the client is made anew.";
    REJOINS: Kind::Counter, "schedule_callback_rejoins_total", [],
        "Times that this instance joined the group as a new member, since its membership was over and did not mend.";
    KAFKA_RTT: Kind::Gauge, "schedule_callback_kafka_rtt_seconds", [CLIENT],
        "The 99th percentile of the round trip to the slowest broker in the last interval that had requests, fetches \
         that wait for records included (librdkafka's statistics).";
    KAFKA_QUEUE_RECORDS: Kind::Gauge, "schedule_callback_kafka_queue_records", [CLIENT],
        "Records in the client's queues, on their way out or fetched and not yet taken (librdkafka's statistics).";
    KAFKA_QUEUE_BYTES: Kind::Gauge, "schedule_callback_kafka_queue_bytes", [CLIENT],
        "Bytes of those records (librdkafka's statistics).";
    KAFKA_REQUEST_ERRORS: Kind::Counter, "schedule_callback_kafka_request_errors_total", [CLIENT, REQUEST_ERROR],
        "Requests to brokers that could not be sent, whose answer could not be read, that timed out or were sent again \
         (librdkafka's statistics).";
    BUILD: Kind::Gauge, "schedule_callback_build_info", [VERSION],
        "Always 1; the version of the program.";
    DATA: Kind::Gauge, "schedule_callback_data_info", [NUMBERING_PLANS, TZDB],
        "Always 1; the releases of libphonenumber, whose numbering plans phone numbers are judged by, and of the time zone \
         database, both of which are compiled into the program.";
    START_TIME: Kind::Gauge, "process_start_time_seconds", [],
        "When the process started to collect metrics, in seconds since 1970.";
    RESIDENT_MEMORY: Kind::Gauge, "process_resident_memory_bytes", [],
        "Resident memory of the process; Linux only.";
}

/// Counters with at most so many series begin at 0: an increase from nothing to one would not be seen by `rate`.
const MOST_BEGUN: usize = 64;

impl Metric {
    /// The counter with these values of the labels, in their order.
    #[expect(clippy::disallowed_macros, reason = "this is the place that the others are sent to")]
    pub fn counter(&self, values: &[&'static str]) -> Counter {
        metrics::counter!(self.name, self.labelled(values))
    }

    /// The gauge with these values of the labels, in their order.
    #[expect(clippy::disallowed_macros, reason = "this is the place that the others are sent to")]
    pub fn gauge(&self, values: &[&'static str]) -> Gauge {
        metrics::gauge!(self.name, self.labelled(values))
    }

    /// The histogram with these values of the labels, in their order.
    #[expect(clippy::disallowed_macros, reason = "this is the place that the others are sent to")]
    pub fn histogram(&self, values: &[&'static str]) -> Histogram {
        metrics::histogram!(self.name, self.labelled(values))
    }

    /// How many combinations of label values there are.
    pub fn combinations(&self) -> usize {
        self.labels.iter().map(|label| label.values.len()).product()
    }

    /// Hands the description to the recorder in use, and begins a counter of few series at 0.
    pub fn describe(&self) {
        match self.kind {
            Kind::Counter => describe_counter!(self.name, self.description),
            Kind::Gauge => describe_gauge!(self.name, self.description),
            Kind::Histogram(_) => describe_histogram!(self.name, self.description),
        }
        if matches!(self.kind, Kind::Counter) && self.combinations() <= MOST_BEGUN {
            for number in 0..self.combinations() {
                self.counter(&self.combination(number)).increment(0);
            }
        }
    }

    /// The combination of label values with that number, counted through.
    fn combination(&self, mut number: usize) -> Vec<&'static str> {
        let value = |label: &Label| {
            let value = label.values[number % label.values.len()];
            number /= label.values.len();
            value
        };
        self.labels.iter().map(value).collect()
    }

    fn labelled(&self, values: &[&'static str]) -> Vec<metrics::Label> {
        debug_assert_eq!(values.len(), self.labels.len(), "{}", self.name);
        let label = |(label, &value): (&Label, &&'static str)| {
            debug_assert!(label.values.contains(&value), "{}: {} = {value}", self.name, label.name);
            metrics::Label::from_static_parts(label.name, value)
        };
        self.labels.iter().zip(values).map(label).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_different_and_say_what_kind_they_are() {
        let names: HashSet<_> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), ALL.len());
        for Metric { name, kind, .. } in ALL {
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            assert!(name.starts_with("schedule_callback_") || name.starts_with("process_"), "{name}");
            assert_eq!(name.ends_with("_total"), matches!(kind, Kind::Counter), "{name}");
            for part in ["_milliseconds", "_ms", "_count", "_sum", "_bucket", "_kilobytes"] {
                assert!(!name.ends_with(part), "{name}");
            }
        }
    }

    #[test]
    fn a_series_for_every_combination_of_labels_is_still_few() {
        for metric in ALL {
            let labels: HashSet<_> = metric.labels.iter().map(|label| label.name).collect();
            assert_eq!(labels.len(), metric.labels.len(), "{}", metric.name);
            assert!(metric.labels.iter().all(|label| !["le", "quantile", "job", "instance"].contains(&label.name)));
            let all: HashSet<_> = (0..metric.combinations()).map(|number| metric.combination(number)).collect();
            assert_eq!(all.len(), metric.combinations(), "{}", metric.name);
        }
        // Conditions, branches and codes go together: a code belongs to one condition, whose branch is that or Default.
        let free = ALL.iter().filter(|metric| metric.name != RESULTS.name).map(Metric::combinations).sum::<usize>();
        assert!(free < 600, "{free}");
    }

    #[test]
    #[should_panic(expected = "code = c-1")]
    fn a_value_that_no_list_has_is_a_fault_of_the_program() {
        WARNINGS.counter(&["c-1"]).increment(1);
    }
}
