//! Record: one PostgreSQL transaction a batch. What it commits, and only that, is answered.

use std::sync::mpsc::{Receiver, Sender, SyncSender};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::fenced::fenced;
use super::lookups::{callbacks_of, epochs_of, forgotten_keys, keys_of, leaves_of, reused_keys, shards_beyond};
use super::sequences::{Exhausted, Sequences};
use super::session::{Session, write};
use super::settle::{Circumstances, Facts, SettledBatch, positions, settle};
use super::{Answer, Item, spans};
use crate::clock;
use crate::dispatch;
use crate::domain::directory::Directory;
use crate::domain::ids::{Fingerprint, Shard};
use crate::domain::rules::Rules;
use crate::domain::timestamp::Timestamp;
use crate::kafka::growth::Growth;
use crate::kafka::ownership::Ownership;
use crate::mutant;
use crate::postgres::DatabaseError;
use crate::postgres::callback::SEQUENCE_BLOCK;
use crate::postgres::session::Endpoint;
use crate::postgres::shard;
use crate::progress::Step;
use crate::protocol::fate::Fate;
use crate::readiness::{Condition, Readiness};
use crate::recent::Recent;
use crate::stop::{Stop, tell, tell_bounded};
use crate::takeover;
use crate::telemetry::{as_gauge, metric};

/// How long one attempt at a batch may take before the connection is given up.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);
/// Waits between attempts: doubled each time, from the first to the last.
const RETRY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// How many looks at the topics a batch waits for that names a callback of a shard which another instance has and which
/// is not known here yet; and how long for each.
const LOOKS: (u8, Duration) = (3, Duration::from_secs(5));
/// How long an attempt under way may go on once the service is told to stop.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// The stage's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// CloudEvents source of results and due events.
    pub source: String,
    /// How long a decision is remembered.
    pub retain_commands: Duration,
    /// Which shards there are.
    pub growth: Arc<Growth>,
}

/// A batch that has been settled and not yet certainly been committed.
struct Unfinished {
    settled: SettledBatch,
    /// Whether its commit was sent: then only the database knows.
    committing: bool,
}

/// The stage's state.
pub struct Record {
    settings: Settings,
    endpoint: Endpoint,
    runtime: Handle,
    ownership: Arc<Ownership>,
    directory: Arc<RwLock<Directory>>,
    rules: Arc<Rules>,
    dispatch: SyncSender<dispatch::Message>,
    takeovers: Sender<takeover::Request>,
    readiness: Readiness,
    recent: Recent,
    stop: Stop,
    session: Option<Session>,
    sequences: Sequences,
    unfinished: Option<Unfinished>,
    /// Keys whose old decisions stand in the way of new ones.
    forgetting: bool,
    /// How many looks at the topics the batch may still wait for, and whether it waits for one.
    looks: (u8, bool),
}

impl Record {
    /// A stage that connects when the first batch comes.
    #[expect(clippy::too_many_arguments, reason = "each is one of the stage's few connections to the rest")]
    pub fn new(
        settings: Settings,
        endpoint: Endpoint,
        runtime: Handle,
        ownership: Arc<Ownership>,
        directory: Arc<RwLock<Directory>>,
        rules: Arc<Rules>,
        dispatch: SyncSender<dispatch::Message>,
        takeovers: Sender<takeover::Request>,
        readiness: Readiness,
        recent: Recent,
        stop: Stop,
    ) -> Self {
        Self {
            settings,
            endpoint,
            runtime,
            ownership,
            directory,
            rules,
            dispatch,
            takeovers,
            readiness,
            recent,
            stop,
            session: None,
            sequences: Sequences::default(),
            unfinished: None,
            forgetting: false,
            looks: (LOOKS.0, false),
        }
    }

    /// Records batches until nobody sends any more.
    pub fn run(mut self, batches: &Receiver<Vec<Item>>, answers: &SyncSender<Vec<Answer>>) {
        while let Ok(batch) = batches.recv() {
            let began = Instant::now();
            let progress = self.readiness.progress().clone();
            progress.waits(Step::Record);
            if mutant::breaks("store-first") {
                let unanswered =
                    |item: &Item| Answer { place: item.place.clone(), publications: Vec::new(), traced: None };
                answers.send(batch.iter().map(unanswered).collect()).ok();
            }
            let Some(settled) = self.record(&batch) else {
                progress.rests(Step::Record);
                progress.settles(batch.len());
                if self.stop.is_set() {
                    // A later batch must not be answered after one that was given up: its offsets would cover both.
                    return;
                }
                continue;
            };
            progress.succeeded(Step::Record);
            // What is no longer ours is answered by whoever has it.
            progress.settles(batch.len().saturating_sub(settled.answers.len()));
            metric::BATCH_SECONDS.histogram(&["record"]).record(began.elapsed().as_secs_f64());
            metric::BATCH_COMMANDS.histogram(&[]).record(as_gauge(batch.len()));
            settled.tally.report();
            self.recent.note(&settled.decisions);
            let mut published = self.apply(settled);
            spans::recorded(&mut published, began.elapsed());
            if answers.send(published).is_err() {
                return;
            }
        }
    }

