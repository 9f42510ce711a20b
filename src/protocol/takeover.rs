//! One attempt at taking shards over: steps T0 to T6.
//!
//! [`Attempt::step`] says what has to be done now, and whoever does it tells [`Attempt::handle`] what came of it, until the
//! step is [`Step::End`]. What is tried again after that, and when, is [`Queue`]'s to say.
//!
//! Time comes from outside: a `Duration` that has passed by a monotonic clock, from whatever beginning.

mod patience;
mod queue;
mod step;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use self::patience::{Ask, Patience};
pub use self::queue::{Outcome, Queue, Retry};
pub use self::step::{Chosen, Claim, Contradiction, Coordinators, Event, Installed, Read, Step};
use super::Fault;
use super::beginning::{Beginning, is_from_a_lost_future};
use super::ownership::Awaiting;
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;

/// One attempt at taking shards over, for all of them together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attempt<N, R, T> {
    own: N,
    first: Position,
    adopts: bool,
    /// Shards that were given up on the way.
    given_up: Vec<Awaiting>,
    stage: Stage<N, R, T>,
}

/// A shard whose epoch is raised.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Claimed<N> {
    awaiting: Awaiting,
    claim: Claim<N>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Stage<N, R, T> {
    Belonging(Vec<Awaiting>),
    Claiming(Vec<Awaiting>),
    Waiting(Vec<Claimed<N>>),
    Reading(Vec<Claimed<N>>, Patience),
    Numbering(Vec<(Claimed<N>, Read<R>)>),
    Installing(Vec<Chosen<R>>, Vec<(Awaiting, Contradiction)>),
    Confirming(Vec<Installed<R, T>>),
    GivingUp(Vec<Installed<R, T>>),
    Forgetting(Vec<Installed<R, T>>),
    Noting(Vec<Installed<R, T>>),
    Starting(Vec<Installed<R, T>>),
    Ended(Outcome),
}

impl<N: Clone + Ord, R: Clone, T: Clone> Attempt<N, R, T> {
    /// An attempt of the instance `own` at taking over `wanted`, for which nothing is under way (T0). A shard that has
    /// neither a marker nor a copy of one begins at `first`.
    pub fn begin(own: N, wanted: Vec<Awaiting>, first: Position) -> Self {
        Self { own, first, adopts: false, given_up: Vec::new(), stage: Stage::Belonging(wanted) }
    }

    /// What has to be done now.
    pub fn step(&self) -> Step<N, R, T> {
        match &self.stage {
            Stage::Belonging(_) => Step::CheckBelonging,
            Stage::Claiming(wanted) => Step::Claim(wanted.iter().map(|one| one.shard).collect()),
            Stage::Waiting(claimed) => Step::WaitForHolders(shards(claimed)),
            Stage::Reading(claimed, patience) => match patience.ask() {
                Ask::Read { pause, patience } => {
                    let anew = claimed.iter().filter(|one| one.awaiting.anew).map(|one| one.awaiting.shard).collect();
                    Step::ReadStable { shards: shards(claimed), anew, pause, patience }
                }
                Ask::Abort => Step::AbortInNameOf(self.others(claimed)),
                Ask::Other => Step::AskCoordinators,
                Ask::StartOver => Step::StartOver,
                Ask::EndHanging => {
                    let mut owners = self.others(claimed);
                    owners.insert(self.own.clone());
                    Step::EndHanging { owners, shard: shards(claimed).first().copied() }
                }
            },
            Stage::Numbering(_) => Step::ReadHighestId,
            Stage::Installing(chosen, stopped) => Step::Install { chosen: chosen.clone(), stopped: stopped.clone() },
            Stage::Confirming(installed) => Step::CommitMarkers(takeovers(installed)),
            Stage::GivingUp(installed) => {
                let (anew, again): (Vec<_>, Vec<_>) = installed.iter().cloned().partition(|one| one.awaiting.anew);
                Step::GiveUp { again: takeovers(&again), anew: takeovers(&anew) }
            }
            Stage::Forgetting(installed) => {
                Step::ForgetPrevious(installed.iter().map(|one| (one.awaiting.shard, one.epoch)).collect())
            }
            Stage::Noting(_) => Step::NoteAdoption,
            Stage::Starting(installed) => Step::Start(installed.clone()),
            Stage::Ended(outcome) => Step::End(outcome.clone()),
        }
    }

