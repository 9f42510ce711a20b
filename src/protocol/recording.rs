//! Recording: one batch of commands from its first look into the database to its answers (steps R1 to R6).
//!
//! [`Recording::step`] says what is to be done next, and [`Recording::hear`] takes what came of it. Whoever performs the
//! steps decides nothing: the order, what is tried again and after which wait, what a lost answer to a commit means, which
//! shards are given up, and when the holds end, all of that stands here.
//!
//! ```text
//!             R1       R2        R3          R4          commit         R5        R6
//! Begun ─▶ Prepared ─▶ Held ─▶ Known ─▶ Settled ─▶ Written ─▶ Recorded ─▶ Told ─▶ Over
//!   ▲                                                  │ the answer is lost
//!   │                                                  ▼
//!   └── a wait, then R1 and what is known of its keys ◀── in doubt
//! ```
//!
//! With its step R6 a batch hands its answers on. Several batches are published together, by a machine of its own:
//! [`super::publishing`].

mod steps;

use std::collections::HashMap;
use std::time::Duration;

pub use self::steps::{Came, Rule, Settled, Step};

use super::Fault;
use super::fate::Fate;
use super::frontier::{Frontier, Hold};
use super::keeping::{EveryRule, Keeps};
use super::window::Change;
use crate::domain::commitment::Position;
use crate::domain::time::Timestamp;

/// Waits between two attempts at a batch: doubled each time, from the first to the last.
pub const WAITS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// How many looks at the topics a batch waits for that names a callback of a shard which another instance has and which
/// is not known here yet; and how long it waits for each at the most.
pub const LOOKS: (u8, Duration) = (3, Duration::from_secs(5));

/// R3: the instant that a shard's frontier is held below for these changes, until the window has been told: the earliest
/// that one of them takes a callback from or to. `None` where nothing changes.
pub fn held_below<T>(changes: &[Change<T>]) -> Option<Timestamp> {
    changes.iter().flat_map(Change::positions).map(|position| position.fire_at).min()
}

/// R5: who ends the hold of a shard that a batch has changed. It ends when all of these have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldEnds {
    /// The window, once it has been told of the changes; and how far it reaches now. `None` where it need not be told: a load
    /// that begins later sees the rows themselves, and what has become of them since.
    pub told: Option<(Position, Hold)>,
    /// The stage of answers, once they are published. `None` where nothing waits for them.
    pub answered: Option<Hold>,
}

/// R5, after the commit: who ends the hold. `until_answered` says whether nothing may be due before the answers are published,
/// as with the state topic on. The window is told in any case before: answers may be published while the loop that fires
/// stands in a call to Kafka, and has heard nothing yet.
pub fn hold_ends<T>(changes: &[Change<T>], frontier: &mut Frontier, hold: Hold, until_answered: bool) -> HoldEnds {
    let concerns = changes.iter().flat_map(Change::positions).any(|position| frontier.reaches(position));
    let answered = until_answered.then(|| frontier.share(&hold));
    if concerns {
        return HoldEnds { told: Some((frontier.reach(), hold)), answered };
    }
    frontier.release(hold);
    HoldEnds { told: None, answered }
}

/// How far a batch is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State<T> {
    /// No attempt has begun.
    Waiting,
    /// It is known which takeovers stand.
    Begun,
    /// All that needs no transaction is done.
    Prepared,
    /// The epochs are held; whether all of them.
    Held { all: bool },
    /// In doubt, and it has not come through so far: the same is written once more.
    Open,
    /// Old decisions are forgotten.
    Forgotten,
    /// What the database knows is at hand.
    Known,
    /// It is decided.
    Settled,
    /// Everything is written but the commit.
    Written,
    /// It is committed, or known to have been.
    Recorded,
    /// The windows have been told.
    Told,
    /// These are to be left alone, and the others of the batch where its fate is open.
    Spoilt(Vec<T>),
    /// These are another instance's.
    Fenced(Vec<T>),
    /// What was settled counts for nothing; whether to wait before it is settled again.
    Void { waits: bool },
    /// It is to be tried again.
    Failed,
    /// The topics are to be looked at.
    Beyond,
    /// A pass under way is to come to its end.
    Early,
    /// Nothing more is done.
    Over,
}

/// Whether a key of the batch was found to be there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Repeated {
    /// It was not.
    Never,
    /// It was: by a decision that is known, or by one that is too old to count and is still in the way.
    Found,
    /// It was, and what is too old is forgotten.
    Forgotten,
}

/// One batch. `T` names a takeover, `B` is what the batch is settled to, `K` says which rules are kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Recording<T, B, K = EveryRule> {
    keeps: K,
    state: State<T>,
    /// The takeovers that the attempt is made for; of what is in doubt those that it was settled for.
    takeovers: Vec<T>,
    settled: Option<B>,
    /// Whether a commit of what is settled was sent: then only the database knows.
    in_doubt: bool,
    /// Whether a key of it was found to be there already.
    repeated: Repeated,
    /// Whether the answers are handed on.
    published: bool,
    /// How long to wait after the next attempt that fails.
    wait: Duration,
    /// How many looks at the topics are left.
    looks: u8,
}

