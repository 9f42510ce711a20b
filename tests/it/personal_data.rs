//! Personal data stays where it belongs: in commands, results, due events and rows. Nothing that operators see has it.

use std::io::Write as _;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::journey::command::{Command, Form, with};
use crate::rig::{DEADLINE, Message, Record, Scope, ServiceProcess, folder, produce_raw, service_command, wait_until};
use crate::sample;

/// What nothing that operators see may have, in lower case: names, notes, numbers, security users. None of these words
/// is in any other text.
const MARKS: [&str; 12] = [
    "zephyrine",
    "quarkwright",
    "kaleidophone",
    "xanthophyll",
    "su-marmalade",
    "su-nobody-tamarisk",
    "su-idle-pomelo",
    "5550173",
    "555-0173",
    "555 0173",
    "79460173",
    "774411",
];

/// What of it stands in a text.
fn marks_in(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    MARKS.into_iter().filter(|mark| text.contains(mark)).collect()
}

#[track_caller]
fn assert_no_marks(what: &str, text: &str) {
    let shows = |line: &&str| !marks_in(line).is_empty();
    let lines: Vec<&str> = text.lines().filter(shows).collect();
    assert!(lines.is_empty(), "{what} shows personal data:\n{}", lines.join("\n"));
}

fn directory() -> Value {
    let permissions = ["commitments:create", "commitments:manage"];
    let user = |name: &str, active: bool| json!({"securityUser": name, "agentId": "1234", "active": active, "permissions": permissions});
    json!({
        "skills": [{"skillId": "4711", "name": "Sales", "active": true, "mediaType": "phone", "direction": "outbound"}],
        "agents": [{"agentId": "1234", "userName": "zephyrine.quarkwright", "active": true, "skills": ["4711"]}],
        "securityUsers": [user("su-marmalade-1", true), user("su-idle-pomelo", false)],
    })
}

fn schedule(seconds: i64) -> Value {
    json!({
        "securityUser": "{user}", "variables": {"user": "su-marmalade-1"}, "firstName": "Zephyrine",
        "lastName": "Quarkwright", "phoneNumber": "+1 (415) 555-0173 ext. 774411", "skillId": "4711",
        "targetAgentId": "", "scheduleDate": sample::in_seconds(seconds), "caption": "Zephyrine's invoice",
        "notes": "about the kaleidophone",
    })
}

/// Commands that are answered `Success`, refused in every way, and not readable; the ids begin with `phase`.
fn commands(phase: &str) -> Vec<Message> {
    let mut all = Vec::new();
    for form in Form::ALL {
        let id = |what: &str| format!("{phase}-{form:?}-{what}");
        let mut add = |command: Command| {
            let key = format!("contact-{}", all.len());
            all.push(command.message(form, &key));
        };
        let mut soon = Command::schedule(id("soon"), schedule(1));
        soon.traceparent = Some(sample::TRACEPARENT.to_owned());
        add(soon);
        add(Command::schedule(id("later"), schedule(3_600)));
        // The same id for something else.
        add(Command::schedule(id("later"), with(schedule(3_600), json!({"notes": "another kaleidophone"}))));
        for (number, members) in refused().into_iter().enumerate() {
            add(Command::schedule(id(&format!("refused-{number}")), with(schedule(3_600), members)));
        }
        let scheduled_by = |user: &str, what: &str| json!({"securityUser": user, "scheduledBy": {"source": "/studio", "commandId": id(what)}, "reason": "xanthophyll"});
        let moved = json!({
            "scheduleDate": sample::in_seconds(7_200), "notes": "a new kaleidophone", "phoneNumber": "+44 20 7946 0173"
        });
        add(Command::reschedule(id("move"), with(scheduled_by("su-marmalade-1", "later"), moved)));
        add(Command::cancel(id("cancel"), scheduled_by("su-marmalade-1", "later")));
        add(Command::cancel(id("forbidden"), scheduled_by("su-nobody-tamarisk", "soon")));
    }
    all.extend(unreadable(phase));
    all
}

