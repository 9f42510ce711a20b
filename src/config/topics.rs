//! The topics, in one list: what each is for, what it is made with, and who may do what to it. From it follow the settings
//! under `topics`, which topics are looked for and made, those that a transaction can hang on, config/kafka/acls.sh, and the
//! tables of docs/contract.md and docs/security.md.

use std::collections::HashMap;

use super::error::ConfigError;
use super::layers::Layers;
use super::values::TopicName;

/// What a topic is for, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its setting under `topics`.
    pub setting: &'static str,
    /// Who writes it, and who reads it.
    pub way: Way,
    /// The key of its records, in the words of docs/contract.md.
    pub record_key: &'static str,
    /// Whether the service writes it, which it does in transactions only.
    pub is_written_in_transactions: bool,
    /// How many partitions it is made with.
    pub partitions: Partitions,
    /// What becomes of its old records.
    pub cleanup: Cleanup,
    /// What it is made with besides: names and values of Kafka's topic settings.
    pub made_with: &'static [(&'static str, &'static str)],
    /// Who may do what, on a cluster with an authorizer.
    pub grants: &'static [Grant],
}

/// Which way the records of a topic go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Others write it, the service reads it.
    In,
    /// The same, for what the service knows of skills, agents and security users.
    Directory,
    /// The service writes it, others read it.
    Out,
    /// For the service alone.
    Internal,
}

/// How many partitions a topic is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partitions {
    /// As many as whoever makes it asks for.
    AsAsked,
    /// As many as the command topic has, also when that grows.
    AsCommands,
}

/// What becomes of old records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// They are deleted after a time.
    Delete,
    /// The last one of each key stays.
    Compact,
    /// The last one of each key stays, and is deleted after a time.
    CompactAndDelete,
}

/// A right that a principal needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who needs it.
    pub role: Role,
    /// To do what.
    pub right: Right,
    /// What it is for, where the role does its work without it too; else empty.
    pub only_for: &'static str,
}

/// Who needs rights: a role of config/kafka/acls.sh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// `run`.
    Service,
    /// `run`, where it may add partitions.
    Growth,
    /// Who publishes skills, agents and security users: `directory load`.
    Directory,
    /// Who looks at dead letters: `dead-letters`.
    Operator,
    /// Who publishes commands and reads their results.
    Producer,
    /// Who reads due events, and reports what came of them.
    Router,
}

/// An operation, in Kafka's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Read, which committing offsets takes too.
    Read,
    /// Write.
    Write,
    /// Alter.
    Alter,
}

impl Way {
    /// Its word in docs/contract.md.
    pub const fn word(self) -> &'static str {
        match self {
            Self::In | Self::Directory => "in",
            Self::Out => "out",
            Self::Internal => "internal",
        }
    }
}

impl Cleanup {
    /// The value of `cleanup.policy`.
    pub const fn policy(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Compact => "compact",
            Self::CompactAndDelete => "compact,delete",
        }
    }
}

impl Role {
    /// Its word in config/kafka/acls.sh.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Growth => "growth",
            Self::Directory => "directory",
            Self::Operator => "operator",
            Self::Producer => "producer",
            Self::Router => "router",
        }
    }
}

impl Right {
    /// Kafka's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Alter => "Alter",
        }
    }
}

const fn may(role: Role, right: Right) -> Grant {
    may_only_for("", role, right)
}

const fn may_only_for(only_for: &'static str, role: Role, right: Right) -> Grant {
    Grant { role, right, only_for }
}

/// What a router needs beyond due events where it reports.
const REPORTS: &str = "reports, which are commands; not needed where no skill is tracked";

/// What the service needs to complete what it has written.
const SPLIT: &str =
    "a transaction that a failing cluster splits, which the service completes; without it the log says so";

/// How a topic is named in the settings: always, or not where it is switched off.
trait Named: Sized {
    /// Reads the setting.
    fn read(layers: &Layers, key: &'static str) -> Result<Self, ConfigError>;
    /// The name, where there is one.
    fn name(&self) -> Option<&TopicName>;
}

impl Named for TopicName {
    fn read(layers: &Layers, key: &'static str) -> Result<Self, ConfigError> {
        layers.text(key, "1 to 249 of A-Z a-z 0-9 . _ -", Self::parse)
    }

