//! A machine's clock that is wrong, or is set while the service runs: nothing is fired early by the other clocks, and nothing
//! late because of it. The tests' own clock is the others': PostgreSQL and the broker have it too.

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;

use crate::rig::{DEADLINE, MovedClock, Reader, Record, Scope, ServiceConfig, ServiceProcess, wait_until};
use crate::sample;

const SECOND: i64 = 1_000_000;
/// The longest that a callback may be late.
const LATE: i64 = 2 * SECOND;
/// How far clocks may differ: `due.clock_skew`.
const SKEW: i64 = SECOND / 2;

/// A due event, and when it was seen.
struct Event {
    id: String,
    scheduled_for: Timestamp,
    fired_at: Timestamp,
    seen: Timestamp,
}

impl Event {
    fn of(record: &Record) -> Self {
        let event = record.json();
        let instant = |name: &str| Timestamp::parse_rfc3339(event[name].as_str().unwrap()).unwrap();
        Self {
            id: event["commandId"].as_str().unwrap().to_owned(),
            scheduled_for: instant("scheduledFor"),
            fired_at: instant("firedAt"),
            seen: clock::now(),
        }
    }

    fn assert_on_time(&self) {
        let Self { id, scheduled_for, fired_at, seen } = self;
        assert!(seen >= scheduled_for && fired_at >= scheduled_for, "{id} is early: {scheduled_for} {fired_at} {seen}");
        assert!(seen.micros() - scheduled_for.micros() <= LATE, "{id} is late: {scheduled_for} {fired_at} {seen}");
        assert!(fired_at.micros() <= seen.micros() + SKEW, "{id} is dated ahead: {scheduled_for} {fired_at} {seen}");
    }
}

/// A service whose clock a test sets, and what it is asked to do.
struct World<'a> {
    scope: &'a Scope<'a>,
    clock: MovedClock,
    service: ServiceProcess,
    results: Reader,
    due: Reader,
    began: Timestamp,
}

impl<'a> World<'a> {
    /// Ready but for the clock, which is so many seconds ahead from the beginning.
    fn begin(scope: &'a Scope<'a>, config: ServiceConfig, ahead: i64) -> Self {
        sample::load_directory(scope);
        let (results, due) = (scope.reader(&scope.topics.results), scope.reader(&scope.topics.due));
        let clock = MovedClock::new();
        clock.set(ahead);
        let service = clock.of(config).spawn();
        let world = Self { scope, clock, service, results, due, began: clock::now() };
        wait_until("nothing is waited for but the clock", DEADLINE, || {
            let expected = usize::from(ahead != 0);
            world.service.get("/readyz").is_ok_and(|answer| {
                answer.body.matches("\"what\":").count() == expected
                    && (ahead == 0 || answer.body.contains("\"clock\""))
            })
        });
        Self { began: clock::now(), ..world }
    }

    /// Asks for a callback so many milliseconds after the world began.
    fn schedule(&self, id: &str, millis: i64) {
        self.schedule_all([(id.to_owned(), millis)]);
    }

    fn schedule_all(&self, callbacks: impl IntoIterator<Item = (String, i64)>) {
        let commands = callbacks.into_iter().map(|(id, millis)| {
            let date = self.began.plus_micros(millis * 1_000).to_string();
            sample::binary(&id, &sample::schedule(&date))
        });
        self.scope.produce(&self.scope.topics.commands, commands);
    }

    fn wait_for_results(&mut self, count: usize) {
        for result in self.results.wait_for(count) {
            let data = result.json();
            assert_eq!(data["condition"], "Success", "{data}");
        }
    }

    /// Waits until so many are fired in all, with `meanwhile` told the seconds since the world began; each has to be on time.
    fn fire(&mut self, count: usize, mut meanwhile: impl FnMut(&Self, i64)) {
        wait_until(&format!("{count} callbacks are fired"), DEADLINE, || {
            meanwhile(self, (clock::now().micros() - self.began.micros()) / SECOND);
            if let Some(fired) = self.due.poll().map(Event::of) {
                fired.assert_on_time();
            }
            self.due.seen().len() >= count
        });
        assert_eq!(self.due.seen().len(), count);
    }

    fn wait_until_it_names_the_clock(&self, how: &str) {
        wait_until(&format!("/readyz says that the clock is {how}"), DEADLINE, || {
            self.service
                .get("/readyz")
                .is_ok_and(|answer| answer.status == 503 && answer.body.contains(&format!("s {how} the clock of ")))
        });
    }

    /// A metric's value; not a number where it has none yet.
    fn metric(&self, series: &str) -> f64 {
        let metrics = self.service.get("/metrics").unwrap().body;
        let value = metrics.lines().find(|line| line.starts_with(series)).and_then(|line| line.rsplit(' ').next());
        value.map_or(f64::NAN, |value| value.parse().unwrap())
    }

    /// No marker names an instant that has not been.
    fn assert_that_no_marker_is_ahead(&self) {
        let now = clock::now().micros();
        let committed = self.scope.committed(&self.scope.topics.shards);
        assert!(!committed.is_empty());
        for marker in committed {
            assert!(marker.offset.is_none_or(|offset| offset <= now + SKEW), "{marker:?}, and it is {now}");
        }
    }

    fn end(mut self) {
        self.clock.set(0);
        self.service.wait_until_ready();
        assert_eq!(self.service.terminate().code(), Some(0));
        let fired = self.scope.read_to_end(&self.scope.topics.due).len();
        assert_eq!(fired, self.due.seen().len());
    }
}

