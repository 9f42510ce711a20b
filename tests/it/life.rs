//! What becomes of callbacks of tracked skills once they are due (docs/contract.md#life-after-due), on real servers.

use std::collections::BTreeMap;

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;
use schedule_callback::telemetry::metric::{self, Metric};
use serde_json::{Value, json};

use crate::answers::{Dialogue, codes, ids_once};
use crate::metrics::{samples, sum, wait_for};
use crate::rig::{DEADLINE, Message, Record, Scope, ServiceConfig, wait_until};
use crate::sample::{self, cancel, in_seconds, reschedule, schedule, with};

pub(crate) const SCHEDULE: &str = "callback.schedule.v1";
pub(crate) const CANCEL: &str = "callback.cancel.v1";
const RESCHEDULE: &str = "callback.reschedule.v1";
pub(crate) const REPORT: &str = "callback.report.v1";

/// Far enough away that nothing fires while a test runs.
const FAR: i64 = 3_600;

/// A test's own topics and directory, with the state topic and one tracked skill.
pub(crate) struct World {
    pub scope: Scope<'static>,
    pub state: String,
}

impl World {
    /// With that `lifecycle` of the skill 4711.
    pub fn with(lifecycle: &Value) -> Self {
        let scope = Scope::new(2);
        sample::load_directory(&scope);
        let state = format!("{}.callback.state", scope.database);
        scope.kafka.create_topics(&[(&state, 2)]);
        let world = Self { scope, state };
        world.put_skill(lifecycle);
        let permissions = ["commitments:create", "commitments:manage", "commitments:report"];
        let user = json!({"securityUser":"su-1","agentId":"1234","active":true,"permissions":permissions});
        world.put(&world.scope.topics.security_users, "default/su-1", &user);
        world
    }

    pub fn put_skill(&self, lifecycle: &Value) {
        let skill = json!({"skillId":"4711","name":"Sales","active":true,"mediaType":"phone","direction":"outbound",
            "lifecycle": lifecycle});
        self.put(&self.scope.topics.skills, "default/4711", &skill);
    }

    /// Writes a record behind the one of the same key.
    pub fn put(&self, topic: &str, key: &str, value: &Value) {
        let is_it = |record: &Record| record.key_text() == key;
        let before = self.scope.read_to_end(topic).into_iter().rfind(is_it);
        let message = Message::new(key, value.to_string());
        let message = before.map_or(message.clone(), |before| message.in_partition(before.partition));
        self.scope.produce(topic, [message]);
    }

    fn put_agent(&self, agent: i64, active: bool) {
        let record = json!({"agentId":agent.to_string(),"userName":"a","active":active,"skills":["4711"]});
        self.put(&self.scope.topics.agents, &format!("default/{agent}"), &record);
    }

    pub fn service(&self) -> ServiceConfig {
        self.scope.service().set("topics.state", self.state.as_str())
    }

    /// The due event with that id, once it is there.
    pub fn due(&self, id: &str) -> Record {
        let mut due = self.scope.reader(&self.scope.topics.due);
        let is_it = |record: &&Record| record.header("ce_id") == Some(id);
        let seen = due.wait_until(&format!("the due event {id}"), |seen| seen.iter().any(|record| is_it(&record)));
        seen.iter().find(is_it).unwrap().clone()
    }

    /// What the state topic says of each callback, in order: `<attempt>.<status>`, and the reason where there is one.
    pub fn states(&self) -> BTreeMap<i64, Vec<String>> {
        let records = self.scope.read_to_end(&self.state);
        ids_once(&records);
        let mut said_of: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for record in &records {
            let data = record.json();
            let id = data["callbackId"].as_i64().unwrap();
            assert_eq!(record.key_text(), format!("default/{id}"));
            let said = format!("{}.{}", data["attempt"], data["status"].as_str().unwrap());
            assert_eq!(record.header("ce_id"), Some(&*format!("{id}.{}.{said}", data["revision"])));
            let reason = data["reason"].as_str().map(|reason| format!(" {reason}")).unwrap_or_default();
            said_of.entry(id).or_default().push(format!("{said}{reason}"));
        }
        said_of
    }

