//! Which callbacks go into the next transaction of due events.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::DerefMut;

use super::frontier::Frontier;
use super::window::Window;
use crate::domain::commitment::Position;
use crate::domain::time::Timestamp;

/// A shard's part of a pass: everything behind its marker up to `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Part<S> {
    /// The shard.
    pub shard: S,
    /// The marker once the pass is published.
    pub end: Position,
}

/// When the next pass of a shard may be published: at its first callback's instant, or, where its last pass was aborted, at
/// that one's, also where everything was taken back from it since: the marker still has to go where the cutoff is. `None`
/// where nothing is loaded.
pub fn next_instant<T: Clone>(frontier: &Frontier, window: &Window<T>) -> Option<Timestamp> {
    if frontier.is_passing() {
        return Some(frontier.cutoff().fire_at);
    }
    Some(window.first()?.0.fire_at)
}

/// A planned pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan<S> {
    /// What is published.
    pub parts: Vec<Part<S>>,
    /// The shards whose next callback must not be published as it stands.
    pub blocked: Vec<S>,
}

/// Chooses what is due by `by`, oldest first over all shards and about `limit` callbacks, and begins the pass in each
/// shard's frontier, which `frontier` gives for moments. A callback that must not be published as it stands, as `blocks`
/// says, ends what is chosen of its shard just before it.
///
/// A shard whose last pass was aborted comes with that same pass again, whatever its size; but not before its time, which
/// lies ahead where it was prepared ahead: what is due now must not wait for it. Nor while something blocks in it.
pub fn plan<'a, S: Copy, T: Clone + 'a, F: DerefMut<Target = Frontier>>(
    shards: impl Iterator<Item = (S, &'a Window<T>)>,
    frontier: impl Fn(S) -> F,
    blocks: impl Fn(Position, &T) -> bool,
    by: Timestamp,
    limit: usize,
) -> Plan<S> {
    let (mut parts, mut blocked) = (Vec::new(), Vec::new());
    let mut rows = Vec::new();
    let mut heads = BinaryHeap::new();
    for (shard, window) in shards {
        let aborted = {
            let frontier = frontier(shard);
            frontier.is_passing().then(|| frontier.cutoff())
        };
        if let Some(end) = aborted {
            if end.fire_at > by {
                continue;
            }
            if window.iter().take_while(|row| row.0 <= end).any(|(position, row)| blocks(position, row)) {
                blocked.push(shard);
            } else if let Some(end) = frontier(shard).begin_pass(end, end) {
                parts.push(Part { shard, end });
            }
            continue;
        }
        let mut iter = window.iter().take_while(move |row| row.0.fire_at <= by).peekable();
        match iter.peek() {
            Some((position, row)) if blocks(*position, row) => blocked.push(shard),
            Some((first, _)) => {
                let first = *first;
                iter.next();
                heads.push(Reverse((first, rows.len())));
                rows.push((shard, first, first, iter));
            }
            None => {}
        }
    }
    // With one shard, or few rows, this is a plain walk; the heap only merges.
    let mut chosen = 0;
    while chosen < limit
        && let Some(Reverse((position, index))) = heads.pop()
    {
        chosen += 1;
        let (shard, _, last, iter) = &mut rows[index];
        *last = position;
        match iter.next() {
            Some((position, row)) if blocks(position, row) => blocked.push(*shard),
            Some((next, _)) => heads.push(Reverse((next, index))),
            None => {}
        }
    }
    let unchosen: BTreeMap<usize, Position> = heads.into_iter().map(|Reverse((next, index))| (index, next)).collect();
    for (index, (shard, first, last, _)) in rows.into_iter().enumerate() {
        if unchosen.get(&index) == Some(&first) {
            continue;
        }
        if let Some(end) = frontier(shard).begin_pass(first, last) {
            parts.push(Part { shard, end });
        }
    }
    Plan { parts, blocked }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::domain::ids::CallbackId;
    use crate::protocol::window::Change;

    fn at(micros: i64, callback_id: i64) -> Position {
        Position { fire_at: Timestamp::from_micros(micros), callback_id }
    }

    fn window(rows: &[(i64, i64)]) -> Window<()> {
        let mut window = Window::starting_at(at(0, 0));
        window.begin_load(at(1_000, 0));
        window.finish_load(rows.iter().map(|&(micros, id)| (at(micros, id), ())).collect(), true);
        window
    }

    fn change(id: i64, micros: i64) -> Change<()> {
        Change { callback_id: CallbackId::new(id).unwrap(), was: None, becomes: Some((at(micros, id), ())) }
    }

    /// Nothing blocks.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as a window gives its rows")]
    fn never(_: Position, (): &()) -> bool {
        false
    }

    fn frontiers() -> [RefCell<Frontier>; 2] {
        [0, 1].map(|_| RefCell::new(Frontier::starting_at(at(0, 0))))
    }

    #[test]
    fn the_oldest_of_all_shards_go_first_and_the_rest_next_time() {
        let windows = [window(&[(10, 1), (30, 2)]), window(&[(20, 3), (40, 4), (90, 5)])];
        let frontiers = frontiers();
        let planned = |limit| {
            plan(windows.iter().enumerate(), |i| frontiers[i].borrow_mut(), never, at(50, 0).fire_at, limit).parts
        };
        let expected = [Part { shard: 0, end: at(30, 2) }, Part { shard: 1, end: at(20, 3) }];
        assert_eq!(planned(3), expected);
        assert_eq!(planned(1), expected, "what was begun comes again, whatever its size");
    }

    #[test]
    fn an_aborted_pass_from_which_everything_was_taken_back_still_moves_the_marker() {
        let (frontier, full) = (RefCell::new(Frontier::starting_at(at(0, 0))), window(&[(10, 1)]));
        let planned = |window: &Window<()>| {
            plan([(0, window)].into_iter(), |_| frontier.borrow_mut(), never, at(50, 0).fire_at, 10)
        };
        let pass = [Part { shard: 0, end: at(10, 1) }];
        assert_eq!(planned(&full).parts, pass);
        frontier.borrow_mut().abort_pass();
        let empty = window(&[]);
        assert_eq!(next_instant(&frontier.borrow(), &empty).map(Timestamp::micros), Some(10));
        assert_eq!(planned(&empty).parts, pass);
        frontier.borrow_mut().complete_pass();
        assert_eq!(next_instant(&frontier.borrow(), &empty), None);
        assert_eq!(planned(&empty).parts, []);
    }

    #[test]
    fn what_was_prepared_ahead_and_aborted_waits_for_its_time_and_nothing_waits_for_it() {
        let windows = [window(&[(90, 1)]), window(&[(100, 3)])];
        let frontiers = frontiers();
        let by =
            |by| plan(windows.iter().enumerate(), |i| frontiers[i].borrow_mut(), never, at(by, 0).fire_at, 10).parts;
        let next = |windows: &[Window<()>; 2], shard: usize| next_instant(&frontiers[shard].borrow(), &windows[shard]);
        let prepared = Part { shard: 0, end: at(90, 1) };
        assert_eq!(by(90), [prepared]);
        // It is aborted. Something comes into the other shard that is due before.
        let mut sooner = windows.clone();
        sooner[1].apply(change(2, 40), at(1_000, 0));
        assert_eq!([next(&sooner, 0), next(&sooner, 1)].map(|instant| instant.unwrap().micros()), [90, 40]);
        let due = plan(sooner.iter().enumerate(), |i| frontiers[i].borrow_mut(), never, at(50, 0).fire_at, 10);
        assert_eq!(due.parts, [Part { shard: 1, end: at(40, 2) }]);
        frontiers[1].borrow_mut().complete_pass();
        assert_eq!(by(90), [prepared]);
    }

    #[test]
    fn what_must_not_be_published_as_it_stands_ends_its_shards_pass_just_before_it() {
        let windows = [window(&[(10, 1), (20, 2), (30, 3)]), window(&[(15, 4), (25, 5)])];
        let frontiers = frontiers();
        let planned = |blocking: i64| {
            let blocks = |position: Position, (): &()| position.callback_id == blocking;
            plan(windows.iter().enumerate(), |i| frontiers[i].borrow_mut(), blocks, at(50, 0).fire_at, 10)
        };
        let expected = [Part { shard: 0, end: at(10, 1) }, Part { shard: 1, end: at(25, 5) }];
        assert_eq!(planned(2), Plan { parts: expected.to_vec(), blocked: vec![0] });
        for frontier in &frontiers {
            frontier.borrow_mut().abort_pass();
        }
        let again = planned(5);
        assert_eq!(
            again,
            Plan { parts: vec![expected[0]], blocked: vec![1] },
            "nor is it published by a pass that comes again"
        );
        frontiers[0].borrow_mut().complete_pass();
        let first = [window(&[(20, 2), (30, 3)])];
        let blocked =
            plan(first.iter().enumerate(), |i| frontiers[i].borrow_mut(), |_, ()| true, at(50, 0).fire_at, 10);
        assert_eq!(blocked, Plan { parts: vec![], blocked: vec![0] });
    }

    #[test]
    fn a_shard_that_is_held_below_its_first_callback_is_left_out() {
        let windows = [window(&[(10, 1)]), window(&[(20, 3)])];
        let frontiers = frontiers();
        let hold = frontiers[0].borrow_mut().hold();
        let due = plan(windows.iter().enumerate(), |i| frontiers[i].borrow_mut(), never, at(50, 0).fire_at, 10);
        assert_eq!(due.parts, [Part { shard: 1, end: at(20, 3) }]);
        frontiers[0].borrow_mut().release(hold);
    }
}
