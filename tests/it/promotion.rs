//! An old primary that is alive and can be written to beside the promoted one, since nobody stopped it: once any instance
//! has seen the new one, none reads from the old one or writes to it (docs/running.md#failover).

use schedule_callback::clock;
use serde_json::json;

use crate::answers::{Dialogue, ids_once};
use crate::connections::{end_of, wait_until_it_waits_with};
use crate::rig::{DEADLINE, Postgres, Proxy, Scope, ServiceConfig, wait_until};
use crate::sample::{self, cancel, in_seconds, schedule};

const SCHEDULE: &str = "callback.schedule.v1";
const CANCEL: &str = "callback.cancel.v1";
/// What marks the statements of the service in a server's log.
const MARK: &str = "of-schedule-callback: ";

/// A primary whose log has every statement with the name of who sent it.
fn primary() -> Postgres {
    Postgres::start_with(&[("log_statement", "all"), ("log_line_prefix", "of-%a: ")])
}

/// Instances that have both servers in `postgres.url`, each behind a proxy.
struct Both {
    old: Proxy,
    new: Proxy,
    config: ServiceConfig,
}

impl Both {
    fn of(scope: &Scope<'_>, old: &Postgres, new: &Postgres) -> Self {
        let (old, new) = (Proxy::before(old.address()), Proxy::before(new.address()));
        let url = format!("postgresql://postgres@{},{}/{}", old.address(), new.address(), scope.database);
        // Short, so that the test need not be long.
        let config = scope.service().set("postgres.url", url).set("due.window", "3s");
        Self { old, new, config }
    }
}

/// The statements that the service has sent to a server, but for those that ask which server it is.
fn work_on(server: &Postgres) -> Vec<String> {
    let asks = ["pg_is_in_recovery()", "pg_control_system()", "select from installation where adopts"];
    let said = server.said();
    let statements = said.lines().filter(|line| line.contains(MARK) && line.contains("LOG:"));
    statements.filter(|line| !asks.iter().any(|ask| line.contains(ask))).map(str::to_owned).collect()
}

fn wait_until_it_has_all(standby: &Postgres, scope: &Scope<'_>) {
    let count = |server: &Postgres| server.sql(&scope.database).value::<i64>("select count(*) from command", &[]);
    wait_until("the standby has what the primary has", DEADLINE, || count(standby) == count(scope.postgres));
}

#[test]
fn an_old_primary_that_is_alive_is_neither_read_nor_written_once_the_promoted_one_was_seen() {
    let old = primary();
    let scope = Scope::on_postgres(&old, 2);
    sample::load_directory(&scope);
    let new = old.standby();
    let both = Both::of(&scope, &old, &new);
    let mut service = both.config.start();
    let mut dialogue = Dialogue::with(&scope);
    // The first one is cancelled on the new server; the old one will never know.
    let cancelled_for = clock::now().plus_micros(60_000_000);
    for (number, date) in [cancelled_for.to_string(), in_seconds(20), in_seconds(20), in_seconds(20)].iter().enumerate()
    {
        let partition = i32::from(number % 2 == 1);
        dialogue.ask(partition, &format!("before-{number}"), SCHEDULE, &schedule(date));
    }
    wait_until_it_has_all(&new, &scope);
    new.promote();
    // Its connections are opened anew, and lead to the promoted one.
    both.old.cut();
    for number in 0..20 {
        dialogue.ask(number % 2, &format!("after-{number}"), SCHEDULE, &schedule(&in_seconds(15)));
    }
    let naming = json!({"scheduledBy": {"source": "/studio", "commandId": "before-0"}});
    let cancelled = dialogue.ask(0, "cancel", CANCEL, &cancel(&naming));
    assert_eq!(cancelled["condition"], "Success");
    let before = work_on(&old).len();
    // Nobody has stopped the old one, and for a moment it is the only one that can be reached.
    both.new.cut();
    both.old.resume();
    wait_until_it_waits_with(&service, "is behind (system=");
    let last = clock::now().plus_micros(20_000_000).max(cancelled_for);
    wait_until("all of them are overdue", DEADLINE, || clock::now() > last);
    assert_eq!(work_on(&old)[before..], [] as [String; 0]);
    both.new.resume();
    service.wait_until_ready();
    dialogue.ask(1, "later", SCHEDULE, &schedule(&in_seconds(1)));
    let mut due = scope.reader(&scope.topics.due);
    due.wait_for(24);
    assert_eq!(service.terminate().code(), Some(0));
    let fired = scope.read_to_end(&scope.topics.due);
    assert_eq!((ids_once(&fired).len(), fired.len()), (24, 24));
    assert!(fired.iter().all(|event| event.json()["commandId"] != "before-0"), "it was cancelled");
    assert_eq!(work_on(&old)[before..], [] as [String; 0]);
    let log = service.log();
    let named = log.lines().filter(|line| line.contains("ERROR") && line.contains("is behind (system=")).count();
    assert!((1..4).contains(&named), "named, and not each time: {named}; {log}");
}

