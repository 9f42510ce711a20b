//! Kafka records without Kafka's client.

use crate::domain::time::Timestamp;

/// A record that was consumed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incoming<'a> {
    /// The record's key.
    pub key: Option<&'a [u8]>,
    /// The record's value; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Header names and values, in order.
    pub headers: Vec<(&'a str, Option<&'a [u8]>)>,
    /// The record's timestamp; Kafka's have whole milliseconds.
    pub timestamp: Timestamp,
}

impl<'a> Incoming<'a> {
    /// The value of the last header of that name, as Kafka's own `lastHeader` takes it; a null value is none.
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        self.headers.iter().rev().find(|(candidate, _)| *candidate == name)?.1
    }
}

/// A record to be produced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// The record's key.
    pub key: Option<Vec<u8>>,
    /// The record's value.
    pub value: Option<Vec<u8>>,
    /// Header names and values, in order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

impl Outgoing {
    /// The record byte for byte: key, value, headers.
    pub fn copy_of(record: &Incoming<'_>) -> Self {
        let header = |&(name, value): &(&str, Option<&[u8]>)| (name.to_owned(), value.map(<[u8]>::to_vec));
        Self {
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers: record.headers.iter().map(header).collect(),
        }
    }
}
