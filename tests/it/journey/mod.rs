//! The main job from beginning to end: a thousand commands of all kinds through all three envelopes over four
//! partitions, with an orderly restart and a SIGKILL in between. What they come to is known by construction.

mod cases;
mod check;
pub mod command;
mod malformed;
mod schemas;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;
use serde_json::{Value, json};

use self::cases::{Standing, Success};
use self::check::{Callback, Outcome};
use self::command::{Command, Form, with};
use self::malformed::Malformed;
use self::schemas::Schemas;
use crate::rig::{Message, Reader, Record, Scope, ServiceConfig, ServiceProcess};
use crate::sample;

const PARTITIONS: i32 = 4;
/// How many records the command topic gets in all.
const RECORDS: usize = 1_000;
/// How far ahead "soon" is: enough for a restart before most of them, in seconds.
const SOON: std::ops::Range<i64> = 4..14;

/// What one record must come to.
enum Expected {
    Answer(Outcome),
    /// The same bytes and attributes as the result of the record with that key.
    SameAs(String),
    DeadLetter(Malformed),
}

/// A record of the command topic.
struct Sent {
    key: String,
    message: Message,
    command: Option<Command>,
    expected: Expected,
    form: Form,
}

struct Journey {
    scope: Scope<'static>,
    config: ServiceConfig,
    service: ServiceProcess,
    results: Reader,
    due: Reader,
    /// By key: each record has its own.
    sent: BTreeMap<String, Sent>,
    /// Keys of what has not been produced yet.
    unsent: Vec<String>,
    /// Partition and offset of what has been produced, by key.
    places: HashMap<String, (i32, i64)>,
    callbacks: BTreeMap<i64, Callback>,
}

#[test]
fn a_thousand_commands_are_each_answered_once_and_fire_once_across_restarts() {
    let mut journey = Journey::begin();
    journey.schedule_and_refuse();
    let half = journey.unsent.len() / 2;
    journey.produce(half);
    journey.wait_for_some_results(20);
    assert_eq!(journey.service.terminate().code(), Some(0));
    journey.produce(usize::MAX);
    journey.service = journey.config.start();
    journey.wait_for_all_results();

    journey.amend_repeat_and_reuse();
    let half = journey.unsent.len() / 2;
    let before = journey.results.seen().len();
    journey.produce(half);
    journey.wait_for_some_results(before + 20);
    journey.service.kill9();
    journey.service = journey.config.start();
    journey.produce(usize::MAX);
    journey.wait_for_all_results();

    journey.wait_for_due_events();
    journey.amend_what_is_over();
    journey.fill_up();
    journey.produce(usize::MAX);
    journey.wait_for_all_results();
    journey.wait_for_due_events();

    assert_eq!(journey.service.terminate().code(), Some(0));
    journey.every_code_was_seen();
    journey.every_message_is_what_its_schema_says();
    journey.nothing_is_there_twice();
    journey.dead_letters_are_the_records_themselves();
    journey.offsets_are_at_the_end();
    journey.rows_are_those_of_the_decisions();
}

impl Journey {
    fn begin() -> Self {
        let scope = Scope::new(PARTITIONS);
        sample::load(&scope, &cases::directory());
        let config = scope
            .service()
            .set("tenants.acme.default_region", "US")
            .set("tenants.acme.time_zone", "Europe/Madrid")
            .set("log.level", "info");
        let service = config.start();
        let (results, due) = (scope.reader(&scope.topics.results), scope.reader(&scope.topics.due));
        let (sent, unsent, places, callbacks) = Default::default();
        Self { scope, config, service, results, due, sent, unsent, places, callbacks }
    }

    /// Adds a record, in one form after the other.
    fn add(&mut self, command: Command, expected: Expected) -> String {
        let form = Form::ALL[self.sent.len() % 3];
        self.add_in(form, command, expected)
    }

    fn add_in(&mut self, form: Form, mut command: Command, expected: Expected) -> String {
        let number = self.sent.len();
        let key = format!("contact-{number}");
        if number.is_multiple_of(2) && matches!(expected, Expected::Answer(_)) {
            command.correlation_id = Some(format!("correlation {number} é"));
        }
        if number % 5 < 2 && matches!(expected, Expected::Answer(_)) {
            command.traceparent = Some(format!("00-{:032x}-{:016x}-01", number + 1, number + 1));
        }
        let message = command.message(form, &key).at(clock::now().millis());
        self.sent.insert(key.clone(), Sent { key: key.clone(), message, command: Some(command), expected, form });
        self.unsent.push(key.clone());
        key
    }

