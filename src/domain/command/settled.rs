//! What a cancel or reschedule comes to, before and after its callback has been looked up.

use super::callback_name::CallbackName;
use crate::domain::answer::{DefinedBranches, Findings, Reply, Standing, Violations, Warning};
use crate::domain::commitment::Commitment;

/// A change that was judged as far as that goes without its callback.
pub(super) struct Unsettled<D> {
    /// The callback to look up.
    pub callback: CallbackName,
    /// What is left to judge of the change.
    pub draft: D,
    /// What is wrong with the fields whose judgement needs no callback.
    pub findings: Findings,
}

/// What a cancel or reschedule comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
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
}

impl Settled {
    /// The answer: on `Success` it shows the callback as it now stands.
    pub fn reply(&self, defined: DefinedBranches) -> Reply {
        let (callback, warnings) = match self {
            Self::Refused(violations) => return Reply::refused(None, violations, defined),
            Self::Cancelled(callback) => (callback, Vec::new()),
            Self::Rescheduled { callback, warnings } => (callback, warnings.clone()),
        };
        let standing = Standing {
            callback_id: Some(callback.callback_id),
            revision: callback.revision,
            terms: callback.terms.clone(),
        };
        Reply::success(callback.origin.caption.clone(), standing, warnings, defined)
    }
}
