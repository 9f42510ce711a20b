//! The branches of the action *Schedule Callback* that a script can take.

use std::fmt;

/// A branch; the order is the one in which conditions are told (docs/contract.md#branches), `Success` last.
///
/// Source of the names: the platform's help page "Schedule Callback" (Studio).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Branch {
    /// The security user is unknown, inactive or not allowed to do this.
    InvalidSecurityUser,
    /// The skill is unknown, inactive or not an outbound phone skill.
    InvalidSkillId,
    /// The target agent is unknown or inactive.
    InvalidTargetAgentId,
    /// The date cannot be read or lies outside what is allowed.
    InvalidScheduleDate,
    /// The phone number cannot be called.
    InvalidPhoneNumber,
    /// Anything else that is wrong, or a condition whose branch the script has not defined.
    Default,
    /// The callback stands as asked.
    Success,
}

impl Branch {
    /// All of them, in their order.
    pub const ALL: [Self; 7] = [
        Self::InvalidSecurityUser,
        Self::InvalidSkillId,
        Self::InvalidTargetAgentId,
        Self::InvalidScheduleDate,
        Self::InvalidPhoneNumber,
        Self::Default,
        Self::Success,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidSecurityUser => "InvalidSecurityUser",
            Self::InvalidSkillId => "InvalidSkillId",
            Self::InvalidTargetAgentId => "InvalidTargetAgentId",
            Self::InvalidScheduleDate => "InvalidScheduleDate",
            Self::InvalidPhoneNumber => "InvalidPhoneNumber",
            Self::Default => "Default",
            Self::Success => "Success",
        }
    }
}

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The branches that a script has, from `definedBranches`; without the field it has them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefinedBranches(u8);

impl Default for DefinedBranches {
    fn default() -> Self {
        Self(u8::MAX)
    }
}

impl DefinedBranches {
    /// The branches named; names that are none of ours are ignored.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let bit_of = |name| Branch::ALL.into_iter().find(|branch| branch.name() == name).map(Self::bit);
        Self(names.into_iter().filter_map(bit_of).fold(0, |bits, bit| bits | bit))
    }

    /// The branch taken for this condition: itself where the script has it, else `Default`.
    pub fn branch_for(self, condition: Branch) -> Branch {
        if self.0 & Self::bit(condition) == 0 { Branch::Default } else { condition }
    }

    const fn bit(branch: Branch) -> u8 {
        1 << branch as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_without_its_branch_takes_default() {
        let defined = DefinedBranches::named(["Success", "InvalidPhoneNumber", "Sideways"]);
        assert_eq!(defined.branch_for(Branch::Success), Branch::Success);
        assert_eq!(defined.branch_for(Branch::InvalidSkillId), Branch::Default);
        assert_eq!(DefinedBranches::default().branch_for(Branch::InvalidSkillId), Branch::InvalidSkillId);
    }
}
