//! A rolling upgrade and its roll-back: an old and a new program side by side on one group and one database; and a
//! program on a schema that is newer than itself.
//!
//! `tools/rolling-upgrade.sh OLD NEW` runs the first test with two versions' programs; otherwise both are this one.

use std::path::PathBuf;

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;
use serde_json::json;

use crate::answers::{Dialogue, ids_once};
use crate::instances::{Beat, PARTITIONS, standstills, wait_for_halves};
use crate::rig::{Scope, ServiceConfig, ServiceProcess};
use crate::sample::{self, cancel, in_seconds, reschedule, schedule};

/// Beats of 200 ms, in each shard a callback, for about as long as it takes to replace an instance.
const BEATS_A_STEP: i64 = 40;

/// The service with another version's program, where the environment names one.
fn version(scope: &Scope<'_>, variable: &str) -> ServiceConfig {
    let config = scope.service();
    match std::env::var_os(variable) {
        Some(program) => config.program(PathBuf::from(program)),
        None => config,
    }
}

#[test]
fn instances_are_replaced_one_by_one_and_rolled_back_while_callbacks_fire_and_commands_cross_versions() {
    let scope = Scope::new(PARTITIONS);
    sample::load_directory(&scope);
    let old = || version(&scope, "ROLLING_OLD");
    let new = || version(&scope, "ROLLING_NEW");
    let mut instances = [old().start(), old().spawn()];
    wait_for_both(&scope, &mut instances);
    // Which instance is replaced, and whether by the new program. With two versions all of them, forward and back.
    let steps: &[(usize, bool)] = match std::env::var_os("ROLLING_OLD") {
        Some(_) => &[(0, true), (1, true), (0, false), (1, false)],
        None => &[(0, true), (0, false)],
    };
    let count = i64::try_from(steps.len()).unwrap();
    let mut beat = Beat::produce(&scope, 2, BEATS_A_STEP * count);
    beat.wait_for_all_shards_after(Timestamp::from_micros(0));
    let began = clock::now();
    let mut dialogue = Dialogue::with(&scope);
    let first = cross(&mut dialogue, 0);

    // One after the other goes forward, and then back. What a version stored, the other changes, fires and repeats.
    for (step, (replaced, is_new)) in (1..).zip(steps) {
        assert_eq!(instances[*replaced].terminate().code(), Some(0), "step {step}");
        instances[*replaced] = if *is_new { new() } else { old() }.spawn();
        wait_for_both(&scope, &mut instances);
        cross(&mut dialogue, step);
    }
    let ended = clock::now();
    let crossings = steps.len() + 1;

    // One that was moved in each step fires, too.
    let due = beat.due.wait_for(beat.commands + crossings).to_vec();
    assert_eq!(ids_once(&due).len(), beat.commands + crossings);
    let results = scope.read_all(&scope.topics.results, beat.commands + 4 * crossings);
    assert_eq!(ids_once(&results).len(), beat.commands + 4 * crossings);
    for result in &results {
        assert_eq!(result.json()["condition"], "Success", "{}", result.json());
    }
    // The last program answers with the bytes of the first.
    dialogue.send(0, "step-0-cancelled", "callback.schedule.v1", &first);
    let mut reader = scope.reader(&scope.topics.results);
    let both = reader.wait_for(results.len() + 1);
    let answers: Vec<_> = both.iter().filter(|result| result.json()["commandId"] == "step-0-cancelled").collect();
    assert_eq!(answers.len(), 2);
    assert_eq!((&answers[0].value, answers[0].header("ce_id")), (&answers[1].value, answers[1].header("ce_id")));
    let stopping = clock::now();
    for instance in &mut instances {
        assert_eq!(instance.terminate().code(), Some(0));
    }
    let stopped_in = (clock::now().micros() - stopping.micros()) / 2;
    let beats: Vec<_> =
        due.iter().filter(|event| event.json()["commandId"].as_str().unwrap().starts_with("c-")).cloned().collect();
    eprintln!(
        "{} replacements in {} ms (a stop takes {} ms), {} callbacks, each once; longest standstill of each shard in \
         ms: {:?}",
        steps.len(),
        (ended.micros() - began.micros()) / 1_000,
        stopped_in / 1_000,
        due.len(),
        standstills(&beats, began, ended)
    );
}

fn wait_for_both(scope: &Scope<'_>, instances: &mut [ServiceProcess; 2]) {
    let [one, other] = instances;
    wait_for_halves(scope, &mut [one, other]);
}

/// Schedules in one half of the shards and amends from the other, so that commands are forwarded from one instance to
/// the other; returns the payload of the command `step-<n>-cancelled`.
fn cross(dialogue: &mut Dialogue<'_>, step: i64) -> serde_json::Value {
    let payload = schedule(&in_seconds(3_600));
    let id = |what: &str| format!("step-{step}-{what}");
    let cancelled = dialogue.ask(0, &id("cancelled"), "callback.schedule.v1", &payload);
    let moved = dialogue.ask(PARTITIONS - 1, &id("moved"), "callback.schedule.v1", &payload);
    let naming = json!({"callbackId": cancelled["callbackId"]});
    dialogue.ask(PARTITIONS - 1, &id("cancel"), "callback.cancel.v1", &cancel(&naming));
    let naming = json!({"scheduledBy": {"source": "/studio", "commandId": id("moved")}});
    let answer = dialogue.ask(0, &id("move"), "callback.reschedule.v1", &reschedule(&naming, &in_seconds(1)));
    assert_eq!((&answer["callbackId"], &answer["revision"]), (&moved["callbackId"], &json!(2)), "{answer}");
    payload
}

#[test]
fn a_program_works_on_a_newer_schema_that_was_expanded_and_refuses_one_that_was_contracted() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    let sql = scope.sql();
    sql.run(
        "alter table callback add column priority integer;
         insert into schema_migration (version, name, sha256, compatible_from) values (1000, 'priority', '', 1)",
    );
    let mut service = scope.service().start();
    service.wait_for_log("newer than this version, and fits it");
    let mut dialogue = Dialogue::with(&scope);
    let result = dialogue.ask(0, "on-newer", "callback.schedule.v1", &schedule(&in_seconds(0)));
    assert_eq!(result["condition"], "Success", "{result}");
    scope.reader(&scope.topics.due).wait_for(1);
    assert_eq!(service.terminate().code(), Some(0));
    let migrate = || scope.service().command(&["migrate"]).output().unwrap();
    let output = migrate();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("priority"));

    sql.run("update schema_migration set compatible_from = 1000 where version = 1000");
    let mut service = scope.service().spawn();
    assert_eq!(service.wait().code(), Some(70), "{}", service.log());
    assert!(service.log().contains("1000 (priority)"), "{}", service.log());
    assert_eq!(migrate().status.code(), Some(70));
}

#[test]
fn the_history_that_the_first_version_wrote_is_taken_as_it_is() {
    let scope = Scope::new(1);
    scope.sql().run("alter table schema_migration drop column compatible_from");
    let output = scope.service().command(&["migrate"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("has this version already"));
}
