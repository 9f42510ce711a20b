//! That the tables can be spread over several nodes, `callback` by its shard and `decision` by its digest (docs/scaling.md,
//! "Several nodes"): no unique index forbids it, and the statements that really run name that column, but for those that are
//! listed here and there.
//!
//! What such a database wants is Citus' rule: "Citus can guarantee uniqueness only if a unique index or primary key constraint
//! includes a table's distribution column" (<https://docs.citusdata.com/en/stable/reference/common_errors.html>), and a
//! statement goes to one node only if it says which value of that column it is about.

mod statements;

use std::fs;
use std::path::Path;

use schedule_callback::clock;
use schedule_callback::config::Config;
use schedule_callback::domain::commitment::Position;
use schedule_callback::domain::ids::Shard;
use schedule_callback::postgres::leaves;
use schedule_callback::postgres::order_of_firing::UnreportedQuery;
use schedule_callback::postgres::reader::Prepared;
use schedule_callback::postgres::session::Endpoint;
use serde_json::{Value, json};

use self::statements::{Seen, in_the_source};
use crate::answers::Dialogue;
use crate::rig::{Message, Postgres, Record, Scope, ServiceConfig, Sql, block_on, folder};
use crate::sample::{self, cancel, in_seconds, reschedule, schedule, with};

/// Far enough away that nothing fires while the test runs.
const FAR: i64 = 3 * 3_600;
const SCHEDULE: &str = "callback.schedule.v1";

/// The unique indexes that lack the column by which their table is spread.
fn obstacles(sql: &Sql) -> Vec<String> {
    let query = "select i.indexrelid::regclass::text
         from (values ('callback', 'shard'), ('decision', 'key')) spread (parent, by_column)
         cross join lateral pg_partition_tree(spread.parent::regclass) t
         join pg_index i on i.indrelid = t.relid and (i.indisunique or i.indisexclusion)
         join pg_attribute a on a.attrelid = t.relid and a.attname = spread.by_column
         where not exists (select from unnest(i.indkey) with ordinality k (number, place)
                           where k.number = a.attnum and k.place <= i.indnkeyatts)
         order by 1";
    sql.rows(query, &[]).iter().map(|row| row.get(0)).collect()
}

/// How many unique indexes the two tables have, months and weeks included.
fn unique_indexes(sql: &Sql) -> i64 {
    let query = "select count(*) from (values ('callback'), ('decision')) spread (parent)
         cross join lateral pg_partition_tree(spread.parent::regclass) t
         join pg_index i on i.indrelid = t.relid and i.indisunique";
    sql.value(query, &[])
}

fn migrate(postgres: &Postgres, database: &str) {
    let service = ServiceConfig::new(folder("distribution")).set("postgres.url", postgres.url(database));
    let migrated = service.command(&["migrate"]).output().unwrap();
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
}

/// A database as 0.1.0 left it, with rows, brought to this version.
fn grown(postgres: &Postgres, database: &str) -> Sql {
    let dump = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/golden/v0.1.0/database.sql");
    postgres.create_database(database, "template0");
    postgres.sql(database).run(&fs::read_to_string(dump).unwrap());
    migrate(postgres, database);
    postgres.sql(database)
}

/// Runs the operator's script.
fn make_distributable(postgres: &Postgres, database: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/postgres/distributable.sql");
    postgres.psql(database, &script, "nothing=", &folder("distributable"));
}

/// What the table has: each row as text, in order.
fn rows(sql: &Sql) -> Vec<String> {
    sql.rows("select c::text from callback c order by callback_id", &[]).iter().map(|row| row.get(0)).collect()
}

