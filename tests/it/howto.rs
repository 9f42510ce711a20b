//! Every block of docs/howto.md does what the page says, as it is printed.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_postgres::error::SqlState;

use crate::answers::Dialogue;
use crate::rig::{
    Authority, DEADLINE, Kafka, Message, Postgres, Scope, ServiceConfig, ServiceProcess, Sql, Topics, block_on,
    client_programs, eventually, folder, free_port, kafka_tools, pg_dump, service_binary, wait_until,
};
use crate::sample::{self, cancel, in_seconds, reschedule, schedule, with};

const PAGE: &str = include_str!("../../docs/howto.md");
const ROLES: &str = include_str!("../../config/postgres/roles.sql");
const SCHEDULE: &str = "callback.schedule.v1";
const FAR: i64 = 86_400 * 3;

/// The blocks that are to be run, by name. Any other block is not.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let marked = PAGE.split("<!-- run: ").skip(1);
    let named = marked.map(|rest| {
        let (name, rest) = rest.split_once(" -->\n```sh\n").unwrap();
        (name, rest.split_once("\n```\n").unwrap().0)
    });
    named.collect()
}

/// Where the blocks run: the tools' folders first on the path, and a copy of nothing but `config` to stand in.
struct Desk {
    folder: PathBuf,
    path: OsString,
}

impl Desk {
    fn new() -> Self {
        let desk = folder("howto");
        symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("config"), desk.join("config")).unwrap();
        let service = service_binary().parent().unwrap().to_owned();
        let own = env::var_os("PATH").unwrap_or_default();
        let folders = [client_programs(), kafka_tools(), service].into_iter().chain(env::split_paths(&own));
        Self { folder: desk, path: env::join_paths(folders).unwrap() }
    }

    /// Runs the block of that name with these variables, and returns what it prints.
    fn run(&self, name: &str, variables: &[(&str, &str)]) -> String {
        let (_, block) = blocks().into_iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name}?"));
        let output = Command::new("sh")
            .args(["-eu", "-c", block])
            .current_dir(&self.folder)
            .env("PATH", &self.path)
            .env("PGOPTIONS", "-c client_min_messages=warning")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let (said, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        println!("{name}:\n{said}{error}");
        assert!(output.status.success() && !error.contains("ERROR"), "{name}: {said}{error}");
        said.into_owned()
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap()
    }
}

fn as_role(url: &str, role: &str) -> String {
    url.replace("postgres@", &format!("{role}@"))
}

/// Servers of its own with the names that the page has: its topics, group, database and roles.
struct Installation {
    kafka: Kafka,
    postgres: Postgres,
}

const DATABASE: &str = "schedule_callback";
static INSTALLATION: LazyLock<Installation> =
    LazyLock::new(|| Installation { kafka: Kafka::start(), postgres: Postgres::start() });
static RUNNING: LazyLock<ServiceProcess> = LazyLock::new(|| {
    let scope = plain_scope();
    scope.postgres.create_database(DATABASE, "template0");
    scope.sql().run(ROLES);
    let url = scope.postgres.url(DATABASE);
    for arguments in [&["migrate"][..], &["topics", "--partitions", "2"]] {
        let config = scope.service().set("postgres.url", as_role(&url, "schedule_callback_owner"));
        assert!(config.command(arguments).status().unwrap().success(), "{arguments:?}");
    }
    sample::load_directory(&scope);
    let skill =
        json!({"skillId":"4713","name":"B","active":true,"mediaType":"phone","direction":"outbound","lifecycle":{}});
    scope.produce(&scope.topics.skills, [Message::new("default/4713", skill.to_string())]);
    let permissions = ["commitments:create", "commitments:manage", "commitments:report"];
    let user = json!({"securityUser":"su-privacy","agentId":"1234","active":true,"permissions":permissions});
    scope.produce(&scope.topics.security_users, [Message::new("default/su-privacy", user.to_string())]);
    scope.service().set("postgres.url", as_role(&url, "schedule_callback_writer")).start()
});

