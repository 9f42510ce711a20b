//! Scenario: the program without servers: what single steps cost in one thread, how fast `check` is, how large it is.

use std::fs::{self, File};
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use schedule_callback::domain::command::draft::draft;
use schedule_callback::domain::phone::{self, PhoneRules};
use schedule_callback::wire::decode::{Limits, decode};
use serde_json::Value;

use crate::commands;
use crate::grounds::Grounds;
use crate::progress::progress;
use crate::report::{Section, Target};
use crate::rig::{folder, service_binary, service_command};
use crate::sizes::Sizes;
use crate::steps::commands::CommandRecord;
use crate::steps::{NOW, Steps, incoming};

/// Commands for each round of the steps.
const COMMANDS: u64 = 10_000;
/// So many are decoded, then judged: the service judges each as soon as it is decoded, so what one step leaves to the next
/// is still in the processor's cache.
const TOGETHER: usize = 100;
/// Lines for each round of `check`.
const LINES: u64 = 300_000;
const LIMITS: Limits = Limits { command_bytes: 65_536 };
/// Microseconds a command.
const TARGET_DECODE: f64 = 1.0;
const TARGET_RULES: f64 = 2.0;
const TARGET_PHONE: f64 = 8.0;
/// Lines a second.
const TARGET_CHECK: f64 = 60_000.0;
/// Seconds.
const TARGET_BUILD: f64 = 240.0;
/// MB of the stripped program.
const TARGET_SIZE: f64 = 20.0;

/// Plays the scenario.
pub fn measure(_grounds: &mut Grounds<'_>, sizes: &Sizes) -> Section {
    let [decode, rules, phone] = steps(sizes.rounds);
    let checked = check(sizes.rounds);
    let built = build();
    let size = fs::metadata(service_binary()).map_or(f64::NAN, |file| file.len() as f64 / 1e6);
    let mut section = Section::new(format!(
        "What a command costs in one thread, without servers ({COMMANDS} of the commands of `intake` a round, the measuring \
         program's own build of the service's code), `check` over {LINES} of them as JSON lines, the release build \
         with nothing built before, and the program's file."
    ));
    section.row("decode", "µs", Some(Target::AtMost(TARGET_DECODE)), decode);
    section.row("date, directory, branch", "µs", Some(Target::AtMost(TARGET_RULES)), rules);
    section.row("phone number", "µs", Some(Target::AtMost(TARGET_PHONE)), phone);
    section.row("check", "lines/s", Some(Target::AtLeast(TARGET_CHECK)), checked);
    section.row("release build from cold", "s", Some(Target::AtMost(TARGET_BUILD)), vec![built]);
    section.row("the program, stripped", "MB", Some(Target::AtMost(TARGET_SIZE)), vec![size]);
    section
}

/// Microseconds a command for decoding, for all rules but the number's, and for the number.
fn steps(rounds: u64) -> [Vec<f64>; 3] {
    let steps = Steps::new();
    let records = Steps::commands(COMMANDS);
    let numbers: Vec<String> = records.iter().filter_map(|record| text(record, "phoneNumber")).collect();
    let mut figures = [const { Vec::new() }; 3];
    for round in 0..=rounds {
        let (mut decoding, mut all, mut drafted) = (Duration::ZERO, Duration::ZERO, 0);
        for records in records.chunks(TOGETHER) {
            let began = Instant::now();
            let decoded: Vec<_> = records.iter().filter_map(|record| decode(&incoming(record), LIMITS).ok()).collect();
            decoding += began.elapsed();
            let began = Instant::now();
            let drafts: Vec<_> = decoded.into_iter().map(|it| draft(it, &steps.directory, &steps.rules)).collect();
            all += began.elapsed();
            drafted += black_box(drafts).len();
        }
        assert_eq!(drafted, records.len(), "commands of ours can be read");
        let began = Instant::now();
        let good = numbers.iter().filter(|text| phone::judge(text, None, PhoneRules::default()).is_ok()).count();
        let phone = began.elapsed();
        black_box(good);
        let [decoding, all, phone] = [decoding, all, phone].map(|time| time.as_secs_f64() * 1e6 / COMMANDS as f64);
        // The first round warms up.
        if round > 0 {
            for (values, value) in figures.iter_mut().zip([decoding, all - phone, phone]) {
                values.push(value);
            }
        }
    }
    figures
}

fn text(record: &CommandRecord, field: &str) -> Option<String> {
    let payload: Value = serde_json::from_str(&record.value).ok()?;
    Some(payload.get(field)?.as_str()?.to_owned())
}

/// Lines a second through the subcommand, start included.
fn check(rounds: u64) -> Vec<f64> {
    let folder = folder("check");
    let (directory, lines) = (folder.join("directory.json"), folder.join("commands.ndjson"));
    let write = |path, text: String| {
        fs::write(path, text).unwrap_or_else(|error| panic!("{} cannot be written: {error}", folder.display()));
    };
    write(&directory, commands::directory().to_string());
    write(&lines, Steps::commands(LINES).iter().map(plain).collect());
    let once = || {
        let input = File::open(&lines).unwrap_or_else(|error| panic!("{} is gone: {error}", lines.display()));
        let mut command = service_command(&["check", "--now", &NOW.to_string(), "--directory"]);
        command.arg(&directory).stdin(input).stdout(Stdio::null());
        let began = Instant::now();
        let status = command.status();
        assert!(status.as_ref().is_ok_and(std::process::ExitStatus::success), "check: {status:?}");
        LINES as f64 / began.elapsed().as_secs_f64()
    };
    let rates: Vec<f64> = (0..rounds).map(|_| once()).collect();
    progress(&format!("check: {rates:.0?} lines/s"));
    rates
}

/// Seconds that the release build of the program takes in an empty folder, what has to be fetched apart.
fn build() -> f64 {
    let target = folder("cold-build");
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("--quiet").args(arguments).arg("--locked");
        let began = Instant::now();
        let status = command.env("CARGO_TARGET_DIR", &target).status();
        assert!(status.as_ref().is_ok_and(std::process::ExitStatus::success), "cargo {arguments:?}: {status:?}");
        began.elapsed().as_secs_f64()
    };
    cargo(&["fetch"]);
    progress("the release build from cold begins; it takes minutes");
    let seconds = cargo(&["build", "--release", "--bins"]);
    progress(&format!("release build from cold: {seconds:.0} s"));
    seconds
}

/// The command as one line in the plain form (docs/contract.md#envelopes).
fn plain(record: &CommandRecord) -> String {
    let mut payload: Value = serde_json::from_str(&record.value).unwrap_or_default();
    for (name, value) in &record.headers {
        let member = match *name {
            "ce_id" => "commandId",
            "ce_source" => "source",
            "ce_type" => "type",
            "ce_time" => "issuedAt",
            "ce_correlationid" => "correlationId",
            _ => continue,
        };
        payload[member] = value.as_str().into();
    }
    format!("{payload}\n")
}
