//! The service: opens what it needs, starts the loops, stops them in order.

mod error;
mod open;
mod probes;
mod producers;
mod promotion;
mod reading;
mod threads;

use std::sync::mpsc::{SyncSender, channel, sync_channel};
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use self::error::ServiceError;
pub use self::open::{cluster_of, endpoint_of};
use self::reading::Read;
use self::threads::{Joined, join, spawn};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::clock;
use crate::config::Config;
use crate::dispatch::{self, Dispatch, EventSettings, loader::Loader};
use crate::domain::directory::Directory;
use crate::domain::phone;
use crate::ingest::lanes::lanes;
use crate::ingest::sweeper::Sweeper;
use crate::ingest::{self, answer, consume, record};
use crate::kafka::cluster::Cluster;
use crate::kafka::fired::DueTopic;
use crate::kafka::follower::Follower;
use crate::kafka::group_database::GroupDatabaseReader;
use crate::kafka::growth::Growth;
use crate::kafka::logs::Logs;
use crate::kafka::member::Rejoin;
use crate::kafka::offsets::OffsetReader;
use crate::kafka::ownership::Ownership;
use crate::kafka::positions::Positions;
use crate::kafka::standstill::Standstills;
use crate::ops::Status;
use crate::postgres::session::Endpoint;
use crate::probe;
use crate::stop::{Stop, tell};
use crate::takeover::{self, Belonging, Takeover};
use crate::telemetry::metric;
use crate::timekeeper;
use crate::upkeep;
use crate::watchdog;
use crate::wire::decode::Limits;

/// How often is looked whether to stop, or whether a loop has ended.
const SUPERVISION: Duration = Duration::from_millis(50);
/// How long the loops may take to end once they are told to, with servers away or not. What a loop leaves open is
/// ended by the next owner, as after a crash.
const LOOPS_END: Duration = Duration::from_secs(3);
/// How long giving the shards up and leaving the group may take after that.
const LEAVING: Duration = Duration::from_secs(2);
/// Batches that may be recorded ahead of the transaction that answers them.
const RECORDED_BATCHES: usize = 4;
/// Messages that may wait for the dispatch loop.
const DISPATCH_INBOX: usize = 1_024;

