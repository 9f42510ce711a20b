//! Connections as in production: TLS, passwords, certificates, and no more rights than needed (docs/security.md).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use openssl::pkey::PKey;
use openssl::symm::Cipher;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::json;

use crate::answers::codes;
use crate::rig::{
    Authority, DEADLINE, Isolation, Kafka, Listener, Postgres, Reader, Record, Scope, ServiceConfig, block_on, folder,
    produce, scram_client, service_command, wait_until,
};
use crate::{growing, sample};

const SERVICE: (&str, &str) = ("schedule-callback", "the-service's-secret");
const STUDIO: (&str, &str) = ("studio", "the-producer's-secret");
const ROUTING: (&str, &str) = ("routing", "the-router's-secret");
const WRITER: (&str, &str) = ("schedule_callback_writer", "the-writer's-secret");
const OWNER: (&str, &str) = ("schedule_callback_owner", "the-owner's-secret");

/// Servers that all tests here share, and the authority that both are trusted by.
struct Secured {
    authority: Authority,
    kafka: Kafka,
    scram: Listener,
    mutual: Listener,
    postgres: Postgres,
    acls: PathBuf,
}

static SECURED: LazyLock<Secured> = LazyLock::new(|| {
    let authority = Authority::new("the company's authority");
    let postgres = Postgres::start_secured(&authority);
    let (kafka, scram, mutual) = Kafka::start_secured(&authority, &[SERVICE, STUDIO, ROUTING]);
    Secured { authority, kafka, scram, mutual, postgres, acls: Kafka::acls_script() }
});

