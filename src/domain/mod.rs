//! The rules and the protocol's decisions: pure, without clocks, servers or threads.

pub mod amend;
pub mod branch;
mod cancel;
mod circumstances;
pub mod command;
pub mod commitment;
pub mod decision;
pub mod directory;
pub mod directory_record;
pub mod doubt;
pub mod draft;
mod explain;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod frontier;
pub mod ids;
pub mod pass;
pub mod phone;
pub mod reply;
mod requester;
mod reschedule;
pub mod resume;
pub mod rules;
pub mod schedule;
pub mod schedule_date;
pub mod takeover;
mod target;
pub mod text;
pub mod time_zone;
pub mod timestamp;
pub mod violation;
pub mod violations;
mod warnings;
pub mod window;
