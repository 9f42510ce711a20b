//! The rules: pure, without clocks, servers or threads.

pub mod amend;
pub mod branch;
mod cancel;
pub mod character;
mod circumstances;
pub mod clocks;
pub mod command;
pub mod commitment;
pub mod decision;
pub mod directory;
pub mod directory_record;
pub mod draft;
pub mod duration;
mod explain;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod id_value;
pub mod ids;

pub mod installation;
pub mod life;
pub mod lifecycle;
pub mod phone;
pub mod reply;
mod report;
mod requester;
mod reschedule;
pub mod rules;
pub mod schedule;
pub mod schedule_date;
mod target;
pub mod text;
pub mod time_zone;
pub mod timestamp;
pub mod violation;
pub mod violations;
pub mod wal;
pub mod warning;
mod warnings;
