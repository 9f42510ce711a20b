//! Which shards are ours, and under which assignment.
//!
//! A shard that the group assigns is *assigned*: it waits for a takeover. A takeover that was made for exactly this
//! assignment makes it *owned*. A takeover that ends while the group goes on assigning us the shard (step T0) makes it
//! assigned again, under another number, so that whatever was begun for the earlier assignment comes to nothing. One that a
//! person has to look at is *stopped* until the group assigns it anew. A shard
//! that is given up is no longer here: its takeover is handed back and is *releasing* until the database has been told how
//! far it had fired, or need not be told, because the shard was lost to somebody else.
//!
//! Before a shard is given up in order, the transactions that are open end. For one that is *lost*, since the group has put this
//! member out, nobody waits: what is open names an older generation, which the group refuses, or has taken before; then it is
//! pending, and the next takeover waits for it (T3), by whichever instance.
//!
//! The machine knows a takeover only as a handle `T`. Whenever a takeover ends, its handle is handed back, and the caller
//! must make sure that nothing is done for it any more before it lets anybody else look at the machine.

use std::collections::BTreeMap;

use crate::domain::ids::Shard;

/// A shard that the group assigned and that waits for its takeover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Awaiting {
    /// The shard.
    pub shard: Shard,
    /// Which assignment of it: a takeover for an earlier one comes to nothing.
    pub number: u64,
    /// Whether what is committed must not be relied on, and its partitions are read from their beginning.
    pub anew: bool,
}

/// What a change of the assignment has led to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "takeovers that have ended must be stopped, and shards that wait must be taken over"]
pub struct Change<T> {
    /// Shards that wait for a takeover from now on.
    pub awaiting: Vec<Awaiting>,
    /// Takeovers that have ended: nothing may be done for them any more.
    pub ended: Vec<T>,
}

