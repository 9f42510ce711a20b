//! Hearing clients out: every error that a consumer reports is counted and said, whoever reads or asks with it.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;

use super::cluster::{Says, is_missing_right};
use super::fault::{self, Fault};
use crate::telemetry::metric;

/// How many reports are taken at once from a client that is only asked: more than the attempts of one request make, lines
/// of the log included.
const AT_ONCE: usize = 100;

/// Notes an error after which there is nothing to be done but to go on: it is counted, and said. `client` is one of
/// `label::READER`.
pub fn pass_over(client: &'static str, context: &impl Says, error: &KafkaError) {
    count(client, error);
    say(client, context, error);
}

/// Counts an error, whatever is done about it. `client` is one of `label::READER`.
pub fn count(client: &'static str, error: &KafkaError) {
    metric::READER_ERRORS.counter(&[client, fault::of(error).label()]).increment(1);
}

/// Says what a client reports: with level WARN what a person should know of, once until the client reports something else.
pub fn say(client: &str, context: &impl Says, error: &KafkaError) {
    let cause = fault::in_words(error, context.said());
    let fault = fault::of(error);
    // That a server is away is said by `/readyz`. A right that is missing has been said when it was reported.
    let is_said = fault == Fault::Passing || error.rdkafka_error_code().is_some_and(is_missing_right);
    if is_said || !context.is_news(&cause) {
        tracing::debug!(client, fault = fault.label(), cause, "a Kafka client reports an error");
    } else {
        tracing::warn!(client, fault = fault.label(), cause, "a Kafka client reports an error");
    }
}

/// Hears a client out that is only asked and reads nothing. Its reports wait in its queue, where nothing else comes and
/// whose length nothing bounds, so this belongs behind every request. Does not block.
pub fn hear_out<C: ConsumerContext + Says>(client: &'static str, consumer: &BaseConsumer<C>) {
    // A call takes one event, and does not say whether that was a line for the log or nothing at all.
    for _ in 0..AT_ONCE {
        if let Some(Err(error)) = consumer.poll(Duration::ZERO) {
            pass_over(client, &**consumer.context(), &error);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rdkafka::ClientConfig;
    use rdkafka::client::ClientContext;
    use rdkafka::error::RDKafkaErrorCode as Code;

    use super::*;
    use crate::kafka::cluster::Events;

    /// Counts what reaches it.
    struct Heard {
        events: Events,
        errors: AtomicUsize,
        lines: AtomicUsize,
    }

    impl ClientContext for Heard {
        fn log(&self, _: rdkafka::config::RDKafkaLogLevel, _: &str, _: &str) {
            self.lines.fetch_add(1, Ordering::Relaxed);
        }

        fn error(&self, error: KafkaError, reason: &str) {
            self.errors.fetch_add(1, Ordering::Relaxed);
            self.events.error(error, reason);
        }
    }

    impl ConsumerContext for Heard {}

    impl Says for Heard {
        fn said(&self) -> Option<String> {
            self.events.said()
        }

        fn is_news(&self, cause: &str) -> bool {
            self.events.is_news(cause)
        }
    }

    #[test]
    fn an_error_behind_a_line_of_the_log_is_heard_too() {
        let context =
            Heard { events: Events::of("test"), errors: AtomicUsize::default(), lines: AtomicUsize::default() };
        let consumer: BaseConsumer<Heard> = ClientConfig::new()
            .set("bootstrap.servers", "127.0.0.1:1")
            .set("debug", "broker")
            .create_with_context(context)
            .unwrap();
        // Waits for the attempt to connect, which fails at once.
        assert!(consumer.fetch_metadata(None, Duration::from_secs(2)).is_err());
        hear_out("topics", &consumer);
        let heard = consumer.context();
        assert!(heard.lines.load(Ordering::Relaxed) > 0, "the client logs");
        assert!(heard.errors.load(Ordering::Relaxed) > 0, "the client reports");
    }

    #[test]
    fn the_same_cause_is_news_once_until_there_is_another() {
        let events = Events::of("test");
        let said = ["a", "a", "b", "a"].map(|cause| events.is_news(cause));
        assert_eq!(said, [true, false, true, true]);
        assert!(is_missing_right(Code::TopicAuthorizationFailed));
    }
}
