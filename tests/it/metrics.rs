//! What a running service shows to operators: complete, bounded, and not to be forged from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use regex::Regex;
use schedule_callback::clock;
use schedule_callback::postgres::pending;
use schedule_callback::telemetry::line::is_unsafe;
use schedule_callback::telemetry::metric::{self, ALL, Kind, Metric};
use serde_json::json;

use crate::rig::{DEADLINE, Message, Scope, ServiceProcess, eventually, produce_raw, wait_until};
use crate::sample;

/// A text that tries to begin a line of its own, in a log and in the metrics, and to drive a terminal.
const HOSTILE: &str =
    "x\n2026-11-23T15:00:00.000000Z ERROR forged: line\r\u{1b}[2J\u{9b}31m\u{202e}\"} 1\nforged_total 1";

/// A sample as Prometheus reads it: name, labels, value.
pub type Sample = (String, BTreeMap<String, String>, f64);

/// All that the service shows now.
pub fn samples(service: &ServiceProcess) -> Vec<Sample> {
    let text = service.get("/metrics").unwrap().body;
    let line = Regex::new(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$").unwrap();
    let label = Regex::new(r#"^([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)"#).unwrap();
    let read = |text: &str| {
        let found = line.captures(text).unwrap_or_else(|| panic!("not a sample: {text:?}"));
        let mut labels = BTreeMap::new();
        let mut rest = found.get(2).map_or("", |labels| labels.as_str());
        while !rest.is_empty() {
            let one = label.captures(rest).unwrap_or_else(|| panic!("not labels: {text:?}"));
            assert_eq!(labels.insert(one[1].to_owned(), one[2].to_owned()), None, "{text:?}");
            rest = &rest[one[0].len()..];
        }
        (found[1].to_owned(), labels, found[3].parse().unwrap())
    };
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(read).collect()
}

/// The sum of all samples of that name with these labels.
pub fn sum(samples: &[Sample], name: &str, labels: &[(&str, &str)]) -> f64 {
    let has =
        |of: &BTreeMap<String, String>| labels.iter().all(|(name, value)| of.get(*name).is_some_and(|v| v == value));
    samples.iter().filter(|sample| sample.0 == name && has(&sample.1)).map(|sample| sample.2).sum()
}

/// Waits until the metric has at least that value.
pub fn wait_for(service: &ServiceProcess, metric: &Metric, labels: &[(&str, &str)], value: f64) {
    let what = format!("{} {labels:?} of {value}", metric.name);
    wait_until(&what, DEADLINE, || sum(&samples(service), metric.name, labels) >= value);
}

/// Every series is one that docs/metrics.md tells of, with labels and values from its lists.
fn assert_bounded(samples: &[Sample]) {
    for (name, labels, _) in samples {
        let metric = ALL.iter().find(|metric| match metric.kind {
            Kind::Histogram(_) => {
                ["_bucket", "_sum", "_count"].iter().any(|end| *name == format!("{}{end}", metric.name))
            }
            Kind::Counter | Kind::Gauge => name == metric.name,
        });
        let metric = metric.unwrap_or_else(|| panic!("{name} is not in the list"));
        let expected: BTreeSet<_> = metric.labels.iter().map(|label| label.name).collect();
        let found: BTreeSet<_> = labels.keys().map(String::as_str).filter(|label| *label != "le").collect();
        assert_eq!(found, expected, "{name}");
        for label in metric.labels {
            assert!(label.values.contains(&labels[label.name].as_str()), "{name} {labels:?}");
        }
    }
}

/// Names, types and units as Prometheus' own checker wants them.
fn check_conventions(text: &str) {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/promtool.sh");
    let mut checker = Command::new(tool);
    checker.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut checker = checker.spawn().unwrap();
    checker.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = checker.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success() && said.is_empty(), "{said}");
}

/// Every line is one of ours, whole.
fn assert_clean(log: &str) {
    let begins = Regex::new(
        r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z +(ERROR|WARN|INFO|DEBUG|TRACE) ([a-z0-9_]+)(::[a-z0-9_]+)*: ",
    )
    .unwrap();
    for line in log.split('\n').filter(|line| !line.is_empty()) {
        assert!(begins.is_match(line), "not a line of ours: {line:?}");
        assert!(!line.contains(is_unsafe), "{line:?}");
        assert!(!line.contains(" ERROR forged: ") || line.contains(" WARN ") || line.contains(" DEBUG "), "{line:?}");
    }
}

/// Hostile texts in every place where a producer can put one.
fn hostile_commands() -> Vec<Message> {
    let payload = sample::schedule(&sample::in_seconds(60));
    let well = |id: &str| sample::binary(id, &payload);
    let with = |members| sample::with(&payload, &members);
    let plain = json!({"commandId": HOSTILE, "source": HOSTILE, "type": HOSTILE, "tenantId": HOSTILE});
    vec![
        Message { key: Some(HOSTILE.into()), ..well("h-1") },
        sample::binary(HOSTILE, &payload),
        sample::typed("h-2", HOSTILE, &payload),
        well("h-3").header("ce_tenantid", HOSTILE),
        well("h-4").header("ce_correlationid", HOSTILE),
        well("h-5").header("ce_time", HOSTILE),
        well("h-6").header("traceparent", HOSTILE).header("tracestate", HOSTILE),
        well("h-7").header(&HOSTILE.replace('\0', ""), HOSTILE),
        Message::new("h-8", plain.to_string()),
        Message::new("h-9", HOSTILE).header("ce_id", "h-9"),
        sample::binary("h-10", &with(json!({"scriptType": HOSTILE, "securityUser": HOSTILE}))),
        sample::binary("h-11", &with(json!({"skillId": HOSTILE, "targetAgentId": HOSTILE}))),
        sample::binary("h-12", &with(json!({"scheduleDate": HOSTILE, "timeZone": HOSTILE, "phoneNumber": HOSTILE}))),
        sample::binary("h-13", &with(json!({"caption": HOSTILE, "definedBranches": [HOSTILE], HOSTILE: HOSTILE}))),
        sample::typed("h-14", "callback.cancel.v1", &json!({"securityUser": "su-1", "callbackId": HOSTILE})),
    ]
}

#[test]
fn the_metrics_of_a_running_service_are_complete_and_neither_they_nor_the_log_can_be_forged() {
    let scope = Scope::new(4);
    sample::load_directory(&scope);
    let mut service = scope.service().set("kafka.properties.statistics.interval.ms", 200).start();
    let first = sample::binary("c-1", &sample::schedule(&sample::in_seconds(5)));
    scope.produce(&scope.topics.commands, [first.clone(), first]);
    let refused = sample::with(&sample::schedule(&sample::in_seconds(60)), &json!({"phoneNumber": "12"}));
    let narrow = sample::with(&refused, &json!({"definedBranches": ["Success"]}));
    scope.produce(&scope.topics.commands, [sample::binary("c-2", &refused), sample::binary("c-3", &narrow)]);
    scope.produce(&scope.topics.commands, hostile_commands());
    // A header's name that is no UTF-8 makes the Kafka client panic, which is caught.
    let odd: [(&[u8], &[u8]); 4] = [
        (b"\xff\nERROR forged: ", HOSTILE.as_bytes()),
        (b"ce_id", b"odd"),
        (b"ce_source", b"/studio"),
        (b"ce_type", b"callback.schedule.v1"),
    ];
    let payload = sample::schedule(&sample::in_seconds(3_600)).to_string();
    let (address, now) = (scope.kafka.bootstrap(), clock::now().millis());
    produce_raw(&address, &scope.topics.commands, b"k", payload.as_bytes(), &odd, now);
    let hostile = ["skills", "agents", "security_users"];
    let topics = [&scope.topics.skills, &scope.topics.agents, &scope.topics.security_users];
    for topic in topics {
        scope.produce(topic, [Message::new(HOSTILE, HOSTILE), Message::new(format!("default/{HOSTILE}"), "{}")]);
    }

    for kind in hostile {
        wait_for(&service, &metric::DIRECTORY_SKIPPED, &[("kind", kind)], 2.0);
    }
    wait_for(&service, &metric::DUE, &[("target", "skill")], 1.0);
    wait_for(&service, &metric::REPEATS, &[], 1.0);
    wait_for(&service, &metric::DEAD_LETTERS, &[], 6.0);
    wait_for(&service, &metric::RESULTS, &[], 13.0);
    wait_for(&service, &metric::KAFKA_RTT, &[("client", "dispatch_1")], 1e-6);
    let branches = |condition, branch| [("condition", condition), ("branch", branch)];
    wait_for(&service, &metric::RESULTS, &branches("Success", "Success"), 1.0);
    wait_for(&service, &metric::RESULTS, &branches("InvalidPhoneNumber", "InvalidPhoneNumber"), 1.0);
    wait_for(&service, &metric::RESULTS, &branches("InvalidPhoneNumber", "Default"), 1.0);
    wait_for(&service, &metric::PENDING_ESTIMATED_AT, &[], 1.0);
    wait_until("an empty lag", DEADLINE, || sum(&samples(&service), metric::KAFKA_LAG.name, &[]) < 0.5);

    check_conventions(&service.get("/metrics").unwrap().body);
    let found = samples(&service);
    assert_bounded(&found);
    let value = |metric: &Metric, labels: &[(&str, &str)]| sum(&found, metric.name, labels);
    let count = |metric: &Metric, labels: &[(&str, &str)]| sum(&found, &format!("{}_count", metric.name), labels);
    for stage in ["consume", "settle", "record", "answer"] {
        assert!(count(&metric::BATCH_SECONDS, &[("stage", stage)]) >= 1.0, "{stage}");
    }
    assert_eq!(
        (count(&metric::LATENESS, &[("kind", "live")]), count(&metric::LATENESS, &[("kind", "catch_up")])),
        (1.0, 0.0)
    );
    assert_eq!((value(&metric::RESULTS, &[]), value(&metric::DEAD_LETTERS, &[])), (13.0, 6.0), "{found:?}");
    assert_eq!((value(&metric::SHARDS, &[]), value(&metric::SHARDS_ASSIGNED, &[])), (4.0, 4.0));
    assert!(value(&metric::TAKEOVERS, &[]) >= 4.0 && value(&metric::READY, &[]) > 0.5);
    assert!(value(&metric::TRANSACTIONS, &[("loop", "answer"), ("outcome", "committed")]) >= 1.0);
    assert!(value(&metric::TRANSACTIONS, &[("loop", "dispatch"), ("outcome", "committed")]) >= 2.0);
    assert!(value(&metric::DIRECTORY_RECORDS, &[("kind", "agents")]) >= 1.0);
    assert!(value(&metric::RESIDENT_MEMORY, &[]) > 1e6);
    // A callback, its texts included, takes some hundred bytes.
    let (callbacks, bytes) = (value(&metric::WINDOW_CALLBACKS, &[]), value(&metric::WINDOW_BYTES, &[]));
    assert!(bytes >= 300.0 * callbacks && bytes <= 3_000.0 * callbacks, "{callbacks} take {bytes}");
    let names: BTreeSet<_> = found.iter().map(|sample| sample.0.trim_end_matches("_count")).collect();
    let silent: Vec<_> = ALL.iter().map(|metric| metric.name).filter(|name| !names.contains(name)).collect();
    assert_eq!(silent, ["schedule_callback_retries_total"], "nothing failed, everything else is shown");

    assert_eq!(service.terminate().code(), Some(0));
    let log = service.log();
    assert!(log.matches("a directory record is skipped").count() >= 6, "{log}");
    // The client panics on such a name: that is expected, and whoever sends it must not fill the log.
    assert!(
        log.contains("headers of a record whose names are not UTF-8 are ignored") && !log.contains("panicked"),
        "{log}"
    );
    assert_clean(&log);
}

#[test]
fn what_was_overdue_at_the_takeover_is_told_apart() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let mut service = scope.service().start();
    scope.produce(&scope.topics.commands, [sample::binary("c-1", &sample::schedule(&sample::in_seconds(3)))]);
    scope.reader(&scope.topics.results).wait_for(1);
    let due_at = clock::now().plus_micros(3_500_000);
    service.kill9();
    clock::sleep_until(due_at);

    let service = scope.service().start();
    scope.produce(&scope.topics.commands, [sample::binary("c-2", &sample::schedule(&sample::in_seconds(5)))]);
    scope.reader(&scope.topics.due).wait_for(2);
    let count = |kind| {
        let name = format!("{}_count", metric::LATENESS.name);
        sum(&samples(&service), &name, &[("kind", kind)])
    };
    wait_until("one of each kind", DEADLINE, || count("live") > 0.5 && count("catch_up") > 0.5);
    assert_eq!((count("live"), count("catch_up")), (1.0, 1.0));
}