    /// The first wave: every refusal and every success in all three forms, every malformed record, unsupported types,
    /// and what fires soon.
    fn schedule_and_refuse(&mut self) {
        for form in Form::ALL {
            for (number, refusal) in cases::refusals().into_iter().enumerate() {
                let members = with(cases::schedule(), refusal.members);
                // A third of them has a script without the branch, and with one that does not exist.
                let members = match number % 3 {
                    0 if members["definedBranches"].is_null() => with(members, json!({"definedBranches": ["Fax"]})),
                    _ => members,
                };
                let command = Command::schedule(format!("refused-{form:?}-{number}"), members)
                    .of_tenant(refusal.tenant)
                    .issued_at(refusal.issued_at);
                let outcome = Outcome::Refused(refusal.condition, refusal.codes);
                self.add_in(form, command, Expected::Answer(outcome));
            }
            for kind in [Some("callback.purge.v1"), Some("callback.result.v1"), None] {
                let number = self.sent.len();
                let command = Command { kind, ..Command::schedule(format!("unsupported-{number}"), json!({})) };
                let outcome = Outcome::Refused("Default", vec!["COMMAND_TYPE_UNSUPPORTED"]);
                self.add_in(form, command, Expected::Answer(outcome));
            }
            for (number, success) in cases::successes().into_iter().enumerate() {
                self.add_success(form, format!("success-{form:?}-{number}"), success);
            }
        }
        for number in 0..180_i64 {
            let form = Form::ALL[usize::try_from(number).unwrap() % 3];
            self.add_success(form, format!("soon-{number}"), soon(number));
        }
        for malformed in malformed::all("first") {
            self.add_malformed(malformed);
        }
        // The same command twice, at the same time, in two partitions.
        for number in 0..20 {
            let command = Command::schedule(format!("twice-{number}"), with(cases::schedule(), json!({"notes": "n"})));
            let outcome = Outcome::Success(cases::to_the_skill(date_of(&command)).standing);
            let first = self.add(command.clone(), Expected::Answer(outcome));
            self.sent.get_mut(&first).unwrap().message.partition = Some(number % PARTITIONS);
            let second = self.add(self.sent[&first].command.clone().unwrap(), Expected::SameAs(first));
            self.sent.get_mut(&second).unwrap().message.partition = Some((number + number / 4) % PARTITIONS);
        }
    }

    fn add_success(&mut self, form: Form, id: String, success: Success) {
        let command = Command::schedule(id, with(cases::schedule(), success.members))
            .of_tenant(success.tenant)
            .issued_at(success.issued_at);
        self.add_in(form, command, Expected::Answer(Outcome::Success(success.standing)));
    }

    fn add_malformed(&mut self, malformed: Malformed) {
        let key = String::from_utf8(malformed.message.key.clone().unwrap()).unwrap();
        let message = malformed.message.clone().at(clock::now().millis());
        let expected = Expected::DeadLetter(malformed);
        self.sent.insert(key.clone(), Sent { key: key.clone(), message, command: None, expected, form: Form::Plain });
        self.unsent.push(key);
    }

    /// The second wave, when the results of the first are known.
    fn amend_repeat_and_reuse(&mut self) {
        let far: Vec<(i64, Callback)> = self.far_callbacks();
        assert!(far.len() > 60, "{} callbacks to amend", far.len());
        for (number, (id, callback)) in far.into_iter().enumerate() {
            match number % 4 {
                0 => self.cancel(number, id, &callback),
                1 => self.reschedule(number, id, &callback),
                2 => self.refuse_amendment(number, id, &callback),
                _ => {}
            }
        }
        self.repeat_and_reuse(100);
        for malformed in malformed::all("second") {
            self.add_malformed(malformed);
        }
        // A malformed message does not use up its id.
        let command = Command::schedule("first-id-5", with(cases::schedule(), json!({"notes": "a"})));
        let outcome = Outcome::Success(cases::to_the_skill(date_of(&command)).standing);
        self.add(command, Expected::Answer(outcome));
    }

    fn far_callbacks(&self) -> Vec<(i64, Callback)> {
        let tomorrow = cases::in_days(1);
        let far = self.callbacks.iter().filter(|(_, callback)| callback.standing.scheduled_for > tomorrow);
        far.map(|(id, callback)| (*id, callback.clone())).collect()
    }

