//! The topics: whether they are there with the partitions they need, and making those that are missing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use thiserror::Error;

use super::cluster::{Cluster, Events};
use crate::config::Topics;
use crate::domain::ids::Shard;

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// The largest record that the topics of dead letters and of forwarded commands take: a command as large as a broker
/// takes by default (`message.max.bytes`, 1 MiB), and the headers that are added.
const FORWARDING_MAX_BYTES: &str = "8388608";
/// How long the reports that wait in a client's queue are looked at for the reason of a failure: all that came while it
/// asked are there already, however many brokers it tried.
const REPORTS_TIME: Duration = Duration::from_millis(20);

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
    /// An internal topic does not match the command topic.
    #[error(
        "topic {topic} has {found} partitions and {commands} has {wanted}: they must have as many; \
         delete {topic} while no instance runs and nothing is left in it, then run `schedule-callback topics`"
    )]
    PartitionsDiffer {
        /// The internal topic.
        topic: String,
        /// How many it has.
        found: usize,
        /// The command topic.
        commands: String,
        /// How many that has.
        wanted: usize,
    },
}

/// A consumer that is asked for metadata only.
///
/// # Errors
/// Where librdkafka does not take the settings.
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
    // The reasons wait in the client's queue, where nothing else comes: it is subscribed to nothing. A call returns with the
    // first, and the last counts; after an answer too, so that none is left to be taken for a later failure's.
    let until = Instant::now() + REPORTS_TIME;
    while observer.poll(until.saturating_duration_since(Instant::now())).is_some() && Instant::now() < until {}
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
    check_names(found, &[topics.skills.as_str(), topics.agents.as_str(), topics.security_users.as_str()])
}

/// Whether all topics are there.
///
/// # Errors
/// `Missing` with those that are not.
pub fn check_present(found: &Partitions, topics: &Topics) -> Result<(), TopicsError> {
    check_names(found, &names(topics))
}

/// Whether all topics can be used; returns how many partitions the command topic has.
///
/// # Errors
/// What a person has to mend.
pub fn check(found: &Partitions, topics: &Topics) -> Result<i32, TopicsError> {
    check_names(found, &names(topics))?;
    let commands = topics.commands.as_str();
    let wanted = found.get(commands).copied().unwrap_or_default();
    let Some(partitions) = i32::try_from(wanted).ok().filter(|&number| number <= i32::from(Shard::COUNT)) else {
        return Err(TopicsError::TooManyPartitions { topic: commands.to_owned(), partitions: wanted });
    };
    for internal in [topics.amendments.as_str(), topics.shards.as_str()] {
        let has = found.get(internal).copied().unwrap_or_default();
        if has != wanted {
            return Err(TopicsError::PartitionsDiffer {
                topic: internal.to_owned(),
                found: has,
                commands: commands.to_owned(),
                wanted,
            });
        }
    }
    Ok(partitions)
}

/// The topics as they will be once those that are missing are made: with so many partitions each, but the internal
/// ones with as many as the command topic.
pub fn planned(found: &Partitions, topics: &Topics, partitions: i32) -> Partitions {
    let mut planned = found.clone();
    let asked = usize::try_from(partitions).unwrap_or_default();
    let commands = *planned.entry(topics.commands.to_string()).or_insert(asked);
    for name in names(topics) {
        let internal = name == topics.amendments.as_str() || name == topics.shards.as_str();
        planned.entry(name.to_owned()).or_insert(if internal { commands } else { asked });
    }
    planned
}

/// Makes the topics that are missing, as planned, and returns their names.
///
/// # Errors
/// What the broker says.
pub async fn create_missing(
    cluster: &Cluster,
    topics: &Topics,
    found: &Partitions,
    planned: &Partitions,
    replication: i32,
) -> Result<Vec<String>, KafkaError> {
    let missing = || names(topics).into_iter().filter(|name| !found.contains_key(*name));
    if missing().next().is_none() {
        // librdkafka takes an empty list for a fault of its caller.
        return Ok(Vec::new());
    }
    let admin: AdminClient<Events> = {
        let config = cluster.client();
        rdkafka::config::FromClientConfigAndContext::from_config_and_context(&config, Events::of("topics"))?
    };
    let wanted: Vec<NewTopic<'_>> = missing()
        .map(|name| {
            let count = planned.get(name).and_then(|&count| i32::try_from(count).ok()).unwrap_or_default();
            let topic = NewTopic::new(name, count, TopicReplication::Fixed(replication));
            if is_directory(topics, name) {
                topic.set("cleanup.policy", "compact")
            } else if name == topics.dead_letters.as_str() {
                topic.set("cleanup.policy", "delete").set("max.message.bytes", FORWARDING_MAX_BYTES)
            } else if name == topics.amendments.as_str() {
                // Forwarded commands keep their own time, which dates are judged against.
                topic
                    .set("cleanup.policy", "delete")
                    .set("message.timestamp.type", "CreateTime")
                    .set("max.message.bytes", FORWARDING_MAX_BYTES)
            } else {
                topic.set("cleanup.policy", "delete")
            }
        })
        .collect();
    let options =
        AdminOptions::new().operation_timeout(Some(REQUEST_TIMEOUT * 4)).request_timeout(Some(REQUEST_TIMEOUT * 4));
    let mut made = Vec::new();
    for result in admin.create_topics(&wanted, &options).await? {
        match result {
            Ok(name) => made.push(name),
            // Someone was faster.
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, code)) => {
                tracing::error!(topic = name, %code, "the topic could not be made");
                return Err(KafkaError::AdminOp(code));
            }
        }
    }
    Ok(made)
}

fn check_names(found: &Partitions, names: &[&str]) -> Result<(), TopicsError> {
    let missing: Vec<String> =
        names.iter().filter(|name| !found.contains_key(**name)).map(|&name| name.to_owned()).collect();
    if missing.is_empty() { Ok(()) } else { Err(TopicsError::Missing(missing)) }
}

/// What librdkafka says of a connection, and what it means where that is not plain: OpenSSL has one error for an authority
/// that is not trusted and for another host name, and shows what the broker minds as the name of an alert.
fn explained(fault: &str) -> String {
    const ALERTS: [&str; 3] = ["alert bad certificate", "alert certificate required", "alert unknown ca"];
    let meaning = if fault.contains("certificate verify failed") {
        "; the broker's certificate is by an authority that is not trusted here, or for another host name"
    } else if ALERTS.iter().any(|alert| fault.contains(alert)) {
        "; the broker wants a client certificate by an authority that it trusts (ssl.certificate.location)"
    } else {
        ""
    };
    format!("{fault}{meaning}")
}

fn names(topics: &Topics) -> [&str; 9] {
    [
        topics.commands.as_str(),
        topics.results.as_str(),
        topics.due.as_str(),
        topics.dead_letters.as_str(),
        topics.amendments.as_str(),
        topics.shards.as_str(),
        topics.skills.as_str(),
        topics.agents.as_str(),
        topics.security_users.as_str(),
    ]
}

fn is_directory(topics: &Topics, name: &str) -> bool {
    [&topics.skills, &topics.agents, &topics.security_users].into_iter().any(|topic| topic.as_str() == name)
}
