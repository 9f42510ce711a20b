//! Records on their way out, as the Kafka client takes them.

use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::BaseRecord;

use crate::clock;

/// A record on its way out.
#[derive(Debug)]
pub struct NewRecord<'a> {
    /// The topic.
    pub topic: &'a str,
    /// A fixed partition; else the key decides.
    pub partition: Option<i32>,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The value.
    pub value: Option<&'a [u8]>,
    /// The headers.
    pub headers: OwnedHeaders,
    /// Milliseconds since the epoch, where it must be kept; else the present.
    pub timestamp_millis: Option<i64>,
}

impl<'a> NewRecord<'a> {
    /// The record as librdkafka takes it.
    pub(super) fn for_client(self) -> BaseRecord<'a, [u8], [u8]> {
        let mut outgoing = BaseRecord::to(self.topic).headers(self.headers);
        outgoing.partition = self.partition;
        outgoing.key = self.key;
        outgoing.payload = self.value;
        // Not left to the client, which knows this machine's clock only: a broker refuses what is an hour ahead of its own.
        outgoing.timestamp = Some(self.timestamp_millis.unwrap_or_else(|| clock::now().millis()));
        outgoing
    }
}

/// Headers as librdkafka takes them.
pub fn owned_headers<'a>(headers: impl Iterator<Item = (&'a str, Option<&'a [u8]>)>) -> OwnedHeaders {
    headers.fold(OwnedHeaders::new_with_capacity(12), |owned, (key, value)| owned.insert(Header { key, value }))
}
