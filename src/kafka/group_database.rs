//! Which database a group's callbacks are in, and how far the newest server that has it has come, as the group itself
//! remembers it.
//!
//! A committed offset of the group on partition 0 of the topic of skills: metadata = `database=` and the database's own
//! name, then the server's place in its history (`domain::wal`), where it tells; offset = when that was committed, in
//! microseconds since 1970. What a database says of itself survives no fail-over by itself: the old primary says the same.
//! So it is here that an instance learns what others have seen.
//! The service needs no right for it that it does not have: it reads that topic. It is not in the metadata of the markers, because version 0.1.0 takes a marker that has
//! more than a callback id for a stranger's, and writes its own without it; 0.1.0 never looks at this one.
//!
//! It is one for the whole group, and written in no transaction that has to be waited for: only where it is missing, old,
//! or meant to change. It is read with `read_uncommitted`, since an old value harms nobody: it is looked at again soon.

use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::asking::Asking;
use super::cluster::Cluster;
use super::committed::committed;
use crate::config::Topics;
use crate::domain::time::Timestamp;
use crate::domain::wal::WalPosition;

/// How long the group's coordinator may take to answer; whoever gives shards up waits for the same thread.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a broker may take to say which cluster it is of: it is asked once, by a client that has to connect first.
const CLUSTER_PATIENCE: Duration = Duration::from_secs(10);
/// After this long it is committed again, so that the broker does not forget it: see `protocol::firing`, F5.
const KEEP_ALIVE: Duration = Duration::from_hours(1);
/// How long an older position of the same server stands: it only tells one that was put back from one that was not.
const POSITION_KNOWN_FOR: Duration = Duration::from_mins(1);
/// What the metadata begins with.
const PREFIX: &str = "database=";
/// The partition that every topic has.
const PARTITION: i32 = 0;

/// What a group says of its database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDatabase {
    /// The database's own name.
    pub database: String,
    /// How far the newest server that has it had come; `None` where it does not tell.
    pub newest: Option<WalPosition>,
    /// When the group was told.
    pub told_at: Timestamp,
}

impl GroupDatabase {
    /// What the metadata says; `None` where it is not ours.
    fn read(metadata: &str, told_at: Timestamp) -> Option<Self> {
        let said = metadata.strip_prefix(PREFIX)?;
        let (database, newest) = said.split_once(' ').map_or((said, None), |(name, place)| (name, place.parse().ok()));
        Some(Self { database: database.to_owned(), newest, told_at })
    }

    /// Whether it has to be told again of the same database: so that the broker does not forget it, or since its newest
    /// server is another one, or has come further.
    pub fn is_old(&self, newest: Option<WalPosition>, now: Timestamp) -> bool {
        let lasts = match (self.newest, newest) {
            (Some(told), Some(newest)) if !told.is_on_timeline_of(&newest) => return true,
            (Some(_), None) | (None, Some(_)) => return true,
            (told, newest) if told == newest => KEEP_ALIVE,
            _ => POSITION_KNOWN_FOR,
        };
        let age = now.micros().saturating_sub(self.told_at.micros());
        // One of the future is by a clock that is wrong: it is told anew, too.
        !(0..i64::try_from(lasts.as_micros()).unwrap_or(i64::MAX)).contains(&age)
    }
}

/// What the group is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The topic whose offset it stands in.
    topic: String,
    /// The database's own name.
    database: String,
    /// How far the newest server that has it has come; `None` where it does not tell.
    pub newest: Option<WalPosition>,
}

impl Told {
    fn metadata(&self) -> String {
        let place = self.newest.map(|newest| format!(" {newest}")).unwrap_or_default();
        format!("{PREFIX}{}{place}", self.database)
    }

    /// Adds it to the offsets of a transaction.
    ///
    /// # Errors
    /// Where the clock stands before 1970.
    pub fn add(&self, offsets: &mut TopicPartitionList, now: Timestamp) -> KafkaResult<()> {
        let mut element = offsets.add_partition(&self.topic, PARTITION);
        element.set_metadata(self.metadata());
        element.set_offset(Offset::Offset(now.micros()))
    }
}

/// Asks the group.
pub struct GroupDatabaseReader {
    asking: Asking,
    topic: String,
}

