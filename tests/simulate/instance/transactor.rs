//! The Kafka client's transactions, as `kafka::transactions` makes them: two producers a loop, which take turns, and three
//! ways for a transaction to end.

use std::rc::Rc;
use std::task::Poll;

use super::fellows::Pending;
use super::shared::Shared;
use crate::broker::group::Membership;
use crate::broker::log::Record;
use crate::broker::{Committed, Epoch, Error, Partition, Topic};
use crate::executor::{MILLIS, Micros, SECOND};
use crate::network::Broken;
use crate::rules::LeftOut;

/// How long one call may take.
const CALL: Micros = 10 * SECOND;
/// How long sending offsets may take.
const OFFSETS: Micros = 7 * SECOND;

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it counts.
    Committed,
    /// Nothing of it does.
    Aborted,
    /// Nobody knows.
    Unknown,
}

/// What goes into a transaction.
pub struct Content {
    pub records: Vec<(Partition, Rc<Record>)>,
    pub offsets: Vec<(Partition, Committed)>,
}

struct Turn {
    id: String,
    epoch: Option<Epoch>,
    requests: u64,
}

/// The producers of one loop.
pub struct Transactor {
    shared: Rc<Shared>,
    turns: Vec<Turn>,
    next: usize,
    /// Where this loop publishes.
    topics: &'static [Topic],
    /// How often the connection had broken when this was last asked.
    breaks: u64,
    /// Whether one of these producers may have left a transaction hanging.
    in_doubt: bool,
    pending: Pending,
    /// How often the instance's producers had been fenced when these were made.
    fenced: u64,
    /// Whether the last transaction failed since others had fenced its producer.
    is_fenced: bool,
    /// Whether producers that are gone had lost the connection.
    has_lost: bool,
}

/// The transactional ids of an instance, of its loop that answers or of the one that fires.
pub fn transactional_ids(instance: &str, is_dispatch: bool) -> [String; 2] {
    let what = if is_dispatch { "dispatch" } else { "ingest" };
    [0, 1].map(|number| format!("{instance}.{what}.{number}"))
}

impl Transactor {
    /// Producers that are yet to be made.
    pub fn new(shared: &Rc<Shared>, is_dispatch: bool) -> Self {
        let turn = |id| Turn { id, epoch: None, requests: 0 };
        let turns = transactional_ids(&shared.name, is_dispatch).into_iter().map(turn).collect();
        let topics: &[Topic] = match (is_dispatch, shared.settings.has_state) {
            (true, false) => &[Topic::Due],
            (true, true) => &[Topic::Due, Topic::State],
            (false, false) => &[Topic::Results, Topic::DeadLetters, Topic::Amendments],
            (false, true) => &[Topic::Results, Topic::DeadLetters, Topic::Amendments, Topic::State],
        };
        let (breaks, pending) = (shared.kafka.breaks(), shared.fellows.enter());
        Self {
            shared: Rc::clone(shared),
            turns,
            next: 0,
            topics,
            breaks,
            in_doubt: false,
            pending,
            fenced: shared.fellows.fenced(),
            is_fenced: false,
            has_lost: false,
        }
    }

    /// Whether the producers can be used.
    pub fn is_ready(&self) -> bool {
        self.turns.iter().all(|turn| turn.epoch.is_some()) && self.fenced == self.shared.fellows.fenced()
    }

    /// Makes those that are missing, and ends what they may have left hanging; whether all could be.
    pub async fn reset(&mut self) -> bool {
        let (breaks, fenced) = (self.shared.kafka.breaks(), self.shared.fellows.fenced());
        if fenced != self.fenced {
            if self.turns.iter().any(|turn| turn.epoch.is_some()) && self.breaks != breaks {
                self.has_lost = true;
                self.doubt();
            }
            self.turns.iter_mut().for_each(|turn| turn.epoch = None);
        }
        if self.turns.iter().all(|turn| turn.epoch.is_none()) {
            // What was in vain before that is over.
            self.breaks = breaks;
        }
        let ends = self.in_doubt && self.shared.left_out != LeftOut::EndOwnHanging;
        for turn in self.turns.iter_mut().filter(|turn| turn.epoch.is_none()) {
            let Some(epoch) = initialise(&self.shared, &turn.id).await else { return false };
            if ends && !end(&self.shared, &turn.id, epoch, self.topics, None).await {
                return false;
            }
            let hears = self.shared.is_clock_refuted() && self.shared.left_out != LeftOut::HearTheBroker;
            if hears && !hear_the_time(&self.shared, &turn.id, epoch, 1 + u64::from(ends), self.topics[0]).await {
                return false;
            }
            (turn.epoch, turn.requests) = (Some(epoch), u64::from(ends) + u64::from(hears));
        }
        self.in_doubt = false;
        self.fenced = fenced;
        self.pending.set(None);
        true
    }

