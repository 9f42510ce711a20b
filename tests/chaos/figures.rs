//! What a run comes to in figures.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use schedule_callback::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::history::{History, Published, Sent, Wish};
use crate::life_figures::LifeFigures;
use crate::run::{Round, Run, shard};

/// The figures of a run.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Command records by what they ask for.
    pub commands: BTreeMap<&'static str, usize>,
    /// Result records by condition and code.
    pub results: BTreeMap<String, usize>,
    /// Due events.
    pub due: usize,
    /// By kind of fault.
    pub faults: BTreeMap<&'static str, FaultFigures>,
    /// From `scheduledFor` to when a reader had the event.
    pub lateness: Distribution,
    /// The same for callbacks that were due while nothing was broken and nothing had to be caught up.
    pub lateness_undisturbed: Distribution,
    /// What became of callbacks after they were due; `None` where there was no state topic.
    pub lives: Option<LifeFigures>,
}

/// What faults of a kind did.
#[derive(Clone, Debug, Default)]
pub struct FaultFigures {
    /// The longest time that any shard fired nothing, of each such fault.
    pub pauses: Distribution,
    /// From the mending until every shard had fired again.
    pub recoveries: Distribution,
    /// After how many of them a shard fired nothing for as long as the round waited.
    pub unrecovered: usize,
}

/// Durations, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    sorted: Vec<i64>,
}

impl FromIterator<i64> for Distribution {
    fn from_iter<I: IntoIterator<Item = i64>>(millis: I) -> Self {
        let mut sorted: Vec<i64> = millis.into_iter().collect();
        sorted.sort_unstable();
        Self { sorted }
    }
}

impl Distribution {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The least one that so many per mille do not exceed; `None` where there are none.
    pub fn per_mille(&self, per_mille: usize) -> Option<i64> {
        let rank = (self.sorted.len() * per_mille).div_ceil(1_000).max(1);
        self.sorted.get(rank - 1).copied()
    }

    /// p50, p90, p99 and the longest.
    pub fn json(&self) -> Value {
        let [p50, p90, p99, longest] = [500, 900, 990, 1_000].map(|rank| self.per_mille(rank));
        json!({"count": self.count(), "p50_ms": p50, "p90_ms": p90, "p99_ms": p99, "longest_ms": longest})
    }
}

impl Figures {
    /// Of a run.
    pub fn of(run: &Run) -> Self {
        let history = &run.history;
        let mut commands: BTreeMap<&'static str, usize> = BTreeMap::new();
        for kind in kinds(&history.commands) {
            *commands.entry(kind).or_default() += 1;
        }
        let mut results: BTreeMap<String, usize> = BTreeMap::new();
        for result in &history.results {
            *results.entry(condition(result)).or_default() += 1;
        }
        let mut times: BTreeMap<&'static str, (Vec<i64>, Vec<i64>, usize)> = BTreeMap::new();
        for (round, until) in rounds_with_ends(run) {
            let (pauses, recoveries, unrecovered) = times.entry(round.fault.kind()).or_default();
            pauses.push(longest_pause(history, round.began, until));
            match round.recovered {
                Some(recovered) => recoveries.push(millis(round.mended, recovered)),
                None => *unrecovered += 1,
            }
        }
        let faults = times.into_iter().map(|(kind, (pauses, recoveries, unrecovered))| {
            let (pauses, recoveries) = (pauses.into_iter().collect(), recoveries.into_iter().collect());
            (kind, FaultFigures { pauses, recoveries, unrecovered })
        });
        let disturbed = |at: Timestamp| {
            let broken = |round: &Round| round.began <= at && round.recovered.is_none_or(|recovered| at < recovered);
            run.rounds.iter().any(broken)
        };
        let late = |event: &Published| Some(millis(wanted_at(event)?, event.seen_at));
        let calm = |event: &&Published| wanted_at(event).is_some_and(|at| !disturbed(at) && !disturbed(event.seen_at));
        Self {
            commands,
            results,
            due: history.due.len(),
            faults: faults.collect(),
            lateness: history.due.iter().filter_map(late).collect(),
            lateness_undisturbed: history.due.iter().filter(calm).filter_map(late).collect(),
            lives: LifeFigures::of(history),
        }
    }

