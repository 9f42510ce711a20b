//! The consumer group's coordinator: static members, generations, cooperative assignments, sessions that expire.

use std::collections::{BTreeMap, BTreeSet};
use std::task::Poll;

use super::Error;
use crate::executor::{Micros, SECOND};

/// A member is expelled when nothing has been heard of it for so long.
pub const SESSION_TIMEOUT: Micros = 6 * SECOND;

/// A member, by a number that is never used again.
pub type Member = u64;

/// What a member has to show when it commits offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The member.
    pub member: Member,
    /// The generation in which it was given its partitions.
    pub generation: u64,
}

struct Membered {
    /// Its `group.instance.id`.
    name: String,
    seen: Micros,
    /// It has joined the generation to come.
    has_joined: bool,
    owned: BTreeSet<i32>,
    assigned: BTreeSet<i32>,
}

/// The group.
pub struct Group {
    partitions: i32,
    generation: u64,
    members: BTreeMap<Member, Membered>,
    is_preparing: bool,
    next_member: Member,
}

impl Group {
    /// A group without members that shares out so many partitions.
    pub fn new(partitions: i32) -> Self {
        Self { partitions, generation: 0, members: BTreeMap::new(), is_preparing: false, next_member: 1 }
    }

    /// The membership at this moment, for whoever builds on another one than its own: under this name, or, where that one was
    /// put out, under another.
    pub fn as_it_is(&self, member: Member) -> Option<Membership> {
        let known = self.members.contains_key(&member).then_some(member);
        let member = known.or_else(|| self.members.keys().next_back().copied())?;
        Some(Membership { member, generation: self.generation })
    }

    /// Whether a commit with this membership is taken. Who owns a partition is not looked at.
    pub fn check(&self, membership: Membership) -> Result<(), Error> {
        let is_known = self.members.contains_key(&membership.member) && membership.generation == self.generation;
        if is_known { Ok(()) } else { Err(Error::IllegalGeneration) }
    }

    /// A member joins under its name, or joins again, with what it has; a new generation is prepared. One that the group does not
    /// know any more is told so by [`joined`](Self::joined) (Kafka's `UNKNOWN_MEMBER_ID`), and has lost what it had.
    ///
    /// Where the group is at rest it stays so, and tells what it has told, if the member asks for the same again, or if it has
    /// forgotten who it was and takes the place of its name again, under another number (Kafka's
    /// `updateStaticMemberThenRebalanceOrCompleteJoin`).
    pub fn join(&mut self, name: &str, member: Option<Member>, owned: BTreeSet<i32>, now: Micros) -> Member {
        if let Some(member) = member {
            let Some(known) = self.members.get_mut(&member) else { return member };
            known.seen = now;
            if self.is_preparing || known.owned != owned {
                (known.has_joined, known.owned) = (true, owned);
                self.is_preparing = true;
                self.advance(now);
            }
            return member;
        }
        let member = self.next_member;
        self.next_member += 1;
        let before = self.members.iter().find(|(_, member)| member.name == name).map(|(before, _)| *before);
        let before = before.and_then(|before| self.members.remove(&before));
        if let Some(before) = before.filter(|_| !self.is_preparing) {
            self.members.insert(member, Membered { seen: now, owned, ..before });
            return member;
        }
        let entry = Membered { name: name.to_owned(), seen: now, has_joined: true, owned, assigned: BTreeSet::new() };
        self.members.insert(member, entry);
        self.is_preparing = true;
        self.advance(now);
        member
    }

    /// The membership and the partitions of one that has joined; pending until all have.
    pub fn joined(&self, member: Member) -> Poll<Result<(Membership, BTreeSet<i32>), Error>> {
        let Some(found) = self.members.get(&member) else { return Poll::Ready(Err(Error::IllegalGeneration)) };
        if self.is_preparing {
            return Poll::Pending;
        }
        Poll::Ready(Ok((Membership { member, generation: self.generation }, found.assigned.clone())))
    }

