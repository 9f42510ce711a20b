//! The steps of 10,000 commands and of their callbacks, to be counted by valgrind: `make bench-instructions`.
//!
//! Unlike a time, a count of instructions is the same on a busy machine.

mod steps;

use std::hint::black_box;

use self::steps::{NOW, Steps, due, fire, rows};

const COMMANDS: u64 = 10_000;

fn main() {
    let steps = Steps::new();
    let records = Steps::commands(COMMANDS);
    counted(&steps, &records);
}

/// Only what happens in here is counted: the entry in the Makefile names this function.
#[inline(never)]
fn counted(steps: &Steps, records: &[steps::commands::CommandRecord]) {
    let items: Vec<_> = records.iter().map(|record| steps.judge(record)).collect();
    let settled = steps.settle(&items);
    black_box(rows(&settled));
    let callbacks: Vec<_> = settled.inserts.iter().map(|(_, callback)| callback.clone()).collect();
    settled.release();
    fire(&due(&callbacks), NOW, |part| _ = black_box(part));
}
