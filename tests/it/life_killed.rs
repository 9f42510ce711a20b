//! What becomes of callbacks after they are due, while the service is killed again and again (docs/contract.md#life-after-due):
//! the state topic says everything once and in order, and its last word is what the database says.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use schedule_callback::clock;
use serde_json::{Value, json};

use crate::answers::ids_once;
use crate::life::{World, report};
use crate::rig::{DEADLINE, Message, Record, ServiceConfig, ServiceProcess, wait_until};
use crate::sample::{self, schedule, with};

const REPORT: &str = "callback.report.v1";
/// SIGABRT: the failpoint ends the process so that nothing else is run.
const ABORT: i32 = 6;
/// Callbacks of one run.
const CALLBACKS: usize = 120;

/// What a router says of that attempt: something else of each callback, and in the end that it is over.
fn outcomes(id: i64, attempt: i64) -> &'static [&'static str] {
    match ((id >> 10) % 6, attempt) {
        (0, 1) => &["noAnswer"],
        (1, 1) => &["accepted", "inProgress", "busy"],
        (2, 1) => &["refusedByAgent"],
        (3, 1) => &["accepted", "connected"],
        (4, _) => &["wrongNumber"],
        _ => &["connected"],
    }
}

/// Reports what came of each due event, once, until it is told to stop. Every report is sent twice, as a router does that was
/// restarted in between.
fn route(world: &World, stop: &AtomicBool) {
    let mut due = world.scope.reader(&world.scope.topics.due);
    let mut reported = 0;
    while !stop.load(Ordering::Relaxed) {
        let started = Instant::now();
        let seen = due.wait_until("due events, for a moment", |seen| {
            seen.len() > reported || started.elapsed() > Duration::from_millis(300)
        });
        let mut messages = Vec::new();
        for event in &seen[reported..] {
            let data = event.json();
            let (id, attempt) = (data["callbackId"].as_i64().unwrap(), data["attempt"].as_i64().unwrap());
            for (number, outcome) in outcomes(id, attempt).iter().enumerate() {
                let command = format!("r-{id}-{attempt}-{number}");
                let payload = with(&report(id, attempt, outcome), &json!({"agentId": "1234"}));
                // One after the other, so through one partition.
                let message = || sample::typed(&command, REPORT, &payload).in_partition(0);
                messages.extend([message(), message()]);
            }
        }
        reported = seen.len();
        if !messages.is_empty() {
            world.scope.produce(&world.scope.topics.commands, messages);
        }
    }
}

/// Schedules callbacks of a tracked skill and of one that is not, some of which expire.
fn commands() -> Vec<Message> {
    let command = |number: usize| {
        let seconds = i64::try_from(number % 12).unwrap();
        let date = clock::now().plus_micros(seconds * 1_000_000);
        let mut payload = with(&schedule(&date.to_string()), &json!({"targetAgentId": "1234"}));
        if number.is_multiple_of(3) {
            payload = with(&payload, &json!({"skillId": "4712"}));
        }
        if number % 10 == 7 {
            payload = with(&payload, &json!({"notAfter": date.plus_micros(300_000).to_string()}));
        }
        sample::binary(&format!("c-{number}"), &payload).in_partition(i32::from(number % 2 == 1))
    };
    (0..CALLBACKS).map(command).collect()
}

/// The states of each callback in their order.
fn states(world: &World) -> BTreeMap<i64, Vec<Value>> {
    let records = world.scope.read_to_end(&world.state);
    ids_once(&records);
    let mut states: BTreeMap<i64, Vec<Value>> = BTreeMap::new();
    for record in &records {
        let data = record.json();
        states.entry(data["callbackId"].as_i64().unwrap()).or_default().push(data);
    }
    states
}

fn is_end(state: &Value) -> bool {
    ["completed", "missed", "expired", "cancelled"].contains(&state["status"].as_str().unwrap())
}

/// Whether nothing more will become of the callback that stands so.
fn is_settled(state: &Value) -> bool {
    is_end(state) || state["tracked"] == false && state["status"] == "due"
}

