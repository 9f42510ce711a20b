//! docs/benchmarks.md and its pictures, rendered from the figures.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::SCENARIOS;
use crate::chart;
use crate::machine::Machine;
use crate::report::{Report, Row, Section, Target};

const HEAD: &str = "\
# Benchmarks

After this page you know what the service does in a second and how late it is, and how to measure it yourself.

Written by `make bench`; do not edit. Figures are medians, with the least and the greatest of the rounds where there were
several. The service runs as a process of its own, the release program at its default settings, against real servers on
one machine, which it shares with them and with the measuring program. Everything is seen from outside: a result or a due
event counts when a reader with `isolation.level=read_committed` has it. Nothing is asserted, targets stand beside.

How other schedulers (graphile-worker, db-scheduler, River, NATS schedules) do the same work: `make peers`, described in
[benches/peers](../benches/peers/README.md). What more machines would carry: [scaling](scaling.md). Why some targets are
missed: [targets](targets.md).
";

/// Where the page is.
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/benchmarks.md")
}

/// Writes the page and its pictures.
pub fn write(report: &Report) {
    let folder = path().with_extension("");
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{} cannot be made: {error}", folder.display()));
    let mut page = HEAD.to_owned();
    let mut machine: Option<&Machine> = None;
    for (name, _) in SCENARIOS {
        let Some(section) = report.sections.get(name) else { continue };
        if machine.is_none_or(|shown| shown.describe() != section.machine.describe()) {
            let _ = write!(page, "\n{}\n", section.machine.describe());
            machine = Some(&section.machine);
        }
        page.push_str(&section_text(name, section));
        for shown in &section.charts {
            save(&folder.join(format!("{}.svg", shown.name)), &chart::draw(shown));
        }
    }
    save(&path(), &page);
}

fn save(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()));
}

fn section_text(name: &str, section: &Section) -> String {
    let day = section.at.split('T').next().unwrap_or_default();
    let mut text = format!("\n## {name}\n\n{} Measured on {day}.\n\n", section.done);
    text.push_str("| what | target | measured | range |\n|---|---:|---:|---:|\n");
    for row in &section.rows {
        text.push_str(&row_text(row));
    }
    for shown in &section.charts {
        let _ = write!(text, "\n![{}](benchmarks/{}.svg)\n", shown.title, shown.name);
    }
    text
}

fn row_text(row: &Row) -> String {
    let unit = if row.unit.is_empty() { String::new() } else { format!(" {}", row.unit) };
    let target = match row.target {
        Some(Target::AtLeast(bound)) => format!("≥ {}{unit}", figure(bound)),
        Some(Target::AtMost(bound)) => format!("≤ {}{unit}", figure(bound)),
        None => String::new(),
    };
    let mark = match row.is_met() {
        Some(true) => " ✓",
        Some(false) => " ✗",
        None => "",
    };
    let (least, greatest) = row.range();
    let range =
        if row.values.len() > 1 { format!("{} – {}", figure(least), figure(greatest)) } else { String::new() };
    format!("| {} | {target} | {}{unit}{mark} | {range} |\n", row.what, figure(row.median()))
}

/// A number with as many digits as mean something.
pub fn figure(value: f64) -> String {
    let magnitude = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if magnitude < 1.0 {
        format!("{value:.3}")
    } else if magnitude < 100.0 {
        format!("{value:.1}")
    } else {
        grouped(value.round())
    }
}

/// A whole number with a comma between thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len() - index;
        if index > 0 && left.is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl Machine {
    fn describe(&self) -> String {
        format!("{}, {:.0} GiB, Linux {}. {}.", self.processor, self.memory_gib, self.kernel, self.servers)
    }
}
