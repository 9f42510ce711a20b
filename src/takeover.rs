//! Taking shards over: from the group's assignment to the first thing done for them (ARCHITECTURE.md, "Takeover").

mod beginning;
mod belonging;
mod waiting;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel};
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::runtime::Handle;
use tokio_postgres::Client;

pub use self::belonging::Belonging;
use crate::dispatch;
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::domain::installation::Misplaced;
use crate::kafka;
use crate::kafka::group_database::Told;
use crate::kafka::growth::Growth;
use crate::kafka::offsets::{OffsetReader, OffsetsError, Owners};
use crate::kafka::ownership::{Awaiting, OwnedShard, Ownership};
use crate::postgres::DatabaseError;
use crate::postgres::installation;
use crate::postgres::migrate::highest_callback_id;
use crate::postgres::server::Session;
use crate::postgres::session::Endpoint;
use crate::postgres::shard;
use crate::protocol::frontier::Frontier;
use crate::readiness::Readiness;
use crate::stop::{Stop, tell};
use crate::telemetry::metric;

/// How long the thread sleeps when nothing is asked of it.
const IDLE: Duration = Duration::from_secs(1);
/// How long one conversation with the database may take.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(20);
/// Waits between attempts of a takeover. The first one follows a fault of the database; where the broker does not go
/// along they are doubled each time, from the first to the last: every attempt raises the epoch, and whoever owns the
/// shard by now has to take it over once more.
const RETRY: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(5));
/// How often the markers are copied into the table `shard`, and its epochs looked at.
const CONFIRM_EVERY: Duration = Duration::from_mins(1);

/// How soon after a takeover that is done: also who has just taken shards over may be wrong.
const CONFIRM_FIRST: Duration = Duration::from_secs(3);

/// What the thread is asked to do.
#[derive(Debug)]
pub enum Request {
    /// Take these shards over.
    Take(Vec<Awaiting>),
    /// Copy the markers of these shards and give up their ownership: they have been let go in order.
    Release {
        /// Shards for which nothing is under way any more.
        shards: Vec<Arc<OwnedShard>>,
        /// Told when it is done.
        done: Sender<()>,
    },
}

/// A shard that is ours: read its commands from here.
#[derive(Debug)]
pub struct Start {
    /// The takeover.
    pub owned: Arc<OwnedShard>,
    /// The next offset of its command partition.
    pub commands: i64,
    /// The next offset of its amendments partition.
    pub amendments: i64,
}

/// The thread's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// This instance's name, from which its transactional ids are derived.
    pub instance: String,
    /// How long a fired callback is kept.
    pub retain_callbacks: Duration,
}

#[derive(Debug, Error)]
enum TakeoverError {
    #[error("{}", .0.describe())]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Offsets(#[from] OffsetsError),
    #[error("the broker refused the markers under this assignment")]
    Refused,
    #[error(transparent)]
    Misplaced(#[from] Misplaced),
}

impl TakeoverError {
    /// How long to wait after the next attempt, should it fail too; `wait` is how long after this one.
    fn next_wait(&self, wait: Duration) -> Duration {
        match self {
            Self::Database(_) => RETRY.0,
            Self::Offsets(_) | Self::Refused | Self::Misplaced(_) => (wait * 2).min(RETRY.1),
        }
    }

