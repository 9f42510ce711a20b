//! A record as the client has it → a record as `wire` reads it.

use std::panic::AssertUnwindSafe;

use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Headers, Message};

use crate::clock;
use crate::domain::time::Timestamp;
use crate::telemetry::panics::expecting_panics;
use crate::wire::record::Incoming;

/// The record, without headers whose names are not UTF-8. One without a timestamp gets the present.
pub fn incoming<'a>(message: &'a BorrowedMessage<'_>) -> Incoming<'a> {
    let headers = message.headers().map_or_else(Vec::new, |all| {
        let headers: Vec<_> = (0..all.count()).filter_map(|index| header(all, index)).collect();
        if headers.len() < all.count() {
            tracing::warn!(
                topic = message.topic(),
                partition = message.partition(),
                offset = message.offset(),
                "headers of a record whose names are not UTF-8 are ignored"
            );
        }
        headers
    });
    Incoming {
        key: message.key(),
        value: message.payload(),
        headers,
        timestamp: message.timestamp().to_millis().map_or_else(clock::now, Timestamp::from_millis),
    }
}

/// Kafka's protocol allows any bytes in a header's name, but rdkafka (0.39, `BorrowedHeaders::try_get`) panics where they
/// are not UTF-8, and could not send them either. One such record must not end the service, and no attribute of ours has
/// such a name: it counts like any other header that is not known.
fn header(headers: &BorrowedHeaders, index: usize) -> Option<(&str, Option<&[u8]>)> {
    let read = AssertUnwindSafe(|| headers.try_get(index).map(|header| (header.key, header.value)));
    expecting_panics(read).flatten()
}
