//! Commands as they were seen in the field, from public reports: `schedule-callback check` against each of them.
//!
//! `tests/cases/field/commands.ndjson` has a case a line: the line that is sent, the settings that matter, and what is
//! right in words. What these words come to stands below. Records that differ in their headers are sent to a real broker:
//! `tests/it/field.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its functions too")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a case comes to.
enum Right {
    /// A callback, with these warnings.
    Success(&'static [&'static str]),
    /// A violation: its code, its field, and what its message says.
    Refused(&'static str, Option<&'static str>, &'static [&'static str]),
}

use Right::{Refused, Success};

/// Each case by its name.
const RIGHT: [(&str, Right); 16] = [
    ("D04.1", Success(&[])),
    ("D11.1", Success(&["TIME_ZONE_ASSUMED"])),
    ("D11.2", Refused("SCHEDULE_DATE_IN_PAST", Some("scheduleDate"), &["Europe/Madrid", "2026-11-28T11:30:00Z"])),
    ("D12.1", Refused("FIELD_NAME", Some("timeZone"), &["`timeZone`"])),
    ("J01.1", Refused("FIELD_NOT_UNICODE", Some("notes"), &["half of a surrogate pair"])),
    ("J02.1", Success(&[])),
    ("J02.2", Success(&[])),
    ("J03.1", Refused("MALFORMED", None, &["a byte order mark", "NOT_UTF8"])),
    ("J04.1", Refused("MALFORMED", None, &["one command a line", "NOT_JSON"])),
    ("J04.2", Refused("MALFORMED", None, &["one command a line", "NOT_JSON"])),
    ("J05.1", Refused("MALFORMED", None, &["JSON string that contains JSON"])),
    ("J06.1", Refused("MALFORMED", None, &["`schema` and `payload`", "Kafka Connect"])),
    ("J10.1", Success(&[])),
    ("J10.2", Success(&[])),
    ("J10.3", Success(&[])),
    ("J12.1", Success(&[])),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// The results of one case.
fn check(case: &Value) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_schedule-callback"));
    command.args(["check", "--now", case["now"].as_str().unwrap()]);
    command.arg("--directory").arg(folder().join("check/directory.json"));
    if let Some(region) = case["defaultRegion"].as_str() {
        command.args(["--default-region", region]);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{}", case["line"].as_str().unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_command_of_the_field_comes_to_what_is_right() {
    let text = fs::read_to_string(folder().join("field/commands.ndjson")).unwrap();
    let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = cases.iter().map(|case| case["case"].as_str().unwrap()).collect();
    assert_eq!(names, RIGHT.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (case, (name, right)) in cases.iter().zip(RIGHT) {
        let results = check(case);
        let [result] = &results[..] else { panic!("{name}: one line out for one line in: {results:?}") };
        match right {
            Success(warnings) => {
                assert_eq!(result["condition"], "Success", "{name}: {result}");
                assert_eq!(result["warnings"], serde_json::json!(warnings), "{name}");
            }
            Refused(code, field, said) => {
                let [violation] = &result["violations"].as_array().unwrap()[..] else { panic!("{name}: {result}") };
                assert_eq!((violation["code"].as_str(), violation["field"].as_str()), (Some(code), field), "{name}");
                let message = violation["message"].as_str().unwrap();
                assert!(said.iter().all(|said| message.contains(said)), "{name}: {message}");
                let is_malformed = code == "MALFORMED";
                assert_eq!(result["commandId"].is_null(), is_malformed, "{name}: {result}");
            }
        }
    }
}
