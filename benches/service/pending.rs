//! Scenario: what waiting callbacks cost those that are not waiting.

use schedule_callback::clock;

use crate::grounds::{Grounds, start};
use crate::machine::Process;
use crate::progress::progress;
use crate::report::{Chart, Row, Section, Shape, Target, by_round, quantile};
use crate::sizes::Sizes;
use crate::{burst, intake};

/// How often each is measured, at most.
const ROUNDS: u64 = 3;

/// What is measured, by name and unit, at both numbers of waiting callbacks.
const FIGURES: [(&str, &str); 4] =
    [("intake", "1/s"), ("burst p99", "ms"), ("memory right after the start", "MiB"), ("ready after", "s")];

/// What the share of each may be.
const TARGETS: [Option<Target>; 4] = [Some(Target::AtLeast(0.9)), Some(Target::AtMost(1.1)), None, None];

/// Plays the scenario.
pub fn measure(grounds: &mut Grounds<'_>, sizes: &Sizes) -> Section {
    let rounds = sizes.rounds.min(ROUNDS);
    let commands = sizes.commands / sizes.rounds;
    let mut section = Section::new(format!(
        "The same with {} and with {} callbacks waiting: intake of {commands} commands, lateness of {} at one instant, memory and \
         start of the service. A waiting callback is to cost disk and nothing else.",
        sizes.few, sizes.many, sizes.burst
    ));
    let mut charts: Vec<Chart> = FIGURES.iter().map(|(what, unit)| chart(what, unit)).collect();
    for waiting in [sizes.few, sizes.many] {
        let ground = grounds.with_waiting(waiting);
        let mut figures = FIGURES.map(|_| Vec::new());
        for round in 1..=rounds {
            let (mut service, ready) = start(&ground.service());
            let memory = Process::of(service.pid()).memory();
            service.terminate();
            let intake = intake::play(ground, &format!("pending-{round}-{}", clock::now().micros()), commands);
            let burst = burst::play(ground, sizes.burst, "0ms");
            let p99 = quantile(&burst.lateness, 0.99);
            progress(&format!(
                "{waiting} pending, {round}/{rounds}: intake {:.0}/s, burst p99 {p99:.0} ms, {memory:.0} MiB, ready after \
                 {:.2} s",
                intake.rate,
                ready.as_secs_f64()
            ));
            for (values, value) in figures.iter_mut().zip([intake.rate, p99, memory, ready.as_secs_f64()]) {
                values.push(value);
            }
        }
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

fn chart(what: &str, unit: &str) -> Chart {
    Chart {
        name: format!("pending-{}", what.replace(' ', "-")),
        title: format!("Cost of waiting callbacks: {what}"),
        x: String::new(),
        y: unit.to_owned(),
        shape: Shape::Bars,
        series: Vec::new(),
    }
}
