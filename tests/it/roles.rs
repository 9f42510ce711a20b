//! The roles of config/postgres/roles.sql: each can do its work, and nothing else.

use std::sync::{Mutex, MutexGuard, PoisonError};

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;
use schedule_callback::postgres::leaves::{Leaves, drop_expired};
use tokio_postgres::error::SqlState;

use crate::rig::{Scope, Sql, block_on};
use crate::sample;

const ROLES: &str = include_str!("../../config/postgres/roles.sql");
const OWNER: &str = "schedule_callback_owner";
const WRITER: &str = "schedule_callback_writer";
const READER: &str = "schedule_callback_reader";

/// Roles belong to the whole server, so no two tests make them at once.
static MAKING: Mutex<()> = Mutex::new(());

fn one_at_a_time() -> MutexGuard<'static, ()> {
    MAKING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn url(scope: &Scope<'_>, role: &str, database: &str) -> String {
    scope.postgres.url(database).replace("postgres@", &format!("{role}@"))
}

fn as_role(scope: &Scope<'_>, role: &str) -> Sql {
    Sql::connect(&url(scope, role, &scope.database))
}

/// A scope whose database was migrated by the owner, from nothing.
fn scope() -> Scope<'static> {
    let mut scope = Scope::new(2);
    scope.database = format!("{}_owned", scope.database);
    scope.postgres.create_database(&scope.database, "template0");
    scope.sql().run(ROLES);
    migrate(&scope);
    scope
}

