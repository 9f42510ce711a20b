//! Produces a record by Kafka's own protocol, for what no client library lets through: header names of any bytes.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::wait::DEADLINE;

/// Produces one record to partition 0 of a topic; the broker at `address` must lead it.
///
/// One request, Produce version 3 (Kafka protocol guide, "Produce API"), with one record batch of version 2.
pub fn produce_raw(address: &str, topic: &str, key: &[u8], value: &[u8], headers: &[(&[u8], &[u8])], millis: i64) {
    let batch = record_batch(key, value, headers, millis);
    let mut request = Vec::new();
    request.extend([0_i16.to_be_bytes(), 3_i16.to_be_bytes()].concat()); // API key Produce, version 3
    request.extend(1_i32.to_be_bytes()); // correlation id
    request.extend((-1_i16).to_be_bytes()); // no client id
    request.extend((-1_i16).to_be_bytes()); // no transactional id
    request.extend((-1_i16).to_be_bytes()); // acks: all
    request.extend(30_000_i32.to_be_bytes()); // timeout, in milliseconds
    request.extend(1_i32.to_be_bytes()); // topics
    request.extend(i16::try_from(topic.len()).expect("a topic's name is short").to_be_bytes());
    request.extend(topic.as_bytes());
    request.extend([1_i32.to_be_bytes(), 0_i32.to_be_bytes()].concat()); // partitions, the partition's number
    request.extend(length(&batch).to_be_bytes());
    request.extend(batch);

    let mut stream = TcpStream::connect(address).expect("the broker listens");
    stream.set_read_timeout(Some(DEADLINE)).expect("a socket takes a timeout");
    stream.write_all(&length(&request).to_be_bytes()).expect("the broker reads");
    stream.write_all(&request).expect("the broker reads");
    // Size, correlation id, number of topics, the topic's name, number of partitions, partition; then the error code.
    let mut answer = vec![0; 4 + 4 + 4 + 2 + topic.len() + 4 + 4 + 2];
    stream.read_exact(&mut answer).expect("the broker answers");
    assert_eq!(answer[answer.len() - 2..], [0, 0], "the broker took the record");
}

/// Record batch, version 2 (Kafka protocol guide, "Record Batch").
fn record_batch(key: &[u8], value: &[u8], headers: &[(&[u8], &[u8])], millis: i64) -> Vec<u8> {
    let mut record = vec![0, 0, 0]; // attributes, timestamp delta, offset delta
    let sized = |record: &mut Vec<u8>, bytes: &[u8]| {
        varint(record, length(bytes));
        record.extend(bytes);
    };
    sized(&mut record, key);
    sized(&mut record, value);
    varint(&mut record, i32::try_from(headers.len()).expect("there are few headers"));
    for (name, value) in headers {
        sized(&mut record, name);
        sized(&mut record, value);
    }
    let mut checked = vec![0; 2 + 4]; // attributes, last offset delta
    checked.extend([millis.to_be_bytes(); 2].concat()); // first and last timestamp
    checked.extend([0xff; 8 + 2 + 4]); // no producer id, epoch, sequence
    checked.extend(1_i32.to_be_bytes()); // records
    sized(&mut checked, &record);
    let mut batch = vec![0; 8]; // first offset
    batch.extend((length(&checked) + 4 + 1 + 4).to_be_bytes());
    batch.extend([0, 0, 0, 0, 2]); // leader epoch, version
    batch.extend(crc32c(&checked).to_be_bytes());
    batch.extend(checked);
    batch
}

fn length(bytes: &[u8]) -> i32 {
    i32::try_from(bytes.len()).expect("a record is small")
}

/// Zigzag, then seven bits a byte.
fn varint(out: &mut Vec<u8>, value: i32) {
    let mut rest = value.cast_unsigned() << 1;
    while rest > 0x7f {
        out.push((rest & 0x7f | 0x80).to_le_bytes()[0]);
        rest >>= 7;
    }
    out.push(rest.to_le_bytes()[0]);
}

/// CRC-32C (Castagnoli), bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    !crc
}
