//! Tests against real servers: Apache Kafka, PostgreSQL and the service as child processes.

#![expect(clippy::unwrap_used, reason = "tests; clippy knows only those functions as such that carry the attribute")]

mod awkward;
mod firing;
mod journey;
#[cfg(feature = "failpoints")]
mod killed;
mod rig;
mod sample;
mod servers;
mod servers_away;
mod start;
