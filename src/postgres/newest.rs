//! The newest server that this instance, or any other of its group, has seen: one that lacks what it has is neither read
//! nor written (docs/running.md#failover).
//!
//! A session belongs to the timeline of the server that it was opened on, for as long as it lives. So it is enough to look
//! at each new session, and to end those of an older timeline when a newer one is seen; a load looks once more before it
//! begins, since it may be quicker than their end.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::DatabaseError;
use super::server::Reached;
use crate::config::connection::Server;
use crate::domain::wal::{Standing, WalPosition};
use crate::telemetry::metric;

/// How long a server that lacks something is not named again.
const SAID_FOR: Duration = Duration::from_mins(1);

/// What is known. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Newest {
    state: watch::Sender<State>,
    /// When it was last said that a server lacks something.
    said: Arc<Mutex<Option<Instant>>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// The newest place; `None` before the first session, and where the server does not tell.
    seen: Option<WalPosition>,
    /// What the group names, of those that count.
    told: Option<WalPosition>,
    /// Whether a person has said that `seen` counts, and the group does not know it yet.
    adopted: bool,
    /// The one that all takeovers of this instance have begun on.
    begun: Option<WalPosition>,
}

/// Where a session belongs, once that is known.
pub(super) type Origin = Arc<OnceLock<Option<WalPosition>>>;

impl State {
    /// Why a server at this place is not to be used; `before` is what was known when it was asked.
    fn refusal(&self, place: Option<&Reached>, before: Option<WalPosition>) -> Option<DatabaseError> {
        let newest = self.seen?;
        let Some(Reached { written, .. }) = place else { return Some(DatabaseError::Silent(newest)) };
        // Another session may have seen more of the same server since this one asked.
        let known =
            before.filter(|before| before.is_on_timeline_of(&newest)).unwrap_or(WalPosition { lsn: 0, ..newest });
        match written.standing(&known) {
            Standing::Newest => None,
            Standing::Behind => Some(DatabaseError::Behind { found: *written, newest }),
            Standing::Unrelated => Some(DatabaseError::Unrelated { found: *written, newest }),
        }
    }

    fn is_of_the_newest(&self, origin: Option<WalPosition>) -> bool {
        are_of_one_timeline(origin, self.seen)
    }
}

impl Newest {
    /// What is known now.
    pub fn seen(&self) -> Option<WalPosition> {
        self.state.borrow().seen
    }

    /// Whether a session of that origin is one of the newest server's.
    pub fn has(&self, origin: Option<WalPosition>) -> bool {
        self.state.borrow().is_of_the_newest(origin)
    }

    /// Takes a server for the newest one, unless it lacks something; `before` is what was known when it was asked.
    ///
    /// # Errors
    /// `Behind`, `Unrelated` or `Silent`.
    pub fn admit(&self, place: Option<&Reached>, before: Option<WalPosition>) -> Result<(), DatabaseError> {
        let mut refusal = None;
        self.state.send_if_modified(|state| {
            refusal = state.refusal(place, before);
            match place {
                Some(place) if refusal.is_none() => state.note(place.durable),
                _ => false,
            }
        });
        refusal.map_or(Ok(()), Err)
    }

    /// More of the server that a session belongs to is on its disk.
    pub fn note(&self, durable: WalPosition) {
        self.state.send_if_modified(|state| {
            let is_its_own = state.seen.is_some_and(|seen| seen.is_on_timeline_of(&durable));
            is_its_own && state.note(durable)
        });
    }

    /// A person has said that this server counts, whatever was seen before.
    pub fn adopt(&self, place: Option<&Reached>) {
        self.state.send_modify(|state| {
            let seen = place.map(|place| place.durable);
            if !are_of_one_timeline(seen, state.told) {
                state.adopted = true;
            }
            state.seen = seen;
        });
    }

    /// What the group says has been read, by whoever looked at it first; that one says so where it is of a newer server than
    /// any that was seen here. `true` then.
    pub fn learn(&self, word: WalPosition) -> bool {
        let mut is_newer = false;
        self.state.send_if_modified(|state| {
            if state.seen.is_some_and(|seen| seen.is_on_timeline_of(&word)) {
                (state.told, state.adopted) = (Some(word), false);
                return state.note(word);
            }
            if state.adopted || state.seen.is_some_and(|seen| word.standing(&seen) == Standing::Behind) {
                // It is old, and about to be told another one.
                return false;
            }
            is_newer = true;
            state.told = Some(word);
            state.note(word)
        });
        if is_newer {
            tracing::warn!(
                "another instance has seen a newer PostgreSQL server ({word}): nothing goes on with the one before it"
            );
        }
        is_newer
    }