#[test]
fn an_instance_that_was_started_or_stayed_on_the_old_primary_hears_of_the_promoted_one_from_the_group() {
    let old = primary();
    let scope = Scope::on_postgres(&old, 2);
    sample::load_directory(&scope);
    let new = old.standby();
    // One that reaches both, and one that reaches the old one alone for a while.
    let (first, second) = (Both::of(&scope, &old, &new), Both::of(&scope, &old, &new));
    second.new.cut();
    let (mut one, mut other) = (first.config.start(), second.config.start());
    let owners = "select count(distinct owner) from shard";
    wait_until("a shard each", DEADLINE, || scope.sql().value::<i64>(owners, &[]) == 2);
    let mut dialogue = Dialogue::with(&scope);
    for number in 0..2 {
        dialogue.ask(number, &format!("c-{number}"), SCHEDULE, &schedule(&in_seconds(30)));
    }
    wait_until_it_has_all(&new, &scope);
    new.promote();
    // The connections of the other one are not even cut.
    first.old.cut();
    wait_until_it_waits_with(&other, "is behind (system=");
    other.wait_for_log("another instance has seen a newer PostgreSQL server");
    let before = work_on(&old).len();
    second.new.resume();
    other.wait_until_ready();
    one.wait_until_ready();
    first.old.resume();
    let mut due = scope.reader(&scope.topics.due);
    due.wait_for(2);
    for service in [&mut one, &mut other] {
        assert_eq!(service.terminate().code(), Some(0));
    }
    // Nor does one that knows nothing yet, with the old one first in its list, or alone.
    let mut late = first.config.start();
    dialogue.ask(0, "late", SCHEDULE, &schedule(&in_seconds(0)));
    due.wait_for(3);
    assert_eq!(late.terminate().code(), Some(0));
    let (status, said) = end_of(&scope.service().set("service.startup_timeout", "3s"));
    assert_eq!(status, Some(69), "{said}");
    for words in ["is behind (system=", "timeline=1", "timeline=2", "migrate --after-restore"] {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(work_on(&old)[before..], [] as [String; 0]);

    // A person may say that its state counts all the same; then it does, from the first instance on.
    let alone = scope.service();
    let migrated = alone.command(&["migrate", "--after-restore"]).status().unwrap();
    assert!(migrated.success());
    drop(new);
    let mut service = alone.start();
    dialogue.ask(0, "after", SCHEDULE, &schedule(&in_seconds(0)));
    due.wait_for(4);
    assert_eq!(service.terminate().code(), Some(0));
    let mut service = alone.start();
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(ids_once(&scope.read_to_end(&scope.topics.due)).len(), 4);
}

#[test]
fn a_server_of_another_origin_takes_a_persons_word_whatever_name_its_database_has() {
    let before = Postgres::start();
    let scope = Scope::on_postgres(&before, 1);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    dialogue.ask(0, "c-1", SCHEDULE, &schedule(&in_seconds(3_600)));
    assert_eq!(service.terminate().code(), Some(0));
    let place = scope.committed(&scope.topics.skills)[0].metadata.clone();
    assert!(place.contains(" system=") && place.contains(" timeline=1 wal="), "{place}");

    // A dump that was restored elsewhere is the same database as far as its name goes.
    let elsewhere = Postgres::start();
    elsewhere.create_database(&scope.database, "template0");
    elsewhere.restore(&scope.database, &before.back_up(&scope.database));
    let scope = Scope { postgres: &elsewhere, ..scope };
    let (status, said) = end_of(&scope.service().set("service.startup_timeout", "3s"));
    assert_eq!(status, Some(69), "{said}");
    assert!(said.contains("is another one (system=") && said.contains("migrate --adopt"), "{said}");
    assert!(scope.service().command(&["migrate", "--adopt"]).status().unwrap().success());
    let mut service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    let naming = json!({"scheduledBy": {"source": "/studio", "commandId": "c-1"}});
    assert_eq!(dialogue.ask(0, "cancel", CANCEL, &cancel(&naming))["condition"], "Success");
    assert_eq!(service.terminate().code(), Some(0));
    let now = scope.committed(&scope.topics.skills)[0].metadata.clone();
    assert!(now != place && now.contains(" timeline=1 wal="), "{now}");
}
