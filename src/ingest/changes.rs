//! The callbacks that a batch changes: how each stands so far, what the windows must be told, and what the state topic says.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::sequences::Exhausted;
use crate::domain::commitment::{Commitment, Position};
use crate::domain::ids::{CallbackId, Shard};
use crate::domain::life::Phase;
use crate::domain::time::Timestamp;
use crate::kafka::ownership::OwnedShard;
use crate::protocol::frontier::Hold;
use crate::protocol::recording::held_below;
use crate::protocol::window::Change;
use crate::wire::due::FiredAt;
use crate::wire::state::{self, Contact, SaidBy, StateRecord};

/// A shard's part of a settled batch.
#[derive(Debug)]
pub struct ShardChanges {
    /// The takeover under which it was settled.
    pub owned: Arc<OwnedShard>,
    /// What the window must be told, in order.
    pub changes: Vec<Change<Arc<Commitment>>>,
    /// Keeps passes away until the window has been told.
    pub hold: Hold,
}

/// Why a batch cannot be settled now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsettled {
    /// More sequence numbers are needed.
    Exhausted,
    /// A command is about a callback whose due event is being published at this moment.
    Early,
}

impl From<Exhausted> for Unsettled {
    fn from(_: Exhausted) -> Self {
        Self::Exhausted
    }
}

/// A callback that the batch changes.
pub(super) struct Touched {
    pub shard: Shard,
    pub now: Arc<Commitment>,
    /// Where it stands in the database; `None` where the batch makes it.
    pub stored: Option<Position>,
}

/// The changes of a batch that is being settled.
pub(super) struct Changes<'a> {
    /// What the database holds of the batch's own shards.
    stored: &'a HashMap<CallbackId, Commitment>,
    /// When the batch is decided.
    decided_at: Timestamp,
    /// CloudEvents source of state records.
    source: &'a str,
    /// How much of the person state records show; `None` where there is no state topic.
    contact: Option<Contact>,
    touched: BTreeMap<CallbackId, Touched>,
    shards: BTreeMap<Shard, ShardChanges>,
    /// The state records of the command that is decided now, as they are stored.
    states: String,
}

impl<'a> Changes<'a> {
    /// No changes yet, of these stored callbacks.
    pub fn of(
        stored: &'a HashMap<CallbackId, Commitment>,
        decided_at: Timestamp,
        source: &'a str,
        contact: Option<Contact>,
    ) -> Self {
        let (touched, shards) = (BTreeMap::new(), BTreeMap::new());
        Self { stored, decided_at, source, contact, touched, shards, states: String::new() }
    }

    /// Holds the frontier of a shard, once.
    pub fn hold(&mut self, owned: &Arc<OwnedShard>) {
        self.shards.entry(owned.shard).or_insert_with(|| {
            let hold = owned.frontier().hold();
            ShardChanges { owned: Arc::clone(owned), changes: Vec::new(), hold }
        });
    }

    /// Ends all holds: nothing of it has happened.
    pub fn release(self) {
        for part in self.shards.into_values() {
            part.owned.frontier().release(part.hold);
        }
    }

    /// The callbacks as the batch has left them; and what each window must be told, with holds that are narrowed to that.
    pub fn finish(self) -> (impl Iterator<Item = Touched>, Vec<ShardChanges>) {
        let mut shards = Vec::new();
        for part in self.shards.into_values() {
            match held_below(&part.changes) {
                Some(earliest) => {
                    part.owned.frontier().narrow(&part.hold, earliest);
                    shards.push(part);
                }
                None => part.owned.frontier().release(part.hold),
            }
        }
        (self.touched.into_values(), shards)
    }

    /// The state records of the command that was decided just now, which that record has made.
    pub fn take_states(&mut self, by: SaidBy) -> Option<Arc<str>> {
        let states = std::mem::take(&mut self.states);
        (!states.is_empty()).then(|| state::stored(by, &states).into())
    }

    /// The callback as the batch has left it so far.
    pub fn callback(&self, id: CallbackId) -> Option<Arc<Commitment>> {
        let touched = self.touched.get(&id).map(|touched| Arc::clone(&touched.now));
        touched.or_else(|| self.stored.get(&id).cloned().map(Arc::new))
    }

    /// Takes back what stands there, so that no pass publishes it before the batch has been recorded; `false` where it is
    /// published already.
    ///
    /// # Errors
    /// A pass is in flight over it: nobody knows yet whether that will be published.
    pub fn take_back(&self, owned: &OwnedShard, position: Position) -> Result<bool, Unsettled> {
        let Some(part) = self.shards.get(&owned.shard) else { return Ok(false) };
        let mut frontier = owned.frontier();
        if position <= frontier.marker() {
            return Ok(false);
        }
        if frontier.take_back(&part.hold, position) { Ok(true) } else { Err(Unsettled::Early) }
    }

    /// Notes how a callback stands now; `caused_by` is the command's id, `None` where time is the cause. One that moves is
    /// given its place in the order of firing here, and nowhere else.
    pub fn change(
        &mut self,
        owned: &OwnedShard,
        before: Option<&Commitment>,
        mut now: Commitment,
        caused_by: Option<&str>,
    ) -> Result<(), Unsettled> {
        if before.is_none_or(|before| (before.revision, before.fire_at) != (now.revision, now.fire_at)) {
            now.fire_at = planned(owned, now.fire_at);
        }
        let now = Arc::new(now);
        let was = before.map(Commitment::position);
        // What is published stands in no window any more.
        let waits = match was {
            Some(position) if self.take_back(owned, position)? => was,
            _ => None,
        };
        if let Some(part) = self.shards.get_mut(&owned.shard) {
            let becomes = now.waits().then(|| (now.position(), Arc::clone(&now)));
            if waits.is_some() || becomes.is_some() {
                part.changes.push(Change { callback_id: now.callback_id, was: waits, becomes });
            }
            // What time changes is said when its time comes, with the pass.
            if let (Some(contact), Some(caused_by)) = (self.contact, caused_by) {
                let mut at = FiredAt::default();
                at.set(self.decided_at);
                let mut say =
                    |record: &StateRecord| state::write_stored(&mut self.states, &record.outgoing(&at, self.source));
                // That it waits again would have been said with its due event.
                if let Some(before) =
                    before.filter(|before| waits.is_some() && before.life.phase == Phase::PresentAgain)
                {
                    say(&StateRecord::of(before, false, None, contact));
                }
                // One that stands as before has a state record of that id already.
                let is_said = before.is_some_and(|before| {
                    let stood = (before.revision, before.attempt, before.status(waits.is_none()));
                    stood == (now.revision, now.attempt, now.status(false))
                });
                if !is_said {
                    say(&StateRecord::of(&now, false, Some(caused_by), contact));
                }
            }
        }
        let id = now.callback_id;
        let stored = match self.touched.remove(&id) {
            Some(before) => before.stored,
            None => was,
        };
        self.touched.insert(id, Touched { shard: owned.shard, now, stored });
        Ok(())
    }
}

/// When a callback fires that is wanted at that instant: then, or later where the shard has gone beyond it.
pub(super) fn planned(owned: &OwnedShard, wanted: Timestamp) -> Timestamp {
    owned.frontier().fire_at(wanted)
}
