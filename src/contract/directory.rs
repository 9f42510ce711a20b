//! Schemas of the directory: records of its topics, and the file (docs/contract.md#directory, #the-program).

use serde_json::{Value, json};

use super::parts::{described, id_in, nullable, object, tenant};

pub(super) fn skill() -> Value {
    let horizon = json!({"type": "integer", "minimum": 0, "maximum": u32::MAX});
    let properties = vec![
        ("skillId", described("The same as in the key.", id_in())),
        ("name", name()),
        ("active", described("Whether it may be used.", json!({"type": "boolean"}))),
        ("mediaType", described("Callbacks need `phone`.", json!({"type": "string"}))),
        ("direction", described("Callbacks need `outbound`.", json!({"type": "string"}))),
        ("horizonDays", described("How far ahead it may be scheduled, instead of `rules.horizon`.", nullable(horizon))),
    ];
    let required = ["skillId", "active", "mediaType", "direction"];
    object("Skill", "A record of the topic of skills; its key is <tenant>/<skillId>.", properties, &required)
}

pub(super) fn agent() -> Value {
    let properties = vec![
        ("agentId", described("The same as in the key.", id_in())),
        ("userName", name()),
        ("active", described("Whether it may be used.", json!({"type": "boolean"}))),
        ("skills", described("The ids of the agent's skills.", json!({"type": "array", "items": id_in()}))),
    ];
    let required = ["agentId", "active", "skills"];
    object("Agent", "A record of the topic of agents; its key is <tenant>/<agentId>.", properties, &required)
}

pub(super) fn security_user() -> Value {
    let known = "`commitments:create` to schedule, `commitments:manage` to cancel and reschedule.";
    let properties = vec![
        ("securityUser", described("Its name, the same as in the key.", json!({"type": "string", "minLength": 1}))),
        ("agentId", described("The agent on whose behalf it acts.", id_in())),
        ("active", described("Whether it may be used.", json!({"type": "boolean"}))),
        ("permissions", described(known, json!({"type": "array", "items": {"type": "string"}}))),
        ("timeZone", described("IANA name, for dates without an offset.", nullable(json!({"type": "string"})))),
    ];
    let required = ["securityUser", "agentId", "active", "permissions"];
    let description = "A record of the topic of security users; its key is <tenant>/<securityUser>.";
    object("Security user", description, properties, &required)
}

pub(super) fn file() -> Value {
    let list = |record: Value| json!({"type": "array", "items": with_tenant(record)});
    let properties =
        vec![("skills", list(skill())), ("agents", list(agent())), ("securityUsers", list(security_user()))];
    object("Directory", "A directory in one file; a list that is missing is empty.", properties, &[])
}

fn with_tenant(mut record: Value) -> Value {
    record["properties"]["tenantId"] = described("Without it the tenant `default`.", nullable(tenant()));
    record
}

fn name() -> Value {
    described("For people; nothing is decided by it.", nullable(json!({"type": "string"})))
}
