//! The look-ahead: the callbacks of one shard that are due soon, in the order of firing.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::domain::commitment::Position;
use crate::domain::ids::CallbackId;

/// What a committed command did to one callback.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Change<T> {
    /// The callback.
    pub callback_id: CallbackId,
    /// Where it stood; `None` for a new one.
    pub was: Option<Position>,
    /// Where it stands now, and what is to be published then; `None` for a cancelled one.
    pub becomes: Option<(Position, T)>,
}

impl<T> Change<T> {
    /// Where it takes the callback from, and to.
    pub fn positions(&self) -> impl Iterator<Item = Position> {
        self.was.into_iter().chain(self.becomes.as_ref().map(|(position, _)| *position))
    }

    /// The same change, with something else to be published.
    pub fn map<U>(self, publish: impl FnOnce(T) -> U) -> Change<U> {
        let Self { callback_id, was, becomes } = self;
        Change { callback_id, was, becomes: becomes.map(|(position, published)| (position, publish(published))) }
    }
}

/// A load that has begun and not ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Load<T> {
    until: Position,
    changes: Vec<Change<T>>,
}

/// The rows of one shard from its marker up to `end`, all of them.
///
/// Rows that a load brings in order stand in a queue; rows that commands add stand in a small ordered map beside
/// it, so that loading is one append a row. A row that is taken out leaves a gap in the queue, but never at its front: so
/// the first row is found at once, however many were cancelled before it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Window<T> {
    loaded: VecDeque<(Position, Option<T>)>,
    added: BTreeMap<Position, T>,
    live: usize,
    end: Position,
    load: Option<Load<T>>,
}

impl<T: Clone> Window<T> {
    /// An empty window right behind the marker.
    pub const fn starting_at(marker: Position) -> Self {
        Self { loaded: VecDeque::new(), added: BTreeMap::new(), live: 0, end: marker, load: None }
    }

    /// Everything at or before this position is in the window.
    pub const fn end(&self) -> Position {
        self.end
    }

    /// How many callbacks it holds.
    pub const fn len(&self) -> usize {
        self.live
    }

    /// Whether it holds none.
    pub const fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Whether a load is under way.
    pub const fn is_loading(&self) -> bool {
        self.load.is_some()
    }

    /// The callback that fires next.
    pub fn first(&self) -> Option<(Position, &T)> {
        self.iter().next()
    }

    /// The callbacks in the order of firing.
    pub fn iter(&self) -> impl Iterator<Item = (Position, &T)> {
        let mut loaded = self.loaded.iter().filter_map(|(position, row)| Some((*position, row.as_ref()?))).peekable();
        let mut added = self.added.iter().map(|(position, row)| (*position, row)).peekable();
        std::iter::from_fn(move || match (loaded.peek(), added.peek()) {
            (Some(left), Some(right)) if left.0 <= right.0 => loaded.next(),
            (Some(_), None) => loaded.next(),
            _ => added.next(),
        })
    }

    /// Applies a committed change, also to the load under way. `reach` is how far the window reached when that was told.
    ///
    /// What is told may be heard late. A load that reaches further has begun after the commit: its query has seen the change,
    /// and perhaps a later one that nobody had to tell, since that lay beyond the reach.
    pub fn apply(&mut self, change: Change<T>, reach: Position) {
        if let Some(was) = change.was {
            self.remove(was);
        }
        if let Some((position, row)) = &change.becomes
            && *position <= self.end.min(reach)
        {
            self.insert(*position, row.clone());
        }
        if let Some(load) = self.load.as_mut().filter(|load| load.until <= reach) {
            load.changes.push(change);
        }
    }

    /// Notes that the rows in (end, until] are being read; changes from now on are kept for its result.
    pub fn begin_load(&mut self, until: Position) {
        self.load = Some(Load { until, changes: Vec::new() });
    }

