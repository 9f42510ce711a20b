//! What producers and directories should not write, and do.

use schedule_callback::clock;
use serde_json::json;

use crate::rig::{DEADLINE, Message, Reader, Scope, eventually, produce_raw};
use crate::sample;

/// The codes of the next result.
fn codes_of_next(scope: &Scope<'_>, results: &mut Reader, id: &str, payload: &serde_json::Value) -> Vec<String> {
    let before = results.seen().len();
    scope.produce(&scope.topics.commands, [sample::binary(id, payload)]);
    let result = results.wait_for(before + 1)[before].json();
    result["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|violation| violation["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_header_name_that_is_not_utf8_neither_stops_the_service_nor_changes_the_answer() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let payload = sample::schedule(&sample::in_seconds(3_600)).to_string();
    let attributes: [(&[u8], &[u8]); 4] = [
        (b"\xff\xfe", b"whatever"),
        (b"ce_id", b"odd"),
        (b"ce_source", b"/studio"),
        (b"ce_type", b"callback.schedule.v1"),
    ];
    let (address, topic) = (scope.kafka.bootstrap(), &scope.topics.commands);
    let now = clock::now().millis();
    produce_raw(&address, topic, b"k-1", payload.as_bytes(), &attributes, now);
    produce_raw(&address, topic, b"k-2", b"{", &attributes[..2], now);

    let results = scope.reader(&scope.topics.results).wait_for(2).to_vec();
    let result = |key: &str| results.iter().find(|result| result.key_text() == key).unwrap().json();
    assert_eq!(result("k-1")["condition"], "Success");
    assert_eq!(result("k-2")["violations"][0]["code"], "MALFORMED");
    let letters = scope.reader(&scope.topics.dead_letters).wait_for(1).to_vec();
    assert_eq!((letters[0].key_text(), letters[0].value.as_deref()), ("k-2", Some(&b"{"[..])));
    assert_eq!(letters[0].header("ce_id"), Some("odd"));
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn a_change_of_the_directory_counts_for_the_next_command_and_what_cannot_be_read_is_skipped() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let topics = &scope.topics;
    // Before the start and while it runs: not JSON, another id than the key's, no tenant, another type.
    let unreadable = || {
        let skill =
            json!({"skillId": "4711", "name": "S", "active": false, "mediaType": "phone", "direction": "outbound"});
        let agent = json!({"agentId": "1234", "userName": "ana", "active": "no", "skills": []});
        scope.produce(
            &topics.skills,
            [
                Message::new("default/4711", "{"),
                Message::new("default/4712", skill.to_string()),
                Message::new("4711", skill.to_string()),
                Message::new("default/4711", b"\xff".to_vec()).header("ce_id", "1"),
                Message::new("default/4711", skill.to_string()).keyless(),
            ],
        );
        scope.produce(&topics.agents, [Message::new("default/1234", agent.to_string())]);
        scope.produce(&topics.security_users, [Message::new("default/su-1", "[]")]);
    };
    unreadable();
    let mut service = scope.service().start();
    let mut results = scope.reader(&topics.results);
    let payload = sample::schedule(&sample::in_seconds(3_600));
    assert_eq!(codes_of_next(&scope, &mut results, "before", &payload), [""; 0]);

    unreadable();
    let user =
        json!({"securityUser": "su-1", "agentId": "1235", "active": false, "permissions": ["commitments:create"]});
    scope.produce(&topics.security_users, [Message::new("default/su-1", user.to_string())]);
    scope.produce(&topics.skills, [Message::tombstone("default/4711")]);
    let other =
        json!({"securityUser": "su-9", "agentId": "1235", "active": true, "permissions": ["commitments:create"]});
    scope.produce(&topics.security_users, [Message::new("default/su-9", other.to_string())]);

    let mut number = 0;
    let mut wait_for = |payload: &serde_json::Value, expected: &[&str]| {
        eventually(&format!("a command that comes to {expected:?}"), DEADLINE, || {
            number += 1;
            let codes = codes_of_next(&scope, &mut results, &format!("probe-{number}"), payload);
            (codes == expected).then_some(())
        });
    };
    wait_for(&payload, &["SECURITY_USER_INACTIVE"]);
    let by_another = |skill: &str| {
        let mut payload = payload.clone();
        payload["securityUser"] = json!("su-9");
        payload["skillId"] = json!(skill);
        payload
    };
    wait_for(&by_another("4711"), &["SKILL_UNKNOWN"]);
    wait_for(&by_another("4712"), &[]);
    let metrics = service.get("/metrics").unwrap().body;
    let skipped = |kind: &str| {
        let line = format!("schedule_callback_directory_skipped_total{{kind=\"{kind}\"}} ");
        metrics.lines().find_map(|found| found.strip_prefix(&line)?.parse::<u32>().ok())
    };
    assert_eq!(skipped("skills"), Some(10), "{metrics}");
    assert_eq!((skipped("agents"), skipped("security_users")), (Some(2), Some(2)));
    assert!(!service.log().contains("su-1"), "no security user is named in the log");
    assert_eq!(service.terminate().code(), Some(0));
}
