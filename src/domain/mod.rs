//! The rules and the protocol's decisions: pure, without clocks, servers or threads.

pub mod branch;
pub mod command;
pub mod commitment;
pub mod directory_record;
pub mod ids;
pub mod reply;
pub mod timestamp;
pub mod violation;
