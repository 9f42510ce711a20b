//! Dead letters: records that could not be read, byte for byte, and six headers that say where from and why
//! (docs/contract.md#malformed-messages).

use std::str;

use super::malformed::MalformedReason;
use super::record::{Incoming, Outgoing, Place};
use crate::domain::time::Timestamp;

/// The headers that are added, in the order in which they stand behind the record's own.
pub const ADDED: [&str; 6] = ["dlq-topic", "dlq-partition", "dlq-offset", "dlq-timestamp", "dlq-reason", "dlq-detail"];

/// Makes the dead letter of a record.
///
/// `reason` is a stable code, `detail` a sentence without personal data; `dlq-timestamp` is the record's own.
pub fn write(record: &Incoming<'_>, from: Place<'_>, reason: &str, detail: &str) -> Outgoing {
    let timestamp = record.timestamp;
    let values = [
        from.topic.to_owned(),
        from.partition.to_string(),
        from.offset.to_string(),
        timestamp.to_string(),
        reason.to_owned(),
        detail.to_owned(),
    ];
    let mut letter = Outgoing::copy_of(record);
    let added = ADDED.into_iter().zip(values).map(|(name, value)| (name.to_owned(), Some(value.into_bytes())));
    letter.headers.extend(added);
    letter
}

/// A dead letter that was read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter<'a> {
    /// The record as it was when it could not be read, its timestamp too.
    pub record: Incoming<'a>,
    /// Where it stood.
    pub from: Place<'a>,
    /// The stable code of what was wrong.
    pub reason: &'a str,
    /// The sentence beside it.
    pub detail: &'a str,
}

impl<'a> DeadLetter<'a> {
    /// Takes off exactly the headers that [`write()`] added: the last six. Headers of the same names before them are
    /// the record's own and stay.
    ///
    /// `None` where the record does not end in these headers, or one of them cannot be read: it is not of our making.
    pub fn read(letter: &Incoming<'a>) -> Option<Self> {
        let (own, added) = letter.headers.split_last_chunk::<6>()?;
        if added.map(|(name, _)| name) != ADDED {
            return None;
        }
        let mut texts = [""; 6];
        for (text, (_, value)) in texts.iter_mut().zip(added) {
            *text = str::from_utf8((*value)?).ok()?;
        }
        let [topic, partition, offset, timestamp, reason, detail] = texts;
        let from = Place { topic, partition: partition.parse().ok()?, offset: offset.parse().ok()? };
        let timestamp = Timestamp::parse_rfc3339(timestamp).ok()?;
        let record = Incoming { headers: own.to_vec(), timestamp, ..letter.clone() };
        Some(Self { record, from, reason, detail })
    }

    /// Whether the record is all there: one that was too large for the dead-letter topic went without its value.
    pub fn has_its_value(&self) -> bool {
        self.record.value.is_some() || self.reason == MalformedReason::NullValue.code()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FROM: Place<'static> = Place { topic: "callback.commands", partition: 3, offset: 17 };

    fn as_incoming(record: &Outgoing) -> Incoming<'_> {
        Incoming {
            key: record.key.as_deref(),
            value: record.value.as_deref(),
            headers: record.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect(),
            timestamp: Timestamp::default(),
        }
    }

    #[test]
    fn the_record_is_untouched_and_six_headers_say_why() {
        let record = Incoming {
            key: None,
            value: Some(b"\xff{"),
            headers: vec![("a", None), ("a", Some(b"\xfe")), ("dlq-reason", Some(b"theirs"))],
            timestamp: Timestamp::from_millis(1_795_446_000_004),
        };
        let letter = write(&record, FROM, "NOT_UTF8", "not UTF-8 at byte 0");
        let read = as_incoming(&letter);
        assert_eq!((read.key, read.value), (record.key, record.value));
        assert_eq!(read.headers[..3], record.headers);
        let added: Vec<_> = read.headers[3..].iter().map(|&(name, value)| (name, value.unwrap())).collect();
        let expected: [(&str, &[u8]); 6] = [
            ("dlq-topic", b"callback.commands"),
            ("dlq-partition", b"3"),
            ("dlq-offset", b"17"),
            ("dlq-timestamp", b"2026-11-23T15:00:00.004000Z"),
            ("dlq-reason", b"NOT_UTF8"),
            ("dlq-detail", b"not UTF-8 at byte 0"),
        ];
        assert_eq!(added, expected);
    }

    #[test]
    fn a_record_that_is_no_dead_letter_of_ours_is_told_apart() {
        let letter = write(&Incoming::default(), FROM, "NULL_VALUE", "");
        let mut renamed = letter.clone();
        renamed.headers[4].0 = "dlq-cause".to_owned();
        let mut unreadable = letter.clone();
        unreadable.headers[1].1 = Some(b"three".to_vec());
        let mut followed = letter.clone();
        followed.headers.push(("more".to_owned(), None));
        for other in [renamed, unreadable, followed, Outgoing::default()] {
            assert_eq!(DeadLetter::read(&as_incoming(&other)), None);
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(
            key in prop::option::of(prop::collection::vec(any::<u8>(), 0..8)),
            value in prop::option::of(prop::collection::vec(any::<u8>(), 0..8)),
            headers in prop::collection::vec(
                ("(dlq-topic|dlq-detail|[a-z]{0,3})", prop::option::of(prop::collection::vec(any::<u8>(), 0..4))),
                0..5,
            ),
            timestamp_millis in 0..4_000_000_000_000_i64,
        ) {
            let record = Incoming {
                key: key.as_deref(),
                value: value.as_deref(),
                headers: headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect(),
                timestamp: Timestamp::from_millis(timestamp_millis),
            };
            let once = write(&record, FROM, "NOT_JSON", "detail");
            let read = DeadLetter::read(&as_incoming(&once)).unwrap();
            prop_assert_eq!(&read, &DeadLetter { record, from: FROM, reason: "NOT_JSON", detail: "detail" });
            let twice = write(&as_incoming(&once), FROM, "AGAIN", "");
            prop_assert_eq!(Outgoing::copy_of(&DeadLetter::read(&as_incoming(&twice)).unwrap().record), once);
        }
    }
}
