//! Schemas of the directory: records of its topics, and the file (docs/contract.md#directory, #the-program).

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::parts::{described, id_in, nullable, object, tenant};
use crate::domain::directory::{LifecycleRules, Waits};

/// A whole number and its unit.
const DURATION: &str = "^[0-9]+(ms|s|m|h|d)$";

pub(super) fn skill() -> Value {
    let horizon = json!({"type": "integer", "minimum": 0, "maximum": u32::MAX});
    let properties = vec![
        ("skillId", described("The same as in the key.", id_in())),
        ("name", name()),
        ("active", described("Whether it may be used.", json!({"type": "boolean"}))),
        ("mediaType", described("Callbacks need `phone`.", json!({"type": "string"}))),
        ("direction", described("Callbacks need `outbound`.", json!({"type": "string"}))),
        ("horizonDays", described("How far ahead it may be scheduled, instead of `rules.horizon`.", nullable(horizon))),
        ("lifecycle", lifecycle()),
    ];
    let required = ["skillId", "active", "mediaType", "direction"];
    object("Skill", "A record of the topic of skills; its key is <tenant>/<skillId>.", properties, &required)
}

/// What holds for a tracked skill; what is left out is the default.
fn lifecycle() -> Value {
    let defaults = LifecycleRules::default();
    let default = |described: &str, default: &str| format!("{described} Without it {default}.");
    let number = |limits: (i64, i64)| nullable(json!({"type": "integer", "minimum": limits.0, "maximum": limits.1}));
    let length = || nullable(json!({"type": "string", "pattern": DURATION}));
    let waits = |after: &str, default: &str| {
        let list = json!({"type": "array", "maxItems": Waits::MAX, "items": {"type": "string", "pattern": DURATION}});
        described(&format!("The waits {after}, each from 10s to 30d. Without it {default}."), nullable(list))
    };
    let retry = vec![
        ("noAnswer", waits("after the n-th failed try", "30m, 2h")),
        ("busy", waits("after the n-th failed try", "5m, 15m")),
        ("voicemail", waits("after the n-th failed try", "none")),
        ("abandoned", waits("after the n-th failed try", "2m")),
        ("dialFailed", waits("after the n-th presentation", "1m, 5m, 15m")),
        ("agentUnavailable", waits("after the n-th presentation", "10m, 30m, 60m")),
    ];
    let retry_meaning = "How long is waited after which outcome: the n-th of the list, the last one again after that. An \
                         empty list is not tried again.";
    let tries =
        default("How often the person is dialled at most, the first time included.", &defaults.max_tries.to_string());
    let presentations =
        default("How many due events one revision gets at most.", &defaults.max_presentations.to_string());
    let properties = vec![
        ("maxTries", described(&tries, number(limits(&LifecycleRules::MAX_TRIES)))),
        ("maxPresentations", described(&presentations, number(limits(&LifecycleRules::MAX_PRESENTATIONS)))),
        ("retry", nullable(object("Retry", retry_meaning, retry, &[]))),
        (
            "handleWithin",
            described(
                "After accepted or inProgress: how long until the next report, from 1m to 24h; 0s is no limit. Without it 60m.",
                length(),
            ),
        ),
        (
            "releaseAfter",
            described(
                "From scheduledFor on: a presentation after that, from 1m to 168h, goes to the skill and not to the agent.",
                length(),
            ),
        ),
        ("strict", described("Whether it is never released from its agent.", nullable(json!({"type": "boolean"})))),
        (
            "expireAfter",
            described("notAfter where the command has none: scheduledFor and this, from 1m to 31d.", length()),
        ),
    ];
    let description =
        "What holds after a callback of this skill is due. With it, also an empty one, the skill is tracked.";
    nullable(object("Lifecycle", description, properties, &[]))
}

fn limits<N: Copy + Into<i64>>(limits: &RangeInclusive<N>) -> (i64, i64) {
    ((*limits.start()).into(), (*limits.end()).into())
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
    let known = "`commitments:create` to schedule, `commitments:manage` to cancel and reschedule, `commitments:report` to \
                 report.";
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
