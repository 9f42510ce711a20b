//! What a batch comes to, given what the database holds: pure but for the frontiers that it holds.
//!
//! Within a batch, what comes later sees what came earlier.

use std::collections::HashMap;
use std::sync::Arc;

use super::changes::{Changes, planned};
pub use super::changes::{ShardChanges, Unsettled};
use super::sequences::Sequences;
use super::tally::Tally;
use super::{Answer, Content, Item, Publication, ReadPlace, Stream, TimeCause};
use crate::domain::answer::{Reply, Violation};
use crate::domain::command::amend::{AmendDraft, Lookup};
use crate::domain::command::amended::Amended;
use crate::domain::command::callback_name::CallbackName;
use crate::domain::command::draft::{Draft, Verdict};
use crate::domain::command::rules::Rules;
use crate::domain::commitment::{Commitment, Position};
use crate::domain::decision::Decision;
use crate::domain::directory::Directory;
use crate::domain::ids::{CallbackId, CommandKey, Fingerprint, Shard};
use crate::domain::life::Phase;
use crate::domain::lifecycle;
use crate::domain::time::Timestamp;
use crate::kafka::ownership::OwnedShard;
use crate::protocol::frontier::Hold;
use crate::wire::headers::Headers;
use crate::wire::malformed::Source;
use crate::wire::result::{self, ResultDigits, ResultHead};
use crate::wire::state::{self, Contact, SaidBy};

/// What the database holds of what a batch names.
#[derive(Debug, Default)]
pub struct Facts {
    /// Decisions by key.
    pub known: HashMap<Fingerprint, Decision>,
    /// Callbacks by the key of a schedule command whose decision is no longer remembered.
    pub scheduled: HashMap<Fingerprint, CallbackId>,
    /// Callbacks of the batch's own shards.
    pub callbacks: HashMap<CallbackId, Commitment>,
}

impl Facts {
    /// The callback that the command of this key scheduled.
    pub fn scheduled_by(&self, key: Fingerprint) -> Option<CallbackId> {
        self.known.get(&key).and_then(scheduled_by).or_else(|| self.scheduled.get(&key).copied())
    }
}

/// What a batch is judged against.
pub struct Basis<'a> {
    /// What the database holds.
    pub facts: Facts,
    /// The directory as it is now.
    pub directory: &'a Directory,
    /// The rules.
    pub rules: &'a Rules,
    /// `ce_time` of every result that is decided now.
    pub decided_at: Timestamp,
    /// How many partitions the command topic has, and both internal topics with it: commands are forwarded to no other.
    pub partitions: i32,
    /// CloudEvents source of results.
    pub source: &'a str,
    /// How much of the person state records show; `None` where there is no state topic.
    pub state: Option<Contact>,
}

/// A batch, settled: what to write, and what to publish once it is written.
#[derive(Debug, Default)]
pub struct SettledBatch {
    /// When it was decided.
    pub decided_at: Timestamp,
    /// New rows of `decision`.
    pub decisions: Vec<Decision>,
    /// New rows of `callback`.
    pub inserts: Vec<(Shard, Arc<Commitment>)>,
    /// Changed rows of `callback`, with the place they are read at.
    pub updates: Vec<(Shard, Position, Arc<Commitment>)>,
    /// What each shard's window must be told.
    pub shards: Vec<ShardChanges>,
    /// What to publish, in the order of the batch.
    pub answers: Vec<Answer>,
    /// What it came to, counted.
    pub tally: Tally,
    /// Whether time, and no command, is the cause of some change.
    pub changes_by_time: bool,
    /// Holds that end when it is answered, and not when the windows are told.
    pub holds: Vec<(Arc<OwnedShard>, Hold)>,
}

struct Settling<'a> {
    at: &'a Basis<'a>,
    decided: HashMap<Fingerprint, Decision>,
    order: Vec<Fingerprint>,
    changes: Changes<'a>,
    answers: Vec<Answer>,
    tally: Tally,
    changes_by_time: bool,
}

