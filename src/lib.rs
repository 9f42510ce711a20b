//! Durable callback scheduling on Kafka and PostgreSQL.

pub mod clock;
pub mod config;
pub mod domain;
pub mod ops;
pub mod readiness;
pub mod telemetry;
pub mod wire;
