//! Who was woken when, found out by promtool from the recorded series; and the test that plays them again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use regex::Regex;
use serde_json::{Value, json};

use super::SCRAPE;
use super::series::Series;

/// What asks for the alerts that fire, and nothing else of them.
fn firing(severity: &str) -> String {
    format!("count by (alertname) (ALERTS{{alertstate=\"firing\", severity=\"{severity}\"}}) > 0")
}

/// The alerts that fire at each scrape, and when the outage was.
#[derive(Debug)]
pub struct Verdict {
    critical: BTreeMap<Duration, BTreeSet<String>>,
    warnings: BTreeSet<String>,
    began: Duration,
    ended: Duration,
}

impl Verdict {
    /// Plays the series. `file` is where they are to be, beside which promtool finds the rules.
    pub fn of(file: &Path, what: &str, series: &Series, [began, ended]: [Duration; 2]) -> Self {
        let moments: Vec<Duration> =
            (0..series.scrapes()).map(|number| SCRAPE * u32::try_from(number).unwrap()).collect();
        let fire_at = |severity: &str| {
            // Nothing is expected, so that promtool says what there is.
            let tests: Vec<Value> = moments.iter().map(|at| test(severity, *at, &BTreeSet::new())).collect();
            played(file, &document(what, series, &tests))
        };
        let mut critical = fire_at("critical");
        critical.retain(|_, alerts| !alerts.is_empty());
        let warnings = fire_at("warning").into_values().flatten().collect();
        Self { critical, warnings, began, ended }
    }

    /// What is not as it should be.
    pub fn faults(&self, woken: Option<(&[&str], Duration)>) -> Vec<String> {
        let mut faults = Vec::new();
        let first = self.critical.first_key_value();
        match (woken, first) {
            (None, None) => {}
            (None, Some((at, alerts))) => faults.push(format!("woken by {alerts:?} at {at:?}")),
            (Some(_), None) => faults.push("nobody is woken".to_owned()),
            (Some((by, within)), Some((at, alerts))) => {
                if !by.iter().any(|name| alerts.contains(*name)) || *at > self.began + within || *at < self.began {
                    faults.push(format!("woken by {alerts:?} at {at:?}, expected one of {by:?} within {within:?}"));
                }
            }
        }
        let last = self.critical.last_key_value();
        if let Some((at, alerts)) = last.filter(|(at, _)| **at > self.ended + Duration::from_mins(3)) {
            faults.push(format!("{alerts:?} at {at:?}, when it had been over for long"));
        }
        let known = |at: &Duration| {
            self.critical
                .range(..self.ended)
                .flat_map(|(_, alerts)| alerts)
                .cloned()
                .collect::<BTreeSet<_>>()
                .is_superset(&self.critical[at])
        };
        faults.extend(
            self.critical
                .range(self.ended..)
                .filter(|(at, _)| !known(at))
                .map(|(at, alerts)| format!("woken by {alerts:?} at {at:?}, when it was over")),
        );
        faults
    }

    /// The test that promtool plays from now on: whenever who is woken changes, and the warnings there were.
    pub fn write(&self, file: &Path, what: &str, series: &Series) {
        let mut tests = Vec::new();
        let mut before = BTreeSet::new();
        for number in 0..series.scrapes() {
            let at = SCRAPE * u32::try_from(number).unwrap();
            let alerts = self.critical.get(&at).cloned().unwrap_or_default();
            if alerts != before || number + 1 == series.scrapes() || at == self.began || at == self.ended {
                tests.push(test("critical", at, &alerts));
            }
            before = alerts;
        }
        let end = SCRAPE * u32::try_from(series.scrapes() - 1).unwrap();
        let ever = "count by (alertname) (max_over_time(ALERTS{alertstate=\"firing\", severity=\"warning\"}[1h]))";
        tests.push(expecting(&format!("{ever} > 0"), end, &self.warnings));
        let minutes = |time: Duration| format!("{}m", time.as_secs() / 60);
        let name = format!("{what} ({} to {})", minutes(self.began), minutes(self.ended));
        fs::write(file, document(&name, series, &tests)).unwrap();
    }
}

fn test(severity: &str, at: Duration, alerts: &BTreeSet<String>) -> Value {
    expecting(&firing(severity), at, alerts)
}

