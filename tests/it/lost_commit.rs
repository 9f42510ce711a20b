//! A commit of the database whose answer is lost while it is still under way.

use crate::rig::{DEADLINE, Kafka, Postgres, Scope, Sql, wait_until};
use crate::sample;

/// A commit waits for a standby that there is not: it is not refused, and nobody sees it.
fn hold_commits(admin: &Sql) {
    admin.run("alter system set synchronous_standby_names = 'nobody'");
    reload(admin, "nobody");
}

/// Commits that wait come through.
fn let_commits_through(admin: &Sql) {
    admin.run("alter system reset synchronous_standby_names");
    reload(admin, "");
}

fn reload(admin: &Sql, names: &str) {
    admin.run("select pg_reload_conf()");
    wait_until("the setting is read", DEADLINE, || {
        admin.value::<String>("select current_setting('synchronous_standby_names')", &[]) == names
    });
}

fn wait_for(admin: &Sql, event: &str) {
    let query = "select exists (select from pg_stat_activity where datname <> 'postgres' and wait_event = $1)";
    wait_until(event, DEADLINE, || admin.value::<bool>(query, &[&event]));
}

#[test]
fn a_commit_that_comes_through_after_its_answer_was_lost_is_answered_and_fired() {
    let (kafka, postgres) = (Kafka::start(), Postgres::start());
    let scope = Scope::on(&kafka, &postgres, 2);
    sample::load_directory(&scope);
    let (proxy, url) = postgres.proxy(&scope.database);
    let service = scope.service().set("postgres.url", url).start();
    let (mut results, mut due) = (scope.reader(&scope.topics.results), scope.reader(&scope.topics.due));
    let send = |id: &str| {
        let command = sample::binary(id, &sample::schedule(&sample::in_seconds(3)));
        scope.produce(&scope.topics.commands, [command.in_partition(0)]);
    };
    // The first one has the service fetch its block of sequence numbers, whose commit would wait as well.
    send("c-1");
    due.wait_for(1);

    let admin = postgres.sql("postgres");
    hold_commits(&admin);
    send("c-2");
    wait_for(&admin, "SyncRep");
    proxy.cut();
    proxy.resume();
    // The second attempt waits for the first at the unique key.
    wait_for(&admin, "transactionid");
    let_commits_through(&admin);

    assert_eq!(results.wait_for(2)[1].json()["branch"], "Success");
    assert_eq!(due.wait_for(2)[1].json()["commandId"], "c-2");
    service.wait_for_log("the answer to a commit was lost; the commit had succeeded");
}
