//! Performs what `protocol::takeover` asks for, step by step, and hands back what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use super::fault::TakeoverError;
use super::{Start, Takeover};
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::domain::time::Timestamp;
use crate::domain::wal::WalPosition;
use crate::kafka::group_database::Told;
use crate::kafka::offsets::{Offsets, OffsetsError};
use crate::kafka::ownership::{Awaiting, OwnedShard};
use crate::postgres::migrate::highest_callback_id;
use crate::postgres::{installation, shard};
use crate::protocol::beginning::Beginning;
use crate::protocol::frontier::Frontier;
use crate::protocol::takeover::{self, Attempt, Chosen, Contradiction, Coordinators, Installed, Outcome};
use crate::stop::tell;
use crate::{clock, dispatch};

type Event = takeover::Event<String, Offsets, Arc<OwnedShard>>;
type Step = takeover::Step<String, Offsets, Arc<OwnedShard>>;

/// How long a pause goes on at most before it is looked whether the service ends.
const LOOK: Duration = Duration::from_millis(50);
/// A transaction of this instance that has been under way for so long may be what is pending.
const OWN: Duration = Duration::from_secs(1);

impl Takeover {
    /// One attempt at taking these shards over, to its end; and why it failed, where it did.
    pub(super) fn attempt(&mut self, wanted: Vec<Awaiting>) -> (Outcome, Option<TakeoverError>) {
        let instance = self.settings.instance.clone();
        let mut attempt = Attempt::begin(instance, wanted, self.first_marker());
        let newest = self.endpoint.newest();
        let mut performing = Performing { takeover: self, newest, told: None, recorded: BTreeMap::new(), error: None };
        loop {
            let event = match attempt.step() {
                Step::End(outcome) => return (outcome, performing.error),
                step => performing.perform(step),
            };
            attempt.handle(event, performing.takeover.began.elapsed());
        }
    }

    /// Where a shard begins that has never fired: early enough that a backlog of overdue commands keeps its order, not
    /// so early that a command with an ancient date would need a partition of its own.
    fn first_marker(&self) -> Position {
        let kept = i64::try_from(self.settings.retain_callbacks.as_micros()).unwrap_or(i64::MAX);
        let earliest = clock::now().micros().saturating_sub(kept).max(0);
        Position { fire_at: Timestamp::from_micros(earliest), callback_id: 0 }
    }

    /// Step T5: the broker refuses an instance whose generation is old.
    pub(super) fn commit_markers(&self, shards: Vec<Arc<OwnedShard>>, told: Option<Told>) -> Result<(), TakeoverError> {
        let (confirmed, answer) = channel();
        let message = dispatch::Message::Confirm { shards, told: told.clone(), confirmed };
        let is_confirmed = self.dispatch.send(message).is_ok() && answer.recv().unwrap_or(false);
        if let Some(told) = told.filter(|_| is_confirmed) {
            self.belonging.told(&told);
        }
        is_confirmed.then_some(()).ok_or(TakeoverError::Unconfirmed)
    }
}

/// One attempt that is being performed.
struct Performing<'a> {
    takeover: &'a mut Takeover,
    /// The newest database server that was seen before the attempt: what is claimed is claimed there.
    newest: Option<WalPosition>,
    /// What the group is to be told with the markers.
    told: Option<Told>,
    /// Up to which offsets of their commands and of their amendments decisions of these shards are stored.
    recorded: BTreeMap<Shard, [Option<i64>; 2]>,
    /// What went wrong last.
    error: Option<TakeoverError>,
}

