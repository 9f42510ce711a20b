//! Speaks Kafka's own protocol, for what no client library lets through: header names of any bytes, and transactions
//! that their coordinator knows nothing of.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::wait::{DEADLINE, eventually};

/// A producer of the transaction API, as the broker knows it.
#[derive(Clone, Copy, Debug)]
pub struct RawProducer {
    /// Its number.
    pub id: i64,
    /// Which of its incarnations.
    pub epoch: i16,
}

/// Produces one record to partition 0 of a topic; the broker at `address` must lead it.
///
/// One request, Produce version 3 (Kafka protocol guide, "Produce API"), with one record batch of version 2.
pub fn produce_raw(address: &str, topic: &str, key: &[u8], value: &[u8], headers: &[(&[u8], &[u8])], millis: i64) {
    send_batch(address, topic, None, &record_batch(None, key, value, headers, millis));
}

/// Initialises a transactional producer, which ends whatever others of that id left open.
///
/// InitProducerId version 0.
pub fn init_producer_raw(address: &str, transactional_id: &str) -> RawProducer {
    let mut body = Vec::new();
    string(&mut body, transactional_id);
    body.extend(30_000_i32.to_be_bytes()); // the transactions' timeout, in milliseconds
    // While the coordinator still loads, or ends a transaction, it says so.
    eventually("the broker makes a producer", DEADLINE, || {
        let answer = ask(address, 22, 0, &body, 4 + 2 + 8 + 2); // throttle time, error, id, epoch
        (answer[4..6] == [0, 0]).then(|| RawProducer {
            id: i64::from_be_bytes(answer[6..14].try_into().expect("eight bytes")),
            epoch: i16::from_be_bytes(answer[14..16].try_into().expect("two bytes")),
        })
    })
}

/// Puts a member out of its group, as if it had left: the broker knows it no longer, and the member does not know.
///
/// LeaveGroup version 0.
pub fn leave_group_raw(address: &str, group: &str, member: &str) {
    let mut body = Vec::new();
    string(&mut body, group);
    string(&mut body, member);
    assert_eq!(ask(address, 13, 0, &body, 2), [0, 0], "the member has left");
}

/// Produces one record to partition 0 of a topic in a transaction that its coordinator is not told of. The broker takes
/// it where `transaction.partition.verification.enable` is off, and then nothing ends the transaction.
pub fn produce_hanging(address: &str, transactional_id: &str, producer: RawProducer, topic: &str, value: &[u8]) {
    send_batch(address, topic, Some(transactional_id), &record_batch(Some(producer), b"k", value, &[], 0));
}

/// Commits the offset of partition 0 of a topic in a transaction that its coordinator is not told of.
///
/// TxnOffsetCommit version 0.
pub fn commit_hanging(
    address: &str,
    transactional_id: &str,
    producer: RawProducer,
    group: &str,
    topic: &str,
    offset: i64,
) {
    let mut body = Vec::new();
    string(&mut body, transactional_id);
    string(&mut body, group);
    body.extend(producer.id.to_be_bytes());
    body.extend(producer.epoch.to_be_bytes());
    body.extend(1_i32.to_be_bytes()); // topics
    string(&mut body, topic);
    body.extend([1_i32.to_be_bytes(), 0_i32.to_be_bytes()].concat()); // partitions, the partition's number
    body.extend(offset.to_be_bytes());
    string(&mut body, ""); // metadata
    // Throttle time, number of topics, the topic's name, number of partitions, partition; then the error code.
    let answer = ask(address, 28, 0, &body, 4 + 4 + 2 + topic.len() + 4 + 4 + 2);
    assert_eq!(answer[answer.len() - 2..], [0, 0], "the broker took the offset");
}

/// Lets the open transaction of a producer count in these partitions of a topic, as a coordinator does that has decided so; of
/// partitions in which none of its is open nothing can be seen. Its own coordinator is not told.
///
/// WriteTxnMarkers version 1, of the protocol's flexible kind.
pub fn commit_in_part_raw(address: &str, producer: RawProducer, topic: &str, partitions: &[i32]) {
    let count = |number: usize| u8::try_from(number + 1).expect("a short array");
    let mut body = vec![0, count(1)]; // no tags in the header; markers
    body.extend(producer.id.to_be_bytes());
    body.extend(producer.epoch.to_be_bytes());
    body.extend([1, count(1), count(topic.len())]); // to be committed; topics; the topic's name
    body.extend(topic.as_bytes());
    body.push(count(partitions.len()));
    body.extend(partitions.iter().flat_map(|partition| partition.to_be_bytes()));
    body.push(0);
    body.extend(0_i32.to_be_bytes()); // the coordinator's epoch
    body.extend([0, 0]);
    // No tags, markers, producer, topics, the topic's name, partitions with their errors.
    let before = 1 + 1 + 8 + 1 + 1 + topic.len() + 1;
    let answer = ask(address, 27, 1, &body, before + partitions.len() * 7);
    for one in answer[before..].chunks(7) {
        assert_eq!(one[4..6], [0, 0], "the broker took the marker");
    }
}

