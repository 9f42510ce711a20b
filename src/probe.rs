//! Asks both servers now and then whether they are there, so that `/readyz` knows it also when nothing goes on.

use std::time::{Duration, Instant};

use rdkafka::consumer::BaseConsumer;
use tokio::runtime::Handle;
use tokio_postgres::Client;

use crate::clock;
use crate::config::Topics;
use crate::kafka::cluster::Events;
use crate::kafka::topics;
use crate::kafka::watch::{self, Watch};
use crate::postgres::DatabaseError;
use crate::postgres::pending;
use crate::postgres::session::Endpoint;
use crate::readiness::{Condition, Readiness};
use crate::stop::Stop;
use crate::telemetry::{label, metric, seconds_since_1970};

/// How often each server is asked: often enough for a person who watches, seldom enough to cost nothing.
const EVERY: Duration = Duration::from_secs(3);
/// How long PostgreSQL may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the waiting callbacks are estimated: one statement, answered from the catalogue.
const ESTIMATE_EVERY: Duration = Duration::from_mins(1);

/// Asks PostgreSQL until it is time to stop.
pub async fn postgres(endpoint: Endpoint, readiness: Readiness, stop: Stop) {
    let mut session: Option<Client> = None;
    let mut estimated: Option<Instant> = None;
    while wait(&stop, EVERY).await {
        match ask(&endpoint, &mut session).await {
            Ok(()) => {
                readiness.ready(Condition::Postgres);
                if estimated.is_none_or(|at| at.elapsed() >= ESTIMATE_EVERY)
                    && let Some(client) = &session
                {
                    estimated = Some(Instant::now());
                    estimate(client).await;
                }
            }
            Err(error) => {
                session = None;
                let reason = format!("PostgreSQL at {}: {}", endpoint.address(), error.describe());
                readiness.waiting(Condition::Postgres, reason);
            }
        }
    }
}

async fn ask(endpoint: &Endpoint, session: &mut Option<Client>) -> Result<(), DatabaseError> {
    let client = match session {
        Some(client) => client,
        empty => empty.insert(endpoint.connect().await?),
    };
    let answer = tokio::time::timeout(PATIENCE, client.simple_query("")).await;
    answer.map_err(|_| DatabaseError::TimedOut(PATIENCE))??;
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
    needed: &Topics,
    runtime: &Handle,
    readiness: &Readiness,
    stop: &Stop,
) {
    while runtime.block_on(wait(stop, EVERY)) {
        match topics::list(observer) {
            Ok(found) => {
                readiness.ready(Condition::Kafka);
                // One that is deleted while we run: nothing is read or written before it is there again.
                match topics::check_present(&found, needed) {
                    Ok(()) => readiness.ready(Condition::Topics),
                    Err(error) => readiness.waiting(Condition::Topics, error.to_string()),
                }
            }
            Err(error) => readiness.waiting(Condition::Kafka, format!("Kafka at {bootstrap_servers}: {error}")),
        }
    }
}

/// Compares what was read with what there is until it is time to stop; runs on a thread of its own, since the client blocks.
pub fn logs(mut watch: Watch, runtime: &Handle, stop: &Stop) {
    while runtime.block_on(wait(stop, watch::EVERY)) {
        watch.look();
    }
}

/// Waits for the next turn; `false` where it is time to stop.
async fn wait(stop: &Stop, every: Duration) -> bool {
    tokio::time::timeout(every, stop.wait()).await.is_err()
}
