//! Opening what is needed at start: the ops port at once, each server within `service.startup_timeout`.

use std::collections::BTreeSet;
use std::io;
use std::sync::mpsc::channel;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::error::ServiceError;
use super::threads::spawn;
use crate::clock;
use crate::config::{Config, ConfigError};
use crate::domain::directory::Directory;
use crate::domain::installation::Home;
use crate::kafka::cluster::Cluster;
use crate::kafka::follower::Follower;
use crate::kafka::group_database::{GroupDatabase, GroupDatabaseReader};
use crate::kafka::growth::Growth;
use crate::kafka::positions::Positions;
use crate::kafka::standstill::Standstills;
use crate::kafka::topics;
use crate::ops::{OpsServer, Status};
use crate::postgres::DatabaseError;
use crate::postgres::installation;
use crate::postgres::leaves::Leaves;
use crate::postgres::migrate::{Migrated, migrate};
use crate::postgres::session::Endpoint;
use crate::probe;
use crate::readiness::{Condition, Readiness};
use crate::stop::{Stop, tell};
use crate::takeover::Belonging;
use crate::telemetry;

/// Waits between attempts to reach a server.
const RETRY: Duration = Duration::from_millis(500);
/// How long the database may take to say what it belongs to.
const BINDING: Duration = Duration::from_secs(20);
/// How long the last attempt may take at least: what it says is what the operator is told.
const LAST_ATTEMPT: Duration = Duration::from_secs(1);

pub(super) fn ops(
    config: &Config,
    runtime: &Handle,
    status: &Status,
    stop: &Stop,
) -> Result<Option<JoinHandle<io::Result<()>>>, ServiceError> {
    let Some(address) = config.ops.listen else { return Ok(None) };
    let metrics = telemetry::start_metrics().map_err(|error| ServiceError::Internal(error.to_string()))?;
    let server = runtime
        .block_on(OpsServer::bind(address))
        .map_err(|error| ServiceError::Unavailable(format!("ops.listen = {address}: {error}")))?;
    tracing::info!(address = %server.address(), "the ops server listens");
    let (status, stop) = (status.clone(), stop.clone());
    let serve = async move { server.serve(status, metrics, async move { stop.wait().await }).await };
    Ok(Some(runtime.spawn(serve)))
}

/// The settings that say which cluster, of this configuration.
///
/// # Errors
/// Where no client can be made with them: a file that cannot be used, properties that do not go together.
pub fn cluster_of(config: &Config) -> Result<Cluster, ConfigError> {
    let kafka = &config.kafka;
    let properties = match &kafka.password_file {
        Some(file) => kafka.properties.clone().with("sasl.password", file.read_secret()?),
        None => kafka.properties.clone(),
    };
    let cluster =
        Cluster { bootstrap_servers: kafka.bootstrap_servers.clone(), group_id: kafka.group_id.clone(), properties };
    cluster.check().map_err(|error| kafka.properties.refuse(error.to_string()))?;
    Ok(cluster)
}

/// The database of this configuration.
///
/// # Errors
/// Where a file that it names cannot be used.
pub fn endpoint_of(config: &Config) -> Result<Endpoint, ConfigError> {
    Endpoint::new(&config.postgres)
}

pub(super) fn database(
    endpoint: &Endpoint,
    group: &Arc<GroupDatabaseReader>,
    runtime: &Handle,
    readiness: &Readiness,
    stop: &Stop,
    deadline: Instant,
) -> Result<bool, ServiceError> {
    let open = async || -> Result<Migrated, DatabaseError> {
        // Only the connection: a migration that has begun is not cut off.
        let patience = deadline.saturating_duration_since(Instant::now()).max(LAST_ATTEMPT);
        let open = async || {
            let opened = tokio::time::timeout(patience, endpoint.open()).await;
            opened.map_err(|_| DatabaseError::TimedOut(patience))?
        };
        let mut session = open().await?;
        // Before anything is written: other instances may have seen a newer server than this one.
        learn(endpoint, group).await;
        if endpoint.check_newest(&session).is_err() {
            session = open().await?;
        }
        let mut client = session.client;
        // Before anything is fired, decided or dated.
        probe::compare_clocks(&client).await?;
        let migrated = migrate(&mut client).await?;
        Leaves::default().prepare(&mut client, clock::now()).await?;
        Ok(migrated)
    };
    let mut known: Option<String> = None;
    let mut said = BTreeSet::new();
    while !stop.is_set() {
        let opened = runtime.block_on(async {
            tokio::select! {
                opened = open() => Some(opened),
                () = stop.wait() => None,
            }
        });
        let Some(opened) = opened else { break };
        match opened {
            Ok(Migrated { applied, newer }) => {
                if !applied.is_empty() {
                    tracing::info!(migrations = applied.join(", "), "the database is brought to this version");
                }
                if !newer.is_empty() {
                    tracing::info!(
                        migrations = newer.join(", "),
                        "the database is newer than this version, and fits it"
                    );
                }
                readiness.ready(Condition::Postgres);
                return Ok(true);
            }
            Err(error @ DatabaseError::History(_)) => return Err(ServiceError::Internal(error.describe())),
            Err(error) => {
                // An attempt that the deadline cut short says less than the one before it.
                let is_cut_short = matches!(error, DatabaseError::TimedOut(_)) && Instant::now() >= deadline;
                let reason = known
                    .filter(|_| is_cut_short)
                    .unwrap_or_else(|| format!("PostgreSQL at {}{}", endpoint.address(), error.after_name()));
                wait(readiness, Condition::Postgres, reason.clone(), deadline, &mut said)?;
                known = Some(reason);
            }
        }
    }
    Ok(false)
}

