//! A child process that never outlives this one.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use super::keeper::{self, Ending};

/// A child process whose output goes to a file. Killed when dropped, and by the keeper when this process is gone.
#[derive(Debug)]
pub struct Supervised {
    child: Child,
    log: PathBuf,
    status: Option<ExitStatus>,
}

impl Supervised {
    /// Starts the command with both outputs appended to the log.
    pub fn start(command: &mut Command, log: PathBuf, ending: Ending) -> Self {
        let output = File::options().append(true).create(true).open(&log).expect("the log can be written");
        let errors = output.try_clone().expect("a file handle can be doubled");
        command.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0);
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        keeper::watch(child.id(), ending);
        Self { child, log, status: None }
    }

    /// The process number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The log's last lines.
    pub fn log_tail(&self) -> String {
        tail(&self.log)
    }

    /// Sends a signal; one to a process that has ended goes nowhere.
    pub fn signal(&mut self, signal: Signal) {
        if self.try_wait().is_none() {
            kill_process(pid_of(self.child.id()), signal).expect("a child that was not waited for can be signalled");
        }
    }

    /// SIGKILL, and waits for the end.
    pub fn kill9(&mut self) -> ExitStatus {
        self.signal(Signal::KILL);
        self.wait(Duration::from_secs(30))
    }

    /// SIGKILL to the process and to its children, as when the machine stops.
    pub fn kill9_with_children(&mut self) -> ExitStatus {
        // Stopped first, so that it makes no new ones meanwhile.
        self.signal(Signal::STOP);
        let children = children(self.child.id());
        self.signal(Signal::KILL);
        for child in children {
            // Fails for a child that has ended by itself; there is nothing left to do then.
            kill_process(pid_of(child), Signal::KILL).ok();
        }
        self.wait(Duration::from_secs(30))
    }

    /// The status, once the process has ended.
    pub fn try_wait(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() && has_ended(self.child.id()) {
            keeper::forget(self.child.id());
            self.status = self.child.try_wait().expect("a child's status can be asked for");
        }
        self.status
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// With the tail of its log when it does not end within the deadline.
    pub fn wait(&mut self, deadline: Duration) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.try_wait() {
                return status;
            }
            let pid = self.child.id();
            assert!(start.elapsed() < deadline, "process {pid} is still there after {deadline:?}; {}", self.log_tail());
            sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.kill9();
    }
}

fn pid_of(number: u32) -> Pid {
    i32::try_from(number).ok().and_then(Pid::from_raw).expect("a process number is positive")
}

/// Whether a child has ended. Leaves its status where it is, so that its number stays taken.
fn has_ended(pid: u32) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(pid_of(pid)), options).expect("it is our child").is_some()
}

fn children(pid: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_ascii_whitespace().filter_map(|number| number.parse().ok()).collect()
}

/// The last lines of a log, headed by its name.
pub fn tail(log: &Path) -> String {
    const LINES: usize = 40;
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    format!("{} ends with\n{}", log.display(), lines[lines.len().saturating_sub(LINES)..].join("\n"))
}