    /// Takes in the result of the load: rows behind the old end, in order; `complete` unless a limit cut them off.
    ///
    /// The query read an older snapshot than what was committed meanwhile, so every changed callback is first
    /// removed from the result, whatever time it had there, then added at its new one.
    pub fn finish_load(&mut self, rows: Vec<(Position, T)>, complete: bool) {
        let Some(load) = self.load.take() else { return };
        let from = self.end;
        self.end = match rows.last() {
            Some(last) if !complete => last.0,
            _ => load.until.max(from),
        };
        let changed: HashMap<i64, Option<(Position, T)>> =
            load.changes.into_iter().map(|change| (change.callback_id.get(), change.becomes)).collect();
        for (position, row) in rows {
            if !changed.contains_key(&position.callback_id) {
                self.loaded.push_back((position, Some(row)));
                self.live += 1;
            }
        }
        for (position, row) in changed.into_values().flatten() {
            if position > from && position <= self.end {
                self.insert(position, row);
            }
        }
    }

    /// Forgets everything up to and including the position: it has been published.
    pub fn drop_through(&mut self, position: Position) {
        while self.loaded.front().is_some_and(|row| row.0 <= position) {
            if let Some((_, Some(_))) = self.loaded.pop_front() {
                self.live -= 1;
            }
        }
        self.close_gaps();
        while self.added.first_key_value().is_some_and(|row| *row.0 <= position) {
            self.added.pop_first();
            self.live -= 1;
        }
    }

    fn insert(&mut self, position: Position, row: T) {
        if let Ok(index) = self.loaded.binary_search_by(|held| held.0.cmp(&position)) {
            if self.loaded[index].1.replace(row).is_none() {
                self.live += 1;
            }
        } else if self.added.insert(position, row).is_none() {
            self.live += 1;
        }
    }

    fn remove(&mut self, position: Position) {
        let in_loaded = self.loaded.binary_search_by(|held| held.0.cmp(&position)).ok();
        let removed = in_loaded.and_then(|index| self.loaded[index].1.take());
        if removed.is_some() || self.added.remove(&position).is_some() {
            self.live -= 1;
        }
        self.close_gaps();
    }

