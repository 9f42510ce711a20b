//! The next offset of a partition as the group remembers it, together with the id of the topic that it was committed for:
//! the metadata of the committed offset. An offset says nothing about the log of a topic that was made anew.
//!
//! Version 0.1.0 wrote no metadata here and does not read it; nor do tools that reset offsets write any. Then nothing is
//! known, and the offset counts.

use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList, TopicPartitionListElem};

use super::topic_ids::TopicId;

/// What the metadata begins with.
const PREFIX: &str = "topic=";

/// Adds the next offset of that partition to the offsets of a transaction; `id` is of the topic that was read, where it is
/// known.
///
/// # Errors
/// Where the offset is negative.
pub fn add(
    offsets: &mut TopicPartitionList,
    topic: &str,
    partition: i32,
    next: i64,
    id: Option<TopicId>,
) -> KafkaResult<()> {
    let mut element = offsets.add_partition(topic, partition);
    if let Some(id) = id {
        element.set_metadata(format!("{PREFIX}{id}"));
    }
    element.set_offset(Offset::Offset(next))
}

/// The topic that the offset was committed for; `None` where that is not known.
pub fn topic_id(committed: &TopicPartitionListElem<'_>) -> Option<TopicId> {
    committed.metadata().strip_prefix(PREFIX).and_then(TopicId::parse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_says_nothing_of_the_topic() {
        let id = TopicId::parse("-288H2akTNSdHFs8HS4_QA").unwrap();
        let mut offsets = TopicPartitionList::new();
        add(&mut offsets, "c", 0, 7, Some(id)).unwrap();
        add(&mut offsets, "c", 1, 8, None).unwrap();
        offsets.add_partition("c", 2).set_metadata("by hand");
        let of = |partition| topic_id(&offsets.find_partition("c", partition).unwrap());
        assert_eq!([of(0), of(1), of(2)], [Some(id), None, None]);
        assert_eq!(offsets.find_partition("c", 1).unwrap().offset(), Offset::Offset(8));
    }
}
