//! Races of what becomes of callbacks after they are due (docs/contract.md#life-after-due) between the database and Kafka, on
//! real servers: each is forced into its order, by threads of the service that are made to wait. Those that are decided in
//! memory are in src/ingest/settle/tests/races.rs and src/protocol/firing/tests/life.rs.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;

use schedule_callback::clock;
use serde_json::{Value, json};

use crate::answers::{Dialogue, codes, ids_once};
use crate::life::{CANCEL, REPORT, SCHEDULE, World, id_of, report};
use crate::rig::{DEADLINE, Isolation, Reader, Record, ServiceProcess, folder, wait_until};
use crate::sample::{self, cancel, in_seconds, schedule, with};

/// SIGABRT: the failpoint ends the process so that nothing else is run.
const ABORT: i32 = 6;

/// A place where the service waits for as long as a file exists.
struct Gate(PathBuf);

impl Gate {
    fn new(name: &str) -> Self {
        Self(folder("gate").join(name))
    }

    /// As the failpoint `name` is told of it.
    fn at(&self, name: &str) -> String {
        format!("{name}@{}", self.0.display())
    }

    /// Whoever comes to the place from now on waits there.
    fn close(&self) {
        fs::write(&self.0, "").unwrap();
    }

    fn open(&self) {
        fs::remove_file(&self.0).unwrap();
    }
}

/// How often the log has a line with that text.
fn said(service: &ServiceProcess, text: &str) -> usize {
    service.log().matches(text).count()
}

/// Waits until the log has one line more of that text than `before`.
fn wait_for_another(service: &ServiceProcess, text: &str, before: usize) {
    wait_until(&format!("{text:?} once more in the log"), DEADLINE, || said(service, text) > before);
}

const WAITS_FOR_THE_PASS: &str = "a batch waits for the due events that are being published";
const AT_A_FAILPOINT: &str = "waiting at a failpoint";
const UNREPORTED: &str = "presentations of which nobody has reported in time";

#[test]
fn reports_meet_the_pass_and_the_sweep_in_every_order() {
    let world = World::with(&json!({"retry": {"noAnswer": ["10s"]}}));
    let (pass, record) = (Gate::new("pass"), Gate::new("record"));
    let places = [pass.at("before-due-commit"), record.at("before-database-commit")].join(",");
    let mut service =
        world.service().set("lifecycle.acknowledge_within", "30s").env("SCHEDULE_CALLBACK_FAILPOINT", &places).start();
    let mut dialogue = Dialogue::with(&world.scope);
    // Who reads what is not committed sees a due event before the service knows of its commit.
    let client = world.scope.kafka.client();
    let mut early = Reader::open(&client, &world.scope.topics.due, Isolation::Uncommitted);
    let mut sees = |id: &str| {
        let is_it = |record: &Record| record.header("ce_id") == Some(id);
        early.wait_until(&format!("{id}, committed or not"), |seen| seen.iter().any(is_it));
    };
    let ask = |dialogue: &mut Dialogue<'_>, id: &str, payload: &Value| {
        dialogue.produce([sample::typed(id, REPORT, payload).in_partition(0)]);
    };
    let swept = id_of(&dialogue.ask(0, "swept", SCHEDULE, &schedule(&in_seconds(1))));
    let reported = id_of(&dialogue.ask(0, "reported", SCHEDULE, &schedule(&in_seconds(1))));
    let reached = id_of(&dialogue.ask(0, "reached", SCHEDULE, &schedule(&in_seconds(1))));
    let first = world.due(&format!("{reported}.1.1"));
    let presented = [swept, reached].map(|id| world.due(&format!("{id}.1.1")));

    // A report overtakes the commit of its due event.
    pass.close();
    let overtaken = id_of(&dialogue.ask(0, "overtaken", SCHEDULE, &schedule(&in_seconds(1))));
    sees(&format!("{overtaken}.1.1"));
    let waited = said(&service, WAITS_FOR_THE_PASS);
    ask(&mut dialogue, "r-overtaken", &report(overtaken, 1, "connected"));
    wait_for_another(&service, WAITS_FOR_THE_PASS, waited);
    pass.open();
    assert_eq!(dialogue.result("r-overtaken").json()["status"], "completed");
    world.wait_for_states(overtaken, &["1.pending", "1.due", "1.completed CONNECTED"]);

    // The person was reached by the first attempt, while the pass of the second one runs.
    let result = dialogue.ask(0, "r-reached-1", REPORT, &report(reached, 1, "noAnswer"));
    assert_eq!(result["attempt"], 2, "{result}");
    pass.close();
    sees(&format!("{reached}.1.2"));
    let waited = said(&service, WAITS_FOR_THE_PASS);
    ask(&mut dialogue, "r-reached-2", &report(reached, 1, "connected"));
    wait_for_another(&service, WAITS_FOR_THE_PASS, waited);
    pass.open();
    assert_eq!(dialogue.result("r-reached-2").json()["status"], "completed");
    let all = ["1.pending", "1.due", "2.pending", "2.due", "2.completed CONNECTED"];
    world.wait_for_states(reached, &all);

    // A report is on its way into the database when the sweep reads the rows.
    let soon = crate::life::instant(&first.json()["firedAt"]).plus_micros(26_000_000);
    wait_until("the time of the sweep is near", DEADLINE, || clock::now() > soon);
    let paused = said(&service, AT_A_FAILPOINT);
    record.close();
    ask(&mut dialogue, "r-reported", &report(reported, 1, "noAnswer"));
    wait_for_another(&service, AT_A_FAILPOINT, paused);
    wait_for_another(&service, UNREPORTED, said(&service, UNREPORTED));
    record.open();
    let result = dialogue.result("r-reported").json();
    assert_eq!((&result["attempt"], &result["tries"]), (&json!(2), &json!(1)), "{result}");
    let again = world.due(&format!("{swept}.1.2"));
    assert_eq!(codes(&dialogue.ask(0, "r-swept", REPORT, &report(swept, 1, "busy"))), ["ATTEMPT_OVER"]);
    // The one that was reported waits for its own time, and is presented then.
    world.wait_for_states(reported, &["1.pending", "1.due", "2.pending", "2.due"]);
    let second = world.due(&format!("{reported}.1.2"));
    let between = |one: &Record, other: &Record| {
        let fired_at = |record: &Record| crate::life::instant(&record.json()["firedAt"]);
        fired_at(other).since(fired_at(one)).as_secs()
    };
    assert!(between(&presented[0], &again) >= 30 && between(&first, &second) >= 36);
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(ids_once(&world.scope.read_to_end(&world.scope.topics.due)).len(), 7);
}

