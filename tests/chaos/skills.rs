//! The tracked skills of the load, with the shortest waits that the contract allows (docs/contract.md#tracked-skills).

use serde_json::{Map, Value, json};

use crate::history::Rules;
use crate::random::Random;
use crate::rig::{Message, Scope};

/// `lifecycle.acknowledge_within`, in seconds: the least.
pub const ACKNOWLEDGE_WITHIN: i64 = 30;

/// A security user who may report; of those that schedule, nobody may.
pub const ROUTER: &str = "su-router";

/// The agent of the sample directory who has all of these skills.
pub const AGENT: &str = "1234";

/// The least wait, after everything but a voicemail.
const SHORT: &[i64] = &[10];

const RETRY: [(&str, &[i64]); 6] = [
    ("noAnswer", SHORT),
    ("busy", SHORT),
    ("voicemail", &[]),
    ("abandoned", SHORT),
    ("dialFailed", SHORT),
    ("agentUnavailable", SHORT),
];

/// All of them.
pub const ALL: [Rules; 4] = [
    Rules {
        skill: "5001",
        max_tries: 3,
        max_presentations: 3,
        retry: RETRY,
        handle_within: Some(60),
        release_after: None,
        is_strict: false,
        expire_after: None,
    },
    // Few presentations and tries: they end.
    Rules {
        skill: "5002",
        max_tries: 2,
        max_presentations: 2,
        retry: RETRY,
        handle_within: Some(60),
        release_after: None,
        is_strict: false,
        expire_after: None,
    },
    // Expires, and leaves its agent.
    Rules {
        skill: "5003",
        max_tries: 3,
        max_presentations: 4,
        retry: [
            ("noAnswer", &[10, 60]),
            ("busy", SHORT),
            ("voicemail", SHORT),
            ("abandoned", SHORT),
            ("dialFailed", SHORT),
            ("agentUnavailable", SHORT),
        ],
        handle_within: Some(60),
        release_after: Some(60),
        is_strict: false,
        expire_after: Some(60),
    },
    // Never leaves its agent, who may take any time.
    Rules {
        skill: "5004",
        max_tries: 3,
        max_presentations: 3,
        retry: RETRY,
        handle_within: None,
        release_after: None,
        is_strict: true,
        expire_after: None,
    },
];

/// One of them; those whose callbacks live longest come more often.
pub fn any(random: &mut Random) -> &'static Rules {
    match random.below(8) {
        0..4 => &ALL[0],
        4..6 => &ALL[1],
        6 => &ALL[2],
        _ => &ALL[3],
    }
}

/// Publishes the skills and the security user of the router.
pub fn publish(scope: &Scope<'_>) {
    let skill = |rules: &Rules| {
        let record = json!({"skillId": rules.skill, "name": "Tracked", "active": true, "mediaType": "phone",
            "direction": "outbound", "lifecycle": lifecycle(rules)});
        Message::new(format!("default/{}", rules.skill), record.to_string())
    };
    scope.produce(&scope.topics.skills, ALL.iter().map(skill));
    let user = json!({"securityUser": ROUTER, "agentId": AGENT, "active": true, "permissions": ["commitments:report"]});
    scope.produce(&scope.topics.security_users, [Message::new(format!("default/{ROUTER}"), user.to_string())]);
}

/// As the directory has it.
fn lifecycle(rules: &Rules) -> Value {
    let seconds = |seconds: Option<i64>| seconds.map(|seconds| format!("{seconds}s"));
    let waits = |waits: &[i64]| waits.iter().map(|wait| format!("{wait}s").into()).collect::<Vec<Value>>();
    let retry: Map<String, Value> =
        rules.retry.iter().map(|(name, list)| ((*name).to_owned(), waits(list).into())).collect();
    json!({
        "maxTries": rules.max_tries, "maxPresentations": rules.max_presentations, "retry": retry,
        "handleWithin": seconds(rules.handle_within.or(Some(0))), "releaseAfter": seconds(rules.release_after),
        "strict": rules.is_strict, "expireAfter": seconds(rules.expire_after),
    })
}