impl GroupDatabaseReader {
    /// # Errors
    /// librdkafka's error, where it does not accept the settings of the client.
    pub fn new(cluster: &Cluster, topics: &Topics) -> KafkaResult<Self> {
        let mut config = cluster.reader();
        config.set("isolation.level", "read_uncommitted");
        Ok(Self { asking: Asking::new(config, "group")?, topic: topics.skills.to_string() })
    }

    /// The id that the cluster gave itself; `None` where it does not tell.
    pub fn cluster_id(&self) -> Option<String> {
        let id = self.asking.ask(|consumer| consumer.client().fetch_cluster_id(CLUSTER_PATIENCE));
        id.filter(|id| !id.is_empty())
    }

    /// What the group says; `None` where it says nothing, or what stands there is not ours.
    ///
    /// # Errors
    /// Where the broker gives no answer in time, or none to this client.
    pub fn read(&self) -> KafkaResult<Option<GroupDatabase>> {
        let mut wanted = TopicPartitionList::new();
        wanted.add_partition(&self.topic, PARTITION);
        let found = self.committed(&wanted)?;
        let Some(element) = found.find_partition(&self.topic, PARTITION) else { return Ok(None) };
        element.error()?;
        let Offset::Offset(micros) = element.offset() else { return Ok(None) };
        Ok(GroupDatabase::read(element.metadata(), Timestamp::from_micros(micros)))
    }

    /// What is committed for these partitions by now, whatever is pending on them.
    ///
    /// # Errors
    /// Where the broker gives no answer in time, or none to this client.
    pub fn committed(&self, wanted: &TopicPartitionList) -> KafkaResult<TopicPartitionList> {
        self.asking.ask(|consumer| committed(consumer, wanted, PATIENCE))
    }

    /// Looks for the group's coordinator anew.
    pub fn renew(&self) {
        self.asking.renew();
    }

    /// What to tell the group of that database, and of the newest server that has it.
    pub fn to_tell(&self, database: &str, newest: Option<WalPosition>) -> Told {
        Told { topic: self.topic.clone(), database: database.to_owned(), newest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn told(newest: Option<WalPosition>, micros: i64) -> GroupDatabase {
        GroupDatabase { database: "d".to_owned(), newest, told_at: Timestamp::from_micros(micros) }
    }

    #[test]
    fn the_group_is_told_again_before_the_broker_forgets() {
        let now = Timestamp::from_micros(10 * HOUR);
        let is_old = |micros| told(None, micros).is_old(None, now);
        assert!(!is_old(10 * HOUR));
        assert!(!is_old(9 * HOUR + 1));
        assert!(is_old(9 * HOUR));
        assert!(is_old(11 * HOUR), "by a clock that is wrong");
    }

    #[test]
    fn a_new_server_is_told_at_once_and_a_new_position_within_a_minute() {
        let at = |timeline, lsn| Some(WalPosition { system: 7, version: 15, timeline, lsn });
        let now = Timestamp::from_micros(10 * HOUR);
        assert!(told(at(1, 10), 10 * HOUR).is_old(at(2, 5), now));
        assert!(told(None, 10 * HOUR).is_old(at(2, 5), now) && told(at(2, 5), 10 * HOUR).is_old(None, now));
        assert!(!told(at(1, 10), 10 * HOUR).is_old(at(1, 20), now));
        assert!(told(at(1, 10), 10 * HOUR - 60_000_000).is_old(at(1, 20), now));
        assert!(!told(at(1, 10), 10 * HOUR - 60_000_000).is_old(at(1, 10), now));
    }

    #[test]
    fn what_the_group_is_told_is_read_again_and_what_has_only_the_name_too() {
        let newest = Some(WalPosition { system: 7, version: 15, timeline: 2, lsn: 0x10_0000_0020 });
        for newest in [newest, None] {
            let told = Told { topic: "skills".to_owned(), database: "d-1".to_owned(), newest };
            let read = GroupDatabase::read(&told.metadata(), Timestamp::from_micros(5)).unwrap();
            assert_eq!((&*read.database, read.newest), ("d-1", newest));
        }
        assert_eq!(GroupDatabase::read("somebody else's", Timestamp::from_micros(5)), None);
    }
}
