//! What a seed makes of life after due: which skills are tracked and by which rules, which callbacks are followed, and what
//! routers make of their due events.

use std::time::Duration;

use schedule_callback::domain::directory::{Retry, Waits};
use schedule_callback::domain::life::Outcome;
use schedule_callback::domain::lifecycle::LifecycleRules;

use crate::executor::{MILLIS, Micros, SECOND};
use crate::plan::{Order, Plan, Reaction, Trouble, Wanted, micros, usize_of};
use crate::random::Random;

/// How many skills of a world are tracked at first.
pub const SKILLS: usize = 3;
/// How many agents come and go.
pub const AGENTS: usize = 2;
/// How many due events of one callback routers may react to.
const PRESENTATIONS: u32 = 7;

/// Calls that strikes are aimed at in worlds with a life after due, beside the others; and whether the server may refuse
/// them.
const CALLS: [(&str, bool); 8] = [
    ("find unreported", false),
    ("note recorded", true),
    ("write rows", true),
    ("commit rows", false),
    ("hold epochs", true),
    ("produce", true),
    ("send offsets", true),
    ("commit events", false),
];

/// What routers report, by how often.
const OUTCOMES: [(Outcome, u64); 15] = [
    (Outcome::Accepted, 18),
    (Outcome::InProgress, 8),
    (Outcome::NoAnswer, 14),
    (Outcome::Busy, 8),
    (Outcome::Voicemail, 3),
    (Outcome::Abandoned, 4),
    (Outcome::DialFailed, 5),
    (Outcome::AgentUnavailable, 5),
    (Outcome::RefusedByAgent, 8),
    (Outcome::Rescheduled, 5),
    (Outcome::Connected, 14),
    (Outcome::HandledElsewhere, 3),
    (Outcome::RefusedByContact, 2),
    (Outcome::DoNotCall, 1),
    (Outcome::WrongNumber, 2),
];

impl Plan {
    /// Gives some of the callbacks a life after due, in half of the worlds; and most worlds that have it the state topic.
    pub fn live(&mut self, span: Micros) {
        let mut random = Random::of(self.seed ^ 0x5EED_0F11_FE00_0000);
        let lives = random.below(2) == 0;
        self.settings.has_state = random.below(4) < if lives { 3 } else { 1 };
        if !lives {
            return;
        }
        self.settings.acknowledge_within = micros(random.between(1_000_000, 5_000_000));
        self.skills = (0..SKILLS).map(|_| versions(&mut random)).collect();
        self.follow(&mut random);
        self.turn(&mut random, span);
        self.react(&mut random);
        for fault in &mut self.faults {
            if let Trouble::Aimed(instance, ..) = fault.what
                && random.below(3) == 0
                && let Some((call, may_refuse)) = random.one_of(&CALLS).copied()
            {
                fault.what = Self::aimed_at(&mut random, instance, call, may_refuse);
            }
        }
    }

    /// Most of the callbacks are followed; some of those move between skills, and reports come that no router makes.
    fn follow(&mut self, random: &mut Random) {
        // What shares its id with something else is left alone.
        let shared: Vec<usize> = self
            .orders
            .iter()
            .filter_map(|order| if let Wanted::Reuse { of, .. } = order.what { Some(of) } else { None })
            .collect();
        let mut followed = Vec::new();
        let share = random.between(3, 10);
        for order in &mut self.orders {
            match order.what {
                Wanted::Schedule { due } if !shared.contains(&order.number) && random.below(10) < share => {
                    let skill = Some(usize_of(random.below(SKILLS as u64 + 1))).filter(|skill| *skill < SKILLS);
                    let agent = Some(usize_of(random.below(AGENTS as u64 + 1))).filter(|agent| *agent < AGENTS);
                    let not_after =
                        (skill.is_none() || random.below(6) == 0).then(|| due + micros(random.between(1, 8_000_000)));
                    order.what = Wanted::Follow { due, skill, agent, not_after };
                    followed.push(order.number);
                }
                Wanted::Reschedule { of, due, .. } if followed.contains(&of) && random.below(3) == 0 => {
                    let skill = Some(usize_of(random.below(SKILLS as u64 + 1))).filter(|skill| *skill < SKILLS);
                    let not_after = (random.below(3) == 0).then(|| due + micros(random.between(1, 8_000_000)));
                    order.what = Wanted::Move { of, due, skill, not_after };
                }
                Wanted::Cancel { of, by_id } if followed.contains(&of) && random.below(3) == 0 => {
                    let (attempt, outcome) = (1 + micros(random.below(3)), outcome(random));
                    order.what = Wanted::Report { of, by_id, attempt, outcome };
                }
                _ => {}
            }
        }
    }