/// Members that make a command be refused, each with personal data at fault.
fn refused() -> Vec<Value> {
    vec![
        json!({"securityUser": "su-nobody-tamarisk"}),
        json!({"securityUser": "su-idle-pomelo"}),
        json!({"securityUser": "{su-nobody-tamarisk}"}),
        json!({"securityUser": ["su-marmalade-1"]}),
        json!({"skillId": "Zephyrine"}),
        json!({"targetAgentId": "Zephyrine Quarkwright"}),
        json!({"scheduleDate": "Zephyrine"}),
        json!({"timeZone": "Quarkwright/Zephyrine", "scheduleDate": "2026-11-23T15:00:00"}),
        json!({"phoneNumber": "4155550173"}),
        json!({"phoneNumber": "+1 415 555 0173 0173 0173 0173"}),
        json!({"phoneNumber": "+1 900 555 0173"}),
        json!({"phoneNumber": "Zephyrine"}),
        json!({"firstName": "Zephyrine".repeat(20)}),
        json!({"lastName": "Quarkwright\u{1b}[31m\n\u{0}"}),
        json!({"notes": {"kaleidophone": 1}}),
        json!({"scriptType": "Zephyrine"}),
        json!({"definedBranches": [{"Zephyrine": 1}]}),
    ]
}

fn unreadable(phase: &str) -> Vec<Message> {
    let whole = with(schedule(3_600), json!({"source": "/studio", "type": "callback.schedule.v1"}));
    let text = whole.to_string();
    let named = |name: &str, value: &str| {
        let members = with(whole.clone(), json!({"commandId": format!("{phase}-{name}")}));
        with(members, json!({name: value})).to_string()
    };
    let values = [
        format!("{text} zephyrine"),
        text[..text.len() / 2].to_owned(),
        text.replacen('{', r#"{"notes":"kaleidophone","#, 1),
        json!(["Zephyrine"]).to_string(),
        "Zephyrine Quarkwright, +14155550173".to_owned(),
        text.replace("about the", &"x".repeat(70_000)),
        named("issuedAt", "Zephyrine"),
        named("tenantId", "Zephyrine Quarkwright"),
        named("correlationId", &"Zephyrine".repeat(40)),
        named("commandId", &"Zephyrine".repeat(40)),
        named("source", "Zephyrine\u{1}"),
        text.clone(),
    ];
    let messages = values.into_iter().enumerate().map(|(number, value)| Message::new(format!("k{number}"), value));
    let in_headers = ["ce_time", "ce_tenantid", "ce_correlationid", "traceparent", "tracestate"];
    let with_header = in_headers.map(|name| {
        Message::new("k", text.clone())
            .header("ce_id", format!("{phase}-{name}"))
            .header("ce_source", "/studio")
            .header("ce_type", "Zephyrine")
            .header(name, format!("Zephyrine {}", "Quarkwright\n".repeat(30)))
    });
    let not_utf8 = Message::new("k", [b"{\"notes\":\"kaleidophone \xff\"}".as_slice(), text.as_bytes()].concat());
    messages.chain(with_header).chain([not_utf8]).collect()
}

/// Directory records that cannot be read; a security user's name is its key.
fn unreadable_directory(scope: &Scope<'_>) {
    let user = json!({"securityUser": "su-marmalade-1", "agentId": "Zephyrine", "active": true, "permissions": []});
    let broken = ["default/su-marmalade-2", "su-marmalade-3", "Zephyrine Quarkwright/su-marmalade-4"];
    let users = broken.map(|key| Message::new(key, user.to_string()));
    scope.produce(&scope.topics.security_users, users);
    let agent = json!({"agentId": "77", "userName": "zephyrine.quarkwright", "active": "yes", "skills": []});
    scope.produce(&scope.topics.agents, [Message::new("default/77", agent.to_string())]);
}

/// Has PostgreSQL refuse rows and quote them: in the detail of its error, then in its message.
fn refuse_rows(scope: &Scope<'_>, service: &ServiceProcess, phase: &str) {
    let sql = scope.sql();
    let refusals = [
        (
            "alter table callback add constraint nobody check (first_name <> 'Zephyrine') not valid",
            "alter table callback drop constraint nobody",
            "23514: new row for relation",
        ),
        (
            "create function quote_it() returns trigger language plpgsql as $$ begin
                 raise exception 'invalid input: % %', new.notes, new.phone_number using errcode = '22P02'; end $$;
             create trigger quote_it before insert on callback for each row execute function quote_it()",
            // `drop trigger` locks the leaves before their parent, and the service the parent first.
            "lock table callback; drop trigger quote_it on callback; drop function quote_it",
            "22P02: a value is not what the column takes",
        ),
    ];
    for (number, (refuse, take, said)) in refusals.into_iter().enumerate() {
        sql.run(refuse);
        let id = format!("{phase}-database-{number}");
        scope.produce(&scope.topics.commands, [Command::schedule(id, schedule(3_600)).message(Form::Binary, "k")]);
        service.wait_for_log(said);
        let ready = service.get("/readyz").unwrap().body;
        assert!(ready.contains(said), "{ready}");
        assert_no_marks("/readyz", &ready);
        sql.run(take);
        wait_until("readiness", DEADLINE, || service.get("/readyz").unwrap().status == 200);
    }
}

/// Labels of metrics are words of the program: nothing that was sent makes a new one.
fn assert_labels_are_words(metrics: &str) {
    let series = metrics.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('{'));
    for (name, rest) in series {
        for value in rest.split('"').skip(1).step_by(2) {
            let is_word =
                value.chars().all(|character| character.is_ascii_alphanumeric() || "_.+-".contains(character));
            assert!(is_word && value.len() < 64, "{name} has a label {value:?}");
        }
    }
}

