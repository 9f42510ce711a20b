//! The main job on real servers: a command goes in, the result comes out, and at its time one due event.

use serde_json::json;

use crate::rig::Scope;
use crate::sample;

#[test]
fn a_command_is_answered_stored_and_fired_once_at_its_time() {
    let scope = Scope::new(4);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let command = sample::schedule(&sample::in_seconds(2));
    scope.produce(&scope.topics.commands, [sample::binary("c-1", &command).header("traceparent", sample::TRACEPARENT)]);

    let results = scope.reader(&scope.topics.results).wait_for(1).to_vec();
    let result = results[0].json();
    assert_eq!(result["branch"], "Success", "{result}");
    assert_eq!(results[0].key_text(), "contact-c-1");
    let callback_id = result["callbackId"].as_i64().unwrap();

    let due = scope.reader(&scope.topics.due).wait_for(1).to_vec();
    let event = due[0].json();
    assert_eq!(event["callbackId"], callback_id);
    assert_eq!(
        event["contact"],
        json!({"firstName":"Ana","lastName":"García","phoneNumber":"+14155552671","extension":null})
    );
    assert!(event["latenessMs"].as_i64().unwrap() >= 0, "{event}");
    assert_eq!(due[0].header("ce_id"), Some(&*format!("{callback_id}.1.1")));
    assert_eq!(service.terminate().code(), Some(0));
    let rows: i64 = scope.sql().value("select count(*) from callback where callback_id = $1", &[&callback_id]);
    assert_eq!(rows, 1);
}
