use super::*;
use crate::domain::phone::{PhonePolicy, PremiumRate};

type Variables<'a> = &'a [(&'a str, &'a str)];

fn load(file: &str, variables: Variables<'_>) -> Result<Config, ConfigError> {
    let environment = variables.iter().map(|&(name, value)| (name.into(), value.into()));
    Config::from_sources(Some(("my.toml", file)), environment)
}

fn message(file: &str, variables: Variables<'_>) -> String {
    load(file, variables).expect_err(file).to_string()
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let config = Config::from_sources(None, []).unwrap();
    assert_eq!(config.service.source, "/schedule-callback");
    assert_eq!(config.service.startup_timeout, Duration::from_mins(1));
    assert_eq!(config.kafka.bootstrap_servers, "127.0.0.1:9092");
    assert_eq!(config.kafka.group_id, "schedule-callback");
    assert_eq!(config.kafka.properties, KafkaProperties::default());
    assert_eq!(config.postgres.connection.config.get_user(), Some("postgres"));
    assert_eq!(config.postgres.connection.config.get_dbname(), Some("schedule_callback"));
    assert_eq!((config.postgres.password_file, config.postgres.root_certificate_file), (None, None));
    assert_eq!(config.kafka.password_file, None);
    let Topics { commands, results, due, dead_letters, amendments, shards, skills, agents, security_users, state } =
        config.topics;
    let topics = [commands, results, due, dead_letters, amendments, shards, skills, agents, security_users];
    assert_eq!(
        topics.each_ref().map(TopicName::as_str),
        [
            "callback.commands",
            "callback.results",
            "callback.due",
            "callback.commands.dlq",
            "callback.amendments",
            "callback.shards",
            "directory.skills",
            "directory.agents",
            "directory.security-users",
        ]
    );
    assert_eq!(state, None);
    assert_eq!(config.rules.date, Some(DateRules { past_grace: 60_000_000, horizon: 366 * 86_400_000_000 }));
    assert_eq!(config.rules.phone, PhoneRules::default());
    assert_eq!(config.limits.command_bytes, 65_536);
    assert_eq!(config.retention.commands, Duration::from_hours(7 * 24));
    assert_eq!(config.retention.callbacks, Duration::from_hours(30 * 24));
    assert_eq!(config.results, Results { pace: Duration::from_millis(10) });
    let due = Due {
        window: Duration::from_mins(1),
        window_rows: 100_000,
        stage_ahead: Duration::ZERO,
        clock_skew: Duration::from_millis(500),
    };
    assert_eq!(config.due, due);
    assert_eq!(config.rules.tenants, HashMap::new());
    assert_eq!(config.ops.listen, Some(([127, 0, 0, 1], 9464).into()));
    assert_eq!(config.log.format, LogFormat::Text);
    assert_eq!(config.log.filter, "info".parse().unwrap());
}

#[test]
fn a_variable_beats_the_file_and_the_file_beats_the_defaults() {
    let file = "[due]\nwindow = '30s'\nwindow_rows = 5\n";
    let config = load(file, &[("SCHEDULE_CALLBACK__DUE__WINDOW_ROWS", "7"), ("PATH", "/bin")]).unwrap();
    assert_eq!((config.due.window, config.due.window_rows), (Duration::from_secs(30), 7));
    assert_eq!(config.due.stage_ahead, Duration::ZERO);
}

