//! Figures: what is kept of a run, in target/bench/results.json.

use std::collections::BTreeMap;
use std::fs;

use schedule_callback::clock;
use serde::{Deserialize, Serialize};

use crate::chart::{Chart, Series};
use crate::machine::Machine;
use crate::site::Site;

/// The last run of each scenario.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// By the scenario's name.
    pub sections: BTreeMap<String, Section>,
}

/// One scenario's run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Section {
    /// What was done, in a sentence or two.
    pub done: String,
    /// The figures.
    pub rows: Vec<Row>,
    /// The pictures.
    pub charts: Vec<Chart>,
    /// When it was measured.
    pub at: String,
    /// Where it was measured.
    pub machine: Machine,
    /// The share of the machine's processor time that other work took meanwhile, from 0 to 1.
    #[serde(default)]
    pub others: Option<f64>,
}

/// One thing that was measured, once or several times.
#[derive(Debug, Serialize, Deserialize)]
pub struct Row {
    /// What.
    pub what: String,
    /// Its unit.
    pub unit: String,
    /// What it should be.
    pub target: Option<Target>,
    /// What it was, in the order of the rounds.
    pub values: Vec<f64>,
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Target {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Report {
    /// What was kept; nothing where there is no file, or one that an older program wrote.
    pub fn load(site: Site) -> Self {
        fs::read(site.results()).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Replaces a scenario's figures.
    pub fn put(&mut self, name: &str, section: Section) {
        self.sections.insert(name.to_owned(), section);
    }

    /// Keeps all figures.
    pub fn save(&self, site: Site) {
        let path = site.results();
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        let saved = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
        saved.unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()));
    }
}

impl Section {
    /// A scenario that was done now.
    pub fn new(done: String) -> Self {
        let (at, machine) = (clock::now().to_string(), Machine::default());
        Self { done, rows: Vec::new(), charts: Vec::new(), at, machine, others: None }
    }

    /// Adds a figure.
    pub fn row(&mut self, what: &str, unit: &str, target: Option<Target>, values: Vec<f64>) {
        self.rows.push(Row { what: what.to_owned(), unit: unit.to_owned(), target, values });
    }

    /// The same, with where it was measured, and beside what. Targets are for one broker and one database.
    pub fn measured_on(mut self, machine: &Machine, site: Site, others: f64) -> Self {
        self.machine = machine.clone();
        self.others = Some(others);
        if site == Site::Cluster {
            self.rows.iter_mut().for_each(|row| row.target = None);
        }
        self
    }
}

impl Row {
    /// The middle value.
    pub fn median(&self) -> f64 {
        quantile(&sorted(self.values.clone()), 0.5)
    }

    /// The least and the greatest value.
    pub fn range(&self) -> (f64, f64) {
        let values = sorted(self.values.clone());
        (quantile(&values, 0.0), quantile(&values, 1.0))
    }

    /// Whether the median is what it should be.
    pub fn is_met(&self) -> Option<bool> {
        self.target.map(|target| match target {
            Target::AtLeast(bound) => self.median() >= bound,
            Target::AtMost(bound) => self.median() <= bound,
        })
    }
}

/// Values from the least to the greatest.
pub fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The value below which that share of the sorted values lies; NaN where there are none.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index, from 0 to the length")]
    let index = (share * (sorted.len().saturating_sub(1)) as f64).round() as usize;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}

/// The distribution of sorted values: for each of 200 shares the value below which it lies.
pub fn distribution(name: &str, sorted: &[f64]) -> Series {
    let points = (0..=200).map(|step| f64::from(step) / 200.0).map(|share| (quantile(sorted, share), share * 100.0));
    Series { name: name.to_owned(), points: points.collect() }
}

/// One bar a round.
pub fn by_round(name: &str, values: &[f64]) -> Series {
    let points = values.iter().enumerate().map(|(round, value)| ((round + 1) as f64, *value)).collect();
    Series { name: name.to_owned(), points }
}
