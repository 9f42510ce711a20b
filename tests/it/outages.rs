//! Records what the alert rules see in real outages: `make outages` writes config/prometheus/outages, which promtool plays
//! (tests/metrics.rs), and the table in docs/operations.md says who is woken when.
//!
//! Each outage has its own topics, database and instances, behind proxies that break; the servers are those of all tests.
//! They are played side by side, scraped as Prometheus commonly does, and take twenty minutes.

mod series;
mod verdict;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use self::series::Series;
use self::verdict::Verdict;
use crate::rig::{MovedClock, Proxy, Scope, ServiceConfig, ServiceProcess, Tampered, produce, tamper};
use crate::sample;
use crate::unreadable::delete_records;

/// How often everything is scraped: what Prometheus' own examples have.
pub const SCRAPE: Duration = Duration::from_secs(15);
/// How long all is well before an outage.
const BEFORE: Duration = Duration::from_mins(2);
/// How long is looked on after it: longer than any alert that wakes somebody waits.
const AFTER: Duration = Duration::from_mins(7);

/// An outage, and what is expected of the alerts.
struct Outage {
    /// Names its file.
    name: &'static str,
    /// What happens, for the table.
    what: &'static str,
    lasts: Duration,
    /// How many instances there are.
    instances: usize,
    begin: fn(&mut Installation<'_>),
    end: fn(&mut Installation<'_>),
    /// Whom it wakes: the alerts one of which has to fire first, within the time. None: nobody, at any time.
    woken: Option<(&'static [&'static str], Duration)>,
}

/// What runs for one outage.
struct Installation<'a> {
    scope: &'a Scope<'a>,
    kafka: Proxy,
    postgres: Proxy,
    /// The clock of the first instance.
    clock: MovedClock,
    configs: Vec<ServiceConfig>,
    instances: Vec<Option<ServiceProcess>>,
    /// The command that was damaged: its partition and offset.
    damaged: Option<(i32, i64)>,
}

const MINUTE: Duration = Duration::from_mins(1);

fn outages() -> Vec<Outage> {
    let of = |name, what, minutes: u32| Outage {
        name,
        what,
        lasts: MINUTE * minutes,
        instances: 1,
        begin: |_| (),
        end: |_| (),
        woken: None,
    };
    vec![
        Outage {
            begin: |all| all.postgres.cut(),
            end: |all| all.postgres.resume(),
            ..of("postgres-briefly", "PostgreSQL is away for a minute", 1)
        },
        Outage {
            begin: |all| all.postgres.cut(),
            end: |all| all.postgres.resume(),
            woken: Some((&["ScheduleCallbackStalled", "ScheduleCallbackNoneReady"], MINUTE * 3)),
            ..of("postgres", "PostgreSQL is away for four minutes", 4)
        },
        Outage {
            begin: |all| all.kafka.cut(),
            end: |all| all.kafka.resume(),
            woken: Some((
                &["ScheduleCallbackStalled", "ScheduleCallbackNoneReady", "ScheduleCallbackNoInstance"],
                MINUTE * 3,
            )),
            ..of("kafka", "The broker is away for four minutes", 4)
        },
        Outage {
            begin: |all| {
                all.kafka.cut();
                all.postgres.cut();
            },
            end: |all| {
                all.kafka.resume();
                all.postgres.resume();
            },
            woken: Some((
                &["ScheduleCallbackStalled", "ScheduleCallbackNoneReady", "ScheduleCallbackNoInstance"],
                MINUTE * 3,
            )),
            ..of("both", "The broker and PostgreSQL are away for four minutes", 4)
        },
        Outage {
            instances: 2,
            begin: |all| all.kill(0),
            end: |all| all.start(0),
            ..of("instance", "One of two instances is killed, and comes back after four minutes", 4)
        },
        Outage {
            begin: |all| all.kafka.slow(Duration::from_millis(700)),
            end: |all| all.kafka.resume(),
            woken: Some((&["ScheduleCallbackLate", "ScheduleCallbackAnswersSlow"], MINUTE * 8)),
            ..of("slow-kafka", "Every answer of the broker takes 0.7 s longer, for nine minutes", 9)
        },
        Outage {
            begin: |all| all.postgres.slow(Duration::from_millis(700)),
            end: |all| all.postgres.resume(),
            woken: Some((&["ScheduleCallbackAnswersSlow"], MINUTE * 8)),
            ..of("slow-postgres", "Every answer of PostgreSQL takes 0.7 s longer, for nine minutes", 9)
        },
        Outage {
            begin: |all| all.stop_shard_0(),
            end: |all| all.mend_shard_0(),
            woken: Some((&["ScheduleCallbackShardsWithoutOwner"], MINUTE * 3)),
            ..of(
                "partition",
                "One partition is stopped, since its marker contradicts the database, for four minutes",
                4,
            )
        },
        Outage {
            begin: |all| all.damage_a_command(),
            end: |all| all.delete_what_is_damaged(),
            woken: Some((&["ScheduleCallbackUnreadable"], MINUTE * 3)),
            ..of("unreadable", "A record of the command topic cannot be read, for four minutes; then it is deleted", 4)
        },
        Outage {
            instances: 2,
            begin: |all| all.clock.set(600),
            end: |all| all.clock.set(0),
            ..of("clock-ahead", "The clock of one of two instances is ten minutes ahead, for four minutes", 4)
        },
        Outage {
            instances: 2,
            begin: |all| all.clock.set(-120),
            end: |all| all.clock.set(0),
            ..of("clock-behind", "The clock of one of two instances is set back by two minutes, for four minutes", 4)
        },
    ]
}

