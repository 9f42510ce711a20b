//! The AsyncAPI 3.1 document: topics, who reads and writes them, keys, headers, payloads.
//!
//! Source of the structure: the AsyncAPI 3.1.0 specification and its Kafka bindings 0.5.0.

use serde_json::{Value, json};

use super::codes;
use super::commands::{plain_of, structured_of};
use super::components::Schemas;
use super::envelope::{command_headers, contact_key, event_headers, state_headers, trace_headers};
use super::examples::{self, Example};
use super::message::Message;
use super::parts::{described, enumeration, instant_out, named, titled};
use crate::config::{Config, Topic};
use crate::domain::command::Kind;
use crate::wire::malformed::MalformedReason;
use crate::wire::{dead_letter, due, headers, result, state};

const KAFKA_BINDING: &str = "0.5.0";

/// A topic of the world's; the two internal ones are nobody else's business.
struct Channel<'a> {
    name: &'static str,
    /// `None` where the settings name none.
    topic: Option<&'a str>,
    description: &'static str,
    cleanup: &'static str,
    messages: Vec<Described>,
}

/// A message as AsyncAPI has it.
struct Described {
    name: &'static str,
    title: &'static str,
    summary: &'static str,
    content_type: &'static str,
    key: Value,
    headers: Value,
    payload: Value,
    examples: Vec<Example>,
}

/// The document for an installation with these settings: its topics, its brokers, its consumer group.
pub fn asyncapi(config: &Config) -> Value {
    let channels = channels(config);
    let documented = channels.iter().map(|channel| (channel.name, channel.document())).collect();
    let mut schemas = Schemas::default();
    let messages = channels.iter().flat_map(|channel| &channel.messages);
    let messages = messages.map(|message| (message.name, message.document(&mut schemas))).collect();
    json!({
        "asyncapi": "3.1.0",
        "info": {
            "title": "schedule-callback",
            "version": env!("CARGO_PKG_VERSION"),
            "description": concat!(
                env!("CARGO_PKG_DESCRIPTION"),
                ". A producer publishes commands; each is answered by one result, and when its time comes a callback that \
                 stands is published as one due event. A command may be sent in any of three forms, each with messages of \
                 its own here. docs/contract.md has all the rules."
            ),
            "license": {"name": env!("CARGO_PKG_LICENSE")},
        },
        "defaultContentType": headers::JSON,
        "servers": servers(&config.kafka.bootstrap_servers),
        "channels": named(documented),
        "operations": operations(&config.kafka.group_id),
        "components": {"messages": named(messages), "schemas": schemas.into_value()},
    })
}

fn servers(bootstrap_servers: &str) -> Value {
    let hosts = bootstrap_servers.split(',').map(str::trim).filter(|host| !host.is_empty());
    let server = |host: &str| json!({"host": host, "protocol": "kafka"});
    hosts.enumerate().map(|(index, host)| (format!("kafka{}", index + 1), server(host))).collect()
}

fn channels(config: &Config) -> Vec<Channel<'_>> {
    let all = config.topics.all().map(|(topic, name)| (topic, Some(name.as_str())));
    // It is described also where it is switched off, as it is by default.
    let unnamed = Topic::ALL.iter().find(|topic| topic.setting == "state" && config.topics.state.is_none());
    let results = "Results, in transactions: read with isolation.level=read_committed to see each exactly once, or drop \
                   repeats by ce_source and ce_id.";
    let directory = "The directory, compacted; a null value says that a key is gone.";
    let states = "How each callback stands: one record for every change, in transactions like the results. The setting \
                  topics.state names the topic; without it there is none.";
    all.chain(unnamed.map(|topic| (topic, None)))
        .filter_map(|(topic, name)| {
            let (channel, description, messages) = match topic.setting {
                "commands" => ("commands", "Commands. Each record is answered by one result with its key.", commands()),
                "results" => ("results", results, vec![result()]),
                "due" => ("due", "Callbacks that are due, in transactions like the results.", vec![due()]),
                "state" => ("state", states, vec![state()]),
                "dead_letters" => (
                    "deadLetters",
                    "Records of the command topic that could not be read as commands.",
                    vec![dead_letter()],
                ),
                "skills" => ("skills", directory, vec![skill()]),
                "agents" => ("agents", directory, vec![agent()]),
                "security_users" => ("securityUsers", directory, vec![security_user()]),
                // Internal: nobody else's business.
                _ => return None,
            };
            Some(Channel { name: channel, topic: name, description, cleanup: topic.cleanup.policy(), messages })
        })
        .collect()
}

