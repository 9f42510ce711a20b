//! The directory and the rules that commands are judged by.

use schedule_callback::domain::command::rules::{Rules, TenantDefaults};
use schedule_callback::domain::directory::{
    AgentRecord, Directory, DirectoryRecord, Permission, SecurityUserRecord, SkillRecord,
};
use schedule_callback::domain::ids::{AgentId, SkillId, Tenant};
use schedule_callback::domain::lifecycle::LifecycleRules;
use schedule_callback::domain::phone::{PhonePolicy, PhoneRules, PremiumRate};
use schedule_callback::domain::time::schedule_date::DateRules;

use crate::executor::SECOND;
use crate::plan::Plan;
use crate::plan_life::AGENTS;

/// The id of a skill of a plan.
pub fn skill_id(skill: usize) -> i64 {
    i64::try_from(5_000 + skill).unwrap()
}

/// The id of an agent who comes and goes.
pub fn agent_id(agent: usize) -> i64 {
    i64::try_from(2_000 + agent).unwrap()
}

/// The record of a skill of a plan.
pub fn skill(skill: usize, lifecycle: Option<LifecycleRules>) -> DirectoryRecord {
    DirectoryRecord::Skill(SkillRecord {
        tenant: Tenant::default(),
        skill_id: SkillId::new(skill_id(skill)).unwrap(),
        is_active: true,
        is_outbound_phone: true,
        horizon_days: None,
        lifecycle: lifecycle.map(LifecycleRules::shared),
    })
}

/// The record of an agent who comes and goes.
pub fn agent(agent: usize, is_active: bool) -> DirectoryRecord {
    DirectoryRecord::Agent(AgentRecord {
        tenant: Tenant::default(),
        agent_id: AgentId::new(agent_id(agent)).unwrap(),
        is_active,
        skills: [].into(),
    })
}

/// Skill 4711, which may be called; agent 1234, who has it; security user su-1, who may do everything; the skills and
/// agents of the plan.
pub fn directory(plan: &Plan) -> Directory {
    let tenant = Tenant::default;
    let (skill_id, agent_id) = (SkillId::new(4711).unwrap(), AgentId::new(1234).unwrap());
    let mut directory = Directory::default();
    directory.put(DirectoryRecord::Skill(SkillRecord {
        tenant: tenant(),
        skill_id,
        is_active: true,
        is_outbound_phone: true,
        horizon_days: None,
        lifecycle: None,
    }));
    directory.put(DirectoryRecord::Agent(AgentRecord {
        tenant: tenant(),
        agent_id,
        is_active: true,
        skills: [skill_id].into(),
    }));
    for (number, versions) in plan.skills.iter().enumerate() {
        directory.put(skill(number, versions.first().cloned().flatten()));
    }
    if !plan.skills.is_empty() {
        (0..AGENTS).for_each(|number| directory.put(agent(number, true)));
    }
    directory.put(DirectoryRecord::SecurityUser(SecurityUserRecord {
        tenant: tenant(),
        name: "su-1".to_owned(),
        agent_id,
        is_active: true,
        permissions: Permission::ALL.into_iter().collect(),
        time_zone: None,
    }));
    directory
}

/// The rules, a grace for the past that no outage exceeds.
pub fn rules() -> Rules {
    Rules {
        phone: PhoneRules { policy: PhonePolicy::Possible, premium_rate: PremiumRate::Refuse },
        date: Some(DateRules { past_grace: 3_600 * SECOND, horizon: 366 * 86_400 * SECOND }),
        tenants: [].into(),
        elsewhere: TenantDefaults::default(),
    }
}
