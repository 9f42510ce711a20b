//! What single steps cost, in one thread, for each command or callback: `make bench-micro`.

#![expect(missing_docs, reason = "criterion's macro makes a public function")]

mod steps;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use mimalloc::MiMalloc;
use schedule_callback::domain::command::draft::draft;
use schedule_callback::domain::commitment::Position;
use schedule_callback::domain::phone::{self, PhoneRules};
use schedule_callback::domain::time::schedule_date::Zones;
use schedule_callback::domain::time::{Timestamp, schedule_date};
use schedule_callback::protocol::window::{Change, Window};
use schedule_callback::wire::decode::{Limits, decode};
use schedule_callback::wire::due::DueEvent;
use serde_json::Value;

use self::steps::{NOW, Steps, due, fire, incoming, rows};

/// The service's own allocator (src/main.rs): part of what a step costs. Not that of the program that measures from
/// outside: a consumer that only reads is a good deal slower with it, and would add that to what it measures.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const COMMANDS: u64 = 1_000;
/// As many as a pass takes at most.
const CALLBACKS: u64 = 10_000;
const LIMITS: Limits = Limits { command_bytes: 65_536 };

fn command_steps(criterion: &mut Criterion) {
    let steps = Steps::new();
    let records = Steps::commands(COMMANDS);
    let payloads: Vec<Value> = records.iter().filter_map(|it| serde_json::from_str(&it.value).ok()).collect();
    let texts = |field: &str| -> Vec<String> {
        payloads.iter().filter_map(|payload| Some(payload.get(field)?.as_str()?.to_owned())).collect()
    };
    let (dates, numbers) = (texts("scheduleDate"), texts("phoneNumber"));
    let zones = Zones { command: Some("Europe/Madrid"), ..Zones::default() };

    let mut group = criterion.benchmark_group("command");
    group.throughput(Throughput::Elements(COMMANDS));
    group.bench_function("decode", |bencher| {
        bencher.iter(|| records.iter().filter(|record| decode(&incoming(record), LIMITS).is_ok()).count());
    });
    group.bench_function("draft", |bencher| {
        bencher.iter_batched(
            || records.iter().filter_map(|record| decode(&incoming(record), LIMITS).ok()).collect::<Vec<_>>(),
            |commands| -> Vec<_> {
                commands.into_iter().map(|command| draft(command, &steps.directory, &steps.rules)).collect()
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("date", |bencher| {
        bencher.iter(|| dates.iter().filter(|text| schedule_date::parse(text, &zones).is_ok()).count());
    });
    group.bench_function("phone", |bencher| {
        let judge = |text: &String| phone::judge(text, None, PhoneRules::default());
        bencher.iter(|| numbers.iter().filter(|text| judge(text).is_ok()).count());
    });
    let items: Vec<_> = records.iter().map(|record| steps.judge(record)).collect();
    group.bench_function("settle and write the result", |bencher| {
        bencher.iter(|| steps.settle(black_box(&items)).release());
    });
    let settled = steps.settle(&items);
    group.bench_function("rows for COPY", |bencher| bencher.iter(|| rows(black_box(&settled))));
    settled.release();
    group.finish();
}

fn callback_steps(criterion: &mut Criterion) {
    let callbacks = Steps::new().callbacks(CALLBACKS);
    let many = callbacks.len() as u64;
    let events = due(&callbacks);
    let all: Vec<(Position, DueEvent)> =
        callbacks.iter().zip(&events).map(|(callback, event)| (callback.position(), event.clone())).collect();
    let last = all.last().map_or(Position::end_of(NOW), |row| row.0);
    let empty = || Window::starting_at(Position { fire_at: Timestamp::from_micros(0), callback_id: 0 });
    let loaded = || {
        let mut window = empty();
        window.begin_load(last);
        window.finish_load(all.clone(), true);
        window
    };

    let mut group = criterion.benchmark_group("callback");
    group.throughput(Throughput::Elements(many));
    group.bench_function("due event, as it comes into the window", |bencher| bencher.iter(|| due(&callbacks)));
    group.bench_function("due event, as it is fired", |bencher| {
        bencher.iter(|| fire(&events, NOW, |part| _ = black_box(part)));
    });
    group.bench_function("load a window", |bencher| bencher.iter(loaded));
    group.bench_function("add to a window", |bencher| {
        bencher.iter_batched(
            || {
                let mut window = empty();
                window.begin_load(last);
                window.finish_load(Vec::new(), true);
                window
            },
            |mut window| {
                for (callback, row) in callbacks.iter().zip(&all) {
                    let becomes = Some(row.clone());
                    window.apply(Change { callback_id: callback.callback_id, was: None, becomes }, window.end());
                }
                window
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function("pass over a window", |bencher| {
        bencher.iter_batched(
            loaded,
            |mut window| {
                let seen = window.iter().take_while(|row| row.0 <= last).count();
                window.drop_through(last);
                (seen, window)
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, command_steps, callback_steps);
criterion_main!(benches);
