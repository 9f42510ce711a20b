//! The fields of a command, by their names on the wire.

/// A field of a command that a violation can point at; `name` is the one on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field(pub &'static str);

impl Field {
    /// `securityUser`
    pub const SECURITY_USER: Self = Self("securityUser");
    /// `scriptType`
    pub const SCRIPT_TYPE: Self = Self("scriptType");
    /// `skillId`
    pub const SKILL_ID: Self = Self("skillId");
    /// `targetAgentId`
    pub const TARGET_AGENT_ID: Self = Self("targetAgentId");
    /// `scheduleDate`
    pub const SCHEDULE_DATE: Self = Self("scheduleDate");
    /// `phoneNumber`
    pub const PHONE_NUMBER: Self = Self("phoneNumber");
    /// `callbackId`
    pub const CALLBACK_ID: Self = Self("callbackId");
    /// `scheduledBy`
    pub const SCHEDULED_BY: Self = Self("scheduledBy");
    /// `notAfter`
    pub const NOT_AFTER: Self = Self("notAfter");
    /// `attempt`, of a report.
    pub const ATTEMPT: Self = Self("attempt");
    /// `outcome`, of a report.
    pub const OUTCOME: Self = Self("outcome");
    /// `agentId`, of a report.
    pub const AGENT_ID: Self = Self("agentId");
    /// `commandId`, of a plain JSON command.
    pub const COMMAND_ID: Self = Self("commandId");
    /// `source`, of a plain JSON command.
    pub const SOURCE: Self = Self("source");
    /// `type`, of a plain JSON command.
    pub const TYPE: Self = Self("type");
    /// `tenantId`, of a plain JSON command.
    pub const TENANT_ID: Self = Self("tenantId");
}
