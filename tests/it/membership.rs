//! Memberships in the group that are over: whose client does not notice it joins again, as a new member; whose client gives it up
//! by itself takes its own place again; and who ends says so.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::groups::GroupInfo;

use crate::answers::Dialogue;
use crate::rig::{DEADLINE, Kafka, Scope, ServiceProcess, eventually, leave_group_raw};
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

/// The group's coordinator is away for longer than a session takes, and has read from its log who the members were when it is
/// there again. The instances have given their memberships up by themselves. Were they to come back as somebody new, the group
/// would have four members, and wait until the sessions of two are over, in which time no shard has an owner.
#[test]
fn instances_take_their_own_places_again_and_who_ends_leaves() {
    let kafka = Kafka::start();
    let scope = Scope::on_kafka(&kafka, 2);
    sample::load_directory(&scope);
    let mut services = [scope.service().start(), scope.service().start()];
    let have_each = |services: &[ServiceProcess], shards: f64| {
        let have = |service| value(service, "schedule_callback_shards_assigned").to_bits() == shards.to_bits();
        services.iter().all(have).then_some(())
    };
    eventually("each has a shard", DEADLINE, || have_each(&services, 1.0));

    kafka.kill9();
    eventually("the memberships are given up", DEADLINE, || have_each(&services, 0.0));
    kafka.restart();
    let observer: BaseConsumer = kafka.client().create().unwrap();
    let members = || {
        let groups = observer.fetch_group_list(Some(&scope.group), DEADLINE);
        groups.map_or(0, |groups| groups.groups().iter().flat_map(GroupInfo::members).count())
    };
    let mut most = 0;
    eventually("each has a shard again", DEADLINE, || {
        most = most.max(members());
        have_each(&services, 1.0)
    });
    assert_eq!(most, 2, "the group waited for members that were gone");

    let [ends, stays] = &mut services;
    ends.terminate();
    assert_eq!(members(), 1, "it ended, and is a member of the group");
    eventually("the other one has its shard", DEADLINE, || have_each(std::slice::from_ref(stays), 2.0));
}
