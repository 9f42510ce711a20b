//! Makes a failing world smaller: takes out faults and orders as long as it still breaks the same promise.

use crate::plan::Plan;
use crate::run::{Run, run};

/// How many worlds are tried at most.
const TRIES: u32 = 3_000;

/// The smallest plan that was found to break one of the promises that this one breaks.
pub fn shrink(plan: &Plan, found: &Run) -> Plan {
    let wanted: Vec<String> = found.promises().into_iter().map(str::to_owned).collect();
    let mut left = TRIES;
    let mut breaks = |candidate: &Plan| {
        left = left.saturating_sub(1);
        left > 0 && run(candidate, false).promises().iter().any(|promise| wanted.iter().any(|one| one == promise))
    };
    let mut best = plan.clone();
    loop {
        let before = best.orders.len() + best.reactions.len() + best.faults.len() + best.instances;
        best = thin(best, |plan| plan.faults.len(), |plan, range| drop(plan.faults.drain(range)), &mut breaks);
        best = thin(best, |plan| plan.orders.len(), |plan, range| drop(plan.orders.drain(range)), &mut breaks);
        best = thin(best, |plan| plan.reactions.len(), |plan, range| drop(plan.reactions.drain(range)), &mut breaks);
        if best.instances > 1 {
            let fewer = Plan { instances: best.instances - 1, ..best.clone() };
            if breaks(&fewer) {
                best = fewer;
            }
        }
        if best.orders.len() + best.reactions.len() + best.faults.len() + best.instances == before {
            return best;
        }
    }
}

/// Takes out pieces of a list, from halves down to single ones.
fn thin(
    mut best: Plan,
    length: impl Fn(&Plan) -> usize,
    take_out: impl Fn(&mut Plan, std::ops::Range<usize>),
    breaks: &mut impl FnMut(&Plan) -> bool,
) -> Plan {
    let mut piece = length(&best).div_ceil(2);
    while piece > 0 {
        let mut from = 0;
        while from < length(&best) {
            let mut candidate = best.clone();
            let until = (from + piece).min(length(&best));
            take_out(&mut candidate, from..until);
            if breaks(&candidate) {
                best = candidate;
            } else {
                from = until;
            }
        }
        piece = if piece == 1 { 0 } else { piece.div_ceil(2) };
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::LeftOut;

    #[test]
    #[ignore = "takes long: make simulate"]
    fn a_failing_world_is_made_smaller_and_still_breaks_the_same_promise() {
        let failing = (1..500).map(|seed| Plan::of(seed, LeftOut::RecordsFirst)).map(|plan| (run(&plan, false), plan));
        let (found, plan) = failing.into_iter().find(|(run, _)| !run.broken.is_empty()).unwrap();
        let smallest = shrink(&plan, &found);
        assert!(smallest.orders.len() + smallest.faults.len() < usize::midpoint(plan.orders.len(), plan.faults.len()));
        let again = run(&smallest, true);
        assert!(found.promises().intersection(&again.promises()).next().is_some());
        assert_eq!(again, run(&smallest, true));
    }
}
