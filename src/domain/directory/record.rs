//! What the directory topics say about skills, agents and security users (docs/contract.md#directory).

use std::sync::Arc;

use super::lifecycle::LifecycleRules;
use super::permission::Permissions;
use crate::domain::ids::{AgentId, SkillId, Tenant};
use crate::domain::time::TimeZone;

/// What one directory record changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectoryChange {
    /// The record is as it says from now on.
    Put(DirectoryRecord),
    /// There is no such record any more.
    Gone(DirectoryKey),
}

/// A skill, an agent or a security user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectoryRecord {
    /// Of `topics.skills`.
    Skill(SkillRecord),
    /// Of `topics.agents`.
    Agent(AgentRecord),
    /// Of `topics.security_users`.
    SecurityUser(SecurityUserRecord),
}

/// Which skill, agent or security user, of which tenant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DirectoryKey {
    /// Of `topics.skills`.
    Skill(Tenant, SkillId),
    /// Of `topics.agents`.
    Agent(Tenant, AgentId),
    /// Of `topics.security_users`.
    SecurityUser(Tenant, String),
}

/// A skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkillRecord {
    /// Whose it is.
    pub tenant: Tenant,
    /// `skillId`.
    pub skill_id: SkillId,
    /// `active`.
    pub is_active: bool,
    /// `mediaType` is `phone` and `direction` is `outbound`.
    pub is_outbound_phone: bool,
    /// `horizonDays`, instead of `rules.horizon`; at most [`Self::MAX_HORIZON_DAYS`].
    pub horizon_days: Option<u32>,
    /// `lifecycle`: what holds after a callback is due; `None` where its callbacks are not tracked.
    pub lifecycle: Option<Arc<LifecycleRules>>,
}

impl SkillRecord {
    /// The days from 0001-01-01 to 9999-12-31: more cannot be told from this.
    pub const MAX_HORIZON_DAYS: u32 = 3_652_059;
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentRecord {
    /// Whose it is.
    pub tenant: Tenant,
    /// `agentId`.
    pub agent_id: AgentId,
    /// `active`.
    pub is_active: bool,
    /// `skills`.
    pub skills: Box<[SkillId]>,
}

/// A security user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityUserRecord {
    /// Whose it is.
    pub tenant: Tenant,
    /// `securityUser`.
    pub name: String,
    /// `agentId`: on whose behalf it acts.
    pub agent_id: AgentId,
    /// `active`.
    pub is_active: bool,
    /// `permissions`, as far as they are ours.
    pub permissions: Permissions,
    /// `timeZone`, for dates without an offset.
    pub time_zone: Option<TimeZone>,
}

impl DirectoryRecord {
    /// Which one it is.
    pub fn key(&self) -> DirectoryKey {
        match self {
            Self::Skill(skill) => DirectoryKey::Skill(skill.tenant.clone(), skill.skill_id),
            Self::Agent(agent) => DirectoryKey::Agent(agent.tenant.clone(), agent.agent_id),
            Self::SecurityUser(user) => DirectoryKey::SecurityUser(user.tenant.clone(), user.name.clone()),
        }
    }
}
