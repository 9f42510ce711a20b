//! The command topic gets more partitions: while instances run, while none does, and where they may not let the internal
//! topics grow with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use schedule_callback::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::answers::{Dialogue, codes, ids_once};
use crate::rig::{DEADLINE, Message, Record, Scope, ServiceProcess, wait_until};
use crate::sample::{self, binary, cancel, in_seconds, reschedule, schedule};

const SCHEDULE: &str = "callback.schedule.v1";
const CANCEL: &str = "callback.cancel.v1";
const RESCHEDULE: &str = "callback.reschedule.v1";

/// How soon new partitions are served.
const SERVED_WITHIN: Duration = Duration::from_mins(1);

fn named(result: &Value) -> Value {
    json!({"callbackId": result["callbackId"]})
}

fn shard_of(record: &Record) -> i64 {
    record.json()["callbackId"].as_i64().unwrap() & 1_023
}

fn committed_shards(scope: &Scope<'_>) -> usize {
    scope.committed(&scope.topics.shards).iter().filter(|marker| marker.offset.is_some()).count()
}

/// Each command has one result, all are `Success`, and each callback fired once, never early, but for those cancelled.
fn judge(scope: &Scope<'_>, commands: usize, cancelled: &BTreeSet<i64>) -> (Vec<Record>, Vec<Record>) {
    let results = scope.read_all(&scope.topics.results, commands);
    assert_eq!(ids_once(&results).len(), commands);
    for result in &results {
        assert_eq!(result.json()["condition"], "Success", "{}", result.json());
    }
    let callbacks: BTreeSet<i64> = results.iter().map(|result| result.json()["callbackId"].as_i64().unwrap()).collect();
    let fire = callbacks.len() - cancelled.len();
    let due = scope.read_all(&scope.topics.due, fire);
    assert_eq!(ids_once(&due).len(), fire);
    let instant = |text: &Value| Timestamp::parse_rfc3339(text.as_str().unwrap()).unwrap();
    for event in due.iter().map(Record::json) {
        assert!(instant(&event["firedAt"]) >= instant(&event["scheduledFor"]), "{event}");
        assert!(!cancelled.contains(&event["callbackId"].as_i64().unwrap()), "{event}");
    }
    (results, due)
}

/// Schedules into that many partitions until it is told to stop; returns how many.
fn load(scope: &Scope<'_>, name: &str, partitions: i32, stop: &AtomicBool) -> usize {
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) {
        let beat: Vec<Message> = (0..partitions)
            .map(|partition| {
                binary(&format!("{name}-{partition}-{count}"), &schedule(&in_seconds(2))).in_partition(partition)
            })
            .collect();
        count += beat.len();
        scope.produce(&scope.topics.commands, beat);
        std::thread::park_timeout(Duration::from_millis(100));
    }
    count
}

