//! What is remembered of a command, so that the same command is answered again with the same bytes.

use std::sync::Arc;

use crate::domain::ids::{CallbackId, Fingerprint};
use crate::domain::time::Timestamp;

/// One row of the table `decision`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Digest of tenant, source and command id; for a reused id, of that and the payload.
    pub key: Fingerprint,
    /// Digest of type and fields.
    pub payload: Fingerprint,
    /// `ce_time` of the result.
    pub decided_at: Timestamp,
    /// `ce_subject` of the result.
    pub callback_id: Option<CallbackId>,
    /// Whether this command scheduled that callback.
    pub schedules: bool,
    /// `ce_correlationid` of the result.
    pub correlation_id: Option<String>,
    /// The result's data.
    pub result: Arc<str>,
    /// The state records that it published, as they are stored; `None` where it published none.
    pub states: Option<Arc<str>>,
}

impl Decision {
    /// The key under which the refusal of a reused command id is remembered: it must not take the id's own place.
    pub fn reuse_key(key: Fingerprint, payload: Fingerprint) -> Fingerprint {
        Fingerprint::of([b"reused".as_slice(), &key.0, &payload.0])
    }
}
