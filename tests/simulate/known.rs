//! A search that finds nothing proves something only where it can find something: each rule is left out in turn, and the
//! simulation has to notice.

use std::time::Duration;

use schedule_callback::domain::directory::{LifecycleRules, Retry, Waits};
use schedule_callback::domain::life::Outcome;

use crate::executor::{MILLIS, SECOND};
use crate::network::{Service, Strike};
use crate::plan::{Fault, Order, Plan, Reaction, Trouble, Wanted};
use crate::random::Random;
use crate::rules::LeftOut;
use crate::run::{Run, run};
use crate::simulate::{say, told};

/// How many worlds may be needed.
const WORLDS: u64 = 1_500;

/// A world in which that rule matters, if one knows how to make it likely.
fn provoked(seed: u64, left_out: LeftOut) -> Plan {
    let plan = Plan::of(seed, left_out);
    let living = || living(seed, left_out);
    match left_out {
        // It stands still in the middle of what a sweep has found, until others have its shards.
        LeftOut::FenceSweeps => struck(living(), "find callbacks", Strike::Freeze(9 * SECOND)),
        // The due event is read, and its commit is not known yet.
        LeftOut::WaitForPass => struck(living(), "commit events", Strike::HoldAnswer(2 * SECOND)),
        LeftOut::TakeBack => taken_back(living()),
        LeftOut::StateInTransaction => struck(living(), "produce", Strike::Refuse),
        LeftOut::HoldUntilAnswered => struck(living(), "send offsets", Strike::Delay(3 * SECOND)),
        LeftOut::AwaitAnswers | LeftOut::AnswerInOrder | LeftOut::SayOnce => {
            struck(living(), "produce", Strike::CrashBefore)
        }
        LeftOut::NoteForward => gone_through_twice(living()),
        LeftOut::LookBehindPass => Plan { faults: Vec::new(), ..living() },
        LeftOut::SweepInTime => without_a_pause(plan),
        LeftOut::GiveUpAtOnce => only_refusals(plan),
        LeftOut::StagedRetry => staged_and_refused(plan),
        LeftOut::LostFuture => restored(plan),
        LeftOut::StartOverInDoubt => unanswered(plan),
        LeftOut::StartOverAfterOutage => hanging(plan, |_| None),
        // Where it matters is rare: this begins with a world in which it was found.
        LeftOut::DoubtOfMarkers => Plan::of(seed + 107_499, left_out),
        LeftOut::NoteWhatIsWritten => Plan::of(seed + 3_030_723, left_out),
        LeftOut::EndWhenPublished => Plan::of(seed + 4_024_689, left_out),
        LeftOut::MakeWay => Plan::of(seed + 156_349, left_out),
        // The loop that fires stands still in its own commits.
        LeftOut::HoldUntilTold => Plan::of(seed + 153_601, left_out),
        // Nobody is left who knows of it.
        LeftOut::EndHanging => hanging(plan, |_| Some(Trouble::CrashAll(SECOND))),
        // A shard of the transaction that hangs goes to another instance, and its producer goes on.
        LeftOut::EndOwnHanging => hanging(spread(plan), |number| match number % 3 {
            0 => Some(Trouble::Extra(3 * SECOND)),
            1 => Some(Trouble::Rebalance),
            _ => Some(Trouble::Stop(number % 2, SECOND)),
        }),
        LeftOut::CopyWhatCounts | LeftOut::NewNames => hanging(plan, |number| Some(Trouble::Stop(number % 2, SECOND))),
        _ => plan,
    }
}

/// A world with a life after due and the state topic.
fn living(seed: u64, left_out: LeftOut) -> Plan {
    let lives = |plan: &Plan| !plan.skills.is_empty() && plan.settings.has_state;
    (0..1_000).map(|more| Plan::of(seed * 1_000 + more, left_out)).find(lives).unwrap()
}

/// Nothing goes wrong but that one call, every few seconds.
fn struck(plan: Plan, call: &'static str, strike: Strike) -> Plan {
    let fault = |number: usize| {
        let what = Trouble::Aimed(number % plan.instances, call, 0, strike);
        Fault { number, at: (3 + 3 * micros(number)) * SECOND, what }
    };
    Plan { faults: (0..12).map(fault).collect(), ..plan }
}

/// What was decided is not answered before its owner dies, and who goes through it once more dies on the way.
fn gone_through_twice(mut plan: Plan) -> Plan {
    (plan.instances, plan.settings.batch) = (1, 4);
    let faults = (0..12_usize).flat_map(|number| {
        let at = (3 + 3 * micros(number)) * SECOND;
        let unanswered = Trouble::Aimed(0, "produce", 0, Strike::CrashBefore);
        let on_the_way = Trouble::Aimed(0, "commit rows", 0, Strike::CrashAfter);
        [
            Fault { number: 2 * number, at, what: unanswered },
            Fault { number: 2 * number + 1, at: at + 300 * MILLIS, what: on_the_way },
        ]
    });
    Plan { faults: faults.collect(), ..plan }
}

