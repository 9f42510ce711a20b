//! docs/metrics.md, the dashboard and the alert rules against the metrics that there are.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its functions too")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;
use schedule_callback::telemetry::metric::{ALL, Kind, Metric};
use schedule_callback::telemetry::reference;
use serde_json::{Value, json};

/// The labels that Prometheus gives to whatever it scrapes, as far as it is told to.
const SCRAPED: [&str; 4] = ["cluster", "namespace", "job", "instance"];
/// What links to the runbook begin with, unless `tools/alerts.sh` is told otherwise.
const RUNBOOK: &str = "https://schedule-callback.example/docs/operations.md#";

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(project(path)).unwrap()
}

/// The metric that a name in a query belongs to.
fn metric(name: &str) -> Option<&'static Metric> {
    let is_series_of = |metric: &&Metric| {
        let rest = name.strip_prefix(metric.name);
        match metric.kind {
            Kind::Histogram(_) => rest.is_some_and(|rest| ["_bucket", "_sum", "_count"].contains(&rest)),
            Kind::Counter | Kind::Gauge => rest == Some(""),
        }
    };
    ALL.iter().find(is_series_of)
}

/// Whether the metric has a bucket up to there.
fn is_bound(metric: &Metric, value: &str) -> bool {
    let Kind::Histogram(bounds) = metric.kind else { return false };
    value == "+Inf" || bounds.iter().any(|bound| bound.to_string() == value)
}

/// What is wrong with the metrics, labels and values that a query names.
fn faults(query: &str) -> Vec<String> {
    let selector = Regex::new(r"\b((?:schedule_callback|process)_[a-z0-9_]+)(?:\{([^}]*)\})?").unwrap();
    let matcher = Regex::new(r#"(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)""#).unwrap();
    let grouping = Regex::new(r"\b(?:by|on|group_left) \(([^)]*)\)").unwrap();
    let mut faults = Vec::new();
    let mut labels: BTreeSet<&str> = SCRAPED.into();
    for found in selector.captures_iter(query) {
        let Some(metric) = metric(&found[1]) else {
            faults.push(format!("no metric {}", &found[1]));
            continue;
        };
        labels.extend(metric.labels.iter().map(|label| label.name));
        labels.extend(found[1].ends_with("_bucket").then_some("le"));
        for part in matcher.captures_iter(found.get(2).map_or("", |part| part.as_str())) {
            let (name, exact, value) = (&part[1], !part[2].contains('~'), &part[3]);
            let is_known = match metric.labels.iter().find(|label| label.name == name) {
                Some(label) => !exact || label.values.contains(&value),
                None if name == "le" => is_bound(metric, value),
                None => SCRAPED.contains(&name),
            };
            if !is_known {
                faults.push(format!("{} has no {name} = {value}", metric.name));
            }
        }
    }
    for found in grouping.captures_iter(query) {
        let unknown = found[1].split(',').map(str::trim).filter(|label| !labels.contains(label));
        faults.extend(unknown.map(|label| format!("nothing has the label {label}")));
    }
    faults
}

/// The queries of the dashboard with their panels' titles.
fn dashboard() -> Vec<(String, String)> {
    let dashboard: Value = serde_json::from_str(&read("config/grafana/schedule-callback.json")).unwrap();
    let mut queries = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = panel["title"].as_str().unwrap();
        for target in panel["targets"].as_array().into_iter().flatten() {
            queries.push((title.to_owned(), target["expr"].as_str().unwrap().to_owned()));
        }
    }
    queries
}

