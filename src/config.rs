//! Settings (docs/contract.md#settings): compiled-in defaults, then a TOML file, then environment variables; the last
//! one counts.
//!
//! Each part of the service is handed its own section and nothing else. Whatever is wrong is refused before anything
//! is opened, naming where it stands; nothing is guessed.

pub mod connection;
mod conninfo;
mod error;
mod in_force;
mod java_names;
mod kafka_properties;
mod layers;
mod named_file;
pub mod topics;
mod values;

use std::collections::HashMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tracing_subscriber::filter::Targets;

use self::connection::Connection;
pub use self::error::{ConfigError, Key, Origin};
pub use self::in_force::SettingsInForce;
pub use self::kafka_properties::KafkaProperties;
use self::layers::Layers;
pub use self::named_file::NamedFile;
pub use self::topics::{Topic, Topics};
pub use self::values::{LogFormat, TopicName};
use self::values::{log_filter, phone_policy, premium_rate, uri_reference};
use crate::domain::command::rules::{Rules, TenantDefaults};
use crate::domain::ids::Tenant;
use crate::domain::life::Contact;
use crate::domain::phone::{PhoneRules, Region};
use crate::domain::time::TimeZone;
use crate::domain::time::schedule_date::DateRules;

/// Every setting, one field for each section of `config/service.toml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `[service]`.
    pub service: Service,
    /// `[kafka]`.
    pub kafka: Kafka,
    /// `[postgres]`.
    pub postgres: Postgres,
    /// `[topics]`.
    pub topics: Topics,
    /// `[rules]` and `[tenants]`: what commands are judged by.
    pub rules: Rules,
    /// `[limits]`.
    pub limits: Limits,
    /// `[retention]`.
    pub retention: Retention,
    /// `[results]`.
    pub results: Results,
    /// `[due]`.
    pub due: Due,
    /// `[lifecycle]`.
    pub lifecycle: Lifecycle,
    /// `[state]`.
    pub state: State,
    /// `[ops]`.
    pub ops: Ops,
    /// `[log]`.
    pub log: Log,
}

/// The service as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// `ce_source` of what it publishes: a URI-reference, not empty.
    pub source: String,
    /// How long to wait for servers, topics and the directory at start; over zero.
    pub startup_timeout: Duration,
}

/// The Kafka cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kafka {
    /// `host:port`, several separated by commas.
    pub bootstrap_servers: String,
    /// The consumer group, not empty.
    pub group_id: String,
    /// Further properties of librdkafka, none of which the protocol needs.
    pub properties: KafkaProperties,
    /// The file that holds `sasl.password`, where there is one.
    pub password_file: Option<NamedFile>,
}

/// The database. The password does not show in `Debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Postgres {
    /// `postgres.url`, read.
    pub connection: Connection,
    /// The file that holds the password, where there is one; read at each connection, so that it can be changed.
    pub password_file: Option<NamedFile>,
    /// The certificates that the server's is verified by, as PEM; else those of the system.
    pub root_certificate_file: Option<NamedFile>,
}

/// Limits of what is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest value of a command's record, in bytes: 1–1,048,576.
    pub command_bytes: usize,
}

/// How long rows are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// After this a command id is new again; over zero.
    pub commands: Duration,
    /// After this a fired callback is dropped; over zero.
    pub callbacks: Duration,
}

/// How commands are answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Results {
    /// The least time between the beginnings of two small batches of commands, at most a second; zero for none.
    pub pace: Duration,
}

/// How callbacks are fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// How far ahead callbacks are loaded; at least a second.
    pub window: Duration,
    /// How many callbacks are loaded at most, of all shards together; at least one.
    pub window_rows: usize,
    /// How long before their time due events are produced; at most `window`.
    pub stage_ahead: Duration,
    /// How far this machine's clock may differ from others; over zero, and at most a minute.
    pub clock_skew: Duration,
}

/// What becomes of tracked callbacks once they are due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// How long a presentation may stay without any report: 30 seconds to a day.
    pub acknowledge_within: Duration,
}

/// State records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// How much of the person they show.
    pub contact: Contact,
}

/// The operators' HTTP server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ops {
    /// Where it listens; `None` for `off`.
    pub listen: Option<SocketAddr>,
}

/// Logs.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    /// Text or JSON.
    pub format: LogFormat,
    /// What is logged: `log.level`, read.
    pub filter: Targets,
}

