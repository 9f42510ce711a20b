//! Bytes ↔ domain: records in, records out. Knows nothing of Kafka's client.

pub mod command;
pub mod dead_letter;
pub mod decode;
pub mod directory_file;
pub mod directory_record;
pub mod due;
pub mod envelope;
pub mod forward;
pub mod headers;
pub mod json;
mod json_reader;
mod json_writer;
pub mod malformed;
mod near;
mod payload;
pub mod record;
pub mod result;
mod sent_headers;
pub mod state;
pub mod stored;
pub mod summary;
pub mod trace;
