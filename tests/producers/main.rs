//! What real producers send, read by the program's decoder; and the page that tells how to send it (docs/producers.md).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its functions too")]

mod cases;
mod page;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command as Process, Stdio};

use cases::{Library, Recorded, Right};
use schedule_callback::domain::command::Command;
use schedule_callback::domain::time::Timestamp;
use schedule_callback::wire::decode::{Limits, decode};
use schedule_callback::wire::malformed::Malformed;
use schedule_callback::wire::record::Incoming;

/// After the time of the commands.
const RECORDED_AT: &str = "2026-01-15T09:30:05Z";

fn recorded_at() -> Timestamp {
    Timestamp::parse_rfc3339(RECORDED_AT).unwrap()
}

/// Reads the record as the service does; gives its command or its fault to the judge.
fn read<T>(record: &Recorded, judge: impl FnOnce(Result<Command<'_>, Malformed>) -> T) -> T {
    let (key, value, headers) = (record.key(), record.value(), record.headers());
    let incoming = Incoming {
        key: key.as_deref(),
        value: value.as_deref(),
        headers: headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect(),
        timestamp: recorded_at(),
    };
    judge(decode(&incoming, Limits { command_bytes: 65_536 }))
}

/// The same command in the form that has always been read: binary mode.
fn in_binary_mode(command: &str) -> Recorded {
    let given = cases::commands();
    let one = &given["commands"][command];
    let text = |value: &str| Some(cases::Bytes::Text(value.to_owned()));
    let header = |name: &str, value: &str| (name.to_owned(), text(value));
    Recorded {
        case: String::new(),
        key: None,
        headers: vec![
            header("ce_id", "any"),
            header("ce_source", given["source"].as_str().unwrap()),
            header("ce_type", one["type"].as_str().unwrap()),
        ],
        value: text(&one["data"].to_string()),
        right: None,
    }
}

/// What is wrong with what the decoder made of it; nothing where all is right.
fn fault(record: &Recorded) -> Option<String> {
    let right = record.right.as_ref().unwrap();
    read(record, |read| match (right, read) {
        (Right::Command { command, id, tenant, correlation, issued_at, other_payload }, Ok(found)) => {
            let issued_at = issued_at.as_deref().unwrap_or(RECORDED_AT);
            let expected = (id.as_str(), "/examples/crm", tenant.as_str(), correlation.as_deref());
            let key = &found.key;
            let attributes =
                (key.command_id.as_str(), key.source.as_str(), key.tenant.as_str(), found.correlation_id.as_deref());
            if attributes != expected {
                return Some(format!("{attributes:?} instead of {expected:?}"));
            }
            if found.issued_at != Timestamp::parse_rfc3339(issued_at).unwrap() {
                return Some(format!("issued at {} instead of {issued_at}", found.issued_at));
            }
            self::read(&in_binary_mode(command), |same| {
                let same = same.unwrap();
                (same.payload != found.payload && !other_payload)
                    .then(|| format!("another payload than in binary mode: {:?}", found.request))
            })
        }
        (Right::Malformed { malformed, id, tenant, correlation, .. }, Err(found)) => {
            let answer = found.answer.as_deref();
            let expected = (malformed.as_str(), id.as_deref(), tenant.as_deref(), correlation.as_deref());
            let given = (
                found.reason.code(),
                answer.map(|answer| answer.key.command_id.as_str()),
                answer.map(|answer| answer.key.tenant.as_str()),
                answer.and_then(|answer| answer.correlation_id.as_deref()),
            );
            (given != expected).then(|| format!("{given:?} instead of {expected:?}"))
        }
        (Right::Command { .. }, Err(found)) => Some(found.to_string()),
        (Right::Malformed { malformed, .. }, Ok(found)) => Some(format!("a command instead of {malformed}: {found:?}")),
    })
}

fn name(library: &Library, record: &Recorded) -> String {
    format!("{}.{}", library.name, record.case)
}

#[test]
fn what_every_library_sends_is_read_as_it_was_meant() {
    let libraries = cases::all();
    let records = libraries.iter().flat_map(|library| library.records.iter().map(move |record| (library, record)));
    let faults: Vec<String> = records
        .filter_map(|(library, record)| fault(record).map(|fault| format!("{}: {fault}", name(library, record))))
        .collect();
    assert!(faults.is_empty(), "{} records:\n{}", faults.len(), faults.join("\n"));
}

/// What `check` prints for these lines.
fn check(lines: &[Vec<u8>]) -> Vec<serde_json::Value> {
    let directory = cases::project().join("tests/cases/check/directory.json");
    let mut child = Process::new(env!("CARGO_BIN_EXE_schedule-callback"))
        .args(["check", "--now", RECORDED_AT, "--directory"])
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = lines.join(&b'\n');
    input.push(b'\n');
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn check_says_of_a_malformed_value_what_its_producer_did() {
    let libraries = cases::all();
    // What `check` can read: values of one line, in which all stands.
    let is_a_line = |record: &&Recorded| {
        let has_attributes = record.headers.iter().any(|(name, _)| name.starts_with("ce"));
        !has_attributes && record.value().is_some_and(|value| !value.contains(&b'\n'))
    };
    let malformed: Vec<(&Library, &Recorded)> = libraries
        .iter()
        .flat_map(|library| library.records.iter().map(move |record| (library, record)))
        .filter(|(_, record)| matches!(record.right, Some(Right::Malformed { .. })) && is_a_line(record))
        .collect();
    assert!(malformed.len() > 15, "{} of them", malformed.len());
    let lines: Vec<Vec<u8>> = malformed.iter().filter_map(|(_, record)| record.value()).collect();
    let answers = check(&lines);
    assert_eq!(answers.len(), malformed.len());
    let fault = |((library, record), answer): (&(&Library, &Recorded), &serde_json::Value)| {
        let name = name(library, record);
        let Some(right @ Right::Malformed { malformed, id, .. }) = &record.right else { return None };
        let violation = &answer["violations"][0];
        let message = violation["message"].as_str().unwrap_or_default();
        if violation["code"] != "MALFORMED" || answer["commandId"].as_str() != id.as_deref() {
            return Some(format!("{name}: not {malformed} of {id:?}: {answer}"));
        }
        right.unsaid(message).map(|unsaid| format!("{name}: {unsaid}"))
    };
    let faults: Vec<String> = malformed.iter().zip(&answers).filter_map(fault).collect();
    assert!(faults.is_empty(), "{} records:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_record_has_a_name_and_a_command_id_of_its_own_and_a_verdict() {
    let libraries = cases::all();
    let (mut names, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for library in &libraries {
        for record in &library.records {
            let name = name(library, record);
            assert!(names.insert(name.clone()), "{name} is there twice");
            let id = match record.right.as_ref() {
                Some(Right::Command { id, .. }) => Some(id),
                Some(Right::Malformed { id, .. }) => id.as_ref(),
                None => panic!("{name}: say what is right"),
            };
            assert!(id.is_none_or(|id| ids.insert(id.clone())), "{name}: its command id is there twice");
        }
    }
    assert!(names.len() > 150, "{} records", names.len());
}

#[test]
fn each_library_schedules_cancels_and_reschedules() {
    for library in cases::all().iter().filter(|library| library.package.is_some()) {
        let commands: BTreeSet<&str> = library
            .records
            .iter()
            .filter_map(|record| match record.right.as_ref()? {
                Right::Command { command, .. } => Some(command.as_str()),
                Right::Malformed { .. } => None,
            })
            .collect();
        // These two are not told which command they carry: one line, one column of text.
        let expected = match library.name.as_str() {
            "java-console-producer" | "java-connect-json" => BTreeSet::from(["schedule"]),
            _ => BTreeSet::from(["cancel", "reschedule", "schedule"]),
        };
        assert_eq!(commands, expected, "{}", library.name);
    }
}
