//! `topics`: makes the topics that are missing, and adds partitions to internal ones that are too small.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rdkafka::consumer::BaseConsumer;
use schedule_callback::kafka::cluster::Events;
use schedule_callback::kafka::topics::{self, Partitions, Unanswered};
use schedule_callback::service::cluster_of;

use super::failure::{Failure, say};
use super::run::{load, runtime};

/// Waits between looks at the cluster.
const RETRY: Duration = Duration::from_millis(500);

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
    let found =
        find(&observer, config.service.startup_timeout).with_context(unreachable).map_err(Failure::Unavailable)?;
    let Arguments { partitions, replication, .. } = *arguments;
    let planned = topics::planned(&found, &config.topics, partitions);
    let runtime = runtime()?;
    let made = runtime
        .block_on(topics::create_missing(&cluster, &config.topics, &found, &planned, replication, config.keep_states()))
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

/// Waits for the cluster, as `run` does.
fn find(observer: &BaseConsumer<Events>, patience: Duration) -> Result<Partitions, Unanswered> {
    let deadline = Instant::now() + patience;
    let mut said = BTreeSet::new();
    loop {
        match topics::list(observer) {
            Err(error) if Instant::now() + RETRY < deadline => {
                let reason = error.to_string();
                if said.insert(reason.clone()) {
                    tracing::warn!("Kafka does not answer yet: {reason}");
                }
                std::thread::sleep(RETRY);
            }
            outcome => return outcome,
        }
    }
}
