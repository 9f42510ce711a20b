//! Scenario: callbacks due one after the other, alone and while commands come in.

use std::time::Duration;

use schedule_callback::clock;

use crate::commands::Commands;
use crate::feed::Feed;
use crate::grounds::{Ground, Grounds, start};
use crate::listen::{Listener, millis, scheduled_for};
use crate::progress::progress;
use crate::report::{Chart, Section, Shape, Target, distribution, quantile, sorted};
use crate::sizes::Sizes;

const PER_SECOND: u64 = 1_000;
const COMMANDS_PER_SECOND: u64 = 5_000;
/// When the first is due, from when they are stored, in microseconds: the service has started by then.
const LEAD: i64 = 15_000_000;
/// Milliseconds, p50 and p99: alone, and with commands.
const TARGETS_ALONE: [f64; 2] = [20.0, 45.0];
const TARGETS_BUSY: [f64; 2] = [25.0, 100.0];
/// Commands begin this long before the first is due.
const RUN_UP: i64 = 2_000_000;

/// Plays the scenario.
pub fn measure(grounds: &mut Grounds<'_>, sizes: &Sizes) -> Section {
    let ground = grounds.with_waiting(sizes.pending);
    let alone = play(ground, sizes, false);
    let busy = play(ground, sizes, true);
    let mut section = Section::new(format!(
        "{PER_SECOND} callbacks due a second for {} seconds while {} wait: alone, and with {COMMANDS_PER_SECOND} commands a \
         second coming in. Lateness as above.",
        sizes.steady_seconds, sizes.pending
    ));
    for (name, lateness, targets) in [("alone", &alone, TARGETS_ALONE), ("with commands", &busy, TARGETS_BUSY)] {
        let [target_p50, target_p99] = targets.map(|bound| Some(Target::AtMost(bound)));
        let (p50, p99) = (quantile(lateness, 0.5), quantile(lateness, 0.99));
        progress(&format!("steady, {name}: p50 {p50:.1} ms, p99 {p99:.1} ms"));
        section.row(&format!("{name}: p50"), "ms", target_p50, vec![p50]);
        section.row(&format!("{name}: p99"), "ms", target_p99, vec![p99]);
    }
    section.charts.push(Chart {
        name: "steady".to_owned(),
        title: format!("Lateness of {PER_SECOND} a second"),
        x: "ms".to_owned(),
        y: "% of callbacks".to_owned(),
        shape: Shape::Lines,
        series: vec![distribution("alone", &alone), distribution("with 5,000 commands/s", &busy)],
    });
    section
}

/// The milliseconds of lateness, sorted.
fn play(ground: &Ground<'_>, sizes: &Sizes, with_commands: bool) -> Vec<f64> {
    let count = sizes.steady_seconds * PER_SECOND;
    let first = clock::now().plus_micros(LEAD);
    ground.put_callbacks(count, first, 1_000_000 / i64::try_from(PER_SECOND).unwrap_or(1));
    let listener = Listener::open(&ground.scope.kafka.client(), &ground.scope.topics.due, scheduled_for);
    let (mut service, _) = start(&ground.service());
    let arrivals = std::thread::scope(|threads| {
        if with_commands {
            threads.spawn(|| {
                let commands = Commands::new(&format!("steady-{}", first.micros()), clock::now());
                clock::sleep_until(first.plus_micros(-RUN_UP));
                let seconds = sizes.steady_seconds + 2;
                let feed = Feed::to(&ground.scope, Duration::from_millis(2));
                feed.paced(&commands, seconds * COMMANDS_PER_SECOND, COMMANDS_PER_SECOND)
            });
        }
        listener.wait_for("due events", count)
    });
    service.terminate();
    sorted(arrivals.iter().map(|(at, scheduled_for)| millis(*scheduled_for, *at)).collect())
}
