//! The rules: pure, without clocks, servers or threads.
//!
//! Its rooms, from the bottom; each uses those before it:
//!
//! - [`given`]: values as they were sent, and what is wrong with them before anything is known about them.
//! - [`time`]: instants, time zones, `scheduleDate`, and the comparison of clocks.
//! - [`phone`]: `phoneNumber` and the world's numbering plans.
//! - [`directory`]: what the directory topics say about skills, agents and security users.
//! - [`answer`]: what a command is answered: branches, violations, warnings, and violations in words.
//! - [`command`]: the commands, and the judgement of each.
//!
//! Beside them stand the identifiers ([`ids`]), what the service has promised ([`commitment`]), what it remembers of a
//! command ([`decision`]), what becomes of a callback after it is due ([`life`]) and what time makes of it ([`lifecycle`]), and
//! which servers and databases belong together ([`installation`], [`wal`]).

pub mod answer;
pub mod command;
pub mod commitment;
pub mod decision;
pub mod directory;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod given;
pub mod ids;
pub mod installation;
pub mod life;
pub mod lifecycle;
pub mod phone;
pub mod time;
pub mod wal;
