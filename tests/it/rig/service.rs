//! The service itself: the real program as a child process.

use std::ffi::OsStr;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use toml::{Table, Value};

use super::http::{Answer, get};
use super::keeper::Ending;
use super::ports::free_port;
use super::process::{Supervised, tail};
use super::wait::{DEADLINE, wait_until};

/// Where the service's program is: `SCHEDULE_CALLBACK_BIN`, else what Cargo built for this test, else beside the
/// running program's folder (a benchmark's or an example's is `target/<profile>/examples` or `…/deps`).
pub fn service_binary() -> PathBuf {
    if let Some(path) = std::env::var_os("SCHEDULE_CALLBACK_BIN") {
        return path.into();
    }
    option_env!("CARGO_BIN_EXE_schedule-callback").map_or_else(
        || {
            let running = std::env::current_exe().expect("the running program has a path");
            let profile = running.ancestors().nth(2).expect("it lies in a folder of the target folder");
            profile.join("schedule-callback")
        },
        PathBuf::from,
    )
}

/// A command line of the service's program, without the environment's settings.
pub fn service_command<A: AsRef<OsStr>>(arguments: &[A]) -> Command {
    command_of(&service_binary(), arguments)
}

fn command_of<A: AsRef<OsStr>>(program: &Path, arguments: &[A]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SCHEDULE_CALLBACK__") {
            command.env_remove(name);
        }
    }
    command
}

/// A configuration file of the service in the making.
#[derive(Clone, Debug)]
pub struct ServiceConfig {
    folder: PathBuf,
    ops: SocketAddr,
    settings: Table,
    environment: Vec<(String, String)>,
    /// Another version's program.
    program: Option<PathBuf>,
}

impl ServiceConfig {
    /// Nothing but an ops port of its own and a log at `debug`; its files go to the folder.
    pub fn new(folder: PathBuf) -> Self {
        let ops = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let config = Self { folder, ops, settings: Table::new(), environment: Vec::new(), program: None };
        config.set("ops.listen", ops.to_string()).set("log.level", "debug")
    }

    /// The same with one setting: `due.window`, `tenants.default.default_region`, ….
    ///
    /// # Panics
    /// When a part of the path is a value.
    #[must_use]
    pub fn set(mut self, path: &str, value: impl Into<Value>) -> Self {
        let mut table = &mut self.settings;
        let (sections, key) = split(path);
        for section in sections {
            let entry = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            table = entry.as_table_mut().expect("a section is a table");
        }
        table.insert(key.to_owned(), value.into());
        self
    }

    /// The same with a variable in its environment: `SCHEDULE_CALLBACK_FAILPOINT`, ….
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same for another version's program.
    #[must_use]
    pub fn program(mut self, program: PathBuf) -> Self {
        self.program = Some(program);
        self
    }

    /// Writes the file, and returns its path.
    pub fn write(&self) -> PathBuf {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let path = self.folder.join(format!("service-{}.toml", NEXT.fetch_add(1, Ordering::Relaxed)));
        let text = toml::to_string(&self.settings).expect("settings are TOML");
        fs::write(&path, text).expect("the folder is ours");
        path
    }

    /// A command line with this configuration: `topics --partitions 8`, `directory load FILE`, ….
    pub fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = self.bare(arguments);
        command.arg("--config").arg(self.write()).envs(self.environment.iter().cloned());
        command
    }

    fn bare<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        self.program.as_ref().map_or_else(|| service_command(arguments), |program| command_of(program, arguments))
    }

    /// Starts `run` and waits until it is ready.
    ///
    /// # Panics
    /// With the tail of its log when it ends or is not ready within [`DEADLINE`].
    pub fn start(&self) -> ServiceProcess {
        let mut service = self.spawn();
        service.wait_until_ready();
        service
    }

    /// Starts `run`, ready or not.
    pub fn spawn(&self) -> ServiceProcess {
        let config = self.write();
        let log = config.with_extension("log");
        let mut command = self.bare(&["run", "--config"]);
        command.arg(config).envs(self.environment.iter().cloned());
        ServiceProcess { process: Supervised::start(&mut command, log.clone(), Ending::Kill), log, ops: self.ops }
    }
}

/// `kafka.properties.<name>` is one key, dots and all (docs/contract.md#settings).
fn split(path: &str) -> (Vec<&str>, &str) {
    const PROPERTIES: &str = "kafka.properties.";
    if let Some(name) = path.strip_prefix(PROPERTIES) {
        return (vec!["kafka", "properties"], name);
    }
    let mut sections: Vec<_> = path.split('.').collect();
    let key = sections.pop().unwrap_or_default();
    (sections, key)
}

/// A running service; killed when dropped.
#[derive(Debug)]
pub struct ServiceProcess {
    process: Supervised,
    log: PathBuf,
    ops: SocketAddr,
}

impl ServiceProcess {
    /// Waits until `/readyz` says 200.
    ///
    /// # Panics
    /// With the tail of its log when it ends first, or when that does not come within [`DEADLINE`].
    pub fn wait_until_ready(&mut self) {
        let start = Instant::now();
        loop {
            let answer = self.get("/readyz");
            if answer.as_ref().is_ok_and(|answer| answer.status == 200) {
                return;
            }
            let Self { process, log, .. } = self;
            let status = process.try_wait();
            assert!(status.is_none(), "the service ended with {status:?}; {}", tail(log));
            assert!(start.elapsed() < DEADLINE, "the service is not ready: {answer:?}; {}", tail(log));
            sleep(Duration::from_millis(10));
        }
    }

    /// Asks its ops port.
    ///
    /// # Errors
    /// Where it does not answer.
    pub fn get(&self, path: &str) -> std::io::Result<Answer> {
        get(self.ops, path)
    }

    /// Where its ops port is.
    pub fn ops(&self) -> SocketAddr {
        self.ops
    }

    /// The process number.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// SIGKILL, and waits for the end.
    pub fn kill9(&mut self) {
        self.process.kill9();
    }

    /// SIGTERM, and waits for the end.
    ///
    /// # Panics
    /// When it is still there after [`DEADLINE`].
    pub fn terminate(&mut self) -> ExitStatus {
        self.process.signal(Signal::TERM);
        self.wait()
    }

    /// Any signal; does not wait for what it does.
    pub fn signal(&mut self, signal: Signal) {
        self.process.signal(signal);
    }

    /// SIGSTOP: it stalls, and may come back.
    pub fn pause(&mut self) {
        self.process.signal(Signal::STOP);
    }

    /// SIGCONT.
    pub fn resume(&mut self) {
        self.process.signal(Signal::CONT);
    }

    /// Waits until it ends by itself.
    ///
    /// # Panics
    /// When it is still there after [`DEADLINE`].
    pub fn wait(&mut self) -> ExitStatus {
        self.process.wait(DEADLINE)
    }

    /// Its status, if it has ended.
    pub fn try_wait(&mut self) -> Option<ExitStatus> {
        self.process.try_wait()
    }

    /// What it has written, to standard output and standard error.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).expect("the log can be read")).into_owned()
    }

    /// Waits until its log has a line with the text.
    ///
    /// # Panics
    /// With the tail of its log when none comes within [`DEADLINE`].
    pub fn wait_for_log(&self, text: &str) {
        let what = format!("{text:?} in the log {}", self.log.display());
        wait_until(&what, DEADLINE, || self.log().contains(text));
    }
}