/// Settles the records of a batch.
///
/// Frontiers are held from here on: the holds are in the result, for the caller to release.
///
/// # Errors
/// `Unsettled`; nothing is held then.
pub fn settle<'a>(
    items: impl Iterator<Item = &'a Item> + Clone,
    at: &Basis<'_>,
    sequences: &mut Sequences,
) -> Result<SettledBatch, Unsettled> {
    let mut settling = Settling {
        at,
        decided: HashMap::new(),
        order: Vec::new(),
        changes: Changes::of(&at.facts.callbacks, at.decided_at, at.source, at.state),
        answers: Vec::new(),
        tally: Tally::default(),
        changes_by_time: false,
    };
    for item in items.clone() {
        settling.changes.hold(&item.place.owned);
    }
    for item in items {
        let settled = match &item.content {
            Content::Time { position, cause } => settling.by_time(*position, *cause, &item.place.owned),
            _ => settling.item(item, sequences).map(|publications| {
                let (place, traced) = (item.place.clone(), item.traced.clone());
                settling.answers.push(Answer { place, publications, traced });
            }),
        };
        if let Err(unsettled) = settled {
            settling.changes.release();
            return Err(unsettled);
        }
    }
    Ok(settling.finish())
}

impl Settling<'_> {
    fn item(&mut self, item: &Item, sequences: &mut Sequences) -> Result<Vec<Publication>, Unsettled> {
        match &item.content {
            Content::Time { .. } => Ok(Vec::new()),
            Content::Malformed { malformed, dead_letter } => {
                self.tally.dead_letter(malformed.reason.code());
                let mut publications = vec![Publication::DeadLetter(dead_letter.clone())];
                if let Some(answer) = &malformed.answer {
                    let data = data_of(&answer.key, &Reply::malformed(malformed.message(Source::Record)));
                    let head = ResultHead {
                        key: &answer.key,
                        digits: ResultDigits::of(&answer.key, answer.payload),
                        decided_at: self.at.decided_at,
                        callback_id: None,
                        correlation_id: answer.correlation_id.as_deref(),
                        trace: answer.trace.as_ref(),
                    };
                    publications.push(published(item.key.clone(), data, &head, self.at.source));
                }
                Ok(publications)
            }
            Content::Judged { draft, digest, forward } => {
                let key = self.key_of(draft, *digest);
                let reused = key != *digest;
                // What was decided before and is answered now has said how its callback stands; but where nobody knows whether it
                // did, the record that made the decision says so again.
                let ReadPlace { owned, stream, offset } = &item.place;
                let by = SaidBy { shard: owned.shard.partition(), line: *stream as usize, offset: *offset };
                let is_new = self.remembered(key).is_none();
                if is_new {
                    if let (false, Some(shard), Some(forward)) = (reused, self.elsewhere(draft, &item.place), forward) {
                        self.tally.forwards += 1;
                        return Ok(vec![Publication::Forward { shard, forward: forward.clone() }]);
                    }
                    let reply = if reused {
                        let caption = draft.verdict.caption().map(str::to_owned);
                        Reply::refused(caption, &Violation::CommandIdReused.into(), draft.defined)
                    } else {
                        self.decide(draft, &item.place, sequences)?
                    };
                    let reply = reply.to_report(draft.is_report);
                    self.tally.reply(&reply);
                    let schedules = !reused && matches!(draft.verdict, Verdict::Schedule(_));
                    let decision = Decision {
                        key,
                        payload: draft.payload,
                        decided_at: self.at.decided_at,
                        callback_id: reply.standing.as_ref().and_then(|standing| standing.callback_id),
                        schedules,
                        correlation_id: draft.correlation_id.clone(),
                        result: data_of(&draft.key, &reply),
                        states: self.changes.take_states(by),
                    };
                    self.order.push(key);
                    self.decided.insert(key, decision);
                } else {
                    self.tally.repeats += 1;
                }
                let Some(decision) = self.remembered(key) else { return Ok(Vec::new()) };
                let mut publications = vec![publish(decision, draft, item.key.clone(), self.at.source)];
                let says = |states: &&str| {
                    is_new || owned.may_be_unanswered(by.line, by.offset) && state::is_said_by(states, by)
                };
                if self.at.state.is_some() {
                    let states = decision.states.as_deref().filter(says).into_iter().flat_map(state::read_stored);
                    publications.extend(states.map(|record| Publication::State(Box::new(record))));
                }
                Ok(publications)
            }
        }
    }

    fn remembered(&self, key: Fingerprint) -> Option<&Decision> {
        self.decided.get(&key).or_else(|| self.at.facts.known.get(&key))
    }

    /// The key that this command's decision is remembered under: its own, or where that has been used for another
    /// payload, one for this payload.
    fn key_of(&self, draft: &Draft, digest: Fingerprint) -> Fingerprint {
        if self.remembered(digest).is_none_or(|decision| draft.is_of(decision.payload)) {
            return digest;
        }
        let mut refusals = draft.payloads().map(|payload| Decision::reuse_key(digest, payload));
        let remembered = refusals.clone().find(|key| self.remembered(*key).is_some());
        remembered.or_else(|| refusals.next()).unwrap_or(digest)
    }

    /// The shard that has to answer, where it is another one than the record's.
    fn elsewhere(&self, draft: &Draft, place: &ReadPlace) -> Option<Shard> {
        let Verdict::Amend(amend) = &draft.verdict else { return None };
        if place.stream == Stream::Amendments {
            return None;
        }
        self.callback_id(amend)
            .and_then(CallbackId::shard)
            .filter(|shard| *shard != place.owned.shard && shard.partition() < self.at.partitions)
    }

    /// The callback that a cancel or reschedule names, as far as is known.
    fn callback_id(&self, amend: &AmendDraft) -> Option<CallbackId> {
        match amend.callback() {
            CallbackName::Id { callback_id, .. } => Some(*callback_id),
            CallbackName::ScheduledBy(key) => {
                let key = key.fingerprint();
                self.decided.get(&key).and_then(scheduled_by).or_else(|| self.at.facts.scheduled_by(key))
            }
        }
    }

    fn decide(&mut self, draft: &Draft, place: &ReadPlace, sequences: &mut Sequences) -> Result<Reply, Unsettled> {
        Ok(match &draft.verdict {
            Verdict::Refused { caption, violations } => Reply::refused(caption.clone(), violations, draft.defined),
            Verdict::Schedule(schedule) => {
                let commitment = schedule.commitment(sequences.take(place.owned.shard)?);
                let reply = schedule.reply(Some(commitment.callback_id), self.at.decided_at, draft.defined);
                self.changes.change(&place.owned, None, commitment, Some(&draft.key.command_id))?;
                reply
            }
            Verdict::Amend(amend) => self.amend(amend, draft, &place.owned)?,
        })
    }

    fn amend(&mut self, amend: &AmendDraft, draft: &Draft, owned: &OwnedShard) -> Result<Reply, Unsettled> {
        // Another shard's callback is that owner's alone, wherever its amendment turned up.
        let id = self.callback_id(amend).filter(|id| id.shard() == Some(owned.shard));
        let found = id.and_then(|id| self.changes.callback(id));
        let lookup = match &found {
            None => Lookup::NotFound,
            Some(callback) => {
                let position = callback.position();
                if amend.is_report() && callback.cancelled_at.is_none() && callback.life.phase == Phase::Handling {
                    // It ends when that is published at its place: this report waits for the pass, or comes before it.
                    self.changes.take_back(owned, position)?;
                }
                let frontier = owned.frontier();
                // Whoever has read a due event may report of it before its commit is known here.
                let may_be_read = callback.waits() && callback.fire_at <= self.at.decided_at;
                if amend.is_report() && may_be_read && frontier.is_in_flight(position) {
                    return Err(Unsettled::Early);
                }
                if !frontier.has_passed(position) {
                    Lookup::Ahead(callback)
                } else if position <= frontier.marker() {
                    Lookup::Due(callback)
                } else {
                    Lookup::Begun(callback)
                }
            }
        };
        let mut amended = amend.clone().apply(lookup, self.at.directory, self.at.rules, self.at.decided_at);
        if let Amended::Reported { callback, moves: true, .. } = &mut amended {
            // Its answer says when it is presented next. Our hold keeps the cutoff where it is, so that this stays its place.
            callback.fire_at = planned(owned, callback.fire_at);
        }
        let reply = amended.reply(draft.defined);
        self.tally.amended(&amended);
        if let Some(callback) = amended.into_callback() {
            self.changes.change(owned, found.as_deref(), callback, Some(&draft.key.command_id))?;
        }
        Ok(reply)
    }

    /// What time makes of the callback that stands there: nothing where it has been changed since it was handed here.
    fn by_time(&mut self, position: Position, cause: TimeCause, owned: &OwnedShard) -> Result<(), Unsettled> {
        let found = CallbackId::new(position.callback_id).ok().and_then(|id| self.changes.callback(id));
        let Some(callback) = found.filter(|callback| {
            callback.position() == position && callback.cancelled_at.is_none() && callback.life.phase.presents()
        }) else {
            return Ok(());
        };
        let directory = self.at.directory.of(&callback.origin.tenant);
        let is_published = position <= owned.frontier().marker();
        let now = match cause {
            TimeCause::Unacknowledged if is_published && callback.life.is_tracked() => {
                lifecycle::unacknowledged((*callback).clone(), directory, self.at.decided_at)
            }
            TimeCause::Look if !is_published => {
                lifecycle::look((*callback).clone(), directory, self.at.decided_at.max(position.fire_at))
            }
            TimeCause::Unacknowledged | TimeCause::Look => return Ok(()),
        };
        if now == *callback {
            return Ok(());
        }
        self.tally.unacknowledged += u64::from(cause == TimeCause::Unacknowledged);
        self.changes_by_time = true;
        self.changes.change(owned, Some(&callback), now, None)
    }

    fn finish(self) -> SettledBatch {
        let Self { at, mut decided, order, changes, answers, tally, changes_by_time } = self;
        let decided_at = at.decided_at;
        let (touched, shards) = changes.finish();
        let mut batch = SettledBatch { decided_at, shards, answers, tally, changes_by_time, ..SettledBatch::default() };
        batch.decisions.reserve(order.len());
        batch.decisions.extend(order.iter().filter_map(|key| decided.remove(key)));
        batch.inserts.reserve(touched.size_hint().0);
        for touched in touched {
            match touched.stored {
                None => batch.inserts.push((touched.shard, touched.now)),
                Some(stored) => batch.updates.push((touched.shard, stored, touched.now)),
            }
        }
        // COPY into many partitions is cheapest in their order.
        batch.inserts.sort_by_key(|(_, row)| row.position());
        batch
    }
}

