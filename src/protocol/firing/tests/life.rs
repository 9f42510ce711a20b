//! F6 and F7: what must not be presented as it stands, and what nobody reports.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const WITHIN: Duration = Duration::from_mins(10);
/// A little less than that.
const NEARLY: Duration = Duration::from_secs(599);
const OWNER: Epoch = Epoch(0, 1);

/// What is told of callbacks, by their numbers.
#[derive(Default)]
pub(super) struct Told {
    /// From when on a callback must not be presented as it stands.
    not_after: BTreeMap<i64, Timestamp>,
    /// Callbacks whose agents are gone.
    pub(super) released: BTreeSet<i64>,
    /// Callbacks that somebody has to report.
    tracked: BTreeSet<i64>,
}

impl Rows<i64> for Standing {
    fn must_be_looked_at(&self, _: Position, row: &i64, at: Timestamp) -> bool {
        self.1.released.contains(row) || self.1.not_after.get(row).is_some_and(|not_after| *not_after <= at)
    }

    fn is_reported(&self, row: &i64) -> bool {
        self.1.tracked.contains(row)
    }
}

/// One that waits ten minutes for reports, of shard 0 and perhaps others with these callbacks, of which these are tracked.
fn waiting_for_reports(shards: &[&[(i64, i64)]], tracked: &[i64]) -> Instance {
    let mut instance = Instance::firing(Bounds { acknowledge_within: WITHIN, ..bounds() }, shards);
    instance.owners.1.tracked.extend(tracked);
    instance
}

impl Instance {
    /// What is due is published.
    fn fires(&mut self) -> Vec<i64> {
        let Next::Publish(pass) = self.next_but_loads() else { panic!("no pass") };
        let carried = self.carries(&pass);
        self.published(pass, Ok(()));
        carried
    }

    /// What it does next but load.
    fn next_but_loads(&mut self) -> Next<Epoch> {
        loop {
            match self.next() {
                Next::Load(loads) => loads.iter().for_each(|load| self.loaded(load, &[])),
                next => return next,
            }
        }
    }

    fn looks(&mut self) -> Vec<Vec<i64>> {
        match self.next_but_loads() {
            Next::Look(looks) => {
                let ids = |look: Look<Epoch>| look.positions.iter().map(|position| position.callback_id).collect();
                looks.into_iter().map(ids).collect()
            }
            Next::Wait(_) => Vec::new(),
            other => panic!("no look: {other:?}"),
        }
    }

    fn sweep(&mut self) -> Option<Sweep<Epoch>> {
        match self.next_but_loads() {
            Next::Sweep(sweep) => Some(sweep),
            Next::Wait(_) => None,
            other => panic!("no sweep: {other:?}"),
        }
    }

    /// The recording step has changed a callback.
    fn changes(&mut self, was: (i64, i64), becomes: Option<(i64, i64)>) {
        let at = |(millis, id): (i64, i64)| position(millis, id);
        let becomes = becomes.map(|(millis, row)| (position(millis, was.1), row));
        let change = Change { callback_id: CallbackId::new(was.1).unwrap(), was: Some(at(was)), becomes };
        let reach = self.owners.frontier(&OWNER).reach();
        let hold = self.owners.frontier(&OWNER).hold();
        self.machine.changed(&self.owners, &OWNER, [change], reach, hold);
    }
}

#[test]
fn what_nobody_reports_is_swept_once_its_time_is_over_from_when_it_was_published() {
    let mut instance = waiting_for_reports(&[&[(900, 1), (2_000, 2)]], &[1, 2]);
    // What was published before the takeover counts from there.
    let begun = instance.running;
    // An outage: what is not published does not count, however long it is due.
    let pass = instance.pass();
    assert_eq!(instance.carries(&pass), [1]);
    instance.published(pass, Err(Fault::Away));
    instance.goes_on(NEARLY);
    assert_eq!(instance.fires(), [1], "the range of the pass that came to nothing");
    assert_eq!(instance.fires(), [2]);
    let published = instance.running;
    assert_eq!(instance.sweep(), None);

    instance.goes_on(SECOND);
    assert_eq!(instance.running, begun + WITHIN);
    let first = instance.sweep().expect("what the owner before has published");
    assert_eq!(first, Sweep { owner: OWNER, after: None, through: position(0, 0) });
    assert_eq!(instance.sweep(), None, "one at a time");
    instance.machine.swept(&first, true, instance.running);
    assert_eq!(instance.sweep(), None, "the others were published later");

    instance.running = published + NEARLY;
    assert_eq!(instance.sweep(), None);
    instance.running += SECOND;
    let second = instance.sweep().unwrap();
    assert_eq!(second, Sweep { owner: OWNER, after: Some(position(0, 0)), through: position(2_000, 2) });
    // The database is away: the same is asked for again.
    instance.machine.swept(&second, false, instance.running);
    assert_eq!(instance.sweep(), None);
    assert_eq!(instance.machine.sweep_overdue(instance.running), Duration::ZERO);
    instance.goes_on(instance.machine.bounds.load_retry);
    assert!(instance.machine.sweep_overdue(instance.running) > Duration::ZERO);
    assert_eq!(instance.sweep(), Some(second.clone()));
    instance.machine.swept(&second, true, instance.running);
    instance.goes_on(HOUR / 2);
    assert_eq!(instance.sweep(), None, "everything is swept");
}

