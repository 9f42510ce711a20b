//! The transactional producers of the loops, and where each may leave something behind.

use std::sync::Arc;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::config::Topics;
use crate::kafka::cluster::Cluster;
use crate::kafka::fellows::Fellows;
use crate::kafka::hanging::Leftovers;
use crate::kafka::transactions::Transactor;
use crate::telemetry::label::{ANSWER, DISPATCH};

/// Those of the loop that answers, and those of the loop that fires. `outsider` is a consumer of the group that is not a
/// member: what it says of itself names no generation. The loops are `fellows`.
pub(super) fn of<C: ConsumerContext>(
    cluster: &Cluster,
    topics: &Topics,
    instance: &str,
    outsider: &BaseConsumer<C>,
    fellows: &Fellows,
) -> KafkaResult<[Transactor; 2]> {
    let no_metadata = || KafkaError::ClientCreation("the client does not know the group's metadata".to_owned());
    let metadata = Arc::new(outsider.group_metadata().ok_or_else(no_metadata)?);
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(topics.commands.as_str(), 0, Offset::Offset(0))?;
    let leftovers =
        |topics: Vec<String>| Leftovers { topics, offsets: offsets.clone(), metadata: Arc::clone(&metadata) };
    let answered = [&topics.results, &topics.dead_letters, &topics.amendments].map(ToString::to_string);
    Ok([
        Transactor::new(cluster.clone(), cluster.ingest_transactional_ids(instance))
            .measured(ANSWER)
            .among(fellows)
            .ending(leftovers(answered.to_vec())),
        Transactor::new(cluster.clone(), cluster.dispatch_transactional_ids(instance))
            .measured(DISPATCH)
            .among(fellows)
            .ending(leftovers(vec![topics.due.to_string()])),
    ])
}
