//! Asks both servers now and then whether they are there, so that `/readyz` knows it also when nothing goes on.

use std::time::Duration;

use rdkafka::consumer::BaseConsumer;
use tokio::runtime::Handle;
use tokio_postgres::Client;

use crate::kafka::cluster::Events;
use crate::kafka::topics;
use crate::postgres::DatabaseError;
use crate::postgres::session::Endpoint;
use crate::readiness::{Condition, Readiness};
use crate::stop::Stop;

/// How often each server is asked: often enough for a person who watches, seldom enough to cost nothing.
const EVERY: Duration = Duration::from_secs(3);
/// How long PostgreSQL may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks PostgreSQL until it is time to stop.
pub async fn postgres(endpoint: Endpoint, readiness: Readiness, stop: Stop) {
    let mut session: Option<Client> = None;
    while wait(&stop).await {
        match ask(&endpoint, &mut session).await {
            Ok(()) => readiness.ready(Condition::Postgres),
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