/// What there is to say of a kind of command, in each of the three forms: binary, structured, plain.
struct OfKind {
    names: [&'static str; 3],
    titles: [&'static str; 3],
    /// In binary mode; the others are the same command.
    summary: &'static str,
    payload: Message,
    examples: Vec<Example>,
}

fn of_kind(kind: Kind) -> OfKind {
    match kind {
        Kind::Schedule => OfKind {
            names: ["scheduleCommand", "structuredScheduleCommand", "plainScheduleCommand"],
            titles: ["Schedule a callback", "Schedule a callback, structured mode", "Schedule a callback, plain JSON"],
            summary: "Call this person back at that time. Binary mode: the attributes are in headers.",
            payload: Message::ScheduleCommand,
            examples: examples::schedule(),
        },
        Kind::Cancel => OfKind {
            names: ["cancelCommand", "structuredCancelCommand", "plainCancelCommand"],
            titles: ["Cancel a callback", "Cancel a callback, structured mode", "Cancel a callback, plain JSON"],
            summary: "Do not call back. Binary mode: the attributes are in headers.",
            payload: Message::CancelCommand,
            examples: examples::cancel(),
        },
        Kind::Reschedule => OfKind {
            names: ["rescheduleCommand", "structuredRescheduleCommand", "plainRescheduleCommand"],
            titles: [
                "Reschedule a callback",
                "Reschedule a callback, structured mode",
                "Reschedule a callback, plain JSON",
            ],
            summary: "Call back at another time, or otherwise. Binary mode: the attributes are in headers.",
            payload: Message::RescheduleCommand,
            examples: examples::reschedule(),
        },
        Kind::Report => OfKind {
            names: ["reportCommand", "structuredReportCommand", "plainReportCommand"],
            titles: [
                "Report what came of a due event",
                "Report what came of a due event, structured mode",
                "Report what came of a due event, plain JSON",
            ],
            summary: "The attempt came to this. Binary mode: the attributes are in headers.",
            payload: Message::ReportCommand,
            examples: examples::report(),
        },
    }
}

/// Each command in each of the three forms.
fn commands() -> Vec<Described> {
    let forms = [binary as fn(Kind) -> Described, structured, plain];
    forms.into_iter().flat_map(|form| Kind::ALL.map(form)).collect()
}

fn binary(kind: Kind) -> Described {
    let OfKind { names: [name, ..], titles: [title, ..], summary, payload, examples } = of_kind(kind);
    Described {
        name,
        title,
        summary,
        content_type: headers::JSON,
        key: contact_key(),
        headers: command_headers(kind.name(), payload),
        payload: payload.body(),
        examples,
    }
}

fn structured(kind: Kind) -> Described {
    let OfKind { names: [_, name, _], titles: [_, title, _], examples, .. } = of_kind(kind);
    Described {
        name,
        title,
        summary: "The same command as a CloudEvent in structured mode: the attributes are in the value.",
        content_type: "application/cloudevents+json",
        key: contact_key(),
        headers: trace_headers(),
        payload: structured_of(kind),
        examples: examples.into_iter().map(examples::structured).collect(),
    }
}

fn plain(kind: Kind) -> Described {
    let OfKind { names: [.., name], titles: [.., title], examples, .. } = of_kind(kind);
    Described {
        name,
        title,
        summary: "The same command without CloudEvents: the attributes are among the fields.",
        content_type: headers::JSON,
        key: contact_key(),
        headers: trace_headers(),
        payload: plain_of(kind),
        examples: examples.into_iter().map(examples::plain).collect(),
    }
}

fn result() -> Described {
    let key = described("The command's, unchanged.", json!({"type": "string"}));
    Described {
        name: "result",
        title: "Result of a command",
        summary: "The answer to one command: the branch that the script takes, and on Success the callback.",
        content_type: headers::JSON,
        key,
        headers: event_headers("Result headers", result::TYPE, "<command id>.<12 hexadecimal digits>.result"),
        payload: Message::Result.body(),
        examples: examples::results(),
    }
}

fn due() -> Described {
    let key = described("<tenant>/agent/<agentId> or <tenant>/skill/<skillId>", json!({"type": "string"}));
    let mut headers = event_headers("Due event headers", due::TYPE, "<callback id>.<revision>.<attempt>");
    headers["properties"][headers::EVENT_TRACEPARENT] =
        described("The command's trace context; traceparent begins a new trace.", json!({"type": "string"}));
    headers["properties"][headers::EXPIRY_TIME] =
        described("The callback's notAfter, where it has one.", instant_out());
    Described {
        name: "due",
        title: "A callback is due",
        summary: "The time has come: queue this call, to the agent if there is one, else to the skill.",
        content_type: headers::JSON,
        key,
        headers,
        payload: Message::Due.body(),
        examples: examples::due_events(),
    }
}

fn state() -> Described {
    Described {
        name: "state",
        title: "How a callback stands",
        summary: "From this change on until the next; the last record of a key is how the callback stands.",
        content_type: headers::JSON,
        key: described("<tenant>/<callbackId>", json!({"type": "string"})),
        headers: state_headers("State headers", state::TYPE, "<callback id>.<revision>.<attempt>.<status>"),
        payload: Message::State.body(),
        examples: examples::states(),
    }
}

fn dead_letter() -> Described {
    let [topic, partition, offset, timestamp, reason, detail] = dead_letter::ADDED;
    let reasons = MalformedReason::ALL.map(|of| (of.code(), codes::reason(of).to_owned()));
    let text = |description| described(description, json!({"type": "string"}));
    let added = vec![
        (topic, text("The topic of the record.")),
        (partition, text("Its partition, in decimal digits.")),
        (offset, text("Its offset, in decimal digits.")),
        (timestamp, described("Its own timestamp.", instant_out())),
        (reason, titled("Dead letter reason", described("The stable code of the reason.", enumeration(reasons)))),
        (detail, text("What was wrong, for people; without personal data. Its wording may change.")),
    ];
    let headers = json!({
        "title": "Dead letter headers",
        "type": "object",
        "description": "The record's own, and behind them where it stood and why it is here.",
        "properties": named(added),
        "required": dead_letter::ADDED,
    });
    Described {
        name: "deadLetter",
        title: "A record that is no command",
        summary: "The record as it was, byte for byte, and behind its headers where it stood and why it is here.",
        content_type: "application/octet-stream",
        key: described("The command's, unchanged.", json!({"type": "string"})),
        headers,
        payload: titled("Dead letter", json!({"description": "Any bytes, or none."})),
        examples: examples::dead_letters(),
    }
}

fn skill() -> Described {
    directory_record("skill", "Skill", "A skill as it now is.", Message::DirectorySkill, examples::skills())
}

fn agent() -> Described {
    directory_record("agent", "Agent", "An agent as it now is.", Message::DirectoryAgent, examples::agents())
}

fn security_user() -> Described {
    let summary = "A security user as it now is.";
    directory_record(
        "securityUser",
        "Security user",
        summary,
        Message::DirectorySecurityUser,
        examples::security_users(),
    )
}

fn directory_record(
    name: &'static str,
    title: &'static str,
    summary: &'static str,
    message: Message,
    examples: Vec<Example>,
) -> Described {
    Described {
        name,
        title,
        summary,
        content_type: headers::JSON,
        key: described("<tenant>/<id>, the id as in the value.", json!({"type": "string", "pattern": "^[^/]+/.+$"})),
        headers: titled("Directory record headers", json!({"description": "None are read.", "type": "object"})),
        payload: message.body(),
        examples,
    }
}

/// Who reads and writes what, as the service sees it.
fn operations(group: &str) -> Value {
    let operation = |action: &str, channel: &str, summary: &str| {
        let reference = format!("#/channels/{channel}");
        json!({"action": action, "channel": {"$ref": reference}, "summary": summary})
    };
    let mut decide = operation("receive", "commands", "Decides each command and answers it.");
    decide["reply"] = json!({"channel": {"$ref": "#/channels/results"}});
    decide["bindings"] = json!({
        "kafka": {"groupId": {"type": "string", "enum": [group]}, "bindingVersion": KAFKA_BINDING},
    });
    named(vec![
        ("decideCommand", decide),
        ("publishResult", operation("send", "results", "One result for each command record.")),
        ("publishDue", operation("send", "due", "One event for each callback that stands, at its time.")),
        ("publishState", operation("send", "state", "One record for each change of a callback.")),
        ("publishDeadLetter", operation("send", "deadLetters", "Sets aside what is not a command.")),
        ("followSkills", operation("receive", "skills", "Keeps the skills in memory.")),
        ("followAgents", operation("receive", "agents", "Keeps the agents in memory.")),
        ("followSecurityUsers", operation("receive", "securityUsers", "Keeps the security users in memory.")),
    ])
}

impl Channel<'_> {
    fn document(&self) -> Value {
        let reference = |name: &str| json!({"$ref": format!("#/components/messages/{name}")});
        let messages = self.messages.iter().map(|message| (message.name, reference(message.name))).collect();
        let mut binding = named(Vec::new());
        if let Some(topic) = self.topic {
            binding["topic"] = topic.into();
        }
        binding["topicConfiguration"] = json!({"cleanup.policy": self.cleanup.split(',').collect::<Vec<_>>()});
        binding["bindingVersion"] = KAFKA_BINDING.into();
        json!({
            "address": self.topic,
            "description": self.description,
            "messages": named(messages),
            "bindings": {"kafka": binding},
        })
    }
}

impl Described {
    fn document(&self, schemas: &mut Schemas) -> Value {
        let example = |Example { name, headers, payload }: &Example| json!({"name": name, "headers": headers, "payload": payload});
        let mut document = json!({
            "name": self.name,
            "title": self.title,
            "summary": self.summary,
            "contentType": self.content_type,
            "headers": schemas.take(self.headers.clone()),
            "payload": schemas.take(self.payload.clone()),
            "bindings": {"kafka": {"key": self.key, "bindingVersion": KAFKA_BINDING}},
        });
        if !self.examples.is_empty() {
            document["examples"] = self.examples.iter().map(example).collect();
        }
        document
    }
}
