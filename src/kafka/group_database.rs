//! Which database a group's callbacks are in, as the group itself remembers it.
//!
//! A committed offset of the group on partition 0 of the topic of skills: metadata = `database=` and the database's own
//! name, offset = when that was committed, in microseconds since 1970. The service needs no right for it that it does not
//! have: it reads that topic. It is not in the metadata of the markers, because version 0.1.0 takes a marker that has
//! more than a callback id for a stranger's, and writes its own without it; 0.1.0 never looks at this one.
//!
//! It is one for the whole group, and written in no transaction that has to be waited for: only where it is missing, old,
//! or meant to change. It is read with `read_uncommitted`, since an old value harms nobody: it is looked at again soon.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::cluster::{Cluster, Events};
use super::hearing::hear_out;
use crate::config::Topics;
use crate::domain::timestamp::Timestamp;

/// How long the group's coordinator may take to answer; whoever gives shards up waits for the same thread.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a broker may take to say which cluster it is of: it is asked once, by a client that has to connect first.
const CLUSTER_PATIENCE: Duration = Duration::from_secs(10);
/// After this long it is committed again, so that the broker does not forget it: see `protocol::firing`, F5.
const KEEP_ALIVE: Duration = Duration::from_hours(1);
/// What the metadata begins with.
const PREFIX: &str = "database=";
/// The partition that every topic has.
const PARTITION: i32 = 0;

/// What a group says of its database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDatabase {
    /// The database's own name.
    pub database: String,
    /// When the group was told.
    pub told_at: Timestamp,
}

impl GroupDatabase {
    /// Whether it has to be told again, so that the broker does not forget it.
    pub fn is_old(&self, now: Timestamp) -> bool {
        let age = now.micros().saturating_sub(self.told_at.micros());
        // One of the future is by a clock that is wrong: it is told anew, too.
        !(0..i64::try_from(KEEP_ALIVE.as_micros()).unwrap_or(i64::MAX)).contains(&age)
    }
}

/// What the group is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The topic whose offset it stands in.
    topic: String,
    /// The database's own name.
    database: String,
}

impl Told {
    /// Adds it to the offsets of a transaction.
    ///
    /// # Errors
    /// Where the clock stands before 1970.
    pub fn add(&self, offsets: &mut TopicPartitionList, now: Timestamp) -> KafkaResult<()> {
        let mut element = offsets.add_partition(&self.topic, PARTITION);
        element.set_metadata(format!("{PREFIX}{}", self.database));
        element.set_offset(Offset::Offset(now.micros()))
    }
}

/// A consumer of the group that is never a member of it: it only asks.
pub struct GroupDatabaseReader {
    consumer: BaseConsumer<Events>,
    topic: String,
}

impl GroupDatabaseReader {
    /// # Errors
    /// Where librdkafka does not take the settings.
    pub fn new(cluster: &Cluster, topics: &Topics) -> KafkaResult<Self> {
        let consumer =
            cluster.reader().set("isolation.level", "read_uncommitted").create_with_context(Events::of("group"))?;
        Ok(Self { consumer, topic: topics.skills.to_string() })
    }

    /// The id that the cluster gave itself; `None` where it does not tell.
    pub fn cluster_id(&self) -> Option<String> {
        let id = self.consumer.client().fetch_cluster_id(CLUSTER_PATIENCE);
        hear_out("group", &self.consumer);
        id.filter(|id| !id.is_empty())
    }

    /// What the group says; `None` where it says nothing, or what stands there is not ours.
    ///
    /// # Errors
    /// Where the broker gives no answer in time, or none to this client.
    pub fn read(&self) -> KafkaResult<Option<GroupDatabase>> {
        let mut wanted = TopicPartitionList::new();
        wanted.add_partition(&self.topic, PARTITION);
        let found = self.consumer.committed_offsets(wanted, PATIENCE);
        hear_out("group", &self.consumer);
        let found = found?;
        let Some(element) = found.find_partition(&self.topic, PARTITION) else { return Ok(None) };
        element.error()?;
        let Offset::Offset(micros) = element.offset() else { return Ok(None) };
        let database = element.metadata().strip_prefix(PREFIX).map(str::to_owned);
        Ok(database.map(|database| GroupDatabase { database, told_at: Timestamp::from_micros(micros) }))
    }

    /// What to tell the group of that database.
    pub fn to_tell(&self, database: &str) -> Told {
        Told { topic: self.topic.clone(), database: database.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_is_told_again_before_the_broker_forgets() {
        let told = |micros| GroupDatabase { database: "d".to_owned(), told_at: Timestamp::from_micros(micros) };
        let hour = 3_600_000_000;
        let now = Timestamp::from_micros(10 * hour);
        assert!(!told(10 * hour).is_old(now));
        assert!(!told(9 * hour + 1).is_old(now));
        assert!(told(9 * hour).is_old(now));
        assert!(told(11 * hour).is_old(now), "by a clock that is wrong");
    }
}
