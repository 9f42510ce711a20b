//! One of the two servers is lost and comes back from a backup, or empty, while the other remembers more: what
//! docs/running.md tells an operator to do, and what consumers then see.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::answers::{Dialogue, ids_once};
use crate::rig::{Kafka, Record, Scope, consumer_groups, folder};
use crate::sample::{self, cancel, in_seconds, reschedule, schedule};

const SCHEDULE: &str = "callback.schedule.v1";

/// The callbacks' ids in these results.
fn callback_ids(results: &[Record]) -> BTreeSet<i64> {
    results.iter().filter_map(|result| result.json()["callbackId"].as_i64()).collect()
}

fn of_command<'a>(records: &'a [Record], command: &str) -> Vec<&'a Record> {
    records.iter().filter(|record| record.json()["commandId"] == command).collect()
}

fn named(result: &Value) -> Value {
    json!({"callbackId": result["callbackId"]})
}

#[test]
fn a_database_restored_to_an_earlier_time_gives_no_id_out_again_and_decides_the_lost_commands_again() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let far = in_seconds(3_600);
    let mut service = scope.service().start();
    let mut asked = Dialogue::with(&scope);
    let mut due = scope.reader(&scope.topics.due);
    asked.ask(0, "kept-fired", SCHEDULE, &schedule(&in_seconds(0)));
    asked.ask(0, "kept-far", SCHEDULE, &schedule(&far));
    let kept_cancelled = asked.ask(0, "kept-cancelled", SCHEDULE, &schedule(&far));
    let kept_moved = asked.ask(1, "kept-moved", SCHEDULE, &schedule(&far));
    due.wait_for(1);

    let backup = scope.postgres.back_up(&scope.database);
    let backed_up_at = Timestamp::from_millis(clock::now().millis());
    // What the backup does not know. An instance that starts takes a new block of sequence numbers: those that would be
    // given out twice.
    assert_eq!(service.terminate().code(), Some(0));
    let mut service = scope.service().start();
    for partition in [0, 1] {
        asked.ask(partition, &format!("lost-fired-{partition}"), SCHEDULE, &schedule(&in_seconds(0)));
    }
    let by_id = asked.ask(0, "lost-by-id", SCHEDULE, &schedule(&far));
    asked.ask(0, "lost-by-command", SCHEDULE, &schedule(&far));
    asked.ask(0, "cancel-1", "callback.cancel.v1", &cancel(&named(&kept_cancelled)));
    asked.ask(0, "cancel-2", "callback.cancel.v1", &cancel(&named(&by_id)));
    let scheduled_by = json!({"scheduledBy": {"source": "/studio", "commandId": "lost-by-command"}});
    asked.ask(0, "cancel-3", "callback.cancel.v1", &cancel(&scheduled_by));
    asked.ask(1, "move", "callback.reschedule.v1", &reschedule(&named(&kept_moved), &in_seconds(0)));
    due.wait_for(4);
    assert_eq!(service.terminate().code(), Some(0));
    let before = scope.read_to_end(&scope.topics.results);
    let highest = *callback_ids(&before).last().unwrap();

    scope.postgres.restore(&scope.database, &backup);
    // Whoever starts it without a thought: nothing is decided, so that no id is given out twice.
    let mut service = scope.service().spawn();
    service.wait_for_log("it was restored from a backup");
    assert_eq!(service.get("/readyz").unwrap().status, 503);
    assert_eq!(service.terminate().code(), Some(0));

    let output = scope.service().command(&["migrate", "--after-restore"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    decide_again(&scope, &backed_up_at.to_string());
    let mut service = scope.service().start();
    let again = scope.reader(&scope.topics.results).wait_for(before.len() + 8)[..].to_vec();
    due.wait_for(7);
    // One more command is answered, so the eight were all that came again.
    let after = Dialogue::with(&scope).ask(1, "after", SCHEDULE, &schedule(&far));
    assert_eq!(service.terminate().code(), Some(0));
    let results = scope.read_to_end(&scope.topics.results);
    assert_eq!((again.len(), results.len()), (before.len() + 8, before.len() + 9));

    // New ids are all above the old ones; the results of the lost commands have their old ce_id.
    assert!(after["callbackId"].as_i64().unwrap() > highest);
    for command in ["lost-fired-0", "lost-fired-1", "lost-by-id", "lost-by-command"] {
        let [first, second] = of_command(&results, command)[..] else { panic!("{command} twice") };
        assert_eq!(first.header("ce_id"), second.header("ce_id"), "{command}");
        let (old, new) = (first.json()["callbackId"].as_i64().unwrap(), second.json()["callbackId"].as_i64().unwrap());
        assert!(old <= highest && new > highest, "{command}: {old}, {new}");
    }
    // What named a callback of before the backup, or a command, is done again; what named a lost id finds nothing.
    for (command, condition) in
        [("cancel-1", "Success"), ("cancel-2", "Default"), ("cancel-3", "Success"), ("move", "Success")]
    {
        assert_eq!(of_command(&results, command)[1].json()["condition"], condition, "{command}");
    }
    let sql = scope.sql();
    let cancelled = "select command_id from callback where cancelled_at is not null order by 1";
    let cancelled: Vec<String> = sql.rows(cancelled, &[]).iter().map(|row| row.get(0)).collect();
    assert_eq!(cancelled, ["kept-cancelled", "lost-by-command"]);

    // What fired before the backup does not fire again; what fired in the lost time does: a moved callback with the
    // same ce_id, a lost one as the callback that it now is.
    let events = scope.read_to_end(&scope.topics.due);
    let count = |command: &str| of_command(&events, command).len();
    assert_eq!([count("kept-fired"), count("kept-moved"), count("lost-fired-0"), count("lost-fired-1")], [1, 2, 2, 2]);
    assert_eq!(events.len(), 7);
    let ids: BTreeSet<&str> =
        of_command(&events, "kept-moved").iter().map(|event| event.header("ce_id").unwrap()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");

    let [fires_again, found_nothing, lost] = what_it_came_to(&scope, &results, &events, &backed_up_at.to_string());
    assert_eq!(fires_again, ["lost-fired-0", "lost-fired-1"]);
    assert_eq!(found_nothing, ["cancel-2"]);
    // Whoever does not have the commands decided again has to look after these, and all that was asked of them.
    assert_eq!(lost, ["cancel-2", "cancel-3", "lost-by-command", "lost-by-id", "lost-fired-0", "lost-fired-1"]);
}

/// Kafka's own tool, as docs/running.md has it.
fn decide_again(scope: &Scope<'_>, since: &str) {
    // The tool wants milliseconds, also where they are none.
    let since = if since.contains('.') { since[..23].to_owned() + "Z" } else { since.replace('Z', ".000Z") };
    let output = consumer_groups()
        .args(["--bootstrap-server", &scope.kafka.bootstrap(), "--group", &scope.group])
        .args(["--topic", &scope.topics.commands, "--reset-offsets", "--to-datetime", &since, "--execute"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains(&scope.topics.commands), "{said}");
}

/// The three lists of config/postgres/after-restore.sql, by command id.
fn what_it_came_to(scope: &Scope<'_>, results: &[Record], events: &[Record], since: &str) -> [Vec<String>; 3] {
    let folder = folder("after-restore");
    for (name, records) in [("results.ndjson", results), ("due.ndjson", events)] {
        let lines: Vec<_> = records.iter().map(|record| format!("{}\n", record.json())).collect();
        fs::write(folder.join(name), lines.concat()).unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/postgres/after-restore.sql");
    let said = scope.postgres.psql(&scope.database, &script, &format!("since={since}"), &folder);
    let mut lists: [Vec<String>; 3] = Default::default();
    let mut heads = 0;
    for line in said.lines() {
        match line.split('|').next() {
            _ if line.contains(": ") => heads += 1,
            Some(id) => lists[heads - 1].push(id.to_owned()),
            None => {}
        }
    }
    for list in &mut lists {
        list.sort_unstable();
    }
    lists
}

#[test]
fn a_new_cluster_goes_on_from_the_databases_copy_of_the_markers_and_says_so() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let mut asked = Dialogue::with(&scope);
    for (partition, id) in [(0, "fired-0"), (1, "fired-1")] {
        asked.ask(partition, id, SCHEDULE, &schedule(&in_seconds(0)));
    }
    scope.reader(&scope.topics.due).wait_for(2);
    let payload = schedule(&in_seconds(3_600));
    let waiting = asked.ask(0, "waiting", SCHEDULE, &payload);
    asked.ask(1, "soon", SCHEDULE, &schedule(&in_seconds(1)));
    let remembered = asked.result("waiting");
    assert_eq!(service.terminate().code(), Some(0));
    // It may have been fired just before the stop.
    let fired_before = scope.read_to_end(&scope.topics.due);

    let kafka = Kafka::start();
    kafka.create_topics(&scope.topics.settings().map(|(setting, topic)| match setting {
        "commands" | "amendments" | "shards" => (topic, 2),
        _ => (topic, 1),
    }));
    let scope = Scope { kafka: &kafka, ..scope };
    sample::load_directory(&scope);
    let adopted = scope.service().command(&["migrate", "--adopt"]).status().unwrap();
    assert!(adopted.success(), "{adopted}");
    let mut service = scope.service().start();
    service.wait_for_log("the broker has no marker any more");
    let mut asked = Dialogue::with(&scope);
    // A producer that is not sure sends it again, and hears the same; what waits can still be changed, and is fired.
    asked.send(0, "waiting", SCHEDULE, &payload);
    let again = asked.result("waiting");
    assert_eq!((&again.value, again.header("ce_id")), (&remembered.value, remembered.header("ce_id")));
    let moved = asked.ask(1, "move", "callback.reschedule.v1", &reschedule(&named(&waiting), &in_seconds(0)));
    assert_eq!((&moved["callbackId"], &moved["revision"]), (&waiting["callbackId"], &json!(2)));
    let expected = if fired_before.len() == 3 { 1 } else { 2 };
    scope.reader(&scope.topics.due).wait_for(expected);
    assert_eq!(service.terminate().code(), Some(0));
    let events: Vec<Record> = fired_before.into_iter().chain(scope.read_to_end(&scope.topics.due)).collect();
    assert_eq!(ids_once(&events).len(), 4, "each fired once, on the old cluster or on the new one");
}
