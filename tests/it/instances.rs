//! Several instances of one group: who fires what, and how long a shard stands still when its owner changes.

use std::collections::BTreeMap;
use std::time::Instant;

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::answers::ids_once;
use crate::rig::{DEADLINE, Message, Reader, Record, Scope, ServiceProcess, wait_until};
use crate::sample::{self, binary, schedule};

pub const PARTITIONS: i32 = 6;

/// Callbacks at a steady beat in every shard, and what became of them.
pub struct Beat<'a> {
    scope: &'a Scope<'a>,
    pub commands: usize,
    pub due: Reader,
}

impl<'a> Beat<'a> {
    /// So many callbacks in each shard, one every 200 ms from `first` seconds on.
    pub fn produce(scope: &'a Scope<'a>, first: i64, callbacks: i64) -> Self {
        let start = clock::now();
        let commands: Vec<Message> = (0..callbacks)
            .flat_map(|beat| {
                (0..PARTITIONS).map(move |partition| {
                    let date = start.plus_micros(first * 1_000_000 + beat * 200_000);
                    binary(&format!("c-{partition}-{beat}"), &schedule(&date.to_string())).in_partition(partition)
                })
            })
            .collect();
        let count = commands.len();
        scope.produce(&scope.topics.commands, commands);
        Self { scope, commands: count, due: scope.reader(&scope.topics.due) }
    }

    /// Waits until every shard has fired something that was fired after that instant, and returns when the last of
    /// them did so for the first time.
    pub fn wait_for_all_shards_after(&mut self, instant: Timestamp) -> Timestamp {
        let seen = self
            .due
            .wait_until("every shard fires again", |seen| first_after(seen, instant).len() == PARTITIONS as usize);
        first_after(seen, instant).into_values().max().unwrap()
    }

    /// Waits until everything is answered and fired; each exactly once, none early.
    pub fn wait_for_the_end(mut self) -> Vec<Record> {
        self.due.wait_for(self.commands);
        let results = self.scope.read_to_end(&self.scope.topics.results);
        assert_eq!(ids_once(&results).len(), self.commands);
        assert!(results.iter().all(|record| record.json()["condition"] == "Success"));
        let due = self.scope.read_to_end(&self.scope.topics.due);
        assert_eq!(ids_once(&due).len(), self.commands);
        for record in &due {
            let event = record.json();
            assert!(instant(&event["firedAt"]) >= instant(&event["scheduledFor"]), "{event}");
        }
        due
    }
}

fn instant(text: &Value) -> Timestamp {
    Timestamp::parse_rfc3339(text.as_str().unwrap()).unwrap()
}

fn shard_of(event: &Value) -> i64 {
    event["callbackId"].as_i64().unwrap() & 1_023
}

/// For each shard the first instant after the given one at which it fired.
fn first_after(seen: &[Record], after: Timestamp) -> BTreeMap<i64, Timestamp> {
    let mut first = BTreeMap::new();
    for record in seen {
        let event = record.json();
        let fired = instant(&event["firedAt"]);
        if fired > after {
            first
                .entry(shard_of(&event))
                .and_modify(|earliest: &mut Timestamp| *earliest = fired.min(*earliest))
                .or_insert(fired);
        }
    }
    first
}

/// The longest time that a shard stood still between two instants, in milliseconds, by shard.
pub fn standstills(due: &[Record], from: Timestamp, to: Timestamp) -> BTreeMap<i64, i64> {
    let mut fired: BTreeMap<i64, Vec<Timestamp>> = BTreeMap::new();
    for record in due {
        let event = record.json();
        fired.entry(shard_of(&event)).or_default().push(instant(&event["firedAt"]));
    }
    for times in fired.values_mut() {
        times.sort();
    }
    let longest = |times: &Vec<Timestamp>| {
        let inside = times.windows(2).filter(|pair| pair[1] >= from && pair[0] <= to);
        inside.map(|pair| (pair[1].micros() - pair[0].micros()) / 1_000).max().unwrap_or(0)
    };
    fired.iter().map(|(shard, times)| (*shard, longest(times))).collect()
}

/// How many shards each instance owns, by the database.
fn owners(scope: &Scope<'_>) -> Vec<i64> {
    let rows = scope.sql().rows("select count(*) from shard where owner is not null group by owner order by 1", &[]);
    rows.iter().map(|row| row.get(0)).collect()
}

