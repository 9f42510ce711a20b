//! `dead-letters` on a real broker: listed, redriven once, whatever happens in between.

use std::process::Output;

use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;

use crate::rig::{DEADLINE, Message, Record, Scope, service_command};
use crate::sample;

/// Runs `dead-letters` with these arguments; returns what it printed.
fn dead_letters(scope: &Scope<'_>, arguments: &[&str]) -> String {
    let output = try_dead_letters(scope, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn try_dead_letters(scope: &Scope<'_>, arguments: &[&str]) -> Output {
    let config = scope.service().write();
    service_command(&[&["dead-letters"], arguments].concat()).arg("--config").arg(config).output().unwrap()
}

/// A dead letter as the service writes it.
fn letter(number: i64, reason: &str) -> Message {
    Message::new(format!("contact-{number}"), format!("value {number}"))
        .header("ce_id", format!("c-{number}"))
        .header("dlq-topic", "elsewhere")
        .header("dlq-partition", "0")
        .header("dlq-offset", number.to_string())
        .header("dlq-timestamp", "2026-11-22T12:00:00Z")
        .header("dlq-reason", reason)
        .header("dlq-detail", "what was wrong")
        .in_partition(0)
}

/// The values in the command topic, in order.
fn redriven(scope: &Scope<'_>) -> Vec<String> {
    let value = |record: Record| String::from_utf8(record.value.unwrap()).unwrap();
    let mut values: Vec<_> = scope.read_to_end(&scope.topics.commands).into_iter().map(value).collect();
    values.sort_by_key(|value| (value.len(), value.clone()));
    values
}

fn values(numbers: impl IntoIterator<Item = i64>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("value {number}")).collect()
}

#[test]
fn a_command_that_was_too_large_succeeds_once_it_may_be_as_large() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let mut strict = scope.service().set("limits.command_bytes", 100).start();
    let issued_at = clock::now().millis() - 5_000;
    let command = sample::binary("c-1", &sample::schedule(&sample::in_seconds(3_600))).at(issued_at).in_partition(1);
    scope.produce(&scope.topics.commands, [command]);
    let mut results = scope.reader(&scope.topics.results);
    assert_eq!(results.wait_for(1)[0].json()["violations"][0]["code"], "MALFORMED");
    scope.reader(&scope.topics.dead_letters).wait_for(1);
    strict.terminate();

    let mut service = scope.service().start();
    assert_eq!(dead_letters(&scope, &["redrive"]), "redriven: 1 (TOO_LARGE 1)\n");

    let result = results.wait_for(2)[1].json();
    assert_eq!((&result["commandId"], &result["branch"]), (&"c-1".into(), &"Success".into()), "{result}");
    assert_eq!(dead_letters(&scope, &["redrive"]), "redriven: 0\n");
    let commands = scope.read_to_end(&scope.topics.commands);
    let [original, again] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(*again, Record { offset: again.offset, ..original.clone() });
    assert_eq!(again.timestamp_millis, issued_at);
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(scope.read_to_end(&scope.topics.results).len(), 2);
    assert_eq!(scope.read_to_end(&scope.topics.dead_letters).len(), 1);
}

#[test]
fn what_was_passed_over_stays_for_another_run() {
    let scope = Scope::new(2);
    let reasons = ["NOT_JSON", "TOO_LARGE", "NOT_JSON", "TOO_LARGE", "TOO_LARGE", "NOT_UTF8"];
    let letters = reasons.iter().zip(1..).map(|(reason, number)| letter(number, reason));
    scope.produce(&scope.topics.dead_letters, letters);
    let redrive = |arguments: &[&str]| dead_letters(&scope, &[&["redrive"], arguments].concat());

    let dry = redrive(&["--reason", "TOO_LARGE", "--dry-run"]);
    assert_eq!(dry, "would be redriven: 3 (TOO_LARGE 3)\npassed over: 3 (NOT_JSON 2, NOT_UTF8 1)\n");
    assert_eq!(redriven(&scope), values([]));

    assert_eq!(redrive(&["--reason", "TOO_LARGE", "--limit", "2"]).lines().next(), Some("redriven: 2 (TOO_LARGE 2)"));
    assert_eq!(redriven(&scope), values([2, 4]));
    assert_eq!(redrive(&["--reason", "TOO_LARGE"]).lines().next(), Some("redriven: 1 (TOO_LARGE 1)"));
    assert_eq!(redrive(&["--reason", "TOO_LARGE"]).lines().next(), Some("redriven: 0"));
    assert_eq!(redriven(&scope), values([2, 4, 5]));

    let listed = dead_letters(&scope, &["list"]);
    let states: Vec<_> = listed.lines().map_while(|line| line.split('\t').nth(2)).collect();
    assert_eq!(states, ["waiting", "redriven", "waiting", "redriven", "redriven", "waiting"]);

    scope.produce(&scope.topics.dead_letters, [letter(7, "NOT_JSON")]);
    assert_eq!(redrive(&["--reason", "NOT_UTF8", "--reason", "NOT_JSON"]), "redriven: 4 (NOT_JSON 3, NOT_UTF8 1)\n");
    assert_eq!(redrive(&[]), "redriven: 0\n");
    assert_eq!(redriven(&scope), values(1..=7));
}