    /// Whether the connection to the broker has been lost since this was last asked. Then the producers are gone.
    pub fn has_lost_all_brokers(&mut self) -> bool {
        if std::mem::take(&mut self.has_lost) {
            self.doubt();
            return true;
        }
        if self.turns.iter().all(|turn| turn.epoch.is_none()) {
            // There is none that could have heard of it.
            return false;
        }
        let breaks = self.shared.kafka.breaks();
        let has_lost = std::mem::replace(&mut self.breaks, breaks) != breaks
            && self.shared.left_out != LeftOut::StartOverAfterOutage;
        if has_lost {
            self.doubt();
        }
        has_lost
    }

    fn begins_pending(&self) {
        self.pending.set(self.pending.get().or(Some(self.shared.sim.now())));
    }

    /// The last transaction of each may hang, and must not be continued by a later one of the same producer.
    fn doubt(&mut self) {
        self.in_doubt = true;
        self.begins_pending();
        self.turns.iter_mut().for_each(|turn| turn.epoch = None);
    }

    /// One transaction; `before_commit` says whether to commit it. Its guard has to be held.
    pub async fn transact(
        &mut self,
        membership: Membership,
        content: Content,
        before_commit: impl AsyncFnOnce() -> bool,
    ) -> Outcome {
        let turn = self.next;
        self.next = (self.next + 1) % self.turns.len();
        self.begins_pending();
        let outcome = self.run(turn, membership, content, before_commit).await;
        if outcome == Outcome::Unknown {
            // Whoever fenced one has most likely fenced the others.
            if std::mem::take(&mut self.is_fenced) && self.fenced == self.shared.fellows.fenced() {
                self.shared.fellows.fence();
            }
            self.doubt();
        } else {
            self.pending.set(None);
        }
        outcome
    }

    async fn run(
        &mut self,
        turn: usize,
        membership: Membership,
        content: Content,
        before_commit: impl AsyncFnOnce() -> bool,
    ) -> Outcome {
        let Some(epoch) = self.turns[turn].epoch else { return Outcome::Aborted };
        let id = self.turns[turn].id.clone();
        let Content { records, offsets } = content;
        let (records, offsets) = (Rc::new(records), Rc::new(offsets));
        if !records.is_empty() {
            self.turns[turn].requests += 1;
            let number = self.turns[turn].requests;
            let (broker, own, records) = (Rc::clone(&self.shared.broker), id.clone(), Rc::clone(&records));
            let produce = move || broker.add(&own, epoch, number, &records);
            let asked = self.shared.sim.now();
            match self.persist("produce", CALL, Some(Error::Refused), produce).await {
                Some(Ok(())) => self.shared.was_delivered(asked),
                Some(Err(Error::Fenced)) => {
                    self.is_fenced = true;
                    return Outcome::Unknown;
                }
                Some(Err(_)) => {
                    if self.shared.left_out == LeftOut::GiveUpAtOnce {
                        // As it was: what is queued behind the failed record was waited for.
                        self.shared.sim.sleep(30 * SECOND).await;
                    }
                    return self.give_up(&id, epoch).await;
                }
                None => return self.give_up(&id, epoch).await,
            }
        }
        let (broker, own, next) = (Rc::clone(&self.shared.broker), id.clone(), Rc::clone(&offsets));
        let send = move || broker.send_offsets(&own, epoch, Some(membership), &next);
        match self.persist("send offsets", OFFSETS, Some(Error::Refused), send).await {
            Some(Ok(())) => {}
            Some(Err(Error::Fenced)) => {
                self.is_fenced = true;
                return Outcome::Unknown;
            }
            None => return Outcome::Unknown,
            Some(Err(_)) => return self.give_up(&id, epoch).await,
        }
        if self.shared.kafka.breaks() != self.breaks && self.shared.left_out != LeftOut::StartOverAfterOutage {
            // It must not be committed after one of which it is no longer certain that it was.
            self.give_up(&id, epoch).await;
            return Outcome::Unknown;
        }
        if !before_commit().await {
            return self.give_up(&id, epoch).await;
        }
        let (broker, own) = (Rc::clone(&self.shared.broker), id.clone());
        match self.persist("commit events", CALL, None, move || broker.end_transaction(&own, epoch, true)).await {
            Some(Ok(())) => Outcome::Committed,
            Some(Err(_)) | None => Outcome::Unknown,
        }
    }