impl<T, B> Recording<T, B> {
    /// A batch of which nothing is done.
    pub const fn new() -> Self {
        Self::keeping(EveryRule)
    }
}

impl<T, B> Default for Recording<T, B> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, B, K> Recording<T, B, K> {
    /// The same, with these rules.
    pub const fn keeping(keeps: K) -> Self {
        Self {
            keeps,
            state: State::Waiting,
            takeovers: Vec::new(),
            settled: None,
            in_doubt: false,
            repeated: Repeated::Never,
            published: false,
            wait: WAITS.0,
            looks: LOOKS.0,
        }
    }

    /// What the batch is settled to, as long as that counts.
    pub const fn settled(&self) -> Option<&B> {
        self.settled.as_ref()
    }

    /// The same, to take changes, holds and answers out of it, each in its step.
    pub const fn settled_mut(&mut self) -> Option<&mut B> {
        self.settled.as_mut()
    }

    /// What the batch is settled to, once everything is done; `None` where it came to nothing.
    pub fn into_settled(self) -> Option<B> {
        self.settled
    }

    /// Whether a commit was sent whose answer was lost, and nothing is known of it yet.
    pub const fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// How long it is waited after the next attempt that fails, for whoever says so.
    pub const fn next_wait(&self) -> Duration {
        self.wait
    }
}

impl<T: Clone + Ord, B: Settled, K: Keeps<Rule>> Recording<T, B, K> {
    /// What is to be done next.
    pub fn step(&self) -> Step<T> {
        match &self.state {
            State::Waiting => Step::Begin,
            State::Begun if !self.in_doubt => Step::Prepare,
            State::Begun | State::Prepared => Step::HoldEpochs(self.takeovers.clone()),
            State::Held { .. } if self.in_doubt => Step::FindOut,
            State::Held { .. } if self.repeated == Repeated::Found => Step::Forget,
            // As the first attempt may have done: a decision that is no longer remembered must not stand in the way.
            State::Open => Step::Forget,
            State::Forgotten if self.in_doubt => Step::Write,
            State::Held { .. } | State::Forgotten => Step::LookUp { beyond: self.looks > 0 },
            State::Known => Step::Settle,
            State::Settled if !self.published && !self.keeps.keeps(Rule::RecordsFirst) => Step::Publish,
            State::Settled => Step::Write,
            State::Written => Step::Commit,
            State::Recorded => Step::TellWindow,
            State::Told if self.published => Step::Over,
            State::Told => Step::Publish,
            State::Spoilt(takeovers) => Step::Stop(takeovers.clone()),
            State::Fenced(takeovers) => Step::Disown(takeovers.clone()),
            State::Void { .. } => Step::EndHolds,
            State::Failed => Step::Wait(self.wait),
            State::Beyond => Step::LookAtTopics(LOOKS.1),
            State::Early => Step::WaitForPass,
            State::Over => Step::Over,
        }
    }

    /// Goes on by what came of the step that was to be done. What answers no question changes nothing.
    pub fn hear(&mut self, came: Came<T, B>) {
        match came {
            Came::Ends => self.end(),
            Came::Failed(_) | Came::Repeated | Came::Spoilt(_) if self.cannot_fail() => {}
            Came::Failed(Fault::Fenced) => self.fenced(self.takeovers.clone()),
            Came::Failed(fault) => self.failed(fault),
            Came::Repeated => self.repeated(),
            Came::Spoilt(takeovers) => self.state = State::Spoilt(takeovers),
            came => self.go_on(came),
        }
    }

    fn go_on(&mut self, came: Came<T, B>) {
        match (&self.state, came) {
            (State::Waiting, Came::Standing(takeovers)) => self.begin(takeovers),
            (State::Begun | State::Prepared, Came::Held(held)) => self.held(&held),
            (State::Begun, Came::Done) => self.state = State::Prepared,
            (State::Held { .. }, Came::Done) if self.repeated == Repeated::Found => {
                self.repeated = Repeated::Forgotten;
                self.state = State::Forgotten;
            }
            (State::Held { .. } | State::Forgotten, Came::Known { beyond }) => {
                self.state = if beyond && self.looks > 0 { State::Beyond } else { State::Known };
            }
            (State::Known, Came::Early) => self.state = State::Early,
            (State::Early, Came::Done) => self.state = State::Waiting,
            (State::Known, Came::Settled(settled)) => {
                // What was known before is answered; there is nothing to write.
                let decides = settled.decisions().next().is_some() || settled.changes_by_time();
                self.settled = Some(settled);
                self.state = if decides { State::Settled } else { State::Recorded };
            }
            (State::Held { all }, Came::Found(known)) => self.found(&known, *all),
            (State::Open, Came::Done) => self.state = State::Forgotten,
            (State::Settled, Came::Done) if self.step() == Step::Publish => self.published = true,
            (State::Settled, Came::Done) => self.state = State::Written,
            (State::Forgotten, Came::Done) if self.in_doubt => self.state = State::Written,
            (State::Written, Came::Done) => self.recorded(),
            (State::Recorded, Came::Done) => self.state = State::Told,
            (State::Told, Came::Done) => {
                self.published = true;
                self.state = State::Over;
            }
            (State::Spoilt(spoilt), Came::Done) => {
                // For the others it may still come through, and only a takeover, which waits for it, can tell.
                let others = self.takeovers.iter().filter(|takeover| self.in_doubt && !spoilt.contains(takeover));
                let others: Vec<T> = others.cloned().collect();
                self.fenced(others);
            }
            (State::Fenced(_), Came::Done) => self.count_for_nothing(),
            (State::Void { waits }, Came::Done) => {
                self.state = if *waits { State::Failed } else { State::Waiting };
                self.settled = None;
                self.in_doubt = false;
            }
            (State::Failed, Came::Done) => {
                self.wait = (self.wait * 2).min(WAITS.1);
                self.state = State::Waiting;
            }
            (State::Beyond, Came::Done) => {
                self.looks -= 1;
                self.state = State::Waiting;
            }
            _ => {}
        }
    }

