//! Apache Kafka: consumers, transactions, markers, and who owns which shard. Knows nothing of PostgreSQL.

pub mod calls;
pub mod cause;
pub mod cluster;
pub mod dead_letters;
mod deliveries;
pub mod directory;
pub mod fired;
pub mod hanging;
pub mod incoming;
pub mod marker;
pub mod member;
pub mod offsets;
pub mod ownership;
pub mod publisher;
mod statistics;
pub mod topics;
pub mod transactions;
