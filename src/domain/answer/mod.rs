//! What a command is answered, before it is written.
//!
//! - `reply`: the whole answer.
//! - `branch`: the branches of the script that it may take.
//! - `violation`: one reason for a refusal. `violations`: all that is found wrong with one command, in order.
//! - `explain`: violations in words.
//! - `warning`: what a success is told beside.

mod branch;
mod explain;
mod reply;
mod violation;
mod violations;
mod warning;

pub use self::branch::{Branch, DefinedBranches};
pub use self::reply::{Explained, Progress, Reply, Standing};
pub use self::violation::{CallbackFault, SecurityUserFault, SkillFault, TargetAgentFault, TypeFault, Violation};
pub use self::violations::{Findings, Violations};
pub use self::warning::Warning;
