//! Scenario: callbacks due one after the other, alone and while commands come in.

use std::collections::BTreeMap;
use std::time::Duration;

use schedule_callback::clock;

use crate::bare;
use crate::chart::{Chart, Shape};
use crate::commands::Commands;
use crate::feed::Feed;
use crate::grounds::{Ground, Grounds, Kind, start};
use crate::listen::{Listener, millis, scheduled_for};
use crate::progress::progress;
use crate::report::{Section, Target, distribution, quantile, sorted};
use crate::sizes::Sizes;

const PER_SECOND: u64 = 1_000;
const COMMANDS_PER_SECOND: u64 = 5_000;
/// When the first is due, from when they are stored, in microseconds: the service has started by then.
const LEAD: i64 = 15_000_000;
/// In microseconds.
const MINUTE: i64 = 60_000_000;
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
         second coming in. Lateness as above. After it what a transaction of Kafka takes by itself on the same servers, which \
         every due event waits for; and a commit of PostgreSQL.",
        sizes.steady_seconds, sizes.pending
    ));
    let mut series = Vec::new();
    for (name, minutes, targets) in [("alone", &alone, TARGETS_ALONE), ("with commands", &busy, TARGETS_BUSY)] {
        let lateness = sorted(minutes.concat());
        for ((figure, share), target) in [("p50", 0.5), ("p99", 0.99)].into_iter().zip(targets) {
            let whole = quantile(&lateness, share);
            progress(&format!("steady, {name}: {figure} {whole:.1} ms"));
            section.row(&format!("{name}: {figure}"), "ms", Some(Target::AtMost(target)), vec![whole]);
            let each = minutes.iter().map(|lateness| quantile(lateness, share)).collect();
            section.row(&format!("{name}: {figure} of each minute"), "ms", None, each);
        }
        series.push(distribution(name, &lateness));
    }
    bare::rows(&mut section, ground, sizes.rounds);
    section.charts.push(Chart {
        name: "steady".to_owned(),
        title: format!("Lateness of {PER_SECOND} a second"),
        x: "ms".to_owned(),
        y: "% of callbacks".to_owned(),
        shape: Shape::Lines,
        marks: Vec::new(),
        series,
    });
    section
}

/// The milliseconds of lateness, minute by minute, each sorted.
fn play(ground: &Ground<'_>, sizes: &Sizes, with_commands: bool) -> Vec<Vec<f64>> {
    let count = sizes.steady_seconds * PER_SECOND;
    let first = clock::now().plus_micros(LEAD);
    ground.put_callbacks(&Kind::UNTRACKED, count, first, 1_000_000 / i64::try_from(PER_SECOND).unwrap_or(1));
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
    let mut minutes: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (at, scheduled_for) in arrivals {
        let minute = (scheduled_for.micros() - first.micros()) / MINUTE;
        minutes.entry(minute).or_default().push(millis(scheduled_for, at));
    }
    minutes.into_values().map(sorted).collect()
}
