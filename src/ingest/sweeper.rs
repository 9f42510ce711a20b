//! What time makes of callbacks, on its way to the recording step: callbacks that must not be presented as they stand (step F6
//! of `protocol`), and presentations of which nobody has reported in time (F7), which are read from the database here. On a
//! thread and a connection of its own, so that neither firing nor recording waits for it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio_postgres::Client;

use super::lanes::TimeLane;
use super::{Item, TimeCause};
use crate::dispatch;
use crate::domain::commitment::Position;
use crate::kafka::ownership::OwnedShard;
use crate::postgres::DatabaseError;
use crate::postgres::order_of_firing::UnreportedQuery;
use crate::postgres::reader::Reader;
use crate::postgres::session::Endpoint;
use crate::protocol::firing::{ByTime, Sweep};
use crate::readiness::{Condition, Readiness};
use crate::stop::{Stop, tell_bounded};
use crate::telemetry::metric;

/// The database could not be asked, or the service ends.
struct Unswept;

/// How many callbacks go into one batch.
const BATCH: usize = 5_000;
/// How often the stop token is looked at while nothing is asked for.
const IDLE: Duration = Duration::from_millis(500);

/// The thread's state.
pub struct Sweeper {
    unreported: Reader<UnreportedQuery>,
    runtime: Handle,
    lane: TimeLane,
    dispatch: SyncSender<dispatch::Message>,
    readiness: Readiness,
    stop: Stop,
    /// Sweeps under way, one after the other.
    sweeps: VecDeque<UnderWay>,
    /// The takeovers whose last sweep has failed.
    failed: Vec<Arc<OwnedShard>>,
}

/// A sweep, and up to where it has come.
struct UnderWay {
    sweep: Sweep<Arc<OwnedShard>>,
    after: Option<Position>,
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
        let (unreported, sweeps, failed) = (Reader::new(endpoint), VecDeque::new(), Vec::new());
        Self { unreported, runtime, lane, dispatch, readiness, stop, sweeps, failed }
    }

    /// Serves what it is asked for until the stop token is set. What must be looked at keeps due events of its shard waiting,
    /// so it never waits for a sweep, which may be long: only for the batch of it that is under way.
    pub fn run(mut self, asked: &Receiver<ByTime<Arc<OwnedShard>>>) {
        while !self.stop.is_set() {
            self.forget_ended();
            let patience = if self.sweeps.is_empty() { IDLE } else { Duration::ZERO };
            match asked.recv_timeout(patience) {
                Ok(ByTime::Look(look)) => {
                    for positions in look.positions.chunks(BATCH) {
                        self.hand_on(&look.owner, positions, TimeCause::Look);
                    }
                }
                Ok(ByTime::Sweep(sweep)) => self.sweeps.push_back(UnderWay { after: sweep.after, sweep }),
                Err(RecvTimeoutError::Timeout) if self.sweeps.is_empty() => self.renew(),
                Err(RecvTimeoutError::Timeout) => self.go_on_sweeping(),
                Err(RecvTimeoutError::Disconnected) => return,
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

    /// Does the next part of the sweep that was asked for first, and says so where that was the last.
    fn go_on_sweeping(&mut self) {
        let Some(UnderWay { sweep, after }) = self.sweeps.pop_front() else { return };
        match self.sweep(&sweep, after) {
            Ok(Some(after)) => self.sweeps.push_front(UnderWay { sweep, after: Some(after) }),
            Ok(None) => tell_bounded(&self.dispatch, dispatch::Message::Swept { sweep, is_done: true }),
            Err(Unswept) => tell_bounded(&self.dispatch, dispatch::Message::Swept { sweep, is_done: false }),
        }
    }

    /// Hands what stands there next to the recording step, and returns up to where that is; `None` where it was the last. What
    /// is handed on twice does no harm: the recording step looks at each callback again.
    fn sweep(&mut self, sweep: &Sweep<Arc<OwnedShard>>, after: Option<Position>) -> Result<Option<Position>, Unswept> {
        if !sweep.owner.is_current() {
            return Ok(None);
        }
        match self.stop.block_on(&self.runtime, find(&mut self.unreported, sweep, after)) {
            None => Err(Unswept),
            Some(Ok(positions)) => {
                self.failed.clear();
                self.readiness.ready(Condition::Sweep);
                if !positions.is_empty() {
                    let (shard, found) = (sweep.owner.shard, positions.len());
                    tracing::debug!(%shard, found, "presentations of which nobody has reported in time");
                }
                self.hand_on(&sweep.owner, &positions, TimeCause::Unacknowledged);
                Ok(positions.last().copied().filter(|_| positions.len() == BATCH))
            }
            Some(Err(error)) => {
                tracing::warn!(
                    shard = %sweep.owner.shard, error = error.describe(),
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

    fn hand_on(&self, owned: &Arc<OwnedShard>, positions: &[Position], cause: TimeCause) {
        let items: Vec<_> = positions.iter().map(|position| Item::of_time(owned, *position, cause)).collect();
        if !items.is_empty() {
            self.lane.send(items, &self.stop);
        }
    }
}

async fn find(
    unreported: &mut Reader<UnreportedQuery>,
    sweep: &Sweep<Arc<OwnedShard>>,
    after: Option<Position>,
) -> Result<Vec<Position>, DatabaseError> {
    let (shard, through) = (sweep.owner.shard, sweep.through);
    let find = async |client: &Client, query: &UnreportedQuery| query.find(client, shard, after, through, BATCH).await;
    unreported.read(find).await
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use tokio::runtime::Builder;

    use super::*;
    use crate::config::Config;
    use crate::domain::ids::Shard;
    use crate::domain::time::Timestamp;
    use crate::ingest::lanes::lanes;
    use crate::kafka::ownership::Ownership;
    use crate::protocol::frontier::Frontier;

    #[test]
    fn an_instance_that_has_lost_the_shards_whose_sweeps_failed_waits_for_them_no_more() {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        // Nobody listens there.
        let text = "postgres.url = 'host=127.0.0.1 port=1 user=nobody'";
        let settings = Config::from_sources(Some(("my.toml", text)), []).unwrap();
        let endpoint = Endpoint::new(&settings.postgres).unwrap();
        let ((_commands, lane, _batches), (dispatch, _inbox)) = (lanes(), sync_channel(1));
        let (readiness, handle) = (Readiness::default(), runtime.handle().clone());
        let mut sweeper = Sweeper::new(endpoint, handle, lane, dispatch, readiness.clone(), Stop::default());
        let waits = || readiness.report().waiting_for.iter().any(|waiting| waiting.what == Condition::Sweep.name());

        let ownership = Ownership::default();
        let shards = [0, 1].map(|number| Shard::from_partition(number).unwrap());
        let marker = Position::end_of(Timestamp::from_micros(1));
        let owned = ownership.assign(shards, None).into_iter().zip(shards).map(|(awaiting, shard)| {
            let owned = OwnedShard::claimed(shard, 1, Frontier::starting_at(marker), None);
            assert!(ownership.install(awaiting, &owned));
            owned
        });
        let owned: Vec<_> = owned.collect();
        for owner in &owned {
            let sweep = Sweep { owner: Arc::clone(owner), after: None, through: marker };
            assert!(sweeper.sweep(&sweep, None).is_err());
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
}
