//! What the recording step does while a rule is left out.

use std::collections::BTreeMap;

use schedule_callback::domain::command::draft::Verdict;
use schedule_callback::domain::decision::Decision;
use schedule_callback::domain::ids::Shard;
use schedule_callback::domain::life::{End, Phase, Reason, Status};
use schedule_callback::ingest::settle::{Facts, SettledBatch};
use schedule_callback::ingest::{Answer, Content, Item, ReadPlace};
use schedule_callback::protocol::recording::held_below;

use crate::database::Recorded;

fn is_report(item: &Item) -> bool {
    let Content::Judged { draft, .. } = &item.content else { return false };
    matches!(&draft.verdict, Verdict::Amend(amend) if amend.is_report())
}

/// Nobody knows of the passes that reports may be about.
pub(super) fn forget_passes(items: &[&Item]) {
    items.iter().filter(|item| is_report(item)).for_each(|item| item.place.owned.frontier().abort_pass());
}

/// The handling time is over as soon as a pass has begun that will say so.
pub(super) fn end_too_soon(facts: &mut Facts, items: &[&Item]) {
    for callback in facts.callbacks.values_mut() {
        let owned =
            items.iter().map(|item| &item.place.owned).find(|owned| callback.callback_id.shard() == Some(owned.shard));
        let has_begun = owned.is_some_and(|owned| owned.frontier().has_passed(callback.position()));
        if has_begun && callback.cancelled_at.is_none() && callback.life.phase == Phase::Handling {
            let end = End { status: Status::Missed, reason: Reason::OutcomeUnknown, at: callback.fire_at };
            callback.life.phase = Phase::Ended(end);
        }
    }
}

/// As it was: whatever the batch has read; or only what belongs to the takeovers that still stand.
pub(super) fn read_by_now(answers: &[Answer], counts: impl Fn(&ReadPlace) -> bool) -> BTreeMap<Shard, Recorded> {
    let mut read: BTreeMap<Shard, Recorded> = BTreeMap::new();
    for place in answers.iter().map(|answer| &answer.place).filter(|place| counts(place)) {
        let line = &mut read.entry(place.owned.shard).or_default()[place.stream as usize];
        *line = (*line).max(Some(place.offset + 1));
    }
    read
}

/// Nobody knows any more where the command was read.
pub(super) fn forget_place(decision: &mut Decision) {
    if let Some((_, records)) = decision.states.as_deref().and_then(|states| states.split_once('\n')) {
        decision.states = Some(records.into());
    }
}

/// The holds say no more that they take something back.
pub(super) fn forget_what_is_taken_back(settled: &mut SettledBatch) {
    for part in &mut settled.shards {
        let mut frontier = part.owned.frontier();
        let hold = frontier.hold();
        if let Some(earliest) = held_below(&part.changes) {
            frontier.narrow(&hold, earliest);
        }
        frontier.release(std::mem::replace(&mut part.hold, hold));
    }
}