/// The tool that comes with Prometheus; its output.
fn promtool(arguments: &[&str]) -> String {
    let output = Command::new(project("tools/promtool.sh")).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn the_reference_of_metrics_is_what_the_constants_say() {
    let path = project("docs/metrics.md");
    if std::env::var_os("WRITE_REFERENCE").is_some() {
        fs::write(&path, reference::metrics()).unwrap();
    }
    let is_kept = fs::read_to_string(&path).unwrap() == reference::metrics();
    assert!(is_kept, "docs/metrics.md is out of date: `make metrics-reference` writes it anew");
}

#[test]
fn the_dashboard_asks_for_metrics_and_labels_that_exist() {
    let legend = Regex::new(r"\{\{(\w+)\}\}").unwrap();
    let queries = dashboard();
    assert!(queries.len() > 40, "{}", queries.len());
    for (title, query) in &queries {
        assert_eq!(faults(query), Vec::<String>::new(), "{title}: {query}");
    }
    let text = read("config/grafana/schedule-callback.json");
    for found in legend.captures_iter(&text) {
        let is_label = |metric: &Metric| metric.labels.iter().any(|label| label.name == &found[1]);
        assert!(&found[1] == "le" || SCRAPED.contains(&&found[1]) || ALL.iter().any(is_label), "{}", &found[0]);
    }
    // Each panel says what it shows, in one unit, and of the installation that was chosen.
    let panels: Value = serde_json::from_str(&text).unwrap();
    for panel in panels["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row") {
        let title = &panel["title"];
        assert!(panel["description"].as_str().is_some_and(|text| text.len() > 20), "{title} is not described");
        let targets = panel["targets"].as_array().unwrap();
        let units: BTreeSet<&str> = targets.iter().map(|target| unit(target["expr"].as_str().unwrap())).collect();
        assert_eq!(units.len(), 1, "{title} has {units:?}");
        for variable in ["cluster", "namespace", "job", "instance"] {
            let matcher = format!("{variable}=~\"${variable}\"");
            assert!(
                targets.iter().all(|target| target["expr"].as_str().unwrap().contains(&matcher)),
                "{title}: {variable}"
            );
        }
    }
    // Whatever is measured can be looked at.
    let unseen: Vec<_> = ALL.iter().filter(|metric| !text.contains(metric.name)).map(|metric| metric.name).collect();
    let elsewhere = ["schedule_callback_violations_total", "schedule_callback_kafka_queue_bytes"];
    assert_eq!(unseen, elsewhere, "not on the dashboard");
}

#[test]
fn prometheus_understands_every_query_of_the_dashboard() {
    let rules: Vec<Value> = dashboard()
        .iter()
        .enumerate()
        .map(|(number, (_, query))| json!({"record": format!("panel:{number}"), "expr": query.replace("$__rate_interval", "5m")}))
        .collect();
    let count = rules.len();
    // JSON is YAML.
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dashboard-rules.yml");
    fs::write(&path, json!({"groups": [{"name": "dashboard", "rules": rules}]}).to_string()).unwrap();
    let said = promtool(&["check", "rules", path.to_str().unwrap()]);
    assert!(said.contains(&format!("{count} rules found")), "{said}");
}

#[test]
fn every_alert_asks_for_what_exists_is_tested_and_has_its_place_in_the_runbook() {
    let (rules, tests, runbook) =
        (read("config/prometheus/alerts.yml"), read("config/prometheus/alerts_test.yml"), read("docs/operations.md"));
    assert_eq!(faults(&rules), Vec::<String>::new());
    assert_eq!(faults(&tests), Vec::<String>::new());
    let names: Vec<_> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(names.len() > 10);
    for name in &names {
        assert!(rules.contains(&format!("runbook_url: {RUNBOOK}{}\n", name.to_lowercase())), "{name}");
        assert!(runbook.contains(&format!("\n### {name}\n\n")), "{name} is not in docs/operations.md");
        assert!(tests.contains(&format!("alertname: {name}\n        exp_alerts:\n")), "nothing makes {name} fire");
        assert!(tests.contains(&format!("alertname: {name} }}\n")), "nothing shows that {name} stays quiet");
    }
    let described = runbook.lines().filter(|line| line.starts_with("### ScheduleCallback")).count();
    assert_eq!(described, names.len(), "the runbook has alerts that are no more");
}

#[test]
fn the_alerts_fire_when_they_should_and_only_then() {
    promtool(&["check", "rules", project("config/prometheus/alerts.yml").to_str().unwrap()]);
    promtool(&["test", "rules", project("config/prometheus/alerts_test.yml").to_str().unwrap()]);
}

/// What a query of the dashboard comes to: the unit of its metric, or events a second where it is a rate of a counter.
fn unit(query: &str) -> &'static str {
    let is_quantile = query.contains("histogram_quantile");
    match () {
        () if query.contains("rate(") && !is_quantile => "a second",
        () if query.contains("_seconds") => "seconds",
        () if query.contains("_bytes") => "bytes",
        () => "a number",
    }
}