/// The service's life of that number, with these settings; returns its log.
fn life(scope: &Scope<'_>, format: &str, level: &str, number: usize) -> String {
    let mut service = scope.service().set("log.format", format).set("log.level", level).start();
    unreadable_directory(scope);
    let commands = commands(format);
    // And one with an odd header, and one for each refusal of the database.
    let sent = number * (commands.len() + 3);
    scope.produce(&scope.topics.commands, commands);
    let odd: [(&[u8], &[u8]); 2] = [(b"Zephyrine\xff", b"Quarkwright"), (b"ce_id", b"odd")];
    let now = schedule_callback::clock::now().millis();
    produce_raw(&scope.kafka.bootstrap(), &scope.topics.commands, b"k", b"kaleidophone", &odd, now);
    refuse_rows(scope, &service, format);
    wait_until("an answer to every command", DEADLINE, || {
        let done: i64 = scope.committed(&scope.topics.commands).iter().filter_map(|committed| committed.offset).sum();
        usize::try_from(done) == Ok(sent)
    });
    scope.reader(&scope.topics.due).wait_for(number * Form::ALL.len());
    let metrics = service.get("/metrics").unwrap().body;
    assert_no_marks("/metrics", &metrics);
    assert_labels_are_words(&metrics);
    assert_no_marks("/readyz", &service.get("/readyz").unwrap().body);
    assert_eq!(service.terminate().code(), Some(0));
    service.log()
}

/// Headers and the violations' own texts: caption, number and names are for whoever asked.
fn explained(record: &Record) -> String {
    let headers = record
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_deref().unwrap_or_default())));
    let data = record.json();
    format!("{}{}{}", headers.collect::<String>(), data["violations"], data["warnings"])
}