    /// The group has been told this.
    pub fn told(&self, word: Option<WalPosition>) {
        self.state.send_if_modified(|state| {
            state.told = word;
            state.adopted &= !are_of_one_timeline(state.seen, word);
            false
        });
    }

    /// What was taken over on another server than this one has been given up.
    pub fn begun(&self, newest: Option<WalPosition>) {
        self.state.send_if_modified(|state| {
            state.begun = newest;
            false
        });
    }

    /// Whether shards may be worked for: all instances can know of the newest server, and here nothing goes on that was
    /// begun on another one.
    pub fn is_told(&self) -> bool {
        let state = self.state.borrow();
        are_of_one_timeline(state.seen, state.told) && are_of_one_timeline(state.seen, state.begun)
    }

    /// Says that a server lacks something. It is asked again and again, and not named each time.
    pub fn say(&self, server: &Server, refusal: &DatabaseError) {
        if !matches!(refusal, DatabaseError::Behind { .. } | DatabaseError::Unrelated { .. } | DatabaseError::Silent(_))
        {
            return;
        }
        metric::SERVERS_BEHIND.counter(&[]).increment(1);
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_none_or(|at| at.elapsed() >= SAID_FOR) {
            *said = Some(Instant::now());
            tracing::error!("PostgreSQL at {server}{}", refusal.after_name());
        }
    }

    /// Returns when a session of that origin is to be ended.
    pub async fn is_left(&self, origin: &Origin) {
        let is_old = |state: &State| origin.get().is_some_and(|origin| !state.is_of_the_newest(*origin));
        let mut states = self.state.subscribe();
        // Its sender is in `self`.
        drop(states.wait_for(is_old).await);
    }

    /// Returns when the newest server is of another timeline than this one.
    pub async fn is_other_than(&self, known: Option<WalPosition>) -> Option<WalPosition> {
        let mut states = self.state.subscribe();
        let is_other = |state: &State| !state.is_of_the_newest(known);
        // Its sender is in `self`.
        states.wait_for(is_other).await.map_or(None, |state| state.seen)
    }
}

impl State {
    /// Takes it for the newest, of which more may be known already; `true` where that changes something for others.
    fn note(&mut self, durable: WalPosition) -> bool {
        match &mut self.seen {
            Some(seen) if seen.is_on_timeline_of(&durable) => {
                seen.lsn = seen.lsn.max(durable.lsn);
                false
            }
            seen => {
                // Nothing can have been taken over before the first one.
                self.begun = self.begun.or_else(|| seen.is_none().then_some(durable));
                *seen = Some(durable);
                true
            }
        }
    }
}

