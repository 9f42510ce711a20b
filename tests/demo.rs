//! `schedule-callback demo` as a person runs it: it tells the whole story and leaves nothing behind, however it ends.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its functions too")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use regex::Regex;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// Passes only when something is broken: the demo takes about half a minute on an idle machine.
const DEADLINE: Duration = Duration::from_mins(3);

/// A demo that is running. Its lines end with it, so reading them is bounded by its own deadlines.
struct Demo {
    process: Child,
    output: BufReader<ChildStdout>,
    told: String,
}

impl Demo {
    /// In a process group of its own, as a shell starts it.
    fn start() -> Self {
        let mut process = demo().process_group(0).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, output, told: String::new() }
    }

    /// Reads on to the line with that text, and returns it.
    fn line_with(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            let length = self.output.read_line(&mut line).unwrap();
            let errors = if length == 0 { self.errors() } else { String::new() };
            assert!(length > 0, "no {text:?} in\n{}{errors}", self.told);
            self.told.push_str(&line);
            if line.contains(text) {
                return line;
            }
        }
    }

    /// The folder that everything is in.
    fn folder(&mut self) -> PathBuf {
        let line = self.line_with("private, in ");
        let folder = PathBuf::from(line.trim_end().split_once("private, in ").unwrap().1);
        assert!(folder.join("data").is_dir() && !processes_of(&folder).is_empty(), "{}", folder.display());
        folder
    }

    /// Reads to the end; the status and all that was told.
    fn end(mut self) -> (ExitStatus, String) {
        self.output.read_to_string(&mut self.told).unwrap();
        assert_eq!(self.errors(), "");
        (self.process.wait().unwrap(), self.told)
    }

    fn errors(&mut self) -> String {
        let mut errors = String::new();
        self.process.stderr.as_mut().unwrap().read_to_string(&mut errors).unwrap();
        errors
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.process)
    }
}

fn demo() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_schedule-callback"));
    command.arg("demo").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The command lines of processes that name the folder.
fn processes_of(folder: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    // A process may end while it is looked at.
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(folder.to_str().unwrap()))
        .collect()
}

fn assert_nothing_is_left(folder: &Path) {
    assert!(!folder.exists(), "{} is left", folder.display());
    assert_eq!(processes_of(folder), [""; 0]);
}

#[test]
fn it_shows_every_branch_and_fires_every_callback_once() {
    let mut demo = Demo::start();
    let folder = demo.folder();
    let (status, told) = demo.end();
    assert_eq!(status.code(), Some(0), "{told}");
    assert_nothing_is_left(&folder);
    assert!(!told.contains('\x1b'), "colours are for terminals");

    let branches = [
        "InvalidSecurityUser",
        "InvalidSkillId",
        "InvalidTargetAgentId",
        "InvalidScheduleDate",
        "InvalidPhoneNumber",
        "Default",
        "Success",
    ];
    for branch in branches {
        assert!(told.contains(&format!("<- {branch}: ")), "{branch}:\n{told}");
    }
    for text in ["<- Default for InvalidSkillId: ", "<- dead letter NOT_JSON: ", "is cancelled", "AGENT_WITHOUT_SKILL"]
    {
        assert!(told.contains(text), "{text}:\n{told}");
    }
    assert_eq!(told.matches("** callback ").count(), 9, "{told}");
    let sum =
        "27 commands: 26 answered, 1 in the dead letters. 7 callbacks came due, with 9 due events, each once, at most ";
    assert!(told.contains(sum), "{told}");
    let ends = [
        "cancelled, never fired",
        "cancelled it",
        "moved to revision 2",
        "fired once, ",
        "the same answer again, no second callback",
        "Ends of the tracked ones, one each: 2 completed, 1 expired, 1 missed.",
    ];
    for end in ends {
        assert!(told.contains(end), "{end}:\n{told}");
    }
    // How they stood, one callback for each way.
    let ways = [
        "pending > due",
        "pending > cancelled",
        "pending > pending > due",
        "pending > due > accepted > completed (CONNECTED)",
        "pending > due > pending > due > accepted > completed (CONNECTED)",
        "pending > due > pending > due > missed (PRESENTATIONS_EXHAUSTED)",
        "pending > due > expired (NOT_AFTER)",
    ];
    for way in ways {
        assert!(
            told.lines().any(|line| line.split_once(' ').is_some_and(|(_, rest)| rest.trim() == way)),
            "{way}:\n{told}"
        );
    }
    the_page_shows_what_was_told(&told);
}

/// Every line that docs/first-steps.md shows of the demo is one of those, but for times and places.
fn the_page_shows_what_was_told(told: &str) {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/first-steps.md")).unwrap();
    let shown = page.split_once("```text\n").unwrap().1.split_once("```").unwrap().0;
    let told: Vec<String> = told.lines().map(without_times).collect();
    for line in shown.lines().filter(|line| line.trim() != "...") {
        assert!(told.contains(&without_times(line)), "docs/first-steps.md shows this, which is not told: {line}");
    }
}

/// The line without what is another each time: the seconds before it, waits and latenesses, PostgreSQL's version, the folder.
fn without_times(line: &str) -> String {
    let changing = Regex::new(r"^ *\d+\.\d  |\d+(\.\d)? m?s\b|PostgreSQL [^,]+|schedule-callback-demo-\d+").unwrap();
    changing.replace_all(line, "").into_owned()
}

#[test]
fn interrupted_it_stops_in_order_and_leaves_nothing_behind() {
    let mut demo = Demo::start();
    let folder = demo.folder();
    demo.line_with("** callback ");
    // To all of the group, as a terminal sends it.
    kill_process_group(demo.pid(), Signal::INT).unwrap();
    let (status, told) = demo.end();
    assert_eq!(status.code(), Some(0), "{told}");
    assert!(told.contains("Interrupted; the service has stopped in order"), "{told}");
    assert_nothing_is_left(&folder);
}

#[test]
fn killed_it_leaves_nothing_behind_either() {
    let mut demo = Demo::start();
    let folder = demo.folder();
    kill_process(demo.pid(), Signal::KILL).unwrap();
    demo.process.wait().unwrap();
    let began = Instant::now();
    while folder.exists() || !processes_of(&folder).is_empty() {
        assert!(began.elapsed() < DEADLINE, "{} is left, and {:?}", folder.display(), processes_of(&folder));
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn whoever_has_seen_enough_may_stop_reading() {
    let mut demo = Demo::start();
    let folder = demo.folder();
    drop(demo.output);
    let ended = demo.process.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), &*ended.stderr), (Some(0), &b""[..]));
    assert_nothing_is_left(&folder);
}

#[test]
fn without_postgresql_it_says_what_to_install() {
    let nowhere = concat!(env!("CARGO_TARGET_TMPDIR"), "/no-postgres");
    let output = demo().env("PG_BIN", nowhere).output().unwrap();
    assert_eq!(output.status.code(), Some(69));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(nowhere) && said.contains("initdb"), "{said}");
}