fn plain_scope() -> Scope<'static> {
    let topics = Topics {
        commands: "callback.commands".to_owned(),
        results: "callback.results".to_owned(),
        due: "callback.due".to_owned(),
        dead_letters: "callback.commands.dlq".to_owned(),
        amendments: "callback.amendments".to_owned(),
        shards: "callback.shards".to_owned(),
        skills: "directory.skills".to_owned(),
        agents: "directory.agents".to_owned(),
        security_users: "directory.security-users".to_owned(),
    };
    let Installation { kafka, postgres } = &*INSTALLATION;
    Scope { kafka, postgres, topics, group: "schedule-callback".to_owned(), database: DATABASE.to_owned() }
}

/// The installation with a service that runs, and the variables of the page's first block.
fn installation() -> (Scope<'static>, Vec<(&'static str, String)>) {
    assert!(RUNNING.pid() > 0);
    let scope = plain_scope();
    let url = scope.postgres.url(DATABASE);
    let role = |name: &str| as_role(&url, &format!("schedule_callback_{name}"));
    let variables = vec![
        ("KAFKA", scope.kafka.bootstrap()),
        ("OWNER", role("owner")),
        ("READER", role("reader")),
        ("PRIVACY", role("privacy")),
        ("SCHEDULE_CALLBACK__KAFKA__BOOTSTRAP_SERVERS", scope.kafka.bootstrap()),
        ("SCHEDULE_CALLBACK__POSTGRES__URL", role("owner")),
    ];
    (scope, variables)
}

/// These variables and more.
fn and<'a>(variables: &'a [(&'a str, String)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    variables.iter().map(|(name, value)| (*name, &**value)).chain(more.iter().copied()).collect()
}

fn asked(number: &str, seconds: i64, more: &Value) -> Value {
    with(&with(&schedule(&in_seconds(seconds)), &json!({"phoneNumber": number})), more)
}

fn id_of(result: &Value) -> String {
    assert_eq!(result["condition"], "Success", "{result}");
    result["callbackId"].to_string()
}

#[test]
fn every_block_of_the_page_is_run_by_a_test() {
    let names: Vec<&str> = blocks().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "a name twice");
    // The first block is only the variables.
    assert_eq!(PAGE.matches("\n```sh\n").count(), names.len() + 1, "a block without a marker");
    let tests = include_str!("howto.rs");
    for name in names {
        assert!(tests.contains(&format!("\"{name}\"")), "no test runs {name}");
    }
    // The variables are those that the tests set.
    for line in PAGE.split("\n```sh\n").nth(1).unwrap().lines().take_while(|line| line.starts_with("export")) {
        let name = line.trim_start_matches("export ").split('=').next().unwrap();
        assert!(tests.contains(&format!("(\"{name}\"")), "{name}");
    }
}

#[test]
fn the_table_of_sizes_is_what_the_formula_says() {
    let desk = Desk::new();
    let rows: Vec<Vec<&str>> = PAGE
        .lines()
        .filter(|line| line.starts_with("| ") && line.matches(" GB |").count() == 3)
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), 5);
    for row in rows {
        let [rate, due, daily, pending, partitions, instances, cores, database, log, kafka] = row[..] else {
            panic!("{row:?}")
        };
        let said = desk.run("sizing", &[("RATE", rate), ("DUE", due), ("DAILY", daily), ("PENDING", pending)]);
        let expected = format!(
            "partitions {partitions}, instances {instances}, cores {cores}, database {database}, write-ahead log {log} a \
             day, Kafka {kafka}\n"
        );
        assert_eq!(said, expected);
    }
    assert_eq!(
        desk.run("sizing", &[]),
        desk.run("sizing", &[("RATE", "500"), ("DUE", "400"), ("DAILY", "14400000"), ("PENDING", "2000000")])
    );
}

#[test]
fn the_columns_of_the_views_are_those_that_the_page_explains() {
    let (scope, _) = installation();
    for view in ["callback_waiting", "callback_status", "callback_contact", "command_decision"] {
        let part = PAGE.split_once("### Columns").unwrap().1.split_once(&format!("\n`{view}`, ")).unwrap().1;
        let lines = part.lines().skip_while(|line| !line.starts_with("| `")).take_while(|line| line.starts_with("| `"));
        let explained: Vec<&str> = lines.map(|line| line.split('`').nth(1).unwrap()).collect();
        let columns: Vec<String> = scope
            .sql()
            .rows(
                "select column_name::text from information_schema.columns where table_name = $1 order by ordinal_position",
                &[&view],
            )
            .iter()
            .map(|row| row.get(0))
            .collect();
        assert_eq!(columns, explained, "{view}");
    }
}