/// Largest `limits.command_bytes`: what a broker takes by default (`message.max.bytes`), rounded.
const MOST_COMMAND_BYTES: usize = 1024 * 1024;
/// Largest `due.window_rows`: some gigabytes of memory.
const MOST_WINDOW_ROWS: usize = 10_000_000;
const SHORTEST_WINDOW: Duration = Duration::from_secs(1);
/// The unit in which durations are counted, so the shortest that is over zero.
const SHORTEST: Duration = Duration::from_millis(1);
/// The longest `results.pace`: whoever waits for a result waits for longer than that.
const MOST_PACE: Duration = Duration::from_secs(1);
/// The longest `due.clock_skew`: what differs by more is wrong for whoever waits for a call.
const MOST_CLOCK_SKEW: Duration = Duration::from_mins(1);

/// Limits of `lifecycle.acknowledge_within` (docs/contract.md#life-after-due).
const LEAST_ACKNOWLEDGE_WITHIN: Duration = Duration::from_secs(30);
const MOST_ACKNOWLEDGE_WITHIN: Duration = Duration::from_hours(24);

impl Config {
    /// The settings of this process: `file` is what `--config` names, `environment` all of its variables.
    ///
    /// # Errors
    /// The first fault found, with the file and line or the variable it stands in.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let Some(path) = file else { return Self::from_sources(None, environment) };
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: name.clone(), reason: error.to_string() })?;
        Self::from_sources(Some((&name, &text)), environment)
    }

    /// How long the state of a callback is kept at least in the state topic: from the day that it was scheduled until its row
    /// is dropped.
    pub fn keep_states(&self) -> Duration {
        let horizon = self.rules.date.map_or(0, |date| date.horizon);
        Duration::from_micros(u64::try_from(horizon).unwrap_or(0)) + self.retention.callbacks
    }

    /// The same from a text that has been read: `file` is its name in messages, and its text.
    ///
    /// # Errors
    /// As `load`.
    pub fn from_sources(
        file: Option<(&str, &str)>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let layers = Layers::read(file, environment)?;
        Ok(Self {
            service: Service::read(&layers)?,
            kafka: Kafka::read(&layers)?,
            postgres: Postgres::read(&layers)?,
            topics: Topics::read(&layers)?,
            rules: read_rules(&layers)?,
            limits: Limits::read(&layers)?,
            retention: Retention::read(&layers)?,
            results: Results::read(&layers)?,
            due: Due::read(&layers)?,
            lifecycle: Lifecycle::read(&layers)?,
            state: State::read(&layers)?,
            ops: Ops::read(&layers)?,
            log: Log::read(&layers)?,
        })
    }
}

impl Service {
    fn read(layers: &Layers) -> Result<Self, ConfigError> {
        Ok(Self {
            source: layers.text("service.source", "a URI-reference", uri_reference)?,
            startup_timeout: layers.duration("service.startup_timeout", SHORTEST)?,
        })
    }
}

impl Kafka {
    fn read(layers: &Layers) -> Result<Self, ConfigError> {
        Ok(Self {
            bootstrap_servers: layers.text("kafka.bootstrap_servers", "host:port, …", values::bootstrap_servers)?,
            group_id: layers.text("kafka.group_id", "the name of a consumer group", values::not_blank)?,
            properties: KafkaProperties::read(layers)?,
            password_file: layers.file("kafka.password_file")?,
        })
    }
}

impl Postgres {
    fn read(layers: &Layers) -> Result<Self, ConfigError> {
        let root_certificate_file = layers.file("postgres.root_certificate_file")?;
        let connection = layers.secret("postgres.url", |url, key, origin| {
            Connection::read(url, key, origin, root_certificate_file.as_ref())
        })?;
        Ok(Self { connection, password_file: layers.file("postgres.password_file")?, root_certificate_file })
    }
}

impl Limits {
    fn read(layers: &Layers) -> Result<Self, ConfigError> {
        Ok(Self { command_bytes: layers.size("limits.command_bytes", MOST_COMMAND_BYTES)? })
    }
}

impl Retention {
    fn read(layers: &Layers) -> Result<Self, ConfigError> {
        Ok(Self {
            commands: layers.duration("retention.commands", SHORTEST)?,
            callbacks: layers.duration("retention.callbacks", SHORTEST)?,
        })
    }
}

