//! Scenario: everything was away for an hour, and very many callbacks became due meanwhile.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use rdkafka::message::{BorrowedMessage, Message};
use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;

use crate::grounds::{Ground, Grounds, Kind, PARTITIONS, start};
use crate::listen::{Arrival, Listener, Said, Status, millis, said};
use crate::progress::progress;
use crate::report::{Section, quantile, sorted};
use crate::rig::usage::Process;
use crate::sizes::Sizes;

/// Of four callbacks two are tracked, and two have expired, one of each.
const OVERDUE: Kind = Kind {
    skill: "case when n % 4 < 2 then 4800 else 4700 end + n % 20",
    tries: "case when n % 4 < 2 then 0 end",
    not_after: "case when n % 2 = 0 then at + interval '1 second' end",
    ..Kind::UNTRACKED
};
const SECOND: i64 = 1_000_000;
/// For how long everything was away, and for how long before its end nothing became due, so that what expires has.
const AWAY: i64 = 3_600 * SECOND;
const LAST: i64 = 10 * SECOND;
/// The shortest time that a presentation may stay without a report.
const ACKNOWLEDGE_WITHIN: i64 = 30 * SECOND;

/// How long is waited for what should not come.
const REST: Duration = Duration::from_secs(2);

/// What one round showed.
struct Round {
    /// Seconds from the start of the service to the last that is presented, and to the last that has expired.
    last_presented: f64,
    last_expired: f64,
    /// Seconds from the start of the service to its being ready.
    ready: f64,
    /// Seconds from a presentation to the next one of the same callback, sorted: nobody reports.
    again_after: Vec<f64>,
    /// The most memory of the service, in MiB.
    memory: f64,
}

/// Plays the scenario.
pub fn measure(grounds: &mut Grounds<'_>, sizes: &Sizes) -> Section {
    let rounds: Vec<_> = (1..=sizes.rounds)
        .map(|number| {
            let round = play(&grounds.with_partitions(PARTITIONS), sizes.overdue);
            progress(&format!(
                "outage {number}/{}: the last presented after {:.1} s, the last expired after {:.1} s, {:.0} MiB",
                sizes.rounds, round.last_presented, round.last_expired, round.memory
            ));
            round
        })
        .collect();
    let mut section = Section::new(format!(
        "{} callbacks became due in the hour before the service starts. Half of them have expired meanwhile (`notAfter`), and \
         half of each are tracked. Each is looked for in the topics of due events and of states, and in the database: what has \
         expired is never presented, everything else once; and tracked ones, of which nobody reports, once more, after \
         `lifecycle.acknowledge_within` (30s) and no sooner. Otherwise the scenario fails. Times count from the start of the \
         program.",
        sizes.overdue
    ));
    let each = |figure: &dyn Fn(&Round) -> f64| rounds.iter().map(figure).collect();
    section.row("ready after", "s", None, each(&|round| round.ready));
    section.row("the last that is presented after", "s", None, each(&|round| round.last_presented));
    section.row("the last that has expired after", "s", None, each(&|round| round.last_expired));
    section.row("presented again after, least", "s", None, each(&|round| quantile(&round.again_after, 0.0)));
    section.row("presented again after, most", "s", None, each(&|round| quantile(&round.again_after, 1.0)));
    section.row("memory of the service at its most", "MiB", None, each(&|round| round.memory));
    section
}