/// Tells the load to stop, also when the test fails: else it would be waited for in vain.
struct Stopping<'a>(&'a AtomicBool);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn under_load_the_new_partitions_are_served_the_old_ones_go_on_and_everything_happens_once() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let mut instances = [scope.service().start(), scope.service().start()];
    let mut dialogue = Dialogue::with(&scope);
    let far = in_seconds(3_600);
    let old: Vec<Value> =
        (0..4).map(|number| dialogue.ask(number % 2, &format!("old-{number}"), SCHEDULE, &schedule(&far))).collect();

    let stop = AtomicBool::new(false);
    let (before, after, seconds) = std::thread::scope(|threads| {
        let stopping = Stopping(&stop);
        let before = threads.spawn(|| load(&scope, "before", 2, &stop));
        wait_until("the load has begun", DEADLINE, || scope.committed(&scope.topics.results).len() == 2);
        scope.kafka.grow_topic(&scope.topics.commands, 5);
        let grown = Instant::now();
        let after = threads.spawn(|| load(&scope, "after", 5, &stop));
        // No instance has been told of anything: it sees that by itself.
        let served = |seen: &[Record]| seen.iter().filter_map(of_new_partition).collect::<BTreeSet<_>>().len() == 3;
        dialogue.results_until("results of all new partitions", served);
        let seconds = grown.elapsed();
        drop(stopping);
        (before.join().unwrap(), after.join().unwrap(), seconds)
    });
    eprintln!("new partitions were served after {seconds:?}");
    assert!(seconds < SERVED_WITHIN, "{seconds:?}");

    // Callbacks of old shards are changed from new partitions, those of new shards from old ones.
    let new: Vec<Value> = (2..5)
        .map(|partition| dialogue.ask(partition, &format!("new-{partition}"), SCHEDULE, &schedule(&far)))
        .collect();
    assert_eq!(new.iter().map(|result| result["callbackId"].as_i64().unwrap() & 1_023).collect::<Vec<_>>(), [2, 3, 4]);
    let mut cancelled = BTreeSet::new();
    let mut amendments = 0;
    for (partition, callback) in [(2, &old[0]), (3, &old[1]), (0, &new[0]), (1, &new[1])] {
        let answer = dialogue.ask(partition, &format!("cancel-{partition}"), CANCEL, &cancel(&named(callback)));
        assert_eq!(answer["condition"], "Success", "{answer}");
        cancelled.insert(callback["callbackId"].as_i64().unwrap());
        amendments += 1;
    }
    for (partition, callback) in [(4, &old[2]), (2, &old[3]), (0, &new[2])] {
        let payload = reschedule(&named(callback), &in_seconds(1));
        let answer = dialogue.ask(partition, &format!("move-{partition}"), RESCHEDULE, &payload);
        assert_eq!(answer["condition"], "Success", "{answer}");
        amendments += 1;
    }
    for instance in &mut instances {
        instance.wait_until_ready();
    }
    let commands = before + after + old.len() + new.len() + amendments;
    let (_, due) = judge(&scope, commands, &cancelled);
    assert_eq!(due.iter().map(shard_of).collect::<BTreeSet<_>>(), BTreeSet::from([0, 1, 2, 3, 4]));
    assert_eq!(committed_shards(&scope), 5);
    for instance in &mut instances {
        assert_eq!(instance.terminate().code(), Some(0));
    }
}

/// The number of the new partition whose command this is the result of.
fn of_new_partition(result: &Record) -> Option<String> {
    let id = result.json()["commandId"].as_str()?.to_owned();
    let partition = id.strip_prefix("after-")?.split('-').next()?.to_owned();
    (partition.parse::<i32>().ok()? >= 2).then_some(partition)
}

#[test]
fn grown_while_nobody_runs_it_is_served_after_a_start_and_nothing_fires_a_second_time() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    let far = dialogue.ask(1, "far", SCHEDULE, &schedule(&in_seconds(3_600)));
    let fired: Vec<Message> = (0..20)
        .map(|number| binary(&format!("fired-{number}"), &schedule(&in_seconds(0))).in_partition(number % 2))
        .collect();
    scope.produce(&scope.topics.commands, fired);
    scope.reader(&scope.topics.due).wait_for(20);
    // A young instance has no copy of its markers in the database yet.
    service.kill9();

    scope.kafka.grow_topic(&scope.topics.commands, 4);
    let waiting: Vec<Message> = (0..4)
        .map(|partition| binary(&format!("waiting-{partition}"), &schedule(&in_seconds(1))).in_partition(partition))
        .collect();
    scope.produce(&scope.topics.commands, waiting);
    let mut service = scope.service().start();
    for partition in 0..4 {
        assert_eq!(dialogue.result(&format!("waiting-{partition}")).json()["condition"], "Success");
    }
    let answer = dialogue.ask(3, "cancel", CANCEL, &cancel(&named(&far)));
    assert_eq!(answer["condition"], "Success", "{answer}");
    service.wait_until_ready();
    judge(&scope, 26, &BTreeSet::from([far["callbackId"].as_i64().unwrap()]));
    assert_eq!(service.terminate().code(), Some(0));
}

/// What `/readyz` says is waited for, by condition; nothing where it does not listen yet.
pub fn waiting_for(service: &ServiceProcess) -> BTreeMap<String, String> {
    let Ok(answer) = service.get("/readyz") else { return BTreeMap::new() };
    let report: Value = serde_json::from_str(&answer.body).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    report["waitingFor"].as_array().unwrap().iter().map(|one| (text(&one["what"]), text(&one["reason"]))).collect()
}

