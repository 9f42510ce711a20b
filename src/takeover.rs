//! Taking shards over: from the group's assignment to the first thing done for them.
//!
//! `protocol::takeover` decides what is done, in which order, and what is tried again when; this thread does it.

mod belonging;
mod fault;
mod performing;
mod recheck;
mod waiting;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio_postgres::Client;

pub use self::belonging::Belonging;
use self::fault::TakeoverError;
use crate::dispatch;
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::kafka::fellows::Fellows;
use crate::kafka::growth::Growth;
use crate::kafka::offsets::OffsetReader;
use crate::kafka::ownership::{Awaiting, OwnedShard, Ownership};
use crate::postgres::DatabaseError;
use crate::postgres::server::Session;
use crate::postgres::session::Endpoint;
use crate::postgres::shard;
use crate::protocol::takeover::Queue;
use crate::readiness::Readiness;
use crate::stop::{Stop, tell};
use crate::telemetry::metric;

/// How long the thread sleeps when nothing is asked of it.
const IDLE: Duration = Duration::from_secs(1);
/// How long one conversation with the database may take.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(20);
/// How often the markers are copied into the table `shard`, and its epochs looked at.
const CONFIRM_EVERY: Duration = Duration::from_mins(1);

/// How long the end of a shard's last transactions is waited for when it is given up in order. Whoever gives it up waits for
/// a second at most.
const SETTLED: Duration = Duration::from_millis(500);
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
    /// Look at once whether this instance, its database and its group belong together: the group names another database
    /// than before, or none.
    LookAtTheGroup,
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

/// What the thread is made of.
pub struct Parts {
    /// What an operator has set, and who this instance is.
    pub settings: Settings,
    /// Reads markers and offsets.
    pub offsets: OffsetReader,
    /// The loops that publish.
    pub fellows: Fellows,
    /// Whether instance, database and group belong together.
    pub belonging: Belonging,
    /// Which shards there are.
    pub growth: Arc<Growth>,
    /// The database.
    pub endpoint: Endpoint,
    /// Drives the thread's connection.
    pub runtime: Handle,
    /// Whose shards are whose.
    pub ownership: Arc<Ownership>,
    /// The loop that fires callbacks, which confirms what is taken over.
    pub dispatch: SyncSender<dispatch::Message>,
    /// The stage that reads commands, which is told where to begin.
    pub starts: Sender<Start>,
    /// What is waited for.
    pub readiness: Readiness,
    /// Set when the service ends.
    pub stop: Stop,
}

/// The thread's state.
pub struct Takeover {
    settings: Settings,
    offsets: OffsetReader,
    fellows: Fellows,
    /// How often all producers had been made anew when `offsets` and `belonging` were told to look for the coordinator.
    fenced: u64,
    belonging: Belonging,
    growth: Arc<Growth>,
    endpoint: Endpoint,
    runtime: Handle,
    ownership: Arc<Ownership>,
    dispatch: SyncSender<dispatch::Message>,
    starts: Sender<Start>,
    readiness: Readiness,
    stop: Stop,
    /// From when on the protocol's time is counted.
    began: Instant,
    session: Option<Session>,
    confirmed: HashMap<Shard, (i64, Position)>,
    /// Shards that this thread itself has let go, to be taken over again.
    again: Vec<Awaiting>,
    /// Why nothing is taken over here until a person has looked.
    misplaced: Option<String>,
}

impl Takeover {
    /// A thread's state that has taken over nothing yet.
    pub fn new(parts: Parts) -> Self {
        let Parts {
            settings,
            offsets,
            fellows,
            belonging,
            growth,
            endpoint,
            runtime,
            ownership,
            dispatch,
            starts,
            readiness,
            stop,
        } = parts;
        Self {
            settings,
            offsets,
            fenced: fellows.fenced(),
            fellows,
            belonging,
            growth,
            endpoint,
            runtime,
            ownership,
            dispatch,
            starts,
            readiness,
            stop,
            began: Instant::now(),
            session: None,
            confirmed: HashMap::new(),
            again: Vec::new(),
            misplaced: None,
        }
    }

