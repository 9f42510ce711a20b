//! Servers that fail at the worst moment: answers that get lost, a broker cut off, a database that refuses.

use std::time::{Duration, Instant};

use schedule_callback::clock;
use serde_json::{Value, json};

use crate::answers::{Dialogue, ids_once};
use crate::rig::{DEADLINE, Proxy, Scope, ServiceConfig, ServiceProcess, Sql, wait_until};
use crate::sample::{self, cancel, in_seconds, schedule, with};

const SCHEDULE: &str = "callback.schedule.v1";
const CANCEL: &str = "callback.cancel.v1";

fn by_command(id: &str) -> Value {
    json!({"scheduledBy": {"source": "/studio", "commandId": id}})
}

/// The service behind a proxy before its database.
fn behind_a_database_proxy(scope: &Scope<'_>) -> (Proxy, ServiceConfig) {
    let (proxy, url) = scope.postgres.proxy(&scope.database);
    (proxy, scope.service().set("postgres.url", url))
}

/// The service behind a proxy before its broker.
fn behind_a_broker_proxy(scope: &Scope<'_>, config: ServiceConfig) -> (Proxy, ServiceConfig) {
    let proxy = scope.kafka.proxy();
    let address = proxy.address().to_string();
    (proxy, config.set("kafka.bootstrap_servers", address))
}

fn wait_until_not_ready(service: &ServiceProcess, what: &str) {
    wait_until(&format!("/readyz names {what}"), DEADLINE, || {
        service.get("/readyz").is_ok_and(|answer| answer.status == 503 && answer.body.contains(what))
    });
}

/// A lock that every commit of decisions waits for, inside the server, while it is held.
struct CommitGate {
    sql: Sql,
}

impl CommitGate {
    const KEY: i64 = 7_357;

    /// Puts the gate up, open.
    fn before(scope: &Scope<'_>) -> Self {
        let sql = scope.sql();
        sql.run(&format!(
            "create function wait_at_the_gate() returns trigger language plpgsql as $$
             begin perform pg_advisory_xact_lock_shared({}); return null; end $$",
            Self::KEY
        ));
        // A constraint trigger that is deferred runs inside COMMIT; it cannot stand on a partitioned table.
        for row in
            sql.rows("select inhrelid::regclass::text from pg_inherits where inhparent = 'decision'::regclass", &[])
        {
            let leaf: String = row.get(0);
            sql.run(&format!(
                "create constraint trigger gate after insert on {leaf} deferrable initially deferred
                 for each row execute function wait_at_the_gate()"
            ));
        }
        Self { sql }
    }

    fn close(&self) {
        self.sql.run(&format!("select pg_advisory_lock({})", Self::KEY));
    }

    fn open(&self) {
        self.sql.run(&format!("select pg_advisory_unlock({})", Self::KEY));
    }

    /// Waits until a commit waits, and returns its backend.
    fn wait_for_a_commit(&self) -> i32 {
        wait_until("a commit waits at the gate", DEADLINE, || !self.waiting().is_empty());
        self.waiting()[0]
    }

    fn waiting(&self) -> Vec<i32> {
        let waiting = "select pid from pg_locks
                       where locktype = 'advisory' and not granted and objid = 7357
                         and database = (select oid from pg_database where datname = current_database())";
        self.sql.rows(waiting, &[]).iter().map(|row| row.get(0)).collect()
    }
}