fn migrate(scope: &Scope<'_>) {
    let migrate = scope.service().set("postgres.url", url(scope, OWNER, &scope.database));
    let output = migrate.command(&["migrate"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// How a statement is refused.
fn refusal(sql: &Sql, statement: &str) -> Option<SqlState> {
    block_on(sql.client().batch_execute(statement)).err().and_then(|error| error.code().cloned())
}

#[test]
fn what_the_owner_migrated_the_writer_runs_on_and_looks_after() {
    let _alone = one_at_a_time();
    let scope = scope();
    sample::load_directory(&scope);
    let config =
        scope.service().set("postgres.url", url(&scope, WRITER, &scope.database)).set("rules.horizon", "1000d");
    let mut service = config.start();
    // Now, in a leaf that is there; and in two years, in one that has to be made for it; and the latter cancelled.
    let far = sample::schedule(&sample::in_seconds(2 * 366 * 86_400));
    let soon = sample::schedule(&sample::in_seconds(1));
    scope.produce(&scope.topics.commands, [sample::binary("soon", &soon), sample::binary("far", &far)]);
    let mut results = scope.reader(&scope.topics.results);
    results.wait_for(2);
    let cancel = sample::cancel(&serde_json::json!({"scheduledBy": {"source": "/studio", "commandId": "far"}}));
    scope.produce(&scope.topics.commands, [sample::typed("cancel", "callback.cancel.v1", &cancel)]);
    assert!(results.wait_for(3).iter().all(|result| result.json()["branch"] == "Success"));
    scope.reader(&scope.topics.due).wait_for(1);
    assert_eq!(service.terminate().code(), Some(0));
    // It may ask the server for its timeline and position.
    let told = scope.committed(&scope.topics.skills)[0].metadata.clone();
    assert!(told.contains(" timeline=1 wal="), "{told}");

    let owners: Vec<String> = scope
        .sql()
        .rows(
            "select distinct pg_get_userbyid(relowner)::text from pg_class
             where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'S')",
            &[],
        )
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(owners, [OWNER], "also what the writer had made");

    // The daily upkeep, with leaves that have had their time: two without a waiting callback, one with.
    let mut writer = block_on(tokio_postgres::connect(&url(&scope, WRITER, &scope.database), tokio_postgres::NoTls))
        .map(|(client, connection)| {
            crate::rig::spawn(connection);
            client
        })
        .unwrap();
    let owner = as_role(&scope, OWNER);
    owner.run(
        "select make_leaf('command', '2020-01-06'), make_leaf('callback', '2020-01-01'), make_leaf('callback', '2020-02-01');
         insert into callback (callback_id, shard, fire_at, scheduled_for, revision, attempt, tenant, skill_id,
             phone_number, requested_by, command_source, command_id, revised_by, created_at)
         values (1, 9, '2020-02-03', '2020-02-03', 1, 1, 'default', 1, '+1', 1, 's', 'c', 'c', '2020-01-01')",
    );
    let now = clock::now();
    let dropped = block_on(async {
        Leaves::default().prepare(&mut writer, now).await.unwrap();
        let month_ago = now.plus_micros(-30 * 86_400_000_000);
        drop_expired(&mut writer, now, month_ago, month_ago).await.unwrap().unwrap()
    });
    assert_eq!(dropped, ["command_20200106", "callback_20200101"]);
    let kept: bool = owner.value("select to_regclass('callback_20200201') is not null", &[]);
    assert!(kept, "a callback that was never fired keeps its month");
    // The last month that there is ends in a year of five digits.
    owner.run("select make_leaf('callback', '9999-12-01')");
}

#[test]
fn the_writer_can_do_no_more_than_it_needs_and_the_reader_only_read() {
    let _alone = one_at_a_time();
    let scope = scope();
    let denied = Some(SqlState::INSUFFICIENT_PRIVILEGE);
    let (writer, reader) = (as_role(&scope, WRITER), as_role(&scope, READER));
    for statement in [
        "create table mine (x int)",
        "drop table callback",
        "alter table callback add column x int",
        "delete from callback",
        "truncate decision",
        "update decision set result = ''",
        "delete from shard",
        "insert into schema_migration values (99, 'x', '')",
        "create function mine() returns int language sql as 'select 1'",
        "set role schedule_callback_owner",
    ] {
        assert_eq!(refusal(&writer, statement), denied, "the writer: {statement}");
    }
    let this_month = Timestamp::to_string(&clock::now())[..7].to_owned() + "-01";
    let not_yet = format!("select drop_leaf('callback', '{this_month}')");
    assert_eq!(refusal(&writer, &not_yet), Some(SqlState::RAISE_EXCEPTION), "a leaf that has not ended");
    for statement in ["select make_leaf('shard', '2020-01-01')", "select make_leaf('callback', '2020-01-02')"] {
        assert_eq!(refusal(&writer, statement), Some(SqlState::RAISE_EXCEPTION), "no such leaf: {statement}");
    }

    assert_eq!(refusal(&reader, "select * from callback_status, shard, schema_migration"), None);
    for statement in [
        "select phone_number from callback",
        "select result from command",
        "select result from decision",
        "update shard set epoch = 1",
        "insert into shard (shard, epoch) values (1, 1)",
        "select make_leaf('callback', '2020-01-01')",
        "select nextval('callback_sequence')",
        "create table mine (x int)",
    ] {
        assert_eq!(refusal(&reader, statement), denied, "the reader: {statement}");
    }
    // A table that grants.sql forgets would be one that `run` cannot read as the writer.
    let forgotten: Vec<String> = scope
        .sql()
        .rows(
            "select c.oid::regclass::text from pg_class c
             where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
               and not has_table_privilege('schedule_callback_writer', c.oid, 'select')",
            &[],
        )
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert!(forgotten.is_empty(), "not in grants.sql: {forgotten:?}");
}

/// What a caller could put in the way of the names that the functions use: a `shard` that says that everything has
/// fired, a table to make partitions of in the real one's place, and a function that leaves a trace.
const TRAP: &str = "
    create schema trap;
    create table trap.shard (shard int, confirmed_fire_at timestamptz, confirmed_callback_id bigint);
    insert into trap.shard select n, 'infinity', 1 from generate_series(0, 9) n;
    create table trap.callback (like public.callback) partition by range (fire_at);
    create table trap.trace (who text);
    create function trap.leaf_end(parent text, first_day date) returns date language plpgsql as $$
    begin
        insert into trap.trace values (current_user);
        return public.leaf_end(parent, first_day);
    end $$;
    grant usage on schema trap to schedule_callback_owner, schedule_callback_writer;
    grant all on all tables in schema trap to schedule_callback_owner, schedule_callback_writer;
    alter table trap.callback owner to schedule_callback_owner;
    grant create on schema trap to schedule_callback_owner;";

#[test]
fn a_hostile_search_path_changes_nothing_of_what_the_owners_functions_do() {
    let _alone = one_at_a_time();
    let scope = scope();
    scope.sql().run(TRAP);
    let (owner, writer) = (as_role(&scope, OWNER), as_role(&scope, WRITER));
    owner.run(
        "select make_leaf('callback', '2020-02-01');
         insert into callback (callback_id, shard, fire_at, scheduled_for, revision, attempt, tenant, skill_id,
             phone_number, requested_by, command_source, command_id, revised_by, created_at)
         values (1, 9, '2020-02-03', '2020-02-03', 1, 1, 'default', 1, '+1', 1, 's', 'c', 'c', '2020-01-01')",
    );
    writer.run("set search_path = trap, public");
    writer.run("select public.make_leaf('callback', '2020-03-01')");
    let traces = || scope.sql().value::<i64>("select count(*) from trap.trace", &[]);
    let leaf_of = |leaf: &str| {
        scope.sql().value::<Option<String>>(
            "select inhparent::regclass::text from pg_inherits where inhrelid = to_regclass($1)",
            &[&leaf],
        )
    };
    assert_eq!((leaf_of("public.callback_20200301").as_deref(), traces()), (Some("callback"), 0));
    let drop_waiting = "select public.drop_leaf('callback', '2020-02-01')";
    assert!(!writer.value::<bool>(drop_waiting, &[]), "a callback that was never fired keeps its month");

    // The trap would have worked: without their own search path both functions fall into it, with the owner's rights.
    owner.run(
        "alter function make_leaf(text, date) reset search_path; alter function drop_leaf(text, date) reset search_path",
    );
    writer.run("select public.make_leaf('callback', '2020-04-01')");
    assert_eq!(leaf_of("trap.callback_20200401").as_deref(), Some("trap.callback"));
    let as_owner: bool = scope.sql().value("select bool_and(who = 'schedule_callback_owner') from trap.trace", &[]);
    assert!(as_owner && traces() == 1);
    assert!(writer.value::<bool>(drop_waiting, &[]));
}

#[test]
fn a_database_in_use_gets_its_roles_and_its_new_tables_wait_for_the_owner() {
    let _alone = one_at_a_time();
    // Migrated by `postgres`, as every scope's.
    let scope = Scope::new(1);
    scope.sql().run(ROLES);
    let config = scope.service().set("postgres.url", url(&scope, WRITER, &scope.database));
    let mut service = config.clone().set("service.startup_timeout", "1s").spawn();
    assert_eq!(service.wait().code(), Some(69));
    let said = service.log();
    let last = said.lines().last().unwrap();
    assert!(last.contains("schedule-callback migrate"), "the rights are not given yet: {last}");
    migrate(&scope);
    assert_eq!(config.start().terminate().code(), Some(0));
}