#[test]
fn what_waits_is_listed_for_an_agent_a_skill_and_a_number() {
    let (scope, variables) = installation();
    let desk = Desk::new();
    let mut dialogue = Dialogue::with(&scope);
    let mut ask = |id: &str, more: &Value| id_of(&dialogue.ask(0, id, SCHEDULE, &asked("+14155550101", FAR, more)));
    let for_agent = ask("list-agent", &json!({"targetAgentId": "1234"}));
    let for_skill = ask("list-skill", &json!({}));
    let cancelled = ask("list-cancelled", &json!({"targetAgentId": "1234"}));
    let payload = cancel(&json!({"callbackId": cancelled.parse::<i64>().unwrap()}));
    assert_eq!(dialogue.ask(0, "list-cancel", "callback.cancel.v1", &payload)["condition"], "Success");

    let variables = and(&variables, &[("NUMBER", "+14155550101")]);
    let by_agent = desk.run("waits-agent", &variables);
    let by_skill = desk.run("waits-skill", &variables);
    let by_number = desk.run("waits-number", &variables);
    assert!(by_agent.contains(&for_agent) && !by_agent.contains(&for_skill) && !by_agent.contains(&cancelled));
    assert!(by_skill.contains(&for_skill) && by_skill.contains(&for_agent) && !by_skill.contains(&cancelled));
    assert!([&for_agent, &for_skill, &cancelled].iter().all(|id| by_number.contains(id.as_str())));
    assert!(by_number.contains("García") && !by_agent.contains("García"));
    assert!(desk.run("supervisor-ends", &variables).contains("reason"));
    let hours = desk.run("supervisor-hours", &variables);
    assert!(hours.contains("for_agents"));
}

#[test]
fn the_optional_indexes_are_used_made_once_and_inherited_by_new_months() {
    let scope = Scope::new(1);
    let sql = scope.sql();
    sql.run(
        "insert into callback (callback_id, shard, fire_at, scheduled_for, revision, attempt, tenant, skill_id, agent_id,
             phone_number, requested_by, command_source, command_id, revised_by, created_at)
         select n * 1024, 0, t, t, 1, 1, 'default', n % 100, n % 500 + 1, '+1415' || 5000000 + n, 1, '/s', 'c', 'c', now()
         from (select n, now() + n % 1000 * interval '1 second' as t from generate_series(1, 20000) n) rows;
         insert into shard (shard, epoch, confirmed_fire_at, confirmed_callback_id) values (0, 1, now(), 1)",
    );
    let (desk, owner) = (Desk::new(), scope.postgres.url(&scope.database));
    let variables = [("OWNER", &*owner)];
    // Once more, as after an interruption: what is there is left alone.
    for _ in 0..2 {
        desk.run("index-agent", &variables);
        desk.run("index-skill", &variables);
        desk.run("index-number", &variables);
    }
    sql.run("select make_leaf('callback', '2040-01-01'); analyze callback");
    for index in ["callback_by_agent", "callback_by_skill", "callback_by_number"] {
        let [leaves, parts]: [i64; 2] = ["callback", index].map(|parent| {
            sql.value("select count(*) from pg_inherits where inhparent = $1::text::regclass", &[&parent])
        });
        assert_eq!(leaves, parts, "{index}");
        let valid: bool = sql.value("select indisvalid from pg_index where indexrelid = $1::text::regclass", &[&index]);
        assert!(valid, "{index}");
    }
    for (question, index) in [
        ("callback_waiting where tenant = 'default' and agent_id = 77", "_by_agent"),
        ("callback_waiting where tenant = 'default' and skill_id = 11", "_by_skill"),
        ("callback_contact where tenant = 'default' and phone_number = '+14155000007'", "_by_number"),
    ] {
        let month = &schedule_callback::clock::now().to_string()[..7].replace('-', "");
        let plan = sql.rows(&format!("explain select * from {question}"), &[]);
        let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
        let used = format!("callback_{month}01{index}");
        assert!(plan.iter().any(|line| line.contains(&used)), "{question}: {}", plan.join("\n"));
    }
}

