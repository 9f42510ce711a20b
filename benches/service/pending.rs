//! Scenario: what waiting callbacks cost those that are not waiting.

use schedule_callback::clock;

use crate::chart::{Chart, Shape};
use crate::grounds::{Ground, Grounds, start};
use crate::progress::progress;
use crate::report::{Row, Section, Target, by_round, quantile};
use crate::rig::usage::Process;
use crate::sizes::Sizes;
use crate::{burst, intake};

/// What is measured, by name and unit, at both numbers of waiting callbacks.
const FIGURES: [(&str, &str); 4] =
    [("intake", "1/s"), ("burst p99", "ms"), ("memory right after the start", "MiB"), ("ready after", "s")];

/// What the share of each may be.
const TARGETS: [Option<Target>; 4] = [Some(Target::AtLeast(0.9)), Some(Target::AtMost(1.1)), None, None];

/// Plays the scenario.
pub fn measure(grounds: &mut Grounds<'_>, sizes: &Sizes) -> Section {
    let rounds = sizes.rounds;
    let commands = sizes.commands / sizes.rounds;
    let mut section = Section::new(format!(
        "The same with {} and with {} callbacks waiting, in turn: intake of {commands} commands, lateness of {} at one instant, memory and \
         start of the service. A waiting callback is to cost disk and nothing else.",
        sizes.few, sizes.many, sizes.burst
    ));
    let mut charts: Vec<Chart> = FIGURES.iter().map(|(what, unit)| chart(what, unit)).collect();
    let numbers = [sizes.few, sizes.many];
    // Both are made before anything is measured, so that what the machine does at other times falls on both alike.
    for waiting in numbers {
        grounds.with_waiting(waiting);
    }
    let mut figures = numbers.map(|_| FIGURES.map(|_| Vec::new()));
    for round in 1..=rounds {
        for (waiting, figures) in numbers.into_iter().zip(&mut figures) {
            let values = play(grounds.with_waiting(waiting), round, commands, sizes.burst);
            let shown: Vec<_> =
                FIGURES.iter().zip(values).map(|((what, unit), value)| format!("{what} {value:.1} {unit}")).collect();
            progress(&format!("{waiting} pending, {round}/{rounds}: {}", shown.join(", ")));
            figures.iter_mut().zip(values).for_each(|(values, value)| values.push(value));
        }
    }
    for (waiting, figures) in numbers.into_iter().zip(figures) {
        for (((what, unit), values), chart) in FIGURES.into_iter().zip(figures).zip(&mut charts) {
            section.row(&format!("{waiting} pending: {what}"), unit, None, values);
            let median = section.rows.last().map_or(f64::NAN, Row::median);
            chart.series.push(by_round(&format!("{waiting} pending"), &[median]));
        }
    }
    // What each figure is with many waiting, as a share of what it is with few.
    for ((what, _), target) in FIGURES.iter().zip(TARGETS) {
        let medians: Vec<f64> = section.rows.iter().filter(|row| row.what.ends_with(what)).map(Row::median).collect();
        if let ([few, many], Some(target)) = (&*medians, target) {
            section.row(&format!("{what}: with many, as a share of with few"), "", Some(target), vec![many / few]);
        }
    }
    section.charts = charts;
    section
}

/// One round: the values of `FIGURES`.
fn play(ground: &Ground<'_>, round: u64, commands: u64, due: u64) -> [f64; 4] {
    let (mut service, ready) = start(&ground.service());
    let memory = Process::of(service.pid()).memory();
    service.terminate();
    let intake = intake::play(ground, &format!("pending-{round}-{}", clock::now().micros()), commands);
    let burst = burst::play(ground, due, &burst::Set::PLAIN);
    [intake.rate, quantile(&burst.lateness, 0.99), memory, ready.as_secs_f64()]
}

fn chart(what: &str, unit: &str) -> Chart {
    Chart {
        name: format!("pending-{}", what.replace(' ', "-")),
        title: format!("Cost of waiting callbacks: {what}"),
        x: String::new(),
        y: unit.to_owned(),
        shape: Shape::Bars,
        marks: Vec::new(),
        series: Vec::new(),
    }
}