#[test]
fn a_new_database_has_no_unique_index_that_lacks_the_column_by_which_its_table_is_spread() {
    let postgres = Postgres::start();
    postgres.create_database("anew", "template0");
    migrate(&postgres, "anew");
    let sql = postgres.sql("anew");
    sql.run("select make_leaf('callback', '2031-01-01'), make_leaf('command', '2031-01-06')");
    assert_eq!(obstacles(&sql), Vec::<String>::new());
    let weeks: i64 = sql.value("select count(*) from pg_inherits where inhparent = 'decision'::regclass", &[]);
    assert!(weeks > 0 && unique_indexes(&sql) == weeks, "each week's digests are unique, and nothing else");
    // One that somebody adds is found, on the whole table or on a month, also where the column only comes along.
    sql.run(
        "create unique index of_the_month on callback_20310101 (callback_id) include (shard);
         alter table callback add constraint of_the_table unique (callback_id, fire_at);
         create unique index with_the_shard on callback (fire_at, shard)",
    );
    let found = obstacles(&sql);
    for index in ["of_the_month", "of_the_table", "callback_20310101_callback_id_fire_at_key"] {
        assert!(found.iter().any(|found| found == index), "{index} is not among {found:?}");
    }
    let months: i64 = sql.value("select count(*) from pg_inherits where inhparent = 'callback'::regclass", &[]);
    assert_eq!(i64::try_from(found.len()).unwrap(), 2 + months, "none has the shard: {found:?}");
}

#[test]
fn a_database_of_0_1_0_loses_its_key_when_it_has_no_rows_and_by_the_operators_script_when_it_has() {
    let postgres = Postgres::start();
    // One that had rows when migration 6 came, and has none when migration 9 does.
    let empty = grown(&postgres, "emptied");
    assert!(!obstacles(&empty).is_empty());
    empty.run("truncate callback; delete from schema_migration where version = 9");
    migrate(&postgres, "emptied");
    assert_eq!(obstacles(&empty), Vec::<String>::new());

    let sql = grown(&postgres, "used");
    let before = rows(&sql);
    assert!(before.len() > 10, "{} rows", before.len());
    let keys = obstacles(&sql);
    assert!(keys.len() > 1 && keys.iter().all(|key| key.ends_with("_pkey")), "{keys:?}");
    make_distributable(&postgres, "used");
    assert_eq!(obstacles(&sql), Vec::<String>::new());
    assert_eq!(rows(&sql), before);
    // Each month has its part of the index that callbacks are found by, also one that is made later.
    sql.run("select make_leaf('callback', '2031-01-01')");
    let months: i64 = sql.value("select count(*) from pg_inherits where inhparent = 'callback'::regclass", &[]);
    let parts: i64 = sql.value(
        "select count(*) from pg_inherits h join pg_index i on i.indexrelid = h.inhrelid
         where h.inhparent = 'callback_by_id'::regclass and i.indisvalid
           and pg_get_indexdef(i.indexrelid) like '% USING btree (callback_id)'",
        &[],
    );
    assert_eq!(parts, months);
    assert!(sql.value::<bool>("select indisvalid from pg_index where indexrelid = 'callback_by_id'::regclass", &[]));
    // Again: nothing is left to do.
    make_distributable(&postgres, "used");
    assert_eq!(rows(&sql), before);
}

/// Has the server log each statement, and its plan, those in functions too; with the session's name before it.
const LOGGED: [(&str, &str); 7] = [
    ("session_preload_libraries", "auto_explain"),
    ("auto_explain.log_min_duration", "0"),
    ("auto_explain.log_nested_statements", "on"),
    ("auto_explain.log_format", "json"),
    ("auto_explain.log_timing", "off"),
    ("log_statement", "all"),
    ("log_line_prefix", "%a|"),
];

