//! What a window holds of a callback: what is published when its time comes, and what must be known of it before that.

use crate::domain::commitment::Commitment;
use crate::domain::directory::Directory;
use crate::domain::ids::{AgentId, SkillId, Tenant};
use crate::domain::life::{Phase, Reason, Status};
use crate::domain::lifecycle;
use crate::domain::time::Timestamp;
use crate::wire::due::DueEvent;
use crate::wire::state::{Contact, StateRecord};

/// How what is published of callbacks is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSettings {
    /// CloudEvents source (`service.source`).
    pub source: String,
    /// How much of the person state records show; `None` where there is no state topic.
    pub state: Option<Contact>,
}

/// What is published of one callback when the order of firing comes to its place.
///
/// Most callbacks are not tracked, and for them it is the due event and nothing more: so the rest stands apart.
#[derive(Clone, Debug)]
pub struct Timed {
    /// The due event; `None` where time ends the callback there.
    pub due: Option<DueEvent>,
    extra: Option<Box<Extra>>,
}

/// What only some callbacks have.
#[derive(Clone, Debug)]
struct Extra {
    /// Its state records, in order.
    states: Box<[StateRecord]>,
    not_after: Option<Timestamp>,
    /// Which presentation of its revision it is; `None` where it is not tracked.
    presentation: Option<i32>,
    /// How and why time ends it there.
    ends: Option<(Status, Reason)>,
    /// Where it is tracked, and for an agent: it may have to go to the skill instead.
    agent: Option<ForAgent>,
}

/// For whom a tracked callback is, and by which rules it may be released.
#[derive(Clone, Debug)]
struct ForAgent {
    tenant: Tenant,
    skill: SkillId,
    agent: AgentId,
    scheduled_for: Timestamp,
}

impl Timed {
    /// What is published of that callback.
    pub fn of(callback: &Commitment, settings: &EventSettings) -> Self {
        let presents = callback.life.phase.presents();
        let not_after = callback.life.not_after.map(|not_after| not_after.at).filter(|_| presents);
        let is_tracked = callback.life.is_tracked() && presents;
        let agent = callback.terms.target.agent.filter(|_| is_tracked).map(|agent| ForAgent {
            tenant: callback.origin.tenant.clone(),
            skill: callback.terms.target.skill,
            agent,
            scheduled_for: callback.terms.scheduled_for,
        });
        let states = settings.state.map_or_else(Box::default, |contact| {
            let record = |has_passed| StateRecord::of(callback, has_passed, None, contact);
            match callback.life.phase {
                // No command has made this attempt, so none has said that it waits.
                Phase::PresentAgain => Box::new([record(false), record(true)]) as Box<[_]>,
                _ => Box::new([record(true)]),
            }
        });
        let presentation = is_tracked.then_some(callback.attempt);
        let ends = match callback.life.phase {
            Phase::Ending(end) => Some((end.status, end.reason)),
            Phase::Handling => Some((Status::Missed, Reason::OutcomeUnknown)),
            Phase::Present | Phase::PresentAgain | Phase::Held | Phase::Ended(_) => None,
        };
        let is_plain = states.is_empty() && not_after.is_none() && presentation.is_none() && ends.is_none();
        Self {
            due: presents.then(|| DueEvent::of(callback, &settings.source)),
            extra: (!is_plain).then(|| Box::new(Extra { states, not_after, presentation, ends, agent })),
        }
    }

    /// Its state records, in the order in which they are published.
    pub fn states(&self) -> &[StateRecord] {
        self.extra.as_ref().map_or(&[], |extra| &extra.states)
    }

    /// Whether routers report what comes of it.
    pub fn is_tracked(&self) -> bool {
        self.presentation().is_some()
    }

    /// Which presentation of its revision it is, from 1; `None` where it is not tracked or not presented.
    pub fn presentation(&self) -> Option<i32> {
        self.extra.as_ref().and_then(|extra| extra.presentation)
    }

    /// How and why time ends it there; `None` where it does not.
    pub fn ends(&self) -> Option<(Status, Reason)> {
        self.extra.as_ref().and_then(|extra| extra.ends)
    }

    /// Whether it must not be presented at that instant as it stands: its `notAfter` has come, or it is to go to the skill
    /// instead of its agent. `directory` gives the directory, which most are not asked for.
    pub fn must_be_looked_at<D: std::ops::Deref<Target = Directory>>(
        &self,
        at: Timestamp,
        directory: impl FnOnce() -> D,
    ) -> bool {
        let Some(extra) = &self.extra else { return false };
        extra.not_after.is_some_and(|not_after| not_after <= at)
            || extra.agent.as_ref().is_some_and(|ForAgent { tenant, skill, agent, scheduled_for }| {
                let directory = directory();
                lifecycle::releases((*skill, *agent), *scheduled_for, directory.of(tenant), at)
            })
    }

    /// The instant that its due event says, where that is `now`: a pass that begins before `notAfter` may take a moment
    /// longer, and what it publishes was fired before.
    pub fn fired_at(&self, now: Timestamp) -> Timestamp {
        let not_after = self.extra.as_ref().and_then(|extra| extra.not_after);
        not_after.map_or(now, |not_after| now.min(not_after.plus_micros(-1)))
    }

    /// How much memory it takes beside itself.
    pub fn bytes(&self) -> usize {
        let states =
            |extra: &Extra| extra.states.iter().map(|state| size_of::<StateRecord>() + state.bytes()).sum::<usize>();
        let extra = self.extra.as_ref().map_or(0, |extra| size_of::<Extra>() + states(extra));
        self.due.as_ref().map_or(0, DueEvent::bytes) + extra
    }
}