    /// By callback id, by the schedule command's id, or both.
    fn reference(number: usize, id: i64, callback: &Callback) -> Value {
        let scheduled_by = json!({"source": command::SOURCE, "commandId": callback.scheduled_by.id});
        let user = if callback.scheduled_by.tenant.is_some() { "su-acme" } else { "su-1" };
        match number % 3 {
            0 => json!({"securityUser": user, "callbackId": id}),
            1 => json!({"securityUser": user, "scheduledBy": scheduled_by}),
            _ => json!({"securityUser": user, "callbackId": id.to_string(), "scheduledBy": scheduled_by}),
        }
    }

    fn cancel(&mut self, number: usize, id: i64, callback: &Callback) {
        let payload = with(Self::reference(number / 4, id, callback), json!({"reason": "asked to"}));
        let command = Command::cancel(format!("cancel-{number}"), payload).of_tenant(callback.scheduled_by.tenant);
        // Warnings are told when the callback is scheduled.
        let standing = Standing { warnings: vec![], ..callback.standing.clone() };
        self.add(command, Expected::Answer(Outcome::Success(standing)));
    }

    fn reschedule(&mut self, number: usize, id: i64, callback: &Callback) {
        let scheduled_for = soon_at(i64::try_from(number).unwrap());
        let members = json!({"scheduleDate": scheduled_for.to_string()});
        let mut standing = Standing {
            revision: 2,
            scheduled_for,
            warnings: callback.standing.warnings.iter().copied().filter(|w| *w == "AGENT_WITHOUT_SKILL").collect(),
            ..callback.standing.clone()
        };
        let members = if number.is_multiple_of(8) || callback.scheduled_by.tenant.is_some() {
            members
        } else {
            standing.target = json!({"type": "agent", "agentId": "1235", "skillId": "4712"});
            standing.phone_number = "+442079460018";
            standing.extension = None;
            standing.warnings = vec![];
            let more =
                json!({"skillId": "4712", "targetAgentId": 1235, "phoneNumber": "+44 20 7946 0018", "notes": "new"});
            with(members, more)
        };
        let payload = with(Self::reference(number / 4, id, callback), members);
        let command =
            Command::reschedule(format!("reschedule-{number}"), payload).of_tenant(callback.scheduled_by.tenant);
        self.add(command, Expected::Answer(Outcome::Success(standing)));
    }

