//! `kafka.properties`: what is passed on to librdkafka.

use std::collections::BTreeMap;
use std::fmt;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaConfRes;

use super::error::{ConfigError, Key, Origin};
use super::java_names;
use super::layers::Layers;

/// Properties of librdkafka by their names. Values may be secrets and do not show in `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KafkaProperties(BTreeMap<String, Property>);

#[derive(Clone, PartialEq, Eq)]
struct Property {
    value: String,
    /// Where it was given, unless the service has set it.
    origin: Option<Origin>,
}

/// What the service sets itself, because the protocol rests on it (docs/contract.md#settings): which group the clients
/// are in and how it shares partitions out, what they read and when they commit, and that they produce in transactions.
/// With the aliases that librdkafka has for them.
///
/// Source of the names: librdkafka, CONFIGURATION.md.
const RESERVED: [&str; 26] = [
    "acks",
    "auto.commit.enable",
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "bootstrap.servers",
    "delivery.timeout.ms",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "group.protocol.type",
    "group.remote.assignor",
    "isolation.level",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "message.timeout.ms",
    "metadata.broker.list",
    "offset.store.method",
    "partition.assignment.strategy",
    "request.required.acks",
    "transaction.timeout.ms",
    "transactional.id",
];

impl KafkaProperties {
    pub(super) fn read(layers: &Layers) -> Result<Self, ConfigError> {
        let mut properties = BTreeMap::new();
        for (key, setting) in layers.under("kafka") {
            // A name without quotes is a path of tables for TOML; for librdkafka it is one name with dots.
            let [_, section, name @ ..] = key.parts() else { continue };
            if section != "properties" {
                continue;
            }
            let name = name.join(".");
            let key = key_of(&name);
            if RESERVED.contains(&name.as_str()) {
                return Err(ConfigError::Reserved { origin: setting.origin().clone(), key });
            }
            let value = setting.as_property();
            if let Some(reason) = fault(&name, &value) {
                return Err(ConfigError::KafkaProperty { origin: setting.origin().clone(), key, reason });
            }
            properties.insert(name, Property { value, origin: Some(setting.origin().clone()) });
        }
        Ok(Self(properties))
    }

    /// Its value, where it is set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|property| property.value.as_str())
    }

    /// Whether it is set.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The same with one property more, or with another value of it.
    #[must_use]
    pub fn with(mut self, name: &str, value: String) -> Self {
        self.0.insert(name.to_owned(), Property { value, origin: None });
        self
    }

    /// Names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, property)| (name.as_str(), property.value.as_str()))
    }

    /// The fault of properties of which no client can be made; librdkafka's reason names the one it is about, if any.
    pub fn refuse(&self, reason: String) -> ConfigError {
        let named = self.0.iter().filter(|(name, _)| reason.contains(name.as_str())).max_by_key(|(name, _)| name.len());
        match named.and_then(|(name, property)| Some((key_of(name), property.origin.clone()?))) {
            Some((key, origin)) => ConfigError::KafkaProperty { origin, key, reason: with_feature(reason) },
            None => ConfigError::KafkaProperties(with_feature(reason)),
        }
    }
}

impl fmt::Debug for KafkaProperties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn key_of(name: &str) -> Key {
    Key::new(&["kafka", "properties", name])
}

/// The reason, with the part of this program that is missing where that is it.
fn with_feature(reason: String) -> String {
    let is_missing = !cfg!(feature = "gssapi") && reason.contains("GSSAPI");
    if is_missing { format!("{reason}; for Kerberos build the program with --features gssapi") } else { reason }
}

/// Why librdkafka does not take a property by itself: whether several fit together shows when a client is made. The value
/// may be a secret, and is not shown.
fn fault(name: &str, value: &str) -> Option<String> {
    let taken = ClientConfig::new().set(name, value).create_native_config();
    let reason = match (taken.err()?, java_names::instead(name)) {
        (_, Some(instead)) => format!("that is a property of the Java client: {instead}"),
        (KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, ..), None) => {
            "librdkafka has no property of that name (its CONFIGURATION.md lists them)".to_owned()
        }
        _ if name.starts_with("sasl.oauthbearer.") && !cfg!(feature = "oidc") => {
            "build the program with --features oidc: this one cannot ask an identity provider".to_owned()
        }
        _ => "librdkafka does not take its value".to_owned(),
    };
    Some(reason)
}
