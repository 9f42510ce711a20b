//! The answer to a command, before it is written (docs/contract.md#results).

use super::{Branch, DefinedBranches, Violation, Violations, Warning};
use crate::domain::commitment::{Commitment, Terms};
use crate::domain::ids::CallbackId;
use crate::domain::life::{Reason, Status};
use crate::domain::time::Timestamp;

/// What a script is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// `caption`, echoed.
    pub caption: Option<String>,
    /// The branch that the command came to.
    pub condition: Branch,
    /// The branch that the script takes: the condition where it has defined that one, else `Default`.
    pub branch: Branch,
    /// Whether it answers a report, and so tells also how the callback goes on.
    pub is_of_report: bool,
    /// The callback as it stands; there on `Success` only.
    pub standing: Option<Standing>,
    /// Why the command was refused.
    pub violations: Vec<Explained>,
    /// What the script author should know all the same.
    pub warnings: Vec<Warning>,
}

/// A callback as a result shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its id; `None` where it gets none, as in `check`.
    pub callback_id: Option<CallbackId>,
    /// 1, and one more for each reschedule.
    pub revision: i32,
    /// What was agreed.
    pub terms: Terms,
    /// How it goes on: in the result of a report only.
    pub progress: Option<Progress>,
}

/// How a callback goes on once a report of it was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The attempt that is next, or was the last.
    pub attempt: i32,
    /// How often the person was dialled and not reached; `None` where the callback is not tracked any more.
    pub tries: Option<i16>,
    /// How it stands.
    pub status: Status,
    /// When it is presented next.
    pub next_at: Option<Timestamp>,
    /// Why it has ended.
    pub reason: Option<Reason>,
}

impl Progress {
    /// That of a callback whose place is ahead, or at whose place nothing happens.
    pub fn of(callback: &Commitment) -> Self {
        Self {
            attempt: callback.attempt,
            tries: callback.life.tries,
            status: callback.status(false),
            next_at: callback.life.phase.presents().then_some(callback.fire_at),
            reason: callback.ended(false).map(|(_, reason)| reason),
        }
    }
}

/// A violation as a result tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The field it is about; `None` where it is about the command as a whole.
    pub field: Option<&'static str>,
    /// The stable code.
    pub code: &'static str,
    /// An English sentence for the script's author.
    pub message: String,
}

impl Reply {
    /// The command is refused for these reasons.
    pub fn refused(caption: Option<String>, violations: &Violations, defined: DefinedBranches) -> Self {
        let condition = violations.condition();
        Self {
            caption,
            condition,
            branch: defined.branch_for(condition),
            is_of_report: false,
            standing: None,
            violations: violations.as_slice().iter().map(Explained::from).collect(),
            warnings: Vec::new(),
        }
    }

    /// The callback stands as asked.
    pub fn success(
        caption: Option<String>,
        standing: Standing,
        warnings: Vec<Warning>,
        defined: DefinedBranches,
    ) -> Self {
        let condition = Branch::Success;
        let branch = defined.branch_for(condition);
        let is_of_report = standing.progress.is_some();
        Self { caption, condition, branch, is_of_report, standing: Some(standing), violations: Vec::new(), warnings }
    }

    /// The same, as the answer to a report where it is to one.
    #[must_use]
    pub fn to_report(self, is_of_report: bool) -> Self {
        Self { is_of_report, ..self }
    }

    /// The record could not be read as a command, for this reason: a sentence or more for the script's author.
    pub fn malformed(message: String) -> Self {
        Self::refused(None, &Violation::Malformed(message).into(), DefinedBranches::default())
    }
}