#[test]
fn every_fixed_key_has_its_variable() {
    let variables = [
        ("SERVICE__SOURCE", "urn:other"),
        ("SERVICE__STARTUP_TIMEOUT", "5s"),
        ("KAFKA__BOOTSTRAP_SERVERS", "a:1,b:2"),
        ("KAFKA__GROUP_ID", "g"),
        ("POSTGRES__URL", "host=/run/postgresql user=u"),
        ("POSTGRES__PASSWORD_FILE", "/run/secrets/p"),
        ("POSTGRES__ROOT_CERTIFICATE_FILE", "/etc/ssl/ca.pem"),
        ("KAFKA__PASSWORD_FILE", "/run/secrets/k"),
        ("TOPICS__DEAD_LETTERS", "dead"),
        ("TOPICS__SECURITY_USERS", "users"),
        ("RULES__PAST_GRACE", "0ms"),
        ("RULES__PHONE", "valid"),
        ("RULES__PREMIUM_RATE", "accept"),
        ("LIMITS__COMMAND_BYTES", "1048576"),
        ("RETENTION__COMMANDS", "1h"),
        ("RESULTS__PACE", "0ms"),
        ("DUE__STAGE_AHEAD", "500ms"),
        ("OPS__LISTEN", "off"),
        ("LOG__FORMAT", "json"),
        ("LOG__LEVEL", "warn,schedule_callback::dispatch=debug"),
    ];
    let environment = variables.map(|(name, value)| (format!("SCHEDULE_CALLBACK__{name}").into(), value.into()));
    let config = Config::from_sources(None, environment).unwrap();
    assert_eq!(config.service, Service { source: "urn:other".to_owned(), startup_timeout: Duration::from_secs(5) });
    assert_eq!((config.kafka.bootstrap_servers.as_str(), config.kafka.group_id.as_str()), ("a:1,b:2", "g"));
    assert_eq!(config.postgres.connection.config.get_user(), Some("u"));
    let files = [config.postgres.password_file, config.postgres.root_certificate_file, config.kafka.password_file];
    let paths = files.map(|file| file.unwrap().path().to_owned());
    assert_eq!(
        paths.each_ref().map(|path| path.to_str().unwrap()),
        ["/run/secrets/p", "/etc/ssl/ca.pem", "/run/secrets/k"]
    );
    assert_eq!((config.topics.dead_letters.as_str(), config.topics.security_users.as_str()), ("dead", "users"));
    assert_eq!(config.rules.date.map(|rules| rules.past_grace), Some(0));
    assert_eq!(config.rules.phone, PhoneRules { policy: PhonePolicy::Valid, premium_rate: PremiumRate::Accept });
    assert_eq!(config.limits.command_bytes, 1_048_576);
    assert_eq!(config.retention.commands, Duration::from_hours(1));
    assert_eq!(config.results.pace, Duration::ZERO);
    assert_eq!(config.due.stage_ahead, Duration::from_millis(500));
    assert_eq!(config.ops.listen, None);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.log.filter, "warn,schedule_callback::dispatch=debug".parse().unwrap());
}

#[test]
fn tenants_are_named_as_on_the_wire() {
    let file = "[tenants.default]\ntime_zone = 'Europe/Madrid'\n[tenants.'acme.eu']\ndefault_region = 'ES'\n";
    let tenants = load(file, &[]).unwrap().rules.tenants;
    let madrid = TenantDefaults { default_region: None, time_zone: TimeZone::parse("Europe/Madrid").ok() };
    assert_eq!(tenants[&Tenant::default()], madrid);
    let acme = &tenants[&Tenant::parse("acme.eu").unwrap()];
    assert_eq!(acme.default_region.map(Region::as_str), Some("ES"));

    for (file, expected) in [
        (
            "[tenants.default]\ntime_zone = 'europe/madrid'",
            r#"my.toml:2: tenants.default.time_zone = "europe/madrid" is not an IANA time zone, as in "Europe/Madrid""#,
        ),
        (
            "[tenants.default]\ndefault_region = 'es'",
            r#"my.toml:2: tenants.default.default_region = "es" is not a region of ISO 3166-1, as in "ES""#,
        ),
        (
            "[tenants.default]\ndefault_region = 34",
            r#"my.toml:2: tenants.default.default_region = 34 is not a region of ISO 3166-1, as in "ES""#,
        ),
        ("[tenants.default]\nregion = 'ES'", "my.toml:2: there is no setting tenants.default.region"),
        ("[tenants.acme.eu]\ndefault_region = 'ES'", "my.toml:2: there is no setting tenants.acme.eu.default_region"),
        ("[tenants]\ndefault = 'ES'", "my.toml:2: there is no setting tenants.default"),
        ("[tenants.'a b']\ntime_zone = 'UTC'", "my.toml:2: there is no setting tenants.\"a b\".time_zone"),
        ("tenants = 5", "my.toml:1: tenants must be a table, not an integer"),
    ] {
        assert_eq!(message(file, &[]), expected);
    }
}

