//! What the page looks up in PostgreSQL: one query at a time, on one connection of its own that is opened when somebody
//! looks and closed when nobody does any more. Answers are kept for a while, so that a page that is reloaded all the
//! time costs the database nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::domain::ids::{CallbackId, CommandKey, Tenant};
use crate::domain::time::Timestamp;
use crate::kafka::fired::{DueTopic, Search};
use crate::postgres::DatabaseError;
use crate::postgres::finder::{Matches, Remembered};
use crate::postgres::overview::{CallbackRow, Commands, PageReader, Pending, ShardRow};
use crate::postgres::session::Endpoint;

/// How long a page waits for PostgreSQL before it is shown without.
const PATIENCE: Duration = Duration::from_secs(3);
/// After a failure nobody tries again for so long: a server that is away is not asked by every reload.
const PAUSE: Duration = Duration::from_secs(2);
/// How old the table of shards may be: its copies of markers are older.
const SHARDS_FOR: Duration = Duration::from_secs(2);
/// How old the plot may be: counting is the most expensive of all that is looked up.
const PENDING_FOR: Duration = Duration::from_mins(1);
/// A connection that nobody uses is closed after this.
const IDLE: Duration = Duration::from_mins(1);

/// How many hours ahead callbacks are counted: three days.
pub(super) const HOURS: usize = 72;

/// The page's access to PostgreSQL.
pub(super) struct DatabaseView {
    endpoint: Endpoint,
    state: Mutex<State>,
    /// Held while the topic of due events is searched.
    searching: Mutex<()>,
}

#[derive(Default)]
struct State {
    reading: Option<PageReader>,
    used_at: Option<Instant>,
    failure: Option<(Instant, String)>,
    shards: Option<Kept<Vec<ShardRow>>>,
    pending: Option<Kept<Pending>>,
}

/// An answer, and when it came.
#[derive(Clone, Debug)]
pub(super) struct Kept<T> {
    /// The answer.
    pub(super) value: T,
    /// When it came.
    pub(super) at: Instant,
}

/// An answer that may be old, and why there is no newer one.
#[derive(Clone, Debug)]
pub(super) struct Found<T> {
    /// The last answer.
    pub(super) kept: Option<Kept<T>>,
    /// What is wrong now.
    pub(super) fault: Option<String>,
}

/// What the first page shows of the database.
#[derive(Clone, Debug)]
pub(super) struct Overview {
    /// All shards.
    pub(super) shards: Found<Vec<ShardRow>>,
    /// Callbacks by hour.
    pub(super) pending: Found<Pending>,
}