    /// Loop, server and cause, as metrics have them.
    fn labels(&self) -> [&'static str; 3] {
        match self {
            Self::Database(error) => ["takeover", "postgres", error.cause()],
            Self::Offsets(OffsetsError::Unstable(error) | OffsetsError::Unseen { source: error, .. }) => {
                ["takeover", "kafka", kafka::cause::cause(error)]
            }
            Self::Offsets(_) => ["takeover", "kafka", "other"],
            Self::Refused => ["takeover", "kafka", "refused"],
            Self::Misplaced(_) => ["takeover", "postgres", "refused"],
        }
    }
}

/// The thread's state.
pub struct Takeover {
    settings: Settings,
    offsets: OffsetReader,
    belonging: Belonging,
    growth: Arc<Growth>,
    endpoint: Endpoint,
    runtime: Handle,
    ownership: Arc<Ownership>,
    dispatch: SyncSender<dispatch::Message>,
    starts: Sender<Start>,
    readiness: Readiness,
    stop: Stop,
    session: Option<Session>,
    confirmed: HashMap<Shard, (i64, Position)>,
    /// Shards that this thread itself has let go, to be taken over again.
    again: Vec<Awaiting>,
    /// Why nothing is taken over here until a person has looked.
    misplaced: Option<String>,
}

impl Takeover {
    /// A thread's state that has taken over nothing yet.
    #[expect(clippy::too_many_arguments, reason = "each is one of the thread's few connections to the rest")]
    pub fn new(
        settings: Settings,
        offsets: OffsetReader,
        belonging: Belonging,
        growth: Arc<Growth>,
        endpoint: Endpoint,
        runtime: Handle,
        ownership: Arc<Ownership>,
        dispatch: SyncSender<dispatch::Message>,
        starts: Sender<Start>,
        readiness: Readiness,
        stop: Stop,
    ) -> Self {
        Self {
            settings,
            offsets,
            belonging,
            growth,
            endpoint,
            runtime,
            ownership,
            dispatch,
            starts,
            readiness,
            stop,
            session: None,
            confirmed: HashMap::new(),
            again: Vec::new(),
            misplaced: None,
        }
    }

