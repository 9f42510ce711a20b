//! Signs that a topic is another one than it was, which a fail-over gives too, for a moment.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::standstill::Partition;
use super::topic_ids::TopicId;

/// A log that ends before what was read of it is another one, or has lost its end, only after this long: the broker that takes a
/// partition over may for a moment not know how much of it is on the others.
const SHORT: Duration = Duration::from_secs(10);

/// Logs that end before what was read of them.
#[derive(Default)]
pub(super) struct Short(BTreeMap<Partition, Instant>);

impl Short {
    /// Notes how it is at that moment; `true` where it has been short for long enough to be so for good. It begins anew then.
    pub(super) fn note(&mut self, place: &Partition, is_short: bool, now: Instant) -> bool {
        if !is_short {
            self.0.remove(place);
            return false;
        }
        let since = *self.0.entry(place.clone()).or_insert(now);
        let is_for_good = now - since >= SHORT;
        if is_for_good {
            self.0.remove(place);
        }
        is_for_good
    }
}

/// Topics that were missing.
#[derive(Default)]
pub(super) struct Missing(BTreeSet<String>);

impl Missing {
    /// Nobody knew the topic, or one of its partitions.
    pub(super) fn note(&mut self, topic: &str) {
        self.0.insert(topic.to_owned());
    }

    /// Whether the topic was missing and is there again, so that it may be another one; said once. A broker that has just taken
    /// partitions over, or has not heard of that yet, may say that there are none: the ids tell, where the one before is `known`.
    pub(super) fn is_back(&mut self, topic: &str, known: Option<TopicId>, id: Option<TopicId>) -> bool {
        let is_told = known.is_none() || id.is_some();
        is_told && self.0.remove(topic) && (known.is_none() || known != id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_that_is_missing_for_a_moment_as_in_a_fail_over_is_the_same_one_where_its_id_is() {
        let (one, other) = (TopicId::parse("-288H2akTNSdHFs8HS4_QA"), TopicId::parse("AAAAAAAAAAAAAAAAAAAAAQ"));
        assert!(one.is_some() && other.is_some());
        let mut missing = Missing::default();
        assert!(!missing.is_back("t", None, None), "it was not missing");
        missing.note("t");
        assert!(!missing.is_back("t", one, None), "nobody has told the id this time");
        assert!(!missing.is_back("t", one, one), "the same one");
        assert!(!missing.is_back("t", one, other), "and by now it is no longer missing");
        for (known, now) in [(one, other), (None, one), (None, None)] {
            missing.note("t");
            assert!(missing.is_back("t", known, now) && !missing.is_back("t", known, now));
        }
    }

    #[test]
    fn a_log_that_is_short_for_a_moment_as_in_a_fail_over_is_the_same_log() {
        let place = |partition| Partition { client: "commands", topic: "t".to_owned(), partition };
        let (mut short, begin) = (Short::default(), Instant::now());
        assert!(!short.note(&place(0), true, begin) && !short.note(&place(1), true, begin));
        assert!(!short.note(&place(0), true, begin + SHORT / 2));
        assert!(!short.note(&place(0), false, begin + SHORT));
        assert!(!short.note(&place(0), true, begin + SHORT * 2), "it counts from there");
        assert!(short.note(&place(1), true, begin + SHORT), "its end is gone");
        assert!(!short.note(&place(1), true, begin + SHORT), "said once, until it is read anew");
    }
}
