//! What a command is answered with, whoever asks: the result's data in domain words (contract §7).

use super::branch::{Branch, DefinedBranches};
use super::commitment::Terms;
use super::ids::CallbackId;
use super::violation::{Violation, Warning};
use super::violations::Violations;

/// An answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// `caption`, echoed.
    pub caption: Option<String>,
    /// What is the case.
    pub condition: Branch,
    /// Which branch the script takes: the condition's own where the script has it, else `Default`.
    pub branch: Branch,
    /// The callback as it then stands; there exactly where the condition is `Success`.
    pub standing: Option<Standing>,
    /// Why the command was refused, in the order of the contract's table; empty where it was not.
    pub violations: Vec<Explained>,
    /// What a script author should know although it was not.
    pub warnings: Vec<Warning>,
}

/// A callback as a result shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its id; `None` where nothing was committed, since it was only asked what would be decided.
    pub callback_id: Option<CallbackId>,
    /// 1, and one more for each reschedule.
    pub revision: i32,
    /// What was agreed.
    pub terms: Terms,
}

/// A violation as a script author reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The field it is about; `None` where it is about the command as a whole.
    pub field: Option<&'static str>,
    /// The stable code.
    pub code: &'static str,
    /// An English sentence, which never repeats the security user's value.
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

    /// The record could not be read as a command.
    pub fn malformed() -> Self {
        Self::refused(None, &Violation::Malformed.into(), DefinedBranches::default())
    }
}
