//! The dispatch loop: fires callbacks when their time comes. Reads PostgreSQL, never writes it.

mod ahead;
mod firing;
pub mod loader;
mod markers;
mod message;
mod pass;
mod publish;
mod spans;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use rdkafka::error::KafkaError;

use self::firing::Firing;
pub use self::message::Message;
use crate::clock;
use crate::domain::ids::Shard;
use crate::domain::timestamp::Timestamp;
use crate::kafka::cause::cause;
use crate::kafka::ownership::{OwnedShard, Ownership};
use crate::kafka::transactions::Transactor;
use crate::mutant;
use crate::readiness::{Condition, Readiness};
use crate::stop::{Stop, tell};
use crate::takeover;
use crate::telemetry::metric;

/// How long the loop sleeps at most when nothing is due.
const IDLE: Duration = Duration::from_secs(1);
/// How long the loop sleeps while all that is due is held back by a batch being recorded: its end is told, but what it
/// held back may also become free without a word.
const HELD: Duration = Duration::from_millis(2);
/// Waits between attempts of a transaction that was aborted: doubled each time, from the first to the last.
const RETRY: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(2));
/// The loop's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Topic of due events.
    pub due_topic: String,
    /// Topic whose offsets are the markers.
    pub shards_topic: String,
    /// CloudEvents source.
    pub source: String,
    /// How far ahead callbacks are loaded.
    pub window: Duration,
    /// How many callbacks are loaded at most, of all shards together.
    pub window_rows: usize,
    /// How far ahead of its time a transaction may be prepared.
    pub stage_ahead: Duration,
}

/// The loop; runs on a thread of its own.
pub struct Dispatch {
    settings: Settings,
    ownership: Arc<Ownership>,
    transactor: Transactor,
    inbox: Receiver<Message>,
    loads: Sender<loader::Request>,
    takeovers: Sender<takeover::Request>,
    readiness: Readiness,
    stop: Stop,
    firing: BTreeMap<Shard, Firing>,
    takeovers_seen: u64,
    retry: Option<(Instant, Duration)>,
    /// Before this instant markers are not committed again, since that has failed.
    keep_alive_after: Option<Instant>,
    /// Since when no transaction has succeeded of those that were tried.
    failing_since: Option<Instant>,
    /// Since when a shard has been assigned that this loop does not fire for.
    blind_since: Option<Timestamp>,
    /// Whether the last look found nothing that may be fired now.
    idle: bool,
}

impl Dispatch {
    /// A loop that owns nothing yet.
    #[expect(clippy::too_many_arguments, reason = "each is one of the loop's few connections to the rest")]
    pub fn new(
        settings: Settings,
        ownership: Arc<Ownership>,
        transactor: Transactor,
        inbox: Receiver<Message>,
        loads: Sender<loader::Request>,
        takeovers: Sender<takeover::Request>,
        readiness: Readiness,
        stop: Stop,
    ) -> Self {
        let stage_ahead = settings.stage_ahead.min(pass::STAGED_AT_MOST);
        Self {
            settings: Settings { stage_ahead, ..settings },
            ownership,
            transactor,
            inbox,
            loads,
            takeovers,
            readiness,
            stop,
            firing: BTreeMap::new(),
            takeovers_seen: 0,
            retry: None,
            keep_alive_after: None,
            failing_since: None,
            blind_since: None,
            idle: false,
        }
    }

    /// Runs until the stop token is set, or everyone who could tell it something is gone.
    pub fn run(mut self) {
        while !self.stop.is_set() {
            match self.inbox.recv_timeout(self.sleep()) {
                Ok(message) => {
                    self.receive(message);
                    while let Ok(message) = self.inbox.try_recv() {
                        self.receive(message);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.firing.retain(|_, firing| may_fire(&firing.owned));
            self.report();
            if !self.transactor.is_ready() && !self.reset() {
                continue;
            }
            self.load_ahead();
            if self.transactor.has_lost_all_brokers() {
                self.start_over();
            }
            if self.may_try() {
                self.idle = !self.pass();
                self.keep_alive(markers::KEEP_ALIVE);
            }
        }
    }

    fn receive(&mut self, message: Message) {
        match message {
            Message::Confirm { shards, told, confirmed } => {
                let accepted = self.confirm(shards, told.as_ref());
                tell(&confirmed, accepted);
            }
            Message::Changed { owned, changes, hold } => {
                if let Some(firing) = self.firing_of(&owned) {
                    firing.apply(changes);
                }
                owned.frontier().release(hold);
            }
            Message::Loaded { owned, rows, complete } => {
                if let Some(firing) = self.firing_of(&owned) {
                    firing.finish_load(rows, complete);
                }
            }
            Message::Wake => {}
        }
    }

    /// The window of exactly that takeover: what an older one began is thrown away.
    fn firing_of(&mut self, owned: &Arc<OwnedShard>) -> Option<&mut Firing> {
        self.firing.get_mut(&owned.shard).filter(|firing| Arc::ptr_eq(&firing.owned, owned))
    }

    /// Takes all shards over again: what was committed last may count or not, so nothing is built on it.
    fn start_over(&self) {
        tell(&self.takeovers, takeover::Request::Take(self.ownership.disown_all()));
    }

    fn sleep(&self) -> Duration {
        let now = clock::now();
        let stage_ahead = micros(self.settings.stage_ahead);
        let until_due = self
            .loaded()
            .filter_map(Firing::next_instant)
            .map(|instant| instant.micros().saturating_sub(stage_ahead).saturating_sub(now.micros()))
            .min()
            .map_or(IDLE, |micros| Duration::from_micros(u64::try_from(micros).unwrap_or(0)));
        match self.retry {
            Some((at, _)) => at.saturating_duration_since(Instant::now()),
            None if self.idle && until_due.is_zero() => HELD,
            None => until_due.min(IDLE),
        }
    }

    fn may_try(&self) -> bool {
        self.retry.is_none_or(|(at, _)| at <= Instant::now())
    }

    fn back_off(&mut self, error: &KafkaError) {
        metric::RETRIES.counter(&["dispatch", "kafka", cause(error)]).increment(1);
        self.failing_since.get_or_insert_with(Instant::now);
        let wait = self.retry.map_or(RETRY.0, |(_, wait)| (wait * 2).min(RETRY.1));
        self.retry = Some((Instant::now() + wait, wait));
        self.readiness.waiting(Condition::DueEvents, error.to_string());
    }

    fn reset(&mut self) -> bool {
        if !self.may_try() {
            return false;
        }
        match self.transactor.reset() {
            Ok(()) => {
                self.retry = None;
                true
            }
            Err(error) => {
                tracing::warn!(%error, "the producer of due events cannot be initialised");
                self.back_off(&error);
                false
            }
        }
    }
}

fn may_fire(owned: &OwnedShard) -> bool {
    owned.is_current() || mutant::breaks("assignment-metadata")
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
