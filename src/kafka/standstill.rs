//! Partitions that cannot be read: each is said once in the log, and for as long as it lasts in `/readyz` and metrics.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::readiness::{Condition, Readiness};
use crate::telemetry::{as_gauge, label, metric};

/// How many of them `/readyz` names; the log has all.
const NAMED: usize = 3;

/// Where one of our consumers stands still.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Partition {
    /// The consumer: a value of `label::CONSUMER`.
    pub client: &'static str,
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
}

#[derive(Debug)]
struct Standstill {
    /// The offset that comes next.
    offset: i64,
    cause: String,
}

/// All of them; clones share it.
#[derive(Clone, Debug)]
pub struct Standstills {
    readiness: Readiness,
    now: Arc<Mutex<BTreeMap<Partition, Standstill>>>,
}

impl Standstills {
    /// Nothing stands still yet.
    pub fn new(readiness: Readiness) -> Self {
        let standstills = Self { readiness, now: Arc::default() };
        standstills.show(&standstills.now());
        standstills
    }

    /// The partition cannot be read from that offset on. Said in the log once, until the offset is another.
    pub fn begin(&self, place: Partition, offset: i64, cause: String) {
        let mut now = self.now();
        let is_known = now.get(&place).is_some_and(|before| before.offset == offset);
        if !is_known {
            let Partition { client, topic, partition } = &place;
            tracing::error!(
                client,
                topic,
                partition,
                offset,
                cause,
                "a partition cannot be read: it stops here, nothing behind this offset is read or committed until it \
                 can be (docs/operations.md, \"A partition cannot be read\")"
            );
        }
        now.insert(place, Standstill { offset, cause });
        self.show(&now);
    }

    /// The same for one who only sees that nothing comes: whoever knows more has said it already.
    pub fn begin_unless_known(&self, place: Partition, offset: i64, cause: String) {
        if !self.now().contains_key(&place) {
            self.begin(place, offset, cause);
        }
    }

    /// The partition is read, or no longer ours to read.
    pub fn end(&self, place: &Partition) {
        let mut now = self.now();
        if let Some(before) = now.remove(place) {
            let Partition { client, topic, partition } = place;
            tracing::info!(
                client,
                topic,
                partition,
                offset = before.offset,
                "the partition is read past this offset again"
            );
            self.show(&now);
        }
    }

    /// Whether the partition stands still.
    pub fn has(&self, place: &Partition) -> bool {
        self.now().contains_key(place)
    }

    /// Whether any partition stands still.
    pub fn are_some(&self) -> bool {
        !self.now().is_empty()
    }

    /// Why the first partition of these consumers that stands still does so, for a person to read.
    pub fn first_of(&self, client: &str) -> Option<String> {
        self.now().iter().find(|(place, _)| place.client == client).map(in_words)
    }

    fn show(&self, now: &BTreeMap<Partition, Standstill>) {
        for client in label::CONSUMER.values {
            let count = now.keys().filter(|place| place.client == *client).count();
            metric::UNREADABLE.gauge(&[client]).set(as_gauge(count));
        }
        if now.is_empty() {
            self.readiness.ready(Condition::Records);
            return;
        }
        let mut reason: Vec<String> = now.iter().take(NAMED).map(in_words).collect();
        if now.len() > NAMED {
            reason.push(format!("and {} more", now.len() - NAMED));
        }
        self.readiness.waiting(Condition::Records, reason.join("; "));
    }

    /// A thread that panicked while it held the lock left whole entries behind.
    fn now(&self) -> MutexGuard<'_, BTreeMap<Partition, Standstill>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn in_words((place, standstill): (&Partition, &Standstill)) -> String {
    let Partition { topic, partition, .. } = place;
    let Standstill { offset, cause } = standstill;
    format!("partition {partition} of {topic} cannot be read at offset {offset}: {cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_names_what_stands_still_and_forgets_what_goes_on() {
        let readiness = Readiness::default();
        for condition in Condition::ALL {
            readiness.ready(condition);
        }
        let standstills = Standstills::new(readiness.clone());
        let place = |partition| Partition { client: "commands", topic: "c".to_owned(), partition };
        standstills.begin(place(1), 7, "bad".to_owned());
        let reason = readiness.report().waiting_for[0].reason.to_string();
        assert_eq!(reason, "partition 1 of c cannot be read at offset 7: bad");
        (2..6).for_each(|partition| standstills.begin(place(partition), 0, "bad".to_owned()));
        assert!(readiness.report().waiting_for[0].reason.ends_with("; and 2 more"));
        (1..6).for_each(|partition| standstills.end(&place(partition)));
        assert!(readiness.report().ready);
    }
}
