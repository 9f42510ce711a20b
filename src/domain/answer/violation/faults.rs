//! What can be wrong with single fields and with what a command names.

use crate::domain::directory::Permission;
use crate::domain::given::{Field, IdFault, Placed, Wrong};

/// Faults of `securityUser`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecurityUserFault {
    /// The field is absent.
    Missing,
    /// The directory has no such security user; a character of the name that is easily overlooked.
    Unknown(Option<Placed>),
    /// It is no text, so none that the directory has.
    Wrong(Wrong),
    /// The security user or its agent is inactive, or its agent is missing.
    Inactive,
    /// The permission that the command needs is not granted.
    Forbidden(Permission),
    /// `{name}` could not be taken from `variables`: it is not there, or this is wrong with it.
    Unresolved(Option<Wrong>),
}

/// Faults of `skillId`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkillFault {
    /// The field is absent.
    Missing,
    /// Not a positive whole number or a text of digits.
    Malformed(IdFault),
    /// The directory has no such skill.
    Unknown,
    /// The skill is inactive.
    Inactive,
    /// The skill is not an outbound phone skill.
    NotOutboundPhone,
}

/// Faults of `targetAgentId`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetAgentFault {
    /// The field is absent; `""` is how a script asks for any agent.
    Missing,
    /// Neither `""` nor a positive whole number or a text of digits.
    Malformed(IdFault),
    /// The directory has no such agent.
    Unknown,
    /// The agent is inactive.
    Inactive,
}

/// What is wrong with the type of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TypeFault {
    /// There is none.
    Missing,
    /// It is no text.
    Wrong(Wrong),
    /// It is none of ours.
    Unknown,
}

/// Why no callback was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallbackFault {
    /// The command names none.
    Unnamed,
    /// `callbackId` is no id.
    Malformed(IdFault),
    /// `callbackId` is no id that the service makes.
    NeverMade,
    /// `scheduledBy` lacks one of its two members.
    HalfAKey,
    /// The tenant has none that this field names; or the other one that was given names another.
    Unknown(Field),
}