/// That the expression has the value 1 for exactly these alerts.
fn expecting(expression: &str, at: Duration, alerts: &BTreeSet<String>) -> Value {
    // However many series an alert has.
    let expression = format!("({expression}) * 0 + 1");
    let samples: Vec<Value> =
        alerts.iter().map(|name| json!({"labels": format!("{{alertname=\"{name}\"}}"), "value": 1})).collect();
    json!({"expr": expression, "eval_time": format!("{}s", at.as_secs()), "exp_samples": samples})
}

/// A file of tests, which is YAML since it is JSON; a line for each series and each expectation.
fn document(name: &str, series: &Series, tests: &[Value]) -> String {
    let lines = |values: &[Value]| values.iter().map(|value| format!("  {value}")).collect::<Vec<_>>().join(",\n");
    let interval = format!("{}s", SCRAPE.as_secs());
    format!(
        "{{\n\"rule_files\": [\"../alerts.yml\"],\n\"evaluation_interval\": \"{interval}\",\n\"tests\": [{{\n\"name\": {},\n\
         \"interval\": \"{interval}\",\n\"promql_expr_test\": [\n{}\n],\n\"input_series\": [\n{}\n]\n}}]\n}}\n",
        json!(name),
        lines(tests),
        lines(&series.written())
    )
}

/// Which alerts there are at each moment where that is not what the document expects.
fn played(file: &Path, document: &str) -> BTreeMap<Duration, BTreeSet<String>> {
    let probe = file.with_extension("probe.json");
    fs::write(&probe, document).unwrap();
    let promtool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/promtool.sh");
    let output = Command::new(promtool).args(["test", "rules"]).arg(&probe).output().unwrap();
    fs::remove_file(&probe).unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    let time = Regex::new(r"expr: .*, time: (\S+?),?\s*$").unwrap();
    let alert = Regex::new(r#"alertname=\\?"(\w+)"#).unwrap();
    let mut found: BTreeMap<Duration, BTreeSet<String>> = BTreeMap::new();
    let mut at = None;
    for line in said.lines() {
        if let Some(found) = time.captures(line) {
            at = Some(duration(&found[1]));
        }
        if let Some(at) = at.filter(|_| line.trim_start().starts_with("got:")) {
            found.entry(at).or_default().extend(alert.captures_iter(line).map(|name| name[1].to_owned()));
        }
    }
    assert!(output.status.success() || !found.is_empty(), "promtool: {said}");
    found
}

/// `1h2m30s`, as promtool writes it.
fn duration(text: &str) -> Duration {
    let part = Regex::new(r"(\d+)([hms])").unwrap();
    let seconds = part.captures_iter(text).map(|part| {
        let number: u64 = part[1].parse().unwrap();
        number
            * match &part[2] {
                "h" => 3_600,
                "m" => 60,
                _ => 1,
            }
    });
    Duration::from_secs(seconds.sum())
}

#[test]
fn who_is_woken_is_found_and_a_page_at_the_wrong_time_is_a_fault() {
    let mut series = Series::default();
    for scrape in 0..40 {
        let ready = u8::from(!(8..20).contains(&scrape));
        series.scrape("a", Some(&format!("schedule_callback_ready {ready}\nschedule_callback_shards 4")));
        series.end_of_scrape();
    }
    let file = crate::rig::folder("outages").join("config.json");
    fs::copy(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("config/prometheus/alerts.yml"),
        file.parent().unwrap().parent().unwrap().join("alerts.yml"),
    )
    .unwrap();
    let seconds = Duration::from_secs;
    let verdict = |began, ended| Verdict::of(&file, "no instance is ready", &series, [seconds(began), seconds(ended)]);
    let right = verdict(120, 300);
    let pages: Vec<_> = right.critical.iter().map(|(at, alerts)| (at.as_secs(), alerts.len())).collect();
    assert_eq!(pages, [(240, 1), (255, 1), (270, 1), (285, 1)]);
    assert_eq!(right.warnings, ["ScheduleCallbackNotReady".to_owned()].into());
    let by: &[&str] = &["ScheduleCallbackNoneReady"];
    assert_eq!(right.faults(Some((by, seconds(180)))), Vec::<String>::new());
    assert_eq!(right.faults(Some((by, seconds(60)))).len(), 1, "too late");
    assert_eq!(right.faults(None).len(), 1, "nobody should be woken");
    assert_eq!(verdict(120, 200).faults(Some((by, seconds(180)))).len(), 4, "it was over");
    right.write(&file, "no instance is ready", &series);
    let promtool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/promtool.sh");
    let played = Command::new(promtool).args(["test", "rules"]).arg(&file).output().unwrap();
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stdout));
}