impl Secured {
    /// A scope whose database belongs to the owner, with passwords for owner and writer.
    fn scope(&'static self) -> Scope<'static> {
        // Roles belong to the whole server, which takes one change of a role at a time.
        static ALONE: Mutex<()> = Mutex::new(());
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let scope = Scope::on(&self.kafka, &self.postgres, 2);
        scope.sql().run(ROLES);
        for (role, password) in [WRITER, OWNER] {
            scope.sql().run(&format!("alter role {role} password '{}'", password.replace('\'', "''")));
        }
        let migrated = self.over_tls(&scope, OWNER).command(&["migrate"]).output().unwrap();
        assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
        scope
    }

    /// The service of the scope, with the role's password from a file, over TLS to PostgreSQL.
    fn over_tls(&self, scope: &Scope<'_>, (role, password): (&str, &str)) -> ServiceConfig {
        scope
            .service()
            .set("postgres.url", self.postgres.url_for(role, "localhost", &scope.database))
            .set("postgres.password_file", file("password", &format!("{password}\n")))
            .set("postgres.root_certificate_file", text(&self.authority.certificate()))
    }

    /// The same as the writer, and over TLS and SCRAM to Kafka.
    fn over_scram(&self, scope: &Scope<'_>) -> ServiceConfig {
        self.over_tls(scope, WRITER)
            .set("kafka.bootstrap_servers", self.scram.at("localhost"))
            .set("kafka.properties.security.protocol", "SASL_SSL")
            .set("kafka.properties.ssl.ca.location", text(&self.authority.certificate()))
            .set("kafka.properties.sasl.mechanism", "SCRAM-SHA-512")
            .set("kafka.properties.sasl.username", SERVICE.0)
            .set("kafka.password_file", file("kafka", SERVICE.1))
    }

    /// The same with a client certificate instead.
    fn over_mutual_tls(&self, scope: &Scope<'_>) -> ServiceConfig {
        let client = self.authority.issue(SERVICE.0, None);
        self.over_tls(scope, WRITER)
            .set("kafka.bootstrap_servers", self.mutual.at("localhost"))
            .set("kafka.properties.security.protocol", "SSL")
            .set("kafka.properties.ssl.ca.location", text(&self.authority.certificate()))
            .set("kafka.properties.ssl.certificate.location", text(&client.certificate))
            .set("kafka.properties.ssl.key.location", text(&client.key))
    }

    /// What config/kafka/acls.sh gives to a principal.
    fn give_rights(&self, scope: &Scope<'_>, role: &str, name: &str) {
        let topics = scope.topics.settings();
        let variables = topics.iter().map(|(setting, topic)| (format!("TOPICS__{}", setting.to_uppercase()), *topic));
        let variables: Vec<_> = variables
            .chain([("KAFKA__GROUP_ID".to_owned(), scope.group.as_str())])
            .map(|(name, value)| (format!("SCHEDULE_CALLBACK__{name}"), value.to_owned()))
            .collect();
        self.kafka.give_rights(&self.acls, role, &format!("User:{name}"), &variables);
    }

    fn client(&self, user: (&str, &str)) -> ClientConfig {
        scram_client(&self.scram.at("localhost"), &self.authority, user)
    }
}

const ROLES: &str = include_str!("../../config/postgres/roles.sql");

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A new file with that content, by its path.
fn file(name: &str, content: &str) -> String {
    let path = folder("secret").join(name);
    fs::write(&path, content).unwrap();
    text(&path)
}

#[test]
fn with_scram_tls_and_the_least_rights_a_command_comes_in_and_its_callback_goes_out() {
    let secured = &*SECURED;
    let scope = secured.scope();
    secured.give_rights(&scope, "service", SERVICE.0);
    secured.give_rights(&scope, "producer", STUDIO.0);
    secured.give_rights(&scope, "router", ROUTING.0);
    sample::load_directory(&scope);
    let config = secured.over_scram(&scope);

    // It dies with a transaction open, which the next instance ends in its name: that takes a right of its own.
    let mut first = config.clone().env("SCHEDULE_CALLBACK_FAILPOINT", "before-kafka-commit").start();
    let studio = secured.client(STUDIO);
    let command = sample::binary("c-1", &sample::schedule(&sample::in_seconds(1)));
    produce(&studio, &scope.topics.commands, [command]);
    first.wait();
    let service = config.start();
    let mut results =
        Reader::open(studio.clone().set("group.id", "studio.results"), &scope.topics.results, Isolation::Committed);
    assert_eq!(results.wait_for(1)[0].json()["branch"], "Success", "{}", service.log());
    let routing = secured.client(ROUTING);
    let mut due = Reader::open(&routing, &scope.topics.due, Isolation::Committed);
    let event = due.wait_for(1)[0].json();
    assert_eq!(event["commandId"], "c-1");
    // The router reports as it may, and reads the answer: this callback's skill is not tracked.
    let report =
        json!({"securityUser": "su-4", "callbackId": event["callbackId"], "attempt": 1, "outcome": "connected"});
    produce(&routing, &scope.topics.commands, [sample::typed("r-1", "callback.report.v1", &report)]);
    let mut answers =
        Reader::open(routing.clone().set("group.id", "routing.results"), &scope.topics.results, Isolation::Committed);
    let answered = answers.wait_for(2).iter().map(Record::json);
    let refused = answered.filter(|result| result["commandId"] == "r-1").map(|result| codes(&result));
    assert_eq!(refused.collect::<Vec<_>>(), [["CALLBACK_NOT_TRACKED"]]);
    assert!(service.log().contains("transactions that the previous owner left open are aborted"), "{}", service.log());

    // Neither in what it logs at its most talkative, nor in what it tells operators.
    let said =
        [service.log(), first.log(), service.get("/metrics").unwrap().body, service.get("/readyz").unwrap().body];
    for secret in [SERVICE.1, WRITER.1] {
        assert!(!said.concat().contains(secret));
    }
    // What is another's to do is refused.
    let refused = Some(RDKafkaErrorCode::TopicAuthorizationFailed);
    assert_eq!(refusal_of_a_record(&studio, &scope.topics.results), refused);
    assert_eq!(refusal_of_a_record(&routing, &scope.topics.due), refused);
    assert_eq!(refusal_of_a_record(&secured.client(SERVICE), &scope.topics.commands), refused);
    assert_eq!(refusal_of_reading(&studio, &scope.topics.due), refused);
    assert_eq!(refusal_of_reading(&routing, &scope.topics.dead_letters), refused);
}

/// Why a record is not taken.
fn refusal_of_a_record(client: &ClientConfig, topic: &str) -> Option<RDKafkaErrorCode> {
    let producer: FutureProducer = client.create().unwrap();
    let record = FutureRecord::<str, str>::to(topic).payload("x");
    block_on(producer.send(record, DEADLINE)).err().and_then(|(error, _)| error.rdkafka_error_code())
}

/// Why a topic cannot be looked at.
fn refusal_of_reading(client: &ClientConfig, topic: &str) -> Option<RDKafkaErrorCode> {
    let consumer: BaseConsumer = client.create().unwrap();
    let metadata = consumer.fetch_metadata(Some(topic), DEADLINE).unwrap();
    metadata.topics()[0].error().map(RDKafkaErrorCode::from)
}

#[test]
fn with_a_client_certificate_a_command_comes_in_and_its_result_goes_out() {
    let secured = &*SECURED;
    let scope = secured.scope();
    secured.give_rights(&scope, "service", SERVICE.0);
    sample::load_directory(&scope);
    let mut service = secured.over_mutual_tls(&scope).start();
    scope.produce(&scope.topics.commands, [sample::binary("c-1", &sample::schedule(&sample::in_seconds(3600)))]);
    assert_eq!(scope.reader(&scope.topics.results).wait_for(1)[0].json()["branch"], "Success");
    assert_eq!(service.terminate().code(), Some(0));

    // It has no right to another group, and would wait for its shards for ever: that is said.
    let scope = secured.scope();
    secured.give_rights(&scope, "service", SERVICE.0);
    let foreign = secured.over_mutual_tls(&scope).set("kafka.group_id", "somebody-else").spawn();
    foreign.wait_for_log("Kafka does not let this client do its work");
}

#[test]
fn without_the_right_to_alter_topics_the_command_that_lets_them_grow_is_named_and_the_old_partitions_go_on() {
    let secured = &*SECURED;
    let scope = secured.scope();
    secured.give_rights(&scope, "service", SERVICE.0);
    sample::load_directory(&scope);
    growing::without_the_right(&scope, || secured.over_scram(&scope).spawn());
    secured.give_rights(&scope, "growth", SERVICE.0);
    growing::with_the_right(&scope, || secured.over_scram(&scope).spawn());
}

#[test]
fn what_is_not_trusted_or_not_let_in_is_said_in_clear_words_with_status_69() {
    let secured = &*SECURED;
    let scope = secured.scope();
    let stranger = Authority::new("somebody else's authority");
    let strangers_certificate = text(&stranger.certificate());
    let client = stranger.issue(SERVICE.0, None);
    let (scram, mutual) = (secured.over_scram(&scope), secured.over_mutual_tls(&scope));
    let url = |user: &str, host: &str| secured.postgres.url_for(user, host, &scope.database);
    let without = |config: &ServiceConfig, key: &str| config.clone().set(key, "");
    let without_tls = Scope::new(1);
    let plain_url = format!("{}?sslmode=require", without_tls.postgres.url(&without_tls.database));
    let cases = [
        (
            "Kafka by another authority",
            scram.clone().set("kafka.properties.ssl.ca.location", &*strangers_certificate),
            ["Kafka at", "certificate verify failed"],
        ),
        (
            "Kafka by another name",
            scram.clone().set("kafka.bootstrap_servers", secured.scram.at("127.0.0.1")),
            ["Kafka at", "for another host name"],
        ),
        (
            "a wrong password for Kafka",
            scram.clone().set("kafka.password_file", file("kafka", "a-wrong-one")),
            ["Kafka at", "invalid credentials"],
        ),
        (
            "no client certificate for Kafka",
            without(
                &without(&mutual, "kafka.properties.ssl.certificate.location"),
                "kafka.properties.ssl.key.location",
            ),
            ["Kafka at", "wants a client certificate"],
        ),
        (
            "a client certificate by another authority",
            mutual
                .clone()
                .set("kafka.properties.ssl.certificate.location", text(&client.certificate))
                .set("kafka.properties.ssl.key.location", text(&client.key)),
            ["Kafka at", "wants a client certificate"],
        ),
        (
            "PostgreSQL by another authority",
            scram.clone().set("postgres.root_certificate_file", &*strangers_certificate),
            ["PostgreSQL at localhost", "certificate verify failed"],
        ),
        (
            "PostgreSQL by an authority that this system does not know",
            without(&scram, "postgres.root_certificate_file")
                .set("postgres.url", format!("{}?sslmode=require", url(WRITER.0, "localhost"))),
            ["PostgreSQL at localhost", "certificate verify failed"],
        ),
        (
            "PostgreSQL by another name",
            scram.clone().set("postgres.url", url(WRITER.0, "127.0.0.1")),
            ["PostgreSQL at 127.0.0.1", "IP address mismatch"],
        ),
        (
            "a wrong password for PostgreSQL",
            scram.clone().set("postgres.password_file", file("password", "a-wrong-one")),
            ["PostgreSQL at localhost", "password authentication failed"],
        ),
        (
            "PostgreSQL without TLS",
            scram.clone().set("postgres.url", plain_url),
            ["PostgreSQL at 127.0.0.1", "server does not support TLS"],
        ),
    ];
    // All at once: most of their time they wait for one another attempt.
    let running: Vec<_> = cases
        .into_iter()
        .map(|(what, config, words)| {
            (what, config.set("service.startup_timeout", "15s").set("ops.listen", "off").spawn(), words)
        })
        .collect();
    for (what, mut service, words) in running {
        let status = service.wait().code();
        let said = service.log();
        let last = said.lines().last().unwrap_or_default();
        println!("{what}: {last}");
        assert_eq!(status, Some(69), "{what}: {said}");
        assert!(words.iter().all(|word| last.contains(word)), "{what}: {last}");
        assert!([SERVICE.1, WRITER.1, "a-wrong-one"].iter().all(|secret| !said.contains(secret)), "{what}: {said}");
    }
}

#[test]
fn a_connection_string_of_a_managed_database_says_how_it_is_trusted() {
    let secured = &*SECURED;
    let scope = secured.scope();
    let root = text(&secured.authority.certificate());
    let stranger = Authority::new("somebody else's authority");
    scope.sql().run(
        "do $$ begin if not exists (select from pg_roles where rolname = 'certified') then
             create role certified login superuser;
         end if; end $$",
    );
    let (certified, strange) = (secured.authority.issue("certified", None), stranger.issue("certified", None));
    // As OpenSSL wrote them before PKCS #8, with a password.
    let key = PKey::private_key_from_pem(&fs::read(&certified.key).unwrap()).unwrap().ec_key().unwrap();
    let encrypted = key.private_key_to_pem_passphrase(Cipher::aes_256_cbc(), b"the-key's-secret").unwrap();
    let encrypted = file("encrypted.pem", &String::from_utf8(encrypted).unwrap());
    let certificate = text(&certified.certificate);
    let url = |user: &str, host: &str, more: &str| {
        let url = secured.postgres.url_for(user, host, &scope.database);
        format!("{url}?sslrootcert={root}&{more}")
    };
    let (owner, password) = (OWNER.0, file("password", OWNER.1));
    let taken = |url: String, password_file: &str| {
        let config = scope.service().set("postgres.url", &*url).set("postgres.password_file", password_file);
        let output = config.command(&["migrate"]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        println!("{said}");
        if output.status.success() { "taken".to_owned() } else { said }
    };
    for more in [
        "sslmode=verify-full",
        "sslmode=require&channel_binding=require",
        "sslmode=verify-full&application_name=calls&connect_timeout=5&target_session_attrs=primary",
    ] {
        assert_eq!(taken(url(owner, "localhost", more), &password), "taken", "{more}");
    }
    // The certificate is for localhost.
    assert_eq!(taken(url(owner, "127.0.0.1", "sslmode=verify-ca"), &password), "taken");
    assert!(taken(url(owner, "127.0.0.1", "sslmode=verify-full"), &password).contains("IP address mismatch"));
    let strange_root = format!(
        "{}?sslmode=verify-ca&sslrootcert={}",
        secured.postgres.url_for(owner, "127.0.0.1", &scope.database),
        text(&stranger.certificate())
    );
    assert!(taken(strange_root, &password).contains("certificate verify failed"));
    let unverified =
        || secured.postgres.said().matches("could not accept SSL connection: certificate verify failed").count();
    for (certificate, key, password, words) in [
        (&*certificate, &*text(&certified.key), "", "taken"),
        (&*certificate, &*encrypted, "&sslpassword=the-key's-secret", "taken"),
        (&*certificate, &*encrypted, "&sslpassword=another", "one whose password sslpassword does not give"),
        (&*certificate, "/nowhere/key", "", "postgres.url.sslkey = \"/nowhere/key\" cannot be used"),
        (&*text(&strange.certificate), &*text(&strange.key), "", "unknown ca"),
    ] {
        let more = format!("sslmode=verify-full&sslcert={certificate}&sslkey={key}{password}");
        let (before, is_strange) = (unverified(), words == "unknown ca");
        let said = taken(url("certified", "localhost", &more), "");
        // By TLS 1.3 a client has begun to speak when the server refuses its certificate; a server that then ends the
        // connection with that unread may have its last words thrown away by the system. Its own log has them.
        let is_cut_off = is_strange && said.contains("Connection reset by peer");
        assert!(is_cut_off || said.contains(words), "{more}: {said}");
        if is_strange {
            wait_until("the server says that it does not trust the certificate", DEADLINE, || unverified() > before);
        } else {
            assert_eq!(unverified(), before, "{more}");
        }
        assert!(!said.contains("the-key's-secret"), "{more}: {said}");
    }
}

#[test]
fn files_that_cannot_be_used_are_named_with_status_64_before_anything_is_opened() {
    let garbage = file("garbage.pem", "no certificate");
    let cases = [
        ("[postgres]\npassword_file = '/nowhere/password'", "postgres.password_file", "/nowhere/password"),
        ("[postgres]\nroot_certificate_file = '/nowhere/ca.pem'", "postgres.root_certificate_file", "/nowhere/ca.pem"),
        (&format!("[postgres]\nroot_certificate_file = '{garbage}'"), "postgres.root_certificate_file", &garbage),
        ("[kafka]\npassword_file = '/nowhere/kafka'", "kafka.password_file", "/nowhere/kafka"),
        (
            "[kafka.properties]\n'security.protocol' = 'SSL'\n'ssl.ca.location' = '/nowhere/ca.pem'",
            "kafka.properties",
            "ssl.ca.location",
        ),
        (
            &format!("[kafka.properties]\n'security.protocol' = 'SSL'\n'ssl.key.location' = '{garbage}'"),
            "kafka.properties",
            "ssl.key.location",
        ),
        ("[kafka.properties]\n'security.protocol' = 'SASL_SSL'", "kafka.properties", "GSSAPI"),
    ];
    for (settings, key, named) in cases {
        let path = file("service.toml", settings);
        for command in [&["run", "--config"][..], &["topics", "--config"], &["migrate", "--config"]] {
            // Each looks at the settings of the servers that it reaches.
            if command[0] == "topics" && key.starts_with("postgres")
                || command[0] == "migrate" && key.starts_with("kafka")
            {
                continue;
            }
            let output = service_command(command).arg(&path).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            println!("{}", said.trim_end());
            assert_eq!(output.status.code(), Some(64), "{settings}: {said}");
            assert!(said.contains(key) && said.contains(named), "{settings}: {said}");
            assert_eq!(said.lines().count(), 1, "nothing else is said: {said}");
        }
    }
}
