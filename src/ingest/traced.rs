//! What is kept of a command whose spans are exported.

use crate::domain::time::Timestamp;
use crate::wire::trace::Traceparent;

/// What a command's spans are made of, once it has been answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// The span of the one who sent the command.
    pub(super) parent: Traceparent,
    /// When it was read.
    pub(super) received: Timestamp,
    /// When its batch began to be recorded, and was.
    pub(super) recorded: (Timestamp, Timestamp),
}