    /// A member says that it lives.
    pub fn heartbeat(&mut self, membership: Membership, now: Micros) -> Result<(), Error> {
        let Some(found) = self.members.get_mut(&membership.member) else { return Err(Error::IllegalGeneration) };
        found.seen = now;
        if self.is_preparing {
            return Err(Error::Rebalancing);
        }
        self.check(membership)
    }

    /// A member leaves.
    pub fn leave(&mut self, member: Member, now: Micros) {
        if self.members.remove(&member).is_some() {
            self.is_preparing = true;
            self.advance(now);
        }
    }

    /// Somebody whose turn it is, by that number, is expelled as if its session had expired.
    pub fn expel(&mut self, number: usize, now: Micros) {
        let members: Vec<Member> = self.members.keys().copied().collect();
        if !members.is_empty() {
            self.leave(members[number % members.len()], now);
        }
    }

    /// All have to join again.
    pub fn rebalance(&mut self) {
        self.is_preparing = !self.members.is_empty();
        self.members.values_mut().for_each(|member| member.has_joined = false);
    }

    /// Expels those of whom nothing is heard.
    pub fn tick(&mut self, now: Micros) {
        let is_silent =
            |member: &Membered| !(self.is_preparing && member.has_joined) && now - member.seen > SESSION_TIMEOUT;
        let silent: Vec<Member> =
            self.members.iter().filter(|(_, member)| is_silent(member)).map(|(id, _)| *id).collect();
        for member in silent {
            self.leave(member, now);
        }
    }

    /// The coordinator was away: sessions begin anew.
    pub fn restarted(&mut self, now: Micros) {
        self.members.values_mut().for_each(|member| member.seen = now);
    }

    /// Begins the next generation where all members have joined it.
    fn advance(&mut self, now: Micros) {
        if !self.is_preparing || self.members.is_empty() || !self.members.values().all(|member| member.has_joined) {
            return;
        }
        self.is_preparing = false;
        self.generation += 1;
        let target = self.target();
        let owned: Vec<(Member, BTreeSet<i32>)> =
            self.members.iter().map(|(id, member)| (*id, member.owned.clone())).collect();
        for (id, member) in &mut self.members {
            let is_held_elsewhere =
                |partition: &i32| owned.iter().any(|(other, owned)| other != id && owned.contains(partition));
            // What another member still has is given to nobody before that one has given it up.
            member.assigned = target[id].iter().copied().filter(|partition| !is_held_elsewhere(partition)).collect();
            member.has_joined = false;
            member.seen = now;
        }
    }

