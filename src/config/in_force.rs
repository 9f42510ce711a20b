//! The settings in force, for a person to read: what each is and where it was given, without secrets.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use tokio_postgres::config::ChannelBinding;

use super::connection::{Connection, Roots, TlsMode};
use super::error::{ConfigError, Origin};
use super::layers::{DEFAULTS_NAME, Layers};
use super::named_file::NamedFile;
use super::{Config, Postgres};

/// What stands in the place of a secret.
const MASK: &str = "\"***\"";
/// A property of librdkafka with one of these in its name may be a secret, or carry one.
const SECRET_PROPERTIES: [&str; 9] =
    ["password", "secret", "passphrase", "pem", "key", "token", "oauthbearer", "kinit", "jaas"];

/// Every setting. `Display` writes them as TOML, each with its origin behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsInForce(Vec<Line>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    section: String,
    key: String,
    value: String,
    origin: String,
}

impl SettingsInForce {
    /// The settings of this process, as `Config::load` finds them; `config` is what it made of them.
    ///
    /// # Errors
    /// As `Config::load`.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        config: &Config,
    ) -> Result<Self, ConfigError> {
        let Some(path) = file else { return Self::from_sources(None, environment, config) };
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: name.clone(), reason: error.to_string() })?;
        Self::from_sources(Some((&name, &text)), environment, config)
    }

    pub(super) fn from_sources(
        file: Option<(&str, &str)>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        config: &Config,
    ) -> Result<Self, ConfigError> {
        let layers = Layers::read(file, environment)?;
        let mut lines = Vec::new();
        for (key, setting) in layers.all() {
            let parts: Vec<&str> = key.parts().iter().map(String::as_str).collect();
            let (section, name) = match parts.as_slice() {
                ["kafka", "properties", name @ ..] => ("kafka.properties".to_owned(), quoted(&name.join("."))),
                ["tenants", tenant, name @ ..] => (format!("tenants.{}", quoted(tenant)), name.join(".")),
                [section, name @ ..] => ((*section).to_owned(), name.join(".")),
                [] => continue,
            };
            let value = match parts.as_slice() {
                ["postgres", "url"] => quoted(&url_without_secrets(&config.postgres)),
                ["kafka", "properties", name @ ..] if may_be_secret(&name.join(".")) => MASK.to_owned(),
                _ => setting.as_toml(),
            };
            let origin = match setting.origin() {
                Origin::Line { file, .. } if file == DEFAULTS_NAME => "default".to_owned(),
                origin => origin.to_string(),
            };
            lines.push(Line { section, key: name, value, origin });
        }
        Ok(Self(lines))
    }
}

impl fmt::Display for SettingsInForce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A section's own keys come before those of the tables in it.
        let mut sections: Vec<&str> = self.0.iter().map(|line| line.section.as_str()).collect();
        sections.sort_unstable();
        sections.dedup();
        for section in sections {
            writeln!(f, "\n[{section}]")?;
            for Line { key, value, origin, .. } in self.0.iter().filter(|line| line.section == section) {
                let setting = format!("{key} = {value}");
                writeln!(f, "{setting:<60} # {origin}")?;
            }
        }
        Ok(())
    }
}

/// What was understood of `postgres.url`, as a URL: put together anew, so that nothing else of it can show.
fn url_without_secrets(postgres: &Postgres) -> String {
    let Connection { config, servers, connect_timeout, tls, .. } = &postgres.connection;
    let hosts: Vec<String> = servers.iter().map(ToString::to_string).collect();
    let password = if config.get_password().is_some() { ":***" } else { "" };
    let user = config.get_user().map_or(String::new(), |user| format!("{user}{password}@"));
    let mode = tls.mode.map(|mode| match mode {
        TlsMode::Disable => "disable",
        TlsMode::Full => "verify-full",
        TlsMode::Authority => "verify-ca",
    });
    let path = |file: &NamedFile| file.path().display().to_string();
    let identity = tls.identity.as_ref();
    let parameters = [
        ("sslmode", mode.map(str::to_owned)),
        (
            "sslrootcert",
            match &tls.roots {
                Roots::Absent => None,
                Roots::System => Some("system".to_owned()),
                Roots::File(file) => Some(path(file)),
            },
        ),
        ("sslcert", identity.map(|identity| path(&identity.certificate))),
        ("sslkey", identity.map(|identity| path(&identity.key))),
        ("sslpassword", identity.and_then(|identity| identity.password.as_ref()).map(|_| "***".to_owned())),
        ("channel_binding", (config.get_channel_binding() == ChannelBinding::Require).then(|| "require".to_owned())),
        ("connect_timeout", connect_timeout.map(|limit| limit.as_secs().to_string())),
        ("application_name", config.get_application_name().map(str::to_owned)),
    ];
    let given = parameters.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    let query = given.collect::<Vec<_>>().join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    format!("postgresql://{user}{}/{}{mark}{query}", hosts.join(","), config.get_dbname().unwrap_or_default())
}