/// Something is presented several times a second, for long, and nobody reports.
fn without_a_pause(plan: Plan) -> Plan {
    let order = |number: usize| {
        let due = 12 * SECOND + 400 * MILLIS * micros(number);
        let what = Wanted::Follow { due, skill: Some(0), agent: None, not_after: None };
        Order { number, at: 5 * SECOND, partition: 0, what }
    };
    let (orders, skills) = ((0..50).map(order).collect(), vec![vec![Some(LifecycleRules::default())]]);
    let (reactions, faults) = (Vec::new(), Vec::new());
    let mut plan = Plan { instances: 1, shards: 1, skills, orders, reactions, faults, ..plan };
    (plan.settings.stage_ahead, plan.settings.acknowledge_within) = (0, 2 * SECOND);
    (plan.settings.window, plan.settings.window_rows) = (60 * SECOND, 100_000);
    plan
}

/// Nobody answers, so each callback is presented again a second later; that pass comes to nothing, and while it is not yet tried
/// again it is reported of the attempt before that the person was reached. The database is slow meanwhile.
fn taken_back(plan: Plan) -> Plan {
    let retry = Retry { no_answer: Waits::new([Duration::from_secs(1)]), ..Retry::default() };
    let skills = vec![vec![Some(LifecycleRules { retry, ..LifecycleRules::default() })]];
    let mut random = Random::of(plan.seed);
    let (mut orders, mut reactions) = (Vec::new(), Vec::new());
    let mut faults = Vec::new();
    for number in 0..10 {
        let due = (4 + 4 * micros(number)) * SECOND;
        let what = Wanted::Follow { due, skill: Some(0), agent: None, not_after: None };
        orders.push(Order { number, at: due - 3 * SECOND, partition: 0, what });
        let late = 1_000 * MILLIS + i64::try_from(random.below(1_200_000)).unwrap();
        for (outcome, after) in [(Outcome::NoAnswer, 0), (Outcome::Connected, late)] {
            let (number, of) = (reactions.len(), number);
            reactions.push(Reaction {
                number,
                of,
                presentation: 1,
                after,
                partition: 0,
                outcome,
                off: 0,
                due: 0,
                again: None,
            });
        }
        // Then one is late, so that what was reported is said before.
        let refusals = 4 + usize::try_from(random.below(4)).unwrap();
        let refused = std::iter::repeat_n(Strike::Refuse, refusals).chain([Strike::Delay(2 * SECOND)]);
        let refused = refused.map(|strike| Trouble::Aimed(0, "produce", 0, strike));
        let troubles = [Trouble::Slow(Service::Postgres, 3 * SECOND)].into_iter().chain(refused);
        faults.extend(troubles.enumerate().map(|(one, what)| Fault {
            number: 10 * number + one,
            at: due + 500 * MILLIS,
            what,
        }));
    }
    let mut plan = Plan { instances: 1, shards: 1, skills, orders, reactions, faults, ..plan };
    (plan.settings.stage_ahead, plan.settings.acknowledge_within) = (0, 5 * SECOND);
    (plan.settings.window, plan.settings.window_rows, plan.settings.batch) = (60 * SECOND, 100_000, 1);
    plan
}

/// Two instances with several shards each, which change hands when a third comes. Batches are small, so that a transaction
/// concerns one shard only.
fn spread(mut plan: Plan) -> Plan {
    (plan.instances, plan.shards, plan.settings.batch) = (2, 5, 1);
    plan.orders.iter_mut().zip([0, 1, 2, 3, 4].into_iter().cycle()).for_each(|(order, shard)| order.partition = shard);
    plan
}

/// Now and then the broker forgets a transaction, and soon afterwards something else happens.
fn hanging(plan: Plan, then: impl Fn(usize) -> Option<Trouble>) -> Plan {
    let faults = (0..6_usize).flat_map(|number| {
        let at = (3 + 6 * micros(number)) * SECOND;
        let hang = Fault { number: 2 * number, at, what: Trouble::Hang };
        let then = then(number).map(|what| Fault { number: 2 * number + 1, at: at + 400 * MILLIS, what });
        [Some(hang), then]
    });
    Plan { faults: faults.flatten().collect(), ..plan }
}

fn micros(number: usize) -> i64 {
    i64::try_from(number).unwrap()
}

