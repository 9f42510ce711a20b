//! How `run` begins, or does not: exit statuses and what is said (docs/contract.md#the-program, #settings).

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::rig::{DEADLINE, Proxy, Scope, ServiceConfig, folder, free_port, service_command, wait_until};

/// Runs until it ends by itself; returns the status and what was written.
fn run(config: &ServiceConfig) -> (Option<i32>, String) {
    let mut service = config.spawn();
    let status = service.wait();
    (status.code(), service.log())
}

fn run_with(arguments: &mut Command) -> (Option<i32>, String) {
    let output = arguments.output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn without_kafka_it_ends_with_69_and_names_the_address() {
    let scope = Scope::new(1);
    let address = format!("127.0.0.1:{}", free_port());
    let config = scope.service().set("kafka.bootstrap_servers", &*address).set("service.startup_timeout", "1s");
    let (status, said) = run(&config);
    assert_eq!(status, Some(69), "{said}");
    assert!(said.lines().last().unwrap().contains(&address), "{said}");
}

#[test]
fn without_postgresql_it_ends_with_69_and_names_the_address_but_not_the_password() {
    let scope = Scope::new(1);
    let address = format!("127.0.0.1:{}", free_port());
    let url = format!("postgresql://someone:secret@{address}/calls");
    let config = scope.service().set("postgres.url", url).set("service.startup_timeout", "1s");
    let (status, said) = run(&config);
    assert_eq!(status, Some(69), "{said}");
    assert!(said.lines().last().unwrap().contains(&address), "{said}");
    assert!(!said.contains("secret"), "{said}");
}

#[test]
fn without_its_topics_it_ends_with_69_and_names_them_and_the_command_that_makes_them() {
    let scope = Scope::new(1);
    let config = scope
        .service()
        .set("topics.results", "no-such-results")
        .set("topics.skills", "no-such-skills")
        .set("service.startup_timeout", "1s");
    let (status, said) = run(&config);
    assert_eq!(status, Some(69), "{said}");
    let last = said.lines().last().unwrap();
    for named in ["no-such-results", "no-such-skills", "schedule-callback topics"] {
        assert!(last.contains(named), "{said}");
    }
    assert!(!last.contains(&scope.topics.due), "those that are there are not named: {said}");
}

#[test]
fn it_waits_for_topics_says_so_and_begins_when_they_are_made() {
    let scope = Scope::new(2);
    let results = format!("{}.late", scope.topics.results);
    let config = scope.service().set("topics.results", &*results);
    let mut service = config.spawn();
    wait_until("it says what it waits for", DEADLINE, || {
        service.get("/readyz").is_ok_and(|answer| {
            answer.status == 503 && answer.body.contains("\"topics\"") && answer.body.contains(&*results)
        })
    });
    assert_eq!(service.get("/livez").unwrap().status, 200);
    let made = config.command(&["topics", "--partitions", "3", "--replication", "1"]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    service.wait_until_ready();
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn what_a_start_waits_for_is_a_warning_that_is_said_once() {
    let scope = Scope::new(1);
    for (key, named) in [("kafka.bootstrap_servers", "Kafka"), ("postgres.url", "PostgreSQL")] {
        let address = format!("127.0.0.1:{}", free_port());
        let value = if named == "Kafka" { address.clone() } else { format!("postgresql://postgres@{address}/d") };
        // Enough for two attempts at each: one at Kafka takes five seconds.
        let patience = if named == "Kafka" { "12s" } else { "3s" };
        let config = scope.service().set(key, value).set("service.startup_timeout", patience).set("log.level", "info");
        let (status, said) = run(&config);
        assert_eq!(status, Some(69), "{said}");
        let waiting: Vec<_> = said.lines().filter(|line| line.contains(named) && line.contains("waits")).collect();
        assert!(waiting.len() == 1 && waiting[0].contains("WARN") && waiting[0].contains(&address), "{said}");
        // Beside that only how it ended.
        assert_eq!(said.lines().filter(|line| line.contains(&address)).count(), 2, "{said}");
    }
}

#[test]
fn topics_waits_for_the_cluster_as_a_start_does() {
    let scope = Scope::new(1);
    let port = free_port();
    let config = scope.service().set("kafka.bootstrap_servers", format!("127.0.0.1:{port}"));
    let mut waiting = config.command(&["topics"]);
    let mut waiting = waiting.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut failed = config.clone().set("service.startup_timeout", "1s").command(&["topics"]);
    let (status, said) = run_with(&mut failed);
    assert_eq!(status, Some(69), "{said}");
    // The cluster is there only after the one that waits has said that it does.
    let mut stderr = BufReader::new(waiting.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("Kafka does not answer yet") {
        assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "it ended instead of waiting: {said}");
    }
    let _cluster = Proxy::listen_on(port, scope.kafka.bootstrap().parse().unwrap());
    stderr.read_to_string(&mut said).unwrap();
    let output = waiting.wait_with_output().unwrap();
    assert_eq!((output.status.code(), &*output.stdout), (Some(0), b"all topics are there\n".as_slice()), "{said}");
    assert_eq!(said.matches("Kafka does not answer yet").count(), 1, "{said}");
}

#[test]
fn topics_that_are_there_are_left_alone_and_internal_ones_that_are_too_small_grow() {
    let scope = Scope::new(2);
    let config = scope.service();
    let topics = |config: &ServiceConfig| {
        let output = config.command(&["topics", "--partitions", "5", "--replication", "1"]).output().unwrap();
        let [said, failed] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.code(), said, failed)
    };
    for _ in 0..2 {
        assert_eq!(topics(&config), (Some(0), "all topics are there\n".to_owned(), String::new()));
    }
    // It is done also where nobody reads what it says.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let unheard = config.command(&["topics"]).stdout(writer).output().unwrap();
    assert_eq!(unheard.status.code(), Some(0), "{}", String::from_utf8_lossy(&unheard.stderr));
    // A new internal topic gets as many partitions as the command topic has, whatever is asked for.
    let [shards, due, other, small] =
        ["new-shards", "new-due", "other", "small"].map(|name| format!("{}.{name}", scope.topics.commands));
    let (status, said, failed) = topics(&config.clone().set("topics.shards", &*shards));
    assert_eq!((status, said), (Some(0), format!("made: {shards}\n")), "{failed}");

    scope.kafka.create_topics(&[(&*other, 3), (&*small, 1)]);
    let config = config.set("topics.shards", &*small).set("topics.due", &*due).set("topics.amendments", &*other);
    let (status, said, failed) = topics(&config);
    let more = format!(
        "{other} has 3 partitions and {} has 2: what is more is not used, and does no harm",
        scope.topics.commands
    );
    let wanted = format!("made: {due}\ngrown to 2 partitions: {small}\n{more}\n");
    assert_eq!((status, said), (Some(0), wanted), "{failed}");
    // Neither is a reason not to start.
    assert_eq!(config.start().terminate().code(), Some(0));
}

#[test]
fn a_database_that_cannot_hold_every_name_is_refused() {
    let scope = Scope::new(1);
    let latin = format!("{}_latin", scope.database);
    let create = format!("create database {latin} encoding 'LATIN1' locale 'C' template template0");
    scope.postgres.sql("postgres").run(&create);
    let config = scope.service().set("postgres.url", scope.postgres.url(&latin)).set("service.startup_timeout", "1s");
    for command in ["migrate", "run"] {
        let (status, said) = run_with(&mut config.command(&[command]));
        assert_eq!(status, Some(69), "{said}");
        assert!(
            said.lines().last().unwrap().contains("its encoding is LATIN1; create it with encoding 'UTF8'"),
            "{said}"
        );
    }
}

#[test]
fn a_directory_is_not_loaded_where_its_topics_are_missing_and_they_are_named() {
    let scope = Scope::new(1);
    let config = scope.service().set("topics.skills", "no-such-skills").set("service.startup_timeout", "1s");
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/config/sample/directory.json");
    let (status, said) = run_with(&mut config.command(&["directory", "load", sample]));
    assert_eq!(status, Some(69), "{said}");
    assert!(said.contains(": no-such-skills; `schedule-callback topics` makes them"), "{said}");
    assert!(scope.read_to_end(&scope.topics.agents).is_empty());
}

#[test]
fn what_is_wrong_with_the_settings_is_said_with_file_line_and_key_before_anything_is_opened() {
    let file = folder("settings").join("service.toml");
    let cases = [
        ("[postgres]\n\nurl = 'postgresql://h/d?sslmode=allow'\n", "postgres.url: sslmode takes disable", 3),
        ("[postgres]\nurl = 'service=calls'\n", "postgres.url: service cannot be had here: write", 2),
        ("[kafka.properties]\n'sasl.jaas.config' = 'x'\n", "Java client: write `sasl.username`", 2),
        ("[kafka]\ngroup_id = 'g'\nbootstrap = 'x'\n", "bootstrap", 3),
        ("[due]\n\nwindow = 60\n", "window", 3),
        ("[limits]\ncommand_bytes = 0\n", "command_bytes", 2),
        ("[rules]\nphone = 'any'\n", "phone", 2),
    ];
    for (text, key, line) in cases {
        fs::write(&file, text).unwrap();
        let (status, said) = run_with(service_command(&["run", "--config"]).arg(&file));
        assert_eq!(status, Some(64), "{text}: {said}");
        let place = format!("{}:{line}", file.display());
        assert!(said.contains(&place) && said.contains(key), "{text}: {said}");
        assert_eq!(said.lines().count(), 1, "nothing else is said: {said}");
    }
    let (status, said) = run_with(service_command(&["run", "--config", "/nowhere/service.toml"]).env("X", ""));
    assert_eq!(status, Some(64), "{said}");
    assert!(said.contains("/nowhere/service.toml"), "{said}");
    let (status, said) = run_with(service_command(&["run"]).env("SCHEDULE_CALLBACK__DUE__WINDOW", "soon"));
    assert_eq!(status, Some(64), "{said}");
    assert!(said.contains("SCHEDULE_CALLBACK__DUE__WINDOW"), "{said}");
}

#[test]
fn a_first_signal_ends_a_start_in_order_and_a_second_one_ends_it_at_once() {
    let scope = Scope::new(1);
    let config = scope.service().set("kafka.bootstrap_servers", format!("127.0.0.1:{}", free_port()));
    let mut service = config.spawn();
    service.wait_for_log("waiting_for=\"kafka\"");
    assert_eq!(service.terminate().code(), Some(0));

    let mut service = config.spawn();
    service.wait_for_log("waiting_for=\"kafka\"");
    // Both arrive while it stands still, so the second one is there before the first has done its work.
    service.pause();
    service.signal(Signal::TERM);
    service.signal(Signal::INT);
    service.resume();
    assert_eq!(service.wait().code(), Some(130));
}
