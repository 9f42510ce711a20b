//! Scenario: how many reports a second the service takes, and what one costs.

use std::time::Duration;

use schedule_callback::clock;

use crate::chart::{Chart, Shape};
use crate::commands::Commands;
use crate::feed::Feed;
use crate::grounds::{Ground, Grounds, Kind, PARTITIONS, start};
use crate::life::{presented, put_presented};
use crate::listen::{Listener, answer, rate};
use crate::progress::progress;
use crate::report::{Section, by_round};
use crate::rig::Sql;
use crate::rig::usage::Process;
use crate::sizes::Sizes;

/// PostgreSQL tells its statistics about once a second.
const STATISTICS: Duration = Duration::from_secs(2);

/// How reports are sent, and how the service is set.
struct Way {
    name: &'static str,
    /// Whether each goes to the partition of its callback, instead of evenly over all.
    at_home: bool,
    states: bool,
}

const WAYS: [Way; 3] = [
    Way { name: "spread over the partitions", at_home: false, states: false },
    Way { name: "each in its callback's partition", at_home: true, states: false },
    Way { name: "spread, state topic on", at_home: false, states: true },
];

/// What one round showed.
struct Round {
    /// Reports a second, by arrival of their results.
    rate: f64,
    /// Microseconds of processor time of the service for a report.
    cpu_micros: f64,
    /// Bytes of write-ahead log for a report.
    wal: f64,
    /// Rows of `decision` that a report inserted.
    decisions: f64,
    /// Rows of `callback` that a report wrote: one that goes to another partition counts twice.
    callbacks: f64,
}

/// Plays the scenario.
pub fn measure(grounds: &mut Grounds<'_>, sizes: &Sizes) -> Section {
    let (ground, marker) = presented(grounds);
    let mut ways = WAYS.map(|_| Vec::new());
    for round in 1..=sizes.rounds {
        for (way, rounds) in WAYS.iter().zip(&mut ways) {
            put_presented(&ground, &Kind::TRACKED, sizes.reports, marker);
            let played = play(&ground, way, sizes.reports);
            progress(&format!(
                "reports, {}, {round}/{}: {:.0} a second, {:.0} bytes of write-ahead log each",
                way.name, sizes.rounds, played.rate, played.wal
            ));
            rounds.push(played);
        }
    }
    let mut section = Section::new(format!(
        "{} reports a round wait in the topic when the service starts, each of another callback that is due: a third that the \
         person was reached, a third that nobody answered, a third that somebody has taken the call on. Spread evenly over the \
         partitions, as whatever they are keyed by does, so that seven of eight are forwarded to the shard of their callback; \
         in turn with it the same sent to the partition that the callback's id names, and with the state topic on. Counted by \
         arrival of the results at a `read_committed` reader.",
        sizes.reports
    ));
    for (way, rounds) in WAYS.iter().zip(&ways) {
        let what = |figure: &str| format!("{}: {figure}", way.name);
        let each = |figure: fn(&Round) -> f64| rounds.iter().map(figure).collect();
        section.row(&what("reports answered"), "1/s", None, each(|round| round.rate));
        section.row(&what("processor time of the service for a report"), "µs", None, each(|round| round.cpu_micros));
        section.row(&what("write-ahead log for a report"), "bytes", None, each(|round| round.wal));
        section.row(&what("rows inserted into `decision` for a report"), "", None, each(|round| round.decisions));
        section.row(&what("rows written in `callback` for a report"), "", None, each(|round| round.callbacks));
    }
    let rates = |rounds: &[Round]| rounds.iter().map(|round| round.rate).collect::<Vec<_>>();
    section.charts.push(Chart {
        name: "reports".to_owned(),
        title: "Reports a second by round".to_owned(),
        x: "round".to_owned(),
        y: "1/s".to_owned(),
        shape: Shape::Bars,
        marks: Vec::new(),
        series: WAYS.iter().zip(&ways).map(|(way, rounds)| by_round(way.name, &rates(rounds))).collect(),
    });
    section
}

/// One round: the reports wait in the topic, the service starts, answers them and stops.
fn play(ground: &Ground<'_>, way: &Way, count: u64) -> Round {
    let sql = ground.scope.sql();
    let unreported = "select callback_id from callback
         where tries is not null and phase is null and last_outcome is null order by fire_at";
    let ids: Vec<i64> = sql.rows(unreported, &[]).iter().map(|row| row.get(0)).collect();
    assert_eq!(ids.len() as u64, count, "callbacks of which nothing is reported yet");
    let now = clock::now();
    let commands = Commands::new(&format!("reports-{}", now.micros()), now);
    let reports = ids.iter().zip(0..).map(|(id, n)| {
        let shard = id.unsigned_abs() % 1_024 % u64::from(PARTITIONS.unsigned_abs());
        // By shards the ids come in turn, so their number alone would not spread them.
        let partition = if way.at_home { shard } else { n / 3 };
        (partition, commands.report(n, *id, 1))
    });
    Feed::to(&ground.scope, Duration::from_millis(20)).each(reports);
    let before = Written::look(&sql);
    let listener = Listener::open(&ground.scope.kafka.client(), &ground.scope.topics.results, answer);
    let (mut service, _) = start(&ground.service_with_states(way.states));
    let results = listener.wait_for("results", count);
    let cpu_seconds = Process::of(service.pid()).cpu_seconds();
    service.terminate();
    std::thread::sleep(STATISTICS);
    let after = Written::look(&sql);
    let left: i64 = sql.value(&format!("select count(*) from ({unreported}) row"), &[]);
    assert_eq!(left, 0, "all reports are of some effect");
    let each = |before: i64, after: i64| (after - before) as f64 / count as f64;
    Round {
        rate: rate(&results),
        cpu_micros: cpu_seconds * 1e6 / count as f64,
        wal: each(before.wal, after.wal),
        decisions: each(before.decisions, after.decisions),
        callbacks: each(before.callbacks, after.callbacks),
    }
}

/// What the database server has written so far.
struct Written {
    wal: i64,
    decisions: i64,
    callbacks: i64,
}

impl Written {
    fn look(sql: &Sql) -> Self {
        // Partitions are called after what the tables were called first.
        let rows = |table: &str| -> i64 {
            let query = "select coalesce(sum(n_tup_ins + n_tup_upd), 0)::bigint from pg_stat_user_tables
                 where relid in (select inhrelid from pg_inherits where inhparent = $1::text::regclass)";
            sql.value(query, &[&table])
        };
        Self {
            wal: sql.value("select (pg_current_wal_lsn() - '0/0')::bigint", &[]),
            decisions: rows("decision"),
            callbacks: rows("callback"),
        }
    }
}
