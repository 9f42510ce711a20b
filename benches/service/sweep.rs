//! Scenario: very many presentations of which nobody has reported in time.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::message::BorrowedMessage;
use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;

use crate::commands::Commands;
use crate::feed::Feed;
use crate::grounds::{Ground, Grounds, Kind, start};
use crate::life::{presented, put_presented};
use crate::listen::{
    Answer, Arrival, Listener, Said, Status, answer, millis, rate, said, said_for_good, scheduled_for,
};
use crate::progress::progress;
use crate::report::{Section, Target, quantile, sorted};
use crate::rig::usage::Process;
use crate::sizes::Sizes;

/// Ended or presented again a second.
const TARGET: f64 = 20_000.0;
/// The shortest time that a presentation may stay without a report.
const ACKNOWLEDGE_WITHIN: &str = "30s";
/// Half of them are as they were presented first, half as often as a skill's rules allow at the most.
const HALVES: Kind = Kind { attempt: "case when n % 2 = 0 then 1 else 5 end", ..Kind::TRACKED };
/// Commands a second that come in meanwhile.
const COMMANDS_PER_SECOND: u64 = 20;
/// Callbacks a second that are due meanwhile.
const DUE_PER_SECOND: i64 = 20;
/// How long callbacks are due meanwhile, at the least.
const SECONDS: i64 = 300;
const SECOND: i64 = 1_000_000;

/// What one round showed.
struct Round {
    /// Ended or presented again a second, by arrival.
    rate: f64,
    /// Seconds from the first to the last.
    seconds: f64,
    /// How many were presented again.
    presented: u64,
    /// How many have ended.
    ended: u64,
    /// Microseconds of processor time of the service for each.
    cpu_micros: f64,
    /// Bytes of write-ahead log for each.
    wal: f64,
    /// The most memory of the service, in MiB.
    memory: f64,
    /// Milliseconds from a command to its result, while it is swept, sorted.
    answered: Vec<f64>,
    /// Milliseconds of lateness of other callbacks that are due meanwhile, sorted.
    lateness: Vec<f64>,
}

/// Plays the scenario.
pub fn measure(grounds: &mut Grounds<'_>, sizes: &Sizes) -> Section {
    let count = sizes.unreported;
    let plain = play(grounds, count, false);
    let with_states = play(grounds, count, true);
    let mut section = Section::new(format!(
        "{count} tracked callbacks are due and nobody has reported of them when the service starts; after \
         `lifecycle.acknowledge_within` ({ACKNOWLEDGE_WITHIN}) each is looked at. First all are presented again, with the state \
         topic off; then half of them are presented again and half, which were presented five times, end as `missed`, with the \
         state topic on. Counted by arrival at a `read_committed` reader, of due events in the first run, in the second of the \
         states that say what became of each; that each is there once is looked at, and that the database says the same. \
         Meanwhile {COMMANDS_PER_SECOND} commands a second come in and {DUE_PER_SECOND} other callbacks a second become due.",
    ));
    for (name, round) in [("state topic off", &plain), ("state topic on", &with_states)] {
        let mut row = |what: &str, unit: &str, target, value: f64| {
            section.row(&format!("{name}: {what}"), unit, target, vec![value]);
        };
        row("ended or presented again", "1/s", Some(Target::AtLeast(TARGET)), round.rate);
        row("from the first to the last", "s", None, round.seconds);
        row("presented again", "", None, round.presented as f64);
        row("ended", "", None, round.ended as f64);
        row("processor time of the service for each", "µs", None, round.cpu_micros);
        row("write-ahead log for each", "bytes", None, round.wal);
        row("memory of the service at its most", "MiB", None, round.memory);
        for (share_name, share) in [("p50", 0.5), ("p99", 0.99), ("longest", 1.0)] {
            row(&format!("commands meanwhile, {share_name}"), "ms", None, quantile(&round.answered, share));
        }
        for (share_name, share) in [("p50", 0.5), ("p99", 0.99), ("longest", 1.0)] {
            row(&format!("lateness meanwhile, {share_name}"), "ms", None, quantile(&round.lateness, share));
        }
    }
    section
}

