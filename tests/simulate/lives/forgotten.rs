//! What the broker has acknowledged and then forgotten as it died (docs/decisions/0012): nobody has read it.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::broker::log::Record;
use crate::run::header_of;

/// The events of commits that were acknowledged and then forgotten, by their id. What such a pass had is tried again as soon as
/// that is known; but a report that is decided before may count for a presentation that nobody has read.
pub struct Forgotten(BTreeSet<String>);

impl Forgotten {
    /// Those of these records.
    pub fn of(records: &[Rc<Record>]) -> Self {
        Self(records.iter().map(|record| header_of(record, "ce_id")).collect())
    }

    /// Whether the due event of that presentation is one.
    pub fn has_due(&self, callback_id: i64, revision: i64, attempt: i64) -> bool {
        self.0.contains(&format!("{callback_id}.{revision}.{attempt}"))
    }

    /// Whether the state record of that presentation is one.
    pub fn has_state(&self, callback_id: i64, revision: i64, attempt: i64, status: &str) -> bool {
        self.0.contains(&format!("{callback_id}.{revision}.{attempt}.{status}"))
    }
}