#[test]
fn the_path_to_why_somebody_was_not_called_or_twice_leads_there() {
    let (scope, variables) = installation();
    let desk = Desk::new();
    let mut dialogue = Dialogue::with(&scope);
    let number = "+14155550102";
    let fired = id_of(&dialogue.ask(0, "why-fired", SCHEDULE, &asked(number, 0, &json!({}))));
    let waits = id_of(&dialogue.ask(1, "why-waits", SCHEDULE, &asked(number, FAR, &json!({}))));
    dialogue.ask(0, "why-refused", SCHEDULE, &asked("12", FAR, &json!({"skillId": "9999"})));
    let named = json!({"callbackId": waits.parse::<i64>().unwrap()});
    dialogue.ask(1, "why-moved", "callback.reschedule.v1", &reschedule(&named, &in_seconds(FAR + 60)));
    dialogue.ask(1, "why-cancelled", "callback.cancel.v1", &cancel(&named));
    scope.produce(&scope.topics.commands, [Message::new("k", "no JSON at all")]);
    let mine = format!("\"callbackId\":{fired},");
    let seen = |text: &str| text.contains(&mine);
    scope.reader(&scope.topics.due).wait_until("the due event", |events| {
        events.iter().any(|event| seen(&String::from_utf8_lossy(event.value.as_deref().unwrap())))
    });
    scope.reader(&scope.topics.dead_letters).wait_for(1);

    let command = |id| desk.run("why-command", &and(&variables, &[("COMMAND", id)]));
    assert!(command("why-fired").contains(&fired));
    assert!(command("why-refused").contains("SKILL_UNKNOWN"));
    assert!(command("nobody-sent-it").contains("(0 rows)"));
    assert!(desk.run("supervisor-refused", &and(&variables, &[])).contains("SKILL_UNKNOWN"));
    assert!(desk.run("why-dead-letter", &and(&variables, &[])).contains("NOT_JSON"));
    assert!(desk.run("why-queue", &and(&variables, &[])).contains("callback.commands"));
    let status = |id: &str| desk.run("why-status", &and(&variables, &[("CALLBACK", id)]));
    let of_waiting = status(&waits);
    assert!(
        of_waiting.contains("cancelled") && of_waiting.contains("why-moved") && of_waiting.contains("why-cancelled")
    );
    eventually("the marker's copy", DEADLINE, || status(&fired).contains(" due    | t ").then_some(()));
    let event = desk.run("why-event", &and(&variables, &[("CALLBACK", &fired)]));
    assert!(event.lines().count() == 1 && event.contains(&format!("ce_id:{fired}.1.1")), "{event}");
    let twice = desk.run("twice-number", &and(&variables, &[("NUMBER", number)]));
    assert!(twice.contains("why-fired") && twice.contains("why-waits"), "{twice}");
}

/// What nothing in the database may have after the person was erased.
const PERSON: [&str; 6] = ["+14155550103", "Zephyrine", "Quarkwright", "kaleidophone", "774411", "Xanthophyll"];