fn may_be_secret(property: &str) -> bool {
    SECRET_PROPERTIES.iter().any(|mark| property.contains(mark))
}

/// As TOML quotes a text, which has the escapes that JSON has.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(file: &str, variables: &[(&str, &str)]) -> String {
        let environment = || {
            variables.iter().map(|(name, value)| (OsString::from(*name), OsString::from(*value))).collect::<Vec<_>>()
        };
        let config = Config::from_sources(Some(("my.toml", file)), environment()).unwrap();
        SettingsInForce::from_sources(Some(("my.toml", file)), environment(), &config).unwrap().to_string()
    }

    fn line(text: &str, begins: &str) -> String {
        let line = text.lines().find(|line| line.starts_with(begins)).unwrap_or_else(|| panic!("{begins} in {text}"));
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_setting_is_shown_with_where_it_was_given() {
        let file = "[due]\nwindow = '30s'\n[tenants.'acme.eu']\ndefault_region = 'ES'\n";
        let text = shown(file, &[("SCHEDULE_CALLBACK__KAFKA__GROUP_ID", "g \"1\"")]);
        assert_eq!(line(&text, "window ="), r#"window = "30s" # my.toml:2"#);
        assert_eq!(line(&text, "window_rows ="), "window_rows = 100000 # default");
        assert_eq!(line(&text, "group_id ="), r#"group_id = "g \"1\"" # SCHEDULE_CALLBACK__KAFKA__GROUP_ID"#);
        assert_eq!(line(&text, "default_region ="), r#"default_region = "ES" # my.toml:4"#);
        // What is shown can be given again.
        let config = Config::from_sources(Some(("shown.toml", &text)), []).unwrap();
        assert_eq!((config.due.window.as_secs(), config.kafka.group_id.as_str()), (30, "g \"1\""));
        assert_eq!(config.rules.tenants.len(), 1);
    }

    #[test]
    fn no_secret_is_shown() {
        let file =
            "[kafka.properties]\n'sasl.password' = 'hunter2'\nsasl.username = 'me'\n'ssl.key.password' = 'hunter2'\n";
        for (url, expected) in [
            ("postgresql://u:hunter2@h:5433/d", "postgresql://u:***@h:5433/d"),
            ("postgresql://u@h/d?sslmode=require&password=hunter2", "postgresql://u:***@h:5432/d?sslmode=verify-full"),
            (
                "postgresql://u@h/d?sslcert=/c&sslkey=/k&sslpassword=hunter2&sslrootcert=/r&application_name=me&connect_timeout=3",
                "postgresql://u@h:5432/d?sslrootcert=/r&sslcert=/c&sslkey=/k&sslpassword=***&connect_timeout=3&application_name=me",
            ),
            (
                "host=/run/pg user=u password='hunter2' sslmode=disable",
                "postgresql://u:***@/run/pg:5432/?sslmode=disable",
            ),
            ("host=a,b port=1,2 user=u dbname=d options='-c a.b=hunter2'", "postgresql://u@a:1,b:2/d"),
        ] {
            let text = shown(file, &[("SCHEDULE_CALLBACK__POSTGRES__URL", url)]);
            assert!(!text.contains("hunter2"), "{text}");
            let expected = format!("url = \"{expected}\" # SCHEDULE_CALLBACK__POSTGRES__URL");
            assert_eq!(line(&text, "url ="), expected);
            assert_eq!(line(&text, "\"sasl.password\""), "\"sasl.password\" = \"***\" # my.toml:2");
            assert_eq!(line(&text, "\"sasl.username\""), "\"sasl.username\" = \"me\" # my.toml:3");
        }
    }
}
