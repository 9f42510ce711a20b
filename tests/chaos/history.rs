//! What was done to the service and what was seen of it, in full: all that the judge goes by.

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
    /// Instances that ended, or did not end, as they should have.
    pub accidents: Vec<String>,
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
}

/// What a command asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A callback.
    Schedule {
        /// When.
        at: Timestamp,
    },
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
