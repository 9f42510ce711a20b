//! A record on its way through the stages, and what is published for it.

use std::sync::Arc;

use super::traced::Traced;
use crate::domain::command::draft::Draft;
use crate::domain::commitment::Position;
use crate::domain::ids::{Fingerprint, Shard};
use crate::kafka::ownership::OwnedShard;
use crate::protocol::frontier::Hold;
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
pub struct ReadPlace {
    /// The shard whose partition it is.
    pub owned: Arc<OwnedShard>,
    /// Which of the shard's two partitions.
    pub stream: Stream,
    /// Its offset there.
    pub offset: i64,
}

impl ReadPlace {
    /// Partition, line and offset.
    pub fn numbers(&self) -> (i32, usize, i64) {
        (self.owned.shard.partition(), self.stream as usize, self.offset)
    }
}

/// A record that has been read.
#[derive(Debug)]
pub struct Item {
    /// Where it stood; of what time makes, only the takeover counts.
    pub place: ReadPlace,
    /// Its key, which its result will have.
    pub key: Option<Box<[u8]>>,
    /// The command that it holds, or why it holds none.
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
    /// No record: something that time makes of a callback.
    Time {
        /// Where the callback stands, if nothing has changed it since it was handed here.
        position: Position,
        /// Why it is looked at.
        cause: TimeCause,
    },
    /// Not a command: a dead letter.
    Malformed {
        /// Why.
        malformed: Box<Malformed>,
        /// The record as the dead-letter topic gets it.
        dead_letter: Box<Outgoing>,
    },
}

/// Why time has a callback looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeCause {
    /// It must not be presented as it stands (`protocol`, step F6).
    Look,
    /// It was presented, and nobody has reported of it in time (F7).
    Unacknowledged,
}

impl Item {
    /// Something that time makes of the callback which stands there. It has no place in a topic, and no answer.
    pub fn of_time(owned: &Arc<OwnedShard>, position: Position, cause: TimeCause) -> Self {
        let place = ReadPlace { owned: Arc::clone(owned), stream: Stream::Commands, offset: -1 };
        Self { place, key: None, content: Content::Time { position, cause }, traced: None }
    }
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
    /// The place that the record was read from.
    pub place: ReadPlace,
    /// A result, or a dead letter and perhaps a result, or a forwarded record.
    pub publications: Vec<Publication>,
    /// Where spans are made of it.
    pub traced: Option<Box<Traced>>,
}

/// A batch that is recorded, on its way to be answered.
#[derive(Debug, Default)]
pub struct Recorded {
    /// What is published.
    pub answers: Vec<Answer>,
    /// They keep passes away until that is done, where state records are part of it (`protocol`, step R5).
    pub holds: Vec<(Arc<OwnedShard>, Hold)>,
}

impl Recorded {
    /// Takes another batch in, to be answered together.
    pub fn extend(&mut self, other: Self) {
        self.answers.extend(other.answers);
        self.holds.extend(other.holds);
    }

    /// Ends the holds: it is answered.
    pub fn release(self) {
        for (owned, hold) in self.holds {
            owned.frontier().release(hold);
        }
    }
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
    /// To the state topic.
    State(Box<Outgoing>),
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