    /// For the report that programs read.
    pub fn json(&self) -> Value {
        let faults: BTreeMap<_, _> = self
            .faults
            .iter()
            .map(|(kind, figures)| {
                let FaultFigures { pauses, recoveries, unrecovered } = figures;
                let figures = json!({
                    "count": pauses.count(), "longest_pause_of_a_shard": pauses.json(),
                    "from_mending_to_all_firing": recoveries.json(), "unrecovered": unrecovered
                });
                (*kind, figures)
            })
            .collect();
        json!({
            "commands": self.commands, "results": self.results, "due_events": self.due, "faults": faults,
            "lateness": self.lateness.json(), "lateness_undisturbed": self.lateness_undisturbed.json(),
            "lives": self.lives.as_ref().map(LifeFigures::json)
        })
    }
}

/// When that attempt was wanted: the first one when the caller wants to be called, another one when its wait had ended, which
/// the event's lateness tells.
pub fn wanted_at(event: &Published) -> Option<Timestamp> {
    let data: Value = serde_json::from_str(&event.value).ok()?;
    let instant = |name: &str| Timestamp::parse_rfc3339(data[name].as_str()?).ok();
    match data["attempt"].as_i64()? {
        1 => instant("scheduledFor"),
        _ => Some(instant("firedAt")?.plus_micros(-1_000 * data["latenessMs"].as_i64()?)),
    }
}

/// Milliseconds from one instant to another.
pub fn millis(from: Timestamp, to: Timestamp) -> i64 {
    (to.micros() - from.micros()) / 1_000
}

fn kinds(commands: &[Sent]) -> impl Iterator<Item = &'static str> {
    let mut payloads: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    commands.iter().map(move |sent| {
        let known = payloads.entry(&sent.command_id).or_default();
        let (is_first, is_new) = (known.is_empty(), known.insert(&sent.payload));
        match (&sent.wish, is_first, is_new) {
            (_, false, false) => "repeated",
            (_, false, true) => "id used again",
            (Wish::Schedule { .. }, ..) => "schedule",
            (Wish::ScheduleWith { .. }, ..) => "schedule, tracked or with an end",
            (Wish::Report(_), ..) => "report",
            (Wish::Impossible { .. }, ..) => "refused by the rules",
            (Wish::Cancel(_), ..) => "cancel",
            (Wish::Reschedule { .. }, ..) => "reschedule",
        }
    })
}

fn condition(result: &Published) -> String {
    let data: Value = serde_json::from_str(&result.value).unwrap_or_default();
    let condition = data["condition"].as_str().unwrap_or_default();
    match data["violations"][0]["code"].as_str() {
        Some(code) => format!("{condition} {code}"),
        None => condition.to_owned(),
    }
}

/// Each round, with the time at which the next one begins.
fn rounds_with_ends(run: &Run) -> impl Iterator<Item = (&Round, Timestamp)> {
    let ends = run.rounds.iter().skip(1).map(|next| next.began).chain([run.load_ended]);
    run.rounds.iter().zip(ends)
}

/// The longest time between these two that any shard fired nothing; the stream has something due on each of them every
/// few hundred milliseconds.
pub fn longest_pause(history: &History, from: Timestamp, until: Timestamp) -> i64 {
    let mut last: BTreeMap<i64, Timestamp> = BTreeMap::new();
    let mut longest = 0;
    for event in history.due.iter().filter(|event| from <= event.seen_at && event.seen_at < until) {
        let Some(shard) = shard(event) else { continue };
        let before = last.insert(shard, event.seen_at).unwrap_or(from);
        longest = longest.max(millis(before, event.seen_at));
    }
    last.into_values().fold(longest, |longest, last| longest.max(millis(last, until)))
}

/// How late the latest of those due events was that came, or were due, between these two: for so long something was due and not
/// fired. The time in which nothing was due of a shard does not count, nor that in which a command was on its way to Kafka.
pub fn latest(history: &History, from: Timestamp, until: Timestamp) -> i64 {
    let mut delivered: HashMap<&str, Timestamp> = HashMap::new();
    for sent in &history.commands {
        let first = delivered.entry(&sent.command_id).or_insert(sent.delivered_at);
        *first = (*first).min(sent.delivered_at);
    }
    let late = history.due.iter().filter_map(|event| {
        let wanted = wanted_at(event)?;
        let wanted =
            delivered.get(event.attribute("ce_causationid")).map_or(wanted, |delivered| wanted.max(*delivered));
        let is_meant = from <= event.seen_at && wanted < until;
        is_meant.then(|| millis(wanted.max(from), event.seen_at))
    });
    late.max().unwrap_or(0)
}
