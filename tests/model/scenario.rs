//! Where a search begins, what may go wrong in it, and which rule is switched off.

use std::time::Duration;

use schedule_callback::domain::commitment::Position;
use schedule_callback::protocol::firing::{Moment, Next};
use schedule_callback::protocol::frontier::Frontier;
use schedule_callback::protocol::keeping::Keeps;
use schedule_callback::protocol::{publishing, recording};

use crate::action::Model;
use crate::state::{
    Answered, Broker, Database, Decision, Epoch, Faults, Group, Name, Offset, Outcome, Owned, Row, State, instant,
};

/// A command, as it stands in the shard's partition.
#[derive(Clone, Copy, Debug)]
pub enum Command {
    /// A callback at that tick.
    Schedule(u8),
    /// Of the callback that the command there has scheduled.
    Cancel(Offset),
    /// The same, to that tick.
    Reschedule(Offset, u8),
}

/// Where a search begins, and its bounds.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The partition's commands.
    pub commands: Vec<Command>,
    /// So many of them, schedules all, are decided and answered.
    pub done: usize,
    /// Whether the first process owns the shard, its window loaded; else all begins with its takeover.
    pub running: bool,
    /// The other process at the beginning.
    pub second: Second,
    /// The time at the beginning and the latest one.
    pub time: (u8, u8),
    /// How many ticks a window reaches ahead.
    pub window: u8,
    /// At most so many rows a load reads.
    pub rows: usize,
    /// What may go wrong.
    pub faults: Faults,
}

/// The other process at the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// There is none, and a process that dies is not replaced.
    None,
    /// A member without the shard.
    Member,
    /// It was about to take the shard over when the group expelled it, which it has not heard.
    Stale,
}

/// Which rule of the design is switched off: each must break a promise, or the rule or the model is idle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Defect {
    /// None: the service as it is.
    #[default]
    None,
    /// Step 3 reads marker and offset while a transaction is pending on them.
    UnstableRead,
    /// The recording step does not look at the epoch.
    NoEpochCheck,
    /// Step 2 does not wait for what is in flight.
    NoWait,
    /// A batch does not hold the frontier.
    NoHolds,
    /// A batch holds the frontier only below where a callback stood.
    HoldsOldPlaceOnly,
    /// A batch holds the frontier only below where a callback goes.
    HoldsNewPlaceOnly,
    /// A transaction takes the group's metadata afresh.
    FreshMetadata,
    /// A takeover lets the loops go on with what they have.
    NoStep0,
    /// A takeover does not commit the marker once more.
    NoStep5,
    /// Step 5 is done for a takeover that has ended meanwhile.
    ConfirmsEndedTakeover,
    /// A load is taken in whichever takeover began it.
    UnnumberedLoads,
    /// Changes are not kept for the load under way.
    NoReplayOnLoad,
    /// A load says only when it ends how far it reached.
    ReachesTooLate,
    /// The other loop keeps the marker alive, with the value it remembers.
    KeepAliveElsewhere,
    /// After an unknown outcome the same Kafka transaction is tried again.
    RetriesUnknownTransaction,
    /// After an unknown database commit the batch is simply decided again.
    ForgetsUnknownCommit,
    /// A repetition found while writing again is taken for someone else's.
    MistakesOwnKeyForAnothers,
    /// A shard lost while a commit is in doubt ends the hold and not the takeover.
    KeepsShardInDoubt,
    /// Results and offsets are committed before the database.
    AnswersBeforeRecording,
    /// A cancel does not look whether the callback is already being fired.
    IgnoresCutoff,
}

/// Which rules the service's own machines keep here: all but the one that is switched off, where it is one of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kept(pub Defect);

impl Keeps<recording::Rule> for Kept {
    fn keeps(&self, rule: recording::Rule) -> bool {
        use recording::Rule;
        let without = match self.0 {
            Defect::NoEpochCheck => Some(Rule::EpochsCount),
            Defect::ForgetsUnknownCommit => Some(Rule::DoubtStays),
            Defect::MistakesOwnKeyForAnothers => Some(Rule::KeyMayBeOwn),
            Defect::KeepsShardInDoubt => Some(Rule::DoubtEndsTakeover),
            Defect::AnswersBeforeRecording => Some(Rule::RecordsFirst),
            _ => None,
        };
        without != Some(rule)
    }
}

impl Keeps<publishing::Rule> for Kept {
    fn keeps(&self, rule: publishing::Rule) -> bool {
        let without = self.0 == Defect::RetriesUnknownTransaction;
        !without || rule != publishing::Rule::DoubtEndsTakeovers
    }
}