    /// Serves requests until nobody can make any more.
    pub fn run(mut self, requests: &Receiver<Request>) {
        let mut pending: BTreeMap<Shard, Awaiting> = BTreeMap::new();
        let mut next_confirm = Instant::now() + CONFIRM_EVERY;
        let (mut next_attempt, mut wait) = (Instant::now(), RETRY.0);
        loop {
            let until_attempt = next_attempt.saturating_duration_since(Instant::now());
            let patience = if self.can_take(&pending) { until_attempt.min(IDLE) } else { IDLE };
            match requests.recv_timeout(patience) {
                Ok(Request::Take(awaiting)) => {
                    pending.extend(awaiting.into_iter().map(|one| (one.shard, one)));
                    (next_attempt, wait) = (Instant::now(), RETRY.0);
                }
                Ok(Request::Release { shards, done }) => {
                    self.release(&shards);
                    tell(&done, ());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.stop.is_set() {
                pending.clear();
            }
            pending.retain(|_, awaiting| self.ownership.awaits(*awaiting));
            if self.can_take(&pending) && Instant::now() >= next_attempt {
                // What has no internal partition yet waits by itself: with the others it would fail them all.
                let mut later = self.growth.first_without().map(|first| pending.split_off(&first)).unwrap_or_default();
                let next_wait = self.take(&mut pending, wait);
                pending.append(&mut later);
                next_attempt = Instant::now() + wait;
                wait = next_wait;
                next_confirm = next_confirm.min(Instant::now() + CONFIRM_FIRST);
                pending.extend(self.again.drain(..).map(|one| (one.shard, one)));
            }
            self.tell(&pending);
            if Instant::now() >= next_confirm {
                next_confirm = Instant::now() + CONFIRM_EVERY;
                let owned = self.ownership.owned();
                self.confirm(&owned, false);
                self.take_again_what_is_fenced(&owned);
                self.look_at_the_group();
                pending.extend(self.again.drain(..).map(|one| (one.shard, one)));
            }
        }
    }

    /// One attempt, after which it is waited for so long; returns how long after the next one.
    fn take(&mut self, pending: &mut BTreeMap<Shard, Awaiting>, wait: Duration) -> Duration {
        let began = Instant::now();
        let wanted = pending.len();
        let outcome = self.take_over(pending);
        self.misplaced = match &outcome {
            Err(TakeoverError::Misplaced(misplaced)) => Some(misplaced.to_string()),
            _ => None,
        };
        match outcome {
            Ok(taken) => {
                let seconds = began.elapsed().as_secs_f64();
                tracing::info!(shards = taken, seconds, "shards are taken over");
                metric::TAKEOVERS.counter(&[]).increment(taken as u64);
                metric::TAKEOVER_SECONDS.histogram(&[]).record(seconds);
                RETRY.0
            }
            Err(error) => {
                tracing::warn!(shards = wanted, error = %error, retry = ?wait, "a takeover did not succeed; tried again");
                metric::RETRIES.counter(&error.labels()).increment(1);
                if matches!(error, TakeoverError::Database(_)) {
                    self.session = None;
                }
                error.next_wait(wait)
            }
        }
    }

    /// Steps 1 to 6 for these shards; what needs another attempt stays in the map. Returns how many were taken over.
    fn take_over(&mut self, pending: &mut BTreeMap<Shard, Awaiting>) -> Result<usize, TakeoverError> {
        let shards: Vec<Shard> = pending.keys().copied().collect();
        let (instance, newest) = (self.settings.instance.clone(), self.endpoint.newest());
        let found = self.in_database(async |client| installation::read(client).await)?;
        let told = self.belonging.check(&found)?;
        let claims = self.in_database(async |client| shard::claim(client, &shards, &instance).await)?;
        let previous = claims.values().flat_map(|claim| claim.previous_owners.iter().cloned()).collect();
        let owners = Owners { instance, previous };
        let (ownership, again) = (&self.ownership, &mut self.again);
        let anew: BTreeSet<Shard> = pending.values().filter(|one| one.anew).map(|one| one.shard).collect();
        let offsets = self.offsets.read_stable(&shards, &anew, &owners, &self.stop, || {
            again.extend(ownership.disown_all());
            ownership.during_transaction().metadata().cloned()
        })?;
        let highest = self.in_database(async |client| highest_callback_id(client).await)?;
        let mut claimed = Vec::new();
        for (shard, awaiting) in std::mem::take(pending) {
            let (Some(claim), Some(found)) = (claims.get(&shard), offsets.get(&shard)) else { continue };
            let Some(marker) = self.choose_marker(shard, claim, found.marker, highest) else { continue };
            let owned = found.owned(shard, claim.epoch, Frontier::starting_at(marker));
            if self.ownership.install(awaiting, &owned) {
                claimed.push(owned);
            }
        }
        if claimed.is_empty() {
            return Ok(0);
        }
        // On a server that came in another one's place meanwhile nothing is claimed.
        if !self.endpoint.is_still(newest) || !self.confirm_by_broker(&claimed, told) {
            let (anew, again): (Vec<_>, Vec<_>) = claimed.iter().partition(|owned| anew.contains(&owned.shard));
            let again = self.ownership.disown(again).into_iter().chain(self.ownership.read_anew(anew));
            pending.extend(again.map(|awaiting| (awaiting.shard, awaiting)));
            return Err(TakeoverError::Refused);
        }
        let epochs: Vec<(Shard, i64)> = claimed.iter().map(|owned| (owned.shard, owned.epoch)).collect();
        if let Err(error) = self.in_database(async |client| shard::settle(client, &epochs).await) {
            // Harmless: the next takeover will look at the previous owners once more.
            tracing::debug!(error = error.describe(), "previous owners could not be forgotten");
            self.session = None;
        }
        if found.adopts
            && let Err(error) = self.in_database(async |client| installation::adopted(client).await)
        {
            // The next takeover says it once more.
            tracing::debug!(error = error.describe(), "the database could not note that the group names it");
            self.session = None;
        }
        let taken = claimed.len();
        for owned in claimed {
            if let Some(found) = offsets.get(&owned.shard) {
                let [commands, amendments] = [&found.commands, &found.amendments].map(|line| line.resume.next());
                tell(&self.starts, Start { owned, commands, amendments });
            }
        }
        Ok(taken)
    }

    /// Step 5: the broker refuses an instance whose generation is old.
    fn confirm_by_broker(&self, claimed: &[Arc<OwnedShard>], told: Option<Told>) -> bool {
        let (confirmed, answer) = channel();
        let message = dispatch::Message::Confirm { shards: claimed.to_vec(), told: told.clone(), confirmed };
        let is_confirmed = self.dispatch.send(message).is_ok() && answer.recv().unwrap_or(false);
        if let Some(told) = told.filter(|_| is_confirmed) {
            self.belonging.told(&told);
        }
        is_confirmed
    }

    fn release(&mut self, shards: &[Arc<OwnedShard>]) {
        self.confirm(shards, true);
        for owned in shards {
            self.confirmed.remove(&owned.shard);
        }
    }

    /// Copies the markers that have moved into the database.
    fn confirm(&mut self, shards: &[Arc<OwnedShard>], release: bool) {
        let moved: Vec<(Shard, i64, Position)> = shards
            .iter()
            .map(|owned| (owned.shard, owned.epoch, owned.frontier().marker()))
            .filter(|(shard, epoch, marker)| release || self.confirmed.get(shard) != Some(&(*epoch, *marker)))
            .collect();
        if moved.is_empty() {
            return;
        }
        match self.in_database(async |client| shard::confirm(client, &moved, release).await) {
            Ok(()) => {
                self.confirmed.extend(moved.into_iter().map(|(shard, epoch, marker)| (shard, (epoch, marker))));
            }
            Err(error) => {
                tracing::warn!(error = error.describe(), "the markers could not be copied into the database");
                self.session = None;
            }
        }
    }

    /// An instance that had not heard of its loss may have raised an epoch of ours. A batch would find out and wait for a
    /// takeover; without commands nothing would, and the table named that instance as the owner for as long.
    fn take_again_what_is_fenced(&mut self, owned: &[Arc<OwnedShard>]) {
        let epochs: Vec<(Shard, i64)> = owned.iter().map(|owned| (owned.shard, owned.epoch)).collect();
        if epochs.is_empty() {
            return;
        }
        match self.in_database(async |client| shard::current(client, &epochs).await) {
            Ok(current) => {
                let fenced = self.ownership.disown(owned.iter().filter(|owned| !current.contains(&owned.shard)));
                if !fenced.is_empty() {
                    tracing::warn!(shards = fenced.len(), "fenced: another instance has raised the epoch");
                    metric::FENCED.counter(&["takeover"]).increment(fenced.len() as u64);
                }
                self.again.extend(fenced);
            }
            Err(error) => {
                tracing::warn!(error = error.describe(), "the epochs could not be looked at");
                self.session = None;
            }
        }
    }

    fn in_database<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Client) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let runtime = self.runtime.clone();
        runtime.block_on(async {
            let session = match &mut self.session {
                Some(session) if self.endpoint.is_usable(session) => session,
                empty => empty.insert(self.endpoint.open().await?),
            };
            tokio::time::timeout(DATABASE_TIMEOUT, work(&mut session.client))
                .await
                .map_err(|_| DatabaseError::TimedOut(DATABASE_TIMEOUT))?
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_that_the_broker_refuses_raises_the_epoch_ever_more_seldom() {
        let waits = std::iter::successors(Some(RETRY.0), |wait| Some(TakeoverError::Refused.next_wait(*wait)));
        let millis: Vec<u128> = waits.take(7).map(|wait| wait.as_millis()).collect();
        assert_eq!(millis, [300, 600, 1_200, 2_400, 4_800, 5_000, 5_000]);
        let database = TakeoverError::Database(DatabaseError::TimedOut(DATABASE_TIMEOUT));
        assert_eq!(database.next_wait(RETRY.1), RETRY.0);
    }
}
