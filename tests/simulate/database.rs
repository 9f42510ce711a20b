//! PostgreSQL as far as the service uses it: three tables, row locks, snapshots, unique keys, sessions.
//!
//! Every function is one statement, served at one moment; `Poll::Pending` is a statement that waits for another
//! transaction. Isolation is `read committed`: a statement sees what is committed when it begins, and its own writes.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use schedule_callback::domain::commitment::{Commitment, Position};
use schedule_callback::domain::decision::Decision;
use schedule_callback::domain::ids::{CallbackId, Fingerprint, Shard};
use schedule_callback::domain::time::Timestamp;

use crate::network::Server;

/// How many sequence numbers are handed out at once.
pub const SEQUENCE_BLOCK: i64 = 1_000;

/// A session of one client.
pub type SessionId = u64;

/// A row of the table `shard`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShardRow {
    /// `epoch`
    pub epoch: i64,
    /// `owner`
    pub owner: Option<String>,
    /// `previous_owners`
    pub previous: Vec<String>,
    /// `confirmed_fire_at`, `confirmed_callback_id`
    pub confirmed: Option<Position>,
    /// `recorded_commands`, `recorded_amendments`
    pub recorded: Recorded,
}

/// Up to which offsets of the commands and of the amendments of a shard decisions are stored, where that is noted.
pub type Recorded = [Option<i64>; 2];

/// Why a statement failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// A key of `command` is there already.
    Repeated,
    /// A callback does not stand where it was read.
    Moved,
    /// The session, or its transaction, is gone.
    Gone,
}

/// What a statement comes to.
pub type Outcome<T> = Poll<Result<T, Error>>;

/// What is committed.
#[derive(Clone, Default)]
pub struct Tables {
    /// The table `shard`.
    pub shards: BTreeMap<Shard, ShardRow>,
    /// The table `command`.
    pub decisions: BTreeMap<Fingerprint, Decision>,
    /// The table `callback`.
    pub callbacks: BTreeMap<CallbackId, (Shard, Arc<Commitment>)>,
    /// The next value of `callback_sequence`.
    pub sequence: i64,
}

#[derive(Default)]
struct Transaction {
    /// Shards whose rows it has locked `for key share`.
    shared: BTreeSet<Shard>,
    /// What it has written of shards' rows, which it has locked `for no key update` by that.
    recorded: BTreeMap<Shard, Recorded>,
    decisions: BTreeMap<Fingerprint, Decision>,
    callbacks: BTreeMap<CallbackId, (Shard, Arc<Commitment>)>,
}

/// Rules of the database that a test can have it break.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Broken {
    /// `for update` does not wait.
    pub waits_for_nobody: bool,
    /// Rows are found under any epoch.
    pub ignores_epochs: bool,
}

/// The database.
pub struct Database {
    /// What the network sees.
    pub server: Rc<Server>,
    /// Rules that it breaks.
    pub broken: Broken,
    tables: RefCell<Tables>,
    /// Open transactions, one a session.
    open: RefCell<BTreeMap<SessionId, Transaction>>,
    sessions: Cell<SessionId>,
}

impl Database {
    /// An empty one.
    pub fn new(server: Rc<Server>, broken: Broken) -> Rc<Self> {
        let tables = RefCell::new(Tables { sequence: 1, ..Tables::default() });
        Rc::new(Self { server, broken, tables, open: RefCell::default(), sessions: Cell::new(0) })
    }

