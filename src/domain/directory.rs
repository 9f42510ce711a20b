//! The directory facts of all tenants, in memory: skills, agents, security users (contract §10).
//!
//! Made for a million records: a record takes 32–40 bytes in its table and, where it has a name or skills, one
//! allocation. Nothing is allocated to look something up.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::ids::{AgentId, SkillId, Tenant};

/// What commands need to know of a skill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skill {
    /// Whether it may be used.
    pub active: bool,
    /// `mediaType` is `phone` and `direction` is `outbound`.
    pub outbound_phone: bool,
    /// How far ahead a callback may be scheduled, in days, where it differs from the general horizon.
    pub horizon_days: Option<u32>,
}

/// What commands need to know of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Whether the agent may take or ask for callbacks.
    pub active: bool,
    /// Sorted.
    skills: Box<[SkillId]>,
}

impl Agent {
    /// An agent with these skills.
    pub fn new(active: bool, mut skills: Vec<SkillId>) -> Self {
        skills.sort_unstable();
        skills.dedup();
        Self { active, skills: skills.into_boxed_slice() }
    }

    /// Whether the agent has this skill.
    pub fn has(&self, skill: SkillId) -> bool {
        self.skills.binary_search(&skill).is_ok()
    }
}

/// What a security user may be allowed to do; the names are the contract's (§4, §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// `commitments:create`: schedule.
    Create,
    /// `commitments:manage`: cancel and reschedule.
    Manage,
}

/// The permissions of one security user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u8);

impl Permissions {
    /// The permissions of these names; names that are none of ours are ignored.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().filter_map(Permission::from_name).fold(0, |bits, permission| bits | permission.bit()))
    }

    /// Whether this one is among them.
    pub const fn grant(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }
}

impl Permission {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "commitments:create" => Some(Self::Create),
            "commitments:manage" => Some(Self::Manage),
            _ => None,
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// What commands need to know of a security user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityUser {
    /// The agent it acts for.
    pub agent: AgentId,
    /// Whether it may do anything at all.
    pub active: bool,
    /// What it may do.
    pub permissions: Permissions,
    /// Its time zone, for dates without an offset.
    pub time_zone: Option<Tz>,
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

    /// Adds a skill or replaces what was known of it.
    pub fn put_skill(&mut self, tenant: &Tenant, id: SkillId, skill: Skill) {
        self.of_mut(tenant).skills.insert(id, skill);
    }

    /// Adds an agent or replaces what was known of it.
    pub fn put_agent(&mut self, tenant: &Tenant, id: AgentId, agent: Agent) {
        self.of_mut(tenant).agents.insert(id, agent);
    }

    /// Adds a security user or replaces what was known of it.
    pub fn put_security_user(&mut self, tenant: &Tenant, name: &str, user: SecurityUser) {
        self.of_mut(tenant).security_users.insert(name.into(), user);
    }

    /// Forgets a skill; nothing happens where there is none of this id.
    pub fn remove_skill(&mut self, tenant: &Tenant, id: SkillId) {
        self.remove(tenant, |records| records.skills.remove(&id).is_some());
    }

    /// Forgets an agent; nothing happens where there is none of this id.
    pub fn remove_agent(&mut self, tenant: &Tenant, id: AgentId) {
        self.remove(tenant, |records| records.agents.remove(&id).is_some());
    }

    /// Forgets a security user; nothing happens where there is none of this name.
    pub fn remove_security_user(&mut self, tenant: &Tenant, name: &str) {
        self.remove(tenant, |records| records.security_users.remove(name).is_some());
    }

    fn of_mut(&mut self, tenant: &Tenant) -> &mut TenantDirectory {
        self.tenants.entry(tenant.clone()).or_default()
    }

    fn remove(&mut self, tenant: &Tenant, remove_from: impl FnOnce(&mut TenantDirectory) -> bool) {
        let Some(records) = self.tenants.get_mut(tenant) else { return };
        if remove_from(records) && records.is_empty() {
            self.tenants.remove(tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> Tenant {
        Tenant::parse(name).unwrap()
    }

    fn skill(number: i64) -> SkillId {
        SkillId::new(number).unwrap()
    }

    const ACTIVE: Skill = Skill { active: true, outbound_phone: true, horizon_days: None };

    #[test]
    fn a_tenant_sees_its_own_records_only() {
        let mut directory = Directory::default();
        directory.put_skill(&tenant("north"), skill(1), ACTIVE);
        assert_eq!(directory.of(&tenant("north")).skill(skill(1)), Some(&ACTIVE));
        assert_eq!(directory.of(&tenant("south")).skill(skill(1)), None);
    }

    #[test]
    fn a_later_record_replaces_and_a_tombstone_removes() {
        let mut directory = Directory::default();
        directory.put_skill(&tenant("north"), skill(1), ACTIVE);
        directory.put_skill(&tenant("north"), skill(1), Skill { active: false, ..ACTIVE });
        assert_eq!(directory.of(&tenant("north")).skill(skill(1)).map(|skill| skill.active), Some(false));
        directory.remove_skill(&tenant("north"), skill(1));
        directory.remove_skill(&tenant("north"), skill(1));
        directory.remove_skill(&tenant("south"), skill(1));
        assert_eq!(directory.of(&tenant("north")).skill(skill(1)), None);
        assert!(directory.tenants.is_empty(), "a tenant without records costs nothing");
    }

    #[test]
    fn an_agent_has_the_skills_it_was_given_in_any_order() {
        let agent = Agent::new(true, vec![skill(3), skill(1), skill(3)]);
        assert!(agent.has(skill(1)) && agent.has(skill(3)) && !agent.has(skill(2)));
    }

    #[test]
    fn permissions_are_told_apart_and_unknown_ones_ignored() {
        let permissions = Permissions::named(["commitments:manage", "commitments:Create", "admin"]);
        assert!(permissions.grant(Permission::Manage));
        assert!(!permissions.grant(Permission::Create));
    }

    #[test]
    fn an_entry_is_small_enough_for_a_million_of_them() {
        assert!(size_of::<(AgentId, Agent)>() <= 32);
        assert!(size_of::<(Box<str>, SecurityUser)>() <= 32);
        assert!(size_of::<(SkillId, Skill)>() <= 24);
    }
}
