//! A membership in the group that is over without the client noticing: it joins again, as a new member.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::groups::GroupInfo;

use crate::answers::Dialogue;
use crate::rig::{DEADLINE, Scope, eventually, leave_group_raw};
use crate::sample;
use crate::unreadable::value;

/// The group puts the member out, and as it says that it lives every five minutes only, nothing tells its client: all that
/// it does is refused from then on.
#[test]
fn a_member_that_the_group_has_forgotten_joins_again_and_answers() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let service = scope
        .service()
        .set("kafka.properties.heartbeat.interval.ms", "300000")
        .set("kafka.properties.session.timeout.ms", "600000")
        .set("kafka.properties.max.poll.interval.ms", "600000")
        .start();
    let observer: BaseConsumer = scope.kafka.client().create().unwrap();
    let member = eventually("the group has a member", DEADLINE, || {
        let groups = observer.fetch_group_list(Some(&scope.group), DEADLINE).unwrap();
        let members = groups.groups().iter().flat_map(GroupInfo::members);
        members.map(|member| member.id().to_owned()).next()
    });
    leave_group_raw(&scope.kafka.bootstrap(), &scope.group, &member);
    let began = Instant::now();
    let mut dialogue = Dialogue::with(&scope);
    let date = sample::in_seconds(3_600);
    dialogue.ask(0, "c-1", "callback.schedule.v1", &sample::schedule(&date));
    dialogue.ask(1, "c-2", "callback.schedule.v1", &sample::schedule(&date));
    // The client itself would have found out with its next heartbeat.
    assert!(began.elapsed() < Duration::from_mins(2), "{:?}", began.elapsed());
    assert!(value(&service, "schedule_callback_rejoins_total") >= 1.0);
    service.wait_for_log("it joins again as a new member");
}
