//! Performs T1 to T6: what `protocol::takeover` asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use schedule_callback::domain::commitment::Position;
use schedule_callback::domain::ids::Shard;
use schedule_callback::domain::time::Timestamp;
use schedule_callback::kafka::offsets::Resumed;
use schedule_callback::kafka::ownership::OwnedShard;
use schedule_callback::protocol::Fault;
use schedule_callback::protocol::frontier::Frontier;
use schedule_callback::protocol::ownership::Awaiting;
use schedule_callback::protocol::resume::{Log, Resume};
use schedule_callback::protocol::takeover::{
    self, Attempt, Chosen, Claim, Coordinators, Installed, Outcome, Queue, Read,
};

use super::messages::{Start, ToDispatch, ToTakeover};
use super::shared::{Shared, Taken};
use super::transactor::{end_hanging, initialise, transactional_ids};
use crate::broker::{Committed, Partition, Topic};
use crate::channel::promise;
use crate::database::{Outcome as Statement, Recorded};
use crate::executor::{MILLIS, Micros, SECOND};
use crate::rules::LeftOut;

/// How long one conversation with the database may take.
const DATABASE: Micros = 20 * SECOND;
/// How often markers are copied into the table `shard`, and epochs looked at; sooner than the service does it.
const CONFIRM: Micros = 15 * SECOND;
/// How soon after a takeover.
const CONFIRM_FIRST: Micros = 3 * SECOND;

/// Where commands and amendments are read on.
type Places = [Resumed; 2];
type Event = takeover::Event<String, Places, Taken>;
type Step = takeover::Step<String, Places, Taken>;

/// Runs for ever.
pub async fn run(shared: Rc<Shared>) {
    let mut queue = Queue::default();
    let mut next_confirm = shared.sim.now() + CONFIRM;
    let mut confirmed: BTreeMap<(Shard, i64), Position> = BTreeMap::new();
    loop {
        let until_next = queue.until_next(None, shared.running()).unwrap_or(Duration::MAX);
        let patience = i64::try_from(until_next.as_micros()).unwrap_or(SECOND).min(SECOND);
        match shared.mailboxes.takeover.recv_within(patience).await {
            Some(ToTakeover::Take(awaiting)) => queue.ask(awaiting, shared.running()),
            Some(ToTakeover::Release { shards, done }) => {
                release(&shared, &shards).await;
                done.keep(());
            }
            None => {}
        }
        queue.keep(|awaiting| !shared.stop.get() && shared.awaits(awaiting));
        if let Some(wanted) = queue.begin(None, shared.running()) {
            let outcome = attempt(&shared, wanted).await;
            queue.ended(outcome, shared.running());
            next_confirm = next_confirm.min(shared.sim.now() + CONFIRM_FIRST);
        }
        if shared.sim.now() >= next_confirm {
            next_confirm = shared.sim.now() + CONFIRM;
            let owned = shared.owned();
            copy_markers(&shared, &owned, &mut confirmed).await;
            queue.add(take_again_what_is_fenced(&shared, &owned).await);
        }
    }
}

async fn attempt(shared: &Rc<Shared>, wanted: Vec<Awaiting>) -> Outcome {
    let first = Position { fire_at: shared.now().plus_micros(-86_400 * SECOND), callback_id: 0 };
    let mut machine = Attempt::begin(shared.name.clone(), wanted, first);
    let mut recorded = BTreeMap::new();
    loop {
        let event = match machine.step() {
            Step::End(outcome) => return outcome,
            step => perform(shared, step, &mut recorded).await,
        };
        machine.handle(event, shared.running());
    }
}