/// Asks the group for the newest server that it knows, as far as it can be asked yet: each takeover asks again.
async fn learn(endpoint: &Endpoint, group: &Arc<GroupDatabaseReader>) {
    let group = Arc::clone(group);
    let said = tokio::task::spawn_blocking(move || group.read()).await;
    if let Ok(Ok(Some(GroupDatabase { newest: Some(newest), .. }))) = said {
        endpoint.learn(newest);
    }
}

pub(super) fn topics(
    config: &Config,
    cluster: &Cluster,
    readiness: &Readiness,
    stop: &Stop,
    deadline: Instant,
) -> Result<Option<Growth>, ServiceError> {
    let observer = topics::observer(cluster)?;
    let mut said = BTreeSet::new();
    while !stop.is_set() {
        match topics::list(&observer) {
            Ok(found) => {
                readiness.ready(Condition::Kafka);
                match topics::check(&found, &config.topics) {
                    Ok(sizes) => {
                        // Internal topics that are too small are the probe's to mend: its first look comes at once.
                        readiness.ready(Condition::Topics);
                        for (topic, partitions) in sizes.too_large(&config.topics) {
                            tracing::info!(
                                topic,
                                partitions,
                                commands = sizes.commands,
                                "an internal topic has more partitions than the command topic, which does no harm"
                            );
                        }
                        return Ok(Some(Growth::beginning(&found, sizes)));
                    }
                    Err(error) => wait(readiness, Condition::Topics, error.to_string(), deadline, &mut said)?,
                }
            }
            Err(error) => {
                let reason = format!("Kafka at {}: {error}", cluster.bootstrap_servers);
                wait(readiness, Condition::Kafka, reason, deadline, &mut said)?;
            }
        }
    }
    Ok(None)
}

/// Makes the database this group's where it is nobody's yet, and looks whether both belong together.
pub(super) fn belonging(
    config: &Config,
    cluster: &Cluster,
    group: &Arc<GroupDatabaseReader>,
    endpoint: &Endpoint,
    runtime: &Handle,
    (readiness, stop): (&Readiness, &Stop),
    deadline: Instant,
) -> Result<Option<Belonging>, ServiceError> {
    let home = Home {
        cluster: group.cluster_id(),
        group: cluster.group_id.clone(),
        commands_topic: config.topics.commands.to_string(),
    };
    if home.cluster.is_none() {
        tracing::warn!("the Kafka cluster does not tell its id: a database of another cluster would not be noticed");
    }
    let mut said = BTreeSet::new();
    while !stop.is_set() {
        let bind = async { installation::bind(&endpoint.connect().await?, &home).await };
        let bound = runtime.block_on(async {
            tokio::select! {
                bound = tokio::time::timeout(BINDING, bind) => Some(bound),
                () = stop.wait() => None,
            }
        });
        let Some(bound) = bound else { break };
        match bound.unwrap_or(Err(DatabaseError::TimedOut(BINDING))) {
            Ok(installation) => {
                let belonging = Belonging::new(home, &installation, Arc::clone(group), endpoint.clone())?;
                belonging.check_group(&installation)?;
                return Ok(Some(belonging));
            }
            Err(error) => {
                let reason = format!("PostgreSQL at {}{}", endpoint.address(), error.after_name());
                wait(readiness, Condition::Postgres, reason, deadline, &mut said)?;
            }
        }
    }
    Ok(None)
}

pub(super) fn directory(
    config: &Config,
    cluster: &Cluster,
    growth: &Arc<Growth>,
    directory: &Arc<RwLock<Directory>>,
    (positions, standstills): (&Positions, &Standstills),
    (readiness, stop): (&Readiness, &Stop),
    deadline: Instant,
) -> Result<Option<Follower>, ServiceError> {
    readiness.waiting(Condition::Directory, "the directory topics are being read");
    let told = (positions.clone(), standstills.clone());
    let mut follower =
        Follower::new(cluster, &config.topics, Arc::clone(growth), Arc::clone(directory), told, stop.clone());
    let unread = follower.unread();
    let (loaded, waiting) = channel();
    let began = Instant::now();
    spawn("directory-load", move || {
        let outcome = follower.load().map(|()| follower);
        tell(&loaded, outcome);
    })?;
    loop {
        match waiting.recv_timeout(RETRY) {
            Ok(outcome) => {
                let follower = outcome?;
                if stop.is_set() {
                    return Ok(None);
                }
                readiness.ready(Condition::Directory);
                tracing::info!(seconds = began.elapsed().as_secs_f64(), "the directory is read");
                return Ok(Some(follower));
            }
            Err(_) if stop.is_set() => return Ok(None),
            Err(_) => {
                if Instant::now() >= deadline {
                    let cause = standstills.first_of("directory").or_else(|| unread.first());
                    return Err(ServiceError::Unavailable(format!(
                        "the directory topics could not be read from Kafka at {} within service.startup_timeout: {}",
                        cluster.bootstrap_servers,
                        cause.as_deref().unwrap_or("nothing came of them")
                    )));
                }
            }
        }
    }
}

/// Notes what is waited for, and waits a little; an error once the time is up. What was `said` is not said again.
fn wait(
    readiness: &Readiness,
    condition: Condition,
    reason: String,
    deadline: Instant,
    said: &mut BTreeSet<String>,
) -> Result<(), ServiceError> {
    if Instant::now() + RETRY >= deadline {
        return Err(ServiceError::Unavailable(reason));
    }
    if said.insert(reason.clone()) {
        tracing::warn!(waiting_for = condition.name(), "the start waits: {reason}");
    }
    readiness.waiting(condition, reason);
    std::thread::sleep(RETRY);
    Ok(())
}