#[test]
fn an_erased_person_is_nowhere_in_the_database_and_commands_are_still_answered() {
    let (scope, variables) = installation();
    let desk = Desk::new();
    let mut dialogue = Dialogue::with(&scope);
    let person = json!({
        "firstName": "Zephyrine", "lastName": "Quarkwright", "notes": "about the kaleidophone",
        "caption": "a \"Xanthophyll\" \\ \"phoneNumber\":\"+1\"",
    });
    let number = "+1 415 555 0103 ext. 774411";
    let fired = dialogue.ask(0, "person-fired", SCHEDULE, &asked(number, 0, &person));
    let waits_payload = asked(number, FAR, &person);
    let waits = dialogue.ask(1, "person-waits", SCHEDULE, &waits_payload);
    let first = dialogue.result("person-waits");
    // One that was somebody else's before it was moved to another number, and one that has nothing to do with it.
    let moved = dialogue.ask(1, "person-moved", SCHEDULE, &asked(number, FAR, &json!({})));
    let named = json!({"callbackId": moved["callbackId"]});
    let new_number = json!({"phoneNumber": "+14155550104"});
    let away = with(&reschedule(&named, &in_seconds(FAR)), &new_number);
    assert_eq!(dialogue.ask(1, "person-move", "callback.reschedule.v1", &away)["condition"], "Success");
    let other = dialogue.ask(0, "another-person", SCHEDULE, &asked("+14155550105", FAR, &json!({})));

    // Two that a router has: of one it has said nothing yet, the other one somebody has taken on.
    let tracked = with(&asked(number, 0, &person), &json!({"skillId": "4713", "securityUser": "su-privacy"}));
    let of_routers = ["person-due", "person-taken"].map(|id| id_of(&dialogue.ask(0, id, SCHEDULE, &tracked)));
    let is_taken = format!("{}.1.1", of_routers[1]);
    scope
        .reader(&scope.topics.due)
        .wait_until("it is due", |events| events.iter().any(|event| event.header("ce_id") == Some(&*is_taken)));
    let accepted = json!({"securityUser": "su-privacy", "callbackId": of_routers[1].parse::<i64>().unwrap(), "attempt": 1,
        "outcome": "accepted", "notes": "about the kaleidophone again"});
    assert_eq!(dialogue.ask(0, "person-accepted", "callback.report.v1", &accepted)["status"], "accepted");
    scope.sql().run("update decision set state = 'Zephyrine' where strpos(result, '4155550103') > 0");

    let all = and(&variables, &[("NUMBER", "+14155550103"), ("SECURITY_USER", "su-privacy")]);
    let early = desk.run("erase", &all);
    assert!(early.contains("NOT erased") && early.contains(&id_of(&waits)), "{early}");
    assert!(of_routers.iter().all(|id| early.contains(id)), "{early}");
    let untouched: String = scope
        .sql()
        .value("select phone_number from callback where callback_id = $1", &[&waits["callbackId"].as_i64().unwrap()]);
    assert_eq!(untouched, "+14155550103", "what waits is left alone");

    // What has just fired counts as fired after a minute.
    let report = eventually("nothing waits any more", Duration::from_mins(3), || {
        desk.run("erase-cancel", &all);
        let report = desk.run("erase", &all);
        (!report.contains("NOT erased")).then_some(report)
    });
    assert!(report.contains("retention.ms of each topic"), "{report}");
    desk.run("erase-vacuum", &all);
    let retention = desk.run("erase-topics", &all);
    assert_eq!(retention.lines().filter(|line| line.contains("retention.ms=")).count(), 5, "{retention}");

    let dump = pg_dump(&scope.postgres.url(DATABASE));
    for word in PERSON {
        let shows: Vec<&str> = dump.lines().filter(|line| line.contains(word)).collect();
        assert!(shows.is_empty(), "{word}:\n{}", shows.join("\n"));
    }
    let ended: Vec<String> = of_routers
        .iter()
        .map(|id| {
            scope.sql().value("select reason from callback where callback_id = $1", &[&id.parse::<i64>().unwrap()])
        })
        .collect();
    assert_eq!(ended, ["HANDLED_ELSEWHERE", "HANDLED_ELSEWHERE"]);
    let statistics: i64 = scope.sql().value(
        "select count(*) from pg_stats where schemaname = 'public'
           and (most_common_vals::text || coalesce(histogram_bounds::text, '')) ~ '4155550103|Zephyrine'",
        &[],
    );
    assert_eq!(statistics, 0);
    for (id, number) in [(&moved, "+14155550104"), (&other, "+14155550105")] {
        let kept: String = scope
            .sql()
            .value("select phone_number from callback where callback_id = $1", &[&id["callbackId"].as_i64().unwrap()]);
        assert_eq!(kept, number);
    }
    let fired_number: String = scope
        .sql()
        .value("select phone_number from callback where callback_id = $1", &[&fired["callbackId"].as_i64().unwrap()]);
    assert_eq!(fired_number, "+0");

    // The same command again: the same answer about the same callback, without the person, and no second callback.
    dialogue.send(1, "person-waits", SCHEDULE, &waits_payload);
    let mine = |record: &&crate::rig::Record| record.json()["commandId"] == "person-waits";
    let again = dialogue
        .results_until("the repeat", |seen| seen.iter().filter(mine).count() == 2)
        .iter()
        .filter(mine)
        .nth(1)
        .unwrap()
        .clone();
    let erased = with(&first.json(), &json!({"caption": null, "phoneNumber": null, "extension": null}));
    assert_eq!(again.json(), erased);
    assert_eq!((again.header("ce_id"), again.header("ce_time")), (first.header("ce_id"), first.header("ce_time")));
    let made: i64 = scope.sql().value("select count(*) from callback where command_id = 'person-waits'", &[]);
    assert_eq!(made, 1);
}

