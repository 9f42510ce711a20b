//! A membership in the group that is over without the client noticing: it joins again, as a new member.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::answers::Dialogue;
use crate::rig::{DEADLINE, Scope, wait_until};
use crate::sample;
use crate::unreadable::value;

/// The group puts out a member whose heartbeats stop, here after six seconds, and this one says that it lives every five
/// minutes only: what it does is refused from then on, and nothing tells its client.
#[test]
fn a_member_that_the_group_has_forgotten_joins_again_and_answers() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let service = scope.service().set("kafka.properties.heartbeat.interval.ms", "300000").start();
    let observer: BaseConsumer = scope.kafka.client().create().unwrap();
    wait_until("the group has put its member out", DEADLINE, || {
        let groups = observer.fetch_group_list(Some(&scope.group), DEADLINE).unwrap();
        groups.groups().iter().all(|group| group.members().is_empty())
    });
    let began = Instant::now();
    let mut dialogue = Dialogue::with(&scope);
    dialogue.ask(0, "c-1", "callback.schedule.v1", &sample::schedule(&sample::in_seconds(3_600)));
    dialogue.ask(1, "c-2", "callback.schedule.v1", &sample::schedule(&sample::in_seconds(3_600)));
    // The client itself would have found out with its next heartbeat, five minutes later.
    assert!(began.elapsed() < Duration::from_mins(2), "{:?}", began.elapsed());
    assert!(value(&service, "schedule_callback_rejoins_total") >= 1.0);
    service.wait_for_log("this instance joins again as a new member");
}
