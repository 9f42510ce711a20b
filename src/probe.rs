//! Asks both servers now and then whether they are there, so that `/readyz` knows it also when nothing goes on. PostgreSQL
//! answers with its time, which this machine's clock is compared with.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::BaseConsumer;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_postgres::Client;

use crate::clock;
use crate::domain::clocks::Other;
use crate::kafka::cluster::Events;
use crate::kafka::topics;
use crate::postgres::server::Session;
use crate::postgres::session::Endpoint;
use crate::postgres::{DatabaseError, pending};
use crate::readiness::{Condition, Readiness};
use crate::stop::Stop;
use crate::telemetry::{label, metric, seconds_since_1970};

/// How often each server is asked: often enough for a person who watches, seldom enough to cost nothing.
const EVERY: Duration = Duration::from_secs(3);
/// How long PostgreSQL may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same where another server may have taken its place: whoever asks first leads all connections there.
const PATIENCE_AMONG_OTHERS: Duration = Duration::from_secs(2);
/// How often the waiting callbacks are estimated: one statement, answered from the catalogue.
const ESTIMATE_EVERY: Duration = Duration::from_mins(1);

/// Asks PostgreSQL until it is time to stop; at once where `now` is notified.
pub async fn postgres(endpoint: Endpoint, readiness: Readiness, now: Arc<Notify>, stop: Stop) {
    let mut session: Option<Session> = None;
    let mut estimated: Option<Instant> = None;
    loop {
        tokio::select! {
            more = wait(&stop) => if !more { return },
            () = now.notified() => {}
        }
        match ask(&endpoint, &mut session).await {
            Ok(()) => {
                readiness.ready(Condition::Postgres);
                if estimated.is_none_or(|at| at.elapsed() >= ESTIMATE_EVERY)
                    && let Some(session) = &session
                {
                    estimated = Some(Instant::now());
                    estimate(&session.client).await;
                }
            }
            Err(error) => {
                session = None;
                let reason = format!("PostgreSQL at {}{}", endpoint.address(), error.after_name());
                readiness.waiting(Condition::Postgres, reason);
            }
        }
    }
}

/// Also where nothing is to be written, it has to be possible. The answer shows the server's clock too.
async fn ask(endpoint: &Endpoint, session: &mut Option<Session>) -> Result<(), DatabaseError> {
    let session = match session {
        Some(session) => session,
        empty => empty.insert(endpoint.open().await?),
    };
    let patience = if endpoint.has_others() { PATIENCE_AMONG_OTHERS } else { PATIENCE };
    let asked = clock::ask();
    let checked = tokio::time::timeout(patience, session.check()).await;
    let says = checked.map_err(|_| DatabaseError::TimedOut(patience))??;
    clock::answered(Other::Postgres, asked, says, 0);
    Ok(())
}

/// Asks PostgreSQL for its time, and compares this machine's clock with it.
///
/// # Errors
/// What PostgreSQL says.
pub async fn compare_clocks(client: &Client) -> Result<(), DatabaseError> {
    let asked = clock::ask();
    let says = crate::postgres::clock::read(client).await?;
    clock::answered(Other::Postgres, asked, says, 0);
    Ok(())
}

/// Says how many callbacks wait. Where that fails nothing but a figure is missing.
async fn estimate(client: &Client) {
    let now = clock::now();
    match tokio::time::timeout(PATIENCE, pending::estimate(client, now)).await {
        Ok(Ok(bands)) => {
            for (horizon, callbacks) in label::HORIZON.values.iter().zip(bands) {
                metric::PENDING_ESTIMATE.gauge(&[horizon]).set(callbacks.round());
            }
            metric::PENDING_ESTIMATED_AT.gauge(&[]).set(seconds_since_1970(now));
        }
        Ok(Err(error)) => tracing::debug!(error = error.describe(), "pending callbacks could not be estimated"),
        Err(_) => tracing::debug!("pending callbacks could not be estimated in time"),
    }
}

/// Asks Kafka until it is time to stop; runs on a thread of its own, since the client blocks.
pub fn kafka(
    observer: &BaseConsumer<Events>,
    bootstrap_servers: &str,
    runtime: &Handle,
    readiness: &Readiness,
    stop: &Stop,
) {
    while runtime.block_on(wait(stop)) {
        match topics::list(observer) {
            Ok(_) => readiness.ready(Condition::Kafka),
            Err(error) => readiness.waiting(Condition::Kafka, format!("Kafka at {bootstrap_servers}: {error}")),
        }
    }
}

/// Waits for the next turn; `false` where it is time to stop.
async fn wait(stop: &Stop) -> bool {
    tokio::time::timeout(EVERY, stop.wait()).await.is_err()
}