    /// Goes on, given what came of the present step at the time `now`. An event that the step cannot have changes nothing.
    pub fn handle(&mut self, event: Event<N, R, T>, now: Duration) {
        let stage = std::mem::replace(&mut self.stage, Stage::Ended(Outcome::default()));
        self.stage = match (stage, event) {
            (Stage::Belonging(wanted), Event::Belongs { adopts }) => {
                self.adopts = adopts;
                Stage::Claiming(wanted)
            }
            (Stage::Belonging(wanted), Event::Misplaced | Event::Failed(Fault::Refused)) => {
                self.failed(wanted, Retry::Later)
            }
            (Stage::Claiming(wanted), Event::Claimed(claims)) => self.claimed(wanted, claims),
            // No epoch has been raised.
            (Stage::Belonging(wanted), Event::Failed(_))
            | (Stage::Claiming(wanted), Event::Failed(Fault::Away | Fault::Aborted)) => {
                self.failed(wanted, Retry::Soon)
            }
            (Stage::Claiming(wanted), Event::Failed(_)) => self.failed(wanted, Retry::Later),
            (Stage::Waiting(claimed), Event::Done) => Stage::Reading(claimed, Patience::beginning(now)),
            (Stage::Waiting(claimed), Event::Failed(_)) => self.failed(awaiting(claimed), Retry::Later),
            (Stage::Reading(claimed, patience), event) => self.reading(claimed, patience, event, now),
            (Stage::Numbering(read), Event::HighestId(highest)) => self.choose(read, highest),
            (Stage::Numbering(read), Event::Failed(_)) => {
                self.failed(read.into_iter().map(|(claimed, _)| claimed.awaiting).collect(), Retry::Later)
            }
            (Stage::Installing(chosen, _), Event::Installed(takeovers)) => self.installed(chosen, takeovers),
            (Stage::Confirming(installed), Event::Done) => Stage::Forgetting(installed),
            // Whatever became of the transaction: the next attempt reads the truth.
            (Stage::Confirming(installed), Event::Failed(_)) => Stage::GivingUp(installed),
            (Stage::GivingUp(_), Event::GivenUp(again)) => self.failed(again, Retry::Later),
            (Stage::Forgetting(installed), Event::Done | Event::Failed(_)) if self.adopts => Stage::Noting(installed),
            // Where it failed the next takeover looks at the previous owners once more, or says once more that the group
            // names the database, and that is all.
            (Stage::Forgetting(installed) | Stage::Noting(installed), Event::Done | Event::Failed(_)) => {
                Stage::Starting(installed)
            }
            (Stage::Starting(installed), Event::Done) => self.ended(installed.len()),
            (stage, _) => stage,
        };
    }

    fn claimed(&mut self, wanted: Vec<Awaiting>, mut claims: BTreeMap<Shard, Claim<N>>) -> Stage<N, R, T> {
        let mut claimed = Vec::new();
        for awaiting in wanted {
            match claims.remove(&awaiting.shard) {
                Some(claim) => claimed.push(Claimed { awaiting, claim }),
                None => self.given_up.push(awaiting),
            }
        }
        if claimed.is_empty() { self.failed(Vec::new(), Retry::Later) } else { Stage::Waiting(claimed) }
    }