#[test]
fn a_clock_that_is_ten_minutes_ahead_fires_nothing_early() {
    let scope = Scope::new(4);
    let mut world = World::begin(&scope, scope.service(), 600);
    world.wait_until_it_names_the_clock("ahead of");
    let ahead = world.metric("schedule_callback_clock_ahead_seconds{clock=\"postgres\"}");
    assert!((599.0..601.0).contains(&ahead), "{ahead}");
    world.schedule_all((0..6).map(|n| (format!("c-{n}"), 4_000 + n * 1_000)));
    // Within the ten minutes, and not waited for.
    world.schedule("later", 300_000);
    world.wait_for_results(7);
    let decided_at = Timestamp::parse_rfc3339(world.results.seen()[0].header("ce_time").unwrap()).unwrap();
    assert!(decided_at <= clock::now().plus_micros(SKEW), "{decided_at}");
    world.fire(6, |_, _| {});
    // Right again: it counts again.
    world.clock.set(0);
    world.service.wait_until_ready();
    world.began = clock::now();
    world.schedule("after", 2_000);
    world.fire(7, |_, _| {});
    world.assert_that_no_marker_is_ahead();
    world.end();
}

#[test]
fn a_clock_that_jumps_an_hour_ahead_for_five_seconds_leaves_nothing_early_and_nothing_an_hour_late() {
    let scope = Scope::new(4);
    let mut world = World::begin(&scope, scope.service(), 0);
    world.schedule_all((0..8).map(|n| (format!("c-{n}"), 3_000 + n * 1_000)));
    world.schedule("later", 50_000);
    world.wait_for_results(9);
    let (mut is_asked_meanwhile, mut is_asked_after) = (false, false);
    world.fire(10, |world, second| {
        world.clock.set(if (3..8).contains(&second) { 3_600 } else { 0 });
        if second >= 5 && !std::mem::replace(&mut is_asked_meanwhile, true) {
            world.schedule("meanwhile", 7_500);
        }
        if second >= 9 && !std::mem::replace(&mut is_asked_after, true) {
            world.schedule("after", 11_500);
        }
    });
    world.assert_that_no_marker_is_ahead();
    assert!(world.metric("schedule_callback_clock_steps_total{direction=\"forward\"}") >= 1.0);
    world.end();
}

#[test]
fn a_clock_that_goes_back_while_a_transaction_is_prepared_holds_nothing_up() {
    let scope = Scope::new(4);
    let mut world = World::begin(&scope, scope.service().set("due.stage_ahead", "5s"), 0);
    let times = [6_000, 6_000, 6_000, 13_000, 14_000];
    world.schedule_all(times.into_iter().enumerate().map(|(n, millis)| (format!("c-{n}"), millis)));
    world.wait_for_results(5);
    // The first are prepared at the first second, and due while the clock is back.
    world.fire(5, |world, second| world.clock.set(if (4..7).contains(&second) { -60 } else { 0 }));
    assert!(world.metric("schedule_callback_clock_steps_total{direction=\"back\"}") >= 1.0);
    world.end();
}

#[test]
fn a_clock_that_goes_back_two_minutes_and_stays_there_costs_neither_answers_nor_the_place_in_the_group() {
    let scope = Scope::new(4);
    let mut world = World::begin(&scope, scope.service(), 0);
    world.schedule("before", 1_000);
    world.fire(1, |_, _| {});
    world.clock.set(-120);
    world.wait_until_it_names_the_clock("behind");
    // For longer than a session of the group lasts without heartbeats.
    for n in 0..12 {
        world.began = clock::now();
        world.schedule(&format!("c-{n}"), 1_000);
        world.wait_for_results(n + 2);
        let answered_in = clock::now().micros() - world.began.micros();
        assert!(answered_in <= LATE, "c-{n} is answered after {answered_in} us");
        world.fire(n + 2, |_, _| {});
    }
    let log = world.service.log();
    for sign in ["Unknown member", "UnknownMember", "are revoked", "taken over again"] {
        assert!(!log.contains(sign), "{sign}: {log}");
    }
    assert!(log.contains("was set back"), "{log}");
    world.end();
}

#[test]
fn without_postgresql_what_is_loaded_fires_by_the_time_that_was_agreed_on() {
    let scope = Scope::new(4);
    let (database, url) = scope.postgres.proxy(&scope.database);
    let mut world = World::begin(&scope, scope.service().set("postgres.url", url), 0);
    world.schedule_all((0..6).map(|n| (format!("c-{n}"), 4_000 + n * 2_000)));
    world.schedule("later", 50_000);
    world.wait_for_results(7);
    database.stall();
    world.fire(6, |world, second| world.clock.set(if second < 8 { 3_600 } else { -600 }));
    database.cut();
    database.resume();
    world.assert_that_no_marker_is_ahead();
    world.end();
}

#[test]
fn with_the_brokers_time_a_clock_that_is_behind_from_the_beginning_is_outvoted() {
    let mut scope = Scope::new(4);
    // As the program makes its topics: results with the broker's time.
    scope.topics.results = format!("{}.made", scope.topics.results);
    let made = scope.service().command(&["topics", "--partitions", "2", "--replication", "1"]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut world = World::begin(&scope, scope.service(), -600);
    world.wait_until_it_names_the_clock("behind");
    // Nothing has been published yet.
    wait_until("the broker's time is known", DEADLINE, || {
        (-601.0..-599.0).contains(&world.metric("schedule_callback_clock_ahead_seconds{clock=\"kafka\"}"))
    });
    world.began = clock::now();
    world.schedule_all((0..3).map(|n| (format!("c-{n}"), 2_000 + n * 1_000)));
    world.fire(3, |_, _| {});
    world.end();
}
