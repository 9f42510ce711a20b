//! The protocol as a state machine, searched without servers: see docs/model.md.
//!
//! What the service decides with pure functions (`Frontier`, `Window`, `pass::plan`, `Fate`) is called here, too, and its
//! machines of takeovers and of the shards that are ours are driven; what it does with threads, locks and servers is
//! modelled as steps.

mod action;
mod dispatch;
mod goal;
mod group;
mod ingest;
mod invariants;
mod kafka;
mod mutants;
mod random;
mod scenario;
mod search;
mod state;
mod takeover;

use action::Model;
use scenario::{Scenario, Second};
use search::{Bounds, search};

/// How deep every test run searches.
const DEPTH: usize = 12;
/// At most so many states of each scenario in a deep run, unless `MODEL_STATES` says otherwise; a million takes about
/// 2 GiB.
const DEEP_STATES: usize = 3_000_000;

fn assert_sound(name: &str, scenario: Scenario, bounds: Bounds) {
    match search(&Model::of(scenario), bounds) {
        Ok(searched) => println!("{name}: {searched}"),
        Err(counterexample) => panic!("{name}: {counterexample}"),
    }
}

#[test]
fn two_owners_and_three_callbacks_keep_every_promise_in_every_interleaving() {
    assert_sound("three callbacks", Scenario::three_callbacks(), Bounds::depth(DEPTH));
}

#[test]
fn a_shard_that_nobody_has_owned_keeps_every_promise_in_every_interleaving() {
    assert_sound("fresh shard", Scenario::fresh(), Bounds::depth(DEPTH));
}

#[test]
#[ignore = "takes minutes: make model"]
fn a_deep_search_breaks_nothing() {
    let states = std::env::var("MODEL_STATES").map_or(DEEP_STATES, |states| states.parse().unwrap());
    let bounds = Bounds { depth: usize::MAX, states, goal_every: 200 };
    let running = Scenario::three_callbacks().with_more_faults();
    assert_sound("fresh shard", Scenario::fresh().with_more_faults(), bounds);
    assert_sound("stale second", Scenario { second: Second::Stale, ..running.clone() }, bounds);
    assert_sound("three callbacks", running, bounds);
}