    fn name(&self) -> Option<&TopicName> {
        Some(self)
    }
}

/// One that an empty text switches off.
impl Named for Option<TopicName> {
    fn read(layers: &Layers, key: &'static str) -> Result<Self, ConfigError> {
        let or_nothing = |text: &str| if text.is_empty() { Some(None) } else { TopicName::parse(text).map(Some) };
        layers.text(key, "empty, or 1 to 249 of A-Z a-z 0-9 . _ -", or_nothing)
    }

    fn name(&self) -> Option<&TopicName> {
        self.as_ref()
    }
}

/// Declares the topics: field and type of [`Topics`], and what there is to say of each.
macro_rules! topics {
    ($($(#[$doc:meta])* $name:ident: $named:ty = { $($about:tt)+ },)+) => {
        /// The names of the topics, all different.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Topics {
            $($(#[$doc])* pub $name: $named,)+
        }

        impl Topic {
            /// All of them, in the order of the settings.
            pub const ALL: &'static [Self] = &[$(Self { setting: stringify!($name), $($about)+ }),+];
        }

        impl Topics {
            pub(super) fn read(layers: &Layers) -> Result<Self, ConfigError> {
                let topics = Self { $($name: Named::read(layers, concat!("topics.", stringify!($name)))?,)+ };
                let mut taken = HashMap::new();
                $(
                    if let Some(name) = topics.$name.name()
                        && let Some(other) = taken.insert(name, concat!("topics.", stringify!($name)))
                    {
                        let key = concat!("topics.", stringify!($name));
                        return Err(layers.refuse(key, &format!("another name than that of {other}")));
                    }
                )+
                Ok(topics)
            }

            /// All that are there, in the order of the settings, each with its name.
            pub fn all(&self) -> impl Iterator<Item = (&'static Topic, &TopicName)> {
                let names = [$(self.$name.name()),+];
                Topic::ALL.iter().zip(names).filter_map(|(topic, name)| Some((topic, name?)))
            }
        }
    };
}

/// The largest record that the topics of dead letters and of forwarded commands take: a command as large as a broker takes
/// by default (`message.max.bytes`, 1 MiB), and the headers that are added.
const FORWARDING_BYTES: (&str, &str) = ("max.message.bytes", "8388608");
/// Forwarded commands keep their own time, which dates are judged against.
const OWN_TIME: (&str, &str) = ("message.timestamp.type", "CreateTime");
/// What is delivered tells the broker's time, which this machine's clock is compared with.
const BROKERS_TIME: (&str, &str) = ("message.timestamp.type", "LogAppendTime");

topics! {
    /// Commands, in.
    commands: TopicName = {
        way: Way::In,
        record_key: "the producer's choice; the contact's id keeps what is about one contact in order",
        is_written_in_transactions: false,
        partitions: Partitions::AsAsked,
        cleanup: Cleanup::Delete,
        made_with: &[],
        grants: &[
            may(Role::Service, Right::Read),
            may(Role::Operator, Right::Write),
            may(Role::Producer, Right::Write),
            may_only_for(REPORTS, Role::Router, Right::Write),
        ],
    },
    /// Results, out.
    results: TopicName = {
        way: Way::Out,
        record_key: "the command's key, unchanged",
        is_written_in_transactions: true,
        partitions: Partitions::AsAsked,
        cleanup: Cleanup::Delete,
        made_with: &[BROKERS_TIME],
        grants: &[
            may(Role::Service, Right::Write),
            may_only_for(SPLIT, Role::Service, Right::Read),
            may(Role::Producer, Right::Read),
            may_only_for(REPORTS, Role::Router, Right::Read),
        ],
    },
    /// Callback-due events, out.
    due: TopicName = {
        way: Way::Out,
        record_key: "`<tenant>/agent/<agentId>` or `<tenant>/skill/<skillId>`",
        is_written_in_transactions: true,
        partitions: Partitions::AsAsked,
        cleanup: Cleanup::Delete,
        made_with: &[BROKERS_TIME],
        grants: &[
            may(Role::Service, Right::Write),
            may_only_for(
                "the operator's page, which tells where a callback's due event is, and a transaction that a failing cluster \
                 splits; without it the page and the log say so",
                Role::Service,
                Right::Read,
            ),
            may(Role::Router, Right::Read),
        ],
    },
    /// Dead letters, out.
    dead_letters: TopicName = {
        way: Way::Out,
        record_key: "the command's key, unchanged",
        is_written_in_transactions: true,
        partitions: Partitions::AsAsked,
        cleanup: Cleanup::Delete,
        made_with: &[FORWARDING_BYTES],
        grants: &[
            may(Role::Service, Right::Write),
            may_only_for(SPLIT, Role::Service, Right::Read),
            may(Role::Operator, Right::Read),
        ],
    },
    /// Forwarded cancels and reschedules, internal.
    amendments: TopicName = {
        way: Way::Internal,
        record_key: "–",
        is_written_in_transactions: true,
        partitions: Partitions::AsCommands,
        cleanup: Cleanup::Delete,
        made_with: &[OWN_TIME, FORWARDING_BYTES],
        grants: &[
            may(Role::Service, Right::Read),
            may(Role::Service, Right::Write),
            may(Role::Growth, Right::Alter),
        ],
    },
    /// Holds the markers as committed offsets, internal.
    shards: TopicName = {
        way: Way::Internal,
        record_key: "–",
        is_written_in_transactions: false,
        partitions: Partitions::AsCommands,
        cleanup: Cleanup::Delete,
        made_with: &[],
        grants: &[may(Role::Service, Right::Read), may(Role::Growth, Right::Alter)],
    },
    /// Directory of skills, in.
    skills: TopicName = {
        way: Way::Directory,
        record_key: "`<tenant>/<skillId>`",
        is_written_in_transactions: false,
        partitions: Partitions::AsAsked,
        cleanup: Cleanup::Compact,
        made_with: &[],
        grants: &[may(Role::Service, Right::Read), may(Role::Directory, Right::Write)],
    },
    /// Directory of agents, in.
    agents: TopicName = {
        way: Way::Directory,
        record_key: "`<tenant>/<agentId>`",
        is_written_in_transactions: false,
        partitions: Partitions::AsAsked,
        cleanup: Cleanup::Compact,
        made_with: &[],
        grants: &[may(Role::Service, Right::Read), may(Role::Directory, Right::Write)],
    },
    /// Directory of security users, in.
    security_users: TopicName = {
        way: Way::Directory,
        record_key: "`<tenant>/<securityUser>`",
        is_written_in_transactions: false,
        partitions: Partitions::AsAsked,
        cleanup: Cleanup::Compact,
        made_with: &[],
        grants: &[may(Role::Service, Right::Read), may(Role::Directory, Right::Write)],
    },
    /// States of callbacks, out; there may be none.
    state: Option<TopicName> = {
        way: Way::Out,
        record_key: "`<tenant>/<callbackId>`",
        is_written_in_transactions: true,
        partitions: Partitions::AsAsked,
        cleanup: Cleanup::CompactAndDelete,
        made_with: &[BROKERS_TIME],
        grants: &[
            may(Role::Service, Right::Write),
            may_only_for(SPLIT, Role::Service, Right::Read),
            may(Role::Router, Right::Read),
            may(Role::Operator, Right::Read),
        ],
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_that_may_be_switched_off_is_so_by_an_empty_name() {
        let read = |name: &str| {
            let layers = Layers::read(Some(("my.toml", &format!("topics.due = '{name}'"))), []).unwrap();
            <Option<TopicName> as Named>::read(&layers, "topics.due").map_err(|error| error.to_string())
        };
        assert_eq!(read(""), Ok(None));
        let named = read("a.b").unwrap();
        assert_eq!(named.name().map(TopicName::as_str), Some("a.b"));
        let refused = read("a b").unwrap_err();
        assert!(refused.contains(r#"topics.due = "a b" is not empty, or 1 to 249 of"#), "{refused}");
    }
}
