//! Durable callback scheduling on Kafka and PostgreSQL.

pub mod clock;
pub mod dispatch;
pub mod config;
pub mod domain;
pub mod kafka;
pub mod postgres;
pub mod readiness;
pub mod stop;
pub mod takeover;
pub mod ops;
pub mod readiness;
pub mod telemetry;
pub mod wire;