#[test]
fn properties_of_librdkafka_are_passed_on_with_their_dots() {
    let file = "[kafka.properties]\nsecurity.protocol = 'SSL'\n'session.timeout.ms' = 6000\nsocket.keepalive.enable = true\ncompression.type = 'zstd'";
    let kafka = load(file, &[]).unwrap().kafka;
    let properties: Vec<_> = kafka.properties.iter().collect();
    let expected = [
        ("compression.type", "zstd"),
        ("security.protocol", "SSL"),
        ("session.timeout.ms", "6000"),
        ("socket.keepalive.enable", "true"),
    ];
    assert_eq!(properties, expected);

    let unsound =
        |name, reason| format!("my.toml:1: no Kafka client can be made with kafka.properties.{name:?}: {reason}");
    for (file, expected) in [
        (
            "kafka.properties.'group.id' = 'x'",
            r#"my.toml:1: kafka.properties."group.id" cannot be set: the service needs its own value"#.to_owned(),
        ),
        (
            "kafka.properties.isolation.level = 'read_uncommitted'",
            r#"my.toml:1: kafka.properties."isolation.level" cannot be set: the service needs its own value"#
                .to_owned(),
        ),
        (
            "kafka.properties.'sesion.timeout.ms' = 6000",
            unsound("sesion.timeout.ms", "librdkafka has no property of that name (its CONFIGURATION.md lists them)"),
        ),
        (
            "kafka.properties.'session.timeout.ms' = 'soon'",
            unsound("session.timeout.ms", "librdkafka does not take its value"),
        ),
        (
            "kafka.properties.'max.poll.records' = 500",
            unsound(
                "max.poll.records",
                "that is a property of the Java client: leave it out; how much is taken at once follows what waits",
            ),
        ),
        (
            "kafka.properties.ssl.truststore.location = '/t.jks'",
            unsound(
                "ssl.truststore.location",
                "that is a property of the Java client: write `ssl.ca.location`, a file of PEM without a password (keytool -exportcert -rfc writes one from a truststore)",
            ),
        ),
    ] {
        assert_eq!(message(file, &[]), expected);
    }
}

#[test]
fn what_this_build_has_not_is_named_with_the_feature_that_has_it() {
    for property in ["'sasl.oauthbearer.method' = 'oidc'", "'sasl.oauthbearer.client.id' = 'me'"] {
        let refused = load(&format!("kafka.properties.{property}"), &[]).err().map(|error| error.to_string());
        assert_eq!(refused.is_none(), cfg!(feature = "oidc"), "{refused:?}");
        assert!(refused.is_none_or(|said| said.contains("--features oidc")), "{property}");
    }
    // The mechanism is looked for when a client is made.
    let file = "[kafka.properties]\n'security.protocol' = 'SASL_PLAINTEXT'\n'sasl.mechanism' = 'GSSAPI'\n";
    let properties = load(file, &[]).unwrap().kafka.properties;
    let mut client = rdkafka::ClientConfig::new();
    for (name, value) in properties.iter() {
        client.set(name, value);
    }
    let fault = client.create::<rdkafka::producer::BaseProducer>().map(drop).unwrap_err().to_string();
    let said = properties.refuse(fault).to_string();
    // Kerberos goes on to miss its keytab.
    let expected = if cfg!(feature = "gssapi") { "sasl.kerberos.keytab" } else { "--features gssapi" };
    assert!(said.contains(expected), "{said}");
}

#[test]
fn what_is_unknown_or_of_another_type_is_refused_where_it_stands() {
    for (file, expected) in [
        ("[rules]\n\nhorzion = '1d'", "my.toml:3: there is no setting rules.horzion"),
        ("[ruls]", "my.toml:1: there is no setting ruls"),
        ("level = 'info'", "my.toml:1: there is no setting level"),
        ("[kafka]\ngroup_id.x = 1", "my.toml:2: kafka.group_id must be a string, not a table"),
        ("log = 'json'", "my.toml:1: log must be a table, not a string"),
        ("[due]\nwindow = 60", "my.toml:2: due.window must be a string, not an integer"),
        ("[due]\nwindow_rows = '60'", "my.toml:2: due.window_rows must be an integer, not a string"),
        ("[due]\nwindow_rows = 1.5", "my.toml:2: due.window_rows must be an integer, not a float"),
        ("[topics]\ncommands = ['a']", "my.toml:2: topics.commands must be a string, not an array"),
        (
            "[due]\nwindow_rows = 99999999999999999999",
            "my.toml:2: due.window_rows must be an integer of 64 bits, not a longer one",
        ),
        (
            "[kafka.properties]\nssl.ca = ['a']",
            "my.toml:2: kafka.properties.ssl.ca must be a string, an integer or a boolean, not an array",
        ),
        ("[[log]]\nlevel = 'info'", "my.toml:1: log must be a table, not an array"),
        ("[log]\nlevel = 'info'\nlevel = 'debug'", "my.toml:3: not TOML: duplicate key"),
    ] {
        assert_eq!(message(file, &[]), expected);
    }
}

