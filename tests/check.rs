//! `schedule-callback check` as a person runs it: the program itself, lines in and lines out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its functions too")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const NOW: &str = "2026-11-22T12:00:00Z";

fn case(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/check").join(name)
}

/// `check` with the sample directory, at `NOW`.
fn check() -> Command {
    check_at(NOW)
}

fn check_at(now: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_schedule-callback"));
    command.args(["check", "--now", now, "--directory"]).arg(case("directory.json"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    output
}

fn lines(output: &Output) -> Vec<serde_json::Value> {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success(), "{}", output.status);
    output.stdout.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
}

fn codes(result: &serde_json::Value) -> Vec<&str> {
    result["violations"].as_array().unwrap().iter().filter_map(|violation| violation["code"].as_str()).collect()
}

/// A schedule command with these members in place of its own.
fn command(members: serde_json::Value) -> String {
    let mut command = serde_json::json!({
        "commandId": "c-1", "source": "/studio", "type": "callback.schedule.v1", "securityUser": "su-1",
        "phoneNumber": "+14155552671", "skillId": "4711", "targetAgentId": "", "scheduleDate": "2026-11-23T15:00:00Z",
    });
    let serde_json::Value::Object(members) = members else { panic!("not an object: {members}") };
    command.as_object_mut().unwrap().extend(members);
    command.to_string()
}

#[test]
fn the_sample_commands_come_to_the_sample_results() {
    let input = fs::read(case("commands.ndjson")).unwrap();
    let output = run(check().args(["--default-region", "US"]), &input);
    assert!(output.status.success());
    let expected = fs::read_to_string(case("results.ndjson")).unwrap();
    let actual = String::from_utf8(output.stdout).unwrap();
    for (number, (actual, expected)) in actual.lines().zip(expected.lines()).enumerate() {
        assert_eq!(actual, expected, "line {}", number + 1);
    }
    assert_eq!(actual.lines().count(), expected.lines().count());
    assert_eq!(actual.lines().count(), String::from_utf8(input).unwrap().lines().count());
}

#[test]
fn no_input_gives_no_output() {
    assert_eq!(lines(&run(&mut check(), b"")), [serde_json::Value::Null; 0]);
}

#[test]
fn every_line_is_answered_however_it_ends_and_however_long_it_is() {
    let good = command(serde_json::json!({}));
    let just_fits = format!("{good}{}", " ".repeat(65_536 - good.len()));
    let far_too_long = "x".repeat(1_000_000);
    let mut input = Vec::new();
    for line in [good.as_bytes(), just_fits.as_bytes(), b"", far_too_long.as_bytes(), b"\xff\xfe"] {
        input.extend_from_slice(line);
        input.extend_from_slice(b"\r\n");
    }
    input.extend_from_slice(format!("{just_fits} \n").as_bytes());
    input.extend_from_slice(good.as_bytes());
    let results = lines(&run(&mut check(), &input));
    let codes: Vec<_> = results.iter().map(codes).collect();
    let malformed = vec!["MALFORMED"];
    let expected = [vec![], vec![], malformed.clone(), malformed.clone(), malformed.clone(), malformed.clone(), vec![]];
    assert_eq!(codes, expected);
}

#[test]
fn an_answer_is_shown_before_the_next_line_is_waited_for() {
    let mut child = check().spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for number in 0..3 {
        writeln!(stdin, "{}", command(serde_json::json!({"commandId": number.to_string()}))).unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        assert!(answer.starts_with(&format!(r#"{{"commandId":"{number}","branch":"Success""#)), "{answer}");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn without_rules_on_dates_any_date_is_accepted() {
    let input = ["1999-01-01T00:00:00Z", "2999-01-01T00:00:00Z"]
        .map(|date| command(serde_json::json!({"scheduleDate": date})))
        .join("\n");
    let refused = lines(&run(&mut check(), input.as_bytes()));
    assert_eq!([codes(&refused[0]), codes(&refused[1])], [["SCHEDULE_DATE_IN_PAST"], ["SCHEDULE_DATE_TOO_FAR"]]);
    let accepted = lines(&run(check().args(["--rules", "none"]), input.as_bytes()));
    assert_eq!([codes(&accepted[0]), codes(&accepted[1])], [[""; 0]; 2]);
}

#[test]
fn the_time_of_a_command_without_issued_at_is_now_and_none_is_ahead_of_it() {
    let input = [
        serde_json::json!({"scheduleDate": "2026-11-22T11:58:00Z"}),
        serde_json::json!({"scheduleDate": "2026-11-22T11:58:00Z", "issuedAt": "2026-11-22T11:00:00Z"}),
        serde_json::json!({"scheduleDate": "2027-01-01T00:00:00Z", "issuedAt": "2026-12-20T00:00:00Z"}),
    ]
    .map(command)
    .join("\n");
    let results = lines(&run(&mut check(), input.as_bytes()));
    assert_eq!(codes(&results[0]), ["SCHEDULE_DATE_IN_PAST"]);
    assert_eq!(results[1]["warnings"], serde_json::json!(["LATE"]));
    assert_eq!(codes(&results[2]), ["SCHEDULE_DATE_TOO_FAR"], "the skill's 30 days count from now");
}

#[test]
fn now_counts_to_the_microsecond() {
    let input = ["2026-11-22T11:59:00.000500Z", "2026-11-22T11:59:00.000499Z"]
        .map(|date| command(serde_json::json!({"scheduleDate": date})))
        .join("\n");
    let results = lines(&run(&mut check_at("2026-11-22T12:00:00.000500Z"), input.as_bytes()));
    let none: [&str; 0] = [];
    assert_eq!(codes(&results[0]), none);
    assert_eq!(codes(&results[1]), ["SCHEDULE_DATE_IN_PAST"]);
}

#[test]
fn settings_count_and_a_tenants_own_region_goes_before_the_arguments() {
    let number = |number: &str| command(serde_json::json!({"phoneNumber": number}));
    let input = [number("020 7946 0018"), number("+19002345678"), "x".repeat(600)].join("\n");
    let config = format!("{}/check.toml", env!("CARGO_TARGET_TMPDIR"));
    fs::write(&config, "[tenants.default]\ndefault_region = 'GB'\n[rules]\npremium_rate = 'accept'\n").unwrap();
    let mut command = check();
    command.args(["--default-region", "US", "--config", &config]);
    command.env("SCHEDULE_CALLBACK__RULES__PHONE", "valid");
    let results = lines(&run(&mut command, input.as_bytes()));
    assert_eq!(results[0]["phoneNumber"], "+442079460018");
    assert_eq!(codes(&results[1]), [""; 0]);
    assert_eq!(codes(&results[2]), ["MALFORMED"]);
}

#[test]
fn bad_arguments_and_settings_end_with_64_and_say_what_is_wrong() {
    let cases: [(&[&str], &str); 7] = [
        (&["--now", "noon"], "noon"),
        (&["--default-region", "XX"], "XX"),
        (&["--rules", "some"], "none"),
        (&["--directory", "/nowhere/directory.json"], "/nowhere/directory.json"),
        (&["--directory", env!("CARGO_MANIFEST_PATH")], "Cargo.toml"),
        (&["--config", "/nowhere/service.toml"], "/nowhere/service.toml"),
        (&["--unknown"], "--unknown"),
    ];
    for (arguments, named) in cases {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schedule-callback"));
        command.arg("check").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = run(&mut command, b"");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}: {said}");
        assert!(said.contains(named), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty());
    }
}

/// The most memory that a process has had in use, in KiB (proc(5), `VmHWM`).
fn peak_memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_line_without_an_end_fills_no_memory() {
    let mut child = check().spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut results = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut result = || -> serde_json::Value { serde_json::from_str(&results.next().unwrap().unwrap()).unwrap() };
    writeln!(stdin, "{}", command(serde_json::json!({}))).unwrap();
    stdin.flush().unwrap();
    assert_eq!(result()["condition"], "Success");
    let before = peak_memory(child.id());
    let megabyte = vec![b'['; 1 << 20];
    for _ in 0..64 {
        stdin.write_all(&megabyte).unwrap();
    }
    writeln!(stdin).unwrap();
    writeln!(stdin, "{}", command(serde_json::json!({"commandId": "c-2"}))).unwrap();
    stdin.flush().unwrap();
    assert_eq!(codes(&result()), ["MALFORMED"]);
    assert_eq!(result()["commandId"], "c-2");
    let after = peak_memory(child.id());
    assert!(after - before < 4 * 1_024, "from {before} to {after} KiB for a line of 64 MiB");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}