    /// Waits until the state topic says this of the callback.
    pub fn wait_for_states(&self, id: i64, expected: &[&str]) {
        wait_until(&format!("the states {expected:?} of {id}"), DEADLINE, || {
            self.states().get(&id).is_some_and(|states| states.len() >= expected.len())
        });
        assert_eq!(self.states()[&id], expected);
    }

    /// Status, reason, attempt and tries, as `callback_status` has them.
    pub fn stands(&self, id: i64) -> (String, Option<String>, i32, Option<i16>) {
        let sql = self.scope.sql();
        let of = |column: &str| format!("select {column} from callback_status where callback_id = $1");
        (
            sql.value(&of("status"), &[&id]),
            sql.value(&of("reason"), &[&id]),
            sql.value(&of("attempt"), &[&id]),
            sql.value(&of("tries"), &[&id]),
        )
    }
}

/// A report on that attempt by `su-1`.
pub(crate) fn report(id: i64, attempt: i64, outcome: &str) -> Value {
    json!({"securityUser": "su-1", "callbackId": id, "attempt": attempt, "outcome": outcome})
}

pub(crate) fn id_of(result: &Value) -> i64 {
    assert_eq!(result["condition"], "Success", "{result}");
    result["callbackId"].as_i64().unwrap()
}

pub(crate) fn instant(value: &Value) -> Timestamp {
    Timestamp::parse_rfc3339(value.as_str().unwrap_or_else(|| panic!("{value}"))).unwrap()
}

/// The only code of a refusal.
fn code(result: &Value) -> String {
    let [code] = codes(result).try_into().unwrap_or_else(|codes| panic!("{codes:?} of {result}"));
    code
}

#[test]
fn a_callback_that_nobody_answers_is_presented_again_after_its_wait_and_completed() {
    let world = World::with(&json!({"retry": {"noAnswer": ["10s"]}}));
    let mut service = world.service().start();
    let mut dialogue = Dialogue::with(&world.scope);
    let id = id_of(&dialogue.ask(0, "c-1", SCHEDULE, &schedule(&in_seconds(1))));
    let first = world.due(&format!("{id}.1.1")).json();
    assert_eq!((&first["attempt"], &first["notAfter"]), (&json!(1), &Value::Null));

    let result = dialogue.ask(1, "r-1", REPORT, &report(id, 1, "noAnswer"));
    assert_eq!((id_of(&result), &result["attempt"], &result["tries"]), (id, &json!(2), &json!(1)));
    assert_eq!((&result["status"], &result["reason"]), (&json!("pending"), &Value::Null));
    let next_at = instant(&result["nextAt"]);
    let reported_at = instant(&json!(dialogue.result("r-1").header("ce_time").unwrap()));
    assert_eq!(next_at, reported_at.plus_micros(10_000_000));

    let second = world.due(&format!("{id}.1.2")).json();
    assert!(instant(&second["firedAt"]) >= next_at, "{second}");
    assert_eq!((&second["attempt"], &second["scheduledFor"]), (&json!(2), &first["scheduledFor"]));
    assert!(second["latenessMs"].as_i64().unwrap() < 10_000, "it counts from its own time: {second}");
    let result = dialogue.ask(0, "r-2", REPORT, &with(&report(id, 2, "connected"), &json!({"agentId": 1234})));
    assert_eq!(
        (&result["status"], &result["reason"], &result["nextAt"]),
        (&json!("completed"), &json!("CONNECTED"), &Value::Null)
    );
    // The same report once more is answered as before, and says nothing anew.
    dialogue.produce([
        sample::typed("r-2", REPORT, &with(&report(id, 2, "connected"), &json!({"agentId": 1234}))).in_partition(0)
    ]);
    let again = |seen: &[Record]| seen.iter().filter(|record| record.json()["commandId"] == "r-2").count() == 2;
    dialogue.results_until("the result of r-2 again", again);
    world.wait_for_states(id, &["1.pending", "1.due", "2.pending", "2.due", "2.completed CONNECTED"]);
    assert_eq!(world.stands(id), ("completed".to_owned(), Some("CONNECTED".to_owned()), 2, Some(1)));
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(ids_once(&world.scope.read_to_end(&world.scope.topics.due)).len(), 2);
}

