//! Performs R1 to R5: what `protocol::recording` asks for, in one database transaction a batch.

mod left_out;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use schedule_callback::domain::decision::Decision;
use schedule_callback::domain::ids::{Fingerprint, Shard};
use schedule_callback::ingest::needs::{callbacks_of, forgotten_keys, keys_of, read_up_to, reused_keys};
use schedule_callback::ingest::sequences::Sequences;
use schedule_callback::ingest::settle::{Basis, Facts, SettledBatch, Unsettled, settle};
use schedule_callback::ingest::{Content, Item, Publication, ReadPlace, Recorded};
use schedule_callback::protocol::Fault;
use schedule_callback::protocol::keeping::Keeps;
use schedule_callback::protocol::recording::{self, Came, HoldEnds, Recording, Rule, Step, hold_ends};

use self::left_out::{end_too_soon, forget_passes, forget_place, forget_what_is_taken_back, read_by_now};
use super::messages::{ToDispatch, ToTakeover};
use super::shared::{Shared, Taken};
use crate::database::{Error, Outcome, SEQUENCE_BLOCK, SessionId};
use crate::executor::{MILLIS, Micros, SECOND};
use crate::rules::LeftOut;

/// CloudEvents source of what the service publishes.
pub const SOURCE: &str = "/schedule-callback";
/// How long one attempt may take.
const ATTEMPT: Micros = 20 * SECOND;

type Name = (Shard, i64);
type Machine = Recording<Name, Settled, Kept>;

/// A batch, settled.
pub struct Settled(SettledBatch);

impl recording::Settled for Settled {
    type Key = Fingerprint;
    type Decision = Decision;

    fn decisions(&self) -> impl Iterator<Item = (Fingerprint, &Decision)> + Clone {
        self.0.decisions.iter().map(|decision| (decision.key, decision))
    }

    fn changes_by_time(&self) -> bool {
        self.0.changes_by_time
    }
}

/// Every rule but the one that is left out.
#[derive(Clone, Copy)]
pub struct Kept(pub LeftOut);

impl Keeps<Rule> for Kept {
    fn keeps(&self, rule: Rule) -> bool {
        match rule {
            Rule::EpochsCount => self.0 != LeftOut::EpochCheck,
            Rule::DoubtStays => self.0 != LeftOut::DoubtStays,
            Rule::RecordsFirst => self.0 != LeftOut::RecordsFirst,
            _ => true,
        }
    }
}

/// A connection. When it is dropped, by whoever lives or dies, the server notices sooner or later.
struct Session {
    shared: Rc<Shared>,
    id: SessionId,
}

impl Session {
    fn open(shared: &Rc<Shared>) -> Option<Self> {
        let opened = || Self { shared: Rc::clone(shared), id: shared.database.session() };
        shared.postgres.is_open().then(opened)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let sim = &self.shared.sim;
        let unnoticed = match sim.below(4) {
            0 => sim.between(SECOND, 8 * SECOND),
            _ => sim.between(100, 20 * MILLIS),
        };
        let (database, id) = (Rc::clone(&self.shared.database), self.id);
        self.shared.postgres.send(unnoticed, move || database.roll_back(id));
    }
}

/// Runs for ever.
pub async fn run(shared: Rc<Shared>) {
    let mut recorder = Recorder { shared: Rc::clone(&shared), session: None, sequences: Sequences::default() };
    loop {
        let mut batch = vec![shared.mailboxes.items.recv().await];
        // What time makes comes in batches of its own.
        let is_time = is_of_time(&batch[0]);
        while batch.len() < shared.settings.batch
            && let Some(item) = shared.mailboxes.items.try_recv_if(|item| is_of_time(item) == is_time)
        {
            batch.push(item);
        }
        recorder.record(&batch).await;
    }
}

const fn is_of_time(item: &Item) -> bool {
    matches!(item.content, Content::Time { .. })
}

struct Recorder {
    shared: Rc<Shared>,
    session: Option<Session>,
    sequences: Sequences,
}

impl Recorder {
    async fn record(&mut self, batch: &[Item]) {
        let mut machine = Machine::keeping(Kept(self.shared.left_out));
        loop {
            match machine.step() {
                Step::Over => return,
                Step::Begin => {
                    self.attempt(batch, &mut machine).await;
                    continue;
                }
                Step::Disown(lost) => {
                    let awaiting = self.shared.disown(&self.takeovers(&lost)).await;
                    self.shared.mailboxes.takeover.send(ToTakeover::Take(awaiting));
                }
                Step::Stop(spoilt) => {
                    let shards = spoilt.iter().map(|name| name.0).collect();
                    self.shared.revoke(shards).await;
                }
                Step::EndHolds => machine.settled_mut().into_iter().for_each(|settled| {
                    for part in std::mem::take(&mut settled.0.shards) {
                        part.owned.frontier().release(part.hold);
                    }
                }),
                Step::Wait(wait) | Step::LookAtTopics(wait) => {
                    self.shared.sim.sleep(i64::try_from(wait.as_micros()).unwrap_or(SECOND)).await;
                }
                Step::WaitForPass => self.shared.sim.sleep(SECOND / 300).await,
                Step::TellWindow => machine.settled_mut().into_iter().for_each(|settled| self.tell_windows(settled)),
                Step::Publish => machine.settled_mut().into_iter().for_each(|settled| self.hand_on(settled)),
                Step::Prepare
                | Step::HoldEpochs(_)
                | Step::Forget
                | Step::LookUp { .. }
                | Step::Settle
                | Step::FindOut
                | Step::Write
                | Step::Commit => {
                    machine.hear(Came::Failed(Fault::Away));
                    continue;
                }
            }
            machine.hear(Came::Done);
        }
    }

