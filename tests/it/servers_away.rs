//! Servers that go away and come back while the service works: nothing is lost, nothing is answered wrongly, and
//! nobody has to do anything.

use std::collections::BTreeSet;

use schedule_callback::clock;

use crate::rig::{DEADLINE, Kafka, Message, Postgres, Reader, Scope, ServiceConfig, ServiceProcess, wait_until};
use crate::sample;

/// A service with what it was asked to do.
struct Traffic<'a> {
    scope: &'a Scope<'a>,
    service: ServiceProcess,
    results: Reader,
    due: Reader,
    ids: BTreeSet<String>,
}

impl<'a> Traffic<'a> {
    fn begin(scope: &'a Scope<'a>, config: &ServiceConfig) -> Self {
        sample::load_directory(scope);
        let (results, due) = (scope.reader(&scope.topics.results), scope.reader(&scope.topics.due));
        Self { scope, service: config.start(), results, due, ids: BTreeSet::new() }
    }

    /// Asks for callbacks from so many seconds from now on, within eight seconds.
    fn schedule(&mut self, count: i64, seconds: i64) {
        let commands: Vec<Message> = (0..count)
            .map(|number| {
                let id = format!("c-{}", self.ids.len());
                self.ids.insert(id.clone());
                sample::binary(&id, &sample::schedule(&sample::in_seconds(seconds + number % 16 / 2)))
            })
            .collect();
        self.scope.produce(&self.scope.topics.commands, commands);
    }

    fn wait_for_results(&mut self) {
        let results = self.results.wait_for(self.ids.len());
        let successes: BTreeSet<String> = results
            .iter()
            .map(|result| {
                let data = result.json();
                assert_eq!(data["condition"], "Success", "{data}");
                data["commandId"].as_str().unwrap().to_owned()
            })
            .collect();
        assert_eq!((&successes, results.len()), (&self.ids, self.ids.len()));
    }

    fn wait_for_due_events(&mut self) {
        let events = self.due.wait_for(self.ids.len());
        let fired: BTreeSet<String> =
            events.iter().map(|event| event.json()["commandId"].as_str().unwrap().to_owned()).collect();
        assert_eq!((&fired, events.len()), (&self.ids, self.ids.len()));
    }

    /// `/readyz` says 503 and names the server.
    fn wait_until_it_waits_for(&self, what: &str) {
        let name = format!("\"what\":\"{what}\"");
        wait_until(&format!("/readyz names {what}"), DEADLINE, || {
            self.service.get("/readyz").is_ok_and(|answer| answer.status == 503 && answer.body.contains(&name))
        });
        assert_eq!(self.service.get("/livez").unwrap().status, 200);
    }

    /// Everything is there, once; and the process is the one that was started.
    fn end(mut self) {
        self.wait_for_results();
        self.wait_for_due_events();
        self.service.wait_until_ready();
        assert_eq!(self.service.terminate().code(), Some(0));
        let Self { scope, ids, .. } = self;
        assert_eq!(scope.read_to_end(&scope.topics.results).len(), ids.len());
        assert_eq!(scope.read_to_end(&scope.topics.due).len(), ids.len());
        let rows: i64 = scope.sql().value("select count(*) from callback", &[]);
        assert_eq!(usize::try_from(rows).unwrap(), ids.len());
    }
}

#[test]
fn postgresql_dies_and_comes_back_and_what_was_loaded_fires_meanwhile() {
    let postgres = Postgres::start();
    let scope = Scope::on_postgres(&postgres, 4);
    let mut traffic = Traffic::begin(&scope, &scope.service());
    traffic.schedule(20, 4);
    traffic.wait_for_results();

    postgres.kill9();
    traffic.wait_until_it_waits_for("postgres");
    traffic.wait_for_due_events();
    traffic.schedule(20, 1);
    traffic.wait_until_it_waits_for("recording");
    assert_eq!(traffic.results.seen().len(), 20, "nothing is answered that is not stored");
    postgres.restart();

    traffic.wait_for_results();
    // Once more in the middle of work.
    traffic.schedule(200, -30);
    postgres.restart();
    traffic.end();
}

#[test]
fn kafka_dies_and_comes_back() {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 4);
    let mut traffic = Traffic::begin(&scope, &scope.service());
    traffic.schedule(20, 2);
    traffic.wait_for_results();

    kafka.kill9();
    traffic.wait_until_it_waits_for("kafka");
    kafka.restart();
    traffic.wait_for_due_events();

    // Once more in the middle of work.
    traffic.schedule(200, -30);
    kafka.restart();
    traffic.schedule(20, 1);
    traffic.end();
}

#[test]
fn connections_that_break_in_the_middle_of_work_cost_nothing_but_time() {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 4);
    let (database, url) = scope.postgres.proxy(&scope.database);
    let broker = kafka.proxy();
    let config = scope.service().set("postgres.url", url).set("kafka.bootstrap_servers", broker.address().to_string());
    let mut traffic = Traffic::begin(&scope, &config);
    for round in 0..4 {
        traffic.schedule(100, -30);
        traffic.results.wait_for(round * 100 + 1);
        // Requests arrive and their answers are lost: whether a commit came through is not known.
        let proxy = if round % 2 == 0 { &database } else { &broker };
        proxy.stall_answers();
        proxy.cut();
        proxy.resume();
        traffic.wait_for_results();
    }
    traffic.end();
}

#[test]
fn what_became_due_while_the_service_was_down_fires_at_once_oldest_first() {
    let scope = Scope::new(4);
    let mut traffic = Traffic::begin(&scope, &scope.service());
    // In an order that is not that of their times, over all partitions.
    for seconds in [3, 2, 3, 2] {
        traffic.schedule(4, seconds);
    }
    traffic.wait_for_results();
    assert_eq!(traffic.service.terminate().code(), Some(0));
    let before = scope.read_to_end(&scope.topics.due).len();
    let last = clock::now().plus_micros(5_000_000);
    wait_until("all of them are overdue", DEADLINE, || clock::now() > last);

    traffic.service = scope.service().start();
    traffic.wait_for_due_events();
    let overdue: Vec<(i32, String)> = traffic.due.seen()[before..]
        .iter()
        .map(|event| (event.partition, event.json()["scheduledFor"].as_str().unwrap().to_owned()))
        .collect();
    assert!(overdue.len() > 8, "most of them came after the restart: {before} before");
    assert!(overdue.is_sorted(), "{overdue:?}");
    traffic.end();
}
