//! Scenario: how long a command waits for its result when the service is not at its limit.

use std::time::Duration;

use schedule_callback::clock;

use crate::bare;
use crate::chart::{Chart, Shape};
use crate::commands::Commands;
use crate::feed::Feed;
use crate::grounds::{Ground, Grounds, start};
use crate::listen::{Listener, answer, millis};
use crate::progress::progress;
use crate::report::{Section, Target, distribution, quantile, sorted};
use crate::sizes::Sizes;

const PER_SECOND: u64 = 1_000;
/// Commands that go before those that are measured: connections and caches are warm then.
const WARM: u64 = 2 * PER_SECOND;
/// Milliseconds.
const TARGET_P50: f64 = 20.0;
const TARGET_P99: f64 = 60.0;

/// Plays the scenario.
pub fn measure(grounds: &mut Grounds<'_>, sizes: &Sizes) -> Section {
    let ground = grounds.with_waiting(0);
    let rounds: Vec<_> = (1..=sizes.rounds)
        .map(|round| {
            let latencies = play(ground, sizes.latency_seconds);
            let (p50, p99) = (quantile(&latencies, 0.5), quantile(&latencies, 0.99));
            progress(&format!("latency {round}/{}: p50 {p50:.1} ms, p99 {p99:.1} ms", sizes.rounds));
            latencies
        })
        .collect();

    let mut section = Section::new(format!(
        "{PER_SECOND} commands a second for {} seconds a round, each from just before it is produced until its result is \
         with a `read_committed` reader. After it what a transaction of Kafka and a commit of PostgreSQL take by themselves, \
         one after the other on the same servers: a result waits for one of each.",
        sizes.latency_seconds
    ));
    let each = |share| rounds.iter().map(|latencies| quantile(latencies, share)).collect();
    section.row("p50", "ms", Some(Target::AtMost(TARGET_P50)), each(0.5));
    section.row("p99", "ms", Some(Target::AtMost(TARGET_P99)), each(0.99));
    section.row("longest", "ms", None, each(1.0));
    bare::rows(&mut section, ground, sizes.rounds);
    section.charts.push(Chart {
        name: "latency".to_owned(),
        title: format!("From command to result, {PER_SECOND} a second"),
        x: "ms".to_owned(),
        y: "% of commands".to_owned(),
        shape: Shape::Lines,
        marks: Vec::new(),
        series: vec![distribution("results", &sorted(rounds.concat()))],
    });
    section
}

/// One round: the milliseconds that each command waited for its result, sorted.
fn play(ground: &Ground<'_>, seconds: u64) -> Vec<f64> {
    let count = WARM + seconds * PER_SECOND;
    let listener = Listener::open(&ground.scope.kafka.client(), &ground.scope.topics.results, answer);
    let (mut service, _) = start(&ground.service());
    let feed = Feed::to(&ground.scope, Duration::ZERO);
    let sent =
        feed.paced(&Commands::new(&format!("latency-{}", clock::now().micros()), clock::now()), count, PER_SECOND);
    let results = listener.wait_for("results", count);
    service.terminate();
    let warm = usize::try_from(WARM).unwrap_or(0);
    let measured = results.iter().filter(|(_, answer)| answer.number >= warm);
    sorted(measured.map(|(at, answer)| millis(sent[answer.number], *at)).collect())
}
