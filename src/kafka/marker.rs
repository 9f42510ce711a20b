//! The marker: how far a shard has fired, as a committed offset of the group.
//!
//! Topic `callback.shards`, partition = shard, offset = fire_at in microseconds since 1970, metadata = callback id. It is
//! committed in the transaction that publishes the due events, so both are there or neither.

use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList, TopicPartitionListElem};
use thiserror::Error;

use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::domain::time::Timestamp;

/// A committed offset on `callback.shards` that the service did not write.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the marker of shard {shard} has metadata {metadata:?}, which is not a callback id")]
pub struct ForeignMarker {
    shard: Shard,
    metadata: String,
}

/// Adds a shard's marker to the offsets of a transaction.
///
/// # Errors
/// Where the position lies before 1970, which the frontier's first marker rules out.
pub fn add(offsets: &mut TopicPartitionList, topic: &str, shard: Shard, marker: Position) -> KafkaResult<()> {
    let mut element = offsets.add_partition(topic, shard.partition());
    element.set_metadata(marker.callback_id.to_string());
    element.set_offset(Offset::Offset(marker.fire_at.micros()))
}

/// Reads a shard's marker from what the broker says is committed; `None` where nothing is.
///
/// # Errors
/// `ForeignMarker` where the metadata is not ours: guessing would fire callbacks twice or never.
pub fn read(element: &TopicPartitionListElem<'_>, shard: Shard) -> Result<Option<Position>, ForeignMarker> {
    let Offset::Offset(micros) = element.offset() else { return Ok(None) };
    let metadata = element.metadata();
    let callback_id = metadata.parse().map_err(|_| ForeignMarker { shard, metadata: metadata.to_owned() })?;
    Ok(Some(Position { fire_at: Timestamp::from_micros(micros), callback_id }))
}
