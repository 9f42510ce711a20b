//! What time makes of a tracked callback after it is due, by the rules of its skill (docs/contract.md#life-after-due).
//!
//! Every function looks at one callback, the directory as it stands now and an instant, and returns the callback as it then
//! stands. Where that moves, its `fire_at` is the instant that is wanted: the recording step moves it behind the cutoff.

use crate::domain::commitment::{Commitment, Target};
pub use crate::domain::directory::LifecycleRules;
use crate::domain::directory::TenantDirectory;
use crate::domain::ids::{AgentId, SkillId};
use crate::domain::life::{End, Phase, Reason, Status};
use crate::domain::time::Timestamp;

/// Whether a presentation at that instant goes to the skill and no longer to the agent: its agent is gone or inactive in the
/// directory, or it is later than the skill's rules leave it to the agent. Only of a tracked callback that is for an agent,
/// and never where the skill is strict.
pub fn release(callback: &Commitment, directory: &TenantDirectory, at: Timestamp) -> bool {
    let Target { skill, agent } = callback.terms.target;
    let agent = agent.filter(|_| callback.life.is_tracked());
    agent.is_some_and(|agent| releases((skill, agent), callback.terms.scheduled_for, directory, at))
}

/// The same of a tracked callback of that skill which is for that agent.
pub fn releases(
    (skill, agent): (SkillId, AgentId),
    scheduled_for: Timestamp,
    directory: &TenantDirectory,
    at: Timestamp,
) -> bool {
    let rules = directory.lifecycle(skill);
    if rules.is_strict {
        return false;
    }
    let is_there = directory.agent(agent).is_some_and(|agent| agent.is_active);
    let until = rules.release_after.map(|after| scheduled_for.plus_micros(after));
    !is_there || until.is_some_and(|until| at > until)
}

/// The callback, now for all who have the skill; one that was so before stays as it is.
pub fn released(mut callback: Commitment) -> Commitment {
    if let Some(agent) = callback.terms.target.agent.take() {
        callback.life.released_from = Some(agent);
    }
    callback
}

/// Whether its `notAfter` lets it be presented at that instant no more.
pub fn has_expired(callback: &Commitment, at: Timestamp) -> bool {
    callback.life.not_after.is_some_and(|not_after| at >= not_after.at)
}

/// What becomes of a callback that is to be presented at that instant and must not be presented as it stands: it has expired,
/// or it is released from its agent. Its place stays the same. One that may be presented as it stands is returned so.
pub fn look(callback: Commitment, directory: &TenantDirectory, at: Timestamp) -> Commitment {
    if !callback.life.phase.presents() {
        return callback;
    }
    if has_expired(&callback, at) {
        let fire_at = callback.fire_at;
        return ended(callback, Status::Expired, Reason::NotAfter, at, fire_at);
    }
    if release(&callback, directory, at) { released(callback) } else { callback }
}

/// What becomes of a tracked callback whose due event nobody has reported anything of, as is found at that instant: it is
/// presented again at once, or ends where that would be one presentation too many, or where its `notAfter` has come.
pub fn unacknowledged(callback: Commitment, directory: &TenantDirectory, at: Timestamp) -> Commitment {
    let rules = directory.lifecycle(callback.terms.target.skill);
    if callback.attempt >= rules.max_presentations {
        return ended(callback, Status::Missed, Reason::NotAcknowledged, at, at);
    }
    if has_expired(&callback, at) {
        return ended(callback, Status::Expired, Reason::NotAfter, at, at);
    }
    let mut callback = if release(&callback, directory, at) { released(callback) } else { callback };
    callback.attempt += 1;
    callback.fire_at = at;
    callback.life.phase = Phase::PresentAgain;
    callback
}

/// The callback, ended by time.
fn ended(mut callback: Commitment, status: Status, reason: Reason, at: Timestamp, fire_at: Timestamp) -> Commitment {
    callback.life.phase = Phase::Ending(End { status, reason, at });
    callback.fire_at = fire_at;
    callback
}

#[cfg(test)]
mod tests;