/// Without the right to let the internal topics grow. `start` starts an instance; `grow` is what an administrator does.
pub fn without_the_right(scope: &Scope<'_>, start: impl Fn() -> ServiceProcess) {
    let mut service = start();
    service.wait_until_ready();
    let mut dialogue = Dialogue::with(scope);
    let soon = || schedule(&in_seconds(1));
    dialogue.ask(0, "before", SCHEDULE, &soon());
    scope.kafka.grow_topic(&scope.topics.commands, 4);
    let names_the_command = |service: &ServiceProcess| {
        wait_until("the command is named", DEADLINE, || {
            waiting_for(service).get("topics").is_some_and(|reason| {
                reason.contains("`schedule-callback topics`") && reason.contains(&scope.topics.shards)
            })
        });
    };
    names_the_command(&service);
    assert!(service.log().contains("`schedule-callback topics`"));
    let metrics = service.get("/metrics").unwrap().body;
    assert!(metrics.contains("schedule_callback_waiting{condition=\"topics\"} 1"), "{metrics}");
    wait_until("the new partitions are assigned, and wait", DEADLINE, || {
        waiting_for(&service).get("shards").is_some_and(|reason| reason.contains("2 of 4"))
    });
    dialogue.send(2, "new-2", SCHEDULE, &soon());
    for partition in [0, 1] {
        let id = format!("meanwhile-{partition}");
        assert_eq!(dialogue.ask(partition, &id, SCHEDULE, &soon())["condition"], "Success");
    }
    // An instance that starts has the old partitions among the new ones, and takes them over all the same.
    assert_eq!(service.terminate().code(), Some(0));
    let mut service = start();
    for partition in [0, 1] {
        let id = format!("restarted-{partition}");
        assert_eq!(dialogue.ask(partition, &id, SCHEDULE, &soon())["condition"], "Success");
    }
    names_the_command(&service);
    scope.reader(&scope.topics.due).wait_for(5);

    let output = scope.service().command(&["topics"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let grown = format!("grown to 4 partitions: {}, {}\n", scope.topics.amendments, scope.topics.shards);
    assert_eq!(said, grown);
    assert_eq!(dialogue.result("new-2").json()["condition"], "Success");
    service.wait_until_ready();
    judge(scope, 6, &BTreeSet::new());
    assert_eq!(service.terminate().code(), Some(0));
}

/// With that right: nobody has to do anything.
pub fn with_the_right(scope: &Scope<'_>, start: impl Fn() -> ServiceProcess) {
    let mut service = start();
    service.wait_until_ready();
    scope.kafka.grow_topic(&scope.topics.commands, 5);
    let answer = Dialogue::with(scope).ask(4, "with-the-right", SCHEDULE, &schedule(&in_seconds(3_600)));
    assert_eq!(answer["condition"], "Success", "{answer}");
    service.wait_until_ready();
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn a_directory_that_grows_is_read_in_its_new_partitions_too() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    scope.kafka.grow_topic(&scope.topics.skills, 5);
    let skill = json!({"skillId":"4799","name":"New","active":true,"mediaType":"phone","direction":"outbound"});
    scope.produce(&scope.topics.skills, [Message::new("default/4799", skill.to_string()).in_partition(4)]);
    service.wait_for_log("a directory topic has new partitions");
    let mut dialogue = Dialogue::with(&scope);
    let payload = sample::with(&schedule(&in_seconds(3_600)), &json!({"skillId": "4799"}));
    let mut attempt = 0;
    wait_until("the new skill is known", DEADLINE, || {
        attempt += 1;
        dialogue.ask(0, &format!("c-{attempt}"), SCHEDULE, &payload)["condition"] == "Success"
    });
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn a_command_for_a_shard_that_this_instance_has_not_seen_yet_is_handed_to_it() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    // Another instance was faster: it has seen the new partition, and taken it over.
    scope.sql().run("insert into shard (shard, epoch, owner) values (2, 1, 'another')");
    for topic in [&scope.topics.amendments, &scope.topics.shards, &scope.topics.commands] {
        scope.kafka.grow_topic(topic, 3);
    }
    let in_shard_2 = json!({"callbackId": (1_i64 << 40) + 2});
    dialogue.ask(0, "x-1", CANCEL, &cancel(&in_shard_2));
    let forwarded = scope.read_to_end(&scope.topics.amendments);
    assert_eq!(forwarded.iter().map(|record| record.partition).collect::<Vec<_>>(), [2]);

    // A number of no shard at all costs no look at the topics.
    let asked = Instant::now();
    let answer = dialogue.ask(0, "x-2", CANCEL, &cancel(&json!({"callbackId": (1_i64 << 40) + 1_000})));
    assert_eq!(codes(&answer), ["CALLBACK_NOT_FOUND"]);
    eprintln!("answered after {:?}", asked.elapsed());
    assert_eq!(scope.read_to_end(&scope.topics.amendments).len(), 1);
    assert_eq!(service.terminate().code(), Some(0));
}
