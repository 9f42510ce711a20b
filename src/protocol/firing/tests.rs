mod life;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::DerefMut;

use super::*;
use crate::domain::ids::CallbackId;
use crate::protocol::frontier::Frontier;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);
const FAULTS: [Fault; 5] = [Fault::Refused, Fault::Fenced, Fault::Aborted, Fault::Unknown, Fault::Away];
/// Those after which it is certain that nothing has happened, and that the shards are still ours.
const HARMLESS: [Fault; 3] = [Fault::Refused, Fault::Aborted, Fault::Away];

/// A takeover of a shard: its number, and its epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Epoch(i32, i64);

impl Owner for Epoch {
    fn shard(&self) -> Shard {
        Shard::from_partition(self.0).unwrap()
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}

/// The takeovers that stand; and what is told of the callbacks, by their numbers.
#[derive(Default)]
struct Standing(BTreeMap<Epoch, RefCell<Frontier>>, life::Told);

impl Owners<Epoch> for Standing {
    fn is_current(&self, owner: &Epoch) -> bool {
        self.0.contains_key(owner)
    }

    fn frontier(&self, owner: &Epoch) -> impl DerefMut<Target = Frontier> {
        self.0[owner].borrow_mut()
    }
}

/// An instance, its clocks and the loop around its machine. Times are milliseconds; a callback's number is what it carries.
struct Instance {
    machine: Firing<Epoch, i64>,
    owners: Standing,
    time: i64,
    running: Duration,
    can_publish: bool,
}

const fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn position(millis: i64, id: i64) -> Position {
    Position { fire_at: at(millis), callback_id: id }
}

fn bounds() -> Bounds {
    Bounds::new(Duration::from_mins(1), 1_000, Duration::ZERO, Duration::MAX)
}

impl Instance {
    fn new(bounds: Bounds) -> Self {
        let (machine, owners) = (Firing::new(bounds), Standing::default());
        Self { machine, owners, time: 1_000, running: SECOND, can_publish: true }
    }

    /// One that fires for shards 0, 1 and so on, each loaded with these callbacks.
    fn firing(bounds: Bounds, shards: &[&[(i64, i64)]]) -> Self {
        let mut instance = Self::new(bounds);
        instance.take((0..).zip(shards).map(|(shard, _)| Epoch(shard, 1)).collect());
        let Next::Load(loads) = instance.next() else { panic!("nothing is loaded") };
        for (load, rows) in loads.iter().zip(shards) {
            instance.loaded(load, rows);
        }
        instance
    }

    fn take(&mut self, taken: Vec<Epoch>) {
        for owner in &taken {
            self.owners.0.insert(*owner, RefCell::new(Frontier::starting_at(position(0, 0))));
        }
        self.machine.begin(taken, &self.owners, self.running);
    }

    fn next(&mut self) -> Next<Epoch> {
        let moment = Moment { time: at(self.time), running: self.running, can_publish: self.can_publish };
        self.machine.next(&self.owners, moment)
    }

    fn loaded(&mut self, load: &Load<Epoch>, rows: &[(i64, i64)]) {
        let rows = rows.iter().map(|&(millis, id)| (position(millis, id), id)).collect();
        self.machine.loaded(&self.owners, load.clone(), Ok(rows), self.running);
    }

    fn load_failed(&mut self, load: &Load<Epoch>, fault: Fault) {
        self.machine.loaded(&self.owners, load.clone(), Err(fault), self.running);
    }

    /// An hour passes, in which nothing comes; the windows are loaded.
    fn is_idle_for_an_hour(&mut self) {
        self.goes_on(HOUR);
        let Next::Load(loads) = self.next() else { panic!("nothing is loaded") };
        for load in &loads {
            self.loaded(load, &[]);
        }
    }

    fn adds(&mut self, owner: Epoch, millis: i64, id: i64) {
        let becomes = Some((position(millis, id), id));
        let change = Change { callback_id: CallbackId::new(id).unwrap(), was: None, becomes };
        let reach = self.owners.frontier(&owner).reach();
        let hold = self.owners.frontier(&owner).hold();
        self.machine.changed(&self.owners, &owner, [change], reach, hold);
    }

    fn pass(&mut self) -> Pass<Epoch> {
        match self.next() {
            Next::Publish(pass) => pass,
            other => panic!("no pass: {other:?}"),
        }
    }

    /// The callbacks of a pass.
    fn carries(&self, pass: &Pass<Epoch>) -> Vec<i64> {
        pass.parts.iter().filter_map(|part| self.machine.rows(part)).flatten().map(|row| *row.1).collect()
    }