/// The files of recorded outages, in the order of their names.
fn outages() -> Vec<PathBuf> {
    let folder = fs::read_dir(project("config/prometheus/outages")).unwrap();
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Seconds, as the recorder writes them: `240s`.
fn seconds(value: &Value) -> u64 {
    value.as_str().unwrap().trim_end_matches('s').parse().unwrap()
}

fn alerts_of(expectation: &Value) -> Vec<String> {
    let name = Regex::new(r#"alertname="ScheduleCallback(\w+)""#).unwrap();
    let samples = expectation["exp_samples"].as_array().unwrap();
    samples.iter().map(|sample| name.captures(sample["labels"].as_str().unwrap()).unwrap()[1].to_owned()).collect()
}

fn minutes(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (minutes, 0) => format!("{minutes} min"),
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

fn linked(alerts: &[String]) -> String {
    if alerts.is_empty() {
        return "–".to_owned();
    }
    let links: Vec<_> =
        alerts.iter().map(|name| format!("[{name}](#schedulecallback{})", name.to_lowercase())).collect();
    links.join(", ")
}

/// Who is woken when: what promtool is told to expect of each outage, as a table.
fn table_of_outages() -> String {
    let title = Regex::new(r"^(.*) \((\d+)m to (\d+)m\)$").unwrap();
    let mut table = String::from(
        "| outage | somebody is woken after | by | quiet again | told in the morning |\n|---|---|---|---|---|\n",
    );
    for file in outages() {
        let played: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let test = &played["tests"][0];
        let found = title.captures(test["name"].as_str().unwrap()).unwrap();
        let [began, ended] = [2, 3].map(|group| found[group].parse::<u64>().unwrap() * 60);
        let (told, critical) = test["promql_expr_test"].as_array().unwrap().split_last().unwrap();
        let steps: Vec<(u64, Vec<String>)> =
            critical.iter().map(|step| (seconds(&step["eval_time"]), alerts_of(step))).collect();
        let mut by: Vec<String> = Vec::new();
        for name in steps.iter().flat_map(|step| &step.1).filter(|name| !name.is_empty()) {
            if !by.contains(name) {
                by.push(name.clone());
            }
        }
        let first = steps.iter().find(|step| !step.1.is_empty()).map(|step| step.0);
        let woken = first.map_or("nobody is".to_owned(), |at| minutes(at - began));
        let last = steps.iter().rposition(|step| !step.1.is_empty()).map(|index| steps[index + 1].0);
        let quiet = match last {
            None => "–".to_owned(),
            Some(at) if at <= ended => "before its end".to_owned(),
            Some(at) => format!("{} after its end", minutes(at - ended)),
        };
        let row = format!("| {} | {woken} | {} | {quiet} | {} |\n", &found[1], linked(&by), linked(&alerts_of(told)));
        table.push_str(&row);
    }
    table
}

#[test]
fn each_recorded_outage_wakes_whom_the_runbook_says_and_nobody_once_it_is_over() {
    let files = outages();
    assert!(files.len() >= 8, "{files:?}");
    for file in &files {
        let text = fs::read_to_string(file).unwrap().replace('\\', "").replace("by (alertname)", "");
        assert_eq!(faults(&text), Vec::<String>::new(), "{file:?}");
        promtool(&["test", "rules", file.to_str().unwrap()]);
    }
    let (begin, end) = ("<!-- The table is written by `make outages`. -->\n", "<!-- The end of the table. -->");
    let path = project("docs/operations.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(begin).unwrap();
    let (table, after) = rest.split_once(end).unwrap();
    let written = table_of_outages();
    if std::env::var_os("WRITE_REFERENCE").is_some() {
        fs::write(&path, format!("{before}{begin}{written}{end}{after}")).unwrap();
    } else {
        assert_eq!(table, written, "docs/operations.md is out of date: `make metrics-reference` writes it anew");
    }
}

#[test]
fn the_rules_can_be_printed_with_links_to_ones_own_runbook() {
    let print = |arguments: &[&str]| {
        let output = Command::new(project("tools/alerts.sh")).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let rules = read("config/prometheus/alerts.yml");
    assert_eq!(print(&[]), (Some(0), rules.clone()));
    let own = rules.replace(&format!("runbook_url: {RUNBOOK}"), "runbook_url: https://wiki.internal/callbacks#");
    assert_eq!(print(&["--runbook-base", "https://wiki.internal/callbacks/"]), (Some(0), own));
    assert_eq!(print(&["--runbook-base", "a|b"]).0, Some(64));
    assert_eq!(print(&["--base"]).0, Some(64));
}

#[test]
fn a_query_for_something_else_is_found_out() {
    assert_eq!(faults("rate(schedule_callback_passed_total[5m])"), ["no metric schedule_callback_passed_total"]);
    assert_eq!(faults("schedule_callback_lateness_seconds"), ["no metric schedule_callback_lateness_seconds"]);
    let query = r#"sum by (shard) (schedule_callback_due_total{target="agent", tenant="acme"})"#;
    let expected = ["schedule_callback_due_total has no tenant = acme", "nothing has the label shard"];
    assert_eq!(faults(query), expected);
    assert_eq!(faults(r#"schedule_callback_due_total{target="queue"}"#).len(), 1);
}