    /// Only an abort that succeeded makes it certain that nothing counts.
    async fn give_up(&self, id: &str, epoch: Epoch) -> Outcome {
        let (broker, own) = (Rc::clone(&self.shared.broker), id.to_owned());
        match self.persist("abort events", CALL, None, move || broker.end_transaction(&own, epoch, false)).await {
            Some(Ok(())) => Outcome::Aborted,
            Some(Err(_)) | None => Outcome::Unknown,
        }
    }

    async fn persist(
        &self,
        name: &'static str,
        patience: Micros,
        refused: Option<Error>,
        effect: impl Fn() -> Result<(), Error> + Clone + 'static,
    ) -> Option<Result<(), Error>> {
        persist(&self.shared, name, patience, refused, effect).await
    }
}

/// Calls the broker as the client does: once more after each broken connection, and while the broker is busy with the
/// transaction before. `None` where its patience has come to its end.
async fn persist<T: 'static>(
    shared: &Shared,
    name: &'static str,
    patience: Micros,
    refused: Option<Error>,
    effect: impl Fn() -> Result<T, Error> + Clone + 'static,
) -> Option<Result<T, Error>> {
    let sim = &shared.sim;
    let deadline = sim.now() + patience;
    while sim.now() < deadline {
        let attempt = effect.clone();
        let call = shared.kafka.call(name, deadline - sim.now(), move || Poll::Ready(attempt()), refused.map(Err));
        match call.await {
            Ok(Err(Error::Concurrent)) => sim.sleep(20 * MILLIS).await,
            Ok(outcome) => return Some(outcome),
            Err(Broken::Away | Broken::Lost) => sim.sleep(sim.between(20 * MILLIS, 100 * MILLIS)).await,
        }
    }
    None
}

/// `init_transactions`: fences others of that id, and aborts what they left open.
pub async fn initialise(shared: &Shared, id: &str) -> Option<Epoch> {
    let (broker, own) = (Rc::clone(&shared.broker), id.to_owned());
    persist(shared, "initialise producer", CALL, None, move || broker.initialise(&own)).await?.ok()
}

/// Hears the broker's clock by a record that is aborted; whether that was done.
async fn hear_the_time(shared: &Shared, id: &str, epoch: Epoch, number: u64, topic: Topic) -> bool {
    let (broker, own) = (Rc::clone(&shared.broker), id.to_owned());
    let asked = shared.sim.now();
    let touch = move || broker.add(&own, epoch, number, &[((topic, 0), Rc::default())]);
    if !matches!(persist(shared, "touch partitions", CALL, None, touch).await, Some(Ok(()))) {
        return false;
    }
    shared.was_delivered(asked);
    let (broker, own) = (Rc::clone(&shared.broker), id.to_owned());
    let abort = move || broker.end_transaction(&own, epoch, false);
    matches!(persist(shared, "abort events", CALL, None, abort).await, Some(Ok(())))
}

/// `kafka::hanging`: ends what a producer of that id left hanging anywhere.
pub async fn end_hanging(shared: &Shared, id: &str, membership: Membership) {
    if shared.left_out == LeftOut::EndHanging {
        return;
    }
    if let Some(epoch) = initialise(shared, id).await {
        let topics = [Topic::Results, Topic::DeadLetters, Topic::Amendments, Topic::Due, Topic::State];
        let topics = if shared.settings.has_state { &topics[..] } else { &topics[..4] };
        end(shared, id, epoch, topics, Some(membership)).await;
    }
}

/// Aborts, with the first transaction of a producer, what another of that id left hanging in any partition of these topics
/// and on the group's offsets; whether that was done.
async fn end(shared: &Shared, id: &str, epoch: Epoch, topics: &[Topic], membership: Option<Membership>) -> bool {
    let written = shared.broker.written_partitions().into_iter().filter(|(topic, _)| topics.contains(topic));
    let touched: Vec<(Partition, Rc<Record>)> = written.map(|one| (one, Rc::default())).collect();
    let (broker, own) = (Rc::clone(&shared.broker), id.to_owned());
    let touch = move || broker.add(&own, epoch, 1, &touched);
    if !matches!(persist(shared, "touch partitions", CALL, None, touch).await, Some(Ok(()))) {
        return false;
    }
    let (broker, own) = (Rc::clone(&shared.broker), id.to_owned());
    let send = move || broker.send_offsets(&own, epoch, membership, &[]);
    if !matches!(persist(shared, "send offsets", OFFSETS, None, send).await, Some(Ok(()))) {
        return false;
    }
    let (broker, own) = (Rc::clone(&shared.broker), id.to_owned());
    let abort = move || broker.end_transaction(&own, epoch, false);
    matches!(persist(shared, "abort events", CALL, None, abort).await, Some(Ok(())))
}
