//! Tests against real servers: Apache Kafka, PostgreSQL and the service as child processes.

#![expect(clippy::unwrap_used, reason = "tests; clippy knows only those functions as such that carry the attribute")]

mod amendments;
mod answers;
mod awkward;
mod belonging;
mod bytes;
mod clocks;
mod connections;
mod dashboard;
mod dead_letters;
mod distribution;
mod examples;
mod fairness;
mod field;
mod firing;
mod golden;
mod growing;
mod hanging;
mod howto;
mod instances;
mod journey;
mod killed;
mod life;
mod life_killed;
mod life_races;
mod lost_commit;
mod membership;
mod metrics;
mod outages;
mod overtaken;
mod pace;
mod page;
mod personal_data;
mod probes;
mod producers;
mod promotion;
mod restored;
mod rig;
mod roles;
mod sample;
mod security;
mod server_faults;
mod servers;
mod servers_away;
mod start;
mod stopped_shards;
#[cfg(feature = "otlp")]
mod tracing;
mod turns;
mod unreadable;
mod upgrade;