impl Performing<'_> {
    fn perform(&mut self, step: Step) -> Event {
        match step {
            Step::CheckBelonging => self.check_belonging(),
            Step::Claim(shards) => {
                let instance = self.takeover.settings.instance.clone();
                let claims = self.takeover.in_database(async |client| shard::claim(client, &shards, &instance).await);
                self.heed(claims.map(Event::Claimed))
            }
            Step::WaitForHolders(shards) => {
                let waited = self.takeover.in_database(async |client| shard::wait_for_holders(client, &shards).await);
                let noted = waited.map(|recorded| self.recorded = recorded);
                self.heed(noted.map(|()| Event::Done))
            }
            Step::ReadStable { shards, anew, pause, patience } => {
                self.pause(pause);
                let read = self.takeover.offsets.read_stable(&shards, &anew, patience, &self.takeover.stop);
                self.stable(read.map(Event::Read))
            }
            Step::AbortInNameOf(owners) => {
                if self.takeover.offsets.abort_in_the_names_of(&owners) {
                    Event::Done
                } else {
                    Event::NotAborted
                }
            }
            Step::AskCoordinators => Event::Answers(self.ask_coordinators()),
            Step::StartOver => Event::StartedOver(self.takeover.ownership.disown_all()),
            Step::EndHanging { owners, shard } => {
                let metadata = self.takeover.ownership.during_transaction().metadata().cloned();
                if let Some(metadata) = metadata {
                    self.takeover.offsets.end_hanging(&owners, shard, &metadata);
                    // This instance's own among them.
                    self.takeover.fellows.fence();
                }
                Event::Done
            }
            Step::ReadHighestId => {
                let highest = self.takeover.in_database(async |client| highest_callback_id(client).await);
                self.heed(highest.map(Event::HighestId))
            }
            Step::Install { chosen, stopped } => {
                for (awaiting, contradiction) in stopped {
                    say_stopped(awaiting.shard, contradiction);
                    self.takeover.ownership.leave_alone(awaiting, &contradiction.to_string());
                }
                Event::Installed(chosen.into_iter().filter_map(|chosen| self.install(chosen)).collect())
            }
            Step::CommitMarkers(shards) => {
                let told = self.told.take();
                let committed = if self.takeover.endpoint.is_still(self.newest) {
                    self.takeover.commit_markers(shards, told)
                } else {
                    Err(TakeoverError::Replaced)
                };
                self.heed(committed.map(|()| Event::Done))
            }
            Step::GiveUp { again, anew } => {
                let ownership = &self.takeover.ownership;
                Event::GivenUp(ownership.disown(&again).into_iter().chain(ownership.read_anew(&anew)).collect())
            }
            Step::ForgetPrevious(epochs) => {
                let forgotten = self.takeover.in_database(async |client| shard::forget_previous(client, &epochs).await);
                done(forgotten, "previous owners could not be forgotten")
            }
            Step::NoteAdoption => {
                let noted = self.takeover.in_database(async |client| installation::adopted(client).await);
                done(noted, "the database could not note that the group names it")
            }
            Step::Start(installed) => {
                for Installed { takeover: owned, places, .. } in installed {
                    let [commands, amendments] = [&places.commands, &places.amendments].map(|line| line.resume.next());
                    tell(&self.takeover.starts, Start { owned, commands, amendments });
                }
                Event::Done
            }
            Step::End(_) => Event::Done,
        }
    }

    /// Whether what is pending is so although all that it depends on answers: the group's coordinator, and this instance's own
    /// producers, each of whom knows of no transaction that may be it.
    fn ask_coordinators(&self) -> Coordinators {
        let Takeover { belonging, fellows, offsets, .. } = &*self.takeover;
        if belonging.group().read().is_err() || fellows.pending_for() >= OWN {
            Coordinators::Busy
        } else if offsets.fails_over() {
            Coordinators::Replicated
        } else {
            Coordinators::Alone
        }
    }

    fn check_belonging(&mut self) -> Event {
        let found = self.takeover.in_database(async |client| installation::read(client).await);
        let checked = found.and_then(|found| {
            self.told = self.takeover.belonging.check(&found)?;
            Ok(found.adopts)
        });
        match checked {
            Err(error @ TakeoverError::Misplaced(_)) => {
                self.error = Some(error);
                Event::Misplaced
            }
            checked => self.heed(checked.map(|adopts| Event::Belongs { adopts })),
        }
    }

    /// What is read, or that there is nothing stable to be read.
    fn stable(&mut self, read: Result<Event, OffsetsError>) -> Event {
        match read {
            Err(error @ OffsetsError::Unstable(_)) => {
                if self.error.is_none() {
                    tracing::info!(%error, "a transaction is pending on the offsets, or the broker does not answer");
                }
                self.error = Some(error.into());
                if self.takeover.stop.is_set() { Event::Stop } else { Event::NotStable }
            }
            read => self.heed(read.map_err(TakeoverError::from)),
        }
    }

    /// The event, or the fault where there is none.
    fn heed(&mut self, event: Result<Event, TakeoverError>) -> Event {
        event.unwrap_or_else(|error| {
            let fault = error.fault();
            self.error = Some(error);
            Event::Failed(fault)
        })
    }

    fn install(&self, chosen: Chosen<Offsets>) -> Option<(Shard, Arc<OwnedShard>)> {
        let Chosen { awaiting, epoch, beginning, places } = chosen;
        let shard = awaiting.shard;
        if let Beginning::Copy(confirmed) = beginning {
            tracing::warn!(
                %shard, confirmed = %confirmed.fire_at,
                "the broker has no marker any more (a long stop, or a new cluster): going on from the database's \
                 copy, at most a minute old; callbacks fired within that minute may be fired again"
            );
        }
        let owned = places.owned(shard, epoch, Frontier::starting_at(beginning.position()));
        let recorded = self.recorded.get(&shard).copied().unwrap_or_default();
        owned.awaits_answers([places.commands.unanswered(recorded[0]), places.amendments.unanswered(recorded[1])]);
        self.takeover.ownership.install(awaiting, &owned).then_some((shard, owned))
    }

    /// Waits so long, or until the service ends.
    fn pause(&self, pause: Duration) {
        let mut left = pause;
        while !left.is_zero() && !self.takeover.stop.is_set() {
            let now = left.min(LOOK);
            std::thread::sleep(now);
            left -= now;
        }
    }
}

/// What came of something that a takeover can do without.
fn done(done: Result<(), TakeoverError>, otherwise: &str) -> Event {
    match done {
        Ok(()) => Event::Done,
        Err(error) => {
            tracing::debug!(%error, "{otherwise}");
            Event::Failed(error.fault())
        }
    }
}

/// Step T4, where a shard must not go on.
fn say_stopped(shard: Shard, contradiction: Contradiction) {
    match contradiction {
        Contradiction::LostFuture { marker, highest } => tracing::error!(
            %shard, marker = %marker.fire_at, callback_id = marker.callback_id, highest_callback_id = highest,
            "the broker's marker names a callback that this database never gave an id to: it was restored from a \
             backup, and would give CallbackIds out twice. This shard is stopped: stop all instances, run \
             `schedule-callback migrate --after-restore`, and start them again (docs/running.md, \"Restore\")"
        ),
        Contradiction::Behind(behind) => tracing::error!(
            %shard, marker = %behind.marker.fire_at, confirmed = %behind.confirmed.fire_at,
            "the broker's marker lies behind what the database knows was fired: this shard is stopped, \
             going on could fire callbacks twice"
        ),
    }
}