/// What goes to all nodes, by a part of the statement's text: docs/scaling.md says of each what it costs.
const CROSSING: [(&str, &str); 10] = [
    ("callback", "with waiting as materialized"), // a week of decisions is carried over before it is dropped
    ("callback", "select exists ( select 1 from callback_20200101 c"), // whether a month may be dropped: one month of all nodes
    ("callback", "where c.tenant = of_tenant and c.phone_number = number and (c.phase = 'ended'"), // a person is erased
    ("callback", "from callback c where c.tenant = of_tenant and c.phone_number = number"), // and what waits is named
    ("callback", "where b.callback_id = any (named) and b.tenant <> of_tenant"), // and results of other tenants are left alone
    ("callback", "explain (format json) select from callback"), // how many callbacks wait: reads statistics, and no row
    ("decision", "array_agg(distinct d.callback_id)"),
    ("decision", "with waiting as materialized"),
    ("decision", "update decision d set result = without_person"),
    ("decision", "from decision where callback_id = $1 and decided_at >= $2"), // the operator's page of one callback
];

/// What a column is called by which a table is spread.
const SPREAD: [(&str, &str); 2] = [("callback", "shard"), ("decision", "key")];

#[test]
fn every_statement_names_its_shard_or_digest_but_for_those_that_are_listed() {
    let postgres = Postgres::start_with(&LOGGED);
    let scope = Scope::on_postgres(&postgres, 2);
    let state = format!("{}.callback.state", scope.database);
    scope.kafka.create_topics(&[(&state, 2)]);
    let url = format!("{}?application_name=service", postgres.url(&scope.database));
    let config = scope.service().set("topics.state", state).set("postgres.url", url);
    live(&scope, &config);
    look_after(&scope, &config);

    let seen = Seen::read(&postgres.said(), &["service", "schedule-callback page"]);
    let mut crossing = Vec::new();
    for (table, column) in SPREAD {
        let plans = seen.scanning(table);
        assert!(plans.len() > 5, "{table}: {} statements", plans.len());
        for plan in plans.into_iter().filter(|plan| !plan.names(table, column)) {
            let listed = CROSSING.iter().find(|(of, text)| *of == table && plan.text.contains(text));
            let listed = listed.unwrap_or_else(|| panic!("names no {column}: {}\n{:#}", plan.text, plan.plan));
            crossing.push(*listed);
        }
        // A row goes to the node of its shard or digest, so a COPY has to send it.
        let copies: Vec<_> = seen.texts_with(&format!("copy {table} (")).collect();
        assert_eq!(copies.len(), 2, "{copies:?}");
        assert!(copies.iter().all(|text| text.contains(column)), "{copies:?}");
    }
    for listed in CROSSING {
        assert!(crossing.contains(&listed), "no statement does any more what is listed as {listed:?}");
    }
    // None of the source's is left out.
    let missing: Vec<_> = in_the_source().into_iter().filter(|text| seen.texts_with(text).next().is_none()).collect();
    assert!(missing.is_empty(), "the run does not reach these: {missing:#?}");
    assert!(
        seen.texts_with("from unnest($2::bigint[]").next().is_some(),
        "many callbacks are changed by one statement"
    );
}