    /// What is committed.
    pub fn tables(&self) -> std::cell::Ref<'_, Tables> {
        self.tables.borrow()
    }

    /// A backup is played back: whatever was committed since is gone.
    pub fn restore(&self, backup: Tables) {
        self.open.borrow_mut().clear();
        *self.tables.borrow_mut() = backup;
    }

    /// It dies: transactions that are open have never been.
    pub fn kill(&self) {
        self.server.kill();
        self.open.borrow_mut().clear();
    }

    /// The number of a new session.
    pub fn session(&self) -> SessionId {
        self.sessions.set(self.sessions.get() + 1);
        self.sessions.get()
    }

    /// `begin`; what the session had open is rolled back.
    pub fn begin(&self, session: SessionId) -> Outcome<()> {
        self.open.borrow_mut().insert(session, Transaction::default());
        self.server.look_again();
        Poll::Ready(Ok(()))
    }

    /// `rollback`, or the end of the session.
    pub fn roll_back(&self, session: SessionId) {
        if self.open.borrow_mut().remove(&session).is_some() {
            self.server.look_again();
        }
    }

    /// `commit`: all that is written is seen by everybody from now on.
    pub fn commit(&self, session: SessionId) -> Outcome<()> {
        let Some(transaction) = self.open.borrow_mut().remove(&session) else { return Poll::Ready(Err(Error::Gone)) };
        let mut tables = self.tables.borrow_mut();
        for (shard, recorded) in transaction.recorded {
            let row = tables.shards.entry(shard).or_default();
            for (stored, now) in row.recorded.iter_mut().zip(recorded) {
                *stored = now.or(*stored);
            }
        }
        tables.decisions.extend(transaction.decisions);
        tables.callbacks.extend(transaction.callbacks);
        drop(tables);
        self.server.look_again();
        Poll::Ready(Ok(()))
    }

    /// Whether another transaction than that session's has written one of these rows: who writes them too waits for it.
    fn is_written(&self, mut shards: impl Iterator<Item = Shard>, session: Option<SessionId>) -> bool {
        let open = self.open.borrow();
        shards.any(|shard| open.iter().any(|(id, other)| Some(*id) != session && other.recorded.contains_key(&shard)))
    }

    /// T1: raises the epochs in that owner's name.
    pub fn claim(&self, shards: &[Shard], owner: &str) -> Outcome<BTreeMap<Shard, ShardRow>> {
        if self.is_written(shards.iter().copied(), None) {
            return Poll::Pending;
        }
        let mut tables = self.tables.borrow_mut();
        let mut claimed = BTreeMap::new();
        for shard in shards {
            let row = tables.shards.entry(*shard).or_default();
            row.epoch += 1;
            if let Some(before) = row.owner.replace(owner.to_owned())
                && before != owner
                && !row.previous.contains(&before)
            {
                row.previous.push(before);
            }
            claimed.insert(*shard, row.clone());
        }
        Poll::Ready(Ok(claimed))
    }

    /// T2: locks the rows `for update` and lets them go again, which waits for whoever holds them `for key share` or has
    /// written them. Tells up to where decisions are stored.
    pub fn wait_for_holders(&self, shards: &[Shard]) -> Outcome<BTreeMap<Shard, Recorded>> {
        let open = self.open.borrow();
        let holds = |other: &Transaction, shard| other.shared.contains(shard) || other.recorded.contains_key(shard);
        let is_held = shards.iter().any(|shard| open.values().any(|other| holds(other, shard)));
        if is_held && !self.broken.waits_for_nobody {
            return Poll::Pending;
        }
        let tables = self.tables.borrow();
        let recorded = |shard: &Shard| Some((*shard, tables.shards.get(shard)?.recorded));
        Poll::Ready(Ok(shards.iter().filter_map(recorded).collect()))
    }

    /// The highest number that was given out, as an id of the last shard.
    pub fn highest_callback_id(&self) -> Outcome<i64> {
        let last = self.tables.borrow().sequence - 1;
        Poll::Ready(Ok((last << 10) | 1_023))
    }

    /// Forgets the previous owners of shards that are still under these epochs.
    pub fn forget_owners(&self, epochs: &[(Shard, i64)]) -> Outcome<()> {
        self.update(epochs.iter().copied(), |row, ()| row.previous.clear(), &|_| ())
    }

    /// Copies markers; `release` gives up the ownership, too.
    pub fn confirm(&self, markers: &[(Shard, i64, Position)], release: bool) -> Outcome<()> {
        let of: BTreeMap<Shard, Position> = markers.iter().map(|(shard, _, marker)| (*shard, *marker)).collect();
        let set = |row: &mut ShardRow, marker: Option<Position>| {
            row.confirmed = marker;
            if release {
                row.owner = None;
            }
        };
        self.update(markers.iter().map(|(shard, epoch, _)| (*shard, *epoch)), set, &|shard| of.get(&shard).copied())
    }

    fn update<T>(
        &self,
        epochs: impl Iterator<Item = (Shard, i64)> + Clone,
        set: impl Fn(&mut ShardRow, T),
        value: &dyn Fn(Shard) -> T,
    ) -> Outcome<()> {
        if self.is_written(epochs.clone().map(|(shard, _)| shard), None) {
            return Poll::Pending;
        }
        let mut tables = self.tables.borrow_mut();
        for (shard, epoch) in epochs {
            if let Some(row) = tables.shards.get_mut(&shard)
                && row.epoch == epoch
            {
                set(row, value(shard));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Which of these shards are still under these epochs.
    pub fn current(&self, epochs: &[(Shard, i64)]) -> Outcome<BTreeSet<Shard>> {
        let tables = self.tables.borrow();
        let stands = |(shard, epoch): &&(Shard, i64)| tables.shards.get(shard).is_some_and(|row| row.epoch == *epoch);
        Poll::Ready(Ok(epochs.iter().filter(stands).map(|(shard, _)| *shard).collect()))
    }

    /// R1: the same, and the rows are locked `for key share` until the transaction ends.
    pub fn hold_epochs(&self, session: SessionId, epochs: &[(Shard, i64)]) -> Outcome<BTreeSet<Shard>> {
        let mut open = self.open.borrow_mut();
        let Some(transaction) = open.get_mut(&session) else { return Poll::Ready(Err(Error::Gone)) };
        let held = if self.broken.ignores_epochs {
            epochs.iter().map(|(shard, _)| *shard).collect()
        } else {
            match self.current(epochs) {
                Poll::Ready(Ok(current)) => current,
                other => return other,
            }
        };
        transaction.shared.extend(held.iter().copied());
        Poll::Ready(Ok(held))
    }

    /// R2: the decisions of these keys.
    pub fn find_decisions(&self, session: SessionId, keys: &[Fingerprint]) -> Outcome<HashMap<Fingerprint, Decision>> {
        let open = self.open.borrow();
        let Some(transaction) = open.get(&session) else { return Poll::Ready(Err(Error::Gone)) };
        let tables = self.tables.borrow();
        let found = keys.iter().filter_map(|key| {
            let decision = transaction.decisions.get(key).or_else(|| tables.decisions.get(key))?;
            Some((*key, decision.clone()))
        });
        Poll::Ready(Ok(found.collect()))
    }

    /// R2: the callbacks with these ids in that shard.
    pub fn find_callbacks(&self, session: SessionId, shard: Shard, ids: &[CallbackId]) -> Outcome<Vec<Commitment>> {
        if !self.open.borrow().contains_key(&session) {
            return Poll::Ready(Err(Error::Gone));
        }
        let tables = self.tables.borrow();
        let found = ids.iter().filter_map(|id| tables.callbacks.get(id)).filter(|(of, _)| *of == shard);
        Poll::Ready(Ok(found.map(|(_, row)| (**row).clone()).collect()))
    }

    /// R4: notes up to where shards were read. A row that another open transaction has written makes it wait for that one.
    pub fn note_recorded(&self, session: SessionId, recorded: &BTreeMap<Shard, Recorded>) -> Outcome<()> {
        if self.is_written(recorded.keys().copied(), Some(session)) {
            return Poll::Pending;
        }
        let mut open = self.open.borrow_mut();
        let Some(transaction) = open.get_mut(&session) else { return Poll::Ready(Err(Error::Gone)) };
        transaction.recorded.extend(recorded.iter().map(|(shard, recorded)| (*shard, *recorded)));
        Poll::Ready(Ok(()))
    }

    /// R4: writes decisions, new callbacks and changed ones. A key or a row that another open transaction has written
    /// makes it wait for that one.
    pub fn write(
        &self,
        session: SessionId,
        decisions: &[Decision],
        inserts: &[(Shard, Arc<Commitment>)],
        updates: &[(Shard, Position, Arc<Commitment>)],
    ) -> Outcome<()> {
        let mut open = self.open.borrow_mut();
        if !open.contains_key(&session) {
            return Poll::Ready(Err(Error::Gone));
        }
        let written_by_another = open.iter().filter(|(id, _)| **id != session).any(|(_, other)| {
            decisions.iter().any(|decision| other.decisions.contains_key(&decision.key))
                || updates.iter().any(|(_, _, row)| other.callbacks.contains_key(&row.callback_id))
        });
        if written_by_another {
            return Poll::Pending;
        }
        let tables = self.tables.borrow();
        let failed = if decisions.iter().any(|decision| tables.decisions.contains_key(&decision.key)) {
            Some(Error::Repeated)
        } else {
            let stands = |(shard, was, row): &(Shard, Position, Arc<Commitment>)| {
                let found = tables.callbacks.get(&row.callback_id);
                found.is_some_and(|(of, found)| of == shard && found.fire_at == was.fire_at)
            };
            (!updates.iter().all(stands)).then_some(Error::Moved)
        };
        drop(tables);
        if let Some(error) = failed {
            open.remove(&session);
            drop(open);
            self.server.look_again();
            return Poll::Ready(Err(error));
        }
        let Some(transaction) = open.get_mut(&session) else { return Poll::Ready(Err(Error::Gone)) };
        transaction.decisions.extend(decisions.iter().map(|decision| (decision.key, decision.clone())));
        let rows = inserts.iter().cloned().chain(updates.iter().map(|(shard, _, row)| (*shard, Arc::clone(row))));
        transaction.callbacks.extend(rows.map(|(shard, row)| (row.callback_id, (shard, row))));
        Poll::Ready(Ok(()))
    }

    /// F1: the rows of that shard behind `after` and up to `until` at whose place something happens, in order, as they are
    /// now.
    pub fn load(
        &self,
        shard: Shard,
        after: Position,
        until: Timestamp,
        limit: usize,
    ) -> Vec<(Position, Arc<Commitment>)> {
        let tables = self.tables.borrow();
        let wanted = |row: &&(Shard, Arc<Commitment>)| {
            row.0 == shard && row.1.waits() && row.1.position() > after && row.1.fire_at <= until
        };
        let mut rows: Vec<_> =
            tables.callbacks.values().filter(wanted).map(|(_, row)| (row.position(), Arc::clone(row))).collect();
        rows.sort_by_key(|row| row.0);
        rows.truncate(limit);
        rows
    }

    /// F7: where the tracked callbacks of that shard stand that wait to be presented or reported, behind `after` up to and
    /// including `through`, in order, as they are now.
    pub fn unreported(&self, shard: Shard, after: Option<Position>, through: Position, limit: usize) -> Vec<Position> {
        let tables = self.tables.borrow();
        let wanted = |row: &&(Shard, Arc<Commitment>)| {
            let (of, row) = row;
            let is_unreported = row.life.is_tracked() && row.life.phase.presents() && row.cancelled_at.is_none();
            *of == shard && is_unreported && after.is_none_or(|after| row.position() > after)
        };
        let rows = tables.callbacks.values().filter(wanted).map(|(_, row)| row.position());
        let mut rows: Vec<_> = rows.filter(|position| *position <= through).collect();
        rows.sort_unstable();
        rows.truncate(limit);
        rows
    }

    /// `nextval('callback_sequence')`: the first of a block. It is not undone by anything.
    pub fn sequence_block(&self) -> i64 {
        let mut tables = self.tables.borrow_mut();
        let first = tables.sequence;
        tables.sequence += SEQUENCE_BLOCK;
        first
    }
}

#[cfg(test)]
mod tests {
    use schedule_callback::domain::commitment::{Origin, PhoneNumber, Target, Terms};
    use schedule_callback::domain::ids::{AgentId, SkillId, Tenant};
    use schedule_callback::domain::life::Life;

    use super::*;
    use crate::executor::Sim;
    use crate::network::Service;

    fn database() -> Rc<Database> {
        Database::new(Server::new(&Sim::new(1), Service::Postgres), Broken::default())
    }

    fn shard() -> Shard {
        Shard::from_partition(0).unwrap()
    }

    fn decision(key: u8, says: &str) -> Decision {
        Decision {
            key: Fingerprint([key; 16]),
            payload: Fingerprint([0; 16]),
            decided_at: Timestamp::from_micros(0),
            callback_id: None,
            schedules: false,
            correlation_id: None,
            result: says.into(),
            states: None,
        }
    }

    fn row(sequence: i64, micros: i64) -> Arc<Commitment> {
        let at = Timestamp::from_micros(micros);
        Arc::new(Commitment {
            callback_id: CallbackId::compose(sequence, shard()).unwrap(),
            revision: 1,
            attempt: 1,
            fire_at: at,
            terms: Terms {
                scheduled_for: at,
                target: Target { skill: SkillId::new(1).unwrap(), agent: None },
                phone_number: PhoneNumber { e164: "+14155552671".to_owned(), extension: None },
                notes: None,
            },
            origin: Origin {
                tenant: Tenant::default(),
                command_source: "/".to_owned(),
                command_id: "c".to_owned(),
                correlation_id: None,
                trace: None,
                caption: None,
                first_name: None,
                last_name: None,
                requested_by: AgentId::new(1).unwrap(),
            },
            revised_by: "c".to_owned(),
            cancelled_at: None,
            life: Life::default(),
        })
    }

    fn done<T>(outcome: Outcome<T>) -> Result<T, Error> {
        match outcome {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => panic!("it waits"),
        }
    }

    fn begin(database: &Database) -> SessionId {
        let session = database.session();
        done(database.begin(session)).unwrap();
        session
    }

    #[test]
    fn a_takeover_waits_for_whoever_holds_the_epoch_and_nobody_holds_an_old_one() {
        let database = database();
        assert_eq!(done(database.claim(&[shard()], "first")).unwrap()[&shard()].epoch, 1);
        let session = begin(&database);
        assert!(done(database.hold_epochs(session, &[(shard(), 1)])).unwrap().contains(&shard()));
        let claimed = done(database.claim(&[shard()], "second")).unwrap();
        assert_eq!((claimed[&shard()].epoch, &*claimed[&shard()].previous), (2, &["first".to_owned()][..]));
        assert!(database.wait_for_holders(&[shard()]).is_pending());
        let late = begin(&database);
        assert!(done(database.hold_epochs(late, &[(shard(), 1)])).unwrap().is_empty());
        done(database.commit(session)).unwrap();
        assert!(database.wait_for_holders(&[shard()]).is_ready());
    }

    #[test]
    fn an_owner_is_remembered_once_and_only_the_present_epoch_may_write_the_row() {
        let database = database();
        for owner in ["a", "b", "a", "b", "b"] {
            done(database.claim(&[shard()], owner)).unwrap();
        }
        let row = database.tables().shards[&shard()].clone();
        assert_eq!(
            (row.epoch, row.owner.as_deref(), row.previous),
            (5, Some("b"), vec!["a".to_owned(), "b".to_owned()])
        );
        let marker = Position { fire_at: Timestamp::from_micros(9), callback_id: 1 };
        done(database.confirm(&[(shard(), 4, marker)], true)).unwrap();
        done(database.forget_owners(&[(shard(), 4)])).unwrap();
        assert_eq!(database.tables().shards[&shard()].previous.len(), 2);
        done(database.confirm(&[(shard(), 5, marker)], true)).unwrap();
        assert_eq!(
            (database.tables().shards[&shard()].confirmed, &database.tables().shards[&shard()].owner),
            (Some(marker), &None)
        );
    }

    #[test]
    fn the_second_writer_of_a_key_waits_for_the_first_and_then_hears_of_it() {
        let database = database();
        let (first, second) = (begin(&database), begin(&database));
        done(database.write(first, &[decision(1, "first")], &[], &[])).unwrap();
        assert!(database.write(second, &[decision(1, "second")], &[], &[]).is_pending());
        done(database.commit(first)).unwrap();
        assert_eq!(done(database.write(second, &[decision(1, "second")], &[], &[])), Err(Error::Repeated));
        assert_eq!(done(database.commit(second)), Err(Error::Gone), "its transaction has failed");
        assert_eq!(&*database.tables().decisions[&Fingerprint([1; 16])].result, "first");
    }

    #[test]
    fn where_the_first_writer_goes_back_the_second_goes_on() {
        let database = database();
        let (first, second) = (begin(&database), begin(&database));
        done(database.write(first, &[decision(1, "first")], &[], &[])).unwrap();
        database.roll_back(first);
        done(database.write(second, &[decision(1, "second")], &[], &[])).unwrap();
        assert!(done(database.find_decisions(first, &[])).is_err());
        done(database.commit(second)).unwrap();
        assert_eq!(&*database.tables().decisions[&Fingerprint([1; 16])].result, "second");
    }

    #[test]
    fn a_statement_sees_what_is_committed_and_its_own_and_nothing_else() {
        let database = database();
        let (first, second) = (begin(&database), begin(&database));
        done(database.write(first, &[decision(1, "first")], &[(shard(), row(1, 50))], &[])).unwrap();
        let key = [Fingerprint([1; 16])];
        assert_eq!(done(database.find_decisions(first, &key)).unwrap().len(), 1);
        assert!(done(database.find_decisions(second, &key)).unwrap().is_empty());
        let start = Position { fire_at: Timestamp::from_micros(0), callback_id: 0 };
        let load = || database.load(shard(), start, Timestamp::from_micros(100), 10).len();
        assert_eq!(load(), 0);
        done(database.commit(first)).unwrap();
        assert_eq!((done(database.find_decisions(second, &key)).unwrap().len(), load()), (1, 1));
    }

    #[test]
    fn a_callback_that_no_longer_stands_where_it_was_read_is_not_written() {
        let database = database();
        let session = begin(&database);
        done(database.write(session, &[], &[(shard(), row(1, 50))], &[])).unwrap();
        done(database.commit(session)).unwrap();
        let session = begin(&database);
        let moved = row(1, 70);
        done(database.write(session, &[], &[], &[(shard(), row(1, 50).position(), moved)])).unwrap();
        done(database.commit(session)).unwrap();
        let session = begin(&database);
        let again = done(database.write(session, &[], &[], &[(shard(), row(1, 50).position(), row(1, 90))]));
        assert_eq!(again, Err(Error::Moved));
    }

    #[test]
    fn when_it_dies_what_was_open_has_never_been_and_numbers_are_not_given_out_again() {
        let database = database();
        let session = begin(&database);
        done(database.write(session, &[decision(1, "lost")], &[], &[])).unwrap();
        assert_eq!(database.sequence_block(), 1);
        database.kill();
        assert_eq!(done(database.commit(session)), Err(Error::Gone));
        assert!(database.tables().decisions.is_empty());
        assert_eq!(database.sequence_block(), 1 + SEQUENCE_BLOCK);
    }

    #[test]
    fn a_load_is_in_order_and_stops_at_its_limit() {
        let database = database();
        let session = begin(&database);
        let rows: Vec<_> = [(1, 70), (2, 50), (3, 50), (4, 90)].map(|(id, at)| (shard(), row(id, at))).into();
        done(database.write(session, &[], &rows, &[])).unwrap();
        done(database.commit(session)).unwrap();
        let after = row(2, 50).position();
        let found = database.load(shard(), after, Timestamp::from_micros(80), 10);
        assert_eq!(found.iter().map(|row| row.0).collect::<Vec<_>>(), [row(3, 50).position(), row(1, 70).position()]);
        assert_eq!(database.load(shard(), after, Timestamp::from_micros(80), 1).len(), 1);
    }
}
