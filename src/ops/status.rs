//! What the pages show.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics_exporter_prometheus::PrometheusHandle;

use super::database::DatabaseView;
use super::samples::Samples;
use crate::clock;
use crate::domain::time::Timestamp;
use crate::kafka::fired::DueTopic;
use crate::kafka::ownership::Ownership;
use crate::postgres::session::Endpoint;
use crate::readiness::Readiness;
use crate::recent::Recent;

/// What the loops say of themselves, and what the page needs besides.
#[derive(Clone)]
pub struct Status {
    /// What is waited for.
    pub readiness: Readiness,
    /// The shards of this instance.
    pub ownership: Arc<Ownership>,
    /// What was decided lately.
    pub recent: Recent,
    /// The database, of which the page opens a connection when somebody looks.
    pub endpoint: Endpoint,
    /// The name of this instance.
    pub instance: Arc<str>,
    /// When it was started.
    pub started_at: Timestamp,
    /// Where the page looks for due events; nowhere where the cluster is not known.
    pub due_topic: Option<Arc<DueTopic>>,
}

/// What every page may show.
pub(super) struct Shown {
    pub status: Status,
    pub metrics: PrometheusHandle,
    pub samples: Mutex<Samples>,
    pub database: DatabaseView,
}

impl Status {
    /// Of an instance that starts now.
    pub fn new(instance: &str, endpoint: Endpoint) -> Self {
        Self {
            readiness: Readiness::default(),
            ownership: Arc::default(),
            recent: Recent::default(),
            endpoint,
            instance: instance.into(),
            started_at: clock::now(),
            due_topic: None,
        }
    }

    /// The same, with a page that can tell where a callback's due event is.
    #[must_use]
    pub fn with_due_topic(self, due_topic: DueTopic) -> Self {
        Self { due_topic: Some(Arc::new(due_topic)), ..self }
    }
}

impl Shown {
    /// What was sampled of the metrics.
    pub fn samples(&self) -> MutexGuard<'_, Samples> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
