//! What a result says.

use schedule_callback::domain::time::Timestamp;
use serde_json::Value;

use super::instant;
use crate::history::Published;

/// A result's data, as far as the judge looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The branch's condition.
    pub condition: String,
    /// The code of the first violation; empty where there is none.
    pub code: String,
    /// The callback.
    pub callback_id: Option<i64>,
    /// Its revision.
    pub revision: i64,
    /// When it is due.
    pub scheduled_for: Option<Timestamp>,
    /// When that was decided.
    pub decided_at: Option<Timestamp>,
    /// How the callback goes on; results of reports alone say so.
    pub progress: Option<Progress>,
}

/// How a callback goes on after a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The attempt that is next, or was the last.
    pub attempt: i64,
    /// How often the person was dialled and not reached.
    pub tries: Option<i64>,
    /// How it stands.
    pub status: String,
    /// When it is presented next.
    pub next_at: Option<Timestamp>,
    /// Why it has ended.
    pub reason: Option<String>,
}

impl Answer {
    /// What that record says; `None` where it cannot be read.
    pub fn of(result: &Published) -> Option<Self> {
        let data: Value = serde_json::from_str(&result.value).ok()?;
        let progress = data["status"].as_str().map(|status| Progress {
            attempt: data["attempt"].as_i64().unwrap_or_default(),
            tries: data["tries"].as_i64(),
            status: status.to_owned(),
            next_at: instant(&data["nextAt"]),
            reason: data["reason"].as_str().map(str::to_owned),
        });
        Some(Self {
            condition: data["condition"].as_str()?.to_owned(),
            code: data["violations"][0]["code"].as_str().unwrap_or_default().to_owned(),
            callback_id: data["callbackId"].as_i64(),
            revision: data["revision"].as_i64().unwrap_or_default(),
            scheduled_for: instant(&data["scheduledFor"]),
            decided_at: Timestamp::parse_rfc3339(result.attribute("ce_time")).ok(),
            progress,
        })
    }

    /// Whether the command did what it asked for.
    pub fn is_success(&self) -> bool {
        self.condition == "Success"
    }
}