    /// Rules of skills change, skills stop being tracked, agents come and go.
    fn turn(&mut self, random: &mut Random, span: Micros) {
        let first = self.orders.len() * 2;
        for number in first..first + usize_of(random.below(6)) {
            let at = micros(random.below(span.unsigned_abs()));
            let what = if random.below(2) == 0 {
                let skill = usize_of(random.below(SKILLS as u64));
                Wanted::Skill { skill, version: usize_of(random.below(self.skills[skill].len() as u64)) }
            } else {
                Wanted::Agent { agent: usize_of(random.below(AGENTS as u64)), is_active: random.below(2) == 0 }
            };
            self.orders.push(Order { number, at, partition: 0, what });
        }
        self.orders.sort_by_key(|order| (order.at, order.number));
    }

    fn react(&mut self, random: &mut Random) {
        let followed = self.orders.iter().filter(|order| matches!(order.what, Wanted::Follow { .. }));
        let followed: Vec<usize> = followed.map(|order| order.number).collect();
        let shards = u64::from(self.shards.unsigned_abs());
        // Some worlds have routers that hardly ever answer.
        let silence = random.between(10, 70);
        let partition = |random: &mut Random| i32::try_from(random.below(shards)).unwrap_or(0);
        for of in followed {
            for presentation in 1..=PRESENTATIONS {
                let mut after = 0;
                while random.below(100) >= silence && self.reactions.len() < 400 {
                    after += match random.below(10) {
                        0..3 => micros(random.below(30_000)),
                        3..8 => micros(random.between(1_000, 1_500_000)),
                        _ => micros(random.between(1_000_000, 8_000_000)),
                    };
                    let off = match random.below(20) {
                        0..3 => -1,
                        3 => 1,
                        _ => 0,
                    };
                    let number = self.reactions.len();
                    self.reactions.push(Reaction {
                        number,
                        of,
                        presentation,
                        after,
                        partition: partition(random),
                        outcome: outcome(random),
                        off,
                        due: micros(random.between(200_000, 4_000_000)),
                        again: (random.below(4) == 0).then(|| (micros(random.below(3_000_000)), partition(random))),
                    });
                }
            }
        }
    }
}

fn outcome(random: &mut Random) -> Outcome {
    let mut left = random.below(OUTCOMES.iter().map(|(_, often)| often).sum());
    for (outcome, often) in OUTCOMES {
        if left < often {
            return outcome;
        }
        left -= often;
    }
    Outcome::Connected
}

fn versions(random: &mut Random) -> Vec<Option<LifecycleRules>> {
    let mut versions: Vec<_> = (0..random.between(1, 3)).map(|_| Some(rules(random))).collect();
    if random.below(3) == 0 {
        versions.push(None);
    }
    versions
}

/// Rules with waits that are far shorter than a directory may have.
fn rules(random: &mut Random) -> LifecycleRules {
    let waits = |random: &mut Random| {
        let number = [0, 1, 1, 2].get(usize_of(random.below(4))).copied().unwrap_or(1);
        Waits::new((0..number).map(|_| Duration::from_micros(random.between(1_000, 3_000_000))))
    };
    let perhaps = |random: &mut Random, least: Micros, most: Micros, often: u64| {
        (random.below(10) < often).then(|| micros(random.between(least.unsigned_abs(), most.unsigned_abs())))
    };
    LifecycleRules {
        max_tries: i16::try_from(random.between(1, 4)).unwrap_or(1),
        max_presentations: i32::try_from(random.between(1, 5)).unwrap_or(1),
        retry: Retry {
            no_answer: waits(random),
            busy: waits(random),
            voicemail: waits(random),
            abandoned: waits(random),
            dial_failed: waits(random),
            agent_unavailable: waits(random),
        },
        handle_within: perhaps(random, 500 * MILLIS, 5 * SECOND, 8),
        release_after: perhaps(random, 500 * MILLIS, 6 * SECOND, 4),
        is_strict: random.below(4) == 0,
        expire_after: perhaps(random, SECOND, 15 * SECOND, 3),
    }
}
