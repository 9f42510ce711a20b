//! Wiring of what asks both servers now and then how they are, and what the group knows.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use rdkafka::error::KafkaResult;

use crate::config::Topics;
use crate::kafka::cluster::Cluster;
use crate::kafka::group_database::GroupDatabaseReader;
use crate::kafka::growth::Growth;
use crate::kafka::topics;
use crate::postgres::session::Endpoint;
use crate::probe::KafkaProbe;
use crate::readiness::Readiness;
use crate::stop::tell;
use crate::takeover::Request;

/// What asks Kafka. `word` is who asks the group, and the name of this instance's database.
pub(super) fn kafka(
    cluster: Cluster,
    topics: &Topics,
    growth: Arc<Growth>,
    word: (Arc<GroupDatabaseReader>, String),
    endpoint: Endpoint,
    readiness: Readiness,
    takeovers: &Sender<Request>,
) -> KafkaResult<KafkaProbe> {
    let (group, database) = word;
    let takeovers = takeovers.clone();
    Ok(KafkaProbe {
        observer: topics::observer(&cluster)?,
        cluster,
        topics: topics.clone(),
        growth,
        group,
        // What it named at the start was looked at then.
        named: Some(database.clone()),
        database,
        endpoint,
        doubts: Box::new(move || tell(&takeovers, Request::LookAtTheGroup)),
        readiness,
    })
}