#[test]
fn only_who_may_see_persons_may_erase_them_and_only_by_a_number() {
    let (scope, _) = installation();
    let url = scope.postgres.url(DATABASE);
    let refusal = |role: &str, statement: &str| {
        let sql = Sql::connect(&as_role(&url, role));
        block_on(sql.client().batch_execute(statement)).err().and_then(|error| error.code().cloned())
    };
    let denied = Some(SqlState::INSUFFICIENT_PRIVILEGE);
    let erase = "select * from erase_person('default', '+14155550199')";
    assert_eq!(refusal("schedule_callback_privacy", erase), None);
    assert_eq!(refusal("schedule_callback_reader", erase), denied);
    assert_eq!(refusal("schedule_callback_writer", erase), denied);
    assert_eq!(refusal("schedule_callback_reader", "select * from callback_contact"), denied);
    assert_eq!(refusal("schedule_callback_reader", "select * from callback_waiting, command_decision"), None);
    for statement in ["select result from command", "update callback set notes = null", "delete from callback"] {
        assert_eq!(refusal("schedule_callback_privacy", statement), denied, "{statement}");
    }
    for number in ["4155550199", "+", "", "+1415%", "+0", "+1 415 555 0199"] {
        let statement = format!("select * from erase_person('default', '{number}')");
        assert_eq!(
            refusal("schedule_callback_privacy", &statement),
            Some(SqlState::INVALID_PARAMETER_VALUE),
            "{number}"
        );
    }
}

#[test]
fn what_is_exported_has_every_decision_and_nobodys_name_or_number() {
    let (scope, variables) = installation();
    let desk = Desk::new();
    let mut dialogue = Dialogue::with(&scope);
    let person = json!({"firstName": "Ottoline", "notes": "Ottoline's secret", "caption": "for Ottoline"});
    let id = id_of(&dialogue.ask(0, "export-1", SCHEDULE, &asked("+14155550106", FAR, &person)));
    let odd = with(&asked("+14155550106", FAR, &person), &json!({"caption": "a \u{1f600} \\u0000 \"quoted\""}));
    dialogue.ask(1, "export-\"2\"", SCHEDULE, &odd);
    let since = in_seconds(-3_600);
    let all = and(&variables, &[("SINCE", &since)]);
    desk.run("export-decisions", &all);
    desk.run("export-callbacks", &all);
    let (decisions, callbacks) = (desk.file("decisions.csv"), desk.file("callbacks.csv"));
    let line = decisions.lines().find(|line| line.contains(",export-1,")).unwrap();
    assert!(line.contains(&format!(",{id},t,Success,Success,1,")), "{line}");
    assert!(decisions.contains("\"export-\"\"2\"\"\""), "{decisions}");
    assert!(callbacks.lines().any(|line| line.starts_with(&format!("{id},default,"))), "{callbacks}");
    for word in ["Ottoline", "4155550106", "García", "invoice"] {
        assert!(!decisions.contains(word) && !callbacks.contains(word), "{word}");
    }
    // A data column that has NUL as JSON writes it does not break the view.
    scope.sql().run(
        r#"insert into command (key, payload, decided_at, schedules, result) select key, key, now(), false,
           '{"commandId":"nul","branch":"Default","condition":"Default","caption":"\u0000","violations":[],"warnings":[]}' from decode(repeat('01', 16), 'hex') key"#,
    );
    desk.run("export-decisions", &all);
    assert!(desk.file("decisions.csv").contains(",nul,"));
}

