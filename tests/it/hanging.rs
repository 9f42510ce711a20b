//! A transaction that its coordinator has forgotten, and that therefore nobody ends: as a broker leaves it that was
//! killed between a commit and its markers, and started again at once (docs/decisions/0012). Made here with the broker's
//! own protocol, on a broker that does not verify transactions.

use std::collections::BTreeSet;

use schedule_callback::config::KafkaProperties;
use schedule_callback::kafka::cluster::Cluster;

use crate::rig::{Kafka, Scope, commit_hanging, init_producer_raw, produce_hanging};
use crate::sample;

#[test]
fn what_hangs_on_the_offsets_and_in_the_results_is_ended_and_nothing_is_lost_or_doubled() {
    let kafka = Kafka::start_with(&[("transaction.partition.verification.enable", "false")]);
    let scope = Scope::on_kafka(&kafka, 1);
    sample::load_directory(&scope);
    let config = scope.service();
    let mut killed = config.start();
    let mut results = scope.reader(&scope.topics.results);
    let command = |id: &str| sample::binary(id, &sample::schedule(&sample::in_seconds(1)));
    scope.produce(&scope.topics.commands, [command("c-1")]);
    results.wait_for(1);
    killed.kill9();

    // Its answer to the second command hangs, and with it that the command is done with.
    let owner: String = scope.sql().value("select owner from shard", &[]);
    let cluster = Cluster {
        bootstrap_servers: kafka.bootstrap(),
        group_id: scope.group.clone(),
        properties: KafkaProperties::default(),
    };
    let [id, _] = cluster.ingest_transactional_ids(&owner);
    let producer = init_producer_raw(&kafka.bootstrap(), &id);
    scope.produce(&scope.topics.commands, ["c-2", "c-3"].map(command));
    produce_hanging(&kafka.bootstrap(), &id, producer, &scope.topics.results, b"hangs");
    commit_hanging(&kafka.bootstrap(), &id, producer, &scope.group, &scope.topics.commands, 2);

    let mut service = config.start();
    let answered: BTreeSet<String> =
        results.wait_for(3).iter().map(|result| result.header("ce_causationid").unwrap().to_owned()).collect();
    assert_eq!(answered, ["c-1", "c-2", "c-3"].map(str::to_owned).into());
    let mut due = scope.reader(&scope.topics.due);
    due.wait_for(3);
    assert_eq!(service.terminate().code(), Some(0));
    // To the end of all partitions: nothing is open in them any more.
    assert_eq!(scope.read_to_end(&scope.topics.results).len(), 3);
    assert_eq!(scope.read_to_end(&scope.topics.due).len(), 3);
    assert_eq!(scope.committed(&scope.topics.commands)[0].offset, Some(3));
}