/// Schedules, moves, cancels, fires, reports, one by one and many at once, and looks at all of it.
fn live(scope: &Scope<'_>, config: &ServiceConfig) {
    sample::load_directory(scope);
    let skill =
        json!({"skillId":"4713","name":"B","active":true,"mediaType":"phone","direction":"outbound","lifecycle":{}});
    scope.produce(&scope.topics.skills, [Message::new("default/4713", skill.to_string())]);
    let permissions = ["commitments:create", "commitments:manage", "commitments:report"];
    let user = json!({"securityUser":"su-7","agentId":"1234","active":true,"permissions":permissions});
    scope.produce(&scope.topics.security_users, [Message::new("default/su-7", user.to_string())]);

    let mut service = config.start();
    let mut dialogue = Dialogue::with(scope);
    let far: Vec<Value> = (0..42)
        .map(|number| dialogue.ask(0, &format!("far-{number}"), SCHEDULE, &schedule(&in_seconds(FAR))))
        .collect();
    let named = |result: &Value| json!({"callbackId": result["callbackId"]});
    let moved = dialogue.ask(1, "move", "callback.reschedule.v1", &reschedule(&named(&far[40]), &in_seconds(FAR + 1)));
    assert_eq!(moved["condition"], "Success", "{moved}");
    let by_command = json!({"scheduledBy": {"source": "/studio", "commandId": "far-41"}});
    assert_eq!(dialogue.ask(0, "cancel-41", "callback.cancel.v1", &cancel(&by_command))["condition"], "Success");
    assert_ne!(dialogue.ask(0, "refused", SCHEDULE, &schedule("2020-01-01T00:00:00Z"))["condition"], "Success");
    let tracked = with(&schedule(&in_seconds(0)), &json!({"skillId": "4713", "securityUser": "su-7"}));
    let fired = dialogue.ask(0, "fired", SCHEDULE, &tracked);
    scope.reader(&scope.topics.due).wait_for(1);
    let report =
        json!({"securityUser": "su-7", "callbackId": fired["callbackId"], "attempt": 1, "outcome": "accepted"});
    assert_eq!(dialogue.ask(0, "report", "callback.report.v1", &report)["status"], "accepted");
    assert_eq!(service.terminate().code(), Some(0));

    // What has gathered while no instance runs comes in one batch, or in two where the first begins before all is read.
    let cancels = far[..40].iter().enumerate().map(|(number, callback)| {
        sample::typed(&format!("cancel-{number}"), "callback.cancel.v1", &cancel(&named(callback))).in_partition(0)
    });
    dialogue.produce(cancels);
    // And an id is new again, though the week of the decision about it is still there.
    let mut service = config.clone().set("retention.commands", "1ms").set("results.pace", "1s").start();
    dialogue.result("cancel-39");
    dialogue.send(0, "refused", SCHEDULE, &schedule("2020-01-01T00:00:00Z"));
    let is_about_it = |record: &&Record| record.json()["commandId"] == "refused";
    dialogue.results_until("it is decided anew", |seen| seen.iter().filter(is_about_it).count() == 2);
    let id = &fired["callbackId"];
    for path in ["/", &format!("/callback?id={id}"), "/find?digits=2671", "/find?command=fired&source=%2Fstudio"] {
        assert_eq!(service.get(path).unwrap().status, 200, "{path}");
    }
    assert_eq!(service.terminate().code(), Some(0));
}

/// Looks for what nobody has reported, drops a month and the weeks of all commands, and erases a person.
fn look_after(scope: &Scope<'_>, config: &ServiceConfig) {
    let settings = Config::load(Some(&config.write()), []).unwrap();
    let endpoint = Endpoint::new(&settings.postgres).unwrap();
    let mut client = block_on(endpoint.connect()).unwrap();
    let (shard, through) = (Shard::from_partition(0).unwrap(), Position::end_of(clock::now()));
    let unreported =
        block_on(async { UnreportedQuery::prepare(&client).await?.find(&client, shard, None, through, 10).await });
    assert!(unreported.unwrap().is_empty(), "the only one is reported");
    let named = Sql::connect(&format!("{}?application_name=service", scope.postgres.url(&scope.database)));
    let erased: i64 =
        named.value("select found from erase_person('default', '+14155552671') where place = 'callback'", &[]);
    assert!(erased > 40, "{erased}");

    scope.sql().run(
        "select make_leaf('callback', '2020-01-01');
         insert into scheduled (key, callback_id, decided_at) values ('\\x00', 1, now()), ('\\x01', 1::bigint << 40, now())",
    );
    let later = clock::now().plus_micros(8 * 86_400_000_000);
    let dropped = block_on(leaves::drop_expired(&mut client, clock::now(), later, clock::now())).unwrap().unwrap();
    assert!(dropped.contains(&"callback_20200101".to_owned()) && dropped.len() > 1, "{dropped:?}");
    let known: i64 = scope.sql().value("select count(*) from scheduled", &[]);
    assert_eq!(known, 2, "the one that was moved, and the one that somebody has");
}