/// The shards of one instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shards<T> {
    assigned: BTreeMap<Shard, Assigned<T>>,
    next_number: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Assigned<T> {
    number: u64,
    anew: bool,
    stage: Stage<T>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Stage<T> {
    Assigned,
    Owned(T),
    /// Nothing is to be done for it under this assignment, for that reason.
    Stopped(String),
}

impl<T> Default for Shards<T> {
    fn default() -> Self {
        Self { assigned: BTreeMap::new(), next_number: 0 }
    }
}

impl<T> Default for Change<T> {
    fn default() -> Self {
        Self { awaiting: Vec::new(), ended: Vec::new() }
    }
}

impl<T> Shards<T> {
    /// The group assigns these shards. One that it had assigned before is taken over once more.
    pub fn assign(&mut self, shards: impl IntoIterator<Item = Shard>) -> Change<T> {
        let mut change = Change::default();
        for shard in shards {
            self.await_takeover(shard, false, &mut change);
        }
        change
    }

    /// These shards are given up. Returns the takeovers that end by it: they are releasing.
    pub fn revoke(&mut self, shards: impl IntoIterator<Item = Shard>) -> Vec<T> {
        let removed = shards.into_iter().filter_map(|shard| self.assigned.remove(&shard));
        removed.filter_map(Assigned::end).collect()
    }

    /// The membership is over, and with it every assignment: the database need not be told. Returns the takeovers that end
    /// by it.
    pub fn leave(&mut self) -> Vec<T> {
        std::mem::take(&mut self.assigned).into_values().filter_map(Assigned::end).collect()
    }

    /// Ends a takeover whose truth must be read again (step T0). With `anew` the shard's partitions are read from their
    /// beginning then. Nothing happens where that takeover is not the one that owns the shard now.
    pub fn end(&mut self, shard: Shard, is_it: impl Fn(&T) -> bool, anew: bool) -> Change<T> {
        let mut change = Change::default();
        if self.owner(shard).is_some_and(is_it) {
            self.await_takeover(shard, anew, &mut change);
        }
        change
    }

    /// Ends a takeover, and has the shard left alone until the group assigns it anew: a person has to look, for that reason.
    /// Returns the takeover; nothing happens where it is not the one that owns the shard now.
    pub fn stop(&mut self, shard: Shard, is_it: impl Fn(&T) -> bool, reason: &str) -> Option<T> {
        let assigned = self.assigned.get_mut(&shard).filter(|assigned| assigned.owned().is_some_and(is_it))?;
        match std::mem::replace(&mut assigned.stage, Stage::Stopped(reason.to_owned())) {
            Stage::Owned(takeover) => Some(takeover),
            Stage::Assigned | Stage::Stopped(_) => None,
        }
    }

    /// Has a shard that waits for a takeover by that assignment left alone until the group assigns it anew: its takeover has
    /// found that a person has to look (step T4). Nothing happens where it waits for none by that assignment any more.
    pub fn leave_alone(&mut self, awaiting: Awaiting, reason: &str) {
        let awaits = self.awaits(awaiting);
        if awaits && let Some(assigned) = self.assigned.get_mut(&awaiting.shard) {
            assigned.stage = Stage::Stopped(reason.to_owned());
        }
    }

    /// The shards that are left alone until a person has looked, with the reason.
    pub fn stopped(&self) -> impl Iterator<Item = (Shard, &str)> {
        self.assigned.iter().filter_map(|(shard, assigned)| match &assigned.stage {
            Stage::Stopped(reason) => Some((*shard, &**reason)),
            Stage::Assigned | Stage::Owned(_) => None,
        })
    }

    /// Whether the shard still waits for a takeover by that assignment.
    pub fn awaits(&self, awaiting: Awaiting) -> bool {
        let assigned = self.assigned.get(&awaiting.shard).filter(|assigned| assigned.number == awaiting.number);
        assigned.is_some_and(|assigned| matches!(assigned.stage, Stage::Assigned))
    }

    /// Enters the takeover of a shard; `false` where it waits for none by that assignment any more.
    pub fn install(&mut self, awaiting: Awaiting, takeover: T) -> bool {
        let awaits = self.awaits(awaiting);
        if awaits && let Some(assigned) = self.assigned.get_mut(&awaiting.shard) {
            assigned.stage = Stage::Owned(takeover);
        }
        awaits
    }

    /// The takeover that owns the shard.
    pub fn owner(&self, shard: Shard) -> Option<&T> {
        self.assigned.get(&shard).and_then(Assigned::owned)
    }

    /// The takeovers of all shards that are owned.
    pub fn owned(&self) -> impl Iterator<Item = &T> {
        self.assigned.values().filter_map(Assigned::owned)
    }

    /// How many shards are assigned, and how many of these are owned.
    pub fn count(&self) -> (usize, usize) {
        (self.assigned.len(), self.owned().count())
    }

    fn await_takeover(&mut self, shard: Shard, anew: bool, change: &mut Change<T>) {
        let number = self.next_number;
        self.next_number += 1;
        let before = self.assigned.remove(&shard);
        // A takeover that has not succeeded has not read anything anew either.
        let anew = anew || before.as_ref().is_some_and(|before| before.anew && before.owned().is_none());
        change.ended.extend(before.and_then(Assigned::end));
        self.assigned.insert(shard, Assigned { number, anew, stage: Stage::Assigned });
        change.awaiting.push(Awaiting { shard, number, anew });
    }
}

impl<T> Assigned<T> {
    fn owned(&self) -> Option<&T> {
        match &self.stage {
            Stage::Assigned | Stage::Stopped(_) => None,
            Stage::Owned(takeover) => Some(takeover),
        }
    }

    fn end(self) -> Option<T> {
        match self.stage {
            Stage::Assigned | Stage::Stopped(_) => None,
            Stage::Owned(takeover) => Some(takeover),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(number: i32) -> Shard {
        Shard::from_partition(number).unwrap()
    }

    /// Two shards that are assigned, the first of them owned by the takeover "a".
    fn one_of_two() -> Shards<&'static str> {
        let mut shards = Shards::default();
        let change = shards.assign([shard(0), shard(1)]);
        assert_eq!(change.ended, [""; 0]);
        assert!(shards.install(change.awaiting[0], "a"));
        shards
    }

    #[test]
    fn a_takeover_makes_a_shard_owned_only_for_the_assignment_it_was_made_for() {
        let mut shards = Shards::default();
        let first = shards.assign([shard(0)]).awaiting[0];
        assert!(shards.awaits(first));
        let second = shards.assign([shard(0)]).awaiting[0];
        assert!(!shards.awaits(first) && !shards.install(first, "a"));
        assert_eq!(shards.count(), (1, 0));
        assert!(shards.install(second, "b"));
        assert_eq!((shards.owner(shard(0)), shards.count()), (Some(&"b"), (1, 1)));
        assert!(!shards.awaits(second) && !shards.install(second, "c"), "it is taken over already");
    }

    #[test]
    fn a_shard_that_is_assigned_once_more_ends_the_takeover_before() {
        let mut shards = one_of_two();
        let change = shards.assign([shard(0), shard(1)]);
        assert_eq!(change.ended, ["a"]);
        assert_eq!(change.awaiting.iter().map(|one| one.number).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(shards.count(), (2, 0));
    }

    #[test]
    fn whoever_gives_shards_up_gets_back_what_is_to_be_released() {
        let mut shards = one_of_two();
        assert_eq!(shards.revoke([shard(0), shard(1), shard(2)]), ["a"]);
        assert_eq!(shards.count(), (0, 0));
        let mut shards = one_of_two();
        assert_eq!(shards.leave(), ["a"]);
        assert_eq!(shards.count(), (0, 0));
    }

    #[test]
    fn a_takeover_ends_once_and_only_while_it_owns_the_shard() {
        let mut shards = one_of_two();
        let change = shards.end(shard(0), |takeover| *takeover == "a", false);
        assert_eq!(
            change,
            Change { awaiting: vec![Awaiting { shard: shard(0), number: 2, anew: false }], ended: vec!["a"] }
        );
        assert_eq!(shards.end(shard(0), |takeover| *takeover == "a", false), Change::default());
        assert!(shards.install(change.awaiting[0], "b"));
        assert_eq!(shards.end(shard(0), |takeover| *takeover == "a", false), Change::default(), "another one's by now");
        assert_eq!(shards.end(shard(1), |_| true, false), Change::default(), "it is not taken over");
        assert_eq!(shards.end(shard(2), |_| true, false), Change::default(), "it is not assigned");
    }

    #[test]
    fn a_shard_that_is_stopped_is_left_alone_until_it_is_assigned_anew() {
        let mut shards = one_of_two();
        assert_eq!(shards.stop(shard(0), |takeover| *takeover == "b", "why"), None);
        assert_eq!(shards.stop(shard(1), |_| true, "why"), None, "it is not taken over");
        assert_eq!(shards.stop(shard(0), |takeover| *takeover == "a", "why"), Some("a"));
        assert_eq!((shards.count(), shards.stopped().collect::<Vec<_>>()), ((2, 0), vec![(shard(0), "why")]));
        assert_eq!(shards.end(shard(0), |_| true, false), Change::default());
        let again = shards.assign([shard(0)]).awaiting[0];
        assert!(shards.awaits(again) && shards.stopped().next().is_none());
    }

    #[test]
    fn a_shard_whose_takeover_must_not_go_on_is_left_alone_under_that_assignment_only() {
        let mut shards = Shards::<&str>::default();
        let first = shards.assign([shard(0)]).awaiting[0];
        let second = shards.assign([shard(0)]).awaiting[0];
        shards.leave_alone(first, "why");
        assert!(shards.awaits(second) && shards.stopped().next().is_none(), "the attempt was for the earlier one");
        shards.leave_alone(second, "why");
        assert_eq!((shards.count(), shards.stopped().collect::<Vec<_>>()), ((1, 0), vec![(shard(0), "why")]));
        assert!(!shards.awaits(second) && !shards.install(second, "a"));
        let again = shards.assign([shard(0)]).awaiting[0];
        assert!(shards.awaits(again) && shards.stopped().next().is_none());
    }

    #[test]
    fn what_is_to_be_read_anew_stays_so_until_a_takeover_has_succeeded() {
        let mut shards = one_of_two();
        let anew = shards.end(shard(0), |_| true, true).awaiting[0];
        assert!(anew.anew);
        let again = shards.assign([shard(0)]).awaiting[0];
        assert!(again.anew, "nobody has read it yet");
        assert!(shards.install(again, "b"));
        assert!(!shards.end(shard(0), |_| true, false).awaiting[0].anew);
    }
}