#[test]
fn letters_are_chosen_by_when_they_were_set_aside_and_old_ones_only_when_asked_for() {
    let scope = Scope::new(1);
    let hour = 3_600_000;
    let now = clock::now().millis();
    let ages = [(1, 200 * hour), (2, 3 * hour), (3, hour)];
    scope.produce(&scope.topics.dead_letters, ages.map(|(number, age)| letter(number, "NOT_JSON").at(now - age)));
    let ago = |hours: i64| sample::in_seconds(-3_600 * hours);

    let redriven_by = |arguments: &[&str]| dead_letters(&scope, &[&["redrive"], arguments].concat());
    redriven_by(&["--until", &ago(2)]);
    assert_eq!(redriven(&scope), values([2]));
    redriven_by(&["--since", &ago(2)]);
    assert_eq!(redriven(&scope), values([2, 3]));
    assert_eq!(redriven_by(&[]), "redriven: 0\npassed over: 1 (NOT_JSON 1)\n");
    redriven_by(&["--since", &ago(300)]);
    assert_eq!(redriven(&scope), values([1, 2, 3]));
}

#[test]
fn the_list_tells_place_time_reason_and_detail_and_nothing_of_the_message() {
    let scope = Scope::new(1);
    let at = clock::now().millis() / 1_000 * 1_000;
    let time = Timestamp::from_millis(at);
    let without_value = Message::tombstone("contact-2")
        .header("dlq-topic", "callback.commands")
        .header("dlq-partition", "3")
        .header("dlq-offset", "1742")
        .header("dlq-timestamp", "2026-11-22T12:00:00Z")
        .header("dlq-reason", "TOO_LARGE")
        .header("dlq-detail", "the value has 2000000 bytes, more than 65536")
        .at(at)
        .in_partition(0);
    let strange = Message::new("contact-3", "not of our making").in_partition(0);
    let first = letter(1, "NOT_JSON").at(at);
    scope.produce(&scope.topics.dead_letters, [first, without_value, strange]);

    let expected = format!(
        "0/0\t{time}\twaiting\tNOT_JSON\tfrom elsewhere/0/1\twhat was wrong\n\
         0/1\t{time}\twithout value\tTOO_LARGE\tfrom callback.commands/3/1742\t\
         the value has 2000000 bytes, more than 65536\n\n\
         dead letters: 2 (NOT_JSON 1, TOO_LARGE 1)\n"
    );
    assert_eq!(dead_letters(&scope, &["list"]), expected);
    let unknown = try_dead_letters(&scope, &["list", "--reason", "TOO_BIG"]);
    let said = String::from_utf8(unknown.stderr).unwrap();
    assert_eq!(unknown.status.code(), Some(64), "{said}");
    assert!(said.contains("TOO_BIG") && said.contains("NULL_VALUE, TOO_LARGE, NOT_UTF8"), "{said}");
    let some = dead_letters(&scope, &["list", "--reason", "TOO_LARGE"]);
    assert!(some.ends_with("\n\ndead letters: 1 (TOO_LARGE 1)\n"), "{some}");

    let report = dead_letters(&scope, &["redrive"]);
    assert_eq!(report.lines().next(), Some("redriven: 1 (NOT_JSON 1)"));
    assert!(report.contains("without their value, since the broker would not take it: 1;"), "{report}");
    assert!(report.contains("no dead letters of this service: 1"), "{report}");
    assert_eq!(redriven(&scope), values([1]));
}

/// What a run leaves that died before its commit: an open transaction with half of the letters in it.
fn leave_open(scope: &Scope<'_>) -> BaseProducer {
    let id = format!("{}.redrive", scope.group);
    let producer: BaseProducer = scope.kafka.client().set("transactional.id", id).create().unwrap();
    producer.init_transactions(DEADLINE).unwrap();
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::to(&scope.topics.commands).key("contact-1").payload("value 1")).unwrap();
    producer.flush(DEADLINE).unwrap();
    producer
}

#[test]
fn an_interrupted_run_is_made_good_by_the_next_one() {
    let scope = Scope::new(1);
    scope.produce(&scope.topics.dead_letters, (1..=3).map(|number| letter(number, "NOT_JSON")));
    let interrupted = leave_open(&scope);

    assert_eq!(dead_letters(&scope, &["redrive"]), "redriven: 3 (NOT_JSON 3)\n");

    assert_eq!(redriven(&scope), values(1..=3));
    assert!(interrupted.commit_transaction(DEADLINE).is_err(), "it was fenced");
    assert_eq!(redriven(&scope), values(1..=3));
}

#[test]
fn concurrent_runs_publish_every_letter_once() {
    let scope = Scope::new(2);
    let in_both = |number: i64| letter(number, "NOT_JSON").in_partition(i32::from(number % 2 == 0));
    scope.produce(&scope.topics.dead_letters, (1..=3_000).map(in_both));

    std::thread::scope(|threads| {
        for run in [1, 2, 3].map(|_| threads.spawn(|| try_dead_letters(&scope, &["redrive"]))) {
            let output = run.join().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            // One that was fenced by another says so.
            assert!(matches!(output.status.code(), Some(0 | 69)), "{}: {said}", output.status);
        }
    });
    dead_letters(&scope, &["redrive"]);

    assert_eq!(redriven(&scope), values(1..=3_000));
}
