//! The soak's page: verdicts, plots, and what was done; the samples beside, so that it can be reckoned again.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use schedule_callback::domain::time::Timestamp;

use super::sampler::Sample;
use super::series::Series;
use super::verdict::Verdict;
use super::{Event, Plan, Run};
use crate::chart::{self, Chart, Shape, figure};
use crate::figures::{Distribution, millis};
use crate::report::copy_logs;

/// The pictures, in this order: file and title.
const CHARTS: [(&str, &str); 13] = [
    ("memory", "Memory of the instances"),
    ("descriptors", "Open files and sockets of the instances"),
    ("threads", "Threads of the instances"),
    ("lateness", "Lateness of due events, of each ten seconds"),
    ("latest", "The longest lateness of each ten seconds"),
    ("lag", "Commands not yet consumed"),
    ("results", "Results a second"),
    ("dead", "Dead row versions for 100 commands stored"),
    ("stored-each", "Bytes for each command stored"),
    ("wal-each", "Write-ahead log for each command"),
    ("stored", "Size of the database"),
    ("own-memory", "Memory of the measuring program, which judges"),
    ("others", "Other work on the machine"),
];

/// Where the page goes.
pub fn folder() -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::env::var_os("SOAK_REPORT").map_or_else(|| project.join("target/soak"), |folder| project.join(folder))
}

/// Writes `report.md`, its pictures and `samples.csv` into the folder; and `logs` where a promise was broken.
pub fn write(plan: &Plan, run: &Run, series: &[Series], folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("report.md"), markdown(plan, run, series)).unwrap();
    fs::write(folder.join("samples.csv"), samples(run)).unwrap();
    for (name, title) in CHARTS {
        fs::write(folder.join(format!("{name}.svg")), chart::draw(&picture(run, series, name, title))).unwrap();
    }
    let logs = folder.join("logs");
    if logs.exists() {
        fs::remove_dir_all(&logs).unwrap();
    }
    if run.totals.broken > 0 {
        copy_logs(&run.logs, &logs);
    }
}

fn minutes(run: &Run, at: Timestamp) -> f64 {
    millis(run.span.0, at) as f64 / 60_000.0
}

fn picture(run: &Run, series: &[Series], name: &str, title: &str) -> Chart {
    let shown: Vec<&Series> = series.iter().filter(|series| series.chart == name).collect();
    let of = |series: &&Series| chart::Series {
        name: series.what.clone(),
        points: series.points.iter().map(|(hours, value)| (hours * 60.0, *value)).collect(),
    };
    let mark = |event: &Event| {
        (minutes(run, event.began), minutes(run, event.recovered.unwrap_or(event.mended).max(event.mended)))
    };
    Chart {
        name: name.to_owned(),
        title: title.to_owned(),
        x: "minutes".to_owned(),
        y: shown.first().map_or("", |series| series.unit).to_owned(),
        shape: Shape::Lines,
        marks: run.events.iter().map(mark).collect(),
        series: shown.iter().map(of).collect(),
    }
}

fn markdown(plan: &Plan, run: &Run, series: &[Series]) -> String {
    let mut text =
        "# Soak\n\nAfter this page you know whether anything goes on growing when the service runs for hours \
                    under faults, and what was measured for that.\n\n"
            .to_owned();
    head(&mut text, plan, run);
    verdicts(&mut text, run, series);
    for (name, title) in CHARTS {
        write!(text, "\n![{title}]({name}.svg)\n").unwrap();
    }
    events(&mut text, run);
    text
}

fn head(text: &mut String, plan: &Plan, run: &Run) {
    let totals = &run.totals;
    let day = run.span.0.to_string();
    let day = day.split('T').next().unwrap_or_default();
    let others: Distribution = run.samples.iter().map(|sample| (sample.others * 100.0).round() as i64).collect();
    let [usual, most] = [500, 1_000].map(|rank| others.per_mille(rank).unwrap_or_default());
    let old = if plan.old.is_some() { "by another build and back" } else { "by the same program" };
    write!(
        text,
        "Written by `make soak HOURS={} RATE={} EVERY={} SEED={}` on {day}; do not edit. Three brokers that are controllers \
         too (replication 3, `min.insync.replicas` 2), PostgreSQL with a synchronous standby, two instances and now and \
         then a third one, a router that reports. All of it ran on one machine with {} cores for {:.0} minutes. Other \
         work took {usual} % of its processor time in the median of all samples, and {most} % at most.\n\n\
         {} commands a second were asked for, reports not counted; of those that schedule, all are due within 20 s, and one \
         in five is tracked or expires. A fault every {} minutes, each kind of the chaos once before one comes again; \
         both instances are replaced one after the other every {} minutes, {old}.\n\n\
         In all {} commands ({} of them reports), {} results, {} due events, {} state records, {} faults and upgrades. The \
         judge is that of the [chaos](../chaos/report.md); it looked at {} commands, each story as soon as nothing more was \
         to come of it, and at the rows that the database held of it.\n\n",
        plan.hours,
        plan.rate,
        plan.every.as_secs_f64() / 60.0,
        plan.seed,
        std::thread::available_parallelism().map_or(0, usize::from),
        minutes(run, run.span.1),
        plan.rate,
        plan.every.as_secs_f64() / 60.0,
        plan.upgrade().as_secs() / 60,
        totals.commands,
        totals.reports,
        totals.results,
        totals.due,
        totals.states,
        run.events.len(),
        totals.judged,
    )
    .unwrap();
    if let Some(failure) = &run.failure {
        write!(text, "**It ended before its time**: {failure}.\n\n").unwrap();
    }
    match totals.broken {
        0 => text.push_str("**No promise was broken.** "),
        count => write!(text, "**{count} promises were broken**; the instances' logs are in `logs`. ").unwrap(),
    }
}

