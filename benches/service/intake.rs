//! Scenario: how many commands a second the service decides, stores and answers.

use std::time::Duration;

use schedule_callback::clock;

use crate::chart::{Chart, Shape};
use crate::commands::Commands;
use crate::feed::Feed;
use crate::grounds::{Ground, Grounds, start};
use crate::listen::{Answer, Arrival, Listener, answer, rate};
use crate::progress::progress;
use crate::report::{Section, Target, by_round};
use crate::rig::Scope;
use crate::rig::usage::Process;
use crate::sizes::Sizes;
use crate::{copy, pipe};

/// Commands a second, the share of the bare pipe, and write-ahead log for each byte stored.
const TARGET_RATE: f64 = 45_000.0;
const TARGET_SHARE: f64 = 0.4;
const TARGET_WAL: f64 = 2.5;

/// What one round showed.
pub struct Intake {
    /// Commands a second, by arrival of their results.
    pub rate: f64,
    /// Bytes of a result, headers included.
    result_bytes: usize,
    /// Microseconds of processor time that a command cost the service's process.
    cpu_micros: f64,
    /// Bytes of write-ahead log for each command.
    wal_bytes: f64,
    /// Bytes of both tables and their indexes for each command.
    stored_bytes: f64,
}

/// Plays the scenario.
pub fn measure(grounds: &mut Grounds<'_>, sizes: &Sizes) -> Section {
    let ground = grounds.with_waiting(0);
    let twin = Scope::with_partitions(ground.scope.kafka, ground.scope.postgres, 1, 1);
    let count = sizes.commands / sizes.rounds;
    let mut intakes = Vec::new();
    let (mut bare_pipe, mut bare_copy) = (Vec::new(), Vec::new());
    for round in 1..=sizes.rounds {
        let since = clock::now();
        let intake = play(ground, &format!("intake-{round}"), count);
        ground.admin.run("checkpoint");
        let carried = pipe::carry(&ground.scope, count, intake.result_bytes, pipe::BATCH, round);
        let stored = copy::again(&ground.scope, &twin, since);
        ground.admin.run("checkpoint");
        progress(&format!(
            "intake {round}/{}: {:.0} commands/s; bare pipe {carried:.0}, bare COPY {stored:.0}; {:.1} µs of processor",
            sizes.rounds, intake.rate, intake.cpu_micros
        ));
        intakes.push(intake);
        bare_pipe.push(carried);
        bare_copy.push(stored);
    }
    let each = |figure: fn(&Intake) -> f64| intakes.iter().map(figure).collect::<Vec<_>>();
    let rates = each(|intake| intake.rate);
    let shares = rates.iter().zip(&bare_pipe).map(|(rate, pipe)| rate / pipe).collect();

    let mut section = Section::new(format!(
        "{count} commands a round wait in the topic when the service starts: numbers of the whole world as people write \
         them, four forms of dates, one in five refused. Counted by arrival of the results at a `read_committed` reader. In \
         turn with it: the bare pipe (the same commands consumed, records of a result's size produced in transactions of \
         5,000 with the offsets, nothing decided or stored) and the bare COPY (the rows of the same batches, one connection)."
    ));
    section.row("commands answered", "1/s", Some(Target::AtLeast(TARGET_RATE)), rates.clone());
    section.row("share of the bare pipe", "", Some(Target::AtLeast(TARGET_SHARE)), shares);
    section.row("bare pipe", "1/s", None, bare_pipe.clone());
    section.row("bare COPY", "commands/s", None, bare_copy.clone());
    section.row("processor time of the service for a command", "µs", None, each(|intake| intake.cpu_micros));
    section.row("write-ahead log for a command", "bytes", None, each(|intake| intake.wal_bytes));
    section.row("stored for a command, indexes included", "bytes", None, each(|intake| intake.stored_bytes));
    let wal = each(|intake| intake.wal_bytes / intake.stored_bytes);
    section.row("write-ahead log for each byte stored", "", Some(Target::AtMost(TARGET_WAL)), wal);
    section.charts.push(Chart {
        name: "intake".to_owned(),
        title: "Throughput by round".to_owned(),
        x: "round".to_owned(),
        y: "1/s".to_owned(),
        shape: Shape::Bars,
        marks: Vec::new(),
        series: vec![by_round("service", &rates), by_round("bare pipe", &bare_pipe), by_round("bare COPY", &bare_copy)],
    });
    section
}

/// One round: that many commands wait in the topic, the service starts, answers them and stops.
pub fn play(ground: &Ground<'_>, prefix: &str, count: u64) -> Intake {
    let commands = Commands::new(prefix, clock::now());
    Feed::to(&ground.scope, Duration::from_millis(20)).all(&commands, 0..count);
    let before = Stored::look(ground);
    let listener = Listener::open(&ground.scope.kafka.client(), &ground.scope.topics.results, answer);
    let (mut service, _) = start(&ground.service());
    let results: Vec<Arrival<Answer>> = listener.wait_for("results", count);
    let cpu_seconds = Process::of(service.pid()).cpu_seconds();
    service.terminate();
    let after = Stored::look(ground);
    let bytes: usize = results.iter().map(|(_, answer)| answer.bytes).sum();
    Intake {
        rate: rate(&results),
        result_bytes: bytes / results.len().max(1),
        cpu_micros: cpu_seconds * 1e6 / count as f64,
        wal_bytes: (after.wal - before.wal) as f64 / count as f64,
        stored_bytes: (after.tables - before.tables) as f64 / count as f64,
    }
}

/// What the database server has written, in bytes.
struct Stored {
    wal: i64,
    tables: i64,
}

impl Stored {
    fn look(ground: &Ground<'_>) -> Self {
        let sql = ground.scope.sql();
        Self {
            wal: sql.value("select (pg_current_wal_lsn() - '0/0')::bigint", &[]),
            tables: sql.value(
                "select sum(pg_total_relation_size(inhrelid))::bigint from pg_inherits
                 where inhparent in ('decision'::regclass, 'callback'::regclass)",
                &[],
            ),
        }
    }
}
