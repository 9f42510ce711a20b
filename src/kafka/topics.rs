//! The topics: whether they are there with the partitions they need, and making those that are missing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use thiserror::Error;

use super::cluster::{Cluster, Events};
use super::hearing::hear_out;
use crate::config::Topics;
use crate::config::topics::{Cleanup, Partitions as Made, Way};
use crate::domain::ids::Shard;

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the reports that wait in a client's queue are looked at for the reason of a failure: all that came while it
/// asked are there already, however many brokers it tried.
const REPORTS_TIME: Duration = Duration::from_millis(20);
/// How long is slept between two looks.
const REPORTS_STEP: Duration = Duration::from_millis(5);

/// The cluster did not list its topics.
#[derive(Debug, Error)]
#[error("{error}{}", .fault.as_ref().map(|fault| format!(": {}", explained(fault))).unwrap_or_default())]
pub struct Unanswered {
    error: KafkaError,
    /// Why the client has no connection, in librdkafka's words: what is wrong with a certificate or a password.
    fault: Option<String>,
}

/// How many partitions each topic of the cluster has.
pub type Partitions = BTreeMap<String, usize>;

/// What is wrong with the topics; a person has to mend it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TopicsError {
    /// Some are not there.
    #[error(
        "missing topics, or such as may not be described by this client: {}; `schedule-callback topics` makes them",
        .0.join(", ")
    )]
    Missing(Vec<String>),
    /// The command topic has more partitions than a callback id can tell apart.
    #[error("topic {topic} has {partitions} partitions, at most {} can be served", Shard::COUNT)]
    TooManyPartitions {
        /// The command topic.
        topic: String,
        /// How many it has.
        partitions: usize,
    },
}

/// How many partitions the three topics have that belong together: the command topic and the two internal ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The command topic.
    pub commands: i32,
    /// The internal topic of forwarded commands.
    pub amendments: i32,
    /// The internal topic whose offsets are the markers.
    pub shards: i32,
}

impl Sizes {
    /// Partitions that both internal topics have.
    pub fn internal(self) -> i32 {
        self.amendments.min(self.shards)
    }

    /// The internal topics that have fewer partitions than the command topic, and how many each has. They never have to
    /// be deleted for that: with the second go the markers, and what has fired fires again.
    pub fn too_small(self, topics: &Topics) -> Vec<(&str, i32)> {
        self.differing(topics, |internal| internal < self.commands)
    }

    /// Those that have more, which does no harm: nobody uses what is more.
    pub fn too_large(self, topics: &Topics) -> Vec<(&str, i32)> {
        self.differing(topics, |internal| internal > self.commands)
    }

    fn differing(self, topics: &Topics, differs: impl Fn(i32) -> bool) -> Vec<(&str, i32)> {
        let both = [(topics.amendments.as_str(), self.amendments), (topics.shards.as_str(), self.shards)];
        both.into_iter().filter(|(_, partitions)| differs(*partitions)).collect()
    }
}

/// A consumer that is asked for metadata only.
///
/// # Errors
/// librdkafka's error, where it does not accept the settings of the client.
pub fn observer(cluster: &Cluster) -> Result<BaseConsumer<Events>, KafkaError> {
    cluster.reader().create_with_context(Events::of("observer"))
}

/// The topics of the cluster.
///
/// # Errors
/// Where no broker answers in time, with the reason where it is known.
pub fn list(observer: &BaseConsumer<Events>) -> Result<Partitions, Unanswered> {
    // All topics: asking for one by name may make it.
    let answer = observer.fetch_metadata(None, REQUEST_TIMEOUT);
    // The reasons wait in the client's queue, and the last counts; after an answer too, so that none is left to be taken for
    // a later failure's. The client is not left to wait itself: it would wait by this machine's clock, for longer where that
    // is set back.
    let until = Instant::now() + REPORTS_TIME;
    while Instant::now() < until {
        hear_out("topics", observer);
        std::thread::sleep(REPORTS_STEP);
    }
    let events = observer.context();
    let metadata = answer.map_err(|error| Unanswered { error, fault: events.last_fault() })?;
    events.forget_fault();
    Ok(metadata.topics().iter().map(|topic| (topic.name().to_owned(), topic.partitions().len())).collect())
}

/// Whether the directory topics are there.
///
/// # Errors
/// `Missing` with those that are not.
pub fn check_directory(found: &Partitions, topics: &Topics) -> Result<(), TopicsError> {
    check_names(found, topics.all().filter(|(topic, _)| topic.way == Way::Directory).map(|(_, name)| name.as_str()))
}

/// Whether all topics are there; returns how many partitions those have that belong together. Internal topics that are too
/// small are no error: their shards wait, and the others go on.
///
/// # Errors
/// What a person has to mend.
pub fn check(found: &Partitions, topics: &Topics) -> Result<Sizes, TopicsError> {
    check_names(found, topics.all().map(|(_, name)| name.as_str()))?;
    let commands = topics.commands.as_str();
    let wanted = found.get(commands).copied().unwrap_or_default();
    let Some(commands_partitions) = i32::try_from(wanted).ok().filter(|&number| number <= i32::from(Shard::COUNT))
    else {
        return Err(TopicsError::TooManyPartitions { topic: commands.to_owned(), partitions: wanted });
    };
    let count = |topic: &str| found.get(topic).map_or(0, |&count| i32::try_from(count).unwrap_or(i32::MAX));
    let (amendments, shards) = (count(topics.amendments.as_str()), count(topics.shards.as_str()));
    Ok(Sizes { commands: commands_partitions, amendments, shards })
}

