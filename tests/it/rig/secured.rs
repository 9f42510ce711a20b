//! Servers as in production: with certificates, passwords and an authorizer.
//!
//! The rig's own clients come by another door: Kafka's plain listener, whose principal may do everything, and, as
//! `postgres`, without a password.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use rdkafka::config::ClientConfig;

use super::certificates::{Authority, Issued};
use super::kafka::{Kafka, acls};
use super::keeper;
use super::ports::free_port;
use super::postgres::{Postgres, give_to_server};

/// A name with its password.
pub type User<'a> = (&'a str, &'a str);

/// The address of a listener of a secured broker. Its certificate is for `localhost`.
#[derive(Clone, Copy, Debug)]
pub struct Listener(u16);

impl Listener {
    /// `host:port`, for a host name that leads to this machine.
    pub fn at(self, host: &str) -> String {
        format!("{host}:{}", self.0)
    }
}

impl Kafka {
    /// Starts a broker that lets nobody do anything without an ACL, with two listeners more: one with TLS and SCRAM, one
    /// with TLS and the clients' certificates, whose common names are their principals.
    pub fn start_secured(authority: &Authority, users: &[User<'_>]) -> (Self, Listener, Listener) {
        let [plain, controller, scram, mutual] = [(); 4].map(|()| free_port());
        let listeners = format!("PLAINTEXT://127.0.0.1:{plain},SCRAM://localhost:{scram},MUTUAL://localhost:{mutual}");
        let server = authority.issue("broker", Some("localhost"));
        let [keystore, truststore] =
            [&server.keystore, &authority.certificate()].map(|path| path.display().to_string());
        let properties = [
            ("listeners", &*format!("{listeners},CONTROLLER://127.0.0.1:{controller}")),
            ("advertised.listeners", &listeners),
            ("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SCRAM:SASL_SSL,MUTUAL:SSL"),
            ("controller.quorum.bootstrap.servers", &format!("127.0.0.1:{controller}")),
            ("ssl.keystore.type", "PEM"),
            ("ssl.keystore.location", &keystore),
            ("ssl.truststore.type", "PEM"),
            ("ssl.truststore.location", &truststore),
            ("ssl.principal.mapping.rules", "RULE:^CN=([^,]+).*$/$1/"),
            ("listener.name.mutual.ssl.client.auth", "required"),
            ("listener.name.scram.sasl.enabled.mechanisms", "SCRAM-SHA-512"),
            (
                "listener.name.scram.scram-sha-512.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            ),
            ("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"),
            ("super.users", "User:ANONYMOUS"),
            // As in `Scope`: this broker is never killed either.
            ("broker.session.timeout.ms", "60000"),
        ];
        let users = users.iter().flat_map(|(name, password)| {
            ["--add-scram".to_owned(), format!("SCRAM-SHA-512=[name={name},password={password}]")]
        });
        let kafka = Self::start_on(plain, &properties, &users.collect::<Vec<_>>());
        (kafka, Listener(scram), Listener(mutual))
    }

    /// A script that takes the arguments of kafka-acls.sh, and is it.
    pub fn acls_script() -> std::path::PathBuf {
        let java = acls();
        let words = std::iter::once(java.get_program()).chain(java.get_args());
        let quoted = words.map(|word| format!("'{}'", word.to_string_lossy()));
        let text = format!("#!/bin/sh\nexec {} \"$@\"\n", quoted.collect::<Vec<_>>().join(" "));
        let path = keeper::folder("acls").join("kafka-acls.sh");
        fs::write(&path, text).expect("the folder is ours");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("the file is ours");
        path
    }

    /// Runs config/kafka/acls.sh against this broker, with these variables.
    pub fn give_rights(&self, script: &Path, role: &str, principal: &str, variables: &[(String, String)]) {
        let output = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/kafka/acls.sh"))
            .args([role, principal, "--bootstrap-server", &self.bootstrap()])
            .env("KAFKA_ACLS", script)
            .envs(variables.iter().cloned())
            .output()
            .expect("sh runs");
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "acls.sh {role} failed: {said}");
    }
}

/// A client configuration that logs in by SCRAM over TLS.
pub fn scram_client(bootstrap: &str, authority: &Authority, (name, password): User<'_>) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", bootstrap)
        .set("security.protocol", "SASL_SSL")
        .set("ssl.ca.location", authority.certificate().display().to_string())
        .set("sasl.mechanism", "SCRAM-SHA-512")
        .set("sasl.username", name)
        .set("sasl.password", password);
    config
}

impl Postgres {
    /// Starts a server with a certificate for `localhost`, where everybody but `postgres` needs TLS and a password,
    /// and `certified` a certificate of that name in place of the password.
    pub fn start_secured(authority: &Authority) -> Self {
        let Issued { certificate, key, .. } = authority.issue("database", Some("localhost"));
        let folder = keeper::folder("pg");
        let own = |from: &Path, name: &str| {
            let path = folder.join(name);
            fs::copy(from, &path).expect("the folder is ours");
            // The server wants its key to be its own and nobody else's.
            fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("the file is ours");
            give_to_server(&path);
            path.display().to_string()
        };
        let (certificate, key) = (own(&certificate, "server.pem"), own(&key, "server.key"));
        let clients = own(&authority.certificate(), "clients.pem");
        let rules = folder.join("rules.conf");
        fs::write(
            &rules,
            "host all postgres 127.0.0.1/32 trust\nhostssl all certified 127.0.0.1/32 cert\n\
                              hostssl all all 127.0.0.1/32 scram-sha-256\n",
        )
        .expect("the folder is ours");
        give_to_server(&rules);
        let rules = rules.display().to_string();
        Self::start_in(
            folder.clone(),
            free_port(),
            &[
                ("ssl", "on"),
                ("ssl_cert_file", &certificate),
                ("ssl_key_file", &key),
                ("ssl_ca_file", &clients),
                ("hba_file", &rules),
            ],
        )
    }

    /// The URL of a database for that user and host, without a password.
    pub fn url_for(&self, user: &str, host: &str, database: &str) -> String {
        format!("postgresql://{user}@{host}:{}/{database}", self.address().port())
    }
}