    fn takeovers(&self, names: &[Name]) -> Vec<Taken> {
        names.iter().filter_map(|name| self.shared.takeover(*name)).collect()
    }

    fn is_current(&self, item: &Item) -> bool {
        let owned = &item.place.owned;
        self.shared.takeover((owned.shard, owned.epoch)).is_some_and(|taken| taken.is_current())
    }

    async fn attempt(&mut self, batch: &[Item], machine: &mut Machine) {
        let items: Vec<&Item> = batch.iter().filter(|item| self.is_current(item)).collect();
        let standing: BTreeSet<Name> =
            items.iter().map(|item| (item.place.owned.shard, item.place.owned.epoch)).collect();
        machine.hear(Came::Standing(standing.into_iter().collect()));
        if machine.step() == Step::Over {
            return;
        }
        let sim = self.shared.sim.clone();
        let came = match sim.timeout(ATTEMPT, self.transaction(&items, machine)).await {
            Some(Ok(())) => return,
            Some(Err(came)) => came,
            None => Came::Failed(Fault::Unknown),
        };
        self.session = None;
        let is_committing = machine.step() == Step::Commit;
        machine.hear(if is_committing { Came::Failed(Fault::Unknown) } else { came });
    }

    /// The steps of a transaction, up to the first that is none. Where one fails, what came of it.
    #[expect(clippy::too_many_lines, reason = "one arm for each step, in their order")]
    async fn transaction(&mut self, items: &[&Item], machine: &mut Machine) -> Result<(), Came<Name, Settled>> {
        let shared = Rc::clone(&self.shared);
        let session = match &self.session {
            Some(session) => session.id,
            None => self.session.insert(Session::open(&shared).ok_or(Came::Failed(Fault::Away))?).id,
        };
        if machine.step() == Step::Prepare {
            while self.sequences.left() < items.len() {
                let database = Rc::clone(&shared.database);
                let first = shared.call("take numbers", move |_| Poll::Ready(Ok(database.sequence_block()))).await?;
                self.sequences.add(first..first + SEQUENCE_BLOCK);
            }
            machine.hear(Came::Done);
        }
        let keys: Vec<Fingerprint> = match machine.settled() {
            Some(settled) => settled.0.decisions.iter().map(|decision| decision.key).collect(),
            None => keys_of(items),
        };
        let mut facts = Facts::default();
        shared.call("begin", move |database| database.begin(session)).await?;
        loop {
            match machine.step() {
                Step::HoldEpochs(epochs) => {
                    let wanted = epochs.clone();
                    let held = if shared.left_out == LeftOut::FenceSweeps && items.iter().all(|item| is_of_time(item)) {
                        wanted.iter().map(|(shard, _)| *shard).collect()
                    } else {
                        shared.call("hold epochs", move |database| database.hold_epochs(session, &wanted)).await?
                    };
                    facts.known = shared.find(session, keys.clone()).await?;
                    machine.hear(Came::Held(epochs.into_iter().filter(|(shard, _)| held.contains(shard)).collect()));
                }
                Step::Forget => machine.hear(Came::Done),
                Step::LookUp { .. } => {
                    let reused = reused_keys(items, &facts.known);
                    facts.known.extend(shared.find(session, reused).await?);
                    // Every decision is remembered for longer than the world lasts.
                    debug_assert!(forgotten_keys(items, &facts).len() <= items.len());
                    for (shard, ids) in callbacks_of(items, &facts) {
                        let found = shared
                            .call("find callbacks", move |database| database.find_callbacks(session, shard, &ids))
                            .await?;
                        facts.callbacks.extend(found.into_iter().map(|callback| (callback.callback_id, callback)));
                    }
                    machine.hear(Came::Known { beyond: false });
                }
                Step::Settle => {
                    match shared.left_out {
                        LeftOut::SayOnce => facts.known.values_mut().for_each(forget_place),
                        LeftOut::WaitForPass => forget_passes(items),
                        LeftOut::EndWhenPublished => end_too_soon(&mut facts, items),
                        _ => {}
                    }
                    let at = Basis {
                        facts: std::mem::take(&mut facts),
                        directory: &shared.directory(),
                        rules: &shared.rules,
                        decided_at: shared.now(),
                        partitions: shared.partitions,
                        source: SOURCE,
                        state: shared.events().state,
                    };
                    let mut settled = settle(items.iter().copied(), &at, &mut self.sequences);
                    if let Ok(settled) = &mut settled {
                        shared.note(settled);
                        if shared.left_out == LeftOut::TakeBack {
                            forget_what_is_taken_back(settled);
                        }
                    }
                    machine.hear(match settled {
                        Ok(settled) => Came::Settled(Settled(settled)),
                        Err(Unsettled::Early) => Came::Early,
                        Err(Unsettled::Exhausted) => Came::Failed(Fault::Away),
                    });
                }
                Step::FindOut => machine.hear(Came::Found(std::mem::take(&mut facts.known))),
                Step::Write => {
                    if let Some(Settled(settled)) = machine.settled() {
                        let written = (settled.decisions.clone(), settled.inserts.clone(), settled.updates.clone());
                        let write = move |database: &crate::database::Database| {
                            database.write(session, &written.0, &written.1, &written.2)
                        };
                        shared.call("write rows", write).await?;
                        if shared.settings.has_state {
                            let read = match shared.left_out {
                                LeftOut::NoteForward => read_by_now(&settled.answers, |_| true),
                                LeftOut::NoteWhatIsWritten => {
                                    let is_there = |place: &ReadPlace| {
                                        items.iter().any(|item| Arc::ptr_eq(&item.place.owned, &place.owned))
                                    };
                                    read_by_now(&settled.answers, is_there)
                                }
                                _ => read_up_to(&settled.answers),
                            };
                            shared
                                .call("note recorded", move |database| database.note_recorded(session, &read))
                                .await?;
                        }
                    }
                    machine.hear(Came::Done);
                }
                Step::Commit => {
                    shared.call("commit rows", move |database| database.commit(session)).await?;
                    machine.hear(Came::Done);
                    return Ok(());
                }
                Step::Publish => {
                    machine.settled_mut().into_iter().for_each(|settled| self.hand_on(settled));
                    machine.hear(Came::Done);
                }
                _ => {
                    // Rolled back: nothing of it is needed, or it has written nothing.
                    let database = Rc::clone(&shared.database);
                    shared.postgres.send(shared.sim.between(100, MILLIS), move || database.roll_back(session));
                    self.session = None;
                    return Ok(());
                }
            }
        }
    }