/// `recorded`: up to which offsets decisions are stored, as T2 has found it.
async fn perform(shared: &Rc<Shared>, step: Step, recorded: &mut BTreeMap<Shard, Recorded>) -> Event {
    match step {
        Step::CheckBelonging => Event::Belongs { adopts: false },
        Step::Claim(shards) => {
            let name = shared.name.clone();
            let claimed = statement(shared, "claim", move |database| database.claim(&shards, &name)).await;
            let claim = |row: crate::database::ShardRow| Claim {
                epoch: row.epoch,
                previous: row.previous,
                confirmed: row.confirmed,
            };
            claimed.map_or_else(Event::Failed, |rows| {
                Event::Claimed(rows.into_iter().map(|(shard, row)| (shard, claim(row))).collect())
            })
        }
        Step::WaitForHolders(shards) => {
            let waited =
                statement(shared, "wait for holders", move |database| database.wait_for_holders(&shards)).await;
            waited.map_or_else(Event::Failed, |found| {
                *recorded = found;
                Event::Done
            })
        }
        Step::ReadStable { shards, anew, pause, patience } => {
            shared.sim.sleep(micros(pause)).await;
            read_stable(shared, &shards, &anew, micros(patience)).await.map_or(Event::NotStable, Event::Read)
        }
        Step::AbortInNameOf(owners) => {
            let mut are_aborted = true;
            for id in owners.iter().flat_map(|owner| ids_of(owner)) {
                are_aborted &= initialise(shared, &id).await.is_some();
            }
            if are_aborted { Event::Done } else { Event::NotAborted }
        }
        Step::AskCoordinators => {
            let asked = shared.kafka.call("ask the broker", SECOND, || Poll::Ready(()), None).await;
            let is_busy = asked.is_err() || shared.fellows.pending_for(&shared.sim) >= SECOND;
            Event::Answers(if is_busy { Coordinators::Busy } else { Coordinators::Alone })
        }
        Step::StartOver => Event::StartedOver(shared.disown_all().await),
        Step::EndHanging { owners, .. } => {
            if let Some(membership) = shared.membership() {
                for id in owners.iter().flat_map(|owner| ids_of(owner)) {
                    end_hanging(shared, &id, membership).await;
                }
                shared.fellows.fence();
            }
            Event::Done
        }
        Step::ReadHighestId => {
            if shared.left_out == LeftOut::LostFuture {
                return Event::HighestId(i64::MAX);
            }
            let highest = statement(shared, "read highest id", crate::database::Database::highest_callback_id).await;
            highest.map_or_else(Event::Failed, Event::HighestId)
        }
        Step::Install { chosen, stopped } => {
            for (awaiting, contradiction) in stopped {
                shared.sim.note(|| format!("{} stops shard {}: {contradiction}", shared.name, awaiting.shard));
                shared.leave_alone(awaiting, &contradiction.to_string()).await;
            }
            let mut installed = BTreeMap::new();
            for Chosen { awaiting, epoch, beginning, places } in chosen {
                let frontier = Frontier::starting_at(beginning.position());
                let taken = Taken::new(OwnedShard::claimed(awaiting.shard, epoch, frontier, None));
                let noted = recorded.get(&awaiting.shard).copied().unwrap_or_default();
                if shared.left_out != LeftOut::AwaitAnswers {
                    taken.owned.awaits_answers([0, 1].map(|line| places[line].unanswered(noted[line])));
                }
                if shared.install(awaiting, &taken).await {
                    installed.insert(awaiting.shard, taken);
                }
            }
            Event::Installed(installed)
        }
        Step::CommitMarkers(shards) => {
            let (confirmed, told) = promise(&shared.sim);
            shared.mailboxes.dispatch.send(ToDispatch::Confirm { shards, confirmed });
            if told.wait().await == Some(true) { Event::Done } else { Event::Failed(Fault::Refused) }
        }
        Step::GiveUp { again, .. } => Event::GivenUp(shared.disown(&again).await),
        Step::ForgetPrevious(epochs) => {
            // Where it fails the next takeover looks at them once more.
            statement(shared, "forget previous owners", move |database| database.forget_owners(&epochs)).await.ok();
            Event::Done
        }
        Step::Start(installed) => {
            for Installed { takeover: taken, places, .. } in installed {
                let next = places.map(|place| place.resume.next());
                shared.sim.note(|| format!("{} owns {:?}, reads on at {next:?}", shared.name, taken.name()));
                shared.mailboxes.starts.send(Start { taken, next });
            }
            Event::Done
        }
        Step::NoteAdoption | Step::End(_) => Event::Done,
    }
}

fn micros(duration: Duration) -> Micros {
    i64::try_from(duration.as_micros()).unwrap_or(SECOND)
}

fn ids_of(owner: &str) -> impl Iterator<Item = String> + use<> {
    transactional_ids(owner, false).into_iter().chain(transactional_ids(owner, true))
}

async fn statement<T: 'static>(
    shared: &Shared,
    name: &'static str,
    statement: impl Fn(&crate::database::Database) -> Statement<T> + 'static,
) -> Result<T, Fault> {
    let database = Rc::clone(&shared.database);
    match shared.postgres.call(name, DATABASE, move || statement(&database), None).await {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(_)) => Err(Fault::Refused),
        Err(crate::network::Broken::Away) => Err(Fault::Away),
        Err(crate::network::Broken::Lost) => Err(Fault::Unknown),
    }
}

