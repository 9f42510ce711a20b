//! What processes cost, and what the machine they share does beside them, as Linux tells (proc(5)).

use std::fs;
use std::time::Instant;

/// Linux counts processor time in hundredths of a second for programs, whatever its own clock (`USER_HZ`, time(7)).
const TICKS_PER_SECOND: f64 = 100.0;

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

    /// The sum of some fields of its `stat`, counted from its state on: `utime`, `stime`, and those of children that have
    /// ended, `cutime` and `cstime`, are the 12th to the 15th (proc(5)).
    fn ticks<const FIELDS: usize>(self, fields: [usize; FIELDS]) -> f64 {
        let stat = read(&format!("/proc/{}/stat", self.pid));
        // The name in parentheses may have blanks; state follows it.
        let all: Vec<_> = stat.rsplit_once(')').map_or("", |it| it.1).split_whitespace().collect();
        let ticks = |index: usize| all.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(f64::NAN);
        fields.into_iter().map(ticks).sum()
    }

    /// Processor time of the process and of all that come from it, those that have ended included, in seconds.
    pub fn cpu_seconds_of_tree(self) -> f64 {
        // Each thread has a list of those that it has started.
        let threads = fs::read_dir(format!("/proc/{}/task", self.pid)).into_iter().flatten().flatten();
        let lists: Vec<String> =
            threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok()).collect();
        let children = lists.iter().flat_map(|list| list.split_ascii_whitespace()).filter_map(|pid| pid.parse().ok());
        // One that ends meanwhile has no file any more, and counts with its parent.
        let living: f64 = children.map(|pid| Self::of(pid).cpu_seconds_of_tree()).filter(|it| !it.is_nan()).sum();
        self.ticks([11, 12, 13, 14]) / TICKS_PER_SECOND + living
    }

    /// Processor time of several processes together, in seconds.
    pub fn of_all(pids: impl Iterator<Item = u32>) -> f64 {
        pids.map(|pid| Self::of(pid).cpu_seconds()).sum()
    }

    /// The most memory that was resident at once so far, in MiB.
    pub fn peak_memory(self) -> f64 {
        in_mib(&read(&format!("/proc/{}/status", self.pid)), "VmHWM:")
    }

    /// How many files, sockets and the like it has open now; none where it has ended.
    pub fn descriptors(self) -> Option<usize> {
        Some(fs::read_dir(format!("/proc/{}/fd", self.pid)).ok()?.count())
    }

    /// How many threads it has now; none where it has ended.
    pub fn threads(self) -> Option<usize> {
        Some(fs::read_dir(format!("/proc/{}/task", self.pid)).ok()?.count())
    }

    /// The memory that is resident now, in MiB.
    pub fn memory(self) -> f64 {
        in_mib(&read(&format!("/proc/{}/status", self.pid)), "VmRSS:")
    }
}

/// How much of the machine's processor time those take that this process has nothing to do with.
#[derive(Clone, Copy, Debug)]
pub struct Others {
    since: Instant,
    busy: f64,
    own: f64,
}

impl Others {
    /// From now on.
    pub fn from_now() -> Self {
        Self { since: Instant::now(), busy: busy_seconds(), own: own_seconds() }
    }

    /// Their share since then, from 0 to 1: of all cores.
    pub fn share(&self) -> f64 {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let cores = u32::try_from(cores).map_or(1.0, f64::from);
        let theirs = (busy_seconds() - self.busy) - (own_seconds() - self.own);
        (theirs / (self.since.elapsed().as_secs_f64() * cores)).clamp(0.0, 1.0)
    }
}

fn own_seconds() -> f64 {
    Process::of(std::process::id()).cpu_seconds_of_tree()
}

/// Processor time that was not idle, of all cores, in seconds: all fields of the first line but `idle` and `iowait`, the 4th
/// and 5th, and but `guest` and `guest_nice`, the 9th and 10th, which `user` and `nice` contain.
fn busy_seconds() -> f64 {
    let stat = read("/proc/stat");
    let all = stat.lines().next().unwrap_or_default().split_whitespace().skip(1);
    let ticks = all.take(8).enumerate().filter(|(index, _)| !matches!(index, 3 | 4));
    ticks.filter_map(|(_, field)| field.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_SECOND
}

/// A line `<name> <number> kB`, in MiB.
pub fn in_mib(lines: &str, name: &str) -> f64 {
    let number = lines.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
    number.and_then(|number| number.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}

/// A file's text; empty where it cannot be read.
pub fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