    fn reading(
        &mut self,
        claimed: Vec<Claimed<N>>,
        mut patience: Patience,
        event: Event<N, R, T>,
        now: Duration,
    ) -> Stage<N, R, T> {
        match (patience.ask(), event) {
            (_, Event::Stop | Event::Failed(_)) => return self.failed(awaiting(claimed), Retry::Later),
            (Ask::Read { .. }, Event::Read(mut read)) => {
                let mut known = Vec::new();
                for one in claimed {
                    match read.remove(&one.awaiting.shard) {
                        Some(read) => known.push((one, read)),
                        None => self.given_up.push(one.awaiting),
                    }
                }
                return if known.is_empty() { self.failed(Vec::new(), Retry::Later) } else { Stage::Numbering(known) };
            }
            (Ask::Read { .. }, Event::NotStable) => {
                if patience.is_over(now) {
                    return self.failed(awaiting(claimed), Retry::Later);
                }
                patience.not_stable(!self.others(&claimed).is_empty());
            }
            (Ask::Abort, Event::Done) => patience.aborted(now),
            (Ask::Abort, Event::NotAborted) => patience.not_aborted(now),
            (Ask::Other, Event::Answers(answers)) => patience.answers(answers, now),
            (Ask::StartOver, Event::StartedOver(awaiting)) => {
                self.given_up.extend(awaiting);
                patience.started_over();
            }
            (Ask::EndHanging, Event::Done) => patience.ended(now),
            _ => {}
        }
        Stage::Reading(claimed, patience)
    }

    fn choose(&mut self, read: Vec<(Claimed<N>, Read<R>)>, highest: i64) -> Stage<N, R, T> {
        let (mut chosen, mut stopped) = (Vec::new(), Vec::new());
        for (Claimed { awaiting, claim }, Read { marker, places }) in read {
            match choose(marker, claim.confirmed, self.first, highest) {
                Ok(beginning) => chosen.push(Chosen { awaiting, epoch: claim.epoch, beginning, places }),
                Err(contradiction) => stopped.push((awaiting, contradiction)),
            }
        }
        Stage::Installing(chosen, stopped)
    }

    fn installed(&mut self, chosen: Vec<Chosen<R>>, mut takeovers: BTreeMap<Shard, T>) -> Stage<N, R, T> {
        let installed: Vec<_> = chosen
            .into_iter()
            .filter_map(|Chosen { awaiting, epoch, places, .. }| {
                let takeover = takeovers.remove(&awaiting.shard)?;
                Some(Installed { awaiting, epoch, takeover, places })
            })
            .collect();
        if installed.is_empty() { self.ended(0) } else { Stage::Confirming(installed) }
    }

    /// The instances, other than this one, that may have left transactions open.
    fn others(&self, claimed: &[Claimed<N>]) -> BTreeSet<N> {
        let previous = claimed.iter().flat_map(|one| &one.claim.previous);
        previous.filter(|name| **name != self.own).cloned().collect()
    }

    fn failed(&mut self, again: Vec<Awaiting>, retry: Retry) -> Stage<N, R, T> {
        let again = std::mem::take(&mut self.given_up).into_iter().chain(again).collect();
        Stage::Ended(Outcome { taken: 0, again, retry: Some(retry) })
    }

    fn ended(&mut self, taken: usize) -> Stage<N, R, T> {
        Stage::Ended(Outcome { taken, again: std::mem::take(&mut self.given_up), retry: None })
    }
}

/// T4, for one shard.
fn choose(
    marker: Option<Position>,
    confirmed: Option<Position>,
    first: Position,
    highest: i64,
) -> Result<Beginning, Contradiction> {
    if let Some(marker) = marker.filter(|marker| is_from_a_lost_future(*marker, highest)) {
        return Err(Contradiction::LostFuture { marker, highest });
    }
    Ok(Beginning::choose(marker, confirmed, || first)?)
}

fn shards<N>(claimed: &[Claimed<N>]) -> Vec<Shard> {
    claimed.iter().map(|one| one.awaiting.shard).collect()
}

fn awaiting<N>(claimed: Vec<Claimed<N>>) -> Vec<Awaiting> {
    claimed.into_iter().map(|one| one.awaiting).collect()
}

fn takeovers<R, T: Clone>(installed: &[Installed<R, T>]) -> Vec<T> {
    installed.iter().map(|one| one.takeover.clone()).collect()
}

#[cfg(test)]
mod tests;
