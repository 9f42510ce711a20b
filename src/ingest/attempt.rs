//! One attempt at a batch: what is done of its recording within one database transaction.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::Item;
use super::epochs::Epoch;
use super::kept::Kept;
use super::needs::{callbacks_of, forgotten_keys, keys_of, leaves_of, reused_keys, shards_beyond};
use super::sequences::Sequences;
use super::session::{Session, write};
use super::settle::{Basis, Facts, SettledBatch, Unsettled, settle};
use crate::clock;
use crate::dispatch::EventSettings;
use crate::domain::command::rules::Rules;
use crate::domain::decision::Decision;
use crate::domain::directory::Directory;
use crate::domain::ids::Fingerprint;
use crate::domain::time::Timestamp;
use crate::kafka::growth::Growth;
use crate::postgres::callback::SEQUENCE_BLOCK;
use crate::postgres::session::Endpoint;
use crate::postgres::{DatabaseError, shard};
use crate::protocol::recording::{self, Came, Step};
use crate::telemetry::metric;

/// The stage's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How what is published is written.
    pub events: EventSettings,
    /// How long a decision is remembered.
    pub retain_commands: Duration,
    /// Which shards there are.
    pub growth: Arc<Growth>,
}

/// A batch on its way into the database.
pub(super) type Recording = recording::Recording<Epoch, SettledBatch, Kept>;

/// What is needed to record batches: the connection, and what they are judged by.
pub(super) struct Attempts {
    settings: Settings,
    endpoint: Endpoint,
    directory: Arc<RwLock<Directory>>,
    rules: Arc<Rules>,
    session: Option<Session>,
    sequences: Sequences,
}

impl Attempts {
    /// Connects with the first attempt.
    pub fn new(settings: Settings, endpoint: Endpoint, directory: Arc<RwLock<Directory>>, rules: Arc<Rules>) -> Self {
        Self { settings, endpoint, directory, rules, session: None, sequences: Sequences::default() }
    }

    /// Whether there is a connection.
    pub const fn is_connected(&self) -> bool {
        self.session.is_some()
    }

    /// Gives the connection up, and with it whatever is under way.
    pub fn disconnect(&mut self) {
        self.session = None;
    }

