//! The dispatch loop: fires callbacks when their time comes. Reads PostgreSQL, never writes it.
//!
//! It performs what `protocol::firing` says, and decides nothing about order, retries or doubt.

mod lateness;
pub mod loader;
mod markers;
mod message;
mod overdue;
mod owners;
mod publish;
mod records;
mod spans;
mod timed;

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use rdkafka::error::KafkaError;

use self::lateness::Lateness;
pub use self::message::{LoadRequest, Message};
use self::overdue::{Overdue, Say};
use self::owners::OwnedShards;
pub use self::timed::{EventSettings, Timed};
use crate::clock;
use crate::domain::directory::Directory;
use crate::kafka::cause::cause;
use crate::kafka::ownership::{OwnedShard, Ownership};
use crate::kafka::transactions::{Outcome, Transactor};
use crate::protocol::Fault;
use crate::protocol::firing::{self, ByTime, Firing, Moment, Next};
use crate::readiness::{Condition, Readiness};
use crate::stop::{Stop, tell};
use crate::takeover;
use crate::telemetry::metric;

/// The loop's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Topic of due events.
    pub due_topic: String,
    /// Topic whose offsets are the markers.
    pub shards_topic: String,
    /// Topic of states; `None` where there is none.
    pub state_topic: Option<String>,
    /// How what is published is written.
    pub events: EventSettings,
    /// How far ahead callbacks are loaded.
    pub window: Duration,
    /// How many callbacks are loaded at most, of all shards together.
    pub window_rows: usize,
    /// How far ahead of its time a transaction may be prepared.
    pub stage_ahead: Duration,
    /// How long a tracked presentation may stay without any report.
    pub acknowledge_within: Duration,
}

/// What the loop is made of.
pub struct Parts {
    /// What an operator has set.
    pub settings: Settings,
    /// Whose shards are whose.
    pub ownership: Arc<Ownership>,
    /// The directory as it is now.
    pub directory: Arc<RwLock<Directory>>,
    /// Publishes due events.
    pub transactor: Transactor,
    /// What the loop is told.
    pub inbox: Receiver<Message>,
    /// Asks for rows of the database.
    pub loads: Sender<LoadRequest>,
    /// Hands on what time makes of callbacks.
    pub sweeps: Sender<ByTime<Arc<OwnedShard>>>,
    /// Asks for shards to be taken over again.
    pub takeovers: Sender<takeover::Request>,
    /// What is waited for.
    pub readiness: Readiness,
    /// Set when the service ends.
    pub stop: Stop,
}

/// The loop; runs on a thread of its own.
pub struct Dispatch {
    settings: Settings,
    ownership: Arc<Ownership>,
    transactor: Transactor,
    inbox: Receiver<Message>,
    loads: Sender<LoadRequest>,
    takeovers: Sender<takeover::Request>,
    readiness: Readiness,
    stop: Stop,
    started: Instant,
    owners: OwnedShards,
    /// What time makes of callbacks goes there.
    sweeps: Sender<ByTime<Arc<OwnedShard>>>,
    firing: Firing<Arc<OwnedShard>, Timed>,
    lateness: Lateness,
    due_overdue: Overdue,
    sweep_overdue: Overdue,
}

impl Dispatch {
    /// A loop that owns nothing yet.
    pub fn new(parts: Parts) -> Self {
        let Parts { settings, ownership, directory, transactor, inbox, loads, sweeps, takeovers, readiness, stop } =
            parts;
        let firing = firing::Bounds::new(
            settings.window,
            settings.window_rows,
            settings.stage_ahead,
            settings.acknowledge_within,
        );
        Self {
            settings,
            ownership,
            transactor,
            inbox,
            loads,
            sweeps,
            owners: OwnedShards { directory },
            takeovers,
            readiness,
            stop,
            started: Instant::now(),
            firing: Firing::new(firing),
            lateness: Lateness::default(),
            due_overdue: Overdue::default(),
            sweep_overdue: Overdue::default(),
        }
    }

