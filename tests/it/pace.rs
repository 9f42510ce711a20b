//! How many transactions a trickle of commands makes: counted, since how long each takes depends on the machine.

use std::time::{Duration, Instant};

use crate::rig::{DEADLINE, Message, Scope, ServiceProcess, wait_until};
use crate::sample;

/// Long beside what it takes to produce a command, also on a machine under load.
const PACE: Duration = Duration::from_secs(1);
/// One is sent when the one before is with the broker, by a producer of its own: so far apart that the stages, left to
/// themselves, take them one by one or a few together.
const COMMANDS: usize = 100;

#[test]
fn a_trickle_of_commands_is_recorded_and_answered_in_as_few_transactions_as_the_pace_allows() {
    let scope = Scope::new(4);
    sample::load_directory(&scope);
    let mut service = scope.service().set("results.pace", format!("{}ms", PACE.as_millis())).start();
    let schedule = sample::schedule(&sample::in_seconds(86_400));
    let command = |id: &str| -> Message { sample::binary(id, &schedule) };
    // The first batch finds connections that have yet to be made.
    scope.produce(&scope.topics.commands, [command("first")]);
    let results = |count: usize| scope.reader(&scope.topics.results).wait_for(count).len();
    assert_eq!(results(1), 1);
    wait_until("the first transaction is counted", DEADLINE, || transactions(&service) == [1, 1]);

    let began = Instant::now();
    for number in 0..COMMANDS {
        scope.produce(&scope.topics.commands, [command(&format!("trickle-{number}"))]);
    }
    let sent_in = began.elapsed();
    assert_eq!(results(COMMANDS + 1), COMMANDS + 1);
    // One may begin at once and one at the end of each pace.
    let most = 2 + usize::try_from(sent_in.as_millis() / PACE.as_millis()).unwrap();
    let [recorded, answered] = transactions(&service).map(|count| count - 1);
    assert!(
        recorded <= most && answered <= most,
        "{COMMANDS} commands within {sent_in:?} were recorded in {recorded} transactions and answered in {answered}; at a \
         pace of {PACE:?} {most} would do"
    );
    assert!(service.terminate().success());
}

/// How many transactions the service has made in the database, and in Kafka for results.
fn transactions(service: &ServiceProcess) -> [usize; 2] {
    let metrics = service.get("/metrics").unwrap().body;
    let value =
        |line: &str| metrics.lines().find_map(|found| found.strip_prefix(line)?.trim().parse().ok()).unwrap_or(0);
    [value("schedule_callback_batch_commands_count"), value("schedule_callback_answer_commands_count")]
}