    fn published(&mut self, pass: Pass<Epoch>, came: Result<(), Fault>) {
        self.machine.published(&self.owners, pass, came, self.running);
    }

    fn stale(&mut self) -> Vec<Epoch> {
        match self.next() {
            Next::Recommit(stale) => stale,
            other => panic!("no marker is kept alive: {other:?}"),
        }
    }

    fn recommitted(&mut self, stale: &[Epoch], came: Result<(), Fault>) {
        self.machine.recommitted(&self.owners, stale, came, self.running);
    }

    fn wait(&mut self) -> Duration {
        match self.next() {
            Next::Wait(wait) => wait,
            other => panic!("it does not wait: {other:?}"),
        }
    }

    fn goes_on(&mut self, by: Duration) {
        self.running += by;
        self.time += i64::try_from(by.as_millis()).unwrap();
    }

    /// Whether it starts over, and afterwards has nothing left of what it had in memory.
    fn starts_over(&mut self) -> bool {
        let starts_over = self.next() == Next::StartOver;
        starts_over && self.machine.windows().next().is_none() && self.next() != Next::StartOver
    }
}

#[test]
fn a_shard_is_loaded_then_fired_then_waited_for() {
    let mut instance = Instance::new(bounds());
    assert_eq!(instance.wait(), SECOND, "nothing is owned");
    instance.take(vec![Epoch(0, 1)]);
    let Next::Load(loads) = instance.next() else { panic!("nothing is loaded") };
    let load = Load { owner: Epoch(0, 1), after: position(0, 0), until: at(61_000), limit: 1_000 };
    assert_eq!(loads, [load]);
    assert!(
        instance.owners.frontier(&Epoch(0, 1)).reaches(Position::end_of(at(61_000))),
        "it is told before the query"
    );
    assert_eq!(instance.wait(), SECOND, "nothing is known yet");
    instance.loaded(&loads[0], &[(900, 1), (1_000, 2), (1_400, 3)]);
    let pass = instance.pass();
    assert_eq!((instance.carries(&pass), pass.staging.by()), (vec![1, 2], at(1_000)));
    assert_eq!(instance.machine.state(), State::Passing);
    assert!(matches!(instance.next(), Next::Wait(_)), "one transaction at a time");
    instance.published(pass, Ok(()));
    assert_eq!(instance.owners.frontier(&Epoch(0, 1)).marker(), position(1_000, 2));
    assert_eq!(instance.wait(), Duration::from_millis(400));
    instance.goes_on(Duration::from_millis(400));
    let pass = instance.pass();
    assert_eq!(instance.carries(&pass), [3]);
}

#[test]
fn a_load_that_fails_is_asked_for_again_and_loses_no_change() {
    for fault in FAULTS {
        let mut instance = Instance::new(bounds());
        instance.take(vec![Epoch(0, 1)]);
        let Next::Load(loads) = instance.next() else { panic!("nothing is loaded") };
        instance.adds(Epoch(0, 1), 800, 7);
        instance.load_failed(&loads[0], fault);
        let wait = instance.wait();
        assert_eq!(wait, Duration::from_millis(250), "{fault:?}");
        instance.goes_on(wait);
        assert_eq!(instance.next(), Next::Load(loads.clone()));
        instance.loaded(&loads[0], &[(900, 1)]);
        let pass = instance.pass();
        assert_eq!(instance.carries(&pass), [7, 1]);
    }
}

#[test]
fn a_load_of_a_takeover_that_has_ended_is_thrown_away() {
    let mut instance = Instance::firing(bounds(), &[&[(900, 1)]]);
    let load = Load { owner: Epoch(0, 1), after: position(0, 0), until: at(61_000), limit: 1_000 };
    instance.owners.0.clear();
    instance.take(vec![Epoch(0, 2)]);
    let Next::Load(anew) = instance.next() else { panic!("nothing is loaded") };
    instance.loaded(&load, &[(900, 1)]);
    instance.load_failed(&load, Fault::Away);
    instance.goes_on(SECOND);
    assert_eq!(instance.wait(), SECOND);
    instance.loaded(&anew[0], &[(900, 2)]);
    let pass = instance.pass();
    assert_eq!(instance.carries(&pass), [2]);
}

#[test]
fn shards_share_the_rows_and_none_is_left_without() {
    let bounds = Bounds { window_rows: 6, load_rows: 2, ..bounds() };
    let mut instance = Instance::new(bounds);
    instance.take(vec![Epoch(0, 1), Epoch(1, 1)]);
    let Next::Load(loads) = instance.next() else { panic!("nothing is loaded") };
    assert_eq!(loads.iter().map(|load| load.limit).collect::<Vec<_>>(), [3, 3]);
    // The first is cut short, its end not far away; with four of six held there is no room to read on.
    instance.loaded(&loads[0], &[(5_000, 1), (5_001, 2), (5_002, 3)]);
    instance.loaded(&loads[1], &[(6_000, 4)]);
    assert_eq!(instance.machine.windows().map(|(_, window)| window.end()).next(), Some(position(5_002, 3)));
    assert_eq!(instance.wait(), SECOND);
    // A shard that holds none may always read on, however many the others hold.
    (5..9).for_each(|id| instance.adds(Epoch(1, 1), 7_000, id));
    instance.time = 5_500;
    let pass = instance.pass();
    assert_eq!(instance.carries(&pass), [1, 2, 3]);
    instance.published(pass, Ok(()));
    let Next::Load(loads) = instance.next() else { panic!("it does not read on") };
    assert_eq!((loads.len(), loads[0].after, loads[0].limit), (1, position(5_002, 3), 2));
}

#[test]
fn shards_taken_over_together_begin_together() {
    let mut instance = Instance::new(bounds());
    instance.take(vec![Epoch(0, 1), Epoch(1, 1)]);
    let Next::Load(loads) = instance.next() else { panic!("nothing is loaded") };
    instance.loaded(&loads[1], &[(800, 2)]);
    assert_eq!(instance.wait(), SECOND);
    instance.loaded(&loads[0], &[(900, 1)]);
    let pass = instance.pass();
    assert_eq!(instance.carries(&pass), [1, 2]);
}

#[test]
fn a_pass_that_came_to_nothing_is_tried_again_with_the_same_range_after_a_wait_that_doubles() {
    for fault in HARMLESS {
        let mut instance = Instance::firing(bounds(), &[&[(900, 1), (1_000, 2)]]);
        let mut waits = Vec::new();
        for _ in 0..9 {
            let pass = instance.pass();
            assert_eq!(instance.carries(&pass), [1, 2], "{fault:?}");
            instance.published(pass, Err(fault));
            assert!(instance.machine.is_backing_off());
            instance.adds(Epoch(0, 1), instance.time, instance.time + 10);
            let wait = instance.wait();
            waits.push(wait.as_millis());
            instance.goes_on(wait);
        }
        assert_eq!(waits, [20, 40, 80, 160, 320, 640, 1_280, 2_000, 2_000]);
        let pass = instance.pass();
        instance.published(pass, Ok(()));
        assert!(!instance.machine.is_backing_off());
        let pass = instance.pass();
        assert_eq!(instance.carries(&pass).len(), 9, "what came meanwhile goes next");
    }
}

#[test]
fn after_an_unknown_outcome_of_a_pass_everything_starts_over() {
    let mut instance = Instance::firing(bounds(), &[&[(900, 1)], &[]]);
    let pass = instance.pass();
    instance.published(pass, Err(Fault::Unknown));
    assert_eq!(instance.machine.state(), State::Unknown);
    instance.can_publish = false;
    assert!(instance.starts_over());
    // Its producers are made anew after a wait.
    let wait = instance.wait();
    assert_eq!(wait, Duration::from_millis(20));
    instance.goes_on(wait);
    assert_eq!(instance.next(), Next::Reset);
}

#[test]
fn a_pass_of_takeovers_that_have_ended_needs_nothing_and_one_that_somebody_else_ended_everything() {
    let mut instance = Instance::firing(bounds(), &[&[(900, 1)], &[(950, 2)]]);
    let mut pass = instance.pass();
    instance.owners.0.remove(&Epoch(0, 1));
    assert!(pass.leave_out_ended(&instance.owners));
    assert_eq!(instance.carries(&pass), [2]);
    instance.owners.0.clear();
    assert!(!pass.leave_out_ended(&instance.owners));
    instance.published(pass, Err(Fault::Fenced));
    assert!(!instance.machine.is_backing_off());
    assert_eq!(instance.wait(), SECOND);

    let mut instance = Instance::firing(bounds(), &[&[(900, 1)]]);
    let pass = instance.pass();
    instance.published(pass, Err(Fault::Fenced));
    assert!(instance.starts_over());
}

#[test]
fn what_has_failed_is_forgotten_with_its_shard() {
    let mut instance = Instance::firing(bounds(), &[&[(900, 1)]]);
    let pass = instance.pass();
    instance.published(pass, Err(Fault::Aborted));
    instance.owners.0.clear();
    let wait = instance.wait();
    instance.goes_on(wait);
    assert_eq!(instance.wait(), SECOND, "it does not wait for what nobody tries again");
    assert!(!instance.machine.is_backing_off());
}

#[test]
fn producers_that_cannot_be_made_are_made_later_and_windows_are_loaded_meanwhile() {
    for fault in FAULTS {
        let mut instance = Instance::new(bounds());
        instance.can_publish = false;
        instance.take(vec![Epoch(0, 1)]);
        let Next::Load(loads) = instance.next() else { panic!("nothing is loaded") };
        assert_eq!(instance.next(), Next::Reset);
        instance.machine.reset(Err(fault), instance.running);
        assert_eq!(instance.wait(), Duration::from_millis(20), "{fault:?}");
        instance.loaded(&loads[0], &[(900, 1)]);
        instance.goes_on(Duration::from_millis(20));
        assert_eq!(instance.next(), Next::Reset);
        instance.machine.reset(Ok(()), instance.running);
        instance.can_publish = true;
        let pass = instance.pass();
        assert_eq!(instance.carries(&pass), [1]);
    }
}

#[test]
fn markers_that_nothing_moved_are_kept_alive_and_their_faults_are_no_faults_of_passes() {
    for fault in HARMLESS {
        let mut instance = Instance::firing(bounds(), &[&[], &[]]);
        instance.is_idle_for_an_hour();
        let stale = instance.stale();
        assert_eq!((&stale[..], instance.machine.state()), (&[Epoch(0, 1), Epoch(1, 1)][..], State::Recommitting));
        instance.recommitted(&stale, Err(fault));
        assert!(!instance.machine.is_backing_off(), "{fault:?} holds due events back");
        assert_eq!(instance.wait(), SECOND);
        let due = instance.time;
        instance.adds(Epoch(0, 1), due, 1);
        let pass = instance.pass();
        instance.published(pass, Ok(()));
        assert_eq!(instance.wait(), SECOND, "not before half a minute is over");
        instance.goes_on(Duration::from_secs(30));
        let stale = instance.stale();
        assert_eq!(stale, [Epoch(1, 1)], "the marker of the other has moved");
        instance.recommitted(&stale, Ok(()));
        assert_eq!(instance.wait(), SECOND);
    }
}

#[test]
fn a_keep_alive_that_succeeds_says_nothing_of_passes_that_fail() {
    let mut instance = Instance::firing(bounds(), &[&[(900, 1)], &[]]);
    instance.is_idle_for_an_hour();
    let pass = instance.pass();
    instance.published(pass, Err(Fault::Aborted));
    let stale = instance.stale();
    assert_eq!(stale, [Epoch(1, 1)], "the pass of the other is to be tried again");
    instance.recommitted(&stale, Ok(()));
    assert!(instance.machine.is_backing_off());
    assert_eq!(instance.wait(), Duration::from_millis(20));
}

#[test]
fn a_keep_alive_in_doubt_starts_over_and_one_of_takeovers_that_have_ended_does_not() {
    let keeping_alive = || {
        let mut instance = Instance::firing(bounds(), &[&[], &[]]);
        instance.is_idle_for_an_hour();
        let stale = instance.stale();
        (instance, stale)
    };
    for fault in [Fault::Unknown, Fault::Fenced] {
        let (mut instance, stale) = keeping_alive();
        instance.recommitted(&stale, Err(fault));
        assert!(instance.starts_over(), "{fault:?}");
    }
    let (mut instance, stale) = keeping_alive();
    instance.owners.0.clear();
    instance.recommitted(&stale, Err(Fault::Fenced));
    assert_eq!(instance.wait(), SECOND);
}

#[test]
fn markers_are_kept_alive_however_much_is_due() {
    let mut instance = Instance::firing(Bounds { pass_rows: 1, ..bounds() }, &[&[(900, 1), (901, 2), (902, 3)], &[]]);
    instance.is_idle_for_an_hour();
    let pass = instance.pass();
    instance.published(pass, Ok(()));
    let stale = instance.stale();
    assert_eq!(stale, [Epoch(1, 1)]);
    instance.recommitted(&stale, Err(Fault::Aborted));
    let pass = instance.pass();
    assert_eq!(instance.carries(&pass), [2]);
}

#[test]
fn nothing_that_comes_while_everything_is_in_doubt_is_built_on() {
    let mut instance = Instance::firing(bounds(), &[&[(900, 1)]]);
    let pass = instance.pass();
    let load = Load { owner: Epoch(0, 1), after: position(0, 0), until: at(61_000), limit: 1_000 };
    instance.machine.lost_brokers();
    instance.adds(Epoch(0, 1), 950, 2);
    instance.loaded(&load, &[(900, 1)]);
    // Whatever came of it: the broker may yet go back on its word.
    instance.published(pass, Ok(()));
    assert!(instance.starts_over());
    instance.adds(Epoch(0, 1), 950, 3);
    instance.loaded(&load, &[(900, 1)]);
    instance.load_failed(&load, Fault::Away);
    instance.goes_on(SECOND);
    assert_eq!(instance.wait(), SECOND);
}

#[test]
fn what_is_held_back_is_looked_at_again_soon_and_goes_when_the_hold_ends() {
    let mut instance = Instance::firing(bounds(), &[&[(900, 1)]]);
    let owner = Epoch(0, 1);
    let hold = instance.owners.frontier(&owner).hold();
    assert_eq!(instance.wait(), Duration::from_millis(2));
    instance.machine.changed(&instance.owners, &owner, [], position(0, 0), hold);
    let pass = instance.pass();
    assert_eq!(instance.carries(&pass), [1]);
}

#[test]
fn a_pass_that_is_prepared_ahead_is_committed_at_its_time_and_says_so() {
    let mut instance =
        Instance::firing(Bounds { stage_ahead: SECOND / 2, ..bounds() }, &[&[(1_600, 1)], &[(1_700, 2)]]);
    assert_eq!(instance.wait(), Duration::from_millis(100));
    instance.goes_on(Duration::from_millis(100));
    let mut pass = instance.pass();
    assert_eq!((instance.carries(&pass), pass.staging.by()), (vec![1], at(1_600)), "one instant only");
    let fired_at = pass.staging.fired_at(position(1_600, 1), || panic!("the present is of no account"));
    assert_eq!(fired_at, at(1_600));
    assert_eq!(pass.staging.next(at(1_100), false), Staged::Wait(Duration::from_millis(10)));
    assert_eq!(pass.staging.next(at(1_597), false), Staged::Wait(Duration::from_millis(3)));
    assert_eq!(pass.staging.next(at(1_600), true), Staged::Commit);
}

#[test]
fn a_pass_that_is_prepared_ahead_is_given_up_for_who_waits_and_prepared_again_without_a_wait() {
    let mut instance = Instance::firing(Bounds { stage_ahead: SECOND / 2, ..bounds() }, &[&[(1_300, 1)]]);
    let mut pass = instance.pass();
    assert_eq!(pass.staging.next(at(1_100), true), Staged::GiveUp);
    assert!(pass.staging.is_given_up());
    instance.published(pass, Err(Fault::Aborted));
    assert!(!instance.machine.is_backing_off());
    let pass = instance.pass();
    assert_eq!(instance.carries(&pass), [1]);
    // An abort that did not succeed is in doubt, whoever wanted it.
    instance.published(pass, Err(Fault::Unknown));
    assert!(instance.starts_over());
}

#[test]
fn a_pass_that_is_prepared_makes_way_for_what_wants_something_back_from_it() {
    let shards: [&[(i64, i64)]; 2] = [&[(1_300, 1), (1_400, 2)], &[]];
    let mut instance = Instance::firing(Bounds { stage_ahead: SECOND / 2, ..bounds() }, &shards);
    let owner = Epoch(0, 1);
    let pass = instance.pass();
    assert!(!makes_way(&pass.parts, &instance.owners));
    let hold = instance.owners.frontier(&owner).hold();
    assert!(!instance.owners.frontier(&owner).take_back(&hold, position(1_300, 1)));
    assert!(makes_way(&pass.parts, &instance.owners));
    let mut staging = pass.staging;
    assert_eq!(staging.next(at(1_100), makes_way(&pass.parts, &instance.owners)), Staged::GiveUp);
    instance.published(Pass { staging, ..pass }, Err(Fault::Aborted));
    // It is not taken up again before who wants it has had a turn.
    assert!(matches!(instance.next(), Next::Wait(wait) if wait <= bounds().held));
    assert!(instance.owners.frontier(&owner).take_back(&hold, position(1_300, 1)));
    let hold_of_change = instance.owners.frontier(&owner).share(&hold);
    let callback_id = CallbackId::new(1).unwrap();
    let change = Change { callback_id, was: Some(position(1_300, 1)), becomes: None };
    instance.machine.changed(&instance.owners, &owner, [change], position(9_000, 0), hold_of_change);
    instance.owners.frontier(&owner).release(hold);
    let pass = instance.pass();
    assert_eq!(instance.carries(&pass), [0_i64; 0], "its marker still goes where the cutoff is");
    instance.published(pass, Ok(()));
    let pass = instance.pass();
    assert_eq!(instance.carries(&pass), [2]);
}

#[test]
fn what_was_prepared_and_made_way_for_nothing_goes_at_its_time() {
    let mut instance = Instance::firing(Bounds { stage_ahead: SECOND / 2, ..bounds() }, &[&[(1_300, 1)]]);
    let owner = Epoch(0, 1);
    let pass = instance.pass();
    let hold = instance.owners.frontier(&owner).hold();
    assert!(!instance.owners.frontier(&owner).take_back(&hold, position(1_300, 1)));
    instance.owners.frontier(&owner).release(hold);
    let mut staging = pass.staging;
    assert_eq!(staging.next(at(1_100), true), Staged::GiveUp);
    instance.published(Pass { staging, ..pass }, Err(Fault::Aborted));
    assert!(matches!(instance.next(), Next::Wait(_)));
    instance.time = 1_300;
    let pass = instance.pass();
    assert_eq!(instance.carries(&pass), [1]);
}

#[test]
fn a_pass_is_given_up_when_the_clock_is_set_back_before_or_while_it_waits() {
    let mut instance = Instance::firing(Bounds { stage_ahead: SECOND / 2, ..bounds() }, &[&[(1_300, 1)]]);
    let mut ahead = instance.pass().staging;
    let mut before = ahead;
    assert_eq!(before.next(at(-59_000), false), Staged::GiveUp, "before it waits");
    assert_eq!(ahead.next(at(1_200), false), Staged::Wait(Duration::from_millis(10)));
    assert_eq!(ahead.next(at(1_150), false), Staged::Wait(Duration::from_millis(10)), "clocks do not agree so closely");
    assert_eq!(ahead.next(at(1_050), false), Staged::GiveUp, "while it waits");

    let mut instance = Instance::firing(bounds(), &[&[(900, 1)]]);
    let mut due = instance.pass().staging;
    assert_eq!(due.fired_at(position(900, 1), || at(-59_000)), at(900), "never early");
    assert_eq!(due.next(at(-59_000), false), Staged::GiveUp, "what was due is no longer");
}

#[test]
fn what_is_due_now_does_not_wait_for_what_was_prepared_ahead_and_aborted() {
    let mut instance = Instance::firing(Bounds { stage_ahead: SECOND / 2, ..bounds() }, &[&[(1_300, 1)], &[]]);
    let pass = instance.pass();
    instance.published(pass, Err(Fault::Aborted));
    instance.adds(Epoch(1, 1), 1_010, 2);
    let wait = instance.wait();
    assert_eq!(wait, Duration::from_millis(20));
    instance.goes_on(wait);
    let pass = instance.pass();
    assert_eq!(instance.carries(&pass), [2]);
    assert_eq!(pass.staging.fired_at(position(1_010, 2), || at(1_021)), at(1_021), "it is fired now");
    instance.published(pass, Ok(()));
    let pass = instance.pass();
    assert_eq!((instance.carries(&pass), pass.staging.by()), (vec![1], at(1_300)));
}

#[test]
fn what_must_not_be_presented_is_handed_over_behind_the_pass_that_ends_before_it() {
    let mut instance = Instance::firing(bounds(), &[&[(900, 1), (901, 2), (902, 3)], &[(903, 4)]]);
    instance.owners.1.released.insert(2);
    let pass = instance.pass();
    assert_eq!(instance.carries(&pass), [1, 4]);
    instance.published(pass, Ok(()));
    // However much goes on elsewhere.
    instance.adds(Epoch(1, 1), 950, 5);
    let look = Look { owner: Epoch(0, 1), positions: vec![position(901, 2)] };
    assert_eq!(instance.next(), Next::Look(vec![look.clone()]));
    let pass = instance.pass();
    assert_eq!(instance.carries(&pass), [5]);
    instance.published(pass, Ok(()));
    assert!(matches!(instance.next(), Next::Wait(_)), "it is handed over once");
    instance.goes_on(Duration::from_secs(10));
    assert_eq!(instance.next(), Next::Look(vec![look]), "and again where nothing came of it");
}
