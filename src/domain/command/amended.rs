//! What a cancel, a reschedule or a report comes to, before and after its callback has been looked up.

use super::callback_name::CallbackName;
use crate::domain::answer::{DefinedBranches, Findings, Progress, Reply, Standing, Violations, Warning};
use crate::domain::commitment::Commitment;

/// A change that was judged as far as that goes without its callback.
pub(super) struct ChangeDraft<D> {
    /// The callback to look up.
    pub callback: CallbackName,
    /// What is left to judge of the change.
    pub draft: D,
    /// What is wrong with the fields whose judgement needs no callback.
    pub findings: Findings,
}

/// What the look-up of the callback came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// There is none of this name.
    NotFound,
    /// Its place in the order of firing is still ahead of the shard's cutoff. It may have been cancelled.
    Ahead(&'a Commitment),
    /// Its place in the order of firing has been passed, and what is published there is published: its due event, unless it was
    /// cancelled before or waits for no presentation.
    Due(&'a Commitment),
    /// A pass over its place has begun, and nothing is published there: the pass was aborted for certain and is not yet tried
    /// again, or nobody knows yet how it ended.
    Begun(&'a Commitment),
}

impl<'a> Lookup<'a> {
    /// The callback, where there is one.
    pub const fn callback(self) -> Option<&'a Commitment> {
        match self {
            Self::NotFound => None,
            Self::Ahead(callback) | Self::Due(callback) | Self::Begun(callback) => Some(callback),
        }
    }

    /// Whether the cutoff has come to its place.
    pub const fn has_passed(self) -> bool {
        matches!(self, Self::Due(_) | Self::Begun(_))
    }

    /// Whether what is published at its place is published.
    pub const fn has_fired(self) -> bool {
        matches!(self, Self::Due(_))
    }
}

/// What a cancel, a reschedule or a report comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amended {
    /// It is refused, for these reasons.
    Refused(Violations),
    /// The callback as it now stands: cancelled.
    Cancelled(Box<Commitment>),
    /// The callback as it now stands: another revision. Its `fire_at` is its `scheduled_for`, which the recording
    /// step moves where that lies behind the cutoff.
    Rescheduled {
        /// The callback.
        callback: Box<Commitment>,
        /// In the contract's order.
        warnings: Vec<Warning>,
    },
    /// What came of an attempt was reported, and this is the callback as it now stands.
    Reported {
        /// The callback.
        callback: Box<Commitment>,
        /// Whether it has another place than before: its `fire_at` is the instant that is wanted, which the recording step
        /// moves where that lies behind the cutoff. Else it keeps the place that it had, and nothing is published there any
        /// more.
        moves: bool,
        /// In the contract's order; of an outcome that is not `rescheduled` there are none.
        warnings: Vec<Warning>,
    },
}

impl Amended {
    /// The answer: on `Success` it shows the callback as it now stands, that of a report also how it goes on.
    pub fn reply(&self, defined: DefinedBranches) -> Reply {
        let (callback, warnings, progress) = match self {
            Self::Refused(violations) => return Reply::refused(None, violations, defined),
            Self::Cancelled(callback) => (callback, Vec::new(), None),
            Self::Rescheduled { callback, warnings } => (callback, warnings.clone(), None),
            Self::Reported { callback, warnings, .. } => (callback, warnings.clone(), Some(Progress::of(callback))),
        };
        let standing = Standing {
            callback_id: Some(callback.callback_id),
            revision: callback.revision,
            terms: callback.terms.clone(),
            progress,
        };
        Reply::success(callback.origin.caption.clone(), standing, warnings, defined)
    }

    /// The callback as it now stands; `None` where the command is refused.
    pub fn into_callback(self) -> Option<Commitment> {
        match self {
            Self::Refused(_) => None,
            Self::Cancelled(callback) | Self::Rescheduled { callback, .. } | Self::Reported { callback, .. } => {
                Some(*callback)
            }
        }
    }
}
