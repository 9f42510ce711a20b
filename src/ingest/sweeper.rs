//! What time makes of callbacks, on its way to the recording step: callbacks that must not be presented as they stand (step F6
//! of `protocol`), and presentations of which nobody has reported in time (F7), which are read from the database here. On a
//! thread and a connection of its own, so that neither firing nor recording waits for it.

use std::collections::{HashMap, VecDeque};
use std::iter::once;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio_postgres::Client;

use super::lanes::TimeLane;
use super::{Item, TimeCause};
use crate::dispatch;
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::kafka::ownership::OwnedShard;
use crate::postgres::order_of_firing::UnreportedQuery;
use crate::postgres::reader::Reader;
use crate::postgres::session::Endpoint;
use crate::protocol::firing::{ByTime, Look, Sweep};
use crate::readiness::{Condition, Readiness};
use crate::stop::{Stop, tell_bounded};
use crate::telemetry::metric;

/// The database could not be asked, or the service ends.
struct Unswept;

/// How many callbacks go into one batch at most.
const BATCH: usize = 5_000;
/// How often the stop token is looked at while nothing is asked for.
const IDLE: Duration = Duration::from_millis(500);

/// The thread's state.
///
/// What it hands on is recorded batch by batch, each after one of commands ([`super::lanes`]), so on a busy instance a batch
/// takes its time however small it is, and every shard asks many times a second. So a batch takes all that waits, of all
/// shards: the more is asked for, the more goes into each. One batch for each question would fall behind for good once they
/// come faster than batches are recorded, since what waits too long is asked for again.
pub struct Sweeper {
    unreported: Reader<UnreportedQuery>,
    runtime: Handle,
    lane: TimeLane,
    dispatch: SyncSender<dispatch::Message>,
    readiness: Readiness,
    stop: Stop,
    looks: Looks,
    /// Sweeps under way, one after the other.
    sweeps: VecDeque<UnderWay>,
    /// The takeovers whose last sweep has failed.
    failed: Vec<Arc<OwnedShard>>,
}

/// What must be looked at: each place once, in the order in which it was first asked for.
#[derive(Default)]
struct Looks {
    order: VecDeque<(Shard, Position)>,
    /// For which takeover each is: the last that has asked.
    owners: HashMap<(Shard, Position), Arc<OwnedShard>>,
}

/// A sweep, and up to where it has come.
struct UnderWay {
    sweep: Sweep<Arc<OwnedShard>>,
    after: Option<Position>,
}

impl Looks {
    fn take_in(&mut self, look: Look<Arc<OwnedShard>>) {
        for position in look.positions {
            let place = (look.owner.shard, position);
            if self.owners.insert(place, Arc::clone(&look.owner)).is_none() {
                self.order.push_back(place);
            }
        }
    }

    /// The next ones, for the recording step; none of takeovers that have ended, for which nothing waits.
    fn batch(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        while items.len() < BATCH {
            let Some(place) = self.order.pop_front() else { break };
            let owner = self.owners.remove(&place).filter(|owner| owner.is_current());
            items.extend(owner.map(|owner| Item::of_time(&owner, place.1, TimeCause::Look)));
        }
        items
    }
}

impl Sweeper {
    /// A sweeper that connects when it is first asked for a sweep.
    pub fn new(
        endpoint: Endpoint,
        runtime: Handle,
        lane: TimeLane,
        dispatch: SyncSender<dispatch::Message>,
        readiness: Readiness,
        stop: Stop,
    ) -> Self {
        let (unreported, looks, sweeps, failed) =
            (Reader::new(endpoint), Looks::default(), VecDeque::new(), Vec::new());
        Self { unreported, runtime, lane, dispatch, readiness, stop, looks, sweeps, failed }
    }

