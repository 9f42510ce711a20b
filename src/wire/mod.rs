//! Bytes ↔ domain: records in, records out. Knows nothing of Kafka's client.

pub mod record;
