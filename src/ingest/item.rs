//! A record on its way through the stages, and what is published for it.

use std::sync::Arc;

use super::traced::Traced;
use crate::domain::command::draft::Draft;
use crate::domain::ids::{Fingerprint, Shard};
use crate::kafka::ownership::OwnedShard;
use crate::wire::headers::Headers;
use crate::wire::malformed::Malformed;
use crate::wire::record::Outgoing;

/// Where a record of ours was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// The command topic.
    Commands,
    /// The internal topic of forwarded commands.
    Amendments,
}

impl Stream {
    /// Both, in the order of a shard's lines.
    pub const BOTH: [Self; 2] = [Self::Commands, Self::Amendments];

    /// What metrics call the client that reads it: a value of `label::CONSUMER`.
    pub const fn client(self) -> &'static str {
        match self {
            Self::Commands => "commands",
            Self::Amendments => "amendments",
        }
    }
}

/// Where a record stood, and under which takeover it was read.
#[derive(Clone, Debug)]
pub struct Place {
    /// The shard whose partition it is.
    pub owned: Arc<OwnedShard>,
    /// Which of the shard's two partitions.
    pub stream: Stream,
    /// Its offset there.
    pub offset: i64,
}

/// A record that has been read.
#[derive(Debug)]
pub struct Item {
    /// Where it stood.
    pub place: Place,
    /// Its key, which its result will have.
    pub key: Option<Box<[u8]>>,
    /// What it is.
    pub content: Content,
    /// Where spans are made of it.
    pub traced: Option<Box<Traced>>,
}

/// What a record turned out to be.
#[derive(Debug)]
pub enum Content {
    /// A command.
    Judged {
        /// Judged as far as that goes without the database.
        draft: Box<Draft>,
        /// The digest that its decision is remembered under.
        digest: Fingerprint,
        /// The record as it would be forwarded, where it may have to be.
        forward: Option<Box<Forward>>,
    },
    /// Not a command: a dead letter.
    Malformed {
        /// Why.
        malformed: Box<Malformed>,
        /// The record as the dead-letter topic gets it.
        dead_letter: Box<Outgoing>,
    },
}

/// A cancel or reschedule on its way to the owner of the callback's shard.
#[derive(Clone, Debug)]
pub struct Forward {
    /// The record, unchanged but for the `fwd-*` headers.
    pub record: Outgoing,
    /// Its own timestamp, which is kept: dates are judged against it.
    pub timestamp_millis: i64,
}

/// What is published for one record.
#[derive(Debug)]
pub struct Answer {
    /// Where it stood.
    pub place: Place,
    /// A result, or a dead letter and perhaps a result, or a forwarded record.
    pub publications: Vec<Publication>,
    /// Where spans are made of it.
    pub traced: Option<Box<Traced>>,
}

/// A record to be published.
#[derive(Debug)]
pub enum Publication {
    /// To the result topic.
    Result {
        /// The command's key.
        key: Option<Box<[u8]>>,
        /// The result's data.
        data: Arc<str>,
        /// Its headers.
        headers: Headers,
    },
    /// To the dead-letter topic.
    DeadLetter(Box<Outgoing>),
    /// To the same-numbered partition of the shard that the callback belongs to.
    Forward {
        /// That shard.
        shard: Shard,
        /// The record.
        forward: Box<Forward>,
    },
}
