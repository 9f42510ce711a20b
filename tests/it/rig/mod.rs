//! Real servers for tests: Apache Kafka and PostgreSQL as child processes, and what a test says to them and to the service.
//!
//! Everything lives in one temporary folder and on free ports of 127.0.0.1, and is stopped and removed when the
//! process that started it ends, however it ends ([`keeper`]). All of it blocks and fails by panicking, with the tail
//! of the log concerned; a deadline is generous, since it only ever passes when something is broken.
//!
//! A test takes a [`Scope`]: topics, group and database of its own on servers that all tests of the process share. A
//! test that hurts a server starts one of its own with [`Kafka::start`] or [`Postgres::start`].

#![allow(dead_code, unused_imports, reason = "each program that includes the rig uses another part of it")]
#![expect(clippy::expect_used, reason = "a rig that cannot do its work fails its test")]

mod certificates;
mod chromium;
mod clock;
mod http;
mod kafka;
mod keeper;
mod pgbouncer;
mod ports;
mod postgres;
mod process;
mod proxy;
mod raw;
mod records;
mod runtime;
mod scope;
mod secured;
mod service;
pub mod usage;
mod wait;

pub use certificates::{Authority, Issued};
pub use chromium::Chromium;
pub use clock::MovedClock;
pub use http::{Answer, get};
pub use kafka::{COORDINATED, Kafka, Replicas, Role, consumer_groups, coordinated_in, tools as kafka_tools};
pub use keeper::{Ending, folder, root};
pub use pgbouncer::PgBouncer;
pub use ports::free_port;
pub use postgres::{Postgres, Sql, client_programs, pg_dump};
pub use process::{Supervised, tail};
pub use proxy::Proxy;
pub use raw::{
    RawProducer, Tampered, commit_hanging, commit_in_part_raw, init_producer_raw, leave_group_raw, produce_hanging,
    produce_raw, tamper,
};
pub use records::{Committed, Delivered, Isolation, Message, Reader, Record, Sender, produce, read_to_end};
pub use runtime::{block_on, spawn};
pub use scope::{Scope, Topics};
pub use secured::{Listener, User, scram_client};
pub use service::{ServiceConfig, ServiceProcess, service_binary, service_command};
pub use wait::{DEADLINE, eventually, wait_until};