#[test]
fn while_postgresql_is_away_the_metrics_say_what_is_not_done_and_afterwards_that_it_is_caught_up_with() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let (proxy, url) = scope.postgres.proxy(&scope.database);
    // A short window, so that its end is soon behind.
    let service = scope.service().set("postgres.url", url).set("due.window", "2s").start();
    let value = |metric: &Metric, labels: &[(&str, &str)]| sum(&samples(&service), metric.name, labels);
    let counted = |kind| sum(&samples(&service), &format!("{}_count", metric::LATENESS.name), &[("kind", kind)]);
    assert!((value(&metric::PARTITIONS, &[]) - 2.0).abs() < 0.1);
    scope.produce(&scope.topics.commands, [sample::binary("loaded-late", &sample::schedule(&sample::in_seconds(7)))]);
    let mut results = scope.reader(&scope.topics.results);
    results.wait_for(1);
    wait_until("all is answered", DEADLINE, || value(&metric::COMMANDS_UNANSWERED, &[]) < 0.5);
    assert!(value(&metric::STALLED_SECONDS, &[]) < 0.001, "nothing waits for anything");

    proxy.cut();
    scope.produce(&scope.topics.commands, [sample::binary("recorded-late", &sample::schedule(&sample::in_seconds(3)))]);
    wait_until("what may be due is overdue though it is not loaded", DEADLINE, || {
        value(&metric::OVERDUE_SECONDS, &[]) > 2.0
    });
    for step in ["record", "load", "fire"] {
        wait_for(&service, &metric::STALLED_SECONDS, &[("step", step)], 1.0);
    }
    assert!((value(&metric::COMMANDS_UNANSWERED, &[]) - 1.0).abs() < 0.1);
    assert!(value(&metric::SINCE_SUCCESS_SECONDS, &[("step", "record")]) >= 1.0);
    // So that both callbacks are late.
    let overdue = clock::now().plus_micros(7_000_000);
    wait_until("both are overdue", DEADLINE, || clock::now() > overdue);

    proxy.resume();
    results.wait_for(2);
    scope.reader(&scope.topics.due).wait_for(2);
    wait_until("it is over", DEADLINE, || {
        value(&metric::OVERDUE_SECONDS, &[]) + value(&metric::STALLED_SECONDS, &[]) < 0.1
            && value(&metric::COMMANDS_UNANSWERED, &[]) < 0.5
    });
    assert_eq!((counted("live"), counted("catch_up")), (0.0, 2.0));
    scope.produce(&scope.topics.commands, [sample::binary("in-time", &sample::schedule(&sample::in_seconds(5)))]);
    wait_until("what comes in time is live", DEADLINE, || counted("live") > 0.5);
    assert!((counted("catch_up") - 2.0).abs() < 0.1);
}

