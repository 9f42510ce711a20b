//! Killed between two instructions: the process ends itself where a failpoint says (src/failpoint.rs). Needs the
//! feature `failpoints`, which `make test` has and no shipped build.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;

use serde_json::json;

use crate::rig::{Message, Scope};
use crate::sample;

/// SIGABRT: the failpoint ends the process so that nothing else is run.
const ABORT: i32 = 6;

/// Schedules callbacks with the failpoint set, waits for the end of the process, starts it again without, and looks for
/// one result, one row and one due event each.
fn survives(failpoint: &str) {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let config = scope.service();
    let mut service = config.clone().env("SCHEDULE_CALLBACK_FAILPOINT", failpoint).start();
    let mut ids = BTreeSet::new();
    let mut results = scope.reader(&scope.topics.results);
    let mut batch = 0;
    // One batch after the other until it is killed; some are due at once.
    while service.try_wait().is_none() {
        let commands: Vec<Message> = (0..10)
            .map(|number| {
                let id = format!("c-{batch}-{number}");
                ids.insert(id.clone());
                sample::binary(&id, &sample::schedule(&sample::in_seconds(number / 5)))
            })
            .collect();
        scope.produce(&scope.topics.commands, commands);
        batch += 1;
        results.wait_until("the batch's results or the end", |seen| {
            seen.len() >= ids.len() || service.try_wait().is_some()
        });
    }
    assert_eq!(service.wait().signal(), Some(ABORT), "{failpoint}: {}", service.log());
    let cancel = json!({"securityUser": "su-1", "scheduledBy": {"source": "/studio", "commandId": "unheard-of"}});
    scope.produce(&scope.topics.commands, [sample::typed("cancel", "callback.cancel.v1", &cancel)]);

    let mut service = config.start();
    let results = results.wait_for(ids.len() + 1).to_vec();
    let answered: BTreeSet<String> =
        results.iter().map(|result| result.header("ce_causationid").unwrap().to_owned()).collect();
    assert_eq!((answered.len(), results.len()), (ids.len() + 1, ids.len() + 1), "{failpoint}");
    let mut due = scope.reader(&scope.topics.due);
    let fired: BTreeSet<String> =
        due.wait_for(ids.len()).iter().map(|event| event.json()["commandId"].as_str().unwrap().to_owned()).collect();
    assert_eq!(fired, ids, "{failpoint}");
    assert_eq!(service.terminate().code(), Some(0));

    assert_eq!(scope.read_to_end(&scope.topics.results).len(), ids.len() + 1, "{failpoint}: one result each");
    assert_eq!(scope.read_to_end(&scope.topics.due).len(), ids.len(), "{failpoint}: one due event each");
    let rows: i64 = scope.sql().value("select count(*) from callback", &[]);
    assert_eq!(usize::try_from(rows).unwrap(), ids.len(), "{failpoint}: one row each");
    let decisions: i64 = scope.sql().value("select count(*) from command", &[]);
    assert_eq!(usize::try_from(decisions).unwrap(), ids.len() + 1, "{failpoint}: one decision each");
}

#[test]
fn before_the_database_commit() {
    survives("before-database-commit:2");
}

#[test]
fn between_the_two_commits() {
    survives("after-database-commit:2");
}

#[test]
fn before_the_kafka_commit_of_the_answers() {
    survives("before-kafka-commit:2");
}

#[test]
fn before_the_kafka_commit_of_due_events() {
    survives("before-due-commit:2");
}
