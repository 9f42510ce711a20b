//! The metrics of this process over time: what the page says about the last minutes comes from here.
//!
//! Counters and histograms only ever grow, so a copy of them every few seconds is enough to tell what happened since.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::telemetry::metric::{self, Metric};

/// How far back the copies go.
pub(super) const REACH: Duration = Duration::from_mins(10);

/// The metrics that are copied.
const KEPT: [Metric; 5] =
    [metric::LATENESS, metric::RESULTS, metric::REPEATS, metric::VIOLATIONS, metric::DEAD_LETTERS];

/// One series: a name with its labels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Series {
    name: String,
    labels: Vec<(String, String)>,
}

/// The values of all series at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Snapshot(BTreeMap<Series, f64>);

/// Copies of the growing metrics, the oldest first. A series is a number here, so that a copy is a row of values.
#[derive(Debug, Default)]
pub(super) struct Samples {
    numbers: HashMap<Series, usize>,
    rows: VecDeque<(Instant, Vec<f64>)>,
}

/// A histogram's growth over some time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Histogram {
    /// Its labels but `le`, as one text; empty without any.
    pub(super) labels: String,
    /// Upper bounds, in rising order, and how many values lie at or below each.
    buckets: Vec<(f64, f64)>,
}

impl Snapshot {
    /// Reads the text format of Prometheus, version 0.0.4; lines of another form are left out.
    pub(super) fn read(text: &str) -> Self {
        Self(text.lines().filter(|line| !line.starts_with('#')).filter_map(read_line).collect())
    }

    /// The value of a series that has no labels.
    pub(super) fn value(&self, metric: Metric) -> Option<f64> {
        self.0.get(&Series { name: metric.name.to_owned(), labels: Vec::new() }).copied()
    }

    /// The values of a counter by that label, the greatest first; what other labels tell apart is added up.
    pub(super) fn by_label(&self, metric: Metric, label: &str) -> Vec<(String, u64)> {
        let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
        for (series, value) in self.0.iter().filter(|(series, value)| series.name == metric.name && **value >= 1.0) {
            if let Some((_, name)) = series.labels.iter().find(|(name, _)| name == label) {
                *sums.entry(name).or_default() += value;
            }
        }
        let mut values: Vec<_> = sums.into_iter().map(|(name, sum)| (name.to_owned(), whole(sum))).collect();
        values.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        values
    }

    /// The histograms of that metric, one for each set of labels.
    pub(super) fn histograms(&self, metric: Metric) -> Vec<Histogram> {
        let bucket = format!("{}_bucket", metric.name);
        let mut histograms: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        for (series, value) in self.0.iter().filter(|(series, _)| series.name == bucket) {
            let bound = series.labels.iter().find(|(name, _)| name == "le").and_then(|(_, bound)| bound.parse().ok());
            let Some(bound) = bound else { continue };
            let others = series.labels.iter().filter(|(name, _)| name != "le").map(|(_, value)| value.as_str());
            histograms.entry(others.collect::<Vec<_>>().join(" ")).or_default().push((bound, *value));
        }
        let histogram = |(labels, mut buckets): (String, Vec<(f64, f64)>)| {
            buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
            Histogram { labels, buckets }
        };
        histograms.into_iter().map(histogram).collect()
    }

    fn minus(&self, earlier: impl Fn(&Series) -> f64) -> Self {
        Self(self.0.iter().map(|(series, value)| (series.clone(), (value - earlier(series)).max(0.0))).collect())
    }
}

impl Samples {
    /// Keeps a copy of what is to be compared later, and forgets what is too old for that.
    pub(super) fn take(&mut self, at: Instant, now: &Snapshot) {
        let mut row = vec![0.0; self.numbers.len()];
        for (series, value) in now.0.iter().filter(|(series, _)| is_kept(series)) {
            if let Some(&number) = self.numbers.get(series) {
                row[number] = *value;
            } else {
                self.numbers.insert(series.clone(), row.len());
                row.push(*value);
            }
        }
        self.rows.push_back((at, row));
        while self.rows.get(1).is_some_and(|(second, _)| at.duration_since(*second) >= REACH) {
            self.rows.pop_front();
        }
    }

