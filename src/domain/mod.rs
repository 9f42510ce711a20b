//! The rules and the protocol's decisions: pure, without clocks, servers or threads.

pub mod branch;
pub mod command;
pub mod commitment;
pub mod ids;
pub mod schedule_date;
pub mod phone;
pub mod timestamp;
pub mod violation;