    /// Tries until the batch is committed, or none of it is ours any more, or the service ends.
    fn record(&mut self, batch: &[Item]) -> Option<SettledBatch> {
        let mut wait = RETRY.0;
        self.looks = (LOOKS.0, false);
        loop {
            if !batch.iter().any(|item| item.place.owned.is_current()) || self.stop.is_set() && self.session.is_none() {
                self.abandon();
                // Nothing waits to be recorded here any more.
                self.readiness.ready(Condition::Recording);
                return None;
            }
            let (runtime, stop) = (self.runtime.clone(), self.stop.clone());
            let attempt = runtime.block_on(async {
                tokio::select! {
                    attempt = tokio::time::timeout(ATTEMPT_TIMEOUT, self.attempt(batch)) => {
                        Some(attempt.unwrap_or(Err(DatabaseError::TimedOut(ATTEMPT_TIMEOUT))))
                    }
                    () = async { stop.wait().await; tokio::time::sleep(STOP_GRACE).await } => None,
                }
            });
            let Some(attempt) = attempt else {
                self.abandon();
                return None;
            };
            match attempt {
                Ok(Some(settled)) => {
                    self.readiness.ready(Condition::Recording);
                    return Some(settled);
                }
                Ok(None) if self.looks.1 => {
                    self.looks = (self.looks.0 - 1, false);
                    self.settings.growth.look_again(LOOKS.1);
                }
                Ok(None) => {}
                Err(error) if error.is_repeated_command() => {
                    tracing::info!("a command of the batch is recorded already; it is looked up again");
                    self.discard_unless_committing();
                    self.forgetting = true;
                    self.session = None;
                }
                Err(error) => {
                    tracing::warn!(
                        error = error.describe(), transient = error.is_transient(), retry = ?wait,
                        "a batch could not be recorded; it is tried again"
                    );
                    metric::RETRIES.counter(&["record", "postgres", error.cause()]).increment(1);
                    self.readiness.waiting(Condition::Recording, error.describe());
                    self.session = None;
                    self.discard_unless_committing();
                    std::thread::sleep(wait);
                    wait = (wait * 2).min(RETRY.1);
                }
            }
        }
    }

    /// One attempt; `None` where something was found out, and it is to go round again. What it has settled stays in
    /// `self.unfinished` until its fate is certain, also when the attempt is cut off.
    async fn attempt(&mut self, batch: &[Item]) -> Result<Option<SettledBatch>, DatabaseError> {
        if self.session.is_none() {
            self.session = Some(Session::open(&self.endpoint).await?);
        }
        if self.unfinished.is_some() {
            return self.find_out().await;
        }
        let items: Vec<&Item> = batch.iter().filter(|item| item.place.owned.is_current()).collect();
        self.prepare(&items).await?;
        let since = self.remembered_since();
        let Some(session) = &mut self.session else { return Ok(None) };
        let transaction = session.client.transaction().await?;
        session.commands.queue_at_turn_of_week(&transaction, clock::now()).await?;
        let epochs = epochs_of(&items);
        let keys = keys_of(&items);
        if std::mem::take(&mut self.forgetting) {
            session.commands.forget(&transaction, &keys, since).await?;
        }
        let (held, known) = tokio::try_join!(
            shard::hold_epochs(&transaction, &epochs),
            session.commands.find(&transaction, &keys, since),
        )?;
        let mut facts = Facts { known, ..Facts::default() };
        if fenced(&self.ownership, &self.takeovers, &items, &held) {
            return Ok(None);
        }
        let reused = reused_keys(&items, &facts.known);
        facts.known.extend(session.commands.find(&transaction, &reused, since).await?);
        let forgotten = forgotten_keys(&items, &facts);
        if !forgotten.is_empty() {
            facts.scheduled = session.scheduled.find(&transaction, &forgotten).await?;
        }
        let partitions = self.settings.growth.complete();
        let beyond = if self.looks.0 > 0 { shards_beyond(&items, &facts, partitions) } else { Vec::new() };
        if !beyond.is_empty() && shard::any_exists(&transaction, &beyond).await? {
            // The command topic has grown, and this instance has not seen it yet.
            self.looks.1 = true;
            return Ok(None);
        }
        for (shard, ids) in callbacks_of(&items, &facts) {
            let found = session.callbacks.find(&transaction, shard, &ids).await?;
            facts.callbacks.extend(found.into_iter().map(|callback| (callback.callback_id, callback)));
        }
        let settled = {
            let directory = self.directory.read().unwrap_or_else(PoisonError::into_inner);
            let at = Circumstances {
                facts,
                directory: &directory,
                rules: &self.rules,
                decided_at: clock::now(),
                partitions,
                source: &self.settings.source,
            };
            let began = Instant::now();
            let settled = settle(items.iter().copied(), &at, &mut self.sequences);
            metric::BATCH_SECONDS.histogram(&["settle"]).record(began.elapsed().as_secs_f64());
            match settled {
                Ok(settled) => settled,
                // There were enough for every schedule command; the numbers themselves have come to their end.
                Err(error @ Exhausted) => return Err(DatabaseError::Row(error.to_string())),
            }
        };
        if settled.decisions.is_empty() {
            return Ok(Some(settled));
        }
        let unfinished = self.unfinished.insert(Unfinished { settled, committing: false });
        write((&session.commands, &session.callbacks), &transaction, &unfinished.settled).await?;
        unfinished.committing = true;
        crate::failpoint::hit("before-database-commit");
        transaction.commit().await?;
        crate::failpoint::hit("after-database-commit");
        Ok(finished(&mut self.unfinished))
    }