impl Defect {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::UnstableRead,
        Self::NoEpochCheck,
        Self::NoWait,
        Self::NoHolds,
        Self::HoldsOldPlaceOnly,
        Self::HoldsNewPlaceOnly,
        Self::FreshMetadata,
        Self::NoStep0,
        Self::NoStep5,
        Self::ConfirmsEndedTakeover,
        Self::UnnumberedLoads,
        Self::NoReplayOnLoad,
        Self::ReachesTooLate,
        Self::KeepAliveElsewhere,
        Self::RetriesUnknownTransaction,
        Self::ForgetsUnknownCommit,
        Self::MistakesOwnKeyForAnothers,
        Self::KeepsShardInDoubt,
        Self::AnswersBeforeRecording,
        Self::IgnoresCutoff,
    ];
}

/// The name of the process in the first slot at the beginning.
const FIRST: Name = 0;
/// The name of the one in the second.
const SECOND: Name = 1;

impl Scenario {
    /// Three callbacks in the hands of a running owner: one is cancelled, one brought forward, one new. Each kind of
    /// fault may happen once.
    pub fn three_callbacks() -> Self {
        let (first, second) = (0, 1);
        Self {
            commands: vec![
                Command::Schedule(1),
                Command::Schedule(3),
                Command::Cancel(first),
                Command::Reschedule(second, 2),
                Command::Schedule(2),
            ],
            done: 2,
            running: true,
            second: Second::Member,
            time: (1, 4),
            window: 2,
            rows: 10,
            faults: Faults { rebalances: 1, crashes: 1, database: 1, kafka: 1, aborts: 1, keep_alives: 0 },
        }
    }

    /// The same commands on a shard that nobody has ever owned.
    pub fn fresh() -> Self {
        Self { done: 0, running: false, ..Self::three_callbacks() }
    }

    /// The same with the shard moving twice and the marker kept alive, for the deep search.
    #[must_use]
    pub fn with_more_faults(self) -> Self {
        Self { faults: Faults { rebalances: 2, keep_alives: 1, ..self.faults }, ..self }
    }

    /// Its first state.
    pub fn begin(&self, defect: Defect) -> State {
        let origin = Position { fire_at: instant(0), callback_id: 0 };
        let mut rows = std::collections::BTreeMap::new();
        let mut decided = vec![None; self.commands.len()];
        let mut results = Vec::new();
        let mut sequence = 1;
        for (command, done) in decided.iter_mut().enumerate().take(self.done) {
            let Command::Schedule(tick) = self.commands[command] else { continue };
            let id = i64::from(sequence);
            let position = Position { fire_at: instant(tick), callback_id: id };
            rows.insert(id, Row { position, scheduled_for: tick, revision: 1, cancelled: false });
            let outcome = Outcome::Scheduled(id);
            *done = Some(Decision { stamp: sequence, outcome });
            results.push(Answered { command, outcome });
            sequence += 1;
        }
        let mut first = self.process(FIRST, defect);
        let mut epoch = 0;
        if self.running {
            epoch = 1;
            first.metadata = Some(1);
            first.be_assigned();
            first.ingest.next = Some(self.done);
            first.owned = Some(Owned { epoch, frontier: Frontier::starting_at(origin) });
            let model = Model { scenario: self.clone(), defect };
            let standing = model.standing(&mut first.owned);
            let firing = &mut first.dispatch.firing;
            let running = Duration::ZERO;
            firing.begin(vec![Epoch(epoch)], &standing, running);
            let mut near: Vec<_> = rows.values().map(|row| (row.position, row.revision)).collect();
            near.sort_unstable();
            let moment = Moment { time: instant(self.time.0), running, can_publish: true };
            if let Next::Load(loads) = firing.next(&standing, moment) {
                for load in loads {
                    near.retain(|row| row.0 <= Position::end_of(load.until));
                    near.truncate(load.limit);
                    firing.loaded(&standing, load, Ok(near.clone()), running);
                }
            }
            let awaiting = first.queue.begin(None, running).unwrap_or_default();
            assert!(awaiting.iter().all(|awaiting| first.shards.install(*awaiting, epoch)));
        }
        let mut second = self.process(SECOND, defect);
        second.alive = self.second != Second::None;
        second.metadata = self.running.then_some(1);
        if self.second == Second::Stale {
            second.metadata = Some(0);
            second.expelled = true;
            second.be_assigned();
        }
        State {
            now: self.time.0,
            next_name: 2,
            group: Group { generation: 1, owner: FIRST },
            broker: Broker { marker: origin, next: self.done, open: Vec::new(), due: Vec::new(), results },
            database: Database {
                epoch,
                settled: epoch,
                owner: self.running.then_some(FIRST),
                previous: Vec::new(),
                confirmed: None,
                rows,
                decided,
                sequence,
                open: Vec::new(),
            },
            processes: [first, second],
            faults: self.faults,
        }
    }
}