/// Loses the answers to two commits, of which one takes a callback out of the loaded window and the other puts one into
/// it. Whatever became of them, both commands are answered once, and what is fired is what was answered.
fn lose_commits(lose: impl Fn(&Scope<'_>, &Proxy, &CommitGate)) -> String {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    let (proxy, config) = behind_a_database_proxy(&scope);
    let mut service = config.start();
    let gate = CommitGate::before(&scope);
    let mut dialogue = Dialogue::with(&scope);
    let soon = in_seconds(20);
    for id in ["stays", "goes"] {
        assert_eq!(dialogue.ask(0, id, SCHEDULE, &schedule(&soon))["condition"], "Success");
    }
    let losing = [("x", CANCEL, cancel(&by_command("goes"))), ("comes", SCHEDULE, schedule(&soon))];
    for (id, kind, payload) in losing {
        gate.close();
        dialogue.send(0, id, kind, &payload);
        gate.wait_for_a_commit();
        lose(&scope, &proxy, &gate);
        assert_eq!(dialogue.result(id).json()["condition"], "Success");
    }
    service.wait_until_ready();
    scope.reader(&scope.topics.due).wait_for(2);
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(ids_once(&scope.read_to_end(&scope.topics.results)).len(), 4);
    let fired = scope.read_to_end(&scope.topics.due);
    let mut fired: Vec<_> =
        fired.iter().map(|record| record.json()["commandId"].as_str().unwrap().to_owned()).collect();
    fired.sort();
    assert_eq!(fired, ["comes", "stays"]);
    let rows: i64 = scope.sql().value("select count(*) from callback", &[]);
    assert_eq!(rows, 3);
    service.log()
}

#[test]
fn a_commit_that_came_through_and_whose_answer_was_lost_is_found_and_told_to_the_window() {
    let log = lose_commits(|scope, proxy, gate| {
        let sql = scope.sql();
        let recorded = || sql.value::<i64>("select count(*) from command", &[]);
        let before = recorded();
        proxy.stall_answers();
        gate.open();
        wait_until("it is committed", DEADLINE, || recorded() == before + 1);
        proxy.cut();
        proxy.resume();
    });
    assert!(log.contains("the answer to a commit was lost; the commit had succeeded"), "{log}");
}

#[test]
fn a_commit_that_is_still_in_flight_when_its_connection_is_lost_is_waited_for() {
    lose_commits(|scope, proxy, gate| {
        proxy.cut();
        proxy.resume();
        let sql = scope.sql();
        wait_until("the second attempt waits for the first", DEADLINE, || {
            let waiting = "select count(*) from pg_locks where locktype = 'transactionid' and not granted";
            sql.value::<i64>(waiting, &[]) > 0
        });
        gate.open();
    });
}

#[test]
fn a_commit_that_came_to_nothing_is_made_again() {
    lose_commits(|scope, proxy, gate| {
        let backend = gate.wait_for_a_commit();
        proxy.cut();
        scope.sql().rows("select pg_terminate_backend($1)", &[&backend]);
        gate.open();
        proxy.resume();
    });
}

#[test]
fn a_database_that_refuses_is_asked_again_now_and_then_until_it_does_not_and_the_window_fires_meanwhile() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let sql = scope.sql();
    let mut service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    let others = "select pg_terminate_backend(pid) from pg_stat_activity
                  where datname = current_database() and application_name = 'schedule-callback'";
    let database = &scope.database;
    let faults = [
        (
            "read-only",
            format!(r#"alter database "{database}" set default_transaction_read_only = on; {others}"#),
            format!(
                r#"set default_transaction_read_only = off; alter database "{database}" reset default_transaction_read_only; {others}"#
            ),
        ),
        (
            "violates check constraint",
            "alter table callback add constraint refused check (caption <> 'refused') not valid".to_owned(),
            "alter table callback drop constraint refused".to_owned(),
        ),
        (
            "no space left",
            "create function full() returns trigger language plpgsql as
             $$ begin raise exception 'no space left' using errcode = '53100'; end $$;
             create trigger disk before insert on decision for each row execute function full()"
                .to_owned(),
            // `drop trigger` locks the leaves before their parent, and the service the parent first.
            "lock table decision; drop trigger disk on decision".to_owned(),
        ),
    ];
    let mut due = scope.reader(&scope.topics.due);
    for (number, (reason, hurt, heal)) in faults.iter().enumerate() {
        let (before, id) = (format!("before-{number}"), format!("c-{number}"));
        let scheduled = dialogue.ask(0, &before, SCHEDULE, &schedule(&in_seconds(6)));
        assert_eq!(scheduled["condition"], "Success");
        sql.run(hurt);
        let payload = with(&schedule(&in_seconds(86_400)), &json!({"caption": "refused"}));
        dialogue.send(0, &id, SCHEDULE, &payload);
        wait_until_not_ready(&service, reason);
        // What is in the window fires on time all the same, in the very shard.
        due.wait_until(&before, |seen| seen.iter().any(|record| record.json()["commandId"] == *before));
        let attempts = service.log().matches("a batch could not be recorded").count();
        assert!(attempts < 60, "{attempts} attempts");
        sql.run(heal);
        let result = dialogue.result(&id).json();
        assert_eq!(result["condition"], "Success", "{reason}: {result}");
        service.wait_until_ready();
    }
    assert_eq!(scope.sql().value::<i64>("select count(*) from callback", &[]), 6);
    assert_eq!(ids_once(&scope.read_to_end(&scope.topics.results)).len(), 6);
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn a_broker_that_is_cut_off_in_the_middle_of_transactions_still_gets_every_event_once() {
    let scope = Scope::new(4);
    sample::load_directory(&scope);
    let (proxy, config) = behind_a_broker_proxy(&scope, scope.service());
    let mut service = config.start();
    let start = clock::now();
    let commands: Vec<_> = (0..800)
        .map(|number| {
            let date = start.plus_micros(2_000_000 + number * 25_000);
            sample::binary(&format!("c-{number}"), &schedule(&date.to_string()))
        })
        .collect();
    let count = commands.len();
    scope.produce(&scope.topics.commands, commands);
    let mut due = scope.reader(&scope.topics.due);
    due.wait_for(20);
    for round in 0..3 {
        // Requests under way get through and their answers do not; then the connections are gone.
        proxy.stall_answers();
        let seen = due.seen().len();
        wait_until("a transaction is under way", DEADLINE, || {
            clock::now() > start.plus_micros(3_000_000 + round * 2_000_000)
        });
        proxy.cut();
        proxy.resume();
        due.wait_for((seen + 20).min(count));
    }
    due.wait_for(count);
    service.wait_until_ready();
    assert_eq!(ids_once(&scope.read_to_end(&scope.topics.due)).len(), count);
    assert_eq!(ids_once(&scope.read_all(&scope.topics.results, count)).len(), count);
    assert_eq!(service.terminate().code(), Some(0));
}

/// How long the servers are away: longer than a session, so that the shards are lost; `RIG_OUTAGE_SECONDS` for more.
fn outage() -> Duration {
    let seconds = std::env::var("RIG_OUTAGE_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(10))
}

#[test]
fn servers_that_were_away_for_longer_than_a_session_are_found_again_and_everything_overdue_is_fired_once() {
    for away in [Proxy::stall, Proxy::cut] {
        let scope = Scope::new(2);
        sample::load_directory(&scope);
        let (database, config) = behind_a_database_proxy(&scope);
        let (broker, config) = behind_a_broker_proxy(&scope, config);
        let mut service = config.start();
        let mut dialogue = Dialogue::with(&scope);
        let start = clock::now();
        let commands = (0..100).map(|number| {
            let date = start.plus_micros(4_000_000 + number * 100_000);
            sample::binary(&format!("c-{number}"), &schedule(&date.to_string()))
        });
        dialogue.produce(commands);
        scope.reader(&scope.topics.due).wait_for(5);

        let gone = Instant::now();
        away(&database);
        away(&broker);
        dialogue.send(1, "late", SCHEDULE, &schedule(&in_seconds(2)));
        wait_until("the outage is over", outage() + DEADLINE, || gone.elapsed() >= outage());
        let back = Instant::now();
        database.resume();
        broker.resume();

        let first = scope.reader(&scope.topics.due).seen().len();
        scope.reader(&scope.topics.due).wait_for(101);
        eprintln!("all {} overdue fired {:?} after both servers were back", 101 - first, back.elapsed());
        service.wait_until_ready();
        eprintln!("ready {:?} after both servers were back", back.elapsed());
        assert_eq!(ids_once(&scope.read_to_end(&scope.topics.due)).len(), 101);
        assert_eq!(ids_once(&scope.read_all(&scope.topics.results, 101)).len(), 101);
        assert_eq!(service.terminate().code(), Some(0));
    }
}

#[test]
fn an_instance_that_loses_the_broker_only_leaves_its_shards_to_the_others_and_comes_back() {
    let scope = Scope::new(4);
    sample::load_directory(&scope);
    let (broker, config) = behind_a_broker_proxy(&scope, scope.service());
    let (mut cut_off, mut other) = (config.start(), scope.service().spawn());
    let owners = || {
        let rows = scope.sql().rows("select count(*) from shard group by owner order by 1", &[]);
        rows.iter().map(|row| row.get(0)).collect::<Vec<i64>>()
    };
    wait_until("half of the shards each", DEADLINE, || owners() == [2, 2]);
    let mut dialogue = Dialogue::with(&scope);
    let start = clock::now();
    let commands = (0..400).map(|number| {
        let date = start.plus_micros(2_000_000 + number * 100_000);
        let partition = i32::try_from(number % 4).unwrap();
        sample::binary(&format!("c-{number}"), &schedule(&date.to_string())).in_partition(partition)
    });
    dialogue.produce(commands);
    let mut due = scope.reader(&scope.topics.due);
    due.wait_for(4);

    // Its answers are lost, so it goes on with what it has read, and records it, until the database stops it.
    broker.stall_answers();
    let late = (0..4).map(|partition| {
        sample::binary(&format!("late-{partition}"), &schedule(&in_seconds(1))).in_partition(partition)
    });
    dialogue.produce(late);
    wait_until("the other has all shards", DEADLINE, || owners() == [4]);
    for partition in 0..4 {
        assert_eq!(dialogue.result(&format!("late-{partition}")).json()["condition"], "Success");
    }
    other.wait_until_ready();
    broker.resume();
    wait_until("half of the shards each once more", DEADLINE, || owners() == [2, 2]);
    due.wait_for(404);
    cut_off.wait_until_ready();
    assert_eq!(ids_once(&scope.read_to_end(&scope.topics.due)).len(), 404);
    assert_eq!(ids_once(&scope.read_all(&scope.topics.results, 404)).len(), 404);
    for service in [&mut cut_off, &mut other] {
        assert_eq!(service.terminate().code(), Some(0));
    }
}

#[test]
fn the_service_ends_within_seconds_of_its_signal_when_both_servers_are_away() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    for away in [Proxy::stall, Proxy::cut] {
        let (database, config) = behind_a_database_proxy(&scope);
        let (broker, config) = behind_a_broker_proxy(&scope, config);
        let mut service = config.start();
        let mut dialogue = Dialogue::with(&scope);
        let id = format!("c-{}", service.pid());
        dialogue.ask(0, &id, SCHEDULE, &schedule(&in_seconds(4)));
        away(&database);
        dialogue.send(0, &format!("late-{id}"), SCHEDULE, &schedule(&in_seconds(60)));
        wait_until_not_ready(&service, "postgres");
        away(&broker);
        wait_until_not_ready(&service, "kafka");
        let told = Instant::now();
        assert_eq!(service.terminate().code(), Some(0), "{}", service.log());
        eprintln!("ended {:?} after SIGTERM with both servers away", told.elapsed());
    }
}