    /// Everything that can be wrong with a cancel or reschedule of a callback that waits.
    fn refuse_amendment(&mut self, number: usize, id: i64, callback: &Callback) {
        let reference = Self::reference(0, id, callback);
        let tenant = callback.scheduled_by.tenant;
        let later = cases::in_days(50).to_string();
        let not_found = Outcome::Refused("Default", vec!["CALLBACK_NOT_FOUND"]);
        let other_command = json!({"scheduledBy": {"source": command::SOURCE, "commandId": "refused-Plain-0"}});
        let other_tenant = if tenant.is_some() { None } else { Some("acme") };
        let other_user = if tenant.is_some() { "su-1" } else { "su-acme" };
        let cases: [(Value, Option<&'static str>, Outcome); 9] = [
            (json!({"callbackId": id + (1 << 30)}), tenant, not_found.clone()),
            (json!({"callbackId": null}), tenant, not_found.clone()),
            (json!({"callbackId": "seven"}), tenant, not_found.clone()),
            (other_command.clone(), tenant, not_found.clone()),
            (with(other_command, json!({"callbackId": null})), tenant, not_found.clone()),
            (json!({"securityUser": other_user}), other_tenant, not_found),
            (
                json!({"securityUser": "su-creator"}),
                None,
                Outcome::Refused("InvalidSecurityUser", vec!["SECURITY_USER_FORBIDDEN"]),
            ),
            (json!({"reason": "x".repeat(201)}), tenant, Outcome::Refused("Default", vec!["FIELD_TOO_LONG"])),
            (
                json!({"scheduleDate": "2020-01-01T00:00:00Z", "skillId": "4713", "targetAgentId": "5"}),
                tenant,
                Outcome::Refused(
                    "InvalidSkillId",
                    vec!["SKILL_NOT_OUTBOUND_PHONE", "TARGET_AGENT_UNKNOWN", "SCHEDULE_DATE_IN_PAST"],
                ),
            ),
        ];
        let (members, tenant, outcome) = cases.into_iter().cycle().nth(number / 4).unwrap();
        let is_reschedule = members["skillId"].is_string() || number % 8 == 2;
        let payload = with(with(reference, json!({"scheduleDate": later})), members);
        let command = if is_reschedule { Command::reschedule } else { Command::cancel };
        self.add(command(format!("refused-amendment-{number}"), payload).of_tenant(tenant), Expected::Answer(outcome));
    }

    /// Commands of the first wave again: the same in another form, at another time; and their ids for other payloads.
    fn repeat_and_reuse(&mut self, repeats: usize) {
        let is_decided =
            |sent: &&Sent| matches!(sent.expected, Expected::Answer(_)) && self.places.contains_key(&sent.key);
        let decided: Vec<&Sent> = self.sent.values().filter(is_decided).collect();
        let step = decided.len() / repeats;
        let chosen: Vec<(String, Command, Form)> = decided
            .iter()
            .step_by(step)
            .map(|sent| (sent.key.clone(), sent.command.clone().unwrap(), sent.form))
            .collect();
        for (number, (first, command, form)) in chosen.into_iter().enumerate() {
            let other_form = Form::ALL[(form as usize + 1 + number % 2) % 3];
            let again = Command {
                correlation_id: Some("another".to_owned()),
                traceparent: None,
                issued_at: command.issued_at.map(|time| time.plus_micros(1)),
                ..command.clone()
            };
            self.add_in(other_form, again, Expected::SameAs(first));
            if number % 3 == 0 {
                let kind = if number % 6 == 0 { command.kind } else { Some("callback.cancel.v1") };
                let payload = with(command.payload.clone(), json!({"securityUser": "someone else"}));
                let reused = Command { kind, payload, ..command };
                let outcome = Outcome::Refused("Default", vec!["COMMAND_ID_REUSED"]);
                let key = self.add(reused, Expected::Answer(outcome));
                let reused = self.sent[&key].command.clone().unwrap();
                self.add(reused, Expected::SameAs(key));
            }
        }
    }

    /// What has been fired or cancelled can be neither cancelled nor rescheduled.
    fn amend_what_is_over(&mut self) {
        let over: Vec<(i64, Callback)> =
            self.callbacks.iter().map(|(id, callback)| (*id, callback.clone())).step_by(5).collect();
        for (number, (id, callback)) in over.into_iter().enumerate() {
            let code = match (callback.is_cancelled, callback.standing.scheduled_for < clock::now()) {
                (true, _) => "CALLBACK_CANCELLED",
                (false, true) => "CALLBACK_ALREADY_DUE",
                (false, false) => continue,
            };
            let payload = with(
                Self::reference(number, id, &callback),
                json!({"scheduleDate": cases::in_days(5).to_string(), "definedBranches": ["Success"]}),
            );
            let command = if number % 2 == 0 { Command::cancel } else { Command::reschedule };
            let command = command(format!("over-{number}"), payload).of_tenant(callback.scheduled_by.tenant);
            self.add(command, Expected::Answer(Outcome::Refused("Default", vec![code])));
        }
    }

    /// As many more callbacks as are missing, all soon.
    fn fill_up(&mut self) {
        assert!(self.sent.len() <= RECORDS, "{} records are more than were meant", self.sent.len());
        for number in self.sent.len()..RECORDS {
            let form = Form::ALL[number % 3];
            self.add_success(form, format!("more-{number}"), soon(i64::try_from(number).unwrap()));
        }
    }

    fn produce(&mut self, count: usize) {
        let count = count.min(self.unsent.len());
        let keys: Vec<String> = self.unsent.drain(..count).collect();
        let messages = keys.iter().map(|key| self.sent[key].message.clone());
        let places = self.scope.produce(&self.scope.topics.commands, messages);
        self.places.extend(keys.into_iter().zip(places));
    }

    fn wait_for_some_results(&mut self, count: usize) {
        self.results.wait_for(count);
    }

    /// Waits for the results of all that was produced, and holds each against what was expected.
    fn wait_for_all_results(&mut self) {
        let expected = self.sent.values().filter(|sent| sent.is_answered()).count();
        let results = self.results.wait_for(expected).to_vec();
        let by_key: HashMap<&str, &Record> = results.iter().map(|result| (result.key_text(), result)).collect();
        assert_eq!((by_key.len(), results.len()), (expected, expected), "one result for each record");
        let mut callbacks = std::mem::take(&mut self.callbacks);
        for sent in self.sent.values().filter(|sent| sent.is_answered()) {
            let result = by_key[&*sent.key];
            match &sent.expected {
                Expected::SameAs(first) => {
                    let first = by_key[&**first];
                    assert_eq!(check::fixed_part(result), check::fixed_part(first), "{} again", sent.key);
                }
                Expected::DeadLetter(malformed) => {
                    check::malformed_answer(malformed.answered.as_ref().unwrap(), malformed.reason, result);
                }
                Expected::Answer(outcome) => {
                    let command = sent.command.as_ref().unwrap();
                    if let (Some(id), Outcome::Success(standing)) = (check::answer(command, outcome, result), outcome) {
                        note(&mut callbacks, id, command, standing);
                    }
                }
            }
        }
        self.callbacks = callbacks;
    }

    /// Waits for the due events of all callbacks that stand and whose time is near, and holds each against its callback.
    fn wait_for_due_events(&mut self) {
        let tomorrow = cases::in_days(1);
        let expected: HashSet<(i64, i64)> = self
            .callbacks
            .iter()
            .filter(|(_, callback)| !callback.is_cancelled && callback.standing.scheduled_for < tomorrow)
            .map(|(id, callback)| (*id, callback.standing.revision))
            .collect();
        let events = self.due.wait_for(expected.len()).to_vec();
        let fired: HashSet<(i64, i64)> = events.iter().map(revision).collect();
        assert_eq!(fired, expected);
        assert_eq!(events.len(), expected.len(), "each once");
        for event in &events {
            let (id, _) = revision(event);
            check::due(id, &self.callbacks[&id], event);
        }
    }

    /// The journey is complete: it met every code and every warning that there is.
    fn every_code_was_seen(&self) {
        let (mut codes, mut warnings) = (BTreeSet::new(), BTreeSet::new());
        for data in self.results.seen().iter().map(Record::json) {
            codes.extend(data["violations"].as_array().unwrap().iter().map(|violation| violation["code"].to_string()));
            warnings.extend(data["warnings"].as_array().unwrap().iter().map(Value::to_string));
        }
        let quoted = |names: &str| -> BTreeSet<String> { names.split_whitespace().map(|n| format!("{n:?}")).collect() };
        assert_eq!(codes, quoted(cases::CODES));
        assert_eq!(warnings, quoted(cases::WARNINGS));
    }

    /// What was published, and every command that succeeded, in the form in which it was sent.
    fn every_message_is_what_its_schema_says(&self) {
        let schemas = Schemas::read();
        for record in self.results.seen() {
            schemas.check("result", &record.json());
        }
        for record in self.due.seen() {
            schemas.check("due", &record.json());
        }
        let mut checked = BTreeSet::new();
        for Sent { message, command, expected, form, .. } in self.sent.values() {
            if let (Expected::Answer(Outcome::Success(_)), Some(command)) = (expected, command) {
                // serde_json does not read half a surrogate pair.
                let value = str::from_utf8(message.value.as_deref().unwrap()).unwrap().replace(r"\ud83d", "?");
                let value = serde_json::from_str(&value).unwrap();
                checked.extend(schemas.check_command(*form, command.kind.unwrap(), &value));
            }
        }
        assert_eq!(checked.len(), 5, "schedule, cancel and reschedule, structured and plain: {checked:?}");
        let directory = cases::directory();
        schemas.check("directory-file", &directory);
        for (schema, list) in
            [("directory-skill", "skills"), ("directory-agent", "agents"), ("directory-security-user", "securityUsers")]
        {
            for record in directory[list].as_array().unwrap() {
                schemas.check(schema, record);
            }
        }
    }

    /// The topics, read afresh: one result for each record, and no two different ones with one id; one due event for
    /// each revision that stood.
    fn nothing_is_there_twice(&self) {
        assert_eq!(self.sent.len(), RECORDS);
        let results = self.scope.read_to_end(&self.scope.topics.results);
        assert_eq!(results.len(), self.sent.values().filter(|sent| sent.is_answered()).count());
        let mut by_id = HashMap::new();
        for result in &results {
            let first = by_id.entry(result.header("ce_id").unwrap()).or_insert(result);
            assert_eq!(check::fixed_part(first), check::fixed_part(result), "two results share an id");
        }
        assert_eq!(self.scope.read_to_end(&self.scope.topics.due).len(), self.due.seen().len());
    }

    fn dead_letters_are_the_records_themselves(&self) {
        let letters = self.scope.read_to_end(&self.scope.topics.dead_letters);
        let by_key: HashMap<&str, &Record> = letters.iter().map(|letter| (letter.key_text(), letter)).collect();
        let mut count = 0;
        for sent in self.sent.values() {
            if let Expected::DeadLetter(malformed) = &sent.expected {
                let place = self.places[&sent.key];
                let topic = &self.scope.topics.commands;
                check::dead_letter(&sent.message, topic, place, malformed.reason, by_key[&*sent.key]);
                count += 1;
            }
        }
        assert_eq!((letters.len(), by_key.len()), (count, count));
    }

    fn offsets_are_at_the_end(&self) {
        let mut ends = BTreeMap::new();
        for (partition, offset) in self.places.values() {
            let end = ends.entry(*partition).or_insert(0);
            *end = (offset + 1).max(*end);
        }
        let committed = self.scope.committed(&self.scope.topics.commands);
        let committed: BTreeMap<i32, i64> =
            committed.iter().map(|committed| (committed.partition, committed.offset.unwrap_or(-1))).collect();
        assert_eq!(committed, ends);
        assert_eq!(ends.len(), usize::try_from(PARTITIONS).unwrap(), "all partitions had some");
    }

    /// One row of `decision` for each decision, one of `callback` for each commitment, and each knows the other.
    fn rows_are_those_of_the_decisions(&self) {
        let sql = self.scope.sql();
        let decisions = self.sent.values().filter(|sent| matches!(sent.expected, Expected::Answer(_))).count();
        let count = |query: &str| usize::try_from(sql.value::<i64>(query, &[])).unwrap();
        assert_eq!(count("select count(*) from command"), decisions);
        assert_eq!(count("select count(*) from callback"), self.callbacks.len());
        let orphans = "select count(*) from callback full join (select * from command where schedules) as command \
                       using (callback_id) where callback.callback_id is null or command.callback_id is null";
        assert_eq!(count(orphans), 0);
        let cancelled = self.callbacks.values().filter(|callback| callback.is_cancelled).count();
        assert_eq!(count("select count(*) from callback where cancelled_at is not null"), cancelled);
        // The markers were copied when the service stopped, so the view tells what was fired.
        assert_eq!(count("select count(*) from callback_status where status = 'due' and fired"), self.due.seen().len());
    }
}

impl Sent {
    fn is_answered(&self) -> bool {
        !matches!(&self.expected, Expected::DeadLetter(Malformed { answered: None, .. }))
    }
}

/// Enters what a successful command did.
fn note(callbacks: &mut BTreeMap<i64, Callback>, id: i64, command: &Command, standing: &Standing) {
    match command.kind {
        Some("callback.cancel.v1") => callbacks.get_mut(&id).unwrap().is_cancelled = true,
        Some("callback.reschedule.v1") => {
            let callback = callbacks.get_mut(&id).unwrap();
            callback.standing = standing.clone();
            callback.revised_by.clone_from(&command.id);
            if command.payload["notes"].is_string() {
                callback.notes = command.payload["notes"].clone();
            }
        }
        _ => {
            let callback = Callback {
                requested_by: requested_by(command),
                standing: standing.clone(),
                revised_by: command.id.clone(),
                // The empty text is the same as absent.
                notes: if command.payload["notes"] == "" { Value::Null } else { command.payload["notes"].clone() },
                is_cancelled: false,
                scheduled_by: command.clone(),
            };
            // Results are looked at again with each wave; what was amended since stays so.
            callbacks.entry(id).or_insert(callback);
        }
    }
}

/// The agent of the security user, by the directory.
fn requested_by(command: &Command) -> &'static str {
    match command.payload["securityUser"].as_str() {
        Some("su-acme") => "77",
        Some("{user}") => "1235",
        _ => "1234",
    }
}

/// A callback that fires while the test runs.
fn soon(number: i64) -> Success {
    let mut success = cases::to_the_skill(soon_at(number));
    if number % 3 == 1 {
        success.members["targetAgentId"] = json!("1234");
        success.standing.target = json!({"type": "agent", "agentId": "1234", "skillId": "4711"});
    }
    success.members["notes"] = json!(format!("soon {number}\n☎"));
    success
}

/// Some share an instant, some lie a microsecond apart.
fn soon_at(number: i64) -> Timestamp {
    let span = SOON.end - SOON.start;
    let second = cases::in_days(0).plus_micros((SOON.start + number * 7 % span) * 1_000_000);
    second.plus_micros(number % 4 * number)
}

fn date_of(command: &Command) -> Timestamp {
    Timestamp::parse_rfc3339(command.payload["scheduleDate"].as_str().unwrap()).unwrap()
}

fn revision(event: &Record) -> (i64, i64) {
    let data = event.json();
    (data["callbackId"].as_i64().unwrap(), data["revision"].as_i64().unwrap())
}
