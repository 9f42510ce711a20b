//! The samples as series, each with a verdict.

use super::Run;
use super::sampler::{Sample, Stored, Taken};
use super::verdict::{Bad, Finding, LEAST_SAMPLES, Verdict, look};
use crate::figures::millis;
use crate::watched::INSTANCES;

/// One thing that was measured all the time.
#[derive(Clone, Debug)]
pub struct Series {
    /// Series of one chart are shown together.
    pub chart: &'static str,
    /// What.
    pub what: String,
    /// Its unit.
    pub unit: &'static str,
    /// Hours since the beginning, and values.
    pub points: Vec<(f64, f64)>,
    /// What was looked at: the whole run, or the longest time that a process ran.
    pub over: String,
    /// What that came to; none where it is only shown.
    pub finding: Option<Finding>,
}

impl Series {
    /// Whether it levels off; what is only shown does.
    pub fn verdict(&self) -> Verdict {
        self.finding.map_or(Verdict::LevelsOff, |finding| finding.verdict)
    }

    fn judged(mut self, bad: Bad, floor: f64) -> Self {
        self.finding = Some(look(&self.points, bad, floor));
        self
    }
}

const MIB: f64 = 1_048_576.0;

/// Something that an instance takes.
type Value = fn(&Taken) -> f64;

/// All series of a run.
pub fn of(run: &Run) -> Vec<Series> {
    let all = Samples(run);
    let mut series: Vec<Series> = (0..INSTANCES).flat_map(|place| all.instance(place)).collect();
    let own = all.series("own-memory", "the measuring program: memory", "MiB", |sample| Some(sample.own_memory));
    series.push(own.judged(Bad::Growth, 64.0));
    series.extend(all.database());
    series.extend(all.work());
    series
}

struct Samples<'a>(&'a Run);

impl Samples<'_> {
    fn hours(&self, sample: &Sample) -> f64 {
        millis(self.0.span.0, sample.at) as f64 / 3_600_000.0
    }

    fn series(
        &self,
        chart: &'static str,
        what: &str,
        unit: &'static str,
        value: impl Fn(&Sample) -> Option<f64>,
    ) -> Series {
        let points = self.0.samples.iter().filter_map(|sample| Some((self.hours(sample), value(sample)?)));
        let (what, over) = (what.to_owned(), "the whole run".to_owned());
        Series { chart, what, unit, points: points.collect(), over, finding: None }
    }

    /// What the instance of that place takes. A process that is started again begins anew: the one is looked at that has
    /// run longest. Nothing where none has run for a while, as of the one that comes and goes.
    fn instance(&self, place: usize) -> Vec<Series> {
        let samples = &self.0.samples;
        let longest = samples
            .chunk_by(|one, next| pid(one, place) == pid(next, place))
            .filter(|life| life.first().is_some_and(|sample| sample.instances[place].is_some()))
            .max_by_key(|life| life.len());
        let Some(life) = longest.filter(|life| life.len() >= LEAST_SAMPLES / 3) else { return Vec::new() };
        let minutes = millis(life[0].at, life[life.len() - 1].at) / 60_000;
        let number = place + 1;
        let measured: [(&str, &str, &str, f64, Value); 3] = [
            ("memory", "memory", "MiB", 4.0, |taken| taken.memory),
            ("descriptors", "open files and sockets", "", 8.0, |taken| taken.descriptors as f64),
            ("threads", "threads", "", 4.0, |taken| taken.threads as f64),
        ];
        let of = measured.map(|(chart, what, unit, floor, value)| {
            let what = format!("instance {number}: {what}");
            let series = self.series(chart, &what, unit, |sample| sample.instances[place].as_ref().map(value));
            let at = |sample: &Sample| Some((self.hours(sample), value(sample.instances[place].as_ref()?)));
            let points: Vec<_> = life.iter().filter_map(at).collect();
            let over = format!("{minutes} min, the longest that it ran");
            Series { finding: Some(look(&points, Bad::Growth, floor)), over, ..series }
        });
        of.into()
    }

    fn database(&self) -> Vec<Series> {
        let for_each = |sample: &Sample, value: fn(&Stored) -> i64| {
            let commands = sample.commands.0.max(1) as f64;
            Some(value(sample.stored.as_ref()?) as f64 / commands)
        };
        let bytes =
            |value: fn(&Stored) -> i64| move |sample: &Sample| Some(value(sample.stored.as_ref()?) as f64 / MIB);
        let dead = |sample: &Sample| Some(100.0 * for_each(sample, |stored| stored.dead)?);
        vec![
            self.series("dead", "dead row versions for 100 commands stored", "", dead).judged(Bad::Growth, 10.0),
            self.series("stored-each", "tables for each command stored", "bytes", |sample| {
                for_each(sample, |stored| stored.tables)
            })
            .judged(Bad::Growth, 0.0),
            self.series("stored-each", "indexes for each command stored", "bytes", |sample| {
                for_each(sample, |stored| stored.indexes)
            })
            .judged(Bad::Growth, 0.0),
            self.wal().judged(Bad::Growth, 0.0),
            self.series("stored", "tables", "MiB", bytes(|stored| stored.tables)),
            self.series("stored", "indexes", "MiB", bytes(|stored| stored.indexes)),
            self.series("wal", "write-ahead log, position", "MiB", bytes(|stored| stored.wal)),
        ]
    }

    /// The write-ahead log of the commands between two samples.
    fn wal(&self) -> Series {
        let between = self.0.samples.windows(2).filter_map(|pair| {
            let commands = (pair[1].commands.0 - pair[0].commands.0) as f64;
            let bytes = (pair[1].stored?.wal - pair[0].stored?.wal) as f64;
            (commands > 0.0 && bytes >= 0.0).then(|| (self.hours(&pair[1]), bytes / commands))
        });
        let points = between.collect();
        Series { points, ..self.series("wal-each", "write-ahead log for each command", "bytes", |_| None) }
    }

    fn work(&self) -> Vec<Series> {
        let lateness =
            |per_mille: usize| move |sample: &Sample| sample.lateness.per_mille(per_mille).map(|late| late as f64);
        let rate = |sample: &Sample| Some(sample.results.0 as f64 / sample.results.1.max(0.001));
        vec![
            self.series("lag", "commands not yet consumed", "", |sample| Some(sample.lag? as f64))
                .judged(Bad::Growth, 500.0),
            self.series("lateness", "lateness, p50", "ms", lateness(500)).judged(Bad::Growth, 20.0),
            self.series("lateness", "lateness, p99", "ms", lateness(990)).judged(Bad::Growth, 100.0),
            self.series("latest", "lateness, longest", "ms", lateness(1_000)).judged(Bad::Growth, 250.0),
            self.series("results", "results a second", "1/s", rate).judged(Bad::Fall, 0.0),
            self.series("others", "other work on the machine", "% of its processor time", |sample| {
                Some(sample.others * 100.0)
            }),
        ]
    }
}

fn pid(sample: &Sample, place: usize) -> Option<u32> {
    sample.instances[place].as_ref().map(|taken| taken.pid)
}