    /// Serves requests until nobody can make any more.
    pub fn run(mut self, requests: &Receiver<Request>) {
        let mut queue = Queue::default();
        let mut next_confirm = Instant::now() + CONFIRM_EVERY;
        loop {
            let until_next = queue.until_next(self.growth.first_without(), self.began.elapsed());
            match requests.recv_timeout(until_next.map_or(IDLE, |wait| wait.min(IDLE))) {
                Ok(Request::Take(awaiting)) => queue.ask(awaiting, self.began.elapsed()),
                Ok(Request::Release { shards, done }) => {
                    self.release(&shards);
                    tell(&done, ());
                }
                Ok(Request::LookAtTheGroup) => {
                    self.look_at_the_group();
                    queue.add(std::mem::take(&mut self.again));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let stops = self.stop.is_set();
            queue.keep(|awaiting| !stops && self.ownership.awaits(awaiting));
            if let Some(wanted) = queue.begin(self.growth.first_without(), self.began.elapsed()) {
                self.take(wanted, &mut queue);
                next_confirm = next_confirm.min(Instant::now() + CONFIRM_FIRST);
            }
            self.tell(&queue);
            if Instant::now() >= next_confirm {
                next_confirm = Instant::now() + CONFIRM_EVERY;
                let owned = self.ownership.owned();
                self.copy_markers(&owned);
                self.take_again_what_is_fenced(&owned);
                self.look_at_the_group();
                queue.add(std::mem::take(&mut self.again));
            }
        }
    }

    /// One attempt at taking these shards over.
    fn take(&mut self, wanted: Vec<Awaiting>, queue: &mut Queue) {
        let (began, shards) = (Instant::now(), wanted.len());
        let fenced = self.fellows.fenced();
        if fenced != std::mem::replace(&mut self.fenced, fenced) {
            // As the loops' producers, these may wait for a coordinator that was.
            self.offsets.renew();
            self.belonging.group().renew();
        }
        let (outcome, error) = self.attempt(wanted);
        let (taken, is_over) = (outcome.taken, outcome.retry.is_none());
        let wait = queue.ended(outcome, self.began.elapsed());
        self.misplaced = None;
        if is_over {
            let seconds = began.elapsed().as_secs_f64();
            tracing::info!(shards = taken, seconds, "shards are taken over");
            metric::TAKEOVERS.counter(&[]).increment(taken as u64);
            metric::TAKEOVER_SECONDS.histogram(&[]).record(seconds);
        } else if let Some(error) = error {
            tracing::warn!(shards, error = %error, retry = ?wait, "a takeover did not succeed; tried again");
            metric::RETRIES.counter(&error.labels()).increment(1);
            if let TakeoverError::Misplaced(misplaced) = error {
                self.misplaced = Some(misplaced.to_string());
            }
        } else {
            tracing::warn!(
                shards, retry = ?wait,
                "no server answered the questions of a takeover; the takeover is tried again"
            );
        }
    }

    /// Copies the markers of shards that were let go in order, and gives up their ownership. Where something of this instance
    /// may still be pending on them, its name stays: the next owner has to know whose that is.
    fn release(&mut self, shards: &[Arc<OwnedShard>]) {
        for owned in shards {
            self.confirmed.remove(&owned.shard);
        }
        let settled = self.offsets.settled_markers(&numbers(shards), SETTLED);
        let released = settled.map_err(TakeoverError::from).and_then(|markers| {
            let copies = copies(shards, &markers);
            self.in_database(async |client| shard::confirm(client, &copies, true).await)
        });
        if let Err(error) = released {
            tracing::warn!(
                %error,
                "shards are given up, and the database could not be told; their next owner finds out by itself"
            );
        }
    }

    /// Copies the markers that have moved into the database, as the broker has them: of what this instance takes for
    /// committed the last may still be forgotten (`kafka::hanging`), and a copy ahead of its marker would stop the shard.
    fn copy_markers(&mut self, shards: &[Arc<OwnedShard>]) {
        let has_moved = |owned: &&Arc<OwnedShard>| {
            self.confirmed.get(&owned.shard) != Some(&(owned.epoch, owned.frontier().marker()))
        };
        let moved: Vec<Arc<OwnedShard>> = shards.iter().filter(has_moved).cloned().collect();
        if moved.is_empty() {
            return;
        }
        let markers = self.offsets.markers_by_now(&numbers(&moved), self.belonging.group());
        let outcome = markers.map_err(TakeoverError::from).and_then(|markers| {
            let copies = copies(&moved, &markers);
            self.in_database(async |client| shard::confirm(client, &copies, false).await).map(|()| copies)
        });
        match outcome {
            Ok(copies) => {
                self.confirmed.extend(copies.into_iter().map(|(shard, epoch, marker)| (shard, (epoch, marker))));
            }
            Err(error) => tracing::warn!(%error, "the markers could not be copied into the database"),
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
            Err(error) => tracing::warn!(%error, "the epochs could not be read from the database"),
        }
    }

    /// Does this on the thread's connection, which is made anew where the last work on it has failed.
    fn in_database<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Client) -> Result<T, DatabaseError>,
    ) -> Result<T, TakeoverError> {
        let runtime = self.runtime.clone();
        let done = runtime.block_on(async {
            let session = match &mut self.session {
                Some(session) if self.endpoint.is_usable(session) => session,
                empty => empty.insert(self.endpoint.open().await.map_err(TakeoverError::NoDatabase)?),
            };
            let done = tokio::time::timeout(DATABASE_TIMEOUT, work(&mut session.client)).await;
            done.unwrap_or(Err(DatabaseError::TimedOut(DATABASE_TIMEOUT))).map_err(TakeoverError::Database)
        });
        if done.is_err() {
            self.session = None;
        }
        done
    }
}

fn numbers(shards: &[Arc<OwnedShard>]) -> Vec<Shard> {
    shards.iter().map(|owned| owned.shard).collect()
}

/// What is to be copied: shard, epoch and marker, where there is one.
fn copies(shards: &[Arc<OwnedShard>], markers: &BTreeMap<Shard, Position>) -> Vec<(Shard, i64, Position)> {
    shards.iter().filter_map(|owned| Some((owned.shard, owned.epoch, *markers.get(&owned.shard)?))).collect()
}
