//! What became of callbacks after they were due, in figures.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::history::{History, Published, Wish};

/// The figures of lives.
#[derive(Clone, Debug, Default)]
pub struct LifeFigures {
    /// Reports that were not repeated, by outcome and by what they were answered: `Success`, or a code.
    pub reports: BTreeMap<String, BTreeMap<String, usize>>,
    /// Due events of tracked callbacks, by attempt.
    pub presentations: BTreeMap<i64, usize>,
    /// Of these, those that were presented again since nobody had reported.
    pub unacknowledged: usize,
    /// Callbacks by whether they are tracked, and by the status and the reason with which they ended; and those that stand
    /// otherwise.
    pub ends: BTreeMap<String, usize>,
}

impl LifeFigures {
    /// Of that history; `None` where there was no state topic.
    pub fn of(history: &History) -> Option<Self> {
        let lives = history.lives.as_ref()?;
        let mut figures = Self::default();
        let answers: BTreeMap<&str, &Published> =
            history.results.iter().map(|result| (result.attribute("ce_causationid"), result)).collect();
        let reports: BTreeMap<&str, &str> = history
            .commands
            .iter()
            .filter_map(|sent| match &sent.wish {
                Wish::Report(report) => Some((sent.command_id.as_str(), report.outcome.as_str())),
                _ => None,
            })
            .collect();
        for (command_id, outcome) in reports {
            let Some(answer) = answers.get(command_id) else { continue };
            let data: Value = serde_json::from_str(&answer.value).unwrap_or_default();
            let code = data["violations"][0]["code"].as_str().or(data["condition"].as_str()).unwrap_or_default();
            *figures.reports.entry(outcome.to_owned()).or_default().entry(code.to_owned()).or_default() += 1;
        }
        let mut records: Vec<&Published> = lives.states.iter().collect();
        records.sort_unstable_by_key(|record| record.place);
        let mut last: BTreeMap<&str, (Value, bool)> = BTreeMap::new();
        for record in records {
            let data: Value = serde_json::from_str(&record.value).unwrap_or_default();
            let (status, attempt) =
                (data["status"].as_str().unwrap_or_default(), data["attempt"].as_i64().unwrap_or(0));
            let by_time = data["causedBy"].is_null();
            if status == "due" && data["tracked"] == true {
                *figures.presentations.entry(attempt).or_default() += 1;
                let before = last.get(record.key.as_str());
                figures.unacknowledged += usize::from(before.is_some_and(|(_, by_time)| *by_time));
            }
            last.insert(&record.key, (data, by_time));
        }
        for (data, _) in last.into_values() {
            let tracked = if data["tracked"] == true { "tracked" } else { "not tracked" };
            let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
            let end = format!("{tracked}: {} {}", text("status"), text("reason"));
            *figures.ends.entry(end.trim_end().to_owned()).or_default() += 1;
        }
        Some(figures)
    }

    /// How many reports were answered.
    pub fn reported(&self) -> usize {
        self.reports.values().flat_map(BTreeMap::values).sum()
    }

    /// For the report that programs read.
    pub fn json(&self) -> Value {
        let presentations: BTreeMap<String, usize> =
            self.presentations.iter().map(|(attempt, count)| (attempt.to_string(), *count)).collect();
        json!({
            "reports": self.reports, "presentations_by_attempt": presentations,
            "presented_again_without_a_report": self.unacknowledged, "ends": self.ends
        })
    }
}
