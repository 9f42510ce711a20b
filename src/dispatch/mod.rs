//! The dispatch loop: fires callbacks when their time comes. Reads PostgreSQL, never writes it.

mod ahead;
mod firing;
pub mod loader;
mod message;
mod pass;
mod spans;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::TopicPartitionList;

use self::firing::Firing;
pub use self::message::Message;
use self::pass::Extent;
use crate::clock;
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::domain::timestamp::Timestamp;
use crate::kafka::cause::cause;
use crate::kafka::marker;
use crate::kafka::ownership::{OwnedShard, Ownership};
use crate::kafka::transactions::{Outcome, Transactor};
use crate::mutant;
use crate::progress::Step;
use crate::readiness::{Condition, Readiness};
use crate::stop::{Stop, tell};
use crate::takeover;
use crate::telemetry::metric;

/// Markers are committed again after this long: the broker forgets offsets of topics that the group does not
/// subscribe to after `offsets.retention.minutes` (7 days by default, a day on old clusters).
const KEEP_ALIVE: Duration = Duration::from_hours(1);
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
                self.keep_alive();
            }
        }
    }

    fn receive(&mut self, message: Message) {
        match message {
            Message::Confirm { shards, confirmed } => {
                let accepted = self.confirm(shards);
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

    fn confirm(&mut self, shards: Vec<Arc<OwnedShard>>) -> bool {
        if !self.transactor.is_ready() && !self.reset() {
            return false;
        }
        let outcome =
            if mutant::breaks("confirm-takeover") { Some(Outcome::Committed) } else { self.commit_markers(&shards) };
        match outcome {
            Some(Outcome::Committed) => {
                self.takeovers_seen += 1;
                let takeover = self.takeovers_seen;
                for owned in shards {
                    self.firing.insert(owned.shard, Firing::beginning(owned, takeover));
                }
                true
            }
            Some(Outcome::Aborted(error) | Outcome::Unknown(error)) => {
                tracing::warn!(%error, "the broker did not take the markers of a takeover");
                false
            }
            None => false,
        }
    }

    /// Commits the markers of these shards as they stand; `None` where one of them is no longer ours.
    fn commit_markers(&mut self, shards: &[Arc<OwnedShard>]) -> Option<Outcome> {
        let ownership = Arc::clone(&self.ownership);
        let assignment = ownership.during_transaction();
        // The metadata is of the present assignment. For a shard that was lost before it the broker would take the
        // marker all the same, and the one who has it now would fire callbacks twice.
        if !shards.iter().all(|owned| owned.is_current()) {
            return None;
        }
        let metadata = assignment.metadata()?;
        let mut offsets = TopicPartitionList::new();
        let added: KafkaResult<()> = shards.iter().try_for_each(|owned| {
            let marker = owned.frontier().marker();
            marker::add(&mut offsets, &self.settings.shards_topic, owned.shard, marker)
        });
        Some(match added {
            Ok(()) => self.transactor.transact(metadata, &offsets, |_| Ok(()), || ()),
            Err(error) => Outcome::Aborted(error),
        })
    }

    /// Commits markers again that nothing has moved for long, so that the broker does not forget them.
    fn keep_alive(&mut self) {
        let stale: Vec<_> = self
            .firing
            .values()
            .filter(|firing| firing.committed_at.elapsed() >= KEEP_ALIVE && !firing.owned.frontier().is_passing())
            .map(|firing| Arc::clone(&firing.owned))
            .collect();
        if stale.is_empty() {
            return;
        }
        if let Some(outcome) = self.commit_markers(&stale) {
            self.conclude(outcome, &stale, |firing| firing.committed_at = Instant::now());
        }
    }

    /// The shards that may fire. Those that were taken over together begin together, when the first loads of all have
    /// ended: so what is overdue goes oldest first over all of them.
    fn loaded(&self) -> impl Iterator<Item = &Firing> {
        let loading: BTreeSet<u64> =
            self.firing.values().filter(|firing| !firing.is_loaded).map(|firing| firing.takeover).collect();
        self.firing.values().filter(move |firing| !loading.contains(&firing.takeover))
    }

    /// One pass over all shards; `false` where nothing was due.
    fn pass(&mut self) -> bool {
        let now = clock::now();
        let plan = {
            let windows: Vec<&Firing> = self.loaded().filter(|firing| may_fire(&firing.owned)).collect();
            let firsts = windows.iter().filter_map(|firing| firing.window.first());
            let Some(next) = firsts.map(|(position, _)| position.fire_at).min() else {
                self.readiness.ready(Condition::DueEvents);
                return false;
            };
            let extent = Extent::of(next, now, self.settings.stage_ahead);
            pass::plan(windows.into_iter().map(|firing| (&*firing.owned, &firing.window)), extent)
        };
        if plan.is_empty() {
            // Whatever could not be published has been given up with its shard.
            self.readiness.ready(Condition::DueEvents);
            return false;
        }
        let ownership = Arc::clone(&self.ownership);
        let assignment = ownership.during_transaction();
        let Some(metadata) = assignment.metadata() else { return false };
        // Between planning and the guard a shard may have been given up: its part is then left out.
        let plan: Vec<_> = plan.into_iter().filter(|part| may_fire(&self.firing[&part.shard].owned)).collect();
        let owned: Vec<_> = plan.iter().map(|part| Arc::clone(&self.firing[&part.shard].owned)).collect();
        let began = Instant::now();
        let outcome = self.publish(metadata, &plan, now);
        drop(assignment);
        if matches!(outcome, Outcome::Committed) {
            metric::PASS_SECONDS.histogram(&[]).record(began.elapsed().as_secs_f64());
            let published = clock::now();
            self.readiness.progress().succeeded(Step::Fire);
            self.end_of_failures(now);
            for part in &plan {
                let firing = &self.firing[&part.shard];
                pass::report(firing, part.end, published);
                spans::fired(&firing.window, part.end, &self.settings, (now, published));
            }
        }
        self.conclude(outcome, &owned, |firing| {
            let mut frontier = firing.owned.frontier();
            frontier.complete_pass();
            firing.window.drop_through(frontier.marker());
            firing.committed_at = Instant::now();
        });
        true
    }

    fn publish(&mut self, metadata: &Arc<ConsumerGroupMetadata>, plan: &[pass::Part], now: Timestamp) -> Outcome {
        let mut offsets = TopicPartitionList::new();
        let mut last = now;
        for part in plan {
            last = last.max(part.end.fire_at);
            if let Err(error) = marker::add(&mut offsets, &self.settings.shards_topic, part.shard, part.end) {
                return Outcome::Aborted(error);
            }
        }
        let (firing, settings) = (&self.firing, &self.settings);
        let staged = last > now;
        // A staged event is seen when the transaction commits, which is not before its time.
        let fired_at = |position: Position| {
            // A clock that is set back must not make an event early.
            if staged { last } else { clock::now() }.max(position.fire_at)
        };
        let parts = plan.iter().map(|part| (part, &firing[&part.shard].window));
        self.transactor.transact(
            metadata,
            &offsets,
            |sending| pass::produce(sending, settings, parts, fired_at),
            || {
                clock::sleep_until(last);
                crate::failpoint::hit("before-due-commit");
            },
        )
    }

    /// Draws the consequences of a transaction for the shards that were in it.
    fn conclude(&mut self, outcome: Outcome, owned: &[Arc<OwnedShard>], committed: impl Fn(&mut Firing)) {
        match outcome {
            Outcome::Committed => {
                self.retry = None;
                self.readiness.ready(Condition::DueEvents);
                for owned in owned {
                    if let Some(firing) = self.firing_of(owned) {
                        committed(firing);
                    }
                }
            }
            Outcome::Aborted(error) => {
                tracing::warn!(%error, "due events could not be published; they are tried again");
                self.back_off(&error);
            }
            Outcome::Unknown(error) => {
                tracing::warn!(%error, "the outcome of a transaction is not known: the shards are taken over again");
                self.back_off(&error);
                self.start_over();
            }
        }
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
            .filter_map(|firing| firing.window.first())
            .map(|(position, _)| position.fire_at.micros().saturating_sub(stage_ahead).saturating_sub(now.micros()))
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
