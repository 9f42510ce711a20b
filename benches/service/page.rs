//! docs/benchmarks.md or docs/benchmarks-cluster.md and its pictures, rendered from the figures.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::SCENARIOS;
use crate::chart::{self, figure};
use crate::machine::Machine;
use crate::report::{Report, Row, Section, Target};
use crate::site::Site;

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

const CLUSTER_HEAD: &str = "\
# Benchmarks on a cluster

After this page you know what the service does in a second and how late it is on three brokers and a database with a standby,
where nothing that was promised is lost with one machine.

Written by `BENCH_CLUSTER=3 make bench ONLY=\"intake latency burst steady\"`; do not edit. The scenarios are those of
[the benchmarks](benchmarks.md), where one broker and one database do the work. All servers of the cluster, the service and
the measuring program share one machine, so every record is written and every commit is waited for several times by the same
processors and disk: a cluster of machines of its own does this work side by side. What the service is to be compared to is
therefore not the other page but the bare transactions, the bare pipe and the bare COPY of the same run on the same servers.
What that comes to: [scaling](scaling.md).
";

/// Writes the page and its pictures.
pub fn write(report: &Report, site: Site) {
    let folder = site.page().with_extension("");
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{} cannot be made: {error}", folder.display()));
    let mut page = if site == Site::Cluster { CLUSTER_HEAD } else { HEAD }.to_owned();
    let mut machine: Option<&Machine> = None;
    for (name, _) in SCENARIOS {
        let Some(section) = report.sections.get(name) else { continue };
        if machine.is_none_or(|shown| shown.describe() != section.machine.describe()) {
            let _ = write!(page, "\n{}\n", section.machine.describe());
            machine = Some(&section.machine);
        }
        page.push_str(&section_text(name, section, site));
        for shown in &section.charts {
            save(&folder.join(format!("{}.svg", shown.name)), &chart::draw(shown));
        }
    }
    save(&site.page(), &page);
}

fn save(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()));
}

fn section_text(name: &str, section: &Section, site: Site) -> String {
    let day = section.at.split('T').next().unwrap_or_default();
    let mut text = format!("\n## {name}\n\n{} Measured on {day}", section.done);
    if let Some(others) = section.others {
        let _ = write!(text, "; other work took {:.0} % of the machine's processor time meanwhile", others * 100.0);
    }
    let has_targets = section.rows.iter().any(|row| row.target.is_some());
    text.push_str(if has_targets {
        ".\n\n| what | target | measured | range |\n|---|---:|---:|---:|\n"
    } else {
        ".\n\n| what | measured | range |\n|---|---:|---:|\n"
    });
    for row in &section.rows {
        text.push_str(&row_text(row, has_targets));
    }
    let page = site.page();
    let folder = page.file_stem().unwrap_or_default().display();
    for shown in &section.charts {
        let _ = write!(text, "\n![{}]({folder}/{}.svg)\n", shown.title, shown.name);
    }
    text
}

fn row_text(row: &Row, has_targets: bool) -> String {
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
    let target = if has_targets { format!(" {target} |") } else { String::new() };
    format!("| {} |{target} {}{unit}{mark} | {range} |\n", row.what, figure(row.median()))
}

impl Machine {
    fn describe(&self) -> String {
        format!("{}, {:.0} GiB, Linux {}. {}.", self.processor, self.memory_gib, self.kernel, self.servers)
    }
}
