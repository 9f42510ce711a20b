//! Consume and judge: reads both topics, the partitions in turn, judges each record, hands batches on.

mod positions;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};

pub use super::judge::Settings;
use super::judge::{BATCH_RECORDS, Judge};
use super::pace::Pace;
use super::queues::{Queues, Source};
use super::turns::Turns;
use super::{Item, Stream};
use crate::clock;
use crate::domain::command::rules::Rules;
use crate::domain::directory::Directory;
use crate::domain::ids::Shard;
use crate::kafka::arrivals::Arrivals;
use crate::kafka::calls::CallsUnderWay;
use crate::kafka::cluster::{Events, Says};
use crate::kafka::fault::{self, Fault};
use crate::kafka::hearing;
use crate::kafka::member::{Ends, Leaving, Rejoin, leave_behind};
use crate::kafka::ownership::Ownership;
use crate::kafka::standstill::Standstills;
use crate::readiness::Readiness;
use crate::stop::{Stop, tell};
use crate::takeover::{self, Start};
use crate::telemetry::metric;

/// How long the stage waits for a record when nothing is under way; a record ends it. So soon a callback of the client is
/// served, and so often an idle instance wakes up for nothing, which costs some 25 µs.
const POLL: Duration = Duration::from_millis(25);
/// How long it waits for more while the next stage is busy.
const BUSY_POLL: Duration = Duration::from_millis(1);
/// How often a partition that cannot be read is tried again: a person may have deleted what stands in the way.
const AGAIN: Duration = Duration::from_secs(5);
/// How often a partition of which the client hands over nothing is positioned once more. What it fetches meanwhile is lost by that.
const SILENT_AGAIN: Duration = Duration::from_secs(30);
/// How long it waits between attempts to make the member of the group anew.
const JOIN_AGAIN: Duration = Duration::from_secs(2);

/// The group that the stage reads in, and what it tells others of it.
pub struct Group<C: ConsumerContext + 'static> {
    /// The member.
    pub member: BaseConsumer<C>,
    /// Makes another one.
    pub join: Box<dyn Fn() -> KafkaResult<BaseConsumer<C>> + Send>,
    /// Asks for that.
    pub rejoin: Rejoin,
    /// What the group assigns.
    pub ownership: Arc<Ownership>,
    /// Takes shards over again.
    pub takeovers: Sender<takeover::Request>,
    /// Where partitions cannot be read.
    pub standstills: Standstills,
    /// Whether the stage could not take any more since the last look.
    pub is_full: Arc<AtomicBool>,
}

/// Makes a consumer of forwarded commands.
pub type ReadAmendments = Box<dyn Fn() -> KafkaResult<BaseConsumer<Events>> + Send>;

/// What the stage is made of.
pub struct Parts<C: ConsumerContext + 'static> {
    /// What an operator has set.
    pub settings: Settings,
    /// The member of the group, which reads commands.
    pub group: Group<C>,
    /// The consumer of forwarded commands.
    pub amendments: BaseConsumer<Events>,
    /// Makes another one.
    pub read_amendments: ReadAmendments,
    /// The directory as it is now.
    pub directory: Arc<RwLock<Directory>>,
    /// What commands are judged by.
    pub rules: Arc<Rules>,
    /// Shards that have been taken over, and where to begin.
    pub starts: Receiver<Start>,
    /// The stage that records.
    pub batches: SyncSender<Vec<Item>>,
    /// What is waited for.
    pub readiness: Readiness,
    /// Set when the service ends.
    pub stop: Stop,
}

/// The stage's state.
pub struct ConsumeStage<C: ConsumerContext + Says + Ends + 'static> {
    commands: Queues<C>,
    amendments: Queues<Events>,
    read_amendments: ReadAmendments,
    join: Box<dyn Fn() -> KafkaResult<BaseConsumer<C>> + Send>,
    rejoin: Rejoin,
    ownership: Arc<Ownership>,
    takeovers: Sender<takeover::Request>,
    standstills: Standstills,
    is_full: Arc<AtomicBool>,
    /// When the member may be made anew.
    join_at: Instant,
    arrivals: Arc<Arrivals<Source>>,
    turns: Turns<Source>,
    /// Partitions that are read on once what an earlier takeover has decided is answered.
    held_back: Vec<Source>,
    pace: Pace,
    starts: Receiver<Start>,
    batches: SyncSender<Vec<Item>>,
    readiness: Readiness,
    stop: Stop,
    judge: Judge,
    /// Takeovers whose partitions could not be positioned yet.
    waiting: Vec<Start>,
    calls: Arc<CallsUnderWay>,
}

