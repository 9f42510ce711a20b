//! Scenario: what the size of a transaction does to the throughput, without the service.

use std::time::Duration;

use schedule_callback::clock;

use crate::chart::{Chart, Series, Shape};
use crate::commands::Commands;
use crate::feed::Feed;
use crate::grounds::{Grounds, PARTITIONS};
use crate::pipe;
use crate::progress::progress;
use crate::report::{Row, Section};
use crate::sizes::Sizes;

/// Records in a transaction; the service puts `pipe::BATCH` into one at most.
const BATCHES: [u32; 5] = [50, 200, 1_000, 5_000, 20_000];
/// So many transactions a round, as far as there are commands for them.
const TRANSACTIONS: u64 = 100;
/// The fewest records of a round, for the rate to mean something.
const FEWEST: u64 = 20_000;
/// About the bytes of a result without its headers.
const BYTES: usize = 500;

/// Plays the scenario.
pub fn measure(grounds: &mut Grounds<'_>, sizes: &Sizes) -> Section {
    let ground = grounds.with_partitions(PARTITIONS);
    let most = sizes.commands / sizes.rounds;
    Feed::to(&ground.scope, Duration::from_millis(20)).all(&Commands::new("batches", clock::now()), 0..most);
    let mut rates = BATCHES.map(|_| Vec::new());
    for round in 1..=sizes.rounds {
        for (batch, rates) in BATCHES.into_iter().zip(&mut rates) {
            let count = (u64::from(batch) * TRANSACTIONS).max(FEWEST).min(most);
            let rate = pipe::carry(&ground.scope, count, BYTES, batch as usize, round);
            progress(&format!("batches {round}/{}: {batch} a transaction: {rate:.0} records/s", sizes.rounds));
            rates.push(rate);
        }
    }
    let mut section = Section::new(format!(
        "The bare pipe of `intake`, records of {BYTES} bytes, with so many in a transaction at most. What is ready goes into \
         the service's next transaction, up to {} records.",
        pipe::BATCH
    ));
    for (batch, rates) in BATCHES.into_iter().zip(rates) {
        section.row(&format!("{batch} a transaction"), "1/s", None, rates);
    }
    let points = BATCHES.into_iter().map(f64::from).zip(section.rows.iter().map(Row::median)).collect();
    section.charts.push(Chart {
        name: "batches".to_owned(),
        title: "Throughput of the bare pipe by batch size".to_owned(),
        x: "records in a transaction".to_owned(),
        y: "1/s".to_owned(),
        shape: Shape::Lines,
        marks: Vec::new(),
        series: vec![Series { name: "bare pipe".to_owned(), points }],
    });
    section
}
