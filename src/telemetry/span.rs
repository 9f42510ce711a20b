//! One step of work within a trace, as it is handed out.

use crate::domain::time::Timestamp;
use crate::wire::trace::Traceparent;

/// One step of work within a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// A few words, the same for all of its kind.
    pub name: &'static str,
    /// How it stands to other processes.
    pub kind: Kind,
    /// Its trace and its own id, which messages carry too.
    pub context: Traceparent,
    /// The span that it is part of; `None` begins the trace.
    pub parent: Option<u64>,
    /// A span of another trace that caused it.
    pub link: Option<Traceparent>,
    /// From when to when.
    pub time: (Timestamp, Timestamp),
    /// No personal data: as in logs (docs/contract.md#the-program).
    pub attributes: Vec<(&'static str, Value)>,
}

/// How a span stands to other processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It takes a message.
    Consumer,
    /// It is within this process.
    Internal,
    /// It sends a message.
    Producer,
}

/// An attribute's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
}
