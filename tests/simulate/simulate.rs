//! Many worlds, one after the other, on a few threads; and what is said of one that breaks a promise.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use schedule_callback::clock;

use crate::plan::Plan;
use crate::rules::LeftOut;
use crate::run::{Run, run};
use crate::shrink::shrink;

/// How often the progress is shown.
const EVERY: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Progress {
    worlds: AtomicU64,
    faults: AtomicU64,
    commands: AtomicU64,
    due: AtomicU64,
    steps: AtomicU64,
    virtual_seconds: AtomicU64,
}

impl Progress {
    fn count(&self, run: &Run) {
        self.worlds.fetch_add(1, Ordering::Relaxed);
        for (sum, more) in [
            (&self.faults, run.faults),
            (&self.commands, run.commands),
            (&self.due, run.due),
            (&self.steps, run.steps),
            (&self.virtual_seconds, run.lasted.unsigned_abs() / 1_000_000),
        ] {
            sum.fetch_add(more, Ordering::Relaxed);
        }
    }

    fn line(&self, passed: Duration) -> String {
        let of = |sum: &AtomicU64| sum.load(Ordering::Relaxed);
        let each = |sum: &AtomicU64| u128::from(of(sum)) * 1_000 / passed.as_millis().max(1);
        format!(
            "simulate: {} s, {} worlds ({}/s), {} faults ({}/s), {} commands ({}/s), {} due events, {} steps, {} h of \
             virtual time",
            passed.as_secs(),
            of(&self.worlds),
            each(&self.worlds),
            of(&self.faults),
            each(&self.faults),
            of(&self.commands),
            each(&self.commands),
            of(&self.due),
            of(&self.steps),
            of(&self.virtual_seconds) / 3_600,
        )
    }
}

/// Straight to the terminal: the test harness keeps what is printed from those who wait.
pub fn say(line: &str) {
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What a failing world looks like, for a person to read.
pub fn told(plan: &Plan, found: &Run) -> String {
    let smallest = shrink(plan, found);
    let replayed = run(&smallest, true);
    let mut text = format!(
        "seed {} breaks {:?}\n  {}\n\nThe smallest world that still does: {} instances, {} shards, {:?}\n",
        plan.seed,
        found.promises(),
        found.broken.iter().take(5).cloned().collect::<Vec<_>>().join("\n  "),
        smallest.instances,
        smallest.shards,
        smallest.settings,
    );
    for (skill, versions) in smallest.skills.iter().enumerate() {
        let line = format!("skill {skill}: {versions:?}\n");
        text += &line;
    }
    for order in &smallest.orders {
        text += &order.to_string();
        text.push('\n');
    }
    for reaction in &smallest.reactions {
        text += &reaction.to_string();
        text.push('\n');
    }
    for fault in &smallest.faults {
        text += &fault.to_string();
        text.push('\n');
    }
    text += "\nWhat happens in it:\n";
    text += &replayed.trace.join("\n");
    text += "\n\nWhat that breaks:\n";
    text += &replayed.broken.join("\n");
    text
}

/// Runs worlds until the time is over, all seeds are done, or one breaks a promise.
fn search(first: u64, seeds: u64, long: Duration, threads: u64, left_out: LeftOut, shows: bool) -> Option<(Plan, Run)> {
    let (next, ended) = (AtomicU64::new(0), AtomicBool::new(false));
    let (progress, found) = (Progress::default(), Mutex::new(None));
    let goes_on = number("SIMULATE_GO_ON").is_some();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) && began.elapsed() < long {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= seeds {
                        break;
                    }
                    let plan = Plan::of(first + number, left_out);
                    let run = run(&plan, false);
                    progress.count(&run);
                    if !run.broken.is_empty() && goes_on {
                        let what: String = run.broken[0].chars().take(300).collect();
                        say(&format!("simulate: seed {} breaks {:?}: {what}", plan.seed, run.promises()));
                    } else if !run.broken.is_empty() {
                        ended.store(true, Ordering::Relaxed);
                        found.lock().unwrap().get_or_insert((plan, run));
                    }
                }
                ended.fetch_or(next.load(Ordering::Relaxed) >= seeds, Ordering::Relaxed);
            });
        }
        let mut last = Instant::now();
        while shows && !ended.load(Ordering::Relaxed) && began.elapsed() < long {
            std::thread::sleep(Duration::from_millis(50));
            if last.elapsed() >= EVERY {
                last = Instant::now();
                say(&progress.line(began.elapsed()));
            }
        }
    });
    if shows {
        say(&progress.line(began.elapsed()));
    }
    found.into_inner().unwrap()
}

#[test]
fn no_world_breaks_a_promise() {
    let first = number("SIMULATE_SEED").unwrap_or_else(|| clock::now().micros().unsigned_abs() % 1_000_000_000);
    let seeds = number("SIMULATE_SEEDS").unwrap_or(u64::MAX);
    let long = Duration::from_secs(number("SIMULATE_SECONDS").unwrap_or(60));
    let threads = number("SIMULATE_THREADS").unwrap_or(2);
    say(&format!("simulate: SIMULATE_SEED={first}"));
    if let Some((plan, run)) = search(first, seeds, long, threads, LeftOut::Nothing, true) {
        panic!("{}", told(&plan, &run));
    }
}

#[test]
fn a_seed_replays_exactly() {
    for seed in 1..6 {
        let plan = Plan::of(seed, LeftOut::Nothing);
        let first = run(&plan, true);
        assert!(first.trace.len() > 100);
        assert_eq!(first, run(&plan, true), "seed {seed}");
    }
}
