//! How the callbacks stand, by the state topic: all that was said of each, in order.

use std::collections::BTreeMap;

use anyhow::ensure;

use super::published::State;

/// What the state topic has said so far.
#[derive(Debug, Default)]
pub(super) struct States(BTreeMap<i64, Vec<State>>);

impl States {
    /// Adds a record.
    ///
    /// # Errors
    /// It stands behind an end.
    pub(super) fn add(&mut self, state: State) -> anyhow::Result<()> {
        let (id, of_callback) = (state.callback_id, self.0.entry(state.callback_id).or_default());
        let before = of_callback.last();
        ensure!(!before.is_some_and(State::is_final), "callback {id} is {} after {before:?}", state.status);
        of_callback.push(state);
        Ok(())
    }

    /// Whether what becomes of the callback is followed after it was due.
    pub(super) fn is_tracked(&self, callback_id: i64) -> bool {
        self.last(callback_id).is_some_and(|state| state.tracked)
    }

    /// How the callback stands.
    pub(super) fn last(&self, callback_id: i64) -> Option<&State> {
        self.0.get(&callback_id)?.last()
    }

    /// Whether nothing more will be said of any callback that was heard of.
    pub(super) fn are_final(&self) -> bool {
        self.0.values().all(|states| states.last().is_some_and(State::is_final))
    }

    /// The tracked callbacks' ends, each with how many came to it.
    pub(super) fn ends(&self) -> BTreeMap<&str, usize> {
        let mut ends = BTreeMap::new();
        for state in self.0.values().filter_map(|states| states.last()).filter(|state| state.tracked) {
            *ends.entry(&*state.status).or_default() += 1;
        }
        ends
    }

    /// A line for each callback: its id, and how it stood from the beginning on.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(id, states)| {
            let shown: Vec<String> = states.iter().map(State::shown).collect();
            format!("{id:<11} {}", shown.join(" > "))
        })
    }
}