#[test]
fn what_time_has_done_and_nobody_was_told_of_is_done_once() {
    let world = World::with(&json!({"maxPresentations": 2}));
    let mut dialogue = Dialogue::with(&world.scope);
    let dies = |place: &str| {
        let config = world.service().set("lifecycle.acknowledge_within", "30s");
        config.env("SCHEDULE_CALLBACK_FAILPOINT", place).start()
    };
    let by_time = "after-database-commit-by-time";
    // The first one dies when it has stored that something expires; the second when it has stored what nobody reported.
    let mut service = dies(by_time);
    let date = clock::now().plus_micros(8_000_000);
    let terms = json!({"notAfter": date.plus_micros(1).to_string()});
    let expiring = id_of(&dialogue.ask(0, "expiring", SCHEDULE, &with(&schedule(&date.to_string()), &terms)));
    let unreported = id_of(&dialogue.ask(0, "unreported", SCHEDULE, &schedule(&in_seconds(1))));
    let cancelled = id_of(&dialogue.ask(0, "cancelled", SCHEDULE, &schedule(&in_seconds(1))));
    let reached = id_of(&dialogue.ask(0, "reached", SCHEDULE, &schedule(&in_seconds(1))));
    let first = [unreported, cancelled, reached].map(|id| world.due(&format!("{id}.1.1")));
    assert_eq!(service.wait().signal(), Some(ABORT), "{}", service.log());
    assert_eq!(world.stands(expiring).0, "expired");

    let mut service = dies(by_time);
    world.wait_for_states(expiring, &["1.pending", "1.expired NOT_AFTER"]);
    assert_eq!(service.wait().signal(), Some(ABORT), "{}", service.log());
    // Stored, and not published by whoever stored it.
    for id in [unreported, cancelled, reached] {
        assert_eq!(world.stands(id).2, 2, "the attempt");
    }
    assert_eq!(ids_once(&world.scope.read_to_end(&world.scope.topics.due)).len(), first.len());

    // Whoever takes over presents each once more. Meanwhile reports and cancels have come: what comes first counts.
    dialogue.produce([
        sample::typed("x", CANCEL, &cancel(&json!({"callbackId": cancelled}))).in_partition(0),
        sample::typed("r", REPORT, &report(reached, 1, "connected")).in_partition(0),
    ]);
    let mut service = world.service().set("lifecycle.acknowledge_within", "30s").start();
    let came_in_time = dialogue.result("x").json()["condition"] == "Success";
    assert_eq!(dialogue.result("r").json()["status"], "completed", "in time or not");
    world.wait_for_states(unreported, &["1.pending", "1.due", "2.pending", "2.due"]);
    wait_until("the person who was reached is not called again", DEADLINE, || {
        world.states()[&reached].last().unwrap() == "2.completed CONNECTED"
    });
    let due = ids_once(&world.scope.read_to_end(&world.scope.topics.due));
    assert_eq!(due.contains(&format!("{cancelled}.1.2")), !came_in_time);
    assert_eq!(service.terminate().code(), Some(0));
}
