//! What the service publishes, read as a routing service or a script's producer would.

use std::time::Duration;

use anyhow::Context as _;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use schedule_callback::config::Topics;
use schedule_callback::kafka::cluster::{Cluster, Events};
use schedule_callback::kafka::fault::{self, Fault};
use schedule_callback::kafka::hearing;
use schedule_callback::kafka::topics::list;
use serde::Deserialize;

/// The data of a result, as far as it is shown (docs/contract.md#results).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CommandResult {
    pub(super) command_id: String,
    pub(super) branch: String,
    pub(super) condition: String,
    pub(super) callback_id: Option<i64>,
    pub(super) revision: Option<i64>,
    pub(super) scheduled_for: Option<String>,
    pub(super) target: Option<Target>,
    pub(super) phone_number: Option<String>,
    pub(super) violations: Vec<Violation>,
    pub(super) warnings: Vec<String>,
    /// These are of reports only (docs/contract.md#life-after-due).
    pub(super) attempt: Option<i64>,
    pub(super) status: Option<String>,
    pub(super) next_at: Option<String>,
    pub(super) reason: Option<String>,
}

/// Why a command was refused.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Violation {
    pub(super) code: String,
    pub(super) message: String,
}

/// Who is to call.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Target {
    agent_id: Option<String>,
    skill_id: String,
}

impl Target {
    /// As in "for agent 1235".
    pub(super) fn shown(&self) -> String {
        match &self.agent_id {
            Some(agent) => format!("agent {agent}"),
            None => format!("skill {}", self.skill_id),
        }
    }
}

/// The data of a due event, as far as it is shown (docs/contract.md#due-events).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DueEvent {
    pub(super) callback_id: i64,
    pub(super) revision: i64,
    pub(super) attempt: i64,
    /// The command that scheduled it.
    pub(super) command_id: String,
    pub(super) lateness_ms: i64,
    pub(super) target: Target,
    pub(super) contact: Contact,
}

/// Whom to call.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contact {
    first_name: Option<String>,
    last_name: Option<String>,
    phone_number: String,
    extension: Option<String>,
}

impl Contact {
    /// Name and number.
    pub(super) fn shown(&self) -> String {
        let extension = self.extension.as_ref().map(|extension| format!("ext. {extension}"));
        let parts = [self.first_name.as_ref(), self.last_name.as_ref(), Some(&self.phone_number), extension.as_ref()];
        parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// The data of a state record, as far as it is shown (docs/contract.md#the-state-topic).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct State {
    pub(super) callback_id: i64,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) tracked: bool,
}

impl State {
    /// Whether nothing more is said of the callback: an end, or for one that is not tracked its due event.
    pub(super) fn is_final(&self) -> bool {
        match &*self.status {
            "pending" | "accepted" => false,
            "due" => !self.tracked,
            _ => true,
        }
    }

    /// The status, and why it is so where there is a reason.
    pub(super) fn shown(&self) -> String {
        match &self.reason {
            Some(reason) => format!("{} ({reason})", self.status),
            None => self.status.clone(),
        }
    }
}

/// A record of one of the outgoing topics.
#[derive(Clone, Debug)]
pub(super) enum Published {
    Result(Box<CommandResult>),
    Due(DueEvent),
    State(State),
    DeadLetter { reason: String, detail: String },
}

/// A consumer of the outgoing topics.
pub(super) struct Outlet {
    consumer: BaseConsumer<Events>,
    due: String,
    dead_letters: String,
    state: Option<String>,
}

impl Outlet {
    /// Reads the topics from their beginning. All of their partitions are taken, without a group.
    pub(super) fn open(cluster: &Cluster, topics: &Topics) -> anyhow::Result<Self> {
        let name = ToString::to_string;
        let (due, dead_letters, state) =
            (name(&topics.due), name(&topics.dead_letters), topics.state.as_ref().map(name));
        let consumer: BaseConsumer<Events> = cluster.reader().create_with_context(Events::of("demo"))?;
        let found = list(&consumer)?;
        let mut assignment = TopicPartitionList::new();
        for topic in [topics.results.as_str(), &due, &dead_letters].into_iter().chain(state.as_deref()) {
            let partitions = i32::try_from(found.get(topic).copied().unwrap_or_default())?;
            for partition in 0..partitions {
                assignment.add_partition_offset(topic, partition, Offset::Beginning)?;
            }
        }
        consumer.assign(&assignment)?;
        Ok(Self { consumer, due, dead_letters, state })
    }

    /// The next record, if one comes soon enough.
    pub(super) fn next(&self, patience: Duration) -> anyhow::Result<Option<Published>> {
        match self.consumer.poll(patience) {
            Some(Ok(message)) => self.read(&message).map(Some),
            Some(Err(error)) => {
                hearing::say("demo", &**self.consumer.context(), &error);
                match fault::of(&error) {
                    Fault::Unreadable | Fault::OffsetsGone | Fault::Truncated | Fault::Fatal => Err(error.into()),
                    // The client mends the others by itself.
                    Fault::Passing | Fault::Denied | Fault::Missing | Fault::MembershipOver => Ok(None),
                }
            }
            None => Ok(None),
        }
    }

    fn read(&self, message: &BorrowedMessage<'_>) -> anyhow::Result<Published> {
        if message.topic() == self.dead_letters {
            let header = |name: &str| {
                let found = message.headers().and_then(|headers| headers.iter().find(|header| header.key == name));
                found.and_then(|header| header.value).map(|text| String::from_utf8_lossy(text).into_owned())
            };
            let reason = header("dlq-reason").context("a dead letter without dlq-reason")?;
            return Ok(Published::DeadLetter { reason, detail: header("dlq-detail").unwrap_or_default() });
        }
        let data = message.payload().unwrap_or_default();
        let published = if message.topic() == self.due {
            serde_json::from_slice(data).map(Published::Due)
        } else if self.state.as_deref() == Some(message.topic()) {
            serde_json::from_slice(data).map(Published::State)
        } else {
            serde_json::from_slice(data).map(Published::Result)
        };
        published.with_context(|| format!("{}: {}", message.topic(), String::from_utf8_lossy(data)))
    }
}