impl DatabaseView {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, state: Mutex::default(), searching: Mutex::default() }
    }

    /// Shards, and callbacks by hour from `now` on; what cannot be had within [`PATIENCE`] is missing.
    pub(super) async fn overview(&self, now: Timestamp) -> Overview {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let Ok(mut state) = tokio::time::timeout_at(deadline, self.state.lock()).await else {
            let busy = || Some(self.fault(" is still answering somebody else's page"));
            return Overview {
                shards: Found { kept: None, fault: busy() },
                pending: Found { kept: None, fault: busy() },
            };
        };
        let mut fault = None;
        if !is_fresh(state.shards.as_ref(), SHARDS_FOR) {
            let asked = self.ask(&mut state, async |reading| reading.shards().await);
            match asked.await {
                Ok(rows) => state.shards = Some(Kept { value: rows, at: Instant::now() }),
                Err(reason) => fault = Some(reason),
            }
        }
        let shards = Found { kept: state.shards.clone(), fault: fault.clone() };
        let begins_now = state.pending.as_ref().is_some_and(|kept| kept.value.from == Pending::hour_of(now));
        if fault.is_none() && !(begins_now && is_fresh(state.pending.as_ref(), PENDING_FOR)) {
            let asked = self.ask(&mut state, async |reading| reading.pending(now, HOURS).await);
            match asked.await {
                Ok(pending) => state.pending = Some(Kept { value: pending, at: Instant::now() }),
                Err(reason) => fault = Some(reason),
            }
        }
        Overview { shards, pending: Found { kept: state.pending.clone(), fault } }
    }

    /// A callback and its commands; `None` where there is none of that id.
    pub(super) async fn callback(&self, id: CallbackId) -> Result<Option<(CallbackRow, Commands)>, String> {
        // A number that this service cannot have made.
        let Some(shard) = id.shard() else { return Ok(None) };
        self.in_turn(async |reading| {
            let Some(callback) = reading.callback(shard, id).await? else { return Ok(None) };
            let commands = reading.commands_of(&callback).await?;
            Ok(Some((callback, commands)))
        })
        .await
    }

    /// What is known of a command.
    pub(super) async fn command(&self, key: &CommandKey) -> Result<Vec<Remembered>, String> {
        self.in_turn(async |reading| reading.command(key).await).await
    }

    /// Callbacks of a tenant whose number ends in these digits, from `now` on and before.
    pub(super) async fn numbers(&self, tenant: &Tenant, digits: &str, now: Timestamp) -> Result<[Matches; 2], String> {
        self.in_turn(async |reading| reading.numbers(tenant, digits, now).await).await
    }

    /// Where the first `most` due events of a callback are; one search at a time, each on a thread of its own since the client blocks.
    pub(super) async fn fired(
        &self,
        topic: &Arc<DueTopic>,
        callback: CallbackId,
        fire_at: Timestamp,
        most: usize,
    ) -> Result<Search, String> {
        let topic = Arc::clone(topic);
        let search = async {
            let _one_at_a_time = self.searching.lock().await;
            tokio::task::spawn_blocking(move || topic.find(callback, fire_at, most)).await
        };
        match timeout(2 * PATIENCE, search).await {
            Ok(Ok(Ok(found))) => Ok(found),
            Ok(Ok(Err(error))) => Err(format!("Kafka: {error}")),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("Kafka is still asked for somebody else's page".to_owned()),
        }
    }

    async fn in_turn<T>(
        &self,
        work: impl AsyncFnOnce(&mut PageReader) -> Result<T, DatabaseError>,
    ) -> Result<T, String> {
        let asked = async {
            let mut state = self.state.lock().await;
            self.ask(&mut state, work).await
        };
        timeout(2 * PATIENCE, asked)
            .await
            .unwrap_or_else(|_| Err(self.fault(" is still answering somebody else's page")))
    }

    /// Closes the connection when nobody has used it for long.
    pub(super) fn close_idle(&self) {
        if let Ok(mut state) = self.state.try_lock()
            && state.used_at.is_some_and(|at| at.elapsed() >= IDLE)
        {
            (state.reading, state.used_at) = (None, None);
        }
    }

    /// Asks on the one connection, which is made when there is none. It is thrown away when anything goes wrong, also
    /// when whoever asked goes away.
    async fn ask<T>(
        &self,
        state: &mut State,
        work: impl AsyncFnOnce(&mut PageReader) -> Result<T, DatabaseError>,
    ) -> Result<T, String> {
        if let Some((at, reason)) = &state.failure
            && at.elapsed() < PAUSE
        {
            return Err(reason.clone());
        }
        let open = state.reading.take().filter(|reading| !reading.is_closed());
        let asked = timeout(PATIENCE, async {
            let mut reading = match open {
                Some(reading) => reading,
                None => PageReader::open(&self.endpoint).await?,
            };
            let answer = work(&mut reading).await?;
            Ok::<_, DatabaseError>((reading, answer))
        });
        match asked.await.unwrap_or(Err(DatabaseError::TimedOut(PATIENCE))) {
            Ok((reading, answer)) => {
                (state.reading, state.used_at, state.failure) = (Some(reading), Some(Instant::now()), None);
                Ok(answer)
            }
            Err(error) => {
                let reason = self.fault(&error.after_name());
                tracing::debug!(error = error.describe(), "the operator's page got no answer from the database");
                state.failure = Some((Instant::now(), reason.clone()));
                Err(reason)
            }
        }
    }

    fn fault(&self, reason: &str) -> String {
        format!("PostgreSQL at {}{reason}", self.endpoint.address())
    }
}

fn is_fresh<T>(kept: Option<&Kept<T>>, age: Duration) -> bool {
    kept.is_some_and(|kept| kept.at.elapsed() < age)
}