#[test]
fn what_came_due_while_the_broker_took_no_due_events_is_caught_up_with() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let proxy = scope.kafka.proxy();
    let service = scope.service().set("kafka.bootstrap_servers", proxy.address().to_string()).start();
    let soon = (0..6).map(|number| sample::binary(&format!("c-{number}"), &sample::schedule(&sample::in_seconds(3))));
    scope.produce(&scope.topics.commands, soon);
    scope.reader(&scope.topics.results).wait_for(6);
    let counted = |kind| sum(&samples(&service), &format!("{}_count", metric::LATENESS.name), &[("kind", kind)]);
    proxy.cut();
    wait_until("they are overdue, or their shards are not fired for", DEADLINE, || {
        sum(&samples(&service), metric::OVERDUE_SECONDS.name, &[]) > 3.0
    });
    proxy.resume();
    scope.reader(&scope.topics.due).wait_for(6);
    wait_until("all are counted", DEADLINE, || counted("live") + counted("catch_up") > 5.5);
    assert_eq!((counted("live"), counted("catch_up")), (0.0, 6.0));
}

#[test]
fn pending_callbacks_are_estimated_from_what_the_planner_knows() {
    let scope = Scope::new(1);
    // The service makes the months, then stops.
    scope.service().start().terminate();
    let sql = scope.sql();
    let now = clock::now();
    let insert = |from: i64, id: i64, count: i64, seconds_apart: f64, cancelled: bool| {
        sql.rows(
            "insert into callback (callback_id, shard, fire_at, scheduled_for, revision, attempt, tenant, skill_id,
                 phone_number, requested_by, command_source, command_id, revised_by, created_at, cancelled_at)
             select $1::bigint + n, 0, at, at, 1, 1, 'default', 4711, '+14155552671', 1234, '/studio', 'c-' || n, 'c-' || n,
                 now(), case when $5::boolean then now() end
             from (select n, $2::timestamptz + n * $4::float8 * interval '1 second' as at from generate_series(1, $3::bigint) n) as callbacks",
            &[&id, &now.plus_micros(from * 1_000_000), &count, &seconds_apart, &cancelled],
        );
    };
    // An hour from now 600, in the rest of the day 2,000; over the next months 20,000, of others 5,000 cancelled.
    insert(0, 0, 600, 5.0, false);
    insert(3_600, 100_000, 2_000, 40.0, false);
    insert(40 * 86_400, 200_000, 20_000, 600.0, false);
    insert(40 * 86_400, 300_000, 5_000, 2_400.0, true);
    sql.run("analyze callback");
    let estimated = || crate::rig::block_on(pending::estimate(sql.client(), now)).unwrap();
    let [hour, day, week, month, year, later] = eventually("statistics", DEADLINE, || Some(estimated()));
    let is_near = |estimate: f64, real: f64| (estimate - real).abs() <= 0.2 * real + 100.0;
    assert!(is_near(hour + day, 2_600.0) && is_near(hour, 600.0), "{hour} {day}");
    assert!(
        is_near(week + month, 0.0) && is_near(year, 20_000.0) && is_near(later, 0.0),
        "{week} {month} {year} {later}"
    );

    // It grows without another analysis, as the tables do.
    insert(40 * 86_400, 400_000, 20_000, 600.0, false);
    let [.., year, _] = estimated();
    assert!(is_near(year, 40_000.0), "{year}");
}