fn send_batch(address: &str, topic: &str, transactional_id: Option<&str>, batch: &[u8]) {
    let mut body = Vec::new();
    match transactional_id {
        Some(id) => string(&mut body, id),
        None => body.extend((-1_i16).to_be_bytes()),
    }
    body.extend((-1_i16).to_be_bytes()); // acks: all
    body.extend(30_000_i32.to_be_bytes()); // timeout, in milliseconds
    body.extend(1_i32.to_be_bytes()); // topics
    string(&mut body, topic);
    body.extend([1_i32.to_be_bytes(), 0_i32.to_be_bytes()].concat()); // partitions, the partition's number
    body.extend(length(batch).to_be_bytes());
    body.extend(batch);
    // Number of topics, the topic's name, number of partitions, partition; then the error code.
    let answer = ask(address, 0, 3, &body, 4 + 2 + topic.len() + 4 + 4 + 2);
    assert_eq!(answer[answer.len() - 2..], [0, 0], "the broker took the record");
}

/// Asks the broker and returns the first bytes of the answer's body.
fn ask(address: &str, api: i16, version: i16, body: &[u8], bytes: usize) -> Vec<u8> {
    let mut request = [api.to_be_bytes(), version.to_be_bytes()].concat();
    request.extend(1_i32.to_be_bytes()); // correlation id
    request.extend((-1_i16).to_be_bytes()); // no client id
    request.extend(body);
    let mut stream = TcpStream::connect(address).expect("the broker listens");
    stream.set_read_timeout(Some(DEADLINE)).expect("a socket takes a timeout");
    stream.write_all(&length(&request).to_be_bytes()).expect("the broker reads");
    stream.write_all(&request).expect("the broker reads");
    let mut answer = vec![0; 4 + 4 + bytes]; // size, correlation id
    stream.read_exact(&mut answer).expect("the broker answers");
    answer.split_off(8)
}

fn string(out: &mut Vec<u8>, text: &str) {
    out.extend(i16::try_from(text.len()).expect("a name is short").to_be_bytes());
    out.extend(text.as_bytes());
}

/// Record batch, version 2 (Kafka protocol guide, "Record Batch").
fn record_batch(
    transaction_of: Option<RawProducer>,
    key: &[u8],
    value: &[u8],
    headers: &[(&[u8], &[u8])],
    millis: i64,
) -> Vec<u8> {
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
    let mut checked = match transaction_of {
        Some(_) => vec![0, 0x10], // attributes: transactional
        None => vec![0, 0],
    };
    checked.extend([0; 4]); // last offset delta
    checked.extend([millis.to_be_bytes(); 2].concat()); // first and last timestamp
    match transaction_of {
        Some(RawProducer { id, epoch }) => {
            checked.extend(id.to_be_bytes());
            checked.extend(epoch.to_be_bytes());
            checked.extend([0; 4]); // the first sequence
        }
        None => checked.extend([0xff; 8 + 2 + 4]), // no producer id, epoch, sequence
    }
    checked.extend(1_i32.to_be_bytes()); // records
    sized(&mut checked, &record);
    let mut batch = vec![0; 8]; // first offset
    batch.extend((length(&checked) + 4 + 1 + 4).to_be_bytes());
    batch.extend([0, 0, 0, 0, 2]); // leader epoch, version
    batch.extend(crc32c(&checked).to_be_bytes());
    batch.extend(checked);
    batch
}

/// How a record batch is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tampered {
    /// A byte of a record is another one: the checksum is wrong.
    Bytes,
    /// Its codec is one that nobody knows; the checksum is right.
    Codec,
    /// Its version is one that nobody knows.
    Version,
    /// The records in it are none; the checksum is right.
    Records,
}

/// Damages the batch that begins at that offset, in a segment of a broker's log, where it lies: it is of the same length as
/// before.
pub fn tamper(segment: &Path, offset: i64, damage: Tampered) {
    let mut bytes = fs::read(segment).expect("the segment can be read");
    let mut start = 0;
    while bytes[start..start + 8] != offset.to_be_bytes() {
        start += batch_length(&bytes[start..]);
    }
    let batch_end = start + batch_length(&bytes[start..]);
    let batch = &mut bytes[start..batch_end];
    match damage {
        Tampered::Bytes => *batch.last_mut().expect("a batch has bytes") ^= 1,
        Tampered::Codec => batch[22] = batch[22] & !7 | 6,
        Tampered::Version => batch[16] = 9,
        // The length of the first record says more than there is.
        Tampered::Records => batch[61..63].copy_from_slice(&[0xfe, 0x7f]),
    }
    if matches!(damage, Tampered::Codec | Tampered::Records) {
        let checksum = crc32c(&batch[21..]).to_be_bytes();
        batch[17..21].copy_from_slice(&checksum);
    }
    let batch = batch.to_vec();
    let file = fs::OpenOptions::new().write(true).open(segment).expect("the segment can be written");
    file.write_all_at(&batch, u64::try_from(start).expect("a segment is small")).expect("the segment can be written");
}

/// Base offset, then the length of what follows.
fn batch_length(batch: &[u8]) -> usize {
    let length = i32::from_be_bytes(batch[8..12].try_into().expect("four bytes"));
    12 + usize::try_from(length).expect("a length")
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