/// Adds the partitions that the internal topics lack; returns which topics lacked some. Several may do it at once: the
/// broker takes it from one of them, and what the others ask for is there then.
///
/// # Errors
/// The broker's refusal of the first topic that it does not let grow.
pub async fn grow(cluster: &Cluster, topics: &Topics, sizes: Sizes) -> Result<Vec<String>, KafkaError> {
    let wanted = usize::try_from(sizes.commands).unwrap_or_default();
    let lacking: Vec<NewPartitions<'_>> =
        sizes.too_small(topics).into_iter().map(|(topic, _)| NewPartitions::new(topic, wanted)).collect();
    if lacking.is_empty() {
        return Ok(Vec::new());
    }
    let results = admin(cluster)?.create_partitions(&lacking, &options()).await?;
    let mut grown = Vec::new();
    for result in results {
        match result {
            // The broker's word for a topic that has as many already: someone was faster.
            Ok(name) | Err((name, RDKafkaErrorCode::InvalidPartitions)) => grown.push(name),
            Err((_, code)) => return Err(KafkaError::AdminOp(code)),
        }
    }
    Ok(grown)
}

/// The topics as they will be once those that are missing are made: with so many partitions each, but the internal
/// ones with as many as the command topic.
pub fn planned(found: &Partitions, topics: &Topics, partitions: i32) -> Partitions {
    let mut planned = found.clone();
    let asked = usize::try_from(partitions).unwrap_or_default();
    let commands = *planned.entry(topics.commands.to_string()).or_insert(asked);
    for (topic, name) in topics.all() {
        planned.entry(name.to_string()).or_insert(match topic.partitions {
            Made::AsCommands => commands,
            Made::AsAsked => asked,
        });
    }
    planned
}

/// Makes the topics that are missing, as planned, and returns their names. Where the last record of each key is deleted
/// after a time, that is `keep_states`.
///
/// # Errors
/// The broker's refusal, or the client's error where the broker does not answer in time.
pub async fn create_missing(
    cluster: &Cluster,
    topics: &Topics,
    found: &Partitions,
    planned: &Partitions,
    replication: i32,
    keep_states: Duration,
) -> Result<Vec<String>, KafkaError> {
    let missing = || topics.all().filter(|(_, name)| !found.contains_key(name.as_str()));
    if missing().next().is_none() {
        // librdkafka takes an empty list for a fault of its caller.
        return Ok(Vec::new());
    }
    let keep_states = keep_states.as_millis().to_string();
    let wanted: Vec<NewTopic<'_>> = missing()
        .map(|(topic, name)| {
            let count = planned.get(name.as_str()).and_then(|&count| i32::try_from(count).ok()).unwrap_or_default();
            let new = NewTopic::new(name.as_str(), count, TopicReplication::Fixed(replication))
                .set("cleanup.policy", topic.cleanup.policy());
            let new = match topic.cleanup {
                Cleanup::CompactAndDelete => new.set("retention.ms", &keep_states),
                Cleanup::Delete | Cleanup::Compact => new,
            };
            topic.made_with.iter().fold(new, |new, (name, value)| new.set(name, value))
        })
        .collect();
    let mut made = Vec::new();
    for result in admin(cluster)?.create_topics(&wanted, &options()).await? {
        match result {
            Ok(name) => made.push(name),
            // Someone was faster.
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, code)) => {
                tracing::error!(topic = name, %code, "the topic could not be created");
                return Err(KafkaError::AdminOp(code));
            }
        }
    }
    Ok(made)
}

fn admin(cluster: &Cluster) -> Result<AdminClient<Events>, KafkaError> {
    FromClientConfigAndContext::from_config_and_context(&cluster.client(), Events::of("topics"))
}

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(REQUEST_TIMEOUT * 4)).request_timeout(Some(REQUEST_TIMEOUT * 4))
}

fn check_names<'a>(found: &Partitions, names: impl Iterator<Item = &'a str>) -> Result<(), TopicsError> {
    let missing: Vec<String> = names.filter(|name| !found.contains_key(*name)).map(str::to_owned).collect();
    if missing.is_empty() { Ok(()) } else { Err(TopicsError::Missing(missing)) }
}

/// What librdkafka says of a connection, and what it means where that is not plain: OpenSSL has one error for an authority
/// that is not trusted and for another host name, and shows what the broker minds as the name of an alert. How long it
/// took, and how often it was the same, is left out, so that the same fault is the same text.
fn explained(fault: &str) -> String {
    const ALERTS: [&str; 3] = ["alert bad certificate", "alert certificate required", "alert unknown ca"];
    let fault = fault.split_once(" (after ").filter(|_| fault.ends_with(')')).map_or(fault, |(said, _)| said);
    let meaning = if fault.contains("certificate verify failed") {
        "; the broker's certificate is by an authority that is not trusted here, or for another host name"
    } else if ALERTS.iter().any(|alert| fault.contains(alert)) {
        "; the broker wants a client certificate by an authority that it trusts (ssl.certificate.location)"
    } else {
        ""
    };
    format!("{fault}{meaning}")
}
