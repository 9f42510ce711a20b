//! docs/metrics.md: what the constants say, for people.

use std::fmt::Write as _;

use super::metric::{ALL, Kind, Metric};

/// The document, in Markdown.
pub fn metrics() -> String {
    let mut text = String::from(BEGINNING);
    for metric in ALL {
        // Writing to a `String` never fails.
        section(&mut text, metric).unwrap_or_default();
    }
    text
}

const BEGINNING: &str =
    "<!-- Written from src/telemetry/metric.rs by `make metrics-reference`; a test compares them. -->

# Metrics

After this page you can look up what each metric counts, in which unit, and which labels it has.

`/metrics` on `ops.listen` shows these in the Prometheus text format. Times are in seconds, sizes in bytes. Every label
has the values that are listed here and no others: nothing that comes in messages, topics, file names or from servers
ever becomes a label, so the number of series does not grow with what is sent. A counter is there from the start,
except `schedule_callback_results_total` and `schedule_callback_retries_total`, whose combinations come as they happen.

What to do about them is in [operations.md](operations.md).
";

fn section(text: &mut String, metric: &Metric) -> std::fmt::Result {
    let kind = match metric.kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram(_) => "histogram",
    };
    writeln!(text, "\n## `{}`\n\n{}: {}", metric.name, capitalised(kind), metric.description)?;
    for (index, label) in metric.labels.iter().enumerate() {
        let values: Vec<_> = label.values.iter().map(|value| format!("`{value}`")).collect();
        let space = if index == 0 { "\n" } else { "" };
        // Versions change with each release, and this text should not.
        let version = matches!(label.name, "version" | "numbering_plans" | "tzdb");
        let values = if version { "the one of this build".to_owned() } else { values.join(" ") };
        writeln!(text, "{space}- `{}`: {values}", label.name)?;
    }
    if let Kind::Histogram(bounds) = metric.kind {
        let bounds: Vec<_> = bounds.iter().map(f64::to_string).collect();
        writeln!(text, "\nBuckets up to {}.", bounds.join(", "))?;
    }
    Ok(())
}

fn capitalised(word: &str) -> String {
    word[..1].to_ascii_uppercase() + &word[1..]
}
