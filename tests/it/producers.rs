//! What real libraries send, on the real broker and to the real service: as it was recorded, and by the libraries themselves.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::{fs, thread};

use serde_json::{Value, json};

use crate::rig::{DEADLINE, Message, Record, Scope, ServiceProcess, eventually};
use crate::sample;

#[path = "../producers/cases.rs"]
mod cases;

use cases::{Bytes, Library, Recorded, Right, Sent};

/// The tenants that the records name, and the one that they do not.
const TENANTS: [&str; 3] = ["north", "7", "default"];

/// A service whose horizon reaches the date of the commands, with what they name: the directory of each tenant, and the two
/// callbacks that the cancels and the reschedules are about.
fn service(scope: &Scope<'_>) -> ServiceProcess {
    let of_all = |record: Value| TENANTS.map(|tenant| sample::with(&record, &json!({"tenantId": tenant})));
    let skill =
        json!({"skillId": "4711", "name": "Sales", "active": true, "mediaType": "phone", "direction": "outbound"});
    let agent = json!({"agentId": "1234", "userName": "ana", "active": true, "skills": ["4711"]});
    let permissions = ["commitments:create", "commitments:manage"];
    let user = json!({"securityUser": "su-1", "agentId": "1234", "active": true, "permissions": permissions});
    let directory = json!({"skills": of_all(skill), "agents": of_all(agent), "securityUsers": of_all(user)});
    sample::load(scope, &directory);
    let service = scope.service().set("rules.horizon", "36500d").start();
    let named = ["to-be-cancelled", "to-be-moved"].map(|id| {
        sample::binary(id, &sample::schedule("2098-03-03T15:00:00Z"))
            .header("ce_source", "/examples/crm")
            .header("ce_tenantid", "north")
    });
    scope.produce(&scope.topics.commands, named);
    scope.reader(&scope.topics.results).wait_for(2);
    service
}

/// What was told of each record that has an id, and of each that is malformed; all of it, once the service has ended.
struct Told {
    /// By command id.
    results: BTreeMap<String, Vec<Record>>,
    /// By the offset of the record.
    letters: BTreeMap<String, Vec<Record>>,
}

impl Told {
    /// Waits until the service has read all records of the topic, then ends it.
    fn of(scope: &Scope<'_>, service: &mut ServiceProcess) -> Self {
        let end = scope.read_to_end(&scope.topics.commands).last().map(|record| record.offset + 1);
        eventually("the service answers all commands", DEADLINE, || {
            scope.committed(&scope.topics.commands).iter().all(|committed| committed.offset == end).then_some(())
        });
        assert_eq!(service.terminate().code(), Some(0), "{}", service.log());
        let all = scope.read_to_end(&scope.topics.results);
        let dead = scope.read_to_end(&scope.topics.dead_letters);
        let mut told = Self { results: BTreeMap::new(), letters: BTreeMap::new() };
        for result in all {
            told.results.entry(result.json()["commandId"].as_str().unwrap().to_owned()).or_default().push(result);
        }
        for letter in dead {
            told.letters.entry(letter.header("dlq-offset").unwrap().to_owned()).or_default().push(letter);
        }
        told
    }

    /// What is wrong with the answer to the record at that offset.
    fn fault(&self, record: &Recorded, right: &Right, offset: i64) -> Option<String> {
        let letters = self.letters.get(&offset.to_string()).map_or(&[][..], Vec::as_slice);
        match right {
            Right::Command { command, id, tenant, correlation, .. } => {
                if let Some(letter) = letters.first() {
                    return Some(format!(
                        "a dead letter: {:?} {:?}",
                        letter.header("dlq-reason"),
                        letter.header("dlq-detail")
                    ));
                }
                let result = match self.result(record, id, tenant, correlation.as_deref()) {
                    Ok(result) => result,
                    Err(fault) => return Some(fault),
                };
                let codes: Vec<&Value> = result["violations"].as_array().unwrap().iter().map(|v| &v["code"]).collect();
                let is_right = match command.as_str() {
                    // The callback is the same for all of a tenant: the first cancels it.
                    "cancel" => result["condition"] == "Success" || codes == ["CALLBACK_CANCELLED"],
                    _ => result["condition"] == "Success",
                };
                (!is_right).then(|| format!("not what a {command} comes to: {result}"))
            }
            Right::Malformed { malformed, id, tenant, correlation, .. } => {
                let [letter] = letters else { return Some(format!("{} dead letters", letters.len())) };
                let own = record.headers();
                if (&letter.key, &letter.value) != (&record.key(), &record.value()) || !letter.headers.starts_with(&own)
                {
                    return Some(format!("the dead letter has other bytes: {letter:?}"));
                }
                if letter.header("dlq-reason") != Some(malformed) {
                    return Some(format!("{:?} instead of {malformed}", letter.header("dlq-reason")));
                }
                // Whoever cannot be told by a result finds it out with `check` (tests/producers).
                let id = id.as_ref()?;
                let tenant = tenant.as_deref().unwrap_or("default");
                let result = match self.result(record, id, tenant, correlation.as_deref()) {
                    Ok(result) => result,
                    Err(fault) => return Some(fault),
                };
                let violation = &result["violations"][0];
                if violation["code"] != "MALFORMED" {
                    return Some(format!("not MALFORMED: {result}"));
                }
                right.unsaid(violation["message"].as_str().unwrap())
            }
        }
    }

