//! Kafka records without Kafka's client.

use super::headers::Headers;

/// A record that was consumed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incoming<'a> {
    /// The record's key.
    pub key: Option<&'a [u8]>,
    /// The record's value; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Header names and values, in order.
    pub headers: Vec<(&'a str, Option<&'a [u8]>)>,
    /// The record's timestamp, in milliseconds since the epoch.
    pub timestamp_millis: i64,
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

/// A message being written, in buffers that are used again for the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The record's key.
    pub key: Vec<u8>,
    /// The record's value.
    pub value: Vec<u8>,
    /// The record's headers.
    pub headers: Headers,
}

impl Message {
    /// Forgets the message, keeps the memory.
    pub fn clear(&mut self) {
        self.key.clear();
        self.value.clear();
        self.headers.clear();
    }
}