#[test]
fn reports_are_refused_in_the_order_of_the_contract() {
    let world = World::with(&json!({}));
    let untracked = json!({"skillId":"4712","name":"B","active":true,"mediaType":"phone","direction":"outbound"});
    world.scope.produce(&world.scope.topics.skills, [Message::new("default/4712", untracked.to_string())]);
    let mut service = world.service().start();
    let mut dialogue = Dialogue::with(&world.scope);
    let far = in_seconds(FAR);
    let waiting = id_of(&dialogue.ask(0, "waiting", SCHEDULE, &schedule(&far)));
    let plain = id_of(&dialogue.ask(0, "plain", SCHEDULE, &with(&schedule(&far), &json!({"skillId": "4712"}))));
    let cancelled = id_of(&dialogue.ask(1, "cancelled", SCHEDULE, &schedule(&far)));
    id_of(&dialogue.ask(1, "x", CANCEL, &cancel(&json!({"callbackId": cancelled}))));
    let due = id_of(&dialogue.ask(1, "due", SCHEDULE, &schedule(&in_seconds(1))));
    let ended = id_of(&dialogue.ask(1, "ended", SCHEDULE, &schedule(&in_seconds(1))));
    world.due(&format!("{due}.1.1"));
    world.due(&format!("{ended}.1.1"));
    id_of(&dialogue.ask(1, "end", REPORT, &report(ended, 1, "doNotCall")));

    let odd = json!({"outcome": "eaten", "detail": "x".repeat(201)});
    let refused = [
        (with(&report(waiting + (1 << 30), 1, "busy"), &odd), "CALLBACK_NOT_FOUND"),
        (with(&report(plain, 1, "busy"), &odd), "CALLBACK_NOT_TRACKED"),
        (with(&report(cancelled, 1, "busy"), &odd), "CALLBACK_CANCELLED"),
        (with(&report(ended, 1, "busy"), &odd), "CALLBACK_ENDED"),
        (with(&json!({"securityUser":"su-1","callbackId": due}), &odd), "ATTEMPT_MISSING"),
        (with(&report(due, 2, "busy"), &odd), "ATTEMPT_NOT_FIRED"),
        (report(waiting, 1, "connected"), "ATTEMPT_NOT_FIRED"),
        (json!({"securityUser":"su-1","callbackId": due,"attempt": 1}), "OUTCOME_MISSING"),
        (report(due, 1, "eaten"), "OUTCOME_UNSUPPORTED"),
        (with(&report(due, 1, "busy"), &json!({"detail": "x".repeat(201)})), "FIELD_TOO_LONG"),
    ];
    for (number, (payload, expected)) in refused.into_iter().enumerate() {
        let result = dialogue.ask(0, &format!("refused-{number}"), REPORT, &payload);
        assert_eq!((code(&result).as_str(), &result["condition"]), (expected, &json!("Default")), "{payload}");
        assert_eq!(result["status"], Value::Null);
    }
    let both =
        codes(&dialogue.ask(0, "both", REPORT, &with(&report(due, 1, "eaten"), &json!({"detail": "x".repeat(201)}))));
    assert_eq!(both, ["OUTCOME_UNSUPPORTED", "FIELD_TOO_LONG"], "reported together, in one order");
    // While it is due, its own reports say what becomes of it, and after its end nothing does.
    assert_eq!(code(&dialogue.ask(0, "x-due", CANCEL, &cancel(&json!({"callbackId": due})))), "CALLBACK_ALREADY_DUE");
    assert_eq!(code(&dialogue.ask(0, "x-ended", CANCEL, &cancel(&json!({"callbackId": ended})))), "CALLBACK_ENDED");
    let moved = reschedule(&json!({"callbackId": ended}), &far);
    assert_eq!(code(&dialogue.ask(0, "m-ended", RESCHEDULE, &moved)), "CALLBACK_ENDED");
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn who_was_reached_after_all_is_not_called_again() {
    let world = World::with(&json!({"retry": {"noAnswer": ["10s"], "agentUnavailable": ["1h"]}}));
    let mut service = world.service().start();
    let mut dialogue = Dialogue::with(&world.scope);
    let id = id_of(&dialogue.ask(0, "c-1", SCHEDULE, &schedule(&in_seconds(1))));
    world.due(&format!("{id}.1.1"));
    id_of(&dialogue.ask(0, "r-1", REPORT, &report(id, 1, "noAnswer")));
    assert_eq!(code(&dialogue.ask(0, "r-2", REPORT, &report(id, 1, "busy"))), "ATTEMPT_OVER");
    let result = dialogue.ask(0, "r-3", REPORT, &report(id, 1, "connected"));
    assert_eq!((&result["status"], &result["attempt"]), (&json!("completed"), &json!(2)), "{result}");
    let until = clock::now().plus_micros(12_000_000);
    wait_until("the time of the attempt that was withdrawn", DEADLINE, || clock::now() > until);
    let other = id_of(&dialogue.ask(0, "c-2", SCHEDULE, &schedule(&in_seconds(0))));
    world.due(&format!("{other}.1.1"));
    assert_eq!(ids_once(&world.scope.read_to_end(&world.scope.topics.due)).len(), 2, "one each");
    world.wait_for_states(id, &["1.pending", "1.due", "2.pending", "2.completed CONNECTED"]);

    // A reschedule between attempts begins anew with the tries kept; a report may move it, too.
    id_of(&dialogue.ask(0, "r-4", REPORT, &report(other, 1, "agentUnavailable")));
    id_of(&dialogue.ask(0, "m-1", RESCHEDULE, &reschedule(&json!({"callbackId": other}), &in_seconds(1))));
    world.due(&format!("{other}.2.1"));
    let moved = with(&report(other, 1, "rescheduled"), &json!({"scheduleDate": in_seconds(1), "notes": "later"}));
    let result = dialogue.ask(0, "r-5", REPORT, &moved);
    assert_eq!((&result["revision"], &result["attempt"], &result["status"]), (&json!(3), &json!(1), &json!("pending")));
    assert_eq!(world.due(&format!("{other}.3.1")).json()["notes"], "later");
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn tries_and_presentations_are_bounded() {
    let waits = json!({"noAnswer": ["10s"], "voicemail": [], "dialFailed": ["10s"]});
    let world = World::with(&json!({"maxTries": 2, "maxPresentations": 2, "retry": waits}));
    let mut service = world.service().start();
    let mut dialogue = Dialogue::with(&world.scope);
    let ids: Vec<i64> =
        (0..3).map(|n| id_of(&dialogue.ask(n % 2, &format!("c-{n}"), SCHEDULE, &schedule(&in_seconds(1))))).collect();
    let firsts = ["noAnswer", "dialFailed", "voicemail"];
    for (n, outcome) in firsts.into_iter().enumerate() {
        world.due(&format!("{}.1.1", ids[n]));
        let result = dialogue.ask(0, &format!("r-{n}"), REPORT, &report(ids[n], 1, outcome));
        let expected = if outcome == "voicemail" { "missed" } else { "pending" };
        assert_eq!(result["status"], expected, "{result}");
    }
    for (n, outcome) in firsts.into_iter().take(2).enumerate() {
        world.due(&format!("{}.1.2", ids[n]));
        let result = dialogue.ask(0, &format!("s-{n}"), REPORT, &report(ids[n], 2, outcome));
        assert_eq!(result["status"], "missed", "{result}");
    }
    world.wait_for_states(ids[0], &["1.pending", "1.due", "2.pending", "2.due", "2.missed TRIES_EXHAUSTED"]);
    world.wait_for_states(ids[1], &["1.pending", "1.due", "2.pending", "2.due", "2.missed PRESENTATIONS_EXHAUSTED"]);
    world.wait_for_states(ids[2], &["1.pending", "1.due", "1.missed TRIES_EXHAUSTED"]);
    assert_eq!(service.terminate().code(), Some(0));
}

/// The two waits have limits of half a minute and of a minute, so this takes that long.
#[test]
fn what_nobody_reports_is_presented_again_and_ends_and_what_somebody_has_taken_on_is_not() {
    let world = World::with(&json!({"maxPresentations": 2, "handleWithin": "1m"}));
    let mut service = world.service().set("lifecycle.acknowledge_within", "30s").start();
    let mut dialogue = Dialogue::with(&world.scope);
    let ignored = id_of(&dialogue.ask(0, "ignored", SCHEDULE, &schedule(&in_seconds(1))));
    let taken = id_of(&dialogue.ask(1, "taken", SCHEDULE, &schedule(&in_seconds(1))));
    let first = instant(&world.due(&format!("{ignored}.1.1")).json()["firedAt"]);
    world.due(&format!("{taken}.1.1"));
    let result = dialogue.ask(1, "r-1", REPORT, &with(&report(taken, 1, "accepted"), &json!({"agentId": "1234"})));
    assert_eq!((&result["status"], &result["attempt"]), (&json!("accepted"), &json!(1)), "{result}");

    let second = instant(&world.due(&format!("{ignored}.1.2")).json()["firedAt"]);
    let between = second.since(first).as_secs();
    assert!((30..50).contains(&between), "presented again after {between} s");
    let missed = ["1.pending", "1.due", "2.pending", "2.due", "2.missed NOT_ACKNOWLEDGED"];
    world.wait_for_states(ignored, &missed);
    let unknown = ["1.pending", "1.due", "1.accepted", "1.missed OUTCOME_UNKNOWN"];
    world.wait_for_states(taken, &unknown);
    let late = dialogue.ask(1, "r-2", REPORT, &report(taken, 1, "noAnswer"));
    assert_eq!(code(&late), "CALLBACK_ENDED");
    let result = dialogue.ask(1, "r-3", REPORT, &report(taken, 1, "connected"));
    assert_eq!((&result["status"], &result["reason"]), (&json!("completed"), &json!("CONNECTED")), "{result}");
    world.wait_for_states(taken, &[unknown.as_slice(), &["1.completed CONNECTED"]].concat());
    assert_eq!(code(&dialogue.ask(0, "r-4", REPORT, &report(ignored, 2, "connected"))), "CALLBACK_ENDED");
    // Each is counted once: what was accepted, what was published, what has ended.
    let ended = |status, reason| [("status", status), ("reason", reason)];
    wait_for(&service, &metric::ENDS, &ended("completed", "CONNECTED"), 1.0);
    let found = samples(&service);
    let count = |metric: &Metric, labels: &[(&str, &str)]| sum(&found, metric.name, labels);
    let missed = ["NOT_ACKNOWLEDGED", "OUTCOME_UNKNOWN"].map(|reason| count(&metric::ENDS, &ended("missed", reason)));
    assert_eq!((missed, count(&metric::ENDS, &[])), ([1.0, 1.0], 3.0));
    let reported = |outcome| count(&metric::REPORTS, &[("outcome", outcome)]);
    assert_eq!((reported("accepted"), reported("connected"), count(&metric::REPORTS, &[])), (1.0, 1.0, 2.0));
    let presented = ["1", "2", "3"].map(|number| count(&metric::PRESENTATIONS, &[("number", number)]));
    assert_eq!((presented, count(&metric::UNACKNOWLEDGED, &[])), ([2.0, 1.0, 0.0], 2.0));
    assert!(count(&metric::SWEEP_OVERDUE_SECONDS, &[]) < 10.0);
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(ids_once(&world.scope.read_to_end(&world.scope.topics.due)).len(), 3);
    assert_eq!(world.stands(ignored), ("missed".to_owned(), Some("NOT_ACKNOWLEDGED".to_owned()), 2, Some(0)));
}

#[test]
fn after_an_outage_what_is_too_late_expires_and_the_rest_is_presented_once() {
    let world = World::with(&json!({}));
    let untracked = json!({"skillId":"4712","name":"B","active":true,"mediaType":"phone","direction":"outbound"});
    world.scope.produce(&world.scope.topics.skills, [Message::new("default/4712", untracked.to_string())]);
    let mut service = world.service().start();
    let mut dialogue = Dialogue::with(&world.scope);
    let (date, not_after) = (clock::now().plus_micros(20_000_000), clock::now().plus_micros(21_000_000));
    let command = |extra: &Value| with(&schedule(&date.to_string()), extra);
    let too_early = command(&json!({"notAfter": date.to_string()}));
    assert_eq!(code(&dialogue.ask(0, "early", SCHEDULE, &too_early)), "NOT_AFTER_TOO_EARLY");
    assert_eq!(code(&dialogue.ask(0, "odd", SCHEDULE, &command(&json!({"notAfter": "soon"})))), "NOT_AFTER_INVALID");
    let messages = (0..20).flat_map(|n| {
        let skill = if n % 2 == 0 { "4711" } else { "4712" };
        let extra = json!({"notAfter": not_after.to_string(), "skillId": skill});
        let late = sample::typed(&format!("late-{n}"), SCHEDULE, &command(&extra)).in_partition(n % 2);
        [late, sample::typed(&format!("kept-{n}"), SCHEDULE, &command(&json!({}))).in_partition(n % 2)]
    });
    dialogue.produce(messages);
    let mut made = |name: &str| (0..20).map(|n| id_of(&dialogue.result(&format!("{name}-{n}")).json())).collect();
    let (late, kept): (Vec<i64>, Vec<i64>) = (made("late"), made("kept"));
    assert!(clock::now() < date, "the machine is too slow for this test");
    assert_eq!(service.terminate().code(), Some(0));
    wait_until("they have expired", DEADLINE, || clock::now() > not_after);
    let mut service = world.service().start();
    for id in &late {
        world.wait_for_states(*id, &["1.pending", "1.expired NOT_AFTER"]);
        assert_eq!(world.stands(*id).0, "expired");
    }
    for id in &kept {
        world.wait_for_states(*id, &["1.pending", "1.due"]);
    }
    assert_eq!(code(&dialogue.ask(0, "x-late", CANCEL, &cancel(&json!({"callbackId": late[1]})))), "CALLBACK_ENDED");
    let far = id_of(&dialogue.ask(0, "far", SCHEDULE, &schedule(&in_seconds(FAR))));
    id_of(&dialogue.ask(0, "x-far", CANCEL, &cancel(&json!({"callbackId": far}))));
    let ended = |status, reason| [("status", status), ("reason", reason)];
    wait_for(&service, &metric::ENDS, &ended("cancelled", "NONE"), 1.0);
    wait_for(&service, &metric::ENDS, &ended("expired", "NOT_AFTER"), 20.0);
    let found = samples(&service);
    let count = |labels: &[(&str, &str)]| sum(&found, metric::ENDS.name, labels);
    assert_eq!((count(&ended("cancelled", "NONE")), count(&[])), (1.0, 21.0));
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(ids_once(&world.scope.read_to_end(&world.scope.topics.due)).len(), kept.len());
}

#[test]
fn a_callback_whose_agent_is_gone_or_refuses_goes_to_the_skill() {
    let world = World::with(&json!({}));
    world.put_agent(77, true);
    let mut service = world.service().start();
    let mut dialogue = Dialogue::with(&world.scope);
    let for_agent = |date: &str| with(&schedule(date), &json!({"targetAgentId": "77"}));
    let refusing = id_of(&dialogue.ask(0, "refusing", SCHEDULE, &for_agent(&in_seconds(1))));
    let first = world.due(&format!("{refusing}.1.1")).json();
    assert_eq!((&first["target"]["agentId"], &first["releasedFrom"]), (&json!("77"), &Value::Null));
    let result = dialogue.ask(0, "r-1", REPORT, &report(refusing, 1, "refusedByAgent"));
    assert_eq!(result["target"], json!({"type": "skill", "skillId": "4711"}), "{result}");
    let second = world.due(&format!("{refusing}.1.2"));
    assert_eq!(second.json()["target"], json!({"type": "skill", "skillId": "4711"}));
    assert_eq!((&second.json()["releasedFrom"], second.key_text()), (&json!("77"), "default/skill/4711"));

    let gone = id_of(&dialogue.ask(1, "gone", SCHEDULE, &for_agent(&in_seconds(8))));
    world.put_agent(77, false);
    // It is known once a command for this agent is refused.
    let mut number = 0;
    wait_until("the agent is inactive", DEADLINE, || {
        number += 1;
        let result = dialogue.ask(0, &format!("probe-{number}"), SCHEDULE, &for_agent(&in_seconds(FAR)));
        result["condition"] == "InvalidTargetAgentId"
    });
    let event = world.due(&format!("{gone}.1.1")).json();
    assert_eq!((&event["target"]["type"], &event["releasedFrom"]), (&json!("skill"), &json!("77")), "{event}");
    assert_eq!(service.terminate().code(), Some(0));
}