    /// Serves what it is asked for until the stop token is set. What must be looked at keeps due events of its shard waiting,
    /// so it never waits for a sweep, which may be long: only for the batch of it that is under way. Nor does a sweep wait
    /// for more than one batch of what must be looked at.
    pub fn run(mut self, asked: &Receiver<ByTime<Arc<OwnedShard>>>) {
        while !self.stop.is_set() {
            self.forget_ended();
            let patience = if self.is_idle() { IDLE } else { Duration::ZERO };
            match asked.recv_timeout(patience) {
                Ok(message) => self.take_in(once(message).chain(asked.try_iter())),
                Err(RecvTimeoutError::Timeout) if self.is_idle() => self.renew(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let looks = self.looks.batch();
            self.hand_on(looks);
            self.go_on_sweeping(asked);
        }
    }

    fn is_idle(&self) -> bool {
        self.looks.order.is_empty() && self.sweeps.is_empty()
    }

    /// Notes what is asked for.
    fn take_in(&mut self, messages: impl Iterator<Item = ByTime<Arc<OwnedShard>>>) {
        for message in messages {
            match message {
                ByTime::Look(look) => self.looks.take_in(look),
                ByTime::Sweep(sweep) => self.sweeps.push_back(UnderWay { after: sweep.after, sweep }),
            }
        }
    }

    /// Makes a connection that has ended anew before the next sweep needs it.
    fn renew(&mut self) {
        if let Some(Err(error)) = self.stop.block_on(&self.runtime, self.unreported.renew()) {
            tracing::debug!(
                error = error.describe(),
                "the connection that reads presentations without a report could not be made anew yet"
            );
        }
    }

    /// Does the next part of the sweeps that were asked for, and says which are done: one query, and then as much as goes into one
    /// batch, until something must be looked at.
    fn go_on_sweeping(&mut self, asked: &Receiver<ByTime<Arc<OwnedShard>>>) {
        let (mut items, mut ended) = (Vec::new(), Vec::new());
        while let Some(UnderWay { sweep, after }) = self.sweeps.pop_front() {
            let limit = BATCH - items.len();
            let Ok(positions) = self.find(&sweep, after, limit) else {
                ended.push((sweep, false));
                break;
            };
            let found = positions.iter();
            items.extend(found.map(|position| Item::of_time(&sweep.owner, *position, TimeCause::Unacknowledged)));
            match positions.last() {
                Some(last) if positions.len() == limit => {
                    self.sweeps.push_front(UnderWay { sweep, after: Some(*last) });
                }
                _ => ended.push((sweep, true)),
            }
            self.take_in(asked.try_iter());
            if items.len() >= BATCH || !self.looks.order.is_empty() {
                break;
            }
        }
        self.hand_on(items);
        for (sweep, is_done) in ended {
            tell_bounded(&self.dispatch, dispatch::Message::Swept { sweep, is_done });
        }
    }

    /// What stands there next, in the order of firing; nothing of a takeover that has ended. What is handed on twice does no harm:
    /// the recording step looks at each callback again.
    fn find(
        &mut self,
        sweep: &Sweep<Arc<OwnedShard>>,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Position>, Unswept> {
        if !sweep.owner.is_current() {
            return Ok(Vec::new());
        }
        let (shard, through) = (sweep.owner.shard, sweep.through);
        let find =
            async |client: &Client, query: &UnreportedQuery| query.find(client, shard, after, through, limit).await;
        match self.stop.block_on(&self.runtime, self.unreported.read(find)) {
            None => Err(Unswept),
            Some(Ok(positions)) => {
                self.failed.clear();
                self.readiness.ready(Condition::Sweep);
                if !positions.is_empty() {
                    let found = positions.len();
                    tracing::debug!(%shard, found, "presentations of which nobody has reported in time");
                }
                Ok(positions)
            }
            Some(Err(error)) => {
                tracing::warn!(
                    %shard, error = error.describe(),
                    "presentations without a report could not be read from the database; they are read again soon"
                );
                metric::RETRIES.counter(&["sweep", "postgres", error.cause()]).increment(1);
                self.readiness.waiting(Condition::Sweep, error.describe());
                self.failed.push(Arc::clone(&sweep.owner));
                Err(Unswept)
            }
        }
    }

    /// A sweep that has failed is asked for again, but not of a takeover that has ended: nothing waits for that any more.
    fn forget_ended(&mut self) {
        if self.failed.is_empty() {
            return;
        }
        self.failed.retain(|owned| owned.is_current());
        self.failed.dedup_by(|one, other| Arc::ptr_eq(one, other));
        if self.failed.is_empty() {
            self.readiness.ready(Condition::Sweep);
        }
    }

    fn hand_on(&self, items: Vec<Item>) {
        if !items.is_empty() {
            self.lane.send(items, &self.stop);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use tokio::runtime::Builder;

    use super::*;
    use crate::config::Config;
    use crate::domain::time::Timestamp;
    use crate::ingest::Content;
    use crate::ingest::lanes::lanes;
    use crate::kafka::ownership::Ownership;
    use crate::protocol::frontier::Frontier;

    /// Of a database where nobody listens.
    fn endpoint() -> Endpoint {
        let text = "postgres.url = 'host=127.0.0.1 port=1 user=nobody'";
        let settings = Config::from_sources(Some(("my.toml", text)), []).unwrap();
        Endpoint::new(&settings.postgres).unwrap()
    }

    const MARKER: Position = Position::end_of(Timestamp::from_micros(1));

    /// Shards 0, 1 and so on, which are taken over.
    fn taken_over<const N: usize>(ownership: &Ownership) -> [Arc<OwnedShard>; N] {
        let shards =
            std::array::from_fn::<_, N, _>(|number| Shard::from_partition(i32::try_from(number).unwrap()).unwrap());
        let mut awaiting = ownership.assign(shards, None).into_iter();
        shards.map(|shard| {
            let owned = OwnedShard::claimed(shard, 1, Frontier::starting_at(MARKER), None);
            assert!(ownership.install(awaiting.next().unwrap(), &owned));
            owned
        })
    }

    #[test]
    fn an_instance_that_has_lost_the_shards_whose_sweeps_failed_waits_for_them_no_more() {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let ((_commands, lane, _batches), (dispatch, _inbox)) = (lanes(), sync_channel(1));
        let (readiness, handle) = (Readiness::default(), runtime.handle().clone());
        let mut sweeper = Sweeper::new(endpoint(), handle, lane, dispatch, readiness.clone(), Stop::default());
        let waits = || readiness.report().waiting_for.iter().any(|waiting| waiting.what == Condition::Sweep.name());

        let ownership = Ownership::default();
        let owned = taken_over::<2>(&ownership);
        for owner in &owned {
            let sweep = Sweep { owner: Arc::clone(owner), after: None, through: MARKER };
            assert!(sweeper.find(&sweep, None, BATCH).is_err());
        }
        sweeper.forget_ended();
        assert!(waits(), "both are ours");
        ownership.disown([&owned[0]]);
        sweeper.forget_ended();
        assert!(waits(), "one is ours");
        ownership.disown([&owned[1]]);
        sweeper.forget_ended();
        assert!(!waits(), "neither is ours");
    }

    #[test]
    fn what_must_be_looked_at_goes_into_one_batch_whoever_has_asked_and_each_place_once() {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let ((_commands, lane, mut batches), (dispatch, _inbox)) = (lanes(), sync_channel(1));
        let (stop, handle) = (Stop::default(), runtime.handle().clone());
        let sweeper = Sweeper::new(endpoint(), handle, lane, dispatch, Readiness::default(), stop.clone());

        let ownership = Ownership::default();
        let owned = taken_over::<3>(&ownership);
        let shards = [0, 1, 2].map(|place: usize| owned[place].shard);
        let (asking, asked) = std::sync::mpsc::channel();
        let look = |owner: &Arc<OwnedShard>, positions: &[i64]| {
            let place = |micros: &i64| Position::end_of(Timestamp::from_micros(*micros));
            let positions = positions.iter().map(place).collect();
            asking.send(ByTime::Look(Look { owner: Arc::clone(owner), positions })).unwrap();
        };
        look(&owned[0], &[10, 20]);
        look(&owned[1], &[10]);
        look(&owned[0], &[20, 30]);
        look(&owned[2], &[10]);
        ownership.disown([&owned[2]]);
        let sweeping = std::thread::spawn(move || sweeper.run(&asked));
        let batch = batches.take().unwrap();
        let places = batch.iter().map(|item| match item.content {
            Content::Time { position, .. } => (item.place.owned.shard, position.fire_at.micros()),
            _ => unreachable!("only what time makes is handed on"),
        });
        assert_eq!(places.collect::<Vec<_>>(), [(shards[0], 10), (shards[0], 20), (shards[1], 10), (shards[0], 30)]);
        stop.set();
        drop((batches, asking));
        sweeping.join().unwrap();
    }
}