/// Judges all that was published.
fn judge(world: &World) {
    let due = world.scope.read_to_end(&world.scope.topics.due);
    let fired = ids_once(&due);
    let all = states(world);
    let mut said_due = BTreeSet::new();
    let sql = world.scope.sql();
    for (id, said) in &all {
        let shown: Vec<_> = said.iter().map(|state| format!("{}.{}", state["attempt"], state["status"])).collect();
        for (index, state) in said.iter().enumerate() {
            let (attempt, status) = (state["attempt"].as_i64().unwrap(), state["status"].as_str().unwrap());
            let before = index.checked_sub(1).map(|before| &said[before]);
            let was = before.map(|before| (before["attempt"].as_i64().unwrap(), before["status"].as_str().unwrap()));
            let follows = match status {
                "pending" if attempt == 1 => was.is_none(),
                "pending" => {
                    was.is_some_and(|(before, was)| before == attempt - 1 && (was == "due" || was == "accepted"))
                }
                "due" => was == Some((attempt, "pending")),
                "accepted" => was == Some((attempt, "due")) || was == Some((attempt, "accepted")),
                _ => was.is_some_and(|(before, _)| before == attempt) && !before.is_some_and(is_end),
            };
            assert!(follows, "{id}: {shown:?}");
            if status == "due" {
                said_due.insert(format!("{id}.{}.{attempt}", state["revision"]));
            }
        }
        let last = said.last().unwrap();
        assert!(is_settled(last), "{id}: {shown:?}");
        let stands: String = sql.value("select status from callback_status where callback_id = $1", &[id]);
        assert_eq!(last["status"], stands.as_str(), "{id}: {shown:?}");
    }
    assert_eq!(said_due, fired, "a state for each due event, and a due event for each such state");
    let rows: i64 = sql.value("select count(*) from callback", &[]);
    assert_eq!((all.len(), usize::try_from(rows).unwrap()), (CALLBACKS, CALLBACKS));
}

/// Ends the router also where the test fails.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs it all while `disturb` ends services and starts them again; judges once everything has come to its end.
fn survives(config: impl Fn(&World) -> ServiceConfig, disturb: impl FnOnce(&World, ServiceProcess) -> ServiceProcess) {
    let world = World::with(&json!({"retry": {"noAnswer": ["10s"], "busy": ["10s"]}}));
    let untracked = json!({"skillId":"4712","name":"B","active":true,"mediaType":"phone","direction":"outbound"});
    world.put(&world.scope.topics.skills, "default/4712", &untracked);
    let service = config(&world).start();
    let stop = AtomicBool::new(false);
    thread::scope(|threads| {
        threads.spawn(|| route(&world, &stop));
        let ends = Ends(&stop);
        world.scope.produce(&world.scope.topics.commands, commands());
        let mut service = disturb(&world, service);
        wait_until("everything has come to its end", DEADLINE, || {
            let states = states(&world);
            states.len() == CALLBACKS && states.values().all(|states| is_settled(states.last().unwrap()))
        });
        drop(ends);
        // The copy of the marker, which the database's word rests on, is written then at the latest.
        assert_eq!(service.terminate().code(), Some(0));
    });
    judge(&world);
}

/// Killed there, and started again without.
fn survives_failpoint(failpoint: &str) {
    survives(
        |world| world.service().env("SCHEDULE_CALLBACK_FAILPOINT", failpoint),
        |world, mut service| {
            assert_eq!(service.wait().signal(), Some(ABORT), "{failpoint}: {}", service.log());
            world.service().start()
        },
    );
}

/// Killed five times, each time after some more has fired, so somewhere in the middle of the work.
fn survives_being_killed_again_and_again() {
    survives(World::service, |world, mut service| {
        let mut fired = world.scope.reader(&world.scope.topics.due);
        for kill in 1..6 {
            let more = |seen: &[Record]| seen.len() >= kill * 12;
            fired.wait_until("some more due events", more);
            service.kill9();
            service = world.service().start();
        }
        service
    });
}

/// All at once, each in a world of its own: nearly all of their time is waiting for what is to be presented again, and for the
/// group to notice that a member is gone.
#[test]
fn between_the_two_commits_before_each_commit_of_kafka_and_at_any_time_again_and_again() {
    let failpoints = ["after-database-commit:1", "before-kafka-commit:2", "before-due-commit:4"];
    thread::scope(|threads| {
        for failpoint in failpoints {
            threads.spawn(move || survives_failpoint(failpoint));
        }
        threads.spawn(survives_being_killed_again_and_again);
    });
}