    /// Who is to have what: as it is as far as that is fair.
    fn target(&self) -> BTreeMap<Member, BTreeSet<i32>> {
        let count = self.members.len();
        let total = usize::try_from(self.partitions).unwrap_or(0);
        let most = total.div_ceil(count);
        let mut target: BTreeMap<Member, BTreeSet<i32>> = BTreeMap::new();
        let mut free: BTreeSet<i32> = (0..self.partitions).collect();
        for (id, member) in &self.members {
            let kept: BTreeSet<i32> =
                member.owned.iter().copied().filter(|one| free.contains(one)).take(most).collect();
            free.retain(|one| !kept.contains(one));
            target.insert(*id, kept);
        }
        for partition in free {
            if let Some((_, least)) = target.iter_mut().min_by_key(|(id, has)| (has.len(), **id)) {
                least.insert(partition);
            }
        }
        // The fullest gives to the emptiest as long as they differ by more than one.
        loop {
            let fullest = target.iter().max_by_key(|(id, has)| (has.len(), **id)).map(|(id, has)| (*id, has.len()));
            let emptiest = target.iter().min_by_key(|(id, has)| (has.len(), **id)).map(|(id, has)| (*id, has.len()));
            let (Some((full, most)), Some((empty, least))) = (fullest, emptiest) else { break };
            if most <= least + 1 {
                break;
            }
            let moved = target.get_mut(&full).and_then(BTreeSet::pop_last);
            if let (Some(moved), Some(to)) = (moved, target.get_mut(&empty)) {
                to.insert(moved);
            }
        }
        target
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(group: &Group, member: Member) -> Vec<i32> {
        match group.joined(member) {
            Poll::Ready(Ok((_, assigned))) => assigned.into_iter().collect(),
            other => panic!("{other:?}"),
        }
    }

    /// A group of two partitions at rest: its first member, "a", is to give one up to the second, "b".
    fn two_members() -> (Group, Member, Member) {
        let mut group = Group::new(2);
        let first = group.join("a", None, BTreeSet::new(), 0);
        let second = group.join("b", None, BTreeSet::new(), 0);
        group.join("a", Some(first), BTreeSet::from([0, 1]), 0);
        (group, first, second)
    }

    #[test]
    fn who_joins_again_and_was_put_out_is_told_so_and_joins_as_somebody_new() {
        let mut group = Group::new(1);
        let first = group.join("a", None, BTreeSet::new(), 0);
        group.leave(first, 1);
        let again = group.join("a", Some(first), BTreeSet::from([0]), 2);
        assert_eq!(group.joined(again), Poll::Ready(Err(Error::IllegalGeneration)));
        let new = group.join("a", None, BTreeSet::new(), 3);
        assert!(new != first && has(&group, new) == [0]);
    }

    #[test]
    fn a_partition_goes_to_a_new_member_only_after_the_old_one_has_given_it_up() {
        let mut group = Group::new(2);
        let first = group.join("a", None, BTreeSet::new(), 0);
        assert_eq!(has(&group, first), [0, 1]);
        let second = group.join("b", None, BTreeSet::new(), 0);
        assert!(group.joined(second).is_pending(), "the first has not joined again");
        let old = Membership { member: first, generation: 1 };
        assert_eq!(group.heartbeat(old, 1), Err(Error::Rebalancing));
        assert_eq!(group.check(old), Ok(()), "until the next generation begins its commits are taken");
        group.join("a", Some(first), BTreeSet::from([0, 1]), 1);
        assert_eq!((has(&group, first), has(&group, second)), (vec![0], vec![]));
        assert_eq!(group.check(old), Err(Error::IllegalGeneration));
        group.join("a", Some(first), BTreeSet::from([0]), 2);
        group.join("b", Some(second), BTreeSet::new(), 2);
        assert_eq!((has(&group, first), has(&group, second)), (vec![0], vec![1]));
    }

    #[test]
    fn a_member_of_whom_nothing_is_heard_is_expelled_and_its_commits_are_refused() {
        let (mut group, silent, other) = two_members();
        let membership = Membership { member: silent, generation: group.generation };
        group.tick(SESSION_TIMEOUT);
        assert_eq!(group.check(membership), Ok(()));
        let alive = Membership { member: other, ..membership };
        assert_eq!(group.heartbeat(alive, SESSION_TIMEOUT), Ok(()));
        group.tick(SESSION_TIMEOUT + 1);
        assert_eq!(group.check(membership), Err(Error::IllegalGeneration));
        group.join("b", Some(other), BTreeSet::new(), SESSION_TIMEOUT + 2);
        assert_eq!(has(&group, other), [0, 1]);
    }

    #[test]
    fn who_takes_its_own_place_again_has_what_it_was_told_and_nobody_is_waited_for() {
        let (mut group, first, second) = two_members();
        let old = Membership { member: first, generation: group.generation };
        let again = group.join("a", None, BTreeSet::new(), 1);
        assert_eq!((has(&group, again), has(&group, second)), (vec![0], vec![]));
        assert_eq!(group.check(old), Err(Error::IllegalGeneration));
        assert_eq!(group.check(Membership { member: again, ..old }), Ok(()));
        // Others join meanwhile: it is one of those that have joined.
        group.rebalance();
        let once_more = group.join("a", None, BTreeSet::new(), 2);
        group.join("b", Some(second), BTreeSet::new(), 2);
        assert_eq!((has(&group, once_more), has(&group, second)), (vec![1], vec![0]));
    }
}
