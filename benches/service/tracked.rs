//! Scenario: many tracked callbacks due at one instant, and what the state topic adds.

use crate::burst::{self, Burst, Set};
use crate::chart::{Chart, Shape};
use crate::grounds::{Grounds, Kind, PARTITIONS};
use crate::progress::progress;
use crate::report::{Section, distribution, quantile, sorted};
use crate::sizes::Sizes;

const SETS: [(&str, Set); 4] = [
    ("untracked, state topic off", Set::PLAIN),
    ("tracked, state topic off", Set { kind: Kind::TRACKED, ..Set::PLAIN }),
    ("untracked, state topic on", Set { states: true, ..Set::PLAIN }),
    ("tracked, state topic on", Set { kind: Kind::TRACKED, states: true, ..Set::PLAIN }),
];
const SHARES: [(&str, f64); 3] = [("p50", 0.5), ("p99", 0.99), ("longest", 1.0)];

/// Plays the scenario.
pub fn measure(grounds: &mut Grounds<'_>, sizes: &Sizes) -> Section {
    let mut sets = SETS.map(|_| Vec::new());
    for round in 1..=sizes.rounds {
        // What one round presents is not to be swept in the next.
        let ground = grounds.with_partitions(PARTITIONS);
        for ((name, set), bursts) in SETS.iter().zip(&mut sets) {
            let burst = burst::play(&ground, sizes.burst, set);
            progress(&format!(
                "burst, {name}, {round}/{}: p99 {:.0} ms, {:.0} MiB",
                sizes.rounds,
                quantile(&burst.lateness, 0.99),
                burst.memory
            ));
            bursts.push(burst);
        }
    }
    let mut section = Section::new(format!(
        "{} callbacks due at one instant, of skills that are tracked and of others, with the state topic and without it, in \
         turn. Lateness is arrival at a `read_committed` reader minus the instant: of due events, and of the states that say \
         so, which are published in the same transactions.",
        sizes.burst
    ));
    let each = |bursts: &[Burst], figure: &dyn Fn(&Burst) -> f64| bursts.iter().map(figure).collect();
    for ((name, set), bursts) in SETS.iter().zip(&sets) {
        for (share_name, share) in SHARES {
            let what = format!("{name}: due events, {share_name}");
            section.row(&what, "ms", None, each(bursts, &|burst| quantile(&burst.lateness, share)));
        }
        if set.states {
            let what = format!("{name}: states, longest");
            section.row(&what, "ms", None, each(bursts, &|burst| quantile(&burst.said, 1.0)));
        }
        section.row(&format!("{name}: memory at its most"), "MiB", None, each(bursts, &|burst| burst.memory));
    }
    let all = |bursts: &[Burst]| sorted(bursts.iter().flat_map(|burst| burst.lateness.iter().copied()).collect());
    section.charts.push(Chart {
        name: "tracked".to_owned(),
        title: format!("Lateness of {} at one instant", sizes.burst),
        x: "ms".to_owned(),
        y: "% of callbacks".to_owned(),
        shape: Shape::Lines,
        marks: Vec::new(),
        series: SETS.iter().zip(&sets).map(|((name, _), bursts)| distribution(name, &all(bursts))).collect(),
    });
    section
}
