//! The model can fail: each rule that is switched off breaks a promise, and the search finds it.

use crate::action::Model;
use crate::scenario::Command::{Cancel, Reschedule, Schedule};
use crate::scenario::{Command, Defect, Scenario, Second};
use crate::search::{Bounds, search};
use crate::state::Faults;

/// More steps than any of these ways to break a rule takes.
const DEPTH: usize = 26;

/// One process and nothing that goes wrong: the least in which anything can happen.
fn scenario(commands: &[Command], done: usize) -> Scenario {
    Scenario {
        commands: commands.to_vec(),
        done,
        running: true,
        second: Second::None,
        time: (1, 2),
        window: 2,
        rows: 10,
        faults: Faults::default(),
    }
}

/// The scenario in which the rule is needed.
fn needed_in(defect: Defect) -> Scenario {
    let cancel = || scenario(&[Schedule(1), Cancel(0)], 1);
    // Behind the first window, so that it comes with a load that is under way when it is cancelled.
    let later = || Scenario { time: (2, 4), window: 1, ..scenario(&[Schedule(4), Cancel(0)], 1) };
    let fire = || scenario(&[Schedule(1)], 1);
    let lose_shard = Faults { rebalances: 1, ..Faults::default() };
    let lose_kafka = Faults { kafka: 1, ..Faults::default() };
    let lose_database = Faults { database: 1, ..Faults::default() };
    match defect {
        Defect::None | Defect::NoHolds | Defect::AnswersBeforeRecording | Defect::IgnoresCutoff => cancel(),
        Defect::UnstableRead | Defect::FreshMetadata => {
            Scenario { second: Second::Member, faults: lose_shard, ..fire() }
        }
        Defect::NoEpochCheck | Defect::NoWait => Scenario { second: Second::Member, faults: lose_shard, ..cancel() },
        Defect::HoldsOldPlaceOnly => {
            Scenario { time: (2, 4), ..scenario(&[Schedule(2), Schedule(4), Reschedule(1, 1)], 2) }
        }
        Defect::HoldsNewPlaceOnly => scenario(&[Schedule(1), Reschedule(0, 3)], 1),
        Defect::NoStep0 => Scenario { faults: lose_kafka, ..scenario(&[Schedule(1), Schedule(2)], 1) },
        Defect::NoStep5 => Scenario { second: Second::Stale, ..cancel() },
        Defect::ConfirmsEndedTakeover => {
            Scenario { running: false, second: Second::Member, faults: lose_shard, ..fire() }
        }
        Defect::UnnumberedLoads => Scenario { faults: lose_kafka, ..later() },
        Defect::NoReplayOnLoad | Defect::ReachesTooLate => later(),
        Defect::KeepAliveElsewhere => Scenario { faults: Faults { keep_alives: 1, ..Faults::default() }, ..fire() },
        Defect::RetriesUnknownTransaction => Scenario { faults: lose_kafka, ..fire() },
        Defect::ForgetsUnknownCommit | Defect::MistakesOwnKeyForAnothers => {
            Scenario { faults: lose_database, ..cancel() }
        }
        Defect::KeepsShardInDoubt => Scenario { second: Second::Stale, faults: lose_database, ..cancel() },
    }
}

#[test]
fn every_rule_that_is_left_out_breaks_a_promise() {
    for defect in Defect::ALL {
        let model = Model { scenario: needed_in(defect), defect };
        match search(&model, Bounds { depth: DEPTH, states: 1_000_000, goal_every: 0 }) {
            Ok(searched) => panic!("{defect:?} breaks nothing: {searched}"),
            Err(counterexample) => println!("{defect:?} breaks {counterexample}"),
        }
    }
}

#[test]
fn with_all_rules_the_same_scenarios_break_nothing() {
    for defect in Defect::ALL {
        let model = Model::of(needed_in(defect));
        match search(&model, Bounds { depth: DEPTH, states: 20_000, goal_every: 50 }) {
            Ok(searched) => println!("{defect:?} in place: {searched}"),
            Err(counterexample) => panic!("{defect:?} in place: {counterexample}"),
        }
    }
}