#[test]
fn somebody_who_reads_for_long_holds_up_neither_commands_nor_partitions_for_ever() {
    let scope = Scope::new(1);
    let (reading, making, using) = (scope.sql(), scope.sql(), scope.sql());
    making.run("set statement_timeout = '20s'");
    reading.run("begin; select count(*) from callback; select count(*) from command");
    // Partitions are made beside it, and dropped when it has ended.
    making.run("select make_leaf('callback', '2020-01-01'), make_leaf('command', '2020-01-06')");
    for statement in ["select drop_leaf('callback', '2020-01-01')", "select drop_leaf('command', '2020-01-06')"] {
        let refused = block_on(making.client().batch_execute(statement)).unwrap_err();
        assert_eq!(refused.code(), Some(&SqlState::LOCK_NOT_AVAILABLE), "{statement}");
        assert!(schedule_callback::postgres::DatabaseError::from(refused).is_transient());
    }
    // Nobody queues behind it any more.
    using.run("set lock_timeout = '5s'; insert into shard (shard, epoch) values (7, 1); delete from command");
    reading.run("commit");
    making.run("select drop_leaf('callback', '2020-01-01'), drop_leaf('command', '2020-01-06')");
}

#[test]
fn a_database_moves_to_another_server_and_the_service_goes_on_there() {
    let (old, new) = (Postgres::start(), Postgres::start());
    let scope = Scope::on_postgres(&old, 1);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let before = Dialogue::with(&scope).ask(0, "before", SCHEDULE, &asked("+14155550107", 20, &json!({})));
    assert_eq!(service.terminate().code(), Some(0));

    new.create_database(&scope.database, "template0");
    let (from, to) = (old.url(&scope.database), new.url(&scope.database));
    Desk::new().run("move-database", &[("OLD_DATABASE", &from), ("NEW_DATABASE", &to)]);
    assert!(Sql::try_connect(&from).is_err(), "nobody gets into the old one");
    let mut service = scope.service().set("postgres.url", to).start();
    let after = Dialogue::with(&scope).ask(0, "after", SCHEDULE, &asked("+14155550107", 0, &json!({})));
    assert!(after["callbackId"].as_i64() > before["callbackId"].as_i64());
    scope.reader(&scope.topics.due).wait_for(2);
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn callbacks_move_to_another_cluster_and_fire_there_once() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    dialogue.ask(0, "fired-before", SCHEDULE, &asked("+14155550108", 0, &json!({})));
    scope.reader(&scope.topics.due).wait_for(1);
    dialogue.ask(1, "fires-after", SCHEDULE, &asked("+14155550108", 5, &json!({})));
    assert_eq!(service.terminate().code(), Some(0));

    let new = Kafka::start();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/sample/directory.json").display().to_string();
    let (address, url) = (new.bootstrap(), scope.postgres.url(&scope.database));
    let topics = scope.topics.settings();
    let names: Vec<_> = topics
        .iter()
        .map(|(setting, name)| (format!("SCHEDULE_CALLBACK__TOPICS__{}", setting.to_uppercase()), *name))
        .collect();
    let own = [
        ("NEW_KAFKA", &*address),
        ("PARTITIONS", "2"),
        ("REPLICATION", "1"),
        ("DIRECTORY", &*directory),
        ("SCHEDULE_CALLBACK__POSTGRES__URL", &*url),
        ("SCHEDULE_CALLBACK__KAFKA__GROUP_ID", &*scope.group),
    ];
    let all: Vec<_> = own.into_iter().chain(names.iter().map(|(key, name)| (&**key, *name))).collect();
    Desk::new().run("move-cluster", &all);
    let moved = Scope { kafka: &new, ..scope };
    let mut service = moved.service().start();
    let events = moved.read_all(&moved.topics.due, 1);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].json()["commandId"], "fires-after");
    assert_eq!(service.terminate().code(), Some(0));
}

fn secret(config: ServiceConfig, key: &str, file: &Path) -> ServiceConfig {
    config.set(key, file.display().to_string())
}