    /// What has been added since that long before `at`: exactly to the last copy before it, or since the start of the
    /// process where that was later. A series that is not kept shows its whole value.
    pub(super) fn since(&self, age: Duration, at: Instant, now: &Snapshot) -> Snapshot {
        let before = self.rows.iter().rev().find(|(taken, _)| at.duration_since(*taken) >= age);
        let Some((_, row)) = before else { return now.clone() };
        now.minus(|series| self.numbers.get(series).and_then(|&number| row.get(number)).copied().unwrap_or(0.0))
    }
}

impl Histogram {
    /// How many values there are.
    pub(super) fn count(&self) -> u64 {
        self.buckets.last().map_or(0, |last| whole(last.1))
    }

    /// Upper bounds and how many values lie in each bucket, from the first that has any to the last.
    pub(super) fn distribution(&self) -> Vec<(f64, u64)> {
        let below = [0.0].into_iter().chain(self.buckets.iter().map(|(_, below)| *below));
        let parts = self.buckets.iter().zip(below).map(|((bound, up_to), below)| (*bound, whole(up_to - below)));
        let mut parts: Vec<_> = parts.skip_while(|(_, count)| *count == 0).collect();
        while parts.last().is_some_and(|(_, count)| *count == 0) {
            parts.pop();
        }
        parts
    }

    /// The upper bound of the bucket that this share of the values does not exceed; `None` without values.
    pub(super) fn bound(&self, share: f64) -> Option<f64> {
        let all = self.buckets.last()?.1;
        let wanted = all * share;
        self.buckets.iter().find(|(_, below)| all > 0.0 && *below >= wanted).map(|(bound, _)| *bound)
    }
}

/// The labels that a metric's series have, over several snapshots.
pub(super) fn labels_of(snapshots: &[&Snapshot], metric: Metric) -> BTreeSet<String> {
    snapshots.iter().flat_map(|snapshot| snapshot.histograms(metric)).map(|histogram| histogram.labels).collect()
}

fn is_kept(series: &Series) -> bool {
    KEPT.iter().any(|metric| series.name.strip_prefix(metric.name).is_some_and(|rest| matches!(rest, "" | "_bucket")))
}

