//! Where the records of a transaction lie.

use std::collections::BTreeMap;

use rdkafka::topic_partition_list::Offset;

/// Which part of a partition a transaction's records lie in.
#[derive(Clone, Debug)]
pub(super) struct Span {
    topic: String,
    pub(super) partition: i32,
    /// Behind the last record of the transactions before, where there was one.
    floor: Option<i64>,
    /// The first and the last record of this transaction of which the offset was told.
    told: Option<(i64, i64)>,
    /// Whether some were delivered without an offset: so librdkafka reports a record that the broker had already.
    pub(super) has_untold: bool,
}

impl Span {
    fn is_in_use(&self) -> bool {
        self.told.is_some() || self.has_untold
    }

    /// From where its records are to be read.
    pub(super) fn start(&self) -> Offset {
        let first = if self.has_untold { self.floor } else { self.told.map(|(first, _)| first) };
        first.map_or(Offset::Beginning, Offset::Offset)
    }

    /// Its last record, as far as that was told.
    pub(super) fn last(&self) -> i64 {
        self.told.map_or(-1, |(_, last)| last)
    }
}

/// Where the records of a producer's last transaction lie, as their delivery reports tell.
#[derive(Debug, Default)]
pub(super) struct Spans(Vec<Span>);

impl Spans {
    /// A transaction begins.
    pub(super) fn begin(&mut self) {
        for span in &mut self.0 {
            span.floor = span.told.map(|(_, last)| last + 1).or(span.floor);
            (span.told, span.has_untold) = (None, false);
        }
    }

    /// A record has that offset; a negative one tells nothing.
    pub(super) fn note(&mut self, topic: &str, partition: i32, offset: i64) {
        let place = self.0.iter().position(|span| span.partition == partition && span.topic == topic);
        let place = place.unwrap_or_else(|| {
            let (topic, told) = (topic.to_owned(), None);
            self.0.push(Span { topic, partition, floor: None, told, has_untold: false });
            self.0.len() - 1
        });
        let span = &mut self.0[place];
        if offset < 0 {
            span.has_untold = true;
            return;
        }
        let (first, last) = span.told.unwrap_or((offset, offset));
        span.told = Some((first.min(offset), last.max(offset)));
    }

    /// Those with records of the transaction, by topic.
    pub(super) fn by_topic(&self) -> BTreeMap<String, Vec<Span>> {
        let mut all: BTreeMap<String, Vec<Span>> = BTreeMap::new();
        for span in self.0.iter().filter(|span| span.is_in_use()) {
            all.entry(span.topic.clone()).or_default().push(span.clone());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_record_lies_of_which_no_offset_was_told_is_known_by_the_transaction_before() {
        let mut spans = Spans::default();
        let start = |spans: &Spans| spans.by_topic()["t"].iter().map(Span::start).collect::<Vec<_>>();
        spans.begin();
        for offset in [7, 8, 6] {
            spans.note("t", 0, offset);
        }
        spans.note("t", 1, -1001);
        assert_eq!(start(&spans), [Offset::Offset(6), Offset::Beginning]);
        spans.begin();
        assert!(spans.by_topic().is_empty(), "a transaction without records");
        spans.begin();
        for offset in [-1, 12] {
            spans.note("t", 0, offset);
        }
        assert_eq!(start(&spans), [Offset::Offset(9)]);
    }
}