#[test]
fn a_takeover_counts_anew_and_takes_no_word_of_a_sweep_of_before() {
    let mut instance = waiting_for_reports(&[&[(900, 1)]], &[1]);
    assert_eq!(instance.fires(), [1]);
    instance.goes_on(WITHIN);
    let old = instance.sweep().unwrap();
    // The shard is taken over while the sweep is under way.
    instance.owners.0.remove(&OWNER);
    let next = Epoch(0, 2);
    instance.take(vec![next]);
    instance.goes_on(NEARLY);
    instance.machine.swept(&old, true, instance.running);
    assert_eq!(instance.sweep(), None, "the time begins again");
    instance.goes_on(SECOND);
    let sweep = instance.sweep().unwrap();
    assert_eq!(
        (sweep.owner, sweep.after),
        (next, None),
        "from the first one on: nobody knows how far the old one came"
    );
}

#[test]
fn a_sweep_that_is_under_way_keeps_no_pass_waiting_and_what_is_published_meanwhile_is_swept_later() {
    let mut instance = waiting_for_reports(&[&[(900, 1)]], &[1, 2]);
    instance.fires();
    instance.goes_on(WITHIN);
    let sweep = instance.sweep().unwrap();
    instance.adds(OWNER, 500_000, 2);
    assert_eq!(instance.fires(), [2]);
    instance.machine.swept(&sweep, true, instance.running);
    instance.goes_on(WITHIN);
    let next = instance.sweep().unwrap();
    assert_eq!((next.after, next.through), (Some(sweep.through), position(500_000, 2)));
}

#[test]
fn a_sweep_that_comes_late_takes_all_that_is_overdue_and_nothing_else() {
    let [second, third, fourth] = [10_000, 12_000, 14_000];
    let mut instance = waiting_for_reports(&[&[(900, 1), (second, 2), (third, 3), (fourth, 4)]], &[1, 2, 3, 4]);
    assert_eq!(instance.fires(), [1]);
    for (seconds, callback) in [(10, 2), (2, 3), (2, 4)] {
        instance.goes_on(seconds * SECOND);
        assert_eq!(instance.fires(), [callback]);
    }
    instance.goes_on(Duration::from_secs(586));
    let first = instance.sweep().unwrap();
    assert_eq!(first.through, position(900, 1));
    // It takes so long that two more are overdue when it ends.
    instance.goes_on(13 * SECOND);
    instance.machine.swept(&first, true, instance.running);
    let next = instance.sweep().unwrap();
    assert_eq!((next.after, next.through), (Some(first.through), position(third, 3)));
}

#[test]
fn what_must_not_be_presented_ends_the_pass_before_it_is_looked_at_once_and_goes_on_when_it_is_changed() {
    let mut instance = waiting_for_reports(&[&[(800, 1), (900, 2), (950, 3)]], &[]);
    instance.owners.1.not_after.insert(2, at(1_000));
    assert_eq!(instance.fires(), [1], "what stands before it");
    assert_eq!(instance.looks(), [[2]]);
    instance.goes_on(SECOND);
    assert_eq!(instance.looks(), [[0; 0]; 0], "once");
    // The recording step ends it: its place says so.
    instance.changes((900, 2), Some((900, -2)));
    assert_eq!(instance.fires(), [-2, 3]);
}

#[test]
fn what_came_to_nothing_is_looked_at_again_after_a_while() {
    let mut instance = waiting_for_reports(&[&[(900, 1)]], &[]);
    instance.owners.1.released.insert(1);
    assert_eq!(instance.looks(), [[1]]);
    let Bounds { look_again, look_often, .. } = instance.machine.bounds;
    instance.goes_on(look_often);
    assert_eq!(instance.looks(), [[0; 0]; 0]);
    instance.goes_on(look_again);
    assert_eq!(instance.looks(), [[1]]);
    // The agent's record changes back: then it is presented as it stands.
    instance.owners.1.released.clear();
    instance.goes_on(SECOND);
    assert_eq!(instance.fires(), [1]);
}

#[test]
fn what_expires_while_its_pass_is_tried_again_is_looked_at_before_that() {
    let mut instance = waiting_for_reports(&[&[(900, 1), (950, 2)]], &[]);
    instance.owners.1.not_after.insert(2, at(1_010));
    let pass = instance.pass();
    assert_eq!(instance.carries(&pass), [1, 2], "it is not too late yet");
    instance.published(pass, Err(Fault::Aborted));
    instance.goes_on(SECOND);
    assert_eq!(instance.looks(), [[2]]);
    assert!(matches!(instance.next(), Next::Wait(_)), "the range is not tried again before that is changed");
    instance.changes((950, 2), Some((950, -2)));
    assert_eq!(instance.fires(), [1, -2]);
}

#[test]
fn what_waits_to_be_looked_at_in_one_shard_keeps_no_other_waiting() {
    let mut instance = waiting_for_reports(&[&[(800, 1)], &[(900, 2)]], &[]);
    instance.owners.1.released.insert(1);
    assert_eq!(instance.fires(), [2]);
    assert_eq!(instance.looks(), [[1]]);
    instance.adds(Epoch(1, 1), 950, 3);
    assert_eq!(instance.fires(), [3]);
}
