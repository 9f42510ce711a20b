//! The directory facts of all tenants, in memory: skills, agents, security users (docs/contract.md#directory).
//!
//! Made for a million records: a record takes 32–40 bytes in its table and, where it has a name or skills, one
//! allocation. Nothing is allocated to look something up.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::lifecycle::LifecycleRules;
use super::permission::{Permission, Permissions};
use super::{AgentRecord, DirectoryChange, DirectoryKey, DirectoryRecord, SecurityUserRecord, SkillRecord};
use crate::domain::ids::{AgentId, SkillId, Tenant};
use crate::domain::time::TimeZone;

/// What commands need to know of a skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// Whether it may be used.
    pub is_active: bool,
    /// `mediaType` is `phone` and `direction` is `outbound`.
    pub is_outbound_phone: bool,
    /// `horizon_days` and one, so that none of them takes no room.
    horizon: Option<NonZeroU32>,
    /// What holds after a callback is due, where that is tracked.
    lifecycle: Option<Arc<LifecycleRules>>,
}

/// What commands need to know of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Whether the agent may take or ask for callbacks.
    pub is_active: bool,
    /// Sorted.
    skills: Box<[SkillId]>,
}

/// What commands need to know of a security user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityUser {
    /// The agent it acts for.
    pub agent: AgentId,
    /// Whether it may do anything at all.
    pub is_active: bool,
    permissions: Permissions,
    /// Its time zone, for dates without an offset.
    pub time_zone: Option<TimeZone>,
}

impl Skill {
    /// How far ahead a callback may be scheduled, in days, where it differs from the general horizon.
    pub fn horizon_days(&self) -> Option<u32> {
        self.horizon.map(|days| days.get() - 1)
    }
}

impl Agent {
    /// Whether the agent has this skill.
    pub fn has(&self, skill: SkillId) -> bool {
        self.skills.binary_search(&skill).is_ok()
    }
}

impl SecurityUser {
    /// Whether it has this permission.
    pub const fn may(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }
}

/// The directory of one tenant.
#[derive(Clone, Debug, Default)]
pub struct TenantDirectory {
    skills: HashMap<SkillId, Skill>,
    agents: HashMap<AgentId, Agent>,
    security_users: HashMap<Box<str>, SecurityUser>,
}

impl TenantDirectory {
    /// The skill of this id.
    pub fn skill(&self, id: SkillId) -> Option<&Skill> {
        self.skills.get(&id)
    }

    /// Whether what becomes of this skill's callbacks after they are due is tracked.
    pub fn tracks(&self, skill: SkillId) -> bool {
        self.skill(skill).is_some_and(|skill| skill.lifecycle.is_some())
    }

    /// What holds for this skill's tracked callbacks after they are due: the defaults where the skill is gone or tracks none
    /// by now.
    pub fn lifecycle(&self, skill: SkillId) -> &LifecycleRules {
        let own = self.skill(skill).and_then(|skill| skill.lifecycle.as_ref());
        own.unwrap_or_else(|| LifecycleRules::defaults())
    }

    /// The agent of this id.
    pub fn agent(&self, id: AgentId) -> Option<&Agent> {
        self.agents.get(&id)
    }

    /// The security user of this name.
    pub fn security_user(&self, name: &str) -> Option<&SecurityUser> {
        self.security_users.get(name)
    }

    fn is_empty(&self) -> bool {
        self.skills.is_empty() && self.agents.is_empty() && self.security_users.is_empty()
    }
}

/// The directory of every tenant.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    tenants: HashMap<Tenant, TenantDirectory>,
    /// What a tenant without records has.
    nothing: TenantDirectory,
}

impl Directory {
    /// The directory of this tenant; an empty one where it has no records.
    pub fn of(&self, tenant: &Tenant) -> &TenantDirectory {
        self.tenants.get(tenant).unwrap_or(&self.nothing)
    }

    /// Takes over what a directory record says.
    pub fn apply(&mut self, change: DirectoryChange) {
        match change {
            DirectoryChange::Put(record) => self.put(record),
            DirectoryChange::Gone(key) => self.remove(&key),
        }
    }