#[test]
fn a_value_outside_its_range_is_refused_with_the_range() {
    let duration = "to 36500d, as in \"500ms\", \"10s\" or \"7d\"";
    for (setting, expected) in [
        ("service.source = ''", r#"service.source = "" is not a URI-reference"#.to_owned()),
        ("service.source = 'a b'", r#"service.source = "a b" is not a URI-reference"#.to_owned()),
        (
            "service.startup_timeout = '0s'",
            format!(r#"service.startup_timeout = "0s" is not a duration from 1ms {duration}"#),
        ),
        ("rules.past_grace = '1.5s'", format!(r#"rules.past_grace = "1.5s" is not a duration from 0ms {duration}"#)),
        ("rules.past_grace = '-1s'", format!(r#"rules.past_grace = "-1s" is not a duration from 0ms {duration}"#)),
        ("rules.horizon = '366'", format!(r#"rules.horizon = "366" is not a duration from 1ms {duration}"#)),
        ("rules.horizon = '36501d'", format!(r#"rules.horizon = "36501d" is not a duration from 1ms {duration}"#)),
        (
            "rules.horizon = '213503982334602d'",
            format!(r#"rules.horizon = "213503982334602d" is not a duration from 1ms {duration}"#),
        ),
        ("rules.phone = 'Possible'", r#"rules.phone = "Possible" is not "possible" or "valid""#.to_owned()),
        ("rules.premium_rate = ''", r#"rules.premium_rate = "" is not "refuse" or "accept""#.to_owned()),
        ("limits.command_bytes = 0", "limits.command_bytes = 0 is not a number from 1 to 1048576".to_owned()),
        (
            "limits.command_bytes = 1048577",
            "limits.command_bytes = 1048577 is not a number from 1 to 1048576".to_owned(),
        ),
        ("due.window = '999ms'", format!(r#"due.window = "999ms" is not a duration from 1s {duration}"#)),
        ("due.window_rows = -1", "due.window_rows = -1 is not a number from 1 to 10000000".to_owned()),
        ("results.pace = '1001ms'", r#"results.pace = "1001ms" is not at most 1s"#.to_owned()),
        ("due.stage_ahead = '61s'", r#"due.stage_ahead = "61s" is not at most due.window"#.to_owned()),
        ("kafka.bootstrap_servers = ','", r#"kafka.bootstrap_servers = "," is not host:port, …"#.to_owned()),
        (
            "kafka.bootstrap_servers = 'a:1,b:99999'",
            r#"kafka.bootstrap_servers = "a:1,b:99999" is not host:port, …"#.to_owned(),
        ),
        ("kafka.group_id = ' '", r#"kafka.group_id = " " is not the name of a consumer group"#.to_owned()),
        ("topics.due = 'a b'", r#"topics.due = "a b" is not 1 to 249 of A-Z a-z 0-9 . _ -"#.to_owned()),
        ("topics.due = '..'", r#"topics.due = ".." is not 1 to 249 of A-Z a-z 0-9 . _ -"#.to_owned()),
        (
            "topics.due = 'callback.results'",
            r#"topics.due = "callback.results" is not another name than that of topics.results"#.to_owned(),
        ),
        ("ops.listen = 'localhost'", r#"ops.listen = "localhost" is not an IP address and port, or "off""#.to_owned()),
        ("log.format = 'xml'", r#"log.format = "xml" is not "text" or "json""#.to_owned()),
        ("log.level = 'verbose'", r#"log.level = "verbose" is not a level, or a list of target=level"#.to_owned()),
        ("log.level = 'a=loud'", r#"log.level = "a=loud" is not a level, or a list of target=level"#.to_owned()),
    ] {
        assert_eq!(message(setting, &[]), format!("my.toml:1: {expected}"));
    }
}

#[test]
fn brokers_are_taken_in_every_form_that_the_client_takes_and_in_no_other() {
    for brokers in ["a", "a:1, b:2", "a:65535,", "[::1]:9092", "[::1]", "SASL_SSL://kafka-1.internal:9093,10.0.0.1"] {
        assert_eq!(super::values::bootstrap_servers(brokers).as_deref(), Some(brokers));
    }
    for none in ["", " ", "a:", "a:0", "a:+1", "a:b", ":9092", "a b:1", "a:1;b:2", "::1", "[::1", "http://a/b", "a\n"] {
        assert_eq!(super::values::bootstrap_servers(none), None, "{none:?}");
    }
}

#[test]
fn a_variable_is_refused_by_its_name() {
    for (name, value, expected) in [
        ("DUE__WINDOW_ROWS", "many", "due.window_rows = \"many\" is not a whole number"),
        ("DUE__WINDOW_ROWS", "0", "due.window_rows = 0 is not a number from 1 to 10000000"),
        ("DUE__WINDOWS", "1s", "there is no setting due.windows"),
        ("DUE", "1s", "there is no setting due"),
        ("TENANTS__DEFAULT__TIME_ZONE", "UTC", "kafka.properties and tenants can be set in a file only"),
        ("KAFKA__PROPERTIES__SASL__PASSWORD", "x", "kafka.properties and tenants can be set in a file only"),
        (
            "TOPICS__DUE",
            "callback.results",
            "topics.due = \"callback.results\" is not another name than that of topics.results",
        ),
    ] {
        let name = format!("SCHEDULE_CALLBACK__{name}");
        assert_eq!(message("", &[(&name, value)]), format!("{name}: {expected}"));
    }
}

#[test]
fn no_message_and_no_debug_output_shows_a_secret() {
    let broken = [
        "postgres.url = 'postgresql://u:hunter2@h/d?sslmode=hunter2'",
        "postgres.url = 'hunter2'",
        "postgres.url = 'password=hunter2'",
        "postgres.url = 'host=h password=hunter2 word'",
        "postgres.url = 'host=h password=a hunter2=1'",
        "postgres.url = 'postgresql://u:a?hunter2&@h/d'",
        "postgres.url = 'postgresql://u:a/hunter2@h/d'",
        "postgres.url = 'postgresql://u:%hunter2@h/d'",
        "postgres.url = 'postgresql://u@h:hunter2/d'",
        "postgres.url = 'host=h port=hunter2 hostaddr=hunter2'",
        "postgres.url = ['hunter2']",
        "postgres.url = 'postgresql://u:hunter2@h/d",
        "postgres.url = postgresql://u:hunter2@h/d",
        "kafka.properties.'sasl.pasword' = 'hunter2'",
        "kafka.properties.'security.protocol' = 'hunter2'",
    ];
    for file in broken {
        let error = load(file, &[]).expect_err(file);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
    assert_eq!(
        message(broken[0], &[]),
        "my.toml:1: postgres.url: sslmode takes disable, prefer, require, verify-ca or verify-full"
    );
    let sound = "postgres.url = 'postgresql://u:hunter2@h/d?sslcert=/c&sslkey=/k&sslpassword=hunter2'\nkafka.properties.'sasl.password' = 'hunter2'";
    let config = load(sound, &[]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
}

#[test]
fn a_secret_is_read_from_its_file_and_a_file_without_one_is_refused_where_it_is_named() {
    let folder = std::env::temp_dir().join(format!("schedule-callback-secrets-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        let config = load(&format!("\n[kafka]\npassword_file = '{}'", path.display()), &[]).unwrap();
        config.kafka.password_file.unwrap()
    };
    assert_eq!(file("sound", b" hunter 2\r\n").read_secret().as_deref(), Ok(" hunter 2"));
    for (name, content, reason) in
        [("empty", b"\n".as_slice(), "it is empty"), ("binary", b"hunter2\xff", "it is not UTF-8")]
    {
        let refused = file(name, content).read_secret().unwrap_err().to_string();
        let path = folder.join(name);
        assert_eq!(refused, format!("my.toml:3: kafka.password_file = {path:?} cannot be used: {reason}"));
    }
    let gone = file("gone", b"hunter2");
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(gone.read_secret().unwrap_err().to_string().ends_with("No such file or directory (os error 2)"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::load(Some(Path::new("/nowhere/service.toml")), []).unwrap_err();
    let expected = "/nowhere/service.toml: cannot be read: No such file or directory (os error 2)";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_message_is_one_line_whatever_a_variable_or_a_key_is_called() {
    assert_eq!(
        message("", &[("SCHEDULE_CALLBACK__DUE__WIN\nDOW\u{1b}", "9s")]),
        "SCHEDULE_CALLBACK__DUE__WIN\\nDOW\\u{1b}: there is no setting due.\"win\\ndow\\u{1b}\""
    );
    let in_file = message("\"a\\nb\" = 1", &[]);
    assert_eq!(in_file, "my.toml:1: there is no setting \"a\\nb\"");
}
