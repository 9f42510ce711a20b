//! Long random schedules with many faults; what fails is shrunk.

use proptest::prelude::*;

use crate::action::Model;
use crate::goal;
use crate::invariants;
use crate::scenario::Command::{Cancel, Reschedule, Schedule};
use crate::scenario::{Scenario, Second};
use crate::state::Faults;

/// Steps of one schedule.
const STEPS: usize = 200;

fn scenarios() -> impl Strategy<Value = Scenario> {
    let faults =
        (0..6_u8, 0..4_u8, 0..4_u8, 0..4_u8, 0..4_u8).prop_map(|(rebalances, crashes, database, kafka, aborts)| {
            Faults { rebalances, crashes, database, kafka, aborts, keep_alives: 3 }
        });
    let amend = prop_oneof![
        3 => (1..12_u8).prop_map(Schedule),
        2 => (0..3_usize).prop_map(Cancel),
        3 => (0..3_usize, 1..12_u8).prop_map(|(of, to)| Reschedule(of, to)),
    ];
    let commands = (prop::collection::vec((1..12_u8).prop_map(Schedule), 3), prop::collection::vec(amend, 1..8));
    (commands, faults, any::<bool>(), 1..4_u8, 2..5_usize).prop_map(
        |((mut commands, more), faults, running, window, rows)| {
            commands.extend(more);
            // A window that is cut off where the model starts with it would have to be loaded by its rules.
            let done = if running { 2 } else { 0 };
            Scenario { commands, done, running, second: Second::Member, time: (0, 12), window, rows, faults }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn long_random_schedules_keep_every_promise_and_reach_the_goal(
        scenario in scenarios(),
        choices in prop::collection::vec(any::<prop::sample::Index>(), STEPS),
    ) {
        let model = Model::of(scenario);
        let mut state = model.scenario.begin(model.defect);
        let mut steps = Vec::new();
        for choice in choices {
            let enabled = model.enabled(&state);
            if enabled.is_empty() {
                break;
            }
            let action = *choice.get(&enabled);
            steps.push(action);
            let next = model.apply(&state, action);
            if let Some(rule) = invariants::broken(&state, &next) {
                return Err(TestCaseError::fail(format!("{rule}: {steps:#?}")));
            }
            state = next;
        }
        if let Err((rule, on)) = goal::drive(&model, &state) {
            return Err(TestCaseError::fail(format!("{rule}: {steps:#?}, then {on:#?}")));
        }
    }
}