    /// Adds a record, or replaces what was known by the same key.
    pub fn put(&mut self, record: DirectoryRecord) {
        match record {
            DirectoryRecord::Skill(record) => {
                let SkillRecord { tenant, skill_id, is_active, is_outbound_phone, horizon_days, lifecycle } = record;
                let horizon = horizon_days.and_then(|days| NonZeroU32::MIN.checked_add(days));
                let skill = Skill { is_active, is_outbound_phone, horizon, lifecycle };
                self.of_mut(tenant).skills.insert(skill_id, skill);
            }
            DirectoryRecord::Agent(record) => {
                let AgentRecord { tenant, agent_id, is_active, mut skills } = record;
                skills.sort_unstable();
                self.of_mut(tenant).agents.insert(agent_id, Agent { is_active, skills });
            }
            DirectoryRecord::SecurityUser(record) => {
                let SecurityUserRecord { tenant, name, agent_id, is_active, permissions, time_zone } = record;
                let user = SecurityUser { agent: agent_id, is_active, permissions, time_zone };
                self.of_mut(tenant).security_users.insert(name.into_boxed_str(), user);
            }
        }
    }

    /// Forgets a record; nothing happens where there is none of this key.
    pub fn remove(&mut self, key: &DirectoryKey) {
        let (DirectoryKey::Skill(tenant, _) | DirectoryKey::Agent(tenant, _) | DirectoryKey::SecurityUser(tenant, _)) =
            key;
        let Some(records) = self.tenants.get_mut(tenant) else { return };
        match key {
            DirectoryKey::Skill(_, id) => records.skills.remove(id).is_some(),
            DirectoryKey::Agent(_, id) => records.agents.remove(id).is_some(),
            DirectoryKey::SecurityUser(_, name) => records.security_users.remove(name.as_str()).is_some(),
        };
        if records.is_empty() {
            self.tenants.remove(tenant);
        }
    }

    /// How many skills, agents and security users there are, of all tenants.
    pub fn counts(&self) -> [usize; 3] {
        let of = |count: fn(&TenantDirectory) -> usize| self.tenants.values().map(count).sum();
        [of(|tenant| tenant.skills.len()), of(|tenant| tenant.agents.len()), of(|tenant| tenant.security_users.len())]
    }

    fn of_mut(&mut self, tenant: Tenant) -> &mut TenantDirectory {
        self.tenants.entry(tenant).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> Tenant {
        Tenant::parse(name).unwrap()
    }

    fn skill_id(number: i64) -> SkillId {
        SkillId::new(number).unwrap()
    }

    fn skill(tenant_name: &str, is_active: bool) -> DirectoryChange {
        DirectoryChange::Put(DirectoryRecord::Skill(SkillRecord {
            tenant: tenant(tenant_name),
            skill_id: skill_id(1),
            is_active,
            is_outbound_phone: true,
            horizon_days: None,
            lifecycle: None,
        }))
    }

    #[test]
    fn a_tenant_sees_its_own_records_only() {
        let mut directory = Directory::default();
        directory.apply(skill("north", true));
        assert!(directory.of(&tenant("north")).skill(skill_id(1)).is_some());
        assert!(directory.of(&tenant("south")).skill(skill_id(1)).is_none());
        directory.apply(skill("south", true));
        assert_eq!(directory.counts(), [2, 0, 0]);
    }

    #[test]
    fn a_later_record_replaces_and_a_tombstone_removes() {
        let mut directory = Directory::default();
        directory.apply(skill("north", true));
        directory.apply(skill("north", false));
        assert_eq!(directory.of(&tenant("north")).skill(skill_id(1)).map(|skill| skill.is_active), Some(false));
        for name in ["south", "north", "north"] {
            directory.apply(DirectoryChange::Gone(DirectoryKey::Skill(tenant(name), skill_id(1))));
        }
        assert_eq!(directory.of(&tenant("north")).skill(skill_id(1)), None);
        assert!(directory.tenants.is_empty(), "a tenant without records costs nothing");
    }

    #[test]
    fn an_agent_has_the_skills_it_was_given_in_any_order() {
        let mut directory = Directory::default();
        directory.put(DirectoryRecord::Agent(AgentRecord {
            tenant: tenant("north"),
            agent_id: AgentId::new(1).unwrap(),
            is_active: true,
            skills: [3, 1, 3].map(skill_id).into(),
        }));
        let agent = directory.of(&tenant("north")).agent(AgentId::new(1).unwrap()).unwrap();
        assert!(agent.has(skill_id(1)) && agent.has(skill_id(3)) && !agent.has(skill_id(2)));
    }

    #[test]
    fn an_entry_is_small_enough_for_a_million_of_them() {
        assert!(size_of::<(AgentId, Agent)>() <= 32);
        assert!(size_of::<(Box<str>, SecurityUser)>() <= 32);
        assert!(size_of::<(SkillId, Skill)>() <= 24);
    }
}