impl<C: ConsumerContext + Says + Ends + 'static> ConsumeStage<C> {
    /// A stage that reads nothing before the first takeover.
    pub fn new(parts: Parts<C>) -> Self {
        let Parts { settings, group, amendments, read_amendments, directory, rules, starts, batches, readiness, stop } =
            parts;
        let Group { member, join, rejoin, ownership, takeovers, standstills, is_full } = group;
        let arrivals = Arc::default();
        let commands = Queues::new(member, Stream::Commands, &settings.commands_topic, &arrivals);
        let amendments = Queues::new(amendments, Stream::Amendments, &settings.amendments_topic, &arrivals);
        let (reading, batch) = (HashMap::new(), Vec::new());
        let pace = Pace::of(settings.pace);
        let judge =
            Judge { settings, directory, rules, reading, batch, batch_bytes: 0, began: None, awaits_answers: false };
        Self {
            commands,
            amendments,
            read_amendments,
            join,
            rejoin,
            ownership,
            takeovers,
            standstills,
            is_full,
            join_at: Instant::now(),
            arrivals,
            turns: Turns::default(),
            held_back: Vec::new(),
            pace,
            starts,
            batches,
            readiness,
            stop,
            judge,
            waiting: Vec::new(),
            calls: Arc::default(),
        }
    }

    /// For the watchdog.
    pub fn calls(&self) -> Arc<CallsUnderWay> {
        Arc::clone(&self.calls)
    }

    /// Runs until the stop token is set; then returns the member, which leaves the group when it is dropped.
    pub fn run(mut self) -> Leaving<C> {
        let mut busy = false;
        let mut steps_back = clock::steps_back();
        while !self.stop.is_set() {
            if std::mem::replace(&mut steps_back, clock::steps_back()) != steps_back {
                Arc::clone(&self.calls).during(|| {
                    self.commands.wake();
                    self.amendments.wake();
                });
            }
            // What comes until the next batch may begin is taken at once, not one by one.
            std::thread::sleep(self.pace.rest(Instant::now()).min(POLL));
            let patience = match (self.judge.batch.is_empty(), busy) {
                (true, _) => POLL,
                (false, true) => BUSY_POLL,
                (false, false) => Duration::ZERO,
            };
            // Also what the group calls back: a member that hangs in there would keep the others waiting.
            Arc::clone(&self.calls).during(|| {
                self.begin_reading();
                self.poll(patience);
                self.look_after_membership();
            });
            self.readiness.progress().reads(self.judge.batch.len());
            match self.hand_over() {
                Ok(taken) => busy = !taken,
                Err(Disconnected) => break,
            }
        }
        Leaving(self.commands.into_consumer())
    }

    /// Judges what has arrived, a turn of each partition after the other. When the batch is full it only serves the
    /// client, to stay in the group: what waits in the queues stays there, and bounds what is fetched.
    fn poll(&mut self, patience: Duration) {
        let errors = [self.commands.serve(), self.amendments.serve()];
        errors.iter().flatten().for_each(|error| self.hear(error));
        if self.judge.is_full() {
            self.is_full.store(true, Ordering::Relaxed);
            std::thread::sleep(BUSY_POLL);
            return;
        }
        if self.turns.current().is_none() {
            self.arrivals.wait(patience);
        }
        self.judge.look_whether_answers_are_awaited();
        for source in self.arrivals.take().into_iter().chain(std::mem::take(&mut self.held_back)) {
            self.turns.join(source);
        }
        // Bounded also where nothing is accepted any more, since only the next round notices that a shard is gone.
        for _ in 0..BATCH_RECORDS {
            if self.judge.is_full() {
                break;
            }
            let Some((stream, shard)) = self.turns.current() else { break };
            if self.judge.waits_for_answers(stream, shard) {
                self.turns.had_nothing();
                self.held_back.push((stream, shard));
                continue;
            }
            let polled = match stream {
                Stream::Commands => self.commands.next(shard),
                Stream::Amendments => self.amendments.next(shard),
            };
            match polled {
                Some(Ok(message)) => {
                    let goes_on = self.judge.accept(&message, stream);
                    self.turns.gave(message.payload_len());
                    if goes_on {
                        self.standstills.end(&self.judge.settings.place(stream, shard));
                    }
                }
                Some(Err(error)) => self.trouble(stream, shard, &error),
                None => self.turns.had_nothing(),
            }
        }
    }

    /// Offers the batch to the next stage; `true` where nothing is left here.
    fn hand_over(&mut self) -> Result<bool, Disconnected> {
        if self.judge.batch.is_empty() {
            return Ok(true);
        }
        let (records, now) = (self.judge.batch.len(), Instant::now());
        if !self.pace.wait(now, records).is_zero() {
            return Ok(false);
        }
        match self.batches.try_send(std::mem::take(&mut self.judge.batch)) {
            Ok(()) => {
                self.pace.measured(self.readiness.progress().answer_time());
                self.pace.begins(now, records);
                self.readiness.progress().hands_on(records);
                self.readiness.progress().reads(0);
                self.judge.batch_bytes = 0;
                if let Some(began) = self.judge.began.take() {
                    metric::BATCH_SECONDS.histogram(&["consume"]).record(began.elapsed().as_secs_f64());
                }
                Ok(true)
            }
            Err(TrySendError::Full(batch)) => {
                self.judge.batch = batch;
                Ok(false)
            }
            Err(TrySendError::Disconnected(_)) => Err(Disconnected),
        }
    }

    /// Does what an error in the place of records asks for. Whatever comes after it in the queue is not taken.
    fn trouble(&mut self, stream: Stream, shard: Shard, error: &KafkaError) {
        let said = match stream {
            Stream::Commands => self.commands.said(),
            Stream::Amendments => self.amendments.said(),
        };
        let cause = fault::in_words(error, said);
        hearing::count(stream.client(), error);
        let Some(reading) = self.judge.reading.get_mut(&shard) else {
            tracing::debug!(
                %shard, cause,
                "the Kafka client reports an error for a partition whose takeover is not done yet"
            );
            return;
        };
        let line = &mut reading.lines[stream as usize];
        let place = self.judge.settings.place(stream, shard);
        match fault::of(error) {
            Fault::Passing => tracing::debug!(%shard, cause, "the Kafka client reports an error for a partition"),
            // The client goes on by itself as soon as it can.
            Fault::Denied | Fault::Missing => {
                line.is_said = true;
                self.standstills.begin(place, line.next, cause);
            }
            Fault::Unreadable | Fault::MembershipOver | Fault::Fatal => {
                let held = match stream {
                    Stream::Commands => self.commands.hold(shard),
                    Stream::Amendments => self.amendments.unassign(shard),
                };
                if let Err(error) = held {
                    tracing::debug!(%shard, %error, "a partition that cannot be read could not be paused");
                }
                line.held = Some(Instant::now() + AGAIN);
                line.is_said = true;
                self.standstills.begin(place, line.next, cause);
            }
            // The client has gone past what it could not read, to an offset of its own that the log does not have: ours is
            // asked for again, and if that is gone it says so then.
            Fault::OffsetsGone if line.held.is_some() => {
                tracing::debug!(%shard, cause, "the Kafka client reports an error for a partition that is paused");
            }
            // Where to go on is read from the truth: from what is committed, and from what the log holds.
            fault @ (Fault::OffsetsGone | Fault::Truncated) => {
                let (topic, partition, offset) = (place.topic, place.partition, line.next);
                tracing::warn!(
                    topic,
                    partition,
                    offset,
                    cause,
                    "the log of a partition has no record at the offset that comes next; the shard is taken over again"
                );
                let owned = [&reading.owned];
                let awaiting = match fault {
                    Fault::Truncated => self.ownership.read_anew(owned),
                    _ => self.ownership.disown(owned),
                };
                tell(&self.takeovers, takeover::Request::Take(awaiting));
            }
        }
    }

    /// Does what an error that is not of one partition asks for: it has been said. From most of them the client recovers by
    /// itself: where the membership is over it joins again, and where it does not, that is noticed; a partition without a
    /// queue of its own is positioned again before it is read.
    fn hear(&self, error: &KafkaError) {
        if fault::of(error) == Fault::Fatal {
            let cause = fault::in_words(error, self.commands.said());
            self.rejoin.ask(format!("its client has failed for good: {cause}"));
        }
    }

    /// Makes the member of the group anew where its membership is over and the client does not mend that.
    fn look_after_membership(&mut self) {
        let now = Instant::now();
        if now < self.join_at {
            return;
        }
        let Some(why) = self.rejoin.take(&self.ownership) else { return };
        self.join_at = now + JOIN_AGAIN;
        match (self.join)() {
            Ok(member) => {
                tracing::error!(
                    why,
                    "the broker has ended this instance's membership in the consumer group; it joins again as a new member"
                );
                metric::REJOINS.counter(&[]).increment(1);
                // Before another member's assignment can come: what was done under the old one ends here.
                self.ownership.leave();
                let old = self.commands.replace(member);
                old.context().end();
                leave_behind(old);
            }
            Err(error) => {
                tracing::error!(why, %error, "a new member of the group cannot be made; tried again");
                self.rejoin.ask(why);
            }
        }
    }
}

/// The next stage is gone.
struct Disconnected;

#[cfg(test)]
mod tests;
