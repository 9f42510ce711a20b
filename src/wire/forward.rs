//! Cancels and reschedules on their way to the owner of their callback: the record unchanged, and three headers that
//! say where it was sent to.

use super::record::{Incoming, Outgoing, Place};

/// The headers that are added, in the order in which they stand behind the record's own.
const ADDED: [&str; 3] = ["fwd-topic", "fwd-partition", "fwd-offset"];

/// Makes the record for the amendments topic. Its timestamp must be the command's too: dates are judged by it.
pub fn write(record: &Incoming<'_>, from: Place<'_>) -> Outgoing {
    let values = [from.topic.to_owned(), from.partition.to_string(), from.offset.to_string()];
    let mut forwarded = Outgoing::copy_of(record);
    let added = ADDED.into_iter().zip(values).map(|(name, value)| (name.to_owned(), Some(value.into_bytes())));
    forwarded.headers.extend(added);
    forwarded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    /// Takes off exactly the headers that [`write()`] added, the last three: the record as it was sent, and where it stood.
    ///
    /// `None` where the record does not end in these headers, or one of them cannot be read: it was not forwarded by us.
    fn read<'a>(forwarded: &Incoming<'a>) -> Option<(Incoming<'a>, Place<'a>)> {
        let (own, added) = forwarded.headers.split_last_chunk::<3>()?;
        if added.map(|(name, _)| name) != ADDED {
            return None;
        }
        let [topic, partition, offset] = added.map(|(_, value)| value.and_then(|value| str::from_utf8(value).ok()));
        let from = Place { topic: topic?, partition: partition?.parse().ok()?, offset: offset?.parse().ok()? };
        Some((Incoming { headers: own.to_vec(), ..forwarded.clone() }, from))
    }

    #[test]
    fn what_was_forwarded_is_read_back_and_anything_else_is_not() {
        let from = Place { topic: "callback.commands", partition: 3, offset: 17 };
        let headers = vec![("ce_id", Some(&b"c"[..])), ("fwd-topic", None)];
        let record = Incoming { key: Some(b"k"), value: Some(b"{}"), headers, timestamp: Timestamp::from_millis(5) };
        let forwarded = write(&record, from);
        let headers = forwarded.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
        let mut received = Incoming { headers, ..record.clone() };
        assert_eq!(received.headers[3..], [("fwd-partition", Some(&b"3"[..])), ("fwd-offset", Some(b"17"))]);
        assert_eq!(read(&received), Some((record.clone(), from)));
        received.headers.push(("more", None));
        assert_eq!(read(&received), None);
        assert_eq!(read(&record), None);
    }
}