    /// The commit of this batch was sent and its answer lost. Runs the same batch again: the unique key makes it wait
    /// for the first attempt, and then shows whether that came through.
    async fn find_out(&mut self) -> Result<Option<SettledBatch>, DatabaseError> {
        let since = self.remembered_since();
        let (Some(session), Some(Unfinished { settled, .. })) = (&mut self.session, &self.unfinished) else {
            return Ok(None);
        };
        let transaction = session.client.transaction().await?;
        session.commands.queue_at_turn_of_week(&transaction, clock::now()).await?;
        let epochs: Vec<(Shard, i64)> = settled.epochs().into_iter().collect();
        let held = shard::hold_epochs(&transaction, &epochs).await?;
        let keys: Vec<Fingerprint> = settled.decisions.iter().map(|decision| decision.key).collect();
        let known = session.commands.find(&transaction, &keys, since).await?;
        let decided = settled.decisions.iter().map(|decision| (decision.key, decision));
        match Fate::of(decided, &known, held.len() == epochs.len()) {
            Fate::CameThrough => {
                tracing::info!("the commit whose answer was lost had come through");
                return Ok(finished(&mut self.unfinished));
            }
            Fate::Void => {
                drop(transaction);
                self.discard();
                return Ok(None);
            }
            Fate::Fenced => {
                drop(transaction);
                let settled: Vec<_> = settled.answers.iter().map(|answer| Arc::clone(&answer.place.owned)).collect();
                let awaiting = self.ownership.disown(&settled);
                tell(&self.takeovers, takeover::Request::Take(awaiting));
                self.discard();
                return Ok(None);
            }
            Fate::Open => {}
        }
        // As the first attempt may have done: a decision older than the retention must not stand in the way.
        session.commands.forget(&transaction, &keys, since).await?;
        write((&session.commands, &session.callbacks), &transaction, settled).await?;
        transaction.commit().await?;
        Ok(finished(&mut self.unfinished))
    }

    /// Sequence numbers and partitions, before the transaction: both need none, and making a partition would wait for
    /// our own.
    async fn prepare(&mut self, items: &[&Item]) -> Result<(), DatabaseError> {
        let Some(session) = &mut self.session else { return Ok(()) };
        let (leaves, new) = leaves_of(items, clock::now());
        session.leaves.ensure(&mut session.client, leaves).await?;
        while self.sequences.left() < new {
            let first = session.callbacks.sequence_block(&session.client).await?;
            self.sequences.add(first..first + SEQUENCE_BLOCK);
        }
        Ok(())
    }

    fn remembered_since(&self) -> Timestamp {
        clock::now().plus_micros(-i64::try_from(self.settings.retain_commands.as_micros()).unwrap_or(i64::MAX))
    }

    /// Ends the holds of what was settled: nothing of it has happened, or it no longer concerns us.
    fn discard(&mut self) {
        if let Some(unfinished) = self.unfinished.take() {
            unfinished.settled.release();
        }
    }

    /// None of the batch is ours any more, or the service ends. The holds are not ended: what they protect may have
    /// been committed, and a last pass must not fire what a cancel in it took back.
    fn abandon(&mut self) {
        self.unfinished = None;
    }

    /// An attempt has failed: before its commit was sent nothing has happened; after that only the database knows.
    fn discard_unless_committing(&mut self) {
        if self.unfinished.as_ref().is_some_and(|unfinished| !unfinished.committing) {
            self.discard();
        }
    }

    /// After the commit: tells the windows, which end the holds; then the batch can be answered.
    fn apply(&self, settled: SettledBatch) -> Vec<Answer> {
        for part in settled.shards {
            // Asked after the commit: a load that begins later sees the rows themselves.
            let concerns = {
                let frontier = part.owned.frontier();
                part.changes.iter().any(|change| positions(change).any(|position| frontier.reaches(position)))
            };
            if concerns {
                let source = &self.settings.source;
                tell_bounded(&self.dispatch, dispatch::Message::changed(part.owned, part.changes, part.hold, source));
            } else {
                part.owned.frontier().release(part.hold);
            }
        }
        settled.answers
    }
}

fn finished(unfinished: &mut Option<Unfinished>) -> Option<SettledBatch> {
    unfinished.take().map(|unfinished| unfinished.settled)
}
