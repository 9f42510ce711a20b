//! Two that must not share: two groups on one database, and one group with two databases.

use std::collections::BTreeSet;

use serde_json::json;

use crate::answers::{Dialogue, ids_once};
use crate::growing::waiting_for;
use crate::rig::{DEADLINE, Kafka, Scope, ServiceConfig, ServiceProcess, consumer_groups, eventually, wait_until};
use crate::sample::{self, cancel, in_seconds, schedule};
use crate::unreadable::count;

const SCHEDULE: &str = "callback.schedule.v1";

/// It ends with 64, and its last line has these words.
fn is_refused(config: &ServiceConfig, words: &[&str]) {
    let mut service = config.spawn();
    assert_eq!(service.wait().code(), Some(64), "{}", service.log());
    let said = service.log();
    let last = said.lines().last().unwrap();
    assert!(words.iter().all(|word| last.contains(word)), "{last}");
}

fn adopt(config: &ServiceConfig) {
    let output = config.command(&["migrate", "--adopt"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_second_group_or_command_topic_is_refused_on_a_database_until_it_is_told_to_move() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let other_group = scope.service().set("kafka.group_id", format!("{}.second", scope.group));
    let mut service = scope.service().start();
    is_refused(&other_group, &["belongs to group", &scope.group, "migrate --adopt"]);
    let topic = format!("{}.second", scope.topics.commands);
    scope.kafka.create_topics(&[(&*topic, 2)]);
    is_refused(&scope.service().set("topics.commands", &*topic), &["belongs to group", &topic, "migrate --adopt"]);
    // The one that was there first has not noticed anything.
    let mut dialogue = Dialogue::with(&scope);
    assert_eq!(dialogue.ask(0, "c-1", SCHEDULE, &schedule(&in_seconds(0)))["condition"], "Success");
    scope.reader(&scope.topics.due).wait_for(1);
    assert_eq!(service.terminate().code(), Some(0));
    is_refused(&other_group, &["belongs to group"]);

    adopt(&other_group);
    let mut service = other_group.start();
    is_refused(&scope.service(), &["belongs to group", "second"]);
    // The commands are read from the beginning by the new group; what was decided is answered again, not decided again.
    assert_eq!(dialogue.results_until("the repeat", |seen| seen.len() == 2).len(), 2);
    assert_eq!(scope.read_to_end(&scope.topics.due).len(), 1);
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn of_two_groups_that_start_at_once_on_a_database_of_nobodys_one_gets_it() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    // As version 0.1.0 left it, before the first start of this one.
    scope.postgres.sql("postgres").run(&format!(r#"drop database "{}" with (force)"#, scope.database));
    scope.postgres.create_database(&scope.database, "template0");
    scope.sql().run(include_str!("../cases/golden/v0.1.0/database.sql"));
    let groups = [0, 1].map(|number| {
        scope.service().set("kafka.group_id", format!("{}.{number}", scope.group)).set("ops.listen", "off")
    });
    let mut started = groups.map(|config| config.spawn());
    let ended =
        eventually("one of them ends", DEADLINE, || (0..2).find(|&number| started[number].try_wait().is_some()));
    assert_eq!(started[ended].wait().code(), Some(64), "{}", started[ended].log());
    let [one, other] = &mut started;
    let right = if ended == 0 { other } else { one };
    right.wait_for_log("shards are taken over");
    assert_eq!(right.terminate().code(), Some(0));
}

#[test]
fn a_database_of_another_cluster_is_refused_until_it_is_told_to_move() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    assert_eq!(scope.service().start().terminate().code(), Some(0));
    let kafka = Kafka::start();
    kafka.create_topics(&scope.topics.settings().map(|(_, topic)| (topic, 1)));
    let scope = Scope { kafka: &kafka, ..scope };
    sample::load_directory(&scope);
    is_refused(&scope.service(), &["belongs to group", "of cluster", "migrate --adopt"]);
    adopt(&scope.service());
    assert_eq!(scope.service().start().terminate().code(), Some(0));
}

/// The same group and topics with a database that has another name.
fn with_another_database(scope: &Scope<'static>) -> Scope<'static> {
    let Scope { kafka, postgres, topics, group, database } = scope;
    let same = Scope { kafka, postgres, topics: topics.clone(), group: group.clone(), database: database.clone() };
    same.with_database_of_its_own()
}

#[test]
fn a_second_database_in_a_group_is_refused_before_it_takes_anything_until_the_group_is_told_to_move() {
    let scope = Scope::new(2);
    let other = with_another_database(&scope);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    is_refused(&other.service(), &["are in database", &scope.group, "migrate --adopt"]);
    let mut dialogue = Dialogue::with(&scope);
    let payload = schedule(&in_seconds(3_600));
    let first = dialogue.ask(0, "c-1", SCHEDULE, &payload);
    // The same command once more, in the other partition: half of these went to the other database.
    dialogue.send(1, "c-1", SCHEDULE, &payload);
    let repeats = dialogue.results_until("its repeat", |seen| seen.len() == 2);
    let ids: BTreeSet<_> = repeats.iter().map(|result| result.json()["callbackId"].as_i64()).collect();
    assert_eq!(ids, BTreeSet::from([first["callbackId"].as_i64()]));
    assert_eq!(service.terminate().code(), Some(0));
    // Nor when the group is empty.
    is_refused(&other.service(), &["are in database"]);

    adopt(&other.service());
    let mut service = other.service().start();
    is_refused(&scope.service(), &["are in database"]);
    assert_eq!(service.terminate().code(), Some(0));
    // It was meant once, and not for ever.
    adopt(&scope.service());
    assert_eq!(scope.service().start().terminate().code(), Some(0));
    is_refused(&other.service(), &["are in database"]);
}

/// An instance on the other database, which has looked at the group before that named one. The first one stalls until the log
/// of this one has that line, so that it cannot tell the group.
fn comes_late(right: &mut ServiceProcess, (scope, other): (&Scope<'_>, &Scope<'_>), until: &str) -> ServiceProcess {
    right.pause();
    // The group forgets what it named, as if it had not been told yet.
    let output = consumer_groups()
        .args(["--bootstrap-server", &scope.kafka.bootstrap(), "--group", &scope.group])
        .args(["--delete-offsets", "--topic", &scope.topics.skills])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let late = other.service().spawn();
    late.wait_for_log(until);
    right.resume();
    late
}

fn is_stopped(service: &ServiceProcess) -> bool {
    waiting_for(service).get("shards").is_some_and(|reason| reason.contains("are in database"))
}

/// It says why in its log too, and decides nothing; and the other one has all shards as soon as it is gone.
fn goes_on_alone(going_on: &mut ServiceProcess, stopped: &mut ServiceProcess, scope: &Scope<'_>) {
    assert!(stopped.log().contains("are in database"), "{}", stopped.log());
    wait_until("it owns nothing", DEADLINE, || {
        stopped.get("/metrics").is_ok_and(|metrics| metrics.body.contains("schedule_callback_shards 0"))
    });
    assert!(!is_stopped(going_on), "{}", going_on.log());
    assert_eq!(stopped.terminate().code(), Some(0));
    going_on.wait_until_ready();
    let mut dialogue = Dialogue::with(scope);
    for partition in [0, 1] {
        let id = format!("after-{partition}");
        assert_eq!(dialogue.ask(partition, &id, SCHEDULE, &schedule(&in_seconds(0)))["condition"], "Success");
    }
    scope.reader(&scope.topics.due).wait_for(2);
}

#[test]
fn two_databases_that_come_into_a_group_before_it_names_one_are_noticed_and_one_of_them_stops() {
    let scope = Scope::new(2);
    let other = with_another_database(&scope);
    sample::load_directory(&scope);
    let mut right = scope.service().start();
    let mut late = comes_late(&mut right, (&scope, &other), "the directory is read");
    let stopped = eventually("one of them stops", DEADLINE, || {
        [is_stopped(&right), is_stopped(&late)].iter().position(|stopped| *stopped)
    });
    let (stopped, going_on) = if stopped == 0 { (&mut right, &mut late) } else { (&mut late, &mut right) };
    goes_on_alone(going_on, stopped, &scope);
    assert_eq!(ids_once(&scope.read_to_end(&scope.topics.due)).len(), 2);
    assert_eq!(going_on.terminate().code(), Some(0));
}

/// None of its shards goes on with that database, so it never tells the group; and has to hear of the other one's all the
/// same.
#[test]
fn a_database_whose_shards_are_stopped_since_it_has_none_of_what_has_fired_is_noticed_too() {
    let scope = Scope::new(2);
    let other = with_another_database(&scope);
    sample::load_directory(&scope);
    let mut right = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    for partition in [0, 1] {
        dialogue.ask(partition, &format!("before-{partition}"), SCHEDULE, &schedule(&in_seconds(0)));
    }
    scope.reader(&scope.topics.due).wait_for(2);
    let mut late = comes_late(&mut right, (&scope, &other), "names a callback that this database never gave an id to");
    wait_until("it stops", DEADLINE, || is_stopped(&late));
    assert!(count(&late, "schedule_callback_shards_stopped") > 0);
    goes_on_alone(&mut right, &mut late, &scope);
    assert_eq!(ids_once(&scope.read_to_end(&scope.topics.due)).len(), 4);
    assert_eq!(right.terminate().code(), Some(0));
}

#[test]
fn a_restored_backup_is_still_the_same_database() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    let kept = dialogue.ask(0, "kept", SCHEDULE, &schedule(&in_seconds(3_600)));
    assert_eq!(service.terminate().code(), Some(0));
    let backup = scope.postgres.back_up(&scope.database);
    scope.postgres.restore(&scope.database, &backup);
    let mut service = scope.service().start();
    let payload = cancel(&json!({"callbackId": kept["callbackId"]}));
    assert_eq!(dialogue.ask(0, "cancel", "callback.cancel.v1", &payload)["condition"], "Success");
    assert_eq!(service.terminate().code(), Some(0));
}
