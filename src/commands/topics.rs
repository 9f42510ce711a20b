//! `topics`: makes the topics that are missing.

use std::path::PathBuf;

use anyhow::Context as _;
use schedule_callback::kafka::topics;
use schedule_callback::service::cluster_of;

use super::run::{load, runtime};
use super::{Failure, say};

/// Make the topics that are missing.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Settings.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How many partitions each gets; the internal topics get as many as the command topic has.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(i32).range(1..=1024))]
    partitions: i32,
    /// How many copies of each partition the cluster keeps.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..=32))]
    replication: i32,
}

/// Makes them, says which, and whether `run` would be content.
pub(super) fn main(arguments: &Arguments) -> Result<(), Failure> {
    let config = load(arguments.config.as_deref())?;
    let cluster = cluster_of(&config).map_err(Failure::usage)?;
    let unreachable = || format!("Kafka at {}", cluster.bootstrap_servers);
    let observer = topics::observer(&cluster).map_err(Failure::internal)?;
    let found = topics::list(&observer).with_context(unreachable).map_err(Failure::Unavailable)?;
    let Arguments { partitions, replication, .. } = *arguments;
    let planned = topics::planned(&found, &config.topics, partitions);
    let made = runtime()?
        .block_on(topics::create_missing(&cluster, &config.topics, &found, &planned, replication))
        .with_context(unreachable)
        .map_err(Failure::Unavailable)?;
    match made.as_slice() {
        [] => say("all topics are there"),
        names => say(format_args!("made: {}", names.join(", "))),
    }?;
    topics::check(&planned, &config.topics).map(drop).map_err(Failure::usage)
}
