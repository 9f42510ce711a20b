//! What to make of a database commit that was sent and whose answer was lost.

use std::collections::HashMap;
use std::hash::Hash;

/// What looking again has shown about the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is committed: its changes have to be told to the windows, since a known key alone says nothing about them.
    CameThrough,
    /// Someone else has decided one of its commands, so it can never be committed: decide anew.
    Void,
    /// A shard of it is no longer ours, and for the others it may still come through. Only a takeover, which waits for
    /// it, can tell: give up all its shards, and only then its holds.
    Fenced,
    /// It has not come through so far: write the same once more. The unique key makes that wait for the first attempt;
    /// where it then turns out to be a repetition, look again.
    Open,
}

impl Fate {
    /// Judges by what is `known` now for the keys that the transaction decided, read in a transaction that holds the
    /// epochs of its shards; `holds_all` says whether these are still the ones it was settled under.
    pub fn of<'a, K: Eq + Hash, D: PartialEq + 'a>(
        decided: impl Iterator<Item = (K, &'a D)> + Clone,
        known: &HashMap<K, D>,
        holds_all: bool,
    ) -> Self {
        if decided.clone().all(|(key, decision)| known.get(&key) == Some(decision)) {
            Self::CameThrough
        } else if decided.into_iter().any(|(key, _)| known.contains_key(&key)) {
            Self::Void
        } else if holds_all {
            Self::Open
        } else {
            Self::Fenced
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(known: &[(u8, &str)], holds_all: bool) -> Fate {
        let known = known.iter().map(|(key, decision)| (*key, (*decision).to_owned())).collect();
        let decided = [(1, "a".to_owned()), (2, "b".to_owned())];
        Fate::of(decided.iter().map(|(key, decision)| (*key, decision)), &known, holds_all)
    }

    #[test]
    fn only_the_very_same_decisions_show_that_it_came_through() {
        assert_eq!(fate(&[(1, "a"), (2, "b")], true), Fate::CameThrough);
        assert_eq!(fate(&[(1, "a"), (2, "b")], false), Fate::CameThrough);
        assert_eq!(fate(&[(1, "a"), (2, "other")], true), Fate::Void);
        assert_eq!(fate(&[(1, "other")], false), Fate::Void);
    }

    #[test]
    fn as_long_as_nothing_is_known_only_an_owner_may_write_again() {
        assert_eq!(fate(&[], true), Fate::Open);
        assert_eq!(fate(&[], false), Fate::Fenced);
    }
}