/// One round, on a ground of its own.
fn play(ground: &Ground<'_>, count: u64) -> Round {
    let step = (AWAY - LAST) / i64::try_from(count).unwrap_or(i64::MAX);
    ground.put_callbacks(&OVERDUE, count, clock::now().plus_micros(-AWAY), step);
    ground.settle();
    let client = ground.scope.kafka.client();
    let due = Listener::open(&client, &ground.scope.topics.due, presentation);
    let states = Listener::open(&client, &ground.state, said);
    let config = ground.service_with_states(true).set("lifecycle.acknowledge_within", "30s");
    let began = clock::now();
    let (mut service, ready) = start(&config);
    // Half are presented; half of those are tracked, and presented once more.
    due.wait_until("due events", count / 2 + count / 4);
    // A state for each due event, one for each that has expired, and one that says of what is presented again that it waits.
    states.wait_until("states", count / 2 + 2 * (count / 4) + count / 2);
    let memory = Process::of(service.pid()).peak_memory();
    service.terminate();
    // Whatever is too much comes, too.
    std::thread::sleep(REST);
    let (due, states) = (due.stop(), states.stop());
    let again_after = verify(ground, &due, &states, count);
    let last = |arrivals: &mut dyn Iterator<Item = Timestamp>| {
        arrivals.max().map_or(f64::NAN, |last| millis(began, last) / 1_000.0)
    };
    Round {
        last_presented: last(&mut due.iter().filter(|(_, it)| it.said.attempt == 1).map(|it| it.0)),
        last_expired: last(&mut states.iter().filter(|(_, said)| said.status == Status::Expired).map(|it| it.0)),
        ready: ready.as_secs_f64(),
        again_after,
        memory,
    }
}

/// A due event.
#[derive(Clone, Copy, Debug)]
struct Presentation {
    said: Said,
    fired_at: Timestamp,
}

fn presentation(message: &BorrowedMessage<'_>) -> Option<Presentation> {
    const MEMBER: &str = "\"firedAt\":\"";
    let value = str::from_utf8(message.payload()?).ok()?;
    let text = value.split_once(MEMBER)?.1.split_once('"')?.0;
    Some(Presentation { said: said(message)?, fired_at: Timestamp::parse_rfc3339(text).ok()? })
}

/// Compares what was published, all of it, with what there was to do; returns the seconds between two presentations of one
/// callback, sorted.
fn verify(ground: &Ground<'_>, due: &[Arrival<Presentation>], states: &[Arrival<Said>], count: u64) -> Vec<f64> {
    let sql = ground.scope.sql();
    let ids = |which: &str| -> HashSet<i64> {
        let query = format!("select callback_id from callback where {which}");
        sql.rows(&query, &[]).iter().map(|row| row.get(0)).collect()
    };
    let (late, kept) = (ids("not_after is not null"), ids("not_after is null"));
    assert_eq!([late.len() as u64, kept.len() as u64], [count / 2; 2], "as many as were put there");
    let tracked = ids("not_after is null and tries is not null");

    let presented = |attempt: i32| -> Vec<&Presentation> {
        due.iter().map(|(_, it)| it).filter(|it| it.said.attempt == attempt).collect()
    };
    let callbacks = |of: &[&Presentation]| of.iter().map(|it| it.said.callback).collect::<HashSet<i64>>();
    let (first, second) = (presented(1), presented(2));
    assert_eq!(callbacks(&first), kept, "what has not expired is presented, and nothing else");
    assert_eq!(first.len(), kept.len(), "and that once");
    assert_eq!(callbacks(&second), tracked, "what is tracked and not reported is presented again");
    assert_eq!(second.len(), tracked.len(), "and that once");
    assert_eq!(due.len(), first.len() + second.len(), "and nothing a third time");

    let said = |status: Status| -> Vec<i64> {
        states.iter().filter(|(_, said)| said.status == status).map(|(_, said)| said.callback).collect()
    };
    let expired = said(Status::Expired);
    assert_eq!(expired.iter().copied().collect::<HashSet<i64>>(), late, "what is too late has expired");
    assert_eq!(expired.len(), late.len(), "and that once");
    assert_eq!(said(Status::Due).len(), due.len(), "a state for each due event");
    assert_eq!(ids("ended_as = 'expired'"), late, "the database says the same");

    let fired_at: HashMap<i64, Timestamp> = first.iter().map(|it| (it.said.callback, it.fired_at)).collect();
    let between = second.iter().map(|it| it.fired_at.micros() - fired_at[&it.said.callback].micros());
    let between: Vec<i64> = between.collect();
    assert!(
        between.iter().all(|micros| *micros >= ACKNOWLEDGE_WITHIN),
        "nobody is presented again before the time is over"
    );
    sorted(between.into_iter().map(|micros| micros as f64 / SECOND as f64).collect())
}