    /// The one result of that command, with the key, tenant and correlation that belong to it.
    fn result(&self, record: &Recorded, id: &str, tenant: &str, correlation: Option<&str>) -> Result<Value, String> {
        let results = self.results.get(id).map_or(&[][..], Vec::as_slice);
        let [result] = results else { return Err(format!("{} results", results.len())) };
        let found = (&result.key, result.header("ce_tenantid"), result.header("ce_correlationid"));
        let expected = (&record.key(), Some(tenant), correlation);
        if found == expected { Ok(result.json()) } else { Err(format!("{found:?} instead of {expected:?}")) }
    }
}

/// Judges all of them, each with its offset.
fn judge(scope: &Scope<'_>, mut service: ServiceProcess, records: &[(String, Recorded, i64)]) {
    let right = |record: &Recorded| record.right.clone().unwrap();
    let verdicts: Vec<Right> = records.iter().map(|(_, record, _)| right(record)).collect();
    let told = Told::of(scope, &mut service);
    let mut faults: Vec<String> = records
        .iter()
        .zip(&verdicts)
        .filter_map(|((library, record, offset), right)| {
            let fault = told.fault(record, right, *offset)?;
            Some(format!("{library}.{}: {fault}", record.case))
        })
        .collect();
    // One callback was cancelled, once: all of them named it.
    let cancels = |right: &&Right| matches!(right, Right::Command { command, .. } if command == "cancel");
    let cancelled = verdicts.iter().filter(cancels).filter(|right| {
        let Right::Command { id, .. } = right else { return false };
        told.results.get(id).is_some_and(|results| results[0].json()["condition"] == "Success")
    });
    if cancelled.count() != 1 {
        faults.push("not one cancel alone succeeded".to_owned());
    }
    let total: usize = told.results.values().map(Vec::len).sum();
    let answered = verdicts.iter().filter(|right| !matches!(right, Right::Malformed { id: None, .. })).count();
    if total != answered + 2 {
        faults.push(format!("{total} results instead of {}", answered + 2));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn each_recorded_record_has_one_result_and_the_malformed_ones_are_dead_letters_byte_for_byte() {
    let scope = Scope::new(1);
    let service = service(&scope);
    let records = cases::all().into_iter().flat_map(|library| {
        let name = library.name;
        library.records.into_iter().map(move |record| (name.clone(), record))
    });
    let records: Vec<(String, Recorded)> = records.collect();
    let messages = records.iter().map(|(_, record)| Message {
        key: record.key(),
        value: record.value(),
        headers: record.headers(),
        ..Message::default()
    });
    let places = scope.produce(&scope.topics.commands, messages);
    let records: Vec<_> =
        records.into_iter().zip(places).map(|((library, record), (_, offset))| (library, record, offset)).collect();
    judge(&scope, service, &records);
}

/// Runs a language's programs, which install what they need, on a topic of one partition; what they say they sent.
fn send(language: &str, scope: &Scope<'_>, topic: &str) -> Vec<Sent> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| cases::project().join("target"), |folder| cases::project().join(folder));
    let output = Command::new(cases::project().join("tools/producers/run.sh"))
        .arg(language)
        .arg(target.join("producers"))
        .env("KAFKA_BOOTSTRAP_SERVERS", scope.kafka.bootstrap())
        .env("COMMANDS_TOPIC", topic)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{language}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
    said.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

/// The records that are in the topic from that offset on, with the names that the program gave them.
fn sent(language: &str, scope: &Scope<'_>, topic: &str, from: usize) -> Vec<(Sent, Recorded, i64)> {
    let lines = send(language, scope, topic);
    let records = scope.read_to_end(topic).split_off(from);
    assert_eq!(records.len(), lines.len(), "{language}: a line for each record");
    let named = |(sent, record): (Sent, Record)| {
        let bytes = |bytes: Vec<u8>| Bytes::of(&bytes);
        let recorded = Recorded {
            case: sent.case.clone(),
            key: record.key.map(bytes),
            headers: record.headers.into_iter().map(|(name, value)| (name, value.map(bytes))).collect(),
            value: record.value.map(bytes),
            right: None,
        };
        (sent, recorded, record.offset)
    };
    lines.into_iter().zip(records).map(named).collect()
}

/// The language's libraries as they are today, on the service's own topic.
fn sends_what_was_recorded_and_is_answered(language: &str) {
    let scope = Scope::new(1);
    let service = service(&scope);
    let recorded = cases::all();
    let mut records = Vec::new();
    for (sent, mut now, offset) in sent(language, &scope, &scope.topics.commands, 2) {
        let name = format!("{}.{}", sent.library, sent.case);
        let library = recorded.iter().find(|library| library.name == sent.library);
        let library = library.unwrap_or_else(|| panic!("{name} is not recorded: make producers"));
        assert_eq!((&library.package, &library.version), (&sent.package, &sent.version), "{name}: make producers");
        let then = library.records.iter().find(|record| record.case == sent.case);
        let then = then.unwrap_or_else(|| panic!("{name} is not recorded: make producers"));
        assert!(now.is_same_record(then), "{name}: make producers\nrecorded: {then:?}\nsent now: {now:?}");
        now.right.clone_from(&then.right);
        records.push((sent.library, now, offset));
    }
    judge(&scope, service, &records);
}

#[test]
fn pythons_libraries_send_what_was_recorded_and_are_answered() {
    sends_what_was_recorded_and_is_answered("python");
}

#[test]
fn javas_libraries_send_what_was_recorded_and_are_answered() {
    sends_what_was_recorded_and_is_answered("java");
}

#[test]
#[ignore = "needs Node.js and Go too, and writes tests/cases/producers: make producers"]
fn the_records_are_written_anew_and_what_differs_is_said() {
    let scope = Scope::new(1);
    let languages = ["python", "java", "javascript", "go"];
    let topics = languages.map(|language| format!("{}.{language}", scope.group));
    scope.kafka.create_topics(&topics.each_ref().map(|topic| (topic.as_str(), 1)));
    let records: Vec<(Sent, Recorded, i64)> = thread::scope(|threads| {
        let scope = &scope;
        let running: Vec<_> = languages
            .iter()
            .zip(&topics)
            .map(|(language, topic)| threads.spawn(move || sent(language, scope, topic, 0)))
            .collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut libraries: Vec<Library> = Vec::new();
    for (Sent { library, package, version, .. }, record, _) in records {
        match libraries.iter_mut().find(|known| known.name == library) {
            Some(known) => known.records.push(record),
            None => libraries.push(Library { name: library, package, version, records: vec![record] }),
        }
    }
    let before = cases::all();
    for library in &mut libraries {
        let known = before.iter().find(|known| known.name == library.name);
        differences(library, known);
        write(library);
    }
    for gone in before.iter().filter(|known| !libraries.iter().any(|library| library.name == known.name)) {
        println!("{}: no program sends it any more", gone.name);
        fs::remove_file(file(gone)).unwrap();
    }
}

/// Says what a library sends differently from before; keeps the verdicts, and the order of headers that has no meaning.
fn differences(library: &mut Library, before: Option<&Library>) {
    let name = library.name.clone();
    if let Some(before) = before.filter(|before| before.version != library.version) {
        println!("{name}: {} was {}", library.version, before.version);
    }
    let known = before.map_or(&[][..], |before| before.records.as_slice());
    for record in &mut library.records {
        match known.iter().find(|known| known.case == record.case) {
            None => println!("{name}.{}: new; say what is right for it", record.case),
            Some(known) if record.is_same_record(known) => record.clone_from(known),
            Some(known) => {
                record.right.clone_from(&known.right);
                println!("{name}.{}: differs\n  before: {known:?}\n  now:    {record:?}", record.case);
            }
        }
    }
    for gone in known.iter().filter(|known| !library.records.iter().any(|record| record.case == known.case)) {
        println!("{name}.{}: not sent any more", gone.case);
    }
}

fn file(library: &Library) -> PathBuf {
    cases::folder().join(format!("{}.json", library.name))
}

fn write(library: &Library) {
    fs::create_dir_all(cases::folder()).unwrap();
    fs::write(file(library), serde_json::to_string_pretty(library).unwrap() + "\n").unwrap();
}
