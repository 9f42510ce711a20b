//! `directory load`: publishes a file of skills, agents and security users to the directory topics.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaResult;
use rdkafka::message::OwnedHeaders;
use schedule_callback::config::Topics;
use schedule_callback::kafka::cluster::Events;
use schedule_callback::kafka::publisher::Publisher;
use schedule_callback::kafka::topics;
use schedule_callback::kafka::transactions::NewRecord;
use schedule_callback::service::cluster_of;
use schedule_callback::wire::directory_file::{self, FileRecord};
use schedule_callback::wire::directory_record::DirectoryTopic;

use super::failure::{Failure, say};
use super::run::load;

/// Waits between looks at the cluster.
const RETRY: Duration = Duration::from_millis(200);

/// Look after the directory topics.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Publish the records of a file: `{"skills":[…],"agents":[…],"securityUsers":[…]}`.
    Load {
        /// The file.
        file: PathBuf,
        /// Settings.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

/// Does what is asked for.
pub(super) fn main(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Load { file, config } => load_file(file, config.as_deref()),
    }
}

fn load_file(file: &Path, config: Option<&Path>) -> Result<(), Failure> {
    let config = load(config)?;
    let bytes = std::fs::read(file).with_context(|| file.display().to_string()).map_err(Failure::Usage)?;
    let records = directory_file::read(&bytes).with_context(|| file.display().to_string()).map_err(Failure::Usage)?;
    let cluster = cluster_of(&config).map_err(Failure::usage)?;
    let unavailable =
        |error: anyhow::Error| Failure::Unavailable(error.context(format!("Kafka at {}", cluster.bootstrap_servers)));
    let observer = topics::observer(&cluster).map_err(Failure::internal)?;
    find_topics(&observer, &config.topics, config.service.startup_timeout).map_err(unavailable)?;
    let publisher = Publisher::new(&cluster).map_err(Failure::internal)?;
    publish(&publisher, &config.topics, &records).map_err(Failure::internal)?;
    publisher.finish().map_err(|error| unavailable(error.into()))?;
    say(format_args!("published {} directory records", records.len()))
}

/// Waits until the directory topics are there: those that were just made may not show yet. A producer would wait for
/// them too, but not say which.
fn find_topics(observer: &BaseConsumer<Events>, topics: &Topics, patience: Duration) -> anyhow::Result<()> {
    let deadline = Instant::now() + patience;
    loop {
        let found = topics::list(observer).map_err(anyhow::Error::from);
        match found.and_then(|found| Ok(topics::check_directory(&found, topics)?)) {
            Err(_) if Instant::now() + RETRY < deadline => std::thread::sleep(RETRY),
            outcome => return outcome,
        }
    }
}

/// Queues the records for the topics they belong to.
pub(super) fn publish(publisher: &Publisher, topics: &Topics, records: &[FileRecord]) -> KafkaResult<()> {
    records.iter().try_for_each(|record| {
        let topic = match record.topic {
            DirectoryTopic::Skills => &topics.skills,
            DirectoryTopic::Agents => &topics.agents,
            DirectoryTopic::SecurityUsers => &topics.security_users,
        };
        publisher.send(NewRecord {
            topic: topic.as_str(),
            partition: None,
            key: Some(record.key.as_bytes()),
            value: Some(record.value.as_bytes()),
            headers: OwnedHeaders::new(),
            timestamp_millis: None,
        })
    })
}