    fn begin(&mut self, takeovers: Vec<T>) {
        if takeovers.is_empty() {
            self.end();
            return;
        }
        // What is in doubt was settled for those of its own attempt.
        if !self.in_doubt {
            self.takeovers = takeovers;
        }
        self.state = State::Begun;
    }

    fn held(&mut self, held: &[T]) {
        let lost: Vec<T> = self.takeovers.iter().filter(|takeover| !held.contains(takeover)).cloned().collect();
        let all = lost.is_empty() || !self.keeps.keeps(Rule::EpochsCount);
        if all || self.in_doubt {
            self.state = State::Held { all };
        } else {
            self.fenced(lost);
        }
    }

    /// R4, in doubt: what is known of its keys shows what became of it.
    fn found(&mut self, known: &HashMap<B::Key, B::Decision>, holds_all: bool) {
        let Some(settled) = &self.settled else { return };
        if settled.decisions().next().is_none() {
            // What time alone has caused leaves no key behind that would tell. A takeover waits for it, and reads the rows.
            self.fenced(self.takeovers.clone());
            return;
        }
        match Fate::of(settled.decisions(), known, holds_all) {
            Fate::CameThrough => self.recorded(),
            Fate::Fenced if self.keeps.keeps(Rule::DoubtEndsTakeover) => self.fenced(self.takeovers.clone()),
            Fate::Void | Fate::Fenced => self.count_for_nothing(),
            Fate::Open => self.state = State::Open,
        }
    }

    fn recorded(&mut self) {
        self.in_doubt = false;
        self.state = State::Recorded;
    }

    /// Ends takeovers; only then the holds, since what they protect may have been committed.
    fn fenced(&mut self, takeovers: Vec<T>) {
        if takeovers.is_empty() {
            self.count_for_nothing();
        } else {
            self.state = State::Fenced(takeovers);
        }
    }

    fn failed(&mut self, fault: Fault) {
        if self.state == State::Written && !matches!(fault, Fault::Refused | Fault::Aborted) {
            // Whoever has asked for a commit and heard nothing is in doubt, whatever it was.
            self.in_doubt = self.keeps.keeps(Rule::DoubtStays);
        }
        self.try_again(true);
    }

    /// Somebody else has decided a command of the batch, or the batch itself has where it is in doubt: the next attempt
    /// sees which. It is made at once; but where one is refused after another, they must not spin.
    fn repeated(&mut self) {
        if self.in_doubt && !self.keeps.keeps(Rule::KeyMayBeOwn) {
            self.count_for_nothing();
            return;
        }
        let before = std::mem::replace(&mut self.repeated, Repeated::Found);
        self.try_again(before != Repeated::Never);
    }

    /// Before a commit was sent nothing has happened; after that only the database knows, and the holds stay.
    fn try_again(&mut self, waits: bool) {
        self.state = match self.settled {
            Some(_) if !self.in_doubt => State::Void { waits },
            _ if waits => State::Failed,
            _ => State::Waiting,
        };
    }

    /// What was settled, if anything, has not happened or no longer concerns this instance.
    fn count_for_nothing(&mut self) {
        self.state = if self.settled.is_some() { State::Void { waits: false } } else { State::Waiting };
    }

    /// Whether the step that is to be done cannot fail, and has to be done in any case.
    const fn cannot_fail(&self) -> bool {
        use State::{Beyond, Early, Failed, Fenced, Over, Recorded, Spoilt, Told, Void};
        matches!(self.state, Beyond | Early | Failed | Fenced(_) | Over | Recorded | Spoilt(_) | Told | Void { .. })
    }

    /// Nothing of the batch is this instance's any more, or the service ends. The holds are not ended: what they protect
    /// may have been committed, and a last pass must not fire what a cancel in it took back.
    fn end(&mut self) {
        self.settled = None;
        self.state = State::Over;
    }
}

#[cfg(test)]
mod tests;