    fn close_gaps(&mut self) {
        while self.loaded.front().is_some_and(|row| row.1.is_none()) {
            self.loaded.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::time::Timestamp;

    /// Beyond all loads.
    const FAR: Position = Position { fire_at: Timestamp::from_micros(i64::MAX), callback_id: i64::MAX };

    fn at(micros: i64, callback_id: i64) -> Position {
        Position { fire_at: Timestamp::from_micros(micros), callback_id }
    }

    fn change(id: i64, was: Option<i64>, becomes: Option<i64>) -> Change<i64> {
        Change {
            callback_id: CallbackId::new(id).unwrap(),
            was: was.map(|micros| at(micros, id)),
            becomes: becomes.map(|micros| (at(micros, id), micros)),
        }
    }

    fn times(window: &Window<i64>) -> Vec<i64> {
        window.iter().map(|(position, _)| position.fire_at.micros()).collect()
    }

    #[test]
    fn a_change_committed_while_a_load_runs_wins_over_the_older_snapshot() {
        let mut window = Window::starting_at(at(0, 0));
        window.begin_load(at(100, i64::MAX));
        window.apply(change(1, Some(50), None), FAR);
        window.apply(change(2, Some(60), Some(20)), FAR);
        window.apply(change(3, None, Some(30)), FAR);
        window.apply(change(4, Some(40), Some(400)), FAR);
        window.finish_load(vec![(at(40, 4), 40), (at(50, 1), 50), (at(60, 2), 60), (at(70, 5), 70)], true);
        assert_eq!(times(&window), [20, 30, 70]);
        assert_eq!(window.len(), 3);
    }

    #[test]
    fn a_load_cut_off_by_its_limit_ends_the_window_at_its_last_row() {
        let mut window = Window::starting_at(at(0, 0));
        window.begin_load(at(100, i64::MAX));
        window.apply(change(9, None, Some(90)), FAR);
        window.finish_load(vec![(at(40, 4), 40), (at(50, 1), 50)], false);
        assert_eq!((times(&window), window.end()), (vec![40, 50], at(50, 1)));
    }

    #[test]
    fn what_was_cancelled_at_the_front_is_not_walked_over_again() {
        let mut window = Window::starting_at(at(0, 0));
        window.begin_load(at(1_000, 0));
        window.finish_load((1..=100).map(|id| (at(id, id), id)).collect(), true);
        for id in (1..=99).rev() {
            window.apply(change(id, Some(id), None), FAR);
        }
        assert_eq!((window.loaded.len(), window.first()), (1, Some((at(100, 100), &100))));
    }

    #[test]
    fn what_is_heard_late_does_not_undo_what_a_later_load_has_seen() {
        let mut window = Window::starting_at(at(0, 0));
        // Told of one callback within the reach of 50, and of two beyond it; then one of these was cancelled, the other moved.
        let told = [change(1, None, Some(40)), change(2, None, Some(90)), change(3, None, Some(80))];
        window.begin_load(at(50, 0));
        window.finish_load(Vec::new(), true);
        window.begin_load(at(100, 0));
        for change in told {
            window.apply(change, at(50, 0));
        }
        window.finish_load(vec![(at(70, 3), 33)], true);
        let held: Vec<Position> = window.iter().map(|(position, _)| position).collect();
        assert_eq!(held, [at(40, 1), at(70, 3)]);
    }

    proptest! {
        /// However changes and loads interleave, the window is what the table holds up to its end.
        #[test]
        fn the_window_is_the_table_up_to_its_end(steps in prop::collection::vec((0..4u8, 1..12i64, 1..200i64), 1..80)) {
            let mut table: BTreeMap<i64, i64> = BTreeMap::new();
            let mut window = Window::starting_at(at(0, 0));
            let mut snapshot: Option<Vec<(Position, i64)>> = None;
            let mut fired = at(0, 0);
            for (kind, id, micros) in steps {
                match kind {
                    0 if micros > fired.fire_at.micros() => {
                        let was = table.insert(id, micros);
                        if was.is_none_or(|was| at(was, id) > fired) {
                            window.apply(change(id, was, Some(micros)), FAR);
                        } else { table.insert(id, was.unwrap_or(micros)); }
                    }
                    1 => if table.get(&id).is_some_and(|&was| at(was, id) > fired) {
                        let was = table.remove(&id);
                        window.apply(change(id, was, None), FAR);
                    },
                    2 if !window.is_loading() => {
                        let until = Position::end_of(Timestamp::from_micros(window.end().fire_at.micros() + micros));
                        window.begin_load(until);
                        let mut rows: Vec<_> = table.iter().map(|(&id, &micros)| (at(micros, id), micros))
                            .filter(|row| row.0 > window.end() && row.0 <= until).collect();
                        rows.sort();
                        snapshot = Some(rows);
                    }
                    2 => if let Some(mut rows) = snapshot.take() {
                        let limit = usize::try_from(id).unwrap_or(1);
                        let complete = rows.len() <= limit;
                        rows.truncate(limit);
                        window.finish_load(rows, complete);
                    },
                    _ => {
                        fired = fired.max(window.end().min(at(micros, id)));
                        window.drop_through(fired);
                    }
                }
                let mut expected: Vec<_> = table.iter().map(|(&id, &micros)| at(micros, id))
                    .filter(|&position| position > fired && position <= window.end()).collect();
                expected.sort();
                let held: Vec<_> = window.iter().map(|row| row.0).collect();
                prop_assert_eq!(&held, &expected);
                prop_assert_eq!(window.len(), expected.len());
                prop_assert!(window.loaded.front().is_none_or(|row| row.1.is_some()), "a gap at the front");
            }
        }
    }
}