fn verdicts(text: &mut String, run: &Run, series: &[Series]) {
    let judged: Vec<&Series> = series.iter().filter(|series| series.finding.is_some()).collect();
    let count = |verdict: Verdict| judged.iter().filter(|series| series.verdict() == verdict).count();
    let (well, bad) = (count(Verdict::LevelsOff), count(Verdict::GoesOn));
    let short = count(Verdict::TooShort);
    write!(text, "**{well} of {} series level off", judged.len()).unwrap();
    if bad > 0 {
        write!(text, ", {bad} go on").unwrap();
    }
    if short > 0 {
        write!(text, ", {short} are too short to say").unwrap();
    }
    text.push_str("**.\n");
    for broken in run.broken.iter().take(100) {
        write!(text, "\n- {broken}").unwrap();
    }
    text.push_str(
        "\n## What levels off\n\nSampled every ten seconds. The first third of the time is for warming up. Something goes on \
         growing where the median of the last third lies above that of the middle one by more than is allowed, and the \
         last third goes on rising in itself; results a second must not fall in the same way. Allowed are a twentieth, or \
         as much as single samples usually lie beside their line, or what means nothing for such a thing. The last but one \
         column says what is too slow to be noticed by that in so short a time. A process that is started again begins anew; \
         the one is looked at that ran longest.\n\n\
         The database keeps whole weeks of commands and whole months of callbacks (docs/running.md), so tables grow with \
         each command for as long as a run takes, whatever `retention` says; what must level off is what each command \
         takes. PostgreSQL forgets its estimate of dead rows when a standby is promoted or a server is killed.\n\n\
         | what | looked at | middle third | last third | allowed | noticed from, an hour | verdict |\n\
         |---|---|--:|--:|--:|--:|---|\n",
    );
    for series in judged {
        let Some(finding) = series.finding else { continue };
        let unit = if series.unit.is_empty() { String::new() } else { format!(" {}", series.unit) };
        let shown = |value: f64| if value.is_nan() { "–".to_owned() } else { format!("{}{unit}", figure(value)) };
        let [middle, last] = [finding.medians.0, finding.medians.1].map(shown);
        let [allowed, noticed] = [finding.allowance, finding.noticed_an_hour].map(shown);
        let (what, over, verdict) = (&series.what, &series.over, finding.verdict);
        writeln!(text, "| {what} | {over} | {middle} | {last} | {allowed} | {noticed} | {verdict} |").unwrap();
    }
}

fn events(text: &mut String, run: &Run) {
    text.push_str(
        "\n## What was done\n\nIn the pictures these times are shaded. A fault of a cluster is undone only when every shard \
         fires again.\n\n| after | what | done after | every shard fires again after |\n|--:|---|--:|--:|\n",
    );
    for event in &run.events {
        let seconds = |at: Timestamp| format!("{:.1} s", millis(event.began, at) as f64 / 1_000.0);
        let recovered = event.recovered.map_or_else(|| "more than a minute".to_owned(), seconds);
        let (after, mended) = (minutes(run, event.began), seconds(event.mended));
        writeln!(text, "| {after:.1} min | {} | {mended} | {recovered} |", event.what).unwrap();
    }
}

fn samples(run: &Run) -> String {
    let mut text = "minutes,pid 1,memory 1,descriptors 1,threads 1,pid 2,memory 2,descriptors 2,threads 2,pid 3,memory 3,\
                    descriptors 3,threads 3,own memory,dead,tables,indexes,wal,lag,commands,results,seconds,lateness p50,\
                    lateness p99,lateness longest,others\n"
        .to_owned();
    for sample in &run.samples {
        let Sample { own_memory, commands, results, others, .. } = sample;
        write!(text, "{:.3}", minutes(run, sample.at)).unwrap();
        for taken in &sample.instances {
            match taken {
                Some(taken) => {
                    let (pid, memory) = (taken.pid, taken.memory);
                    write!(text, ",{pid},{memory:.1},{},{}", taken.descriptors, taken.threads).unwrap();
                }
                None => text.push_str(",,,,"),
            }
        }
        write!(text, ",{own_memory:.1}").unwrap();
        match sample.stored {
            Some(stored) => {
                write!(text, ",{},{},{},{}", stored.dead, stored.tables, stored.indexes, stored.wal).unwrap();
            }
            None => text.push_str(",,,,"),
        }
        let lag = sample.lag.map(|lag| lag.to_string()).unwrap_or_default();
        write!(text, ",{lag},{},{},{:.3}", commands.0, results.0, results.1).unwrap();
        for rank in [500, 990, 1_000] {
            write!(text, ",{}", sample.lateness.per_mille(rank).map(|late| late.to_string()).unwrap_or_default())
                .unwrap();
        }
        writeln!(text, ",{others:.3}").unwrap();
    }
    text
}