    /// Runs until the stop token is set, or everyone who could tell it something is gone.
    pub fn run(mut self) {
        let mut wait = Duration::ZERO;
        while !self.stop.is_set() {
            match self.inbox.recv_timeout(wait) {
                Ok(message) => {
                    self.receive(message);
                    while let Ok(message) = self.inbox.try_recv() {
                        self.receive(message);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.transactor.has_lost_all_brokers() {
                self.firing.lost_brokers();
            }
            self.report();
            wait = self.perform();
        }
    }

    fn receive(&mut self, message: Message) {
        match message {
            Message::Confirm { shards, told, confirmed } => {
                let accepted = self.confirm(shards, told.as_ref());
                tell(&confirmed, accepted);
            }
            Message::Changed { owned, mut changes, reach, hold } => {
                self.lateness.changed(&owned, &mut changes);
                self.firing.changed(&self.owners, &owned, changes, reach, hold);
            }
            Message::Loaded { load, rows } => {
                if let Ok(rows) = &rows {
                    self.lateness.loaded(&load, rows, self.firing.window(&load.owner));
                }
                self.firing.loaded(&self.owners, load, rows, self.started.elapsed());
            }
            Message::Swept { sweep, is_done } => self.firing.swept(&sweep, is_done, self.started.elapsed()),
            Message::Wake => {}
        }
    }

    /// Does what is to be done up to the end of a pass, or until there is nothing to do for so long as is returned.
    fn perform(&mut self) -> Duration {
        while !self.stop.is_set() {
            match self.firing.next(&self.owners, self.moment()) {
                Next::Load(loads) => {
                    for load in loads {
                        self.lateness.loads(&load.owner);
                        tell(&self.loads, load);
                    }
                }
                Next::Reset => self.reset(),
                Next::Publish(pass) => {
                    self.publish(pass);
                    break;
                }
                Next::Recommit(stale) => self.recommit(stale),
                Next::Look(looks) => looks.into_iter().for_each(|look| tell(&self.sweeps, ByTime::Look(look))),
                Next::Sweep(sweep) => tell(&self.sweeps, ByTime::Sweep(sweep)),
                Next::StartOver => {
                    tell(&self.takeovers, takeover::Request::Take(self.ownership.disown_all()));
                }
                Next::Wait(wait) => {
                    if !self.firing.is_backing_off() {
                        self.readiness.ready(Condition::DueEvents);
                    }
                    return wait;
                }
            }
        }
        Duration::ZERO
    }

    fn moment(&self) -> Moment {
        Moment { time: clock::now(), running: self.started.elapsed(), can_publish: self.transactor.is_ready() }
    }

    fn reset(&mut self) {
        let came = self.transactor.reset();
        self.firing.reset(came.as_ref().copied().map_err(|_| Fault::Away), self.started.elapsed());
        if let Err(error) = came {
            tracing::warn!(%error, "the producer of due events cannot be initialised");
            self.note_failure(&error);
        }
    }

    /// Due events cannot be published for now.
    fn note_failure(&mut self, error: &KafkaError) {
        metric::RETRIES.counter(&["dispatch", "kafka", cause(error)]).increment(1);
        self.lateness.failed();
        self.readiness.waiting(Condition::DueEvents, error.to_string());
    }

    /// What the windows hold, and from when on something may be due that is not fired.
    fn report(&mut self) {
        let assigned = self.ownership.count().map_or(0, |(assigned, _)| assigned);
        self.lateness.report(self.firing.windows(), assigned, self.readiness.progress());
        let running = self.started.elapsed();
        let due_overdue = self.readiness.progress().overdue(clock::now());
        let sweep_overdue = self.firing.sweep_overdue(running);
        metric::SWEEP_OVERDUE_SECONDS.gauge(&[]).set(sweep_overdue.as_secs_f64());
        match self.due_overdue.say(due_overdue, running) {
            Some(Say::Late) => {
                tracing::warn!(seconds = due_overdue.as_secs(), "due events are late: one has been due for so long");
            }
            Some(Say::InTime) => tracing::info!("due events are published in time again"),
            None => {}
        }
        match self.sweep_overdue.say(sweep_overdue, running) {
            Some(Say::Late) => tracing::warn!(
                seconds = sweep_overdue.as_secs(),
                "presentations without a report are dealt with late, by so much"
            ),
            Some(Say::InTime) => tracing::info!("presentations without a report are dealt with in time again"),
            None => {}
        }
    }
}

/// How the machine hears of the end of a transaction.
const fn came(outcome: &Outcome) -> Result<(), Fault> {
    match outcome {
        Outcome::Committed => Ok(()),
        Outcome::Aborted(_) => Err(Fault::Aborted),
        Outcome::Unknown(_) => Err(Fault::Unknown),
    }
}
