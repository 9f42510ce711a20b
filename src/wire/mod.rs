//! Bytes ↔ domain: records in, records out. Knows nothing of Kafka's client.

pub mod command;
pub mod dead_letter;
pub mod decode;
pub mod directory;
pub mod directory_file;
pub mod due;
pub mod envelope;
pub mod headers;
pub mod json;
pub mod json_out;
pub mod malformed;
pub mod payload;
pub mod record;
pub mod result;
pub mod trace;
