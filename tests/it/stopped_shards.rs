//! What trying again does not help stops its shard, where everybody sees it, and no other.

use serde_json::{Value, json};

use crate::answers::{Dialogue, codes};
use crate::rig::{DEADLINE, Scope, ServiceProcess, wait_until};
use crate::sample::{self, cancel, in_seconds, schedule};
use crate::unreadable::count;

const SCHEDULE: &str = "callback.schedule.v1";
const CANCEL: &str = "callback.cancel.v1";

/// What `/readyz` says of the shards.
fn shards_condition(service: &ServiceProcess) -> Option<String> {
    let answer: Value = serde_json::from_str(&service.get("/readyz").ok()?.body).ok()?;
    let waiting = answer["waitingFor"].as_array()?.iter().find(|waiting| waiting["what"] == "shards")?;
    Some(waiting["reason"].as_str()?.to_owned())
}

fn wait_for_stop(service: &ServiceProcess, why: &str) {
    wait_until("/readyz names the shard and why it is stopped", DEADLINE, || {
        shards_condition(service).is_some_and(|reason| {
            reason.starts_with("1 of 2 assigned shards are taken over; shard 0 is stopped: ") && reason.contains(why)
        })
    });
    assert_eq!(count(service, "schedule_callback_shards_stopped"), 1);
    assert_eq!(service.log().matches("this shard is stopped").count(), 1, "it is said once");
}

#[test]
fn a_shard_for_which_no_callback_id_is_left_is_stopped_and_the_others_go_on() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    // As somebody does who takes it for a counter of callbacks.
    scope.sql().run("select setval('callback_sequence', 8796093021208)");

    dialogue.send(0, "c-1", SCHEDULE, &schedule(&in_seconds(3_600)));
    wait_for_stop(&service, "no CallbackId is left");
    let unknown = dialogue.ask(1, "x-1", CANCEL, &cancel(&json!({"callbackId": 7})));
    assert_eq!(codes(&unknown), ["CALLBACK_NOT_FOUND"], "the other shard goes on");
    assert_eq!(scope.committed(&scope.topics.commands)[0].offset, None, "nothing is passed over");
    assert_eq!(service.terminate().code(), Some(0));

    scope.sql().run("select setval('callback_sequence', 1)");
    let _service = scope.service().start();
    assert_eq!(dialogue.result("c-1").json()["branch"], "Success");
}

#[test]
fn a_shard_whose_rows_somebody_else_writes_is_stopped_and_the_others_go_on() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    let scheduled = dialogue.ask(0, "c-1", SCHEDULE, &schedule(&in_seconds(3_600)));
    // Whatever is updated stays as it is, so the row does not get where it was put.
    scope.sql().run(
        "create function keep() returns trigger language plpgsql as 'begin return null; end';
         create trigger keep before update on callback for each row execute function keep()",
    );

    dialogue.send(0, "x-1", CANCEL, &cancel(&json!({"callbackId": scheduled["callbackId"]})));
    wait_for_stop(&service, "somebody else has written its row");
    let other = dialogue.ask(1, "c-2", SCHEDULE, &schedule(&in_seconds(1)));
    assert_eq!(other["branch"], "Success", "the other shard goes on");
    assert_eq!(scope.reader(&scope.topics.due).wait_for(1)[0].json()["commandId"], "c-2");
    assert_eq!(scope.committed(&scope.topics.commands)[0].offset, Some(1), "nothing is passed over");
    assert_eq!(service.terminate().code(), Some(0));

    scope.sql().run("drop trigger keep on callback");
    let _service = scope.service().start();
    assert_eq!(dialogue.result("x-1").json()["branch"], "Success");
}

#[test]
fn a_shard_whose_marker_lies_behind_its_copy_is_stopped_and_the_others_go_on() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let config = scope.service();
    let mut before = config.start();
    assert_eq!(before.terminate().code(), Some(0));
    // As when Kafka was restored to an older state.
    scope.sql().run(
        "update shard set confirmed_fire_at = now() + interval '1 hour', confirmed_callback_id = 0 where shard = 0",
    );

    let service = config.spawn();
    wait_for_stop(&service, "lies behind the confirmed");
    let mut dialogue = Dialogue::with(&scope);
    let unknown = dialogue.ask(1, "x-1", CANCEL, &cancel(&json!({"callbackId": 7})));
    assert_eq!(codes(&unknown), ["CALLBACK_NOT_FOUND"], "the other shard goes on");
}
