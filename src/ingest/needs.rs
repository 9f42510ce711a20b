//! What a batch has to be looked up for.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::changes::planned;
use super::epochs::{Epoch, epoch_of};
use super::settle::Facts;
use super::{Answer, Content, Item, ReadPlace};
use crate::domain::command::amend::AmendDraft;
use crate::domain::command::callback_name::CallbackName;
use crate::domain::command::draft::Verdict;
use crate::domain::decision::Decision;
use crate::domain::ids::{CallbackId, Fingerprint, Shard};
use crate::domain::time::Timestamp;
use crate::postgres::leaves::Leaf;

/// The shards that the batch is of, with their epochs.
pub(super) fn epochs_of(items: &[&Item]) -> Vec<Epoch> {
    let epochs: BTreeSet<_> = items.iter().map(|item| epoch_of(item)).collect();
    epochs.into_iter().collect()
}

/// Up to which offsets what is answered so was read, of the commands and the amendments of each shard; `None` of a topic of
/// which there is nothing. It is about what is written, also where a later attempt writes it once more and shards of it have
/// been lost meanwhile. What an earlier takeover has decided and may not have answered does not count: that is noted, with what
/// stands behind it, and must not be taken back by a batch that is on its way through it.
pub fn read_up_to(answers: &[Answer]) -> BTreeMap<Shard, [Option<i64>; 2]> {
    let mut read: BTreeMap<Shard, [Option<i64>; 2]> = BTreeMap::new();
    for ReadPlace { owned, stream, offset } in answers.iter().map(|answer| &answer.place) {
        if owned.may_be_unanswered(*stream as usize, *offset) {
            continue;
        }
        let line = &mut read.entry(owned.shard).or_default()[*stream as usize];
        *line = (*line).max(Some(offset + 1));
    }
    read
}

/// Whether the record is a command that makes a callback.
pub(super) fn schedules(item: &Item) -> bool {
    matches!(&item.content, Content::Judged { draft, .. } if matches!(draft.verdict, Verdict::Schedule(_)))
}

/// The keys to look up: of the commands, and of the commands that cancels and reschedules refer to.
pub fn keys_of(items: &[&Item]) -> Vec<Fingerprint> {
    let mut keys = Vec::with_capacity(items.len());
    for item in items {
        let Content::Judged { draft, digest, .. } = &item.content else { continue };
        keys.push(*digest);
        if let Verdict::Amend(amend) = &draft.verdict
            && let CallbackName::ScheduledBy(key) = amend.callback()
        {
            keys.push(key.fingerprint());
        }
    }
    keys
}

/// Where an id may have been used for another payload, by the database or within the batch, the refusal's own key.
#[expect(clippy::implicit_hasher, reason = "facts have one kind of map")]
pub fn reused_keys(items: &[&Item], known: &HashMap<Fingerprint, Decision>) -> Vec<Fingerprint> {
    let mut first: HashMap<Fingerprint, Fingerprint> = HashMap::new();
    let mut keys = Vec::new();
    for item in items {
        let Content::Judged { draft, digest, .. } = &item.content else { continue };
        let key = *digest;
        let payload = known.get(&key).map_or_else(|| *first.entry(key).or_insert(draft.payload), |known| known.payload);
        if !draft.is_of(payload) {
            keys.extend(draft.payloads().map(|payload| Decision::reuse_key(key, payload)));
        }
    }
    keys
}

/// The keys of commands that cancels and reschedules refer to and of which no decision is remembered, or none that
/// made a callback.
pub fn forgotten_keys(items: &[&Item], facts: &Facts) -> Vec<Fingerprint> {
    let scheduled_by = |item: &&Item| {
        let Content::Judged { draft, .. } = &item.content else { return None };
        let Verdict::Amend(amend) = &draft.verdict else { return None };
        let CallbackName::ScheduledBy(key) = amend.callback() else { return None };
        Some(key.fingerprint())
    };
    items.iter().filter_map(scheduled_by).filter(|key| facts.scheduled_by(*key).is_none()).collect()
}

/// The callbacks to look up, by shard: those of the batch's own shards that commands about callbacks name, and those that
/// time has looked at.
pub fn callbacks_of(items: &[&Item], facts: &Facts) -> BTreeMap<Shard, Vec<CallbackId>> {
    let mut wanted: BTreeMap<Shard, HashSet<CallbackId>> = BTreeMap::new();
    for item in items {
        let id = match &item.content {
            Content::Judged { draft, .. } => match &draft.verdict {
                Verdict::Amend(amend) => named(amend, facts),
                Verdict::Schedule(_) | Verdict::Refused { .. } => None,
            },
            Content::Time { position, .. } => CallbackId::new(position.callback_id).ok(),
            Content::Malformed { .. } => None,
        };
        let shard = item.place.owned.shard;
        if let Some(id) = id.filter(|id| id.shard() == Some(shard)) {
            wanted.entry(shard).or_default().insert(id);
        }
    }
    wanted.into_iter().map(|(shard, ids)| (shard, ids.into_iter().collect())).collect()
}

/// The shards of the callbacks that its cancels and reschedules name, where they are none of the first `partitions`: of
/// numbers that were never given out, or of partitions that are new.
pub(super) fn shards_beyond(items: &[&Item], facts: &Facts, partitions: i32) -> Vec<Shard> {
    let beyond = |item: &&Item| {
        let Content::Judged { draft, .. } = &item.content else { return None };
        let Verdict::Amend(amend) = &draft.verdict else { return None };
        named(amend, facts)?.shard().filter(|shard| shard.partition() >= partitions)
    };
    items.iter().filter_map(beyond).collect()
}

fn named(amend: &AmendDraft, facts: &Facts) -> Option<CallbackId> {
    match amend.callback() {
        CallbackName::Id { callback_id, .. } => Some(*callback_id),
        CallbackName::ScheduledBy(key) => facts.scheduled_by(key.fingerprint()),
    }
}

/// The partitions of tables that the batch will write, decided now; and how many callbacks it may make.
pub(super) fn leaves_of(items: &[&Item], now: Timestamp) -> (BTreeSet<Leaf>, usize) {
    let mut leaves: BTreeSet<Leaf> = Leaf::of_decision(now).into_iter().collect();
    let later = |days: i64| Leaf::of_callback(now.plus_micros(days * 86_400_000_000));
    let mut new = 0;
    for item in items {
        let draft = match &item.content {
            Content::Judged { draft, .. } => draft,
            Content::Time { .. } => {
                leaves.extend(later(0));
                continue;
            }
            Content::Malformed { .. } => continue,
        };
        if let Verdict::Amend(amend) = &draft.verdict
            && amend.is_report()
        {
            // It may wait for up to 30 days (docs/contract.md#life-after-due), which may begin in the next month.
            leaves.extend([0, 15, 31].into_iter().filter_map(later));
        }
        let scheduled_for = match &draft.verdict {
            Verdict::Schedule(schedule) => {
                new += 1;
                Some(schedule.terms.scheduled_for)
            }
            Verdict::Amend(amend) => amend.scheduled_for(),
            Verdict::Refused { .. } => None,
        };
        if let Some(scheduled_for) = scheduled_for {
            leaves.extend(Leaf::of_callback(planned(&item.place.owned, scheduled_for)));
        }
    }
    (leaves, new)
}
