//! The stage of recording: one PostgreSQL transaction a batch. What it commits, and only that, is answered. What is done
//! next, and what is tried again, is decided by `protocol::recording`; here it is done.

use std::cell::Cell;
use std::sync::mpsc::{Sender, SyncSender};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

pub use super::attempt::Settings;
use super::attempt::{Attempts, Recording};
use super::epochs::{Epoch, disown, epoch_of, stop};
use super::kept::Kept;
use super::lanes::Batches;
use super::needs::{epochs_of, schedules};
use super::settle::{SettledBatch, ShardChanges};
use super::{Content, Item, Recorded, spans};
use crate::domain::command::rules::Rules;
use crate::domain::directory::Directory;
use crate::kafka::ownership::Ownership;
use crate::postgres::DatabaseError;
use crate::postgres::session::Endpoint;
use crate::protocol::Fault;
use crate::protocol::recording::{Came, HoldEnds, Step, hold_ends};
use crate::readiness::{Condition, Readiness};
use crate::recent::Recent;
use crate::stop::{Stop, tell_bounded};
use crate::telemetry::{as_gauge, metric};
use crate::{dispatch, progress, takeover};

/// How long one attempt at a batch may take before the connection is given up.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);
/// How long to wait for a pass that is under way before one looks again: about what a small transaction takes.
const PASS: Duration = Duration::from_millis(3);
/// How long an attempt under way may go on once the service is told to stop.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// What the stage is made of.
pub struct Parts {
    /// What an operator has set.
    pub settings: Settings,
    /// The database.
    pub endpoint: Endpoint,
    /// Drives the stage's connection.
    pub runtime: Handle,
    /// Whose shards are whose.
    pub ownership: Arc<Ownership>,
    /// The directory as it is now.
    pub directory: Arc<RwLock<Directory>>,
    /// What commands are judged by.
    pub rules: Arc<Rules>,
    /// The loop that fires callbacks, which is told what was recorded.
    pub dispatch: SyncSender<dispatch::Message>,
    /// Asks for shards to be taken over again.
    pub takeovers: Sender<takeover::Request>,
    /// What is waited for.
    pub readiness: Readiness,
    /// What was decided lately.
    pub recent: Recent,
    /// Set when the service ends.
    pub stop: Stop,
}

/// The stage's state.
pub struct RecordStage {
    settings: Settings,
    attempts: Attempts,
    runtime: Handle,
    ownership: Arc<Ownership>,
    dispatch: SyncSender<dispatch::Message>,
    takeovers: Sender<takeover::Request>,
    readiness: Readiness,
    recent: Recent,
    stop: Stop,
}

impl RecordStage {
    /// A stage that connects when the first batch comes.
    pub fn new(parts: Parts) -> Self {
        let Parts {
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
        } = parts;
        let attempts = Attempts::new(settings.clone(), endpoint, directory, rules);
        Self { settings, attempts, runtime, ownership, dispatch, takeovers, readiness, recent, stop }
    }

    /// Records batches until nobody sends any more.
    pub fn run(mut self, mut batches: Batches, answers: &SyncSender<Recorded>) {
        while let Some(batch) = batches.take() {
            let began = Instant::now();
            let progress = self.readiness.progress().clone();
            progress.waits(progress::Step::Record);
            let nobody_answers = Cell::new(false);
            let hand_on = |settled: &mut SettledBatch| {
                let holds = std::mem::take(&mut settled.holds);
                let mut recorded = Recorded { answers: std::mem::take(&mut settled.answers), holds };
                spans::recorded(&mut recorded.answers, began.elapsed());
                // What time makes of callbacks has no answer.
                if !recorded.answers.is_empty() || !recorded.holds.is_empty() {
                    nobody_answers.set(answers.send(recorded).is_err());
                }
            };
            let is_recorded = self.record(&batch, began, hand_on);
            if !is_recorded {
                progress.rests(progress::Step::Record);
                progress.settles(records(&batch));
            }
            // A later batch must not be answered after one that was given up: its offsets would cover both.
            if nobody_answers.get() || !is_recorded && self.stop.is_set() {
                return;
            }
        }
    }

    /// Does what the machine asks for until nothing is left to do: until the batch is committed and handed on to be
    /// answered, or none of it is ours any more, or the service ends. Returns whether it is committed.
    fn record(&mut self, batch: &[Item], began: Instant, hand_on: impl Fn(&mut SettledBatch)) -> bool {
        let mut recording = Recording::keeping(Kept::default());
        let (mut reason, mut waits) = (String::new(), false);
        loop {
            match recording.step() {
                Step::Over => break,
                Step::Begin => {
                    self.attempt(batch, &mut recording, &mut reason, &hand_on);
                    continue;
                }
                Step::Disown(lost) => disown(&self.ownership, &self.takeovers, batch, &lost),
                Step::Stop(spoilt) => stop(&self.ownership, batch, &spoilt, &reason),
                Step::EndHolds => {
                    recording.settled_mut().map(std::mem::take).into_iter().for_each(SettledBatch::release);
                }
                Step::Wait(wait) => std::thread::sleep(wait),
                Step::WaitForPass => {
                    if !std::mem::replace(&mut waits, true) {
                        tracing::debug!("a batch waits for the due events that are being published");
                    }
                    std::thread::sleep(PASS);
                }
                Step::LookAtTopics(patience) => {
                    self.settings.growth.look_again(patience);
                }
                Step::TellWindow => recording.settled_mut().into_iter().for_each(|settled| {
                    if settled.changes_by_time {
                        crate::failpoint::hit("after-database-commit-by-time");
                    }
                    self.note(batch, began, settled);
                    self.tell_windows(settled);
                }),
                Step::Publish => recording.settled_mut().into_iter().for_each(&hand_on),
                // The steps of a transaction, which an attempt begins with the first of them.
                Step::Prepare
                | Step::HoldEpochs(_)
                | Step::Forget
                | Step::LookUp { .. }
                | Step::Settle
                | Step::FindOut
                | Step::Write
                | Step::Commit => {
                    recording.hear(Came::Failed(Fault::Away));
                    continue;
                }
            }
            recording.hear(Came::Done);
        }
        // Also where nothing waits to be recorded here any more.
        if recording.settled().is_some() || !self.stop.is_set() {
            self.readiness.ready(Condition::Recording);
        }
        recording.into_settled().is_some()
    }

