//! The machine and its processes, as Linux tells (proc(5)).

use std::fs;

use serde::{Deserialize, Serialize};

use crate::grounds::{PARTITIONS, POSTGRES_SETTINGS, Servers};

/// Linux counts processor time in hundredths of a second for programs, whatever its own clock (`USER_HZ`, time(7)).
const TICKS_PER_SECOND: f64 = 100.0;

/// What the figures depend on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Machine {
    /// The processor, and how many of its cores there are.
    pub processor: String,
    /// The memory, in GiB.
    pub memory_gib: f64,
    /// The kernel's version.
    pub kernel: String,
    /// Versions and settings of the servers.
    pub servers: String,
}

impl Machine {
    /// Looks at this machine.
    pub fn look(servers: &Servers) -> Self {
        let cpuinfo = read("/proc/cpuinfo");
        let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|it| it.1);
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let settings: Vec<_> = POSTGRES_SETTINGS.iter().map(|(name, value)| format!("{name} {value}")).collect();
        Self {
            processor: format!("{cores} × {}", model.unwrap_or("unknown")),
            memory_gib: in_mib(&read("/proc/meminfo"), "MemTotal:") / 1024.0,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            servers: format!(
                "Apache Kafka {}, one node, {PARTITIONS} partitions a topic; PostgreSQL {}: {}; service, servers and \
                 measuring program share the machine",
                kafka_version(),
                servers.postgres.sql("postgres").value::<String>("show server_version", &[]),
                settings.join(", ")
            ),
        }
    }
}

/// What a process has cost so far.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    pid: u32,
}

impl Process {
    /// The process of that number.
    pub const fn of(pid: u32) -> Self {
        Self { pid }
    }

    /// Processor time, of user and system, in seconds.
    pub fn cpu_seconds(self) -> f64 {
        self.ticks([11, 12]) / TICKS_PER_SECOND
    }

    /// Processor time of the process and of all its children, those that have ended included, in seconds.
    pub fn cpu_seconds_with_children(self) -> f64 {
        let children = read(&format!("/proc/{0}/task/{0}/children", self.pid));
        let children = children.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).map(Self::of);
        // One that ends meanwhile has no file any more, and counts with its parent.
        let living: f64 = children.map(Self::cpu_seconds).filter(|seconds| !seconds.is_nan()).sum();
        self.ticks([11, 12, 13, 14]) / TICKS_PER_SECOND + living
    }

    /// The sum of some fields of its `stat`, counted from its state on: `utime`, `stime`, and those of children that have
    /// ended, `cutime` and `cstime`, are the 12th to the 15th (proc(5)).
    fn ticks<const FIELDS: usize>(self, fields: [usize; FIELDS]) -> f64 {
        let stat = read(&format!("/proc/{}/stat", self.pid));
        // The name in parentheses may have blanks; state follows it.
        let all: Vec<_> = stat.rsplit_once(')').map_or("", |it| it.1).split_whitespace().collect();
        let ticks = |index: usize| all.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(f64::NAN);
        fields.into_iter().map(ticks).sum()
    }

    /// Processor time of several processes together, in seconds.
    pub fn of_all(pids: impl Iterator<Item = u32>) -> f64 {
        pids.map(|pid| Self::of(pid).cpu_seconds()).sum()
    }

    /// The most memory that was resident at once so far, in MiB.
    pub fn peak_memory(self) -> f64 {
        in_mib(&read(&format!("/proc/{}/status", self.pid)), "VmHWM:")
    }

    /// The memory that is resident now, in MiB.
    pub fn memory(self) -> f64 {
        in_mib(&read(&format!("/proc/{}/status", self.pid)), "VmRSS:")
    }
}

/// The version that the rig's Maven project names.
fn kafka_version() -> &'static str {
    const PROJECT: &str = include_str!("../../tests/it/rig/kafka/pom.xml");
    let broker = PROJECT.split_once("kafka_2.13").map_or("", |it| it.1);
    broker.split_once("<version>").and_then(|it| it.1.split_once('<')).map_or("unknown", |it| it.0)
}

/// A line `<name> <number> kB`, in MiB.
fn in_mib(lines: &str, name: &str) -> f64 {
    let number = lines.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
    number.and_then(|number| number.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
