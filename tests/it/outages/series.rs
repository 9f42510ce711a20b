//! Scraped series, in the notation of promtool's tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

/// The metrics that the alert rules ask for; of a histogram its buckets.
static ASKED_FOR: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let rules = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/prometheus/alerts.yml")).unwrap();
    let expressions = rules.lines().filter(|line| !line.trim_start().starts_with('#'));
    let name = Regex::new(r"\bschedule_callback_[a-z_]+").unwrap();
    expressions.flat_map(|line| name.find_iter(line).map(|found| found.as_str().to_owned())).collect()
});

/// Series by name and labels: a value for each scrape, where there was one.
#[derive(Debug, Default)]
pub struct Series {
    values: BTreeMap<String, Vec<Option<f64>>>,
    scrapes: usize,
}

impl Series {
    /// What an instance said; `None` where it did not answer.
    pub fn scrape(&mut self, instance: &str, text: Option<&str>) {
        self.note(
            format!("up{{job=\"schedule-callback\",instance=\"{instance}\"}}"),
            f64::from(u8::from(text.is_some())),
        );
        for line in text.into_iter().flat_map(str::lines).filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            if ASKED_FOR.contains(name) {
                let comma = if labels == "}" { "" } else { "," };
                let series = format!("{name}{{job=\"schedule-callback\",instance=\"{instance}\"{comma}{labels}");
                self.note(series, value.parse().unwrap());
            }
        }
    }

    /// All instances were asked.
    pub fn end_of_scrape(&mut self) {
        self.scrapes += 1;
        for values in self.values.values_mut() {
            values.resize(self.scrapes, None);
        }
    }

    /// How many scrapes there were.
    pub fn scrapes(&self) -> usize {
        self.scrapes
    }

    /// `[{"series": …, "values": "0x3 5 7"}, …]`.
    pub fn written(&self) -> Vec<Value> {
        self.values.iter().map(|(series, values)| json!({"series": series, "values": notation(values)})).collect()
    }

    fn note(&mut self, series: String, value: f64) {
        let values = self.values.entry(series).or_default();
        values.resize(self.scrapes, None);
        // Milliseconds are as exact as any rule asks for.
        values.push(Some((value * 1_000.0).round() / 1_000.0));
    }
}

/// A value that is repeated n times more is `ax<n>`, one that was not scraped `_`; the first of these is `stale`, as
/// Prometheus has it when a scrape fails.
///
/// Source: Prometheus' documentation, "Unit testing for rules", `series`.
fn notation(values: &[Option<f64>]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut index = 0;
    while index < values.len() {
        let value = values[index];
        let run = values[index..].iter().take_while(|other| **other == value).count();
        match value {
            Some(value) if run > 1 => parts.push(format!("{value}x{}", run - 1)),
            Some(value) => parts.push(value.to_string()),
            None if index == 0 => parts.push(format!("_x{run}")),
            None => {
                parts.push("stale".to_owned());
                parts.extend((run > 1).then(|| format!("_x{}", run - 1)));
            }
        }
        index += run;
    }
    parts.join(" ")
}

#[test]
fn series_are_written_in_the_notation_of_promtool() {
    let mut series = Series::default();
    for text in [None, Some("schedule_callback_ready 1"), Some("schedule_callback_ready 1\nother 5"), None, None] {
        series.scrape("a", text);
        series.end_of_scrape();
    }
    let expected = [
        json!({"series": "schedule_callback_ready{job=\"schedule-callback\",instance=\"a\"}", "values": "_x1 1x1 stale _x1"}),
        json!({"series": "up{job=\"schedule-callback\",instance=\"a\"}", "values": "0 1x1 0x1"}),
    ];
    assert_eq!(series.written(), expected);
}
