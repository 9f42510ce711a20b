//! Durable callback scheduling on Kafka and PostgreSQL.

pub mod clock;
pub mod domain;
pub mod kafka;
pub mod postgres;
pub mod wire;