/// Marker and offsets, where no transaction is pending on them within that time.
async fn read_stable(
    shared: &Shared,
    shards: &[Shard],
    anew: &BTreeSet<Shard>,
    patience: Micros,
) -> Option<BTreeMap<Shard, Read<Places>>> {
    const TOPICS: [Topic; 3] = [Topic::Shards, Topic::Commands, Topic::Amendments];
    let deadline = shared.sim.now() + patience;
    let partitions: Vec<Partition> =
        shards.iter().flat_map(|shard| TOPICS.map(|topic| (topic, shard.partition()))).collect();
    let found = loop {
        let left = deadline - shared.sim.now();
        if left <= 0 {
            return None;
        }
        let (broker, wanted) = (Rc::clone(&shared.broker), partitions.clone());
        let read = move || Poll::Ready(broker.committed(&wanted));
        match shared.kafka.call("read offsets", left, read, None).await {
            Ok(Ok(found)) => break found,
            Ok(Err(_)) | Err(_) => shared.sim.sleep(100 * MILLIS).await,
        }
    };
    let read = |shard: &Shard| {
        let partition = shard.partition();
        let place = |topic| {
            let end = shared.broker.end_of((topic, partition));
            let committed = found.get(&(topic, partition)).map(|committed| committed.offset);
            let resume = Resume::decide(committed, Log { start: 0, end }, anew.contains(shard));
            Resumed { resume, topic: "".into(), topic_id: None, end }
        };
        let marker = found.get(&(Topic::Shards, partition)).map(position);
        (*shard, Read { marker, places: [place(Topic::Commands), place(Topic::Amendments)] })
    };
    Some(shards.iter().map(read).collect())
}

/// Copies the markers that have moved, as the broker has them: what this instance takes for committed may be forgotten.
async fn copy_markers(shared: &Shared, shards: &[Taken], confirmed: &mut BTreeMap<(Shard, i64), Position>) {
    let moved: Vec<&Taken> = shards
        .iter()
        .filter(|taken| confirmed.get(&taken.name()).is_none_or(|copied| *copied != taken.owned.frontier().marker()))
        .collect();
    if moved.is_empty() {
        return;
    }
    let copies: Vec<(Shard, i64, Position)> = if shared.left_out == LeftOut::CopyWhatCounts {
        moved.into_iter().map(|taken| (taken.owned.shard, taken.owned.epoch, taken.owned.frontier().marker())).collect()
    } else {
        let wanted: Vec<Partition> = moved.iter().map(|taken| (Topic::Shards, taken.owned.shard.partition())).collect();
        let broker = Rc::clone(&shared.broker);
        let read = move || Poll::Ready(broker.committed_by_now(&wanted));
        let Ok(found) = shared.kafka.call("read markers", 2 * SECOND, read, None).await else { return };
        let copy = |taken: &Taken| {
            let (of, epoch) = taken.name();
            Some((of, epoch, position(found.get(&(Topic::Shards, of.partition()))?)))
        };
        moved.into_iter().filter_map(copy).collect()
    };
    let wanted = copies.clone();
    if statement(shared, "copy markers", move |database| database.confirm(&wanted, false)).await.is_ok() {
        confirmed.extend(copies.into_iter().map(|(shard, epoch, marker)| ((shard, epoch), marker)));
    }
}

/// Gives up the ownership of shards that were let go in order; where something of this instance may still be pending, the
/// next owner has to know whose it is.
async fn release(shared: &Shared, shards: &[Taken]) {
    if shared.left_out == LeftOut::CopyWhatCounts {
        let copies: Vec<_> = shards
            .iter()
            .map(|taken| (taken.owned.shard, taken.owned.epoch, taken.owned.frontier().marker()))
            .collect();
        statement(shared, "copy markers", move |database| database.confirm(&copies, true)).await.ok();
        return;
    }
    let wanted: Vec<Shard> = shards.iter().map(|taken| taken.owned.shard).collect();
    let Some(read) = read_stable(shared, &wanted, &BTreeSet::new(), SECOND / 2).await else { return };
    let copies: Vec<(Shard, i64, Position)> = shards
        .iter()
        .filter_map(|taken| Some((taken.owned.shard, taken.owned.epoch, read.get(&taken.owned.shard)?.marker?)))
        .collect();
    statement(shared, "copy markers", move |database| database.confirm(&copies, true)).await.ok();
}

fn position(committed: &Committed) -> Position {
    Position { fire_at: Timestamp::from_micros(committed.offset), callback_id: committed.metadata }
}

async fn take_again_what_is_fenced(shared: &Shared, owned: &[Taken]) -> Vec<Awaiting> {
    let epochs: Vec<(Shard, i64)> = owned.iter().map(Taken::name).collect();
    if epochs.is_empty() {
        return Vec::new();
    }
    match statement(shared, "look at epochs", move |database| database.current(&epochs)).await {
        Ok(current) => {
            let fenced: Vec<Taken> =
                owned.iter().filter(|taken| !current.contains(&taken.owned.shard)).cloned().collect();
            shared.disown(&fenced).await
        }
        Err(_) => Vec::new(),
    }
}