    /// Does what the machine asks for, up to the first step that is not one of the transaction. `hand_on` gets the answers
    /// where they are asked for in the middle of it.
    ///
    /// # Errors
    /// The error of the statement that failed. The machine still asks for the step that it was part of.
    pub async fn attempt(
        &mut self,
        items: &[&Item],
        recording: &mut Recording,
        hand_on: impl Fn(&mut SettledBatch),
    ) -> Result<(), DatabaseError> {
        let session = match &mut self.session {
            Some(session) => session,
            empty => empty.insert(Session::open(&self.endpoint).await?),
        };
        if recording.step() == Step::Prepare {
            prepare(session, &mut self.sequences, items).await?;
            recording.hear(Came::Done);
        }
        let since = self.settings.remembered_since();
        let keys: Vec<Fingerprint> = match recording.settled() {
            Some(settled) => settled.decisions.iter().map(|decision| decision.key).collect(),
            None => keys_of(items),
        };
        let partitions = self.settings.growth.complete();
        let mut facts = Facts::default();
        let transaction = session.client.transaction().await?;
        session.commands.queue_at_turn_of_week(&transaction, clock::now()).await?;
        loop {
            match recording.step() {
                Step::HoldEpochs(epochs) => {
                    // The decisions are looked up in the same round trip, behind the epochs.
                    let (held, known) = tokio::try_join!(
                        shard::hold_epochs(&transaction, &epochs),
                        session.commands.find(&transaction, &keys, since),
                    )?;
                    facts.known = known;
                    recording.hear(Came::Held(epochs.into_iter().filter(|(shard, _)| held.contains(shard)).collect()));
                }
                Step::Forget => {
                    session.commands.forget(&transaction, &keys, since).await?;
                    recording.hear(Came::Done);
                }
                Step::LookUp { beyond } => {
                    let reused = reused_keys(items, &facts.known);
                    facts.known.extend(session.commands.find(&transaction, &reused, since).await?);
                    let forgotten = forgotten_keys(items, &facts);
                    if !forgotten.is_empty() {
                        facts.scheduled = session.scheduled.find(&transaction, &forgotten).await?;
                    }
                    let unseen = if beyond { shards_beyond(items, &facts, partitions) } else { Vec::new() };
                    // The command topic may have grown, and this instance has not seen it yet.
                    let beyond = !unseen.is_empty() && shard::any_exists(&transaction, &unseen).await?;
                    if !beyond {
                        for (shard, ids) in callbacks_of(items, &facts) {
                            let found = session.callbacks.find(&transaction, shard, &ids).await?;
                            facts.callbacks.extend(found.into_iter().map(|callback| (callback.callback_id, callback)));
                        }
                    }
                    recording.hear(Came::Known { beyond });
                }
                Step::Settle => {
                    let directory = self.directory.read().unwrap_or_else(PoisonError::into_inner);
                    let at = Basis {
                        facts: std::mem::take(&mut facts),
                        directory: &directory,
                        rules: &self.rules,
                        decided_at: clock::now(),
                        partitions,
                        source: &self.settings.events.source,
                        state: self.settings.events.state,
                    };
                    let began = Instant::now();
                    let settled = settle(items.iter().copied(), &at, &mut self.sequences);
                    metric::BATCH_SECONDS.histogram(&["settle"]).record(began.elapsed().as_secs_f64());
                    recording.hear(match settled {
                        Ok(settled) => Came::Settled(settled),
                        Err(Unsettled::Early) => Came::Early,
                        // There were enough for every schedule command: the numbers themselves have come to their end.
                        Err(Unsettled::Exhausted) => return Err(DatabaseError::IdsUsedUp),
                    });
                }
                Step::FindOut => {
                    recording.hear(Came::Found(std::mem::take(&mut facts.known)));
                    if recording.step() == Step::TellWindow {
                        tracing::info!("the answer to a commit was lost; the commit had succeeded");
                    }
                }
                Step::Write => {
                    if let Some(settled) = recording.settled() {
                        let notes = self.settings.events.state.is_some();
                        write((&session.commands, &session.callbacks), &transaction, settled, notes).await?;
                    }
                    recording.hear(Came::Done);
                }
                Step::Commit => {
                    crate::failpoint::hit("before-database-commit");
                    transaction.commit().await?;
                    crate::failpoint::hit("after-database-commit");
                    recording.hear(Came::Done);
                    return Ok(());
                }
                Step::Publish => {
                    if let Some(settled) = recording.settled_mut() {
                        hand_on(settled);
                    }
                    recording.hear(Came::Done);
                }
                // The transaction ends here, rolled back: nothing of it is needed, or it has written nothing.
                _ => return Ok(()),
            }
        }
    }
}

/// Sequence numbers and partitions: both need no transaction, and making a partition would wait for our own.
async fn prepare(session: &mut Session, sequences: &mut Sequences, items: &[&Item]) -> Result<(), DatabaseError> {
    let (leaves, new) = leaves_of(items, clock::now());
    session.leaves.ensure(&mut session.client, leaves).await?;
    while sequences.left() < new {
        let first = session.callbacks.sequence_block(&session.client).await?;
        sequences.add(first..first + SEQUENCE_BLOCK);
    }
    Ok(())
}

impl Settings {
    /// What was decided before that is forgotten.
    fn remembered_since(&self) -> Timestamp {
        clock::now().plus_micros(-i64::try_from(self.retain_commands.as_micros()).unwrap_or(i64::MAX))
    }
}

impl recording::Settled for SettledBatch {
    type Key = Fingerprint;
    type Decision = Decision;

    fn decisions(&self) -> impl Iterator<Item = (Fingerprint, &Self::Decision)> + Clone {
        self.decisions.iter().map(|decision| (decision.key, decision))
    }

    fn changes_by_time(&self) -> bool {
        self.changes_by_time
    }
}
