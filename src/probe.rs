//! Asks both servers now and then whether they are there, so that `/readyz` knows it also when nothing goes on. PostgreSQL
//! answers with its time, which this machine's clock is compared with.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::BaseConsumer;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_postgres::Client;

use crate::clock;
use crate::config::Topics;
use crate::domain::time::clocks::Other;
use crate::kafka::cluster::{Cluster, Events};
use crate::kafka::group_database::{GroupDatabase, GroupDatabaseReader};
use crate::kafka::growth::Growth;
use crate::kafka::topics::{self, Sizes};
use crate::kafka::watch::{self, Watch};
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
/// How long it takes to the next attempt to let the internal topics grow, where the broker did not: a right that is missing
/// is not there a moment later.
const GROW_AGAIN: Duration = Duration::from_secs(30);

/// Asks PostgreSQL until it is time to stop; at once where `now` is notified.
pub async fn postgres(endpoint: Endpoint, readiness: Readiness, now: Arc<Notify>, stop: Stop) {
    let mut session: Option<Session> = None;
    let mut estimated: Option<Instant> = None;
    loop {
        tokio::select! {
            more = wait(&stop, EVERY) => if !more { return },
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
    let (says, durable) = checked.map_err(|_| DatabaseError::TimedOut(patience))??;
    clock::answered(Other::Postgres, asked, says, 0);
    if let Some(durable) = durable {
        endpoint.note(durable);
    }
    Ok(())
}

/// Asks PostgreSQL for its time, and compares this machine's clock with it.
///
/// # Errors
/// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
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
        Ok(Err(error)) => {
            tracing::debug!(error = error.describe(), "the number of pending callbacks could not be estimated");
        }
        Err(_) => tracing::debug!("the number of pending callbacks could not be estimated in time"),
    }
}

/// What is asked of Kafka, and for whom.
pub struct KafkaProbe {
    /// Asked for metadata only.
    pub observer: BaseConsumer<Events>,
    /// The cluster.
    pub cluster: Cluster,
    /// The topics of the service.
    pub topics: Topics,
    /// Told how many partitions they have.
    pub growth: Arc<Growth>,
    /// Asked which server other instances have seen.
    pub group: Arc<GroupDatabaseReader>,
    /// The name of this instance's database.
    pub database: String,
    /// Told of that server.
    pub endpoint: Endpoint,
    /// The database that the group named last.
    pub named: Option<String>,
    /// Has it looked into whether they belong together: the group does not name this instance's database any more.
    pub doubts: Box<dyn Fn() + Send>,
    /// Told what is waited for.
    pub readiness: Readiness,
}

impl KafkaProbe {
    /// Asks Kafka until it is time to stop; runs on a thread of its own, since the client blocks.
    pub fn run(mut self, runtime: &Handle, stop: &Stop) {
        let mut grow_at = Instant::now();
        loop {
            let look = self.growth.begin_look();
            let grew = self.look(runtime, &mut grow_at);
            self.growth.end_look(look);
            // What was added is to be used at once.
            if !grew && !runtime.block_on(self.wait(stop)) {
                return;
            }
        }
    }

    /// Looks at the topics; `true` where the internal ones have just been given what they lacked.
    fn look(&mut self, runtime: &Handle, grow_at: &mut Instant) -> bool {
        let found = match topics::list(&self.observer) {
            Ok(found) => found,
            Err(error) => {
                let reason = format!("Kafka at {}: {error}", self.cluster.bootstrap_servers);
                self.readiness.waiting(Condition::Kafka, reason);
                return false;
            }
        };
        self.readiness.ready(Condition::Kafka);
        self.learn();
        match topics::check(&found, &self.topics) {
            Ok(sizes) => {
                self.tell_of_growth(sizes);
                self.growth.note(&found, sizes);
                self.keep_up(sizes, runtime, grow_at)
            }
            Err(error) => {
                self.readiness.waiting(Condition::Topics, error.to_string());
                false
            }
        }
    }

    /// An instance whose connections were not cut goes on with an old primary until it hears of the new one, here or in a
    /// takeover. And one that shares its group with another database is to find out before they have shared much.
    fn learn(&mut self) {
        let word = match self.group.read() {
            Ok(word) => word,
            Err(error) => {
                return tracing::debug!(%error, "the consumer group could not be asked which database and server it knows");
            }
        };
        let (named, newest) =
            word.map_or((None, None), |GroupDatabase { database, newest, .. }| (Some(database), newest));
        let is_ours = named.as_ref() == Some(&self.database);
        if let Some(newest) = newest.filter(|_| is_ours) {
            self.endpoint.learn(newest);
        }
        if self.named != named {
            self.named = named;
            if !is_ours {
                (self.doubts)();
            }
        }
    }

    /// A client cannot change its bounds: what it fetches ahead stays divided by the partitions of the start.
    fn tell_of_growth(&self, sizes: Sizes) {
        let (before, partitions) = (self.growth.commands(), sizes.commands);
        if partitions > before {
            tracing::info!(
                before,
                partitions,
                "the command topic has grown; what each of its partitions may fetch ahead is still that of the number at \
                 the start, so restart the instances one by one when it suits if it is a multiple of that"
            );
        }
    }

    /// Lets the internal topics grow after the command topic, where the broker lets us; else says who can.
    fn keep_up(&self, sizes: Sizes, runtime: &Handle, grow_at: &mut Instant) -> bool {
        let too_small = sizes.too_small(&self.topics);
        if too_small.is_empty() {
            *grow_at = Instant::now();
            self.readiness.ready(Condition::Topics);
            return false;
        }
        if Instant::now() < *grow_at {
            return false;
        }
        // So long also after a success: were it not seen at once, it would be asked for without rest.
        *grow_at = Instant::now() + GROW_AGAIN;
        match runtime.block_on(topics::grow(&self.cluster, &self.topics, sizes)) {
            Ok(grown) => {
                tracing::info!(
                    topics = grown.join(", "),
                    partitions = sizes.commands,
                    "the command topic has grown: the internal topics have as many partitions now"
                );
                true
            }
            Err(error) => {
                let few: Vec<String> = too_small.iter().map(|(topic, count)| format!("{topic} has {count}")).collect();
                let reason = format!(
                    "{} has {} partitions, and {}; this instance could not add those that are missing \
                     ({error}): run `schedule-callback topics`, which does. Until then partitions of {} from {} on wait, the others go on",
                    self.topics.commands,
                    sizes.commands,
                    few.join(", "),
                    self.topics.commands,
                    sizes.internal()
                );
                tracing::error!("{reason}");
                self.readiness.waiting(Condition::Topics, reason);
                false
            }
        }
    }

    /// Waits for the next turn, or until somebody asks; `false` where it is time to stop.
    async fn wait(&self, stop: &Stop) -> bool {
        tokio::select! {
            going_on = wait(stop, EVERY) => going_on,
            () = self.growth.asked() => true,
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
