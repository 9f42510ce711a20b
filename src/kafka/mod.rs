//! Apache Kafka: consumers, transactions, markers, and who owns which shard. Knows nothing of PostgreSQL.

pub mod arrivals;
pub mod calls;
pub mod cause;
pub mod cluster;
mod commit;
pub mod dead_letters;
mod deliveries;
pub mod directory;
pub mod fault;
pub mod fired;
pub mod group_database;
pub mod growth;
pub mod hanging;
pub mod incoming;
pub mod logs;
pub mod marker;
pub mod member;
pub mod offsets;
pub mod ownership;
pub mod place;
pub mod positions;
pub mod publisher;
pub mod standstill;
mod statistics;
pub mod topics;
pub mod transactions;
pub mod watch;
