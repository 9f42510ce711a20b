//! The kinds of values that settings take, read from their texts. `None` is what a setting does not take.

use std::fmt;
use std::time::Duration;

use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::domain::phone::{PhonePolicy, PremiumRate};

/// The name of a topic: 1–249 of `[A-Za-z0-9._-]`, not `.` or `..`.
///
/// Source: Apache Kafka, `org.apache.kafka.common.internals.Topic`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName(String);

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl TopicName {
    const MAX_BYTES: usize = 249;

    pub(super) fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let length_fits = (1..=Self::MAX_BYTES).contains(&text.len());
        (length_fits && text.bytes().all(allowed) && !matches!(text, "." | "..")).then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl LogFormat {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

pub(super) fn phone_policy(text: &str) -> Option<PhonePolicy> {
    match text {
        "possible" => Some(PhonePolicy::Possible),
        "valid" => Some(PhonePolicy::Valid),
        _ => None,
    }
}

pub(super) fn premium_rate(text: &str) -> Option<PremiumRate> {
    match text {
        "refuse" => Some(PremiumRate::Refuse),
        "accept" => Some(PremiumRate::Accept),
        _ => None,
    }
}

/// The shortest way to write a duration in whole seconds or milliseconds.
pub(super) fn written(length: Duration) -> String {
    let milliseconds = length.as_millis();
    if milliseconds > 0 && milliseconds.is_multiple_of(1_000) {
        format!("{}s", length.as_secs())
    } else {
        format!("{milliseconds}ms")
    }
}

pub(super) fn not_blank(text: &str) -> Option<String> {
    (!text.trim().is_empty() && !text.contains(char::is_control)).then(|| text.to_owned())
}

/// `host:port` or `host` (port 9092), several separated by commas, each perhaps behind a protocol and `://`.
///
/// Source of the form: librdkafka, `rd_kafka_brokers_add` in rdkafka.h.
pub(super) fn bootstrap_servers(text: &str) -> Option<String> {
    let is_broker = |broker: &str| {
        let address = broker.split_once("://").map_or(broker, |(_, address)| address);
        // The colons of an IPv6 address stand in brackets.
        let (host, rest) = match address.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
            Some(bracketed) => bracketed,
            None => address.split_at(address.find(':').unwrap_or(address.len())),
        };
        let port_fits = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
        !host.is_empty() && port_fits && !host.contains(|c: char| c.is_whitespace() || c == '/')
    };
    let mut brokers = text.split(',').map(str::trim).filter(|broker| !broker.is_empty()).peekable();
    let is_list = brokers.peek().is_some() && brokers.all(is_broker);
    (is_list && !text.contains(char::is_control)).then(|| text.to_owned())
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

/// The characters of RFC 3986, §2: enough to keep blanks and quotes out of a header.
pub(super) fn uri_reference(text: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    (!text.is_empty() && text.bytes().all(allowed)).then(|| text.to_owned())
}

/// A level, or directives `target=level` separated by commas. The parser of `Targets` also takes a bare target, which
/// would make every misspelt level a silent filter; that is refused here.
pub(super) fn log_filter(text: &str) -> Option<Targets> {
    let is_directive = |part: &str| part.contains('=') || part.parse::<LevelFilter>().is_ok();
    (!text.is_empty() && text.split(',').all(is_directive)).then(|| text.parse().ok())?
}
