//! The examples for integrators in `examples/`, each run as a person runs it against the real service: in Rust, in Python
//! and in Java.

use std::path::{Path, PathBuf};
use std::process::Command;

use schedule_callback::domain::time::Timestamp;
use serde_json::{Map, Value};

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

/// What the router said of events, without the reports; those are two for each event.
fn of_events(said: &str) -> Vec<&str> {
    let (reports, events): (Vec<&str>, Vec<&str>) = said.lines().partition(|line| line.starts_with("reported "));
    assert_eq!(reports.len(), 2 * events.len(), "{said}");
    events
}

/// The callback is completed, once, by this router's reports, however often it sent them.
fn assert_completed(scope: &Scope<'_>, state: &str, id: &str, often: usize) {
    let command = format!("{id}.1.1.connected");
    let mut results = scope.reader(&scope.topics.results);
    // Routers of other languages say the same under their own source; they come later, when nothing is left to say.
    let is_it = |record: &&Record| record.json()["commandId"] == *command && record.json()["condition"] == "Success";
    let seen =
        results.wait_until(&format!("{often} results of {command}"), |seen| seen.iter().filter(is_it).count() == often);
    let answers: Vec<&Record> = seen.iter().filter(is_it).collect();
    let result = answers[0].json();
    assert_eq!((&result["status"], &result["reason"]), (&"completed".into(), &"CONNECTED".into()), "{result}");
    for again in &answers {
        assert_eq!((&again.value, &again.headers), (&answers[0].value, &answers[0].headers), "one report, one answer");
    }
    let states = scope.read_to_end(state);
    let of_callback = states.iter().filter(|record| record.key_text() == format!("default/{id}"));
    let stood: Vec<Option<&str>> = of_callback.map(|record| record.header("ce_id")).collect();
    let expected = ["pending", "due", "accepted", "completed"].map(|status| format!("{id}.1.1.{status}"));
    assert_eq!(stood, expected.each_ref().map(|id| Some(&**id)));
}

#[test]
fn in_each_language_a_command_is_answered_and_each_due_event_is_queued_and_reported_once() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let state = format!("{}.callback.state", scope.database);
    scope.kafka.create_topics(&[(&state, 2)]);
    let mut service = scope.service().set("topics.state", state.as_str()).start();
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
        let (queued, repeated): (Vec<&str>, Vec<&str>) =
            of_events(&said).into_iter().partition(|line| line.starts_with("queued "));
        assert_eq!((queued.len(), repeated.len()), (number + 1, events - number - 1), "{name}: {said}");
        assert!(queued.contains(&&*format!("queued {id}.1.1 for skill 4715")), "{name}: {said}");
        assert!(repeated.contains(&&*format!("repeat {id}.1.1")), "{name}: {said}");
        // What was read twice was reported twice, and counts once.
        assert_completed(&scope, &state, id, 2);

        // Started anew, with the event once more: it goes on where it was, and nothing is queued again. What came of the
        // call is what was stored with it.
        repeat(&scope, &event);
        events = due.wait_for(events + 1).len();
        let said = run(router(), &scope, &here, "1", &[environment[0], ("OUTCOME", "noAnswer")]);
        assert_eq!(of_events(&said), [format!("repeat {id}.1.1")], "{name}");
        assert!(said.contains(&format!("reported connected of {id}.1.1")), "{name}: {said}");

        // Without a file that is kept it has one for this run, and not where it was started.
        repeat(&scope, &event);
        events = due.wait_for(events + 1).len();
        let java = format!("-Djava.io.tmpdir={}", files.display());
        let environment = [("TMPDIR", files.to_str().unwrap()), ("JAVA_TOOL_OPTIONS", &java)];
        let said = run(router(), &scope, &here, "1", &environment);
        assert_eq!(of_events(&said), [format!("queued {id}.1.1 for skill 4715")], "{name}");
        assert_completed(&scope, &state, id, 4);
    }
    let written: Vec<_> = std::fs::read_dir(&here).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(written.is_empty(), "examples wrote into the folder where they were started: {written:?}");
    assert_eq!(service.terminate().code(), Some(0));
}

/// What docs/routers.md shows: its blocks of JSON, each with the kind that stands behind `json`.
fn shown_to_routers() -> Vec<(String, Value)> {
    let page = std::fs::read_to_string(project().join("docs/routers.md")).unwrap();
    let blocks = page.split("```json ").skip(1).map(|block| block.split_once("```").unwrap().0);
    let read = |block: &str| {
        let (kind, text) = block.split_once('\n').unwrap();
        (kind.to_owned(), serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")))
    };
    blocks.map(read).collect()
}

/// The same with another callback id, as a number and in texts, and without instants.
fn of_callback(value: &Value, id: i64, shown: i64) -> Value {
    let renamed = |text: &str| text.replacen(&format!("{id}."), &format!("{shown}."), 1);
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), of_callback(value, id, shown))).collect()
        }
        Value::Number(number) if number.as_i64() == Some(id) => shown.into(),
        Value::String(text) if Timestamp::parse_rfc3339(text).is_ok() => "an instant".into(),
        Value::String(text) => renamed(text).into(),
        other => other.clone(),
    }
}

#[test]
fn the_page_for_routers_shows_what_is_said() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    let state = format!("{}.callback.state", scope.database);
    scope.kafka.create_topics(&[(&state, 1)]);
    let mut service = scope.service().set("topics.state", state.as_str()).start();
    let [mut due, mut results] = [&scope.topics.due, &scope.topics.results].map(|topic| scope.reader(topic));
    // Once something has been answered, an answer takes milliseconds.
    scope.produce(&scope.topics.commands, [sample::binary("before", &Value::Object(Map::new()))]);
    let (mut events, mut answers, mut id) = (0, results.wait_for(1).len(), 0);
    for (kind, shown) in shown_to_routers() {
        let shown_id = 1025;
        let said = match &*kind {
            "command" => {
                // Its date and its callback are those of the page.
                let mut command = of_callback(&shown, shown_id, id);
                if let Some(date) = command.get_mut("scheduleDate") {
                    *date = sample::in_seconds(5).into();
                }
                scope.produce(&scope.topics.commands, [Message::new("routers", command.to_string())]);
                continue;
            }
            "result" => {
                answers += 1;
                results.wait_for(answers)[answers - 1].json()
            }
            "due" => {
                events += 1;
                due.wait_for(events)[events - 1].json()
            }
            "state" => {
                let records = scope.read_to_end(&state);
                records.last().unwrap().json()
            }
            other => panic!("{other} of docs/routers.md"),
        };
        id = said["callbackId"].as_i64().unwrap_or_else(|| panic!("{said}"));
        let mut told = of_callback(&said, id, shown_id);
        let mut expected = of_callback(&shown, shown_id, shown_id);
        for value in [&mut told, &mut expected] {
            value.as_object_mut().unwrap().remove("latenessMs");
        }
        assert_eq!(told, expected, "{kind}: {said}");
    }
    assert!(events > 1 && answers > 2, "docs/routers.md shows no whole story");
    let states: Vec<String> =
        scope.read_to_end(&state).iter().map(|record| record.json()["status"].as_str().unwrap().to_owned()).collect();
    assert_eq!(states, ["pending", "due", "accepted", "pending", "due", "completed"], "as the page says in words");
    assert_eq!(service.terminate().code(), Some(0));
}