/// Now and then the broker refuses a record, and nothing else happens.
fn only_refusals(mut plan: Plan) -> Plan {
    let mut random = Random::of(plan.seed);
    plan.settings.stage_ahead = 0;
    (plan.settings.window, plan.settings.window_rows) = (60 * SECOND, 100_000);
    plan.faults.clear();
    for number in 0..3_usize {
        let instance = usize::try_from(random.below(plan.instances as u64)).unwrap();
        let what = Trouble::Aimed(instance, "produce", 0, Strike::Refuse);
        plan.faults.push(Fault { number, at: (11 + 9 * micros(number)) * SECOND, what });
    }
    plan
}

/// A pass is prepared ten seconds ahead and refused; when all is well again a callback of another shard is wanted at short
/// notice, more than five seconds before the time of that pass.
fn staged_and_refused(mut plan: Plan) -> Plan {
    plan.settings.stage_ahead = 10 * SECOND;
    (plan.settings.window, plan.settings.window_rows) = (60 * SECOND, 100_000);
    let order = |number: usize| {
        let begins = (12 + 16 * micros(number / 2)) * SECOND;
        let (partition, at, due) = match number % 2 {
            0 => (0, begins, begins + 11_500 * MILLIS),
            _ => (1, begins + 5_600 * MILLIS, begins + 5_900 * MILLIS),
        };
        Order { number, at, partition, what: Wanted::Schedule { due } }
    };
    let fault = |number: usize| {
        let at = (13 + 16 * micros(number)) * SECOND;
        Fault { number, at, what: Trouble::Aimed(0, "produce", 0, Strike::Refuse) }
    };
    let (orders, faults) = ((0..6).map(order).collect(), (0..3).map(fault).collect());
    Plan { shards: 2, instances: 1, orders, reactions: Vec::new(), faults, ..plan }
}

/// Now and then a commit of the broker is answered when nobody waits for it any more, and nothing else happens: no connection
/// breaks, which would end the takeovers by itself.
fn unanswered(plan: Plan) -> Plan {
    let fault = |number: usize| {
        let what = Trouble::Aimed(number % plan.instances, "commit events", 0, Strike::HoldAnswer(12 * SECOND));
        Fault { number, at: (11 + 2 * micros(number)) * SECOND, what }
    };
    Plan { faults: (0..6).map(fault).collect(), ..plan }
}

/// Callbacks are fired that the database, played back from a backup, has never heard of; then others are scheduled.
fn restored(plan: Plan) -> Plan {
    let schedule = |number: usize| {
        let (at, due) = match number {
            0..5 => (2 * SECOND, 4 * SECOND),
            5..10 => (9 * SECOND, 11 * SECOND),
            _ => (20 * SECOND, 24 * SECOND),
        };
        let (at, due) = (at + micros(number) * MILLIS, due + micros(number) * MILLIS);
        Order { number, at, partition: 0, what: Wanted::Schedule { due } }
    };
    let faults = [(6, Trouble::CrashAll(SECOND)), (15, Trouble::Restore(10 * SECOND))];
    let fault = |(number, (at, what)): (usize, (i64, Trouble))| Fault { number, at: at * SECOND, what };
    let faults = faults.into_iter().enumerate().map(fault).collect();
    Plan { shards: 1, instances: 1, orders: (0..15).map(schedule).collect(), reactions: Vec::new(), faults, ..plan }
}

/// The first world that shows that the rule is left out.
fn noticed(left_out: LeftOut) -> Option<(u64, Run)> {
    (1..=WORLDS).map(|seed| (seed, run(&provoked(seed, left_out), false))).find(|(_, run)| !run.broken.is_empty())
}

/// Leaves these rules out, and says what showed it.
fn each_is_noticed(rules: &[LeftOut]) {
    let mut unnoticed = Vec::new();
    let only = std::env::var("SIMULATE_RULES").unwrap_or_default();
    let is_wanted = |rule: &&LeftOut| only.is_empty() || only.split(',').any(|name| name == format!("{rule:?}"));
    for left_out in rules.iter().filter(is_wanted) {
        match noticed(*left_out) {
            Some((seed, run)) => {
                say(&format!("simulate: without {left_out:?} world {seed} breaks {:?}", run.promises()));
            }
            None => unnoticed.push(left_out),
        }
        // The same worlds break nothing while the rule is kept.
        for seed in 1..20 {
            let kept = Plan { left_out: LeftOut::Nothing, ..provoked(seed, *left_out) };
            let run = run(&kept, false);
            assert!(run.broken.is_empty(), "{left_out:?} is kept. {}", told(&kept, &run));
        }
    }
    assert!(unnoticed.is_empty(), "nobody notices that these are left out: {unnoticed:?}");
}

#[test]
#[ignore = "takes long: make simulate"]
fn the_faults_that_were_mended_are_found_when_they_are_put_back() {
    each_is_noticed(&LeftOut::MENDED);
}

#[test]
#[ignore = "takes long: make simulate"]
fn every_rule_that_is_left_out_is_noticed() {
    each_is_noticed(&LeftOut::KEPT);
}