impl SettledBatch {
    /// Ends its holds: nothing of it has happened.
    pub fn release(self) {
        for part in self.shards {
            part.owned.frontier().release(part.hold);
        }
    }
}

/// The callback that this decision made.
fn scheduled_by(decision: &Decision) -> Option<CallbackId> {
    decision.callback_id.filter(|_| decision.schedules)
}

fn publish(decision: &Decision, draft: &Draft, key: Option<Box<[u8]>>, source: &str) -> Publication {
    let head = ResultHead {
        key: &draft.key,
        // Of what was remembered: an earlier version may have taken another digest of the same payload.
        digits: ResultDigits::of(&draft.key, decision.payload),
        decided_at: decision.decided_at,
        callback_id: decision.callback_id,
        correlation_id: decision.correlation_id.as_deref(),
        trace: draft.trace.as_ref(),
    };
    published(key, Arc::clone(&decision.result), &head, source)
}

fn published(key: Option<Box<[u8]>>, data: Arc<str>, head: &ResultHead<'_>, source: &str) -> Publication {
    let mut headers = Headers::with_room_for(12, 320);
    head.write_headers(&mut headers, source);
    Publication::Result { key, data, headers }
}

fn data_of(key: &CommandKey, reply: &Reply) -> Arc<str> {
    let mut data = Vec::with_capacity(512);
    result::write_data(&mut data, Some(&key.command_id), reply);
    // It is made of strings and ASCII, so nothing is ever replaced; to look at that piece by piece would cost more.
    str::from_utf8(&data).map_or_else(|_| String::from_utf8_lossy(&data).into(), Arc::from)
}

#[cfg(test)]
mod tests;
