//! `postgres.url` as operators write it: several hosts, standbys, pools, sockets (docs/running.md); and what they have Kafka's
//! client do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use schedule_callback::config::Config;
use schedule_callback::postgres::session::Endpoint;
use tokio::runtime::Builder;

use crate::rig::{
    DEADLINE, PgBouncer, Postgres, Proxy, Scope, ServiceConfig, ServiceProcess, Sql, block_on, wait_until,
};
use crate::sample;

/// Whether a command is answered and its callback fired.
fn works(scope: &Scope<'_>, id: &str) {
    let (results, due) = (scope.reader(&scope.topics.results), scope.reader(&scope.topics.due));
    scope.produce(&scope.topics.commands, [sample::binary(id, &sample::schedule(&sample::in_seconds(1)))]);
    for (mut reader, member) in [(results, "condition"), (due, "commandId")] {
        let mut seen = 1;
        wait_until(&format!("{id}: {member}"), DEADLINE, || {
            let records = reader.wait_for(seen);
            seen = records.len() + 1;
            records.iter().any(|record| {
                let data = record.json();
                data["commandId"] == id && (member != "condition" || data["condition"] == "Success")
            })
        });
    }
}

/// Waits until `/readyz` answers that it is not ready, and why in these words.
pub fn wait_until_it_waits_with(service: &ServiceProcess, words: &str) {
    wait_until(&format!("/readyz says {words:?}"), DEADLINE, || {
        service.get("/readyz").is_ok_and(|answer| answer.status == 503 && answer.body.contains(words))
    });
}

/// Runs until it ends by itself: status, and the last line that was written.
pub fn end_of(config: &ServiceConfig) -> (Option<i32>, String) {
    let mut service = config.spawn();
    let status = service.wait().code();
    (status, service.log().lines().last().unwrap_or_default().to_owned())
}

#[test]
fn a_first_host_that_accepts_and_does_not_answer_costs_half_a_second_at_most() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let frozen = Proxy::before(scope.postgres.address());
    frozen.stall();
    let url = format!("postgresql://postgres@{},{}/{}", frozen.address(), scope.postgres.address(), scope.database);
    let config = scope.service().set("postgres.url", url).set("service.startup_timeout", "30s");
    let begin = Instant::now();
    let mut service = config.start();
    println!("ready after {:?}", begin.elapsed());
    works(&scope, "c-1");
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn a_connection_that_is_no_longer_needed_is_closed_on_both_sides() {
    let scope = Scope::new(2);
    let settings = Config::load(Some(&scope.service().write()), []).unwrap();
    let endpoint = Endpoint::new(&settings.postgres).unwrap();
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for _ in 0..10 {
        drop(runtime.block_on(endpoint.connect()).unwrap());
    }
    // Each connection is held by a task.
    wait_until("no task is left", DEADLINE, || runtime.metrics().num_alive_tasks() == 0);
}

