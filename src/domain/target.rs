//! Who calls: `skillId` and `targetAgentId`, as they were written and as the directory knows them (contract §4).

use super::command::{Given, IdValue};
use super::commitment::Target;
use super::directory::{Skill, TenantDirectory};
use super::ids::{AgentId, InvalidId, SkillId};
use super::violation::{SkillFault, TargetAgentFault};

/// The skill that was asked for.
///
/// # Errors
/// `Missing`, `Malformed`.
pub fn read_skill(given: &Given<IdValue<'_>>) -> Result<SkillId, SkillFault> {
    match given {
        Given::Absent => Err(SkillFault::Missing),
        Given::WrongType => Err(SkillFault::Malformed),
        Given::Value(id) => read_id(id, SkillId::new, SkillId::parse).ok_or(SkillFault::Malformed),
    }
}

/// The agent that was asked for; `""` asks for any agent with the skill.
///
/// # Errors
/// `Missing`, `Malformed`.
pub fn read_agent(given: &Given<IdValue<'_>>) -> Result<Option<AgentId>, TargetAgentFault> {
    match given {
        Given::Absent => Err(TargetAgentFault::Missing),
        Given::WrongType => Err(TargetAgentFault::Malformed),
        Given::Value(IdValue::Text(text)) if text.is_empty() => Ok(None),
        Given::Value(id) => read_id(id, AgentId::new, AgentId::parse).map(Some).ok_or(TargetAgentFault::Malformed),
    }
}

/// An id that is a JSON integer or a string of digits, by the two constructors of its type.
pub fn read_id<T>(
    value: &IdValue<'_>,
    from_number: impl FnOnce(i64) -> Result<T, InvalidId>,
    from_text: impl FnOnce(&str) -> Result<T, InvalidId>,
) -> Option<T> {
    match value {
        IdValue::Integer(number) => number.and_then(|number| from_number(number).ok()),
        IdValue::Text(text) => from_text(text).ok(),
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
