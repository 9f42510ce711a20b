//! Reads the next rows of windows, on a connection and a thread of its own, so that firing never waits for it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use tokio::runtime::Handle;
use tokio_postgres::Client;

use super::message::{LoadRequest, Message};
use super::timed::{EventSettings, Timed};
use crate::domain::commitment::Position;
use crate::postgres::DatabaseError;
use crate::postgres::order_of_firing::WindowQuery;
use crate::postgres::reader::Reader;
use crate::postgres::session::Endpoint;
use crate::progress::Step;
use crate::protocol::Fault;
use crate::readiness::{Condition, Readiness};
use crate::stop::{Stop, tell_bounded};
use crate::telemetry::metric;

/// How often the stop token is looked at while nothing is asked for.
const IDLE: Duration = Duration::from_millis(500);

/// The thread's state.
pub struct Loader {
    windows: Reader<WindowQuery>,
    events: EventSettings,
    runtime: Handle,
    dispatch: SyncSender<Message>,
    readiness: Readiness,
    stop: Stop,
}

impl Loader {
    /// A loader that connects when it is first asked.
    pub const fn new(
        endpoint: Endpoint,
        events: EventSettings,
        runtime: Handle,
        dispatch: SyncSender<Message>,
        readiness: Readiness,
        stop: Stop,
    ) -> Self {
        Self { windows: Reader::new(endpoint), events, runtime, dispatch, readiness, stop }
    }

    /// Serves requests until the stop token is set.
    pub fn run(mut self, requests: &Receiver<LoadRequest>) {
        while !self.stop.is_set() {
            match requests.recv_timeout(IDLE) {
                Ok(request) => self.serve(request, requests),
                Err(RecvTimeoutError::Timeout) => self.renew(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Makes a connection that has ended anew before the next load needs it, which may be half a window later.
    fn renew(&mut self) {
        if let Some(Err(error)) = self.stop.block_on(&self.runtime, self.windows.renew()) {
            tracing::debug!(error = error.describe(), "the connection that loads windows could not be made anew yet");
        }
    }

    /// Tries once. What failed is asked for again by whoever asked; and so is what waits behind it, since the same server
    /// would be asked.
    fn serve(&mut self, load: LoadRequest, others: &Receiver<LoadRequest>) {
        let progress = self.readiness.progress().clone();
        if !load.owner.is_current() {
            progress.rests(Step::Load);
            return;
        }
        progress.waits(Step::Load);
        let began = Instant::now();
        let rows = rows_of(&mut self.windows, &load, &self.events);
        let Some(loaded) = self.stop.block_on(&self.runtime, rows) else { return };
        let rows = match loaded {
            Ok(rows) => {
                metric::WINDOW_LOAD_SECONDS.histogram(&[]).record(began.elapsed().as_secs_f64());
                self.readiness.ready(Condition::Window);
                progress.succeeded(Step::Load);
                Ok(rows)
            }
            Err(error) => {
                tracing::warn!(
                    shard = %load.owner.shard, error = error.describe(),
                    "the callbacks of a window could not be loaded from the database; the load is tried again"
                );
                metric::RETRIES.counter(&["load", "postgres", error.cause()]).increment(1);
                self.readiness.waiting(Condition::Window, error.describe());
                for load in others.try_iter() {
                    tell_bounded(&self.dispatch, Message::Loaded { load, rows: Err(Fault::Away) });
                }
                // A query changes nothing: whatever became of it, it may be asked again.
                Err(Fault::Away)
            }
        };
        tell_bounded(&self.dispatch, Message::Loaded { load, rows });
    }
}

async fn rows_of(
    windows: &mut Reader<WindowQuery>,
    load: &LoadRequest,
    events: &EventSettings,
) -> Result<Vec<(Position, Timed)>, DatabaseError> {
    let (shard, limit) = (load.owner.shard, i64::try_from(load.limit).unwrap_or(i64::MAX));
    let query = async |client: &Client, query: &WindowQuery| {
        let rows = query.load(client, shard, load.after, load.until, limit).await?;
        rows.map_ok(|row| (row.position(), Timed::of(&row, events))).try_collect().await
    };
    windows.read(query).await
}
