//! Scenario: the same commands for one instance and for two.

use std::time::Duration;

use schedule_callback::clock;

use crate::chart::{Chart, Shape};
use crate::commands::Commands;
use crate::feed::Feed;
use crate::grounds::{Ground, Grounds, start};
use crate::listen::{Listener, answer, rate};
use crate::progress::progress;
use crate::report::{Section, by_round};
use crate::rig::usage::Process;
use crate::sizes::Sizes;

/// Enough for both to have their share.
const PARTITIONS: i32 = 16;

/// Plays the scenario.
pub fn measure(grounds: &mut Grounds<'_>, sizes: &Sizes) -> Section {
    let ground = grounds.with_partitions(PARTITIONS);
    let (rounds, count) = (sizes.rounds, sizes.commands / sizes.rounds);
    let mut rates = [const { Vec::new() }; 2];
    let mut cpu = [const { Vec::new() }; 2];
    for round in 1..=rounds {
        for instances in 1..=2 {
            let (rate, cpu_micros) = play(&ground, &format!("scale-{round}-{instances}"), count, instances);
            progress(&format!("scale {round}/{rounds}, {instances} at work: {rate:.0} commands/s, {cpu_micros:.1} µs"));
            rates[instances - 1].push(rate);
            cpu[instances - 1].push(cpu_micros);
        }
    }
    let mut section = Section::new(format!(
        "{count} commands a round over {PARTITIONS} partitions, produced as fast as they are taken while the instances \
         stand ready: one instance, and two that share the partitions. Producer, servers, instances and reader share the \
         cores, so this shows what sharing costs, not what another machine would bring."
    ));
    for (name, (rates, cpu)) in ["one instance", "two instances"].into_iter().zip(rates.iter().zip(&cpu)) {
        section.row(&format!("{name}: commands answered"), "1/s", None, rates.clone());
        section.row(&format!("{name}: processor time for a command, all together"), "µs", None, cpu.clone());
    }
    let [one, two] = &rates;
    section.charts.push(Chart {
        name: "scale".to_owned(),
        title: format!("Throughput over {PARTITIONS} partitions"),
        x: "round".to_owned(),
        y: "1/s".to_owned(),
        shape: Shape::Bars,
        marks: Vec::new(),
        series: vec![by_round("one instance", one), by_round("two instances", two)],
    });
    section
}

/// Commands a second, and microseconds of processor time that all instances together spent on each.
fn play(ground: &Ground<'_>, prefix: &str, count: u64, instances: usize) -> (f64, f64) {
    let mut services: Vec<_> = (0..instances).map(|_| start(&ground.service()).0).collect();
    let cpu_seconds = || Process::of_all(services.iter().map(crate::rig::ServiceProcess::pid));
    let before = cpu_seconds();
    let listener = Listener::open(&ground.scope.kafka.client(), &ground.scope.topics.results, answer);
    Feed::to(&ground.scope, Duration::from_millis(20)).all(&Commands::new(prefix, clock::now()), 0..count);
    let results = listener.wait_for("results", count);
    let spent = cpu_seconds() - before;
    for service in &mut services {
        service.terminate();
    }
    (rate(&results), spent * 1e6 / count as f64)
}
