//! The examples for integrators in `examples/`, each run as a person runs it against the real service: in Rust, in Python
//! and in Java.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::rig::{Message, Record, Scope, folder};
use crate::sample;

/// A language's two programs.
struct Language {
    name: &'static str,
    producer: fn() -> Command,
    router: fn() -> Command,
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder of `target`, filled by its script, which says what the machine lacks.
fn libs(name: &str, script: &str) -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project().join("target"), |dir| project().join(dir));
    let folder = target.join(name);
    let output = Command::new(project().join(script)).arg(&folder).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    folder
}

/// Cargo builds the examples together with the tests, unless it is told to build one test only.
fn rust(name: &str) -> Command {
    let running = std::env::current_exe().unwrap();
    let program = running.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(program.exists(), "{} is not built: cargo build --examples", program.display());
    Command::new(program)
}

fn python(name: &str) -> Command {
    let mut command = Command::new(libs("python", "tools/python-libs.sh").join("bin/python"));
    command.arg(project().join("examples/python").join(name));
    command
}

/// The broker's jars have the client among them.
fn java(name: &str) -> Command {
    let libs =
        std::env::var_os("RIG_KAFKA_LIBS").map_or_else(|| libs("kafka-libs", "tools/kafka-libs.sh"), PathBuf::from);
    let java = std::env::var_os("JAVA_HOME").map_or_else(|| "java".into(), |home| Path::new(&home).join("bin/java"));
    let mut command = Command::new(java);
    // One compilation and a few seconds of work: not worth the second compiler.
    command.arg("-XX:TieredStopAtLevel=1").arg("-cp").arg(libs.join("*"));
    command.arg(project().join("examples/java").join(name));
    command
}

fn languages() -> [Language; 3] {
    [
        Language { name: "rust", producer: || rust("producer"), router: || rust("router") },
        Language { name: "python", producer: || python("producer.py"), router: || python("router.py") },
        Language { name: "java", producer: || java("Producer.java"), router: || java("Router.java") },
    ]
}

/// Runs it to its end on this scope's topics, in that folder; returns what it printed.
fn run(mut command: Command, scope: &Scope<'_>, at: &Path, argument: &str, environment: &[(&str, &str)]) -> String {
    command
        .arg(argument)
        .current_dir(at)
        .env("KAFKA_BOOTSTRAP_SERVERS", scope.kafka.bootstrap())
        .env("COMMANDS_TOPIC", &scope.topics.commands)
        .env("RESULTS_TOPIC", &scope.topics.results)
        .env("DUE_TOPIC", &scope.topics.due)
        .envs(environment.iter().copied());
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{command:?}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// The same event once more, as a router sees it that ended between queueing a call and committing its offset.
fn repeat(scope: &Scope<'_>, event: &Record) {
    let message = Message {
        key: event.key.clone(),
        value: event.value.clone(),
        headers: event.headers.clone(),
        ..Message::default()
    };
    scope.produce(&scope.topics.due, [message]);
}

#[test]
fn in_each_language_a_command_is_answered_and_each_due_event_is_queued_once() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let mut due = scope.reader(&scope.topics.due);
    let files = folder("examples");
    let here = folder("examples-here");
    let mut events = 0;
    for (number, Language { name, producer, router }) in languages().into_iter().enumerate() {
        let refused = run(producer(), &scope, &here, "-3600", &[]);
        assert!(refused.contains("InvalidScheduleDate: scheduleDate: "), "{name}: {refused}");
        let said = run(producer(), &scope, &here, "0", &[]);
        let id = said.lines().find_map(|line| line.strip_prefix("Success: callback ")?.split(' ').next());
        let id = id.unwrap_or_else(|| panic!("{name}: {said}"));
        let command = said.lines().find_map(|line| line.strip_prefix("sent ")).unwrap();
        assert!(command.starts_with(name), "{name}: {said}");

        let seen = due.wait_for(events + 1);
        let event = seen.iter().find(|event| event.json()["commandId"] == command).unwrap().clone();
        assert_eq!(event.json()["callbackId"].to_string(), id, "{name}");
        repeat(&scope, &event);
        events = due.wait_for(events + 2).len();
        // Each language's router is in a group of its own, so it sees all events from the beginning.
        let calls = files.join(name);
        let environment = [("CALLS_FILE", calls.to_str().unwrap())];
        let said = run(router(), &scope, &here, &events.to_string(), &environment);
        let (queued, repeated): (Vec<&str>, Vec<&str>) = said.lines().partition(|line| line.starts_with("queued "));
        assert_eq!((queued.len(), repeated.len()), (number + 1, events - number - 1), "{name}: {said}");
        assert!(queued.contains(&&*format!("queued {id}.1.1 for skill 4711")), "{name}: {said}");
        assert!(repeated.contains(&&*format!("repeat {id}.1.1")), "{name}: {said}");

        // Started anew, with the event once more: it goes on where it was, and nothing is queued again.
        repeat(&scope, &event);
        events = due.wait_for(events + 1).len();
        let said = run(router(), &scope, &here, "1", &environment);
        assert_eq!(said.trim(), format!("repeat {id}.1.1"), "{name}");

        // Without a file that is kept it has one for this run, and not where it was started.
        repeat(&scope, &event);
        events = due.wait_for(events + 1).len();
        let java = format!("-Djava.io.tmpdir={}", files.display());
        let environment = [("TMPDIR", files.to_str().unwrap()), ("JAVA_TOOL_OPTIONS", &java)];
        let said = run(router(), &scope, &here, "1", &environment);
        assert_eq!(said.trim(), format!("queued {id}.1.1 for skill 4711"), "{name}");
    }
    let written: Vec<_> = std::fs::read_dir(&here).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(written.is_empty(), "examples wrote into the folder where they were started: {written:?}");
    assert_eq!(service.terminate().code(), Some(0));
}
