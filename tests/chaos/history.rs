//! What was done to the service and what was seen of it, in full: all that the judge goes by.

#![allow(dead_code, reason = "each program that includes the history uses another part of it")]

use schedule_callback::domain::time::Timestamp;

/// A run, as it looked from outside.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Every record of the command topic.
    pub commands: Vec<Sent>,
    /// Every record of the result topic, as a `read_committed` reader saw it.
    pub results: Vec<Published>,
    /// Every record of the due topic, as a `read_committed` reader saw it.
    pub due: Vec<Published>,
    /// What the database holds at the end; `None` while the run goes on.
    pub database: Option<Database>,
    /// What was seen of callbacks after they were due; `None` where there is no state topic.
    pub lives: Option<Lives>,
    /// Instances that ended, or did not end, as they should have.
    pub accidents: Vec<String>,
}

/// What was seen of callbacks after they were due, and by which rules (docs/contract.md#life-after-due).
#[derive(Clone, Debug, Default)]
pub struct Lives {
    /// Every record of the state topic, as a `read_committed` reader saw it.
    pub states: Vec<Published>,
    /// The rules of the tracked skills.
    pub rules: Vec<Rules>,
    /// `lifecycle.acknowledge_within`, in seconds.
    pub acknowledge_within: i64,
    /// When a reader may have waited for a broker: from one instant to another.
    pub unreadable: Vec<(Timestamp, Timestamp)>,
}

/// `lifecycle` of a tracked skill. All durations are in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The skill's id.
    pub skill: &'static str,
    /// `maxTries`
    pub max_tries: i64,
    /// `maxPresentations`
    pub max_presentations: i64,
    /// `retry`: the waits after each outcome; it has all six.
    pub retry: [(&'static str, &'static [i64]); 6],
    /// `handleWithin`; `None` is no limit.
    pub handle_within: Option<i64>,
    /// `releaseAfter`
    pub release_after: Option<i64>,
    /// `strict`
    pub is_strict: bool,
    /// `expireAfter`
    pub expire_after: Option<i64>,
}

/// A command as it was produced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The record's key, another one for each record: its result has the same.
    pub key: String,
    /// The command's id.
    pub command_id: String,
    /// The value.
    pub payload: String,
    /// What it asks for.
    pub wish: Wish,
    /// The partition it was sent to.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// Its own time (`ce_time`).
    pub issued_at: Timestamp,
    /// When its producer knew that the broker has it.
    pub delivered_at: Timestamp,
}

/// What a command asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A callback.
    Schedule {
        /// When.
        at: Timestamp,
    },
    /// A callback that is tracked, or must not be presented any more from some instant on.
    ScheduleWith {
        /// When.
        at: Timestamp,
        /// The rest.
        terms: Terms,
    },
    /// What came of an attempt is told.
    Report(Report),
    /// Something that the rules refuse.
    Impossible {
        /// The branch that the refusal takes.
        branch: String,
    },
    /// No callback any more.
    Cancel(Named),
    /// The callback at another time.
    Reschedule {
        /// Which.
        callback: Named,
        /// When.
        at: Timestamp,
    },
}

impl Wish {
    /// `ce_type` of the command.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Schedule { .. } | Self::ScheduleWith { .. } | Self::Impossible { .. } => "callback.schedule.v1",
            Self::Cancel(_) => "callback.cancel.v1",
            Self::Reschedule { .. } => "callback.reschedule.v1",
            Self::Report(_) => "callback.report.v1",
        }
    }
}

/// What a callback is to be like, beside its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The skill's id.
    pub skill: String,
    /// The agent whom it is for; `None` where it is for the skill.
    pub agent: Option<String>,
    /// From when on it must not be presented.
    pub not_after: Option<Timestamp>,
}

/// What a router reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The callback.
    pub callback_id: i64,
    /// Revision and attempt of the due event that it had read before.
    pub seen: (i64, i64),
    /// The attempt that it names.
    pub attempt: Option<i64>,
    /// What came of it.
    pub outcome: String,
    /// With `rescheduled`: to when.
    pub at: Option<Timestamp>,
}

/// The callback that a cancel or reschedule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The id of its schedule command.
    pub schedule: String,
    /// Whether that command's result had been seen before this one was sent.
    pub was_known: bool,
}

/// A record that the service published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The key.
    pub key: String,
    /// The `ce_` headers, in order.
    pub attributes: Vec<(String, String)>,
    /// The value.
    pub value: String,
    /// Partition and offset.
    pub place: (i32, i64),
    /// When the reader got it.
    pub seen_at: Timestamp,
}

impl Published {
    /// An attribute of the envelope; empty where it is absent.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(header, _)| header == name).map_or("", |(_, value)| value)
    }
}

/// The tables at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Database {
    /// The table `callback`.
    pub callbacks: Vec<Row>,
    /// Column `result` of the view `command`.
    pub decisions: Vec<String>,
    /// The view `callback_status`.
    pub standings: Vec<Standing>,
}

/// A row of the view `callback_status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// `callback_id`
    pub callback_id: i64,
    /// `revision`
    pub revision: i64,
    /// `attempt`
    pub attempt: i64,
    /// `tries`; `None` where it is not tracked.
    pub tries: Option<i64>,
    /// `status`
    pub status: String,
    /// `reason`
    pub reason: Option<String>,
}

/// A row of the table `callback`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `callback_id`
    pub callback_id: i64,
    /// `command_id`: of the schedule command.
    pub command_id: String,
    /// `revision`
    pub revision: i64,
    /// `scheduled_for`
    pub scheduled_for: Timestamp,
    /// `fire_at`
    pub fire_at: Timestamp,
    /// Whether `cancelled_at` is set.
    pub cancelled: bool,
}
