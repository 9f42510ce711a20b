#![doc = include_str!("../ARCHITECTURE.md")]

pub mod clock;
pub mod config;
pub mod dispatch;
pub mod domain;
pub mod failpoint;
pub mod ingest;
pub mod kafka;
pub mod ops;
pub mod postgres;
pub mod readiness;
pub mod service;
pub mod stop;
pub mod takeover;
pub mod telemetry;
pub mod watchdog;
pub mod wire;
