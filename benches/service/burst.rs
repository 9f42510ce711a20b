//! Scenario: many callbacks due at one instant.

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;

use crate::chart::{Chart, Shape};
use crate::grounds::{Ground, Grounds, Kind, start};
use crate::listen::{Listener, millis, said, scheduled_for};
use crate::pipe;
use crate::progress::progress;
use crate::report::{Section, Target, distribution, quantile, sorted};
use crate::rig::usage::Process;
use crate::sizes::Sizes;

/// Milliseconds, of 100,000 at one instant.
const TARGETS: [(&str, f64, Target); 3] = [
    ("p50", 0.5, Target::AtMost(250.0)),
    ("p99", 0.99, Target::AtMost(450.0)),
    ("longest", 1.0, Target::AtMost(600.0)),
];
/// Milliseconds, with `due.stage_ahead` of half a second.
const TARGET_STAGED: f64 = 120.0;
/// Milliseconds and MiB, of 1,000,000 at one instant.
const TARGET_GREAT: f64 = 5_000.0;
const TARGET_MEMORY: f64 = 400.0;

const SECOND: i64 = 1_000_000;
/// Rows are put into the database at least this fast; a round that turns out slower is played again with more time.
const ROWS_A_SECOND: u64 = 50_000;
/// How long the service may take to start, in microseconds.
const START: i64 = 10 * SECOND;
/// How often a round is played again.
const ATTEMPTS: i64 = 4;

/// What one round showed.
pub struct Burst {
    /// Milliseconds from the instant to the arrival of each, sorted.
    pub lateness: Vec<f64>,
    /// The same of the states that say so; empty where the state topic is off.
    pub said: Vec<f64>,
    /// The most memory of the service, in MiB.
    pub memory: f64,
}

/// What is due in a burst, and how the service is set.
#[derive(Clone, Copy, Debug)]
pub struct Set {
    /// What is due.
    pub kind: Kind,
    /// The setting `due.stage_ahead`.
    pub stage_ahead: &'static str,
    /// Whether the state topic is on.
    pub states: bool,
}

impl Set {
    /// Callbacks that nobody tracks, at the service's defaults.
    pub const PLAIN: Self = Self { kind: Kind::UNTRACKED, stage_ahead: "0ms", states: false };
    const STAGED: Self = Self { stage_ahead: "500ms", ..Self::PLAIN };
}

