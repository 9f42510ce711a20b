//! Numbers as people write them, through the program; and which numbering plans and time zones it says it has.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its functions too")]

use std::io::Write;
use std::process::{Command, Stdio};

use schedule_callback::domain::phone;
use serde_json::Value;

/// Commands from public reports, each with what is right.
const CASES: &str = include_str!("cases/field/numbers.ndjson");

fn program(arguments: &[&str], input: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_schedule-callback"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// What `check` answers to a case's command.
fn answer(case: &Value) -> Value {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/check/directory.json");
    let mut arguments = vec!["check", "--now", case["now"].as_str().unwrap(), "--directory", directory];
    if let Some(region) = case["defaultRegion"].as_str() {
        arguments.extend(["--default-region", region]);
    }
    serde_json::from_str(&program(&arguments, case["line"].as_str().unwrap())).unwrap()
}

#[test]
fn numbers_from_the_field_are_judged_rightly() {
    for line in CASES.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let (answer, right) = (answer(&case), case["right"].as_str().unwrap());
        let code = answer["violations"][0]["code"].as_str().unwrap_or("Success");
        let expected = right.split([',', ';', ' ']).next().unwrap();
        assert_eq!(code, expected, "{case}: {answer}");
        // All of these numbers are of ranges that are assigned.
        let warned = answer["warnings"].as_array().unwrap().iter().filter_map(Value::as_str);
        let warnings: Vec<&str> = right.strip_prefix("Success with ").into_iter().collect();
        assert!(warned.eq(warnings.iter().copied()), "{case}: {answer}");
    }
    assert_eq!(CASES.lines().count(), 12);
}

#[test]
fn a_character_that_nobody_sees_is_named_with_its_place() {
    let mut seen = 0;
    for line in CASES.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let command: Value = serde_json::from_str(case["line"].as_str().unwrap()).unwrap();
        let number = command["phoneNumber"].as_str().unwrap();
        let Some(place) = number.chars().position(|character| !character.is_ascii()) else { continue };
        let code = u32::from(number.chars().nth(place).unwrap());
        let message = answer(&case)["violations"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(&format!("(U+{code:04X}) at position {}", place + 1)), "{message}");
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[test]
fn the_program_says_which_numbering_plans_and_time_zones_it_has() {
    let said = program(&["--version"], "");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], concat!("schedule-callback ", env!("CARGO_PKG_VERSION")));
    assert_eq!(lines[1], format!("numbering plans: libphonenumber {}", phone::RELEASE));
    let tzdb = lines[2].strip_prefix("time zones: tzdb ").unwrap();
    assert!(tzdb.len() == 5 && tzdb >= "2026f", "{tzdb}");
    assert_eq!(lines.len(), 3);
}
