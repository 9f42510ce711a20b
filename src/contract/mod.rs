//! The messages described for others: JSON Schemas (draft 2020-12), an AsyncAPI 3.1 document, and codes in words.
//!
//! `wire` reads and writes messages by hand; this says in the world's own terms what it reads and writes. Limits, names
//! and codes come from the constants that the rules themselves use, and tests hold both sides against each other. The
//! documents are kept in `config/`, where a test compares them.
//!
//! A schema tells what can be told of one message alone: that a skill exists or a date is not past, only the service
//! can say. What is said of characters and bytes differs where JSON Schema counts otherwise: it has no lengths in bytes.

mod asyncapi;
pub mod codes;
mod commands;
mod components;
mod directory_records;
mod envelope;
mod events;
mod examples;
mod message;
mod parts;
#[cfg(test)]
mod tests;

pub use self::asyncapi::asyncapi;
pub use self::message::Message;
