//! Who calls: `skillId` and `targetAgentId`, as they were written and as the directory knows them
//! (docs/contract.md#the-schedule-command).

use crate::domain::answer::{SkillFault, TargetAgentFault, Violation};
use crate::domain::commitment::Target;
use crate::domain::directory::{Skill, TenantDirectory};
use crate::domain::given::{Field, Given, IdFault, IdValue, Wrong};
use crate::domain::ids::{AgentId, SkillId};

/// The skill that was asked for.
///
/// # Errors
/// `Missing`, `Malformed`, and `FieldName`.
pub fn read_skill(given: &Given<IdValue<'_>>) -> Result<SkillId, Violation> {
    match given {
        Given::Absent => Err(SkillFault::Missing.into()),
        Given::Wrong(wrong) => {
            Err(Violation::wrong_in(Field::SKILL_ID, *wrong, |wrong| SkillFault::Malformed(IdFault::Wrong(wrong))))
        }
        Given::Value(id) => {
            let skill = id.read().and_then(|number| SkillId::new(number).map_err(|_| IdFault::NotPositive));
            skill.map_err(|fault| SkillFault::Malformed(fault).into())
        }
    }
}

/// The agent that was asked for; `""` asks for any agent with the skill.
///
/// # Errors
/// `Missing`, `Malformed`, and `FieldName`.
pub fn read_agent(given: &Given<IdValue<'_>>) -> Result<Option<AgentId>, Violation> {
    let malformed = |wrong: Wrong| TargetAgentFault::Malformed(IdFault::Wrong(wrong));
    match given {
        Given::Absent => Err(TargetAgentFault::Missing.into()),
        Given::Wrong(wrong) => Err(Violation::wrong_in(Field::TARGET_AGENT_ID, *wrong, malformed)),
        Given::Value(IdValue::Text(text)) if text.is_empty() => Ok(None),
        Given::Value(id) => {
            let agent = id.read().and_then(|number| AgentId::new(number).map_err(|_| IdFault::NotPositive));
            agent.map(Some).map_err(|fault| TargetAgentFault::Malformed(fault).into())
        }
    }
}

/// What the directory says of the skill: it has to be an active one for outbound phone calls.
///
/// # Errors
/// `Unknown`, `Inactive`, `NotOutboundPhone`.
pub fn judge_skill(id: SkillId, directory: &TenantDirectory) -> Result<&Skill, SkillFault> {
    let skill = directory.skill(id).ok_or(SkillFault::Unknown)?;
    if !skill.is_active {
        return Err(SkillFault::Inactive);
    }
    if !skill.is_outbound_phone {
        return Err(SkillFault::NotOutboundPhone);
    }
    Ok(skill)
}

/// What the directory says of the agent, where there is one: it has to be active.
///
/// # Errors
/// `Unknown`, `Inactive`.
pub fn judge_agent(id: Option<AgentId>, directory: &TenantDirectory) -> Result<Option<AgentId>, TargetAgentFault> {
    let Some(id) = id else { return Ok(None) };
    let agent = directory.agent(id).ok_or(TargetAgentFault::Unknown)?;
    if agent.is_active { Ok(Some(id)) } else { Err(TargetAgentFault::Inactive) }
}

/// Whether the call waits for an agent who lacks the skill it is counted under.
pub fn agent_lacks_skill(target: Target, directory: &TenantDirectory) -> bool {
    let agent = target.agent.and_then(|id| directory.agent(id));
    agent.is_some_and(|agent| !agent.has(target.skill))
}