/// One round, on a ground of its own: so many are there, the service starts and is stopped when the last has arrived.
fn play(grounds: &Grounds<'_>, count: u64, states: bool) -> Round {
    let (ground, marker) = presented(grounds);
    put_presented(&ground, if states { &HALVES } else { &Kind::TRACKED }, count, marker);
    let from = clock::now().plus_micros(20 * SECOND);
    let others = (SECONDS * DUE_PER_SECOND).unsigned_abs();
    ground.put_callbacks(&Kind::UNTRACKED, others, from, SECOND / DUE_PER_SECOND);
    let sql = ground.scope.sql();
    let wal = || sql.value::<i64>("select (pg_current_wal_lsn() - '0/0')::bigint", &[]);
    let before = wal();
    let client = ground.scope.kafka.client();
    let (topic, read): (_, fn(&BorrowedMessage<'_>) -> Option<Said>) =
        if states { (&ground.state, missed_or_again) } else { (&ground.scope.topics.due, again) };
    let listener = Listener::open(&client, topic, read);
    let due = Listener::open(&client, &ground.scope.topics.due, due_for_the_first_time);
    let results = Listener::open(&client, &ground.scope.topics.results, answer);
    let config = ground.service_with_states(states).set("lifecycle.acknowledge_within", ACKNOWLEDGE_WITHIN);
    let (mut service, _) = start(&config);
    let cpu = Process::of(service.pid()).cpu_seconds();
    let is_over = AtomicBool::new(false);
    let (arrivals, sent) = std::thread::scope(|threads| {
        let sent = threads.spawn(|| send(&ground, &is_over));
        let arrivals = listener.wait_for("ended or presented again", count);
        is_over.store(true, Ordering::Relaxed);
        (arrivals, sent.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let process = Process::of(service.pid());
    let (cpu_seconds, memory) = (process.cpu_seconds() - cpu, process.peak_memory());
    let results = results.wait_for("results", sent.len() as u64);
    service.terminate();
    let wal = wal() - before;
    let due = due.stop();
    verify(&ground, &arrivals, count, states);
    let presented = arrivals.iter().filter(|(_, said)| said.status != Status::Missed).count() as u64;
    let (first, last) = (arrivals.first().map_or(from, |it| it.0), arrivals.last().map_or(from, |it| it.0));
    let is_meanwhile = |at: Timestamp| first <= at && at <= last;
    let round = Round {
        rate: rate(&arrivals),
        seconds: millis(first, last) / 1_000.0,
        presented,
        ended: arrivals.len() as u64 - presented,
        cpu_micros: cpu_seconds * 1e6 / count as f64,
        wal: wal as f64 / count as f64,
        memory,
        answered: latencies(&sent, &results, is_meanwhile),
        lateness: sorted(due.iter().filter(|(_, at)| is_meanwhile(*at)).map(|(at, due)| millis(*due, *at)).collect()),
    };
    progress(&format!(
        "sweep, states {states}: {:.0} a second ({} presented again, {} ended), {:.1} s, {:.0} bytes of write-ahead log each; \
         commands meanwhile p50 {:.0} ms, longest {:.0} ms; lateness p50 {:.0} ms, longest {:.0} ms",
        round.rate,
        round.presented,
        round.ended,
        round.seconds,
        round.wal,
        quantile(&round.answered, 0.5),
        quantile(&round.answered, 1.0),
        quantile(&round.lateness, 0.5),
        quantile(&round.lateness, 1.0),
    ));
    round
}

/// Sends commands until it is over; returns when each was sent.
fn send(ground: &Ground<'_>, is_over: &AtomicBool) -> Vec<Timestamp> {
    let commands = Commands::new("meanwhile", clock::now());
    let feed = Feed::to(&ground.scope, Duration::from_millis(2));
    let mut sent = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let n = sent.len() as u64;
        let command = commands.nth(n);
        sent.push(clock::now());
        feed.each(std::iter::once((n, command)));
        std::thread::sleep(Duration::from_secs(1) / u32::try_from(COMMANDS_PER_SECOND).unwrap_or(1));
    }
    sent
}

/// Milliseconds from each command that was sent at such a time to its result, sorted.
fn latencies(sent: &[Timestamp], results: &[Arrival<Answer>], counts: impl Fn(Timestamp) -> bool) -> Vec<f64> {
    let sent_at = |number: usize| sent.get(number).copied().filter(|at| counts(*at));
    sorted(results.iter().filter_map(|(at, answer)| Some(millis(sent_at(answer.number)?, *at))).collect())
}

/// A due event that presents a callback for the second time.
fn again(message: &BorrowedMessage<'_>) -> Option<Said> {
    said(message).filter(|said| said.attempt == 2)
}

/// A state that says that a callback is presented for the second time, or has ended.
fn missed_or_again(message: &BorrowedMessage<'_>) -> Option<Said> {
    said_for_good(message).filter(|said| said.status == Status::Missed || said.attempt == 2)
}

/// When a callback that is presented for the first time was to be.
fn due_for_the_first_time(message: &BorrowedMessage<'_>) -> Option<Timestamp> {
    said(message).filter(|said| said.attempt == 1).and_then(|_| scheduled_for(message))
}

/// Each of them has arrived once, and the database says the same of each.
fn verify(ground: &Ground<'_>, arrivals: &[Arrival<Said>], count: u64, states: bool) {
    let heard_of: HashSet<i64> = arrivals.iter().map(|(_, said)| said.callback).collect();
    assert_eq!((heard_of.len(), arrivals.len() as u64), (arrivals.len(), count), "each is heard of once");
    let ended = arrivals.iter().filter(|(_, said)| said.status == Status::Missed).count() as u64;
    let stored = |which: &str| -> i64 {
        let query = format!("select count(*) from callback where tries is not null and {which}");
        ground.scope.sql().value(&query, &[])
    };
    let stands =
        [stored("ended_as = 'missed' and attempt = 5"), stored("phase = 'again' and attempt > 1"), stored("true")];
    let expected = [ended, count - ended, count].map(|number| i64::try_from(number).unwrap_or(i64::MAX));
    assert_eq!(stands, expected, "ended, presented again, and all: what the database says");
    let half = if states { count / 2 } else { 0 };
    assert_eq!(ended, half, "those end that were presented five times");
}
