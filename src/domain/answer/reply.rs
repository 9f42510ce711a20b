//! The answer to a command, before it is written (docs/contract.md#results).

use super::{Branch, DefinedBranches, Violation, Violations, Warning};
use crate::domain::commitment::Terms;
use crate::domain::ids::CallbackId;

/// What a script is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// `caption`, echoed.
    pub caption: Option<String>,
    /// The branch that the command came to.
    pub condition: Branch,
    /// The branch that the script takes: the condition where it has defined that one, else `Default`.
    pub branch: Branch,
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
        Self { caption, condition, branch, standing: Some(standing), violations: Vec::new(), warnings }
    }

    /// The record could not be read as a command, for this reason: a sentence or more for the script's author.
    pub fn malformed(message: String) -> Self {
        Self::refused(None, &Violation::Malformed(message).into(), DefinedBranches::default())
    }
}