/// Plays the scenario.
pub fn measure(grounds: &mut Grounds<'_>, sizes: &Sizes) -> Section {
    let ground = grounds.with_waiting(sizes.pending);
    let (mut plain, mut staged, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=sizes.rounds {
        plain.push(play(ground, sizes.burst, &Set::PLAIN));
        staged.push(play(ground, sizes.burst, &Set::STAGED));
        bare.push(pipe::burst(&ground.scope, sizes.burst, round));
        let p99 = |lateness: Option<&Vec<f64>>| lateness.map_or(f64::NAN, |lateness| quantile(lateness, 0.99));
        progress(&format!(
            "burst {round}/{}: p99 {:.0} ms, staged {:.0} ms, bare {:.0} ms",
            sizes.rounds,
            p99(plain.last().map(|burst| &burst.lateness)),
            p99(staged.last().map(|burst| &burst.lateness)),
            p99(bare.last())
        ));
    }
    let great: Vec<Burst> = (1..=sizes.rounds)
        .map(|round| {
            let burst = play(ground, sizes.great_burst, &Set::PLAIN);
            let (last, memory) = (quantile(&burst.lateness, 1.0), burst.memory);
            progress(&format!("great burst {round}/{}: the last after {last:.0} ms, {memory:.0} MiB", sizes.rounds));
            burst
        })
        .collect();

    let mut section = Section::new(format!(
        "{} callbacks due at one instant while {} wait. Lateness is arrival at a `read_committed` reader minus the \
         instant. In turn with it the same with `due.stage_ahead` of 500 ms, and as many records of the same size \
         produced from memory in the same transactions of 10,000.",
        sizes.burst, sizes.pending
    ));
    let each = |bursts: &[Burst], share| bursts.iter().map(|burst| quantile(&burst.lateness, share)).collect();
    for (name, share, target) in TARGETS {
        section.row(&format!("lateness {name}"), "ms", Some(target), each(&plain, share));
    }
    section.row("staged ahead: p50", "ms", None, each(&staged, 0.5));
    section.row("staged ahead: p99", "ms", Some(Target::AtMost(TARGET_STAGED)), each(&staged, 0.99));
    for (name, share, _) in TARGETS {
        let values = bare.iter().map(|lateness| quantile(lateness, share)).collect();
        section.row(&format!("bare transactions from memory: {name}"), "ms", None, values);
    }
    let memory = |bursts: &[Burst]| bursts.iter().map(|burst| burst.memory).collect();
    section.row("memory of the service at its most", "MiB", None, memory(&plain));
    let what = |rest: &str| format!("{} at one instant: {rest}", sizes.great_burst);
    section.row(&what("the last after"), "ms", Some(Target::AtMost(TARGET_GREAT)), each(&great, 1.0));
    section.row(&what("memory at its most"), "MiB", Some(Target::AtMost(TARGET_MEMORY)), memory(&great));
    let all = |bursts: &[Burst]| sorted(bursts.iter().flat_map(|burst| burst.lateness.iter().copied()).collect());
    section.charts.push(Chart {
        name: "burst".to_owned(),
        title: format!("Lateness of {} at one instant", sizes.burst),
        x: "ms".to_owned(),
        y: "% of callbacks".to_owned(),
        shape: Shape::Lines,
        marks: Vec::new(),
        series: vec![
            distribution("default", &all(&plain)),
            distribution("staged 500 ms ahead", &all(&staged)),
            distribution("bare transactions", &sorted(bare.concat())),
        ],
    });
    section
}

/// One round: that many callbacks are stored, the service starts, their instant comes, the service stops.
pub fn play(ground: &Ground<'_>, count: u64, set: &Set) -> Burst {
    let rows = i64::try_from(count / ROWS_A_SECOND).unwrap_or(i64::MAX) * SECOND;
    for attempt in 1..=ATTEMPTS {
        let instant = whole_second(clock::now().plus_micros(attempt * rows + attempt * START));
        if let Some(burst) = attempt_at(ground, count, set, instant) {
            return burst;
        }
        progress("the instant came before the service was ready; the round is played again with more time");
    }
    panic!("the service was never ready in time for its burst");
}

fn attempt_at(ground: &Ground<'_>, count: u64, set: &Set, instant: Timestamp) -> Option<Burst> {
    let Set { kind, stage_ahead, states } = set;
    ground.put_callbacks(kind, count, instant, 0);
    let client = ground.scope.kafka.client();
    let listener = Listener::open(&client, &ground.scope.topics.due, scheduled_for);
    let said = states.then(|| Listener::open(&client, &ground.state, said));
    let (mut service, _) = start(&ground.service_with_states(*states).set("due.stage_ahead", *stage_ahead));
    // A second more, so that the window is loaded: it is by then, however many there are.
    let in_time = clock::now().plus_micros(SECOND) < instant;
    let arrivals = listener.wait_for("due events", count);
    let said = said.map(|said| said.wait_for("states", count)).unwrap_or_default();
    let memory = Process::of(service.pid()).peak_memory();
    service.terminate();
    in_time.then(|| Burst {
        lateness: sorted(arrivals.iter().map(|(at, scheduled_for)| millis(*scheduled_for, *at)).collect()),
        said: sorted(said.iter().map(|(at, _)| millis(instant, *at)).collect()),
        memory,
    })
}

const fn whole_second(instant: Timestamp) -> Timestamp {
    Timestamp::from_micros(instant.micros() / SECOND * SECOND)
}
