//! Reads the next rows of windows, on a connection and a thread of its own, so that firing never waits for it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use tokio::runtime::Handle;

use super::Message;
use crate::domain::commitment::Position;
use crate::domain::timestamp::Timestamp;
use crate::kafka::ownership::OwnedShard;
use crate::postgres::DatabaseError;
use crate::postgres::callback::WindowQuery;
use crate::postgres::server::Session;
use crate::postgres::session::Endpoint;
use crate::progress::Step;
use crate::readiness::{Condition, Readiness};
use crate::stop::{Stop, tell_bounded};
use crate::telemetry::metric;
use crate::wire::due::DueEvent;

/// How long one load may take before the connection is given up.
const QUERY_TIMEOUT: Duration = Duration::from_secs(15);
/// Waits between attempts.
const RETRY: Duration = Duration::from_millis(250);
/// How often the stop token is looked at while nothing is asked for.
const IDLE: Duration = Duration::from_millis(500);

/// Rows to be read.
#[derive(Debug)]
pub struct Request {
    /// The takeover that asks; once it has ended the request is dropped.
    pub owned: Arc<OwnedShard>,
    /// Behind this position.
    pub after: Position,
    /// Up to and including this instant.
    pub until: Timestamp,
    /// At most so many.
    pub limit: usize,
}

/// The thread's state.
pub struct Loader {
    endpoint: Endpoint,
    /// CloudEvents source of due events.
    source: String,
    runtime: Handle,
    dispatch: SyncSender<Message>,
    readiness: Readiness,
    stop: Stop,
    session: Option<(Session, WindowQuery)>,
}

impl Loader {
    /// A loader that connects when it is first asked.
    pub const fn new(
        endpoint: Endpoint,
        source: String,
        runtime: Handle,
        dispatch: SyncSender<Message>,
        readiness: Readiness,
        stop: Stop,
    ) -> Self {
        Self { endpoint, source, runtime, dispatch, readiness, stop, session: None }
    }

    /// Serves requests until the stop token is set.
    pub fn run(mut self, requests: &Receiver<Request>) {
        while !self.stop.is_set() {
            match requests.recv_timeout(IDLE) {
                Ok(request) => self.serve(request),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn serve(&mut self, request: Request) {
        let progress = self.readiness.progress().clone();
        progress.waits(Step::Load);
        while request.owned.is_current() && !self.stop.is_set() {
            let began = Instant::now();
            let (runtime, stop) = (self.runtime.clone(), self.stop.clone());
            let loaded = runtime.block_on(async {
                tokio::select! {
                    loaded = self.load(&request) => Some(loaded),
                    () = stop.wait() => None,
                }
            });
            let Some(loaded) = loaded else { return };
            match loaded {
                Ok(rows) => {
                    metric::WINDOW_LOAD_SECONDS.histogram(&[]).record(began.elapsed().as_secs_f64());
                    self.readiness.ready(Condition::Window);
                    progress.succeeded(Step::Load);
                    let complete = rows.len() < request.limit;
                    let message = Message::Loaded { owned: request.owned, rows, complete };
                    tell_bounded(&self.dispatch, message);
                    return;
                }
                Err(error) => {
                    tracing::warn!(shard = %request.owned.shard, error = error.describe(), "a window could not be loaded; tried again");
                    metric::RETRIES.counter(&["load", "postgres", error.cause()]).increment(1);
                    self.readiness.waiting(Condition::Window, error.describe());
                    self.session = None;
                    std::thread::sleep(RETRY);
                }
            }
        }
        progress.rests(Step::Load);
    }

    async fn load(&mut self, request: &Request) -> Result<Vec<(Position, DueEvent)>, DatabaseError> {
        let (session, query) = match &mut self.session {
            Some(session) => session,
            empty => {
                let session = self.endpoint.open_for_shards().await?;
                let query = WindowQuery::prepare(&session.client).await?;
                empty.insert((session, query))
            }
        };
        // What is missing in an old primary would be missing in the window, and never fire.
        self.endpoint.check_newest(session)?;
        let client = &session.client;
        let limit = i64::try_from(request.limit).unwrap_or(i64::MAX);
        let load = async {
            let rows = query.load(client, request.owned.shard, request.after, request.until, limit).await?;
            rows.map_ok(|row| (row.position(), DueEvent::of(&row, &self.source))).try_collect().await
        };
        tokio::time::timeout(QUERY_TIMEOUT, load).await.map_err(|_| DatabaseError::TimedOut(QUERY_TIMEOUT))?
    }
}