fn are_of_one_timeline(one: Option<WalPosition>, other: Option<WalPosition>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is_on_timeline_of(&other),
        (None, None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LogFormat;
    use crate::telemetry::tests::logged;

    fn at(system: i64, timeline: u32, lsn: u64) -> WalPosition {
        WalPosition { system, version: 15, timeline, lsn }
    }

    fn place(system: i64, timeline: u32, lsn: u64) -> Reached {
        Reached { written: at(system, timeline, lsn + 8), durable: at(system, timeline, lsn) }
    }

    fn admit(newest: &Newest, place: &Reached) -> Result<(), DatabaseError> {
        newest.admit(Some(place), newest.seen())
    }

    #[test]
    fn once_a_promoted_server_was_seen_the_one_before_it_is_refused_and_its_sessions_are_of_the_past() {
        let newest = Newest::default();
        admit(&newest, &place(7, 1, 1_000)).unwrap();
        let old = Some(at(7, 1, 1_000));
        assert!(newest.has(old));
        admit(&newest, &place(7, 2, 900)).unwrap();
        assert!(!newest.has(old) && newest.has(Some(at(7, 2, 0))));
        let refused = admit(&newest, &place(7, 1, 5_000)).unwrap_err();
        assert!(matches!(refused, DatabaseError::Behind { .. }), "{refused}");
        let refused = newest.admit(None, newest.seen()).unwrap_err();
        assert!(matches!(refused, DatabaseError::Silent(_)), "{refused}");
    }

    #[test]
    fn a_server_that_was_put_back_is_refused_and_one_that_was_asked_before_another_session_saw_more_is_not() {
        let newest = Newest::default();
        admit(&newest, &place(7, 1, 1_000)).unwrap();
        let before = newest.seen();
        newest.note(at(7, 1, 2_000));
        newest.admit(Some(&place(7, 1, 1_500)), before).unwrap();
        assert_eq!(newest.seen(), Some(at(7, 1, 2_000)));
        assert!(admit(&newest, &place(7, 1, 1_500)).is_err());
        // What is noted of a server that is no longer the newest changes nothing.
        admit(&newest, &place(7, 2, 10)).unwrap();
        newest.note(at(7, 1, 3_000));
        assert_eq!(newest.seen(), Some(at(7, 2, 10)));
    }

    #[test]
    fn nothing_is_done_for_shards_on_a_new_server_before_the_group_was_told_of_it() {
        let newest = Newest::default();
        assert!(newest.is_told(), "a server that does not tell its timeline needs no telling");
        admit(&newest, &place(7, 1, 1_000)).unwrap();
        assert!(!newest.is_told());
        newest.told(newest.seen());
        assert!(newest.is_told());
        admit(&newest, &place(7, 2, 10)).unwrap();
        newest.begun(newest.seen());
        assert!(!newest.is_told());
        // What the group said before is old, and what it says of the new one comes from another instance.
        assert!(!newest.learn(at(7, 1, 1_000)) && !newest.is_told());
        assert!(!newest.learn(at(7, 2, 20)) && newest.is_told());
        assert_eq!(newest.seen(), Some(at(7, 2, 20)));
    }

    #[test]
    fn what_another_instance_has_seen_counts_here_too() {
        let newest = Newest::default();
        admit(&newest, &place(7, 1, 1_000)).unwrap();
        newest.told(newest.seen());
        assert!(newest.learn(at(7, 2, 10)));
        assert!(!newest.has(Some(at(7, 1, 1_000))));
        assert!(!newest.is_told(), "what was taken over on the old one is still at work");
        newest.begun(newest.seen());
        assert!(newest.is_told());
        assert!(admit(&newest, &place(7, 1, 9_000)).is_err());
        // The group goes on with another system: only a person can have said so.
        assert!(newest.learn(at(8, 1, 10)));
        assert!(matches!(admit(&newest, &place(7, 2, 9_000)), Err(DatabaseError::Unrelated { .. })));
    }

    #[test]
    fn whoever_hears_of_a_newer_server_first_says_so_and_nobody_after_that_one() {
        let newest = Newest::default();
        admit(&newest, &place(7, 1, 1_000)).unwrap();
        let said = logged(LogFormat::Text, "info", || {
            newest.learn(at(7, 1, 2_000));
            // A takeover, the look of every minute, and the one of every few seconds: in whatever order.
            for _ in 0..3 {
                newest.learn(at(7, 2, 10));
            }
            newest.learn(at(7, 1, 3_000));
        });
        assert_eq!(said.matches("another instance has seen a newer PostgreSQL server (system=7").count(), 1, "{said}");
    }

    #[test]
    fn what_a_person_adopts_counts_whatever_the_group_says_until_it_is_told() {
        let newest = Newest::default();
        newest.learn(at(7, 3, 1_000));
        assert!(matches!(admit(&newest, &place(8, 1, 10)), Err(DatabaseError::Unrelated { .. })));
        newest.adopt(Some(&place(8, 1, 10)));
        assert!(!newest.learn(at(7, 3, 1_000)) && newest.has(Some(at(8, 1, 10))) && !newest.is_told());
        admit(&newest, &place(8, 1, 10)).unwrap();
        newest.begun(newest.seen());
        newest.told(newest.seen());
        assert!(newest.is_told());
        // A server that does not tell, too.
        newest.adopt(None);
        assert!(!newest.learn(at(8, 1, 10)) && newest.has(None));
        newest.begun(None);
        newest.told(None);
        assert!(newest.is_told());
        newest.admit(None, newest.seen()).unwrap();
    }
}
