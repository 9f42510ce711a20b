//! What a state record says.

use std::fmt;

use schedule_callback::domain::time::Timestamp;
use serde_json::Value;

use super::instant;
use crate::history::Published;

/// A record of the state topic.
#[derive(Clone, Debug)]
pub struct State<'a> {
    /// The record.
    pub record: &'a Published,
    /// `callbackId`
    pub callback_id: i64,
    /// `revision`
    pub revision: i64,
    /// `attempt`
    pub attempt: i64,
    /// `tries`
    pub tries: i64,
    /// `status`
    pub status: String,
    /// `reason`
    pub reason: Option<String>,
    /// `tracked`
    pub tracked: bool,
    /// `scheduledFor`
    pub scheduled_for: Timestamp,
    /// `nextAt`
    pub next_at: Option<Timestamp>,
    /// `notAfter`
    pub not_after: Option<Timestamp>,
    /// `target.skillId`
    pub skill: String,
    /// `target.agentId`
    pub agent: Option<String>,
    /// `releasedFrom`
    pub released_from: Option<String>,
    /// `causedBy`
    pub caused_by: Option<String>,
    /// `updatedAt`
    pub updated_at: Timestamp,
}

impl<'a> State<'a> {
    /// What that record says; `None` where it cannot be read, or its envelope says something else.
    pub fn of(record: &'a Published) -> Option<Self> {
        let data: Value = serde_json::from_str(&record.value).ok()?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let state = Self {
            record,
            callback_id: data["callbackId"].as_i64()?,
            revision: data["revision"].as_i64()?,
            attempt: data["attempt"].as_i64()?,
            tries: data["tries"].as_i64()?,
            status: text(&data["status"])?,
            reason: text(&data["reason"]),
            tracked: data["tracked"].as_bool()?,
            scheduled_for: instant(&data["scheduledFor"])?,
            next_at: instant(&data["nextAt"]),
            not_after: instant(&data["notAfter"]),
            skill: text(&data["target"]["skillId"])?,
            agent: text(&data["target"]["agentId"]),
            released_from: text(&data["releasedFrom"]),
            caused_by: text(&data["causedBy"]),
            updated_at: instant(&data["updatedAt"])?,
        };
        let id = state.callback_id;
        let says_so = record.key == format!("default/{id}")
            && record.attribute("ce_id") == format!("{id}.{state}")
            && record.attribute("ce_causationid") == state.caused_by.as_deref().unwrap_or_default();
        says_so.then_some(state)
    }

    /// Whether nothing comes behind it, but what makes an unknown outcome known.
    pub fn is_end(&self) -> bool {
        matches!(&*self.status, "completed" | "missed" | "expired" | "cancelled")
    }

    /// Whether a due event is published or somebody has taken it on.
    pub fn is_presented(&self) -> bool {
        matches!(&*self.status, "due" | "accepted")
    }

    /// Whether nobody said in time what came of it.
    pub fn is_unknown(&self) -> bool {
        self.reason.as_deref() == Some("OUTCOME_UNKNOWN")
    }

    /// Whether nothing more has to come of the callback.
    pub fn is_settled(&self) -> bool {
        self.is_end() || !self.tracked && self.status == "due"
    }
}

/// `<revision>.<attempt>.<status>`
impl fmt::Display for State<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.revision, self.attempt, self.status)
    }
}