impl<'a> Installation<'a> {
    fn of(outage: &Outage, scope: &'a Scope<'a>) -> Self {
        let kafka = scope.kafka.proxy();
        let (postgres, url) = scope.postgres.proxy(&scope.database);
        let config = || {
            let config = scope.service().set("log.level", "info").set("due.window", "30s");
            config.set("kafka.bootstrap_servers", kafka.address().to_string()).set("postgres.url", url.as_str())
        };
        let clock = MovedClock::new();
        let mut configs = vec![clock.of(config())];
        configs.extend((1..outage.instances).map(|_| config()));
        let instances = configs.iter().map(|config| Some(config.start())).collect();
        Self { scope, kafka, postgres, clock, configs, instances, damaged: None }
    }

    fn start(&mut self, instance: usize) {
        self.instances[instance] = Some(self.configs[instance].spawn());
    }

    fn kill(&mut self, instance: usize) {
        if let Some(mut process) = self.instances[instance].take() {
            process.kill9();
        }
    }

    fn stop(&mut self, instance: usize) {
        if let Some(mut process) = self.instances[instance].take() {
            process.terminate();
        }
    }

    /// As if Kafka had been restored to an older state than PostgreSQL.
    fn stop_shard_0(&mut self) {
        self.stop(0);
        self.scope.sql().run(
            "update shard set confirmed_fire_at = now() + interval '1 hour', confirmed_callback_id = 0 where shard = 0",
        );
        self.start(0);
    }

    fn mend_shard_0(&mut self) {
        self.stop(0);
        self.scope.sql().run("update shard set confirmed_fire_at = null, confirmed_callback_id = null where shard = 0");
        self.start(0);
    }

    /// Damages a command's batch in the broker's own files before it is read.
    fn damage_a_command(&mut self) {
        for instance in self.instances.iter_mut().flatten() {
            instance.pause();
        }
        let topic = &self.scope.topics.commands;
        let command = sample::binary("damaged", &sample::schedule(&sample::in_seconds(3_600))).in_partition(0);
        let (partition, offset) = produce(&self.scope.kafka.client(), topic, [command])[0];
        tamper(&self.scope.kafka.segment(topic, partition), offset, Tampered::Bytes);
        self.damaged = Some((partition, offset));
        for instance in self.instances.iter_mut().flatten() {
            instance.resume();
        }
    }

    fn delete_what_is_damaged(&mut self) {
        if let Some((partition, offset)) = self.damaged.take() {
            delete_records(self.scope.kafka, &self.scope.topics.commands, partition, offset + 1);
        }
    }

    /// Callbacks for soon, and for a time that is not loaded yet.
    fn work(&self, number: u32) {
        let commands = [5, 75].map(|seconds| {
            sample::binary(&format!("c-{number}-{seconds}"), &sample::schedule(&sample::in_seconds(seconds)))
        });
        self.scope.produce(&self.scope.topics.commands, commands);
    }

    fn scrape(&self, series: &mut Series) {
        for (number, instance) in self.instances.iter().enumerate() {
            let text = instance.as_ref().and_then(|instance| Some(instance.get("/metrics").ok()?.body));
            series.scrape(["a", "b"][number], text.as_deref());
        }
        series.end_of_scrape();
    }
}

/// Plays an outage from begin to end; returns what was scraped, and between which scrapes it was.
fn play(outage: &Outage) -> (Series, [Duration; 2]) {
    let scope = Scope::new(4);
    sample::load_directory(&scope);
    let mut all = Installation::of(outage, &scope);
    let mut series = Series::default();
    let (ends, over) = (BEFORE + outage.lasts, BEFORE + outage.lasts + AFTER);
    let started = Instant::now();
    let (mut has_begun, mut has_ended, mut worked, mut next_scrape) = (false, false, 0, Duration::ZERO);
    while started.elapsed() <= over {
        if !has_begun && started.elapsed() >= BEFORE {
            (outage.begin)(&mut all);
            has_begun = true;
        }
        if !has_ended && started.elapsed() >= ends {
            (outage.end)(&mut all);
            has_ended = true;
        }
        if started.elapsed() >= next_scrape {
            all.scrape(&mut series);
            next_scrape += SCRAPE;
        }
        all.work(worked);
        worked += 1;
        sleep(Duration::from_secs(1));
    }
    (series, [BEFORE, ends])
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/prometheus/outages")
}

#[test]
#[ignore = "records for twenty minutes: `make outages`"]
fn the_outages_are_recorded_and_wake_whom_they_should() {
    let only = std::env::var("OUTAGES").unwrap_or_default();
    let mut chosen = outages();
    chosen.retain(|outage| only.is_empty() || only.split(' ').any(|name| name == outage.name));
    fs::create_dir_all(folder()).unwrap();
    let played: Vec<_> = thread::scope(|threads| {
        let playing: Vec<_> = chosen.iter().map(|outage| threads.spawn(|| play(outage))).collect();
        playing.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut wrong = Vec::new();
    for (outage, (series, time)) in chosen.iter().zip(played) {
        let file = folder().join(format!("{}.json", outage.name));
        let verdict = Verdict::of(&file, outage.what, &series, time);
        println!("{}: {verdict:?}", outage.name);
        wrong.extend(verdict.faults(outage.woken).into_iter().map(|fault| format!("{}: {fault}", outage.name)));
        verdict.write(&file, outage.what, &series);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