    fn hand_on(&self, Settled(settled): &mut Settled) {
        let (answers, holds) = (std::mem::take(&mut settled.answers), std::mem::take(&mut settled.holds));
        if !answers.is_empty() || !holds.is_empty() {
            self.shared.mailboxes.answers.send(Recorded { answers, holds });
        }
    }

    fn tell_windows(&self, Settled(settled): &mut Settled) {
        for part in std::mem::take(&mut settled.shards) {
            let left_out = self.shared.left_out;
            let until_answered =
                self.shared.settings.has_state && !settled.answers.is_empty() && left_out != LeftOut::HoldUntilAnswered;
            let HoldEnds { told, answered } =
                hold_ends(&part.changes, &mut part.owned.frontier(), part.hold, until_answered);
            let is_answered = answered.is_some();
            settled.holds.extend(answered.map(|hold| (Arc::clone(&part.owned), hold)));
            let Some((reach, mut hold)) = told else { continue };
            if left_out == LeftOut::HoldUntilTold && is_answered {
                // One that has ended already.
                let mut frontier = part.owned.frontier();
                frontier.release(hold);
                hold = frontier.hold();
                frontier.release(hold.clone());
            }
            let taken = self.shared.takeover((part.owned.shard, part.owned.epoch));
            match taken.filter(|_| left_out != LeftOut::TellWindow) {
                Some(taken) if Arc::ptr_eq(&taken.owned, &part.owned) => {
                    let changes = part.changes;
                    self.shared.mailboxes.dispatch.send(ToDispatch::Changed { taken, changes, reach, hold });
                }
                _ => part.owned.frontier().release(hold),
            }
        }
    }
}

impl Shared {
    fn note(&self, settled: &SettledBatch) {
        let mut decided = self.notes.decided.borrow_mut();
        for answer in &settled.answers {
            for publication in &answer.publications {
                if let Publication::Result { key: Some(key), .. } = publication {
                    decided.entry(key.to_vec()).or_default().push((answer.place.owned.epoch, self.sim.now()));
                }
            }
        }
    }

    /// One statement of the recording step.
    async fn call<T: 'static>(
        &self,
        name: &'static str,
        statement: impl Fn(&crate::database::Database) -> Outcome<T> + 'static,
    ) -> Result<T, Came<Name, Settled>> {
        let database = Rc::clone(&self.database);
        match self.postgres.call(name, ATTEMPT, move || statement(&database), Some(Err(Error::Gone))).await {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(Error::Repeated)) => Err(Came::Repeated),
            Ok(Err(Error::Moved | Error::Gone)) | Err(_) => Err(Came::Failed(Fault::Away)),
        }
    }

    async fn find(
        &self,
        session: SessionId,
        keys: Vec<Fingerprint>,
    ) -> Result<HashMap<Fingerprint, Decision>, Came<Name, Settled>> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        self.call("find decisions", move |database| database.find_decisions(session, &keys)).await
    }
}