/// Waits until two instances have taken over half of the shards each.
pub fn wait_for_halves(scope: &Scope<'_>, instances: &mut [&mut ServiceProcess]) {
    let half = i64::from(PARTITIONS / 2);
    wait_until("half of the shards each", DEADLINE, || owners(scope) == [half, half]);
    for instance in instances {
        instance.wait_until_ready();
    }
}

fn two_instances(scope: &Scope<'_>) -> [ServiceProcess; 2] {
    let (mut one, mut other) = (scope.service().start(), scope.service().spawn());
    wait_for_halves(scope, &mut [&mut one, &mut other]);
    [one, other]
}

#[test]
fn while_instances_join_and_leave_the_shards_that_stay_go_on_and_everything_fires_once() {
    let scope = Scope::new(PARTITIONS);
    sample::load_directory(&scope);
    let mut one = scope.service().start();
    let mut beat = Beat::produce(&scope, 2, 150);
    beat.wait_for_all_shards_after(Timestamp::from_micros(0));

    let joined = clock::now();
    let mut other = scope.service().spawn();
    wait_for_halves(&scope, &mut [&mut one, &mut other]);
    let shared = clock::now();
    beat.wait_for_all_shards_after(shared);
    let left = clock::now();
    let start = Instant::now();
    assert_eq!(other.terminate().code(), Some(0));
    let ended = start.elapsed();
    // Its shards may have fired once more before it let them go, and the other is ready with those it has.
    wait_until("all shards have one owner", DEADLINE, || owners(&scope) == [i64::from(PARTITIONS)]);
    let again = beat.wait_for_all_shards_after(clock::now());
    one.wait_until_ready();

    let due = beat.wait_for_the_end();
    eprintln!("joining: longest standstill of each shard in ms: {:?}", standstills(&due, joined, shared));
    eprintln!(
        "leaving: the process ended after {ended:?}; standstills: {:?}",
        standstills(&due, left, again.plus_micros(3_000_000))
    );
}

#[test]
fn when_one_of_two_instances_is_killed_the_other_goes_on_where_it_was() {
    let scope = Scope::new(PARTITIONS);
    sample::load_directory(&scope);
    let [mut one, mut other] = two_instances(&scope);
    let mut beat = Beat::produce(&scope, 2, 150);
    beat.wait_for_all_shards_after(Timestamp::from_micros(0));

    let killed = clock::now();
    other.kill9();
    wait_until("the other half is taken over", DEADLINE, || owners(&scope) == [i64::from(PARTITIONS)]);
    let taken = clock::now();
    let again = beat.wait_for_all_shards_after(taken);
    one.wait_until_ready();

    let due = beat.wait_for_the_end();
    let seconds = |instant: Timestamp| (instant.micros() - killed.micros()) / 1_000;
    eprintln!(
        "SIGKILL: claimed after {} ms, every shard fires again after {} ms; standstills: {:?}",
        seconds(taken),
        seconds(again),
        standstills(&due, killed, again)
    );
}

#[test]
fn an_instance_that_was_stopped_for_longer_than_its_session_wakes_up_without_harm_and_takes_part_again() {
    let scope = Scope::new(PARTITIONS);
    sample::load_directory(&scope);
    let [mut one, mut other] = two_instances(&scope);
    let mut beat = Beat::produce(&scope, 2, 150);
    beat.wait_for_all_shards_after(Timestamp::from_micros(0));

    let paused = clock::now();
    other.pause();
    wait_until("the other half is taken over", DEADLINE, || owners(&scope) == [i64::from(PARTITIONS)]);
    let again = beat.wait_for_all_shards_after(clock::now());
    one.wait_until_ready();
    let woken = clock::now();
    other.resume();
    wait_for_halves(&scope, &mut [&mut one, &mut other]);
    let shared = clock::now();
    beat.wait_for_all_shards_after(shared);

    let due = beat.wait_for_the_end();
    eprintln!("SIGSTOP: standstills until the takeover: {:?}", standstills(&due, paused, again));
    eprintln!(
        "SIGCONT: halves again after {} ms; standstills: {:?}",
        (shared.micros() - woken.micros()) / 1_000,
        standstills(&due, woken, shared)
    );
    for service in [&mut one, &mut other] {
        assert_eq!(service.terminate().code(), Some(0), "{}", json!(service.log()));
    }
}