/// A command of the program, and all that it writes.
fn says(scope: &Scope<'_>, arguments: &[&str], input: &str) -> String {
    let mut command =
        if arguments[0] == "check" { service_command(arguments) } else { scope.service().command(arguments) };
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let Output { stdout, stderr, .. } = child.wait_with_output().unwrap();
    let stdout = if arguments[0] == "check" { Vec::new() } else { stdout };
    format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr))
}

#[test]
fn nothing_that_operators_see_has_names_notes_numbers_or_security_users() {
    let scope = Scope::new(2);
    sample::load(&scope, &directory());
    unreadable_directory(&scope);
    for (format, level, number) in [("text", "trace", 1), ("json", "debug", 2)] {
        let log = life(&scope, format, level, number);
        assert!(log.contains("DEBUG") && log.contains("a directory record is skipped"), "{log}");
        assert!(log.contains("whose names are not UTF-8"), "{log}");
        assert!(!log.contains("has panicked"), "{log}");
        assert_no_marks(&format!("the {format} log"), &log);
        let is_event = |line: &str| {
            if format == "json" { line.starts_with('{') } else { line.trim_start().starts_with("20") }
        };
        assert!(log.lines().all(is_event), "each line of the log is an event:\n{log}");
    }
    let results = scope.read_to_end(&scope.topics.results);
    let codes: Vec<String> = results.iter().map(explained).collect();
    for code in ["SECURITY_USER_UNKNOWN", "SECURITY_USER_UNRESOLVED", "PHONE_NUMBER_SYNTAX", "MALFORMED", "FIELD_TYPE"]
    {
        assert!(codes.iter().any(|text| text.contains(code)), "no result with {code}");
    }
    for result in &results {
        // A malformed command's own attributes are echoed to whoever sent them.
        if result.json()["violations"][0]["code"] == "MALFORMED" {
            assert_no_marks("a result's violations", &result.json()["violations"].to_string());
        } else {
            let text = explained(result);
            assert_no_marks("a result's headers and violations", &text);
        }
    }
    let due = scope.read_to_end(&scope.topics.due);
    assert_eq!(due.len(), 6, "one for each form in each life");
    for event in &due {
        // It does arrive where it is needed.
        assert_eq!(event.json()["contact"]["firstName"], "Zephyrine");
        assert!(event.header("ce_traceparent").is_some() || event.header("traceparent").is_none());
        assert_no_marks("a due event's headers", &explained(event));
    }
    let letters = scope.read_to_end(&scope.topics.dead_letters);
    assert!(letters.len() >= 30, "{} dead letters", letters.len());
    for letter in &letters {
        let added = &letter.headers[letter.headers.len() - 6..];
        assert!(added.iter().all(|(name, _)| name.starts_with("dlq-")), "{added:?}");
        let texts = added.iter().map(|(_, value)| String::from_utf8_lossy(value.as_deref().unwrap()).into_owned());
        assert_no_marks("a dead letter's headers", &texts.collect::<Vec<_>>().join("\n"));
    }

    let wrong = folder("wrong").join("directory.json");
    let mut users = directory();
    users["securityUsers"][1]["agentId"] = json!("Zephyrine");
    std::fs::write(&wrong, users.to_string()).unwrap();
    let wrong = wrong.display().to_string();
    let refused = says(&scope, &["directory", "load", &wrong], "");
    assert!(refused.contains("record 2 of securityUsers cannot be read"), "{refused}");
    std::fs::write(&wrong, users.to_string().replacen(':', "Zephyrine", 1)).unwrap();
    let outputs = [
        refused,
        says(&scope, &["directory", "load", &wrong], ""),
        says(&scope, &["check", "--directory", &wrong], ""),
        says(&scope, &["check"], &unreadable("check").iter().map(text_of).collect::<String>()),
        says(&scope, &["dead-letters", "redrive", "--dry-run"], ""),
    ];
    for output in outputs {
        assert_no_marks("what a command writes", &output);
    }
}

fn text_of(message: &Message) -> String {
    format!("{}\n", String::from_utf8_lossy(message.value.as_deref().unwrap_or_default()))
}