    /// One attempt, as long as it may take.
    fn attempt(
        &mut self,
        batch: &[Item],
        recording: &mut Recording,
        reason: &mut String,
        hand_on: impl Fn(&mut SettledBatch),
    ) {
        if self.stop.is_set() && !self.attempts.is_connected() {
            recording.hear(Came::Ends);
            return;
        }
        let items: Vec<&Item> = batch.iter().filter(|item| item.place.owned.is_current()).collect();
        recording.hear(Came::Standing(epochs_of(&items)));
        if recording.step() == Step::Over {
            return;
        }
        let (attempts, stop) = (&mut self.attempts, &self.stop);
        let attempt = self.runtime.block_on(async {
            tokio::select! {
                attempt = tokio::time::timeout(ATTEMPT_TIMEOUT, attempts.attempt(&items, recording, hand_on)) => {
                    Some(attempt.unwrap_or(Err(DatabaseError::TimedOut(ATTEMPT_TIMEOUT))))
                }
                () = async { stop.wait().await; tokio::time::sleep(STOP_GRACE).await } => None,
            }
        });
        match attempt {
            Some(Ok(())) => {}
            Some(Err(error)) => self.fail(&items, recording, reason, &error),
            None => recording.hear(Came::Ends),
        }
    }

    /// Says what has gone wrong, and tells the machine.
    fn fail(&mut self, items: &[&Item], recording: &mut Recording, reason: &mut String, error: &DatabaseError) {
        self.attempts.disconnect();
        if error.is_repeated_command() {
            tracing::info!("a command of the batch is recorded already; it is looked up again");
            recording.hear(Came::Repeated);
            return;
        }
        let spoilt = spoilt(items, error);
        if !spoilt.is_empty() {
            *reason = error.describe();
            recording.hear(Came::Spoilt(spoilt));
            return;
        }
        tracing::warn!(
            error = error.describe(), transient = error.is_transient(), retry = ?recording.next_wait(),
            "a batch could not be recorded; it is tried again"
        );
        metric::RETRIES.counter(&["record", "postgres", error.cause()]).increment(1);
        self.readiness.waiting(Condition::Recording, error.describe());
        // Nothing that PostgreSQL says to a commit makes it certain that it has not happened.
        let is_committing = recording.step() == Step::Commit;
        recording.hear(Came::Failed(if is_committing { Fault::Unknown } else { error.fault() }));
    }

    /// Notes that the batch is committed.
    fn note(&self, batch: &[Item], began: Instant, settled: &SettledBatch) {
        let progress = self.readiness.progress();
        progress.succeeded(progress::Step::Record);
        // What is no longer ours is answered by whoever has it.
        progress.settles(records(batch).saturating_sub(settled.answers.len()));
        metric::BATCH_SECONDS.histogram(&["record"]).record(began.elapsed().as_secs_f64());
        metric::BATCH_COMMANDS.histogram(&[]).record(as_gauge(batch.len()));
        settled.tally.report();
        self.recent.note(&settled.decisions);
    }

    /// Tells the windows, which end the holds; with the state topic on the stage of answers has to end them, too: nothing is due
    /// before that topic says that it waits.
    fn tell_windows(&self, settled: &mut SettledBatch) {
        for part in std::mem::take(&mut settled.shards) {
            let ShardChanges { owned, changes, hold } = part;
            let until_answered = self.settings.events.state.is_some() && !settled.answers.is_empty();
            let HoldEnds { told, answered } = hold_ends(&changes, &mut owned.frontier(), hold, until_answered);
            settled.holds.extend(answered.map(|hold| (Arc::clone(&owned), hold)));
            if let Some((reach, hold)) = told {
                let message = dispatch::Message::changed(owned, changes, reach, hold, &self.settings.events);
                tell_bounded(&self.dispatch, message);
            }
        }
    }
}

/// How many of them were read from a topic.
fn records(batch: &[Item]) -> usize {
    batch.iter().filter(|item| !matches!(item.content, Content::Time { .. })).count()
}

/// The takeovers for which trying again does not help, if the error is such a one: a person has to look.
fn spoilt(items: &[&Item], error: &DatabaseError) -> Vec<Epoch> {
    let is_spoilt = |item: &&&Item| match error {
        DatabaseError::IdsUsedUp => schedules(item),
        DatabaseError::RowMoved { shard, .. } => item.place.owned.shard == *shard,
        _ => false,
    };
    let mut spoilt: Vec<Epoch> = items.iter().filter(is_spoilt).map(|item| epoch_of(item)).collect();
    spoilt.sort_unstable();
    spoilt.dedup();
    spoilt
}