#[test]
fn a_standby_is_never_used_and_named_where_it_is_alone_and_the_promoted_one_is_found() {
    let primary = Postgres::start();
    let scope = Scope::on_postgres(&primary, 2);
    sample::load_directory(&scope);
    let standby = primary.standby();
    let alone = scope.service().set("postgres.url", standby.url(&scope.database)).set("service.startup_timeout", "2s");
    let (status, said) = end_of(&alone);
    println!("{said}");
    assert_eq!(status, Some(69), "{said}");
    let named =
        format!("PostgreSQL at {}/{} is a standby (in recovery): name the primary", standby.address(), scope.database);
    assert!(said.contains(&named), "{said}");

    let both = format!("postgresql://postgres@{},{}/{}", standby.address(), primary.address(), scope.database);
    let mut service = scope.service().set("postgres.url", both).start();
    works(&scope, "c-1");
    wait_until("the standby has what the primary has", DEADLINE, || {
        let there: bool = standby.sql(&scope.database).value("select exists (select from command)", &[]);
        there
    });
    primary.kill9();
    wait_until_it_waits_with(&service, "is a standby (in recovery)");
    standby.sql("postgres").run("select pg_promote()");
    service.wait_until_ready();
    works(&scope, "c-2");
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn a_primary_that_freezes_while_it_is_used_is_left_for_the_promoted_one() {
    let primary = Postgres::start();
    let scope = Scope::on_postgres(&primary, 2);
    sample::load_directory(&scope);
    let standby = primary.standby();
    let frozen = Proxy::before(primary.address());
    let both = format!("postgresql://postgres@{},{}/{}", frozen.address(), standby.address(), scope.database);
    let mut service = scope.service().set("postgres.url", both).start();
    works(&scope, "c-1");
    wait_until("the standby has what the primary has", DEADLINE, || {
        let there: bool = standby.sql(&scope.database).value("select exists (select from command)", &[]);
        there
    });
    // It accepts and does not answer, for as long as the test takes.
    frozen.stall();
    standby.sql("postgres").run("select pg_promote()");
    let begin = Instant::now();
    works(&scope, "c-2");
    let after = begin.elapsed();
    println!("answered and fired {after:?} after the promotion");
    // Seven seconds at most, where the machine is quiet; a statement that hangs is given up after twenty.
    assert!(after < Duration::from_secs(14), "{after:?}");
    service.wait_until_ready();
    drop(frozen);
    works(&scope, "c-3");
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn a_server_that_becomes_read_only_is_named_and_waited_for() {
    let postgres = Postgres::start();
    let scope = Scope::on_postgres(&postgres, 2);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    let admin = postgres.sql("postgres");
    admin.run("alter system set default_transaction_read_only = on");
    admin.run("select pg_reload_conf()");
    wait_until_it_waits_with(&service, "is read-only");
    // A start on it waits, and ends with 69.
    let late = scope.service().set("service.startup_timeout", "1s").set("kafka.group_id", "another");
    let (status, said) = end_of(&late);
    assert_eq!(status, Some(69), "{said}");
    assert!(said.contains("is read-only: `default_transaction_read_only` is on"), "{said}");
    admin.run("set default_transaction_read_only = off");
    admin.run("alter system reset default_transaction_read_only");
    admin.run("select pg_reload_conf()");
    service.wait_until_ready();
    works(&scope, "c-1");
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn through_a_pool_in_session_mode_the_service_works_without_further_settings() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let pool = PgBouncer::before(scope.postgres, "session", &[]);
    let config = scope.service().set("postgres.url", pool.url(&scope.database));
    let migrated = config.command(&["migrate"]).output().unwrap();
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    let mut service = config.start();
    works(&scope, "c-1");
    // It is known by its name behind the pool too.
    let named = "select count(*) from pg_stat_activity where datname = current_database() and application_name = $1";
    let sessions: i64 = scope.sql().value(named, &[&"schedule-callback"]);
    assert!(sessions > 1, "{sessions}");
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn a_pool_without_sessions_is_refused_in_plain_words() {
    let scope = Scope::new(1);
    let busy = |pool: &PgBouncer| {
        // Others who use the pool all the time.
        (0..3).map(|_| Busy::begin(&pool.url(&scope.database))).collect::<Vec<_>>()
    };
    for (mode, settings, is_busy) in [
        ("transaction", &[][..], false),
        ("transaction", &[("default_pool_size", "1")], false),
        ("transaction", &[("server_round_robin", "1"), ("min_pool_size", "5")], true),
        ("statement", &[], false),
        ("statement", &[], true),
    ] {
        let pool = PgBouncer::before(scope.postgres, mode, settings);
        let config =
            scope.service().set("postgres.url", pool.url(&scope.database)).set("service.startup_timeout", "2s");
        let _others = if is_busy { busy(&pool) } else { Vec::new() };
        let (status, said) = end_of(&config);
        println!("{said}");
        let words = format!("has a connection pool (PgBouncer or the like) in {mode} mode before it");
        assert!(
            status == Some(69) && said.contains(&words) && said.contains("pool_mode = session"),
            "{status:?} {said}"
        );
        let migrated = config.command(&["migrate"]).output().unwrap();
        let said = String::from_utf8_lossy(&migrated.stderr).into_owned();
        assert!(migrated.status.code() == Some(69) && said.contains(&words), "{said}");
    }
}

#[test]
fn a_pool_whose_mode_is_changed_under_the_service_is_named() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let pool = PgBouncer::before(scope.postgres, "session", &[]);
    let service = scope.service().set("postgres.url", pool.url(&scope.database)).start();
    works(&scope, "c-1");
    pool.tell("set pool_mode = 'transaction'");
    let _others: Vec<_> = (0..3).map(|_| Busy::begin(&pool.url(&scope.database))).collect();
    wait_until_it_waits_with(&service, "in transaction mode");
    service.wait_for_log("in transaction mode");
}

#[test]
fn what_is_published_is_compressed_as_the_properties_say() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let service = scope.service().set("kafka.properties.compression.type", "zstd").start();
    works(&scope, "c-1");
    for topic in [&scope.topics.results, &scope.topics.due] {
        let codecs: Vec<u8> = (0..2).filter_map(|partition| scope.kafka.codec(topic, partition)).collect();
        assert_eq!(codecs, [4], "{topic}; {}", service.log());
    }
}

#[test]
fn a_socket_is_a_host() {
    let scope = Scope::new(1);
    let folder = scope.postgres.socket_folder().display().to_string();
    let port = scope.postgres.address().port();
    for url in [
        format!("postgresql://postgres@{}:{port}/{}", folder.replace('/', "%2F"), scope.database),
        // Whatever it says of TLS: libpq has none on a socket.
        format!("host={folder} port={port} user=postgres dbname={} sslmode=require", scope.database),
    ] {
        let output = scope.service().set("postgres.url", &*url).command(&["migrate"]).output().unwrap();
        assert!(output.status.success(), "{url}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A client that runs one transaction after the other until it is dropped.
struct Busy {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Busy {
    fn begin(url: &str) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let (url, ended) = (url.to_owned(), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                let Ok(sql) = Sql::try_connect(&url) else { continue };
                while !ended.load(Ordering::Relaxed) {
                    if block_on(sql.client().simple_query("select pg_sleep(0.002)")).is_err() {
                        break;
                    }
                }
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}