impl Results {
    fn read(layers: &Layers) -> Result<Self, ConfigError> {
        let pace = layers.duration("results.pace", Duration::ZERO)?;
        if pace > MOST_PACE {
            return Err(layers.refuse("results.pace", "at most 1s"));
        }
        Ok(Self { pace })
    }
}

impl Due {
    fn read(layers: &Layers) -> Result<Self, ConfigError> {
        let window = layers.duration("due.window", SHORTEST_WINDOW)?;
        let stage_ahead = layers.duration("due.stage_ahead", Duration::ZERO)?;
        if stage_ahead > window {
            return Err(layers.refuse("due.stage_ahead", "at most due.window"));
        }
        let clock_skew = layers.duration("due.clock_skew", SHORTEST)?;
        if clock_skew > MOST_CLOCK_SKEW {
            return Err(layers.refuse("due.clock_skew", "at most 60s"));
        }
        let window_rows = layers.size("due.window_rows", MOST_WINDOW_ROWS)?;
        Ok(Self { window, window_rows, stage_ahead, clock_skew })
    }
}

impl Lifecycle {
    fn read(layers: &Layers) -> Result<Self, ConfigError> {
        let acknowledge_within = layers.duration("lifecycle.acknowledge_within", LEAST_ACKNOWLEDGE_WITHIN)?;
        if acknowledge_within > MOST_ACKNOWLEDGE_WITHIN {
            return Err(layers.refuse("lifecycle.acknowledge_within", "at most 24h"));
        }
        Ok(Self { acknowledge_within })
    }
}

impl State {
    fn read(layers: &Layers) -> Result<Self, ConfigError> {
        Ok(Self { contact: layers.text("state.contact", "\"none\", \"masked\" or \"full\"", Contact::parse)? })
    }
}

impl Ops {
    fn read(layers: &Layers) -> Result<Self, ConfigError> {
        let listen = layers.text("ops.listen", "an IP address and port, or \"off\"", |text| match text {
            "off" => Some(None),
            address => address.parse().ok().map(Some),
        })?;
        Ok(Self { listen })
    }
}

impl Log {
    fn read(layers: &Layers) -> Result<Self, ConfigError> {
        Ok(Self {
            format: layers.text("log.format", "\"text\" or \"json\"", LogFormat::parse)?,
            filter: layers.text("log.level", "a level, or a list of target=level", log_filter)?,
        })
    }
}

/// `[rules]` and `[tenants]`.
fn read_rules(layers: &Layers) -> Result<Rules, ConfigError> {
    let micros = |length: Duration| i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
    Ok(Rules {
        phone: PhoneRules {
            policy: layers.text("rules.phone", "\"possible\" or \"valid\"", phone_policy)?,
            premium_rate: layers.text("rules.premium_rate", "\"refuse\" or \"accept\"", premium_rate)?,
        },
        date: Some(DateRules {
            past_grace: micros(layers.duration("rules.past_grace", Duration::ZERO)?),
            horizon: micros(layers.duration("rules.horizon", SHORTEST)?),
        }),
        tenants: read_tenants(layers)?,
        elsewhere: TenantDefaults::default(),
    })
}

/// `tenants.<tenant>.default_region` and `tenants.<tenant>.time_zone`.
fn read_tenants(layers: &Layers) -> Result<HashMap<Tenant, TenantDefaults>, ConfigError> {
    let mut tenants: HashMap<Tenant, TenantDefaults> = HashMap::new();
    for (key, setting) in layers.under("tenants") {
        let [name, field] = &key.parts()[1..] else { return Err(setting.unknown(key)) };
        let tenant = Tenant::parse(name).map_err(|_| setting.unknown(key))?;
        let own = tenants.entry(tenant).or_default();
        match field.as_str() {
            "default_region" => {
                let region =
                    setting.text(key, "a region of ISO 3166-1, as in \"ES\"", |code| Region::parse(code).ok())?;
                own.default_region = Some(region);
            }
            "time_zone" => {
                let zone = setting
                    .text(key, "an IANA time zone, as in \"Europe/Madrid\"", |name| TimeZone::parse(name).ok())?;
                own.time_zone = Some(zone);
            }
            _ => return Err(setting.unknown(key)),
        }
    }
    Ok(tenants)
}

#[cfg(test)]
mod tests;