/// Runs the service until the stop token is set; blocks. `runtime` drives the database connections and the ops server.
///
/// # Errors
/// Where it could not start, or one of its loops ended by itself.
pub fn run(config: &Config, runtime: &Handle, stop: &Stop) -> Result<(), ServiceError> {
    let (cluster, endpoint) = (cluster_of(config)?, endpoint_of(config)?);
    clock::keep(config.due.clock_skew);
    let status = Status::new(&instance_name(), endpoint).with_due_topic(DueTopic {
        cluster: cluster.clone(),
        topic: config.topics.due.to_string(),
        stage_ahead: config.due.stage_ahead,
    });
    let ops = open::ops(config, runtime, &status, stop)?;
    let started = start(config, cluster, runtime, &status, stop);
    let outcome = match started {
        Ok(Some(loops)) => loops.supervise(stop),
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    stop.set();
    if let Some(ops) = ops
        && let Err(error) = runtime.block_on(ops)
    {
        tracing::debug!(%error, "the ops server did not end in order");
    }
    outcome
}

/// The loops' threads, in the order in which they are stopped.
struct Loops {
    threads: Vec<(&'static str, JoinHandle<()>)>,
    /// Wakes the dispatch loop.
    dispatch: SyncSender<dispatch::Message>,
    /// Ends when the consumer has left the group.
    takeovers: std::sync::mpsc::Sender<takeover::Request>,
    ownership: Arc<Ownership>,
    takeover: JoinHandle<()>,
    member: std::sync::mpsc::Receiver<Box<dyn Send>>,
}

/// Opens everything and starts the loops; `None` where it was told to stop before that.
fn start(
    config: &Config,
    cluster: Cluster,
    runtime: &Handle,
    status: &Status,
    stop: &Stop,
) -> Result<Option<Loops>, ServiceError> {
    let readiness = &status.readiness;
    let deadline = Instant::now() + config.service.startup_timeout;
    let endpoint = status.endpoint.clone();
    let group = Arc::new(GroupDatabaseReader::new(&cluster, &config.topics)?);
    if !open::database(&endpoint, &group, runtime, readiness, stop, deadline)? {
        return Ok(None);
    }
    let Some(growth) = open::topics(config, &cluster, readiness, stop, deadline)?.map(Arc::new) else {
        return Ok(None);
    };
    let belonging = open::belonging(config, &cluster, &group, &endpoint, runtime, (readiness, stop), deadline)?;
    let Some(belonging) = belonging else { return Ok(None) };
    phone::warm_up();
    let directory: Arc<RwLock<Directory>> = Arc::default();
    let (positions, standstills) = (Positions::default(), Standstills::new(readiness.clone()));
    let told = (&positions, &standstills);
    let Some(follower) = open::directory(config, &cluster, &growth, &directory, told, (readiness, stop), deadline)?
    else {
        return Ok(None);
    };
    let opened = Opened { cluster, endpoint, directory, follower, growth, belonging, positions, standstills };
    spawn_loops(config, runtime, status, stop, opened).map(Some)
}

/// What the loops share.
struct Opened {
    cluster: Cluster,
    endpoint: Endpoint,
    directory: Arc<RwLock<Directory>>,
    follower: Follower,
    growth: Arc<Growth>,
    belonging: Belonging,
    positions: Positions,
    standstills: Standstills,
}

#[expect(clippy::too_many_lines, reason = "the wiring of all loops, which reads best in one piece")]
fn spawn_loops(
    config: &Config,
    runtime: &Handle,
    status: &Status,
    stop: &Stop,
    opened: Opened,
) -> Result<Loops, ServiceError> {
    let Opened { cluster, endpoint, directory, follower, growth, belonging, positions, standstills } = opened;
    let partitions = growth.commands();
    let Status { readiness, ownership, recent, instance, .. } = status.clone();
    let instance = instance.to_string();
    tracing::info!(instance, partitions, "the service starts");
    metric::PARTITIONS.gauge(&[]).set(partitions);
    let rules = Arc::new(config.rules.clone());
    let topics = &config.topics;
    let state_topic = topics.state.as_ref().map(ToString::to_string);
    let state = state_topic.is_some().then_some(config.state.contact);
    let events = EventSettings { source: config.service.source.clone(), state };
    let (dispatch_sender, dispatch_inbox) = sync_channel(DISPATCH_INBOX);
    let (load_sender, load_requests) = channel();
    let (time_sender, asked_by_time) = channel();
    let (takeover_sender, takeover_requests) = channel();
    let (start_sender, starts) = channel();
    // No batch waits between the first two stages: it grows instead. What is recorded waits to be answered together.
    let (batch_sender, time_lane, batches) = lanes();
    let (answer_sender, answers) = sync_channel(RECORDED_BATCHES);

    let (is_full, rejoin) = (Arc::default(), Rejoin::default());
    let read = Read { positions, standstills, is_full, ownership: Arc::clone(&ownership), rejoin };
    let group = reading::group(&cluster, &instance, (topics, partitions), &read, &takeover_sender)?;
    let read_amendments = reading::amendments(&cluster, partitions, &read);
    let amendments = read_amendments()?;
    let fellows = ownership.fellows().clone();
    let [ingest_producer, dispatch_producer] = producers::of(&cluster, topics, &instance, &amendments, &fellows)?;

    let consume = consume::ConsumeStage::new(consume::Parts {
        settings: consume::Settings {
            commands_topic: topics.commands.to_string(),
            amendments_topic: topics.amendments.to_string(),
            limits: Limits { command_bytes: config.limits.command_bytes },
            pace: config.results.pace,
        },
        group,
        amendments,
        read_amendments,
        directory: Arc::clone(&directory),
        rules: Arc::clone(&rules),
        starts,
        batches: batch_sender,
        readiness: readiness.clone(),
        stop: stop.clone(),
    });
    watchdog::watch(vec![consume.calls(), ingest_producer.calls(), dispatch_producer.calls()])
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    let record = record::RecordStage::new(record::Parts {
        settings: record::Settings {
            events: events.clone(),
            retain_commands: config.retention.commands,
            growth: Arc::clone(&growth),
        },
        endpoint: endpoint.clone(),
        runtime: runtime.clone(),
        ownership: Arc::clone(&ownership),
        directory: Arc::clone(&directory),
        rules,
        dispatch: dispatch_sender.clone(),
        takeovers: takeover_sender.clone(),
        readiness: readiness.clone(),
        recent,
        stop: stop.clone(),
    });
    let answering = answer::AnswerStage::new(
        ingest::Topics {
            commands_topic: topics.commands.to_string(),
            amendments_topic: topics.amendments.to_string(),
            results_topic: topics.results.to_string(),
            dead_letters_topic: topics.dead_letters.to_string(),
            state_topic: state_topic.clone(),
        },
        Arc::clone(&ownership),
        ingest_producer,
        takeover_sender.clone(),
        readiness.clone(),
        stop.clone(),
    );
    let dispatch = Dispatch::new(dispatch::Parts {
        settings: dispatch::Settings {
            due_topic: topics.due.to_string(),
            shards_topic: topics.shards.to_string(),
            state_topic: state_topic.clone(),
            events: events.clone(),
            window: config.due.window,
            window_rows: config.due.window_rows,
            stage_ahead: config.due.stage_ahead,
            acknowledge_within: config.lifecycle.acknowledge_within,
        },
        ownership: Arc::clone(&ownership),
        directory,
        transactor: dispatch_producer,
        inbox: dispatch_inbox,
        loads: load_sender,
        sweeps: time_sender,
        takeovers: takeover_sender.clone(),
        readiness: readiness.clone(),
        stop: stop.clone(),
    });
    let loader = Loader::new(
        endpoint.clone(),
        events,
        runtime.clone(),
        dispatch_sender.clone(),
        readiness.clone(),
        stop.clone(),
    );
    let sweeper = Sweeper::new(
        endpoint.clone(),
        runtime.clone(),
        time_lane,
        dispatch_sender.clone(),
        readiness.clone(),
        stop.clone(),
    );
    let logs = Arc::new(Logs::new(&cluster)?);
    let word = belonging.word();
    let takeover = Takeover::new(takeover::Parts {
        settings: takeover::Settings { instance, retain_callbacks: config.retention.callbacks },
        offsets: OffsetReader::new(cluster.clone(), topics, Arc::clone(&logs))?,
        fellows,
        belonging,
        growth: Arc::clone(&growth),
        endpoint: endpoint.clone(),
        runtime: runtime.clone(),
        ownership: Arc::clone(&ownership),
        dispatch: dispatch_sender.clone(),
        starts: start_sender,
        readiness: readiness.clone(),
        stop: stop.clone(),
    });

    let kept = upkeep::Kept { commands: config.retention.commands, callbacks: config.retention.callbacks };
    runtime.spawn(upkeep::look_after_partitions(endpoint.clone(), kept, stop.clone()));
    let ask_now = Arc::new(Notify::new());
    runtime.spawn(timekeeper::watch(readiness.clone(), Arc::clone(&ask_now), stop.clone()));
    let again = takeover_sender.clone();
    runtime.spawn(promotion::watch(endpoint.clone(), Arc::clone(&ownership), again, stop.clone()));
    runtime.spawn(probe::postgres(endpoint.clone(), readiness.clone(), ask_now, stop.clone()));
    let watch = reading::watch(logs, &cluster, topics, read, &takeover_sender);
    let (handle, watch_stop) = (runtime.clone(), stop.clone());
    spawn("watch", move || probe::logs(watch, &handle, &watch_stop))?;
    let (handle, probe_stop) = (runtime.clone(), stop.clone());
    let probe = probes::kafka(cluster, topics, growth, word, endpoint, readiness.clone(), &takeover_sender)?;
    spawn("probe", move || probe.run(&handle, &probe_stop))?;

    let (left, member) = channel::<Box<dyn Send>>();
    let threads = vec![
        ("consume", spawn("consume", move || tell(&left, Box::new(consume.run()) as Box<dyn Send>))?),
        ("record", spawn("record", move || record.run(batches, &answer_sender))?),
        ("answer", spawn("answer", move || answering.run(&answers))?),
        ("dispatch", spawn("dispatch", move || dispatch.run())?),
        ("load", spawn("load", move || loader.run(&load_requests))?),
        ("sweep", spawn("sweep", move || sweeper.run(&asked_by_time))?),
        ("directory", spawn("directory", move || follower.follow())?),
    ];
    let takeover = spawn("takeover", move || takeover.run(&takeover_requests))?;
    Ok(Loops { threads, dispatch: dispatch_sender, takeovers: takeover_sender, ownership, takeover, member })
}

impl Loops {
    /// Waits until it is time to stop, or a loop ends by itself, which is a fault; then stops all in order.
    fn supervise(self, stop: &Stop) -> Result<(), ServiceError> {
        let ended = loop {
            if stop.is_set() {
                break None;
            }
            if let Some((name, _)) = self.threads.iter().find(|(_, thread)| thread.is_finished()) {
                break Some(*name);
            }
            if self.takeover.is_finished() {
                break Some("takeover");
            }
            std::thread::sleep(SUPERVISION);
        };
        stop.set();
        // Where it is full the loop has something to wake up for.
        self.dispatch.try_send(dispatch::Message::Wake).unwrap_or_default();
        drop(self.dispatch);
        let deadline = Instant::now() + LOOPS_END;
        let mut panicked = None;
        let mut late = Vec::new();
        for (name, thread) in self.threads {
            match join(thread, deadline) {
                Joined::Ended => {}
                Joined::Panicked => panicked = Some(name),
                Joined::Late => late.push(name),
            }
        }
        let deadline = Instant::now() + LEAVING;
        if late.is_empty() {
            // Nothing is under way any more: say how far it went, give the shards up, then leave the group.
            let (done, waiting) = channel();
            let owned = self.ownership.owned();
            let shards = self.ownership.revoke(owned.iter().map(|owned| owned.shard));
            tell(&self.takeovers, takeover::Request::Release { shards, done });
            if waiting.recv_timeout(LEAVING / 2).is_err() {
                tracing::warn!("the shards could not be given up in order; their next owner finds out by itself");
            }
        } else {
            tracing::warn!(
                loops = late.join(", "),
                "these loops still wait for a server; the service ends without them, and the next owner settles what \
                 they leave behind"
            );
        }
        let member = self.member;
        if matches!(join(spawn("leave", move || drop(member))?, deadline), Joined::Late) {
            tracing::warn!(
                "the consumer group could not be left in time; the broker ends the membership when the session is over"
            );
        }
        drop(self.takeovers);
        if matches!(join(self.takeover, deadline), Joined::Panicked) {
            panicked = Some("takeover");
        }
        match panicked.or(ended) {
            Some(name) => Err(ServiceError::Internal(format!("the {name} loop ended by itself"))),
            None => Ok(()),
        }
    }
}

/// A name that no other instance has or had: it is in the table `shard` and in the transactional ids.
fn instance_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host: String = host.trim().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
    format!("{host}.{}.{}", std::process::id(), clock::now().micros())
}
