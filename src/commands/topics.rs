//! `topics`: makes the topics that are missing, and adds partitions to internal ones that are too small.

use std::path::PathBuf;

use anyhow::Context as _;
use schedule_callback::kafka::topics;
use schedule_callback::service::cluster_of;

use super::run::{load, runtime};
use super::{Failure, say};

/// Make the topics that are missing, and add the partitions that the internal topics lack.
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

/// Makes and grows them, says which, and whether `run` would be content.
pub(super) fn main(arguments: &Arguments) -> Result<(), Failure> {
    let config = load(arguments.config.as_deref())?;
    let cluster = cluster_of(&config).map_err(Failure::usage)?;
    let unreachable = || format!("Kafka at {}", cluster.bootstrap_servers);
    let observer = topics::observer(&cluster).map_err(Failure::internal)?;
    let found = topics::list(&observer).with_context(unreachable).map_err(Failure::Unavailable)?;
    let Arguments { partitions, replication, .. } = *arguments;
    let planned = topics::planned(&found, &config.topics, partitions);
    let runtime = runtime()?;
    let made = runtime
        .block_on(topics::create_missing(&cluster, &config.topics, &found, &planned, replication))
        .with_context(unreachable)
        .map_err(Failure::Unavailable)?;
    if !made.is_empty() {
        say(format_args!("made: {}", made.join(", ")))?;
    }
    let sizes = topics::check(&planned, &config.topics).map_err(Failure::usage)?;
    let grown = runtime
        .block_on(topics::grow(&cluster, &config.topics, sizes))
        .with_context(unreachable)
        .map_err(Failure::Unavailable)?;
    if !grown.is_empty() {
        say(format_args!("grown to {} partitions: {}", sizes.commands, grown.join(", ")))?;
    }
    if made.is_empty() && grown.is_empty() {
        say("all topics are there")?;
    }
    for (topic, partitions) in sizes.too_large(&config.topics) {
        say(format_args!(
            "{topic} has {partitions} partitions and {} has {}: what is more is not used, and does no harm",
            config.topics.commands, sizes.commands
        ))?;
    }
    Ok(())
}