/// `name value` or `name{label="value",…} value`.
fn read_line(line: &str) -> Option<(Series, f64)> {
    let (series, value) = line.rsplit_once(' ')?;
    let value = value.parse().ok()?;
    let Some((name, rest)) = series.split_once('{') else {
        return Some((Series { name: series.to_owned(), labels: Vec::new() }, value));
    };
    let mut labels = Vec::new();
    let mut rest = rest.strip_suffix('}')?;
    while !rest.is_empty() {
        let (label, quoted) = rest.split_once("=\"")?;
        let (text, after) = unquote(quoted)?;
        labels.push((label.to_owned(), text));
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    Some((Series { name: name.to_owned(), labels }, value))
}

/// The text up to the closing quote, and what comes after it. Source: Prometheus, "Exposition formats".
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((text, &quoted[at + 1..])),
            '\\' => text.push(match characters.next()?.1 {
                'n' => '\n',
                other => other,
            }),
            other => text.push(other),
        }
    }
    None
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts: whole, not negative")]
pub(super) fn whole(count: f64) -> u64 {
    count.max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many results by condition, and so many latenesses at or below each bound.
    fn text(success: u32, default: u32, buckets: [u32; 3]) -> String {
        let (results, lateness) = (metric::RESULTS.name, metric::LATENESS.name);
        format!(
            "# TYPE {results} counter\n{results}{{condition=\"Success\"}} {success}\n\
             {results}{{condition=\"Default\"}} {default}\n\n\
             {lateness}_bucket{{le=\"+Inf\"}} {}\n{lateness}_bucket{{le=\"0.05\"}} {}\n\
             {lateness}_bucket{{le=\"0.005\"}} {}\n{lateness}_sum 1.5\n{lateness}_count {}\n\
             {} 17\n",
            buckets[2],
            buckets[1],
            buckets[0],
            buckets[2],
            metric::WINDOW_CALLBACKS.name,
        )
    }

    fn counts(counts: &[(&str, u64)]) -> Vec<(String, u64)> {
        counts.iter().map(|(label, count)| ((*label).to_owned(), *count)).collect()
    }

    #[test]
    fn the_text_format_is_read() {
        let read = read_line(r#"a_total{x="1 \"2\" \\ {,}",y=""} 3"#).unwrap();
        let labels = [("x", r#"1 "2" \ {,}"#), ("y", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read, (Series { name: "a_total".to_owned(), labels: labels.to_vec() }, 3.0));
        for broken in ["", "a", "a b", r#"a{x="1} 2"#, r#"a{x="1" 2"#, "a{x} 2"] {
            assert_eq!(read_line(broken), None, "{broken}");
        }
        let snapshot = Snapshot::read(&text(3, 0, [1, 2, 3]));
        assert_eq!(snapshot.value(metric::WINDOW_CALLBACKS), Some(17.0));
        assert_eq!(snapshot.by_label(metric::RESULTS, "condition"), counts(&[("Success", 3)]));
        let name = metric::RESULTS.name;
        let series = |labels: &str| format!("{name}{{{labels}}} 2\n");
        let finer = series(r#"condition="Default",code="A""#) + &series(r#"code="B",condition="Default""#);
        assert_eq!(Snapshot::read(&finer).by_label(metric::RESULTS, "condition"), counts(&[("Default", 4)]));
    }

    #[test]
    fn what_was_added_lately_is_told_apart_from_all() {
        let start = Instant::now();
        let mut samples = Samples::default();
        samples.take(start, &Snapshot::read(""));
        samples.take(start + Duration::from_secs(50), &Snapshot::read(&text(10, 1, [5, 5, 5])));
        let now = Snapshot::read(&text(12, 4, [5, 105, 106]));
        let at = start + Duration::from_secs(100);

        let lately = samples.since(Duration::from_secs(45), at, &now);
        assert_eq!(lately.by_label(metric::RESULTS, "condition"), counts(&[("Default", 3), ("Success", 2)]));
        let lateness = &lately.histograms(metric::LATENESS)[0];
        assert_eq!((lateness.count(), lateness.labels.as_str()), (101, ""));
        assert_eq!((lateness.bound(0.5), lateness.bound(0.99)), (Some(0.05), Some(0.05)));
        assert_eq!(lateness.bound(1.0), Some(f64::INFINITY));
        assert_eq!(lateness.distribution(), [(0.05, 100), (f64::INFINITY, 1)]);
        // The series was not there when the first copy was taken.
        assert_eq!(samples.since(Duration::from_mins(1), at, &now).by_label(metric::RESULTS, "condition")[0].1, 12);
        // Older than the process.
        assert_eq!(samples.since(REACH, at, &now), now);
    }

    #[test]
    fn nothing_late_is_known_where_nothing_was_fired() {
        let snapshot = Snapshot::read(&text(0, 0, [0, 0, 0]));
        let lateness = &snapshot.histograms(metric::LATENESS)[0];
        assert_eq!((lateness.count(), lateness.bound(0.99), lateness.distribution()), (0, None, vec![]));
        assert_eq!(snapshot.by_label(metric::RESULTS, "condition"), []);
    }

    #[test]
    fn copies_that_are_too_old_are_forgotten_and_one_that_reaches_back_far_enough_is_kept() {
        let start = Instant::now();
        let mut samples = Samples::default();
        for minute in 0..60 {
            samples.take(start + Duration::from_mins(minute), &Snapshot::read(&text(1, 1, [0, 0, 0])));
        }
        assert_eq!(samples.rows.len(), 11);
        let last = start + Duration::from_mins(59);
        assert!(samples.rows.iter().any(|(taken, _)| last.duration_since(*taken) >= REACH));
    }

    #[test]
    fn histograms_with_other_labels_are_kept_apart() {
        let bucket = format!("{}_bucket", metric::LATENESS.name);
        let live = format!("{bucket}{{kind=\"live\",le=\"1\"}} 2\n{bucket}{{kind=\"live\",le=\"+Inf\"}} 2\n");
        let snapshot = Snapshot::read(&format!("{live}{bucket}{{kind=\"late\",le=\"+Inf\"}} 1\n"));
        let counts: Vec<_> =
            snapshot.histograms(metric::LATENESS).iter().map(|one| (one.labels.clone(), one.count())).collect();
        assert_eq!(counts, [("late".to_owned(), 1), ("live".to_owned(), 2)]);
        assert_eq!(labels_of(&[&snapshot], metric::LATENESS).len(), 2);
    }
}