#[test]
fn the_databases_password_changes_while_the_service_runs() {
    let authority = Authority::new("the company's authority");
    let postgres = Postgres::start_secured(&authority);
    let scope = Scope::on_postgres(&postgres, 1);
    scope.sql().run(ROLES);
    scope.sql().run("alter role schedule_callback_writer password 'the old one'");
    assert!(scope.service().command(&["migrate"]).status().unwrap().success());
    sample::load_directory(&scope);
    let file = folder("secret").join("password");
    fs::write(&file, "the old one\n").unwrap();
    let config = secret(scope.service(), "postgres.password_file", &file)
        .set("postgres.url", postgres.url_for("schedule_callback_writer", "localhost", &scope.database))
        .set("postgres.root_certificate_file", authority.certificate().display().to_string());
    let mut service = config.start();
    let mut dialogue = Dialogue::with(&scope);
    dialogue.ask(0, "before", SCHEDULE, &asked("+14155550109", FAR, &json!({})));
    let superuser = postgres.url(&scope.database);
    let ended = Desk::new().run(
        "rotate-database",
        &[("SUPERUSER", &superuser), ("NEW_PASSWORD", "the new one"), ("PASSWORD_FILE", &file.display().to_string())],
    );
    assert!(!ended.lines().any(|line| line.trim() == "0"), "sessions were ended: {ended}");
    dialogue.ask(0, "after", SCHEDULE, &asked("+14155550109", FAR, &json!({})));
    wait_until("readiness", DEADLINE, || service.get("/readyz").is_ok_and(|answer| answer.status == 200));
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn kafkas_password_changes_by_a_restart() {
    const USER: &str = "schedule-callback";
    let authority = Authority::new("the company's authority");
    let (kafka, scram, _) = Kafka::start_secured(&authority, &[(USER, "the old one")]);
    let scope = Scope::on_kafka(&kafka, 1);
    let topics = scope.topics.settings();
    let variables: Vec<_> = topics
        .iter()
        .map(|(setting, topic)| (format!("SCHEDULE_CALLBACK__TOPICS__{}", setting.to_uppercase()), (*topic).to_owned()))
        .chain([("SCHEDULE_CALLBACK__KAFKA__GROUP_ID".to_owned(), scope.group.clone())])
        .collect();
    kafka.give_rights(&Kafka::acls_script(), "service", &format!("User:{USER}"), &variables);
    sample::load_directory(&scope);
    let file = folder("secret").join("kafka");
    fs::write(&file, "the old one\n").unwrap();
    let config = secret(scope.service(), "kafka.password_file", &file)
        .set("kafka.bootstrap_servers", scram.at("localhost"))
        .set("kafka.properties.security.protocol", "SASL_SSL")
        .set("kafka.properties.ssl.ca.location", authority.certificate().display().to_string())
        .set("kafka.properties.sasl.mechanism", "SCRAM-SHA-512")
        .set("kafka.properties.sasl.username", USER);
    let mut running = config.start();
    let mut dialogue = Dialogue::with(&scope);
    dialogue.ask(0, "before", SCHEDULE, &asked("+14155550110", FAR, &json!({})));
    Desk::new().run(
        "rotate-kafka",
        &[
            ("KAFKA", &kafka.bootstrap()),
            ("NEW_PASSWORD", "the-new-one"),
            ("PASSWORD_FILE", &file.display().to_string()),
        ],
    );
    // Connections that exist go on.
    dialogue.ask(0, "between", SCHEDULE, &asked("+14155550110", FAR, &json!({})));
    assert_eq!(running.terminate().code(), Some(0));
    let mut late = config.clone();
    let old = folder("secret").join("old");
    fs::write(&old, "the old one\n").unwrap();
    late = secret(late, "kafka.password_file", &old)
        .set("service.startup_timeout", "10s")
        .set("ops.listen", format!("127.0.0.1:{}", free_port()));
    let mut refused = late.spawn();
    assert_eq!(refused.wait().code(), Some(69), "the old password is refused");
    let mut service = config.start();
    dialogue.ask(0, "after", SCHEDULE, &asked("+14155550110", FAR, &json!({})));
    assert_eq!(service.terminate().code(), Some(0));
}
